#![doc = include_str!("merge_runs.md")]

mod gain;

use crate::effect::leftovers::{self, Obstacle};
use crate::effect::memory::Memory;
use crate::effect::{Delta, Difference};
use crate::facts::{Run, RunScript};
use crate::rewrite::{Fragment, Layout, join_runs};
use crate::syntax::{Body, Command, Flag};
use crate::text::Span;
use crate::transform::{
    Change, Context, Declined, MergePolicy, Proposal, Propose, Safety, Stop, Transform,
};
use gain::gain;
use std::borrow::Cow;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("merge-runs"),
    summary: Cow::Borrowed("Merge consecutive RUN instructions into one layer"),
    guide: Cow::Borrowed(include_str!("merge_runs.md")),
    rules: Cow::Borrowed(&["DL3059"]),
    propose: Propose::BuiltIn(propose),
};

/// One argument of a program may not be longer than 128 KiB on Linux.
const LONGEST_SCRIPT: usize = 100 * 1024;

fn propose(cx: &Context) -> Vec<Proposal> {
    if cx.options.merge == MergePolicy::Never {
        return Vec::new();
    }
    let adjacent =
        |one: &Run, next: &Run| one.stage == next.stage && one.instruction + 1 == next.instruction;
    let sequences = cx.facts.runs.chunk_by(adjacent).filter(|runs| runs.len() > 1);
    sequences.flat_map(|runs| propose_for(cx, runs)).collect()
}

fn propose_for<'a>(cx: &Context<'a>, runs: &'a [Run<'a>]) -> Vec<Proposal> {
    if !cx.facts.stages[runs[0].stage].shipped {
        let reason = "the stage is not shipped: separate layers keep its build cache".to_owned();
        let at = whole(cx, &runs[0]);
        let span = at.to(whole(cx, &runs[runs.len() - 1]));
        return vec![Proposal::Declined(Declined { span, at, code: "not-shipped", reason })];
    }
    let mut proposals = Vec::new();
    let mut group = Group::new(&runs[0]);
    for run in &runs[1..] {
        if let Err(stop) = group.add(cx, run) {
            proposals.push(stop.leaves(whole(cx, run)));
            let ended = std::mem::replace(&mut group, Group::new(run));
            proposals.extend(ended.merge(cx));
        }
    }
    proposals.extend(group.merge(cx));
    proposals
}

fn whole(cx: &Context, run: &Run) -> Span {
    cx.file.instructions[run.instruction].span
}

/// `RUN`s that become one.
struct Group<'a> {
    last: &'a Run<'a>,
    /// All but the last.
    earlier: Vec<Fragment<'a>>,
    memory: Memory<'a>,
    length: usize,
}

impl<'a> Group<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        Self { last: run, earlier: Vec::new(), memory: Memory::default(), length: length(run) }
    }

    fn add(&mut self, cx: &Context<'a>, next: &'a Run<'a>) -> Result<(), Stop> {
        let upper = readable(cx, self.last)?;
        let lower = readable(cx, next)?;
        let stop =
            |code, reason: &str| Err(Stop { at: whole(cx, next), code, reason: reason.to_owned() });
        if !same_flags(flags(cx, self.last), flags(cx, next)) {
            return stop("flags-differ", "its flags are not those of the `RUN` before it");
        }
        if self.length + length(next) > LONGEST_SCRIPT {
            return stop("too-long", "the merged script would be over 100 KiB");
        }
        let circumstances = |run| cx.facts.circumstances(run);
        let standing = leftovers::before_others(&upper.parsed, &circumstances(self.last))
            .map_err(|obstacle| stopped(upper, obstacle))?;
        leftovers::last(&lower.parsed, &circumstances(next))
            .map_err(|obstacle| stopped(lower, obstacle))?;
        // If the memory refuses, the group has ended, and what it remembers is of no more use.
        self.memory.ran(&upper.parsed, standing);
        self.memory
            .allows(&lower.parsed, &circumstances(next))
            .map_err(|obstacle| stopped(lower, obstacle))?;

        self.earlier.push(Fragment { run: self.last, script: upper, standing });
        self.length += length(next);
        self.last = next;
        Ok(())
    }

    fn merge(self, cx: &Context<'a>) -> Option<Proposal> {
        let first = self.earlier.first()?.run;
        let runs: Vec<&Run> = self.earlier.iter().map(|it| it.run).chain([self.last]).collect();
        let span = whole(cx, first).to(whole(cx, self.last));
        let gain = gain(cx, &runs);
        if cx.options.merge == MergePolicy::Pays && gain.is_none() {
            let reason = "no later `RUN` removes or rewrites what an earlier one wrote".to_owned();
            let at = whole(cx, first);
            return Some(Proposal::Declined(Declined { span, at, code: "no-gain", reason }));
        }
        let mut fragments = self.earlier;
        let script = self.last.script.as_ref()?;
        let standing = leftovers::last(&script.parsed, &cx.facts.circumstances(self.last)).ok()?;
        fragments.push(Fragment { run: self.last, script, standing });

        let edits = join_runs(cx.file, &fragments, &Layout::of(cx.facts, &runs))?;
        let merged = Difference::MergeRuns { first: first.instruction, count: fragments.len() };
        let cost = "a change in one of these commands runs all of them again";
        let notes = gain.into_iter().chain([cost]).map(str::to_owned).collect();
        let delta = Delta { differences: vec![merged] };
        Some(Proposal::Change(Change { span, safety: Safety::Safe, delta, notes, edits }))
    }
}

/// The script with what joins it to the next.
fn length(run: &Run) -> usize {
    run.script.as_ref().map_or(0, |script| script.joined.text.len() + 8)
}

fn flags<'a>(cx: &Context<'a>, run: &Run) -> &'a [Flag<'a>] {
    &cx.file.instructions[run.instruction].flags
}

fn same_flags(one: &[Flag], other: &[Flag]) -> bool {
    let same = |(one, other): (&Flag, &Flag)| {
        let value = |flag: &Flag| flag.value.as_ref().map(|value| value.text.to_string());
        one.name.text == other.name.text && value(one) == value(other)
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

fn stopped(script: &RunScript, obstacle: Obstacle) -> Stop {
    let at = script.source_span(obstacle.span);
    Stop { at, code: obstacle.code, reason: obstacle.reason }
}

fn readable<'a>(cx: &Context<'a>, run: &'a Run<'a>) -> Result<&'a RunScript<'a>, Stop> {
    let instruction = &cx.file.instructions[run.instruction];
    let (code, reason) = match (&instruction.body, &run.script) {
        _ if cx.facts.pragma_on(run.instruction) => {
            ("pragma", "a comment for a linter stands before it, and would cover more")
        }
        (Body::Run(Command::Exec(_)), _) => {
            ("exec-form", "it is in exec form, which no shell runs")
        }
        _ if !instruction.heredocs.is_empty() => {
            ("heredoc", "a heredoc cannot stand in the middle of a joined line")
        }
        _ if run.shell().dialect.is_none() => ("other-shell", "its shell is none that can be read"),
        (_, Some(script)) => return Ok(script),
        _ => ("unreadable", "its script cannot be read with certainty"),
    };
    Err(Stop { at: instruction.span, code, reason: reason.to_owned() })
}
