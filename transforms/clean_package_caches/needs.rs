//! Who needs a cache after the instruction that filled it.

use super::calls::{Call, calls};
use super::mentions::{self, Paths};
use super::releases::{fetches_index, refreshes};
use super::scripts::Scripts;
use crate::facts::{Base, Facts, Part, Run};
use crate::images::Image;
use crate::packages::{self, Action, Cache, Installer, Kind, Need};
use crate::shell::command::{Invocation, base, is_shell};
use crate::shell::{self, Dialect, Script};
use crate::syntax::{self, Body, Command, Instruction, Keyword};
use crate::text::Span;
use std::rc::Rc;

/// What stops a cleanup.
#[derive(Debug)]
pub(super) struct Obstacle {
    pub(super) code: &'static str,
    pub(super) at: Span,
    pub(super) reason: String,
}

/// What going through one instruction says about a cache.
enum Verdict {
    /// It makes no difference.
    GoOn,
    /// It fills the cache anew, so nothing after it needs the old one.
    Refilled,
    Needs(Obstacle),
}

/// Who needs `cache` after `run`: a later `RUN`, a trigger, a stage built on this one, or a program that
/// a container starts. With `only_named`, it counts only if it names one of the `places` of the cache.
pub(super) fn needed_after<'a>(
    scripts: &'a Scripts<'a>,
    run: &'a Run<'a>,
    cache: &'static Cache,
    places: &[String],
    only_named: bool,
) -> Option<Obstacle> {
    let facts = scripts.facts;
    let image = facts.stages[run.stage].image.as_deref();
    let paths = Rc::new(Paths::new(cache, places));
    let needed = Needed { scripts, facts, image, cache, paths, only_named };
    needed.copied(run.instruction).or_else(|| needed.in_stage(run.stage, run.instruction + 1, 0))
}

struct Needed<'a> {
    scripts: &'a Scripts<'a>,
    facts: &'a Facts<'a>,
    /// At the root of the stage, and of those built on it.
    image: Option<&'a Image>,
    cache: &'static Cache,
    paths: Rc<Paths>,
    only_named: bool,
}

impl<'a> Needed<'a> {
    /// A later stage copies it out of the image, or mounts it.
    fn copied(&self, run: usize) -> Option<Obstacle> {
        let readers = &self.facts.readers;
        let later = readers[readers.partition_point(|reader| *reader <= run)..].iter();
        let later = later.map(|reader| &self.facts.file.instructions[*reader]);
        let mut copying = later.filter(|it| match &it.body {
            Body::Copy { sources, .. } => {
                it.flag("from").is_some() && sources.iter().any(|it| self.is_named_in(&it.text))
            }
            Body::Run(_) => it
                .flags
                .iter()
                .filter_map(|flag| flag.value.as_ref())
                .any(|value| value.text.contains("from=") && self.is_named_in(&value.text)),
            _ => false,
        });
        copying.next().map(|instruction| self.used_later(instruction.span, instruction))
    }

    fn is_named_in(&self, text: &str) -> bool {
        mentions::is_named_in(text, &self.paths)
    }

    fn used_later(&self, at: Span, instruction: &Instruction) -> Obstacle {
        let (what, keyword) = (self.cache.what, instruction.keyword.name());
        let reason = format!("a later {keyword} names where the {what} are");
        Obstacle { code: "used-later", at, reason }
    }

