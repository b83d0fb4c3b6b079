//! Patterns over the commands of a script.

use super::template::{Bindings, Bound, Template, Value};
use super::words::{MOST_LISTS, Masked, Word, Words, WordsPattern};
use crate::effect::program::pipelines;
use crate::shell::command::base;
use crate::shell::{
    self, Command, CommandKind, ConnectorKind, Dialect, List, Part, Pipeline, Script, Simple,
    Statement, TerminatorKind,
};
use crate::syntax::Joined;
use crate::text::Span;
use std::rc::Rc;

/// Commands joined by `|`, and such pipelines joined by `&&` and `||`.
#[derive(Debug, Clone)]
pub(super) struct CommandPattern {
    first: Vec<SimplePattern>,
    rest: Vec<(ConnectorKind, Vec<SimplePattern>)>,
}

#[derive(Debug, Clone)]
struct SimplePattern {
    assignments: Vec<Template>,
    words: WordsPattern,
    redirects: Vec<(String, Template)>,
}

/// Where commands were found in a script.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) bindings: Bindings,
    /// The words, from the first program to the last argument.
    pub(super) words: Span,
    pub(super) chain: Rc<Chain>,
    /// The pipelines of the chain that it is in, both included.
    pub(super) from: usize,
    pub(super) to: usize,
    /// It is all of these pipelines, with all of their commands.
    pub(super) whole: bool,
}

/// The statement in which something was found.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) pipelines: Vec<Span>,
    pub(super) connectors: Vec<ConnectorKind>,
    pub(super) statement: Span,
    /// Where the statement behind it starts.
    pub(super) next: Option<usize>,
    /// Where the statement before it ends.
    pub(super) previous: Option<usize>,
    pub(super) background: bool,
    pub(super) negated: bool,
    /// It is a statement of the script itself, and not of a part of it.
    pub(super) top: bool,
}

impl CommandPattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let masked = Masked::new(text);
        let script = shell::parse(&masked.text, Dialect::Unknown)
            .ok_or("it is no command that every shell reads in the same way")?;
        let [statement] = &*script.body.statements else {
            return Err(
                "it has to be one chain of commands, joined by `|`, `&&` or `||`".to_owned()
            );
        };
        let reader = Reader { masked: &masked, script: &script };
        let first = reader.pipeline(&statement.first)?;
        let rest = statement.rest.iter();
        let rest = rest.map(|(with, pipeline)| Ok((with.kind, reader.pipeline(pipeline)?)));
        let pattern = Self { first, rest: rest.collect::<Result<_, String>>()? };
        let lists: usize = pattern.simple().map(|it| it.words.lists()).sum();
        match lists > MOST_LISTS {
            true => Err(format!("more than {MOST_LISTS} metavariables for any number of words")),
            false => Ok(pattern),
        }
    }

    fn simple(&self) -> impl Iterator<Item = &SimplePattern> {
        self.first.iter().chain(self.rest.iter().flat_map(|(_, it)| it))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.simple().flat_map(|it| {
            let more = it.assignments.iter().chain(it.redirects.iter().map(|(_, target)| target));
            it.words.names().chain(more.flat_map(Template::names))
        })
    }

    /// Everything in a script that fits, from left to right, nothing twice.
    pub(super) fn find(
        &self,
        options: &[WordsPattern],
        text: &Text,
        bindings: &Bindings,
    ) -> Vec<Hit> {
        let mut found: Vec<Hit> = Vec::new();
        let mut lists = Vec::new();
        collect(&text.script.body, true, &mut lists);
        for (list, top) in lists {
            for (at, statement) in list.statements.iter().enumerate() {
                self.find_in(
                    options,
                    text,
                    Place { list, at, statement, top },
                    bindings,
                    &mut found,
                );
            }
        }
        found
    }

    fn find_in(
        &self,
        options: &[WordsPattern],
        text: &Text,
        place: Place,
        bindings: &Bindings,
        found: &mut Vec<Hit>,
    ) {
        let pipelines: Vec<&Pipeline> = pipelines(place.statement).collect();
        let chain = Rc::new(place.chain());
        for from in 0..pipelines.len() {
            let Some(covered) = pipelines.get(from..=from + self.rest.len()) else { break };
            let connectors = place.statement.rest.get(from..from + self.rest.len());
            let same = connectors.is_some_and(|all| {
                all.iter().zip(&self.rest).all(|((it, _), (kind, _))| it.kind == *kind)
            });
            if !same {
                continue;
            }
            let longest = covered[0].commands.len();
            for start in 0..longest {
                let Some(hit) = self.hit(options, text, covered, start, bindings) else { continue };
                let hit = Hit { from, to: from + self.rest.len(), chain: chain.clone(), ..hit };
                if !found.iter().any(|it| it.words.overlaps(hit.words)) {
                    found.push(hit);
                }
            }
        }
    }

    fn hit(
        &self,
        options: &[WordsPattern],
        text: &Text,
        covered: &[&Pipeline],
        start: usize,
        bindings: &Bindings,
    ) -> Option<Hit> {
        let patterns = std::iter::once(&self.first).chain(self.rest.iter().map(|(_, it)| it));
        let mut commands = Vec::new();
        for (number, (pipeline, pattern)) in covered.iter().zip(patterns).enumerate() {
            let from = if number == 0 { start } else { 0 };
            let part = pipeline.commands.get(from..from + pattern.len())?;
            let alone = part.len() == pipeline.commands.len() && !pipeline.negated;
            if !self.rest.is_empty() && !alone {
                return None;
            }
            commands.extend(part.iter().zip(pattern));
        }
        let mut bindings = bindings.clone();
        let mut options = options;
        let mut spans = Vec::new();
        for (command, pattern) in &commands {
            let (found, span) = pattern.matches(options, text, command, &bindings)?;
            bindings = found;
            // They belong to the first command.
            options = &[];
            spans.push(span);
        }
        let words = spans.first()?.to(*spans.last()?);
        let plain = |it: &&(&Command, &SimplePattern)| stays(it.0, it.1, words);
        if commands.iter().filter(plain).count() > 0 {
            return None;
        }
        let whole = commands.len() == covered.iter().map(|it| it.commands.len()).sum::<usize>();
        let nothing = Rc::new(Chain::default());
        Some(Hit { bindings, words, chain: nothing, from: 0, to: 0, whole })
    }
}

