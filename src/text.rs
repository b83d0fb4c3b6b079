//! Spans of source text, edits to it, where an offset is for a reader, and how sizes are written for him.

use std::ops::Range;

/// A half-open range of bytes in one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        assert!(start <= end, "a span ends before it starts");
        Self { start, end }
    }

    pub fn of(self, source: &str) -> &str {
        &source[self.start..self.end]
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same span in a text in which this one starts at `offset`.
    pub fn shifted(self, offset: usize) -> Span {
        Span { start: self.start + offset, end: self.end + offset }
    }

    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Puts `text` where `span` was. An empty span inserts; an empty text deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

impl Edit {
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { span: Span::new(at, at), text: text.into() }
    }

    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    pub fn delete(span: Span) -> Self {
        Self { span, text: String::new() }
    }
}

/// Two edits that touch the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap(pub Edit, pub Edit);

/// Applies `edits` to `source` as one change: all of them, or none.
pub fn apply<'e>(
    source: &str,
    edits: impl IntoIterator<Item = &'e Edit>,
) -> Result<String, Overlap> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.span);
    for pair in edits.windows(2) {
        if pair[1].span.start < pair[0].span.end {
            return Err(Overlap(pair[0].clone(), pair[1].clone()));
        }
    }

    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut result = String::with_capacity(source.len() + added);
    let mut at = 0;
    for edit in edits {
        result.push_str(&source[at..edit.span.start]);
        result.push_str(&edit.text);
        at = edit.span.end;
    }
    result.push_str(&source[at..]);
    Ok(result)
}

/// Where a byte offset is, as an editor counts: lines end with LF, both numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    /// In characters, not bytes.
    pub column: usize,
}

/// Finds lines by offset. It costs one pass over the text to make.
#[derive(Debug)]
pub struct LineIndex<'src> {
    source: &'src str,
    starts: Vec<usize>,
}

impl<'src> LineIndex<'src> {
    pub fn new(source: &'src str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', source.as_bytes());
        let mut starts = Vec::with_capacity(source.len() / 32 + 1);
        starts.push(0);
        starts.extend(newlines.map(|at| at + 1));
        Self { source, starts }
    }

    /// The line that holds `offset`, counted from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    pub fn position(&self, offset: usize) -> Position {
        let line = self.line(offset);
        let start = self.starts[line - 1];
        let column = self.source[start..offset].chars().count() + 1;
        Position { line, column }
    }

    /// The bytes of a line, counted from 1, without its line end.
    pub fn line_span(&self, line: usize) -> Span {
        let start = self.starts[line - 1];
        let end = self.starts.get(line).map_or(self.source.len(), |next| next - 1);
        let text = &self.source[start..end];
        Span::new(start, start + text.strip_suffix('\r').unwrap_or(text).len())
    }
}

/// As Docker writes sizes: three digits, units of 1000.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{number} B"),
        _ if value < 9.995 => format!("{value:.2} {}", UNITS[unit]),
        _ if value < 99.95 => format!("{value:.1} {}", UNITS[unit]),
        _ => format!("{value:.0} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_three_digits() {
        let cases = [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (12_345, "12.3 kB")];
        let large = [(999_499, "999 kB"), (999_500, "1.00 MB"), (4_100_000_000, "4.10 GB")];
        for (number, expected) in cases.into_iter().chain(large) {
            assert_eq!(bytes(number), expected);
        }
    }
}
