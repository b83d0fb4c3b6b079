//! Runs git, which is asked what it knows, and for `migrate branches` told what to keep.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs git in `folder` and returns what it printed, or its complaint.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    git_with(folder, arguments, &[("GIT_OPTIONAL_LOCKS", OsStr::new("0"))], b"")
}

/// The same with more in its environment and something to read.
pub(super) fn git_with(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &OsStr)],
    input: &[u8],
) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("cannot run git: {error}");
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).envs(environment.iter().copied());
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().map_err(told)?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // One that stops reading early says why itself.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let output = output.map_err(told)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let first =
        complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("git failed").trim();
    Err(first.strip_prefix("fatal: ").unwrap_or(first).to_owned())
}

/// The same for one line of text.
pub(super) fn line(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &OsStr)],
    input: &[u8],
) -> Result<String, String> {
    let output = git_with(folder, arguments, environment, input)?;
    Ok(String::from_utf8_lossy(&output).trim_end().to_owned())
}
