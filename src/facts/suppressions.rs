//! Comments by which an author keeps a linter, or us, away from an instruction or a file.

use crate::syntax::pragma::{Pragma, PragmaKind, pragma};
use crate::syntax::{Dockerfile, ItemKind, Keyword};
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
    /// What the author says, where it is ours.
    pub reason: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionScope {
    WholeFile,
    /// From one instruction to the one before which the next build stage begins, by index in
    /// [`Dockerfile::instructions`].
    Stage(usize, usize),
    /// By index in [`Dockerfile::instructions`].
    Instruction(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Jettison,
    Other,
}

impl SuppressionScope {
    /// Whether something that is about the text at `span` is in it.
    pub fn reaches(self, file: &Dockerfile, span: Span) -> bool {
        let all = &file.instructions;
        match self {
            Self::WholeFile => true,
            Self::Instruction(index) => all.get(index).is_some_and(|it| it.span.overlaps(span)),
            Self::Stage(first, end) => {
                all.get(first..end).is_some_and(|of| of.iter().any(|it| it.span.overlaps(span)))
            }
        }
    }
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
                found.extend(
                    waiting.drain(..).filter_map(|(span, it)| suppression(file, span, it, index)),
                );
            }
            _ => (),
        }
    }
    // After the last instruction there is nothing to suppress, unless it is about the whole file.
    let nothing = file.instructions.len();
    found.extend(waiting.into_iter().filter_map(|(span, it)| suppression(file, span, it, nothing)));
    found
}

/// `next` is the index of the instruction that follows.
fn suppression<'a>(
    file: &Dockerfile<'a>,
    span: Span,
    pragma: Pragma<'a>,
    next: usize,
) -> Option<Suppression<'a>> {
    let instruction = SuppressionScope::Instruction(next);
    let (scope, tool) = match pragma.kind {
        PragmaKind::JettisonIgnore => (instruction, Tool::Jettison),
        PragmaKind::JettisonIgnoreStage => (stage(file, next), Tool::Jettison),
        PragmaKind::JettisonIgnoreFile => (SuppressionScope::WholeFile, Tool::Jettison),
        PragmaKind::HadolintIgnore | PragmaKind::TallyIgnore => (instruction, Tool::Other),
        PragmaKind::HadolintGlobalIgnore | PragmaKind::TallyGlobalIgnore => {
            (SuppressionScope::WholeFile, Tool::Other)
        }
        _ => return None,
    };
    let codes = pragma.codes.iter().map(|code| code.text).collect();
    let reason = pragma.rest.filter(|_| tool == Tool::Jettison).map(|reason| reason.text);
    Some(Suppression { span, scope, tool, codes, reason })
}

/// The build stage of an instruction; before the first `FROM`, the first one.
fn stage(file: &Dockerfile, of: usize) -> SuppressionScope {
    let all = &file.instructions;
    let is_start = |index: &usize| all[*index].keyword == Keyword::From;
    if of >= all.len() {
        return SuppressionScope::Stage(of, of);
    }
    let starts = (0..=of).rev().find(is_start).or_else(|| (of..all.len()).find(is_start));
    let first = starts.unwrap_or(of);
    SuppressionScope::Stage(first, (first + 1..all.len()).find(is_start).unwrap_or(all.len()))
}

/// The comment of an item, without the blanks around it.
pub(super) fn comment_span(source: &str, item: Span) -> Span {
    let text = item.of(source);
    let start = item.start + (text.len() - text.trim_start().len());
    Span::new(start, item.start + text.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::{SuppressionScope, suppressions};
    use crate::syntax::parse;

    #[test]
    fn a_stage_is_that_of_the_instruction_that_follows() {
        let ignore = "# jettison ignore-stage=a,b: why\n";
        let cases = [
            (format!("{ignore}ARG A\nFROM x\nRUN y\nFROM z\n"), (1, 3)),
            (format!("FROM x\nRUN y\n{ignore}FROM z\nRUN y\n"), (2, 4)),
            (format!("FROM x\n{ignore}RUN y\nFROM z\n"), (0, 2)),
            (format!("FROM x\nRUN y\n{ignore}"), (2, 2)),
        ];
        for (source, (first, end)) in cases {
            let file = parse(&source).unwrap();
            let found = suppressions(&file);
            assert_eq!(found[0].scope, SuppressionScope::Stage(first, end), "{source}");
            assert_eq!((&*found[0].codes, found[0].reason), (&["a", "b"][..], Some("why")));
        }
    }
}
