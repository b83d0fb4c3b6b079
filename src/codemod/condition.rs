//! What has to hold of something that was found.
//!
//! What is not known neither holds nor fails.

use super::pattern::{Found, Pattern};
use super::template::{Bindings, Bound};
use super::version::{Compare, semver_of};
use crate::facts::Stage;
use crate::images::{self, Family, Libc};
use crate::shell::Dialect;
use crate::transform::Context;
use globset::GlobSet;
use regex::Regex;
use semver::VersionReq;

#[derive(Debug, Clone, Default)]
pub(super) struct Conditions(pub(super) Vec<Condition>);

#[derive(Debug, Clone)]
pub(super) enum Condition {
    Variable {
        name: String,
        tests: Vec<Test>,
    },
    Stage(Vec<StageTest>),
    Has(Vec<Glob>),
    Lacks(Vec<Glob>),
    Path(Glob),
    /// Such an instruction is in the same stage, behind it or in front of it.
    Before(Box<Pattern>),
    After(Box<Pattern>),
    /// Something like it is in the stage or the file.
    Contains(Box<Pattern>),
    Not(Conditions),
    Any(Vec<Conditions>),
    All(Vec<Conditions>),
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Regex(Regex),
    Glob(Glob),
    Equals(String),
    OneOf(Vec<String>),
    Semver(VersionReq),
    Compare(Compare),
}

#[derive(Debug, Clone)]
pub(super) struct Glob(pub(super) GlobSet);

#[derive(Debug, Clone)]
pub(super) enum StageTest {
    Shipped(bool),
    First,
    Last,
    Name(Glob),
    Base(Box<Pattern>),
    Distribution(Vec<String>),
    Release(Vec<String>),
    PackageManager(Vec<String>),
    Shell(Vec<String>),
    Libc(Vec<String>),
    User(Vec<String>),
}

/// Of all that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    First,
    Last,
    FirstInFile,
    LastInFile,
}

#[derive(Debug)]
pub(super) enum Verdict {
    Holds(Bindings),
    Fails,
    /// And what is not known.
    Unknown(String),
}

impl Conditions {
    pub(super) fn hold(&self, cx: &Context, found: &Found) -> Verdict {
        let mut found = found.clone();
        let mut unknown = None;
        for condition in &self.0 {
            match condition.holds(cx, &found) {
                Verdict::Holds(bindings) => found.bindings = bindings,
                Verdict::Fails => return Verdict::Fails,
                Verdict::Unknown(reason) => unknown = unknown.or(Some(reason)),
            }
        }
        match unknown {
            None => Verdict::Holds(found.bindings),
            Some(reason) => Verdict::Unknown(reason),
        }
    }

    /// Every metavariable that is asked about, and every one that is bound by a pattern in it.
    pub(super) fn names<'c>(&'c self, asked: &mut Vec<&'c str>, bound: &mut Vec<&'c str>) {
        for condition in &self.0 {
            match condition {
                Condition::Variable { name, .. } => asked.push(name),
                Condition::Before(pattern)
                | Condition::After(pattern)
                | Condition::Contains(pattern) => {
                    bound.extend(pattern.names());
                }
                Condition::Not(inner) => {
                    // What is not there is bound to nothing.
                    let mut inside = Vec::new();
                    inner.names(asked, &mut inside);
                    asked.retain(|name| !inside.contains(name));
                }
                Condition::Any(all) | Condition::All(all) => {
                    all.iter().for_each(|it| it.names(asked, bound));
                }
                _ => (),
            }
        }
    }
}

