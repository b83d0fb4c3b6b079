//! What a merge is worth.

use crate::effect::leftovers::only_removes_caches;
use crate::facts::Run;
use crate::packages::{self, Kind};

/// What is gained beyond a layer: a later `RUN` of the group removes or rewrites what an earlier one
/// wrote, or one downloads an index that a later one uses.
pub(super) fn gain(group: &[&Run]) -> Option<&'static str> {
    const REMOVE: &[&str] = &["mv", "rm", "rmdir", "strip"];
    const REWRITE: &[&str] = &["chgrp", "chmod", "chown"];
    let mut updated = false;
    for (index, run) in group.iter().enumerate() {
        let Some(script) = &run.script else { continue };
        // A script that cleans up after itself gains nothing by standing behind another.
        let mut own = false;
        for (command, simple, _) in script.parsed.simple_commands() {
            let Some(invocation) = script.parsed.invocation(simple) else { continue };
            let program = invocation.program;
            let arguments: Vec<Option<&str>> = invocation.literals().collect();
            let kind = packages::kind(program, &arguments);
            updated |= kind == Some(Kind::Update);
            own |= matches!(kind, Some(Kind::Update | Kind::Install | Kind::Build));
            if own && only_removes_caches(&script.parsed, command) {
                continue;
            }
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
