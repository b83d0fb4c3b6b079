//! What is known of a Dockerfile from outside of it.

use std::sync::Arc;

/// What the rest of a repository says about a Dockerfile. Nothing is known by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Stages that somebody builds by their name or number (`--target`): what they make is shipped.
    pub targets: Vec<String>,
    /// Somebody builds a stage, and which is not known: any may be shipped.
    pub any_target: bool,
    /// Stages of other Dockerfiles that use an image which this one makes.
    pub children: Vec<Child>,
    /// What of it is made to develop in: tools run programs and install more in it, as its user. With each,
    /// where that is told.
    pub workshops: Vec<(Target, String)>,
    /// What of it somebody runs as root on purpose, with where and how.
    pub rooted: Vec<(Target, String)>,
    /// Where volumes are mounted in what of it, with where that is told.
    pub volumes: Vec<(Target, String, String)>,
}

/// A part of another Dockerfile that uses an image of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// How messages call the other Dockerfile.
    pub name: String,
    pub text: Arc<str>,
    pub part: Part,
    /// What of this one makes the image.
    pub target: Target,
    /// What is known of the other Dockerfile in turn.
    pub surroundings: Arc<Surroundings>,
}

/// How another Dockerfile uses an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The stage of this number is built on it.
    Stage(usize),
    /// The instruction at this index copies or mounts files of it.
    Files(usize),
}

/// Which build stage is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Target {
    #[default]
    Last,
    /// By its name or number.
    Named(String),
    /// Any of them, for all that is known.
    Any,
}

pub(super) static NOTHING: Surroundings = Surroundings {
    targets: Vec::new(),
    any_target: false,
    children: Vec::new(),
    workshops: Vec::new(),
    rooted: Vec::new(),
    volumes: Vec::new(),
};
