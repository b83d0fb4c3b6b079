//! Instructions of the run-time stage as text.

use super::super::plan::Copied;
use crate::images::Family;
use crate::images::runtime::RuntimeImage;
use crate::syntax::{Body, Instruction, Keyword};
use std::collections::BTreeSet;

/// An instruction as it is written; as one line where comments stand in it.
pub(super) fn text_of(instruction: &Instruction) -> String {
    let whole = instruction.span.of(instruction.source);
    let one_line = || {
        let flags = instruction.flags.iter().map(|it| it.span.of(instruction.source));
        let mut text = instruction.keyword.name().to_owned();
        for part in flags.chain([instruction.arguments.text.trim()]) {
            text.push(' ');
            text.push_str(part);
        }
        text
    };
    let is_plain = instruction.comments.is_empty()
        && instruction.heredocs.is_empty()
        && whole.starts_with(instruction.keyword.name())
        && whole.lines().rev().skip(1).all(|line| line.trim_end().ends_with('\\'));
    if is_plain { whole.to_owned() } else { one_line() }
}

/// An `ENV` without the variables that are left out; `None` if nothing of it is left.
pub(super) fn variables(instruction: &Instruction, dropped: &[String]) -> Option<String> {
    let Body::Env { pairs, legacy } = &instruction.body else { return None };
    let is_kept = |name: &str| !dropped.iter().any(|it| it == name);
    if pairs.iter().all(|it| is_kept(&it.name.text)) {
        return Some(text_of(instruction));
    }
    let kept = pairs.iter().filter(|it| is_kept(&it.name.text) && !legacy);
    let kept: Vec<String> = kept
        .map(|it| {
            let value = it.value.as_ref().map_or("", |value| &*value.text);
            format!("{}={value}", it.name.text)
        })
        .collect();
    (!kept.is_empty()).then(|| format!("ENV {}", kept.join(" ")))
}

/// The `RUN` that installs packages of the image's distribution.
pub(super) fn install(image: &RuntimeImage, packages: &[String]) -> String {
    let names = packages.join(" ");
    let family = image.distribution.as_ref().map(|it| it.family);
    if family == Some(Family::Alpine) {
        return format!("RUN apk add --no-cache {names}");
    }
    // What Ubuntu asks about the time zone, nobody would answer.
    let asks = packages.iter().any(|it| it.starts_with("php") || it == "tzdata");
    let silent =
        if asks && family == Some(Family::Ubuntu) { "DEBIAN_FRONTEND=noninteractive " } else { "" };
    format!(
        "RUN apt-get update && {silent}apt-get install -y --no-install-recommends {names} && rm -rf /var/lib/apt/lists/*"
    )
}

/// One `COPY` for each folder, and one for the files that go to the same folder under their own names.
pub(super) fn copies(all: &[Copied], name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let split = |path: &str| {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        (format!("{folder}/"), file.to_owned())
    };
    for (at, one) in all.iter().enumerate() {
        if done.contains(&at) {
            continue;
        }
        let name = one.image.as_deref().unwrap_or(name);
        if one.is_folder
            || one.image.is_some()
            || one.owner.is_some()
            || split(&one.from).1 != split(&one.to).1
        {
            let options = match &one.owner {
                Some(owner) => format!("{name} --chown={owner}"),
                None => name.to_owned(),
            };
            lines.push(copy(&options, &[one.from.as_str()], &one.to));
            continue;
        }
        let folder = split(&one.to).0;
        let same = all.iter().enumerate().skip(at).filter(|(_, it)| {
            let is_plain = !it.is_folder && it.owner.is_none();
            is_plain && split(&it.to).0 == folder && split(&it.from).1 == split(&it.to).1
        });
        let same: Vec<(usize, &Copied)> = same.collect();
        done.extend(same.iter().map(|(at, _)| *at));
        let sources: Vec<&str> = same.iter().map(|(_, it)| it.from.as_str()).collect();
        match &sources[..] {
            [only] => lines.push(copy(name, &[only], &one.to)),
            all => lines.push(copy(name, all, &folder)),
        }
    }
    lines
}

fn copy(name: &str, sources: &[&str], to: &str) -> String {
    let mut words: Vec<&str> = sources.to_vec();
    words.push(to);
    match words.iter().any(|it| it.contains([' ', '"', '\'', '\\', '$', '['])) {
        true => format!("COPY --from={name} {}", json(&words)),
        false => format!("COPY --from={name} {}", words.join(" ")),
    }
}

pub(in super::super) fn exec(keyword: Keyword, words: &[String]) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    format!("{} {}", keyword.name(), json(&words))
}

/// A `HEALTHCHECK` with its flags and another command.
pub(super) fn health(instruction: &Instruction, words: &[String]) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let whole = text_of(instruction);
    let mut flags = instruction.flags.iter().map(|it| it.span.of(instruction.source));
    let flags =
        flags.next_back().and_then(|it| Some(whole.find(it)? + it.len())).unwrap_or_default();
    let command = whole[flags..].to_ascii_uppercase().find("CMD").unwrap_or_default();
    format!("{}CMD {}", &whole[..flags + command], json(&words))
}

fn json(words: &[&str]) -> String {
    let words: Vec<String> =
        words.iter().map(|it| serde_json::Value::from(*it).to_string()).collect();
    format!("[{}]", words.join(", "))
}

pub(in super::super) fn quoted(value: &str) -> String {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"_-./:,=@%+".contains(&it);
    match !value.is_empty() && value.bytes().all(is_plain) {
        true => value.to_owned(),
        false => {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
        }
    }
}
