//! A stage that may be split, with what is known of its files.

use super::Stop;
use super::commands::{self, Step, Work};
use super::routes::Routes;
use crate::effect::split::is_build_variable;
use crate::facts::{Arrival, Base, Origin, Stage, is_within};
use crate::images::Image;
use crate::project::ignore_file::{Reach, reach};
use crate::syntax::expand::Value;
use crate::syntax::{Body, Keyword};
use crate::text::Span;
use crate::transform::Context;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

mod owner;
mod taken;

pub(super) use taken::Taken;
use taken::{brings_pages, joined, laid_over, taken};

/// What every stack looks at.
pub(super) struct Case<'c, 'a> {
    pub(super) cx: &'c Context<'a>,
    pub(super) stage: usize,
    /// Stages in which what it takes is made, in order; none where it makes all by itself.
    behind: Vec<usize>,
    /// What its `COPY`s and `ADD`s bring, and those of the stages behind it, in order.
    pub(super) arrivals: Vec<Arrival<'c>>,
    /// What it takes out of the stages behind it.
    taken: Vec<Taken>,
    /// The folder in which the last of those works, and what it is called in this one.
    moved: Option<(String, String)>,
    listing: OnceCell<Option<Cow<'c, [Box<str>]>>>,
    routes: OnceCell<Routes>,
    steps: OnceCell<Vec<Step<'c>>>,
}

impl<'c, 'a> Case<'c, 'a> {
    pub(super) fn new(cx: &'c Context<'a>, stage: usize) -> Self {
        Self::with(cx, stage, Vec::new())
    }

    /// A stage that takes what it runs out of others: those in `behind`, in order.
    pub(super) fn with(cx: &'c Context<'a>, stage: usize, behind: Vec<usize>) -> Self {
        let all = cx.facts.arrivals().into_iter();
        let own = |it: &Arrival| match it.origin {
            // What comes out of a stage behind it is looked for there.
            Origin::Stage(from) => {
                it.stage == stage && !behind.contains(&from) && !brings_pages(cx, it, from)
            }
            _ => it.stage == stage || behind.contains(&it.stage),
        };
        let (arrivals, others): (Vec<_>, Vec<_>) = all.partition(own);
        let others = others.iter().filter(|it| it.stage == stage || behind.contains(&it.stage));
        let taken = others.flat_map(|it| taken(cx, it)).collect();
        let mut case = Self {
            cx,
            stage,
            behind,
            arrivals,
            taken,
            moved: None,
            listing: OnceCell::new(),
            routes: OnceCell::new(),
            steps: OnceCell::new(),
        };
        case.lay_over();
        case
    }

    /// Lets the folder in which the stage behind works be the one to which its files are taken, where programs
    /// are read and not compiled: both stages are then looked at as one.
    fn lay_over(&mut self) {
        if self.behind.is_empty() || !std::ptr::eq(self.maker(), self.stage()) {
            return;
        }
        self.moved = self.taken.iter().find_map(|it| self.overlay(it));
        let Some((from, to)) = self.moved.clone() else { return };
        let own = self.stage;
        for arrival in self.arrivals.iter_mut().filter(|it| it.stage != own) {
            arrival.to = arrival.to.take().map(|it| laid_over(it, &from, &to));
        }
        let start = self.stage().instructions.start;
        for taken in &mut self.taken {
            taken.from = laid_over(std::mem::take(&mut taken.from), &from, &to);
            if taken.instruction < start {
                taken.to = laid_over(std::mem::take(&mut taken.to), &from, &to);
            }
        }
    }

    /// Where the folder of the stage behind is, if this brings something of it.
    fn overlay(&self, taken: &Taken) -> Option<(String, String)> {
        let workdir = self.cx.facts.stages[*self.behind.last()?].workdir()?;
        if taken.instruction < self.stage().instructions.start || workdir == "/" {
            return None;
        }
        if taken.from == workdir {
            return Some((workdir.to_owned(), taken.to.trim_end_matches('/').to_owned()));
        }
        let is_pattern = taken.from.contains(['*', '?', '[']);
        let (mut from, name) = taken.from.rsplit_once('/')?;
        let own = taken.to.rsplit_once('/').filter(|it| it.1 == name);
        let mut to = match own {
            Some((folder, _)) if !is_pattern => folder,
            // What has an ending is a file; of a folder its content goes into the other one.
            _ if is_pattern || taken.into_folder && name.contains('.') => taken.to.as_str(),
            _ => return None,
        };
        while from != workdir {
            let ((from_above, from_name), (to_above, to_name)) =
                from.rsplit_once('/').zip(to.rsplit_once('/'))?;
            if from_name != to_name {
                return None;
            }
            (from, to) = (from_above, to_above);
        }
        Some((from.to_owned(), to.trim_end_matches('/').to_owned()))
    }

