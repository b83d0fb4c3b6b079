//! Finds the files of a repository that describe builds, and reads them.

use super::builds::{self, Builds, ContextSource, File, Place, Unclear, reader_for};
use super::{Project, is_dockerfile_name};
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Folders with other people's files.
pub const VENDORED: &[&str] = &[
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

/// Folders in which version control keeps its own files.
pub const VERSION_CONTROL: &[&str] = &[".git", ".hg", ".jj", ".svn"];

/// A larger file is written by a program, not by a person.
const LARGEST: u64 = 1 << 20;

impl Project {
    /// Reads every file below `root` (absolute) that describes builds, but for those in vendored
    /// folders and those that git ignores.
    pub fn scan(root: &Path) -> Self {
        let found: Mutex<Found> = Mutex::default();
        // What the files of the repository say, and no setting of whoever runs it.
        let mut walker = WalkBuilder::new(root);
        walker.hidden(false).parents(false).ignore(false).git_global(false).git_exclude(false);
        let walker = walker.build_parallel();
        walker.run(|| {
            Box::new(|entry| match entry {
                Ok(entry) => visit(&entry, &found),
                Err(_) => WalkState::Continue,
            })
        });
        let Found { mut files, mut dockerfiles } =
            found.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.sort();
        dockerfiles.sort();
        let read: Vec<Builds> = files.par_iter().map(|path| read(path, root)).collect();
        let submodules = super::submodules::of(root);
        let mut project = Self { dockerfiles, submodules, ..Self::empty(root.to_owned()) };
        for file in read {
            project.builds.extend(file.builds);
            project.unclear.extend(file.unclear);
            project.inline.extend(file.inline);
        }
        for build in &mut project.builds {
            resolve(&mut build.dockerfile);
            if let ContextSource::Folder(folder) | ContextSource::Checkout(folder) =
                &mut build.context
            {
                resolve(folder);
            }
        }
        for unclear in &mut project.unclear {
            unclear.dockerfile.iter_mut().for_each(resolve);
            if let Some(ContextSource::Folder(folder) | ContextSource::Checkout(folder)) =
                &mut unclear.context
            {
                resolve(folder);
            }
        }
        project.forget_what_is_clear();
        project.builds.sort_by(|a, b| a.dockerfile.cmp(&b.dockerfile));
        let mut seen = HashSet::new();
        project.builds.retain(|build| seen.insert(build.clone()));
        project
    }
}

impl Project {
    /// A script or workflow is read for itself, and where others run it: what is clear in one of the two is clear.
    fn forget_what_is_clear(&mut self) {
        let spot = |place: &Place| (place.file.clone(), place.line, place.what.clone());
        let known: HashSet<_> = self.builds.iter().map(|build| spot(&build.place)).collect();
        let mut seen = HashSet::new();
        self.unclear.retain(|it| {
            let again = !seen.insert((spot(&it.place), it.reason.clone(), it.dockerfile.clone()));
            // What a workflow is given is known where it is called.
            let elsewhere =
                !builds::is_description(&it.place.file) || it.reason.contains("${{ inputs.");
            !(again || elsewhere && known.contains(&spot(&it.place)))
        });
    }
}

/// Follows symbolic links, as far as the path exists: Dockerfiles are known by where they really are.
fn resolve(path: &mut PathBuf) {
    if let Ok(real) = path.canonicalize() {
        *path = real;
    }
}

#[derive(Debug, Default)]
struct Found {
    /// Those that describe builds.
    files: Vec<PathBuf>,
    dockerfiles: Vec<PathBuf>,
}

fn visit(entry: &DirEntry, found: &Mutex<Found>) -> WalkState {
    let name = entry.file_name().to_str().unwrap_or_default();
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    if is_folder
        && entry.depth() > 0
        && (VENDORED.contains(&name) || VERSION_CONTROL.contains(&name))
    {
        return WalkState::Skip;
    }
    if is_folder {
        return WalkState::Continue;
    }
    let (path, lock) = (entry.path(), || found.lock().unwrap_or_else(PoisonError::into_inner));
    if reader_for(path).is_some() {
        lock().files.push(path.to_owned());
    } else if is_dockerfile_name(path) {
        lock().dockerfiles.push(path.to_owned());
    }
    WalkState::Continue
}

fn read(path: &Path, root: &Path) -> Builds {
    let Some(reader) = reader_for(path) else { return Builds::default() };
    match text(path) {
        Ok(text) => reader(&File { path, root, text: &text, other: &|path| self::text(path).ok() }),
        Err(reason) => {
            let place = Place { file: path.to_owned(), line: 1, what: "the whole file".to_owned() };
            Builds { unclear: vec![Unclear::new(place, reason)], ..Builds::default() }
        }
    }
}

/// The text of a file, or why it is not read.
fn text(path: &Path) -> Result<String, String> {
    let unread = |error: std::io::Error| format!("it cannot be read: {error}");
    let metadata = path.metadata().map_err(unread)?;
    if !metadata.is_file() {
        return Err("it is no file".to_owned());
    }
    if metadata.len() > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    let bytes = std::fs::read(path).map_err(unread)?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}
