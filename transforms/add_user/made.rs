//! What the `RUN`s of a stage do with folders.

use super::ground::chain;
use super::program::Program;
use super::{Stop, shortened};
use crate::facts::{Run, is_within, resolve};
use crate::packages;
use crate::shell::command::base;
use crate::shell::{Command, Redirect};
use crate::syntax::Body;
use crate::transform::Context;

/// A command of a script.
struct Act<'s> {
    command: &'s Command,
    /// Empty where there is none, and `?` where it is not known.
    program: &'s str,
    /// What it is called with, as far as that is literal, without options.
    words: Vec<&'s str>,
    /// Where its output goes.
    targets: Vec<&'s str>,
    /// A command before it may have gone elsewhere.
    moved: bool,
}

impl Act<'_> {
    fn all(&self) -> impl Iterator<Item = &&str> {
        self.words.iter().chain(&self.targets)
    }

    /// A word as a path, where that is certain.
    fn path(&self, run: &Run, word: &str) -> Option<String> {
        if self.moved && !word.starts_with('/') {
            return None;
        }
        resolve(run.workdir(), word)
    }
}

fn acts<'s>(run: &'s Run) -> Option<Vec<Act<'s>>> {
    let script = &run.script.as_ref()?.parsed;
    let mut moved = false;
    let mut acts = Vec::new();
    for (command, simple, _) in script.simple_commands() {
        let target = |it: &'s Redirect| it.target.span.of(&script.text);
        let targets = command.redirects.iter().filter(|it| it.operator.contains('>'));
        let targets = targets.map(target).collect();
        let call = script.invocation(simple);
        let program = match &call {
            Some(call) => call.program,
            None if simple.words.is_empty() => "",
            None => "?",
        };
        let words = call.iter().flat_map(|call| call.literals().flatten());
        let words = words.filter(|it| !it.starts_with('-')).collect();
        acts.push(Act { command, program, words, targets, moved });
        moved |= matches!(program, "cd" | "popd" | "pushd");
    }
    Some(acts)
}

/// The folders that a `mkdir` makes, as far as it is certain where they are.
pub(super) fn made<'s>(run: &'s Run) -> Vec<(&'s Command, String)> {
    let acts = acts(run).unwrap_or_default().into_iter().filter(|act| act.program == "mkdir");
    let folders = acts.flat_map(|act| {
        let paths = act.words.iter().filter_map(|word| Some((act.command, act.path(run, word)?)));
        paths.collect::<Vec<_>>()
    });
    folders.collect()
}

/// `mkdir` of the folder in `run`.
pub(super) fn makes(run: &Run, path: &str) -> bool {
    made(run).iter().any(|(_, it)| it == path)
}

/// Whether a compiler in `run` makes the program `path`.
pub(super) fn compiles(run: &Run, path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    acts(run).unwrap_or_default().iter().any(|act| {
        let Some(here) = run.workdir().filter(|_| !act.moved) else { return false };
        let is_told =
            act.words.iter().any(|word| resolve(Some(here), word).as_deref() == Some(path));
        let verb = act.words.first().copied();
        match act.program {
            "c++" | "cc" | "clang" | "g++" | "gcc" | "rustc" => is_told,
            // Without a name it is that of the package, or of its folder.
            "go" if verb == Some("build") => {
                let named = act.words.iter().any(|word| base(word) == name);
                is_told || folder == here && (named || base(here) == name)
            }
            "cargo" if matches!(verb, Some("b" | "build")) => path
                .strip_prefix(here)
                .and_then(|it| it.trim_start_matches('/').strip_prefix("target/"))
                .is_some_and(|it| it.contains('/')),
            _ => false,
        }
    })
}

/// Whether a path leads through a relative one.
fn has_part(path: &str, part: &str) -> bool {
    let part = part.trim_start_matches("./").trim_end_matches('/');
    !part.is_empty() && format!("{path}/").contains(&format!("/{part}/"))
}

/// Whether a command may take a folder away again.
pub(super) fn is_removed(cx: &Context, stage: usize, path: &str) -> bool {
    cx.facts.runs_of(stage).any(|run| {
        let acts = acts(run).unwrap_or_default();
        acts.iter().filter(|act| matches!(act.program, "mv" | "rm" | "rmdir")).any(|act| {
            act.words.iter().any(|word| match act.path(run, word) {
                Some(word) => word != "/" && is_within(path, &word),
                None => has_part(path, word),
            })
        })
    })
}

