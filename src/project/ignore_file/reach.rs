//! What a pattern could match of a path that is named and may be a pattern itself, whatever files there
//! are. It is never wrong by saying too little.

/// What a pattern of an ignore file could match, seen from a path that a build takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing of it.
    Nothing,
    /// Something in the folder that the path may be.
    Below,
    /// The path itself, or a folder on the way to it.
    Itself,
}

/// How `pattern` (as in [`super::Pattern::text`]) reaches `path`, which is from the top of the context,
/// without slashes at its ends; `""` is all of it, and `*` may stand in it as in a `COPY`.
pub fn reach(pattern: &str, path: &str) -> Reach {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('/').collect() };
    reach_parts(&pattern, &path)
}

fn reach_parts(pattern: &[&str], path: &[&str]) -> Reach {
    let Some((first, rest)) = pattern.split_first() else { return Reach::Itself };
    if first.contains("**") {
        // It stands for any number of folders, and what is joined to it for any name.
        if *first != "**" || rest.is_empty() {
            return if path.is_empty() { Reach::Below } else { Reach::Itself };
        }
        let starts = 0..=path.len();
        return starts.map(|at| reach_parts(rest, &path[at..])).max().unwrap_or(Reach::Below);
    }
    let Some((name, inner)) = path.split_first() else { return Reach::Below };
    match may_be_equal(first, name) {
        true => reach_parts(rest, inner),
        false => Reach::Nothing,
    }
}

/// Whether some name could match both: what stands before the first and behind the last special
/// character of each has to agree.
fn may_be_equal(a: &str, b: &str) -> bool {
    const SPECIAL: [char; 5] = ['*', '?', '[', '\\', ']'];
    let ends = |text: &str| {
        let first = text.find(SPECIAL)?;
        let last = text.rfind(SPECIAL)?;
        Some((text[..first].to_owned(), text[last + 1..].to_owned()))
    };
    let fits = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
    let fits_at_end = |a: &str, b: &str| a.ends_with(b) || b.ends_with(a);
    match (ends(a), ends(b)) {
        (None, None) => a == b,
        (Some((start, end)), None) => is_between(b, &start, &end),
        (None, Some((start, end))) => is_between(a, &start, &end),
        (Some(a), Some(b)) => fits(&a.0, &b.0) && fits_at_end(&a.1, &b.1),
    }
}

/// Whether `name` starts and ends so, with anything between.
fn is_between(name: &str, start: &str, end: &str) -> bool {
    name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::Reach::{Below, Itself, Nothing};
    use super::*;

    #[test]
    fn a_pattern_reaches_a_path_or_what_is_in_it() {
        let cases = [
            ("dist", "dist", Itself),
            ("dist", "dist/app.js", Itself),
            ("dist", "", Below),
            ("dist", "src", Nothing),
            ("src/gen", "src", Below),
            ("src/gen", "src/main.c", Nothing),
            ("**/gen", "src", Below),
            ("**/gen", "src/gen/x", Itself),
            ("*.log", "package*.json", Nothing),
            ("*.log", "src", Nothing),
            ("*.log", "*", Itself),
            ("**/*.log", "src", Below),
            (".env*", ".env.example", Itself),
            ("Dockerfile*", "Docker", Nothing),
            ("**", "src", Itself),
            ("a/**/b", "a/x", Below),
            ("a/**/b", "c", Nothing),
            ("[ab]c", "xc", Itself),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(reach(pattern, path), expected, "{pattern} {path}");
        }
    }
}
