//! Which folder is the build context of a Dockerfile, and what tells it.

use super::Project;
use super::builds::{Build, ContextSource, Unclear};
use super::ignore_file::{Applies, Candidate, Content, Engine, Place, applies};
use crate::packages::Needed;
use globset::GlobBuilder;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder that is sent to a build, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildContext<'p> {
    /// Absolute.
    pub folder: PathBuf,
    /// Only the tracked files of a checkout are sent, and no ignore file counts.
    pub checkout: bool,
    pub evidence: Evidence<'p>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence<'p> {
    /// The user said so.
    Given,
    /// These builds say so.
    Builds(Vec<&'p Build>),
    /// These say so, and something else of them is not certain.
    Unclear(Vec<&'p Unclear>),
    /// Here is every source that the Dockerfile's `COPY`, `ADD` and bind mounts name, and nowhere nearer.
    Sources,
    /// Here is what its `RUN`s need (these files), and nowhere nearer.
    Needs(Vec<String>),
    /// Nothing tells: it is the Dockerfile's own folder. `missing` is a source that is not
    /// in there.
    Guess { missing: Option<String> },
}

/// What a Dockerfile takes out of its build context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Takes {
    /// By `COPY`, `ADD` and bind mounts, from the top of the context (`""` is all of it), as far as it is
    /// known.
    pub paths: Vec<String>,
    /// Files that its `RUN`s need, as far as their commands tell. Empty where paths are taken by name,
    /// which tell more.
    pub needs: Vec<Needed>,
}

/// All that is known of how a Dockerfile is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contexts<'p> {
    /// At least one, unless every build has a context elsewhere.
    pub folders: Vec<BuildContext<'p>>,
    /// Builds whose context is no folder: a repository, an archive, standard input.
    pub elsewhere: Vec<&'p Build>,
}

impl Project {
    /// The contexts of `dockerfile` (absolute), which `takes` this; `given` is what the user said.
    pub fn contexts(&self, dockerfile: &Path, takes: &Takes, given: Option<&Path>) -> Contexts<'_> {
        if let Some(folder) = given {
            let context = BuildContext::folder(folder, Evidence::Given);
            return Contexts { folders: vec![context], elsewhere: Vec::new() };
        }
        let mut contexts = Contexts::default();
        for build in self.builds_of(dockerfile) {
            match &build.context {
                ContextSource::Folder(folder) => contexts.add(folder, false, build),
                ContextSource::Checkout(folder) => contexts.add(folder, true, build),
                ContextSource::Remote(_) => contexts.elsewhere.push(build),
            }
        }
        for unclear in self.unclear_of(dockerfile) {
            match &unclear.context {
                Some(ContextSource::Folder(folder)) => contexts.doubt(folder, false, unclear),
                Some(ContextSource::Checkout(folder)) => contexts.doubt(folder, true, unclear),
                Some(ContextSource::Remote(_)) | None => {}
            }
        }
        if contexts == Contexts::default() {
            contexts.folders.push(self.by_sources(dockerfile, takes));
        }
        contexts
    }

    fn by_sources(&self, dockerfile: &Path, takes: &Takes) -> BuildContext<'_> {
        let Takes { paths, needs } = takes;
        let own = dockerfile.parent().unwrap_or(dockerfile);
        let telling: Vec<&String> = paths.iter().filter(|it| !it.is_empty()).collect();
        let mut above = own.ancestors().take_while(|folder| folder.starts_with(&self.root));
        if telling.is_empty() {
            let takes_all = !paths.is_empty() && !needs.is_empty();
            let mut found = above.filter(|_| takes_all);
            let found = found.find_map(|folder| Some((folder, all_found(folder, needs)?)));
            return match found {
                Some((folder, found)) => BuildContext::folder(folder, Evidence::Needs(found)),
                None => BuildContext::folder(own, Evidence::Guess { missing: None }),
            };
        }
        let missing = telling.iter().find(|source| !exists(own, source));
        let has_all = |folder: &&Path| match *folder == own {
            true => missing.is_none(),
            false => telling.iter().all(|source| exists(folder, source)),
        };
        // A pattern may be there for a file that need not be: `yarn.lock*`.
        let names = || telling.iter().filter(|it| !is_pattern(it));
        let has_names = |folder: &&Path| names().all(|source| exists(folder, source));
        let mut named = above.clone().filter(|_| names().next().is_some());
        match above.find(has_all).or_else(|| named.find(has_names)) {
            Some(folder) => BuildContext::folder(folder, Evidence::Sources),
            None => {
                let missing = missing.map(|it| (*it).clone());
                BuildContext::folder(own, Evidence::Guess { missing })
            }
        }
    }
}

