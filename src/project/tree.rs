//! The files of a folder that version control keeps, and what it is told to ignore: the same on every
//! machine, whatever else lies on this one's disk.

use super::folders::{Entry, Folders};
use super::ignore_file::{Reach, reach};
use super::manifests::kind_of;
use super::scan::VERSION_CONTROL;
use super::{submodules, tracked};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a text that is read.
const LARGEST: u64 = 1 << 20;

/// Folders that tools fill beside the sources, whether version control knows of it or not.
pub const LEFTOVERS: &[&str] = &["__pycache__", "node_modules"];

/// More files than this are not looked through.
const MOST: usize = 1_000_000;

/// What is kept of a folder: everything that git tracks, or is not told to ignore.
#[derive(Debug, Clone)]
pub struct Tree {
    /// From the top of the folder, with `/`, sorted. Links are not followed.
    pub files: Vec<Box<str>>,
    /// What version control keeps its own files in, if this is the top of a repository: `.git`.
    pub version_control: Option<&'static str>,
    /// Whether it lies in a repository. Without one everything on the disk is kept, but what tools leave.
    pub is_versioned: bool,
    /// The lines of the `.gitignore` files, those that are neither blank nor comments.
    pub ignored: Vec<IgnoredLine>,
    texts: Texts,
    /// Folders (from the top of the file system) with what git ignores below them, the deepest last.
    matchers: Vec<(PathBuf, Gitignore)>,
    /// The tops of repositories inside of it, from the top of the file system: what git ignores around them
    /// is not ignored in them. The deepest come last.
    inner: Vec<PathBuf>,
    root: PathBuf,
    /// What git tracks, with the top of its repository: read only where something is ignored.
    tracked: OnceCell<Vec<String>>,
    top: PathBuf,
}

/// A line of a `.gitignore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredLine {
    /// The folder of the file, from the top of the tree with `/`; `None` for one above it.
    pub folder: Option<String>,
    /// The file, from the top of the tree; it may be above it (`../.gitignore`).
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Without white space around it.
    pub text: String,
}

#[derive(Debug, Clone)]
enum Texts {
    OnDisk,
    InMemory(BTreeMap<String, Arc<str>>),
}

impl Tree {
    /// Reads the folder `root` (absolute), which lies in the repository with the top `top`.
    pub fn read(root: &Path, top: &Path) -> Self {
        Self::within(root, top, &Folders::default())
    }

    /// The same, where some of its folders may be known.
    pub fn within(root: &Path, top: &Path, folders: &Folders) -> Self {
        let mut tree = Self::empty(root.to_owned(), Texts::OnDisk);
        tree.version_control = VERSION_CONTROL.iter().copied().find(|it| root.join(it).exists());
        tree.is_versioned = VERSION_CONTROL.iter().any(|it| top.join(it).exists());
        // A submodule is a repository of its own.
        let top = submodules::nearest(root).filter(|it| it.starts_with(top)).unwrap_or(top);
        tree.top = top.to_owned();
        let mut above: Vec<&Path> =
            root.ancestors().skip(1).take_while(|it| it.starts_with(top)).collect();
        above.reverse();
        for (folder, ups) in above.iter().zip((1..=above.len()).rev()) {
            tree.ignore_in(folder, Err(ups));
        }
        let rules = (0..tree.matchers.len()).collect();
        tree.folder(folders, root, "", rules, false);
        tree.files.sort_unstable();
        tree
    }

