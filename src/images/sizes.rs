//! How large the images are that builds start from: unpacked, about, for amd64, in units of 10^6 bytes. It is
//! the measure of [`RuntimeImage::megabytes`], so that the two can stand side by side.
//!
//! Each figure is that of a build which somebody has measured: official images in
//! <https://github.com/docker-library/repo-info> ("total size of all layers on-disk"), those of .NET in
//! <https://github.com/dotnet/dotnet-docker/blob/nightly/tests/performance/ImageSize.nightly.linux.json>. It
//! stands for the versions beside it, which are within a tenth of it, and for no others.
//!
//! [`RuntimeImage::megabytes`]: super::runtime::RuntimeImage::megabytes

use super::{normalized, runtime};

/// When the figures were looked up.
pub const LOOKED_UP_ON: &str = "2026-11-24";

/// What a tag says besides the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// On Debian or Ubuntu, with all that builds need.
    Full,
    Slim,
    Alpine,
}

struct Row {
    repository: &'static str,
    variant: Variant,
    /// The first and the last version, as in tags.
    versions: ((u32, u32), (u32, u32)),
    megabytes: u32,
}

const NEWEST: (u32, u32) = (u32::MAX, u32::MAX);

const fn row(
    repository: &'static str,
    variant: Variant,
    versions: ((u32, u32), (u32, u32)),
    megabytes: u32,
) -> Row {
    Row { repository, variant, versions, megabytes }
}

use Variant::{Alpine, Full, Slim};

const ROWS: &[Row] = &[
    // `bookworm` of 2026-07: 117.
    row("debian", Full, ((11, 0), NEWEST), 120),
    // `1.18.10-buster` of 2023-01: 908, `1.26.7-bookworm` of 2026-08: 833.
    row("golang", Full, ((1, 18), NEWEST), 850),
    // `1.26.8-alpine3.24` of 2026-09: 241. Before 1.20 the standard library was there compiled, too:
    // `1.18.10-alpine3.17` of 2023-01: 330.
    row("golang", Alpine, ((1, 21), NEWEST), 240),
    row("golang", Alpine, ((1, 17), (1, 19)), 330),
    // `22-bookworm` of 2026-08: 1130, `14-bullseye` of 2023-01: 947.
    row("node", Full, ((18, 0), NEWEST), 1100),
    row("node", Full, ((14, 0), (16, u32::MAX)), 950),
    // `3.10.9-bullseye` of 2023-01: 923, `3.12.14-bookworm` of 2026-08: 1020.
    row("python", Full, ((3, 9), NEWEST), 1000),
    // `3.3.12-bookworm` of 2026-09: 996.
    row("ruby", Full, ((3, 2), NEWEST), 1000),
    // `1.66.1-bullseye` of 2023-01: 1390, `1.98.1-bookworm` of 2026-09: 1560.
    row("rust", Full, ((1, 60), NEWEST), 1500),
    // `1.98.1-slim-bookworm` of 2026-09: 894, `1.98.1-alpine3.24`: 1030.
    row("rust", Slim, ((1, 85), NEWEST), 890),
    row("rust", Alpine, ((1, 85), NEWEST), 1000),
    // `16.2.0` of 2026-09: 1560.
    row("gcc", Full, ((15, 0), NEWEST), 1560),
    // `9.6.1-jdk25` of 2026-07: 791.
    row("gradle", Full, ((9, 0), NEWEST), 790),
    // Of the Java that it is for. `3.9.16-eclipse-temurin-17-noble` of 2026-09: 504.
    row("maven", Full, ((17, 0), (21, u32::MAX)), 500),
    // `21.0.11_10-jdk-resolute` of 2026-07: 475.
    row("eclipse-temurin", Full, ((21, 0), NEWEST), 470),
    // Of 2019-12: 3.1 on buster 689, on Alpine 405; 2.1 on stretch 1729, on Alpine 1476.
    row("mcr.microsoft.com/dotnet/core/sdk", Full, ((3, 0), (3, 1)), 690),
    row("mcr.microsoft.com/dotnet/core/sdk", Alpine, ((3, 0), (3, 1)), 405),
    row("mcr.microsoft.com/dotnet/core/sdk", Full, ((2, 1), (2, 2)), 1730),
    row("mcr.microsoft.com/dotnet/core/sdk", Alpine, ((2, 1), (2, 2)), 1470),
];

