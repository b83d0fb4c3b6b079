//! `--shard K/N`: the part of the Dockerfiles that one of several machines takes.

use super::arguments::Arguments;
use super::discover::Found;
use super::ignore_files::Places;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

/// Part `part`, counted from 1, of `parts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    part: u32,
    parts: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected K/N, the part and the number of parts, such as 1/4";
        let (part, parts) = text.split_once('/').ok_or(form)?;
        // `+1` is a number for Rust, and a mistake here.
        let number = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| is_plain).ok_or(form)
        };
        let (part, parts) = (number(part)?, number(parts)?);
        match (part, parts) {
            (_, 0) => Err("there is no part of 0 parts; the last of four is 4/4".to_owned()),
            (0, _) => Err(format!("parts are counted from 1: the first is 1/{parts}")),
            _ if part > parts => {
                Err(format!("there are {parts} parts: the last is {parts}/{parts}"))
            }
            _ => Ok(Self { part, parts }),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.parts)
    }
}

impl Shard {
    /// Whether what is called `key` is in this part: the same on every machine, and whatever else there is.
    fn holds(self, key: &str) -> bool {
        let digest = Sha256::digest(key.as_bytes());
        let first =
            digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        first % u64::from(self.parts) == u64::from(self.part - 1)
    }

    /// Forgets the files of the other parts. Those that share an ignore file stay together, because what
    /// is done with it needs all of them.
    pub(super) fn keep(self, files: &mut Vec<Found>, arguments: &Arguments, places: &Places<'_>) {
        let top = searched(arguments);
        let ignore_files: Vec<Vec<PathBuf>> =
            files.par_iter().map(|file| places.ignore_files_of(file)).collect();
        let groups = groups(&ignore_files);
        let keys = files.iter().zip(&ignore_files).map(|(file, own)| match own.first() {
            Some(path) => name_from(&top, &groups[path]),
            None => name_from(&top, &file.target),
        });
        let mut kept = keys.map(|key| self.holds(&key)).collect::<Vec<_>>().into_iter();
        files.retain(|_| kept.next().unwrap_or(true));
    }
}

/// The first ignore file of those that are connected by Dockerfiles, for each of them.
fn groups(ignore_files: &[Vec<PathBuf>]) -> BTreeMap<PathBuf, PathBuf> {
    let mut first: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for paths in ignore_files {
        let known = paths.iter().map(|path| first.get(path).unwrap_or(path).clone());
        let known: Vec<PathBuf> = known.collect();
        let Some(least) = known.iter().min() else { continue };
        if paths.len() > 1 {
            let joined = first.values_mut().filter(|it| known.contains(it));
            joined.for_each(|it| it.clone_from(least));
        }
        first.extend(paths.iter().map(|path| (path.clone(), least.clone())));
    }
    first
}

/// The folder that holds everything which was asked for, absolute.
fn searched(arguments: &Arguments) -> PathBuf {
    let here = [PathBuf::from(".")];
    let paths =
        if arguments.selection.paths.is_empty() { &here[..] } else { &arguments.selection.paths };
    let tops = paths.iter().filter_map(|path| {
        let real = path.canonicalize().ok()?;
        Some(if real.is_dir() { real } else { real.parent()?.to_owned() })
    });
    let common = tops.reduce(|top, other| {
        let mut above = top.ancestors().filter(|above| other.starts_with(above));
        above.next().map(Path::to_owned).unwrap_or_default()
    });
    common.unwrap_or_default()
}

/// What `path` is called from `top`, with `/` on every machine.
fn name_from(top: &Path, path: &Path) -> String {
    let shared = top.ancestors().find(|above| path.starts_with(above)).unwrap_or(Path::new(""));
    let ups = top.strip_prefix(shared).map_or(0, |below| below.components().count());
    let below = path.strip_prefix(shared).unwrap_or(path).components();
    let names = below.filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let parts: Vec<_> = std::iter::repeat_n("..".into(), ups).chain(names).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_parts_are_told_apart() {
        let wrong = |text: &str| text.parse::<Shard>().unwrap_err();
        for text in
            ["", "1", "/", "a/b", "1/", "/2", "1/2/3", "-1/2", "+1/2", "1.5/2", "1/99999999999"]
        {
            assert!(wrong(text).starts_with("expected K/N"), "{text}");
        }
        assert!(wrong("1/0").contains("0 parts"));
        assert!(wrong("0/4").contains("the first is 1/4"));
        assert!(wrong("5/4").contains("the last is 4/4"));
        assert_eq!("4/4".parse::<Shard>().unwrap().to_string(), "4/4");
    }

    #[test]
    fn every_name_is_in_one_part_and_parts_are_alike() {
        for parts in [1, 2, 7, 16] {
            let mut sizes = vec![0_u32; parts as usize];
            for number in 0..10_000 {
                let name = format!("team{}/service{number}/Dockerfile", number % 10);
                let holders = (1..=parts).filter(|part| Shard { part: *part, parts }.holds(&name));
                let holders: Vec<u32> = holders.collect();
                let [only] = holders[..] else { panic!("{name}: {holders:?}") };
                sizes[only as usize - 1] += 1;
            }
            let mean = 10_000 / parts;
            assert!(sizes.iter().all(|it| it.abs_diff(mean) < mean / 5 + 1), "{sizes:?}");
        }
    }

    #[test]
    fn names_do_not_depend_on_where_the_folder_is() {
        let name = |top: &str, path: &str| name_from(Path::new(top), Path::new(path));
        assert_eq!(name("/a/b", "/a/b/c/Dockerfile"), "c/Dockerfile");
        assert_eq!(name("/x", "/x/c/Dockerfile"), "c/Dockerfile");
        assert_eq!(name("/a/b", "/a/.dockerignore"), "../.dockerignore");
    }

    #[test]
    fn what_one_dockerfile_connects_is_one_group() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let files = [&["c"][..], &[], &["b"], &["d"], &["c", "b"], &["a", "c"], &["b"]];
        let found = groups(&files.map(paths));
        let found: Vec<_> =
            found.iter().map(|(path, first)| (path.to_str(), first.to_str())).collect();
        let group = |path, first| (Some(path), Some(first));
        assert_eq!(found, [group("a", "a"), group("b", "a"), group("c", "a"), group("d", "d")]);
    }
}
