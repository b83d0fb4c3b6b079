//! What the Dockerfiles of a context take out of it.

use super::names::Group;
use super::{Candidate, Kept, is_plain};
use crate::facts::SourceKind;
use crate::project::Tree;
use crate::project::ignore_file::Reach;
use crate::project::manifests::{self, Kind};
use crate::text::LineIndex;
use crate::transform::{SharedContext, Sharer};

/// Everything that is taken out of a context.
pub(super) struct Takers<'c> {
    tree: &'c Tree,
    takers: Vec<Taker<'c>>,
}

/// A `COPY`, `ADD` or bind mount of a Dockerfile.
#[derive(Debug, Clone)]
pub(super) struct Taker<'c> {
    pub(super) sharer: &'c Sharer<'c>,
    /// By index in the instructions of the Dockerfile.
    pub(super) instruction: usize,
    pub(super) stage: usize,
    /// From the top of the context; `""` is all of it.
    pub(super) path: String,
    kind: SourceKind,
    /// It takes a project as a whole: all of the context, or a folder with a manifest.
    whole: bool,
}

impl<'c> Takers<'c> {
    pub(super) fn of(context: &SharedContext<'c>) -> Self {
        let mut takers = Vec::new();
        for sharer in context.sharers {
            for source in sharer.facts.sources() {
                let instruction = source.instruction;
                let Some(stage) = sharer.facts.stage_of(instruction) else { continue };
                // `*` is every entry of the top, as it is.
                let is_all = source.path.as_deref() == Some("*");
                let path = if is_all { String::new() } else { source.widest };
                let whole = path.is_empty() || is_project(context, &path);
                let kind = source.kind;
                takers.push(Taker { sharer, instruction, stage, path, kind, whole });
            }
        }
        Self { tree: context.tree, takers }
    }

    /// Those that take a project as a whole.
    pub(super) fn whole_folders(&self) -> impl Iterator<Item = &Taker<'c>> {
        self.takers.iter().filter(|taker| taker.whole)
    }

    /// Those that take something that `pattern` matches.
    pub(super) fn of_pattern(&self, pattern: &str) -> impl Iterator<Item = &Taker<'c>> {
        self.takers.iter().filter(move |it| self.tree.reach(pattern, &it.path) != Reach::Nothing)
    }

    /// Whether anything takes what `pattern` matches: what nothing takes is not sent anyway.
    pub(super) fn is_taken(&self, pattern: &str) -> bool {
        self.of_pattern(pattern).next().is_some()
    }

    /// Whether nothing takes by name what `pattern` matches.
    pub(super) fn allowed(&self, pattern: &str, candidate: &Candidate) -> Result<(), Kept> {
        for taker in &self.takers {
            let reached = self.tree.reach(pattern, &taker.path);
            let by_name = match reached {
                Reach::Nothing => false,
                Reach::Itself => true,
                // What git keeps of a folder that is named stays.
                Reach::Below if candidate.is_tracked => !taker.path.is_empty(),
                Reach::Below => !taker.whole && !candidate.group.is_made_anew(),
            };
            if !by_name {
                continue;
            }
            let place = place(taker.sharer, taker.instruction);
            let path = if taker.path.is_empty() { "." } else { &taker.path };
            let verb = if taker.kind == SourceKind::BindMount { "mounts" } else { "copies" };
            let is_secret = candidate.group == Group::Credentials && reached == Reach::Itself;
            // Where both are patterns nothing is certain to match both.
            let name = pattern.rsplit('/').next().unwrap_or_default();
            let is_certain = is_plain(path) || is_plain(name);
            if is_secret && is_certain && taker.kind != SourceKind::BindMount {
                let reason = format!(
                    "{place} copies `{path}` into the image, where everybody can read it; give it to \
                     the `RUN` that needs it with `--mount=type=secret`",
                );
                return Err(Kept::new("secret-is-copied", pattern, reason));
            }
            let reason = format!("{place} {verb} `{path}`");
            return Err(Kept::new("copied-by-name", pattern, reason));
        }
        Ok(())
    }
}

/// Whether a folder holds what describes a project.
fn is_project(context: &SharedContext, folder: &str) -> bool {
    context.tree.below(folder).any(|file| {
        let name = file.get(folder.len() + 1..).unwrap_or_default();
        // What says how to build may be about anything.
        let other = |kind: &Kind| matches!(kind, Kind::Lock(_) | Kind::Makefile | Kind::CMake);
        !name.contains('/') && manifests::kind_of(name).is_some_and(|kind| !other(&kind))
    })
}

/// An instruction, as messages call it: `` `COPY . .` at Dockerfile:4 ``.
pub(super) fn place(sharer: &Sharer, instruction: usize) -> String {
    let instruction = &sharer.file.instructions[instruction];
    let line = LineIndex::new(sharer.file.source).line(instruction.span.start);
    let text = instruction.span.of(sharer.file.source);
    let first = text.lines().next().unwrap_or_default().trim_end_matches('\\').trim();
    let short: String = first.chars().take(60).collect();
    let more = if short.len() < text.trim().len() { "…" } else { "" };
    format!("`{short}{more}` at {}:{line}", sharer.name)
}
