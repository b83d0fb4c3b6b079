//! `.jettison.yaml` and `--set`.

use crate::support::{Folder, MERGEABLE, MERGED, MERGING};

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
        ("merge: pay\n", ":1:8", "unknown value `pay`; did you mean `pays`?"),
        ("merge: pays\nmerge: pays\n", ":", "the key `merge` stands twice"),
        ("- merge\n", ":1:1", "a mapping with settings as keys"),
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
        ("merge=pay", "unknown value `pay`; did you mean `pays`?"),
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

#[test]
fn what_is_extended_gives_way() {
    let folder = Folder::with(MERGEABLE);
    folder.write("org/strict.yaml", "extends: usual.yaml\ntransforms:\n  merge-runs: off\n");
    folder.write("org/usual.yaml", "transforms: { merge-runs: on }\nmerge: never\n");
    folder.write(".jettison.yaml", "extends: [org/strict.yaml]\nmerge: shipped\n");
    let code = || folder.run(["--check"]).code;
    assert_eq!(code(), 0, "switched off in what is extended");
    folder.write(".jettison.yaml", "extends: [org/strict.yaml, org/usual.yaml]\nmerge: shipped\n");
    assert_eq!(code(), 1, "the later one wins");
    folder.write(".jettison.yaml", "extends: org/usual.yaml\n");
    assert_eq!(code(), 0, "never");
}

#[test]
fn what_cannot_be_extended_is_told_where_it_is_said() {
    let folder = Folder::with(MERGEABLE);
    let wrong = |text: &str, place: &str, message: &str| {
        folder.write(".jettison.yaml", text);
        let ran = folder.run(["--fix"]);
        assert_eq!(ran.code, 2, "{text}");
        assert!(ran.err.contains(place) && ran.err.contains(message), "{}", ran.err);
        assert_eq!(ran.err.matches("error").count(), 1, "{}", ran.err);
        assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    };
    wrong("extends: [none.yaml]\n", ".jettison.yaml:1:11", "`none.yaml` cannot be read");
    folder.write("a.yaml", "merge: never\nextends: b/b.yaml\n");
    folder.write("b/b.yaml", "extends:\n  - ../a.yaml\n");
    let circle = "`a.yaml` extends `b/b.yaml` extends `a.yaml`";
    wrong("extends: a.yaml\n", "b/b.yaml:2:5", circle);
    wrong("extends: .jettison.yaml\n", ".jettison.yaml:1:10", "goes round in a circle");
    folder.write("a.yaml", "merge: pay\n");
    wrong("extends: a.yaml\n", "a.yaml:1:8", "did you mean `pays`?");
    folder.write("a.yaml", "transforms: { merge-run: off }\n");
    wrong("extends: a.yaml\n", "a.yaml:1:15", "did you mean `merge-runs`?");
    wrong("extends: [b]\n", ".jettison.yaml:1:11", "`b` cannot be read: not a regular file");
    folder.write("a.yaml", b"merge: \xff\n");
    wrong("extends: a.yaml\n", "a.yaml", "not UTF-8");
}

#[test]
fn overrides_are_for_the_files_that_match() {
    let folder = Folder::new();
    for name in ["Dockerfile", "old/Dockerfile", "old/new/Dockerfile"] {
        folder.write(name, MERGEABLE);
    }
    let text =
        "overrides:\n- files: [old]\n  merge: never\n- files: [old/new/**]\n  merge: shipped\n";
    folder.write(".jettison.yaml", text);
    assert_eq!(folder.run(["--fix"]).code, 0);
    let found = ["Dockerfile", "old/Dockerfile", "old/new/Dockerfile"].map(|it| folder.read(it));
    assert_eq!(found, [MERGED, MERGEABLE, MERGED]);
    assert_eq!(folder.run(["--check", "old/Dockerfile"]).code, 0, "named");
    let ran = folder.run_with_input(MERGEABLE.as_bytes(), &["--stdin-filename", "old/Other"]);
    assert_eq!(ran.out, MERGEABLE);
    assert_eq!(folder.run(["--check", "--set", "merge=shipped"]).code, 1, "flags win");
}

#[test]
fn globs_of_what_is_extended_start_where_it_counts() {
    let folder = Folder::new();
    folder.write("old/Dockerfile", MERGEABLE);
    folder.write("org/base.yaml", "overrides: [{ files: [/old], merge: never }]\n");
    folder.write(".jettison.yaml", "extends: org/base.yaml\n");
    assert_eq!(folder.run(["--check"]).code, 0);
    let over = "extends: org/base.yaml\noverrides: [{ files: [/old], merge: shipped }]\n";
    folder.write(".jettison.yaml", over);
    assert_eq!(folder.run(["--check"]).code, 1, "the file's own overrides win");
}

#[test]
fn the_environment_stands_between_files_and_flags() {
    let folder = Folder::with(MERGEABLE);
    folder.write(".jettison.yaml", "overrides: [{ files: [Dockerfile], merge: shipped }]\n");
    let code = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = folder.command();
        command.env(name, value).arg("--check").args(arguments).output().unwrap().status.code()
    };
    assert_eq!(code("JETTISON_MERGE", "never", &[]), Some(0));
    assert_eq!(code("JETTISON_MERGE", "never", &["--set", "merge=shipped"]), Some(1));
    assert_eq!(code("JETTISON_TRANSFORMS_MERGE_RUNS", "off", &[]), Some(0));
    assert_eq!(code("JETTISON_EXCLUDE", "a, Dockerfile", &[]), Some(0));
    assert_eq!(code("JETTISON_MERGE", "nver", &[]), Some(2));
    assert_eq!(code("JETTISON_MERGES", "never", &[]), Some(2));
    assert_eq!(code("JETTISON_OTHER", "never", &[]), Some(1));
}

