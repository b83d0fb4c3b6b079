//! What `package.json` says.

use super::Stop;
use super::case::Case;
use serde_json::Value;

/// A package of the project.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    /// Its folder in the image.
    pub(super) folder: String,
    /// Its folder in the build context, without a slash at its end.
    source: String,
    value: Value,
}

impl Manifest {
    /// The package in a folder of the image; `None` if there is none that can be read.
    pub(super) fn read(case: &Case, folder: &str) -> Result<Option<Self>, Stop> {
        let path = format!("{}/package.json", folder.trim_end_matches('/'));
        let Some(source) = case.source(&path)? else { return Ok(None) };
        let value = case
            .text(&source)
            .and_then(|text| serde_json::from_str(text.trim_start_matches('\u{feff}')).ok());
        let source = source.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        Ok(value.map(|value| Self { folder: folder.to_owned(), source, value }))
    }

    /// A script that `npm run` knows.
    pub(super) fn script(&self, name: &str) -> Option<&str> {
        self.value.get("scripts")?.get(name)?.as_str()
    }

    /// A field of text.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.value.get(name)?.as_str()
    }

    pub(super) fn has_workspaces(&self) -> bool {
        self.value.get("workspaces").is_some()
    }

    /// The packages that the program needs.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = &str> {
        ["dependencies", "optionalDependencies"].into_iter().flat_map(|it| self.names(it))
    }

    /// The packages that only developers need.
    pub(super) fn tools(&self) -> impl Iterator<Item = &str> {
        self.names("devDependencies")
    }

    pub(super) fn depends_on(&self, name: &str) -> bool {
        self.dependencies().chain(self.tools()).any(|it| it == name)
    }

    fn names(&self, field: &str) -> impl Iterator<Item = &str> {
        let table = self.value.get(field).and_then(Value::as_object);
        table.into_iter().flat_map(|it| it.keys().map(String::as_str))
    }

    /// The path in the build context of a file beside it.
    pub(super) fn beside(&self, name: &str) -> String {
        match self.source.as_str() {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }

    /// Whether a file beside it is in the image.
    pub(super) fn has_file(&self, case: &Case, name: &str) -> Result<bool, Stop> {
        let path = format!("{}/{name}", self.folder.trim_end_matches('/'));
        Ok(case.source(&path)?.is_some())
    }
}
