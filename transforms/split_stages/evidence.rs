//! Which files of the context a program reads when it runs, told by what its sources say.
//!
//! A string that is the path of a file or folder which the image has counts as reading it: to copy too much is
//! safe, to copy too little is not.

use super::Stop;
use super::case::Case;
use super::plan::Copied;
use crate::facts::{is_within, resolve};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Folders that frameworks read by their own names.
const CONVENTIONS: &[&str] = &[
    "assets",
    "conf",
    "config",
    "configs",
    "data",
    "fixtures",
    "i18n",
    "lang",
    "locale",
    "locales",
    "migrations",
    "public",
    "resources",
    "static",
    "templates",
    "translations",
    "views",
    "web",
    "www",
];

/// Files that no program reads when it runs: documents, and what tools of developers leave.
const PAPERS: &[&str] = &[
    ".dockerignore",
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    ".gitlab-ci.yml",
    ".travis.yml",
    "authors",
    "changelog",
    "changelog.md",
    "compose.yaml",
    "compose.yml",
    "contributing.md",
    "docker-compose.yaml",
    "docker-compose.yml",
    "dockerfile",
    "fly.toml",
    "heroku.yml",
    "jenkinsfile",
    "license",
    "license.md",
    "license.txt",
    "makefile",
    "readme",
    "readme.md",
    "readme.rst",
    "readme.txt",
    "render.yaml",
    "skaffold.yaml",
];

/// Ends of the names of files with settings, which may name further files.
const SETTINGS: &[&str] =
    &[".cfg", ".conf", ".env", ".ini", ".json", ".properties", ".toml", ".xml", ".yaml", ".yml"];

/// With more of them it is data.
const MOST_SETTINGS: usize = 40;

/// A program's sources, and what of the context is no file that it reads.
#[derive(Clone, Copy)]
pub(super) struct Sources<'s> {
    /// Ends of the names of sources, which the build turns into the program: `.go`.
    pub(super) code: &'s [&'s str],
    /// Names of files that only the build reads: `go.mod`.
    pub(super) manifests: &'s [&'s str],
    /// Folders that are part of the program already, by their paths in the context.
    pub(super) embedded: &'s BTreeSet<String>,
    /// The folder in the image from which the program starts.
    pub(super) workdir: &'s str,
}

