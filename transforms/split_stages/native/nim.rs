//! Nim: programs that `nim` and `nimble` make.

use super::super::case::Case;
use super::super::options::value;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::images::Family;

pub(super) const STACK: Stack = Stack {
    name: "Nim",
    is: |case| super::builds(case, &NIM),
    plan: |case, program| super::plan(case, program, &NIM),
};

const NIM: Language = Language {
    name: "Nim",
    images: &["nimlang/nim"],
    tools: &["nim", "nimble"],
    marks: &["choosenim", "nim-lang.org"],
    path: &["/root/.nimble/bin"],
    code: &[".nim", ".nims", ".nimble", ".nimf", ".tmpl"],
    manifests: &["nim.cfg", "nimble.lock"],
    writers: &[
        "createDir",
        "db_sqlite",
        "fmAppend",
        "fmReadWrite",
        "fmWrite",
        "moveFile",
        "newFileLogger",
        "removeFile",
        "tiny_sqlite",
        "writeFile",
    ],
    callers: &["execCmd", "execProcess", "execShellCmd", "startProcess"],
    // Wrappers of the standard library load theirs when the program starts.
    loaders: &[
        ("db_mysql", ""),
        ("db_odbc", ""),
        ("db_postgres", "libpq"),
        ("db_sqlite", "libsqlite3"),
        ("dynlib", ""),
        ("import nre", "libpcre"),
        ("import re", "libpcre"),
        ("loadLib", ""),
        ("tiny_sqlite", "libsqlite3"),
    ],
    loads,
    depends: &["libpcre3"],
    packages: &["mercurial", "nim"],
    output,
    glibc,
    ..PLAIN
};

/// Whether a source has a word, or imports a module.
fn loads(text: &str, call: &str) -> bool {
    match call.strip_prefix("import ") {
        Some(module) => imports(text, module),
        None => text.contains(call),
    }
}

/// `import std/[os, re]`, `import re, strutils`, `from re import match`; lists go on below, indented or in brackets.
fn imports(text: &str, module: &str) -> bool {
    let mut inside = false;
    text.lines().any(|line| {
        let goes_on = line.starts_with([' ', '\t', ']']) && !line.trim().is_empty();
        let starts = ["import", "from"].iter().any(|word| {
            let rest = line.trim_start().strip_prefix(word);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        });
        inside = starts || inside && goes_on;
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        inside && line.split(|it| !is_name(it)).any(|it| it == module)
    })
}

/// What compiles to C, C++ and so on.
const COMPILE: &[&str] = &["c", "cc", "compile", "compileToC", "compileToCpp", "cpp"];

fn output(call: &Call) -> Result<Output, String> {
    let verb = call.verb();
    let programs = match (call.tool, verb) {
        (_, verb) if COMPILE.contains(&verb) => vec![compiled(call)?],
        ("nimble", "build") => packaged(call, "")?,
        ("nimble", "install")
            if !call.has("-d") && !call.has("--depsOnly") && operands(call) == 1 =>
        {
            packaged(call, "/root/.nimble/bin")?
        }
        _ => return Ok(Output::default()),
    };
    let files =
        call.files(|it| matches!(it, "nim.cfg" | "config.nims") || it.ends_with(".nimble"))?;
    let mut texts: Vec<String> = files.into_iter().map(|it| it.1.to_string()).collect();
    texts.push(call.words.join(" "));
    let says = |part: &str| texts.iter().any(|it| it.contains(part));
    let mut output = Output { programs, is_static: says("-static"), ..Output::default() };
    if says("-d:ssl") || says("define:ssl") || says("define = ssl") {
        output.doubts.push("which OpenSSL it loads when it starts".to_owned());
    }
    Ok(output)
}

fn operands(call: &Call) -> usize {
    call.words.iter().filter(|it| !it.starts_with('-')).count()
}

/// `nim c -d:release -o:server src/main.nim`
fn compiled(call: &Call) -> Result<String, String> {
    let words: Vec<String> = call.words.iter().map(|it| it.replacen(':', "=", 1)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let source = call.words.iter().rev().find(|it| !it.starts_with('-') && !COMPILE.contains(*it));
    let source = source.ok_or("which source it compiles is not known")?;
    let stem = source.strip_suffix(".nim").unwrap_or(source);
    let configured = call.files(|it| matches!(it, "nim.cfg" | "config.nims"))?;
    let is_placed =
        |text: &str| ["outdir", "--out", "out =", "out="].iter().any(|it| text.contains(it));
    if let Some((path, _)) = configured.iter().find(|(_, text)| is_placed(text)) {
        return Err(format!("`{path}` says where its output goes"));
    }
    let folder = value(&words, &["--outdir"]);
    match (value(&words, &["-o", "--out"]), folder) {
        (Some(path), None) => call.at(path),
        (None, None) => call.at(stem),
        (None, Some(folder)) => {
            call.at(&format!("{folder}/{}", stem.rsplit('/').next().unwrap_or(stem)))
        }
        _ => Err("where its output goes is not known".to_owned()),
    }
}

/// `bin` of the `.nimble` file.
fn packaged(call: &Call, folder: &str) -> Result<Vec<String>, String> {
    let files = call.files(|it| it.ends_with(".nimble"))?;
    let [(_, text)] = &files[..] else {
        return Err("its `.nimble` file is not known".to_owned());
    };
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (key, rest) = line.split_once('=')?;
            (key.trim() == name).then(|| rest.trim().to_owned())
        })
    };
    if text.contains("namedBin") {
        return Err("`namedBin` says how its programs are called".to_owned());
    }
    let bins = field("bin").ok_or("its `.nimble` file names no program")?;
    let below = field("binDir").map(|it| it.trim_matches('"').to_owned()).unwrap_or_default();
    let names = bins.split('"').skip(1).step_by(2);
    let folder = if folder.is_empty() { below } else { folder.to_owned() };
    names
        .map(|it| {
            call.at(&if folder.is_empty() { it.to_owned() } else { format!("{folder}/{it}") })
        })
        .collect()
}

/// Ubuntu 24.04 or Debian 13 at most: <https://github.com/nim-lang/docker-images>.
fn glibc(case: &Case) -> Option<(u32, u32)> {
    let family = case.image()?.distribution.as_ref()?.family;
    (super::is_of(case, &NIM) && family != Family::Alpine).then_some((2, 41))
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn modules() {
        assert!(imports("import std/[os, re]\n", "re"));
        assert!(imports("import strutils, re\n", "re"));
        assert!(imports("import\n  os,\n  std/re\n", "re"));
        assert!(imports("import std/[\n  os,\n  re\n]\n", "re"));
        assert!(imports("from re import match\n", "re"));
        assert!(!imports("import std/os\n\nlet re = 1\n", "re"));
        assert!(!imports("import os, request\n", "re"));
    }
}
