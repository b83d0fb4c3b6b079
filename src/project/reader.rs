//! Reads many small files of one folder with few calls for each: a decision may need thousands of them.

use std::path::PathBuf;
use std::sync::Arc;

/// Bytes that file systems hand out at least, but for the last of a file.
#[cfg(unix)]
const PAGE: usize = 4096;

/// Reads texts below a folder, one after the other. Neighbours are read from their own folder, opened once.
#[derive(Debug)]
pub(super) struct Reader {
    root: PathBuf,
    /// Bytes of a file that is read.
    largest: usize,
    #[cfg(unix)]
    folder: Option<(String, rustix::fd::OwnedFd)>,
    #[cfg(unix)]
    buffer: Vec<u8>,
}

#[cfg(unix)]
impl Reader {
    pub(super) fn new(root: PathBuf, largest: usize) -> Self {
        Self { root, largest, folder: None, buffer: Vec::new() }
    }

    /// The text at a path that does not lead through a link; `None` if it is no file, large, or not UTF-8.
    pub(super) fn read(&mut self, path: &str) -> Option<Arc<str>> {
        use rustix::fs::{FileType, Mode, OFlags};
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if self.folder.as_ref().is_none_or(|(opened, _)| opened != folder) {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let opened = rustix::fs::open(self.root.join(folder), flags, Mode::empty()).ok()?;
            self.folder = Some((folder.to_owned(), opened));
        }
        let (_, folder) = self.folder.as_ref()?;
        // A pipe would wait for somebody who writes.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(folder, name, flags, Mode::empty()).ok()?;
        let filled = self.fill(&file)?;
        // What gives nothing, or no end, may be no file.
        let is_file = || {
            let status = rustix::fs::fstat(&file).ok()?;
            Some(FileType::from_raw_mode(status.st_mode) == FileType::RegularFile)
        };
        if filled > self.largest || filled % PAGE == 0 && !is_file()? {
            return None;
        }
        std::str::from_utf8(&self.buffer[..filled]).ok().map(Arc::from)
    }

    /// Reads up to one byte more than may be in a file. How many there were.
    fn fill(&mut self, file: &rustix::fd::OwnedFd) -> Option<usize> {
        let end = self.largest + 1;
        let mut filled = 0;
        while filled < end {
            if filled == self.buffer.len() {
                self.buffer.resize(end.min(filled * 4 + 4 * PAGE), 0);
            }
            match rustix::io::read(file, &mut self.buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => {
                    filled += count;
                    // Only the end of a file is no whole page, and then no further call has to say so.
                    if filled % PAGE != 0 {
                        break;
                    }
                }
                Err(rustix::io::Errno::INTR) => (),
                Err(_) => return None,
            }
        }
        Some(filled)
    }
}

#[cfg(not(unix))]
impl Reader {
    pub(super) fn new(root: PathBuf, largest: usize) -> Self {
        Self { root, largest }
    }

    /// The text at a path that does not lead through a link; `None` if it is no file, large, or not UTF-8.
    pub(super) fn read(&mut self, path: &str) -> Option<Arc<str>> {
        let file = self.root.join(path);
        let metadata = file.symlink_metadata().ok()?;
        let readable = metadata.is_file() && metadata.len() <= self.largest as u64;
        readable.then(|| std::fs::read_to_string(file).ok().map(Arc::from))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_in_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        let files: &[(&str, &[u8])] = &[
            ("top", b"t"),
            ("empty", b""),
            ("large", b"123456789"),
            ("bytes", b"\xff"),
            ("a/one", b"1"),
            ("a/two", b"22"),
            ("a/b/three", "ä".as_bytes()),
        ];
        for (path, text) in files {
            std::fs::write(root.join(path), text).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("top", root.join("link")).unwrap();
        let mut reader = Reader::new(root.to_owned(), 8);
        let mut text = |path: &str| reader.read(path).map(|it| it.to_string());
        let known = ["top", "a/one", "a/b/three", "a/two", "empty"];
        assert_eq!(known.map(|it| text(it).unwrap()), ["t", "1", "ä", "22", ""]);
        assert!(
            ["large", "bytes", "a", "gone", "gone/one", "link"].iter().all(|it| text(it).is_none())
        );
        assert_eq!(text("top").unwrap(), "t");
    }

    #[test]
    fn files_of_whole_pages_end_where_they_end() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let sizes = [4095, 4096, 4097, 16384, 65536, 100_000, 131_072];
        for size in sizes {
            std::fs::write(root.join(size.to_string()), "x".repeat(size)).unwrap();
        }
        let mut reader = Reader::new(root.to_owned(), 100_000);
        let read = sizes.map(|size| reader.read(&size.to_string()).map(|it| it.len()));
        assert_eq!(
            read,
            [4095, 4096, 4097, 16384, 65536, 100_000, 0].map(|it| (it > 0).then_some(it))
        );
        #[cfg(unix)]
        {
            let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status();
            assert!(made.unwrap().success() && reader.read("pipe").is_none());
        }
    }
}
