//! How fast Dockerfiles are parsed: real ones, if `JETTISON_CORPUS` names a folder of them, and
//! hostile ones, which have to stay linear.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use jettison::syntax::parse;
use std::path::{Path, PathBuf};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => walk(&path, paths),
            false => paths.push(path),
        }
    }
}

#[divan::bench(sample_count = 20)]
fn corpus(bencher: Bencher) {
    let folder = std::env::var_os("JETTISON_CORPUS").unwrap_or_else(|| "fuzz/seeds".into());
    let mut paths = Vec::new();
    walk(Path::new(&folder), &mut paths);
    let files: Vec<String> =
        paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let bytes = BytesCount::new(files.iter().map(String::len).sum::<usize>());
    bencher
        .counter(bytes)
        .bench(|| files.iter().filter(|file| parse(black_box(file)).is_ok()).count());
}

fn repeated(before: &str, part: &str, count: usize, after: &str) -> String {
    format!("{before}{}{after}", part.repeat(count))
}

const HOSTILE: [&str; 12] = [
    "runs",
    "one-line",
    "continuations",
    "blank-continuations",
    "heredoc-openers",
    "heredocs",
    "deep-json",
    "deep-variables",
    "words",
    "flags",
    "split-keyword",
    "quotes",
];

fn hostile_file(name: &str) -> String {
    match name {
        "runs" => repeated("FROM a\n", "RUN echo hello\n", 100_000, ""),
        "one-line" => repeated("FROM a\nRUN ", "x", 1 << 20, ""),
        "continuations" => repeated("FROM a\nRUN x", " \\\n  && echo hello", 10_000, "\n"),
        "blank-continuations" => repeated("FROM a\nENV a=b", " \\\n\n# c\n", 100_000, "\n"),
        "heredoc-openers" => repeated("FROM a\nRUN x", " \\\n <<E", 100_000, "\nE\n"),
        "heredocs" => repeated("FROM a\n", "RUN cat <<E\nx\nE\n", 50_000, ""),
        "deep-json" => repeated("FROM a\nRUN ", "\\\n[", 100_000, "\n"),
        "deep-variables" => repeated("FROM a\nRUN <<", "\\\n${a:-", 100_000, "\n"),
        "words" => repeated("FROM a\nENV", " \\\n a=b", 100_000, "\n"),
        "flags" => repeated("FROM a\nCOPY", " \\\n --exclude=x", 100_000, " a b\n"),
        "split-keyword" => repeated("FROM a\n", "R\\\nUN x\n", 100_000, ""),
        _ => repeated("FROM a\nENV", " \\\n a='b c'\"d\"", 100_000, "\n"),
    }
}

#[divan::bench(args = HOSTILE, sample_count = 5)]
fn hostile(bencher: Bencher, name: &str) {
    let file = hostile_file(name);
    bencher.counter(BytesCount::new(file.len())).bench(|| parse(black_box(&file)).is_ok());
}
