//! Text files of a Dockerfile's build contexts, each read only when it is asked for.

use super::ignore_file::IgnoreFile;
use super::reader::Reader;
use super::{Folders, Takes, Tree};
use rayon::prelude::{ParallelIterator, ParallelSlice};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of a file that is read: scripts and manifests are written by people.
const LARGEST: usize = 256 << 10;

/// Files that are read one after the other.
const PART: usize = 100;

/// What a build of a Dockerfile would find under a path. Nothing is known by default.
#[derive(Default)]
pub struct ContextFiles<'p> {
    source: Source<'p>,
}

#[derive(Default)]
enum Source<'p> {
    #[default]
    Nothing,
    Texts(BTreeMap<String, Arc<str>>),
    Folders {
        find: &'p Find<'p>,
        found: OnceCell<Vec<ContextFolder>>,
        listing: OnceCell<Option<Vec<Box<str>>>>,
        /// What has been read of the only folder.
        read: RefCell<FxHashMap<Box<str>, Option<Arc<str>>>>,
    },
}

/// Gives the contexts of a Dockerfile that takes this.
pub(crate) type Find<'p> = dyn Fn(&Takes) -> Vec<ContextFolder> + 'p;

/// A folder that is a build context, with what its ignore file excludes.
#[derive(Debug)]
pub struct ContextFolder {
    pub root: PathBuf,
    /// The top of the repository that it lies in, or itself.
    pub top: PathBuf,
    pub ignore: Option<IgnoreFile>,
    /// Nothing tells that it is the context: what is in here may be read, what is not may be elsewhere.
    pub is_guess: bool,
    /// What is known of the folders in it.
    pub folders: Arc<Folders>,
}

impl std::fmt::Debug for ContextFiles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContextFiles")
    }
}

impl<'p> ContextFiles<'p> {
    /// A context with these texts.
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let texts = texts.into_iter().map(|(path, text)| (path.to_owned(), Arc::from(text)));
        Self { source: Source::Texts(texts.collect()) }
    }

    /// The contexts that `find` gives, which is asked once, and only if a file is.
    pub fn in_folders(find: &'p Find<'p>) -> Self {
        let (found, listing) = (OnceCell::new(), OnceCell::new());
        let read = RefCell::default();
        Self { source: Source::Folders { find, found, listing, read } }
    }

    /// The text at `path`, from the top of the context with `/`. `None` if it is not known: there is no
    /// such file, or not in every context the same, or it is excluded, a link, large, or not UTF-8.
    /// `takes` gives what the Dockerfile takes, which may tell the context.
    pub fn text(&self, path: &str, takes: &dyn Fn() -> Takes) -> Option<Arc<str>> {
        let (find, found, read) = match &self.source {
            Source::Nothing => return None,
            Source::Texts(texts) => return texts.get(path).cloned(),
            Source::Folders { find, found, read, .. } => (find, found, read),
        };
        let folders = found.get_or_init(|| find(&takes()));
        if let [only] = &folders[..] {
            if let Some(known) = read.borrow().get(path) {
                return known.clone();
            }
            let text = only.text(path);
            read.borrow_mut().insert(path.into(), text.clone());
            return text;
        }
        let mut texts = folders.iter().map(|folder| folder.text(path));
        let first = texts.next()??;
        texts.all(|text| text.as_ref() == Some(&first)).then_some(first)
    }
}

impl ContextFiles<'_> {
    /// Reads the texts at `paths`, which are of the listing, several at the same time, for when they are
    /// asked for.
    pub fn read_ahead(&self, paths: &[&str], takes: &dyn Fn() -> Takes) {
        let Source::Folders { find, found, read, .. } = &self.source else { return };
        let [only] = &found.get_or_init(|| find(&takes()))[..] else { return };
        let known = read.borrow();
        let wanted: Vec<&str> =
            paths.iter().copied().filter(|path| !known.contains_key(*path)).collect();
        drop(known);
        let texts: Vec<_> =
            wanted.par_chunks(PART).flat_map_iter(|part| only.read_all(part)).collect();
        read.borrow_mut().extend(texts);
    }

    /// Whether [`Self::text`] or [`Self::read_ahead`] has been asked for it.
    pub fn was_read(&self, path: &str) -> bool {
        match &self.source {
            Source::Nothing => false,
            Source::Texts(texts) => texts.contains_key(path),
            Source::Folders { read, .. } => matches!(read.borrow().get(path), Some(Some(_))),
        }
    }

    /// The bytes of the file at `path`, which is of the listing.
    pub fn size(&self, path: &str, takes: &dyn Fn() -> Takes) -> Option<u64> {
        let (find, found, read) = match &self.source {
            Source::Nothing => return None,
            Source::Texts(texts) => return texts.get(path).map(|it| it.len() as u64),
            Source::Folders { find, found, read, .. } => (find, found, read),
        };
        if let Some(Some(text)) = read.borrow().get(path) {
            return Some(text.len() as u64);
        }
        let [only] = &found.get_or_init(|| find(&takes()))[..] else { return None };
        only.root.join(path).symlink_metadata().ok().map(|it| it.len())
    }

    /// What version control keeps of the context and a build gets, sorted, from its top with `/`. `None`
    /// where it is not known which folder that is, or where there are several.
    pub fn listing(&self, takes: &dyn Fn() -> Takes) -> Option<Cow<'_, [Box<str>]>> {
        match &self.source {
            Source::Nothing => None,
            Source::Texts(texts) => Some(texts.keys().map(|path| Box::from(&**path)).collect()),
            Source::Folders { find, found, listing, .. } => {
                let listing =
                    listing.get_or_init(|| match &found.get_or_init(|| find(&takes()))[..] {
                        [only] => Some(only.listing()),
                        _ => None,
                    });
                listing.as_deref().map(Cow::Borrowed)
            }
        }
    }

    /// Whether a file may be in the folder at `path`, in any context: so it is where nothing is known.
    pub fn may_hold(&self, path: &str, takes: &dyn Fn() -> Takes) -> bool {
        let (find, found) = match &self.source {
            Source::Nothing => return true,
            Source::Texts(texts) => {
                let inside = format!("{path}/");
                return texts.keys().any(|key| key.starts_with(&inside));
            }
            Source::Folders { find, found, .. } => (find, found),
        };
        let folders = found.get_or_init(|| find(&takes()));
        folders.is_empty() || folders.iter().any(|folder| folder.may_hold(path))
    }

    /// Whether no build gets what is at `path`, whether it is there or not: an ignore file excludes it.
    pub fn excludes(&self, path: &str, takes: &dyn Fn() -> Takes) -> bool {
        match &self.source {
            Source::Nothing => false,
            Source::Texts(texts) => {
                let ignore = texts.get(".dockerignore").and_then(|it| IgnoreFile::parse(it).ok());
                ignore.is_some_and(|it| it.walk_to(path).is_ok_and(|it| it.excluded))
            }
            Source::Folders { find, found, .. } => {
                let folders = found.get_or_init(|| find(&takes()));
                !folders.is_empty() && folders.iter().all(|folder| folder.excludes(path))
            }
        }
    }
}

