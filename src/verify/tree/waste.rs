//! How large an image is, and how much of that nobody sees.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::{Place, below};
use crate::verify::archive::{Change, Entry, Layer};

/// Bytes of file contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Of each layer, the lowest first, as `docker history` shows them.
    pub layers: Vec<u64>,
    /// Of files that a later layer overwrites or deletes: they are shipped, and nobody sees them.
    pub wasted: u64,
    /// What `dive` would say of the same image.
    pub dive: DiveCount,
}

/// The numbers of `dive`, which counts paths that more than one layer touches (`Efficiency` in its
/// `dive/filetree/efficiency.go`, `Analyze` in `dive/image/analysis.go`).
///
/// It counts *all* versions of such a path, the one that is seen too, and no folder that is deleted as a whole;
/// [`Size::wasted`] counts what is really not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiveCount {
    pub wasted: u64,
    /// From 0 to 1: the smallest versions of all paths by all versions of all paths.
    pub efficiency: f64,
}

impl Size {
    pub(super) fn new(layers: &[Arc<Layer>], visible: u64, dive: DiveCount) -> Self {
        let layers: Vec<u64> = layers.iter().map(|it| it.size).collect();
        let total = layers.iter().fold(0_u64, |sum, it| sum.saturating_add(*it));
        Self { layers, wasted: total.saturating_sub(visible), dive }
    }

    /// Of all layers.
    pub fn total(&self) -> u64 {
        self.layers.iter().fold(0, |sum, it| sum.saturating_add(*it))
    }

    /// The part that is seen, from 0 to 1.
    pub fn efficiency(&self) -> f64 {
        let total = self.total();
        if total == 0 { 1.0 } else { (total - self.wasted) as f64 / total as f64 }
    }
}

/// Counts as `dive` does, layer by layer.
#[derive(Default)]
pub(super) struct Counting {
    paths: BTreeMap<Arc<str>, Versions>,
}

#[derive(Default)]
struct Versions {
    count: usize,
    sum: u64,
    smallest: u64,
}

impl Counting {
    /// Adds a layer to those of which `lower` is the tree.
    pub(super) fn add(&mut self, layer: &Layer, lower: &BTreeMap<Arc<str>, Place>) {
        let mut own: BTreeMap<Arc<str>, (u64, bool)> = BTreeMap::new();
        for Entry { path, change } in &layer.entries {
            match change {
                Change::Put(node) => {
                    own.insert(Arc::clone(path), (node.size(), node.is_folder()));
                }
                Change::Link(_) => {
                    own.insert(Arc::clone(path), (0, false));
                }
                Change::Whiteout => {
                    let inside = below(lower, path).map(|(_, place)| place.node.size());
                    self.count(path, inside.sum());
                }
                Change::Opaque => {}
            }
        }
        for (path, (size, folder)) in &own {
            // Only leaves count: a folder that has something in this layer does not.
            let inside = format!("{path}/");
            let next =
                own.range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded)).next();
            if !folder || !next.is_some_and(|(next, _)| next.starts_with(&inside)) {
                self.count(path, *size);
            }
        }
    }

    fn count(&mut self, path: &Arc<str>, size: u64) {
        let versions = self.paths.entry(Arc::clone(path)).or_default();
        versions.smallest = if versions.count == 0 { size } else { versions.smallest.min(size) };
        versions.count += 1;
        versions.sum = versions.sum.saturating_add(size);
    }

    pub(super) fn finish(self) -> DiveCount {
        let sum =
            |part: fn(&Versions) -> u64| self.paths.values().map(part).fold(0, u64::saturating_add);
        let (all, smallest) = (sum(|it| it.sum), sum(|it| it.smallest));
        let wasted = sum(|it| if it.count > 1 { it.sum } else { 0 });
        let efficiency = if all == 0 { 1.0 } else { smallest as f64 / all as f64 };
        DiveCount { wasted, efficiency }
    }
}
