//! Whether a change only takes stages away that nothing in the file reaches: what is left is the same, and
//! refers to the same.

use super::Operation;
use crate::facts::{Base, Facts};
use crate::syntax::{Body, Keyword, expand};
use std::collections::BTreeSet;

/// What is declared to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// Stages, by their numbers before the change, in order.
    pub stages: Vec<usize>,
    /// Instructions before the first stage that only those read.
    pub arguments: Vec<usize>,
    /// All instructions that go, in order.
    pub instructions: Vec<usize>,
}

impl Unused {
    /// `stages` with what goes along.
    pub fn new(facts: &Facts, stages: Vec<usize>) -> Self {
        let arguments = only_read_by(facts, &stages);
        let own = stages.iter().flat_map(|stage| facts.stages[*stage].instructions.clone());
        let instructions = arguments.iter().copied().chain(own).collect();
        Self { stages, arguments, instructions }
    }

    /// Where instruction `index` is after it; `None` if it is gone.
    pub(super) fn moved(&self, index: usize) -> Option<usize> {
        match self.instructions.binary_search(&index) {
            Ok(_) => None,
            Err(before) => Some(index - before),
        }
    }

    pub(super) fn describe(&self) -> Vec<String> {
        match self.stages.len() {
            1 => vec!["drops a stage that nothing needs".to_owned()],
            count => vec![format!("drops {count} stages that nothing needs")],
        }
    }

    /// Checks what is declared against the facts of the old text alone.
    fn check(&self, facts: &Facts) -> Result<(), String> {
        if *self != Self::new(facts, self.stages.clone()) {
            return Err("more goes than the stages".to_owned());
        }
        let is_last = |stage: &usize| *stage + 1 >= facts.stages.len();
        if self.stages.is_empty() || self.stages.iter().any(is_last) {
            return Err("the last stage goes".to_owned());
        }
        let stays = |stage: &usize| !self.stages.contains(stage);
        for stage in (0..facts.stages.len()).filter(stays) {
            if let Some(gone) = taken_by(facts, stage).into_iter().find(|it| !stays(it)) {
                return Err(format!("stage {stage} needs stage {gone}"));
            }
        }
        match named_otherwise(facts, self.stages[0]) {
            Some(why) => Err(why),
            None => Ok(()),
        }
    }

    /// Applies it to the operations of the old text.
    pub(super) fn give(
        &self,
        facts: &Facts,
        slots: &mut [Option<Operation>],
    ) -> Result<(), String> {
        self.check(facts)?;
        for at in &self.instructions {
            slots.get_mut(*at).and_then(Option::take).ok_or("a stage is gone already")?;
        }
        Ok(())
    }
}

/// The stages that a stage is built on or takes files of.
pub fn taken_by(facts: &Facts, stage: usize) -> BTreeSet<usize> {
    let own = facts.stages[stage].instructions.clone();
    let read = facts.names_read().filter(|(at, _)| own.contains(at));
    let read = read.filter_map(|(_, name)| facts.target(Some(name)).filter(|it| *it < stage));
    let mut all: BTreeSet<usize> = read.collect();
    if let Base::Stage(base) = facts.stages[stage].base {
        all.insert(base);
    }
    all
}

/// Everything that some stages need.
pub fn reached(facts: &Facts, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
    let mut open: Vec<usize> = from.into_iter().collect();
    let mut all = BTreeSet::new();
    while let Some(stage) = open.pop() {
        if all.insert(stage) {
            open.extend(taken_by(facts, stage));
        }
    }
    all
}

/// Why it is not certain which stages the file means: a name twice, a number behind a stage that goes (`first`),
/// a name that a build argument gives.
pub fn named_otherwise(facts: &Facts, first: usize) -> Option<String> {
    let mut names = BTreeSet::new();
    for name in facts.stages.iter().filter_map(|it| it.name.as_deref()) {
        if !names.insert(name.to_ascii_lowercase()) {
            return Some(format!("two stages are called `{name}`"));
        }
    }
    for (at, name) in facts.names_read() {
        let is_number = name.parse::<usize>().is_ok_and(|it| it >= first);
        if is_number && !names.contains(name) {
            return Some(format!("`--from={name}` counts the stages before it"));
        }
        if name.contains('$') {
            let text = facts.file.instructions[at].span.of(facts.file.source);
            let line = text.lines().next().unwrap_or_default();
            return Some(format!("which stage `{line}` means depends on a variable"));
        }
    }
    for instruction in &facts.file.instructions {
        if let Body::From { image, .. } = &instruction.body
            && may_be_stage(&image.text, facts.file.escape)
        {
            return Some(format!("`FROM {}` may mean any stage", image.text));
        }
        let text = &instruction.arguments.text;
        if instruction.keyword == Keyword::Onbuild && text.contains("from=") {
            return Some("`ONBUILD` names a stage or an image".to_owned());
        }
    }
    None
}

