//! Whether an instruction becomes what a codemod declares, and whether that means the same.
//!
//! The rule is the user's own, so nothing is asked of its sense: only that what is declared happens, and
//! nothing else.

use super::program::{Program, Token};
use super::{Operation, Work};
use crate::facts::Facts;
use crate::shell::{self, CommandKind, Dialect, Script};
use crate::syntax::expand::{self, Value};
use crate::syntax::image_reference::ImageReference;
use crate::syntax::{self, Body, Command, Instruction, Keyword, Pair};
use std::sync::Arc;

/// What is declared of one instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// As numbered before the change; one behind the last for what comes at the end.
    pub instruction: usize,
    /// Instructions that come to stand before it and behind it.
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub own: Own,
    /// It is declared to mean the same.
    pub same: bool,
}

/// What becomes of the instruction itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    Stays,
    Goes,
    Becomes(Becomes),
    /// Another instruction takes its place.
    Other(String),
}

/// An instruction with the same keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Becomes {
    pub flags: Vec<(String, Option<String>)>,
    /// Its arguments without continuations; of a `RUN` that we can read, its script.
    pub text: String,
}

impl Rewritten {
    /// How many places instruction `index` moves on; `None` if it is gone.
    pub(super) fn moved(&self, index: usize) -> Option<isize> {
        let gone = self.own == Own::Goes;
        let (before, after) = (self.before.len() as isize, self.after.len() as isize);
        match index.cmp(&self.instruction) {
            std::cmp::Ordering::Less => Some(0),
            std::cmp::Ordering::Equal if gone => None,
            std::cmp::Ordering::Equal => Some(before),
            std::cmp::Ordering::Greater => Some(before + after - isize::from(gone)),
        }
    }

    pub(super) fn describe(&self) -> Vec<String> {
        let added = self.before.iter().chain(&self.after);
        let mut lines: Vec<String> =
            added.map(|text| format!("adds `{}`", first_line(text))).collect();
        match &self.own {
            Own::Other(text) => lines.push(format!("writes `{}`", first_line(text))),
            Own::Goes => lines.push("deletes an instruction".to_owned()),
            Own::Stays | Own::Becomes(_) => (),
        }
        lines
    }

    /// Applies it to the operations of the old text.
    pub(super) fn give(
        &self,
        facts: &Facts,
        slots: &mut [Option<Operation<'_>>],
    ) -> Result<(), String> {
        if self.same && !self.means_the_same(facts) {
            return Err("what it becomes is not known to mean the same".to_owned());
        }
        if self.own == Own::Stays {
            return Ok(());
        }
        let slot = slots.get_mut(self.instruction).ok_or("no instruction is there")?;
        let old = slot.take().ok_or("an instruction is gone already")?;
        *slot = match &self.own {
            Own::Goes => None,
            Own::Other(text) => Some(operation(text, facts)?),
            Own::Becomes(new) => Some(becomes(old, new)?),
            Own::Stays => Some(old),
        };
        Ok(())
    }

    /// What comes to stand before instruction `index`.
    pub(super) fn before<'a>(
        &self,
        index: usize,
        facts: &Facts,
    ) -> Result<Vec<Operation<'a>>, String> {
        let here = self.instruction == index;
        self.before.iter().filter(|_| here).map(|text| operation(text, facts)).collect()
    }

    /// What comes to stand behind the instruction before `index`.
    pub(super) fn behind<'a>(
        &self,
        index: usize,
        facts: &Facts,
    ) -> Result<Vec<Operation<'a>>, String> {
        let here = self.instruction + 1 == index;
        self.after.iter().filter(|_| here).map(|text| operation(text, facts)).collect()
    }

    /// Whether the instruction provably means what it meant, and nothing comes to it.
    pub fn means_the_same(&self, facts: &Facts) -> bool {
        if !self.before.is_empty() || !self.after.is_empty() {
            return false;
        }
        let new = match &self.own {
            Own::Stays => return true,
            Own::Becomes(new) => new,
            Own::Goes | Own::Other(_) => return false,
        };
        let Some(old) = facts.file.instructions.get(self.instruction) else { return false };
        let run = facts.run(self.instruction).and_then(|run| run.script.as_ref());
        if let Some(run) = run {
            let parsed = shell::parse(&new.text, run.parsed.dialect);
            let flags = flags_of(old) == new.flags;
            return flags
                && parsed.is_some_and(|it| words_removed(&it) == words_removed(&run.parsed));
        }
        old.heredocs.is_empty() && are_alike(old, new, facts)
    }
}

