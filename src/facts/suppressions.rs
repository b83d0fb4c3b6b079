//! Comments by which an author keeps a linter, or us, away from an instruction or a file.

use crate::syntax::pragma::{Pragma, PragmaKind, pragma};
use crate::syntax::{Dockerfile, ItemKind};
use crate::text::Span;

/// A comment that keeps some rules or transforms away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression<'a> {
    /// The comment.
    pub span: Span,
    pub scope: SuppressionScope,
    pub tool: Tool,
    /// Transform ids or rule codes; empty for `jettison ignore-file`.
    pub codes: Vec<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionScope {
    WholeFile,
    /// By index in [`Dockerfile::instructions`].
    Instruction(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Jettison,
    Other,
}

impl Suppression<'_> {
    pub fn is_ours(&self) -> bool {
        self.tool == Tool::Jettison
    }
}

/// All suppressions of a file, in order.
pub fn suppressions<'a>(file: &Dockerfile<'a>) -> Vec<Suppression<'a>> {
    let mut found = Vec::new();
    let mut waiting: Vec<(Span, Pragma<'a>)> = Vec::new();
    for item in &file.items {
        match item.kind {
            ItemKind::Comment => {
                let comment = comment_span(file.source, item.span);
                waiting.extend(pragma(file.source, comment).map(|pragma| (comment, pragma)));
            }
            ItemKind::Instruction(index) => {
                let scope = SuppressionScope::Instruction(index);
                found.extend(
                    waiting.drain(..).filter_map(|(span, it)| suppression(span, it, scope)),
                );
            }
            _ => (),
        }
    }
    // After the last instruction there is nothing to suppress, unless it is about the whole file.
    let nothing = SuppressionScope::Instruction(file.instructions.len());
    found.extend(waiting.into_iter().filter_map(|(span, it)| suppression(span, it, nothing)));
    found
}

fn suppression<'a>(
    span: Span,
    pragma: Pragma<'a>,
    next: SuppressionScope,
) -> Option<Suppression<'a>> {
    let (scope, tool) = match pragma.kind {
        PragmaKind::JettisonIgnore => (next, Tool::Jettison),
        PragmaKind::JettisonIgnoreFile => (SuppressionScope::WholeFile, Tool::Jettison),
        PragmaKind::HadolintIgnore | PragmaKind::TallyIgnore => (next, Tool::Other),
        PragmaKind::HadolintGlobalIgnore | PragmaKind::TallyGlobalIgnore => {
            (SuppressionScope::WholeFile, Tool::Other)
        }
        _ => return None,
    };
    let codes = pragma.codes.iter().map(|code| code.text).collect();
    Some(Suppression { span, scope, tool, codes })
}

/// The comment of an item, without the blanks around it.
pub(super) fn comment_span(source: &str, item: Span) -> Span {
    let text = item.of(source);
    let start = item.start + (text.len() - text.trim_start().len());
    Span::new(start, item.start + text.trim_end().len())
}
