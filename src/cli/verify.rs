//! `jettison verify`: builds what the preview shows, and compares the images.

use super::arguments::{Arguments, VerifyArguments, VerifyFormat};
use super::batch::{self, Examined};
use super::context::LONGEST_IGNORE_FILE;
use super::discover::{self, Discovery, Found};
use super::ignore_files::{self, Member, Places, ignore_path};
use super::output::Output;
use super::repositories::Repositories;
use super::settings::{self, Resolver};
use super::{FAILED, Refusal, context, read};
use crate::facts::Facts;
use crate::pipeline;
use crate::project::{self, Evidence, Project};
use crate::report::summary::Summary;
use crate::report::{Action, FileReport, Style, Written, error, verify as report, verify_json};
use crate::syntax;
use crate::transform::Transform;
use crate::verify::case::{Build, Case, Step, Texts, Verdict, Verification};
use crate::verify::engine::{self, Cancel, Run};
use crate::verify::proof::{Options, Prover};
use crate::verify::settle::{Settled, settle};
use crate::verify::smoke::Patience;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// A rewrite differs, breaks or was not verified.
const UNVERIFIED: u8 = 1;

/// The exit code of a run that was interrupted.
const INTERRUPTED: u8 = 130;

/// Verifies what the selected transforms would change, and returns the exit code.
pub(super) fn run(
    wanted: &VerifyArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let arguments = Arguments::of_selection(&wanted.selection);
    let style = batch::style(&arguments);
    let resolver = Resolver::new(&arguments, transforms, style.colour)?;
    let given = wanted.selection.context.as_deref().map(context::folder).transpose()?;
    let mut found = discover::discover(&arguments, &resolver)?;
    if let Some(revision) = &wanted.selection.changed_since {
        batch::keep_changed(&mut found, &arguments, revision)?;
    }
    let stray = problems(&found, &style, output);
    let here = settings::current_folder();
    let tops = found.files.iter().filter_map(|file| file.top.as_deref());
    let repositories = Repositories::read(tops);
    let limit = wanted.selection.max_file_size;
    let places = Places {
        repositories: &repositories,
        resolver: &resolver,
        here: &here,
        given: given.as_deref(),
        limit,
    };
    let (subjects, ignore_files, unread) = subjects(&found.files, &places, wanted, &style, output);
    // An engine is needed only if there is something to build.
    let is_possible = |it: &Subject<'_>| it.builds.iter().any(|(_, trouble)| trouble.is_none());
    let done = match subjects.iter().any(is_possible) {
        true => verified(&subjects, &places, wanted, output)?,
        false => subjects.iter().map(|subject| (subject.impossible(&places), Vec::new())).collect(),
    };
    let all = || done.iter().flat_map(|(verifications, _)| verifications);
    let interrupted = all().any(|it| is_interrupted(&it.verdict));
    let mut applied = Applied::default();
    if wanted.fix && !interrupted {
        apply(&subjects, &done, ignore_files, &places, &mut applied);
    }
    let verified: Vec<Verification> = all().cloned().collect();
    applied.problems.iter().for_each(|problem| output.error(&format!("error: {problem}\n")));
    let failed = stray || !applied.problems.is_empty();
    let code = match code(&verified, wanted.allow_unverified) {
        _ if interrupted => INTERRUPTED,
        _ if failed => FAILED,
        FAILED => FAILED,
        code => unread.exit_code(Action::Preview).max(code),
    };
    show(&verified, &applied.written, wanted, code, &style, output);
    Ok(code)
}

fn is_interrupted(verdict: &Verdict) -> bool {
    *verdict == Verdict::EngineFailed(engine::EngineError::Cancelled.to_string())
}

fn code(verified: &[Verification], allow_unverified: bool) -> u8 {
    let worst = verified.iter().map(|it| match &it.verdict {
        _ if !it.dropped.is_empty() => UNVERIFIED,
        Verdict::Same | Verdict::SameExceptDeclared => 0,
        Verdict::EngineFailed(_) => FAILED,
        Verdict::WasBroken(_) | Verdict::NotVerified(_) if allow_unverified => 0,
        _ => UNVERIFIED,
    });
    worst.max().unwrap_or(0)
}

/// Shows what is wrong with folders and configuration; whether anything is.
fn problems(found: &Discovery, style: &Style, output: &mut Output<'_>) -> bool {
    for problem in &found.problems {
        let mut told = problem.shown.clone().unwrap_or_default();
        if problem.shown.is_none() {
            error::error(&mut told, style.colour, &problem.place, &problem.message);
        }
        output.error(&told);
    }
    !found.problems.is_empty()
}

