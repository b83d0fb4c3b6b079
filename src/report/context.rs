//! The build contexts of a Dockerfile, for a person.

use super::Colour;
use super::error::error;
use super::summary::StrayProblem;
use super::text::{FILE, count, paint, visible};
use crate::project::builds::{Build, ContextSource, Place, Unclear};
use crate::project::files::{File, Listing};
use crate::project::{BuildContext, Contexts, Evidence, Project};
use crate::text::bytes;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What is told of one Dockerfile.
#[derive(Debug)]
pub struct ContextReport<'p> {
    /// As the user wrote it, or as it was found.
    pub name: String,
    pub contexts: Contexts<'p>,
    pub folders: Vec<FolderReport>,
    /// What may be a build of it as well.
    pub unclear: Vec<&'p Unclear>,
    /// Its build stages, where they were asked for.
    pub stages: Vec<StageReport>,
}

#[derive(Debug)]
pub struct StageReport {
    pub name: Option<String>,
    /// Of its `FROM`, counted from 1.
    pub line: usize,
    /// Its layers reach an image that somebody runs; `None` if that is not known.
    pub shipped: Option<bool>,
}

/// What is told of one folder that is its context, in the order of [`Contexts::folders`].
#[derive(Debug, Default)]
pub struct FolderReport {
    pub ignore_file: Option<IgnoreReport>,
    /// The answer to `--why`.
    pub why: Option<Why>,
    /// What could not be read.
    pub problems: Vec<StrayProblem>,
    pub listing: Option<Listing>,
}

/// An ignore file, as it is shown, and how many patterns it has.
#[derive(Debug)]
pub struct IgnoreReport {
    pub path: String,
    pub patterns: usize,
}

/// What decides about a path.
#[derive(Debug)]
pub struct Why {
    /// From the top of the context.
    pub path: String,
    pub exists: bool,
    pub sent: bool,
    pub by: Decider,
}

#[derive(Debug)]
pub enum Decider {
    /// There is no ignore file.
    Nothing,
    /// No pattern of the ignore file matches.
    NoPattern { file: String },
    /// As it is written.
    Pattern { file: String, line: usize, text: String },
    /// A folder on the way is a link.
    Link { folder: String },
}

/// The report as text. Paths are shown from `here`, where they can be.
pub fn text(report: &ContextReport<'_>, here: &Path, colour: Colour) -> String {
    let mut text = format!("{}\n", paint(colour, FILE, &visible(&report.name)));
    for (context, folder) in report.contexts.folders.iter().zip(&report.folders) {
        let kind =
            if context.checkout { " (a checkout: the tracked files, no ignore file)" } else { "" };
        let _ = writeln!(text, "  context {}{kind}", shown(&context.folder, here));
        evidence(&mut text, context, here);
        if let Some(IgnoreReport { path, patterns }) = &folder.ignore_file {
            let _ = writeln!(text, "    {path}: {}", count(*patterns, "pattern"));
        }
        if let Some(why) = &folder.why {
            let _ = writeln!(text, "    {}", visible(&answer(why)));
        }
        folder.listing.iter().for_each(|listing| files(&mut text, listing));
    }
    for build in &report.contexts.elsewhere {
        if let ContextSource::Remote(address) = &build.context {
            let _ = writeln!(text, "  context {}", visible(address));
            let _ = writeln!(text, "    {}", described(build, here));
        }
    }
    for unclear in report.not_evident() {
        let _ = writeln!(text, "  not clear: {}", told(unclear, here));
    }
    text
}

impl<'p> ContextReport<'p> {
    /// What is not clear, and no evidence of a context that is told.
    pub fn not_evident(&self) -> impl Iterator<Item = &'p Unclear> {
        let evident = |unclear: &&Unclear| {
            let mut folders = self.contexts.folders.iter();
            folders
                .any(|it| matches!(&it.evidence, Evidence::Unclear(list) if list.contains(unclear)))
        };
        self.unclear.iter().copied().filter(move |it| !evident(it))
    }
}

/// What could not be read, for standard error.
pub fn problems(report: &ContextReport<'_>, colour: Colour) -> String {
    let mut told = String::new();
    for problem in report.folders.iter().flat_map(|folder| &folder.problems) {
        match &problem.shown {
            Some(shown) => told.push_str(shown),
            None => error(&mut told, colour, &problem.place, &problem.message),
        }
    }
    told
}

fn answer(why: &Why) -> String {
    let path = &why.path;
    let verb = match (why.exists, why.sent) {
        (true, true) => "is sent",
        (true, false) => "is excluded",
        (false, true) => "does not exist, and would be sent",
        (false, false) => "does not exist, and would be excluded",
    };
    match &why.by {
        Decider::Nothing => format!("`{path}` {verb}: there is no ignore file"),
        Decider::NoPattern { file } => format!("`{path}` {verb}: no pattern of {file} matches"),
        Decider::Pattern { file, line, text } => {
            format!("`{path}` {verb}: {file}:{line}: `{text}`")
        }
        Decider::Link { folder } => {
            format!("`{path}` is not sent: `{folder}` is a link, and none is followed")
        }
    }
}

