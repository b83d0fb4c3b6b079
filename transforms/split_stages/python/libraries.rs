//! Packages of the distribution that a program needs besides Python: which of those that the file installs,
//! and which that are part of the image with compilers alone.

use super::super::case::Case;
use super::super::commands::Work;
use super::super::plan::{Package, Plan};
use super::super::{Stop, needs};
use super::built::Built;
use super::interpreter::Interpreter;
use super::requirements::Requirements;
use super::runs::Runs;
use super::sources::Sources;
use headers::{ALPINE_HEADERS, HEADERS};

mod headers;

/// Tools for building, besides those that all stacks know.
const BUILDERS: &[&str] = &[
    "build-deps",
    "cargo",
    "ccache",
    "gettext",
    "gfortran",
    "git",
    "git-lfs",
    "musl-tools",
    "node-gyp",
    "nodejs",
    "npm",
    "openssh-client",
    "pipenv",
    "pipx",
    "python3-distutils",
    "python3-pip",
    "python3-setuptools",
    "python3-venv",
    "python3-virtualenv",
    "python3-wheel",
    "rust",
    "rustc",
    "swig",
    "unzip",
    "wget",
    "yarn",
];

/// Programs that builds use, and people: they count where something names them.
const COMMON: &[&str] = &[
    "bash",
    "curl",
    "dumb-init",
    "git",
    "gnupg",
    "iproute2",
    "iputils-ping",
    "jq",
    "netcat-openbsd",
    "openssh-client",
    "openssl",
    "procps",
    "rsync",
    "sqlite3",
    "tini",
    "unzip",
    "wget",
    "zip",
];

