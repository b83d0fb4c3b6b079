//! What the sources of a Rust program say of the files, programs and ports that it uses.

use super::super::Stop;
use super::super::calls::{self, Caller, Word};
use super::super::case::Case;
use super::super::evidence::{Sources, outermost};
use super::super::install::Made;
use super::super::names::Names;
use super::super::needs;
use super::super::plan::Plan;
use super::super::program::Program;
use super::manifest::{Dependency, Manifest};
use super::{by_convention, output};
use crate::facts::resolve;
use std::collections::BTreeSet;
use std::sync::Arc;

const CODE: &[&str] = &[".rs", ".proto", ".c", ".h", ".cpp", ".cc", ".hpp", ".s", ".S"];
const MANIFESTS: &[&str] = &[
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "clippy.toml",
    "deny.toml",
    "diesel.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

/// Crates that turn templates into code.
const COMPILED_TEMPLATES: &[&str] = &["askama", "rinja", "ructe", "sailfish", "yarte"];
/// Crates that read templates when the program runs.
const READ_TEMPLATES: &[&str] = &[
    "handlebars",
    "liquid",
    "minijinja",
    "ramhorns",
    "rocket_contrib",
    "rocket_dyn_templates",
    "tera",
];

/// What a source calls to write files; temporary ones are for everybody.
const WRITERS: &[&str] = &[
    "DirBuilder",
    "File::create",
    "OpenOptions",
    "create_dir",
    "fs::copy(",
    "fs::remove",
    "fs::rename(",
    "fs::write(",
    "heed::",
    "log4rs",
    "redb::",
    "rocksdb",
    "rolling::",
    "rusqlite",
    "sled::",
    "sqlite:",
    "sqlite::",
];

/// What reads the folder that the program starts in, whatever is in there.
const WHOLE: &[&str] = &[
    "Files::new(\"/\", \".\")",
    "ServeDir::new(\".\")",
    "ServeDir::new(\"./\")",
    "WalkDir::new(\".\")",
    "fs::dir(\".\")",
    "read_dir(\".\")",
    "read_dir(\"./\")",
];

/// Macros whose argument is a file that becomes part of the program.
const INCLUDES: &[&str] = &["include_bytes!(", "include_str!(", "include!("];

/// The sources of the program.
pub(super) struct Read<'m> {
    /// Paths of the context with their texts.
    files: Vec<(String, Arc<str>)>,
    /// Those that run while it is built.
    scripts: Vec<(String, Arc<str>)>,
    manifests: &'m [Manifest],
    embedded: BTreeSet<String>,
}

pub(super) fn read<'m>(case: &Case, manifests: &'m [Manifest]) -> Result<Read<'m>, Stop> {
    let (mut files, mut scripts) = (Vec::new(), Vec::new());
    let is_script = |path: &str| {
        let folder = path.strip_suffix("build.rs").map(|it| it.trim_end_matches('/'));
        folder.is_some_and(|folder| manifests.iter().any(|it| it.source == folder))
    };
    let is_test = |path: &str| {
        let mut parts = path.split('/');
        parts.any(|it| matches!(it, "benches" | "examples" | "target" | "tests" | "vendor"))
    };
    for path in case.arriving(|path| path.ends_with(".rs") && !is_test(path))? {
        let Some(text) = case.text(path) else {
            let reason = format!("`{path}` cannot be read");
            return Err(case.stop("unreadable-source", reason));
        };
        let all = if is_script(path) { &mut scripts } else { &mut files };
        all.push((path.to_owned(), text));
    }
    let mut found = Read { files, scripts, manifests, embedded: BTreeSet::new() };
    found.embedded = found.embedded(case);
    Ok(found)
}

