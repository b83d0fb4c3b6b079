#![doc = include_str!("add_user.md")]

mod copied;
mod corepack;
mod ground;
mod itself;
mod known;
mod made;
mod program;
mod reader;
mod source;
mod user;
mod writes;

use crate::effect::account::Account;
use crate::effect::{Delta, Difference};
use crate::facts::{Base, Child, Part, RunScript, Use, Way};
use crate::rewrite::{add_flag, append_commands, line_end};
use crate::shell::TerminatorKind;
use crate::syntax::{ItemKind, Keyword};
use crate::text::{Edit, Span};
use crate::transform::{Change, Context, Proposal, Propose, Safety, Stop, Transform};
use program::Program;
use reader::Reader;
use std::borrow::Cow;
use std::collections::BTreeSet;
use user::User;
use writes::Folder;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("add-user"),
    summary: Cow::Borrowed("Run the program as a user other than root"),
    guide: Cow::Borrowed(include_str!("add_user.md")),
    rules: Cow::Borrowed(&["DL3002"]),
    propose: Propose::BuiltIn(propose),
};

fn propose(cx: &Context) -> Vec<Proposal> {
    let targets = cx.facts.surroundings.targets.iter().map(|it| cx.facts.target(Some(it)));
    let stages: BTreeSet<usize> = targets.chain([cx.facts.target(None)]).flatten().collect();
    let proposals = stages.into_iter().filter_map(|stage| match change(cx, stage) {
        Ok(change) => Some(Proposal::Change(change)),
        // Most images without a program are there to build on.
        Err(Stop { code: "no-program", .. }) => None,
        Err(stop) => {
            let from = cx.facts.stages[stage].instructions.start;
            Some(stop.leaves(cx.file.instructions[from].span))
        }
    });
    proposals.collect()
}

fn change(cx: &Context, stage: usize) -> Result<Change, Stop> {
    program::is_there(cx, stage)?;
    is_short(cx, stage)?;
    user::is_unnamed(cx, stage)?;
    may_run_as_another(cx, stage)?;
    let user = user::user(cx, stage)?;
    is_the_end(cx, stage)?;
    let program = program::program(cx, stage)?;
    ground::is_open(cx, stage)?;
    if user.has_shell() {
        ground::users_are_known(cx, stage)?;
    }
    ground::is_reached(cx, stage, &program)?;
    corepack::is_reached(cx, stage, &program)?;
    itself::is_called_once(cx, stage, &program)?;
    ground::ports_are_high(cx, stage, &program)?;
    let folders = writes::folders(cx, stage, &program)?;
    let before = place(cx, stage, &folders)?;
    let commands = user.commands(&folders).map_err(|reason| {
        let at = program.at.unwrap_or(cx.file.instructions[before - 1].span);
        Stop { code: "no-shell", at, reason }
    })?;
    let owned: BTreeSet<usize> = folders.iter().flat_map(|it| it.copies.clone()).collect();
    let owned: Vec<usize> = owned.into_iter().collect();
    git_keeps_trust(cx, stage, &owned)?;
    let appended_to = match commands.is_empty() {
        true => None,
        false => appendable(cx, before)?,
    };
    let owner = format!("{0}:{0}", user.uid);
    let account = Account { before, user: user.uid, commands, appended_to, owned, owner };
    build(cx, stage, account, notes(&user, &folders))
}

/// It can be read as a whole.
fn is_short(cx: &Context, stage: usize) -> Result<(), Stop> {
    match cx.facts.is_long() {
        false => Ok(()),
        true => {
            let at = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
            let reason = "the file has more than 32 KiB".to_owned();
            Err(Stop { code: "long-file", at, reason })
        }
    }
}

/// Nobody runs it to develop in, or with what only root can use.
fn may_run_as_another(cx: &Context, stage: usize) -> Result<(), Stop> {
    let why = cx.facts.uses(stage).find_map(|Use { place, way, .. }| match way {
        Way::Workshop => Some((
            "devcontainer",
            format!(
                "{place} makes a container to develop in of it, and its tools would no longer be root"
            ),
        )),
        Way::AsRoot(how) => Some(("run-as-root", format!("{place} runs it with {how}, as root"))),
        Way::Synced(path) => Some((
            "synced",
            format!("{place} copies files to `{path}` while it runs, for which its user has to be able to write there"),
        )),
        Way::Command(words) => develops(cx, stage, words)
            .map(|why| ("development", format!("{place} has a command of its own: {why}"))),
        Way::Port(_) | Way::Volume(_) | Way::Bound(_) | Way::Health(_) => None,
    });
    match why {
        None => Ok(()),
        Some((code, reason)) => {
            let at = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
            Err(Stop { code, at, reason })
        }
    }
}

