//! What a script leaves behind for a script after it in the same shell.
//!
//! Two `RUN`s start two shells; one merged `RUN` starts one. This module says whether that can make
//! a difference, from the scripts and their circumstances alone. What it cannot rule out, it refuses.

use super::program::pipelines;
use crate::facts::Circumstances;
use crate::packages::{self, Kind};
use crate::shell::visit::Context;
use crate::shell::{
    self, Command, CommandKind, ConnectorKind, Dialect, List, Part, Pipeline, Script, Simple,
    TerminatorKind, Word,
};
use crate::text::Span;

/// With the command that holds its redirects, and where it stands.
type SimpleCommand<'script> = (&'script Command, &'script Simple, Context);

/// How a script can stand in an `&&` list with others, and still do what it does alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its own `&&` list is continued.
    Plain,
    /// `{ …; }`
    Grouped,
    /// `( … )` around it: its variables, directory and options stay inside.
    Isolated,
    /// `( … )` around the end of its `&&` list, from this operand on.
    TailIsolated(usize),
}

/// Why a script cannot stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Kebab-case name, the same for every file.
    pub code: &'static str,
    /// Where in the script's text.
    pub span: Span,
    pub reason: String,
}

pub(super) fn obstacle(code: &'static str, span: Span, reason: String) -> Obstacle {
    Obstacle { code, span, reason }
}

/// How `script` can stand before other scripts.
pub fn before_others(script: &Script, cx: &Circumstances) -> Result<Standing, Obstacle> {
    common(script, cx)?;
    if let Some(comment) = script.comments.first() {
        let text = comment.of(&script.text);
        let reason =
            format!("`{text}` would turn what follows it on the joined line into a comment");
        return Err(obstacle("trailing-comment", *comment, reason));
    }
    let commands = script.simple_commands();
    background(script, &commands)?;
    for (command, ..) in &commands {
        super::barriers::lasting(script, command, cx)?;
    }
    let sourcing = sourcing(&commands);
    if let Some(span) = errexit(script, &commands, cx) {
        let reason = match (sourcing, is_plain(script, Compound::No)) {
            (Some(_), _) => "a function of a sourced file runs without `set -e` before `&&`",
            (None, false) => {
                "`set -e` has no effect before `&&`, so a failure inside would be ignored"
            }
            (None, true) => "",
        };
        if !reason.is_empty() {
            return Err(obstacle("errexit", span, reason.to_owned()));
        }
    }
    if let Some(command) = ends_in_state(&script.body, script)
        && !is_meant(script, command)
    {
        let text = command.span.of(&script.text);
        let reason = format!("`{text}` at its end only changes the shell that ends with it");
        return Err(obstacle("shell-state", command.span, reason));
    }
    // Bash 5.2 takes the last program of a sourced file for the last of the subshell that sources it.
    if let Some(span) = sourcing
        && matches!(script.dialect, Dialect::Bash | Dialect::Unknown)
    {
        let text = span.of(&script.text);
        let reason = format!("bash may end a subshell right after `{text}`");
        return Err(obstacle("shell-state", span, reason));
    }
    match first_state(script) {
        Some(0) => return readable_inside(script, Standing::Isolated),
        Some(operand) => return readable_inside(script, Standing::TailIsolated(operand)),
        None => (),
    }
    match is_plain(script, Compound::Yes) {
        true => Ok(Standing::Plain),
        false => readable_inside(script, Standing::Grouped),
    }
}

/// How `script` can stand after other scripts, with nothing behind it.
pub fn last(script: &Script, cx: &Circumstances) -> Result<Standing, Obstacle> {
    common(script, cx)?;
    if let Some(at) = last_word(&script.text) {
        let reason = "`$_` is the last word of the command before".to_owned();
        return Err(obstacle("shell-state", Span::new(at, at + 2), reason));
    }
    if is_plain(script, Compound::Yes) && (!cx.errexit() || is_plain(script, Compound::No)) {
        return Ok(Standing::Plain);
    }
    let whole = Span::new(0, script.text.len());
    if cx.errexit() {
        let reason =
            "under a `SHELL` with `-e` only lists of commands joined by `&&` are equal".to_owned();
        return Err(obstacle("errexit", whole, reason));
    }
    match script.comments.first() {
        None => readable_inside(script, Standing::Grouped),
        Some(comment) => {
            let reason =
                "it would need braces, and its comment would hide the closing one".to_owned();
            Err(obstacle("trailing-comment", *comment, reason))
        }
    }
}

