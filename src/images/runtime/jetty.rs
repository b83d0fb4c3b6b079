//! Jetty without the compiler of its JDK.
//!
//! The rules were checked with every tag that was ever listed in
//! <https://github.com/docker-library/official-images/blob/master/library/jetty> up to
//! [`super::super::KNOWN_ON`]: what they make of it was listed, too, and its last build was of the same release of
//! Jetty on the runtime of the same vendor: <https://github.com/jetty/jetty.docker/blob/main/baseDockerfile-slim>.

use super::super::normalized;
use super::tomcat::Java;
use super::vendor::{Tag, contents as contents_of};
use super::{RuntimeImage, split_reference};

const BASE: &str = "/var/lib/jetty";

/// The Java of an image of Jetty; `None` if it is no such image, or its tag does not tell.
pub(super) fn java_of(reference: &str) -> Option<Java> {
    let (repository, tag) = split_reference(reference)?;
    if &*normalized(repository)? != "jetty" {
        return None;
    }
    java(&Tag::new(tag)?)
}

fn java(tag: &Tag) -> Option<Java> {
    let number = |it: &&str| {
        let number = it.strip_prefix("jdk").or_else(|| it.strip_prefix("jre"))?;
        number.parse().ok()
    };
    match tag.variants.iter().find_map(number) {
        Some(major) => Some(Java { major, moves: false }),
        None if tag.variants.is_empty() => unnamed(tag),
        None => None,
    }
}

/// Without a Java in the tag: each line had one after the other. Lines that have ended keep the last.
fn unnamed(tag: &Tag) -> Option<Java> {
    let (major, moves) = match *numbers(tag)? {
        [9, 4, patch] => match patch {
            ..=18 => (8, false),
            26..=27 => (13, false),
            30..=33 => (14, false),
            35..=40 => (15, false),
            41..=43 => (16, false),
            44..=52 => (17, false),
            53.. => (21, false),
            _ => return None,
        },
        [10 | 11, 0, patch] => match patch {
            ..=2 => (15, false),
            3..=5 => (16, false),
            6..=17 => (17, false),
            18.. => (21, false),
        },
        [9] | [9, 4] | [10 | 11] | [10 | 11, 0] => (21, false),
        [12, 0, patch] => match patch {
            ..=3 => (17, false),
            4..=31 => (21, false),
            _ => (25, false),
        },
        [12, 1, patch] => (if patch <= 5 { 21 } else { 25 }, false),
        [12] | [12, 0 | 1] => (25, true),
        _ => return None,
    };
    Some(Java { major, moves })
}

fn numbers(tag: &Tag) -> Option<Vec<u32>> {
    match tag.version {
        "" => Some(vec![12, 1]),
        _ => tag.numbers(),
    }
}

/// The tag of the same with a JRE, or the tag itself where there is none.
pub(super) fn jre(tag: &Tag) -> Option<String> {
    let numbers = numbers(tag).filter(|it| runs_as_jetty(it))?;
    if tag.is_open() || !tag.variants.iter().all(|it| is_known(it)) {
        return None;
    }
    let own = match (tag.version, &*tag.variants) {
        ("", []) => "latest".to_owned(),
        _ => tag.spelled(&tag.variants),
    };
    let Some(Java { major, .. }) = java(tag) else { return Some(own) };
    let mut variants = tag.variants.clone();
    let word = format!("jre{major}");
    let is_there = match &*variants {
        [] => has_jre(&numbers, major),
        [jdk, rest @ ..] if jdk.starts_with("jdk") => match rest {
            [] => has_jre(&numbers, major),
            ["slim"] => has_jre_of_openjdk(&numbers, major),
            ["alpine"] | ["alpine", "eclipse", "temurin"] => {
                major != 8 && has_jre_of_temurin(&numbers, major)
            }
            ["eclipse", "temurin"] => has_jre_of_temurin(&numbers, major),
            _ => false,
        },
        _ => false,
    };
    if !is_there {
        return Some(own);
    }
    match variants.first_mut() {
        Some(jdk) => *jdk = &word,
        None => variants.push(&word),
    }
    Some(tag.spelled(&variants))
}

/// Before it the entry point started as root: <https://github.com/appropriate/docker-jetty/issues/70>.
fn runs_as_jetty(version: &[u32]) -> bool {
    match *version {
        [9, 4, patch] => patch >= 7,
        [9] | [9, 4] | [10 | 11] | [10 | 11, 0] | [10 | 11, 0, _] => true,
        [12] | [12, 0 | 1] | [12, 0 | 1, _] => true,
        _ => false,
    }
}

fn has_jre(version: &[u32], java: u32) -> bool {
    has_jre_of_temurin(version, java) || has_jre_of_openjdk(version, java)
}

/// Since September 2022, for the Javas with long support.
fn has_jre_of_temurin(version: &[u32], java: u32) -> bool {
    match *version {
        [9] | [9, 4] => matches!(java, 8 | 11 | 17 | 21),
        [9, 4, patch] => patch >= 49 && matches!(java, 8 | 11 | 17) || patch >= 53 && java == 21,
        [10 | 11] | [10 | 11, 0] => matches!(java, 11 | 17 | 21),
        [10 | 11, 0, patch] => patch >= 12 && matches!(java, 11 | 17) || patch >= 18 && java == 21,
        [12, 0] => matches!(java, 17 | 21),
        [12, 0, patch] => java == 17 || patch >= 4 && java == 21,
        _ => false,
    }
}

