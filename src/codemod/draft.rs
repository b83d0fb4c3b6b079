//! What is to become of the instructions of a file, before it is edits.

use super::template::Filled;
use crate::effect::rewritten::{Becomes, Own, Rewritten};
use crate::effect::{Delta, Difference};
use crate::facts::Facts;
use crate::rewrite::line_end;
use crate::syntax::{Body, Instruction, ItemKind, Joined};
use crate::text::{Edit, Span};
use crate::transform::{Change, Safety, Stop};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What is to become of some instructions, by index.
#[derive(Debug, Default, Clone)]
pub(super) struct Draft {
    pub(super) parts: BTreeMap<usize, Part>,
    /// The frontend of the file.
    pub(super) syntax: Option<String>,
    /// Instructions that change together or not at all.
    pub(super) groups: Vec<BTreeSet<usize>>,
}

/// What is to become of one instruction.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Part {
    /// Places in the source, and what stands there then.
    pub(super) replaced: Vec<(Span, Filled)>,
    /// Pairs or words that go.
    pub(super) removed: Vec<Span>,
    pub(super) flags: Vec<(String, Flag)>,
    /// The values of flags, by number, that change in a place of them.
    pub(super) flag_places: Vec<(usize, Span, String)>,
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
    pub(super) goes: bool,
    /// Another instruction in its place.
    pub(super) other: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flag {
    Removed,
    Bare,
    Value(String),
}

/// The edits and the declaration for one instruction.
struct Unit {
    instructions: BTreeSet<usize>,
    span: Span,
    edits: Vec<Edit>,
    differences: Vec<Difference>,
}

impl Draft {
    /// What is to become of an instruction: more is added to what is there.
    pub(super) fn part(&mut self, instruction: usize) -> &mut Part {
        self.parts.entry(instruction).or_default()
    }

    /// The changes, each as small as its edits allow. `safe` declares that they mean the same.
    pub(super) fn changes(self, facts: &Facts, safety: &Safety) -> Result<Vec<Change>, Stop> {
        let safe = *safety == Safety::Safe;
        let mut units = Vec::new();
        for (at, part) in &self.parts {
            units.extend(Finish { facts, at: *at, safe }.unit(part)?);
        }
        if let Some(image) = &self.syntax {
            units.extend(frontend(facts, image));
        }
        let units = merged(units, &self.groups);
        if safe {
            check_safe(facts, &units)?;
        }
        let change = |unit: Unit| Change {
            span: unit.span,
            safety: safety.clone(),
            delta: Delta { differences: unit.differences },
            notes: Vec::new(),
            edits: unit.edits,
        };
        Ok(units.into_iter().map(change).collect())
    }
}

/// Without agreement only what provably means the same is done.
fn check_safe(facts: &Facts, units: &[Unit]) -> Result<(), Stop> {
    for difference in units.iter().flat_map(|unit| &unit.differences) {
        let (at, same) = match difference {
            Difference::Rewrite(it) => (it.instruction, it.means_the_same(facts)),
            _ => (0, false),
        };
        if !same {
            let at = facts.file.instructions.get(at).map_or(Span::new(0, 0), |it| it.span);
            let reason = "what it would become is not known to mean the same, and the codemod has no `unsafe`";
            return Err(Stop { code: "not-proven-safe", at, reason: reason.to_owned() });
        }
    }
    Ok(())
}

/// One unit for what changes together, and for what overlaps.
fn merged(mut units: Vec<Unit>, groups: &[BTreeSet<usize>]) -> Vec<Unit> {
    for group in groups {
        let (joined, mut rest): (Vec<_>, Vec<_>) =
            units.into_iter().partition(|it| !it.instructions.is_disjoint(group));
        rest.extend(joined.into_iter().reduce(Unit::with));
        units = rest;
    }
    units.sort_by_key(|it| (it.span.start, it.span.end));
    let mut all: Vec<Unit> = Vec::new();
    for unit in units {
        match all.pop() {
            Some(last) if unit.span.start < last.span.end => all.push(last.with(unit)),
            last => all.extend(last.into_iter().chain([unit])),
        }
    }
    all
}

impl Unit {
    fn with(mut self, other: Unit) -> Self {
        self.instructions.extend(other.instructions);
        self.span = self.span.to(other.span);
        self.edits.extend(other.edits);
        self.differences.extend(other.differences);
        self
    }
}

