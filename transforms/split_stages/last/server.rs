//! Tomcat or Jetty in a last stage, without the compiler that its image has.

use super::super::base::Choice;
use super::super::case::Case;
use super::super::commands::Work;
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::{Stop, gates, java};
use super::emitted::{emitted, written};
use crate::facts::{Base, Origin};
use crate::images::runtime;
use crate::syntax::Keyword;
use crate::transform::{Change, RuntimePolicy};

/// What a JDK has and its runtime has not.
const OF_JDK: &[&str] = &[
    "jar",
    "jarsigner",
    "javac",
    "javadoc",
    "javap",
    "jcmd",
    "jdb",
    "jdeps",
    "jinfo",
    "jlink",
    "jmap",
    "jps",
    "jshell",
    "jstack",
    "jstat",
    "tools.jar",
];

/// The stage on the image of the same Tomcat with the runtime of the same Java.
pub(super) fn change(case: &Case, program: &Program) -> Result<Change, Stop> {
    gates::only_its_command_runs(case)?;
    let name = if case.repository() == "jetty" { "Jetty" } else { "Tomcat" };
    let policy = case.cx.options.runtime;
    if matches!(policy, RuntimePolicy::Distroless | RuntimePolicy::Alpine) {
        let reason = format!("the image of {name} without a compiler is on Ubuntu alone");
        return Err(case.stop("runtime", reason));
    }
    let reference = written(case);
    let (repository, tag) = match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), Some(tag.to_owned())),
        _ => (reference.clone(), None),
    };
    let image =
        runtime::slim_of(&repository, tag.as_deref()).filter(|it| it.reference != reference);
    let none = || {
        let reason =
            format!("there is no image of the same {name} as `{reference}` with a runtime alone");
        case.stop("no-gain", reason)
    };
    let (image, java) = image.zip(runtime::server_java(&reference)).ok_or_else(none)?;
    if java.moves {
        is_old_enough(case, java.major)?;
    }
    needs_no_compiler(case)?;
    let is_read = java::compiles_nothing(case)?;
    let note = format!(
        "the same {name} on the runtime of Java {}, which `{reference}` has, without a compiler",
        java.major
    );
    let mut plan = Plan::default();
    plan.left.push("the compiler and the tools of the JDK".to_owned());
    if !is_read {
        plan.doubts.push("whether what it serves compiles: its sources are elsewhere".to_owned());
    }
    emitted(case, program, &plan, Choice { image, note, packages: Vec::new() }, None)
}

/// What is compiled for a Java runs on newer ones: the tag may have one today that it did not have.
fn is_old_enough(case: &Case, major: u32) -> Result<(), Stop> {
    let facts = case.cx.facts;
    let jdk = |stage: usize| {
        let mut at = stage;
        while let Base::Stage(base) = facts.stages[at].base {
            at = base;
        }
        let Base::Image(reference) = &facts.stages[at].base else { return None };
        runtime::jdk(reference, facts.stages[at].image.as_deref()).filter(|it| !it.moves)
    };
    let mut makers = case.arrivals.iter().filter_map(|it| match it.origin {
        Origin::Stage(stage) => Some(jdk(stage)),
        _ => None,
    });
    match makers.all(|it| it.is_some_and(|it| it.major <= major)) {
        true => Ok(()),
        false => {
            let reason = format!(
                "`{}` gets newer Javas: with one in its tag, such as `-jdk{major}`, there would be an image without a compiler",
                written(case)
            );
            Err(case.stop("moving", reason))
        }
    }
}

/// Neither the stage nor what starts the program calls what only the JDK has.
fn needs_no_compiler(case: &Case) -> Result<(), Stop> {
    let calls = |text: &str| {
        let is_end = |it: char| !(it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'));
        text.split(is_end).find_map(|word| OF_JDK.iter().find(|it| **it == word))
    };
    let stop = |at, what: &str| {
        let reason =
            format!("`{what}` is a tool of the JDK, which the smaller image does not have");
        Err(Stop { code: "kit", at, reason })
    };
    for at in case.stage().instructions.clone().skip(1) {
        use Keyword::{Cmd, Entrypoint, Healthcheck, Run};
        let instruction = &case.cx.file.instructions[at];
        if !matches!(instruction.keyword, Cmd | Entrypoint | Healthcheck | Run) {
            continue;
        }
        if let Some(what) = calls(instruction.span.of(case.cx.file.source)) {
            return stop(instruction.span, what);
        }
    }
    if let Some(step) = case.steps().iter().find(|step| matches!(step.work, Work::Unknown)) {
        let reason = format!("`{}` cannot be read", step.text);
        return Err(Stop { code: "builds", at: step.at, reason });
    }
    // Scripts of the context that it takes along.
    for path in case.files()? {
        let is_script = path.ends_with(".sh") && case.place(path)?.is_some();
        if let Some(what) = case.text(path).filter(|_| is_script).as_deref().and_then(calls) {
            return stop(case.from(), what);
        }
    }
    Ok(())
}
