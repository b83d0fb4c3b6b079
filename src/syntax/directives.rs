//! Parser directives: `# escape=`, `# syntax=`, `# check=`. It does not know what their values mean.

use super::lines::{Line, Lines};
use super::{Directive, json};
use crate::text::Span;
use std::borrow::Cow;

const NAMES: [&str; 3] = ["syntax", "escape", "check"];

/// Reads a line as a directive, after `#` or `//`. `None` ends the directives.
pub(super) fn read<'src>(source: &'src str, line: Line, comment: &str) -> Option<Directive<'src>> {
    let content = line.content(source).trim_start();
    let rest = content.strip_prefix(comment)?.trim_start();
    let name_end = rest.find(|character: char| !character.is_ascii_alphanumeric())?;
    let name = &rest[..name_end];
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }

    let value = value(rest[name_end..].trim_start_matches(is_blank).strip_prefix('=')?)?;
    let name = lower(name);
    if !NAMES.contains(&name.as_ref()) {
        return None;
    }
    let start = line.content_end - content.len();
    let end = line.content_end - (rest.len() - rest.trim_end_matches(is_blank).len());
    Some(Directive { span: Span::new(start, end), name, value })
}

/// What stands after the `=`. Of blanks alone the last one is the value.
fn value(text: &str) -> Option<&str> {
    let trimmed = text.trim_matches(is_blank);
    match trimmed.is_empty() {
        true => text.char_indices().next_back().map(|(at, _)| &text[at..]),
        false => Some(trimmed),
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

fn lower(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// The frontend that a file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontend<'src> {
    /// Its image, up to the first blank of the directive's value.
    pub image: Cow<'src, str>,
    /// The directive; for the JSON form the whole text.
    pub span: Span,
}

/// Finds the frontend as BuildKit does, before it knows the language of the file: in a `# syntax=`
/// directive, in `// syntax=`, or as `"syntax"` of a JSON object. A leading `#!` line does not count.
pub fn frontend(source: &str) -> Option<Frontend<'_>> {
    let mark = source.len() - source.trim_start_matches('\u{feff}').len();
    let start = mark.min('\u{feff}'.len_utf8());
    let start = match source[start..].starts_with("#!") {
        true => source[start..].find('\n').map_or(source.len(), |at| start + at + 1),
        false => start,
    };

    for comment in ["#", "//"] {
        if let Some(directive) = find(source, start, comment) {
            let image = directive.value.split(' ').next().unwrap_or(directive.value);
            return Some(Frontend { image: Cow::Borrowed(image), span: directive.span });
        }
    }
    let image = json::member(&source[start..], "syntax")?;
    Some(Frontend { image: Cow::Owned(image), span: Span::new(start, source.len()) })
}

fn find<'src>(source: &'src str, start: usize, comment: &str) -> Option<Directive<'src>> {
    let mut lines = Lines::new(source, start);
    let mut seen: Vec<Cow<'_, str>> = Vec::new();
    while let Some(line) = lines.next() {
        // Here, unlike in the parser proper, a directive may not be indented.
        if !line.content(source).starts_with(comment) {
            return None;
        }
        let directive = read(source, line, comment)?;
        if seen.contains(&directive.name) {
            return None;
        }
        if directive.name == "syntax" {
            return Some(directive);
        }
        seen.push(directive.name);
    }
    None
}
