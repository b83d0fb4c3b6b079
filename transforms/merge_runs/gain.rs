//! What a merge is worth.

use crate::effect::leftovers::only_removes_caches;
use crate::facts::{Run, resolve};
use crate::packages::{self, Kind};
use crate::transform::Context;

/// What is gained beyond a layer: a later `RUN` of the group removes or rewrites what an earlier one
/// wrote, or one downloads an index that a later one uses.
pub(super) fn gain(cx: &Context, group: &[&Run]) -> Option<&'static str> {
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
            own |= kind.is_some_and(fills);
            let words = invocation.arguments.iter().map(|it| it.span.of(&script.parsed.text));
            if own
                && (only_removes_caches(&script.parsed, command)
                    || program == "rm" && are_caches(cx, run, words))
            {
                continue;
            }
            if index == 0 {
                continue;
            }
            if matches!(kind, Some(Kind::Remove | Kind::Clean)) || REMOVE.contains(&program) {
                return Some("what a later command removes no longer ships in a layer before it");
            }
            if REWRITE.contains(&program) && !is_about_folders(cx, run, &arguments) {
                return Some("files that a later command changes no longer ship twice");
            }
            if updated && kind == Some(Kind::Install) {
                return Some("packages are always installed from lists of the same day");
            }
        }
    }
    None
}

/// A command that may leave something in the cache of a package manager.
fn fills(kind: Kind) -> bool {
    use Kind::{Build, Install, Query, Run, Update, Upgrade};
    matches!(kind, Build | Install | Query | Run | Update | Upgrade)
}

/// Whether all paths of an `rm` are caches in the environment of `run`.
fn are_caches<'w>(cx: &Context, run: &Run, words: impl Iterator<Item = &'w str>) -> bool {
    let mut paths = words.filter(|word| !word.starts_with('-'));
    paths.all(|it| packages::is_in_a_cache_with(it, |name| cx.facts.variable_of(run, name)))
}

/// Whether a `chown` changes folders alone, which are nothing but a name in a layer.
fn is_about_folders(cx: &Context, run: &Run, arguments: &[Option<&str>]) -> bool {
    let Some((Some(first), paths)) = arguments.split_first() else { return false };
    let made = cx.facts.made_folders(run.stage);
    let is_folder = |path: &Option<&str>| {
        let path = path.and_then(|path| resolve(run.workdir(), path));
        path.is_some_and(|path| made.contains(&path))
    };
    !first.starts_with('-') && !paths.is_empty() && paths.iter().all(is_folder)
}
