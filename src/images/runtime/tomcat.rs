//! Tomcat without the compiler of its JDK.
//!
//! The rules were checked with every tag that was ever listed in
//! <https://github.com/docker-library/official-images/blob/master/library/tomcat> up to
//! [`super::super::KNOWN_ON`]: what they make of it was listed, too, and its last build was of the same release of
//! Tomcat on the same release of the same distribution. A variant with a JRE copies Tomcat out of that with the JDK:
//! <https://github.com/docker-library/tomcat/blob/master/Dockerfile.template>.

use super::super::normalized;
use super::vendor::{Tag, contents as contents_of};
use super::{RuntimeImage, split_reference};

const HOME: &str = "/usr/local/tomcat";

/// The Java of an image that serves wars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Java {
    pub major: u32,
    /// The tag does not name it, and gets newer ones.
    pub moves: bool,
}

/// The Java of an image of Tomcat; `None` if it is no such image, or its tag does not tell.
pub(super) fn java_of(reference: &str) -> Option<Java> {
    let (repository, tag) = split_reference(reference)?;
    if &*normalized(repository)? != "tomcat" {
        return None;
    }
    java(&Tag::new(tag)?)
}

fn java(tag: &Tag) -> Option<Java> {
    let named = tag.variants.iter().find_map(|it| number(it));
    match named {
        Some(major) => Some(Java { major, moves: false }),
        None if tag.variants.is_empty() => unnamed(tag),
        None => None,
    }
}

/// `jdk17`, `jre8`
fn number(variant: &str) -> Option<u32> {
    let number = variant.strip_prefix("jdk").or_else(|| variant.strip_prefix("jre"))?;
    number.parse().ok()
}

/// Without a Java in the tag: each line had one after the other. Lines that have ended keep the last.
fn unnamed(tag: &Tag) -> Option<Java> {
    let numbers = if tag.version.is_empty() { vec![11] } else { tag.numbers()? };
    let (major, moves) = match *numbers {
        [7] | [7, 0] => (8, false),
        [7, 0, patch] => (if patch >= 94 { 8 } else { 7 }, false),
        [8, 0] | [8, 0, _] => (7, false),
        [8] | [8, 5] => (21, false),
        [8, 5, patch] => match patch {
            0..=69 => (8, false),
            70..=80 => (11, false),
            81..=93 => (17, false),
            _ => (21, false),
        },
        [9] | [9, 0] | [10] | [10, 1] | [11] | [11, 0] => (25, true),
        [9, 0, patch] => match patch {
            0 | 1 => (8, false),
            2..=7 => (9, false),
            8..=19 => (10, false),
            20..=63 => (11, false),
            64..=80 => (17, false),
            81..=108 => (21, false),
            _ => (25, false),
        },
        [10, 0] => (17, false),
        [10, 0, patch] => (if patch >= 22 { 17 } else { 11 }, false),
        [10, 1, patch] => match patch {
            0..=13 => (17, false),
            14..=45 => (21, false),
            _ => (25, false),
        },
        [11, 0, patch] => (if patch >= 11 { 25 } else { 21 }, false),
        _ => return None,
    };
    Some(Java { major, moves })
}

/// The tag of the same with a JRE, or the tag itself where there is none.
pub(super) fn jre(tag: &Tag) -> Option<String> {
    let is_named = |it: &&str| is_known(it);
    if tag.is_open() || !tag.variants.iter().all(is_named) {
        return None;
    }
    let numbers = if tag.version.is_empty() { vec![11] } else { tag.numbers()? };
    if !(6..=11).contains(&numbers[0]) {
        return None;
    }
    let own = match (tag.version, &*tag.variants) {
        ("", []) => "latest".to_owned(),
        _ => tag.spelled(&tag.variants),
    };
    let Java { major, .. } = match java(tag) {
        Some(java) => java,
        None => return Some(own),
    };
    let word = format!("jre{major}");
    match *tag.variants {
        [] if is_of_temurin(&numbers) => Some(tag.spelled(&[&word])),
        [jdk]
            if jdk.starts_with("jdk")
                && is_of_temurin(&numbers)
                && matches!(major, 8 | 11 | 17 | 21 | 25) =>
        {
            Some(tag.spelled(&[&word]))
        }
        [jdk, "temurin"] | [jdk, "temurin", _]
            if jdk.starts_with("jdk") && has_temurin(&numbers, major) =>
        {
            let mut variants = tag.variants.clone();
            variants[0] = &word;
            Some(tag.spelled(&variants))
        }
        _ => Some(own),
    }
}

/// The image that a reference names, with the JDK that it has.
pub(super) fn itself(reference: &str) -> Option<RuntimeImage> {
    let (repository, tag) = split_reference(reference)?;
    let is_tomcat = normalized(repository).is_some_and(|it| it == "tomcat");
    jre(&Tag::new(tag)?).filter(|_| is_tomcat)?;
    Some(contents_of(reference.to_owned(), "tomcat", tag.unwrap_or_default()))
}

/// Since June 2022 the JDK that needs no further name is that of Eclipse Temurin, with a JRE for each.
fn is_of_temurin(version: &[u32]) -> bool {
    match *version {
        [8, 5, patch] => patch >= 81,
        [9, 0, patch] => patch >= 64,
        [10, 0, patch] => patch >= 22,
        [8] | [8, 5] | [9] | [9, 0] | [10] | [10, 0] => true,
        [10, 1] | [10, 1, _] => true,
        [11] | [11, 0] | [11, 0, _] => true,
        _ => false,
    }
}

