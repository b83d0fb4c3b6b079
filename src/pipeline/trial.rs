//! Runs the tests that a codemod brings.

use super::{Agreement, Outcome, Request, run_with_files};
use crate::codemod::{Expected, Test};
use crate::project::ContextFiles;
use crate::transform::{Options, Transform};
use std::sync::Arc;

/// What is wrong with a test, or with the codemod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The Dockerfile of the test is none, for this reason.
    Unparsable(String),
    /// The file becomes something else.
    Differs { expected: String, found: String, declined: Vec<String> },
    /// It is not declined for this reason, but for these, if for any.
    NotDeclined { wanted: Option<String>, found: Vec<String> },
    /// A change is dropped, because its proof fails.
    NotProven(String),
}

/// Runs one test of a codemod, which is agreed to.
pub fn trial(transform: &Transform, test: &Test) -> Result<(), Failure> {
    let before = test.expected.before();
    let outcome = outcome(transform, test, before)?;
    if let Some(failure) = outcome.failures.first() {
        return Err(Failure::NotProven(failure.message.clone()));
    }
    let found = outcome.result().map_or(before, |it| it);
    let declined = || {
        let all = outcome.declined.iter().map(|it| &it.declined);
        all.map(|it| format!("{}: {}", it.code, it.reason)).collect::<Vec<_>>()
    };
    let expected = match &test.expected {
        Expected::Diff { after, .. } => after,
        Expected::Unchanged(text) | Expected::Declined { text, .. } => text,
    };
    if found != expected {
        let (expected, found) = (expected.clone(), found.to_owned());
        return Err(Failure::Differs { expected, found, declined: declined() });
    }
    let Expected::Declined { because, .. } = &test.expected else { return Ok(()) };
    let mut codes = outcome.declined.iter().map(|it| it.declined.code);
    match codes.any(|code| because.as_deref().is_none_or(|wanted| wanted == code)) {
        true => Ok(()),
        false => Err(Failure::NotDeclined { wanted: because.clone(), found: declined() }),
    }
}

fn outcome<'t>(
    transform: &'t Transform,
    test: &Test,
    before: &str,
) -> Result<Outcome<'t>, Failure> {
    let files = match test.files.is_empty() {
        true => ContextFiles::default(),
        false => ContextFiles::of_texts(test.files.iter().map(|path| (path.as_str(), ""))),
    };
    let files = files.of_dockerfile(test.path.as_deref().unwrap_or("Dockerfile"));
    let agreed = Agreement::Allowed(vec![transform.id.to_string()]);
    let request = Request { transforms: vec![transform], options: Options::default(), agreed };
    run_with_files(&Arc::default(), &files, before, &request).map_err(|errors| {
        let first = errors.into_iter().next();
        Failure::Unparsable(first.map(|it| it.message).unwrap_or_default())
    })
}
