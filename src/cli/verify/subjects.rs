//! What there is to verify: each Dockerfile with the ways in which it is built.

use super::super::batch::{self, Examined};
use super::super::context::LONGEST_IGNORE_FILE;
use super::super::discover::Found;
use super::super::ignore_files::{self, Member, Places, ignore_path};
use super::super::output::Output;
use super::super::read;
use super::super::subcommands::VerifyArguments;
use super::impossible;
use crate::facts::Facts;
use crate::pipeline;
use crate::project::{self, Evidence, Project};
use crate::report::summary::Summary;
use crate::report::{FileReport, Problem, Style, error};
use crate::syntax;
use crate::verify::case::{Build, Case, Step, Texts, Verification};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Dockerfile that would change, or whose ignore file would.
pub(super) struct Subject<'s> {
    pub(super) file: &'s Found,
    pub(super) report: FileReport<'static>,
    /// The ways in which it is built, and why one cannot be tried here.
    pub(super) builds: Vec<(Build, Option<String>)>,
    /// What changes the ignore files of its contexts, by their paths.
    pub(super) ignores: Vec<(PathBuf, Vec<pipeline::Step<'static>>)>,
}

/// What there is to verify, and the Dockerfiles that could not be read.
pub(super) fn subjects<'s>(
    files: &'s [Found],
    places: &Places<'_>,
    wanted: &VerifyArguments,
    style: &Style,
    output: &mut Output<'_>,
) -> (Vec<Subject<'s>>, Vec<ignore_files::Examined>, Summary) {
    let mut examined: Vec<Examined> =
        files.par_iter().map(|file| batch::examine(file, places)).collect();
    let members: Vec<Member> = examined.iter_mut().filter_map(Examined::member).collect();
    let ignore_files = places.examine(members);
    let (mut subjects, mut unread) = (Vec::new(), Summary::default());
    for (file, examined) in files.iter().zip(examined) {
        let Examined::Report(report, _) = examined else { continue };
        if report.result.is_err() {
            output.error(&error::problems(&report, style.colour));
            unread.add(&report);
            continue;
        }
        let builds = builds(file, &report.source, &places.around(file), places, wanted);
        let paths = builds.iter().map(|(build, _)| ignore_path(&file.target, &build.context));
        let paths: BTreeSet<PathBuf> = paths.collect();
        let steps = |path: PathBuf| {
            let mut all = ignore_files.iter().filter(|it| it.path == path);
            let steps = all.find_map(|it| it.report.result.as_ref().ok())?.steps.clone();
            (!steps.is_empty()).then_some((path, steps))
        };
        let ignores = paths.into_iter().filter_map(steps).collect();
        let subject = Subject { file, report: *report, builds, ignores };
        if subject.cases(None, places).iter().any(|case| !case.steps.is_empty()) {
            subjects.push(subject);
        }
    }
    (subjects, ignore_files, unread)
}

impl Subject<'_> {
    /// One case for each way in which it is built, with all steps or those of some transforms.
    pub(super) fn cases(&self, only: Option<&[String]>, places: &Places<'_>) -> Vec<Case> {
        let again = only.and_then(|ids| self.examined(ids, places));
        let report = again.as_deref().or(only.is_none().then_some(&self.report));
        let outcome = report.and_then(|it| it.result.as_ref().ok());
        let steps = outcome.map(|outcome| &*outcome.steps).unwrap_or_default();
        let is_wanted = |id: &str| only.is_none_or(|ids| ids.iter().any(|it| it == id));
        let case = |build: &Build| {
            let applied = project::applied_ignore_file(&self.file.target, &build.context);
            let ignore = applied.and_then(|path| read::file(&path, LONGEST_IGNORE_FILE).ok());
            let dockerfile = self.report.source.clone();
            let before = Texts { dockerfile, ignore: ignore.map(Arc::from) };
            let mut last = before.clone();
            let mut all = Vec::new();
            for step in steps {
                last = Texts { dockerfile: step.after.clone(), ..last };
                all.push(verified_step(step, last.clone()));
            }
            let path = ignore_path(&self.file.target, &build.context);
            let ignored = self.ignores.iter().filter(|(other, _)| *other == path);
            for step in ignored.flat_map(|(_, steps)| steps) {
                if is_wanted(&step.transform.id) {
                    last = Texts { ignore: Some(step.after.clone()), ..last };
                    all.push(verified_step(step, last.clone()));
                }
            }
            Case { name: self.report.name.clone(), before, steps: all, build: build.clone() }
        };
        self.builds.iter().map(|(build, _)| case(build)).collect()
    }

    /// What is said where no way of building it can be tried.
    pub(super) fn impossible(&self, places: &Places<'_>) -> Vec<Verification> {
        let cases = self.cases(None, places);
        let troubles =
            self.builds.iter().map(|(_, trouble)| trouble.as_deref().unwrap_or_default());
        cases.iter().zip(troubles).map(|(case, why)| impossible(case, why)).collect()
    }

    /// What only these transforms make of it; `None` if it is no Dockerfile any more.
    pub(super) fn examined(
        &self,
        ids: &[String],
        places: &Places<'_>,
    ) -> Option<Box<FileReport<'static>>> {
        let mut request = self.file.settings.request.clone();
        request.transforms.retain(|transform| ids.iter().any(|id| *id == transform.id));
        match batch::examine_with(self.file, places, &request) {
            Examined::Report(report, _) => Some(report),
            Examined::Skipped(_) => None,
        }
    }

    /// The transforms that change it, in order.
    pub(super) fn transforms(&self, places: &Places<'_>) -> Vec<String> {
        let mut seen = HashSet::new();
        let cases = self.cases(None, places).into_iter();
        let steps = cases.flat_map(|case| case.steps).map(|step| step.transform);
        steps.filter(|id| seen.insert(id.clone())).collect()
    }
}

