//! Containers: started, looked at, stopped and removed with the command line that Docker and Podman share.

use super::client::{ANSWER, QUICK};
use super::{EngineError, Run};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// How a container is started.
#[derive(Debug, Clone, Default)]
pub struct StartOrder<'a> {
    pub image: &'a str,
    /// TCP ports of the container, each published on a free port of 127.0.0.1.
    pub ports: &'a [u16],
    /// In place of the image's `CMD`.
    pub arguments: &'a [&'a str],
}

/// A container of a [`Run`]. It is removed with its volumes when this value goes.
#[derive(Debug)]
pub struct Container<'r> {
    run: &'r Run<'r>,
    name: String,
}

/// What a container is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub running: bool,
    /// Of a container that has ended.
    pub exit_status: i32,
    /// `None` where there is no health check.
    pub health: Option<Health>,
}

/// What a health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Starting,
    Healthy,
    Unhealthy,
}

/// What a program has printed, the beginning of each stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// What was kept of both streams. Bytes that are no text are told by their numbers, so that others differ.
    pub fn of(stdout: &[u8], stderr: &[u8]) -> Self {
        let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // Where it was cut off, a character may be cut, too.
            Err(error) if error.error_len().is_none() => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            Err(_) => bytes.escape_ascii().to_string(),
        };
        Self { stdout: text(stdout), stderr: text(stderr) }
    }

    /// Whether there may have been more than was kept.
    pub fn is_cut(&self) -> bool {
        [&self.stdout, &self.stderr].iter().any(|it| it.len() >= ANSWER)
    }
}

/// How a container ended when it was asked to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    pub exit_status: i32,
    pub took: Duration,
    /// It did not end in time.
    pub killed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    #[serde(default)]
    running: bool,
    #[serde(default)]
    exit_code: i32,
    /// `Healthcheck` in Podman before 4.
    #[serde(alias = "Healthcheck")]
    health: Option<InspectedHealth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InspectedHealth {
    #[serde(default)]
    status: String,
}

/// Starts a container under a name that is registered already.
pub(super) fn start<'r>(
    run: &'r Run<'r>,
    name: String,
    order: &StartOrder<'_>,
) -> Result<Container<'r>, EngineError> {
    let client = run.engine().client();
    if !run.engine().runs_containers() {
        let what = "starting a container";
        return Err(EngineError::NotPossible { engine: client.name, what });
    }
    let label = run.label();
    // Programs print the name of their host, which else is another one each time.
    let mut words = vec!["run", "--detach", "--pull=never", "--hostname=jettison", "--name", &name];
    words.extend(["--label", &label]);
    let published: Vec<String> =
        order.ports.iter().map(|port| format!("--publish=127.0.0.1::{port}")).collect();
    words.extend(published.iter().map(String::as_str));
    words.push(order.image);
    words.extend(order.arguments);
    // A program that is not there is an error of this command, and the container is there all the same.
    let said = client.call(&words, QUICK);
    let container = Container { run, name: name.clone() };
    said.map(|_| container)
}

impl Container<'_> {
    /// The port of 127.0.0.1 at which a port of the container can be reached; `None` if it has ended.
    pub fn host_port(&self, port: u16) -> Result<Option<u16>, EngineError> {
        let said = self.client().ask(&["port", &self.name, &format!("{port}/tcp")], QUICK)?;
        let text = said.text();
        let first = text.lines().next().and_then(|line| line.rsplit_once(':'));
        Ok(first.and_then(|(_, port)| port.parse().ok()))
    }

    pub fn state(&self) -> Result<State, EngineError> {
        let words = ["inspect", "--type=container", "--format={{json .State}}", &self.name];
        let said = self.client().call(&words, QUICK)?;
        let inspected: Inspected = serde_json::from_slice(&said.stdout).map_err(|error| {
            let says = format!("its answer cannot be read: {error}");
            EngineError::Failed { command: "inspect".to_owned(), status: None, says }
        })?;
        let health = inspected.health.and_then(|health| match health.status.as_str() {
            "starting" => Some(Health::Starting),
            "healthy" => Some(Health::Healthy),
            "unhealthy" => Some(Health::Unhealthy),
            _ => None,
        });
        let Inspected { running, exit_code, .. } = inspected;
        Ok(State { running, exit_status: exit_code, health })
    }

    /// Has the health check run where the engine does not do that by itself.
    pub fn check_health(&self) {
        self.run.engine().check_health(&self.name);
    }

    /// What its program has printed so far.
    pub fn logs(&self) -> Result<Output, EngineError> {
        let said = self.client().call(&["logs", &self.name], QUICK)?;
        Ok(Output::of(&said.stdout, &said.stderr))
    }

    /// Sends the image's stop signal, SIGTERM if it names none, and kills it after `patience`.
    pub fn stop(&self, patience: Duration) -> Result<Stop, EngineError> {
        let seconds = patience.as_secs().to_string();
        let began = Instant::now();
        self.client().call(&["stop", "-t", &seconds, &self.name], patience + QUICK)?;
        let took = began.elapsed();
        let exit_status = self.state()?.exit_status;
        // 137 alone may also be the program's own doing.
        let killed = exit_status == 137 && took >= patience;
        Ok(Stop { exit_status, took, killed })
    }

    fn client(&self) -> &super::Client {
        self.run.engine().client()
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.run.remove_container(&self.name);
    }
}