/// Whether a redirect or an assignment that the pattern does not have would be lost with the words.
fn stays(command: &Command, pattern: &SimplePattern, words: Span) -> bool {
    let CommandKind::Simple(simple) = &command.kind else { return true };
    let known = pattern.redirects.len() == command.redirects.len();
    let inside = |span: Span| words.overlaps(span);
    let redirect = !known && command.redirects.iter().any(|it| inside(it.span));
    let assigned =
        pattern.assignments.is_empty() && simple.assignments.iter().any(|it| inside(it.span));
    redirect || assigned
}

impl SimplePattern {
    /// What its metavariables are, and which part of the script it is.
    fn matches(
        &self,
        options: &[WordsPattern],
        text: &Text,
        command: &Command,
        bindings: &Bindings,
    ) -> Option<(Bindings, Span)> {
        let CommandKind::Simple(simple) = &command.kind else { return None };
        let mut bindings = bindings.clone();
        let mut span: Option<Span> = None;
        let mut cover = |more: Span| span = Some(span.map_or(more, |it| it.to(more)));
        for pattern in &self.assignments {
            let found = simple.assignments.iter().find_map(|it| {
                let bound = text.bound(it.span, None);
                Some((pattern.matches(&bound, text.value, &bindings)?, it.span))
            });
            let (found, place) = found?;
            bindings = found;
            cover(place);
        }
        for (operator, target) in &self.redirects {
            let found =
                command.redirects.iter().filter(|it| it.operator == operator).find_map(|it| {
                    let bound = text.bound(it.target.span, it.target.literal.as_deref());
                    Some((target.matches(&bound, text.value, &bindings)?, it.span))
                });
            let (found, place) = found?;
            bindings = found;
            cover(place);
        }
        let behind =
            text.script.invocation(simple).map(|it| simple.words.len() - it.arguments.len() - 1);
        let starts = std::iter::once(0).chain(behind.filter(|it| *it > 0));
        for start in starts {
            let mut words = text.words(simple, start);
            // A path is kept where the program is written, and is no part of which program it is.
            let is_any = self.words.0.first().is_some_and(|it| it.only().is_some());
            if let Some(program) = words.words.first_mut().filter(|_| is_any) {
                let value = program.bound.value.take();
                program.bound.value = value.map(|it| base(&it).to_owned());
            }
            let (first, last) = (simple.words.get(start)?, simple.words.last()?);
            if let Some(found) = self.words.matches_with(options, &words, &bindings) {
                cover(first.span.to(last.span));
                return Some((found, span?));
            }
        }
        None
    }
}

/// A script, and the way back to the source.
pub(super) struct Text<'t> {
    pub(super) script: &'t Script,
    pub(super) joined: &'t Joined<'t>,
    pub(super) source: &'t str,
    pub(super) value: &'t Value<'t>,
    pub(super) between: &'t dyn Fn(Span) -> Bound,
}

impl<'t> Text<'t> {
    fn bound(&self, span: Span, literal: Option<&str>) -> Bound {
        let text = span.of(&self.joined.text).to_owned();
        let value = literal.map(str::to_owned).or_else(|| (self.value)(&text));
        let source = self.joined.source_span(span).of(self.source).to_owned();
        Bound { source, text, value }
    }

