//! A later `RUN` that only removes package lists, when they are removed where they are fetched.

use super::filled;
use super::scripts::Scripts;
use crate::effect::Difference;
use crate::effect::leftovers::only_removes_caches;
use crate::facts::{Base, Run};
use crate::syntax::ItemKind;
use crate::text::{Edit, Span};
use crate::transform::{Change, Context, Proposal};

const LISTS: &str = "/var/lib/apt/lists";

/// Lets the change that cleans the lists drop each `RUN` that has nothing left to do.
pub(super) fn drop_runs<'a>(
    cx: &Context<'a>,
    scripts: &'a Scripts<'a>,
    proposals: &mut [Proposal],
) {
    for run in &cx.facts.runs {
        let Some(line) = only_removes_lists(cx, run) else { continue };
        let Some(change) = cleaning(cx, scripts, run, line, proposals) else { continue };
        change.span = change.span.to(line);
        change.edits.push(Edit::delete(line));
        change.delta.differences.push(Difference::DropRun { instruction: run.instruction });
        change.notes.push("the `RUN` that removed them later has nothing left to do".to_owned());
    }
}

/// The lines of `run`, if that is all it does, and nothing but its own lines would go with it.
fn only_removes_lists(cx: &Context, run: &Run) -> Option<Span> {
    let instruction = &cx.file.instructions[run.instruction];
    let script = &run.script.as_ref()?.parsed;
    let commands = script.simple_commands();
    let lists_only = commands.iter().all(|(command, simple, _)| {
        let mut paths = simple.words.iter().skip(1).map(|word| word.span.of(&script.text));
        only_removes_caches(script, command)
            && paths.all(|path| path.starts_with('-') || path.starts_with(LISTS))
    });
    if !lists_only || commands.is_empty() {
        return None;
    }
    let alone = instruction.flags.is_empty()
        && instruction.comments.is_empty()
        && !cx.facts.pragma_on(run.instruction);
    let is_it = |kind| kind == ItemKind::Instruction(run.instruction);
    let at = cx.file.items.partition_point(|item| item.span.end <= instruction.span.start);
    if !is_it(cx.file.items.get(at)?.kind) {
        return None;
    }
    let after_comment = at > 0 && cx.file.items[at - 1].kind == ItemKind::Comment;
    let line = cx.file.items[at].span;
    let whole = cx.file.source[..line.end].ends_with('\n');
    (alone && !after_comment && whole).then_some(line)
}

/// The change that cleans the lists of the last `RUN` before `run` that fetches them, if all others are
/// clean and it is certain that nothing else in the stage, or in its base image, brings any.
fn cleaning<'a, 'p>(
    cx: &Context<'a>,
    scripts: &'a Scripts<'a>,
    run: &Run,
    line: Span,
    proposals: &'p mut [Proposal],
) -> Option<&'p mut Change> {
    let stage = &cx.facts.stages[run.stage];
    if !matches!(stage.base, Base::Image(_)) || stage.image.as_ref()?.distribution.is_none() {
        return None;
    }
    let mut last = None;
    let earlier = cx.facts.runs_of(run.stage).take_while(|it| it.instruction < run.instruction);
    for other in earlier {
        let script = other.script.as_ref()?;
        let calls = scripts.calls(other);
        let known = calls.iter().all(|call| call.action.is_some() || call.is_inert());
        let filled = filled(scripts, other, script);
        let lists = filled.iter().find(|it| it.places(cx.facts).iter().any(|place| place == LISTS));
        if !known {
            return None;
        }
        if lists.is_some_and(|it| !it.is_clean(cx.facts)) {
            let span = cx.file.instructions[other.instruction].span;
            last = Some(changes(proposals).position(|it| it.span == span)?);
        }
    }
    let change = changes(proposals).nth(last?)?.span;
    let between = Span::new(change.end, line.end);
    if changes(proposals).any(|it| it.span.overlaps(between)) {
        return None;
    }
    let mut all = proposals.iter_mut().filter_map(|proposal| match proposal {
        Proposal::Change(change) => Some(change),
        Proposal::Declined(_) => None,
    });
    all.nth(last?)
}

fn changes(proposals: &[Proposal]) -> impl Iterator<Item = &Change> {
    proposals.iter().filter_map(|proposal| match proposal {
        Proposal::Change(change) => Some(change),
        Proposal::Declined(_) => None,
    })
}
