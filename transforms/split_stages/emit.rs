//! The text of a split: the build stage with its name, and the run-time stage behind it.

use super::Stop;
use super::base::Choice;
use super::case::Case;
use super::plan::{Plan, Start};
use super::program::Program;
use crate::effect::split::Split;
use crate::effect::{Delta, Difference};
use crate::syntax::Keyword;
use crate::text::Span;
use crate::transform::{Change, Safety};
use edits::edits;
use header::Header;
use text::exec;

mod edits;
mod header;
pub(super) mod left;
pub(super) mod text;

/// The change that makes `plan` of a stage.
pub(super) fn change(
    case: &Case,
    plan: &Plan,
    program: &Program,
    choice: &Choice,
) -> Result<Change, Stop> {
    let range = case.stage().instructions.clone();
    let tail = tail(case);
    let name = stage_name(case);
    let start = plan.start.as_ref();
    let header = Header { case, plan, program, choice, name: &name, tail, start };
    let (runtime, dropped) = header.instructions()?;
    let mut rewritten =
        start.map(|start| rewritten(case, program, start, tail)).unwrap_or_default();
    // With a shell it stays as it is.
    let health = plan.health.as_ref().filter(|_| !choice.image.has_shell);
    let health =
        health.map(|(at, words)| (*at, text::health(&case.cx.file.instructions[*at], words)));
    rewritten.extend(health.clone().filter(|(at, _)| *at >= tail));
    let split = Split {
        from: range.start,
        name,
        built: plan.built.clone(),
        tail,
        runtime,
        rewritten,
        health,
        dropped,
        contains: contains(plan),
        changed: plan.changed.clone(),
        left: left::left(case, plan, choice),
        bases: left::bases(case, plan, &choice.image),
    };
    let edits = edits(case, &split)?;
    let first = &case.cx.file.instructions[range.start];
    let end =
        case.span(range.end - 1).end.max(edits.iter().map(|it| it.span.end).max().unwrap_or(0));
    Ok(Change {
        span: Span::new(first.span.start, end),
        safety: safety(plan),
        notes: notes(plan, program, choice),
        delta: Delta { differences: vec![Difference::Split(split)] },
        edits,
    })
}

/// The paths that are the same as before. What is laid over the whole root adds to it.
fn contains(plan: &Plan) -> Vec<String> {
    let all = plan.before.iter().chain(&plan.copies).filter(|it| it.from == it.to || it.to != "/");
    all.map(|it| it.to.clone()).collect()
}

pub(super) fn safety(plan: &Plan) -> Safety {
    match plan.doubts.first() {
        Some(doubt) => Safety::Draft(format!("only a build tells: {doubt}")),
        None => Safety::Structural("the program runs on another base image".to_owned()),
    }
}

fn notes(plan: &Plan, program: &Program, choice: &Choice) -> Vec<String> {
    let mut notes = vec![format!("`{}`: {}", choice.image.reference, choice.note)];
    notes.extend(program.through.iter().cloned());
    notes.extend(plan.copies.iter().map(|it| format!("`{}`: {}", it.to, it.because)));
    notes.extend(plan.notes.iter().cloned());
    notes
}

/// The name of the build stage: its own, unless somebody builds it by that.
fn stage_name(case: &Case) -> String {
    let targets = &case.cx.facts.surroundings.targets;
    match case.stage().name.as_deref() {
        Some(own) if !targets.iter().any(|it| it.eq_ignore_ascii_case(own)) => own.to_owned(),
        _ => case.free_name().to_owned(),
    }
}

/// Where what is about the image alone begins, so that it may stand behind the new `FROM` as it is.
pub(super) fn tail(case: &Case) -> usize {
    use Keyword::{
        Cmd, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Stopsignal, User, Volume,
        Workdir,
    };
    let range = case.stage().instructions.clone();
    let about_image = |at: &usize| {
        let keyword = case.cx.file.instructions[*at].keyword;
        let alone = matches!(keyword, Cmd | Entrypoint | Env | Expose | Healthcheck | Label);
        alone || matches!(keyword, Maintainer | Stopsignal | User | Volume | Workdir)
    };
    let mut tail = range.end;
    for at in (range.start + 1..range.end).rev().take_while(about_image) {
        tail = at;
    }
    tail
}

/// `ENTRYPOINT` and `CMD` of the tail, in their new words.
pub(super) fn rewritten(
    case: &Case,
    program: &Program,
    start: &Start,
    tail: usize,
) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for at in program.said.iter().copied().filter(|at| *at >= tail) {
        let instruction = &case.cx.file.instructions[at];
        let words = match instruction.keyword {
            Keyword::Entrypoint => &start.entrypoint,
            _ => &start.command,
        };
        let text = exec(instruction.keyword, words);
        if text != instruction.span.of(case.cx.file.source) {
            all.push((at, text));
        }
    }
    all
}
