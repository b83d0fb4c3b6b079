//! The smaller images of Deno and Bun, by those who publish them.

use super::super::Libc;
use super::super::distribution::{Distribution, Family};
use super::fixed::{PATH, SYSTEM, system};
use super::{RuntimeImage, RuntimeKind, split_reference};

/// What Deno and Bun are published on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    Distroless,
    /// Not of Deno, whose image of Debian is slim.
    Slim,
    Alpine,
}

/// `denoland/deno:distroless-2.3.1` for `2.3.1`, `debian-2.3.1` and `ubuntu-2.3.1`; for every version since 1.14, when
/// all of them got the same init process.
/// <https://github.com/denoland/deno_docker/blob/main/.github/workflows/ci.yml>, and `distroless.dockerfile` beside it.
pub fn deno(tag: Option<&str>) -> Option<RuntimeImage> {
    const KINDS: &[&str] = &["alpine", "debian", "distroless", "ubuntu"];
    let tag = tag.filter(|it| *it != "latest").unwrap_or("debian");
    let (kind, version) = tag.split_once('-').unwrap_or(match KINDS.contains(&tag) {
        true => (tag, ""),
        false => ("debian", tag),
    });
    let is_there = match version {
        "" => true,
        open if open.starts_with('$') => is_variable(open),
        _ => match numbers(version)?[..] {
            [1, minor, _] => minor >= 14,
            [major, _, _] => major >= 2,
            _ => false,
        },
    };
    let reference = match version {
        "" => "denoland/deno:distroless".to_owned(),
        version => format!("denoland/deno:distroless-{version}"),
    };
    (KINDS.contains(&kind) && is_there).then(|| RuntimeImage {
        entrypoint: &["/tini", "--", "/bin/deno"],
        environment: &[
            PATH,
            ("SSL_CERT_FILE", Some("/etc/ssl/certs/ca-certificates.crt")),
            ("DENO_DIR", Some("/deno-dir/")),
            ("DENO_INSTALL_ROOT", Some("/usr/local")),
            ("DENO_VERSION", None),
            ("DENO_USE_CGROUPS", None),
        ],
        interpreter: Some("/bin/deno"),
        megabytes: 165,
        ..distroless(reference)
    })
}

/// `oven/bun:1.2-slim` for `1.2`, and so on: <https://github.com/oven-sh/bun/blob/main/.github/workflows/release.yml>.
/// What is in them: <https://github.com/oven-sh/bun/tree/main/dockerhub>.
pub fn bun(tag: Option<&str>, flavour: Flavour) -> Option<RuntimeImage> {
    const KINDS: &[&str] = &["alpine", "debian", "distroless", "slim"];
    let tag = tag.filter(|it| *it != "latest").unwrap_or_default();
    let (version, kind) = match tag.rsplit_once('-') {
        _ if KINDS.contains(&tag) => ("", tag),
        Some((version, kind)) => (version, kind),
        None => (tag, "debian"),
    };
    let is_there = match version {
        "" => true,
        open if open.starts_with('$') => is_variable(open),
        _ => matches!(numbers(version)?[..], [1] | [1, _] | [1, _, _]),
    };
    if !KINDS.contains(&kind) || !is_there || (kind == "alpine") != (flavour == Flavour::Alpine) {
        return None;
    }
    let name = match flavour {
        Flavour::Distroless => "distroless",
        Flavour::Slim => "slim",
        Flavour::Alpine => "alpine",
    };
    let reference = match version {
        "" => format!("oven/bun:{name}"),
        version => format!("oven/bun:{version}-{name}"),
    };
    let image = match flavour {
        // It has neither OpenSSL nor the run-time libraries of GCC, and Debian 11.
        Flavour::Distroless => RuntimeImage {
            entrypoint: &["/usr/local/bin/bun"],
            megabytes: 115,
            ..distroless(reference)
        },
        _ => system(RuntimeImage {
            reference: reference.into(),
            kind: RuntimeKind::Vendor,
            workdir: "/home/bun/app",
            entrypoint: &["/usr/local/bin/docker-entrypoint.sh"],
            certificates: flavour == Flavour::Alpine,
            zones: flavour != Flavour::Alpine,
            megabytes: if flavour == Flavour::Alpine { 105 } else { 175 },
            ..SYSTEM
        }),
    };
    Some(RuntimeImage {
        environment: &[
            ("PATH", None),
            ("BUN_INSTALL_BIN", Some("/usr/local/bin")),
            ("BUN_RUNTIME_TRANSPILER_CACHE_PATH", None),
        ],
        interpreter: Some("/usr/local/bin/bun"),
        ..image
    })
}

pub(super) fn find(reference: &str) -> Option<RuntimeImage> {
    let (name, tag) = split_reference(reference)?;
    let flavours = [Flavour::Distroless, Flavour::Slim, Flavour::Alpine];
    let mut all = match name {
        "denoland/deno" => vec![deno(tag)],
        "oven/bun" => flavours.map(|flavour| bun(tag, flavour)).to_vec(),
        _ => Vec::new(),
    };
    all.retain(|it| it.as_ref().is_some_and(|it| it.reference == reference));
    all.pop().flatten()
}

fn distroless(reference: String) -> RuntimeImage {
    let distribution = Distribution { reduced: true, ..Distribution::of(Family::Distroless) };
    RuntimeImage {
        reference: reference.into(),
        kind: RuntimeKind::Vendor,
        distribution: Some(distribution),
        libc: Some(Libc::Glibc(None)),
        has_shell: false,
        user: "0",
        certificates: true,
        zones: true,
        temporary: true,
        ..SYSTEM
    }
}

/// `2.3.1` in numbers.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|it| it.parse().ok()).collect()
}

/// `$VERSION` or `${VERSION}` and nothing more.
fn is_variable(text: &str) -> bool {
    let name = text.trim_start_matches('$');
    let name = name.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(name);
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}
