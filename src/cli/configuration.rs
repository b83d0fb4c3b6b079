//! `.jettison.yaml`, and `--set KEY=VALUE`, which says the same on the command line.

use super::suggest::instead;
use crate::report::summary::StrayProblem;
use crate::report::{Colour, error};
use crate::text::{LineIndex, Span};
use crate::transform::{CachePolicy, MergePolicy, PortPolicy, RuntimePolicy, Transform};
use crate::yaml::{self, Error, Node, Style, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The name that is looked for in the folder of a Dockerfile and those above it.
pub(super) const FILE_NAME: &str = ".jettison.yaml";

/// What one file or one `--set` says. `None` and empty mean that it says nothing.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Configuration {
    /// By transform id.
    pub(super) transforms: BTreeMap<String, Switch>,
    pub(super) merge: Option<MergePolicy>,
    pub(super) caches: Option<CachePolicy>,
    pub(super) ports: Option<PortPolicy>,
    pub(super) runtime: Option<RuntimePolicy>,
    /// Globs, relative to the folder of the file.
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    /// Paths of codemods, relative to the folder of the file.
    pub(super) codemods: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
    /// On, and its unsafe changes are agreed to.
    Allowed,
}

/// The text of a configuration file, whose names of transforms are not looked up yet.
pub(super) struct Read<'t> {
    name: &'t str,
    text: &'t str,
    root: Option<Rc<Node>>,
    colour: Colour,
    /// Paths of codemods, relative to the folder of the file.
    pub(super) codemods: Vec<String>,
}

/// Reads the text of a configuration file.
pub(super) fn read<'t>(
    name: &'t str,
    text: &'t str,
    colour: Colour,
) -> Result<Read<'t>, StrayProblem> {
    let read = || {
        let root = root(text)?;
        let codemods = root.as_ref().and_then(|root| root.get("codemods"));
        let codemods = codemods.map_or(Ok(Vec::new()), |node| paths(node))?;
        Ok((root, codemods))
    };
    let (root, codemods) = read().map_err(|error| mistake_in(name, text, error, colour))?;
    Ok(Read { name, text, root, colour, codemods })
}

impl Read<'_> {
    /// What it says of `transforms`.
    pub(super) fn configuration(
        &self,
        transforms: &[&'static Transform],
    ) -> Result<Configuration, StrayProblem> {
        let Some(root) = &self.root else { return Ok(Configuration::default()) };
        from_node(root, Some(transforms))
            .map_err(|error| mistake_in(self.name, self.text, error, self.colour))
    }
}

/// With its line and a caret.
fn mistake_in(name: &str, text: &str, error: Error, colour: Colour) -> StrayProblem {
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

/// Reads `KEY=VALUE`; `KEY` is a path of names with dots, `VALUE` is YAML.
/// Names of transforms are not looked up.
pub(super) fn parse_setting(setting: &str) -> Result<Configuration, String> {
    let Some((key, value)) = setting.split_once('=') else {
        return Err(format!("`--set {setting}`: expected KEY=VALUE, such as `merge=pays`"));
    };
    let names: Vec<&str> = key.split('.').map(str::trim).collect();
    let mut text = String::new();
    for name in &names {
        text.push_str(&format!("{{{name}: "));
    }
    text.push_str(value);
    text.push_str(&"}".repeat(names.len()));
    let read = root(&text).and_then(|root| match root {
        Some(root) => from_node(&root, None),
        None => Ok(Configuration::default()),
    });
    read.map_err(|error| format!("`--set {setting}`: {}", error.message))
}

fn root(text: &str) -> Result<Option<Rc<Node>>, Error> {
    let mut documents = yaml::parse(text)?.into_iter();
    let root = documents.next().filter(|root| !root.is_null());
    match documents.next() {
        Some(second) => Err(mistake(&second, "one document is read, and here a second one starts")),
        None => Ok(root),
    }
}

fn from_node(
    root: &Node,
    transforms: Option<&[&'static Transform]>,
) -> Result<Configuration, Error> {
    let mut found = Configuration::default();
    let keys =
        ["transforms", "merge", "caches", "ports", "runtime", "include", "exclude", "codemods"];
    let form = "a mapping with the keys `transforms`, `merge`, `caches`, `ports`, `runtime`, `include`, `exclude`, `codemods`";
    for (key, value) in mapping(root, form)? {
        match name(key, "key", &keys)? {
            "transforms" => found.transforms = switches(value, transforms)?,
            "merge" => found.merge = Some(one_of(value, "merge policy", &MERGE)?),
            "caches" => found.caches = Some(one_of(value, "cache policy", &CACHES)?),
            "ports" => found.ports = Some(one_of(value, "port policy", &PORTS)?),
            "runtime" => found.runtime = Some(one_of(value, "run-time image", &RUNTIMES)?),
            "include" => found.include = globs(value)?,
            "codemods" => found.codemods = paths(value)?,
            _ => found.exclude = globs(value)?,
        }
    }
    Ok(found)
}

fn mistake(node: &Node, message: impl Into<String>) -> Error {
    Error { message: message.into(), at: node.span.start }
}

fn mapping<'n>(node: &'n Node, form: &str) -> Result<impl Iterator<Item = Entry<'n>>, Error> {
    match &node.value {
        Value::Mapping(entries) => Ok(entries.iter().map(|(key, value)| (&**key, &**value))),
        _ => Err(mistake(node, format!("expected {form}"))),
    }
}