#[test]
fn what_is_safe_waits_where_it_is_asked_for() {
    let folder = Folder::with(MERGEABLE);
    folder.write(".jettison.yaml", "transforms: { merge-runs: ask }\n");
    let ran = folder.run(["--fix", "--skip=add-user"]);
    assert!(ran.out.contains("merge-runs needs your agreement"), "{}", ran.out);
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    assert_eq!(folder.run(["--check", "--unsafe", MERGING]).code, 1);
    let ran = folder.run(["--fix", "--allow=merge-runs", MERGING, "Dockerfile"]);
    assert_eq!(folder.read("Dockerfile"), MERGED);
    assert_eq!(ran.code, 0);
}

/// A `COPY` whose mode a flag can set, and a base image that a smaller one can replace.
const CHMOD: &str = "FROM debian:12\nUSER root\nCOPY s /s\nRUN chmod -R 755 /s\nUSER 1000\n";

#[test]
fn a_builder_gets_only_what_it_knows() {
    let folder = Folder::with(CHMOD);
    let with = |builder: &str| {
        let setting = format!("builder={builder}");
        folder.run(["--check", "--why-not", "--only=copy-with-owner", "--set", &setting])
    };
    for builder in ["docker", "buildkit", "podman", "buildah"] {
        assert_eq!(with(builder).code, 1, "{builder}");
    }
    assert!(with("any").out.contains("copy-with-owner needs your agreement"));
    for builder in ["kaniko", "legacy"] {
        let ran = with(builder);
        assert_eq!(ran.code, 0, "{builder}");
        assert!(ran.out.contains("declined (builder): not every version of"), "{}", ran.out);
    }
    folder.write("Dockerfile", CHMOD.replace("COPY s", "COPY --chmod=1 a /a\nCOPY s"));
    assert_eq!(with("kaniko").code, 1, "the file has it already");
}

#[test]
fn settings_are_shown_with_their_places() {
    let folder = Folder::with(MERGEABLE);
    folder.write("org.yaml", "ports: docker\nexclude: [old]\n");
    let text = "extends: org.yaml\nexclude:\n  - b\noverrides:\n- files: [Dockerfile]\n  transforms:\n    add-user: { ports: root }\n";
    folder.write(".jettison.yaml", text);
    let mut command = folder.command();
    command.args(["config", "Dockerfile", "--format=json", "--allow=merge-runs"]);
    let output = command.env("JETTISON_RUNTIME", "slim").output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let settings = found["files"][0]["settings"].as_array().unwrap();
    let of = |key: &str| {
        let all = settings.iter().filter(|it| it["key"] == key);
        all.map(|it| format!("{} {}", it["value"], it["origin"])).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(of("ports"), r#""docker" {"file":"org.yaml","kind":"file","line":1}"#);
    let expected = concat!(
        r#""old" {"file":"org.yaml","kind":"file","line":2}; "#,
        r#""b" {"file":".jettison.yaml","kind":"file","line":3}"#
    );
    assert_eq!(of("exclude"), expected);
    let expected = r#""root" {"file":".jettison.yaml","kind":"file","line":7}"#;
    assert_eq!(of("transforms.add-user.ports"), expected);
    folder.write("b/.jettison.yaml", "caches: false\n");
    assert!(folder.run(["config", "b"]).out.contains("off      b/.jettison.yaml:1"));
    assert_eq!(of("runtime"), r#""slim" {"kind":"environment","name":"JETTISON_RUNTIME"}"#);
    assert_eq!(of("transforms.merge-runs"), r#""allowed" {"flag":"--allow","kind":"flag"}"#);
    assert_eq!(of("trusted-registries"), r#"null {"kind":"default"}"#);
    assert!(folder.run(["config"]).out.contains("some files have overrides"));
    assert_eq!(folder.run(["config", "nowhere/Dockerfile"]).code, 2);
    folder.write(".jettison.yaml", "merg: a\n");
    assert_eq!(folder.run(["config"]).code, 2);
}

#[test]
fn a_comment_for_a_stage_is_heeded() {
    let text = "FROM debian AS a\n# jettison ignore-stage=merge-runs: slow\nRUN a\nRUN b\nRUN c\n\
        FROM a\nRUN a\nRUN b\n";
    let folder = Folder::with(text);
    let ran = folder.run(["--fix", MERGING, "--why-not"]);
    assert!(ran.out.contains("suppresses it: slow"), "{}", ran.out);
    assert_eq!(
        folder.read("Dockerfile"),
        text.replace("FROM a\nRUN a\nRUN b", "FROM a\nRUN a \\\n    && b")
    );
    assert_eq!(ran.err, "");
    folder.write("Dockerfile", format!("# jettison ignore-file=merge-runs: x\n{MERGEABLE}"));
    assert_eq!(folder.run(["--check", MERGING]).code, 0);
    folder.write("Dockerfile", format!("# jettison ignore-stage=merge-run: x\n{MERGEABLE}"));
    assert!(folder.run(["--check"]).err.contains("did you mean `merge-runs`?"));
}
