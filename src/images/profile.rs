//! What is known of an image besides its distribution.

use super::{Entrypoint, SpareUser};

/// What does not depend on the distribution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    pub(super) language: Option<&'static str>,
    pub(super) user: Option<&'static str>,
    pub(super) home: Option<&'static str>,
    pub(super) workdir: Option<&'static str>,
    pub(super) entrypoint: Option<Entrypoint>,
    pub(super) environment: Option<&'static [(&'static str, Option<&'static str>)]>,
    pub(super) volumes: &'static [&'static str],
    pub(super) spare_user: Option<SpareUser>,
}

/// Nothing but the distribution is known.
pub(super) const UNKNOWN: Profile = Profile {
    language: None,
    user: None,
    home: None,
    workdir: None,
    entrypoint: None,
    environment: None,
    volumes: &[],
    spare_user: None,
};

/// Runs as root in `/`, and sets no variable that matters here.
pub(super) const ROOT: Profile = Profile {
    user: Some("root"),
    home: Some("/root"),
    workdir: Some("/"),
    entrypoint: Some(Entrypoint::None),
    environment: Some(&[]),
    ..UNKNOWN
};

/// A server whose entrypoint starts as root.
pub(super) const SERVER: Profile =
    Profile { entrypoint: Some(Entrypoint::DropsPrivileges), workdir: None, ..ROOT };

/// An application: what it sets is not listed here.
pub(super) const APPLICATION: Profile =
    Profile { environment: None, entrypoint: None, workdir: None, ..ROOT };

pub(super) const fn language(name: &'static str) -> Profile {
    Profile { language: Some(name), ..ROOT }
}

pub(super) const NODE: Profile = Profile {
    entrypoint: Some(Entrypoint::Passes),
    spare_user: Some(SpareUser { name: "node", uid: 1000, gid: 1000 }),
    ..language("node")
};

pub(super) const GO: Profile = Profile {
    workdir: Some("/go"),
    environment: Some(&[
        ("GOPATH", Some("/go")),
        ("GOLANG_VERSION", None),
        ("GOTOOLCHAIN", Some("local")),
    ]),
    ..language("go")
};

pub(super) const RUBY: Profile = Profile {
    environment: Some(&[
        ("GEM_HOME", Some("/usr/local/bundle")),
        ("BUNDLE_APP_CONFIG", Some("/usr/local/bundle")),
    ]),
    ..language("ruby")
};

pub(super) const RUST: Profile = Profile {
    environment: Some(&[
        ("CARGO_HOME", Some("/usr/local/cargo")),
        ("RUSTUP_HOME", Some("/usr/local/rustup")),
    ]),
    ..language("rust")
};

pub(super) const PHP: Profile = Profile {
    // `/` in the command-line variants.
    workdir: None,
    entrypoint: Some(Entrypoint::Passes),
    environment: Some(&[("PHP_INI_DIR", Some("/usr/local/etc/php")), ("PHPIZE_DEPS", None)]),
    ..language("php")
};

pub(super) const MAVEN: Profile = Profile {
    entrypoint: Some(Entrypoint::Passes),
    environment: Some(&[("MAVEN_CONFIG", Some("/root/.m2"))]),
    ..language("java")
};

/// The user was `gradle` in early releases; `/root/.gradle` links into the volume.
pub(super) const GRADLE: Profile = Profile {
    user: None,
    home: None,
    workdir: Some("/home/gradle"),
    volumes: &["/home/gradle/.gradle", "/root/.gradle"],
    ..language("java")
};

/// <https://github.com/docker-library/tomcat/blob/master/Dockerfile.template>: that of Eclipse Temurin was its
/// entry point for a while, which runs what it is given.
pub(super) const TOMCAT: Profile = Profile {
    entrypoint: Some(Entrypoint::Passes),
    workdir: Some("/usr/local/tomcat"),
    environment: Some(&[("CATALINA_HOME", Some("/usr/local/tomcat"))]),
    ..language("java")
};

