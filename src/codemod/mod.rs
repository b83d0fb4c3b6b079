//! Transforms that users write in YAML: patterns over instructions and commands, conditions, and what
//! becomes of what was found. `docs/codemods.md` describes the language.
//!
//! A codemod proposes changes as every transform does, and declares them to the same proof. It reads no file,
//! and starts no program.

mod align;
mod chain;
mod command;
mod condition;
mod draft;
pub mod form;
mod image;
mod own_tests;
mod pattern;
mod read;
mod rewrite;
mod site;
mod template;
mod version;
mod words;

pub use own_tests::{Expected, Test};

use crate::text::Span;
use crate::transform::{
    Change, Context, Declined, Proposal, Propose, Rule, Safety, Stop, Transform,
};
use crate::yaml::Error;
use crate::yaml::form::Instead;
use condition::{Conditions, Position, Verdict};
use draft::Draft;
use pattern::{Found, Pattern, Place};
use rewrite::{Delete, Rewrite};
use std::borrow::Cow;
use std::rc::Rc;

/// A codemod with its tests.
#[derive(Debug)]
pub struct Loaded {
    pub transform: Transform,
    pub tests: Vec<Test>,
}

/// What a user has written.
#[derive(Debug)]
struct Codemod {
    id: String,
    summary: String,
    about: Option<String>,
    /// Why a person must agree; `None` where each change has to be provably safe.
    agreement: Option<String>,
    patterns: Vec<Pattern>,
    conditions: Conditions,
    position: Option<Position>,
    rewrite: Rewrite,
    tests: Vec<Test>,
}

/// The codemods of a text. `instead` says which name was probably meant.
pub fn load(text: &str, instead: Instead) -> Result<Vec<Loaded>, Error> {
    let codemods = read::codemods(text, instead)?;
    Ok(codemods.into_iter().map(Codemod::loaded).collect())
}

impl Codemod {
    fn loaded(mut self) -> Loaded {
        let tests = std::mem::take(&mut self.tests);
        let about = self.about.clone().unwrap_or_else(|| format!("{}.\n", self.summary));
        let agreement = self.agreement.as_ref().map(|it| format!("\nNeeds agreement: {it}.\n"));
        let guide =
            format!("# {}\n\n{}\n{}", self.id, about.trim_end(), agreement.unwrap_or_default());
        let transform = Transform {
            id: Cow::Owned(self.id.clone()),
            summary: Cow::Owned(self.summary.clone()),
            guide: Cow::Owned(guide),
            rules: Cow::Borrowed(&[]),
            propose: Propose::Codemod(Box::new(self)),
        };
        Loaded { transform, tests }
    }

    fn safety(&self) -> Safety {
        match &self.agreement {
            Some(reason) => Safety::Unsafe(reason.clone()),
            None => Safety::Safe,
        }
    }

    /// All that is found and for which the conditions hold; what is not known is declined.
    fn found(&self, cx: &Context, proposals: &mut Vec<Proposal>) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for (number, pattern) in self.patterns.iter().enumerate() {
            let search =
                pattern.search(cx, 0..cx.file.instructions.len(), &template::Bindings::default());
            let earlier = all.clone();
            let open = |at: usize| number == 0 || !earlier.iter().any(|it| it.instruction == at);
            let new = |found: &Found| !earlier.iter().any(|it| it.overlaps(found));
            for unknown in search.unknown.into_iter().filter(|it| open(it.instruction)) {
                proposals.push(not_known(cx, unknown.instruction, unknown.reason));
            }
            for found in search.found.into_iter().filter(new) {
                match self.conditions.hold(cx, &found) {
                    Verdict::Holds(bindings) => all.push(Found { bindings, ..found }),
                    Verdict::Fails => (),
                    Verdict::Unknown(reason) => {
                        proposals.push(not_known(cx, found.instruction, reason))
                    }
                }
            }
        }
        all.sort_by_key(|it| (it.instruction, it.start()));
        let all = match self.position {
            Some(position) => placed(cx, all, position),
            None => all,
        };
        match self.rewrite.delete == Some(Delete::Matched) {
            true => neighbours_joined(all),
            false => all,
        }
    }

    fn changes(&self, cx: &Context, draft: Draft) -> Result<Vec<Change>, Stop> {
        draft.changes(cx.facts, &self.safety())
    }
}

impl Rule for Codemod {
    fn propose(&self, cx: &Context) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        if cx.file.instructions.is_empty() {
            return proposals;
        }
        let mut draft = Draft::default();
        for found in self.found(cx, &mut proposals) {
            let mut alone = Draft::default();
            let applied = self.rewrite.apply(cx, &found, &mut alone);
            let span = cx.file.instructions[found.instruction].span;
            match applied.and_then(|()| self.changes(cx, alone)) {
                Ok(changes) if changes.is_empty() => (),
                Ok(_) => {
                    let mut with = draft.clone();
                    match self.rewrite.apply(cx, &found, &mut with) {
                        Ok(()) => draft = with,
                        Err(stop) => proposals.push(stop.leaves(span)),
                    }
                }
                Err(stop) => proposals.push(stop.leaves(span)),
            }
        }
        match self.changes(cx, draft) {
            Ok(changes) => proposals.extend(changes.into_iter().map(Proposal::Change)),
            Err(stop) => {
                let span = stop.at;
                proposals.push(stop.leaves(span));
            }
        }
        proposals
    }
}

fn not_known(cx: &Context, instruction: usize, reason: String) -> Proposal {
    let span = cx.file.instructions.get(instruction).map_or(Span::new(0, 0), |it| it.span);
    Proposal::Declined(Declined { span, at: span, code: "not-known", reason })
}

/// The first or the last of what was found, in each stage or in all. What a stage takes over from the one that it is
/// built from comes before all of its own.
fn placed(cx: &Context, all: Vec<Found>, position: Position) -> Vec<Found> {
    let stage = |found: &Found| match position {
        Position::First | Position::Last => cx.facts.stage_of(found.instruction),
        Position::FirstInFile | Position::LastInFile => None,
    };
    let first = matches!(position, Position::First | Position::FirstInFile);
    let mut kept: Vec<Found> = Vec::new();
    let inherited = |found: &Found| {
        let above = condition::lineage(cx, stage(found)).into_iter().skip(1);
        above.into_iter().any(|it| all.iter().any(|other| stage(other) == Some(it)))
    };
    for found in all.iter().filter(|it| !(position == Position::First && inherited(it))).cloned() {
        match kept.last().is_some_and(|last| stage(last) == stage(&found)) {
            true if first => (),
            true => {
                kept.pop();
                kept.push(found);
            }
            false => kept.push(found),
        }
    }
    kept
}

/// Neighbours in a chain go as one, because they share an operator.
fn neighbours_joined(all: Vec<Found>) -> Vec<Found> {
    let mut joined: Vec<Found> = Vec::new();
    for mut found in all {
        if let (Place::Commands(hit), Some(Found { place: Place::Commands(last), .. })) =
            (&mut found.place, joined.last())
            && Rc::ptr_eq(&hit.chain, &last.chain)
            && last.to + 1 == hit.from
            && last.whole
            && hit.whole
        {
            hit.from = last.from;
            hit.words = last.words.to(hit.words);
            joined.pop();
        }
        joined.push(found);
    }
    joined
}
