use super::*;

fn slim(reference: &str) -> String {
    let (repository, tag) = split_reference(reference).unwrap();
    slim_of(repository, tag).map_or("none".to_owned(), |it| it.reference.into_owned())
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (reference, expected) in cases {
        assert_eq!(slim(reference), *expected, "{reference}");
        if *expected != "none" {
            assert_eq!(slim(expected), *expected, "of {expected}, which is its own");
            assert!(is_published(expected), "{expected}");
        }
    }
}

#[test]
fn distroless_images_that_exist() {
    for (reference, megabytes) in [
        ("gcr.io/distroless/static-debian13:nonroot", 2),
        ("gcr.io/distroless/static-debian13", 2),
        ("gcr.io/distroless/base-nossl-debian13:nonroot", 15),
        ("gcr.io/distroless/base-debian13:nonroot", 24),
        ("gcr.io/distroless/cc-debian13:nonroot", 27),
        ("gcr.io/distroless/nodejs26-debian13:nonroot", 160),
        ("gcr.io/distroless/python3-debian13:nonroot", 60),
        ("gcr.io/distroless/java-base-debian13:nonroot", 24),
        ("gcr.io/distroless/java21-debian13:nonroot", 210),
    ] {
        let found = find(reference);
        assert_eq!(found.as_ref().map(|it| it.megabytes), Some(megabytes), "{reference}");
        assert!(found.is_some_and(|it| it.is_supported() && it.temporary && !it.has_shell));
    }
    for reference in [
        "gcr.io/distroless/static",
        "gcr.io/distroless/static-debian12:nonroot",
        "gcr.io/distroless/nodejs20-debian13:nonroot",
        "gcr.io/distroless/nodejs22-debian12:nonroot",
        "gcr.io/distroless/java11-debian13:nonroot",
        "gcr.io/distroless/python3-debian13:3.13",
        "gcr.io/distroless/static-debian13:latest@sha256:0",
    ] {
        assert!(!is_published(reference), "{reference}");
    }
}

#[test]
fn distroless_images_by_kind() {
    let node = distroless(RuntimeKind::Node { major: 22 }, User::Nonroot).unwrap();
    assert_eq!(node.reference, "gcr.io/distroless/nodejs22-debian13:nonroot");
    assert_eq!((node.user, node.workdir), ("65532", "/home/nonroot"));
    assert_eq!(node.entrypoint, ["/nodejs/bin/node"]);
    assert_eq!(node.glibc(), Some((2, 41)));
    assert!(node.libraries.contains(&"libstdc++.so.6") && node.libraries.contains(&"libssl.so.3"));
    let root = distroless(RuntimeKind::Static, User::Root).unwrap();
    assert_eq!((root.user, root.home, root.workdir), ("0", "/root", "/"));
    assert_eq!(root.libc, None);
    let java = distroless(RuntimeKind::Java { major: 21 }, User::Nonroot).unwrap();
    assert!(!java.libraries.contains(&"libssl.so.3"));
    let none = |kind| distroless(kind, User::Nonroot).is_none();
    assert!(none(RuntimeKind::Node { major: 20 }));
    assert!(none(RuntimeKind::Python { version: (3, 12) }));
    assert!(none(RuntimeKind::Java { major: 11 }));
    assert!(none(RuntimeKind::Alpine));
}

#[test]
fn nothing_is_in_scratch() {
    let scratch = scratch();
    assert_eq!(find("scratch"), Some(scratch.clone()));
    assert!(!scratch.certificates && !scratch.zones && !scratch.temporary && !scratch.has_shell);
    assert!(scratch.environment.is_empty() && scratch.libc.is_none());
    assert!(!is_published("scratch:latest"));
}

#[test]
fn images_of_distributions() {
    let supported: Vec<u32> =
        (0..30).filter(|it| alpine(*it).is_some_and(|it| it.is_supported())).collect();
    assert_eq!(supported, [22, 23, 24]);
    assert_eq!(alpine(23).unwrap().libc, Some(Libc::Musl(Some((1, 2)))));
    assert!(alpine(23).unwrap().certificates && !alpine(23).unwrap().zones);
    assert!(is_published("alpine:3.19") && !is_published("alpine:3.99"));
    let trixie = debian_slim("trixie").unwrap();
    assert_eq!(trixie.glibc(), Some((2, 41)));
    assert!(trixie.has_shell && trixie.zones && !trixie.certificates);
    assert!(debian_slim("bookworm").is_some_and(|it| it.is_supported()));
    assert!(debian_slim("bullseye").is_some_and(|it| !it.is_supported()));
    assert_eq!(debian_slim("forky"), None);
    assert_eq!(ubuntu("24.04").unwrap().glibc(), Some((2, 39)));
    assert_eq!(ubuntu("23.10"), None);
}

