//! What a shell script needs that runs when a container starts.

use super::Stop;
use super::case::Case;
use super::commands::shortened;
use super::install::{Made, Started, program_on_path};
use super::plan::Copied;
use crate::facts::resolve;
use crate::shell::command::{Invocation, base, is_shell};
use crate::shell::{self, CommandKind, Dialect, Script};
use crate::text::Span;
use std::collections::BTreeSet;

/// Programs that Debian's slim images and Alpine both have, and what a shell does by itself.
pub(super) const EVERYWHERE: &[&str] = &[
    ".",
    ":",
    "[",
    "[[",
    "awk",
    "base64",
    "basename",
    "break",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cmp",
    "comm",
    "command",
    "continue",
    "cp",
    "cut",
    "date",
    "df",
    "diff",
    "dirname",
    "du",
    "echo",
    "env",
    "eval",
    "exec",
    "exit",
    "export",
    "expr",
    "false",
    "find",
    "fold",
    "getopts",
    "grep",
    "gunzip",
    "gzip",
    "head",
    "hostname",
    "id",
    "kill",
    "ln",
    "local",
    "ls",
    "md5sum",
    "mkdir",
    "mktemp",
    "mv",
    "nice",
    "nohup",
    "nproc",
    "od",
    "printf",
    "pwd",
    "read",
    "readlink",
    "readonly",
    "return",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "set",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "shift",
    "sleep",
    "sort",
    "source",
    "split",
    "stat",
    "su",
    "sync",
    "tac",
    "tail",
    "tar",
    "tee",
    "test",
    "timeout",
    "touch",
    "tr",
    "trap",
    "true",
    "type",
    "ulimit",
    "umask",
    "uname",
    "uniq",
    "unlink",
    "unset",
    "wait",
    "wc",
    "whoami",
    "xargs",
    "zcat",
];

/// What a command of a script does.
pub(super) enum Does<'s> {
    /// It starts the words that the script gets.
    Arguments,
    /// It starts a program, which is none of the script's functions.
    Starts(Invocation<'s>),
}

/// Shows every command that a script may run to `visit`, each with its text and the script.
pub(super) fn each(
    text: &str,
    at: Span,
    visit: &mut dyn FnMut(&str, Does, &Script) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let stop = |reason: String| Err(Stop { code: "script", at, reason });
    let text = text.replace("\r\n", "\n");
    let parsed =
        shell::parse(&text, Dialect::Unknown).or_else(|| shell::parse(&text, Dialect::Bash));
    let Some(parsed) = parsed else {
        return stop(format!("`{}` cannot be read", shortened(&text)));
    };
    let mut functions = BTreeSet::new();
    parsed.visit(&mut |command, _| {
        if let CommandKind::Function { name, .. } = &command.kind {
            functions.insert(name.to_string());
        }
    });
    for (command, simple, _) in parsed.simple_commands() {
        let text = shortened(command.span.of(&parsed.text));
        let is_exec = simple.words.first().is_some_and(|it| it.literal.as_deref() == Some("exec"));
        let Some(word) = simple.words.get(usize::from(is_exec)) else { continue };
        if has_all_words(word.span.of(&parsed.text)) {
            visit(&text, Does::Arguments, &parsed)?;
            continue;
        }
        let Some(call) = parsed.invocation(simple) else {
            return stop(format!("what `{text}` starts is not known"));
        };
        if !functions.contains(call.given) {
            visit(&text, Does::Starts(call), &parsed)?;
        }
    }
    Ok(())
}

/// Takes note of the programs that a script starts.
pub(super) fn read(
    case: &Case,
    text: &str,
    made: &Made,
    path: &[&str],
    started: &mut Started,
    at: Span,
) -> Result<(), Stop> {
    let stop = |reason: String| Err(Stop { code: "script", at, reason });
    each(text, at, &mut |text, does, _| {
        let Does::Starts(call) = does else { return Ok(()) };
        let word = call.given;
        if EVERYWHERE.contains(&word) {
            if let ("." | "source", Some(file)) = (word, call.literals().next().flatten()) {
                brings(case, file, started)?;
            }
            return Ok(());
        }
        if let Some(found) = made.program(case, word, path) {
            started.copies.push(program_on_path(found, word));
            return Ok(());
        }
        if is_shell(base(word)) {
            match call.literals().next().flatten() {
                Some(file) if !file.starts_with('-') => brings(case, file, started)?,
                _ => return stop(format!("what `{text}` starts is not known")),
            }
            return Ok(());
        }
        stop(format!("`{word}`, which `{text}` starts, may not be in the run-time image"))
    })
}

/// Whether all words that a script gets stand in a text.
pub(super) fn has_all_words(text: &str) -> bool {
    ["$@", "${@", "$*", "${*"].iter().any(|it| text.contains(it))
}

/// Whether a script starts the words that it gets, and does not only pass them to a program of its own.
pub(super) fn starts_words(text: &str) -> bool {
    const WRAPPERS: &[&str] =
        &["dumb-init", "env", "eval", "gosu", "nohup", "setpriv", "sh", "su-exec", "sudo", "tini"];
    let parsed = shell::parse(text, Dialect::Unknown).or_else(|| shell::parse(text, Dialect::Bash));
    let Some(parsed) = parsed else { return has_all_words(text) };
    let starts = |simple: &shell::Simple| {
        let is_exec = |it: &&shell::Word| it.literal.as_deref() == Some("exec");
        let mut words = simple.words.iter().skip_while(is_exec);
        let Some(first) = words.next() else { return false };
        let is_all = |it: &shell::Word| has_all_words(it.span.of(&parsed.text));
        let wraps = first.literal.as_deref().is_some_and(|it| WRAPPERS.contains(&base(it)));
        is_all(first) || wraps && words.any(is_all)
    };
    parsed.simple_commands().iter().any(|(_, simple, _)| starts(simple))
}

/// Whether a script starts what it is told, and nothing by itself where it is told nothing.
pub(super) fn needs_words(text: &str) -> bool {
    const LOOKS: &[&str] = &["$#", "$1", "${1", "${@:-", "set -- "];
    starts_words(text) && !LOOKS.iter().any(|it| text.contains(it))
}

/// A further script or file of settings.
fn brings(case: &Case, file: &str, started: &mut Started) -> Result<(), Stop> {
    let Some(place) = resolve(case.stage().workdir(), file) else { return Ok(()) };
    if case.source(&place)?.is_some() {
        started.copies.push(Copied::file(&place, "a script reads it"));
    }
    Ok(())
}
