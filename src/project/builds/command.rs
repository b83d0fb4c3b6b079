//! Command lines that build an image: `docker build`, `podman build`, `buildah bud`, kaniko's executor.
//!
//! The Dockerfile is relative to the folder in which the command runs; Podman, Buildah and kaniko look for it
//! in the context, too, if it is not there.

use super::flags::{global_takes_value, long_name, takes_value};
use super::paths::{is_remote, join};
use super::{Draft, Known, Relative, Unknown, assignment};
use std::collections::VecDeque;
use std::path::Path;

/// A word of a command line.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    pub(super) value: Known<String>,
    /// As in the source.
    pub(super) raw: String,
    /// It is not quoted and not known: it may be several words, or none.
    pub(super) several: bool,
    /// With `*` for what is not known, if the value is not.
    pub(super) pattern: Option<String>,
}

impl Default for Argument {
    fn default() -> Self {
        Self { value: Ok(String::new()), raw: String::new(), several: false, pattern: None }
    }
}

/// What a command line is.
#[derive(Debug)]
pub(super) enum Meaning {
    /// It builds no image.
    Other,
    /// It builds one, but we do not know enough of it.
    Unclear(String),
    Build(Box<Parsed>),
}

#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) draft: Draft,
    /// Words of it are not known, and why: they may be flags. There is one context all the same.
    pub(super) unsure: Option<String>,
    /// Where the Dockerfile is looked for, if it is not found from the folder of the command.
    pub(super) also_in_context: bool,
    /// `-f -`, or the context `-`.
    pub(super) standard_input: Option<Input>,
    /// Without a name it looks in its own folder before the context.
    pub(super) kaniko: bool,
    /// Without `-f` these are tried, the first first.
    pub(super) defaults: &'static [&'static str],
}

/// What is read from standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Dockerfile,
    /// A Dockerfile without a context, or an archive.
    Context,
}

/// The program and its subcommand, as one would say it: `docker build`.
pub(super) fn name(program: &str, given: &str, arguments: &[Argument]) -> Option<String> {
    let words = arguments.iter().filter_map(|argument| argument.value.as_deref().ok());
    match program {
        "executor" if given.contains("kaniko") => Some("kaniko".to_owned()),
        "docker" | "podman" | "nerdctl" | "buildah" => {
            let build =
                |word: &&str| matches!(*word, "build" | "bud" | "build-using-dockerfile" | "b");
            let mut words = words.take_while(|word| *word != "bake" && *word != "compose");
            words.find(build).map(|word| format!("{program} {word}"))
        }
        _ => None,
    }
}

/// Reads a command line, without its program.
pub(super) fn read(program: &str, given: &str, arguments: &[Argument]) -> Meaning {
    let start = match program {
        "executor" if given.contains("kaniko") => 0,
        "docker" | "podman" | "nerdctl" | "buildah" => match subcommand(program, arguments) {
            Some(start) => start,
            None => return Meaning::Other,
        },
        _ => return Meaning::Other,
    };
    match parse(program, &arguments[start..]) {
        Ok(Some(parsed)) => Meaning::Build(Box::new(parsed)),
        Ok(None) => Meaning::Other,
        Err(reason) => Meaning::Unclear(reason),
    }
}

/// Where the arguments of `build` start; `None` if it is another subcommand.
fn subcommand(program: &str, arguments: &[Argument]) -> Option<usize> {
    let mut groups = 0;
    let mut at = 0;
    while let Some(argument) = arguments.get(at) {
        // What it is called with decides what it does.
        let word = argument.value.as_ref().ok()?;
        at += 1;
        match word.as_str() {
            "build" | "b" => return Some(at),
            "bud" | "build-using-dockerfile" if program == "buildah" => return Some(at),
            "image" | "buildx" | "builder" if groups == 0 => groups += 1,
            flag if flag.starts_with('-') => {
                at += usize::from(global_takes_value(flag));
            }
            _ => return None,
        }
    }
    None
}

#[derive(Default)]
struct Flags {
    file: Vec<Known<String>>,
    operands: Vec<Known<String>>,
    sub_path: Option<Known<String>>,
    draft: Draft,
    /// Why words are not known.
    unsure: Option<String>,
}

