//! The repositories that are known, by rule.
//!
//! Which distribution an official image has where the tag does not say: the `FROM` lines of its own
//! repository and the tags in <https://github.com/docker-library/official-images/tree/master/library>.

use super::distribution::Family;
use super::profile::{
    APPLICATION, BUN, COMPOSER, CONDA, D, DART, DENO, DISTROLESS, DISTROLESS_NONROOT, DOTNET, GO,
    GRADLE, HASKELL, JENKINS, JETTY, JUPYTER, MAVEN, NODE, OCAML, PHP, Profile, ROOT, RUBY, RUST,
    SERVER, TOMCAT, UNKNOWN, language,
};
use super::rules::Base::{self, Always, Custom, Otherwise, Release, Tagged};
use super::rules::{
    apt_or_java, crystal, distroless, dotnet, gradle, maven, openjdk, phusion, ubi,
};
use super::tag::Tag;
use super::{Entrypoint, SpareUser};

pub(super) struct Entry {
    pub(super) base: Base,
    pub(super) profile: Profile,
}

const DEBIAN: Base = Otherwise(Family::Debian);
const UBUNTU: Base = Otherwise(Family::Ubuntu);
const EITHER: Base = Otherwise(Family::DebianOrUbuntu);
const ALPINE: Base = Otherwise(Family::Alpine);

type Row = (&'static [&'static str], Base, Profile);