/// The `# syntax=` directive; `None` if it says that already.
fn frontend(facts: &Facts, image: &str) -> Option<Unit> {
    let file = facts.file;
    let old = file.directives.iter().find(|it| it.name == "syntax");
    if old.is_some_and(|it| it.value == image) {
        return None;
    }
    let edit = match old {
        Some(old) => {
            let text = old.span.of(file.source);
            let start = old.span.start + text.rfind(old.value).unwrap_or(text.len());
            Edit::replace(Span::new(start, start + old.value.len()), image)
        }
        None => {
            let mark = file.items.iter().find(|it| it.kind == ItemKind::ByteOrderMark);
            let at = mark.map_or(0, |it| it.span.end);
            Edit::insert(at, format!("# syntax={image}{}", line_end(file.source, at)))
        }
    };
    let span = edit.span;
    let differences = vec![Difference::Frontend(image.to_owned())];
    Some(Unit { instructions: BTreeSet::new(), span, edits: vec![edit], differences })
}

/// Makes edits of what is to become of an instruction.
struct Finish<'f> {
    facts: &'f Facts<'f>,
    at: usize,
    safe: bool,
}

impl<'f> Finish<'f> {
    fn own(&self) -> &'f Instruction<'f> {
        &self.facts.file.instructions[self.at]
    }