/// How large the image called so is; `None` where nobody has measured one like it.
pub fn megabytes(reference: &str) -> Option<u32> {
    let named = reference.split('@').next().unwrap_or(reference);
    if let Some(image) = runtime::find(named) {
        return Some(image.megabytes);
    }
    let (name, tag) = runtime::split_reference(named)?;
    // A digest alone may be that of any version.
    if tag.is_none() && named != reference {
        return None;
    }
    let name = normalized(name)?;
    let (version, variant) = parts(&name, tag.unwrap_or("latest"))?;
    let is_it = |row: &&Row| {
        let (first, last) = row.versions;
        row.repository == name && row.variant == variant && (first..=last).contains(&version)
    };
    ROWS.iter().find(is_it).map(|row| row.megabytes)
}

/// The version that a tag names, and what else it says; `None` for what is not known.
fn parts(name: &str, tag: &str) -> Option<((u32, u32), Variant)> {
    let tag = match name {
        "maven" => tag.split_once("eclipse-temurin-")?.1,
        "gradle" => tag.split("-jdk").next()?,
        _ => tag,
    };
    let mut version = None;
    let mut variant = Full;
    for part in tag.split('-') {
        match part {
            "latest" | "lts" | "jdk" => (),
            "slim" => variant = Slim,
            "bullseye" | "11" if name == "debian" => version = Some((11, 0)),
            "bookworm" | "12" if name == "debian" => version = Some((12, 0)),
            "trixie" | "13" if name == "debian" => version = Some((13, 0)),
            "bullseye" | "bookworm" | "trixie" | "buster" | "stretch" if name != "debian" => (),
            "focal" | "jammy" | "noble" | "resolute" => (),
            _ if part.starts_with("alpine") => variant = Alpine,
            _ if version.is_none() => version = Some(numbers(part)?),
            _ => return None,
        }
    }
    Some((version.unwrap_or(NEWEST), variant))
}

/// `3.12.1` by its first two numbers; one that names no minor release is the newest of its kind.
fn numbers(part: &str) -> Option<(u32, u32)> {
    let mut all = part.split(['.', '_']).map(|it| it.parse::<u32>());
    let major = all.next()?.ok()?;
    let minor = all.next().transpose().ok()?;
    all.all(|it| it.is_ok()).then_some(())?;
    Some((major, minor.unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::{LOOKED_UP_ON, ROWS, megabytes};

    #[test]
    fn sizes_of_what_is_built_on() {
        let known = [
            ("golang:1.24", 850),
            ("golang", 850),
            ("docker.io/library/golang:1.22-alpine3.20", 240),
            ("golang:1.18-alpine", 330),
            ("node:22@sha256:0", 1100),
            ("node:14.21.2-bullseye", 950),
            ("python:3.12-bookworm", 1000),
            ("python:3", 1000),
            ("rust:1.93-slim", 890),
            ("maven:3.9-eclipse-temurin-21", 500),
            ("gradle:9.2.1-jdk25", 790),
            ("eclipse-temurin:21-jdk", 470),
            ("mcr.microsoft.com/dotnet/core/sdk:3.1", 690),
            ("debian:bookworm", 120),
            ("debian:latest", 120),
            // What programs run on, too.
            ("python:3.12-slim", 125),
            ("alpine:3.20", 9),
            ("scratch", 0),
        ];
        for (reference, expected) in known {
            assert_eq!(megabytes(reference), Some(expected), "{reference}");
        }
        assert_eq!(LOOKED_UP_ON.len(), 10);
        assert!(ROWS.iter().all(|row| row.versions.0 <= row.versions.1));
    }

    #[test]
    fn what_nobody_has_measured_is_not_known() {
        let unknown = [
            "golang:1.10",
            "golang:1.24-nanoserver",
            "golang:$VERSION",
            "golang:tip",
            "golang@sha256:0",
            "node:8",
            "node:24-perl",
            "debian:sid",
            "debian:stretch",
            "python:2.7",
            "maven:3.6-jdk-8",
            "maven:3.9-eclipse-temurin-21-alpine",
            "mcr.microsoft.com/dotnet/sdk:8.0",
            "someone/golang:1.24",
            "",
        ];
        for reference in unknown {
            assert_eq!(megabytes(reference), None, "{reference}");
        }
    }
}
