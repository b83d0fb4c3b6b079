//! The images of .NET without the SDK.
//!
//! Tags: <https://github.com/dotnet/dotnet-docker/blob/main/README.aspnet.md> and its siblings. Every
//! suite that an SDK is built on has the three others.

use super::super::distribution::{Distribution, Family, Libc};
use super::fixed::{PATH, SYSTEM, system};
use super::{RuntimeImage, RuntimeKind};

/// How much of .NET a program needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dotnet {
    /// A web application.
    Aspnet,
    /// Another program.
    Runtime,
    /// A program that is published with its runtime.
    Dependencies,
}

/// How much of the distribution is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Full,
    /// Neither a shell nor a package manager, as the user `app`.
    ChiseledExtra,
    /// And without ICU and time zones: `DOTNET_SYSTEM_GLOBALIZATION_INVARIANT` is set.
    Chiseled,
}

/// The image for the SDK `repository:tag`, which is on the same release of the distribution; `None` if
/// there is none for certain, as `Chiseled` is for Debian. The number of an SDK tells its runtime's minor
/// release only: `8.0.424` is `8.0`.
pub fn dotnet(repository: &str, tag: &str, part: Dotnet, variant: Variant) -> Option<RuntimeImage> {
    let folder = repository.strip_suffix("/sdk")?;
    if !matches!(folder, "mcr.microsoft.com/dotnet" | "mcr.microsoft.com/dotnet/core") {
        return None;
    }
    if tag.contains(":-") || tag.contains(":+") {
        return None;
    }
    let mut parts: Vec<&str> = tag.split('-').collect();
    let architecture = parts.pop_if(|it| is_architecture(it));
    let (version, suite) = parts.split_first()?;
    let major = leading_major(version);
    let version = match major {
        Some(_) => minor_release(version)?,
        None if version.starts_with('$') => (*version).to_owned(),
        None => return None,
    };
    let suite = suite_of(suite, major)?;
    let suite = match variant {
        Variant::Full => suite,
        Variant::Chiseled | Variant::ChiseledExtra => {
            let chiseled = chiseled_suite(&suite, major?)?;
            let extra = if variant == Variant::ChiseledExtra { "-extra" } else { "" };
            format!("-{chiseled}-chiseled{extra}")
        }
    };
    let architecture = architecture.map(|it| format!("-{it}")).unwrap_or_default();
    let name = match part {
        Dotnet::Aspnet => "aspnet",
        Dotnet::Runtime => "runtime",
        Dotnet::Dependencies => "runtime-deps",
    };
    let reference = format!("{folder}/{name}:{version}{suite}{architecture}");
    Some(contents(reference, major, part, variant))
}

/// As `super::slim_of`: for an SDK what a web application needs, which any other finds enough.
pub(super) fn slim_of(repository: &str, tag: Option<&str>) -> Option<RuntimeImage> {
    let (folder, name) = repository.rsplit_once('/')?;
    let part = match name {
        "sdk" | "aspnet" => Dotnet::Aspnet,
        "runtime" => Dotnet::Runtime,
        "runtime-deps" => Dotnet::Dependencies,
        _ => return None,
    };
    let sdk = format!("{folder}/sdk");
    if name == "sdk" {
        return dotnet(&sdk, tag?, part, Variant::Full);
    }
    let tag = tag?;
    let (stem, architecture) = match tag.rsplit_once('-') {
        Some((stem, last)) if is_architecture(last) => (stem, &tag[stem.len()..]),
        _ => (tag, ""),
    };
    let (stem, variant) = if let Some(stem) = stem.strip_suffix("-chiseled-extra") {
        (stem, Variant::ChiseledExtra)
    } else if let Some(stem) = stem.strip_suffix("-chiseled") {
        (stem, Variant::Chiseled)
    } else {
        (stem, Variant::Full)
    };
    let found = dotnet(&sdk, &format!("{stem}{architecture}"), part, variant)?;
    (found.reference == format!("{repository}:{tag}")).then_some(found)
}

fn is_architecture(part: &str) -> bool {
    matches!(part, "amd64" | "arm64v8" | "arm32v7")
}

fn leading_major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// `8.0` of `8.0` and `8.0.424`.
fn minor_release(version: &str) -> Option<String> {
    let numbers: Option<Vec<u32>> = version.split('.').map(|it| it.parse().ok()).collect();
    match *numbers? {
        [major, minor] | [major, minor, _] => {
            let known = matches!((major, minor), (2, 1) | (3, 1) | (5..=11, 0));
            known.then(|| format!("{major}.{minor}"))
        }
        _ => None,
    }
}