/// Builds that may be of any Dockerfile.
pub fn unclear<'u>(list: impl Iterator<Item = &'u Unclear>, here: &Path) -> String {
    let lines: String = list.map(|unclear| format!("  {}\n", told(unclear, here))).collect();
    match lines.is_empty() {
        true => lines,
        false => format!("not clear, and perhaps builds of one of these:\n{lines}"),
    }
}

/// Builds whose Dockerfile is not there.
pub fn missing(project: &Project, here: &Path) -> String {
    let line = |build: &Build| {
        let dockerfile = shown(&build.dockerfile, here);
        let why = match project.missing_submodule(&build.dockerfile) {
            Some(submodule) => {
                format!(" (the submodule `{}` is not checked out)", shown(submodule, here))
            }
            None => String::new(),
        };
        format!("  {}: {dockerfile}{why}\n", place(&build.place, here))
    };
    let mut lines: Vec<String> = project.without_dockerfile().map(line).collect();
    lines.dedup();
    match lines.is_empty() {
        true => String::new(),
        false => format!("builds whose Dockerfile is not there:\n{}", lines.concat()),
    }
}

fn told(unclear: &Unclear, here: &Path) -> String {
    format!("{}: {}", place(&unclear.place, here), visible(&unclear.reason))
}

fn evidence(text: &mut String, context: &BuildContext<'_>, here: &Path) {
    let reason = match &context.evidence {
        Evidence::Builds(builds) => {
            for build in builds {
                let _ = writeln!(text, "    {}", described(build, here));
            }
            return;
        }
        Evidence::Unclear(list) => {
            for unclear in list {
                let _ = writeln!(text, "    not clear: {}", told(unclear, here));
            }
            return;
        }
        Evidence::Given => "given with `--context`",
        Evidence::Sources => {
            "the nearest folder that has everything that its `COPY`, `ADD` and bind mounts name"
        }
        Evidence::Needs(needs) => {
            let needs: Vec<String> = needs.iter().map(|need| format!("`{need}`")).collect();
            &format!("the nearest folder that has what its `RUN`s need: {}", needs.join(", "))
        }
        Evidence::Guess { missing: Some(source) } => &format!(
            "a guess: no file that is read for builds names it, and `{source}` that it takes is \
             not there; say it with `--context DIR`",
        ),
        Evidence::Guess { missing: None } => {
            "a guess: no file that is read for builds names it, and nothing that it takes tells; \
             say it with `--context DIR`"
        }
    };
    let _ = writeln!(text, "    {}", visible(reason));
}

fn described(build: &Build, here: &Path) -> String {
    let mut text = place(&build.place, here);
    if let Some(target) = &build.target {
        let _ = write!(text, ", target `{}`", visible(target));
    }
    if !build.images.is_empty() {
        let images: Vec<String> = build.images.iter().map(|it| format!("`{it}`")).collect();
        let _ = write!(text, ", makes {}", visible(&images.join(", ")));
    }
    // Where a part of a name is not known.
    let perhaps = build.names.iter().filter(|name| name.contains('*'));
    let perhaps: Vec<String> = perhaps.map(|name| format!("`{name}`")).collect();
    if !perhaps.is_empty() {
        let _ = write!(text, ", may make {}", visible(&perhaps.join(", ")));
    }
    text
}

fn place(place: &Place, here: &Path) -> String {
    format!("{}:{}: {}", shown(&place.file, here), place.line, visible(&place.what))
}

/// `path` as seen from `here`.
pub fn shown(path: &Path, here: &Path) -> String {
    let below = path.strip_prefix(here).unwrap_or(path);
    let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
    visible(&below.display().to_string()).into_owned()
}

/// Totals, then all files, by their topmost folder: that with the most bytes first.
fn files(text: &mut String, listing: &Listing) {
    let total: u64 = listing.files.iter().map(|file| file.size).sum();
    let (number, excluded) = (count(listing.files.len(), "file"), count(listing.excluded, "entry"));
    let excluded = excluded.replace("entrys", "entries");
    let _ = writeln!(text, "    sent: {number}, {}; excluded: {excluded}", bytes(total));
    let mut folders: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in &listing.files {
        let folder = file.path.split_once('/').map_or("", |(folder, _)| folder);
        folders.entry(folder).or_default().push(file);
    }
    let size = |files: &[&File]| files.iter().map(|file| file.size).sum::<u64>();
    let mut folders: Vec<(&str, Vec<&File>)> = folders.into_iter().collect();
    folders.sort_by_key(|(_, files)| std::cmp::Reverse(size(files)));
    for (folder, mut files) in folders {
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        if !folder.is_empty() {
            let (all, number) = (bytes(size(&files)), count(files.len(), "file"));
            let _ = writeln!(text, "    {all:>9}  {}/  {number}", visible(folder));
        }
        for file in files {
            let _ = writeln!(text, "    {:>9}  {}", bytes(file.size), visible(&file.path));
        }
    }
}
