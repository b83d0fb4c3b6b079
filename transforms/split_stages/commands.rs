//! What the `RUN`s of a stage do, command by command.

use super::case::Taken;
use crate::facts::{Run, resolve};
use crate::packages::{self, Kind};
use crate::shell::command::Invocation;
use crate::text::Span;
use crate::transform::Context;

/// One command of a `RUN`.
#[derive(Debug, Clone)]
pub(super) struct Step<'c> {
    /// The `RUN`.
    pub(super) instruction: usize,
    /// In the source.
    pub(super) at: Span,
    /// As it is written.
    pub(super) text: String,
    /// The directory in which it runs; `None` if it is not known.
    pub(super) workdir: Option<String>,
    /// It runs whenever the build succeeds.
    pub(super) certain: bool,
    pub(super) work: Work<'c>,
}

#[derive(Debug, Clone)]
pub(super) enum Work<'c> {
    /// A program with its words; `None` is one that expands to anything.
    Program {
        name: &'c str,
        words: Vec<Option<&'c str>>,
        /// Set for it alone.
        environment: Vec<(&'c str, Option<&'c str>)>,
    },
    /// Its output becomes this file.
    Writes(String),
    /// Packages of the distribution are installed.
    Packages(Vec<String>),
    /// Files are taken out of another stage.
    Takes(Taken),
    /// It leaves nothing that a program could need: it looks, tests, cleans, or changes the package manager.
    Nothing,
    /// It cannot be read.
    Unknown,
}

/// Commands that leave nothing of use behind.
const NOTHING: &[&str] = &[
    ":",
    "[",
    "[[",
    "basename",
    "cat",
    "cd",
    "cmp",
    "cut",
    "date",
    "diff",
    "dirname",
    "du",
    "echo",
    "env",
    "exit",
    "export",
    "expr",
    "false",
    "find",
    "getconf",
    "getent",
    "grep",
    "head",
    "id",
    "ls",
    "md5sum",
    "nproc",
    "printf",
    "pwd",
    "rm",
    "rmdir",
    "seq",
    "set",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "sleep",
    "sort",
    "strip",
    "sysctl",
    "tail",
    "test",
    "tr",
    "true",
    "uname",
    "uniq",
    "unset",
    "upx",
    "wc",
    "which",
    "whoami",
];

/// Whether a command leaves nothing that a program could need.
pub(super) fn is_nothing(name: &str) -> bool {
    NOTHING.contains(&name)
}

/// All commands of the `RUN`s of a stage.
pub(super) fn steps<'c>(cx: &Context<'c>, stage: usize) -> Vec<Step<'c>> {
    let mut steps = Vec::new();
    for run in cx.facts.runs_of(stage) {
        match &run.script {
            Some(_) => of_script(cx, run, &mut steps),
            None => steps.push(exec_form(cx, run)),
        }
    }
    steps
}

/// `RUN ["program", "word"]`.
fn exec_form<'c>(cx: &Context<'c>, run: &'c Run<'c>) -> Step<'c> {
    use crate::syntax::{Body, Command};
    let instruction = &cx.file.instructions[run.instruction];
    let work = match &instruction.body {
        Body::Run(Command::Exec(words)) if !words.is_empty() => {
            let words: Vec<Option<&str>> = words.iter().map(|it| Some(&*it.text)).collect();
            let name = words[0].map_or("", crate::shell::command::base);
            of_package_manager(name, &words[1..]).unwrap_or_else(|| {
                let words = words[1..].to_vec();
                Work::Program { name, words, environment: Vec::new() }
            })
        }
        _ => Work::Unknown,
    };
    Step {
        instruction: run.instruction,
        at: instruction.span,
        text: shortened(instruction.span.of(cx.file.source)),
        workdir: run.workdir().map(str::to_owned),
        certain: true,
        work,
    }
}

fn of_script<'c>(cx: &Context<'c>, run: &'c Run<'c>, steps: &mut Vec<Step<'c>>) {
    let Some(parsed) = run.expanded(cx.facts) else { return };
    let script = run.script.as_ref().filter(|script| std::ptr::eq(&*script.parsed, parsed));
    let mut workdir = run.workdir().map(str::to_owned);
    for (command, simple, context) in parsed.simple_commands() {
        let certain = context.always_runs() && !context.subshell;
        let call = parsed.invocation(simple);
        if let Some(call) = call.as_ref().filter(|it| it.program == "cd") {
            let to = call.literals().next().flatten();
            workdir = to.filter(|_| certain).and_then(|to| resolve(workdir.as_deref(), to));
        }
        let written = command.redirects.iter().find(|it| {
            let target = it.target.literal.as_deref();
            it.operator.contains('>') && !it.operator.contains('&') && target != Some("/dev/null")
        });
        let work = match (call, written) {
            (_, Some(redirect)) => {
                let target = redirect.target.literal.as_deref();
                let path = target.and_then(|it| resolve(workdir.as_deref(), it));
                path.map_or(Work::Unknown, Work::Writes)
            }
            (Some(call), None) => work_of(&call, &parsed.text),
            (None, None) if simple.words.is_empty() => Work::Nothing,
            _ => Work::Unknown,
        };
        steps.push(Step {
            instruction: run.instruction,
            at: script.map_or_else(
                || cx.file.instructions[run.instruction].span,
                |script| script.source_span(command.span),
            ),
            text: shortened(command.span.of(&parsed.text)),
            workdir: workdir.clone(),
            certain,
            work,
        });
    }
}

fn work_of<'c>(call: &Invocation<'c>, text: &'c str) -> Work<'c> {
    let mut words: Vec<Option<&str>> = call.literals().collect();
    if let Some(work) = of_package_manager(call.program, &words) {
        return work;
    }
    // The compiler, as PyPI has it.
    if let (true, [Some("-m"), Some("ziglang"), rest @ ..]) =
        (call.program.starts_with("python"), &words[..])
    {
        let environment = call.environment.clone();
        return Work::Program { name: "zig", words: rest.to_vec(), environment };
    }
    if call.program == "sed" {
        // It changes files that are there, and which ones a pattern such as `conf/*.conf` tells well enough.
        let patterns = call.arguments.iter().map(|it| it.is_pattern().then(|| it.span.of(text)));
        words = words.iter().zip(patterns).map(|(word, pattern)| word.or(pattern)).collect();
    }
    match NOTHING.contains(&call.program) && call.inner_script().is_none() {
        true => Work::Nothing,
        false => Work::Program { name: call.program, words, environment: call.environment.clone() },
    }
}

/// What a package manager of the distribution does.
fn of_package_manager<'c>(program: &str, words: &[Option<&'c str>]) -> Option<Work<'c>> {
    let action = packages::read(program, words).filter(|it| it.manager.is_of_distribution())?;
    if action.kind != Kind::Install {
        return Some(Work::Nothing);
    }
    let names = action.packages.iter().map(|it| it.name.map(str::to_owned));
    Some(names.collect::<Option<_>>().map_or(Work::Unknown, Work::Packages))
}

/// One line of at most 60 characters.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
