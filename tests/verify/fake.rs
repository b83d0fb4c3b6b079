//! An engine of its own for each test; `engine/docker.py` says what it can do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Goes when it is dropped, with all that it holds.
pub(crate) struct Fake {
    folder: tempfile::TempDir,
}

/// Where Python is, past what chooses among several versions: that takes longer than the engine itself.
static PYTHON: LazyLock<String> = LazyLock::new(|| {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let told = String::from_utf8(asked.expect("the tests need python3").stdout).unwrap();
    told.trim().to_owned()
});

impl Fake {
    pub(crate) fn new() -> Self {
        let fake = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(fake.place("images")).unwrap();
        fs::create_dir(fake.place("containers")).unwrap();
        let script = format!(
            "#!{} -IS\nimport sys\nsys.path.insert(0, {:?})\nsys.pycache_prefix = {:?}\nimport docker\n\
             sys.exit(docker.main({:?}, sys.argv[1:]))\n",
            *PYTHON,
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verify/engine"),
            env!("CARGO_TARGET_TMPDIR"),
            fake.folder.path(),
        );
        // By another process: a program that somebody has open for writing cannot be started, and whatever another
        // test starts at this moment has it open too.
        let write = "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\"";
        let mut shell = Command::new("sh");
        let written = shell.args(["-c", write]).arg(fake.program()).arg(script).status();
        assert!(written.unwrap().success());
        fake
    }

    pub(crate) fn program(&self) -> PathBuf {
        self.place("docker")
    }

    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// From now on it does this wrong.
    pub(crate) fn fails_by(&self, fault: &str) {
        fs::write(self.place("fault"), fault).unwrap();
    }

    /// From now on it packs layers.
    pub(crate) fn packs(&self) {
        fs::write(self.place("layers"), "gzip").unwrap();
    }

    /// What it was told, as far as it begins with a word.
    pub(crate) fn calls(&self, word: &str) -> Vec<String> {
        let all = fs::read_to_string(self.place("calls")).unwrap_or_default();
        let told = all.lines().filter(|line| line.split(' ').next() == Some(word));
        told.map(str::to_owned).collect()
    }

    /// Images and containers that are there.
    pub(crate) fn holds(&self) -> Vec<String> {
        let folders = ["images", "containers"].map(|it| fs::read_dir(self.place(it)).unwrap());
        let entries = folders.into_iter().flatten();
        entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
    }
}
