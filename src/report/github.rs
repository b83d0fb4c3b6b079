//! `--format github`: workflow commands that GitHub shows as annotations in a pull request.

use super::summary::Summary;
use super::text::{count, reasons};
use super::{FileReport, Format, Piece, Problem, Style, Written};
use crate::pipeline::{Outcome, Step};
use crate::text::LineIndex;
use std::fmt::Write;

/// One annotation for each change, error and failed proof.
#[derive(Debug)]
pub struct Github {
    pub style: Style,
}

impl Format for Github {
    fn render(&self, file: &FileReport<'_>) -> Piece {
        let mut text = match &file.result {
            Ok(outcome) => examined(file, outcome),
            Err(problem) => broken(file, problem),
        };
        if let Written::Failed(message) = &file.written {
            text.push_str(&annotation("error", file, None, "jettison", message));
        }
        for message in &file.warnings {
            text.push_str(&annotation("warning", file, None, "jettison", message));
        }
        Piece { full: text.into_bytes(), ..Piece::default() }
    }

    fn add(&mut self, piece: Piece) -> Vec<u8> {
        piece.full
    }

    fn finish(&mut self, summary: &Summary) -> Vec<u8> {
        let mut text = String::new();
        for problem in &summary.stray_problems {
            let message = format!("{}: {}", problem.place, problem.message);
            let _ = writeln!(text, "::error title=jettison::{}", data(&message));
        }
        if !self.style.quiet {
            let examined = count(summary.examined, "file");
            let _ = writeln!(text, "{} of {examined} would change", summary.changed);
        }
        text.into_bytes()
    }
}

fn examined(file: &FileReport<'_>, outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    for step in &outcome.steps {
        text.push_str(&annotations("warning", file, step));
    }
    for step in &outcome.waiting {
        text.push_str(&annotations("notice", file, step));
    }
    for failure in &outcome.failures {
        let title = format!("jettison: bug in {}", failure.transform.id);
        let lines = Some((failure.line, failure.line));
        text.push_str(&annotation("error", file, lines, &title, &failure.message));
    }
    for line in &outcome.unused_suppressions {
        let message = "this `jettison ignore` suppresses nothing";
        text.push_str(&annotation("warning", file, Some((*line, *line)), "jettison", message));
    }
    text
}

/// A step's lines are those of the text before it: where steps before it moved lines, the place in
/// the original is the same or a little below.
fn annotations(level: &str, file: &FileReport<'_>, step: &Step<'_>) -> String {
    let lines = LineIndex::new(&step.before);
    let last = LineIndex::new(&file.source).line(file.source.len());
    let one = |change: &crate::transform::Change| {
        let first = lines.line(change.span.start).min(last);
        let end = lines.line(change.span.end.saturating_sub(1).max(change.span.start)).min(last);
        let title = format!("{}: {}", step.transform.id, step.transform.summary);
        let message = match reasons(change, &lines) {
            reasons if reasons.is_empty() => step.transform.summary.to_string(),
            reasons => reasons.join("\n"),
        };
        annotation(level, file, Some((first, end)), &title, &message)
    };
    step.changes.iter().map(one).collect()
}

fn broken(file: &FileReport<'_>, problem: &Problem) -> String {
    match problem {
        Problem::Unreadable(message) => annotation("error", file, None, "jettison", message),
        Problem::Bug(message) => annotation("error", file, None, "jettison: bug", message),
        Problem::Unparsable(errors) => {
            let lines = LineIndex::new(&file.source);
            let one = |error: &crate::syntax::SyntaxError| {
                let line = lines.line(error.span.start);
                let help = error.help.iter().map(|help| format!("\n{help}"));
                let message = error.message.clone() + &help.collect::<String>();
                annotation("error", file, Some((line, line)), "not a valid Dockerfile", &message)
            };
            errors.iter().map(one).collect()
        }
    }
}

fn annotation(
    level: &str,
    file: &FileReport<'_>,
    lines: Option<(usize, usize)>,
    title: &str,
    message: &str,
) -> String {
    let place = lines.map(|(first, last)| format!(",line={first},endLine={last}"));
    let (name, title) = (property(&file.name), property(title));
    let place = place.unwrap_or_default();
    format!("::{level} file={name}{place},title={title}::{}\n", data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
