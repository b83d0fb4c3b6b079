//! What the sources of a program tell: which files it reads, what it starts, where it writes.

use super::super::calls::{self, Caller};
use super::super::case::Case;
use super::super::evidence::Sources;
use super::super::install::Made;
use super::super::names::Names;
use super::super::plan::{Copied, Plan};
use super::super::program::Program;
use super::super::{Stop, needs};
use super::packages::{Roots, is_source};
use crate::facts::resolve;
use crate::shell::command::base;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a source calls to write files; temporary ones are for everybody.
const WRITERS: &[&str] = &[
    "SaveUploadedFile(",
    "badger.Open(",
    "bbolt.Open(",
    "bolt.Open(",
    "ioutil.WriteFile(",
    "leveldb.OpenFile(",
    "lumberjack.",
    "os.Chmod(",
    "os.Create(",
    "os.Mkdir",
    "os.OpenFile(",
    "os.Remove",
    "os.Rename(",
    "os.WriteFile(",
    "sqlite",
];

/// What reads the folder that the program starts in, whatever is in there.
const WHOLE: &[&str] = &[
    "Dir(\".\")",
    "Dir(\"./\")",
    "DirFS(\".\")",
    "DirFS(\"./\")",
    "ReadDir(\".\")",
    "ReadDir(\"./\")",
    "Walk(\".\"",
    "WalkDir(\".\"",
];

/// The sources of the program.
pub(super) struct Read {
    /// Paths of the context with their texts.
    pub(super) files: Vec<(String, Arc<str>)>,
    embedded: BTreeSet<String>,
    /// Every file that arrives is named by its `COPY`, and is code: nothing else can be read.
    pub(super) only_code: bool,
}

const CODE: &[&str] =
    &[".go", ".s", ".c", ".h", ".cpp", ".cc", ".hpp", ".proto", ".sum", ".mod", ".work"];
const MANIFESTS: &[&str] = &["go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt"];

pub(super) fn read(case: &Case, roots: &Roots) -> Result<Read, Stop> {
    if let Err(stop) = case.files() {
        let is_code = |path: &str| {
            let name = base(path);
            !path.contains(['*', '?', '[']) && CODE.iter().any(|end| name.ends_with(end))
        };
        let all = || case.arrivals.iter().flat_map(|it| &it.paths);
        return match all().all(|path| path.as_deref().is_some_and(is_code)) {
            true => Ok(Read { files: Vec::new(), embedded: BTreeSet::new(), only_code: true }),
            false => Err(stop),
        };
    }
    let compiled = roots.sources(case)?;
    let is_compiled = |path: &str| match &compiled {
        Some(all) => all.contains(path),
        None => is_source(path),
    };
    let all = case.files()?.iter().map(|path| &**path).filter(|path| is_compiled(path));
    let all: Vec<&str> = all.collect();
    case.read_ahead(&all);
    let mut files = Vec::new();
    let mut embedded = BTreeSet::new();
    for path in all {
        if case.place(path)?.is_none() {
            continue;
        }
        let Some(text) = case.text(path) else {
            let reason = format!("`{path}` cannot be read");
            return Err(case.stop("unreadable-source", reason));
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let embeds = memchr::memmem::find(text.as_bytes(), b"//go:embed ").is_some();
        let lines = text.lines().filter(|_| embeds);
        for line in lines.filter_map(|it| it.strip_prefix("//go:embed ")) {
            for pattern in line.split_whitespace() {
                let pattern = pattern.trim_matches('"').trim_start_matches("all:");
                let fixed = pattern.split('*').next().unwrap_or_default().trim_end_matches('/');
                let path = resolve(Some(&format!("/{folder}")), fixed).unwrap_or_default();
                if path.len() > 1 {
                    embedded.insert(path.trim_start_matches('/').to_owned());
                }
            }
        }
        files.push((path.to_owned(), text));
    }
    Ok(Read { files, embedded, only_code: false })
}

impl Read {
    /// All of it.
    pub(super) fn text(&self) -> Vec<&str> {
        self.files.iter().map(|(_, text)| &**text).collect()
    }

    /// What the program reads when it runs.
    pub(super) fn files(
        &self,
        case: &Case,
        program: &Program,
        workdir: &str,
        made: &Made,
    ) -> Result<Vec<Copied>, Stop> {
        if self.only_code {
            return Ok(Vec::new());
        }
        let whole = Names::of(WHOLE);
        let whole = self.files.iter().find(|(_, text)| whole.are_in(text));
        if let Some((path, _)) = whole {
            if matches!(workdir, "/" | "/go" | "/root") {
                let reason =
                    format!("`{path}` reads all of `{workdir}`, which has more than the program");
                return Err(case.stop("reads-all", reason));
            }
            return Ok(vec![Copied::folder(workdir, format!("`{path}` reads all of it"))]);
        }
        let sources =
            Sources { code: CODE, manifests: MANIFESTS, embedded: &self.embedded, workdir };
        let files: Vec<&str> = self.files.iter().map(|(path, _)| path.as_str()).collect();
        let words = needs::words(case, program);
        let mut found = sources.read(case, &files, &words)?;
        for (folder, files) in self.other_folders(case, made)? {
            let sources = Sources { workdir: &folder, ..sources };
            found.extend(sources.read(case, &files, &[])?);
        }
        found.extend(needs::placed_elsewhere(case, &sources, &made.workdirs(case), "/go/src")?);
        Ok(found)
    }

    /// From which folders else paths may begin, with the sources that may name them: that of the program, which
    /// it can ask for, and that of a source, which the compiler writes into it.
    fn other_folders(&self, case: &Case, made: &Made) -> Result<Vec<(String, Vec<&str>)>, Stop> {
        let mut all = Vec::new();
        let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        if self.files.iter().any(|(_, text)| text.contains("os.Executable(")) {
            let files = || self.files.iter().map(|(path, _)| path.as_str()).collect();
            all.extend(made.programs.iter().filter_map(|it| Some((folder(it)?, files()))));
        }
        for (path, _) in self.files.iter().filter(|(_, text)| text.contains("runtime.Caller(")) {
            let place = case.place(path)?.unwrap_or_default();
            all.extend(folder(&place).map(|it| (it, vec![path.as_str()])));
        }
        all.retain(|(folder, _)| !folder.is_empty());
        Ok(all)
    }

    /// Programs that it starts by their names.
    pub(super) fn programs(&self, case: &Case, made: &Made, plan: &mut Plan) -> Result<(), Stop> {
        for (path, text) in self.files.iter().filter(|(_, text)| text.contains("exec.Command")) {
            let caller = Caller { case, made, path };
            for (at, call) in text.match_indices("exec.Command") {
                let rest = &text[at + call.len()..];
                let (skipped, rest) = match rest.strip_prefix("Context(") {
                    Some(rest) => (1, Some(rest)),
                    None => (0, rest.strip_prefix('(')),
                };
                let words = rest.map(|it| calls::words(it).0).unwrap_or_default();
                caller.program(words.get(skipped..).unwrap_or_default(), plan)?;
            }
        }
        Ok(())
    }

    /// Why it has to stay root.
    pub(super) fn root(&self, case: &Case) -> Option<String> {
        let writes = needs::writes(&self.files, WRITERS);
        writes.or_else(|| needs::low_port(case, &self.text()))
    }
}
