//! The smaller image by those who publish the image of a language, with the same version on the same
//! release of the distribution.
//!
//! The rules were checked with every tag that was ever listed below
//! <https://github.com/docker-library/official-images/tree/master/library> up to
//! [`super::super::KNOWN_ON`]: what they make of it was listed, too, and where both are built on Debian,
//! the last builds are on the same release.

use super::super::normalized;
use super::fixed::{self, PATH, SYSTEM, system};
use super::libraries::{PYTHON_SLIM, RUBY_SLIM};
use super::{RuntimeImage, RuntimeKind, dotnet, java, jetty, split_reference, tomcat};

/// The smaller image with the same version of the language on the same release of the distribution, or
/// the image itself where there is none smaller; for a JDK the JRE, for Go and Rust, whose programs need
/// neither, the distribution.
///
/// A variable in `tag` stands for a version: `node:${V}` gives `node:${V}-slim`. [`slim_of_written`]
/// checks that it does. An image that is pinned by a digest has none.
pub fn slim_of(repository: &str, tag: Option<&str>) -> Option<RuntimeImage> {
    if let Some(found) = dotnet::slim_of(repository, tag) {
        return Some(found);
    }
    let name = normalized(repository)?;
    let prefix = repository.strip_suffix(&*name)?;
    // Not every image is there.
    if prefix.starts_with("mirror.gcr.io") {
        return None;
    }
    let by_architecture = prefix.split('/').any(|it| !it.is_empty() && !is_registry(it));
    let written = Tag::new(tag)?;
    let (to, tag) = match &*name {
        "node" => ("node", node(&written)?),
        "python" => ("python", slim_before_suite(&written, PYTHON_WITHOUT_SLIM)?),
        "ruby" => ("ruby", slim_before_suite(&written, RUBY_WITHOUT_SLIM)?),
        "php" => ("php", php(&written)?),
        "perl" => ("perl", perl(&written)?),
        "elixir" => ("elixir", elixir(&written)?),
        "swift" => ("swift", swift(&written)?),
        "golang" => distribution_of_compiler(&written, go_suite)?,
        "rust" => distribution_of_compiler(&written, rust_suite)?,
        "debian" => ("debian", debian(&written)?),
        "jetty" => ("jetty", jetty::jre(&written)?),
        "tomcat" => ("tomcat", tomcat::jre(&written)?),
        "ubuntu" | "alpine" => return distribution_itself(repository, &name, tag),
        _ => java::jre_of(&name, tag)?,
    };
    // Other architectures than that of the image may have no such image.
    if by_architecture && to != name && !matches!(to, "debian" | "alpine") {
        return None;
    }
    Some(contents(format!("{prefix}{to}:{tag}"), to, &tag))
}

/// [`slim_of`] for a tag with variables: `expand` gives a text with the values that they have by default.
/// The variables stay, and what the image is then called is checked against their values.
pub fn slim_of_written(
    repository: &str,
    tag: &str,
    expand: impl Fn(&str) -> Option<String>,
) -> Option<RuntimeImage> {
    let expanded = slim_of(repository, Some(&expand(tag)?))?;
    let written = slim_of(repository, Some(tag))?;
    let same = expand(&written.reference)? == expanded.reference;
    same.then_some(RuntimeImage { reference: written.reference, ..expanded })
}

pub(super) fn find(reference: &str) -> Option<RuntimeImage> {
    let (repository, tag) = split_reference(reference)?;
    let found = slim_of(repository, tag).filter(|it| it.reference == reference);
    found.or_else(|| tomcat::itself(reference)).or_else(|| jetty::itself(reference))
}

fn is_registry(part: &str) -> bool {
    part.contains('.') || part == "library" || part == "docker"
}

/// A tag in the grammar of official images: a version and variants.
pub(super) struct Tag<'a> {
    /// `3.12`, `lts`, `${VERSION}`; empty for the newest.
    pub(super) version: &'a str,
    /// `slim`, `bookworm`, `alpine3.22`.
    pub(super) variants: Vec<&'a str>,
}