#[test]
fn nginx_for_any_user() {
    let image = nginx_unprivileged(Some("stable-alpine-slim")).unwrap();
    assert_eq!(image.reference, "nginxinc/nginx-unprivileged:stable-alpine-slim");
    assert_eq!((image.user, image.megabytes), ("101", 14));
    assert!(matches!(image.libc, Some(Libc::Musl(_))));
    for tag in ["stable", "mainline-alpine", "1.30-alpine3.24-slim", "1.31-trixie", "alpine"] {
        assert!(nginx_unprivileged(Some(tag)).is_some(), "{tag}");
        assert!(is_published(&format!("nginxinc/nginx-unprivileged:{tag}")), "{tag}");
    }
    assert!(nginx_unprivileged(None).is_some_and(|it| it.libc == Some(Libc::Glibc(None))));
    for tag in ["1.99", "stable-perl", "latest-alpine", "1.30-slim"] {
        assert_eq!(nginx_unprivileged(Some(tag)), None, "{tag}");
    }
}

#[test]
fn slim_node() {
    check(&[
        ("node:20.5.1", "node:20.5.1-slim"),
        ("node:20-bullseye", "node:20-bullseye-slim"),
        ("node:20", "node:20-slim"),
        ("node:lts", "node:lts-slim"),
        ("node:latest", "node:slim"),
        ("node", "node:slim"),
        ("node:jod-bookworm", "node:jod-bookworm-slim"),
        ("node:20-slim", "node:20-slim"),
        ("node:20-alpine", "node:20-alpine"),
        ("node:20-alpine3.19", "node:20-alpine3.19"),
        ("node:lts-alpine", "node:lts-alpine"),
        ("docker.io/library/node:20", "docker.io/library/node:20-slim"),
        ("public.ecr.aws/docker/library/node:20", "public.ecr.aws/docker/library/node:20-slim"),
        ("arm64v8/node:20", "arm64v8/node:20-slim"),
        ("node:10-stretch", "node:10-stretch-slim"),
        ("node:10.14-stretch", "node:10.14-stretch-slim"),
        ("node:10.13-stretch", "none"),
        ("node:8.11.4-jessie", "none"),
        ("node:0.10.28", "none"),
        ("node:8-onbuild", "none"),
        // It stays behind `jod` when another line takes over.
        ("node:lts-jod", "none"),
        ("mirror.gcr.io/library/node:20", "none"),
        ("registry.example.com/node:20", "none"),
        ("someone/node:20", "none"),
    ]);
}

#[test]
fn slim_python_and_ruby() {
    check(&[
        ("python:3.12", "python:3.12-slim"),
        ("python:3.12.1-bookworm", "python:3.12.1-slim-bookworm"),
        ("python:3.12-slim-bookworm", "python:3.12-slim-bookworm"),
        ("python:3.12-alpine", "python:3.12-alpine"),
        ("python", "python:slim"),
        ("python:3", "python:3-slim"),
        ("python:2.7-stretch", "python:2.7-slim-stretch"),
        ("python:2.7.14-stretch", "none"),
        ("python:3.15.0rc1", "none"),
        ("python:3.15-rc", "none"),
        ("python:3.7-windowsservercore", "none"),
        ("ruby:3.3-bookworm", "ruby:3.3-slim-bookworm"),
        ("ruby:3.3", "ruby:3.3-slim"),
        ("ruby:2.1.3", "none"),
        ("ruby:2.2-onbuild", "none"),
    ]);
    let python = slim_of("python", Some("3.13")).unwrap();
    assert!(python.certificates && python.zones && python.has_shell);
    assert_eq!(python.interpreter, Some("/usr/local/bin/python3"));
    let has_openssl_3 =
        |tag| slim_of("python", Some(tag)).unwrap().libraries.contains(&"libssl.so.3");
    assert!(
        has_openssl_3("3.13-bookworm") && !has_openssl_3("3.13") && !has_openssl_3("3.9-bullseye")
    );
    let node = slim_of("node", Some("22-bookworm")).unwrap();
    assert_eq!((node.certificates, node.glibc()), (false, Some((2, 36))));
    assert_eq!(node.entrypoint, ["docker-entrypoint.sh"]);
}

