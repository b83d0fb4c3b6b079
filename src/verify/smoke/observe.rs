//! Starts an image and writes down what it does.

use super::http::{self, Answer, Asked};
use super::{HealthCheck, Patience, Plan};
use crate::verify::engine::{
    Cancel, Container, EngineError, Health, Output, Run, StartOrder, Stop,
};
use std::time::{Duration, Instant};

/// A server that is up may say for a while that it is busy.
const BUSY: Duration = Duration::from_secs(5);

/// What an image did. `None` and nothing in a list: it was not looked for, or there was nothing to see.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    /// Why it could not be started.
    pub refused: Option<String>,
    /// What its health check said at last.
    pub health: Option<Health>,
    /// Each exposed port.
    pub ports: Vec<(u16, Ready)>,
    /// It ended by itself.
    pub ended: Option<Ended>,
    /// How it ended on SIGTERM, if it was still running.
    pub stop: Option<Stop>,
    /// `--version` and `--help`.
    pub calls: Vec<Call>,
}

/// What came of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    Answers(Answer),
    /// Nobody answered in time.
    Silent,
    /// It cannot be reached from here: the engine is on another machine.
    OutOfReach,
}

/// A program that ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub exit_status: i32,
    pub output: Output,
}

/// A program that was started with an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub argument: &'static str,
    /// `None` if it was still running when its time was up.
    pub ended: Option<Ended>,
}

/// Starts an image, waits until it is ready, asks it, and stops it. An error is the engine's: that an
/// image does not run is an observation. Nothing is left behind.
pub fn observe(
    run: &Run<'_>,
    image: &str,
    plan: &Plan,
    patience: &Patience,
) -> Result<Observation, EngineError> {
    let mut seen = Observation::default();
    if !plan.starts {
        return Ok(seen);
    }
    let order = StartOrder { image, ports: &plan.ports, arguments: &[] };
    let Some(container) = started(run, &order, &mut seen)? else { return Ok(seen) };
    let until = Instant::now() + patience.ready;
    if let Some(check) = &plan.health_check {
        seen.health = health(&container, run, check, until)?;
    }
    for port in &plan.ports {
        let ready = ready(&container, run, *port, until)?;
        seen.ports.push((*port, ready));
    }
    if plan.ports.is_empty() && plan.health_check.is_none() {
        wait_for_end(&container, run, patience.ends)?;
    }
    let state = container.state()?;
    if state.running {
        seen.stop = Some(container.stop(patience.stop)?);
    } else {
        let exit_status = state.exit_status;
        seen.ended = Some(Ended { exit_status, output: container.logs()? });
    }
    drop(container);
    if plan.ports.is_empty() && plan.entrypoint {
        for argument in ["--version", "--help"] {
            seen.calls.push(called(run, image, argument, patience.call)?);
        }
    }
    Ok(seen)
}

/// `None` if the image cannot be started, which is then seen.
fn started<'r>(
    run: &'r Run<'r>,
    order: &StartOrder<'_>,
    seen: &mut Observation,
) -> Result<Option<Container<'r>>, EngineError> {
    match run.start(order) {
        Ok(container) => Ok(Some(container)),
        Err(EngineError::Failed { says, .. }) => {
            seen.refused = Some(says);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// What the health check says: the first word that is not `starting`.
fn health(
    container: &Container<'_>,
    run: &Run<'_>,
    check: &HealthCheck,
    until: Instant,
) -> Result<Option<Health>, EngineError> {
    let until = until.min(Instant::now() + check.longest);
    let mut pause = Pause::new(run);
    let mut checked = Instant::now();
    loop {
        if checked.elapsed() >= check.interval {
            container.check_health();
            checked = Instant::now();
        }
        let state = container.state()?;
        let waits = state.running && state.health == Some(Health::Starting);
        if !waits || Instant::now() >= until {
            return Ok(state.health);
        }
        pause.take()?;
    }
}

/// Asks a port until it answers.
fn ready(
    container: &Container<'_>,
    run: &Run<'_>,
    port: u16,
    until: Instant,
) -> Result<Ready, EngineError> {
    if !run.engine().client().reaches_ports {
        return Ok(Ready::OutOfReach);
    }
    let Some(host_port) = container.host_port(port)? else { return Ok(Ready::Silent) };
    let mut pause = Pause::new(run);
    let mut busy_since = None;
    loop {
        let asked = http::ask(host_port);
        let busy = asked.as_ref().is_some_and(|it| it.may_change);
        let since = *busy_since.get_or_insert_with(Instant::now);
        if !busy {
            busy_since = None;
        }
        if let Some(Asked { answer, .. }) = asked
            && (!busy || since.elapsed() >= BUSY || Instant::now() >= until)
        {
            return Ok(Ready::Answers(answer));
        }
        if Instant::now() >= until || !container.state()?.running {
            return Ok(Ready::Silent);
        }
        pause.take()?;
    }
}

fn wait_for_end(
    container: &Container<'_>,
    run: &Run<'_>,
    time: Duration,
) -> Result<(), EngineError> {
    let until = Instant::now() + time;
    let mut pause = Pause::new(run);
    while container.state()?.running && Instant::now() < until {
        pause.take()?;
    }
    Ok(())
}

fn called(
    run: &Run<'_>,
    image: &str,
    argument: &'static str,
    time: Duration,
) -> Result<Call, EngineError> {
    let order = StartOrder { image, ports: &[], arguments: &[argument] };
    let mut seen = Observation::default();
    let Some(container) = started(run, &order, &mut seen)? else {
        // It is the argument that cannot be started.
        let output = Output { stdout: String::new(), stderr: seen.refused.unwrap_or_default() };
        return Ok(Call { argument, ended: Some(Ended { exit_status: 127, output }) });
    };
    wait_for_end(&container, run, time)?;
    let state = container.state()?;
    if state.running {
        return Ok(Call { argument, ended: None });
    }
    let ended = Ended { exit_status: state.exit_status, output: container.logs()? };
    Ok(Call { argument, ended: Some(ended) })
}

/// Short pauses first, which an interrupt ends.
struct Pause {
    next: Duration,
    cancel: Cancel,
}

impl Pause {
    fn new(run: &Run<'_>) -> Self {
        let cancel = run.engine().client().cancel.clone();
        Self { next: Duration::from_millis(50), cancel }
    }

    fn take(&mut self) -> Result<(), EngineError> {
        self.cancel.sleep(self.next);
        self.next = (self.next * 2).min(Duration::from_secs(1));
        if self.cancel.is_cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }
}