/// A Dockerfile that would change, or whose ignore file would.
struct Subject<'s> {
    file: &'s Found,
    report: FileReport<'static>,
    /// The ways in which it is built, and why one cannot be tried here.
    builds: Vec<(Build, Option<String>)>,
    /// What changes the ignore files of its contexts, by their paths.
    ignores: Vec<(PathBuf, Vec<pipeline::Step<'static>>)>,
}

/// What there is to verify, and the Dockerfiles that could not be read.
fn subjects<'s>(
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
    fn cases(&self, only: Option<&[String]>, places: &Places<'_>) -> Vec<Case> {
        let again = only.map(|ids| self.examined(ids, places));
        let result = again.as_ref().map_or(&self.report.result, |report| &report.result);
        let steps = result.as_ref().map(|outcome| &*outcome.steps).unwrap_or_default();
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
    fn impossible(&self, places: &Places<'_>) -> Vec<Verification> {
        let cases = self.cases(None, places);
        let troubles =
            self.builds.iter().map(|(_, trouble)| trouble.as_deref().unwrap_or_default());
        cases.iter().zip(troubles).map(|(case, why)| impossible(case, why)).collect()
    }

    /// What only these transforms make of it.
    fn examined(&self, ids: &[String], places: &Places<'_>) -> Box<FileReport<'static>> {
        let mut request = self.file.settings.request.clone();
        request.transforms.retain(|transform| ids.iter().any(|id| *id == transform.id));
        match batch::examine_with(self.file, places, &request) {
            Examined::Report(report, _) => report,
            Examined::Skipped(_) => Box::new(FileReport {
                name: self.report.name.clone(),
                patch_name: self.report.patch_name.clone(),
                origin: self.report.origin,
                is_new: false,
                source: self.report.source.clone(),
                result: Err(crate::report::Problem::Unreadable("it has changed".to_owned())),
                written: Written::No,
                warnings: Vec::new(),
            }),
        }
    }

    /// The transforms that change it, in order.
    fn transforms(&self, places: &Places<'_>) -> Vec<String> {
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
                builds.iter().filter(|it| !it.is_workshop).map(|it| told(it, plain.clone())),
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

fn options(wanted: &VerifyArguments) -> Options {
    Options {
        secrets: wanted.secret.clone(),
        ssh: wanted.ssh.clone(),
        cache: wanted.cache,
        timeout: Duration::from_secs(u64::from(wanted.timeout.get())),
        command: wanted.run.clone(),
        starts: !wanted.no_run,
        patience: Patience::default(),
        scan: wanted.scan,
    }
}

/// What came of one Dockerfile: what may be applied, where that was asked for.
type Done = (Vec<Verification>, Vec<String>);

/// Verifies all subjects, some at the same time, in the order in which they are given.
fn verified(
    subjects: &[Subject<'_>],
    places: &Places<'_>,
    wanted: &VerifyArguments,
    output: &mut Output<'_>,
) -> Result<Vec<Done>, Refusal> {
    let cancel = Cancel::default();
    let engine = engine::find(wanted.engine.as_deref(), &cancel).map_err(|it| it.to_string())?;
    end_when_interrupted(&cancel);
    let locks = std::env::temp_dir();
    // What a killed run has left is in nobody's way: it is no reason to stop.
    let _ = engine::sweep(&*engine, &locks);
    let run = Run::begin(&*engine, &locks).map_err(|it| it.to_string())?;
    let work = workplace()?;
    let options = options(wanted);
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Done)>> = Mutex::default();
    let (tell, told) = mpsc::channel::<String>();
    std::thread::scope(|scope| {
        for _ in 0..wanted.jobs.get().min(subjects.len()) {
            let (tell, next, results) = (tell.clone(), &next, &results);
            let (run, options, work) = (&run, &options, work.path());
            scope.spawn(move || {
                while let Some((at, subject)) = taken(next, subjects) {
                    let folder = work.join(format!("{}", at + 1));
                    let mut told = |text: &str| {
                        let _ = tell.send(format!("{}: {text}", subject.report.name));
                    };
                    let mut prover = Prover::new(run, options, &folder, &mut told);
                    let done = verify(subject, &mut prover, places, wanted.fix);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, done));
                }
            });
        }
        drop(tell);
        output.start_telling();
        told.iter().for_each(|text| output.tell(&text));
        output.end_progress();
    });
    if let Some(folder) = &wanted.logs {
        keep(work.path(), folder)
            .map_err(|error| format!("`--logs {}`: {}", folder.display(), read::reason(&error)))?;
    }
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, done)| done).collect())
}

fn taken<'c, T>(next: &AtomicUsize, all: &'c [T]) -> Option<(usize, &'c T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, all.get(at)?))
}

