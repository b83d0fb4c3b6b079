//! `jettison context`: with which folder a Dockerfile is built, and what of it is sent.

use super::arguments::{Arguments, ContextArguments};
use super::discover::{self, Found};
use super::output::Output;
use super::repositories::Repositories;
use super::settings::{self, Resolver};
use super::{Refusal, batch, read};
use crate::facts::{Facts, SourceKind};
use crate::project::files::list;
use crate::project::ignore_file::IgnoreFile;
use crate::project::{self, BuildContext};
use crate::report::context::{self, ContextReport, FolderReport, shown};
use crate::report::text::count;
use crate::report::{Problem, Style, error};
use crate::syntax;
use crate::transform::Transform;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

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
    let found = discover::discover(&arguments, &resolver)?;
    let given = wanted.context.as_deref().map(folder).transpose()?;
    let here = settings::current_folder();
    let limit = arguments.max_file_size;
    let tops: Vec<&Path> = found.files.iter().map(|file| top_of(file, &here)).collect();
    let repositories = Repositories::read(tops.iter().copied());
    let work = Work { wanted, given, here, style, limit, repositories };
    let mut code = 0;
    for problem in &found.problems {
        output.error(&format!("error: {}: {}\n", problem.place, problem.message));
        code = super::FAILED;
    }
    for file in &found.files {
        match work.file(file) {
            Ok((text, problems)) => {
                output.error(&problems);
                output.show(text.as_bytes());
                code = if problems.is_empty() { code } else { super::FAILED };
            }
            Err((text, worst)) => {
                output.error(&text);
                // Of the codes 2 and 3 the first wins.
                code = if code == super::FAILED { code } else { worst };
            }
        }
    }
    for project in tops
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|top| work.repositories.project(top))
    {
        output.show(context::missing(project.without_dockerfile(), &work.here).as_bytes());
        output.show(context::unclear(project.unclear_of_any(), &work.here).as_bytes());
    }
    if found.files.is_empty() && found.problems.is_empty() {
        output.show(b"no Dockerfiles to examine\n");
    }
    Ok(code)
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

impl Work<'_> {
    /// The report on one Dockerfile and the problems with its contexts, or what is wrong with it and the
    /// exit code for that.
    fn file(&self, file: &Found) -> Result<(String, String), (String, u8)> {
        let name = file.path.display().to_string();
        let wrong = |source: &str, problem: &Problem, colour| {
            let mut told = String::new();
            error::problem(&mut told, colour, &name, source, problem);
            let code = if matches!(problem, Problem::Unparsable(_)) { UNPARSABLE } else { 2 };
            (told, code)
        };
        let colour = self.style.colour;
        let source = read::file(&file.target, self.limit)
            .map_err(|(source, problem)| wrong(&source, &problem, colour))?;
        let parsed = syntax::parse(&source)
            .map_err(|errors| wrong(&source, &Problem::Unparsable(errors), colour))?;
        let facts = Facts::new(&parsed);
        let sources = facts.sources();
        let copied = sources.iter().filter(|it| it.kind != SourceKind::BindMount);
        let copied: Vec<&str> = copied.filter_map(|it| it.path.as_deref()).collect();

        let Some(project) = self.repositories.project(top_of(file, &self.here)) else {
            return Ok((String::new(), String::new()));
        };
        let contexts =
            project.contexts(&file.target, &copied, &facts.needs(), self.given.as_deref());
        let folders = contexts.folders.iter().map(|it| folder_report(it, file, self));
        let folders = folders.collect::<Result<Vec<_>, _>>()?;
        let unclear = project.unclear_of(&file.target).collect();
        let report = ContextReport { name, contexts, folders, unclear };
        let problems = report.folders.iter().flat_map(|folder| folder.problems.iter());
        let problems = problems.map(String::as_str).collect();
        Ok((context::text(&report, &self.here, colour), problems))
    }
}

