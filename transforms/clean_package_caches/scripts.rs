//! The scripts of all `RUN`s of a file: each is read once as calls, whoever asks.

use super::calls::{Call, calls};
use super::releases::names_old_pip;
use crate::facts::{Base, Facts, Run};
use std::cell::OnceCell;

pub(super) struct Scripts<'a> {
    pub(super) facts: &'a Facts<'a>,
    /// By number in [`Facts::runs`].
    calls: Vec<OnceCell<Vec<Call<'a>>>>,
    configuring: OnceCell<Vec<usize>>,
    pinning_pip: OnceCell<Vec<usize>>,
}

impl<'a> Scripts<'a> {
    pub(super) fn new(facts: &'a Facts<'a>) -> Self {
        let calls = facts.runs.iter().map(|_| OnceCell::new()).collect();
        Self { facts, calls, configuring: OnceCell::new(), pinning_pip: OnceCell::new() }
    }

    /// The calls of a `RUN`; none if its script cannot be read.
    pub(super) fn calls(&'a self, run: &'a Run<'a>) -> &'a [Call<'a>] {
        let number = self.facts.runs.partition_point(|it| it.instruction < run.instruction);
        let script = run.script.as_ref();
        self.calls[number].get_or_init(|| script.map(|it| calls(&it.parsed)).unwrap_or_default())
    }

    /// The `RUN`s that a command which configures a package manager may be in, by number.
    pub(super) fn configuring(&self) -> &[usize] {
        self.configuring.get_or_init(|| self.those(|text| text.contains("config")))
    }

    /// The `RUN`s that may install an old release of pip, by number.
    pub(super) fn pinning_pip(&self) -> &[usize] {
        self.pinning_pip.get_or_init(|| self.those(names_old_pip))
    }

    fn those(&self, so: impl Fn(&str) -> bool) -> Vec<usize> {
        let text = |run: &Run<'a>| match &run.script {
            Some(script) => so(&script.parsed.text),
            None => {
                let instruction = &self.facts.file.instructions[run.instruction];
                so(instruction.span.of(self.facts.file.source))
            }
        };
        let runs = self.facts.runs.iter().enumerate();
        runs.filter(|(_, run)| text(run)).map(|(number, _)| number).collect()
    }

    /// Of the `RUN`s `numbers`, those whose layers `run` finds, its own among them.
    pub(super) fn below(&self, run: &Run, numbers: &[usize]) -> Vec<&'a Run<'a>> {
        let mut found = Vec::new();
        if numbers.is_empty() {
            return found;
        }
        let (mut stage, mut end) = (run.stage, run.instruction + 1);
        loop {
            let runs = numbers.iter().map(|number| &self.facts.runs[*number]);
            found.extend(runs.filter(|it| it.stage == stage && it.instruction < end));
            let Base::Stage(base) = self.facts.stages[stage].base else { return found };
            (stage, end) = (base, self.facts.stages[base].instructions.end);
        }
    }
}
