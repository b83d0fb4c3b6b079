#![doc = include_str!("clean_package_caches.md")]

mod calls;
mod cleanup;
mod conditions;
mod configured;
mod end;
mod leaves;
mod mentions;
mod needs;
mod program;
mod releases;
mod scripts;
mod superfluous;
mod yarn;

use crate::effect::program::ProgramEdit;
use crate::effect::{Delta, Difference};
use crate::facts::{Run, RunScript};
use crate::packages::{self, Cache, Kind};
use crate::rewrite::{add_word_after, append_commands, remove_operand};
use crate::text::{Edit, Span};
use crate::transform::{
    CachePolicy, Change, Context, Declined, Proposal, Propose, Safety, Transform,
};
use cleanup::{Filled, Way};
use releases::fetches_index;
use scripts::Scripts;
use std::borrow::Cow;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("clean-package-caches"),
    summary: Cow::Borrowed("Remove package caches in the layer that fills them"),
    guide: Cow::Borrowed(include_str!("clean_package_caches.md")),
    rules: Cow::Borrowed(&["DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"]),
    propose: Propose::BuiltIn(propose),
};

/// One argument of a program may not be longer than 128 KiB on Linux.
const LONGEST_SCRIPT: usize = 120 * 1024;

fn propose(cx: &Context) -> Vec<Proposal> {
    if cx.options.caches == CachePolicy::Off {
        return Vec::new();
    }
    let scripts = Scripts::new(cx.facts);
    let mut proposals: Vec<Proposal> =
        cx.facts.runs.iter().flat_map(|run| propose_for(cx, &scripts, run)).collect();
    superfluous::drop_runs(cx, &scripts, &mut proposals);
    proposals
}

fn propose_for<'a>(cx: &Context<'a>, scripts: &'a Scripts<'a>, run: &'a Run<'a>) -> Vec<Proposal> {
    let span = cx.file.instructions[run.instruction].span;
    let decline = |code, at: Option<Span>, reason| {
        Proposal::Declined(Declined { span, at: at.unwrap_or(span), code, reason })
    };
    let Some(script) = &run.script else {
        let fills = may_fill(span.of(cx.file.source));
        let reason = "its script cannot be read with certainty".to_owned();
        return fills.then(|| decline("unreadable", None, reason)).into_iter().collect();
    };
    let mut filled = filled(scripts, run, script);
    filled.retain(|it| !it.is_clean(cx.facts));
    if filled.is_empty() {
        return Vec::new();
    }
    if !cx.facts.stages[run.stage].shipped {
        let reason = "the stage is not shipped: its caches reach no image".to_owned();
        return vec![decline("not-shipped", None, reason)];
    }

    let mut proposals = Vec::new();
    let mut plan = Plan::default();
    for it in &filled {
        match it.way(cx.facts) {
            Ok(way) => plan.add(it, way, script),
            Err((code, at, reason)) => proposals.push(decline(code, at, reason)),
        }
    }
    proposals.extend(plan.change(cx, run, script, span).map(Proposal::Change));
    proposals
}

/// Whether a text that cannot be read may fill a cache.
fn may_fill(text: &str) -> bool {
    const FILLERS: &[&str] = &[
        "apt-get update",
        "apk add",
        "apk update",
        "yum ",
        "dnf ",
        "pip install",
        "npm install",
        "npm ci",
    ];
    FILLERS.iter().any(|filler| text.contains(filler))
}

/// The caches that a script fills, each with the commands that fill it.
fn filled<'a>(
    scripts: &'a Scripts<'a>,
    run: &'a Run<'a>,
    script: &'a RunScript<'a>,
) -> Vec<Filled<'a>> {
    let mut found: Vec<Filled> = Vec::new();
    if !packages::may_be_called(&script.parsed.text) {
        return found;
    }
    let calls = scripts.calls(run);
    let image = scripts.facts.stages[run.stage].image.as_deref();
    for (index, call) in calls.iter().enumerate() {
        let (Some(action), Some(_)) = (&call.action, call.number) else { continue };
        let fills = |cache: &&Cache| {
            cache.is_filled_by(action)
                || (fetches_index(action, image) && !action.has_flag(cache.flags_off))
        };
        for cache in action.manager.caches.iter().filter(fills) {
            match found.iter_mut().find(|it| it.cache.places_equal(cache)) {
                Some(known) => known.by.push(index),
                None => {
                    let manager = action.manager;
                    found.push(Filled {
                        manager,
                        cache,
                        by: vec![index],
                        run,
                        script,
                        calls,
                        scripts,
                    });
                }
            }
        }
    }
    found
}

