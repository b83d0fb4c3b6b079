//! The folder of a campaign: its plan, and what became of each part. Each file in it is written whole or not at all.

use super::super::{Refusal, read, settings, write};
use crate::report::campaign::document::{self, Plan};
use crate::report::campaign::{File, VERSION};
use crate::verify::archive::Digest;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

const PLAN: &str = "plan.json";
const STATES: &str = "state";

/// Bytes of what is kept of one part.
const LARGEST_STATE: u64 = 256 << 20;

pub(super) struct Store {
    /// Absolute.
    pub(super) folder: PathBuf,
    /// As the user named it.
    shown: String,
}

/// What the last command that worked on a part left behind.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    version: u32,
    /// The hash of the plan: what was left is about no other.
    plan: String,
    part: u32,
    pub(super) branch: Option<Branch>,
    pub(super) left: Vec<Left>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Branch {
    pub(super) name: String,
    pub(super) commit: String,
}

/// A file that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Left {
    pub(super) path: String,
    pub(super) why: Why,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Why {
    /// It is not as it was planned.
    Changed,
    /// It is not there.
    Gone,
    /// What is around it changed, so that something else would become of it.
    Around,
    /// An earlier part has to land first.
    After,
    /// It goes with another file that was left.
    Together,
    /// It could not be read or written.
    Failed,
}

impl Left {
    pub(super) fn new(path: &str, why: Why, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), why, message: message.into() }
    }
}

impl Store {
    /// `path` is the folder or the plan in it.
    pub(super) fn at(path: &Path) -> Self {
        let is_plan = path.file_name().is_some_and(|name| name == PLAN) && !path.is_dir();
        let folder = if is_plan { path.parent().unwrap_or(path) } else { path };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let absolute = settings::current_folder().join(folder);
        Self { folder: absolute, shown: folder.display().to_string() }
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn plan(&self) -> PathBuf {
        self.folder.join(PLAN)
    }

    pub(super) fn has_plan(&self) -> bool {
        self.plan().exists()
    }

    /// Makes the folder, which tells git to leave it alone.
    pub(super) fn create(&self) -> Result<(), Refusal> {
        let told = |error: std::io::Error| format!("`{}`: {}", self.shown, read::reason(&error));
        fs::create_dir_all(self.folder.join(STATES)).map_err(told)?;
        write::remove_leftovers(&self.folder);
        write::remove_leftovers(&self.folder.join(STATES));
        let ignore = self.folder.join(".gitignore");
        match ignore.exists() {
            true => Ok(()),
            false => write::put(&ignore, b"*\n").map_err(|it| format!("`{}`: {it}", self.shown)),
        }
    }

    /// Reads the plan, file by file.
    pub(super) fn read(&self, each: &mut dyn FnMut(File)) -> Result<Plan, Refusal> {
        let path = self.plan();
        let shown = Path::new(&self.shown).join(PLAN).display().to_string();
        let file = fs::File::open(&path).map_err(|error| {
            let reason = read::reason(&error);
            format!("`{shown}`: {reason}; make it with `jettison migrate plan`, or name its folder")
        })?;
        document::read(BufReader::with_capacity(1 << 16, file), each).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message);
            format!("{shown}:{line}:{column}: {message}")
        })
    }

    /// The hash of the plan as it is.
    pub(super) fn digest(&self) -> Result<String, Refusal> {
        let bytes = fs::read(self.plan());
        let bytes = bytes.map_err(|error| format!("`{}`: {}", self.shown, read::reason(&error)))?;
        Ok(Digest::of(&bytes).to_string())
    }

    fn state_file(&self, part: u32) -> PathBuf {
        self.folder.join(STATES).join(format!("part-{part:04}.json"))
    }

    /// What is known of a part. Of another plan only its branch is.
    pub(super) fn state(&self, part: u32, digest: &str) -> Result<State, Refusal> {
        let path = self.state_file(part);
        let new = State { version: VERSION, plan: digest.to_owned(), part, ..State::default() };
        if !path.exists() {
            return Ok(new);
        }
        let name = settings::shown_name(&path);
        let wrong = |what: &str| format!("`{name}`: {what}; remove it, and it is made anew");
        let text = read::file(&path, LARGEST_STATE).map_err(|_| wrong("cannot be read"))?;
        let state: State =
            serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        if state.version != VERSION || state.part != part {
            return Err(wrong("it is about something else"));
        }
        match state.plan == digest {
            true => Ok(state),
            false => Ok(State { branch: state.branch, ..new }),
        }
    }

    pub(super) fn keep(&self, state: &State) -> Result<(), Refusal> {
        self.create()?;
        let path = self.state_file(state.part);
        let told =
            |error: &dyn std::fmt::Display| format!("`{}`: {error}", settings::shown_name(&path));
        let mut text = serde_json::to_vec(state).map_err(|error| told(&error))?;
        text.push(b'\n');
        write::put(&path, &text).map_err(|error| told(&error))
    }

    /// Forgets what is known of the parts of a plan that is given up.
    pub(super) fn forget(&self) {
        let entries = fs::read_dir(self.folder.join(STATES)).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with("part-") && name.ends_with(".json") {
                // What stays is about another plan, and only a branch is taken from it.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// The root of a campaign that is worked on in the current folder: the top of the nearest repository around it,
/// else the folder itself.
pub(super) fn root() -> PathBuf {
    let here = settings::current_folder();
    let top = here.ancestors().find(|above| super::super::changed::is_top(above));
    top.map_or_else(|| here.clone(), Path::to_owned)
}

/// How a plan names `target`, which is absolute: from the root, with `/`. `None` if it is elsewhere or no UTF-8.
pub(super) fn name_of(root: &Path, target: &Path) -> Option<String> {
    let below = target.strip_prefix(root).ok()?;
    let names: Option<Vec<&str>> = below.components().map(|it| it.as_os_str().to_str()).collect();
    names.map(|names| names.join("/"))
}
