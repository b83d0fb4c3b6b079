//! The variables of one stage, or of the part before the first `FROM`, in the order in which they
//! are set. It knows no base image.

use crate::syntax::Pair;
use crate::syntax::expand::{self, Value};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Longer values count as not known: repeated doubling (`ENV A=$A$A`) must not grow without bound.
const LONGEST_VALUE: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(super) struct Environment<'a> {
    /// By name, in order: the instruction, whether `ENV` or `ARG`, and the value if it is known.
    definitions: FxHashMap<&'a str, Vec<Definition<'a>>>,
    /// Declared automatically, with values that only the build knows.
    automatic: bool,
}

#[derive(Debug)]
struct Definition<'a> {
    instruction: usize,
    kind: Kind,
    value: Option<Cow<'a, str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Argument,
    Environment,
}

/// Platform arguments that BuildKit sets by itself.
const AUTOMATIC: &[&str] = &[
    "BUILDARCH",
    "BUILDOS",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "TARGETVARIANT",
];

impl<'a> Environment<'a> {
    pub(super) fn globals() -> Self {
        Self { automatic: true, ..Self::default() }
    }

    pub(super) fn set(&mut self, instruction: usize, name: &'a str, value: Option<Cow<'a, str>>) {
        self.add(instruction, name, Kind::Environment, value);
    }

    fn add(&mut self, instruction: usize, name: &'a str, kind: Kind, value: Option<Cow<'a, str>>) {
        let value = value.filter(|value| value.len() <= LONGEST_VALUE);
        self.definitions.entry(name).or_default().push(Definition { instruction, kind, value });
    }

    /// `ARG`: without a default of its own, a stage takes the global one. Its value is a default: a
    /// build may give another.
    pub(super) fn declare(
        &mut self,
        instruction: usize,
        pairs: &'a [Pair<'a>],
        escape: char,
        globals: &Environment<'a>,
    ) {
        for pair in pairs {
            let value = match &pair.value {
                Some(value) => {
                    let lookup = |name: &str| self.value(instruction, name);
                    let expanded = expand::expand(&value.text, escape, lookup);
                    expanded.ok().map(|value| Cow::Owned(value.into_owned()))
                }
                None => match globals.value(instruction, &pair.name.text) {
                    Value::Set(value) => Some(Cow::Owned(value.into_owned())),
                    _ => None,
                },
            };
            self.add(instruction, &pair.name.text, Kind::Argument, value);
        }
    }

    /// What `name` is just before `instruction`; `None` if it is not defined here.
    pub(super) fn find(&self, instruction: usize, name: &str) -> Option<Value<'_>> {
        let before = |it: &&Definition| it.instruction < instruction;
        let definitions = self.definitions.get(name)?;
        let environment = |it: &&Definition| it.kind == Kind::Environment;
        let mut latest = definitions.iter().rev().filter(before);
        // ENV wins over ARG, whatever their order.
        let found = latest.clone().find(environment).or_else(|| latest.next())?;
        Some(as_value(found))
    }

    /// The same for `ENV` alone: what a child inherits.
    pub(super) fn find_set(&self, instruction: usize, name: &str) -> Option<Value<'_>> {
        let definitions = self.definitions.get(name)?.iter().rev();
        let mut set = definitions.filter(|it| it.kind == Kind::Environment);
        set.find(|it| it.instruction < instruction).map(as_value)
    }

    /// What `name` is just before `instruction`, with nothing around this.
    pub(super) fn value(&self, instruction: usize, name: &str) -> Value<'_> {
        match self.find(instruction, name) {
            Some(value) => value,
            None if self.automatic && AUTOMATIC.contains(&name) => Value::Unknown,
            None => Value::Unset,
        }
    }
}

fn as_value<'v>(definition: &'v Definition) -> Value<'v> {
    match &definition.value {
        Some(value) => Value::Set(Cow::Borrowed(value)),
        None => Value::Unknown,
    }
}
