//! Whether a `COPY` of everything can stand behind commands that see nothing of what it brings but the
//! manifests that are copied for them first.
//!
//! A `COPY` writes the same files wherever it stands, and what it writes twice is the same twice. So the
//! image stays what it is if no command between the two places reads, changes or removes any of them but
//! the manifests. Whether those are all that a package manager reads of a project is for the transform to
//! know: this looks at the text alone.

mod sight;

use super::{Operation, Work};
use crate::facts::{Facts, MountKind, Origin, Run, is_within, resolve};
use crate::shell::{ConnectorKind, Pipeline, Statement, TerminatorKind};
use crate::syntax::{self, Body, Instruction, Keyword};
use crate::text::Span;
use sight::{Scene, Sight, sight};

/// A `COPY` of everything that stands further down now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// As numbered before the change, like all that follow.
    pub copy: usize,
    /// The instruction behind which it stands now.
    pub behind: usize,
    /// So many commands of that `RUN` stay before it, the others become a `RUN` behind it.
    pub cut: Option<usize>,
    /// Instructions that copy manifests, each before the one of that number.
    pub manifests: Vec<(usize, String)>,
}

/// Who reads manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Npm,
    Yarn,
    Pnpm,
    Pip,
    UvPip,
    Uv,
    Poetry,
    Pipenv,
    Bundler,
    Go,
    /// It is known to read more.
    Other,
}

/// A `COPY` that brings the whole build context, and what it can stand behind.
#[derive(Debug, Clone)]
pub struct Way {
    /// The folder of the image.
    pub to: String,
    /// In order: whoever passes one passes all before it.
    pub passed: Vec<Passed>,
}

/// A `RUN` that sees nothing but manifests.
#[derive(Debug, Clone)]
pub struct Passed {
    pub instruction: usize,
    /// Only so many of its commands do.
    pub cut: Option<usize>,
    /// It installs packages.
    pub installs: bool,
    pub readings: Vec<Reading>,
}

/// A command that reads manifests.
#[derive(Debug, Clone)]
pub struct Reading {
    pub tool: Tool,
    /// In the source.
    pub at: Span,
    /// The words behind its program, as they are written.
    pub words: String,
    /// Files that it names, by their places in the image.
    pub files: Vec<String>,
}

/// Folders in which programs of the image write.
const SHARED: &[&str] =
    &["/", "/etc", "/go", "/home", "/opt", "/root", "/tmp", "/usr", "/usr/local", "/var"];

/// Variables that name files which package managers read, or run.
const NAME_FILES: &[&str] = &[
    "BUNDLE_GEMFILE",
    "BUNDLE_PATH",
    "GOFLAGS",
    "GOWORK",
    "NODE_OPTIONS",
    "NPM_CONFIG_USERCONFIG",
    "PIP_CONFIG_FILE",
    "PIP_CONSTRAINT",
    "PIP_REQUIREMENT",
    "PYTHONPATH",
    "npm_config_userconfig",
];

/// What the `COPY` at `copy` can stand behind; `None` if it is none of the whole context into a folder of
/// its own.
pub fn way(facts: &Facts, copy: usize) -> Option<Way> {
    let own = &facts.file.instructions[copy];
    let arrival = facts.arrivals().into_iter().find(|it| it.instruction == copy)?;
    let is_whole = matches!(&arrival.paths[..], [Some(path)] if path.is_empty());
    let known = |flag: &syntax::Flag| matches!(&*flag.name.text, "chown" | "chmod");
    let plain = own.flags.iter().all(known)
        && own.heredocs.is_empty()
        && own.comments.is_empty()
        && !own.span.of(facts.file.source).contains('$');
    if arrival.origin != Origin::Context || !is_whole || !plain || facts.is_long() {
        return None;
    }
    let to = arrival.to.filter(|it| !SHARED.contains(&it.as_str()))?;
    let mut passed = Vec::new();
    for at in copy + 1..facts.stages[arrival.stage].instructions.end {
        match facts.run(at) {
            Some(run) => {
                let Some(found) = pass(facts, run, &to) else { break };
                let is_whole = found.cut.is_none();
                passed.push(found);
                if !is_whole {
                    break;
                }
            }
            None if is_passed(facts, own, at, &to) => (),
            None => break,
        }
    }
    Some(Way { to, passed })
}

