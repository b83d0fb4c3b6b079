//! The program that is called for an engine.

use super::EngineError;
use super::process::{self, Cancel, Limit, Said};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// For what is answered at once by a daemon that is well.
pub(super) const QUICK: Duration = Duration::from_secs(60);
/// What is kept of an answer.
pub const ANSWER: usize = 4 << 20;

/// The program of an engine, with what was found out about it.
#[derive(Debug, Clone)]
pub struct Client {
    /// `docker`, `podman` or `buildah`.
    pub name: &'static str,
    pub program: PathBuf,
    pub version: String,
    /// Whether a port that a container publishes on 127.0.0.1 can be reached from here: not where
    /// the daemon is on another machine.
    pub reaches_ports: bool,
    /// Which of its daemons it talks to, where it can have several.
    pub endpoint: String,
    pub cancel: Cancel,
}

impl Client {
    /// Where its images are.
    pub(super) fn place(&self) -> String {
        format!("{} {}\n", self.name, self.endpoint)
    }

    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words);
        command
    }

    /// Calls it, and takes another exit status than 0 as an answer.
    pub(super) fn ask(&self, words: &[&str], time: Duration) -> Result<Said, EngineError> {
        let limit = Limit { time, cancel: self.cancel.clone() };
        process::call(&mut self.command(words), &limit, ANSWER)
    }

    /// Calls it; any exit status but 0 is an error.
    pub(super) fn call(&self, words: &[&str], time: Duration) -> Result<Said, EngineError> {
        let said = self.ask(words, time)?;
        if said.status.success() {
            return Ok(said);
        }
        Err(EngineError::failed(&self.command(words), said.status.code(), &said.error_text()))
    }

    /// Calls it also after an interrupt: to remove what was made.
    pub(super) fn clean(&self, words: &[&str]) -> Result<Said, EngineError> {
        Self { cancel: Cancel::default(), ..self.clone() }.call(words, QUICK)
    }
}

/// Adds `flag` with each of `values`.
pub(super) fn flags<V: AsRef<OsStr>>(
    command: &mut Command,
    flag: &str,
    values: impl IntoIterator<Item = V>,
) {
    for value in values {
        command.arg(flag).arg(value);
    }
}