/// Whether nothing but `mkdir` and `WORKDIR` touches a folder: then it is there for the program.
pub(super) fn stays_empty(cx: &Context, stage: usize, path: &str) -> bool {
    let near = |other: &str| is_within(other, path) || is_within(path, other) && other != "/";
    let mut instructions = cx.facts.stages[stage].instructions.clone();
    let filled = instructions.any(|at| match &cx.file.instructions[at].body {
        Body::Copy { .. } => {
            cx.facts.destination(at).is_none_or(|it| is_within(&it.place.path, path))
        }
        Body::Workdir(piece) => {
            let place = cx.facts.place(at, &piece.text);
            place.is_none_or(|it| it.path != path && is_within(&it.path, path))
        }
        Body::Run(_) => cx.facts.run(at).is_none_or(|run| {
            let Some(acts) = acts(run) else { return true };
            run.workdir().is_some_and(|workdir| is_within(workdir, path))
                || acts.iter().any(|act| {
                    let own = matches!(act.program, "[" | "chmod" | "chown" | "mkdir" | "test");
                    let touches = |word: &&str| match act.path(run, word) {
                        Some(word) => near(&word),
                        None => word
                            .split('/')
                            .find(|it| *it != ".")
                            .is_some_and(|it| has_part(path, it)),
                    };
                    act.program == "?"
                        || act.targets.iter().any(touches)
                        || !own && act.words.iter().any(touches)
                })
        }),
        _ => false,
    });
    !filled
}

/// What a `RUN` puts into a folder belongs to root.
pub(super) fn run_fills(cx: &Context, at: usize, path: &str) -> Result<(), Stop> {
    const LOOKS: &[&str] =
        &["chmod", "chown", "echo", "export", "ln", "ls", "mkdir", "rm", "rmdir"];
    let span = cx.file.instructions[at].span;
    let Some(run) = cx.facts.run(at) else { return Ok(()) };
    let here = run.workdir().is_some_and(|workdir| is_within(workdir, path));
    let fills = match acts(run) {
        None => span.of(cx.file.source).contains(path),
        Some(acts) => acts.iter().any(|act| {
            let inside = |word: &&str| act.path(run, word).is_some_and(|it| is_within(&it, path));
            // Who asks for a file in it lets another command make that.
            let below = |word: &&str| inside(word) && act.path(run, word).as_deref() != Some(path);
            match act.program {
                "[" | "test" => act.words.iter().any(below),
                program if LOOKS.contains(&program) => act.targets.iter().any(inside),
                _ => act.all().any(inside),
            }
        }),
    };
    match fills || here {
        true => {
            let reason = format!("it may put files into `{path}`, which belong to root");
            Err(Stop { code: "made-by-root", at: span, reason })
        }
        false => Ok(()),
    }
}

/// Commands that make, as root, what the program changes later.
pub(super) fn made_by_root(cx: &Context, stage: usize, program: &Program) -> Result<(), Stop> {
    for run in chain(cx, stage).into_iter().flat_map(|it| cx.facts.runs_of(it)) {
        let Some(script) = &run.script else { continue };
        for (command, simple, _) in script.parsed.simple_commands() {
            let Some(call) = script.parsed.invocation(simple) else { continue };
            let arguments: Vec<Option<&str>> = call.literals().collect();
            if packages::kind(call.program, &arguments)
                .is_some_and(|it| it == packages::Kind::Install)
            {
                continue;
            }
            let has = |word: &str| call.literals().flatten().any(|it| base(it) == word);
            let django = has("manage.py");
            let rails = matches!(call.program, "rails" | "rake")
                || (call.program == "bundle" && (has("rake") || has("rails")));
            let builds = matches!(call.program, "next" | "npm" | "npx" | "pnpm" | "yarn");
            let next = program.next && builds && has("build");
            if django || rails || next {
                let text = shortened(command.span.of(&script.parsed.text));
                let reason = format!("`{text}` makes files as root that the program changes later");
                let at = script.source_span(command.span);
                return Err(Stop { code: "made-by-root", at, reason });
            }
        }
    }
    Ok(())
}
