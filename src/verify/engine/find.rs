//! Finds an engine, and finds out within seconds whether it can be used.

use super::client::Client;
use super::process::{self, Cancel, Limit};
use super::{Engine, EngineError, buildah, docker, podman};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long an engine may take to say that it is there.
pub(super) const CHECK: Duration = Duration::from_secs(15);

const NAMES: [&str; 3] = ["docker", "podman", "buildah"];
const NONE: &str = "no engine is on PATH: install Docker (with buildx), Podman or Buildah, or name the \
                    program with `--engine PATH`";

/// A program that is there.
pub(super) struct Found<'a> {
    pub(super) program: PathBuf,
    pub(super) cancel: &'a Cancel,
}

impl Found<'_> {
    pub(super) fn client(self, name: &'static str) -> Client {
        let Self { program, cancel } = self;
        let (cancel, endpoint) = (cancel.clone(), String::new());
        Client { name, program, version: String::new(), reaches_ports: true, endpoint, cancel }
    }
}

/// The engine that the user named, by name or path; without a name the first of `docker`, `podman`
/// and `buildah` on `PATH`. It was asked whether it works. All that it does later stops with `cancel`.
pub fn find(name: Option<&str>, cancel: &Cancel) -> Result<Box<dyn Engine>, EngineError> {
    find_in(name, std::env::var_os("PATH").as_deref().unwrap_or_default(), cancel)
}

/// The same with another `PATH`.
pub(super) fn find_in(
    name: Option<&str>,
    path: &OsStr,
    cancel: &Cancel,
) -> Result<Box<dyn Engine>, EngineError> {
    let Some(name) = name else {
        let first = NAMES.iter().find_map(|name| Some((*name, look_up(name, path)?)));
        let (kind, program) = first.ok_or_else(|| EngineError::Missing(NONE.to_owned()))?;
        return check(kind, Found { program, cancel });
    };
    let file_name = Path::new(name).file_name().and_then(OsStr::to_str).unwrap_or(name);
    let kind = NAMES.into_iter().find(|kind| file_name.starts_with(kind)).ok_or_else(|| {
        EngineError::Missing(format!("no engine is called `{name}`: use docker, podman or buildah"))
    })?;
    let program = look_up(name, path).ok_or_else(|| {
        EngineError::Missing(format!(
            "`{name}` is not there: install it, or use another `--engine`"
        ))
    })?;
    check(kind, Found { program, cancel })
}

fn check(kind: &str, found: Found<'_>) -> Result<Box<dyn Engine>, EngineError> {
    match kind {
        "docker" if is_podman(&found)? => podman::check(found),
        "docker" => docker::check(found),
        "podman" => podman::check(found),
        _ => buildah::check(found),
    }
}

/// Whether a program called `docker` is Podman's stand-in for it.
fn is_podman(found: &Found<'_>) -> Result<bool, EngineError> {
    let limit = Limit { time: CHECK, cancel: found.cancel.clone() };
    let said = process::call(Command::new(&found.program).arg("--version"), &limit, 1 << 16)?;
    Ok(said.text().starts_with("podman"))
}

/// A program by its path, or by its name in one of the folders of `path`.
pub(super) fn look_up(name: &str, path: &OsStr) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| is_executable(file);
    let names = [name.to_owned(), format!("{name}{}", std::env::consts::EXE_SUFFIX)];
    if Path::new(name).components().count() > 1 {
        return names.into_iter().map(PathBuf::from).find(is_program);
    }
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    let files = folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    files.into_iter().find(is_program)
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}