impl<'a> Tag<'a> {
    /// `None` for a variable with more than its name, or not at the start.
    pub(super) fn new(tag: Option<&'a str>) -> Option<Self> {
        let text = tag.filter(|it| *it != "latest").unwrap_or_default();
        if text.contains(":-") || text.contains(":+") || text.contains("${") && !text.contains('}')
        {
            return None;
        }
        let mut parts = text.split('-').peekable();
        let is_version =
            |it: &&str| it.starts_with(|it: char| it.is_ascii_digit() || it == '$') || is_line(it);
        let version = parts.next_if(is_version).unwrap_or_default();
        let variants: Vec<&str> = parts.filter(|it| !it.is_empty()).collect();
        let certain = variants.iter().all(|it| !it.contains('$') || it.starts_with("alpine"));
        certain.then_some(Self { version, variants })
    }

    pub(super) fn is_open(&self) -> bool {
        self.version.contains('$')
    }

    /// `3.12.1` in numbers; `None` for what is no version, as `3.15.0rc1`.
    pub(super) fn numbers(&self) -> Option<Vec<u32>> {
        self.version.split('.').map(|it| it.parse().ok()).collect()
    }

    pub(super) fn spelled(&self, variants: &[&str]) -> String {
        let parts: Vec<&str> = [self.version].iter().chain(variants).copied().collect();
        parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-")
    }
}

/// Code names of Node.js with long-term support: <https://github.com/nodejs/Release#release-schedule>.
fn is_line(part: &str) -> bool {
    const LINES: &[&str] = &[
        "lts", "current", "argon", "boron", "carbon", "dubnium", "erbium", "fermium", "gallium",
        "hydrogen", "iron", "jod", "krypton",
    ];
    LINES.contains(&part)
}

pub(super) fn is_alpine(variant: &str) -> bool {
    variant.starts_with("alpine")
}

/// A release of Debian that is not older than `slim` variants of any image.
fn is_suite(variant: &str) -> bool {
    is_old_suite(variant) || matches!(variant, "buster" | "bullseye" | "bookworm" | "trixie")
}

fn is_old_suite(variant: &str) -> bool {
    matches!(variant, "jessie" | "stretch")
}

/// `20-slim`, `20-bookworm-slim`: <https://github.com/nodejs/docker-node>.
fn node(tag: &Tag) -> Option<String> {
    let numbers = tag.numbers();
    let named = tag.is_open() || tag.version.is_empty() || is_line(tag.version);
    let known = named || numbers.as_ref().is_some_and(|it| it[0] > 0 && it.len() <= 3);
    if !known {
        return None;
    }
    match *tag.variants {
        [] | ["slim"] => Some(tag.spelled(&["slim"])),
        [alpine] if is_alpine(alpine) => Some(tag.spelled(&[alpine])),
        [suite] | [suite, "slim"] if is_suite(suite) => {
            let certain = !is_old_suite(suite) || old_node_is_slim(&numbers?);
            certain.then(|| tag.spelled(&[suite, "slim"]))
        }
        _ => None,
    }
}

/// Since December 2018 there is a `slim` variant for each suite.
fn old_node_is_slim(version: &[u32]) -> bool {
    let since = match version[0] {
        6 => [6, 15, 0],
        8 => [8, 14, 0],
        10 => [10, 14, 1],
        11 => [11, 3, 0],
        12.. => [12, 0, 0],
        _ => return false,
    };
    // A part that the tag does not have is the newest.
    (0..3).map(|at| version.get(at).copied().unwrap_or(u32::MAX)).ge(since)
}

/// Versions that were last built before there was `slim`.
const PYTHON_WITHOUT_SLIM: &[&str] = &["2.7.7", "3.3.5", "3.4.1"];
const RUBY_WITHOUT_SLIM: &[&str] = &["2.1.2", "2.1.3", "2.1.4"];

/// `3.12-slim`, `3.12-slim-bookworm`.
fn slim_before_suite(tag: &Tag, without: &[&str]) -> Option<String> {
    let numbers = tag.numbers();
    let known = tag.is_open() || tag.version.is_empty() || numbers.is_some();
    if !known || without.contains(&tag.version) {
        return None;
    }
    match *tag.variants {
        [] | ["slim"] => Some(tag.spelled(&["slim"])),
        [alpine] if is_alpine(alpine) => Some(tag.spelled(&[alpine])),
        [suite] | ["slim", suite] if is_suite(suite) => {
            // A patch release may be older than the variants for old suites.
            let certain =
                !is_old_suite(suite) || numbers.is_some_and(|it| it.len() == 2 && it != [3, 3]);
            certain.then(|| tag.spelled(&["slim", suite]))
        }
        _ => None,
    }
}

