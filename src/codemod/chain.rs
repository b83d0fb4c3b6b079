//! How commands come into a chain and out of it, so that the rest means what it meant.

use super::command::Hit;
use super::template::Filled;
use crate::effect::program::pipelines;
use crate::facts::RunScript;
use crate::shell::{self, ConnectorKind, Dialect, Script, Statement};
use crate::syntax::Joined;
use crate::text::Span;
use std::ops::Range;

/// Whether something is the whole of its script.
pub(super) fn is_all(hit: &Hit) -> bool {
    let chain = &hit.chain;
    let alone = chain.next.is_none() && chain.previous.is_none();
    alone && hit.whole && hit.to - hit.from + 1 == chain.pipelines.len()
}

/// A text in the place of what was found, in braces where it has to stay together.
pub(super) fn fitted(hit: &Hit, filled: Filled) -> Result<Filled, String> {
    let wrong = || format!("`{}` is not read with certainty", filled.text);
    let script = shell::parse(&filled.text, Dialect::Unknown).ok_or_else(wrong)?;
    let chain = &hit.chain;
    let alone = hit.whole && hit.to - hit.from + 1 == chain.pipelines.len();
    let fits = match &*script.body.statements {
        [] => return Err("nothing would be left to run".to_owned()),
        [only] if only.terminator.is_some() => false,
        [only] if only.rest.is_empty() => true,
        [only] => {
            let with_and = only.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
            let around = chain.connectors.iter().all(|it| *it == ConnectorKind::And);
            hit.whole && !chain.negated && (alone || (with_and && around))
        }
        _ => is_all(hit),
    };
    // `!` is about a whole pipeline.
    let negated = matches!(&*script.body.statements, [only] if only.first.negated);
    if fits && (hit.whole || !negated) {
        return Ok(filled);
    }
    let close = if filled.text.trim_end().ends_with([';', '&']) { " }" } else { "; }" };
    let braced = |text: &str| format!("{{ {}{close}", text.trim());
    Ok(Filled { source: braced(&filled.source), text: braced(&filled.text) })
}

/// The place in the source that goes with what was found.
pub(super) fn removed(hit: &Hit, joined: &Joined) -> Result<Span, String> {
    let chain = &hit.chain;
    if !hit.whole {
        return Err("it is a part of a pipeline".to_owned());
    }
    let start = |at: usize| joined.source_offset(at);
    let end = |at: usize| joined.source_offset(at - 1) + 1;
    let last = chain.pipelines.len() - 1;
    if hit.from == 0 && hit.to == last {
        if chain.background {
            return Err("it runs in the background".to_owned());
        }
        return match (chain.next, chain.previous) {
            (Some(next), _) => {
                let place = chain.statement.start..chain.statement.end;
                let (from, to) = own_lines(&joined.text, place, next);
                Ok(Span::new(start(from), start(to)))
            }
            (None, Some(previous)) => Ok(Span::new(end(previous), end(chain.statement.end))),
            (None, None) => Err("nothing would be left where it stands".to_owned()),
        };
    }
    if chain.negated || chain.connectors.contains(&ConnectorKind::Or) {
        return Err("the chain that it is in would mean something else".to_owned());
    }
    match hit.to < last {
        true => Ok(Span::new(
            start(chain.pipelines[hit.from].start),
            start(chain.pipelines[hit.to + 1].start),
        )),
        false => {
            Ok(Span::new(end(chain.pipelines[hit.from - 1].end), end(chain.pipelines[hit.to].end)))
        }
    }
}

/// What goes with a statement that another follows: up to that, or its own lines where a comment on the next stands
/// between them.
fn own_lines(text: &str, statement: Range<usize>, next: usize) -> (usize, usize) {
    let between = &text[statement.end..next];
    let line = between.find('\n').filter(|at| between[*at..].contains('#'));
    let Some(line) = line else { return (statement.start, next) };
    let above = text[..statement.start].rfind('\n').map_or(0, |at| at + 1);
    match text[above..statement.start].trim().is_empty() {
        true => (above, statement.end + line + 1),
        false => (statement.start, statement.end + line + 1),
    }
}

/// Whether a script has these commands already, at its start or its end.
pub(super) fn contains(script: &Script, command: &str) -> bool {
    let Some(wanted) = shell::parse(command, Dialect::Unknown) else { return false };
    let forms = |script: &Script| -> Vec<String> {
        let all = script.body.statements.iter().flat_map(pipelines);
        all.map(|it| script.canonical_pipeline(it)).collect()
    };
    let (own, wanted) = (forms(script), forms(&wanted));
    !wanted.is_empty() && (own.starts_with(&wanted) || own.ends_with(&wanted))
}

/// Where a command comes before or behind a script, and the text there.
pub(super) fn joined(
    script: &RunScript,
    command: &str,
    first: bool,
    heredoc: bool,
) -> Option<(Span, String)> {
    let statements = &script.parsed.body.statements;
    let at = |offset: usize| Span::new(offset, offset);
    let only_and = |it: &Statement| it.rest.iter().all(|(with, _)| with.kind == ConnectorKind::And);
    let own = shell::parse(command, Dialect::Unknown)?;
    let [statement] = &*own.body.statements else { return None };
    if !only_and(statement) || statement.terminator.is_some() {
        return None;
    }
    if first {
        let start = statements.first()?;
        let place = at(script.joined.source_offset(start.span.start));
        let plain = statements.len() == 1 && only_and(start) && start.terminator.is_none();
        return match (heredoc, plain) {
            (true, _) => Some((place, format!("{command}\n"))),
            (false, true) => Some((place, format!("{command} && "))),
            (false, false) => None,
        };
    }
    let end = statements.last()?;
    if end.terminator.is_some() && !heredoc {
        return None;
    }
    let place = at(script.joined.source_offset(end.span.end.checked_sub(1)?) + 1);
    match heredoc {
        true => Some((place, format!("\n{command}"))),
        false if statements.len() == 1 => Some((place, format!(" && {command}"))),
        false => None,
    }
}
