//! Runs every example in every transform's guide.
//!
//! A `diff` block says what the transform changes: its context and `-` lines go in, and exactly its
//! context and `+` lines must come out. A `dockerfile` block says what the transform leaves alone.

use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::transform::{Options, Transform};
use jettison::transforms::PIPELINE;

#[test]
fn guides() {
    let mut wrong = Vec::new();
    for transform in PIPELINE.iter().copied() {
        let (mut examples, mut left_alone) = (0, 0);
        for (line, language, block) in code_blocks(&transform.guide) {
            let (before, after) = match language {
                "diff" => (side(&block, '-'), side(&block, '+')),
                "dockerfile" => (block.clone(), block),
                _ => continue,
            };
            match language {
                "diff" => examples += 1,
                _ => left_alone += 1,
            }
            let found = rewrite(transform, &before);
            if found != after {
                wrong
                    .push(format!("{}.md:{line}: expected\n{after}\nfound\n{found}", transform.id));
            }
            let again = rewrite(transform, &after);
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

fn rewrite(transform: &'static Transform, source: &str) -> String {
    let outcome = run(transform, source);
    let failures: Vec<&str> = outcome.failures.iter().map(|it| &*it.message).collect();
    assert!(failures.is_empty(), "{failures:?}\n{source}");
    outcome.result().map_or(source.to_owned(), |after| after.to_string())
}

fn run(transform: &'static Transform, source: &str) -> Outcome<'static> {
    let transforms = vec![transform];
    let request = Request { transforms, options: Options::default(), agreed: Agreement::All };
    match pipeline::run(source, &request) {
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
