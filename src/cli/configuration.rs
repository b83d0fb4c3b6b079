//! Settings as they are said: in `.jettison.yaml`, in what it extends, in environment variables, and by
//! `--set KEY=VALUE`. What applies in the end is for `settings` to tell.

pub(super) mod environment;
pub(super) mod files;
pub(super) mod form;

use super::suggest::instead;
use crate::report::summary::StrayProblem;
use crate::report::{Colour, error};
use crate::text::{LineIndex, Span};
use crate::transform::{
    Builder, CachePolicy, MergePolicy, Options, PortPolicy, RuntimePolicy, Transform,
};
use crate::yaml::{self, Error, Node, Value, form as forms};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// The name that is looked for in the folder of a Dockerfile and those above it.
pub(super) const FILE_NAME: &str = ".jettison.yaml";

/// What can be set outside of a file, too.
const SET: &[&str] = &[
    "transforms",
    "merge",
    "caches",
    "ports",
    "runtime",
    "builder",
    "trusted-registries",
    "minimum-saving",
    "include",
    "exclude",
];

/// Who says something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// As it is shown, and the line, counted from 1.
    File(Arc<str>, usize),
    /// The name of an environment variable.
    Environment(String),
    /// As it was given.
    Flag(String),
}

/// A value as it is written, and who says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// Settings by their keys with dots between: `merge`, `transforms.merge-runs`, `transforms.merge-runs.merge`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Values {
    pub(super) single: BTreeMap<String, Said>,
    lists: BTreeMap<String, Vec<Said>>,
}

impl Values {
    pub(super) fn said(&self, key: &str) -> Option<&Said> {
        self.single.get(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.said(key).map(|said| &*said.text)
    }

    pub(super) fn list(&self, key: &str) -> &[Said] {
        self.lists.get(key).map_or(&[], |list| list)
    }

    pub(super) fn has_list(&self, key: &str) -> bool {
        self.lists.contains_key(key)
    }

    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        self.list(key).iter().map(|said| said.text.clone()).collect()
    }

    /// The transforms that are spoken of.
    pub(super) fn transforms(&self) -> impl Iterator<Item = &str> {
        let below = self.single.keys().filter_map(|key| key.strip_prefix("transforms."));
        below.map(|key| key.split('.').next().unwrap_or(key))
    }

    fn first_origin(&self) -> Option<&Origin> {
        self.single.values().chain(self.lists.values().flatten()).map(|said| &said.origin).next()
    }

    /// What `above` says wins; globs and codemods are added.
    pub(super) fn extend(&mut self, above: &Self) {
        self.single.extend(above.single.clone());
        for (key, list) in &above.lists {
            let own = self.lists.entry(key.clone()).or_default();
            if key == "trusted-registries" {
                own.clear();
            }
            own.extend(list.iter().cloned());
        }
    }

    /// What transforms are told, for the one with this id: `""` for what is said of none.
    pub(super) fn options(&self, id: &str) -> Options {
        let own = |key: &str| {
            let own = self.text(&format!("transforms.{id}.{key}")).filter(|_| !id.is_empty());
            own.or(self.text(key))
        };
        let registries = self.has_list("trusted-registries");
        Options {
            merge: chosen(own("merge"), &MERGE),
            caches: chosen(own("caches"), &CACHES),
            ports: chosen(own("ports"), &PORTS),
            runtime: chosen(own("runtime"), &RUNTIMES),
            builder: chosen(own("builder"), &BUILDERS),
            registries: registries.then(|| self.texts("trusted-registries")),
            minimum_saving: own("minimum-saving").map_or(0, size),
            ..Options::default()
        }
    }
}

fn chosen<T: Copy + Default>(name: Option<&str>, choices: &[(&str, T)]) -> T {
    let chosen = choices.iter().find(|(known, _)| Some(*known) == name);
    chosen.map(|(_, value)| *value).unwrap_or_default()
}

const MERGE: [(&str, MergePolicy); 3] =
    [("shipped", MergePolicy::Shipped), ("pays", MergePolicy::Pays), ("never", MergePolicy::Never)];

const CACHES: [(&str, CachePolicy); 2] = [("clean", CachePolicy::Clean), ("off", CachePolicy::Off)];

const PORTS: [(&str, PortPolicy); 2] = [("root", PortPolicy::Root), ("docker", PortPolicy::Docker)];

const RUNTIMES: [(&str, RuntimePolicy); 5] = [
    ("auto", RuntimePolicy::Auto),
    ("distroless", RuntimePolicy::Distroless),
    ("alpine", RuntimePolicy::Alpine),
    ("slim", RuntimePolicy::Slim),
    ("smallest", RuntimePolicy::Smallest),
];

const BUILDERS: [(&str, Builder); 7] = [
    ("any", Builder::Any),
    ("docker", Builder::Buildkit),
    ("buildkit", Builder::Buildkit),
    ("podman", Builder::Buildah),
    ("buildah", Builder::Buildah),
    ("kaniko", Builder::Kaniko),
    ("legacy", Builder::Legacy),
];

