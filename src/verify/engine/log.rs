//! The log of a build: a file of limited size, its last lines in memory, and the step last seen.
//!
//! It reads whatever an engine prints, in pieces of any size; nothing of it is trusted.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Of a longer log the file holds the beginning, and then the last lines.
const FILE: u64 = 64 << 20;
const TAIL: usize = 64 << 10;
/// Of a longer line the rest is only in the file.
const LINE: usize = 4 << 10;

/// What is known of a build by what its engine has printed.
#[derive(Debug, Default)]
pub(super) struct Log {
    file: Option<File>,
    /// Bytes in the file, or the reason why there are no more.
    written: u64,
    trouble: Option<String>,
    cut: bool,
    line: Vec<u8>,
    tail: VecDeque<String>,
    tail_bytes: usize,
    step: Option<String>,
}

impl Log {
    /// Without a path only the last lines are kept.
    pub(super) fn create(path: Option<&Path>) -> Self {
        let mut log = Self::default();
        match path.map(File::create) {
            Some(Ok(file)) => log.file = Some(file),
            Some(Err(error)) => log.trouble = Some(error.to_string()),
            None => {}
        }
        log
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let room = usize::try_from(FILE - self.written.min(FILE)).unwrap_or(usize::MAX);
        let fits = &bytes[..bytes.len().min(room)];
        self.write(fits);
        self.written += fits.len() as u64;
        if fits.len() < bytes.len() && !self.cut {
            self.cut = true;
            self.write(b"\n[... the log is longer than this file may be; its end follows ...]\n");
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE - self.line.len().min(LINE);
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// Nothing more will come.
    pub(super) fn finish(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
        if self.cut {
            let tail = self.tail();
            self.write(tail.as_bytes());
        }
        self.cut = false;
    }

    /// The last lines, each with its line end.
    pub(super) fn tail(&self) -> String {
        self.tail.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// What the engine said last that it would do: `[build 3/7] RUN make`.
    pub(super) fn step(&self) -> Option<&str> {
        self.step.as_deref()
    }

    /// Why the file is not complete, if it is not.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// A log that cannot be written is no reason to end a build.
    fn write(&mut self, bytes: &[u8]) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(bytes)
        {
            self.trouble = Some(error.to_string());
            self.file = None;
        }
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line))
            .trim_end_matches(['\n', '\r'])
            .to_owned();
        if let Some(step) = step(&line) {
            self.step = Some(step.to_owned());
        }
        self.tail_bytes += line.len() + 1;
        self.tail.push_back(line);
        while self.tail_bytes > TAIL
            && let Some(first) = self.tail.pop_front()
        {
            self.tail_bytes -= first.len() + 1;
        }
    }
}

/// The step that a line announces: BuildKit's `#12 [build 3/7] RUN make`, and `STEP 3/7: RUN make` or
/// `[1/2] STEP 3/7: RUN make` of Podman and Buildah.
pub(super) fn step(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix('#') {
        let (number, step) = rest.split_once(' ')?;
        let is_step = step.starts_with('[') && step.contains("] ");
        return (number.parse::<u32>().is_ok() && is_step).then_some(step);
    }
    let after_stage = match line.strip_prefix('[') {
        Some(rest) => rest.split_once("] ")?.1,
        None => line,
    };
    let counted = after_stage.strip_prefix("STEP ")?.split_once(": ")?.0;
    counted.starts_with(|it: char| it.is_ascii_digit()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::{FILE, Log, TAIL, step};

    #[test]
    fn steps_are_known_by_how_engines_announce_them() {
        assert_eq!(step("#6 [build 3/7] RUN make"), Some("[build 3/7] RUN make"));
        assert_eq!(step("#1 [internal] load build context"), Some("[internal] load build context"));
        assert_eq!(step("[2/2] STEP 3/5: RUN make"), Some("[2/2] STEP 3/5: RUN make"));
        assert_eq!(step("STEP 3/5: RUN make"), Some("STEP 3/5: RUN make"));
        for other in
            ["#6 0.258 [x] y", "#6 DONE 0.0s", "# [a] b", "STEP by step: x", "[x] STEP", ""]
        {
            assert_eq!(step(other), None, "{other}");
        }
    }

    #[test]
    fn a_log_of_any_length_takes_little_memory_and_a_limited_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::create(Some(&path));
        log.take(b"the first line\n");
        for number in 0..200_000 {
            log.take(format!("#7 {number} {}\n", "x".repeat(500)).as_bytes());
        }
        log.take(&vec![b'y'; 20_000_000]);
        log.take(b"\n#8 [2/2] RUN the last");
        log.finish();
        assert!(log.tail().len() <= TAIL);
        assert!(log.tail().ends_with("#8 [2/2] RUN the last\n"));
        assert_eq!(log.step(), Some("[2/2] RUN the last"));
        let length = std::fs::metadata(&path).unwrap().len();
        assert!(length > FILE && length < FILE + 2 * TAIL as u64, "{length}");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("the first line\n"));
        assert!(text.ends_with("#8 [2/2] RUN the last\n"));
        assert!(text.contains("the log is longer"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_and_does_not_end_the_build() {
        let mut log = Log::create(Some(std::path::Path::new("/dev/full")));
        log.take(b"one\n");
        log.finish();
        assert!(log.trouble().is_some());
        assert_eq!(log.tail(), "one\n");
    }
}
