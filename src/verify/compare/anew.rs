//! Which names are another one in each build, told by what has them, so that the same can be compared with the same.

use crate::verify::archive::paths::parent;
use crate::verify::archive::{Kind, Node};
use crate::verify::tree::{Place, Tree};
use std::mem::discriminant;
use std::sync::Arc;

/// `again`, a second build of what `before` was built from, and `after`, with the names that `before` has.
///
/// A name is another one in each build where what has it went from `before` to `again`, and something alike came beside
/// it. Only what has such a name has another one in `after`: what the two originals both have is looked for by its name.
pub(super) fn with_names_of(before: &Tree, again: &Tree, after: &Tree) -> (Tree, Tree) {
    let gone = before.iter().map(|it| it.0).filter(|it| is_first(it, again));
    let pairs = paired(before, gone, again);
    let anew = pairs.iter().map(|it| &it.0).filter(|it| is_first(it, after));
    let pairs_after = paired(before, anew, after);
    (renamed(again, &pairs), renamed(after, &pairs_after))
}

/// Whether a path is not in `tree`, but its folder is.
fn is_first(path: &Arc<str>, tree: &Tree) -> bool {
    tree.get(path).is_none() && parent(path).is_some_and(|it| tree.get(it).is_some())
}

/// Each of `paths` with what is like it in `other` and has a name of its own, each at most once.
fn paired<'a>(
    before: &Tree,
    paths: impl Iterator<Item = &'a Arc<str>>,
    other: &Tree,
) -> Vec<(Arc<str>, Arc<str>)> {
    let paths: Vec<&Arc<str>> = paths.collect();
    if paths.is_empty() {
        return Vec::new();
    }
    let came: Vec<&Arc<str>> =
        other.iter().map(|it| it.0).filter(|it| is_first(it, before)).collect();
    let mut pairs: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    // Two folders may hold files of the same names: first those that hold the very same.
    for like in [is_equal, is_alike] {
        for path in &paths {
            if pairs.iter().any(|it| it.0 == **path) {
                continue;
            }
            let mut beside = came.iter().filter(|it| parent(it) == parent(path));
            let found = beside.find(|it| {
                !pairs.iter().any(|pair| pair.1 == ***it) && is_like(before, path, other, it, like)
            });
            pairs.extend(found.map(|it| ((*path).clone(), (*it).clone())));
        }
    }
    pairs
}

/// What has two names: a folder by all that is below it, at the same places.
fn is_like(
    before: &Tree,
    path: &str,
    other: &Tree,
    its: &str,
    like: fn(&Node, &Node) -> bool,
) -> bool {
    let (Some(one), Some(two)) = (before.get(path), other.get(its)) else { return false };
    // Of a single file or link nothing tells but what it holds.
    if !one.node.is_folder() {
        return is_equal(&one.node, &two.node);
    }
    let below = |(below, place): (&'_ Arc<str>, &'_ Place), from: &str| {
        (below[from.len()..].to_owned(), place.node.clone())
    };
    let all = before.below(path).map(|it| below(it, path));
    let mut theirs = other.below(its).map(|it| below(it, its));
    like(&one.node, &two.node)
        && all.into_iter().all(|(place, node)| {
            theirs.next().is_some_and(|it| it.0 == place && like(&node, &it.1))
        })
        && theirs.next().is_none()
}

fn is_equal(one: &Node, two: &Node) -> bool {
    match (&one.kind, &two.kind) {
        (Kind::File(one), Kind::File(two)) => one.size == two.size && one.digest == two.digest,
        (one, two) => one == two,
    }
}

fn is_alike(one: &Node, two: &Node) -> bool {
    discriminant(&one.kind) == discriminant(&two.kind)
}

fn renamed(tree: &Tree, pairs: &[(Arc<str>, Arc<str>)]) -> Tree {
    let names: Vec<(&str, &str)> = pairs.iter().map(|it| (&*it.1, &*it.0)).collect();
    tree.renamed(&names)
}
