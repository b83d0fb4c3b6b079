//! Words: quotes, escapes, and what of them stays when the shell has removed the quotes.

use super::cursor::{Cursor, ends_word, part_span};
use super::parser::is_reserved;
use super::{Dialect, Part, Word};
use crate::text::Span;
use smol_str::SmolStr;

/// What unquoted text means where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// File names and braces expand.
    Argument,
    /// They do not: the value of an assignment, the subject of `case`.
    Value,
    /// The pattern of `case`.
    Pattern,
    /// Up to `}`: the word of `${name:-word}`.
    Operand { quoted: bool },
    /// After `=~`: parentheses and `|` belong to the word.
    Regex,
}

/// A word while it is read.
#[derive(Default)]
pub(super) struct Builder {
    text: String,
    pub(super) parts: Vec<Part>,
    /// The first unquoted `{`, and whether `,` or `..` came after it.
    brace: Option<(usize, bool)>,
    /// The first unquoted `[`.
    bracket: Option<usize>,
    /// Unquoted parentheses that are open in a regular expression.
    open: usize,
}

impl Builder {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn finish(mut self, span: Span) -> Word {
        let literal = self.parts.is_empty().then(|| SmolStr::from(self.text));
        self.parts.sort_by_key(|part| part_span(part).start);
        Word { span, literal, parts: self.parts }
    }
}

