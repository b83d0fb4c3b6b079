//! Libraries of the distribution that a program is linked with, taken out of the build stage beside it.

use super::base;
use super::case::Case;
use super::commands::Step;
use super::plan::{Copied, Kind, Package, Plan};
use crate::images::Family;
use crate::transform::RuntimePolicy;

/// Starts of the names of packages whose libraries need nothing but further libraries: no plugins, data or settings.
const COMPLETE: &[&str] = &[
    "libabsl",
    "libarchive13",
    "libargon2",
    "libboost-",
    "libbrotli1",
    "libbz2-",
    "libc-ares2",
    "libcjson1",
    "libcurl3",
    "libcurl4",
    "libev4",
    "libevent-",
    "libexpat1",
    "libffi",
    "libfmt",
    "libgflags",
    "libgif7",
    "libgmp10",
    "libgmpxx",
    "libgoogle-glog",
    "libgrpc",
    "libhiredis",
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
    "libmicrohttpd12",
    "libmosquitto",
    "libnghttp2",
    "libnuma1",
    "libpcre",
    "libpng16",
    "libpq5",
    "libprotobuf",
    "libpugixml",
    "librdkafka",
    "libre2",
    "libsnappy",
    "libsodium23",
    "libspdlog",
    "libsqlite3-0",
    "libssl",
    "libtbb",
    "libtcmalloc",
    "libtiff",
    "libtinyxml",
    "libunwind",
    "liburing",
    "libuuid1",
    "libuv1",
    "libwebp",
    "libxml2",
    "libxslt1",
    "libyaml-",
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
        && is_known_to_dpkg(case)
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

/// Whether the packages of the distribution are Debian's, and still have the files that come with them.
pub(super) fn is_known_to_dpkg(case: &Case) -> bool {
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let is_debian =
        matches!(family, Some(Family::Debian | Family::Ubuntu | Family::DebianOrUbuntu));
    let removes =
        |it: &Step| ["/usr/share/doc", "/var/lib/dpkg"].iter().any(|path| it.text.contains(path));
    is_debian && !case.steps().iter().any(removes)
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
    let text = format!("RUN {lists} \\\n    {}", lines.join(" \\\n    "));
    let end = super::emit::tail(case);
    plan.built.push((place.unwrap_or(end), text));
    let because = "libraries of the distribution, and which packages they are of";
    plan.before.push(Copied { to: "/".to_owned(), ..Copied::folder(folder, because) });
    plan.notes.push(format!("`{folder}`: {because}"));
}
