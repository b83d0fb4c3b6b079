//! Many files in parallel, shown in order, with the texts of only a few in memory.

use super::arguments::{Arguments, OutputFormat};
use super::changed::{self, Worktrees};
use super::discover::{self, Discovery, Found, TEMPLATE};
use super::ignore_files::{Member, Places};
use super::output::{self, Output};
use super::repositories::{Repositories, context_folders};
use super::settings::{self, Resolver};
use super::{Refusal, add_ignore, context, read, suggest, template, write};
use crate::facts::Surroundings;
use crate::pipeline::{self, Outcome, Request};
use crate::project::{ContextFiles, Takes};
use crate::report::summary::{StrayProblem, Summary};
use crate::report::{Action, FileReport, Format, Origin, Piece, Problem, Style, Written};
use crate::report::{error, github, json, markdown, patch, terminal};
use crate::transform::Transform;
use rayon::prelude::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::cell::OnceCell;
use std::collections::HashSet;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Files in memory at the same time.
const CHUNK: usize = 128;

/// Bytes of the texts of rewritten Dockerfiles that are kept for the ignore files of their contexts.
const KEPT: usize = 8 << 20;

const UNCOMMITTED: &str = "it had uncommitted changes; git cannot give that state back";

/// Bytes of stack for each thread.
pub(super) const STACK: usize = 16 << 20;

/// Runs one command line over files and folders and returns its exit code.
pub(super) fn run(
    arguments: &Arguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let style = style(arguments);
    let resolver = Resolver::new(arguments, transforms, style.colour)?;
    let given = arguments.selection.context.as_deref().map(context::folder).transpose()?;
    let mut found = discover::discover(arguments, &resolver)?;
    if let Some(revision) = &arguments.selection.changed_since {
        keep_changed(&mut found, arguments, revision)?;
    }
    if style.action == Action::Fix {
        write::end_cleanly_when_interrupted();
    }
    let Discovery { mut files, skipped, problems, searched, seen, .. } = found;
    start_threads();
    let tops = files.iter().filter_map(|file| file.top.as_deref());
    let repositories = Repositories::read(tops, seen);
    let here = settings::current_folder();
    let places = Places {
        repositories: &repositories,
        resolver: &resolver,
        here: &here,
        given: given.as_deref(),
        limit: arguments.selection.max_file_size,
    };
    if let Some(shard) = arguments.selection.shard {
        shard.keep(&mut files, arguments, &places);
    }
    let shard = arguments.selection.shard.map(|it| it.to_string());
    let changed_since = arguments.selection.changed_since.clone();
    let summary = Summary { skipped, searched, changed_since, shard, ..Summary::default() };
    let format = format(arguments, &style);
    let worktrees = Worktrees::default();
    let mut batch = Batch { arguments, style, format, output, summary, worktrees };
    batch.stray(problems);
    batch.files(&files, &places);
    Ok(batch.finish())
}

/// Deeply nested texts need more than a thread's usual stack; a pool from elsewhere is kept.
pub(super) fn start_threads() {
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
}

/// What the arguments say about how to show results.
pub(super) fn style(arguments: &Arguments) -> Style {
    Style {
        action: arguments.action(),
        colour: output::colour(arguments.selection.color),
        why_not: arguments.why_not,
        statistics: arguments.statistics,
        quiet: arguments.quiet,
    }
}

/// The format that the arguments ask for.
pub(super) fn format(arguments: &Arguments, style: &Style) -> Box<dyn Format> {
    let style = style.clone();
    if arguments.diff {
        let reader = match std::io::stdout().is_terminal() {
            true => patch::Reader::Terminal,
            false => patch::Reader::Tool,
        };
        return Box::new(patch::Patch { style, reader });
    }
    match arguments.format.unwrap_or(OutputFormat::Text) {
        OutputFormat::Text => Box::new(terminal::Terminal::new(style)),
        OutputFormat::Json => Box::new(json::Json::new(style)),
        OutputFormat::Markdown => Box::new(markdown::Markdown::new(style)),
        OutputFormat::Github => Box::new(github::Github { style }),
    }
}

pub(super) fn keep_changed(
    found: &mut Discovery,
    arguments: &Arguments,
    revision: &str,
) -> Result<(), Refusal> {
    let mut changed = HashSet::new();
    let mut tops = HashSet::new();
    let here = [Path::new(".").to_owned()];
    let paths =
        if arguments.selection.paths.is_empty() { &here[..] } else { &arguments.selection.paths };
    for path in paths.iter().filter_map(|path| path.canonicalize().ok()) {
        let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
        let top = folder.ancestors().find(|above| changed::is_top(above)).unwrap_or(folder);
        if tops.insert(top.to_owned()) {
            changed.extend(changed::since(top, revision)?);
        }
    }
    found.files.retain(|file| changed.contains(&file.target));
    Ok(())
}

