//! Which differences of an image the steps of a rewrite declare.
//!
//! It knows what each kind of declared difference does to files and configuration, and takes nothing for
//! declared that it cannot lead back to one.

use super::archive::Configuration;
use super::compare::config::{self, Field};
use super::compare::files::{self, Change, Respect};
use super::libraries::{Lack, Missing};
use super::tree::Tree;
use crate::effect::Difference;
use crate::effect::account::Account;
use crate::effect::omission::Omission;
use crate::effect::rebase::Rebase;
use crate::effect::split::Split;
use crate::facts::is_within;
use crate::packages;
use crate::syntax::expand::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What steps declare.
#[derive(Debug, Default)]
pub struct Declared<'a> {
    /// Commands that fill package caches change, or clean them.
    caches: bool,
    accounts: Vec<&'a Account>,
    splits: Vec<&'a Split>,
    omissions: Vec<&'a Omission>,
    rebases: Vec<&'a Rebase>,
    /// Whether files of the context are no longer sent.
    pub(super) excludes: bool,
    /// How these are called where a `COPY` puts them: the ends of their paths in the image.
    pub(super) unsent: BTreeSet<String>,
}

/// Lists of users, and what `useradd` keeps beside them.
const ACCOUNT_FILES: &[&str] = &[
    "/etc/.pwd.lock",
    "/etc/group",
    "/etc/group-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/subgid",
    "/etc/subgid-",
    "/etc/subuid",
    "/etc/subuid-",
    "/var/log/faillog",
    "/var/log/lastlog",
];

/// What the commands that clean caches leave of themselves: npm keeps a log of each command, and lets Node keep what
/// it compiles (`module.enableCompileCache` in its `lib/cli.js`).
const LEFT_BY_CLEANING: &[&str] = &["/.npm/_logs", "/tmp/node-compile-cache"];

/// Where apt notes what it knew of packages when it was last called: other lists, another note.
const APT_NOTES: &str = "/var/log/apt/eipp.log.xz";

const MAIL: &[&str] = &["/var/mail/", "/var/spool/mail/"];

impl<'a> Declared<'a> {
    pub fn of(differences: impl IntoIterator<Item = &'a Difference>) -> Self {
        let mut declared = Self::default();
        for difference in differences {
            match difference {
                Difference::EditProgram { .. } | Difference::DropRun { .. } => {
                    declared.caches = true;
                }
                Difference::RunAs(account) => declared.accounts.push(account),
                Difference::Exclude { .. } => declared.excludes = true,
                Difference::Split(split) => declared.splits.push(split),
                Difference::LeaveOut(omission) => declared.omissions.push(omission),
                Difference::Rebase(rebase) => declared.rebases.push(rebase),
                // The files of the image stay as they are: layers do not count.
                Difference::CopyLater(_)
                | Difference::MergeRuns { .. }
                | Difference::GiveFlags { .. }
                | Difference::DropStages(_) => (),
                // What the rule of a user does to the image is not known before it is built.
                Difference::Rewrite(_) | Difference::Frontend(_) => (),
            }
        }
        declared
    }

    /// Whether the program is started in another way.
    pub fn starts_otherwise(&self) -> bool {
        let says = |text: &String| text.starts_with("CMD ") || text.starts_with("ENTRYPOINT ");
        let is_new = |it: &&Split| !it.rewritten.is_empty() || it.runtime.iter().any(&says);
        self.splits.iter().copied().any(|it| is_new(&it))
            || self.rebases.iter().any(|it| !it.rewritten.is_empty())
    }

    /// Whether a difference of the configuration is declared.
    pub fn is_configured(&self, difference: &config::Difference) -> bool {
        if self.splits.iter().any(|split| is_configured_by(split, difference)) {
            return true;
        }
        if self.rebases.iter().any(|rebase| is_of_base(rebase, difference)) {
            return true;
        }
        let was_root = matches!(difference.before.as_deref(), None | Some("0" | "root" | "0:0"));
        let after = difference.after.as_deref();
        let mut users = self.accounts.iter().map(|account| account.user.to_string());
        difference.field == Field::User && was_root && users.any(|user| after == Some(&user))
    }

    /// Whether the file that lacks what runs it is of another base image, and no part of what is put into the image:
    /// an image without a shell may have scripts of its distribution.
    pub fn is_of_new_base(&self, missing: &Missing) -> bool {
        let (Some(path), Lack::Interpreter(_)) = (&missing.by, &missing.lack) else { return false };
        let contains = self.splits.iter().map(|it| &it.contains);
        let mut contains = contains.chain(self.rebases.iter().map(|it| &it.contains)).peekable();
        contains.peek().is_some() && !contains.flatten().any(|it| is_within(path, it))
    }

