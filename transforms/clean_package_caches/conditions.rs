//! Whether a cleanup would find what it needs, and nothing else would feel it: the program, the directory
//! in which it runs, and a cache that lies in the layer and at rest.

use super::calls::Call;
use super::cleanup::{Filled, Stop, sets_option};
use super::leaves::removed_directory;
use super::needs::short;
use super::releases::brings;
use crate::effect::barriers::leaves_agent;
use crate::effect::program::pipelines;
use crate::facts::{Facts, MountKind};
use crate::images::Image;
use crate::packages::{self, Cleanup};
use crate::shell::{Command, CommandKind, List};
use crate::syntax::expand::Value;

impl<'a> Filled<'a> {
    /// Where the cache is may be said in a file that cannot be seen, or by the script itself: then it may
    /// be in a mount, which is there to keep it.
    pub(super) fn stays_in_layer(&self) -> Result<(), Stop> {
        let of_system =
            |target: &str| target.starts_with("/var/cache") || target.starts_with("/var/lib");
        let mounted = self.run.mounts.iter().any(|mount| {
            mount.kind == MountKind::Cache && !mount.target.as_deref().is_some_and(of_system)
        });
        let own = matches!(self.cache.cleanup, Cleanup::Own(_));
        if mounted && (own || self.calls.iter().any(|call| self.sets_place(call))) {
            let reason = format!("the {} may be in the cache mount", self.cache.what);
            return Err(("cache-mount", None, reason));
        }
        Ok(())
    }

    /// uv links packages into its cache only where it is told to.
    pub(super) fn is_linked_to(&self, facts: &'a Facts<'a>) -> bool {
        let mode = || self.variable(facts, "UV_LINK_MODE");
        self.manager.name == "uv"
            && (self.script.parsed.text.contains("symlink")
                || matches!(mode(), Value::Set(mode) if mode == "symlink"))
    }

    /// The daemon of Gradle goes on after the build, and may write into its cache while that is removed.
    pub(super) fn is_at_rest(&self) -> Result<(), Stop> {
        let mut calls = self.by.iter().map(|index| &self.calls[*index]);
        let leaves = |call: &&Call| call.invocation.as_ref().and_then(leaves_agent).is_some();
        let Some(call) = calls.find(leaves) else { return Ok(()) };
        let reason = format!("`{}` leaves a daemon running, which uses them", self.manager);
        Err(("daemon", Some(self.script.source_span(call.span())), reason))
    }

    /// Where the build goes on without its program, the cleanup would be what stops it.
    pub(super) fn is_certain(&self, facts: &Facts) -> Result<(), Stop> {
        let image = facts.stages[self.run.stage].image.as_deref();
        if image.is_some_and(|image| brings(image, self.manager)) {
            return Ok(());
        }
        let script = &self.script.parsed;
        if script.text.contains("||") {
            let reason = "behind `||` it is not certain that its program is there".to_owned();
            return Err(("conditional", None, reason));
        }
        let own = image.and_then(Image::package_managers);
        if own.is_some_and(|own| own.contains(&self.manager.name)) {
            return Ok(());
        }
        let runs_again = self.calls.iter().any(|call| {
            let own = call.action.as_ref().is_some_and(|it| it.manager == self.manager);
            own && is_decisive(&script.body, call.command)
        });
        let first = self.by.first().copied().unwrap_or_default();
        let ends_on_failure = self.calls[..first]
            .iter()
            .any(|call| !call.is_conditional() && sets_option(call, 'e', "errexit"));
        let after = self.by.last().map_or(0, |last| last + 1);
        if let Some(call) = self.calls[after..].iter().find(|call| switches_release(call)) {
            let text = short(call.span().of(&script.text));
            let at = Some(self.script.source_span(call.span()));
            let reason = format!("`{text}` may put another release in its place");
            return Err(("program-may-be-gone", at, reason));
        }
        if runs_again || ends_on_failure {
            return Ok(());
        }
        let reason = "behind `;` it is not certain that its program is there".to_owned();
        Err(("conditional", None, reason))
    }

    /// The last command of the script runs where it is still there.
    pub(super) fn has_directory(&self) -> Result<(), Stop> {
        let Some(call) = removed_directory(self) else { return Ok(()) };
        let text = short(call.span().of(&self.script.parsed.text));
        let at = Some(self.script.source_span(call.span()));
        let reason = format!("`{text}` may remove the directory in which it would run");
        Err(("directory-removed", at, reason))
    }
}

/// Whether the list fails where `command` does, if there is no `||` in it.
fn is_decisive(list: &List, command: &Command) -> bool {
    let Some(last) = list.statements.last() else { return false };
    pipelines(last).filter(|pipeline| !pipeline.negated).any(|pipeline| {
        pipeline.commands.last().is_some_and(|it| match &it.kind {
            CommandKind::Group(inner) | CommandKind::Subshell(inner) => is_decisive(inner, command),
            _ => std::ptr::eq(it, command),
        })
    })
}

/// What a program that is found in another place needs may not be there any more.
fn switches_release(call: &Call) -> bool {
    let rehashes = call.simple.words.iter().any(|it| it.literal.as_deref() == Some("rehash"));
    !rehashes && call.program().is_some_and(packages::switches_versions)
}
