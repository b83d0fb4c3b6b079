//! What came of verifying, as a table for people and as the body of a comment.

use super::Colour;
use super::context::shown;
use super::text::{ADDED, DIM, ERROR, FILE, WARNING, count, paint, visible};
use crate::text::bytes;
use crate::verify::case::{Build, Declarations, Measured, Verdict, Verification};
use crate::verify::compare::noise::Label;
use crate::verify::smoke::{Evidence, Finding};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// Differences that are shown.
const FIRST: usize = 10;

/// A table for each build, and totals.
pub fn text(verified: &[Verification], written: &[String], here: &Path, colour: Colour) -> String {
    let mut out = String::new();
    for it in verified {
        let _ = writeln!(
            out,
            "{}  {}",
            paint(colour, FILE, &visible(&it.name)),
            build(&it.build, here)
        );
        for (name, before, after) in rows(it) {
            let _ = writeln!(out, "  {name:<16} {before:>14}  {after:>14}");
        }
        for line in remarks(it) {
            let _ = writeln!(out, "  {}", visible(&line));
        }
        for line in &it.log {
            let _ = writeln!(out, "    {}", visible(line));
        }
        let style = match &it.verdict {
            Verdict::Same | Verdict::SameExceptDeclared => ADDED,
            Verdict::WasBroken(_) | Verdict::NotVerified(_) => WARNING,
            _ => ERROR,
        };
        let _ = writeln!(out, "  {}\n", paint(colour, style, &visible(&verdict(&it.verdict))));
    }
    if !written.is_empty() {
        let _ = writeln!(out, "written: {}", visible(&written.join(", ")));
    }
    let totals = totals(verified);
    let _ = writeln!(out, "{}", paint(colour, DIM, &totals));
    out
}

/// The body of a comment on a pull request.
pub fn markdown(verified: &[Verification], here: &Path) -> String {
    let mut out = String::from("## Verified by building\n\n");
    let _ = writeln!(out, "{}\n", totals(verified));
    for it in verified {
        let _ = writeln!(out, "### `{}`, {}\n", it.name.replace('`', "'"), build(&it.build, here));
        let _ = writeln!(out, "**{}**\n", escaped(&verdict(&it.verdict)));
        let rows = rows(it);
        if !rows.is_empty() {
            out.push_str("| | before | after |\n|---|--:|--:|\n");
            for (name, before, after) in rows {
                let _ = writeln!(out, "| {name} | {before} | {after} |");
            }
            out.push('\n');
        }
        for line in remarks(it) {
            let _ = writeln!(out, "- {}", escaped(&line));
        }
        if !it.log.is_empty() {
            // A fence that is longer than any in the log.
            let longest = it.log.iter().map(|line| line.len() - line.trim_start_matches('`').len());
            let fence = "`".repeat(longest.max().unwrap_or(0).max(2) + 1);
            let log: Vec<_> = it.log.iter().map(|line| visible(line)).collect();
            let _ = write!(out, "\n{fence}\n{}\n{fence}\n", log.join("\n"));
        }
        out.push('\n');
    }
    out
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    visible(text).replace('<', "&lt;").replace('\n', "<br>")
}

fn build(build: &Build, here: &Path) -> String {
    let mut words = vec![format!("context {}", shown(&build.context, here))];
    if build.is_guess {
        words[0].push_str(" (a guess)");
    }
    words.extend(build.target.as_ref().map(|target| format!("target {target}")));
    words.extend(build.platform.clone());
    words.join(", ")
}

