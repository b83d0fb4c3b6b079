//! What a stage takes out of those behind it.

use crate::facts::Arrival;
use crate::project::ignore_file::{Reach, reach};
use crate::transform::Context;

/// Files or folders that a stage takes out of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Taken {
    /// The `COPY`.
    pub(in super::super) instruction: usize,
    /// Absolute, in that stage; it may be a pattern.
    pub(in super::super) from: String,
    /// Absolute.
    pub(in super::super) to: String,
    /// A file goes into `to` under its own name.
    pub(in super::super) into_folder: bool,
}

impl Taken {
    /// Where a file of the other stage is, if this brings it.
    pub(in super::super) fn place(&self, path: &str) -> Option<String> {
        if self.from.contains(['*', '?', '[']) {
            let is_it = reach(self.from.trim_start_matches('/'), path.trim_start_matches('/'));
            let name = path.rsplit('/').next().unwrap_or(path);
            return match (is_it == Reach::Itself, self.into_folder) {
                (true, true) => Some(joined(&self.to, name)),
                (true, false) => Some(self.to.clone()),
                (false, _) => None,
            };
        }
        match path.strip_prefix(self.from.trim_end_matches('/'))? {
            "" if self.into_folder => {
                Some(joined(&self.to, path.rsplit('/').next().unwrap_or(path)))
            }
            "" => Some(self.to.clone()),
            rest => rest.strip_prefix('/').map(|rest| joined(&self.to, rest)),
        }
    }

    /// What of the other stage may be at a path, if this brings it.
    pub(super) fn origins(&self, path: &str) -> Vec<String> {
        if self.from.contains(['*', '?', '[']) {
            return Vec::new();
        }
        let Some(rest) = path.strip_prefix(self.to.trim_end_matches('/')) else {
            return Vec::new();
        };
        let name = self.from.rsplit('/').next().unwrap_or_default();
        match rest {
            "" => vec![self.from.clone()],
            rest if !rest.starts_with('/') => Vec::new(),
            rest if self.into_folder && &rest[1..] == name => {
                vec![self.from.clone(), joined(&self.from, name)]
            }
            rest => vec![joined(&self.from, &rest[1..])],
        }
    }
}

/// Whether a stage makes pages for a program in another language.
pub(super) fn brings_pages(cx: &Context, arrival: &Arrival, from: usize) -> bool {
    let language = |stage: usize| {
        let image = cx.facts.stages[stage].image.as_ref()?;
        Some(image.runtime.as_ref()?.language)
    };
    let to_programs = arrival.to.as_deref().is_none_or(|to| to.contains("/bin"));
    language(from) == Some("node") && language(arrival.stage) != Some("node") && !to_programs
}

/// What a `COPY` takes out of a stage.
pub(super) fn taken(cx: &Context, arrival: &Arrival) -> Vec<Taken> {
    let Some(to) = arrival.to.as_deref() else { return Vec::new() };
    let folder = cx.facts.destination(arrival.instruction).is_some_and(|it| it.folder);
    let workdir = cx.facts.workdir_at(arrival.instruction).map(|it| it.path);
    let made = cx.facts.made_folders(arrival.stage);
    let is_there = workdir.as_deref() == Some(to) || made.contains(to.trim_end_matches('/'));
    let into_folder = folder || is_there || cx.facts.image_has_folder(arrival.stage, to);
    let paths = arrival.paths.iter().flatten();
    let taken = paths.map(|path| Taken {
        instruction: arrival.instruction,
        from: format!("/{path}"),
        to: to.to_owned(),
        into_folder,
    });
    taken.collect()
}

/// A path with another folder at its start.
pub(super) fn laid_over(path: String, from: &str, to: &str) -> String {
    match path.strip_prefix(from) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => match format!("{to}{rest}") {
            empty if empty.is_empty() => "/".to_owned(),
            path => path,
        },
        _ => path,
    }
}

pub(super) fn joined(folder: &str, name: &str) -> String {
    match (folder, name) {
        (folder, "") => folder.to_owned(),
        ("", name) => name.to_owned(),
        (folder, name) => format!("{}/{name}", folder.trim_end_matches('/')),
    }
}
