//! Where the patterns stand in the file, and what of them is needed at all.

use super::names::Group;
use super::{Evidence, Kept};
use crate::effect::{Delta, Difference};
use crate::project::ignore_file::{IgnoreFile, LineKind, Pattern, Reach, reach};
use crate::text::{self, Edit, Span};
use crate::transform::{Change, Safety, SharedContext};

/// A pattern that is excluded.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) group: Group,
    pub(super) pattern: String,
    /// Lines with `!` right behind it.
    pub(super) exceptions: Vec<String>,
    pub(super) sample: String,
    pub(super) evidence: Evidence,
    /// The tracked files that go.
    pub(super) tracked: Vec<String>,
    pub(super) safety: Safety,
}

/// Whether a path that `pattern` matches is excluded already, in every folder that it is for.
pub(super) fn is_excluded(ignore: &IgnoreFile, pattern: &str, sample: &str) -> bool {
    let excluded = |path: &str| ignore.walk_to(path).is_ok_and(|it| it.excluded);
    excluded(sample) && (!pattern.starts_with("**/") || excluded(&format!("a/b/{sample}")))
}

/// The tracked files that `pattern` alone would exclude, and that are sent today.
pub(super) fn tracked_by(context: &SharedContext, pattern: &str) -> Vec<String> {
    let Ok(alone) = IgnoreFile::parse(pattern) else { return Vec::new() };
    let excluded =
        |ignore: &IgnoreFile, path: &str| ignore.walk_to(path).is_ok_and(|it| it.excluded);
    let files = context.tree.files.iter();
    let gone = files.filter(|file| excluded(&alone, file) && !excluded(context.ignore, file));
    gone.map(|file| file.to_string()).collect()
}

/// The changes that add `entries`: one for each group, place and kind of safety. What the file itself
/// brings back is added to `kept`.
pub(super) fn changes(
    context: &SharedContext,
    entries: Vec<Entry>,
    kept: &mut Vec<Kept>,
) -> Vec<Change> {
    let mut placed: Vec<(usize, Entry)> = Vec::new();
    for safe in [true, false] {
        for entry in entries.iter().filter(|entry| (entry.safety == Safety::Safe) == safe) {
            let undone = undone(context.ignore, &entry.pattern);
            let at = undone.map_or(context.source.len(), |it| line_start(context, it));
            let known: Vec<(usize, &Entry)> = placed.iter().map(|(at, it)| (*at, it)).collect();
            match (effect(context, known, (at, entry)), undone) {
                (Effect::Some, _) => placed.push((at, entry.clone())),
                (Effect::Undone, Some(exception)) => {
                    let reason = format!("`{}` brings it back", exception.span.of(context.source));
                    let it = Kept::new("brought-back", &entry.pattern, reason);
                    kept.push(Kept { span: Some(exception.span), ..it });
                }
                _ => (),
            }
        }
    }
    for safe in [true, false] {
        let alike = |(_, it): &(usize, Entry)| (it.safety == Safety::Safe) == safe;
        let together: Vec<(usize, &Entry)> =
            placed.iter().filter(|it| alike(it)).map(|(at, it)| (*at, it)).collect();
        let Ok(after) = IgnoreFile::parse(&with(context, &together)) else { return Vec::new() };
        // An exception of the author's may keep some.
        for (_, entry) in placed.iter_mut().filter(|it| alike(it)) {
            entry.tracked.retain(|file| after.walk_to(file).is_ok_and(|it| it.excluded));
        }
    }
    let mut changes: Vec<Change> = Vec::new();
    while let Some((at, first)) = placed.first().cloned() {
        let same = |(place, it): &(usize, Entry)| {
            *place == at && it.group == first.group && it.safety == first.safety
        };
        let (together, others) = placed.into_iter().partition(same);
        placed = others;
        let is_first =
            !changes.iter().any(|it| (it.safety == Safety::Safe) == (first.safety == Safety::Safe));
        let together: Vec<Entry> = together.into_iter().map(|(_, entry)| entry).collect();
        changes.push(change(context, at, &together, is_first));
    }
    changes
}

