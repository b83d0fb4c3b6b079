//! What a container runs, and what that is known to need.

use super::Stop;
use super::reader::{Reader, Said};
use crate::facts::Base;
use crate::images::Entrypoint;
use crate::syntax::Keyword;
use crate::text::Span;
use crate::transform::Context;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The programs of a stage.
#[derive(Debug, Default)]
pub(super) struct Program {
    /// Where the stage says it.
    pub(super) at: Option<Span>,
    /// Its words, one list for each command.
    pub(super) commands: Vec<Vec<String>>,
    /// Functions of the scripts that were read, and whether they run what they are called with.
    pub(super) functions: BTreeMap<String, bool>,
    /// Scripts of the project that they run.
    pub(super) scripts: Vec<String>,
    /// All sources of it that were read.
    pub(super) texts: Vec<Arc<str>>,
    /// Why it writes to the directory that it starts in.
    pub(super) writes: Option<String>,
    /// The source that writes, and its text with that of what it imports.
    pub(super) source: Option<(String, String)>,
    /// Folders that the source names by their whole paths, with the reason.
    pub(super) named: Vec<(String, String)>,
    /// It is the server of Next.js, which changes what its build made.
    pub(super) next: bool,
    /// Where a script goes before it starts the program.
    pub(super) goes_to: Option<String>,
    /// Files to which its output goes.
    pub(super) redirects: Vec<String>,
}

/// Whether `stage` itself, or one that it is built from, names a program.
pub(super) fn is_there(cx: &Context, stage: usize) -> Result<(), Stop> {
    let named = |keyword| last(cx, stage, keyword).is_some();
    if named(Keyword::Entrypoint) || named(Keyword::Cmd) {
        return Ok(());
    }
    known_daemon(cx, stage)?;
    let from = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
    let reason = "it names no program".to_owned();
    Err(Stop { code: "no-program", at: from, reason })
}

/// What runs in a container made of `stage`.
pub(super) fn program(cx: &Context, stage: usize) -> Result<Program, Stop> {
    let entrypoint = last(cx, stage, Keyword::Entrypoint);
    let command = last(cx, stage, Keyword::Cmd);
    let own = |at: &usize| cx.facts.stages[stage].instructions.contains(at);
    let Some(at) = entrypoint.or(command).filter(own).or(command.filter(own)) else {
        let from = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
        let reason = "what runs is said in a stage below".to_owned();
        return Err(Stop { code: "program-below", at: from, reason });
    };
    let mut found = Program { at: Some(cx.file.instructions[at].span), ..Program::default() };
    let first = entrypoint.map_or_else(|| of_image(cx, stage, at), |_| Ok(Vec::new()))?;
    let reader = Reader { cx, stage, at: cx.file.instructions[at].span };
    let said = |at: Option<usize>| at.map_or(Ok(Said::Words(Vec::new())), |at| reader.said(at));
    match said(entrypoint)? {
        Said::Script(script) => reader.script(&script, &mut found, 0)?,
        Said::Words(mut words) => {
            words.splice(0..0, first);
            match said(command)? {
                Said::Words(more) => {
                    words.extend(more);
                    reader.command(&words, &mut found, 0)?;
                }
                Said::Script(script) if words.is_empty() => {
                    reader.script(&script, &mut found, 0)?;
                }
                Said::Script(script) => {
                    reader.command(&words, &mut found, 0)?;
                    reader.script(&script, &mut found, 0)?;
                }
            }
        }
    }
    Ok(found)
}

/// Images whose own program is known to need root.
fn known_daemon(cx: &Context, stage: usize) -> Result<(), Stop> {
    let at = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
    let image = cx.facts.stages[stage].image.as_deref();
    let name = image.map_or("", |image| image.repository.as_str());
    let reason = match name {
        "nginx" => {
            "`nginx` starts as root and listens on port 80; `nginxinc/nginx-unprivileged` does not, \
             and listens on 8080"
        }
        "httpd" => "`httpd` starts as root and listens on port 80",
        _ => return Ok(()),
    };
    Err(Stop { code: "daemon", at, reason: reason.to_owned() })
}

/// The last instruction of a kind, in the stage or those that it is built from.
fn last(cx: &Context, stage: usize, keyword: Keyword) -> Option<usize> {
    let mut at = stage;
    loop {
        let stage = &cx.facts.stages[at];
        if let Some(found) = stage.all(cx.file, keyword).last() {
            return Some(*found);
        }
        let Base::Stage(base) = stage.base else { return None };
        at = base;
    }
}

/// What the entrypoint of the image puts before the command, if it is known to be harmless.
fn of_image(cx: &Context, stage: usize, at: usize) -> Result<Vec<String>, Stop> {
    let Some(image) = cx.facts.stages[stage].image.as_deref() else { return Ok(Vec::new()) };
    let name = &image.repository;
    let at = cx.file.instructions[at].span;
    let stop = |code, reason| Err(Stop { code, at, reason });
    // <https://github.com/GoogleContainerTools/distroless/tree/main/examples>
    for (start, words) in [
        ("gcr.io/distroless/java", &["java", "-jar"][..]),
        ("gcr.io/distroless/nodejs", &["node"]),
        ("gcr.io/distroless/python3", &["python3"]),
    ] {
        if name.starts_with(start) {
            return Ok(words.iter().map(|it| (*it).to_owned()).collect());
        }
    }
    match image.entrypoint {
        _ if name.starts_with("gcr.io/distroless/") => Ok(Vec::new()),
        _ if matches!(name.as_str(), "maven" | "gradle") => {
            stop("image-entrypoint", format!("the image `{name}` keeps its files in `/root`"))
        }
        Some(Entrypoint::None | Entrypoint::Passes) => Ok(Vec::new()),
        Some(Entrypoint::DropsPrivileges) => {
            let reason =
                format!("the entrypoint of `{name}` starts as root and changes the user by itself");
            stop("entrypoint-drops", reason)
        }
        _ => stop(
            "image-entrypoint",
            format!("it is not known what the entrypoint of `{name}` needs"),
        ),
    }
}
