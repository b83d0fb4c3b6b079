//! Whether one script is others joined, each of them as it was.

use super::Work;
use super::leftovers::{self, Standing};
use super::memory::Memory;
use super::program::{Program, pipelines};
use crate::shell::{CommandKind, ConnectorKind, List, Pipeline, Script, TerminatorKind};

/// Splits `merged` into `parts` again, and checks each: it is the same program, it stands in a way in
/// which it does what it did alone, and the next one does not feel it.
pub(super) fn check(parts: &[Work], merged: &Script) -> Result<(), String> {
    let [statement] = merged.body.statements.as_slice() else {
        return Err("the merged program is not one list".to_owned());
    };
    if statement.terminator.is_some_and(|it| it.kind == TerminatorKind::Background) {
        return Err("the merged program runs in the background".to_owned());
    }
    if statement.rest.iter().any(|(it, _)| it.kind != ConnectorKind::And) {
        return Err("the merged program is not joined by `&&` alone".to_owned());
    }
    let operands: Vec<&Pipeline> = pipelines(statement).collect();
    let mut rest = operands.as_slice();
    let mut memory = Memory::default();
    for (number, part) in parts.iter().enumerate() {
        let Work::Program { script, edits, circumstances } = part else {
            return Err("a program that cannot be read was merged".to_owned());
        };
        let standing = match number + 1 == parts.len() {
            true => leftovers::last(script, circumstances),
            false => leftovers::before_others(script, circumstances),
        };
        let standing = standing.map_err(|obstacle| obstacle.reason)?;
        memory.allows(script, circumstances).map_err(|obstacle| obstacle.reason)?;
        if !edits.is_empty() {
            return Err("a program was merged and changed in one step".to_owned());
        }
        rest = take(standing, script, rest, merged)
            .ok_or_else(|| format!("part {} of the merged program is not the same", number + 1))?;
        memory.ran(script, standing);
    }
    rest.is_empty().then_some(()).ok_or_else(|| "the merged program does more".to_owned())
}

/// Takes the operands that are `script` off the front of `operands`.
fn take<'a, 'b>(
    standing: Standing,
    script: &Script,
    operands: &'b [&'a Pipeline],
    merged: &Script,
) -> Option<&'b [&'a Pipeline]> {
    let tail = match standing {
        Standing::Plain => operands.len(),
        Standing::TailIsolated(from) => from,
        Standing::Grouped | Standing::Isolated => {
            let (first, rest) = operands.split_first()?;
            let list = list_of(first, standing)?;
            return (Program::of_list(merged, list) == Program::of(script)).then_some(rest);
        }
    };
    let [statement] = script.body.statements.as_slice() else { return None };
    let old: Vec<Program> =
        pipelines(statement).map(|pipeline| Program::of_pipeline(script, pipeline)).collect();
    let (front, back) = old.split_at(tail.min(old.len()));
    let (operands, rest) = operands.split_at_checked(front.len())?;
    let same = |new: &[&Pipeline], old: &[Program]| {
        let mut pairs = new.iter().zip(old);
        new.len() == old.len() && pairs.all(|(new, old)| Program::of_pipeline(merged, new) == *old)
    };
    if !same(operands, front) {
        return None;
    }
    if back.is_empty() {
        return Some(rest);
    }
    let (first, rest) = rest.split_first()?;
    let [inner] = list_of(first, standing)?.statements.as_slice() else { return None };
    let joined = inner.terminator.is_none()
        && inner.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
    (joined && same(&pipelines(inner).collect::<Vec<_>>(), back)).then_some(rest)
}

/// The list in the braces or parentheses that `standing` asks for.
fn list_of(pipeline: &Pipeline, standing: Standing) -> Option<&List> {
    let [command] = pipeline.commands.as_slice() else { return None };
    let list = match (&command.kind, standing) {
        (CommandKind::Group(list), Standing::Grouped) => list,
        (CommandKind::Subshell(list), Standing::Isolated | Standing::TailIsolated(_)) => list,
        _ => return None,
    };
    (!pipeline.negated && command.redirects.is_empty()).then_some(list)
}
