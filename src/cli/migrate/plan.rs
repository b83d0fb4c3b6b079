//! `jettison migrate plan` and `update`: what is to be done, in which parts.

use super::super::arguments::Arguments;
use super::super::output::Output;
use super::super::{FAILED, Refusal, settings};
use super::arguments::{PlanArguments, UpdateArguments};
use super::draft::{Counts, Draft, Earlier};
use super::store::{self, Store, name_of};
use super::survey::survey;
use super::{go_to, work, worse};
use crate::report::campaign::Head;
use crate::report::campaign::document::Plan;
use crate::report::text::{count, visible};
use crate::transform::Transform;
use std::fmt::Write;
use std::path::Path;

/// Files that are told.
const TOLD: usize = 20;

/// A file is no Dockerfile, and a proof failed, as the table of exit codes says.
const UNPARSABLE: u8 = 3;
const BUG: u8 = 4;

pub(super) fn plan(
    wanted: &PlanArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let store = Store::at(&wanted.output);
    if store.has_plan() && !wanted.force {
        return Err(format!(
            "`{}` has a plan; bring it up to date with `jettison migrate update`, or plan from the start with \
             `--force`",
            store.shown()
        ));
    }
    is_branch_name(&wanted.branch_prefix)?;
    let root = store::root();
    let folder = name_of(&root, &settings::current_folder());
    let head = Head {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        title: wanted.title.replace(['\n', '\r'], " "),
        folder: folder.ok_or("the name of the current folder is not UTF-8")?,
        arguments: wanted.words.clone(),
        split: wanted.split(),
    };
    // What an update will say is said now, too: they have to agree.
    let arguments = work::arguments(&head.arguments)?;
    store.create()?;
    let made = make(&arguments, transforms, &root, &head, None, &store, output)?;
    if wanted.force {
        store.forget();
    }
    show(&made, false, &store, output)
}

pub(super) fn update(
    wanted: &UpdateArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let store = Store::at(&wanted.plan.plan);
    let mut earlier = Earlier::default();
    let Plan { head, parts, .. } = store.read(&mut |file| earlier.add(file))?;
    earlier.parts = parts;
    let root = store::root();
    go_to(&root, &Plan { head: head.clone(), ..Plan::default() })?;
    let head = Head { tool: env!("CARGO_PKG_VERSION").to_owned(), ..head };
    let arguments = work::arguments(&head.arguments)?;
    let made = make(&arguments, transforms, &root, &head, Some(earlier), &store, output)?;
    show(&made, true, &store, output)
}

type Made = (Plan, Counts, Vec<String>);

fn make(
    arguments: &Arguments,
    transforms: &'static [&'static Transform],
    root: &Path,
    head: &Head,
    earlier: Option<Earlier>,
    store: &Store,
    output: &mut Output<'_>,
) -> Result<Made, Refusal> {
    let mut draft = Draft::new(store, root, head, earlier)?;
    let surveyed = survey(arguments, transforms, root, output, &mut |file| draft.add(file))?;
    draft.finish(store, surveyed)
}

/// What git takes for the start of the name of a branch.
fn is_branch_name(prefix: &str) -> Result<(), Refusal> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./".contains(it);
    let parts = || prefix.split('/');
    let is_right = prefix.chars().all(is_plain)
        && !prefix.contains("..")
        && !prefix.starts_with(['/', '-'])
        && !prefix.contains("//")
        && parts()
            .all(|part| !part.starts_with('.') && !part.ends_with(".lock") && !part.ends_with('.'));
    match is_right {
        true => Ok(()),
        false => Err(format!(
            "`--branch-prefix {prefix}`: git takes no such name; use letters, digits, `-`, `_` and `/`"
        )),
    }
}

fn show(
    made: &Made,
    is_update: bool,
    store: &Store,
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let (plan, counts, warnings) = made;
    for warning in warnings {
        output.error(&format!("{}\n", visible(warning)));
    }
    for problem in &plan.problems {
        output.error(&format!("error: {}\n", visible(problem)));
    }
    let mut text = String::new();
    let examined = count(counts.examined, "file");
    let parts = match plan.parts.len() {
        0 => String::new(),
        number => format!(", in {}", count(number, "part")),
    };
    let _ = writeln!(text, "{} of {examined} would change{parts}", counts.changed);
    if is_update {
        let Counts { landed, moved, replanned, gone, .. } = counts;
        let _ = writeln!(
            text,
            "since the plan before: {landed} done, {moved} moved, {replanned} changed and planned anew, {gone} gone"
        );
    }
    for part in plan.parts.iter().take(TOLD) {
        let name = if part.name.is_empty() { "all" } else { &part.name };
        let after = part.after.map(|after| format!(", after part {after}")).unwrap_or_default();
        let files = count(part.files.len(), "file");
        let _ = writeln!(
            text,
            "  part {}: {}, {files} ({}{after})",
            part.number,
            visible(name),
            part.branch
        );
    }
    if plan.parts.len() > TOLD {
        let _ = writeln!(text, "  and {}", count(plan.parts.len() - TOLD, "more part"));
    }
    for (id, files) in &counts.waiting {
        let _ = writeln!(text, "{id} needs your agreement in {}", count(*files, "file"));
    }
    if counts.declined > 0 {
        let _ = writeln!(text, "{} declined", count(counts.declined, "change"));
    }
    let _ = writeln!(text, "the plan is in {}", store.shown());
    output.show(text.as_bytes());
    let codes = [
        (FAILED, counts.unread + plan.problems.len()),
        (BUG, counts.bugs),
        (UNPARSABLE, counts.unparsable),
    ];
    Ok(codes
        .iter()
        .filter(|(_, number)| *number > 0)
        .fold(0, |worst, (code, _)| worse(worst, *code)))
}
