//! Jetty of its own image: <https://github.com/jetty/jetty.docker/blob/main/docker-entrypoint.sh>.

use super::super::super::Stop;
use super::super::super::case::Case;
use super::super::super::commands::Step;
use super::super::super::program::Program;
use super::Server;

pub(super) const NAME: &str = "Jetty";

const HOME: &str = "/usr/local/jetty";

/// Its settings and what it serves are in one folder, which the image sets up and the build changes.
const BASE: &str = "/var/lib/jetty";

const START: &str = "/usr/local/jetty/start.jar";

pub(super) const ENTRYPOINT: &str = "/docker-entrypoint.sh";

/// The Jetty that the container starts, if it does.
pub(super) fn found(case: &Case, program: &Program) -> Option<Server> {
    if case.repository() != "jetty" {
        return None;
    }
    let is_start =
        |it: &str| matches!(it, START | "$JETTY_HOME/start.jar" | "${JETTY_HOME}/start.jar");
    let starts = match &program.shell {
        Some(_) => program.words.get(2)?.split([' ', ';', '&', '(', '"']).any(is_start),
        None => program.words.iter().any(|it| it == START),
    };
    (starts || is_given(program)).then(|| Server {
        name: NAME,
        folder: HOME.to_owned(),
        served: BASE.to_owned(),
        is_of_image: true,
        starters: [ENTRYPOINT.to_owned()].into_iter().collect(),
        // It writes there how it is started.
        owner: Some("jetty:jetty"),
    })
}

/// Words that are no program are given to it by the entry point.
pub(super) fn is_given(program: &Program) -> bool {
    program.words.first().is_some_and(|it| it.starts_with("--"))
}

/// Whether a command that starts Java calls it.
pub(in super::super) fn is_called(case: &Case, words: &[Option<&str>]) -> bool {
    case.repository() == "jetty" && words.iter().flatten().any(|it| it.ends_with("start.jar"))
}

/// Modules are added to the folder in which it is called.
pub(super) fn configured(case: &Case, step: &Step, words: &[Option<&str>]) -> Result<(), Stop> {
    if is_called(case, words) && step.workdir.as_deref() == Some(BASE) {
        return Ok(());
    }
    let reason = format!("what `{}` changes in `{HOME}` and `{BASE}` is not known", step.text);
    Err(Stop { code: "unknown-command", at: step.at, reason })
}
