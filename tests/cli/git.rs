//! Where files are in a git repository.

use crate::support::{CLEAN, Folder, MERGEABLE, MERGED};

/// A repository whose branch `work` touches `touched/Dockerfile`.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.git(&["init", "-q", "-b", "main"]);
    folder.write("old/Dockerfile", MERGEABLE);
    folder.write("touched/Dockerfile", CLEAN);
    folder.git(&["add", "."]);
    folder.git(&["commit", "-qm", "one"]);
    folder.git(&["checkout", "-qb", "work"]);
    folder.write("touched/Dockerfile", MERGEABLE);
    folder.git(&["commit", "-qam", "two"]);
    folder.git(&["checkout", "-q", "main"]);
    folder.write("old/Dockerfile", format!("{MERGEABLE}# changed on main\n"));
    folder.git(&["commit", "-qam", "three"]);
    folder.git(&["checkout", "-q", "work"]);
    folder
}

#[test]
fn changed_since_takes_what_the_branch_touches() {
    let folder = repository();
    let ran = folder.run(["--check", "--changed-since", "main"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("1 of 1 file") && ran.out.starts_with("touched/Dockerfile"));
    folder.write("new/Dockerfile", MERGEABLE);
    assert!(folder.run(["--changed-since", "main"]).out.contains("2 of 2 files"));
    let none = folder.run(["--changed-since", "HEAD", "touched"]);
    assert_eq!(
        (none.code, none.out.as_str()),
        (0, "no Dockerfiles in `touched` changed since `HEAD`\n")
    );
}

#[test]
fn changed_since_works_from_a_folder_inside_and_through_links() {
    let folder = repository();
    let mut command = folder.command();
    let inside = command.current_dir(folder.file("touched")).args(["--changed-since", "main"]);
    let out = String::from_utf8(inside.output().unwrap().stdout).unwrap();
    assert!(out.starts_with("Dockerfile\n"), "{out}");
}

#[test]
fn an_unknown_revision_and_a_folder_without_git_are_errors() {
    let folder = repository();
    for revision in ["nonsense", "--help", ""] {
        let ran = folder.run([format!("--changed-since={revision}")]);
        assert_eq!(ran.code, 2, "{revision}");
        assert!(ran.err.contains("--changed-since"), "{}", ran.err);
    }
    let ran = Folder::with(MERGEABLE).run(["--changed-since", "main"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not a git repository"), "{}", ran.err);
}

#[test]
fn fix_warns_for_files_that_git_does_not_know_as_clean() {
    let folder = repository();
    folder.write("old/Dockerfile", format!("{MERGEABLE}# mine\n"));
    folder.write("new/Dockerfile", MERGEABLE);
    folder.write("staged/Dockerfile", MERGEABLE);
    folder.git(&["add", "staged"]);
    let ran = folder.run(["--fix"]);
    assert_eq!(ran.code, 0);
    let warned: Vec<&str> = ran.err.lines().collect();
    assert_eq!(warned.len(), 2, "{}", ran.err);
    assert!(warned[0].starts_with("warning: new/Dockerfile: it had uncommitted changes"));
    assert!(warned[1].starts_with("warning: old/Dockerfile: it had uncommitted changes"));
    assert_eq!(folder.read("touched/Dockerfile"), MERGED);
}

#[test]
fn a_preview_does_not_ask_git() {
    let folder = repository();
    folder.write("old/Dockerfile", format!("{MERGEABLE}# mine\n"));
    assert_eq!(folder.run::<&str>([]).err, "");
}
