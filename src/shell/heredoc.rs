//! Here-documents: their delimiters, and the lines after the command that they take.

use super::cursor::Cursor;
use super::word::Text;
use super::{Redirect, Word};
use crate::text::Span;
use smol_str::SmolStr;
use std::collections::HashMap;

/// What is known of the here-documents of a script.
///
/// A body stands after the line of its command, so that it is not known yet where the command is
/// read. The script is read again until all are.
#[derive(Default)]
pub(super) struct Heredocs {
    /// By the offset of the operator: the lines of the body, and the end of the terminator.
    pub(super) bodies: HashMap<usize, (Span, usize)>,
    /// Opened on the current line.
    pub(super) pending: Vec<Opened>,
    /// Read without a known body.
    pub(super) unknown: usize,
}

pub(super) struct Opened {
    operator: usize,
    delimiter: SmolStr,
    quoted: bool,
    strip_tabs: bool,
}

impl Cursor<'_> {
    /// Reads the delimiter of a here-document whose `operator` was just read.
    pub(super) fn heredoc(&mut self, start: usize, operator: &'static str) -> Option<Redirect> {
        let operator_start = self.at - operator.len();
        self.skip_blanks();
        let raw_start = self.at;
        let target = self.word(Text::Value)?;
        let raw = self.since(raw_start);
        if raw.contains(['$', '`', '\n']) {
            return None;
        }

        let quoted = raw.contains(['\'', '"', '\\']);
        let strip_tabs = operator == "<<-";
        let delimiter = target.literal.clone()?;
        let redirect_span = self.span(start);
        let file_descriptor = file_descriptor(self.text, start, operator_start);
        let mut redirect = Redirect {
            span: redirect_span,
            file_descriptor,
            operator,
            target,
            heredoc: None,
            content: None,
        };
        match self.heredocs.bodies.get(&operator_start) {
            Some(&(lines, end)) => {
                redirect.heredoc = Some(Span::new(lines.start, end));
                redirect.content = Some(self.content(lines, quoted, strip_tabs)?);
            }
            None => self.heredocs.unknown += 1,
        }
        let opened = Opened { operator: operator_start, delimiter, quoted, strip_tabs };
        self.heredocs.pending.push(opened);
        Some(redirect)
    }

    /// Steps over a line end and the bodies that follow it.
    pub(super) fn end_line(&mut self) -> Option<()> {
        self.expect("\n")?;
        for opened in std::mem::take(&mut self.heredocs.pending) {
            self.body(opened)?;
        }
        Some(())
    }

    fn body(&mut self, opened: Opened) -> Option<()> {
        let start = self.at;
        let mut continued = false;
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
            let stripped = if opened.strip_tabs { line.trim_start_matches('\t') } else { line };
            if stripped == &*opened.delimiter {
                // As the rest of a continued line, shells differ on what it is.
                if continued {
                    return None;
                }
                let terminator = self.at + line.len();
                let lines = Span::new(start, self.at);
                self.heredocs.bodies.insert(opened.operator, (lines, terminator));
                self.at = (terminator + 1).min(self.end);
                return Some(());
            }
            let escapes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
            continued = !opened.quoted && escapes % 2 == 1;
            // Which tabs go, shells do not agree on.
            if continued && opened.strip_tabs {
                return None;
            }
            self.at = (self.at + line.len() + 1).min(self.end);
        }
        None
    }

    fn content(&mut self, lines: Span, quoted: bool, strip_tabs: bool) -> Option<Word> {
        let mut content = match quoted {
            true => {
                Word { span: lines, literal: Some(lines.of(self.text).into()), parts: Vec::new() }
            }
            false => self.within(lines, Self::heredoc_text)?,
        };
        if let Some(text) = content.literal.as_deref().filter(|_| strip_tabs) {
            let lines = text.split_inclusive('\n').map(|line| line.trim_start_matches('\t'));
            content.literal = Some(lines.collect::<String>().into());
        }
        Some(content)
    }
}

/// The digits between `start` and the operator.
pub(super) fn file_descriptor(text: &str, start: usize, operator: usize) -> Option<Box<str>> {
    let digits = &text[start..operator];
    if digits.is_empty() { None } else { Some(digits.into()) }
}
