//! Finds the files of a repository that describe builds, and reads them.

use super::builds::{self, Builds, ContextSource, File, Place, Unclear, reader_for};
use super::folders::{Entry, Folders};
use super::{Project, is_dockerfile_name};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
        let folders: Arc<Folders> = Arc::default();
        rayon::scope(|scope| search(scope, &folders, root.to_owned(), None, &found));
        let Found { mut files, mut dockerfiles } =
            found.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.sort();
        dockerfiles.sort();
        let read: Vec<Builds> = files.par_iter().map(|path| read(path, root)).collect();
        let submodules = super::submodules::of(root);
        let mut project = Self { dockerfiles, submodules, folders, ..Self::empty(root.to_owned()) };
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

/// What git ignores in a folder: only what the files of the repository say counts, and no setting of whoever
/// runs it.
struct Ignored {
    matcher: Gitignore,
    above: Option<Arc<Ignored>>,
}

impl Ignored {
    /// With what the folder `place` adds, of which `has` tells the names. Nothing is ignored outside of a
    /// repository, and one inside of another goes by its own rules.
    fn within(
        above: Option<&Arc<Self>>,
        place: &Path,
        has: impl Fn(&str) -> bool,
    ) -> Option<Arc<Self>> {
        let is_top = has(".git");
        let above = above.filter(|_| !is_top);
        if !is_top && (above.is_none() || !has(".gitignore")) {
            return above.cloned();
        }
        let mut builder = GitignoreBuilder::new(place);
        if has(".gitignore") {
            // Lines that git could not read either ignore nothing.
            let _ = builder.add(place.join(".gitignore"));
        }
        let matcher = builder.build().unwrap_or_else(|_| Gitignore::empty());
        Some(Arc::new(Self { matcher, above: above.cloned() }))
    }

    /// What the deepest file that says something says.
    fn has(&self, path: &Path, is_folder: bool) -> bool {
        let decided = self.matcher.matched(path, is_folder);
        match &self.above {
            _ if !decided.is_none() => decided.is_ignore(),
            Some(above) => above.has(path, is_folder),
            None => false,
        }
    }
}

/// Looks through a folder, and at the same time through those in it.
fn search<'s>(
    scope: &rayon::Scope<'s>,
    folders: &'s Folders,
    place: PathBuf,
    above: Option<Arc<Ignored>>,
    found: &'s Mutex<Found>,
) {
    let entries = folders.entries(&place);
    let has = |wanted: &str| entries.iter().any(|it| it.name == wanted);
    let ignored = Ignored::within(above.as_ref(), &place, has);
    let is_ignored =
        |path: &Path, is_folder| ignored.as_ref().is_some_and(|it| it.has(path, is_folder));
    for Entry { name, is_folder } in &*entries {
        let path = place.join(name);
        let describes = !is_folder && reader_for(&path).is_some();
        let is_wanted = match is_folder {
            true => !name.to_str().is_some_and(is_others),
            false => describes || is_dockerfile_name(&path),
        };
        if !is_wanted || is_ignored(&path, *is_folder) {
            continue;
        }
        if *is_folder {
            let ignored = ignored.clone();
            scope.spawn(move |scope| search(scope, folders, path, ignored, found));
            continue;
        }
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        match describes {
            true => found.files.push(path),
            false => found.dockerfiles.push(path),
        }
    }
}

/// Whether a folder is not of the project itself.
fn is_others(name: &str) -> bool {
    VENDORED.contains(&name) || VERSION_CONTROL.contains(&name)
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

#[cfg(test)]
mod tests {
    use super::Project;

    fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    /// Where Dockerfiles are found, from the top.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let folder = written(files);
        let top = folder.path().canonicalize().unwrap();
        let all = Project::scan(&top).dockerfiles;
        all.iter().map(|it| it.strip_prefix(&top).unwrap().to_str().unwrap().to_owned()).collect()
    }

    /// Where the library that others search with finds them.
    fn searched(files: &[(&str, &str)]) -> Vec<String> {
        let folder = written(files);
        let mut walker = ignore::WalkBuilder::new(folder.path());
        walker.hidden(false).parents(false).ignore(false).git_global(false).git_exclude(false);
        let own = |path: &std::path::Path| path.strip_prefix(folder.path()).unwrap().to_owned();
        let all = walker.build().flatten().filter(|it| super::is_dockerfile_name(it.path()));
        let all = all.map(|it| own(it.path()));
        let is_own = |it: &std::path::PathBuf| {
            !it.iter().any(|part| super::is_others(part.to_str().unwrap()))
        };
        let mut all: Vec<_> = all.filter(is_own).collect();
        all.sort();
        all.iter().map(|it| it.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_git_ignores_and_what_others_wrote_is_not_found() {
        let files = [
            (".gitignore", "out\n*.old/\n!keep.old/\n"),
            (".github/Dockerfile", ""),
            ("Dockerfile", ""),
            ("a.old/Dockerfile", ""),
            ("inner/.git/x", ""),
            ("inner/out/Dockerfile", ""),
            ("keep.old/Dockerfile", ""),
            ("node_modules/Dockerfile", ""),
            ("out/Dockerfile", ""),
            ("sub/.gitignore", "!out\nweb.Dockerfile\n"),
            ("sub/out/Dockerfile", ""),
            ("sub/web.Dockerfile", ""),
        ];
        // Only a repository ignores anything.
        assert_eq!(found(&files), searched(&files));
        assert_eq!(found(&files).len(), 8);
        let versioned = [&files[..], &[(".git/HEAD", "")]].concat();
        assert_eq!(found(&versioned), searched(&versioned));
        assert_eq!(found(&versioned).len(), 5);
    }
}