type Entry<'n> = (&'n Node, &'n Node);

/// The text of `node`, which has to be one of `known`.
fn name<'n>(node: &'n Node, what: &str, known: &[&str]) -> Result<&'n str, Error> {
    let Value::Scalar { text, style } = &node.value else {
        return Err(mistake(node, format!("expected a {what}")));
    };
    // `true` and `false` are what older YAML reads `on` and `off` as.
    let name = match (&**text, style) {
        ("true", Style::Plain) => "on",
        ("false", Style::Plain) => "off",
        (text, _) => text,
    };
    match known.contains(&name) {
        true => Ok(name),
        false => Err(mistake(node, format!("unknown {what} `{name}`; {}", instead(name, known)))),
    }
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

const SWITCHES: [(&str, Switch); 3] =
    [("on", Switch::On), ("off", Switch::Off), ("allowed", Switch::Allowed)];

/// What `node` names of `choices`.
fn one_of<T: Copy>(node: &Node, what: &str, choices: &[(&str, T)]) -> Result<T, Error> {
    let known: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let name = name(node, what, &known)?;
    let chosen = choices.iter().find(|(known, _)| *known == name);
    chosen.map(|(_, value)| *value).ok_or_else(|| mistake(node, format!("unknown {what}")))
}

fn switches(
    node: &Node,
    transforms: Option<&[&'static Transform]>,
) -> Result<BTreeMap<String, Switch>, Error> {
    let ids = |all: &[&'static Transform]| all.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    let ids = transforms.map(ids);
    let ids: Option<Vec<&str>> = ids.as_ref().map(|ids| ids.iter().map(|id| &**id).collect());
    let mut switches = BTreeMap::new();
    for (key, value) in mapping(node, "transform ids, each with `on`, `off` or `allowed`")? {
        let id = match &ids {
            Some(ids) => name(key, "transform", ids)?,
            None => key.text().ok_or_else(|| mistake(key, "expected a transform"))?,
        };
        switches.insert(id.to_owned(), one_of(value, "value", &SWITCHES)?);
    }
    Ok(switches)
}

fn globs(node: &Node) -> Result<Vec<String>, Error> {
    texts(node, "glob")
}

fn paths(node: &Node) -> Result<Vec<String>, Error> {
    texts(node, "path")
}

fn texts(node: &Node, what: &str) -> Result<Vec<String>, Error> {
    let Value::Sequence(items) = &node.value else {
        return Err(mistake(node, format!("expected a list of {what}s")));
    };
    let text = |item: &Rc<Node>| {
        item.text().map(str::to_owned).ok_or_else(|| mistake(item, format!("expected a {what}")))
    };
    items.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::PIPELINE;

    #[test]
    fn the_example_in_the_documentation_is_valid() {
        let page = include_str!("../../docs/configuration.md");
        let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
        let found = read("", example.unwrap(), Colour::Plain).unwrap();
        let found = found.configuration(PIPELINE).unwrap();
        assert_eq!(found.transforms["merge-runs"], Switch::On);
        assert_eq!(
            (found.merge, found.caches),
            (Some(MergePolicy::Shipped), Some(CachePolicy::Clean))
        );
        assert_eq!((found.include.len(), found.exclude.len()), (1, 2));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        assert!(read("", &"[".repeat(10_000), Colour::Plain).is_err());
    }
}
