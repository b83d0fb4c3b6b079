//! What makes a pattern an error when the file is read. It does not match paths.

/// What is wrong with a pattern, and the byte of it where that shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Defect {
    pub(super) at: usize,
    pub(super) message: &'static str,
    pub(super) help: &'static str,
}

/// The error that Go's `filepath.Match(pattern, ".")` finds, which is all that `patternmatcher.New` asks
/// for. Go reads a pattern in chunks that end before a `*` outside of brackets, and stops reading where
/// the text cannot match any more: with `.` as the text that is after the first chunk, or after the
/// second where the first matches `.` alone. Later mistakes show when a path is matched, or never.
pub(super) fn check(pattern: &str) -> Result<(), Defect> {
    let (first, rest) = chunk(pattern, 0);
    if is_dot(pattern, first)? {
        let (second, _) = chunk(pattern, rest);
        is_dot(pattern, second)?;
    }
    Ok(())
}

type Range = std::ops::Range<usize>;

/// The chunk after the stars at `start`, and where the next one starts.
fn chunk(pattern: &str, start: usize) -> (Range, usize) {
    let bytes = pattern.as_bytes();
    let mut at = start;
    while bytes.get(at) == Some(&b'*') {
        at += 1;
    }
    let begin = at;
    let mut in_brackets = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if at + 1 < bytes.len() => at += 1,
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            b'*' if !in_brackets => break,
            _ => {}
        }
        at += 1;
    }
    (begin..at, at)
}

/// Whether a chunk matches `.` and nothing else.
fn is_dot(pattern: &str, chunk: Range) -> Result<bool, Defect> {
    let end = chunk.end;
    let bytes = &pattern.as_bytes()[..end];
    let mut at = chunk.start;
    let mut elements = 0;
    let mut dot = false;
    while at < end {
        elements += 1;
        match bytes[at] {
            b'[' => (dot, at) = brackets(&pattern[..end], at)?,
            b'?' => (dot, at) = (true, at + 1),
            b'\\' if at + 1 == end => {
                let message = "nothing follows the `\\` at the end";
                let help = "remove it, or write `\\\\` for the character itself";
                return Err(Defect { at, message, help });
            }
            b'\\' => (dot, at) = (bytes[at + 1] == b'.', at + 2),
            byte => (dot, at) = (byte == b'.', at + 1),
        }
    }
    Ok(elements == 1 && dot)
}

/// Reads `[…]` at `open`: whether it holds `.`, and where it ends.
fn brackets(text: &str, open: usize) -> Result<(bool, usize), Defect> {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    let negated = bytes.get(at) == Some(&b'^');
    at += usize::from(negated);
    let mut holds = false;
    let mut first = true;
    while first || bytes.get(at) != Some(&b']') {
        let low = bracket_character(text, open, &mut at)?;
        let mut high = low;
        if bytes[at] == b'-' {
            at += 1;
            high = bracket_character(text, open, &mut at)?;
        }
        holds |= (low..=high).contains(&'.');
        first = false;
    }
    Ok((holds != negated, at + 1))
}

/// One character of `[…]`, maybe escaped, after which more must follow.
fn bracket_character(text: &str, open: usize, at: &mut usize) -> Result<char, Defect> {
    let unclosed = Defect {
        at: open,
        message: "`[` is never closed",
        help: "close it with `]`, or write `\\[` for the character itself",
    };
    let rest = &text[*at..];
    match rest.chars().next() {
        None => return Err(unclosed),
        Some('-' | ']') => {
            let message = "`-` and `]` cannot stand here in `[…]`";
            return Err(Defect { at: *at, message, help: "write `\\-` or `\\]`" });
        }
        Some('\\') => *at += 1,
        Some(_) => {}
    }
    let character = text[*at..].chars().next().ok_or(unclosed)?;
    *at += character.len_utf8();
    if *at == text.len() { Err(unclosed) } else { Ok(character) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn good_patterns_pass() {
        for pattern in
            ["a", "[a]", "[^a-z]b", "[\\]]", "a\\[", "*", "**/[!a]", "[é-ü]", "]", "[[a]*"]
        {
            assert_eq!(check(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_go_refuses_is_an_error_at_its_place() {
        let cases = [
            ("a[", 1),
            ("[a", 0),
            ("[]a]", 1),
            ("[^]a]", 2),
            ("[-a]", 1),
            ("[a-]", 3),
            ("[a\\", 0),
            ("a\\", 1),
            ("*[", 1),
        ];
        for (pattern, at) in &cases {
            assert_eq!(check(pattern).map_err(|defect| defect.at), Err(*at), "{pattern}");
        }
    }

    #[test]
    fn go_reads_on_only_while_a_dot_can_match() {
        assert!(check("a*[").is_ok());
        assert!(check(".*[").is_err());
        assert!(check("?*[").is_err());
        assert!(check("[^a]*[").is_err());
        assert!(check("[a]*[").is_ok());
        assert!(check("\\.*[").is_err());
        assert!(check(".*a*[").is_ok());
        assert!(check("*.*[").is_err());
    }
}
