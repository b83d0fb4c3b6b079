//! Runs transforms in order, one step each, and proves each step.
//!
//! Every step starts from the parse of the text that the step before it produced, the one with which
//! that step was proven. This module names no transform.

mod limits;
mod proof;
mod shared;
pub mod trial;

pub use shared::{Shared, run_for_context};

use crate::facts::{Facts, Suppression, SuppressionScope, Surroundings};
use crate::project::{ContextFiles, Takes};
use crate::syntax::image_reference::ImageReference;
use crate::syntax::{self, SyntaxError};
use crate::text::{Edit, LineIndex, Span};
use crate::transform::{Change, Context, Declined, Options, Proposal, Safety, Transform};
use proof::{Known, Text};
use std::cell::OnceCell;
use std::sync::Arc;

/// Why a safe change waits.
const ASKED: &str = "the configuration asks for it, although it is safe";

/// What to run and what the user agreed to.
#[derive(Debug, Clone)]
pub struct Request<'t> {
    /// In the order in which they run.
    pub transforms: Vec<&'t Transform>,
    pub options: Options,
    pub agreed: Agreement,
}

/// Which unsafe changes the user agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Agreement {
    #[default]
    SafeOnly,
    /// The transforms with these ids.
    Allowed(Vec<String>),
    All,
    /// All, and of the transforms with these ids also what has to be agreed to by its name.
    AllAnd(Vec<String>),
}

impl Agreement {
    fn names(&self, transform: &Transform) -> bool {
        match self {
            Self::SafeOnly | Self::All => false,
            Self::Allowed(ids) | Self::AllAnd(ids) => ids.iter().any(|id| *id == transform.id),
        }
    }
}

impl Request<'_> {
    /// Whether the user agreed to what `transform` proposes with this safety.
    fn agrees(&self, transform: &Transform, safety: &Safety) -> bool {
        let all = matches!(self.agreed, Agreement::All | Agreement::AllAnd(_));
        let (named, verified) = (self.agreed.names(transform), self.options.verified);
        match safety {
            Safety::Safe => all || named || !self.asks(transform),
            Safety::Unsafe(_) => all || named,
            Safety::Structural(_) => named || all && verified,
            Safety::Draft(_) => (all || named) && verified,
        }
    }

    /// Whether also what is safe needs agreement.
    fn asks(&self, transform: &Transform) -> bool {
        self.options.asked.iter().any(|id| *id == transform.id)
    }

    /// The changes of a step as they are told: with the reason why they wait or waited.
    fn told(&self, transform: &Transform, mut changes: Vec<Change>) -> Vec<Change> {
        if self.asks(transform) {
            let safe = changes.iter_mut().filter(|change| change.safety == Safety::Safe);
            safe.for_each(|change| change.safety = Safety::Unsafe(ASKED.to_owned()));
        }
        changes
    }

    /// Whether nothing is missing but that what it makes is verified.
    fn agrees_if_verified(&self, transform: &Transform, safety: &Safety) -> bool {
        matches!(safety, Safety::Draft(_)) && self.agreed.names(transform)
    }
}

/// What one transform did with one kind of safety: one titled diff, one commit's worth of change.
#[derive(Debug, Clone)]
pub struct Step<'t> {
    pub transform: &'t Transform,
    pub changes: Vec<Change>,
    pub before: Arc<str>,
    pub after: Arc<str>,
    /// What the step as a whole is worth, where that is known: sentences without a full stop.
    pub worth: Vec<String>,
}

/// All that running the transforms on one file gave.
#[derive(Debug, Clone)]
pub struct Outcome<'t> {
    /// What was proven and agreed to; each starts where the one before it ended.
    pub steps: Vec<Step<'t>>,
    /// Unsafe steps that nobody agreed to, each from the text after all of `steps`: what is to gain.
    pub waiting: Vec<Step<'t>>,
    /// Steps that were agreed to, and of which only a build tells whether they are right, each from the text
    /// after all of `steps`: they are shown, and never written without being verified.
    pub drafts: Vec<Step<'t>>,
    pub declined: Vec<DeclinedBy<'t>>,
    /// Suppression comments that suppress nothing: the line in the original.
    pub unused_suppressions: Vec<usize>,
    /// Changes dropped because their proof failed: bugs of ours, or of a codemod.
    pub failures: Vec<Failure<'t>>,
    /// Why the file was left alone as a whole, if it was.
    pub left_alone: Option<String>,
    /// What the file takes out of its build context after all steps. It is looked for only where a
    /// transform for contexts runs, and `None` where it is not known.
    pub takes: Option<Takes>,
    /// The line in the original of the first instruction that takes all of the context.
    pub takes_all: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct DeclinedBy<'t> {
    pub transform: &'t Transform,
    pub declined: Declined,
    /// Lines in the original text, counted from 1, of what was left alone and of what stopped it.
    pub line: usize,
    pub stopped_by_line: usize,
}

