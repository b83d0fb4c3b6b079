//! How the moved instructions are written: comments go with what they speak of, blank lines stay where they
//! part something.

use crate::effect::later::Later;
use crate::effect::program::pipelines;
use crate::rewrite::line_end;
use crate::syntax::{Item, ItemKind, Keyword};
use crate::text::{Edit, Span};
use crate::transform::Context;

/// The `COPY` of everything with what goes along.
struct Block<'c> {
    /// What is taken away, comments and blank lines included.
    taken: Span,
    /// Only its own lines.
    own: Span,
    /// Comments and itself.
    text: &'c str,
    /// A blank line parts it from what follows.
    apart: bool,
    comments_move: bool,
}

/// The edits, and the span that they are in; `None` where the result would not read right.
pub(super) fn edits(cx: &Context, later: &Later) -> Option<(Span, Vec<Edit>)> {
    let (file, source) = (cx.file, cx.file.source);
    let block = block(cx, later)?;
    let newline = line_end(source, block.own.start);
    let mut edits: Vec<Edit> = Vec::new();
    for (before, text) in &later.manifests {
        let at = place(cx, *before);
        let line = format!("{text}{newline}");
        match edits.last_mut().filter(|it| it.span.start == at) {
            Some(edit) => edit.text.push_str(&line),
            None => edits.push(Edit::insert(at, line)),
        }
    }
    let first = edits.first().map_or(usize::MAX, |it| it.span.start);
    let between = source.get(block.own.end..first).unwrap_or("x");
    match between.trim().is_empty() && !block.comments_move {
        // The first line takes the place of the moved one.
        true => {
            let edit = edits.first_mut()?;
            let line = block.own.of(source);
            let end = line.len() - line.trim_end_matches(['\n', '\r']).len();
            edit.span = Span::new(block.own.start, block.own.end - end);
            edit.text.truncate(edit.text.len() - newline.len());
        }
        false if first == block.taken.end => edits.first_mut()?.span = block.taken,
        false => edits.insert(0, Edit::delete(block.taken)),
    }
    edits.push(match later.cut {
        None => behind(cx, later, &block, newline)?,
        Some(cut) => within(cx, later, &block, newline, cut)?,
    });
    let span = Span::new(edits.first()?.span.start, file.instructions[later.behind].span.end);
    let end = edits.last()?.span.end.max(span.end);
    Some((Span::new(span.start, end), edits))
}

fn item_of(cx: &Context, instruction: usize) -> usize {
    let start = cx.file.instructions[instruction].span.start;
    cx.file.items.partition_point(|item| item.span.end <= start)
}

/// The first of the comments right above an item.
fn first_comment(items: &[Item], at: usize) -> usize {
    let comments = items[..at].iter().rev().take_while(|it| it.kind == ItemKind::Comment);
    at - comments.count()
}

fn block<'c>(cx: &Context<'c>, later: &Later) -> Option<Block<'c>> {
    let (items, source) = (&cx.file.items, cx.file.source);
    let at = item_of(cx, later.copy);
    let own = items.get(at)?.span;
    if !source[..own.end].ends_with('\n') || cx.facts.pragma_on(later.copy) {
        return None;
    }
    let blanks = items[at + 1..].iter().take_while(|it| it.kind == ItemKind::Blank).count();
    let next = items.get(at + 1 + blanks)?;
    let first = first_comment(items, at);
    let comment = &source[items[first].span.start..own.start];
    let has_comment = first < at;
    let comments_move =
        has_comment && (blanks > 0 || next.kind == ItemKind::Comment || speaks_of_copying(comment));
    let start = if comments_move { items[first].span.start } else { own.start };
    let end = if blanks > 0 { items[at + blanks].span.end } else { own.end };
    // A comment that stays needs something to stand before.
    let taken = Span::new(start, end);
    Some(Block { taken, own, text: &source[start..own.end], apart: blanks > 0, comments_move })
}

/// Whether a comment is about the copy, and not about what follows it.
fn speaks_of_copying(comment: &str) -> bool {
    const COPY: &[&str] = &["add ", "bundle", "code", "copy", "everything", "files", "source"];
    const INSTALL: &[&str] =
        &["build", "depend", "install", "npm", "package", "pip", "requirement", "yarn"];
    let comment = comment.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|it| comment.contains(it));
    says(COPY) && !says(INSTALL)
}

/// Where something that is added before an instruction stands: a comment for a linter stays with it.
fn place(cx: &Context, instruction: usize) -> usize {
    let at = item_of(cx, instruction);
    // What is said of another instruction than the one that installs is not said of this.
    let is_other = cx.file.instructions[instruction].keyword != Keyword::Run;
    let at = match is_other || cx.facts.pragma_on(instruction) {
        true => first_comment(&cx.file.items, at),
        false => at,
    };
    cx.file.items[at].span.start
}

fn behind(cx: &Context, later: &Later, block: &Block, newline: &str) -> Option<Edit> {
    let items = &cx.file.items;
    let at = item_of(cx, later.behind);
    let end = items.get(at)?.span.end;
    if !cx.file.source[..end].ends_with('\n') {
        let text = block.text.trim_end_matches(['\n', '\r']);
        let lead = if block.apart { newline } else { "" };
        return Some(Edit::insert(end, format!("{newline}{lead}{text}")));
    }
    let lead = if block.apart { newline } else { "" };
    let parted = items.get(at + 1).is_none_or(|it| it.kind == ItemKind::Blank);
    let trail = if block.apart && !parted { newline } else { "" };
    Some(Edit::insert(end, format!("{lead}{}{trail}", block.text)))
}

/// In the midst of a `RUN`, whose other commands get one of their own.
fn within(cx: &Context, later: &Later, block: &Block, newline: &str, cut: usize) -> Option<Edit> {
    let source = cx.file.source;
    let instruction = &cx.file.instructions[later.behind];
    if !instruction.comments.is_empty() || !instruction.heredocs.is_empty() {
        return None;
    }
    let script = cx.facts.run(later.behind)?.script.as_ref()?;
    let [statement] = &script.parsed.body.statements[..] else { return None };
    let operands: Vec<Span> = pipelines(statement).map(|it| script.source_span(it.span)).collect();
    let gap = Span::new(operands.get(cut.checked_sub(1)?)?.end, operands.get(cut)?.start);
    let flags = instruction.flags.last().map_or(instruction.keyword_span.end, |it| it.span.end);
    let keyword = &source[instruction.keyword_span.start..flags];
    let lead = if block.apart { newline } else { "" };
    Some(Edit::replace(gap, format!("{newline}{lead}{}{lead}{keyword} ", block.text)))
}
