//! C and C++: programs that compilers, Make, CMake, Meson and Autotools make.

use super::case::Case;
use super::commands::{Step, Work};
use super::evidence::outermost;
use super::install::{self, Made};
use super::plan::{Copied, Ground, Kind, Plan, SOURCES};
use super::program::Program;
use super::{Stack, Stop, needs};
use crate::facts::{is_within, resolve};
use crate::images::{Family, Libc, runtime};
use crate::shell::command::base;

mod build;
mod link;
mod sources;

pub(super) const STACK: Stack = Stack { name: "C", is, plan };

fn is(case: &Case) -> bool {
    let builds = |step: &Step| {
        matches!(&step.work, Work::Program { name, .. }
            if build::is_compiler(name) || build::TOOLS.contains(&base(name)))
    };
    let has_only_c = case.is_plain_distribution() || case.repository() == "gcc";
    let by_script = || build::scripts(case).is_ok_and(|it| !it.is_empty());
    has_only_c && (case.steps().iter().any(builds) || by_script())
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    if matches!(base(&program.words[0]), "make" | "gdb" | "valgrind" | "ctest") {
        let reason = format!("`{}` is for somebody who develops", program.words.join(" "));
        return Err(case.stop("development", reason));
    }
    let mut files = build::files(case)?;
    files.extend(build::scripts(case)?);
    let mut plan = Plan::default();
    build::has_no_checkers(case, &files, &mut plan)?;
    let mut made = made(case, program, &files, &mut plan)?;
    made.programs.dedup();
    let started = install::find(case, program, &made, &[])?;
    plan.copies.extend(started.copies.iter().cloned());
    plan.start = started.start(program);
    plan.ground = Ground { kind: kind(case, &started.copies, &files)?, ..Ground::default() };
    started.shell(case, &mut plan);
    plan.copies.extend(made.others.iter().cloned());
    brings_libraries(case, &files, &mut plan)?;
    let sources = sources::read(case)?;
    sources.files(case, program, &mut plan)?;
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    sources.programs(case, &made, &mut plan)?;
    let texts = sources.texts();
    build::has_no_data_beside(case, &files, &texts)?;
    needs::packages(case, &texts, &mut plan)?;
    needs::health(case, &made, &mut plan)?;
    plan.ground.zones |= texts.iter().any(|it| it.contains("localtime") || it.contains("tzset"));
    plan.ground.temporary = texts
        .iter()
        .any(|it| it.contains("mkstemp") || it.contains("tmpfile") || it.contains("/tmp"));
    plan.ground.root = sources.root(case).or_else(|| needs::made_folder(&plan));
    link::libraries(case, &files, &sources, &mut plan)?;
    plan.left.push(SOURCES.to_owned());
    Ok(plan)
}

/// Everything that the `RUN`s make.
fn made(
    case: &Case,
    program: &Program,
    files: &[build::File],
    plan: &mut Plan,
) -> Result<Made, Stop> {
    let mut made = Made::default();
    let wanted = wanted(case, program)?;
    let first = program.words.first().filter(|it| it.contains('/'));
    let first = first.and_then(|it| resolve(case.stage().workdir(), it));
    for step in case.steps() {
        let Work::Program { name, words, .. } = &step.work else {
            install::other(case, step, &mut made)?;
            continue;
        };
        if !step.certain && (build::is_compiler(name) || build::TOOLS.contains(&base(name))) {
            continue;
        }
        let script = build::script(case, step)?;
        match base(name) {
            _ if script.is_some_and(|it| files.iter().any(|file| file.source == it)) => {
                for path in &wanted {
                    if build::is_named_near(case, path, files)? && !made.programs.contains(path) {
                        made.programs.push(path.clone());
                    }
                }
            }
            "sed" if build::edits_code(words) => (),
            name if build::is_compiler(name) => {
                let output = build::output(case, step, words)?;
                made.programs.extend(output);
            }
            name if build::TOOLS.contains(&name) => {
                for path in &wanted {
                    if build::makes(case, step, path, first.as_deref(), files)?
                        && !made.programs.contains(path)
                    {
                        made.programs.push(path.clone());
                    }
                }
                if build::installs(name, words)
                    && !made.others.iter().any(|it| it.to == "/usr/local")
                {
                    is_bare(case, step)?;
                    let because = format!("`{}` puts it there", step.text);
                    made.others.push(Copied::folder("/usr/local", because));
                }
            }
            "curl" | "git" | "tar" | "unzip" | "wget" => {
                let doubt = format!("what `{}` brings is not known", step.text);
                plan.doubts.push(doubt);
            }
            "pkg-config" | "protoc" | "touch" | "update-alternatives" => (),
            _ => install::other(case, step, &mut made)?,
        }
    }
    Ok(made)
}

