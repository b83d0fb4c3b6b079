//! One spelling for each path: absolute, without `.`, `..`, doubled or final slashes, and as text.

use std::fmt::Write;

/// How bytes of a path are written as text, so that different bytes never look the same: what is not UTF-8 and
/// control characters as `\xff`, a backslash as `\\`.
pub fn spell(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                _ if character.is_control() => {
                    let mut buffer = [0; 4];
                    escape(&mut text, character.encode_utf8(&mut buffer).as_bytes());
                }
                _ => text.push(character),
            }
        }
        escape(&mut text, chunk.invalid());
    }
    text
}

fn escape(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
}

/// The path that a builder unpacks an entry of this name to, or `None` if it leads out of the image.
///
/// As Go's `filepath.Clean` below the root: `./a//b/` and `/a/c/../b` are `/a/b`; `/../a` is `/a`, while `../a`
/// is refused by every builder.
pub fn normalise(name: &[u8]) -> Option<String> {
    let absolute = name.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in name.split(|it| *it == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if parts.pop().is_none() && !absolute {
                    return None;
                }
            }
            _ => parts.push(part),
        }
    }
    let mut path = String::with_capacity(name.len() + 1);
    for part in parts {
        path.push('/');
        path.push_str(&spell(part));
    }
    if path.is_empty() {
        path.push('/');
    }
    Some(path)
}

/// The folder that a path is in; `None` for the root.
pub fn parent(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/')?;
    match (folder, name) {
        ("", "") => None,
        ("", _) => Some("/"),
        _ => Some(folder),
    }
}

/// The last part of a path; empty for the root.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The path of `name` in `folder`.
pub fn join(folder: &str, name: &str) -> String {
    if folder == "/" { format!("/{name}") } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::{join, name, normalise, parent, spell};

    #[test]
    fn paths_are_cleaned_as_builders_do() {
        for (given, want) in [
            ("./a//b/", Some("/a/b")),
            ("a", Some("/a")),
            ("/a/c/../b", Some("/a/b")),
            ("/../a", Some("/a")),
            ("./", Some("/")),
            ("", Some("/")),
            ("../a", None),
            ("a/../../b", None),
        ] {
            assert_eq!(normalise(given.as_bytes()).as_deref(), want, "{given}");
        }
    }

    #[test]
    fn different_bytes_never_look_the_same() {
        assert_eq!(spell(b"caf\xe9"), "caf\\xe9");
        assert_eq!(spell(b"caf\\xe9"), "caf\\\\xe9");
        assert_eq!(spell("café\n\u{1b}[m".as_bytes()), "café\\x0a\\x1b[m");
        assert_eq!(spell("\u{85}".as_bytes()), "\\xc2\\x85");
    }

    #[test]
    fn parts_of_paths() {
        assert_eq!(parent("/"), None);
        assert_eq!(parent("/a"), Some("/"));
        assert_eq!(parent("/a/b"), Some("/a"));
        assert_eq!(name("/a/b"), "b");
        assert_eq!(join("/", "a"), "/a");
        assert_eq!(join("/a", "b"), "/a/b");
    }
}
