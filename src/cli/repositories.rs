//! The repositories around Dockerfiles, and what each says about a Dockerfile in it.

use super::context::LONGEST_IGNORE_FILE;
use super::{read, settings};
use crate::facts::{Child, Facts, Part, SourceKind, Surroundings, Target};
use crate::project::builds::{self, Build, names};
use crate::project::ignore_file::IgnoreFile;
use crate::project::{self, ContextFolder, Project};
use crate::report::context::shown;
use crate::syntax;
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
    /// By the name of an image, without tag and digest and with `*` for what is not known: what uses it.
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
        if depth > DEEPEST {
            return Arc::default();
        }
        let known = self.project.builds_of(file).map(|build| {
            let target = build.target.clone().map_or(Target::Last, Target::Named);
            (target, &build.images, &build.names)
        });
        let unclear = self.project.unclear_of(file).map(|it| {
            let target = match &it.target {
                builds::Target::Last => Target::Last,
                builds::Target::Named(name) => Target::Named(name.clone()),
                builds::Target::Unknown => Target::Any,
            };
            (target, &it.images, &it.names)
        });
        let (mut targets, mut children) = (BTreeSet::new(), Vec::new());
        let mut any_target = false;
        for (target, images, names) in known.chain(unclear) {
            for name in images.iter().chain(names).filter_map(|image| name_of(image)) {
                for (path, child) in self.users(&name, limit) {
                    // An image may be called as the one that it is built on.
                    if path != file {
                        let surroundings = self.surroundings(path, limit, depth + 1);
                        children.push(Child {
                            target: target.clone(),
                            surroundings,
                            ..child.clone()
                        });
                    }
                }
            }
            any_target |= target == Target::Any;
            if let Target::Named(name) = target {
                targets.insert(name);
            }
        }
        children.dedup();
        Arc::new(Surroundings { targets: targets.into_iter().collect(), any_target, children })
    }

    /// What uses an image of this name, or of one that may be the same.
    fn users(&self, name: &str, limit: u64) -> Vec<&(PathBuf, Child)> {
        let users = self.children(limit);
        let may_be = |(other, _): &(&String, _)| names::may_be_same(name, other);
        let starred = users.iter().filter(|(other, _)| name.contains('*') || other.contains('*'));
        let mut unsure: Vec<_> = starred.filter(|it| it.0 != name).filter(may_be).collect();
        unsure.sort_by_key(|(name, _)| *name);
        let sure = users.get(name).into_iter().flatten();
        sure.chain(unsure.into_iter().flat_map(|(_, users)| users)).collect()
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
                for (part, names) in self.uses(path, &Facts::new(&file)) {
                    for name in names {
                        let (name_here, text) = (shown(path, &here), text.clone());
                        let (target, surroundings) = (Target::Last, Arc::default());
                        let child = Child { name: name_here, text, part, target, surroundings };
                        children.entry(name).or_default().push((path.clone(), child));
                    }
                }
            }
            children
        })
    }

    /// What of a Dockerfile uses images, and the names that these may have.
    fn uses(&self, path: &Path, facts: &Facts<'_>) -> Vec<(Part, BTreeSet<String>)> {
        let builds: Vec<&Build> = self.project.builds_of(path).collect();
        // As it is written, and as each build has it.
        let ways = || std::iter::once(None).chain(builds.iter().map(Some));
        let resolved = |image: String, build: Option<&&Build>| {
            let replaced = build.and_then(|build| {
                let source = build.contexts.get(&image)?;
                Some(match source.strip_prefix("docker-image://") {
                    Some(image) => name_of(image),
                    None => Some(Build::own_name(&build.place.file, source)),
                })
            });
            replaced.unwrap_or_else(|| name_of(&image))
        };
        let bases = (0..facts.stages.len()).map(|stage| {
            let names = ways().flat_map(|build| {
                let given = |name: &str| build?.arguments.get(name).cloned();
                let images = facts.base_images(stage, &given).into_iter();
                images
                    .filter_map(|image| resolved(image, build.copied().as_ref()))
                    .collect::<Vec<_>>()
            });
            (Part::Stage(stage), names.collect())
        });
        let read = facts.read_images().map(|(index, image)| {
            let names =
                ways().filter_map(|build| resolved(image.to_owned(), build.copied().as_ref()));
            (Part::Files(index), names.collect())
        });
        bases.chain(read).collect()
    }
}

/// The whole name of an image without tag and digest, or what only builds of one file call it.
fn name_of(image: &str) -> Option<String> {
    let own = image.starts_with("target:") || image.starts_with("service:");
    if own { Some(image.to_owned()) } else { names::name_of(image) }
}
