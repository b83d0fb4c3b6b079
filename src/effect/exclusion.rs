//! What new patterns of an ignore file do to the builds that share its context.
//!
//! It compares two texts, for a tree and some Dockerfiles; of the change it believes only what it
//! declares.

use super::{Delta, Difference};
use crate::facts::{Facts, Origin};
use crate::project::Tree;
use crate::project::ignore_file::{IgnoreFile, Pattern, Reach, reach};
use std::collections::BTreeSet;

/// Checks that `after` is `before` with the patterns that `deltas` declare, and that no build misses a
/// file but those declared. The error says what differs.
pub fn check(
    before: &IgnoreFile,
    after: &IgnoreFile,
    deltas: &[&Delta],
    tree: &Tree,
    builds: &[&Facts],
) -> Result<(), String> {
    let added = added(before, after)?;
    let (mut patterns, mut files) = (Vec::new(), BTreeSet::new());
    for difference in deltas.iter().flat_map(|delta| &delta.differences) {
        let Difference::Exclude { patterns: more, tracked } = difference else {
            return Err("a change of an ignore file declares something else".to_owned());
        };
        patterns.extend(more.iter().map(String::as_str));
        files.extend(tracked.iter().map(String::as_str));
    }
    let mut found: Vec<String> = added.iter().map(|it| written(it)).collect();
    found.sort_unstable();
    patterns.sort_unstable();
    if found != patterns {
        return Err(format!("patterns {patterns:?} expected, {found:?} found"));
    }
    let gone = gone(before, after, tree)?;
    if gone != files {
        let other: Vec<_> = gone.symmetric_difference(&files).take(3).collect();
        return Err(format!("other tracked files go than declared: {other:?}"));
    }
    for facts in builds {
        named_paths_stay(before, after, &added, &gone, facts)?;
    }
    Ok(())
}

fn written(pattern: &Pattern) -> String {
    let mark = if pattern.exception { "!" } else { "" };
    format!("{mark}{}", pattern.text)
}

/// The patterns that are new; an error unless all others are there, in their order.
fn added<'i>(before: &IgnoreFile, after: &'i IgnoreFile) -> Result<Vec<&'i Pattern>, String> {
    let mut old = before.patterns.iter().peekable();
    let new = after.patterns.iter().filter(|pattern| {
        let same = old.peek().is_some_and(|it| written(it) == written(pattern));
        if same {
            old.next();
        }
        !same
    });
    let new = new.collect();
    match old.peek() {
        None => Ok(new),
        Some(lost) => Err(format!("the pattern `{}` is lost", written(lost))),
    }
}

/// The tracked files that were sent and no longer are.
fn gone<'t>(
    before: &IgnoreFile,
    after: &IgnoreFile,
    tree: &'t Tree,
) -> Result<BTreeSet<&'t str>, String> {
    let mut gone = BTreeSet::new();
    for file in &tree.files {
        let (old, new) = (excluded(before, file)?, excluded(after, file)?);
        match (old, new) {
            (false, true) => {
                gone.insert(&**file);
            }
            (true, false) => return Err(format!("`{file}` was excluded and is sent now")),
            _ => (),
        }
    }
    Ok(gone)
}

fn excluded(ignore: &IgnoreFile, path: &str) -> Result<bool, String> {
    let decision = ignore.walk_to(path).map_err(|broken| broken.to_string())?;
    Ok(decision.excluded)
}

/// What a `COPY`, `ADD` or bind mount takes by name is what it was.
fn named_paths_stay(
    before: &IgnoreFile,
    after: &IgnoreFile,
    added: &[&Pattern],
    gone: &BTreeSet<&str>,
    facts: &Facts,
) -> Result<(), String> {
    for source in facts.sources() {
        let path = source.widest.as_str();
        // Of what is taken as a whole only the declared files go.
        if path.is_empty() || source.path.as_deref() == Some("*") {
            continue;
        }
        let number = source.instruction + 1;
        let lost = |path: &str| Err(format!("instruction {number} takes `{path}`, which would go"));
        let is_pattern = path.contains(['*', '?', '[', '\\']);
        if is_pattern {
            let reaches = |it: &&Pattern| !it.exception && reach(&it.text, path) == Reach::Itself;
            if let Some(pattern) = added.iter().copied().find(reaches) {
                return lost(&pattern.text);
            }
            continue;
        }
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        for path in folders.chain([path]) {
            if !excluded(before, path)? && excluded(after, path)? {
                return lost(path);
            }
        }
        let inside = format!("{path}/");
        if let Some(file) = gone.iter().find(|file| file.starts_with(&inside)) {
            return lost(file);
        }
    }
    Ok(())
}

