//! Which JDK an image of a build tool has, by what its tag was last built on.
//!
//! `Directory` of every tag that was ever listed in the files `maven`, `gradle`, `clojure` and `openjdk` below
//! <https://github.com/docker-library/official-images/tree/master/library>, up to
//! [`super::super::KNOWN_ON`], and the `FROM` of that folder's `Dockerfile`.

use super::super::{Image, normalized};
use super::vendor::Tag;
use super::{java_major, split_reference};

/// A JDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jdk {
    pub major: u32,
    /// The tag gets newer releases: `major` is the least that it has.
    pub moves: bool,
    /// It is the build of a vendor, which needs no libraries but those that `distroless/java-base` has, and has
    /// all modules that a part of it may be made of. Packages of distributions need more.
    pub is_portable: bool,
}

/// The JDK of an image; `None` if its name and tag do not tell.
pub fn jdk(reference: &str, image: Option<&Image>) -> Option<Jdk> {
    let (repository, tag) = split_reference(reference).unwrap_or((reference, None));
    let name = normalized(repository)?;
    let written = Tag::new(tag)?;
    let (major, moves) = match &*name {
        "maven" => named(image).or_else(|| maven(&written))?,
        "gradle" => named(image).or_else(|| gradle(&written))?,
        "clojure" => clojure(tag.unwrap_or("latest"))?,
        "sbtscala/scala-sbt" | "hseeberger/scala-sbt" => (sbt(tag?)?, false),
        "openjdk" if tag.is_none_or(|it| matches!(it, "latest" | "jdk" | "slim")) => (18, false),
        _ => named(image).or_else(|| adoptopenjdk(&name, tag))?,
    };
    let variants: Vec<&str> = tag.unwrap_or_default().split(['-', '_']).collect();
    let is_portable = is_portable(&name, &written, &variants, major);
    Some(Jdk { major, moves, is_portable })
}

fn named(image: Option<&Image>) -> Option<(u32, bool)> {
    Some((java_major(image?)?, false))
}

/// `adoptopenjdk:11-jdk-hotspot`, `adoptopenjdk/openjdk11:alpine`.
fn adoptopenjdk(name: &str, tag: Option<&str>) -> Option<(u32, bool)> {
    let major = match name {
        "adoptopenjdk" => leading(tag?),
        _ => leading(name.strip_prefix("adoptopenjdk/openjdk")?),
    };
    major.map(|it| (it, false))
}

/// Without a JDK in the tag. A release of Maven has been on one JDK after the other while it was the newest.
fn maven(tag: &Tag) -> Option<(u32, bool)> {
    let numbers: Vec<u32> = match tag.version {
        "" => Vec::new(),
        _ => tag.numbers()?,
    };
    let slim = match *tag.variants {
        [] | ["eclipse", "temurin"] => false,
        ["slim"] => true,
        ["alpine"] => return Some((8, false)),
        _ => return None,
    };
    Some(match (&*numbers, slim) {
        ([3, 3] | [3, 3, 3 | 9] | [3, 5, ..], _) => (8, false),
        ([3, 6, 0..=2], _) => (11, false),
        ([] | [3] | [3, 6] | [3, 6, 3], true) => (14, false),
        (_, true) => return None,
        ([3, 6] | [3, 6, 3] | [3, 8, 1], _) => (16, false),
        ([3, 8] | [3, 8, 8], _) => (21, false),
        ([3, 8, 2..=7] | [3, 9, 0], _) => (17, false),
        ([3, 9, 1..=3], _) => (20, false),
        ([3, 9, 4..=10], _) => (21, false),
        ([3, 9, 11..=14], _) => (25, false),
        ([3, 9, 15], _) => (26, false),
        ([] | [3] | [3, 9] | [3, 9, 16..=99], _) => (26, true),
        _ => return None,
    })
}

