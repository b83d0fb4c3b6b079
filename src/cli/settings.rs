//! What applies to a Dockerfile: the nearest configuration and the command line, which wins.

use super::arguments::{Arguments, Runtime};
use super::configuration::{self, Configuration, FILE_NAME, Switch};
use super::{Refusal, read, suggest};
use crate::pipeline::{Agreement, Request};
use crate::report::summary::StrayProblem;
use crate::report::{Colour, Problem};
use crate::transform::Transform;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a configuration file.
const LIMIT: u64 = 1 << 20;

/// Folders of which it is remembered what applies in them.
const REMEMBERED: usize = 1 << 12;

/// What applies to the Dockerfiles below one configuration file.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) request: Request<'static>,
    /// All that there are, also those that are switched off.
    pub(super) known: &'static [&'static Transform],
    pub(super) files: Patterns,
}

/// `include` and `exclude`, relative to the folder `base`.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    base: PathBuf,
    /// Files and whole folders.
    include: GlobSet,
    /// Those of `include` that name a file, which then need not be named like a Dockerfile.
    names: GlobSet,
    exclude: GlobSet,
}

impl Patterns {
    /// Globs match a whole path below `base`; one without `/` matches in every folder.
    pub(super) fn new(
        base: PathBuf,
        include: &[String],
        exclude: &[String],
    ) -> Result<Self, Refusal> {
        let is_name = |glob: &&String| {
            glob.rsplit('/').next().is_some_and(|it| !it.trim_matches('*').is_empty())
        };
        let names: Vec<String> = include.iter().filter(is_name).cloned().collect();
        let (names, _) = globs(&names)?;
        let sets = (globs(include)?.1, globs(exclude)?.1);
        Ok(Self { base, include: sets.0, names, exclude: sets.1 })
    }

    pub(super) fn name(&self, path: &Path) -> bool {
        !self.names.is_empty() && self.names.is_match(self.relative(path))
    }

    pub(super) fn include(&self, path: &Path) -> bool {
        !self.include.is_empty() && self.include.is_match(self.relative(path))
    }

    pub(super) fn exclude(&self, path: &Path) -> bool {
        !self.exclude.is_empty() && self.exclude.is_match(self.relative(path))
    }

    pub(super) fn includes_anything(&self) -> bool {
        !self.include.is_empty()
    }

    fn relative<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.base).unwrap_or(path)
    }
}

/// What the patterns match, and that together with everything below it.
fn globs(patterns: &[String]) -> Result<(GlobSet, GlobSet), Refusal> {
    let (mut exact, mut all) = (GlobSetBuilder::new(), GlobSetBuilder::new());
    for pattern in patterns {
        let whole = pattern.trim_end_matches('/');
        let whole = match whole.strip_prefix('/') {
            Some(anchored) => anchored.to_owned(),
            None if whole.contains('/') => whole.to_owned(),
            None => format!("**/{whole}"),
        };
        let build = |text: &str| GlobBuilder::new(text).literal_separator(true).build();
        let glob = build(&whole).and_then(|glob| Ok((glob, build(&format!("{whole}/**"))?)));
        let (itself, below) =
            glob.map_err(|error| format!("glob `{pattern}`: {}", error.kind()))?;
        exact.add(itself.clone());
        all.add(itself).add(below);
    }
    let built = exact.build().and_then(|exact| Ok((exact, all.build()?)));
    built.map_err(|error| format!("too many globs: {error}"))
}

/// Finds and remembers the configuration of every folder. Shared by all threads.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    arguments: &'a Arguments,
    transforms: &'static [&'static Transform],
    overrides: Vec<Configuration>,
    colour: Colour,
    folders: Mutex<FxHashMap<PathBuf, Found>>,
    problems: Mutex<Vec<StrayProblem>>,
}

/// `None` where the configuration is wrong.
type Found = Option<Arc<Settings>>;