/// Whether a variable may make the name of a stage of it: names have neither colons nor slashes.
fn may_be_stage(image: &str, escape: char) -> bool {
    let Ok(used) = expand::variables(image, escape) else { return true };
    let plain = |name: &str| expand::Value::Set(name.replace([':', '/', '@'], "").into());
    !used.is_empty()
        && expand::expand(image, escape, plain).is_ok_and(|it| !it.contains([':', '/', '@']))
}

/// `ARG`s before the first stage that only the `FROM`s, or own `ARG`s, of these stages read.
fn only_read_by(facts: &Facts, stages: &[usize]) -> Vec<usize> {
    let file = facts.file;
    let first = facts.stages.first().map_or(0, |it| it.instructions.start);
    let reads = |at: usize, name: &str| {
        let instruction = &file.instructions[at];
        let used = expand::variables(&instruction.arguments.text, file.escape).unwrap_or_default();
        let takes = match &instruction.body {
            Body::Arg(pairs) => pairs.iter().any(|it| it.name.text == name),
            _ => false,
        };
        takes || used.iter().any(|it| it.name == name)
    };
    let is_gone = |at: usize| facts.stage_of(at).is_some_and(|it| stages.contains(&it));
    let mut gone: Vec<usize> = Vec::new();
    for at in (0..first).rev() {
        let Body::Arg(pairs) = &file.instructions[at].body else { continue };
        let is_left = pairs.iter().all(|pair| {
            let mut readers = (0..file.instructions.len()).filter(|it| *it != at);
            let name = &*pair.name.text;
            let was_read = (0..file.instructions.len()).any(|it| is_gone(it) && reads(it, name));
            was_read && readers.all(|it| !reads(it, name) || is_gone(it) || gone.contains(&it))
        });
        if is_left {
            gone.push(at);
        }
    }
    gone.reverse();
    gone
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Difference, testing};
    use super::Unused;
    use crate::facts::Facts;
    use crate::syntax::parse;

    const BEFORE: &str = "ARG TAG=3.22\nFROM alpine:$TAG AS tool\nRUN apk add jq\nFROM golang:1.24 AS build\n\
                          RUN go build -o /app .\nFROM scratch\nCOPY --from=build /app /app\n";
    const AFTER: &str = "FROM golang:1.24 AS build\nRUN go build -o /app .\nFROM scratch\nCOPY --from=build /app /app\n";

    /// With the stages that go, and what is declared of them changed by `edit`.
    fn checked(
        before: &str,
        stages: Vec<usize>,
        after: &str,
        edit: impl Fn(&mut Unused),
    ) -> Result<(), String> {
        let file = parse(before).unwrap();
        let mut unused = Unused::new(&Facts::new(&file), stages);
        edit(&mut unused);
        testing::checked(Difference::DropStages(unused), before, after)
    }

    #[track_caller]
    fn refused(before: &str, stages: Vec<usize>, words: &str) {
        let error = checked(before, stages, AFTER, |_| ()).unwrap_err();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn only_what_nothing_reaches_goes() {
        assert_eq!(checked(BEFORE, vec![0], AFTER, |_| ()), Ok(()));
        refused(BEFORE, vec![1], "stage 2 needs stage 1");
        refused(BEFORE, vec![2], "the last stage goes");
        refused(BEFORE, Vec::new(), "the last stage goes");
        let more = |it: &mut Unused| it.instructions.push(4);
        let error = checked(BEFORE, vec![0], AFTER, more).unwrap_err();
        assert!(error.contains("more goes than the stages"), "{error}");
        let changed = AFTER.replace("-o /app", "-o /srv");
        assert!(checked(BEFORE, vec![0], &changed, |_| ()).is_err());
    }

    #[test]
    fn names_that_may_mean_another_stage_are_refused() {
        let counted = BEFORE.replace("--from=build", "--from=1");
        refused(&counted, vec![0], "counts the stages before it");
        let twice = BEFORE.replace("FROM scratch", "FROM scratch AS tool");
        refused(&twice, vec![0], "two stages are called `tool`");
        let chosen = BEFORE.replace("--from=build", "--from=$STAGE");
        refused(&chosen, vec![0], "depends on a variable");
    }
}
