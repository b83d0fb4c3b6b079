//! Whether a text is a path.

/// Longer texts are prose.
const LONGEST: usize = 300;

/// Whether a text looks like the path of a file or folder here: it has a `/`, or an extension, and nothing
/// that a path of a project does not have. Coordinates, versions, URLs and options do not.
pub(super) fn looks_like_path(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.starts_with(['-', '@', '/', '#', '<']) {
        return false;
    }
    if text.contains("://") || text.contains(['\n', '\r', '\t', '"', '\'', '`', ';', '|', '=', ':'])
    {
        return false;
    }
    // Prose has blanks; of a path with a blank the last part tells.
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    if text.contains(' ') && !has_extension(name) {
        return false;
    }
    text.contains(['/', '\\']) || has_extension(name) || is_document(name)
}

/// `x.md`, `.env`; not `1.2`, `a.b.c.d` in which the last part is long.
fn has_extension(name: &str) -> bool {
    let Some((_, extension)) = name.rsplit_once('.') else { return false };
    (1..=10).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'*')
        && extension.bytes().any(|byte| !byte.is_ascii_digit())
}

/// Files without an extension that are named often.
pub(super) fn is_document(name: &str) -> bool {
    let names =
        ["README", "LICENSE", "LICENCE", "NOTICE", "COPYING", "CHANGELOG", "CHANGES", "VERSION"];
    let names = names.iter().chain(&["AUTHORS", "HISTORY", "NEWS", "Makefile", "Rakefile"]);
    names.into_iter().any(|it| name.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::looks_like_path;

    #[test]
    fn paths_are_told_from_other_texts() {
        for path in
            ["README.md", "a/b", "LICENSE", "libs/*.jar", "my file.txt", "..\\a.csproj", "VERSION"]
        {
            assert!(looks_like_path(path), "{path}");
        }
        for other in
            ["", "1.2", "1.2.3", "^1.0", "org.a:b:1.0", "https://a.b/c", "a", "see the docs.", "-x"]
        {
            assert!(!looks_like_path(other), "{other}");
        }
    }
}
