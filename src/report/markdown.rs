//! `--format markdown`: the body of a pull request.

use super::summary::Summary;
use super::text::{count, reasons_of_step, visible};
use super::{FileReport, Format, Piece, Problem, Style, diff};
use crate::pipeline::Step;
use crate::text::LineIndex;
use std::fmt::Write;

/// What GitHub accepts as the body of a pull request, in characters.
pub const LIMIT: usize = 65_536;

/// Kept free for the line that says how many files are not shown.
const RESERVE: usize = 100;

/// A summary, then each file folded.
#[derive(Debug)]
pub struct Markdown {
    style: Style,
    files: Vec<String>,
    characters: usize,
    /// Files that no longer had room.
    hidden: usize,
}

impl Markdown {
    pub fn new(style: Style) -> Self {
        Self { style, files: Vec::new(), characters: 0, hidden: 0 }
    }
}

impl Format for Markdown {
    fn render(&self, file: &FileReport<'_>) -> Piece {
        Piece { full: section(file).into_bytes(), ..Piece::default() }
    }

    fn add(&mut self, piece: Piece) -> Vec<u8> {
        let text = String::from_utf8_lossy(&piece.full).into_owned();
        if text.is_empty() {
            return Vec::new();
        }
        let characters = text.chars().count();
        if self.hidden > 0 || self.characters + characters + RESERVE > LIMIT {
            self.hidden += 1;
        } else {
            self.characters += characters;
            self.files.push(text);
        }
        Vec::new()
    }

    fn finish(&mut self, summary: &Summary) -> Vec<u8> {
        let head = head(summary, &self.style);
        let mut room = LIMIT.saturating_sub(head.chars().count() + RESERVE);
        let mut body = head;
        let mut shown = 0;
        for file in &self.files {
            let characters = file.chars().count();
            if characters > room {
                break;
            }
            room -= characters;
            shown += 1;
            body.push_str(file);
        }
        match self.files.len() - shown + self.hidden {
            0 => {}
            hidden => drop(writeln!(body, "and {}", count(hidden, "more file"))),
        }
        let end = body.char_indices().nth(LIMIT).map_or(body.len(), |(at, _)| at);
        body.truncate(end);
        body.into_bytes()
    }
}

fn head(summary: &Summary, style: &Style) -> String {
    let verb = if style.action == super::Action::Fix { "changed" } else { "would change" };
    let number = match style.action {
        super::Action::Fix => summary.written,
        _ => summary.changed,
    };
    let examined = count(summary.examined, "Dockerfile");
    let mut text = format!("## jettison: {number} of {examined} {verb}\n\n");
    if !summary.applied.is_empty() {
        text.push_str("| transform | changes | files |\n|---|---:|---:|\n");
        for (id, total) in &summary.applied {
            let _ = writeln!(text, "| `{id}` | {} | {} |", total.changes, total.files);
        }
        text.push('\n');
    }
    for (id, waiting) in &summary.waiting {
        let reasons: Vec<String> = waiting.reasons.iter().take(3).map(|it| inline(it)).collect();
        let files = count(waiting.total.files, "file");
        let _ = write!(text, "- `{id}` needs your agreement in {files}: {}", reasons.join("; "));
        let worth: Vec<String> = waiting.worth.iter().take(3).map(|it| inline(it)).collect();
        if !worth.is_empty() {
            let _ = write!(text, "; gain: {}", worth.join("; "));
        }
        match summary.commands.allow.get(id) {
            Some(command) => drop(writeln!(text, " ({})", code(command))),
            None => text.push('\n'),
        }
    }
    for (id, drafts) in &summary.drafts {
        let files = count(drafts.total.files, "file");
        let verify = code(&summary.commands.verify);
        let _ = writeln!(
            text,
            "- `{id}` has drafts in {files}, of which only a build tells whether they are right ({verify})"
        );
    }
    for problem in &summary.stray_problems {
        let _ = writeln!(text, "- {}: {}", code(&problem.place), inline(&problem.message));
    }
    let declined: usize = summary.declined.values().sum();
    if declined > 0 {
        let _ = writeln!(text, "- {} declined", count(declined, "change"));
    }
    text.push('\n');
    text
}

/// One file, folded; empty if there is nothing to say about it.
fn section(file: &FileReport<'_>) -> String {
    let (title, body) = match &file.result {
        Ok(outcome) if outcome.steps.is_empty() && outcome.failures.is_empty() => {
            return String::new();
        }
        Ok(outcome) => {
            let steps: Vec<&str> = outcome.steps.iter().map(|it| &*it.transform.id).collect();
            let failures = outcome.failures.iter().map(|failure| {
                let (id, line) = (&failure.transform.id, failure.line);
                format!("- bug in `{id}` at line {line}: {}\n", inline(&failure.message))
            });
            let body = outcome.steps.iter().map(folded_step).chain(failures).collect();
            (steps.join(", "), body)
        }
        Err(problem) => ("error".to_owned(), broken(file, problem)),
    };
    let name = escape(&visible(&file.name));
    format!("<details><summary><code>{name}</code>: {title}</summary>\n\n{body}\n</details>\n\n")
}

fn folded_step(step: &Step<'_>) -> String {
    let title = format!("{}: {}", step.transform.id, step.transform.summary);
    let hunks = diff::hunks(&step.before, &step.after, 1);
    let fence = fence(&hunks);
    let mut text = format!("**{}**\n\n{fence}diff\n{}{fence}\n\n", inline(&title), visible(&hunks));
    for reason in reasons_of_step(step) {
        let _ = writeln!(text, "- {}", inline(&reason));
    }
    text
}

fn broken(file: &FileReport<'_>, problem: &Problem) -> String {
    match problem {
        Problem::Unreadable(message) | Problem::Bug(message) => format!("{}\n", inline(message)),
        Problem::Unparsable(errors) => {
            let lines = LineIndex::new(&file.source);
            let one = |error: &crate::syntax::SyntaxError| {
                let line = lines.line(error.span.start);
                format!("- line {line}: {}\n", inline(&error.message))
            };
            errors.iter().take(10).map(one).collect()
        }
    }
}

/// A fence that is longer than any run of backticks in `text`.
fn fence(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Code in a line, whatever it contains.
pub(super) fn code(text: &str) -> String {
    let ticks = fence(text);
    let ticks = if text.contains('`') { ticks.as_str() } else { "`" };
    let blank = if text.contains('`') { " " } else { "" };
    format!("{ticks}{blank}{}{blank}{ticks}", visible(text))
}

/// A sentence of ours: text in backticks is code, the rest cannot become markup.
pub(super) fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(index, part)| match index % 2 {
        0 => escape(&visible(part)),
        _ => visible(part).replace('\n', " "),
    });
    parts.collect::<Vec<_>>().join("`")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::{code, fence};

    #[test]
    fn fences_outgrow_their_content() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ```` b"), "`````");
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "``` a`b ```");
    }
}
