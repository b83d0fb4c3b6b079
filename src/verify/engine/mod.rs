//! Builds, saves and runs images with the user's own engine.
//!
//! It knows what the programs `docker`, `podman` and `buildah` are told and how they answer; it does
//! not know what the images are compared for. Each engine is one file of command lines; what is done
//! with them is the same for all.

mod build;
mod buildah;
mod client;
mod container;
mod docker;
mod failure;
mod find;
mod log;
mod podman;
pub(in crate::verify) mod process;
mod run;
mod save;
mod scan;
#[cfg(all(test, target_os = "linux"))]
mod tests;

pub use build::{BuildFailure, BuildOrder, Built, Cause};
pub use client::{ANSWER, Client};
pub use container::{Container, Health, Output, StartOrder, State, Stop};
pub use find::find;
pub use process::Cancel;
pub use run::{LABEL, Run, Swept, sweep};
pub use save::Saved;
pub use scan::{Scanner, Vulnerabilities};

use std::fmt;
use std::process::Command;
use std::time::Duration;

/// A program that builds images. It is the command lines that differ from engine to engine; what
/// can be done with one is in [`Run`].
pub trait Engine: fmt::Debug + Send + Sync {
    /// The program that is called.
    fn client(&self) -> &Client;

    /// What builds an image. Its output is the log.
    fn build_command(&self, order: &BuildOrder) -> Result<Command, EngineError>;

    /// What writes an image as an archive to its standard output.
    fn save_command(&self, image: &str) -> Command;

    /// Whether it can start containers.
    fn runs_containers(&self) -> bool {
        true
    }

    /// Asks a container's health check to run now, where the engine itself does not see to that.
    fn check_health(&self, _container: &str) {}
}

/// Why an engine did not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineError {
    /// There is none; what to install or to set.
    Missing(String),
    /// It is there and cannot be used: what is missing, and what to do.
    Unusable(String),
    /// No engine of this name can do it.
    NotPossible { engine: &'static str, what: &'static str },
    /// A command of it failed, or could not be started.
    Failed { command: String, status: Option<i32>, says: String },
    /// A command of it took too long, and was ended.
    TimedOut { command: String, after: Duration },
    /// The user stopped it.
    Cancelled,
}

impl EngineError {
    fn failed(command: &Command, status: Option<i32>, says: &str) -> Self {
        // The reason is at the end of what it says, and nobody reads a page.
        let from = says.char_indices().rev().nth(1499).map_or(0, |(at, _)| at);
        let says = says[from..].trim().to_owned();
        Self::Failed { command: process::shown(command), status, says }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) | Self::Unusable(what) => f.write_str(what),
            Self::NotPossible { engine, what } => write!(f, "{what} is not possible with {engine}"),
            Self::Failed { command, status: Some(status), says } => {
                write!(f, "`{command}` ended with exit status {status}: {says}")
            }
            Self::Failed { command, status: None, says } => write!(f, "`{command}` failed: {says}"),
            Self::TimedOut { command, after } => {
                write!(f, "`{command}` took longer than {} s and was ended", after.as_secs_f32())
            }
            Self::Cancelled => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for EngineError {}
