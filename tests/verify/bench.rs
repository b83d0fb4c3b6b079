//! What is proven, where, and with what patience.

use crate::fake::Fake;
use jettison::verify::case::{Build, Case, Step, Texts, Verification};
use jettison::verify::engine::{Cancel, Engine, Run, find};
use jettison::verify::proof::{Options, Prover};
use jettison::verify::settle::{Settled, settle};
use jettison::verify::smoke::Patience;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The names of the steps that [`steps`] makes.
pub(crate) const STEPS: [&str; 3] = ["step-one", "step-two", "step-three"];

/// What is replaced in a Dockerfile by what, and the difference that it makes.
pub(crate) type Harm = (&'static str, &'static str, &'static str);

/// Settings that go or change in the Dockerfiles of `damage` and `real`.
pub(crate) const SETTINGS: &[Harm] = &[
    ("ENV MODE=fast\n", "", "Env `MODE` went: it was `fast`"),
    ("[\"go\"]", "[\"stay\"]", r#"Cmd changed: `[\"go\"]` is now `[\"stay\"]`"#),
    (
        "[\"app\"]",
        "[\"app\", \"x\"]",
        r#"Entrypoint changed: `[\"app\"]` is now `[\"app\",\"x\"]`"#,
    ),
    ("team=blue", "team=red", "Labels `team` changed: `blue` is now `red`"),
    ("EXPOSE 8080\n", "", "ExposedPorts `8080/tcp` went: it was `8080/tcp`"),
    ("VOLUME /data\n", "", "Volumes `/data` went: it was `/data`"),
    ("SIGINT", "SIGTERM", "StopSignal changed: `SIGINT` is now `SIGTERM`"),
    ("ONBUILD RUN true\n", "", r#"OnBuild went: it was `[\"RUN true\"]`"#),
];

/// An engine, a build context and options. Whatever is done here, the context stays as it is, and of what was built
/// nothing stays.
pub(crate) struct Bench {
    pub(crate) fake: Fake,
    pub(crate) context: tempfile::TempDir,
    pub(crate) options: Options,
}

impl Bench {
    /// Nothing is started.
    pub(crate) fn new() -> Self {
        let (fake, context) = (Fake::new(), tempfile::tempdir().unwrap());
        Self { fake, context, options: options(false) }
    }

    /// Images are started.
    pub(crate) fn that_starts() -> Self {
        Self { options: options(true), ..Self::new() }
    }

    /// Nothing is started, and noise is not measured.
    pub(crate) fn that_caches() -> Self {
        let mut bench = Self::new();
        bench.options.cache = true;
        bench
    }

    /// A file of the context.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        write(self.context.path(), name, contents);
        self
    }

    /// A case in which each text follows from the one before it.
    pub(crate) fn case(&self, texts: &[&str]) -> Case {
        let texts: Vec<Texts> = texts.iter().map(|it| plain(it)).collect();
        let build = Build { context: self.context.path().to_owned(), ..Build::default() };
        let (before, after) = texts.split_first().unwrap();
        let steps = after.iter().zip(STEPS).map(|(after, transform)| {
            let (transform, after) = (transform.to_owned(), after.clone());
            Step { transform, after, declares: Vec::new() }
        });
        Case {
            name: "Dockerfile".to_owned(),
            before: before.clone(),
            steps: steps.collect(),
            build,
        }
    }

    pub(crate) fn verify(&self, case: &Case) -> Verification {
        self.prove(|prover| prover.verify(case))
    }

    /// Settles which of [`STEPS`] are kept.
    pub(crate) fn settle(&self, cases: &dyn Fn(&[String]) -> Vec<Case>) -> Settled {
        let all = STEPS.map(str::to_owned);
        self.prove(|prover| settle(prover, &all, cases))
    }

    /// Proves, and sees that nothing is left.
    pub(crate) fn prove<T>(&self, work: impl FnOnce(&mut Prover<'_>) -> T) -> T {
        let before = files(self.context.path());
        let cancel = Cancel::default();
        let engine = find(self.fake.program().to_str(), &cancel).unwrap();
        let (proven, _) = prove_with(&*engine, self.fake.path(), &self.options, work);
        assert_eq!(self.fake.holds(), [""; 0], "something is left in the engine");
        assert_eq!(files(self.context.path()), before, "the context was touched");
        proven
    }
}

/// Proves with any engine, and tells the label of what was made; `locks` is a folder of the test's own.
pub(crate) fn prove_with<T>(
    engine: &dyn Engine,
    locks: &Path,
    options: &Options,
    work: impl FnOnce(&mut Prover<'_>) -> T,
) -> (T, String) {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::begin(engine, locks).unwrap();
    let mut tell = |_: &str| ();
    let mut prover = Prover::new(&run, options, folder.path(), &mut tell);
    (work(&mut prover), run.label())
}

pub(crate) fn options(starts: bool) -> Options {
    let seconds = Duration::from_secs;
    Options {
        secrets: Vec::new(),
        ssh: Vec::new(),
        cache: false,
        timeout: seconds(60),
        command: None,
        starts,
        scan: false,
        patience: Patience {
            ready: seconds(3),
            ends: Duration::from_millis(800),
            call: Duration::from_millis(800),
            stop: seconds(1),
        },
    }
}

pub(crate) fn plain(dockerfile: &str) -> Texts {
    Texts { dockerfile: dockerfile.into(), ignore: None }
}

pub(crate) fn write(folder: &Path, name: &str, contents: impl AsRef<[u8]>) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, contents).unwrap();
}

/// All that is below a folder: contents of files, and when they and folders were changed last.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let changed = path.symlink_metadata().unwrap().modified().unwrap();
            let contents = fs::read(&path).unwrap_or_default();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path, (contents, changed));
        }
    }
    found
}