#[test]
fn what_has_none_smaller_is_itself() {
    check(&[
        ("php:8.3-fpm", "php:8.3-fpm"),
        ("php:8.3-fpm-alpine", "php:8.3-fpm-alpine"),
        ("php:apache", "php:apache"),
        ("php:8.3-windows", "none"),
        ("alpine", "alpine"),
        ("alpine:3.19.1", "alpine:3.19.1"),
        ("alpine:edge", "none"),
        ("ubuntu:22.04", "ubuntu:22.04"),
        ("ubuntu:jammy-20240808", "ubuntu:jammy-20240808"),
        ("ubuntu", "ubuntu"),
        ("ubuntu:devel", "none"),
    ]);
}

#[test]
fn libraries_of_swift_without_its_compiler() {
    check(&[
        ("swift:6.0", "swift:6.0-slim"),
        ("swift:5.9-jammy", "swift:5.9-jammy-slim"),
        ("swift:6.1-noble-slim", "swift:6.1-noble-slim"),
        ("swift", "swift:slim"),
        ("swift:6.0-bookworm", "none"),
        ("swift:5.10-mantic", "none"),
        ("swift:5.0.1", "none"),
        ("swift:5", "none"),
        ("swift:6.0-windowsservercore-ltsc2022", "none"),
    ]);
}

#[test]
fn releases_of_elixir_on_the_distribution_alone() {
    let below = |tag: &str| {
        let tag = Some(tag).filter(|it| !it.is_empty());
        beneath_elixir("elixir", tag).map_or("none".to_owned(), |it| it.reference.into_owned())
    };
    for (tag, expected) in [
        ("", "debian:trixie-slim"),
        ("slim", "debian:trixie-slim"),
        ("1.20", "debian:trixie-slim"),
        ("1.19", "debian:trixie-slim"),
        ("1.19.0", "none"),
        ("1.18.4-slim", "debian:bookworm-slim"),
        ("1.17", "debian:bookworm-slim"),
        ("1.17-otp-26", "debian:bookworm-slim"),
        ("1.16", "debian:bookworm-slim"),
        ("1.16.0", "none"),
        ("1.15-otp-25", "none"),
        ("1.13", "none"),
        ("1.17-alpine", "none"),
        ("${VERSION}", "none"),
    ] {
        assert_eq!(below(tag), expected, "{tag}");
    }
}

#[test]
fn deno_and_bun_on_less() {
    let of = |found: Option<RuntimeImage>| {
        let Some(found) = found else { return "none".to_owned() };
        assert_eq!(find(&found.reference).as_ref(), Some(&found));
        found.reference.into_owned()
    };
    for (tag, expected) in [
        ("2.3.1", "denoland/deno:distroless-2.3.1"),
        ("debian-1.46.3", "denoland/deno:distroless-1.46.3"),
        ("${VERSION}", "denoland/deno:distroless-${VERSION}"),
        ("alpine", "denoland/deno:distroless"),
        ("latest", "denoland/deno:distroless"),
        ("1.13.0", "none"),
        ("2.3", "none"),
        ("centos-1.20.1", "none"),
    ] {
        assert_eq!(of(deno(Some(tag))), expected, "{tag}");
    }
    for (tag, expected) in [
        ("1", "oven/bun:1-slim"),
        ("1.2.4-debian", "oven/bun:1.2.4-slim"),
        ("latest", "oven/bun:slim"),
        ("1.2-slim", "oven/bun:1.2-slim"),
        ("1-alpine", "none"),
        ("0.5.9", "none"),
        ("canary", "none"),
    ] {
        assert_eq!(of(bun(Some(tag), Flavour::Slim)), expected, "{tag}");
    }
    assert_eq!(of(bun(Some("1-alpine"), Flavour::Alpine)), "oven/bun:1-alpine");
    assert_eq!(of(bun(Some("1"), Flavour::Distroless)), "oven/bun:1-distroless");
    assert_eq!(of(bun(None, Flavour::Distroless)), "oven/bun:distroless");
}

