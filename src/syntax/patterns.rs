//! The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`.
//! It knows no variables.

use super::expand::{ExpandError, invalid};
use regex::{NoExpand, Regex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    First,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Shortest,
    Longest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Start,
    Anywhere,
}

/// `${name#pattern}` and `${name%pattern}`; a doubled sign takes the longest match.
pub(super) fn trimmed(value: &str, sign: char, pattern: &str) -> Result<String, ExpandError> {
    let (pattern, length) = match pattern.strip_prefix(sign) {
        Some(pattern) => (pattern, Match::Longest),
        None => (pattern, Match::Shortest),
    };
    if sign == '#' {
        return without_prefix(value, pattern, length);
    }
    let value: String = value.chars().rev().collect();
    let rest = without_prefix(&value, &reversed(pattern), length)?;
    Ok(rest.chars().rev().collect())
}

/// `${name/pattern/replacement}`, or with `//` all matches.
pub(super) fn replaced(
    value: &str,
    pattern: &str,
    replacement: &str,
    count: Count,
) -> Result<String, ExpandError> {
    let pattern = regex(pattern, Match::Longest, Anchor::Anywhere)?;
    Ok(match count {
        // BuildKit takes `$1` in the replacement for a group here, and only here.
        Count::All => pattern.replace_all(value, replacement).into_owned(),
        Count::First => pattern.replacen(value, 1, NoExpand(replacement)).into_owned(),
    })
}

fn without_prefix(value: &str, pattern: &str, length: Match) -> Result<String, ExpandError> {
    let pattern = regex(pattern, length, Anchor::Start)?;
    Ok(value[pattern.find(value).map_or(0, |found| found.end())..].to_owned())
}

/// A pattern from its end to its start; an escape stays before what it escapes.
fn reversed(pattern: &str) -> String {
    let mut parts = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        parts.push((character, escaped));
    }
    let both = |(first, second): (char, Option<char>)| std::iter::once(first).chain(second);
    parts.into_iter().rev().flat_map(both).collect()
}

/// The regular expression for a pattern of `*`, `?` and escapes.
fn regex(pattern: &str, length: Match, anchor: Anchor) -> Result<Regex, ExpandError> {
    let mut result = String::with_capacity(pattern.len() + 4);
    if anchor == Anchor::Start {
        result.push('^');
    }
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if length == Match::Longest => result.push_str(".*"),
            '*' => result.push_str(".*?"),
            '?' => result.push('.'),
            '\\' => match characters.next() {
                Some(escaped @ ('}' | '/')) => {
                    result.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
                }
                Some(escaped @ ('*' | '?' | '\\')) => result.extend(['\\', escaped]),
                _ => return Err(invalid(&format!("pattern `{pattern}` has a bad escape"))),
            },
            _ => result.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
        }
    }
    Regex::new(&result).map_err(|_| invalid(&format!("pattern `{pattern}` is too large")))
}
