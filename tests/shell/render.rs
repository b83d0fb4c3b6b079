//! Writes a tree as a script of another layout: one statement a line, no comments.

use jettison::shell::{
    Assignment, Command, CommandKind, ConnectorKind, List, Pipeline, Redirect, Script,
    TerminatorKind, Word,
};

pub(crate) fn render(script: &Script) -> String {
    let mut renderer = Renderer { text: &script.text, out: String::new(), bodies: Vec::new() };
    renderer.list(&script.body);
    renderer.out
}

struct Renderer<'script> {
    text: &'script str,
    out: String,
    /// Here-documents to write after the line.
    bodies: Vec<&'script str>,
}

impl Renderer<'_> {
    fn end_line(&mut self) {
        self.out.push('\n');
        for body in std::mem::take(&mut self.bodies) {
            self.out.push_str(body);
            self.out.push('\n');
        }
    }

    fn word(&mut self, word: &Word) {
        self.out.push_str(word.span.of(self.text));
        self.out.push(' ');
    }

    fn keyword(&mut self, keyword: &str) {
        self.out.push_str(keyword);
        self.out.push(' ');
    }

    fn block(&mut self, list: &List) {
        self.end_line();
        self.list(list);
    }

    fn list(&mut self, list: &List) {
        for statement in &list.statements {
            self.pipeline(&statement.first);
            for (connector, pipeline) in &statement.rest {
                self.keyword(if connector.kind == ConnectorKind::And { "&&" } else { "||" });
                self.pipeline(pipeline);
            }
            if statement.terminator.map(|end| end.kind) == Some(TerminatorKind::Background) {
                self.out.push('&');
            }
            self.end_line();
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        if pipeline.negated {
            self.keyword("!");
        }
        for (at, command) in pipeline.commands.iter().enumerate() {
            if at > 0 {
                self.keyword("|");
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Simple(simple) => {
                simple.assignments.iter().for_each(|assignment| self.assignment(assignment));
                simple.words.iter().for_each(|word| self.word(word));
            }
            CommandKind::Group(list) => {
                self.keyword("{");
                self.block(list);
                self.keyword("}");
            }
            CommandKind::Subshell(list) => {
                self.keyword("(");
                self.block(list);
                self.keyword(")");
            }
            CommandKind::If { arms, otherwise } => {
                for (at, (condition, body)) in arms.iter().enumerate() {
                    self.keyword(if at == 0 { "if" } else { "elif" });
                    self.block(condition);
                    self.keyword("then");
                    self.block(body);
                }
                if let Some(otherwise) = otherwise {
                    self.keyword("else");
                    self.block(otherwise);
                }
                self.keyword("fi");
            }
            CommandKind::Loop { until, condition, body } => {
                self.keyword(if *until { "until" } else { "while" });
                self.block(condition);
                self.repeated(body);
            }
            CommandKind::For { variable, words, body } => {
                self.keyword("for");
                self.keyword(variable);
                if let Some(words) = words {
                    self.keyword("in");
                    words.iter().for_each(|word| self.word(word));
                }
                self.end_line();
                self.repeated(body);
            }
            CommandKind::Case { subject, arms } => {
                self.keyword("case");
                self.word(subject);
                self.keyword("in");
                self.end_line();
                for arm in arms {
                    self.keyword("(");
                    for (at, pattern) in arm.patterns.iter().enumerate() {
                        if at > 0 {
                            self.keyword("|");
                        }
                        self.word(pattern);
                    }
                    self.keyword(")");
                    self.block(&arm.body);
                    self.keyword(if arm.end.is_empty() { ";;" } else { &arm.end });
                    self.end_line();
                }
                self.keyword("esac");
            }
            CommandKind::Function { name, body } => {
                self.keyword(&format!("{name} ()"));
                self.command(body);
            }
            CommandKind::Bash { bodies, .. } => {
                let redirect = command.redirects.first();
                let end = redirect.map_or(command.span.end, |redirect| redirect.span.start);
                assert!(bodies.len() < 2);
                self.keyword(&self.text[command.span.start..end]);
            }
        }
        command.redirects.iter().for_each(|redirect| self.redirect(redirect));
    }

    fn repeated(&mut self, body: &List) {
        self.keyword("do");
        self.block(body);
        self.keyword("done");
    }

    fn assignment(&mut self, assignment: &Assignment) {
        self.out.push_str(&assignment.name);
        self.out.push_str(if assignment.append { "+=" } else { "=" });
        match &assignment.value {
            Some(value) => self.word(value),
            None => {
                self.keyword("(");
                assignment.elements.iter().for_each(|word| self.word(word));
                self.keyword(")");
            }
        }
    }

    fn redirect(&mut self, redirect: &Redirect) {
        self.out.push_str(redirect.file_descriptor.as_deref().unwrap_or_default());
        self.out.push_str(redirect.operator);
        self.word(&redirect.target);
        if let Some(body) = redirect.heredoc {
            let text = self.text;
            self.bodies.push(body.of(text));
        }
    }
}
