//! What a shell script needs that runs when a container starts.

use super::Stop;
use super::case::Case;
use super::commands::shortened;
use super::install::{Made, Started, program_on_path, script_of};
use super::plan::Copied;
use super::program::Program;
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
        let Does::Starts(call) = does else {
            let found = otherwise(text).and_then(|it| Some((it, made.program(case, it, path)?)));
            started.copies.extend(found.map(|(it, place)| program_on_path(place, it)));
            return Ok(());
        };
        let word = call.given;
        let mut brings = |file: &str| brings(case, file, (made, path), started, at);
        if EVERYWHERE.contains(&word) {
            match (word, call.literals().next().flatten()) {
                ("." | "source", Some(file)) => brings(file)?,
                ("set", Some("--")) => {
                    let first = call.literals().nth(1).flatten();
                    let found = first.and_then(|it| Some((it, made.program(case, it, path)?)));
                    started.copies.extend(found.map(|(it, place)| program_on_path(place, it)));
                }
                _ => (),
            }
            return Ok(());
        }
        if let Some(found) = made.program(case, word, path) {
            started.copies.push(program_on_path(found, word));
            return Ok(());
        }
        if is_shell(base(word)) {
            match call.literals().next().flatten() {
                Some(file) if !file.starts_with('-') => brings(file)?,
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

/// `./server` in `exec "${@:-./server}"`.
fn otherwise(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("${@:-").or_else(|| text.split_once("${*:-"))?;
    rest.split(['}', ' ']).next()
}

/// A further script, with what that starts, or a file of settings.
fn brings(
    case: &Case,
    file: &str,
    (made, path): (&Made, &[&str]),
    started: &mut Started,
    at: Span,
) -> Result<(), Stop> {
    let Some(place) = resolve(case.stage().workdir(), file) else { return Ok(()) };
    let Some(source) = case.source(&place)? else { return Ok(()) };
    if started.copies.iter().any(|it| it.from == place) {
        return Ok(());
    }
    started.copies.push(Copied::file(&place, "a script reads it"));
    match case.text(&source).filter(|it| it.starts_with("#!") || source.ends_with(".sh")) {
        Some(text) => read(case, &text, made, path, started, at),
        None => Ok(()),
    }
}

/// What may be a path in the script that starts the program, and in those that it starts, with whose word it is.
pub(super) fn words(case: &Case, program: &Program) -> Vec<(String, String)> {
    let mut all = Vec::new();
    if let (Some(_), Some(text)) = (&program.shell, program.words.get(2)) {
        all.extend(paths(text).map(|it| (it.to_owned(), "the command line".to_owned())));
    }
    let by_shell = is_shell(base(&program.words[0]));
    let first = program.words[usize::from(by_shell)..].iter().find(|it| !it.starts_with('-'));
    let first = first.and_then(|it| script_of(case, it, by_shell));
    let mut waiting: Vec<String> = first.map(|it| it.1).into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(source) = waiting.pop() {
        let text = case.text(&source).filter(|it| by_shell || it.starts_with("#!"));
        let Some(text) = text.filter(|_| seen.insert(source.clone())) else { continue };
        for path in paths(&text) {
            if path.ends_with(".sh") {
                waiting.extend(script_of(case, path, true).map(|it| it.1));
            }
            all.push((path.to_owned(), format!("`{source}`")));
        }
    }
    all
}

/// What stands between blanks, quotes, variables and signs of the shell, but for comments.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|it| !it.trim_start().starts_with('#'));
    let pieces = lines.flat_map(|line| {
        let after = line.match_indices('$').map(|(at, _)| without_name(&line[at + 1..]));
        let first = line.split('$').next().unwrap_or_default();
        let after = after.map(|it| it.split('$').next().unwrap_or_default());
        after.chain([first])
    });
    let ends = |it: char| it.is_whitespace() || "\"'`(){}<>|&;:=,*".contains(it);
    let words = pieces.flat_map(move |it| it.split(ends));
    let words = words.map(|it| it.trim_start_matches('-'));
    words.filter(|it| it.bytes().any(|it| it.is_ascii_alphanumeric()))
}

/// What follows the name of a variable.
fn without_name(text: &str) -> &str {
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    text.strip_prefix('{').unwrap_or(text).trim_start_matches(is_name)
}
