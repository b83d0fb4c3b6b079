//! Programs that a build tool compiles each time that a container starts: the build makes them once.

use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::{Stop, emit};
use super::sources::Sources;
use crate::facts::resolve;
use crate::shell::command::base;
use std::sync::Arc;

mod gradle;
mod maven;

/// Options of Maven that change neither what is built nor how it runs.
const QUIET: &[&str] = &[
    "-B",
    "-U",
    "-X",
    "-e",
    "-ntp",
    "-o",
    "-q",
    "--batch-mode",
    "--no-transfer-progress",
    "--offline",
    "--quiet",
    "--no-daemon",
    "--stacktrace",
    "--info",
    "-DskipTests",
    "-DskipTests=true",
    "-Dmaven.test.skip=true",
    "-Dmaven.test.skip",
];

/// What a build can only do where the services of the program are.
const NEEDS_SERVICES: &[&str] = &[
    "flyway",
    "liquibase-maven",
    "liquibase.gradle",
    "jooq-codegen",
    "nu.studer.jooq",
    "sql-maven",
];

/// What is started, and what the build has to do for it.
struct Made {
    /// The words behind the tool, for the build.
    task: Vec<String>,
    /// How the program is started then.
    words: Vec<String>,
    /// What only a build tells.
    doubt: Option<String>,
}

/// A call of a build tool.
struct Call<'c> {
    tool: &'c str,
    workdir: &'c str,
    /// Options that the build gets, too.
    kept: Vec<&'c str>,
    /// Properties: `-Dname=value`.
    properties: Vec<(&'c str, &'c str)>,
    goals: Vec<&'c str>,
}

/// Makes of `mvn spring-boot:run` and its like a program that the build makes. Whether it was one.
pub(super) fn build(
    case: &Case,
    program: &mut Program,
    sources: &Sources,
    plan: &mut Plan,
) -> Result<bool, Stop> {
    let name = base(&program.words[0]).to_owned();
    if !super::TOOLS.contains(&name.as_str()) || program.shell.is_some() {
        return Ok(false);
    }
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let stop = |why: String| {
        let reason = format!("`{name}` compiles each time that a container starts, and {why}");
        Stop { code: "compiles-at-start", at, reason }
    };
    // What other words of a container would ask the tool for, no program does.
    if program.fixed != 0 && program.fixed != program.words.len() {
        return Err(stop("`CMD` gives it words".to_owned()));
    }
    if sources.code.is_empty() {
        return Err(stop("its sources are not in the image".to_owned()));
    }
    let workdir = case.workdir()?;
    let tail = emit::tail(case);
    if !matches!(name.as_str(), "mvn" | "mvnw" | "gradle" | "gradlew") {
        return Err(stop(instead(&name).to_owned()));
    }
    let made = {
        let call = call(&program.words, workdir).map_err(stop)?;
        match name.as_str() {
            "mvn" | "mvnw" => maven::of(case, &call, sources),
            _ => gradle::of(case, &call, sources),
        }
        .map_err(stop)?
    };
    if !is_packaged(case, &made.task) {
        let words = [program.words[0].clone()].into_iter().chain(made.task);
        let is_there = case.cx.facts.workdir_at(tail).is_some_and(|it| it.path == workdir);
        let enter = if is_there { String::new() } else { format!("cd {workdir} && ") };
        let words = words.collect::<Vec<_>>().join(" ");
        plan.built.push((tail, format!("RUN {enter}{words}")));
    }
    program.through.push(format!("`{}` compiles: the build does so once", program.words.join(" ")));
    plan.doubts.extend(made.doubt);
    program.fixed = if program.fixed == 0 { 0 } else { made.words.len() };
    program.words = made.words;
    program.changed = true;
    Ok(true)
}

/// What to do where nobody here knows what a tool makes.
fn instead(tool: &str) -> &'static str {
    match tool {
        "lein" => "`lein uberjar` in a `RUN` and `java -jar` would start the same without it",
        "sbt" => "`sbt stage` or `sbt assembly` in a `RUN` would make what starts without it",
        "clj" | "clojure" => {
            "an uberjar by `tools.build`, or the class path that `clojure -Spath` says, would start without it"
        }
        _ => "what it makes is not known",
    }
}

/// Names the jar that a pattern stands for, where a shell would do nothing else. Whether there was one.
pub(super) fn name_jar(case: &Case, program: &mut Program) -> bool {
    let script = program.words.get(2).filter(|_| program.shell.is_some());
    let Some(words) = script.and_then(|it| without_pattern(case, it)) else { return false };
    program.through.push(format!("`{}` is the only jar there", words[words.len() - 1]));
    program.fixed = if program.fixed == 0 { 0 } else { words.len() };
    program.words = words;
    program.shell = None;
    program.changed = true;
    true
}

