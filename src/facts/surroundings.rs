//! What is known of a Dockerfile from outside of it.

use std::sync::Arc;

/// What the rest of a repository says about a Dockerfile. Nothing is known by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Stages that somebody builds by their name or number (`--target`): what they make is shipped.
    pub targets: Vec<String>,
    /// Stages of other Dockerfiles that are built on an image that this one makes.
    pub children: Vec<Child>,
}

/// A stage of another Dockerfile, built on an image of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// How messages call the other Dockerfile.
    pub name: String,
    pub text: Arc<str>,
    /// The number of its stage there.
    pub stage: usize,
    /// The target that makes the image; `None` for the last stage.
    pub target: Option<String>,
    /// What is known of the other Dockerfile in turn.
    pub surroundings: Arc<Surroundings>,
}

pub(super) static NOTHING: Surroundings =
    Surroundings { targets: Vec::new(), children: Vec::new() };
