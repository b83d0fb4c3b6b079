//! What a codemod makes of what it has found.

mod around;
mod images;

use super::align;
use super::chain;
use super::draft::{Draft, Flag, elements};
use super::image::ImageRewrite;
use super::pattern::{Found, Place};
use super::template::{Bindings, Bound, Filled, Template};
use crate::rewrite::{append_commands, prepend_command};
use crate::shell::{self, CommandKind, Dialect, quoted};
use crate::syntax::{Body, Command, Joined, Keyword};
use crate::text::Span;
use crate::transform::{Context, Stop};

/// All that is done with each thing that was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Rewrite {
    pub(super) part: Option<PartRewrite>,
    pub(super) delete: Option<Delete>,
    pub(super) flags: Vec<(String, FlagRewrite)>,
    pub(super) before: Vec<Template>,
    pub(super) after: Vec<Template>,
    pub(super) insert: Vec<(At, Template)>,
    pub(super) prepend: Option<Template>,
    pub(super) append: Option<Template>,
    pub(super) wrap: Option<Template>,
    pub(super) declare: Vec<Template>,
    pub(super) syntax: Option<String>,
}

/// What takes the place of what was found.
#[derive(Debug, Clone)]
pub(super) enum PartRewrite {
    Image {
        image: Box<ImageRewrite>,
        stage: Option<Template>,
    },
    /// Commands, or arguments.
    Text(Template),
    Pair {
        name: Option<Template>,
        value: Option<Template>,
    },
    Instruction(Template),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delete {
    Matched,
    Instruction,
}

#[derive(Debug, Clone)]
pub(super) enum FlagRewrite {
    Removed,
    Bare,
    Value(Template),
}

/// A place in a stage or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    AfterFrom,
    BeforeCmd,
    EndOfStage,
    StartOfFile,
}

impl Rewrite {
    pub(super) fn names(&self) -> Vec<&str> {
        let flags = self.flags.iter().filter_map(|(_, it)| match it {
            FlagRewrite::Value(template) => Some(template),
            FlagRewrite::Removed | FlagRewrite::Bare => None,
        });
        let texts = self.before.iter().chain(&self.after).chain(&self.declare);
        let inserted = self.insert.iter().map(|(_, it)| it);
        let more = [&self.prepend, &self.append, &self.wrap].into_iter().flatten();
        let all = flags.chain(texts).chain(inserted).chain(more);
        let mut names: Vec<&str> = all.flat_map(Template::names).collect();
        match &self.part {
            None => (),
            Some(PartRewrite::Image { image, stage }) => {
                names.extend(image.names());
                names.extend(stage.iter().flat_map(Template::names));
            }
            Some(PartRewrite::Text(it) | PartRewrite::Instruction(it)) => names.extend(it.names()),
            Some(PartRewrite::Pair { name, value }) => {
                names.extend(name.iter().chain(value).flat_map(Template::names));
            }
        }
        names
    }

    /// Adds what becomes of `found` to `draft`.
    pub(super) fn apply(&self, cx: &Context, found: &Found, draft: &mut Draft) -> Result<(), Stop> {
        let bindings = with_match(cx, found);
        let work = Work { cx, found, bindings: &bindings };
        let at = found.instruction;
        if let Some(part) = &self.part {
            work.part(part, draft)?;
        }
        if let Some(wrap) = &self.wrap {
            work.text(wrap, draft)?;
        }
        match self.delete {
            Some(Delete::Matched) => work.delete(draft)?,
            Some(Delete::Instruction) => draft.part(at).goes = true,
            None => (),
        }
        for (name, flag) in &self.flags {
            let flag = match flag {
                FlagRewrite::Removed => Flag::Removed,
                FlagRewrite::Bare => Flag::Bare,
                FlagRewrite::Value(template) => Flag::Value(template.fill(&bindings).text),
            };
            let flags = &mut draft.part(at).flags;
            if !flags.contains(&(name.clone(), flag.clone())) {
                flags.push((name.clone(), flag));
            }
        }
        work.around(self, draft)?;
        if let Some(image) = &self.syntax {
            draft.syntax = Some(image.clone());
        }
        if let Some(command) = &self.prepend {
            work.chained(command, true, draft)?;
        }
        if let Some(command) = &self.append {
            work.chained(command, false, draft)?;
        }
        Ok(())
    }
}

