//! `--add-ignore`: comments that keep away what is proposed today, each with the narrowest scope that works.

use super::batch;
use super::ignore_files;
use crate::facts::{SuppressionScope, Surroundings};
use crate::pipeline::{Agreement, Outcome, Request, Step};
use crate::project::ContextFiles;
use crate::report::Problem;
use crate::syntax::pragma::pragma;
use crate::syntax::{self, Dockerfile, ItemKind, Keyword};
use crate::text::{self, Edit, Span};
use crate::transform::{Change, Options, Propose, Safety, Transform};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the comments are shown as.
static TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("add-ignore"),
    summary: Cow::Borrowed("Leave alone what is proposed today"),
    guide: Cow::Borrowed(""),
    rules: Cow::Borrowed(&[]),
    propose: Propose::BuiltIn(|_| Vec::new()),
};

/// Where a comment works, from the narrowest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Instruction,
    Stage,
    File,
}

const SCOPES: [Scope; 3] = [Scope::Instruction, Scope::Stage, Scope::File];

/// A Dockerfile with its surroundings.
pub(super) struct Subject<'s> {
    pub(super) surroundings: &'s Arc<Surroundings>,
    pub(super) files: &'s ContextFiles<'s>,
    pub(super) source: &'s str,
}

/// What the comments make of a Dockerfile; as its outcome, in which nothing is proposed any more.
pub(super) fn rewrite(
    subject: &Subject<'_>,
    request: &Request<'static>,
    reason: &str,
) -> Result<Outcome<'static>, Problem> {
    let mut outcome = subject.run(subject.source, request)?;
    if is_quiet(&outcome) {
        outcome.declined.clear();
        return Ok(outcome);
    }
    let file = syntax::parse(subject.source).map_err(Problem::Unparsable)?;
    let mut comments = Comments { file: &file, reason, ids: BTreeMap::new() };
    for transform in request.transforms.iter().filter(|it| !it.is_for_contexts()) {
        comments.silence(transform, subject, request)?;
    }
    let had = outcome.unused_suppressions.len();
    outcome = subject.run(&applied(&file, &comments.edits())?, request)?;
    if !is_quiet(&outcome) {
        return Err(Problem::Bug("no comment keeps away what is proposed".to_owned()));
    }
    if outcome.unused_suppressions.len() > had {
        comments.drop_unused(subject, request)?;
    }
    let edits = comments.edits();
    let after = applied(&file, &edits)?;
    outcome = subject.run(&after, request)?;
    let changes = edits.into_iter().map(change).collect();
    let before = Arc::from(subject.source);
    outcome.declined.clear();
    outcome.unused_suppressions.clear();
    outcome.steps.push(step(before, after.into(), changes));
    Ok(outcome)
}

/// The same for an ignore file.
pub(super) fn rewrite_ignore_file(examined: &mut ignore_files::Examined, reason: &str) {
    let Ok(outcome) = &mut examined.report.result else { return };
    let steps = outcome.steps.iter().chain(&outcome.waiting).chain(&outcome.drafts);
    let ids: BTreeSet<&str> = steps.map(|step| &*step.transform.id).collect();
    let ids = ids.into_iter().collect::<Vec<_>>().join(",");
    let (failures, source) = (std::mem::take(&mut outcome.failures), &examined.report.source);
    let mut told = Outcome { failures, ..Outcome::empty() };
    if !ids.is_empty() {
        let end = line_end(source);
        // A byte order mark stays first.
        let at = match source.strip_prefix('\u{feff}') {
            Some(rest) => source.len() - rest.len() + rest.find('\n').map_or(0, |at| at + 1),
            None => 0,
        };
        let text = format!("# jettison ignore={ids}: {reason}{end}");
        let after = format!("{}{text}{}", &source[..at], &source[at..]);
        let edit = Edit { span: Span::new(at, at), text };
        told.steps.push(step(source.clone(), after.into(), vec![change(edit)]));
    }
    examined.report.result = Ok(told);
}

impl Subject<'_> {
    fn run(&self, text: &str, request: &Request<'static>) -> Result<Outcome<'static>, Problem> {
        batch::rewrite(self.surroundings, self.files, text, request)
    }
}