    /// A tree with these texts, and the top of a repository.
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let texts = texts.into_iter().map(|(path, text)| (path.to_owned(), Arc::from(text)));
        let texts: BTreeMap<String, Arc<str>> = texts.collect();
        let mut tree = Self::empty(PathBuf::from("/"), Texts::InMemory(texts.clone()));
        tree.version_control = Some(".git");
        tree.is_versioned = true;
        let files = texts.keys().filter(|path| is_gitignore(path));
        let folders: Vec<&str> =
            files.map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
        for folder in folders {
            tree.ignore_in(&PathBuf::from("/").join(folder), Ok(folder));
        }
        let is_left = |path: &str| path.split('/').any(|part| LEFTOVERS.contains(&part));
        let files = texts.keys().filter(|path| !tree.is_ignored(path) && !is_left(path));
        tree.files = files.map(|path| Box::from(path.as_str())).collect();
        tree
    }

    fn empty(root: PathBuf, texts: Texts) -> Self {
        let (files, ignored) = (Vec::new(), Vec::new());
        let (matchers, inner) = (Vec::new(), Vec::new());
        let (version_control, is_versioned) = (None, false);
        let (tracked, top) = (OnceCell::new(), root.clone());
        Self {
            files,
            version_control,
            is_versioned,
            ignored,
            texts,
            matchers,
            inner,
            root,
            tracked,
            top,
        }
    }

    /// Takes the `.gitignore` of `folder`, which is that far below the top of the tree, or above it.
    fn ignore_in(&mut self, folder: &Path, below: Result<&str, usize>) {
        let name = match below {
            Ok("") => ".gitignore".to_owned(),
            Ok(below) => format!("{below}/.gitignore"),
            Err(ups) => format!("{}.gitignore", "../".repeat(ups)),
        };
        let text = match &self.texts {
            Texts::OnDisk => text_of(&folder.join(".gitignore")),
            Texts::InMemory(texts) => texts.get(&name).cloned(),
        };
        let Some(text) = text else { return };
        let mut builder = GitignoreBuilder::new(folder);
        for (line, number) in text.lines().zip(1..) {
            // A line that git could not read either ignores nothing.
            let _ = builder.add_line(None, line);
            let text = line.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let (folder, file) = (below.ok().map(str::to_owned), name.clone());
                let text = text.to_owned();
                self.ignored.push(IgnoredLine { folder, file, line: number, text });
            }
        }
        if let Ok(matcher) = builder.build() {
            self.matchers.push((folder.to_owned(), matcher));
        }
    }

    /// Takes the files of a folder; of one that git ignores, those that it tracks all the same.
    /// `rules` are the matchers that count around it.
    fn folder(
        &mut self,
        folders: &Folders,
        place: &Path,
        below: &str,
        mut rules: Vec<usize>,
        is_ignored: bool,
    ) {
        let entries = folders.entries(place);
        let has = |wanted: &str| entries.iter().any(|it| it.name == wanted);
        if !below.is_empty() && VERSION_CONTROL.iter().any(|it| has(it)) {
            self.inner.push(place.to_owned());
            rules.clear();
        }
        let known = self.matchers.len();
        if has(".gitignore") {
            self.ignore_in(place, Ok(below));
        }
        rules.extend(known..self.matchers.len());
        for Entry { name, is_folder } in &*entries {
            let (Some(name), is_folder) = (name.to_str(), *is_folder) else { continue };
            if self.files.len() >= MOST || VERSION_CONTROL.contains(&name) {
                continue;
            }
            let is_left = is_folder && LEFTOVERS.contains(&name);
            let path = match below {
                "" => name.to_owned(),
                below => format!("{below}/{name}"),
            };
            let whole = place.join(name);
            let is_out = match self.decided_by(rules.iter().rev().copied(), &whole, is_folder) {
                _ if is_ignored => true,
                Some(ignored) => ignored,
                None => is_left,
            };
            if is_out && !self.is_tracked(&whole, is_folder) {
                continue;
            }
            match is_folder {
                true => self.folder(folders, &whole, &path, rules.clone(), is_out),
                false => self.files.push(path.into()),
            }
        }
    }

    /// Whether git tracks a file, or something in a folder, at `path`, which is absolute.
    fn is_tracked(&self, path: &Path, is_folder: bool) -> bool {
        let tracked = self.tracked.get_or_init(|| match &self.texts {
            Texts::OnDisk if self.is_versioned => tracked::files(&self.top).unwrap_or_default(),
            _ => Vec::new(),
        });
        let below = path.strip_prefix(&self.top).ok().and_then(Path::to_str);
        let Some(mut below) = below.map(str::to_owned) else { return false };
        if is_folder {
            below.push('/');
        }
        let found = tracked.get(tracked.partition_point(|it| *it < below));
        found.is_some_and(|it| if is_folder { it.starts_with(&below) } else { *it == below })
    }

    /// What the deepest `.gitignore` that says something says about `path`, which is absolute.
    fn decides(&self, path: &Path, is_folder: bool) -> Option<bool> {
        let inner = self.inner.iter().rev().find(|it| path != **it && path.starts_with(it));
        let counts = |folder: &Path| inner.is_none_or(|inner| folder.starts_with(inner));
        let is_above = |at: &usize| {
            let folder = &self.matchers[*at].0;
            path.starts_with(folder) && counts(folder)
        };
        self.decided_by((0..self.matchers.len()).rev().filter(is_above), path, is_folder)
    }

    /// What the first of these matchers that says something says.
    fn decided_by(
        &self,
        rules: impl Iterator<Item = usize>,
        path: &Path,
        is_folder: bool,
    ) -> Option<bool> {
        let mut decided =
            rules.filter_map(|at| match self.matchers[at].1.matched(path, is_folder) {
                Match::None => None,
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
            });
        decided.next()
    }

    /// Whether git ignores the file at `path`, which need not exist.
    pub fn is_ignored(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        let ignored =
            |path: &str, is_folder| self.decides(&self.root.join(path), is_folder) == Some(true);
        let is_ignored =
            folders.into_iter().any(|folder| ignored(folder, true)) || ignored(path, false);
        is_ignored && !self.has(path)
    }

    /// Whether git ignores a folder at `path`, which need not exist, and with it all that is in it.
    pub fn is_ignored_folder(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut folders = folders.chain([path]);
        folders.any(|it| self.decides(&self.root.join(it), true) == Some(true))
            && self.below(path).next().is_none()
    }

    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| (**file).cmp(path)).is_ok()
    }

    /// The files in the folder at `path` and in those below it; `""` is the top.
    pub fn below<'t>(&'t self, path: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        let inside = if path.is_empty() { String::new() } else { format!("{path}/") };
        let first = self.files.partition_point(|file| **file < *inside);
        self.files[first..].iter().map(|file| &**file).take_while(move |it| it.starts_with(&inside))
    }

    /// How a pattern of an ignore file reaches a path that a build takes, as [`reach`] tells it, where
    /// nothing is below what is known to be a file.
    pub fn reach(&self, pattern: &str, path: &str) -> Reach {
        match reach(pattern, path) {
            Reach::Below if self.is_file(path) => Reach::Nothing,
            reached => reached,
        }
    }

    /// Whether `path`, which may be a pattern as in a `COPY`, names files, and no folder: files that are kept,
    /// or a manifest, which need not be there.
    fn is_file(&self, path: &str) -> bool {
        if !path.contains(['*', '?', '[', '\\']) {
            let name = path.rsplit('/').next().unwrap_or_default();
            let is_manifest = || name.contains('.') && kind_of(name).is_some();
            return self.has(path) || is_manifest() && self.below(path).next().is_none();
        }
        let parts = path.matches('/').count();
        let named = self.files.iter().filter(|file| reach(path, file) == Reach::Itself);
        let mut is_folder = named.map(|file| file.matches('/').count() > parts).peekable();
        is_folder.peek().is_some() && !is_folder.any(|it| it)
    }

    /// The text of a file that is kept; `None` if it is none, is no UTF-8 or has more than 1 MiB.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        if !self.has(path) {
            return None;
        }
        match &self.texts {
            Texts::OnDisk => text_of(&self.root.join(path)),
            Texts::InMemory(texts) => texts.get(path).cloned(),
        }
    }
}

