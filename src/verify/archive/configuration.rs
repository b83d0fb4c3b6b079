//! The configuration of an image, as `docker inspect` shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::Error;
use super::manifest::json;

/// What an image says of how it is run. What is not set is empty; the engine knows no difference either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// `NAME=VALUE`, in its order.
    pub env: Vec<String>,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    pub user: String,
    pub working_dir: String,
    /// With the protocol: `80/tcp`.
    pub exposed_ports: BTreeSet<String>,
    pub volumes: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: String,
    pub healthcheck: Option<Healthcheck>,
    pub shell: Vec<String>,
    pub on_build: Vec<String>,
    pub architecture: String,
    pub variant: String,
    pub os: String,
    /// `sha256:…` of each unpacked layer, the lowest first.
    pub diff_ids: Vec<String>,
    pub history: Vec<History>,
}

/// Durations are nanoseconds; 0 is the engine's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Healthcheck {
    /// `["NONE"]`, or `CMD` or `CMD-SHELL` with a command.
    #[serde(deserialize_with = "or_null")]
    pub test: Vec<String>,
    pub interval: i64,
    pub timeout: i64,
    pub start_period: i64,
    pub start_interval: i64,
    pub retries: i64,
}

/// One instruction, as the builder wrote it down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct History {
    #[serde(deserialize_with = "or_null")]
    pub created_by: String,
    /// Whether it made no layer.
    pub empty_layer: bool,
}

impl Configuration {
    /// Reads the JSON of a configuration, of Docker or of OCI.
    pub fn read(text: &[u8]) -> Result<Self, Error> {
        let document: Document = json(text, "the image's configuration")?;
        let run = document.config;
        Ok(Self {
            env: run.env,
            entrypoint: run.entrypoint,
            cmd: run.cmd,
            user: run.user,
            working_dir: run.working_dir,
            exposed_ports: run.exposed_ports.into_keys().collect(),
            volumes: run.volumes.into_keys().collect(),
            labels: run.labels,
            stop_signal: run.stop_signal,
            healthcheck: run
                .healthcheck
                .filter(|it| !it.test.is_empty() || *it != Healthcheck::default()),
            shell: run.shell,
            on_build: run.on_build,
            architecture: document.architecture,
            variant: document.variant,
            os: document.os,
            diff_ids: document.rootfs.diff_ids,
            history: document.history,
        })
    }

    /// The value of a variable; of one that is set twice the last counts.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let mut values = self.env.iter().filter_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        values.next_back()
    }

    /// For each layer the instruction that made it, where the history fits the layers.
    pub fn layer_instructions(&self) -> Vec<Option<&str>> {
        let made = self.history.iter().filter(|it| !it.empty_layer);
        let made: Vec<Option<&str>> = made.map(|it| Some(it.created_by.as_str())).collect();
        if made.len() == self.diff_ids.len() { made } else { vec![None; self.diff_ids.len()] }
    }

    /// Whether this is for a platform such as `linux/amd64` or `linux/arm/v7`.
    pub(super) fn is_for(&self, platform: &str) -> bool {
        let mut parts = platform.split('/');
        let same = parts.next() == Some(self.os.as_str())
            && parts.next() == Some(self.architecture.as_str());
        // `arm64` and `arm64/v8` are the same.
        same && parts.next().is_none_or(|it| self.variant.is_empty() || it == self.variant)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    #[serde(deserialize_with = "or_null")]
    architecture: String,
    #[serde(deserialize_with = "or_null")]
    variant: String,
    #[serde(deserialize_with = "or_null")]
    os: String,
    #[serde(deserialize_with = "or_null")]
    config: Run,
    #[serde(deserialize_with = "or_null")]
    rootfs: Rootfs,
    #[serde(deserialize_with = "or_null")]
    history: Vec<History>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rootfs {
    #[serde(deserialize_with = "or_null")]
    diff_ids: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Run {
    #[serde(deserialize_with = "or_null")]
    env: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    entrypoint: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    cmd: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    user: String,
    #[serde(deserialize_with = "or_null")]
    working_dir: String,
    #[serde(deserialize_with = "or_null")]
    exposed_ports: BTreeMap<String, IgnoredAny>,
    #[serde(deserialize_with = "or_null")]
    volumes: BTreeMap<String, IgnoredAny>,
    #[serde(deserialize_with = "or_null")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_null")]
    stop_signal: String,
    healthcheck: Option<Healthcheck>,
    #[serde(deserialize_with = "or_null")]
    shell: Vec<String>,
    #[serde(deserialize_with = "or_null")]
    on_build: Vec<String>,
}

/// Go writes `null` for what is empty.
fn or_null<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
