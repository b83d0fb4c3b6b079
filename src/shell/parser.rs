//! Statements, pipelines, simple commands and redirects.

use super::cursor::Cursor;
use super::heredoc::{Heredocs, file_descriptor};
use super::word::Text;
use super::{
    Assignment, Command, CommandKind, Connector, ConnectorKind, Dialect, List, Pipeline, Redirect,
    Script, Simple, Statement, Terminator, TerminatorKind, Word,
};
use std::mem::{replace, take};

/// Linux takes no longer argument, so that no shell gets a longer script.
const LONGEST: usize = 128 * 1024 - 1;

/// How often a script is read to find the here-documents inside its here-documents.
const PASSES: usize = 4;

pub(super) fn script(text: &str, dialect: Dialect) -> Option<Script> {
    let control = |byte: u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    if text.len() > LONGEST || text.bytes().any(control) {
        return None;
    }

    let mut heredocs = Heredocs::default();
    for _ in 0..PASSES {
        let mut cursor = Cursor::new(text, dialect);
        cursor.heredocs = heredocs;
        let body = cursor.list()?;
        if cursor.at < cursor.end || !cursor.heredocs.pending.is_empty() {
            return None;
        }
        if cursor.heredocs.unknown == 0 {
            return Some(Script { text: text.into(), dialect, body, comments: cursor.comments });
        }
        heredocs = cursor.heredocs;
        heredocs.unknown = 0;
    }
    None
}

