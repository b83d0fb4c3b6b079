//! Reads many small files of one folder with few calls for each: a decision may need thousands of them.

use std::path::PathBuf;
use std::sync::Arc;

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
        let status = rustix::fs::fstat(&file).ok()?;
        let size = usize::try_from(status.st_size).ok()?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile || size > self.largest {
            return None;
        }
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        let mut filled = 0;
        while filled < size {
            match rustix::io::read(&file, &mut self.buffer[filled..size]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(rustix::io::Errno::INTR) => (),
                Err(_) => return None,
            }
        }
        std::str::from_utf8(&self.buffer[..filled]).ok().map(Arc::from)
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
}