/// `5.42-slim`, `5.42-slim-trixie`; not for each patch release before 5.30.
fn perl(tag: &Tag) -> Option<String> {
    let certain = match tag.numbers().as_deref() {
        Some([5] | [5, 24 | 26 | 28]) => true,
        Some([5, minor, ..]) => *minor >= 30,
        _ => tag.version.is_empty(),
    };
    let is_alpine_or_threaded =
        tag.variants.iter().any(|it| *it == "threaded" || is_alpine(it) || is_old_suite(it));
    (certain && !is_alpine_or_threaded).then(|| slim_before_suite(tag, &[])).flatten()
}

/// `1.17-slim`, `1.17-otp-27-slim`; before 1.9 not for each release of Erlang.
fn elixir(tag: &Tag) -> Option<String> {
    let certain = match tag.numbers().as_deref() {
        Some([1, minor, ..]) => *minor >= 9 || *minor >= 3 && !tag.variants.contains(&"otp"),
        Some(_) => false,
        None => tag.version.is_empty() && !tag.variants.contains(&"otp"),
    };
    let spelled = match *tag.variants {
        [] | ["slim"] => tag.spelled(&["slim"]),
        ["otp", release] | ["otp", release, "slim"] => tag.spelled(&["otp", release, "slim"]),
        [alpine] | ["otp", _, alpine] if alpine == "alpine" => tag.spelled(&tag.variants),
        _ => return None,
    };
    certain.then_some(spelled)
}

/// `6.0-slim`, `5.9-jammy-slim`: with the libraries of Swift, and no compiler. Not for each patch release before 5.3.
fn swift(tag: &Tag) -> Option<String> {
    let minor = match tag.numbers().as_deref() {
        Some([5, minor, ..]) => *minor,
        Some([6, minor, ..]) => 100 + minor,
        Some(_) => return None,
        None if tag.version.is_empty() => 200,
        None => return None,
    };
    let variants: Vec<&str> = tag.variants.iter().copied().filter(|it| *it != "slim").collect();
    let is_there = match *variants {
        [] => true,
        ["bionic"] => minor <= 6,
        ["focal"] => minor <= 100,
        ["jammy"] => minor >= 7,
        ["noble"] => minor >= 100,
        ["bookworm"] => minor >= 102,
        ["amazonlinux2"] | ["rhel", "ubi9"] => minor >= 9,
        _ => false,
    };
    let spelled = [variants, vec!["slim"]].concat();
    (is_there && minor >= 3).then(|| tag.spelled(&spelled))
}

/// There is none smaller.
fn php(tag: &Tag) -> Option<String> {
    let known = tag.is_open() || tag.version.is_empty() || tag.numbers().is_some();
    let is_variant = |it: &&str| {
        matches!(*it, "cli" | "fpm" | "apache" | "zts") || is_suite(it) || is_alpine(it)
    };
    let known = known && tag.variants.iter().all(is_variant);
    let spelled = if tag.version.is_empty() && tag.variants.is_empty() {
        "latest".to_owned()
    } else {
        tag.spelled(&tag.variants)
    };
    known.then_some(spelled)
}

/// `bookworm-slim`, `12-slim`.
fn debian(tag: &Tag) -> Option<String> {
    match (tag.version, &*tag.variants) {
        // The same image as `latest` at any time.
        ("", [] | ["stable"] | ["stable", "slim"]) => Some("stable-slim".to_owned()),
        ("", [suite] | [suite, "slim"]) => is_suite(suite).then(|| format!("{suite}-slim")),
        (
            "",
            [suite @ ("bookworm" | "trixie"), day] | [suite @ ("bookworm" | "trixie"), day, "slim"],
        ) if is_day(day) => Some(format!("{suite}-{day}-slim")),
        (_, [] | ["slim"]) => {
            let numbers = tag.numbers()?;
            let known = numbers.len() <= 2 && (10..=13).contains(&numbers[0]);
            known.then(|| tag.spelled(&["slim"]))
        }
        _ => None,
    }
}

/// `20240101`
fn is_day(part: &str) -> bool {
    part.len() == 8 && part.bytes().all(|it| it.is_ascii_digit())
}

