//! Libraries that a compiled program is linked with, taken out of the build stage beside it.

use super::Stop;
use super::base;
use super::case::Case;
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

const FOLDER: &str = "/usr/local/lib/linked";

/// The C library of distroless images.
const DISTROLESS: (u32, u32) = (2, 41);

/// What the C library and the image have is not copied: the libraries there are newer.
const THERE: &str = "ld-linux.*|lib(anl|c|dl|gcc_s|gomp|m|mvec|nsl|pthread|resolv|rt|stdc[+][+]|util|z|zstd)[.]so[.][0-9]+|lib(crypto|ssl)[.]so[.]3";

/// What the C library and every image with it has.
const OF_C: &str = "ld-linux.*|lib(anl|c|dl|m|mvec|pthread|resolv|rt|util)[.]so[.][0-9]+";

/// What musl is.
const OF_MUSL: &str = "ld-musl.*|libc[.]musl.*";

/// Whether the libraries of a package need nothing but further libraries.
pub(super) fn is_complete(package: &str) -> bool {
    COMPLETE.iter().any(|name| package.starts_with(name))
}

/// Lets the build stage gather the libraries of `packages`, where that is all that a distroless image lacks. Whether it does.
pub(super) fn carry(case: &Case, packages: &[Package], plan: &mut Plan) -> bool {
    let policy = case.cx.options.runtime;
    let Kind::Glibc { at_least, .. } = plan.ground.kind else { return false };
    let may = !base::wants_system(&plan.ground)
        && !matches!(policy, RuntimePolicy::Slim)
        && at_least <= DISTROLESS
        && packages.iter().all(|it| is_complete(&it.debian))
        && plan.doubts.is_empty()
        && plan.environment.iter().all(|(name, _)| name != "LD_LIBRARY_PATH")
        && case.variable("LD_LIBRARY_PATH").is_none()
        && is_root(case);
    let programs = programs(plan);
    if !may || programs.is_empty() {
        return false;
    }
    let gather = gathering(case, &programs, FOLDER, THERE);
    carried(case, gather, FOLDER, plan);
    plan.ground.kind = Kind::Glibc { at_least, has_cpp: true };
    true
}

/// Lets the build stage gather all libraries of the programs that the image does not have, whatever that is.
pub(super) fn gather(case: &Case, programs: &[String], plan: &mut Plan) -> Result<(), Stop> {
    if case.variable("LD_LIBRARY_PATH").is_some() {
        let reason = "`LD_LIBRARY_PATH` says where its libraries are".to_owned();
        return Err(case.stop("libraries", reason));
    }
    if programs.is_empty() {
        let reason = "which program it is that has to be linked is not known".to_owned();
        return Err(case.stop("unknown-program", reason));
    }
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let is_debian =
        matches!(family, Some(Family::Debian | Family::Ubuntu | Family::DebianOrUbuntu));
    let is_slim = base::wants_system(&plan.ground)
        || case.cx.options.runtime == RuntimePolicy::Slim
        || !is_debian;
    let there = match plan.ground.kind {
        Kind::Musl => OF_MUSL,
        Kind::Glibc { at_least, .. } if at_least <= DISTROLESS && !is_slim => THERE,
        _ => OF_C,
    };
    plan.ground.is_of_build = base::wants_system(&plan.ground);
    // Who may not write to folders of root gathers them elsewhere.
    let folder = if is_root(case) { FOLDER } else { "/tmp/linked" };
    let gather = gathering(case, programs, folder, there);
    carried(case, gather, folder, plan);
    Ok(())
}

fn is_root(case: &Case) -> bool {
    matches!(case.stage().user(), Some("root" | "0"))
}

fn programs(plan: &Plan) -> Vec<String> {
    let programs = plan.copies.iter().filter(|it| it.because == "the program");
    programs.map(|it| it.from.clone()).collect()
}

/// The instruction that gathers what `programs` are linked with, but for what is `there`.
fn gathering(case: &Case, programs: &[String], folder: &str, there: &str) -> String {
    let lines = [
        format!("RUN mkdir {folder}"),
        format!("&& ldd {}", programs.join(" ")),
        "| awk '$3 ~ \"^/\" { print $3 }' | sort -u".to_owned(),
        format!("| grep -vE '/({there})$'"),
        match there {
            // Not every `cp` of busybox knows `-t`.
            OF_MUSL => format!("| xargs -r -I{{}} cp -L {{}} {folder}"),
            _ => format!("| xargs -r cp -Lt {folder}"),
        },
    ];
    lines.join(&format!(" {}\n    ", case.cx.file.escape))
}

fn carried(case: &Case, gather: String, folder: &str, plan: &mut Plan) {
    plan.built.push((super::emit::tail(case), gather));
    plan.changed.push(FOLDER.to_owned());
    let copied = Copied::folder(FOLDER, "the libraries that it is linked with");
    plan.copies.push(Copied { from: folder.to_owned(), ..copied });
    plan.environment.push(("LD_LIBRARY_PATH".to_owned(), FOLDER.to_owned()));
}