impl Sources<'_> {
    /// Whether a file of the context may be read when the program runs.
    pub(super) fn is_data(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let is_code = self.code.iter().any(|end| name.ends_with(end));
        let is_paper = PAPERS.contains(&lower.as_str()) || lower.contains("dockerfile");
        let is_hidden = path.starts_with(".git/") || path.starts_with(".github/");
        !is_code && !is_paper && !is_hidden && !self.manifests.contains(&name)
    }

    /// Whether a folder of the context holds such a file that is not embedded.
    fn has_data(&self, case: &Case, path: &str) -> Result<bool, Stop> {
        let is_embedded = |file: &str| self.embedded.iter().any(|it| is_within(file, it));
        Ok(case.below(path)?.iter().any(|file| self.is_data(file) && !is_embedded(file)))
    }

    /// What the texts of `files` name, what `words` name, and what frameworks read by convention; each with
    /// the reason, by the path in the image.
    pub(super) fn read(
        &self,
        case: &Case,
        files: &[&str],
        words: &[(String, String)],
    ) -> Result<Vec<Copied>, Stop> {
        let mut found: BTreeMap<String, Copied> = BTreeMap::new();
        let starts = self.starts(case)?;
        let mut seen: HashSet<String> = HashSet::new();
        // Where there is nothing to read, no string names it.
        for file in files.iter().filter(|_| !starts.is_empty()) {
            let Some(text) = case.text(file) else { continue };
            for literal in literals(&text).filter(|it| may_name(&starts, it)) {
                if seen.insert(literal.to_owned()) {
                    self.name(case, file, literal, &mut found)?;
                }
            }
        }
        for (word, whose) in words {
            for part in word.split(['=', ':', ',']) {
                self.path(case, part, whose, &mut found)?;
            }
        }
        let asks_for_env = |it: &&str| case.text(it).is_some_and(|text| text.contains("dotenv"));
        if let Some(place) = resolve(Some(self.workdir), ".env")
            && case.source(&place)?.is_some()
            && let Some(file) = files.iter().find(|it| asks_for_env(it))
        {
            let copied = Copied::file(&place, format!("`{file}` reads it by its name"));
            found.entry(place).or_insert(copied);
        }
        for convention in CONVENTIONS {
            let Some(place) = resolve(Some(self.workdir), convention) else { continue };
            let Some(source) = case.source(&place)? else { continue };
            if self.has_data(case, &source)? {
                let because = format!("programs read `{convention}` when they run");
                found.entry(place.clone()).or_insert_with(|| Copied::folder(&place, because));
            }
        }
        let mut all: Vec<Copied> = found.into_values().collect();
        self.settings(case, &mut all)?;
        Ok(outermost(all))
    }

    /// What files of settings that are copied name in their turn.
    pub(super) fn settings(&self, case: &Case, all: &mut Vec<Copied>) -> Result<(), Stop> {
        let mut files: Vec<String> = Vec::new();
        for copied in all.iter() {
            let Some(source) = case.source(&copied.from)? else { continue };
            let below = case.below(&source)?.iter().map(|it| it.to_string());
            files.extend(below.chain([source.clone()]).filter(|it| is_settings(it)));
        }
        if files.is_empty() || files.len() > MOST_SETTINGS {
            return Ok(());
        }
        let starts = self.starts(case)?;
        let mut found: BTreeMap<String, Copied> = BTreeMap::new();
        for file in &files {
            let Some(text) = case.text(file) else { continue };
            let words =
                text.split(|it: char| it.is_whitespace() || "\"'`=,:;<>()[]{}".contains(it));
            let paths = words.filter(|it| it.len() > 2 && it.contains(['/', '.']));
            for path in paths.filter(|it| may_name(&starts, it)) {
                self.path(case, path, &format!("`{file}`"), &mut found)?;
            }
        }
        all.extend(found.into_values());
        Ok(())
    }

    /// With what the paths of files that may be read begin: in the folder where the program starts, and from the
    /// root of the image. Of files without the ends of their names, too.
    fn starts(&self, case: &Case) -> Result<HashSet<String>, Stop> {
        let mut starts = HashSet::new();
        let workdir = format!("{}/", self.workdir.trim_end_matches('/'));
        for file in case.files()?.iter().filter(|file| self.is_data(file)) {
            let Some(place) = case.place(file)? else { continue };
            let below = place.strip_prefix(&workdir).unwrap_or_default();
            for path in [below, place.trim_start_matches('/')] {
                let first = path.split('/').next().unwrap_or_default();
                let stem = first.split('.').next().unwrap_or_default();
                // A path may begin with a dot: `.env`.
                let plain = first.trim_start_matches('.');
                let all = [first, stem, plain].into_iter().filter(|it| !it.is_empty());
                starts.extend(all.map(str::to_owned));
            }
        }
        Ok(starts)
    }

    /// A string of a source.
    fn name(
        &self,
        case: &Case,
        file: &str,
        literal: &str,
        found: &mut BTreeMap<String, Copied>,
    ) -> Result<(), Stop> {
        let literal = without_scheme(literal);
        let fixed = literal
            .find(['*', '%', '{', '$'])
            .map_or(literal, |at| literal[..at].rfind('/').map_or("", |slash| &literal[..slash]));
        let whose = format!("`{file}`");
        self.path(case, fixed, &whose, found)?;
        // `config` where the file is `config.yaml`, `settings/default` where it is `settings/default.toml`.
        let stem = literal.strip_prefix("./").unwrap_or(literal);
        let is_stem = !stem.is_empty()
            && stem.len() < 40
            && stem.bytes().all(|it| it.is_ascii_alphanumeric() || b"/_-".contains(&it));
        if !is_stem {
            return Ok(());
        }
        for end in ["yaml", "yml", "json", "toml", "ini", "env", "properties", "conf", "ron"] {
            self.path(case, &format!("{literal}.{end}"), &whose, found)?;
        }
        Ok(())
    }

    fn path(
        &self,
        case: &Case,
        text: &str,
        whose: &str,
        found: &mut BTreeMap<String, Copied>,
    ) -> Result<(), Stop> {
        let is_path = !text.is_empty()
            && text.len() < 200
            && text.bytes().any(|it| it.is_ascii_alphanumeric())
            && !text.contains([' ', '\n', '<', '>', '"', '\'', '(', ')']);
        if !is_path {
            return Ok(());
        }
        // A folder of the sources is often named from the root, as in an address.
        for text in [text, text.trim_start_matches('/')] {
            let Some(place) = resolve(Some(self.workdir), text) else { continue };
            let Some(source) = case.source(&place)? else { continue };
            if source.is_empty() || found.contains_key(&place) {
                continue;
            }
            let is_folder = !case.below(&source)?.is_empty();
            let wanted = match is_folder {
                true => self.has_data(case, &source)?,
                false => {
                    self.is_data(&source) && !self.embedded.iter().any(|it| is_within(&source, it))
                }
            };
            if wanted {
                let because = format!("{whose} names it");
                let copied = Copied { is_folder, ..Copied::file(&place, because) };
                found.insert(place, copied);
            }
        }
        Ok(())
    }
}

