//! What is in the folders of a project: each is looked into once, whoever asks.

use rustc_hash::FxHashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Names that are remembered: of more, the memory would cost more than it saves.
const MOST: usize = 100_000;

/// A name in a folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: OsString,
    /// A link to one is none.
    pub(super) is_folder: bool,
}

/// The folders that have been looked into.
#[derive(Debug, Default)]
pub struct Folders {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_path: FxHashMap<PathBuf, Arc<[Entry]>>,
    names: usize,
}

/// What has been looked at is no part of what a project is.
impl PartialEq for Folders {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Folders {}

impl Folders {
    /// What is in a folder, which is absolute; nothing if it cannot be read.
    pub(super) fn entries(&self, folder: &Path) -> Arc<[Entry]> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().by_path.get(folder) {
            return known.clone();
        }
        let read = read(folder);
        let mut known = lock();
        if known.names + read.len() <= MOST {
            known.names += read.len();
            known.by_path.insert(folder.to_owned(), read.clone());
        }
        read
    }
}

fn read(folder: &Path) -> Arc<[Entry]> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Arc::default() };
    let named = entries.flatten().filter_map(|entry| {
        let is_folder = entry.file_type().ok()?.is_dir();
        Some(Entry { name: entry.file_name(), is_folder })
    });
    named.collect()
}
