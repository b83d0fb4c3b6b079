//! The files that somebody sees who starts an image: its layers, one upon the other.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use super::archive::paths::{join, name, parent};
use super::archive::{Change, Entry, Error, Kind, Layer, Node};

mod waste;

pub use waste::{DiveCount, Size};

/// The merged tree of an image.
#[derive(Debug, Clone)]
pub struct Tree {
    places: BTreeMap<Arc<str>, Place>,
    size: Size,
}

/// What is at a path.
#[derive(Debug, Clone)]
pub struct Place {
    pub node: Arc<Node>,
    /// The layer that put it there, counted from the lowest, 0.
    pub layer: usize,
}

/// Symbolic links that are followed on one way, as in Linux.
const LINKS: usize = 40;

impl Tree {
    /// Puts layers one upon the other, the lowest first.
    ///
    /// # Errors
    /// A hard link leads to a file that is not there.
    pub fn merge(layers: &[Arc<Layer>]) -> Result<Self, Error> {
        let mut merging = Merging { places: BTreeMap::new(), layer: 0, parent: None };
        merging.place("/".into(), implied());
        let mut dive = waste::Counting::default();
        for (index, layer) in layers.iter().enumerate() {
            merging.layer = index;
            merging.parent = None;
            dive.add(layer, &merging.places);
            merging.hide(layer);
            merging.put(layer).map_err(|it| it.at(&format!("layer {}", index + 1)))?;
        }
        let mut seen = HashSet::new();
        let nodes = merging.places.values().map(|it| &it.node);
        // A file with several names is there once.
        let visible = nodes.filter(|it| seen.insert(Arc::as_ptr(it))).map(|it| it.size()).sum();
        let size = Size::new(layers, visible, dive.finish());
        Ok(Self { places: merging.places, size })
    }

    /// Bytes of the image.
    pub fn size(&self) -> &Size {
        &self.size
    }

    /// All paths with what is there, sorted by their bytes; the root is `/`.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Place)> {
        self.places.iter()
    }

    /// What is at exactly this path; no link is followed.
    pub fn get(&self, path: &str) -> Option<&Place> {
        self.places.get(path)
    }

    /// Everything below a folder, at any depth; no link is followed.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&Arc<str>, &Place)> {
        below(&self.places, folder)
    }

    /// The same with other names: what is at the first path of a pair, and below it, is at the second.
    #[must_use]
    pub fn renamed(&self, names: &[(&str, &str)]) -> Self {
        let mut renamed = self.clone();
        for (from, to) in names {
            let moved = self.places.get_key_value(*from).into_iter().chain(self.below(from));
            for (path, place) in moved {
                renamed.places.remove(path);
                let path = format!("{to}{}", &path[from.len()..]);
                renamed.places.insert(path.into(), place.clone());
            }
        }
        renamed
    }

    /// The path and node that a process gets which opens this path: all links are followed, inside of the image.
    pub fn resolve(&self, path: &str) -> Option<(String, &Node)> {
        let path = follow(&self.places, path, |_| true)?;
        let place = self.places.get(path.as_str())?;
        Some((path, &place.node))
    }
}

fn below<'a>(
    places: &'a BTreeMap<Arc<str>, Place>,
    folder: &str,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Place)> {
    // `0` is the byte after `/`, so that this is exactly what begins with the folder and a slash.
    let folder = folder.trim_end_matches('/');
    let (from, to) = (format!("{folder}/"), format!("{folder}0"));
    let range = (Bound::Excluded(from.as_str()), Bound::Excluded(to.as_str()));
    places.range::<str, _>(range)
}

/// The path without links, of which those that `may` allows are followed; the last part need not be there.
fn follow(
    places: &BTreeMap<Arc<str>, Place>,
    path: &str,
    may: impl Fn(&Place) -> bool,
) -> Option<String> {
    let mut parts: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
    let (mut here, mut links) = ("/".to_owned(), 0);
    while let Some(part) = parts.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                here = parent(&here).unwrap_or("/").to_owned();
                continue;
            }
            _ => {}
        }
        let next = join(&here, &part);
        let Some(place) = places.get(next.as_str()) else {
            here = next;
            continue;
        };
        match &place.node.kind {
            Kind::Symlink(target) if may(place) => {
                links += 1;
                if links > LINKS {
                    return None;
                }
                if target.starts_with('/') {
                    here = "/".to_owned();
                }
                parts.extend(target.rsplit('/').map(str::to_owned));
            }
            // A path goes on through nothing but folders.
            _ if !place.node.is_folder() && parts.iter().any(|it| !it.is_empty()) => return None,
            _ => here = next,
        }
    }
    Some(here)
}

