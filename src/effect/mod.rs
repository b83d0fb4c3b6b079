//! The effect model: what each instruction of a file does to the image, and what a change may do
//! to that.
//!
//! It is computed from a text alone and knows no transform. Order is part of it, because an
//! instruction sees the environment, the user, the shell and the files that those before it left:
//! two files with the same operations in the same order build the same image.

pub mod account;
pub mod barriers;
pub mod bases;
pub mod exclusion;
pub mod later;
pub mod leftovers;
pub mod memory;
mod merge;
pub mod omission;
pub mod ownership;
pub mod program;
pub mod rebase;
pub mod rewritten;
pub mod split;
pub mod unused;
mod workdir;

use crate::facts::{Circumstances, Facts};
use crate::shell::{self, Dialect, Script};
use crate::syntax::{Body, Command, Dockerfile, Instruction, Keyword};
use account::Account;
use later::Later;
use omission::Omission;
use ownership::Handover;
use program::{Program, ProgramEdit};
use rebase::Rebase;
use rewritten::{Own, Rewritten};
use split::Split;
use std::borrow::Cow;
use std::sync::Arc;
use unused::Unused;

/// What all instructions of a file do, in order.
#[derive(Debug)]
pub struct Effect<'a> {
    pub operations: Vec<Operation<'a>>,
    facts: &'a Facts<'a>,
}

/// What one instruction does.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    pub keyword: Keyword,
    pub flags: Vec<(Cow<'a, str>, Option<Cow<'a, str>>)>,
    pub work: Work<'a>,
}

#[derive(Debug, Clone)]
pub enum Work<'a> {
    /// The program of a `RUN` that we can read, what is declared to change in it, and the
    /// circumstances in which it runs.
    Program { script: Arc<Script>, edits: Vec<ProgramEdit>, circumstances: Circumstances<'a> },
    /// What a declared merge makes: these programs, one after the other.
    Merged(Vec<Work<'a>>),
    /// Some of the commands of a program that is a list of them, from the one number to before the other.
    Part { script: Arc<Script>, from: usize, to: usize },
    /// The program of a `RUN` that is declared to be added.
    Added(String),
    /// An instruction that a codemod writes: its arguments, whether they are an array, its heredocs, and the
    /// script that a shell would get.
    Declared {
        text: String,
        json: bool,
        heredocs: Vec<(bool, bool, String)>,
        script: Option<String>,
    },
    /// Everything else: the arguments as BuildKit sees them, with their heredocs.
    Arguments { text: Cow<'a, str>, json: bool, heredocs: Vec<(bool, bool, &'a str)> },
}

/// What a change declares: `delta.apply(effect(before)) == effect(after)`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta {
    pub differences: Vec<Difference>,
}

/// One thing that is another after a change. Instructions are numbered as before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Consecutive `RUN`s become one layer; their programs run as before.
    MergeRuns { first: usize, count: usize },
    /// The program of one `RUN` changes.
    EditProgram { instruction: usize, edits: Vec<ProgramEdit> },
    /// What a `RUN` installs is installed without files that no program loads.
    LeaveOut(Omission),
    /// A `RUN` goes, because another one does its work now.
    DropRun { instruction: usize },
    /// Flags of `COPY` and `ADD` do the work of commands of a `RUN`, which goes as a `whole` if it has no others.
    GiveFlags { run: usize, handovers: Vec<Handover>, whole: bool },
    /// A `COPY` of everything stands behind what sees nothing of it, manifests before that.
    CopyLater(Later),
    /// A stage runs as another user.
    RunAs(Account),
    /// A stage becomes a build stage, and a run-time stage follows it.
    Split(Split),
    /// The last stage gets another base image.
    Rebase(Rebase),
    /// Stages go that nothing needs.
    DropStages(Unused),
    /// An instruction becomes what a codemod says.
    Rewrite(Rewritten),
    /// The file is read by this frontend: `# syntax=`.
    Frontend(String),
    /// An ignore file excludes more, `!` for what stays after all: patterns, and the tracked files that
    /// are no longer sent.
    Exclude { patterns: Vec<String>, tracked: Vec<String> },
}