/// The operation of an instruction that is declared as a text.
fn operation<'a>(text: &str, facts: &Facts) -> Result<Operation<'a>, String> {
    let unparsable = || format!("`{}` does not parse", first_line(text));
    let alone = alone(text, facts.file.escape);
    let file = syntax::parse(&alone).map_err(|_| unparsable())?;
    let instruction = file.instructions.last().ok_or_else(unparsable)?;
    let heredocs = instruction.heredocs.iter();
    let heredocs = heredocs.map(|it| (it.expand, it.strip_tabs, it.body.of(&alone).to_owned()));
    let flags = flags_of(instruction).into_iter();
    let work = Work::Declared {
        text: instruction.arguments.text.to_string(),
        json: super::is_json(instruction),
        heredocs: heredocs.collect(),
        script: instruction.script().map(|script| script.text.to_string()),
    };
    let flags = flags.map(|(name, value)| (name.into(), value.map(Into::into)));
    Ok(Operation { keyword: instruction.keyword, flags: flags.collect(), work })
}

/// A file in which an instruction stands alone.
fn alone(text: &str, escape: char) -> String {
    let directive = if escape == '`' { "# escape=`\n" } else { "" };
    let stage =
        if Keyword::of(first_word(text)) == Some(Keyword::From) { "" } else { "FROM scratch\n" };
    format!("{directive}{stage}{text}\n")
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn becomes<'a>(old: Operation<'a>, new: &Becomes) -> Result<Operation<'a>, String> {
    let keyword = old.keyword;
    let work = match old.work {
        Work::Program { script, circumstances, .. } => {
            let script =
                shell::parse(&new.text, script.dialect).ok_or("its commands cannot be read")?;
            Work::Program { script, edits: Vec::new(), circumstances }
        }
        Work::Arguments { heredocs, json, .. } => {
            let is_array = serde_json::from_str::<Vec<String>>(tail(keyword, &new.text)).is_ok();
            let json = json && is_array;
            Work::Arguments { text: new.text.clone().into(), json, heredocs }
        }
        _ => return Err("another change is about the same instruction".to_owned()),
    };
    let flags = new.flags.iter().cloned();
    let flags = flags.map(|(name, value)| (name.into(), value.map(Into::into)));
    Ok(Operation { keyword, flags: flags.collect(), work })
}

/// The arguments behind the type of a health check.
fn tail(keyword: Keyword, text: &str) -> &str {
    match keyword {
        Keyword::Healthcheck => {
            text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim())
        }
        _ => text,
    }
}

fn flags_of(instruction: &Instruction) -> Vec<(String, Option<String>)> {
    let flags = instruction.flags.iter();
    flags
        .map(|it| (it.name.text.to_string(), it.value.as_ref().map(|value| value.text.to_string())))
        .collect()
}

/// A script as tokens in which words that stand for one string are that string.
fn words_removed(script: &Arc<Script>) -> Vec<Token<'static>> {
    let Program(tokens) = Program::of(script);
    let plain = |token: &Token| match token {
        Token::Word(raw) => Token::Word(literal(raw).unwrap_or_else(|| raw.to_string()).into()),
        Token::Open(name) => Token::Open(name),
        Token::Close => Token::Close,
        Token::Operator(name) => Token::Operator(name),
    };
    tokens.iter().map(plain).collect()
}