fn is_quiet(outcome: &Outcome<'_>) -> bool {
    outcome.steps.is_empty() && outcome.waiting.is_empty() && outcome.drafts.is_empty()
}

fn change(edit: Edit) -> Change {
    let (span, safety) = (edit.span, Safety::Safe);
    Change { span, safety, delta: Default::default(), notes: Vec::new(), edits: vec![edit] }
}

fn step(before: Arc<str>, after: Arc<str>, changes: Vec<Change>) -> Step<'static> {
    Step { transform: &TRANSFORM, changes, before, after, worth: Vec::new() }
}

/// The comments of one file.
struct Comments<'c> {
    file: &'c Dockerfile<'c>,
    reason: &'c str,
    /// By scope, and the instruction before which it stands.
    ids: BTreeMap<(usize, Scope), Vec<String>>,
}

impl Comments<'_> {
    /// Adds what keeps a transform away that runs alone.
    fn silence(
        &mut self,
        transform: &'static Transform,
        subject: &Subject<'_>,
        request: &Request<'static>,
    ) -> Result<(), Problem> {
        // All of it waits, so that it is about the text as it is.
        let asked = vec![transform.id.to_string()];
        let options = Options { asked, verified: false, ..request.options.clone() };
        let agreed = Agreement::SafeOnly;
        let alone = Request { transforms: vec![transform], options, agreed };
        for scope in SCOPES {
            loop {
                let text = applied(self.file, &self.edits())?;
                let outcome = subject.run(&text, &alone)?;
                let steps = outcome.steps.iter().chain(&outcome.waiting).chain(&outcome.drafts);
                let spans: Vec<Span> =
                    steps.flat_map(|step| &step.changes).map(|change| change.span).collect();
                if spans.is_empty() {
                    return Ok(());
                }
                let now = syntax::parse(&text).map_err(Problem::Unparsable)?;
                let before = self.ids.clone();
                spans.iter().for_each(|span| self.add(scope, first(&now, *span), &transform.id));
                if self.ids == before {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Drops what is not needed any more beside the comments that came later.
    fn drop_unused(
        &mut self,
        subject: &Subject<'_>,
        request: &Request<'static>,
    ) -> Result<(), Problem> {
        let all = self.ids.clone();
        for (key, id) in all.iter().flat_map(|(key, ids)| ids.iter().map(move |id| (key, id))) {
            let kept = self.ids.clone();
            if let Some(ids) = self.ids.get_mut(key) {
                ids.retain(|it| it != id);
            }
            self.ids.retain(|_, ids| !ids.is_empty());
            let outcome = subject.run(&applied(self.file, &self.edits())?, request)?;
            if !is_quiet(&outcome) {
                self.ids = kept;
            }
        }
        Ok(())
    }

    fn add(&mut self, scope: Scope, instruction: usize, id: &str) {
        let place = match scope {
            Scope::Instruction => instruction,
            Scope::Stage => self.stage(instruction),
            Scope::File => 0,
        };
        // What is said of more is not said of less.
        let stage = self.stage(place);
        let is_in = |other: usize| scope == Scope::File || self.stage(other) == stage;
        let narrower: Vec<(usize, Scope)> = self.ids.keys().copied().collect();
        let narrower = narrower.into_iter().filter(|(at, of)| *of < scope && is_in(*at));
        for key in narrower.collect::<Vec<_>>() {
            if let Some(ids) = self.ids.get_mut(&key) {
                ids.retain(|it| it != id);
            }
        }
        self.ids.retain(|_, ids| !ids.is_empty());
        let ids = self.ids.entry((place, scope)).or_default();
        if !ids.iter().any(|it| it == id) {
            ids.push(id.to_owned());
        }
    }

    /// The `FROM` of the stage that an instruction is in; before the first one, that.
    fn stage(&self, instruction: usize) -> usize {
        let all = &self.file.instructions;
        let is_start = |at: &usize| all[*at].keyword == Keyword::From;
        let start = (0..all.len().min(instruction + 1)).rev().find(is_start);
        start.or_else(|| (instruction..all.len()).find(is_start)).unwrap_or(0)
    }

    fn edits(&self) -> Vec<Edit> {
        let mut edits: BTreeMap<usize, String> = BTreeMap::new();
        for ((instruction, scope), ids) in &self.ids {
            let Some((at, indent)) = place(self.file, *instruction) else { continue };
            let word = match scope {
                Scope::Instruction => "ignore",
                Scope::Stage => "ignore-stage",
                Scope::File => "ignore-file",
            };
            let (ids, reason, end) = (ids.join(","), self.reason, line_end(self.file.source));
            let comment = format!("{indent}# jettison {word}={ids}: {reason}{end}");
            edits.entry(at).or_default().push_str(&comment);
        }
        let edit = |(at, text)| Edit { span: Span::new(at, at), text };
        edits.into_iter().map(edit).collect()
    }
}

/// Where a comment for an instruction goes, and how far it is indented: above other comments that programs read
/// for it, because some of them have to stand right before it.
fn place<'f>(file: &'f Dockerfile<'f>, instruction: usize) -> Option<(usize, &'f str)> {
    let is_it = |kind| kind == ItemKind::Instruction(instruction);
    let mut at = file.items.iter().position(|item| is_it(item.kind))?;
    let is_read = |at: usize| {
        let item = file.items[at];
        item.kind == ItemKind::Comment && pragma(file.source, file.comment(item)).is_some()
    };
    while at > 0 && is_read(at - 1) {
        at -= 1;
    }
    let span = file.items[at].span;
    let line = span.of(file.source);
    Some((span.start, &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]))
}

/// The first instruction that a change is about.
fn first(file: &Dockerfile, span: Span) -> usize {
    let scope = |at: &usize| SuppressionScope::Instruction(*at).reaches(file, span);
    let all = 0..file.instructions.len();
    let touched = all.clone().find(scope);
    let before = || all.rev().find(|at| file.instructions[*at].span.start <= span.start);
    touched.or_else(before).unwrap_or(0)
}

fn line_end(source: &str) -> &'static str {
    match source.find('\n').is_some_and(|at| source[..at].ends_with('\r')) {
        true => "\r\n",
        false => "\n",
    }
}

