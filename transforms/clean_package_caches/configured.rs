//! A command that may tell a package manager where its cache is.

use super::calls::Call;
use super::cleanup::{Filled, Stop};
use crate::packages::Kind;

/// What stops the removal of a directory that the files of a package manager may not go to.
pub(super) fn elsewhere(filled: &Filled) -> Result<(), Stop> {
    let here = filled.calls.iter().find(|call| moves(call, filled));
    let found = match here {
        Some(call) => Some(Some(filled.script.source_span(call.span()))),
        None => earlier(filled).then_some(None),
    };
    let Some(at) = found else { return Ok(()) };
    let reason = format!("`{}` may be configured to keep them elsewhere", filled.manager);
    Err(("configured", at, reason))
}

/// Whether a `RUN` of the stage, or of one below it, does so before.
fn earlier(filled: &Filled) -> bool {
    let scripts = filled.scripts;
    let runs = scripts.below(filled.run, scripts.configuring());
    runs.into_iter().any(|run| scripts.calls(run).iter().any(|call| moves(call, filled)))
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
