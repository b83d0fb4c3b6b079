//! The manifests of a context: which files they name, and what reads the history of the repository.

use super::history::Started;
use crate::project::Tree;
use crate::project::ignore_file::{Reach, reach};
use crate::project::manifests::{self, Kind, Manifest, ReadsGit, Script};

/// All manifests that version control keeps.
pub(super) struct Manifests {
    /// With their paths.
    all: Vec<(String, Manifest)>,
}

impl Manifests {
    pub(super) fn read(tree: &Tree) -> Self {
        let kept = tree.files.iter().filter_map(|file| {
            let name = file.rsplit('/').next().unwrap_or(file);
            let kind = manifests::kind_of(name).filter(|kind| !matches!(kind, Kind::Lock(_)))?;
            let manifest = manifests::read(kind, &tree.text(file)?).ok()?;
            Some((file.to_string(), manifest))
        });
        Self { all: kept.collect() }
    }

    /// Where a manifest names `path` or something in it.
    pub(super) fn names(&self, path: &str) -> Option<String> {
        let mut named = self.all.iter().flat_map(|(file, manifest)| {
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            manifest.named_files().map(move |named| (file, folder, named))
        });
        let (file, _, named) = named.find(|(_, folder, named)| {
            let Some(target) = below(folder, &named.path) else { return false };
            // The whole project is no name.
            let is_all = target.is_empty() || target.chars().all(|it| "*/.".contains(it));
            !is_all
                && (reach(path, &target) == Reach::Itself || reach(&target, path) == Reach::Itself)
        })?;
        Some(format!("{file}:{}", named.line))
    }

    /// Takes note of the scripts that scripts start.
    pub(super) fn follow(&self, started: &mut Started) {
        let packages = self.all.iter().map(|(_, it)| it).filter(|it| it.kind == Kind::PackageJson);
        let mut left: Vec<&Script> = packages.flat_map(|manifest| &manifest.scripts).collect();
        loop {
            let (now, later): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|script| started.may_start(&script.name));
            if now.is_empty() {
                return;
            }
            now.iter().for_each(|script| started.run(&script.text));
            left = later;
        }
    }

    /// The manifest that asks for the history of the repository by what a build uses.
    pub(super) fn reads_git(&self, started: &Started) -> Option<(String, &str)> {
        self.all.iter().find_map(|(file, manifest)| {
            let counts = |reader: &&ReadsGit| match manifest.kind {
                Kind::Makefile => started.recipes,
                Kind::PackageJson => {
                    let is_it = |it: &&Script| it.name == reader.name && it.line == reader.line;
                    let script = manifest.scripts.iter().find(is_it);
                    script.is_none_or(|script| started.may_start(&script.name))
                }
                _ => true,
            };
            let reader = manifest.reads_git.iter().find(counts)?;
            Some((format!("{file}:{}", reader.line), reader.name.as_str()))
        })
    }

    /// Whether a manifest in `folder` needs a package whose name starts so.
    pub(super) fn needs(&self, folder: &str, package: &str) -> bool {
        self.of(folder).any(|it| it.dependencies.iter().any(|it| it.name.starts_with(package)))
    }

    /// Whether the tools of `folder` fill `path` in it, by default or as the manifest says.
    pub(super) fn fills(&self, folder: &str, path: &str) -> bool {
        self.of(folder).any(|it| it.outputs.iter().any(|output| output.path == path))
    }

    fn of(&self, folder: &str) -> impl Iterator<Item = &Manifest> {
        let here = self.all.iter().filter(move |(file, _)| {
            file.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
        });
        here.map(|(_, manifest)| manifest)
    }
}

/// `path` as seen from `folder`; `None` where it leads out of the context.
fn below(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_names_is_known() {
        let tree = Tree::of_texts([
            ("py/pyproject.toml", "[project]\nname = \"x\"\nreadme = \"../README.md\"\n"),
            ("js/package.json", "{\"files\":[\"docs/*\"],\"dependencies\":{\"next\":\"1\"}}"),
        ]);
        let manifests = Manifests::read(&tree);
        assert_eq!(manifests.names("README.md").as_deref(), Some("py/pyproject.toml:3"));
        assert!(manifests.names("js/docs").is_some() && manifests.names("CHANGELOG.md").is_none());
        assert!(manifests.needs("js", "next") && !manifests.needs("py", "next"));
    }
}
