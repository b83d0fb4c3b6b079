//! `jettison migrate branches`: a branch of git for each part, made beside the working tree.
//!
//! The new texts are laid into a temporary folder that an index of its own takes for the working tree, so that
//! git's own filters, attributes and modes apply, and neither the files of the user nor his index are touched.

use super::super::{Refusal, changed, git};
use super::store::{Branch, Left, Why};
use super::work::{Base, Ready, Work, Worked};
use crate::report::campaign::body::Body;
use crate::report::campaign::{File, Known, Part};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub(super) struct Branches<'b> {
    pub(super) root: &'b Path,
    pub(super) base: &'b str,
    /// In the order in which they run.
    pub(super) transforms: &'b [Known],
}

/// What became of the branch of a part.
pub(super) enum Made {
    /// Nothing is left to commit.
    Nothing,
    /// It is there already, as it would be made.
    Same(Branch),
    New(Branch),
}

impl Branches<'_> {
    /// Makes the branch of one part. `known` is the one that was made before.
    pub(super) fn make(
        &self,
        part: &Part,
        on: Option<&Part>,
        known: Option<&Branch>,
        files: &HashMap<String, File>,
        work: &Work<'_>,
    ) -> Result<(Worked, Made), Refusal> {
        let top = self.root.join(&part.repository);
        if !changed::is_top(&top) {
            return Err(format!(
                "`{}`: no repository of git; use `jettison migrate patches`",
                top.display()
            ));
        }
        let base = match on {
            Some(part) if exists(&top, &part.branch) => format!("refs/heads/{}", part.branch),
            _ => self.base.to_owned(),
        };
        let wanted = format!("{base}^{{commit}}");
        let commit = git::line(&top, &["rev-parse", "--verify", "--quiet", &wanted], &[], b"");
        let commit = commit
            .map_err(|_| format!("`{base}`: git knows no such commit in `{}`", top.display()))?;
        let lay = Lay::new(&top, &commit)?;
        let (mut ready, mut body) = (Vec::new(), Body::new(self.transforms));
        let mut act = |files: Vec<Ready>| -> Result<(), Vec<Left>> {
            ready.push(files);
            Ok(())
        };
        let mut worked = work.part(part, Base::Part, &mut act);
        let other = lay.differing(ready.iter().flatten())?;
        let mut kept: Vec<Ready> = Vec::new();
        for unit in ready {
            match unit.iter().find(|file| other.contains(file.name())) {
                None => kept.extend(unit),
                Some(first) => {
                    worked.acted -= unit.len();
                    let missing =
                        on.filter(|part| !exists(&top, &part.branch)).map(|part| part.number);
                    let left = unit.iter().map(|file| differs(file, &first.path, &base, missing));
                    worked.left.extend(left);
                }
            }
        }
        if kept.is_empty() {
            return Ok((worked, Made::Nothing));
        }
        kept.iter().for_each(|file| body.add(part, &files[&file.path]));
        let commit = self.commits(part, &kept, &body, &lay, commit)?;
        let branch = Branch { name: part.branch.clone(), commit };
        let made = place(&top, branch, known)?;
        Ok((worked, made))
    }

    /// One commit for each transform, each on the one before.
    fn commits(
        &self,
        part: &Part,
        files: &[Ready],
        body: &Body<'_>,
        lay: &Lay<'_>,
        mut parent: String,
    ) -> Result<String, Refusal> {
        let date = git::line(lay.top, &["show", "-s", "--format=%cI", &parent], &[], b"")?;
        for transform in self.transforms {
            let is_of = |id: &str| transform.id == id;
            let texts = files.iter().filter_map(|file| {
                let last = file.steps.iter().rfind(|step| is_of(&step.transform.id))?;
                Some((file, &*last.after))
            });
            let texts: Vec<(&Ready, &str)> = texts.collect();
            if texts.is_empty() {
                continue;
            }
            lay.take(&texts)?;
            let tree = lay.git(&["write-tree"], b"")?;
            let (subject, message) = body.commit(&transform.id, part);
            let message = format!("{subject}\n\n{message}");
            // The same parent and the same change are the same commit, whenever it is made.
            let dates =
                [("GIT_AUTHOR_DATE", OsStr::new(&date)), ("GIT_COMMITTER_DATE", OsStr::new(&date))];
            let commit = ["commit-tree", &tree, "-p", &parent, "-F", "-"];
            parent = git::line(lay.top, &commit, &dates, message.as_bytes()).map_err(|error| {
                format!("git makes no commit in `{}`: {error}", lay.top.display())
            })?;
        }
        Ok(parent)
    }
}

fn differs(file: &Ready, first: &str, base: &str, missing: Option<u32>) -> Left {
    match file.path == first {
        true if missing.is_some() => {
            let part = missing.unwrap_or_default();
            Left::new(
                first,
                Why::After,
                format!("part {part} has to be there first, or its branch"),
            )
        }
        true => Left::new(
            first,
            Why::Changed,
            format!("in `{base}` it is not what is in the working tree"),
        ),
        false => {
            Left::new(&file.path, Why::Together, format!("it goes with `{first}`, which is left"))
        }
    }
}

