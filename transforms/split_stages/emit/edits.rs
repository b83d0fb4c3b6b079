//! The edits that put a run-time stage behind its build stage.

use super::super::Stop;
use super::super::case::Case;
use crate::effect::split::Split;
use crate::rewrite::line_end;
use crate::syntax::{Body, ItemKind};
use crate::text::{Edit, Span};

pub(super) fn edits(case: &Case, split: &Split) -> Result<Vec<Edit>, Stop> {
    let file = case.cx.file;
    let Body::From { image, name } = &file.instructions[split.from].body else {
        return Err(case.stop("unreadable", "the stage has no `FROM`".to_owned()));
    };
    let newline = line_end(file.source, image.span.end.saturating_sub(1));
    let mut edits = Vec::new();
    match name {
        None => edits.push(Edit::insert(image.span.end, format!(" AS {}", split.name))),
        Some(own) if own.text != split.name => {
            edits.push(Edit::replace(own.span, split.name.clone()));
        }
        Some(_) => (),
    }
    let mut places: Vec<usize> = split.built.iter().map(|(before, _)| *before).collect();
    places.push(split.tail);
    places.dedup();
    for place in places {
        let mut lines: Vec<&str> =
            split.built.iter().filter(|it| it.0 == place).map(|it| it.1.as_str()).collect();
        let (at, at_end) = insertion(case, place);
        if place == split.tail {
            // A blank line before the stage, and where one was there, also where it was.
            let was_blank = is_blank_above(case, at);
            if !was_blank || !lines.is_empty() {
                lines.push("");
            }
            lines.extend(split.runtime.iter().map(String::as_str));
            lines.extend(was_blank.then_some(""));
        }
        let text = lines.iter().map(|line| ended(line, newline)).collect::<String>();
        let text = match at_end {
            // The file has no line end at its end, and keeps none.
            true => format!("{newline}{}", text.trim_end_matches(['\r', '\n'])),
            false => text,
        };
        edits.push(Edit::insert(at, text));
    }
    for (at, text) in &split.rewritten {
        // Lines that stay are not written again.
        let span = case.span(*at);
        let old = span.of(file.source);
        let same = old.bytes().zip(text.bytes()).take_while(|(old, new)| old == new).count();
        let same =
            old.as_bytes()[..same].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
        edits.push(Edit::replace(Span::new(span.start + same, span.end), text[same..].to_owned()));
    }
    Ok(edits)
}

/// An instruction, which may have several lines, with the line ends of the file.
fn ended(instruction: &str, newline: &str) -> String {
    let lines = instruction.replace("\r\n", "\n");
    format!("{}{newline}", lines.replace('\n', newline))
}

/// Where lines before an instruction go: above the comments that belong to it. Whether that is the end of a
/// file whose last line has no end.
fn insertion(case: &Case, before: usize) -> (usize, bool) {
    let file = case.cx.file;
    let item = |instruction: usize| {
        let is_it = |kind| kind == ItemKind::Instruction(instruction);
        file.items.iter().position(|item| is_it(item.kind))
    };
    if before < case.stage().instructions.end {
        let found = item(before).unwrap_or_default();
        let above = file.items[..found].iter().rev();
        let comments = above.take_while(|item| item.kind == ItemKind::Comment).count();
        return (file.items[found - comments].span.start, false);
    }
    let end = item(before - 1).map_or(0, |at| file.items[at].span.end);
    (end, !file.source[..end].ends_with('\n'))
}

fn is_blank_above(case: &Case, at: usize) -> bool {
    let items = &case.cx.file.items;
    let above = items.partition_point(|item| item.span.end <= at).checked_sub(1);
    above.is_some_and(|above| items[above].kind == ItemKind::Blank)
}
