//! Runs transforms in order, one step each, and proves each step.
//!
//! Every step starts from a fresh parse of the text that the step before it produced. This module
//! names no transform.

use crate::syntax::SyntaxError;
use crate::transform::{Change, Declined, Options, Transform};
use std::sync::Arc;

/// What to run and what the user agreed to.
#[derive(Debug, Clone)]
pub struct Request<'t> {
    /// In the order in which they run.
    pub transforms: Vec<&'t Transform>,
    pub options: Options,
    pub agreed: Agreement,
}

/// Which unsafe changes the user agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Agreement {
    #[default]
    SafeOnly,
    /// The transforms with these ids.
    Allowed(Vec<String>),
    All,
}

/// What one transform did with one kind of safety: one titled diff, one commit's worth of change.
#[derive(Debug, Clone)]
pub struct Step<'t> {
    pub transform: &'t Transform,
    pub changes: Vec<Change>,
    pub before: Arc<str>,
    pub after: Arc<str>,
}

/// All that running the transforms on one file gave.
#[derive(Debug, Clone)]
pub struct Outcome<'t> {
    /// What was proven and agreed to; each starts where the one before it ended.
    pub steps: Vec<Step<'t>>,
    /// Unsafe steps that nobody agreed to, each from the text after all of `steps`: what is to gain.
    pub waiting: Vec<Step<'t>>,
    pub declined: Vec<DeclinedBy<'t>>,
    /// Suppression comments that suppress nothing: the line in the original.
    pub unused_suppressions: Vec<usize>,
    /// Changes dropped because their proof failed: bugs of ours.
    pub failures: Vec<Failure<'t>>,
    /// Why the file was left alone as a whole, if it was.
    pub left_alone: Option<String>,
}

#[derive(Debug, Clone)]
pub struct DeclinedBy<'t> {
    pub transform: &'t Transform,
    pub declined: Declined,
    /// Lines in the original text, counted from 1, of what was left alone and of what stopped it.
    pub line: usize,
    pub stopped_by_line: usize,
}

/// A proof that failed: a bug in the transform.
#[derive(Debug, Clone)]
pub struct Failure<'t> {
    pub transform: &'t Transform,
    /// Line in the original text, counted from 1.
    pub line: usize,
    pub message: String,
}

/// Runs `request` on `source`. A source that does not parse is never rewritten.
pub fn run<'t>(source: &str, request: &Request<'t>) -> Result<Outcome<'t>, Vec<SyntaxError>> {
    let _ = (source, request);
    Err(Vec::new())
}

impl Outcome<'_> {
    /// The text after all steps; `None` if there are none.
    pub fn result(&self) -> Option<&Arc<str>> {
        self.steps.last().map(|step| &step.after)
    }
}
