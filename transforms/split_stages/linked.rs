//! Libraries of the distribution that a program is linked with, taken out of the build stage beside it.

use super::base;
use super::case::Case;
use super::commands::Step;
use super::plan::{Copied, Kind, Package, Plan};
use crate::images::Family;
use crate::syntax::Keyword;
use crate::transform::RuntimePolicy;

/// Starts of the names of packages whose libraries need nothing but further libraries: no plugins, data or settings.
const COMPLETE: &[&str] = &[
    "libabsl",
    "libaio1",
    "libarchive13",
    "libargon2",
    "libboost-",
    "libbrotli1",
    "libbz2-",
    "libc-ares2",
    "libcap2",
    "libcjson1",
    "libconfig",
    "libcpprest",
    "libcurl3",
    "libcurl4",
    "libev4",
    "libevent-",
    "libexpat1",
    "libfcgi0",
    "libffi",
    "libfftw3",
    "libfmt",
    "libgcrypt20",
    "libgflags",
    "libgif7",
    "libgit2-",
    "libgmp10",
    "libgmpxx",
    "libgoogle-glog",
    "libgpg-error0",
    "libgrpc",
    "libgsl",
    "libhiredis",
    "libhogweed",
    "libhttp-parser",
    "libicu",
    "libjansson4",
    "libjpeg",
    "libjson-c",
    "libjsoncpp",
    "libleveldb",
    "liblmdb0",
    "liblua5",
    "libluajit",
    "liblz4-1",
    "liblzma5",
    "libmaxminddb0",
    "libmbed",
    "libmicrohttpd12",
    "libmosquitto",
    "libmsgpackc2",
    "libnanomsg",
    "libnettle",
    "libnghttp2",
    "libnuma1",
    "libogg0",
    "libonig5",
    "libopus0",
    "libpaho-mqtt",
    "libpcre",
    "libpng16",
    "libpoco",
    "libpq5",
    "libpqxx-",
    "libprotobuf",
    "libpugixml",
    "librabbitmq4",
    "librdkafka",
    "libre2",
    "libseccomp2",
    "libsnappy",
    "libsodium23",
    "libspdlog",
    "libsqlite3-0",
    "libssh2-1",
    "libssl",
    "libtbb",
    "libtcmalloc",
    "libtiff",
    "libtinyxml",
    "libunwind",
    "liburing",
    "libuuid1",
    "libuv1",
    "libvorbis",
    "libwebp",
    "libxml2",
    "libxslt1",
    "libxxhash0",
    "libyaml-",
    "libyaml-cpp",
    "libzip",
    "libzmq5",
    "libzstd1",
    "zlib1g",
];

/// What of a root the build stage fills, where root does it and where somebody else does.
const FOLDER: &str = "/libraries";
const FOLDER_OF_USER: &str = "/tmp/libraries";

/// Packages whose libraries distroless images with those of GCC have: what is there is newer.
const THERE: &str = "libc6|libgcc*|libgomp1|libssl3*|libstdc++6|libzstd1|zlib1g";

/// Lets the build stage gather the libraries of `packages`, where that is all that a distroless image lacks. Whether it does.
pub(super) fn carry(case: &Case, packages: &[Package], plan: &mut Plan) -> bool {
    let is_complete = |it: &Package| COMPLETE.iter().any(|name| it.debian.starts_with(name));
    let policy = case.cx.options.runtime;
    let Kind::Glibc { at_least, .. } = plan.ground.kind else { return false };
    let may = !base::wants_system(&plan.ground)
        && !matches!(policy, RuntimePolicy::Slim)
        && at_least <= (2, 41)
        && packages.iter().all(is_complete)
        && plan.doubts.is_empty()
        && is_debian(case)
        && may_gather(case)
        && case.variable("LD_LIBRARY_PATH").is_none()
        && matches!(case.stage().user(), Some("root" | "0"));
    let programs = plan.copies.iter().filter(|it| it.because == "the program");
    let programs: Vec<&str> = programs.map(|it| it.from.as_str()).collect();
    if !may || programs.is_empty() {
        return false;
    }
    gather(case, &format!("ldd {}", programs.join(" ")), Some(super::emit::tail(case)), plan);
    plan.ground.kind = Kind::Glibc { at_least, has_cpp: true };
    true
}

/// Whether the packages of the distribution are Debian's.
fn is_debian(case: &Case) -> bool {
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    matches!(family, Some(Family::Debian | Family::Ubuntu | Family::DebianOrUbuntu))
}

/// Whether `gather` works in the build stage: no other shell ends it early, and packages have what comes with them.
pub(super) fn may_gather(case: &Case) -> bool {
    const RECORDS: &[&str] = &["/usr/share/doc", "/var/lib/dpkg"];
    let removes = |it: &Step| RECORDS.iter().any(|path| it.text.contains(path));
    let shells = case.stage().all(case.cx.file, Keyword::Shell);
    shells.is_empty() && !case.steps().iter().any(removes)
}

/// Lets the build stage gather the libraries of the distribution that a command in the way of `ldd` lists, each
/// with what tells people and scanners which package it is of, and the run-time stage have them at their places.
/// `place` is the instruction before which root can do so.
pub(super) fn gather(case: &Case, lists: &str, place: Option<usize>, plan: &mut Plan) {
    let folder = if place.is_some() { FOLDER } else { FOLDER_OF_USER };
    let lines = [
        "| awk '$3 ~ \"^(/usr)?/lib/\" { print $3 }' | sort -u | while read -r library; do"
            .to_owned(),
        "    package=$(dpkg -S \"*/${library##*/}\" | tail -n 1 | cut -d: -f1);".to_owned(),
        format!("    case $package in {THERE}) continue;; esac;"),
        format!("    install -D -m 644 \"$library\" \"{folder}/usr${{library#/usr}}\""),
        format!(
            "    && install -D -m 644 -t \"{folder}/usr/share/doc/$package\" \"/usr/share/doc/$package/copyright\""
        ),
        format!(
            "    && dpkg -s \"$package\" | install -D -m 644 /dev/stdin \"{folder}/var/lib/dpkg/status.d/$package\""
        ),
        "    || exit 1;".to_owned(),
        "done".to_owned(),
    ];
    let text = format!("RUN mkdir {folder} && {lists} \\\n    {}", lines.join(" \\\n    "));
    let end = super::emit::tail(case);
    plan.built.push((place.unwrap_or(end), text));
    let because = "libraries of the distribution, and which packages they are of";
    plan.before.push(Copied { to: "/".to_owned(), ..Copied::folder(folder, because) });
    plan.notes.push(format!("`{folder}`: {because}"));
}
