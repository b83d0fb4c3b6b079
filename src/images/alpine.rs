//! The release of Alpine behind a tag that does not name it.

use super::distribution::{Distribution, Family};
use super::tag::Tag;

/// Since when the builds of an official image are on Alpine 3.8 or later.
struct Since {
    name: &'static str,
    /// Every build of this version and of later ones.
    version: (u32, u32),
    /// Older lines of versions whose tag was built again after it.
    lines: &'static [&'static str],
}

const fn since(name: &'static str, version: (u32, u32), lines: &'static [&'static str]) -> Since {
    Since { name, version, lines }
}

/// From the history of each image's file below
/// <https://github.com/docker-library/official-images/tree/master/library>; Alpine 3.8 is of June 2018.
const SINCE: &[Since] = &[
    since("amazoncorretto", (0, 0), &[]),
    since("composer", (1, 8), &["1"]),
    since("docker", (18, 9), &["18"]),
    since("eclipse-temurin", (0, 0), &[]),
    since("elixir", (1, 8), &["1"]),
    since("erlang", (22, 0), &["21"]),
    since("golang", (1, 11), &["1", "1.10"]),
    since("haproxy", (1, 9), &["1", "1.8"]),
    since("httpd", (2, 5), &["2", "2.4"]),
    since("memcached", (1, 6), &["1", "1.5"]),
    since("nextcloud", (15, 0), &[]),
    since("nginx", (1, 16), &["1"]),
    since("node", (12, 0), &["6", "8", "10", "11"]),
    since("openjdk", (12, 0), &["8", "11"]),
    since("php", (7, 3), &["5", "5.6", "7", "7.1", "7.2"]),
    since("postgres", (11, 0), &["9", "9.6", "10"]),
    since("python", (3, 7), &["2", "2.7", "3", "3.5", "3.6"]),
    since("rabbitmq", (3, 8), &["3", "3.7"]),
    since("redis", (5, 0), &["4", "4.0"]),
    since("ruby", (2, 6), &["2", "2.4", "2.5"]),
    since("rust", (1, 32), &["1"]),
    since("tomcat", (10, 0), &["7", "8", "8.5", "9"]),
    since("wordpress", (5, 0), &[]),
];

/// The minor release of Alpine 3 that the image has at least; `None` if that is not known.
pub(super) fn at_least(name: &str, tag: &Tag, distribution: Option<&Distribution>) -> Option<u32> {
    const SINCE_3_8: u32 = 8;
    let distribution = distribution.filter(|it| it.family == Family::Alpine)?;
    if let Some(release) = &distribution.release {
        let mut numbers = release.split('.').map(|it| it.parse::<u32>().ok());
        return match (numbers.next()??, numbers.next()??) {
            (3, minor) => Some(minor),
            (4.., _) => Some(u32::MAX),
            _ => None,
        };
    }
    if tag.open {
        return None;
    }
    // `latest`, `edge`, `3`, and the snapshots of edge.
    if name == "alpine" {
        return Some(SINCE_3_8);
    }
    let since = SINCE.iter().find(|it| it.name == name)?;
    let Some(version) = tag.version() else { return tag.major().is_none().then_some(SINCE_3_8) };
    let mut numbers = version.split('.').map(|it| it.parse().unwrap_or_default());
    let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let line = since.lines.contains(&&*version);
    (line || number >= since.version).then_some(SINCE_3_8)
}
