//! What of a build context reaches an image, and under which names.

use super::case::Texts;
use crate::facts::Facts;
use crate::project::files::list;
use crate::project::ignore_file::IgnoreFile;
use crate::syntax;
use std::collections::BTreeSet;
use std::path::Path;

/// The files that are sent with `before` and not with `after`, and folders of which nothing is sent any more, as
/// a `COPY` or a bind mount names them where it puts them: without the folder that it takes them from.
pub fn unsent(context: &Path, before: &Texts, after: &Texts) -> BTreeSet<String> {
    let sent = |texts: &Texts| -> BTreeSet<String> {
        let ignore = texts.ignore.as_deref().and_then(|text| IgnoreFile::parse(text).ok());
        list(context, ignore.as_ref()).files.into_iter().map(|file| file.path.into()).collect()
    };
    let (had, has) = (sent(before), sent(after));
    let Ok(file) = syntax::parse(&after.dockerfile) else { return BTreeSet::new() };
    let (takes, _) = Facts::new(&file).takes();
    let kept: BTreeSet<&str> = has.iter().flat_map(|path| folders(path)).collect();
    let missing = had.difference(&has);
    let missing = missing.flat_map(|path| {
        let gone = folders(path).find(|folder| !kept.contains(folder));
        gone.into_iter().chain([path.as_str()])
    });
    missing.flat_map(|path| takes.paths.iter().filter_map(|taken| arrival(path, taken))).collect()
}

/// The folders around a path, the outermost first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

/// The end of the path at which `path` arrives if `taken` is copied: a file, a folder or a pattern.
fn arrival(path: &str, taken: &str) -> Option<String> {
    if let Some(open) = taken.find(['*', '?', '[']) {
        let known = path.starts_with(&taken[..open]);
        return path.rsplit('/').next().filter(|_| known).map(str::to_owned);
    }
    match path.strip_prefix(taken)? {
        "" => path.rsplit('/').next().map(str::to_owned),
        rest if taken.is_empty() => Some(rest.to_owned()),
        rest => rest.strip_prefix('/').map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_no_longer_sent_is_known_by_where_it_arrives() {
        let folder = tempfile::tempdir().unwrap();
        for path in [".git/HEAD", "src/a.log", "src/b.js", "other.log", "logs/c.log"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let texts = |copies: &str, ignore: Option<&str>| Texts {
            dockerfile: format!("FROM a\n{copies}").into(),
            ignore: ignore.map(Into::into),
        };
        let found = |copies: &str| {
            let after = texts(copies, Some(".git\n**/*.log\n"));
            let found = unsent(folder.path(), &texts(copies, None), &after);
            found.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("COPY . /app\n"), ".git .git/HEAD logs logs/c.log other.log src/a.log");
        assert_eq!(found("COPY src /app\nCOPY other.log x\n"), "a.log other.log");
        assert_eq!(found("COPY logs/*.log /app\n"), "c.log");
        assert_eq!(found("RUN true\n"), "");
    }
}