fn distribution_itself(repository: &str, name: &str, tag: Option<&str>) -> Option<RuntimeImage> {
    let known = match (name, tag) {
        (_, None | Some("latest")) => true,
        ("ubuntu", Some(tag)) => {
            const RELEASES: &[&str] = &[
                "18.04", "20.04", "22.04", "24.04", "26.04", "bionic", "focal", "jammy", "noble",
                "resolute",
            ];
            let release = tag.split_once('-').filter(|it| is_day(it.1)).map_or(tag, |it| it.0);
            RELEASES.contains(&release)
        }
        (_, Some(tag)) => {
            let minor = tag.strip_prefix("3.").and_then(|it| it.split('.').next());
            let release = minor.and_then(|it| fixed::alpine(it.parse().ok()?));
            tag == "3" || release.is_some()
        }
    };
    if !known {
        return None;
    }
    let reference = tag.map_or(repository.to_owned(), |tag| format!("{repository}:{tag}"));
    Some(contents(reference, name, tag.unwrap_or_default()))
}

/// The distribution on which a compiler's image is: its programs need no more of it.
fn distribution_of_compiler(
    tag: &Tag,
    suite_of: fn(&[u32]) -> Option<&'static str>,
) -> Option<(&'static str, String)> {
    let named = match *tag.variants {
        [] | ["slim"] => {
            let newest = [1];
            let numbers =
                if tag.version.is_empty() { Some(newest.to_vec()) } else { tag.numbers() };
            suite_of(&numbers?)?
        }
        [alpine] if is_alpine(alpine) => {
            let release = alpine.strip_prefix("alpine3.")?;
            fixed::alpine(release.parse().ok()?)?;
            return Some(("alpine", format!("3.{release}")));
        }
        [suite] | ["slim", suite] if is_suite(suite) => suite,
        _ => return None,
    };
    // The oldest of which there is no manifest that engines of today read.
    (named != "jessie").then(|| ("debian", format!("{named}-slim")))
}

/// The suite of the last build, from the history of
/// <https://github.com/docker-library/official-images/blob/master/library/golang>. The next release of
/// Debian comes in 2027.
fn go_suite(version: &[u32]) -> Option<&'static str> {
    let patch = version.get(2).copied().unwrap_or(u32::MAX);
    if version[0] != 1 {
        return None;
    }
    Some(match version.get(1).copied().unwrap_or(27) {
        9 | 10 => "stretch",
        11 if patch < 12 => "stretch",
        12 if patch < 7 => "stretch",
        11..=15 => "buster",
        16 if patch < 7 => "buster",
        16..=18 => "bullseye",
        19 if patch < 10 => "bullseye",
        20 if patch < 5 => "bullseye",
        19..=23 => "bookworm",
        24 if patch < 6 => "bookworm",
        24..=28 => "trixie",
        _ => return None,
    })
}

/// Likewise: <https://github.com/docker-library/official-images/blob/master/library/rust>.
fn rust_suite(version: &[u32]) -> Option<&'static str> {
    if version[0] != 1 {
        return None;
    }
    Some(match version.get(1).copied().unwrap_or(98) {
        19..=36 => "stretch",
        37..=54 => "buster",
        55..=71 => "bullseye",
        72..=88 => "bookworm",
        89..=104 => "trixie",
        _ => return None,
    })
}

const LANG: (&str, Option<&str>) = ("LANG", Some("C.UTF-8"));

