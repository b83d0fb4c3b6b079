#![doc = include_str!("copy_with_owner.md")]

use crate::effect::ownership::{Handover, Kept, handovers};
use crate::effect::program::commands;
use crate::effect::{Delta, Difference};
use crate::facts::{Run, RunScript};
use crate::rewrite::{add_flag, remove_operands, remove_word, whole_lines};
use crate::shell::{Command, CommandKind};
use crate::text::{Edit, Span};
use crate::transform::{
    Builder, Change, Context, Declined, Feature, Proposal, Propose, Safety, Transform,
};
use std::borrow::Cow;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("copy-with-owner"),
    summary: Cow::Borrowed("Set owner and mode where files are copied"),
    guide: Cow::Borrowed(include_str!("copy_with_owner.md")),
    rules: Cow::Borrowed(&[]),
    propose: Propose::BuiltIn(propose),
};

fn propose(cx: &Context) -> Vec<Proposal> {
    // Two changes may be about the same `COPY`: the first goes first, the next when it is done.
    let mut taken: Vec<Span> = Vec::new();
    let mut proposals = Vec::new();
    for run in &cx.facts.runs {
        let span = cx.file.instructions[run.instruction].span;
        let mut found = Vec::new();
        for result in handovers(cx.facts, run) {
            match result {
                Ok(handover) => found.push(handover),
                Err(Kept { code, at, reason }) => {
                    proposals.push(Proposal::Declined(Declined { span, at, code, reason }));
                }
            }
        }
        match change(cx, run, found) {
            Some(change) if taken.iter().any(|it| it.overlaps(change.span)) => {
                let reason = "another change is about the same `COPY`".to_owned();
                let declined = Declined { span, at: span, code: "same-copy", reason };
                proposals.push(Proposal::Declined(declined));
            }
            Some(change) => {
                taken.push(change.span);
                proposals.push(Proposal::Change(change));
            }
            None => (),
        }
    }
    proposals
}

fn change(cx: &Context, run: &Run, handovers: Vec<Handover>) -> Option<Change> {
    let script = run.script.as_ref()?;
    let all = commands(&script.parsed);
    let gone: Vec<&Command> = handovers
        .iter()
        .filter(|it| it.recursive.is_none())
        .filter_map(|it| all.get(it.command).copied())
        .collect();
    let first = handovers.iter().flat_map(|it| &it.copies).min()?;
    let instructions = &cx.file.instructions;
    let mut span = instructions[*first].span.to(instructions[run.instruction].span);

    let mut edits = flags(cx, &handovers);
    let whole = gone.len() == all.len();
    if whole {
        let lines = whole_lines(cx.facts, run.instruction)?;
        span = span.to(lines);
        edits.push(Edit::delete(lines));
    } else {
        if !gone.is_empty() {
            edits.extend(remove_operands(script, &gone)?);
        }
        edits.extend(shortened(cx, script, &all, &handovers)?);
        let comments = &instructions[run.instruction].comments;
        if comments.iter().any(|comment| edits.iter().any(|it| it.span.contains(*comment))) {
            return None;
        }
    }
    let given = Difference::GiveFlags { run: run.instruction, handovers: handovers.clone(), whole };
    let note =
        "files that a command changes are in the image twice: as they were copied, and changed";
    Some(Change {
        span,
        safety: safety(cx, &handovers),
        delta: Delta { differences: vec![given] },
        notes: vec![note.to_owned()],
        edits,
    })
}

/// The flags of each `COPY`, in the order of the commands.
fn flags(cx: &Context, handovers: &[Handover]) -> Vec<Edit> {
    let mut copies: Vec<usize> = handovers.iter().flat_map(|it| it.copies.clone()).collect();
    copies.sort_unstable();
    copies.dedup();
    let edit = |at: usize| {
        let own = handovers.iter().filter(|it| it.copies.contains(&at));
        let flags: Vec<String> = own.map(|it| format!("--{}={}", it.flag, it.value)).collect();
        add_flag(&cx.file.instructions[at], &flags.join(" "))
    };
    copies.into_iter().map(edit).collect()
}

/// The commands that stay for a folder alone.
fn shortened(
    cx: &Context,
    script: &RunScript,
    all: &[&Command],
    handovers: &[Handover],
) -> Option<Vec<Edit>> {
    let stay = handovers.iter().filter_map(|it| Some((it.command, it.recursive?)));
    stay.map(|(command, at)| match &all.get(command)?.kind {
        CommandKind::Simple(simple) => remove_word(cx.file, script, &simple.words, at),
        _ => None,
    })
    .collect()
}

/// `--chmod` is not known to every builder; where the file itself asks for BuildKit, that is settled.
fn safety(cx: &Context, handovers: &[Handover]) -> Safety {
    let builder = cx.options.builder;
    let buildkit = builder != Builder::Any && builder.knows(Feature::Chmod)
        || crate::syntax::frontend(cx.file.source).is_some()
        || cx.file.instructions.iter().any(|instruction| {
            !instruction.heredocs.is_empty()
                || instruction
                    .flags
                    .iter()
                    .any(|flag| matches!(&*flag.name.text, "chmod" | "link" | "mount"))
        });
    match handovers.iter().any(|it| it.flag == "chmod") && !buildkit {
        true => {
            Safety::Unsafe("`COPY --chmod` needs BuildKit, and nothing else here does".to_owned())
        }
        false => Safety::Safe,
    }
}
