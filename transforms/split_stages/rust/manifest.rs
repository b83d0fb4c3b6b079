//! What the `Cargo.toml`s and the `Cargo.lock` of a build say, as far as its programs depend on it.

use super::super::Stop;
use super::super::case::Case;
use crate::facts::is_within;
use toml::de::{DeTable, DeValue};

/// A `Cargo.toml` that the image has.
#[derive(Debug, Clone, Default)]
pub(super) struct Manifest {
    /// Its folder in the image.
    pub(super) folder: String,
    /// And in the context.
    pub(super) source: String,
    /// The name of its package; `None` if it only holds a workspace together.
    pub(super) name: Option<String>,
    /// The programs that it makes.
    pub(super) bins: Vec<String>,
    pub(super) default_run: Option<String>,
    pub(super) is_workspace: bool,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) features: Vec<String>,
}

/// One package of a `Cargo.lock`, with those that it needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) needs: Vec<String>,
}

/// Every `Cargo.toml` that the image has.
pub(super) fn all(case: &Case) -> Result<Vec<Manifest>, Stop> {
    let mut all = Vec::new();
    for path in case.files()? {
        let is_manifest = &**path == "Cargo.toml" || path.ends_with("/Cargo.toml");
        if !is_manifest || path.contains("/target/") || path.starts_with("vendor/") {
            continue;
        }
        let (Some(place), Some(text)) = (case.place(path)?, case.text(path)) else { continue };
        let folder = place.strip_suffix("/Cargo.toml").unwrap_or_default();
        let folder = if folder.is_empty() { "/" } else { folder };
        let source = path.strip_suffix("Cargo.toml").unwrap_or_default().trim_end_matches('/');
        let Some(manifest) = read(case, &text, folder, source)? else {
            let reason = format!("`{path}` cannot be read");
            return Err(case.stop("unreadable-source", reason));
        };
        all.push(manifest);
    }
    Ok(all)
}

/// The manifest that Cargo takes in a folder: its own, or that of a folder above.
pub(super) fn at<'m>(all: &'m [Manifest], folder: &str) -> Option<&'m Manifest> {
    let above = all.iter().filter(|it| is_within(folder, &it.folder));
    above.max_by_key(|it| it.folder.len())
}

/// The folder in which Cargo puts what it makes: that of the workspace.
pub(super) fn root<'m>(all: &'m [Manifest], manifest: &'m Manifest) -> &'m Manifest {
    let around = all.iter().filter(|it| it.is_workspace && is_within(&manifest.folder, &it.folder));
    around.max_by_key(|it| it.folder.len()).unwrap_or(manifest)
}

fn read(case: &Case, text: &str, folder: &str, source: &str) -> Result<Option<Manifest>, Stop> {
    let Ok(document) = DeTable::parse(text) else { return Ok(None) };
    let root = document.get_ref();
    let mut found = Manifest {
        folder: folder.to_owned(),
        source: source.to_owned(),
        is_workspace: root.get("workspace").is_some(),
        ..Manifest::default()
    };
    let package = root.get("package").or(root.get("project")).and_then(|it| table(it.get_ref()));
    if let Some(package) = package {
        found.name = package.get("name").and_then(|it| string(it.get_ref()));
        found.default_run = package.get("default-run").and_then(|it| string(it.get_ref()));
        found.bins = bins(case, root, source, found.name.as_deref())?;
        let is_off = |it: &DeValue| matches!(it, DeValue::Boolean(false));
        if package.get("autobins").is_some_and(|it| is_off(it.get_ref())) {
            found.bins = named_bins(root);
        }
    }
    for key in ["dependencies", "build-dependencies"] {
        found
            .dependencies
            .extend(root.get(key).map(|it| dependencies(it.get_ref())).into_iter().flatten());
    }
    let targets = root.get("target").and_then(|it| table(it.get_ref()));
    for (_, target) in targets.into_iter().flatten() {
        let own = table(target.get_ref()).and_then(|it| it.get("dependencies"));
        found.dependencies.extend(own.map(|it| dependencies(it.get_ref())).into_iter().flatten());
    }
    let shared = root.get("workspace").and_then(|it| table(it.get_ref())?.get("dependencies"));
    found.dependencies.extend(shared.map(|it| dependencies(it.get_ref())).into_iter().flatten());
    Ok(Some(found))
}

