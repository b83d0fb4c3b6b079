//! `jettison context`: with which folder a Dockerfile is built, and what of it is sent.

use super::arguments::Arguments;
use super::discover::{self, Discovery, Found};
use super::output::Output;
use super::repositories::Repositories;
use super::settings::{self, Resolver};
use super::subcommands::{ContextArguments, ContextFormat};
use super::{Refusal, batch, read};
use crate::facts::Facts;
use crate::project::files::list;
use crate::project::ignore_file::{BrokenPattern, IgnoreFile};
use crate::project::{self, BuildContext, Contexts, Project};
use crate::report::context::{
    self, ContextReport, Decider, FolderReport, IgnoreReport, StageReport, Why, shown,
};
use crate::report::summary::StrayProblem;
use crate::report::{Problem, Style, context_json, error};
use crate::syntax;
use crate::text::LineIndex;
use crate::transform::Transform;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Bytes of an ignore file.
pub(super) const LONGEST_IGNORE_FILE: u64 = 16 << 20;

/// A file is no Dockerfile, as the table of exit codes says.
const UNPARSABLE: u8 = 3;

/// Prints what is known of the contexts of each Dockerfile, and returns the exit code.
pub(super) fn run(
    wanted: &ContextArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let arguments = Arguments::of_paths(&wanted.paths);
    let style = batch::style(&arguments);
    let resolver = Resolver::new(&arguments, transforms, style.colour)?;
    let mut found = discover::discover(&arguments, &resolver)?;
    let given = wanted.context.as_deref().map(folder).transpose()?;
    let here = settings::current_folder();
    let limit = arguments.selection.max_file_size;
    let seen = std::mem::take(&mut found.seen);
    let tops: Vec<&Path> = found.files.iter().map(|file| top_of(file, &here)).collect();
    let repositories = Repositories::read(tops.iter().copied(), seen);
    let work = Work { wanted, given, here, style, limit, repositories };
    let tops: BTreeSet<&Path> = tops.into_iter().collect();
    let projects = tops.into_iter().filter_map(|top| work.repositories.project(top));
    let projects: Vec<&Project> = projects.collect();
    match wanted.format {
        ContextFormat::Text => Ok(work.text(&found, &projects, output)),
        ContextFormat::Json => Ok(work.json(&found, &projects, output)),
    }
}

/// The top of the repository that a Dockerfile is in, or what stands for it.
fn top_of<'f>(file: &'f Found, here: &Path) -> &'f Path {
    let own = file.target.parent().unwrap_or(&file.target);
    file.top.as_deref().unwrap_or_else(|| project::stand_in(own, here))
}

/// `--context`: a folder that exists, absolute.
pub(super) fn folder(path: &Path) -> Result<PathBuf, Refusal> {
    match path.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok(folder),
        Ok(_) => Err(format!("`--context {}`: not a folder", path.display())),
        Err(error) => Err(format!("`--context {}`: {}", path.display(), read::reason(&error))),
    }
}

struct Work<'a> {
    wanted: &'a ContextArguments,
    given: Option<PathBuf>,
    here: PathBuf,
    style: Style,
    limit: u64,
    repositories: Repositories,
}

/// What is wrong with a Dockerfile, and as much of its text as could be read.
type Refused = (String, Problem);

