//! What the `RUN`s of a build make besides its own work, and which of it the container starts.

use super::Stop;
use super::case::{Case, Taken};
use super::commands::{Step, Work};
use super::plan::{Copied, Plan, Start};
use super::program::Program;
use super::{needs, scripts};
use crate::facts::{SEARCH_PATH, is_within, resolve};
use crate::shell::command::{base, is_shell};
use std::collections::BTreeSet;

/// What a build makes.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    /// Programs, by their absolute paths.
    pub(super) programs: Vec<String>,
    /// Those of them whose sources are not of the build context.
    pub(super) foreign: BTreeSet<String>,
    /// Whatever else may be needed when the program runs.
    pub(super) others: Vec<Copied>,
}

/// What the container starts, as the run-time stage has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Started {
    pub(super) copies: Vec<Copied>,
    /// Why a shell is needed.
    pub(super) shell: Option<String>,
    /// Why it has to be Bash.
    pub(super) bash: Option<String>,
}

/// Settings of package managers, and of shells that people start.
const SETTINGS: &[&str] = &[
    "/etc/apk",
    "/etc/apt",
    "/etc/bash.bashrc",
    "/etc/dnf",
    "/etc/dpkg",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/yum.repos.d",
    "/root/.bashrc",
    "/root/.gitconfig",
    "/root/.netrc",
    "/root/.profile",
    "/root/.ssh",
];

impl Started {
    /// What starts it has to be in the run-time stage.
    pub(super) fn shell(&self, case: &Case, plan: &mut Plan) {
        plan.ground.shell.clone_from(&self.shell);
        if let Some(why) = &self.bash {
            needs::add(case, "bash", why.clone(), plan);
        }
    }

    /// `ENTRYPOINT` and `CMD`; `None` where they stay as they are.
    pub(super) fn start(&self, program: &Program) -> Option<Start> {
        program.changed.then(|| program.start(&program.words))
    }
}

impl Made {
    /// Folders in which commands of the build run.
    pub(super) fn workdirs(&self, case: &Case) -> Vec<String> {
        let mut all: Vec<String> =
            case.steps().iter().filter_map(|step| step.workdir.clone()).collect();
        all.extend(case.stage().workdir().map(str::to_owned));
        all.retain(|path| path != "/");
        all
    }

    /// The program that a word of a command line means.
    pub(super) fn program(&self, case: &Case, word: &str, path: &[&str]) -> Option<&String> {
        if word.contains('/') {
            let at = resolve(case.stage().workdir(), word)?;
            return self.programs.iter().rfind(|it| **it == at);
        }
        let folders = path.iter().chain(SEARCH_PATH);
        let mut found = folders.filter_map(|folder| {
            self.programs.iter().rfind(|it| it.rsplit_once('/') == Some((folder, word)))
        });
        found.next()
    }
}