fn exists(top: &Path, branch: &str) -> bool {
    let name = format!("refs/heads/{branch}");
    git::git(top, &["rev-parse", "--verify", "--quiet", &name]).is_ok()
}

/// Sets the branch, unless somebody else did something with it.
fn place(top: &Path, branch: Branch, known: Option<&Branch>) -> Result<Made, Refusal> {
    let name = format!("refs/heads/{}", branch.name);
    let old =
        git::line(top, &["rev-parse", "--verify", "--quiet", &name], &[], b"").unwrap_or_default();
    if old == branch.commit {
        return Ok(Made::Same(branch));
    }
    let is_ours = old.is_empty()
        || known.is_some_and(|known| known.name == branch.name && known.commit == old);
    if !is_ours {
        return Err(format!(
            "the branch `{}` is there already, and not as it was made; rename or delete it, or plan with another \
             `--branch-prefix`",
            branch.name
        ));
    }
    let worktrees = git::line(top, &["worktree", "list", "--porcelain"], &[], b"")?;
    if worktrees.lines().any(|line| line.strip_prefix("branch ") == Some(&name)) {
        return Err(format!("the branch `{}` is checked out; check out another one", branch.name));
    }
    let zero = "0".repeat(branch.commit.len());
    let old = if old.is_empty() { &zero } else { &old };
    let update = ["update-ref", "-m", "jettison migrate branches", &name, &branch.commit, old];
    git::line(top, &update, &[], b"")?;
    Ok(Made::New(branch))
}

/// A temporary working tree with an index that holds a commit.
struct Lay<'l> {
    top: &'l Path,
    commit: String,
    folder: tempfile::TempDir,
}

impl<'l> Lay<'l> {
    fn new(top: &'l Path, commit: &str) -> Result<Self, Refusal> {
        let folder =
            tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let lay = Self { top, commit: commit.to_owned(), folder };
        std::fs::create_dir(lay.tree()).map_err(|error| format!("no temporary folder: {error}"))?;
        lay.git(&["read-tree", commit], b"")?;
        Ok(lay)
    }

    fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> Result<String, Refusal> {
        let (index, tree) = (self.folder.path().join("index"), self.tree());
        let environment =
            [("GIT_INDEX_FILE", index.as_os_str()), ("GIT_WORK_TREE", tree.as_os_str())];
        let folder = git::line(self.top, &["rev-parse", "--absolute-git-dir"], &[], b"")?;
        let folder = [("GIT_DIR", OsStr::new(&folder))];
        let environment: Vec<_> = environment.into_iter().chain(folder).collect();
        git::line(&tree, arguments, &environment, input)
    }

    /// Lays texts into the tree, and takes them into the index.
    fn take(&self, texts: &[(&Ready, &str)]) -> Result<(), Refusal> {
        let mut names = Vec::new();
        for (file, text) in texts {
            let path = self.tree().join(file.name());
            let write = || {
                std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
                std::fs::write(&path, text)?;
                match file.target.metadata() {
                    Ok(about) => std::fs::set_permissions(&path, about.permissions()),
                    Err(_) => Ok(()),
                }
            };
            // A file that may not be written may not be written twice.
            let _ = std::fs::remove_file(&path);
            write().map_err(|error| format!("no temporary file: {error}"))?;
            names.extend(file.name().as_bytes());
            names.push(0);
        }
        self.git(&["update-index", "--add", "-z", "--stdin"], &names).map(drop)
    }

    /// The names of those files that the commit does not have as they were planned.
    fn differing<'r>(
        &self,
        files: impl Iterator<Item = &'r Ready>,
    ) -> Result<HashSet<String>, Refusal> {
        let files: Vec<&Ready> = files.collect();
        let (new, old): (Vec<&Ready>, Vec<&Ready>) =
            files.into_iter().partition(|file| file.is_new);
        let texts: Vec<(&Ready, &str)> = old.iter().map(|file| (*file, &*file.before)).collect();
        if !texts.is_empty() {
            self.take(&texts)?;
        }
        let tree = self.git(&["write-tree"], b"")?;
        let diff = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", &self.commit, &tree];
        let names = self.git(&diff, b"")?;
        let mut differing: HashSet<String> =
            names.split('\0').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        let all: BTreeSet<&str> = new.iter().map(|file| file.name()).collect();
        for name in all {
            let object = format!("{}:{name}", self.commit);
            if self.git(&["cat-file", "-e", &object], b"").is_ok() {
                differing.insert(name.to_owned());
            }
        }
        // What differs is no part of what is committed.
        self.git(&["read-tree", &self.commit], b"")?;
        Ok(differing)
    }
}
