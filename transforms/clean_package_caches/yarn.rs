//! Whether `yarn` is version 1 for certain.
//!
//! Later versions may keep their cache in the project, where programs read it at run time. The project
//! chooses them with `.yarnrc.yml` or `.yarnrc`, a command with `corepack` or `yarn set version`.

use super::cleanup::Filled;
use crate::facts::{Base, Facts, MountKind};
use crate::shell::command::base;
use crate::syntax::Body;

/// Whether every command that fills the cache runs version 1.
pub(super) fn is_one<'a>(facts: &'a Facts<'a>, filled: &Filled<'a>) -> bool {
    // Later versions have no `yarn global`.
    let global = |index: &usize| {
        let action = filled.calls[*index].action.as_ref();
        action.is_some_and(|action| action.is("global add"))
    };
    let comes_with_image = || comes_with_image(facts, filled);
    filled.by.iter().all(global)
        || (comes_with_image() && (is_too_old(facts, filled) || !is_chosen(facts, filled)))
}

/// Later versions do not run with Node.js before 10.
fn is_too_old(facts: &Facts, filled: &Filled) -> bool {
    let image = facts.stages[filled.run.stage].image.as_deref();
    let version = image.and_then(|image| image.runtime.as_ref()?.version.as_deref());
    let major = version.and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major < 10)
}

fn comes_with_image(facts: &Facts, filled: &Filled) -> bool {
    let image = facts.stages[filled.run.stage].image.as_deref();
    image.is_some_and(|image| image.has_yarn_1())
}

/// Whether something before may have chosen another version.
fn is_chosen<'a>(facts: &'a Facts<'a>, filled: &Filled<'a>) -> bool {
    let bound = |kind| matches!(kind, MountKind::Bind | MountKind::Cache);
    if filled.run.mounts.iter().any(|mount| bound(mount.kind)) {
        return true;
    }
    let mut stage = filled.run.stage;
    let mut end = filled.run.instruction + 1;
    loop {
        let instructions = facts.stages[stage].instructions.start..end;
        if instructions.into_iter().any(|index| chooses(facts, index)) {
            return true;
        }
        let Base::Stage(base) = facts.stages[stage].base else { return false };
        stage = base;
        end = facts.stages[base].instructions.end;
    }
}

fn chooses(facts: &Facts, index: usize) -> bool {
    const HARMLESS: &[&str] = &[
        "package.json",
        "yarn.lock",
        "package-lock.json",
        "tsconfig.json",
        ".npmrc",
        "lerna.json",
    ];
    let instruction = &facts.file.instructions[index];
    let text = instruction.span.of(facts.file.source);
    match &instruction.body {
        Body::Copy { sources, .. } => !sources.iter().all(|source| {
            let name = base(source.text.trim_matches(['"', '\'']));
            // `package*.json`
            HARMLESS.contains(&name) || (name.starts_with("package") && name.ends_with(".json"))
        }),
        Body::Run(_) => {
            let words = [
                "corepack",
                "berry",
                "yarnrc",
                "yarn set",
                "yarn policies",
                "git clone",
                "npx ",
                "yarn@",
            ];
            words.iter().any(|word| text.contains(word))
        }
        Body::Env { .. } => text.contains("YARN_"),
        _ => false,
    }
}
