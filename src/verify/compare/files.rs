//! How two trees differ: the paths that went, came or changed, and in what. Times do not count.

use std::fmt;

use crate::verify::archive::{Kind, Node};
use crate::verify::tree::Tree;

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub path: String,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Went(What),
    Came(What),
    /// In at least one respect, in the order of [`Respect`].
    Changed(Vec<Respect>),
}

/// What went or came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct What {
    pub word: &'static str,
    /// Bytes.
    pub size: u64,
}

/// In what a path differs, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Respect {
    /// A file became a folder or the like; then nothing else of it is compared but mode and owner.
    Type(&'static str, &'static str),
    /// Permissions with the set-uid, set-gid and sticky bits.
    Mode(u32, u32),
    /// User and group.
    Owner((u64, u64), (u64, u64)),
    Size(u64, u64),
    /// The bytes of a file, also where the size is the same.
    Content,
    /// The target of a symbolic link.
    Target(String, String),
    /// Major and minor numbers.
    Device((u32, u32), (u32, u32)),
    /// Names of the extended attributes that differ.
    Attributes(Vec<String>),
}

/// What differs, sorted by path.
pub fn compare(before: &Tree, after: &Tree) -> Vec<Difference> {
    let mut found = Vec::new();
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return found,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((left, _)), Some((right, _))) => left.cmp(right),
        };
        let left = if order.is_le() { old.next() } else { None };
        let right = if order.is_ge() { new.next() } else { None };
        let (path, change) = match (left, right) {
            (Some((path, left)), Some((_, right))) => {
                let respects = respects(&left.node, &right.node);
                if respects.is_empty() {
                    continue;
                }
                (path, Change::Changed(respects))
            }
            (Some((path, left)), None) => (path, Change::Went(What::of(&left.node))),
            (None, Some((path, right))) => (path, Change::Came(What::of(&right.node))),
            (None, None) => return found,
        };
        found.push(Difference { path: path.to_string(), change });
    }
}

fn respects(before: &Node, after: &Node) -> Vec<Respect> {
    let mut found = Vec::new();
    match (&before.kind, &after.kind) {
        (Kind::File(old), Kind::File(new)) => {
            if old.size != new.size {
                found.push(Respect::Size(old.size, new.size));
            }
            if old.digest != new.digest {
                found.push(Respect::Content);
            }
        }
        (Kind::Symlink(old), Kind::Symlink(new)) if old != new => {
            found.push(Respect::Target(old.to_string(), new.to_string()));
        }
        (
            Kind::CharacterDevice { major, minor },
            Kind::CharacterDevice { major: major_after, minor: minor_after },
        )
        | (
            Kind::BlockDevice { major, minor },
            Kind::BlockDevice { major: major_after, minor: minor_after },
        ) if (major, minor) != (major_after, minor_after) => {
            found.push(Respect::Device((*major, *minor), (*major_after, *minor_after)));
        }
        _ if word(before) != word(after) => found.push(Respect::Type(word(before), word(after))),
        _ => {}
    }
    // The mode of a link is ignored by Linux, and written down differently by those who save images.
    if before.mode != after.mode && !matches!(after.kind, Kind::Symlink(_)) {
        found.push(Respect::Mode(before.mode, after.mode));
    }
    let (old, new) = ((before.user, before.group), (after.user, after.group));
    if old != new {
        found.push(Respect::Owner(old, new));
    }
    if before.attributes != after.attributes {
        found.push(Respect::Attributes(attributes(before, after)));
    }
    found
}

fn attributes(before: &Node, after: &Node) -> Vec<String> {
    let only = |one: &Node, other: &Node| -> Vec<String> {
        let missing = one.attributes.iter().filter(|it| !other.attributes.contains(it));
        missing.map(|(name, _)| name.clone()).collect()
    };
    let mut names = only(before, after);
    names.extend(only(after, before));
    names.sort();
    names.dedup();
    names
}

