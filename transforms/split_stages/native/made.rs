//! What the commands of a build with such tools make.

use super::super::case::Case;
use super::super::commands::{self, Step, Work};
use super::super::install::{self, Made};
use super::super::{Stop, makefile};
use super::{Call, Language, Output};
use crate::facts::{SEARCH_PATH, resolve};
use crate::shell::command::base;

/// Everything that the `RUN`s make.
pub(super) fn made(
    case: &Case,
    language: &Language,
    outputs: &mut Vec<Output>,
) -> Result<Made, Stop> {
    let mut made = Made::default();
    for step in case.steps() {
        let Work::Program { name, words, .. } = &step.work else {
            let is_source = |path: &str| is_of_build(language, path);
            if !matches!(&step.work, Work::Writes(path) if is_source(path)) {
                install::other(case, step, &mut made)?;
            }
            continue;
        };
        if language.tools.contains(&base(name)) {
            let words = words.iter().map(|it| it.unwrap_or("$")).collect();
            compiled(case, language, (step, base(name), words), &mut made, outputs)?;
            continue;
        }
        if makefile::starts(case, step, language.tools) {
            makefile::each(case, step, &mut |own, call| {
                let words = call.literals().map(|it| it.unwrap_or("$")).collect();
                match call.program {
                    tool if language.tools.contains(&base(tool)) => {
                        compiled(case, language, (own, base(tool), words), &mut made, outputs)
                    }
                    tool => by_other(case, own, tool, call.literals().collect(), &mut made),
                }
            })?;
            continue;
        }
        let is_edit = *name == "sed"
            && words.last().copied().flatten().is_some_and(|it| is_of_build(language, it));
        let takes_program = takes(step, words, &made.programs);
        if is_edit || !takes_program && brings_tools(case, language, step, name) {
            continue;
        }
        match (asked(case, language, step, words), moved(case, step, words, outputs)) {
            (Some(path), _) => made.programs.push(path),
            (None, all) if !all.is_empty() => made.programs.extend(all),
            _ => install::other(case, step, &mut made)?,
        }
    }
    Ok(made)
}

/// What a command of one of the tools makes.
fn compiled(
    case: &Case,
    language: &Language,
    (step, tool, words): (&Step, &str, Vec<&str>),
    made: &mut Made,
    outputs: &mut Vec<Output>,
) -> Result<(), Stop> {
    let unclear = |why: String| {
        let reason = format!("`{}`: {why}", step.text);
        Stop { code: "unclear-output", at: step.at, reason }
    };
    let workdir = step.workdir.as_deref();
    let workdir = workdir.ok_or_else(|| unclear("where it runs is not known".to_owned()))?;
    let call = Call { case, tool, words, workdir };
    let output = (language.output)(&call).map_err(unclear)?;
    if step.certain && !output.programs.is_empty() {
        made.programs.extend(output.programs.iter().cloned());
        outputs.push(output);
    }
    Ok(())
}

/// Another command of a makefile.
fn by_other(
    case: &Case,
    step: &Step,
    name: &str,
    words: Vec<Option<&str>>,
    made: &mut Made,
) -> Result<(), Stop> {
    // A folder that it makes is for the build.
    if commands::is_nothing(name) || matches!(name, "git" | "mkdir" | "touch") {
        return Ok(());
    }
    let work = Work::Program { name, words, environment: Vec::new() };
    let step = Step { work, text: step.text.clone(), workdir: step.workdir.clone(), ..*step };
    install::other(case, &step, made)
}

/// Whether only the tools read a file.
fn is_of_build(language: &Language, path: &str) -> bool {
    language.manifests.contains(&base(path)) || language.code.iter().any(|it| path.ends_with(it))
}

/// Whether a command names a program that is made already, as one that puts it elsewhere does.
fn takes(step: &Step, words: &[Option<&str>], programs: &[String]) -> bool {
    let place = |word: &&str| resolve(step.workdir.as_deref(), word);
    words.iter().flatten().filter_map(place).any(|it| programs.contains(&it))
}