impl Condition {
    fn holds(&self, cx: &Context, found: &Found) -> Verdict {
        let same = || found.bindings.clone();
        match self {
            Self::Variable { name, tests } => {
                let value = found.bindings.get(name);
                let all = tests.iter().map(|test| test.holds(value));
                conjunction(all, || format!("what `${name}` is here"), same)
            }
            Self::Stage(tests) => match stage_of(cx, found) {
                Some(at) => {
                    let all = tests.iter().map(|test| test.holds(cx, at, found));
                    let unknown = || format!("the base image of {}", stage_name(cx, at));
                    conjunction(all, unknown, same)
                }
                None => Verdict::Fails,
            },
            Self::Has(globs) => listed(cx, globs, true, same),
            Self::Lacks(globs) => listed(cx, globs, false, same),
            Self::Path(glob) => verdict(
                cx.path().map(|path| glob.0.is_match(path)),
                || "the path of the file".to_owned(),
                same,
            ),
            Self::Before(pattern) => {
                let range = stage_range(cx, found);
                self.search(cx, pattern, found.instruction + 1..range.end, found)
            }
            Self::After(pattern) => {
                let range = stage_range(cx, found);
                self.search(cx, pattern, range.start..found.instruction, found)
            }
            Self::Contains(pattern) => self.search(cx, pattern, whole_range(cx, found), found),
            Self::Not(inner) => match inner.hold(cx, found) {
                Verdict::Holds(_) => Verdict::Fails,
                Verdict::Fails => Verdict::Holds(same()),
                unknown @ Verdict::Unknown(_) => unknown,
            },
            Self::Any(all) => {
                let mut unknown = None;
                for conditions in all {
                    match conditions.hold(cx, found) {
                        holds @ Verdict::Holds(_) => return holds,
                        Verdict::Fails => (),
                        Verdict::Unknown(reason) => unknown = unknown.or(Some(reason)),
                    }
                }
                unknown.map_or(Verdict::Fails, Verdict::Unknown)
            }
            Self::All(all) => {
                let every = all.iter().flat_map(|it| it.0.iter().cloned()).collect();
                Conditions(every).hold(cx, found)
            }
        }
    }

    fn search(
        &self,
        cx: &Context,
        pattern: &Pattern,
        range: std::ops::Range<usize>,
        found: &Found,
    ) -> Verdict {
        let range = range.start.min(range.end)..range.end;
        let search = pattern.search(cx, range, &found.bindings);
        match search.found.into_iter().next() {
            Some(hit) => Verdict::Holds(hit.bindings),
            None => match search.unknown.into_iter().next() {
                Some(unknown) => Verdict::Unknown(unknown.reason),
                None => Verdict::Fails,
            },
        }
    }
}

pub(super) fn stage_of(cx: &Context, found: &Found) -> Option<usize> {
    cx.facts.stage_of(found.instruction)
}

fn stage_range(cx: &Context, found: &Found) -> std::ops::Range<usize> {
    match stage_of(cx, found) {
        Some(stage) => cx.facts.stages[stage].instructions.clone(),
        None => 0..cx.facts.stages.first().map_or(0, |it| it.instructions.start),
    }
}

/// The stage that something is in; of the file, all of it.
fn whole_range(cx: &Context, found: &Found) -> std::ops::Range<usize> {
    match found.place {
        super::pattern::Place::File => 0..cx.file.instructions.len(),
        _ => stage_range(cx, found),
    }
}

fn stage_name(cx: &Context, stage: usize) -> String {
    match &cx.facts.stages[stage].name {
        Some(name) => format!("stage `{name}`"),
        None => format!("stage {stage}"),
    }
}

fn conjunction(
    all: impl Iterator<Item = Option<bool>>,
    unknown: impl Fn() -> String,
    bindings: impl Fn() -> Bindings,
) -> Verdict {
    let mut known = true;
    for one in all {
        match one {
            Some(false) => return Verdict::Fails,
            Some(true) => (),
            None => known = false,
        }
    }
    verdict(known.then_some(true), unknown, bindings)
}

fn verdict(
    holds: Option<bool>,
    unknown: impl Fn() -> String,
    bindings: impl Fn() -> Bindings,
) -> Verdict {
    match holds {
        Some(true) => Verdict::Holds(bindings()),
        Some(false) => Verdict::Fails,
        None => Verdict::Unknown(format!("{} is not known", unknown())),
    }
}

fn listed(cx: &Context, globs: &[Glob], wanted: bool, same: impl Fn() -> Bindings) -> Verdict {
    let listing = cx.listing();
    let holds = listing.map(|files| {
        globs.iter().all(|glob| files.iter().any(|file| glob.0.is_match(&**file)) == wanted)
    });
    verdict(holds, || "what is in the build context".to_owned(), same)
}