/// A folder of which only its contents are written down, as builders make it.
fn implied() -> Arc<Node> {
    let kind = Kind::Folder;
    Arc::new(Node { kind, mode: 0o755, user: 0, group: 0, attributes: Vec::new() })
}

struct Merging {
    places: BTreeMap<Arc<str>, Place>,
    layer: usize,
    /// The folder of which it was seen last that it is there.
    parent: Option<String>,
}

impl Merging {
    /// Whiteouts reach the layers below alone, wherever in the layer they stand.
    fn hide(&mut self, layer: &Layer) {
        for Entry { path, change } in &layer.entries {
            match change {
                Change::Whiteout => self.remove(path),
                Change::Opaque => self.empty(path),
                Change::Put(_) | Change::Link(_) => {}
            }
        }
    }

    fn put(&mut self, layer: &Layer) -> Result<(), Error> {
        let mut later = Vec::new();
        for Entry { path, change } in &layer.entries {
            match change {
                Change::Put(node) => self.add(path, node),
                Change::Link(target) => match self.target(target) {
                    Some(node) => self.add(path, &node),
                    None => later.push((path, target)),
                },
                Change::Whiteout | Change::Opaque => {}
            }
        }
        for (path, target) in later {
            let node = self.target(target).ok_or_else(|| {
                Error::broken(format!("`{path}` is a hard link to `{target}`, which is not there"))
            })?;
            self.add(path, &node);
        }
        Ok(())
    }

    fn target(&self, path: &str) -> Option<Arc<Node>> {
        let found = self.places.get(path).or_else(|| {
            let layer = self.layer;
            let folder = follow(&self.places, parent(path)?, |it| it.layer == layer)?;
            self.places.get(join(&folder, name(path)).as_str())
        });
        found.map(|it| Arc::clone(&it.node))
    }

    fn add(&mut self, path: &Arc<str>, node: &Arc<Node>) {
        let path = self.reach(path);
        let both = self.places.get(&path).is_some_and(|it| it.node.is_folder()) && node.is_folder();
        if !both && &*path != "/" {
            self.remove(&path);
        }
        // The root stays a folder, whatever an archive says.
        if &*path != "/" || node.is_folder() {
            self.place(path, Arc::clone(node));
        }
    }

    /// The path with folders all the way to it.
    ///
    /// A layer is unpacked into a folder of its own, so that a link on the way is followed only if it is of the
    /// same layer; one of a layer below is hidden by the folder that is made in its place.
    fn reach(&mut self, path: &Arc<str>) -> Arc<str> {
        let Some(folder) = parent(path) else { return Arc::clone(path) };
        if self.parent.as_deref() == Some(folder) {
            return Arc::clone(path);
        }
        let layer = self.layer;
        let real = follow(&self.places, folder, |it| it.layer == layer);
        let (folder, path) = match real {
            Some(real) if real != folder => {
                let moved = join(&real, name(path)).into();
                (real, moved)
            }
            _ => (folder.to_owned(), Arc::clone(path)),
        };
        self.make(&folder);
        // What is moved is looked for each time: the cache knows paths as they are written.
        self.parent = (parent(&path) == Some(&folder)).then_some(folder);
        path
    }

    fn make(&mut self, folder: &str) {
        if self.places.get(folder).is_some_and(|it| it.node.is_folder()) {
            return;
        }
        if let Some(above) = parent(folder) {
            let above = above.to_owned();
            self.make(&above);
        }
        self.remove(folder);
        self.place(folder.into(), implied());
    }

    fn place(&mut self, path: Arc<str>, node: Arc<Node>) {
        self.places.insert(path, Place { node, layer: self.layer });
    }

    fn remove(&mut self, path: &str) {
        if self.places.get(path).is_some_and(|it| it.node.is_folder()) {
            self.empty(path);
        }
        if path != "/" {
            self.places.remove(path);
        }
    }

    fn empty(&mut self, folder: &str) {
        self.parent = None;
        let inside: Vec<Arc<str>> =
            below(&self.places, folder).map(|(path, _)| Arc::clone(path)).collect();
        for path in inside {
            self.places.remove(&path);
        }
    }
}

/// A path as people write it, absolute or relative to `folder`, in the spelling of this tree.
pub(super) fn absolute(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { join(folder, path) };
    normalise_spelled(&whole)
}

/// Without `.`, `..` and doubled slashes; what is spelled stays so.
fn normalise_spelled(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests;