/// Without a JDK in the tag.
fn gradle(tag: &Tag) -> Option<(u32, bool)> {
    let variants = match *tag.variants {
        ["jdk", ref rest @ ..] => rest,
        ref all => all,
    };
    let suite = match *variants {
        [] => "",
        [suite @ ("alpine" | "focal" | "jammy" | "noble" | "resolute" | "slim")] => suite,
        _ => return None,
    };
    let numbers: Vec<u32> = match tag.version {
        "" => Vec::new(),
        _ => tag.numbers()?,
    };
    Some(match (&*numbers, suite) {
        (_, "slim") => (8, false),
        ([], "focal") => (17, false),
        ([] | [9, ..], "jammy") => (21, false),
        ([] | [9], _) => (25, true),
        ([9, 0, ..], _) => (21, false),
        ([9, ..], _) => (25, false),
        ([8, 0..=6, ..], _) => (17, false),
        ([8, ..], "focal") => (17, false),
        ([8, 7..=12, ..], "alpine") | ([6, ..], "noble") => return None,
        ([8, ..], _) => (21, false),
        ([7, 0 | 1, ..], _) => (8, false),
        ([7, ..], _) => (17, false),
        ([6, 9, 1..=3], _) => (17, false),
        ([6] | [6, 9] | [6, 9, 4], _) => (11, false),
        ([1..=6, ..], _) => (8, false),
        _ => return None,
    })
}

/// `temurin-21-lein-2.11.2`, `openjdk-8-lein`, `lein-2.9.1`, `tools-deps`.
fn clojure(tag: &str) -> Option<(u32, bool)> {
    let named = ["temurin-", "openjdk-"].iter().find_map(|it| tag.strip_prefix(it));
    if let Some(major) = named.and_then(leading) {
        return Some((major, false));
    }
    if tag.contains("alpine") {
        return None;
    }
    let is_open = |it: &str| it.is_empty() || it == "bookworm" || it == "bookworm-slim";
    let (tool, rest) = match tag {
        "latest" => ("lein", ""),
        _ => ["lein", "tools-deps"].iter().find_map(|it| Some((*it, tag.strip_prefix(it)?)))?,
    };
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    if is_open(rest) {
        return Some((25, true));
    }
    let (version, suite) = rest.split_once('-').unwrap_or((rest, ""));
    let numbers: Option<Vec<u32>> = version.split('.').map(|it| it.parse().ok()).collect();
    if !is_open(suite) || tool != "lein" {
        return None;
    }
    Some(match *numbers? {
        [2, 8, 1 | 3] | [2, 9, 0] => (8, false),
        [2, 9, 1..=7] => (11, false),
        [2, 9, 8 | 10] => (17, false),
        [2, 10 | 11, _] => (21, false),
        [2, 12 | 13, _] => (25, false),
        _ => return None,
    })
}

/// `17.0.2_1.6.2_3.1.3`, `eclipse-temurin-jammy-21.0.2_13_1.9.9_3.4.0`, `openjdk-8u342_1.8.0_2.13.10`:
/// <https://github.com/sbt/docker-sbt#readme>
fn sbt(tag: &str) -> Option<u32> {
    let version = tag.split('_').next()?;
    let number = version.rsplit('-').next()?;
    leading(number).filter(|it| (8..=99).contains(it))
}

