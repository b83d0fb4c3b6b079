//! What an image is, and how two images differ: read from the archives that engines write, without starting anything.
//!
//! Knows no Dockerfile, no transform and no terminal.
//!
//! | module | answers |
//! |---|---|
//! | [`archive`] | Which layers, files and configuration does a saved image have? |
//! | [`tree`] | Which files does somebody see who starts it, and how large is it? |
//! | [`compare`] | How do two configurations or trees differ, and which of that is noise? |
//! | [`surface`] | What is there to attack? |
//! | [`libraries`] | Does every program find its interpreter and its libraries? |

pub mod archive;
pub mod compare;
pub mod libraries;
pub mod surface;
#[cfg(test)]
mod testing;
pub mod tree;
