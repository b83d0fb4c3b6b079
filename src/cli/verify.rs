//! `jettison verify`: builds what the preview shows, and compares the images.

use super::arguments::{Arguments, VerifyArguments, VerifyFormat};
use super::batch::{self, Examined};
use super::discover::{self, Discovery, Found};
use super::ignore_files::{Member, Places, ignore_path};
use super::output::Output;
use super::repositories::Repositories;
use super::settings::{self, Resolver};
use super::{FAILED, Refusal, context, read};
use crate::facts::Facts;
use crate::pipeline;
use crate::project::{self, Evidence, Project};
use crate::report::{FileReport, Style, error, verify as report, verify_json};
use crate::syntax;
use crate::transform::Transform;
use crate::verify::case::{Build, Case, Step, Texts, Verdict, Verification};
use crate::verify::engine::{self, Cancel, Run};
use crate::verify::proof::{Options, Prover};
use crate::verify::smoke::Patience;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::HashSet;
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
    let (cases, unread) = cases(&found.files, &places, wanted, &style, output);
    let verified = match cases.is_empty() {
        // An engine is needed only if there is something to build.
        true => Vec::new(),
        false => verified(&cases, wanted, output)?,
    };
    show(&verified, wanted, &style, output);
    let interrupted = verified.iter().any(|it| is_interrupted(&it.verdict));
    Ok(match (interrupted, stray || unread) {
        (true, _) => INTERRUPTED,
        (false, true) => FAILED,
        (false, false) => code(&verified, wanted.allow_unverified),
    })
}

fn is_interrupted(verdict: &Verdict) -> bool {
    *verdict == Verdict::EngineFailed(engine::EngineError::Cancelled.to_string())
}

fn code(verified: &[Verification], allow_unverified: bool) -> u8 {
    let worst = verified.iter().map(|it| match &it.verdict {
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

/// What there is to verify, and whether a Dockerfile could not be read.
fn cases(
    files: &[Found],
    places: &Places<'_>,
    wanted: &VerifyArguments,
    style: &Style,
    output: &mut Output<'_>,
) -> (Vec<Prepared>, bool) {
    let mut examined: Vec<Examined> =
        files.par_iter().map(|file| batch::examine(file, places)).collect();
    let members: Vec<Member> = examined.iter_mut().filter_map(Examined::member).collect();
    let ignore_files = places.examine(members);
    let ignore_files: Vec<(&Path, &FileReport<'_>)> =
        ignore_files.iter().map(|it| (&*it.path, &it.report)).collect();
    let (mut cases, mut unread) = (Vec::new(), false);
    for (file, examined) in files.iter().zip(&examined) {
        let Examined::Report(report, _) = examined else { continue };
        if report.result.is_err() {
            output.error(&error::problems(report, style.colour));
            unread = true;
            continue;
        }
        let project = places.around(file);
        cases.extend(of_file(file, report, &project, &ignore_files, places, wanted));
    }
    (cases, unread)
}

/// What is verified, or why it cannot be.
enum Prepared {
    Case(Case),
    Impossible(Case, String),
}

/// The cases of one Dockerfile: one for each way in which it is built.
fn of_file(
    file: &Found,
    report: &FileReport<'_>,
    project: &Project,
    ignore_files: &[(&Path, &FileReport<'_>)],
    places: &Places<'_>,
    wanted: &VerifyArguments,
) -> Vec<Prepared> {
    let Ok(outcome) = &report.result else { return Vec::new() };
    let mut cases = Vec::new();
    for (build, trouble) in builds(file, &report.source, project, places, wanted) {
        let applied = project::applied_ignore_file(&file.target, &build.context);
        let ignore = applied.and_then(|path| read::file(&path, places.limit).ok());
        let before = Texts { dockerfile: report.source.clone(), ignore: ignore.map(Arc::from) };
        let mut last = before.clone();
        let mut steps: Vec<Step> = Vec::new();
        let mut add = |step: &pipeline::Step<'_>, after: Texts| {
            let declares = step.changes.iter().flat_map(|it| it.delta.differences.clone());
            let (transform, declares) = (step.transform.id.to_string(), declares.collect());
            steps.push(Step { transform, after: after.clone(), declares });
            after
        };
        for step in &outcome.steps {
            last = add(step, Texts { dockerfile: step.after.clone(), ..last.clone() });
        }
        let path = ignore_path(&file.target, &build.context);
        let ignored = ignore_files.iter().filter(|(other, _)| *other == path);
        for step in ignored.filter_map(|(_, it)| it.result.as_ref().ok()).flat_map(|it| &it.steps) {
            last = add(step, Texts { ignore: Some(step.after.clone()), ..last.clone() });
        }
        if steps.is_empty() {
            continue;
        }
        let case = Case { name: report.name.clone(), before, steps, build };
        cases.push(match trouble {
            None => Prepared::Case(case),
            Some(why) => Prepared::Impossible(case, why),
        });
    }
    cases
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
    }
}

/// Verifies all cases, some at the same time, in the order in which they are given.
fn verified(
    cases: &[Prepared],
    wanted: &VerifyArguments,
    output: &mut Output<'_>,
) -> Result<Vec<Verification>, Refusal> {
    let cancel = Cancel::default();
    let engine = engine::find(wanted.engine.as_deref(), &cancel).map_err(|it| it.to_string())?;
    end_when_interrupted(&cancel);
    let locks = std::env::temp_dir();
    // What a killed run has left is in nobody's way: it is no reason to stop.
    let _ = engine::sweep(&*engine, &locks);
    let run = Run::begin(&*engine, &locks).map_err(|it| it.to_string())?;
    let work = workplace(wanted)?;
    let options = options(wanted);
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Verification)>> = Mutex::default();
    let (tell, told) = mpsc::channel::<String>();
    std::thread::scope(|scope| {
        for _ in 0..wanted.jobs.get().min(cases.len()) {
            let (tell, next, results) = (tell.clone(), &next, &results);
            let (run, options, work) = (&run, &options, work.path());
            scope.spawn(move || {
                while let Some((at, prepared)) = taken(next, cases) {
                    let folder = work.join(format!("{}", at + 1));
                    let done = verify(prepared, run, options, &folder, &tell);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, done));
                }
            });
        }
        drop(tell);
        output.start_telling();
        told.iter().for_each(|text| output.tell(&text));
        output.end_progress();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, done)| done).collect())
}