/// The string that a word stands for, if it is one.
fn literal(raw: &str) -> Option<String> {
    // Behind a program, so that it is a word and nothing else.
    let script = shell::parse(&format!(": {raw}"), Dialect::Unknown)?;
    let [statement] = &*script.body.statements else { return None };
    let [command] = &*statement.first.commands else { return None };
    let CommandKind::Simple(simple) = &command.kind else { return None };
    let [_, word] = &*simple.words else { return None };
    // Marked, so that it is not taken for a word that expands.
    word.literal.as_ref().map(|text| format!("'{text}'"))
}

/// Whether an instruction with `new` says the same as `old`.
fn are_alike(old: &Instruction, new: &Becomes, facts: &Facts) -> bool {
    let flags: String = new.flags.iter().map(flag_text).collect();
    let text = format!("{}{flags} {}", old.keyword.name(), new.text);
    let alone = alone(&text, facts.file.escape);
    let Ok(file) = syntax::parse(&alone) else { return false };
    let Some(made) = file.instructions.last() else { return false };
    let escape = facts.file.escape;
    flags_of(old) == flags_of(made)
        && meaning(old, escape).is_some_and(|it| Some(it) == meaning(made, escape))
}

fn flag_text((name, value): &(String, Option<String>)) -> String {
    match value {
        Some(value) => format!(" --{name}={value}"),
        None => format!(" --{name}"),
    }
}

/// What an instruction says, without the choices of writing; `None` where that is not known.
fn meaning(instruction: &Instruction, escape: char) -> Option<Vec<String>> {
    let plain = |text: &str| {
        expand::expand(text, escape, |_| Value::Unknown).ok().map(|it| it.into_owned())
    };
    let pairs = |pairs: &[Pair]| -> Option<Vec<String>> {
        let pair = |pair: &Pair| {
            let value = pair.value.as_ref().map(|value| plain(&value.text));
            match value {
                Some(value) => Some(format!("{}={}", pair.name.text, value?)),
                None => Some(pair.name.text.to_string()),
            }
        };
        pairs.iter().map(pair).collect()
    };
    match &instruction.body {
        Body::From { image, name } => {
            let reference = ImageReference::parse(&image.text)?;
            let part =
                |part: Option<syntax::image_reference::Part>| part.map(|it| it.text.to_owned());
            let pinned = reference.digest.is_some();
            let tag = part(reference.tag).or_else(|| (!pinned).then(|| "latest".to_owned()));
            let name = name.as_ref().map(|it| it.text.to_ascii_lowercase());
            let parts = [tag, part(reference.digest), name];
            let parts = parts.into_iter().map(Option::unwrap_or_default);
            Some(std::iter::once(reference.full_name()?).chain(parts).collect())
        }
        Body::Env { pairs: all, .. } | Body::Label { pairs: all, .. } | Body::Arg(all) => {
            pairs(all)
        }
        Body::Expose(ports) => {
            let port = |port: &syntax::Piece| {
                let port = plain(&port.text)?;
                Some(if port.contains('/') { port.to_lowercase() } else { format!("{port}/tcp") })
            };
            let mut ports: Vec<String> = ports.iter().map(port).collect::<Option<_>>()?;
            ports.sort();
            ports.dedup();
            Some(ports)
        }
        Body::Cmd(Command::Exec(words)) | Body::Entrypoint(Command::Exec(words)) => {
            Some(words.iter().map(|word| word.text.to_string()).collect())
        }
        Body::Copy { sources, destination, json: false } => {
            sources.iter().chain([destination]).map(|word| plain(&word.text)).collect()
        }
        Body::Volume(paths) => Some(paths.iter().map(|path| path.text.to_string()).collect()),
        Body::User(text) | Body::Workdir(text) | Body::Stopsignal(text) => {
            Some(vec![plain(&text.text)?])
        }
        _ => None,
    }
}
