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
    /// In bytes, as it arrives: 0 of what is no regular file, for a link is sent as a link and a socket
    /// becomes an empty file, and of a file that the walk finds and BuildKit then refuses to open.
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
/// what is in an excluded folder is looked at only where an exception may bring it back. Folders are not
/// listed: one arrives, even empty, where it is not excluded, or where something in it arrives.
pub fn list(folder: &Path, ignore: Option<&IgnoreFile>) -> Listing {
    if let Some(broken) = ignore.and_then(IgnoreFile::unsendable) {
        return Listing { broken: Some(broken), ..Listing::default() };
    }
    let walk = Walk { ignore, found: Mutex::default() };
    rayon::scope(|scope| walk.folder(scope, folder, "", &Visit::context()));
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
    /// Reads the folder at `place`, which patterns know as `below`, and lets others read those in it.
    fn folder<'s>(&'s self, scope: &Scope<'s>, place: &Path, below: &str, visit: &Visit) {
        let mut here = Listing::default();
        match std::fs::read_dir(place) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    if let Err(broken) = self.entry(scope, below, visit, &entry, &mut here) {
                        here.broken = Some(broken);
                        break;
                    }
                }
            }
            Err(error) => here.unreadable.push((place.to_owned(), error.to_string())),
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
                    let place = entry.path();
                    scope.spawn(move |scope| self.folder(scope, &place, &path, &visit));
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
                let arrives = metadata.is_file() && !self.stays_closed(&path, &visit);
                let size = if arrives { metadata.len() } else { 0 };
                here.files.push(File { path: path.into(), size });
            }
            Err(error) => here.unreadable.push((entry.path(), error.to_string())),
        }
        Ok(())
    }

    /// Whether BuildKit, which asks anew when it opens a file, then takes it for excluded. That needs an
    /// exception which brought it back.
    fn stays_closed(&self, path: &str, visit: &Visit) -> bool {
        let Some(ignore) = self.ignore.filter(|_| visit.decision.pattern.is_some()) else {
            return false;
        };
        ignore.matches_or_parent_matches(path).map_or(true, |decision| decision.excluded)
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

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_no_utf8_are_read_and_sockets_are_empty() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"d\xff"));
        std::fs::create_dir(&odd).unwrap();
        std::fs::write(odd.join("f"), "xx").unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap();
        let listing = list(folder.path(), None);
        assert_eq!(paths(&listing), ["d\u{fffd}/f", "s"]);
        assert_eq!(listing.files.iter().map(|file| file.size).collect::<Vec<_>>(), [2, 0]);
        assert_eq!(listing.unreadable, []);
    }

    #[test]
    fn a_file_that_is_found_and_not_opened_arrives_empty() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/f"), "x").unwrap();
        for (text, size) in [("*\n!a/*\na\n", 0), ("*\n!a/*\n", 1), ("b\n", 1)] {
            let listing = list(folder.path(), Some(&IgnoreFile::parse(text).unwrap()));
            assert_eq!((paths(&listing), listing.files[0].size), (vec!["a/f"], size), "{text:?}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_sent_is_broken() {
        let folder = tempfile::tempdir().unwrap();
        let listing = list(folder.path(), Some(&IgnoreFile::parse("a\nb\t# c\n").unwrap()));
        assert_eq!(listing.broken.map(|broken| broken.line), Some(2));
    }
}
