//! Reads what engines save: an image's configuration and every file of its layers, as a stream, without unpacking
//! anything to disk and without keeping a layer in memory.
//!
//! Reads `docker save`, `podman save` (`docker-archive` and `oci-archive`), `skopeo copy` and
//! `buildx --output type=docker|oci`. Blobs may come before what names them, so each is recognised by its first
//! bytes and read as it goes by.
//!
//! ```no_run
//! use jettison::verify::archive::{Reader, Wanted};
//! use jettison::verify::tree::Tree;
//!
//! let mut reader = Reader::default();
//! let image = reader.read(std::io::stdin().lock(), &Wanted::default())?;
//! let tree = Tree::merge(&image.layers)?;
//! # Ok::<(), jettison::verify::archive::Error>(())
//! ```

mod blobs;
mod compression;
mod configuration;
mod contents;
mod elf;
mod error;
mod header;
mod layer;
mod limits;
mod manifest;
mod packages;
pub mod paths;
mod pax;
mod sparse;
mod tar;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::sync::Arc;

pub use configuration::{Configuration, Healthcheck, History};
pub use contents::{Contents, Digest};
pub use elf::{ByteOrder, Elf};
pub use error::{Error, ErrorKind};
pub use layer::{Change, Entry, File, Kind, Layer, Node};
pub use limits::Limits;
pub use packages::{Manager, Package, Packages};

/// An image, read from an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What the archive calls it; none, one or several.
    pub names: Vec<String>,
    pub configuration: Configuration,
    /// The lowest first; their digests are those that the configuration names.
    pub layers: Vec<Arc<Layer>>,
}

/// Which image of an archive is meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Its name, as the engine was given it; needed where an archive has more than one.
    pub name: Option<&'a str>,
    /// Such as `linux/amd64`.
    pub platform: Option<&'a str>,
}

/// Reads archives. Layers that an earlier archive had are not read again.
#[derive(Default)]
pub struct Reader {
    pub limits: Limits,
    known: blobs::Known,
}

impl Reader {
    /// Reads an archive to its end.
    ///
    /// # Errors
    /// The stream fails, is cut off or is no saved image; a layer is missing or damaged; `wanted` does not name
    /// exactly one image; or a limit is passed.
    pub fn read(&mut self, mut stream: impl Read, wanted: &Wanted<'_>) -> Result<Image, Error> {
        let blobs = blobs::Blobs::read(&mut stream, &self.limits, &mut self.known)?;
        manifest::choose(&blobs, wanted)
    }
}
