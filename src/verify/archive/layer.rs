//! One layer: what its tar archive says, in the order in which it says it.

use std::io::{self, Read};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::contents::{self, Contents, Digest};
use super::error::Error;
use super::limits::Limits;
use super::paths::{join, name, normalise, parent, spell};
use super::tar;

/// A layer as an engine exports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The digest of the unpacked archive, by which a configuration names its layers.
    pub diff_id: Digest,
    /// In the order of the archive; a path may come more than once, and the last one counts.
    pub entries: Vec<Entry>,
    /// Bytes of all files in it, as `docker history` counts them.
    pub size: u64,
}

/// What a layer does to one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Absolute and clean; see [`super::paths`].
    pub path: Arc<str>,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Puts something there.
    Put(Arc<Node>),
    /// Puts there what is at another path of this layer or of those below it.
    Link(Arc<str>),
    /// Takes away what the layers below put there (`.wh.name`).
    Whiteout,
    /// Takes away what the layers below put into this folder (`.wh..wh..opq`).
    Opaque,
}

/// A file, a folder or whatever else has a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    /// Permissions with the set-uid, set-gid and sticky bits: at most `0o7777`.
    pub mode: u32,
    pub user: u64,
    pub group: u64,
    /// Extended attributes by name, such as `security.capability`; sorted.
    pub attributes: Vec<(String, Vec<u8>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    File(File),
    Folder,
    /// The target as it is written, spelled as paths are.
    Symlink(Arc<str>),
    CharacterDevice {
        major: u32,
        minor: u32,
    },
    BlockDevice {
        major: u32,
        minor: u32,
    },
    Fifo,
}

/// The contents of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Bytes, with holes.
    pub size: u64,
    pub digest: Digest,
    pub contents: Contents,
}

impl Node {
    /// The contents, if this is a file.
    pub fn file(&self) -> Option<&File> {
        if let Kind::File(file) = &self.kind { Some(file) } else { None }
    }

    /// Bytes of its contents; none but files have any.
    pub fn size(&self) -> u64 {
        self.file().map_or(0, |file| file.size)
    }

    pub fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder)
    }
}

/// What may still be kept in memory, of all layers of an archive.
pub(super) struct Budget<'a> {
    pub(super) limits: &'a Limits,
    entries: usize,
    names: usize,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, entries: limits.entries, names: limits.names }
    }

    fn take(&mut self, names: usize) -> Result<(), Error> {
        let entries = self.entries.checked_sub(1);
        self.entries =
            entries.ok_or_else(|| Error::too_large("more files than can be compared"))?;
        let names = self.names.checked_sub(names);
        self.names = names.ok_or_else(|| Error::too_large("longer names than can be compared"))?;
        Ok(())
    }
}

/// Reads a layer from its unpacked bytes, to their end.
pub(super) fn read(stream: &mut dyn Read, budget: &mut Budget<'_>) -> Result<Layer, Error> {
    let mut hashed = Hashed { stream, hash: Sha256::new() };
    let limits = budget.limits;
    let mut archive = tar::Reader::new(&mut hashed, limits);
    let (mut entries, mut size) = (Vec::new(), 0_u64);
    while let Some(raw) = archive.next()? {
        let named = spell(&raw.name);
        let Some(path) = normalise(&raw.name) else {
            return Err(Error::broken(format!("`{named}` leads out of the image")));
        };
        let kept = path.len()
            + raw.attributes.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        budget.take(kept)?;
        let entry =
            entry(path, raw, &mut archive, budget).map_err(|it| it.at(&format!("`{named}`")))?;
        if let Some(Entry { change: Change::Put(node), .. }) = &entry {
            size = size.saturating_add(node.size());
        }
        entries.extend(entry);
    }
    // What follows the end of the archive is part of the layer's digest.
    io::copy(&mut hashed, &mut io::sink())?;
    Ok(Layer { diff_id: Digest(hashed.hash.finalize().into()), entries, size })
}

/// `None` for what a storage driver wrote down for itself.
fn entry(
    path: String,
    raw: tar::Entry,
    archive: &mut tar::Reader<'_>,
    budget: &mut Budget<'_>,
) -> Result<Option<Entry>, Error> {
    if let Some(hidden) = name(&path).strip_prefix(".wh.") {
        let folder = parent(&path).unwrap_or("/");
        return match hidden {
            ".wh..opq" => Ok(Some(Entry { path: folder.into(), change: Change::Opaque })),
            "" | "." | ".." => Err(Error::broken("a whiteout of no name")),
            _ if hidden.starts_with(".wh.") => Ok(None),
            _ => Ok(Some(Entry { path: join(folder, hidden).into(), change: Change::Whiteout })),
        };
    }
    if path.contains("/.wh..wh.") {
        return Ok(None);
    }
    let kind = match raw.kind {
        tar::Kind::HardLink(target) => {
            budget.take(target.len())?;
            let target =
                normalise(&target).ok_or_else(|| Error::broken("a hard link out of the image"))?;
            return Ok(Some(Entry { path: path.into(), change: Change::Link(target.into()) }));
        }
        tar::Kind::File => {
            let (digest, contents) = contents::read(&path, raw.size, archive, budget.limits)?;
            Kind::File(File { size: raw.size, digest, contents })
        }
        tar::Kind::Symlink(target) => {
            budget.take(target.len())?;
            Kind::Symlink(spell(&target).into())
        }
        tar::Kind::Folder => Kind::Folder,
        tar::Kind::Character(major, minor) => Kind::CharacterDevice { major, minor },
        tar::Kind::Block(major, minor) => Kind::BlockDevice { major, minor },
        tar::Kind::Fifo => Kind::Fifo,
    };
    let mut attributes: Vec<(String, Vec<u8>)> =
        raw.attributes.into_iter().map(|(key, value)| (spell(&key), value)).collect();
    attributes.sort();
    let node = Node { kind, mode: raw.mode, user: raw.user, group: raw.group, attributes };
    Ok(Some(Entry { path: path.into(), change: Change::Put(Arc::new(node)) }))
}

/// A stream of which all that is read is digested.
struct Hashed<'a> {
    stream: &'a mut dyn Read,
    hash: Sha256,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer)?;
        self.hash.update(&buffer[..length]);
        Ok(length)
    }
}
