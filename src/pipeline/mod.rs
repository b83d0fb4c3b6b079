//! Runs transforms in order, one step each, and proves each step.
//!
//! Every step starts from a fresh parse of the text that the step before it produced. This module
//! names no transform.

mod proof;

use crate::facts::{Facts, Suppression, SuppressionScope, suppressions};
use crate::syntax::{self, Dockerfile, SyntaxError};
use crate::text::{self, Edit, LineIndex, Span};
use crate::transform::{Change, Context, Declined, Options, Proposal, Safety, Transform};
use std::cell::OnceCell;
use std::sync::Arc;

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
}

impl Agreement {
    fn to(&self, transform: &Transform) -> bool {
        match self {
            Self::SafeOnly => false,
            Self::Allowed(ids) => ids.iter().any(|id| *id == transform.id),
            Self::All => true,
        }
    }
}

/// What one transform did with one kind of safety: one titled diff, one commit's worth of change.
#[derive(Debug, Clone)]
pub struct Step<'t> {
    pub transform: &'t Transform,
    pub changes: Vec<Change>,
    pub before: Arc<str>,
    pub after: Arc<str>,
}

/// All that running the transforms on one file gave.
#[derive(Debug, Clone)]
pub struct Outcome<'t> {
    /// What was proven and agreed to; each starts where the one before it ended.
    pub steps: Vec<Step<'t>>,
    /// Unsafe steps that nobody agreed to, each from the text after all of `steps`: what is to gain.
    pub waiting: Vec<Step<'t>>,
    pub declined: Vec<DeclinedBy<'t>>,
    /// Suppression comments that suppress nothing: the line in the original.
    pub unused_suppressions: Vec<usize>,
    /// Changes dropped because their proof failed: bugs of ours.
    pub failures: Vec<Failure<'t>>,
    /// Why the file was left alone as a whole, if it was.
    pub left_alone: Option<String>,
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

/// Runs `request` on `source`. A source that does not parse is never rewritten.
pub fn run<'t>(source: &str, request: &Request<'t>) -> Result<Outcome<'t>, Vec<SyntaxError>> {
    let mut run = Run::new(source, request);
    if let Some(reason) = other_frontend(source) {
        run.outcome.left_alone = Some(reason);
        return Ok(run.outcome);
    }
    let mut next = 0;
    while next < request.transforms.len() {
        // A parse borrows the text that it was made from, so each text gets a turn of its own.
        let text = run.text.clone();
        next = run.until_text_changes(&text, next)?;
    }
    run.announce_waiting()?;
    run.report_unused_suppressions();
    Ok(run.outcome)
}

/// A frontend other than Docker's own may know other instructions.
fn other_frontend(source: &str) -> Option<String> {
    let frontend = syntax::frontend(source)?;
    let image = frontend.image.split('@').next().unwrap_or_default();
    let name = image.strip_prefix("docker.io/").unwrap_or(image).split(':').next();
    let known = matches!(name, Some("docker/dockerfile" | "docker/dockerfile-upstream"));
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
    lines: OnceCell<LineIndex<'r>>,
    text: Arc<str>,
    /// For each step, where its edits moved things.
    history: Vec<Moves>,
    /// The kind of safety that the transform at hand has done already.
    done: Option<bool>,
    /// Lines of suppressions that suppressed something.
    used: Vec<usize>,
    /// Transforms that proposed something that nobody agreed to.
    asks: Vec<&'t Transform>,
    outcome: Outcome<'t>,
}

impl<'r, 't> Run<'r, 't> {
    fn new(source: &'r str, request: &'r Request<'t>) -> Self {
        let outcome = Outcome {
            steps: Vec::new(),
            waiting: Vec::new(),
            declined: Vec::new(),
            unused_suppressions: Vec::new(),
            failures: Vec::new(),
            left_alone: None,
        };
        Self {
            request,
            source,
            lines: OnceCell::new(),
            text: Arc::from(source),
            history: Vec::new(),
            done: None,
            used: Vec::new(),
            asks: Vec::new(),
            outcome,
        }
    }