/// Whether an instruction that runs nothing has nothing to do with the files in `to`.
fn is_passed(facts: &Facts, copy: &Instruction, at: usize, to: &str) -> bool {
    let instruction = &facts.file.instructions[at];
    match &instruction.body {
        Body::Workdir(_) => {
            let Body::Copy { destination, .. } = &copy.body else { return false };
            let Some(now) = facts.workdir_at(at + 1).map(|it| it.path) else { return false };
            let is_same = now == to || !is_within(&now, to);
            is_same && resolve(Some(&now), &destination.text).as_deref() == Some(to)
        }
        Body::Copy { .. } => {
            let elsewhere = instruction.flag("from").is_some();
            let goes = facts.arrivals().into_iter().find(|it| it.instruction == at);
            let goes = goes.and_then(|it| it.to);
            elsewhere && goes.is_some_and(|it| !is_within(&it, to) && !is_within(to, &it))
        }
        _ => matches!(
            instruction.keyword,
            Keyword::Arg
                | Keyword::Cmd
                | Keyword::Entrypoint
                | Keyword::Env
                | Keyword::Expose
                | Keyword::Healthcheck
                | Keyword::Label
                | Keyword::Maintainer
                | Keyword::Shell
                | Keyword::Stopsignal
                | Keyword::User
        ),
    }
}

/// What of a `RUN` sees nothing but manifests; `None` if its first command sees more.
fn pass(facts: &Facts, run: &Run, to: &str) -> Option<Passed> {
    let script = run.script.as_ref()?;
    let circumstances = facts.circumstances(run);
    let names = |name: &&str| {
        let value = circumstances.value(name);
        matches!(value, syntax::expand::Value::Set(value) if !value.is_empty())
    };
    let is_mounted = run.mounts.iter().any(|mount| {
        let target = mount.target.as_deref().and_then(|it| resolve(run.workdir(), it));
        let is_apart = target.is_some_and(|it| !is_within(&it, to) && !is_within(to, &it));
        match mount.kind {
            MountKind::Bind => true,
            MountKind::Cache | MountKind::Tmpfs => !is_apart,
            MountKind::Secret | MountKind::Ssh => false,
        }
    });
    if is_mounted || NAME_FILES.iter().any(names) || circumstances.start_files().is_some() {
        return None;
    }
    let workdir = facts.workdir_at(run.instruction).map(|it| it.path);
    let scene = Scene { workdir: workdir.as_deref(), to };
    let statements = &script.parsed.body.statements;
    let readings = Vec::new();
    let mut passed = Passed { instruction: run.instruction, cut: None, installs: false, readings };
    for statement in statements {
        if statement.terminator.is_some_and(|it| it.kind == TerminatorKind::Background) {
            return None;
        }
        for (number, pipeline) in operands(statement).enumerate() {
            let [command] = &pipeline.commands[..] else { return cut(statements, passed, number) };
            match sight(&script.parsed, command, scene) {
                Sight::Nothing => (),
                Sight::Packages => passed.installs = true,
                Sight::Manifests(tool, files) => {
                    passed.installs = true;
                    passed.readings.push(Reading {
                        tool,
                        at: script.source_span(command.span),
                        words: command.span.of(&script.parsed.text).to_owned(),
                        files,
                    });
                }
                Sight::Anything => return cut(statements, passed, number),
            }
        }
    }
    Some(passed)
}

/// The first commands of a single list of `&&`, none of which leaves anything in the shell.
fn cut(statements: &[Statement], passed: Passed, number: usize) -> Option<Passed> {
    let [statement] = statements else { return None };
    let only_and = statement.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
    let is_negated = operands(statement).any(|it| it.negated);
    (number > 0 && only_and && !is_negated).then_some(Passed { cut: Some(number), ..passed })
}

fn operands(statement: &Statement) -> impl Iterator<Item = &Pipeline> {
    super::program::pipelines(statement)
}

impl Later {
    /// Where instruction `index` is after it.
    pub(super) fn moved(&self, index: usize) -> usize {
        let before = self.manifests.iter().filter(|(before, _)| *before <= index).count();
        let all = self.manifests.len();
        match index {
            _ if index < self.copy => index,
            _ if index == self.copy => self.behind + all,
            _ if index <= self.behind => index - 1 + before,
            _ => index + all + usize::from(self.cut.is_some()),
        }
    }

    pub(super) fn describe(&self) -> Vec<String> {
        let copies = self.manifests.iter().map(|(_, text)| format!("adds `{text}`"));
        let place = match self.cut {
            Some(_) => "the copy of everything stands in the midst of a `RUN`, which becomes two",
            None => "the copy of everything stands behind what it does not concern",
        };
        copies.chain([place.to_owned()]).collect()
    }

