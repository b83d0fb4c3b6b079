//! Where `actions/checkout` puts repositories.

use super::super::paths::{below, join};
use super::super::{Build, ContextSource};
use crate::yaml::Node;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The checkouts of a job.
pub(super) struct Checkouts<'c> {
    root: &'c Path,
    /// Folders below the workspace, and whether the project itself is there.
    folders: Vec<(PathBuf, bool)>,
}

impl<'c> Checkouts<'c> {
    pub(super) fn of(steps: &[Rc<Node>], root: &'c Path) -> Self {
        let mut folders = Vec::new();
        for step in steps {
            let uses = step.get("uses").and_then(|uses| uses.text()).unwrap_or_default();
            if !uses.starts_with("actions/checkout@") {
                continue;
            }
            let input = |name: &str| step.get("with")?.get(name)?.text();
            let own = input("repository").is_none_or(|it| it.contains("github.repository"));
            folders.push((join(root, input("path").unwrap_or(".")), own));
        }
        folders.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.components().count()));
        Self { root, folders }
    }

    /// From the workspace to the project; `None` is in another repository.
    fn path(&self, path: &Path) -> Option<PathBuf> {
        for (folder, own) in &self.folders {
            if let Some(rest) = below(folder, path) {
                return own.then(|| join(self.root, &rest));
            }
        }
        Some(path.to_path_buf())
    }

    /// Moves the paths of a build; whether it is one of the project's.
    pub(super) fn place(&self, build: &mut Build) -> bool {
        // The action's own checkout does not depend on where the workspace's is.
        let ContextSource::Folder(folder) = &build.context else { return true };
        let Some(context) = self.path(folder) else { return false };
        let Some(dockerfile) = self.path(&build.dockerfile) else { return false };
        build.context = ContextSource::Folder(context);
        build.dockerfile = dockerfile;
        true
    }
}
