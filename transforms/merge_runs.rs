#![doc = include_str!("merge_runs.md")]

use crate::effect::barriers::same_programs;
use crate::effect::leftovers::{self, Obstacle, Standing};
use crate::effect::{Delta, Difference};
use crate::facts::{MountKind, Run, RunScript};
use crate::packages::{self, Kind};
use crate::rewrite::{Fragment, Layout, join_runs};
use crate::shell::Script;
use crate::syntax::{Body, Command};
use crate::text::Span;
use crate::transform::{
    Change, Context, Declined, MergePolicy, Proposal, Propose, Safety, Transform,
};
use std::borrow::Cow;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("merge-runs"),
    summary: Cow::Borrowed("Merge consecutive RUN instructions into one layer"),
    guide: Cow::Borrowed(include_str!("merge_runs.md")),
    rules: Cow::Borrowed(&["DL3059"]),
    propose: Propose::BuiltIn(propose),
};

/// One argument of a program may not be longer than 128 KiB on Linux.
const LONGEST_SCRIPT: usize = 100 * 1024;

fn propose(cx: &Context) -> Vec<Proposal> {
    if cx.options.merge == MergePolicy::Never {
        return Vec::new();
    }
    let adjacent =
        |one: &Run, next: &Run| one.stage == next.stage && one.instruction + 1 == next.instruction;
    let sequences = cx.facts.runs.chunk_by(adjacent).filter(|runs| runs.len() > 1);
    sequences.flat_map(|runs| propose_for(cx, runs)).collect()
}

fn propose_for<'a>(cx: &Context<'a>, runs: &'a [Run<'a>]) -> Vec<Proposal> {
    let stage = &cx.facts.stages[runs[0].stage];
    if !stage.shipped {
        let code = "not-shipped";
        let reason = "the stage is not shipped: separate layers keep its build cache".to_owned();
        let span = whole(cx, &runs[0]).to(whole(cx, &runs[runs.len() - 1]));
        return vec![Proposal::Declined(Declined { span, at: whole(cx, &runs[0]), code, reason })];
    }

    let mut proposals = Vec::new();
    let mut group = vec![&runs[0]];
    for run in &runs[1..] {
        match joins(cx, &group, run) {
            Ok(()) => group.push(run),
            Err(declined) => {
                proposals.push(Proposal::Declined(declined));
                proposals.extend(merge(cx, &group));
                group = vec![run];
            }
        }
    }
    proposals.extend(merge(cx, &group));
    proposals
}

fn whole(cx: &Context, run: &Run) -> Span {
    cx.file.instructions[run.instruction].span
}

/// Whether `next` can join `group`; the error says what stops it.
fn joins<'a>(cx: &Context<'a>, group: &[&'a Run<'a>], next: &'a Run<'a>) -> Result<(), Declined> {
    let previous = group[group.len() - 1];
    let decline = |run: &Run, code, reason: &str| {
        let (span, at) = (whole(cx, next), whole(cx, run));
        Err(Declined { span, at, code, reason: reason.to_owned() })
    };
    for run in [previous, next] {
        if cx.facts.pragma_on(run.instruction) {
            return decline(
                run,
                "pragma",
                "a comment for a linter stands before it, and would cover more",
            );
        }
        if let Some((code, reason)) = unreadable(cx, run) {
            return decline(run, code, reason);
        }
    }
    let flags = |run: &Run| &cx.file.instructions[run.instruction].flags;
    let texts =
        |run| flags(run).iter().map(|it| (&it.name.text, it.value.as_ref().map(|it| &it.text)));
    if !texts(previous).eq(texts(next)) {
        return decline(next, "flags-differ", "its flags are not those of the `RUN` before it");
    }
    if next
        .mounts
        .iter()
        .any(|it| it.kind == MountKind::Tmpfs || (it.kind == MountKind::Bind && it.writable))
    {
        return decline(
            next,
            "fresh-mount",
            "each `RUN` gets its tmpfs or writable bind mount anew",
        );
    }
    let scripts: Vec<&RunScript> =
        group.iter().chain([&next]).filter_map(|run| run.script.as_ref()).collect();
    if scripts.iter().map(|script| script.joined.text.len() + 8).sum::<usize>() > LONGEST_SCRIPT {
        return decline(next, "too-long", "the merged script would be over 100 KiB");
    }
    let stopped = |run: &'a Run<'a>, obstacle: Obstacle| {
        let at = run.script.as_ref().map_or(whole(cx, run), |it| it.source_span(obstacle.span));
        Declined { span: whole(cx, next), at, code: obstacle.code, reason: obstacle.reason }
    };
    let ((_, one), (_, two)) = (script_of(previous), script_of(next));
    let (Some(_), Some(two)) = (one, two) else { return decline(next, "unreadable", UNREADABLE) };
    standing(cx, previous, Place::Before).map_err(|it| stopped(previous, it))?;
    standing(cx, next, Place::Last).map_err(|it| stopped(next, it))?;
    let earlier: Vec<(&Script, Standing)> = group
        .iter()
        .filter_map(|run| {
            Some((&*run.script.as_ref()?.parsed, standing(cx, run, Place::Before).ok()?))
        })
        .collect();
    same_programs(&earlier, two, &cx.facts.circumstances(next)).map_err(|it| stopped(next, it))
}

