//! Builds an image, and says where a build failed.

use super::client::{Client, flags};
use super::failure::{self, Place};
use super::log::Log;
use super::process::{self, Limit, Running, Shown, Stopped};
use super::{Engine, EngineError};
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What to build, and how.
#[derive(Debug, Clone, Default)]
pub struct BuildOrder {
    pub dockerfile: PathBuf,
    /// Docker takes it only from beside the Dockerfile: `Dockerfile.dockerignore`.
    pub ignore_file: Option<PathBuf>,
    pub context: PathBuf,
    pub tag: String,
    pub target: Option<String>,
    /// `NAME=VALUE`, or `NAME`: the value is the environment's.
    pub build_arguments: Vec<String>,
    pub platform: Option<String>,
    /// As they are after `--secret`: `id=token,src=token.txt`.
    pub secrets: Vec<String>,
    /// As they are after `--ssh`: `default`.
    pub ssh: Vec<String>,
    /// `NAME=PLACE`.
    pub named_contexts: Vec<String>,
    /// `NAME=VALUE`.
    pub labels: Vec<String>,
    pub no_cache: bool,
    pub timeout: Duration,
    /// Gets all that the engine prints, up to 64 MB.
    pub log: Option<PathBuf>,
}

/// A build that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// The name of the image.
    pub image: String,
    pub took: Duration,
    /// Why the log is not complete, if it is not: the disk is full.
    pub log_trouble: Option<String>,
}

/// A build that gave no image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFailure {
    pub cause: Cause,
    /// The last lines of the log.
    pub tail: String,
    /// What was being built, as the engine names it: `[build 3/7] RUN make`.
    pub step: Option<String>,
    /// The lines of the Dockerfile at which it failed, counted from 1, where the log tells.
    pub lines: Option<RangeInclusive<usize>>,
}

/// Why there is no image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The engine says that the Dockerfile cannot be built; its exit status.
    Dockerfile(i32),
    /// The engine itself failed: it says nothing about the Dockerfile.
    Engine(EngineError),
}

/// What engines print when it is they who fail.
const ENGINE_FAILS: [&str; 6] = [
    "Cannot connect to the Docker daemon",
    "error during connect:",
    "rpc error: code = Unavailable",
    "error reading from server: EOF",
    "failed to receive status:",
    "closing transport due to",
];

/// The flags that all engines share.
pub(super) fn common_flags(command: &mut Command, order: &BuildOrder) {
    command.arg("--file").arg(&order.dockerfile).arg("--tag").arg(&order.tag);
    if order.no_cache {
        command.arg("--no-cache");
    }
    flags(command, "--target", &order.target);
    flags(command, "--platform", &order.platform);
    flags(command, "--build-arg", &order.build_arguments);
    flags(command, "--build-context", &order.named_contexts);
    flags(command, "--label", &order.labels);
    flags(command, "--secret", &order.secrets);
    flags(command, "--ssh", &order.ssh);
}

/// A build by Buildah, which Podman calls as well. Docker's format, or `HEALTHCHECK`, `SHELL` and
/// `ONBUILD` are lost; with layers, or there is a single one of all instructions, and nothing to
/// count.
pub(super) fn by_buildah(client: &Client, order: &BuildOrder) -> Command {
    let mut command = client.command(&["build", "--format=docker", "--layers=true", "--force-rm"]);
    common_flags(&mut command, order);
    if let Some(file) = &order.ignore_file {
        command.arg("--ignorefile").arg(file);
    }
    command.arg(&order.context);
    command
}