/// Looks at what applies to one context: its ignore file, and what was asked for.
fn folder_report(
    context: &BuildContext<'_>,
    file: &Found,
    work: &Work<'_>,
) -> Result<FolderReport, (String, u8)> {
    let mut report = FolderReport::default();
    if !context.folder.is_dir() {
        let name = shown(&context.folder, &work.here);
        report.problems.push(format!("error: {name}: the build context is no folder\n"));
        return Ok(report);
    }
    if context.checkout {
        return Ok(report);
    }
    let ignore = match ignore_file(context, file, work) {
        Ok(ignore) => ignore,
        Err(told) => {
            report.problems.push(told);
            return Ok(report);
        }
    };
    let named = ignore.as_ref().map(|(path, ignore)| (shown(path, &work.here), ignore));
    if let Some((name, ignore)) = &named {
        report.lines.push(format!("{name}: {}", count(ignore.patterns.len(), "pattern")));
    }
    if let Some(path) = &work.wanted.why {
        let below = below(path, &context.folder)
            .map_err(|reason| (format!("error: `--why {path}`: {reason}\n"), super::FAILED))?;
        report.lines.push(why(&below, &context.folder, named.as_ref()));
    }
    if work.wanted.list {
        let listing = list(&context.folder, ignore.as_ref().map(|(_, ignore)| ignore));
        if let (Some(broken), Some((name, _))) = (&listing.broken, &named) {
            report.problems.push(format!("error: {name}:{}: {}\n", broken.line, broken.reason));
        }
        for (path, reason) in &listing.unreadable {
            let path = shown(path, &work.here);
            report.problems.push(format!("error: {path}: cannot be read: {reason}\n"));
        }
        report.listing = Some(listing);
    }
    Ok(report)
}

/// The ignore file that BuildKit takes, read.
fn ignore_file(
    context: &BuildContext<'_>,
    file: &Found,
    work: &Work<'_>,
) -> Result<Option<(PathBuf, IgnoreFile)>, String> {
    let Some(path) = project::applied_ignore_file(&file.target, &context.folder) else {
        return Ok(None);
    };
    let (name, colour) = (shown(&path, &work.here), work.style.colour);
    if !path.is_file() {
        return Err(format!("error: {name}: not a regular file\n"));
    }
    let text = read::file(&path, LONGEST_IGNORE_FILE).map_err(|(text, problem)| {
        let mut told = String::new();
        error::problem(&mut told, colour, &name, &text, &problem);
        told
    })?;
    let ignore = IgnoreFile::parse(&text).map_err(|error| {
        let at = format!("{name}:{}:{}", error.position.line, error.position.column);
        let mut told = String::new();
        error::error(&mut told, colour, &at, &format!("{}; {}", error.message, error.help));
        told
    })?;
    Ok(Some((path, ignore)))
}

/// `path` from the top of the context, as patterns know it.
fn below(path: &str, top: &Path) -> Result<String, String> {
    let path = Path::new(path);
    let path = match path.is_absolute() {
        true => path.strip_prefix(top).map_err(|_| "not in the build context".to_owned())?,
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
        true => Err("it is the build context itself".to_owned()),
        false => Ok(parts.join("/")),
    }
}

/// What decides about `path`, which is below the top of the context.
fn why(path: &str, top: &Path, ignore: Option<&(String, &IgnoreFile)>) -> String {
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    let is_link = |folder: &&str| top.join(folder).is_symlink();
    if let Some(link) = { folders }.find(is_link) {
        return format!("`{path}` is not sent: `{link}` is a link, and none is followed");
    }
    let exists = top.join(path).symlink_metadata().is_ok();
    let sent = if exists { "is sent" } else { "does not exist, and would be sent" };
    let excluded = if exists { "is excluded" } else { "does not exist, and would be excluded" };
    let Some((name, ignore)) = ignore else {
        return format!("`{path}` {sent}: there is no ignore file");
    };
    let decision = match ignore.unsendable().map_or_else(|| ignore.walk_to(path), Err) {
        Ok(decision) => decision,
        Err(broken) => return format!("{name}:{}: {}", broken.line, broken.reason),
    };
    let verb = if decision.excluded { excluded } else { sent };
    match decision.pattern.map(|at| &ignore.patterns[at]) {
        Some(pattern) => {
            let mark = if pattern.exception { "!" } else { "" };
            format!("`{path}` {verb}: {name}:{}: `{mark}{}`", pattern.line, pattern.text)
        }
        None => format!("`{path}` {verb}: no pattern of {name} matches"),
    }
}