    fn source(&self) -> &'f str {
        self.facts.file.source
    }

    fn stop(&self, code: &'static str, reason: &str) -> Stop {
        Stop { code, at: self.own().span, reason: reason.to_owned() }
    }

    /// `None` if nothing changes.
    fn unit(&self, part: &Part) -> Result<Option<Unit>, Stop> {
        let own = self.own();
        let mut span = own.span;
        let mut edits = Vec::new();
        let emptied = !part.removed.is_empty() && part.removed.len() == elements(own).len();
        let declared = if part.goes || emptied {
            let gone = self.lines()?;
            span = span.to(gone);
            edits.push(Edit::delete(gone));
            Own::Goes
        } else if let Some(text) = &part.other {
            if self.comments_in(own.span) {
                return Err(self.stop("comment-in-the-way", "a comment stands inside of it"));
            }
            let text = lines(text, self.newline());
            edits.extend(trimmed(self.source(), own.span, &text));
            Own::Other(text.replace("\r\n", "\n"))
        } else {
            self.becomes(part, &mut edits)?
        };
        if edits.is_empty() && part.before.is_empty() && part.after.is_empty() {
            return Ok(None);
        }
        let own_stays = if edits.is_empty() { Own::Stays } else { declared };
        let source = self.source().trim_end();
        let at_end = self.item_end() == self.source().len();
        if !part.after.is_empty() && at_end && source.ends_with(self.facts.file.escape) {
            return Err(
                self.stop("not-expressible", "it ends with a continuation, and so does the file")
            );
        }
        self.insert(part, &mut span, &mut edits);
        let rewritten = Rewritten {
            instruction: self.at,
            before: part.before.clone(),
            after: part.after.clone(),
            own: own_stays,
            same: self.safe,
        };
        let differences = vec![Difference::Rewrite(rewritten)];
        Ok(Some(Unit { instructions: BTreeSet::from([self.at]), span, edits, differences }))
    }

    fn newline(&self) -> &'static str {
        line_end(self.source(), self.own().span.start)
    }

    /// New lines before and behind the instruction.
    fn insert(&self, part: &Part, span: &mut Span, edits: &mut Vec<Edit>) {
        let newline = self.newline();
        let write = |texts: &[String]| -> String {
            texts.iter().map(|text| format!("{}{newline}", lines(text, newline))).collect()
        };
        if !part.before.is_empty() {
            let at = self.above();
            *span = span.to(Span::new(at, at));
            edits.push(Edit::insert(at, write(&part.before)));
        }
        if !part.after.is_empty() {
            let text = write(&part.after);
            let end = self.item_end();
            let edit = match self.source()[..end].ends_with('\n') {
                true => Edit::insert(end, text),
                false => {
                    Edit::insert(end, format!("{newline}{}", text.trim_end_matches(['\r', '\n'])))
                }
            };
            *span = span.to(edit.span);
            edits.push(edit);
        }
    }

    fn item_end(&self) -> usize {
        let items = &self.facts.file.items;
        let own = items.iter().find(|it| it.kind == ItemKind::Instruction(self.at));
        own.map_or(self.own().span.end, |it| it.span.end)
    }

    /// The start of the first line of the comments right above the instruction, or of itself.
    fn above(&self) -> usize {
        let items = &self.facts.file.items;
        let own = items.iter().position(|it| it.kind == ItemKind::Instruction(self.at));
        let Some(own) = own else { return self.own().span.start };
        let comments =
            items[..own].iter().rev().take_while(|it| it.kind == ItemKind::Comment).count();
        items[own - comments].span.start
    }

    /// The lines of the instruction, with the comments right above it that are about it alone.
    fn lines(&self) -> Result<Span, Stop> {
        let file = self.facts.file;
        if self.comments_in(self.own().span) {
            return Err(self.stop("comment-in-the-way", "a comment stands inside of it"));
        }
        let own = file.items.iter().position(|it| it.kind == ItemKind::Instruction(self.at));
        let own = own.ok_or_else(|| self.stop("not-expressible", "it has no lines of its own"))?;
        let item = file.items[own];
        let next = file.items.get(own + 1).map(|it| it.kind);
        // What stands above a block of instructions is about all of it.
        let alone = !matches!(next, Some(ItemKind::Instruction(_)));
        let start = match alone || self.facts.pragma_on(self.at) {
            true => self.above(),
            false => item.span.start,
        };
        let above = file.items[..own].iter().rev().find(|it| it.span.end <= start);
        let first = above.is_none();
        let mut end = item.span.end;
        let mut start = start;
        // One of two blank lines goes, too.
        let blank = |kind: Option<ItemKind>| kind == Some(ItemKind::Blank);
        if blank(next) && (first || blank(above.map(|it| it.kind))) {
            end = file.items[own + 1].span.end;
        }
        // The file ends as it did.
        if !file.source[..end].ends_with('\n') && end == file.source.len() {
            let before = file.source[..start].trim_end_matches(['\r', '\n']).len();
            start = before;
        }
        Ok(Span::new(start, end))
    }

    fn comments_in(&self, span: Span) -> bool {
        self.own().comments.iter().any(|it| span.contains(*it))
    }

    /// The same instruction with other parts.
    fn becomes(&self, part: &Part, edits: &mut Vec<Edit>) -> Result<Own, Stop> {
        let own = self.own();
        let run = self.facts.run(self.at).and_then(|run| run.script.as_ref());
        let base: Cow<Joined> = match run {
            Some(script) => Cow::Borrowed(&script.joined),
            None => Cow::Borrowed(&own.arguments),
        };
        let mut places: Vec<(Span, Span, String)> = Vec::new();
        let all = part.replaced.iter().cloned();
        let gone = removals(own, &part.removed).into_iter().map(|span| (span, Filled::default()));
        for (span, filled) in all.chain(gone) {
            let inside = mapped(&base, span).ok_or_else(|| {
                self.stop("not-expressible", "it stands in a part that cannot be rewritten")
            })?;
            if filled.source.is_empty() && self.comments_in(span) {
                return Err(self.stop("comment-in-the-way", "a comment stands inside of it"));
            }
            edits.extend(trimmed(self.source(), span, &filled.source));
            places.push((inside, span, filled.text));
        }
        let flags = self.flags(part, edits);
        places.sort_by_key(|(inside, ..)| inside.start);
        let mut text = base.text.to_string();
        for (inside, _, new) in places.iter().rev() {
            text.replace_range(inside.range(), new);
        }
        Ok(Own::Becomes(Becomes { flags, text }))
    }

    fn flags(&self, part: &Part, edits: &mut Vec<Edit>) -> Vec<(String, Option<String>)> {
        let own = self.own();
        let mut last = own.keyword_span.end;
        let mut made = Vec::new();
        for (number, flag) in own.flags.iter().enumerate() {
            let name = flag.name.text.to_string();
            let old = flag.value.as_ref().map(|it| it.text.to_string());
            // A mount that is to come stands beside those that are there.
            let counts = |wanted: &Flag| name != "mount" || *wanted == Flag::Removed;
            let wanted = part.flags.iter().find(|(it, wanted)| *it == name && counts(wanted));
            let gap = Span::new(last, flag.span.end);
            last = flag.span.end;
            match wanted.map(|(_, wanted)| wanted) {
                Some(Flag::Removed) => edits.push(Edit::delete(gap)),
                Some(Flag::Bare) => {
                    edits.extend(trimmed(self.source(), flag.span, &format!("--{name}")));
                    made.push((name, None));
                }
                Some(Flag::Value(value)) => {
                    edits.extend(trimmed(self.source(), flag.span, &format!("--{name}={value}")));
                    made.push((name, Some(value.clone())));
                }
                None => {
                    let value = part.flag_places.iter().filter(|(at, ..)| *at == number);
                    let value = value.fold(old, |value, (_, span, new)| {
                        edits.extend(trimmed(self.source(), *span, new));
                        let start = flag.value.as_ref().map_or(0, |it| span.start - it.span.start);
                        let length = span.end - span.start;
                        value.map(|mut it| {
                            it.replace_range(start..start + length, new);
                            it
                        })
                    });
                    made.push((name, value));
                }
            }
        }
        let mut added = String::new();
        for (name, flag) in &part.flags {
            let value = match flag {
                Flag::Removed => continue,
                Flag::Bare => None,
                Flag::Value(value) => Some(value.clone()),
            };
            let there =
                made.iter().any(|(it, old)| it == name && (name != "mount" || *old == value));
            if !there {
                added.push_str(&match &value {
                    Some(value) => format!(" --{name}={value}"),
                    None => format!(" --{name}"),
                });
                made.push((name.clone(), value));
            }
        }
        if !added.is_empty() {
            edits.push(Edit::insert(last, added));
        }
        made
    }
}

