//! What has to hold of something that was found.
//!
//! What is not known neither holds nor fails.

use super::pattern::{Found, Pattern, Place};
use super::template::{Bindings, Bound};
use super::version::{Compare, semver_of};
use crate::facts::{Base, Stage};
use crate::images::{self, Family, Libc};
use crate::shell::Dialect;
use crate::transform::Context;
use globset::GlobSet;
use regex::Regex;
use semver::VersionReq;
use std::cell::Cell;
use std::ops::Range;

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
    /// Over what is written, and not what it stands for.
    Written(Regex),
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

/// How many combinations of what patterns find are tried.
const MOST_TRIED: usize = 10_000;

/// What was found, with the bindings of some conditions, and what is not known of them.
#[derive(Clone)]
struct State {
    found: Found,
    unknown: Option<String>,
}

impl State {
    fn with(&self, bindings: Bindings) -> Self {
        Self { found: Found { bindings, ..self.found.clone() }, unknown: self.unknown.clone() }
    }

    fn unknown(&self, reason: String) -> Self {
        Self { unknown: self.unknown.clone().or(Some(reason)), ..self.clone() }
    }
}

/// Is given each way in which conditions may hold, and says whether that is enough.
type Then<'t> = dyn FnMut(&State) -> bool + 't;

/// Tries all ways in which `conditions` may hold together, until one is enough.
fn solve(
    cx: &Context,
    conditions: &[&Condition],
    state: &State,
    left: &Cell<usize>,
    then: &mut Then,
) -> bool {
    let Some(fewer) = left.get().checked_sub(1) else { return true };
    left.set(fewer);
    let Some((first, rest)) = conditions.split_first() else { return then(state) };
    first.each(cx, state, left, &mut |state| solve(cx, rest, state, left, &mut *then))
}

impl Conditions {
    /// Whether there is a way in which all of them hold: patterns in them may fit in several places.
    pub(super) fn hold(&self, cx: &Context, found: &Found) -> Verdict {
        let (mut held, mut unknown) = (None, None);
        let left = Cell::new(MOST_TRIED);
        let start = State { found: found.clone(), unknown: None };
        solve(cx, &self.ordered(&found.bindings), &start, &left, &mut |state| {
            match &state.unknown {
                Some(reason) => unknown = unknown.take().or_else(|| Some(reason.clone())),
                None => held = Some(state.found.bindings.clone()),
            }
            held.is_some()
        });
        match (held, unknown) {
            (Some(bindings), _) => Verdict::Holds(bindings),
            (None, _) if left.get() == 0 => {
                Verdict::Unknown("whether it holds would take too long to find out".to_owned())
            }
            (None, Some(reason)) => Verdict::Unknown(reason),
            (None, None) => Verdict::Fails,
        }
    }

