//! The instructions of a Dockerfile, each with its exact place in the source.
//!
//! Nothing is normalized: joining the spans of [`Dockerfile::items`] yields the
//! source. What counts as an instruction, a flag or an argument is BuildKit's
//! own understanding. This module knows no shell.

mod arguments;
mod command;
mod decode;
mod directives;
pub mod expand;
mod flag_rules;
mod flags;
mod heredocs;
pub mod image_reference;
mod json;
mod lines;
mod parse;
mod patterns;
pub mod pragma;
pub mod scopes;
mod script;
pub(crate) mod suggest;
mod words;

use crate::text::Span;
use std::borrow::Cow;

pub use decode::{NotUtf8, decode};
pub use directives::{Frontend, frontend};
pub use parse::parse;

/// A parsed Dockerfile. It borrows the source it was parsed from.
#[derive(Debug)]
pub struct Dockerfile<'src> {
    pub source: &'src str,
    /// The escape character in force: a backslash or a backtick.
    pub escape: char,
    pub directives: Vec<Directive<'src>>,
    pub instructions: Vec<Instruction<'src>>,
    /// Every byte of the source, in order.
    pub items: Vec<Item>,
}

/// A whole line, or several that belong together, with its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub span: Span,
    pub kind: ItemKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    ByteOrderMark,
    /// Its index in [`Dockerfile::directives`].
    Directive(usize),
    Comment,
    Blank,
    /// Its index in [`Dockerfile::instructions`]. Comments inside it belong to it.
    Instruction(usize),
}

/// A parser directive: `# syntax=`, `# escape=`, `# check=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'src> {
    pub span: Span,
    /// In lower case.
    pub name: Cow<'src, str>,
    pub value: &'src str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

#[derive(Debug, Clone)]
pub struct Instruction<'src> {
    /// The whole text that the spans are about.
    pub source: &'src str,
    /// From the keyword to the end of the last line (heredocs included), without its line end.
    pub span: Span,
    pub keyword: Keyword,
    pub keyword_span: Span,
    /// Flags before the arguments, `--name` or `--name=value`.
    pub flags: Vec<Flag<'src>>,
    /// Everything after the flags on the logical line, continuations removed; no heredoc body.
    pub arguments: Joined<'src>,
    pub body: Body<'src>,
    /// The arguments are a JSON array.
    pub json: bool,
    /// How it was read before Dockerfile 1.10.
    pub earlier: Earlier<'src>,
    pub heredocs: Vec<Heredoc<'src>>,
    /// Comment lines between continued lines, from `#` to the end of the line.
    pub comments: Vec<Span>,
}

/// How BuildKit read an instruction before Dockerfile 1.10, when it dropped whatever followed a JSON
/// array (`CMD ["a"] # c`). Since then that is the shell form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier<'src> {
    Same,
    /// As the exec form, with these strings.
    Exec(Vec<Piece<'src>>),
    /// Not at all: the array holds something other than strings.
    Refused,
}

/// Text as BuildKit sees it, with continuations removed, and the way back to the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined<'src> {
    pub text: Cow<'src, str>,
    /// Offsets in `text` at which a piece starts, with its offset in the source; sorted, the first
    /// is at 0. Empty where the text is one part of the source, at `span`.
    pub pieces: Vec<(usize, usize)>,
    /// The bytes of the source from which it came.
    pub span: Span,
}

