//! Compares the files that we list for a build context with those that a real build gets.
//!
//! The answers in `fixtures/context_files` are BuildKit's; `oracle/context/answers.py` asks it anew, and
//! says what a line holds. `JETTISON_CONTEXT_ANSWERS` names another file of them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use jettison::project::files::list;
use jettison::project::ignore_file::{Applies, Content, Engine, IgnoreFile, Place, applies};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    dockerfile: String,
    /// Ignore files with their text.
    ignore: BTreeMap<String, String>,
    /// Folders stand before what is in them.
    #[serde(deserialize_with = "in_order")]
    tree: Vec<(String, String)>,
    #[serde(default)]
    sent: String,
    #[serde(default)]
    error: String,
}

/// The members of an object, as they are written.
fn in_order<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Members;
    impl<'de> serde::de::Visitor<'de> for Members {
        type Value = Vec<(String, String)>;
        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    from.deserialize_map(Members)
}

fn cases() -> Vec<Case> {
    let path = std::env::var("JETTISON_CONTEXT_ANSWERS")
        .unwrap_or_else(|_| "tests/fixtures/context_files/answers.jsonl".to_owned());
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn make(folder: &Path, case: &Case) {
    for (path, kind) in &case.tree {
        let place = folder.join(path);
        match kind.split_at(1) {
            ("d", _) => fs::create_dir(place).unwrap(),
            ("f", _) => {
                fs::write(place, case.ignore.get(path).map_or("x", String::as_str)).unwrap()
            }
            ("e", _) => fs::write(place, "").unwrap(),
            ("p", _) => assert!(Command::new("mkfifo").arg(place).status().unwrap().success()),
            ("h", first) => fs::hard_link(folder.join(&first[1..]), place).unwrap(),
            (_, target) => std::os::unix::fs::symlink(&target[1..], place).unwrap(),
        }
    }
}

/// The ignore file that applies.
fn ignore_file(case: &Case) -> Option<&str> {
    let (beside, name) = case.dockerfile.rsplit_once('/').unwrap_or(("", &case.dockerfile));
    let place = |place: Place, name: &str| match place {
        Place::BesideDockerfile if !beside.is_empty() => format!("{beside}/{name}"),
        _ => name.to_owned(),
    };
    let text = |at: Place, name: &str| case.ignore.get(&place(at, name)).map(String::as_str);
    let content = |text: Option<&str>| match text {
        None => Content::Missing,
        Some("") => Content::Empty,
        Some(_) => Content::Text,
    };
    match applies(Engine::BuildKit, name, |it| content(text(it.place, &it.name))) {
        Applies::One(it) => text(it.place, &it.name),
        Applies::None | Applies::Unclear(_) => None,
    }
}

/// What we say of a tree, in the way of the answers; `E` where a build fails.
fn ours(case: &Case) -> String {
    let ignore = match ignore_file(case).map(IgnoreFile::parse).transpose() {
        Ok(ignore) => ignore,
        Err(_) => return "E".to_owned(),
    };
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), case);
    let listing = list(folder.path(), ignore.as_ref());
    assert_eq!(listing.unreadable, [], "{:?}", case.tree);
    if listing.broken.is_some() {
        return "E".to_owned();
    }
    let known = |path: &str| case.tree.iter().any(|(known, kind)| known == path && kind != "d");
    assert!(listing.files.iter().all(|file| known(&file.path)), "{listing:?}");
    // A folder arrives where it is not excluded, or where something in it arrives.
    let walked = |path: &str| ignore.as_ref().is_none_or(|it| !it.walk_to(path).unwrap().excluded);
    let folder_arrives = |folder: &str| {
        let inside = format!("{folder}/");
        case.tree.iter().any(|(it, _)| (it == folder || it.starts_with(&inside)) && walked(it))
    };
    let letter = |(path, kind): &(String, String)| {
        if kind == "d" {
            return if folder_arrives(path) { '1' } else { '0' };
        }
        let found = listing.files.iter().find(|file| *file.path == **path);
        let content = kind == "f" && case.ignore.get(path).is_none_or(|text| !text.is_empty());
        match found {
            None => '0',
            Some(file) if content && file.size == 0 => 'e',
            Some(_) => '1',
        }
    };
    case.tree.iter().map(letter).collect()
}

#[test]
fn what_is_listed_is_what_a_build_gets() {
    let cases = cases();
    assert!(cases.len() >= 200);
    let mut wrong = Vec::new();
    for case in &cases {
        let theirs = if case.error.is_empty() { &case.sent } else { "E" };
        let ours = ours(case);
        if ours != theirs {
            let tree = &case.tree;
            let why = &case.error;
            wrong.push(format!(
                "{:?} {tree:?}\n  theirs {theirs} {why}\n  ours   {ours}",
                case.ignore
            ));
        }
    }
    let count = wrong.len();
    wrong.truncate(10);
    assert_eq!(count, 0, "{count} of {} differ:\n{}", cases.len(), wrong.join("\n"));
}
