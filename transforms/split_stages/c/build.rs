//! What compilers and the tools that start them make.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::plan::Plan;
use crate::facts::{is_within, resolve};
use crate::shell::command::base;
use std::sync::Arc;

/// What starts compilers.
pub(super) const TOOLS: &[&str] = &[
    "aclocal",
    "autoconf",
    "autogen.sh",
    "automake",
    "autoreconf",
    "bootstrap",
    "cmake",
    "configure",
    "gmake",
    "libtoolize",
    "make",
    "meson",
    "ninja",
];

/// A file that says how something is built.
pub(super) struct File {
    /// Of the context.
    pub(super) source: String,
    /// Of the image.
    pub(super) place: String,
    pub(super) text: Arc<str>,
}

/// `gcc`, `clang++-15`, `x86_64-linux-gnu-g++`.
pub(super) fn is_compiler(name: &str) -> bool {
    let name = base(name).trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
    let name = name.trim_end_matches('-');
    let last = name.rsplit('-').next().unwrap_or(name);
    matches!(last, "c++" | "cc" | "clang" | "clang++" | "g++" | "gcc") && !name.contains("mingw")
}

/// The files of the context that say how something is built.
pub(super) fn files(case: &Case) -> Result<Vec<File>, Stop> {
    const NAMES: &[&str] = &[
        "CMakeLists.txt",
        "GNUmakefile",
        "Makefile",
        "Makefile.am",
        "Makefile.in",
        "configure.ac",
        "configure.in",
        "makefile",
        "meson.build",
    ];
    let mut all = Vec::new();
    for path in case.files()? {
        let name = base(path);
        let is_it = NAMES.contains(&name) || name.ends_with(".cmake") || name.ends_with(".mk");
        if !is_it {
            continue;
        }
        if let (Some(place), Some(text)) = (case.place(path)?, case.text(path)) {
            all.push(File { source: path.to_string(), place, text });
        }
    }
    Ok(all)
}

/// The script of the context that a command starts.
pub(super) fn script(case: &Case, step: &Step) -> Result<Option<String>, Stop> {
    let mut words = step.text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let is_shell = matches!(base(first), "bash" | "sh");
    let word = if is_shell { words.next() } else { Some(first) };
    let word = word.filter(|it| it.contains('/') || is_shell && it.ends_with(".sh"));
    match word.and_then(|it| resolve(step.workdir.as_deref(), it)) {
        Some(place) => case.source(&place),
        None => Ok(None),
    }
}

/// The scripts that the build starts and that start a compiler.
pub(super) fn scripts(case: &Case) -> Result<Vec<File>, Stop> {
    let mut all = Vec::new();
    for step in case.steps() {
        let Some(source) = script(case, step)? else { continue };
        let (Some(place), Some(text)) = (case.place(&source)?, case.text(&source)) else {
            continue;
        };
        let compiles = text.split_whitespace().any(|it| is_compiler(it) || it == "make");
        let is_plain = !["curl ", "wget ", "git clone", "apt-get ", "apk add", "apt "]
            .iter()
            .any(|it| text.contains(it));
        if text.starts_with("#!") && compiles && is_plain {
            all.push(File { source, place, text });
        }
    }
    Ok(all)
}

/// Whether a program is in or below a folder with a file that names it, and is not of the context.
pub(super) fn is_named_near(case: &Case, path: &str, files: &[File]) -> Result<bool, Stop> {
    let is_near = |it: &&File| {
        let folder = it.place.rsplit_once('/').map_or("", |(folder, _)| folder);
        is_within(path, if folder.is_empty() { "/" } else { folder }) && names(&it.text, base(path))
    };
    Ok(case.source(path)?.is_none() && files.iter().any(|it| is_near(&it)))
}

