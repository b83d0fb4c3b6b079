//! Problems with a file, shown with its line and a caret.

use super::text::{ERROR, WARNING, paint, visible};
use super::{Colour, FileReport, Problem, Written};
use crate::syntax::SyntaxError;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt::Write;

/// The line around an error is shown up to this many bytes on each side.
const SHOWN: usize = 200;

/// Errors of one file that are shown in full.
const ERRORS: usize = 10;

/// Everything that a person must be told about a file: errors, failed proofs, warnings. Empty if
/// there is nothing.
pub fn problems(file: &FileReport<'_>, colour: Colour) -> String {
    let mut told = String::new();
    match &file.result {
        Err(Problem::Unreadable(message)) => error(&mut told, colour, &file.name, message),
        Err(Problem::Bug(message)) => error(&mut told, colour, &file.name, &bug(message)),
        Err(Problem::Unparsable(errors)) => {
            for each in errors.iter().take(ERRORS) {
                told.push_str(&syntax_error(&file.name, &file.source, each, colour));
            }
            if errors.len() > ERRORS {
                let more = format!("{} more errors", errors.len() - ERRORS);
                error(&mut told, colour, &file.name, &more);
            }
        }
        Ok(outcome) => {
            for failure in &outcome.failures {
                let at = format!("{}:{}", file.name, failure.line);
                let id = &failure.transform.id;
                let message = format!("{id}: a change was dropped: {}", failure.message);
                error(&mut told, colour, &at, &bug(&message));
            }
            for line in &outcome.unused_suppressions {
                let at = format!("{}:{line}", file.name);
                warning(&mut told, colour, &at, "this `jettison ignore` suppresses nothing");
            }
        }
    }
    if let Written::Failed(message) = &file.written {
        error(&mut told, colour, &file.name, message);
    }
    for message in &file.warnings {
        warning(&mut told, colour, &file.name, message);
    }
    told
}

fn bug(message: &str) -> String {
    format!("{message}; this is a bug in jettison, please report it with this file")
}

/// Appends `error: place: message`.
pub fn error(told: &mut String, colour: Colour, place: &str, message: &str) {
    let word = paint(colour, ERROR, "error:");
    let _ = writeln!(told, "{word} {}: {}", visible(place), visible(message));
}

/// Appends `warning: place: message`.
pub fn warning(told: &mut String, colour: Colour, place: &str, message: &str) {
    let word = paint(colour, WARNING, "warning:");
    let _ = writeln!(told, "{word} {}: {}", visible(place), visible(message));
}

/// An error in a text, with the line and a caret. A text of one enormous line is cut around it.
pub fn syntax_error(name: &str, source: &str, error: &SyntaxError, colour: Colour) -> String {
    let start = floor(source, error.span.start);
    let end = floor(source, error.span.end).max(start);
    let line = source[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let shown_start = floor(source, line_start.max(start.saturating_sub(SHOWN)));
    let shown_end = floor(source, line_end.min(start + SHOWN));

    let shown = &source[shown_start..shown_end];
    let caret = (start - shown_start)..(end.min(shown_end).max(start) - shown_start);
    let name = visible(name);
    let snippet = Snippet::source(shown)
        .line_start(line)
        .path(name.as_ref())
        .annotation(AnnotationKind::Primary.span(caret));
    let mut report = Level::ERROR.primary_title(error.message.as_str()).element(snippet);
    if let Some(help) = &error.help {
        report = report.element(Level::HELP.message(help.as_str()));
    }
    let renderer = match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Coloured => Renderer::styled(),
    };
    format!("{}\n", renderer.decor_style(DecorStyle::Ascii).render(&[report]))
}

fn floor(source: &str, at: usize) -> usize {
    source.floor_char_boundary(at)
}
