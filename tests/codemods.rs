//! Codemods as their authors use them: the library of examples, each example of the guide, and what a mistake is told.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the command in `folder`.
fn jettison(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jettison"));
    command.current_dir(folder).args(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/codemods");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|it| it.extension() == Some("yaml".as_ref())).collect();
    files.sort();
    files
}

/// Runs the tests in `text`; what was printed if one of them fails or there is none.
fn failing(text: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("codemod.yaml"), text).unwrap();
    let ran = jettison(folder.path(), &["codemod", "test", "codemod.yaml"]);
    let printed = format!("{}{}", utf8(&ran.stdout), utf8(&ran.stderr));
    let tested = text.lines().filter(|line| is_test(line)).count();
    (!ran.status.success() || tested == 0).then_some(printed)
}

fn is_test(line: &str) -> bool {
    let key = line.trim_start().trim_start_matches("- ");
    ["diff:", "unchanged:", "declined:"].iter().any(|it| key.starts_with(it))
}

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The codemods of a file: each is whole, and has tests of its own.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        match line == "---" {
            true => documents.push(String::new()),
            false => documents.last_mut().unwrap().push_str(&format!("{line}\n")),
        }
    }
    documents
}

#[test]
fn examples_do_what_their_tests_say() {
    let files = examples();
    assert_eq!(files.len(), 15);
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        wrong.extend(failing(&text).map(|it| format!("{}\n{it}", file.display())));
        for document in documents(&text) {
            let id = document.lines().find_map(|it| it.strip_prefix("id: ")).unwrap();
            for kind in ["diff:", "unchanged:"] {
                let tests = document.lines().filter(|it| is_test(it) && it.contains(kind)).count();
                assert!(tests > 0 || has_no_other_side(id, kind), "{id} has no test with `{kind}`");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Renames of one name each share the file's tests of what is left alone.
fn has_no_other_side(id: &str, kind: &str) -> bool {
    kind == "unchanged:" && id.starts_with("rename-") && id.ends_with("-label")
}

#[test]
fn a_test_that_is_wrong_fails() {
    let text = fs::read_to_string(&examples()[0]).unwrap();
    let wrong = text.replacen("\n      +FROM ", "\n      +FROM x", 1);
    assert_ne!(text, wrong);
    let printed = failing(&wrong).expect("the test fails");
    assert!(printed.contains("+FROM x"), "{printed}");
}

#[test]
fn examples_are_listed_and_explained() {
    let readme = fs::read_to_string(examples()[0].with_file_name("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| [")).count();
    assert_eq!(rows, examples().len());
    for file in examples() {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("\n| [{name}]({name}) | ")), "{name}");
        let text = fs::read_to_string(&file).unwrap();
        let first = "# yaml-language-server: $schema=../../schemas/codemod.json\n";
        assert!(text.starts_with(first), "{name}: editors find the schema");
        assert!(text.contains("\nabout: |\n") && text.contains("**Adapt**"), "{name}");
    }
}

#[test]
fn codemods_of_the_guide_do_what_their_tests_say() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codemods.md");
    let guide = fs::read_to_string(guide).unwrap();
    let blocks: Vec<&str> = guide
        .split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|it| it.strip_prefix("yaml\n"))
        .collect();
    assert!(blocks.len() > 3);
    let wrong: Vec<String> = blocks.iter().filter_map(|it| failing(it)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
