//! Finds Dockerfiles.

use super::arguments::Arguments;
use super::settings::{Patterns, Resolver, Settings};
use super::{Refusal, read, suggest, template, write};
use crate::project::builds::is_description;
use crate::project::{self, VENDORED, VERSION_CONTROL, is_dockerfile_name};
use crate::report::Origin;
use crate::report::summary::StrayProblem;
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) const TEMPLATE: &str = "template";
const VENDORED_FOLDER: &str = "vendored folder";
const EXCLUDED: &str = "excluded file";
/// What searches leave out, whoever they are made by.
const HIDES: &str = ".ignore";
const OUTSIDE: &str = "symbolic link that leads outside";

/// A Dockerfile to examine.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// As it is shown: below the path that the user gave.
    pub(super) path: PathBuf,
    /// Absolute, symbolic links resolved: what is written.
    pub(super) target: PathBuf,
    /// The top of its repository, if it is in one.
    pub(super) top: Option<Arc<Path>>,
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
    /// Tops of repositories that were met on the way.
    tops: HashSet<PathBuf>,
    pub(super) skipped: BTreeMap<&'static str, usize>,
    pub(super) problems: Vec<StrayProblem>,
    /// The folders that were searched.
    pub(super) searched: Vec<String>,
    /// What the search tells of the folders below them.
    pub(super) seen: Seen,
}

/// Folders in which a search met a file that describes builds.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The folders below which every file was met, absolute.
    roots: Vec<PathBuf>,
    describing: HashSet<PathBuf>,
    /// A file hides others from a search.
    hides: bool,
}

impl Seen {
    /// Whether a file right in `folder`, which holds a file that was met, or is above one, describes builds;
    /// `None` where the search does not tell.
    pub(super) fn describes_builds(&self, folder: &Path) -> Option<bool> {
        let is_below = |root: &PathBuf| folder.starts_with(root);
        (!self.hides && self.roots.iter().any(is_below)).then(|| self.describing.contains(folder))
    }
}

/// Finds what `arguments` ask for: files that are named, and Dockerfiles in folders.
pub(super) fn discover(
    arguments: &Arguments,
    resolver: &Resolver<'_>,
) -> Result<Discovery, Refusal> {
    let here = [PathBuf::from(".")];
    let paths =
        if arguments.selection.paths.is_empty() { &here[..] } else { &arguments.selection.paths };
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
                    let settings = resolver.settings_of(&settings, &target);
                    let (path, origin) = (path.clone(), Origin::Named);
                    let top = project::repository(folder).map(Arc::from);
                    found.files.push(Found { path, target, top, origin, included: true, settings });
                }
            }
            (Ok(_), Ok(_)) => found.problem(path, "neither a file nor a folder".to_owned()),
            (Err(error), _) | (_, Err(error)) => found.problem(path, cannot_open(path, &error)),
        }
    }
    if paths.len() > 1 {
        let mut seen = HashSet::new();
        found.files.retain(|file| seen.insert(file.target.clone()));
    }
    found.problems.extend(resolver.problems());
    if found.problems.is_empty() {
        resolver.unknown_id()?;
    }
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

/// The repository with the top `top`, or the one of which it is a submodule.
fn whole(top: &Path) -> Arc<Path> {
    Arc::from(project::repository(top).unwrap_or(top))
}

/// One folder being searched by several threads.
struct Walk<'a> {
    arguments: &'a Arguments,
    resolver: &'a Resolver<'a>,
    root: &'a Path,
    /// `root`, absolute and resolved.
    target: PathBuf,
    /// The top of the repository that it is in.
    top: Option<Arc<Path>>,
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
        let patterns = Patterns::new(
            target.clone(),
            &arguments.selection.include,
            &arguments.selection.exclude,
        )?;
        let top = project::repository(&target).map(Arc::from);
        let found = Mutex::default();
        Ok(Self { arguments, resolver, root, target, top, patterns, found })
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
        if !walked.links.is_empty() {
            walked.files.append(&mut walked.links);
            let mut seen = HashSet::new();
            walked.files.retain(|file| seen.insert(file.target.clone()));
        }
        walked.files.sort_by_cached_key(|file| by_parts(&file.path));
        let tops: HashMap<&Path, Arc<Path>> =
            walked.tops.iter().map(|top| (&**top, whole(top))).collect();
        for file in walked.files.iter_mut().filter(|_| !tops.is_empty()) {
            let nearest = file.target.ancestors().find_map(|above| tops.get(above));
            file.top = nearest.cloned().or_else(|| file.top.take());
        }
        let hides = self.target.ancestors().skip(1).any(|above| above.join(HIDES).is_file());
        found.seen.roots.push(self.target);
        found.seen.hides |= walked.seen.hides || hides;
        found.seen.describing.extend(walked.seen.describing);
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
        if kind.is_file() && entry.file_name() == ".git" {
            self.lock().tops.extend(target.parent().map(Path::to_owned));
        }
        if entry.file_name() == HIDES {
            self.lock().seen.hides = true;
        }
        if is_description(entry.path()) {
            self.lock().seen.describing.extend(target.parent().map(Path::to_owned));
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
        if VERSION_CONTROL.contains(&name) {
            self.lock().tops.extend(target.parent().map(Path::to_owned));
            return WalkState::Skip;
        }
        if self.patterns.exclude(target) {
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
        let both = [&self.patterns, &*settings.files];
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
        let settings = self.resolver.settings_of(&settings, &target);
        let target = match entry.path_is_symlink() {
            true => match target.canonicalize() {
                Ok(real) if real.is_file() && real.starts_with(&self.target) => real,
                Ok(real) if real.is_file() => return self.skip(OUTSIDE),
                _ => return,
            },
            false => target,
        };
        let path = entry.path().strip_prefix(".").unwrap_or(entry.path()).to_owned();
        let top = self.top.clone();
        let found = Found { path, target, top, origin: Origin::Found, included, settings };
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

/// Folder by folder, as paths are compared, and the same as bytes.
fn by_parts(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    let part = |byte: &u8| if std::path::is_separator(char::from(*byte)) { 0 } else { *byte };
    bytes.map(part).collect()
}

fn is_vendored(name: Option<&str>) -> bool {
    name.is_some_and(|name| VENDORED.contains(&name))
}
