//! What is to be verified, and what came of it.

use super::compare::noise::Label;
use super::engine::Vulnerabilities;
use super::smoke::Finding;
use crate::effect::Difference;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A Dockerfile before and after the steps of a rewrite, and one way in which it is built.
#[derive(Debug, Clone)]
pub struct Case {
    /// As it is called in messages.
    pub name: String,
    pub before: Texts,
    /// In order; each starts from the texts of the one before it. At least one.
    pub steps: Vec<Step>,
    pub build: Build,
}

/// What a build reads besides its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    pub dockerfile: Arc<str>,
    /// The patterns that apply; `None` where there are none.
    pub ignore: Option<Arc<str>>,
}

/// One step of a rewrite.
#[derive(Debug, Clone)]
pub struct Step {
    /// The id of the transform.
    pub transform: String,
    pub after: Texts,
    /// All that its changes declare.
    pub declares: Vec<Difference>,
}

/// How it is built: what the repository tells, or the user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Build {
    pub context: PathBuf,
    /// Nothing tells that this is the context.
    pub is_guess: bool,
    pub target: Option<String>,
    /// `NAME=VALUE`.
    pub arguments: Vec<String>,
    /// `NAME=PLACE`.
    pub contexts: Vec<String>,
    pub platform: Option<String>,
}

/// What verifying one case gave.
#[derive(Debug, Clone)]
pub struct Verification {
    pub name: String,
    pub build: Build,
    /// The transforms of its steps.
    pub steps: Vec<String>,
    pub verdict: Verdict,
    pub before: Option<Measured>,
    pub after: Option<Measured>,
    /// What differs and is declared by no step.
    pub differences: Vec<String>,
    pub declared: Declarations,
    /// What differs between two builds of the same; `None` where it was not measured.
    pub noise: Option<Vec<(String, Label)>>,
    /// Transforms that are not applied, because with them it did not hold, and why.
    pub dropped: Vec<(String, String)>,
    /// What its container did, before and after.
    pub findings: Vec<Finding>,
    /// Where the image is not what jettison takes it for: bugs of jettison.
    pub mistakes: Vec<String>,
    /// For the reader: lower case, without a full stop.
    pub notes: Vec<String>,
    /// The last lines of the log of a build that failed.
    pub log: Vec<String>,
}

/// What differs as declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declarations {
    /// In words: of the configuration.
    pub settings: Vec<String>,
    pub gone: usize,
    pub come: usize,
    pub changed: usize,
    /// Bytes of the files that are gone.
    pub freed: u64,
    /// The first of them.
    pub paths: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing differs but noise.
    Same,
    /// What differs is declared by steps.
    SameExceptDeclared,
    /// Something else differs.
    Differs,
    /// It built and ran before, and does not now.
    Broken {
        /// The first step with which it is so, if one alone makes it so.
        step: Option<String>,
        why: String,
    },
    /// It did not build before: where, and what the engine said.
    WasBroken(String),
    /// Why nothing can be said.
    NotVerified(String),
    /// The engine failed: why.
    EngineFailed(String),
}

/// An image in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Bytes of file contents, of each layer, the lowest first.
    pub layers: Vec<u64>,
    /// Bytes of files that a later layer overwrites or deletes.
    pub wasted: u64,
    /// What `dive` would call its efficiency, from 0 to 1.
    pub efficiency: f64,
    pub files: usize,
    pub packages: usize,
    /// Files with the set-uid or set-gid bit.
    pub set_uid: usize,
    pub shells: usize,
    pub package_managers: usize,
    /// Whom it runs as; `root` where the configuration says nothing.
    pub user: String,
    /// What a scanner says; `None` if it was not scanned.
    pub vulnerabilities: Option<Vulnerabilities>,
    /// Seconds of the build.
    #[serde(serialize_with = "seconds")]
    pub build_seconds: Duration,
    /// Seconds of a build after a source file was edited, with what is cached of the first.
    #[serde(serialize_with = "perhaps_seconds")]
    pub rebuild_seconds: Option<Duration>,
}

fn seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((time.as_secs_f64() * 10.0).round() / 10.0)
}

fn perhaps_seconds<S: serde::Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => seconds(time, serializer),
        None => serializer.serialize_none(),
    }
}

impl Case {
    /// The texts after all steps.
    pub fn after(&self) -> &Texts {
        self.steps.last().map_or(&self.before, |step| &step.after)
    }
}

impl Measured {
    /// Bytes of all layers.
    pub fn size(&self) -> u64 {
        self.layers.iter().sum()
    }
}

impl Verdict {
    /// The same for every case of a kind: what totals are counted by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::SameExceptDeclared => "same except declared",
            Self::Differs => "differs",
            Self::Broken { .. } => "broken",
            Self::WasBroken(_) => "was broken",
            Self::NotVerified(_) | Self::EngineFailed(_) => "not verified",
        }
    }

    /// The image is as it was, but for what is declared.
    pub fn is_verified(&self) -> bool {
        matches!(self, Self::Same | Self::SameExceptDeclared)
    }
}
