//! Makefiles: recipe lines that build images.
//!
//! Semantics: the GNU make manual. Each line of a recipe runs in a shell of its own, in the folder of the
//! file. A variable counts as known if it is set once, or always to the same; functions are not known.

use super::paths::folder;
use super::script::{Source, mark};
use super::{Budget, Builds, File, LONGEST};
use std::collections::BTreeMap;

/// Variables that lead to others.
const DEEPEST: usize = 16;

pub(super) fn read(file: &File<'_>) -> Builds {
    let mut builds = Builds::default();
    // Most have none and run no script, and values are looked up only for those that do.
    let tools =
        ["docker", "podman", "buildah", "nerdctl", "kaniko", "DOCKER", "CONTAINER", "./", ".sh"];
    if !tools.iter().any(|tool| file.text.contains(tool)) {
        return builds;
    }
    let makefile = Makefile::of(file.text);
    for recipe in &makefile.recipes {
        let mut expressions = Vec::new();
        let text = makefile.expand(&recipe.text, recipe.target, file, &mut expressions, 0);
        let line = |at: usize| recipe.line + text[..at.min(text.len())].matches('\n').count();
        let source = Source {
            file,
            text: text.clone(),
            line: Some(&line),
            inside: format!("target `{}`", recipe.target),
            folder: folder(file.path).to_path_buf(),
            variables: BTreeMap::new(),
            expressions,
            depth: 0,
        };
        source.read(&mut builds);
    }
    builds
}

struct Makefile<'m> {
    /// `None` is set to different values.
    variables: BTreeMap<&'m str, Option<String>>,
    budget: Budget,
    recipes: Vec<Recipe<'m>>,
}

struct Recipe<'m> {
    target: &'m str,
    /// Of the first of its lines, 1-based.
    line: usize,
    /// With continuations, without `@`.
    text: String,
}

impl<'m> Makefile<'m> {
    fn of(text: &'m str) -> Self {
        let mut makefile =
            Self { variables: BTreeMap::new(), budget: Budget::default(), recipes: Vec::new() };
        let mut target = "";
        let mut defines = false;
        let mut conditions = 0usize;
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let mut whole = line.to_owned();
            while whole.ends_with('\\') {
                let Some((_, next)) = lines.next() else { break };
                whole.push('\n');
                whole.push_str(next);
            }
            let trimmed = line.trim();
            let word = trimmed.split([' ', '(']).next().unwrap_or_default();
            if matches!(word, "ifeq" | "ifneq" | "ifdef" | "ifndef") && !line.starts_with('\t') {
                conditions += 1;
            } else if word == "endif" && !line.starts_with('\t') {
                conditions = conditions.saturating_sub(1);
            } else if defines || trimmed.starts_with("define ") {
                defines = trimmed != "endef";
            } else if let Some(recipe) = whole.strip_prefix('\t') {
                // The shell sees what comes after these.
                let text = recipe.trim_start_matches(['@', '-', '+', ' ', '\t']).to_owned();
                if !text.starts_with('#') {
                    makefile.recipes.push(Recipe { target, line: at + 1, text });
                }
            } else if let Some((name, value)) = assigned(line) {
                let joined = whole.get(line.len() - value.len()..).unwrap_or(value);
                let value = joined.replace("\\\n", " ").trim().to_owned();
                let plain = value.split('#').next().unwrap_or_default().trim_end().to_owned();
                makefile.set(name, line, plain);
                // Which branch is taken is not known.
                if conditions > 0 {
                    makefile.variables.insert(name, None);
                }
            } else if let Some((names, rest)) = line.split_once(':')
                && !names.starts_with(['#', ' '])
            {
                target = names.split_whitespace().next().unwrap_or_default();
                // `target: needed ; recipe`
                if let Some((_, recipe)) = whole.split_once(';') {
                    let text = recipe.trim_start_matches(['@', '-', '+', ' ', '\t']).to_owned();
                    makefile.recipes.push(Recipe { target, line: at + 1, text });
                }
                // `target: NAME = value` holds for that target and what it needs.
                if let Some((name, _)) = assigned(rest.trim_start()) {
                    makefile.variables.insert(name, None);
                }
            }
        }
        makefile
    }

    fn set(&mut self, name: &'m str, line: &str, value: String) {
        let appends = line.contains("+=");
        let entry = self.variables.entry(name).or_insert_with(|| Some(value.clone()));
        // `?=` after another assignment does nothing.
        if line.contains("?=") && entry.is_some() {
            return;
        }
        if appends || entry.as_deref() != Some(&*value) {
            *entry = None;
        }
    }

    fn expand(
        &self,
        text: &str,
        target: &str,
        file: &File<'_>,
        expressions: &mut Vec<String>,
        depth: usize,
    ) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            result.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (name, length) = match after.chars().next() {
                Some('$') => {
                    result.push('$');
                    rest = &after[1..];
                    continue;
                }
                Some(open @ ('(' | '{')) => match inside(after, open) {
                    Some(name) => (name, name.len() + 2),
                    None => break,
                },
                Some(char) => (&after[..char.len_utf8()], char.len_utf8()),
                None => break,
            };
            let whole = &rest[at..at + 1 + length];
            let value = match name {
                "CURDIR" | "PWD" | "shell pwd" => Some(folder(file.path).display().to_string()),
                "@" if !target.contains('%') => Some(target.to_owned()),
                // An argument of the caller may set it to anything, as an environment may set any variable.
                name => self.variables.get(name).cloned().flatten(),
            };
            let allowed = depth < DEEPEST && result.len() < LONGEST && self.budget.step();
            match value.filter(|_| allowed) {
                Some(value) => {
                    result.push_str(&self.expand(&value, target, file, expressions, depth + 1));
                }
                None => result.push(mark(expressions, whole)),
            }
            rest = &after[length..];
        }
        result.push_str(rest);
        result
    }
}

/// The name and the value of an assignment.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches(' ');
    let line = line.strip_prefix("export ").or(line.strip_prefix("override ")).unwrap_or(line);
    let equals = line.find('=')?;
    let name = line[..equals].trim_end_matches([':', '?', '+', '!']).trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (!name.is_empty() && name.bytes().all(plain)).then(|| (name, &line[equals + 1..]))
}

/// What stands in the parentheses or braces that `text` starts with.
fn inside(text: &str, open: char) -> Option<&str> {
    let close = if open == '(' { ')' } else { '}' };
    let mut depth = 0;
    for (at, char) in text.char_indices() {
        if char == open {
            depth += 1;
        } else if char == close {
            depth -= 1;
            if depth == 0 {
                return Some(&text[1..at]);
            }
        }
    }
    None
}