/// The first name of each that is there below `folder`, if each has one.
fn all_found(folder: &Path, needs: &[Needed]) -> Option<Vec<String>> {
    let is_there = |name: &str| name.is_empty() || exists(folder, name);
    let found = |need: &Needed| {
        let mut names = need.any_of.iter().filter(|_| is_there(&need.folder));
        names.find(|name| is_there(name)).cloned()
    };
    let found: Option<BTreeSet<String>> = needs.iter().map(found).collect();
    found.map(|it| it.into_iter().collect()).filter(|_| !is_part_of_workspace(folder))
}

/// Whether packages of a folder come from beside it: nobody can install them with the folder alone.
fn is_part_of_workspace(folder: &Path) -> bool {
    const TOPS: &[&str] = &["bun.lock", "package-lock.json", "pnpm-workspace.yaml", "yarn.lock"];
    let text = std::fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    text.contains("\"workspace:")
        && !text.contains("\"workspaces\"")
        && !TOPS.iter().any(|name| folder.join(name).exists())
}

/// The ignore file that BuildKit takes when it builds `dockerfile` with the context `folder`.
pub fn applied_ignore_file(dockerfile: &Path, folder: &Path) -> Option<PathBuf> {
    let beside = dockerfile.parent().unwrap_or(dockerfile);
    let path_of = |candidate: &Candidate| match candidate.place {
        Place::BesideDockerfile => beside.join(&candidate.name),
        Place::ContextFolder => folder.join(&candidate.name),
    };
    let content = |candidate: &Candidate| match path_of(candidate).metadata() {
        Ok(metadata) if metadata.len() == 0 => Content::Empty,
        Ok(_) => Content::Text,
        Err(_) => Content::Missing,
    };
    let name = dockerfile.file_name().unwrap_or_default().to_string_lossy();
    match applies(Engine::BuildKit, &name, content) {
        Applies::None => None,
        Applies::One(candidate) | Applies::Unclear(candidate) => Some(path_of(&candidate)),
    }
}

impl<'p> BuildContext<'p> {
    fn folder(folder: &Path, evidence: Evidence<'p>) -> Self {
        Self { folder: folder.to_owned(), checkout: false, evidence }
    }
}

impl<'p> Contexts<'p> {
    fn add(&mut self, folder: &Path, checkout: bool, build: &'p Build) {
        let mut known = self.folders.iter_mut();
        let known = known.find(|it| it.folder == folder && it.checkout == checkout);
        match known.map(|it| &mut it.evidence) {
            Some(Evidence::Builds(builds)) => builds.push(build),
            _ => {
                let evidence = Evidence::Builds(vec![build]);
                let context = BuildContext::folder(folder, evidence);
                self.folders.push(BuildContext { checkout, ..context });
            }
        }
    }
}

impl<'p> Contexts<'p> {
    /// A context that other builds are certain of is no news.
    fn doubt(&mut self, folder: &Path, checkout: bool, unclear: &'p Unclear) {
        let mut known = self.folders.iter_mut();
        let known = known.find(|it| it.folder == folder && it.checkout == checkout);
        match known.map(|it| &mut it.evidence) {
            Some(Evidence::Unclear(others)) => others.push(unclear),
            Some(_) => {}
            None => {
                let context = BuildContext::folder(folder, Evidence::Unclear(vec![unclear]));
                self.folders.push(BuildContext { checkout, ..context });
            }
        }
    }
}

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '\\'])
}

