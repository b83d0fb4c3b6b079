//! Compares our reading of `.dockerignore` with moby's patternmatcher and fsutil's walk.
//!
//! The answers in `fixtures/ignore_file` are theirs. `oracle/patternmatcher/compare.sh` asks them anew
//! and has this test read the file that `JETTISON_IGNORE_ANSWERS` names.

#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};
use std::fs;

use jettison::project::ignore_file::{BrokenPattern, IgnoreFile, Visit};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    text: String,
    /// Folders end with a slash, and stand before what is in them.
    paths: Vec<String>,
    #[serde(default)]
    error: String,
    #[serde(default)]
    alone: String,
    #[serde(default)]
    walk: String,
    #[serde(default)]
    met: String,
    #[serde(default)]
    sent: String,
}

fn cases() -> Vec<Case> {
    let path = std::env::var("JETTISON_IGNORE_ANSWERS")
        .unwrap_or_else(|_| "tests/fixtures/ignore_file/answers.jsonl".to_owned());
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn bare(path: &str) -> &str {
    path.trim_end_matches('/')
}

fn parent(path: &str) -> &str {
    bare(path).rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn letter(excluded: Result<bool, BrokenPattern>) -> char {
    match excluded {
        Ok(true) => '1',
        Ok(false) => '0',
        Err(_) => 'E',
    }
}

fn alone(file: &IgnoreFile, paths: &[String]) -> String {
    let ask = |path: &String| file.matches_or_parent_matches(bare(path)).map(|it| it.excluded);
    paths.iter().map(|path| letter(ask(path))).collect()
}

fn walk(file: &IgnoreFile, paths: &[String]) -> String {
    let mut visits = HashMap::from([("", Ok(Visit::context()))]);
    let mut answers = String::new();
    for path in paths {
        let visit = visits[parent(path)].clone().and_then(|it| file.visit(&it, bare(path)));
        answers.push(letter(visit.as_ref().map(|it| it.decision.excluded).map_err(Clone::clone)));
        visits.insert(bare(path), visit);
    }
    answers
}

/// What the walk comes by, and what is sent; nothing where it stops at a broken pattern.
fn send(file: &IgnoreFile, paths: &[String]) -> (String, String) {
    let mut visits = HashMap::from([("", Visit::context())]);
    let mut sent = HashSet::new();
    for path in paths {
        let Some(above) = visits.get(parent(path)) else { continue };
        let Ok(visit) = file.visit(above, bare(path)) else { return Default::default() };
        assert_eq!(file.walk_to(bare(path)).unwrap(), visit.decision, "{path:?}");
        if !visit.decision.excluded {
            let mut above = bare(path);
            while !above.is_empty() && sent.insert(above) {
                above = parent(above);
            }
        }
        if !path.ends_with('/') || !file.skips_folder(bare(path), &visit) {
            visits.insert(bare(path), visit);
        } else {
            // Met, and nothing below it.
            visits.insert(path, visit);
        }
    }
    let mark = |known: bool| if known { '1' } else { '0' };
    let met = |path: &String| visits.contains_key(bare(path)) || visits.contains_key(path.as_str());
    let met = paths.iter().map(|path| mark(met(path))).collect();
    (met, paths.iter().map(|path| mark(sent.contains(bare(path)))).collect())
}

#[test]
fn every_answer_is_that_of_moby() {
    let cases = cases();
    assert!(cases.len() > 1_000);
    let mut wrong = Vec::new();
    for case in &cases {
        let ours = match IgnoreFile::parse(&case.text) {
            Err(error) => (error.to_string(), String::new(), String::new(), Default::default()),
            Ok(file) => (
                String::new(),
                alone(&file, &case.paths),
                walk(&file, &case.paths),
                send(&file, &case.paths),
            ),
        };
        let same = ours.0.is_empty() == case.error.is_empty()
            && ours.1 == case.alone
            && ours.2 == case.walk
            && ours.3.0 == case.met
            && ours.3.1 == case.sent;
        if !same {
            let theirs = (&case.error, &case.alone, &case.walk, (&case.met, &case.sent));
            let text: String = case.text.chars().take(300).collect();
            let lists =
                format!("{text:?} {:?}\n  theirs {theirs:?}\n  ours   {ours:?}", case.paths);
            wrong.push(lists);
        }
    }
    let count = wrong.len();
    wrong.truncate(10);
    assert_eq!(count, 0, "{count} of {} differ:\n{}", cases.len(), wrong.join("\n"));
}
