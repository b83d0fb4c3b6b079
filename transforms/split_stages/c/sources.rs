//! What the sources of a C program say of the files, programs and ports that it uses.

use super::super::Stop;
use super::super::calls::{self, Caller, Word};
use super::super::case::Case;
use super::super::evidence::Sources;
use super::super::install::Made;
use super::super::names::Names;
use super::super::needs;
use super::super::plan::{Copied, Plan};
use super::super::program::Program;
use crate::shell::command::base;
use std::collections::BTreeSet;
use std::sync::Arc;

const CODE: &[&str] = &[
    ".C", ".S", ".a", ".ac", ".am", ".c", ".c++", ".cc", ".cmake", ".cpp", ".cxx", ".h", ".h++",
    ".hh", ".hpp", ".hxx", ".in", ".inl", ".ipp", ".l", ".m4", ".mk", ".o", ".proto", ".s", ".tcc",
    ".y",
];
const TEXTS: &[&str] = &[
    ".C", ".c", ".c++", ".cc", ".cpp", ".cxx", ".h", ".h++", ".hh", ".hpp", ".hxx", ".inl", ".ipp",
    ".tcc",
];
const MANIFESTS: &[&str] = &[
    ".clang-format",
    ".clang-tidy",
    "CMakeLists.txt",
    "CMakePresets.json",
    "GNUmakefile",
    "Makefile",
    "Makefile.am",
    "autogen.sh",
    "configure",
    "meson.build",
    "meson_options.txt",
];

/// What a source calls to write files, or to do what only root may.
const WRITERS: &[&str] = &[
    "O_CREAT",
    "O_RDWR",
    "O_WRONLY",
    "chroot(",
    "create_directories",
    "fopen64(",
    "freopen(",
    "mkdir(",
    "mkfifo(",
    "mount(",
    "ofstream",
    "remove(",
    "rename(",
    "rmdir(",
    "setgid(",
    "setuid(",
    "sqlite3_open",
    "::fstream",
    "truncate(",
    "unlink(",
];

/// The sources of the program.
pub(super) struct Read {
    /// Paths of the context with their texts.
    files: Vec<(String, Arc<str>)>,
}

pub(super) fn read(case: &Case) -> Result<Read, Stop> {
    let mut files = Vec::new();
    for path in case.arriving(|path| TEXTS.iter().any(|it| path.ends_with(it)))? {
        let is_header = [".h", ".hh", ".hpp"].iter().any(|it| path.ends_with(it));
        let Some(text) = case.text(path) else {
            // A library in one file is too large to be read.
            if is_header {
                continue;
            }
            let reason = format!("`{path}` cannot be read");
            return Err(case.stop("unreadable-source", reason));
        };
        files.push((path.to_owned(), text));
    }
    let is_header = |path: &str| {
        let end = path.rsplit('.').next().unwrap_or_default();
        matches!(end, "h" | "h++" | "hh" | "hpp" | "hxx" | "inl" | "ipp" | "tcc")
    };
    if files.iter().all(|(path, _)| is_header(path)) {
        let reason = "the sources of the program are not in the build context".to_owned();
        return Err(case.stop("sources-elsewhere", reason));
    }
    Ok(Read { files })
}

/// Every file of the context that is no source: what code from elsewhere reads, nothing tells.
fn all_data(case: &Case, sources: &Sources) -> Result<Vec<Copied>, Stop> {
    const MOST: usize = 40;
    let mut all = Vec::new();
    for path in case.files()?.iter().filter(|it| sources.is_data(it)) {
        let place = case.place(path)?;
        let because = "code from elsewhere may read it";
        all.extend(place.map(|it| Copied::file(&it, because)));
    }
    match all.len() > MOST {
        true => {
            let reason = "which of its files code from elsewhere reads is not known".to_owned();
            Err(case.stop("reads-all", reason))
        }
        false => Ok(all),
    }
}

impl Read {
    pub(super) fn texts(&self) -> Vec<&str> {
        self.files.iter().map(|(_, text)| &**text).collect()
    }

