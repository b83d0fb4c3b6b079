//! Which packages of the distribution a program needs when it runs, by the libraries that it was built with.
//!
//! What is not in the tables is not known; nothing is guessed from names.

use crate::images::runtime::RuntimeImage;
use crate::images::{Distribution, Family};
use debian::{ROWS, Row, SONAMES};

mod alpine;
mod debian;

/// `-dev` packages of Debian and Ubuntu with headers alone, or with libraries that become part of the program.
const HEADERS: &[&str] = &[
    "libasio-dev",
    "libboost-dev",
    "libc-dev",
    "libc6-dev",
    "libcxxopts-dev",
    "libeigen3-dev",
    "libglm-dev",
    "libgmock-dev",
    "libgtest-dev",
    "libtclap-dev",
    "libutfcpp-dev",
    "libwebsocketpp-dev",
    "linux-libc-dev",
    "nlohmann-json3-dev",
    "rapidjson-dev",
];

/// Libraries that are part of the C library, or of every compiler.
const OF_COMPILER: &[&str] =
    &["c", "dl", "gcc", "gcc_s", "m", "pthread", "resolv", "rt", "stdc++", "util"];

/// Names of Ubuntu 22.04 and 24.04 that do not follow from those of Debian.
#[rustfmt::skip]
const UBUNTU: &[(&str, &str, &str)] = &[
    ("default-libmysqlclient-dev", "libmysqlclient21", "libmysqlclient21"),
    ("libboost-filesystem-dev", "libboost-filesystem1.74.0", "libboost-filesystem1.83.0"),
    ("libboost-program-options-dev", "libboost-program-options1.74.0", "libboost-program-options1.83.0"),
    ("libboost-regex-dev", "libboost-regex1.74.0", "libboost-regex1.83.0"),
    ("libboost-system-dev", "libboost-system1.74.0", "libboost-system1.83.0"),
    ("libboost-thread-dev", "libboost-thread1.74.0", "libboost-thread1.83.0"),
    ("libfmt-dev", "libfmt8", "libfmt9"),
    ("libgit2-dev", "libgit2-1.1", "libgit2-1.7"),
    ("libicu-dev", "libicu70", "libicu74"),
    ("libjpeg-dev", "libjpeg-turbo8", "libjpeg-turbo8"),
    ("libjpeg-turbo8-dev", "libjpeg-turbo8", "libjpeg-turbo8"),
    ("libjpeg62-turbo-dev", "", ""),
    ("libjsoncpp-dev", "libjsoncpp25", "libjsoncpp25"),
    ("libldap-dev", "libldap-2.5-0", "libldap2"),
    ("libldap2-dev", "libldap-2.5-0", "libldap2"),
    ("libmysqlclient-dev", "libmysqlclient21", "libmysqlclient21"),
    ("libprotobuf-dev", "libprotobuf23", "libprotobuf32t64"),
    ("libspdlog-dev", "libspdlog1", "libspdlog1.12"),
    ("libssl-dev", "libssl3", "libssl3t64"),
    ("libtiff-dev", "libtiff5", "libtiff6"),
    ("libwebp-dev", "libwebp7 libwebpdemux2 libwebpmux3", "libwebp7 libwebpdemux2 libwebpmux3"),
];

/// A release whose packages are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Release {
    /// The place in a row: 11, 12, 13.
    Debian(usize),
    /// One of those.
    SomeDebian,
    /// 22.04 and 24.04.
    Ubuntu(usize),
    /// The newest with long-term support.
    SomeUbuntu,
    Alpine {
        has_openssl_3: bool,
    },
}