impl<'a> Effect<'a> {
    pub fn new(file: &'a Dockerfile<'a>, facts: &'a Facts<'a>) -> Self {
        let operations = file.instructions.iter().enumerate();
        let operations = operations.map(|(index, instruction)| {
            let work = program_of(facts, index).unwrap_or_else(|| arguments_of(file, instruction));
            let flags = instruction.flags.iter().map(|flag| {
                let value = flag.value.as_ref().map(|value| Cow::Borrowed(&*value.text));
                (Cow::Borrowed(&*flag.name.text), value)
            });
            Operation { keyword: instruction.keyword, flags: flags.collect(), work }
        });
        Self { operations: operations.collect(), facts }
    }
}

fn program_of<'a>(facts: &'a Facts<'a>, instruction: usize) -> Option<Work<'a>> {
    let run = facts.run(instruction)?;
    let script = run.script.as_ref()?.parsed.clone();
    let circumstances = facts.circumstances(run);
    Some(Work::Program { script, edits: Vec::new(), circumstances })
}

fn arguments_of<'a>(file: &'a Dockerfile<'a>, instruction: &'a Instruction<'a>) -> Work<'a> {
    let json = is_json(instruction);
    let heredocs = instruction.heredocs.iter();
    let heredocs = heredocs.map(|it| (it.expand, it.strip_tabs, it.body.of(file.source))).collect();
    Work::Arguments { text: Cow::Borrowed(&instruction.arguments.text), json, heredocs }
}

fn is_json(instruction: &Instruction) -> bool {
    match &instruction.body {
        Body::Run(command) | Body::Cmd(command) | Body::Entrypoint(command) => is_exec(command),
        Body::Healthcheck(Some(command)) => is_exec(command),
        Body::Copy { json, .. } => *json,
        _ => false,
    }
}

fn is_exec(command: &Command) -> bool {
    matches!(command, Command::Exec(_))
}

impl Delta {
    /// In words, one line for each thing that changes in the build or the image.
    pub fn describe(&self) -> Vec<String> {
        self.differences.iter().flat_map(Difference::describe).collect()
    }

    /// What is gained, as far as it is known without a build.
    pub fn worth(&self) -> Vec<String> {
        self.differences.iter().filter_map(Difference::worth).collect()
    }

    /// Bytes that the image loses at most, where that is known without a build.
    pub fn saving(&self) -> Option<u64> {
        let of = |difference: &Difference| match difference {
            Difference::Split(split) => split.bases.saving(),
            Difference::Rebase(rebase) => rebase.bases.saving(),
            _ => None,
        };
        self.differences.iter().map(of).reduce(|sum, next| Some(sum? + next?)).flatten()
    }
}

impl Difference {
    /// What it is worth, as far as it is known without a build.
    fn worth(&self) -> Option<String> {
        match self {
            Self::Split(split) => split.bases.describe(),
            Self::Rebase(rebase) => rebase.bases.describe(),
            _ => None,
        }
    }

    fn describe(&self) -> Vec<String> {
        match self {
            Self::MergeRuns { count, .. } => vec![format!("{count} layers become one")],
            Self::EditProgram { edits, .. } => edits.iter().map(describe_edit).collect(),
            Self::LeaveOut(omission) => omission.describe(),
            Self::DropRun { .. } => vec!["drops a `RUN` that has nothing left to do".to_owned()],
            Self::GiveFlags { handovers, .. } => handovers.iter().map(describe_handover).collect(),
            Self::CopyLater(later) => later.describe(),
            Self::RunAs(account) => account.describe(),
            Self::Split(split) => split.describe(),
            Self::Rebase(rebase) => rebase.describe(),
            Self::DropStages(unused) => unused.describe(),
            Self::Rewrite(rewritten) => rewritten.describe(),
            Self::Frontend(image) => vec![format!("the frontend is `{image}`")],
            Self::Exclude { .. } => Vec::new(),
        }
    }
}

