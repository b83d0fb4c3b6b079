//! `CODEOWNERS`: who is asked to review a file, by the rules of GitHub and of GitLab.

use regex::{Regex, RegexBuilder};
use std::collections::BTreeSet;
use std::path::Path;

/// Bytes of a file of owners: what GitHub reads.
const LARGEST: u64 = 3 << 20;

/// Where it is looked for, in this order: GitHub's places, then GitLab's own.
const PLACES: [&str; 4] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// A file of owners, read.
#[derive(Debug, Default)]
pub struct Owners {
    /// From the top of the repository.
    pub file: String,
    /// Each is asked by itself; GitHub knows one.
    sections: Vec<Section>,
    /// Lines that say nothing, each with its number: a sentence without a full stop.
    pub warnings: Vec<(usize, String)>,
}

/// Whose rules a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    GitHub,
    GitLab,
}

#[derive(Debug, Default)]
struct Section {
    /// In small letters: names are not told apart by case.
    name: String,
    defaults: Vec<String>,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    owners: Vec<String>,
    /// `!pattern`: nobody owns it in this section, whatever comes later.
    excludes: bool,
}

/// A pattern, and what a path has to start with or hold before it is worth asking.
#[derive(Debug)]
struct Pattern {
    prefix: String,
    piece: String,
    regex: Regex,
}

impl Owners {
    /// The owners that the repository with the top `top` names. `Err` says why its file cannot be read.
    pub fn of_repository(top: &Path) -> Result<Option<Self>, (String, String)> {
        let Some(place) = PLACES.into_iter().find(|place| top.join(place).is_file()) else {
            return Ok(None);
        };
        let is_gitlab = place.starts_with(".gitlab")
            || top.join(".gitlab-ci.yml").is_file() && !top.join(".github").is_dir();
        let hint = match (place.starts_with(".github"), is_gitlab) {
            (false, true) => Some(Dialect::GitLab),
            (true, _) => Some(Dialect::GitHub),
            (false, false) => None,
        };
        Self::read(&top.join(place), place, hint).map(Some)
    }

    /// Reads one file, which is shown as `name`. Without a hint, what it holds tells whose rules it follows.
    pub fn read(path: &Path, name: &str, hint: Option<Dialect>) -> Result<Self, (String, String)> {
        let told = |message: String| (name.to_owned(), message);
        let about = path.metadata().map_err(|error| told(format!("cannot be read: {error}")))?;
        if about.len() > LARGEST {
            return Err(told(format!(
                "larger than {LARGEST} bytes; GitHub would not read it either"
            )));
        }
        let bytes =
            std::fs::read(path).map_err(|error| told(format!("cannot be read: {error}")))?;
        let text =
            String::from_utf8(bytes).map_err(|_| told("not UTF-8; convert it".to_owned()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(Self {
            file: name.to_owned(),
            ..Self::parse(text, hint.unwrap_or_else(|| dialect(text)))
        })
    }

    /// Reads the text of such a file.
    pub fn parse(text: &str, dialect: Dialect) -> Self {
        let mut owners = Self { sections: vec![Section::default()], ..Self::default() };
        let mut current = 0;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if dialect == Dialect::GitLab
                && let Some((name, defaults)) = heading(line)
            {
                current = owners.section(&name, defaults);
                continue;
            }
            match rule(line, dialect) {
                Ok(mut rule) => {
                    let section = &mut owners.sections[current];
                    if rule.owners.is_empty() && !rule.excludes {
                        rule.owners.clone_from(&section.defaults);
                    }
                    section.rules.push(rule);
                }
                Err(message) => owners.warnings.push((index + 1, message)),
            }
        }
        owners
    }

    /// A section of the same name is continued, and keeps the owners that it has.
    fn section(&mut self, name: &str, defaults: Vec<String>) -> usize {
        let name = name.to_lowercase();
        let known = self.sections.iter().skip(1).position(|it| it.name == name);
        match known {
            Some(at) => {
                let section = &mut self.sections[at + 1];
                if section.defaults.is_empty() {
                    section.defaults = defaults;
                }
                at + 1
            }
            None => {
                self.sections.push(Section { name, defaults, rules: Vec::new() });
                self.sections.len() - 1
            }
        }
    }

    /// Who owns the file at `path`, which is from the top of the repository with `/`: sorted, empty where
    /// nobody does.
    pub fn of(&self, path: &str) -> Vec<String> {
        let owners: BTreeSet<&String> =
            self.sections.iter().flat_map(|section| section.owners(path)).collect();
        owners.into_iter().cloned().collect()
    }
}

impl Section {
    /// The last rule that matches decides, unless one excludes the path.
    fn owners(&self, path: &str) -> &[String] {
        let mut matching = self.rules.iter().rev().filter(|rule| rule.pattern.matches(path));
        let Some(last) = matching.next() else { return &[] };
        let is_excluded = last.excludes || matching.any(|rule| rule.excludes);
        if is_excluded { &[] } else { &last.owners }
    }
}

impl Pattern {
    fn matches(&self, path: &str) -> bool {
        path.starts_with(&self.prefix) && path.contains(&self.piece) && self.regex.is_match(path)
    }
}

/// Sections and exclusions are GitLab's alone.
fn dialect(text: &str) -> Dialect {
    let mut lines = text.lines().map(str::trim);
    match lines.any(|line| heading(line).is_some() || line.starts_with('!')) {
        true => Dialect::GitLab,
        false => Dialect::GitHub,
    }
}

/// `[Name]`, `^[Name]`, `[Name][2] @owner`.
fn heading(line: &str) -> Option<(String, Vec<String>)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((number, rest)) if number.parse::<u32>().is_ok() => rest,
        _ => rest,
    };
    let is_apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let name = name.trim();
    (is_apart && !name.is_empty()).then(|| (name.to_owned(), owners(rest.split_whitespace())))
}

