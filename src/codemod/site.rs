//! One instruction, and what of it fits a pattern.

use super::command::Text;
use super::image::{ImagePattern, Written};
use super::pattern::{Commands, FlagPattern, Found, Kind, Pattern, Place, Search, Unknown};
use super::template::{Bindings, Bound, Template, Value};
use super::words::{Word, Words, WordsPattern};
use crate::facts::Facts;
use crate::shell::{self, quoted};
use crate::syntax::expand;
use crate::syntax::{Body, Command, Instruction, Keyword, Pair, Piece};
use crate::text::Span;
use crate::transform::Context;

/// An instruction while it is looked at.
pub(super) struct Site<'s, 'a> {
    pub(super) cx: &'s Context<'a>,
    pub(super) at: usize,
    pub(super) own: &'s Instruction<'a>,
}

/// What `text` stands for in the arguments of instruction `at`.
pub(super) fn value_at(facts: &Facts, at: usize, text: &str) -> Option<String> {
    let is_from = facts.file.instructions.get(at).is_some_and(|it| it.keyword == Keyword::From);
    let lookup = |name: &str| match (is_from, facts.run(at)) {
        (true, _) => facts.global(at, name),
        (false, Some(run)) => facts.variable_of(run, name),
        (false, None) => facts.variable(at, name),
    };
    let escape = if facts.run(at).is_some() { '\\' } else { facts.file.escape };
    expand::expand(text, escape, lookup).ok().map(|it| it.into_owned())
}

impl Site<'_, '_> {
    pub(super) fn search(&self, pattern: &Pattern, bindings: &Bindings, search: &mut Search) {
        let value = |text: &str| value_at(self.cx.facts, self.at, text);
        let Some(bindings) = self.flags(&pattern.flags, &value, bindings) else { return };
        match &pattern.kind {
            Kind::Image { image, stage, everywhere } => {
                self.images(image, stage.as_ref(), *everywhere, &bindings, search);
            }
            Kind::Commands { commands: None, .. } => self.add(bindings, Place::Instruction, search),
            Kind::Commands { commands: Some(commands), .. } => {
                self.commands(commands, &value, &bindings, search);
            }
            Kind::Copy { arguments: None, .. } => self.add(bindings, Place::Instruction, search),
            Kind::Copy { arguments: Some(words), .. } => {
                let Body::Copy { sources, destination, .. } = &self.own.body else { return };
                self.words(words, sources.iter().chain([destination]), &value, &bindings, search);
            }
            Kind::Shell(words) => {
                let Body::Shell(strings) = &self.own.body else { return };
                self.words(words, strings.iter(), &value, &bindings, search);
            }
            Kind::Pair { name, value: wanted, .. } => {
                self.pairs(name.as_ref(), wanted.as_ref(), &value, &bindings, search);
            }
            Kind::Word { word, .. } => {
                let (Body::Expose(words) | Body::Volume(words)) = &self.own.body else { return };
                for piece in words {
                    let found = word.matches(&self.bound(piece, &value), &value, &bindings);
                    found.into_iter().for_each(|it| self.add(it, Place::Text(piece.span), search));
                }
            }
            Kind::Argument { argument, .. } => {
                let (Body::User(piece)
                | Body::Workdir(piece)
                | Body::Stopsignal(piece)
                | Body::Maintainer(piece)) = &self.own.body
                else {
                    return;
                };
                let found = argument.matches(&self.bound(piece, &value), &value, &bindings);
                found.into_iter().for_each(|it| self.add(it, Place::Text(piece.span), search));
            }
            Kind::NoHealthcheck => {
                if matches!(self.own.body, Body::Healthcheck(None)) {
                    self.add(bindings, Place::Instruction, search);
                }
            }
            Kind::Any(words) => self.any(words, &value, &bindings, search),
            Kind::Stage(_) | Kind::File(_) => (),
        }
    }

    fn add(&self, bindings: Bindings, place: Place, search: &mut Search) {
        search.found.push(Found { bindings, instruction: self.at, place });
    }

    fn bound(&self, piece: &Piece, value: &Value) -> Bound {
        Bound {
            source: piece.span.of(self.cx.file.source).to_owned(),
            text: piece.text.to_string(),
            value: value(&piece.text),
        }
    }

    fn flags(
        &self,
        wanted: &[(String, FlagPattern)],
        value: &Value,
        bindings: &Bindings,
    ) -> Option<Bindings> {
        let mut bindings = bindings.clone();
        for (name, pattern) in wanted {
            let mut own = self.own.flags.iter().filter(|flag| flag.name.text == **name);
            match pattern {
                FlagPattern::Absent if own.next().is_some() => return None,
                FlagPattern::Present if own.next().is_none() => return None,
                FlagPattern::Absent | FlagPattern::Present => (),
                FlagPattern::Is(template) => {
                    let values = own.filter_map(|flag| flag.value.as_ref());
                    let mut found = values.filter_map(|it| {
                        template.matches(&self.bound(it, value), value, &bindings)
                    });
                    bindings = found.next()?;
                }
            }
        }
        Some(bindings)
    }

