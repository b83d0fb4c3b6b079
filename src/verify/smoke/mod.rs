//! Does an image run as it did: what can be seen from outside when it is started, asked and stopped.
//!
//! It is told by a [`Plan`] what an image is expected to do, and looks at each image in the same way.
//! It does not know what was changed.

mod command;
mod compare;
mod http;
mod observe;
mod reload;
#[cfg(test)]
mod tests;

pub use command::{CommandRun, run_command};
pub use compare::{Evidence, Finding, Subject, allow_own_stop, compare, compare_commands};
pub use http::{Answer, Response};
pub use observe::{Call, Ended, Observation, Ready, observe};

use std::time::Duration;

/// What the configuration of an image lets expect. It is that of the image before, for both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The exposed TCP ports.
    pub ports: Vec<u16>,
    pub health_check: Option<HealthCheck>,
    /// It has an `ENTRYPOINT`, so that arguments reach a program of it.
    pub entrypoint: bool,
    /// It has an `ENTRYPOINT` or a `CMD`: else there is nothing to start.
    pub starts: bool,
}

/// When a health check says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthCheck {
    /// Between two tries.
    pub interval: Duration,
    /// Until it has said something for sure: its start period, and its interval and its time limit
    /// for each try.
    pub longest: Duration,
}

/// How long each thing may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// For a health check to be healthy, at most, and for a port to answer.
    pub ready: Duration,
    /// For a program without a port to end by itself.
    pub ends: Duration,
    /// For `--version` and `--help`.
    pub call: Duration,
    /// Between SIGTERM and SIGKILL.
    pub stop: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { ready: seconds(60), ends: seconds(10), call: seconds(10), stop: seconds(10) }
    }
}
