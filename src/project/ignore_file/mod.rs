//! `.dockerignore`, with the meaning that BuildKit gives it. It reads no file and walks no folder.
//!
//! The reference is moby's Go module `github.com/moby/patternmatcher` 0.6.1 with its `ignorefile`, built
//! with Go 1.27 for Linux, and the walk is that of `github.com/tonistiigi/fsutil`. Paths are those of
//! BuildKit: relative to the build context, with `/`, without `.` and `..` components or a slash at
//! either end. Windows reads `\` otherwise and is not modelled.

mod applies;
mod class;
mod clean;
mod expression;
mod glob;
mod index;
mod reach;
mod syntax;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;

use crate::text::{LineIndex, Position, Span};

pub use applies::{Applies, Candidate, Content, Engine, Place, applies, candidates};
pub use reach::{Reach, reach};
pub use walk::{Decision, Visit};

use clean::clean;
use glob::Glob;
use index::Index;

/// An ignore file: its lines, and the patterns in the order in which they decide.
#[derive(Debug, Clone)]
pub struct IgnoreFile {
    pub lines: Vec<Line>,
    pub patterns: Vec<Pattern>,
    index: Index,
    exceptions: Exceptions,
}

/// A line without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub span: Span,
    pub kind: LineKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing but white space, or a pattern of which cleaning leaves nothing, such as `/ /`.
    Blank,
    /// It starts with `#`, in the first column.
    Comment,
    /// An index into [`IgnoreFile::patterns`].
    Pattern(usize),
}

/// One pattern, as patternmatcher keeps it.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Counted from 1.
    pub line: usize,
    /// What is written, with `!` and slashes, without white space around it.
    pub span: Span,
    /// It starts with `!`: what it matches is sent after all.
    pub exception: bool,
    /// Cleaned: without `!`, leading slash, `.` and `..` components.
    pub text: String,
    /// As the engine sends it, cleaned once: `a/<tab>/.` ends with the tab that `text` has not.
    sent: String,
    glob: Glob,
}

/// How far the patterns with `!` keep the walk from skipping excluded folders.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exceptions {
    /// Each of them starts with one of these.
    Below(Vec<String>),
    /// One has special characters: no folder is skipped.
    Anywhere,
}

/// Why BuildKit refuses an ignore file, and with it the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreFileError {
    /// The line without white space around it, or the part of it that is wrong.
    pub span: Span,
    /// Where the span starts.
    pub position: Position,
    /// Lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A pattern that BuildKit accepts when it reads the file, and at which it stops when it has to send it
/// or, with `syntax error in pattern`, to match it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenPattern {
    /// An index into [`IgnoreFile::patterns`].
    pub pattern: usize,
    /// Counted from 1.
    pub line: usize,
    pub reason: &'static str,
}

/// The longest line that Go's `bufio.Scanner` reads, in bytes without the line feed.
const LONGEST_LINE: usize = 64 * 1024 - 1;

impl IgnoreFile {
    /// Reads what `ignorefile.ReadAll` and then `patternmatcher.New` read.
    ///
    /// # Errors
    ///
    /// Where one of the two fails: a line of 64 KiB or more anywhere, else the first `!` without a
    /// pattern or pattern with an error that Go's `filepath.Match` sees.
    pub fn parse(text: &str) -> Result<Self, IgnoreFileError> {
        let spans = line_spans(text);
        let mark = spans.first().map_or(0, |first| first.start);
        for (at, span) in spans.iter().enumerate() {
            // Go counts the byte order mark as part of the first line.
            let length = span.end - span.start + if at == 0 { mark } else { 0 };
            if length > LONGEST_LINE {
                let message =
                    format!("a line of {length} bytes; BuildKit reads at most {LONGEST_LINE}");
                return Err(error(text, *span, message, "shorten the line"));
            }
        }
        let mut lines = Vec::with_capacity(spans.len());
        let mut patterns = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            let kind = read_line(text, at + 1, *span, &mut patterns)?;
            let content = span.of(text);
            let end = span.end - usize::from(content.ends_with('\r'));
            lines.push(Line { span: Span::new(span.start, end), kind });
        }
        let index = Index::new(&patterns);
        let exceptions = exceptions(&patterns);
        Ok(Self { lines, patterns, index, exceptions })
    }

    /// The first pattern with a control character, where it fails the build: the engine asks for the
    /// files with the patterns in a gRPC header, which takes none. Where one of the patterns is not
    /// ASCII, all of them are encoded, and nothing fails.
    pub fn unsendable(&self) -> Option<BrokenPattern> {
        if self.patterns.iter().any(|pattern| !pattern.sent.is_ascii()) {
            return None;
        }
        let at =
            self.patterns.iter().position(|it| it.sent.contains(|it: char| it.is_control()))?;
        let reason = "it holds a control character, maybe a tab before a comment";
        Some(BrokenPattern { pattern: at, line: self.patterns[at].line, reason })
    }
}