/// What is in the image called so. Sizes are those of the newest versions.
pub(super) fn contents(reference: String, name: &str, tag: &str) -> RuntimeImage {
    let on_alpine = name == "alpine" || tag.contains("alpine");
    let vendor = RuntimeImage {
        reference: reference.into(),
        kind: RuntimeKind::Vendor,
        zones: !on_alpine,
        // Every official image on Alpine starts with its bundle.
        certificates: on_alpine,
        libraries: if on_alpine { &["libz.so.1"] } else { SYSTEM.libraries },
        ..SYSTEM
    };
    let sizes = |debian: u32, alpine: u32| if on_alpine { alpine } else { debian };
    let recent = tag.contains("bookworm") || tag.contains("trixie");
    let image = match name {
        // The Debian variant has no certificates but those that are part of Node.js:
        // <https://github.com/nodejs/docker-node/blob/main/Dockerfile-slim.template>.
        "node" => RuntimeImage {
            entrypoint: &["docker-entrypoint.sh"],
            environment: &[PATH, ("NODE_VERSION", None), ("YARN_VERSION", None)],
            interpreter: Some("/usr/local/bin/node"),
            megabytes: sizes(230, 165),
            ..vendor
        },
        // <https://github.com/docker-library/python/blob/master/Dockerfile-linux.template>
        "python" => RuntimeImage {
            environment: &[("PATH", None), LANG, ("PYTHON_VERSION", None)],
            interpreter: Some("/usr/local/bin/python3"),
            libraries: if recent { PYTHON_SLIM } else { vendor.libraries },
            certificates: true,
            zones: true,
            megabytes: sizes(125, 50),
            ..vendor
        },
        // <https://github.com/docker-library/ruby/blob/master/Dockerfile.template>
        "ruby" => RuntimeImage {
            environment: &[
                ("PATH", None),
                LANG,
                ("RUBY_VERSION", None),
                ("GEM_HOME", Some("/usr/local/bundle")),
                ("BUNDLE_APP_CONFIG", Some("/usr/local/bundle")),
                ("BUNDLE_SILENCE_ROOT_WARNING", Some("1")),
            ],
            interpreter: Some("/usr/local/bin/ruby"),
            libraries: if recent { RUBY_SLIM } else { vendor.libraries },
            certificates: true,
            megabytes: sizes(220, 105),
            ..vendor
        },
        "php" => RuntimeImage {
            workdir: if tag.contains("fpm") || tag.contains("apache") {
                "/var/www/html"
            } else {
                "/"
            },
            entrypoint: &["docker-php-entrypoint"],
            environment: &[
                PATH,
                ("PHP_INI_DIR", Some("/usr/local/etc/php")),
                ("PHP_VERSION", None),
            ],
            interpreter: Some("/usr/local/bin/php"),
            certificates: true,
            megabytes: sizes(520, 105),
            ..vendor
        },
        // <https://github.com/erlef/docker-elixir>: its certificates go with the tools of its build.
        "elixir" => RuntimeImage {
            environment: &[
                PATH,
                LANG,
                ("ELIXIR_VERSION", None),
                ("OTP_VERSION", None),
                ("REBAR3_VERSION", None),
            ],
            interpreter: Some("/usr/local/bin/elixir"),
            megabytes: sizes(340, 95),
            ..vendor
        },
        // <https://github.com/swiftlang/swift-docker>: `tzdata`, `libcurl4` and `libxml2` are installed.
        "swift" => {
            RuntimeImage { environment: &[PATH], certificates: true, megabytes: 280, ..vendor }
        }
        // <https://github.com/Perl/docker-perl>: likewise.
        "perl" => RuntimeImage {
            environment: &[PATH],
            interpreter: Some("/usr/local/bin/perl"),
            megabytes: 140,
            ..vendor
        },
        "debian" => {
            let suite = tag.split(['-', '.']).next().unwrap_or_default();
            let suite = ["stretch", "buster", "bullseye", "bookworm", "trixie"]
                .into_iter()
                .zip(["9", "10", "11", "12", "13"])
                .find(|(name, number)| *name == suite || *number == suite);
            let fixed = suite.and_then(|(name, _)| fixed::debian_slim(name));
            let fixed =
                fixed.unwrap_or(RuntimeImage { kind: RuntimeKind::Slim, megabytes: 79, ..SYSTEM });
            RuntimeImage { reference: vendor.reference, ..fixed }
        }
        "ubuntu" => {
            let fixed = fixed::ubuntu(tag).unwrap_or(RuntimeImage {
                kind: RuntimeKind::Slim,
                megabytes: 80,
                zones: false,
                ..SYSTEM
            });
            RuntimeImage { reference: vendor.reference, ..fixed }
        }
        "alpine" => {
            let minor = tag.strip_prefix("3.").and_then(|it| it.split('.').next());
            let fixed = minor.and_then(|it| fixed::alpine(it.parse().ok()?));
            let fixed = fixed.or_else(|| fixed::alpine(24));
            let until = fixed.as_ref().filter(|_| minor.is_some()).and_then(|it| it.until);
            match fixed {
                Some(fixed) => RuntimeImage { reference: vendor.reference, until, ..fixed },
                None => vendor,
            }
        }
        _ => java::contents(vendor, name),
    };
    system(image)
}
