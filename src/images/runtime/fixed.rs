//! The images that do not depend on the one that a stage is built on.

use super::super::distribution::{Distribution, Family};
use super::libraries::{
    ALPINE, DEBIAN_BOOKWORM, DEBIAN_OR_UBUNTU, DEBIAN_TRIXIE, GCC, GLIBC, GLIBC_ANYWHERE, JAVA,
    NODE_26, OPENSSL, PYTHON,
};
use super::{RuntimeImage, RuntimeKind, distribution_of, split_reference};
use std::borrow::Cow;

/// Which user is in force in a Distroless image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Number 0, in `/`.
    Root,
    /// Number 65532, in `/home/nonroot`.
    Nonroot,
}

type Environment = &'static [(&'static str, Option<&'static str>)];

pub(super) const PATH: (&str, Option<&str>) =
    ("PATH", Some("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
const CERTIFICATES: (&str, Option<&str>) =
    ("SSL_CERT_FILE", Some("/etc/ssl/certs/ca-certificates.crt"));

/// What all Distroless images share: the layers and the configuration of `static`.
/// <https://github.com/GoogleContainerTools/distroless/blob/main/static/static.bzl>
const STATIC: RuntimeImage = RuntimeImage {
    reference: Cow::Borrowed(""),
    kind: RuntimeKind::Static,
    distribution: None,
    libc: None,
    has_shell: false,
    user: "65532",
    home: "/home/nonroot",
    workdir: "/home/nonroot",
    entrypoint: &[],
    environment: &[PATH, CERTIFICATES],
    libraries: &[],
    certificates: true,
    zones: true,
    temporary: true,
    interpreter: None,
    megabytes: 2,
    // `debian 14 release day + 1yr`, and `+ 3mo` for those of languages:
    // <https://github.com/GoogleContainerTools/distroless/blob/main/SUPPORT_POLICY.md>.
    until: None,
};

const LANG: (&str, Option<&str>) = ("LANG", Some("C.UTF-8"));
const WITH_LANG: Environment = &[PATH, CERTIFICATES, LANG];
const WITH_JAVA: Environment = &[PATH, CERTIFICATES, LANG, ("JAVA_VERSION", None)];

/// No base image: neither files nor variables but what the engine sets.
pub fn scratch() -> RuntimeImage {
    RuntimeImage {
        reference: Cow::Borrowed("scratch"),
        kind: RuntimeKind::Scratch,
        user: "0",
        home: "/",
        workdir: "/",
        environment: &[],
        certificates: false,
        zones: false,
        temporary: false,
        megabytes: 0,
        ..STATIC
    }
}

/// The Distroless image for `kind`, on Debian 13; `None` if there is none, as for Node.js 20, Python 3.12
/// and kinds that are not of Distroless. Images on Debian 12 ended in September 2026 and are not made.
///
/// Names and tags: <https://github.com/GoogleContainerTools/distroless#what-images-are-available>. What is
/// in them: `config.bzl` in the folder of each. Sizes and libraries: the same packages, unpacked; those of
/// `nodejs26` and `java25` are estimated from their neighbours.
pub fn distroless(kind: RuntimeKind, user: User) -> Option<RuntimeImage> {
    let name: Cow<'static, str> = match kind {
        RuntimeKind::Static => "static".into(),
        RuntimeKind::BaseWithoutSsl => "base-nossl".into(),
        RuntimeKind::Base => "base".into(),
        RuntimeKind::Cc => "cc".into(),
        RuntimeKind::Node { major: major @ (22 | 24 | 26) } => format!("nodejs{major}").into(),
        RuntimeKind::Python { version: (3, 13) } => "python3".into(),
        RuntimeKind::JavaBase => "java-base".into(),
        RuntimeKind::Java { major: major @ (17 | 21 | 25) } => format!("java{major}").into(),
        _ => return None,
    };
    let contents = distroless_contents(kind);
    let distribution =
        Distribution { reduced: true, ..Distribution::with(Family::Distroless, "13") };
    let (tag, number, home, workdir) = match user {
        User::Root => ("", "0", "/root", "/"),
        User::Nonroot => (":nonroot", "65532", "/home/nonroot", "/home/nonroot"),
    };
    Some(RuntimeImage {
        reference: format!("gcr.io/distroless/{name}-debian13{tag}").into(),
        kind,
        libc: distribution.libc().filter(|_| kind != RuntimeKind::Static),
        distribution: Some(distribution),
        user: number,
        home,
        workdir,
        ..contents
    })
}

fn distroless_contents(kind: RuntimeKind) -> RuntimeImage {
    const NODE: RuntimeImage = RuntimeImage {
        entrypoint: &["/nodejs/bin/node"],
        interpreter: Some("/nodejs/bin/node"),
        libraries: GCC,
        ..STATIC
    };
    const JRE: RuntimeImage = RuntimeImage {
        entrypoint: &["/usr/bin/java", "-jar"],
        interpreter: Some("/usr/bin/java"),
        libraries: JAVA,
        environment: WITH_JAVA,
        ..STATIC
    };
    match kind {
        RuntimeKind::BaseWithoutSsl => RuntimeImage { libraries: GLIBC, megabytes: 15, ..STATIC },
        RuntimeKind::Base => RuntimeImage { libraries: OPENSSL, megabytes: 24, ..STATIC },
        RuntimeKind::Cc => RuntimeImage { libraries: GCC, megabytes: 27, ..STATIC },
        // <https://github.com/nodejs/Release#release-schedule>
        RuntimeKind::Node { major: 22 } => {
            RuntimeImage { megabytes: 152, until: Some("2027-04"), ..NODE }
        }
        RuntimeKind::Node { major: 24 } => {
            RuntimeImage { megabytes: 154, until: Some("2028-04"), ..NODE }
        }
        RuntimeKind::Node { .. } => {
            RuntimeImage { libraries: NODE_26, megabytes: 160, until: Some("2029-04"), ..NODE }
        }
        // It has `python` and `python3`, too.
        RuntimeKind::Python { .. } => RuntimeImage {
            entrypoint: &["/usr/bin/python3.13"],
            interpreter: Some("/usr/bin/python3.13"),
            libraries: PYTHON,
            environment: WITH_LANG,
            megabytes: 60,
            ..STATIC
        },
        RuntimeKind::JavaBase => {
            RuntimeImage { libraries: JAVA, environment: WITH_LANG, megabytes: 24, ..STATIC }
        }
        RuntimeKind::Java { major: 17 } => RuntimeImage { megabytes: 193, ..JRE },
        RuntimeKind::Java { major: 21 } => RuntimeImage { megabytes: 210, ..JRE },
        RuntimeKind::Java { .. } => RuntimeImage { megabytes: 230, ..JRE },
        _ => STATIC,
    }
}

/// What images of distributions share.
pub(super) const SYSTEM: RuntimeImage = RuntimeImage {
    kind: RuntimeKind::Slim,
    has_shell: true,
    user: "root",
    home: "/root",
    workdir: "/",
    environment: &[PATH],
    libraries: DEBIAN_OR_UBUNTU,
    certificates: false,
    ..STATIC
};

/// `alpine:3.N`: published from 1 to 24 without a gap.
/// <https://github.com/docker-library/official-images/blob/master/library/alpine>, ends of support:
/// <https://alpinelinux.org/releases/>.
pub fn alpine(minor: u32) -> Option<RuntimeImage> {
    let until = match minor {
        1..=20 => "2026-04",
        21 => "2026-10",
        22 => "2027-05",
        23 => "2027-11",
        24 => "2028-05",
        _ => return None,
    };
    Some(system(RuntimeImage {
        reference: format!("alpine:3.{minor}").into(),
        kind: RuntimeKind::Alpine,
        // The bundle is in the package `ca-certificates-bundle`, before in `libtls-standalone`.
        certificates: minor >= 9,
        zones: false,
        libraries: if minor >= 17 { ALPINE } else { &["libz.so.1"] },
        megabytes: 9,
        until: Some(until),
        ..SYSTEM
    }))
}

/// `debian:CODENAME-slim`. It has no certificates.
/// <https://github.com/docker-library/official-images/blob/master/library/debian>, ends of long-term
/// support: <https://wiki.debian.org/LTS>.
pub fn debian_slim(code_name: &str) -> Option<RuntimeImage> {
    let (libraries, megabytes, until) = match code_name {
        "stretch" => (DEBIAN_OR_UBUNTU, 56, "2022-06"),
        "buster" => (DEBIAN_OR_UBUNTU, 70, "2024-06"),
        "bullseye" => (DEBIAN_OR_UBUNTU, 81, "2026-08"),
        "bookworm" => (DEBIAN_BOOKWORM, 75, "2028-06"),
        "trixie" => (DEBIAN_TRIXIE, 79, "2030-06"),
        _ => return None,
    };
    Some(system(RuntimeImage {
        reference: format!("debian:{code_name}-slim").into(),
        libraries,
        megabytes,
        until: Some(until),
        ..SYSTEM
    }))
}

/// `ubuntu:RELEASE` of a release with long-term support. It has no certificates and no time zones.
/// <https://github.com/docker-library/official-images/blob/master/library/ubuntu>
pub fn ubuntu(release: &str) -> Option<RuntimeImage> {
    let (megabytes, until) = match release {
        "22.04" => (78, "2027-04"),
        "24.04" => (78, "2029-04"),
        "26.04" => (100, "2031-04"),
        _ => return None,
    };
    Some(system(RuntimeImage {
        reference: format!("ubuntu:{release}").into(),
        zones: false,
        megabytes,
        until: Some(until),
        ..SYSTEM
    }))
}

/// `nginxinc/nginx-unprivileged` with a tag of the official `nginx`, which it listens to 8080 instead of.
///
/// Tags: the workflows of <https://github.com/nginx/docker-nginx-unprivileged>, where 1.30 was `stable` and
/// 1.31 `mainline`. `stable`, `mainline`, `latest` and `alpine` float; a minor release keeps what it has.
pub fn nginx_unprivileged(tag: Option<&str>) -> Option<RuntimeImage> {
    nginx_of("nginxinc/nginx-unprivileged", tag)
}

/// The official `nginx`, with the same tags and `1`: it starts as root, and serves as `nginx`.
/// <https://github.com/docker-library/official-images/blob/master/library/nginx>
pub fn nginx(tag: Option<&str>) -> Option<RuntimeImage> {
    let image = nginx_of("nginx", tag)?;
    Some(RuntimeImage { user: "root", home: "/root", ..image })
}

fn nginx_of(repository: &'static str, tag: Option<&str>) -> Option<RuntimeImage> {
    let written = tag.unwrap_or("latest");
    let (line, variant) = match written.split_once('-') {
        Some((line, variant)) => (line, variant),
        None if written == "alpine" => ("latest", "alpine"),
        None => (written, ""),
    };
    let (line, variant) = if line == "alpine" { ("mainline", written) } else { (line, variant) };
    let is_line = matches!(line, "stable" | "mainline" | "latest" | "1.30" | "1.31");
    if !is_line && (repository, line) != ("nginx", "1") {
        return None;
    }
    let megabytes = match variant {
        "" | "trixie" => 92,
        _ if line == "latest" && written != "alpine" => return None,
        "alpine" | "alpine3.24" => 62,
        "alpine-slim" | "alpine3.24-slim" => 14,
        _ => return None,
    };
    let on_alpine = variant.starts_with("alpine");
    Some(RuntimeImage {
        reference: tag.map_or(repository.into(), |tag| format!("{repository}:{tag}").into()),
        kind: RuntimeKind::Nginx,
        distribution: distribution_of(repository, tag),
        libc: distribution_of(repository, tag).and_then(|it| it.libc()),
        user: "101",
        home: "/var/cache/nginx",
        entrypoint: &["/docker-entrypoint.sh"],
        environment: &[
            PATH,
            ("NGINX_VERSION", None),
            ("PKG_RELEASE", None),
            ("DYNPKG_RELEASE", None),
        ],
        libraries: if on_alpine { ALPINE } else { DEBIAN_OR_UBUNTU },
        certificates: true,
        interpreter: Some("/usr/sbin/nginx"),
        megabytes,
        ..SYSTEM
    })
}

/// Distribution and C library as the reference tells.
pub(super) fn system(image: RuntimeImage) -> RuntimeImage {
    let named = split_reference(&image.reference);
    let distribution = named.and_then(|(repository, tag)| distribution_of(repository, tag));
    let image = match distribution.as_ref().map(|it| it.family) {
        Some(Family::RedHat | Family::AmazonLinux | Family::AzureLinux) => {
            RuntimeImage { libraries: GLIBC_ANYWHERE, zones: false, ..image }
        }
        _ => image,
    };
    RuntimeImage { libc: distribution.as_ref().and_then(Distribution::libc), distribution, ..image }
}

pub(super) fn find(reference: &str) -> Option<RuntimeImage> {
    let (name, tag) = split_reference(reference)?;
    let found = match (name, tag) {
        ("scratch", None) => Some(scratch()),
        ("alpine", Some(tag)) => alpine(tag.strip_prefix("3.")?.parse().ok()?),
        ("debian", Some(tag)) => debian_slim(tag.strip_suffix("-slim")?),
        ("ubuntu", Some(tag)) => ubuntu(tag),
        ("nginxinc/nginx-unprivileged", tag) => nginx_unprivileged(tag),
        ("nginx", tag) => nginx(tag),
        _ if name.starts_with("gcr.io/distroless/") => distroless_called(reference),
        _ => None,
    };
    found.filter(|it| it.reference == reference)
}

fn distroless_called(reference: &str) -> Option<RuntimeImage> {
    use RuntimeKind::{Base, BaseWithoutSsl, Cc, Java, JavaBase, Node, Python, Static};
    let fixed = [Static, BaseWithoutSsl, Base, Cc, Python { version: (3, 13) }, JavaBase];
    let nodes = [22, 24, 26].map(|major| Node { major });
    let javas = [17, 21, 25].map(|major| Java { major });
    let kinds = fixed.into_iter().chain(nodes).chain(javas);
    kinds
        .flat_map(|kind| [User::Root, User::Nonroot].map(|user| (kind, user)))
        .filter_map(|(kind, user)| distroless(kind, user))
        .find(|it| it.reference == reference)
}
