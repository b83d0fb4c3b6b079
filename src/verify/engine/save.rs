//! Reads an image as the archive that its engine writes, without a file.

use super::process::{self, Kept, Limit, Running};
use super::{Engine, EngineError};
use std::io::{self, Read};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The archive of an image. What was read of it counts only if [`Saved::finish`] says so: an engine
/// that dies ends it early.
#[derive(Debug)]
pub struct Saved {
    stdout: ChildStdout,
    shared: Arc<Shared>,
}

struct Shared {
    running: Mutex<Option<Running>>,
    stderr: Mutex<Option<Kept>>,
    command: Command,
    stopped: AtomicBool,
    finished: AtomicBool,
    limit: Limit,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("command", &self.command).finish_non_exhaustive()
    }
}

pub(super) fn save(engine: &dyn Engine, image: &str, time: Duration) -> Result<Saved, EngineError> {
    let client = engine.client();
    if client.cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    let mut command = engine.save_command(image);
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let no_pipe = || EngineError::failed(&engine.save_command(image), None, "it has no output");
    let stdout = running.stdout().ok_or_else(no_pipe)?;
    let stderr = running.stderr().map(|it| Kept::read(it, 1 << 16));
    let shared = Arc::new(Shared {
        running: Mutex::new(Some(running)),
        stderr: Mutex::new(stderr),
        command,
        stopped: AtomicBool::new(false),
        finished: AtomicBool::new(false),
        limit: Limit { time, cancel: client.cancel.clone() },
    });
    watch(Arc::clone(&shared));
    Ok(Saved { stdout, shared })
}

/// Ends the program when its time is up, which ends the read that waits for it.
fn watch(shared: Arc<Shared>) {
    let until = Instant::now() + shared.limit.time;
    thread::spawn(move || {
        while !shared.finished.load(Ordering::Relaxed) {
            if shared.limit.cancel.is_cancelled() || Instant::now() >= until {
                shared.stopped.store(true, Ordering::Relaxed);
                shared.end();
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    });
}

impl Shared {
    fn take(&self) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn end(&self) {
        drop(self.take());
    }
}

impl Read for Saved {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stdout.read(buffer)
    }
}

impl Saved {
    /// Reads what is left, and tells whether the archive is complete.
    pub fn finish(mut self) -> Result<(), EngineError> {
        let rest = io::copy(&mut self.stdout, &mut io::sink());
        let running = self.shared.take();
        let stopped = self.shared.stopped.load(Ordering::Relaxed);
        let (command, limit) = (&self.shared.command, &self.shared.limit);
        if limit.cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let timed_out =
            EngineError::TimedOut { command: process::shown(command), after: limit.time };
        let Some(mut running) = running.filter(|_| !stopped) else { return Err(timed_out) };
        let status = running.wait(limit, &mut || ()).map_err(|it| it.error(command))?;
        let stderr = self.shared.stderr.lock().unwrap_or_else(PoisonError::into_inner).take();
        let says = stderr.map(Kept::wait).unwrap_or_default();
        if !status.success() {
            let says = String::from_utf8_lossy(&says);
            return Err(EngineError::failed(command, status.code(), &says));
        }
        rest.map_err(|error| EngineError::failed(command, None, &error.to_string()))?;
        Ok(())
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        self.shared.finished.store(true, Ordering::Relaxed);
        self.shared.end();
    }
}
