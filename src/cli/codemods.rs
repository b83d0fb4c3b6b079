//! Finds and loads codemods: transforms that users write.

use super::configuration::mistake_in;
use super::read;
use super::settings::shown_name;
use super::suggest;
use crate::codemod::{self, Loaded, Test};
use crate::report::summary::StrayProblem;
use crate::report::{Colour, Problem};
use crate::transform::Transform;
use std::path::{Path, PathBuf};

/// Bytes of a file with codemods.
const LIMIT: u64 = 1 << 20;

/// How deep folders of codemods are looked into.
const DEEPEST: usize = 16;

/// A codemod that lives as long as the program, with the file that it is from and its tests.
#[derive(Debug)]
pub(super) struct Codemod {
    pub(super) file: PathBuf,
    pub(super) transform: &'static Transform,
    pub(super) tests: Vec<Test>,
}

/// The codemods of each of `paths`, which are absolute: a file, or a folder with files. The error is the first
/// mistake, with its place.
pub(super) fn load(
    paths: &[PathBuf],
    colour: Colour,
) -> Result<Vec<&'static Transform>, StrayProblem> {
    let all = load_with_tests(paths, colour)?;
    Ok(all.into_iter().map(|it| it.transform).collect())
}

/// The same with their tests.
pub(super) fn load_with_tests(
    paths: &[PathBuf],
    colour: Colour,
) -> Result<Vec<Codemod>, StrayProblem> {
    let mut all: Vec<Codemod> = Vec::new();
    for path in paths {
        let files = files(path).map_err(|message| problem(path, message))?;
        for file in files {
            for Loaded { transform, tests } in codemods(&file, colour)? {
                if let Some(twin) = all.iter().find(|it| it.transform.id == transform.id) {
                    let other = shown_name(&twin.file);
                    let message = format!("the codemod `{}` is in {other} too", transform.id);
                    return Err(problem(&file, message));
                }
                let transform: &'static Transform = Box::leak(Box::new(transform));
                all.push(Codemod { file: file.clone(), transform, tests });
            }
        }
    }
    Ok(all)
}

fn problem(path: &Path, message: String) -> StrayProblem {
    StrayProblem { place: shown_name(path), message, shown: None }
}

fn codemods(file: &Path, colour: Colour) -> Result<Vec<Loaded>, StrayProblem> {
    let text = read::file(file, LIMIT).map_err(|(_, found)| match found {
        Problem::Unreadable(_) if file.metadata().is_ok_and(|it| it.len() > LIMIT) => {
            problem(file, format!("larger than {LIMIT} bytes; write several files"))
        }
        Problem::Unreadable(message) => problem(file, message),
        _ => problem(file, "not UTF-8".to_owned()),
    })?;
    codemod::load(&text, suggest::instead)
        .map_err(|error| mistake_in(&shown_name(file), &text, error, colour))
}

/// A file itself, or all of a folder whose names end in `.yaml` or `.yml`, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let described = path.metadata().map_err(|error| format!("cannot be read: {error}"))?;
    if !described.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    collect(path, 0, &mut found)?;
    found.sort();
    match found.is_empty() {
        true => Err("no `*.yaml` or `*.yml` is in this folder".to_owned()),
        false => Ok(found),
    }
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("folders are nested deeper than {DEEPEST}"));
    }
    let entries = folder.read_dir().map_err(|error| format!("cannot be read: {error}"))?;
    for entry in entries {
        let path = entry.map_err(|error| format!("cannot be read: {error}"))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(&path, depth + 1, found)?;
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            found.push(path);
        }
    }
    Ok(())
}
