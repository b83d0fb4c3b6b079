//! The Dockerfiles that take something out of build contexts, found by the folders that these are.

use crate::project::Project;
use crate::report::Origin;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Dockerfile that takes something out of a build context: of the run, or of the repository around it.
pub(in crate::cli) struct Member {
    pub(super) dockerfile: PathBuf,
    pub(super) top: Option<Arc<Path>>,
    /// `None` if it is not of the run.
    pub(super) origin: Option<Origin>,
    pub(super) after: After,
    /// The folders that are known to be its contexts.
    pub(super) folders: Vec<PathBuf>,
    /// Nothing tells its context.
    pub(super) is_guess: bool,
    /// What is around it; `None` where nothing is known, which is then about its own folder.
    pub(super) project: Option<Arc<Project>>,
}

/// What all steps make of a Dockerfile.
pub(super) enum After {
    /// What is on the disk, when it is asked for.
    OnDisk,
    Text(Arc<str>),
    /// It is made again when it is asked for: the texts of many files are not kept.
    Again,
}

impl Member {
    /// Bytes of text that are kept.
    pub(in crate::cli) fn kept(&self) -> usize {
        match &self.after {
            After::Text(text) => text.len(),
            After::OnDisk | After::Again => 0,
        }
    }

    pub(in crate::cli) fn forget_text(&mut self) {
        if self.kept() > 0 {
            self.after = After::Again;
        }
    }

    pub(super) fn own_folder(&self) -> &Path {
        self.dockerfile.parent().unwrap_or(&self.dockerfile)
    }

    pub(super) fn project_root(&self) -> &Path {
        self.project.as_ref().map_or(self.own_folder(), |it| &it.root)
    }
}

/// Which Dockerfiles may be built with a folder.
pub(super) struct Near<'m> {
    members: &'m [Member],
    /// Those that are known to be, by their numbers.
    known: HashMap<&'m Path, Vec<usize>>,
    /// Those of which nothing tells it, sorted by their paths: what is below a folder stands together.
    guessed: Vec<(&'m Path, usize)>,
}

impl<'m> Near<'m> {
    pub(super) fn new(members: &'m [Member]) -> Self {
        let (mut known, mut guessed): (HashMap<_, Vec<_>>, _) = (HashMap::new(), Vec::new());
        for (number, member) in members.iter().enumerate() {
            for folder in &member.folders {
                known.entry(folder.as_path()).or_default().push(number);
            }
            if member.is_guess {
                guessed.push((member.dockerfile.as_path(), number));
            }
        }
        guessed.sort_unstable();
        Self { members, known, guessed }
    }

    pub(super) fn to(&self, folder: &Path) -> Vec<&'m Member> {
        let known = self.known.get(folder).into_iter().flatten().copied();
        let first = self.guessed.partition_point(|(path, _)| *path < folder);
        let below = self.guessed[first..].iter().take_while(|(path, _)| path.starts_with(folder));
        let numbers: BTreeSet<usize> = known.chain(below.map(|(_, number)| *number)).collect();
        numbers.into_iter().map(|number| &self.members[number]).collect()
    }
}

/// What is around a Dockerfile of whose folder nothing is known.
pub(super) fn empty_project(root: &Path) -> Arc<Project> {
    Arc::new(Project::empty(root.to_owned()))
}
