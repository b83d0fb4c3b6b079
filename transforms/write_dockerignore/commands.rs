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
    /// It runs whenever its `RUN` succeeds.
    pub(super) always: bool,
}

impl<'c> Ran<'c> {
    /// All commands of a Dockerfile, those in front of which nothing certain stands as unreadable.
    pub(super) fn all(sharer: &'c Sharer<'c>) -> Vec<Self> {
        let mut all = Vec::new();
        for run in &sharer.facts.runs {
            let (instruction, stage) = (run.instruction, run.stage);
            let unread =
                || Self { instruction, stage, program: None, arguments: Vec::new(), always: false };
            let Some(script) = &run.script else {
                all.push(Self::exec(sharer, instruction, stage).unwrap_or_else(unread));
                continue;
            };
            let mut may_have_ended = false;
            for (_, simple, context) in script.parsed.simple_commands() {
                let always = context.always_runs() && !may_have_ended;
                let ran = match script.parsed.invocation(simple) {
                    Some(invocation) => {
                        let arguments = invocation.literals().collect();
                        let program = Some(invocation.program);
                        Self { instruction, stage, program, arguments, always }
                    }
                    None if simple.words.is_empty() => continue,
                    None => unread(),
                };
                may_have_ended |= ran.ends_well();
                all.push(ran);
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
        let program = Some(base(&program.text));
        Some(Self { instruction, stage, program, arguments, always: true })
    }

    /// Whether the script may end there and succeed.
    fn ends_well(&self) -> bool {
        let fails = |code: &str| code.parse().is_ok_and(|code: u8| code != 0);
        match self.program {
            Some("exit" | "return") => !self.verb().is_some_and(fails),
            program => program == Some("exec"),
        }
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

    /// The words that are no options.
    pub(super) fn operands(&self) -> impl Iterator<Item = &'c str> {
        self.arguments.iter().flatten().filter(|word| !word.starts_with('-')).copied()
    }

    /// The first word that is no option.
    pub(super) fn verb(&self) -> Option<&'c str> {
        self.operands().next()
    }

    /// Whether it may run the tests of a project.
    pub(super) fn tests(&self) -> bool {
        ["bench", "t", "test"].iter().any(|word| self.has(word))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::syntax::parse;

    fn certain(text: &str) -> Vec<String> {
        let file = parse(text).unwrap();
        let facts = Facts::new(&file);
        let sharer = Sharer { name: "Dockerfile".to_owned(), file: &file, facts: &facts };
        let all = Ran::all(&sharer).into_iter().filter(|it| it.always);
        all.filter_map(|it| it.program.map(str::to_owned)).collect()
    }

    #[test]
    fn what_may_not_run_is_not_certain() {
        let cases: [(&str, &[&str]); 6] = [
            ("npm ci && npm run build", &["npm", "npm"]),
            ("cd a || exit 1; npm ci", &["cd", "npm"]),
            ("[ -d a ] && exit 0; npm ci", &["["]),
            ("if a; then exit; fi; npm ci", &[]),
            ("[ -d a ] || npm ci", &["["]),
            ("[\"npm\", \"ci\"]", &["npm"]),
        ];
        for (script, expected) in cases {
            assert_eq!(certain(&format!("FROM a\nRUN {script}\n")), expected, "{script}");
        }
    }
}
