//! What is around a Dockerfile: the builds that use it, and the files of their build contexts.
//!
//! It reads files and changes none. It knows no transform.

pub mod builds;
pub mod ignore_file;
