//! What package managers leave behind, where, and what is done about it.
//!
//! It says where a cache is and how it is cleaned; whether it may be cleaned in one place of one
//! Dockerfile is not decided here.

use super::{Action, Kind};

/// Files that a package manager leaves behind and can do without.
#[derive(Debug)]
pub struct Cache {
    /// For a reader: `package lists`.
    pub what: &'static str,
    /// Every directory that holds it; there may be none that is known.
    pub places: &'static [Place],
    pub filled_by: &'static [Kind],
    pub need: Need,
    pub cleanup: Cleanup,
    /// Flags with which a command fills nothing.
    pub flags_off: &'static [&'static str],
    /// Environment variables that may turn the cache off. What value means what differs by release, so
    /// any value counts as off.
    pub variables_off: &'static [&'static str],
}

/// Who misses a cache that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It is the index: what installs or asks without an update before it fails.
    Index,
    /// It is downloaded again, unless the command may not use the network.
    Downloads,
    /// As [`Need::Downloads`], and builds and programs of the project use it again, at run time too.
    Build,
}

/// How a cache is emptied in the instruction that fills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleanup {
    /// The same program with these words.
    Own(&'static str),
    /// `rm -rf` of these paths below each place; they may hold patterns.
    Remove(&'static [&'static str]),
    /// A command of its own.
    Command(&'static str),
    /// A flag right after the verb, in each command that fills it.
    Flag(&'static str),
    /// It stays, for this reason.
    Keep(&'static str),
}

/// A directory: the first of the roots that is there counts.
#[derive(Debug)]
pub struct Place(pub &'static [(Root, &'static str)]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Absolute,
    Home,
    /// The value of an environment variable, if it has one.
    Variable(&'static str),
}

/// What is known of an environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    Unset,
    Known(&'a str),
    Unknown,
}

impl Place {
    /// The directory, without a `/` at its end; `None` if it depends on something unknown.
    pub fn directory<'a>(&self, variable: impl Fn(&str) -> Value<'a>) -> Option<String> {
        for (root, below) in self.0 {
            let root = match root {
                Root::Absolute => "",
                Root::Home => match variable("HOME") {
                    Value::Known(home) => home,
                    Value::Unset | Value::Unknown => return None,
                },
                Root::Variable(name) => match variable(name) {
                    Value::Known("") | Value::Unset => continue,
                    Value::Known(value) => value,
                    Value::Unknown => return None,
                },
            };
            let root = root.trim_end_matches('/');
            return Some(match below.is_empty() {
                true => root.to_owned(),
                false => format!("{root}/{}", below.trim_start_matches('/')),
            });
        }
        None
    }
}

impl Cache {
    /// Whether `action` puts something into this cache.
    pub fn is_filled_by(&self, action: &Action) -> bool {
        self.filled_by.contains(&action.kind) && !action.has_flag(self.flags_off)
    }

    /// Whether a variable turns the cache off; `None` if that is not known.
    pub fn is_off<'a>(&self, variable: impl Fn(&str) -> Value<'a>) -> Option<bool> {
        let mut off = Some(false);
        for name in self.variables_off {
            match variable(name) {
                Value::Unset => (),
                Value::Known("") => (),
                Value::Known(_) => return Some(true),
                Value::Unknown => off = None,
            }
        }
        off
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::manager;

    fn directory(name: &str, variables: &'static [(&str, Value<'static>)]) -> Option<String> {
        let place = &manager(name)?.caches.first()?.places[0];
        place.directory(|wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map_or(Value::Unset, |(_, value)| *value)
        })
    }

    #[test]
    fn variables_and_home_say_where_a_cache_is() {
        assert_eq!(directory("apt", &[]).as_deref(), Some("/var/lib/apt/lists"));
        assert_eq!(
            directory("pip", &[("HOME", Value::Known("/root"))]).as_deref(),
            Some("/root/.cache/pip")
        );
        assert_eq!(directory("pip", &[("HOME", Value::Unknown)]), None);
        assert_eq!(
            directory(
                "pip",
                &[("XDG_CACHE_HOME", Value::Known("/c/")), ("HOME", Value::Known("/root"))]
            )
            .as_deref(),
            Some("/c/pip")
        );
        assert_eq!(
            directory("pip", &[("PIP_CACHE_DIR", Value::Unknown), ("HOME", Value::Known("/root"))]),
            None
        );
    }

    #[test]
    fn a_variable_turns_a_cache_off() {
        let Some(pip) = manager("pip") else { panic!("pip is in the table") };
        let with = |value: Value<'static>| {
            pip.caches[0]
                .is_off(|name| if name == "PIP_NO_CACHE_DIR" { value } else { Value::Unset })
        };
        assert_eq!(with(Value::Unset), Some(false));
        assert_eq!(with(Value::Known("off")), Some(true));
        assert_eq!(with(Value::Known("1")), Some(true));
        assert_eq!(with(Value::Unknown), None);
    }
}
