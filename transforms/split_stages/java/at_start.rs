//! Programs that a build tool compiles each time that a container starts: the build makes them once.

use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::{Stop, emit};
use super::beside::between;
use super::sources::Sources;
use crate::facts::resolve;
use crate::project::manifests::{self, Kind, Manifest, Role};
use crate::shell::command::base;
use std::sync::Arc;

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
    let made = {
        let call = call(&program.words, workdir).map_err(stop)?;
        match name.as_str() {
            "mvn" | "mvnw" => of_maven(case, &call, sources),
            "gradle" | "gradlew" => of_gradle(case, &call),
            _ => Err("what it makes is not known".to_owned()),
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
    program.fixed = if program.fixed == 0 { 0 } else { made.words.len() };
    program.words = made.words;
    program.changed = true;
    Ok(true)
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

fn of_maven(case: &Case, call: &Call, sources: &Sources) -> Result<Made, String> {
    let (_, text) = beside(case, call, &["pom.xml"]).ok_or("its `pom.xml` is not there")?;
    let manifest = manifests::read(Kind::Pom, &text).map_err(|it| it.reason)?;
    if manifest.named_as(Role::Package).next().is_some() {
        return Err("which of its modules runs is not known".to_owned());
    }
    if let Some(name) = NEEDS_SERVICES.iter().find(|it| text.contains(**it)) {
        return Err(format!("`{name}` may need services when it builds"));
    }
    let (goal, others) = call.goals.split_last().ok_or("its goal is not known")?;
    let is_phase = |it: &&str| {
        matches!(*it, "clean" | "compile" | "package" | "install" | "process-resources")
    };
    if !others.iter().all(is_phase) {
        return Err("it has several goals".to_owned());
    }
    match *goal {
        "spring-boot:run" => spring_boot(case, call, &manifest, &text, sources),
        "exec:java" => exec(case, call, &text),
        goal => Err(format!("`{goal}` is for somebody who develops in it")),
    }
}

/// The settings of a plugin.
fn settings<'t>(text: &'t str, plugin: &str) -> impl Iterator<Item = &'t str> {
    let open = format!("<artifactId>{plugin}</artifactId>");
    let starts: Vec<usize> = text.match_indices(&open).map(|(at, _)| at).collect();
    starts
        .into_iter()
        .map(|at| &text[at..][..text[at..].find("</plugin>").unwrap_or(text.len() - at)])
}

/// Settings of Spring Boot's plugin that say how a program is started, or what is made.
const SAYS_HOW: &[&str] = &[
    "<addResources>",
    "<agents>",
    "<arguments>",
    "<classifier>",
    "<directories>",
    "<environmentVariables>",
    "<folders>",
    "<jvmArguments>",
    "<outputDirectory>",
    "<profiles>",
    "<skip>",
    "<systemPropertyVariables>",
    "<useTestClasspath>",
    "<workingDirectory>",
];

