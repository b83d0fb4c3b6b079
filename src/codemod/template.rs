//! Texts with metavariables: `$NAME` stands for one piece, `$$$NAME` for several words, `\$` for a dollar sign.
//!
//! Names are in capitals. It knows no instruction.

use regex::{Captures, Regex};
use std::fmt::Write;
use std::ops::Range;

/// Says what a part of a text stands for; `None` if it is not known.
pub(super) type Value<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// A text with metavariables.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
    /// What it matches inside one word; `None` if it has no metavariables.
    regex: Option<Regex>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// `$NAME`
    One(String),
    /// `$$$NAME`
    Many(String),
}

/// What a metavariable stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    /// As it is written in the file, with continuations.
    pub(super) source: String,
    /// Without them.
    pub(super) text: String,
    /// What it says once quotes are gone and variables have their values; `None` if that is not known.
    pub(super) value: Option<String>,
}

impl Bound {
    /// A text that is written nowhere else.
    pub(super) fn plain(text: &str) -> Self {
        Self { source: text.to_owned(), text: text.to_owned(), value: Some(text.to_owned()) }
    }
}

/// Metavariables with what they stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bindings(Vec<(String, Bound)>);

impl Bindings {
    pub(super) fn get(&self, name: &str) -> Option<&Bound> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, bound)| bound)
    }

    /// `None` if it stands for something else already.
    #[must_use]
    pub(super) fn with(mut self, name: &str, bound: Bound) -> Option<Self> {
        match self.get(name) {
            Some(known) if known.text == bound.text => Some(self),
            Some(known) => (known.value.is_some() && known.value == bound.value).then_some(self),
            None => {
                self.0.push((name.to_owned(), bound));
                Some(self)
            }
        }
    }
}

/// The metavariables of `text`, each with where it stands.
pub(super) fn metavariables(text: &str) -> Vec<(Range<usize>, Piece)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|it| at + it) {
        let escaped = text[..dollar].ends_with('\\');
        let dollars = text[dollar..].bytes().take_while(|byte| *byte == b'$').count();
        let name = name_at(&text[dollar + dollars..]);
        at = dollar + dollars + name.len();
        match (escaped, dollars, name) {
            (false, 1, name) if !name.is_empty() => {
                found.push((dollar..at, Piece::One(name.to_owned())));
            }
            (false, 3, name) if !name.is_empty() => {
                found.push((dollar..at, Piece::Many(name.to_owned())));
            }
            _ => (),
        }
    }
    found
}

/// A name in capitals at the start of `text`; empty if there is none.
fn name_at(text: &str) -> &str {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let length = text.bytes().take_while(|byte| is_part(*byte)).count();
    let goes_on = text[length..].starts_with(|next: char| next.is_ascii_lowercase());
    match text.starts_with(|first: char| first.is_ascii_uppercase()) && !goes_on {
        true => &text[..length],
        false => "",
    }
}