    /// Runs transforms on `text`, from number `next` on, until one makes another text of it.
    /// Returns the number with which to go on.
    fn until_text_changes(&mut self, text: &str, next: usize) -> Result<usize, Vec<SyntaxError>> {
        let file = syntax::parse(text)?;
        let facts = Facts::new(&file);
        if is_ignored(&facts) {
            let reason = "a comment in it says `jettison ignore-file`".to_owned();
            self.outcome.left_alone = Some(reason);
            return Ok(self.request.transforms.len());
        }
        let before = OnceCell::new();
        for (number, transform) in self.request.transforms.iter().enumerate().skip(next) {
            let proposals = self.propose(transform, &file, &facts);
            let (safe, agreed) = self.sort(transform, proposals, &file, &facts);
            let ends = agreed.is_empty();
            for (kind, changes) in [(true, safe), (false, agreed)] {
                // A second turn of the same transform only does what was agreed to.
                if changes.is_empty() || self.done.is_some_and(|done| done == kind || !done) {
                    continue;
                }
                let before = before.get_or_init(|| proof::Before::new(&file, &facts));
                if self.step(transform, changes, before) {
                    self.done = (!ends).then_some(kind);
                    return Ok(if ends { number + 1 } else { number });
                }
            }
            self.done = None;
        }
        Ok(self.request.transforms.len())
    }

    fn propose(&self, transform: &Transform, file: &Dockerfile, facts: &Facts) -> Vec<Proposal> {
        let context = Context { file, facts, options: &self.request.options };
        transform.propose(&context)
    }

