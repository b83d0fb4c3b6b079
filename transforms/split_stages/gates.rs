//! Stages that are not split, whatever they are built with.

use super::Stop;
use super::case::Case;
use super::commands::Work;
use crate::facts::{Base, Child, Origin, Part, Use, Way, is_within};
use crate::images::Family;
use crate::syntax::{Body, Keyword};

/// Base images, or parts of their names, of programs that run on a graphics processor.
const GPU: &[&str] = &["cuda", "nvidia", "pytorch", "rocm", "tensorflow"];

/// Nothing is known that only the whole image can do.
pub(super) fn are_open(case: &Case) -> Result<(), Stop> {
    if case.cx.facts.is_long() {
        return Err(case.stop("long-file", "the file has more than 32 KiB".to_owned()));
    }
    if case.cx.file.escape != '\\' {
        let reason = "another character than `\\` escapes line ends".to_owned();
        return Err(case.stop("escape", reason));
    }
    has_plain_base(case)?;
    nothing_is_built_on_it(case)?;
    nobody_works_in_it(case)?;
    let mut instructions = case.stage().instructions.clone();
    let trigger = |at: &usize| matches!(case.cx.file.instructions[*at].keyword, Keyword::Onbuild);
    match instructions.find(trigger) {
        Some(at) => {
            let reason = "`ONBUILD`: an image that is built on it needs it".to_owned();
            Err(Stop { code: "triggers", at: case.span(at), reason })
        }
        None => Ok(()),
    }
}

/// Files of the build context arrive: what runs is not all from elsewhere.
pub(super) fn sources_are_here(case: &Case) -> Result<(), Stop> {
    let own = case.arrivals.iter().filter(|it| it.origin == Origin::Context);
    match own.map(|it| it.paths.len()).sum::<usize>() {
        0 => {
            let reason = "no file of the build context is in it: what runs comes from elsewhere";
            Err(case.stop("sources-elsewhere", reason.to_owned()))
        }
        _ => Ok(()),
    }
}

/// Why what the program reads may not be known: a build that fetches sources.
pub(super) fn cloned(case: &Case) -> Option<String> {
    case.steps().iter().find_map(|step| match &step.work {
        Work::Program { name: "git", words, .. } if words.contains(&Some("clone")) => {
            Some(format!("what `{}` brings was not read", step.text))
        }
        _ => None,
    })
}

fn has_plain_base(case: &Case) -> Result<(), Stop> {
    let reference = match &case.stage().base {
        Base::Image(reference) => reference,
        Base::Unknown => {
            let reason = "the base image depends on a build argument".to_owned();
            return Err(case.stop("unknown-base", reason));
        }
        Base::Scratch | Base::Stage(_) => {
            let reason = "there is nothing that a build needs and the program does not".to_owned();
            return Err(case.stop("no-build", reason));
        }
    };
    let name = reference.to_ascii_lowercase();
    if GPU.iter().any(|part| name.contains(part)) {
        let reason = format!("`{reference}` is for programs that run on a graphics processor");
        return Err(case.stop("gpu", reason));
    }
    let from = &case.cx.file.instructions[case.stage().instructions.start];
    if from.flag("platform").is_some() {
        let reason =
            "`--platform` says for which system it is, and the new stage would need the same";
        return Err(case.stop("platform", reason.to_owned()));
    }
    let image = case.stage().image.as_deref();
    if image.is_some_and(|image| image.has_triggers) {
        let reason = format!("`{reference}` has triggers, which run more than the file says");
        return Err(case.stop("triggers", reason));
    }
    let distribution = image.and_then(|image| image.distribution.as_ref());
    match distribution.map(|it| it.family) {
        Some(Family::Windows) => Err(case.stop("windows", "it is an image for Windows".to_owned())),
        Some(Family::Distroless) => {
            let reason = "there is nothing that a build needs and the program does not".to_owned();
            Err(case.stop("no-build", reason))
        }
        _ => Ok(()),
    }
}

fn nothing_is_built_on_it(case: &Case) -> Result<(), Stop> {
    let children = &case.cx.facts.surroundings.children;
    let mut built =
        children.iter().filter(|child| case.cx.facts.may_make(&child.target, case.stage));
    match built.next() {
        None => Ok(()),
        Some(Child { name, part: Part::Stage(_), .. }) => {
            Err(case.stop("built-on", format!("`{name}` is built on it")))
        }
        Some(Child { name, .. }) => {
            Err(case.stop("copied-from", format!("`{name}` copies files out of it")))
        }
    }
}

fn nobody_works_in_it(case: &Case) -> Result<(), Stop> {
    let why = case.cx.facts.uses(case.stage).find_map(|Use { place, way, .. }| match way {
        Way::Workshop => {
            Some(("development", format!("{place} makes a container to develop in of it")))
        }
        Way::Synced(path) => {
            Some(("development", format!("{place} copies files to `{path}` while it runs")))
        }
        Way::Bound(path) if is_code(case, path) => Some((
            "development",
            format!("{place} mounts a folder of the host over `{path}`: it is there to develop in"),
        )),
        _ => None,
    });
    match why {
        None => Ok(()),
        Some((code, reason)) => Err(case.stop(code, reason)),
    }
}

/// Nothing runs in it but what the file says.
pub(super) fn only_its_command_runs(case: &Case) -> Result<(), Stop> {
    other_commands(case).next().map_or(Ok(()), |(place, words)| Err(other(case, place, words)))
}

/// What else runs in it, and where that is told.
pub(super) fn other_commands<'c>(case: &'c Case) -> impl Iterator<Item = (&'c str, &'c [String])> {
    case.cx.facts.uses(case.stage).filter_map(|Use { place, way, .. }| match way {
        Way::Command(words) if !says(case, words) => Some((place.as_str(), words.as_slice())),
        _ => None,
    })
}

/// Another command may need what only the whole image has.
pub(super) fn other(case: &Case, place: &str, words: &[String]) -> Stop {
    let reason = format!("{place} runs another command in it: `{}`", words.join(" "));
    case.stop("other-command", reason)
}

/// Whether a path holds the program, or is called as folders of sources are.
fn is_code(case: &Case, path: &str) -> bool {
    const SOURCES: &[&str] =
        &["app", "client", "cmd", "internal", "lib", "pkg", "server", "src", "web"];
    let Some(workdir) = case.stage().workdir() else { return true };
    let is_below = is_within(path, workdir) && SOURCES.contains(&crate::shell::command::base(path));
    is_within(workdir, path) || is_below
}

/// Whether a command is the one that the file says.
fn says(case: &Case, words: &[String]) -> bool {
    let said = case.stage().all(case.cx.file, Keyword::Cmd).last().copied();
    let Some(Body::Cmd(command)) = said.map(|at| &case.cx.file.instructions[at].body) else {
        return false;
    };
    match command {
        crate::syntax::Command::Exec(own) => {
            own.iter().map(|it| &*it.text).eq(words.iter().map(String::as_str))
        }
        crate::syntax::Command::Shell => {
            said.and_then(|at| case.cx.file.instructions[at].script()).is_some_and(|script| {
                script.text.split_whitespace().eq(words.iter().map(String::as_str))
            })
        }
    }
}
