//! Totals over all files of a run, and the exit code that they add up to.

use super::{Action, FileReport, Problem, Written};
use crate::transform::{Change, Safety};
use std::collections::{BTreeMap, BTreeSet};

/// Reasons that are told for each transform.
const REASONS: usize = 1_000;

/// Gains that are shown for each transform.
const WORTH: usize = 3;

/// What a run did, in numbers. All maps are sorted, so that two runs print the same.
#[derive(Debug, Default)]
pub struct Summary {
    pub examined: usize,
    pub changed: usize,
    pub written: usize,
    pub unreadable: usize,
    pub unparsable: usize,
    pub bugs: usize,
    pub failed_writes: usize,
    /// Files that were found and not examined, by the reason in words (`template`).
    pub skipped: BTreeMap<&'static str, usize>,
    /// Problems that belong to no Dockerfile: a path that does not exist, a broken configuration.
    pub stray_problems: Vec<StrayProblem>,
    /// By transform id.
    pub applied: BTreeMap<String, Total>,
    pub waiting: BTreeMap<String, Waiting>,
    /// Changes that were agreed to and of which only a build tells whether they are right.
    pub drafts: BTreeMap<String, Waiting>,
    /// By transform id and code.
    pub declined: BTreeMap<(String, &'static str), usize>,
    /// Files left alone as a whole, by reason.
    pub left_alone: BTreeMap<String, usize>,
    pub unused_suppressions: usize,
    /// `--max-files` stopped the run before the last file.
    pub stopped: bool,
    /// The folders that were searched, as the user wrote them.
    pub searched: Vec<String>,
    /// Only files that differ from this revision were examined.
    pub changed_since: Option<String>,
    /// Only this one of the parts into which the files are split were examined: `1/4`.
    pub shard: Option<String>,
    pub commands: Commands,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrayProblem {
    pub place: String,
    pub message: String,
    /// The message with lines of source, as it is shown to a person, if it has any.
    pub shown: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    pub files: usize,
    pub changes: usize,
}

/// Changes that wait for the user's agreement.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub total: Total,
    pub reasons: BTreeSet<String>,
    /// What the changes are worth: what is known of it, or else the words of their deltas.
    pub worth: BTreeSet<String>,
}

/// The exact commands that the summary gives.
#[derive(Debug, Default, Clone)]
pub struct Commands {
    /// Writes what was shown.
    pub fix: String,
    /// By transform id: shows and agrees to it (or, after `--fix`, applies it).
    pub allow: BTreeMap<String, String>,
    /// Builds and compares what only a build tells.
    pub verify: String,
}

impl Summary {
    pub fn add(&mut self, file: &FileReport<'_>) {
        self.examined += 1;
        self.changed += usize::from(file.change().is_some());
        match &file.written {
            Written::No => {}
            Written::Yes => self.written += 1,
            Written::Failed(_) => self.failed_writes += 1,
        }
        let outcome = match &file.result {
            Ok(outcome) => outcome,
            Err(Problem::Unreadable(_)) => return self.unreadable += 1,
            Err(Problem::Unparsable(_)) => return self.unparsable += 1,
            Err(Problem::Bug(_)) => return self.bugs += 1,
        };
        self.bugs += outcome.failures.len();
        self.unused_suppressions += outcome.unused_suppressions.len();
        let mut transforms = BTreeMap::<&str, usize>::new();
        let is_lost = matches!(file.written, Written::Failed(_));
        for step in outcome.steps.iter().filter(|_| !is_lost) {
            *transforms.entry(&step.transform.id).or_default() += step.changes.len();
        }
        for (id, changes) in transforms {
            add(self.applied.entry(id.to_owned()).or_default(), changes);
        }
        let waiting = outcome.waiting.iter().map(|step| (step, false));
        for (step, is_draft) in waiting.chain(outcome.drafts.iter().map(|step| (step, true))) {
            let kind = if is_draft { &mut self.drafts } else { &mut self.waiting };
            let waiting = kind.entry(step.transform.id.to_string()).or_default();
            add(&mut waiting.total, step.changes.len());
            let reasons = step.changes.iter().filter_map(reason);
            reasons.for_each(|it| keep_first(&mut waiting.reasons, it, REASONS));
            let words = match step.worth.first() {
                Some(worth) => vec![worth.clone()],
                None => step.changes.iter().flat_map(|it| it.delta.describe()).collect(),
            };
            words.into_iter().for_each(|it| keep_first(&mut waiting.worth, it, WORTH));
        }
        for each in &outcome.declined {
            let key = (each.transform.id.to_string(), each.declined.code);
            *self.declined.entry(key).or_default() += 1;
        }
        if let Some(reason) = &outcome.left_alone {
            *self.left_alone.entry(reason.clone()).or_default() += 1;
        }
    }

    /// Files that gave an error, and problems that belong to no file.
    pub fn problems(&self) -> usize {
        let files = self.unreadable + self.unparsable + self.failed_writes + self.bugs;
        files + self.stray_problems.len()
    }

    /// The highest of 2, 4, 3, 1 in that order.
    pub fn exit_code(&self, action: Action) -> u8 {
        let failed = self.unreadable + self.failed_writes + self.stray_problems.len();
        let codes = [
            (2, failed > 0),
            (4, self.bugs > 0),
            (3, self.unparsable > 0),
            (1, action == Action::Check && self.changed > 0),
        ];
        codes.iter().find(|(_, applies)| *applies).map_or(0, |(code, _)| *code)
    }

    /// What was declined, most frequent first: transform id, code, how often.
    pub fn declined_by_frequency(&self) -> Vec<(&str, &'static str, usize)> {
        let rows = self.declined.iter();
        let mut rows: Vec<_> =
            rows.map(|((id, code), number)| (id.as_str(), *code, *number)).collect();
        rows.sort_by(|a, b| b.2.cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        rows
    }
}

/// Remembers a word if it is among the first `most`, so that a long run does not remember all there are.
fn keep_first(words: &mut BTreeSet<String>, word: String, most: usize) {
    words.insert(word);
    if words.len() > most {
        words.pop_last();
    }
}

fn add(total: &mut Total, changes: usize) {
    total.files += 1;
    total.changes += changes;
}

fn reason(change: &Change) -> Option<String> {
    match &change.safety {
        Safety::Safe => None,
        Safety::Unsafe(reason) | Safety::Structural(reason) => Some(reason.clone()),
        Safety::Draft(reason) => Some(format!("needs verify: {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_words_are_remembered() {
        let mut words = BTreeSet::new();
        for word in ["d", "b", "e", "a", "c", "b"] {
            keep_first(&mut words, word.to_owned(), 3);
        }
        assert_eq!(words.iter().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn the_most_serious_exit_code_wins() {
        let mut summary = Summary { changed: 1, ..Summary::default() };
        assert_eq!(summary.exit_code(Action::Preview), 0);
        assert_eq!(summary.exit_code(Action::Check), 1);
        summary.unparsable = 1;
        assert_eq!(summary.exit_code(Action::Check), 3);
        summary.bugs = 1;
        assert_eq!(summary.exit_code(Action::Check), 4);
        summary.failed_writes = 1;
        assert_eq!(summary.exit_code(Action::Check), 2);
    }
}