#[test]
fn distributions_of_compilers() {
    check(&[
        ("golang:1.22-bookworm", "debian:bookworm-slim"),
        ("golang:1.22", "debian:bookworm-slim"),
        ("golang:1.19", "debian:bookworm-slim"),
        ("golang:1.19.3", "debian:bullseye-slim"),
        ("golang:1.24.6", "debian:trixie-slim"),
        ("golang", "debian:trixie-slim"),
        ("golang:1.21-alpine3.19", "alpine:3.19"),
        ("golang:1.21-alpine", "none"),
        ("golang:1.5", "none"),
        ("golang:1.99", "none"),
        ("rust:1.75", "debian:bookworm-slim"),
        ("rust:1.75-slim", "debian:bookworm-slim"),
        ("rust:1-slim-bullseye", "debian:bullseye-slim"),
        ("rust", "debian:trixie-slim"),
        ("rust:1.19-jessie", "none"),
        ("rust:nightly", "none"),
        ("debian:bookworm", "debian:bookworm-slim"),
        ("debian:12", "debian:12-slim"),
        ("debian:12.5", "debian:12.5-slim"),
        ("debian:bookworm-20240110", "debian:bookworm-20240110-slim"),
        ("debian", "debian:stable-slim"),
        ("debian:sid", "none"),
        ("arm64v8/golang:1.22", "arm64v8/debian:bookworm-slim"),
    ]);
}

#[test]
fn runtimes_of_java() {
    check(&[
        ("eclipse-temurin:17-jdk", "eclipse-temurin:17-jre"),
        ("eclipse-temurin:17-jdk-jammy", "eclipse-temurin:17-jre-jammy"),
        ("eclipse-temurin:17", "eclipse-temurin:17-jre"),
        ("eclipse-temurin:17-alpine", "eclipse-temurin:17-jre-alpine"),
        ("eclipse-temurin:21-jdk-alpine-3.21", "eclipse-temurin:21-jre-alpine-3.21"),
        ("eclipse-temurin:8u502-b07-jdk", "eclipse-temurin:8u502-b07-jre"),
        ("eclipse-temurin:17.0.20_8-jdk-noble", "eclipse-temurin:17.0.20_8-jre-noble"),
        ("eclipse-temurin:16-jdk", "none"),
        ("eclipse-temurin:17_35-jdk", "none"),
        ("eclipse-temurin:17-jdk-windowsservercore", "none"),
        ("eclipse-temurin:latest", "none"),
        ("openjdk:8", "openjdk:8-jre"),
        ("openjdk:8-jdk", "openjdk:8-jre"),
        ("openjdk:8-jdk-alpine", "openjdk:8-jre-alpine"),
        ("openjdk:11-jdk-slim", "openjdk:11-jre-slim"),
        ("openjdk:11-slim-bullseye", "openjdk:11-jre-slim-bullseye"),
        ("openjdk:8u171-jdk", "openjdk:8u171-jre"),
        ("openjdk:17", "eclipse-temurin:17-jre"),
        ("openjdk:17-jdk-slim", "eclipse-temurin:17-jre"),
        ("openjdk:17-jdk-alpine", "eclipse-temurin:17-jre-alpine"),
        ("openjdk:8-jdk-oracle", "eclipse-temurin:8-jre"),
        ("openjdk:14", "none"),
        ("openjdk:18-ea-jdk", "none"),
        ("openjdk:11.0.3-jdk-slim", "eclipse-temurin:11-jre"),
        ("openjdk", "none"),
        ("arm32v7/openjdk:17", "none"),
        ("amazoncorretto:8", "amazoncorretto:8-jre"),
        ("amazoncorretto:8-alpine-jdk", "amazoncorretto:8-alpine-jre"),
        ("amazoncorretto:17", "none"),
    ]);
}