/// With a hyphen before it, as the images without SDK call it.
fn suite_of(suite: &[&str], major: Option<u32>) -> Option<String> {
    let spelled = match *suite {
        [] => String::new(),
        ["stretch" | "buster" | "bullseye"] if major.is_some_and(|it| it <= 3) => {
            format!("-{}-slim", suite[0])
        }
        ["buster" | "bullseye" | "bookworm", "slim"] => format!("-{}-slim", suite[0]),
        ["bionic" | "focal" | "jammy" | "noble" | "resolute" | "alpine"] => {
            format!("-{}", suite[0])
        }
        [alpine] if alpine.starts_with("alpine3.") => format!("-{alpine}"),
        ["azurelinux3.0"] => "-azurelinux3.0".to_owned(),
        _ => return None,
    };
    Some(spelled)
}

/// Ubuntu is the default from .NET 10 on.
fn chiseled_suite(suite: &str, major: u32) -> Option<&'static str> {
    match (suite, major) {
        ("-jammy", 6..=8) => Some("jammy"),
        ("-noble", 8..=10) | ("", 10) => Some("noble"),
        ("-resolute", 10 | 11) | ("", 11) => Some("resolute"),
        _ => None,
    }
}

fn contents(reference: String, major: Option<u32>, part: Dotnet, variant: Variant) -> RuntimeImage {
    let on_alpine = reference.contains("alpine");
    let base = match variant {
        Variant::Full if on_alpine => 15,
        Variant::Full => 120,
        Variant::ChiseledExtra => 50,
        Variant::Chiseled => 13,
    };
    let megabytes = match part {
        Dotnet::Aspnet => base + 100,
        Dotnet::Runtime => base + 75,
        Dotnet::Dependencies => base,
    };
    let image = RuntimeImage {
        reference: reference.into(),
        kind: RuntimeKind::Vendor,
        environment: match major {
            Some(8..) => &[
                PATH,
                ("APP_UID", Some("1654")),
                ("ASPNETCORE_HTTP_PORTS", Some("8080")),
                ("DOTNET_RUNNING_IN_CONTAINER", Some("true")),
                ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", None),
                ("DOTNET_VERSION", None),
                ("ASPNET_VERSION", None),
            ],
            _ => &[
                PATH,
                ("ASPNETCORE_URLS", Some("http://+:80")),
                ("DOTNET_RUNNING_IN_CONTAINER", Some("true")),
                ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", None),
                ("DOTNET_VERSION", None),
                ("ASPNET_VERSION", None),
            ],
        },
        certificates: true,
        zones: !on_alpine && variant != Variant::Chiseled,
        libraries: if on_alpine { &["libz.so.1"] } else { SYSTEM.libraries },
        interpreter: (part != Dotnet::Dependencies).then_some("/usr/bin/dotnet"),
        megabytes,
        // <https://dotnet.microsoft.com/platform/support/policy/dotnet-core>
        until: match major {
            Some(2..=3) => Some("2022-12"),
            Some(5) => Some("2022-05"),
            Some(6) => Some("2024-11"),
            Some(7) => Some("2024-05"),
            Some(8 | 9) => Some("2026-11"),
            Some(10) => Some("2028-11"),
            _ => None,
        },
        ..SYSTEM
    };
    let image = system(image);
    if variant == Variant::Full {
        return image;
    }
    RuntimeImage {
        has_shell: false,
        user: "1654",
        home: "/home/app",
        libc: chiseled_libc(&image.reference),
        libraries: CHISELED,
        ..image
    }
}

/// That of the release of Ubuntu whose packages are cut.
fn chiseled_libc(reference: &str) -> Option<Libc> {
    let releases = [("-jammy-", "22.04"), ("-noble-", "24.04"), ("-resolute-", "26.04")];
    let (_, release) = releases.into_iter().find(|(name, _)| reference.contains(name))?;
    Distribution::with(Family::Ubuntu, release).libc()
}

/// Slices of `libc6`, `libgcc-s1`, `libssl3`, `libstdc++6` and `zlib1g`.
const CHISELED: &[&str] = &[
    "libc.so.6",
    "libcrypto.so.3",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libssl.so.3",
    "libstdc++.so.6",
    "libz.so.1",
];
