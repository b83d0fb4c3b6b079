//! What is around a Dockerfile: the builds that use it, and the files of their build contexts.
//!
//! It reads files and changes none. It knows no transform.

pub mod builds;
mod context;
mod dockerfiles;
pub mod files;
mod folders;
pub mod ignore_file;
pub mod manifests;
pub mod owners;
mod reader;
mod scan;
mod submodules;
mod texts;
mod tracked;
mod tree;

pub use context::{BuildContext, Contexts, Evidence, Takes, applied_ignore_file};
pub use dockerfiles::is_dockerfile_name;
pub use folders::Folders;
pub use scan::{VENDORED, VERSION_CONTROL};
pub use texts::{ContextFiles, ContextFolder};
pub use tree::{IgnoredLine, LEFTOVERS, Tree};

use builds::{Build, Inline, Unclear};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A repository, or a folder that stands for one, with the builds that its files describe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Absolute, links resolved.
    pub root: PathBuf,
    /// Sorted by their Dockerfiles, and those of one in the order of the files that describe them.
    pub builds: Vec<Build>,
    /// What may be a build of any Dockerfile.
    pub unclear: Vec<Unclear>,
    /// Dockerfiles that are written in files which describe builds.
    pub inline: Vec<Inline>,
    /// All files that are called like one, sorted.
    pub dockerfiles: Vec<PathBuf>,
    /// The folders of submodules, checked out or not.
    pub submodules: Vec<PathBuf>,
    /// What is in its folders, as far as they have been looked into.
    pub folders: Arc<Folders>,
}

/// The top of the repository around `folder`, if it is in one. A submodule is part of that around it. Paths
/// are absolute.
pub fn repository(folder: &Path) -> Option<&Path> {
    submodules::top(folder)
}

/// What stands for a repository where there is none: the nearest folder that holds a file which describes
/// builds, from `folder` up to `here`, where the command runs; else `folder`.
pub fn stand_in<'f>(folder: &'f Path, here: &Path) -> &'f Path {
    let mut above = folder.ancestors().take_while(|above| above.starts_with(here));
    above.find(|above| describes_builds(above)).unwrap_or(folder)
}

/// The files right in `folder` that are called like a Dockerfile, sorted.
pub fn dockerfiles_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| is_dockerfile_name(path)).collect();
    paths.sort();
    paths
}

/// Whether a file right in `folder` describes builds.
pub fn describes_builds(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| builds::is_description(&entry.path()))
}

impl Project {
    /// One of which nothing is known.
    pub fn empty(root: PathBuf) -> Self {
        let (builds, unclear, inline) = Default::default();
        let (dockerfiles, submodules, folders) = Default::default();
        Self { root, builds, unclear, inline, dockerfiles, submodules, folders }
    }

    /// Whether nothing is known of it but where it is.
    pub fn is_empty(&self) -> bool {
        let Self { root: _, builds, unclear, inline, dockerfiles, submodules, folders: _ } = self;
        builds.is_empty()
            && unclear.is_empty()
            && inline.is_empty()
            && dockerfiles.is_empty()
            && submodules.is_empty()
    }

    /// The builds that use `dockerfile`, which is absolute.
    pub fn builds_of(&self, dockerfile: &Path) -> impl Iterator<Item = &Build> {
        let first = self.builds.partition_point(|build| build.dockerfile.as_path() < dockerfile);
        self.builds[first..].iter().take_while(move |build| build.dockerfile == dockerfile)
    }

    /// Builds whose Dockerfile is not there.
    pub fn without_dockerfile(&self) -> impl Iterator<Item = &Build> {
        self.builds.iter().filter(|build| !build.dockerfile.is_file())
    }

    /// The submodule that `path` is or lies in, if that is not checked out.
    pub fn missing_submodule(&self, path: &Path) -> Option<&Path> {
        let mut around = self.submodules.iter().filter(|it| path.starts_with(it));
        around.find(|it| is_missing(it)).map(PathBuf::as_path)
    }

    /// A submodule below `folder` that is not checked out.
    pub fn missing_submodule_in(&self, folder: &Path) -> Option<&Path> {
        let mut below = self.submodules.iter().filter(|it| it.starts_with(folder));
        below.find(|it| is_missing(it)).map(PathBuf::as_path)
    }

    /// What may be a build of `dockerfile`, and says so.
    pub fn unclear_of(&self, dockerfile: &Path) -> impl Iterator<Item = &Unclear> {
        self.unclear.iter().filter(move |it| it.dockerfile.as_deref() == Some(dockerfile))
    }

    /// What may be a build of any Dockerfile.
    pub fn unclear_of_any(&self) -> impl Iterator<Item = &Unclear> {
        self.unclear.iter().filter(|it| it.dockerfile.is_none())
    }
}

/// git makes the folder of a submodule, and nothing in it until it is checked out.
fn is_missing(submodule: &Path) -> bool {
    std::fs::read_dir(submodule).map_or(true, |mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{repository, stand_in};

    #[test]
    fn without_version_control_the_nearest_description_is_the_top() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().canonicalize().unwrap();
        let inner = here.join("a/b/c");
        std::fs::create_dir_all(&inner).unwrap();
        assert_eq!((repository(&inner), stand_in(&inner, &here)), (None, &*inner));
        std::fs::write(here.join("a/compose.yaml"), "").unwrap();
        assert_eq!(stand_in(&inner, &here), here.join("a"));
        assert_eq!(stand_in(&inner, &inner), inner);
        std::fs::create_dir(here.join(".git")).unwrap();
        assert_eq!(repository(&inner), Some(&*here));
    }
}
