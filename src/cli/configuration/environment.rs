//! `JETTISON_MERGE=pays`: settings in environment variables.

use super::{Origin, SET, Values, values};
use crate::cli::Refusal;
use crate::cli::suggest;
use crate::transform::Transform;
use crate::yaml::form::{Field, Form, Mapping};
use crate::yaml::{Node, Style, Value};
use std::ffi::OsString;
use std::rc::Rc;

use crate::text::Span;

const PREFIX: &str = "JETTISON_";

/// What we set ourselves, and tests of ours read.
const OTHERS: &[&str] = &["JETTISON_IMAGE", "JETTISON_TEST_ENGINE", "JETTISON_CORPUS"];

/// How near a name has to be to one that we know to be a mistake.
const NEAR: f64 = 0.9;

/// What the variables among `all` say.
pub(in crate::cli) fn read(
    all: impl Iterator<Item = (OsString, OsString)>,
    transforms: &'static [&'static Transform],
) -> Result<Vec<Values>, Refusal> {
    let known = variables(super::form::form(transforms));
    let mut found = Vec::new();
    for (name, value) in all {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        if OTHERS.contains(&name) {
            continue;
        }
        let Some((_, path, form)) = known.iter().find(|(it, ..)| it == name) else {
            is_no_mistake(name, &known)?;
            continue;
        };
        let Some(value) = value.to_str() else {
            return Err(format!("the environment variable {name} is not UTF-8"));
        };
        if value.is_empty() {
            continue;
        }
        let root = nested(path, node(value, form));
        let said = values(&root, transforms, &Origin::Environment(name.to_owned()));
        let said =
            said.map_err(|error| format!("the environment variable {name}: {}", error.message))?;
        found.push(said);
    }
    found.sort_by(|a, b| a.first_origin().cmp(&b.first_origin()));
    Ok(found)
}

type Variable = (String, Vec<&'static str>, &'static Form);

/// All names, each with the keys that lead to its setting.
fn variables(form: &'static Form) -> Vec<Variable> {
    let Form::Mapping(Mapping { fields, .. }) = form else { return Vec::new() };
    let mut found = Vec::new();
    for field in fields.iter().filter(|field| SET.contains(&field.name)) {
        match &field.form {
            Form::Mapping(transforms) => {
                found.extend(transforms.fields.iter().map(|one: &'static Field| {
                    (variable(&[field.name, one.name]), vec![field.name, one.name], &one.form)
                }));
            }
            form => found.push((variable(&[field.name]), vec![field.name], form)),
        }
    }
    found
}

fn variable(keys: &[&str]) -> String {
    format!("{PREFIX}{}", keys.join("_").replace('-', "_").to_ascii_uppercase())
}

fn is_no_mistake(name: &str, known: &[Variable]) -> Result<(), Refusal> {
    let rest = name.trim_start_matches(PREFIX);
    let near = |it: &&Variable| strsim::jaro_winkler(it.0.trim_start_matches(PREFIX), rest) > NEAR;
    match known.iter().any(|it| near(&it)) {
        false => Ok(()),
        true => {
            let names: Vec<&str> = known.iter().map(|it| &*it.0).collect();
            let instead = suggest::instead(name, &names);
            Err(format!("the environment variable {name} sets nothing; {instead}"))
        }
    }
}

/// The text of a variable as it would stand in a file: of a list, its items with commas between them.
fn node(text: &str, form: &Form) -> Node {
    let scalar = |text: &str| Value::Scalar { text: text.trim().into(), style: Style::Plain };
    let item = |text: &str| Rc::new(made(scalar(text)));
    match form {
        Form::List(_) | Form::Several(_) => {
            let items = text.split(',').filter(|it| !it.trim().is_empty());
            made(Value::Sequence(items.map(item).collect()))
        }
        _ => made(scalar(text)),
    }
}

fn made(value: Value) -> Node {
    Node { span: Span::new(0, 0), line: 1, tag: None, value }
}

fn nested(keys: &[&str], inner: Node) -> Node {
    keys.iter().rev().fold(inner, |inner, key| {
        let key = Value::Scalar { text: (*key).into(), style: Style::Quoted };
        made(Value::Mapping(vec![(Rc::new(made(key)), Rc::new(inner))]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::PIPELINE;

    fn one(name: &str, value: &str) -> Result<Vec<Values>, Refusal> {
        read([(OsString::from(name), OsString::from(value))].into_iter(), PIPELINE)
    }

    #[test]
    fn names_are_those_of_settings() {
        let said = one("JETTISON_MERGE", "pays").unwrap();
        assert_eq!(said[0].text("merge"), Some("pays"));
        let said = one("JETTISON_TRANSFORMS_MERGE_RUNS", "false").unwrap();
        assert_eq!(said[0].text("transforms.merge-runs"), Some("off"));
        let said = one("JETTISON_TRUSTED_REGISTRIES", "docker.io, ghcr.io/x").unwrap();
        assert_eq!(said[0].list("trusted-registries").len(), 2);
        let said = one("JETTISON_INCLUDE", "*.docker").unwrap();
        assert_eq!(said[0].list("include")[0].text, "*.docker");
    }

    #[test]
    fn a_mistake_is_told_and_what_others_use_is_not() {
        assert!(one("JETTISON_MERGE", "pay").unwrap_err().contains("did you mean `pays`?"));
        assert!(one("JETTISON_MERG", "pays").unwrap_err().contains("JETTISON_MERGE"));
        assert!(one("JETTISON_MINIMUM_SAVING", "much").unwrap_err().contains("a size"));
        for other in ["JETTISON_IMAGE", "JETTISON_SHARED", "JETTISON_HOME", "OTHER_MERGE"] {
            assert!(one(other, "x").unwrap().is_empty(), "{other}");
        }
        assert!(one("JETTISON_MERGE", "").unwrap().is_empty());
    }
}
