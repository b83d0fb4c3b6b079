//! Works out again what a plan says of files, and hands on those that are as they were planned.
//!
//! What is written comes from the transforms as they are run now, never from the plan: that only says which
//! result is agreed to.

use super::super::arguments::Arguments;
use super::super::batch::{self, Examined};
use super::super::context::LONGEST_IGNORE_FILE;
use super::super::discover::Found;
use super::super::ignore_files::{Member, Places};
use super::super::repositories::Repositories;
use super::super::settings::{self, Resolver};
use super::super::{Refusal, context, read};
use super::draft::is_settled;
use super::store::{Left, Why};
use super::survey::CHUNK;
use crate::pipeline::Step;
use crate::project;
use crate::report::campaign::{File, Part, sha256};
use crate::report::{Colour, FileReport, Origin, Problem};
use crate::transform::Transform;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file as it was planned, and what becomes of it in one part.
pub(super) struct Ready {
    pub(super) path: String,
    pub(super) repository: String,
    /// Absolute.
    pub(super) target: PathBuf,
    pub(super) is_new: bool,
    pub(super) before: Arc<str>,
    /// Of the part, at least one.
    pub(super) steps: Vec<Step<'static>>,
}

impl Ready {
    pub(super) fn after(&self) -> &Arc<str> {
        self.steps.last().map_or(&self.before, |step| &step.after)
    }

    /// Its path from the top of its repository.
    pub(super) fn name(&self) -> &str {
        let below = self.path.strip_prefix(&self.repository).unwrap_or(&self.path);
        below.trim_start_matches('/')
    }
}

/// What is done with files that stand or fall together: all of them, or why not.
pub(super) type Act<'a> = &'a mut dyn FnMut(Vec<Ready>) -> Result<(), Vec<Left>>;

/// Whether a part may be worked out before the part on which it builds is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The files have to be there already.
    Files,
    /// The part comes on top of that part.
    Part,
}

/// What became of a part.
#[derive(Debug, Default)]
pub(super) struct Worked {
    /// Files with nothing left to do.
    pub(super) done: usize,
    pub(super) acted: usize,
    pub(super) left: Vec<Left>,
}

pub(super) struct Work<'w> {
    root: &'w Path,
    places: Places<'w>,
    files: &'w HashMap<String, File>,
}

/// Sets up what is known around `files`, and does `work` with it.
pub(super) fn with<T>(
    root: &Path,
    words: &[String],
    transforms: &'static [&'static Transform],
    files: &HashMap<String, File>,
    parts: &[Part],
    work: impl FnOnce(&Work<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let arguments = arguments(words)?;
    let resolver = Resolver::new(&arguments, transforms, Colour::Plain)?;
    let given = arguments.selection.context.as_deref().map(context::folder).transpose()?;
    let here = settings::current_folder();
    let wanted = parts.iter().flat_map(|part| &part.files).filter_map(|path| files.get(path));
    let folders: BTreeSet<PathBuf> =
        wanted.filter_map(|file| Some(root.join(&file.path).parent()?.to_owned())).collect();
    let tops: BTreeSet<&Path> = folders.iter().filter_map(|it| project::repository(it)).collect();
    // What is wrong with one is told with its files.
    folders.iter().for_each(|folder| drop(resolver.settings(folder)));
    resolver.unknown_id()?;
    batch::start_threads();
    let repositories = Repositories::read(tops.into_iter(), Default::default());
    let limit = arguments.selection.max_file_size;
    let given = given.as_deref();
    let places =
        Places { repositories: &repositories, resolver: &resolver, here: &here, given, limit };
    work(&Work { root, places, files })
}

/// The command line of a plan.
pub(super) fn arguments(words: &[String]) -> Result<Arguments, Refusal> {
    Arguments::of_words(words).map_err(|error| {
        let error = error.to_string();
        let first = error.lines().next().unwrap_or_default();
        format!("the plan has arguments that are not understood ({first}); plan again")
    })
}

