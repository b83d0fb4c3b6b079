//! What stays behind when a program moves to a run-time image, in words, with the sizes that are known.

use super::super::base::Choice;
use super::super::case::Case;
use super::super::commands::Work;
use super::super::plan::{Plan, SOURCES};
use crate::effect::bases::{BaseImage, Bases};
use crate::facts::is_within;
use crate::images::{runtime::RuntimeImage, sizes};
use crate::shell::Word;
use crate::shell::command::Invocation;
use crate::text::{LineIndex, bytes};
use std::collections::BTreeSet;

/// The base image before and after.
pub(in super::super) fn bases(case: &Case, plan: &Plan, image: &RuntimeImage) -> Bases {
    let old = case.own_reference();
    let carries = plan.copies.iter().any(|it| it.is_of_base() && it.image.is_none());
    let new = BaseImage { name: image.reference.to_string(), megabytes: Some(image.megabytes) };
    Bases {
        old: BaseImage { name: old.to_owned(), megabytes: sizes::megabytes(old) },
        new,
        carries,
    }
}

pub(super) fn left(case: &Case, plan: &Plan, choice: &Choice) -> String {
    let files = Files::left(case, plan);
    let is_counted = |name: &str| files.is_some() && name == SOURCES;
    let mut left: Vec<String> =
        plan.left.iter().filter(|name| !is_counted(name)).cloned().collect();
    left.extend(files.filter(|it| it.count > 0).map(|it| it.describe()));
    left.extend(packages(case, choice));
    let old = case.own_reference();
    if old != choice.image.reference {
        left.push(format!("and all else of `{old}`"));
    }
    left.join(", ")
}

/// What distribution packages are there for the build alone. How large they are only a build tells.
fn packages(case: &Case, choice: &Choice) -> Option<String> {
    let index = LineIndex::new(case.cx.file.source);
    let installs = |work: &Work| matches!(work, Work::Packages(names) if !names.is_empty());
    let steps = case.steps().iter().filter(|step| installs(&step.work));
    let lines: BTreeSet<usize> =
        steps.map(|step| index.line(case.span(step.instruction).start)).collect();
    let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
    let (last, others) = lines.split_last()?;
    let what = if choice.packages.is_empty() { "the packages that" } else { "what else" };
    Some(match others {
        [] => format!("{what} line {last} installs"),
        _ => format!("{what} lines {} and {last} install", others.join(", ")),
    })
}

/// Files of the build context that the image had, and has no longer.
struct Files {
    count: usize,
    /// `None` where not every file was looked at.
    bytes: Option<u64>,
}

/// Files whose sizes are looked up, besides those that were read.
const MOST: usize = 1000;

impl Files {
    /// `None` where it is not known which they are.
    fn left(case: &Case, plan: &Plan) -> Option<Self> {
        if case.is_behind_others() || removes(case) {
            return None;
        }
        let goes = |place: &str| {
            let mut kept = plan.copies.iter().chain(&plan.before);
            kept.any(|it| it.image.is_none() && is_within(place, &it.from))
        };
        let mut left: Vec<&str> = Vec::new();
        for path in case.files().ok()? {
            if case.place(path).ok()?.is_some_and(|place| !goes(&place)) {
                left.push(path);
            }
        }
        let unread = left.iter().filter(|path| !case.cx.was_read(path)).count();
        let size = || left.iter().map(|path| case.cx.size(path)).sum();
        let bytes = if unread <= MOST { size() } else { None };
        Some(Self { count: left.len(), bytes })
    }

    fn describe(&self) -> String {
        let noun = if self.count == 1 { "file" } else { "files" };
        let size = self.bytes.map(|it| format!(" ({})", bytes(it))).unwrap_or_default();
        format!("{} {noun} of the build context{size}", self.count)
    }
}

/// Whether the build may remove or move some of them itself.
fn removes(case: &Case) -> bool {
    case.cx.facts.runs_of(case.stage).any(|run| {
        run.script.as_ref().is_none_or(|script| {
            let commands = script.parsed.simple_commands();
            let mut simple = commands.iter().map(|it| it.1).filter(|it| !it.words.is_empty());
            let text = &script.parsed.text;
            simple.any(|it| script.parsed.invocation(it).is_none_or(|it| may_remove(text, &it)))
        })
    })
}

fn may_remove(text: &str, call: &Invocation) -> bool {
    const ELSEWHERE: &[&str] = &["/etc/", "/root/.", "/tmp/", "/usr/", "/var/", "~/.", "-"];
    // A pattern, too, begins with what it is written with.
    let is_elsewhere = |word: &Word| ELSEWHERE.iter().any(|it| word.span.of(text).starts_with(it));
    match call.program {
        "rm" | "mv" | "unlink" | "shred" => !call.arguments.iter().all(is_elsewhere),
        "find" => call.literals().any(|it| it.is_none_or(|it| matches!(it, "-delete" | "-exec"))),
        "xargs" => true,
        _ => call.inner_script().is_some(),
    }
}
