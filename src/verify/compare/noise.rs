//! Which differences are no work of a rewrite, because two builds of the same Dockerfile differ there as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem::discriminant;

use super::anew;
use super::files::{Change, Difference, Respect, compare};
use crate::verify::archive::paths::name;
use crate::verify::tree::Tree;

/// The differences between two trees, told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// What only the rewrite explains.
    pub real: Vec<Difference>,
    /// What differs in the same respects between two builds of the original.
    pub noise: Vec<Noise>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noise {
    pub difference: Difference,
    /// A guess why, for the reader alone.
    pub label: Label,
}

/// Why a path may differ from build to build. Nothing is decided by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    Log,
    /// Code that Python has compiled, with the time of its source.
    Bytecode,
    Cache,
    RandomId,
    Unknown,
}

/// Compares before and after; `again` is a second build of what `before` was built from.
///
/// A difference is noise if the same path differs between the two originals in the same respects. A path that is
/// new or gone is noise only if it comes or goes there too, or if one that is named alike but for numbers goes and
/// another one comes there. What has another name in each build is compared by what it holds, and has the name that
/// it has before. A path of which only some respects are noise is in both lists, each time with its respects.
pub fn judge(before: &Tree, again: &Tree, after: &Tree) -> Judged {
    let (again, after) = &anew::with_names_of(before, again, after);
    let floor: BTreeMap<String, Change> =
        compare(before, again).into_iter().map(|it| (it.path, it.change)).collect();
    let renamed = renamed(&floor);
    let mut judged = Judged::default();
    for difference in compare(before, after) {
        let is_renamed = match &difference.change {
            Change::Went(what) | Change::Came(what) => {
                renamed.contains(&(what.word, shape(&difference.path)))
            }
            Change::Changed(_) => false,
        };
        let (real, noise) = match is_renamed {
            true => (None, Some(difference.change.clone())),
            false => split(&difference.change, floor.get(&difference.path)),
        };
        let with = |change| Difference { path: difference.path.clone(), change };
        judged.real.extend(real.map(with));
        judged.noise.extend(noise.map(|change| {
            let difference = with(change);
            Noise { label: Label::of(&difference.path), difference }
        }));
    }
    judged
}

/// What has another name in each build: the shapes of paths of which one goes and one comes.
fn renamed(floor: &BTreeMap<String, Change>) -> BTreeSet<(&'static str, String)> {
    let shapes = |goes: bool| -> BTreeSet<(&'static str, String)> {
        let found = floor.iter().filter_map(|(path, change)| match change {
            Change::Went(what) if goes => Some((what.word, shape(path))),
            Change::Came(what) if !goes => Some((what.word, shape(path))),
            _ => None,
        });
        found.collect()
    };
    shapes(true).intersection(&shapes(false)).cloned().collect()
}

/// A path without its numbers: times, counters, and long words with a digit, which are digests.
fn shape(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    for part in path.split_inclusive(|it: char| !it.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|it: char| !it.is_ascii_alphanumeric());
        if word.len() >= 8 && word.bytes().any(|it| it.is_ascii_digit()) {
            shape.push('#');
        } else {
            let mut digits = word.split(|it: char| it.is_ascii_digit()).filter(|it| !it.is_empty());
            let has_digits = word.bytes().any(|it| it.is_ascii_digit());
            shape.extend(digits.next());
            digits.for_each(|letters| {
                shape.push('#');
                shape.push_str(letters);
            });
            if has_digits {
                shape.push('#');
            }
        }
        shape.push_str(&part[word.len()..]);
    }
    shape
}

/// The part of a change that is real and the part that is noise.
fn split(change: &Change, floor: Option<&Change>) -> (Option<Change>, Option<Change>) {
    match (change, floor) {
        (Change::Went(_), Some(Change::Went(_))) => (None, Some(change.clone())),
        (Change::Came(here), Some(Change::Came(there))) if here.word == there.word => {
            (None, Some(change.clone()))
        }
        (Change::Changed(here), Some(Change::Changed(there))) => {
            let known = |it: &&Respect| there.iter().any(|other| is_same(it, other));
            let part = |noise: bool| {
                let part = here.iter().filter(|it| known(it) == noise).cloned();
                let part: Vec<Respect> = part.collect();
                (!part.is_empty()).then_some(Change::Changed(part))
            };
            (part(false), part(true))
        }
        _ => (Some(change.clone()), None),
    }
}

/// Whether noise in one respect explains another: a file whose content changes from build to build may change its
/// size as well; another mode or owner has to be the very same.
fn is_same(here: &Respect, floor: &Respect) -> bool {
    match (here, floor) {
        (Respect::Size(..) | Respect::Content, Respect::Size(..) | Respect::Content) => true,
        (Respect::Target(..), Respect::Target(..)) => true,
        _ => discriminant(here) == discriminant(floor) && here == floor,
    }
}

impl Label {
    /// By the path alone.
    pub fn of(path: &str) -> Self {
        let own = name(path);
        let within = |part: &str| path.contains(part);
        if own.ends_with(".pyc") || within("/__pycache__/") {
            Self::Bytecode
        } else if own.ends_with(".log") || within("/var/log/") || within("/_logs/") {
            Self::Log
        } else if within("/cache/")
            || within("/.cache/")
            || within("/.npm/")
            || own.ends_with("-cache")
        {
            Self::Cache
        } else if matches!(own, "machine-id" | "random-seed" | ".package-lock.json")
            || is_random(own)
        {
            Self::RandomId
        } else {
            Self::Unknown
        }
    }
}

