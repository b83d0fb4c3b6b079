//! Standard input to standard output, for editors.

use crate::support::{CLEAN, Folder, MERGEABLE, MERGED, MERGING};

#[test]
fn the_result_goes_to_standard_output() {
    let folder = Folder::new();
    let ran = folder.run_with_input(MERGEABLE.as_bytes(), &["--stdin-filename", "Dockerfile"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, MERGED, ""));
    let ran = folder.run_with_input(CLEAN.as_bytes(), &["--stdin-filename", "x/Dockerfile"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, CLEAN));
}

#[test]
fn a_text_that_does_not_parse_gives_no_result() {
    let ran = Folder::new().run_with_input(b"RUM\n", &["--stdin-filename", "a/Dockerfile"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("a/Dockerfile:1:1"), "{}", ran.err);
}

#[test]
fn check_and_diff_and_formats_work_as_for_a_file() {
    let folder = Folder::new();
    let run = |flags: &[&str]| {
        let flags = [&["--stdin-filename", "a/Dockerfile"], flags].concat();
        folder.run_with_input(MERGEABLE.as_bytes(), &flags)
    };
    assert_eq!(run(&["--check", "--quiet"]).code, 1);
    assert!(run(&["--diff"]).out.starts_with("--- a/a/Dockerfile\n+++ b/a/Dockerfile\n"));
    assert!(run(&["--format", "json"]).out.contains("\"path\":\"a/Dockerfile\""));
}

#[test]
fn the_name_finds_the_configuration() {
    let folder = Folder::new();
    folder.write("off/.jettison.yaml", "merge: never\n");
    let run =
        |name: &str| folder.run_with_input(MERGEABLE.as_bytes(), &["--stdin-filename", name]).out;
    assert_eq!(run("off/Dockerfile"), MERGEABLE);
    assert_eq!(run("Dockerfile"), MERGED);
}

#[test]
fn a_mirrored_frontend_is_dockers_own_and_any_other_is_left_alone() {
    let folder = Folder::new();
    let run = |image: &str| {
        let text = format!("# syntax={image}\nFROM debian:12\nUSER 1000\nRUN a\nRUN b\n");
        folder.run_with_input(
            text.as_bytes(),
            &["--stdin-filename", "Dockerfile", "--check", MERGING],
        )
    };
    for same in [
        "docker/dockerfile",
        "localhost:5000/mirror/docker/dockerfile:1",
        "docker.io/docker/dockerfile-upstream:master",
    ] {
        assert_eq!(run(same).code, 1, "{same}");
    }
    for other in
        ["corp/dockerfile:1", "registry.corp.example/mydocker/dockerfile", "docker/dockerfile-lab"]
    {
        assert_eq!(run(other).code, 0, "{other}");
    }
}
