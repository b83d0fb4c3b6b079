//! The base image of what is shipped, before and after, for people.

/// What a change says of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bases {
    pub old: BaseImage,
    pub new: BaseImage,
    /// Part of the old one is copied along, such as the runtime of a language.
    pub carries: bool,
}

/// An image by its name, with about how many megabytes it has unpacked, where that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaseImage {
    pub name: String,
    pub megabytes: Option<u32>,
}

impl Bases {
    /// What the change is worth, as far as it is known without a build.
    pub(super) fn describe(&self) -> Option<String> {
        let Self { old, new, carries } = self;
        let differ = !old.name.is_empty() && !new.name.is_empty() && old.name != new.name;
        let carried = if *carries { " and what is carried along" } else { "" };
        differ.then(|| format!("base image: {} → {}{carried}", old.describe(), new.describe()))
    }

    /// Bytes that the image loses at most, where both sizes are known.
    pub(super) fn saving(&self) -> Option<u64> {
        let saved = self.old.megabytes?.saturating_sub(self.new.megabytes?);
        Some(u64::from(saved) * 1_000_000)
    }
}

impl BaseImage {
    fn describe(&self) -> String {
        let size = match self.megabytes {
            // `scratch`
            None | Some(0) => String::new(),
            Some(size @ 1..1000) => format!(" (about {size} MB)"),
            Some(size) => format!(" (about {:.1} GB)", f64::from(size) / 1000.0),
        };
        format!("`{}`{size}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseImage, Bases};

    #[test]
    fn what_is_not_known_is_not_said() {
        let base = |name: &str, megabytes| BaseImage { name: name.to_owned(), megabytes };
        let carries = false;
        let said = |old, new| Bases { old, new, carries }.describe().unwrap_or_default();
        let slim = || base("node:22-slim", Some(230));
        let expected = "base image: `node:22` (about 1.1 GB) → `node:22-slim` (about 230 MB)";
        assert_eq!(said(base("node:22", Some(1100)), slim()), expected);
        let expected = "base image: `own/node` → `node:22-slim` (about 230 MB)";
        assert_eq!(said(base("own/node", None), slim()), expected);
        let expected = "base image: `node:22-slim` (about 230 MB) → `scratch`";
        assert_eq!(said(slim(), base("scratch", Some(0))), expected);
        assert_eq!(said(base("", None), slim()), "");
        assert_eq!(said(slim(), slim()), "");
        let carried = Bases { old: base("own/node", None), new: slim(), carries: true };
        assert!(carried.describe().is_some_and(|it| it.ends_with(") and what is carried along")));
    }
}
