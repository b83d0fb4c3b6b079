//! The commands of a shell script, with their places in its text.
//!
//! Only what is certain is returned: [`parse`] yields `None` for anything that does not parse, or
//! that could mean another thing to the shell in force. This module knows no Dockerfile.

mod cache;
mod canonical;
pub mod command;
mod compound;
mod cursor;
mod expansion;
mod heredoc;
mod parser;
pub mod visit;
mod word;

use crate::text::Span;
use smol_str::SmolStr;
use std::sync::Arc;

/// The shell in force. `Unknown` is the strictest of dash, ash and bash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    Dash,
    /// BusyBox ash.
    Ash,
    Bash,
    Unknown,
}

/// A parsed script. All spans are byte offsets in `text`.
#[derive(Debug)]
pub struct Script {
    pub text: Box<str>,
    pub dialect: Dialect,
    pub body: List,
    /// From `#` to the end of the line.
    pub comments: Vec<Span>,
}

/// Statements one after the other.
#[derive(Debug)]
pub struct List {
    pub statements: Vec<Statement>,
}

/// Pipelines joined by `&&` and `||`, and what ends them.
#[derive(Debug)]
pub struct Statement {
    /// Without the terminator.
    pub span: Span,
    pub first: Pipeline,
    pub rest: Vec<(Connector, Pipeline)>,
    /// `None` at the end of a list without one.
    pub terminator: Option<Terminator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connector {
    pub span: Span,
    pub kind: ConnectorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorKind {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminator {
    pub span: Span,
    pub kind: TerminatorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminatorKind {
    Semicolon,
    Newline,
    /// `&`: the statement runs in the background.
    Background,
}

/// Commands joined by `|`.
#[derive(Debug)]
pub struct Pipeline {
    pub span: Span,
    /// It starts with `!`.
    pub negated: bool,
    pub commands: Vec<Command>,
}

#[derive(Debug)]
pub struct Command {
    /// With its redirects.
    pub span: Span,
    pub kind: CommandKind,
    pub redirects: Vec<Redirect>,
}

#[derive(Debug)]
pub enum CommandKind {
    Simple(Simple),
    /// `{ …; }`
    Group(List),
    /// `( … )`
    Subshell(List),
    If {
        arms: Vec<(List, List)>,
        otherwise: Option<List>,
    },
    /// `while` and `until`.
    Loop {
        until: bool,
        condition: List,
        body: List,
    },
    For {
        variable: Box<str>,
        words: Option<Vec<Word>>,
        body: List,
    },
    Case {
        subject: Word,
        arms: Vec<Arm>,
    },
    Function {
        name: Box<str>,
        body: Box<Command>,
    },
    /// `[[ … ]]`, `(( … ))`, `for ((…))`, `select`, `coproc`: bash only; the words in it are in `words`.
    Bash {
        words: Vec<Word>,
        bodies: Vec<List>,
    },
}

/// An arm of `case`.
#[derive(Debug)]
pub struct Arm {
    pub patterns: Vec<Word>,
    pub body: List,
    /// `;;`, `;&`, `;;&` or nothing.
    pub end: Box<str>,
}

/// `A=1 B=2 program argument …`; without words it assigns, or only redirects.
#[derive(Debug)]
pub struct Simple {
    pub assignments: Vec<Assignment>,
    pub words: Vec<Word>,
}

#[derive(Debug)]
pub struct Assignment {
    pub span: Span,
    pub name: Box<str>,
    /// `NAME+=value`
    pub append: bool,
    /// `None` for an array (bash).
    pub value: Option<Word>,
    /// The words of an array.
    pub elements: Vec<Word>,
}

#[derive(Debug)]
pub struct Word {
    pub span: Span,
    /// The one string that it stands for after quote removal; `None` if it expands to anything.
    pub literal: Option<SmolStr>,
    /// What expands, in order; empty if there is a `literal`.
    pub parts: Vec<Part>,
}

impl Word {
    /// Whether it is a pattern of file names, such as `conf/*.conf`, and nothing else expands in it.
    pub fn is_pattern(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|it| matches!(it, Part::Pattern(_)))
    }
}

#[derive(Debug)]
pub enum Part {
    /// `$name`, `${name…}`, `$1`, `$?`; `quoted` inside double quotes. Words of `${name:-word}` are in `words`.
    Parameter { span: Span, name: Box<str>, quoted: bool, words: Vec<Word> },
    /// `$( … )`, backticks, `<( … )`.
    Substitution { span: Span, body: List },
    /// `$(( … ))`; parameters and substitutions inside it are in `words`.
    Arithmetic { span: Span, words: Vec<Word> },
    /// An unquoted `*`, `?` or `[`.
    Pattern(Span),
    /// `{a,b}` or `{1..9}`.
    Brace(Span),
    /// A leading `~`.
    Tilde(Span),
}

#[derive(Debug)]
pub struct Redirect {
    pub span: Span,
    pub file_descriptor: Option<Box<str>>,
    /// `>`, `>>`, `<`, `<<`, `<<-`, `<<<`, `>&`, `<&`, `<>`, `>|`, `&>`, `&>>`.
    pub operator: &'static str,
    pub target: Word,
    /// The body of a here-document with its terminator line. It is outside every other span.
    pub heredoc: Option<Span>,
    /// What the here-document says: its span has no terminator line.
    pub content: Option<Word>,
}

/// A text as one word of any shell.
pub fn quoted(text: &str) -> String {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"_-./:,=@%+".contains(&it);
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Parses `text`. Equal texts are parsed once per thread, within a bounded memory.
pub fn parse(text: &str, dialect: Dialect) -> Option<Arc<Script>> {
    cache::script(text, dialect)
}

#[cfg(test)]
mod tests;
