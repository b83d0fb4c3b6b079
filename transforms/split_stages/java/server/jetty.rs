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

const ENTRYPOINT: &str = "/docker-entrypoint.sh";

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
    // Words that are no program are given to it by the entry point.
    let is_given = program.words.first().is_some_and(|it| it.starts_with("--"));
    (starts || is_given).then(|| Server {
        name: NAME,
        folder: HOME.to_owned(),
        served: BASE.to_owned(),
        is_of_image: true,
        starters: [ENTRYPOINT.to_owned()].into_iter().collect(),
        // It writes there how it is started.
        owner: Some("jetty:jetty"),
    })
}

/// Modules are added to the folder in which it is called.
pub(super) fn configured(step: &Step, words: &[Option<&str>]) -> Result<(), Stop> {
    let is_jetty = words.iter().flatten().any(|it| it.ends_with("start.jar"));
    if is_jetty && step.workdir.as_deref() == Some(BASE) {
        return Ok(());
    }
    let reason = format!("what `{}` changes in `{HOME}` and `{BASE}` is not known", step.text);
    Err(Stop { code: "unknown-command", at: step.at, reason })
}