impl Work<'_> {
    /// Works out `part`, and hands what stands or falls together to `act`.
    pub(super) fn part(&self, part: &Part, base: Base, act: Act<'_>) -> Worked {
        let mut worked = Worked::default();
        let of_part = |path: &&String| {
            self.files.get(path.as_str()).is_some_and(|file| !file.steps_of(part.number).is_empty())
        };
        let paths: Vec<&String> = part.files.iter().filter(of_part).collect();
        let files = paths.iter().filter_map(|path| self.files.get(path.as_str()));
        let groups = groups(files.clone().filter(|file| !file.dockerfiles.is_empty()));
        let grouped: HashSet<&str> = groups.iter().flatten().copied().collect();
        let singles: Vec<&File> =
            files.filter(|file| !grouped.contains(file.path.as_str())).collect();
        for chunk in singles.chunks(CHUNK) {
            let judged: Vec<Judged> =
                chunk.par_iter().map(|file| self.single(file, part, base)).collect();
            for judged in judged {
                worked.take(vec![judged], act);
            }
        }
        if !groups.is_empty() {
            self.groups(&groups, part, base, &mut worked, act);
        }
        worked
    }

    fn single(&self, file: &File, part: &Part, base: Base) -> Judged {
        match self.examined(&file.path) {
            Ok((_, report, _)) => self.judge(file, Some(&report), part, base),
            Err(left) => Judged::Left(left),
        }
    }

    /// Files that share contexts are examined together, and so are their ignore files.
    fn groups(
        &self,
        groups: &[Vec<&str>],
        part: &Part,
        base: Base,
        worked: &mut Worked,
        act: Act<'_>,
    ) {
        let paths: Vec<&str> = groups.iter().flatten().copied().collect();
        let is_ignore =
            |path: &str| self.files.get(path).is_some_and(|it| !it.dockerfiles.is_empty());
        let dockerfiles: Vec<&str> =
            paths.iter().copied().filter(|path| !is_ignore(path)).collect();
        let examined: Vec<_> =
            dockerfiles.par_iter().map(|path| (*path, self.examined(path))).collect();
        let (mut reports, mut members) = (HashMap::new(), Vec::new());
        for (path, examined) in examined {
            let report = examined.map(|(_, report, member)| {
                members.extend(member);
                report
            });
            reports.insert(path.to_owned(), report);
        }
        for examined in self.places.examine(members) {
            if let Some(path) = super::store::name_of(self.root, &examined.path) {
                reports.insert(path, Ok(Box::new(examined.report)));
            }
        }
        for group in groups {
            let files = group.iter().filter_map(|path| self.files.get(*path));
            let of_part = files.filter(|file| !file.steps_of(part.number).is_empty());
            let judged = of_part.map(|file| match reports.get(&file.path) {
                Some(Err(left)) => Judged::Left(left.clone()),
                Some(Ok(report)) => self.judge(file, Some(report), part, base),
                None => self.judge(file, None, part, base),
            });
            worked.take(judged.collect(), act);
        }
    }

    /// Examines a Dockerfile of the plan, if it is where the plan may name it.
    fn examined(&self, path: &str) -> Result<ExaminedFile, Left> {
        let target = self.target(path)?;
        match std::fs::symlink_metadata(&target) {
            Ok(about) if about.is_file() => {}
            Ok(_) => return Err(Left::new(path, Why::Changed, "no regular file any more")),
            Err(_) => return Err(gone(path)),
        }
        let folder = target.parent().unwrap_or(&target);
        let Some(settings) = self.places.resolver.settings(folder) else {
            let problems = self.places.resolver.problems();
            let told = problems.first().map(|it| format!("{}: {}", it.place, it.message));
            return Err(Left::new(path, Why::Failed, told.unwrap_or_default()));
        };
        let settings = self.places.resolver.settings_of(&settings, &target);
        let top = project::repository(folder).map(Arc::from);
        let shown = target.strip_prefix(self.places.here).unwrap_or(&target).to_owned();
        let found = Found {
            path: shown,
            target: target.clone(),
            top,
            origin: Origin::Found,
            included: true,
            settings,
        };
        let mut examined = batch::examine(&found, &self.places);
        let member = examined.member();
        match examined {
            Examined::Report(report, _) => Ok((target, report, member)),
            Examined::Skipped(reason) => {
                Err(Left::new(path, Why::Changed, format!("it is a {reason} now")))
            }
        }
    }

    /// Where a path of the plan leads: not through a link out of the root.
    fn target(&self, path: &str) -> Result<PathBuf, Left> {
        let target = self.root.join(path);
        let folder = target.parent().and_then(|folder| folder.canonicalize().ok());
        match folder {
            None => Err(gone(path)),
            Some(folder) if target.parent() == Some(&folder) => Ok(target),
            Some(_) => Err(Left::new(path, Why::Failed, "a symbolic link is on the way to it")),
        }
    }

    /// Whether a file is as it was planned, and becomes what was planned.
    fn judge(
        &self,
        file: &File,
        report: Option<&FileReport<'static>>,
        part: &Part,
        base: Base,
    ) -> Judged {
        let target = match self.target(&file.path) {
            Ok(target) => target,
            Err(left) => return Judged::Left(left),
        };
        let left = |why, message: &str| Judged::Left(Left::new(&file.path, why, message));
        if let Some(Err(Problem::Unreadable(message))) = report.map(|it| &it.result) {
            return left(Why::Failed, message);
        }
        let now = match report {
            Some(report) => (!report.is_new).then(|| sha256(&report.source)),
            None => read::file(&target, LONGEST_IGNORE_FILE).ok().map(|text| sha256(&text)),
        };
        let steps = file.steps_of(part.number);
        let Some(done) = file.position(now.as_deref()) else {
            return self.changed(file, report);
        };
        if done >= steps.end {
            return Judged::Done;
        }
        if base == Base::Files
            && let Some(number) = self.missing(file, steps.start, done, part)
        {
            return left(Why::After, &format!("part {number} has to be there first"));
        }
        let Some(report) = report else { return left(Why::Around, AROUND) };
        let found = match &report.result {
            Ok(outcome) => &outcome.steps[..],
            Err(_) => return left(Why::Changed, "it is no valid Dockerfile"),
        };
        let planned = &file.steps[done..steps.end];
        let is_same = |(planned, found): (&crate::report::campaign::Step, &Step)| {
            *planned.transform == *found.transform.id && planned.result == sha256(&found.after)
        };
        if found.len() < planned.len() || !planned.iter().zip(found).all(is_same) {
            return left(Why::Around, AROUND);
        }
        let first = steps.start.saturating_sub(done);
        let steps = found[first..planned.len()].to_vec();
        let before = steps.first().map_or(&report.source, |step| &step.before).clone();
        Judged::Ready(Ready {
            path: file.path.clone(),
            repository: file.repository.clone(),
            target,
            is_new: report.is_new && first == 0,
            before,
            steps,
        })
    }

    fn changed(&self, file: &File, report: Option<&FileReport<'static>>) -> Judged {
        let now = report.map(|it| File::planned(it, file.path.clone(), file.repository.clone()));
        match now {
            Some(now) if is_settled(&now, file) => Judged::Done,
            _ => Judged::Left(Left::new(&file.path, Why::Changed, CHANGED)),
        }
    }

    /// The earlier part that has to be there first.
    fn missing(&self, file: &File, first: usize, done: usize, part: &Part) -> Option<u32> {
        if done < first {
            return file.steps.get(done).map(|step| step.part);
        }
        // An ignore file is right for Dockerfiles that are through.
        let dockerfiles = file.dockerfiles.iter().filter_map(|path| self.files.get(path));
        let mut open = dockerfiles.filter_map(|file| {
            let text = read::file(&self.root.join(&file.path), self.places.limit).ok()?;
            let done = file.position(Some(&sha256(&text)))?;
            file.steps.get(done).map(|step| step.part)
        });
        open.find(|number| *number < part.number && part.after.is_some())
    }
}

