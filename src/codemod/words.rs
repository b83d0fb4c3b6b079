//! Sequences of words, and patterns over them.

use super::template::{Bindings, Bound, Piece, Template, Value, metavariables};
use crate::text::Span;

/// A word of a command or of an instruction, and where it stands in the text at hand.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) span: Span,
    pub(super) bound: Bound,
}

/// Words, and what lies between them.
pub(super) struct Words<'w> {
    pub(super) words: Vec<Word>,
    /// The text from the start of the one word to the end of the other, both included.
    pub(super) between: &'w dyn Fn(Span) -> Bound,
    pub(super) value: &'w Value<'w>,
}

/// More of these in one pattern would take long, and say nothing.
pub(super) const MOST_LISTS: usize = 4;

/// A pattern over words.
#[derive(Debug, Clone)]
pub(super) struct WordsPattern(pub(super) Vec<Template>);

impl WordsPattern {
    /// The words of a text without quotes.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.split_whitespace().map(Template::parse).collect())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(Template::names)
    }

    pub(super) fn lists(&self) -> usize {
        self.0.iter().filter(|it| matches!(it.only(), Some(Piece::Many(_)))).count()
    }

    /// Matches all of `words`.
    pub(super) fn matches(&self, words: &Words, bindings: &Bindings) -> Option<Bindings> {
        let all: Vec<usize> = (0..words.words.len()).collect();
        self.match_from(&self.0, words, &all, bindings)
    }

    /// The same, where `options` stand anywhere behind the first word.
    pub(super) fn matches_with(
        &self,
        options: &[WordsPattern],
        words: &Words,
        bindings: &Bindings,
    ) -> Option<Bindings> {
        let all: Vec<usize> = (0..words.words.len()).collect();
        self.without_options(options, words, all, bindings)
    }

    fn without_options(
        &self,
        options: &[WordsPattern],
        words: &Words,
        left: Vec<usize>,
        bindings: &Bindings,
    ) -> Option<Bindings> {
        let Some((option, rest)) = options.split_first() else {
            return self.match_from(&self.0, words, &left, bindings);
        };
        let length = option.0.len();
        (1..left.len().saturating_sub(length - 1)).find_map(|at| {
            let here = left.get(at..at + length)?;
            let bindings = option.match_from(&option.0, words, here, bindings)?;
            let mut left = left.clone();
            left.drain(at..at + length);
            self.without_options(rest, words, left, &bindings)
        })
    }

    fn match_from(
        &self,
        patterns: &[Template],
        words: &Words,
        left: &[usize],
        bindings: &Bindings,
    ) -> Option<Bindings> {
        let Some((first, rest)) = patterns.split_first() else {
            return left.is_empty().then(|| bindings.clone());
        };
        if let Some(Piece::Many(name)) = first.only() {
            return (0..=left.len()).find_map(|count| {
                let (taken, left) = left.split_at(count);
                let bindings = bindings.clone().with(name, words.joined(taken))?;
                self.match_from(rest, words, left, &bindings)
            });
        }
        let (word, left) = left.split_first()?;
        let word = &words.words.get(*word)?.bound;
        let bindings = first.matches(word, words.value, bindings)?;
        self.match_from(rest, words, left, &bindings)
    }
}

impl Words<'_> {
    /// Some of the words as one text: as they stand if they are neighbours.
    fn joined(&self, taken: &[usize]) -> Bound {
        let (Some(first), Some(last)) = (taken.first(), taken.last()) else {
            return Bound::plain("");
        };
        if last - first + 1 == taken.len() {
            let span = self.words[*first].span.to(self.words[*last].span);
            let values: Option<Vec<&str>> =
                taken.iter().map(|at| self.words[*at].bound.value.as_deref()).collect();
            return Bound { value: values.map(|it| it.join(" ")), ..(self.between)(span) };
        }
        let texts = taken.iter().map(|at| &self.words[*at].bound);
        let join = |part: &dyn Fn(&Bound) -> Option<String>| {
            let all: Option<Vec<String>> = texts.clone().map(part).collect();
            all.map(|it| it.join(" "))
        };
        let text = join(&|it| Some(it.text.clone())).unwrap_or_default();
        Bound { source: text.clone(), text, value: join(&|it| it.value.clone()) }
    }
}

/// A text in which metavariables are words that mean nothing to a shell, so that it can be parsed.
#[derive(Debug)]
pub(super) struct Masked {
    pub(super) text: String,
    pieces: Vec<Piece>,
}

impl Masked {
    pub(super) fn new(text: &str) -> Self {
        let mut masked = Self { text: String::new(), pieces: Vec::new() };
        let mut at = 0;
        for (range, piece) in metavariables(text) {
            masked.text.push_str(&text[at..range.start].replace("\\$", "$"));
            masked.text.push_str(&format!("{MASK}{}{MASK}", masked.pieces.len()));
            masked.pieces.push(piece);
            at = range.end;
        }
        masked.text.push_str(&text[at..].replace("\\$", "$"));
        masked
    }

    /// The template for a part of the masked text.
    pub(super) fn template(&self, text: &str) -> Template {
        let mut pieces = Vec::new();
        for (number, part) in text.split(MASK).enumerate() {
            let piece = part.parse::<usize>().ok().and_then(|it| self.pieces.get(it));
            match piece.filter(|_| number % 2 == 1) {
                Some(piece) => pieces.push(piece.clone()),
                None if part.is_empty() => (),
                None => pieces.push(Piece::Text(part.to_owned())),
            }
        }
        Template::of(pieces)
    }
}

/// Stands around the number of a metavariable.
const MASK: &str = "_jettison_metavariable_";