/// Builds; `progress` is told each step now and then.
pub(super) fn build(
    engine: &dyn Engine,
    order: &BuildOrder,
    progress: &mut dyn FnMut(&str),
) -> Result<Built, Box<BuildFailure>> {
    let began = Instant::now();
    let plain = |error: EngineError| {
        let (cause, tail) = (Cause::Engine(error), String::new());
        Box::new(BuildFailure { cause, tail, step: None, lines: None })
    };
    if engine.client().cancel.is_cancelled() {
        return Err(plain(EngineError::Cancelled));
    }
    let mut command = engine.build_command(order).map_err(plain)?;
    let shown = process::shown(&command);
    let log = Arc::new(Mutex::new(Log::create(order.log.as_deref())));
    let started = start(command_with_pipe(&mut command), &log);
    let (mut running, done) = started.map_err(|error| {
        plain(EngineError::Failed { command: shown.clone(), status: None, says: error })
    })?;
    // The pipe ends when nobody can write to it any more, and the command could.
    drop(command);
    let limit = Limit { time: order.timeout, cancel: engine.client().cancel.clone() };
    let mut last = String::new();
    let ended = running.wait(&limit, &mut || {
        let log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = log.step().filter(|step| *step != last) {
            last = step.to_owned();
            drop(log);
            progress(&last);
        }
    });
    process::wait(&done);
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.finish();
    let trouble = log.trouble().map(str::to_owned);
    match ended {
        Ok(status) if status.success() => {
            let (image, took) = (order.tag.clone(), began.elapsed());
            Ok(Built { image, took, log_trouble: trouble })
        }
        ended => Err(failure(order, &log, cause(&shown, ended, &log.tail()))),
    }
}

/// Both streams into one pipe, so that their lines stay in order.
fn command_with_pipe(command: &mut Command) -> Result<(&mut Command, io::PipeReader), String> {
    let pipe = || -> io::Result<_> {
        let (reader, writer) = io::pipe()?;
        Ok((reader, writer.try_clone()?, writer))
    };
    let (reader, stdout, stderr) = pipe().map_err(|error| error.to_string())?;
    Ok((command.stdout(stdout).stderr(stderr), reader))
}

fn start(
    piped: Result<(&mut Command, io::PipeReader), String>,
    log: &Arc<Mutex<Log>>,
) -> Result<(Running, std::sync::mpsc::Receiver<()>), String> {
    let (command, reader) = piped?;
    let running = Running::start(command).map_err(|error| error.to_string())?;
    let log = Arc::clone(log);
    let done = process::drain(reader, move |bytes| {
        log.lock().unwrap_or_else(PoisonError::into_inner).take(bytes);
    });
    Ok((running, done))
}

fn cause(shown: &str, ended: Result<std::process::ExitStatus, Stopped>, tail: &str) -> Cause {
    let command = shown.to_owned();
    let status = match ended {
        Ok(status) => status,
        Err(Stopped::Cancelled) => return Cause::Engine(EngineError::Cancelled),
        Err(Stopped::TimedOut(after)) => {
            return Cause::Engine(EngineError::TimedOut { command, after });
        }
    };
    let Some(code) = status.code() else {
        let says = Shown(status).to_string();
        return Cause::Engine(EngineError::Failed { command, status: None, says });
    };
    // The last lines are the engine's own; further up is what the programs of the build print.
    let own = tail.lines().rev().take(3);
    let mut own = own.filter(|line| ENGINE_FAILS.iter().any(|it| line.contains(it)));
    // That a disk is full is also heard from those.
    let full = tail
        .lines()
        .rev()
        .take(40)
        .find(|line| line.to_ascii_lowercase().contains("no space left on device"));
    match own.next().or(full) {
        Some(line) => {
            let says = line.to_owned();
            Cause::Engine(EngineError::Failed { command, status: Some(code), says })
        }
        None => Cause::Dockerfile(code),
    }
}

fn failure(order: &BuildOrder, log: &Log, cause: Cause) -> Box<BuildFailure> {
    let tail = log.tail();
    let place = match cause {
        Cause::Dockerfile(_) => {
            let text = fs::read_to_string(&order.dockerfile).unwrap_or_default();
            failure::place(&tail, log.step(), &text)
        }
        Cause::Engine(_) => Place::default(),
    };
    let step = place.step.or_else(|| log.step().map(str::to_owned));
    Box::new(BuildFailure { cause, tail, step, lines: place.lines })
}
