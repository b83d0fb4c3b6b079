//! Titles and bodies: what a part changes, why, how it is reviewed, and what is left.

use super::{File, Head, Known, Part};
use crate::report::markdown::{self, code, escape, inline};
use crate::report::text::count;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Files that are named in a body.
const NAMED: usize = 100;

/// Characters of a line in the message of a commit.
const COLUMNS: usize = 72;

/// Reasons that are named for each transform.
const REASONS: usize = 3;

/// What a part holds, gathered file by file.
#[derive(Debug, Default)]
pub struct Body<'k> {
    /// In the order in which they run.
    known: &'k [Known],
    transforms: BTreeMap<String, Total>,
    /// As Markdown, sorted by path.
    files: BTreeMap<String, String>,
    waiting: Waits,
    declined: BTreeMap<String, usize>,
}

#[derive(Debug, Default)]
struct Total {
    files: usize,
    changes: usize,
    added: usize,
    removed: usize,
    agreed: bool,
}

/// What waits for agreement, by transform: how many files and changes, and why.
pub type Waits = BTreeMap<String, (usize, usize, BTreeSet<String>)>;

/// Adds what of `file` waits.
pub fn add_waiting(waits: &mut Waits, file: &File) {
    for waiting in &file.waiting {
        let (files, changes, reasons) = waits.entry(waiting.transform.clone()).or_default();
        *files += 1;
        *changes += waiting.changes;
        for reason in &waiting.reasons {
            if reasons.len() < REASONS {
                reasons.insert(reason.clone());
            }
        }
    }
}

/// What waits, as a list.
pub fn waiting(waits: &Waits) -> String {
    let mut text = String::new();
    for (id, (files, changes, reasons)) in waits {
        let (changes, files) = (count(*changes, "change"), count(*files, "file"));
        let _ = write!(text, "- `{id}`: {changes} in {files}");
        let reasons: Vec<String> = reasons.iter().map(|it| inline(it)).collect();
        let reasons =
            if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
        let _ = writeln!(text, "{reasons} (`jettison --allow {id}` shows it)");
    }
    text
}

impl<'k> Body<'k> {
    pub fn new(known: &'k [Known]) -> Self {
        Self { known, ..Self::default() }
    }

    /// What a transform does, and why one wants that.
    fn about(&self, id: &str) -> (&str, &str) {
        let known = self.known.iter().find(|known| known.id == id);
        known.map(|known| (&*known.summary, &*known.why)).unwrap_or_default()
    }

    pub fn add(&mut self, part: &Part, file: &File) {
        let mut ids = BTreeSet::new();
        let (mut added, mut removed) = (0, 0);
        for step in file.steps.iter().filter(|step| step.part == part.number) {
            let total = self.transforms.entry(step.transform.clone()).or_default();
            total.files += usize::from(ids.insert(step.transform.clone()));
            total.changes += step.changes;
            total.added += step.added;
            total.removed += step.removed;
            total.agreed |= step.safety != "safe";
            (added, removed) = (added + step.added, removed + step.removed);
        }
        if ids.is_empty() {
            return;
        }
        let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        let line = format!("- {} (+{added} −{removed}): {}", code(&file.path), ids.join(", "));
        self.files.insert(file.path.clone(), line);
        add_waiting(&mut self.waiting, file);
        for declined in &file.declined {
            *self.declined.entry(declined.transform.clone()).or_default() += 1;
        }
    }

    /// The transforms of the part in the order in which they run.
    fn totals(&self) -> Vec<(&str, &Total)> {
        let mut totals: Vec<(&str, &Total)> =
            self.transforms.iter().map(|(id, total)| (id.as_str(), total)).collect();
        totals.sort_by_key(|(id, _)| self.known.iter().position(|it| it.id == *id));
        totals
    }

    /// The message of the commit of one transform.
    pub fn commit(&self, id: &str, part: &Part) -> (String, String) {
        let (summary, why) = self.about(id);
        let files = self.transforms.get(id).map_or(0, |total| total.files);
        let files = capital(&count(files, "file"));
        let body = format!("{}{files} of {}.\n", wrapped(why), named(part));
        (format!("{id}: {summary}"), body)
    }

    /// The body of the pull request for a part, in Markdown.
    pub fn markdown(&self, head: &Head, part: &Part) -> String {
        let mut text = String::new();
        let files = count(self.files.len(), "file");
        let _ = writeln!(
            text,
            "{} of the campaign *{}*.\n",
            capital(&named(part)),
            escape(&head.title)
        );
        if let Some(after) = part.after {
            let _ = writeln!(text, "It builds on part {after}, which has to land first.\n");
        }
        let _ = writeln!(text, "## What changes\n\n{files}, one commit for each transform.\n");
        text.push_str(
            "| transform | what it does | files | changes | lines |\n|---|---|---:|---:|---:|\n",
        );
        for (id, total) in self.totals() {
            let summary = inline(self.about(id).0);
            let Total { files, changes, added, removed, .. } = total;
            let _ = writeln!(
                text,
                "| `{id}` | {summary} | {files} | {changes} | +{added} −{removed} |"
            );
        }
        text.push_str("\n## Why\n\n");
        for (id, total) in self.totals() {
            let why = inline(self.about(id).1);
            let agreed = if total.agreed { " It is no safe change: it was agreed to." } else { "" };
            let _ = writeln!(text, "- `{id}`: {why}{agreed}");
        }
        text.push_str(&review(&self.files, part));
        if !self.waiting.is_empty() {
            text.push_str("\n## Left waiting for agreement\n\n");
            text.push_str(&waiting(&self.waiting));
        }
        if !self.declined.is_empty() {
            text.push_str("\n## Declined\n\n");
            for (id, number) in &self.declined {
                let _ = writeln!(text, "- `{id}`: {}", count(*number, "change"));
            }
            text.push_str("\n`jettison --why-not FILE` names the instruction that stopped each.\n");
        }
        text.push_str("\n## Files\n\n");
        let room = markdown::LIMIT.saturating_sub(text.chars().count() + 100);
        text.push_str(&list(self.files.values(), room));
        text
    }
}

