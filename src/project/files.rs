//! The files of a build context that are sent to a build.

use super::ignore_file::{BrokenPattern, IgnoreFile, Visit};
use rayon::Scope;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Something in a build context that is no folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// From the top of the context, with `/`. What is no UTF-8 in it is replaced.
    pub path: Box<str>,
    /// In bytes; of a link 0, for it is sent as a link.
    pub size: u64,
}

/// What would be sent of a context, and what could not be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Sorted by path.
    pub files: Vec<File>,
    /// What the ignore file excludes: files, and folders with everything in them.
    pub excluded: usize,
    /// Folders and files that could not be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// A pattern at which BuildKit stops: the list is not whole.
    pub broken: Option<BrokenPattern>,
}

/// Lists what `ignore` leaves of `folder`, as fsutil walks it for BuildKit: links are not followed, and
/// what is in an excluded folder is looked at only where an exception may bring it back.
pub fn list(folder: &Path, ignore: Option<&IgnoreFile>) -> Listing {
    let walk = Walk { ignore, found: Mutex::default() };
    rayon::scope(|scope| walk.folder(scope, folder, String::new(), &Visit::context()));
    let mut listing = walk.found.into_inner().unwrap_or_else(PoisonError::into_inner);
    listing.files.sort_unstable();
    listing.unreadable.sort();
    listing
}

struct Walk<'w> {
    ignore: Option<&'w IgnoreFile>,
    found: Mutex<Listing>,
}

impl<'w> Walk<'w> {
    /// Reads `folder`, which patterns know as `below`, and lets others read those in it.
    fn folder<'s>(&'s self, scope: &Scope<'s>, folder: &Path, below: String, visit: &Visit) {
        let mut here = Listing::default();
        match std::fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    if let Err(broken) = self.entry(scope, &below, visit, &entry, &mut here) {
                        here.broken = Some(broken);
                        break;
                    }
                }
            }
            Err(error) => here.unreadable.push((folder.to_owned(), error.to_string())),
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.files.append(&mut here.files);
        found.unreadable.append(&mut here.unreadable);
        found.excluded += here.excluded;
        found.broken = found.broken.take().or(here.broken);
    }

    fn entry<'s>(
        &'s self,
        scope: &Scope<'s>,
        below: &str,
        parent: &Visit,
        entry: &DirEntry,
        here: &mut Listing,
    ) -> Result<(), BrokenPattern> {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = if below.is_empty() { name.into_owned() } else { format!("{below}/{name}") };
        let visit = match self.ignore {
            Some(ignore) => ignore.visit(parent, &path)?,
            None => Visit::context(),
        };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            match self.ignore.is_some_and(|ignore| ignore.skips_folder(&path, &visit)) {
                true => here.excluded += 1,
                false => {
                    let folder = entry.path();
                    scope.spawn(move |scope| self.folder(scope, &folder, path, &visit));
                }
            }
            return Ok(());
        }
        if visit.decision.excluded {
            here.excluded += 1;
            return Ok(());
        }
        match entry.metadata() {
            Ok(metadata) => {
                let size = if metadata.is_file() { metadata.len() } else { 0 };
                here.files.push(File { path: path.into(), size });
            }
            Err(error) => here.unreadable.push((entry.path(), error.to_string())),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(listing: &Listing) -> Vec<&str> {
        listing.files.iter().map(|file| &*file.path).collect()
    }

    #[test]
    fn what_is_sent_is_what_is_not_excluded() {
        let folder = tempfile::tempdir().unwrap();
        for (file, size) in [("a/b/c.txt", 3), ("a/d.log", 5), ("node_modules/x/y.js", 7), ("z", 0)]
        {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x".repeat(size)).unwrap();
        }
        let all = list(folder.path(), None);
        assert_eq!(paths(&all), ["a/b/c.txt", "a/d.log", "node_modules/x/y.js", "z"]);
        assert_eq!(all.files.iter().map(|file| file.size).sum::<u64>(), 15);

        let ignore = IgnoreFile::parse("node_modules\n**/*.log\n").unwrap();
        let some = list(folder.path(), Some(&ignore));
        assert_eq!((paths(&some), some.excluded), (vec!["a/b/c.txt", "z"], 2));

        let ignore = IgnoreFile::parse("*\n!a/b\n").unwrap();
        let some = list(folder.path(), Some(&ignore));
        assert_eq!((paths(&some), some.excluded), (vec!["a/b/c.txt"], 3));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_sent_as_links() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink("a", folder.path().join("b")).unwrap();
        std::os::unix::fs::symlink("/nowhere", folder.path().join("c")).unwrap();
        let listing = list(folder.path(), None);
        assert_eq!(paths(&listing), ["b", "c"]);
        assert!(listing.files.iter().all(|file| file.size == 0));
    }
}