impl Cursor<'_> {
    /// Reads statements up to what cannot start one.
    pub(super) fn list(&mut self) -> Option<List> {
        // Most lists are one statement.
        let mut statements = Vec::with_capacity(1);
        self.skip_lines()?;
        while !self.at_list_end() {
            let start = self.at;
            let mut statement = self.statement()?;
            statement.span.start = start;
            self.skip_blanks();
            statement.terminator = self.terminator()?;
            let terminated = statement.terminator.is_some();
            statements.push(statement);
            if !terminated {
                break;
            }
            self.skip_lines()?;
        }
        Some(List { statements })
    }

    /// A list that may not be empty.
    pub(super) fn commands(&mut self) -> Option<List> {
        let list = self.list()?;
        (!list.statements.is_empty()).then_some(list)
    }

    fn at_list_end(&self) -> bool {
        let closers = ["then", "else", "elif", "fi", "do", "done", "esac", "}"];
        match self.byte(0) {
            None | Some(b')') => true,
            Some(b';') => matches!(self.byte(1), Some(b';' | b'&')),
            Some(b't' | b'e' | b'f' | b'd' | b'}') => closers.contains(&self.raw_token()),
            _ => false,
        }
    }

    fn terminator(&mut self) -> Option<Option<Terminator>> {
        let start = self.at;
        let kind = match (self.byte(0), self.byte(1)) {
            (Some(b'\n'), _) => {
                self.end_line()?;
                TerminatorKind::Newline
            }
            (Some(b';'), next) if !matches!(next, Some(b';' | b'&')) => {
                self.at += 1;
                TerminatorKind::Semicolon
            }
            (Some(b'&'), next) if next != Some(b'&') => {
                self.at += 1;
                TerminatorKind::Background
            }
            _ => return Some(None),
        };
        let span = crate::text::Span::new(start, start + 1);
        Some(Some(Terminator { span, kind }))
    }

    fn statement(&mut self) -> Option<Statement> {
        let first = self.pipeline()?;
        let mut span = first.span;
        let mut rest = Vec::new();
        loop {
            self.skip_blanks();
            let start = self.at;
            let kind = match (self.byte(0), self.byte(1)) {
                (Some(b'&'), Some(b'&')) => ConnectorKind::And,
                (Some(b'|'), Some(b'|')) => ConnectorKind::Or,
                _ => return Some(Statement { span, first, rest, terminator: None }),
            };
            self.at += 2;
            let connector = Connector { span: self.span(start), kind };
            self.skip_lines()?;
            let pipeline = self.pipeline()?;
            span = span.to(pipeline.span);
            rest.push((connector, pipeline));
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        let start = self.at;
        let negated = self.byte(0) == Some(b'!') && self.raw_token() == "!";
        if negated {
            self.at += 1;
            self.skip_blanks();
        }
        let mut commands = vec![self.command()?];
        loop {
            let end = commands.last().map_or(self.at, |command| command.span.end);
            self.skip_blanks();
            match (self.byte(0), self.byte(1)) {
                // In bash `|&` also passes on the errors.
                (Some(b'|'), Some(b'&')) => return None,
                (Some(b'|'), next) if next != Some(b'|') => self.at += 1,
                _ => {
                    let span = crate::text::Span::new(start, end);
                    return Some(Pipeline { span, negated, commands });
                }
            }
            self.skip_lines()?;
            commands.push(self.command()?);
        }
    }

    pub(super) fn command(&mut self) -> Option<Command> {
        let start = self.at;
        if let Some(kind) = self.compound()? {
            let redirects = self.redirects()?;
            return Some(Command { span: self.span(start), kind, redirects });
        }
        self.simple()
    }

    /// The redirects after a compound command; stops right after the last.
    fn redirects(&mut self) -> Option<Vec<Redirect>> {
        let mut redirects = Vec::new();
        loop {
            let (end, comments) = (self.at, self.comments.len());
            self.skip_blanks();
            let Some(redirect) = self.redirect()? else {
                self.at = end;
                self.comments.truncate(comments);
                return Some(redirects);
            };
            redirects.push(redirect);
        }
    }

    fn simple(&mut self) -> Option<Command> {
        let mut command = Simple { assignments: Vec::new(), words: take(&mut self.spare) };
        let mut redirects = Vec::new();
        let start = self.at;
        let mut span = self.span(start);
        loop {
            self.skip_blanks();
            if let Some(redirect) = self.redirect()? {
                span = span.to(redirect.span);
                redirects.push(redirect);
                continue;
            }
            if command.words.is_empty()
                && let Some(assignment) = self.assignment()?
            {
                span = span.to(assignment.span);
                command.assignments.push(assignment);
                continue;
            }
            if self.byte(0) == Some(b'(') {
                let alone = command.assignments.is_empty() && redirects.is_empty();
                return if alone { self.function(start, command.words) } else { None };
            }
            if !self.at_word() {
                break;
            }
            let word = self.word(Text::Argument)?;
            span = span.to(word.span);
            command.words.push(word);
        }

        self.check_program(&command, !redirects.is_empty())?;
        // Scripts are kept: a file of very many takes half the memory so.
        let words = command.words.drain(..).collect();
        self.spare = replace(&mut command.words, words);
        match span.is_empty() {
            true => None,
            false => Some(Command { span, kind: CommandKind::Simple(command), redirects }),
        }
    }

    /// Whether a word starts here, or a process substitution.
    pub(super) fn at_word(&self) -> bool {
        match self.byte(0) {
            None | Some(b'\n' | b'|' | b'&' | b';' | b'(' | b')') => false,
            Some(b'<' | b'>') => self.byte(1) == Some(b'('),
            Some(_) => true,
        }
    }

    /// Some words may not name a program, since shells differ on what they mean there.
    fn check_program(&self, command: &Simple, redirected: bool) -> Option<()> {
        let Some(program) = command.words.first() else { return Some(()) };
        let raw = program.span.of(self.text);
        let late = redirected || !command.assignments.is_empty();
        match raw {
            // Aliases change how the lines after them are read.
            "alias" => None,
            // BusyBox has it as a command, with operators that are read in another way.
            "[[" => {
                let last = command.words.last()?;
                (self.dialect == Dialect::Ash && !late && last.span.of(self.text) == "]]")
                    .then_some(())
            }
            _ if late && is_reserved(raw) => None,
            "time" if self.dialect == Dialect::Bash => {
                let raw = command.words[1..].iter().map(|word| word.span.of(self.text));
                let timed = raw.into_iter().find(|word| !word.starts_with('-'))?;
                let assigns = timed.contains('=');
                if late || assigns || is_reserved(timed) { None } else { Some(()) }
            }
            "export" | "declare" | "typeset" | "local" | "readonly" | "eval" | "let" => {
                let subscripted = |word: &Word| {
                    let raw = word.span.of(self.text);
                    raw.trim_start_matches(is_name).starts_with('[')
                };
                (!command.words.iter().any(subscripted)).then_some(())
            }
            _ if raw.contains('\\')
                && raw.contains("\\\n")
                && is_reserved(program.literal.as_deref()?) =>
            {
                None
            }
            _ => Some(()),
        }
    }

    fn assignment(&mut self) -> Option<Option<Assignment>> {
        let start = self.at;
        let Some(name_end) = self.name_end(0) else { return Some(None) };
        let rest = &self.text[name_end..self.end];
        let append = rest.starts_with("+=");
        if !append && !rest.starts_with('=') {
            return self.element(name_end);
        }
        if append {
            self.bash()?;
        }

        let name = self.text[start..name_end].into();
        self.at = name_end + if append { 2 } else { 1 };
        let mut elements = Vec::new();
        let value = match self.byte(0) {
            Some(b'(') => {
                elements = self.array()?;
                None
            }
            _ => Some(self.possibly_empty(Text::Value)?),
        };
        let span = self.span(start);
        Some(Some(Assignment { span, name, append, value, elements }))
    }

    /// `name[` may start a subscript in bash, which ends at `]` only; elsewhere it is a word.
    fn element(&self, name_end: usize) -> Option<Option<Assignment>> {
        let subscripted = self.text[name_end..self.end].starts_with('[');
        if subscripted { None } else { Some(None) }
    }

    fn array(&mut self) -> Option<Vec<Word>> {
        self.bash()?;
        self.at += 1;
        let mut words = Vec::new();
        self.skip_lines()?;
        while self.at_word() {
            let word = self.word(Text::Argument)?;
            if word.span.of(self.text).starts_with('[') {
                return None;
            }
            words.push(word);
            self.skip_lines()?;
        }
        self.expect(")")?;
        Some(words)
    }

    /// Reads a redirect if one starts here.
    pub(super) fn redirect(&mut self) -> Option<Option<Redirect>> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..self.end];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let both = rest.starts_with(b"&>");
        if !both && !matches!(rest.get(digits), Some(b'<' | b'>')) {
            return Some(None);
        }
        if digits == 0 && rest.get(1) == Some(&b'(') {
            return Some(None);
        }
        // Dash takes one digit.
        if digits > 1 || rest.starts_with(b"&>>") {
            self.bash()?;
        }
        if both {
            self.bash_or_ash()?;
        }

        let operators = ["&>>", "&>", "<<<", "<<-", "<<", "<>", "<&", "<", ">>", ">&", ">|", ">"];
        let operator_start = start + digits;
        self.at = operator_start;
        let operator = operators.into_iter().find(|operator| self.looking_at(operator))?;
        self.at += operator.len();
        if operator.starts_with("<<") && operator != "<<<" {
            return self.heredoc(start, operator).map(Some);
        }
        if operator == "<<<" {
            self.bash()?;
        }
        self.skip_blanks();
        let target = self.word(Text::Argument)?;
        if operator.ends_with('&') {
            self.check_duplicate(operator, &target)?;
        }
        Some(Some(Redirect {
            span: self.span(start),
            file_descriptor: file_descriptor(self.text, start, operator_start),
            operator,
            target,
            heredoc: None,
            content: None,
        }))
    }

    /// `>&1` is the same for all; `>&file` is not.
    fn check_duplicate(&self, operator: &str, target: &Word) -> Option<()> {
        match target.literal.as_deref() {
            Some("-") => Some(()),
            Some(text) if text.len() == 1 && text.as_bytes()[0].is_ascii_digit() => Some(()),
            _ if operator == ">&" => self.bash(),
            _ => None,
        }
    }
}

pub(super) fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "!" | "{"
            | "}"
            | "case"
            | "do"
            | "done"
            | "elif"
            | "else"
            | "esac"
            | "fi"
            | "for"
            | "if"
            | "in"
            | "then"
            | "until"
            | "while"
            | "[["
            | "]]"
            | "function"
            | "select"
            | "coproc"
            | "time"
    )
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}