const CHANGED: &str = "it changed since it was planned; `jettison migrate update` plans it anew";

const AROUND: &str = "something else would become of it than was planned, for what is around it changed: its \
                      configuration, builds that use it, or jettison itself; `jettison migrate update` plans it anew";

fn gone(path: &str) -> Left {
    Left::new(
        path,
        Why::Gone,
        "it is not there any more; `jettison migrate update` looks where it went",
    )
}

/// A file that was examined: where it is, what becomes of it, and what it says to its context.
type ExaminedFile = (PathBuf, Box<FileReport<'static>>, Option<Member>);

enum Judged {
    Done,
    Ready(Ready),
    Left(Left),
}

impl Worked {
    /// Acts on what stands or falls together, if all of it can be done.
    fn take(&mut self, judged: Vec<Judged>, act: Act<'_>) {
        let (mut ready, mut left) = (Vec::new(), Vec::new());
        for judged in judged {
            match judged {
                Judged::Done => self.done += 1,
                Judged::Ready(file) => ready.push(file),
                Judged::Left(file) => left.push(file),
            }
        }
        if let Some(first) = left.first() {
            let message = format!("it goes with `{}`, which is left", first.path);
            left.extend(ready.iter().map(|it| Left::new(&it.path, Why::Together, &*message)));
        } else if !ready.is_empty() {
            let count = ready.len();
            match act(ready) {
                Ok(()) => self.acted += count,
                Err(failed) => left = failed,
            }
        }
        self.left.extend(left);
    }
}

/// Ignore files with their Dockerfiles; those that share one are in one group.
fn groups<'f>(ignores: impl Iterator<Item = &'f File>) -> Vec<Vec<&'f str>> {
    let mut groups: Vec<BTreeSet<&str>> = Vec::new();
    for file in ignores {
        let names = file.dockerfiles.iter().chain([&file.path]);
        let mut new: BTreeSet<&str> = names.map(String::as_str).collect();
        let (same, other): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| !group.is_disjoint(&new));
        new.extend(same.into_iter().flatten());
        groups = other;
        groups.push(new);
    }
    let by_first: BTreeMap<&str, BTreeSet<&str>> =
        groups.into_iter().filter_map(|it| Some((*it.first()?, it))).collect();
    by_first.into_values().map(|group| group.into_iter().collect()).collect()
}