fn table<'t, 'a>(value: &'t DeValue<'a>) -> Option<&'t DeTable<'a>> {
    match value {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn string(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn items<'t, 'a>(value: &'t DeValue<'a>) -> impl Iterator<Item = &'t DeValue<'a>> {
    let list = match value {
        DeValue::Array(list) => Some(list),
        _ => None,
    };
    list.into_iter().flat_map(|it| it.iter().map(|it| it.get_ref()))
}

/// Files of which a `[[bin]]` says that it is made of them.
fn claimed(root: &DeTable) -> Vec<String> {
    let bins = root.get("bin").into_iter().flat_map(|it| items(it.get_ref()));
    let paths = bins.filter_map(|it| string(table(it)?.get("path")?.get_ref()));
    paths.map(|it| it.trim_start_matches("./").to_owned()).collect()
}

fn named_bins(root: &DeTable) -> Vec<String> {
    let bins = root.get("bin").into_iter().flat_map(|it| items(it.get_ref()));
    bins.filter_map(|it| string(table(it)?.get("name")?.get_ref())).collect()
}

/// The programs of a package: those that it names, and those that stand where Cargo looks.
fn bins(
    case: &Case,
    root: &DeTable,
    source: &str,
    name: Option<&str>,
) -> Result<Vec<String>, Stop> {
    let mut all = named_bins(root);
    let inside = |path: &str| match source {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    };
    let claimed = claimed(root);
    let is_free = |path: &str| !claimed.iter().any(|it| it == path);
    if is_free("src/main.rs") && case.has(&inside("src/main.rs"))? {
        all.extend(name.map(str::to_owned));
    }
    let folder = inside("src/bin");
    for file in case.below(&folder)? {
        let rest = file[folder.len()..].trim_start_matches('/');
        let bin = match rest.split_once('/') {
            None => rest.strip_suffix(".rs"),
            Some((bin, "main.rs")) => Some(bin),
            Some(_) => None,
        };
        let is_free = is_free(&format!("src/bin/{rest}"));
        all.extend(bin.filter(|_| is_free).map(str::to_owned));
    }
    all.sort();
    all.dedup();
    Ok(all)
}

fn dependencies(value: &DeValue) -> Vec<Dependency> {
    let Some(entries) = table(value) else { return Vec::new() };
    let one = |(name, value): (&str, &DeValue)| {
        let Some(entry) = table(value) else {
            return Dependency { name: name.to_owned(), features: Vec::new() };
        };
        let package = entry.get("package").and_then(|it| string(it.get_ref()));
        let features = entry.get("features").into_iter().flat_map(|it| items(it.get_ref()));
        let features = features.filter_map(string).collect();
        Dependency { name: package.unwrap_or_else(|| name.to_owned()), features }
    };
    entries.iter().map(|(name, value)| one((name.get_ref(), value.get_ref()))).collect()
}

/// The packages of a `Cargo.lock`.
pub(super) fn locked(text: &str) -> Vec<Locked> {
    let mut all: Vec<Locked> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        let quoted =
            || line.split('"').nth(1).map(|it| it.split(' ').next().unwrap_or(it).to_owned());
        match line {
            "[[package]]" => all.push(Locked::default()),
            "dependencies = [" => inside = true,
            "]" => inside = false,
            _ => (),
        }
        let Some(last) = all.last_mut() else { continue };
        if line.starts_with("name = ") {
            last.name = quoted().unwrap_or_default();
        } else if inside && line.starts_with('"') {
            last.needs.extend(quoted());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn packages_of_a_lock() {
        let text = "version = 3\n\n[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [\n \"b\",\n \"c 0.1.0\",\n]\n\n[[package]]\nname = \"b\"\n";
        let all = locked(text);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].needs, ["b", "c"]);
        assert_eq!(all[1].name, "b");
    }
}