    /// The differences of files that are declared, and the others.
    pub fn sort(
        &self,
        differences: Vec<files::Difference>,
        configuration: &Configuration,
        after: &Tree,
    ) -> (Vec<files::Difference>, Vec<files::Difference>) {
        let is_known = |it: &files::Difference| self.is_known(it, configuration, after);
        let (mut declared, other): (Vec<_>, Vec<_>) = differences.into_iter().partition(is_known);
        // A folder that was there only for what is declared to go.
        let gone: BTreeSet<String> = declared.iter().map(|it| it.path.clone()).collect();
        let stays: BTreeSet<String> = other.iter().map(|it| it.path.clone()).collect();
        let (emptied, other): (Vec<_>, Vec<_>) =
            other.into_iter().partition(|it| is_emptied(it, &gone, &stays));
        declared.extend(emptied);
        declared.sort_by(|a, b| a.path.cmp(&b.path));
        (declared, other)
    }

    fn is_known(
        &self,
        difference: &files::Difference,
        configuration: &Configuration,
        after: &Tree,
    ) -> bool {
        let path = difference.path.as_str();
        let variable = |name: &str| match configuration.variable(name) {
            Some(value) => Value::Set(Cow::Borrowed(value)),
            None => Value::Unset,
        };
        // What cleans a cache puts nothing into it.
        let cleaned = packages::is_in_a_cache_with(path, variable)
            && !matches!(difference.change, Change::Came(_));
        let left = || LEFT_BY_CLEANING.iter().any(|it| path.contains(it));
        let notes = path == APT_NOTES && matches!(difference.change, Change::Changed(_));
        let in_a_cache = self.caches && (cleaned || left() || notes);
        in_a_cache
            || self.splits.iter().any(|split| is_left_by(split, difference))
            || self.rebases.iter().any(|rebase| is_of_old_base(rebase, difference))
            || self.accounts.iter().any(|account| is_of(account, difference, after))
            || match difference.change {
                Change::Went(_) => {
                    self.is_excluded(path)
                        || self.omissions.iter().any(|omission| omission.leaves_out(path))
                }
                // The build makes one of its own, where that of the context lay over it.
                Change::Changed(_) => self.ends(path).any(|end| self.unsent.contains(end)),
                Change::Came(_) => false,
            }
    }

    /// The ends of a path at which a `COPY` may have put a file.
    fn ends<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        path.match_indices('/').map(|(at, _)| &path[at + 1..])
    }

    /// Whether a file of the context that is no longer sent may have been copied to this path.
    fn is_excluded(&self, path: &str) -> bool {
        let is_in = |end: &str| {
            let mut folders = end.match_indices('/').map(|(at, _)| &end[..at]);
            self.unsent.contains(end) || folders.any(|folder| self.unsent.contains(folder))
        };
        self.ends(path).any(is_in)
    }
}

/// Whether a new base image, and how its program is started, make this difference.
fn is_configured_by(split: &Split, difference: &config::Difference) -> bool {
    let says = |keyword: &str| {
        let rewritten = split.rewritten.iter().map(|(_, text)| text);
        rewritten.chain(&split.runtime).any(|text| text.starts_with(keyword))
    };
    match difference.field {
        // What the file says about the environment it says again: the rest is of the base images.
        Field::Env => {
            let key = difference.key.as_deref().unwrap_or_default();
            let is_it = |word: &str| word.split('=').next() == Some(key);
            let sets = |text: &String| {
                text.strip_prefix("ENV ").is_some_and(|pairs| pairs.split_whitespace().any(is_it))
            };
            // What the run-time stage sets besides is declared as it is written.
            let came = difference.before.is_none();
            let line = difference.after.as_deref().map(|value| format!("ENV {key}={value}"));
            let is_written = line.is_some_and(|line| split.runtime.contains(&line));
            key == "PATH" || came || is_written || !split.runtime.iter().any(sets)
        }
        Field::EnvOrder => true,
        // That of the file is still there, and that of the old base image is gone with it.
        // So is one that the file does not say: both are of base images.
        Field::Entrypoint if difference.after.is_none() || difference.before.is_some() => true,
        Field::Entrypoint | Field::Cmd => says("ENTRYPOINT") || says("CMD"),
        Field::User => matches!(difference.before.as_deref(), None | Some("0" | "root" | "0:0")),
        Field::Labels => difference.after.is_none(),
        Field::Healthcheck => split.health.is_some() && difference.after.is_some(),
        // What the file says is still said: these come with the new base image.
        Field::ExposedPorts | Field::StopSignal => difference.before.is_none(),
        _ => false,
    }
}