    fn in_stage(&self, stage: usize, from: usize, depth: usize) -> Option<Obstacle> {
        let file = self.facts.file;
        let instructions = self.facts.stages[stage].instructions.clone();
        for index in from.max(instructions.start)..instructions.end {
            match self.instruction(index, &file.instructions[index]) {
                Verdict::GoOn => (),
                Verdict::Refilled => return None,
                Verdict::Needs(obstacle) => return Some(obstacle),
            }
        }
        // A file can hold very many stages, each on the one before.
        if depth > 100 {
            let at = file.instructions[instructions.start].span;
            let reason = "too many stages are built on one another".to_owned();
            return Some(Obstacle { code: "may-need-later", at, reason });
        }
        let children = self.facts.stages.iter().enumerate().skip(stage + 1);
        let mut children = children.filter(|(_, it)| it.base == Base::Stage(stage));
        children
            .find_map(|(child, it)| self.in_stage(child, it.instructions.start + 1, depth + 1))
            .or_else(|| self.in_other_files(stage, depth + 1))
    }

    /// Other Dockerfiles that are built on an image which `stage` makes.
    fn in_other_files(&self, stage: usize, depth: usize) -> Option<Obstacle> {
        let facts = self.facts;
        let children = facts.surroundings.children.iter();
        let mut children = children.filter(|it| facts.may_make(&it.target, stage));
        let at = facts.file.instructions[facts.stages[stage].instructions.start].span;
        children.find_map(|child| {
            let name = &child.name;
            let obstacle = |reason| Obstacle { code: "needed-by-child", at, reason };
            let Ok(file) = syntax::parse(&child.text) else {
                let reason = format!("`{name}` is built on it, and cannot be read");
                return Some(obstacle(reason));
            };
            let facts = Facts::within(&child.surroundings, &file);
            let scripts = Scripts::new(&facts);
            let stage = match child.part {
                Part::Stage(stage) => stage,
                Part::Files(index) => {
                    let instruction = file.instructions.get(index)?;
                    let named = self.is_named_in(instruction.span.of(file.source));
                    let keyword = instruction.keyword.name();
                    let what = self.cache.what;
                    let reason = format!("a {keyword} of `{name}` names where the {what} are");
                    return named.then(|| obstacle(reason));
                }
            };
            let from = facts.stages.get(stage)?.instructions.start + 1;
            let there = Needed {
                scripts: &scripts,
                facts: &facts,
                image: self.image,
                cache: self.cache,
                paths: self.paths.clone(),
                only_named: self.only_named,
            };
            let found = there.in_stage(stage, from, depth)?;
            Some(obstacle(format!("`{name}` is built on it: {}", found.reason)))
        })
    }

    fn instruction(&self, index: usize, instruction: &'a Instruction<'a>) -> Verdict {
        match &instruction.body {
            Body::Run(command) => self.run(index, instruction, command),
            Body::Onbuild(trigger) => match &trigger.body {
                Body::Run(command) => self.trigger(instruction, trigger, command),
                _ => Verdict::GoOn,
            },
            Body::Cmd(command) | Body::Entrypoint(command) => {
                self.at_run_time(index, instruction, command)
            }
            Body::Healthcheck(Some(command)) => self.at_run_time(index, instruction, command),
            _ => Verdict::GoOn,
        }
    }

    fn run(&self, index: usize, instruction: &'a Instruction<'a>, command: &Command) -> Verdict {
        let run = self.facts.run(index);
        let script = run.and_then(|run| Some((run, run.script.as_ref()?)));
        let offline =
            instruction.flag("network").flatten().is_some_and(|value| value.text == "none");
        match (script, command) {
            (Some((run, script)), _) => {
                let place = |span| script.source_span(span);
                let calls = self.scripts.calls(run);
                self.calls(&script.parsed, calls, offline, &place, instruction)
            }
            (None, Command::Exec(words)) => {
                let whole = |_| instruction.span;
                match exec_script(words.iter().map(|word| &*word.text)) {
                    Some(script) => self.script(&script, offline, &whole, instruction),
                    None => self.unreadable(instruction),
                }
            }
            (None, Command::Shell) => self.unreadable(instruction),
        }
    }

