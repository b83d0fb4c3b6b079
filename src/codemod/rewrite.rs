//! What a codemod makes of what it has found.

use super::align;
use super::chain;
use super::draft::{Draft, Flag, elements};
use super::image::{ImageRewrite, Obstacle, Written, redirected};
use super::pattern::{Found, Place, quoted, text_span};
use super::template::{Bindings, Bound, Filled, Template};
use crate::rewrite::{append_commands, prepend_command};
use crate::shell::{self, CommandKind, Dialect};
use crate::syntax::{Body, Command, Joined, Keyword, Pair};
use crate::text::Span;
use crate::transform::{Context, Stop};
use std::collections::BTreeSet;

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

    fn image(
        &self,
        rewrite: &ImageRewrite,
        stage: Option<&Template>,
        draft: &mut Draft,
    ) -> Result<(), Stop> {
        let at = self.found.instruction;
        if let Place::Frontend(written) = &self.found.place {
            let new = self.new_image(rewrite, written)?;
            draft.syntax = (new != written.text).then_some(new);
            return Ok(());
        }
        let Place::Image { span, written, flag } = &self.found.place else { return Ok(()) };
        if let (Some(stage), Body::From { name, .. }) = (stage, &self.cx.file.instructions[at].body)
        {
            let new = stage.fill(self.bindings).text;
            match name {
                Some(name) if *name.text != *new => {
                    draft.part(at).replaced.push((name.span, Filled::plain(new)));
                }
                Some(_) => (),
                None => {
                    let end = Span::new(span.end, span.end);
                    draft.part(at).replaced.push((end, Filled::plain(format!(" AS {new}"))));
                }
            }
        }
        let new = self.new_image(rewrite, written)?;
        let (text, defaults) = redirected(&written.text, &new, written.in_parts)
            .map_err(|name| self.in_use(&name, written))?;
        for (name, default) in defaults {
            self.default_of(&name, &default, written, draft)?;
        }
        if text != written.text {
            match flag {
                None => draft.part(at).replaced.push((*span, Filled::plain(text))),
                Some(number) => draft.part(at).flag_places.push((*number, *span, text)),
            }
        }
        Ok(())
    }

    fn new_image(&self, rewrite: &ImageRewrite, written: &Written) -> Result<String, Stop> {
        let new = rewrite.apply(written, self.bindings).map_err(|obstacle| match obstacle {
            Obstacle::NoReference(text) => {
                self.stop("no-image", format!("`{text}` is no image reference"))
            }
            Obstacle::Pinned => {
                let reason = format!(
                    "`{}` is pinned by its digest, which the codemod does not change",
                    written.text
                );
                self.stop("digest-pinned", reason)
            }
        })?;
        Ok(new.text)
    }

    fn in_use(&self, name: &str, written: &Written) -> Stop {
        let reason =
            format!("`{}` takes `{name}`, which cannot be changed for it alone", written.text);
        self.stop("variable-in-use", reason)
    }

    /// Gives the `ARG` before the first stage another default, if nothing else uses it.
    fn default_of(
        &self,
        name: &str,
        default: &str,
        written: &Written,
        draft: &mut Draft,
    ) -> Result<(), Stop> {
        let file = self.cx.file;
        let first = self.cx.facts.stages.first().map_or(0, |it| it.instructions.start);
        let mut declared = Vec::new();
        for (at, own) in file.instructions.iter().enumerate().take(first) {
            let Body::Arg(pairs) = &own.body else { continue };
            declared.extend(pairs.iter().filter(|it| it.name.text == name).map(|pair| (at, pair)));
        }
        let [(at, Pair { value: Some(value), .. })] = &declared[..] else {
            return Err(self.in_use(name, written));
        };
        if self.is_used_otherwise(name, &written.text) {
            return Err(self.in_use(name, written));
        }
        let quote = value.text.chars().next().filter(|it| matches!(it, '"' | '\''));
        let text =
            quote.map_or_else(|| default.to_owned(), |quote| format!("{quote}{default}{quote}"));
        let change = (value.span, Filled::plain(text));
        let part = draft.part(*at);
        match part.replaced.iter().find(|(span, _)| *span == value.span) {
            Some(known) if *known != change => return Err(self.in_use(name, written)),
            Some(_) => (),
            None => part.replaced.push(change),
        }
        draft.groups.push(BTreeSet::from([*at, self.found.instruction]));
        Ok(())
    }

    /// Whether anything but an image that is written in the same way takes the variable.
    fn is_used_otherwise(&self, name: &str, image: &str) -> bool {
        let uses =
            |text: &str| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
        self.cx.file.instructions.iter().any(|own| match &own.body {
            Body::From { image: other, .. } => uses(&other.text) && other.text != image,
            Body::Arg(pairs) => pairs.iter().any(|it| {
                let redeclared = it.name.text == name && it.value.is_none();
                redeclared || it.value.as_ref().is_some_and(|value| uses(&value.text))
            }),
            _ => own.flags.iter().filter_map(|it| it.value.as_ref()).any(|it| uses(&it.text)),
        })
    }

    /// Another text where commands, words or an argument stand.
    fn text(&self, template: &Template, draft: &mut Draft) -> Result<(), Stop> {
        let at = self.found.instruction;
        let filled = template.fill(self.bindings);
        let own = &self.cx.file.instructions[at];
        let changes = match &self.found.place {
            Place::Text(span) => {
                let inside = text_span(&own.arguments, *span);
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

    /// Instructions that come, and are not there yet.
    fn around(&self, rewrite: &Rewrite, draft: &mut Draft) -> Result<(), Stop> {
        let at = self.found.instruction;
        let stage = self.cx.facts.stage_of(at);
        let range = stage.map(|stage| self.cx.facts.stages[stage].instructions.clone());
        let fill = |template: &Template| template.fill(self.bindings).text.trim_end().to_owned();
        for template in &rewrite.declare {
            let (text, Some(range)) = (fill(template), &range) else { continue };
            if !self.declares(&text, range.clone()) {
                add(&mut draft.part(range.start).after, text);
            }
        }
        let new = |text: &String| match &range {
            Some(range) => !self.has(text, range.clone()),
            None => !self.has(text, 0..self.cx.file.instructions.len()),
        };
        for text in rewrite.before.iter().map(fill).filter(&new) {
            add(&mut draft.part(at).before, text);
        }
        for text in rewrite.after.iter().map(fill).filter(&new) {
            add(&mut draft.part(at).after, text);
        }
        for (place, template) in &rewrite.insert {
            let text = fill(template);
            if *place == At::StartOfFile {
                if !self.has(&text, 0..self.cx.file.instructions.len()) {
                    add(&mut draft.part(0).before, text);
                }
                continue;
            }
            let Some(range) = range.clone().filter(|_| new(&text)) else { continue };
            match place {
                At::AfterFrom | At::StartOfFile => add(&mut draft.part(range.start).after, text),
                At::EndOfStage => add(&mut draft.part(range.end - 1).after, text),
                At::BeforeCmd => {
                    let is_start = |at: &usize| {
                        let keyword = self.cx.file.instructions[*at].keyword;
                        matches!(keyword, Keyword::Cmd | Keyword::Entrypoint)
                    };
                    match range.clone().find(is_start) {
                        Some(start) => add(&mut draft.part(start).before, text),
                        None => add(&mut draft.part(range.end - 1).after, text),
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether an instruction with this text is among these.
    fn has(&self, text: &str, mut range: std::ops::Range<usize>) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted = plain(text);
        range.any(|at| {
            let own = &self.cx.file.instructions[at];
            let flags = own.flags.iter().map(|it| match &it.value {
                Some(value) => format!("--{}={} ", it.name.text, value.text),
                None => format!("--{} ", it.name.text),
            });
            let flags: String = flags.collect();
            let bodies = own
                .heredocs
                .iter()
                .map(|it| format!(" {} {}", it.body.of(self.cx.file.source), it.delimiter));
            let bodies: String = bodies.collect();
            let there = format!("{} {flags}{}{bodies}", own.keyword.name(), own.arguments.text);
            let there = plain(&there);
            let length = own.keyword.name().len();
            wanted.len() == there.len()
                && wanted.is_char_boundary(length)
                && wanted[..length].eq_ignore_ascii_case(&there[..length])
                && wanted[length..] == there[length..]
        })
    }

    /// Whether the stage has the names that an `ARG` or `ENV` declares.
    fn declares(&self, text: &str, mut range: std::ops::Range<usize>) -> bool {
        let Some((keyword, rest)) = text.split_once(char::is_whitespace) else { return false };
        let name = rest.trim().split(['=', ' ']).next().unwrap_or_default();
        let keyword = Keyword::of(keyword);
        range.any(|at| match &self.cx.file.instructions[at].body {
            Body::Env { pairs, .. } => pairs.iter().any(|it| it.name.text == name),
            Body::Arg(pairs) if keyword == Some(Keyword::Arg) => {
                pairs.iter().any(|it| it.name.text == name)
            }
            _ => false,
        })
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

fn add(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
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