    /// What the program reads when it runs.
    pub(super) fn files(
        &self,
        case: &Case,
        program: &Program,
        plan: &mut Plan,
    ) -> Result<(), Stop> {
        let workdir = case.workdir()?;
        let reads_all = ["opendir(\".\")", "directory_iterator(\".\")", "scandir(\".\""];
        let reads_all = Names::of(&reads_all);
        if let Some((path, _)) = self.files.iter().find(|(_, text)| reads_all.are_in(text)) {
            let reason = format!("`{path}` reads all of `{workdir}`, in which it is built, too");
            return Err(case.stop("reads-all", reason));
        }
        if let Some((path, _)) = self.files.iter().find(|(_, text)| text.contains("dlopen(")) {
            plan.doubts.push(format!("which libraries `{path}` loads is not known"));
        }
        let embedded = BTreeSet::new();
        let sources = Sources { code: CODE, manifests: MANIFESTS, embedded: &embedded, workdir };
        let files: Vec<&str> = self.files.iter().map(|(path, _)| path.as_str()).collect();
        let words = needs::words(case, program);
        plan.copies.extend(sources.read(case, &files, &words)?);
        let name =
            program.words.iter().map(|it| base(it)).find(|it| !it.is_empty()).unwrap_or_default();
        plan.copies.extend(needs::called_as(case, name)?);
        if !plan.doubts.is_empty() {
            plan.copies.extend(all_data(case, &sources)?);
        }
        plan.copies.extend(needs::placed_beside(case, &sources, &files)?);
        Ok(())
    }

    /// Programs that it starts by their names.
    pub(super) fn programs(&self, case: &Case, made: &Made, plan: &mut Plan) -> Result<(), Stop> {
        const CALLS: [(&str, bool); 9] = [
            ("execl(", false),
            ("execlp(", false),
            ("execv(", false),
            ("execve(", false),
            ("execvp(", false),
            ("popen(", true),
            ("posix_spawn(", false),
            ("posix_spawnp(", false),
            ("system(", true),
        ];
        let calls = CALLS.map(|(call, _)| call);
        let calls = Names::of(&calls);
        for (path, text) in self.files.iter().filter(|(_, text)| calls.are_in(text)) {
            let caller = Caller { case, made, path };
            for (call, by_shell) in &CALLS {
                for (at, _) in text.match_indices(call) {
                    let before = text[..at].chars().next_back();
                    if before.is_some_and(|it| {
                        it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '>')
                    }) {
                        continue;
                    }
                    let (words, _) = calls::words(&text[at + call.len()..]);
                    if !by_shell {
                        // The second word is how the program is called.
                        let words: Vec<Word> =
                            words.iter().take(1).chain(words.iter().skip(2)).cloned().collect();
                        caller.program(&words, plan)?;
                        continue;
                    }
                    plan.ground.shell.get_or_insert(format!("`{path}` starts a shell (`{call})`)"));
                    match words.first() {
                        Some(Word::Whole(text) | Word::Begins(text)) => {
                            caller.script(text, plan)?
                        }
                        _ => caller.doubts("a program whose name is not written there", plan),
                    }
                }
            }
        }
        Ok(())
    }

    /// Why it has to stay root.
    pub(super) fn root(&self, case: &Case) -> Option<String> {
        let writers = Names::of(WRITERS);
        let writes = self.files.iter().find_map(|(path, text)| {
            let opens = text.contains("fopen(")
                && text.split("fopen(").skip(1).any(|rest| {
                    let call = rest.split(';').next().unwrap_or_default();
                    let mode = call.split(',').next_back().unwrap_or_default();
                    !mode.trim_start().starts_with("\"r\"")
                        && !mode.trim_start().starts_with("\"rb\"")
                });
            let call = writers.first_in(text);
            let call = call.or(opens.then_some("fopen"))?;
            Some(format!("`{path}` may need it (`{}`)", call.trim_end_matches('(')))
        });
        let low = || {
            self.files.iter().filter(|(_, text)| text.contains("htons(")).find_map(
                |(path, text)| {
                    let mut numbers = text
                        .split("htons(")
                        .skip(1)
                        .filter_map(|it| it.split(')').next()?.trim().parse().ok());
                    let low = numbers.find(|it: &u32| (1..1024).contains(it))?;
                    Some(format!("`{path}` listens on port {low}"))
                },
            )
        };
        writes.or_else(low).or_else(|| needs::low_port(case, &self.texts()))
    }
}
