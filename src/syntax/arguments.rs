//! The arguments of each instruction, and which of them BuildKit refuses. It expands no variables.

use super::command::{Content, Node, is_heredoc, is_legacy};
use super::lines::Logical;
use super::parse::{shortened, unknown_instruction};
use super::{Body, Command, ErrorKind, Heredoc, Instruction, Keyword, Pair, Piece, SyntaxError};
use super::{flag_rules, words};
use crate::text::Span;
use std::ops::Range;

/// Checks a node and gives it its meaning. `content_end` is where its last line ends.
pub(super) fn instruction<'src>(
    logical: &Logical<'src>,
    node: Node<'src>,
    heredocs: Vec<Heredoc<'src>>,
    content_end: usize,
) -> Result<Instruction<'src>, SyntaxError> {
    let keyword_span = logical.span(node.keyword_range.clone());
    let Some(keyword) = node.keyword else {
        let written = &logical.text()[node.keyword_range.clone()];
        return Err(unknown_instruction(written, keyword_span));
    };

    let json = matches!(node.content, Content::Strings(_));
    let arguments = logical.joined(node.arguments.clone());
    let reader = Reader { logical, keyword, keyword_span, arguments: node.arguments };
    reader.check_flags(&node.flags)?;
    let body = match node.content {
        Content::Trigger(trigger) => reader.onbuild(*trigger, heredocs.clone(), content_end)?,
        content => reader.body(content)?,
    };
    Ok(Instruction {
        source: logical.source,
        span: Span::new(keyword_span.start, content_end),
        keyword,
        keyword_span,
        flags: node.flags,
        arguments,
        body,
        json,
        earlier: node.earlier,
        heredocs,
        comments: logical.comments.clone(),
    })
}

struct Reader<'l, 'src> {
    logical: &'l Logical<'src>,
    keyword: Keyword,
    keyword_span: Span,
    arguments: Range<usize>,
}

