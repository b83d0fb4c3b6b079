//! What git knows: which files a branch touches, and which have uncommitted changes.

use super::Refusal;
use super::git::git;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The files of the repository around `folder` that differ from the commit at which the current
/// branch left `revision`: committed, uncommitted and untracked ones, absolute.
pub(super) fn since(folder: &Path, revision: &str) -> Result<HashSet<PathBuf>, Refusal> {
    let told = |message: String| format!("`--changed-since {revision}`: {message}");
    let line = |output: Vec<u8>| {
        let text = output.strip_suffix(b"\n").unwrap_or(&output).to_vec();
        path_from(&text)
    };
    let top = git(folder, &["rev-parse", "--show-toplevel"]).map(line).map_err(told)?;
    let wanted = format!("{revision}^{{commit}}");
    let commit = ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted];
    let commit = git(&top, &commit).map(line).map_err(|_| {
        told("git knows no such revision here (a shallow clone has few)".to_owned())
    })?;
    let commit = commit.to_string_lossy();
    let base = git(&top, &["merge-base", &commit, "HEAD"]).map(line);
    let base = base.map_err(|_| told("it has no commit in common with this branch".to_owned()))?;
    let base = base.to_string_lossy();
    let diff = ["diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", &base, "--"];
    let mut names = git(&top, &diff).map_err(told)?;
    let untracked = ["ls-files", "--others", "--exclude-standard", "-z"];
    names.extend(git(&top, &untracked).map_err(told)?);
    let real = top.canonicalize().unwrap_or(top);
    Ok(names
        .split(|byte| *byte == 0)
        .filter(|it| !it.is_empty())
        .map(|it| real.join(path_from(it)))
        .collect())
}

/// Which files have changes that git could not give back, asked once for each repository.
#[derive(Debug, Default)]
pub(super) struct Worktrees {
    /// By folder: the top of its repository, if it is in one.
    tops: HashMap<PathBuf, Option<PathBuf>>,
    uncommitted: HashMap<PathBuf, HashSet<PathBuf>>,
}

impl Worktrees {
    /// Whether `file` (absolute) is in a repository and git does not know it as clean.
    pub(super) fn is_uncommitted(&mut self, file: &Path) -> bool {
        let Some(top) = file.parent().and_then(|folder| self.top(folder)) else { return false };
        let uncommitted = self.uncommitted.entry(top).or_insert_with_key(|top| uncommitted(top));
        uncommitted.contains(file)
    }

    /// The top of the nearest repository around `folder`, which may be a submodule.
    pub(super) fn top(&mut self, folder: &Path) -> Option<PathBuf> {
        if let Some(known) = self.tops.get(folder) {
            return known.clone();
        }
        let top = match is_top(folder) {
            true => Some(folder.to_owned()),
            false => folder.parent().and_then(|above| self.top(above)),
        };
        self.tops.insert(folder.to_owned(), top.clone());
        top
    }
}

/// Whether a repository starts in `folder`.
pub(super) fn is_top(folder: &Path) -> bool {
    folder.join(".git").exists()
}

fn uncommitted(top: &Path) -> HashSet<PathBuf> {
    let status = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"];
    let status = git(top, &status).unwrap_or_default();
    let entries = status.split(|byte| *byte == 0);
    // The second letter tells the file from the index: what is staged can be had back.
    let names = entries.filter(|entry| entry.get(1).is_some_and(|letter| *letter != b' '));
    names.filter_map(|entry| entry.get(3..)).map(|name| top.join(path_from(name))).collect()
}

#[cfg(unix)]
pub(super) fn path_from(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

#[cfg(not(unix))]
pub(super) fn path_from(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from(String::from_utf8_lossy(bytes).into_owned()))
}
