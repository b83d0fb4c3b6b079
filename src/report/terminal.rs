//! What a person reads: titled diffs with reasons, and a summary.

use super::diff::{Diff, NO_NEWLINE, Side, header};
use super::summary::{Summary, Total};
use super::text::{
    ADDED, DIM, FILE, HUNK, REMOVED, TITLE, count, is_named, paint, reasons_of_step, visible,
};
use super::{Action, Colour, FileReport, Format, Piece, Style, Written, error};
use crate::pipeline::Step;
use similar::{DiffOp, DiffTag, TextDiff};
use std::collections::BTreeMap;
use std::fmt::Write;

/// With more changed files than this, each gets one line.
const SHOWN_IN_FULL: usize = 10;

/// Bytes that are held back at most until it is known whether there are many files.
const HELD: usize = 1 << 20;

/// Words are not emphasized in replacements of more lines than this, or of longer lines.
const EMPHASIZED_LINES: usize = 100;
const EMPHASIZED_BYTES: usize = 20_000;

/// Declined reasons that a summary names at most, unless all are asked for.
const REASONS: usize = 12;

/// The preview and, after `--fix`, what was done.
#[derive(Debug)]
pub struct Terminal {
    style: Style,
    /// The first files, until it is known whether many change.
    held: Vec<Piece>,
    held_bytes: usize,
    changed: usize,
}

impl Terminal {
    pub fn new(style: Style) -> Self {
        Self { style, held: Vec::new(), held_bytes: 0, changed: 0 }
    }

    fn is_long(&self) -> bool {
        self.changed > SHOWN_IN_FULL || self.held_bytes > HELD
    }

    fn release(&mut self) -> Vec<u8> {
        let long = self.is_long();
        std::mem::take(&mut self.held).into_iter().flat_map(|piece| choose(piece, long)).collect()
    }
}

fn choose(piece: Piece, long: bool) -> Vec<u8> {
    match piece.brief {
        Some(brief) if long && !is_named(piece.origin) => brief,
        _ => piece.full,
    }
}

impl Format for Terminal {
    fn render(&self, file: &FileReport<'_>) -> Piece {
        let mut piece = Piece {
            problems: error::problems(file, self.style.colour),
            origin: Some(file.origin),
            changed: file.change().is_some(),
            ..Piece::default()
        };
        if self.style.quiet || self.style.statistics {
            return piece;
        }
        let brief = brief(file, &self.style);
        // Once there are many files, nobody sees the diffs of those that were only found.
        let shown = !self.is_long() || is_named(Some(file.origin));
        let full = match self.style.action {
            Action::Preview | Action::Check if shown => preview(file, &self.style),
            _ => brief.clone(),
        };
        let left = left(file, &self.style);
        piece.full = format!("{full}{left}").into_bytes();
        piece.brief = Some(format!("{brief}{left}").into_bytes());
        piece
    }

    fn add(&mut self, piece: Piece) -> Vec<u8> {
        self.changed += usize::from(piece.changed);
        self.held_bytes += piece.full.len();
        if !piece.full.is_empty() {
            self.held.push(piece);
        }
        if self.is_long() { self.release() } else { Vec::new() }
    }

