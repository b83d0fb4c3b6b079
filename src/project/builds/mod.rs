//! The builds that the files of a project describe: which Dockerfile, with which context.
//!
//! Each format has a reader, which gets a text and says what its tool would build. A reader opens no
//! file; what it needs of others it is given. What is not certain is said to be so, never guessed.

mod bake;
mod cloud_build;
mod command;
mod compose;
mod devcontainer;
mod dotenv;
mod flags;
mod github;
mod gitlab;
mod hcl;
mod makefile;
pub mod names;
mod paths;
mod script;
mod shell_script;
mod skaffold;
mod starlark;
mod tilt;

use crate::text::LineIndex;
use crate::yaml::{self, Node};
use paths::{is_remote, join};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// A build of one image, as a file of the project describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Build {
    pub place: Place,
    /// Absolute, without `.` and `..`; it may not exist.
    pub dockerfile: PathBuf,
    pub context: ContextSource,
    /// The build stage that is built; `None` is the last one.
    pub target: Option<String>,
    /// Build arguments; `None` is a value that comes from the environment or is not known.
    pub arguments: BTreeMap<String, Option<String>>,
    /// Named contexts, as they are written. An unknown part is left as it is in the file.
    pub contexts: BTreeMap<String, String>,
    /// Names under which the image is stored, those that are known.
    pub images: Vec<String>,
    /// Further names of it, of which a part is not known and written `*`. Those that other builds of the same
    /// file use for it are among them, as [`Build::own_name`] spells them.
    pub names: Vec<String>,
    /// `linux/arm64`, those that are known; empty is the builder's own.
    pub platforms: Vec<String>,
    pub runs: Runs,
}

/// How an image that is built is run, as far as the same file tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Runs {
    /// It is there to develop in: tools run programs and install more in it, as its user.
    pub is_workshop: bool,
    /// What only root can use, or who says that it is root: `` `privileged: true` ``.
    pub as_root: Option<String>,
    /// Folders where a volume is mounted that gets its first owner from the image.
    pub volumes: Vec<String>,
    /// Where folders of the host lie over those of the image.
    pub bound: Vec<String>,
    /// Where files are copied to while it runs, as its user.
    pub synced: Option<String>,
    /// What it runs in the place of its own program.
    pub command: Option<Vec<String>>,
    /// How its health is asked for: `CMD` and words, or `CMD-SHELL` and a script.
    pub health: Option<Vec<String>>,
    /// Ports below 1024 of the container at which it is reached.
    pub ports: Vec<u16>,
}

/// Where a build is described.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    pub file: PathBuf,
    /// 1-based.
    pub line: usize,
    /// ``service `api` ``, ``step `Build image` ``.
    pub what: String,
}

/// Where the files of a build come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ContextSource {
    /// Absolute, without `.` and `..`.
    Folder(PathBuf),
    /// A checkout of the project's own repository: the tracked files below this folder. `.dockerignore`
    /// has no effect on it.
    Checkout(PathBuf),
    /// A URL, or `-`: standard input. The Dockerfile is a file of the project all the same.
    Remote(String),
}

/// A build that is there, and of which something that counts is not certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    pub place: Place,
    /// ``the context depends on `$DIR` ``
    pub reason: String,
    /// If at least that is known, or likely.
    pub dockerfile: Option<PathBuf>,
    /// If at least that is known, or likely.
    pub context: Option<ContextSource>,
    /// The build stage that is built, if at least that is known.
    pub target: Target,
    /// As of a [`Build`].
    pub images: Vec<String>,
    /// As of a [`Build`].
    pub names: Vec<String>,
    /// As of a [`Build`].
    pub runs: Runs,
}

/// A Dockerfile that is written in the file which describes its build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline {
    /// `dockerfile` is no path: file and line.
    pub build: Build,
    pub text: Arc<str>,
}

/// Which build stage is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Target {
    Last,
    /// By its name or number.
    Named(String),
    #[default]
    Unknown,
}

impl Build {
    /// How a named context refers to a build of its own file: `target:base`, `service:base`.
    pub fn own_name(file: &Path, reference: &str) -> String {
        format!("{reference}#{}", file.display())
    }
}

impl Unclear {
    pub(super) fn new(place: Place, reason: impl Into<String>) -> Self {
        Self {
            place,
            reason: reason.into(),
            dockerfile: None,
            context: None,
            target: Target::Unknown,
            images: Vec::new(),
            names: Vec::new(),
            runs: Runs::default(),
        }
    }
}

/// What a file describes, in its order. Builds of nothing in the project (a remote context with its own
/// Dockerfile) are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builds {
    pub builds: Vec<Build>,
    pub unclear: Vec<Unclear>,
    pub inline: Vec<Inline>,
}

/// A file of the project.
pub struct File<'f> {
    /// Absolute.
    pub path: &'f Path,
    /// The root of the repository, absolute: where CI starts its commands.
    pub root: &'f Path,
    pub text: &'f str,
    /// The text of another file, if it is there: `.env`, what is extended or included.
    pub other: &'f dyn Fn(&Path) -> Option<String>,
}

