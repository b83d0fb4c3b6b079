//! The text of a stage on another base image.

use super::super::base::Choice;
use super::super::case::Case;
use super::super::plan::{Plan, Start};
use super::super::program::Program;
use super::super::{Stop, emit};
use crate::effect::rebase::{Rebase, is_done_by, is_led};
use crate::effect::{Delta, Difference};
use crate::images::runtime::RuntimeImage;
use crate::rewrite::line_end;
use crate::syntax::{Body, ItemKind, Keyword, expand};
use crate::text::{Edit, Span};
use crate::transform::Change;
use std::collections::BTreeSet;

/// The base image in the words of the file.
pub(super) fn written(case: &Case) -> String {
    match &case.cx.file.instructions[case.stage().instructions.start].body {
        Body::From { image, .. } => image.text.to_string(),
        _ => String::new(),
    }
}

/// The change that puts the stage on an image.
pub(super) fn emitted(
    case: &Case,
    program: &Program,
    plan: &Plan,
    choice: Choice,
    start: Option<Start>,
) -> Result<Change, Stop> {
    let from = case.stage().instructions.start;
    if written(case) == choice.image.reference {
        return Err(case.stop("no-gain", "it is on that image already".to_owned()));
    }
    let image = &choice.image;
    let assigned = if start.is_some() { &program.assigned[..] } else { &[] };
    let mut added = added(case, image)?;
    let has_entrypoint = !case.stage().all(case.cx.file, Keyword::Entrypoint).is_empty();
    if let Some(start) = start.as_ref().filter(|it| !it.entrypoint.is_empty() && !has_entrypoint) {
        added.retain(|it| it != "ENTRYPOINT []");
        added.push(emit::text::exec(Keyword::Entrypoint, &start.entrypoint));
    }
    for (name, value) in plan.environment.iter().chain(assigned) {
        added.push(format!("ENV {name}={}", emit::text::quoted(value)));
    }
    let runs = case.cx.facts.runs_of(case.stage);
    let dropped = runs.filter(|run| !image.has_shell && is_done_by(case.cx.facts, run, image));
    let rewritten = start.map(|start| emit::rewritten(case, program, &start, from));
    let rebase = Rebase {
        from,
        image: image.reference.to_string(),
        added,
        dropped: dropped.map(|run| run.instruction).collect(),
        rewritten: rewritten.unwrap_or_default(),
        contains: contained(case),
        left: plan.left.join(", "),
        bases: emit::left::bases(case, &Plan::default(), image),
    };
    rebase.check(case.cx.facts).map_err(|why| case.stop("needs-old-image", why))?;
    let edits = edits(case, &rebase)?;
    let end = edits.iter().map(|it| it.span.end).max().unwrap_or(0);
    let last = case.span(case.stage().instructions.end - 1).end;
    let mut notes = vec![format!("`{}`: {}", image.reference, choice.note)];
    notes.extend(program.through.iter().cloned());
    notes.extend(plan.notes.iter().cloned());
    Ok(Change {
        span: Span::new(case.from().start, last.max(end)),
        safety: emit::safety(plan),
        delta: Delta { differences: vec![Difference::Rebase(rebase)] },
        notes,
        edits,
    })
}

/// What the old image set and the new one does not.
fn added(case: &Case, image: &RuntimeImage) -> Result<Vec<String>, Stop> {
    let facts = case.cx.facts;
    let from = case.stage().instructions.start;
    let mut lines: Vec<String> = Vec::new();
    for used in inherited(case) {
        let is_set = image.environment.iter().any(|it| it.0 == used);
        match facts.variable(from + 1, &used) {
            _ if is_set => (),
            expand::Value::Unset => (),
            expand::Value::Set(value) => {
                lines.push(format!("ENV {used}={}", emit::text::quoted(&value)))
            }
            expand::Value::Unknown => {
                let reason = format!("`${used}` is of the base image, and its value is not known");
                return Err(case.stop("environment", reason));
            }
        }
    }
    let old = facts.workdir_at(from + 1).map(|it| it.path);
    if old.as_deref() != Some(image.workdir) && !is_led(facts, from) {
        let reason = || "the working directory of the base image is not known".to_owned();
        let old = old.ok_or_else(|| case.stop("workdir", reason()))?;
        lines.push(format!("WORKDIR {old}"));
    }
    let has_own = !case.stage().all(case.cx.file, Keyword::Entrypoint).is_empty();
    if !image.entrypoint.is_empty() && !has_own {
        lines.push("ENTRYPOINT []".to_owned());
    }
    Ok(lines)
}

/// Variables in the stage that the file does not set itself.
fn inherited(case: &Case) -> BTreeSet<String> {
    let instructions = &case.cx.file.instructions[case.stage().instructions.clone()];
    let own: BTreeSet<&str> = instructions
        .iter()
        .filter_map(|it| match &it.body {
            Body::Env { pairs, .. } | Body::Arg(pairs) => Some(pairs),
            _ => None,
        })
        .flatten()
        .map(|pair| &*pair.name.text)
        .collect();
    let mut used = BTreeSet::new();
    for instruction in instructions {
        let expands = instruction.keyword.expands();
        let names = expand::variables(&instruction.arguments.text, case.cx.file.escape);
        used.extend(
            names.unwrap_or_default().iter().filter(|_| expands).map(|it| it.name.to_string()),
        );
    }
    used.retain(|name| name != "PATH" && !own.contains(name.as_str()));
    used
}

/// What the stage puts into the image.
fn contained(case: &Case) -> Vec<String> {
    let all = case.cx.facts.arrivals();
    let own = all.into_iter().filter(|it| it.stage == case.stage).filter_map(|it| it.to);
    let mut all: Vec<String> = own.filter(|it| it != "/").collect();
    all.dedup();
    all
}

fn edits(case: &Case, rebase: &Rebase) -> Result<Vec<Edit>, Stop> {
    let file = case.cx.file;
    let Body::From { image, .. } = &file.instructions[rebase.from].body else {
        return Err(case.stop("unreadable", "the stage has no `FROM`".to_owned()));
    };
    let newline = line_end(file.source, image.span.end.saturating_sub(1));
    let mut edits = vec![Edit::replace(image.span, rebase.image.clone())];
    let item = |instruction: usize| {
        file.items.iter().position(|it| it.kind == ItemKind::Instruction(instruction))
    };
    if !rebase.added.is_empty() {
        let at = item(rebase.from).map_or(0, |at| file.items[at].span.end);
        let lines: String = rebase.added.iter().map(|it| format!("{it}{newline}")).collect();
        edits.push(Edit::insert(at, lines));
    }
    for at in &rebase.dropped {
        let Some(found) = item(*at) else { continue };
        let above = file.items[..found].iter().rev();
        let comments = above.take_while(|it| it.kind == ItemKind::Comment).count();
        let first = found - comments;
        // Of two blank lines around it one stays.
        let is_blank = |at: Option<usize>| {
            at.and_then(|at| file.items.get(at)).is_none_or(|it| it.kind == ItemKind::Blank)
        };
        let both = is_blank(first.checked_sub(1))
            && file.items.get(found + 1).is_some_and(|it| it.kind == ItemKind::Blank);
        let end = file.items[if both { found + 1 } else { found }].span.end;
        edits.push(Edit::replace(Span::new(file.items[first].span.start, end), String::new()));
    }
    for (at, text) in &rebase.rewritten {
        edits.push(Edit::replace(case.span(*at), text.clone()));
    }
    Ok(edits)
}
