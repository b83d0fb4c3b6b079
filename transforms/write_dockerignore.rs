//! Excludes from the build context what no build needs.

mod candidates;
mod commands;
mod history;
mod layout;
mod made;
mod manifests;
mod names;
mod reads;
mod takers;

use crate::effect::exclusion;
use crate::text::Span;
use crate::transform::{Declined, Proposal, Propose, Safety, SharedContext, Transform};
use manifests::Manifests;
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
    evidence: Evidence,
    /// The names under which sources would mention it; empty where that does not matter.
    mentions: Vec<String>,
    /// It is for files that git keeps.
    is_tracked: bool,
}

/// Why something is there to be excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Evidence {
    /// Git is told to ignore it: file and line.
    Ignored(String),
    /// It is tracked, and of a kind that builds seldom need.
    Tracked,
    /// In words.
    Said(String),
}

/// What is not excluded, and why.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    code: &'static str,
    /// What would have been excluded; empty if it is about all of it.
    pattern: String,
    reason: String,
    /// What of the ignore file stops it.
    span: Option<Span>,
}

impl Kept {
    fn new(code: &'static str, pattern: &str, reason: String) -> Self {
        Self { code, pattern: pattern.to_owned(), reason, span: None }
    }
}

fn propose<'c>(context: &'c SharedContext<'c>) -> Vec<Proposal> {
    let takers = Takers::of(context);
    if takers.whole_folders().next().is_none() {
        return Vec::new();
    }
    let mut kept: Vec<Kept> = Vec::new();
    let mut chosen: Vec<layout::Entry> = Vec::new();
    let manifests = Manifests::read(context.tree);
    let found = candidates::all(context, &manifests);
    let mentioned = reads::mentions(context, &found);
    let mut known = Known { context, takers, manifests, mentioned, asks_git: false };
    // Version control comes first.
    for candidate in found {
        match decide(&known, candidate) {
            Ok(Some(entry)) => chosen.push(entry),
            Ok(None) => (),
            Err(it) => {
                known.asks_git |= it.code == history::VERSION_CONTROL;
                kept.push(it);
            }
        }
    }
    // That alone is not worth a change.
    if chosen.iter().all(|entry| entry.group == Group::Images) {
        chosen.clear();
    }
    let changes = layout::changes(context, chosen, &mut kept).into_iter().map(Proposal::Change);
    changes.chain(together(kept).into_iter().map(declined)).collect()
}

/// What is kept for one reason is told once.
fn together(kept: Vec<Kept>) -> Vec<Kept> {
    let mut told: Vec<Kept> = Vec::new();
    for it in kept {
        let alike = |told: &&mut Kept| {
            (told.code, &told.reason, told.span) == (it.code, &it.reason, it.span)
        };
        match told.iter_mut().find(alike) {
            Some(told) => told.pattern.push_str(&format!("`, `{}", it.pattern)),
            None => told.push(it),
        }
    }
    told
}

fn declined(Kept { code, pattern, reason, span }: Kept) -> Proposal {
    let span = span.unwrap_or(Span::new(0, 0));
    let verb = if pattern.contains("`, `") { "stay" } else { "stays" };
    let reason = match pattern.is_empty() {
        true => reason,
        false => format!("`{pattern}` {verb}: {reason}"),
    };
    Proposal::Declined(Declined { span, at: span, code, reason })
}

/// Whether a path stands for itself as a pattern.
fn is_plain(path: &str) -> bool {
    !path.contains(['*', '?', '[', ']', '\\', '!', '#']) && path.trim() == path
}

/// What is asked about each candidate.
struct Known<'c> {
    context: &'c SharedContext<'c>,
    takers: Takers<'c>,
    manifests: Manifests,
    mentioned: reads::Mentioned,
    /// A build asks git about the context.
    asks_git: bool,
}

/// Whether a candidate is excluded: `None` where there is no point in it.
fn decide(known: &Known, candidate: Candidate) -> Result<Option<layout::Entry>, Kept> {
    let Known { context, takers, .. } = known;
    if layout::is_excluded(context.ignore, &candidate.pattern, &candidate.sample) {
        return Ok(None);
    }
    let pattern = match takers.allowed(&candidate.pattern, &candidate) {
        Ok(()) => candidate.pattern.clone(),
        Err(kept) => match candidate.at_top.clone() {
            Some(at_top) if takers.allowed(&at_top, &candidate).is_ok() => at_top,
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
        (false, 1..=5) if tracked.iter().all(|file| is_plain(file)) => {
            tracked.iter().map(|file| format!("!{file}")).collect()
        }
        _ => {
            let reason = format!("git keeps {} such files", tracked.len());
            return Err(Kept::new("tracked", &pattern, reason));
        }
    };
    if known.asks_git && candidate.is_tracked {
        let reason =
            "the build asks git, which would tell that a file is gone: versions end in `-dirty`";
        return Err(Kept::new("version-would-change", &pattern, reason.to_owned()));
    }
    known.mentioned.check(&candidate)?;
    if let Some(place) = known.manifests.names(&pattern).filter(|_| candidate.is_tracked) {
        return Err(Kept::new("named-in-a-manifest", &pattern, format!("{place} names it")));
    }
    made::check(known, &candidate, &pattern)?;
    reads::check(known, &candidate, &pattern)?;
    let mut sharers = context.sharers.iter();
    let shipped = sharers.find_map(|sharer| {
        let at = exclusion::shipped_by(sharer.facts, context.tree, &pattern)?;
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
