//! Pages that a development server sends with a script of its own, which loads them anew when a source changes.

/// Whether `after` is the page of before, but for that script.
pub(super) fn is_page_without_script(before: &str, after: &str) -> bool {
    let Some(rest) = without_script(before) else { return false };
    // Templates leave the blanks around it.
    without_script(after).is_none()
        && rest
            .split_whitespace()
            .flat_map(str::chars)
            .eq(after.split_whitespace().flat_map(str::chars))
}

/// The page without its scripts that reload it; `None` if it has none.
fn without_script(page: &str) -> Option<String> {
    let mut rest = page;
    let mut kept = String::new();
    let mut found = false;
    while let Some((start, end)) = script(rest) {
        let (before, script) = (&rest[..start], &rest[start..end]);
        match script.to_ascii_lowercase().contains("livereload") {
            true => {
                kept.push_str(without_comment(before));
                found = true;
            }
            false => kept.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    kept.push_str(rest);
    found.then_some(kept)
}

/// Where the first script begins and ends.
fn script(page: &str) -> Option<(usize, usize)> {
    const END: &str = "</script>";
    let start = page.find("<script")?;
    let end = page[start..].find(END)?;
    Some((start, start + end + END.len()))
}

/// What stands before a script, without the comment that tells what it is.
fn without_comment(before: &str) -> &str {
    let text = before.trim_end();
    let comment = text.strip_suffix("-->").and_then(|it| it.rfind("<!--"));
    match comment {
        Some(start) if text[start..].to_ascii_lowercase().contains("livereload") => &text[..start],
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::is_page_without_script;

    #[test]
    fn only_the_script_that_reloads_may_go() {
        let after = "<head>\n<title>a</title></head><body><script>b()</script></body>";
        let hugo = "<head><script src=\"/livereload.js?port=1313\" defer></script>\n<title>a</title></head><body><script>b()</script></body>";
        assert!(is_page_without_script(hugo, after));
        let book = after.replace(
            "</body>",
            "\n  <!-- Livereload script (if served using the cli tool) -->\n <script>new WebSocket(\"/__livereload\");</script>\n</body>",
        );
        assert!(is_page_without_script(&book, after));
        assert!(!is_page_without_script(after, after));
        assert!(!is_page_without_script(hugo, &after.replace("b()", "c()")));
        assert!(!is_page_without_script(&hugo.replace("livereload", "other"), after));
    }
}