#[test]
fn runtimes_for_what_builds_java() {
    check(&[
        ("maven:3.9-eclipse-temurin-17", "eclipse-temurin:17-jre"),
        ("maven:3.9-eclipse-temurin-17-alpine", "eclipse-temurin:17-jre-alpine"),
        ("maven:3.9-eclipse-temurin-17-noble", "eclipse-temurin:17-jre-noble"),
        ("maven:${MAVEN}-eclipse-temurin-21", "eclipse-temurin:21-jre"),
        ("maven:3.6.3-jdk-11", "openjdk:11-jre"),
        ("maven:3-jdk-8-alpine", "openjdk:8-jre-alpine"),
        ("maven:3.6.3-jdk-11-slim", "openjdk:11-jre-slim"),
        ("maven:3.8-openjdk-17-slim", "eclipse-temurin:17-jre"),
        ("maven:3.9-amazoncorretto-8", "amazoncorretto:8-jre"),
        ("maven:3.9-amazoncorretto-17", "none"),
        ("maven:3.9-sapmachine-21", "none"),
        ("maven:3.2.3-jdk-7u65", "none"),
        ("maven:3.9", "none"),
        ("gradle:8-jdk17", "eclipse-temurin:17-jre"),
        ("gradle:jdk21-alpine", "eclipse-temurin:21-jre-alpine"),
        ("gradle:7.6-jdk17-jammy", "eclipse-temurin:17-jre-jammy"),
        ("gradle:8.10-jdk23-jammy", "none"),
        ("gradle:8-jdk17-graal", "none"),
        ("gradle:8", "none"),
    ]);
    let temurin = slim_of("maven", Some("3.9-eclipse-temurin-21-jammy")).unwrap();
    assert_eq!(temurin.glibc(), Some((2, 35)));
    assert_eq!(temurin.interpreter, Some("/opt/java/openjdk/bin/java"));
    assert!(slim_of("openjdk", Some("8")).is_some_and(|it| !it.is_supported()));
}

#[test]
fn dotnet_without_its_sdk() {
    const SDK: &str = "mcr.microsoft.com/dotnet/sdk";
    let image = |tag: &str, part, variant| {
        let found = dotnet(SDK, tag, part, variant)?;
        assert_eq!(find(&found.reference).as_ref(), Some(&found));
        Some(found.reference.strip_prefix("mcr.microsoft.com/dotnet/")?.to_owned())
    };
    let full = |tag| image(tag, Dotnet::Aspnet, Variant::Full);
    for (tag, expected) in [
        ("8.0", "aspnet:8.0"),
        ("8.0.424", "aspnet:8.0"),
        ("8.0-bookworm-slim", "aspnet:8.0-bookworm-slim"),
        ("8.0.100-alpine3.18", "aspnet:8.0-alpine3.18"),
        ("6.0-jammy-arm64v8", "aspnet:6.0-jammy-arm64v8"),
        ("3.1-buster", "aspnet:3.1-buster-slim"),
        ("${V}-alpine", "aspnet:${V}-alpine"),
    ] {
        assert_eq!(full(tag).as_deref(), Some(expected), "{tag}");
    }
    for tag in ["11.0-preview", "8.0-nanoserver-1809", "10.0-noble-aot", "8", "latest", "4.0"] {
        assert_eq!(full(tag), None, "{tag}");
    }
    let chiseled = |tag| image(tag, Dotnet::Dependencies, Variant::ChiseledExtra);
    assert_eq!(chiseled("8.0-jammy").as_deref(), Some("runtime-deps:8.0-jammy-chiseled-extra"));
    assert_eq!(chiseled("10.0").as_deref(), Some("runtime-deps:10.0-noble-chiseled-extra"));
    assert_eq!(
        chiseled("9.0-noble-arm64v8").as_deref(),
        Some("runtime-deps:9.0-noble-chiseled-extra-arm64v8")
    );
    assert_eq!(chiseled("8.0"), None);
    let small = dotnet(SDK, "8.0-noble", Dotnet::Runtime, Variant::Chiseled).unwrap();
    assert_eq!((small.user, small.has_shell, small.zones), ("1654", false, false));
    assert_eq!(small.glibc(), Some((2, 39)));
    check(&[
        ("mcr.microsoft.com/dotnet/sdk:8.0", "mcr.microsoft.com/dotnet/aspnet:8.0"),
        ("mcr.microsoft.com/dotnet/core/sdk:3.1", "mcr.microsoft.com/dotnet/core/aspnet:3.1"),
        ("mcr.microsoft.com/dotnet/runtime:8.0", "mcr.microsoft.com/dotnet/runtime:8.0"),
        ("mcr.microsoft.com/dotnet/framework/sdk:4.8", "none"),
        ("example.com/dotnet/sdk:8.0", "none"),
    ]);
}

