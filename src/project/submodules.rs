//! Submodules: repositories inside of another one, which is built as a whole.

use super::VENDORED;
use super::scan::VERSION_CONTROL;
use std::path::{Path, PathBuf};

/// Bytes of a `.gitmodules` that is read.
const LARGEST: u64 = 1 << 20;

/// The submodules of the repository with the top `top`, as its `.gitmodules` lists them.
pub(super) fn of(top: &Path) -> Vec<PathBuf> {
    let path = top.join(".gitmodules");
    let is_small = path.metadata().is_ok_and(|it| it.is_file() && it.len() <= LARGEST);
    let text = is_small.then(|| std::fs::read_to_string(path).ok()).flatten();
    paths(&text.unwrap_or_default()).map(|path| top.join(path)).collect()
}

/// The values of `path` in a file as git writes it.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let values = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case("path").then(|| value.trim().trim_matches('"'))
    });
    // What leads elsewhere git refuses.
    values.filter(|path| {
        let mut parts = path.split('/');
        !path.is_empty() && !path.starts_with('/') && parts.all(|part| part != "..")
    })
}

/// The top of the repository around `folder`: of a submodule, that of which it is one.
pub(super) fn top(folder: &Path) -> Option<&Path> {
    let mut top = nearest(folder)?;
    while let Some(outer) = top.parent().and_then(nearest).filter(|it| is_submodule(it, top)) {
        top = outer;
    }
    Some(top)
}

/// The same, whatever is around that.
pub(super) fn nearest(folder: &Path) -> Option<&Path> {
    let is_top = |above: &&Path| VERSION_CONTROL.iter().any(|name| above.join(name).exists());
    folder.ancestors().find(is_top)
}

/// Whether `inner` is a submodule of `outer` that is part of its project.
fn is_submodule(outer: &Path, inner: &Path) -> bool {
    let is_vendored = |path: &Path| {
        path.iter().any(|part| part.to_str().is_some_and(|it| VENDORED.contains(&it)))
    };
    inner.strip_prefix(outer).is_ok_and(|below| !is_vendored(below))
        && of(outer).iter().any(|path| path == inner)
}

#[cfg(test)]
mod tests {
    use super::{paths, top};

    #[test]
    fn paths_are_those_that_git_writes() {
        let text = "[submodule \"a\"]\n\tpath = libs/a\n\turl = x\n[submodule \"b\"]\n path=\"b c\"\n\
                    # path = no\n\tpath = ../up\n";
        assert_eq!(paths(text).collect::<Vec<_>>(), ["libs/a", "b c"]);
    }

    #[test]
    fn a_submodule_belongs_to_the_repository_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let modules = "[submodule \"s\"]\n\tpath = s\n[submodule \"v\"]\n\tpath = vendor/v\n";
        for path in [".git", "s/.git", "s/deep", "t/.git", "vendor/v/.git"] {
            std::fs::create_dir_all(root.join(path)).unwrap();
        }
        std::fs::write(root.join(".gitmodules"), modules).unwrap();
        assert_eq!(top(&root.join("s/deep")), Some(&*root));
        assert_eq!(top(&root.join("t")), Some(&*root.join("t")));
        assert_eq!(top(&root.join("vendor/v")), Some(&*root.join("vendor/v")));
        assert_eq!(top(&root), Some(&*root));
    }
}
