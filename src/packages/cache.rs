//! What package managers leave behind, where, and what is done about it.
//!
//! It says where a cache is and how it is cleaned; whether it may be cleaned in one place of one
//! Dockerfile is not decided here.

use super::{Action, Kind, MANAGERS};
use crate::syntax::expand::Value;
use rustc_hash::FxHashSet;
use std::sync::LazyLock;

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
    /// Flags with which a command fetches the index, although others of its kind do not.
    pub flags_update: &'static [&'static str],
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
    /// It is made again without the network.
    Compiled,
    /// It is downloaded again; builds and programs of the project use it, at run time too.
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
#[derive(Debug, PartialEq, Eq)]
pub struct Place(pub &'static [(Root, &'static str)]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Absolute,
    Home,
    /// The value of an environment variable, if it has one.
    Variable(&'static str),
}

impl Place {
    /// The directory as a shell word, `~/…` below the home directory of whoever runs it. An unknown
    /// variable counts as not set: then what is named may not be all that there is.
    pub fn spelled<'a>(&self, variable: impl Fn(&str) -> Value<'a>) -> Option<String> {
        for (root, below) in self.0 {
            match root {
                Root::Absolute => return Some((*below).to_owned()),
                Root::Home => return Some(format!("~/{below}")),
                Root::Variable(name) => match variable(name) {
                    Value::Set(value) if value.is_empty() => (),
                    Value::Set(value) => return join(&value, below),
                    Value::Unset | Value::Unknown => (),
                },
            }
        }
        None
    }

    /// The same with the home directory in place of `~`; `None` if it depends on something unknown.
    pub fn directory<'a>(
        &self,
        home: Option<&str>,
        variable: impl Fn(&str) -> Value<'a>,
    ) -> Option<String> {
        let depends = |(root, _): &(Root, &str)| match root {
            Root::Variable(name) => variable(name) == Value::Unknown,
            _ => false,
        };
        if self.0.iter().any(depends) {
            return None;
        }
        let spelled = self.spelled(variable)?;
        match spelled.strip_prefix("~/") {
            Some(below) => join(home?, below),
            None => Some(spelled),
        }
    }

    /// The environment variables that say where it is.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|(root, _)| match root {
            Root::Absolute => None,
            Root::Home => Some("HOME"),
            Root::Variable(name) => Some(*name),
        })
    }
}

/// `None` for what would not be one plain word of a shell, or is the root directory.
fn join(root: &str, below: &str) -> Option<String> {
    let plain = |it: char| it.is_ascii_alphanumeric() || "/._-+".contains(it);
    let root = root.trim_end_matches('/');
    if !root.starts_with('/') || !root.chars().all(plain) || root.contains("..") {
        return None;
    }
    Some(if below.is_empty() { root.to_owned() } else { format!("{root}/{below}") })
}

impl Cache {
    /// Without it nothing can be installed until it is fetched again by a command of its own. (With the
    /// flag for no cache, a package manager fetches its index by itself.)
    pub fn stops_installs(&self) -> bool {
        self.need == Need::Index && matches!(self.cleanup, Cleanup::Remove(_))
    }

    /// Whether `action` puts something into this cache.
    pub fn is_filled_by(&self, action: &Action) -> bool {
        let updates = action.kind == Kind::Update || action.has_flag(self.flags_update);
        let by_itself = self.filled_by.contains(&action.kind);
        let fills = by_itself || (updates && self.need == Need::Index);
        fills && !action.has_flag(self.flags_off) && !action.is_offline()
    }

    /// Whether the two are the same files: those of `apt` and `aptitude`.
    pub fn places_equal(&self, other: &Cache) -> bool {
        self.what == other.what && self.places == other.places
    }

    /// Whether a variable turns the cache off; `None` if that is not known.
    pub fn is_off<'a>(&self, variable: impl Fn(&str) -> Value<'a>) -> Option<bool> {
        let mut off = Some(false);
        for name in self.variables_off {
            match variable(name) {
                Value::Set(value) if !value.is_empty() => return Some(true),
                Value::Set(_) | Value::Unset => (),
                Value::Unknown => off = None,
            }
        }
        off
    }
}

