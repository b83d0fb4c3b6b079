//! What the sources of a program tell about what it does when it runs.

use super::super::case::Case;
use super::super::names::Names;
use super::super::{Stop, evidence, needs};
use std::sync::Arc;

/// The sources that arrive in the image.
pub(super) struct Sources {
    /// Paths of the context with their texts.
    files: Vec<(String, Arc<str>)>,
    /// Why it needs more than Python.
    pub(super) system: Option<String>,
    /// Why it writes to folders of root.
    pub(super) writes: Option<String>,
}

/// What starts other programs, or looks for libraries of the system.
const STARTERS: &[&str] = &[
    "create_subprocess",
    "find_library(",
    "from sh import",
    "import plumbum",
    "import sh\n",
    "os.exec",
    "os.popen",
    "os.spawn",
    "os.system(",
    "pexpect",
    "shutil.which",
    "subprocess",
];

/// Modules that Debian has in packages of their own, or not at all.
const APART: &[&str] = &["ensurepip", "idlelib", "pip", "test", "tkinter", "turtle", "venv"];

/// What writes files, or may.
const WRITERS: &[&str] = &[
    "'a'",
    "'a+'",
    "'ab'",
    "'w'",
    "'w+'",
    "'wb'",
    "'wb+'",
    "'wt'",
    "'x'",
    "\"a\"",
    "\"a+\"",
    "\"ab\"",
    "\"w\"",
    "\"w+\"",
    "\"wb\"",
    "\"wb+\"",
    "\"wt\"",
    "\"x\"",
    ".mkdir(",
    ".save(",
    ".to_csv(",
    ".to_excel(",
    ".to_parquet(",
    ".touch(",
    ".unlink(",
    ".write_bytes(",
    ".write_text(",
    "'r+'",
    "'rb+'",
    "\"r+\"",
    ".rename(",
    "cache_dir",
    "extractall(",
    "filename=",
    "imwrite(",
    "local_dir",
    "logger.add(",
    "persist",
    "savefig(",
    "save_local(",
    "create_in(",
    "instance_path",
    "os.symlink(",
    "FileField",
    "FileHandler",
    "FileSystem",
    "ImageField",
    "PROMETHEUS_MULTIPROC_DIR",
    "SESSION_TYPE",
    "UPLOAD_FOLDER",
    "chroma",
    "diskcache",
    "joblib.dump",
    "makedirs(",
    "mkstemp(dir",
    "os.mkdir(",
    "os.remove(",
    "os.rename(",
    "os.replace(",
    "pidfile",
    "shelve",
    "shutil.",
    "sqlite",
    "tinydb",
    "urlretrieve",
];

/// Ends of the names of settings.
const SETTINGS: &[&str] = &[".cfg", ".conf", ".env", ".ini", ".json", ".toml", ".yaml", ".yml"];

pub(super) fn read(case: &Case) -> Result<Sources, Stop> {
    let mut sources = Sources { files: Vec::new(), system: None, writes: None };
    let is_code = |path: &str| path.ends_with(".py");
    let is_setting = |path: &str| SETTINGS.iter().any(|end| path.ends_with(end));
    // `"w"` is a mode only for what opens files.
    let (modes, calls): (Vec<&str>, Vec<&str>) =
        WRITERS.iter().partition(|it| it.starts_with(['"', '\'']));
    let (modes, calls, starters) = (Names::of(&modes), Names::of(&calls), Names::of(STARTERS));
    for path in case.arriving(|path| is_code(path) || is_setting(path))? {
        let is_code = is_code(path);
        let Some(text) = case.text(path) else { continue };
        if is_code {
            sources.needs(path, &text, &starters);
        }
        let is_open = sources.writes.is_none();
        let opens = is_open && modes.are_in(&text) && text.contains("open(");
        let may_write = opens || is_open && calls.are_in(&text);
        let is_mode = |it: &str| it.starts_with(['"', '\'']);
        let counts = |it: &&&str| text.contains(**it) && (opens || !is_mode(it));
        let writer = WRITERS.iter().filter(|_| may_write).find(counts);
        if let Some(writer) =
            writer.filter(|it| is_code || matches!(**it, "sqlite" | "FileHandler"))
        {
            let writer = writer.trim_matches(['(', '"', '\'', '.']);
            let why = format!("`{path}` may write files (`{writer}`)");
            sources.writes.get_or_insert(why);
        }
        if is_code {
            sources.files.push((path.to_owned(), text));
        }
    }
    Ok(sources)
}

impl Sources {
    /// All of them.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.files.iter().map(|(_, text)| &**text).collect()
    }

    fn needs(&mut self, path: &str, text: &str, starters: &Names) {
        if let Some(starter) = starters.first_in(text) {
            let why =
                format!("`{path}` may start programs or load libraries (`{}`)", starter.trim());
            self.system.get_or_insert(why);
        }
        if let Some(module) = imports(text).find(|it| APART.contains(it)) {
            self.system.get_or_insert(format!("`{path}` imports `{module}`"));
        }
    }

    pub(super) fn imports(&self, module: &str) -> Option<&str> {
        let mut files = self.files.iter();
        let is_there = |text: &str| text.contains(module) && imports(text).any(|it| it == module);
        let found = files.find(|(_, text)| is_there(text));
        found.map(|(path, _)| path.as_str())
    }

    /// Programs of packages that are known, which a source that starts programs names.
    pub(super) fn programs(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let starters = Names::of(STARTERS);
        for (path, text) in self.files.iter().filter(|(_, text)| starters.are_in(text)) {
            for literal in evidence::literals(text) {
                let word = literal.split_whitespace().next().unwrap_or_default();
                if let Some(package) = needs::package_of(word) {
                    found.push((package, format!("`{path}` names `{word}`")));
                }
            }
        }
        found
    }
}

/// The first part of each module that is imported.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_start).filter_map(|line| {
        let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_');
        Some(&rest[..end.unwrap_or(rest.len())])
    })
}
