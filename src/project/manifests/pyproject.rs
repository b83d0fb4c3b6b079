//! `pyproject.toml` (PEP 518, 621, 735; Poetry, PDM, Hatch, setuptools, uv, maturin) and `Pipfile`.

use super::pip::{self, requirement};
use super::tree::{self, Node};
use super::{Group, Manifest, Role, Unclear};

/// The backend of a file without `[build-system]`.
const DEFAULT: &str = "setuptools.build_meta:__legacy__";

pub(super) fn read(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let root = tree::toml(text)?;
    let owned = |keys: &[&str]| root.said(keys).map(|(text, _)| text.to_owned());
    manifest.name = owned(&["project", "name"]).or(owned(&["tool", "poetry", "name"]));
    manifest.version = owned(&["project", "version"]).or(owned(&["tool", "poetry", "version"]));
    // A file without a project only holds settings of tools.
    let project = root.get("project").is_some() || root.get("build-system").is_some();
    manifest.build_backend =
        owned(&["build-system", "build-backend"]).or(project.then(|| DEFAULT.to_owned()));
    for (text, line) in root.texts_at(&["build-system", "requires"]) {
        requirement(text, Group::Build, line, manifest);
    }
    for (path, line) in root.texts_at(&["build-system", "backend-path"]) {
        manifest.names(Role::Content, path, line);
    }
    if let Some(project) = root.get("project") {
        about(project, manifest);
    }
    groups(&root, manifest);
    if let Some(poetry) = root.at(&["tool", "poetry"]) {
        self::poetry(poetry, manifest);
    }
    tools(&root, manifest);
    Ok(())
}

fn about(project: &Node, manifest: &mut Manifest) {
    for keys in [&["readme"][..], &["readme", "file"], &["license", "file"]] {
        let path = project.said(keys);
        path.into_iter().for_each(|(path, line)| manifest.names(Role::Document, path, line));
    }
    for keys in [&["license-files"][..], &["license-files", "globs"], &["license-files", "paths"]] {
        let paths = project.texts_at(keys);
        paths.for_each(|(path, line)| manifest.names(Role::Document, path, line));
    }
    if let Some((python, line)) = project.said(&["requires-python"]) {
        manifest.wants("python", python, line);
    }
    for (text, line) in project.texts_at(&["dependencies"]) {
        requirement(text, Group::Normal, line, manifest);
    }
    for (_, extra) in project.entries_at(&["optional-dependencies"]) {
        extra.texts().for_each(|(text, line)| requirement(text, Group::Optional, line, manifest));
    }
    // Entry points are modules, not paths: they are scripts of a kind.
    for (name, script) in project.entries_at(&["scripts"]) {
        let text = script.text();
        text.into_iter().for_each(|text| manifest.script(name, text, script.line));
    }
}

fn groups(root: &Node, manifest: &mut Manifest) {
    let lists = root.entries_at(&["dependency-groups"]).iter();
    for (_, group) in lists.chain(root.entries_at(&["tool", "pdm", "dev-dependencies"])) {
        group
            .texts()
            .for_each(|(text, line)| requirement(text, Group::Development, line, manifest));
    }
    for (text, line) in root.texts_at(&["tool", "uv", "dev-dependencies"]) {
        requirement(text, Group::Development, line, manifest);
    }
    for (_, source) in root.entries_at(&["tool", "uv", "sources"]) {
        // A source may be one of several, by platform.
        for source in std::iter::once(source).chain(source.items()) {
            let path = source.said(&["path"]);
            path.into_iter().for_each(|(path, line)| manifest.names(Role::Package, path, line));
        }
    }
    for (path, line) in root.texts_at(&["tool", "uv", "workspace", "members"]) {
        manifest.names(Role::Package, path, line);
    }
}