/// What a setting is where nobody says anything.
pub(super) fn default(key: &str) -> &'static str {
    match key {
        "merge" => MERGE[0].0,
        "caches" => CACHES[0].0,
        "ports" => PORTS[0].0,
        "runtime" => RUNTIMES[0].0,
        "builder" => BUILDERS[0].0,
        "minimum-saving" => "0 B",
        _ => "on",
    }
}

/// Bytes; the form of the text has been checked.
fn size(text: &str) -> u64 {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = match text[digits.len()..].trim() {
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => 1,
    };
    digits.parse::<u64>().map_or(u64::MAX, |number| number.saturating_mul(unit))
}

/// The one document of a text; `None` where it says nothing.
fn root(text: &str) -> Result<Option<Rc<Node>>, Error> {
    let mut documents = yaml::parse(text)?.into_iter();
    let root = documents.next().filter(|root| !root.is_null());
    match documents.next() {
        Some(second) => {
            let message = "one document is read, and here a second one starts".to_owned();
            Err(Error { message, at: second.span.start })
        }
        None => Ok(root),
    }
}

/// Reads `KEY=VALUE`; `KEY` is a path of names with dots, `VALUE` is YAML. Names of transforms are not looked up.
pub(super) fn parse_setting(
    setting: &str,
    transforms: &'static [&'static Transform],
) -> Result<Values, String> {
    let Some((key, value)) = setting.split_once('=') else {
        return Err(format!("`--set {setting}`: expected KEY=VALUE, such as `merge=pays`"));
    };
    let names: Vec<&str> = key.split('.').map(str::trim).collect();
    if names.first().is_some_and(|first| matches!(*first, "extends" | "overrides" | "codemods")) {
        return Err(format!("`--set {setting}`: this can be said in a file alone"));
    }
    let mut text = String::new();
    for name in &names {
        text.push_str(&format!("{{{name}: "));
    }
    text.push_str(value);
    text.push_str(&"}".repeat(names.len()));
    let origin = Origin::Flag(format!("--set {setting}"));
    let read = root(&text).and_then(|root| match root {
        Some(root) => values(&root, transforms, &origin),
        None => Ok(Values::default()),
    });
    read.map_err(|error| format!("`--set {setting}`: {}", error.message))
}

/// Holds `root` against the form and reads what it says. Names of transforms are not looked up.
fn values(
    root: &Node,
    transforms: &'static [&'static Transform],
    origin: &Origin,
) -> Result<Values, Error> {
    forms::check(root, form::form(transforms), fits, instead)?;
    Ok(settings(root, origin))
}

fn fits(pattern: &str, text: &str) -> bool {
    regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
}

/// The settings of a mapping that is as it should be.
fn settings(root: &Node, origin: &Origin) -> Values {
    let mut found = Values::default();
    let said = |node: &Node| {
        let origin = match origin {
            Origin::File(name, _) => Origin::File(name.clone(), node.line),
            origin => origin.clone(),
        };
        node.text().map(|text| Said { text: text.to_owned(), origin })
    };
    for (key, value) in root.named().filter(|(key, _)| SET.contains(key)) {
        if key == "transforms" {
            for (id, value) in value.named() {
                let mut add =
                    |key: String, node: &Node| found.single.extend(switch(key, said(node)));
                add(format!("transforms.{id}"), value);
                for (key, value) in value.named() {
                    match key {
                        "use" => add(format!("transforms.{id}"), value),
                        key => add(format!("transforms.{id}.{key}"), value),
                    }
                }
            }
        } else if let Value::Sequence(items) = &value.value {
            found.lists.insert(key.to_owned(), items.iter().filter_map(|it| said(it)).collect());
        } else {
            found.single.extend(switch(key.to_owned(), said(value)));
        }
    }
    found
}

/// `true` and `false` are what older YAML reads `on` and `off` as.
fn switch(key: String, said: Option<Said>) -> Option<(String, Said)> {
    let Said { text, origin } = said?;
    let text = match &*text {
        "true" => "on".to_owned(),
        "false" => "off".to_owned(),
        _ => text,
    };
    Some((key, Said { text, origin }))
}

/// A mistake with its line and a caret.
pub(super) fn mistake_in(name: &str, text: &str, error: Error, colour: Colour) -> StrayProblem {
    let Error { message, at } = error;
    let start = error::floor(text, at);
    let length = text[start..].find([':', '\n', ',', ' ', ']', '}']).unwrap_or(0);
    let span = Span::new(start, start + length.max(usize::from(start < text.len())));
    let shown = error::Message { text: &message, help: None };
    let position = LineIndex::new(text).position(start);
    StrayProblem {
        place: name.to_owned(),
        shown: Some(error::snippet(name, text, span, shown, colour)),
        message: format!("line {}, column {}: {message}", position.line, position.column),
    }
}
