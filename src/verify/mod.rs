//! Builds a Dockerfile before and after a rewrite with the user's own engine, and compares the images.
//!
//! It knows engines, containers and images, and what a step declares; it names no transform.
//!
//! | module | answers |
//! |---|---|
//! | [`engine`] | How does an engine build, save, start and remove? |
//! | [`archive`] | Which layers, files and configuration does a saved image have? |
//! | [`tree`] | Which files does somebody see who starts it, and how large is it? |
//! | [`compare`] | How do two configurations or trees differ, and which of that is noise? |
//! | [`surface`] | What is there to attack? |
//! | [`libraries`] | Does every program find its interpreter and its libraries? |
//! | [`smoke`] | Does it run as it did? |
//! | [`touch`] | What does a build cost after an edit? |
//! | [`context`] | Which files does a build no longer get? |
//! | [`declared`] | Which differences do the steps of a rewrite declare? |
//! | [`model`] | Is the image what jettison takes it for? |
//! | [`case`] | What is verified, and what came of it? |
//! | [`judged`] | What do the differences mean? |
//! | [`made`] | How is one image built, read and measured? |
//! | [`proof`] | In which order is all of that done? |
//! | [`settle`] | Which steps may be applied? |

pub mod archive;
pub mod case;
pub mod compare;
pub mod context;
pub mod declared;
pub mod engine;
pub mod judged;
pub mod libraries;
mod made;
pub mod model;
pub mod proof;
pub mod settle;
pub mod smoke;
pub mod surface;
pub mod touch;
#[cfg(test)]
mod testing;
pub mod tree;
