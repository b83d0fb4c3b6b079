//! Buildah: builds images, and starts no containers.

use super::build::{self, BuildOrder};
use super::client::Client;
use super::find::{CHECK, Found};
use super::{Engine, EngineError};
use std::process::Command;

#[derive(Debug)]
pub(super) struct Buildah {
    client: Client,
}

/// Asks it for its version: `buildah version 1.28.2 (image-spec …)`.
pub(super) fn check(found: Found<'_>) -> Result<Box<dyn Engine>, EngineError> {
    let mut client = found.client("buildah");
    let said = client.ask(&["--version"], CHECK)?;
    if !said.status.success() {
        let says = said.error_text();
        return Err(EngineError::Unusable(format!("buildah cannot be used: {says}")));
    }
    client.version = said.text().split(' ').nth(2).unwrap_or_default().to_owned();
    Ok(Box::new(Buildah { client }))
}

impl Engine for Buildah {
    fn client(&self) -> &Client {
        &self.client
    }

    fn build_command(&self, order: &BuildOrder) -> Result<Command, EngineError> {
        Ok(build::by_buildah(&self.client, order))
    }

    fn save_command(&self, image: &str) -> Command {
        self.client.command(&["push", "--quiet", image, "docker-archive:/dev/stdout"])
    }

    fn runs_containers(&self) -> bool {
        false
    }
}
