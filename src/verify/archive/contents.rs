//! What is taken from the contents of a file as they stream by.

use std::io::Read;

use sha2::{Digest as _, Sha256};

use super::elf::{Collector, Elf};
use super::error::Error;
use super::limits::Limits;
use super::packages::{Manager, Packages};
use super::paths::spell;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// What a file is, as far as somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// Nothing that anybody asks for.
    Other,
    Elf(Box<Elf>),
    /// An ELF file that is damaged, or so large that what it needs is not known.
    UnknownElf,
    /// What follows `#!` in the first line, without blanks around it.
    Script(String),
    Packages(Packages),
    /// The text of a file that other questions need: accounts, and where libraries are searched.
    Text(String),
}

/// The longest first line that is looked at; Linux takes 255 bytes.
const FIRST_LINE: usize = 1024;

/// Reads a file to its end: its digest and what it is.
pub(super) fn read(
    path: &str,
    size: u64,
    stream: &mut dyn Read,
    limits: &Limits,
) -> Result<(Digest, Contents), Error> {
    let mut hash = Sha256::new();
    let mut taking = Taking::Undecided;
    let mut kept: Vec<u8> = Vec::new();
    // One byte more than the file has, so that its end is seen at once.
    let mut buffer = vec![0; size.saturating_add(1).min(64 << 10) as usize];
    loop {
        let length = super::tar::read_up_to(stream, &mut buffer)?;
        let bytes = &buffer[..length];
        hash.update(bytes);
        if let Taking::Undecided = taking {
            taking = Taking::begin(path, bytes, limits);
        }
        match &mut taking {
            Taking::Elf(collector) => collector.push(bytes),
            Taking::Text(_) if kept.len() + length <= limits.text => kept.extend_from_slice(bytes),
            Taking::Text(manager) => taking = Taking::End(too_large(*manager)),
            _ => {}
        }
        if length < buffer.len() {
            return Ok((Digest(hash.finalize().into()), taking.finish(kept)));
        }
    }
}

enum Taking {
    Undecided,
    Elf(Box<Collector>),
    Text(Option<Manager>),
    End(Contents),
}

impl Taking {
    /// Decides by the path and the first bytes.
    fn begin(path: &str, bytes: &[u8], limits: &Limits) -> Self {
        if let Some(manager) = Manager::of(path) {
            return match manager {
                Manager::Rpm => Self::End(too_large(Some(manager))),
                _ => Self::Text(Some(manager)),
            };
        }
        if is_asked_for(path) {
            return Self::Text(None);
        }
        if bytes.starts_with(b"\x7fELF") {
            return Self::Elf(Box::new(Collector::new(limits.elf)));
        }
        let Some(line) = bytes.strip_prefix(b"#!") else { return Self::End(Contents::Other) };
        let line = &line[..line.len().min(FIRST_LINE)];
        let line = line.split(|it| *it == b'\n').next().unwrap_or_default();
        Self::End(Contents::Script(spell(line.trim_ascii())))
    }

    fn finish(self, kept: Vec<u8>) -> Contents {
        match self {
            Self::Undecided => Contents::Other,
            Self::Elf(collector) => {
                collector.finish().map_or(Contents::UnknownElf, |elf| Contents::Elf(Box::new(elf)))
            }
            Self::Text(Some(manager)) => {
                Contents::Packages(Packages { manager, installed: manager.read(&kept) })
            }
            Self::Text(None) => Contents::Text(String::from_utf8_lossy(&kept).into_owned()),
            Self::End(contents) => contents,
        }
    }
}

fn too_large(manager: Option<Manager>) -> Contents {
    manager.map_or(Contents::Other, |manager| {
        Contents::Packages(Packages { manager, installed: None })
    })
}

/// Whether the text of a file answers a question of [`crate::verify::surface`] or [`crate::verify::libraries`].
fn is_asked_for(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/etc/") else { return false };
    matches!(name, "passwd" | "group" | "ld.so.conf")
        || name.starts_with("ld.so.conf.d/") && name.ends_with(".conf")
        || name.starts_with("ld-musl-") && name.ends_with(".path")
}

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// 64 hexadecimal digits.
impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