fn is_settings(path: &str) -> bool {
    SETTINGS.iter().any(|end| path.ends_with(end))
}

/// `file:config/a.json`, `file:///app/a.json`
fn without_scheme(literal: &str) -> &str {
    let rest = literal.strip_prefix("file:");
    rest.map_or(literal, |rest| rest.strip_prefix("//").unwrap_or(rest))
}

/// Whether a string begins like the path of a file that may be read.
fn may_name(starts: &HashSet<String>, literal: &str) -> bool {
    let path = without_scheme(literal).trim_start_matches(['.', '/']);
    let first = path.split(['/', '*', '%', '{', '$']).next().unwrap_or_default();
    starts.contains(first) || starts.contains(literal) || literal.contains("..")
}

/// Only what is in none of the others.
pub(super) fn outermost(mut all: Vec<Copied>) -> Vec<Copied> {
    all.sort_by(|a, b| a.from.cmp(&b.from).then(b.is_folder.cmp(&a.is_folder)));
    let mut kept: Vec<Copied> = Vec::new();
    for one in all {
        let is_in = |it: &Copied| {
            let rest = is_within(&one.from, &it.from).then(|| &one.from[it.from.len()..]);
            rest.is_some_and(|rest| it.to.trim_end_matches('/').to_owned() + rest == one.to)
        };
        if !kept.iter().any(is_in) {
            kept.push(one);
        }
    }
    kept
}

/// What stands in quotes, in any language that uses `"`, `'` or backticks for it.
pub(super) fn literals(text: &str) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memchr::memchr3(b'"', b'\'', b'`', &text.as_bytes()[at..])?;
            let quote = text.as_bytes()[start];
            let inside = &text.as_bytes()[start + 1..];
            let ends = |byte: &u8| *byte == quote || (*byte == b'\n' && quote != b'`');
            let Some(length) = inside.iter().position(ends) else {
                at = start + 1;
                continue;
            };
            match inside[length] == quote {
                true => {
                    at = start + 1 + length + 1;
                    return Some(&text[start + 1..start + 1 + length]);
                }
                // An apostrophe in a comment.
                false => at = start + 1,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[test]
    fn strings_of_any_language() {
        let text = "a(\"x/y\", 'z') // don't\nb(`c\nd`) \"open\n'e'";
        assert_eq!(literals(text).collect::<Vec<_>>(), ["x/y", "z", "c\nd", "e"]);
    }
}
