//! Finds Dockerfiles.

use super::arguments::Arguments;
use super::settings::{Patterns, Resolver, Settings};
use super::{Refusal, read, suggest, template, write};
use crate::report::Origin;
use crate::report::summary::StrayProblem;
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Folders with other people's files, and what stands for one in the summary.
const VENDORED: &[&str] = &[
    "bower_components",
    "node_modules",
    "site-packages",
    "third-party",
    "third_party",
    "thirdparty",
    "vendor",
    "vendored",
    "Pods",
    ".terraform",
    ".tox",
    ".venv",
];

/// Version control keeps its own files here.
const VERSION_CONTROL: &[&str] = &[".git", ".hg", ".jj", ".svn"];

/// Endings of what stands beside a Dockerfile and is none.
const NO_DOCKERFILE: &[&str] = &["bak", "containerignore", "dockerignore", "orig", "rej", "swp"];

pub(super) const TEMPLATE: &str = "template";
const VENDORED_FOLDER: &str = "vendored folder";
const EXCLUDED: &str = "excluded file";
const OUTSIDE: &str = "symbolic link that leads outside";

/// A Dockerfile to examine.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// As it is shown: below the path that the user gave.
    pub(super) path: PathBuf,
    /// Absolute, symbolic links resolved: what is written.
    pub(super) target: PathBuf,
    pub(super) origin: Origin,
    /// Taken by `--include` or a configuration, template or not.
    pub(super) included: bool,
    pub(super) settings: Arc<Settings>,
}

#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// Each file once, in the order of the arguments, sorted within each folder.
    pub(super) files: Vec<Found>,
    /// Symbolic links, until it is known whether their targets are found as well.
    links: Vec<Found>,
    pub(super) skipped: BTreeMap<&'static str, usize>,
    pub(super) problems: Vec<StrayProblem>,
    /// The folders that were searched.
    pub(super) searched: Vec<String>,
}

/// Finds what `arguments` ask for: files that are named, and Dockerfiles in folders.
pub(super) fn discover(
    arguments: &Arguments,
    resolver: &Resolver<'_>,
) -> Result<Discovery, Refusal> {
    let here = [PathBuf::from(".")];
    let paths = if arguments.paths.is_empty() { &here[..] } else { &arguments.paths };
    let mut found = Discovery::default();
    for path in paths {
        let metadata = std::fs::metadata(path);
        let target = path.canonicalize();
        match (metadata, target) {
            (Ok(metadata), Ok(target)) if metadata.is_dir() => {
                found.searched.push(path.display().to_string());
                let walk = Walk::new(arguments, resolver, path, target)?;
                walk.run(&mut found);
            }
            (Ok(metadata), Ok(target)) if metadata.is_file() => {
                let folder = target.parent().unwrap_or(&target);
                if let Some(settings) = resolver.settings(folder) {
                    let (path, origin) = (path.clone(), Origin::Named);
                    found.files.push(Found { path, target, origin, included: true, settings });
                }
            }
            (Ok(_), Ok(_)) => found.problem(path, "neither a file nor a folder".to_owned()),
            (Err(error), _) | (_, Err(error)) => found.problem(path, cannot_open(path, &error)),
        }
    }
    let mut seen = HashSet::new();
    found.files.retain(|file| seen.insert(file.target.clone()));
    found.problems.extend(resolver.problems());
    Ok(found)
}

fn cannot_open(path: &Path, error: &std::io::Error) -> String {
    let reason = read::reason(error);
    if path.as_os_str() == "-" {
        return format!("{reason}; to read standard input use `--stdin-filename NAME`");
    }
    match path.to_str().and_then(suggest::subcommand) {
        Some(name) => format!("{reason}; did you mean the command `{name}`?"),
        None => reason,
    }
}

impl Discovery {
    fn problem(&mut self, path: &Path, message: String) {
        let place = path.display().to_string();
        self.problems.push(StrayProblem { place, message, shown: None });
    }
}

/// One folder being searched by several threads.
struct Walk<'a> {
    arguments: &'a Arguments,
    resolver: &'a Resolver<'a>,
    root: &'a Path,
    /// `root`, absolute and resolved.
    target: PathBuf,
    patterns: Patterns,
    found: Mutex<Discovery>,
}

impl<'a> Walk<'a> {
    fn new(
        arguments: &'a Arguments,
        resolver: &'a Resolver<'a>,
        root: &'a Path,
        target: PathBuf,
    ) -> Result<Self, Refusal> {
        let patterns = Patterns::new(target.clone(), &arguments.include, &arguments.exclude)?;
        Ok(Self { arguments, resolver, root, target, patterns, found: Mutex::default() })
    }

    fn run(self, found: &mut Discovery) {
        let threads = std::thread::available_parallelism().map_or(1, |number| number.get());
        let walker =
            WalkBuilder::new(self.root).hidden(false).threads(threads.min(8)).build_parallel();
        walker.run(|| {
            Box::new(|entry| match entry {
                Ok(entry) => self.visit(&entry),
                Err(error) => self.unreadable(&error),
            })
        });
        let mut walked = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        // A file comes before the links to it, so that its own name is the one that is shown.
        walked.links.sort_by(|a, b| a.path.cmp(&b.path));
        walked.files.append(&mut walked.links);
        let mut seen = HashSet::new();
        walked.files.retain(|file| seen.insert(file.target.clone()));
        walked.files.sort_by(|a, b| a.path.cmp(&b.path));
        walked.problems.sort_by(|a, b| a.place.cmp(&b.place));
        found.files.append(&mut walked.files);
        found.problems.append(&mut walked.problems);
        for (reason, number) in walked.skipped {
            *found.skipped.entry(reason).or_default() += number;
        }
    }