    /// Safe changes, and unsafe ones that the user agreed to. The rest is taken note of.
    fn sort(
        &mut self,
        transform: &'t Transform,
        proposals: Vec<Proposal>,
        file: &Dockerfile,
        facts: &Facts,
    ) -> (Vec<Change>, Vec<Change>) {
        let (mut safe, mut agreed) = (Vec::new(), Vec::new());
        let first_turn = self.done.is_none();
        for proposal in proposals {
            let (span, at) = match &proposal {
                Proposal::Change(change) => (change.span, change.span),
                Proposal::Declined(declined) => (declined.span, declined.at),
            };
            let suppression = suppressed(transform, span.to(at), file, facts);
            if let Some(suppression) = suppression {
                let line = self.original_line(suppression.span.start);
                self.used.push(line);
            }
            match proposal {
                Proposal::Change(change) if suppression.is_some() => {
                    let reason = "a comment in the file suppresses it".to_owned();
                    let at = suppression.map_or(change.span, |it| it.span);
                    let declined = Declined { span: change.span, at, code: "suppressed", reason };
                    self.decline(transform, declined);
                }
                Proposal::Change(change) if change.safety == Safety::Safe => safe.push(change),
                Proposal::Change(change) if self.request.agreed.to(transform) => {
                    agreed.push(change)
                }
                Proposal::Change(_) => {
                    if !self.asks.iter().any(|it| it.id == transform.id) {
                        self.asks.push(transform);
                    }
                }
                // What is declined is reported for the text that the transform met first.
                Proposal::Declined(declined) if first_turn => self.decline(transform, declined),
                Proposal::Declined(_) => (),
            }
        }
        (safe, agreed)
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

    /// Applies and proves `changes`. What fails its proof is dropped and reported; whether anything
    /// was left is returned.
    fn step(
        &mut self,
        transform: &'t Transform,
        changes: Vec<Change>,
        before: &proof::Before,
    ) -> bool {
        let request = self.request;
        let repeat = |file: &Dockerfile, facts: &Facts, safety: &Safety| {
            let context = Context { file, facts, options: &request.options };
            let proposals = transform.propose(&context).into_iter();
            proposals.filter(|it| is_change_of_kind(it, safety, transform, file, facts)).count()
        };
        let (changes, failed) = proof::keep_proven(before, changes, &repeat);
        for (change, message) in failed {
            let line = self.original_line(change.span.start);
            self.outcome.failures.push(Failure { transform, line, message });
        }
        if changes.is_empty() {
            return false;
        }
        let edits: Vec<Edit> = changes.iter().flat_map(|change| change.edits.clone()).collect();
        let moves = Moves::of(&edits);
        let Ok(after) = text::apply(&self.text, edits) else { return false };
        let after: Arc<str> = Arc::from(after);
        let old = std::mem::replace(&mut self.text, after.clone());
        self.history.push(moves);
        self.outcome.steps.push(Step { transform, changes, before: old, after });
        true
    }

    /// What else there is to gain, on top of all that was done.
    fn announce_waiting(&mut self) -> Result<(), Vec<SyntaxError>> {
        if self.asks.is_empty() {
            return Ok(());
        }
        let text = self.text.clone();
        let file = syntax::parse(&text)?;
        let facts = Facts::new(&file);
        let before = proof::Before::new(&file, &facts);
        for transform in std::mem::take(&mut self.asks) {
            let proposals = self.propose(transform, &file, &facts).into_iter();
            let changes: Vec<Change> = proposals
                .filter_map(|proposal| match proposal {
                    Proposal::Change(change) if change.safety != Safety::Safe => Some(change),
                    _ => None,
                })
                .filter(|change| suppressed(transform, change.span, &file, &facts).is_none())
                .collect();
            let (changes, _) = proof::keep_proven(&before, changes, &|_, _, _| 0);
            let edits = changes.iter().flat_map(|change| change.edits.clone()).collect();
            if let (false, Ok(after)) = (changes.is_empty(), text::apply(&text, edits)) {
                let step =
                    Step { transform, changes, before: text.clone(), after: Arc::from(after) };
                self.outcome.waiting.push(step);
            }
        }
        Ok(())
    }

    /// Our own suppressions of transforms that ran and had nothing to propose there.
    fn report_unused_suppressions(&mut self) {
        if !self.source.contains("jettison") {
            return;
        }
        let Ok(file) = syntax::parse(self.source) else { return };
        let lines = LineIndex::new(self.source);
        for suppression in suppressions(&file).iter().filter(|it| it.is_ours()) {
            let line = lines.line(suppression.span.start);
            let ran = |code: &&str| self.request.transforms.iter().any(|it| it.id == **code);
            if suppression.codes.iter().any(ran) && !self.used.contains(&line) {
                self.outcome.unused_suppressions.push(line);
            }
        }
    }
}

fn is_change_of_kind(
    proposal: &Proposal,
    safety: &Safety,
    transform: &Transform,
    file: &Dockerfile,
    facts: &Facts,
) -> bool {
    let Proposal::Change(change) = proposal else { return false };
    let same = (change.safety == Safety::Safe) == (*safety == Safety::Safe);
    same && suppressed(transform, change.span, file, facts).is_none()
}

/// The suppression that keeps `transform` away from the instructions at `span`, if there is one.
fn suppressed<'f>(
    transform: &Transform,
    span: Span,
    file: &Dockerfile,
    facts: &'f Facts,
) -> Option<&'f Suppression<'f>> {
    facts.suppressions.iter().find(|suppression| {
        let names = |code: &&str| match suppression.is_ours() {
            true => transform.id == **code,
            false => transform.rules.contains(code),
        };
        let here = match suppression.scope {
            SuppressionScope::WholeFile => true,
            SuppressionScope::Instruction(index) => {
                file.instructions.get(index).is_some_and(|it| it.span.overlaps(span))
            }
        };
        here && suppression.codes.iter().any(names)
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
    fn of(edits: &[Edit]) -> Self {
        let mut edits: Vec<&Edit> = edits.iter().collect();
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
    /// The text after all steps; `None` if there are none.
    pub fn result(&self) -> Option<&Arc<str>> {
        self.steps.last().map(|step| &step.after)
    }
}