/// Takes note of a command that is not about the stack.
pub(super) fn other(case: &Case, step: &Step, made: &mut Made) -> Result<(), Stop> {
    let unknown = |reason: String| Err(Stop { code: "unknown-command", at: step.at, reason });
    let (name, words) = match &step.work {
        Work::Nothing | Work::Packages(_) => return Ok(()),
        // What package managers and shells of people read.
        Work::Writes(path) if SETTINGS.iter().any(|it| is_within(path, it)) => return Ok(()),
        // What is needed later nobody keeps there.
        Work::Writes(path) if is_within(path, "/tmp") => return Ok(()),
        Work::Writes(path) => {
            made.others.push(Copied::file(path, format!("`{}` writes it", step.text)));
            return Ok(());
        }
        Work::Takes(taken) => {
            takes(taken, made);
            return Ok(());
        }
        Work::Unknown => return unknown(format!("`{}` cannot be read", step.text)),
        Work::Program { name, words, .. } => (*name, words),
    };
    let operands: Option<Vec<&str>> =
        words.iter().filter(|word| !word.is_some_and(|it| it.starts_with('-'))).copied().collect();
    let place = |word: &str| resolve(step.workdir.as_deref(), word);
    match (name, operands.as_deref()) {
        ("addgroup" | "adduser" | "groupadd" | "useradd" | "usermod" | "chmod" | "chown", _)
        | ("apt-key" | "add-apt-repository" | "update-ca-certificates" | "ldconfig", _) => Ok(()),
        ("mkdir" | "touch", Some(paths)) => {
            let kept = paths.iter().filter_map(|path| place(path));
            let dirs = made.workdirs(case);
            // One in which commands run is there for the build, and another one may be written to later.
            let is_kept = |path: &String| {
                let is_worked_in = dirs.iter().any(|it| is_within(it, path));
                let is_removed =
                    |it: &Step| it.text.starts_with("rm ") && it.text.contains(base(path));
                let is_gone = case.steps().iter().any(is_removed);
                let is_passing = ["/tmp", "/go"].iter().any(|it| is_within(path, it));
                !is_worked_in && !is_gone && !is_passing
            };
            let because = format!("`{}` makes it", step.text);
            let copied =
                |it: String| Copied { is_folder: name == "mkdir", ..Copied::file(&it, &*because) };
            made.others.extend(kept.filter(is_kept).map(copied));
            Ok(())
        }
        // A database out of a script.
        ("sqlite3", Some([path, ..])) if words[0] == Some(path) && !path.starts_with(':') => {
            let Some(path) = place(path) else {
                return unknown(format!("where `{}` puts it is not known", step.text));
            };
            made.others.push(Copied::file(&path, format!("`{}` makes it", step.text)));
            Ok(())
        }
        ("cp" | "ln", Some([.., "/etc/localtime"])) => {
            made.others.push(Copied::file("/etc/localtime", "the time zone that the file sets"));
            Ok(())
        }
        ("cp" | "mv" | "install" | "ln", Some([sources @ .., target])) if !sources.is_empty() => {
            let Some(to) = place(target) else {
                return unknown(format!("where `{}` puts it is not known", step.text));
            };
            for source in sources {
                let from = place(source).unwrap_or_default();
                let is_folder = target.ends_with(['/', '.'])
                    || sources.len() > 1
                    || SEARCH_PATH.contains(&to.as_str())
                    || to == "/go/bin"
                    || made.workdirs(case).contains(&to);
                let path = match is_folder {
                    true => format!("{}/{}", to.trim_end_matches('/'), base(&from)),
                    false => to.clone(),
                };
                if !made.programs.contains(&from) {
                    let Ok(Some(of_context)) = case.source(&from) else {
                        return unknown(format!("what `{}` makes is not known", step.text));
                    };
                    let is_folder = !case.below(&of_context)?.is_empty();
                    let because = format!("`{}` makes it", step.text);
                    made.others.push(Copied { is_folder, ..Copied::file(&path, because) });
                    continue;
                }
                if made.foreign.contains(&from) {
                    made.foreign.insert(path.clone());
                }
                made.programs.push(path);
            }
            Ok(())
        }
        _ => unknown(format!("what `{}` makes is not known", step.text)),
    }
}

/// Programs of another stage are where they are taken to.
fn takes(taken: &Taken, made: &mut Made) {
    for from in made.programs.clone() {
        let Some(to) = taken.place(&from) else { continue };
        if made.foreign.contains(&from) {
            made.foreign.insert(to.clone());
        }
        made.programs.push(to);
    }
}

/// Looks for what the container starts among what the build makes, and what it copies out of the context.
pub(super) fn find(
    case: &Case,
    program: &Program,
    made: &Made,
    path: &[&str],
) -> Result<Started, Stop> {
    let started = looked_for(case, program, made, path)?;
    if !started.copies.iter().any(|it| it.because == "the program") {
        let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
        let text = program.words.join(" ");
        let reason = format!("`{text}` starts nothing that the build is known to make");
        return Err(Stop { code: "unknown-program", at, reason });
    }
    Ok(started)
}