/// The text with comments, in which everything else has to be as it was.
fn applied(file: &Dockerfile, edits: &[Edit]) -> Result<String, Problem> {
    let broken = || Problem::Bug("a comment would change an instruction".to_owned());
    let text = text::apply(file.source, edits).map_err(|_| broken())?;
    let new = syntax::parse(&text).map_err(|_| broken())?;
    let same = {
        let all = |file: &Dockerfile| -> Vec<String> {
            let instructions = file.instructions.iter().map(|it| it.span);
            let directives = file.directives.iter().map(|it| it.span);
            let spans = directives.chain(instructions);
            spans.map(|span| span.of(file.source).to_owned()).collect()
        };
        all(file) == all(&new)
    };
    same.then_some(text).ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::PIPELINE;

    fn ignored(source: &str) -> String {
        let request = Request {
            transforms: PIPELINE.to_vec(),
            options: Options::default(),
            agreed: Agreement::SafeOnly,
        };
        let files = ContextFiles::default();
        let subject = Subject { surroundings: &Arc::default(), files: &files, source };
        let outcome = rewrite(&subject, &request, "why").unwrap();
        let after = outcome.result().map_or(source, |text| text).to_owned();
        assert!(is_quiet(&subject.run(&after, &request).unwrap()), "{after}");
        after
    }

    #[test]
    fn a_comment_stands_before_its_instruction_and_above_what_is_read_there() {
        let directives = "# syntax=docker/dockerfile:1\n# escape=\\\nFROM debian:12\nUSER root\n";
        let rest =
            "# hadolint ignore=DL3008\nRUN apt-get update && apt-get install -y curl\nUSER 1\n";
        let source = &*format!("{directives}{rest}");
        let comment = "# jettison ignore=clean-package-caches: why\n";
        let expected = &*format!("{directives}{comment}{rest}");
        assert_eq!(ignored(source), expected);
        assert_eq!(ignored(expected), expected);
    }

    #[test]
    fn line_ends_and_indentation_stay() {
        let after = ignored("FROM debian:12\r\nUSER 1000\r\n  RUN a\r\n  RUN b\r\n");
        let expected = "FROM debian:12\r\nUSER 1000\r\n  \
            # jettison ignore=merge-runs: why\r\n  RUN a\r\n  RUN b\r\n";
        assert_eq!(after, expected);
    }
}
