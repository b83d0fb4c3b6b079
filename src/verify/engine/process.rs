//! Runs a program in a process group of its own, with a time limit, until it ends or is told to.
//!
//! It does not know what the program is.

use super::EngineError;
use std::fmt;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program has to end after it was asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// How long output is awaited after a program has ended: a child of it may hold the pipe.
const DRAIN: Duration = Duration::from_secs(3);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A flag that stops everything that was started with it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops what runs, and lets nothing start any more.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sleeps, at most until it is cancelled.
    pub(in crate::verify) fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_cancelled() && Instant::now() < until {
            thread::sleep(until.saturating_duration_since(Instant::now()).min(LONGEST_PAUSE));
        }
    }
}

/// What stops a program that does not end by itself.
#[derive(Debug, Clone)]
pub(in crate::verify) struct Limit {
    pub(in crate::verify) time: Duration,
    pub(in crate::verify) cancel: Cancel,
}

/// A program that ends with this value, and all its children with it.
#[derive(Debug)]
pub(in crate::verify) struct Running {
    child: Child,
    status: Option<ExitStatus>,
}

impl Running {
    /// Starts it without input. Where its output goes is up to the caller.
    pub(in crate::verify) fn start(command: &mut Command) -> Result<Self, EngineError> {
        own_group(command).stdin(Stdio::null());
        match command.spawn() {
            Ok(child) => Ok(Self { child, status: None }),
            Err(error) => Err(EngineError::failed(command, None, &error.to_string())),
        }
    }

    /// Waits until it ends; `tick` is called now and then.
    pub(in crate::verify) fn wait(
        &mut self,
        limit: &Limit,
        tick: &mut dyn FnMut(),
    ) -> Result<ExitStatus, Stopped> {
        let until = Instant::now() + limit.time;
        let mut pause = Duration::from_millis(2);
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            if limit.cancel.is_cancelled() {
                self.end();
                return Err(Stopped::Cancelled);
            }
            if Instant::now() >= until {
                self.end();
                return Err(Stopped::TimedOut(limit.time));
            }
            tick();
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks it and its children to end, and kills them if they do not.
    pub(in crate::verify) fn end(&mut self) {
        if self.ended().is_some() {
            return;
        }
        ask_to_end(&mut self.child);
        let until = Instant::now() + GRACE;
        while !has_ended(&mut self.child) && Instant::now() < until {
            thread::sleep(Duration::from_millis(20));
        }
        // Also when it ended: a child of it that does not care is in the same group.
        kill(&mut self.child);
        self.status = self.child.wait().ok();
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Why a program was not let run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::verify) enum Stopped {
    Cancelled,
    TimedOut(Duration),
}

impl Stopped {
    pub(in crate::verify) fn error(self, command: &Command) -> EngineError {
        match self {
            Self::Cancelled => EngineError::Cancelled,
            Self::TimedOut(after) => EngineError::TimedOut { command: shown(command), after },
        }
    }
}

/// What a program that ended has said, each stream cut after a number of bytes.
#[derive(Debug, Clone)]
pub(in crate::verify) struct Said {
    pub(in crate::verify) status: ExitStatus,
    pub(in crate::verify) stdout: Vec<u8>,
    pub(in crate::verify) stderr: Vec<u8>,
}

impl Said {
    pub(in crate::verify) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }

    pub(in crate::verify) fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}

/// Runs a program to its end. At most `kept` bytes of each of its streams are kept.
pub(in crate::verify) fn call(
    command: &mut Command,
    limit: &Limit,
    kept: usize,
) -> Result<Said, EngineError> {
    if limit.cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let stdout = running.child.stdout.take().map(|it| Kept::read(it, kept));
    let stderr = running.child.stderr.take().map(|it| Kept::read(it, kept));
    let status = running.wait(limit, &mut || ()).map_err(|stopped| stopped.error(command))?;
    let wait = |it: Option<Kept>| it.map(Kept::wait).unwrap_or_default();
    Ok(Said { status, stdout: wait(stdout), stderr: wait(stderr) })
}

impl Running {
    /// What it writes to its standard output; `None` if that was asked for already, or is no pipe.
    pub(in crate::verify) fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    pub(in crate::verify) fn stderr(&mut self) -> Option<std::process::ChildStderr> {
        self.child.stderr.take()
    }
}

/// The beginning of a stream; what comes after that is read and dropped, so that nobody waits.
pub(in crate::verify) struct Kept {
    bytes: Arc<Mutex<Vec<u8>>>,
    done: Receiver<()>,
}

impl Kept {
    pub(in crate::verify) fn read(stream: impl Read + Send + 'static, kept: usize) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let done = drain(stream, move |read| {
            let mut into = into.lock().unwrap_or_else(PoisonError::into_inner);
            let room = kept.saturating_sub(into.len());
            into.extend_from_slice(&read[..read.len().min(room)]);
        });
        Self { bytes, done }
    }

    pub(in crate::verify) fn wait(self) -> Vec<u8> {
        wait(&self.done);
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads a stream to its end in a thread; the receiver hears when that is.
pub(in crate::verify) fn drain(
    mut stream: impl Read + Send + 'static,
    mut take: impl FnMut(&[u8]) + Send + 'static,
) -> Receiver<()> {
    let (send, receive) = mpsc::channel::<()>();
    thread::spawn(move || {
        let _dropped_at_the_end = send;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => take(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    });
    receive
}

/// Waits for the end of a stream whose program has ended.
pub(in crate::verify) fn wait(done: &Receiver<()>) {
    // It is an error either way: the other end is dropped, or this takes too long.
    let _ = done.recv_timeout(DRAIN);
}

/// A command as a message shows it: the program and its first words.
pub(in crate::verify) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    let words = command.get_args().take(2).map(|word| word.to_string_lossy());
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}

/// How a program ended, in words.
#[derive(Debug, Clone, Copy)]
pub(in crate::verify) struct Shown(pub(in crate::verify) ExitStatus);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.code(), signal(self.0)) {
            (Some(code), _) => write!(f, "exit status {code}"),
            (None, Some(signal)) => write!(f, "killed by signal {signal}"),
            (None, None) => write!(f, "no exit status"),
        }
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// Neither the terminal's Ctrl-C nor what we send reaches others than this program and its children.
#[cfg(unix)]
fn own_group(command: &mut Command) -> &mut Command {
    std::os::unix::process::CommandExt::process_group(command, 0)
}

#[cfg(not(unix))]
fn own_group(command: &mut Command) -> &mut Command {
    command
}

#[cfg(unix)]
fn send(child: &Child, signal: rustix::process::Signal) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // Nobody is left in it: then there is nothing to end.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// Whether it has ended; its number stays taken, so that its group can still be killed.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return true };
    !matches!(waitid(WaitId::Pid(pid), look), Ok(None))
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    send(child, rustix::process::Signal::TERM);
}

#[cfg(unix)]
fn kill(child: &mut Child) {
    send(child, rustix::process::Signal::KILL);
}

#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    kill(child);
}

#[cfg(not(unix))]
fn kill(child: &mut Child) {
    // It has ended by itself: then there is nothing to kill.
    let _ = child.kill();
}
