//! What Gradle starts.

use super::super::super::case::Case;
use super::super::beside::between;
use super::super::sources::Sources;
use super::{Call, Made, NEEDS_SERVICES, beside, is_readable_in_jar, task, without_tools};
use crate::images::runtime;
use crate::shell::command::base;
use std::sync::Arc;

/// What `gradle` starts.
pub(super) fn of(case: &Case, call: &Call, sources: &Sources) -> Result<Made, String> {
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
    is_own_java(case, &text)?;
    let rooted = settings.lines().find_map(|line| {
        let rest = line.trim().strip_prefix("rootProject.name")?;
        Some(
            rest.trim_start_matches([' ', '=', '(']).trim_matches([' ', '\'', '"', ')']).to_owned(),
        )
    });
    let name = rooted.unwrap_or_else(|| base(call.workdir).to_owned());
    let (task, others) = call.goals.split_last().ok_or("its task is not known")?;
    let is_before = |it: &&str| matches!(*it, "assemble" | "build" | "classes" | "clean");
    match *task {
        _ if !others.iter().all(is_before) => Err("it has several tasks".to_owned()),
        "bootRun" | ":bootRun" => boot_jar(case, call, sources, &text, &name),
        "run" | ":run" => install(call, &text, &name),
        task => Err(format!("what `{task}` starts is not known")),
    }
}

fn boot_jar(
    case: &Case,
    call: &Call,
    sources: &Sources,
    text: &str,
    name: &str,
) -> Result<Made, String> {
    is_readable_in_jar(sources)?;
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
    let doubt = text.contains("spring-boot-devtools").then(without_tools);
    Ok(Made { task: task(call, &["bootJar"]), words, doubt })
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
    Ok(Made { task: task(call, &["installDist"]), words, doubt: None })
}

/// A tool chain is another JDK than that of the image, where the numbers are not the same.
fn is_own_java(case: &Case, text: &str) -> Result<(), String> {
    let own = runtime::jdk(case.reference(), case.image()).map(|it| it.major);
    let asks = ["JavaLanguageVersion.of(", "jvmToolchain("];
    let chain = asks.iter().find_map(|it| between(text, it, ")"));
    match chain.map(|it| it.trim_matches([' ', '"', '\'']).parse::<u32>().ok()) {
        Some(chain) if chain.is_none() || chain != own => {
            Err("it may start it with another Java than that of the image".to_owned())
        }
        _ => Ok(()),
    }
}