/// Up to February 2022.
fn has_jre_of_openjdk(version: &[u32], java: u32) -> bool {
    match *version {
        [9, 4, patch] => matches!(patch, 30..=44) && matches!(java, 8 | 11),
        [10 | 11, 0, patch] => patch <= 7 && java == 11,
        _ => false,
    }
}

fn is_known(variant: &str) -> bool {
    const NAMES: &[&str] =
        &["al2023", "alpine", "amazoncorretto", "eclipse", "openjdk", "slim", "temurin"];
    let number = variant.strip_prefix("jdk").or_else(|| variant.strip_prefix("jre"));
    number.map_or_else(|| NAMES.contains(&variant), |it| it.parse::<u32>().is_ok())
}

/// The image that a reference names, with the JDK that it has.
pub(super) fn itself(reference: &str) -> Option<RuntimeImage> {
    let (repository, tag) = split_reference(reference)?;
    let is_jetty = normalized(repository).is_some_and(|it| it == "jetty");
    jre(&Tag::new(tag)?).filter(|_| is_jetty)?;
    Some(contents_of(reference.to_owned(), "jetty", tag.unwrap_or_default()))
}

/// <https://github.com/jetty/jetty.docker/blob/main/docker-entrypoint.sh> is its entry point, which starts Jetty
/// where it is given no other program: what is served by it needs it.
pub(super) fn contents(image: RuntimeImage) -> RuntimeImage {
    let on_alpine = image.reference.contains("alpine");
    let is_small = image.reference.contains("jre");
    RuntimeImage {
        user: "jetty",
        home: BASE,
        workdir: BASE,
        environment: &[
            ("PATH", None),
            ("JETTY_VERSION", None),
            ("JETTY_HOME", Some("/usr/local/jetty")),
            ("JETTY_BASE", Some(BASE)),
            ("JETTY_TGZ_URL", None),
            ("JETTY_GPG_KEYS", None),
            ("TMPDIR", Some("/tmp/jetty")),
            ("JAVA_HOME", None),
            ("JAVA_VERSION", None),
            ("LANG", None),
            ("LANGUAGE", None),
            ("LC_ALL", None),
        ],
        // The runtime of Eclipse Temurin, and 20 MB.
        megabytes: match (is_small, on_alpine) {
            (true, true) => 215,
            (true, false) => 295,
            (false, _) => 0,
        },
        ..image
    }
}

#[cfg(test)]
mod tests {
    use super::super::{find, slim_of};
    use super::java_of;

    #[test]
    fn jetty_without_a_compiler() {
        let of = |tag: &str| slim_of("jetty", Some(tag)).map(|it| it.reference.into_owned());
        for (tag, expected) in [
            ("9.4-jdk11", "9.4-jre11"),
            ("9.4-jdk8", "9.4-jre8"),
            ("9.4-jdk11-alpine", "9.4-jre11-alpine"),
            ("9.4-jdk11-slim", "9.4-jdk11-slim"),
            ("9.4.44-jdk11-slim", "9.4.44-jre11-slim"),
            ("9.4.44-jdk11", "9.4.44-jre11"),
            ("9.4.46-jdk11", "9.4.46-jdk11"),
            ("9.4.50", "9.4.50-jre17"),
            ("9.4.44", "9.4.44"),
            ("9.4", "9.4-jre21"),
            ("10.0.18-jdk21", "10.0.18-jre21"),
            ("10.0.17-jdk21", "10.0.17-jdk21"),
            ("11", "11-jre21"),
            ("11-jdk17-eclipse-temurin", "11-jre17-eclipse-temurin"),
            ("11.0-jdk17-alpine-eclipse-temurin", "11.0-jre17-alpine-eclipse-temurin"),
            ("11-jdk17-amazoncorretto", "11-jdk17-amazoncorretto"),
            ("12.0-jdk17", "12.0-jre17"),
            ("12.0-jdk25", "12.0-jdk25"),
            ("12.0.16", "12.0.16-jre21"),
            ("12.0", "12.0"),
            ("12-jdk21", "12-jdk21"),
            ("12.1-jdk21", "12.1-jdk21"),
            ("jdk21", "jdk21"),
            ("9.4-jre8", "9.4-jre8"),
            ("latest", "latest"),
        ] {
            assert_eq!(of(tag), Some(format!("jetty:{expected}")), "{tag}");
            assert!(find(&format!("jetty:{expected}")).is_some(), "{expected}");
        }
        for tag in ["9.3", "9.4.6-jre8", "7", "13", "9-windows", "${V}", "12.0.0.beta1"] {
            assert_eq!(of(tag), None, "{tag}");
        }
    }

    #[test]
    fn java_of_jetty() {
        let java = |reference| java_of(reference).map(|it| (it.major, it.moves));
        assert_eq!(java("jetty"), Some((25, true)));
        assert_eq!(java("jetty:12.0"), Some((25, true)));
        assert_eq!(java("jetty:11.0.20"), Some((21, false)));
        assert_eq!(java("jetty:9.4.12"), Some((8, false)));
        assert_eq!(java("jetty:9.4.20"), None);
        assert_eq!(java("jetty:10-jdk11-alpine"), Some((11, false)));
        assert_eq!(java("jetty:alpine"), None);
        assert_eq!(java("someone/jetty:9.4"), None);
    }
}
