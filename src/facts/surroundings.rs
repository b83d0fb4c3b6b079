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
    /// How what it makes is run.
    pub uses: Vec<Use>,
}

/// Somebody runs what a Dockerfile makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub target: Target,
    /// Where that is told, for messages: `compose.yaml:3`.
    pub place: String,
    pub way: Way,
}

/// What counts of how an image is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To develop in: tools run programs and install more in it, as its user.
    Workshop,
    /// As root on purpose, with what tells so: `` `privileged: true` ``.
    AsRoot(String),
    /// With a volume at this path that gets its owner from the image.
    Volume(String),
    /// With a folder of the host over this path.
    Bound(String),
    /// With files that are copied to this path while it runs, as its user.
    Synced(String),
    /// With these words in the place of its own command.
    Command(Vec<String>),
    /// Asked for its health by `CMD` and words, or by `CMD-SHELL` and a script.
    Health(Vec<String>),
    /// As something that is reached at this port of the container.
    Port(u16),
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

pub(super) static NOTHING: Surroundings =
    Surroundings { targets: Vec::new(), any_target: false, children: Vec::new(), uses: Vec::new() };
