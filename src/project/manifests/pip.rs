//! `requirements.txt` (pip's format), PEP 508 requirements, `setup.cfg` and `MANIFEST.in`.

use super::{Group, Manifest, Role};

/// Options of a requirements file that name another one.
const FILES: [&str; 4] = ["-r", "--requirement", "-c", "--constraint"];

/// Options that name a folder or an archive.
const FOLDERS: [&str; 4] = ["-e", "--editable", "-f", "--find-links"];

pub(super) fn requirements(text: &str, manifest: &mut Manifest) {
    for (line, text) in joined(text) {
        let text = comment_less(&text);
        if text.starts_with('-') {
            option(text, line, manifest);
        } else if !text.is_empty() {
            requirement(text, Group::Normal, line, manifest);
        }
    }
}

/// Lines with their continuations; `\` at the end of a comment does not continue it.
fn joined(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let whole = line.strip_suffix('\\').filter(|_| !line.trim_start().starts_with('#'));
        let part = whole.unwrap_or(line);
        match found.last_mut().filter(|_| goes_on) {
            Some((_, before)) => before.push_str(part),
            None => found.push((number + 1, part.to_owned())),
        }
        goes_on = whole.is_some();
    }
    found
}

/// A `#` starts a comment at the start of the line or after a blank.
fn comment_less(line: &str) -> &str {
    let line = line.trim();
    let starts = |(at, _): &(usize, &str)| *at == 0 || line[..*at].ends_with([' ', '\t']);
    let comment = line.match_indices('#').find(starts);
    comment.map_or(line, |(at, _)| line[..at].trim_end())
}

fn option(text: &str, line: usize, manifest: &mut Manifest) {
    let end = text.find([' ', '\t', '=']).unwrap_or(text.len());
    let (name, value) = (&text[..end], text[end..].trim_start_matches(['=', ' ', '\t']).trim());
    // `-rmore.txt`
    let short = FILES.iter().chain(&FOLDERS).find(|it| {
        it.len() == 2 && text.starts_with(**it) && name.len() > 2 && !text.starts_with("--")
    });
    let (name, value) = short.map_or((name, value), |short| (*short, text[2..].trim()));
    let value = value.trim_matches(['"', '\'']);
    if value.contains("${") {
        manifest.unclear(line, format!("the path `{value}` is not known"));
    } else if FILES.contains(&name) {
        manifest.names(Role::Manifest, value, line);
    } else if FOLDERS.contains(&name) {
        local(value, line, manifest);
    }
}

/// A requirement as PEP 508 writes it, or a path.
pub(super) fn requirement(text: &str, group: Group, line: usize, manifest: &mut Manifest) {
    // What comes after `;` says for which platforms, after ` --` how.
    let wanted = text.split(" --").next().unwrap_or(text);
    let named = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    let name = &wanted[..wanted.find(|char| !named(char)).unwrap_or(wanted.len())];
    let rest = wanted[name.len()..].trim();
    let archive = [".whl", ".tar.gz", ".zip"].iter().any(|it| wanted.trim().ends_with(it));
    let is_path = rest.starts_with(['/', '\\']) || name.starts_with('.') || rest.starts_with("://");
    if name.is_empty()
        || is_path
        || rest.starts_with([':', '+'])
        || (archive && !rest.contains('@'))
    {
        return local(text, line, manifest);
    }
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest).trim(),
        None => rest,
    };
    let versions = rest.split(';').next().unwrap_or(rest).trim();
    if let Some(place) = versions.strip_prefix('@') {
        local(place.trim(), line, manifest);
    }
    let versions = versions.trim_matches(['(', ')']);
    manifest.depends(group, name, Some(versions), line);
}

/// A path to a package: without extras, markers and what marks an URL.
pub(super) fn local(text: &str, line: usize, manifest: &mut Manifest) {
    let path = text.split([';', '[', '#']).next().unwrap_or(text).trim();
    let path = path.strip_prefix("file:").unwrap_or(path);
    if path.contains("${") {
        manifest.unclear(line, format!("the path `{path}` is not known"));
    } else if path.starts_with('.') || super::data::looks_like_path(path) {
        manifest.names(Role::Package, path, line);
    }
}

/// `setup.cfg`: sections of `name = value`, values go on in indented lines.
pub(super) fn setup_cfg(text: &str, manifest: &mut Manifest) {
    let (mut section, mut key) = (String::new(), String::new());
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            setting(&section, &key, trimmed, number + 1, manifest);
        } else if let Some(name) = trimmed.strip_prefix('[') {
            section = name.trim_end_matches(']').trim().to_owned();
            if super::git::reads(&section) {
                manifest.git(&section, number + 1);
            }
        } else if let Some((name, value)) = trimmed.split_once(['=', ':']) {
            key = name.trim().replace('-', "_");
            setting(&section, &key, value.trim(), number + 1, manifest);
        }
    }
}

fn setting(section: &str, key: &str, value: &str, line: usize, manifest: &mut Manifest) {
    if value.is_empty() {
        return;
    }
    match (section, key) {
        ("metadata", "name") => manifest.name = Some(value.to_owned()),
        ("metadata", "version") if !value.contains(':') => {
            manifest.version = Some(value.to_owned())
        }
        ("metadata", "license_file" | "license_files") => {
            manifest.names(Role::Document, value, line)
        }
        ("options", "install_requires") => requirement(value, Group::Normal, line, manifest),
        ("options", "setup_requires") => requirement(value, Group::Build, line, manifest),
        ("options", "tests_require") => requirement(value, Group::Development, line, manifest),
        ("options", "python_requires") => manifest.wants("python", value, line),
        ("options.extras_require", _) => requirement(value, Group::Optional, line, manifest),
        _ => {}
    }
    // `long_description = file: README.md, CHANGES.md`
    let files = value.strip_prefix("file:").map(|files| files.split(',')).into_iter().flatten();
    files.for_each(|file| manifest.names(Role::Document, file, line));
    if !section.starts_with("options.entry_points") {
        manifest.may_name(Role::Content, value, line);
    }
}

/// `MANIFEST.in`: what setuptools puts into a source distribution.
pub(super) fn manifest_in(text: &str, manifest: &mut Manifest) {
    for (line, text) in joined(text) {
        let mut words = comment_less(&text).split_whitespace();
        match words.next() {
            Some("include" | "graft" | "global-include") => {
                words.for_each(|path| manifest.names(Role::Content, path, line));
            }
            Some("recursive-include") => {
                let folder = words.next().unwrap_or_default();
                words.for_each(|it| {
                    manifest.names(Role::Content, &format!("{folder}/**/{it}"), line)
                });
            }
            _ => {}
        }
    }
}
