//! Docker with BuildKit.

use super::build::{self, BuildOrder};
use super::client::Client;
use super::find::{CHECK, Found};
use super::{Engine, EngineError};
use std::ffi::OsString;
use std::process::Command;

/// From this version on the program has no BuildKit of its own.
const NEEDS_BUILDX: u32 = 23;

/// `docker`, with `DOCKER_HOST`, `DOCKER_CONTEXT` and `DOCKER_CONFIG` as they are set.
#[derive(Debug)]
pub(super) struct Docker {
    client: Client,
    buildx: bool,
}

/// Asks the daemon and BuildKit whether they are there.
pub(super) fn check(found: Found<'_>) -> Result<Box<dyn Engine>, EngineError> {
    let mut client = found.client("docker");
    let unusable = |what: String| EngineError::Unusable(what);
    let said =
        client.ask(&["version", "--format", "{{.Client.Version}} {{.Server.Version}}"], CHECK);
    let said = said.map_err(|error| match error {
        EngineError::TimedOut { .. } => {
            unusable(format!("the Docker daemon does not answer ({error}); {START}"))
        }
        other => other,
    })?;
    if !said.status.success() {
        return Err(unusable(format!("{}; {START}", said.error_text())));
    }
    client.version = said.text().split(' ').next().unwrap_or_default().to_owned();
    let major = client.version.split('.').next().and_then(|it| it.parse::<u32>().ok());
    let buildx = client.ask(&["buildx", "version"], CHECK)?.status.success();
    if !buildx && major.is_none_or(|major| major >= NEEDS_BUILDX) {
        return Err(unusable(BUILDX.to_owned()));
    }
    let format = "--format={{.Endpoints.docker.Host}}";
    client.endpoint = client.ask(&["context", "inspect", format], CHECK)?.text();
    client.reaches_ports = is_local(&client.endpoint);
    Ok(Box::new(Docker { client, buildx }))
}

const START: &str = "start the daemon, set `DOCKER_HOST` or `DOCKER_CONTEXT`, or choose another engine \
                     with `--engine`";
const BUILDX: &str = "this Docker has no BuildKit: `docker buildx version` fails; install the buildx \
                      plugin (package `docker-buildx-plugin` or `docker-buildx`)";

/// Whether the daemon is on this machine.
fn is_local(endpoint: &str) -> bool {
    let (scheme, address) = endpoint.split_once("://").unwrap_or(("unix", endpoint));
    let name = address.rsplit_once(':').map_or(address, |(name, _)| name);
    match scheme {
        "tcp" | "http" | "https" => ["localhost", "127.0.0.1", "[::1]"].contains(&name),
        other => other != "ssh",
    }
}

impl Engine for Docker {
    fn client(&self) -> &Client {
        &self.client
    }

    fn build_command(&self, order: &BuildOrder) -> Result<Command, EngineError> {
        // It has no flag for it: BuildKit looks for a file of this name first.
        let mut beside = OsString::from(&order.dockerfile);
        beside.push(".dockerignore");
        if order.ignore_file.as_ref().is_some_and(|file| *file != beside) {
            let place = beside.display();
            return Err(EngineError::Unusable(format!(
                "docker reads ignore patterns from {place} only"
            )));
        }
        let mut command = self.client.command(&["build", "--progress=plain"]);
        // A builder in a container of its own keeps the image to itself otherwise.
        if self.buildx {
            command.arg("--load");
        }
        build::common_flags(&mut command, order);
        // An attestation is no part of what is compared, and holds the time of the build.
        command.env("DOCKER_BUILDKIT", "1").env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");
        command.env("DOCKER_CLI_HINTS", "false").arg(&order.context);
        Ok(command)
    }

    fn save_command(&self, image: &str) -> Command {
        self.client.command(&["save", image])
    }
}
