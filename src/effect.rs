//! The effect model: what a stage leaves in the image, and what a change may do to that.

/// What a change declares: `delta.apply(effect(before)) == effect(after)`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Delta {}

impl Delta {
    /// In words, one line for each thing that changes in the build or the image.
    pub fn describe(&self) -> Vec<String> {
        Vec::new()
    }
}
