//! The command in a repository of its own, with an engine of its own.

use crate::bench::{files, write};
use crate::fake::Fake;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

pub(crate) struct Project {
    pub(crate) fake: Fake,
    pub(crate) folder: tempfile::TempDir,
    /// What the command takes for the folder of temporary files.
    temporary: tempfile::TempDir,
}

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    /// With files by their paths.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let [folder, temporary] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        // Enough of a repository for who looks for its top.
        fs::create_dir_all(folder.path().join(".git/objects")).unwrap();
        fs::create_dir_all(folder.path().join(".git/refs")).unwrap();
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        files.iter().for_each(|(name, text)| write(folder.path(), name, text));
        Self { fake: Fake::new(), folder, temporary }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jettison"));
        command.arg("verify").args(arguments).arg("--engine").arg(self.fake.program());
        command.current_dir(self.folder.path()).env("TMPDIR", self.temporary.path());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let before = self.files();
        let ran = ran(self.command(arguments).output().unwrap());
        self.is_as_before(&before);
        ran
    }

    pub(crate) fn files(&self) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
        files(self.folder.path())
    }

    /// Nothing is left: in the engine, in the folder of temporary files, in the repository.
    pub(crate) fn is_as_before(&self, before: &BTreeMap<PathBuf, (Vec<u8>, SystemTime)>) {
        assert_eq!(self.fake.holds(), [""; 0], "something is left in the engine");
        assert_eq!(files(self.temporary.path()), BTreeMap::new(), "temporary files are left");
        assert_eq!(self.files(), *before, "files of the user were touched");
    }
}

pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}
