//! What programs of every stack may need when they run: packages, a shell, ports, time zones.

use super::Stop;
use super::case::Case;
use super::checks::{Asked, Check, checks};
use super::commands::Work;
use super::evidence::Sources;
use super::health;
use super::install::Made;
use super::names::Names;
use super::plan::{Copied, Package, Plan};
use super::program::Program;
use crate::facts::{Origin, is_within, resolve};
use crate::images::Family;
use crate::shell::command::base;
use crate::shell::{self, Dialect};
use crate::syntax::Body;
use crate::transform::PortPolicy;
use std::sync::Arc;

/// A package by its names in Debian and Alpine, and the programs in it. An empty name is not known.
type Row = (&'static str, &'static str, &'static [&'static str]);

/// Programs of the distribution that other programs start.
const PROGRAMS: &[Row] = &[
    ("bash", "bash", &["bash"]),
    ("curl", "curl", &["curl"]),
    ("dumb-init", "dumb-init", &["dumb-init"]),
    ("ffmpeg", "ffmpeg", &["ffmpeg", "ffprobe"]),
    ("ghostscript", "ghostscript", &["gs"]),
    ("git", "git", &["git"]),
    ("gnupg", "gnupg", &["gpg"]),
    ("graphviz", "graphviz", &["dot"]),
    ("imagemagick", "imagemagick", &["convert", "identify", "magick", "mogrify"]),
    ("iproute2", "iproute2", &["ip", "ss"]),
    ("iputils-ping", "iputils", &["ping"]),
    ("jq", "jq", &["jq"]),
    ("netcat-openbsd", "netcat-openbsd", &["nc"]),
    ("openssh-client", "openssh-client", &["scp", "sftp", "ssh", "ssh-keygen"]),
    ("openssh", "openssh", &["scp", "sftp", "ssh", "ssh-keygen"]),
    ("openssl", "openssl", &["openssl"]),
    ("poppler-utils", "poppler-utils", &["pdftoppm", "pdftotext"]),
    ("postgresql-client", "postgresql-client", &["pg_dump", "pg_isready", "psql"]),
    ("procps", "procps", &["pgrep", "ps"]),
    ("rsync", "rsync", &["rsync"]),
    ("sqlite3", "sqlite", &["sqlite3"]),
    ("tesseract-ocr", "tesseract-ocr", &["tesseract"]),
    ("tini", "tini", &["tini"]),
    ("unzip", "unzip", &["unzip"]),
    ("wget", "wget", &["wget"]),
    ("zip", "zip", &["zip"]),
];

/// Packages with programs that libraries start for those who use them, and no build of sources: they count
/// although nothing names them.
const UNNAMED: &[&str] =
    &["ffmpeg", "ghostscript", "graphviz", "imagemagick", "poppler-utils", "tesseract-ocr"];

/// Compilers, and what starts them: who calls them when it runs needs what a build stage has.
const COMPILERS: &[&str] = &[
    "cargo", "cc", "clang", "clang++", "cmake", "g++", "gcc", "ghc", "go", "gofmt", "gradle",
    "javac", "make", "mvn", "rustc", "rustfmt",
];

/// Packages that every run-time image has, or that are looked for elsewhere.
pub(super) const PRESENT: &[&str] = &["ca-certificates", "libc6", "musl", "tzdata"];

/// Packages, or the starts of their names, that only a build needs.
const BUILDERS: &[&str] = &[
    "apt-transport-https",
    "apt-utils",
    "autoconf",
    "automake",
    "binutils",
    "bison",
    "build-base",
    "build-essential",
    "clang",
    "cmake",
    "dialog",
    "which",
    "glide",
    "epel-release",
    "dep",
    "flex",
    "g++",
    "gcc",
    "gnupg",
    "go",
    "golang",
    "libc-dev",
    "libc6-dev",
    "libtool",
    "linux-headers",
    "lld",
    "llvm",
    "lsb-release",
    "m4",
    "make",
    "mercurial",
    "meson",
    "musl-dev",
    "nasm",
    "ninja",
    "patch",
    "pkg-config",
    "pkgconf",
    "pkgconfig",
    "protobuf",
    "python-software-properties",
    "software-properties-common",
    "subversion",
    "upx",
    "xz-utils",
    "yasm",
];

/// Tools that people work with, and that programs seldom start: they count where something names them.
const TOOLS: &[&str] = &[
    "bash-completion",
    "dnsutils",
    "file",
    "htop",
    "less",
    "locales",
    "lsof",
    "man-db",
    "nano",
    "net-tools",
    "strace",
    "sudo",
    "telnet",
    "tree",
    "vim",
    "vim-tiny",
];