/// By the whole name.
const NAMES: &[Row] = &[
    // Distributions.
    (&["debian", "google/debian", "bitnami/minideb"], Release(Family::Debian), ROOT),
    (&["neurodebian"], DEBIAN, ROOT),
    (
        &["kalilinux/kali-rolling", "kalilinux/kali-linux-docker", "kalilinux/kali"],
        Always(Family::Debian),
        ROOT,
    ),
    (&["ubuntu", "public.ecr.aws/ubuntu/ubuntu"], Release(Family::Ubuntu), ROOT),
    (&["alpine", "gliderlabs/alpine"], Release(Family::Alpine), ROOT),
    (
        &["fedora", "registry.fedoraproject.org/fedora", "quay.io/fedora/fedora"],
        Release(Family::Fedora),
        ROOT,
    ),
    (
        &["registry.fedoraproject.org/fedora-minimal", "quay.io/fedora/fedora-minimal"],
        Release(Family::Fedora),
        ROOT,
    ),
    (
        &[
            "centos",
            "quay.io/centos/centos",
            "rockylinux",
            "rockylinux/rockylinux",
            "almalinux",
            "quay.io/rockylinux/rockylinux",
            "quay.io/almalinuxorg/almalinux",
            "oraclelinux",
            "container-registry.oracle.com/os/oraclelinux",
            "ghcr.io/oracle/oraclelinux",
        ],
        Release(Family::RedHat),
        ROOT,
    ),
    (
        &["amazonlinux", "public.ecr.aws/amazonlinux/amazonlinux"],
        Release(Family::AmazonLinux),
        ROOT,
    ),
    (
        &[
            "opensuse",
            "opensuse/leap",
            "opensuse/tumbleweed",
            "registry.opensuse.org/opensuse/leap",
            "registry.opensuse.org/opensuse/tumbleweed",
        ],
        Always(Family::Suse),
        ROOT,
    ),
    (
        &[
            "archlinux",
            "archlinux/archlinux",
            "archlinux/base",
            "base/archlinux",
            "base/arch",
            "base/devel",
        ],
        Always(Family::Arch),
        ROOT,
    ),
    (&["photon", "vmware/photon"], Release(Family::Photon), ROOT),
    (
        &["mcr.microsoft.com/cbl-mariner/base/core", "mcr.microsoft.com/azurelinux/base/core"],
        Release(Family::AzureLinux),
        ROOT,
    ),
    (&["clearlinux", "clearlinux/os-core"], Always(Family::ClearLinux), ROOT),
    (&["busybox", "progrium/busybox", "quay.io/prometheus/busybox"], Always(Family::BusyBox), ROOT),
    // Languages.
    (&["python", "pypy", "hylang"], DEBIAN, language("python")),
    (&["node", "iojs"], DEBIAN, NODE),
    (&["golang"], DEBIAN, GO),
    (&["ruby"], DEBIAN, RUBY),
    (&["rust", "rustlang/rust"], DEBIAN, RUST),
    (&["php"], DEBIAN, PHP),
    // `/root`, `/usr/src/app` since 2023.
    (&["perl"], DEBIAN, Profile { workdir: None, ..language("perl") }),
    (&["rakudo-star"], DEBIAN, language("perl")),
    (&["gcc"], DEBIAN, language("c")),
    (&["erlang"], DEBIAN, language("erlang")),
    (&["elixir"], DEBIAN, Profile { environment: None, ..language("elixir") }),
    (&["haskell"], DEBIAN, HASKELL),
    (&["crystallang/crystal"], Custom(crystal), language("crystal")),
    (&["dart"], DEBIAN, DART),
    // <https://github.com/nim-lang/docker-images>: Ubuntu, and Debian since 2026.
    (&["nimlang/nim"], EITHER, Profile { workdir: None, environment: None, ..language("nim") }),
    (&["dlang2/dmd-ubuntu", "dlang2/ldc-ubuntu"], UBUNTU, D),
    (&["julia"], DEBIAN, Profile { entrypoint: Some(Entrypoint::Passes), ..language("julia") }),
    (&["r-base", "rocker/r-base"], DEBIAN, Profile { environment: None, ..language("r") }),
    (&["mono"], DEBIAN, language("dotnet")),
    (&["swift"], UBUNTU, language("swift")),
    (&["buildpack-deps"], DEBIAN, ROOT),
    (&["openjdk"], Custom(openjdk), language("java")),
    (&["java"], DEBIAN, language("java")),
    (
        &["adoptopenjdk", "ibmjava", "sapmachine", "ibm-semeru-runtimes"],
        UBUNTU,
        Profile { environment: None, ..language("java") },
    ),
    // Its entrypoint imports certificates only if `USE_SYSTEM_CA_CERTS` is set, and ends in the command:
    // <https://github.com/adoptium/containers/blob/main/entrypoint.sh>.
    (
        &["eclipse-temurin"],
        UBUNTU,
        Profile { environment: None, entrypoint: Some(Entrypoint::Passes), ..language("java") },
    ),
    (&["amazoncorretto"], Otherwise(Family::AmazonLinux), language("java")),
    (&["maven"], Custom(maven), MAVEN),
    (&["gradle"], Custom(gradle), GRADLE),
    (&["groovy", "jruby"], Custom(apt_or_java), Profile { environment: None, ..APPLICATION }),
    // The entry point of those with the command-line tools gives options to `clojure`, and else runs the
    // command; the others have none: <https://github.com/Quantisan/docker-clojure>.
    (
        &["clojure"],
        Custom(apt_or_java),
        Profile { entrypoint: Some(Entrypoint::Passes), ..APPLICATION },
    ),
    // <https://github.com/sbt/docker-sbt/blob/main/eclipse-temurin/Dockerfile>: `sbt` is its command.
    (
        &["sbtscala/scala-sbt", "hseeberger/scala-sbt"],
        Tagged,
        Profile { workdir: Some("/root"), environment: None, ..language("java") },
    ),
    (&["tomcat"], Custom(apt_or_java), TOMCAT),
    (&["jetty"], Custom(apt_or_java), JETTY),
    (&["tomee"], Custom(apt_or_java), Profile { language: Some("java"), ..APPLICATION }),
    (&["composer", "composer/composer"], ALPINE, COMPOSER),
    (&["oven/bun"], DEBIAN, BUN),
    (&["denoland/deno"], DEBIAN, DENO),
    (&["mhart/alpine-node"], Always(Family::Alpine), language("node")),
    (&["dunglas/frankenphp"], DEBIAN, Profile { language: Some("php"), ..APPLICATION }),
    // Servers.
    (&["nginx"], DEBIAN, Profile { entrypoint: Some(Entrypoint::Passes), ..SERVER }),
    (&["httpd"], DEBIAN, Profile { entrypoint: Some(Entrypoint::None), ..SERVER }),
    (
        &["nginxinc/nginx-unprivileged"],
        DEBIAN,
        Profile { user: Some("101"), home: None, ..APPLICATION },
    ),
    (&["postgres", "redis"], DEBIAN, SERVER),
    (&["memcached"], DEBIAN, Profile { user: Some("memcache"), home: None, ..APPLICATION }),
    (&["haproxy"], DEBIAN, Profile { user: None, home: None, ..APPLICATION }),
    (&["mongo", "mariadb", "cassandra"], EITHER, SERVER),
    (&["mysql", "percona"], Tagged, SERVER),
    (&["rabbitmq"], EITHER, Profile { home: None, environment: None, ..SERVER }),
    (
        &[
            "wordpress",
            "drupal",
            "nextcloud",
            "redmine",
            "ghost",
            "couchdb",
            "influxdb",
            "telegraf",
            "jenkins",
            "joomla",
            "matomo",
            "mediawiki",
        ],
        DEBIAN,
        Profile { user: None, home: None, ..APPLICATION },
    ),
    (
        &["docker"],
        ALPINE,
        Profile { entrypoint: Some(Entrypoint::Passes), workdir: Some("/"), ..APPLICATION },
    ),
    (
        &[
            "bash",
            "caddy",
            "abiosoft/caddy",
            "registry",
            "eclipse-mosquitto",
            "hashicorp/terraform",
            "adminer",
        ],
        ALPINE,
        Profile { user: None, home: None, ..APPLICATION },
    ),
    (&["jenkins/jenkins"], DEBIAN, JENKINS),
    (
        &[
            "elasticsearch",
            "kibana",
            "logstash",
            "neo4j",
            "solr",
            "sonarqube",
            "zookeeper",
            "traefik",
            "kong",
            "openresty/openresty",
            "fluent/fluentd",
            "hashicorp/packer",
            "node-red",
        ],
        Tagged,
        UNKNOWN,
    ),
    (&["ocaml/opam", "ocaml/opam2"], Tagged, OCAML),
    // Platforms.
    (
        &["nvidia/cuda", "nvidia/opencl", "nvcr.io/nvidia/cuda"],
        UBUNTU,
        Profile { environment: None, ..ROOT },
    ),
    (
        &["tensorflow/tensorflow", "pytorch/pytorch", "gcr.io/tensorflow/tensorflow"],
        UBUNTU,
        Profile { language: Some("python"), ..APPLICATION },
    ),
    (&["phusion/baseimage"], Custom(phusion), APPLICATION),
    (
        &[
            "continuumio/miniconda3",
            "continuumio/miniconda",
            "continuumio/anaconda3",
            "continuumio/anaconda",
        ],
        DEBIAN,
        CONDA,
    ),
    (&["condaforge/miniforge3", "condaforge/mambaforge"], UBUNTU, CONDA),
    (&["mambaorg/micromamba"], DEBIAN, Profile { language: None, ..UNKNOWN }),
    (
        &[
            "google/cloud-sdk",
            "gcr.io/google.com/cloudsdktool/cloud-sdk",
            "gcr.io/google.com/cloudsdktool/google-cloud-cli",
        ],
        DEBIAN,
        APPLICATION,
    ),
    (
        &[
            "rocker/r-ver",
            "rocker/rstudio",
            "rocker/tidyverse",
            "rocker/verse",
            "rocker/geospatial",
            "rocker/shiny",
        ],
        EITHER,
        Profile { language: Some("r"), ..APPLICATION },
    ),
    (&["microsoft/dotnet", "microsoft/aspnetcore", "microsoft/aspnetcore-build"], DEBIAN, DOTNET),
    (
        &[
            "frolvlad/alpine-glibc",
            "frolvlad/alpine-oraclejdk8",
            "anapsix/alpine-java",
            "lsiobase/alpine",
            "jfloff/alpine-python",
        ],
        Always(Family::Alpine),
        UNKNOWN,
    ),
    (
        &["heroku/heroku", "heroku/cedar", "ekidd/rust-musl-builder"],
        Always(Family::Ubuntu),
        UNKNOWN,
    ),
    (&["resin/rpi-raspbian"], DEBIAN, APPLICATION),
    (
        &[
            "jboss/base-jdk",
            "jboss/wildfly",
            "jboss/base",
            "openshift/base-centos7",
            "oracle/graalvm-ce",
            "centos/systemd",
        ],
        Always(Family::RedHat),
        UNKNOWN,
    ),
    (&["apache/airflow"], DEBIAN, Profile { language: Some("python"), ..UNKNOWN }),
];