/// A proof that failed: a bug in the transform.
#[derive(Debug, Clone)]
pub struct Failure<'t> {
    pub transform: &'t Transform,
    /// Line in the original text, counted from 1.
    pub line: usize,
    pub message: String,
}

/// Runs `request` on `source`, of whose surroundings nothing is known. A source that does not parse is
/// never rewritten.
pub fn run<'t>(source: &str, request: &Request<'t>) -> Result<Outcome<'t>, Vec<SyntaxError>> {
    run_within(&Arc::default(), source, request)
}

/// The same where something is known of the surroundings.
pub fn run_within<'t>(
    surroundings: &Arc<Surroundings>,
    source: &str,
    request: &Request<'t>,
) -> Result<Outcome<'t>, Vec<SyntaxError>> {
    run_with_files(surroundings, &ContextFiles::default(), source, request)
}

/// The same where files of the build context can be asked for.
pub fn run_with_files<'t>(
    surroundings: &Arc<Surroundings>,
    files: &ContextFiles,
    source: &str,
    request: &Request<'t>,
) -> Result<Outcome<'t>, Vec<SyntaxError>> {
    let mut run = Run::new(source, files, request);
    if let Some(reason) = other_frontend(source) {
        run.outcome.left_alone = Some(reason);
        return Ok(run.outcome);
    }
    let text = Text::parse(Arc::from(source), surroundings)?;
    let ours = run.our_suppressions(text.known().facts);
    match is_ignored(text.known().facts) {
        true => {
            let reason = "a comment in it says `jettison ignore-file`".to_owned();
            run.outcome.left_alone = Some(reason);
        }
        false => run.steps(text),
    }
    let unused = ours.into_iter().filter(|line| !run.used.contains(line));
    run.outcome.unused_suppressions = unused.collect();
    Ok(run.outcome)
}

/// A frontend other than Docker's own may know other instructions.
fn other_frontend(source: &str) -> Option<String> {
    let frontend = syntax::frontend(source)?;
    // A mirror serves it under its own name.
    let known = ImageReference::parse(&frontend.image).is_some_and(|image| {
        let name = image.repository.text.rsplit('/').next().unwrap_or_default();
        let folder = image.repository.text.strip_suffix(name).map(|it| it.trim_end_matches('/'));
        let is_docker = folder.is_some_and(|it| it == "docker" || it.ends_with("/docker"));
        is_docker && matches!(name, "dockerfile" | "dockerfile-upstream")
    });
    (!known).then(|| format!("the frontend `{}` may know other instructions", frontend.image))
}

/// Whether a comment says that the whole file is to be left alone.
fn is_ignored(facts: &Facts) -> bool {
    let mut suppressions = facts.suppressions.iter();
    suppressions
        .any(|it| it.is_ours() && it.codes.is_empty() && it.scope == SuppressionScope::WholeFile)
}

/// The work on one file.
struct Run<'r, 't> {
    request: &'r Request<'t>,
    source: &'r str,
    files: &'r ContextFiles<'r>,
    lines: OnceCell<LineIndex<'r>>,
    /// For each step, where its edits moved things.
    history: Vec<Moves>,
    /// Lines of suppressions that suppressed something.
    used: Vec<usize>,
    /// Transforms that proposed something that nobody agreed to.
    asks: Vec<&'t Transform>,
    outcome: Outcome<'t>,
}

impl<'r, 't> Run<'r, 't> {
    fn new(source: &'r str, files: &'r ContextFiles<'r>, request: &'r Request<'t>) -> Self {
        let outcome = Outcome::empty();
        Self {
            request,
            source,
            files,
            lines: OnceCell::new(),
            history: Vec::new(),
            used: Vec::new(),
            asks: Vec::new(),
            outcome,
        }
    }