/// Why a command changes what root made, where it is there to develop with.
fn develops(cx: &Context, stage: usize, words: &[String]) -> Option<String> {
    let at = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
    let reader = Reader { cx, stage, at };
    let stop = reader.command(words, &mut Program::default(), 0).err()?;
    matches!(stop.code, "compiles-at-start" | "development" | "installs-at-start")
        .then_some(stop.reason)
}

/// Nothing is built on the stage that counts on being root.
fn is_the_end(cx: &Context, stage: usize) -> Result<(), Stop> {
    let other = cx.facts.stages.iter().find(|other| other.base == Base::Stage(stage));
    if let Some(other) = other {
        let at = cx.file.instructions[other.instructions.start].span;
        let reason = "another stage is built on it, and would no longer run as root".to_owned();
        return Err(Stop { code: "built-on", at, reason });
    }
    let children = &cx.facts.surroundings.children;
    let built = |child: &&Child| {
        matches!(child.part, Part::Stage(_)) && cx.facts.may_make(&child.target, stage)
    };
    match children.iter().find(built) {
        Some(child) => {
            let at = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
            let reason =
                format!("`{}` is built on it, and would no longer run as root", child.name);
            Err(Stop { code: "built-on", at, reason })
        }
        None => Ok(()),
    }
}

/// git refuses, as root, a repository that belongs to somebody else.
fn git_keeps_trust(cx: &Context, stage: usize, owned: &[usize]) -> Result<(), Stop> {
    let Some(first) = owned.first() else { return Ok(()) };
    for run in cx.facts.runs_of(stage).filter(|run| run.instruction > *first) {
        let Some(script) = &run.script else { continue };
        for (command, simple, _) in script.parsed.simple_commands() {
            let Some(call) = script.parsed.invocation(simple) else { continue };
            let own = |word: &str| matches!(word, "." | "-e" | "./");
            let asks = match call.program {
                "git" | "go" => true,
                program if program.starts_with("pip") => call.literals().flatten().any(own),
                _ => false,
            };
            if asks {
                let text = shortened(command.span.of(&script.parsed.text));
                let at = script.source_span(command.span);
                let reason =
                    format!("`{text}` may ask git, which as root trusts only files of root");
                return Err(Stop { code: "git-owner", at, reason });
            }
        }
    }
    Ok(())
}

/// Behind the last instruction that needs root, and right before the program where that comes later.
fn place(cx: &Context, stage: usize, folders: &[Folder]) -> Result<usize, Stop> {
    use Keyword::{Add, Cmd, Copy, Entrypoint, Run, User, Workdir};
    let range = cx.facts.stages[stage].instructions.clone();
    let keyword = |at: &usize| cx.file.instructions[*at].keyword;
    let needs_root = |at: &usize| matches!(keyword(at), Add | Copy | Run | User | Workdir);
    let first = range.clone().rfind(needs_root).unwrap_or(range.start) + 1;
    if let Some(at) = folders.iter().filter_map(|it| it.volume).find(|at| *at < first) {
        let at = cx.file.instructions[at].span;
        let reason = "what a later instruction changes in a volume may be lost".to_owned();
        return Err(Stop { code: "volume-before", at, reason });
    }
    let volumes = folders.iter().filter_map(|it| it.volume);
    let program = (first..range.end).find(|at| matches!(keyword(at), Cmd | Entrypoint));
    Ok(volumes.chain(program).min().unwrap_or(first))
}