    /// What is known already comes first, then what binds metavariables, then what asks about those.
    fn ordered(&self, bindings: &Bindings) -> Vec<&Condition> {
        let mut all: Vec<&Condition> = self.0.iter().collect();
        all.sort_by_key(|condition| match condition {
            Condition::Variable { name, .. } if bindings.get(name).is_some() => 0,
            Condition::Stage(_) | Condition::Path(_) | Condition::Has(_) | Condition::Lacks(_) => 1,
            Condition::Before(_) | Condition::After(_) | Condition::Contains(_) => 2,
            Condition::Any(_) | Condition::All(_) => 3,
            Condition::Variable { .. } => 4,
            Condition::Not(_) => 5,
        });
        all
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
    /// Gives `then` each way in which it may hold; `true` once that was enough.
    fn each(&self, cx: &Context, state: &State, left: &Cell<usize>, then: &mut Then) -> bool {
        let found = &state.found;
        let (pattern, ranges) = match self {
            Self::Before(pattern) => {
                let behind = found.instruction + 1..stage_range(cx, found).end;
                (pattern, std::iter::once(behind).collect())
            }
            Self::After(pattern) => {
                let mut ranges = inherited_ranges(cx, found);
                ranges.insert(0, stage_range(cx, found).start..found.instruction);
                (pattern, ranges)
            }
            Self::Contains(pattern) => (pattern, whole_ranges(cx, found)),
            Self::Any(all) => {
                return all
                    .iter()
                    .any(|it| solve(cx, &it.ordered(&found.bindings), state, left, &mut *then));
            }
            Self::All(all) => {
                let every: Vec<_> = all.iter().flat_map(|it| it.ordered(&found.bindings)).collect();
                return solve(cx, &every, state, left, then);
            }
            _ => {
                return match self.holds(cx, found) {
                    Some(Ok(())) => then(state),
                    Some(Err(reason)) => then(&state.unknown(reason)),
                    None => false,
                };
            }
        };
        for range in ranges {
            let range = range.start.min(range.end)..range.end;
            let search = pattern.search(cx, range, &found.bindings);
            if search.found.into_iter().any(|hit| then(&state.with(hit.bindings))) {
                return true;
            }
            if search.unknown.into_iter().any(|it| then(&state.unknown(it.reason))) {
                return true;
            }
        }
        false
    }

    /// Of a condition that binds nothing: `None` if it fails, an error where that is not known.
    fn holds(&self, cx: &Context, found: &Found) -> Option<Result<(), String>> {
        match self {
            Self::Variable { name, tests } => {
                let value = found.bindings.get(name);
                let all = tests.iter().map(|test| test.holds(value));
                conjunction(all, || format!("what `${name}` is here"))
            }
            // A frontend is in no stage.
            Self::Stage(_) if matches!(found.place, Place::Frontend(_)) => None,
            Self::Stage(tests) => {
                let at = stage_of(cx, found)?;
                let all = tests.iter().map(|test| test.holds(cx, at, found));
                conjunction(all, || format!("the base image of {}", stage_name(cx, at)))
            }
            Self::Has(globs) => listed(cx, globs, true),
            Self::Lacks(globs) => listed(cx, globs, false),
            Self::Path(glob) => {
                let fits = cx.path().map(|path| glob.0.is_match(path));
                verdict(fits, || "the path of the file".to_owned())
            }
            Self::Not(inner) => match inner.hold(cx, found) {
                Verdict::Holds(_) => None,
                Verdict::Fails => Some(Ok(())),
                Verdict::Unknown(reason) => Some(Err(reason)),
            },
            Self::Before(_) | Self::After(_) | Self::Contains(_) | Self::Any(_) | Self::All(_) => {
                Some(Ok(()))
            }
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

/// A stage and those that it is built from, itself first.
pub(super) fn lineage(cx: &Context, stage: Option<usize>) -> Vec<usize> {
    let mut all = Vec::new();
    let mut next = stage;
    while let Some(at) = next {
        all.push(at);
        next = match &cx.facts.stages[at].base {
            Base::Stage(base) if *base < at => Some(*base),
            _ => None,
        };
    }
    all
}

/// The instructions of the stages that the one of `found` is built from.
fn inherited_ranges(cx: &Context, found: &Found) -> Vec<Range<usize>> {
    let above = lineage(cx, stage_of(cx, found)).into_iter().skip(1);
    above.map(|at| cx.facts.stages[at].instructions.clone()).collect()
}

/// The stage that something is in and those that it is built from; of the file, all of it.
fn whole_ranges(cx: &Context, found: &Found) -> Vec<Range<usize>> {
    if matches!(found.place, Place::File) {
        return std::iter::once(0..cx.file.instructions.len()).collect();
    }
    let mut ranges = inherited_ranges(cx, found);
    ranges.insert(0, stage_range(cx, found));
    ranges
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
) -> Option<Result<(), String>> {
    let mut known = true;
    for one in all {
        known &= one.is_some();
        if one == Some(false) {
            return None;
        }
    }
    verdict(known.then_some(true), unknown)
}

fn verdict(holds: Option<bool>, unknown: impl Fn() -> String) -> Option<Result<(), String>> {
    match holds {
        Some(true) => Some(Ok(())),
        Some(false) => None,
        None => Some(Err(format!("{} is not known", unknown()))),
    }
}

fn listed(cx: &Context, globs: &[Glob], wanted: bool) -> Option<Result<(), String>> {
    let holds = cx.listing().map(|files| {
        globs.iter().all(|glob| files.iter().any(|file| glob.0.is_match(&**file)) == wanted)
    });
    verdict(holds, || "what is in the build context".to_owned())
}

impl Test {
    fn holds(&self, bound: Option<&Bound>) -> Option<bool> {
        if let Self::Written(regex) = self {
            return Some(regex.is_match(bound.map_or("", |it| &it.text)));
        }
        // A metavariable that nothing has bound is empty.
        let value = match bound {
            Some(bound) => bound.value.as_deref()?,
            None => "",
        };
        match self {
            Self::Regex(regex) | Self::Written(regex) => Some(regex.is_match(value)),
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