    fn trigger(&self, outer: &Instruction, trigger: &Instruction, command: &Command) -> Verdict {
        let script = match command {
            Command::Shell => {
                trigger.script().and_then(|it| shell::parse(&it.text, Dialect::Unknown))
            }
            Command::Exec(words) => exec_script(words.iter().map(|word| &*word.text)),
        };
        match script {
            Some(script) => match self.script(&script, false, &|_| outer.span, outer) {
                Verdict::Refilled => Verdict::GoOn,
                verdict => verdict,
            },
            None => self.unreadable(outer),
        }
    }

    fn unreadable(&self, instruction: &Instruction) -> Verdict {
        if self.is_named_in(instruction.span.of(self.facts.file.source)) {
            return Verdict::Needs(self.used_later(instruction.span, instruction));
        }
        if self.only_named || !self.is_needed_by_unknown_programs() {
            return Verdict::GoOn;
        }
        let reason = format!("a later `RUN` cannot be read, and may need the {}", self.cache.what);
        Verdict::Needs(Obstacle { code: "unreadable-later", at: instruction.span, reason })
    }

    fn is_needed_by_unknown_programs(&self) -> bool {
        match self.cache.need {
            // What an unknown program installs with `apk`, it fetches the index for.
            Need::Index => !(self.is_of("apk") && refreshes(self.image)),
            need => need == Need::Build,
        }
    }

    fn is_of(&self, manager: &str) -> bool {
        let manager = packages::manager(manager);
        manager.is_some_and(|it| it.caches.iter().any(|it| std::ptr::eq(it, self.cache)))
    }

    /// What the commands of a script that is written in another one, or in exec form, need.
    fn script(
        &self,
        script: &Script,
        offline: bool,
        place: &dyn Fn(Span) -> Span,
        instruction: &Instruction,
    ) -> Verdict {
        self.calls(script, &calls(script), offline, place, instruction)
    }

    fn calls(
        &self,
        script: &Script,
        calls: &[Call],
        offline: bool,
        place: &dyn Fn(Span) -> Span,
        instruction: &Instruction,
    ) -> Verdict {
        let what = self.cache.what;
        for call in calls {
            let text = || short(call.span().of(&script.text));
            let at = || place(call.span());
            let inner = call.invocation.as_ref().and_then(Invocation::inner_script);
            if let Some(inner) = inner.flatten() {
                match self.script(&inner, offline, &|_| at(), instruction) {
                    Verdict::Needs(obstacle) => return Verdict::Needs(obstacle),
                    Verdict::GoOn | Verdict::Refilled => continue,
                }
            }
            if mentions::uses(call, script, &self.paths) {
                return Verdict::Needs(self.used_later(at(), instruction));
            }
            if self.only_named {
                continue;
            }
            match &call.action {
                Some(action) if self.is_about(action) => {
                    if action.kind == Kind::Update
                        && !call.is_conditional()
                        && self.cache.need == Need::Index
                    {
                        return Verdict::Refilled;
                    }
                    if self.needs(action, offline) {
                        let reason = format!(
                            "`{}` in a later {} needs the {what}",
                            text(),
                            instruction.keyword.name()
                        );
                        return Verdict::Needs(Obstacle { code: "needed-later", at: at(), reason });
                    }
                }
                Some(action) if !matches!(action.kind, Kind::Run | Kind::Unknown) => (),
                _ if call.is_inert() => (),
                _ if call.installer == Some(Installer::Updates)
                    && self.is_of("apt")
                    && !call.is_conditional() =>
                {
                    return Verdict::Refilled;
                }
                _ if self.cache.need == Need::Index && call.leaves_lists_alone(script) => (),
                _ if !self.is_needed_by_unknown_programs() => (),
                _ => {
                    let reason = format!(
                        "`{}` in a later {} may need the {what}",
                        text(),
                        instruction.keyword.name()
                    );
                    return Verdict::Needs(Obstacle { code: "may-need-later", at: at(), reason });
                }
            }
        }
        Verdict::GoOn
    }

