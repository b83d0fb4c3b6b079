//! What a shell script needs that runs when a container starts.

use super::Stop;
use super::case::Case;
use super::commands::shortened;
use super::install::{Made, Started, program_on_path};
use super::plan::Copied;
use crate::facts::resolve;
use crate::shell::command::{base, is_shell};
use crate::shell::{self, CommandKind, Dialect};
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

/// Takes note of the programs that a script starts. `shell` is what runs it.
pub(super) fn read(
    case: &Case,
    text: &str,
    shell: &str,
    made: &Made,
    path: &[&str],
    started: &mut Started,
    at: Span,
) -> Result<(), Stop> {
    let stop = |reason: String| Err(Stop { code: "script", at, reason });
    let dialect = if shell == "bash" { Dialect::Bash } else { Dialect::Unknown };
    let parsed = shell::parse(text, dialect).or_else(|| shell::parse(text, Dialect::Bash));
    let Some(parsed) = parsed else { return stop(format!("`{}` cannot be read", shortened(text))) };
    let mut functions = BTreeSet::new();
    parsed.visit(&mut |command, _| {
        if let CommandKind::Function { name, .. } = &command.kind {
            functions.insert(name.to_string());
        }
    });
    for (command, simple, _) in parsed.simple_commands() {
        let text = shortened(command.span.of(&parsed.text));
        let Some(first) = simple.words.first() else { continue };
        if has_all_words(first.span.of(&parsed.text)) || first.span.of(&parsed.text) == "$*" {
            continue;
        }
        let Some(call) = parsed.invocation(simple) else {
            let is_exec = first.literal.as_deref() == Some("exec");
            let rest = simple.words.get(1).map(|it| it.span.of(&parsed.text));
            if is_exec && rest.is_none_or(has_all_words) {
                continue;
            }
            return stop(format!("what `{text}` starts is not known"));
        };
        let word = call.given;
        if functions.contains(word) || EVERYWHERE.contains(&word) {
            if let ("." | "source", Some(file)) = (word, call.literals().next().flatten()) {
                brings(case, file, started)?;
            }
            continue;
        }
        if let Some(found) = made.program(case, word, path) {
            started.copies.push(program_on_path(found, word));
            continue;
        }
        if is_shell(base(word)) {
            match call.literals().next().flatten() {
                Some(file) if !file.starts_with('-') => brings(case, file, started)?,
                _ => return stop(format!("what `{text}` starts is not known")),
            }
            continue;
        }
        return stop(format!("`{word}`, which `{text}` starts, may not be in the run-time image"));
    }
    Ok(())
}

/// Whether all words that a script gets stand in a text.
pub(super) fn has_all_words(text: &str) -> bool {
    text.contains("$@") || text.contains("${@}")
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

/// A further script or file of settings.
fn brings(case: &Case, file: &str, started: &mut Started) -> Result<(), Stop> {
    let Some(place) = resolve(case.stage().workdir(), file) else { return Ok(()) };
    if case.source(&place)?.is_some() {
        started.copies.push(Copied::file(&place, "a script reads it"));
    }
    Ok(())
}
