//! How patternmatcher matches one pattern: by comparing text, or by a regular expression that it makes.
//! It knows no list of patterns.

use super::class::Refusal;
use super::expression::{Expression, FOLDERS};

/// The ways in which a pattern is matched.
#[derive(Debug, Clone)]
pub(super) enum Glob {
    /// The path is the pattern.
    Exact,
    /// `text**`: the path starts with this.
    Prefix(String),
    /// `**text`: the path ends with this, or it is this without the leading slash. Bytes, because
    /// patternmatcher cuts a byte order mark in two.
    Suffix(Vec<u8>),
    Expression(Expression),
    /// The regular expression does not compile: an error whenever a path is matched.
    Broken(Refusal),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Exact,
    Prefix,
    Suffix,
    Expression,
}

impl Glob {
    /// Follows `Pattern.compile` of patternmatcher 0.6.1.
    pub(super) fn new(pattern: &str) -> Self {
        let (kind, expression) = compile(pattern);
        match kind {
            Type::Exact => Self::Exact,
            Type::Prefix => Self::Prefix(pattern[..pattern.len() - 2].to_owned()),
            Type::Suffix => Self::Suffix(pattern.as_bytes()[2..].to_vec()),
            Type::Expression => {
                Expression::parse(&expression).map_or_else(Self::Broken, Self::Expression)
            }
        }
    }

    pub(super) fn is_match(&self, pattern: &str, path: &str) -> bool {
        match self {
            Self::Exact => path == pattern,
            Self::Prefix(text) => path.starts_with(text.as_str()),
            Self::Suffix(text) => {
                path.as_bytes().ends_with(text)
                    || text.strip_prefix(b"/").is_some_and(|text| text == path.as_bytes())
            }
            Self::Expression(expression) => expression.is_match(path),
            Self::Broken(_) => false,
        }
    }
}

/// The type of a pattern, and its regular expression.
fn compile(pattern: &str) -> (Type, String) {
    let mut kind = Type::Exact;
    let mut made = "^".to_owned();
    // Go's scanner passes over a byte order mark.
    let mut rest = pattern.strip_prefix('\u{feff}').unwrap_or(pattern).chars().peekable();
    let mut first = true;
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                kind = match (rest.peek(), kind) {
                    _ if first => Type::Suffix,
                    (None, Type::Exact) => Type::Prefix,
                    _ => Type::Expression,
                };
                made.push_str(if rest.peek().is_some() { FOLDERS } else { ".*" });
            }
            '*' => {
                made.push_str("[^/]*");
                kind = Type::Expression;
            }
            '?' => {
                made.push_str("[^/]");
                kind = Type::Expression;
            }
            // It means to escape `|`, `{` and `}`, too, but its table has no room for codes above 63.
            '.' | '+' | '(' | ')' | '$' => made.extend(['\\', character]),
            '\\' => {
                made.push('\\');
                if let Some(escaped) = rest.next() {
                    made.push(escaped);
                    kind = Type::Expression;
                }
            }
            '[' | ']' => {
                made.push(character);
                kind = Type::Expression;
            }
            other => made.push(other),
        }
        first = false;
    }
    made.push('$');
    (kind, made)
}
