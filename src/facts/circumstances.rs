//! The circumstances in which the program of a `RUN` runs.

use super::{Facts, Run};
use crate::images::Image;
use crate::syntax::expand::Value;

/// What the effect model asks about the surroundings of a script.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    facts: &'a Facts<'a>,
    run: &'a Run<'a>,
}

impl std::fmt::Debug for Circumstances<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RUN {} of stage {}", self.run.instruction, self.run.stage)
    }
}

/// Where images look for programs.
const SEARCH_PATH: &[&str] =
    &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

impl<'a> Circumstances<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, run: &'a Run<'a>) -> Self {
        Self { facts, run }
    }

    fn image(&self) -> Option<&'a Image> {
        self.facts.stages[self.run.stage].image.as_deref()
    }

    fn variable(&self, name: &str) -> Value<'a> {
        self.facts.variable(self.run.instruction, name)
    }

    /// A command that fails ends the script, or may do so, without the script saying it.
    pub fn errexit(&self) -> bool {
        self.run.shell().errexit
    }

    /// Why the shell reads files when it starts, if it does.
    pub fn start_files(&self) -> Option<String> {
        if self.run.shell().reads_start_files {
            return Some("each `RUN` starts a shell that reads its start-up files".to_owned());
        }
        // Variables of an image that is not known are left out of account: almost none sets these.
        let set = |name: &&str| matches!(self.variable(name), Value::Set(value) if !value.is_empty());
        let name = ["BASH_ENV", "ENV"].into_iter().find(set)?;
        Some(format!("each `RUN` starts a shell that reads the file named by `{name}`"))
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

    /// Whether `path` is a folder of the search path, holds one, or lies in one.
    pub fn is_on_path(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let touches = |folder: &str| within(path, folder) || within(folder, path);
        if !path.starts_with('/') {
            return false;
        }
        let own = match self.variable("PATH") {
            Value::Set(value) => value.split(':').any(|it| !it.is_empty() && touches(it)),
            _ => false,
        };
        own || SEARCH_PATH.iter().any(|folder| touches(folder))
    }

    /// Whether a package manager installs `program` where this image already has it.
    pub fn keeps_path(&self, manager: &str, program: &str) -> bool {
        let runtime = self.image().and_then(|image| image.runtime.as_ref()).map(|it| it.language);
        match manager {
            "pip" => runtime == Some("python") || !program.starts_with("pip"),
            "npm" | "yarn" => runtime == Some("node"),
            _ => false,
        }
    }
}
