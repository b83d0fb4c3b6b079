//! What `$` and backticks start: parameters, substitutions, arithmetic.

use super::cursor::Cursor;
use super::word::{Builder, Text};
use super::{CommandKind, Dialect, List, Part, Word};
use crate::text::Span;

impl Cursor<'_> {
    /// Reads what a `$` starts, or the `$` itself where it starts nothing.
    pub(super) fn dollar(&mut self, quoted: bool, builder: &mut Builder) -> Option<()> {
        let start = self.at;
        match self.byte(1) {
            Some(b'(') if self.byte(2) == Some(b'(') => {
                self.at += 3;
                let words = self.nested(|cursor| cursor.arithmetic("))"))?;
                builder.parts.push(Part::Arithmetic { span: self.span(start), words });
            }
            Some(b'(') => {
                self.at += 2;
                let body = self.substituted()?;
                builder.parts.push(Part::Substitution { span: self.span(start), body });
            }
            Some(b'{') => {
                self.at += 2;
                let (name, words) = self.nested(|cursor| cursor.braced(quoted))?;
                builder.parts.push(Part::Parameter { span: self.span(start), name, quoted, words });
            }
            Some(b'\'') if !quoted => self.ansi_quoted(builder)?,
            Some(b'"') if !quoted => return None,
            // Old arithmetic in bash only.
            Some(b'[') => return None,
            Some(b'\\') if self.byte(2) == Some(b'\n') => return None,
            _ => match self.parameter_end(1) {
                Some(end) => {
                    let name = self.text[start + 1..end].into();
                    self.at = end;
                    let span = self.span(start);
                    builder.parts.push(Part::Parameter { span, name, quoted, words: Vec::new() });
                }
                None => {
                    builder.push("$");
                    self.at += 1;
                }
            },
        }
        Some(())
    }

    /// Where the name that starts `ahead` of here ends: a name, a digit or a special parameter.
    fn parameter_end(&self, ahead: usize) -> Option<usize> {
        let byte = self.byte(ahead)?;
        if byte.is_ascii_digit() || b"@*#?$!-".contains(&byte) {
            return Some(self.at + ahead + 1);
        }
        self.name_end(ahead)
    }

    /// The commands up to `)`.
    fn substituted(&mut self) -> Option<List> {
        let start = self.at;
        let outside = std::mem::take(&mut self.heredocs.pending);
        let body = self.nested(Self::list)?;
        if !self.heredocs.pending.is_empty() {
            return None;
        }
        if !outside.is_empty() && self.since(start).contains('\n') {
            return None;
        }
        self.heredocs.pending = outside;
        self.expect(")")?;
        if reads_file(&body) {
            self.bash()?;
        }
        Some(body)
    }

    pub(super) fn process_substitution(&mut self, builder: &mut Builder) -> Option<()> {
        self.bash()?;
        let start = self.at;
        self.at += 2;
        let body = self.substituted()?;
        builder.parts.push(Part::Substitution { span: self.span(start), body });
        Some(())
    }

    pub(super) fn backticks(&mut self, builder: &mut Builder) -> Option<()> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < self.end && bytes[at] != b'`' {
            if bytes[at] == b'\\' {
                // With these the commands are another text than what is written.
                let escaped = bytes[..self.end].get(at + 1)?;
                if b"$`\\\"".contains(escaped) {
                    return None;
                }
                at += 1;
            }
            at += 1;
        }
        if at >= self.end {
            return None;
        }

        let outside = std::mem::take(&mut self.heredocs.pending);
        let body = self.within(Span::new(start, at), |cursor| {
            let body = cursor.list()?;
            (cursor.at == cursor.end && cursor.heredocs.pending.is_empty()).then_some(body)
        })?;
        self.heredocs.pending = outside;
        if reads_file(&body) {
            self.bash()?;
        }
        self.at = at + 1;
        builder.parts.push(Part::Substitution { span: self.span(start - 1), body });
        Some(())
    }

    /// Reads an arithmetic expression and its `close`, `))` or `)`; returns what expands in it.
    pub(super) fn arithmetic(&mut self, close: &str) -> Option<Vec<Word>> {
        let mut words = Vec::new();
        let mut open = 0_usize;
        loop {
            let start = self.at;
            let mut builder = Builder::default();
            match self.byte(0)? {
                b')' if open == 0 => {
                    self.expect(close)?;
                    return Some(words);
                }
                b')' => {
                    open -= 1;
                    self.at += 1;
                }
                b'(' => {
                    open += 1;
                    self.at += 1;
                }
                b'$' => self.dollar(true, &mut builder)?,
                b'`' => self.backticks(&mut builder)?,
                b'\'' | b'"' | b'\\' | b'{' | b'}' => return None,
                byte if byte.is_ascii_digit() => {
                    while self.byte(0).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
                        self.at += 1;
                    }
                }
                _ => match self.name_end(0) {
                    Some(end) => {
                        self.at = end;
                        let name = self.since(start).into();
                        let (span, words) = (self.span(start), Vec::new());
                        builder.parts.push(Part::Parameter { span, name, quoted: true, words });
                    }
                    None => self.at += 1,
                },
            }
            if !builder.parts.is_empty() {
                words.push(builder.finish(self.span(start)));
            }
        }
    }

    /// Reads the rest of `${…}`: the name, and the words after it.
    fn braced(&mut self, quoted: bool) -> Option<(Box<str>, Vec<Word>)> {
        let length = self.byte(0) == Some(b'#') && self.byte(1) != Some(b'}');
        let indirect = self.byte(0) == Some(b'!') && self.byte(1) != Some(b'}');
        if indirect {
            self.bash()?;
        }
        if length || indirect {
            self.at += 1;
        }

        let start = self.at;
        let digits = self.text[start..self.end].bytes().take_while(u8::is_ascii_digit).count();
        self.at = if digits > 0 { start + digits } else { self.parameter_end(0)? };
        let name = self.since(start).into();
        let mut words = Vec::new();
        if self.byte(0) == Some(b'[') {
            self.subscript(&mut words)?;
        }
        if self.byte(0)? != b'}' {
            if length || indirect {
                return None;
            }
            self.operator()?;
            words.push(self.possibly_empty(Text::Operand { quoted })?);
        }
        self.expect("}")?;
        Some((name, words))
    }

    /// Steps over the operator of `${name…}`.
    fn operator(&mut self) -> Option<()> {
        match (self.byte(0)?, self.byte(1)?) {
            (b':', b'-' | b'=' | b'?' | b'+') => self.at += 2,
            (b'-' | b'=' | b'?' | b'+', _) => self.at += 1,
            (b'#', b'#') | (b'%', b'%') => self.at += 2,
            (b'#' | b'%', _) => self.at += 1,
            (b'/' | b':', _) => {
                let rest = self.text[self.at..self.end].split('}').next()?;
                let plain = !rest.contains(['\'', '"', '\\', '`', '$']);
                if !(self.dialect == Dialect::Ash && plain) {
                    self.bash()?;
                }
                self.at += 1;
            }
            (b'^' | b',' | b'@', _) => {
                self.bash()?;
                self.at += 1;
            }
            _ => return None,
        }
        Some(())
    }

    /// `[…]` of an array in bash, of plain text and expansions.
    fn subscript(&mut self, words: &mut Vec<Word>) -> Option<()> {
        self.bash()?;
        self.at += 1;
        loop {
            let start = self.at;
            match self.byte(0)? {
                b']' => break,
                b'$' => {
                    let mut builder = Builder::default();
                    self.dollar(true, &mut builder)?;
                    words.push(builder.finish(self.span(start)));
                }
                byte if byte.is_ascii_alphanumeric() || b"_@*#+-".contains(&byte) => self.at += 1,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    /// `$'…'`
    fn ansi_quoted(&mut self, builder: &mut Builder) -> Option<()> {
        self.bash_or_ash()?;
        self.at += 2;
        loop {
            let rest = &self.text[self.at..self.end];
            let run = rest.find(['\'', '\\'])?;
            builder.push(&rest[..run]);
            self.at += run;
            if self.byte(0) == Some(b'\'') {
                self.at += 1;
                return Some(());
            }
            let decoded = match self.byte(1)? {
                b'n' => "\n",
                b't' => "\t",
                b'r' => "\r",
                b'\\' => "\\",
                b'\'' => "'",
                b'"' => "\"",
                b'a' => "\u{7}",
                b'b' => "\u{8}",
                b'e' | b'E' if self.dialect == Dialect::Bash => "\u{1b}",
                b'f' => "\u{c}",
                b'v' => "\u{b}",
                _ => return None,
            };
            builder.push(decoded);
            self.at += 2;
        }
    }
}

/// `$(<file)` is the file in bash and nothing in dash.
fn reads_file(body: &List) -> bool {
    let [statement] = &*body.statements else { return false };
    let [command] = &*statement.first.commands else { return false };
    match &command.kind {
        CommandKind::Simple(simple) => {
            simple.words.is_empty() && simple.assignments.is_empty() && statement.rest.is_empty()
        }
        _ => false,
    }
}