/// Words behind `CMD`'s program, those of the script that starts it, and values of variables, with whose they are.
pub(super) fn words(case: &Case, program: &Program) -> Vec<(String, String)> {
    let own = program.words.iter().skip(1).map(|it| (it.clone(), "the command line".to_owned()));
    let mut all: Vec<(String, String)> = own.collect();
    all.extend(super::scripts::words(case, program));
    for at in case.stage().instructions.clone() {
        if let Body::Env { pairs, .. } = &case.cx.file.instructions[at].body {
            let set = pairs.iter().filter_map(|it| Some((it, it.value.as_ref()?)));
            all.extend(set.map(|(pair, value)| {
                let text = value.text.trim_matches(['"', '\'']).to_owned();
                (text, format!("`ENV {}`", pair.name.text))
            }));
        }
    }
    all
}

/// Settings in the folder where the program starts that are called as it.
pub(super) fn called_as(case: &Case, name: &str) -> Result<Vec<Copied>, Stop> {
    let mut found = Vec::new();
    for end in ["cfg", "conf", "ini", "json", "toml", "xml", "yaml", "yml"] {
        let path = resolve(Some(case.workdir()?), &format!("{name}.{end}")).unwrap_or_default();
        if case.source(&path)?.is_some() {
            found.push(Copied::file(&path, "it is called as the program"));
        }
    }
    Ok(found)
}

/// What `COPY`s put somewhere else than where commands run and where the sources at `files` lie.
pub(super) fn placed_beside(
    case: &Case,
    sources: &Sources,
    files: &[&str],
) -> Result<Vec<Copied>, Stop> {
    let mut builds: Vec<String> =
        case.steps().iter().filter_map(|step| step.workdir.clone()).collect();
    for path in files {
        let place = case.place(path)?.unwrap_or_default();
        builds.extend(place.rsplit_once('/').map(|(folder, _)| folder.to_owned()));
    }
    builds.retain(|it| !it.is_empty() && it != "/");
    placed_elsewhere(case, sources, &builds, "/none")
}

/// The first of some sources that calls what writes files.
pub(super) fn writes(files: &[(String, Arc<str>)], calls: &[&str]) -> Option<String> {
    let calls = Names::of(calls);
    files.iter().find_map(|(path, text)| {
        let call = calls.first_in(text)?;
        Some(format!("`{path}` may write files (`{}`)", call.trim_end_matches(['(', ':'])))
    })
}

/// What `COPY`s put somewhere else than where the build works: it is there to be read when the program runs.
pub(super) fn placed_elsewhere(
    case: &Case,
    sources: &Sources,
    builds: &[String],
    store: &str,
) -> Result<Vec<Copied>, Stop> {
    let mut found = Vec::new();
    for arrival in &case.arrivals {
        let text = || case.span(arrival.instruction).of(case.cx.file.source).to_owned();
        let Some(to) = arrival.to.as_deref() else {
            let reason = format!("where `{}` puts its files is not known", text());
            let at = case.span(arrival.instruction);
            return Err(Stop { code: "unclear-copy", at, reason });
        };
        let near = |it: &String| is_within(to, it) || is_within(it, to);
        let is_near = builds.iter().any(near) || is_within(to, store);
        match arrival.origin {
            Origin::Context if is_near => (),
            Origin::Context => {
                for path in arrival.paths.iter().flatten() {
                    let below = case.below(path)?;
                    let is_folder = !below.is_empty();
                    let has_data = match is_folder {
                        true => below.iter().any(|it| sources.is_data(it)),
                        false => sources.is_data(path),
                    };
                    let folder = case.cx.facts.destination(arrival.instruction);
                    let place = match folder.is_some_and(|it| it.folder) && !is_folder {
                        true => format!("{}/{}", to.trim_end_matches('/'), base(path)),
                        false => to.to_owned(),
                    };
                    if has_data && place != "/" && !path.contains('*') {
                        let because = "the file puts it apart from the sources";
                        found.push(Copied { is_folder, ..Copied::file(&place, because) });
                    }
                }
            }
            Origin::Stage(_) | Origin::Elsewhere => {
                let at = case.span(arrival.instruction);
                let reason = format!("what `{}` brings is not known", text());
                return Err(Stop { code: "copied-image", at, reason });
            }
        }
    }
    Ok(found)
}

/// The package of Debian with a program that other programs start.
pub(super) fn package_of(program: &str) -> Option<&'static str> {
    PROGRAMS.iter().find(|row| row.2.contains(&base(program))).map(|row| row.0)
}

