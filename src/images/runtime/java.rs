//! The JRE for the JDK that an image has.

use super::fixed::PATH;
use super::vendor::{Tag, is_alpine};
use super::{RuntimeImage, jetty, tomcat};

/// Repository and tag.
pub(super) fn jre_of(name: &str, tag: Option<&str>) -> Option<(&'static str, String)> {
    let tag = tag?;
    match name {
        "eclipse-temurin" => Some(("eclipse-temurin", temurin(tag)?)),
        "openjdk" | "java" => openjdk(name, tag),
        "amazoncorretto" => Some(("amazoncorretto", corretto(tag)?)),
        "maven" => maven(tag),
        "gradle" => gradle(tag),
        _ => None,
    }
}

/// The major releases with a JRE: <https://github.com/adoptium/containers>. Of 16 there was none.
fn temurin_has(major: u32) -> bool {
    matches!(major, 8 | 11 | 17..=26)
}

/// `17-jdk-jammy` is `17-jre-jammy`, `17` is `17-jre`.
fn temurin(tag: &str) -> Option<String> {
    // The first builds of 17 and 18 had no JRE.
    if tag.starts_with("17_35") || tag.starts_with("18_36") {
        return None;
    }
    let (version, rest) = java_version(tag)?;
    let is_open = version.contains('$');
    if !is_open && !temurin_has(leading_number(version)?) {
        return None;
    }
    let suite = match rest.split_first() {
        Some((&"jdk" | &"jre", suite)) => suite,
        _ => &rest,
    };
    is_ubuntu_or_alpine(suite).then(|| join(version, "jre", suite))
}

fn is_ubuntu_or_alpine(suite: &[&str]) -> bool {
    match suite {
        [] => true,
        [suite] => is_ubuntu(suite) || is_alpine(suite) || *suite == "centos7",
        ["alpine", release] => release.starts_with("3."),
        [ubi, "minimal"] => matches!(*ubi, "ubi9" | "ubi10"),
        _ => false,
    }
}

fn is_ubuntu(suite: &str) -> bool {
    matches!(suite, "focal" | "jammy" | "noble" | "resolute")
}

/// Up to 11 there is a JRE on Debian and Alpine; for those without, that of Eclipse Temurin, which the
/// page of the image names as its successor: <https://hub.docker.com/_/openjdk>.
fn openjdk(name: &str, tag: &str) -> Option<(&'static str, String)> {
    let (version, rest) = java_version(tag)?;
    let major = leading_number(version)?;
    let variants = match rest.split_first() {
        Some((&"jdk" | &"jre", variants)) => variants,
        _ => &rest,
    };
    let plain = !version.contains("-b");
    let published = plain && name == "openjdk" && openjdk_has_jre(version, major, variants);
    if published {
        return Some(("openjdk", join(version, "jre", variants)));
    }
    let known = |it: &&str| {
        matches!(*it, "slim" | "oracle" | "buster" | "bullseye" | "bookworm" | "trixie")
            || it.starts_with("oraclelinux")
            || is_alpine(it)
    };
    let known = variants.iter().all(known);
    (known && temurin_has(major)).then(|| temurin_of(major, has_alpine(variants)))
}

fn openjdk_has_jre(version: &str, major: u32, variants: &[&str]) -> bool {
    // Its JRE was last built on another suite than its JDK.
    if version == "11.0.3" && matches!(variants, ["slim"] | ["slim", "buster"]) {
        return false;
    }
    match (major, variants) {
        (7..=11, [] | ["slim"]) => true,
        (7 | 8, [alpine]) => is_alpine(alpine) || (major == 8 && is_openjdk_suite(alpine)),
        (8 | 11, [suite] | ["slim", suite]) => is_openjdk_suite(suite),
        _ => false,
    }
}

fn is_openjdk_suite(suite: &str) -> bool {
    matches!(suite, "stretch" | "buster" | "bullseye")
}

fn has_alpine(variants: &[&str]) -> bool {
    variants.iter().any(|it| is_alpine(it))
}

fn temurin_of(major: u32, on_alpine: bool) -> (&'static str, String) {
    let suite = if on_alpine { "-alpine" } else { "" };
    ("eclipse-temurin", format!("{major}-jre{suite}"))
}

/// There is a JRE of 8 alone: <https://github.com/corretto/corretto-docker>. The `headless` variants of
/// later ones lack libraries.
fn corretto(tag: &str) -> Option<String> {
    if let Some((rest, "headless")) = tag.rsplit_once('-') {
        return matches!(
            rest,
            "11" | "17" | "21" | "25" | "11-al2023" | "17-al2023" | "21-al2023" | "25-al2023"
        )
        .then(|| tag.to_owned());
    }
    let parts: Vec<&str> = tag.split('-').collect();
    let (&"8", rest) = parts.split_first()? else { return None };
    let suite = match rest {
        [] | ["jdk" | "jre"] => return Some("8-jre".to_owned()),
        [suite] | [suite, "jdk" | "full" | "jre"] => suite,
        _ => return None,
    };
    let minor = suite.strip_prefix("alpine3.").and_then(|it| it.parse::<u32>().ok());
    let published =
        matches!(*suite, "alpine" | "al2023") || minor.is_some_and(|it| (12..=24).contains(&it));
    published.then(|| format!("8-{suite}-jre"))
}

