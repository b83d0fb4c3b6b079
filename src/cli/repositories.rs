//! The repositories around Dockerfiles, and what each says about a Dockerfile in it.

use super::context::LONGEST_IGNORE_FILE;
use super::discover::Seen;
use super::{read, settings};
use crate::facts::{Child, Facts, Part, Surroundings, Target, Use, Way};
use crate::project::builds::{self, Build, Inline, names};
use crate::project::ignore_file::IgnoreFile;
use crate::project::{self, BuildContext, ContextFolder, Evidence, Project, Takes};
use crate::report::context::shown;
use crate::syntax;
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Images built on images built on images are followed so far.
const DEEPEST: usize = 4;

/// Folders of which it is remembered that nothing describes builds in them.
const REMEMBERED: usize = 1 << 12;

/// All repositories that hold Dockerfiles of this run, each read once.
#[derive(Debug, Default)]
pub(super) struct Repositories {
    by_top: HashMap<PathBuf, Repository>,
    /// What stands for a repository where there is none, by folder.
    loose: Mutex<FxHashMap<PathBuf, Option<Arc<Project>>>>,
    seen: Seen,
}

#[derive(Debug)]
struct Repository {
    project: Arc<Project>,
    /// By the name of an image, without tag and digest and with `*` for what is not known: what uses it.
    users: OnceLock<Users>,
    /// What is known of a Dockerfile, by how many images lie between it and the one that is asked for.
    known: Mutex<HashMap<(PathBuf, usize), Arc<Surroundings>>>,
}

/// What uses images.
#[derive(Debug, Default)]
struct Users {
    by_name: HashMap<String, Vec<(PathBuf, Child)>>,
    /// Names by their last parts, which are known.
    by_last: HashMap<String, Vec<String>>,
    /// Names of whose last part something is not known.
    starred: Vec<String>,
}

impl Repositories {
    /// Reads the repositories with these tops.
    pub(super) fn read<'t>(tops: impl Iterator<Item = &'t Path>, seen: Seen) -> Self {
        let tops: BTreeSet<&Path> = tops.collect();
        let read = |top: &Path| {
            let project = Arc::new(Project::scan(top));
            let (users, known) = (OnceLock::new(), Mutex::default());
            (top.to_owned(), Repository { project, users, known })
        };
        Self { by_top: tops.into_iter().map(read).collect(), loose: Mutex::default(), seen }
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
        let found = self.described(folder, here);
        found.unwrap_or_else(|| Arc::new(Project::empty(folder.to_owned())))
    }

    /// The project below the nearest folder, from `folder` up to `here`, in which a file describes builds.
    fn described(&self, folder: &Path, here: &Path) -> Option<Arc<Project>> {
        let loose = || self.loose.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loose().get(folder) {
            return known.clone();
        }
        let describes = || {
            let seen = self.seen.describes_builds(folder);
            seen.unwrap_or_else(|| project::describes_builds(folder))
        };
        let found = match folder.starts_with(here) {
            false => None,
            true if describes() => Some(Arc::new(Project::scan(folder))),
            true => folder.parent().and_then(|above| self.described(above, here)),
        };
        let mut loose = loose();
        if loose.len() >= REMEMBERED {
            // What was read of a project is kept, and that there is none is soon found again.
            loose.retain(|_, found| found.is_some());
        }
        loose.entry(folder.to_owned()).or_insert(found).clone()
    }

    /// What the repository at `top` says about a Dockerfile in it; `limit` is how large one may be.
    pub(super) fn surroundings(
        &self,
        top: Option<&Path>,
        file: &Path,
        limit: u64,
    ) -> Arc<Surroundings> {
        let repository = top.and_then(|top| self.by_top.get(top));
        let repository = repository.filter(|it| it.tells_of(file));
        repository.map(|it| it.surroundings(file, limit, 0)).unwrap_or_default()
    }
}

