//! Variables, quotes and escapes in arguments, as BuildKit's own small shell lexer treats them.
//! It runs no shell, and knows no ARG or ENV: values come from the caller.

use super::patterns::{self, Count};
use crate::text::Span;
use std::borrow::Cow;

/// At the start of a text it is dropped.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What the caller knows of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'v> {
    Set(Cow<'v, str>),
    Unset,
    /// It may be set to anything: the result is not known.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpandError {
    /// The text uses this variable, whose value is not known.
    Unknown(String),
    /// BuildKit refuses the text. Lower case, no full stop.
    Invalid(String),
}

/// A use of a variable: `$name` or `${name…}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    /// From `$`, in the text.
    pub span: Span,
}

/// A word of a text after expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// The part of the text from which it came.
    pub span: Span,
}

/// Expands variables, removes quotes and escapes: what BuildKit does with most arguments.
pub fn expand<'t, 'v>(
    text: &'t str,
    escape: char,
    mut lookup: impl FnMut(&str) -> Value<'v>,
) -> Result<Cow<'t, str>, ExpandError> {
    if !text.contains(['$', '\'', '"', escape, BYTE_ORDER_MARK]) {
        return Ok(Cow::Borrowed(text));
    }
    let mut lexer = Lexer::new(text, Options { escape, ..Options::default() }, &mut lookup);
    Ok(Cow::Owned(lexer.run()?.0))
}

/// The same, and splits the result at unquoted blanks: `EXPOSE`, heredoc delimiters.
pub fn expand_words<'v>(
    text: &str,
    escape: char,
    mut lookup: impl FnMut(&str) -> Value<'v>,
) -> Result<Vec<Word>, ExpandError> {
    Ok(Lexer::new(text, Options { escape, ..Options::default() }, &mut lookup).run()?.1)
}

/// Expands the body of a heredoc of `COPY` or `ADD`, in which quotes mean nothing.
pub fn expand_body<'t, 'v>(
    text: &'t str,
    escape: char,
    mut lookup: impl FnMut(&str) -> Value<'v>,
) -> Result<Cow<'t, str>, ExpandError> {
    if !text.contains(['$', escape, BYTE_ORDER_MARK]) {
        return Ok(Cow::Borrowed(text));
    }
    let options = Options { escape, plain_quotes: true, ..Options::default() };
    Ok(Cow::Owned(Lexer::new(text, options, &mut lookup).run()?.0))
}

/// The variables that `text` uses, in the order in which BuildKit looks them up: those inside
/// `${name:-…}` come before `name`.
pub fn variables(text: &str, escape: char) -> Result<Vec<Use>, ExpandError> {
    if !text.contains('$') {
        return Ok(Vec::new());
    }
    let mut none = |_: &str| Value::Unset;
    let options = Options { escape, keep_unset: true, ..Options::default() };
    let mut lexer = Lexer::new(text, options, &mut none);
    lexer.run()?;
    Ok(lexer.uses)
}

/// Splits a logical line in which heredocs are looked for: quotes and escapes stay.
pub(super) fn raw_words(line: &str) -> Result<Vec<Word>, ExpandError> {
    let options =
        Options { raw_quotes: true, raw_escapes: true, keep_unset: true, ..Options::default() };
    Ok(Lexer::new(line, options, &mut |_| Value::Unset).run()?.1)
}

/// Splits the word of a heredoc, with or without its quotes.
pub(super) fn heredoc_words(rest: &str, quotes: Quotes) -> Result<Vec<Word>, ExpandError> {
    let raw_quotes = quotes == Quotes::Kept;
    let options = Options { raw_quotes, keep_unset: true, ..Options::default() };
    Ok(Lexer::new(rest, options, &mut |_| Value::Unset).run()?.1)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Kept,
    Removed,
}

#[derive(Debug, Clone, Copy)]
struct Options {
    escape: char,
    /// Quotes are like other characters.
    plain_quotes: bool,
    raw_quotes: bool,
    raw_escapes: bool,
    /// A variable that is not set stays as it is written.
    keep_unset: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            escape: '\\',
            plain_quotes: false,
            raw_quotes: false,
            raw_escapes: false,
            keep_unset: false,
        }
    }
}

/// Nobody nests `${a:-${b:-…}}` deeper; the bound keeps the stack small.
const DEEPEST: usize = 100;

struct Lexer<'t, 'l, 'v> {
    text: &'t str,
    at: usize,
    options: Options,
    lookup: &'l mut dyn FnMut(&str) -> Value<'v>,
    uses: Vec<Use>,
    depth: usize,
    /// The word under construction. As in BuildKit all levels share it: `${x:-y}` in a word
    /// throws away what came before it.
    word: String,
    word_start: usize,
}