/// Whether a name has a long run of hexadecimal digits with both letters and digits in it.
fn is_random(own: &str) -> bool {
    own.split(|it: char| !it.is_ascii_hexdigit()).any(|run| {
        run.len() >= 8
            && run.bytes().any(|it| it.is_ascii_digit())
            && run.bytes().any(|it| it.is_ascii_alphabetic())
    })
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "log",
            Self::Bytecode => "compiled Python",
            Self::Cache => "cache",
            Self::RandomId => "random id",
            Self::Unknown => "differs from build to build",
        })
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.difference, self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::{Judged, judge};
    use crate::verify::testing::{Tar, tree};

    fn shown(before: Tar, again: Tar, after: Tar) -> (Vec<String>, Vec<String>) {
        let Judged { real, noise } = judge(&tree(&[before]), &tree(&[again]), &tree(&[after]));
        let real = real.iter().map(ToString::to_string).collect();
        (real, noise.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_differs_between_two_originals_is_noise() {
        let build = |log: &str, text: &str| {
            Tar::default().file("var/log/dpkg.log", log).file("etc/x", text).file("m.pyc", log)
        };
        let (real, noise) = shown(build("1", "a"), build("2", "a"), build("33", "b"));
        assert_eq!(real, ["`/etc/x` changed: content"]);
        assert_eq!(
            noise,
            [
                "`/m.pyc` changed: size 1 to 2, content (compiled Python)",
                "`/var/log/dpkg.log` changed: size 1 to 2, content (log)",
            ]
        );
    }

    #[test]
    fn only_the_same_respect_is_noise() {
        let (real, noise) = shown(
            Tar::default().file("a", "1"),
            Tar::default().file("a", "2"),
            Tar::default().with_mode("a", 0o4755, "3"),
        );
        assert_eq!(real, ["`/a` changed: mode 644 to 4755"]);
        assert_eq!(noise, ["`/a` changed: content (differs from build to build)"]);
    }

    #[test]
    fn a_name_that_is_new_each_time_is_noise_if_it_is_so_before() {
        let (real, noise) = shown(
            Tar::default().file("tmp/0a1b2c3d", "1"),
            Tar::default().file("tmp/1a1b2c3d", "2"),
            Tar::default().file("tmp/2a1b2c3d", "3"),
        );
        assert_eq!(real, [""; 0]);
        assert_eq!(
            noise,
            [
                "`/tmp/0a1b2c3d` went: a file of 1 byte (random id)",
                "`/tmp/2a1b2c3d` came: a file of 1 byte (random id)",
            ]
        );
        let (real, _) = shown(
            Tar::default().file("log/2026-01-01T05_03Z.log", "").file("lib/a1.so", ""),
            Tar::default().file("log/2026-01-02T17_44Z.log", "").file("lib/a1.so", ""),
            Tar::default().file("log/2027-11-11T09_59Z.log", "").file("log/notes", ""),
        );
        assert_eq!(
            real,
            [
                "`/lib` went: a folder",
                "`/lib/a1.so` went: a file of 0 bytes",
                "`/log/notes` came: a file of 0 bytes"
            ]
        );
    }

    #[test]
    fn a_name_that_is_random_is_noise_and_what_has_it_is_compared() {
        let build = |name: &str, other: &str, text: &str| {
            let archive = |name: &str| format!("cache/archive-v0/{name}");
            Tar::default()
                .file(&format!("{}/flask/app.py", archive(name)), text)
                .file(&format!("{}/click/core.py", archive(other)), "core")
                .symlink("cache/wheels/flask", &format!("/{}", archive(name)))
        };
        let before = || build("kAh_xQ-Zoe", "Rw-oP", "flask");
        let again = || build("bTe-Nmq_aa", "a_Ui", "flask");
        let (real, noise) = shown(before(), again(), build("ZZzPo", "qWe-rT", "flask"));
        assert_eq!(real, [""; 0]);
        assert_eq!(noise.len(), 1, "{noise:?}");
        let (real, _) = shown(before(), again(), build("ZZzPo", "qWe-rT", "other"));
        assert_eq!(real, ["`/cache/archive-v0/kAh_xQ-Zoe/flask/app.py` changed: content"]);
        let gone = Tar::default().file("cache/archive-v0/ZZzPo/flask/app.py", "flask");
        let (real, _) = shown(before(), again(), gone.clone());
        assert!(real.iter().any(|it| it.contains("`/cache/archive-v0/Rw-oP/click/core.py` went")));
        // What both originals have is not looked for by another name.
        let kept =
            |name: &str| Tar::default().file(&format!("run/{name}"), "").file("run/keep", "");
        let (real, _) = shown(kept("ab-c"), kept("de-f"), Tar::default().file("run/gh-i", ""));
        assert_eq!(real, ["`/run/keep` went: a file of 0 bytes"]);
    }

    #[test]
    fn a_file_that_only_one_original_lost_may_not_hide_that_it_went() {
        let (real, _) =
            shown(Tar::default().file("a", "1"), Tar::default().file("a", "2"), Tar::default());
        assert_eq!(real, ["`/a` went: a file of 1 byte"]);
    }
}
