//! Which Python a stage has, and which smaller image has the same.

use super::super::case::Case;
use crate::images::runtime::{self, RuntimeImage};
use crate::images::{Family, Libc};
use crate::syntax::expand::{self, Value};
use crate::syntax::{Body, Keyword};

/// The Python of a base image.
pub(super) struct Interpreter {
    /// `(3, 13)`; `None` if that moves with time or with a build argument.
    pub(super) minor: Option<(u32, u32)>,
    /// The patch release moves with time.
    pub(super) floats: bool,
    /// It has compilers and headers of its own.
    pub(super) is_full: bool,
    pub(super) is_alpine: bool,
    /// The archive of its distribution has moved: nothing can be installed any more.
    pub(super) is_archived: bool,
    /// It is one of those that have uv, too, built on the official ones.
    pub(super) is_uv: bool,
    /// The same without compilers; `None` if none is known.
    pub(super) slim: Option<RuntimeImage>,
}

const UV: &str = "ghcr.io/astral-sh/uv";

/// The stage is built on an image whose Python is in `/usr/local`.
pub(super) fn is_known(case: &Case) -> bool {
    matches!(case.repository(), "python" | UV)
}

pub(super) fn is_conda(case: &Case) -> bool {
    let name = case.reference().split(':').next().unwrap_or_default();
    ["anaconda", "condaforge", "mambaorg", "micromamba", "miniconda", "miniforge"]
        .iter()
        .any(|part| name.contains(part))
}

pub(super) fn read(case: &Case) -> Interpreter {
    let reference = case.reference();
    let reference = reference.split('@').next().unwrap_or(reference);
    let (written, is_variable) = written(case);
    let is_pinned = written.contains('@');
    let written = written.split('@').next().unwrap_or(&written).to_owned();
    let (repository, tag) = parts(&written);
    let slim = match of_uv(&repository, tag.as_deref()) {
        Some(tag) => runtime::slim_of("python", Some(&tag)),
        None if is_variable => {
            let lookup = |text: &str| expanded(case, text);
            runtime::slim_of_written(&repository, tag.as_deref().unwrap_or_default(), lookup)
        }
        None => runtime::slim_of(&repository, tag.as_deref()),
    };
    // What a digest names has no smaller image that is known.
    let slim = slim.filter(|_| !is_pinned);
    let expanded_tag = match of_uv(&repository, tag.as_deref()) {
        Some(tag) => tag,
        None => parts(reference).1.unwrap_or_default(),
    };
    let version = expanded_tag.split('-').next().unwrap_or_default();
    let numbers: Option<Vec<u32>> = version.split('.').map(|it| it.parse().ok()).collect();
    let minor = match numbers.as_deref() {
        Some([major, minor, ..]) if !is_variable => Some((*major, *minor)),
        _ => None,
    };
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    let is_alpine = distribution.is_some_and(|it| it.family == Family::Alpine)
        || slim.as_ref().is_some_and(|it| matches!(it.libc, Some(Libc::Musl(_))));
    Interpreter {
        minor,
        floats: !is_pinned && numbers.is_some_and(|it| it.len() == 2),
        is_full: !is_alpine && !expanded_tag.contains("slim"),
        is_alpine,
        is_archived: is_archived(&expanded_tag, minor),
        is_uv: repository == UV,
        slim,
    }
}

/// Images on Debian 10 and before: those that name it, and the last ones of old versions.
fn is_archived(tag: &str, minor: Option<(u32, u32)>) -> bool {
    let suites = ["buster", "jessie", "stretch", "wheezy"];
    let is_named = tag.contains("bullseye") || tag.contains("bookworm") || tag.contains("trixie");
    suites.iter().any(|it| tag.contains(it)) || !is_named && minor.is_some_and(|it| it <= (3, 5))
}

/// `python3.12-bookworm-slim` of uv's images is `3.12-slim-bookworm`.
fn of_uv(repository: &str, tag: Option<&str>) -> Option<String> {
    let tag = tag.filter(|_| repository == UV)?;
    let tag = &tag[tag.find("python")? + "python".len()..];
    let (version, variants) = tag.split_once('-')?;
    match variants.strip_suffix("-slim") {
        Some(suite) => Some(format!("{version}-slim-{suite}")),
        None => Some(format!("{version}-{variants}")),
    }
}

/// What is behind `FROM`, and whether a variable is part of it.
fn written(case: &Case) -> (String, bool) {
    let from = &case.cx.file.instructions[case.stage().instructions.start];
    match &from.body {
        Body::From { image, .. } => (image.text.to_string(), image.text.contains('$')),
        _ => (case.reference().to_owned(), false),
    }
}

fn parts(reference: &str) -> (String, Option<String>) {
    let name_end = reference.rfind('/').unwrap_or(0);
    match reference[name_end..].find(':') {
        Some(at) => {
            let (name, tag) = reference.split_at(name_end + at);
            (name.to_owned(), Some(tag[1..].to_owned()))
        }
        None => (reference.to_owned(), None),
    }
}

/// With the defaults of the arguments before the first `FROM`.
fn expanded(case: &Case, text: &str) -> Option<String> {
    let before = &case.cx.file.instructions[..case.stage().instructions.start];
    let lookup = |name: &str| {
        let pairs =
            before.iter().filter(|it| it.keyword == Keyword::Arg).flat_map(|it| match &it.body {
                Body::Arg(pairs) => pairs.as_slice(),
                _ => &[],
            });
        let mut pairs = pairs.filter(|it| it.name.text == name);
        let found = pairs.next_back();
        match found.and_then(|it| it.value.as_ref()) {
            Some(value) => Value::Set(value.text.trim_matches(['"', '\'']).to_owned().into()),
            None => Value::Unset,
        }
    };
    expand::expand(text, case.cx.file.escape, lookup).ok().map(|it| it.into_owned())
}