const UNREADABLE: &str = "its script cannot be read with certainty";

fn script_of<'a>(run: &'a Run<'a>) -> (&'a Run<'a>, Option<&'a Script>) {
    (run, run.script.as_ref().map(|script| &*script.parsed))
}

fn unreadable(cx: &Context, run: &Run) -> Option<(&'static str, &'static str)> {
    let instruction = &cx.file.instructions[run.instruction];
    if let Body::Run(Command::Exec(_)) = instruction.body {
        return Some(("exec-form", "it is in exec form, which no shell runs"));
    }
    if !instruction.heredocs.is_empty() {
        return Some(("heredoc", "a heredoc cannot stand in the middle of a joined line"));
    }
    if run.shell().dialect.is_none() {
        return Some(("other-shell", "its shell is none that can be read"));
    }
    run.script.is_none().then_some(("unreadable", UNREADABLE))
}

#[derive(Clone, Copy)]
enum Place {
    Before,
    Last,
}

fn standing<'a>(cx: &Context<'a>, run: &'a Run<'a>, place: Place) -> Result<Standing, Obstacle> {
    let circumstances = cx.facts.circumstances(run);
    let Some(script) = &run.script else {
        let code = "unreadable";
        return Err(Obstacle { code, span: Span::new(0, 0), reason: UNREADABLE.to_owned() });
    };
    match place {
        Place::Before => leftovers::before_others(&script.parsed, &circumstances),
        Place::Last => leftovers::last(&script.parsed, &circumstances),
    }
}

fn merge<'a>(cx: &Context<'a>, group: &[&'a Run<'a>]) -> Option<Proposal> {
    let (first, last) = (group.first()?, group.last()?);
    if group.len() < 2 {
        return None;
    }
    let span = whole(cx, first).to(whole(cx, last));
    if cx.options.merge == MergePolicy::Pays && gain(group).is_none() {
        let reason = "no later `RUN` removes or rewrites what an earlier one wrote".to_owned();
        return Some(Proposal::Declined(Declined {
            span,
            at: whole(cx, first),
            code: "no-gain",
            reason,
        }));
    }
    let fragments: Option<Vec<Fragment>> = group
        .iter()
        .enumerate()
        .map(|(index, run)| {
            let place = if index + 1 == group.len() { Place::Last } else { Place::Before };
            let standing = standing(cx, run, place).ok()?;
            Some(Fragment { run, script: run.script.as_ref()?, standing })
        })
        .collect();
    let edits = join_runs(cx.file, &fragments?, &Layout::of(cx.facts, group))?;
    let merged = Difference::MergeRuns { first: first.instruction, count: group.len() };
    let mut notes: Vec<String> = gain(group).map(str::to_owned).into_iter().collect();
    notes.push("a change in one of these commands runs all of them again".to_owned());
    Some(Proposal::Change(Change {
        span,
        safety: Safety::Safe,
        delta: Delta { differences: vec![merged] },
        notes,
        edits,
    }))
}

/// What is gained beyond a layer: a later `RUN` of the group removes or rewrites what an earlier one
/// wrote, or one downloads an index that a later one uses.
fn gain(group: &[&Run]) -> Option<&'static str> {
    const REMOVE: &[&str] = &["mv", "rm", "rmdir", "strip"];
    const REWRITE: &[&str] = &["chgrp", "chmod", "chown"];
    let mut updated = false;
    for (index, run) in group.iter().enumerate() {
        let Some(script) = &run.script else { continue };
        for (_, simple, _) in script.parsed.simple_commands() {
            let Some(invocation) = script.parsed.invocation(simple) else { continue };
            let program = invocation.program;
            let arguments: Vec<Option<&str>> = invocation.literals().collect();
            let kind = packages::read(program, &arguments).map(|action| action.kind);
            updated |= kind == Some(Kind::Update);
            if index == 0 {
                continue;
            }
            if matches!(kind, Some(Kind::Remove | Kind::Clean)) || REMOVE.contains(&program) {
                return Some("what a later command removes no longer ships in a layer before it");
            }
            if REWRITE.contains(&program) {
                return Some("files that a later command changes no longer ship twice");
            }
            if updated && kind == Some(Kind::Install) {
                return Some("packages are always installed from lists of the same day");
            }
        }
    }
    None
}