/// All that is done to one `RUN`.
#[derive(Default)]
struct Plan {
    edits: Vec<ProgramEdit>,
    words: Vec<Edit>,
    removals: Vec<(String, Vec<String>)>,
    commands: Vec<String>,
    cleaned: Vec<&'static Cache>,
}

impl Plan {
    fn add(&mut self, filled: &Filled, way: Way, script: &RunScript) {
        self.cleaned.push(filled.cache);
        match way {
            Way::Flag(flag) => self.add_flag(filled, flag, script),
            Way::Command(command) if self.commands.contains(&command) => (),
            Way::Command(command) => self.commands.push(command),
            Way::Remove { prefix, paths } => {
                match self.removals.iter_mut().find(|(other, _)| *other == prefix) {
                    Some((_, known)) => known.extend(paths),
                    None => self.removals.push((prefix, paths)),
                }
            }
        }
    }

    /// The flag goes to every command that would read or fill the cache.
    fn add_flag(&mut self, filled: &Filled, flag: &str, script: &RunScript) {
        for call in filled.calls {
            let (Some(action), Some(number)) = (&call.action, call.number) else { continue };
            let about = action.manager.caches.iter().any(|it| std::ptr::eq(it, filled.cache));
            if about && action.kind == Kind::Update {
                self.edits.push(ProgramEdit::RemoveCommand { command: number });
                self.words.extend(remove_operand(script, call.command));
                continue;
            }
            let (Some(verb), Some(invocation)) = (action.verb, &call.invocation) else { continue };
            let fits = matches!(action.kind, Kind::Install | Kind::Upgrade | Kind::Build);
            if !about || !fits || action.has_flag(filled.cache.flags_off) {
                continue;
            }
            let before = call.simple.words.len() - invocation.arguments.len();
            let word = &invocation.arguments[verb.last];
            let at = before + verb.last + 1;
            self.edits.push(ProgramEdit::AddWord { command: number, at, word: flag.to_owned() });
            self.words.extend(add_word_after(script, word.span, flag));
        }
    }

    /// What is gone, and what that means for images that others build on this one: those of the
    /// repository are known, and there may be more.
    fn notes(&self) -> Vec<String> {
        let mut what: Vec<&str> = self.cleaned.iter().map(|cache| cache.what).collect();
        what.dedup();
        let mut notes = vec![format!("no longer in this layer: {}", what.join(", "))];
        if self.cleaned.iter().any(|cache| cache.stops_installs()) {
            let note =
                "an image built on this one has to update the package lists before it installs";
            notes.push(note.to_owned());
        }
        notes
    }

    fn change<'a>(
        mut self,
        cx: &Context<'a>,
        run: &'a Run<'a>,
        script: &RunScript,
        span: Span,
    ) -> Option<Change> {
        let removals = self
            .removals
            .iter()
            .map(|(prefix, paths)| format!("{prefix}rm -rf {}", paths.join(" ")));
        let commands: Vec<String> =
            std::mem::take(&mut self.commands).into_iter().chain(removals).collect();
        let notes = self.notes();
        let mut edits = self.words;
        if !commands.is_empty() {
            edits.push(append_commands(cx.facts, run, script, &commands)?);
        }
        let appended = commands.into_iter().map(|command| ProgramEdit::Append { command });
        let program = self.edits.into_iter().chain(appended).collect();
        let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
        if edits.is_empty() || script.joined.text.len() + added > LONGEST_SCRIPT {
            return None;
        }
        let difference = Difference::EditProgram { instruction: run.instruction, edits: program };
        Some(Change {
            span,
            safety: Safety::Safe,
            delta: Delta { differences: vec![difference] },
            notes,
            edits,
        })
    }
}
