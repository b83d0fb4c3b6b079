//! How the distribution follows from name and tag.

use super::distribution::{Distribution, Family};
use super::tag::{Tag, release};

/// How the distribution follows from the tag.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    /// A distribution's own image: the tag is the release.
    Release(Family),
    /// What the tag names, else this.
    Otherwise(Family),
    /// What the tag names, else it is not known.
    Tagged,
    /// This, whatever the tag says.
    Always(Family),
    /// What the tag names, else what the function says.
    Custom(fn(&str, &Tag) -> Option<Distribution>),
}

impl Base {
    /// `None` where the tag does not tell.
    pub(super) fn resolve(self, name: &str, tag: &Tag) -> Option<Distribution> {
        match self {
            Base::Always(family) => Some(Distribution::of(family)),
            Base::Release(family) => Some(of_release(family, name, tag)),
            Base::Tagged => tag.distribution(),
            Base::Otherwise(family) => tag.distribution().or_else(|| {
                // In an official image `slim` is a variant of the default, not of Alpine.
                let certain = !tag.open || (family == Family::Debian && tag.has("slim"));
                certain.then(|| Distribution::of(family))
            }),
            Base::Custom(rule) => tag.distribution().or_else(|| rule(name, tag)),
        }
    }
}

/// `12-slim`, `bookworm-20240101`, `22.04`, `3.19`, `9-minimal`.
fn of_release(family: Family, name: &str, tag: &Tag) -> Distribution {
    let named = tag.distribution().filter(|it| it.family == family);
    let first = tag.parts().next().filter(|_| !tag.open);
    let first = first.map(|it| it.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()));
    let number = named.and_then(|it| it.release).or_else(|| release(family, first?));
    let number = number.or_else(|| unstable(tag).map(str::to_owned));
    let reduced = name.ends_with("-minimal") || ["minimal", "micro"].iter().any(|it| tag.has(it));
    Distribution { family, release: number, reduced }
}

/// A tag for what is not released yet, or moves with each release.
fn unstable(tag: &Tag) -> Option<&'static str> {
    const NAMES: &[&str] =
        &["sid", "unstable", "rc-buggy", "testing", "experimental", "devel", "rolling"];
    NAMES.iter().copied().find(|it| tag.starts_with(it))
}

/// The release of Ubuntu by the version, but for those in whose time it changed:
/// <https://github.com/crystal-lang/distribution-scripts/commits/master/docker/ubuntu.Dockerfile>.
pub(super) fn crystal(_: &str, tag: &Tag) -> Option<Distribution> {
    let version = tag.version().unwrap_or_default();
    let mut numbers = version.split('.').map(|it| it.parse::<u32>().ok());
    let release = match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(1), Some(0..=7)) => "20.04",
        (Some(1), Some(9..=11)) => "22.04",
        (Some(1), Some(13..=19)) => "24.04",
        _ => return Some(Distribution::of(Family::Ubuntu)),
    };
    Some(Distribution::with(Family::Ubuntu, release))
}

/// Debian up to 11, Oracle Linux from 14 on; in between it changed:
/// <https://github.com/docker-library/openjdk/issues/289>.
pub(super) fn openjdk(_: &str, tag: &Tag) -> Option<Distribution> {
    if tag.has("slim") {
        return Some(Distribution::of(Family::Debian));
    }
    match tag.number_after("jdk").or_else(|| tag.number_after("jre")).or(tag.major())? {
        0..=11 => Some(Distribution::of(Family::Debian)),
        12 | 13 => None,
        _ => Some(Distribution::of(Family::RedHat)),
    }
}