/// Whether a package with a program is called so in every release.
pub(super) fn is_program(package: &str) -> bool {
    PROGRAMS.iter().any(|row| row.0 == package)
}

/// The programs of a package that other programs start.
pub(super) fn programs_of(package: &str) -> Option<&'static [&'static str]> {
    PROGRAMS.iter().find(|row| row.0 == package || row.1 == package).map(|row| row.2)
}

/// Whether only a build needs a package.
pub(super) fn is_builder(name: &str) -> bool {
    BUILDERS.iter().any(|it| name == *it || name.starts_with(&format!("{it}-")))
}

/// Whether people work with it, and programs seldom start it.
pub(super) fn is_tool(name: &str) -> bool {
    TOOLS.contains(&name)
}

/// Which of the packages that the file installs are needed when the program runs.
pub(super) fn packages(case: &Case, texts: &[&str], plan: &mut Plan) -> Result<(), Stop> {
    for step in case.steps() {
        let Work::Packages(names) = &step.work else { continue };
        for name in names {
            // Who installs the table of time zones looks them up.
            plan.ground.zones |= name == "tzdata";
            let is_library = ["-dev", "-devel", "-static"].iter().any(|it| name.ends_with(it));
            if PRESENT.contains(&name.as_str())
                || is_builder(name)
                || is_library
                || name.starts_with('.')
            {
                continue;
            }
            let row = PROGRAMS.iter().find(|row| row.0 == *name || row.1 == *name);
            if let Some((_, _, programs)) = row {
                let names_it = |text: &&str| programs.iter().any(|program| is_named(text, program));
                if texts.iter().any(names_it) {
                    add(case, name, format!("the sources name `{name}`"), plan);
                    continue;
                }
            }
            let is_counted = row.is_none_or(|row| UNNAMED.contains(&row.0));
            if is_counted && !TOOLS.contains(&name.as_str()) {
                add(case, name, format!("`{name}` may be needed when it runs"), plan);
            }
        }
    }
    Ok(())
}

/// Whether a program is named as a word in quotes, or at the start of a command in quotes or behind another one.
fn is_named(text: &str, program: &str) -> bool {
    text.match_indices(program).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + program.len()..].chars().next();
        // The driver of a database is called as its program.
        let is_driver = before == Some('"') && text[..at - 1].trim_end().ends_with("Open(");
        let is_next =
            text[..at].trim_end_matches(' ').ends_with(['&', '|', ';']) && before == Some(' ');
        !is_driver
            && (is_next || matches!(before, Some('"' | '\'' | '`' | '/')))
            && matches!(after, Some('"' | '\'' | '`' | ' '))
    })
}

/// A package under its names in both distributions, as far as they are known.
pub(super) fn add(case: &Case, name: &str, because: String, plan: &mut Plan) {
    let row = PROGRAMS.iter().find(|row| row.0 == name || row.1 == name);
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let is_alpine = family == Some(Family::Alpine);
    let is_debian =
        matches!(family, Some(Family::Debian | Family::Ubuntu | Family::DebianOrUbuntu));
    let own = |mine: bool| if mine { name.to_owned() } else { String::new() };
    let package = match row {
        Some((debian, alpine, _)) => {
            Package { debian: (*debian).to_owned(), alpine: (*alpine).to_owned(), because }
        }
        None => Package { debian: own(is_debian), alpine: own(is_alpine), because },
    };
    plan.ground.install(package);
}

/// A program that the sources start by its name.
pub(super) fn program(
    case: &Case,
    made: &Made,
    name: &str,
    whose: &str,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let own = made.program(case, name, &["/go/bin"]).cloned();
    if let Some(path) = own {
        let own = super::install::program_on_path(&path, name);
        if !plan.copies.iter().any(|it| it.from == own.from && it.to == own.to) {
            plan.copies.push(own);
        }
        return Ok(());
    }
    let name = base(name);
    let because = format!("`{whose}` starts `{name}`");
    if let Some(row) = PROGRAMS.iter().find(|row| row.2.contains(&name)) {
        add(case, row.0, because, plan);
        return Ok(());
    }
    if super::scripts::EVERYWHERE.contains(&name) || shell::command::is_shell(name) {
        plan.ground.shell.get_or_insert(because);
        return Ok(());
    }
    if COMPILERS.contains(&name) {
        return Err(case.stop("compiles-at-start", format!("{because}, which is left behind")));
    }
    plan.doubts.push(format!("{because}, and what that needs is not known"));
    Ok(())
}

