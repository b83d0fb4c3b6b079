//! What a list of patterns decides about a path: asked for one path, or on the way through a folder tree.

use super::{BrokenPattern, Exceptions, IgnoreFile};

/// What a list of patterns decides about one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub excluded: bool,
    /// The pattern that decided, an index into [`IgnoreFile::patterns`]: the last one that changed or
    /// confirmed the decision. patternmatcher does not ask patterns that could change nothing, so of
    /// two equal ones it is the first. `None`: nothing matches, so the path is sent.
    pub pattern: Option<usize>,
}

/// What is known after a path was met: what was decided, and which patterns matched it or a folder
/// above it. Its children need that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub decision: Decision,
    /// Sorted.
    matched: Vec<usize>,
}

const SENT: Decision = Decision { excluded: false, pattern: None };

impl Visit {
    /// That of the context folder itself, which no pattern can exclude.
    pub fn context() -> Self {
        Self { decision: SENT, matched: Vec::new() }
    }
}

impl IgnoreFile {
    /// `PatternMatcher.MatchesUsingParentResults`: what BuildKit decides about `path`, the child of a
    /// folder that was visited before.
    ///
    /// # Errors
    ///
    /// A pattern that has to be asked is broken.
    pub fn visit(&self, parent: &Visit, path: &str) -> Result<Visit, BrokenPattern> {
        let own = self.index.matches(&self.patterns, path);
        let mut visit = Visit { decision: SENT, matched: Vec::new() };
        let mut inherited = parent.matched.iter().copied().peekable();
        let mut own = own.into_iter().peekable();
        loop {
            let (at, is_inherited) = match (inherited.peek(), own.peek()) {
                (Some(above), Some(here)) if above == here => {
                    own.next();
                    continue;
                }
                (Some(above), Some(here)) if here < above => (*here, false),
                (None, Some(here)) => (*here, false),
                (Some(above), _) => (*above, true),
                (None, None) => return Ok(visit),
            };
            if is_inherited {
                inherited.next();
            } else {
                own.next();
                if !self.is_asked(at, visit.decision) {
                    continue;
                }
                self.check(at)?;
            }
            visit.decision = self.decision(at);
            visit.matched.push(at);
        }
    }

    /// `PatternMatcher.MatchesOrParentMatches`: asks about a path alone. BuildKit asks it when it opens a
    /// file that the walk has found. The two differ in rare lists with `!`: a file that only the walk
    /// includes arrives empty, such as `a/f` by `*`, `!a/*`, `a`.
    ///
    /// # Errors
    ///
    /// A pattern that has to be asked is broken.
    pub fn matches_or_parent_matches(&self, path: &str) -> Result<Decision, BrokenPattern> {
        let folders = memchr::memchr_iter(b'/', path.as_bytes()).map(|slash| &path[..slash]);
        let mut found: Vec<usize> = folders
            .chain(std::iter::once(path))
            .flat_map(|path| self.index.matches(&self.patterns, path))
            .collect();
        found.sort_unstable();
        found.dedup();
        let mut decision = SENT;
        for at in found {
            if self.is_asked(at, decision) {
                self.check(at)?;
                decision = self.decision(at);
            }
        }
        Ok(decision)
    }

    /// Whether the walk passes over an excluded folder with all that is in it, as fsutil does: if none of
    /// the patterns with `!` can match below it, which it takes for granted where one has special
    /// characters other than a last `/*` or `/**`.
    pub fn skips_folder(&self, folder: &str, visit: &Visit) -> bool {
        let Exceptions::Below(prefixes) = &self.exceptions else { return false };
        let inside = format!("{folder}/");
        let first = prefixes.partition_point(|prefix| *prefix < inside);
        visit.decision.excluded && !prefixes.get(first).is_some_and(|it| it.starts_with(&inside))
    }

    /// What BuildKit's walk decides about one path, from the context folder down: the decision of a
    /// folder that is skipped holds for all in it.
    ///
    /// # Errors
    ///
    /// A pattern that has to be asked is broken.
    pub fn walk_to(&self, path: &str) -> Result<Decision, BrokenPattern> {
        let mut visit = Visit::context();
        for slash in memchr::memchr_iter(b'/', path.as_bytes()) {
            visit = self.visit(&visit, &path[..slash])?;
            if self.skips_folder(&path[..slash], &visit) {
                return Ok(visit.decision);
            }
        }
        Ok(self.visit(&visit, path)?.decision)
    }

    /// A pattern is asked only where it could change the decision.
    fn is_asked(&self, at: usize, so_far: Decision) -> bool {
        self.patterns[at].exception == so_far.excluded
    }

    fn decision(&self, at: usize) -> Decision {
        Decision { excluded: !self.patterns[at].exception, pattern: Some(at) }
    }

    fn check(&self, at: usize) -> Result<(), BrokenPattern> {
        let pattern = &self.patterns[at];
        let broken = |reason| BrokenPattern { pattern: at, line: pattern.line, reason };
        pattern.broken().map_or(Ok(()), |reason| Err(broken(reason)))
    }
}
