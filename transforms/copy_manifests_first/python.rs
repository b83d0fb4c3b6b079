//! What the package managers of Python read of a project.

use super::{Case, Stop, Wanted};
use crate::project::manifests::{self, Kind, Role};
use crate::syntax::expand::Value;

/// Files of requirements with all that they include.
pub(super) fn requirements(case: &Case) -> Result<Wanted, Stop> {
    let mut files: Vec<String> = Vec::new();
    let mut next: Vec<String> = Vec::new();
    for path in &case.reading.files {
        let path = path.strip_prefix(&case.way.to).unwrap_or(path);
        next.push(path.trim_start_matches('/').to_owned());
    }
    while let Some(path) = next.pop() {
        if files.contains(&path) {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let text = case.manifest(&path)?;
        next.extend(included(case, &path, folder, &text)?);
        files.push(path);
    }
    let setup = case.cx.text("setup.cfg").unwrap_or_else(|| "".into());
    if setup.contains("[install]") || setup.contains("[easy_install]") {
        return Err(case.stop("settings", "`setup.cfg` tells where packages go".to_owned()));
    }
    if case.reading.tool == crate::effect::later::Tool::UvPip {
        files.extend(case.present(&["pyproject.toml", "uv.toml", ".python-version"]));
    }
    Ok(Wanted { files, doubts: Vec::new() })
}

/// The files that one of requirements includes.
fn included(case: &Case, path: &str, folder: &str, text: &str) -> Result<Vec<String>, Stop> {
    let local = |what: &str| {
        let reason = format!("`{path}` names `{what}`, which is installed from the sources");
        Err(case.stop("local-package", reason))
    };
    let edits = |it: &&str| it.starts_with("-e") || it.starts_with("--editable");
    if let Some(line) = text.lines().map(str::trim).find(edits) {
        return local(line);
    }
    let Ok(read) = manifests::read(Kind::Requirements, text) else {
        return Err(case.stop("unclear", format!("`{path}` cannot be read")));
    };
    if let Some(unclear) = read.unclear.first() {
        return Err(case.stop("unclear", format!("`{path}`: {unclear}")));
    }
    if let Some(named) = read.named_files().find(|it| it.role != Role::Manifest) {
        return local(&named.path);
    }
    let all = read.named_as(Role::Manifest);
    let all = all.map(|it| crate::facts::resolve(Some(&format!("/{folder}")), &it.path));
    let all: Option<Vec<String>> = all.collect();
    let all = all.unwrap_or_default().into_iter();
    Ok(all.map(|it| it.trim_start_matches('/').to_owned()).collect())
}

/// `pyproject.toml` without packages that are folders of the project.
fn project(case: &Case, name: &str, kind: Kind) -> Result<std::sync::Arc<str>, Stop> {
    let text = case.manifest(name)?;
    let Ok(read) = manifests::read(kind, &text) else {
        return Err(case.stop("unclear", format!("`{name}` cannot be read")));
    };
    if let Some(named) = read.named_as(Role::Package).next() {
        let reason =
            format!("`{name}` names `{}`, which is installed from the sources", named.path);
        return Err(case.stop("local-package", reason));
    }
    Ok(text)
}

/// Whether a variable is set to something.
fn is_set(case: &Case, name: &str) -> bool {
    let Some(run) = case.cx.facts.run(case.instruction) else { return false };
    matches!(case.cx.facts.circumstances(run).value(name), Value::Set(value) if !value.is_empty())
}

fn installs_itself(case: &Case) -> Stop {
    let reason = format!("`{}` installs the project itself, too", case.reading.words);
    case.stop("installs-itself", reason)
}

pub(super) fn poetry(case: &Case) -> Result<Wanted, Stop> {
    let text = project(case, "pyproject.toml", Kind::Pyproject)?;
    let alone =
        text.lines().any(|it| it.split_whitespace().collect::<String>() == "package-mode=false");
    if !case.says("--no-root") && !alone {
        return Err(installs_itself(case));
    }
    // Without one the packages are outside of the project.
    let source = case.cx.file.source;
    let without =
        source.contains("virtualenvs.create false") || is_set(case, "POETRY_VIRTUALENVS_CREATE");
    let doubts = if without { None } else { case.excluded(".venv")? };
    let mut files = vec!["pyproject.toml".to_owned()];
    files.extend(case.present(&["poetry.lock", "poetry.toml"]));
    Ok(Wanted { files, doubts: doubts.into_iter().collect() })
}

pub(super) fn pipenv(case: &Case) -> Result<Wanted, Stop> {
    let text = project(case, "Pipfile", Kind::Pipfile)?;
    if text.contains("editable") {
        let reason = "`Pipfile` names a package that is installed from the sources".to_owned();
        return Err(case.stop("local-package", reason));
    }
    let inside = if case.says("--system") { None } else { case.excluded(".venv")? };
    let mut files = vec!["Pipfile".to_owned()];
    files.extend(case.present(&["Pipfile.lock"]));
    let keeps = ["--deploy", "--ignore-pipfile", "sync"].iter().any(|it| case.says(it));
    let changes = (!keeps && files.len() > 1).then(|| changes_lock(case, "Pipfile.lock"));
    Ok(Wanted { files, doubts: inside.into_iter().chain(changes).collect() })
}

pub(super) fn uv(case: &Case) -> Result<Wanted, Stop> {
    let text = project(case, "pyproject.toml", Kind::Pyproject)?;
    if text.contains("[tool.uv.workspace]") {
        return Err(case.stop("workspace", "the project is a workspace".to_owned()));
    }
    let squeezed = |it: &str| it.split_whitespace().collect::<String>() == "package=false";
    let is_package = text.contains("[build-system]") && !text.lines().any(squeezed);
    if is_package && !case.says("--no-install-project") {
        return Err(installs_itself(case));
    }
    let is_elsewhere = is_set(case, "UV_PROJECT_ENVIRONMENT");
    let inside = if is_elsewhere { None } else { case.excluded(".venv")? };
    let mut files = vec!["pyproject.toml".to_owned()];
    files.extend(case.present(&["uv.lock", "uv.toml", ".python-version"]));
    let keeps = ["--frozen", "--locked"].iter().any(|it| case.says(it));
    let keeps = keeps || is_set(case, "UV_FROZEN") || is_set(case, "UV_LOCKED");
    let changes = (!keeps && case.is_listed("uv.lock")).then(|| changes_lock(case, "uv.lock"));
    Ok(Wanted { files, doubts: inside.into_iter().chain(changes).collect() })
}

/// What may differ where an install writes its lock file.
pub(super) fn changes_lock(case: &Case, lock: &str) -> String {
    format!(
        "if `{}` brings `{lock}` up to date, the image now has it as it was",
        case.reading.words
    )
}
