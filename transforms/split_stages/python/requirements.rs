//! The Python packages that a build installs, as far as its commands and the manifests that they read tell.

use super::super::case::Case;
use crate::facts::resolve;
use crate::project::manifests::{self, Kind, Manager, Role};
use crate::shell::command::base;
use std::collections::BTreeMap;

/// Names in their normal form, each with how a version is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Requirements {
    names: BTreeMap<String, String>,
    /// Programs that packages of the project itself bring.
    pub(super) programs: Vec<String>,
    /// Manifests that are not in the context: what they name is not known.
    pub(super) missing: Vec<String>,
    /// Files are installed outside of the folder of packages.
    pub(super) has_data: bool,
    read: Vec<String>,
}

impl Requirements {
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// `==2.9.3`; empty for any.
    pub(super) fn version(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// `Django[argon2]==4.2`, as it stands on a command line or in a manifest.
    pub(super) fn add(&mut self, text: &str) {
        let text = text.trim();
        let end = text
            .find(|it: char| !it.is_ascii_alphanumeric() && !"-_.".contains(it))
            .unwrap_or(text.len());
        let name = normal(&text[..end]);
        if name.is_empty() || text.contains("://") {
            return;
        }
        let mut rest = text[end..].trim();
        if let Some((extras, behind)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
            for extra in extras.split(',') {
                self.names.entry(format!("{name}[{}]", extra.trim())).or_default();
            }
            rest = behind.trim();
        }
        let wanted = rest.split(';').next().unwrap_or_default().trim().to_owned();
        self.names.entry(name).or_insert(wanted);
    }

    /// What the manifests in a folder of the image name.
    pub(super) fn folder(&mut self, case: &Case, folder: &str) {
        const MANIFESTS: &[&str] = &[
            "pyproject.toml",
            "poetry.lock",
            "uv.lock",
            "pdm.lock",
            "Pipfile",
            "Pipfile.lock",
            "setup.py",
            "setup.cfg",
        ];
        for name in MANIFESTS {
            let Some(place) = resolve(Some(folder), name) else { continue };
            if let Ok(Some(source)) = case.source(&place) {
                self.manifest(case, &source);
            }
        }
    }

    /// What a file of requirements in the image names.
    pub(super) fn file(&mut self, case: &Case, place: &str) {
        match case.source(place) {
            Ok(Some(source)) => self.manifest(case, &source),
            _ => self.missing.push(place.to_owned()),
        }
    }

    /// What a file of the context names.
    pub(super) fn of_context(&mut self, case: &Case, path: &str) {
        self.manifest(case, path);
    }

    fn manifest(&mut self, case: &Case, path: &str) {
        if self.read.iter().any(|it| it == path) {
            return;
        }
        self.read.push(path.to_owned());
        let Some(text) = case.text(path) else { return };
        let name = base(path);
        let kind = manifests::kind_of(name).unwrap_or(Kind::Requirements);
        match kind {
            Kind::Lock(Manager::Pipenv) => return self.pipfile_lock(&text),
            Kind::Lock(_) => return self.lock(&text),
            _ => (),
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if kind == Kind::Requirements {
            for line in text.lines().map(str::trim) {
                let line = line.split(" #").next().unwrap_or_default();
                if !line.starts_with(['-', '#']) {
                    self.add(line.trim_end_matches('\\'));
                }
            }
        }
        if matches!(kind, Kind::SetupPy | Kind::SetupCfg) {
            self.has_data |= text.contains("data_files");
            // `install_requires=open("requirements.txt").read()`
            if text.contains("requirements") {
                self.beside(case, folder, "requirements.txt");
            }
            self.entry_points(&text);
        }
        let Ok(manifest) = manifests::read(kind, &text) else { return };
        if kind != Kind::Requirements {
            for it in &manifest.dependencies {
                let wanted = it.wanted.clone().unwrap_or_default();
                self.names.entry(normal(&it.name)).or_insert(wanted);
            }
            self.programs.extend(manifest.name.clone());
            self.programs.extend(manifest.scripts.iter().map(|it| it.name.clone()));
            self.scripts(&text);
        }
        for named in manifest.named_as(Role::Manifest) {
            self.beside(case, folder, &named.path);
        }
    }

    fn beside(&mut self, case: &Case, folder: &str, name: &str) {
        let Some(path) = resolve(Some(&format!("/{folder}")), name) else { return };
        let path = path.trim_start_matches('/');
        match case.has(path) {
            Ok(true) => self.manifest(case, path),
            _ => self.missing.push(path.to_owned()),
        }
    }

    /// `name = "x"` of the tables of a lock file.
    fn lock(&mut self, text: &str) {
        let mut name = String::new();
        for line in text.lines() {
            let value = |key: &str| {
                let rest = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
                Some(rest.trim().trim_matches('"'))
            };
            if let Some(found) = value("name") {
                name = normal(found);
                self.names.entry(name.clone()).or_default();
            }
            if let Some(version) = value("version").filter(|_| !name.is_empty()) {
                self.names.insert(std::mem::take(&mut name), format!("=={version}"));
            }
        }
    }

    fn pipfile_lock(&mut self, text: &str) {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return };
        for group in ["default", "develop"] {
            let Some(packages) = value.get(group).and_then(|it| it.as_object()) else { continue };
            for (name, it) in packages {
                let version = it.get("version").and_then(|it| it.as_str()).unwrap_or_default();
                self.names.insert(normal(name), version.to_owned());
            }
        }
    }

    /// `name = "module:function"` in any table of scripts.
    fn scripts(&mut self, text: &str) {
        let mut inside = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                inside = line.contains("scripts") && !line.contains("taskipy");
            } else if let Some((name, _)) = line.split_once('=').filter(|_| inside) {
                self.programs.push(name.trim().trim_matches('"').to_owned());
            }
        }
    }

    /// `"name = module:function"` or `name = module:function`.
    fn entry_points(&mut self, text: &str) {
        for line in text.lines().filter(|it| it.contains('=') && it.contains(':')) {
            let name = line.split('=').next().unwrap_or_default();
            let name = name.rsplit(['"', '\'', '[']).next().unwrap_or_default().trim();
            let is_name = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
            if !name.is_empty() && name.chars().all(is_name) {
                self.programs.push(name.to_owned());
            }
        }
    }
}

/// PyPI takes `Flask_SQLAlchemy` for `flask-sqlalchemy`.
fn normal(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
    name.trim_matches('-').to_owned()
}
