//! Whether a `chown -R` or `chmod -R` only repeats what a flag of the `COPY`s before it could say.
//!
//! BuildKit gives owner and mode of the flags to all that a `COPY` brings, to symbolic links themselves
//! (as `chown -R` does), and to the folders that it makes on the way; a folder that was there keeps its
//! own. `--chown=1000` means group 1000 too, and a name that the image does not have yet means root.
//! (`docopy` and `readUser` of BuildKit's solver, `copy.go` of fsutil.)

mod bystander;

use super::leftovers::Obstacle;
use super::program::{ProgramEdit, commands};
use super::{Operation, Work};
use crate::facts::{Base, Facts, Run, RunScript, is_within};
use crate::images::Entrypoint;
use crate::shell::{Command, CommandKind, ConnectorKind, Script};
use crate::syntax::{Body, Keyword};
use crate::text::Span;
use bystander::{Checked, shortened};
use std::ops::Range;

/// A command whose work flags of `COPY`s can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Counted as in [`commands`].
    pub command: usize,
    pub flag: &'static str,
    pub value: String,
    /// The instructions that get it.
    pub copies: Vec<usize>,
    /// The folder itself was there before: the command stays for it alone, without this word (of the
    /// command, by number).
    pub recursive: Option<usize>,
    pub path: String,
}

/// What keeps a command where it is; the place is in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub code: &'static str,
    pub at: Span,
    pub reason: String,
}

/// What becomes of each `chown -R` and `chmod -R` of `run` that is about files which a `COPY` brought.
pub fn handovers(facts: &Facts, run: &Run) -> Vec<Result<Handover, Kept>> {
    let Some(script) = &run.script else { return Vec::new() };
    if facts.is_long() {
        return Vec::new();
    }
    let all = commands(&script.parsed);
    let wanted = all.iter().enumerate().filter_map(|(number, command)| {
        let asked = Asked::of(&script.parsed, number, command)?;
        Asking { facts, run, script, asked }.handover().transpose()
    });
    let mut all: Vec<_> = wanted.collect();
    // What one command still writes again, none of the others saves.
    if let Some(Err(kept)) = all.iter().find(|it| it.is_err()) {
        let kept = kept.clone();
        all.iter_mut().for_each(|it| *it = Err(kept.clone()));
        all.dedup();
    }
    all
}

/// Applies what a change declares of a `RUN`, if it is what follows from the facts.
pub(super) fn give(
    facts: &Facts,
    slots: &mut [Option<Operation>],
    run: usize,
    declared: &[Handover],
    whole: bool,
) -> Result<(), String> {
    let found = facts.run(run).map_or(Vec::new(), |run| handovers(facts, run));
    if declared.is_empty() || !declared.iter().all(|it| found.iter().flatten().any(|own| own == it))
    {
        return Err("a flag of a copy does not do what the command did".to_owned());
    }
    for (at, it) in declared.iter().flat_map(|it| it.copies.iter().map(move |at| (*at, it))) {
        let copy = slots.get_mut(at).and_then(Option::as_mut).ok_or("a copy is gone")?;
        copy.flags.push((it.flag.into(), Some(it.value.clone().into())));
    }
    let slot = slots.get_mut(run).ok_or("a command is gone")?;
    let Some(Operation { work: Work::Program { script, edits, .. }, .. }) = slot else {
        return Err("a change is declared for what is no program".to_owned());
    };
    if whole {
        let gone = |it: &&Handover| it.recursive.is_none();
        if declared.iter().filter(gone).count() != commands(script).len() {
            return Err("a dropped `RUN` does more".to_owned());
        }
        *slot = None;
        return Ok(());
    }
    edits.extend(declared.iter().map(|it| match it.recursive {
        Some(at) => ProgramEdit::RemoveWord { command: it.command, at },
        None => ProgramEdit::RemoveCommand { command: it.command },
    }));
    Ok(())
}

/// `chown -R spec path`
struct Asked<'s> {
    number: usize,
    command: &'s Command,
    chown: bool,
    spec: &'s str,
    path: &'s str,
    /// The number of the word `-R`.
    recursive: usize,
    paths: usize,
}

