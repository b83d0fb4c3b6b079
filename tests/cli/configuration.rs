//! `.jettison.yaml` and `--set`.

use crate::support::{Folder, MERGEABLE, MERGED};

#[test]
fn the_nearest_configuration_above_a_file_counts() {
    let folder = Folder::with(MERGEABLE);
    folder.write(".jettison.yaml", "transforms:\n  merge-runs: off\n");
    folder.write("a/b/Dockerfile", MERGEABLE);
    folder.write("a/.jettison.yaml", "# everything\n");
    let ran = folder.run(["--skip=add-user", "--fix"]);
    assert!(ran.out.ends_with("fixed 1 of 2 files\n"), "{}", ran.out);
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    assert_eq!(folder.read("a/b/Dockerfile"), MERGED);
}

#[test]
fn policies_are_set_in_the_file_and_overridden_on_the_command_line() {
    let folder = Folder::with(MERGEABLE);
    let code = |arguments: &[&str]| folder.run([&["--check"], arguments].concat()).code;
    assert_eq!(code(&["--set", "merge=never"]), 0);
    assert_eq!(code(&["--set", "merge=pays"]), 0);
    assert_eq!(code(&["--set", "transforms.merge-runs=off"]), 0);
    folder.write(".jettison.yaml", "merge: never\n");
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--set", "merge=shipped"]), 1);
    folder.write(".jettison.yaml", "transforms: { merge-runs: false }\n");
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--only", "merge-runs"]), 1);
    assert_eq!(code(&["--skip", "merge-runs", "--set", "transforms.merge-runs=on"]), 0);
}

#[test]
fn globs_are_relative_to_the_folder_of_the_file() {
    let folder = Folder::with(MERGEABLE);
    folder.write("a/.jettison.yaml", "include: [images/*.docker]\nexclude: [/old]\n");
    folder.write("a/images/web.docker", MERGEABLE);
    folder.write("a/old/Dockerfile", MERGEABLE);
    folder.write("old/Dockerfile", MERGEABLE);
    let out = folder.run(["--fix"]).out;
    assert!(out.contains("fixed a/images/web.docker"), "{out}");
    assert!(out.contains("fixed old/Dockerfile"), "{out}");
    assert_eq!(folder.read("a/old/Dockerfile"), MERGEABLE);
    assert!(out.contains("skipped: 1 excluded file"), "{out}");
}

#[test]
fn a_mistake_has_a_place_and_a_proposal() {
    let folder = Folder::with(MERGEABLE);
    let mistakes = [
        ("merge: pays\nexlude: [a]\n", ":2:1", "unknown key `exlude`; did you mean `exclude`?"),
        ("transforms:\n  merge-run: on\n", ":2:3", "did you mean `merge-runs`?"),
        ("transforms:\n  merge-runs: alowed\n", ":2:15", "did you mean `allowed`?"),
        ("merge: pay\n", ":1:8", "unknown merge policy `pay`; did you mean `pays`?"),
        ("merge: pays\nmerge: pays\n", ":", "the key `merge` stands twice"),
        ("- merge\n", ":1:1", "a mapping with the keys"),
        ("merge: [\n", ":", "error"),
        ("include: [\"[a\"]\n", "", "glob `[a`"),
    ];
    for (text, place, message) in mistakes {
        folder.write(".jettison.yaml", text);
        let ran = folder.run(["--fix"]);
        assert_eq!(ran.code, 2, "{text}");
        assert!(ran.err.contains(&format!(".jettison.yaml{place}")), "{text}\n{}", ran.err);
        assert!(ran.err.contains(message), "{text}\n{}", ran.err);
        assert_eq!(ran.err.matches("error").count(), 1, "told once: {}", ran.err);
        assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    }
}

#[test]
fn a_wrong_configuration_does_not_stop_files_elsewhere() {
    let folder = Folder::with(MERGEABLE);
    folder.write("a/.jettison.yaml", "nonsense: 1\n");
    folder.write("a/Dockerfile", MERGEABLE);
    assert_eq!(folder.run(["--fix"]).code, 2);
    assert_eq!(folder.read("Dockerfile"), MERGED);
    assert_eq!(folder.read("a/Dockerfile"), MERGEABLE);
}

#[test]
fn a_wrong_setting_is_an_error() {
    let folder = Folder::with(MERGEABLE);
    for (setting, message) in [
        ("merge", "expected KEY=VALUE"),
        ("merge=pay", "unknown merge policy `pay`; did you mean `pays`?"),
        ("mrge=pays", "unknown key `mrge`; did you mean `merge`?"),
        ("transforms.nonsense=on", "unknown transform `nonsense`; did you mean"),
    ] {
        let ran = folder.run(["--set", setting]);
        assert_eq!(ran.code, 2, "{setting}");
        assert!(ran.err.contains(message), "{}", ran.err);
    }
}

#[test]
fn codemods_are_looked_for_where_they_are_named() {
    let folder = Folder::with(MERGEABLE);
    let ran = folder.run(["--fix", "--codemod", "nowhere.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nowhere.yaml"), "{}", ran.err);
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    folder.write(".jettison.yaml", "codemods: [nowhere]\n");
    let ran = folder.run(["--fix"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nowhere"), "{}", ran.err);
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    folder.write(".jettison.yaml", "");
    for flag in ["--only", "--skip", "--allow"] {
        let ran = folder.run([flag, "merge-run"]);
        assert_eq!(ran.code, 2, "{flag}");
        assert!(ran.err.contains("did you mean `merge-runs`?"), "{}", ran.err);
    }
}
