//! Libraries that a compiled program is linked with, taken out of the build stage beside it.

use super::base;
use super::case::Case;
use super::plan::{Copied, Kind, Package, Plan};
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

const FOLDER: &str = "/usr/local/lib/linked";

/// What the C library and the image have is not copied: the libraries there are newer.
const THERE: &str = "ld-linux.*|lib(anl|c|dl|gcc_s|gomp|m|mvec|nsl|pthread|resolv|rt|stdc[+][+]|util|z|zstd)[.]so[.][0-9]+|lib(crypto|ssl)[.]so[.]3";

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
        && plan.environment.iter().all(|(name, _)| name != "LD_LIBRARY_PATH")
        && case.variable("LD_LIBRARY_PATH").is_none()
        && matches!(case.stage().user(), Some("root" | "0"));
    let programs = plan.copies.iter().filter(|it| it.because == "the program");
    let programs: Vec<&str> = programs.map(|it| it.from.as_str()).collect();
    if !may || programs.is_empty() {
        return false;
    }
    let lines = [
        format!("RUN mkdir {FOLDER}"),
        format!("&& ldd {}", programs.join(" ")),
        "| awk '$3 ~ \"^/\" { print $3 }' | sort -u".to_owned(),
        format!("| grep -vE '/({THERE})$'"),
        format!("| xargs -r cp -Lt {FOLDER}"),
    ];
    let gather = lines.join(&format!(" {}\n    ", case.cx.file.escape));
    plan.built.push((super::emit::tail(case), gather));
    plan.changed.push(FOLDER.to_owned());
    plan.copies.push(Copied::folder(FOLDER, "the libraries that it is linked with"));
    plan.environment.push(("LD_LIBRARY_PATH".to_owned(), FOLDER.to_owned()));
    plan.ground.kind = Kind::Glibc { at_least, has_cpp: true };
    true
}