/// The packages that a program needs when it runs which was built with `-dev` package `name`; `None` where that is not
/// known. Where the release is not, they are those of Debian 13.
pub(super) fn of_dev(name: &str, distribution: &Distribution) -> Option<Vec<String>> {
    let name = name.split(['=', ':', '/', '<', '>', '~']).next().unwrap_or(name);
    let release = release(distribution)?;
    if let Release::Alpine { has_openssl_3 } = release {
        return alpine::of_dev(name, has_openssl_3);
    }
    let is_of_compiler = name.starts_with("libstdc++-") || name.starts_with("libgcc-");
    if HEADERS.contains(&name) || is_of_compiler && name.ends_with("-dev") {
        return Some(Vec::new());
    }
    match release {
        Release::Ubuntu(at) => ubuntu(name, at),
        Release::SomeUbuntu => {
            let (before, after) = (ubuntu(name, 0)?, ubuntu(name, 1)?);
            are_alike(&before, &after).then_some(after)
        }
        release => names(row(name)?, release),
    }
}

/// The packages of some release of Debian that a program needs when it runs which was built with `-dev` package `name`.
pub(super) fn of_dev_somewhere(name: &str) -> Option<Vec<String>> {
    let (_, _, cells) = row(name)?;
    (0..cells.len()).rev().find_map(|at| cell(cells, at))
}

/// The packages that a program needs which is linked with `-lNAME`; none for what every image with a C library has.
pub(super) fn of_link(name: &str, distribution: &Distribution) -> Option<Vec<String>> {
    if OF_COMPILER.contains(&name) {
        return Some(Vec::new());
    }
    match release(distribution)? {
        Release::Alpine { has_openssl_3 } => alpine::of_link(name, has_openssl_3),
        _ => {
            let row = ROWS.iter().find(|row| row.1.split(' ').any(|it| it == name))?;
            of_dev(row.0, distribution)
        }
    }
}

/// The same in some release of Debian.
pub(super) fn of_link_somewhere(name: &str) -> Option<Vec<String>> {
    let row = ROWS.iter().find(|row| row.1.split(' ').any(|it| it == name))?;
    of_dev_somewhere(row.0)
}

/// Whether it is known what a program needs that is linked with `-lNAME`.
pub(super) fn is_link(name: &str) -> bool {
    OF_COMPILER.contains(&name) || of_link_somewhere(name).is_some()
}

/// What programs name behind `-l` that are built with `-dev` package `name`.
pub(super) fn links_of(name: &str) -> impl Iterator<Item = &'static str> {
    let links = row(name).map(|row| row.1).or_else(|| alpine::links_of(name)).unwrap_or_default();
    links.split(' ').filter(|it| !it.is_empty())
}

/// Whether Debian 13 is known to have a package with libraries.
pub(super) fn is_in_debian_13(package: &str) -> bool {
    ROWS.iter().filter_map(|row| cell(&row.2, 2)).flatten().any(|it| it == package)
}

/// Whether an image has all libraries of a package, so that it need not be installed.
pub(super) fn is_in(package: &str, image: &RuntimeImage) -> bool {
    let stem = stem(package);
    let sonames = SONAMES.iter().find(|(name, _)| *name == stem).map(|it| it.1);
    sonames.is_some_and(|all| all.iter().all(|it| image.libraries.contains(it)))
}

fn release(distribution: &Distribution) -> Option<Release> {
    let release = distribution.release.as_deref();
    match (distribution.family, release) {
        (Family::Debian, None) => Some(Release::SomeDebian),
        (Family::Debian, Some("11")) => Some(Release::Debian(0)),
        (Family::Debian, Some("12")) => Some(Release::Debian(1)),
        (Family::Debian, Some("13")) => Some(Release::Debian(2)),
        (Family::Ubuntu, Some("22.04")) => Some(Release::Ubuntu(0)),
        (Family::Ubuntu, Some("24.04")) => Some(Release::Ubuntu(1)),
        (Family::Ubuntu, None) => Some(Release::SomeUbuntu),
        (Family::Alpine, release) => {
            let minor = release.and_then(|it| it.split('.').nth(1)).map(str::parse::<u32>);
            let has_openssl_3 = match minor {
                Some(Ok(minor)) => minor >= 17,
                Some(Err(_)) => return None,
                None => true,
            };
            Some(Release::Alpine { has_openssl_3 })
        }
        _ => None,
    }
}

