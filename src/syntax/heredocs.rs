//! Here-documents of `RUN`, `COPY` and `ADD`: their openers in a line, and their bodies after it.
//! It does not know which instruction they belong to.

use super::expand::{ExpandError, Quotes, heredoc_words, raw_words};
use super::lines::{Lines, Logical};
use super::{ErrorKind, Heredoc, SyntaxError};
use crate::text::Span;
use std::borrow::Cow;

/// An opener by itself: `3<<-"EOF"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opener {
    file_descriptor: u32,
    strip_tabs: bool,
    delimiter: String,
    expand: bool,
    /// How long it is without what follows the delimiter.
    length: usize,
}

/// Reads a whole word as an opener. `Ok(None)` if it is none.
pub(super) fn opener(word: &str) -> Result<Option<Opener>, ExpandError> {
    let digits = word.len() - word.trim_start_matches(|next: char| next.is_ascii_digit()).len();
    let Some(rest) = word[digits..].strip_prefix("<<") else { return Ok(None) };
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }

    let words = heredoc_words(rest, Quotes::Removed)?;
    let [plain] = words.as_slice() else { return Ok(None) };
    let raw = heredoc_words(rest, Quotes::Kept)?;
    let [raw] = raw.as_slice() else {
        return Err(ExpandError::Invalid(format!("heredoc delimiter `{rest}` is ambiguous")));
    };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Ok(Some(Opener {
        file_descriptor: word[..digits].parse().unwrap_or(0),
        strip_tabs,
        expand: quotes(&plain.text) == quotes(&raw.text),
        length: word.len() - rest.len() + plain.span.end,
        delimiter: plain.text.clone(),
    }))
}

/// Reads the heredocs that `logical` opens.
pub(super) fn read<'src>(
    lines: &mut Lines<'src>,
    logical: &Logical<'src>,
) -> Result<Vec<Heredoc<'src>>, SyntaxError> {
    let mut heredocs = Vec::new();
    let text = logical.text().as_bytes();
    if !memchr::memchr_iter(b'<', text).any(|at| text.get(at + 1) == Some(&b'<')) {
        return Ok(heredocs);
    }
    // A line that cannot be split, by an open quote for one, has no heredocs.
    let words = raw_words(logical.text()).unwrap_or_default();
    for word in words {
        let found =
            opener(&word.text).map_err(|error| bad_delimiter(logical, word.span, &error))?;
        let Some(opener) = found else { continue };
        let end = word.span.end.min(word.span.start + opener.length);
        let span = match logical.text().is_char_boundary(end) {
            true => logical.span(word.span.start..end),
            false => logical.span(word.span.range()),
        };
        heredocs.push(body(lines, logical.source, opener, span)?);
    }
    Ok(heredocs)
}

fn bad_delimiter(logical: &Logical, word: Span, error: &ExpandError) -> SyntaxError {
    let reason = match error {
        ExpandError::Invalid(reason) | ExpandError::Unknown(reason) => reason,
    };
    SyntaxError {
        kind: ErrorKind::Structure,
        span: logical.span(word.range()),
        message: format!("heredoc delimiter cannot be read: {reason}"),
        help: None,
    }
}

fn body<'src>(
    lines: &mut Lines<'src>,
    source: &'src str,
    opener: Opener,
    span: Span,
) -> Result<Heredoc<'src>, SyntaxError> {
    let mut extent: Option<Span> = None;
    while let Some(line) = lines.next() {
        let start = extent.map_or(line.start, |extent| extent.start);
        let content = line.content(source);
        let name = if opener.strip_tabs { content.trim_start_matches('\t') } else { content };
        if name != opener.delimiter {
            extent = Some(Span::new(start, line.end));
            continue;
        }
        let at = line.content_end - name.len();
        return Ok(Heredoc {
            opener: span,
            file_descriptor: opener.file_descriptor,
            delimiter: Cow::Borrowed(&source[at..line.content_end]),
            expand: opener.expand,
            strip_tabs: opener.strip_tabs,
            body: Span::new(start, line.start),
            terminator: Span::new(line.start, line.content_end),
        });
    }
    Err(SyntaxError {
        kind: ErrorKind::Structure,
        span,
        message: format!("heredoc `{}` is not terminated", opener.delimiter),
        help: Some(format!("end it with a line that says `{}` alone", opener.delimiter)),
    })
}
