//! `jettison config`: each setting that applies, and where it comes from.

use super::arguments::{Arguments, Selection};
use super::batch;
use super::configuration::{Origin, Said, default, form::SINGLE};
use super::output::Output;
use super::settings::{Resolver, Settings, current_folder};
use super::subcommands::{ConfigArguments, ConfigFormat};
use super::{FAILED, Refusal, read};
use crate::report::error;
use crate::report::text::visible;
use crate::transform::Transform;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One setting: its key, its value, and who says it; `None` if nobody does.
struct Row {
    key: String,
    value: Value,
    origin: Option<Origin>,
}

enum Value {
    One(String),
    /// Nothing limits it.
    Unset,
}

/// Shows what applies to the paths, which need not be Dockerfiles, and returns the exit code.
pub(super) fn run(
    wanted: &ConfigArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let arguments = Arguments::of_selection(&wanted.selection);
    let colour = batch::style(&arguments).colour;
    let resolver = Resolver::new(&arguments, transforms, colour)?;
    let here = [PathBuf::from(".")];
    let paths = &arguments.selection.paths;
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let mut found = Vec::new();
    for path in paths {
        found.extend(settings(path, &resolver)?.map(|settings| (path, settings)));
    }
    let problems = resolver.problems();
    problems.iter().for_each(|problem| output.error(&error::stray(problem, colour)));
    if problems.is_empty() {
        resolver.unknown_id()?;
    }
    let shown = match wanted.format {
        ConfigFormat::Text => {
            let texts = found.iter().map(|(path, it)| text(path, it, &arguments.selection));
            texts.collect::<Vec<_>>().join("\n")
        }
        ConfigFormat::Json => {
            let files = found.iter().map(|(path, it)| document(path, it, &arguments.selection));
            let document = json!({ "version": 1, "files": files.collect::<Vec<_>>() });
            format!("{document:#}\n")
        }
    };
    output.show(shown.as_bytes());
    Ok(if problems.is_empty() { 0 } else { FAILED })
}

/// What applies to a file, which need not exist, or in a folder. `None` where the configuration is wrong.
fn settings(path: &Path, resolver: &Resolver<'_>) -> Result<Option<Arc<Settings>>, Refusal> {
    let folder = if path.is_dir() { Some(path) } else { path.parent() };
    let folder = match folder {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder
        .canonicalize()
        .map_err(|error| format!("{}: {}", path.display(), read::reason(&error)))?;
    let settings = resolver.settings(&folder);
    let name = if path.is_dir() { None } else { path.file_name() };
    Ok(settings.map(|settings| match name {
        Some(name) => resolver.settings_of(&settings, &folder.join(name)),
        None => settings,
    }))
}

fn rows(settings: &Settings, selection: &Selection) -> Vec<Row> {
    let values = &settings.values;
    let single = SINGLE.iter().map(|key| row(key, default(key), values.said(key)));
    let mut rows: Vec<Row> = single.collect();
    for key in ["trusted-registries", "include", "exclude"] {
        let list = values.list(key);
        rows.extend(list.iter().map(|said| row(key, "", Some(said))));
        if list.is_empty() {
            let value = match values.has_list(key) {
                true => Value::One("none".to_owned()),
                false => Value::Unset,
            };
            rows.push(Row { key: key.to_owned(), value, origin: None });
        }
    }
    for transform in &settings.known {
        let key = format!("transforms.{}", transform.id);
        let mut of = row(&key, default(&key), values.said(&key));
        if let Some((value, flag)) = flagged(&transform.id, selection, &of) {
            let origin = Some(Origin::Flag(flag.to_owned()));
            of = Row { key: key.clone(), value: Value::One(value.to_owned()), origin };
        }
        rows.push(of);
        let own = format!("{key}.");
        let options = values.single.iter().filter(|(key, _)| key.starts_with(&own));
        rows.extend(options.map(|(key, said)| row(key, "", Some(said))));
    }
    rows
}

fn row(key: &str, default: &str, said: Option<&Said>) -> Row {
    let value = said.map_or(default, |said| &said.text).to_owned();
    let origin = said.map(|said| said.origin.clone());
    Row { key: key.to_owned(), value: Value::One(value), origin }
}

/// What flags of their own make of a transform.
fn flagged(id: &str, selection: &Selection, said: &Row) -> Option<(&'static str, &'static str)> {
    let Selection { only, skip, allow, all_unsafe, .. } = selection;
    let named = |ids: &[String]| ids.iter().any(|it| it == id);
    let is_off = matches!(&said.value, Value::One(value) if value == "off");
    let is_allowed = matches!(&said.value, Value::One(value) if value == "allowed");
    match () {
        () if named(skip) => Some(("off", "--skip")),
        () if !only.is_empty() && !named(only) => Some(("off", "--only")),
        () if only.is_empty() && is_off => None,
        () if named(allow) => Some(("allowed", "--allow")),
        () if is_allowed => None,
        () if *all_unsafe => Some(("allowed, but for what has to be named", "--unsafe")),
        () if is_off => Some(("on", "--only")),
        () => None,
    }
}

fn text(path: &Path, settings: &Settings, selection: &Selection) -> String {
    let mut text = format!("{}\n", visible(&path.display().to_string()));
    match settings.read.is_empty() {
        true => text.push_str("  no configuration file\n"),
        false => drop(writeln!(text, "  read: {}", visible(&settings.read.join(", ")))),
    }
    let rows = rows(settings, selection);
    let shown = |row: &Row| match &row.value {
        Value::One(value) => visible(value).into_owned(),
        Value::Unset => "-".to_owned(),
    };
    let width = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let keys = width(&|row| row.key.len());
    let values = width(&|row| shown(row).chars().count());
    for row in &rows {
        let (key, value, origin) = (&row.key, shown(row), words(row.origin.as_ref()));
        let _ = writeln!(text, "  {key:keys$}  {value:values$}  {}", visible(&origin));
    }
    if path.is_dir() && settings.has_overrides() {
        text.push_str("  some files have overrides: name a Dockerfile to see what applies to it\n");
    }
    text
}

fn words(origin: Option<&Origin>) -> String {
    match origin {
        None => "default".to_owned(),
        Some(Origin::File(name, line)) => format!("{name}:{line}"),
        Some(Origin::Environment(name)) => format!("environment variable {name}"),
        Some(Origin::Flag(flag)) => flag.clone(),
    }
}

fn document(path: &Path, settings: &Settings, selection: &Selection) -> Json {
    let rows = rows(settings, selection);
    let rows = rows.iter().map(|row| {
        let value = match &row.value {
            Value::One(value) => Json::from(&**value),
            Value::Unset => Json::Null,
        };
        let origin = match &row.origin {
            None => json!({ "kind": "default" }),
            Some(Origin::File(file, line)) => {
                json!({ "kind": "file", "file": &**file, "line": line })
            }
            Some(Origin::Environment(name)) => json!({ "kind": "environment", "name": name }),
            Some(Origin::Flag(flag)) => json!({ "kind": "flag", "flag": flag }),
        };
        json!({ "key": row.key, "value": value, "origin": origin })
    });
    let configurations: Vec<&String> = settings.read.iter().collect();
    json!({
        "path": path.strip_prefix(current_folder()).unwrap_or(path).display().to_string(),
        "configurations": configurations,
        "settings": rows.collect::<Vec<_>>(),
    })
}
