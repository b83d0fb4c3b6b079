//! Which images a file takes files from, with build arguments that somebody gives.

use super::{Base, Facts};
use crate::syntax::Body;
use crate::syntax::expand::{self, Value};

/// What a build gives for a build argument: `None` if it gives none, `Some(None)` if its value is not known.
pub(crate) type Given<'g> = &'g dyn Fn(&str) -> Option<Option<String>>;

impl Facts<'_> {
    /// What the `FROM` of a stage names, with what a build gives in place of defaults, and `*` for what is not
    /// known. None if that is another stage, or nothing.
    pub fn base_images(&self, stage: usize, given: Given<'_>) -> Vec<String> {
        let stage = &self.stages[stage];
        if matches!(stage.base, Base::Stage(_) | Base::Scratch) {
            return Vec::new();
        }
        let Body::From { image, .. } = &self.file.instructions[stage.instructions.start].body
        else {
            return Vec::new();
        };
        self.with_arguments(&image.text, stage.instructions.start, given)
    }

    /// The name of the stage on which a stage is built.
    pub fn base_stage_name(&self, stage: usize) -> Option<&str> {
        match self.stages[stage].base {
            Base::Stage(base) => self.stages[base].name.as_deref(),
            _ => None,
        }
    }

    /// Images from which instructions copy or mount files: the index of the instruction, and the name.
    pub fn read_images(&self) -> impl Iterator<Item = (usize, &str)> {
        self.names_read().filter(|(_, name)| {
            let stage = self.named.contains_key(&name.to_ascii_lowercase());
            !stage && !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    /// Stages, images and contexts from which instructions copy or mount files: the index of the instruction, and
    /// the name as it is written.
    pub fn names_read(&self) -> impl Iterator<Item = (usize, &str)> {
        self.readers.iter().flat_map(|index| {
            let instruction = &self.file.instructions[*index];
            let named = instruction.flags.iter().filter_map(|flag| {
                let value = &flag.value.as_ref()?.text;
                match &*flag.name.text {
                    "from" => Some(&**value),
                    "mount" => value.split(',').find_map(|part| part.trim().strip_prefix("from=")),
                    _ => None,
                }
            });
            named.map(|name| (*index, name)).collect::<Vec<_>>()
        })
    }

    /// As it is if nobody gives what has no default, and if somebody does.
    fn with_arguments(&self, text: &str, index: usize, given: Given<'_>) -> Vec<String> {
        let expanded = |absent: Value<'static>| {
            let value = |name: &str| match (given(name), self.globals.value(index, name)) {
                // An argument that the file does not declare is not taken.
                (_, Value::Unset) => Value::Unset,
                (Some(Some(value)), _) => Value::Set(value.into()),
                (Some(None), _) => Value::Set("*".into()),
                (None, Value::Unknown) => absent.clone(),
                (None, set) => set,
            };
            expand::expand(text, self.file.escape, value).ok().map(|it| it.into_owned())
        };
        let mut names: Vec<String> =
            [Value::Unset, Value::Set("*".into())].into_iter().filter_map(expanded).collect();
        names.dedup();
        names
    }
}