/// `java -jar target/*.jar`
fn without_pattern(case: &Case, script: &str) -> Option<Vec<String>> {
    let script = script.trim();
    let script = script.strip_prefix("exec ").unwrap_or(script);
    if script.contains(|it: char| "$;&|<>`\"'(){}[]?~#!\\\n".contains(it)) {
        return None;
    }
    let mut words: Vec<String> = script.split_whitespace().map(str::to_owned).collect();
    let (pattern, others) = words.split_last()?;
    let (before, name) = pattern.rsplit_once('/')?;
    let (start, end) = name.split_once('*')?;
    let is_plain = others.first().is_some_and(|it| it == "java")
        && others.last().is_some_and(|it| it == "-jar")
        && !others.iter().any(|it| it.contains('*'))
        && !end.contains('*');
    let folder = resolve(case.stage().workdir(), before).filter(|_| is_plain)?;
    let jar = maven::only_jar(case, &folder)?;
    let fits = jar.starts_with(start) && jar[start.len()..].ends_with(end);
    let jar = fits.then(|| format!("{before}/{jar}"))?;
    words.pop();
    words.push(jar);
    Some(words)
}

fn call<'c>(words: &'c [String], workdir: &'c str) -> Result<Call<'c>, String> {
    let mut call = Call {
        tool: words[0].as_str(),
        workdir,
        kept: Vec::new(),
        properties: Vec::new(),
        goals: Vec::new(),
    };
    for word in words[1..].iter().map(String::as_str) {
        let property = word.strip_prefix("-D").filter(|_| !QUIET.contains(&word));
        match property {
            _ if QUIET.contains(&word) => (),
            Some(text) => call.properties.push(text.split_once('=').unwrap_or((text, "true"))),
            None if word.starts_with("-P") && word.len() > 2 && !word.contains('=') => {
                call.kept.push(word);
            }
            None if word.starts_with('-') => {
                return Err(format!("what `{word}` means there is not known"));
            }
            None => call.goals.push(word),
        }
    }
    if matches!(base(call.tool), "gradle" | "gradlew") && !call.kept.is_empty() {
        return Err("it is given properties".to_owned());
    }
    Ok(call)
}

/// A manifest in the directory in which the program starts.
fn beside(case: &Case, call: &Call, names: &[&str]) -> Option<(String, Arc<str>)> {
    names.iter().find_map(|name| {
        let path = resolve(Some(call.workdir), name)?;
        let source = case.source(&path).ok()??;
        Some((source.clone(), case.text(&source)?))
    })
}

fn task(call: &Call, goals: &[&str]) -> Vec<String> {
    let quiet = if base(call.tool).starts_with("mvn") { "-B" } else { "--no-daemon" };
    [quiet].iter().chain(&call.kept).chain(goals).map(|it| (*it).to_owned()).collect()
}

/// Whether the file has already built the same when all its files are there.
fn is_packaged(case: &Case, task: &[String]) -> bool {
    let Some(goal) = task.last() else { return false };
    let last = case.arrivals.iter().map(|it| it.instruction).max().unwrap_or(0);
    let is_it = |step: &&Step| match &step.work {
        Work::Program { words, .. } => {
            super::tool(case, step).is_some()
                && step.certain
                && step.workdir.as_deref() == case.stage().workdir()
                && words.iter().flatten().any(|it| it == goal || includes(goal, it))
        }
        _ => false,
    };
    case.steps().iter().rfind(is_it).is_some_and(|it| it.instruction > last)
}

/// Whether one task does what another does, and more.
fn includes(goal: &str, other: &str) -> bool {
    match goal {
        "package" => matches!(other, "install" | "verify"),
        "bootJar" => matches!(other, "assemble" | "build"),
        _ => false,
    }
}

/// What is a file among classes is none in a jar.
fn is_readable_in_jar(sources: &Sources) -> Result<(), String> {
    let reads = |text: &str| {
        let has = |it: &str| text.contains(it);
        let as_file = has(".getFile()") || has(".toURI()") || has("getURI()");
        has("ResourceUtils.getFile(")
            || as_file && (has("getResource(") || has("ClassPathResource"))
    };
    match sources.code.iter().find(|(_, text)| reads(text)) {
        Some((path, _)) => Err(format!("`{path}` reads as files what would be in a jar")),
        None => Ok(()),
    }
}

/// What is there to develop with is in no jar.
fn without_tools() -> String {
    "whether it does without `spring-boot-devtools`, which shows more of what goes wrong".to_owned()
}