/// By the start of the name.
const PREFIXES: &[Row] = &[
    (
        &[
            "mcr.microsoft.com/windows/",
            "microsoft/windowsservercore",
            "microsoft/nanoserver",
            "microsoft/iis",
        ],
        Always(Family::Windows),
        UNKNOWN,
    ),
    (&["mcr.microsoft.com/dotnet/framework/"], Always(Family::Windows), UNKNOWN),
    (&["mcr.microsoft.com/dotnet/core/"], DEBIAN, DOTNET),
    (
        &[
            "mcr.microsoft.com/dotnet/sdk",
            "mcr.microsoft.com/dotnet/aspnet",
            "mcr.microsoft.com/dotnet/runtime",
        ],
        Custom(dotnet),
        DOTNET,
    ),
    (&["mcr.microsoft.com/playwright"], UBUNTU, UNKNOWN),
    (&["gcr.io/distroless/"], Custom(distroless), DISTROLESS),
    (&["cgr.dev/chainguard/"], Always(Family::Wolfi), UNKNOWN),
    (&["jupyter/", "quay.io/jupyter/"], EITHER, JUPYTER),
    (&["phusion/passenger-"], Always(Family::Ubuntu), APPLICATION),
    (
        &["registry.access.redhat.com/ubi", "registry.redhat.io/ubi", "redhat/ubi"],
        Custom(ubi),
        APPLICATION,
    ),
    (&["registry.suse.com/bci/", "registry.suse.com/suse/"], Always(Family::Suse), APPLICATION),
    (
        &[
            "quay.io/pypa/manylinux2010",
            "quay.io/pypa/manylinux2014",
            "quay.io/pypa/manylinux_2_28",
            "quay.io/pypa/manylinux_2_34",
            "quay.io/pypa/manylinux1",
        ],
        Always(Family::RedHat),
        UNKNOWN,
    ),
    (&["quay.io/pypa/musllinux"], Always(Family::Alpine), UNKNOWN),
    (&["gentoo/stage3"], Always(Family::Gentoo), ROOT),
    (&["selenium/"], Always(Family::Ubuntu), UNKNOWN),
    (&["cimg/"], Always(Family::Ubuntu), UNKNOWN),
    (&["cypress/"], DEBIAN, UNKNOWN),
    (&["public.ecr.aws/lambda/", "lambci/lambda"], Always(Family::AmazonLinux), UNKNOWN),
    (&["alpine/"], Always(Family::Alpine), UNKNOWN),
    // <https://github.com/AdoptOpenJDK/openjdk-docker>: a JDK as root, without an entry point.
    (
        &["adoptopenjdk/openjdk"],
        UBUNTU,
        Profile {
            language: Some("java"),
            user: Some("root"),
            entrypoint: Some(Entrypoint::None),
            ..UNKNOWN
        },
    ),
    (
        &["ghcr.io/graalvm/", "container-registry.oracle.com/graalvm/"],
        Otherwise(Family::RedHat),
        UNKNOWN,
    ),
    // <https://github.com/astral-sh/uv/blob/main/.github/workflows/build-docker.yml>: those on other images
    // have no entry point, and stay root.
    (
        &["ghcr.io/astral-sh/uv"],
        Tagged,
        Profile { entrypoint: Some(Entrypoint::None), user: Some("root"), ..UNKNOWN },
    ),
    (
        &["azul/zulu-openjdk-alpine", "bellsoft/liberica-openjdk-alpine"],
        Always(Family::Alpine),
        Profile { language: Some("java"), entrypoint: Some(Entrypoint::None), ..UNKNOWN },
    ),
    (
        &["azul/zulu-openjdk-debian", "bellsoft/liberica-openjdk-debian"],
        Always(Family::Debian),
        Profile { language: Some("java"), entrypoint: Some(Entrypoint::None), ..UNKNOWN },
    ),
];