/// In what else than a distribution's own image `/usr/local` has compilers.
fn is_bare(case: &Case, step: &Step) -> Result<(), Stop> {
    if case.is_plain_distribution() {
        return Ok(());
    }
    let reason = format!("what `{}` installs is not known", step.text);
    Err(Stop { code: "unclear-output", at: step.at, reason })
}

/// The paths that words of the command line, and of a script which it starts, may mean.
fn wanted(case: &Case, program: &Program) -> Result<Vec<String>, Stop> {
    let mut words: Vec<String> = program.words.clone();
    for word in &program.words {
        words.extend(word.split_whitespace().map(str::to_owned));
        let place = resolve(case.stage().workdir(), word).unwrap_or_default();
        let Some(source) = case.source(&place)? else { continue };
        let Some(text) = case.text(&source).filter(|it| it.starts_with("#!")) else { continue };
        words
            .extend(text.split_whitespace().map(|it| it.trim_matches(['"', '\'', ';']).to_owned()));
    }
    let mut all: Vec<String> = Vec::new();
    for word in &words {
        let is_name = !word.is_empty() && !word.starts_with('-') && !word.contains(['$', '*', '=']);
        if !is_name {
            continue;
        }
        match word.contains('/') {
            true => all.extend(resolve(case.stage().workdir(), word)),
            false => all.push(format!("/usr/local/bin/{word}")),
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// What the program has to find in the run-time stage.
fn kind(case: &Case, started: &[Copied], files: &[build::File]) -> Result<Kind, Stop> {
    let path = started.iter().rfind(|it| it.because == "the program").map(|it| it.from.as_str());
    let is_static = case.steps().iter().any(|step| match &step.work {
        Work::Program { name, words, .. } if build::is_compiler(base(name)) => {
            let output = build::output(case, step, words).ok().flatten();
            output.as_deref() == path && words.contains(&Some("-static"))
        }
        _ => false,
    });
    if is_static && path.is_some() {
        return Ok(Kind::Static);
    }
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    match (case.image().and_then(|it| it.libc()), distribution) {
        (Some(Libc::Glibc(version)), Some(distribution)) => {
            let at_most = || runtime::glibc_at_most(distribution);
            let Some(at_least) = version.or_else(at_most) else { return Err(no_libc(case)) };
            let has_cpp = build::has_cpp(case)? || build::has_openmp(case, files);
            Ok(Kind::Glibc { at_least, has_cpp })
        }
        (_, Some(distribution)) if distribution.family == Family::Alpine => Ok(Kind::Musl),
        _ => Err(no_libc(case)),
    }
}

fn no_libc(case: &Case) -> Stop {
    case.stop("libc", format!("the C library of `{}` is not known", case.reference()))
}

/// Shared libraries that the build itself makes.
fn brings_libraries(case: &Case, files: &[build::File], plan: &mut Plan) -> Result<(), Stop> {
    let makes_shared = |it: &&build::File| {
        ["-shared", " SHARED", "BUILD_SHARED_LIBS", "shared_library(", "LTLIBRARIES"].iter().any(
            |word| {
                it.text
                    .lines()
                    .any(|line| line.contains(word) && !line.trim_start().starts_with('#'))
            },
        )
    };
    let is_installed = plan.copies.iter().any(|it| it.to == "/usr/local");
    let is_own = |it: &&build::File| {
        case.arrivals.iter().any(|own| own.to.as_deref().is_some_and(|to| is_within(&it.place, to)))
    };
    let own = files.iter().filter(is_own).find(makes_shared);
    if let Some(file) = own.filter(|_| !is_installed) {
        let reason = format!("`{}` makes shared libraries, which it may need", file.source);
        return Err(case.stop("libraries", reason));
    }
    let has_foreign = !plan.doubts.is_empty();
    let is_set = case.variable("LD_LIBRARY_PATH").is_some();
    if is_installed && !is_set && (has_foreign || files.iter().any(|it| makes_shared(&it))) {
        plan.environment.push(("LD_LIBRARY_PATH".to_owned(), "/usr/local/lib".to_owned()));
    }
    Ok(())
}