    /// Runs every transform on the text that the one before it made: what is safe first, then what was
    /// agreed to.
    fn steps(&mut self, mut text: Text) {
        for transform in self.request.transforms.iter().copied() {
            let (safe, mut agreed) = self.sorted(transform, text.known());
            if let Some(after) = self.step(transform, safe, &text) {
                text = after;
                if !agreed.is_empty() {
                    agreed = self.open_changes(transform, text.known());
                    agreed.retain(|change| {
                        change.safety != Safety::Safe
                            && self.request.agrees(transform, &change.safety)
                    });
                }
            }
            if let Some(after) = self.step(transform, agreed, &text) {
                text = after;
            }
        }
        self.announce_waiting(&text);
        if self.request.transforms.iter().any(|it| it.is_for_contexts()) {
            let facts = text.known().facts;
            let (takes, whole) = facts.takes();
            let start = whole.map(|index| facts.file.instructions[index].span.start);
            self.outcome.takes_all = start.map(|start| self.original_line(start));
            self.outcome.takes = Some(takes);
        }
    }

    fn propose(&self, transform: &Transform, known: Known) -> Vec<Proposal> {
        let options = self.request.options.of(&transform.id);
        let (file, facts, files) = (known.file, known.facts, self.files);
        transform.propose(&Context { file, facts, options, files })
    }

    /// The changes that nothing keeps away.
    fn open_changes(&self, transform: &Transform, known: Known) -> Vec<Change> {
        let proposals = self.propose(transform, known).into_iter();
        let changes = proposals.filter_map(|proposal| match proposal {
            Proposal::Change(change) => Some(change),
            Proposal::Declined(_) => None,
        });
        changes.filter(|change| self.is_open(transform, change, known)).collect()
    }

    fn is_open(&self, transform: &Transform, change: &Change, known: Known) -> bool {
        suppressed(transform, change.span, known).is_none()
            && limits::exceeded(self.request.options.of(&transform.id), change, known).is_none()
    }

    /// Safe changes, and unsafe ones that the user agreed to. The rest is taken note of.
    fn sorted(&mut self, transform: &'t Transform, known: Known) -> (Vec<Change>, Vec<Change>) {
        let (mut safe, mut agreed) = (Vec::new(), Vec::new());
        for proposal in self.propose(transform, known) {
            let (about, at) = match &proposal {
                Proposal::Change(change) => (change.span, change.span),
                Proposal::Declined(declined) => (declined.span, declined.at),
            };
            let suppression = suppressed(transform, about.to(at), known);
            if let Some(suppression) = suppression {
                let line = self.original_line(suppression.span.start);
                self.used.push(line);
            }
            // Where the author says why, that is told, and not what else stops it.
            let is_told = matches!(proposal, Proposal::Change(_))
                || suppression.is_some_and(|it| it.is_ours());
            if let Some(suppression) = suppression.filter(|_| is_told) {
                let why = suppression.reason.map_or(String::new(), |why| format!(": {why}"));
                let reason = format!("a comment in the file suppresses it{why}");
                let span = suppression.span;
                self.decline(
                    transform,
                    Declined { span: about, at: span, code: "suppressed", reason },
                );
                continue;
            }
            match proposal {
                Proposal::Change(change) => {
                    let options = self.request.options.of(&transform.id);
                    match limits::exceeded(options, &change, known) {
                        Some(declined) => self.decline(transform, declined),
                        None if !self.request.agrees(transform, &change.safety) => {
                            self.wait(transform);
                        }
                        None if change.safety == Safety::Safe => safe.push(change),
                        None => agreed.push(change),
                    }
                }
                Proposal::Declined(declined) => self.decline(transform, declined),
            }
        }
        (safe, agreed)
    }

    fn wait(&mut self, transform: &'t Transform) {
        if !self.asks.iter().any(|it| it.id == transform.id) {
            self.asks.push(transform);
        }
    }

    fn decline(&mut self, transform: &'t Transform, declined: Declined) {
        let (line, stopped_by_line) =
            (self.original_line(declined.span.start), self.original_line(declined.at.start));
        self.outcome.declined.push(DeclinedBy { transform, declined, line, stopped_by_line });
    }

    /// The line of the original text from which the byte at `offset` of the text at hand came.
    fn original_line(&self, offset: usize) -> usize {
        let offset = self.history.iter().rev().fold(offset, |at, moves| moves.before(at));
        self.lines.get_or_init(|| LineIndex::new(self.source)).line(offset)
    }

    /// Proves `changes` on `before`. What fails its proof is dropped and reported; the text that the rest
    /// makes is returned, if there is any.
    fn step(
        &mut self,
        transform: &'t Transform,
        changes: Vec<Change>,
        before: &Text,
    ) -> Option<Text> {
        if changes.is_empty() {
            return None;
        }
        let repeat = |after: Known, safety: &Safety| {
            let is_same = |it: &&Change| (it.safety == Safety::Safe) == (*safety == Safety::Safe);
            self.open_changes(transform, after).iter().filter(is_same).count()
        };
        let proven = proof::keep_proven(before, changes, &repeat);
        for (change, message) in proven.failed {
            let line = self.original_line(change.span.start);
            self.outcome.failures.push(Failure { transform, line, message });
        }
        let (changes, after) = (proven.changes, proven.after?);
        self.history.push(Moves::of(changes.iter().flat_map(|change| &change.edits)));
        let step = self.made(transform, changes, before, &after);
        self.outcome.steps.push(step);
        Some(after)
    }