/// Where `$_` or `${_}` stands.
fn last_word(text: &str) -> Option<usize> {
    if !text.contains('$') {
        return None;
    }
    text.find("${_}").or_else(|| text.find("$_").filter(|at| !is_longer_name(text, at + 2)))
}

fn is_longer_name(text: &str, at: usize) -> bool {
    text[at..].starts_with(|next: char| next == '_' || next.is_ascii_alphanumeric())
}

/// What rules a script out in any place.
fn common(script: &Script, cx: &Circumstances) -> Result<(), Obstacle> {
    let whole = Span::new(0, script.text.len());
    if let Some(why) = cx.start_files() {
        return Err(obstacle("start-up-files", whole, why));
    }
    if cx.has_fresh_mount() {
        let reason = "each `RUN` gets its tmpfs or writable bind mount anew".to_owned();
        return Err(obstacle("fresh-mount", whole, reason));
    }
    if script.text.contains('\n') {
        let reason = "a heredoc cannot stand in the middle of a joined line".to_owned();
        return Err(obstacle("heredoc", whole, reason));
    }
    if script.body.statements.is_empty() {
        return Err(obstacle("empty", whole, "it runs no command".to_owned()));
    }
    Ok(())
}

/// Whether compound commands (`if`, `for`, `( … )`) may be operands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compound {
    Yes,
    No,
}

/// One statement whose pipelines are joined by `&&` alone.
fn is_plain(script: &Script, compound: Compound) -> bool {
    let [statement] = script.body.statements.as_slice() else { return false };
    let ends = statement.terminator.is_none_or(|it| it.kind != TerminatorKind::Background);
    let joined = statement.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
    let simple = |pipeline: &Pipeline| {
        let mut commands = pipeline.commands.iter();
        commands.all(|command| matches!(&command.kind, CommandKind::Simple(it) if is_flat(it)))
    };
    ends && joined && (compound == Compound::Yes || pipelines(statement).all(simple))
}

/// No word of it runs more than one command: whether errexit holds in `$( … )` differs by shell.
fn is_flat(simple: &Simple) -> bool {
    let values = simple.assignments.iter().filter_map(|it| it.value.as_ref());
    let mut words = simple.words.iter().chain(values);
    words.all(|word| word.parts.iter().all(is_flat_part))
}

fn is_flat_part(part: &Part) -> bool {
    match part {
        Part::Substitution { body, .. } => match body.statements.as_slice() {
            [only] => only.rest.is_empty() && only.first.commands.len() == 1,
            _ => false,
        },
        Part::Parameter { words, .. } | Part::Arithmetic { words, .. } => {
            words.iter().flat_map(|word| &word.parts).all(is_flat_part)
        }
        _ => true,
    }
}

/// Where another file, or a text, is read as part of the script: it may define functions, which are
/// lists of commands.
fn sourcing(commands: &[SimpleCommand]) -> Option<Span> {
    let found = commands.iter().find(|(_, simple, _)| {
        let mut words = simple.words.iter().map(|word| word.literal.as_deref());
        let first = words.next().flatten();
        matches!(first, Some("." | "source" | "eval")) && !words.next().is_some_and(only_assigns)
    });
    found.map(|(command, ..)| command.span)
}

/// Files of which os-release(5) says that they hold assignments and nothing else.
fn only_assigns(path: Option<&str>) -> bool {
    matches!(path, Some("/etc/os-release" | "/usr/lib/os-release" | "/etc/lsb-release"))
}

/// Where errexit may be in force within `script`.
fn errexit(script: &Script, commands: &[SimpleCommand], cx: &Circumstances) -> Option<Span> {
    if cx.errexit() {
        return Some(Span::new(0, script.text.len()));
    }
    let setting = commands.iter().find(|(command, ..)| may_set_errexit(command));
    setting.map(|(command, ..)| command.span)
}

fn may_set_errexit(command: &Command) -> bool {
    let CommandKind::Simple(simple) = &command.kind else { return false };
    let mut words = simple.words.iter().map(|word| word.literal.as_deref());
    let Some(Some(mut program)) = words.next() else { return !simple.words.is_empty() };
    while let "command" | "builtin" = program {
        let Some(Some(next)) = words.next() else { return true };
        program = next;
    }
    match program {
        "." | "source" => !words.next().is_some_and(only_assigns),
        "eval" => true,
        "set" | "shopt" => words.any(|word| match word {
            Some("errexit") | None => true,
            Some(flags) => flags.starts_with('-') && flags.contains('e'),
        }),
        _ => false,
    }
}