struct Batch<'a, 'w> {
    arguments: &'a Arguments,
    style: Style,
    format: Box<dyn Format>,
    output: &'a mut Output<'w>,
    summary: Summary,
    worktrees: Worktrees,
}

impl Batch<'_, '_> {
    /// Other formats have them in their summary.
    fn stray(&mut self, problems: Vec<StrayProblem>) {
        let is_text = matches!(self.arguments.format, None | Some(OutputFormat::Text));
        for problem in problems.iter().filter(|_| is_text) {
            self.output.error(&error::stray(problem, self.style.colour));
        }
        self.summary.stray_problems.extend(problems);
    }

    fn files(&mut self, files: &[Found], places: &Places<'_>) {
        self.output.start_progress(files.len());
        let (mut members, mut kept): (Vec<Member>, usize) = (Vec::new(), 0);
        let mut left = self.arguments.max_files.map_or(usize::MAX, NonZeroUsize::get);
        for chunk in files.chunks(CHUNK) {
            if left == 0 {
                self.summary.stopped = true;
                break;
            }
            let arguments = self.arguments;
            let examine = |file: &Found| match arguments.add_ignore {
                true => examine_by(file, places, &|surroundings, files, source| {
                    let subject = add_ignore::Subject { surroundings, files, source };
                    add_ignore::rewrite(&subject, &file.settings.request, &arguments.reason)
                }),
                false => examine(file, places),
            };
            let mut examined: Vec<Examined> = chunk.par_iter().map(examine).collect();
            self.stop_after(&mut left, &mut examined);
            for mut member in examined.iter_mut().filter_map(Examined::member) {
                kept += member.kept();
                if kept > KEPT {
                    member.forget_text();
                }
                members.push(member);
            }
            if self.style.action == Action::Fix {
                self.prepare_writing(chunk, &mut examined);
            }
            let (format, action) = (&*self.format, self.style.action);
            let finished: Vec<Finished> = chunk
                .par_iter()
                .zip(examined)
                .map(|(file, examined)| finish(file, examined, action, format))
                .collect();
            self.show(finished);
            self.output.advance(chunk.len());
        }
        match left {
            0 => self.summary.stopped |= !members.is_empty(),
            _ => self.ignore_files(places, members),
        }
        self.output.end_progress();
    }

    /// What is about contexts comes after all their Dockerfiles.
    fn ignore_files(&mut self, places: &Places<'_>, members: Vec<Member>) {
        places.examine_each(members, &mut |mut examined| {
            if self.arguments.add_ignore {
                add_ignore::rewrite_ignore_file(&mut examined, &self.arguments.reason);
                if examined.report.change().is_none() {
                    return;
                }
            }
            let is_changed = examined.report.change().is_some();
            if self.style.action == Action::Fix && is_changed {
                if self.worktrees.is_uncommitted(&examined.path) && !examined.report.is_new {
                    examined.report.warnings.push(UNCOMMITTED.to_owned());
                }
                write(&examined.path, &mut examined.report);
            }
            let piece = self.format.render(&examined.report);
            self.show(vec![Finished::Shown(Box::new(examined.report), Box::new(piece))]);
        });
    }

    /// Forgets the files after the last one that may still change.
    fn stop_after(&mut self, left: &mut usize, examined: &mut Vec<Examined>) {
        let is_changed =
            |it: &Examined| matches!(it, Examined::Report(report, _) if report.change().is_some());
        let mut kept = 0;
        while kept < examined.len() && *left > 0 {
            *left -= usize::from(is_changed(&examined[kept]));
            kept += 1;
        }
        self.summary.stopped |= kept < examined.len();
        examined.truncate(kept);
    }

    /// Asks git before the first file is written, and clears away what a killed run left.
    fn prepare_writing(&mut self, chunk: &[Found], examined: &mut [Examined]) {
        let mut folders = HashSet::new();
        for (file, examined) in chunk.iter().zip(examined) {
            let Examined::Report(report, _) = examined else { continue };
            if let (Origin::Named, Some(folder)) = (file.origin, file.target.parent())
                && folders.insert(folder)
            {
                write::remove_leftovers(folder);
            }
            if report.change().is_some() && self.worktrees.is_uncommitted(&file.target) {
                report.warnings.push(UNCOMMITTED.to_owned());
            }
        }
    }