/// A text of several lines with the line ends of the file.
fn lines(text: &str, newline: &str) -> String {
    match newline {
        "\n" => text.to_owned(),
        _ => text.replace("\r\n", "\n").replace('\n', newline),
    }
}

/// The pairs or words that an instruction is made of.
pub(super) fn elements(own: &Instruction) -> Vec<Span> {
    match &own.body {
        Body::Env { pairs, .. } | Body::Label { pairs, .. } | Body::Arg(pairs) => {
            pairs.iter().map(|it| it.span).collect()
        }
        Body::Expose(words) | Body::Volume(words) => words.iter().map(|it| it.span).collect(),
        _ => vec![own.arguments.span],
    }
}

/// The places that go with some of the elements: blanks and continuations between them too.
fn removals(own: &Instruction, removed: &[Span]) -> Vec<Span> {
    let all = elements(own);
    let gone = |at: usize| removed.contains(&all[at]);
    let first_kept = (0..all.len()).find(|at| !gone(*at)).unwrap_or(all.len());
    let mut places = Vec::new();
    if first_kept > 0 && first_kept < all.len() {
        places.push(Span::new(all[0].start, all[first_kept].start));
    }
    for at in (first_kept.max(1)..all.len()).filter(|at| gone(*at)) {
        places.push(Span::new(all[at - 1].end, all[at].end));
    }
    places
}

/// A span of the source in the text at hand: it starts with a byte of it, and ends behind or before one.
fn mapped(base: &Joined, span: Span) -> Option<Span> {
    let start = base.text_span(Span::new(span.start, span.start));
    if span.is_empty() {
        return start.or_else(|| behind(base, span.start));
    }
    let start = match start {
        Some(start) => start.start,
        None => behind(base, span.start)?.start,
    };
    let end = match base.text_span(Span::new(span.end - 1, span.end)) {
        Some(end) => end.end,
        None => base.text_span(Span::new(span.end, span.end))?.start,
    };
    (start <= end).then(|| Span::new(start, end))
}

/// The place behind the byte before `offset`.
fn behind(base: &Joined, offset: usize) -> Option<Span> {
    let before = base.text_span(Span::new(offset.checked_sub(1)?, offset))?;
    Some(Span::new(before.end, before.end))
}

/// The edit that puts `new` at `span`, without what is the same at both ends. `None` if all is.
pub(super) fn trimmed(source: &str, span: Span, new: &str) -> Option<Edit> {
    let old = span.of(source);
    if old == new {
        return None;
    }
    let shared = |a: &mut dyn Iterator<Item = (char, char)>| -> usize {
        a.take_while(|(a, b)| a == b && *a != '\n' && *a != '\r').map(|(a, _)| a.len_utf8()).sum()
    };
    let head = shared(&mut old.chars().zip(new.chars()));
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = shared(&mut old_rest.chars().rev().zip(new_rest.chars().rev()));
    let place = Span::new(span.start + head, span.end - tail);
    Some(Edit::replace(place, &new_rest[..new_rest.len() - tail]))
}
