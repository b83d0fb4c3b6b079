//! A folder to run the command in, and what it printed.

use jettison::transform::Transform;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A Dockerfile in which something is to do, and what becomes of it.
pub(crate) const MERGEABLE: &str = "FROM debian\nRUN a\nRUN b\n";
pub(crate) const MERGED: &str = "FROM debian\nRUN a \\\n    && b\n";

/// Nothing else, where it would have something to say.
pub(crate) const MERGING: &str = "--only=merge-runs";

/// A Dockerfile in which nothing is to do.
pub(crate) const CLEAN: &str = "FROM debian\nRUN a\n";

/// A folder of its own that goes when it is dropped.
pub(crate) struct Folder(tempfile::TempDir);

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with one `Dockerfile`.
    pub(crate) fn with(text: &str) -> Self {
        let folder = Self::new();
        folder.write("Dockerfile", text);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = self.file(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// The command in this folder, with an environment that asks for nothing.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jettison"));
        command.current_dir(self.path());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        let ours = std::env::vars_os().map(|(name, _)| name);
        for name in ours.filter(|name| name.to_string_lossy().starts_with("JETTISON_")) {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        ran(self.command().args(arguments).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, input: &[u8], arguments: &[&str]) -> Ran {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // What comes out may wait for a reader while there is more to write.
            scope.spawn(move || stdin.write_all(input).unwrap());
            ran(child.wait_with_output().unwrap())
        })
    }

    /// Another program in this folder; it has to succeed.
    pub(crate) fn other(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        let output = command.args(arguments).current_dir(self.path()).output().unwrap();
        let told = ran(output);
        assert_eq!(told.code, 0, "{program} {arguments:?}: {}{}", told.out, told.err);
        told.out
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        self.other("git", &[&identity[..], arguments].concat())
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the command line in this process over other transforms than the real ones.
pub(crate) fn run_over(transforms: &'static [&'static Transform], arguments: &[&OsStr]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let fixed = ["jettison", "--color", "never"].map(OsString::from);
    let arguments = arguments.iter().map(|argument| argument.to_os_string());
    let code =
        jettison::cli::run(fixed.into_iter().chain(arguments), transforms, &mut out, &mut err);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: i32::from(code), out: text(out), err: text(err) }
}

/// Whether the tests run as a user who may do everything.
pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout == b"0\n")
}
