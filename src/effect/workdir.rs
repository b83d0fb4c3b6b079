//! Whether a command may remove the directory in which the next `RUN` starts: a running shell would
//! stay in the old one, and a new shell starts in the new one, or not at all.

use super::barriers::text_of;
use crate::facts::{self, Circumstances};
use crate::shell::{Script, Simple, Word};
use crate::syntax::expand::Value;

/// Folders below which no image has its working directory.
const NEVER_WORKDIRS: &[&str] = &[
    "/bin",
    "/etc",
    "/root/.cache",
    "/run",
    "/sbin",
    "/tmp",
    "/usr/bin",
    "/usr/include",
    "/usr/lib",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/sbin",
    "/usr/sbin",
    "/usr/share",
    "/var/cache",
    "/var/lib",
    "/var/lock",
    "/var/log",
    "/var/run",
    "/var/tmp",
];

pub(super) fn may_remove(script: &Script, simple: &Simple, cx: &Circumstances) -> bool {
    if cx.workdir() == Some("/") {
        return false;
    }
    let Some(invocation) = script.invocation(simple) else { return false };
    let words = invocation.arguments;
    let option = |letters: &[char], long: &str| {
        words.iter().filter_map(text_of).any(|word| {
            word == long
                || (word.starts_with('-') && !word.starts_with("--") && word.contains(letters))
        })
    };
    let paths: Vec<&Word> =
        words.iter().filter(|word| !word.span.of(&script.text).starts_with('-')).collect();
    let removed: &[&Word] = match invocation.program {
        "rm" if option(&['r', 'R', 'd'], "--recursive") => &paths,
        "rmdir" => &paths,
        // Only what is moved away is gone.
        "mv" if option(&['t'], "--target-directory") => &paths,
        "mv" => paths.split_last().map_or(&[], |(_, sources)| sources),
        "find" => {
            let deletes = words
                .iter()
                .filter_map(text_of)
                .any(|it| matches!(it, "-delete" | "-exec" | "-execdir"));
            let roots = paths
                .iter()
                .take_while(|word| text_of(word).is_some_and(|it| !it.starts_with(['(', '!'])));
            match deletes {
                true => &paths[..roots.count().min(1)],
                false => &[],
            }
        }
        "userdel" | "deluser" => {
            return option(&['r'], "--remove-home") && cx.workdir() != Some("/");
        }
        "xargs" => {
            return words.iter().filter_map(text_of).any(|it| matches!(it, "rm" | "rmdir" | "mv"));
        }
        _ => &[],
    };
    removed.iter().any(|word| may_hit(script, word, cx))
}

/// Whether `word` may name the working directory, or one around it.
fn may_hit(script: &Script, word: &Word, cx: &Circumstances) -> bool {
    let raw = word.span.of(&script.text).trim_matches(['"', '\'']);
    let (text, open) = match text_of(word) {
        Some(text) => (text.to_owned(), false),
        None => match known_start(raw, script, cx) {
            Some(known) => known,
            None => return true,
        },
    };
    if !text.starts_with('/') {
        return relative(script, &text, open, cx);
    }
    let path = normal(&text);
    // What follows an unknown part can be anything in the folder before it.
    let path = if open { parent(&text) } else { path };
    match cx.workdir() {
        // What a pattern stands for lies below the folder before it.
        Some(workdir) => facts::is_within(workdir, &path) && !(open && workdir == path),
        None if names_file(raw) => false,
        None => !NEVER_WORKDIRS.iter().any(|folder| facts::is_within(&path, folder)),
    }
}

/// Whether the end of a path says that it is a file, and no folder.
fn names_file(path: &str) -> bool {
    const FILES: &[&str] = &[
        ".7z", ".apk", ".bat", ".git", ".md", ".war", ".asc", ".bz2", ".conf", ".deb", ".gem",
        ".gz", ".jar", ".rpm", ".sh", ".sha256", ".tar", ".tgz", ".txt", ".whl", ".xml", ".xz",
        ".zip",
    ];
    FILES.iter().any(|end| path.ends_with(end))
}

/// The text up to the first part that is not known, and whether there is such a part. `None` if it
/// starts with one.
fn known_start(raw: &str, script: &Script, cx: &Circumstances) -> Option<(String, bool)> {
    let special = |text: &str| text.find(['$', '*', '?', '[', '{', '`', '~', '\\', '"', '\'']);
    if raw.starts_with("$(mktemp") {
        return Some(("/tmp/".to_owned(), true));
    }
    if let Some(rest) = raw.strip_prefix('$') {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end =
            rest.find(|it: char| it != '_' && !it.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let rest = rest.strip_prefix('}').unwrap_or(rest);
        if script.text.contains(&format!("{name}=")) {
            // A folder that the script itself named, most often a temporary one.
            return Some(("/tmp/".to_owned(), true));
        }
        let Value::Set(value) = cx.value(name) else { return None };
        let open = special(rest);
        return Some((format!("{value}{}", &rest[..open.unwrap_or(rest.len())]), open.is_some()));
    }
    if let Some(rest) = raw.strip_prefix("~/") {
        let open = special(rest);
        return Some((format!("/root/{}", &rest[..open.unwrap_or(rest.len())]), open.is_some()));
    }
    match special(raw)? {
        0 if raw.starts_with(['*', '?', '[']) => Some((String::new(), true)),
        0 => None,
        at => Some((raw[..at].to_owned(), true)),
    }
}

/// A relative path is below the working directory, unless the script went elsewhere.
fn relative(script: &Script, text: &str, open: bool, cx: &Circumstances) -> bool {
    if names_file(text) {
        return false;
    }
    let climbs = text.split('/').any(|part| part == "..");
    let goes = script.simple_commands().iter().any(|(_, simple, _)| {
        let first = simple.words.first().and_then(text_of);
        matches!(first, Some("cd" | "chdir" | "pushd" | "popd"))
    });
    if climbs || matches!(text.trim_end_matches('/'), "." | "./.") {
        return true;
    }
    let Some(workdir) = cx.workdir() else { return false };
    let name = text.trim_start_matches("./").split('/').next().unwrap_or_default();
    goes && (open && name.is_empty() || workdir.split('/').any(|part| part == name))
}

fn parent(path: &str) -> String {
    match path.rfind('/') {
        Some(0) | None => "/".to_owned(),
        Some(at) => normal(&path[..at]),
    }
}

/// Without `.`, `..` and doubled slashes.
fn normal(path: &str) -> String {
    facts::resolve(Some("/"), path).unwrap_or_default()
}
