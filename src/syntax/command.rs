//! Splits a logical line into keyword, flags and arguments. It does not check them.

use super::heredocs;
use super::json;
use super::lines::Logical;
use super::words;
use super::{Earlier, ErrorKind, Flag, Keyword, Piece, SyntaxError, flags};
use std::borrow::Cow;
use std::ops::Range;

/// An instruction before its arguments are looked at.
#[derive(Debug)]
pub(super) struct Node<'src> {
    pub(super) keyword_range: Range<usize>,
    pub(super) keyword: Option<Keyword>,
    pub(super) flags: Vec<Flag<'src>>,
    pub(super) arguments: Range<usize>,
    pub(super) content: Content<'src>,
    pub(super) earlier: Earlier<'src>,
}

/// What the arguments are made of.
#[derive(Debug)]
pub(super) enum Content<'src> {
    /// Still one text.
    Text,
    /// The words of `ENV`, `LABEL` and `ARG`.
    Words(Vec<Range<usize>>),
    /// The strings of a JSON array.
    Strings(Vec<Piece<'src>>),
    /// The instruction after `ONBUILD`.
    Trigger(Box<Node<'src>>),
}

impl<'src> Node<'src> {
    pub(super) fn takes_heredocs(&self) -> bool {
        match (self.keyword, &self.content) {
            (Some(Keyword::Onbuild), Content::Trigger(trigger)) => trigger.takes_heredocs_itself(),
            _ => self.takes_heredocs_itself(),
        }
    }

    fn takes_heredocs_itself(&self) -> bool {
        matches!(self.keyword, Some(Keyword::Run | Keyword::Copy | Keyword::Add))
            && !matches!(self.content, Content::Strings(_))
    }

    fn read_content(&mut self, logical: &Logical<'src>, escape: char) -> Result<(), SyntaxError> {
        let arguments = self.arguments.clone();
        match self.keyword {
            Some(
                Keyword::Run
                | Keyword::Cmd
                | Keyword::Entrypoint
                | Keyword::Shell
                | Keyword::Add
                | Keyword::Copy
                | Keyword::Volume,
            ) => self.read_array(logical, arguments)?,
            Some(Keyword::Healthcheck) => {
                self.read_array(logical, words::first(logical.text(), arguments).1)?;
            }
            Some(keyword @ (Keyword::Env | Keyword::Label)) => {
                let words = words::quoted(logical, arguments.clone(), escape);
                check_pairs(logical, keyword, &words, arguments)?;
                self.content = Content::Words(words);
            }
            Some(Keyword::Arg) => {
                self.content = Content::Words(words::quoted(logical, arguments, escape));
            }
            _ => {}
        }
        Ok(())
    }

    fn read_array(
        &mut self,
        logical: &Logical<'src>,
        range: Range<usize>,
    ) -> Result<(), SyntaxError> {
        let text = logical.text();
        let range = words::trim(text, range);
        let Some(array) = json::array(&text[range.clone()]) else { return Ok(()) };
        let piece = |(start, end, said): (usize, usize, String)| {
            let (start, end) = (range.start + start, range.start + end);
            let inside = logical.cow(start + 1..end - 1);
            let text = if inside == said { inside } else { Cow::Owned(said) };
            Piece { span: logical.span(start..end), text }
        };
        let strings: Option<Vec<_>> =
            array.strings.map(|strings| strings.into_iter().map(piece).collect());
        match (array.whole, strings) {
            (true, Some(strings)) => self.content = Content::Strings(strings),
            (false, Some(strings)) => self.earlier = Earlier::Exec(strings),
            (false, None) => self.earlier = Earlier::Refused,
            (true, None) => {
                return Err(SyntaxError {
                    kind: ErrorKind::Structure,
                    span: logical.span(range),
                    message: "JSON array holds something other than strings".to_owned(),
                    help: Some("put each element in double quotes".to_owned()),
                });
            }
        }
        Ok(())
    }
}

/// Reads the instruction in `range` of the line.
pub(super) fn read<'src>(
    logical: &Logical<'src>,
    range: Range<usize>,
    escape: char,
) -> Result<Node<'src>, SyntaxError> {
    let mut node = keyword(logical, range, escape)?;
    if node.keyword != Some(Keyword::Onbuild) {
        node.read_content(logical, escape)?;
    } else if !node.arguments.is_empty() {
        let mut trigger = keyword(logical, node.arguments.clone(), escape)?;
        // A trigger's trigger is refused later: no need to read it.
        if trigger.keyword != Some(Keyword::Onbuild) {
            trigger.read_content(logical, escape)?;
        }
        node.content = Content::Trigger(Box::new(trigger));
    }
    Ok(node)
}

fn keyword<'src>(
    logical: &Logical<'src>,
    range: Range<usize>,
    escape: char,
) -> Result<Node<'src>, SyntaxError> {
    let text = logical.text();
    let (keyword_range, rest) = words::first(text, words::trim(text, range));
    let (flags, start) = flags::read(logical, rest.clone(), escape)?;
    Ok(Node {
        keyword: Keyword::of(&text[keyword_range.clone()]),
        keyword_range,
        flags,
        arguments: words::trim(text, start..rest.end),
        content: Content::Text,
        earlier: Earlier::Same,
    })
}

/// Whether the first word of `ENV` or `LABEL` makes it the form `ENV name rest of the line`.
pub(super) fn is_legacy(logical: &Logical, words: &[Range<usize>]) -> bool {
    words.first().is_some_and(|word| !logical.text()[word.clone()].contains('='))
}

fn check_pairs(
    logical: &Logical,
    keyword: Keyword,
    words: &[Range<usize>],
    arguments: Range<usize>,
) -> Result<(), SyntaxError> {
    let error = |range: Range<usize>, message: String, help: String| SyntaxError {
        kind: ErrorKind::Structure,
        span: logical.span(range),
        message,
        help: Some(help),
    };
    let name = keyword.name();
    if is_legacy(logical, words) {
        let (_, value) = words::first(logical.text(), arguments.clone());
        if value.is_empty() {
            let message = format!("`{name}` has a name and no value");
            return Err(error(arguments, message, format!("write `{name} name=value`")));
        }
        return Ok(());
    }
    let Some(word) = words.iter().find(|word| !logical.text()[(*word).clone()].contains('='))
    else {
        return Ok(());
    };
    let message =
        format!("`{}` has no `=`", super::parse::shortened(&logical.text()[word.clone()]));
    let help = "write `name=value`, with quotes around a value that has blanks".to_owned();
    Err(error(word.clone(), message, help))
}

/// Whether a word is a heredoc's opener.
pub(super) fn is_heredoc(word: &str) -> bool {
    word.contains("<<") && matches!(heredocs::opener(word), Ok(Some(_)))
}