/// The `RUN` right before, if commands can stand at its end: two in a row would be merged later.
fn appendable(cx: &Context, before: usize) -> Result<Option<usize>, Stop> {
    let Some(run) = before.checked_sub(1).and_then(|at| cx.facts.run(at)) else { return Ok(None) };
    let instruction = &cx.file.instructions[run.instruction];
    let plain = instruction.flags.is_empty() && instruction.heredocs.is_empty();
    let Some(script) = run.script.as_ref().filter(|_| plain) else { return Ok(None) };
    if cx.facts.pragma_on(run.instruction) {
        return Ok(None);
    }
    match ends_plainly(script) {
        true => Ok(Some(run.instruction)),
        false => {
            let reason = "nothing can stand behind its last command".to_owned();
            Err(Stop { code: "run-before", at: instruction.span, reason })
        }
    }
}

fn ends_plainly(script: &RunScript) -> bool {
    let Some(last) = script.parsed.body.statements.last() else { return false };
    let background = last.terminator.is_some_and(|it| it.kind == TerminatorKind::Background);
    let leaves = script.parsed.simple_commands().iter().any(|(_, simple, _)| {
        let first = simple.words.first().and_then(|word| word.literal.as_deref());
        matches!(first, Some("alias" | "exec" | "exit" | "return" | "unset"))
    });
    !background && !leaves
}

fn build(cx: &Context, stage: usize, account: Account, notes: Vec<String>) -> Result<Change, Stop> {
    let instructions = &cx.file.instructions;
    let at = insertion(cx, stage, account.before)?;
    let newline = line_end(cx.file.source, at.saturating_sub(1));
    let mut edits: Vec<Edit> = account
        .owned
        .iter()
        .map(|copy| add_flag(&instructions[*copy], &format!("--chown={}", account.owner)))
        .collect();
    let mut text = String::new();
    match account.appended_to {
        Some(run) => edits.extend(appended(cx, run, &account.commands)),
        None if account.commands.is_empty() => (),
        None => text.push_str(&format!("RUN {}{newline}", account.commands.join(" && "))),
    }
    text.push_str(&format!("USER {}{newline}", account.user));
    edits.push(Edit::insert(at, text));
    let end = match account.before < cx.facts.stages[stage].instructions.end {
        true => instructions[account.before].span.end,
        false => at,
    };
    let first = account.owned.iter().chain(&account.appended_to).min();
    let start = first.map_or(at, |first| instructions[*first].span.start);
    Ok(Change {
        span: Span::new(start.min(at), end),
        safety: Safety::Unsafe("the program no longer runs as root".to_owned()),
        delta: Delta { differences: vec![Difference::RunAs(account)] },
        notes,
        edits,
    })
}

fn appended(cx: &Context, run: usize, commands: &[String]) -> Option<Edit> {
    let run = cx.facts.run(run)?;
    append_commands(cx.facts, run, run.script.as_ref()?, commands)
}

/// Where lines before an instruction go: above the comments that belong to it.
fn insertion(cx: &Context, stage: usize, before: usize) -> Result<usize, Stop> {
    let item = |instruction: usize| {
        let is_it = |kind| kind == ItemKind::Instruction(instruction);
        cx.file.items.iter().position(|item| is_it(item.kind))
    };
    let own = before < cx.facts.stages[stage].instructions.end;
    if let Some(found) = item(before).filter(|_| own) {
        let comments = cx.file.items[..found].iter().rev();
        let comments = comments.take_while(|item| item.kind == ItemKind::Comment).count();
        return Ok(cx.file.items[found - comments].span.start);
    }
    let end = item(before - 1).map_or(0, |at| cx.file.items[at].span.end);
    match cx.file.source[..end].ends_with('\n') {
        true => Ok(end),
        false => {
            let at = cx.file.instructions[before - 1].span;
            let reason = "the last line of the file has no end".to_owned();
            Err(Stop { code: "no-line-end", at, reason })
        }
    }
}

fn notes(user: &User, folders: &[Folder]) -> Vec<String> {
    let mut notes = vec![user.describe()];
    notes.extend(folders.iter().map(|it| format!("`{}` belongs to it: {}", it.path, it.because)));
    let uid = user.uid;
    notes.push(match user.has_shell() {
        true => format!(
            "if the program writes elsewhere, give it that folder: `RUN chown {uid} FOLDER` before `USER`"
        ),
        false => format!("if the program writes anywhere, copy that folder with `--chown={uid}`"),
    });
    if folders.iter().any(|it| it.volume.is_some()) {
        notes.push(format!(
            "files in volumes from before belong to root: `chown -R {uid}` them once"
        ));
    }
    notes
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