fn verified_step(step: &pipeline::Step<'_>, after: Texts) -> Step {
    let declares = step.changes.iter().flat_map(|it| it.delta.differences.clone());
    Step { transform: step.transform.id.to_string(), after, declares: declares.collect() }
}

/// The ways in which a Dockerfile is built, each once, and why one cannot be tried here.
fn builds(
    file: &Found,
    source: &str,
    project: &Project,
    places: &Places<'_>,
    wanted: &VerifyArguments,
) -> Vec<(Build, Option<String>)> {
    let takes = syntax::parse(source).map(|file| Facts::new(&file).takes().0).unwrap_or_default();
    let contexts = project.contexts(&file.target, &takes, places.given);
    let mut found = Vec::new();
    for context in contexts.folders {
        let plain = Build { context: context.folder.clone(), ..Build::default() };
        match &context.evidence {
            Evidence::Builds(builds) => found.extend(
                builds.iter().filter(|it| !it.runs.is_workshop).map(|it| told(it, plain.clone())),
            ),
            Evidence::Guess { .. } => {
                // What takes nothing is the same with every context.
                let is_guess = !takes.paths.is_empty();
                found.push((Build { is_guess, ..plain }, None));
            }
            _ => found.push((plain, None)),
        }
    }
    if found.is_empty() {
        let context = file.target.parent().unwrap_or(&file.target).to_owned();
        let why = "its build context is not in this repository; say it with `--context DIR`";
        found.push((Build { context, ..Build::default() }, Some(why.to_owned())));
    }
    for (build, trouble) in &mut found {
        build.target = wanted.target.clone().or(build.target.take());
        build.platform = wanted.platform.clone().or(build.platform.take());
        build.arguments.extend(wanted.build_arg.iter().cloned());
        if !build.context.is_dir() && trouble.is_none() {
            *trouble =
                Some(format!("its build context `{}` is no folder", build.context.display()));
        }
        *trouble = trouble.take().or_else(|| unreadable_ignore_file(&file.target, &build.context));
    }
    let mut seen = HashSet::new();
    found.retain(|(build, _)| seen.insert(build.clone()));
    found
}

/// A build as a file of the repository describes it.
fn told(build: &project::builds::Build, plain: Build) -> (Build, Option<String>) {
    let argument = |(name, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    };
    let own = |place: &String| place.starts_with("target:") || place.starts_with("service:");
    let trouble = build.contexts.values().find(|it| own(it) || it.contains("${"));
    let trouble = trouble.map(|place| format!("its named context `{place}` is built elsewhere"));
    let folder = build.place.file.parent().unwrap_or(Path::new(""));
    let place = |(name, place): (&String, &String)| match place.contains(':') {
        true => format!("{name}={place}"),
        false => format!("{name}={}", folder.join(place).display()),
    };
    let build = Build {
        target: build.target.clone(),
        arguments: build.arguments.iter().map(argument).collect(),
        contexts: build.contexts.iter().map(place).collect(),
        platform: match &build.platforms[..] {
            [only] => Some(only.clone()),
            _ => None,
        },
        ..plain
    };
    (build, trouble)
}

/// Why it is not known what a build is sent.
fn unreadable_ignore_file(dockerfile: &Path, context: &Path) -> Option<String> {
    let path = project::applied_ignore_file(dockerfile, context)?;
    let why = match read::file(&path, LONGEST_IGNORE_FILE) {
        Ok(_) => return None,
        Err((_, Problem::Unreadable(why) | Problem::Bug(why))) => why,
        Err((_, Problem::Unparsable(errors))) => {
            errors.first().map_or("not UTF-8".to_owned(), |error| error.message.clone())
        }
    };
    Some(format!("its ignore file `{}`: {why}", path.display()))
}
