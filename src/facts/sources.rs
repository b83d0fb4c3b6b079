//! What a Dockerfile takes out of its build context: `COPY`, `ADD` and bind mounts.

use super::Facts;
use crate::project::{Takes, manifests};
use crate::syntax::expand::{self, Value};
use crate::syntax::{Body, Instruction, Keyword, Piece};
use std::borrow::Cow;
use std::collections::HashSet;

/// Files of the build context that an instruction takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source<'a> {
    /// By index in [`crate::syntax::Dockerfile::instructions`].
    pub instruction: usize,
    pub kind: SourceKind,
    /// From the top of the context, without `/` at both ends: `""` is all of it. For `COPY` and `ADD`
    /// it may be a pattern. Build arguments count with their defaults; `None` if one has none.
    pub path: Option<Cow<'a, str>>,
    /// The same whatever build arguments say: `*` for each. It is a pattern where one has a say, and where
    /// it is one, but for a [`meant`] file.
    pub widest: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    Copy,
    Add,
    BindMount,
}

impl<'a> Facts<'a> {
    /// What each stage of the file takes out of the build context, in order. What comes from a stage,
    /// an image, another context, the network or a heredoc is not among it.
    pub fn sources(&'a self) -> Vec<Source<'a>> {
        let arguments = self.file.instructions.iter().filter_map(|it| match &it.body {
            Body::Arg(pairs) => Some(pairs),
            _ => None,
        });
        let arguments = arguments.flatten().map(|pair| &*pair.name.text).collect();
        let instructions = self.file.instructions.iter().enumerate();
        instructions.flat_map(|(index, it)| self.sources_of(index, it, &arguments)).collect()
    }

    /// What tells the build context, and the first instruction that takes all of it.
    pub fn takes(&self) -> (Takes, Option<usize>) {
        let sources = self.sources();
        let whole = sources.iter().find(|it| it.path.as_deref() == Some(""));
        let whole = whole.map(|it| it.instruction);
        let paths = sources.into_iter().filter_map(|it| it.path.map(Cow::into_owned));
        let paths: Vec<String> = paths.collect();
        // Where a path is taken by name, that tells more.
        let are_needed = !paths.is_empty() && paths.iter().all(String::is_empty);
        let needs = if are_needed { self.needs() } else { Vec::new() };
        (Takes { paths, needs }, whole)
    }

    fn sources_of(
        &'a self,
        index: usize,
        instruction: &'a Instruction<'a>,
        arguments: &HashSet<&str>,
    ) -> Vec<Source<'a>> {
        let source = |kind, text: &'a str| Source {
            instruction: index,
            kind,
            path: self.path(index, text),
            widest: self.widest(index, text, arguments),
        };
        match &instruction.body {
            Body::Copy { sources, .. } if instruction.flag("from").is_none() => {
                let kind = match instruction.keyword {
                    Keyword::Add => SourceKind::Add,
                    _ => SourceKind::Copy,
                };
                let is_add = kind == SourceKind::Add;
                let files = sources.iter().filter(|source| is_path(instruction, source, is_add));
                files.map(|file| source(kind, &file.text)).collect()
            }
            Body::Run(_) => {
                let mounts = instruction.flags.iter().filter(|flag| flag.name.text == "mount");
                let values = mounts.filter_map(|flag| flag.value.as_ref());
                values
                    .filter_map(|value| bound(&value.text))
                    .map(|path| source(SourceKind::BindMount, path))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn widest(&self, instruction: usize, text: &str, arguments: &HashSet<&str>) -> String {
        let anything = || Value::Set(Cow::Borrowed("*"));
        let lookup = |name: &str| match self.variable(instruction, name) {
            _ if arguments.contains(name) => anything(),
            Value::Unknown => anything(),
            known => known,
        };
        let path = expand::expand(text, self.file.escape, lookup);
        path.map_or_else(|_| "**".to_owned(), |path| meant(from_top(&path)).into_owned())
    }

    /// A path of a `COPY` as BuildKit takes it: `None` where it depends on what is not known.
    pub(super) fn path(&'a self, instruction: usize, text: &'a str) -> Option<Cow<'a, str>> {
        let path =
            expand::expand(text, self.file.escape, |name| self.variable(instruction, name)).ok()?;
        Some(match path {
            Cow::Borrowed(path) => from_top(path),
            Cow::Owned(path) => Cow::Owned(from_top(&path).into_owned()),
        })
    }
}

/// Whether a source of a `COPY` or `ADD` is a path: no heredoc, nothing to fetch.
pub(super) fn is_path(instruction: &Instruction, source: &Piece, is_add: bool) -> bool {
    let mut heredocs = instruction.heredocs.iter();
    let is_fetched = is_add && is_remote(&source.text);
    !is_fetched && !heredocs.any(|it| it.opener.overlaps(source.span))
}

/// What a bind mount of the context takes; `None` for another mount, and for one from a stage.
pub(super) fn bound(mount: &str) -> Option<&str> {
    let mut source = "";
    for field in mount.split(',') {
        let (key, value) = field.trim_matches('"').split_once('=').unwrap_or((field, ""));
        match key.to_ascii_lowercase().as_str() {
            "type" if !value.eq_ignore_ascii_case("bind") => return None,
            "from" => return None,
            "source" | "src" => source = value,
            _ => (),
        }
    }
    Some(source)
}

/// What `ADD` fetches: an address, or a repository.
fn is_remote(text: &str) -> bool {
    let starts = ["http://", "https://", "git://", "ssh://", "git@"];
    starts.iter().any(|start| text.starts_with(start))
}

/// A path as BuildKit takes it: `..` stops at the top.
pub(super) fn from_top(path: &str) -> Cow<'_, str> {
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    let trimmed = path.trim_matches('/');
    if trimmed.is_empty() || trimmed.split('/').all(plain) {
        return Cow::Borrowed(trimmed);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in trimmed.split('/') {
        match part {
            "" | "." => (),
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    Cow::Owned(parts.join("/"))
}

/// The file for which a path stands: in `package-lock.json*` the star lets it be missing, and is for no other.
pub(super) fn meant(path: Cow<'_, str>) -> Cow<'_, str> {
    let name = path.rsplit('/').next().and_then(|name| name.strip_suffix('*'));
    let is_file = name.is_some_and(|it| it.contains('.') && manifests::kind_of(it).is_some());
    match path {
        path if !is_file || path.trim_end_matches('*').contains(['*', '?', '[', '\\']) => path,
        Cow::Borrowed(path) => Cow::Borrowed(path.trim_end_matches('*')),
        Cow::Owned(path) => Cow::Owned(path.trim_end_matches('*').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::SourceKind::{Add, BindMount, Copy};
    use super::*;
    use crate::syntax::parse;

    #[test]
    fn what_is_taken_from_the_context() {
        let file = parse(
            "ARG DIR=app\nFROM a AS b\nARG DIR\nARG OTHER\nCOPY . .\nCOPY --from=x y z\n\
             COPY ./$DIR/ ../up/file.txt /to/\nCOPY $OTHER/x .\nADD https://a.example/x git@b:c local.tar /\n\
             RUN --mount=type=bind,source=src,target=/src --mount=type=cache,target=/c make\n\
             RUN --mount=target=. --mount=type=bind,from=b,target=/b make\nCOPY <<E /e\nx\nE\n",
        )
        .unwrap();
        let facts = Facts::new(&file);
        let found: Vec<_> = facts.sources().into_iter().map(|it| (it.kind, it.path)).collect();
        let some = |path: &'static str| Some(Cow::Borrowed(path));
        let expected = [
            (Copy, some("")),
            (Copy, some("app")),
            (Copy, some("up/file.txt")),
            (Copy, None),
            (Add, some("local.tar")),
            (BindMount, some("src")),
            (BindMount, some("")),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_star_behind_the_name_of_a_file_lets_it_be_missing() {
        let file =
            parse("FROM a\nCOPY package-lock.json* web/yarn.lock* */go.sum* Gemfile* a.json* ./\n");
        let file = file.unwrap();
        let facts = Facts::new(&file);
        let found: Vec<_> = facts.sources().into_iter().map(|it| it.widest).collect();
        assert_eq!(
            found,
            ["package-lock.json", "web/yarn.lock", "*/go.sum*", "Gemfile*", "a.json*"]
        );
    }
}