    fn images(
        &self,
        pattern: &ImagePattern,
        stage: Option<&Template>,
        everywhere: bool,
        bindings: &Bindings,
        search: &mut Search,
    ) {
        let value = |text: &str| value_at(self.cx.facts, self.at, text);
        if let Body::From { image, name } = &self.own.body {
            let bindings = match (stage, name) {
                (None, _) => Some(bindings.clone()),
                (Some(template), Some(name)) => {
                    template.matches(&self.bound(name, &value), &value, bindings)
                }
                (Some(_), None) => None,
            };
            if let Some(bindings) = bindings {
                self.image(pattern, (image.span, &image.text, None), &bindings, search);
            }
        } else if everywhere {
            for (number, span, text) in images_in_flags(self.own) {
                self.image(pattern, (span, text, Some(number)), bindings, search);
            }
        }
    }

    fn image(
        &self,
        pattern: &ImagePattern,
        (span, text, flag): (Span, &str, Option<usize>),
        bindings: &Bindings,
        search: &mut Search,
    ) {
        let value = |text: &str| value_at(self.cx.facts, self.at, text);
        let known = value(text);
        let is_stage = known.as_deref().is_some_and(|name| self.is_stage(name));
        if is_stage {
            return;
        }
        let written = match &known {
            Some(_) => Written::new(text, &value),
            // A variable that only the build knows.
            None => Written::open(text, &value),
        };
        let unknown = || {
            let reason = format!("which image `{text}` is depends on a variable without a default");
            Unknown { instruction: self.at, reason }
        };
        let Some(written) = written else {
            if known.is_none() {
                search.unknown.push(unknown());
            }
            return;
        };
        let Some(found) = pattern.matches(&written, &value, bindings) else {
            if pattern.may_match(&written, &value, bindings) {
                search.unknown.push(unknown());
            }
            return;
        };
        self.add(found, Place::Image { span, written: Box::new(written), flag }, search);
    }

    /// Whether a name is that of a stage above, or its number.
    fn is_stage(&self, name: &str) -> bool {
        let own = self.cx.facts.stage_of(self.at).unwrap_or_default();
        self.cx.facts.target(Some(name)).is_some_and(|stage| stage < own)
    }

    fn commands(
        &self,
        pattern: &Commands,
        value: &Value,
        bindings: &Bindings,
        search: &mut Search,
    ) {
        let (Body::Run(command)
        | Body::Cmd(command)
        | Body::Entrypoint(command)
        | Body::Healthcheck(Some(command))) = &self.own.body
        else {
            return;
        };
        if let Command::Exec(strings) = command {
            let Some(words) = pattern.words.as_ref().filter(|_| pattern.exec != Some(false)) else {
                return;
            };
            return self.exec(pattern, words, strings, value, bindings, search);
        }
        if pattern.exec == Some(true) {
            return;
        }
        let Some(joined) = self.own.script() else { return };
        let run = self.cx.facts.run(self.at);
        let parsed = match run {
            Some(run) => run.script.as_ref().map(|it| it.parsed.clone()),
            None => self.dialect().and_then(|dialect| shell::parse(&joined.text, dialect)),
        };
        let Some(script) = parsed else { return };
        let source = self.cx.file.source;
        let between = |span: Span| Bound {
            source: joined.source_span(span).of(source).to_owned(),
            text: span.of(&joined.text).to_owned(),
            value: None,
        };
        let text = Text { script: &script, joined: &joined, source, value, between: &between };
        for hit in pattern.command.find(&pattern.options, &text, bindings) {
            let alone = hit.chain.top
                && hit.chain.next.is_none()
                && hit.chain.previous.is_none()
                && hit.whole
                && hit.to - hit.from + 1 == hit.chain.pipelines.len();
            if alone || !pattern.whole {
                self.add(hit.bindings.clone(), Place::Commands(hit), search);
            }
        }
    }

    /// The shell in force at the end of the stage, which is that of `CMD` and the like if it is not set later.
    fn dialect(&self) -> Option<shell::Dialect> {
        let stage = self.cx.facts.stage_of(self.at)?;
        let own = &self.cx.facts.stages[stage];
        let later = own.all(self.cx.file, Keyword::Shell).into_iter().any(|at| at > self.at);
        own.shell().dialect.filter(|_| !later)
    }

    fn exec(
        &self,
        pattern: &Commands,
        words: &WordsPattern,
        strings: &[Piece],
        value: &Value,
        bindings: &Bindings,
        search: &mut Search,
    ) {
        let source = self.cx.file.source;
        let word = |piece: &Piece| Word {
            span: piece.span,
            bound: Bound {
                source: piece.span.of(source).to_owned(),
                text: quoted(&piece.text),
                value: Some(piece.text.to_string()),
            },
        };
        let all: Vec<Word> = strings.iter().map(word).collect();
        let between = |span: Span| {
            let texts =
                strings.iter().filter(|it| span.contains(it.span)).map(|it| quoted(&it.text));
            Bound::plain(&texts.collect::<Vec<_>>().join(" "))
        };
        let words_of = Words { words: all, between: &between, value };
        let found = words.matches_with(&pattern.options, &words_of, bindings);
        let (Some(first), Some(last)) = (strings.first(), strings.last()) else { return };
        if let Some(bindings) = found {
            self.add(bindings, Place::Exec(first.span.to(last.span)), search);
        }
    }

