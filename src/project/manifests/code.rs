//! The words and literal texts of manifests that are programs (Groovy, Kotlin, Ruby, Elixir, Python), so that
//! literal parts can be read. It runs nothing.

use super::{Manifest, Role, git};
use std::collections::HashSet;

/// How a language writes comments and texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language {
    /// Starts a comment to the end of the line.
    comment: &'static str,
    /// `/* … */` is a comment.
    blocks: bool,
    /// Before `{` or a name it puts a value into a text with double quotes.
    interpolation: char,
    /// `'…'` is a text without it.
    single: bool,
    /// `` `…` `` is a command that is run.
    backticks: bool,
}

pub(super) const GROOVY: Language =
    Language { comment: "//", blocks: true, interpolation: '$', single: true, backticks: false };
pub(super) const RUBY: Language =
    Language { comment: "#", blocks: false, interpolation: '#', single: true, backticks: true };
pub(super) const ELIXIR: Language =
    Language { comment: "#", blocks: false, interpolation: '#', single: true, backticks: false };
pub(super) const PYTHON: Language =
    Language { comment: "#", blocks: false, interpolation: '\0', single: true, backticks: false };

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// 1-based.
    pub(super) line: usize,
    pub(super) value: Value<'t>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'t> {
    /// A name with its dots (`project.version`), or a number.
    Word(&'t str),
    /// A text without quotes and escapes.
    Text(String),
    /// A text with a value in it: as it is written.
    Mixed(&'t str),
    Symbol(char),
    /// The end of a line.
    End,
}

impl<'t> Token<'t> {
    pub(super) fn word(&self) -> Option<&'t str> {
        match self.value {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn mixed(&self) -> Option<&'t str> {
        match self.value {
            Value::Mixed(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is(&self, symbol: char) -> bool {
        self.value == Value::Symbol(symbol)
    }
}

/// The tokens of a text. A text that is not closed ends with its line.
pub(super) fn tokens(text: &str, language: Language) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, language, at: 0, line: 1, found: Vec::new() };
    while lexer.at < text.len() {
        lexer.next();
    }
    lexer.found
}

/// All names, paths and commands that literal texts may be.
pub(super) fn literals(tokens: &[Token<'_>], manifest: &mut Manifest) {
    let known: HashSet<usize> = manifest.reads_git.iter().map(|it| it.line).collect();
    for token in tokens {
        let told = known.contains(&token.line);
        match &token.value {
            Value::Text(text) if told && runs_git(text) => {}
            Value::Mixed(text) if told && runs_git(text) => {}
            Value::Text(text) if runs_git(text) => manifest.git("git", token.line),
            Value::Text(text) => manifest.may_name(Role::Content, text, token.line),
            Value::Mixed(text) if runs_git(text) => manifest.git("git", token.line),
            // What comes before the value is a folder that is named.
            Value::Mixed(text) if text.contains('/') && !text.contains("://") => {
                manifest.unclear(token.line, format!("the path `{}` is not known", short(text)));
            }
            _ => {}
        }
    }
}

/// `git`, `git describe`, and names of it among words.
fn runs_git(text: &str) -> bool {
    let mut words =
        text.split(|char: char| !char.is_ascii_alphanumeric() && !"-_./:@".contains(char));
    words.any(|word| word == "git" || word.ends_with("/git") || word == ".git")
        || (!text.contains(' ')
            && text.len() < 200
            && !super::data::looks_like_path(text)
            && git::reads(text))
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Lines outside of comments in which the word `git` stands in any form.
pub(super) fn mentions_git(text: &str, manifest: &mut Manifest) {
    for (number, line) in text.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        let mut words = code.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        if words.any(|word| word.eq_ignore_ascii_case("git")) {
            manifest.git("git", number + 1);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    language: Language,
    at: usize,
    line: usize,
    found: Vec<Token<'t>>,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) {
        let rest = &self.text[self.at..];
        let Some(char) = rest.chars().next() else { return };
        let language = self.language;
        if char == '\n' {
            self.push(Value::End, 1);
        } else if char.is_whitespace() || (char == '\\' && rest[1..].starts_with(['\n', '\r'])) {
            // A line that ends with it goes on.
            let skipped = if char == '\\' {
                rest.find('\n').map_or(rest.len(), |at| at + 1)
            } else {
                char.len_utf8()
            };
            self.skip(skipped);
        } else if rest.starts_with(language.comment) {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
        } else if language.blocks && rest.starts_with("/*") {
            self.skip(rest[2..].find("*/").map_or(rest.len(), |at| at + 4));
        } else if char == '"'
            || (char == '\'' && language.single)
            || (char == '`' && language.backticks)
        {
            self.quoted(char);
        } else if char.is_alphanumeric() || char == '_' {
            let plain = |char: char| char.is_alphanumeric() || char == '_' || char == '.';
            let end = rest.find(|char| !plain(char)).unwrap_or(rest.len());
            let word = rest[..end].trim_end_matches('.');
            self.push(Value::Word(word), word.len());
        } else {
            self.push(Value::Symbol(char), char.len_utf8());
        }
    }

    fn push(&mut self, value: Value<'t>, length: usize) {
        self.found.push(Token { line: self.line, value });
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        let passed = &self.text[self.at..self.at + length];
        self.line += passed.matches('\n').count();
        self.at += length;
    }

    fn quoted(&mut self, quote: char) {
        let rest = &self.text[self.at..];
        let three = [quote; 3].iter().collect::<String>();
        let close = if rest.starts_with(&three) { three } else { quote.to_string() };
        let inside = &rest[close.len()..];
        let mut value = String::new();
        let mut mixed = false;
        let mut chars = inside.char_indices();
        let mut end = inside.len();
        let mut closed = 0;
        while let Some((at, char)) = chars.next() {
            if inside[at..].starts_with(&close) {
                (end, closed) = (at, close.len());
                break;
            }
            if char == '\n' && close.len() == 1 {
                end = at;
                break;
            }
            if char == '\\' {
                value.extend(chars.next().map(|(_, escaped)| match escaped {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                }));
                continue;
            }
            let after = inside[at + char.len_utf8()..].chars().next();
            let named = |char: char| {
                char == '{' || (char.is_alphabetic() && self.language.interpolation == '$')
            };
            mixed |=
                quote != '\'' && char == self.language.interpolation && after.is_some_and(named);
            value.push(char);
        }
        // A command is no text, but what it runs counts.
        let value = match mixed || quote == '`' {
            true => Value::Mixed(&inside[..end]),
            false => Value::Text(value),
        };
        self.push(value, close.len() + end + closed);
    }
}

#[cfg(test)]
mod tests {
    use super::{GROOVY, PYTHON, RUBY, Value, tokens};

    fn texts(text: &str, language: super::Language) -> Vec<String> {
        let told = |value| match value {
            Value::Word(word) => format!("w {word}"),
            Value::Text(text) => format!("t {text}"),
            Value::Mixed(text) => format!("m {text}"),
            Value::Symbol(char) => char.to_string(),
            Value::End => "end".to_owned(),
        };
        tokens(text, language)
            .into_iter()
            .map(|it| format!("{} {}", it.line, told(it.value)))
            .collect()
    }

    #[test]
    fn comments_and_texts_are_told_apart() {
        assert_eq!(
            texts("a.b 'c // d' // e\n/* f\n */ \"g$h\"", GROOVY),
            ["1 w a.b", "1 t c // d", "1 end", "3 m g$h"]
        );
        assert_eq!(
            texts("x = `git ls-files` # y\n\"a#{b}\" 'it\\'s'", RUBY),
            ["1 w x", "1 =", "1 m git ls-files", "1 end", "2 m a#{b}", "2 t it's"]
        );
        assert_eq!(
            texts("\"\"\"a\n'b\"\"\" 'open\nc", PYTHON),
            ["1 t a\n'b", "2 t open", "2 end", "3 w c"]
        );
    }

    #[test]
    fn any_text_has_tokens() {
        for text in ["'", "\"\\", "\\", "/*", "'''", "é", "\\\r", "\"${", "`", "\u{0}", "a."] {
            for language in [GROOVY, RUBY, PYTHON] {
                let _ = tokens(text, language);
            }
        }
        let _ = tokens(&"\"\"\"\"".repeat(100_000), PYTHON);
    }
}