/// As many lines as fit, and how many more there are.
fn list<'l>(lines: impl ExactSizeIterator<Item = &'l String>, room: usize) -> String {
    let (mut text, mut left, mut hidden) = (String::new(), room, 0);
    for (index, line) in lines.enumerate() {
        let length = line.chars().count() + 1;
        if index >= NAMED || length > left || hidden > 0 {
            hidden += 1;
            continue;
        }
        left -= length;
        let _ = writeln!(text, "{line}");
    }
    if hidden > 0 {
        let _ = writeln!(text, "- and {}", count(hidden, "more file"));
    }
    text
}

fn review(files: &BTreeMap<String, String>, part: &Part) -> String {
    let first = files.keys().next().map_or("FILE", String::as_str);
    let first = if first.contains(['`', ' ', '\n']) { "FILE" } else { first };
    let mut text = "\n## How to review\n\n".to_owned();
    text.push_str(
        "- Commit by commit: each does one thing. Every change was proven: the file is parsed again, nothing \
         outside of the shown lines differs, and the build does the same but for what the transform declares.\n",
    );
    let _ = writeln!(
        text,
        "- `jettison explain ID` has the guide of a transform, with what it leaves alone."
    );
    let _ = writeln!(
        text,
        "- `jettison verify {first}` builds a file before and after, and compares the images."
    );
    text.push_str(
        "- What is not wanted is suppressed with `# jettison ignore=ID: reason` before the instruction.\n",
    );
    let _ =
        writeln!(text, "- `jettison migrate apply --part {}` writes the same bytes.", part.number);
    text
}

/// `part 2 (@org/web)`
fn named(part: &Part) -> String {
    match part.name.as_str() {
        "" => format!("part {}", part.number),
        name => format!("part {} ({})", part.number, inline(name)),
    }
}

/// Lines as commits have them, each with its end, and an empty one behind them.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= COLUMNS {
            lines.push_str(&line);
            lines.push('\n');
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push_str(&line);
        lines.push_str("\n\n");
    }
    lines
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// Why one wants a transform: the first paragraph of its guide behind title and summary.
pub fn why(guide: &str) -> String {
    let mut paragraphs = guide.split("\n\n").map(str::trim).filter(|it| !it.is_empty());
    let why = paragraphs.nth(2).filter(|it| !it.starts_with(['#', '`', '|', '-']));
    why.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{File, Head, Known, Part, Step, Waiting};
    use super::{Body, why};

    #[test]
    fn the_guide_says_why() {
        assert_eq!(why("# a\n\nDo a.\n\nBecause\nof b.\n\n```diff\n"), "Because of b.");
        assert_eq!(why("# a\n\nDo a.\n\n```diff\n"), "");
        for transform in crate::transforms::PIPELINE {
            assert!(why(&transform.guide).len() > 40, "{}", transform.id);
        }
    }

    #[test]
    fn transforms_stand_in_their_order_and_messages_are_wrapped() {
        let known = ["b", "a"].map(|id| Known {
            id: id.to_owned(),
            summary: "Do it".to_owned(),
            why: "word ".repeat(30).trim().to_owned(),
        });
        let mut body = Body::new(&known);
        let part = Part { number: 1, ..Part::default() };
        let step = |id: &str| Step {
            part: 1,
            transform: id.to_owned(),
            safety: "safe".to_owned(),
            ..Step::default()
        };
        let file =
            File { path: "x".to_owned(), steps: vec![step("b"), step("a")], ..File::default() };
        body.add(&part, &file);
        let text = body.markdown(&Head::default(), &part);
        assert!(text.find("| `b` |") < text.find("| `a` |"), "{text}");
        let (subject, message) = body.commit("a", &part);
        assert_eq!(subject, "a: Do it");
        assert!(message.lines().all(|line| line.len() <= 72), "{message}");
        assert!(message.ends_with("word\n\n1 file of part 1.\n"), "{message}");
    }

    #[test]
    fn a_body_never_outgrows_what_is_accepted() {
        let mut body = Body::default();
        let part = Part { number: 1, ..Part::default() };
        for number in 0..2000 {
            let step = Step {
                part: 1,
                transform: "a".to_owned(),
                safety: "safe".to_owned(),
                ..Step::default()
            };
            let wait = Waiting {
                transform: "b".to_owned(),
                changes: 1,
                reasons: vec![number.to_string()],
            };
            let path = format!("{}/{number}", "x".repeat(900));
            body.add(
                &part,
                &File { path, steps: vec![step], waiting: vec![wait], ..File::default() },
            );
        }
        let text = body.markdown(&Head::default(), &part);
        assert!(text.chars().count() < 65_536 && text.contains("more files"), "{}", text.len());
        assert!(text.contains("- `b`: 2000 changes in 2000 files: 0; 1; 2 ("), "{text}");
    }
}
