//! `Tiltfile`: `docker_build(…)` with literal arguments.
//!
//! Semantics: Tilt's API reference. Context and Dockerfile are relative to the folder of the file; without
//! `dockerfile` it is the one in the context. `only` and `ignore` leave files of the context out; that
//! they do is told, and which is not.

use super::paths::folder;
use super::starlark::{self, Call, Value};
use super::{Builds, Draft, File, Known, Place, Relative, Unclear, Unknown, join};
use crate::text::LineIndex;

/// The second one is Tilt's own extension `restart_process`, with the same arguments.
const FUNCTIONS: [&str; 2] = ["docker_build", "docker_build_with_restart"];

pub(super) fn read(file: &File<'_>) -> Builds {
    let mut builds = Builds::default();
    let lines = LineIndex::new(file.text);
    for call in starlark::calls(file.text, &FUNCTIONS) {
        let place = Place {
            file: file.path.into(),
            line: lines.line(call.at),
            what: "`docker_build`".to_owned(),
        };
        build(file, &call, place, &mut builds);
    }
    builds
}

fn build(file: &File<'_>, call: &Call, mut place: Place, builds: &mut Builds) {
    let argument = |name: &str, position: usize| {
        call.named.get(name).or(call.positional.get(position)).cloned()
    };
    let reference = argument("ref", 0).and_then(text);
    if let Some(Ok(reference)) = &reference {
        place.what = format!("image `{reference}`");
    }
    if ["only", "ignore"].iter().any(|name| call.named.contains_key(*name)) {
        place.what.push_str(", with some files of its context");
    }
    if call.open {
        return builds.unclear(place, "its arguments are not literal");
    }
    let Some(context) = argument("context", 1).and_then(text) else {
        return builds.unclear(place, "its context is not literal");
    };
    let named = |name: &str| call.named.get(name).cloned().and_then(text);
    if call.named.contains_key("dockerfile_contents") {
        let context =
            context.ok().map(|it| super::ContextSource::Folder(join(folder(file.path), &it)));
        let reason = "its Dockerfile is written in the Tiltfile".to_owned();
        return builds.push_unclear(Unclear { context, ..Unclear::new(place, reason) });
    }
    let mut draft = Draft {
        context: Some(context),
        dockerfile: argument("dockerfile", 3).and_then(text),
        relative: Relative::Folder,
        target: named("target").filter(|it| it.as_deref() != Ok("")),
        images: reference.and_then(|it| it.ok()).into_iter().collect(),
        platforms: named("platform")
            .and_then(|it| it.ok())
            .filter(|it| !it.is_empty())
            .into_iter()
            .collect(),
        ..Draft::default()
    };
    if let Some(Ok(Value::Map(entries))) = argument("build_args", 2) {
        for (name, value) in entries {
            draft.arguments.insert(name, text(value).and_then(|value| value.ok()));
        }
    }
    builds.finish(place, folder(file.path), draft);
}

/// `None` is no text, such as `None`.
fn text(value: Known<Value>) -> Option<Known<String>> {
    match value {
        Ok(Value::Text(text)) => Some(Ok(text)),
        Ok(Value::Other) => None,
        Ok(Value::List(_) | Value::Map(_)) => Some(Err(Unknown::on("a value that is no text"))),
        Err(unknown) => Some(Err(unknown)),
    }
}