/// The folders from which the files of the Dockerfile `target` are taken, which `takes` this; where nothing
/// tells, the likely one.
pub(super) fn context_folders(
    project: &Project,
    target: &Path,
    takes: &Takes,
    given: Option<&Path>,
) -> Vec<ContextFolder> {
    let contexts = project.contexts(target, takes, given);
    if !contexts.elsewhere.is_empty() {
        return Vec::new();
    }
    let folder = |it: BuildContext| {
        let (root, is_guess) = (it.folder, matches!(it.evidence, Evidence::Guess { .. }));
        let applied = project::applied_ignore_file(target, &root);
        let text = applied.and_then(|path| read::file(&path, LONGEST_IGNORE_FILE).ok());
        let ignore = text.and_then(|text| IgnoreFile::parse(&text).ok());
        ContextFolder { root, ignore, is_guess, folders: project.folders.clone() }
    };
    contexts.folders.into_iter().map(folder).collect()
}

impl Repository {
    /// Whether anything says something about the Dockerfile `file`.
    fn tells_of(&self, file: &Path) -> bool {
        self.project.builds_of(file).next().is_some()
            || self.project.unclear_of(file).next().is_some()
    }

    fn surroundings(&self, file: &Path, limit: u64, depth: usize) -> Arc<Surroundings> {
        if depth > DEEPEST {
            return Arc::default();
        }
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (file.to_owned(), depth);
        if let Some(surroundings) = lock().get(&key) {
            return surroundings.clone();
        }
        let surroundings = Arc::new(self.worked_out(file, limit, depth));
        lock().insert(key, surroundings.clone());
        surroundings
    }

    /// How what a Dockerfile makes is run, and where that is told.
    fn uses(&self, file: &Path) -> Vec<Use> {
        let here = settings::current_folder();
        let known = self.project.builds_of(file);
        let known = known.map(|build| (target_of(build), &build.place, &build.runs));
        let unclear = self.project.unclear_of(file);
        let unclear = unclear.map(|it| (perhaps_target(&it.target), &it.place, &it.runs));
        let uses = known.chain(unclear).flat_map(|(target, place, runs)| {
            let place = format!("{}:{}", shown(&place.file, &here), place.line);
            let workshop = runs.is_workshop.then_some(Way::Workshop);
            let as_root = runs.as_root.clone().map(Way::AsRoot);
            let volumes = runs.volumes.iter().cloned().map(Way::Volume);
            let bound = runs.bound.iter().cloned().map(Way::Bound);
            let ports = runs.ports.iter().copied().map(Way::Port);
            let synced = runs.synced.clone().map(Way::Synced);
            let command = runs.command.clone().map(Way::Command);
            let health = runs.health.clone().map(Way::Health);
            let ways = workshop.into_iter().chain(as_root).chain(synced).chain(command);
            let ways = ways.chain(health);
            let ways = ways.chain(volumes).chain(bound).chain(ports);
            ways.map(move |way| Use { target: target.clone(), place: place.clone(), way })
        });
        uses.collect()
    }