/// <https://github.com/carlossg/docker-maven>: the JDK in the tag decides; without one, tags of today are
/// Eclipse Temurin on Ubuntu, and those of 2020 to 2022 moved through OpenJDK's defaults.
pub(super) fn maven(_: &str, tag: &Tag) -> Option<Distribution> {
    if tag.open {
        return None;
    }
    let has = |part: &str| tag.has(part);
    if has("slim") {
        return Some(Distribution::of(Family::Debian));
    }
    if has("temurin") || has("ibmjava") {
        return Some(Distribution::of(Family::Ubuntu));
    }
    if has("amazoncorretto") {
        return Some(Distribution::of(Family::AmazonLinux));
    }
    if let Some(jdk) = tag.number_after("openjdk").or_else(|| tag.number_after("jdk")) {
        return match jdk {
            0..=11 if !has("libericaopenjdk") => Some(Distribution::of(Family::Debian)),
            _ => None,
        };
    }
    let version = tag.version();
    match version.as_deref() {
        Some(it) if it.starts_with("3.2") || it.starts_with("3.3") || it.starts_with("3.5") => {
            Some(Distribution::of(Family::Debian))
        }
        Some("3") => tag.is("3").then(|| Distribution::of(Family::Ubuntu)),
        None => tag.is_latest().then(|| Distribution::of(Family::Ubuntu)),
        _ => None,
    }
}

pub(super) fn gradle(_: &str, tag: &Tag) -> Option<Distribution> {
    let plain = !tag.open && !tag.has("graal") && !tag.has("graalvm");
    plain.then(|| Distribution::of(Family::DebianOrUbuntu))
}

/// Debian or Ubuntu, unless the tag asks for a JDK whose own image is Oracle Linux by default.
pub(super) fn apt_or_java(name: &str, tag: &Tag) -> Option<Distribution> {
    if ["al2", "corretto", "oracle", "oraclelinux7"].iter().any(|it| tag.has(it)) {
        return None;
    }
    if tag.has("slim") {
        return Some(Distribution::of(Family::Debian));
    }
    let jdk = tag.number_after("jdk").or_else(|| tag.number_after("openjdk"));
    let jdk = jdk.or_else(|| tag.number_after("jre")).or_else(|| tag.number_after("temurin"));
    // Of Tomcat only Java 12 and 13 were on Oracle Linux without a word of it, of Jetty all up to April 2022.
    let is_apt = |it: u32| match name {
        _ if it <= 11 || tag.has("temurin") => true,
        "tomcat" => it >= 14,
        "jetty" => it >= 21 || it >= 17 && !is_old_jetty(tag),
        _ => false,
    };
    let certain = !tag.open && jdk.is_none_or(is_apt);
    certain.then(|| Distribution::of(Family::DebianOrUbuntu))
}

fn is_old_jetty(tag: &Tag) -> bool {
    let version = tag.version().unwrap_or_default();
    let numbers: Option<Vec<u32>> = version.split('.').map(|it| it.parse().ok()).collect();
    match numbers.as_deref() {
        Some([9, 4, patch]) => *patch < 46,
        Some([10 | 11, 0, patch]) => *patch < 9,
        _ => false,
    }
}

/// <https://github.com/phusion/baseimage-docker#readme>: tags name the release of Ubuntu since 2019.
pub(super) fn phusion(_: &str, _: &Tag) -> Option<Distribution> {
    Some(Distribution::of(Family::Ubuntu))
}

/// Debian up to .NET 9, Ubuntu from 10 on:
/// <https://github.com/dotnet/dotnet-docker/blob/main/documentation/supported-platforms.md>.
pub(super) fn dotnet(_: &str, tag: &Tag) -> Option<Distribution> {
    match tag.major() {
        _ if tag.open => None,
        Some(..=9) => Some(Distribution::of(Family::Debian)),
        Some(_) => Some(Distribution::of(Family::Ubuntu)),
        None => tag.is_latest().then(|| Distribution::of(Family::DebianOrUbuntu)),
    }
}

pub(super) fn distroless(_: &str, _: &Tag) -> Option<Distribution> {
    Some(Distribution { reduced: true, ..Distribution::of(Family::Distroless) })
}

/// `ubi8/ubi-minimal`, `ubi8-minimal`: the release is in the name.
pub(super) fn ubi(name: &str, _: &Tag) -> Option<Distribution> {
    let after = name.split_once("/ubi")?.1;
    let number: String = after.chars().take_while(|it| it.is_ascii_digit()).collect();
    let reduced = name.ends_with("-minimal") || name.ends_with("-micro");
    let release = (!number.is_empty()).then_some(number);
    Some(Distribution { family: Family::RedHat, release, reduced })
}