    fn unreadable(&self, error: &ignore::Error) -> WalkState {
        let place = self.root.display().to_string();
        let message = match error {
            ignore::Error::WithPath { path, err } => {
                let reason = err.io_error().map_or_else(|| err.to_string(), read::reason);
                self.lock().problem(path, format!("cannot be searched: {reason}"));
                return WalkState::Continue;
            }
            error => format!("cannot be searched: {error}"),
        };
        self.lock().problems.push(StrayProblem { place, message, shown: None });
        WalkState::Continue
    }

    fn visit(&self, entry: &DirEntry) -> WalkState {
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        let Some(target) = self.target_of(entry.path()) else { return WalkState::Continue };
        if kind.is_dir() {
            return if entry.depth() == 0 {
                WalkState::Continue
            } else {
                self.enter(entry, &target)
            };
        }
        if kind.is_file() && write::is_leftover(entry.path()) {
            if self.arguments.fix {
                write::remove_leftover(entry.path());
            }
            return WalkState::Continue;
        }
        if kind.is_file() || kind.is_symlink() {
            self.file(entry, target);
        }
        WalkState::Continue
    }

    /// Where `path`, which is below the root, really is, but for a link in its last part.
    fn target_of(&self, path: &Path) -> Option<PathBuf> {
        let below = path.strip_prefix(self.root).ok()?;
        Some(if below.as_os_str().is_empty() {
            self.target.clone()
        } else {
            self.target.join(below)
        })
    }

    fn enter(&self, entry: &DirEntry, target: &Path) -> WalkState {
        let name = entry.file_name().to_str().unwrap_or_default();
        if VERSION_CONTROL.contains(&name) || self.patterns.exclude(target) {
            return WalkState::Skip;
        }
        if VENDORED.contains(&name) && !self.includes_anything(target) {
            self.skip(VENDORED_FOLDER);
            return WalkState::Skip;
        }
        WalkState::Continue
    }

    fn includes_anything(&self, folder: &Path) -> bool {
        let settings = self.resolver.settings(folder.parent().unwrap_or(folder));
        self.patterns.includes_anything()
            || settings.is_some_and(|settings| settings.files.includes_anything())
    }

    fn file(&self, entry: &DirEntry, target: PathBuf) {
        let Some(folder) = target.parent() else { return };
        let Some(settings) = self.resolver.settings(folder) else { return };
        let both = [&self.patterns, &settings.files];
        let is_named = is_dockerfile_name(entry.path());
        if !is_named && !both.iter().any(|patterns| patterns.name(&target)) {
            return;
        }
        let included = both.iter().any(|patterns| patterns.include(&target));
        if both.iter().any(|patterns| patterns.exclude(&target)) {
            return self.skip(EXCLUDED);
        }
        if !included {
            let below = target.strip_prefix(&self.target).unwrap_or(&target);
            if below.components().any(|part| is_vendored(part.as_os_str().to_str())) {
                return;
            }
            if template::is_named_like_one(below) {
                return self.skip(TEMPLATE);
            }
        }
        let target = match entry.path_is_symlink() {
            true => match target.canonicalize() {
                Ok(real) if real.is_file() && real.starts_with(&self.target) => real,
                Ok(real) if real.is_file() => return self.skip(OUTSIDE),
                _ => return,
            },
            false => target,
        };
        let path = entry.path().strip_prefix(".").unwrap_or(entry.path()).to_owned();
        let found = Found { path, target, origin: Origin::Found, included, settings };
        match entry.path_is_symlink() {
            true => self.lock().links.push(found),
            false => self.lock().files.push(found),
        }
    }

    fn skip(&self, reason: &'static str) {
        *self.lock().skipped.entry(reason).or_default() += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Discovery> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a patch that is applied in the current folder names `target`, which is absolute.
pub(super) fn patch_name(target: &Path, here: &Path) -> Vec<u8> {
    let path = target.strip_prefix(here).unwrap_or(target);
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.as_encoded_bytes()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join(&b"/"[..])
}

fn is_vendored(name: Option<&str>) -> bool {
    name.is_some_and(|name| VENDORED.contains(&name))
}

/// `Dockerfile`, `Dockerfile.*`, `*.Dockerfile`, `*.dockerfile`, `Containerfile`,
/// `Containerfile.*`, but not the ignore files and backups beside them.
fn is_dockerfile_name(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let ending = name.rsplit('.').next().unwrap_or_default();
    if NO_DOCKERFILE.contains(&ending) || name.ends_with('~') {
        return false;
    }
    let is_or_starts = |base: &str| {
        name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    is_or_starts("Dockerfile")
        || is_or_starts("Containerfile")
        || name.ends_with(".Dockerfile")
        || name.ends_with(".dockerfile")
}

#[cfg(test)]
mod tests {
    use super::is_dockerfile_name;
    use std::path::Path;

    #[test]
    fn dockerfiles_are_known_by_their_names() {
        let is = |name: &str| is_dockerfile_name(Path::new(name));
        let yes = ["Dockerfile", "a/Dockerfile.web", "web.Dockerfile", "web.dockerfile"];
        assert!(yes.into_iter().chain(["Containerfile", "Containerfile.x"]).all(is));
        let no = ["dockerfile", "Dockerfiles", "Dockerfile.dockerignore", "Dockerfile~"];
        assert!(!no.into_iter().chain(["Dockerfile.orig", "myDockerfile"]).any(is));
    }
}
