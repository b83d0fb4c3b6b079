//! A command that may tell a package manager where its cache is.

use super::calls::{Call, calls};
use super::cleanup::{Filled, Stop};
use crate::facts::{Base, Facts};
use crate::packages::Kind;

/// What stops the removal of a directory that the files of a package manager may not go to.
pub(super) fn elsewhere<'a>(facts: &'a Facts<'a>, filled: &Filled<'a>) -> Result<(), Stop> {
    let here = filled.calls.iter().find(|call| moves(call, filled));
    let found = match here {
        Some(call) => Some(Some(filled.script.source_span(call.span()))),
        None => earlier(facts, filled).then_some(None),
    };
    let Some(at) = found else { return Ok(()) };
    let reason = format!("`{}` may be configured to keep them elsewhere", filled.manager);
    Err(("configured", at, reason))
}

/// Whether a `RUN` of the stage, or of one below it, does so before.
fn earlier<'a>(facts: &'a Facts<'a>, filled: &Filled<'a>) -> bool {
    let (mut stage, mut end) = (filled.run.stage, filled.run.instruction);
    loop {
        let scripts = facts.runs_of(stage).take_while(|run| run.instruction < end);
        let mut scripts = scripts.filter_map(|run| run.script.as_ref()).filter(|script| {
            script.parsed.text.contains("config")
                && script.parsed.text.contains(filled.manager.name)
        });
        if scripts.any(|script| calls(&script.parsed).iter().any(|call| moves(call, filled))) {
            return true;
        }
        let Base::Stage(base) = facts.stages[stage].base else { return false };
        (stage, end) = (base, facts.stages[base].instructions.end);
    }
}

/// `pip config set global.cache-dir DIR`, `bundle config path DIR`.
fn moves(call: &Call, filled: &Filled) -> bool {
    const PLACES: &[&str] = &["cache", "deployment", "path", "prefix"];
    let Some((action, invocation)) = call.action.as_ref().zip(call.invocation.as_ref()) else {
        return false;
    };
    action.kind == Kind::Configure
        && action.manager == filled.manager
        && action.verb.is_some_and(|verb| verb.name.starts_with("config"))
        && invocation
            .literals()
            .any(|word| word.is_none_or(|word| PLACES.iter().any(|place| word.contains(place))))
}
