//! Runs the transforms of a build context: once for its ignore file, with all that shares it.

use super::{DeclinedBy, Failure, Outcome, Request, Step};
use crate::effect::{Delta, Difference, exclusion};
use crate::facts::Facts;
use crate::project::Tree;
use crate::project::ignore_file::{IgnoreFile, IgnoreFileError, LineKind};
use crate::text::{self, LineIndex, Span};
use crate::transform::{Change, Proposal, Safety, SharedContext, Sharer, Transform};
use std::sync::Arc;

/// What an ignore file is proven with.
#[derive(Debug, Clone, Copy)]
pub struct Shared<'a> {
    pub tree: &'a Tree,
    pub sharers: &'a [Sharer<'a>],
}

/// Runs those transforms of `request` that are for contexts on the ignore file `source`, which is empty
/// where there is none.
pub fn run_for_context<'t>(
    shared: Shared<'_>,
    source: &str,
    request: &Request<'t>,
) -> Result<Outcome<'t>, IgnoreFileError> {
    let mut outcome = Outcome::empty();
    let mut ignore = IgnoreFile::parse(source)?;
    if let Some(broken) = ignore.unsendable() {
        let span = ignore.lines.get(broken.line - 1).map_or(Span::new(0, 0), |line| line.span);
        let position = LineIndex::new(source).position(span.start);
        let message = format!("BuildKit cannot send this pattern, because {}", broken.reason);
        let help = "take the character out: every build fails with it".to_owned();
        return Err(IgnoreFileError { span, position, message, help });
    }
    let mut text: Arc<str> = Arc::from(source);
    let transforms = request.transforms.iter().copied().filter(|it| it.is_for_contexts());
    for transform in transforms {
        if is_suppressed(&text, &ignore, transform) {
            outcome.left_alone = Some("a comment in it says so".to_owned());
            continue;
        }
        for agreed in [false, true] {
            let run = Run { shared, transform, request, source: &text, ignore: &ignore };
            let mut changes = Vec::new();
            for proposal in run.propose(&text, &ignore) {
                match proposal {
                    Proposal::Change(change) => changes.push(change),
                    Proposal::Declined(declined) if !agreed => {
                        let lines = LineIndex::new(&text);
                        let line = lines.line(declined.span.start);
                        let stopped_by_line = lines.line(declined.at.start);
                        let declined = DeclinedBy { transform, declined, line, stopped_by_line };
                        outcome.declined.push(declined);
                    }
                    Proposal::Declined(_) => (),
                }
            }
            changes.retain(|change| (change.safety == Safety::Safe) != agreed);
            if changes.is_empty() {
                continue;
            }
            let (step, next) = run.step(changes, &mut outcome);
            let Some(mut step) = step else { continue };
            let waits = step.changes.iter().any(|it| !request.agrees(transform, &it.safety));
            step.changes = request.told(transform, step.changes);
            if waits {
                outcome.waiting.push(step);
            } else {
                (text, ignore) = (step.after.clone(), next);
                outcome.steps.push(step);
            }
        }
    }
    Ok(outcome)
}

/// Whether a comment of an ignore file keeps `transform` away.
fn is_suppressed(text: &str, ignore: &IgnoreFile, transform: &Transform) -> bool {
    let comments = ignore.lines.iter().filter(|line| line.kind == LineKind::Comment);
    let mut words = comments.filter_map(|line| {
        line.span.of(text).trim_start_matches('#').trim_start().strip_prefix("jettison ")
    });
    words.any(|said| {
        let said = said.split(':').next().unwrap_or_default().trim();
        let codes = said.strip_prefix("ignore=").unwrap_or_default();
        said == "ignore-file" || codes.split(',').any(|code| code.trim() == transform.id)
    })
}

struct Run<'r, 't> {
    shared: Shared<'r>,
    transform: &'t Transform,
    request: &'r Request<'t>,
    source: &'r Arc<str>,
    ignore: &'r IgnoreFile,
}