/// The metavariables, and what was matched as a whole.
fn with_match(cx: &Context, found: &Found) -> Bindings {
    let own = &cx.file.instructions[found.instruction];
    let source = |span: Span| span.of(cx.file.source).to_owned();
    let bound = match &found.place {
        Place::Commands(hit) => own.script().map(|joined| Bound {
            source: source(joined.source_span(hit.words)),
            text: hit.words.of(&joined.text).to_owned(),
            value: None,
        }),
        Place::Exec(_) => match &own.body {
            Body::Run(Command::Exec(all))
            | Body::Cmd(Command::Exec(all))
            | Body::Entrypoint(Command::Exec(all))
            | Body::Healthcheck(Some(Command::Exec(all))) => {
                let words: Vec<String> = all.iter().map(|it| quoted(&it.text)).collect();
                Some(Bound::plain(&words.join(" ")))
            }
            _ => None,
        },
        Place::Image { span, .. } | Place::Pair { span, .. } | Place::Text(span) => {
            Some(Bound::plain(&source(*span)))
        }
        Place::Frontend(written) => Some(Bound::plain(&written.text)),
        Place::Instruction | Place::Stage | Place::File => None,
    };
    let bindings = found.bindings.clone();
    match bound {
        Some(bound) => bindings.clone().with("MATCH", bound).unwrap_or(bindings),
        None => bindings,
    }
}

struct Work<'w> {
    cx: &'w Context<'w>,
    found: &'w Found,
    bindings: &'w Bindings,
}

impl Work<'_> {
    fn stop(&self, code: &'static str, reason: impl Into<String>) -> Stop {
        let at = self.cx.file.instructions[self.found.instruction].span;
        Stop { code, at, reason: reason.into() }
    }

    fn part(&self, part: &PartRewrite, draft: &mut Draft) -> Result<(), Stop> {
        match part {
            PartRewrite::Image { image, stage } => self.image(image, stage.as_ref(), draft),
            PartRewrite::Text(template) => self.text(template, draft),
            PartRewrite::Pair { name, value } => self.pair(name.as_ref(), value.as_ref(), draft),
            PartRewrite::Instruction(template) => {
                draft.part(self.found.instruction).other = Some(template.fill(self.bindings).text);
                Ok(())
            }
        }
    }

    /// Another text where commands, words or an argument stand.
    fn text(&self, template: &Template, draft: &mut Draft) -> Result<(), Stop> {
        let at = self.found.instruction;
        let filled = template.fill(self.bindings);
        let own = &self.cx.file.instructions[at];
        let changes = match &self.found.place {
            Place::Text(span) => {
                let inside = own.arguments.text_span(*span);
                let same = |a: &str, b: &str| a.split_whitespace().eq(b.split_whitespace());
                let places = inside.and_then(|it| in_place(&own.arguments, it, &filled, &same));
                places.unwrap_or_else(|| vec![(*span, filled)])
            }
            Place::Exec(span) => {
                let words = words_of(&filled.text).ok_or_else(|| {
                    self.stop(
                        "not-expressible",
                        format!("`{}` needs a shell, and the exec form has none", filled.text),
                    )
                })?;
                let strings: Vec<String> =
                    words.iter().filter_map(|it| serde_json::to_string(it).ok()).collect();
                vec![(*span, Filled::plain(strings.join(", ")))]
            }
            Place::Commands(hit) => {
                let joined =
                    own.script().ok_or_else(|| self.stop("not-expressible", "it has no script"))?;
                let text = chain::fitted(hit, filled)
                    .map_err(|reason| self.stop("not-expressible", reason))?;
                let places = in_place(&joined, hit.words, &text, &is_same_script);
                places.unwrap_or_else(|| vec![(joined.source_span(hit.words), text)])
            }
            _ => return Err(self.stop("not-expressible", "what was found has no text of its own")),
        };
        draft.part(at).replaced.extend(changes);
        Ok(())
    }

    fn pair(
        &self,
        name: Option<&Template>,
        value: Option<&Template>,
        draft: &mut Draft,
    ) -> Result<(), Stop> {
        let at = self.found.instruction;
        let Place::Pair { span, legacy } = self.found.place else { return Ok(()) };
        let own = &self.cx.file.instructions[at];
        let pairs = match &own.body {
            Body::Env { pairs, .. } | Body::Label { pairs, .. } | Body::Arg(pairs) => pairs,
            _ => return Ok(()),
        };
        let Some(pair) = pairs.iter().find(|it| it.span == span) else { return Ok(()) };
        if let Some(name) = name {
            let new = name.fill(self.bindings);
            let new = match pair.name.text.chars().next() {
                Some(quote @ ('"' | '\'')) if !new.text.starts_with(quote) => {
                    Filled::plain(format!("{quote}{}{quote}", new.text))
                }
                _ => new,
            };
            if new.text != *pair.name.text {
                draft.part(at).replaced.push((pair.name.span, new));
            }
        }
        let Some(value) = value else { return Ok(()) };
        let new = value.fill(self.bindings);
        match &pair.value {
            Some(old) => {
                if new.text != *old.text {
                    draft.part(at).replaced.push((old.span, new));
                }
            }
            None => {
                let end = Span::new(pair.name.span.end, pair.name.span.end);
                let text = if legacy { format!(" {}", new.text) } else { format!("={}", new.text) };
                draft.part(at).replaced.push((end, Filled::plain(text)));
            }
        }
        Ok(())
    }

    fn delete(&self, draft: &mut Draft) -> Result<(), Stop> {
        let at = self.found.instruction;
        let own = &self.cx.file.instructions[at];
        match &self.found.place {
            Place::Pair { span, .. } => draft.part(at).removed.push(*span),
            Place::Text(span) if elements(own).contains(span) => draft.part(at).removed.push(*span),
            Place::Commands(hit) if hit.chain.top && chain::is_all(hit) => match own.keyword {
                Keyword::Run => draft.part(at).goes = true,
                _ => return Err(self.stop("not-expressible", "nothing would be left to run")),
            },
            Place::Commands(hit) => {
                let joined =
                    own.script().ok_or_else(|| self.stop("not-expressible", "it has no script"))?;
                let place = chain::removed(hit, &joined)
                    .map_err(|reason| self.stop("not-expressible", reason))?;
                draft.part(at).replaced.push((place, Filled::default()));
            }
            Place::Image { .. } | Place::Frontend(_) | Place::Stage | Place::File => {
                return Err(self.stop("not-expressible", "a stage or a file is not deleted"));
            }
            Place::Exec(_) | Place::Text(_) | Place::Instruction => draft.part(at).goes = true,
        }
        Ok(())
    }

    /// Commands before or behind all of a `RUN`.
    fn chained(&self, template: &Template, first: bool, draft: &mut Draft) -> Result<(), Stop> {
        let at = self.found.instruction;
        let run = self.cx.facts.run(at).and_then(|run| run.script.as_ref());
        let script = run.ok_or_else(|| {
            self.stop("not-expressible", "its commands are not read with certainty")
        })?;
        let command = template.fill(self.bindings).text;
        if chain::contains(&script.parsed, &command) {
            return Ok(());
        }
        let heredoc = self.cx.file.instructions[at].is_heredoc_alone();
        let (place, text) = chain::joined(script, &command, first, heredoc).ok_or_else(|| {
            self.stop("not-expressible", "what runs before it would decide whether it runs")
        })?;
        let facts = self.cx.facts;
        let layout = match (heredoc, first) {
            (true, _) => None,
            (false, true) => prepend_command(facts, at, script, &command),
            (false, false) => {
                facts.run(at).and_then(|run| append_commands(facts, run, script, &[command]))
            }
        };
        let source =
            layout.filter(|it| it.span == place).map_or_else(|| text.clone(), |it| it.text);
        draft.part(at).replaced.push((place, Filled { source, text }));
        Ok(())
    }
}