    fn finish(&mut self, summary: &Summary) -> Vec<u8> {
        let mut text = self.release();
        if !self.style.quiet {
            let totals = if self.is_long() || self.style.statistics {
                Detail::Totals
            } else {
                Detail::Short
            };
            text.extend(conclusion(summary, &self.style, totals).into_bytes());
        }
        text
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Short,
    Totals,
}

/// The file, and for each step its title, its diff and its reasons.
fn preview(file: &FileReport<'_>, style: &Style) -> String {
    let Ok(outcome) = &file.result else { return String::new() };
    if outcome.steps.is_empty() && outcome.drafts.is_empty() {
        return String::new();
    }
    let mut text = paint(style.colour, FILE, &visible(&file.name));
    text.push('\n');
    for step in &outcome.steps {
        text.push_str(&titled_diff(step, style.colour));
    }
    for step in &outcome.drafts {
        text.push_str(&paint(style.colour, TITLE, "draft, not written without `--verify`:"));
        text.push('\n');
        text.push_str(&titled_diff(step, style.colour));
    }
    text.push('\n');
    text
}

/// `id: summary`, the diff with one line of context, and the reasons.
pub fn titled_diff(step: &Step<'_>, colour: Colour) -> String {
    let title = format!("{}: {}", step.transform.id, step.transform.summary);
    let mut text = format!("{}\n", paint(colour, TITLE, &title));
    let diff = Diff::new(&step.before, &step.after, 1);
    for hunk in &diff.hunks {
        let _ = writeln!(text, "{}", paint(colour, HUNK, &header(hunk)));
        for operation in hunk {
            match (colour, operation.tag()) {
                (Colour::Coloured, DiffTag::Replace) => emphasized(&mut text, &diff, operation),
                _ => plain_lines(&mut text, &diff, operation, colour),
            }
        }
    }
    for reason in reasons_of_step(step) {
        let _ = writeln!(text, "  {}", paint(colour, DIM, &visible(&reason)));
    }
    text
}

fn plain_lines(text: &mut String, diff: &Diff<'_>, operation: &DiffOp, colour: Colour) {
    for (side, line) in diff.lines(operation) {
        let shown = visible(content(line));
        let mark = side.mark();
        let style = match side {
            Side::Removed => REMOVED,
            Side::Added => ADDED,
            Side::Kept => anstyle::Style::new(),
        };
        let _ = match colour {
            Colour::Plain => write!(text, "{mark}{shown}"),
            Colour::Coloured => write!(text, "{style}{mark}{shown}{style:#}"),
        };
        end_line(text, line);
    }
}

/// A replacement with the words that differ underlined.
fn emphasized(text: &mut String, diff: &Diff<'_>, operation: &DiffOp) {
    let before = &diff.before[operation.old_range()];
    let after = &diff.after[operation.new_range()];
    let bytes: usize = before.iter().chain(after).map(|line| line.len()).sum();
    if before.len() + after.len() > EMPHASIZED_LINES || bytes > EMPHASIZED_BYTES {
        return plain_lines(text, diff, operation, Colour::Coloured);
    }
    let inner = TextDiff::from_slices(before, after);
    let whole =
        DiffOp::Replace { old_index: 0, old_len: before.len(), new_index: 0, new_len: after.len() };
    for change in inner.iter_inline_changes_deadline(&whole, None) {
        let (mark, style) = match change.old_index() {
            Some(_) => ('-', REMOVED),
            None => ('+', ADDED),
        };
        let mut line = paint(Colour::Coloured, style, &mark.to_string());
        let mut source = "";
        for (emphasis, part) in change.values() {
            source = part;
            let style = if *emphasis { style.bold().underline() } else { style };
            if !content(part).is_empty() {
                line.push_str(&paint(Colour::Coloured, style, &visible(content(part))));
            }
        }
        text.push_str(&line);
        end_line(text, source);
    }
}

/// A line without its line end, whichever it has.
fn content(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

fn end_line(text: &mut String, source: &str) {
    text.push('\n');
    if !source.ends_with('\n') {
        let _ = writeln!(text, "{NO_NEWLINE}");
    }
}

/// One line: the file, and how many changes each transform makes.
fn brief(file: &FileReport<'_>, style: &Style) -> String {
    let Ok(outcome) = &file.result else { return String::new() };
    if outcome.steps.is_empty() || matches!(file.written, Written::Failed(_)) {
        return String::new();
    }
    let mut changes = Vec::<(&str, usize)>::new();
    for step in &outcome.steps {
        match changes.last_mut() {
            Some((id, number)) if *id == step.transform.id => *number += step.changes.len(),
            _ => changes.push((&step.transform.id, step.changes.len())),
        }
    }
    let changes: Vec<String> =
        changes.iter().map(|(id, number)| format!("{id} ({number})")).collect();
    let verb = if file.written == Written::Yes { "fixed " } else { "" };
    let name = paint(style.colour, FILE, &visible(&file.name));
    format!("{verb}{name}: {}\n", changes.join(", "))
}

/// What was not done and why: everything with `--why-not`, else only that a named file was left
/// alone as a whole.
fn left(file: &FileReport<'_>, style: &Style) -> String {
    let Ok(outcome) = &file.result else { return String::new() };
    let mut text = String::new();
    let name = visible(&file.name);
    if let Some(reason) = &outcome.left_alone
        && (style.why_not || is_named(Some(file.origin)))
    {
        let _ = writeln!(text, "{name}: left alone: {}", visible(reason));
    }
    if style.why_not {
        for each in &outcome.declined {
            let (id, code) = (&each.transform.id, each.declined.code);
            let reason = visible(&each.declined.reason);
            let _ = write!(text, "{name}:{}: {id} declined ({code}): {reason}", each.line);
            match each.stopped_by_line == each.line {
                true => text.push('\n'),
                false => drop(writeln!(text, " (line {})", each.stopped_by_line)),
            }
        }
    }
    text
}

fn conclusion(summary: &Summary, style: &Style, detail: Detail) -> String {
    if summary.examined == 0 {
        return nothing_found(summary);
    }
    let mut text = format!("{}\n", headline(summary, style.action));
    if detail == Detail::Totals {
        text.push_str(&table(&summary.applied));
    }
    waiting(&mut text, summary, style.action);
    drafts(&mut text, summary);
    declined(&mut text, summary, style, detail);
    for (reason, files) in &summary.left_alone {
        let _ = writeln!(text, "left alone: {}: {}", count(*files, "file"), visible(reason));
    }
    if !summary.skipped.is_empty() {
        let _ = writeln!(text, "skipped: {}", skipped(summary));
    }
    match summary.problems() {
        0 => {}
        number => drop(writeln!(text, "{}", count(number, "error"))),
    }
    if summary.stopped {
        let _ = writeln!(text, "stopped by `--max-files`; other files were not examined");
    }
    text
}

fn nothing_found(summary: &Summary) -> String {
    if summary.problems() > 0 {
        return format!("{}\n", count(summary.problems(), "error"));
    }
    let roots: Vec<String> =
        summary.searched.iter().map(|root| format!("`{}`", visible(root))).collect();
    let mut text = match roots.is_empty() {
        true => "no Dockerfiles to examine".to_owned(),
        false => format!("no Dockerfiles in {}", roots.join(", ")),
    };
    if let Some(revision) = &summary.changed_since {
        let _ = write!(text, " changed since `{}`", visible(revision));
    }
    if let Some(shard) = &summary.shard {
        let _ = write!(text, " in part {shard}");
    }
    if !summary.skipped.is_empty() {
        let _ = write!(text, " (skipped: {})", skipped(summary));
    }
    text.push('\n');
    text
}

fn headline(summary: &Summary, action: Action) -> String {
    let of = format!("of {}", count(summary.examined, "file"));
    match action {
        Action::Fix if summary.changed == 0 => format!("nothing to change in {}", &of[3..]),
        Action::Fix => format!("fixed {} {of}", summary.written),
        _ if summary.changed == 0 => format!("nothing to change in {}", &of[3..]),
        _ => {
            let command = &summary.commands.fix;
            let apply = match command.is_empty() {
                true => String::new(),
                false => format!("; apply with: {command}"),
            };
            format!("{} {of} would change{apply}", summary.changed)
        }
    }
}

fn table(totals: &BTreeMap<String, Total>) -> String {
    let width = totals.keys().map(String::len).max().unwrap_or(0);
    let row = |(id, total): (&String, &Total)| {
        let (changes, files) = (count(total.changes, "change"), count(total.files, "file"));
        format!("  {id:width$}  {changes} in {files}\n")
    };
    totals.iter().map(row).collect()
}

fn waiting(text: &mut String, summary: &Summary, action: Action) {
    for (id, waiting) in &summary.waiting {
        let reasons: Vec<&str> = waiting.reasons.iter().map(String::as_str).take(3).collect();
        let worth: Vec<&str> = waiting.worth.iter().map(String::as_str).take(3).collect();
        let (changes, files) =
            (count(waiting.total.changes, "change"), count(waiting.total.files, "file"));
        let _ = writeln!(text, "{id} needs your agreement ({changes} in {files})");
        for (word, sentences) in [("why", reasons), ("gain", worth)] {
            if !sentences.is_empty() {
                let _ = writeln!(text, "  {word}: {}", visible(&sentences.join("; ")));
            }
        }
        if let Some(command) = summary.commands.allow.get(id) {
            let verb = if action == Action::Fix { "apply it" } else { "see it" };
            let _ = writeln!(text, "  {verb}: {command}");
        }
    }
}

fn drafts(text: &mut String, summary: &Summary) {
    for (id, drafts) in &summary.drafts {
        let (changes, files) =
            (count(drafts.total.changes, "draft"), count(drafts.total.files, "file"));
        let _ = writeln!(text, "{id} needs verify ({changes} in {files})");
        let reasons: Vec<&str> = drafts.reasons.iter().map(String::as_str).take(3).collect();
        let _ = writeln!(text, "  why: {}", visible(&reasons.join("; ")));
        let worth: Vec<&str> = drafts.worth.iter().map(String::as_str).take(3).collect();
        if !worth.is_empty() {
            let _ = writeln!(text, "  gain: {}", visible(&worth.join("; ")));
        }
        if !summary.commands.verify.is_empty() {
            let _ = writeln!(text, "  build it: {}", summary.commands.verify);
        }
    }
}

fn declined(text: &mut String, summary: &Summary, style: &Style, detail: Detail) {
    let total: usize = summary.declined.values().sum();
    if total == 0 {
        return;
    }
    let hint = if style.why_not { "" } else { " (shown by `--why-not`)" };
    let _ = writeln!(text, "declined: {}{hint}", count(total, "change"));
    if detail == Detail::Short {
        return;
    }
    let rows = summary.declined_by_frequency();
    let shown = if style.statistics { rows.len() } else { rows.len().min(REASONS) };
    let width = rows.iter().map(|(id, ..)| id.len()).max().unwrap_or(0);
    for (id, code, number) in &rows[..shown] {
        let share = 100.0 * *number as f64 / total as f64;
        let _ = writeln!(text, "  {id:width$}  {number:>6}  {share:>5.1} %  {code}");
    }
    if shown < rows.len() {
        let more = count(rows.len() - shown, "more reason");
        let _ = writeln!(text, "  and {more} (shown by `--statistics`)");
    }
}

fn skipped(summary: &Summary) -> String {
    let parts: Vec<String> =
        summary.skipped.iter().map(|(noun, number)| count(*number, noun)).collect();
    parts.join(", ")
}
