//! What is known of a base image from its name and tag.
//!
//! By rule, not by a list of tags. What is not certain is `None`: a mirror, an unknown repository, a
//! default that changed over time. Nothing is looked up, and a tag is taken to mean what it means on
//! the day that [`KNOWN_ON`] names.

mod alpine;
mod distribution;
mod profile;
mod rules;
pub mod runtime;
pub mod sizes;
mod table;
mod tag;

pub use distribution::{Distribution, Family, Libc};

use crate::shell::Dialect;
use std::borrow::Cow;
use tag::Tag;

/// When the facts of this module were checked, against the repositories named beside them and
/// <https://github.com/docker-library/official-images>.
pub const KNOWN_ON: &str = "2026-08-21";

/// What is known of one base image. `None` is "not known".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Without registry and `library/`.
    pub repository: String,
    pub distribution: Option<Distribution>,
    /// The minor release of Alpine 3 that it has at least; the tag need not name it.
    pub alpine: Option<u32>,
    /// The user in force: a name or a number.
    pub user: Option<&'static str>,
    /// Of that user.
    pub home: Option<&'static str>,
    pub workdir: Option<&'static str>,
    pub entrypoint: Option<Entrypoint>,
    pub runtime: Option<Runtime>,
    /// Variables that are set and matter to a rewrite, with their values where these are the same
    /// for every tag. `None`: it is not known which are set.
    pub environment: Option<&'static [(&'static str, Option<&'static str>)]>,
    /// Directories that are known to be volumes.
    pub volumes: &'static [&'static str],
    /// A user that is made for running programs and is not in force.
    pub spare_user: Option<SpareUser>,
    /// The tag says that the image has triggers, so more than this file runs.
    pub has_triggers: bool,
}

/// What runs first in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrypoint {
    None,
    /// It ends in the command, as the same user.
    Passes,
    /// It starts as root and goes on as another user.
    DropsPrivileges,
    /// It is the program itself.
    Program,
}

/// A language and the version that the tag names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// `python`, `node`, `go`, `java`, `ruby`, `php`, `rust`, `dotnet`, …
    pub language: &'static str,
    /// As in the tag: `3`, `3.11`, `3.11.4`.
    pub version: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpareUser {
    pub name: &'static str,
    pub uid: u32,
    pub gid: u32,
}

/// What is known of `repository` with `tag` and `digest`; `None` if nothing is.
///
/// A part of the tag that is not known before the build is written as a variable (`${VERSION}-slim`).
pub fn identify(repository: &str, tag: Option<&str>, digest: Option<&str>) -> Option<Image> {
    let name = normalized(repository)?;
    let tag = Tag::new(tag, digest.is_some());
    let entry = table::find(&name, &tag)?;
    let distribution = entry.base.resolve(&name, &tag);
    let is_windows = distribution.as_ref().is_some_and(|it| it.family == Family::Windows);
    let profile = entry.profile;
    let language = profile.language;
    let runtime =
        language.map(|language| Runtime { language, version: table::runtime_version(&name, &tag) });
    Some(Image {
        alpine: alpine::at_least(&name, &tag, distribution.as_ref()),
        spare_user: table::spare_user(&name, &tag, profile.spare_user).filter(|_| !is_windows),
        repository: name.into_owned(),
        distribution,
        user: profile.user.filter(|_| !is_windows),
        home: profile.home.filter(|_| !is_windows),
        workdir: profile.workdir.filter(|_| !is_windows),
        entrypoint: profile.entrypoint,
        runtime,
        environment: profile.environment.filter(|_| !is_windows),
        volumes: profile.volumes,
        has_triggers: tag.has("onbuild"),
    })
}

/// The release that a code name of Debian or Ubuntu means: `12` of `bookworm`.
pub fn release(code_name: &str) -> Option<String> {
    distribution::by_code_name(code_name)?.release
}

