#![doc = include_str!("drop_unused_stages.md")]

use crate::effect::unused::{Unused, named_otherwise, reached, taken_by};
use crate::effect::{Delta, Difference};
use crate::facts::{Base, Facts, Target};
use crate::syntax::pragma::pragma;
use crate::syntax::{Dockerfile, ItemKind, Keyword};
use crate::text::{Edit, Span};
use crate::transform::{Change, Context, Declined, Proposal, Propose, Safety, Transform};
use std::borrow::Cow;
use std::collections::BTreeSet;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("drop-unused-stages"),
    summary: Cow::Borrowed("Drop stages that nothing needs"),
    guide: Cow::Borrowed(include_str!("drop_unused_stages.md")),
    rules: Cow::Borrowed(&[]),
    propose: Propose::BuiltIn(propose),
};

/// Parts of the names of stages that people build by hand, and of what checks sources.
const BY_HAND: &[&str] = &[
    "artifact",
    "artifacts",
    "bench",
    "benchmark",
    "bin",
    "binaries",
    "binary",
    "ci",
    "check",
    "checks",
    "coverage",
    "debug",
    "dev",
    "devel",
    "development",
    "dist",
    "docs",
    "e2e",
    "export",
    "fmt",
    "format",
    "generate",
    "image",
    "integration",
    "lint",
    "linter",
    "local",
    "out",
    "output",
    "prod",
    "production",
    "proto",
    "release",
    "run",
    "runtime",
    "shell",
    "staging",
    "test",
    "tester",
    "testing",
    "tests",
    "unit",
    "unittest",
    "update",
    "validate",
    "vendor",
    "vet",
    "watch",
];

fn propose(cx: &Context) -> Vec<Proposal> {
    let facts = cx.facts;
    let mut kept = reached(facts, built(facts));
    if kept.len() == facts.stages.len() {
        return Vec::new();
    }
    let mut proposals = Vec::new();
    let last = facts.stages.len() - 1;
    // Further transforms may still add a `RUN`, and no `COPY`.
    let takes =
        |at: usize| matches!(cx.file.instructions[at].keyword, Keyword::Add | Keyword::Copy);
    // What is built on another one is asked first: what it needs stays with it.
    for stage in (0..facts.stages.len()).rev() {
        if kept.contains(&stage) {
            continue;
        }
        let is_needed = (0..facts.stages.len()).any(|it| taken_by(facts, it).contains(&stage));
        let is_empty = !facts.stages[last].instructions.clone().any(takes);
        let nothing = || {
            let reason = "the last stage takes no files: another may be meant".to_owned();
            is_empty.then_some(("empty-last", reason))
        };
        if let Some((code, reason)) = why_kept(cx, stage, is_needed).or_else(nothing) {
            let span = from(facts, stage);
            proposals.push(Proposal::Declined(Declined { span, at: span, code, reason }));
            kept.extend(reached(facts, [stage]));
        }
    }
    let gone: Vec<usize> = (0..facts.stages.len()).filter(|it| !kept.contains(it)).collect();
    let Some(first) = gone.first() else { return proposals };
    let span = from(facts, *first);
    match named_otherwise(facts, *first) {
        Some(reason) => proposals.push(Proposal::Declined(Declined {
            span,
            at: span,
            code: "unclear-names",
            reason,
        })),
        None => proposals.push(Proposal::Change(change(cx.file, facts, gone))),
    }
    proposals
}

/// The stages that somebody builds, for all that is known.
fn built(facts: &Facts) -> BTreeSet<usize> {
    let surroundings = facts.surroundings;
    let named = surroundings.targets.iter().filter_map(|it| facts.target(Some(it)));
    let used = surroundings.uses.iter().map(|it| &it.target);
    let used = used.chain(surroundings.children.iter().map(|it| &it.target));
    let used = used.filter_map(|target| match target {
        Target::Last => facts.target(None),
        Target::Named(name) => facts.target(Some(name)),
        Target::Any => None,
    });
    facts.target(None).into_iter().chain(named).chain(used).collect()
}

fn from(facts: &Facts, stage: usize) -> Span {
    facts.file.instructions[facts.stages[stage].instructions.start].span
}

