//! Rewrites Dockerfiles with small, named, reviewable transforms, and proves each step.
//!
//! Read the modules in this order; each one uses only those above it.
//!
//! | module | answers |
//! |---|---|
//! | [`text`] | What is a span, and what is a change to text? |
//! | [`yaml`] | What does a YAML text say, and where? |
//! | [`syntax`] | Which instructions does this Dockerfile contain, byte for byte? |
//! | [`shell`] | Which commands does a shell-form instruction run? |
//! | [`packages`] | Which package manager is a command, what does it do, and what does it leave behind? |
//! | [`images`] | What is known of a base image? |
//! | [`project`] | Which builds use a Dockerfile, and which files do they send? |
//! | [`facts`] | What is known about each build stage and instruction? |
//! | [`effect`] | What does a stage leave in the image, and what may a change do to that? |
//! | [`transform`] | What is a transform, and what is a change? |
//! | [`rewrite`] | How is a common edit spelled? |
//! | [`transforms`] | Which transforms exist, and in which order do they run? |
//! | [`codemod`] | Which transforms has a user written? |
//! | [`pipeline`] | What does running them produce, and is it proven? |
//! | [`verify`] | What comes out when it is built, before and after? |
//! | [`report`] | How is the result shown? |
//! | [`cli`] | How does it meet files, flags and the terminal? |

pub mod text;
pub mod yaml;
pub mod syntax;
pub mod shell;
pub mod packages;
pub mod images;
pub mod project;
pub mod facts;
pub mod effect;
pub mod transform;
pub mod rewrite;
#[path = "../transforms/mod.rs"]
pub mod transforms;
pub mod codemod;
pub mod pipeline;
pub mod verify;
pub mod report;
pub mod cli;
