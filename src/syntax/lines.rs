//! Physical lines, and the logical line that an instruction is after its continuations are joined.
//! It knows no instruction.

use super::{Joined, Piece};
use crate::text::Span;
use std::borrow::Cow;
use std::ops::Range;

/// BuildKit reads no line that is longer, its LF not counted.
pub(super) const LONGEST_LINE: usize = 65_535;

/// A physical line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) start: usize,
    /// Before the line end: any CR, then LF.
    pub(super) content_end: usize,
    pub(super) end: usize,
}

impl Line {
    pub(super) fn content(self, source: &str) -> &str {
        &source[self.start..self.content_end]
    }

    pub(super) fn span(self) -> Span {
        Span::new(self.start, self.end)
    }
}

/// The physical lines of a source, up to the first that is too long.
#[derive(Debug)]
pub(super) struct Lines<'src> {
    source: &'src str,
    at: usize,
    pub(super) too_long: Option<Line>,
}

impl<'src> Lines<'src> {
    pub(super) fn new(source: &'src str, at: usize) -> Self {
        Self { source, at, too_long: None }
    }

    pub(super) fn next(&mut self) -> Option<Line> {
        if self.at == self.source.len() || self.too_long.is_some() {
            return None;
        }

        let start = self.at;
        let newline = memchr::memchr(b'\n', &self.source.as_bytes()[start..]);
        let line_end = newline.map_or(self.source.len(), |at| start + at);
        let end = newline.map_or(line_end, |_| line_end + 1);
        let bytes = &self.source.as_bytes()[start..line_end];
        let length = bytes.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
        let line = Line { start, content_end: start + length, end };
        if line_end - start > LONGEST_LINE {
            self.too_long = Some(line);
            return None;
        }
        self.at = end;
        Some(line)
    }
}

/// A logical line: the text of one instruction without heredoc bodies.
#[derive(Debug)]
pub(super) struct Logical<'src> {
    pub(super) source: &'src str,
    pub(super) joined: Joined<'src>,
    pub(super) comments: Vec<Span>,
    /// The first physical line's start.
    pub(super) start: usize,
    /// The last physical line's end, without and with its line end.
    pub(super) content_end: usize,
    pub(super) end: usize,
}

impl<'src> Logical<'src> {
    /// Joins `first` with the lines that it continues on.
    pub(super) fn read(lines: &mut Lines<'src>, first: Line, escape: char) -> Self {
        let source = lines.source;
        let content = first.content(source);
        let indent = content.len() - content.trim_start().len();
        let mut pieces = Pieces::new(source, first.start + indent);
        let mut comments = Vec::new();
        let mut last = first;

        let mut continued = pieces.push(first.start + indent, first.content_end, escape);
        while continued {
            let Some(line) = lines.next() else { break };
            last = line;
            let content = line.content(source);
            let trimmed = content.trim_start();
            if trimmed.starts_with('#') {
                comments.push(Span::new(line.content_end - trimmed.len(), line.content_end));
            } else if !trimmed.is_empty() {
                continued = pieces.push(line.start, line.content_end, escape);
            }
        }

        Self {
            source,
            joined: pieces.join(),
            comments,
            start: first.start,
            content_end: last.content_end,
            end: last.end,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.joined.text
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        self.joined.source_span(Span::new(range.start, range.end))
    }

    pub(super) fn cow(&self, range: Range<usize>) -> Cow<'src, str> {
        match &self.joined.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => {
                let span = self.span(range.clone());
                // Only inside one piece are both equally long.
                match span.end - span.start == range.len() {
                    true => Cow::Borrowed(span.of(self.source)),
                    false => Cow::Owned(text[range].to_owned()),
                }
            }
        }
    }

    pub(super) fn piece(&self, range: Range<usize>) -> Piece<'src> {
        Piece { span: self.span(range.clone()), text: self.cow(range) }
    }

    pub(super) fn joined(&self, range: Range<usize>) -> Joined<'src> {
        self.joined.slice(self.source, range)
    }
}

impl<'src> Joined<'src> {
    /// A part of this text, with its own way back to `source`.
    pub(super) fn slice(&self, source: &'src str, range: Range<usize>) -> Joined<'src> {
        let span = self.source_span(Span::new(range.start, range.end));
        if span.end - span.start == range.len() {
            return Joined { text: Cow::Borrowed(span.of(source)), pieces: Vec::new(), span };
        }

        let first = self.pieces.partition_point(|(start, _)| *start <= range.start);
        let last = self.pieces.partition_point(|(start, _)| *start < range.end);
        let mut pieces = vec![(0, span.start)];
        pieces.extend(self.pieces[first..last].iter().map(|(at, to)| (at - range.start, *to)));
        Joined { text: Cow::Owned(self.text[range].to_owned()), pieces, span }
    }
}

/// Collects parts of a source into one text.
#[derive(Debug)]
pub(super) struct Pieces<'src> {
    source: &'src str,
    /// What was taken, as long as that is one part of the source.
    first: Span,
    /// All of it, once it is not.
    text: String,
    pieces: Vec<(usize, usize)>,
}

impl<'src> Pieces<'src> {
    /// `start` is where the text is, if it stays empty.
    pub(super) fn new(source: &'src str, start: usize) -> Self {
        let first = Span::new(start, start);
        Self { source, first, text: String::new(), pieces: Vec::new() }
    }

    /// Takes a line without its continuation. Returns whether there was one.
    fn push(&mut self, start: usize, end: usize, escape: char) -> bool {
        match continuation(&self.source[start..end], escape) {
            Some(at) => {
                self.add(start..start + at);
                true
            }
            None => {
                self.add(start..end);
                false
            }
        }
    }

    /// Takes a part of the source as it is.
    pub(super) fn add(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        if self.pieces.is_empty() {
            if self.first.is_empty() {
                self.first = Span::new(range.start, range.end);
                return;
            }
            if self.first.end == range.start {
                self.first.end = range.end;
                return;
            }
            self.text = String::with_capacity(4 * (self.first.range().len() + range.len()));
            self.text.push_str(self.first.of(self.source));
            self.pieces.reserve(8);
            self.pieces.push((0, self.first.start));
        }
        if self.end() != range.start {
            self.pieces.push((self.text.len(), range.start));
        }
        self.text.push_str(&self.source[range]);
    }

    /// Where in the source the last part ends.
    fn end(&self) -> usize {
        self.pieces.last().map_or(self.first.end, |(at, to)| to + (self.text.len() - at))
    }

    pub(super) fn join(self) -> Joined<'src> {
        let span = Span::new(self.first.start, self.end());
        let text = match self.pieces.is_empty() {
            true => Cow::Borrowed(self.first.of(self.source)),
            false => Cow::Owned(self.text),
        };
        Joined { text, pieces: self.pieces, span }
    }
}

/// Where the escape character is that continues this line.
fn continuation(line: &str, escape: char) -> Option<usize> {
    // Both escape characters are ASCII: a byte is a character here.
    let escape = u8::try_from(escape).ok()?;
    let bytes = line.as_bytes();
    let last = bytes.iter().rposition(|byte| !matches!(byte, b' ' | b'\t'))?;
    let doubled = last > 0 && bytes[last - 1] == escape;
    (bytes[last] == escape && !doubled).then_some(last)
}