/// Whether `sed` changes nothing but sources.
pub(super) fn edits_code(words: &[Option<&str>]) -> bool {
    const ENDS: &[&str] =
        &[".c", ".cc", ".cpp", ".h", ".hpp", "CMakeLists.txt", "Makefile", "configure"];
    let last = words.last().copied().flatten();
    last.is_some_and(|it| ENDS.iter().any(|end| it.ends_with(end)))
}

/// The program that a compiler makes; `None` if that is an object or a library.
pub(super) fn output(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
) -> Result<Option<String>, Stop> {
    let unclear = |why: &str| {
        let reason = format!("`{}`: {why}", step.text);
        Stop { code: "unclear-output", at: step.at, reason }
    };
    let has = |word: &str| words.contains(&Some(word));
    if has("-shared") {
        return Err(unclear("it makes a shared library, which may be needed"));
    }
    if has("-c") || has("-E") || has("-S") || has("--version") || has("-v") && words.len() == 1 {
        return Ok(None);
    }
    let at = words.iter().position(|it| *it == Some("-o"));
    let joined =
        words.iter().flatten().find_map(|it| it.strip_prefix("-o").filter(|it| !it.is_empty()));
    let name = match (at, joined) {
        (Some(at), _) => words.get(at + 1).copied().flatten(),
        (None, Some(name)) => Some(name),
        (None, None) => Some("a.out"),
    };
    let name = name.ok_or_else(|| unclear("its output depends on a variable"))?;
    let expanded = name.replace("${", "$").replace('}', "");
    let name = match expanded.strip_prefix('$') {
        Some(_) => return Err(unclear("its output depends on a variable")),
        None => name,
    };
    let workdir = step.workdir.as_deref().or_else(|| case.stage().workdir());
    resolve(workdir, name).map(Some).ok_or_else(|| unclear("where its output goes is not known"))
}

/// Whether a tool puts what it makes where the system looks for programs.
pub(super) fn installs(name: &str, words: &[Option<&str>]) -> bool {
    let has = |word: &str| words.contains(&Some(word));
    match name {
        "make" | "gmake" | "ninja" | "meson" => has("install"),
        "cmake" => has("--install") || has("--target") && has("install"),
        _ => false,
    }
}

/// Whether a tool makes the program at `path`: it works around there on files of the context that name it, or
/// it is what the container starts, which nothing else brings.
pub(super) fn makes(
    case: &Case,
    step: &Step,
    path: &str,
    program: Option<&str>,
    files: &[File],
) -> Result<bool, Stop> {
    let Work::Program { name, words, .. } = &step.work else { return Ok(false) };
    let name = base(name);
    if !matches!(name, "make" | "gmake" | "ninja" | "meson" | "cmake")
        || case.source(path)?.is_some()
    {
        return Ok(false);
    }
    let Some(workdir) = step.workdir.as_deref() else { return Ok(false) };
    let at = |option: &str| {
        let at = words.iter().position(|it| *it == Some(option))?;
        resolve(Some(workdir), words.get(at + 1).copied().flatten()?)
    };
    let folder = at("-C").or_else(|| at("--build")).or_else(|| at("-B"));
    let folder = folder.unwrap_or_else(|| workdir.to_owned());
    let is_near = match installs(name, words) {
        true => is_within(path, "/usr/local") || is_within(path, &folder),
        false => is_within(path, &folder) || is_within(path, workdir),
    };
    // A folder to build in stands in that of the sources, or beside it.
    let above = folder.rsplit_once('/').map_or("", |it| it.0);
    let near: Vec<&File> = files
        .iter()
        .filter(|it| {
            is_within(&it.place, &folder) || !above.is_empty() && is_within(&it.place, above)
        })
        .collect();
    let is_named = |it: &&File| names(&it.text, base(path));
    let is_started = program == Some(path) && !near.is_empty() && is_within(path, workdir);
    Ok(is_near && (is_started || near.iter().any(is_named)))
}

/// Whether a text has a name as a word of its own, or with a folder before it.
pub(super) fn names(text: &str, name: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '+');
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(|it| is_part(it) || it == '-')
    })
}

