//! The program of a `RUN` as a flat list of tokens: equal lists are equal programs.
//!
//! White space, line breaks, comments and positions are gone; every word, quote and operator stays.
//! This module decides nothing; it only compares and edits.

use crate::shell::{
    Command, CommandKind, Connector, ConnectorKind, List, Pipeline, Redirect, Script, Statement,
    TerminatorKind, Word,
};
use std::borrow::Cow;

/// A bracket, an operator, or a word exactly as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    Open(&'static str),
    Close,
    Operator(&'static str),
    Word(Cow<'a, str>),
}

impl Token<'_> {
    fn owned(&self) -> Token<'static> {
        match self {
            Self::Open(name) => Token::Open(name),
            Self::Close => Token::Close,
            Self::Operator(name) => Token::Operator(name),
            Self::Word(word) => Token::Word(word.clone().into_owned().into()),
        }
    }
}

/// A script as tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program<'a>(pub Vec<Token<'a>>);

/// A declared change to a program. Commands are counted as in [`commands`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramEdit {
    /// `&& command` after the last statement of the script.
    Append { command: String },
    /// `&& command` after the innermost statement that holds command number `to`.
    AppendTo { to: usize, command: String },
    /// A word before word number `at` of a command.
    AddWord { command: usize, at: usize, word: String },
    /// A command that is an operand of `&&`, with one of its operators.
    RemoveCommand { command: usize },
    /// Word number `at` of a command; its program is number 0.
    RemoveWord { command: usize, at: usize },
}

impl<'a> Program<'a> {
    pub fn of(script: &'a Script) -> Self {
        let mut writer = Writer::new(&script.text);
        writer.list(&script.body);
        Self(writer.tokens)
    }

    pub fn of_list(script: &'a Script, list: &'a List) -> Self {
        let mut writer = Writer::new(&script.text);
        writer.list(list);
        Self(writer.tokens)
    }

    pub fn of_pipeline(script: &'a Script, pipeline: &'a Pipeline) -> Self {
        let mut writer = Writer::new(&script.text);
        writer.pipeline(pipeline);
        Self(writer.tokens)
    }

    /// The program after `edits`, whose numbers all refer to this one. `None` if one does not apply.
    pub fn edited(mut self, edits: &'a [ProgramEdit]) -> Option<Self> {
        let removal = |edit: &&ProgramEdit| matches!(edit, ProgramEdit::RemoveCommand { .. });
        if edits.iter().filter(removal).count() > 1 {
            return self.without_several(edits);
        }
        let mut splices: Vec<(usize, usize, Vec<Token>)> = Vec::new();
        for edit in edits {
            splices.push(self.splice(edit)?);
        }
        // Stable: two insertions at one place keep the order in which they were declared.
        splices.sort_by_key(|(start, _, _)| *start);
        for (start, end, new) in splices.into_iter().rev() {
            self.0.splice(start..end, new);
        }
        Some(self)
    }

    /// Neighbours share an operator, so they go one by one, the last first: numbers before it stay.
    fn without_several(mut self, edits: &'a [ProgramEdit]) -> Option<Self> {
        let mut edits: Vec<&ProgramEdit> = edits.iter().collect();
        let number = |edit: &&ProgramEdit| match edit {
            ProgramEdit::RemoveCommand { command }
            | ProgramEdit::RemoveWord { command, .. }
            | ProgramEdit::AddWord { command, .. } => Some(*command),
            ProgramEdit::Append { .. } => Some(usize::MAX),
            ProgramEdit::AppendTo { .. } => None,
        };
        if !edits.iter().all(|edit| number(edit).is_some()) {
            return None;
        }
        edits.sort_by_key(|edit| std::cmp::Reverse(number(edit)));
        for edit in edits {
            self = self.edited(std::slice::from_ref(edit))?;
        }
        Some(self)
    }

    /// Which tokens an edit replaces, and with what.
    fn splice(&self, edit: &'a ProgramEdit) -> Option<(usize, usize, Vec<Token<'a>>)> {
        match edit {
            ProgramEdit::Append { command } => {
                let end = self.0.len().checked_sub(1)?;
                Some((end, end, and(command)?))
            }
            ProgramEdit::AppendTo { to, command } => {
                let end = self.statement_end(self.command(*to)?)?;
                Some((end, end, and(command)?))
            }
            ProgramEdit::AddWord { command, at, word } => {
                let place = self.word(self.command(*command)?, at.checked_sub(1)?)? + 1;
                Some((place, place, vec![Token::Word(word.as_str().into())]))
            }
            ProgramEdit::RemoveCommand { command } => self.removal(*command),
            ProgramEdit::RemoveWord { command, at } => {
                let place = self.word(self.command(*command)?, *at)?;
                Some((place, place + 1, Vec::new()))
            }
        }
    }