    /// Whether all that the stages behind it do is in one folder, which is taken.
    pub(super) fn is_laid_over(&self) -> bool {
        self.moved.is_some()
    }

    pub(super) fn stage(&self) -> &'c Stage<'a> {
        &self.cx.facts.stages[self.stage]
    }

    /// The base image of what makes the program, or of what runs it where that is one of a language which is
    /// not compiled.
    pub(super) fn image(&self) -> Option<&'c Image> {
        self.maker().image.as_deref()
    }

    /// The stage whose base image tells how the program is made.
    fn maker(&self) -> &'c Stage<'a> {
        const READ: &[&str] =
            &["dotnet", "elixir", "erlang", "java", "node", "perl", "php", "python", "ruby"];
        let runs = self.stage().image.as_ref().and_then(|it| it.runtime.as_ref());
        match self.behind.last() {
            Some(last) if !runs.is_some_and(|it| READ.contains(&it.language)) => {
                &self.cx.facts.stages[*last]
            }
            _ => self.stage(),
        }
    }

    /// Whether what it runs is made in other stages.
    pub(super) fn is_behind_others(&self) -> bool {
        !self.behind.is_empty()
    }

    /// The name of the base image; empty where it is not known.
    pub(super) fn repository(&self) -> &'c str {
        self.image().map_or("", |image| &image.repository)
    }

    /// The base image as it is written, variables with their defaults.
    pub(super) fn reference(&self) -> &'c str {
        self.reference_of(self.maker())
    }

    fn reference_of(&self, mut stage: &'c Stage<'a>) -> &'c str {
        while let Base::Stage(base) = stage.base {
            stage = &self.cx.facts.stages[base];
        }
        match &stage.base {
            Base::Image(reference) => reference,
            _ => "",
        }
    }

    /// The base image of the stage itself, likewise.
    pub(super) fn own_reference(&self) -> &'c str {
        self.reference_of(self.stage())
    }

    /// Whether the base image is a distribution and nothing more.
    pub(super) fn is_plain_distribution(&self) -> bool {
        const NAMES: &[&str] = &[
            "alpine",
            "almalinux",
            "amazonlinux",
            "buildpack-deps",
            "centos",
            "debian",
            "fedora",
            "oraclelinux",
            "rockylinux",
            "ubuntu",
        ];
        NAMES.contains(&self.repository())
    }

    /// Whether files of the context arrive in a folder of the image, or around it.
    pub(super) fn is_brought(&self, folder: &str) -> bool {
        let own = self.arrivals.iter().filter(|it| it.origin == Origin::Context);
        own.filter_map(|it| it.to.as_deref())
            .any(|to| is_within(to, folder) || is_within(folder, to))
    }

    /// What the stage itself takes out of those behind it.
    pub(super) fn takes(&self) -> impl Iterator<Item = &Taken> {
        let start = self.stage().instructions.start;
        self.taken.iter().filter(move |it| it.instruction >= start)
    }

    /// Where the `FROM` stands.
    pub(super) fn from(&self) -> Span {
        self.span(self.stage().instructions.start)
    }

    pub(super) fn span(&self, instruction: usize) -> Span {
        self.cx.file.instructions[instruction].span
    }

    /// The directory in which the program starts.
    pub(super) fn workdir(&self) -> Result<&'c str, Stop> {
        let reason = || "the working directory is not known".to_owned();
        self.stage().workdir().ok_or_else(|| self.stop("workdir", reason()))
    }

    /// What is refused because of the stage as a whole.
    pub(super) fn stop(&self, code: &'static str, reason: String) -> Stop {
        Stop { code, at: self.from(), reason }
    }

    /// What a variable is when the program starts, if the Dockerfile or its base image tell.
    pub(super) fn variable(&self, name: &str) -> Option<Cow<'c, str>> {
        // What tools of a build read counts where they run.
        let stages = match is_build_variable(name) {
            true => self.behind.last().copied().unwrap_or(self.stage),
            false => self.stage,
        };
        match self.cx.facts.variable_after(stages, name) {
            Value::Set(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the file sets a variable for the program.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.stage().all(self.cx.file, Keyword::Env).into_iter().any(|at| {
            match &self.cx.file.instructions[at].body {
                Body::Env { pairs, .. } => pairs.iter().any(|it| it.name.text == name),
                _ => false,
            }
        })
    }

    /// Whether a variable is known not to be set when the program starts.
    pub(super) fn is_unset(&self, name: &str) -> bool {
        matches!(self.cx.facts.variable_after(self.stage, name), Value::Unset)
    }

    /// The files of the build context, sorted.
    pub(super) fn files(&self) -> Result<&[Box<str>], Stop> {
        let is_whole = |it: &Cow<[Box<str>]>| self.missing(it).is_none();
        let listing = self.listing.get_or_init(|| self.cx.listing().filter(is_whole));
        listing.as_deref().ok_or_else(|| {
            let listed = self.cx.listing();
            let reason = match listed.as_deref().and_then(|it| self.missing(it)) {
                Some(path) if !path.is_empty() => {
                    format!("`{path}` is not in the build context: if that is another folder, pass `--context DIR`")
                }
                _ => "it needs the build context: pass `--context DIR`".to_owned(),
            };
            self.stop("needs-context", reason)
        })
    }

    /// What a list of files lacks, if it is not that of the build context: something that the stage takes by
    /// name, or, where it takes all, anything.
    fn missing(&self, files: &[Box<str>]) -> Option<&str> {
        let is_there = |path: &str| {
            let is_in = |file: &str| file.strip_prefix(path).is_some_and(|it| it.starts_with('/'));
            match path {
                "" => files.iter().any(|it| !it.contains("ockerfile") && !it.starts_with('.')),
                path if path.contains(['*', '?', '[']) => true,
                path => files.iter().any(|it| **it == *path || is_in(it)),
            }
        };
        let own = self.arrivals.iter().filter(|it| it.origin == Origin::Context);
        own.flat_map(|it| it.paths.iter().flatten()).map(|it| &**it).find(|path| !is_there(path))
    }

    /// The files in the folder at `path` of the context; `""` is its top.
    pub(super) fn below(&self, path: &str) -> Result<&[Box<str>], Stop> {
        let files = self.files()?;
        let inside = if path.is_empty() { String::new() } else { format!("{path}/") };
        let first = files.partition_point(|file| **file < *inside);
        let count = files[first..].partition_point(|file| file.starts_with(&inside));
        Ok(&files[first..first + count])
    }

    /// The files and folders of the context that a pattern of a `COPY` names.
    pub(super) fn matching(&self, pattern: &str) -> Result<Vec<String>, Stop> {
        let mut all: Vec<String> = Vec::new();
        for file in self.files()? {
            let ends = file.match_indices('/').map(|(at, _)| at).chain([file.len()]);
            let named = ends.map(|end| &file[..end]).find(|it| reach(pattern, it) == Reach::Itself);
            all.extend(
                named.filter(|it| all.last().is_none_or(|last| last != it)).map(str::to_owned),
            );
        }
        Ok(all)
    }

    /// Whether the context has a file or a folder at `path`.
    pub(super) fn has(&self, path: &str) -> Result<bool, Stop> {
        let is_file = self.files()?.binary_search_by(|file| (**file).cmp(path)).is_ok();
        Ok(is_file || !self.below(path)?.is_empty())
    }

    /// The text of a file of the context.
    pub(super) fn text(&self, path: &str) -> Option<Arc<str>> {
        self.cx.text(path)
    }

    /// The texts of files of the context, as far as they can be read; of very many only the first.
    pub(super) fn texts(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<Arc<str>> {
        const MOST: usize = 3000;
        let files = self.files().unwrap_or_default().iter().map(|path| &**path);
        let wanted: Vec<&str> = files.filter(|path| is_wanted(path)).take(MOST).collect();
        self.read_ahead(&wanted);
        wanted.into_iter().filter_map(|path| self.text(path)).collect()
    }

    /// The files of the context that are wanted and arrive in the image, in order. Their texts will be asked for.
    pub(super) fn arriving(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<&str>, Stop> {
        let mut all = Vec::new();
        for path in self.files()?.iter().map(|path| &**path).filter(|path| is_wanted(path)) {
            if self.place(path)?.is_some() {
                all.push(path);
            }
        }
        self.read_ahead(&all);
        Ok(all)
    }

    /// Reads files of the context that will be asked for, several at the same time.
    pub(super) fn read_ahead(&self, paths: &[&str]) {
        self.cx.read_ahead(paths);
    }

    /// What of the context is at `path` of the image: the path of a file or a folder. The last `COPY` counts.
    pub(super) fn source(&self, path: &str) -> Result<Option<String>, Stop> {
        for found in self.routes()?.sources(path) {
            if self.has(&found)? {
                return Ok(Some(found));
            }
        }
        // What is taken out of a stage comes from where that stage has it.
        for origin in self.taken.iter().rev().flat_map(|it| it.origins(path)) {
            if origin != path
                && let Some(found) = self.source_behind(&origin)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn source_behind(&self, path: &str) -> Result<Option<String>, Stop> {
        for found in self.routes()?.sources(path) {
            if self.has(&found)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Where a file or folder of the context arrives in the image.
    pub(super) fn place(&self, path: &str) -> Result<Option<String>, Stop> {
        Ok(self.routes()?.place(path))
    }

    fn routes(&self) -> Result<&Routes, Stop> {
        if let Some(routes) = self.routes.get() {
            return Ok(routes);
        }
        let mut routes = Routes::default();
        let own = self.arrivals.iter().filter(|it| it.origin == Origin::Context);
        for (order, arrival) in own.enumerate() {
            let Some(to) = arrival.to.as_deref() else { continue };
            for source in arrival.paths.iter().flatten() {
                self.add_routes(&mut routes, order, arrival, source, to)?;
            }
        }
        Ok(self.routes.get_or_init(|| routes))
    }

    /// Whether a file arrives under its own name: what it is copied to is a folder.
    pub(super) fn goes_into_folder(&self, arrival: &Arrival) -> bool {
        let destination = self.cx.facts.destination(arrival.instruction);
        let workdir = self.cx.facts.workdir_at(arrival.instruction).map(|it| it.path);
        let is_made = |to: &str| {
            let made = self.cx.facts.made_folders(arrival.stage);
            workdir.as_deref() == Some(to) || made.contains(to.trim_end_matches('/'))
        };
        destination.is_some_and(|it| it.folder) || arrival.to.as_deref().is_some_and(is_made)
    }

    /// What one source of a `COPY` brings.
    fn add_routes(
        &self,
        routes: &mut Routes,
        order: usize,
        arrival: &Arrival,
        source: &str,
        to: &str,
    ) -> Result<(), Stop> {
        let named = |file: &str| joined(to, file.rsplit('/').next().unwrap_or(file));
        let files = self.files()?;
        if source.contains(['*', '?', '[']) {
            let all = files.iter().filter(|it| reach(source, it) == Reach::Itself);
            all.for_each(|file| routes.add_file(order, file, named(file)));
            return Ok(());
        }
        let is_file = files.binary_search_by(|file| (**file).cmp(source)).is_ok();
        match (is_file, self.goes_into_folder(arrival)) {
            (true, true) => routes.add_file(order, source, named(source)),
            (true, false) => routes.add_file(order, source, to.to_owned()),
            (false, _) => routes.add_folder(order, source, to.to_owned()),
        }
        Ok(())
    }

    /// What the `RUN`s do, in order.
    pub(super) fn steps(&self) -> &[Step<'c>] {
        self.steps.get_or_init(|| {
            let behind = self.behind.iter().flat_map(|stage| commands::steps(self.cx, *stage));
            // What is installed there is not installed here.
            let behind = behind.map(|step| {
                let workdir = step.workdir.map(|it| match &self.moved {
                    Some((from, to)) => laid_over(it, from, to),
                    None => it,
                });
                match step.work {
                    Work::Packages(_) => Step { work: Work::Nothing, workdir, ..step },
                    _ => Step { workdir, ..step },
                }
            });
            let mut steps: Vec<Step> =
                behind.chain(self.taken.iter().map(|it| self.taking(it))).collect();
            steps.extend(commands::steps(self.cx, self.stage));
            steps
        })
    }

    /// A `COPY` out of another stage, as a command.
    fn taking(&self, taken: &Taken) -> Step<'c> {
        let at = self.span(taken.instruction);
        Step {
            instruction: taken.instruction,
            at,
            text: commands::shortened(at.of(self.cx.file.source)),
            workdir: self.cx.facts.workdir_at(taken.instruction).map(|it| it.path),
            certain: true,
            work: Work::Takes(taken.clone()),
        }
    }

    /// A name for the build stage that nothing else has.
    pub(super) fn free_name(&self) -> &'static str {
        const NAMES: &[&str] = &["build", "builder", "compile", "build-stage"];
        let targets = &self.cx.facts.surroundings.targets;
        let taken = |name: &str| {
            let named = self.cx.facts.stages.iter().filter_map(|it| it.name.as_deref());
            let mut all = named.chain(targets.iter().map(String::as_str));
            all.any(|it| it.eq_ignore_ascii_case(name))
        };
        NAMES.iter().copied().find(|name| !taken(name)).unwrap_or("build-of-this-image")
    }
}