/// Reads one format. It never fails: a text that cannot be read is one [`Unclear`].
pub type Reader = fn(&File<'_>) -> Builds;

/// The reader for a file, by its path; only the last three components count.
pub fn reader_for(path: &Path) -> Option<Reader> {
    let name = path.file_name()?.to_str()?;
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let yaml = matches!(extension, "yml" | "yaml");
    let folders = path.parent().is_some_and(|folder| folder.ends_with(".github/workflows"));
    Some(match (name, stem) {
        _ if yaml && folders => github::read,
        _ if yaml && compose::is_stem(stem) => compose::read,
        _ if yaml && is_gitlab(stem) => gitlab::read,
        _ if yaml && cloud_build::is_stem(stem) => cloud_build::read,
        ("action.yml" | "action.yaml", _) => github::read_action,
        ("devcontainer.json" | ".devcontainer.json", _) => devcontainer::read,
        ("skaffold.yaml" | "skaffold.yml", _) => skaffold::read,
        ("Tiltfile", _) => tilt::read,
        ("Makefile" | "makefile" | "GNUmakefile", _) => makefile::read,
        (_, "docker-bake" | "docker-bake.override") if extension == "hcl" => bake::read_hcl,
        (_, "docker-bake" | "docker-bake.override") if extension == "json" => bake::read_json,
        _ if matches!(extension, "sh" | "bash") => shell_script::read,
        _ => return None,
    })
}

/// Whether a file is there to describe builds, where a project is. A script may be for anything, and the
/// folder of a devcontainer lies in that of the project.
pub fn is_description(path: &Path) -> bool {
    let is_script = path.extension().is_some_and(|it| it == "sh" || it == "bash");
    let is_inside = path.file_name().is_some_and(|name| name == "devcontainer.json");
    !is_script && !is_inside && reader_for(path).is_some()
}

/// `.gitlab-ci.yml`, and names that parts of it are commonly given.
fn is_gitlab(stem: &str) -> bool {
    stem == ".gitlab-ci" || stem.ends_with(".gitlab-ci") || stem.starts_with(".gitlab-ci.")
}

/// Why a text of a file has no known value: what it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unknown(String);

impl Unknown {
    fn variable(name: impl fmt::Display) -> Self {
        Self(format!("depends on `${name}`"))
    }

    fn on(what: impl fmt::Display) -> Self {
        Self(format!("depends on {what}"))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Equal builds stand near each other: among so many before it is looked for one.
const NEAR: usize = 256;

type Known<T> = Result<T, Unknown>;

/// Values longer than this, in bytes, count as unknown: a few lines can make one of gigabytes.
const LONGEST: usize = 1 << 16;

/// How much work one file may make, where what it names may name more of it.
#[derive(Debug)]
struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(100_000))
    }
}

impl Budget {
    /// Takes a step; whether there was one left.
    fn step(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// To what the path of a Dockerfile is relative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Relative {
    #[default]
    Context,
    /// The folder in which the command runs.
    Folder,
}

/// A build as it is written, before its paths are resolved.
#[derive(Debug, Default)]
struct Draft {
    /// `None` is the folder itself.
    context: Option<Known<String>>,
    /// The context is a checkout of the repository.
    checkout: bool,
    /// `None` is `Dockerfile` in the context.
    dockerfile: Option<Known<String>>,
    relative: Relative,
    target: Option<Known<String>>,
    arguments: BTreeMap<String, Option<String>>,
    contexts: BTreeMap<String, String>,
    images: Vec<String>,
    names: Vec<String>,
    platforms: Vec<String>,
    runs: Runs,
}

impl Builds {
    /// One `Unclear`: the file as a whole is not read.
    fn refused(file: &File<'_>, what: &str, at: usize, message: &str) -> Self {
        let at = (0..=at.min(file.text.len())).rev().find(|at| file.text.is_char_boundary(*at));
        let position = LineIndex::new(file.text).position(at.unwrap_or(0));
        let mut builds = Self::default();
        let place = Place { file: file.path.into(), line: position.line, what: what.to_owned() };
        builds.unclear(place, format!("column {}: {message}", position.column));
        builds
    }

    fn unclear(&mut self, place: Place, reason: impl Into<String>) {
        self.push_unclear(Unclear::new(place, reason));
    }

    /// The same, of which nothing is certain for a reason.
    fn doubted(self, reason: &str) -> Self {
        let doubt = |build: Build| Unclear {
            dockerfile: Some(build.dockerfile),
            context: Some(build.context),
            target: build.target.map_or(Target::Unknown, Target::Named),
            images: build.images,
            names: build.names,
            runs: build.runs,
            ..Unclear::new(build.place, reason)
        };
        let unclear = self.builds.into_iter().map(doubt).chain(self.unclear).collect();
        Self { unclear, ..Self::default() }
    }

