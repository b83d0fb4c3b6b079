//! The proof of a step: what must hold of the two texts before anything is written.
//!
//! It looks at the texts and at what the changes declare, never at how a transform came to them.

use crate::effect::{self, Delta, Effect};
use crate::facts::{Facts, Surroundings};
use crate::syntax::pragma::pragma;
use crate::syntax::{self, Dockerfile, ItemKind, SyntaxError};
use crate::text::{self, Edit, Span};
use crate::transform::{Change, Safety};
use self_cell::self_cell;
use std::sync::Arc;

/// What is known of a text.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) file: &'a Dockerfile<'a>,
    pub(super) facts: &'a Facts<'a>,
}

type Parsed<'a> = Dockerfile<'a>;

/// What a text is read from and in.
struct Origin {
    source: Arc<str>,
    surroundings: Arc<Surroundings>,
}

self_cell! {
    struct ParsedText {
        owner: Origin,
        #[covariant]
        dependent: Parsed,
    }
}

self_cell! {
    /// A text with its parse and its facts: a step goes on with those that proved it.
    pub(super) struct Text {
        owner: ParsedText,
        #[covariant]
        dependent: Facts,
    }
}

impl Text {
    pub(super) fn parse(
        source: Arc<str>,
        surroundings: &Arc<Surroundings>,
    ) -> Result<Self, Vec<SyntaxError>> {
        let origin = Origin { source, surroundings: surroundings.clone() };
        let parsed = ParsedText::try_new(origin, |origin| syntax::parse(&origin.source))?;
        Ok(Self::new(parsed, |parsed| {
            Facts::within(&parsed.borrow_owner().surroundings, parsed.borrow_dependent())
        }))
    }

    fn origin(&self) -> &Origin {
        self.borrow_owner().borrow_owner()
    }

    pub(super) fn source(&self) -> &Arc<str> {
        &self.origin().source
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known { file: self.borrow_owner().borrow_dependent(), facts: self.borrow_dependent() }
    }
}

/// Counts what a transform proposes with one kind of safety.
pub(super) type Repeat<'r> = dyn Fn(Known, &Safety) -> usize + 'r;

/// A change whose proof failed, with the reason.
pub(super) type Failed = (Change, String);

/// What could be proven of some changes.
pub(super) struct Proven {
    pub(super) changes: Vec<Change>,
    pub(super) failed: Vec<Failed>,
    /// What `changes` make; `None` if there are none.
    pub(super) after: Option<Text>,
}

/// The changes that are proven together. If all of them together fail, they are tried one by one, and
/// only those that fail are dropped.
pub(super) fn keep_proven(before: &Text, changes: Vec<Change>, repeat: &Repeat) -> Proven {
    let effect = Effect::new(before.known().file, before.known().facts);
    let prove = |changes: &[Change], repeat| prove(before, &effect, changes, repeat);
    if let Ok(after) = prove(&changes, Some(repeat)) {
        return Proven { changes, failed: Vec::new(), after: Some(after) };
    }
    let (mut kept, mut failed): (Vec<Change>, Vec<Failed>) = (Vec::new(), Vec::new());
    for change in changes {
        kept.push(change);
        // What is still to be tried would be proposed again, so that is asked at the end.
        if let Err(message) = prove(&kept, None) {
            failed.extend(kept.pop().map(|change| (change, message)));
        }
    }
    // What failed is proposed again, and nothing else may be.
    let known = failed.len();
    let more = |after: Known, safety: &Safety| repeat(after, safety).saturating_sub(known);
    match prove(&kept, Some(&more)) {
        Ok(after) => Proven { changes: kept, failed, after: Some(after) },
        Err(message) => {
            failed.extend(kept.into_iter().map(|change| (change, message.clone())));
            Proven { changes: Vec::new(), failed, after: None }
        }
    }
}

/// Proves one step, and gives the text that it makes. The error says what does not hold.
fn prove(
    before: &Text,
    effect: &Effect,
    changes: &[Change],
    repeat: Option<&Repeat>,
) -> Result<Text, String> {
    let Some(change) = changes.first() else { return Err("nothing changes".to_owned()) };
    let old = before.known().file;
    let edits: Vec<&Edit> = changes.iter().flat_map(|change| &change.edits).collect();
    for edit in &edits {
        is_minimal(old.source, edit)?;
    }
    let new = text::apply(old.source, edits).map_err(|_| "two edits overlap".to_owned())?;
    only_spans_change(old.source, &new, changes)?;
    same_bytes_in_kind(old.source, &new)?;

    let text = Text::parse(Arc::from(new), &before.origin().surroundings).map_err(|errors| {
        let message = errors.first().map_or("", |error| &error.message);
        format!("the new text does not parse: {message}")
    })?;
    let after = text.known();
    let deltas: Vec<&Delta> = changes.iter().map(|change| &change.delta).collect();
    comments_stay(old, after.file, &deltas)?;
    effect::check(effect, &deltas, &Effect::new(after.file, after.facts))?;
    match repeat.map_or(0, |repeat| repeat(after, &change.safety)) {
        0 => Ok(text),
        count => Err(format!("it would propose {count} more on its own output")),
    }
}