impl Work<'_> {
    fn text(&self, found: &Discovery, projects: &[&Project], output: &mut Output<'_>) -> u8 {
        let colour = self.style.colour;
        for problem in &found.problems {
            output.error(&format!("error: {}: {}\n", problem.place, problem.message));
        }
        let mut codes = Codes::after(found);
        for file in &found.files {
            let report = self.file(file);
            codes.add(&report);
            match report {
                Ok(report) => {
                    output.error(&context::problems(&report, colour));
                    output.show(context::text(&report, &self.here, colour).as_bytes());
                }
                Err((source, problem)) => {
                    let mut told = String::new();
                    error::problem(&mut told, colour, &name_of(file), &source, &problem);
                    output.error(&told);
                }
            }
        }
        for project in projects {
            output.show(context::missing(project, &self.here).as_bytes());
            output.show(context::unclear(project.unclear_of_any(), &self.here).as_bytes());
        }
        if found.files.is_empty() && found.problems.is_empty() {
            output.show(b"no Dockerfiles to examine\n");
        }
        codes.worst()
    }

    fn json(&self, found: &Discovery, projects: &[&Project], output: &mut Output<'_>) -> u8 {
        let mut codes = Codes::after(found);
        let mut dockerfiles = Vec::new();
        for file in &found.files {
            let report = self.file(file);
            codes.add(&report);
            dockerfiles.push(match report {
                Ok(report) => context_json::dockerfile(&report, &self.here),
                Err((source, problem)) => context_json::refused(&name_of(file), &source, &problem),
            });
        }
        let code = codes.worst();
        let document =
            context_json::document(dockerfiles, projects, &found.problems, code, &self.here);
        output.show(document.as_bytes());
        code
    }

    /// The report on one Dockerfile.
    fn file(&self, file: &Found) -> Result<ContextReport<'_>, Refused> {
        let source = read::file(&file.target, self.limit)?;
        let parsed = match syntax::parse(&source) {
            Ok(parsed) => parsed,
            Err(errors) => return Err((source, Problem::Unparsable(errors))),
        };
        let surroundings = match self.wanted.format {
            ContextFormat::Text => Arc::default(),
            ContextFormat::Json => {
                self.repositories.surroundings(file.top.as_deref(), &file.target, self.limit)
            }
        };
        let facts = Facts::within(&surroundings, &parsed);
        let (contexts, unclear) = match self.repositories.project(top_of(file, &self.here)) {
            Some(project) => {
                let given = self.given.as_deref();
                let contexts = project.contexts(&file.target, &facts.takes().0, given);
                (contexts, project.unclear_of(&file.target).collect())
            }
            None => (Contexts::default(), Vec::new()),
        };
        let folders = contexts.folders.iter().map(|it| folder_report(it, file, self)).collect();
        let (name, stages) = (name_of(file), stages(&facts));
        Ok(ContextReport { name, contexts, folders, unclear, stages })
    }
}

fn name_of(file: &Found) -> String {
    file.path.display().to_string()
}

fn stages(facts: &Facts<'_>) -> Vec<StageReport> {
    let lines = LineIndex::new(facts.file.source);
    let stages = facts.stages.iter().enumerate().map(|(index, stage)| StageReport {
        name: stage.name.as_deref().map(str::to_owned),
        line: lines.line(facts.file.instructions[stage.instructions.start].span.start),
        shipped: match stage.shipped {
            true => Some(true),
            false => (!facts.may_be_shipped(index)).then_some(false),
        },
    });
    stages.collect()
}

/// What the exit code follows from.
struct Codes {
    failed: bool,
    unparsable: bool,
}

impl Codes {
    fn after(found: &Discovery) -> Self {
        Self { failed: !found.problems.is_empty(), unparsable: false }
    }

    fn add(&mut self, report: &Result<ContextReport<'_>, Refused>) {
        match report {
            Ok(report) => {
                self.failed |= report.folders.iter().any(|folder| !folder.problems.is_empty());
            }
            Err((_, Problem::Unparsable(_))) => self.unparsable = true,
            Err(_) => self.failed = true,
        }
    }

    fn worst(&self) -> u8 {
        match (self.failed, self.unparsable) {
            (true, _) => super::FAILED,
            (false, true) => UNPARSABLE,
            (false, false) => 0,
        }
    }
}

/// Looks at what applies to one context: its ignore file, and what was asked for.
fn folder_report(context: &BuildContext<'_>, file: &Found, work: &Work<'_>) -> FolderReport {
    let mut report = FolderReport::default();
    if !context.folder.is_dir() {
        let name = shown(&context.folder, &work.here);
        report.problems.push(problem(name, "the build context is no folder"));
        return report;
    }
    if context.checkout {
        return report;
    }
    let ignore = match IgnoreText::read(context, file, work) {
        Ok(ignore) => ignore,
        Err(problem) => {
            report.problems.push(problem);
            return report;
        }
    };
    report.ignore_file = ignore.as_ref().map(|ignore| IgnoreReport {
        path: ignore.name.clone(),
        patterns: ignore.file.patterns.len(),
    });
    if let Some(path) = &work.wanted.why {
        let below = below(path, &context.folder);
        match below
            .map_err(|reason| problem(format!("`--why {path}`"), reason))
            .and_then(|below| why(below, &context.folder, ignore.as_ref()))
        {
            Ok(why) => report.why = Some(why),
            Err(problem) => report.problems.push(problem),
        }
    }
    if work.wanted.list {
        let listing = list(&context.folder, ignore.as_ref().map(|ignore| &ignore.file));
        if let (Some(broken), Some(ignore)) = (&listing.broken, &ignore) {
            report.problems.push(ignore.stops_at(broken));
        }
        for (path, reason) in &listing.unreadable {
            let path = shown(path, &work.here);
            report.problems.push(problem(path, &format!("cannot be read: {reason}")));
        }
        report.listing = Some(listing);
    }
    report
}