impl<'t> Run<'_, 't> {
    fn propose(&self, source: &str, ignore: &IgnoreFile) -> Vec<Proposal> {
        let Shared { tree, sharers } = self.shared;
        let options = self.request.options.of(&self.transform.id);
        let context = SharedContext { source, ignore, tree, sharers, options };
        self.transform.propose_for_context(&context)
    }

    /// The step that the proven ones of `changes` make, and the ignore file after it.
    fn step(
        &self,
        changes: Vec<Change>,
        outcome: &mut Outcome<'t>,
    ) -> (Option<Step<'t>>, IgnoreFile) {
        let mut kept: Vec<Change> = Vec::new();
        let mut proven = match self.prove(&changes) {
            Ok(proven) => {
                kept = changes;
                Some(proven)
            }
            Err(_) => {
                let mut last = None;
                for change in changes {
                    kept.push(change);
                    match self.prove(&kept) {
                        Ok(proven) => last = Some(proven),
                        Err(message) => outcome.failures.extend(kept.pop().map(|change| {
                            let line = LineIndex::new(self.source).line(change.span.start);
                            Failure { transform: self.transform, line, message }
                        })),
                    }
                }
                last
            }
        };
        let again = |(text, ignore): &(Arc<str>, IgnoreFile)| {
            let safe = kept.first().is_some_and(|change| change.safety == Safety::Safe);
            let again = self.propose(text, ignore).into_iter();
            again
                .filter(|it| match it {
                    Proposal::Change(change) => (change.safety == Safety::Safe) == safe,
                    Proposal::Declined(_) => false,
                })
                .count()
        };
        if let Some(count) = proven.as_ref().map(again).filter(|count| *count > 0)
            && outcome.failures.is_empty()
        {
            let message = format!("it would propose {count} more on its own output");
            outcome.failures.push(Failure { transform: self.transform, line: 1, message });
            proven = None;
        }
        let Some((after, ignore)) = proven else { return (None, self.ignore.clone()) };
        let (transform, before) = (self.transform, self.source.clone());
        let worth = Vec::new();
        (Some(Step { transform, changes: kept, before, after, worth }), ignore)
    }

    fn prove(&self, changes: &[Change]) -> Result<(Arc<str>, IgnoreFile), String> {
        let edits = changes.iter().flat_map(|change| &change.edits);
        if edits.clone().any(|edit| !edit.span.is_empty()) {
            return Err("an edit takes away what is there".to_owned());
        }
        let after = text::apply(self.source, edits).map_err(|_| "two edits overlap".to_owned())?;
        if self.source.contains('\n') && line_ends(&after) != line_ends(self.source) {
            return Err("line ends change".to_owned());
        }
        let new = IgnoreFile::parse(&after).map_err(|error| error.to_string())?;
        if let Some(broken) = new.unsendable() {
            return Err(broken.to_string());
        }
        let deltas: Vec<&Delta> = changes.iter().map(|change| &change.delta).collect();
        let builds: Vec<&Facts> = self.shared.sharers.iter().map(|it| it.facts).collect();
        exclusion::check(self.ignore, &new, &deltas, self.shared.tree, &builds)?;
        let safe = changes.iter().all(|change| change.safety == Safety::Safe);
        if safe {
            keeps_images(&deltas, &builds, self.shared.tree)?;
        }
        Ok((Arc::from(after), new))
    }
}

/// Whether lines end with LF alone, and whether any ends with CRLF.
fn line_ends(text: &str) -> (bool, bool) {
    let crlf = text.matches("\r\n").count();
    (text.matches('\n').count() > crlf, crlf > 0)
}

/// No file that goes was in an image.
fn keeps_images(deltas: &[&Delta], builds: &[&Facts], tree: &Tree) -> Result<(), String> {
    for difference in deltas.iter().flat_map(|delta| &delta.differences) {
        let Difference::Exclude { patterns, .. } = difference else { continue };
        for pattern in patterns.iter().filter(|it| !it.starts_with('!')) {
            if builds.iter().any(|facts| exclusion::shipped_by(facts, tree, pattern).is_some()) {
                return Err(format!("files that `{pattern}` matches may be in an image"));
            }
        }
    }
    Ok(())
}