impl Image {
    /// The package managers that belong to the distribution; empty where there is none.
    pub fn package_managers(&self) -> Option<&'static [&'static str]> {
        Some(self.distribution.as_ref()?.family.package_managers())
    }

    /// What `/bin/sh` is.
    pub fn shell(&self) -> Option<Dialect> {
        self.distribution.as_ref()?.family.shell()
    }

    pub fn libc(&self) -> Option<Libc> {
        self.distribution.as_ref()?.libc()
    }

    /// Whether `yarn` is version 1 unless the project or a command says otherwise. Official `node`
    /// images had it before 26: <https://github.com/nodejs/docker-node/blob/main/Dockerfile-slim.template>.
    pub fn has_yarn_1(&self) -> bool {
        let Some(runtime) = &self.runtime else {
            return false;
        };
        let version = runtime.version.as_deref().unwrap_or_default();
        let major = version.split('.').next().and_then(|it| it.parse::<u32>().ok());
        self.repository == "node" && major.is_some_and(|major| (8..26).contains(&major))
    }
}

/// The name on Docker Hub without registry and `library/`, or with the registry of another one whose
/// images are known; `None` for a registry of which nothing is known.
fn normalized(repository: &str) -> Option<Cow<'_, str>> {
    if repository.is_empty() || repository.contains('$') {
        return None;
    }
    const HUB: &[&str] =
        &["docker.io/", "index.docker.io/", "registry-1.docker.io/", "registry.hub.docker.com/"];
    // Copies of the official images, kept by the registries themselves:
    // <https://docs.aws.amazon.com/AmazonECR/latest/public/docker-hub.html>,
    // <https://cloud.google.com/artifact-registry/docs/pull-cached-dockerhub-images>.
    const OFFICIAL_COPIES: &[&str] = &["public.ecr.aws/docker/library/", "mirror.gcr.io/library/"];
    if let Some(name) = OFFICIAL_COPIES.iter().find_map(|it| repository.strip_prefix(it)) {
        return (!name.contains('/')).then_some(Cow::Borrowed(name));
    }
    let name = HUB.iter().find_map(|it| repository.strip_prefix(it)).unwrap_or(repository);
    let name = name.strip_prefix("library/").unwrap_or(name);
    Some(Cow::Borrowed(without_architecture(name)))
}

