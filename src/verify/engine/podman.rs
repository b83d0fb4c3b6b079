//! Podman: the command line of Docker, with builds by Buildah and no daemon.

use super::build::{self, BuildOrder};
use super::client::{Client, QUICK};
use super::find::{CHECK, Found};
use super::{Engine, EngineError};
use std::path::Path;
use std::process::Command;

#[derive(Debug)]
pub(super) struct Podman {
    client: Client,
}

/// Asks it for its version; on other systems than Linux that also asks its virtual machine.
pub(super) fn check(found: Found<'_>) -> Result<Box<dyn Engine>, EngineError> {
    let mut client = found.client("podman");
    let said = client.ask(&["version", "--format", "{{.Client.Version}}"], CHECK)?;
    if !said.status.success() {
        let says = said.error_text();
        return Err(EngineError::Unusable(format!("podman cannot be used: {says}")));
    }
    client.version = said.text();
    Ok(Box::new(Podman { client }))
}

impl Engine for Podman {
    fn client(&self) -> &Client {
        &self.client
    }

    fn build_command(&self, order: &BuildOrder) -> Result<Command, EngineError> {
        Ok(build::by_buildah(&self.client, order))
    }

    fn save_command(&self, image: &str) -> Command {
        self.client.command(&["save", "--format=docker-archive", image])
    }

    fn check_health(&self, container: &str) {
        // Where there is a systemd, a timer of it does that; a second one would use up the retries.
        if !cfg!(target_os = "linux") || Path::new("/run/systemd/system").exists() {
            return;
        }
        // What it finds is in the state.
        let _ = self.client.ask(&["healthcheck", "run", container], QUICK);
    }
}
