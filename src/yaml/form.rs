//! The forms of our own YAML files: what is read, what an editor completes, and what a mistake is told.
//!
//! A form is written down once. [`check`] holds a text against it, [`schema`] says it as JSON Schema.

use super::{Error, Node, Style, Value};
use serde_json::{Map, Value as Json, json};

/// What a value may be.
#[derive(Debug)]
pub enum Form {
    /// A text, or a number or `true` as it is written.
    Text,
    /// A text of this form, in words, with the regular expression that says it.
    Named {
        what: &'static str,
        pattern: &'static str,
    },
    /// `true` or `false`.
    Flag,
    /// A whole number from 1 on.
    Count,
    /// `~`: nothing.
    Nothing,
    /// One of these, each with what it means.
    OneOf(&'static [(&'static str, &'static str)]),
    List(&'static Form),
    /// One, or a list of them.
    Several(&'static Form),
    Mapping(&'static Mapping),
    /// What stands first in it and fits: a text, a list or a mapping.
    Either(&'static [Form]),
    /// Another form, which may hold this one.
    Of(fn() -> &'static Form),
}

/// A value with keys.
#[derive(Debug)]
pub struct Mapping {
    /// In words, for a value that is none.
    pub what: &'static str,
    pub fields: &'static [Field],
    /// Keys besides: what they are called, the regular expression of their names, and their form.
    pub others: Option<(&'static str, &'static str, &'static Form)>,
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub form: Form,
    pub need: Need,
    /// What it says, in a sentence without a full stop.
    pub about: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
}

/// Says whether the text of a name fits a regular expression.
pub type Fits = fn(pattern: &str, text: &str) -> bool;

/// The name that was probably meant, as a question.
pub type Instead = fn(wrong: &str, known: &[&str]) -> String;

/// Holds `node` against `form`; the error is the first mistake in it.
pub fn check(node: &Node, form: &Form, fits: Fits, instead: Instead) -> Result<(), Error> {
    let check = |node: &Node, form: &Form| check(node, form, fits, instead);
    let wrong = |message: String| Err(Error { message, at: node.span.start });
    match form {
        Form::Of(form) => check(node, form()),
        Form::Several(form) => match &node.value {
            Value::Sequence(items) => items.iter().try_for_each(|item| check(item, form)),
            _ => check(node, form),
        },
        Form::List(form) => match &node.value {
            Value::Sequence(items) => items.iter().try_for_each(|item| check(item, form)),
            _ => wrong("expected a list".to_owned()),
        },
        Form::Either(forms) => match forms.iter().find(|form| is_of_kind(node, form)) {
            Some(form) => check(node, form),
            None => wrong(format!("expected {}", or(forms.iter().map(what)))),
        },
        Form::Mapping(mapping) => mapping.check(node, fits, instead),
        _ => check_scalar(node, form, fits, instead),
    }
}

fn check_scalar(node: &Node, form: &Form, fits: Fits, instead: Instead) -> Result<(), Error> {
    let wrong = |message: String| Err(Error { message, at: node.span.start });
    if matches!(form, Form::Nothing) && node.is_null() {
        return Ok(());
    }
    let Some(text) = node.text() else { return wrong(format!("expected {}", what(form))) };
    match form {
        Form::Named { pattern, .. } if !fits(pattern, text) => {
            wrong(format!("`{text}` is not {}", what(form)))
        }
        Form::Flag if !matches!(text, "true" | "false") || is_quoted(node) => {
            wrong("expected `true` or `false`".to_owned())
        }
        Form::Count if !text.parse().is_ok_and(|it: usize| it > 0) || is_quoted(node) => {
            wrong("expected a number from 1 on".to_owned())
        }
        Form::OneOf(known) => {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            match names.contains(&switch(node, text)) {
                true => Ok(()),
                false => wrong(format!("unknown value `{text}`; {}", instead(text, &names))),
            }
        }
        _ => Ok(()),
    }
}

/// `true` and `false` are what older YAML reads `on` and `off` as.
fn switch<'n>(node: &Node, text: &'n str) -> &'n str {
    match text {
        "true" if !is_quoted(node) => "on",
        "false" if !is_quoted(node) => "off",
        _ => text,
    }
}

fn is_quoted(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar { style, .. } if *style != Style::Plain)
}

impl Mapping {
    fn check(&self, node: &Node, fits: Fits, instead: Instead) -> Result<(), Error> {
        let Value::Mapping(entries) = &node.value else {
            return Err(Error { message: format!("expected {}", self.what), at: node.span.start });
        };
        let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        for (key, value) in entries {
            let name = key.text().unwrap_or_default();
            if let Some(field) = self.fields.iter().find(|field| field.name == name) {
                check(value, &field.form, fits, instead)?;
                continue;
            }
            match self.others {
                Some((_, pattern, form)) if fits(pattern, name) => {
                    check(value, form, fits, instead)?;
                }
                _ => {
                    let message = format!("unknown key `{name}`; {}", instead(name, &names));
                    return Err(Error { message, at: key.span.start });
                }
            }
        }
        let missing = self.fields.iter().find(|field| {
            field.need == Need::Required && node.get(field.name).is_none_or(|it| it.is_null())
        });
        match missing {
            None => Ok(()),
            Some(field) => {
                let mut about = field.about.chars();
                let first = about.next().map(|first| first.to_ascii_lowercase());
                let about: String = first.into_iter().chain(about).collect();
                let message = format!("`{}` is missing: {about}", field.name);
                Err(Error { message, at: node.span.start })
            }
        }
    }
}

/// Whether a form is the one that is meant, by the kind of value alone.
fn is_of_kind(node: &Node, form: &Form) -> bool {
    match form {
        Form::Of(form) => is_of_kind(node, form()),
        Form::Several(_) => true,
        Form::List(_) => matches!(node.value, Value::Sequence(_)),
        Form::Mapping(_) => matches!(node.value, Value::Mapping(_)),
        Form::Either(forms) => forms.iter().any(|form| is_of_kind(node, form)),
        Form::Nothing => node.is_null(),
        Form::Flag => !is_quoted(node) && matches!(node.text(), Some("true" | "false")),
        _ => node.text().is_some(),
    }
}

fn what(form: &Form) -> &'static str {
    match form {
        Form::Text => "a text",
        Form::Named { what, .. } => what,
        Form::Flag => "`true` or `false`",
        Form::Count => "a number from 1 on",
        Form::Nothing => "`~`",
        Form::OneOf(_) => "a name",
        Form::List(_) => "a list",
        Form::Several(form) => what(form),
        Form::Mapping(mapping) => mapping.what,
        Form::Either(forms) => forms.first().map_or("a value", what),
        Form::Of(form) => what(form()),
    }
}

fn or(names: impl Iterator<Item = &'static str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.dedup();
    names.join(" or ")
}

/// A form as JSON Schema, draft 2020-12.
pub fn schema(title: &str, form: &'static Form) -> Json {
    let mut definitions = Definitions::default();
    let mut seen = (Vec::new(), Vec::new());
    repeated(form, &mut seen, &mut definitions.repeated);
    let mut whole = definitions.of(form);
    if let Some(object) = whole.as_object_mut() {
        object.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        object.insert("title".into(), title.into());
        object.insert("$defs".into(), Json::Object(definitions.made));
    }
    whole
}

/// Finds the mappings that stand in a form more than once.
fn repeated(
    form: &'static Form,
    seen: &mut (Vec<*const Form>, Vec<*const Mapping>),
    found: &mut Vec<*const Mapping>,
) {
    match form {
        Form::List(form) | Form::Several(form) => repeated(form, seen, found),
        Form::Either(forms) => forms.iter().for_each(|form| repeated(form, seen, found)),
        Form::Of(form) => {
            let form = form();
            if !seen.0.iter().any(|it| std::ptr::eq(*it, form)) {
                seen.0.push(form);
                repeated(form, seen, found);
            }
        }
        Form::Mapping(mapping) => {
            if seen.1.iter().any(|it| std::ptr::eq(*it, *mapping)) {
                found.push(*mapping);
                return;
            }
            seen.1.push(*mapping);
            mapping.fields.iter().for_each(|field| repeated(&field.form, seen, found));
            mapping.others.iter().for_each(|(_, _, form)| repeated(form, seen, found));
        }
        _ => {}
    }
}

/// Forms that hold themselves, and mappings that stand in several places, are said once, by a number.
#[derive(Default)]
struct Definitions {
    repeated: Vec<*const Mapping>,
    mappings: Vec<*const Mapping>,
    seen: Vec<*const Form>,
    made: Map<String, Json>,
}

impl Definitions {
    fn of(&mut self, form: &'static Form) -> Json {
        match form {
            Form::Text => json!({ "type": ["string", "number", "boolean"] }),
            Form::Named { pattern, .. } => json!({ "type": "string", "pattern": pattern }),
            Form::Flag => json!({ "type": "boolean" }),
            Form::Nothing => json!({ "type": "null" }),
            Form::Count => json!({ "type": "integer", "minimum": 1 }),
            Form::OneOf(known) => Self::one_of(known),
            Form::List(form) => json!({ "type": "array", "items": self.of(form) }),
            Form::Several(form) => {
                let one = self.of(form);
                json!({ "anyOf": [one, { "type": "array", "items": one }] })
            }
            Form::Either(forms) => {
                json!({ "anyOf": forms.iter().map(|it| self.of(it)).collect::<Vec<_>>() })
            }
            Form::Mapping(mapping) => self.shared_mapping(mapping),
            Form::Of(form) => self.shared(form()),
        }
    }

    fn one_of(known: &[(&str, &str)]) -> Json {
        let one = |(name, about): &(&str, &str)| json!({ "const": name, "description": about });
        let mut all: Vec<Json> = known.iter().map(one).collect();
        // What an editor's older YAML makes of `on` and `off`.
        for (name, value) in [("on", true), ("off", false)] {
            if known.iter().any(|(known, _)| *known == name) {
                all.push(json!({ "const": value }));
            }
        }
        json!({ "anyOf": all })
    }

    fn shared(&mut self, form: &'static Form) -> Json {
        let at = self.seen.iter().position(|it| std::ptr::eq(*it, form));
        let number = at.unwrap_or_else(|| {
            self.seen.push(form);
            let number = self.seen.len() - 1;
            let made = self.of(form);
            self.made.insert(format!("form{number}"), made);
            number
        });
        json!({ "$ref": format!("#/$defs/form{number}") })
    }

    fn shared_mapping(&mut self, mapping: &'static Mapping) -> Json {
        if !self.repeated.iter().any(|it| std::ptr::eq(*it, mapping)) {
            return self.mapping(mapping);
        }
        let at = self.mappings.iter().position(|it| std::ptr::eq(*it, mapping));
        let number = at.unwrap_or_else(|| {
            self.mappings.push(mapping);
            let number = self.mappings.len() - 1;
            let made = self.mapping(mapping);
            self.made.insert(format!("mapping{number}"), made);
            number
        });
        json!({ "$ref": format!("#/$defs/mapping{number}") })
    }

    fn mapping(&mut self, mapping: &'static Mapping) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in mapping.fields {
            let mut made = self.of(&field.form);
            if let Some(object) = made.as_object_mut() {
                object.insert("description".into(), field.about.into());
            }
            properties.insert(field.name.into(), made);
            if field.need == Need::Required {
                required.push(field.name);
            }
        }
        let mut made = json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        });
        if let Some(object) = made.as_object_mut() {
            if !required.is_empty() {
                object.insert("required".into(), required.into());
            }
            // `patternProperties` would be about the fields, too.
            if let Some((_, pattern, form)) = mapping.others {
                let names: Vec<&str> = mapping.fields.iter().map(|field| field.name).collect();
                let names = json!({ "anyOf": [{ "enum": names }, { "pattern": pattern }] });
                object.insert("propertyNames".into(), names);
                object.insert("additionalProperties".into(), self.of(form));
            }
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    static INNER: Mapping = Mapping {
        what: "a thing",
        fields: &[
            Field { name: "name", form: Form::Text, need: Need::Required, about: "What it is" },
            Field {
                name: "more",
                form: Form::Several(&Form::Of(thing)),
                need: Need::Optional,
                about: "What is in it",
            },
            Field { name: "some", form: Form::Count, need: Need::Optional, about: "How many" },
        ],
        others: Some(("number", "^[0-9]+$", &Form::Flag)),
    };
    static THING: Form = Form::Either(&[Form::Text, Form::Mapping(&INNER)]);

    fn thing() -> &'static Form {
        &THING
    }

    fn checked(text: &str) -> Result<(), String> {
        let fits = |_: &str, text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let instead = |_: &str, known: &[&str]| known.join(" ");
        let root = parse(text).unwrap().remove(0);
        check(&root, &THING, fits, instead)
            .map_err(|error| format!("{}: {}", error.at, error.message))
    }

    #[test]
    fn the_first_mistake_is_told_with_its_place() {
        assert_eq!(checked("a"), Ok(()));
        assert_eq!(checked("{name: a, more: [b, {name: c, some: 2, 7: true}]}"), Ok(()));
        let cases = [
            ("[a]", "0: expected a text or a thing"),
            ("{more: a}", "0: `name` is missing: what it is"),
            ("{name: a, nam: b}", "10: unknown key `nam`; name more some"),
            ("{name: a, more: {name: b, some: 0}}", "32: expected a number from 1 on"),
            ("{name: a, 7: yes}", "13: expected `true` or `false`"),
        ];
        for (text, message) in cases {
            assert_eq!(checked(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_schema_says_what_holds_itself_once() {
        static TWICE: Form = Form::Either(&[Form::Of(thing), Form::List(&Form::Of(thing))]);
        let schema = schema("Things", &TWICE);
        let defined = schema["$defs"].as_object().unwrap();
        assert_eq!(defined.len(), 1, "{schema:#}");
        assert_eq!(schema["anyOf"][0]["$ref"], "#/$defs/form0");
        let inner = &schema["$defs"]["form0"]["anyOf"][1];
        assert_eq!(inner["required"], json!(["name"]));
        assert_eq!(inner["additionalProperties"]["type"], "boolean");
        assert_eq!(inner["propertyNames"]["anyOf"][1]["pattern"], "^[0-9]+$");
    }
}