pub(super) fn find(name: &str, tag: &Tag) -> Option<Entry> {
    let whole = NAMES.iter().find(|(names, ..)| names.contains(&name));
    let by_prefix =
        || PREFIXES.iter().find(|(starts, ..)| starts.iter().any(|it| name.starts_with(it)));
    let (_, base, profile) = whole.or_else(by_prefix)?;
    let nonroot = name.starts_with("gcr.io/distroless/") && tag.has("nonroot");
    let mut profile = if nonroot { DISTROLESS_NONROOT } else { *profile };
    profile.workdir = profile.workdir.or_else(|| workdir(name, tag));
    Some(Entry { base: *base, profile })
}

/// Where it is the same in all images of a profile but some: the `WORKDIR` of each image's own file.
fn workdir(name: &str, tag: &Tag) -> Option<&'static str> {
    match name {
        "mariadb" | "mongo" | "mysql" | "nginx" | "phusion/baseimage" | "postgres" => Some("/"),
        "wordpress" => Some("/var/www/html"),
        "php" if tag.has("apache") || tag.has("fpm") => Some("/var/www/html"),
        "php" if !tag.open => Some("/"),
        _ => None,
    }
}

/// A user that is made for programs, by the age of the image: since .NET 8 there is `app`, with the number
/// in `APP_UID`, and since the end of 2016 `node`.
/// <https://github.com/dotnet/dotnet-docker/blob/main/src/aspnet/8.0/bookworm-slim/amd64/Dockerfile>,
/// <https://github.com/nodejs/docker-node/pull/253>.
pub(super) fn spare_user(name: &str, tag: &Tag, usual: Option<SpareUser>) -> Option<SpareUser> {
    let major = tag.major();
    match name {
        "iojs" => None,
        "node" => usual.filter(|_| !tag.open && major.is_none_or(|major| major >= 8)),
        _ if name.starts_with("mcr.microsoft.com/dotnet/") && !tag.open => {
            let has = major.is_some_and(|major| (8..100).contains(&major));
            has.then_some(SpareUser { name: "app", uid: 1654, gid: 1654 })
        }
        _ => usual,
    }
}