/// `Ok(None)` if nothing is built: help is asked for, or the context is missing.
fn parse(program: &str, arguments: &[Argument]) -> Result<Option<Parsed>, String> {
    let mut rest: VecDeque<Argument> = arguments.iter().cloned().collect();
    let mut flags = Flags::default();
    while let Some(argument) = rest.pop_front() {
        let unknown = argument.value.as_ref().err().cloned();
        // `--build-arg=A=$B` says which flag it is, all the same.
        let written = argument.raw.trim_matches(['"', '\'']);
        let word = argument.value.clone().unwrap_or(argument.raw.clone());
        let pattern = argument.pattern.as_deref();
        match word.strip_prefix("--") {
            Some("") => {
                flags.operands.extend(rest.drain(..).map(|argument| argument.value));
            }
            Some("help") => return Ok(None),
            Some(long) => {
                let pattern = pattern.and_then(|it| Some(it.split_once('=')?.1.to_owned()));
                let given = Given { unknown, pattern };
                long_flag(program, long, given, &mut rest, &mut flags)?;
            }
            None if word == "-h" => return Ok(None),
            None if word.len() > 1 && word.starts_with('-') => {
                let pattern = pattern.and_then(|it| Some(it.get(2..)?.to_owned()));
                let given = Given { unknown, pattern };
                short_flags(program, &word[1..], given, &mut rest, &mut flags)?;
            }
            // Of a URL the rest does not matter.
            None if is_remote(written) => flags.operands.push(Ok(written.to_owned())),
            None if argument.several => {
                let reason = unknown.map(|unknown| format!("the command line {unknown}"));
                let reason = reason.unwrap_or_else(|| "the command line is not known".to_owned());
                flags.unsure.get_or_insert(reason);
            }
            None => flags.operands.push(argument.value),
        }
    }
    finish(program, flags)
}

/// A value that stands in one word with its flag.
struct Given {
    /// Why it is not known, if it is not.
    unknown: Option<Unknown>,
    pattern: Option<String>,
}

impl Given {
    fn argument(self, text: &str) -> Argument {
        let raw = text.to_owned();
        let value = self.unknown.map_or(Ok(raw.clone()), Err);
        Argument { value, raw, several: false, pattern: self.pattern }
    }
}

fn long_flag(
    program: &str,
    long: &str,
    given: Given,
    rest: &mut VecDeque<Argument>,
    flags: &mut Flags,
) -> Result<(), String> {
    let (name, value) = assignment(long);
    if name.contains(['$', '"', '\'', '`']) {
        return Err(format!("the flag `--{name}` is not known"));
    }
    let value = match (value, takes_value(program, name)) {
        (Some(value), _) => given.argument(value),
        (None, Some(false)) => return Ok(()),
        (None, Some(true)) => match rest.pop_front() {
            Some(value) => value,
            None => return Err(format!("the flag `--{name}` has no value")),
        },
        // It may have a value or not, and the next word may be that.
        (None, None) => match rest.front() {
            Some(next) if !next.raw.starts_with('-') => {
                return Err(format!("the flag `--{name}` is not known"));
            }
            _ => return Ok(()),
        },
    };
    set(program, name, value, flags);
    Ok(())
}

fn short_flags(
    program: &str,
    letters: &str,
    given: Given,
    rest: &mut VecDeque<Argument>,
    flags: &mut Flags,
) -> Result<(), String> {
    for (at, letter) in letters.char_indices() {
        let name = match long_name(program, letter) {
            Some("") => continue,
            Some(name) => name,
            None => return Err(format!("the flag `-{letter}` is not known")),
        };
        let inside = &letters[at + letter.len_utf8()..];
        let inside = inside.strip_prefix('=').unwrap_or(inside);
        let value = match inside {
            "" => match rest.pop_front() {
                Some(value) => value,
                None => return Err(format!("the flag `-{letter}` has no value")),
            },
            inside => given.argument(inside),
        };
        set(program, name, value, flags);
        return Ok(());
    }
    Ok(())
}

