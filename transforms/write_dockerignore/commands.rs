//! What the `RUN`s of a Dockerfile run.

use crate::facts::Base;
use crate::packages::{self, Kind};
use crate::shell::command::base;
use crate::syntax::{Body, Command};
use crate::transform::Sharer;

/// A command of a `RUN`.
pub(super) struct Ran<'c> {
    /// By index in the instructions of the Dockerfile.
    pub(super) instruction: usize,
    pub(super) stage: usize,
    /// Without its path; `None` where the `RUN` or the command cannot be read.
    pub(super) program: Option<&'c str>,
    pub(super) arguments: Vec<Option<&'c str>>,
}

impl<'c> Ran<'c> {
    /// All commands of a Dockerfile, those in front of which nothing certain stands as unreadable.
    pub(super) fn all(sharer: &'c Sharer<'c>) -> Vec<Self> {
        let mut all = Vec::new();
        for run in &sharer.facts.runs {
            let (instruction, stage) = (run.instruction, run.stage);
            let unread = || Self { instruction, stage, program: None, arguments: Vec::new() };
            let Some(script) = &run.script else {
                all.push(Self::exec(sharer, instruction, stage).unwrap_or_else(unread));
                continue;
            };
            for (_, simple, _) in script.parsed.simple_commands() {
                all.push(match script.parsed.invocation(simple) {
                    Some(invocation) => {
                        let arguments = invocation.literals().collect();
                        Self { instruction, stage, program: Some(invocation.program), arguments }
                    }
                    None if simple.words.is_empty() => continue,
                    None => unread(),
                });
            }
        }
        all
    }

    /// The program of a `RUN` in exec form.
    fn exec(sharer: &'c Sharer<'c>, instruction: usize, stage: usize) -> Option<Self> {
        let Body::Run(Command::Exec(words)) = &sharer.file.instructions[instruction].body else {
            return None;
        };
        let (program, arguments) = words.split_first()?;
        let arguments = arguments.iter().map(|word| Some(&*word.text)).collect();
        Some(Self { instruction, stage, program: Some(base(&program.text)), arguments })
    }

    /// What it does to packages, and with which package manager.
    pub(super) fn action(&self) -> Option<(&'static str, Kind)> {
        let action = packages::read(self.program?, &self.arguments)?;
        Some((action.manager.name, action.kind))
    }

    /// Whether it installs what the manifest of its folder asks for.
    pub(super) fn installs_project(&self, managers: &[&str]) -> bool {
        let Some(action) = self.program.and_then(|it| packages::read(it, &self.arguments)) else {
            return false;
        };
        managers.contains(&action.manager.name)
            && matches!(action.kind, Kind::Install | Kind::Build)
            && action.packages.is_empty()
            && !action.has_flag(&["-g", "--global"])
    }

    /// The first word that is no option, and the rest.
    pub(super) fn verb(&self) -> Option<&'c str> {
        self.arguments.iter().flatten().find(|word| !word.starts_with('-')).copied()
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.arguments.iter().flatten().any(|it| *it == word)
    }
}

/// A stage, those that it is built from, and those that are built from it.
pub(super) fn family(sharer: &Sharer, stage: usize) -> Vec<usize> {
    let mut family = sharer.facts.stages_on(stage);
    let mut at = stage;
    while let Base::Stage(base) = sharer.facts.stages[at].base {
        family.push(base);
        at = base;
    }
    family
}
