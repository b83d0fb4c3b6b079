//! Patches and reports: the same bytes in each form.

use crate::support::{Folder, MERGEABLE, MERGED};
use serde_json::Value;

/// Files in which line ends and names are as odd as they get.
fn odd(folder: &Folder) -> Vec<(&'static str, String)> {
    let files = [
        ("Dockerfile", MERGEABLE.to_owned()),
        ("a b/Dockerfile", MERGEABLE.to_owned()),
        ("crlf/Dockerfile", MERGEABLE.replace('\n', "\r\n")),
        ("cut/Dockerfile", MERGEABLE.trim_end().to_owned()),
        ("cutcrlf/Dockerfile", MERGEABLE.trim_end().replace('\n', "\r\n")),
        ("mixed/Dockerfile", "FROM debian\r\nRUN a\nRUN b\r\n".to_owned()),
        ("cr/Dockerfile", "FROM debian\n# x\ry\nRUN a\nRUN b\n# z\r".to_owned()),
        ("bom/Dockerfile", format!("\u{feff}{MERGEABLE}")),
        ("escape/Dockerfile", "FROM debian\n# \x1b[2J\nRUN a\nRUN b\n".to_owned()),
        ("ü/Dockerfile", MERGEABLE.to_owned()),
        ("q\"uote\\/Dockerfile", MERGEABLE.to_owned()),
    ];
    files.iter().for_each(|(name, text)| folder.write(name, text));
    files.to_vec()
}

#[test]
fn a_patch_applied_by_git_or_patch_is_what_fix_writes() {
    let [fixed, by_git, by_patch] = [Folder::new(), Folder::new(), Folder::new()];
    let files = [&fixed, &by_git, &by_patch].map(odd)[0].clone();
    let diff = fixed.run(["--diff"]);
    assert_eq!((diff.code, diff.err.as_str()), (0, ""));
    let fix = fixed.run(["--fix"]);
    assert!(fix.out.contains(&format!("fixed {0} of {0} files", files.len())), "{}", fix.out);

    by_git.write("p", &diff.out);
    by_git.git(&["init", "-q"]);
    by_git.git(&["apply", "p"]);
    by_patch.write("p", &diff.out);
    by_patch.other("patch", &["-p1", "-s", "-i", "p"]);
    for (name, before) in files {
        let after = fixed.read(name);
        assert_ne!(after, before, "{name}");
        assert_eq!(by_git.read(name), after, "git apply: {name}");
        assert_eq!(by_patch.read(name), after, "patch: {name}");
    }
}

#[cfg(unix)]
#[test]
fn a_patch_names_the_target_of_a_link() {
    let folder = Folder::new();
    folder.write("real/prod", MERGEABLE);
    std::os::unix::fs::symlink("real/prod", folder.file("Dockerfile")).unwrap();
    assert!(folder.run(["--diff"]).out.contains("+++ b/real/prod\n"));
}

#[test]
fn the_edits_in_json_are_what_fix_writes() {
    let folder = Folder::new();
    let files = odd(&folder);
    let ran = folder.run(["--check", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    folder.run(["--fix"]);
    for (name, before) in files {
        let all = document["files"].as_array().unwrap();
        let file = all.iter().find(|file| file["path"] == name).unwrap();
        let mut text = before;
        for step in file["steps"].as_array().unwrap() {
            let changes = step["changes"].as_array().unwrap();
            let edits = changes.iter().flat_map(|change| change["edits"].as_array().unwrap());
            let mut edits: Vec<&Value> = edits.collect();
            edits.sort_by_key(|edit| edit["start"].as_u64());
            for edit in edits.into_iter().rev() {
                let at = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
                text.replace_range(at("start")..at("end"), edit["text"].as_str().unwrap());
            }
        }
        assert_eq!(text, folder.read(name), "{name}");
    }
    assert_eq!(document["summary"]["changed"], 11);
    assert_eq!(document["summary"]["exit_code"], 1);
}

#[test]
fn json_tells_errors_in_the_document() {
    let folder = Folder::with("FROM a\nRUM b\n");
    let ran = folder.run(["--format", "json", ".", "nothing-here"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, ""));
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let error = &document["files"][0]["errors"][0];
    assert_eq!((&error["kind"], &error["span"]["line"]), (&"syntax".into(), &2.into()));
    assert_eq!(document["summary"]["problems"][0]["path"], "nothing-here");
}

#[test]
fn github_gets_one_annotation_for_each_change_and_error() {
    let folder = Folder::with(MERGEABLE);
    folder.write("a,b/Dockerfile", "FROM a\nRUM b\n");
    let ran = folder.run(["--format", "github", "--check"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with(
        "::warning file=Dockerfile,line=2,endLine=3,title=merge-runs%3A Merge consecutive"
    ));
    assert!(lines[0].contains("line 2: 2 layers become one%0Aline 2: "), "{}", lines[0]);
    assert!(lines[1].starts_with("::error file=a%2Cb/Dockerfile,line=2,endLine=2,title="));
    assert_eq!((ran.code, ran.err.as_str()), (3, ""));
}

#[test]
fn markdown_is_the_body_of_a_pull_request() {
    let folder = Folder::with(MERGEABLE);
    folder.write("b/Dockerfile", "FROM debian\nRUN echo '```'\nRUN b\n");
    folder.write("c/Dockerfile", "RUM\n");
    let ran = folder.run(["--format", "markdown"]);
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("markdown", ran.out) });
}

#[test]
fn markdown_is_cut_where_github_would_refuse_it() {
    let folder = Folder::new();
    let long = format!("FROM debian\nRUN echo {}\nRUN b\n", "x".repeat(2_000));
    (0..60).for_each(|number| folder.write(&format!("{number:02}/Dockerfile"), &long));
    let body = folder.run(["--format", "markdown"]).out;
    assert!(body.chars().count() <= 65_536);
    assert!(body.chars().count() > 60_000);
    let shown = body.matches("<details>").count();
    assert_eq!(shown, body.matches("</details>").count());
    assert!(body.ends_with(&format!("and {} more files\n", 60 - shown)), "{shown}");
}

#[test]
fn every_form_tells_the_same() {
    let folder = Folder::with(MERGEABLE);
    let diff = folder.run(["--diff"]).out;
    let json: Value = serde_json::from_str(&folder.run(["--format", "json"]).out).unwrap();
    assert_eq!(json["files"][0]["diff"], diff.as_str());
    assert_eq!(folder.run(["--check"]).out, folder.run::<&str>([]).out);
    folder.run(["--fix"]);
    assert_eq!(folder.read("Dockerfile"), MERGED);
    assert_eq!(folder.run(["--diff"]).out, "");
}