fn background(script: &Script, commands: &[SimpleCommand]) -> Result<(), Obstacle> {
    let Some((command, ..)) = commands.iter().find(|(.., context)| context.background) else {
        return Ok(());
    };
    let text = command.span.of(&script.text);
    let reason = format!("`{text} &` ends with its `RUN`, and would go on in a merged one");
    Err(obstacle("background-job", command.span, reason))
}

/// The lists inside a compound command.
fn lists(command: &Command) -> Vec<&List> {
    match &command.kind {
        CommandKind::Simple(_) => Vec::new(),
        CommandKind::Group(list) | CommandKind::Subshell(list) => vec![list],
        CommandKind::If { arms, otherwise } => {
            let arms = arms.iter().flat_map(|(condition, body)| [condition, body]);
            arms.chain(otherwise).collect()
        }
        CommandKind::Loop { condition, body, .. } => vec![condition, body],
        CommandKind::For { body, .. } => vec![body],
        CommandKind::Case { arms, .. } => arms.iter().map(|arm| &arm.body).collect(),
        CommandKind::Function { body, .. } => lists(body),
        CommandKind::Bash { bodies, .. } => bodies.iter().collect(),
    }
}

/// The last command, if all it does is change the shell: a merge would hide that it is in vain.
fn ends_in_state<'a>(list: &'a List, script: &Script) -> Option<&'a Command> {
    let statement = list.statements.last()?;
    // What cleans up after them does not count: it may be added or taken away.
    let mut pipelines: Vec<&Pipeline> = pipelines(statement).collect();
    while let [.., last] = pipelines.as_slice()
        && let [command] = last.commands.as_slice()
        && only_removes_caches(script, command)
    {
        pipelines.pop();
    }
    let [command] = pipelines.last()?.commands.as_slice() else { return None };
    match &command.kind {
        CommandKind::Group(inner) => ends_in_state(inner, script),
        CommandKind::Simple(_) => changes_shell(command, script).then_some(command),
        _ => None,
    }
}

/// Whether a last command that changes the shell has its effect within the script: `exit 0` is its
/// status, and `cd ..` takes back what a `cd` before it did.
fn is_meant(script: &Script, last: &Command) -> bool {
    let program = |command: &Command| match &command.kind {
        CommandKind::Simple(simple) => simple.words.first().and_then(|it| it.literal.clone()),
        _ => None,
    };
    let goes = |command: &Command| matches!(program(command).as_deref(), Some("cd" | "pushd"));
    match program(last).as_deref() {
        Some("exit") => script.body.statements.len() > 1 || !is_plain(script, Compound::Yes),
        Some("cd" | "popd") => {
            // What goes somewhere inside of a pipeline ends there.
            let all = script.body.statements.iter().flat_map(pipelines);
            let all = all.filter(|pipeline| pipeline.commands.len() == 1);
            let mut all = all.flat_map(|pipeline| &pipeline.commands);
            all.any(|command| !std::ptr::eq(command, last) && goes(command))
        }
        _ => false,
    }
}

/// Braces and parentheses must leave a script as readable as it was.
fn readable_inside(script: &Script, standing: Standing) -> Result<Standing, Obstacle> {
    let text = script.text.trim_matches([' ', '\t']).trim_end_matches(';');
    let inside = match standing {
        Standing::Plain => return Ok(standing),
        Standing::Grouped if text.ends_with('&') => format!("{{ {text} }}"),
        Standing::Grouped => format!("{{ {text}; }}"),
        Standing::Isolated | Standing::TailIsolated(_) => format!("( {text} )"),
    };
    match shell::parse(&inside, script.dialect) {
        Some(_) => Ok(standing),
        None => {
            let whole = Span::new(0, script.text.len());
            let reason = "its script cannot be read with certainty inside of braces".to_owned();
            Err(obstacle("unreadable", whole, reason))
        }
    }
}

/// The first operand of a plain `&&` list that changes the shell; 0 for any other script that does.
fn first_state(script: &Script) -> Option<usize> {
    if !is_plain(script, Compound::Yes) {
        return changes_state(&script.body, script, false).then_some(0);
    }
    let statement = script.body.statements.first()?;
    pipelines(statement).position(|pipeline| pipeline_changes_state(pipeline, script, false))
}

/// Whether a command changes the shell itself: directory, variables, options, functions.
/// `inside` a subshell or a pipeline nothing lasts.
fn changes_state(list: &List, script: &Script, inside: bool) -> bool {
    let mut all = list.statements.iter().flat_map(pipelines);
    all.any(|pipeline| pipeline_changes_state(pipeline, script, inside))
}