/// Why a stage stays that the last one does not need.
fn why_kept(cx: &Context, stage: usize, is_needed: bool) -> Option<(&'static str, String)> {
    let facts = cx.facts;
    let surroundings = facts.surroundings;
    let any = surroundings.children.iter().any(|it| it.target == Target::Any);
    if surroundings.any_target || any {
        return Some(("target", "somebody builds a stage, and which is not known".to_owned()));
    }
    let by_number = surroundings.targets.iter().any(|it| it.parse::<usize>().is_ok());
    if by_number {
        return Some(("target", "somebody builds a stage by its number".to_owned()));
    }
    // What leads to another one is not built by itself.
    if is_needed {
        return None;
    }
    let own = &facts.stages[stage];
    let has_program = !own.all(cx.file, Keyword::Cmd).is_empty()
        || !own.all(cx.file, Keyword::Entrypoint).is_empty();
    if has_program {
        return Some(("runs", "it names a program: somebody may run it".to_owned()));
    }
    if let Some(name) = own.name.as_deref() {
        let mut parts = name.split(['-', '_', '.']).map(str::to_ascii_lowercase);
        if parts.any(|part| BY_HAND.contains(&part.as_str())) {
            return Some(("by-hand", format!("stages like `{name}` are built by hand")));
        }
        if let Base::Stage(_) = own.base {
            let reason = format!("`{name}` may be another kind of the image, built by its name");
            return Some(("variant", reason));
        }
        if own.base == Base::Scratch {
            return Some(("by-hand", format!("`{name}` may be there to get files out of it")));
        }
        if let Some(at) = meant_by(cx.file, name) {
            let text = cx.file.instructions[at].span.of(cx.file.source);
            return Some(("meant", format!("`{text}` may be meant to take files of it")));
        }
        if cx.listing().is_none_or(|it| it.is_empty()) {
            let reason = "who builds it is not known without the build context".to_owned();
            return Some(("needs-context", reason));
        }
    }
    let range = facts.stages[stage].instructions.clone();
    let text = region(cx.file, range.start, range.end - 1).of(cx.file.source).to_ascii_lowercase();
    if ["test", "lint", "check", "audit", "verify"].iter().any(|word| text.contains(word)) {
        return Some(("checks", "it may be there to check the sources".to_owned()));
    }
    is_followed(cx.file, range.end - 1).then(|| {
        let reason = "a comment behind its last instruction may be about it or about what follows";
        ("unclear-comment", reason.to_owned())
    })
}

/// An instruction that says `from=NAME` in another way than as a flag: `- from=assets`, `-from assets`.
fn meant_by(file: &Dockerfile, name: &str) -> Option<usize> {
    let is_from = |word: &str| word.to_ascii_lowercase().ends_with("from");
    let is_name = |word: &str| word.eq_ignore_ascii_case(name);
    let means = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let in_one = |word: &&str| {
            word.rsplit_once('=').is_some_and(|(flag, value)| is_from(flag) && is_name(value))
        };
        words.iter().any(in_one)
            || words.windows(2).any(|pair| is_from(pair[0]) && is_name(pair[1]))
    };
    file.instructions.iter().position(|it| {
        matches!(it.keyword, Keyword::Add | Keyword::Copy) && means(it.span.of(file.source))
    })
}

/// Whether a comment stands right behind an instruction, and not right above the next one.
fn is_followed(file: &Dockerfile, instruction: usize) -> bool {
    let is_it = |kind| kind == ItemKind::Instruction(instruction);
    let at = file.items.iter().position(|it| is_it(it.kind)).unwrap_or_default();
    let below = file.items[at + 1..].iter();
    let comments = below.clone().take_while(|it| it.kind == ItemKind::Comment).count();
    comments > 0 && below.clone().nth(comments).is_none_or(|it| it.kind == ItemKind::Blank)
}

fn change(file: &Dockerfile, facts: &Facts, gone: Vec<usize>) -> Change {
    let unused = Unused::new(facts, gone);
    let stages = unused.stages.iter().map(|it| facts.stages[*it].instructions.clone());
    let stages = stages.map(|range| region(file, range.start, range.end - 1));
    let arguments = unused.arguments.iter().map(|at| argument(file, *at));
    let mut edits: Vec<Edit> = Vec::new();
    for span in arguments.chain(stages) {
        match edits.last_mut() {
            // Stages that follow one another go at once.
            Some(last) if last.span.end == span.start => last.span.end = span.end,
            _ => edits.push(Edit::replace(span, String::new())),
        }
    }
    let start = edits.iter().map(|it| it.span.start).min().unwrap_or(0);
    let end = edits.iter().map(|it| it.span.end).max().unwrap_or(0);
    let reason = "nobody can build it by its name or number any more".to_owned();
    Change {
        span: Span::new(start, end),
        safety: Safety::Unsafe(reason),
        delta: Delta { differences: vec![Difference::DropStages(unused)] },
        notes: vec!["BuildKit never builds it; the builder before it does each time".to_owned()],
        edits,
    }
}

/// The lines of an instruction with the comments right above it.
fn argument(file: &Dockerfile, instruction: usize) -> Span {
    let (from, to) = items(file, instruction, instruction);
    Span::new(file.items[from].span.start, file.items[to].span.end)
}

/// The lines of instructions with the comments right above them, and the blank lines behind.
fn region(file: &Dockerfile, first: usize, last: usize) -> Span {
    let (from, to) = items(file, first, last);
    let below = file.items[to + 1..].iter();
    let blank = below.take_while(|it| it.kind == ItemKind::Blank).count();
    Span::new(file.items[from].span.start, file.items[to + blank].span.end)
}

/// The items of instructions with the comments right above them. Several lines above the first instruction of a file
/// are about the file.
fn items(file: &Dockerfile, first: usize, last: usize) -> (usize, usize) {
    let item = |instruction: usize| {
        let is_it = |kind| kind == ItemKind::Instruction(instruction);
        file.items.iter().position(|it| is_it(it.kind)).unwrap_or_default()
    };
    let (from, to) = (item(first), item(last));
    let above = file.items[..from].iter().rev().take_while(|it| it.kind == ItemKind::Comment);
    let comments = match above.clone().count() {
        count if first > 0 => count,
        1 => {
            let text = above.map(|it| it.span.of(file.source).trim()).next().unwrap_or_default();
            usize::from(pragma(text, Span::new(0, text.len())).is_none())
        }
        _ => 0,
    };
    (from - comments, to)
}