fn is_gitignore(path: &str) -> bool {
    path == ".gitignore" || path.ends_with("/.gitignore")
}

fn text_of(path: &Path) -> Option<Arc<str>> {
    let metadata = path.symlink_metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    String::from_utf8(std::fs::read(path).ok()?).ok().map(Arc::from)
}

#[cfg(test)]
mod tests {
    use super::{Reach, Tree};

    #[test]
    fn what_git_ignores_is_not_kept() {
        let texts = [
            (".gitignore", "*.log\n!keep.log\n/dist/\n# comment\n"),
            ("a.log", ""),
            ("keep.log", ""),
            ("dist/x", ""),
            ("sub/.gitignore", "out\n"),
            ("sub/out/x", ""),
            ("sub/dist/x", ""),
            ("sub/main.c", "int x;"),
        ];
        let tree = Tree::of_texts(texts);
        let files: Vec<&str> = tree.files.iter().map(|it| &**it).collect();
        let kept = [".gitignore", "keep.log", "sub/.gitignore", "sub/dist/x", "sub/main.c"];
        assert_eq!(files, kept);
        assert_eq!(tree.below("sub").count(), 3);
        assert!(tree.is_ignored("x/y.log") && tree.is_ignored_folder("dist"));
        assert!(!tree.is_ignored_folder("sub/dist") && tree.is_ignored_folder("sub/out"));
        assert_eq!(tree.ignored.len(), 4);
        assert_eq!((tree.ignored[3].folder.as_deref(), tree.ignored[3].line), (Some("sub"), 1));
        assert_eq!(
            (tree.text("sub/main.c").as_deref(), tree.text("a.log")),
            (Some("int x;"), None)
        );
    }

