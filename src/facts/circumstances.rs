//! The circumstances in which the program of a `RUN` runs.

use super::{Facts, Mount, MountKind, Run, is_within};
use crate::images::{Family, Image};
use crate::shell::Dialect;
use crate::syntax::expand::Value;

/// What the effect model asks about the surroundings of a script.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    facts: &'a Facts<'a>,
    run: &'a Run<'a>,
    /// Folders count that the file itself adds to a search path which is not known as a whole.
    own_folders: bool,
}

impl std::fmt::Debug for Circumstances<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RUN {} of stage {}", self.run.instruction, self.run.stage)
    }
}

/// Where images look for programs.
pub const SEARCH_PATH: &[&str] =
    &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

impl<'a> Circumstances<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, run: &'a Run<'a>) -> Self {
        Self { facts, run, own_folders: true }
    }

    /// The same for a program that is in the folders of the distribution.
    pub fn of_base_tool(self) -> Self {
        Self { own_folders: false, ..self }
    }

    fn image(&self) -> Option<&'a Image> {
        self.facts.stages[self.run.stage].image.as_deref()
    }

    fn variable(&self, name: &str) -> Value<'a> {
        self.facts.variable(self.run.instruction, name)
    }

    /// A command that fails ends the script, or may do so, without the script saying it.
    pub fn errexit(&self) -> bool {
        self.run.shell().errexit || self.options().any(|it| it == "errexit")
    }

    /// What bash takes from its environment as options of its own, also when it is `sh`.
    fn options(&self) -> impl Iterator<Item = String> + use<> {
        let bash = matches!(self.run.shell().dialect, Some(Dialect::Bash | Dialect::Unknown));
        let names = match self.variable("SHELLOPTS") {
            Value::Set(names) if bash => names.into_owned(),
            _ => String::new(),
        };
        names
            .split(':')
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Why the shell reads files when it starts, if it does.
    pub fn start_files(&self) -> Option<String> {
        if self.run.shell().reads_start_files {
            return Some("each `RUN` starts a shell that reads its start-up files".to_owned());
        }
        // Variables of an image that is not known are left out of account: almost none sets these.
        let set =
            |name: &&str| matches!(self.variable(name), Value::Set(value) if !value.is_empty());
        if let Some(name) = ["BASH_ENV", "ENV"].into_iter().find(set) {
            return Some(format!(
                "each `RUN` starts a shell that reads the file named by `{name}`"
            ));
        }
        const HARMLESS: &[&str] = &["errexit", "nounset", "pipefail", "xtrace"];
        let other = self.options().any(|it| !HARMLESS.contains(&&*it)) || set(&"BASHOPTS");
        other.then(|| "each `RUN` starts a shell with options from its environment".to_owned())
    }

    /// A mount whose content does not outlast the `RUN`.
    pub fn has_fresh_mount(&self) -> bool {
        let fresh = |mount: &Mount| match mount.kind {
            MountKind::Tmpfs => true,
            MountKind::Bind => mount.writable,
            MountKind::Cache | MountKind::Secret | MountKind::Ssh => false,
        };
        self.run.mounts.iter().any(fresh)
    }

    pub fn shell_program(&self) -> &'a str {
        &self.run.shell().program
    }

    pub fn user(&self) -> Option<&'a str> {
        self.run.user()
    }

    pub fn workdir(&self) -> Option<&'a str> {
        self.run.workdir()
    }

    /// What a variable is for the programs of this `RUN`.
    pub fn value(&self, name: &str) -> Value<'a> {
        self.facts.variable_of(self.run, name)
    }

    /// Whether the file itself sets `PATH`, so that programs may be found in folders of its own.
    pub fn sets_search_path(&self) -> bool {
        self.facts.sets(self.run, "PATH")
    }

    /// Whether `path` lies in a folder of the search path, is one, or is around one.
    pub fn is_on_path(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = |folder: &str| is_within(path, folder);
        let own = match self.variable("PATH") {
            Value::Set(value) => value.split(':').any(|it| !it.is_empty() && inside(it)),
            _ => self.own_folders && self.facts.search_path(self.run).any(inside),
        };
        own || SEARCH_PATH.iter().any(|folder| inside(folder)) || self.holds_path(path)
    }

    /// Whether `path` is a folder of the search path, or one around it.
    pub fn holds_path(&self, path: &str) -> bool {
        if !path.starts_with('/') {
            return false;
        }
        let path = path.trim_end_matches('/');
        let holds = |folder: &str| is_within(folder, path);
        let own = match self.variable("PATH") {
            Value::Set(value) => value.split(':').any(|it| !it.is_empty() && holds(it)),
            _ => self.own_folders && self.facts.search_path(self.run).any(holds),
        };
        own || SEARCH_PATH.iter().any(|folder| holds(folder))
    }

    /// Whether the packages of the distribution always put a program where it was: in BusyBox systems a
    /// package may put it into another folder than the built-in one.
    pub fn has_one_bin_folder(&self) -> bool {
        let distribution = self.image().and_then(|image| image.distribution.as_ref());
        let family = distribution.map(|distribution| distribution.family);
        family.is_some_and(|it| !matches!(it, Family::Alpine | Family::BusyBox | Family::Wolfi))
    }

    /// Whether a package manager puts `program` where this image already has it.
    pub fn keeps_path(&self, manager: &str, program: &str) -> bool {
        let runtime = self.image().and_then(|image| image.runtime.as_ref()).map(|it| it.language);
        let root = matches!(self.user(), Some("root" | "0"));
        let own = match manager {
            "pip" => program.starts_with("pip"),
            "npm" | "yarn" => matches!(program, "npm" | "npx" | "node" | "yarn"),
            _ => false,
        };
        let of_image = match manager {
            "pip" => runtime == Some("python"),
            "npm" | "yarn" => runtime == Some("node"),
            _ => false,
        };
        const MOVED_BY: &[&str] =
            &["NPM_CONFIG_PREFIX", "PIP_PREFIX", "PIP_TARGET", "PIP_USER", "npm_config_prefix"];
        let moved = MOVED_BY
            .iter()
            .any(|name| !matches!(self.variable(name), Value::Unset | Value::Unknown));
        own && of_image && root && !moved
    }
}