/// Whether it is compiled for several threads by the compiler's own library.
pub(super) fn has_openmp(case: &Case, files: &[File]) -> bool {
    let is_asked = |step: &Step| {
        matches!(&step.work, Work::Program { words, .. }
            if words.iter().flatten().any(|it| *it == "-fopenmp"))
    };
    case.steps().iter().any(is_asked)
        || files.iter().any(|it| says(it, "-fopenmp") || says(it, "OpenMP"))
}

/// Checkers that compilers put into programs are libraries of the compiler, in each version others.
pub(super) fn has_no_checkers(case: &Case, files: &[File], plan: &mut Plan) -> Result<(), Stop> {
    let asks = |step: &&Step| {
        matches!(&step.work, Work::Program { words, .. }
            if words.iter().flatten().any(|it| it.starts_with("-fsanitize")))
    };
    if let Some(step) = case.steps().iter().find(asks) {
        let reason = format!("`{}` needs libraries of the compiler", step.text);
        return Err(Stop { code: "libraries", at: step.at, reason });
    }
    if let Some(file) = files.iter().find(|it| says(it, "-fsanitize")) {
        let doubt =
            format!("`{}` may ask for libraries of the compiler (`-fsanitize`)", file.source);
        plan.doubts.push(doubt);
    }
    Ok(())
}

/// Data of the context that CMake puts beside what it builds, from where the program may read them.
pub(super) fn has_no_data_beside(case: &Case, files: &[File], texts: &[&str]) -> Result<(), Stop> {
    const CALLS: &[&str] = &[
        "file(COPY",
        "file(INSTALL",
        "COPYONLY",
        "copy_directory",
        "copy_if_different",
        "-E copy ",
    ];
    let workdir = case.workdir()?;
    let is_named = |path: &str| {
        let name = path.split('/').next().unwrap_or(path);
        texts.iter().any(|it| it.contains(&format!("\"{name}")) || it.contains(&format!("/{name}")))
    };
    for file in files.iter().filter(|file| CALLS.iter().any(|it| says(file, it))) {
        let folder = file.source.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_here = resolve(Some(&file.place), "..").is_some_and(|it| it == workdir);
        let lines = file.text.lines().filter(|line| CALLS.iter().any(|it| line.contains(it)));
        for word in lines.flat_map(str::split_whitespace).filter(|_| !is_here) {
            let word = word.rsplit("}/").next().unwrap_or(word).trim_matches(['"', ')', '/']);
            let word = word.rsplit('(').next().unwrap_or(word);
            let path = resolve(Some(&format!("/{folder}")), word).unwrap_or_default();
            let path = path.trim_start_matches('/');
            let is_file = || case.files().is_ok_and(|all| all.iter().any(|it| &**it == path));
            let is_there = !path.is_empty()
                && !word.is_empty()
                && (!case.below(path)?.is_empty() || is_file());
            if is_there && is_named(word) {
                let reason = format!("`{}` puts `{word}` beside what it builds", file.source);
                return Err(case.stop("unclear-output", reason));
            }
        }
    }
    Ok(())
}

/// Whether a file of the build has a word, and not only in comments.
fn says(file: &File, word: &str) -> bool {
    let is_said = |line: &str| line.split('#').next().is_some_and(|it| it.contains(word));
    file.text.lines().any(is_said)
}

/// Whether it is, or may be, C++.
pub(super) fn has_cpp(case: &Case) -> Result<bool, Stop> {
    const ENDS: &[&str] = &[".C", ".c++", ".cc", ".cpp", ".cxx", ".hpp"];
    let has_sources = case.files()?.iter().any(|it| ENDS.iter().any(|end| it.ends_with(end)));
    let calls = case.steps().iter().any(|step| {
        matches!(&step.work, Work::Program { name, words, .. }
            if name.contains("++") || words.iter().flatten().any(|it| *it == "-fopenmp" || *it == "-lstdc++"))
    });
    Ok(has_sources || calls)
}