/// The version of the language: the tag's, or that of the JDK where the tag's is that of a tool.
pub(super) fn runtime_version(name: &str, tag: &Tag) -> Option<String> {
    const JDKS: &[&str] = &[
        "jdk",
        "openjdk",
        "jre",
        "temurin",
        "amazoncorretto",
        "sapmachine",
        "semeru",
        "ibmjava",
        "libericaopenjdk",
        "azulzulu",
    ];
    match name {
        "maven" | "gradle" | "tomcat" | "tomee" | "jetty" => {
            JDKS.iter().find_map(|word| tag.number_after(word)).map(|number| number.to_string())
        }
        // `8u171`
        "openjdk" | "java" | "eclipse-temurin" | "amazoncorretto" if !tag.open => {
            tag.version().or_else(|| tag.major().map(|it| it.to_string()))
        }
        "sbtscala/scala-sbt" | "hseeberger/scala-sbt" => None,
        "node" => tag.version().or_else(|| node_line(tag).map(|it| it.to_string())),
        "composer" | "composer/composer" | "pypy" | "hylang" => None,
        _ if name.starts_with("jupyter/") || name.contains("cuda") => None,
        _ => tag.version(),
    }
}

/// The major release that a code name stands for: <https://github.com/nodejs/Release#release-schedule>.
fn node_line(tag: &Tag) -> Option<u32> {
    const LINES: &[(&str, u32)] = &[
        ("argon", 4),
        ("boron", 6),
        ("carbon", 8),
        ("dubnium", 10),
        ("erbium", 12),
        ("fermium", 14),
        ("gallium", 16),
        ("hydrogen", 18),
        ("iron", 20),
        ("jod", 22),
        ("krypton", 24),
    ];
    LINES.iter().find(|(name, _)| tag.has(name)).map(|it| it.1)
}
