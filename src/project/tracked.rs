//! What git tracks, as its index tells: files that are added although it is told to ignore them, too.

use std::path::{Path, PathBuf};

/// Bytes of an index that is read.
const LARGEST: u64 = 256 << 20;

/// The files that the repository with the top `top` tracks, from there with `/`, sorted. `None` where there is
/// no index that can be read: nothing is known then.
pub(super) fn files(top: &Path) -> Option<Vec<String>> {
    let path = index_of(top)?;
    let is_read = path.metadata().is_ok_and(|it| it.is_file() && it.len() <= LARGEST);
    let index = is_read.then(|| std::fs::read(path).ok()).flatten()?;
    let mut files = entries(&index)?;
    files.sort_unstable();
    files.dedup();
    Some(files)
}

/// `.git` is a folder, or a file that names it: of submodules and of further working trees.
fn index_of(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    if git.is_dir() {
        return Some(git.join("index"));
    }
    let text = std::fs::read_to_string(git).ok()?;
    Some(top.join(text.strip_prefix("gitdir:")?.trim()).join("index"))
}

/// The paths in an index of version 2, 3 or 4, as git's "index format" describes it, with object names of
/// 20 bytes. Names that are no UTF-8 are left out.
fn entries(index: &[u8]) -> Option<Vec<String>> {
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    let (version, count) = (number(4)?, number(8)?);
    if index.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut all = Vec::new();
    let mut name: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..count {
        let start = at;
        let is_extended = index.get(at + 60)? & 0x40 != 0;
        at += if is_extended { 64 } else { 62 };
        if version == 4 {
            let removed = offset(index, &mut at)?;
            name.truncate(name.len().checked_sub(removed)?);
        } else {
            name.clear();
        }
        let length = memchr::memchr(0, index.get(at..)?)?;
        name.extend(&index[at..at + length]);
        at += length + 1;
        if version < 4 {
            // With zeros up to a multiple of eight bytes.
            at = start + (at - start).next_multiple_of(8);
        }
        all.extend(std::str::from_utf8(&name).ok().map(str::to_owned));
    }
    Some(all)
}

/// A number as git writes offsets: seven bits a byte, each continued one counted from one.
fn offset(index: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0_usize;
    loop {
        let byte = *index.get(*at)?;
        *at += 1;
        value += usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = (value + 1).checked_mul(128)?;
    }
}

#[cfg(test)]
mod tests {
    use super::{entries, files};

    /// An index of entries that share nothing with each other.
    fn index(version: u32, names: &[&str]) -> Vec<u8> {
        let mut index = b"DIRC".to_vec();
        index.extend(version.to_be_bytes());
        index.extend(u32::try_from(names.len()).unwrap().to_be_bytes());
        let mut before = 0;
        for name in names {
            let start = index.len();
            index.extend([0; 60]);
            index.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
            if version == 4 {
                index.push(u8::try_from(before).unwrap());
                before = name.len();
            }
            index.extend(name.as_bytes());
            index.push(0);
            while version < 4 && !(index.len() - start).is_multiple_of(8) {
                index.push(0);
            }
        }
        index
    }

    #[test]
    fn every_version_names_its_files() {
        let names = ["a", "folder/file.txt", "folder/longer-than-the-others.txt"];
        for version in [2, 3, 4] {
            assert_eq!(entries(&index(version, &names)).unwrap(), names, "{version}");
        }
        assert!(entries(&index(5, &names)).is_none() && entries(b"DIRC").is_none());
        let whole = index(2, &names);
        assert!((0..whole.len()).all(|end| entries(&whole[..end]).is_none()));
    }

    #[test]
    fn a_file_may_name_the_folder_of_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let (top, kept) = (folder.path().join("work"), folder.path().join("kept"));
        std::fs::create_dir_all(&top).unwrap();
        std::fs::create_dir_all(&kept).unwrap();
        std::fs::write(top.join(".git"), "gitdir: ../kept\n").unwrap();
        assert!(files(&top).is_none());
        std::fs::write(kept.join("index"), index(2, &["b", "a"])).unwrap();
        assert_eq!(files(&top).unwrap(), ["a", "b"]);
    }
}
