//! Which packages of the build context are part of a program: those that are compiled, and what they import.

use super::super::Stop;
use super::super::case::Case;
use crate::facts::{is_within, resolve};
use std::collections::{BTreeSet, HashMap};

/// What commands compile. By default nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Roots {
    all: Vec<Root>,
    /// Tools write sources, which may import anything.
    generated: bool,
}

#[derive(Debug, Clone)]
enum Root {
    /// A folder of the image.
    Folder(String),
    /// With all that is in it.
    Below(String),
    /// By its import path.
    Package(String),
}

impl Roots {
    /// What the words of a command in `workdir` name.
    pub(super) fn add(&mut self, workdir: &str, packages: &[&str]) {
        let here = ["."];
        for package in if packages.is_empty() { &here } else { packages } {
            let package = package.split('@').next().unwrap_or(package);
            let is_path = package.starts_with(['.', '/']);
            let root = match package.strip_suffix("...") {
                _ if package.ends_with(".go") => {
                    let folder = package.rsplit_once('/').map_or(".", |(folder, _)| folder);
                    resolve(Some(workdir), folder).map(Root::Folder)
                }
                Some(folder) if is_path => resolve(Some(workdir), folder).map(Root::Below),
                None if is_path => resolve(Some(workdir), package).map(Root::Folder),
                None => Some(Root::Package(package.to_owned())),
                Some(_) => None,
            };
            match root {
                Some(root) => self.all.push(root),
                None => self.generated = true,
            }
        }
    }

    pub(super) fn are_generated(&mut self) {
        self.generated = true;
    }

    /// The sources of the context that are compiled, sorted; `None` where that may be any of them.
    pub(super) fn sources(&self, case: &Case) -> Result<Option<BTreeSet<String>>, Stop> {
        if self.generated || self.all.is_empty() {
            return Ok(None);
        }
        let local = Local::new(case)?;
        let mut wanted: Vec<&str> = Vec::new();
        for root in &self.all {
            let known = wanted.len();
            match root {
                Root::Folder(place) => wanted.extend(local.at(|it| it == place)),
                Root::Below(place) => wanted.extend(local.at(|it| is_within(it, place))),
                Root::Package(path) => {
                    wanted.extend(local.packages.get(path).into_iter().flatten())
                }
            }
            if wanted.len() == known && !matches!(root, Root::Package(_)) {
                return Ok(None);
            }
        }
        if wanted.is_empty() {
            return Ok(None);
        }
        local.reached(case, wanted).map(Some)
    }
}

/// The packages of the build context.
struct Local<'c> {
    /// Folders of the context with their sources.
    folders: HashMap<&'c str, Vec<&'c str>>,
    /// Where the folders arrive.
    places: Vec<(String, &'c str)>,
    /// Folders by the paths that sources may import them by.
    packages: HashMap<String, Vec<&'c str>>,
}

impl<'c> Local<'c> {
    fn new(case: &'c Case) -> Result<Self, Stop> {
        let mut folders: HashMap<&str, Vec<&str>> = HashMap::new();
        for path in case.files()?.iter().filter(|path| is_source(path)) {
            folders.entry(folder_of(path)).or_default().push(path);
        }
        let mut local = Self { folders, places: Vec::new(), packages: HashMap::new() };
        let modules = modules(case)?;
        let root = case.variable("GOPATH");
        let root = format!("{}/src/", root.as_deref().unwrap_or("/go"));
        for folder in local.folders.keys() {
            let Some(place) = case.place(folder)? else { continue };
            let mut names: Vec<String> =
                place.strip_prefix(&root).map(str::to_owned).into_iter().collect();
            let vendored = folder
                .rsplit_once("vendor/")
                .filter(|(above, _)| above.is_empty() || above.ends_with('/'));
            names.extend(vendored.map(|(_, path)| path.to_owned()));
            let of_modules =
                modules.iter().filter(|(top, _)| top.is_empty() || is_within(folder, top));
            names.extend(of_modules.map(|(top, module)| {
                let rest = folder[top.len()..].trim_start_matches('/');
                if rest.is_empty() { module.clone() } else { format!("{module}/{rest}") }
            }));
            for name in names {
                local.packages.entry(name).or_default().push(folder);
            }
            local.places.push((place, folder));
        }
        Ok(local)
    }

    fn at(&self, is_it: impl Fn(&str) -> bool) -> impl Iterator<Item = &'c str> {
        self.places.iter().filter(move |(place, _)| is_it(place)).map(|(_, folder)| *folder)
    }

    /// The sources of folders, and of all that they import.
    fn reached(&self, case: &Case, mut wanted: Vec<&'c str>) -> Result<BTreeSet<String>, Stop> {
        let mut seen: BTreeSet<&str> = wanted.iter().copied().collect();
        let mut all = BTreeSet::new();
        while !wanted.is_empty() {
            let sources: Vec<&str> =
                wanted.drain(..).filter_map(|it| self.folders.get(it)).flatten().copied().collect();
            case.read_ahead(&sources);
            for source in sources {
                all.insert(source.to_owned());
                let Some(text) = case.text(source) else { continue };
                let folder = format!("/{}", folder_of(source));
                for path in imports(&text) {
                    let beside = || resolve(Some(&folder), path).unwrap_or_default();
                    let found = match path.starts_with('.') {
                        true => self
                            .folders
                            .get_key_value(beside().trim_start_matches('/'))
                            .map(|(it, _)| vec![*it]),
                        false => self.packages.get(path).cloned(),
                    };
                    if found.is_none() && path.starts_with('.') {
                        let reason = format!(
                            "`{source}` imports `{path}`, which is not in the build context"
                        );
                        return Err(case.stop("sources-elsewhere", reason));
                    }
                    wanted.extend(found.into_iter().flatten().filter(|it| seen.insert(it)));
                }
            }
        }
        Ok(all)
    }
}

/// The folders of the context that hold a `go.mod`, with the names of the modules.
fn modules(case: &Case) -> Result<Vec<(String, String)>, Stop> {
    let all = case.files()?.iter().filter(|it| &***it == "go.mod" || it.ends_with("/go.mod"));
    let named = all.filter_map(|path| {
        let text = case.text(path)?;
        Some((folder_of(path).to_owned(), module(&text)?.to_owned()))
    });
    Ok(named.collect())
}

/// How a `go.mod` calls its module.
pub(super) fn module(text: &str) -> Option<&str> {
    let name = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    Some(name.split("//").next().unwrap_or(name).trim().trim_matches('"'))
}

/// Whether a file is compiled: tests are not.
pub(super) fn is_source(path: &str) -> bool {
    path.ends_with(".go") && !path.ends_with("_test.go")
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What a source imports.
pub(super) fn imports(text: &str) -> impl Iterator<Item = &str> {
    let mut block = false;
    text.lines().filter_map(move |line| {
        let line = line.trim();
        match line {
            "import (" => block = true,
            ")" => block = false,
            _ => (),
        }
        let is_import = block || line.starts_with("import ");
        is_import.then(|| line.split('"').nth(1)).flatten()
    })
}
