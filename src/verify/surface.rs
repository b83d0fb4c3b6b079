//! What there is to attack: everything in an image that somebody could use who got in.

use std::collections::{BTreeMap, BTreeSet};

use super::archive::paths::join;
use super::archive::{Configuration, Contents, Kind, Manager, Node, Package};
use super::tree::Tree;

/// The attack surface of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// Regular files, each path counted; folders, links and devices are none.
    pub files: usize,
    /// What each package manager has installed; `None` if its database is there and cannot be counted.
    pub packages: BTreeMap<Manager, Option<BTreeSet<Package>>>,
    /// Files that run as their owner or group, sorted.
    pub set_uid: Vec<String>,
    pub set_gid: Vec<String>,
    /// Files that get rights of root by a capability.
    pub capable: Vec<String>,
    /// Names of the shells that are there, such as `bash`.
    pub shells: BTreeSet<&'static str>,
    /// Names of the package managers that are there, of the system and of languages.
    pub managers: BTreeSet<&'static str>,
    pub user: User,
}

/// Who runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// As the configuration names it; empty for none, which is root.
    pub name: String,
    /// `None` if the name is not in `/etc/passwd`.
    pub id: Option<u64>,
}

const SHELLS: [&str; 8] = ["ash", "bash", "busybox", "dash", "fish", "ksh", "sh", "zsh"];
const MANAGERS: [&str; 21] = [
    "apk", "apt", "apt-get", "bun", "cargo", "composer", "conda", "dnf", "dpkg", "gem", "microdnf",
    "npm", "pip", "pip3", "pnpm", "rpm", "uv", "yarn", "yum", "zypper", "pacman",
];
const FOLDERS: [&str; 6] =
    ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// The surface of an image with this tree and configuration.
pub fn measure(tree: &Tree, configuration: &Configuration) -> Surface {
    let mut surface = Surface { user: user(tree, configuration), ..Surface::default() };
    for (path, place) in tree.iter() {
        let Kind::File(file) = &place.node.kind else { continue };
        surface.files += 1;
        let executable = place.node.mode & 0o111 != 0;
        if executable && place.node.mode & 0o4000 != 0 {
            surface.set_uid.push(path.to_string());
        }
        if executable && place.node.mode & 0o2000 != 0 {
            surface.set_gid.push(path.to_string());
        }
        if place.node.attributes.iter().any(|(name, _)| name == "security.capability") {
            surface.capable.push(path.to_string());
        }
        if let Contents::Packages(packages) = &file.contents {
            let known =
                surface.packages.entry(packages.manager).or_insert_with(|| Some(BTreeSet::new()));
            match (known, &packages.installed) {
                (Some(known), Some(installed)) => known.extend(installed.iter().cloned()),
                (known, _) => *known = None,
            }
        }
    }
    let searched: Vec<String> = folders(configuration);
    let there = |name: &&str| searched.iter().any(|folder| is_program(tree, &join(folder, name)));
    surface.shells = SHELLS.into_iter().filter(|it| there(it)).collect();
    surface.managers = MANAGERS.into_iter().filter(|it| there(it)).collect();
    surface
}

impl Surface {
    /// Packages that are counted, of all managers.
    pub fn package_count(&self) -> usize {
        self.packages.values().flatten().map(BTreeSet::len).sum()
    }
}

impl User {
    /// Whether it is root, as far as that is known; `None` if the account is not in the image.
    pub fn is_root(&self) -> Option<bool> {
        self.id.map(|id| id == 0)
    }
}

/// The folders in which programs are looked for: those of `PATH`, and the well-known ones.
fn folders(configuration: &Configuration) -> Vec<String> {
    let path = configuration.variable("PATH").unwrap_or_default();
    let own = path.split(':').filter(|it| it.starts_with('/'));
    let mut folders: Vec<String> = own.map(|it| super::tree::absolute("/", it)).collect();
    folders.extend(FOLDERS.map(str::to_owned));
    folders.sort();
    folders.dedup();
    folders
}

fn is_program(tree: &Tree, path: &str) -> bool {
    let executable = |node: &Node| node.file().is_some() && node.mode & 0o111 != 0;
    tree.resolve(path).is_some_and(|(_, node)| executable(node))
}

/// The user that runs: `name`, `name:group`, `uid` or `uid:gid`; none is root.
fn user(tree: &Tree, configuration: &Configuration) -> User {
    let name = configuration.user.clone();
    let own = name.split(':').next().unwrap_or_default();
    let id = match own {
        "" => Some(0),
        _ => account(tree, own).or_else(|| own.parse().ok()).or((own == "root").then_some(0)),
    };
    User { name, id }
}

fn account(tree: &Tree, name: &str) -> Option<u64> {
    let (_, node) = tree.resolve("/etc/passwd")?;
    let Contents::Text(text) = &node.file()?.contents else { return None };
    let line = text.lines().find(|it| it.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Configuration, Manager, measure};
    use crate::verify::testing::{Tar, tree};

    #[test]
    fn what_is_in_an_image() {
        let tree = tree(&[
            Tar::default()
                .with_mode("usr/bin/su", 0o4755, "")
                .with_mode("usr/bin/wall", 0o2755, "")
                .with_mode("usr/share/doc", 0o4644, "")
                .pax(&[(b"SCHILY.xattr.security.capability", b"\x01")])
                .program("usr/bin/ping", "")
                .program("usr/bin/dash", "")
                .symlink("usr/bin/sh", "dash")
                .symlink("bin", "usr/bin")
                .symlink("usr/bin/bash", "/nowhere")
                .file("usr/bin/zsh", "not to be run")
                .program("opt/tools/npm", "")
                .file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:\n")
                .file("var/lib/dpkg/status", "Package: a\nVersion: 1\n\nPackage: b\nVersion: 2\n"),
            Tar::default().file("var/lib/dpkg/status.d/b", "Package: b\nVersion: 2\n\n"),
        ]);
        let configuration = Configuration {
            env: vec!["PATH=/opt/tools/:/usr/bin".to_owned()],
            user: "app:app".to_owned(),
            ..Configuration::default()
        };
        let surface = measure(&tree, &configuration);
        assert_eq!(surface.files, 10);
        assert_eq!(surface.set_uid, ["/usr/bin/su"]);
        assert_eq!(surface.set_gid, ["/usr/bin/wall"]);
        assert_eq!(surface.capable, ["/usr/bin/ping"]);
        assert_eq!(surface.shells.into_iter().collect::<Vec<_>>(), ["dash", "sh"]);
        assert_eq!(surface.managers.into_iter().collect::<Vec<_>>(), ["npm"]);
        assert_eq!(surface.packages[&Manager::Dpkg].as_ref().map(|it| it.len()), Some(2));
        assert_eq!((surface.user.id, surface.user.is_root()), (Some(1000), Some(false)));
    }

    #[test]
    fn who_runs() {
        let tree = tree(&[Tar::default().file("etc/passwd", "app:x:7:7::/:\n0x:x:8:8::/:\n")]);
        for (user, id) in [
            ("", Some(0)),
            ("root", Some(0)),
            ("0:0", Some(0)),
            ("app", Some(7)),
            ("1001:root", Some(1001)),
            ("nobody", None),
        ] {
            let configuration = Configuration { user: user.to_owned(), ..Configuration::default() };
            assert_eq!(measure(&tree, &configuration).user.id, id, "{user}");
        }
    }
}
