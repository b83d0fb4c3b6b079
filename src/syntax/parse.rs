//! Reads a whole Dockerfile, line by line. What arguments mean is in `arguments`.

use super::lines::{LONGEST_LINE, Line, Lines, Logical};
use super::suggest::nearest;
use super::{Directive, Heredoc, arguments, command, directives, heredocs};
use super::{Dockerfile, ErrorKind, Instruction, Item, ItemKind, Keyword, SyntaxError};
use crate::text::Span;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Lines of a long file: for so many there may be room from the start.
const MANY: usize = 64;

/// Parses a whole Dockerfile. All errors that can be told apart are returned, in order.
pub fn parse(source: &str) -> Result<Dockerfile<'_>, Vec<SyntaxError>> {
    let start = if source.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let usual = memchr::memchr_iter(b'\n', source.as_bytes()).count().min(MANY);
    let mut parser = Parser {
        source,
        lines: Lines::new(source, start),
        escape: '\\',
        in_directives: true,
        seen_from: false,
        directives: Vec::new(),
        instructions: Vec::with_capacity(usual / 2),
        items: Vec::with_capacity(usual),
        errors: Vec::new(),
    };
    if start > 0 {
        parser.items.push(Item { span: Span::new(0, start), kind: ItemKind::ByteOrderMark });
    }
    while let Some(line) = parser.lines.next() {
        parser.line(line);
    }
    parser.finish()
}

struct Parser<'src> {
    source: &'src str,
    lines: Lines<'src>,
    escape: char,
    in_directives: bool,
    seen_from: bool,
    directives: Vec<Directive<'src>>,
    instructions: Vec<Instruction<'src>>,
    items: Vec<Item>,
    errors: Vec<SyntaxError>,
}

impl<'src> Parser<'src> {
    fn line(&mut self, line: Line) {
        if self.in_directives {
            let directive = directives::read(self.source, line, "#");
            self.in_directives = directive.is_some();
            if let Some(directive) = directive {
                self.directive(directive, line);
                return;
            }
        }

        let content = line.content(self.source).trim_start();
        let kind = match content.bytes().next() {
            None => ItemKind::Blank,
            Some(b'#') => ItemKind::Comment,
            Some(_) => return self.instruction(line),
        };
        self.items.push(Item { span: line.span(), kind });
    }

    fn directive(&mut self, directive: Directive<'src>, line: Line) {
        let mut error = |message: String, help: &str| {
            let (kind, help) = (ErrorKind::Structure, Some(help.to_owned()));
            self.errors.push(SyntaxError { kind, span: directive.span, message, help });
        };
        if self.directives.iter().any(|earlier| earlier.name == directive.name) {
            error(format!("parser directive `{}` stands twice", directive.name), "delete one");
        }
        if directive.name == "escape" {
            match directive.value {
                "\\" => self.escape = '\\',
                "`" => self.escape = '`',
                other => error(
                    format!("`{other}` cannot be the escape character"),
                    "the escape character is a backslash or a backtick",
                ),
            }
        }
        let kind = ItemKind::Directive(self.directives.len());
        self.items.push(Item { span: line.span(), kind });
        self.directives.push(directive);
    }

    fn instruction(&mut self, first: Line) {
        let logical = Logical::read(&mut self.lines, first, self.escape);
        let node = match command::read(&logical, 0..logical.text().len(), self.escape) {
            Ok(node) => node,
            Err(error) => return self.errors.push(error),
        };
        let heredocs = match node.takes_heredocs() {
            true => heredocs::read(&mut self.lines, &logical),
            false => Ok(Vec::new()),
        };
        let heredocs = match heredocs {
            Ok(heredocs) => heredocs,
            Err(error) => return self.errors.push(error),
        };
        self.check_stage(node.keyword, logical.span(node.keyword_range.clone()));
        let content_end = content_end(&logical, &heredocs);
        match arguments::instruction(&logical, node, heredocs, content_end) {
            Ok(instruction) => {
                let end = instruction
                    .heredocs
                    .last()
                    .map_or(logical.end, |heredoc| line_end(self.source, heredoc.terminator.end));
                let kind = ItemKind::Instruction(self.instructions.len());
                self.items.push(Item { span: Span::new(logical.start, end), kind });
                self.instructions.push(instruction);
            }
            Err(error) => self.errors.push(error),
        }
    }

    /// Before the first `FROM` only `ARG` may stand.
    fn check_stage(&mut self, keyword: Option<Keyword>, span: Span) {
        let Some(keyword) = keyword else { return };
        if keyword == Keyword::From {
            self.seen_from = true;
        } else if keyword != Keyword::Arg && !self.seen_from {
            self.seen_from = true;
            self.errors.push(SyntaxError {
                kind: ErrorKind::Instruction,
                span,
                message: format!("`{}` stands before the first `FROM`", keyword.name()),
                help: Some("begin the build stage with `FROM image`".to_owned()),
            });
        }
    }

    fn finish(mut self) -> Result<Dockerfile<'src>, Vec<SyntaxError>> {
        if let Some(line) = self.lines.too_long {
            self.errors.push(SyntaxError {
                kind: ErrorKind::Structure,
                span: Span::new(line.start, line.content_end),
                message: format!(
                    "line is longer than {LONGEST_LINE} bytes, and BuildKit reads none such"
                ),
                help: Some("continue it on further lines".to_owned()),
            });
        }
        if self.instructions.is_empty() && self.errors.is_empty() {
            self.errors.push(SyntaxError {
                kind: ErrorKind::Structure,
                span: Span::new(self.source.len(), self.source.len()),
                message: "file has no instructions".to_owned(),
                help: Some("begin with `FROM image`".to_owned()),
            });
        }
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        if self.instructions.len() > MANY {
            self.instructions.shrink_to_fit();
        }
        Ok(Dockerfile {
            source: self.source,
            escape: self.escape,
            directives: self.directives,
            instructions: self.instructions,
            items: self.items,
        })
    }
}

fn content_end(logical: &Logical, heredocs: &[Heredoc]) -> usize {
    heredocs.last().map_or(logical.content_end, |heredoc| heredoc.terminator.end)
}

/// The end of the line whose content ends at `at`.
fn line_end(source: &str, at: usize) -> usize {
    source[at..].find('\n').map_or(source.len(), |length| at + length + 1)
}

/// The error for a word that is no instruction.
pub(super) fn unknown_instruction(written: &str, span: Span) -> SyntaxError {
    let names = Keyword::ALL.map(Keyword::name);
    let help = nearest(written, &names).map(|name| format!("did you mean `{name}`?"));
    let message = match written {
        "" => "an instruction is missing".to_owned(),
        _ => format!("unknown instruction `{}`", shortened(written)),
    };
    SyntaxError { kind: ErrorKind::Instruction, span, message, help }
}

/// At most 40 characters of what the user wrote.
pub(super) fn shortened(written: &str) -> String {
    match written.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &written[..end]),
        None => written.to_owned(),
    }
}
