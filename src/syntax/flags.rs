//! Flags at the start of an instruction's arguments. It does not know which flags exist.

use super::lines::Logical;
use super::{ErrorKind, Flag, Piece, SyntaxError};
use std::borrow::Cow;
use std::ops::Range;

/// Takes the flags at the start of `range`. Returns them and where the arguments start.
pub(super) fn read<'src>(
    logical: &Logical<'src>,
    range: Range<usize>,
    escape: char,
) -> Result<(Vec<Flag<'src>>, usize), SyntaxError> {
    let text = &logical.text()[..range.end];
    let mut flags = Vec::new();
    let mut at = range.start;
    loop {
        if text[at..].starts_with(is_blank) {
            at += text[at..].len() - text[at..].trim_start_matches(is_blank).len();
        }
        if !text[at..].starts_with("--") {
            return Ok((flags, at));
        }
        let word = word(logical, at..range.end, escape)?;
        if word.text == "--" {
            return Ok((flags, word.end));
        }
        at = word.next;
        flags.push(flag(logical, word));
    }
}

/// A word without its quotes and escapes.
struct Word {
    start: usize,
    end: usize,
    /// Where reading goes on.
    next: usize,
    text: String,
    /// The first `=`: where it is in the line, and in the text.
    equals: Option<(usize, usize)>,
}

fn word(logical: &Logical, range: Range<usize>, escape: char) -> Result<Word, SyntaxError> {
    let text = &logical.text()[..range.end];
    let (start, mut end, mut next) = (range.start, range.end, range.end);
    let mut result = String::new();
    let mut equals = None;
    let mut quote: Option<char> = None;
    let mut characters = text[start..].char_indices().peekable();

    while let Some((offset, character)) = characters.next() {
        let (mut at, mut character) = (start + offset, character);
        if quote.is_none() && is_blank(character) {
            (end, next) = (at, at);
            break;
        }
        if quote.is_none() && matches!(character, '\'' | '"') {
            quote = Some(character);
            continue;
        }
        if quote == Some(character) {
            quote = None;
            continue;
        }
        if character == escape {
            let Some((offset, taken)) = characters.next() else { break };
            (at, character) = (start + offset, taken);
        }
        if character == '=' && equals.is_none() {
            equals = Some((at, result.len()));
        }
        if character.is_ascii() {
            result.push(character);
            continue;
        }
        // BuildKit takes each byte of a flag for a character, 0x85 and 0xA0 among them for blanks.
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).as_bytes();
        let blank = bytes.iter().position(|byte| matches!(byte, 0x85 | 0xa0));
        let Some(blank) = blank.filter(|_| quote.is_none()) else {
            result.extend(bytes.iter().map(|byte| char::from(*byte)));
            continue;
        };
        if !bytes[blank..].iter().all(|byte| matches!(byte, 0x85 | 0xa0)) {
            return Err(SyntaxError {
                kind: ErrorKind::Instruction,
                span: logical.span(at..at + character.len_utf8()),
                message: format!("BuildKit splits `{character}` in a flag"),
                help: Some("put quotes around the value of the flag".to_owned()),
            });
        }
        result.extend(bytes[..blank].iter().map(|byte| char::from(*byte)));
        (end, next) = (at + character.len_utf8(), at + character.len_utf8());
        break;
    }
    Ok(Word { start, end, next, text: result, equals })
}

fn flag<'src>(logical: &Logical<'src>, word: Word) -> Flag<'src> {
    let (name_end, name_length) = word.equals.unwrap_or((word.end, word.text.len()));
    let part = |range: Range<usize>, text: &str| {
        let piece = logical.piece(range);
        match piece.text == text {
            true => piece,
            false => Piece { text: Cow::Owned(text.to_owned()), ..piece },
        }
    };
    let value = word.equals.map(|(at, length)| {
        let start = (at + 1).min(word.end);
        part(start..word.end, &word.text[length + 1..])
    });
    Flag {
        span: logical.span(word.start..word.end),
        name: part(word.start + 2..name_end, &word.text[2..name_length]),
        value,
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}
