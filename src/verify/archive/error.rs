//! Why an archive cannot be read.

use std::{fmt, io};

/// Why an archive cannot be read, in words for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub kind: ErrorKind,
    /// Names the place in the archive, lower case and without a full stop.
    pub message: String,
}

/// What is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The stream itself failed.
    Unreadable,
    /// It ends too early or is not what it says.
    Broken,
    /// It asks for more than [`Limits`](super::Limits) allow.
    TooLarge,
    /// Something that the image consists of is not in the archive.
    Missing,
    /// Not exactly one image is meant.
    Choice,
}

impl Error {
    pub(crate) fn broken(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Broken, message: message.into() }
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::TooLarge, message: message.into() }
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Missing, message: message.into() }
    }

    pub(crate) fn choice(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Choice, message: message.into() }
    }

    /// The same error, with the place it is at before its message.
    pub(crate) fn at(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// An error that crosses an `impl Read` comes out as it went in.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if let Some(own) = error.get_ref().and_then(|it| it.downcast_ref::<Self>()) {
            return own.clone();
        }
        let kind = match error.kind() {
            io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof => ErrorKind::Broken,
            _ => ErrorKind::Unreadable,
        };
        Self { kind, message: error.to_string() }
    }
}
