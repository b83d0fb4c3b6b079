//! The databases in which package managers write what is installed.

use super::paths::{name, spell};

/// What one database says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packages {
    pub manager: Manager,
    /// In the order of the database; `None` if it is there and cannot be counted.
    pub installed: Option<Vec<Package>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    Dpkg,
    Apk,
    Rpm,
}

impl Manager {
    /// The word that people use for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
        }
    }

    /// Whose database a file is.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/var/lib/dpkg/status" => Some(Self::Dpkg),
            "/lib/apk/db/installed" | "/usr/lib/apk/db/installed" => Some(Self::Apk),
            _ if path.starts_with("/var/lib/dpkg/status.d/") => {
                // Images without dpkg have one file a package, and sums beside it.
                let single = !name(path).ends_with(".md5sums") && !name(path).ends_with(".list");
                single.then_some(Self::Dpkg)
            }
            _ => {
                let folders = ["/var/lib/rpm/", "/usr/lib/sysimage/rpm/", "/usr/share/rpm/"];
                let files = ["rpmdb.sqlite", "Packages", "Packages.db"];
                let inside = folders.iter().find_map(|folder| path.strip_prefix(folder))?;
                files.contains(&inside).then_some(Self::Rpm)
            }
        }
    }

    /// What the database says; `None` for rpm, whose databases are those of three libraries.
    pub(super) fn read(self, text: &[u8]) -> Option<Vec<Package>> {
        match self {
            Self::Dpkg => Some(paragraphs(text, b"Package: ", b"Version: ")),
            Self::Apk => Some(paragraphs(text, b"P:", b"V:")),
            Self::Rpm => None,
        }
    }
}

/// The packages of a text with a paragraph for each.
fn paragraphs(text: &[u8], name: &[u8], version: &[u8]) -> Vec<Package> {
    let mut found = Vec::new();
    let (mut package, mut number, mut there) = (None, None, true);
    for line in text.split(|it| *it == b'\n').chain([&b""[..]]) {
        if let Some(value) = line.strip_prefix(name) {
            package = Some(spell(value));
        } else if let Some(value) = line.strip_prefix(version) {
            number = Some(spell(value));
        } else if let Some(value) = line.strip_prefix(b"Status: ") {
            // A package that was removed leaves its settings, and with them its paragraph.
            there = value.ends_with(b" installed");
        } else if line.is_empty() {
            let (name, version) = (package.take(), number.take().unwrap_or_default());
            found.extend(name.filter(|_| there).map(|name| Package { name, version }));
            there = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Manager;

    fn installed(manager: Manager, text: &str) -> Vec<String> {
        let packages = manager.read(text.as_bytes()).unwrap();
        packages.into_iter().map(|it| format!("{} {}", it.name, it.version)).collect()
    }

    #[test]
    fn a_removed_package_is_not_installed() {
        let text = "Package: a\nStatus: install ok installed\nVersion: 1\nDescription: x\n Package: no\n\n\
                    Package: b\nStatus: deinstall ok config-files\nVersion: 2\n\n\
                    Package: c\nVersion: 3";
        assert_eq!(installed(Manager::Dpkg, text), ["a 1", "c 3"]);
        assert_eq!(
            installed(Manager::Apk, "C:x\nP:musl\nV:1.2-r0\n\nP:b\nV:2\n\n"),
            ["musl 1.2-r0", "b 2"]
        );
    }

    #[test]
    fn databases_are_known_by_their_paths() {
        for (path, want) in [
            ("/var/lib/dpkg/status", Some(Manager::Dpkg)),
            ("/var/lib/dpkg/status-old", None),
            ("/var/lib/dpkg/status.d/base", Some(Manager::Dpkg)),
            ("/var/lib/dpkg/status.d/base.md5sums", None),
            ("/lib/apk/db/installed", Some(Manager::Apk)),
            ("/usr/lib/sysimage/rpm/rpmdb.sqlite", Some(Manager::Rpm)),
            ("/var/lib/rpm/__db.001", None),
        ] {
            assert_eq!(Manager::of(path), want, "{path}");
        }
    }
}
