//! Text files of a Dockerfile's build contexts, each read only when it is asked for.

use super::ignore_file::IgnoreFile;
use super::reader::Reader;
use super::{Folders, Takes, Tree, repository};
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
    /// Of the Dockerfile itself.
    path: Option<Box<str>>,
}

#[derive(Default)]
enum Source<'p> {
    #[default]
    Nothing,
    Told(Box<Told>),
    Folders {
        find: &'p Find<'p>,
        found: OnceCell<Vec<ContextFolder>>,
        listing: OnceCell<Option<Vec<Box<str>>>>,
        /// What has been read of the only folder.
        read: RefCell<FxHashMap<Box<str>, Option<Arc<str>>>>,
    },
}

/// What somebody says of the only context.
struct Told {
    /// All files that a build gets, sorted; `None` where they are not known.
    files: Option<Vec<Box<str>>>,
    texts: BTreeMap<String, Arc<str>>,
    ignore: Option<IgnoreFile>,
}

/// Gives the contexts of a Dockerfile that takes this.
pub(crate) type Find<'p> = dyn Fn(&Takes) -> Vec<ContextFolder> + 'p;

/// A folder that is a build context, with what its ignore file excludes.
#[derive(Debug)]
pub struct ContextFolder {
    pub root: PathBuf,
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
        Self::told(Some(Vec::new()), texts)
    }

    /// A context with these files, where all are known, and these texts, of which one may be of its
    /// ignore file.
    pub fn told<'t>(
        files: Option<Vec<&'t str>>,
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Self {
        let texts: BTreeMap<&str, &str> = texts.into_iter().collect();
        let ignore = texts.get(".dockerignore").and_then(|it| IgnoreFile::parse(it).ok());
        let is_sent = |path: &str| !excludes(ignore.as_ref(), path);
        let files = files.map(|files| {
            let all = files.into_iter().chain(texts.keys().copied());
            let mut files: Vec<Box<str>> = all.filter(|it| is_sent(it)).map(Box::from).collect();
            files.sort_unstable();
            files.dedup();
            files
        });
        let small = texts.iter().filter(|(path, text)| text.len() <= LARGEST && is_sent(path));
        let texts = small.map(|(path, text)| ((*path).to_owned(), Arc::from(*text))).collect();
        Self { source: Source::Told(Box::new(Told { files, texts, ignore })), path: None }
    }

    /// The contexts that `find` gives, which is asked once, and only if a file is.
    pub fn in_folders(find: &'p Find<'p>) -> Self {
        let (found, listing) = (OnceCell::new(), OnceCell::new());
        let read = RefCell::default();
        Self { source: Source::Folders { find, found, listing, read }, path: None }
    }

    /// The same for a Dockerfile at `path`, from the folder at hand or the top of its repository, with `/`.
    #[must_use]
    pub fn of_dockerfile(self, path: &str) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The text at `path`, from the top of the context with `/`. `None` if it is not known: there is no
    /// such file, or not in every context the same, or it is excluded, a link, large, or not UTF-8.
    /// `takes` gives what the Dockerfile takes, which may tell the context.
    pub fn text(&self, path: &str, takes: &dyn Fn() -> Takes) -> Option<Arc<str>> {
        let (find, found, read) = match &self.source {
            Source::Nothing => return None,
            Source::Told(told) => return told.texts.get(path).cloned(),
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
            Source::Told(told) => told.texts.contains_key(path),
            Source::Folders { read, .. } => matches!(read.borrow().get(path), Some(Some(_))),
        }
    }

    /// The bytes of the file at `path`, which is of the listing.
    pub fn size(&self, path: &str, takes: &dyn Fn() -> Takes) -> Option<u64> {
        let (find, found, read) = match &self.source {
            Source::Nothing => return None,
            Source::Told(told) => return told.texts.get(path).map(|it| it.len() as u64),
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
            Source::Told(told) => told.files.as_deref().map(Cow::Borrowed),
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
            Source::Told(told) => return told.may_hold(path),
            Source::Folders { find, found, .. } => (find, found),
        };
        let folders = found.get_or_init(|| find(&takes()));
        folders.is_empty() || folders.iter().any(|folder| folder.may_hold(path))
    }

    /// Whether no build gets what is at `path`, whether it is there or not: an ignore file excludes it.
    pub fn excludes(&self, path: &str, takes: &dyn Fn() -> Takes) -> bool {
        match &self.source {
            Source::Nothing => false,
            Source::Told(told) => excludes(told.ignore.as_ref(), path),
            Source::Folders { find, found, .. } => {
                let folders = found.get_or_init(|| find(&takes()));
                !folders.is_empty() && folders.iter().all(|folder| folder.excludes(path))
            }
        }
    }
}

impl Told {
    fn may_hold(&self, path: &str) -> bool {
        let Some(files) = &self.files else { return !excludes(self.ignore.as_ref(), path) };
        let inside = format!("{path}/");
        let first = files.partition_point(|file| **file < *inside);
        files.get(first).is_some_and(|file| file.starts_with(&inside))
    }
}

/// Whether an ignore file keeps a path out. One with a pattern that stops the builder keeps all out.
fn excludes(ignore: Option<&IgnoreFile>, path: &str) -> bool {
    ignore.is_some_and(|it| it.walk_to(path).map_or(true, |decision| decision.excluded))
}

impl ContextFolder {
    fn listing(&self) -> Vec<Box<str>> {
        let top = repository(&self.root).unwrap_or(&self.root);
        let mut files = Tree::within(&self.root, top, &self.folders).files;
        if let Some(ignore) = &self.ignore {
            files.retain(|path| !excludes(Some(ignore), path));
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
        excludes(self.ignore.as_ref(), path)
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
        (folder, ContextFolder { root, ignore, is_guess: false, folders: Arc::default() })
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
    fn what_is_told_is_what_is_known() {
        let texts = [(".dockerignore", "out\n"), ("a/run.sh", "x"), ("out/b", "y")];
        let nothing = Takes::default;
        let told = ContextFiles::told(Some(vec!["src/c", "out/d", "a/run.sh"]), texts);
        let listing = told.listing(&nothing).unwrap();
        assert_eq!(*listing, [".dockerignore", "a/run.sh", "src/c"].map(Box::from));
        assert_eq!(told.text("a/run.sh", &nothing).as_deref(), Some("x"));
        assert_eq!((told.text("out/b", &nothing), told.text("src/c", &nothing)), (None, None));
        assert!(told.may_hold("src", &nothing) && !told.may_hold("out", &nothing));
        assert!(told.excludes("out/z", &nothing) && !told.excludes("z", &nothing));
        let some = ContextFiles::told(None, texts);
        assert_eq!(some.text("a/run.sh", &nothing).as_deref(), Some("x"));
        assert!(some.listing(&nothing).is_none());
        assert!(some.may_hold("src", &nothing) && !some.may_hold("out", &nothing));
    }

    #[test]
    fn what_a_guessed_folder_lacks_may_be_in_the_context() {
        let (_kept, known) = folder(&[("a/run.sh", "x")], None);
        let holds = |is_guess, path: &str| {
            let (root, ignore, folders) = (known.root.clone(), None, Arc::default());
            ContextFolder { root, ignore, is_guess, folders }.may_hold(path)
        };
        assert!(holds(false, "a") && holds(true, "a"));
        assert!(!holds(false, "b") && holds(true, "b"));
    }
}
