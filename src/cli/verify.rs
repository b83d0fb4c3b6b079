//! `jettison verify`: builds what the preview shows, and compares the images.

mod apply;
mod subjects;

use super::arguments::Arguments;
use super::batch;
use super::discover;
use super::ignore_files::Places;
use super::output::Output;
use super::repositories::Repositories;
use super::settings::{self, Resolver};
use super::subcommands::{VerifyArguments, VerifyFormat};
use super::{FAILED, Refusal, context, read};
use crate::report::{Action, Style, error, verify as report, verify_json};
use crate::transform::Transform;
use crate::verify::case::{Build, Case, Verdict, Verification};
use crate::verify::engine::{self, Cancel, Run};
use crate::verify::proof::{Options, Prover};
use crate::verify::settle::{Settled, settle};
use crate::verify::smoke::Patience;
use apply::{Applied, apply};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;
use subjects::{Subject, subjects};

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
    for problem in &found.problems {
        output.error(&error::stray(problem, style.colour));
    }
    let here = settings::current_folder();
    let seen = std::mem::take(&mut found.seen);
    let tops = found.files.iter().filter_map(|file| file.top.as_deref());
    let repositories = Repositories::read(tops, seen);
    let limit = wanted.selection.max_file_size;
    let places = Places {
        repositories: &repositories,
        resolver: &resolver,
        here: &here,
        given: given.as_deref(),
        limit,
    };
    if let Some(shard) = wanted.selection.shard {
        batch::start_threads();
        shard.keep(&mut found.files, &arguments, &places);
    }
    let (subjects, ignore_files, unread) = subjects(&found.files, &places, wanted, &style, output);
    // An engine is needed only if there is something to build.
    let is_possible = |it: &Subject<'_>| it.builds.iter().any(|(_, trouble)| trouble.is_none());
    let cancel = Cancel::default();
    let done = match subjects.iter().any(is_possible) {
        true => verified(&subjects, &places, wanted, &cancel, output)?,
        false => subjects.iter().map(|subject| (subject.impossible(&places), Vec::new())).collect(),
    };
    let interrupted = cancel.is_cancelled();
    let mut applied = Applied::default();
    if wanted.fix && !interrupted {
        apply(&subjects, &done, ignore_files, &places, &mut applied);
    }
    let verified = done.iter().flat_map(|(verifications, _)| verifications);
    let verified: Vec<Verification> = verified.cloned().collect();
    applied.problems.iter().for_each(|problem| output.error(&format!("error: {problem}\n")));
    let failed = !found.problems.is_empty() || !applied.problems.is_empty();
    let code = match code(&verified, wanted.allow_unverified) {
        _ if interrupted => INTERRUPTED,
        _ if failed => FAILED,
        FAILED => FAILED,
        code => unread.exit_code(Action::Preview).max(code),
    };
    show(&verified, &applied.written, wanted, code, &style, output);
    Ok(code)
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

fn options(wanted: &VerifyArguments) -> Options {
    Options {
        secrets: wanted.secret.clone(),
        ssh: wanted.ssh.clone(),
        cache: wanted.cache && !wanted.no_cache,
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
    cancel: &Cancel,
    output: &mut Output<'_>,
) -> Result<Vec<Done>, Refusal> {
    let engine = engine::find(wanted.engine.as_deref(), cancel).map_err(|it| it.to_string())?;
    end_when_interrupted(cancel);
    let locks = std::env::temp_dir();
    // What a killed run has left is in nobody's way: it is no reason to stop.
    let _ = engine::sweep(&*engine, &locks);
    let run = Run::begin(&*engine, &locks).map_err(|it| it.to_string())?;
    let work = run.folder();
    let work =
        work.map_err(|error| format!("no temporary folder can be made: {}", read::reason(&error)))?;
    if let Some(folder) = &wanted.logs {
        can_be_made(folder)
            .map_err(|error| format!("`--logs {}`: {}", folder.display(), read::reason(&error)))?;
    }
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
            let notes = vec!["nothing changes in this way of building it: not built".to_owned()];
            Verification { verdict: Verdict::Same, notes, ..Verification::new(case) }
        }
        None => prover.verify(case),
    };
    (cases.iter().zip(&subject.builds).map(one).collect(), Vec::new())
}

fn impossible(case: &Case, why: &str) -> Verification {
    Verification { verdict: Verdict::NotVerified(why.to_owned()), ..Verification::new(case) }
}

/// Whether a folder is there, or could be: said before hours of work, and it may lie in a build context.
fn can_be_made(folder: &Path) -> std::io::Result<()> {
    let is_new = !folder.exists();
    std::fs::create_dir_all(folder)?;
    match is_new {
        true => std::fs::remove_dir(folder),
        false => Ok(()),
    }
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
