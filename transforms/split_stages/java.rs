//! Java and what else runs on its virtual machine: jars and classes that Maven, Gradle, sbt, Leiningen, Ant or
//! `javac` make.

use super::case::Case;
use super::commands::{Step, Work};
use super::evidence::outermost;
use super::install::Made;
use super::plan::{Copied, Plan, SOURCES};
use super::program::{self, Program};
use super::{Stack, Stop, needs};
use crate::facts::{is_within, resolve};
use crate::shell::command::{base, is_shell};

mod at_start;
mod beside;
mod carried;
mod ground;
mod launch;
mod made;
mod server;
mod sources;

pub(super) const STACK: Stack = Stack { name: "Java", is, plan };

/// Tools that compile for the virtual machine.
const TOOLS: &[&str] = &[
    "ant", "clj", "clojure", "gradle", "gradlew", "groovyc", "jar", "javac", "kotlinc", "lein",
    "mill", "mvn", "mvnw", "sbt", "scalac",
];

/// The tool that a command runs, by itself or in a script of the context.
fn tool<'c>(case: &Case, step: &Step<'c>) -> Option<&'c str> {
    let Work::Program { name, words, .. } = &step.work else { return None };
    if TOOLS.contains(name) {
        return Some(name);
    }
    let script = match is_shell(name) {
        true => words.first().copied().flatten().filter(|it| !it.starts_with('-'))?,
        false => step.text.split_whitespace().next().filter(|it| it.contains('/'))?,
    };
    let place = resolve(step.workdir.as_deref(), script)?;
    let text = case.text(&case.source(&place).ok()??)?;
    let names = |line: &str, tool: &str| {
        let first = line.split_whitespace().next().map(base);
        first == Some(tool)
    };
    // What it brings from elsewhere is not known.
    let brings = ["curl", "wget", "apt-get", "apk", "yum", "git"];
    if text.lines().any(|line| brings.iter().any(|it| names(line, it))) {
        return None;
    }
    TOOLS.iter().copied().find(|it| text.lines().any(|line| names(line, it)))
}

fn is(case: &Case) -> bool {
    let Ok(program) = program::program(case) else { return false };
    let Some(word) = program.words.first() else { return false };
    let name = base(word);
    if TOOLS.contains(&name) {
        return true;
    }
    let is_java = |it: &String| base(it) == "java" || it.contains("java ");
    let may_start_java = program.words.iter().any(is_java) || !runs_otherwise(name);
    // What is started may also be a script, or a launcher that the build makes.
    may_start_java && case.steps().iter().any(|it| tool(case, it).is_some())
}

/// Interpreters of other languages.
fn runs_otherwise(name: &str) -> bool {
    let name = name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
    matches!(
        name,
        "node"
            | "npm"
            | "npx"
            | "yarn"
            | "pnpm"
            | "python"
            | "ruby"
            | "bundle"
            | "php"
            | "go"
            | "cargo"
            | "dotnet"
            | "flask"
            | "gunicorn"
            | "uvicorn"
            | "nginx"
            | "apache"
    )
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    adds_certificates(case)?;
    let mut plan = Plan::default();
    let mut made = made::made(case, &mut plan)?;
    let sources = sources::read(case)?;
    let is_built = at_start::build(case, program, &sources, &mut plan)?;
    made.builds.extend(is_built.then(|| case.workdir().ok()).flatten().map(str::to_owned));
    let is_named = at_start::name_jar(case, program);
    let server = server::found(case, program);
    let mut launch = match &server {
        Some(server) => server::launch(case, program, server)?,
        None => launch::launch(case, program, &made)?,
    };
    launch.is_other = is_built || is_named;
    if let Some(server) = &server {
        server::without_its_own(server, &mut made);
    }
    sources.are_there(case)?;
    let workdir = case.workdir()?;
    plan.ground.shell = launch.shell.clone();
    plan.copies.extend(launch.copies.iter().cloned());
    plan.copies.extend(beside::of(case, &launch, &made, &sources, &mut plan.doubts)?);
    plan.copies.extend(made.others.iter().cloned());
    plan.copies.extend(sources.files(case, program, &launch, &made)?);
    plan.copies.extend(sources.named_by_words(case, &launch, &made));
    sources.programs(case, &mut plan)?;
    needs::packages(case, &sources.texts(), &mut plan)?;
    plan.ground.packages.retain(|it| !made::is_java_package(&it.debian, &it.alpine));
    needs::health(case, &Made::default(), &mut plan)?;
    plan.ground.root = sources.root(case, &launch, &plan);
    sources.compiler(case, &launch)?;
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    is_apart(case, &plan.copies, workdir)?;
    match server.filter(|it| it.is_of_image) {
        Some(server) => server::choose(case, &server, &mut plan)?,
        None => ground::choose(case, program, &launch, &sources, &mut plan)?,
    }
    plan.left.push(SOURCES.to_owned());
    Ok(plan)
}

/// No source of the build context asks for a compiler when it runs. Whether there are any.
pub(super) fn compiles_nothing(case: &Case) -> Result<bool, Stop> {
    let sources = sources::of_context(case)?;
    sources.compiler(case, &launch::Launch::default())?;
    Ok(!sources.code.is_empty())
}

/// Certificates of authorities that a file adds may be put among those of its JDK.
fn adds_certificates(case: &Case) -> Result<(), Stop> {
    const FOLDERS: &[&str] =
        &["/etc/pki/ca-trust/source", "/usr/local/share/ca-certificates", "/usr/share/pki/trust"];
    let is_added = |to: &str| FOLDERS.iter().any(|it| is_within(to, it));
    let arrival = case.arrivals.iter().find(|it| it.to.as_deref().is_some_and(is_added));
    let at = match arrival {
        Some(arrival) => case.span(arrival.instruction),
        None if case.variable("USE_SYSTEM_CA_CERTS").is_some() => case.from(),
        None => return Ok(()),
    };
    let reason = "which certificates its Java then trusts is not known".to_owned();
    Err(Stop { code: "certificates", at, reason })
}

/// Nothing of it is the whole file system.
fn is_apart(case: &Case, copies: &[Copied], workdir: &str) -> Result<(), Stop> {
    let Some(whole) = copies.iter().find(|it| resolve(None, &it.from).as_deref() == Some("/"))
    else {
        return Ok(());
    };
    let reason = format!("the program may need all of `{workdir}`: {}", whole.because);
    Err(case.stop("reads-all", reason))
}