impl<'s> Asked<'s> {
    fn of(script: &'s Script, number: usize, command: &'s Command) -> Option<Self> {
        let CommandKind::Simple(simple) = &command.kind else { return None };
        let invocation = script.invocation(simple)?;
        let chown = match invocation.program {
            "chown" => true,
            "chmod" => false,
            _ => return None,
        };
        let plain = invocation.wrappers.is_empty() && simple.assignments.is_empty();
        if !plain || !command.redirects.is_empty() {
            return None;
        }
        let words = || simple.words.iter().map(|word| word.span.of(&script.text));
        let recursive = words().position(|word| matches!(word, "-R" | "--recursive"))?;
        let mut operands =
            simple.words.iter().enumerate().skip(1).filter(|(at, _)| *at != recursive);
        let spec = operands.next()?.1.literal.as_deref()?;
        let paths: Vec<&str> = operands.map(|(_, word)| word.span.of(&script.text)).collect();
        let path = *paths.first()?;
        let options = paths.iter().any(|path| path.starts_with('-')) || spec.starts_with('-');
        (!options).then_some(Self {
            number,
            command,
            chown,
            spec,
            path,
            recursive,
            paths: paths.len(),
        })
    }
}

struct Asking<'c, 'a> {
    facts: &'c Facts<'a>,
    run: &'c Run<'a>,
    script: &'c RunScript<'a>,
    asked: Asked<'c>,
}

type Answer<T> = Result<T, Kept>;

impl Asking<'_, '_> {
    fn handover(&self) -> Answer<Option<Handover>> {
        let Some(path) = self.path(self.asked.path) else { return Ok(None) };
        let copies: Vec<usize> = self.before().filter(|at| self.brings(*at, &path)).collect();
        let Some(first) = copies.first() else { return Ok(None) };
        self.stands_plainly()?;
        self.is_new(&path)?;
        let mut made = false;
        for at in self.before() {
            made |= self.leaves_alone(at, &path, *first)?;
        }
        self.own_script_before(&path)?;
        let (flag, value) = match self.asked.chown {
            true => ("chown", self.owner()?),
            false => ("chmod", self.mode()?),
        };
        copies.iter().try_for_each(|at| self.takes(*at, flag, &value, &path))?;
        let keeps_mode = flag == "chmod" && value == "755";
        let stays = match flag {
            "chown" => made,
            _ => !keeps_mode,
        };
        if stays && !made && !self.is_folder(&copies, &path) {
            return self.kept("may-be-file", "of one file it would write the same again");
        }
        let recursive = stays.then_some(self.asked.recursive);
        let command = self.asked.number;
        Ok(Some(Handover { command, flag, value, copies, recursive, path }))
    }

    /// Whether what is copied to `path` is certain to be a folder.
    fn is_folder(&self, copies: &[usize], path: &str) -> bool {
        copies.iter().any(|at| {
            let Body::Copy { sources, .. } = &self.facts.file.instructions[*at].body else {
                return false;
            };
            let whole = |text: &str| text.ends_with('/') || text.ends_with('.');
            self.facts.destination(*at).is_some_and(|it| it.folder || it.place.path != path)
                || sources.iter().any(|source| whole(&source.text))
        })
    }

    fn kept<T>(&self, code: &'static str, reason: impl Into<String>) -> Answer<T> {
        let at = self.script.source_span(self.asked.command.span);
        Err(Kept { code, at, reason: reason.into() })
    }

    fn stopped<T>(&self, code: &'static str, at: usize, reason: String) -> Answer<T> {
        Err(Kept { code, at: self.facts.file.instructions[at].span, reason })
    }

    /// The instructions of the stage before the `RUN`.
    fn before(&self) -> Range<usize> {
        self.facts.stages[self.run.stage].instructions.start + 1..self.run.instruction
    }

    /// A path of the script that no build argument changes.
    fn path(&self, raw: &str) -> Option<String> {
        let raw = raw.trim_matches('"');
        if raw.contains(['*', '?', '[', '{', '~', '`', '(', '\'', '\\']) && !raw.contains("${") {
            return None;
        }
        // A script that assigns or goes elsewhere may mean another path.
        let moves = self.script.parsed.simple_commands().iter().any(|(_, simple, _)| {
            let first = simple.words.first().and_then(|word| word.literal.as_deref());
            !simple.assignments.is_empty() || matches!(first, Some("cd" | "export" | "pushd"))
        });
        let plain = raw.starts_with('/') && !raw.contains('$');
        let place = self.facts.place(self.run.instruction, raw)?;
        (place.fixed && (plain || !moves)).then_some(place.path)
    }

    fn brings(&self, at: usize, path: &str) -> bool {
        let destination = self.facts.destination(at);
        destination.is_some_and(|it| is_within(&it.place.path, path))
    }

