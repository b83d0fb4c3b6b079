//! The repositories around Dockerfiles, and what each says about a Dockerfile in it.

use super::context::LONGEST_IGNORE_FILE;
use super::{read, settings};
use crate::facts::{Base, Child, Facts, SourceKind, Surroundings};
use crate::project::builds::Build;
use crate::project::ignore_file::IgnoreFile;
use crate::project::{self, ContextFolder, Project};
use crate::report::context::shown;
use crate::syntax;
use crate::syntax::image_reference::ImageReference;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Images built on images built on images are followed so far.
const DEEPEST: usize = 4;

/// All repositories that hold Dockerfiles of this run, each read once.
#[derive(Debug, Default)]
pub(super) struct Repositories {
    by_top: HashMap<PathBuf, Repository>,
    /// What stands for repositories where there is none, by folder.
    loose: Mutex<HashMap<PathBuf, Option<Arc<Project>>>>,
}

#[derive(Debug)]
struct Repository {
    project: Arc<Project>,
    /// By the name of an image, without tag and digest: stages that are built on it.
    children: OnceLock<HashMap<String, Vec<(PathBuf, Child)>>>,
}

impl Repositories {
    /// Reads the repositories with these tops.
    pub(super) fn read<'t>(tops: impl Iterator<Item = &'t Path>) -> Self {
        let tops: BTreeSet<&Path> = tops.collect();
        let read = |top: &Path| {
            let (project, children) = (Arc::new(Project::scan(top)), OnceLock::new());
            (top.to_owned(), Repository { project, children })
        };
        Self { by_top: tops.into_iter().map(read).collect(), loose: Mutex::default() }
    }

    pub(super) fn project(&self, top: &Path) -> Option<&Project> {
        self.by_top.get(top).map(|it| &*it.project)
    }

    /// The repository with the top `top`, or what stands for one around the Dockerfiles in `folder`: the
    /// nearest folder up to `here` that holds a file which describes builds.
    pub(super) fn around(&self, top: Option<&Path>, folder: &Path, here: &Path) -> Arc<Project> {
        if let Some(repository) = top.and_then(|top| self.by_top.get(top)) {
            return repository.project.clone();
        }
        let above = folder.ancestors().take_while(|above| above.starts_with(here));
        let found = above.into_iter().find_map(|above| self.described(above));
        found.unwrap_or_else(|| {
            let (builds, unclear, dockerfiles) = (Vec::new(), Vec::new(), Vec::new());
            Arc::new(Project { root: folder.to_owned(), builds, unclear, dockerfiles })
        })
    }

    /// The project below `folder` if a file in it describes builds.
    fn described(&self, folder: &Path) -> Option<Arc<Project>> {
        let loose = || self.loose.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loose().get(folder) {
            return known.clone();
        }
        let found = project::describes_builds(folder).then(|| Arc::new(Project::scan(folder)));
        loose().entry(folder.to_owned()).or_insert(found).clone()
    }

    /// The folders from which the files of the Dockerfile `target`, with the text `source`, are taken; where
    /// nothing tells, the likely one.
    pub(super) fn context_folders(
        &self,
        (top, target): (Option<&Path>, &Path),
        source: &str,
        here: &Path,
        given: Option<&Path>,
    ) -> Vec<ContextFolder> {
        let (Ok(parsed), Some(own)) = (syntax::parse(source), target.parent()) else {
            return Vec::new();
        };
        let facts = Facts::new(&parsed);
        let sources = facts.sources();
        let copied = sources.iter().filter(|it| it.kind != SourceKind::BindMount);
        let copied: Vec<&str> = copied.filter_map(|it| it.path.as_deref()).collect();
        let project = self.around(top, own, here);
        let contexts = project.contexts(target, &copied, &[], given);
        if !contexts.elsewhere.is_empty() {
            return Vec::new();
        }
        let folder = |root: PathBuf| {
            let applied = project::applied_ignore_file(target, &root);
            let text = applied.and_then(|path| read::file(&path, LONGEST_IGNORE_FILE).ok());
            let ignore = text.and_then(|text| IgnoreFile::parse(&text).ok());
            ContextFolder { root, ignore }
        };
        contexts.folders.into_iter().map(|it| folder(it.folder)).collect()
    }

    /// What the repository at `top` says about a Dockerfile in it; `limit` is how large one may be.
    pub(super) fn surroundings(
        &self,
        top: Option<&Path>,
        file: &Path,
        limit: u64,
    ) -> Arc<Surroundings> {
        let repository = top.and_then(|top| self.by_top.get(top));
        repository.map(|it| it.surroundings(file, limit, 0)).unwrap_or_default()
    }
}

impl Repository {
    fn surroundings(&self, file: &Path, limit: u64, depth: usize) -> Arc<Surroundings> {
        let builds: Vec<&Build> = self.project.builds_of(file).collect();
        if builds.is_empty() || depth > DEEPEST {
            return Arc::default();
        }
        let targets: BTreeSet<&String> =
            builds.iter().filter_map(|it| it.target.as_ref()).collect();
        let mut children = Vec::new();
        for build in &builds {
            for name in build.images.iter().filter_map(|image| name_of(image)) {
                let known = self.children(limit).get(&name).into_iter().flatten();
                // An image may be called as the one that it is built on.
                let others = known.filter(|(path, _)| path != file);
                children.extend(others.map(|(path, child)| Child {
                    target: build.target.clone(),
                    surroundings: self.surroundings(path, limit, depth + 1),
                    ..child.clone()
                }));
            }
        }
        children.dedup();
        Arc::new(Surroundings { targets: targets.into_iter().cloned().collect(), children })
    }

    /// A Dockerfile that is no valid one builds nothing.
    fn children(&self, limit: u64) -> &HashMap<String, Vec<(PathBuf, Child)>> {
        self.children.get_or_init(|| {
            let here = settings::current_folder();
            let mut children: HashMap<String, Vec<(PathBuf, Child)>> = HashMap::new();
            for path in &self.project.dockerfiles {
                let Ok(text) = read::file(path, limit) else { continue };
                let Ok(file) = syntax::parse(&text) else { continue };
                let text: Arc<str> = Arc::from(&*text);
                for (stage, facts) in Facts::new(&file).stages.iter().enumerate() {
                    let Base::Image(image) = &facts.base else { continue };
                    let Some(name) = name_of(image) else { continue };
                    let (text, shown) = (text.clone(), shown(path, &here));
                    let surroundings = Arc::default();
                    let child = Child { name: shown, text, stage, target: None, surroundings };
                    children.entry(name).or_default().push((path.clone(), child));
                }
            }
            children
        })
    }
}

/// The whole name of an image without tag and digest.
fn name_of(image: &str) -> Option<String> {
    ImageReference::parse(image)?.full_name()
}
