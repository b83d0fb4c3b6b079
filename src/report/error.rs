//! Problems with a file, shown with its line and a caret.

use super::summary::StrayProblem;
use super::text::{ERROR, WARNING, paint, visible};
use super::{Colour, FileReport, Problem, Written};
use crate::text::{LineIndex, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::fmt::Write;

/// The line around an error is shown up to this many bytes on each side.
const SHOWN: usize = 200;

/// Errors of one file that are shown in full.
const ERRORS: usize = 10;

/// Why the file `name` could not be examined.
pub fn problem(told: &mut String, colour: Colour, name: &str, source: &str, problem: &Problem) {
    match problem {
        Problem::Unreadable(message) => error(told, colour, name, message),
        Problem::Bug(message) => error(told, colour, name, &bug(message)),
        Problem::Unparsable(errors) => {
            for each in errors.iter().take(ERRORS) {
                let shown = Message { text: &each.message, help: each.help.as_deref() };
                told.push_str(&snippet(name, source, each.span, shown, colour));
            }
            if errors.len() > ERRORS {
                let more = format!("{} more errors", errors.len() - ERRORS);
                error(told, colour, name, &more);
            }
        }
    }
}

/// A problem that is about no Dockerfile.
pub fn stray(problem: &StrayProblem, colour: Colour) -> String {
    let mut told = problem.shown.clone().unwrap_or_default();
    if problem.shown.is_none() {
        error(&mut told, colour, &problem.place, &problem.message);
    }
    told
}

/// Everything that a person must be told about a file: errors, failed proofs, warnings. Empty if
/// there is nothing.
pub fn problems(file: &FileReport<'_>, colour: Colour) -> String {
    let mut told = String::new();
    match &file.result {
        Err(it) => problem(&mut told, colour, &file.name, &file.source, it),
        Ok(outcome) => {
            for failure in &outcome.failures {
                let at = format!("{}:{}", file.name, failure.line);
                let (id, why) = (&failure.transform.id, &failure.message);
                let message = match failure.transform.is_codemod() {
                    true => format!("{id}: a change of this codemod was dropped: {why}"),
                    false => bug(&format!("{id}: a change was dropped: {why}")),
                };
                error(&mut told, colour, &at, &message);
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

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'m> {
    pub text: &'m str,
    pub help: Option<&'m str>,
}

/// An error at `span` of a text, with the line and a caret. An enormous line is cut around it.
pub fn snippet(
    name: &str,
    source: &str,
    span: Span,
    message: Message<'_>,
    colour: Colour,
) -> String {
    let start = floor(source, span.start);
    let end = floor(source, span.end).max(start);
    let position = LineIndex::new(source).position(start);
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let shown_start = floor(source, line_start.max(start.saturating_sub(SHOWN)));
    let shown_end = floor(source, line_end.min(start + SHOWN));

    let shown = &source[shown_start..shown_end];
    let caret = (start - shown_start)..(end.min(shown_end).max(start) - shown_start);
    let name = visible(name);
    let snippet = Snippet::source(shown)
        .line_start(position.line)
        .annotation(AnnotationKind::Primary.span(caret));
    let title = Level::ERROR.primary_title(message.text);
    // The renderer counts columns in what it is shown.
    let title = match shown_start == line_start {
        true => title.element(snippet.path(name.as_ref())),
        false => {
            let origin = Origin::path(name.as_ref()).line(position.line);
            title.element(origin.char_column(position.column)).element(snippet)
        }
    };
    let report = match message.help {
        Some(help) => title.element(Level::HELP.message(help)),
        None => title,
    };
    let renderer = match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Coloured => Renderer::styled(),
    };
    format!("{}\n", renderer.decor_style(DecorStyle::Ascii).render(&[report]))
}

/// The nearest boundary of a character at or before `at`.
pub fn floor(source: &str, at: usize) -> usize {
    let at = at.min(source.len());
    (0..=at).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0)
}