fn describe_edit(edit: &ProgramEdit) -> String {
    match edit {
        ProgramEdit::Append { command } | ProgramEdit::AppendTo { command, .. } => {
            format!("appends `{command}`")
        }
        ProgramEdit::AddWord { word, .. } => format!("adds `{word}`"),
        ProgramEdit::RemoveCommand { .. } | ProgramEdit::RemoveWord { .. } => {
            "removes a command that has no effect".to_owned()
        }
    }
}

fn describe_handover(it: &Handover) -> String {
    let (flag, value, path) = (it.flag, &it.value, &it.path);
    match it.recursive {
        None => format!("`--{flag}={value}` instead of a command"),
        Some(_) => {
            format!("`--{flag}={value}` for what is in `{path}`, a command for itself alone")
        }
    }
}

/// Checks that `deltas`, applied to the effect of the old text, give the effect of the new one.
/// The error says what differs.
pub fn check(before: &Effect, deltas: &[&Delta], after: &Effect) -> Result<(), String> {
    let expected = apply(before, deltas)?;
    if expected.len() != after.operations.len() {
        let (expected, found) = (expected.len(), after.operations.len());
        return Err(format!("{expected} instructions expected, {found} found"));
    }
    for (number, (expected, found)) in expected.iter().zip(&after.operations).enumerate() {
        let same = expected.keyword == found.keyword && expected.flags == found.flags;
        if !same {
            return Err(format!("instruction {} is not the same", number + 1));
        }
        check_work(&expected.work, &found.work)
            .map_err(|why| format!("instruction {}: {why}", number + 1))?;
    }
    Ok(())
}

/// Where instruction `index` is after `deltas`; `None` if it is gone.
pub fn moved(index: usize, deltas: &[&Delta]) -> Option<usize> {
    let mut at = index;
    let mut rewritten = 0;
    for difference in deltas.iter().flat_map(|delta| &delta.differences) {
        match *difference {
            Difference::MergeRuns { first, count } if first < index => {
                at -= (index - first).min(count - 1);
            }
            Difference::DropRun { instruction } if instruction == index => return None,
            Difference::DropRun { instruction } if instruction < index => at -= 1,
            Difference::CopyLater(ref later) => at = at + later.moved(index) - index,
            Difference::RunAs(ref account) if account.before <= index => at += account.added(),
            Difference::Split(ref split) => at = split.moved(at),
            Difference::Rebase(ref rebase) => at = rebase.moved(at)?,
            Difference::DropStages(ref unused) => at = unused.moved(at)?,
            Difference::Rewrite(ref it) => rewritten += it.moved(index)?,
            Difference::GiveFlags { run, whole: true, .. } if run == index => return None,
            Difference::GiveFlags { run, whole: true, .. } if run < index => at -= 1,
            _ => (),
        }
    }
    at.checked_add_signed(rewritten)
}

/// The parser directives, name and value, after `deltas`.
pub fn directives<'d>(file: &'d Dockerfile, deltas: &[&'d Delta]) -> Vec<(&'d str, &'d str)> {
    let mut all: Vec<_> = file.directives.iter().map(|it| (&*it.name, it.value)).collect();
    for difference in deltas.iter().flat_map(|delta| &delta.differences) {
        let Difference::Frontend(image) = difference else { continue };
        match all.iter_mut().find(|(name, _)| *name == "syntax") {
            Some((_, value)) => *value = image,
            None => all.insert(0, ("syntax", image)),
        }
    }
    all
}

/// Whether a change takes instruction `index` away, with the comments that are about it.
pub fn goes(index: usize, deltas: &[&Delta]) -> bool {
    deltas.iter().flat_map(|delta| &delta.differences).any(|difference| match difference {
        Difference::Rebase(rebase) => rebase.dropped.contains(&index),
        Difference::DropStages(unused) => unused.instructions.contains(&index),
        Difference::Rewrite(it) => it.own == Own::Goes && it.instruction == index,
        _ => false,
    })
}