impl<'t, 'l, 'v> Lexer<'t, 'l, 'v> {
    fn new(text: &'t str, options: Options, lookup: &'l mut dyn FnMut(&str) -> Value<'v>) -> Self {
        let at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        let word = String::new();
        Self { text, at, options, lookup, uses: Vec::new(), depth: 0, word, word_start: at }
    }

    fn run(&mut self) -> Result<(String, Vec<Word>), ExpandError> {
        self.until(None, self.options.raw_escapes)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Reads up to `stop`, or to the end.
    fn until(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
    ) -> Result<(String, Vec<Word>), ExpandError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(invalid("variables are nested too deeply"));
        }
        let outer = std::mem::replace(&mut self.options.raw_escapes, raw_escapes);
        let result = self.until_inner(stop);
        self.options.raw_escapes = outer;
        self.depth -= 1;
        result
    }

    fn until_inner(&mut self, stop: Option<char>) -> Result<(String, Vec<Word>), ExpandError> {
        let mut result = String::new();
        let mut words = Vec::new();
        self.word.clear();
        while let Some(next) = self.peek() {
            let start = self.at;
            if Some(next) == stop {
                self.finish_word(&mut words, start);
                self.next();
                return Ok((result, words));
            }
            match next {
                '$' => {
                    let value = self.dollar()?;
                    for character in value.chars() {
                        self.add(character, &mut words, start);
                    }
                    result.push_str(&value);
                }
                '<' | '\'' | '"' if next == '<' || !self.options.plain_quotes => {
                    let text = match next {
                        '<' => self.less_than(),
                        '\'' => self.single_quoted()?,
                        _ => self.double_quoted()?,
                    };
                    self.add_raw(&text, start);
                    result.push_str(&text);
                }
                _ if next == self.options.escape => {
                    self.next();
                    let mut text = String::new();
                    if self.options.raw_escapes {
                        text.push(next);
                    }
                    text.extend(self.next());
                    self.add_raw(&text, start);
                    result.push_str(&text);
                }
                _ => {
                    self.next();
                    self.add(next, &mut words, start);
                    result.push(next);
                }
            }
        }
        if let Some(stop) = stop {
            return Err(invalid(&format!("`{stop}` is missing at the end")));
        }
        self.finish_word(&mut words, self.at);
        Ok((result, words))
    }

    fn add(&mut self, character: char, words: &mut Vec<Word>, start: usize) {
        match character.is_whitespace() {
            true => self.finish_word(words, start),
            false => self.add_raw(character.encode_utf8(&mut [0; 4]), start),
        }
    }

    fn add_raw(&mut self, text: &str, start: usize) {
        if self.word.is_empty() {
            self.word_start = start;
        }
        self.word.push_str(text);
    }

    fn finish_word(&mut self, words: &mut Vec<Word>, end: usize) {
        if !self.word.is_empty() {
            let span = Span::new(self.word_start.min(end), end);
            words.push(Word { text: std::mem::take(&mut self.word), span });
        }
    }

    /// `<`, or `<<` with the blanks after it, which belong to the word of a heredoc.
    fn less_than(&mut self) -> String {
        let start = self.at;
        self.next();
        if self.peek() == Some('<') {
            self.next();
            while let Some('\t' | '\r' | ' ') = self.peek() {
                self.next();
            }
        }
        self.text[start..self.at].to_owned()
    }

    fn single_quoted(&mut self) -> Result<String, ExpandError> {
        let start = self.at;
        let Some(length) = self.text[start + 1..].find('\'') else {
            return Err(invalid("a `'` is not closed"));
        };
        self.at = start + length + 2;
        Ok(match self.options.raw_quotes {
            true => self.text[start..self.at].to_owned(),
            false => self.text[start + 1..self.at - 1].to_owned(),
        })
    }

    fn double_quoted(&mut self) -> Result<String, ExpandError> {
        let mut result = String::new();
        self.next();
        if self.options.raw_quotes {
            result.push('"');
        }
        loop {
            match self.peek() {
                None => return Err(invalid("a `\"` is not closed")),
                Some('"') => {
                    self.next();
                    if self.options.raw_quotes {
                        result.push('"');
                    }
                    return Ok(result);
                }
                Some('$') => result.push_str(&self.dollar()?),
                Some(next) => {
                    self.next();
                    if next != self.options.escape {
                        result.push(next);
                        continue;
                    }
                    if self.options.raw_escapes {
                        result.push(next);
                    }
                    match self.peek() {
                        None => {}
                        Some(escaped)
                            if escaped == '"'
                                || escaped == '$'
                                || escaped == self.options.escape =>
                        {
                            self.next();
                            result.push(escaped);
                        }
                        Some(_) => result.push(next),
                    }
                }
            }
        }
    }

    fn dollar(&mut self) -> Result<Cow<'v, str>, ExpandError> {
        let start = self.at;
        self.next();
        if self.peek() == Some('{') {
            return self.braced(start);
        }
        let name = self.name();
        if name.is_empty() {
            return Ok(Cow::Borrowed("$"));
        }
        Ok(match self.get(&name, start)? {
            Some(value) => value,
            None => self.unset(|| format!("${name}")),
        })
    }

    fn unset(&self, written: impl FnOnce() -> String) -> Cow<'v, str> {
        match self.options.keep_unset {
            true => Cow::Owned(written()),
            false => Cow::Borrowed(""),
        }
    }

    fn braced(&mut self, start: usize) -> Result<Cow<'v, str>, ExpandError> {
        self.next();
        match self.peek() {
            None => return Err(invalid("`${` has no `}`")),
            Some('{' | '}' | ':') => return Err(invalid("`${` has no name after it")),
            Some(_) => {}
        }
        let name = self.name();
        match self.next() {
            Some('}') => Ok(match self.get(&name, start)? {
                Some(value) => value,
                None => self.unset(|| format!("${{{name}}}")),
            }),
            Some(':') => {
                let modifier = self.next();
                if let Some(bad @ ('#' | '%')) = modifier {
                    return Err(unsupported(&format!(":{bad}")));
                }
                self.modified(&name, modifier.unwrap_or('\u{fffd}'), NullIs::Unset, start)
            }
            Some(modifier @ ('+' | '-' | '?' | '#' | '%')) => {
                self.modified(&name, modifier, NullIs::Set, start)
            }
            Some('/') => self.replaced(&name, start),
            Some(other) => Err(unsupported(&other.to_string())),
            None => Err(invalid("`${` has no `}`")),
        }
    }

    /// `${name-word}` and its like, after the modifier.
    fn modified(
        &mut self,
        name: &str,
        modifier: char,
        null: NullIs,
        start: usize,
    ) -> Result<Cow<'v, str>, ExpandError> {
        let (word, _) = self.until(Some('}'), matches!(modifier, '#' | '%'))?;
        let value = self.get(name, start)?;
        let colon = if null == NullIs::Unset { ":" } else { "" };
        if value.is_none() && self.options.keep_unset {
            return Ok(Cow::Owned(format!("${{{name}{colon}{modifier}{word}}}")));
        }

        let value = value.filter(|value| null == NullIs::Set || !value.is_empty());
        match modifier {
            '-' => Ok(value.unwrap_or(Cow::Owned(word))),
            '+' => Ok(value.map_or(Cow::Borrowed(""), |_| Cow::Owned(word))),
            '?' => value.ok_or_else(|| match word.is_empty() {
                true => invalid(&format!("{name}: has to be set")),
                false => invalid(&format!("{name}: {word}")),
            }),
            '#' | '%' => {
                patterns::trimmed(&value.unwrap_or_default(), modifier, &word).map(Cow::Owned)
            }
            _ => Err(unsupported(&format!("{colon}{modifier}"))),
        }
    }

    /// `${name/pattern/replacement}`, after the first `/`.
    fn replaced(&mut self, name: &str, start: usize) -> Result<Cow<'v, str>, ExpandError> {
        let all = self.peek() == Some('/');
        if all {
            self.next();
        }
        let (pattern, _) = self.until(Some('/'), true)?;
        let (replacement, _) = self.until(Some('}'), true)?;
        let value = self.get(name, start)?;
        if value.is_none() && self.options.keep_unset {
            return Ok(Cow::Owned(format!("${{{name}/{pattern}/{replacement}}}")));
        }

        let value = value.unwrap_or_default();
        let count = if all { Count::All } else { Count::First };
        patterns::replaced(&value, &pattern, &replacement, count).map(Cow::Owned)
    }

    /// Digits, one special character, or a name.
    fn name(&mut self) -> String {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return String::new() };
        let length = match first {
            _ if first.is_numeric() => rest.find(|next: char| !next.is_numeric()),
            '@' | '*' | '#' | '?' | '-' | '$' | '!' => Some(1),
            _ => rest.find(|next: char| !next.is_alphanumeric() && next != '_'),
        };
        let name = &rest[..length.unwrap_or(rest.len())];
        self.at += name.len();
        name.to_owned()
    }

    fn get(&mut self, name: &str, start: usize) -> Result<Option<Cow<'v, str>>, ExpandError> {
        self.uses.push(Use { name: name.to_owned(), span: Span::new(start, self.at) });
        match (self.lookup)(name) {
            Value::Set(value) => Ok(Some(value)),
            Value::Unset => Ok(None),
            Value::Unknown => Err(ExpandError::Unknown(name.to_owned())),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NullIs {
    Set,
    Unset,
}

pub(super) fn invalid(message: &str) -> ExpandError {
    ExpandError::Invalid(message.to_owned())
}

fn unsupported(modifier: &str) -> ExpandError {
    invalid(&format!("`{modifier}` is no modifier of a variable"))
}
