//! A text for a part of a script that is equal for equal trees, and for nothing else.
//!
//! White space, comments, places and the choice of `;` or a line end are not in it; words are as
//! they were written.

use super::{
    Assignment, Command, CommandKind, ConnectorKind, List, Pipeline, Redirect, Script, Simple,
    Statement, TerminatorKind, Word,
};
use crate::text::Span;

impl Script {
    pub fn canonical_list(&self, list: &List) -> String {
        let mut form = Form { text: &self.text, out: String::new() };
        form.list(list);
        form.out
    }

    /// Without what ends it, unless that is `&`.
    pub fn canonical_statement(&self, statement: &Statement) -> String {
        let mut form = Form { text: &self.text, out: String::new() };
        form.statement(statement);
        form.out
    }

    pub fn canonical_pipeline(&self, pipeline: &Pipeline) -> String {
        let mut form = Form { text: &self.text, out: String::new() };
        form.pipeline(pipeline);
        form.out
    }

    pub fn canonical_command(&self, command: &Command) -> String {
        let mut form = Form { text: &self.text, out: String::new() };
        form.command(command);
        form.out
    }
}

/// Every node starts with a letter of its own and ends with `.`; texts carry their length. So
/// reading it from the left gives back one tree only.
struct Form<'script> {
    text: &'script str,
    out: String,
}

impl Form<'_> {
    fn raw(&mut self, text: &str) {
        self.out.push_str(&text.len().to_string());
        self.out.push(':');
        self.out.push_str(text);
    }

    fn span(&mut self, span: Span) {
        let text = self.text;
        self.raw(span.of(text));
    }

    fn word(&mut self, word: &Word) {
        self.span(word.span);
    }

    fn words(&mut self, words: &[Word]) {
        for word in words {
            self.word(word);
        }
        self.out.push('.');
    }

    fn list(&mut self, list: &List) {
        self.out.push('L');
        for statement in &list.statements {
            self.statement(statement);
        }
        self.out.push('.');
    }

    fn statement(&mut self, statement: &Statement) {
        self.out.push('S');
        self.pipeline(&statement.first);
        for (connector, pipeline) in &statement.rest {
            self.out.push(match connector.kind {
                ConnectorKind::And => '&',
                ConnectorKind::Or => '|',
            });
            self.pipeline(pipeline);
        }
        let terminator = statement.terminator.map(|terminator| terminator.kind);
        if terminator == Some(TerminatorKind::Background) {
            self.out.push('B');
        }
        self.out.push('.');
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        self.out.push(if pipeline.negated { '!' } else { 'P' });
        for command in &pipeline.commands {
            self.command(command);
        }
        self.out.push('.');
    }

    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(simple),
            CommandKind::Group(list) => self.lists("G", [list]),
            CommandKind::Subshell(list) => self.lists("U", [list]),
            CommandKind::If { arms, otherwise } => {
                let lists = arms.iter().flat_map(|(condition, body)| [condition, body]);
                self.lists(if otherwise.is_some() { "E" } else { "I" }, lists.chain(otherwise));
            }
            CommandKind::Loop { until, condition, body } => {
                self.lists(if *until { "V" } else { "W" }, [condition, body]);
            }
            CommandKind::For { variable, words, body } => {
                self.out.push(if words.is_some() { 'F' } else { 'f' });
                self.raw(variable);
                self.words(words.as_deref().unwrap_or_default());
                self.list(body);
            }
            CommandKind::Case { subject, arms } => {
                self.out.push('C');
                self.word(subject);
                for arm in arms {
                    self.out.push('A');
                    self.words(&arm.patterns);
                    self.list(&arm.body);
                    // What ends the last arm may be left out.
                    self.raw(if arm.end.is_empty() { ";;" } else { &arm.end });
                }
                self.out.push('.');
            }
            CommandKind::Function { name, body } => {
                self.out.push('N');
                self.raw(name);
                self.command(body);
            }
            CommandKind::Bash { .. } => {
                // Its operators are not in the tree.
                let redirect = command.redirects.first();
                let end = redirect.map_or(command.span.end, |redirect| redirect.span.start);
                self.out.push('X');
                let text = self.text;
                self.raw(text[command.span.start..end].trim_end());
            }
        }
        for redirect in &command.redirects {
            self.redirect(redirect);
        }
        self.out.push('.');
    }

    fn lists<'tree>(&mut self, tag: &str, lists: impl IntoIterator<Item = &'tree List>) {
        self.out.push_str(tag);
        for list in lists {
            self.list(list);
        }
    }

    fn simple(&mut self, simple: &Simple) {
        self.out.push('M');
        for assignment in &simple.assignments {
            self.assignment(assignment);
        }
        self.words(&simple.words);
    }

    fn assignment(&mut self, assignment: &Assignment) {
        self.out.push(if assignment.append { '+' } else { '=' });
        self.raw(&assignment.name);
        match &assignment.value {
            Some(value) => self.word(value),
            None => {
                self.out.push('Y');
                self.words(&assignment.elements);
            }
        }
    }

    fn redirect(&mut self, redirect: &Redirect) {
        self.out.push('R');
        self.raw(redirect.file_descriptor.as_deref().unwrap_or_default());
        self.raw(redirect.operator);
        self.word(&redirect.target);
        if let Some(span) = redirect.heredoc {
            self.out.push('H');
            self.span(span);
        }
    }
}
