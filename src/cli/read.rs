//! Reads one Dockerfile within limits.

use crate::report::Problem;
use crate::syntax::{ErrorKind, SyntaxError};
use crate::text::Span;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A text, or the nearest to it and what is wrong.
pub(super) type Reading = Result<String, (String, Problem)>;

/// Reads a regular file of at most `limit` bytes.
pub(super) fn file(path: &Path, limit: u64) -> Reading {
    let open = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    match open {
        Ok((about, file)) if about.is_file() => text(file, about.len(), limit),
        Ok(_) => Err(unreadable("not a regular file".to_owned())),
        Err(error) => Err(unreadable(format!("cannot be read: {}", reason(&error)))),
    }
}

/// Reads all of `stream`, which may be at most `limit` bytes.
pub(super) fn stream(stream: impl Read, limit: u64) -> Reading {
    text(stream, 0, limit)
}

/// The same of which it is known how large it will about be.
fn text(stream: impl Read, size: u64, limit: u64) -> Reading {
    // One more, so that the end is seen without growing.
    let mut bytes = Vec::with_capacity(size.min(limit) as usize + 1);
    if let Err(error) = stream.take(limit.saturating_add(1)).read_to_end(&mut bytes) {
        return Err(unreadable(format!("cannot be read: {}", reason(&error))));
    }
    if bytes.len() as u64 > limit {
        return Err((String::new(), too_large(limit)));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes(), &error))
}

pub(super) fn too_large(limit: u64) -> Problem {
    Problem::Unreadable(format!(
        "larger than {limit} bytes; raise the limit with `--max-file-size`"
    ))
}

/// An error of the operating system without its number.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

fn unreadable(message: String) -> (String, Problem) {
    (String::new(), Problem::Unreadable(message))
}

fn not_utf8(bytes: &[u8], error: &std::string::FromUtf8Error) -> (String, Problem) {
    let at = error.utf8_error().valid_up_to();
    let utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let (encoding, name) = if utf_16 { ("UTF-16", "UTF-16") } else { ("LATIN1", "its encoding") };
    let help = match utf_16 {
        true => format!("it looks like {name}; convert it: `iconv -f {encoding} -t UTF-8`"),
        false => format!("convert it from {name}, for example: `iconv -f {encoding} -t UTF-8`"),
    };
    let error = SyntaxError {
        kind: ErrorKind::Structure,
        span: Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8()),
        message: format!("not UTF-8: byte 0x{:02x}", bytes.get(at).copied().unwrap_or_default()),
        help: Some(help),
    };
    (String::from_utf8_lossy(bytes).into_owned(), Problem::Unparsable(vec![error]))
}

#[cfg(test)]
mod tests {
    use super::stream;
    use crate::report::Problem;

    #[test]
    fn bytes_that_are_not_utf8_are_found() {
        let (text, problem) = stream(&b"FROM a\nRUN \xff\n"[..], 100).unwrap_err();
        let Problem::Unparsable(errors) = problem else { panic!("{problem:?}") };
        assert_eq!((errors[0].span.start, text.as_str()), (11, "FROM a\nRUN \u{fffd}\n"));
    }

    #[test]
    fn the_limit_is_inclusive() {
        assert_eq!(stream(&b"1234"[..], 4).unwrap(), "1234");
        assert!(stream(&b"12345"[..], 4).is_err());
    }
}