fn set(program: &str, name: &str, argument: Argument, flags: &mut Flags) {
    let kaniko = program == "executor";
    let draft = &mut flags.draft;
    // Of `NAME=$VALUE` the name is known.
    let written = argument.raw.trim_matches(['"', '\'']);
    let value = argument.value;
    match name {
        "file" | "dockerfile" => flags.file.push(value),
        "context" if kaniko => {
            let folder =
                |text: String| text.strip_prefix("dir://").map_or(text.clone(), str::to_owned);
            flags.operands = vec![value.map(folder)];
        }
        "context-sub-path" => flags.sub_path = Some(value),
        "target" => draft.target = Some(value).filter(|value| value.as_deref() != Ok("")),
        "tag" | "destination" => match value {
            Ok(image) => draft.images.push(image),
            Err(_) => draft.names.extend(argument.pattern),
        },
        "build-arg" => {
            let text = value.as_deref().unwrap_or(written);
            let (name, content) = assignment(text);
            if !name.contains('$') && !name.is_empty() {
                let content = content.filter(|_| value.is_ok()).map(str::to_owned);
                draft.arguments.insert(name.to_owned(), content);
            }
        }
        "build-context" => {
            let text = value.as_deref().unwrap_or(written);
            if let Some((name, source)) = text.split_once('=') {
                draft.contexts.insert(name.to_owned(), source.to_owned());
            }
        }
        "platform" | "custom-platform" | "customPlatform" => {
            let list = value.unwrap_or_default();
            let each = list.split(',').map(str::trim).filter(|it| !it.is_empty());
            draft.platforms.extend(each.map(str::to_owned));
        }
        _ => {}
    }
}

fn finish(program: &str, flags: Flags) -> Result<Option<Parsed>, String> {
    let Flags { mut file, operands, sub_path, mut draft, unsure } = flags;
    // Among the unknown words may be the context.
    let unsure = match unsure {
        Some(reason) if operands.len() != 1 => return Err(reason),
        unsure => unsure,
    };
    let kaniko = program == "executor";
    let also_in_context = matches!(program, "podman" | "buildah" | "executor");
    let context = match (operands.len(), also_in_context) {
        (0, true) => Ok(".".to_owned()),
        // A command without a context is one in a text, or an error.
        (0, false) => return Ok(None),
        (1, _) => operands.into_iter().next().unwrap_or(Ok(String::new())),
        _ => return Err("there is more than one context".to_owned()),
    };
    let context = match (context, sub_path) {
        (Ok(context), Some(Ok(below))) => Ok(format!("{context}/{below}")),
        (Ok(_), Some(Err(unknown))) => Err(unknown),
        (context, _) => context,
    };
    if file.len() > 1 && matches!(program, "podman" | "buildah") {
        return Err("it joins several Dockerfiles".to_owned());
    }
    let file = file.pop().filter(|file| file.as_deref() != Ok(""));
    let standard_input = match (&file, &context) {
        (Some(Ok(file)), _) if file == "-" => Some(Input::Dockerfile),
        (_, Ok(context)) if context == "-" => Some(Input::Context),
        _ => None,
    };
    draft.context = Some(context);
    draft.dockerfile = file;
    draft.relative = Relative::Folder;
    let defaults: &[&str] = match program {
        "podman" | "buildah" => &["Containerfile", "Dockerfile"],
        "nerdctl" => &["Dockerfile", "Containerfile"],
        _ => &["Dockerfile"],
    };
    Ok(Some(Parsed { draft, unsure, also_in_context, kaniko, standard_input, defaults }))
}

impl Parsed {
    /// Settles where the Dockerfile is, for tools that look at more than one place.
    pub(super) fn settle(&mut self, folder: &Path, exists: impl Fn(&Path) -> bool) {
        let Some(Ok(context)) = &self.draft.context else { return };
        if is_remote(context) {
            return;
        }
        let context = join(folder, context);
        match &self.draft.dockerfile {
            Some(Ok(file)) if self.also_in_context => {
                let below = join(&context, file);
                if !exists(&join(folder, file)) && exists(&below) {
                    self.draft.relative = Relative::Context;
                }
            }
            None if self.kaniko && exists(&join(folder, "Dockerfile")) => {
                self.draft.dockerfile = Some(Ok("Dockerfile".to_owned()));
            }
            None if self.defaults.len() > 1 => {
                let found = self.defaults.iter().find(|name| exists(&join(&context, name)));
                self.draft.dockerfile = found.map(|name| Ok((*name).to_owned()));
                self.draft.relative = Relative::Context;
            }
            _ => {}
        }
    }
}