    /// The index of word number `at` of the command that opens at `open`.
    fn word(&self, open: usize, at: usize) -> Option<usize> {
        let mut words = (open + 1..self.closing(open)?)
            .filter(|index| self.depth_between(open, *index) == 1)
            .filter(|index| matches!(self.0[*index], Token::Word(_)));
        words.nth(at)
    }

    /// Only a whole operand of `&&` goes: its neighbours then mean what they meant.
    fn removal(&self, command: usize) -> Option<(usize, usize, Vec<Token<'a>>)> {
        let open = self.command(command)?;
        let close = self.closing(open)?;
        let before = self.0.get(open.checked_sub(1)?)?;
        let after = self.0.get(close + 1)?;
        let starts = matches!(before, Token::Open("list") | Token::Operator(";" | "&"));
        let ends = matches!(after, Token::Close | Token::Operator(";" | "&&"));
        if (starts || *before == Token::Operator("&&")) && *after == Token::Operator("&&") {
            return Some((open, close + 2, Vec::new()));
        }
        (*before == Token::Operator("&&") && ends).then(|| (open - 1, close + 1, Vec::new()))
    }

    /// The index of the opening token of simple command `number`.
    fn command(&self, number: usize) -> Option<usize> {
        let opens =
            self.0.iter().enumerate().filter(|(_, token)| **token == Token::Open("command"));
        opens.map(|(index, _)| index).nth(number)
    }

    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        for (index, token) in self.0.iter().enumerate().skip(open) {
            match token {
                Token::Open(_) => depth += 1,
                Token::Close => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                return Some(index);
            }
        }
        None
    }

    fn depth_between(&self, open: usize, index: usize) -> i32 {
        self.0[open..index].iter().fold(0, |depth, token| match token {
            Token::Open(_) => depth + 1,
            Token::Close => depth - 1,
            _ => depth,
        })
    }

    /// Where the statement that holds `index` ends: before its `;`, `&` or the end of its list.
    fn statement_end(&self, index: usize) -> Option<usize> {
        let mut depth = 0;
        for (at, token) in self.0.iter().enumerate().skip(index) {
            match token {
                Token::Open(_) => depth += 1,
                Token::Close if depth == 0 => return Some(at),
                Token::Close => depth -= 1,
                Token::Operator(";" | "&") if depth == 0 => return Some(at),
                _ => (),
            }
        }
        None
    }
}

/// The tokens of `&& command`, if `command` is one that reads the same in every shell.
fn and(command: &str) -> Option<Vec<Token<'static>>> {
    let script = crate::shell::parse(command, crate::shell::Dialect::Unknown)?;
    let Program(tokens) = Program::of(&script);
    let inner = tokens.get(1..tokens.len() - 1)?;
    Some(std::iter::once(Token::Operator("&&")).chain(inner.iter().map(Token::owned)).collect())
}

/// The simple commands of a script in the order in which they are written, those inside `$( … )`
/// left out: the numbers that [`ProgramEdit`] counts by.
pub fn commands(script: &Script) -> Vec<&Command> {
    let mut found = Vec::with_capacity(8);
    collect(&script.body, &mut found);
    found
}

/// The pipelines of a statement in order.
pub fn pipelines(statement: &Statement) -> impl Iterator<Item = &Pipeline> {
    std::iter::once(&statement.first).chain(statement.rest.iter().map(|(_, pipeline)| pipeline))
}

/// Whether `part` is nothing but these operands of the only list of `&&` that `whole` is.
pub(super) fn are_operands(whole: &Script, range: std::ops::Range<usize>, part: &Script) -> bool {
    let (Some(old), Some(new)) = (list_of_and(whole), list_of_and(part)) else { return false };
    let end = range.end.min(old.len());
    !new.is_empty() && old.get(range.start..end) == Some(&new[..])
}

/// The operands of a script that is one list of `&&`.
fn list_of_and(script: &Script) -> Option<Vec<Program<'_>>> {
    let [statement] = &script.body.statements[..] else { return None };
    let ends = statement.terminator.is_none_or(|it| it.kind != TerminatorKind::Background);
    let only_and = statement.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
    let all = pipelines(statement).map(|it| Program::of_pipeline(script, it));
    (ends && only_and).then(|| all.collect())
}

fn collect<'a>(list: &'a List, found: &mut Vec<&'a Command>) {
    for statement in &list.statements {
        for pipeline in pipelines(statement) {
            pipeline.commands.iter().for_each(|command| collect_command(command, found));
        }
    }
}

fn collect_command<'a>(command: &'a Command, found: &mut Vec<&'a Command>) {
    match &command.kind {
        CommandKind::Simple(_) => found.push(command),
        CommandKind::Group(list) | CommandKind::Subshell(list) => collect(list, found),
        CommandKind::If { arms, otherwise } => {
            for (condition, body) in arms {
                collect(condition, found);
                collect(body, found);
            }
            otherwise.iter().for_each(|list| collect(list, found));
        }
        CommandKind::Loop { condition, body, .. } => {
            collect(condition, found);
            collect(body, found);
        }
        CommandKind::For { body, .. } => collect(body, found),
        CommandKind::Case { arms, .. } => arms.iter().for_each(|arm| collect(&arm.body, found)),
        CommandKind::Function { body, .. } => collect_command(body, found),
        CommandKind::Bash { bodies, .. } => bodies.iter().for_each(|list| collect(list, found)),
    }
}

