//! `package.json` (npm's documentation, and the fields of Yarn, pnpm and Bun) and `pnpm-workspace.yaml`.

use super::tree::{self, Node};
use super::{Group, Holds, Manifest, Role, Unclear, data};
use crate::text::LineIndex;
use crate::yaml;

const GROUPS: [(&str, Group); 4] = [
    ("dependencies", Group::Normal),
    ("devDependencies", Group::Development),
    ("optionalDependencies", Group::Optional),
    ("peerDependencies", Group::Optional),
];

/// What is published or started.
const ENTRIES: [&str; 11] = [
    "main", "module", "browser", "types", "typings", "bin", "exports", "files", "man", "unpkg",
    "source",
];

/// Protocols of dependencies that are files or folders.
const LOCAL: [&str; 4] = ["file:", "link:", "portal:", "patch:"];

pub(super) fn package_json(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let package = tree::json(text)?;
    let owned = |key: &str| package.said(&[key]).map(|(text, _)| text.to_owned());
    (manifest.name, manifest.version) = (owned("name"), owned("version"));
    manifest.package_manager = owned("packageManager");
    manifest.fills(Holds::Dependencies, "node_modules", None);
    for (name, wanted) in package.entries_at(&["engines"]) {
        wanted.text().into_iter().for_each(|text| manifest.wants(name, text, wanted.line));
    }
    for (name, wanted) in package.entries_at(&["volta"]) {
        match wanted.text() {
            Some(path) if name == "extends" => manifest.names(Role::Manifest, path, wanted.line),
            Some(version) => manifest.wants(name, version, wanted.line),
            None => {}
        }
    }
    for (key, group) in GROUPS {
        for (name, wanted) in package.entries_at(&[key]) {
            manifest.depends(group, name, wanted.text(), wanted.line);
            wanted.text().into_iter().for_each(|text| local(text, wanted.line, manifest));
        }
    }
    // Replacements of dependencies of dependencies, and patches that are put over them.
    for keys in [&["resolutions"][..], &["overrides"], &["pnpm", "overrides"]] {
        let texts = package.at(keys).map(Node::all_texts).unwrap_or_default();
        texts.into_iter().for_each(|(_, text, line)| local(text, line, manifest));
    }
    for keys in [&["pnpm", "patchedDependencies"][..], &["patchedDependencies"]] {
        for (text, line) in package.entries_at(keys).iter().flat_map(|(_, node)| node.texts()) {
            manifest.names(Role::Content, text, line);
        }
    }
    for (name, script) in package.entries_at(&["scripts"]) {
        script.text().into_iter().for_each(|text| manifest.script(name, text, script.line));
    }
    // `workspaces: { packages: […] }` is Yarn's.
    for keys in [&["workspaces"][..], &["workspaces", "packages"]] {
        members(package.texts_at(keys), manifest);
    }
    for key in ENTRIES {
        let texts = package.get(key).map(Node::all_texts).unwrap_or_default();
        for (_, path, line) in
            texts.into_iter().filter(|(_, text, _)| !text.starts_with(['!', '#']))
        {
            let document = key == "files" && data::is_document(path);
            let role = if document { Role::Document } else { Role::Entry };
            manifest.names(role, path, line);
        }
    }
    tools(&package, manifest);
    Ok(())
}

/// Settings of tools that stand in the same file may name files, too.
fn tools(package: &Node, manifest: &mut Manifest) {
    let read = [
        "name",
        "version",
        "description",
        "author",
        "contributors",
        "repository",
        "bugs",
        "homepage",
        "license",
        "keywords",
        "scripts",
        "engines",
        "packageManager",
        "workspaces",
        "resolutions",
        "overrides",
        "volta",
    ];
    for (key, node) in package.entries() {
        let group = GROUPS.iter().any(|(group, _)| group == key);
        if group || read.contains(&&**key) || ENTRIES.contains(&&**key) {
            continue;
        }
        for (_, text, line) in node.all_texts() {
            let path = text.strip_prefix("<rootDir>/").unwrap_or(text);
            // `@scope/name` and `name/sub` are modules; what starts with a dot or ends like a file is a path.
            let told = path.starts_with('.') || path != text || has_extension(path);
            if told && !path.starts_with('!') {
                manifest.may_name(Role::Content, path, line);
            }
        }
    }
}

fn has_extension(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// `file:../x`, `link:./y`, `patch:name@npm:1.0#./x.patch`, `~/.yarn/patches/…`.
fn local(wanted: &str, line: usize, manifest: &mut Manifest) {
    let Some(path) = LOCAL.iter().find_map(|protocol| wanted.strip_prefix(protocol)) else {
        // npm takes paths without a protocol, too.
        if wanted.starts_with("./") || wanted.starts_with("../") {
            manifest.names(Role::Package, wanted, line);
        }
        return;
    };
    match path.split_once('#').filter(|_| wanted.starts_with("patch:")) {
        Some((_, patch)) => manifest.names(Role::Content, patch.trim_start_matches("~/"), line),
        None => manifest.names(Role::Package, path, line),
    }
}

fn members<'m>(patterns: impl Iterator<Item = (&'m str, usize)>, manifest: &mut Manifest) {
    for (pattern, line) in patterns.filter(|(pattern, _)| !pattern.starts_with('!')) {
        manifest.names(Role::Package, pattern, line);
    }
}

pub(super) fn pnpm_workspace(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let documents = yaml::parse(text).map_err(|error| {
        let at = error.at.min(text.len());
        Unclear { line: LineIndex::new(text).line(at), reason: error.message }
    })?;
    for document in &documents {
        let packages = document.get("packages").map(|list| list.items()).unwrap_or_default();
        members(packages.iter().filter_map(|it| Some((it.text()?, it.line))), manifest);
        for (_, patch) in document.get("patchedDependencies").iter().flat_map(|it| it.named()) {
            patch
                .text()
                .into_iter()
                .for_each(|path| manifest.names(Role::Content, path, patch.line));
        }
        for key in ["overrides", "catalog"] {
            for (_, wanted) in document.get(key).iter().flat_map(|it| it.named()) {
                wanted.text().into_iter().for_each(|text| local(text, wanted.line, manifest));
            }
        }
    }
    Ok(())
}
