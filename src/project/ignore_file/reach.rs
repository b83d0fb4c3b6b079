//! What a pattern could match of a path that is named and may be a pattern itself, whatever files there
//! are. It is never wrong by saying too little.

use std::str::Chars;

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

/// Whether some name could match both.
fn may_be_equal(a: &str, b: &str) -> bool {
    const SPECIAL: [char; 4] = ['*', '?', '[', '\\'];
    if !a.contains(SPECIAL) && !b.contains(SPECIAL) {
        return a == b;
    }
    let (a, b) = (pieces(a), pieces(b));
    // Whether what begins at a piece of `a` and at one of `b` could be equal, from the last to the first.
    let mut after = vec![false; b.len() + 1];
    for at in (0..=a.len()).rev() {
        let mut here = vec![false; b.len() + 1];
        for other in (0..=b.len()).rev() {
            here[other] = match (a.get(at), b.get(other)) {
                (None, None) => true,
                (Some(Piece::Many), next) => after[other] || next.is_some() && here[other + 1],
                (next, Some(Piece::Many)) => here[other + 1] || next.is_some() && after[other],
                (Some(one), Some(two)) => one.may_be(*two) && after[other + 1],
                _ => false,
            };
        }
        after = here;
    }
    after[0]
}

/// A part of a pattern for a name.
#[derive(Clone, Copy, PartialEq)]
enum Piece {
    One(char),
    /// One character, of some that are not looked at.
    Any,
    /// Any number of them.
    Many,
}

impl Piece {
    fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        pieces.push(match character {
            '*' => Piece::Many,
            '?' => Piece::Any,
            '\\' => rest.next().map_or(Piece::Many, Piece::One),
            '[' => class(&mut rest),
            character => Piece::One(character),
        });
    }
    pieces
}

/// Steps over a class, up to its `]`. What is no plain one may stand for anything.
fn class(rest: &mut Chars) -> Piece {
    let end = rest.as_str().find(']');
    let inside = end.map(|end| &rest.as_str()[..end]);
    let Some(inside) = inside.filter(|it| !it.is_empty() && !it.contains(['\\', '^', '['])) else {
        rest.by_ref().for_each(drop);
        return Piece::Many;
    };
    rest.nth(inside.chars().count());
    Piece::Any
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
            ("*.py[cod]", "requirements.txt", Nothing),
            ("*.py[cod]", "*.py?", Itself),
            ("*.tfstate.*", "package.json", Nothing),
            ("*.tfstate.*", "a.tfstate.b", Itself),
            ("*.tfstate.*", "package*.json", Itself),
            ("*.pem", "package-lock.json*", Itself),
            ("a*b*c", "a*d", Nothing),
            ("[]a]*.x", "b", Itself),
            ("[!a]x", "xy", Nothing),
            ("\\*x", "*", Itself),
            ("\\*x", "ax", Nothing),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(reach(pattern, path), expected, "{pattern} {path}");
        }
    }
}