/// Commands that fetch the tools, or set them up.
fn brings_tools(case: &Case, language: &Language, step: &Step, name: &str) -> bool {
    const PARTS: &[&str] = &[
        ".", "bash", "chmod", "curl", "gpg", "ln", "mv", "pip", "pip3", "sh", "source", "tar",
        "unzip", "wget",
    ];
    let text = case.span(step.instruction).of(case.cx.file.source);
    let sets_up = name == "eval" && language.tools.iter().any(|it| text.contains(it));
    let is_about = language.marks.iter().any(|it| text.contains(it));
    sets_up
        || is_about && PARTS.contains(&base(name))
        || matches!(name, "git" | "touch" | "locale-gen")
}

/// Where a program goes whose place the tool was asked for: `cp $(cabal list-bin server) /usr/local/bin/server`.
fn asked(case: &Case, language: &Language, step: &Step, words: &[Option<&str>]) -> Option<String> {
    const QUESTIONS: &[&str] =
        &["exec which", "list-bin", "path --dist-dir", "path --local-", "show-bin-path"];
    let Work::Program { name: "cp" | "install" | "mv", .. } = &step.work else { return None };
    let text = step.at.of(case.cx.file.source);
    // The answer may be a folder.
    let is_all = text.contains("--show-bin-path") && !text.contains(")/") && !text.contains("`/");
    let asks = !is_all
        && QUESTIONS.iter().any(|it| text.contains(it))
        && language.tools.iter().any(|it| text.contains(it));
    let sources = words.iter().filter(|it| it.is_none_or(|it| !it.starts_with('-'))).count();
    let target = words.last().copied().flatten().filter(|_| asks && sources == 2)?;
    // A folder gets the name that the tool answers with.
    let is_folder = target.ends_with(['/', '.']) || SEARCH_PATH.contains(&target);
    let named = || {
        let inside = text.split("$(").nth(1)?.split(')');
        let after = text.rsplit(')').next().unwrap_or_default();
        let below = after.split(['"', ' ']).next().filter(|it| it.starts_with('/'));
        let asked = inside.into_iter().next()?.split_whitespace().next_back();
        let name = base(below.or(asked)?).trim_start_matches("exe:").to_owned();
        (!name.is_empty() && !name.starts_with('-') && !name.contains(['$', '*'])).then_some(name)
    };
    let target = match is_folder {
        true => format!("{}/{}", target.trim_end_matches('/'), named()?),
        false => target.to_owned(),
    };
    resolve(step.workdir.as_deref(), &target)
}

/// Where all programs go with their folder: ``mv `swift build -c release --show-bin-path` /app/bin``.
fn moved(case: &Case, step: &Step, words: &[Option<&str>], outputs: &[Output]) -> Vec<String> {
    let Work::Program { name: "cp" | "mv", .. } = &step.work else { return Vec::new() };
    let target = words.last().copied().flatten();
    let target = target.and_then(|it| resolve(step.workdir.as_deref(), it));
    let (true, Some(target)) = (step.text.contains("--show-bin-path"), target) else {
        return Vec::new();
    };
    let is_there = case.steps().iter().take_while(|it| it.at != step.at).any(|it| match &it.work {
        Work::Program { name: "mkdir", words, .. } => words
            .iter()
            .flatten()
            .any(|word| resolve(it.workdir.as_deref(), word).as_deref() == Some(&target)),
        _ => false,
    });
    let programs = outputs.last().map(|it| &it.programs[..]).unwrap_or_default();
    let inside = programs.iter().filter_map(|it| it.rsplit_once('/'));
    inside
        .map(|(folder, name)| match is_there {
            true => format!("{target}/{}/{name}", base(folder)),
            false => format!("{target}/{name}"),
        })
        .collect()
}