impl ContextFolder {
    fn listing(&self) -> Vec<Box<str>> {
        let mut files = Tree::within(&self.root, &self.top, &self.folders).files;
        if let Some(ignore) = &self.ignore {
            files.retain(|path| !ignore.walk_to(path).map_or(true, |it| it.excluded));
        }
        files
    }

    fn may_hold(&self, path: &str) -> bool {
        if self.is_guess {
            return true;
        }
        let folder = self.root.join(path);
        !self.excludes(path) && folder.read_dir().is_ok_and(|mut entries| entries.next().is_some())
    }

    fn text(&self, path: &str) -> Option<Arc<str>> {
        let plain = |part: &str| !matches!(part, "" | "." | "..");
        if !path.split('/').all(plain) || self.excludes(path) {
            return None;
        }
        let mut above = path.match_indices('/').map(|(end, _)| self.root.join(&path[..end]));
        if above.any(|folder| folder.is_symlink()) {
            return None;
        }
        Reader::new(self.root.clone(), LARGEST).read(path)
    }

    /// What is at paths that neither are excluded nor lead through a link.
    fn read_all(&self, paths: &[&str]) -> Vec<(Box<str>, Option<Arc<str>>)> {
        let mut reader = Reader::new(self.root.clone(), LARGEST);
        paths.iter().map(|path| (Box::from(*path), reader.read(path))).collect()
    }

    fn excludes(&self, path: &str) -> bool {
        let decided = self.ignore.as_ref().map(|ignore| ignore.walk_to(path));
        decided.is_some_and(|it| it.map_or(true, |decision| decision.excluded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn folder(texts: &[(&str, &str)], ignore: Option<&str>) -> (tempfile::TempDir, ContextFolder) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in texts {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let root = folder.path().canonicalize().unwrap();
        let ignore = ignore.map(|text| IgnoreFile::parse(text).unwrap());
        (
            folder,
            ContextFolder {
                top: root.clone(),
                root,
                ignore,
                is_guess: false,
                folders: Arc::default(),
            },
        )
    }

    #[test]
    fn only_what_every_context_agrees_on_is_known() {
        let asked = Cell::new(0);
        let one = [("a/run.sh", "x"), ("same", "s"), ("only", "o"), ("secret", "z")];
        let other = [("a/run.sh", "y"), ("same", "s"), ("secret", "z")];
        let kept = Cell::new(Vec::new());
        let find = |_: &Takes| {
            asked.set(asked.get() + 1);
            let (first, one) = folder(&one, Some("secret\n"));
            let (second, other) = folder(&other, None);
            kept.set(vec![first, second]);
            vec![one, other]
        };
        let files = ContextFiles::in_folders(&find);
        assert_eq!(asked.get(), 0);
        let text = |path| files.text(path, &Takes::default);
        assert_eq!(text("same").as_deref(), Some("s"));
        let unknown = ["a/run.sh", "only", "secret", "gone", "../x", ""];
        assert!(unknown.iter().all(|path| text(path).is_none()));
        assert_eq!(asked.get(), 1);
    }

    #[test]
    fn what_a_guessed_folder_lacks_may_be_in_the_context() {
        let (_kept, known) = folder(&[("a/run.sh", "x")], None);
        let holds = |is_guess, path: &str| {
            let (root, top, ignore) = (known.root.clone(), known.top.clone(), None);
            let folders = Arc::default();
            ContextFolder { root, top, ignore, is_guess, folders }.may_hold(path)
        };
        assert!(holds(false, "a") && holds(true, "a"));
        assert!(!holds(false, "b") && holds(true, "b"));
    }
}