fn problem(place: String, message: &str) -> StrayProblem {
    StrayProblem { place, message: message.to_owned(), shown: None }
}

/// The ignore file that BuildKit takes.
struct IgnoreText {
    name: String,
    text: String,
    file: IgnoreFile,
}

impl IgnoreText {
    fn read(
        context: &BuildContext<'_>,
        file: &Found,
        work: &Work<'_>,
    ) -> Result<Option<Self>, StrayProblem> {
        let Some(path) = project::applied_ignore_file(&file.target, &context.folder) else {
            return Ok(None);
        };
        let (name, colour) = (shown(&path, &work.here), work.style.colour);
        if !path.is_file() {
            return Err(problem(name, "not a regular file"));
        }
        let text = match read::file(&path, LONGEST_IGNORE_FILE) {
            Ok(text) => text,
            Err((text, found)) => {
                let mut told = String::new();
                error::problem(&mut told, colour, &name, &text, &found);
                let message = match found {
                    Problem::Unreadable(message) | Problem::Bug(message) => message,
                    Problem::Unparsable(_) => "not UTF-8".to_owned(),
                };
                return Err(StrayProblem { place: name, message, shown: Some(told) });
            }
        };
        match IgnoreFile::parse(&text) {
            Ok(file) => Ok(Some(Self { name, text, file })),
            Err(error) => {
                let at = format!("{name}:{}:{}", error.position.line, error.position.column);
                Err(problem(at, &format!("{}; {}", error.message, error.help)))
            }
        }
    }

    fn stops_at(&self, broken: &BrokenPattern) -> StrayProblem {
        problem(format!("{}:{}", self.name, broken.line), broken.reason)
    }
}

/// `path` from the top of the context, as patterns know it.
fn below(path: &str, top: &Path) -> Result<String, &'static str> {
    let path = Path::new(path);
    let path = match path.is_absolute() {
        true => path.strip_prefix(top).map_err(|_| "not in the build context")?,
        false => path,
    };
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => {
                parts.pop().ok_or("not in the build context")?;
            }
            _ => (),
        }
    }
    match parts.is_empty() {
        true => Err("it is the build context itself"),
        false => Ok(parts.join("/")),
    }
}

/// What decides about `path`, which is below the top of the context.
fn why(path: String, top: &Path, ignore: Option<&IgnoreText>) -> Result<Why, StrayProblem> {
    let exists = top.join(&path).symlink_metadata().is_ok();
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    let is_link = |folder: &&str| top.join(folder).is_symlink();
    if let Some(link) = { folders }.find(is_link) {
        let by = Decider::Link { folder: link.to_owned() };
        return Ok(Why { path, exists, sent: false, by });
    }
    let Some(ignore) = ignore else {
        return Ok(Why { path, exists, sent: true, by: Decider::Nothing });
    };
    let patterns = &ignore.file;
    let decision = patterns.unsendable().map_or_else(|| patterns.walk_to(&path), Err);
    let decision = decision.map_err(|broken| ignore.stops_at(&broken))?;
    let file = ignore.name.clone();
    let by = match decision.pattern.map(|at| &patterns.patterns[at]) {
        Some(pattern) => {
            let text = pattern.span.of(&ignore.text).to_owned();
            Decider::Pattern { file, line: pattern.line, text }
        }
        None => Decider::NoPattern { file },
    };
    Ok(Why { path, exists, sent: !decision.excluded, by })
}