/// The places that change where `new` takes the place of `span` of a text, as long as what comes out is the `same`.
fn in_place(
    joined: &Joined,
    span: Span,
    new: &Filled,
    same: &dyn Fn(&str, &str) -> bool,
) -> Option<Vec<(Span, Filled)>> {
    let old = span.of(&joined.text);
    let places = align::aligned(old, &new.text)?;
    if !same(&align::applied(old, &places), &new.text) {
        return None;
    }
    // A place that starts behind a word starts there in the source too, before the end of the line.
    let offset = |at: usize| match old[..at].ends_with(|it: char| !it.is_ascii_whitespace()) {
        true => joined.source_offset(span.start + at - 1) + 1,
        false => joined.source_offset(span.start + at),
    };
    let source = |place: Span| match place.is_empty() {
        true => Span::new(offset(place.start), offset(place.start)),
        false => Span::new(offset(place.start), offset(place.end)),
    };
    Some(places.into_iter().map(|(place, text)| (source(place), Filled::plain(text))).collect())
}

/// Whether two texts are the same commands.
fn is_same_script(a: &str, b: &str) -> bool {
    let canonical =
        |text: &str| shell::parse(text, Dialect::Unknown).map(|it| it.canonical_list(&it.body));
    canonical(a).is_some_and(|it| Some(it) == canonical(b))
}

/// The words of one command that needs no shell.
fn words_of(text: &str) -> Option<Vec<String>> {
    let script = shell::parse(text, Dialect::Unknown)?;
    let [statement] = &*script.body.statements else { return None };
    let [command] = &*statement.first.commands else { return None };
    let CommandKind::Simple(simple) = &command.kind else { return None };
    let plain = statement.rest.is_empty()
        && statement.terminator.is_none()
        && !statement.first.negated
        && command.redirects.is_empty()
        && simple.assignments.is_empty();
    let words = simple.words.iter().map(|it| it.literal.as_ref().map(|it| it.to_string()));
    words.collect::<Option<Vec<_>>>().filter(|_| plain)
}
