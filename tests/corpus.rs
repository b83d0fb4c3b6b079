//! Rewrites whole Dockerfiles with the whole pipeline and compares every step with `snapshots/`.

#![allow(clippy::unwrap_used)]

use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::report;
use jettison::transform::Options;
use jettison::transforms::PIPELINE;
use std::fs;

#[test]
fn corpus() {
    let mut paths: Vec<_> =
        fs::read_dir("tests/corpus").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 10);
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let source = fs::read_to_string(&path).unwrap();
        let outcome = run(&source);
        insta::with_settings!({
            snapshot_path => "../snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            input_file => &path,
        }, { insta::assert_snapshot!(name, review(&outcome)) });

        let after = outcome.result().map_or(source.clone(), |after| after.to_string());
        let again = run(&after);
        assert!(again.steps.is_empty(), "{name}: a second run changes\n{}", review(&again));
        // Snapshots do not tell line ends and a missing final newline apart.
        assert_eq!(source.contains("\r\n"), after.contains("\r\n"), "{name}");
        assert_eq!(source.ends_with('\n'), after.ends_with('\n'), "{name}");
    }
}

fn run(source: &str) -> Outcome<'static> {
    let request = Request {
        transforms: PIPELINE.to_vec(),
        options: Options::default(),
        agreed: Agreement::SafeOnly,
    };
    let outcome = pipeline::run(source, &request).unwrap();
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    outcome
}

/// What a reviewer reads: one titled diff for each step, those that wait for an agreement last, then what
/// was declined.
fn review(outcome: &Outcome) -> String {
    let mut text = String::new();
    let done = outcome.steps.iter().map(|step| (step, ""));
    let waiting = outcome.waiting.iter().map(|step| (step, " (needs your agreement)"));
    for (step, waits) in done.chain(waiting) {
        let (id, summary) = (&step.transform.id, &step.transform.summary);
        text.push_str(&format!("{id}: {summary}{waits}\n"));
        text.push_str(&report::diff::hunks(&step.before, &step.after, 1));
        for change in &step.changes {
            for line in change.delta.describe().iter().chain(&change.notes) {
                text.push_str(&format!("  {line}\n"));
            }
        }
    }
    for it in &outcome.declined {
        let (id, line, declined) = (&it.transform.id, it.line, &it.declined);
        text.push_str(&format!(
            "{id} declined at line {line} ({}): {}\n",
            declined.code, declined.reason
        ));
    }
    if text.is_empty() { "Nothing to change.".to_owned() } else { text }
}