/// Whether `path`, as it is written in a script, is a cache of a package manager or lies in one.
pub fn is_in_a_cache(path: &str) -> bool {
    let mut places = MANAGERS.iter().flat_map(|manager| manager.caches).flat_map(|it| it.places);
    let known = places.any(|Place(roots)| {
        roots.iter().any(|(root, below)| {
            let rest = match root {
                Root::Absolute => path.strip_prefix(below),
                Root::Home if below.is_empty() => None,
                Root::Home => path.split_once(&**below).map(|(_, rest)| rest),
                Root::Variable(_) => None,
            };
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    });
    known && !path.contains("..")
}

/// The same where environment variables say where caches are.
pub fn is_in_a_cache_with<'a>(path: &str, variable: impl Fn(&str) -> Value<'a>) -> bool {
    let mut places = MANAGERS.iter().flat_map(|manager| manager.caches).flat_map(|it| it.places);
    let known = places.any(|place| {
        let rest = place.spelled(&variable).and_then(|it| path.strip_prefix(&*it).map(str::len));
        rest.is_some_and(|rest| rest == 0 || path[path.len() - rest..].starts_with('/'))
    });
    is_in_a_cache(path) || known && !path.contains("..")
}

/// Whether `text` is the command with which a cache of the table is emptied.
pub fn is_a_cleanup(text: &str) -> bool {
    static COMMANDS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
        let caches = MANAGERS.iter().flat_map(|manager| manager.caches);
        let commands = caches.filter_map(|cache| match cache.cleanup {
            Cleanup::Command(command) => Some(command),
            _ => None,
        });
        commands.collect()
    });
    COMMANDS.contains(text)
}

/// Whether a package manager of the table reads the environment variable `name`.
pub fn reads_variable(name: &str) -> bool {
    static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
        let caches = MANAGERS.iter().flat_map(|manager| manager.caches);
        let names = caches.flat_map(|cache| {
            let places = cache.places.iter().flat_map(|place| place.variables());
            cache.variables_off.iter().copied().chain(places)
        });
        names.collect()
    });
    NAMES.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::manager;
    use std::borrow::Cow;

    fn set(value: &'static str) -> Value<'static> {
        Value::Set(Cow::Borrowed(value))
    }

    fn place(name: &str) -> Option<&'static Place> {
        manager(name)?.caches.first()?.places.first()
    }

    fn find(variables: &[(&str, Value<'static>)], wanted: &str) -> Value<'static> {
        let found = variables.iter().find(|(name, _)| *name == wanted);
        found.map_or(Value::Unset, |(_, value)| value.clone())
    }

    #[test]
    fn variables_and_home_say_where_a_cache_is() {
        let at = |name: &str, variables: &[(&str, Value<'static>)]| {
            place(name)?.directory(Some("/root"), |wanted| find(variables, wanted))
        };
        assert_eq!(at("apt", &[]).as_deref(), Some("/var/lib/apt/lists"));
        assert_eq!(at("pip", &[]).as_deref(), Some("/root/.cache/pip"));
        assert_eq!(at("pip", &[("XDG_CACHE_HOME", set("/c/"))]).as_deref(), Some("/c/pip"));
        assert_eq!(at("pip", &[("PIP_CACHE_DIR", Value::Unknown)]), None);
        assert_eq!(at("pip", &[("PIP_CACHE_DIR", set("/"))]), None);
        assert_eq!(at("pip", &[("PIP_CACHE_DIR", set("/a b"))]), None);
    }

    #[test]
    fn a_home_directory_is_spelled_as_the_shell_knows_it() {
        let spelled = |name: &str| place(name)?.spelled(|_| Value::Unset);
        assert_eq!(spelled("pip").as_deref(), Some("~/.cache/pip"));
        assert_eq!(spelled("apt").as_deref(), Some("/var/lib/apt/lists"));
    }

    #[test]
    fn a_path_in_a_cache_is_known() {
        let home = |name: &str| if name == "GEM_HOME" { set("/gems") } else { Value::Unset };
        assert!(is_in_a_cache_with("/gems/cache/*.gem", home));
        assert!(is_in_a_cache_with("/var/lib/apt/lists/*", home));
        assert!(!is_in_a_cache_with("/gems/cached", home));
        assert!(!is_in_a_cache_with("/gems/cache/../x", home));
        assert!(is_a_cleanup("rm -f \"$(gem env gemdir)\"/cache/*.gem"));
    }

    #[test]
    fn a_variable_turns_a_cache_off() {
        let with = |value: Value<'static>| {
            let cache = manager("pip")?.caches.first()?;
            cache.is_off(
                |name| if name == "PIP_NO_CACHE_DIR" { value.clone() } else { Value::Unset },
            )
        };
        assert_eq!(with(Value::Unset), Some(false));
        assert_eq!(with(set("off")), Some(true));
        assert_eq!(with(set("1")), Some(true));
        assert_eq!(with(Value::Unknown), None);
    }
}
