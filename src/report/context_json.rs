//! The build contexts of Dockerfiles, for programs. `docs/context.md` describes the document.

use super::Problem;
use super::context::{ContextReport, Decider, FolderReport, Why, shown};
use super::json::{errors, tool};
use super::summary::StrayProblem;
use crate::project::builds::{Build, ContextSource, Place, Unclear};
use crate::project::{BuildContext, Evidence, Project};
use serde_json::{Value, json};
use std::path::Path;

/// Raised whenever a reader of an older version would misunderstand the document.
pub const VERSION: u32 = 1;

/// A Dockerfile that was examined.
pub fn dockerfile(report: &ContextReport<'_>, here: &Path) -> Value {
    let folders = report.contexts.folders.iter().zip(&report.folders);
    let folders = folders.map(|(context, folder)| of_folder(context, folder, here));
    let elsewhere = report.contexts.elsewhere.iter().filter_map(|build| remote(build, here));
    let stages = report.stages.iter().map(|stage| {
        let shipped = match stage.shipped {
            Some(true) => "yes",
            Some(false) => "no",
            None => "perhaps",
        };
        json!({ "name": stage.name, "line": stage.line, "shipped": shipped })
    });
    json!({
        "path": report.name,
        "contexts": folders.chain(elsewhere).collect::<Vec<_>>(),
        "stages": stages.collect::<Vec<_>>(),
        "unclear": report.not_evident().map(|it| unclear(it, here)).collect::<Vec<_>>(),
        "errors": [],
    })
}

/// One that could not be.
pub fn refused(name: &str, source: &str, problem: &Problem) -> Value {
    json!({
        "path": name,
        "contexts": [],
        "stages": [],
        "unclear": [],
        "errors": errors(source, problem),
    })
}

/// The whole document.
pub fn document(
    dockerfiles: Vec<Value>,
    projects: &[&Project],
    problems: &[StrayProblem],
    exit_code: u8,
    here: &Path,
) -> String {
    let missing = projects.iter().flat_map(|project| {
        project.without_dockerfile().map(move |build| {
            let submodule = project.missing_submodule(&build.dockerfile);
            let mut value = place(&build.place, here);
            value["dockerfile"] = shown(&build.dockerfile, here).into();
            value["submodule"] = json!(submodule.map(|it| shown(it, here)));
            value
        })
    });
    let of_any = projects.iter().flat_map(|it| it.unclear_of_any()).map(|it| unclear(it, here));
    let problems = problems.iter().map(|it| json!({ "path": it.place, "message": it.message }));
    let document = json!({
        "version": VERSION,
        "tool": tool(),
        "dockerfiles": dockerfiles,
        "missing": missing.collect::<Vec<_>>(),
        "unclear": of_any.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
        "exit_code": exit_code,
    });
    format!("{document}\n")
}

fn of_folder(context: &BuildContext<'_>, folder: &FolderReport, here: &Path) -> Value {
    let mut value = empty();
    value["folder"] = shown(&context.folder, here).into();
    value["checkout"] = context.checkout.into();
    let word = match &context.evidence {
        Evidence::Given => "given",
        Evidence::Builds(builds) => {
            value["builds"] = builds.iter().map(|it| build(it, here)).collect();
            "builds"
        }
        Evidence::Unclear(list) => {
            value["unclear"] = list.iter().map(|it| unclear(it, here)).collect();
            "unclear"
        }
        Evidence::Sources => "sources",
        Evidence::Needs(needs) => {
            value["needs"] = json!(needs);
            "needs"
        }
        Evidence::Guess { missing } => {
            value["missing"] = json!(missing);
            "guess"
        }
    };
    value["evidence"] = word.into();
    let ignore = folder.ignore_file.as_ref();
    value["ignore_file"] =
        json!(ignore.map(|it| json!({ "path": it.path, "patterns": it.patterns })));
    if let Some(listing) = &folder.listing {
        let files = listing.files.iter();
        value["files"] =
            files.map(|file| json!({ "path": file.path, "size": file.size })).collect();
        value["excluded"] = listing.excluded.into();
    }
    value["why"] = json!(folder.why.as_ref().map(why));
    let error = |it: &StrayProblem| json!({ "path": it.place, "message": it.message });
    value["errors"] = folder.problems.iter().map(error).collect();
    value
}

/// A context that is no folder.
fn remote(it: &Build, here: &Path) -> Option<Value> {
    let ContextSource::Remote(address) = &it.context else { return None };
    let mut value = empty();
    value["address"] = address.as_str().into();
    value["evidence"] = "builds".into();
    value["builds"] = json!([build(it, here)]);
    Some(value)
}

fn empty() -> Value {
    json!({
        "folder": null,
        "address": null,
        "checkout": false,
        "evidence": null,
        "builds": [],
        "unclear": [],
        "needs": [],
        "missing": null,
        "ignore_file": null,
        "files": null,
        "excluded": null,
        "why": null,
        "errors": [],
    })
}

fn build(build: &Build, here: &Path) -> Value {
    let mut value = place(&build.place, here);
    value["target"] = json!(build.target);
    value["images"] = json!(build.images);
    let perhaps = build.names.iter().filter(|name| name.contains('*'));
    value["perhaps_images"] = perhaps.map(String::as_str).collect();
    value["platforms"] = json!(build.platforms);
    value
}

fn unclear(unclear: &Unclear, here: &Path) -> Value {
    let mut value = place(&unclear.place, here);
    value["reason"] = unclear.reason.as_str().into();
    value
}

fn place(place: &Place, here: &Path) -> Value {
    json!({ "file": shown(&place.file, here), "line": place.line, "what": place.what })
}

fn why(why: &Why) -> Value {
    let (mut file, mut line, mut pattern, mut link) = (None, None, None, None);
    match &why.by {
        Decider::Nothing => (),
        Decider::NoPattern { file: path } => file = Some(path),
        Decider::Pattern { file: path, line: at, text } => {
            (file, line, pattern) = (Some(path), Some(at), Some(text));
        }
        Decider::Link { folder } => link = Some(folder),
    }
    json!({
        "path": why.path,
        "exists": why.exists,
        "sent": why.sent,
        "file": file,
        "line": line,
        "pattern": pattern,
        "link": link,
    })
}
