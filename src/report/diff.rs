//! The lines in which two texts differ.
//!
//! Lines end at LF and nowhere else: a CR belongs to its line. This module knows no file names and
//! no colours.

use rustc_hash::FxHashMap;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};
use std::fmt::Write;

/// Marks a last line without a line end, as every tool that reads patches expects it.
pub const NO_NEWLINE: &str = "\\ No newline at end of file";

/// Two texts as lines, and what changes between them.
#[derive(Debug)]
pub struct Diff<'text> {
    pub before: Vec<&'text str>,
    pub after: Vec<&'text str>,
    pub hunks: Vec<Vec<DiffOp>>,
}

/// What happens to a line. Its discriminant is the character in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Kept,
    Removed,
    Added,
}

impl Side {
    pub fn mark(self) -> char {
        match self {
            Side::Kept => ' ',
            Side::Removed => '-',
            Side::Added => '+',
        }
    }
}

impl<'text> Diff<'text> {
    /// Groups changes into hunks that show `context` unchanged lines around each.
    pub fn new(before: &'text str, after: &'text str, context: usize) -> Self {
        let (before, after) = (lines(before), lines(after));
        // Numbers are compared more quickly than texts.
        let mut known: FxHashMap<&str, usize> = FxHashMap::default();
        let mut numbered = |lines: &[&'text str]| {
            let number = |line: &&'text str| {
                let next = known.len();
                *known.entry(line).or_insert(next)
            };
            lines.iter().map(number).collect::<Vec<usize>>()
        };
        let (old, new) = (numbered(&before), numbered(&after));
        let operations = one_replacement(&old, &new, known.len())
            .unwrap_or_else(|| capture_diff_slices(Algorithm::Myers, &old, &new));
        Self { before, after, hunks: group_diff_ops(operations, context) }
    }

    /// The lines of one operation, removed ones first, with their line ends.
    pub fn lines(&self, operation: &DiffOp) -> impl Iterator<Item = (Side, &'text str)> {
        let (old, new) = (operation.old_range(), operation.new_range());
        let kept = operation.tag() == DiffTag::Equal;
        let first = if kept { Side::Kept } else { Side::Removed };
        let removed = self.before[old].iter().map(move |line| (first, *line));
        let added = self.after[new].iter().map(|line| (Side::Added, *line));
        removed.chain(added.take(if kept { 0 } else { usize::MAX }))
    }
}

/// What changes if that is one place in which no line stays: so it mostly is, and nothing has to be
/// searched for. Lines are numbers below `count`.
fn one_replacement(old: &[usize], new: &[usize], count: usize) -> Option<Vec<DiffOp>> {
    let alike = |(old, new): &(&usize, &usize)| old == new;
    let before = old.iter().zip(new).take_while(alike).count();
    let (old_rest, new_rest) = (&old[before..], &new[before..]);
    let after = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(alike).count();
    let (old_len, new_len) = (old_rest.len() - after, new_rest.len() - after);
    let mut gone = vec![false; count];
    old_rest[..old_len].iter().for_each(|line| gone[*line] = true);
    if old_len == 0 || new_len == 0 || new_rest[..new_len].iter().any(|line| gone[*line]) {
        return None;
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let (old_index, new_index) = (before, before);
    let replace = DiffOp::Replace { old_index, old_len, new_index, new_len };
    let first = (before > 0).then(|| equal(0, 0, before));
    let last = (after > 0).then(|| equal(before + old_len, before + new_len, after));
    Some(first.into_iter().chain([replace]).chain(last).collect())
}

/// The lines of a text, each with its line end.
fn lines(text: &str) -> Vec<&str> {
    let newlines = memchr::memchr_iter(b'\n', text.as_bytes());
    let mut lines = Vec::with_capacity(text.len() / 32 + 1);
    let mut start = 0;
    for newline in newlines {
        lines.push(&text[start..=newline]);
        start = newline + 1;
    }
    lines.extend((start < text.len()).then(|| &text[start..]));
    lines
}

/// `@@ -start,count +start,count @@`
pub fn header(hunk: &[DiffOp]) -> String {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { return String::new() };
    let range = |start: usize, end: usize| match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        count => format!("{},{count}", start + 1),
    };
    let old = range(first.old_range().start, last.old_range().end);
    let new = range(first.new_range().start, last.new_range().end);
    format!("@@ -{old} +{new} @@")
}

/// All hunks as plain text, each line ending with LF, without file names.
pub fn hunks(before: &str, after: &str, context: usize) -> String {
    let diff = Diff::new(before, after, context);
    let mut text = String::new();
    for hunk in &diff.hunks {
        let _ = writeln!(text, "{}", header(hunk));
        for (side, line) in hunk.iter().flat_map(|operation| diff.lines(operation)) {
            text.push(side.mark());
            text.push_str(line);
            if !line.ends_with('\n') {
                let _ = writeln!(text, "\n{NO_NEWLINE}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_carriage_return_ends_no_line() {
        assert_eq!(hunks("a\rb\nc\n", "a\rx\nc\n", 1), "@@ -1,2 +1,2 @@\n-a\rb\n+a\rx\n c\n");
    }

    #[test]
    fn a_missing_final_newline_is_marked_on_its_own_side() {
        let expected = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n";
        assert_eq!(hunks("a", "a\n", 3), expected);
        assert_eq!(hunks("", "a\n", 3), "@@ -0,0 +1 @@\n+a\n");
    }

    #[test]
    fn one_replacement_is_what_a_search_finds() {
        let texts = ["a\nb\nc\n", "a\nx\nc\n", "x\ny\n", "a\nx\ny\nc\n", "b\nc\n", "a\nc\nb\n", ""];
        for (before, after) in texts.iter().flat_map(|it| texts.map(|other| (*it, other))) {
            let (before, after) = (lines(before), lines(after));
            let searched = capture_diff_slices(Algorithm::Myers, &before, &after);
            let number = |line: &&str| usize::from(line.as_bytes()[0]);
            let old: Vec<usize> = before.iter().map(number).collect();
            let new: Vec<usize> = after.iter().map(number).collect();
            if let Some(found) = one_replacement(&old, &new, 256) {
                assert_eq!(found, searched, "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn a_hundred_thousand_changed_lines_take_a_moment() {
        let before: String = (0..100_000).map(|n| format!("RUN {n}\n")).collect();
        let after: String = (0..100_000).map(|n| format!(" && {n}\n")).collect();
        assert!(hunks(&before, &after, 1).len() > before.len());
    }
}