/// No whole line at the start or the end of an edit is put back as it was.
fn is_minimal(source: &str, edit: &Edit) -> Result<(), String> {
    let old = edit.span.of(source);
    if old == edit.text {
        return Err("an edit changes nothing".to_owned());
    }
    let rest = &source[edit.span.end..];
    let ends_line = rest.is_empty() || rest.starts_with(['\n', '\r']);
    let starts_line = edit.span.start == 0 || source[..edit.span.start].ends_with('\n');
    let first = |text: &str| text.find('\n').map(|at| text[..=at].to_owned());
    let last = |text: &str| text.rfind('\n').map(|at| text[at..].to_owned());
    let same_first = starts_line && first(old).is_some_and(|line| Some(line) == first(&edit.text));
    let same_last = ends_line && last(old).is_some_and(|line| Some(line) == last(&edit.text));
    match same_first || same_last {
        true => Err("an edit writes a whole line that was there".to_owned()),
        false => Ok(()),
    }
}

/// Outside the declared spans the two texts are the same.
fn only_spans_change(old: &str, new: &str, changes: &[Change]) -> Result<(), String> {
    let mut spans: Vec<Span> = changes.iter().map(|change| change.span).collect();
    spans.sort();
    let touches = || "something outside the declared instructions changes".to_owned();
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Err(touches()) };
    let middle = new
        .strip_prefix(&old[..first.start])
        .and_then(|rest| rest.strip_suffix(&old[last.end..]))
        .ok_or_else(touches)?;
    let mut rest = middle;
    for pair in spans.windows(2) {
        if pair[1].start < pair[0].end {
            return Err("two changes are about the same instruction".to_owned());
        }
        let gap = &old[pair[0].end..pair[1].start];
        let at = memchr::memmem::find(rest.as_bytes(), gap.as_bytes()).ok_or_else(touches)?;
        rest = &rest[at + gap.len()..];
    }
    Ok(())
}

/// Line ends, byte order mark and the missing final newline stay what they are.
fn same_bytes_in_kind(old: &str, new: &str) -> Result<(), String> {
    let bare = |text: &str| {
        let ends = || memchr::memchr_iter(b'\n', text.as_bytes());
        let is_crlf = |at: usize| text.as_bytes()[..at].ends_with(b"\r");
        match memchr::memchr(b'\r', text.as_bytes()) {
            None => (ends().next().is_some(), false),
            Some(_) => (!ends().all(is_crlf), ends().any(is_crlf)),
        }
    };
    let ((lf, crlf), (new_lf, new_crlf)) = (bare(old), bare(new));
    let ends = !new.is_empty() && old.ends_with('\n') == new.ends_with('\n');
    let mark = old.starts_with('\u{feff}') == new.starts_with('\u{feff}');
    // A text of one line has no kind of line ends.
    let other_lf = new_lf && !lf && crlf;
    match other_lf || (new_crlf && !crlf) || !ends || !mark {
        true => Err("line ends or the byte order mark change".to_owned()),
        false => Ok(()),
    }
}

/// No comment is lost, and what a linter or BuildKit reads from a comment stands where it stood.
fn comments_stay(old: &Dockerfile, new: &Dockerfile, deltas: &[&Delta]) -> Result<(), String> {
    let now: Vec<_> = new.directives.iter().map(|it| (&*it.name, it.value)).collect();
    if effect::directives(old, deltas) != now {
        return Err("a parser directive changes".to_owned());
    }
    let (mut old, new) = (comments(old), comments(new));
    old.retain(|(_, at)| !at.is_some_and(|at| effect::goes(at, deltas)));
    let mut now = sorted(&new).into_iter();
    if let Some(lost) = sorted(&old).into_iter().find(|text| !now.by_ref().any(|it| it == *text)) {
        return Err(format!("the comment `{lost}` is lost"));
    }
    let is_pragma = |text: &str| pragma(text, Span::new(0, text.len())).is_some();
    let moved = old.iter().filter(|(text, _)| is_pragma(text));
    let moved = moved.map(|(text, at)| (text, at.map(|at| effect::moved(at, deltas))));
    let now = new.iter().filter(|(text, _)| is_pragma(text));
    let now = now.map(|(text, at)| (text, at.map(Some)));
    match moved.eq(now) {
        true => Ok(()),
        false => Err("a comment for a linter stands before another instruction".to_owned()),
    }
}

fn sorted<'s>(comments: &[Placed<'s>]) -> Vec<&'s str> {
    let mut texts: Vec<&str> = comments.iter().map(|(text, _)| *text).collect();
    texts.sort_unstable();
    texts
}

/// A comment, with the instruction that it is in or before.
type Placed<'s> = (&'s str, Option<usize>);

/// The comments outside heredocs.
fn comments<'s>(file: &Dockerfile<'s>) -> Vec<Placed<'s>> {
    let mut next = file.instructions.len();
    let mut found = Vec::new();
    for item in file.items.iter().rev() {
        match item.kind {
            ItemKind::Instruction(index) => {
                next = index;
                let inside = file.instructions[index].comments.iter().rev();
                found.extend(inside.map(|it| (it.of(file.source).trim(), Some(index))));
            }
            ItemKind::Comment => {
                let index = (next < file.instructions.len()).then_some(next);
                found.push((item.span.of(file.source).trim(), index));
            }
            _ => (),
        }
    }
    found.reverse();
    found
}