fn poetry(poetry: &Node, manifest: &mut Manifest) {
    for (path, line) in poetry.texts_at(&["readme"]) {
        manifest.names(Role::Document, path, line);
    }
    let groups = poetry.entries_at(&["group"]).iter();
    let groups =
        groups.filter_map(|(_, group)| Some((group.get("dependencies")?, Group::Development)));
    let own = poetry.get("dependencies").map(|it| (it, Group::Normal));
    let old = poetry.get("dev-dependencies").map(|it| (it, Group::Development));
    for (table, group) in own.into_iter().chain(old).chain(groups) {
        packages(table, group, manifest);
    }
    for (name, script) in poetry.entries_at(&["scripts"]) {
        let text = script.text();
        text.into_iter().for_each(|text| manifest.script(name, text, script.line));
    }
    // Folders of a package without the name of the project, with `from` above them.
    for package in poetry.get("packages").map(Node::items).unwrap_or_default() {
        let Some((path, line)) = package.said(&["include"]) else { continue };
        match package.said(&["from"]) {
            Some((folder, _)) => manifest.names(Role::Content, &format!("{folder}/{path}"), line),
            None => manifest.names(Role::Content, path, line),
        }
    }
    for included in poetry.get("include").map(Node::items).unwrap_or_default() {
        let path = included.text().or_else(|| Some(included.said(&["path"])?.0));
        path.into_iter().for_each(|path| manifest.names(Role::Content, path, included.line));
    }
}

/// Dependencies as Poetry and Pipenv write them: `name = "^1"`, `name = { version = …, path = … }`.
fn packages(table: &Node, group: Group, manifest: &mut Manifest) {
    for (name, node) in table.entries() {
        for source in std::iter::once(node).chain(node.items()) {
            let wanted = source.text().or_else(|| Some(source.said(&["version"])?.0));
            if source.items().is_empty() && name == "python" {
                wanted.into_iter().for_each(|text| manifest.wants("python", text, source.line));
            } else if source.items().is_empty() {
                manifest.depends(group, name, wanted.filter(|it| *it != "*"), source.line);
            }
            for key in ["path", "file"] {
                let path = source.said(&[key]);
                path.into_iter().for_each(|(path, line)| manifest.names(Role::Package, path, line));
            }
        }
    }
}

/// Settings of build backends: which files they take, and where the version comes from.
fn tools(root: &Node, manifest: &mut Manifest) {
    for (tool, settings) in root.entries_at(&["tool"]) {
        let version = settings.said(&["version", "source"]);
        if let Some((source @ ("scm" | "vcs"), line)) = version {
            manifest.git(&format!("{tool} version from {source}"), line);
        }
        match &**tool {
            "poetry" | "uv" | "black" | "isort" | "mypy" | "pytest" | "coverage" | "pylint"
            | "flake8" => {}
            "setuptools_scm"
            | "setuptools-scm"
            | "versioneer"
            | "poetry-dynamic-versioning"
            | "versioningit"
            | "dunamai"
            | "pbr"
            | "setuptools-git-versioning"
            | "uv-dynamic-versioning" => {
                manifest.git(tool, settings.line);
                paths(settings, manifest);
            }
            _ => paths(settings, manifest),
        }
    }
}

fn paths(settings: &Node, manifest: &mut Manifest) {
    for (key, text, line) in settings.all_texts() {
        let file = matches!(
            key,
            "file" | "path" | "paths" | "include" | "license-files" | "manifest-path"
        ) || key.ends_with("-file");
        // `force-include` has the paths for keys.
        manifest.may_name(Role::Content, key, line);
        match file {
            true => manifest.names(Role::Content, text.trim_start_matches('/'), line),
            false => manifest.may_name(Role::Content, text, line),
        }
    }
}

pub(super) fn pipfile(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let root = tree::toml(text)?;
    for key in ["python_version", "python_full_version"] {
        if let Some((python, line)) = root.said(&["requires", key]) {
            manifest.wants("python", python, line);
        }
    }
    for (name, script) in root.entries_at(&["scripts"]) {
        let text = script.text();
        text.into_iter().for_each(|text| manifest.script(name, text, script.line));
    }
    // Every other table is a group of packages.
    for (key, table) in root.entries() {
        match &**key {
            "source" | "requires" | "scripts" | "pipenv" => {}
            "packages" => packages(table, Group::Normal, manifest),
            _ => packages(table, Group::Development, manifest),
        }
    }
    let paths = manifest.dependencies.iter().filter_map(|it| Some((it.wanted.clone()?, it.line)));
    for (wanted, line) in paths.collect::<Vec<_>>() {
        pip::local(&wanted, line, manifest);
    }
    Ok(())
}
