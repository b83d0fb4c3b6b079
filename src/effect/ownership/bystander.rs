//! What a command leaves alone that runs between a `COPY` and the command that its flags replace.

use crate::effect::leftovers::{Obstacle, obstacle};
use crate::facts::{is_within, resolve};
use crate::packages::{self, Kind};
use crate::shell::command::Invocation;
use crate::shell::{Command, CommandKind, Script, Simple};

/// A command that runs before the one that is asked about.
pub(super) struct Checked<'s> {
    pub(super) script: &'s Script,
    pub(super) command: &'s Command,
    pub(super) workdir: Option<&'s str>,
    pub(super) path: &'s str,
    /// A program that changes what the one that is asked about does not look at.
    pub(super) other: &'static str,
}

impl<'s> Checked<'s> {
    fn invocation(&self) -> Option<(&'s Simple, Invocation<'s>)> {
        let CommandKind::Simple(simple) = &self.command.kind else { return None };
        Some((simple, self.script.invocation(simple)?))
    }

    fn text(&self) -> String {
        shortened(self.command.span.of(&self.script.text))
    }

    /// It neither writes in the folder, nor reads what stands there.
    pub(super) fn leaves_alone(&self) -> Result<(), Obstacle> {
        let stop = |why: &str| {
            let reason = format!("`{}` {why}", self.text());
            Err(obstacle("writes-there", self.command.span, reason))
        };
        let Some((simple, invocation)) = self.invocation() else {
            return stop("is not known to leave it alone");
        };
        let redirects = self.command.redirects.iter().map(|redirect| &redirect.target);
        let arguments: Vec<Option<&str>> = invocation.literals().collect();
        let package = packages::kind(invocation.program, &arguments).is_some();
        let names = package || ACCOUNTS.contains(&invocation.program);
        if invocation.program == self.other && self.command.redirects.is_empty() {
            return Ok(());
        }
        for word in simple.words.iter().skip(1).chain(redirects) {
            let raw = word.span.of(&self.script.text);
            let is_name = names && !raw.contains('/');
            if !is_name && self.may_name(word.literal.as_deref(), raw) {
                return stop(&format!("is about `{}` too", self.path));
            }
        }
        let here = self.workdir.is_none_or(|workdir| is_within(workdir, self.path));
        let known = SYSTEM.contains(&invocation.program)
            || ACCOUNTS.contains(&invocation.program)
            || (LOCAL.contains(&invocation.program) && !here)
            || (package && !here);
        match known {
            true => Ok(()),
            false => stop("is not known to leave it alone"),
        }
    }

    /// `mkdir path`
    pub(super) fn makes_it(&self) -> bool {
        let Some((_, invocation)) = self.invocation() else { return false };
        let makes = |word: Option<&str>| match word {
            Some("-p" | "--parents") => true,
            Some(word) => {
                !word.starts_with('-') && resolve(self.workdir, word).as_deref() == Some(self.path)
            }
            None => false,
        };
        let plain = self.command.redirects.is_empty() && !invocation.arguments.is_empty();
        invocation.program == "mkdir" && plain && invocation.literals().all(makes)
    }

    /// Whether a word may be the folder, or lie in or around it.
    fn may_name(&self, literal: Option<&str>, raw: &str) -> bool {
        let text = literal.unwrap_or(raw).trim_matches('"');
        if text.starts_with('-') && !text.contains('/') {
            return false;
        }
        if literal.is_none() && text.contains(['$', '`', '~']) {
            let name = self.path.rsplit('/').next().unwrap_or_default();
            return text.contains(name) || text.contains("HOME") || text.contains("DIR");
        }
        let text = text.rsplit_once('=').map_or(text, |(_, value)| value);
        match resolve(self.workdir, text) {
            Some(path) => {
                let around = path != "/" || text == "/";
                is_within(&path, self.path) || (around && is_within(self.path, &path))
            }
            None => true,
        }
    }

    pub(super) fn may_make_users(&self) -> bool {
        let Some((_, invocation)) = self.invocation() else { return true };
        let arguments: Vec<Option<&str>> = invocation.literals().collect();
        let kind = packages::kind(invocation.program, &arguments);
        let installs = !matches!(kind, None | Some(Kind::Clean | Kind::Update));
        ACCOUNTS.contains(&invocation.program) || installs
    }
}

const ACCOUNTS: &[&str] = &["addgroup", "adduser", "groupadd", "groupmod", "useradd", "usermod"];

/// Programs that write nowhere but where the system keeps its own, or where their words say.
const SYSTEM: &[&str] = &[
    ":",
    "apk",
    "apt",
    "apt-get",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "dnf",
    "echo",
    "install",
    "ldconfig",
    "ln",
    "locale-gen",
    "ls",
    "microdnf",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "set",
    "tdnf",
    "test",
    "touch",
    "true",
    "update-ca-certificates",
    "yum",
    "zypper",
];

/// Programs that write to the directory in force.
const LOCAL: &[&str] = &["curl", "git", "npm", "pip", "pip3", "tar", "unzip", "wget", "yarn"];

pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