fn row(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.0 == name)
}

fn names((_, _, cells): &Row, release: Release) -> Option<Vec<String>> {
    match release {
        Release::Debian(at) => cell(cells, at),
        _ => {
            let all = [cell(cells, 0)?, cell(cells, 1)?, cell(cells, 2)?];
            let [first, second, third] = &all;
            (are_alike(first, second) && are_alike(second, third)).then(|| third.clone())
        }
    }
}

/// What is the same in the releases of Debian before and after, that release of Ubuntu has, too.
fn ubuntu(name: &str, at: usize) -> Option<Vec<String>> {
    if let Some((_, jammy, noble)) = UBUNTU.iter().find(|it| it.0 == name) {
        let packages = if at == 0 { jammy } else { noble };
        return (!packages.is_empty()).then(|| split(packages));
    }
    let (_, _, cells) = row(name)?;
    let (before, after) = (cell(cells, at)?, cell(cells, at + 1)?);
    are_alike(&before, &after).then_some(after)
}

fn cell(cells: &[&str; 3], at: usize) -> Option<Vec<String>> {
    match cells[at] {
        "" => None,
        "=" => cell(cells, at.checked_sub(1)?),
        "+t64" => {
            let before = cell(cells, at.checked_sub(1)?)?;
            Some(before.iter().map(|it| format!("{it}t64")).collect())
        }
        packages => Some(split(packages)),
    }
}

fn split(packages: &str) -> Vec<String> {
    packages.split(' ').map(str::to_owned).collect()
}

/// Names differ at most in that the type of times has 64 bits: what they are linked by is the same.
fn are_alike(some: &[String], others: &[String]) -> bool {
    some.iter().map(|it| stem(it)).eq(others.iter().map(|it| stem(it)))
}

fn stem(package: &str) -> &str {
    package.strip_suffix("t64").unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::{of_dev, of_link};
    use crate::images::{Distribution, identify};

    fn distribution(reference: &str) -> Distribution {
        let (name, tag) = reference.split_once(':').unwrap_or((reference, "latest"));
        let image = identify(name, Some(tag), None);
        #[allow(clippy::unwrap_used)]
        image.and_then(|it| it.distribution).unwrap()
    }

    #[test]
    fn names_by_release() {
        let of = |name: &str, image: &str| {
            of_dev(name, &distribution(image)).map(|it| it.join(" ")).unwrap_or_default()
        };
        assert_eq!(of("libssl-dev", "debian:bullseye"), "libssl1.1");
        assert_eq!(of("libssl-dev", "debian:12"), "libssl3");
        assert_eq!(of("libssl-dev", "debian:trixie"), "libssl3t64");
        assert_eq!(of("libssl-dev", "ubuntu:24.04"), "libssl3t64");
        assert_eq!(of("openssl-dev", "alpine:3.20"), "libcrypto3 libssl3");
        assert_eq!(of("libssl-dev", "rust:1.80"), "");
        assert_eq!(of("libpq-dev", "rust:1.80"), "libpq5");
        assert_eq!(of("libcurl4-openssl-dev", "ubuntu:22.04"), "libcurl4");
        assert_eq!(of("libcurl4-openssl-dev", "ubuntu:24.04"), "libcurl4t64");
        assert_eq!(of("libuv1-dev", "debian:13"), "libuv1t64");
        assert_eq!(of("libnotthere-dev", "debian:13"), "");
    }

    #[test]
    fn names_by_what_is_linked() {
        let of = |name: &str| of_link(name, &distribution("debian:12")).map(|it| it.join(" "));
        assert_eq!(of("m").as_deref(), Some(""));
        assert_eq!(of("pq").as_deref(), Some("libpq5"));
        assert_eq!(of("curl").as_deref(), Some("libcurl4"));
        assert_eq!(of("boost_system").as_deref(), Some("libboost-system1.74.0"));
        assert_eq!(of("mine"), None);
    }
}
