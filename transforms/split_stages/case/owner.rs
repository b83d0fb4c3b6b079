//! Whose the folders of a stage are.

use super::super::commands::{Step, Work};
use super::Case;
use crate::facts::{Arrival, is_within, resolve};
use crate::syntax::Body;

impl Case<'_, '_> {
    /// The user without rights of the program, where a folder was made by or given to it.
    pub(in super::super) fn owner(&self, folder: &str) -> Option<String> {
        let user = self.stage().user().filter(|it| !matches!(*it, "root" | "0"))?;
        let name = user.split(':').next().unwrap_or(user);
        let is_his = |spec: &str| spec.split(':').next() == Some(name);
        let given = self.steps().iter().rev().find_map(|step| {
            let Work::Program { name: "chown", words, .. } = &step.work else { return None };
            let mut operands = words.iter().copied().flatten().filter(|it| !it.starts_with('-'));
            let to = operands.next()?;
            let is_it = |it: &str| {
                resolve(step.workdir.as_deref(), it).is_some_and(|it| is_within(folder, &it))
            };
            (operands.any(is_it) && is_his(to)).then(|| to.to_owned())
        });
        let copied = || {
            // What is there already keeps the owner that it has.
            let is_there = |it: &Arrival| {
                let workdir = self.cx.facts.workdir_at(it.instruction);
                workdir.is_some_and(|it| is_within(&it.path, folder))
            };
            let own = self.arrivals.iter().filter(|it| it.to.as_deref() == Some(folder));
            let all = own.filter(|it| !is_there(it));
            let mut owners = all.filter_map(|it| {
                let flag = self.cx.file.instructions[it.instruction].flag("chown").flatten()?;
                Some(flag.text.to_string())
            });
            owners.find(|it| is_his(it))
        };
        let made = || {
            let instructions = self.stage().instructions.clone();
            let mut all = instructions.filter(|at| {
                let makes = matches!(&self.cx.file.instructions[*at].body, Body::Workdir(_));
                let workdir = self.cx.facts.workdir_at(*at + 1);
                makes && workdir.is_some_and(|it| is_within(&it.path, folder))
            });
            let first = all.next()?;
            let user = self.cx.facts.user_at(first);
            (user.as_deref() == Some(name)).then(|| format!("{name}:{name}"))
        };
        // A folder that a command made belongs to who ran it.
        let by_command = || {
            let inside = |step: &Step, word: &str| {
                resolve(step.workdir.as_deref(), word).is_some_and(|it| is_within(&it, folder))
            };
            let at = self.steps().iter().find(|step| match &step.work {
                Work::Program { name: "mkdir", words, .. } => {
                    words.iter().flatten().any(|word| inside(step, word))
                }
                _ => false,
            })?;
            let user = self.cx.facts.user_at(at.instruction);
            (user.as_deref() == Some(name)).then(|| format!("{name}:{name}"))
        };
        let found = given.or_else(copied).or_else(made).or_else(by_command);
        found.filter(|it| !it.contains('$'))
    }
}
