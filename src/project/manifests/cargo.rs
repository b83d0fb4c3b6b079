//! `Cargo.toml` (Cargo's reference).

use super::tree::{self, Node};
use super::{Group, Holds, Manifest, Role, Unclear};

const GROUPS: [(&str, Group); 5] = [
    ("dependencies", Group::Normal),
    ("dev-dependencies", Group::Development),
    ("dev_dependencies", Group::Development),
    ("build-dependencies", Group::Build),
    ("build_dependencies", Group::Build),
];

pub(super) fn read(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let root = tree::toml(text)?;
    // `[project]` is how it was called once.
    let package = root.get("package").or(root.get("project"));
    let owned = |keys: &[&str]| Some(package?.said(keys)?.0.to_owned());
    (manifest.name, manifest.version) = (owned(&["name"]), owned(&["version"]));
    manifest.fills(Holds::Build, "target", None);
    for node in [package, root.at(&["workspace", "package"])].into_iter().flatten() {
        about(node, manifest);
    }
    for key in ["lib", "bin", "example", "test", "bench"] {
        let Some(node) = root.get(key) else { continue };
        for target in std::iter::once(node).chain(node.items()) {
            let path = target.said(&["path"]);
            path.into_iter().for_each(|(path, line)| manifest.names(Role::Content, path, line));
        }
    }
    workspace(&root, manifest);
    dependencies(&root, manifest);
    for (_, target) in root.entries_at(&["target"]) {
        dependencies(target, manifest);
    }
    for (_, patches) in root.entries_at(&["patch"]) {
        patches.entries().iter().for_each(|(_, patch)| local(patch, manifest));
    }
    root.entries_at(&["replace"]).iter().for_each(|(_, patch)| local(patch, manifest));
    // Tools (`cargo-deb`, `cargo-generate-rpm`) have theirs there.
    for node in [package, root.get("workspace")].into_iter().flatten() {
        let texts = node.get("metadata").map(Node::all_texts).unwrap_or_default();
        texts.into_iter().for_each(|(_, text, line)| manifest.may_name(Role::Content, text, line));
    }
    Ok(())
}

fn about(package: &Node, manifest: &mut Manifest) {
    for key in ["readme", "license-file"] {
        let path = package.said(&[key]);
        path.into_iter().for_each(|(path, line)| manifest.names(Role::Document, path, line));
    }
    if let Some((path, line)) = package.said(&["build"]) {
        manifest.names(Role::Content, path, line);
    }
    if let Some((path, line)) = package.said(&["workspace"]) {
        manifest.names(Role::Manifest, path, line);
    }
    // Patterns as in `.gitignore`; they say what is published.
    for (path, line) in package.texts_at(&["include"]) {
        manifest.names(Role::Content, path.trim_start_matches('/'), line);
    }
    if let Some((version, line)) = package.said(&["rust-version"]) {
        manifest.wants("rust", version, line);
    }
}

fn workspace(root: &Node, manifest: &mut Manifest) {
    for key in ["members", "default-members"] {
        for (path, line) in root.texts_at(&["workspace", key]) {
            manifest.names(Role::Package, path, line);
        }
    }
}

fn dependencies(table: &Node, manifest: &mut Manifest) {
    let own = GROUPS.iter().map(|(key, group)| (table.get(key), *group));
    let shared = (table.at(&["workspace", "dependencies"]), Group::Normal);
    for (entries, group) in own.chain([shared]) {
        for (name, node) in entries.map(Node::entries).unwrap_or_default() {
            let wanted = node.text().or_else(|| Some(node.said(&["version"])?.0));
            // `other = { package = "name" }`
            let name = node.said(&["package"]).map_or(&**name, |(name, _)| name);
            let optional = node.get("optional").is_some_and(Node::is_true);
            let group = if optional && group == Group::Normal { Group::Optional } else { group };
            manifest.depends(group, name, wanted, node.line);
            local(node, manifest);
        }
    }
}

fn local(dependency: &Node, manifest: &mut Manifest) {
    if let Some((path, line)) = dependency.said(&["path"]) {
        manifest.names(Role::Package, path, line);
    }
}