    /// Checks what is declared against the facts of the old text alone.
    fn check(&self, facts: &Facts) -> Result<(), String> {
        let way = way(facts, self.copy).ok_or("it is no copy of the whole context")?;
        let end = way.passed.iter().position(|it| it.instruction == self.behind);
        let end = end.filter(|at| way.passed[*at].cut == self.cut);
        let passed = &way.passed[..=end.ok_or("a command sees what is copied")?];
        let first = self.manifests.iter().map(|(before, _)| *before).min();
        let stage = facts.stage_of(self.copy);
        // Manifests may be there already.
        let earlier = facts.arrivals().into_iter().any(|it| {
            let inside = it.to.is_some_and(|to| is_within(&to, &way.to));
            Some(it.stage) == stage && it.instruction < self.copy && inside
        });
        let reads = |it: &&Passed| !it.readings.is_empty() && !earlier;
        if passed.iter().filter(reads).any(|it| first.is_none_or(|first| first > it.instruction)) {
            return Err("manifests are copied behind what reads them".to_owned());
        }
        for (before, text) in &self.manifests {
            if !(self.copy + 1..=self.behind).contains(before) {
                return Err("manifests are copied elsewhere".to_owned());
            }
            self.is_part(facts, &way.to, *before, text)?;
        }
        Ok(())
    }

    /// Whether an instruction copies to the same places what the copy of everything copies, too.
    fn is_part(&self, facts: &Facts, to: &str, before: usize, text: &str) -> Result<(), String> {
        let other = || format!("`{text}` is no part of the copy of everything");
        let alone = format!("FROM scratch\n{text}\n");
        let file = syntax::parse(&alone).map_err(|_| other())?;
        let [_, own] = &file.instructions[..] else { return Err(other()) };
        let whole = &facts.file.instructions[self.copy];
        let flags = |it: &Instruction| -> Vec<(String, Option<String>)> {
            let value = |flag: &syntax::Flag| flag.value.as_ref().map(|it| it.text.to_string());
            it.flags.iter().map(|flag| (flag.name.text.to_string(), value(flag))).collect()
        };
        let Body::Copy { sources, destination, json: false } = &own.body else {
            return Err(other());
        };
        let workdir = facts.workdir_at(before).map(|it| it.path);
        let place = resolve(workdir.as_deref(), &destination.text);
        let is_same = |source: &syntax::Piece| {
            let path = source.text.trim_end_matches('/');
            let parts = path.split('/').all(|it| !matches!(it, "" | "." | ".."));
            let folder = match source.text.ends_with('/') {
                true => path,
                false => path.rsplit_once('/').map_or("", |(folder, _)| folder),
            };
            parts && !path.contains('$') && resolve(Some(to), folder) == place
        };
        let right = own.keyword == Keyword::Copy
            && flags(own) == flags(whole)
            && destination.text.ends_with('/')
            && sources.iter().all(is_same);
        if right { Ok(()) } else { Err(other()) }
    }

    /// Takes the copy out of the operations of the old text, and the commands that come behind it.
    pub(super) fn give(
        &self,
        facts: &Facts,
        slots: &mut [Option<Operation>],
    ) -> Result<(), String> {
        self.check(facts)?;
        slots.get_mut(self.copy).and_then(Option::take).ok_or("the copy is gone")?;
        let Some(cut) = self.cut else { return Ok(()) };
        let run = slots.get_mut(self.behind).and_then(Option::as_mut).ok_or("a command is gone")?;
        run.work = part(&run.work, 0, cut)?;
        Ok(())
    }

    /// The operations that come before instruction `index`.
    pub(super) fn operations<'a>(
        &self,
        index: usize,
        before: &[Operation<'a>],
    ) -> Result<Vec<Operation<'a>>, String> {
        let mut found = Vec::new();
        for (_, text) in self.manifests.iter().filter(|(before, _)| *before == index) {
            found.push(super::split::operation(text)?);
        }
        if index == self.behind + 1 {
            found.push(before[self.copy].clone());
            if let Some(cut) = self.cut {
                let run = &before[self.behind];
                found.push(Operation { work: part(&run.work, cut, usize::MAX)?, ..run.clone() });
            }
        }
        Ok(found)
    }
}

