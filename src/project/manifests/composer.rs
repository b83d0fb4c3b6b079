//! `composer.json` (Composer's schema).

use super::tree::{self, Node};
use super::{Group, Holds, Manifest, Role, Unclear};

pub(super) fn read(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let package = tree::json(text)?;
    let owned = |key: &str| package.said(&[key]).map(|(text, _)| text.to_owned());
    (manifest.name, manifest.version) = (owned("name"), owned("version"));
    for (key, group) in [("require", Group::Normal), ("require-dev", Group::Development)] {
        for (name, wanted) in package.entries_at(&[key]) {
            match wanted.text() {
                Some(text) if name == "php" || name.starts_with("ext-") || name == "composer" => {
                    manifest.wants(name, text, wanted.line);
                }
                text => manifest.depends(group, name, text, wanted.line),
            }
        }
    }
    if let Some((php, line)) = package.said(&["config", "platform", "php"]) {
        manifest.wants("php", php, line);
    }
    match package.said(&["config", "vendor-dir"]) {
        Some((folder, line)) => manifest.fills(Holds::Dependencies, folder, Some(line)),
        None => manifest.fills(Holds::Dependencies, "vendor", None),
    }
    // One command or several; those that start with `@` are other scripts.
    for (name, script) in package.entries_at(&["scripts"]) {
        script.texts().for_each(|(text, line)| manifest.script(name, text, line));
    }
    for key in ["autoload", "autoload-dev"] {
        let texts = package.get(key).map(Node::all_texts).unwrap_or_default();
        texts.into_iter().for_each(|(_, path, line)| manifest.names(Role::Content, path, line));
    }
    for (path, line) in package.texts_at(&["bin"]) {
        manifest.names(Role::Entry, path, line);
    }
    repositories(&package, manifest);
    // Plugins have their settings there; patches and scaffolds are files.
    let extra = package.get("extra").map(Node::all_texts).unwrap_or_default();
    extra.into_iter().for_each(|(_, text, line)| manifest.may_name(Role::Content, text, line));
    Ok(())
}

/// Packages in folders and archives of the project. They stand in a list, or under names.
fn repositories(package: &Node, manifest: &mut Manifest) {
    let Some(repositories) = package.get("repositories") else { return };
    let named = repositories.entries().iter().map(|(_, node)| node);
    for repository in repositories.items().iter().chain(named) {
        let kind = repository.said(&["type"]).map(|(kind, _)| kind);
        if let (Some("path" | "artifact" | "vcs" | "git"), Some((path, line))) =
            (kind, repository.said(&["url"]))
        {
            manifest.names(Role::Package, path, line);
        }
    }
}