fn looked_for(case: &Case, program: &Program, made: &Made, path: &[&str]) -> Result<Started, Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let mut started = Started::default();
    if let (Some(why), Some(script)) = (&program.shell, program.words.get(2)) {
        started.shell = Some(why.clone());
        if base(&program.words[0]) == "bash" {
            started.bash = Some(format!("`{}` starts it", program.words[0]));
        }
        scripts::read(case, script, made, path, &mut started, at)?;
        return Ok(started);
    }
    let word = &program.words[0];
    let text = program.words.join(" ");
    if let Some(found) = made.program(case, word, path) {
        if made.foreign.contains(found) {
            let reason = format!("the sources of `{}` are not in the build context", base(found));
            return Err(Stop { code: "sources-elsewhere", at, reason });
        }
        started.copies.push(program_on_path(found, word));
        return Ok(started);
    }
    let (script, rest) = match is_shell(base(word)) {
        true => (program.words.get(1).filter(|it| !it.starts_with('-')), &program.words[1..]),
        false => (Some(word), &program.words[..]),
    };
    let found = script.and_then(|it| script_of(case, it, is_shell(base(word))));
    let Some((place, source)) = found else {
        let reason = format!("`{text}` is not among what the build is known to make");
        return Err(Stop { code: "unknown-program", at, reason });
    };
    let body = case.text(&source).filter(|it| {
        it.starts_with("#!") && it.lines().next().is_some_and(|it| it.contains("sh"))
            || is_shell(base(word))
    });
    let Some(body) = body else {
        let reason = format!("`{source}`, which it starts, is no shell script that can be read");
        return Err(Stop { code: "unknown-program", at, reason });
    };
    started.shell = Some(format!("`{source}` is a shell script"));
    let names_bash =
        body.lines().next().is_some_and(|it| it.starts_with("#!") && it.contains("bash"));
    if names_bash || base(word) == "bash" {
        started.bash = Some(format!("`{source}` is a script of Bash"));
    }
    started.copies.push(Copied::file(&place, "it starts the program"));
    scripts::read(case, &body, made, path, &mut started, at)?;
    if rest.len() == 1 && scripts::needs_words(&body) {
        let reason = format!("what `{source}` starts is said only where the image is run");
        return Err(Stop { code: "no-command", at, reason });
    }
    // `exec "$@"` starts the words behind it.
    if let (true, Some(next)) = (scripts::starts_words(&body), rest.get(1)) {
        match made.program(case, next, path) {
            Some(found) => started.copies.push(program_on_path(found, next)),
            None if next.starts_with('-') => (),
            None => {
                let reason = format!("`{next}` is not among what the build is known to make");
                return Err(Stop { code: "unknown-program", at, reason });
            }
        }
    }
    Ok(started)
}

/// Where a script of the context is, and its path there. A shell looks for it where it works, all else on the
/// path if it is called by its name alone.
pub(super) fn script_of(case: &Case, word: &str, by_shell: bool) -> Option<(String, String)> {
    let at = |place: String| {
        let source = case.source(&place).ok().flatten()?;
        Some((place, source))
    };
    if by_shell || word.contains('/') {
        return at(resolve(case.stage().workdir(), word)?);
    }
    let found = SEARCH_PATH.iter().find_map(|folder| at(format!("{folder}/{word}")));
    found.or_else(|| at(resolve(case.stage().workdir(), word)?))
}

/// A program that is called by its name is found where every image looks; it then sees the same name of its own.
pub(super) fn program_on_path(found: &str, word: &str) -> Copied {
    let folder = found.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut copied = Copied::file(found, "the program");
    if !word.contains('/') && !SEARCH_PATH.contains(&folder) {
        copied.to = format!("/usr/local/bin/{}", base(found));
    }
    copied
}