    fn extend(&mut self, other: Self) {
        other.builds.into_iter().for_each(|build| self.push(build));
        other.unclear.into_iter().for_each(|unclear| self.push_unclear(unclear));
        self.inline.extend(other.inline);
    }

    /// Takes note of a Dockerfile that is written in the file itself, for what it is built on.
    fn push_inline(&mut self, place: &Place, text: String, draft: Draft) {
        let dockerfile = PathBuf::from(format!("{}:{}", place.file.display(), place.line));
        let build = Build {
            context: ContextSource::Folder(paths::folder(&place.file).to_path_buf()),
            place: place.clone(),
            dockerfile,
            target: None,
            arguments: draft.arguments,
            contexts: draft.contexts,
            images: Vec::new(),
            names: Vec::new(),
            platforms: Vec::new(),
            runs: Runs::default(),
        };
        self.inline.push(Inline { build, text: text.into() });
    }

    /// The same build may be found twice, by two values of a matrix of which it takes none.
    fn push(&mut self, build: Build) {
        if !self.builds.iter().rev().take(NEAR).any(|it| *it == build) {
            self.builds.push(build);
        }
    }

    fn push_unclear(&mut self, unclear: Unclear) {
        if !self.unclear.iter().rev().take(NEAR).any(|it| *it == unclear) {
            self.unclear.push(unclear);
        }
    }

    /// Resolves the paths of a build whose context is relative to `folder`.
    fn finish(&mut self, place: Place, folder: &Path, mut draft: Draft) {
        // What would be the name of anything is that of nothing.
        draft.names.retain(|name| name.contains('#') || names::name_of(name).is_some());
        let context = draft.context(folder);
        let Some(dockerfile) = draft.dockerfile(folder, &context) else { return };
        // An empty name is none.
        let target = draft.target.filter(|it| it.as_deref() != Ok("")).transpose();
        let reason = match (&context, &dockerfile, &target) {
            (Err(unknown), ..) => format!("the context {unknown}"),
            (_, Err(unknown), _) => format!("the Dockerfile {unknown}"),
            (.., Err(unknown)) => format!("the target {unknown}"),
            (Ok(_), Ok(_), Ok(_)) => String::new(),
        };
        match (context, dockerfile, target) {
            (Ok(context), Ok(dockerfile), Ok(target)) => self.push(Build {
                place,
                dockerfile,
                context,
                target,
                arguments: draft.arguments,
                contexts: draft.contexts,
                images: draft.images,
                names: draft.names,
                platforms: draft.platforms,
                runs: draft.runs,
            }),
            (context, dockerfile, target) => self.push_unclear(Unclear {
                dockerfile: dockerfile.ok(),
                context: context.ok(),
                target: target.map_or(Target::Unknown, |it| it.map_or(Target::Last, Target::Named)),
                images: draft.images,
                names: draft.names,
                runs: draft.runs,
                ..Unclear::new(place, reason)
            }),
        }
    }
}

impl Draft {
    fn context(&self, folder: &Path) -> Known<ContextSource> {
        let path = match &self.context {
            None => ".",
            Some(Ok(text)) if is_remote(text) => return Ok(ContextSource::Remote(text.clone())),
            Some(Ok(text)) if text.starts_with('~') => return Err(Unknown::on("the home folder")),
            Some(Ok(text)) => text,
            Some(Err(unknown)) => return Err(unknown.clone()),
        };
        Ok(match self.checkout {
            true => ContextSource::Checkout(join(folder, path)),
            false => ContextSource::Folder(join(folder, path)),
        })
    }

    /// `None` if it is no file of the project.
    fn dockerfile(&self, folder: &Path, context: &Known<ContextSource>) -> Option<Known<PathBuf>> {
        let name = match &self.dockerfile {
            None => "Dockerfile",
            Some(Ok(name)) if is_remote(name) => return None,
            Some(Ok(name)) => name,
            Some(Err(unknown)) => return Some(Err(unknown.clone())),
        };
        Some(match (context, self.relative) {
            // It is there, too, unless its path is absolute; standard input brings no files.
            (Ok(ContextSource::Remote(text)), _) if text != "-" && !name.starts_with('/') => {
                return None;
            }
            (_, Relative::Folder) if self.dockerfile.is_some() => Ok(join(folder, name)),
            (Ok(ContextSource::Folder(path) | ContextSource::Checkout(path)), _) => {
                Ok(join(path, name))
            }
            (Ok(ContextSource::Remote(_)), _) => Ok(join(folder, name)),
            (Err(unknown), _) => Err(unknown.clone()),
        })
    }
}

/// The documents of a YAML file, or the one `Unclear` that says why there are none.
fn documents(file: &File<'_>, what: &str) -> Result<Vec<Rc<Node>>, Builds> {
    yaml::parse(file.text).map_err(|error| Builds::refused(file, what, error.at, &error.message))
}

/// `NAME=value` and `NAME`.
fn assignment(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests;