    fn words<'p>(
        &self,
        pattern: &WordsPattern,
        pieces: impl Iterator<Item = &'p Piece<'p>>,
        value: &Value,
        bindings: &Bindings,
        search: &mut Search,
    ) {
        let words: Vec<Word> =
            pieces.map(|it| Word { span: it.span, bound: self.bound(it, value) }).collect();
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        let span = first.span.to(last.span);
        let between = |span: Span| {
            let source = span.of(self.cx.file.source).to_owned();
            let text = self.own.arguments.text_of(span).unwrap_or_else(|| source.clone());
            Bound { source, text, value: None }
        };
        let found = pattern.matches(&Words { words, between: &between, value }, bindings);
        found.into_iter().for_each(|it| self.add(it, Place::Text(span), search));
    }

    fn pairs(
        &self,
        name: Option<&Template>,
        wanted: Option<&Template>,
        value: &Value,
        bindings: &Bindings,
        search: &mut Search,
    ) {
        let (pairs, legacy): (&[Pair], bool) = match &self.own.body {
            Body::Env { pairs, legacy } | Body::Label { pairs, legacy } => (pairs, *legacy),
            Body::Arg(pairs) => (pairs, false),
            _ => return,
        };
        for pair in pairs {
            let mut found = Some(bindings.clone());
            if let Some(name) = name {
                let bound = self.bound(&pair.name, value);
                let plain = Bound { value: Some(pair.name.text.to_string()), ..bound };
                found = found.and_then(|it| name.matches(&plain, value, &it));
            }
            if let Some(wanted) = wanted {
                let bound = pair.value.as_ref().map(|it| self.bound(it, value));
                found = found.and_then(|it| wanted.matches(&bound?, value, &it));
            }
            if let Some(bindings) = found {
                self.add(bindings, Place::Pair { span: pair.span, legacy }, search);
            }
        }
    }

    fn any(&self, pattern: &WordsPattern, value: &Value, bindings: &Bindings, search: &mut Search) {
        let keyword =
            Word { span: self.own.keyword_span, bound: Bound::plain(self.own.keyword.name()) };
        let mut words = vec![keyword];
        let arguments = &self.own.arguments;
        let mut at = 0;
        for part in arguments.text.split_whitespace() {
            let start = arguments.text[at..].find(part).map_or(at, |it| at + it);
            at = start + part.len();
            let span = arguments.source_span(Span::new(start, at));
            let source = span.of(self.cx.file.source).to_owned();
            let bound = Bound { source, text: part.to_owned(), value: value(part) };
            words.push(Word { span, bound });
        }
        let source = self.cx.file.source;
        for body in self.own.heredocs.iter().map(|it| it.body) {
            let mut at = body.start;
            for part in body.of(source).split_whitespace() {
                let start = source[at..].find(part).map_or(at, |it| at + it);
                at = start + part.len();
                let bound = Bound { value: value(part), ..Bound::plain(part) };
                words.push(Word { span: Span::new(start, at), bound });
            }
        }
        let between = |span: Span| {
            let source = span.of(self.cx.file.source).to_owned();
            let text = arguments.text_of(span).unwrap_or_else(|| source.clone());
            Bound { source, text, value: None }
        };
        let found = pattern.matches(&Words { words, between: &between, value }, bindings);
        found.into_iter().for_each(|it| self.add(it, Place::Instruction, search));
    }
}

/// Images that the flags of an instruction name: the number of the flag, where, and the text.
fn images_in_flags<'i>(own: &'i Instruction) -> Vec<(usize, Span, &'i str)> {
    let mut found = Vec::new();
    for (number, flag) in own.flags.iter().enumerate() {
        let Some(value) = &flag.value else { continue };
        match &*flag.name.text {
            "from" => found.push((number, value.span, &*value.text)),
            "mount" => {
                let Some(at) = value.text.find("from=").filter(|at| starts_part(&value.text, *at))
                else {
                    continue;
                };
                let start = at + "from=".len();
                let end = value.text[start..].find(',').map_or(value.text.len(), |it| start + it);
                // Only where the source says the same, byte for byte.
                if value.span.end - value.span.start == value.text.len() {
                    let span = Span::new(start, end).shifted(value.span.start);
                    found.push((number, span, &value.text[start..end]));
                }
            }
            _ => (),
        }
    }
    found
}

fn starts_part(text: &str, at: usize) -> bool {
    at == 0 || text[..at].ends_with(',')
}
