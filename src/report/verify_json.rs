//! What came of verifying, as one JSON document, which `docs/verify.schema.json` describes.

use super::context::shown;
use crate::verify::case::{Measured, Verdict, Verification};
use crate::verify::compare::noise::Label;
use crate::verify::smoke::Evidence;
use serde::Serialize;
use std::path::Path;

/// Counted up when a field goes or means something else.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'v> {
    version: u32,
    tool: Tool,
    builds: Vec<Built<'v>>,
    /// Files that were written.
    written: &'v [String],
    exit_code: u8,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Built<'v> {
    path: &'v str,
    context: String,
    context_is_guess: bool,
    target: Option<&'v str>,
    steps: &'v [String],
    verdict: &'static str,
    /// The step that breaks it.
    broken_by: Option<&'v str>,
    reason: Option<&'v str>,
    before: Option<&'v Measured>,
    after: Option<&'v Measured>,
    differences: &'v [String],
    declared: Declared<'v>,
    noise: Option<Vec<Noise<'v>>>,
    dropped: Vec<Dropped<'v>>,
    findings: Vec<Finding<'v>>,
    mistakes: &'v [String],
    notes: &'v [String],
    log: &'v [String],
}

#[derive(Serialize)]
struct Declared<'v> {
    settings: &'v [String],
    gone: usize,
    come: usize,
    changed: usize,
    freed: u64,
    paths: &'v [String],
}

#[derive(Serialize)]
struct Noise<'v> {
    difference: &'v str,
    label: String,
}

#[derive(Serialize)]
struct Dropped<'v> {
    step: &'v str,
    reason: &'v str,
}

#[derive(Serialize)]
struct Finding<'v> {
    subject: String,
    result: &'static str,
    before: Option<&'v str>,
    after: Option<&'v str>,
    reason: Option<&'v str>,
}

/// The whole document, with a line end.
pub fn document(
    verified: &[Verification],
    written: &[String],
    here: &Path,
    exit_code: u8,
) -> String {
    let tool = Tool { name: "jettison", version: env!("CARGO_PKG_VERSION") };
    let builds = verified.iter().map(|it| built(it, here)).collect();
    let document = Document { version: VERSION, tool, builds, written, exit_code };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn built<'v>(it: &'v Verification, here: &Path) -> Built<'v> {
    let (broken_by, reason) = match &it.verdict {
        Verdict::Broken { step, why } => (step.as_deref(), Some(why.as_str())),
        Verdict::WasBroken(why) | Verdict::NotVerified(why) | Verdict::EngineFailed(why) => {
            (None, Some(why.as_str()))
        }
        Verdict::Same | Verdict::SameExceptDeclared | Verdict::Differs => (None, None),
    };
    let declared = &it.declared;
    let noise = it.noise.as_ref().map(|noise| {
        let one = |(difference, label): &'v (String, Label)| Noise {
            difference,
            label: label.to_string(),
        };
        noise.iter().map(one).collect()
    });
    Built {
        path: &it.name,
        context: shown(&it.build.context, here),
        context_is_guess: it.build.is_guess,
        target: it.build.target.as_deref(),
        steps: &it.steps,
        verdict: it.verdict.name(),
        broken_by,
        reason,
        before: it.before.as_ref(),
        after: it.after.as_ref(),
        differences: &it.differences,
        declared: Declared {
            settings: &declared.settings,
            gone: declared.gone,
            come: declared.come,
            changed: declared.changed,
            freed: declared.freed,
            paths: &declared.paths,
        },
        noise,
        dropped: it.dropped.iter().map(|(step, reason)| Dropped { step, reason }).collect(),
        findings: it.findings.iter().map(finding).collect(),
        mistakes: &it.mistakes,
        notes: &it.notes,
        log: &it.log,
    }
}

fn finding(it: &crate::verify::smoke::Finding) -> Finding<'_> {
    let subject = it.subject.to_string();
    let plain = Finding { subject, result: "same", before: None, after: None, reason: None };
    match &it.evidence {
        Evidence::Same(what) => Finding { reason: Some(what), ..plain },
        Evidence::Differs { before, after } => {
            Finding { result: "differs", before: Some(before), after: Some(after), ..plain }
        }
        Evidence::Declared { before, after } => {
            Finding { result: "declared", before: Some(before), after: Some(after), ..plain }
        }
        Evidence::Unknown(why) => Finding { result: "unknown", reason: Some(why), ..plain },
    }
}