impl Cursor<'_> {
    /// Reads the word that starts here. `None` also where none does.
    pub(super) fn word(&mut self, kind: Text) -> Option<Word> {
        if let Some(word) = self.plain_word() {
            return Some(word);
        }
        let start = self.at;
        let word = self.possibly_empty(kind)?;
        let redirected = matches!(self.byte(0), Some(b'<' | b'>')) || self.looking_at("&>");
        let raw = self.since(start);
        let digits = raw.bytes().all(|byte| byte.is_ascii_digit());
        if redirected && (digits || raw.starts_with('{') && raw.ends_with('}')) {
            // Right before a redirect these name its file descriptor, `{name}` in bash.
            return None;
        }
        (self.at > start).then_some(word)
    }

    /// Most words have nothing special in them, and nothing special after them.
    fn plain_word(&mut self) -> Option<Word> {
        let rest = &self.text[self.at..self.end];
        let length = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
        let next = rest.as_bytes().get(length);
        if length == 0 || !next.is_none_or(|next| b" \t\n;|)".contains(next)) {
            return None;
        }
        let start = self.at;
        self.at += length;
        let literal = Some(rest[..length].into());
        Some(Word { span: self.span(start), literal, parts: Vec::new() })
    }

    pub(super) fn possibly_empty(&mut self, kind: Text) -> Option<Word> {
        let start = self.at;
        let mut builder = Builder::default();
        while let Some(byte) = self.byte(0) {
            match byte {
                b'}' if matches!(kind, Text::Operand { .. }) => break,
                // In `${name:-…}` shells differ on what it is.
                b'<' | b'>' if self.byte(1) == Some(b'(') && is_operand(kind) => return None,
                b'<' | b'>' if self.byte(1) == Some(b'(') => {
                    self.process_substitution(&mut builder)?;
                }
                b'(' | b')' | b'|' if kind == Text::Regex => {
                    match byte {
                        b'(' => builder.open += 1,
                        b')' if builder.open == 0 => break,
                        b')' => builder.open -= 1,
                        _ => {}
                    }
                    self.take(&mut builder, 1);
                }
                _ if ends_word(byte) && !is_operand(kind) => break,
                _ => self.piece(kind, start, &mut builder)?,
            }
        }
        if builder.open > 0 {
            return None;
        }

        if let Some(bracket) = builder.bracket
            && self.text[bracket..self.at].contains(']')
        {
            builder.parts.push(Part::Pattern(Span::new(bracket, bracket + 1)));
        }
        if self.since(start).contains('\n') {
            self.check_lines(start, &builder)?;
        }
        Some(builder.finish(self.span(start)))
    }

    /// A word over several lines must not be one that shells see only after joining them.
    fn check_lines(&self, start: usize, builder: &Builder) -> Option<()> {
        if !self.heredocs.pending.is_empty() {
            return None;
        }
        let raw = self.since(start);
        let before_operator = matches!(self.byte(0), Some(b'<' | b'>' | b'('));
        let special =
            before_operator || is_reserved(&builder.text) || builder.text.contains(['=', '{']);
        if raw.contains("\\\n") && special { None } else { Some(()) }
    }

    fn piece(&mut self, kind: Text, start: usize, builder: &mut Builder) -> Option<()> {
        let Some(byte) = self.byte(0) else { return Some(()) };
        let quoted = kind == Text::Operand { quoted: true };
        match byte {
            b'\'' if quoted => self.quote_in_quotes(builder)?,
            b'\'' => self.single_quoted(builder)?,
            b'"' if quoted => self.quotes_in_quotes(builder)?,
            b'"' => self.double_quoted(builder)?,
            b'\\' if quoted => self.escape_in_quotes(builder, b"$`\"\\}")?,
            b'\\' => self.escape(builder)?,
            b'$' => self.dollar(quoted, builder)?,
            b'`' => self.backticks(builder)?,
            b'~' if !quoted && self.tilde_starts(kind, start) => {
                builder.parts.push(Part::Tilde(Span::new(self.at, self.at + 1)));
                self.take(builder, 1);
            }
            b'*' | b'?' if matches!(kind, Text::Argument | Text::Pattern) => {
                builder.parts.push(Part::Pattern(Span::new(self.at, self.at + 1)));
                self.take(builder, 1);
            }
            b'[' if matches!(kind, Text::Argument | Text::Pattern) => {
                builder.bracket.get_or_insert(self.at);
                self.take(builder, 1);
            }
            b'{' if kind == Text::Argument && self.expands_braces() => {
                builder.brace.get_or_insert((self.at, false));
                self.take(builder, 1);
            }
            b'}' => self.close_brace(builder),
            _ => self.plain(builder),
        }
        Some(())
    }

    fn expands_braces(&self) -> bool {
        matches!(self.dialect, Dialect::Bash | Dialect::Unknown)
    }

    fn close_brace(&mut self, builder: &mut Builder) {
        self.take(builder, 1);
        if let Some((open, true)) = builder.brace {
            builder.parts.push(Part::Brace(self.span(open)));
            builder.brace = None;
        }
    }

    /// A `~` expands at the start of a word and of the pieces of a value.
    fn tilde_starts(&self, kind: Text, start: usize) -> bool {
        let before = &self.text[start..self.at];
        match kind {
            _ if before.is_empty() => true,
            Text::Value | Text::Operand { .. } => before.ends_with([':', '=']),
            Text::Argument => before.contains('=') && before.ends_with([':', '=']),
            Text::Pattern | Text::Regex => false,
        }
    }

    /// Takes `length` bytes as they are.
    fn take(&mut self, builder: &mut Builder, length: usize) {
        builder.push(&self.text[self.at..self.at + length]);
        self.at += length;
    }

    /// Takes the unquoted bytes up to the next one that means something, at least one.
    fn plain(&mut self, builder: &mut Builder) {
        let rest = &self.text[self.at..self.end];
        let special = |byte: u8| {
            matches!(
                byte,
                b'\'' | b'"' | b'\\' | b'$' | b'`' | b'~' | b'*' | b'?' | b'[' | b'{' | b'}'
            ) || ends_word(byte)
        };
        let length = rest.bytes().skip(1).position(special).map_or(rest.len(), |at| at + 1);
        let run = &rest[..length];
        if let Some((_, expands)) = &mut builder.brace {
            *expands |= run.contains(',') || run.contains("..");
        }
        self.take(builder, length);
    }

    fn escape(&mut self, builder: &mut Builder) -> Option<()> {
        let escaped = self.text[self.at + 1..self.end].chars().next()?;
        self.at += 1;
        match escaped {
            '\n' => self.at += 1,
            _ => self.take(builder, escaped.len_utf8()),
        }
        Some(())
    }

    /// A backslash where it only escapes some bytes.
    fn escape_in_quotes(&mut self, builder: &mut Builder, escapable: &[u8]) -> Option<()> {
        let escaped = self.byte(1)?;
        match escaped {
            b'\n' => self.at += 2,
            _ if escapable.contains(&escaped) => {
                self.at += 1;
                self.take(builder, 1);
            }
            _ => self.take(builder, 1),
        }
        Some(())
    }

    fn single_quoted(&mut self, builder: &mut Builder) -> Option<()> {
        let rest = &self.text[self.at + 1..self.end];
        let length = rest.find('\'')?;
        builder.push(&rest[..length]);
        self.at += length + 2;
        Some(())
    }

    fn double_quoted(&mut self, builder: &mut Builder) -> Option<()> {
        self.expect("\"")?;
        loop {
            match self.byte(0)? {
                b'"' => break,
                b'\\' => self.escape_in_quotes(builder, b"$`\"\\")?,
                b'$' => self.dollar(true, builder)?,
                b'`' => self.backticks(builder)?,
                _ => self.quoted_run(builder),
            }
        }
        self.at += 1;
        Some(())
    }

    /// Takes the bytes of quoted text up to the next one that means something.
    fn quoted_run(&mut self, builder: &mut Builder) {
        let rest = &self.text[self.at..self.end];
        let special = |byte: u8| matches!(byte, b'"' | b'\\' | b'$' | b'`');
        let length = rest.bytes().skip(1).position(special).map_or(rest.len(), |at| at + 1);
        self.take(builder, length);
    }

    /// The lines of a here-document with an unquoted delimiter.
    pub(super) fn heredoc_text(&mut self) -> Option<Word> {
        let start = self.at;
        let mut builder = Builder::default();
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' => self.escape_in_quotes(&mut builder, b"$`\\")?,
                b'$' if self.byte(1) == Some(b'{') => {
                    let from = self.at;
                    self.dollar(true, &mut builder)?;
                    // Quotes there mean something else in each shell.
                    if self.since(from).contains(['\'', '"', '\\']) {
                        return None;
                    }
                }
                b'$' => self.dollar(true, &mut builder)?,
                b'`' => self.backticks(&mut builder)?,
                b'"' => self.take(&mut builder, 1),
                _ => self.quoted_run(&mut builder),
            }
        }
        Some(builder.finish(self.span(start)))
    }

    /// `'` inside `"${name:-…}"`: quotes in some shells and for some operators, but where it
    /// holds only plain text its extent is the same for all.
    fn quote_in_quotes(&mut self, builder: &mut Builder) -> Option<()> {
        let rest = &self.text[self.at + 1..self.end];
        let length = rest.find('\'')?;
        if rest[..length].contains(['}', '"', '`', '$', '\\', '{']) {
            return None;
        }
        self.take(builder, length + 2);
        Some(())
    }

    /// `"` inside `"${name:-…}"`.
    fn quotes_in_quotes(&mut self, builder: &mut Builder) -> Option<()> {
        let start = self.at;
        self.double_quoted(builder)?;
        if self.since(start).contains(['\'', '}', '{', '\\']) { None } else { Some(()) }
    }
}

fn is_operand(kind: Text) -> bool {
    matches!(kind, Text::Operand { .. })
}

/// Whether `byte` means nothing but itself wherever it stands in a word.
fn is_plain(byte: u8) -> bool {
    const PLAIN: [bool; 256] = {
        let mut plain = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            plain[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let others = b"-_./:=+,%@^";
        let mut at = 0;
        while at < others.len() {
            plain[others[at] as usize] = true;
            at += 1;
        }
        plain
    };
    PLAIN[usize::from(byte)]
}