/// The instruction through which files that `pattern` matches reach an image that somebody runs: a
/// `COPY` or `ADD` of a shipped stage, of the context or of a stage that took them.
pub fn shipped_by(facts: &Facts, tree: &Tree, pattern: &str) -> Option<usize> {
    let mut carriers: Vec<Carrier> = Vec::new();
    for arrival in facts.arrivals() {
        let paths: Vec<Option<&str>> = arrival.paths.iter().map(|path| path.as_deref()).collect();
        let inside: Option<Vec<String>> = match arrival.origin {
            Origin::Context => {
                let mut known = paths.iter();
                let reached = |path: &str| tree.reach(pattern, path) != Reach::Nothing;
                if !known.any(|path| path.is_none_or(reached)) {
                    continue;
                }
                Some(paths.iter().flatten().map(|it| (*it).to_owned()).collect())
            }
            Origin::Stage(from) => {
                let mut from = carriers.iter().filter(|carrier| carrier.stage == from);
                if !from.any(|it| paths.iter().any(|path| it.gives(*path, pattern))) {
                    continue;
                }
                None
            }
            Origin::Elsewhere => continue,
        };
        for stage in facts.stages_on(arrival.stage) {
            if facts.may_be_shipped(stage) {
                return Some(arrival.instruction);
            }
            carriers.push(Carrier { stage, folder: arrival.to.clone(), inside: inside.clone() });
        }
    }
    None
}

/// A stage into which files of the context were copied.
struct Carrier {
    stage: usize,
    /// Where they are in it, if that is known.
    folder: Option<String>,
    /// The folders of the context that they come from; `None` if they moved on the way.
    inside: Option<Vec<String>>,
}

impl Carrier {
    /// Whether a copy of `path` takes files that `pattern` matches.
    fn gives(&self, path: Option<&str>, pattern: &str) -> bool {
        let (Some(path), Some(folder)) = (path, &self.folder) else { return true };
        let folder = folder.trim_matches('/');
        let parts = |path: &str| path.split('/').filter(|it| !it.is_empty()).count();
        let rest = match folder.is_empty() || reach(folder, path) == Reach::Itself {
            // The folder, or something in it.
            true => path.split('/').skip(parts(folder)).collect::<Vec<_>>().join("/"),
            // A folder around it, or another one.
            false => return path.is_empty() || reach(folder, path) == Reach::Below,
        };
        let Some(inside) = &self.inside else { return true };
        inside.iter().any(|folder| reach(pattern, &joined(folder, &rest)) != Reach::Nothing)
    }
}

fn joined(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    fn shipped(text: &str, pattern: &str) -> Option<usize> {
        let file = parse(text).unwrap();
        shipped_by(&Facts::new(&file), &Tree::of_texts([]), pattern)
    }

    #[test]
    fn files_reach_an_image_through_the_copies_of_its_stages() {
        assert_eq!(shipped("FROM a\nCOPY . .\n", ".git"), Some(1));
        assert_eq!(shipped("FROM a\nCOPY src .\n", ".git"), None);
        assert_eq!(shipped("FROM a\nCOPY src .\n", "**/x"), Some(1));
        let built = "FROM a AS b\nWORKDIR /w\nCOPY . .\nRUN make\nFROM a\nCOPY --from=b ";
        assert_eq!(shipped(&format!("{built}/w /app\n"), ".git"), Some(5));
        assert_eq!(shipped(&format!("{built}/w/out /app\n"), ".git"), None);
        assert_eq!(shipped(&format!("{built}/w/out /app\n"), "out"), Some(5));
        assert_eq!(shipped(&format!("{built}/ /app\n"), ".git"), Some(5));
        assert_eq!(shipped(&format!("{built}/usr/bin/x /app\n"), ".git"), None);
        let twice =
            "FROM a AS b\nCOPY . /w\nFROM a AS c\nCOPY --from=b /w /v\nFROM a\nCOPY --from=c ";
        assert_eq!(shipped(&format!("{twice}/v/x /x\n"), ".git"), Some(5));
        assert_eq!(shipped(&format!("{twice}/other /x\n"), ".git"), None);
        let on = "FROM a AS b\nCOPY . /w\nFROM b\nRUN x\n";
        assert_eq!(shipped(on, ".git"), Some(1));
    }
}