impl What {
    fn of(node: &Node) -> Self {
        Self { word: word(node), size: node.size() }
    }
}

fn word(node: &Node) -> &'static str {
    match node.kind {
        Kind::File(_) => "file",
        Kind::Folder => "folder",
        Kind::Symlink(_) => "symbolic link",
        Kind::CharacterDevice { .. } => "character device",
        Kind::BlockDevice { .. } => "block device",
        Kind::Fifo => "fifo",
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            Change::Went(what) => write!(f, "`{}` went: {what}", self.path),
            Change::Came(what) => write!(f, "`{}` came: {what}", self.path),
            Change::Changed(respects) => {
                write!(f, "`{}` changed: ", self.path)?;
                for (index, respect) in respects.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{respect}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.word, self.size) {
            ("file", 1) => f.write_str("a file of 1 byte"),
            ("file", size) => write!(f, "a file of {size} bytes"),
            (word, _) => write!(f, "a {word}"),
        }
    }
}

impl fmt::Display for Respect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(old, new) => write!(f, "from a {old} to a {new}"),
            Self::Mode(old, new) => write!(f, "mode {old:o} to {new:o}"),
            Self::Owner(old, new) => write!(f, "owner {}:{} to {}:{}", old.0, old.1, new.0, new.1),
            Self::Size(old, new) => write!(f, "size {old} to {new}"),
            Self::Content => f.write_str("content"),
            Self::Target(old, new) => write!(f, "target `{old}` to `{new}`"),
            Self::Device(old, new) => {
                write!(f, "device {}:{} to {}:{}", old.0, old.1, new.0, new.1)
            }
            Self::Attributes(names) => write!(f, "attributes {}", names.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use crate::verify::testing::{Tar, put, tree};

    fn shown(before: Tar, after: Tar) -> Vec<String> {
        compare(&tree(&[before]), &tree(&[after])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_went_and_came() {
        let before = Tar::default().file("a", "12").folder("d").symlink("l", "a").file("same", "x");
        let after = Tar::default().file("d-", "1").file("e/f", "1").file("same", "x");
        assert_eq!(
            shown(before, after),
            [
                "`/a` went: a file of 2 bytes",
                "`/d` went: a folder",
                "`/d-` came: a file of 1 byte",
                "`/e` came: a folder",
                "`/e/f` came: a file of 1 byte",
                "`/l` went: a symbolic link",
            ]
        );
    }

    #[test]
    fn what_changed_in_what() {
        let owner = |it: &mut [u8; 512]| put(it, 108, b"0001750\0");
        let capable: (&[u8], &[u8]) = (b"SCHILY.xattr.security.capability", b"\x01");
        let before = Tar::default()
            .file("content", "12")
            .file("size", "12")
            .with_mode("mode", 0o4755, "")
            .file("owner", "")
            .file("type", "")
            .symlink("link", "a")
            .entry("device", b'3', "", b"", |it| put(it, 337, b"0000003\0"))
            .pax(&[capable])
            .file("capable", "");
        let after = Tar::default()
            .file("content", "13")
            .file("size", "123")
            .with_mode("mode", 0o755, "")
            .entry("owner", b'0', "", b"", owner)
            .folder("type")
            .symlink("link", "b")
            .entry("device", b'3', "", b"", |it| put(it, 337, b"0000005\0"))
            .file("capable", "");
        assert_eq!(
            shown(before, after),
            [
                "`/capable` changed: attributes security.capability",
                "`/content` changed: content",
                "`/device` changed: device 0:3 to 0:5",
                "`/link` changed: target `a` to `b`",
                "`/mode` changed: mode 4755 to 755",
                "`/owner` changed: owner 0:0 to 1000:0",
                "`/size` changed: size 2 to 3, content",
                "`/type` changed: from a file to a folder, mode 644 to 755",
            ]
        );
    }
}
