//! Distributions: their releases, and what follows from them.

use crate::shell::Dialect;

/// A family of distributions and, where the tag tells, the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    pub family: Family,
    /// `12`, `22.04`, `3.19`, `9`; `None` if the tag does not tell.
    pub release: Option<String>,
    /// A variant without a full package manager or shell.
    pub reduced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    Debian,
    Ubuntu,
    /// One of the two, by the age of the tag.
    DebianOrUbuntu,
    Alpine,
    Fedora,
    /// CentOS, Rocky, Alma, Oracle, UBI.
    RedHat,
    AmazonLinux,
    Suse,
    Arch,
    Gentoo,
    Photon,
    AzureLinux,
    ClearLinux,
    /// Wolfi and Chainguard.
    Wolfi,
    BusyBox,
    Distroless,
    Windows,
}

/// A C library with its version, as far as the release tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Libc {
    Glibc(Option<(u32, u32)>),
    Musl(Option<(u32, u32)>),
    Uclibc,
}

impl Family {
    /// By the names of `packages`.
    pub fn package_managers(self) -> &'static [&'static str] {
        match self {
            Family::Debian | Family::Ubuntu | Family::DebianOrUbuntu => &["apt", "aptitude"],
            Family::Alpine | Family::Wolfi => &["apk"],
            Family::Fedora | Family::RedHat | Family::AmazonLinux => &["dnf", "yum", "microdnf"],
            Family::Suse => &["zypper"],
            Family::Arch => &["pacman"],
            Family::Gentoo => &["emerge"],
            Family::Photon | Family::AzureLinux => &["tdnf", "dnf", "yum"],
            Family::ClearLinux | Family::BusyBox | Family::Distroless => &[],
            Family::Windows => &["choco"],
        }
    }

    /// What `/bin/sh` is in the images of the family; `None` if there is none, or not for certain.
    pub fn shell(self) -> Option<Dialect> {
        match self {
            Family::Debian | Family::Ubuntu | Family::DebianOrUbuntu => Some(Dialect::Dash),
            Family::Alpine | Family::BusyBox | Family::Wolfi => Some(Dialect::Ash),
            Family::Fedora
            | Family::RedHat
            | Family::AmazonLinux
            | Family::Suse
            | Family::Arch
            | Family::Gentoo
            | Family::Photon
            | Family::AzureLinux
            | Family::ClearLinux => Some(Dialect::Bash),
            Family::Distroless | Family::Windows => None,
        }
    }
}

impl Distribution {
    pub(super) fn of(family: Family) -> Self {
        Self { family, release: None, reduced: false }
    }

    pub(super) fn with(family: Family, release: &str) -> Self {
        Self { release: Some(release.to_owned()), ..Self::of(family) }
    }

    /// Versions are those of the distributions' own package lists.
    pub fn libc(&self) -> Option<Libc> {
        let release = self.release.as_deref();
        let major = release.and_then(|it| it.split('.').next());
        let glibc = |versions: &[(&str, u32)], key: Option<&str>| {
            let minor = versions.iter().find(|(name, _)| Some(*name) == key).map(|it| it.1);
            Some(Libc::Glibc(minor.map(|minor| (2, minor))))
        };
        match self.family {
            Family::Debian | Family::Distroless => glibc(DEBIAN_GLIBC, major),
            Family::Ubuntu => glibc(UBUNTU_GLIBC, release),
            Family::RedHat => glibc(RED_HAT_GLIBC, major),
            Family::Fedora => glibc(FEDORA_GLIBC, major),
            Family::AmazonLinux => glibc(&[("2", 26), ("2023", 34)], release),
            Family::Alpine => Some(Libc::Musl(release.and_then(musl))),
            Family::BusyBox | Family::Windows => None,
            _ => Some(Libc::Glibc(None)),
        }
    }
}

const DEBIAN_GLIBC: &[(&str, u32)] =
    &[("7", 13), ("8", 19), ("9", 24), ("10", 28), ("11", 31), ("12", 36), ("13", 41)];

const UBUNTU_GLIBC: &[(&str, u32)] = &[
    ("12.04", 15),
    ("14.04", 19),
    ("16.04", 23),
    ("18.04", 27),
    ("20.04", 31),
    ("22.04", 35),
    ("24.04", 39),
    ("24.10", 40),
    ("25.04", 41),
    ("25.10", 42),
    ("26.04", 43),
];

/// <https://packages.fedoraproject.org/pkgs/glibc/glibc/>
const FEDORA_GLIBC: &[(&str, u32)] = &[
    ("36", 35),
    ("37", 36),
    ("38", 37),
    ("39", 38),
    ("40", 39),
    ("41", 40),
    ("42", 41),
    ("43", 42),
    ("44", 43),
    ("45", 44),
];

const RED_HAT_GLIBC: &[(&str, u32)] = &[("6", 12), ("7", 17), ("8", 28), ("9", 34), ("10", 39)];

/// Alpine 3.13 came with musl 1.2: <https://alpinelinux.org/posts/Alpine-3.13.0-released.html>.
fn musl(release: &str) -> Option<(u32, u32)> {
    let minor: u32 = release.strip_prefix("3.")?.split('.').next()?.parse().ok()?;
    Some((1, if minor >= 13 { 2 } else { 1 }))
}

/// A code name of Debian or Ubuntu. Names of both are never the same.
pub(super) fn by_code_name(name: &str) -> Option<Distribution> {
    const DEBIAN: &[(&str, &str)] = &[
        ("squeeze", "6"),
        ("wheezy", "7"),
        ("jessie", "8"),
        ("stretch", "9"),
        ("buster", "10"),
        ("bullseye", "11"),
        ("bookworm", "12"),
        ("trixie", "13"),
        ("forky", "14"),
    ];
    const UBUNTU: &[(&str, &str)] = &[
        ("lucid", "10.04"),
        ("precise", "12.04"),
        ("quantal", "12.10"),
        ("raring", "13.04"),
        ("saucy", "13.10"),
        ("trusty", "14.04"),
        ("utopic", "14.10"),
        ("vivid", "15.04"),
        ("wily", "15.10"),
        ("xenial", "16.04"),
        ("yakkety", "16.10"),
        ("zesty", "17.04"),
        ("artful", "17.10"),
        ("bionic", "18.04"),
        ("cosmic", "18.10"),
        ("disco", "19.04"),
        ("eoan", "19.10"),
        ("focal", "20.04"),
        ("groovy", "20.10"),
        ("hirsute", "21.04"),
        ("impish", "21.10"),
        ("jammy", "22.04"),
        ("kinetic", "22.10"),
        ("lunar", "23.04"),
        ("mantic", "23.10"),
        ("noble", "24.04"),
        ("oracular", "24.10"),
        ("plucky", "25.04"),
        ("questing", "25.10"),
        ("resolute", "26.04"),
    ];
    let found = |table: &[(&str, &str)], family| {
        let release = table.iter().find(|(code, _)| *code == name)?.1;
        Some(Distribution::with(family, release))
    };
    if matches!(name, "sid" | "unstable" | "rc-buggy") {
        return Some(Distribution::of(Family::Debian));
    }
    found(DEBIAN, Family::Debian).or_else(|| found(UBUNTU, Family::Ubuntu))
}
