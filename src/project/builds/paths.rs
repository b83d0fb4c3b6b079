//! Paths as the files of a project write them, without a look at the disk.

use std::path::{Component, Path, PathBuf};

/// `path` from `folder` on, without `.` and `..`. What is absolute stays so.
pub(super) fn join(folder: &Path, path: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for component in folder.join(path.trim()).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    joined
}

/// Whether a context is a URL, a git repository or another source that is no folder, as BuildKit tells
/// them apart, or standard input.
pub(super) fn is_remote(context: &str) -> bool {
    let starts = ["http://", "https://", "git://", "ssh://", "git@", "github.com/"];
    context == "-"
        || context.contains("://")
        || starts.iter().any(|start| context.starts_with(start))
}

/// The folder of a file.
pub(super) fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

/// From `folder` to a path below it, with `/`.
pub(super) fn below(folder: &Path, path: &Path) -> Option<String> {
    let rest = path.strip_prefix(folder).ok()?;
    let names: Option<Vec<_>> = rest.components().map(|it| it.as_os_str().to_str()).collect();
    Some(names?.join("/"))
}