/// The first builds of its Java 17 had no JRE, and of Java 16 there was none.
fn has_temurin(version: &[u32], java: u32) -> bool {
    match (java, version) {
        (8 | 11 | 21 | 25, _) => true,
        (17, [8, 5, patch]) => *patch >= 73,
        (17, [9, 0, patch]) => *patch >= 56,
        (17, [10, 0, patch]) => *patch >= 14,
        (17, _) => true,
        _ => false,
    }
}

fn is_known(variant: &str) -> bool {
    const NAMES: &[&str] = &[
        "al2",
        "adoptopenjdk",
        "alpine",
        "bookworm",
        "bullseye",
        "buster",
        "corretto",
        "focal",
        "hotspot",
        "jammy",
        "noble",
        "openj9",
        "openjdk",
        "oracle",
        "oraclelinux7",
        "slim",
        "temurin",
    ];
    let is_java = number(variant).is_some_and(|it| matches!(it, 7..=17 | 21 | 25));
    is_java || NAMES.contains(&variant)
}

/// Whether applications of its own are where those of others go: up to December 2019.
/// <https://github.com/docker-library/tomcat/pull/181>
pub fn tomcat_has_applications(reference: &str) -> bool {
    let Some(tag) = split_reference(reference).and_then(|(_, tag)| Tag::new(tag)) else {
        return true;
    };
    let numbers = if tag.version.is_empty() { Some(vec![11]) } else { tag.numbers() };
    // Variants that ended before then stay as they were.
    const ENDED: &[&str] =
        &["adoptopenjdk", "alpine", "jdk12", "jdk13", "jre10", "jre7", "jre9", "oracle", "slim"];
    match numbers.as_deref() {
        Some([7, 0, patch]) => *patch <= 99,
        Some([8, 5, patch]) => *patch <= 50,
        Some([9, 0, patch]) => *patch <= 30,
        Some([6 | 7] | [6, ..] | [8, 0, ..]) | None => true,
        Some(_) => tag.variants.iter().any(|it| ENDED.contains(it)),
    }
}

pub(super) fn contents(image: RuntimeImage) -> RuntimeImage {
    let on_alpine = image.reference.contains("alpine");
    let is_small = image.reference.contains("jre");
    RuntimeImage {
        workdir: HOME,
        environment: &[
            ("PATH", None),
            ("CATALINA_HOME", Some(HOME)),
            ("JAVA_HOME", None),
            ("JAVA_VERSION", None),
            ("LANG", None),
            ("LANGUAGE", None),
            ("LC_ALL", None),
            ("LD_LIBRARY_PATH", None),
            ("TOMCAT_MAJOR", None),
            ("TOMCAT_NATIVE_LIBDIR", Some("/usr/local/tomcat/native-jni-lib")),
            ("TOMCAT_VERSION", None),
        ],
        // The runtime of Eclipse Temurin, and 25 MB.
        megabytes: match (is_small, on_alpine) {
            (true, true) => 105,
            (true, false) => 300,
            (false, _) => 0,
        },
        ..image
    }
}

#[cfg(test)]
mod tests {
    use super::super::{find, slim_of};
    use super::{java_of, tomcat_has_applications};

    #[test]
    fn tomcat_without_a_compiler() {
        let of = |tag: &str| slim_of("tomcat", Some(tag)).map(|it| it.reference.into_owned());
        for (tag, expected) in [
            ("9", "9-jre25"),
            ("9.0.102", "9.0.102-jre21"),
            ("9.0.65-jdk11", "9.0.65-jre11"),
            ("9.0.63-jdk11", "9.0.63-jdk11"),
            ("9.0.45", "9.0.45"),
            ("9.0.60-jdk17-temurin", "9.0.60-jre17-temurin"),
            ("9.0.54-jdk17-temurin", "9.0.54-jdk17-temurin"),
            ("10.1-jdk21-temurin-noble", "10.1-jre21-temurin-noble"),
            ("10.0", "10.0-jre17"),
            ("latest", "jre25"),
            ("jdk21", "jre21"),
            ("8.5-jdk8-openjdk-slim", "8.5-jdk8-openjdk-slim"),
            ("8-jre8", "8-jre8"),
            ("9-jre8-alpine", "9-jre8-alpine"),
            ("9-jdk17-corretto", "9-jdk17-corretto"),
            ("7", "7"),
        ] {
            assert_eq!(of(tag), Some(format!("tomcat:{expected}")), "{tag}");
            assert!(find(&format!("tomcat:{expected}")).is_some(), "{expected}");
        }
        for tag in ["12", "9-jdk99", "9-windows", "9.0.0.M4", "${V}", "9-jdk17-graal"] {
            assert_eq!(of(tag), None, "{tag}");
        }
    }

    #[test]
    fn java_and_applications_of_tomcat() {
        let java = |reference| java_of(reference).map(|it| (it.major, it.moves));
        assert_eq!(java("tomcat"), Some((25, true)));
        assert_eq!(java("tomcat:9.0.64"), Some((17, false)));
        assert_eq!(java("tomcat:8.5"), Some((21, false)));
        assert_eq!(java("tomcat:9-jre8-alpine"), Some((8, false)));
        assert_eq!(java("tomcat:9-alpine"), None);
        assert_eq!(java("someone/tomcat:9"), None);
        assert!(tomcat_has_applications("tomcat:8.5.32") && tomcat_has_applications("tomcat:8.0"));
        assert!(!tomcat_has_applications("tomcat:9") && !tomcat_has_applications("tomcat:9.0.31"));
    }
}