impl Test {
    fn holds(&self, bound: Option<&Bound>) -> Option<bool> {
        // A metavariable that nothing has bound is empty.
        let value = match bound {
            Some(bound) => bound.value.as_deref()?,
            None => "",
        };
        match self {
            Self::Regex(regex) => Some(regex.is_match(value)),
            Self::Glob(glob) => Some(glob.0.is_match(value)),
            Self::Equals(wanted) => Some(value == wanted),
            Self::OneOf(all) => Some(all.iter().any(|it| it == value)),
            Self::Semver(range) => {
                let (low, high) = semver_of(value)?;
                let (low, high) = (range.matches(&low), range.matches(&high));
                (low == high).then_some(low)
            }
            Self::Compare(compare) => compare.holds(value),
        }
    }
}

impl StageTest {
    fn holds(&self, cx: &Context, at: usize, found: &Found) -> Option<bool> {
        let stage = &cx.facts.stages[at];
        let image = || stage.image.as_deref();
        let distribution = || image()?.distribution.as_ref();
        let is_one = |all: &[String], value: &str| all.iter().any(|it| it == value);
        match self {
            Self::Shipped(wanted) => Some(stage.shipped == *wanted),
            Self::First => Some(at == 0),
            Self::Last => Some(at + 1 == cx.facts.stages.len()),
            Self::Name(glob) => Some(glob.0.is_match(stage.name.as_deref().unwrap_or_default())),
            Self::Base(pattern) => {
                let from = stage.instructions.start;
                let search = pattern.search(cx, from..from + 1, &found.bindings);
                match (search.found.is_empty(), search.unknown.is_empty()) {
                    (false, _) => Some(true),
                    (true, true) => Some(false),
                    (true, false) => None,
                }
            }
            Self::Distribution(all) => {
                distribution().and_then(|it| family(it.family)).map(|name| is_one(all, name))
            }
            Self::Release(all) => {
                let release = distribution()?.release.as_deref()?;
                Some(
                    all.iter().any(|it| {
                        *it == release || images::release(it).as_deref() == Some(release)
                    }),
                )
            }
            Self::PackageManager(all) => {
                let managers = image()?.package_managers()?;
                Some(managers.iter().any(|it| is_one(all, it)))
            }
            Self::Shell(all) => shell(stage).map(|name| is_one(all, name)),
            Self::Libc(all) => image()?.libc().map(|libc| is_one(all, libc_name(libc))),
            Self::User(all) => user_at(cx, at, found.instruction).map(|user| {
                let root =
                    matches!(&*user, "root" | "0") && (is_one(all, "root") || is_one(all, "0"));
                root || is_one(all, &user)
            }),
        }
    }
}

/// The user in force at an instruction.
fn user_at(cx: &Context, stage: usize, instruction: usize) -> Option<String> {
    if let Some(run) = cx.facts.run(instruction) {
        return run.user().map(str::to_owned);
    }
    let own = &cx.facts.stages[stage];
    let users = own.all(cx.file, crate::syntax::Keyword::User);
    match users.iter().any(|at| *at > instruction) && instruction > own.instructions.start {
        // Somebody comes later: what is in force here is not kept.
        true => None,
        false => own.user().map(str::to_owned),
    }
}

fn shell(stage: &Stage) -> Option<&'static str> {
    Some(match stage.shell().dialect? {
        Dialect::Bash => "bash",
        Dialect::Dash => "dash",
        Dialect::Ash => "ash",
        Dialect::Unknown => return None,
    })
}

fn libc_name(libc: Libc) -> &'static str {
    match libc {
        Libc::Glibc(_) => "glibc",
        Libc::Musl(_) => "musl",
        Libc::Uclibc => "uclibc",
    }
}

/// The names of distributions, as rules write them.
pub(super) const FAMILIES: &[(&str, Family)] = &[
    ("debian", Family::Debian),
    ("ubuntu", Family::Ubuntu),
    ("alpine", Family::Alpine),
    ("fedora", Family::Fedora),
    ("red-hat", Family::RedHat),
    ("amazon-linux", Family::AmazonLinux),
    ("suse", Family::Suse),
    ("arch", Family::Arch),
    ("gentoo", Family::Gentoo),
    ("photon", Family::Photon),
    ("azure-linux", Family::AzureLinux),
    ("wolfi", Family::Wolfi),
    ("busybox", Family::BusyBox),
    ("distroless", Family::Distroless),
    ("windows", Family::Windows),
];

fn family(family: Family) -> Option<&'static str> {
    FAMILIES.iter().find(|(_, it)| *it == family).map(|(name, _)| *name)
}
