//! Which libraries of the distribution a Rust program is linked with, as its crates tell.

use super::super::Stop;
use super::super::base::distribution;
use super::super::case::Case;
use super::super::commands::Work;
use super::super::libraries;
use super::super::linked;
use super::super::plan::{Package, Plan};
use super::manifest::{Dependency, Locked, Manifest, locked};
use crate::images::runtime::RuntimeKind;

/// Crates that are linked with a library where the build finds one: what is named behind `-l`, and the crate that they
/// need in addition if they bring the library themselves.
#[rustfmt::skip]
const LINKED: &[(&str, &[&str], &str)] = &[
    ("alsa-sys", &["asound"], ""),
    ("bzip2-sys", &["bz2"], ""),
    ("cairo-sys-rs", &["cairo"], ""),
    ("curl-sys", &["curl"], ""),
    ("expat-sys", &["expat"], ""),
    ("freetype-sys", &["freetype"], ""),
    ("gdal-sys", &["gdal"], ""),
    ("geos-sys", &["geos_c"], ""),
    ("gio-sys", &["gio-2.0"], ""),
    ("glib-sys", &["glib-2.0"], ""),
    ("gobject-sys", &["gobject-2.0"], ""),
    ("leptonica-sys", &["lept"], ""),
    ("libdbus-sys", &["dbus-1"], "cc"),
    ("libgssapi-sys", &["gssapi_krb5"], ""),
    ("liblzma-sys", &["lzma"], ""),
    ("libpulse-sys", &["pulse"], ""),
    ("libseccomp-sys", &["seccomp"], ""),
    ("libsodium-sys", &["sodium"], ""),
    ("libsqlite3-sys", &["sqlite3"], "cc"),
    ("libsystemd-sys", &["systemd"], ""),
    ("libudev-sys", &["udev"], ""),
    ("libusb1-sys", &["usb-1.0"], ""),
    ("libxml", &["xml2"], ""),
    ("libz-sys", &["z"], ""),
    ("lzma-sys", &["lzma"], ""),
    ("mysqlclient-sys", &["mysqlclient"], "mysqlclient-src"),
    ("odbc-sys", &["odbc"], ""),
    ("openssl-sys", &["ssl"], "openssl-src"),
    ("pam-sys", &["pam"], ""),
    ("pango-sys", &["pango-1.0"], ""),
    ("pcre2-sys", &["pcre2-8"], ""),
    ("pq-sys", &["pq"], "pq-src"),
    ("proj-sys", &["proj"], ""),
    ("sasl2-sys", &["sasl2"], ""),
    ("sdl2-sys", &["SDL2"], ""),
    ("servo-fontconfig-sys", &["fontconfig"], ""),
    ("tesseract-sys", &["tesseract"], ""),
    ("yeslogic-fontconfig-sys", &["fontconfig"], ""),
    ("zmq-sys", &["zmq"], "zeromq-src"),
];

/// Crates whose libraries are large, or have parts that are loaded by name.
const HEAVY: &[&str] = &[
    "ffmpeg-sys-next",
    "gstreamer-sys",
    "gtk-sys",
    "intel-mkl-src",
    "libduckdb-sys",
    "llvm-sys",
    "magick_rust",
    "opencv",
    "ort",
    "pyo3-ffi",
    "python3-sys",
    "tensorflow-sys",
    "torch-sys",
    "webkit2gtk-sys",
];

/// Crates with `-sys` at the end of their names that bring what they need, or are for other systems.
const COMPLETE: &[&str] = &[
    "android_system_properties",
    "aws-lc-fips-sys",
    "aws-lc-sys",
    "boring-sys",
    "brotli-sys",
    "bzip2-rs-sys",
    "clang-sys",
    "cloudflare-zlib-sys",
    "core-foundation-sys",
    "coreaudio-sys",
    "dirs-sys",
    "dirs-sys-next",
    "fsevent-sys",
    "inotify-sys",
    "jemalloc-sys",
    "jni-sys",
    "js-sys",
    "kqueue-sys",
    "libbz2-rs-sys",
    "libdeflate-sys",
    "libfuzzer-sys",
    "libgit2-sys",
    "libmimalloc-sys",
    "libnghttp2-sys",
    "librocksdb-sys",
    "libssh2-sys",
    "libwebp-sys",
    "libz-ng-sys",
    "libz-rs-sys",
    "linux-raw-sys",
    "lmdb-master-sys",
    "lmdb-rkv-sys",
    "lz4-sys",
    "ndk-sys",
    "objc-sys",
    "rdkafka-sys",
    "renderdoc-sys",
    "secp256k1-sys",
    "security-framework-sys",
    "snmalloc-sys",
    "sys-locale",
    "system-configuration-sys",
    "tikv-jemalloc-sys",
    "web-sys",
    "zstd-sys",
];

/// What programs are linked with in images made of `buildpack-deps`, as `rust`:
/// <https://github.com/docker-library/buildpack-deps/blob/master/debian/bookworm/Dockerfile>.
const FULL: &[&str] = &[
    "bz2",
    "curl",
    "expat",
    "freetype",
    "fontconfig",
    "gio-2.0",
    "glib-2.0",
    "gobject-2.0",
    "cairo",
    "gssapi_krb5",
    "lzma",
    "mysqlclient",
    "pango-1.0",
    "pcre2-8",
    "pq",
    "sqlite3",
    "ssl",
    "xml2",
    "z",
];