impl Joined<'_> {
    /// The bytes of the source that hold `span` of this text, continuations between them included.
    pub fn source_span(&self, span: Span) -> Span {
        if self.pieces.is_empty() {
            return span.shifted(self.span.start);
        }
        let start = self.source_offset(span.start);
        match span.is_empty() {
            true => Span::new(start, start),
            false => Span::new(start, self.source_offset(span.end - 1) + 1),
        }
    }

    /// Where a span of the source is in this text; `None` where its ends are in none of its parts.
    pub fn text_span(&self, span: Span) -> Option<Span> {
        let at = |offset: usize| {
            let mut before = 0;
            for part in self.parts() {
                if part.start <= offset && offset < part.end {
                    return Some(before + offset - part.start);
                }
                before += part.end - part.start;
            }
            None
        };
        match span.is_empty() {
            true => at(span.start).map(|it| Span::new(it, it)),
            false => Some(Span::new(at(span.start)?, at(span.end - 1)? + 1)),
        }
    }

    /// This text at a span of the source.
    pub fn text_of(&self, span: Span) -> Option<String> {
        Some(self.text_span(span)?.of(&self.text).to_owned())
    }

    /// The parts of the source that make up the text, in order.
    pub fn parts(&self) -> impl Iterator<Item = Span> {
        let whole = self.pieces.is_empty().then_some(self.span);
        let piece = |(index, (at, to)): (usize, &(usize, usize))| {
            let next = self.pieces.get(index + 1).map_or(self.text.len(), |(next, _)| *next);
            Span::new(*to, to + (next - at))
        };
        whole.into_iter().chain(self.pieces.iter().enumerate().map(piece))
    }

    /// Where the byte at `offset` of this text is in the source.
    pub fn source_offset(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|(start, _)| *start <= offset);
        match after.checked_sub(1).map(|at| self.pieces[at]) {
            Some((start, source)) => source + (offset - start),
            None => self.span.start + offset,
        }
    }
}

/// A word, quoted string or value: where it is and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'src> {
    pub span: Span,
    /// As BuildKit hands it on: continuations removed, quotes kept, variables not expanded.
    pub text: Cow<'src, str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag<'src> {
    /// From `--` to the end of the value.
    pub span: Span,
    /// Without `--`.
    pub name: Piece<'src>,
    pub value: Option<Piece<'src>>,
}

/// A here-document of `RUN`, `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc<'src> {
    /// From `<<` (or its file descriptor) to the end of the delimiter.
    pub opener: Span,
    pub file_descriptor: u32,
    /// The delimiter without quotes.
    pub delimiter: Cow<'src, str>,
    /// Variables in the body are expanded: the delimiter is not quoted.
    pub expand: bool,
    /// `<<-`: leading tabs are stripped.
    pub strip_tabs: bool,
    /// The lines of the body with their line ends.
    pub body: Span,
    /// The line that ends it, without its line end.
    pub terminator: Span,
}

/// Shell form or exec form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command<'src> {
    /// The text is [`Instruction::script`].
    Shell,
    /// The strings of the JSON array, unescaped. The spans include the quotes.
    Exec(Vec<Piece<'src>>),
}

/// `name=value`. `value` is `None` where there is no `=` (`ARG name`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<'src> {
    pub span: Span,
    pub name: Piece<'src>,
    pub value: Option<Piece<'src>>,
}