    /// Shows a chunk at once: each time the progress bar has to go and come back.
    fn show(&mut self, finished: Vec<Finished>) {
        let (mut problems, mut results) = (String::new(), Vec::new());
        for finished in finished {
            match finished {
                Finished::Skipped(reason) => *self.summary.skipped.entry(reason).or_default() += 1,
                Finished::Shown(report, piece) => {
                    self.summary.add(&report);
                    problems.push_str(&piece.problems);
                    results.extend(self.format.add(*piece));
                }
            }
        }
        self.output.error(&problems);
        self.output.show(&results);
    }

    fn finish(mut self) -> u8 {
        self.summary.commands = suggest::commands(self.arguments, &self.summary);
        let shown = self.format.finish(&self.summary);
        self.output.show(&shown);
        self.summary.exit_code(self.style.action)
    }
}

/// What became of a file that was found.
pub(super) enum Examined {
    Report(Box<FileReport<'static>>, Option<Member>),
    Skipped(&'static str),
}

impl Examined {
    pub(super) fn member(&mut self) -> Option<Member> {
        match self {
            Self::Report(_, member) => member.take(),
            Self::Skipped(_) => None,
        }
    }
}

enum Finished {
    Shown(Box<FileReport<'static>>, Box<Piece>),
    Skipped(&'static str),
}

pub(super) fn examine(file: &Found, places: &Places<'_>) -> Examined {
    examine_with(file, places, &file.settings.request)
}

/// The same with another request than what applies to the file.
pub(super) fn examine_with(
    file: &Found,
    places: &Places<'_>,
    request: &Request<'static>,
) -> Examined {
    examine_by(file, places, &|surroundings, files, source| {
        rewrite(surroundings, files, source, request)
    })
}

/// What makes something of a text.
type Rewrite<'r> =
    dyn Fn(&Arc<Surroundings>, &ContextFiles<'_>, &str) -> Result<Outcome<'static>, Problem> + 'r;

fn examine_by(file: &Found, places: &Places<'_>, rewrite: &Rewrite<'_>) -> Examined {
    let (limit, repositories) = (places.limit, places.repositories);
    let around = OnceCell::new();
    let project = || around.get_or_init(|| places.around(file));
    let (source, mut result) = match read::file(&file.target, limit) {
        Ok(source) => {
            if !file.included && template::looks_like_one(&source) {
                return Examined::Skipped(TEMPLATE);
            }
            let surroundings = repositories.surroundings(file.top.as_deref(), &file.target, limit);
            let find =
                |takes: &Takes| context_folders(project(), &file.target, takes, places.given);
            let path = discover::patch_name(&file.target, places.here);
            let path = String::from_utf8_lossy(&path);
            let files = ContextFiles::in_folders(&find).of_dockerfile(&path);
            let result = rewrite(&surroundings, &files, &source);
            (source, result)
        }
        Err((text, problem)) => (text, Err(problem)),
    };
    let member = result.as_mut().ok().and_then(|outcome| places.member(file, outcome, &project));
    let warnings = suggest::comments(&source, &file.settings.known);
    let report = FileReport {
        name: file.path.display().to_string(),
        patch_name: discover::patch_name(&file.target, places.here),
        origin: file.origin,
        is_new: false,
        source: source.into(),
        result,
        written: Written::No,
        warnings,
    };
    Examined::Report(Box::new(report), member)
}

/// Runs the pipeline. A panic in it is a bug of ours that must not stop the other files.
pub(super) fn rewrite(
    surroundings: &Arc<Surroundings>,
    files: &ContextFiles<'_>,
    source: &str,
    request: &Request<'static>,
) -> Result<Outcome<'static>, Problem> {
    let run = || pipeline::run_with_files(surroundings, files, source, request);
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(Problem::Unparsable),
        Err(_) => Err(Problem::Bug("the rewrite crashed".to_owned())),
    }
}

fn finish(file: &Found, examined: Examined, action: Action, format: &dyn Format) -> Finished {
    let mut report = match examined {
        Examined::Report(report, _) => report,
        Examined::Skipped(reason) => return Finished::Skipped(reason),
    };
    if action == Action::Fix {
        write(&file.target, &mut report);
    }
    let piece = format.render(&report);
    Finished::Shown(report, Box::new(piece))
}

/// Writes what the steps make of a file.
pub(super) fn write(target: &Path, report: &mut FileReport<'_>) {
    let Some((before, after)) = report.change() else { return };
    let written = match report.is_new {
        true => write::create(target, after).map(|()| Vec::new()),
        false => write::replace(target, before, after),
    };
    match written {
        Ok(warnings) => {
            report.written = Written::Yes;
            report.warnings.extend(warnings);
        }
        Err(message) => report.written = Written::Failed(message),
    }
}
