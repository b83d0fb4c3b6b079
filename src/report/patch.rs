//! A patch that `git apply` and `patch` take as it is.

use super::diff;
use super::summary::Summary;
use super::{FileReport, Format, Piece, error, text};

/// `--diff`: one patch for each file, from before the first step to after the last.
#[derive(Debug)]
pub struct Patch {
    pub style: super::Style,
    /// A person reads it: control characters of the file are escaped.
    pub reader: Reader,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Tool,
    Terminal,
}

impl Format for Patch {
    fn render(&self, file: &FileReport<'_>) -> Piece {
        let problems = error::problems(file, self.style.colour);
        let Some((before, after)) = file.change() else {
            return Piece { problems, ..Piece::default() };
        };
        let mut full = patch(file, before, after);
        if self.reader == Reader::Terminal {
            full = text::visible(&String::from_utf8_lossy(&full)).into_owned().into_bytes();
        }
        Piece { full, problems, changed: true, ..Piece::default() }
    }

    fn add(&mut self, piece: Piece) -> Vec<u8> {
        piece.full
    }

    fn finish(&mut self, _: &Summary) -> Vec<u8> {
        Vec::new()
    }
}

/// The patch for one file.
pub fn patch(file: &FileReport<'_>, before: &str, after: &str) -> Vec<u8> {
    of_texts(&file.patch_name, file.is_new, before, after)
}

/// The patch that makes `after` of `before` in the file that it names `name`.
pub(super) fn of_texts(name: &[u8], is_new: bool, before: &str, after: &str) -> Vec<u8> {
    let old = match is_new {
        true => b"/dev/null".to_vec(),
        false => quoted([b"a/", name].concat()),
    };
    let new = quoted([b"b/", name].concat());
    let mut patch = [b"--- ", old.as_slice(), b"\n+++ ", &new, b"\n"].concat();
    patch.extend_from_slice(diff::hunks(before, after, 3).as_bytes());
    patch
}

/// A name as it has to stand in a patch: GNU patch needs a TAB after one with a blank, and both
/// tools read C strings for control characters, quotes and backslashes.
fn quoted(name: Vec<u8>) -> Vec<u8> {
    let is_odd = |byte: &u8| byte.is_ascii_control() || matches!(byte, b'"' | b'\\');
    if name.iter().any(is_odd) {
        let mut quoted = vec![b'"'];
        for byte in &name {
            match byte {
                b'"' | b'\\' => quoted.extend([b'\\', *byte]),
                byte if byte.is_ascii_control() => quoted.extend(format!("\\{byte:03o}").bytes()),
                byte => quoted.push(*byte),
            }
        }
        quoted.push(b'"');
        return quoted;
    }
    match name.contains(&b' ') {
        true => [name, vec![b'\t']].concat(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn names_are_quoted_only_where_tools_need_it() {
        assert_eq!(quoted(b"a/Dockerfile".to_vec()), b"a/Dockerfile");
        assert_eq!(quoted(b"a/my file".to_vec()), b"a/my file\t");
        assert_eq!(quoted(b"a/x\ty\"".to_vec()), b"\"a/x\\011y\\\"\"");
        assert_eq!(quoted("a/ü".as_bytes().to_vec()), "a/ü".as_bytes());
    }
}
