//! Words and colours that several formats share.

use super::{Colour, Origin};
use crate::pipeline::Step;
use crate::text::LineIndex;
use crate::transform::{Change, Safety};
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::fmt::Write;

pub(super) const FILE: Style = Style::new().bold();
pub(super) const TITLE: Style = AnsiColor::Cyan.on_default().bold();
pub(super) const HUNK: Style = AnsiColor::Cyan.on_default();
pub(super) const REMOVED: Style = AnsiColor::Red.on_default();
pub(super) const ADDED: Style = AnsiColor::Green.on_default();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// `text` in `style`, or as it is.
pub fn paint(colour: Colour, style: Style, text: &str) -> String {
    match colour {
        Colour::Plain => text.to_owned(),
        Colour::Coloured => format!("{style}{text}{style:#}"),
    }
}

/// `text` with everything that could move a cursor, hide or reorder text shown as an escape.
/// TAB and LF stay, and so does a CR before LF.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_line = character == '\r' && characters.peek() == Some(&'\n');
        if is_hidden(character) && !ends_line {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn is_hidden(character: char) -> bool {
    let reorders = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    reorders || (character.is_control() && !matches!(character, '\t' | '\n'))
}

/// `1 file`, `2 files`: `noun` is the singular.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Why and at what price of a step, and what it is worth. What several changes say is said once.
pub fn reasons_of_step(step: &Step<'_>) -> Vec<String> {
    let before = LineIndex::new(&step.before);
    let mut told = step.worth.clone();
    for reason in step.changes.iter().flat_map(|change| reasons(change, &before)) {
        // Few are told twice, and of a Dockerfile none, for each names its line.
        if step.worth.is_empty() || !told.contains(&reason) {
            told.push(reason);
        }
    }
    told
}

/// Why and at what price, one line each: `line 7: …`. What is only inserted has no line.
pub fn reasons(change: &Change, before: &LineIndex<'_>) -> Vec<String> {
    let line = before.line(change.span.start);
    let told = sentences(change).into_iter();
    told.map(|sentence| match change.span.is_empty() {
        true => sentence,
        false => format!("line {line}: {sentence}"),
    })
    .collect()
}

fn sentences(change: &Change) -> Vec<String> {
    let agreement = match &change.safety {
        Safety::Safe => None,
        Safety::Unsafe(reason) | Safety::Structural(reason) => {
            Some(format!("needs your agreement: {reason}"))
        }
        Safety::Draft(reason) => Some(format!("needs verify: {reason}")),
    };
    agreement.into_iter().chain(change.delta.describe()).chain(change.notes.clone()).collect()
}

/// Where the user has to look: named files are shown in full, found ones only in short runs.
pub fn is_named(origin: Option<Origin>) -> bool {
    origin == Some(Origin::Named)
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_could_deceive_a_reader_is_escaped() {
        assert_eq!(visible("a\tb\r\nc"), "a\tb\r\nc");
        assert_eq!(visible("\u{1b}[2J\0\r\u{202e}x"), "\\u{1b}[2J\\u{0}\\u{d}\\u{202e}x");
    }
}