/// The programs of health checks have to be there too.
pub(super) fn health(case: &Case, made: &Made, plan: &mut Plan) -> Result<(), Stop> {
    checks(case).iter().try_for_each(|check| asked(case, made, check, plan))
}

/// What one health check starts.
pub(super) fn asked(case: &Case, made: &Made, check: &Check, plan: &mut Plan) -> Result<(), Stop> {
    let stop = |reason: String| Err(Stop { code: "healthcheck", at: check.at, reason });
    let script = match &check.asked {
        Asked::Words(words) => {
            return words.first().map_or(Ok(()), |it| check_program(case, made, it, check, plan));
        }
        Asked::Script(script) => script,
    };
    let own = health::single(case)
        .filter(|it| check.is_of_file && made.program(case, &it.words[0], &["/go/bin"]).is_some());
    if let Some(own) = own {
        program(case, made, &own.words[0], "HEALTHCHECK", plan)?;
        plan.health = Some((own.at, own.words));
        return Ok(());
    }
    plan.ground.shell.get_or_insert(format!("{} runs a shell", check.said));
    let Some(script) = shell::parse(script, Dialect::Unknown) else {
        return stop(format!("{} cannot be read", check.said));
    };
    for (_, simple, _) in script.simple_commands() {
        let word = simple.words.first().and_then(|it| it.literal.clone());
        match word {
            Some(word) if super::scripts::EVERYWHERE.contains(&word.as_str()) => (),
            Some(word) => check_program(case, made, &word, check, plan)?,
            None => return stop(format!("what {} starts is not known", check.said)),
        }
    }
    Ok(())
}

fn check_program(
    case: &Case,
    made: &Made,
    word: &str,
    check: &Check,
    plan: &mut Plan,
) -> Result<(), Stop> {
    if made.program(case, word, &["/go/bin"]).is_some() {
        return program(case, made, word, "HEALTHCHECK", plan);
    }
    let said = &check.said;
    match PROGRAMS.iter().find(|row| row.2.contains(&base(word))) {
        Some(row) => {
            add(case, row.0, format!("{said} starts `{word}`"), plan);
            Ok(())
        }
        None => {
            let reason = format!("`{word}`, which {said} starts, may not be in the run-time image");
            Err(Stop { code: "healthcheck", at: check.at, reason })
        }
    }
}

/// Why a folder that the build makes for the program needs root.
pub(super) fn made_folder(plan: &Plan) -> Option<String> {
    let folder = plan.copies.iter().find(|it| it.because.starts_with("`mkdir"))?;
    folder.owner.is_none().then(|| format!("it may write to `{}`", folder.to))
}

/// What looks up time zones needs the table of them, which distroless images have.
pub(super) fn zones(texts: &[&str], plan: &mut Plan) {
    let names = |text: &&str| text.contains("LoadLocation(") || text.contains("zoneinfo");
    plan.ground.zones |= texts.iter().any(names);
}

/// Why it listens where only root may.
pub(super) fn low_port(case: &Case, texts: &[&str]) -> Option<String> {
    if case.cx.options.ports == PortPolicy::Docker {
        return None;
    }
    let is_low = |port: u32| (1..1024).contains(&port);
    for at in case.stage().instructions.clone() {
        let Body::Expose(ports) = &case.cx.file.instructions[at].body else { continue };
        for port in ports {
            let number = port.text.split(['/', '-']).next().unwrap_or_default();
            match number.parse() {
                Ok(number) if is_low(number) => {
                    return Some(format!("it listens on port {number}"));
                }
                Ok(_) => (),
                Err(_) => {
                    let name = number.trim_matches(['$', '{', '}']);
                    let value = case.variable(name).and_then(|it| it.parse().ok());
                    if value.is_none_or(is_low) {
                        return Some(format!("the port `{}` may be below 1024", port.text));
                    }
                }
            }
        }
    }
    let texts = texts.iter().filter(|text| may_name_port(text));
    for literal in texts.flat_map(|text| super::evidence::literals(text)) {
        let port = literal.rsplit_once(':').map(|(_, port)| port);
        if let Some(number) = port.and_then(|it| it.parse().ok()).filter(|it| is_low(*it))
            && literal.len() < 24
            && !literal.contains("//")
        {
            return Some(format!("its sources name port {number}"));
        }
    }
    None
}

/// Whether a string in a text may end in the number of a port, behind a colon: few texts have one.
fn may_name_port(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes).any(|at| {
        let behind = &bytes[at + 1..];
        let digits = behind.iter().take_while(|it| it.is_ascii_digit() || **it == b'+').count();
        digits > 0 && matches!(behind.get(digits), Some(b'"' | b'\'' | b'`'))
    })
}