    fn words(&self, simple: &Simple, start: usize) -> Words<'t> {
        let word = |it: &shell::Word| {
            let bound = self.bound(it.span, it.literal.as_deref());
            // What expands to anything has no value.
            let known = it.literal.is_some() || simple_parameters(it);
            Word { span: it.span, bound: Bound { value: bound.value.filter(|_| known), ..bound } }
        };
        let words = simple.words[start..].iter().map(word).collect();
        Words { words, between: self.between, value: self.value }
    }
}

/// Whether all that expands in a word are variables by their names.
fn simple_parameters(word: &shell::Word) -> bool {
    let plain = |part: &Part| matches!(part, Part::Parameter { words, .. } if words.is_empty());
    word.literal.is_none() && word.parts.iter().all(plain)
}

struct Reader<'r> {
    masked: &'r Masked,
    script: &'r Script,
}

impl Reader<'_> {
    fn pipeline(&self, pipeline: &Pipeline) -> Result<Vec<SimplePattern>, String> {
        if pipeline.negated {
            return Err("`!` cannot be looked for".to_owned());
        }
        pipeline.commands.iter().map(|it| self.command(it)).collect()
    }

    fn command(&self, command: &Command) -> Result<SimplePattern, String> {
        let CommandKind::Simple(simple) = &command.kind else {
            return Err("only simple commands can be looked for, no `if`, loop or group".to_owned());
        };
        let raw = |span: Span| self.masked.template(span.of(&self.script.text));
        let word = |it: &shell::Word| match &it.literal {
            Some(literal) => self.masked.template(literal),
            None => raw(it.span),
        };
        if simple.words.is_empty() {
            return Err("there is no program in it".to_owned());
        }
        if command.redirects.iter().any(|it| it.heredoc.is_some()) {
            return Err("a here-document cannot be looked for".to_owned());
        }
        let redirects = command.redirects.iter();
        Ok(SimplePattern {
            assignments: simple.assignments.iter().map(|it| raw(it.span)).collect(),
            words: WordsPattern(simple.words.iter().map(word).collect()),
            redirects: redirects.map(|it| (it.operator.to_owned(), word(&it.target))).collect(),
        })
    }
}

/// A statement where it stands.
struct Place<'s> {
    list: &'s List,
    at: usize,
    statement: &'s Statement,
    top: bool,
}

impl Place<'_> {
    fn chain(&self) -> Chain {
        let all: Vec<&Pipeline> = pipelines(self.statement).collect();
        let previous = self.at.checked_sub(1).and_then(|at| self.list.statements.get(at));
        let kind = self.statement.terminator.map(|it| it.kind);
        Chain {
            pipelines: all.iter().map(|it| it.span).collect(),
            connectors: self.statement.rest.iter().map(|(it, _)| it.kind).collect(),
            statement: self.statement.span,
            next: self.list.statements.get(self.at + 1).map(|it| it.span.start),
            previous: previous.map(|it| it.span.end),
            background: kind == Some(TerminatorKind::Background),
            negated: all.iter().any(|it| it.negated),
            top: self.top,
        }
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            pipelines: Vec::new(),
            connectors: Vec::new(),
            statement: Span::new(0, 0),
            next: None,
            previous: None,
            background: false,
            negated: false,
            top: false,
        }
    }
}

/// All lists of commands in the order of the source, and whether each is the script itself.
fn collect<'l>(list: &'l List, top: bool, found: &mut Vec<(&'l List, bool)>) {
    found.push((list, top));
    for command in list.statements.iter().flat_map(pipelines).flat_map(|it| &it.commands) {
        inside(command, found);
    }
}

fn inside<'l>(command: &'l Command, found: &mut Vec<(&'l List, bool)>) {
    match &command.kind {
        CommandKind::Simple(simple) => {
            let values = simple.assignments.iter().filter_map(|it| it.value.as_ref());
            let words = simple.words.iter().chain(values);
            for part in words.flat_map(|it| &it.parts) {
                if let Part::Substitution { body, .. } = part {
                    collect(body, false, found);
                }
            }
        }
        CommandKind::Group(list) | CommandKind::Subshell(list) => collect(list, false, found),
        CommandKind::If { arms, otherwise } => {
            let arms = arms.iter().flat_map(|(condition, body)| [condition, body]);
            arms.chain(otherwise).for_each(|list| collect(list, false, found));
        }
        CommandKind::Loop { condition, body, .. } => {
            collect(condition, false, found);
            collect(body, false, found);
        }
        CommandKind::For { body, .. } => collect(body, false, found),
        CommandKind::Case { arms, .. } => {
            arms.iter().for_each(|arm| collect(&arm.body, false, found));
        }
        CommandKind::Function { body, .. } => inside(body, found),
        CommandKind::Bash { bodies, .. } => bodies.iter().for_each(|it| collect(it, false, found)),
    }
}