fn pipeline_changes_state(pipeline: &Pipeline, script: &Script, inside: bool) -> bool {
    let inside = inside || pipeline.commands.len() > 1;
    pipeline.commands.iter().any(|command| {
        let subshell = inside || matches!(command.kind, CommandKind::Subshell(_));
        (!inside && changes_shell(command, script))
            || lists(command).into_iter().any(|inner| changes_state(inner, script, subshell))
    })
}

fn changes_shell(command: &Command, script: &Script) -> bool {
    if is_path(command, script) {
        return false;
    }
    let redirects = command.redirects.iter().map(|redirect| &redirect.target);
    match &command.kind {
        CommandKind::Simple(simple) => {
            let values = simple.assignments.iter().filter_map(|it| it.value.as_ref());
            let mut words = simple.words.iter().chain(values).chain(redirects);
            words.any(|word| assigns(word, script)) || is_state_builtin(simple)
        }
        CommandKind::For { .. } | CommandKind::Function { .. } | CommandKind::Bash { .. } => true,
        CommandKind::Case { subject, .. } => assigns(subject, script),
        _ => redirects.into_iter().any(|word| assigns(word, script)),
    }
}

/// A program called by its path is no built-in command, whatever its variables stand for.
fn is_path(command: &Command, script: &Script) -> bool {
    let CommandKind::Simple(simple) = &command.kind else { return false };
    let Some(program) = simple.words.first() else { return false };
    let text = program.span.of(&script.text);
    let all =
        simple.words.iter().chain(simple.assignments.iter().filter_map(|it| it.value.as_ref()));
    let tail = text.rsplit([')', '`']).next().unwrap_or(text);
    tail.contains('/') && all.clone().all(|word| !assigns(word, script))
}

/// `${x:=word}` and `$((x = 1))` assign in the middle of a word.
fn assigns(word: &Word, script: &Script) -> bool {
    word.parts.iter().any(|part| match part {
        Part::Parameter { span, name, words, .. } => {
            let after = span.of(&script.text).trim_start_matches("${").strip_prefix(&**name);
            let operator = after.unwrap_or_default().trim_start_matches(':');
            operator.starts_with('=') || words.iter().any(|word| assigns(word, script))
        }
        Part::Arithmetic { span, words } => {
            let text = span.of(&script.text);
            let changes = text.contains('=') || text.contains("++") || text.contains("--");
            changes || words.iter().any(|word| assigns(word, script))
        }
        _ => false,
    })
}

fn is_state_builtin(simple: &Simple) -> bool {
    let mut words = simple.words.iter().map(|word| word.literal.as_deref());
    let Some(first) = words.next() else { return !simple.assignments.is_empty() };
    let Some(mut program) = first else { return true };
    while let "command" | "builtin" = program {
        let mut rest = words.by_ref().skip_while(|word| matches!(word, Some("-p" | "--")));
        match rest.next() {
            // `command -v` only looks.
            Some(Some("-v" | "-V")) | None => return false,
            Some(Some(next)) => program = next,
            Some(None) => return true,
        }
    }
    match program {
        ":" | "." | "break" | "continue" | "times" if !simple.assignments.is_empty() => true,
        "printf" => words.any(|word| word == Some("-v")),
        _ => STATE_BUILTINS.contains(&program),
    }
}

/// Built-in commands that change the shell in which they run, or end it. Without a program word
/// known before the build, the same is assumed.
const STATE_BUILTINS: &[&str] = &[
    ".",
    "bind",
    "cd",
    "chdir",
    "complete",
    "compopt",
    "declare",
    "disown",
    "dirs",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "getopts",
    "hash",
    "let",
    "local",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "typeset",
    "ulimit",
    "umask",
    "unset",
    "wait",
];

/// A command that does nothing but delete what package managers keep.
pub fn only_removes_caches(script: &Script, command: &Command) -> bool {
    let CommandKind::Simple(simple) = &command.kind else { return false };
    let Some(invocation) = script.invocation(simple) else { return false };
    if packages::is_a_cleanup(command.span.of(&script.text)) {
        return true;
    }
    if invocation.program != "rm" {
        let arguments: Vec<Option<&str>> = invocation.literals().collect();
        return packages::kind(invocation.program, &arguments) == Some(Kind::Clean);
    }
    let paths = invocation.arguments.iter().map(|word| word.span.of(&script.text));
    let mut paths = paths.filter(|word| !word.starts_with('-')).peekable();
    command.redirects.is_empty() && paths.peek().is_some() && paths.all(packages::is_in_a_cache)
}