fn verify(subject: &Subject<'_>, prover: &mut Prover<'_>, places: &Places<'_>, fix: bool) -> Done {
    let cases = subject.cases(None, places);
    let is_possible = subject.builds.iter().all(|(_, trouble)| trouble.is_none());
    if fix && is_possible {
        let transforms = subject.transforms(places);
        let cases = |ids: &[String]| subject.cases(Some(ids), places);
        let Settled { kept, verifications } = settle(prover, &transforms, &cases);
        return (verifications, kept);
    }
    let one = |(case, (_, trouble)): (&Case, &(Build, Option<String>))| match trouble {
        Some(why) => impossible(case, why),
        // What another way of building it changes.
        None if case.steps.is_empty() => {
            Verification { verdict: Verdict::Same, ..Verification::new(case) }
        }
        None => prover.verify(case),
    };
    (cases.iter().zip(&subject.builds).map(one).collect(), Vec::new())
}

fn impossible(case: &Case, why: &str) -> Verification {
    Verification { verdict: Verdict::NotVerified(why.to_owned()), ..Verification::new(case) }
}

/// What was written, and why something was not.
#[derive(Default)]
struct Applied {
    written: Vec<String>,
    problems: Vec<String>,
}

impl Applied {
    fn write(&mut self, target: &Path, report: &mut FileReport<'_>) {
        batch::write(target, report);
        match &report.written {
            Written::Yes => self.written.push(report.name.clone()),
            Written::Failed(why) => self.problems.push(format!("{}: {why}", report.name)),
            Written::No => (),
        }
    }
}

/// Writes what passed. An ignore file is written only if it passed with every Dockerfile that has it.
fn apply(
    subjects: &[Subject<'_>],
    done: &[Done],
    ignore_files: Vec<ignore_files::Examined>,
    places: &Places<'_>,
    applied: &mut Applied,
) {
    let keeps = |kept: &[String], steps: &[pipeline::Step<'_>]| {
        steps.iter().all(|step| kept.iter().any(|id| *id == step.transform.id))
    };
    let pairs = || subjects.iter().zip(done);
    let mut refused = HashSet::new();
    for (subject, (_, kept)) in pairs() {
        let ignores = subject.ignores.iter().filter(|(_, steps)| !keeps(kept, steps));
        refused.extend(ignores.map(|(path, _)| path.clone()));
    }
    for (subject, (_, kept)) in pairs() {
        let stays =
            |(path, steps): &&(PathBuf, Vec<_>)| keeps(kept, steps) && refused.contains(path);
        if let Some((path, _)) = subject.ignores.iter().find(stays) {
            let (name, path) = (&subject.report.name, path.display());
            applied.problems.push(format!(
                "{name}: it passed together with a change of {path} that did not pass with another \
                 Dockerfile; verify it alone with `--skip`"
            ));
        } else if !kept.is_empty() {
            let mut report = subject.examined(kept, places);
            applied.write(&subject.file.target, &mut report);
        }
    }
    let passed = |path: &Path| {
        let mut having = pairs().filter(|(it, _)| it.ignores.iter().any(|(own, _)| own == path));
        !refused.contains(path) && having.next().is_some()
    };
    for mut ignore in ignore_files.into_iter().filter(|it| passed(&it.path)) {
        applied.write(&ignore.path, &mut ignore.report);
    }
}

/// Where texts and logs lie, until the run is over.
fn workplace() -> Result<tempfile::TempDir, Refusal> {
    let folder = tempfile::Builder::new().prefix("jettison-verify-").tempdir();
    folder.map_err(|error| format!("no temporary folder can be made: {}", read::reason(&error)))
}

/// Copies the folder `from` to `to`. It is done at the end, because `to` may lie in a build context.
fn keep(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (entry, to) = entry.map(|it| (it.path(), to.join(it.file_name())))?;
        match entry.is_dir() {
            true => keep(&entry, &to)?,
            false => std::fs::copy(&entry, &to).map(drop)?,
        }
    }
    Ok(())
}

/// The first interrupt ends what runs and tidies up; a second one ends at once.
fn end_when_interrupted(cancel: &Cancel) {
    let cancel = cancel.clone();
    let _ = ctrlc::set_handler(move || {
        if cancel.is_cancelled() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        cancel.cancel();
    });
}

fn show(
    verified: &[Verification],
    written: &[String],
    wanted: &VerifyArguments,
    code: u8,
    style: &Style,
    output: &mut Output<'_>,
) {
    let here = settings::current_folder();
    let shown = match wanted.format {
        VerifyFormat::Text => report::text(verified, written, &here, style.colour),
        VerifyFormat::Markdown => report::markdown(verified, &here),
        VerifyFormat::Json => verify_json::document(verified, written, &here, code),
    };
    output.show(shown.as_bytes());
}