/// The arguments by instruction.
#[derive(Debug, Clone)]
pub enum Body<'src> {
    From {
        image: Piece<'src>,
        name: Option<Piece<'src>>,
    },
    Run(Command<'src>),
    Cmd(Command<'src>),
    Entrypoint(Command<'src>),
    Shell(Vec<Piece<'src>>),
    /// `HEALTHCHECK NONE` is `None`.
    Healthcheck(Option<Command<'src>>),
    /// `COPY` and `ADD`; heredocs are among the sources as their openers.
    Copy {
        sources: Vec<Piece<'src>>,
        destination: Piece<'src>,
        json: bool,
    },
    /// `ENV`; `legacy` is the form `ENV name rest of the line`.
    Env {
        pairs: Vec<Pair<'src>>,
        legacy: bool,
    },
    Label {
        pairs: Vec<Pair<'src>>,
        legacy: bool,
    },
    Arg(Vec<Pair<'src>>),
    Expose(Vec<Piece<'src>>),
    Volume(Vec<Piece<'src>>),
    User(Piece<'src>),
    Workdir(Piece<'src>),
    Stopsignal(Piece<'src>),
    Maintainer(Piece<'src>),
    Onbuild(Box<Instruction<'src>>),
    /// `ONBUILD` with a trigger that BuildKit stores, and refuses when a child image runs it.
    OnbuildInvalid(Piece<'src>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text cannot be split into instructions and arguments.
    Structure,
    /// It can, but an instruction does not exist, or not with these flags and arguments.
    Instruction,
}

/// Why a text is not a Dockerfile, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub span: Span,
    /// Lower case, no full stop.
    pub message: String,
    /// What to do, if we know.
    pub help: Option<String>,
}

impl Dockerfile<'_> {
    /// All comments in order, those inside instructions and parser directives too: from `#` to the
    /// end of the line.
    pub fn comments(&self) -> Vec<Span> {
        let mut comments = Vec::new();
        for item in &self.items {
            match item.kind {
                ItemKind::Comment => comments.push(self.comment(*item)),
                ItemKind::Directive(at) => comments.push(self.directives[at].span),
                ItemKind::Instruction(at) => comments.extend(&self.instructions[at].comments),
                ItemKind::ByteOrderMark | ItemKind::Blank => {}
            }
        }
        comments
    }

    /// The comment of an item that is one, from `#` to the end of the line.
    pub fn comment(&self, item: Item) -> Span {
        let text = item.span.of(self.source);
        let end = item.span.start + text.trim_end_matches(['\r', '\n']).len();
        Span::new(item.span.end - text.trim_start().len(), end)
    }
}

impl<'src> Instruction<'src> {
    /// The value of flag `name`; `Some(None)` where it stands without a value.
    pub fn flag(&self, name: &str) -> Option<Option<&Piece<'src>>> {
        let flag = self.flags.iter().find(|flag| flag.name.text == name)?;
        Some(flag.value.as_ref())
    }
}

impl Keyword {
    pub const ALL: [Keyword; 18] = [
        Keyword::Add,
        Keyword::Arg,
        Keyword::Cmd,
        Keyword::Copy,
        Keyword::Entrypoint,
        Keyword::Env,
        Keyword::Expose,
        Keyword::From,
        Keyword::Healthcheck,
        Keyword::Label,
        Keyword::Maintainer,
        Keyword::Onbuild,
        Keyword::Run,
        Keyword::Shell,
        Keyword::Stopsignal,
        Keyword::User,
        Keyword::Volume,
        Keyword::Workdir,
    ];

    /// In upper case.
    pub fn name(self) -> &'static str {
        match self {
            Keyword::Add => "ADD",
            Keyword::Arg => "ARG",
            Keyword::Cmd => "CMD",
            Keyword::Copy => "COPY",
            Keyword::Entrypoint => "ENTRYPOINT",
            Keyword::Env => "ENV",
            Keyword::Expose => "EXPOSE",
            Keyword::From => "FROM",
            Keyword::Healthcheck => "HEALTHCHECK",
            Keyword::Label => "LABEL",
            Keyword::Maintainer => "MAINTAINER",
            Keyword::Onbuild => "ONBUILD",
            Keyword::Run => "RUN",
            Keyword::Shell => "SHELL",
            Keyword::Stopsignal => "STOPSIGNAL",
            Keyword::User => "USER",
            Keyword::Volume => "VOLUME",
            Keyword::Workdir => "WORKDIR",
        }
    }

    /// Whether BuildKit puts the environment and build arguments of the stage into its arguments. Shells do so
    /// themselves; `FROM` finds only the build arguments before the first stage.
    /// <https://docs.docker.com/reference/dockerfile/#environment-replacement>
    pub fn expands(self) -> bool {
        use Keyword::{Add, Arg, Copy, Env, Expose, Label, Stopsignal, User, Volume, Workdir};
        matches!(
            self,
            Add | Arg | Copy | Env | Expose | Label | Stopsignal | User | Volume | Workdir
        )
    }

    /// The keyword that `text` is in any case.
    pub fn of(text: &str) -> Option<Keyword> {
        let mut all = Keyword::ALL.iter().copied();
        match text.is_ascii() {
            true => {
                let first = text.bytes().next()?.to_ascii_uppercase();
                let mut alike = all.filter(|keyword| keyword.name().as_bytes()[0] == first);
                alike.find(|keyword| text.eq_ignore_ascii_case(keyword.name()))
            }
            false => all.find(|keyword| words::same(text, keyword.name())),
        }
    }
}