/// <https://github.com/jetty/jetty.docker/blob/main/baseDockerfile>: it ran as root up to August 2017.
pub(super) const JETTY: Profile = Profile {
    user: None,
    home: None,
    entrypoint: Some(Entrypoint::Passes),
    workdir: Some("/var/lib/jetty"),
    environment: Some(&[
        ("JETTY_HOME", Some("/usr/local/jetty")),
        ("JETTY_BASE", Some("/var/lib/jetty")),
    ]),
    ..language("java")
};

pub(super) const COMPOSER: Profile = Profile {
    workdir: Some("/app"),
    entrypoint: Some(Entrypoint::Passes),
    environment: Some(&[("COMPOSER_HOME", None)]),
    ..language("php")
};

pub(super) const CONDA: Profile = Profile { entrypoint: None, workdir: None, ..language("python") };

/// <https://github.com/jenkinsci/docker/blob/master/debian/bookworm/hotspot/Dockerfile>
pub(super) const JENKINS: Profile = Profile {
    language: Some("java"),
    user: Some("jenkins"),
    home: Some("/var/jenkins_home"),
    entrypoint: Some(Entrypoint::Program),
    volumes: &["/var/jenkins_home"],
    ..UNKNOWN
};

/// <https://github.com/jupyter/docker-stacks/blob/main/images/docker-stacks-foundation/Dockerfile>: the
/// user is given by number since 2018.
pub(super) const JUPYTER: Profile = Profile {
    language: Some("python"),
    home: Some("/home/jovyan"),
    workdir: Some("/home/jovyan"),
    entrypoint: Some(Entrypoint::Passes),
    ..UNKNOWN
};

/// <https://github.com/GoogleContainerTools/distroless/blob/main/base/base.bzl>
pub(super) const DISTROLESS: Profile = Profile {
    workdir: None,
    entrypoint: None,
    spare_user: Some(SpareUser { name: "nonroot", uid: 65532, gid: 65532 }),
    ..ROOT
};

pub(super) const DISTROLESS_NONROOT: Profile =
    Profile { user: Some("65532"), home: Some("/home/nonroot"), spare_user: None, ..DISTROLESS };

/// Before .NET 8 there is no spare user: <https://github.com/dotnet/dotnet-docker/blob/main/documentation/>.
pub(super) const DOTNET: Profile = Profile { environment: None, ..language("dotnet") };

pub(super) const BUN: Profile = Profile {
    workdir: Some("/home/bun/app"),
    entrypoint: Some(Entrypoint::Passes),
    environment: Some(&[
        ("BUN_INSTALL_BIN", Some("/usr/local/bin")),
        ("BUN_RUNTIME_TRANSPILER_CACHE_PATH", None),
    ]),
    spare_user: Some(SpareUser { name: "bun", uid: 1000, gid: 1000 }),
    ..language("javascript")
};

/// Its entry point gives what is a command of Deno to `deno`:
/// <https://github.com/denoland/deno_docker/blob/main/_entry.sh>.
pub(super) const DENO: Profile = Profile {
    entrypoint: Some(Entrypoint::Passes),
    environment: Some(&[
        ("DENO_DIR", Some("/deno-dir/")),
        ("DENO_INSTALL_ROOT", Some("/usr/local")),
        ("DENO_USE_CGROUPS", None),
        ("DENO_VERSION", None),
    ]),
    ..language("javascript")
};

/// <https://github.com/haskell/docker-haskell/blob/master/template/debian.jinja>
pub(super) const HASKELL: Profile =
    Profile { environment: Some(&[("LANG", Some("C.UTF-8"))]), ..language("haskell") };

/// <https://github.com/dart-lang/dart-docker/blob/main/Dockerfile-debian.template>
pub(super) const DART: Profile =
    Profile { workdir: Some("/root"), environment: None, ..language("dart") };

/// Their working directory and entry point are not listed here; commands run.
pub(super) const D: Profile = Profile { workdir: None, environment: None, ..language("d") };

/// `opam exec --` starts the command: <https://github.com/ocurrent/docker-base-images>.
pub(super) const OCAML: Profile = Profile {
    language: Some("ocaml"),
    user: Some("opam"),
    home: Some("/home/opam"),
    workdir: Some("/home/opam"),
    entrypoint: Some(Entrypoint::Passes),
    ..UNKNOWN
};
