//! What no person writes: it is left alone, and says why.

#![expect(clippy::unwrap_used, reason = "everything here is a test")]

use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::transform::Options;
use jettison::transforms::PIPELINE;

fn run(source: &str) -> Outcome<'static> {
    let transforms = PIPELINE.to_vec();
    let request = Request { transforms, options: Options::default(), agreed: Agreement::All };
    let outcome = pipeline::run(source, &request).unwrap();
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    outcome
}

fn told(outcome: &Outcome, code: &str) -> bool {
    outcome.declined.iter().any(|it| it.declined.code == code)
}

fn numbered(line: &str, count: usize) -> String {
    (0..count).map(|number| line.replace('#', &number.to_string())).collect()
}

const PROGRAM: &str = "CMD [\"node\", \"server.js\"]\n";

#[test]
fn only_so_many_folders_are_given_away() {
    let volumes = |count| format!("FROM node:22\n{}{PROGRAM}", numbered("VOLUME /v#\n", count));
    assert!(told(&run(&volumes(51)), "many-folders"));
    let outcome = run(&volumes(50));
    assert!(!told(&outcome, "many-folders"));
    assert!(outcome.result().unwrap().contains("/v49"));
}

#[test]
fn a_long_file_keeps_its_user_and_its_owners() {
    let lines = "COPY a /srv/a#\nRUN chown -R 5:5 /srv/a#\n";
    let source = |count| format!("FROM node:22\n{}{PROGRAM}", numbered(lines, count));
    let changed =
        |outcome: &Outcome, id: &str| outcome.steps.iter().any(|it| it.transform.id == id);
    let short = run(&source(3));
    assert!(changed(&short, "copy-with-owner"));
    let long = run(&source(1000));
    assert!(told(&long, "long-file"));
    assert!(!changed(&long, "copy-with-owner") && !changed(&long, "add-user"));
}

#[test]
fn a_path_that_no_kernel_takes_is_not_known() {
    let nested =
        format!("FROM node:22\n{}COPY a b\n{PROGRAM}", numbered("WORKDIR folder#\n", 1000));
    run(&nested);
}
