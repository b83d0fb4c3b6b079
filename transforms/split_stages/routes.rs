//! Where files of the build context arrive in the image, and which of them is at a path of it.

use crate::facts::{is_within, resolve};
use std::collections::HashMap;

/// What all `COPY`s of a stage bring; of two that bring the same the later counts.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// Single files: by their path in the context the place in the image.
    files: HashMap<String, (usize, String)>,
    /// The same by the place.
    places: HashMap<String, (usize, String)>,
    /// Folders with all that is in them, from the context to the image.
    folders: Vec<(usize, String, String)>,
}

impl Routes {
    pub(super) fn add_file(&mut self, order: usize, from: &str, to: String) {
        self.places.insert(to.clone(), (order, from.to_owned()));
        self.files.insert(from.to_owned(), (order, to));
    }

    pub(super) fn add_folder(&mut self, order: usize, from: &str, to: String) {
        self.folders.push((order, from.to_owned(), to));
    }

    /// Where a file or folder of the context arrives.
    pub(super) fn place(&self, path: &str) -> Option<String> {
        let of_folder = self.folders.iter().rev().find(|(_, from, _)| is_below(path, from));
        let alone = self.files.get(path);
        match (alone, of_folder) {
            (Some((order, to)), Some((other, ..))) if order >= other => Some(to.clone()),
            (_, Some((_, from, to))) => {
                resolve(Some(to), path[from.len()..].trim_start_matches('/'))
            }
            (Some((_, to)), None) => Some(to.clone()),
            (None, None) => None,
        }
    }

    /// What of the context may be at a path of the image, what counts first.
    pub(super) fn sources(&self, path: &str) -> Vec<String> {
        let alone = self.places.get(path).map(|(order, from)| (*order, from.clone()));
        let inside = self.folders.iter().filter(|(.., to)| is_within(path, to));
        let inside = inside.map(|(order, from, to)| {
            let rest = path[to.trim_end_matches('/').len()..].trim_start_matches('/');
            let source = match (from.as_str(), rest) {
                (from, "") => from.to_owned(),
                ("", rest) => rest.to_owned(),
                (from, rest) => format!("{from}/{rest}"),
            };
            (*order, source)
        });
        let mut all: Vec<(usize, String)> = alone.into_iter().chain(inside).collect();
        all.sort_by_key(|(order, _)| std::cmp::Reverse(*order));
        all.into_iter().map(|(_, source)| source).collect()
    }
}

/// Whether a path of the context is `folder` or lies in it; everything lies in its top.
fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::Routes;

    #[test]
    fn the_later_copy_counts() {
        let mut routes = Routes::default();
        routes.add_folder(0, "", "/app".to_owned());
        routes.add_file(1, "prod.json", "/app/config.json".to_owned());
        routes.add_folder(2, "web/dist", "/srv/".to_owned());
        let place = |path: &str| routes.place(path);
        assert_eq!(place("src/a.go").as_deref(), Some("/app/src/a.go"));
        assert_eq!(place("prod.json").as_deref(), Some("/app/config.json"));
        assert_eq!(place("web/dist/x.css").as_deref(), Some("/srv/x.css"));
        assert_eq!(routes.sources("/app/config.json"), ["prod.json", "config.json"]);
        assert_eq!(routes.sources("/srv/x.css"), ["web/dist/x.css"]);
        assert_eq!(routes.sources("/app"), [""]);
        assert!(routes.sources("/etc").is_empty());
        let mut only = Routes::default();
        only.add_folder(0, "src", "/app".to_owned());
        assert_eq!((only.place("srcs/a"), only.place("src")), (None, Some("/app".to_owned())));
    }
}