/// Crates that are linked so when they are used as these features say, for builds without a `Cargo.lock`.
const BRING: &[(&str, &str, &str)] = &[
    ("curl", "", "curl-sys"),
    ("diesel", "mysql", "mysqlclient-sys"),
    ("diesel", "postgres", "pq-sys"),
    ("diesel", "sqlite", "libsqlite3-sys"),
    ("isahc", "", "curl-sys"),
    ("native-tls", "", "openssl-sys"),
    ("openssl", "", "openssl-sys"),
    ("reqwest", "", "openssl-sys"),
    ("rusqlite", "", "libsqlite3-sys"),
    ("surf", "", "curl-sys"),
    ("xz2", "", "lzma-sys"),
    ("zip", "", "bzip2-sys"),
];

/// The crates of a build.
pub(super) struct Crates {
    all: Vec<Locked>,
    /// A `Cargo.lock` says so: there are no others.
    is_locked: bool,
}

pub(super) fn used(case: &Case, root: &Manifest, all: &[Manifest]) -> Crates {
    let path = match root.source.as_str() {
        "" => "Cargo.lock".to_owned(),
        folder => format!("{folder}/Cargo.lock"),
    };
    if let Some(text) = case.text(&path) {
        return Crates { all: locked(&text), is_locked: true };
    }
    let mut found = Vec::new();
    for Dependency { name, features } in all.iter().flat_map(|it| &it.dependencies) {
        found.push(Locked { name: name.clone(), needs: Vec::new() });
        let is_bundled =
            features.iter().any(|it| it.contains("bundled") || it.contains("vendored"));
        for (crate_name, feature, brings) in BRING {
            let asks = feature.is_empty() || features.iter().any(|it| it.contains(feature));
            if name == crate_name && asks && !is_bundled {
                found.push(Locked { name: (*brings).to_owned(), needs: Vec::new() });
            }
        }
    }
    Crates { all: found, is_locked: false }
}

/// Takes note of the packages that a program with the GNU C library or musl needs when it runs.
pub(super) fn link(
    case: &Case,
    crates: &Crates,
    manifests: &[Manifest],
    plan: &mut Plan,
) -> Result<(), Stop> {
    let Crates { all: crates, is_locked } = crates;
    if let Some(heavy) = crates.iter().find(|it| HEAVY.contains(&it.name.as_str())) {
        let reason = format!("what the crate `{}` needs when it runs is not known", heavy.name);
        return Err(case.stop("libraries", reason));
    }
    let found = found(case);
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for one in crates {
        let Some((_, links, own)) = LINKED.iter().find(|it| it.0 == one.name) else { continue };
        if is_left_out(&one.name, crates, manifests) {
            continue;
        }
        if own.is_empty() || !one.needs.iter().any(|it| it == own) {
            wanted.extend(
                links
                    .iter()
                    .filter(|it| found.links.contains(it))
                    .map(|it| (*it, one.name.as_str())),
            );
        }
    }
    let strange = crates.iter().find(|it| {
        let name = it.name.as_str();
        let is_known = COMPLETE.contains(&name) || LINKED.iter().any(|row| row.0 == name);
        name.ends_with("-sys") && !is_known && !name.starts_with("win")
    });
    let mut packages: Vec<Package> = Vec::new();
    if let (Some(strange), true) = (strange, found.is_full) {
        plan.doubts
            .push(format!("whether the crate `{}` needs a library is not known", strange.name));
    }
    if strange.is_some() || !is_locked {
        for name in &found.headers {
            let of = distribution(case).and_then(|it| libraries::of_dev(name, &it));
            let Some(of) = of else {
                let reason = format!("what is needed of `{name}` when it runs is not known");
                return Err(case.stop("libraries", reason));
            };
            packages.extend(linked::named(case, of, &format!("`{name}` was there to build it")));
        }
    }
    for (link, name) in wanted {
        packages.extend(linked::of_link(case, link, &format!("`{name}` is linked with it"))?);
    }
    linked::provide(case, packages, RuntimeKind::Cc, plan);
    Ok(())
}

/// `Cargo.lock` has parts of `sqlx` that nothing asks for.
fn is_left_out(name: &str, crates: &[Locked], manifests: &[Manifest]) -> bool {
    let needs = |it: &&Locked| it.needs.iter().any(|it| it == name);
    let mut needing = crates.iter().filter(needs).peekable();
    let is_of_sqlx = needing.peek().is_some() && needing.all(|it| it.name == "sqlx-sqlite");
    let asks = |it: &Dependency| {
        let names_it = it.features.iter().any(|it| it.contains("sqlite") || it == "all-databases");
        it.name == "sea-orm" || it.name.starts_with("sqlx") && names_it
    };
    let is_asked_for = manifests.iter().flat_map(|it| &it.dependencies).any(asks);
    name == "libsqlite3-sys" && is_of_sqlx && !is_asked_for
}

/// What the build can be linked with.
struct Found {
    links: Vec<&'static str>,
    /// `-dev` packages that the file installs.
    headers: Vec<String>,
    is_full: bool,
}

fn found(case: &Case) -> Found {
    let is_full = matches!(case.repository(), "rust" | "rustlang/rust" | "gcc" | "buildpack-deps")
        && !case.reference().contains("slim")
        && !case.reference().contains("alpine");
    let mut links: Vec<&'static str> = if is_full { FULL.to_vec() } else { Vec::new() };
    let mut headers = Vec::new();
    for step in case.steps() {
        let Work::Packages(names) = &step.work else { continue };
        for name in names.iter().filter(|it| it.ends_with("-dev")) {
            let is_of_compiler = name.starts_with("libclang") || name.starts_with("llvm");
            if !is_of_compiler && !matches!(name.as_str(), "musl-dev" | "libc6-dev" | "libc-dev") {
                headers.push(name.clone());
            }
            links.extend(libraries::links_of(name));
        }
    }
    Found { links, headers, is_full }
}