impl<'a> Resolver<'a> {
    pub(super) fn new(
        arguments: &'a Arguments,
        transforms: &'static [&'static Transform],
        colour: Colour,
    ) -> Result<Self, Refusal> {
        for id in arguments
            .selection
            .only
            .iter()
            .chain(&arguments.selection.skip)
            .chain(&arguments.selection.allow)
        {
            suggest::transform(id, transforms)?;
        }
        let parse = |setting: &String| configuration::parse_setting(setting, transforms);
        let overrides = arguments.selection.set.iter().map(parse).collect::<Result<_, _>>()?;
        let (folders, problems) = (Mutex::default(), Mutex::default());
        Ok(Self { arguments, transforms, overrides, colour, folders, problems })
    }

    /// What applies in `folder`, which is absolute. `None` if its configuration is wrong: the
    /// mistake is then among [`Resolver::problems`].
    pub(super) fn settings(&self, folder: &Path) -> Found {
        if let Some(found) = self.lock().get(folder) {
            return found.clone();
        }
        let file = folder.join(FILE_NAME);
        let found = if file.is_file() {
            self.load(&file, folder)
        } else if let Some(above) = folder.parent() {
            self.settings(above)
        } else {
            self.combine(Configuration::default(), folder).ok()
        };
        let mut folders = self.lock();
        if folders.len() >= REMEMBERED {
            folders.clear();
        }
        folders.entry(folder.to_owned()).or_insert(found).clone()
    }

    /// Every wrong configuration file once, in the order of their names.
    pub(super) fn problems(&self) -> Vec<StrayProblem> {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone();
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        problems.dedup();
        problems
    }

    fn load(&self, file: &Path, folder: &Path) -> Found {
        let name = shown_name(file);
        let loaded = read::file(file, LIMIT)
            .map_err(|(_, problem)| match problem {
                Problem::Unreadable(message) => (message, None),
                _ => ("not UTF-8".to_owned(), None),
            })
            .and_then(|text| {
                configuration::parse(&name, &text, self.transforms, self.colour)
                    .map_err(|mistake| (mistake.message, Some(mistake.shown)))
            })
            .and_then(|found| self.combine(found, folder).map_err(|refusal| (refusal, None)));
        match loaded {
            Ok(settings) => Some(settings),
            Err((message, shown)) => {
                let problem = StrayProblem { place: name, message, shown };
                self.problems.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
                None
            }
        }
    }

    fn combine(&self, mut found: Configuration, folder: &Path) -> Result<Arc<Settings>, Refusal> {
        for setting in &self.overrides {
            found.transforms.extend(setting.transforms.clone());
            found.merge = setting.merge.or(found.merge);
            found.caches = setting.caches.or(found.caches);
            found.ports = setting.ports.or(found.ports);
            found.runtime = setting.runtime.or(found.runtime);
            found.include.extend(setting.include.clone());
            found.exclude.extend(setting.exclude.clone());
        }
        let files = Patterns::new(folder.to_owned(), &found.include, &found.exclude)?;
        Ok(Arc::new(Settings { request: self.request(&found), known: self.transforms, files }))
    }

    fn request(&self, found: &Configuration) -> Request<'static> {
        let named =
            |ids: &[String], transform: &Transform| ids.iter().any(|id| *id == transform.id);
        let is_on = |transform: &&&'static Transform| {
            if !self.arguments.selection.only.is_empty() {
                return named(&self.arguments.selection.only, transform);
            }
            found.transforms.get(&*transform.id) != Some(&Switch::Off)
        };
        let transforms = self.transforms.iter().filter(is_on);
        let transforms =
            transforms.filter(|it| !named(&self.arguments.selection.skip, it)).copied();
        let allowed = found.transforms.iter().filter(|(_, switch)| **switch == Switch::Allowed);
        let allowed: Vec<String> =
            allowed.map(|(id, _)| id).chain(&self.arguments.selection.allow).cloned().collect();
        let agreed = match (self.arguments.selection.all_unsafe, allowed.is_empty()) {
            (true, true) => Agreement::All,
            (true, false) => Agreement::AllAnd(allowed),
            (false, true) => Agreement::SafeOnly,
            (false, false) => Agreement::Allowed(allowed),
        };
        let mut options = crate::transform::Options::default();
        options.merge = found.merge.unwrap_or(options.merge);
        options.caches = found.caches.unwrap_or(options.caches);
        options.ports = found.ports.unwrap_or(options.ports);
        let runtime = self.arguments.selection.runtime.map(Runtime::policy).or(found.runtime);
        options.runtime = runtime.unwrap_or(options.runtime);
        options.verified = self.arguments.verify;
        Request { transforms: transforms.collect(), options, agreed }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<PathBuf, Found>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As short as it can be said from the current folder.
pub(super) fn shown_name(path: &Path) -> String {
    path.strip_prefix(current_folder()).unwrap_or(path).display().to_string()
}

/// Absolute, symbolic links resolved; empty if it no longer exists.
pub(super) fn current_folder() -> PathBuf {
    std::env::current_dir().and_then(|folder| folder.canonicalize()).unwrap_or_default()
}
