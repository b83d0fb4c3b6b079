//! What applies to a Dockerfile: the nearest configuration and the command line, which wins.

use super::arguments::{Arguments, Selection};
use super::configuration::files::{self, Override, Reader};
use super::configuration::{self, FILE_NAME, Origin, Said, Values, environment};
use super::{Refusal, codemods, suggest};
use crate::pipeline::{Agreement, Request};
use crate::report::Colour;
use crate::report::summary::StrayProblem;
use crate::transform::{Options, Transform};
use clap::ValueEnum;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Folders of which it is remembered what applies in them.
const REMEMBERED: usize = 1 << 12;

/// What applies to the Dockerfiles below one configuration file, or to some of them.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) request: Request<'static>,
    /// All that there are, built in and loaded, also those that are switched off.
    pub(super) known: Vec<&'static Transform>,
    pub(super) files: Arc<Patterns>,
    /// What was said, the command line included.
    pub(super) values: Values,
    /// The configuration files that were read.
    pub(super) read: Vec<String>,
    /// What the configuration says, without overrides and without what stands above it.
    own: Values,
    overrides: Vec<(Override, Patterns)>,
    /// By the overrides that apply.
    refined: Mutex<FxHashMap<Vec<bool>, Arc<Settings>>>,
}

impl Settings {
    /// Whether something more applies to some of the files.
    pub(super) fn has_overrides(&self) -> bool {
        !self.overrides.is_empty()
    }
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
    reader: Reader,
    /// Those that are built in, then those of `--codemod`; `None` where one of these cannot be read.
    transforms: Option<Vec<&'static Transform>>,
    /// Ids on the command line that are none of these: codemods of a configuration may have them.
    unknown: Vec<String>,
    /// What the environment says, and on top of it the command line.
    above: Values,
    folders: Mutex<FxHashMap<PathBuf, Found>>,
    codemods: Mutex<FxHashMap<PathBuf, Loaded>>,
    problems: Mutex<Vec<StrayProblem>>,
}

/// `None` where the configuration is wrong.
type Found = Option<Arc<Settings>>;

type Loaded = Result<Vec<&'static Transform>, StrayProblem>;