/// Python packages that need more than Python: libraries that they are linked with or look for, and
/// programs that they start. The image with compilers has these, and that without them has not.
const NATIVE: &[(&str, &[&str])] = &[
    ("ansible", &["openssh-client"]),
    ("cairocffi", &["libcairo2"]),
    ("cairosvg", &["libcairo2"]),
    ("gitdb", &["git"]),
    ("gitpython", &["git"]),
    ("gssapi", &["libgssapi-krb5-2"]),
    ("ibm-db", &["libxml2"]),
    ("lightgbm", &["libgomp1"]),
    ("mysqlclient", &["libmariadb3"]),
    ("opencv-contrib-python", &["libgl1", "libglib2.0-0"]),
    ("opencv-contrib-python-headless", &["libglib2.0-0"]),
    ("opencv-python", &["libgl1", "libglib2.0-0"]),
    ("opencv-python-headless", &["libglib2.0-0"]),
    ("psycopg2", &["libpq5"]),
    ("psycopg-c", &["libpq5"]),
    ("psycopg[c]", &["libpq5"]),
    ("pybluez", &["libbluetooth3"]),
    ("pycairo", &["libcairo2"]),
    ("pycurl", &["libcurl4"]),
    ("pygobject", &["libgirepository-1.0-1"]),
    ("pyhive[hive]", &["libsasl2-2"]),
    ("pyicu", &["libicu-dev"]),
    ("pykerberos", &["libgssapi-krb5-2"]),
    ("pylibmc", &["libmemcached11"]),
    ("python-gnupg", &["gnupg"]),
    ("python-ldap", &["libldap2-dev", "libsasl2-2"]),
    ("python-magic", &["libmagic1"]),
    ("python-snappy", &["libsnappy1v5"]),
    ("pyzbar", &["libzbar0"]),
    ("sasl", &["libsasl2-2"]),
    ("svglib", &["libcairo2"]),
    ("uwsgi", &["libxml2"]),
    ("wand", &["libmagickwand-dev"]),
    ("weasyprint", &["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]),
    ("xhtml2pdf", &["libcairo2"]),
];

/// Those that come along with compilers and other tools.
const OF_TOOLS: &[&str] = &["libgomp1", "libmagic1"];

/// Modules of Python that need a library which the image without compilers lacks.
const MODULES: &[(&str, &[&str])] =
    &[("tkinter", &["libtk8.6"]), ("turtle", &["libtk8.6"]), ("magic", &["libmagic1"])];

/// A package, its first versions with a wheel for Python 3.6 to 3.14, and what it is linked with without one.
type Wheel = (&'static str, [(u32, u32); 9], &'static [&'static str]);

/// Packages that are compiled where no wheel is published for the version of Python.
const WHEELS: &[Wheel] = &[
    (
        "lxml",
        [(4, 0), (4, 2), (4, 4), (4, 6), (4, 7), (4, 9), (4, 10), (5, 3), (6, 0)],
        &["libxml2", "libxslt1.1"],
    ),
    (
        "pillow",
        [(4, 3), (5, 3), (6, 2), (8, 0), (8, 4), (9, 3), (10, 1), (11, 0), (12, 0)],
        &[
            "libfreetype6",
            "libjpeg62-turbo",
            "liblcms2-2",
            "libopenjp2-7",
            "libtiff-dev",
            "libwebp-dev",
        ],
    ),
    (
        "psycopg2-binary",
        [(2, 8), (2, 8), (2, 9), (2, 9), (2, 9), (2, 9), (2, 9), (2, 9), (2, 9)],
        &["libpq5"],
    ),
];

/// Packages that look around in the system in a way that Distroless images may not satisfy.
const SYSTEMS: &[&str] = &[
    "airflow",
    "ansible",
    "apache-airflow",
    "buildbot",
    "camelot-py",
    "circus",
    "docker-compose",
    "dvc",
    "fabric",
    "honcho",
    "imgkit",
    "invoke",
    "ipykernel",
    "jishaku",
    "jupyter",
    "jupyter-server",
    "jupyterhub",
    "jupyterlab",
    "mlflow",
    "moviepy",
    "nbclient",
    "nbconvert",
    "notebook",
    "openai-whisper",
    "opuslib",
    "papermill",
    "pdf2image",
    "pdfkit",
    "pexpect",
    "playwright",
    "plumbum",
    "pydub",
    "pyinstaller",
    "pypandoc",
    "pyppeteer",
    "pyspark",
    "pytesseract",
    "python-vlc",
    "pyusb",
    "ray",
    "selenium",
    "sh",
    "sounddevice",
    "soundfile",
    "supervisor",
    "textract",
    "voila",
    "youtube-dl",
    "yt-dlp",
];

/// Packages that keep files beside the program.
const KEEPERS: &[&str] = &[
    "chromadb",
    "diskcache",
    "flask-session",
    "flask-uploads",
    "lancedb",
    "peewee",
    "pickledb",
    "tinydb",
    "zodb",
];

/// Says which packages the run-time stage needs, and gives those that it does not.
pub(super) fn packages(
    case: &Case,
    python: &Interpreter,
    built: &Built,
    runs: &Runs,
    sources: &Sources,
    plan: &mut Plan,
) -> Result<Vec<String>, Stop> {
    let mut wanted: Vec<(String, String)> = Vec::new();
    let mut dropped = Vec::new();
    let mut started: Vec<(&str, String)> =
        runs.packages.iter().map(|(name, why)| (*name, why.clone())).collect();
    started.extend(sources.programs());
    for step in case.steps() {
        let Work::Packages(names) = &step.work else { continue };
        for name in names {
            if name.starts_with('.') || matches!(name.as_str(), "ca-certificates" | "tzdata") {
                continue;
            }
            match kept(name, python, sources, &started, built) {
                Some(kept) => wanted.extend(kept),
                // What the same layer removes again leaves nothing behind.
                None if is_removed(case, step.instruction) => (),
                None => dropped.push(name.clone()),
            }
        }
    }
    if python.is_alpine {
        let compiles = dropped
            .iter()
            .any(|it| matches!(it.as_str(), "build-base" | "cargo" | "g++" | "gcc" | "rust"));
        if compiles {
            let because = "what is compiled with gcc may need it".to_owned();
            wanted.push(("libstdc++".to_owned(), because));
        }
    } else {
        // A small image has nothing of that but what the file installs.
        let is_by_chance = |it: &(String, String)| {
            python.is_full || !dropped.is_empty() && OF_TOOLS.contains(&it.0.as_str())
        };
        wanted.extend(of_python(python, built, sources).into_iter().filter(is_by_chance));
    }
    wanted.extend(started.into_iter().map(|(name, why)| (name.to_owned(), why)));
    let has_netcat = wanted.iter().any(|it| it.0.starts_with("netcat-t"));
    wanted.retain(|it| !(has_netcat && it.0 == "netcat-openbsd"));
    for (name, because) in wanted {
        add(&name, because, python, plan);
    }
    if built.has_repository {
        let unknown =
            plan.ground.packages.iter().find(|it| {
                needs::programs_of(&it.debian).is_none() && !it.debian.starts_with("lib")
            });
        if let Some(package) = unknown {
            let reason =
                format!("`{}` may be of a package source that the build adds", package.debian);
            return Err(case.stop("package", reason));
        }
    }
    Ok(dropped)
}

fn is_removed(case: &Case, instruction: usize) -> bool {
    const REMOVES: &[&str] = &["apk del", "autoremove", "purge", "apt-get remove", "apt remove"];
    let mut same = case.steps().iter().filter(|it| it.instruction == instruction);
    same.any(|it| REMOVES.iter().any(|word| it.text.contains(word)))
}

/// What of a package that the file installs the program needs, with the reason; `None` for nothing.
fn kept(
    name: &str,
    python: &Interpreter,
    sources: &Sources,
    started: &[(&str, String)],
    built: &Built,
) -> Option<Vec<(String, String)>> {
    let because = || format!("`{name}` may be needed when it runs");
    let table = if python.is_alpine { ALPINE_HEADERS } else { HEADERS };
    let plain = name.split(['=', ':']).next().unwrap_or(name);
    if let Some((_, libraries)) = table.iter().find(|row| row.0 == plain) {
        let linked = |it: &&str| (it.to_string(), format!("the library of `{name}`"));
        return match libraries {
            [] => None,
            all => Some(all.iter().map(linked).collect()),
        };
    }
    // The library itself is called otherwise in each release: with its headers it is found.
    if plain.ends_with("-dev") || plain.ends_with("-devel") {
        return Some(vec![(name.to_owned(), format!("the library of `{name}`"))]);
    }
    if plain == "gfortran" {
        let library = if python.is_alpine { "libgfortran" } else { "libgfortran5" };
        return Some(vec![(library.to_owned(), because())]);
    }
    let is_named = started.iter().any(|(package, _)| *package == plain);
    if needs::programs_of(plain).is_some() {
        let by_package = NATIVE.iter().any(|(it, all)| built.names.has(it) && all.contains(&plain));
        let is_common = COMMON.contains(&plain);
        let named = sources.programs().iter().any(|(it, _)| *it == plain);
        return match is_named || named || by_package || !is_common {
            true => Some(vec![(name.to_owned(), because())]),
            false => None,
        };
    }
    let is_dropped = needs::is_builder(plain) || BUILDERS.contains(&plain) || needs::is_tool(plain);
    match is_dropped {
        true => None,
        false => Some(vec![(name.to_owned(), because())]),
    }
}

/// What packages of Python need that is part of the image with compilers.
fn of_python(python: &Interpreter, built: &Built, sources: &Sources) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut add = |all: &[&str], whose: &str| {
        let because = format!("`{whose}` needs it");
        found.extend(all.iter().map(|it| ((*it).to_owned(), because.clone())));
    };
    for (name, all) in NATIVE.iter().filter(|row| built.names.has(row.0)) {
        add(all, name);
    }
    if looks_for_libpq(&built.names) {
        add(&["libpq5"], "psycopg");
    }
    for (name, all) in MODULES {
        if let Some(path) = sources.imports(name) {
            add(all, path);
        }
    }
    let at = python.minor.map(|(_, minor)| minor);
    for (name, first, all) in WHEELS {
        let Some(wanted) = built.names.version(name) else { continue };
        let Some(first) = at.and_then(|it| first.get(it.checked_sub(6)? as usize)) else {
            continue;
        };
        if pinned(wanted).is_some_and(|it| it < *first) {
            add(all, name);
        }
    }
    found
}

/// Without its binary it looks for the library.
fn looks_for_libpq(names: &Requirements) -> bool {
    let has_own = ["psycopg[binary]", "psycopg-binary", "psycopg[c]", "psycopg-c"];
    names.has("psycopg") && !has_own.iter().any(|it| names.has(it))
}

/// The two first numbers of `==4.9.1`, `<=4.9` and `~=4.9.1`.
fn pinned(wanted: &str) -> Option<(u32, u32)> {
    let is_upper = |it: &&str| it.starts_with(['=', '~', '<', '^']);
    let part = wanted.split(',').map(str::trim).find(is_upper)?;
    let mut numbers = part
        .trim_start_matches(['=', '~', '<', '^', ' '])
        .split('.')
        .map(|it| it.trim().parse::<u32>());
    let major = numbers.next()?.ok()?;
    Some((major, numbers.next().and_then(Result::ok).unwrap_or(0)))
}

fn add(name: &str, because: String, python: &Interpreter, plan: &mut Plan) {
    let package = match python.is_alpine {
        true => Package { debian: String::new(), alpine: name.to_owned(), because },
        false => Package { debian: name.to_owned(), alpine: String::new(), because },
    };
    let is_there = |it: &Package| it.debian == package.debian && it.alpine == package.alpine;
    if !plan.ground.packages.iter().any(is_there) {
        plan.ground.packages.push(package);
    }
}

/// Libraries that extensions are linked with, which load nothing more by themselves.
const LINKED: &[&str] = &[
    "libblas3",
    "libcurl3-gnutls",
    "libcurl4",
    "libev4",
    "libexpat1",
    "libfreetype6",
    "libgeos-c1v5",
    "libgfortran5",
    "libglib2.0-0",
    "libgmp10",
    "libgomp1",
    "libgssapi-krb5-2",
    "libjpeg62-turbo",
    "liblapack3",
    "liblcms2-2",
    "libmaxminddb0",
    "libmemcached11",
    "libmpc3",
    "libmpfr6",
    "libopenblas0",
    "libopenjp2-7",
    "libpcre2-8-0",
    "libpng16-16",
    "libpq5",
    "librdkafka1",
    "libsnappy1v5",
    "libsybdb5",
    "libtiff-dev",
    "libuv1",
    "libwebp-dev",
    "libxml2",
    "libxslt1.1",
    "libyaml-0-2",
    "libzmq5",
];

/// Whether a package is a library that nothing looks for by its name while it runs.
pub(super) fn is_linked(package: &str) -> bool {
    LINKED.contains(&package)
}

/// Why a distroless image may not have what a package needs.
pub(super) fn why_system(names: &Requirements) -> Option<String> {
    if looks_for_libpq(names) {
        return Some("`psycopg` looks for its library when it runs".to_owned());
    }
    let found = names.names().find(|it| SYSTEMS.contains(it))?;
    Some(format!("`{found}` may need more than Python"))
}

/// Which package writes files beside the program.
pub(super) fn why_root(names: &Requirements) -> Option<String> {
    let found = names.names().find(|it| KEEPERS.contains(it))?;
    Some(format!("`{found}` keeps files"))
}