fn change(context: &SharedContext, at: usize, entries: &[Entry], is_first: bool) -> Change {
    let (source, group, safety) = (context.source, entries[0].group, entries[0].safety.clone());
    let lines: Vec<&str> = entries
        .iter()
        .flat_map(|entry| {
            std::iter::once(entry.pattern.as_str())
                .chain(entry.exceptions.iter().map(String::as_str))
        })
        .collect();
    let mut text = String::new();
    let at_end = at == source.len();
    // Headings where all has one: in a new file, and in one that was written so.
    if at_end && has_headings(source) {
        if !source.is_empty() || !is_first {
            text.push('\n');
        }
        text.push_str(&format!("# {}\n", group.heading()));
    }
    lines.iter().for_each(|line| text.extend([line, "\n"]));
    let unfinished = at_end && !source.is_empty() && !source.ends_with('\n');
    if unfinished {
        text = format!("\n{}", &text[..text.len() - 1]);
    }
    if source.contains("\r\n") {
        text = text.replace('\n', "\r\n");
    }
    let patterns = lines.iter().map(|line| (*line).to_owned()).collect();
    let tracked = entries.iter().flat_map(|entry| entry.tracked.clone()).collect();
    Change {
        span: Span::new(at, at),
        safety,
        delta: Delta { differences: vec![Difference::Exclude { patterns, tracked }] },
        notes: notes(entries),
        edits: vec![Edit::insert(at, text)],
    }
}

/// Why, a sentence for each kind of evidence.
fn notes(entries: &[Entry]) -> Vec<String> {
    let quoted = |entries: &[&Entry]| {
        let patterns: Vec<String> = entries.iter().map(|it| format!("`{}`", it.pattern)).collect();
        patterns.join(", ")
    };
    let mut notes = Vec::new();
    let (mut ignored, mut places, mut tracked) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        match &entry.evidence {
            Evidence::Ignored(place) => {
                ignored.push(entry);
                places.push(place.as_str());
            }
            Evidence::Tracked => tracked.push(entry),
            Evidence::Said(said) => notes.push(format!("`{}`: {said}", entry.pattern)),
        }
    }
    if !ignored.is_empty() {
        notes.push(format!("{}: git ignores it ({})", quoted(&ignored), places.join(", ")));
    }
    if !tracked.is_empty() {
        notes.push(format!("{}: no build is known to read it", quoted(&tracked)));
    }
    notes
}

/// Whether the patterns of a file stand under comments.
fn has_headings(source: &str) -> bool {
    source.is_empty() || source.trim_start_matches('\u{feff}').starts_with('#')
}

/// The first exception that `pattern` would undo behind it: it goes before that, else to the end.
fn undone<'c>(ignore: &'c IgnoreFile, pattern: &str) -> Option<&'c Pattern> {
    // What is below the path of an exception may go all the same.
    let is_undone = |it: &&Pattern| it.exception && reach(pattern, &it.text) == Reach::Itself;
    ignore.patterns.iter().find(is_undone)
}

fn line_start(context: &SharedContext, pattern: &Pattern) -> usize {
    let mut lines = context.ignore.lines.iter();
    let line = lines.find(|line| match line.kind {
        LineKind::Pattern(index) => context.ignore.patterns[index].line == pattern.line,
        _ => false,
    });
    line.map_or(context.source.len(), |line| line.span.start)
}

/// What an entry excludes beside what is there and what was placed before.
enum Effect {
    Some,
    /// It is excluded already.
    Already,
    /// What comes behind brings it back.
    Undone,
}

fn effect(context: &SharedContext, placed: Vec<(usize, &Entry)>, entry: (usize, &Entry)) -> Effect {
    let excluded = |entries: &[(usize, &Entry)]| {
        let ignore = IgnoreFile::parse(&with(context, entries));
        ignore.is_ok_and(|ignore| is_excluded(&ignore, &entry.1.pattern, &entry.1.sample))
    };
    if excluded(&placed) {
        return Effect::Already;
    }
    match excluded(&[&placed[..], &[entry]].concat()) {
        true => Effect::Some,
        false => Effect::Undone,
    }
}

/// The ignore file with more entries.
fn with(context: &SharedContext, entries: &[(usize, &Entry)]) -> String {
    let lines = |entry: &Entry| {
        let exceptions = entry.exceptions.iter().map(|line| format!("{line}\n"));
        format!("\n{}\n{}", entry.pattern, exceptions.collect::<String>())
    };
    let edits: Vec<Edit> =
        entries.iter().map(|(at, entry)| Edit::insert(*at, lines(entry))).collect();
    text::apply(context.source, &edits).unwrap_or_default()
}
