//! Paths as the files of a project write them. What is on the disk a reader is told.

use super::{File, Known};
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

/// The folder to which the paths of a Compose service are relative. That of the file, as a rule; of a file that is put
/// over one in a folder above (`-f compose.yml -f docker/dev.yml`), the latter: the one that has the Dockerfile.
pub(super) fn run_from(
    file: &File<'_>,
    folder: PathBuf,
    context: Option<&Known<String>>,
    dockerfile: Option<&Known<String>>,
) -> PathBuf {
    let (Some(Ok(context)), None | Some(Ok(_))) = (context, dockerfile) else { return folder };
    let name = dockerfile.and_then(|it| it.as_deref().ok()).unwrap_or("Dockerfile");
    // `.` is everywhere.
    let is_named = |part: &str| !matches!(part, "" | "." | "..");
    let is_telling = context.split('/').any(is_named) || name.matches('/').count() > 0;
    if !is_telling || is_remote(context) || context.starts_with('/') {
        return folder;
    }
    nearest(file, folder, context, name)
}

/// The folder, or else the only one above it, from which `context` and in it the Dockerfile `name` are there.
pub(super) fn nearest(file: &File<'_>, folder: PathBuf, context: &str, name: &str) -> PathBuf {
    let has_it = |folder: &&Path| (file.other)(&join(&join(folder, context), name)).is_some();
    if has_it(&&*folder) {
        return folder;
    }
    let mut above = folder.ancestors().skip(1).take_while(|it| it.starts_with(file.root));
    let found = above.find(has_it);
    // Another one may be meant.
    found.filter(|_| !above.any(|it| has_it(&it))).map_or(folder.clone(), Path::to_path_buf)
}