    fn worked_out(&self, file: &Path, limit: u64, depth: usize) -> Surroundings {
        let known = self.project.builds_of(file);
        let known = known.map(|build| (target_of(build), &build.images, &build.names));
        let unclear = self.project.unclear_of(file);
        let unclear = unclear.map(|it| (perhaps_target(&it.target), &it.images, &it.names));
        let (mut targets, mut children) = (BTreeSet::new(), Vec::new());
        let (mut any_target, mut seen) = (false, HashSet::new());
        for (target, images, names) in known.chain(unclear) {
            for name in images.iter().chain(names).filter_map(|image| name_of(image)) {
                for (path, child) in self.users(&name, limit) {
                    // An image may be called as the one that it is built on.
                    if path != file && seen.insert((path, child.part, target.clone())) {
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
        let targets = targets.into_iter().collect();
        Surroundings { targets, any_target, children, uses: self.uses(file) }
    }

    /// What uses an image of this name, or of one that may be the same.
    fn users(&self, name: &str, limit: u64) -> Vec<&(PathBuf, Child)> {
        let Users { by_name, by_last, starred } = self.all_users(limit);
        let may_be = |other: &&String| *other != name && names::may_be_same(name, other);
        let last = names::last_part(name);
        let mut unsure: Vec<&String> = match last.contains('*') {
            true => by_name.keys().filter(may_be).collect(),
            false => {
                by_last.get(last).into_iter().flatten().chain(starred).filter(may_be).collect()
            }
        };
        unsure.sort();
        let names = std::iter::once(name).chain(unsure.into_iter().map(String::as_str));
        names.filter_map(|name| by_name.get(name)).flatten().collect()
    }

    /// A Dockerfile that is no valid one builds nothing.
    fn all_users(&self, limit: u64) -> &Users {
        self.users.get_or_init(|| {
            let here = settings::current_folder();
            let mut users = Users::default();
            let mut add = |path: &Path, text: Arc<str>, builds: &[&Build]| {
                let Ok(file) = syntax::parse(&text) else { return };
                for (part, names) in uses(&Facts::new(&file), builds) {
                    for name in names {
                        let (name_here, text) = (shown(path, &here), text.clone());
                        let (target, surroundings) = (Target::Last, Arc::default());
                        let child = Child { name: name_here, text, part, target, surroundings };
                        users.by_name.entry(name).or_default().push((path.to_owned(), child));
                    }
                }
            };
            for path in &self.project.dockerfiles {
                let Ok(text) = read::file(path, limit) else { continue };
                let builds: Vec<&Build> = self.project.builds_of(path).collect();
                add(path, Arc::from(text), &builds);
            }
            for Inline { build, text } in &self.project.inline {
                add(&build.dockerfile, text.clone(), &[build]);
            }
            for name in users.by_name.keys() {
                match names::last_part(name) {
                    last if last.contains('*') => users.starred.push(name.clone()),
                    last => {
                        users.by_last.entry(last.to_owned()).or_default().push(name.clone());
                    }
                }
            }
            users
        })
    }
}

fn target_of(build: &Build) -> Target {
    build.target.clone().map_or(Target::Last, Target::Named)
}

fn perhaps_target(target: &builds::Target) -> Target {
    match target {
        builds::Target::Last => Target::Last,
        builds::Target::Named(name) => Target::Named(name.clone()),
        builds::Target::Unknown => Target::Any,
    }
}

/// What of a Dockerfile uses images, and the names that these may have.
fn uses(facts: &Facts<'_>, builds: &[&Build]) -> Vec<(Part, BTreeSet<String>)> {
    // As it is written, and as each build has it.
    let ways = || std::iter::once(None).chain(builds.iter().copied().map(Some));
    let replaced = |image: &str, build: Option<&Build>| {
        let build = build?;
        let source = build.contexts.get(image)?;
        Some(match source.strip_prefix("docker-image://") {
            Some(image) => name_of(image),
            None => Some(Build::own_name(&build.place.file, source)),
        })
    };
    let resolved = |image: String, build: Option<&Build>| {
        replaced(&image, build).unwrap_or_else(|| name_of(&image))
    };
    // A named context takes the place of a stage of its name.
    let over_stages = (0..facts.stages.len()).map(|stage| {
        let name = facts.base_stage_name(stage);
        let over = |build: &Build| {
            let mut contexts = build.contexts.keys();
            let key = contexts.find(|key| name.is_some_and(|it| it.eq_ignore_ascii_case(key)))?;
            replaced(key, Some(build))?
        };
        (Part::Stage(stage), builds.iter().filter_map(|build| over(build)).collect())
    });
    let bases = (0..facts.stages.len()).map(|stage| {
        let names = ways().flat_map(|build| {
            let given = |name: &str| build?.arguments.get(name).cloned();
            let images = facts.base_images(stage, &given).into_iter();
            images.filter_map(|image| resolved(image, build)).collect::<Vec<_>>()
        });
        (Part::Stage(stage), names.collect())
    });
    let read = facts.read_images().map(|(index, image)| {
        let names = ways().filter_map(|build| resolved(image.to_owned(), build));
        (Part::Files(index), names.collect())
    });
    bases.chain(over_stages).chain(read).collect()
}

/// The whole name of an image without tag and digest, or what only builds of one file call it.
fn name_of(image: &str) -> Option<String> {
    let own = image.starts_with("target:") || image.starts_with("service:");
    if own { Some(image.to_owned()) } else { names::name_of(image) }
}