/// The JDK that the tag names: <https://github.com/carlossg/docker-maven>.
fn maven(tag: &str) -> Option<(&'static str, String)> {
    let tag = Tag::new(Some(tag))?;
    match *tag.variants {
        ["eclipse", "temurin", number, ref suite @ ..] => {
            Some(("eclipse-temurin", temurin(&join(number, "jdk", suite))?))
        }
        ["jdk" | "openjdk", number, ref variants @ ..] => {
            let known = matches!(variants, [] | ["slim" | "alpine"]);
            let known = known && number.bytes().all(|it| it.is_ascii_digit());
            known.then(|| openjdk("openjdk", &join(number, "jdk", variants)))?
        }
        ["amazoncorretto", number, ref suite @ ..] => {
            let spelled: Vec<&str> = [number].iter().chain(suite).copied().collect();
            Some(("amazoncorretto", corretto(&spelled.join("-"))?))
        }
        _ => None,
    }
}

/// Its JDK is that of OpenJDK, AdoptOpenJDK and Eclipse Temurin, one after the other:
/// <https://github.com/gradle/docker-gradle>.
fn gradle(tag: &str) -> Option<(&'static str, String)> {
    let tag = Tag::new(Some(tag))?;
    let (first, suite) = tag.variants.split_first()?;
    let number = first.strip_prefix("jdk").or_else(|| first.strip_prefix("jre"))?;
    let major: u32 = number.parse().ok()?;
    let known = matches!(suite, [] | ["alpine"]) || matches!(suite, [suite] if is_ubuntu(suite));
    // On that one Gradle's own image was the only one.
    let published = temurin_has(major) && !(matches!(major, 23 | 24) && suite == ["jammy"]);
    if !known || !published {
        return None;
    }
    Some(("eclipse-temurin", join(number, "jre", suite)))
}

/// `8u502-b07` or `17` or `${VERSION}`, and what follows it.
fn java_version(tag: &str) -> Option<(&str, Vec<&str>)> {
    if tag.contains(":-") || tag.contains(":+") {
        return None;
    }
    let starts = tag.starts_with(|it: char| it.is_ascii_digit() || it == '$');
    let mut parts: Vec<&str> = tag.split('-').collect();
    let mut end = parts[0].len();
    parts.remove(0);
    let is_build =
        |it: &str| it.strip_prefix('b').is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()));
    if parts.first().is_some_and(|it| is_build(it)) {
        end += 1 + parts.remove(0).len();
    }
    let certain = starts && parts.iter().all(|it| !it.contains('$'));
    certain.then(|| (&tag[..end], parts))
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

fn join(version: &str, word: &str, rest: &[&str]) -> String {
    let parts: Vec<&str> = [version, word].iter().chain(rest).copied().collect();
    parts.join("-")
}

/// What is in the image `name`. <https://github.com/adoptium/containers/blob/main/21/jre/ubuntu/noble/Dockerfile>
pub(super) fn contents(image: RuntimeImage, name: &str) -> RuntimeImage {
    let on_alpine = image.reference.contains("alpine");
    let image = RuntimeImage { certificates: true, ..image };
    match name {
        "eclipse-temurin" => RuntimeImage {
            entrypoint: &["/__cacert_entrypoint.sh"],
            environment: &[
                ("PATH", None),
                ("JAVA_HOME", Some("/opt/java/openjdk")),
                ("JAVA_VERSION", None),
                ("LANG", Some("en_US.UTF-8")),
                ("LANGUAGE", Some("en_US:en")),
                ("LC_ALL", Some("en_US.UTF-8")),
            ],
            zones: true,
            interpreter: Some("/opt/java/openjdk/bin/java"),
            megabytes: if on_alpine { 195 } else { 275 },
            ..image
        },
        "jetty" => jetty::contents(image),
        "tomcat" => tomcat::contents(image),
        // Where it is depends on the version.
        "openjdk" => RuntimeImage {
            environment: &[
                ("PATH", None),
                ("LANG", Some("C.UTF-8")),
                ("JAVA_HOME", None),
                ("JAVA_VERSION", None),
            ],
            megabytes: if on_alpine { 85 } else { 270 },
            until: Some("2022-07"),
            ..image
        },
        _ => RuntimeImage {
            environment: &[PATH, ("LANG", Some("C.UTF-8")), ("JAVA_HOME", None)],
            megabytes: if on_alpine { 110 } else { 300 },
            ..image
        },
    }
}
