//! The transforms, in the order they run.
//!
//! The order is part of the design, so it is written down once, here.

use crate::transform::Transform;

pub const PIPELINE: &[&Transform] = &[];