fn apply<'a>(before: &Effect<'a>, deltas: &[&Delta]) -> Result<Vec<Operation<'a>>, String> {
    let mut slots: Vec<Option<Operation>> = before.operations.iter().cloned().map(Some).collect();
    let all = || deltas.iter().flat_map(|delta| &delta.differences);
    for difference in all() {
        if let Difference::EditProgram { instruction, edits } = difference {
            let operation = slots.get_mut(*instruction).and_then(Option::as_mut);
            edit(operation, edits).ok_or("a change is declared for what is no program")?;
        }
    }
    for difference in all() {
        if let Difference::LeaveOut(omission) = difference {
            omission.check(before.facts)?;
            let operation = slots.get_mut(omission.run).and_then(Option::as_mut);
            let appended = ProgramEdit::Append { command: omission.command() };
            edit(operation, &[appended]).ok_or("a change is declared for what is no program")?;
        }
    }
    for difference in all() {
        if let Difference::GiveFlags { run, handovers, whole } = difference {
            ownership::give(before.facts, &mut slots, *run, handovers, *whole)?;
        }
    }
    for difference in all() {
        match *difference {
            Difference::EditProgram { .. }
            | Difference::GiveFlags { .. }
            | Difference::LeaveOut(_) => (),
            Difference::CopyLater(ref later) => later.give(before.facts, &mut slots)?,
            Difference::RunAs(ref account) => account.give(before.facts, &mut slots)?,
            Difference::DropRun { instruction } => {
                let gone = slots.get_mut(instruction).and_then(Option::take);
                let harmless = gone.is_some_and(|operation| only_removes_caches(&operation));
                if !harmless {
                    return Err("a dropped instruction does more than remove caches".to_owned());
                }
            }
            Difference::MergeRuns { first, count } => merge_slots(&mut slots, first, count)?,
            Difference::Split(ref split) => split.give(before.facts, &mut slots)?,
            Difference::Rebase(ref rebase) => rebase.give(before.facts, &mut slots)?,
            Difference::DropStages(ref unused) => unused.give(before.facts, &mut slots)?,
            Difference::Rewrite(ref it) => it.give(before.facts, &mut slots)?,
            Difference::Frontend(_) => (),
            Difference::Exclude { .. } => return Err("this is no ignore file".to_owned()),
        }
    }
    let mut operations = Vec::new();
    for (index, slot) in slots.into_iter().chain([None]).enumerate() {
        for difference in all() {
            if let Difference::Rewrite(it) = difference {
                operations.extend(it.behind(index, before.facts)?);
            }
        }
        for difference in all() {
            match difference {
                Difference::RunAs(account) if account.before == index => {
                    operations.extend(account.operations());
                }
                Difference::CopyLater(later) => {
                    operations.extend(later.operations(index, &before.operations)?);
                }
                Difference::Split(split) => operations.extend(split.operations(index)?),
                Difference::Rebase(rebase) => operations.extend(rebase.operations(index)?),
                Difference::Rewrite(it) => operations.extend(it.before(index, before.facts)?),
                _ => (),
            }
        }
        operations.extend(slot);
    }
    Ok(operations)
}

fn edit(operation: Option<&mut Operation>, declared: &[ProgramEdit]) -> Option<()> {
    let Work::Program { edits, .. } = &mut operation?.work else { return None };
    edits.extend(declared.iter().cloned());
    Some(())
}

/// Whether `script` with `edits` is `new`.
fn check_program(script: &Script, edits: &[ProgramEdit], new: &Script) -> Result<(), String> {
    if edits.is_empty() && script.text == new.text && script.dialect == new.dialect {
        return Ok(());
    }
    let expected = Program::of(script).edited(edits);
    let expected = expected.ok_or("the declared edit does not fit the program")?;
    match expected == Program::of(new) {
        true => Ok(()),
        false => Err("another program runs".to_owned()),
    }
}

