//! Lines of a stream, each with a limit.

use std::io::{self, BufRead, ErrorKind};

/// One line without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Vec<u8>),
    /// It had more bytes than this, which are gone.
    TooLong(usize),
}

/// Reads lines of at most `longest` bytes.
pub(super) struct Lines<R> {
    stream: R,
    longest: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(stream: R, longest: usize) -> Self {
        Self { stream, longest }
    }

    /// `None` at the end. A last line needs no line end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let (mut bytes, mut is_too_long, mut is_any) = (Vec::new(), false, false);
        loop {
            let there = match self.stream.fill_buf() {
                Ok(there) => there,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if there.is_empty() {
                break;
            }
            is_any = true;
            let end = memchr::memchr(b'\n', there);
            let part = &there[..end.unwrap_or(there.len())];
            is_too_long |= bytes.len() + part.len() > self.longest;
            match is_too_long {
                true => bytes = Vec::new(),
                false => bytes.extend_from_slice(part),
            }
            let used = part.len() + usize::from(end.is_some());
            self.stream.consume(used);
            if end.is_some() {
                break;
            }
        }
        let line = if is_too_long { Line::TooLong(self.longest) } else { Line::Whole(bytes) };
        Ok(is_any.then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines};
    use std::io::BufReader;

    fn lines(text: &str, buffer: usize) -> Vec<Line> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, text.as_bytes()), 4);
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    #[test]
    fn every_line_counts_and_long_ones_are_thrown_away() {
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        for buffer in [1, 3, 100] {
            let read = lines("1234\n12345\n\n123456789\nab", buffer);
            let wanted =
                [whole("1234"), Line::TooLong(4), whole(""), Line::TooLong(4), whole("ab")];
            assert_eq!(read, wanted);
            assert_eq!(lines("", buffer), []);
            assert_eq!(lines("\n", buffer), [whole("")]);
        }
    }
}