    fn is_about(&self, action: &Action) -> bool {
        action
            .manager
            .caches
            .iter()
            .any(|it| std::ptr::eq(it, self.cache) || it.places_equal(self.cache))
    }

    /// Whether a command of the same package manager needs what an earlier one left.
    fn needs(&self, action: &Action, offline: bool) -> bool {
        let uses = matches!(
            action.kind,
            Kind::Install | Kind::Upgrade | Kind::Query | Kind::Build | Kind::Run | Kind::Unknown
        );
        match self.cache.need {
            Need::Index => {
                let own =
                    action.has_flag(self.cache.flags_update) || action.has_flag(&["--no-cache"]);
                uses && !own && (offline || !fetches_index(action, self.image))
            }
            Need::Downloads => uses && (offline || action.is_offline()),
            Need::Compiled | Need::Build => uses,
        }
    }

    fn at_run_time(&self, index: usize, instruction: &Instruction, command: &Command) -> Verdict {
        if self.only_named || self.is_replaced(index, instruction.keyword) {
            return Verdict::GoOn;
        }
        let script = match command {
            Command::Shell => {
                instruction.script().and_then(|it| shell::parse(&it.text, Dialect::Unknown))
            }
            Command::Exec(words) => exec_script(words.iter().map(|word| &*word.text)),
        };
        let Some(script) = script else { return Verdict::GoOn };
        let calls = calls(&script);
        for call in &calls {
            let text = short(call.span().of(&script.text));
            let what = self.cache.what;
            let is_needed = match &call.action {
                Some(action) if self.is_about(action) => {
                    reads_at_run_time(action, self.cache) && !fetches_index(action, self.image)
                }
                _ => {
                    self.cache.need == Need::Build
                        && !call.is_inert()
                        && call.program() != Some("java")
                }
            };
            if is_needed && call.action.as_ref().is_none_or(|it| it.kind != Kind::Update) {
                let reason = format!("`{text}` may need the {what} when a container runs");
                return Verdict::Needs(Obstacle {
                    code: "needed-at-run-time",
                    at: instruction.span,
                    reason,
                });
            }
            if call.action.as_ref().is_some_and(|it| it.kind == Kind::Update && self.is_about(it)) {
                break;
            }
        }
        Verdict::GoOn
    }

    /// A later instruction of the same kind in the stage takes its place.
    fn is_replaced(&self, index: usize, keyword: Keyword) -> bool {
        let Some(stage) = self.facts.stage_of(index) else { return false };
        self.facts.stages[stage]
            .all(self.facts.file, keyword)
            .last()
            .is_some_and(|last| *last != index)
    }
}

/// Programs of the project do not read the downloads; what fetches or builds does.
fn reads_at_run_time(action: &Action, cache: &Cache) -> bool {
    const FETCHING: &[&str] = &["go", "cargo", "maven", "gradle", "uv", "pipx"];
    match action.kind {
        Kind::Install | Kind::Upgrade | Kind::Build | Kind::Query => true,
        Kind::Run => {
            let fetches = action.is("exec") || action.is("dlx") || action.verb.is_none();
            FETCHING.contains(&action.manager.name) || (fetches && action.manager.name != "bundle")
        }
        Kind::Unknown => cache.need == Need::Index,
        _ => false,
    }
}

/// What an exec form runs, as a script: behind `sh -c` what the shell gets.
fn exec_script<'w>(words: impl Iterator<Item = &'w str>) -> Option<std::sync::Arc<Script>> {
    let words: Vec<&str> = words.collect();
    if let [program, flags, script] = words.as_slice()
        && is_shell(base(program))
        && flags.starts_with('-')
        && flags.ends_with('c')
    {
        return shell::parse(script, Dialect::Unknown);
    }
    let quoted: Vec<String> =
        words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
    shell::parse(&quoted.join(" "), Dialect::Unknown)
}

/// A command in a message.
pub(super) fn short(text: &str) -> String {
    let line = text.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
