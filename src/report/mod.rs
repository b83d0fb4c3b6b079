//! How results are shown: the facts about each file, totals, and one module for each format.
//!
//! Nothing here reads or writes a file, the environment or a terminal: every format returns bytes,
//! and `cli` decides where they go.

pub mod campaign;
pub mod context;
pub mod context_json;
pub mod diff;
pub mod error;
pub mod github;
pub mod json;
pub mod markdown;
pub mod patch;
pub mod stream_json;
pub mod summary;
pub mod terminal;
pub mod text;
pub mod verify;
pub mod verify_json;

use crate::pipeline::Outcome;
use crate::syntax::SyntaxError;
use std::sync::Arc;
use summary::Summary;

/// What is known about one file after it was examined, and perhaps written.
#[derive(Debug)]
pub struct FileReport<'t> {
    /// As the user wrote it, or as it was found.
    pub name: String,
    /// The path that a patch names: bytes, because a path need not be UTF-8.
    pub patch_name: Vec<u8>,
    pub origin: Origin,
    /// It is not there yet.
    pub is_new: bool,
    /// Invalid UTF-8 is replaced here; such a file has a [`Problem`].
    pub source: Arc<str>,
    pub result: Result<Outcome<'t>, Problem>,
    pub written: Written,
    /// About this file, for a person: lower case, no full stop.
    pub warnings: Vec<String>,
}

/// How a file came to be examined. Files that the user named are always shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Named,
    Found,
}

/// Why a file could not be examined.
#[derive(Debug)]
pub enum Problem {
    /// It could not be read, or is too large.
    Unreadable(String),
    /// It is not a Dockerfile, or not UTF-8.
    Unparsable(Vec<SyntaxError>),
    /// We panicked: a bug of ours.
    Bug(String),
}

#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    /// Nobody asked for it, or there was nothing to write.
    No,
    Yes,
    /// Why it could not be written. The file is as it was.
    Failed(String),
}

impl FileReport<'_> {
    /// The text before and after all steps, if they change anything.
    pub fn change(&self) -> Option<(&str, &str)> {
        let after = self.result.as_ref().ok()?.result()?;
        (**after != *self.source).then_some((&self.source, after))
    }
}

/// What the user wants to happen to the files: it decides the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Preview,
    Check,
    Fix,
}

/// What a format needs to know about the run as a whole.
#[derive(Debug, Clone)]
pub struct Style {
    pub action: Action,
    pub colour: Colour,
    /// Show what was declined, file by file.
    pub why_not: bool,
    /// Show totals only, in full.
    pub statistics: bool,
    /// Show nothing but problems.
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Coloured,
}

/// One file, rendered. It is made in parallel and shown in order.
#[derive(Debug, Default)]
pub struct Piece {
    /// The whole story.
    pub full: Vec<u8>,
    /// One line for long runs, where the format has one.
    pub brief: Option<Vec<u8>>,
    /// For standard error.
    pub problems: String,
    pub origin: Option<Origin>,
    pub changed: bool,
}

/// A way to show results: `render` runs in parallel, the others in the order of the files.
pub trait Format: Sync {
    fn render(&self, file: &FileReport<'_>) -> Piece;
    /// What can be shown now.
    fn add(&mut self, piece: Piece) -> Vec<u8>;
    /// What is left to show after the last file.
    fn finish(&mut self, summary: &Summary) -> Vec<u8>;
}
