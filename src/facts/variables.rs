//! What variables are where an instruction stands.

use super::{Base, Facts, Run};
use crate::images::Image;
use crate::packages;
use crate::syntax::expand::Value;
use std::borrow::Cow;

impl Facts<'_> {
    /// What `name` is for the programs of `run`. `HOME` comes from the user's entry in the image's
    /// `/etc/passwd` where no `ENV` sets it.
    pub fn variable_of(&self, run: &Run, name: &str) -> Value<'_> {
        let set = self.variable_in(run.stage, run.instruction, name);
        if name != "HOME" || matches!(set, Value::Set(_)) {
            return set;
        }
        let image = self.stages[run.stage].image.as_deref();
        match run.user() {
            Some("root" | "0") => Value::Set(Cow::Borrowed("/root")),
            user if user.is_some() && user == image.and_then(|image| image.user) => {
                let home = image.and_then(|image| image.home);
                home.map_or(Value::Unknown, |home| Value::Set(Cow::Borrowed(home)))
            }
            _ => Value::Unknown,
        }
    }

    /// What `name` is in the arguments of `instruction`: its own `ENV` and `ARG` and those above it, and
    /// the environment of the base image.
    pub fn variable(&self, instruction: usize, name: &str) -> Value<'_> {
        match self.stage_of(instruction) {
            Some(stage) => self.variable_in(stage, instruction, name),
            None => self.globals.value(instruction, name),
        }
    }

    /// What `name` is in a `FROM`: a build argument before the first stage.
    pub fn global(&self, instruction: usize, name: &str) -> Value<'_> {
        self.globals.value(instruction, name)
    }

    pub(super) fn variable_in(&self, stage: usize, instruction: usize, name: &str) -> Value<'_> {
        let stage = &self.stages[stage];
        if let Some(value) = stage.environment.find(instruction, name) {
            return value;
        }
        match (&stage.base, &stage.image) {
            // Build arguments of a base stage stay there; its environment goes on.
            (Base::Stage(base), _) => {
                let end = self.stages[*base].instructions.end;
                let inherited = self.stages[*base].environment.find_set(end, name);
                inherited.unwrap_or_else(|| self.variable_after(*base, name))
            }
            (Base::Scratch, _) => Value::Unset,
            (Base::Image(_), Some(image)) => variable_of_image(image, name),
            _ => Value::Unknown,
        }
    }

    /// What `name` is in the environment that `stage` leaves: for its programs, and for stages on it.
    pub fn variable_after(&self, stage: usize, name: &str) -> Value<'_> {
        let mut at = stage;
        loop {
            let stage = &self.stages[at];
            if let Some(value) = stage.environment.find_set(stage.instructions.end, name) {
                return value;
            }
            match (&stage.base, &stage.image) {
                (Base::Stage(base), _) => at = *base,
                (Base::Scratch, _) => return Value::Unset,
                (Base::Image(_), Some(image)) => return variable_of_image(image, name),
                _ => return Value::Unknown,
            }
        }
    }
}

/// What an image sets by itself.
fn variable_of_image<'v>(image: &Image, name: &str) -> Value<'v> {
    let Some(environment) = image.environment else { return Value::Unknown };
    match environment.iter().find(|(set, _)| *set == name) {
        Some((_, Some(value))) => Value::Set(Cow::Borrowed(value)),
        Some((_, None)) => Value::Unknown,
        // Only what package managers and shells read is listed.
        None if packages::reads_variable(name) || matches!(name, "BASH_ENV" | "ENV") => {
            Value::Unset
        }
        None => Value::Unknown,
    }
}