impl<'a> Resolver<'a> {
    pub(super) fn new(
        arguments: &'a Arguments,
        transforms: &'static [&'static Transform],
        colour: Colour,
    ) -> Result<Self, Refusal> {
        let mut resolver = Self {
            arguments,
            reader: Reader { transforms, colour },
            transforms: None,
            unknown: Vec::new(),
            above: above(arguments, transforms)?,
            folders: Mutex::default(),
            codemods: Mutex::default(),
            problems: Mutex::default(),
        };
        let here = current_folder();
        let given = arguments.selection.codemod.iter().map(|path| here.join(path));
        match resolver.with_codemods(transforms, given) {
            Ok(transforms) => {
                resolver.unknown = resolver.unknown_ids(&transforms);
                resolver.transforms = Some(transforms);
            }
            Err(problem) => resolver.problem(problem),
        }
        Ok(resolver)
    }

    /// An id on the command line that no transform has, and no codemod of any configuration that was read. To be
    /// asked when all are.
    pub(super) fn unknown_id(&self) -> Result<(), Refusal> {
        let Some(transforms) = &self.transforms else { return Ok(()) };
        let loaded = self.codemods.lock().unwrap_or_else(PoisonError::into_inner);
        let codemods = loaded.values().flatten().flatten();
        let known: Vec<_> = transforms.iter().chain(codemods).copied().collect();
        self.unknown.iter().try_for_each(|id| suggest::transform(id, &known).map(drop))
    }

    /// The files and folders of codemods that were loaded, sorted.
    pub(super) fn codemod_paths(&self) -> Vec<PathBuf> {
        let loaded = self.codemods.lock().unwrap_or_else(PoisonError::into_inner);
        let mut paths: Vec<PathBuf> = loaded.keys().cloned().collect();
        paths.sort();
        paths
    }

    /// The ids of the command line that `transforms` have not.
    fn unknown_ids(&self, transforms: &[&'static Transform]) -> Vec<String> {
        let Selection { only, skip, allow, .. } = &self.arguments.selection;
        let named = only.iter().chain(skip).chain(allow).map(String::as_str);
        let is_unknown = |id: &&str| !transforms.iter().any(|it| it.id == *id);
        named.chain(self.above.transforms()).filter(is_unknown).map(str::to_owned).collect()
    }

    /// `transforms`, then the codemods of `paths`, which are absolute.
    fn with_codemods(
        &self,
        transforms: &[&'static Transform],
        paths: impl Iterator<Item = PathBuf>,
    ) -> Loaded {
        let mut all = transforms.to_vec();
        for path in paths {
            let path = path.canonicalize().unwrap_or(path);
            let mut loaded = self.codemods.lock().unwrap_or_else(PoisonError::into_inner);
            let load = || codemods::load(std::slice::from_ref(&path), self.reader.colour);
            let found = loaded.entry(path.clone()).or_insert_with(load);
            for codemod in found.clone()? {
                if all.iter().any(|it| std::ptr::eq(*it, codemod)) {
                    continue;
                }
                if all.iter().any(|it| it.id == codemod.id) {
                    let message = format!("there are two transforms `{}`", codemod.id);
                    let place = shown_name(&path);
                    return Err(StrayProblem { place, message, shown: None });
                }
                all.push(codemod);
            }
        }
        Ok(all)
    }

    fn problem(&self, problem: StrayProblem) {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
    }

    /// What applies in `folder`, which is absolute, but for what is said of single files. `None` if its
    /// configuration is wrong: the mistake is then among [`Resolver::problems`].
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
            let known = self.transforms.clone();
            known.and_then(|known| self.combine(files::Loaded::default(), known, folder).ok())
        };
        let mut folders = self.lock();
        if folders.len() >= REMEMBERED {
            folders.clear();
        }
        folders.entry(folder.to_owned()).or_insert(found).clone()
    }

    /// What applies to the file `path`, absolute, of a folder with these settings.
    pub(super) fn settings_of(&self, settings: &Arc<Settings>, path: &Path) -> Arc<Settings> {
        let applies: Vec<bool> =
            settings.overrides.iter().map(|(_, files)| files.include(path)).collect();
        if !applies.contains(&true) {
            return settings.clone();
        }
        let mut refined = settings.refined.lock().unwrap_or_else(PoisonError::into_inner);
        let made = refined.entry(applies).or_insert_with_key(|applies| {
            let mut values = settings.own.clone();
            let all = settings.overrides.iter().zip(applies).filter(|(_, applies)| **applies);
            all.for_each(|((over, _), _)| values.extend(&over.values));
            let (known, files) = (settings.known.clone(), settings.files.clone());
            Arc::new(self.made(values, known, files, settings.read.clone(), Vec::new()))
        });
        made.clone()
    }

    /// Every wrong configuration file once, in the order of their names.
    pub(super) fn problems(&self) -> Vec<StrayProblem> {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone();
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        problems.dedup();
        problems
    }

    fn load(&self, file: &Path, folder: &Path) -> Found {
        let transforms = self.transforms.as_ref()?;
        let stray = |message| StrayProblem { place: shown_name(file), message, shown: None };
        let loaded = self.reader.load(file).and_then(|found| {
            let known = self.with_codemods(transforms, found.codemods.iter().cloned())?;
            found.check_names(&known, self.reader.colour)?;
            self.combine(found, known, folder).map_err(stray)
        });
        loaded.map_err(|problem| self.problem(problem)).ok()
    }

    fn combine(
        &self,
        found: files::Loaded,
        known: Vec<&'static Transform>,
        folder: &Path,
    ) -> Result<Arc<Settings>, Refusal> {
        let files::Loaded { files: read, values, overrides, .. } = found;
        let mut all = values.clone();
        all.extend(&self.above);
        let (include, exclude) = (all.texts("include"), all.texts("exclude"));
        let files = Patterns::new(folder.to_owned(), &include, &exclude)?;
        let overrides = overrides.into_iter().map(|over| {
            let files = Patterns::new(folder.to_owned(), &over.files, &[])?;
            Ok((over, files))
        });
        let overrides = overrides.collect::<Result<Vec<_>, Refusal>>()?;
        Ok(Arc::new(self.made(values, known, Arc::new(files), read, overrides)))
    }

    /// The settings that `own` gives together with what stands above it.
    fn made(
        &self,
        own: Values,
        known: Vec<&'static Transform>,
        files: Arc<Patterns>,
        read: Vec<String>,
        overrides: Vec<(Override, Patterns)>,
    ) -> Settings {
        let mut values = own.clone();
        values.extend(&self.above);
        let request = self.request(&values, &known);
        let refined = Mutex::default();
        Settings { request, known, files, values, read, own, overrides, refined }
    }

    fn request(&self, values: &Values, known: &[&'static Transform]) -> Request<'static> {
        let Selection { only, skip, allow, all_unsafe, .. } = &self.arguments.selection;
        let named = |ids: &[String], id: &str| ids.iter().any(|it| it == id);
        let switch = |id: &str| values.text(&format!("transforms.{id}"));
        let is_on = |transform: &&&'static Transform| match only.is_empty() {
            false => named(only, &transform.id),
            true => switch(&transform.id) != Some("off"),
        };
        let transforms = known.iter().filter(is_on);
        let transforms = transforms.filter(|it| !named(skip, &it.id)).copied().collect();
        let says = |wanted: &'static str| {
            let ids = known.iter().map(|it| it.id.to_string());
            ids.filter(move |id| switch(id) == Some(wanted))
        };
        let allowed: Vec<String> = says("allowed").chain(allow.iter().cloned()).collect();
        let agreed = match (all_unsafe, allowed.is_empty()) {
            (true, true) => Agreement::All,
            (true, false) => Agreement::AllAnd(allowed),
            (false, true) => Agreement::SafeOnly,
            (false, false) => Agreement::Allowed(allowed),
        };
        let verified = self.arguments.verify;
        let of = |id: &str| Options { verified, ..values.options(id) };
        let has_own = |id: &&str| values.single.keys().any(|key| is_option(key, id));
        let own = known.iter().map(|it| &*it.id).filter(has_own);
        let own = own.map(|id| (id.to_owned(), of(id))).collect();
        let options = Options { asked: says("ask").collect(), own, ..of("") };
        Request { transforms, options, agreed }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<PathBuf, Found>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `transforms.ID.OPTION`
fn is_option(key: &str, id: &str) -> bool {
    let rest = key.strip_prefix("transforms.").and_then(|key| key.strip_prefix(id));
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// What stands above every file: the environment, then `--set`, then flags of their own.
fn above(
    arguments: &Arguments,
    transforms: &'static [&'static Transform],
) -> Result<Values, Refusal> {
    let mut above = Values::default();
    for said in environment::read(std::env::vars_os(), transforms)? {
        above.extend(&said);
    }
    for setting in &arguments.selection.set {
        above.extend(&configuration::parse_setting(setting, transforms)?);
    }
    if let Some(runtime) = arguments.selection.runtime {
        let text = runtime.to_possible_value().map_or(String::new(), |it| it.get_name().to_owned());
        let origin = Origin::Flag("--runtime".to_owned());
        above.single.insert("runtime".to_owned(), Said { text, origin });
    }
    Ok(above)
}

/// As short as it can be said from the current folder.
pub(super) fn shown_name(path: &Path) -> String {
    path.strip_prefix(current_folder()).unwrap_or(path).display().to_string()
}

/// Absolute, symbolic links resolved; empty if it no longer exists.
pub(super) fn current_folder() -> PathBuf {
    std::env::current_dir().and_then(|folder| folder.canonicalize()).unwrap_or_default()
}
