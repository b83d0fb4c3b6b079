//! Excludes from the build context what no build needs.

mod candidates;
mod commands;
mod layout;
mod made;
mod names;
mod reads;
mod takers;

use crate::effect::exclusion;
use crate::text::Span;
use crate::transform::{Declined, Proposal, Propose, Safety, SharedContext, Transform};
use names::Group;
use std::borrow::Cow;
use takers::Takers;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("write-dockerignore"),
    summary: Cow::Borrowed("Exclude from the build context what no build needs"),
    guide: Cow::Borrowed(include_str!("write_dockerignore.md")),
    rules: Cow::Borrowed(&[]),
    propose: Propose::ForContext(propose),
};

/// Something that could be excluded.
#[derive(Debug, Clone)]
struct Candidate {
    group: Group,
    pattern: String,
    /// The same at the top of the context alone, where `pattern` reaches too far.
    at_top: Option<String>,
    /// What it is for: a path that the pattern matches, which need not exist.
    sample: String,
    /// Why it is there, for a person.
    evidence: String,
    /// The names under which sources would mention it; empty where that does not matter.
    mentions: Vec<String>,
    /// It is for files that git keeps.
    is_tracked: bool,
}

/// What is not excluded, and why.
struct Kept {
    code: &'static str,
    reason: String,
}

fn propose(context: &SharedContext) -> Vec<Proposal> {
    let takers = match Takers::of(context) {
        Ok(takers) if takers.whole_folders().next().is_none() => return Vec::new(),
        Ok(takers) => takers,
        Err(kept) => return vec![declined(kept)],
    };
    let mut proposals = Vec::new();
    let mut chosen: Vec<layout::Entry> = Vec::new();
    let found = candidates::all(context);
    let mentioned = reads::mentions(context, &found);
    for candidate in found {
        match decide(context, &takers, &mentioned, candidate) {
            Ok(Some(entry)) => chosen.push(entry),
            Ok(None) => (),
            Err(kept) => proposals.push(declined(kept)),
        }
    }
    for change in layout::changes(context, chosen) {
        proposals.push(Proposal::Change(change));
    }
    proposals
}

fn declined(Kept { code, reason }: Kept) -> Proposal {
    let nowhere = Span::new(0, 0);
    Proposal::Declined(Declined { span: nowhere, at: nowhere, code, reason })
}

/// Whether a candidate is excluded: `None` where there is no point in it.
fn decide(
    context: &SharedContext,
    takers: &Takers,
    mentioned: &reads::Mentioned,
    mut candidate: Candidate,
) -> Result<Option<layout::Entry>, Kept> {
    if layout::is_excluded(context.ignore, &candidate.pattern, &candidate.sample) {
        return Ok(None);
    }
    let pattern = match takers.allowed(&candidate.pattern, candidate.group) {
        Ok(()) => candidate.pattern.clone(),
        Err(kept) => match candidate.at_top.take() {
            Some(at_top) if takers.allowed(&at_top, candidate.group).is_ok() => at_top,
            _ => return Err(kept),
        },
    };
    if !takers.is_taken(&pattern) {
        return Ok(None);
    }
    let tracked: Vec<String> = layout::tracked_by(context, &pattern);
    let exceptions = match (candidate.is_tracked, tracked.len()) {
        (true, _) | (false, 0) => Vec::new(),
        // What git keeps although it ignores its like.
        (false, 1..=5) => tracked.iter().map(|file| format!("!{file}")).collect(),
        _ => {
            let reason = format!("`{pattern}` stays: git keeps {} such files", tracked.len());
            return Err(Kept { code: "tracked", reason });
        }
    };
    mentioned.check(&candidate)?;
    made::check(context, takers, &candidate, &pattern)?;
    reads::check(context, takers, &candidate, &pattern)?;
    let mut sharers = context.sharers.iter();
    let shipped = sharers.find_map(|sharer| {
        let at = exclusion::shipped_by(sharer.facts, &pattern)?;
        Some(takers::place(sharer, at))
    });
    let safety = match shipped {
        None => Safety::Safe,
        Some(place) => Safety::Unsafe(format!(
            "{place} puts what lies there into the image today, and a program may read it",
        )),
    };
    let tracked = if exceptions.is_empty() { tracked } else { Vec::new() };
    let Candidate { group, sample, evidence, .. } = candidate;
    Ok(Some(layout::Entry { group, pattern, exceptions, sample, evidence, tracked, safety }))
}