fn taken<'c>(next: &AtomicUsize, cases: &'c [Prepared]) -> Option<(usize, &'c Prepared)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, cases.get(at)?))
}

fn verify(
    prepared: &Prepared,
    run: &Run<'_>,
    options: &Options,
    folder: &Path,
    tell: &mpsc::Sender<String>,
) -> Verification {
    let case = match prepared {
        Prepared::Case(case) => case,
        Prepared::Impossible(case, why) => {
            let verdict = Verdict::NotVerified(why.clone());
            return Verification { verdict, ..Verification::new(case) };
        }
    };
    let mut told = |text: &str| {
        let _ = tell.send(format!("{}: {text}", case.name));
    };
    Prover::new(run, options, folder, &mut told).verify(case)
}

/// Where texts and logs lie: in the folder that the user wants, or in one that goes at the end.
enum Workplace {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Workplace {
    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

fn workplace(wanted: &VerifyArguments) -> Result<Workplace, Refusal> {
    match &wanted.logs {
        Some(folder) => std::fs::create_dir_all(folder)
            .map(|()| Workplace::Kept(folder.clone()))
            .map_err(|error| format!("`--logs {}`: {}", folder.display(), read::reason(&error))),
        None => tempfile::Builder::new()
            .prefix("jettison-verify-")
            .tempdir()
            .map(Workplace::Temporary)
            .map_err(|error| format!("no temporary folder can be made: {}", read::reason(&error))),
    }
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
    wanted: &VerifyArguments,
    style: &Style,
    output: &mut Output<'_>,
) {
    let here = settings::current_folder();
    let shown = match wanted.format {
        VerifyFormat::Text => report::text(verified, &here, style.colour),
        VerifyFormat::Markdown => report::markdown(verified, &here),
        VerifyFormat::Json => {
            verify_json::document(verified, &here, code(verified, wanted.allow_unverified))
        }
    };
    output.show(shown.as_bytes());
}