/// The lines without their line feeds. The last one is left out where it is empty, and a byte order
/// mark belongs to none.
fn line_spans(text: &str) -> Vec<Span> {
    let mut start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let mut spans = Vec::new();
    while start < text.len() {
        let end =
            memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |it| start + it);
        spans.push(Span::new(start, end));
        start = end + 1;
    }
    spans
}

fn read_line(
    text: &str,
    line: usize,
    span: Span,
    patterns: &mut Vec<Pattern>,
) -> Result<LineKind, IgnoreFileError> {
    let content = span.of(text);
    if content.starts_with('#') {
        return Ok(LineKind::Comment);
    }
    let written = content.trim();
    let start = span.start + content.len() - content.trim_start().len();
    let span = Span::new(start, start + written.len());
    let sent = read_entry(written);
    let read = read_again(&sent);
    if read.is_empty() {
        return Ok(LineKind::Blank);
    }
    let (exception, pattern) = match read.strip_prefix('!') {
        Some("") => {
            let help = "write the path to keep behind the `!`, or remove the line";
            return Err(error(text, span, "`!` without a pattern".to_owned(), help));
        }
        Some(pattern) => (true, pattern),
        None => (false, read.as_str()),
    };
    if let Err(defect) = syntax::check(pattern) {
        // Where cleaning changed the pattern, its places are not those of the text.
        let verbatim = written.find(pattern).map(|at| span.start + at + defect.at);
        let span = verbatim.map_or(span, |at| Span::new(at, at + 1));
        return Err(error(text, span, defect.message.to_owned(), defect.help));
    }
    let (glob, pattern) = (Glob::new(pattern), pattern.to_owned());
    patterns.push(Pattern { line, span, exception, text: pattern, sent, glob });
    Ok(LineKind::Pattern(patterns.len() - 1))
}

/// What `ignorefile.ReadAll` makes of a line without white space around it.
fn read_entry(written: &str) -> String {
    if written.is_empty() {
        return String::new();
    }
    let (mark, pattern) = match written.strip_prefix('!') {
        Some(pattern) => ("!", pattern.trim()),
        None => ("", written),
    };
    let mut pattern = if pattern.is_empty() { String::new() } else { clean(pattern) };
    if pattern.len() > 1 && pattern.starts_with('/') {
        pattern.remove(0);
    }
    [mark, pattern.as_str()].concat()
}

/// What `patternmatcher.New` makes of that. So all is cleaned twice: `/!a` is an exception, `!/` is `!`
/// without a pattern.
fn read_again(sent: &str) -> String {
    let read = sent.trim();
    if read.is_empty() { String::new() } else { clean(read) }
}

fn error(text: &str, span: Span, message: String, help: &str) -> IgnoreFileError {
    let position = LineIndex::new(text).position(span.start);
    IgnoreFileError { span, position, message, help: help.to_owned() }
}

/// What fsutil's `NewFilterFS` finds out of the patterns with `!`.
fn exceptions(patterns: &[Pattern]) -> Exceptions {
    let mut prefixes = Vec::new();
    for pattern in patterns.iter().filter(|pattern| pattern.exception) {
        let text = pattern.text.strip_suffix("/**").unwrap_or(&pattern.text);
        let text = text.strip_suffix("/*").unwrap_or(text);
        if text.contains(['*', '[', ']', '?', '^', '\\']) {
            return Exceptions::Anywhere;
        }
        prefixes.push(format!("{text}/"));
    }
    prefixes.sort_unstable();
    Exceptions::Below(prefixes)
}

impl Pattern {
    /// Why BuildKit stops when it has to match this pattern, if it does.
    pub fn broken(&self) -> Option<&'static str> {
        if let Glob::Broken(reason) = self.glob { Some(reason) } else { None }
    }

    /// Whether this pattern alone matches `path` itself. That of a folder on the way to it counts too
    /// when a list decides.
    pub fn is_match(&self, path: &str) -> bool {
        self.glob.is_match(&self.text, path)
    }
}

impl fmt::Display for IgnoreFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(formatter, "line {line}, column {column}: {}; {}", self.message, self.help)
    }
}

impl fmt::Display for BrokenPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, reason, .. } = self;
        write!(formatter, "line {line}: BuildKit cannot match this pattern, because {reason}")
    }
}

impl std::error::Error for IgnoreFileError {}
impl std::error::Error for BrokenPattern {}
