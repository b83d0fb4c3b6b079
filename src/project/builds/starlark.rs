//! Calls in a Starlark file, as far as their arguments are literal. It is no parser of the language.

use super::{Known, Unknown};
use std::collections::BTreeMap;

/// How deep lists and mappings may be nested.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    List(Vec<Known<Value>>),
    Map(Vec<(String, Known<Value>)>),
    /// `None`, `True`, numbers.
    Other,
}

/// A call of a function by its name.
#[derive(Debug)]
pub(super) struct Call {
    /// Of the name, in bytes.
    pub(super) at: usize,
    pub(super) positional: Vec<Known<Value>>,
    pub(super) named: BTreeMap<String, Known<Value>>,
    /// `*args` or `**kwargs` are among the arguments.
    pub(super) open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Name,
    Text,
    Symbol,
    Newline,
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    /// The content of a string, everything else as it is written.
    text: String,
    at: usize,
    /// It stands at the start of a line.
    first: bool,
}

/// The calls of `names`, in their order.
pub(super) fn calls(source: &str, names: &[&str]) -> Vec<Call> {
    let tokens = tokens(source);
    let constants = constants(&tokens);
    let ends = ends(&tokens);
    let mut calls = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is = |offset: usize, text: &str| {
            tokens.get(at + offset).is_some_and(|it| it.kind == Kind::Symbol && it.text == text)
        };
        let defined = at > 0 && (tokens[at - 1].text == "def" || tokens[at - 1].text == ".");
        if token.kind == Kind::Name && names.contains(&&*token.text) && is(1, "(") && !defined {
            let mut reader = Reader {
                tokens: &tokens,
                ends: &ends,
                at: at + 2,
                constants: &constants,
                depth: 0,
            };
            calls.push(reader.call(token.at));
        }
    }
    calls
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(char) = rest.chars().next() {
        let at = source.len() - rest.len();
        let first = at == 0 || source[..at].ends_with('\n');
        let (kind, text, length) = match char {
            '\n' => (Some(Kind::Newline), "\n".to_owned(), 1),
            '#' => (None, String::new(), rest.find('\n').unwrap_or(rest.len())),
            '"' | '\'' => {
                let (text, length) = string(rest, false);
                (Some(Kind::Text), text, length)
            }
            'r' | 'b' if rest[1..].starts_with(['"', '\'']) => {
                let (text, length) = string(&rest[1..], char == 'r');
                (Some(Kind::Text), text, length + 1)
            }
            _ if char.is_alphanumeric() || char == '_' => {
                let length =
                    rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
                (Some(Kind::Name), rest[..length].to_owned(), length)
            }
            _ if char.is_whitespace() => (None, String::new(), char.len_utf8()),
            '*' | '=' if rest[1..].starts_with(char) => {
                (Some(Kind::Symbol), rest[..2].to_owned(), 2)
            }
            _ => (Some(Kind::Symbol), char.to_string(), char.len_utf8()),
        };
        tokens.extend(kind.map(|kind| Token { kind, text, at, first }));
        rest = &rest[length..];
    }
    tokens
}

/// The content of a string literal, and its length.
fn string(text: &str, raw: bool) -> (String, usize) {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let delimiter = if text.starts_with(&triple) { &triple } else { quote };
    let mut content = String::new();
    let mut chars = text[delimiter.len()..].char_indices();
    while let Some((at, char)) = chars.next() {
        let here = delimiter.len() + at;
        if text[here..].starts_with(delimiter) {
            return (content, here + delimiter.len());
        }
        match char {
            '\n' if delimiter.len() == 1 => return (content, here),
            '\\' => match chars.next().map(|(_, next)| next) {
                Some('n') if !raw => content.push('\n'),
                Some('t') if !raw => content.push('\t'),
                Some('\n') if !raw => {}
                Some(next) if !raw && matches!(next, '\\' | '"' | '\'') => content.push(next),
                Some(next) => content.extend(['\\', next]),
                None => {}
            },
            char => content.push(char),
        }
    }
    (content, text.len())
}

/// For each token what comes after it; for a bracket, what comes after the one that closes it.
fn ends(tokens: &[Token]) -> Vec<usize> {
    let mut ends: Vec<usize> = (1..=tokens.len()).collect();
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, it)| it.kind == Kind::Symbol) {
        match &*token.text {
            "(" | "[" | "{" => open.push(at),
            ")" | "]" | "}" => {
                if let Some(start) = open.pop() {
                    ends[start] = at + 1;
                }
            }
            _ => {}
        }
    }
    open.into_iter().for_each(|start| ends[start] = tokens.len());
    ends
}

/// Names that are set once in the file, at the start of a line, to a string.
fn constants(tokens: &[Token]) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Name) {
        let next = |offset: usize| tokens.get(at + offset);
        let sets = next(1).is_some_and(|it| it.kind == Kind::Symbol && it.text == "=");
        let starts = at == 0 || tokens[at - 1].kind == Kind::Newline;
        // A parameter of a function or a variable of a loop hides the name.
        let hides = at > 0 && tokens[at - 1].text == "for";
        if !(sets && starts || hides) {
            continue;
        }
        let value = next(2).filter(|it| it.kind == Kind::Text && token.first);
        let ends = next(3).is_none_or(|it| it.kind == Kind::Newline);
        let value = value.filter(|_| ends && sets).map(|it| it.text.clone());
        found.entry(token.text.clone()).and_modify(|before| *before = None).or_insert(value);
    }
    found.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

