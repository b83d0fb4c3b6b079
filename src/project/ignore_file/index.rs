//! Which patterns of a list match a path by themselves, without trying all of them.

use rustc_hash::FxHashMap;

use super::Pattern;
use super::glob::Glob;

/// Patterns by what a path must have to match them. A path meets the patterns whose text is equal, and
/// tries those that start or end as it does, and those of which neither is known.
#[derive(Debug, Clone)]
pub(super) struct Index {
    exact: FxHashMap<String, Vec<usize>>,
    /// `folder/**`, by `folder/`.
    below: FxHashMap<String, Vec<usize>>,
    /// `**/name`, by `name`, which may hold slashes.
    named: FxHashMap<String, Vec<usize>>,
    /// `**/te…`, by the first two bytes behind the slash.
    starts: FxHashMap<[u8; 2], Vec<usize>>,
    /// By the last byte of the path.
    ends: Vec<Vec<usize>>,
    others: Vec<usize>,
    /// They count as matches, so that they are met where patternmatcher meets them.
    broken: Vec<usize>,
}

impl Index {
    pub(super) fn new(patterns: &[Pattern]) -> Self {
        let mut index = Self {
            exact: FxHashMap::default(),
            below: FxHashMap::default(),
            named: FxHashMap::default(),
            starts: FxHashMap::default(),
            ends: vec![Vec::new(); 256],
            others: Vec::new(),
            broken: Vec::new(),
        };
        for (at, pattern) in patterns.iter().enumerate() {
            index.add(at, pattern);
        }
        index
    }

    fn add(&mut self, at: usize, pattern: &Pattern) {
        match &pattern.glob {
            Glob::Exact => self.exact.entry(pattern.text.clone()).or_default().push(at),
            Glob::Prefix(text) if text.ends_with('/') => {
                self.below.entry(text.clone()).or_default().push(at);
            }
            Glob::Suffix(text) => match text.strip_prefix(b"/").map(|it| str::from_utf8(it)) {
                Some(Ok(name)) => self.named.entry(name.to_owned()).or_default().push(at),
                _ => self.by_end(at, text),
            },
            Glob::Prefix(_) => self.others.push(at),
            Glob::Expression(expression) => match expression.start().as_bytes().first_chunk() {
                Some(start) => self.starts.entry(*start).or_default().push(at),
                None => self.by_end(at, expression.tail().as_bytes()),
            },
            Glob::Broken(_) => self.broken.push(at),
        }
    }

    fn by_end(&mut self, at: usize, tail: &[u8]) {
        match tail.last() {
            Some(byte) => self.ends[usize::from(*byte)].push(at),
            None => self.others.push(at),
        }
    }

    /// The patterns that match `path`, and those that are broken, in order.
    pub(super) fn matches(&self, patterns: &[Pattern], path: &str) -> Vec<usize> {
        let mut found = self.broken.clone();
        found.extend(self.exact.get(path).into_iter().flatten());
        if !self.below.is_empty() {
            let folders = memchr::memchr_iter(b'/', path.as_bytes());
            found.extend(folders.filter_map(|slash| self.below.get(&path[..=slash])).flatten());
        }
        if !self.named.is_empty() {
            let slashes = memchr::memchr_iter(b'/', path.as_bytes());
            let starts = std::iter::once(0).chain(slashes.map(|slash| slash + 1));
            found.extend(starts.filter_map(|start| self.named.get(&path[start..])).flatten());
        }
        let mut tried: Vec<usize> = Vec::new();
        if !self.starts.is_empty() {
            let slashes = memchr::memchr_iter(b'/', path.as_bytes());
            let starts = std::iter::once(0).chain(slashes.map(|slash| slash + 1));
            let starts = starts.filter_map(|start| path.as_bytes()[start..].first_chunk());
            tried.extend(starts.filter_map(|start| self.starts.get(start)).flatten());
            tried.sort_unstable();
            tried.dedup();
        }
        let ending = path.bytes().last().map(|byte| &self.ends[usize::from(byte)]);
        for at in ending.into_iter().flatten().chain(&self.others).chain(&tried) {
            let pattern = &patterns[*at];
            if pattern.glob.is_match(&pattern.text, path) {
                found.push(*at);
            }
        }
        found.sort_unstable();
        found
    }
}