impl Read<'_> {
    pub(super) fn texts(&self) -> Vec<&str> {
        self.files.iter().map(|(_, text)| &**text).collect()
    }

    fn depends(&self, names: &[&str]) -> bool {
        let mut all = self.manifests.iter().flat_map(|it| &it.dependencies);
        all.any(|it| names.iter().any(|name| it.name.starts_with(name)))
    }

    fn has(&self, word: &str) -> bool {
        self.files.iter().any(|(_, text)| text.contains(word))
    }

    /// Paths of the context that the program has in itself.
    fn embedded(&self, case: &Case) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let inside = |folder: &str, path: &str| {
            let place = resolve(Some(&format!("/{folder}")), path).unwrap_or_default();
            place.trim_start_matches('/').to_owned()
        };
        let packages = || self.manifests.iter().map(|it| it.source.as_str());
        if self.depends(COMPILED_TEMPLATES) && !self.depends(READ_TEMPLATES) {
            found.extend(packages().map(|it| inside(it, "templates")));
        }
        let migrates = ["migrate!(", "embed_migrations!("].iter().any(|it| self.has(it));
        if migrates && !self.has("Migrator::new(") {
            found.extend(packages().map(|it| inside(it, "migrations")));
        }
        if output::is_release(case) {
            let names = Names::of(&["#[folder", "include_dir!("]);
            for (_, text) in self.files.iter().filter(|(_, text)| names.are_in(text)) {
                let folders = text.split("#[folder").skip(1).filter_map(|it| it.split('"').nth(1));
                let dirs =
                    text.split("include_dir!(").skip(1).filter_map(|it| it.split('"').nth(1));
                for folder in folders.chain(dirs) {
                    let folder = folder.trim_start_matches("$CARGO_MANIFEST_DIR/");
                    found.extend(packages().map(|it| inside(it, folder)));
                }
            }
        }
        let includes = Names::of(INCLUDES);
        for (path, text) in self.files.iter().filter(|(_, text)| includes.are_in(text)) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for call in INCLUDES {
                for rest in text.split(call).skip(1) {
                    let Some(name) = rest.trim_start().strip_prefix('"') else { continue };
                    let name = name.split('"').next().unwrap_or_default();
                    if self.is_only_included(name) {
                        found.insert(inside(folder, name));
                    }
                }
            }
        }
        found.remove("");
        found
    }

    /// Whether nothing but such macros names a file.
    fn is_only_included(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.files.iter().all(|(_, text)| {
            text.match_indices(name).all(|(at, _)| {
                let before = text[..at].rsplit('"').nth(1).unwrap_or_default().trim_end();
                INCLUDES.iter().any(|it| before.ends_with(it))
            })
        })
    }

    /// What the program reads when it runs.
    pub(super) fn files(
        &self,
        case: &Case,
        program: &Program,
        plan: &mut Plan,
    ) -> Result<(), Stop> {
        let workdir = case.workdir()?;
        let whole = Names::of(WHOLE);
        let reads_all =
            |(path, text): &(String, Arc<str>)| whole.are_in(text).then(|| path.clone());
        if let Some(path) = self.files.iter().find_map(reads_all) {
            let reason = format!("`{path}` reads all of `{workdir}`, in which it is built, too");
            return Err(case.stop("reads-all", reason));
        }
        let files: Vec<&str> = self.files.iter().map(|(path, _)| path.as_str()).collect();
        let words = needs::words(case, program);
        let mut folders = vec![workdir];
        // Paths are put together from that of the package.
        if self.has("CARGO_MANIFEST_DIR") {
            folders.extend(self.manifests.iter().map(|it| it.folder.as_str()));
        }
        let mut found = std::mem::take(&mut plan.copies);
        // And from that of the program, which it can ask for.
        let asks = self.has("current_exe(");
        let programs: Vec<String> = found.iter().map(|it| it.from.clone()).collect();
        let beside = programs.iter().filter_map(|it| Some(it.rsplit_once('/')?.0));
        folders.extend(beside.filter(|it| asks && !it.is_empty()));
        for folder in folders {
            let (embedded, workdir) = (&self.embedded, folder);
            let sources = Sources { code: CODE, manifests: MANIFESTS, embedded, workdir };
            found.extend(sources.read(case, &files, &words)?);
        }
        let sources =
            Sources { code: CODE, manifests: MANIFESTS, embedded: &self.embedded, workdir };
        let builds: Vec<String> = self.manifests.iter().map(|it| it.folder.clone()).collect();
        found.extend(needs::placed_elsewhere(case, &sources, &builds, "/usr/local/cargo")?);
        let inside = |name: &str| resolve(Some(workdir), name).unwrap_or_default();
        if self.depends(&["rocket"]) {
            found.extend(by_convention(
                case,
                &inside("Rocket.toml"),
                "Rocket reads it by its name",
            )?);
        }
        sources.settings(case, &mut found)?;
        plan.copies = outermost(found);
        Ok(())
    }

    /// What scripts of the build start may make files that the program reads.
    fn builders(&self, plan: &mut Plan) {
        const MAKE_NONE: &[&str] =
            &["cargo", "date", "git", "hostname", "rustc", "rustfmt", "uname"];
        for (path, text) in &self.scripts {
            for rest in text.split("Command::new(").skip(1) {
                let makes = match calls::words(rest).0.first() {
                    Some(Word::Whole(name)) if MAKE_NONE.contains(&&**name) => continue,
                    Some(Word::Whole(name)) => format!("`{name}`, which `{path}` starts, makes"),
                    _ => format!("`{path}` makes"),
                };
                plan.doubts.push(format!("what {makes} is not known"));
            }
        }
    }

    /// Programs that it starts by their names.
    pub(super) fn programs(&self, case: &Case, made: &Made, plan: &mut Plan) -> Result<(), Stop> {
        self.builders(plan);
        for (path, text) in &self.files {
            // `clap` has a type of that name.
            if !text.contains("process::") || !text.contains("Command") {
                continue;
            }
            let has_clap = text.contains("clap::");
            let caller = Caller { case, made, path };
            for rest in text.split("Command::new(").skip(1) {
                let words = built(rest);
                match words.first() {
                    Some(Word::Begins(_) | Word::Unknown) if has_clap => (),
                    _ => caller.program(&words, plan)?,
                }
            }
        }
        Ok(())
    }

    /// Why it has to stay root.
    pub(super) fn root(&self, case: &Case) -> Option<String> {
        let writes = needs::writes(&self.files, WRITERS);
        let mut all = self.manifests.iter().flat_map(|it| &it.dependencies);
        let keeps = |it: &&Dependency| {
            it.name.contains("sqlite") || it.features.iter().any(|it| it.contains("sqlite"))
        };
        let database = all.find(keeps);
        writes
            .or_else(|| database.map(|it| format!("`{}` may write to a file (SQLite)", it.name)))
            .or_else(|| needs::low_port(case, &self.texts()))
    }
}

/// The words of a command that is put together: `new(A).arg(B).args([C, D])`, from behind the first parenthesis.
fn built(text: &str) -> Vec<Word> {
    let (mut all, mut rest) = calls::words(text);
    loop {
        let next = rest.trim_start();
        if let Some(inside) = next.strip_prefix(".args(") {
            all.extend(calls::list(inside));
            rest = calls::words(inside).1;
        } else if let Some(inside) = next.strip_prefix(".arg(") {
            let (words, behind) = calls::words(inside);
            all.extend(words);
            rest = behind;
        } else {
            return all;
        }
    }
}
