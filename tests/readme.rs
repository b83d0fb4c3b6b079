//! The README shows what the command really does.

#![allow(clippy::unwrap_used)]

use jettison::transforms::PIPELINE;
use std::process::Command;

fn readme() -> String {
    std::fs::read_to_string("README.md").unwrap()
}

#[test]
fn its_table_lists_the_pipeline_in_order() {
    let readme = readme();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [`")).collect();
    assert_eq!(rows.len(), PIPELINE.len());
    for (row, transform) in rows.iter().zip(PIPELINE) {
        let file = transform.id.replace('-', "_");
        let expected =
            format!("| [`{}`](transforms/{file}.md) | {} |", transform.id, transform.summary);
        assert!(row.starts_with(&expected), "{row}\n{expected}");
    }
}

#[test]
fn its_diff_is_real_output() {
    let readme = readme();
    let (_, example) = readme.split_once("$ jettison examples/web.Dockerfile\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_jettison"))
        .args(["--color", "never", "examples/web.Dockerfile"])
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(output.starts_with(example), "the README shows\n{example}\nthe command\n{output}");
}
