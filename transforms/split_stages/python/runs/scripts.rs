//! Shell scripts that run when a container starts, or look whether it is well.

use super::super::super::case::Case;
use super::super::super::scripts::{Does, EVERYWHERE, each};
use super::super::super::{Stop, needs};
use super::super::built::Built;
use super::{Runs, started};
use crate::text::Span;

/// Takes note of what a script starts. `rest` are the words that it gets.
pub(in super::super) fn read(
    case: &Case,
    text: &str,
    rest: &[String],
    built: &Built,
    runs: &mut Runs,
    at: Span,
    depth: usize,
) -> Result<(), Stop> {
    let stop = |reason: String| Err(Stop { code: "script", at, reason });
    if depth > 4 {
        return stop("its scripts start each other".to_owned());
    }
    each(text, at, &mut |text, does, script| {
        let Does::Starts(call) = does else {
            // What it compares its first word with need be no program.
            let is_word = rest.first().is_some_and(|it| names_word(&script.text, it));
            return match is_word {
                true => Ok(()),
                false => started(case, rest, built, runs, at, depth + 1),
            };
        };
        for wrapper in &call.wrappers {
            if let Some(package) = needs::package_of(wrapper.program) {
                runs.packages.push((package, format!("`{text}` starts it")));
            } else if !EVERYWHERE.contains(&wrapper.program) && !is_everywhere(wrapper.program) {
                return stop(format!(
                    "`{}`, which `{text}` starts, may not be in the run-time image",
                    wrapper.program
                ));
            }
        }
        if EVERYWHERE.contains(&call.given) || is_everywhere(call.given) {
            if let ("." | "source", Some(path)) = (call.given, call.literals().next().flatten()) {
                sourced(case, path, built, runs, at, depth)?;
            }
            return Ok(());
        }
        let words: Vec<String> = std::iter::once(call.given.to_owned())
            .chain(call.arguments.iter().map(|it| {
                it.literal.as_deref().unwrap_or_else(|| it.span.of(&script.text)).to_owned()
            }))
            .collect();
        if matches!(call.program, "pipenv" | "poetry" | "uv") {
            return stop(format!("`{text}` needs `{}` when the container starts", call.program));
        }
        let package = needs::package_of(call.program).filter(|_| !call.given.contains('/'));
        if let Some(package) = package {
            runs.packages.push((package, format!("`{text}` starts it")));
            return Ok(());
        }
        let mut own = Runs::default();
        started(case, &words, built, &mut own, at, depth + 1)?;
        runs.packages.extend(own.packages);
        Ok(())
    })
}

/// Whether a script looks at its first word, and has this one for it.
fn names_word(text: &str, word: &str) -> bool {
    let looks = ["$1", "${1"].iter().any(|it| text.contains(it));
    let is_named = |it: &str| {
        text.match_indices(it).any(|(at, _)| {
            let next = text[at + it.len()..].chars().next();
            next.is_some_and(|it| !it.is_alphanumeric() && it != '-' && it != '_')
        })
    };
    looks && !word.is_empty() && is_named(word)
}

/// Programs of packages that no image of Debian is without.
fn is_everywhere(name: &str) -> bool {
    const MORE: &[&str] = &[
        "chgrp",
        "clear",
        "comm",
        "df",
        "diff",
        "du",
        "egrep",
        "env",
        "false",
        "fgrep",
        "getconf",
        "install",
        "let",
        "nice",
        "nohup",
        "nproc",
        "paste",
        "pushd",
        "popd",
        "realpath",
        "rev",
        "setpriv",
        "shopt",
        "su",
        "sync",
        "timeout",
        "tty",
        "typeset",
        "declare",
        "which",
        "yes",
        "hash",
        "printenv",
        "base64",
        "sha256sum",
        "md5sum",
        "jobs",
        "bg",
        "fg",
        "disown",
        "mapfile",
        "logger",
        "let",
    ];
    MORE.contains(&name)
}

/// A file of commands that the script reads.
fn sourced(
    case: &Case,
    path: &str,
    built: &Built,
    runs: &mut Runs,
    at: Span,
    depth: usize,
) -> Result<(), Stop> {
    if path.ends_with("/bin/activate") {
        return Ok(());
    }
    let place = crate::facts::resolve(case.stage().workdir(), path);
    let source = match &place {
        Some(place) => case.source(place)?,
        None => None,
    };
    match source.and_then(|it| case.text(&it)) {
        Some(text) => read(case, &text, &[], built, runs, at, depth + 1),
        None => Ok(()),
    }
}