fn rule(line: &str, dialect: Dialect) -> Result<Rule, String> {
    let (pattern, rest) = split(line);
    let (pattern, excludes) = match (pattern.strip_prefix('!'), dialect) {
        (Some(pattern), Dialect::GitLab) => (pattern.to_owned(), true),
        (Some(_), Dialect::GitHub) => {
            return Err(format!("`{pattern}` excludes nothing; GitHub knows no `!`"));
        }
        (None, _) => (pattern, false),
    };
    let regex = match dialect {
        Dialect::GitHub => github(&pattern),
        Dialect::GitLab => gitlab(&pattern),
    };
    let regex = regex.ok_or_else(|| format!("`{pattern}` is no pattern"))?;
    // GitHub takes what follows a blank and `#` for a comment, GitLab does not.
    let words = rest.split_whitespace();
    let owners = match dialect {
        Dialect::GitHub => owners(words.take_while(|word| !word.starts_with('#'))),
        Dialect::GitLab => owners(words),
    };
    let pattern = Pattern { prefix: prefix(&pattern), piece: piece(&pattern), regex };
    Ok(Rule { pattern, owners, excludes })
}

/// The pattern, in which a blank may be escaped, and what follows it.
fn split(line: &str) -> (String, &str) {
    let mut is_escaped = false;
    for (at, character) in line.char_indices() {
        if character.is_whitespace() && !is_escaped {
            return (line[..at].to_owned(), &line[at..]);
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    (line.to_owned(), "")
}

/// Names, teams, roles and addresses; other words are none.
fn owners<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    let named = words.filter(|word| word.contains('@') && word.len() > 1);
    named.map(str::to_owned).collect()
}

/// As in `.gitignore`, without `!` and without ranges of characters.
fn github(pattern: &str) -> Option<Regex> {
    let whole = pattern.strip_suffix('/').unwrap_or(pattern);
    let is_folder = whole.len() < pattern.len();
    let is_anchored = whole.contains('/');
    let body = whole.strip_prefix('/').unwrap_or(whole);
    if body.is_empty() {
        // The top itself is no file.
        return (pattern == "/").then(|| build("^$")).flatten();
    }
    if body.contains("***") {
        return None;
    }
    let start = if is_anchored { "^" } else { "^(?:.*/)?" };
    // `docs/*` is about what is right in the folder; else what a folder holds is meant with it.
    let end = match (is_folder, body.ends_with("/*")) {
        (true, _) => "/.*$",
        (false, true) => "$",
        (false, false) => "(?:/.*)?$",
    };
    build(&format!("{start}{}{end}", translated(body, Ranges::Literal)))
}

/// Matched by `fnmatch`: without a first `/` at any depth, and a folder only where it ends with `/`.
fn gitlab(pattern: &str) -> Option<Regex> {
    let pattern = pattern.strip_prefix("\\#").map_or(pattern.to_owned(), |rest| format!("#{rest}"));
    if pattern.is_empty() {
        return None;
    }
    if pattern == "*" {
        return build("^.*$");
    }
    let start = if pattern.starts_with('/') { "^" } else { "^(?:.*/)?" };
    let body = pattern.strip_prefix('/').unwrap_or(&pattern);
    let (body, end) = match body.strip_suffix('/') {
        Some("") => return build("^.*$"),
        Some(folder) => (folder, "/.*$"),
        None if body.is_empty() => return build("^.*$"),
        None => (body, "$"),
    };
    build(&format!("{start}{}{end}", translated(body, Ranges::Known)))
}

/// Whether `[ab]` is one of two characters, or just what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ranges {
    Known,
    Literal,
}