    /// It always runs, as root, as an operand of one list.
    fn stands_plainly(&self) -> Answer<()> {
        let [statement] = self.script.parsed.body.statements.as_slice() else {
            return self.kept("not-a-plain-list", "it is not one list of commands joined by `&&`");
        };
        let all = std::iter::once(&statement.first).chain(statement.rest.iter().map(|it| &it.1));
        let own = |it: &Command| std::ptr::eq(it, self.asked.command);
        let operand = all
            .filter(|it| !it.negated)
            .any(|it| matches!(it.commands.as_slice(), [command] if own(command)));
        let only_and = statement.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
        if !operand || !only_and || statement.terminator.is_some() {
            return self.kept("not-a-plain-list", "it is not one list of commands joined by `&&`");
        }
        let instruction = &self.facts.file.instructions[self.run.instruction];
        if !instruction.flags.is_empty() || !instruction.heredocs.is_empty() {
            return self.kept("flags", "its `RUN` has flags or a heredoc");
        }
        if self.asked.paths > 1 {
            return self.kept("several-paths", "it is about several paths");
        }
        match self.run.user() {
            Some("root" | "0") => Ok(()),
            Some(user) => self.kept("not-root", format!("it runs as `{user}`")),
            None => self.kept("not-root", "it is not known to run as root"),
        }
    }

    /// Neither the image nor a stage below brings anything into `path`, and its parent is there.
    fn is_new(&self, path: &str) -> Answer<()> {
        let stage = &self.facts.stages[self.run.stage];
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let itself = parent.is_empty() && self.facts.image_has_folder(self.run.stage, path);
        // Packages and the programs of other images bring folders of their own everywhere else.
        let bare = stage
            .image
            .as_ref()
            .filter(|image| image.runtime.is_some() || image.entrypoint == Some(Entrypoint::None));
        let workdir = bare.and_then(|image| image.workdir);
        let own = workdir.is_none_or(|workdir| is_within(workdir, path));
        if !matches!(stage.base, Base::Image(_)) || itself || own || name.is_empty() {
            let reason = format!("`{path}` may hold files that no `COPY` of this stage brought");
            return self.kept("may-exist", reason);
        }
        if !matches!(parent, "" | "/opt" | "/srv") {
            let reason = format!(
                "the image or a package may have `{path}`, or not even the folder around it"
            );
            return self.kept("parent-unknown", reason);
        }
        Ok(())
    }

    /// Checks that instruction `at` does nothing in `path` but what a `COPY` with the flag does. Returns
    /// whether it makes the folder itself.
    fn leaves_alone(&self, at: usize, path: &str, first: usize) -> Answer<bool> {
        let instruction = &self.facts.file.instructions[at];
        match &instruction.body {
            Body::Copy { .. } => match self.facts.destination(at) {
                Some(it) if !it.place.fixed => {
                    let reason = "where it copies to depends on a build argument".to_owned();
                    self.stopped("build-argument", at, reason)
                }
                Some(it) if is_within(path, &it.place.path) && it.place.path != path => {
                    let reason = format!("it copies to a folder around `{path}`");
                    self.stopped("copies-around", at, reason)
                }
                Some(_) => Ok(false),
                None => {
                    let reason = "it is not known where it copies to".to_owned();
                    self.stopped("destination-unknown", at, reason)
                }
            },
            Body::Workdir(piece) => match self.facts.place(at, &piece.text) {
                Some(place) if place.fixed && place.path == path => Ok(at < first),
                Some(place) if place.fixed && !is_within(&place.path, path) => Ok(false),
                _ => {
                    let reason = format!("it may make a folder in `{path}`");
                    self.stopped("makes-folder", at, reason)
                }
            },
            Body::Volume(folders) => {
                let around = folders.iter().any(|folder| {
                    let place = self.facts.place(at, &folder.text);
                    place.is_none_or(|it| is_within(path, &it.path) || is_within(&it.path, path))
                });
                match around {
                    true => self.stopped("volume", at, format!("`{path}` is a volume")),
                    false => Ok(false),
                }
            }
            Body::Run(_) => {
                let Some(run) = self.facts.run(at) else { return Ok(false) };
                let since = at > first;
                Ok(self.run_leaves_alone(run, None, path, since)? && !since)
            }
            _ => Ok(false),
        }
    }

    /// The commands of the same script that run before.
    fn own_script_before(&self, path: &str) -> Answer<()> {
        self.run_leaves_alone(self.run, Some(self.asked.number), path, true).map(drop)
    }

