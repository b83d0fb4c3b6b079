//! A campaign: what is planned for many files, in parts that are reviewed one by one.
//!
//! `docs/migrate.md` describes the document. Nothing here reads or writes a file.

pub mod body;
pub mod document;
pub mod mail;
pub mod parts;
pub mod standing;

use super::{FileReport, Problem, diff, text};
use crate::syntax::SyntaxError;
use crate::text::LineIndex;
use crate::transform::Safety;
use crate::verify::archive::Digest;
use serde::{Deserialize, Serialize};

/// Raised whenever a reader of an older version would misunderstand a plan.
pub const VERSION: u32 = 1;

/// Reasons that a plan keeps of what waits in one file; `jettison --why-not` has them all.
const FEW: usize = 20;

/// What a plan says of itself, before its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The version of jettison that planned it.
    pub tool: String,
    /// Of the whole campaign.
    pub title: String,
    /// Where it was planned, from the root; empty if that was the root.
    pub folder: String,
    /// The flags and paths with which it was planned.
    pub arguments: Vec<String>,
    pub split: Split,
}

/// How a campaign is split into parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub by: Vec<By>,
    /// Folders below the top of a repository that tell parts apart.
    pub folder_depth: usize,
    pub max_files: Option<usize>,
    /// A file of owners in place of the one that each repository has.
    pub codeowners: Option<String>,
    pub branch_prefix: String,
}

impl Default for Split {
    fn default() -> Self {
        let branch_prefix = "jettison/".to_owned();
        Self { by: Vec::new(), folder_depth: 1, max_files: None, codeowners: None, branch_prefix }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Team,
    Folder,
    Transform,
}

/// One file: what it holds, and what would become of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// From the root of the campaign, with `/`.
    pub path: String,
    /// The top of its repository, from the root of the campaign; empty if that is the root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Of its bytes; `None` if it is not there yet.
    pub sha256: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Steps of earlier plans that are there now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub landed: Vec<Landed>,
    /// What nobody agreed to yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<Declined>,
    /// Of an ignore file: the Dockerfiles that share its context, which are changed together with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dockerfiles: Vec<String>,
    /// Where it was when it was planned first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_alone: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Error>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub part: u32,
    pub transform: String,
    /// `safe`, or `unsafe`: it was agreed to.
    pub safety: String,
    pub changes: usize,
    /// Lines.
    pub added: usize,
    pub removed: usize,
    /// The hash of the file after this step.
    pub result: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Landed {
    pub part: u32,
    pub transform: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    pub transform: String,
    pub changes: usize,
    pub reasons: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    pub transform: String,
    pub code: String,
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    pub kind: Kind,
    pub message: String,
}

/// What went wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Read,
    Syntax,
    /// Of ours.
    Bug,
}

/// What is reviewed and lands together: one branch, one series of patches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// From 1.
    pub number: u32,
    /// What tells it apart, in words; empty if there is nothing to tell it from.
    pub name: String,
    pub title: String,
    pub branch: String,
    pub repository: String,
    pub team: Option<String>,
    pub folder: Option<String>,
    pub transform: Option<String>,
    /// The part on which it builds.
    pub after: Option<u32>,
    pub files: Vec<String>,
}

/// A transform of a plan, as it is told to people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub id: String,
    pub summary: String,
    /// Why one wants it; may be empty.
    pub why: String,
}

/// The hash of a text as plans have it.
pub fn sha256(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}

impl File {
    /// What is planned for a file. It is in no part yet.
    pub fn planned(report: &FileReport<'_>, path: String, repository: String) -> Self {
        let is_read = !matches!(report.result, Err(Problem::Unreadable(_)));
        let sha256 = (is_read && !report.is_new).then(|| sha256(&report.source));
        let mut file = Self { path, repository, sha256, ..Self::default() };
        let outcome = match &report.result {
            Ok(outcome) => outcome,
            Err(problem) => {
                file.errors.push(error(problem, &report.source));
                return file;
            }
        };
        file.steps = outcome.steps.iter().map(step).collect();
        let waiting = outcome.waiting.iter().chain(&outcome.drafts);
        file.waiting = waiting.map(waits).collect();
        let declined = outcome.declined.iter().map(|it| Declined {
            transform: it.transform.id.to_string(),
            code: it.declined.code.to_owned(),
            line: it.line,
        });
        file.declined = declined.collect();
        file.left_alone.clone_from(&outcome.left_alone);
        file.errors.extend(outcome.failures.iter().map(|failure| {
            let (id, line) = (&failure.transform.id, failure.line);
            let message =
                format!("a change of `{id}` at line {line} was dropped: {}", failure.message);
            Error { kind: Kind::Bug, message }
        }));
        file
    }

    /// How many steps are done in a file that has this hash now; `None` if it is at none of them.
    pub fn position(&self, now: Option<&str>) -> Option<usize> {
        if self.sha256.as_deref() == now {
            return Some(0);
        }
        let at = self.steps.iter().position(|step| Some(step.result.as_str()) == now)?;
        Some(at + 1)
    }

    /// The steps of one part: they stand side by side.
    pub fn steps_of(&self, part: u32) -> std::ops::Range<usize> {
        let first = self.steps.iter().position(|step| step.part == part);
        let first = first.unwrap_or(self.steps.len());
        let length = self.steps[first..].iter().take_while(|step| step.part == part).count();
        first..first + length
    }
}

fn step(step: &crate::pipeline::Step<'_>) -> Step {
    let diff = diff::Diff::new(&step.before, &step.after, 0);
    let operations = diff.hunks.iter().flatten();
    let (mut added, mut removed) = (0, 0);
    for (side, _) in operations.flat_map(|operation| diff.lines(operation)) {
        added += usize::from(side == diff::Side::Added);
        removed += usize::from(side == diff::Side::Removed);
    }
    let is_safe = step.changes.iter().all(|change| change.safety == Safety::Safe);
    Step {
        part: 0,
        transform: step.transform.id.to_string(),
        safety: if is_safe { "safe" } else { "unsafe" }.to_owned(),
        changes: step.changes.len(),
        added,
        removed,
        result: sha256(&step.after),
    }
}

fn waits(step: &crate::pipeline::Step<'_>) -> Waiting {
    let mut reasons: Vec<String> = Vec::new();
    for reason in step.changes.iter().filter_map(|change| match &change.safety {
        Safety::Safe => None,
        Safety::Unsafe(reason) | Safety::Structural(reason) => Some(reason.clone()),
        Safety::Draft(reason) => Some(format!("needs verify: {reason}")),
    }) {
        if !reasons.contains(&reason) && reasons.len() < FEW {
            reasons.push(reason);
        }
    }
    Waiting { transform: step.transform.id.to_string(), changes: step.changes.len(), reasons }
}

fn error(problem: &Problem, source: &str) -> Error {
    match problem {
        Problem::Unreadable(message) => Error { kind: Kind::Read, message: message.clone() },
        Problem::Bug(message) => Error { kind: Kind::Bug, message: message.clone() },
        Problem::Unparsable(errors) => {
            let told = |error: &SyntaxError| {
                format!("line {}: {}", LineIndex::new(source).line(error.span.start), error.message)
            };
            let first = errors.first().map(told).unwrap_or_default();
            let more = match errors.len() {
                0 | 1 => String::new(),
                number => format!(", and {}", text::count(number - 1, "more error")),
            };
            Error { kind: Kind::Syntax, message: format!("{first}{more}") }
        }
    }
}