/// Commands `from` to `to` of a program that is a list of them.
fn part<'a>(work: &Work<'a>, from: usize, to: usize) -> Result<Work<'a>, String> {
    match work {
        Work::Program { script, edits, .. } if edits.is_empty() => {
            Ok(Work::Part { script: script.clone(), from, to })
        }
        _ => Err("what is taken apart is no program".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Difference, testing};
    use super::{Later, way};
    use crate::facts::Facts;
    use crate::syntax::parse;

    const BEFORE: &str = "FROM node:22\nWORKDIR /app\nCOPY --chown=1 . .\nENV A=b\n\
                          RUN npm ci && npm run build\nCMD [\"node\", \".\"]\n";

    const AFTER: &str = "FROM node:22\nWORKDIR /app\nENV A=b\n\
                         COPY --chown=1 package.json ./\nRUN npm ci\nCOPY --chown=1 . .\n\
                         RUN npm run build\nCMD [\"node\", \".\"]\n";

    fn later() -> Later {
        let manifests = vec![(4, "COPY --chown=1 package.json ./".to_owned())];
        Later { copy: 2, behind: 4, cut: Some(1), manifests }
    }

    fn checked(later: Later, before: &str, after: &str) -> Result<(), String> {
        testing::checked(Difference::CopyLater(later), before, after)
    }

    #[test]
    fn what_is_declared_is_what_is_there() {
        assert_eq!(checked(later(), BEFORE, AFTER), Ok(()));
        let lost = AFTER.replace("RUN npm run build\n", "");
        assert!(checked(later(), BEFORE, &lost).is_err());
        let other = AFTER.replace("RUN npm run build", "RUN npm run other");
        assert!(checked(later(), BEFORE, &other).is_err());
        let more = AFTER.replace("RUN npm ci\n", "RUN npm ci --omit=dev\n");
        assert!(checked(later(), BEFORE, &more).is_err());
    }

    #[test]
    fn only_a_part_of_the_copy_goes_first() {
        let refused = |text: &str| {
            let manifests = vec![(4, text.to_owned())];
            let after = AFTER.replace("COPY --chown=1 package.json ./", text);
            let error = checked(Later { manifests, ..later() }, BEFORE, &after).unwrap_err();
            assert!(error.contains("no part of the copy"), "{error}");
        };
        refused("COPY package.json ./");
        refused("COPY --chown=1 package.json /");
        refused("COPY --chown=1 ../package.json ./");
        refused("COPY --chown=1 web/package.json ./");
        refused("COPY --chown=1 package.json ./other");
        refused("ADD --chown=1 package.json ./");
    }

    #[test]
    fn manifests_come_before_what_reads_them() {
        let none = Later { manifests: Vec::new(), ..later() };
        let after = AFTER.replace("COPY --chown=1 package.json ./\n", "");
        assert!(checked(none, BEFORE, &after).unwrap_err().contains("behind what reads them"));
    }

    #[test]
    fn nothing_that_sees_the_sources_is_passed() {
        let passed = |rest: &str| {
            let text = format!("FROM node:22\nWORKDIR /app\nCOPY . .\n{rest}\n");
            let file = parse(&text).unwrap();
            way(&Facts::new(&file), 2).map_or(0, |way| way.passed.len())
        };
        assert_eq!(passed("RUN npm ci"), 1);
        assert_eq!(passed("RUN apt-get update\nENV A=b\nRUN pip install -r a.txt"), 2);
        assert_eq!(passed("RUN rm -rf /var/lib/apt/lists/* && mkdir -p /data"), 1);
        let sees = [
            "RUN npm ci --prefix web",
            "RUN npm install ./web",
            "RUN cd web && npm ci",
            "RUN npm ci > /app/log",
            "RUN rm -rf node_modules && npm ci",
            "RUN --mount=type=bind,target=/x npm ci",
            "RUN --mount=type=cache,target=/app/node_modules npm ci",
            "RUN pip install -e .",
            "RUN pip install ./wheels/a.whl",
            "RUN pip install -t lib -r a.txt",
            "RUN apt-get install -y ./a.deb",
            "RUN ./npm ci",
            "RUN $MANAGER install",
            "WORKDIR /app/web\nRUN npm ci",
            "VOLUME /app\nRUN npm ci",
            "COPY more .\nRUN npm ci",
            "COPY --from=node:20 /x /app/x\nRUN npm ci",
            "ENV BUNDLE_GEMFILE=other\nRUN bundle install",
        ];
        sees.iter().for_each(|rest| assert_eq!(passed(rest), 0, "{rest}"));
    }
}