#[test]
fn variables_stay_where_the_form_is_certain() {
    check(&[
        ("node:${V}", "node:${V}-slim"),
        ("node:$V-bookworm", "node:$V-bookworm-slim"),
        ("python:${V}-bookworm", "python:${V}-slim-bookworm"),
        ("python:3.$MINOR", "python:3.$MINOR-slim"),
        ("eclipse-temurin:${V}-jdk", "eclipse-temurin:${V}-jre"),
        ("node:20-${VARIANT}", "none"),
        ("node:${V:-20}", "none"),
        ("node:${V}-stretch", "none"),
        ("golang:${V}", "none"),
        ("openjdk:${V}-jdk", "none"),
        ("$IMAGE", "none"),
    ]);
    let written = |tag: &str, value: &str| {
        let expand = |text: &str| Some(text.replace("${V}", value));
        slim_of_written("node", tag, expand).map(|it| it.reference.into_owned())
    };
    assert_eq!(written("${V}", "20").as_deref(), Some("node:${V}-slim"));
    assert_eq!(written("${V}-bookworm", "20.1").as_deref(), Some("node:${V}-bookworm-slim"));
    assert_eq!(written("${V}", "20-alpine"), None);
    assert_eq!(written("${V}", "20-slim"), None);
    assert_eq!(written("${V}", "latest"), None);
}

#[test]
fn versions_of_glibc() {
    let of = |repository: &str, tag: &str| {
        let distribution = identify(repository, Some(tag), None)?.distribution?;
        Some((glibc_of(&distribution), glibc_at_most(&distribution)))
    };
    assert_eq!(of("debian", "12"), Some((Some((2, 36)), Some((2, 36)))));
    assert_eq!(of("node", "20"), Some((None, Some((2, 41)))));
    assert_eq!(of("debian", "sid"), Some((None, None)));
    assert_eq!(of("debian", "testing-slim"), Some((None, None)));
    assert_eq!(of("ubuntu", "latest"), Some((None, Some((2, 43)))));
    assert_eq!(of("ubuntu", "devel"), Some((None, None)));
    assert_eq!(of("fedora", "43"), Some((Some((2, 42)), Some((2, 42)))));
    assert_eq!(of("rockylinux", "9"), Some((Some((2, 34)), Some((2, 34)))));
    assert_eq!(of("amazonlinux", "2"), Some((Some((2, 26)), Some((2, 26)))));
    assert_eq!(of("alpine", "3.20"), Some((None, None)));
}

#[test]
fn versions_of_languages() {
    let image = |repository: &str, tag: &str| identify(repository, Some(tag), None).unwrap();
    assert_eq!(java_major(&image("eclipse-temurin", "17.0.20_8-jdk")), Some(17));
    assert_eq!(java_major(&image("openjdk", "8u171-jre")), Some(8));
    assert_eq!(java_major(&image("maven", "3.9-amazoncorretto-21")), Some(21));
    assert_eq!(java_major(&image("gradle", "8-jdk17")), Some(17));
    assert_eq!(java_major(&image("maven", "3.9")), None);
    assert_eq!(java_major(&image("node", "20")), None);
    assert_eq!(node_major(&image("node", "20.5.1-alpine")), Some(20));
    assert_eq!(node_major(&image("node", "iron-slim")), Some(20));
    assert_eq!(node_major(&image("node", "lts")), None);
    assert_eq!(python_minor(&image("python", "3.13-slim")), Some((3, 13)));
    assert_eq!(python_minor(&image("python", "2")), Some((2, 7)));
    assert_eq!(python_minor(&image("python", "3")), None);
    assert_eq!(python_minor(&image("python", "3.15.0rc1")), None);
    assert_eq!(python_minor(&image("python", "${V}")), None);
}

#[test]
fn libraries_of_other_families_are_few() {
    let corretto = slim_of("amazoncorretto", Some("8-al2023")).unwrap();
    assert!(!corretto.zones && corretto.libraries.contains(&"libc.so.6"));
    assert!(!corretto.libraries.contains(&"libz.so.1"));
    assert_eq!(corretto.glibc(), Some((2, 34)));
    let alpine = slim_of("node", Some("22-alpine3.23")).unwrap();
    assert!(alpine.certificates && !alpine.zones && alpine.glibc().is_none());
}
