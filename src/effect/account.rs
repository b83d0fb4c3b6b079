//! Whether a change only makes a stage run as another user: what it adds, and that nothing after that
//! place runs as the new user where root ran before.

use super::program::ProgramEdit;
use super::{Operation, Work};
use crate::facts::Facts;
use crate::shell::command::Invocation;
use crate::shell::{CommandKind, ConnectorKind, Dialect, parse};
use crate::syntax::Keyword;

/// What is declared of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What is added stands before this instruction, as numbered before the change.
    pub before: usize,
    /// The number that `USER` gets.
    pub user: u32,
    /// Commands that make the user and its folders, and the `RUN` that gets them at its end; a `RUN` of its
    /// own if there is none.
    pub commands: Vec<String>,
    pub appended_to: Option<usize>,
    /// `COPY` and `ADD` instructions that get `--chown`, with its value.
    pub owned: Vec<usize>,
    pub owner: String,
}

impl Account {
    /// Instructions that are added.
    pub fn added(&self) -> usize {
        1 + usize::from(self.makes_run())
    }

    fn makes_run(&self) -> bool {
        !self.commands.is_empty() && self.appended_to.is_none()
    }

    pub fn describe(&self) -> Vec<String> {
        let mut lines =
            vec![format!("the program runs as user {} and no longer as root", self.user)];
        if !self.commands.is_empty() {
            lines.push(format!("runs `{}` as root before", self.commands.join(" && ")));
        }
        if !self.owned.is_empty() {
            let count = self.owned.len();
            let copies =
                if count == 1 { "a `COPY`".to_owned() } else { format!("{count} `COPY`s") };
            lines.push(format!("`--chown={}` on {copies}", self.owner));
        }
        lines
    }

    /// Checks what is declared against the facts of the old text alone.
    fn check(&self, facts: &Facts) -> Result<(), String> {
        let stage = facts.stage_of(self.before.saturating_sub(1)).ok_or("no stage is there")?;
        let range = facts.stages[stage].instructions.clone();
        let inside = range.contains(&(self.before - 1)) && self.before <= range.end;
        let root = facts.user_at(self.before - 1);
        if self.user == 0 || !inside || !matches!(root.as_deref(), Some("root" | "0")) {
            return Err("the stage does not run as root before, or as a user after".to_owned());
        }
        let runs = |at: usize| {
            use Keyword::{Add, Copy, Run, User, Workdir};
            matches!(facts.file.instructions[at].keyword, Add | Copy | Run | User | Workdir)
        };
        if (self.before..range.end).any(runs) {
            return Err("an instruction of the stage would run as the new user".to_owned());
        }
        let numbers = format!("{0}:{0}", self.user);
        let owned = self.owned.iter().all(|at| range.contains(at) && *at < self.before);
        if !owned || (self.owner != numbers && !self.owned.is_empty()) {
            return Err("files are given to somebody else".to_owned());
        }
        match self.commands.iter().all(|command| is_preparation(command)) {
            true => Ok(()),
            false => Err("a command does more than make a user and folders".to_owned()),
        }
    }

    /// Applies what changes in instructions that are there.
    pub(super) fn give(
        &self,
        facts: &Facts,
        slots: &mut [Option<Operation>],
    ) -> Result<(), String> {
        self.check(facts)?;
        for at in &self.owned {
            let copy = slots.get_mut(*at).and_then(Option::as_mut).ok_or("a copy is gone")?;
            copy.flags.push(("chown".into(), Some(self.owner.clone().into())));
        }
        let Some(run) = self.appended_to else { return Ok(()) };
        let appended = self.commands.iter().cloned();
        let appended = appended.map(|command| ProgramEdit::Append { command });
        match slots.get_mut(run).and_then(Option::as_mut).map(|it| &mut it.work) {
            Some(Work::Program { edits, .. }) if run + 1 == self.before => {
                edits.extend(appended);
                Ok(())
            }
            _ => Err("commands are appended to what is no program".to_owned()),
        }
    }

    /// The operations that are added.
    pub(super) fn operations<'a>(&self) -> Vec<Operation<'a>> {
        let operation = |keyword, work| Operation { keyword, flags: Vec::new(), work };
        let run = Work::Added(self.commands.join(" && "));
        let run = self.makes_run().then(|| operation(Keyword::Run, run));
        let text = self.user.to_string().into();
        let user = Work::Arguments { text, json: false, heredocs: Vec::new() };
        run.into_iter().chain([operation(Keyword::User, user)]).collect()
    }
}

/// `useradd`, `adduser`, `mkdir -p` and `chown` of folders, and never what is below them.
fn is_preparation(command: &str) -> bool {
    let Some(script) = parse(command, Dialect::Unknown) else { return false };
    let [statement] = script.body.statements.as_slice() else { return false };
    let only_and = statement.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
    let mut all = std::iter::once(&statement.first).chain(statement.rest.iter().map(|it| &it.1));
    only_and
        && all.all(|pipeline| {
            let [command] = pipeline.commands.as_slice() else { return false };
            let CommandKind::Simple(simple) = &command.kind else { return false };
            let plain = command.redirects.is_empty() && simple.assignments.is_empty();
            plain && script.invocation(simple).is_some_and(|it| is_known(&it))
        })
}

fn is_known(invocation: &Invocation) -> bool {
    let mut words = invocation.literals();
    let plain = invocation.wrappers.is_empty() && !invocation.by_path();
    let known = match invocation.program {
        "useradd" | "adduser" => true,
        "mkdir" => words.next() == Some(Some("-p")),
        "chown" => words.all(|word| word.is_some_and(|it| !it.starts_with('-'))),
        _ => false,
    };
    plain && known && invocation.literals().all(|word| word.is_some())
}
