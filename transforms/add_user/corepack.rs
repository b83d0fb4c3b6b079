//! Package managers that Corepack brings: it keeps them in the home of whoever runs it.

use super::Stop;
use super::ground::chain;
use super::program::Program;
use crate::facts::{Run, is_within};
use crate::shell::command::base;
use crate::syntax::Body;
use crate::syntax::expand::Value;
use crate::transform::Context;

/// Refuses a program that is started by a package manager which lies in the home of root.
pub(super) fn is_reached(cx: &Context, stage: usize, program: &Program) -> Result<(), Stop> {
    let managers = managers(program);
    for run in chain(cx, stage).into_iter().flat_map(|it| cx.facts.runs_of(it)) {
        let Some(manager) = managers.iter().find(|it| brings(run, it)) else { continue };
        if !is_told_elsewhere(cx, stage, run) {
            let at = cx.file.instructions[run.instruction].span;
            let reason = format!(
                "`{manager}` lies below `/root`, which is closed; `ENV COREPACK_HOME` tells Corepack \
                 another folder"
            );
            return Err(Stop { code: "home-of-root", at, reason });
        }
    }
    Ok(())
}

/// What of those that Corepack knows starts the program, by itself or in a script of the project.
fn managers(program: &Program) -> Vec<&'static str> {
    let commands = program.commands.iter().filter_map(|words| words.first()).map(|it| base(it));
    let in_script = |it: char| it.is_whitespace() || matches!(it, '&' | ';' | '|' | '(' | ')');
    let scripts = program.scripts.iter().flat_map(|script| script.split(in_script));
    let manager = |name| match name {
        "npm" | "npx" => Some("npm"),
        "pnpm" | "pnpx" => Some("pnpm"),
        "yarn" | "yarnpkg" => Some("yarn"),
        _ => None,
    };
    commands.chain(scripts).filter_map(manager).collect()
}

/// Whether Corepack puts a package manager on the search path: without a name all but npm.
fn brings(run: &Run, manager: &str) -> bool {
    let Some(script) = &run.script else { return false };
    script.parsed.simple_commands().iter().any(|(_, simple, _)| {
        let call = script.parsed.invocation(simple).filter(|call| call.program == "corepack");
        let words = call.iter().flat_map(|call| call.literals().flatten());
        let mut words = words.filter(|it| !it.starts_with('-'));
        let enables = words.next() == Some("enable");
        let names: Vec<&str> = words.collect();
        enables && (names.contains(&manager) || names.is_empty() && manager != "npm")
    })
}

/// Whether an `ENV` names a folder in which others may look.
fn is_told_elsewhere(cx: &Context, stage: usize, run: &Run) -> bool {
    const HOME: &str = "COREPACK_HOME";
    let instructions =
        chain(cx, stage).into_iter().flat_map(|it| cx.facts.stages[it].instructions.clone());
    let sets = |at: usize| match &cx.file.instructions[at].body {
        Body::Env { pairs, .. } => pairs.iter().any(|pair| pair.name.text == HOME),
        _ => false,
    };
    let Value::Set(folder) = cx.facts.variable(run.instruction, HOME) else { return false };
    folder.starts_with('/')
        && !is_within(&folder, "/root")
        && instructions.into_iter().any(|at| at < run.instruction && sets(at))
}