/// Up to April 2019 `openjdk` had packages of Debian, and so had what was built on it.
/// <https://github.com/docker-library/openjdk/pull/322>
fn is_portable(name: &str, tag: &Tag, variants: &[&str], major: u32) -> bool {
    let has = |word: &str| variants.iter().any(|it| it.starts_with(word));
    let other = ["graal", "openj9", "semeru", "ibm", "corretto", "sapmachine", "liberica", "azul"];
    let is_partial = ["jre", "headless", "alpine"].iter().any(|it| has(it));
    if is_partial || other.iter().any(|it| has(it)) || variants.contains(&"ubi") {
        return false;
    }
    let numbers = tag.numbers().unwrap_or_default();
    match name {
        "eclipse-temurin" => true,
        // Variants with `slim` lack the modules.
        "adoptopenjdk" => !has("slim"),
        _ if name.starts_with("adoptopenjdk/openjdk") => !has("slim"),
        "openjdk" if has("sid") || has("experimental") => false,
        "openjdk" => match major {
            8 => {
                let update = tag.version.strip_prefix("8u").and_then(leading);
                tag.version == "8" || update.is_some_and(|it| it >= 222)
            }
            11 => numbers.len() < 3 || numbers[2] >= 4,
            major => major >= 12,
        },
        "maven" => match *numbers {
            [3, minor, patch] => (minor, patch) >= (6, 1),
            [3, minor] => minor >= 6,
            _ => true,
        },
        "gradle" => match *numbers {
            [major] => major >= 6,
            [major, minor, ..] => (major, minor) >= (5, 5),
            _ => !has("slim"),
        },
        "clojure" => major >= 17,
        "sbtscala/scala-sbt" | "hseeberger/scala-sbt" => has("temurin"),
        _ => false,
    }
}

fn leading(text: &str) -> Option<u32> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::identify;
    use super::{Jdk, jdk};

    fn of(reference: &str) -> Option<Jdk> {
        let (name, tag) = match reference.rsplit_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (reference, None),
        };
        jdk(reference, identify(name, tag, None).as_ref())
    }

    #[test]
    fn jdk_of_tags() {
        let has = |reference: &str| of(reference).map(|it| it.major);
        assert_eq!(has("maven:3-jdk-8"), Some(8));
        assert_eq!(has("maven:3.6.3"), Some(16));
        assert_eq!(has("maven:3.6-slim"), Some(14));
        assert_eq!(has("maven:3.8.5-openjdk-17"), Some(17));
        assert_eq!(has("maven:3.9.9"), Some(21));
        assert_eq!(has("gradle:7.6"), Some(17));
        assert_eq!(has("gradle:6.8.3"), Some(8));
        assert_eq!(has("gradle:jdk11"), Some(11));
        assert_eq!(has("clojure:temurin-17-lein"), Some(17));
        assert_eq!(has("clojure:lein-2.9.1"), Some(11));
        assert_eq!(has("adoptopenjdk/openjdk11:latest"), Some(11));
        assert_eq!(has("sbtscala/scala-sbt:17.0.2_1.6.2_3.1.3"), Some(17));
        assert_eq!(has("hseeberger/scala-sbt:8u222_1.3.5_2.13.1"), Some(8));
        assert_eq!(has("hseeberger/scala-sbt:graalvm-ce-21.3.0-java17_1.6.2_3.1.1"), None);
        assert_eq!(has("maven:4.1.7"), None);
        assert!(of("maven").is_some_and(|it| it.moves && it.is_portable));
        assert!(of("gradle:latest").is_some_and(|it| it.moves && it.is_portable));
        assert!(of("maven:3.9-eclipse-temurin-21").is_some_and(|it| !it.moves));
    }

    #[test]
    fn packages_of_distributions() {
        let is_portable = |reference: &str| of(reference).is_some_and(|it| it.is_portable);
        assert!(is_portable("openjdk:11"));
        assert!(is_portable("openjdk:8-jdk-slim"));
        assert!(is_portable("maven:3-jdk-8"));
        assert!(is_portable("gradle:7-jdk11"));
        assert!(is_portable("adoptopenjdk:11-jdk-hotspot"));
        assert!(!is_portable("openjdk:8u171"));
        assert!(!is_portable("openjdk:11-jre-slim"));
        assert!(!is_portable("maven:3.5.3-jdk-8"));
        assert!(!is_portable("gradle:4.7-jdk8"));
        assert!(!is_portable("openjdk:8-jdk-alpine"));
        assert!(!is_portable("adoptopenjdk/openjdk11:slim"));
        assert!(!is_portable("amazoncorretto:11"));
    }
}