fn build(regex: &str) -> Option<Regex> {
    RegexBuilder::new(regex).dot_matches_new_line(true).size_limit(1 << 20).build().ok()
}

/// A glob as a regular expression; `**` between slashes is any number of folders.
fn translated(glob: &str, ranges: Ranges) -> String {
    let mut regex = String::new();
    let mut rest = glob;
    while let Some(first) = rest.chars().next() {
        let is_start = rest.len() == glob.len() || regex.ends_with('/') || regex.ends_with(")?");
        if is_start && let Some(after) = rest.strip_prefix("**/") {
            regex.push_str("(?:.*/)?");
            rest = after;
            continue;
        }
        if is_start && rest == "**" {
            regex.push_str(".*");
            break;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' if ranges == Ranges::Known && rest.contains(']') => {
                let (inside, after) = rest.split_once(']').unwrap_or((rest, ""));
                regex.push_str(&range(inside));
                rest = after;
            }
            '\\' => {
                let escaped = rest.chars().next().unwrap_or('\\');
                regex.push_str(&regex::escape(&escaped.to_string()));
                rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
            }
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    regex
}

fn range(inside: &str) -> String {
    let (mark, inside) = match inside.strip_prefix(['!', '^']) {
        Some(rest) => ("^", rest),
        None => ("", inside),
    };
    let escaped = inside.replace('\\', "\\\\").replace('[', "\\[").replace('&', "\\&");
    format!("[{mark}{}]", escaped.replace('~', "\\~").replace('^', "\\^"))
}

fn is_special(character: char) -> bool {
    matches!(character, '*' | '?' | '[' | '\\')
}

/// What every path that matches starts with.
fn prefix(pattern: &str) -> String {
    let Some(anchored) = pattern.strip_prefix('/') else { return String::new() };
    let plain = anchored.split(is_special).next().unwrap_or_default();
    plain.trim_end_matches('/').to_owned()
}