struct Reader<'t> {
    tokens: &'t [Token],
    /// Where [`Reader::skip`] goes on.
    ends: &'t [usize],
    at: usize,
    constants: &'t BTreeMap<String, String>,
    depth: usize,
}

impl Reader<'_> {
    fn symbol(&self, text: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|it| it.kind == Kind::Symbol && it.text == text)
    }

    fn newlines(&mut self) {
        while self.tokens.get(self.at).is_some_and(|it| it.kind == Kind::Newline) {
            self.at += 1;
        }
    }

    fn call(&mut self, at: usize) -> Call {
        let mut call = Call { at, positional: Vec::new(), named: BTreeMap::new(), open: false };
        loop {
            self.newlines();
            if self.at >= self.tokens.len() || self.symbol(")") {
                return call;
            }
            if self.symbol("*") || self.symbol("**") {
                call.open = true;
            }
            let name = self.tokens[self.at].clone();
            let equals = self.tokens.get(self.at + 1);
            let named = name.kind == Kind::Name
                && equals.is_some_and(|it| it.kind == Kind::Symbol && it.text == "=");
            if named {
                self.at += 2;
            }
            let value = self.value();
            match named {
                true => drop(call.named.insert(name.text, value)),
                false => call.positional.push(value),
            }
            if self.symbol(",") {
                self.at += 1;
            }
        }
    }

    /// A value up to `,` or a bracket that closes.
    fn value(&mut self) -> Known<Value> {
        self.newlines();
        let start = self.at;
        let mut value = self.term();
        loop {
            self.newlines();
            if self.symbol("+") {
                self.at += 1;
                let right = self.term();
                value = match (value, right) {
                    (Ok(Value::Text(left)), Ok(Value::Text(right))) => {
                        Ok(Value::Text(left + &right))
                    }
                    (Ok(Value::List(left)), Ok(Value::List(right))) => {
                        Ok(Value::List(left.into_iter().chain(right).collect()))
                    }
                    _ => Err(self.unknown(start)),
                };
                continue;
            }
            if self.at >= self.tokens.len()
                || [",", ")", "]", "}", ":"].iter().any(|end| self.symbol(end))
            {
                return value;
            }
            // An operator, a method, a call: what it gives is not known.
            self.skip();
            value = Err(self.unknown(start));
        }
    }

    fn unknown(&self, start: usize) -> Unknown {
        let tokens = &self.tokens[start.min(self.at)..self.at.min(self.tokens.len())];
        let short: String = tokens.iter().flat_map(|it| it.text.trim().chars()).take(60).collect();
        Unknown::on(format!("`{short}`"))
    }

    fn term(&mut self) -> Known<Value> {
        self.newlines();
        let start = self.at;
        let Some(token) = self.tokens.get(self.at).cloned() else { return Ok(Value::Other) };
        match (token.kind, &*token.text) {
            (Kind::Text, _) => {
                self.at += 1;
                // Strings beside each other are one.
                let mut text = token.text;
                while let Some(next) = self.tokens.get(self.at).filter(|it| it.kind == Kind::Text) {
                    text.push_str(&next.text);
                    self.at += 1;
                }
                Ok(Value::Text(text))
            }
            (Kind::Name, "None" | "True" | "False") => {
                self.at += 1;
                Ok(Value::Other)
            }
            (Kind::Name, name) => {
                self.at += 1;
                match self.constants.get(name) {
                    Some(text) => Ok(Value::Text(text.clone())),
                    None if name.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Value::Other),
                    None => Err(self.unknown(start)),
                }
            }
            (Kind::Symbol, "[") if self.depth < DEEPEST => self.list(),
            (Kind::Symbol, "{") if self.depth < DEEPEST => self.map(),
            _ => {
                self.skip();
                Err(self.unknown(start))
            }
        }
    }

    fn list(&mut self) -> Known<Value> {
        self.at += 1;
        self.depth += 1;
        let mut items = Vec::new();
        loop {
            self.newlines();
            if self.at >= self.tokens.len() || self.symbol("]") {
                break;
            }
            let before = self.at;
            items.push(self.value());
            if self.symbol(",") || self.at == before {
                self.at += 1;
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(Value::List(items))
    }

    fn map(&mut self) -> Known<Value> {
        self.at += 1;
        self.depth += 1;
        let mut entries = Vec::new();
        loop {
            self.newlines();
            if self.at >= self.tokens.len() || self.symbol("}") {
                break;
            }
            let before = self.at;
            let key = self.value();
            if self.symbol(":") {
                self.at += 1;
                let value = self.value();
                if let Ok(Value::Text(key)) = key {
                    entries.push((key, value));
                }
            }
            if self.symbol(",") || self.at == before {
                self.at += 1;
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(Value::Map(entries))
    }

    /// Over one token, or over all that is between brackets.
    fn skip(&mut self) {
        self.at = self.ends.get(self.at).copied().unwrap_or(self.tokens.len());
    }
}
