//! `.jettison.yaml`, and `--set KEY=VALUE`, which says the same on the command line.

use super::suggest::instead;
use crate::report::{Colour, error};
use crate::text::Span;
use crate::transform::{CachePolicy, MergePolicy, Transform};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// The name that is looked for in the folder of a Dockerfile and those above it.
pub(super) const FILE_NAME: &str = ".jettison.yaml";

/// What one file or one `--set` says. `None` and empty mean that it says nothing.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Configuration {
    /// By transform id.
    pub(super) transforms: BTreeMap<String, Switch>,
    pub(super) merge: Option<MergePolicy>,
    pub(super) caches: Option<CachePolicy>,
    /// Globs, relative to the folder of the file.
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
    /// On, and its unsafe changes are agreed to.
    Allowed,
}

/// What is wrong with a configuration.
#[derive(Debug)]
pub(super) struct Mistake {
    /// `line 2, column 3: …` for a file.
    pub(super) message: String,
    /// With the line and a caret.
    pub(super) shown: String,
}

/// Reads the text of a configuration file.
pub(super) fn parse(
    name: &str,
    text: &str,
    transforms: &[&'static Transform],
    colour: Colour,
) -> Result<Configuration, Mistake> {
    from_yaml(text, transforms).map_err(|error| {
        let message = without_position(&error);
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let start = error::floor(text, error.location().map_or(0, |at| at.index()));
        let length = text[start..].find([':', '\n', ',', ' ', ']', '}']).unwrap_or(0);
        let span = Span::new(start, start + length.max(usize::from(start < text.len())));
        let shown = error::Message { text: &message, help: None };
        Mistake {
            shown: error::snippet(name, text, span, shown, colour),
            message: format!("line {line}, column {column}: {message}"),
        }
    })
}

/// Reads `KEY=VALUE`; `KEY` is a path of names with dots, `VALUE` is YAML.
pub(super) fn parse_setting(
    setting: &str,
    transforms: &[&'static Transform],
) -> Result<Configuration, String> {
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
    from_yaml(&text, transforms)
        .map_err(|error| format!("`--set {setting}`: {}", without_position(&error)))
}

fn from_yaml(
    text: &str,
    transforms: &[&'static Transform],
) -> Result<Configuration, serde_yaml::Error> {
    let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(blank) {
        return Ok(Configuration::default());
    }
    File { transforms }.deserialize(serde_yaml::Deserializer::from_str(text))
}

/// The library ends its messages with the position, which we show as a caret.
fn without_position(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// A name with an error at its own position if it is not one of `known`.
struct Name<'k> {
    what: &'static str,
    known: &'k [&'k str],
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a {}", self.what)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<String, E> {
        match self.known.contains(&name) {
            true => Ok(name.to_owned()),
            false => {
                let (what, instead) = (self.what, instead(name, self.known));
                Err(E::custom(format!("unknown {what} `{name}`; {instead}")))
            }
        }
    }

    /// `true` and `false` are what older YAML reads `on` and `off` as.
    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        self.visit_str(if value { "on" } else { "off" })
    }
}

struct File<'t> {
    transforms: &'t [&'static Transform],
}

impl<'de> DeserializeSeed<'de> for File<'_> {
    type Value = Configuration;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File<'_> {
    type Value = Configuration;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "a mapping with the keys `transforms`, `merge`, `caches`, `include`, `exclude`",
        )
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Configuration, M::Error> {
        let mut found = Configuration::default();
        let keys = ["transforms", "merge", "caches", "include", "exclude"];
        let mut seen = Vec::new();
        while let Some(key) = map.next_key_seed(Name { what: "key", known: &keys })? {
            match key.as_str() {
                "transforms" => {
                    let switches = Switches { transforms: self.transforms };
                    found.transforms = map.next_value_seed(switches)?;
                }
                "merge" => found.merge = Some(one_of(&mut map, "merge policy", &MERGE)?),
                "caches" => found.caches = Some(one_of(&mut map, "cache policy", &CACHES)?),
                "include" => found.include = map.next_value()?,
                _ => found.exclude = map.next_value()?,
            }
            if seen.contains(&key) {
                return Err(M::Error::custom(format!("the key `{key}` stands twice")));
            }
            seen.push(key);
        }
        Ok(found)
    }
}

const MERGE: [(&str, MergePolicy); 3] =
    [("shipped", MergePolicy::Shipped), ("pays", MergePolicy::Pays), ("never", MergePolicy::Never)];

const CACHES: [(&str, CachePolicy); 2] = [("clean", CachePolicy::Clean), ("off", CachePolicy::Off)];

const SWITCHES: [(&str, Switch); 3] =
    [("on", Switch::On), ("off", Switch::Off), ("allowed", Switch::Allowed)];

/// The next value of `map`, which has to be one of `choices`.
fn one_of<'de, T: Copy, M: MapAccess<'de>>(
    map: &mut M,
    what: &'static str,
    choices: &[(&str, T)],
) -> Result<T, M::Error> {
    let known: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let name = map.next_value_seed(Name { what, known: &known })?;
    let chosen = choices.iter().find(|(known, _)| *known == name);
    chosen.map(|(_, value)| *value).ok_or_else(|| M::Error::custom(format!("unknown {what}")))
}

struct Switches<'t> {
    transforms: &'t [&'static Transform],
}

impl<'de> DeserializeSeed<'de> for Switches<'_> {
    type Value = BTreeMap<String, Switch>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Switches<'_> {
    type Value = BTreeMap<String, Switch>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("transform ids, each with `on`, `off` or `allowed`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let ids: Vec<&str> = self.transforms.iter().map(|transform| &*transform.id).collect();
        let mut switches = BTreeMap::new();
        while let Some(id) = map.next_key_seed(Name { what: "transform", known: &ids })? {
            let switch = one_of(&mut map, "value", &SWITCHES)?;
            switches.insert(id, switch);
        }
        Ok(switches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::PIPELINE;

    #[test]
    fn the_example_in_the_documentation_is_valid() {
        let page = include_str!("../../docs/configuration.md");
        let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
        let found = parse("", example.unwrap(), PIPELINE, Colour::Plain).unwrap();
        assert_eq!(found.transforms["merge-runs"], Switch::On);
        assert_eq!(
            (found.merge, found.caches),
            (Some(MergePolicy::Shipped), Some(CachePolicy::Clean))
        );
        assert_eq!((found.include.len(), found.exclude.len()), (1, 2));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        assert!(parse("", &"[".repeat(10_000), PIPELINE, Colour::Plain).is_err());
    }
}
