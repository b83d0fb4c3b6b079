//! `--format json`: everything that is known, for programs. `docs/json.md` describes it.

use super::patch::patch;
use super::summary::{Summary, Total};
use super::{Action, FileReport, Format, Piece, Problem, Style, Written};
use crate::pipeline::{Outcome, Step};
use crate::syntax::SyntaxError;
use crate::text::{LineIndex, Span};
use crate::transform::{Change, Safety};
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Raised whenever a reader of an older version would misunderstand the document.
pub const VERSION: u32 = 1;

/// One document, written file by file.
#[derive(Debug)]
pub struct Json {
    style: Style,
    files: usize,
}

impl Json {
    pub fn new(style: Style) -> Self {
        Self { style, files: 0 }
    }

    fn opening(&self) -> String {
        format!("{{\"version\":{VERSION},\"tool\":{},\"files\":[", tool())
    }
}

pub(super) fn tool() -> Value {
    json!({ "name": "jettison", "version": env!("CARGO_PKG_VERSION") })
}

impl Format for Json {
    fn render(&self, file: &FileReport<'_>) -> Piece {
        Piece { full: document(file).to_string().into_bytes(), ..Piece::default() }
    }

    fn add(&mut self, piece: Piece) -> Vec<u8> {
        let before = if self.files == 0 { self.opening() } else { ",".to_owned() };
        self.files += 1;
        [before.into_bytes(), b"\n".to_vec(), piece.full].concat()
    }

    fn finish(&mut self, summary: &Summary) -> Vec<u8> {
        let before = if self.files == 0 { self.opening() } else { String::new() };
        let totals = totals(summary, self.style.action);
        format!("{before}\n],\"summary\":{totals}}}\n").into_bytes()
    }
}

pub(super) fn document(file: &FileReport<'_>) -> Value {
    let mut value = match &file.result {
        Ok(outcome) => examined(file, outcome),
        Err(problem) => json!({ "status": "error", "errors": errors(&file.source, problem) }),
    };
    value["path"] = file.name.as_str().into();
    value["new"] = file.is_new.into();
    value["written"] = (file.written == Written::Yes).into();
    value["warnings"] = file.warnings.clone().into();
    if let Written::Failed(message) = &file.written {
        value["status"] = "error".into();
        value["errors"] = json!([{ "kind": "write", "message": message }]);
    }
    value
}

fn examined(file: &FileReport<'_>, outcome: &Outcome<'_>) -> Value {
    let change = file.change();
    let declined = outcome.declined.iter().map(|each| {
        json!({
            "transform": each.transform.id,
            "code": each.declined.code,
            "reason": each.declined.reason,
            "line": each.line,
            "stopped_by_line": each.stopped_by_line,
        })
    });
    let failures = outcome.failures.iter().map(|failure| {
        let id = &failure.transform.id;
        json!({ "transform": id, "line": failure.line, "message": failure.message })
    });
    json!({
        "status": if change.is_some() { "changed" } else { "unchanged" },
        "diff": change.map(|(before, after)| {
            String::from_utf8_lossy(&patch(file, before, after)).into_owned()
        }),
        "steps": outcome.steps.iter().map(step).collect::<Vec<_>>(),
        "waiting": outcome.waiting.iter().map(step).collect::<Vec<_>>(),
        "drafts": outcome.drafts.iter().map(step).collect::<Vec<_>>(),
        "declined": declined.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
        "unused_suppressions": outcome.unused_suppressions,
        "left_alone": outcome.left_alone,
        "errors": [],
    })
}

fn step(step: &Step<'_>) -> Value {
    let lines = LineIndex::new(&step.before);
    json!({
        "transform": step.transform.id,
        "summary": step.transform.summary,
        "changes": step.changes.iter().map(|each| change(each, &lines)).collect::<Vec<_>>(),
        "worth": step.worth,
    })
}

fn change(change: &Change, lines: &LineIndex<'_>) -> Value {
    let (safety, reason) = match &change.safety {
        Safety::Safe => ("safe", None),
        Safety::Unsafe(reason) | Safety::Structural(reason) => ("unsafe", Some(reason)),
        Safety::Draft(reason) => ("draft", Some(reason)),
    };
    let edits = change
        .edits
        .iter()
        .map(|edit| json!({ "start": edit.span.start, "end": edit.span.end, "text": edit.text }));
    json!({
        "span": place(change.span, lines),
        "safety": safety,
        "reason": reason,
        "delta": change.delta.describe(),
        "notes": change.notes,
        "edits": edits.collect::<Vec<_>>(),
    })
}

#[derive(Serialize)]
struct Place {
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    end_line: usize,
}

fn place(span: Span, lines: &LineIndex<'_>) -> Value {
    let start = lines.position(span.start);
    let last = span.end.saturating_sub(1).max(span.start);
    json!(Place {
        start: span.start,
        end: span.end,
        line: start.line,
        column: start.column,
        end_line: lines.line(last),
    })
}

/// What is wrong with a file that has the text `source`.
pub(super) fn errors(source: &str, problem: &Problem) -> Vec<Value> {
    match problem {
        Problem::Unreadable(message) => vec![json!({ "kind": "read", "message": message })],
        Problem::Bug(message) => vec![json!({ "kind": "bug", "message": message })],
        Problem::Unparsable(errors) => {
            let lines = LineIndex::new(source);
            errors.iter().map(|error| syntax_error(error, &lines)).collect()
        }
    }
}

fn syntax_error(error: &SyntaxError, lines: &LineIndex<'_>) -> Value {
    json!({
        "kind": "syntax",
        "message": error.message,
        "help": error.help,
        "span": place(error.span, lines),
    })
}

fn totals(summary: &Summary, action: Action) -> Value {
    let applied = summary.applied.iter().map(|(id, total)| with_id(id, *total));
    let waiting = summary.waiting.iter().map(|(id, waiting)| {
        let mut value = with_id(id, waiting.total);
        value["reasons"] = json!(waiting.reasons);
        value["command"] = json!(summary.commands.allow.get(id));
        value
    });
    let drafts = summary.drafts.iter().map(|(id, drafts)| {
        let mut value = with_id(id, drafts.total);
        value["reasons"] = json!(drafts.reasons);
        value["command"] = json!(summary.commands.verify);
        value
    });
    let declined = summary.declined_by_frequency();
    let declined = declined
        .iter()
        .map(|(id, code, number)| json!({ "transform": id, "code": code, "count": number }));
    let problems = summary
        .stray_problems
        .iter()
        .map(|problem| json!({ "path": problem.place, "message": problem.message }));
    json!({
        "examined": summary.examined,
        "changed": summary.changed,
        "written": summary.written,
        "errors": summary.problems(),
        "skipped": summary.skipped.iter().map(|(noun, number)| (Cow::from(*noun), *number))
            .collect::<std::collections::BTreeMap<_, _>>(),
        "transforms": applied.collect::<Vec<_>>(),
        "waiting": waiting.collect::<Vec<_>>(),
        "drafts": drafts.collect::<Vec<_>>(),
        "declined": declined.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
        "stopped": summary.stopped,
        "exit_code": summary.exit_code(action),
    })
}

fn with_id(id: &str, total: Total) -> Value {
    json!({ "transform": id, "changes": total.changes, "files": total.files })
}