/// Official images by architecture: <https://github.com/docker-library/official-images#architectures-other-than-amd64>.
fn without_architecture(name: &str) -> &str {
    const ARCHITECTURES: &[&str] = &[
        "amd64", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "i386", "mips64le", "ppc64le",
        "riscv64", "s390x",
    ];
    match name.split_once('/') {
        Some((prefix, rest)) if ARCHITECTURES.contains(&prefix) && !rest.contains('/') => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(reference: &str) -> Option<Image> {
        let (reference, digest) = match reference.split_once('@') {
            Some((reference, digest)) => (reference, Some(digest)),
            None => (reference, None),
        };
        match reference.split_once(':') {
            Some((repository, tag)) => identify(repository, Some(tag), digest),
            None => identify(reference, None, digest),
        }
    }

    /// Family and release, `-` for what is not known.
    fn shown(reference: &str) -> String {
        let Some(image) = image(reference) else { return "none".to_owned() };
        let Some(it) = image.distribution else { return "-".to_owned() };
        format!("{:?} {}", it.family, it.release.as_deref().unwrap_or("-"))
    }

    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        for (reference, expected) in cases {
            assert_eq!(shown(reference), *expected, "{reference}");
        }
    }

    #[test]
    fn releases_of_distributions() {
        check(&[
            ("debian", "Debian -"),
            ("debian:12-slim", "Debian 12"),
            ("debian:bookworm-20240101", "Debian 12"),
            ("debian:stable-slim", "Debian -"),
            ("docker.io/library/debian:8.11", "Debian 8"),
            ("debian:${VERSION}", "Debian -"),
            ("ubuntu:22.04", "Ubuntu 22.04"),
            ("ubuntu:jammy-20240101", "Ubuntu 22.04"),
            ("arm64v8/ubuntu:18.04", "Ubuntu 18.04"),
            ("alpine:3.19.1", "Alpine 3.19"),
            ("alpine:edge", "Alpine -"),
            ("centos:centos7", "RedHat 7"),
            ("centos:7.6.1810", "RedHat 7"),
            ("rockylinux:9-minimal", "RedHat 9"),
            ("registry.access.redhat.com/ubi8/ubi-minimal:8.5", "RedHat 8"),
            ("registry.access.redhat.com/ubi9", "RedHat 9"),
            ("fedora:39", "Fedora 39"),
            ("amazonlinux:2", "AmazonLinux 2"),
            ("amazonlinux:2023", "AmazonLinux 2023"),
            ("opensuse/leap:15.5", "Suse -"),
            ("archlinux", "Arch -"),
            ("photon:5.0", "Photon 5.0"),
            ("busybox:1.36-musl", "BusyBox -"),
        ]);
    }

    #[test]
    fn variants_of_official_images() {
        check(&[
            ("python", "Debian -"),
            ("python:3.12-slim", "Debian -"),
            ("python:3.12-slim-bookworm", "Debian 12"),
            ("python:3-alpine3.19", "Alpine 3.19"),
            ("python:3.7-windowsservercore-1809", "Windows -"),
            ("public.ecr.aws/docker/library/python:3", "Debian -"),
            ("node:18-bullseye-slim", "Debian 11"),
            ("node:lts-alpine", "Alpine -"),
            ("node:lts", "Debian -"),
            ("golang:1.12-nanoserver", "Windows -"),
            ("php:7.4-fpm-alpine", "Alpine -"),
            ("php:7.4-apache", "Debian -"),
            ("ruby:2.7-jessie", "Debian 8"),
            ("buildpack-deps:xenial-curl", "Ubuntu 16.04"),
            ("swift:5.9-slim", "Ubuntu -"),
            ("swift:5.9-amazonlinux2", "AmazonLinux 2"),
            ("eclipse-temurin:17-jdk-alpine", "Alpine -"),
            ("eclipse-temurin:21-jdk-ubi9-minimal", "RedHat 9"),
            ("amazoncorretto:17", "AmazonLinux -"),
            ("amazoncorretto:8-al2023-jdk", "AmazonLinux 2023"),
            ("mongo:4", "DebianOrUbuntu -"),
            ("mysql:8", "-"),
            ("mysql:8-debian", "Debian -"),
            ("sapmachine:21-jre-distroless-debian-12", "Distroless -"),
        ]);
    }

    #[test]
    fn defaults_that_changed_over_time() {
        check(&[
            ("openjdk", "-"),
            ("openjdk:8-jdk", "Debian -"),
            ("openjdk:8u171-jre", "Debian -"),
            ("openjdk:13", "-"),
            ("openjdk:17", "RedHat -"),
            ("openjdk:17-slim", "Debian -"),
            ("openjdk:17-jdk-oraclelinux8", "RedHat 8"),
            ("maven:3.6-jdk-8", "Debian -"),
            ("maven:3.8.1-openjdk-17", "-"),
            ("maven:3.8-openjdk-17-slim", "Debian -"),
            ("maven:3.9-eclipse-temurin-21", "Ubuntu -"),
            ("maven:3.9-eclipse-temurin-21-alpine", "Alpine -"),
            ("maven:3-amazoncorretto-17", "AmazonLinux -"),
            ("maven:3.6.3", "-"),
            ("maven", "Ubuntu -"),
            ("gradle:jdk17", "DebianOrUbuntu -"),
            ("gradle:jdk21-corretto-al2023", "AmazonLinux 2023"),
            ("tomcat:9-jdk17-temurin", "DebianOrUbuntu -"),
            ("tomcat:9.0.30-jdk13", "-"),
            ("tomcat:9-jdk17", "DebianOrUbuntu -"),
            ("tomcat:9-jdk11-corretto", "AmazonLinux -"),
            ("mcr.microsoft.com/dotnet/sdk:8.0", "Debian -"),
            ("mcr.microsoft.com/dotnet/aspnet:10.0", "Ubuntu -"),
            ("mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled", "Distroless -"),
            ("mcr.microsoft.com/dotnet/core/sdk:3.1-alpine3.12", "Alpine 3.12"),
        ]);
    }

    #[test]
    fn what_is_not_certain_is_not_known() {
        check(&[
            ("python:${VERSION}", "-"),
            ("python:${VERSION}-slim", "Debian -"),
            ("python:${VERSION}-alpine${ALPINE}", "Alpine -"),
            ("python:${TAG:-3.7-alpine}", "-"),
            ("python@sha256:0", "-"),
            ("python:3.12@sha256:0", "Debian -"),
            ("$BASE", "none"),
            ("registry.example.com/library/python:3", "none"),
            ("someone/python:3-alpine", "none"),
            ("mcr.microsoft.com/unknown", "none"),
            ("", "none"),
        ]);
    }

    #[test]
    fn users_and_runtimes() {
        let known = |reference: &str| {
            let image = image(reference)?;
            let runtime = image.runtime.map(|it| (it.language, it.version));
            Some((image.user, image.spare_user.map(|it| it.name), runtime))
        };
        let node = ("node", Some("18".to_owned()));
        assert_eq!(known("node:18-alpine"), Some((Some("root"), Some("node"), Some(node))));
        assert_eq!(known("gcr.io/distroless/static:nonroot"), Some((Some("65532"), None, None)));
        assert_eq!(known("jenkins/jenkins:lts").and_then(|it| it.0), Some("jenkins"));
        let java = ("java", Some("11".to_owned()));
        assert_eq!(known("maven:3-jdk-11").and_then(|it| it.2), Some(java));
        assert_eq!(known("golang:onbuild").and_then(|it| it.2), Some(("go", None)));
    }

    #[test]
    fn yarn_1_is_part_of_node_up_to_25() {
        let has_yarn_1 = |reference: &str| image(reference).map(|it| it.has_yarn_1());
        assert_eq!(has_yarn_1("node:18-alpine"), Some(true));
        assert_eq!(has_yarn_1("node:26"), Some(false));
        assert_eq!(has_yarn_1("node"), Some(false));
    }

    #[test]
    fn where_commands_start() {
        let workdir = |reference: &str| image(reference)?.workdir;
        assert_eq!(workdir("php:8.3-fpm-alpine"), Some("/var/www/html"));
        assert_eq!(workdir("php:8.3"), Some("/"));
        assert_eq!(workdir("php:$VERSION"), None);
        assert_eq!(workdir("nginx"), Some("/"));
        assert_eq!(workdir("redis"), None);
    }

    #[test]
    fn how_old_alpine_is_at_most() {
        let alpine = |reference: &str| image(reference)?.alpine;
        assert_eq!(alpine("alpine:3.19"), Some(19));
        assert_eq!(alpine("alpine:3.4"), Some(4));
        assert_eq!(alpine("alpine"), Some(8));
        assert_eq!(alpine("alpine:edge"), Some(8));
        assert_eq!(alpine("alpine:$RELEASE"), None);
        assert_eq!(alpine("node:8-alpine"), Some(8));
        assert_eq!(alpine("node:8.4.0-alpine"), None);
        assert_eq!(alpine("node:22.1-alpine"), Some(8));
        assert_eq!(alpine("nginx:stable-alpine"), Some(8));
        assert_eq!(alpine("openjdk:8-jdk-alpine"), Some(8));
        assert_eq!(alpine("openjdk:8u92-jdk-alpine"), None);
        assert_eq!(alpine("php:7.1.2-fpm-alpine3.4"), Some(4));
        assert_eq!(alpine("java:8-jdk-alpine"), None);
        assert_eq!(alpine("node:22"), None);
    }

    #[test]
    fn libraries_and_shells() {
        let libc = |reference: &str| image(reference)?.libc();
        assert_eq!(libc("debian:12"), Some(Libc::Glibc(Some((2, 36)))));
        assert_eq!(libc("ubuntu:18.04"), Some(Libc::Glibc(Some((2, 27)))));
        assert_eq!(libc("node:18-alpine3.12"), Some(Libc::Musl(Some((1, 1)))));
        let shell = |reference: &str| image(reference)?.shell();
        assert_eq!(shell("ruby:3"), Some(Dialect::Dash));
        assert_eq!(shell("ruby:3-alpine"), Some(Dialect::Ash));
        assert_eq!(shell("centos:7"), Some(Dialect::Bash));
        assert_eq!(shell("gcr.io/distroless/base"), None);
    }
}