impl<'src> Reader<'_, 'src> {
    fn check_flags(&self, flags: &[super::Flag<'src>]) -> Result<(), SyntaxError> {
        // BuildKit does not look at the flags of these.
        let none = self.keyword == Keyword::Healthcheck && self.type_of_healthcheck() == "NONE";
        match self.keyword {
            Keyword::Arg | Keyword::Stopsignal => Ok(()),
            _ if none => Ok(()),
            _ => flag_rules::check(self.keyword, flags),
        }
    }

    fn body(&self, content: Content<'src>) -> Result<Body<'src>, SyntaxError> {
        match self.keyword {
            Keyword::From => self.from(),
            Keyword::Run => Ok(Body::Run(command(content))),
            Keyword::Cmd => Ok(Body::Cmd(command(content))),
            Keyword::Entrypoint => Ok(Body::Entrypoint(command(content))),
            Keyword::Shell => self.shell(content),
            Keyword::Healthcheck => self.healthcheck(content),
            Keyword::Add | Keyword::Copy => self.copy(content),
            Keyword::Env => {
                let (pairs, legacy) = self.pairs(content)?;
                Ok(Body::Env { pairs, legacy })
            }
            Keyword::Label => {
                let (pairs, legacy) = self.pairs(content)?;
                Ok(Body::Label { pairs, legacy })
            }
            Keyword::Arg => self.arg(content),
            Keyword::Expose => match self.list(Content::Text) {
                ports if ports.is_empty() => Err(self.missing("a port, as `EXPOSE 8080`")),
                ports => Ok(Body::Expose(ports)),
            },
            Keyword::Volume => self.volume(content),
            Keyword::User => Ok(Body::User(self.one("a user, as `USER app`")?)),
            Keyword::Workdir => Ok(Body::Workdir(self.one("a path, as `WORKDIR /app`")?)),
            Keyword::Stopsignal => Ok(Body::Stopsignal(self.one("a signal")?)),
            Keyword::Maintainer => Ok(Body::Maintainer(self.one("a name")?)),
            Keyword::Onbuild => Err(self.missing("an instruction, as `ONBUILD RUN make`")),
        }
    }

    fn from(&self) -> Result<Body<'src>, SyntaxError> {
        let mut words = self.list(Content::Text).into_iter();
        let parts = (words.next(), words.next(), words.next(), words.next());
        match parts {
            (None, ..) => Err(self.missing("an image, as `FROM debian:12`")),
            (Some(image), None, ..) => Ok(Body::From { image, name: None }),
            (Some(image), Some(word), Some(name), None) if is_as(&word.text) => {
                if !is_stage_name(&words::lower(&name.text)) {
                    let written = shortened(&name.text);
                    let message = format!("`{written}` cannot be the name of a build stage");
                    let help = "a stage name is a letter, then letters, digits, `-`, `_` and `.`";
                    return Err(self.error(name.span, message, help));
                }
                Ok(Body::From { image, name: Some(name) })
            }
            _ => {
                let message = "`FROM` takes an image, or an image, `AS` and a stage name";
                let span = self.logical.span(self.arguments.clone());
                Err(self.error(span, message.to_owned(), "write `FROM image AS name`"))
            }
        }
    }

    fn shell(&self, content: Content<'src>) -> Result<Body<'src>, SyntaxError> {
        match content {
            Content::Strings(strings) if !strings.is_empty() => Ok(Body::Shell(strings)),
            _ => Err(self.missing(r#"a JSON array, as `SHELL ["/bin/bash", "-c"]`"#)),
        }
    }

    fn type_of_healthcheck(&self) -> String {
        let text = self.logical.text();
        text[words::first(text, self.arguments.clone()).0].to_uppercase()
    }

    fn healthcheck(&self, content: Content<'src>) -> Result<Body<'src>, SyntaxError> {
        let (kind, rest) = words::first(self.logical.text(), self.arguments.clone());
        let error = |message: &str, help: &str| {
            Err(self.error(self.logical.span(kind.clone()), message.to_owned(), help))
        };
        let empty = match &content {
            Content::Strings(strings) => strings.is_empty(),
            _ => rest.is_empty(),
        };
        match self.type_of_healthcheck().as_str() {
            "" => Err(self.missing("a type, as `HEALTHCHECK CMD curl -f http://localhost`")),
            "NONE" if empty => Ok(Body::Healthcheck(None)),
            "NONE" => error("`HEALTHCHECK NONE` takes no arguments", "delete them"),
            "CMD" if empty => error("`HEALTHCHECK CMD` has no command", "write it after `CMD`"),
            "CMD" => Ok(Body::Healthcheck(Some(command(content)))),
            _ => error("unknown type of `HEALTHCHECK`", "write `HEALTHCHECK CMD` or `NONE`"),
        }
    }

    fn copy(&self, content: Content<'src>) -> Result<Body<'src>, SyntaxError> {
        let json = matches!(content, Content::Strings(_));
        let mut sources = self.list(content);
        let Some(destination) = sources.pop().filter(|_| !sources.is_empty()) else {
            return Err(self.missing("a source and a destination"));
        };
        if is_heredoc(&destination.text) {
            let message = format!("`{}` cannot copy to a heredoc", self.keyword.name());
            return Err(self.error(destination.span, message, "write a destination at the end"));
        }
        Ok(Body::Copy { sources, destination, json })
    }

    fn pairs(&self, content: Content<'src>) -> Result<(Vec<Pair<'src>>, bool), SyntaxError> {
        let Content::Words(words) = content else { return Ok((Vec::new(), false)) };
        if words.is_empty() {
            return Err(self.missing("`name=value`"));
        }
        if is_legacy(self.logical, &words) {
            let (name, value) = words::first(self.logical.text(), self.arguments.clone());
            let pair = Pair {
                span: self.logical.span(name.start..value.end),
                name: self.logical.piece(name),
                value: Some(self.logical.piece(value)),
            };
            return Ok((vec![pair], true));
        }
        let pairs: Vec<_> = words.into_iter().map(|word| words::pair(self.logical, word)).collect();
        self.check_names(&pairs)?;
        Ok((pairs, false))
    }

    fn arg(&self, content: Content<'src>) -> Result<Body<'src>, SyntaxError> {
        let Content::Words(words) = content else { return Ok(Body::Arg(Vec::new())) };
        if words.is_empty() {
            return Err(self.missing("a name, as `ARG version`"));
        }
        let pairs: Vec<_> = words.into_iter().map(|word| words::pair(self.logical, word)).collect();
        self.check_names(&pairs)?;
        Ok(Body::Arg(pairs))
    }

    fn check_names(&self, pairs: &[Pair<'src>]) -> Result<(), SyntaxError> {
        let Some(pair) = pairs.iter().find(|pair| pair.name.text.is_empty()) else { return Ok(()) };
        let message = format!("`{}` has a value without a name", self.keyword.name());
        Err(self.error(pair.span, message, "write a name before the `=`"))
    }

    fn volume(&self, content: Content<'src>) -> Result<Body<'src>, SyntaxError> {
        let paths = self.list(content);
        if paths.is_empty() {
            return Err(self.missing("a path, as `VOLUME /data`"));
        }
        if let Some(path) = paths.iter().find(|path| path.text.trim().is_empty()) {
            let message = "`VOLUME` has an empty path".to_owned();
            return Err(self.error(path.span, message, "write a path or delete it"));
        }
        Ok(Body::Volume(paths))
    }

    fn onbuild(
        &self,
        trigger: Node<'src>,
        heredocs: Vec<Heredoc<'src>>,
        content_end: usize,
    ) -> Result<Body<'src>, SyntaxError> {
        let span = self.logical.span(trigger.keyword_range.clone());
        if let Some(keyword @ (Keyword::Onbuild | Keyword::From | Keyword::Maintainer)) =
            trigger.keyword
        {
            let message = format!("`{}` cannot be a trigger of `ONBUILD`", keyword.name());
            return Err(self.error(span, message, "delete it"));
        }
        Ok(match instruction(self.logical, trigger, heredocs, content_end) {
            Ok(instruction) => Body::Onbuild(Box::new(instruction)),
            Err(_) => Body::OnbuildInvalid(self.logical.piece(self.arguments.clone())),
        })
    }

    /// The arguments as words, or the strings of the array.
    fn list(&self, content: Content<'src>) -> Vec<Piece<'src>> {
        match content {
            Content::Strings(strings) => strings,
            _ => words::split(self.logical, self.arguments.clone()),
        }
    }

    fn one(&self, what: &str) -> Result<Piece<'src>, SyntaxError> {
        match self.arguments.is_empty() {
            true => Err(self.missing(what)),
            false => Ok(self.logical.piece(self.arguments.clone())),
        }
    }

    fn missing(&self, what: &str) -> SyntaxError {
        let message = format!("`{}` needs an argument", self.keyword.name());
        self.error(self.keyword_span, message, &format!("write {what}"))
    }

    fn error(&self, span: Span, message: String, help: &str) -> SyntaxError {
        let help = Some(help.to_owned());
        SyntaxError { kind: ErrorKind::Instruction, span, message, help }
    }
}

fn command(content: Content) -> Command {
    match content {
        Content::Strings(strings) => Command::Exec(strings),
        _ => Command::Shell,
    }
}

/// `AS` in any case, the long s included.
fn is_as(word: &str) -> bool {
    word.chars().flat_map(char::to_uppercase).eq("AS".chars())
}

/// Whether a name in lower case can be a build stage's.
fn is_stage_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        })
}
