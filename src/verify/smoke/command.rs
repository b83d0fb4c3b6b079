//! The user's own test: a command in a shell on this machine, with the name of the image.

use crate::verify::engine::process::{self, Limit};
use crate::verify::engine::{ANSWER, Cancel, EngineError, Output};
use std::process::Command;
use std::time::Duration;

/// The variable that holds the name of the image.
const IMAGE: &str = "JETTISON_IMAGE";

/// What the user's command did with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRun {
    /// `None` if a signal ended it.
    pub exit_status: Option<i32>,
    pub output: Output,
}

/// Runs a command with `sh -c`, on Windows with `cmd /C`. An error: it took too long, was
/// interrupted, or there is no shell.
pub fn run_command(
    script: &str,
    image: &str,
    time: Duration,
    cancel: &Cancel,
) -> Result<CommandRun, EngineError> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(shell);
    command.arg(flag).arg(script).env(IMAGE, image);
    let said = process::call(&mut command, &Limit { time, cancel: cancel.clone() }, ANSWER)?;
    // The name is another one for each image, and a test may well print it.
    let mut output = Output::of(&said.stdout, &said.stderr);
    for text in [&mut output.stdout, &mut output.stderr] {
        *text = text.replace(image, "$JETTISON_IMAGE");
    }
    Ok(CommandRun { exit_status: said.status.code(), output })
}
