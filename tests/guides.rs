//! Runs every example in every transform's guide.
//!
//! A `diff` block says what the transform changes: its context and `-` lines go in, and exactly its
//! context and `+` lines must come out. A `dockerfile` block says what the transform leaves alone. Blocks
//! with `file PATH` before an example are files of its build context; for a transform that changes ignore
//! files, `Dockerfile` is among them, and the diff is that of `.dockerignore`.

#![allow(clippy::unwrap_used)]

use jettison::facts::Facts;
use jettison::pipeline::{self, Agreement, Outcome, Request, Shared};
use jettison::project::{ContextFiles, Tree};
use jettison::syntax;
use jettison::transform::{Options, Sharer, Transform};
use jettison::transforms::PIPELINE;
use std::sync::Arc;

#[test]
fn guides() {
    let mut wrong = Vec::new();
    for transform in PIPELINE.iter().copied() {
        let (mut examples, mut left_alone) = (0, 0);
        let mut files: Vec<(&str, String)> = Vec::new();
        for (line, language, block) in code_blocks(&transform.guide) {
            if let Some(path) = language.strip_prefix("file ") {
                files.push((path, block));
                continue;
            }
            let files = std::mem::take(&mut files);
            let for_context = transform.is_for_contexts();
            let (before, after) = match language {
                "diff" => (side(&block, '-'), side(&block, '+')),
                "dockerfile" if for_context => (String::new(), String::new()),
                "dockerfile" => (block.clone(), block.clone()),
                _ => continue,
            };
            match language {
                "diff" => examples += 1,
                _ => left_alone += 1,
            }
            let run = |text: &str| match for_context {
                true => ignore_file(
                    transform,
                    text,
                    &files,
                    (language == "dockerfile").then_some(&block),
                ),
                false => rewrite(transform, text, &files),
            };
            let found = run(&before);
            if found != after {
                wrong
                    .push(format!("{}.md:{line}: expected\n{after}\nfound\n{found}", transform.id));
            }
            let again = run(&after);
            if again != after {
                wrong.push(format!(
                    "{}.md:{line}: a second run changes it to\n{again}",
                    transform.id
                ));
            }
        }
        assert!(examples > 0 && left_alone > 0, "{}: a guide needs both kinds", transform.id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn guides_have_the_headings_that_readers_look_for() {
    for transform in PIPELINE {
        assert!(transform.guide.starts_with(&format!("# {}\n\n", transform.id)));
        assert!(
            transform.guide.contains(&format!("\n{}.\n", transform.summary)),
            "{}",
            transform.id
        );
        for heading in ["\n## Safety\n", "\n## When it leaves the file alone\n"] {
            assert!(transform.guide.contains(heading), "{}: {heading}", transform.id);
        }
    }
}

fn rewrite(transform: &'static Transform, source: &str, files: &[(&str, String)]) -> String {
    let outcome = run(transform, source, files);
    let failures: Vec<&str> = outcome.failures.iter().map(|it| &*it.message).collect();
    assert!(failures.is_empty(), "{failures:?}\n{source}");
    outcome.result().map_or(source.to_owned(), |after| after.to_string())
}

/// What becomes of the ignore file `text` of a context with `files`.
fn ignore_file(
    transform: &'static Transform,
    text: &str,
    files: &[(&str, String)],
    dockerfile: Option<&String>,
) -> String {
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    files.extend(dockerfile.map(|text| ("Dockerfile", text.as_str())));
    let (_, dockerfile) = files.iter().find(|(path, _)| *path == "Dockerfile").unwrap();
    let parsed = syntax::parse(dockerfile).unwrap();
    let facts = Facts::new(&parsed);
    let tree = Tree::of_texts(files.iter().copied());
    let sharers = [Sharer { name: "Dockerfile".to_owned(), file: &parsed, facts: &facts }];
    let shared = Shared { tree: &tree, sharers: &sharers };
    let outcome = pipeline::run_for_context(shared, text, &request(transform)).unwrap();
    let failures: Vec<&str> = outcome.failures.iter().map(|it| &*it.message).collect();
    assert!(failures.is_empty(), "{failures:?}");
    outcome.result().map_or(text.to_owned(), |after| after.to_string())
}

fn request(transform: &'static Transform) -> Request<'static> {
    let transforms = vec![transform];
    // Also what has to be agreed to by its name, and what only a build tells.
    let options = Options { verified: true, ..Options::default() };
    Request { transforms, options, agreed: Agreement::All }
}

fn run(transform: &'static Transform, source: &str, files: &[(&str, String)]) -> Outcome<'static> {
    let files = ContextFiles::of_texts(files.iter().map(|(path, text)| (*path, text.as_str())));
    match pipeline::run_with_files(&Arc::default(), &files, source, &request(transform)) {
        Ok(outcome) => outcome,
        Err(errors) => panic!("{errors:?}\n{source}"),
    }
}

/// The text of a diff block with only the lines of one side.
fn side(block: &str, sign: char) -> String {
    let lines = block.lines().filter(|line| line.starts_with([' ', sign]));
    lines.map(|line| format!("{}\n", &line[1..])).collect()
}

fn code_blocks(markdown: &str) -> Vec<(usize, &str, String)> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```");
            blocks.push((number, language, body.map(|line| format!("{line}\n")).collect()));
        }
    }
    blocks
}