fn spring_boot(
    case: &Case,
    call: &Call,
    manifest: &Manifest,
    text: &str,
    sources: &Sources,
) -> Result<Made, String> {
    const PLUGIN: &str = "spring-boot-maven-plugin";
    let is_made =
        text.contains("spring-boot-starter-parent") || text.contains("<goal>repackage</goal>");
    if settings(text, PLUGIN).next().is_none() || !is_made {
        return Err("its `pom.xml` does not say that a jar is made to run alone".to_owned());
    }
    if let Some(it) =
        SAYS_HOW.iter().find(|it| settings(text, PLUGIN).any(|own| own.contains(**it)))
    {
        return Err(format!("`{it}` in its `pom.xml` says how it is started"));
    }
    let webapp = resolve(Some(call.workdir), "src/main/webapp").unwrap_or_default();
    if text.contains("<scope>system</scope>") || case.source(&webapp).ok().flatten().is_some() {
        return Err("a jar would not have all of it".to_owned());
    }
    is_readable_in_jar(sources)?;
    let mut words = vec!["java".to_owned()];
    let mut arguments = Vec::new();
    for (name, value) in &call.properties {
        match *name {
            "spring-boot.run.jvmArguments" => {
                words.extend(value.split_whitespace().map(str::to_owned));
            }
            "spring-boot.run.profiles" => {
                arguments.push(format!("--spring.profiles.active={value}"));
            }
            "spring-boot.run.arguments" if !value.contains(',') => {
                arguments.extend(value.split_whitespace().map(str::to_owned));
            }
            name => return Err(format!("whether the program reads `{name}` is not known")),
        }
    }
    let jar = format!("target/{}", archive(manifest, text)?);
    words.extend(["-jar".to_owned(), jar]);
    words.extend(arguments);
    Ok(Made { task: task(call, &["-DskipTests", "package"]), words })
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

/// The file that a `pom.xml` makes.
fn archive(manifest: &Manifest, text: &str) -> Result<String, String> {
    let unknown = || "how the jar is called is not known".to_owned();
    let own = text.split_once("</parent>").map_or(text, |(_, rest)| rest);
    let packaging = between(own, "<packaging>", "</packaging>").map_or("jar", str::trim);
    let (name, version) =
        (manifest.name.as_deref().ok_or_else(unknown)?, manifest.version.as_deref());
    let is_of_plugin = own.find("<finalName>").is_some_and(|at| {
        own[..at].matches("<plugin>").count() != own[..at].matches("</plugin>").count()
    });
    if is_of_plugin || own.matches("<finalName>").count() > 1 {
        return Err(unknown());
    }
    let named = between(own, "<finalName>", "</finalName>").map(|it| {
        let it = it.trim().replace("${project.artifactId}", name).replace("${artifactId}", name);
        it.replace("${project.version}", version.unwrap_or("$"))
    });
    let stem = match named {
        Some(named) => named,
        None => format!("{name}-{}", version.ok_or_else(unknown)?),
    };
    let moves = text.contains("<directory>${") || own.contains("<directory>target/");
    match matches!(packaging, "jar" | "war") && !stem.contains('$') && !moves {
        true => Ok(format!("{stem}.{packaging}")),
        false => Err(unknown()),
    }
}

fn exec(case: &Case, call: &Call, text: &str) -> Result<Made, String> {
    const PLUGIN: &str = "exec-maven-plugin";
    const OPEN: &[&str] =
        &["<additional", "<arguments>", "<classpathScope>", "<executable", "<systemPropert", "${"];
    if let Some(it) = OPEN.iter().find(|it| settings(text, PLUGIN).any(|own| own.contains(**it))) {
        return Err(format!("`{it}` in its `pom.xml` says how it is started"));
    }
    if case.variable("MAVEN_OPTS").is_some() {
        return Err("`MAVEN_OPTS` may say how it is started".to_owned());
    }
    let mut main = settings(text, PLUGIN).find_map(|it| between(it, "<mainClass>", "</mainClass>"));
    let mut arguments = Vec::new();
    for (name, value) in &call.properties {
        match *name {
            "exec.mainClass" => main = Some(value),
            "exec.args" if !value.contains(['"', '\'', '\\']) => {
                arguments = value.split_whitespace().map(str::to_owned).collect();
            }
            name => return Err(format!("whether the program reads `{name}` is not known")),
        }
    }
    let main = main.map(str::trim).filter(|it| !it.contains('$'));
    let main = main.ok_or("its main class is not known")?;
    let words = ["java", "-cp", "target/classes:target/dependency/*", main].map(str::to_owned);
    let goals = [
        "-DskipTests",
        "package",
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        "&&",
        "mkdir",
        "-p",
        "target/dependency",
    ];
    Ok(Made { task: task(call, &goals), words: words.into_iter().chain(arguments).collect() })
}

fn task(call: &Call, goals: &[&str]) -> Vec<String> {
    let quiet = if base(call.tool).starts_with("mvn") { "-B" } else { "--no-daemon" };
    [quiet].iter().chain(&call.kept).chain(goals).map(|it| (*it).to_owned()).collect()
}

fn of_gradle(case: &Case, call: &Call) -> Result<Made, String> {
    let names = ["build.gradle", "build.gradle.kts"];
    let (_, text) = beside(case, call, &names).ok_or("its `build.gradle` is not there")?;
    let settings = beside(case, call, &["settings.gradle", "settings.gradle.kts"]);
    let settings = settings.map_or_else(|| Arc::from(""), |it| it.1);
    if settings.lines().any(|it| it.trim_start().starts_with("include")) {
        return Err("which of its projects runs is not known".to_owned());
    }
    let open = NEEDS_SERVICES.iter().chain(&["JavaExec", "apply from", "archive", "baseName"]);
    if let Some(it) = open.clone().find(|it| text.contains(**it)) {
        return Err(format!("`{it}` in its `build.gradle` may change what is made"));
    }
    if !call.properties.is_empty() {
        return Err("it is given properties".to_owned());
    }
    let rooted = settings.lines().find_map(|line| {
        let rest = line.trim().strip_prefix("rootProject.name")?;
        Some(
            rest.trim_start_matches([' ', '=', '(']).trim_matches([' ', '\'', '"', ')']).to_owned(),
        )
    });
    let name = rooted.unwrap_or_else(|| base(call.workdir).to_owned());
    match call.goals[..] {
        ["bootRun"] | [":bootRun"] => boot_jar(case, call, &text, &name),
        ["run"] | [":run"] => install(call, &text, &name),
        [goal, ..] => Err(format!("what `{goal}` starts is not known")),
        [] => Err("its task is not known".to_owned()),
    }
}

fn boot_jar(case: &Case, call: &Call, text: &str, name: &str) -> Result<Made, String> {
    if !text.contains("org.springframework.boot") {
        return Err("its `build.gradle` does not say that a jar is made to run alone".to_owned());
    }
    if text.contains("bootRun") || text.contains("bootJar") {
        return Err("its `build.gradle` says how it is started".to_owned());
    }
    let properties = beside(case, call, &["gradle.properties"]);
    let is_elsewhere = properties.is_some_and(|(_, it)| it.contains("version"));
    let mut versions = text.lines().filter(|it| it.starts_with("version"));
    let version = versions
        .next()
        .map(|it| it.trim_start_matches("version").trim_matches([' ', '=', '\'', '"', '\r']));
    let unknown = |it: &str| it.is_empty() || it.contains(['$', '(', '"', '\'', ' ']);
    if is_elsewhere || version.is_some_and(unknown) || versions.next().is_some() {
        return Err("how the jar is called is not known".to_owned());
    }
    let end = version.map(|it| format!("-{it}")).unwrap_or_default();
    let words = vec!["java".to_owned(), "-jar".to_owned(), format!("build/libs/{name}{end}.jar")];
    Ok(Made { task: task(call, &["bootJar"]), words })
}

/// The start script does what the task does: the same main class, class path and options.
fn install(call: &Call, text: &str, name: &str) -> Result<Made, String> {
    let plugins = ["'application'", "\"application\"", "(\"application\")", " application\n"];
    if !plugins.iter().any(|it| text.contains(it)) {
        return Err("its `build.gradle` does not make a program of it".to_owned());
    }
    let open = [
        "run {",
        "run{",
        "named(\"run\"",
        "named('run'",
        "applicationName",
        "distributions",
        "startScripts",
        "executableDir",
    ];
    if let Some(it) = open.iter().find(|it| text.contains(**it)) {
        return Err(format!("`{it}` in its `build.gradle` says how it is started"));
    }
    let words = vec![format!("build/install/{name}/bin/{name}")];
    Ok(Made { task: task(call, &["installDist"]), words })
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
