//! The shortest form of a path. It looks at the text only.

/// What Go's `filepath.Clean` makes of `path` on a system with `/`: no empty or `.` component, no `..`
/// that follows a name or the root, no slash at the end; `.` where nothing is left.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            name => kept.push(name),
        }
    }
    match (rooted, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_path_gets_its_shortest_form() {
        let cases = [
            ("", "."),
            (".", "."),
            ("./", "."),
            ("/", "/"),
            ("//", "/"),
            ("a//b/", "a/b"),
            ("./a/./b", "a/b"),
            ("a/../b", "b"),
            ("a/b/../..", "."),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("../..", "../.."),
            ("/../a", "/a"),
            ("/a/..", "/"),
            ("...", "..."),
            ("a /b", "a /b"),
            ("[a/../b]", "b]"),
        ];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path}");
        }
    }
}