/// Whether `path`, which may be a pattern, names something below `folder`.
fn exists(folder: &Path, path: &str) -> bool {
    let (part, rest) = path.split_once('/').unwrap_or((path, ""));
    let below = |folder: &Path| match rest {
        "" => folder.symlink_metadata().is_ok(),
        _ => exists(folder, rest),
    };
    if !is_pattern(part) {
        return below(&folder.join(part));
    }
    let Ok(glob) = GlobBuilder::new(part).backslash_escape(true).build() else { return false };
    let glob = glob.compile_matcher();
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    let mut names = entries.flatten().map(|entry| entry.path());
    names.any(|path| path.file_name().is_some_and(|name| glob.is_match(name)) && below(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::slice::from_ref;

    fn project(files: &[&str]) -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        (folder, Project::empty(root))
    }

    fn takes(paths: &[&str], needs: &[Needed]) -> Takes {
        let paths = paths.iter().map(|it| (*it).to_owned()).collect();
        Takes { paths, needs: needs.to_vec() }
    }

    fn found(files: &[&str], dockerfile: &str, sources: &[&str]) -> (String, bool) {
        let (_folder, project) = project(files);
        let dockerfile = project.root.join(dockerfile);
        let contexts = project.contexts(&dockerfile, &takes(sources, &[]), None);
        let [context] = &contexts.folders[..] else { panic!("{contexts:?}") };
        let below = context.folder.strip_prefix(&project.root).unwrap();
        (below.display().to_string(), context.evidence == Evidence::Sources)
    }

    #[test]
    fn the_nearest_folder_with_every_source_is_the_context() {
        let files = ["go.mod", "api/Dockerfile", "api/main.go", "api/docker/Dockerfile", "lib/x.c"];
        let told = |folder: &str| (folder.to_owned(), true);
        assert_eq!(found(&files, "api/Dockerfile", &["main.go"]), told("api"));
        assert_eq!(found(&files, "api/docker/Dockerfile", &["*.go", ""]), told("api"));
        assert_eq!(found(&files, "api/Dockerfile", &["go.mod", "lib/*.c"]), told(""));
        // Where no folder has what a pattern may match, the names tell.
        assert_eq!(found(&files, "api/Dockerfile", &["main.go", "go.sum*"]), told("api"));
    }

    #[test]
    fn what_the_runs_need_tells_where_everything_is_copied() {
        let (_folder, project) = project(&["package.json", "docker/web/Dockerfile"]);
        let dockerfile = project.root.join("docker/web/Dockerfile");
        let found = |sources: &[&str], needs: &[Needed]| {
            let contexts = project.contexts(&dockerfile, &takes(sources, needs), None);
            contexts.folders.into_iter().next().unwrap()
        };
        let one = |names: &[&str]| {
            let any_of = names.iter().map(|it| (*it).to_owned()).collect();
            Needed { any_of, or_above: false, folder: String::new() }
        };
        let package = one(&["package.json"]);
        let needs = Evidence::Needs(vec!["package.json".to_owned()]);
        assert_eq!(found(&[""], from_ref(&package)).evidence, needs);
        assert_eq!(found(&[""], from_ref(&package)).folder, project.root);
        let either = one(&["bun.lock", "package.json"]);
        assert_eq!(found(&[""], &[either, package.clone()]).evidence, needs);
        let guess = Evidence::Guess { missing: None };
        assert_eq!(found(&[""], &[one(&["go.mod"])]).evidence, guess);
        assert_eq!(found(&[""], &[one(&["go.mod"]), package.clone()]).evidence, guess);
        assert_eq!(found(&[], from_ref(&package)).evidence, guess);
        // What is part of a workspace is installed from its top.
        let member = project.root.join("docker/web/package.json");
        std::fs::write(&member, r#"{ "dependencies": { "a": "1" } }"#).unwrap();
        assert_eq!(found(&[""], from_ref(&package)).folder, project.root.join("docker/web"));
        std::fs::write(&member, r#"{ "dependencies": { "a": "workspace:*" } }"#).unwrap();
        assert_eq!(found(&[""], from_ref(&package)).folder, project.root);
    }

    #[test]
    fn without_a_telling_source_it_is_a_guess() {
        let files = ["go.mod", "api/Dockerfile"];
        let guess = ("api".to_owned(), false);
        assert_eq!(found(&files, "api/Dockerfile", &[""]), guess);
        assert_eq!(found(&files, "api/Dockerfile", &[]), guess);
        assert_eq!(found(&files, "api/Dockerfile", &["dist/app"]), guess);
    }
}
