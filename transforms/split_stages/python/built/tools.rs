//! Poetry, pipenv and uv, which install to environments of their own.

use super::super::super::Stop;
use super::super::super::case::Case;
use super::super::super::commands::Step;
use super::steps::{active_environment, add_environment, pip, variable_at};
use super::{Built, with_variable, within};
use crate::facts::is_within;

/// Poetry installs beside Python where it is told to, else to an environment.
pub(super) fn poetry(case: &Case, step: &Step, words: &[Option<&str>], built: &mut Built) {
    let folder = step.workdir.clone().unwrap_or_default();
    if !matches!(words.first(), Some(Some("install" | "add" | "sync"))) {
        built.names.folder(case, &folder);
        return;
    }
    built.names.folder(case, &folder);
    let said = |variable: &str, option: &str| {
        let by_variable = variable_at(case, step, variable);
        let by_command = case.steps().iter().find_map(|it| {
            let at = it.text.find(option)? + option.len();
            it.text[at..].split_whitespace().next().map(str::to_owned)
        });
        by_variable.or(by_command).map(|it| matches!(it.trim_matches('"'), "true" | "1"))
    };
    let settings = format!("{}/poetry.toml", folder.trim_end_matches('/'));
    let settings = case.source(&settings).ok().flatten().and_then(|it| case.text(&it));
    let set = |key: &str| {
        let text = settings.as_deref()?;
        let line = text.lines().find(|it| it.trim_start().starts_with(key))?;
        Some(line.contains("true"))
    };
    let creates = said("POETRY_VIRTUALENVS_CREATE", "virtualenvs.create").or_else(|| set("create"));
    if creates == Some(false) {
        if active_environment(case, step, built).is_none() {
            built.is_global = true;
        }
        built.last = built.last.max(step.instruction);
        return;
    }
    if active_environment(case, step, built).is_some() {
        return;
    }
    let inside = said("POETRY_VIRTUALENVS_IN_PROJECT", "virtualenvs.in-project")
        .or_else(|| set("in-project"));
    if inside != Some(true) {
        with_variable(case, step, "POETRY_VIRTUALENVS_IN_PROJECT=true", built);
    }
    add_environment(step, format!("{}/.venv", folder.trim_end_matches('/')), built);
}

pub(super) fn pipenv(case: &Case, step: &Step, words: &[Option<&str>], built: &mut Built) {
    let folder = step.workdir.clone().unwrap_or_default();
    built.names.folder(case, &folder);
    if !matches!(words.first(), Some(Some("install" | "sync"))) {
        return;
    }
    if words.contains(&Some("--system")) {
        built.last = built.last.max(step.instruction);
        built.is_global = true;
        return;
    }
    if variable_at(case, step, "PIPENV_VENV_IN_PROJECT").is_none() {
        with_variable(case, step, "PIPENV_VENV_IN_PROJECT=1", built);
    }
    add_environment(step, format!("{}/.venv", folder.trim_end_matches('/')), built);
}

pub(super) fn uv(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
    system: Option<&str>,
    built: &mut Built,
) -> Result<(), Stop> {
    let folder = step.workdir.clone().unwrap_or_default();
    let own = || format!("{}/.venv", folder.trim_end_matches('/'));
    match words {
        [Some("venv"), rest @ ..] => {
            let named = rest.iter().flatten().rfind(|it| !it.starts_with('-'));
            let path = named.and_then(|it| within(step, it)).unwrap_or_else(own);
            add_environment(step, path, built);
            Ok(())
        }
        [Some("pip"), rest @ ..] => {
            let is_system = system.is_some()
                || rest.contains(&Some("--system"))
                || variable_at(case, step, "UV_SYSTEM_PYTHON").is_some();
            let before = built.is_global;
            pip(case, step, rest, built)?;
            if !is_system {
                built.is_global = before;
                if active_environment(case, step, built).is_none() {
                    add_environment(step, own(), built);
                }
            }
            Ok(())
        }
        [Some("sync"), ..] => {
            built.names.folder(case, &folder);
            match variable_at(case, step, "UV_PROJECT_ENVIRONMENT") {
                Some(path) if is_within("/usr/local", &path) => built.is_global = true,
                Some(path) => add_environment(step, path, built),
                None => add_environment(step, own(), built),
            }
            own_python(case, step, &folder)
        }
        [Some("lock" | "export" | "cache" | "version" | "--version"), ..] => {
            built.names.folder(case, &folder);
            Ok(())
        }
        _ => {
            let reason = format!("what `{}` makes is not known", step.text);
            Err(Stop { code: "unknown-command", at: step.at, reason })
        }
    }
}

/// uv brings another Python where that of the image is not what the project asks for.
fn own_python(case: &Case, step: &Step, folder: &str) -> Result<(), Stop> {
    let place = format!("{}/.python-version", folder.trim_end_matches('/'));
    let asked = case.source(&place)?.and_then(|it| case.text(&it));
    let asked = asked.as_deref().map(str::trim).unwrap_or_default();
    let own = case.image().and_then(|it| it.runtime.as_ref()).and_then(|it| it.version.clone());
    let tag = case.reference().rsplit(':').next().unwrap_or_default().trim_start_matches("python");
    let own = own.unwrap_or_else(|| tag.split('-').next().unwrap_or_default().to_owned());
    let minor = |text: &str| text.split('.').take(2).collect::<Vec<_>>().join(".");
    let project = format!("{}/pyproject.toml", folder.trim_end_matches('/'));
    let project = case.source(&project)?.and_then(|it| case.text(&it)).unwrap_or_default();
    let wanted = project.lines().find(|it| it.trim_start().starts_with("requires-python"));
    let least = wanted
        .and_then(|it| it.split("3.").nth(1))
        .map(|it| it.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u32>());
    let own_minor = own.split('.').nth(1).and_then(|it| it.parse::<u32>().ok());
    let is_less = wanted.is_some_and(|it| it.contains('<') || it.contains("=="));
    let is_other = |(least, own): (u32, u32)| least > own || is_less && least != own;
    if least.and_then(Result::ok).zip(own_minor).is_some_and(is_other) {
        let reason = "`pyproject.toml` may ask for another Python, which uv downloads";
        return Err(Stop { code: "other-python", at: step.at, reason: reason.to_owned() });
    }
    if asked.is_empty() || minor(asked) == minor(&own) {
        return Ok(());
    }
    let reason = format!(
        "`.python-version` asks for {asked}, which uv downloads in place of that of the image"
    );
    Err(Stop { code: "other-python", at: step.at, reason })
}