impl Template {
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut at = 0;
        let literal = |text: &str, pieces: &mut Vec<Piece>| {
            if !text.is_empty() {
                pieces.push(Piece::Text(text.replace("\\$", "$")));
            }
        };
        for (range, piece) in metavariables(text) {
            literal(&text[at..range.start], &mut pieces);
            at = range.end;
            pieces.push(piece);
        }
        literal(&text[at..], &mut pieces);
        Self::of(pieces)
    }

    pub(super) fn of(pieces: Vec<Piece>) -> Self {
        let regex = Self::regex(&pieces);
        Self { pieces, regex }
    }

    fn regex(pieces: &[Piece]) -> Option<Regex> {
        if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            return None;
        }
        let mut pattern = "^(?s:".to_owned();
        for (number, piece) in pieces.iter().enumerate() {
            let _ = match piece {
                Piece::Text(text) => write!(pattern, "{}", regex::escape(text)),
                Piece::One(_) => write!(pattern, "(?P<p{number}>.+?)"),
                Piece::Many(_) => write!(pattern, "(?P<p{number}>.*?)"),
            };
        }
        pattern.push_str(")$");
        Regex::new(&pattern).ok()
    }

    /// The text that it is, if it has no metavariables.
    pub(super) fn literal(&self) -> Option<&str> {
        match &*self.pieces {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The metavariable that it is, if it is nothing but one.
    pub(super) fn only(&self) -> Option<&Piece> {
        match &*self.pieces {
            [piece @ (Piece::One(_) | Piece::Many(_))] => Some(piece),
            _ => None,
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::One(name) | Piece::Many(name) => Some(name.as_str()),
        })
    }

    /// Matches all of a text: without quotes around all of it, or else what it stands for.
    pub(super) fn matches(
        &self,
        text: &Bound,
        value: &Value,
        bindings: &Bindings,
    ) -> Option<Bindings> {
        if let Some(Piece::One(name) | Piece::Many(name)) = self.only() {
            return bindings.clone().with(name, text.clone());
        }
        let inner = unquoted(&text.text);
        let Some(regex) = &self.regex else {
            let wanted = self.literal()?;
            let same = inner == wanted || text.value.as_deref() == Some(wanted);
            return same.then(|| bindings.clone());
        };
        if let Some(captures) = regex.captures(inner) {
            return self.bound(&captures, value, bindings);
        }
        // What variables stand for may fit where what is written does not; it is taken as it is then.
        let whole = text.value.as_deref()?;
        self.bound(&regex.captures(whole)?, &|text| Some(text.to_owned()), bindings)
    }

    fn bound(&self, captures: &Captures, value: &Value, bindings: &Bindings) -> Option<Bindings> {
        let mut bindings = bindings.clone();
        for (number, piece) in self.pieces.iter().enumerate() {
            let (Piece::One(name) | Piece::Many(name)) = piece else { continue };
            let text = captures.name(&format!("p{number}"))?.as_str().to_owned();
            let value = value(&text);
            bindings = bindings.with(name, Bound { source: text.clone(), text, value })?;
        }
        Some(bindings)
    }

    /// The text with its metavariables filled in: as it is to be written in a file, and without continuations. One
    /// that is not bound leaves nothing.
    pub(super) fn fill(&self, bindings: &Bindings) -> Filled {
        let mut filled = Filled::default();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => {
                    filled.source.push_str(text);
                    filled.text.push_str(text);
                }
                Piece::One(name) | Piece::Many(name) => {
                    let Some(bound) = bindings.get(name) else { continue };
                    if bound.text.is_empty() {
                        // No blank stands where there is nothing.
                        filled.source.truncate(filled.source.trim_end_matches(' ').len());
                        filled.text.truncate(filled.text.trim_end_matches(' ').len());
                    }
                    filled.source.push_str(&bound.source);
                    filled.text.push_str(&bound.text);
                }
            }
        }
        filled
    }
}

/// A text to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) source: String,
    pub(super) text: String,
}

impl Filled {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { source: text.clone(), text }
    }
}

/// A text without the quotes around all of it.
pub(super) fn unquoted(raw: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains([quote, '\\'])) {
            return inner;
        }
    }
    raw
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn matched(template: &str, text: &str) -> Option<Vec<(String, String)>> {
        let value = |text: &str| Some(unquoted(text).to_owned());
        let bound = Bound { value: value(text), ..Bound::plain(text) };
        let found = Template::parse(template).matches(&bound, &value, &Bindings::default())?;
        Some(found.0.into_iter().map(|(name, bound)| (name, bound.text)).collect())
    }

    fn pairs(all: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn a_metavariable_stands_for_a_word_or_a_part_of_one() {
        assert_eq!(matched("$X", "'a b'"), pairs(&[("X", "'a b'")]));
        assert_eq!(
            matched("v$MAJOR.$REST", "\"v1.2.3\""),
            pairs(&[("MAJOR", "1"), ("REST", "2.3")])
        );
        assert_eq!(matched("$A-$A", "x-x"), pairs(&[("A", "x")]));
        assert_eq!(matched("$A-$A", "x-y"), None);
        assert_eq!(matched("v$A", "1"), None);
    }

    #[test]
    fn other_dollar_signs_are_themselves() {
        assert_eq!(matched("$home", "$home"), pairs(&[]));
        assert_eq!(matched("\\$HOME/$X", "$HOME/a"), pairs(&[("X", "a")]));
        assert_eq!(matched("${X}", "${X}"), pairs(&[]));
        assert_eq!(metavariables("$Xy $$X $X1").len(), 1);
    }

    #[test]
    fn a_filled_text_is_what_was_written() {
        let bindings = Bindings::default().with("T", Bound::plain("${V}"));
        assert_eq!(Template::parse("a:$T-\\$x").fill(&bindings.unwrap()).text, "a:${V}-$x");
    }
}