fn merge_slots(slots: &mut [Option<Operation>], first: usize, count: usize) -> Result<(), String> {
    let parts = slots.get_mut(first..first + count).ok_or("a merge reaches past the end")?;
    let taken: Vec<Operation> = parts.iter_mut().filter_map(Option::take).collect();
    let alike = |it: &Operation| it.keyword == Keyword::Run && it.flags == taken[0].flags;
    if taken.len() != count || count < 2 || !taken.iter().all(alike) {
        return Err("only `RUN`s with the same flags merge".to_owned());
    }
    let flags = taken[0].flags.clone();
    let work = Work::Merged(taken.into_iter().map(|operation| operation.work).collect());
    parts[0] = Some(Operation { keyword: Keyword::Run, flags, work });
    Ok(())
}

/// Whether the arguments of a `RUN` are the text of `script`.
fn is_text_of(script: &Script, text: &str, heredocs: &[(bool, bool, &str)]) -> bool {
    heredocs.is_empty() && text.trim() == script.text.trim()
}

fn check_work(expected: &Work, found: &Work) -> Result<(), String> {
    match (expected, found) {
        (Work::Program { script, edits, .. }, Work::Program { script: new, .. }) => {
            check_program(script, edits, new)
        }
        (Work::Merged(parts), Work::Program { script, .. }) => merge::check(parts, script),
        (Work::Part { script, from, to }, Work::Program { script: new, .. }) => {
            match program::are_operands(script, *from..*to, new) {
                true => Ok(()),
                false => Err("other commands run".to_owned()),
            }
        }
        (Work::Added(text), Work::Program { script, .. }) => {
            let expected = shell::parse(text, Dialect::Unknown).ok_or("it cannot be read")?;
            check_program(&expected, &[], script)
        }
        (Work::Declared { script: Some(text), .. }, Work::Program { script, .. }) => {
            let expected = shell::parse(text, script.dialect).ok_or("it cannot be read")?;
            check_program(&expected, &[], script)
        }
        (
            Work::Declared { text, json, heredocs, .. },
            Work::Arguments { text: new, json: new_json, heredocs: new_heredocs },
        ) => {
            let owned = |(a, b, body): &(bool, bool, &str)| (*a, *b, (*body).to_owned());
            let bodies: Vec<_> = new_heredocs.iter().map(owned).collect();
            (*text == **new && json == new_json && *heredocs == bodies)
                .then_some(())
                .ok_or_else(|| "the arguments are not the declared ones".to_owned())
        }
        (
            Work::Arguments { text, json, heredocs },
            Work::Arguments { text: new, json: new_json, heredocs: new_heredocs },
        ) => (text == new && json == new_json && heredocs == new_heredocs)
            .then_some(())
            .ok_or_else(|| "the arguments are not the same".to_owned()),
        // On another base image it is not known which shell reads it; what it reads is the same.
        (Work::Program { script, edits, .. }, Work::Arguments { text, json: false, heredocs })
            if edits.is_empty() && is_text_of(script, text, heredocs) =>
        {
            Ok(())
        }
        (Work::Arguments { text, json: false, heredocs }, Work::Program { script, .. })
            if is_text_of(script, text, heredocs) =>
        {
            Ok(())
        }
        _ => Err("the program cannot be read any more".to_owned()),
    }
}

/// A `RUN` that only deletes package lists or caches: all that may be dropped.
fn only_removes_caches(operation: &Operation) -> bool {
    let Work::Program { script, .. } = &operation.work else { return false };
    let commands = program::commands(script);
    !commands.is_empty()
        && commands.iter().all(|command| leftovers::only_removes_caches(script, command))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing {
    use super::{Delta, Difference, Effect, check};
    use crate::facts::Facts;
    use crate::syntax::parse;

    /// Whether one text becomes the other by what is declared.
    pub(super) fn checked(difference: Difference, before: &str, after: &str) -> Result<(), String> {
        let (before, after) = (parse(before).unwrap(), parse(after).unwrap());
        let (old, new) = (Facts::new(&before), Facts::new(&after));
        let delta = Delta { differences: vec![difference] };
        check(&Effect::new(&before, &old), &[&delta], &Effect::new(&after, &new))
    }
}
