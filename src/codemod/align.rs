//! One text in the place of another, so that what both have stays as it stands, with the blanks, line breaks and
//! comments around it.

use crate::text::Span;
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// What becomes of places of `old`, from left to right, so that it says `new` but for blanks. `None` where words
/// cannot be told apart.
pub(super) fn aligned(old: &str, new: &str) -> Option<Vec<(Span, String)>> {
    let (old_words, new_words) = (words(old)?, words(new)?);
    let texts = |words: &[Span], text| words.iter().map(|it| it.of(text)).collect::<Vec<&str>>();
    let (before, after) = (texts(&old_words, old), texts(&new_words, new));
    let mut places = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let (was, is) = (operation.old_range(), &after[operation.new_range()]);
        let joined = is.join(" ");
        match operation.tag() {
            DiffTag::Equal => (),
            DiffTag::Replace if was.len() == is.len() => {
                let pairs = old_words[was].iter().zip(is);
                places.extend(pairs.map(|(place, text)| (*place, (*text).to_owned())));
            }
            DiffTag::Replace => {
                places.push((old_words[was.start].to(old_words[was.end - 1]), joined));
            }
            DiffTag::Insert => places.push(match was.start.checked_sub(1) {
                Some(last) => (empty(old_words[last].end), format!(" {joined}")),
                None => (empty(old_words.first()?.start), format!("{joined} ")),
            }),
            // What stands before it goes with it, so that the list around it stays one.
            DiffTag::Delete => places.push(match was.start.checked_sub(1) {
                Some(last) => {
                    (Span::new(old_words[last].end, old_words[was.end - 1].end), String::new())
                }
                None => {
                    (Span::new(old_words[0].start, old_words.get(was.end)?.start), String::new())
                }
            }),
        }
    }
    Some(places)
}

/// `old` with these places replaced.
pub(super) fn applied(old: &str, places: &[(Span, String)]) -> String {
    let mut text = old.to_owned();
    for (span, new) in places.iter().rev() {
        text.replace_range(span.range(), new);
    }
    text
}

fn empty(at: usize) -> Span {
    Span::new(at, at)
}

/// What blanks part, outside of quotes and substitutions. `None` where there are comments or here-documents, or a
/// quote is not closed.
fn words(text: &str) -> Option<Vec<Span>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            byte if byte.is_ascii_whitespace() => at += 1,
            b'#' => return None,
            _ => {
                let end = word_end(bytes, at)?;
                found.push(Span::new(at, end));
                at = end;
            }
        }
    }
    Some(found)
}

fn word_end(bytes: &[u8], start: usize) -> Option<usize> {
    // What closes what is open.
    let mut open: Vec<u8> = Vec::new();
    let mut at = start;
    while let Some(byte) = bytes.get(at).copied() {
        let inside = open.last().copied();
        let next = bytes.get(at + 1).copied();
        at += 1;
        match (inside, byte, next) {
            (Some(b'\''), b'\'', _) => _ = open.pop(),
            (Some(b'\''), ..) => (),
            (_, b'\\', _) => at += 1,
            (Some(closing), byte, _) if byte == closing => _ = open.pop(),
            (_, b'"' | b'`', _) => open.push(byte),
            (Some(b'"'), b'\'', _) => (),
            (_, b'\'', _) => open.push(byte),
            (_, b'$', Some(b'(')) => {
                open.push(b')');
                at += 1;
            }
            (_, b'$', Some(b'{')) => {
                open.push(b'}');
                at += 1;
            }
            (Some(b')'), b'(', _) => open.push(b')'),
            (None, b'<', Some(b'<')) => return None,
            (None, byte, _) if byte.is_ascii_whitespace() => return Some(at - 1),
            _ => (),
        }
    }
    (open.is_empty() && at <= bytes.len()).then_some(at)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rewritten(old: &str, new: &str) -> String {
        applied(old, &aligned(old, new).unwrap())
    }

    #[test]
    fn a_word_changes_where_it_stands() {
        assert_eq!(rewritten("a\n  b\n  c", "a x c"), "a\n  x\n  c");
        assert_eq!(rewritten("a\n  b\n  c", "a c"), "a\n  c");
        assert_eq!(rewritten("a\n  b", "x a b"), "x a\n  b");
        assert_eq!(rewritten("a\n  b", "b"), "b");
        assert_eq!(rewritten("a\n  b", "a -y b"), "a -y\n  b");
        assert_eq!(rewritten("a  b\n c", "a b d e"), "a  b\n d e");
    }

    #[test]
    fn words_hold_quotes_and_substitutions() {
        let count = |text: &str| words(text).map(|it| it.len());
        assert_eq!(count("a 'b c' \"d \\\" e\" f\\ g"), Some(4));
        assert_eq!(count("a $(b $(c d) \")\") ${e:-f g} `h i`"), Some(4));
        assert_eq!(count("a 'b"), None);
        assert_eq!(count("a \\"), None);
        assert_eq!(count("a # b"), None);
        assert_eq!(count("a << b"), None);
        assert_eq!(count(""), Some(0));
    }
}
