//! Libraries of the distribution that a program is linked with, taken out of the build stage beside it.

use super::Stop;
use super::base;
use super::case::Case;
use super::commands::Step;
use super::libraries;
use super::plan::{Copied, Kind, Package, Plan};
use crate::images::Family;
use crate::images::runtime::{self, RuntimeKind, User};
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
    "libgomp1",
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

/// The C library of distroless images.
const DISTROLESS: (u32, u32) = (2, 41);

/// Where libraries are that are not the distribution's, or not those of the image.
const LINKED: &str = "/usr/local/lib/linked";

/// The libraries that distroless images with those of GCC have, by their versions: what is there is newer.
const THERE: &str = "lib(anl|c|crypto|dl|gcc_s|gomp|m|mvec|pthread|resolv|rt|ssl|stdc[+][+]|util|z|zstd)[.]so[.][0-6]";

/// What the C library and every image with it has.
const OF_C: &str = "ld-linux.*|lib(anl|c|dl|m|mvec|pthread|resolv|rt|util)[.]so[.][0-9]+";

/// What musl is.
const OF_MUSL: &str = "ld-musl.*|libc[.]musl.*";

/// Whether the libraries of a package need nothing but further libraries.
pub(super) fn is_complete(package: &str) -> bool {
    COMPLETE.iter().any(|name| package.starts_with(name))
}

/// The packages with `libLINK` in the distribution of the build stage.
pub(super) fn of_link(case: &Case, link: &str, because: &str) -> Result<Vec<Package>, Stop> {
    let distribution = base::distribution(case);
    let found = distribution.and_then(|it| libraries::of_link(link, &it));
    found.map(|names| named(case, names, because)).ok_or_else(|| {
        let reason = format!(
            "how the package with `lib{link}` is called in `{}` is not known",
            case.reference()
        );
        case.stop("libraries", reason)
    })
}

/// Packages of the distribution of the build stage.
pub(super) fn named(case: &Case, names: Vec<String>, because: &str) -> Vec<Package> {
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let package = |name: String| {
        let (debian, alpine) = match family {
            Some(Family::Alpine) => (String::new(), name),
            _ => (name, String::new()),
        };
        Package { debian, alpine, because: because.to_owned() }
    };
    names.into_iter().map(package).collect()
}

/// Lets the run-time stage have the libraries of `packages`: they are in the distroless image of a kind, or are gathered,
/// or installed.
pub(super) fn provide(case: &Case, packages: Vec<Package>, kind: RuntimeKind, plan: &mut Plan) {
    let image = runtime::distroless(kind, User::Root);
    let is_there =
        |it: &Package| image.as_ref().is_some_and(|image| libraries::is_in(&it.debian, image));
    let are_there = !base::wants_system(&plan.ground) && packages.iter().all(is_there);
    if are_there || carry(case, &packages, plan) {
        return;
    }
    for package in packages {
        plan.ground.install(package);
    }
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
        && is_debian(case)
        && may_gather(case)
        && case.variable("LD_LIBRARY_PATH").is_none()
        && is_root(case);
    let programs = programs(plan);
    if !may || programs.is_empty() {
        return false;
    }
    gather(case, &format!("ldd {}", programs.join(" ")), Some(super::emit::tail(case)), plan);
    plan.ground.kind = Kind::Glibc { at_least, has_cpp: true };
    true
}

/// Lets the build stage gather all libraries of `programs` that the image does not have, whatever that is. Those that
/// are not `own` are of the distribution.
pub(super) fn gather_all(
    case: &Case,
    programs: &[String],
    own: bool,
    plan: &mut Plan,
) -> Result<(), Stop> {
    if case.variable("LD_LIBRARY_PATH").is_some() {
        let reason = "`LD_LIBRARY_PATH` says where its libraries are".to_owned();
        return Err(case.stop("libraries", reason));
    }
    if programs.is_empty() {
        let reason = "which program it is that has to be linked is not known".to_owned();
        return Err(case.stop("unknown-program", reason));
    }
    let is_slim =
        base::wants_system(&plan.ground) || case.cx.options.runtime == RuntimePolicy::Slim;
    let is_old = matches!(plan.ground.kind, Kind::Glibc { at_least, .. } if at_least <= DISTROLESS);
    if is_old && !is_slim && !own && is_debian(case) && may_gather(case) {
        let place = is_root(case).then(|| super::emit::tail(case));
        gather(case, &format!("ldd {}", programs.join(" ")), place, plan);
        return Ok(());
    }
    let there = if plan.ground.kind == Kind::Musl { OF_MUSL } else { OF_C };
    plan.ground.is_of_build = base::wants_system(&plan.ground);
    // Who may not write to folders of root gathers them elsewhere.
    let folder = if is_root(case) { LINKED } else { "/tmp/linked" };
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
    plan.built.push((super::emit::tail(case), lines.join(" \\\n    ")));
    plan.changed.push(LINKED.to_owned());
    let copied = Copied::folder(LINKED, "the libraries that it is linked with");
    plan.copies.push(Copied { from: folder.to_owned(), ..copied });
    plan.environment.push(("LD_LIBRARY_PATH".to_owned(), LINKED.to_owned()));
    Ok(())
}

fn is_root(case: &Case) -> bool {
    matches!(case.stage().user(), Some("root" | "0"))
}

fn programs(plan: &Plan) -> Vec<String> {
    let programs = plan.copies.iter().filter(|it| it.because == "the program");
    programs.map(|it| it.from.clone()).collect()
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

/// Lets the build stage gather the libraries of the distribution that a command in the way of `ldd` lists, with what
/// tells people and scanners which packages they are of, and the run-time stage have them where programs look last,
/// behind its own. One by one, as a library may be found by two paths.
/// `place` is the instruction before which root can do so.
pub(super) fn gather(case: &Case, lists: &str, place: Option<usize>, plan: &mut Plan) {
    let folder = if place.is_some() { FOLDER } else { FOLDER_OF_USER };
    let lines = [
        format!("RUN mkdir -p {folder}/usr/lib {folder}/var/lib/dpkg/status.d && cd {folder}"),
        format!("&& {lists} | grep -oE ' /(usr/)?lib/\\S+' | sort -u"),
        format!("| grep -vE '/{THERE}$'"),
        "| xargs -rn1 cp -Lt usr/lib".to_owned(),
        "&& for package in $(dpkg -S $(ls usr/lib | sed 's|^|*/|') | cut -d: -f1 | sort -u); do"
            .to_owned(),
        "    dpkg -s $package > var/lib/dpkg/status.d/$package && cp --parents /usr/share/doc/$package/copyright .;"
            .to_owned(),
        "done".to_owned(),
    ];
    let text = lines.join(" \\\n    ");
    let end = super::emit::tail(case);
    plan.built.push((place.unwrap_or(end), text));
    let because = "libraries of the distribution, and which packages they are of";
    plan.before.push(Copied { to: "/".to_owned(), ..Copied::folder(folder, because) });
    plan.notes.push(format!("`{folder}`: {because}"));
}
