//! Builds images before and after a rewrite, and compares them.
//!
//! It knows engines, containers and images; it does not know what a transform is.

pub mod engine;
pub mod smoke;
