//! The images that a run-time stage may be built on: what is in them, and which of them are published.
//!
//! By rule and table, checked on [`super::KNOWN_ON`] against the repositories named beside the facts.
//! A reference that is not certain to be published is never made.

mod beam;
mod dotnet;
mod fixed;
mod java;
mod javascript;
mod jdk;
mod jetty;
mod libraries;
mod tomcat;
mod vendor;

use super::{Distribution, Image, Libc, identify};
use std::borrow::Cow;

pub use beam::beneath_elixir;
pub use dotnet::{Dotnet, Variant, dotnet};
pub use fixed::{
    User, alpine, debian_slim, distroless, nginx, nginx_unprivileged, scratch, ubuntu,
};
pub use javascript::{Flavour, bun, deno};
pub use jdk::{Jdk, jdk};
pub use tomcat::{Java, tomcat_has_applications};
pub use vendor::{slim_of, slim_of_written};

/// The Java of an image of Tomcat or Jetty; `None` if it is no such image, or its tag does not tell.
pub fn server_java(reference: &str) -> Option<Java> {
    tomcat::java_of(reference).or_else(|| jetty::java_of(reference))
}

/// The month in which support ([`RuntimeImage::is_supported`]) is judged.
pub const SUPPORT_JUDGED_IN: &str = "2026-11";

/// An image that a run-time stage can be built on: what is in it and what it sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeImage {
    /// As it is written behind `FROM`: `gcr.io/distroless/static-debian13:nonroot`.
    pub reference: Cow<'static, str>,
    pub kind: RuntimeKind,
    /// Of Distroless images the release is that of the Debian that they are made of.
    pub distribution: Option<Distribution>,
    /// `None` if a program finds none there; a version that is not known is `Glibc(None)`.
    pub libc: Option<Libc>,
    /// `/bin/sh`.
    pub has_shell: bool,
    /// In force: `0`, `65532`, `101`, `root`.
    pub user: &'static str,
    pub home: &'static str,
    pub workdir: &'static str,
    /// In words; empty if there is none.
    pub entrypoint: &'static [&'static str],
    /// Variables that are set, with the values that are the same in every build of the image.
    pub environment: &'static [(&'static str, Option<&'static str>)],
    /// Shared libraries that programs find there, by soname; others may be there, too. The dynamic
    /// loader, whose name is that of the architecture, is not listed.
    pub libraries: &'static [&'static str],
    /// A bundle of CA certificates where OpenSSL, Go and the language of the image look for it.
    pub certificates: bool,
    /// `/usr/share/zoneinfo`.
    pub zones: bool,
    /// `/tmp` with mode 1777.
    pub temporary: bool,
    /// The program that runs the language of the image.
    pub interpreter: Option<&'static str>,
    /// Unpacked, about, in units of 10^6 bytes.
    pub megabytes: u32,
    /// The month in which support ends, `2027-04`; `None` if no day is known.
    pub until: Option<&'static str>,
}

/// What an image is made for. Versions are those of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuntimeKind {
    /// Nothing at all.
    Scratch,
    /// Distroless: certificates, time zones, users and `/tmp`.
    Static,
    /// Distroless: and glibc.
    BaseWithoutSsl,
    /// Distroless: and OpenSSL with what it needs.
    Base,
    /// Distroless: and the run-time libraries of GCC.
    Cc,
    /// Distroless.
    Node {
        major: u32,
    },
    /// Distroless; `(3, 13)`.
    Python {
        version: (u32, u32),
    },
    /// Distroless: what a Java runtime needs, without one.
    JavaBase,
    /// Distroless.
    Java {
        major: u32,
    },
    Nginx,
    Alpine,
    /// The small image of Debian or the only one of Ubuntu.
    Slim,
    /// The smaller image by those who publish the image of the language.
    Vendor,
}

impl RuntimeImage {
    /// Whether support had not ended in [`SUPPORT_JUDGED_IN`], as far as is known.
    pub fn is_supported(&self) -> bool {
        self.until.is_none_or(|until| until >= SUPPORT_JUDGED_IN)
    }

    /// The version of glibc, `(2, 41)`, if it has glibc and the release is known.
    pub fn glibc(&self) -> Option<(u32, u32)> {
        match self.libc? {
            Libc::Glibc(version) => version,
            Libc::Musl(_) | Libc::Uclibc => None,
        }
    }
}

/// The image of the table or the rules that `reference` names; `None` if it is not known to be
/// published. It may have a variable in its tag.
pub fn find(reference: &str) -> Option<RuntimeImage> {
    fixed::find(reference)
        .or_else(|| vendor::find(reference))
        .or_else(|| javascript::find(reference))
}

/// Whether `reference` is known to be published.
pub fn is_published(reference: &str) -> bool {
    find(reference).is_some()
}

/// The version of glibc, `(2, 36)`; `None` if the release is not known.
pub fn glibc_of(distribution: &Distribution) -> Option<(u32, u32)> {
    match distribution.libc()? {
        Libc::Glibc(version) => version,
        Libc::Musl(_) | Libc::Uclibc => None,
    }
}

/// The version of glibc, or that of the newest release that is stable today where only the family is
/// known. `None` for families that roll, and for those without glibc.
pub fn glibc_at_most(distribution: &Distribution) -> Option<(u32, u32)> {
    use super::Family;
    if distribution.release.is_some() {
        return glibc_of(distribution);
    }
    match distribution.family {
        // 13, 26.04, 10, 2023.
        Family::Debian | Family::Distroless => Some((2, 41)),
        Family::Ubuntu | Family::DebianOrUbuntu => Some((2, 43)),
        Family::RedHat => Some((2, 39)),
        Family::AmazonLinux => Some((2, 34)),
        _ => None,
    }
}

/// The major release of Java that the tag names.
pub fn java_major(image: &Image) -> Option<u32> {
    version_of(image, "java")?.first().copied()
}

/// The major release of Node.js that the tag names by number or code name.
pub fn node_major(image: &Image) -> Option<u32> {
    version_of(image, "node")?.first().copied()
}

/// The minor release of Python that the tag names: `(3, 13)`. `python:3` moves with time.
pub fn python_minor(image: &Image) -> Option<(u32, u32)> {
    match *version_of(image, "python")? {
        [2] => Some((2, 7)),
        [major, minor, ..] => Some((major, minor)),
        _ => None,
    }
}

fn version_of(image: &Image, language: &str) -> Option<Vec<u32>> {
    let runtime = image.runtime.as_ref().filter(|it| it.language == language)?;
    runtime.version.as_deref()?.split('.').map(|it| it.parse().ok()).collect()
}

/// `name:tag` in parts. A registry's port is not a tag.
pub(super) fn split_reference(reference: &str) -> Option<(&str, Option<&str>)> {
    if reference.contains('@') {
        return None;
    }
    // A variable may have a colon of its own (`${TAG:-1}`), and a tag has no slash.
    let name_end = reference.rfind('/').unwrap_or(0);
    match reference[name_end..].find(':') {
        Some(at) => Some((&reference[..name_end + at], Some(&reference[name_end + at + 1..]))),
        None => Some((reference, None)),
    }
}

/// The distribution of the image called so.
fn distribution_of(repository: &str, tag: Option<&str>) -> Option<Distribution> {
    identify(repository, tag, None)?.distribution
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
