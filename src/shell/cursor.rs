//! The place in the text up to which a script has been read, and what is blank there.

use super::heredoc::Heredocs;
use super::{Dialect, Part, Word};
use crate::text::Span;

/// Nesting beyond this is not read: nobody writes it, and recursion must end.
const DEPTH: usize = 48;

pub(super) struct Cursor<'text> {
    pub(super) text: &'text str,
    pub(super) at: usize,
    /// The end of the script, or of the backticks or here-document that is being read.
    pub(super) end: usize,
    pub(super) dialect: Dialect,
    pub(super) comments: Vec<Span>,
    pub(super) heredocs: Heredocs,
    /// Room for the words of a command while they are read.
    pub(super) spare: Vec<Word>,
    depth: usize,
}

impl<'text> Cursor<'text> {
    pub(super) fn new(text: &'text str, dialect: Dialect) -> Self {
        Self {
            text,
            at: 0,
            end: text.len(),
            dialect,
            comments: Vec::new(),
            heredocs: Heredocs::default(),
            spare: Vec::new(),
            depth: 0,
        }
    }

    /// The byte `ahead` of the current one, if it belongs to what is being read.
    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.end { Some(self.text.as_bytes()[at]) } else { None }
    }

    pub(super) fn looking_at(&self, text: &str) -> bool {
        self.text.as_bytes()[self.at..self.end].starts_with(text.as_bytes())
    }

    /// Steps over `text`, which has to be next.
    pub(super) fn expect(&mut self, text: &str) -> Option<()> {
        self.looking_at(text).then(|| self.at += text.len())
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'text str {
        &self.text[start..self.at]
    }

    pub(super) fn span(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// Bash, and nothing else.
    pub(super) fn bash(&self) -> Option<()> {
        (self.dialect == Dialect::Bash).then_some(())
    }

    /// What bash and BusyBox have, and dash has not.
    pub(super) fn bash_or_ash(&self) -> Option<()> {
        matches!(self.dialect, Dialect::Bash | Dialect::Ash).then_some(())
    }

    /// Reads something nested, unless it is too deep.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == DEPTH {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads `span` of the text as if nothing stood around it.
    pub(super) fn within<T>(
        &mut self,
        span: Span,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let outside = (self.at, self.end);
        (self.at, self.end) = (span.start, span.end);
        let result = self.nested(read);
        (self.at, self.end) = outside;
        result
    }

    /// Steps over blanks, escaped line ends and a comment.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.byte(0) {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.byte(1) == Some(b'\n') => self.at += 2,
                Some(b'#') => {
                    let rest = &self.text[self.at..self.end];
                    let start = self.at;
                    self.at += rest.find('\n').unwrap_or(rest.len());
                    self.comments.push(self.span(start));
                }
                _ => return,
            }
        }
    }

    /// Steps over blanks, comments and line ends, with the here-documents that follow them.
    pub(super) fn skip_lines(&mut self) -> Option<()> {
        self.skip_blanks();
        while self.byte(0) == Some(b'\n') {
            self.end_line()?;
            self.skip_blanks();
        }
        Some(())
    }

    /// The bytes up to the next one that ends a word, quoted or not.
    pub(super) fn raw_token(&self) -> &'text str {
        let rest = &self.text[self.at..self.end];
        &rest[..rest.bytes().position(ends_word).unwrap_or(rest.len())]
    }

    /// Where the name that starts `ahead` of here ends, if there is one.
    pub(super) fn name_end(&self, ahead: usize) -> Option<usize> {
        let start = self.at + ahead;
        self.byte(ahead).filter(|byte| byte.is_ascii_alphabetic() || *byte == b'_')?;
        let rest = &self.text.as_bytes()[start..self.end];
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        Some(start + rest.iter().position(|byte| !is_name(byte)).unwrap_or(rest.len()))
    }
}

/// Whether an unquoted `byte` ends a word.
pub(super) fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')')
}

/// Where a part is.
pub(super) fn part_span(part: &Part) -> Span {
    match part {
        Part::Parameter { span, .. }
        | Part::Substitution { span, .. }
        | Part::Arithmetic { span, .. }
        | Part::Pattern(span)
        | Part::Brace(span)
        | Part::Tilde(span) => *span,
    }
}