    /// What else there is to gain, on top of all that was done.
    fn announce_waiting(&mut self, before: &Text) {
        for transform in std::mem::take(&mut self.asks) {
            let mut changes = self.open_changes(transform, before.known());
            changes.retain(|change| !self.request.agrees(transform, &change.safety));
            // Each for itself: on the way to a file, one comes after the other.
            let (safe, changes): (Vec<_>, Vec<_>) =
                changes.into_iter().partition(|change| change.safety == Safety::Safe);
            let (drafts, waiting): (Vec<_>, Vec<_>) = changes
                .into_iter()
                .partition(|change| self.request.agrees_if_verified(transform, &change.safety));
            for (changes, is_draft) in [(safe, false), (waiting, false), (drafts, true)] {
                let proven = proof::keep_proven(before, changes, &|_, _| 0);
                let Some(after) = proven.after else { continue };
                let step = self.made(transform, proven.changes, before, &after);
                match is_draft {
                    true => self.outcome.drafts.push(step),
                    false => self.outcome.waiting.push(step),
                }
            }
        }
    }

    fn made(
        &self,
        transform: &'t Transform,
        changes: Vec<Change>,
        before: &Text,
        after: &Text,
    ) -> Step<'t> {
        let (before, after) = (before.source().clone(), after.source().clone());
        let changes = self.request.told(transform, changes);
        let worth = changes.iter().flat_map(|change| change.delta.worth()).collect();
        Step { transform, changes, before, after, worth }
    }

    /// The lines of our own suppressions that name a transform which runs.
    fn our_suppressions(&self, facts: &Facts) -> Vec<usize> {
        let ran = |code: &&str| self.request.transforms.iter().any(|it| it.id == **code);
        let ours = facts.suppressions.iter().filter(|it| it.is_ours() && it.codes.iter().any(ran));
        ours.map(|it| self.original_line(it.span.start)).collect()
    }
}

/// The suppression that keeps `transform` away from the instructions at `span`, if there is one.
fn suppressed<'f>(
    transform: &Transform,
    span: Span,
    known: Known<'f>,
) -> Option<&'f Suppression<'f>> {
    known.facts.suppressions.iter().find(|suppression| {
        let names = |code: &&str| match suppression.is_ours() {
            true => transform.id == **code,
            false => transform.rules.contains(code),
        };
        suppression.scope.reaches(known.file, span) && suppression.codes.iter().any(names)
    })
}

/// Where the edits of a step moved what stands behind them.
struct Moves(Vec<Move>);

struct Move {
    /// In the text after the step.
    start: usize,
    end: usize,
    /// Where it was in the text before.
    before: Span,
}

impl Moves {
    fn of<'e>(edits: impl Iterator<Item = &'e Edit>) -> Self {
        let mut edits: Vec<&Edit> = edits.collect();
        edits.sort_by_key(|edit| edit.span);
        let (mut added, mut removed) = (0, 0);
        let moves = edits.into_iter().map(|edit| {
            let start = edit.span.start + added - removed;
            added += edit.text.len();
            removed += edit.span.end - edit.span.start;
            Move { start, end: start + edit.text.len(), before: edit.span }
        });
        Self(moves.collect())
    }

    /// Where the byte at `offset` was before the step; what was inserted was where it was put.
    fn before(&self, offset: usize) -> usize {
        let past = self.0.partition_point(|it| it.start <= offset);
        match past.checked_sub(1).map(|at| &self.0[at]) {
            None => offset,
            Some(it) if offset < it.end => it.before.start,
            Some(it) => it.before.end + (offset - it.end),
        }
    }
}

impl Outcome<'_> {
    /// Nothing was done and nothing found.
    pub fn empty() -> Self {
        Self {
            steps: Vec::new(),
            waiting: Vec::new(),
            drafts: Vec::new(),
            declined: Vec::new(),
            unused_suppressions: Vec::new(),
            failures: Vec::new(),
            left_alone: None,
            takes: None,
            takes_all: None,
        }
    }

    /// The text after all steps; `None` if there are none.
    pub fn result(&self) -> Option<&Arc<str>> {
        self.steps.last().map(|step| &step.after)
    }
}
