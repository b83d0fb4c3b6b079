//! `devcontainer.json`: the image that tools build to develop in.
//!
//! Semantics: <https://containers.dev/implementors/json_reference/>. The file is JSON with comments; paths are
//! relative to its folder. What Compose builds for it, the Compose file describes.

use super::paths::{folder, join};
use super::{Builds, Draft, File, Known, Place, Relative, Runs, Unclear, Unknown, compose};
use crate::text::LineIndex;
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::collections::BTreeMap;

pub(super) fn read(file: &File<'_>) -> Builds {
    let parsed = parse_to_ast(file.text, &CollectOptions::default(), &ParseOptions::default());
    let value = match parsed {
        Ok(parsed) => parsed.value,
        Err(error) => {
            let at = error.range().start;
            return Builds::refused(file, "devcontainer", at, &error.kind().to_string());
        }
    };
    let mut builds = Builds::default();
    let Some(Value::Object(top)) = value else { return builds };
    let build = top.get_object("build");
    // As it was written before there was `build`.
    let written = build.and_then(|it| it.get("dockerfile")).or_else(|| top.get("dockerFile"));
    if let Some(dockerfile) = written {
        let settings = build.unwrap_or(&top);
        let line = LineIndex::new(file.text).line(dockerfile.range.start);
        let place = Place { file: file.path.into(), line, what: "devcontainer".to_owned() };
        let text = |name: &str| settings.get_string(name).map(|it| literal(&it.value));
        let draft = Draft {
            context: text("context").or_else(|| Some(literal(&top.get_string("context")?.value))),
            dockerfile: dockerfile.value.as_string_lit().map(|it| literal(&it.value)),
            relative: Relative::Folder,
            target: text("target"),
            arguments: settings.get_object("args").map(arguments).unwrap_or_default(),
            runs: Runs { is_workshop: true, ..Runs::default() },
            ..Draft::default()
        };
        builds.finish(place, folder(file.path), draft);
    } else if let (Some(files), Some(service)) =
        (top.get("dockerComposeFile"), top.get_string("service"))
    {
        let line = LineIndex::new(file.text).line(files.range.start);
        let place = Place { file: file.path.into(), line, what: "devcontainer".to_owned() };
        for path in texts(&files.value) {
            of_service(file, &place, &path, &service.value, &mut builds);
        }
    }
    builds
}

/// What a Compose file builds for a service of it.
fn of_service(file: &File<'_>, place: &Place, path: &str, service: &str, builds: &mut Builds) {
    let path = match literal(path) {
        Ok(path) => join(folder(file.path), &path),
        Err(unknown) => {
            let reason = format!("the Compose file {unknown}");
            return builds.push_unclear(Unclear::new(place.clone(), reason));
        }
    };
    let Some(text) = (file.other)(&path) else { return };
    let of_service = |found: &Place| found.what == format!("service `{service}`");
    let found = compose::read(&File { path: &path, text: &text, ..*file });
    for mut build in found.builds.into_iter().filter(|build| of_service(&build.place)) {
        // The file itself tells under which names.
        (build.place, build.runs.is_workshop) = (place.clone(), true);
        builds.push(build);
    }
    for mut unclear in found.unclear.into_iter().filter(|unclear| of_service(&unclear.place)) {
        (unclear.place, unclear.runs.is_workshop) = (place.clone(), true);
        builds.push_unclear(unclear);
    }
}

fn arguments(args: &Object<'_>) -> BTreeMap<String, Option<String>> {
    let one = |name: &str, value: &Value<'_>| {
        let value = value.as_string_lit().and_then(|it| literal(&it.value).ok());
        (name.to_owned(), value)
    };
    args.properties.iter().map(|it| one(it.name.as_str(), &it.value)).collect()
}

/// One text, or a list of them.
fn texts(value: &Value<'_>) -> Vec<String> {
    let text = |value: &Value<'_>| Some(value.as_string_lit()?.value.clone().into_owned());
    match value.as_array() {
        Some(list) => list.elements.iter().filter_map(text).collect(),
        None => text(value).into_iter().collect(),
    }
}

/// `${localEnv:NAME}` and the like are known where the tool runs.
fn literal(text: &str) -> Known<String> {
    match text.contains("${") {
        true => Err(Unknown::on(format!("`{text}`"))),
        false => Ok(text.to_owned()),
    }
}