/// The longest text without special characters, which every path that matches holds.
fn piece(pattern: &str) -> String {
    if pattern.contains(['[', '\\']) {
        return String::new();
    }
    let pieces = pattern.split(|it| is_special(it) || it == '/');
    pieces.max_by_key(|piece| piece.len()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Owners};

    fn owners(text: &str, dialect: Dialect, path: &str) -> String {
        Owners::parse(text, dialect).of(path).join(" ")
    }

    #[test]
    fn github_reads_patterns_as_gitignore_does() {
        let cases = [
            ("* @a", "x/y/Dockerfile", true),
            ("*.js @a", "x/y.js", true),
            ("*.js @a", "y.jsx", false),
            ("/build/logs/ @a", "build/logs/deep/er", true),
            ("/build/logs/ @a", "x/build/logs/a", false),
            ("docs/* @a", "docs/a", true),
            ("docs/* @a", "docs/x/a", false),
            ("docs/* @a", "y/docs/a", false),
            ("apps/ @a", "x/apps/b/c", true),
            ("apps/ @a", "apps", false),
            ("/docs/ @a", "docs/a/b", true),
            ("/docs/ @a", "x/docs/a", false),
            ("/scripts @a", "scripts/a/b", true),
            ("apps/api @a", "apps/api/Dockerfile", true),
            ("apps/api @a", "x/apps/api/Dockerfile", false),
            ("**/logs @a", "a/b/logs/c", true),
            ("**/logs @a", "logs", true),
            ("a/**/z @a", "a/z", true),
            ("a/**/z @a", "a/b/c/z", true),
            ("a/** @a", "a/b/c", true),
            ("a/** @a", "b/a/c", false),
            ("my\\ app/ @a", "my app/Dockerfile", true),
            ("v[12]/ @a", "v1/Dockerfile", false),
            ("api/Dockerfile @a", "api/dockerfile", false),
            ("Dockerfile.? @a", "x/Dockerfile.a", true),
            ("/ @a", "anything", false),
            ("app/[id]/ @a", "app/[id]/Dockerfile", true),
        ];
        for (text, path, is_owned) in cases {
            let expected = if is_owned { "@a" } else { "" };
            assert_eq!(owners(text, Dialect::GitHub, path), expected, "{text} {path}");
        }
    }

    #[test]
    fn the_last_rule_decides_and_may_name_nobody() {
        let text = "* @org/all\n/api/ @org/api b@example.com # the API\n/api/gen/ # nobody\n";
        assert_eq!(owners(text, Dialect::GitHub, "web/Dockerfile"), "@org/all");
        assert_eq!(owners(text, Dialect::GitHub, "api/Dockerfile"), "@org/api b@example.com");
        assert_eq!(owners(text, Dialect::GitHub, "api/gen/Dockerfile"), "");
    }

    #[test]
    fn gitlab_reads_sections_defaults_and_exclusions() {
        let text = "* @all\n[Backend][2] @back\n/api/\n/api/special @one\n!*.md\n\
                    ^[Docs]\n*.md @docs\ndocs/ @docs\n[BACKEND]\nlib/ @lib\n";
        let of = |path: &str| owners(text, Dialect::GitLab, path);
        assert_eq!(of("web/Dockerfile"), "@all");
        assert_eq!(of("api/Dockerfile"), "@all @back");
        assert_eq!(of("api/special"), "@all @one");
        assert_eq!(of("api/x.md"), "@all @docs");
        assert_eq!(of("x/docs/y/z"), "@all @docs");
        assert_eq!(of("x/lib/y"), "@all @lib");
    }

    #[test]
    fn gitlab_reads_patterns_at_any_depth_and_folders_only_with_a_slash() {
        let cases = [
            ("internal/README.md @a", "x/internal/README.md", true),
            ("/internal/README.md @a", "x/internal/README.md", false),
            ("docs @a", "docs/a", false),
            ("docs/ @a", "x/docs/y/a", true),
            ("/docs/* @a", "docs/x/a", false),
            ("/docs/**/*.md @a", "docs/x/y/a.md", true),
            ("/docs/**/*.md @a", "docs/a.md", true),
            ("*.rb @a # see @b", "x/a.rb", true),
            ("/v[12]/ @a", "v1/Dockerfile", true),
            ("/v[!12]/ @a", "v1/Dockerfile", false),
            ("\\#odd @a", "#odd", true),
        ];
        for (text, path, is_owned) in cases {
            let found = owners(text, Dialect::GitLab, path);
            assert_eq!(found.starts_with("@a"), is_owned, "{text} {path}: {found}");
        }
        assert_eq!(owners("*.rb @a # see @b", Dialect::GitLab, "a.rb"), "@a @b");
    }

    #[test]
    fn the_place_and_the_text_tell_whose_rules_apply() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        assert!(Owners::of_repository(top).unwrap().is_none());
        let write = |name: &str, text: &str| {
            let path = top.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let of = |path: &str| Owners::of_repository(top).unwrap().unwrap().of(path).join(" ");
        write(".gitlab/CODEOWNERS", "a/b @lab\n");
        assert_eq!(of("x/a/b"), "@lab");
        write("docs/CODEOWNERS", "a/b @docs\n");
        assert_eq!((of("x/a/b"), of("a/b/c")), (String::new(), "@docs".to_owned()));
        write("CODEOWNERS", "[All] @root\na/b\n");
        assert_eq!(of("x/a/b"), "@root");
        write(".github/CODEOWNERS", "a @hub\n[x] @y\n!b\na*** @z\n");
        assert_eq!(of("x/a/b"), "@hub");
        let warnings = Owners::of_repository(top).unwrap().unwrap().warnings;
        assert!(warnings[0].0 == 3 && warnings[0].1.contains("`!b`"), "{warnings:?}");
        assert_eq!(warnings[1], (4, "`a***` is no pattern".to_owned()));
        std::fs::write(top.join(".github/CODEOWNERS"), [0xff, b'\n']).unwrap();
        assert_eq!(Owners::of_repository(top).unwrap_err().0, ".github/CODEOWNERS");
    }
}