struct Writer<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, tokens: Vec::with_capacity(16) }
    }

    fn word(&mut self, word: &'a Word) {
        self.tokens.push(Token::Word(word.span.of(self.text).into()));
    }

    fn named(&mut self, text: &'a str) {
        self.tokens.push(Token::Word(text.into()));
    }

    fn list(&mut self, list: &'a List) {
        self.tokens.push(Token::Open("list"));
        for (index, statement) in list.statements.iter().enumerate() {
            self.statement(statement, index + 1 == list.statements.len());
        }
        self.tokens.push(Token::Close);
    }

    /// A `;` or a line break between statements is one token, at the end of a list none.
    fn statement(&mut self, statement: &'a Statement, last: bool) {
        self.pipelines(&statement.first, statement.rest.iter());
        match statement.terminator.map(|it| it.kind) {
            Some(TerminatorKind::Background) => self.tokens.push(Token::Operator("&")),
            _ if last => (),
            _ => self.tokens.push(Token::Operator(";")),
        }
    }

    fn pipelines(
        &mut self,
        first: &'a Pipeline,
        rest: impl Iterator<Item = &'a (Connector, Pipeline)>,
    ) {
        self.pipeline(first);
        for (connector, pipeline) in rest {
            self.tokens.push(Token::Operator(match connector.kind {
                ConnectorKind::And => "&&",
                ConnectorKind::Or => "||",
            }));
            self.pipeline(pipeline);
        }
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline) {
        if pipeline.negated {
            self.tokens.push(Token::Operator("!"));
        }
        for (index, command) in pipeline.commands.iter().enumerate() {
            if index > 0 {
                self.tokens.push(Token::Operator("|"));
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &'a Command) {
        let kind = match &command.kind {
            CommandKind::Simple(_) => "command",
            CommandKind::Group(_) => "group",
            CommandKind::Subshell(_) => "subshell",
            CommandKind::If { .. } => "if",
            CommandKind::Loop { until: true, .. } => "until",
            CommandKind::Loop { until: false, .. } => "while",
            CommandKind::For { .. } => "for",
            CommandKind::Case { .. } => "case",
            CommandKind::Function { .. } => "function",
            CommandKind::Bash { .. } => "bash",
        };
        self.tokens.push(Token::Open(kind));
        self.kind(command);
        command.redirects.iter().for_each(|redirect| self.redirect(redirect));
        self.tokens.push(Token::Close);
    }

    fn kind(&mut self, command: &'a Command) {
        match &command.kind {
            CommandKind::Simple(simple) => {
                for assignment in &simple.assignments {
                    self.tokens.push(Token::Open("assignment"));
                    self.named(assignment.span.of(self.text));
                    self.tokens.push(Token::Close);
                }
                simple.words.iter().for_each(|word| self.word(word));
            }
            CommandKind::Group(list) | CommandKind::Subshell(list) => self.list(list),
            CommandKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    self.list(condition);
                    self.list(body);
                }
                if let Some(list) = otherwise {
                    self.tokens.push(Token::Operator("else"));
                    self.list(list);
                }
            }
            CommandKind::Loop { condition, body, .. } => {
                self.list(condition);
                self.list(body);
            }
            CommandKind::For { variable, words, body } => {
                self.named(variable);
                if let Some(words) = words {
                    self.tokens.push(Token::Operator("in"));
                    words.iter().for_each(|word| self.word(word));
                }
                self.list(body);
            }
            CommandKind::Case { subject, arms } => {
                self.word(subject);
                for arm in arms {
                    self.tokens.push(Token::Open("arm"));
                    arm.patterns.iter().for_each(|pattern| self.word(pattern));
                    self.list(&arm.body);
                    // The last arm may leave out its `;;`.
                    self.named(if arm.end.is_empty() { ";;" } else { &arm.end });
                    self.tokens.push(Token::Close);
                }
            }
            CommandKind::Function { name, body } => {
                self.named(name);
                self.command(body);
            }
            // Not taken apart: equal text is equal meaning.
            CommandKind::Bash { .. } => self.named(command.span.of(self.text)),
        }
    }

    fn redirect(&mut self, redirect: &'a Redirect) {
        self.tokens.push(Token::Open("redirect"));
        self.named(redirect.file_descriptor.as_deref().unwrap_or_default());
        self.named(redirect.operator);
        self.word(&redirect.target);
        if let Some(heredoc) = redirect.heredoc {
            self.named(heredoc.of(self.text));
        }
        self.tokens.push(Token::Close);
    }
}
