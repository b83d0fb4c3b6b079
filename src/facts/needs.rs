//! Which files the commands of a Dockerfile need of its build context, where all of it is there.

use super::mounts::mount;
use super::sources::{bound, from_top};
use super::{Base, Facts, Origin, Run, is_within, resolve};
use crate::packages::{self, Needed};
use crate::shell::CommandKind;
use crate::shell::command::Invocation;
use crate::shell::visit::Context;
use crate::syntax::{Body, Keyword};

/// The folder in which a stage starts whose image is not known.
const SOMEWHERE: &str = "/";

/// All of the context lies in this folder of a stage.
struct Whole {
    instruction: usize,
    stage: usize,
    /// Absolute; from [`SOMEWHERE`] where `floating`.
    to: String,
    /// It is not known where it is, but where from.
    floating: bool,
}

impl Facts<'_> {
    /// Files that the `RUN`s need from the top of the build context, as far as their commands tell:
    /// `package.json` for `npm ci`, in the folder where it runs. Each once, in order.
    pub fn needs(&self) -> Vec<Needed> {
        let copies = self.whole_copies();
        let mut needs: Vec<Needed> = Vec::new();
        for run in &self.runs {
            let mounts = self.whole_mounts(run);
            let wholes = copies.iter().filter(|it| self.is_below(it, run)).chain(&mounts);
            let wholes: Vec<&Whole> = wholes.collect();
            if wholes.is_empty() {
                continue;
            }
            for (folder, command) in commands(run, &self.folder_of(run)) {
                let arguments: Vec<Option<&str>> = command.literals().collect();
                for needed in packages::needed(command.program, &arguments) {
                    let mut nearest = wholes.iter().rev();
                    needs.extend(nearest.find_map(|whole| whole.holds(&folder, &needed)));
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        needs.retain(|need| seen.insert(need.clone()));
        needs
    }

    fn whole_copies(&self) -> Vec<Whole> {
        let arrivals = self.arrivals().into_iter().filter(|it| it.origin == Origin::Context);
        let whole = arrivals.filter(|it| it.paths.iter().any(|path| path.as_deref() == Some("")));
        whole
            .filter_map(|it| {
                let (to, floating) = match it.to {
                    Some(to) => (to, false),
                    None => (self.floating(it.instruction)?, true),
                };
                Some(Whole { instruction: it.instruction, stage: it.stage, to, floating })
            })
            .collect()
    }

    /// Bind mounts of the whole context.
    fn whole_mounts(&self, run: &Run) -> Vec<Whole> {
        let flags = &self.file.instructions[run.instruction].flags;
        let mounts = flags.iter().filter(|flag| flag.name.text == "mount");
        let mounts = mounts.filter_map(|flag| Some(&*flag.value.as_ref()?.text));
        let whole = mounts.filter(|mount| bound(mount).is_some_and(|it| from_top(it).is_empty()));
        let start = self.folder_of(run);
        let target = |text: &str| {
            let target = mount(text).target.filter(|it| !it.contains('$'))?;
            let to = resolve(start.path.as_deref(), &target)?;
            let floating = start.floating && !target.starts_with('/');
            Some(Whole { instruction: run.instruction, stage: run.stage, to, floating })
        };
        whole.filter_map(target).collect()
    }

    /// Where a relative destination leads from [`SOMEWHERE`].
    fn floating(&self, instruction: usize) -> Option<String> {
        let Body::Copy { destination, .. } = &self.file.instructions[instruction].body else {
            return None;
        };
        let is_plain = !destination.text.starts_with('/') && !destination.text.contains('$');
        let somewhere = self.is_somewhere(instruction) && is_plain;
        somewhere.then(|| resolve(Some(SOMEWHERE), &destination.text))?
    }

    /// Whether an instruction is where the image of its stage starts, wherever that is.
    fn is_somewhere(&self, instruction: usize) -> bool {
        let Some(stage) = self.stage_of(instruction) else { return false };
        let stage = &self.stages[stage];
        let before = &self.file.instructions[stage.instructions.start..instruction];
        !matches!(stage.base, Base::Stage(_))
            && before.iter().all(|it| it.keyword != Keyword::Workdir)
            && self.workdir_at(instruction).is_none()
    }

    /// Where a `RUN` starts, and whether that is from [`SOMEWHERE`].
    fn folder_of(&self, run: &Run) -> Folder {
        match self.workdir_at(run.instruction) {
            Some(place) => Folder { path: Some(place.path), floating: false },
            None => {
                let floating = self.is_somewhere(run.instruction);
                Folder { path: floating.then(|| SOMEWHERE.to_owned()), floating }
            }
        }
    }

    /// Whether what `whole` brought is there for `run`.
    fn is_below(&self, whole: &Whole, run: &Run) -> bool {
        if whole.instruction > run.instruction {
            return false;
        }
        let mut at = run.stage;
        while at != whole.stage {
            let Base::Stage(base) = self.stages[at].base else { return false };
            at = base;
        }
        true
    }
}

/// Where a command runs.
#[derive(Debug, Clone)]
struct Folder {
    /// `None` if it is not known.
    path: Option<String>,
    floating: bool,
}

impl Folder {
    fn enter(&mut self, path: Option<&str>) {
        self.path = path.and_then(|path| resolve(self.path.as_deref(), path));
        self.floating &= !path.is_some_and(|it| it.starts_with('/'));
    }
}

/// The commands of a `RUN`, and where each runs.
fn commands<'r>(run: &'r Run, start: &Folder) -> Vec<(Folder, Invocation<'r>)> {
    let Some(script) = run.script.as_ref().map(|script| &script.parsed) else { return Vec::new() };
    let mut at = start.clone();
    // Ends of subshells that are open, and where the shell was before them.
    let mut outside: Vec<(usize, Folder)> = Vec::new();
    let mut fetched = false;
    let mut found = Vec::new();
    script.visit(&mut |command, context| {
        while let Some((_, folder)) = outside.pop_if(|(end, _)| *end <= command.span.start) {
            at = folder;
        }
        if matches!(command.kind, CommandKind::Subshell(_)) {
            outside.push((command.span.end, at.clone()));
        }
        let CommandKind::Simple(simple) = &command.kind else { return };
        if context.substitution || context.function {
            return;
        }
        let Some(invocation) = script.invocation(simple) else { return };
        match invocation.program {
            "cd" | "pushd" => {
                let to = invocation.literals().next().flatten().filter(|it| !it.starts_with('-'));
                // What was fetched is not of the context.
                at.enter(to.filter(|_| is_certain(context) && !fetched));
            }
            "popd" => at.enter(None),
            _ => {
                fetched |= fetches(invocation.program);
                found.push((at.clone(), invocation));
            }
        }
    });
    found
}

/// Whether what stands after it in the script comes after it, too.
fn is_certain(context: Context) -> bool {
    !context.condition && !context.branch && !context.repeated && !context.after_or
}

fn fetches(program: &str) -> bool {
    const PROGRAMS: &[&str] =
        &["aria2c", "bsdtar", "curl", "git", "hg", "svn", "tar", "unzip", "wget"];
    PROGRAMS.contains(&program)
}

impl Whole {
    /// The same from the top of the context; `None` where it is elsewhere.
    fn holds(&self, at: &Folder, needed: &Needed) -> Option<Needed> {
        let mut found = Needed { any_of: Vec::new(), or_above: false, folder: String::new() };
        for name in &needed.any_of {
            let from = at.path.as_deref().filter(|_| at.floating == self.floating);
            let path = resolve(from, name).filter(|_| !(self.floating && name.starts_with('/')))?;
            let path = path.strip_prefix(&self.to).filter(|_| is_within(&path, &self.to))?;
            let path = path.trim_start_matches('/');
            found.any_of.push(path.to_owned());
            if let (true, Some((folder, file))) = (needed.or_above, path.rsplit_once('/')) {
                found.folder = folder.to_owned();
                let folders = folder.match_indices('/').rev().map(|(end, _)| &folder[..end]);
                found.any_of.extend(folders.map(|folder| format!("{folder}/{file}")));
                found.any_of.push(file.to_owned());
            }
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    fn needs(text: &str) -> Vec<String> {
        let file = parse(text).unwrap();
        let needs = Facts::new(&file).needs().into_iter();
        let shown = |it: Needed| match it.folder.as_str() {
            "" => it.any_of.join("|"),
            folder => format!("{folder}: {}", it.any_of.join("|")),
        };
        needs.map(shown).collect()
    }

    #[test]
    fn commands_need_files_where_they_run() {
        assert_eq!(needs("FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"), ["package.json"]);
        assert_eq!(
            needs("FROM x/y\nCOPY . .\nRUN pip install -r a.txt .\n"),
            ["a.txt", "pyproject.toml|setup.py"]
        );
        assert_eq!(
            needs("FROM node\nCOPY . /app\nRUN pip install /app\n"),
            ["pyproject.toml|setup.py"]
        );
        assert_eq!(
            needs(
                "FROM node\nCOPY . /app\nWORKDIR /app/web\nRUN npm ci && cd ../api && cargo build\n"
            ),
            ["web: web/package.json|package.json", "api: api/Cargo.toml|Cargo.toml"]
        );
        assert_eq!(
            needs(
                "FROM a AS b\nWORKDIR /s\nCOPY . .\nFROM b\nRUN (cd x && mvn package) && mvn package\n"
            ),
            ["x/pom.xml", "pom.xml"]
        );
    }

    #[test]
    fn a_bind_mount_is_there_for_its_run() {
        let run = "RUN --mount=type=bind,target=. --mount=type=cache,target=/c";
        assert_eq!(needs(&format!("FROM go\nWORKDIR /src\n{run} go build\n")), ["go.mod"]);
        assert_eq!(
            needs(&format!("FROM x/y\n{run} npm ci\nRUN pip install .\n")),
            ["package.json"]
        );
        let elsewhere = "RUN --mount=type=bind,source=sub,target=. --mount=from=a,target=/b npm ci";
        assert!(needs(&format!("FROM node\nWORKDIR /src\n{elsewhere}\n")).is_empty());
    }

    #[test]
    fn what_is_not_of_the_context_is_not_needed() {
        for text in [
            "FROM node\nWORKDIR /app\nRUN npm ci\nCOPY . .\n",
            "FROM node\nCOPY . /app\nWORKDIR /application\nRUN npm ci\n",
            "FROM node\nWORKDIR /app\nCOPY . .\nFROM node\nRUN npm ci\n",
            "FROM node\nCOPY . /app\nWORKDIR /other\nRUN npm ci\n",
            "FROM node\nCOPY . /app\nRUN git clone x y && cd y && npm ci\n",
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN cd $X && npm ci\n",
            "FROM node\nWORKDIR /app\nCOPY . .\nRUN pip install -r /tmp/a.txt\n",
            "FROM x/y\nCOPY . .\nWORKDIR /z\nRUN npm ci\n",
            "FROM x/y\nCOPY . .\nRUN cd /z && npm ci\n",
        ] {
            assert!(needs(text).is_empty(), "{text}: {:?}", needs(text));
        }
    }
}