/// What is measured, before and after.
fn rows(it: &Verification) -> Vec<(&'static str, String, String)> {
    let Some(before) = &it.before else { return Vec::new() };
    let row = |name, value: &dyn Fn(&Measured) -> String| {
        let after = it.after.as_ref().map_or("-".to_owned(), value);
        (name, value(before), after)
    };
    vec![
        row("size", &|it| bytes(it.size())),
        row("layers", &|it| it.layers.len().to_string()),
        row("wasted", &|it| bytes(it.wasted)),
        row("files", &|it| it.files.to_string()),
        row("packages", &|it| it.packages.to_string()),
        row("set-uid files", &|it| it.set_uid.to_string()),
        row("shells", &|it| it.shells.to_string()),
        row("user", &|it| visible(&it.user).into_owned()),
        row("build", &|it| seconds(Some(it.build_seconds))),
        row("rebuild", &|it| seconds(it.rebuild_seconds)),
    ]
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or("-".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
}

/// All that is to be said besides the numbers.
fn remarks(it: &Verification) -> Vec<String> {
    let mut lines = vec![format!("steps: {}", it.steps.join(", "))];
    lines.extend(it.findings.iter().map(finding));
    let scans = [("before", &it.before), ("after", &it.after)];
    lines.extend(scans.into_iter().filter_map(|(when, measured)| {
        let found = measured.as_ref()?.vulnerabilities?;
        Some(format!("vulnerabilities {when}: {found}"))
    }));
    lines.extend(declared(&it.declared));
    if let Some(noise) = &it.noise {
        lines.extend(told(noise));
    }
    let more = it.differences.len().saturating_sub(FIRST);
    lines.extend(it.differences.iter().take(FIRST).map(|it| format!("differs: {it}")));
    lines.extend((more > 0).then(|| format!("and {}", count(more, "further difference"))));
    let dropped = it.dropped.iter().map(|(step, why)| format!("dropped {step}: {why}"));
    lines.extend(dropped);
    lines.extend(it.mistakes.iter().map(|it| format!("a bug in jettison, please report it: {it}")));
    lines.extend(it.notes.iter().cloned());
    lines
}

fn finding(it: &Finding) -> String {
    match &it.evidence {
        Evidence::Same(what) => format!("{}: the same, {what}", it.subject),
        Evidence::Differs { before, after } => {
            format!("{}: {before} before, {after} after", it.subject)
        }
        Evidence::Declared { before, after } => {
            format!("{}: {before} before, {after} after, as declared", it.subject)
        }
        Evidence::Unknown(why) => format!("{}: not compared, {why}", it.subject),
    }
}

fn declared(it: &Declarations) -> Vec<String> {
    let mut lines: Vec<String> =
        it.settings.iter().map(|setting| format!("declared: {setting}")).collect();
    let parts = [(it.gone, "gone"), (it.come, "new"), (it.changed, "changed")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(*number, "path")))
        .collect();
    if !parts.is_empty() {
        let freed =
            if it.freed > 0 { format!(", {} less", bytes(it.freed)) } else { String::new() };
        let first = it.paths.first().map(|path| format!(", such as `{path}`"));
        lines.push(format!("declared: {}{freed}{}", parts.join(", "), first.unwrap_or_default()));
    }
    lines
}

/// What differs between two builds of the same.
fn told(noise: &[(String, Label)]) -> Option<String> {
    noise.first()?;
    let mut kinds: BTreeMap<Label, usize> = BTreeMap::new();
    for (_, label) in noise {
        *kinds.entry(*label).or_default() += 1;
    }
    let kinds: Vec<String> =
        kinds.iter().map(|(label, number)| format!("{number} {label}")).collect();
    let kinds = kinds.join(", ");
    let paths = count(noise.len(), "path");
    let odd = noise.iter().find(|(_, label)| *label == Label::Unknown);
    let odd = odd.map(|(difference, _)| format!(": {difference}")).unwrap_or_default();
    Some(format!("noise: two builds of the same differ in {paths} ({kinds}){odd}"))
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Same | Verdict::SameExceptDeclared | Verdict::Differs => verdict.name().to_owned(),
        Verdict::Broken { step: Some(step), why } => format!("broken by {step}: {why}"),
        Verdict::Broken { step: None, why } => format!("broken: {why}"),
        Verdict::WasBroken(why) => format!("was broken before: {why}"),
        Verdict::NotVerified(why) | Verdict::EngineFailed(why) => format!("not verified: {why}"),
    }
}

/// How many of each verdict there are.
fn totals(verified: &[Verification]) -> String {
    if verified.is_empty() {
        return "nothing to verify: no Dockerfile would change".to_owned();
    }
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for it in verified {
        *names.entry(it.verdict.name()).or_default() += 1;
    }
    let parts: Vec<String> =
        names.iter().map(|(name, number)| format!("{number} {name}")).collect();
    format!("{}: {}", count(verified.len(), "build"), parts.join(", "))
}