    #[test]
    fn nothing_is_below_a_file() {
        let tree = Tree::of_texts([("package.json", ""), ("src/a.c", ""), ("srcs", "")]);
        assert_eq!(tree.reach("**/x", "package*.json"), Reach::Nothing);
        assert_eq!(tree.reach("**/x", "src"), Reach::Below);
        assert_eq!(tree.reach("**/x", "src*"), Reach::Below);
        assert_eq!(tree.reach("**/x", "dist"), Reach::Below);
        assert_eq!(tree.reach("**/*.json", "package.json"), Reach::Itself);
        assert_eq!(tree.reach("**/x", "web/yarn.lock"), Reach::Nothing);
    }

    #[test]
    fn a_repository_inside_goes_by_its_own_rules() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        for path in [".git/x", "s/.git/x", "s/dist/a", "s/out/a", "dist/a"] {
            std::fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
            std::fs::write(top.join(path), "").unwrap();
        }
        std::fs::write(top.join(".gitignore"), "dist\n").unwrap();
        std::fs::write(top.join("s/.gitignore"), "out\n").unwrap();
        let tree = Tree::read(&top, &top);
        assert_eq!(tree.files, [".gitignore", "s/.gitignore", "s/dist/a"].map(Box::from));
        let inner = Tree::read(&top.join("s"), &top);
        assert_eq!(inner.files, [".gitignore", "dist/a"].map(Box::from));
        assert_eq!(inner.ignored.len(), 1);
    }

    #[test]
    fn what_git_tracks_is_kept_although_it_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let files = ["dist/x", "dist/sub/y", "dist/other", "a.log", "b.log", "node_modules/n/i.js"];
        for path in files {
            std::fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
            std::fs::write(top.join(path), "").unwrap();
        }
        std::fs::write(top.join(".gitignore"), "dist\n*.log\n").unwrap();
        let git = |words: &[&str]| {
            let status = std::process::Command::new("git").arg("-C").arg(&top).args(words).status();
            assert!(status.unwrap().success());
        };
        git(&["init", "--quiet"]);
        git(&["add", "--force", "dist/sub/y", "b.log", "node_modules"]);
        let tree = Tree::read(&top, &top);
        let kept = [".gitignore", "b.log", "dist/sub/y", "node_modules/n/i.js"];
        assert_eq!(tree.files, kept.map(Box::from));
        assert!(tree.is_ignored("a.log") && !tree.is_ignored("b.log"));
        assert!(tree.is_ignored_folder("dist/none") && !tree.is_ignored_folder("dist"));
    }

    #[test]
    fn a_folder_on_disk_reads_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        for (path, text) in [(".gitignore", "x\n"), ("a/x", ""), ("a/b", "t"), ("c", "")] {
            std::fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
            std::fs::write(top.join(path), text).unwrap();
        }
        std::fs::create_dir(top.join(".git")).unwrap();
        let tree = Tree::read(&top, &top);
        assert_eq!(tree.files, [".gitignore", "a/b", "c"].map(Box::from));
        assert_eq!((tree.version_control, tree.text("a/b").as_deref()), (Some(".git"), Some("t")));
        let below = Tree::read(&top.join("a"), &top);
        assert_eq!((below.files, below.version_control), (vec![Box::from("b")], None));
        assert!(below.ignored[0].folder.is_none());
    }
}