/// Whether a path is no part of what the stage itself puts into the image. A folder that `WORKDIR` makes is of the
/// user of the base image.
fn is_of_old_base(rebase: &Rebase, difference: &files::Difference) -> bool {
    let path = difference.path.as_str();
    let is_own = rebase.contains.iter().any(|it| is_within(path, it));
    let is_owner = |it: &Respect| matches!(it, Respect::Owner(..));
    match &difference.change {
        Change::Came(_) => true,
        Change::Changed(respects) if respects.iter().all(is_owner) => {
            !is_own || rebase.contains.iter().any(|it| it.trim_end_matches('/') == path)
        }
        _ => !is_own,
    }
}

/// Whether another base image makes this difference.
fn is_of_base(rebase: &Rebase, difference: &config::Difference) -> bool {
    let says = |keyword: &str| {
        let rewritten = rebase.rewritten.iter().map(|(_, text)| text);
        rewritten.chain(&rebase.added).any(|text| text.starts_with(keyword))
    };
    match difference.field {
        // What the file sets is still written there.
        Field::Env | Field::EnvOrder => true,
        Field::Entrypoint if difference.after.is_none() => true,
        Field::Entrypoint | Field::Cmd => says("ENTRYPOINT") || says("CMD"),
        Field::User => matches!(difference.before.as_deref(), None | Some("0" | "root" | "0:0")),
        Field::Labels => difference.after.is_none(),
        _ => false,
    }
}

/// Whether a path is no part of what a run-time stage is said to contain, or of what is said to change in it.
fn is_left_by(split: &Split, difference: &files::Difference) -> bool {
    let is_in = |all: &[String]| all.iter().any(|it| is_within(&difference.path, it));
    let came = matches!(difference.change, Change::Came(_));
    came || !is_in(&split.contains) || is_in(&split.changed)
}

/// Whether making a user, and giving it files, makes this difference.
fn is_of(account: &Account, difference: &files::Difference, after: &Tree) -> bool {
    let path = difference.path.as_str();
    let user = u64::from(account.user);
    let makes_user = !account.commands.is_empty();
    let is_list = ACCOUNT_FILES.contains(&path) || MAIL.iter().any(|it| path.starts_with(it));
    match &difference.change {
        Change::Came(_) if is_list => makes_user,
        Change::Came(_) => {
            let own = after.get(path).is_some_and(|place| place.node.user == user);
            makes_user && own && is_made(account, path, after)
        }
        Change::Changed(respects) if is_list => {
            // A copy from before the change gets the mode of the list, which all may read.
            let is_copy = path.ends_with('-') && !path.contains("shadow");
            let written = |it: &Respect| match it {
                Respect::Size(..) | Respect::Content => true,
                Respect::Mode(_, mode) => is_copy && *mode == 0o644,
                _ => false,
            };
            makes_user && respects.iter().all(written)
        }
        Change::Changed(respects) => {
            let given =
                |it: &Respect| matches!(it, Respect::Owner((0, _), (owner, _)) if *owner == user);
            // Where a `COPY` puts what it gives is not known here.
            respects.iter().all(given)
                && (is_made(account, path, after) || !account.owned.is_empty())
        }
        Change::Went(_) => false,
    }
}

/// Whether a path is in the home folder of an account, or in a folder that its commands make or give, which may be
/// the target of a link that they name.
fn is_made(account: &Account, path: &str, after: &Tree) -> bool {
    let words = account.commands.iter().flat_map(|it| it.split([' ', '\'', '"']));
    let mut folders = words.filter(|word| word.len() > 1 && word.starts_with('/'));
    let is_target = |word: &str| after.resolve(word).is_some_and(|(it, _)| is_within(path, &it));
    path.starts_with("/home/") || folders.any(|word| is_within(path, word) || is_target(word))
}

/// Whether a folder went together with what is declared to go, and nothing else was in it.
fn is_emptied(
    difference: &files::Difference,
    gone: &BTreeSet<String>,
    stays: &BTreeSet<String>,
) -> bool {
    let Change::Went(what) = &difference.change else { return false };
    let inside = format!("{}/", difference.path);
    let below = |paths: &BTreeSet<String>| {
        paths.range(inside.clone()..).next().is_some_and(|path| path.starts_with(&inside))
    };
    what.word == "folder" && below(gone) && !below(stays)
}

#[cfg(test)]
mod tests;
