//! Whether the program that cleans is still there at the end of a script, and does then what it did.

use super::calls::Call;
use super::cleanup::{Filled, Stop, Way};
use super::needs::short;
use super::releases::brings;
use crate::images::Image;
use crate::packages::{Action, Kind, PackageManager};
use crate::shell::command::base;

impl Filled<'_> {
    /// The program has to be there, and find the variables and files with which it ran before.
    pub(super) fn finds_the_same(&self) -> Result<(), Stop> {
        const HARMLESS: &[&str] = &["NODE_ENV", "JOBS", "CI", "DEBIAN_FRONTEND", "PATH"];
        let text = |call: &Call| short(call.span().of(&self.script.parsed.text));
        for (index, call) in self.calls.iter().enumerate() {
            let at = Some(self.script.source_span(call.span()));
            let own = call.invocation.iter().flat_map(|it| &it.environment);
            let own = self.by.contains(&index)
                && own.into_iter().any(|(name, _)| !HARMLESS.contains(name));
            let mut words = call.simple.words.iter().skip(1).map(|word| {
                let text = word.span.of(&self.script.parsed.text);
                text.split('=').next().unwrap_or_default()
            });
            let changes = match call.program() {
                Some("unset") => true,
                Some("export") => words.any(|name| !HARMLESS.contains(&name)),
                _ => false,
            };
            if own || changes {
                let reason = format!("`{}` has variables of its own", text(call));
                return Err(("own-environment", at, reason));
            }
            // `global.json` beside a project says which release runs.
            if self.manager.name == "dotnet" && matches!(call.program(), Some("cd" | "pushd")) {
                let reason = format!("after `{}` another release may run", text(call));
                return Err(("other-directory", at, reason));
            }
        }
        Ok(())
    }

    /// A cleanup by program needs a program that is there whatever branch was taken.
    pub(super) fn program_stays(&self, way: &Way) -> Result<(), Stop> {
        let Way::Command(_) = way else { return Ok(()) };
        let script = &self.script.parsed;
        let only_and = script.body.statements.len() == 1 && !script.text.contains("||");
        for (position, index) in self.by.iter().enumerate() {
            let call = &self.calls[*index];
            let at = Some(self.script.source_span(call.span()));
            let invocation = call.invocation.as_ref();
            let path =
                invocation.is_some_and(|it| it.environment.iter().any(|(name, _)| *name == "PATH"));
            if invocation.is_some_and(|it| it.by_path() && !it.given.starts_with('/')) {
                let reason =
                    "its program is called by a path that depends on the directory".to_owned();
                return Err(("relative-path", at, reason));
            }
            if (call.context.subshell && self.calls.iter().any(sets_path))
                || call.context.function
                || path
            {
                let reason = "outside of its own shell the program may not be found".to_owned();
                return Err(("program-path", at, reason));
            }
            if call.is_conditional() {
                let text = short(call.span().of(&self.script.parsed.text));
                return Err((
                    "conditional",
                    at,
                    format!("`{text}` may not run, and its program may not be there"),
                ));
            }
            let packages = call.action.iter().flat_map(|action| &action.packages);
            // Another one of which a later command shows that it runs will do.
            let proven = self.by[position + 1..].iter().any(|later| {
                let later = &self.calls[*later];
                let given = |call: &Call| call.invocation.as_ref().map(|it| it.given.to_owned());
                only_and && !later.is_conditional() && given(call) == given(later)
            });
            let own = |name: &str| name == self.manager.name && name != "conda";
            if !proven && packages.filter_map(|it| it.name).any(own) {
                let reason = format!("it installs another `{}`", self.manager);
                return Err(("program-may-be-gone", at, reason));
            }
        }
        Ok(())
    }
}

/// Programs of later commands are found elsewhere than before.
fn sets_path(call: &Call) -> bool {
    let assigned = call.simple.assignments.iter().map(|it| &*it.name);
    let words =
        call.simple.words.iter().filter_map(|word| word.literal.as_deref()?.split_once('='));
    let mut names = assigned.chain(words.map(|(name, _)| name));
    matches!(call.program(), Some("." | "source" | "eval" | "export"))
        || names.any(|name| name == "PATH")
}

/// Whether `call` may take the program of `manager` away.
pub(super) fn removes_programs(
    call: &Call,
    manager: &PackageManager,
    image: Option<&Image>,
) -> bool {
    let itself = |action: &Action| action.packages.iter().any(|it| it.name == Some(manager.name));
    match &call.action {
        // What an image brings beside its distribution's packages, they do not take away.
        Some(action) if action.kind == Kind::Remove => {
            let beside = ["npm", "yarn", "gem", "composer", "conda", "dotnet"]
                .contains(&manager.name)
                && image.is_some_and(|image| brings(image, manager));
            let of_distribution = action.manager.is_of_distribution();
            match action.manager == manager {
                true => itself(action),
                false => !(beside && of_distribution),
            }
        }
        Some(action) if action.kind == Kind::Unknown => action.manager != manager || itself(action),
        Some(_) => false,
        None => match call.program() {
            Some("rm" | "mv" | "dpkg" | "rpm" | "find") => {
                let words = call.simple.words.iter().filter_map(|word| word.literal.as_deref());
                let mut paths: Vec<&str> =
                    words.skip(1).filter(|word| !word.starts_with('-')).collect();
                if call.program() == Some("mv") {
                    paths.pop();
                }
                paths.into_iter().any(|path| may_hold(path, manager))
            }
            _ => false,
        },
    }
}

/// Whether a path may be the program of `manager`, a library of it, or a folder of such.
fn may_hold(path: &str, manager: &PackageManager) -> bool {
    const INTERPRETERS: &[&str] = &["node", "python", "ruby", "php", "java"];
    let name = base(path.trim_end_matches('/'));
    let open = name.contains(['*', '?', '[']) || name.ends_with("bin");
    let itself = open || INTERPRETERS.iter().any(|it| name.starts_with(it));
    path.contains("lib") || path.contains(manager.name) || (path.contains("bin") && itself)
}