    /// Returns whether it makes the folder itself. `since`: it runs after the first `COPY`, so it may not
    /// make the owner.
    fn run_leaves_alone(
        &self,
        run: &Run,
        until: Option<usize>,
        path: &str,
        since: bool,
    ) -> Answer<bool> {
        let mut made = false;
        let instruction = &self.facts.file.instructions[run.instruction];
        let Some(script) = &run.script else {
            return self.stopped("unreadable", run.instruction, "it cannot be read".to_owned());
        };
        let mounts = instruction.flags.iter().any(|flag| flag.name.text == "mount");
        if mounts {
            let reason = "it has a mount".to_owned();
            return self.stopped("mount", run.instruction, reason);
        }
        let shown = |obstacle: Obstacle| Kept {
            code: obstacle.code,
            at: script.source_span(obstacle.span),
            reason: obstacle.reason,
        };
        for command in commands(&script.parsed).into_iter().take(until.unwrap_or(usize::MAX)) {
            let workdir = run.workdir();
            let other = if self.asked.chown { "chmod" } else { "chown" };
            let checked = Checked { script: &script.parsed, command, workdir, path, other };
            match checked.makes_it() {
                true => made = true,
                false => checked.leaves_alone().map_err(shown)?,
            }
            let named = self.asked.chown && !self.asked.spec.chars().all(is_number);
            if since && named && checked.may_make_users() {
                let text = command.span.of(&script.parsed.text);
                let reason =
                    format!("`{}` may make the owner only after the `COPY`", shortened(text));
                let at = script.source_span(command.span);
                return Err(Kept { code: "owner-made-later", at, reason });
            }
        }
        Ok(made)
    }

    /// The value of `--chown` that means what the owner of `chown` means for files of root.
    fn owner(&self) -> Answer<String> {
        let spec = self.asked.spec;
        let name = |text: &str| {
            !text.is_empty()
                && text.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'))
        };
        let value = match spec.split_once(':') {
            None if name(spec) => format!("{spec}:0"),
            // The group of the user's own entry, which is what a name alone means in the flag.
            Some((user, "")) if name(user) && !user.chars().all(is_number) => user.to_owned(),
            Some(("", group)) if name(group) => format!("0:{group}"),
            Some((user, group)) if name(user) && name(group) => spec.to_owned(),
            _ => {
                let reason = format!("`{spec}` means nothing to `--chown`, or something else");
                return self.kept("other-owner", reason);
            }
        };
        Ok(value)
    }

    fn mode(&self) -> Answer<String> {
        let spec = self.asked.spec;
        let digits = spec.strip_prefix('0').filter(|rest| rest.len() == 3).unwrap_or(spec);
        let octal = digits.len() == 3 && digits.chars().all(|it| ('0'..'8').contains(&it));
        match octal {
            true => Ok(digits.to_owned()),
            false => {
                let reason = format!("`{spec}` gives different files different modes");
                self.kept("symbolic-mode", reason)
            }
        }
    }

    /// Whether the flag on `at` does it all.
    fn takes(&self, at: usize, flag: &str, value: &str, path: &str) -> Answer<()> {
        let instruction = &self.facts.file.instructions[at];
        let Body::Copy { sources, .. } = &instruction.body else { return Ok(()) };
        let has = |name: &str| instruction.flag(name).is_some();
        let stop = |code, reason: &str| self.stopped(code, at, reason.to_owned());
        if has(flag) {
            return stop("has-flag", "it has such a flag already");
        }
        if has("parents") {
            return stop("parents", "with `--parents` it makes folders of its own");
        }
        if has("link") && (flag == "chmod" || !value.chars().all(|it| is_number(it) || it == ':')) {
            return stop("link", "with `--link` it knows no names, and no mode");
        }
        if has("from") && flag == "chown" && !self.asked.spec.contains(':') {
            return stop("other-group", "what it copies from a stage may have another group");
        }
        if has("from") && flag == "chown" && self.asked.spec.starts_with(':') {
            return stop("other-user", "what it copies from a stage may have another owner");
        }
        let folders = sources.iter().all(|source| {
            let text = source.text.trim_end_matches('/');
            text.ends_with('.') || source.text.ends_with('/')
        });
        if instruction.keyword == Keyword::Add && !folders {
            return stop("archive", "an archive or address keeps owners and modes of its own");
        }
        let deep = self.facts.destination(at).is_none_or(|it| it.place.path != path);
        if flag == "chmod" && value != "755" && deep {
            return stop("folder-mode", "the folders that it makes get the mode in some versions");
        }
        Ok(())
    }
}

fn is_number(character: char) -> bool {
    character.is_ascii_digit() || character == ':'
}
