//! Splits arguments into words, for the instructions that take words. It expands nothing.

use super::lines::Logical;
use super::{Pair, Piece};
use std::ops::Range;

/// Parts between blanks, without regard to quotes.
pub(super) fn split<'src>(logical: &Logical<'src>, range: Range<usize>) -> Vec<Piece<'src>> {
    let mut pieces = Vec::new();
    let mut at = range.start;
    for part in logical.text()[range].split(is_separator) {
        if !part.is_empty() {
            pieces.push(logical.piece(at..at + part.len()));
        }
        at += part.len() + 1;
    }
    pieces
}

/// Parts between blanks that are outside quotes and not escaped. Quotes and escapes stay.
pub(super) fn quoted(logical: &Logical, range: Range<usize>, escape: char) -> Vec<Range<usize>> {
    let text = &logical.text()[..range.end];
    let mut words = Vec::new();
    let mut start = None;
    let mut quote: Option<char> = None;
    let mut characters = text[range.start..].char_indices();

    while let Some((offset, character)) = characters.next() {
        let at = range.start + offset;
        if quote.is_none() && character.is_whitespace() {
            if let Some(start) = start.take() {
                words.push(start..at);
            }
            continue;
        }
        let word = *start.get_or_insert(at);
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            _ => {}
        }
        if character == escape && quote != Some('\'') && characters.next().is_none() {
            // An escape character at the very end escapes nothing and is dropped.
            if word < at {
                words.push(word..at);
            }
            return words;
        }
    }
    if let Some(start) = start {
        words.push(start..range.end);
    }
    words
}

/// `name=value`, split at the first `=`.
pub(super) fn pair<'src>(logical: &Logical<'src>, word: Range<usize>) -> Pair<'src> {
    let equals = logical.text()[word.clone()].find('=').map(|at| word.start + at);
    Pair {
        span: logical.span(word.clone()),
        name: logical.piece(word.start..equals.unwrap_or(word.end)),
        value: equals.map(|at| logical.piece(at + 1..word.end)),
    }
}

/// The first word, and what follows the blanks after it.
pub(super) fn first(text: &str, range: Range<usize>) -> (Range<usize>, Range<usize>) {
    let part = &text.as_bytes()[range.clone()];
    // What separates is ASCII: a byte is a character here.
    let separates = |byte: &u8| is_separator(char::from(*byte));
    let Some(end) = part.iter().position(separates) else {
        return (range.clone(), range.end..range.end);
    };
    let blanks = part[end..].iter().take_while(|byte| separates(byte)).count();
    (range.start..range.start + end, range.start + end + blanks..range.end)
}

/// `range` without the blanks at both ends.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let [first, .., last] = &text.as_bytes()[range.clone()] else { return trimmed(text, range) };
    match first.is_ascii_graphic() && last.is_ascii_graphic() {
        true => range,
        false => trimmed(text, range),
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text[range.clone()].trim_start();
    let start = range.end - part.len();
    start..start + part.trim_end().len()
}

/// What separates a keyword from its arguments, and arguments from each other.
fn is_separator(character: char) -> bool {
    matches!(character, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

/// Lower case as BuildKit has it: one character each.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(lower_character).collect()
}

fn lower_character(character: char) -> char {
    match character {
        'İ' => 'i',
        _ => character.to_lowercase().next().unwrap_or(character),
    }
}

/// Whether `text` is the ASCII word `name` in any case.
pub(super) fn same(text: &str, name: &str) -> bool {
    if text.is_ascii() {
        return text.eq_ignore_ascii_case(name);
    }
    text.chars().map(lower_character).eq(name.chars().map(lower_character))
}
