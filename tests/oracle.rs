//! Compares the parser with BuildKit's own.
//!
//! `JETTISON_CORPUS` names a folder of Dockerfiles; `JETTISON_ORACLE_PYTHON` a Python that has the
//! package `dockerfile`; `JETTISON_ORACLE_BUILDKIT` the program of `tests/oracle/buildkit`, which
//! also tells what the `instructions` package refuses and how variables are expanded.
//! Without them the seeds of the fuzzer are compared with stored answers of that program.
//!
//! The Python package has a parser of before Dockerfile 1.10. Known differences to today's, none of
//! which any file of a corpus of 10,026 shows except the first:
//! - what follows a JSON array is dropped ([`Earlier`]; compared as such);
//! - blanks between `<<` and the delimiter (`$(( 1 << 2 ))` opens a heredoc today);
//! - `<<${x:-EOF}` is no heredoc today;
//! - texts end at a NUL, and heredocs of triggers are not told (both are left out here).

#![allow(clippy::unwrap_used)]

use jettison::syntax::expand;
use jettison::syntax::{
    Body, Command, Earlier, ErrorKind, Instruction, Joined, Keyword, Pair, Piece, parse,
};
use jettison::text::{LineIndex, Span};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

#[test]
fn agrees_with_stored_answers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let answers = std::fs::read_to_string(root.join("tests/oracle/expected.jsonl")).unwrap();
    for answer in answers.lines() {
        let theirs: Value = serde_json::from_str(answer).unwrap();
        let name = theirs["file"].as_str().unwrap();
        let source = std::fs::read_to_string(root.join("fuzz/seeds").join(name)).unwrap();
        assert_eq!(difference(&source, &theirs, Version::Today), None, "{name}");
    }
    assert_eq!(answers.lines().count(), 39);
}

#[test]
fn agrees_with_the_python_package() {
    let Some(python) = std::env::var_os("JETTISON_ORACLE_PYTHON") else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/dump.py");
    compare(Process::new(python).arg(script), Version::Before1_10);
}

#[test]
fn agrees_with_buildkit() {
    let Some(program) = std::env::var_os("JETTISON_ORACLE_BUILDKIT") else { return };
    compare(&mut Process::new(program), Version::Today);
}

const PARTS: [&str; 48] = [
    "$",
    "{",
    "}",
    "${x}",
    "${e}",
    "${u}",
    "$x",
    "$e",
    "$u",
    "${x:-",
    "${u:-",
    "${u-",
    "${e:+",
    "${x+",
    "${u:?",
    "${x#",
    "${x##",
    "${x%",
    "${x%%",
    "${x/",
    "${x//",
    "${l#*/",
    "${l##*/",
    "${l%/*",
    "${l%%/*",
    "${l//\\//",
    "*",
    "?",
    "/",
    "\\",
    "\\}",
    "\\/",
    "\\*",
    "`",
    "'",
    "\"",
    " ",
    "\t",
    "a",
    "b",
    "ab/c",
    "_1",
    "9",
    "<",
    "<<",
    "<< ",
    "é",
    "$1",
];

#[test]
fn expands_as_buildkit() {
    let Some(program) = std::env::var_os("JETTISON_ORACLE_BUILDKIT") else { return };
    let environment = json!({"x": "abcab", "e": "", "l": "a/b.c/d e/f"});
    let mut seed: u64 = 7;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let questions: Vec<Value> = (0..100_000)
        .map(|_| {
            let count = 1 + next(7);
            let text: String = (0..count).map(|_| PARTS[next(PARTS.len())]).collect();
            let escape = ["\\", "`"][next(2)];
            json!({"Text": text, "Escape": escape, "Env": environment})
        })
        .collect();

    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let answers = ask(Process::new(program).arg("expand"), lines.into_bytes());
    assert_eq!(answers.len(), questions.len());
    let accepted = answers.iter().filter(|answer| answer["ok"] == true).count();
    assert!(accepted > questions.len() / 5, "only {accepted} texts were expanded at all");
    let mut differences = Vec::new();
    for (question, theirs) in questions.iter().zip(answers) {
        let text = question["Text"].as_str().unwrap();
        let escape = question["Escape"].as_str().unwrap().chars().next().unwrap();
        let lookup = |name: &str| match environment[name].as_str() {
            Some(value) => expand::Value::Set(value.into()),
            None => expand::Value::Unset,
        };
        let word = expand::expand(text, escape, lookup).ok();
        let words = expand::expand_words(text, escape, lookup)
            .ok()
            .map(|words| words.into_iter().map(|word| word.text).collect::<Vec<_>>());
        let no_words: Vec<String> = Vec::new();
        let theirs_words = match &theirs["words"] {
            Value::Null => json!(no_words),
            words => words.clone(),
        };
        let same_word = theirs["ok"] == word.is_some()
            && word.as_ref().is_none_or(|word| theirs["word"] == word.as_ref());
        let same_words = theirs["ok2"] == words.is_some()
            && words.as_ref().is_none_or(|words| theirs_words == json!(words));
        if !same_word || !same_words {
            differences.push(format!("{question}\n ours   {word:?} {words:?}\n theirs {theirs}"));
        }
    }
    differences.iter().take(10).for_each(|difference| eprintln!("{difference}"));
    assert_eq!(differences.len(), 0);
}

/// Of BuildKit's parser in the oracle.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    Before1_10,
    Today,
}

fn compare(oracle: &mut Process, version: Version) {
    let Some(corpus) = std::env::var_os("JETTISON_CORPUS") else { return };
    let mut paths = Vec::new();
    walk(Path::new(&corpus), &mut paths);
    // The Python package ends texts at a NUL.
    let nul = |text: &str| version == Version::Before1_10 && text.contains('\0');
    paths.retain(|path| std::fs::read_to_string(path).is_ok_and(|text| !nul(&text)));
    assert!(!paths.is_empty(), "the corpus has no files");

    let list: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
    let answers = ask(oracle, list.into_bytes());

    let mut differences = 0;
    let mut count = 0;
    for (path, theirs) in paths.iter().zip(answers) {
        count += 1;
        let source = std::fs::read_to_string(path).unwrap();
        if let Some(difference) = difference(&source, &theirs, version) {
            differences += 1;
            if differences <= 20 {
                eprintln!("{}: {difference}", path.display());
            }
        }
    }
    assert_eq!(count, paths.len(), "the oracle stopped early");
    assert_eq!(differences, 0, "of {count} files");
}

/// Feeds an oracle and returns its answers, one a line.
fn ask(oracle: &mut Process, input: Vec<u8>) -> Vec<Value> {
    let stderr = Stdio::null();
    let mut oracle =
        oracle.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
    let mut stdin = oracle.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let lines = BufReader::new(oracle.stdout.take().unwrap()).lines();
    let answers = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    writer.join().unwrap();
    oracle.wait().unwrap();
    answers
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let files = entries.map(Result::unwrap).filter(|it| it.path().is_file());
    paths.extend(files.map(ignore::DirEntry::into_path));
}

fn difference(source: &str, theirs: &Value, version: Version) -> Option<String> {
    let file = match parse(source) {
        Ok(file) => file,
        Err(errors) => {
            let structure = errors.iter().any(|error| error.kind == ErrorKind::Structure);
            let refused = theirs["accepted"] == false || theirs["builds"] == false;
            if refused || !structure && version == Version::Before1_10 {
                return None;
            }
            return Some(format!("we refuse, they do not: {:?}", errors[0]));
        }
    };
    let earlier = file.instructions.iter().any(|instruction| instruction.earlier != Earlier::Same);
    if theirs["accepted"] == false && earlier && version == Version::Before1_10 {
        return None;
    }
    if theirs["accepted"] == false || theirs["builds"] == false {
        return Some(format!("we accept; they: {}", theirs["error"]));
    }

    let lines = LineIndex::new(source);
    let starts = file.items.iter().filter_map(|item| match item.kind {
        jettison::syntax::ItemKind::Instruction(_) => Some(item.span),
        _ => None,
    });
    let ours: Vec<Value> = file
        .instructions
        .iter()
        .zip(starts)
        .map(|(instruction, item)| dump(instruction, item, &lines, version))
        .collect();
    let theirs = theirs["instructions"].as_array().unwrap();
    if let Some((ours, theirs)) = ours.iter().zip(theirs).find(|(ours, theirs)| !same(ours, theirs))
    {
        return Some(format!("\n ours   {ours}\n theirs {theirs}"));
    }
    (ours.len() != theirs.len()).then(|| "another number of instructions".to_owned())
}

/// What an oracle does not tell is `null` in ours, and `heredocs` for triggers in theirs.
fn same(ours: &Value, theirs: &Value) -> bool {
    let keyword = theirs["keyword"].as_str().and_then(Keyword::of).map(Keyword::name);
    let equal = |name: &str| ours[name].is_null() || ours[name] == theirs[name];
    let heredocs = ours["keyword"] == "ONBUILD" && theirs["heredocs"] == json!([]);
    keyword == ours["keyword"].as_str()
        && ["json", "flags", "values", "start", "end"].into_iter().all(equal)
        && (theirs.get("script").is_none() || equal_scripts(ours, theirs))
        && (heredocs || ours["heredocs"] == theirs["heredocs"])
}

/// Where the form depends on the version we tell no script.
fn equal_scripts(ours: &Value, theirs: &Value) -> bool {
    ours["earlier"] == true || ours["script"] == theirs["script"]
}

fn dump(instruction: &Instruction, item: Span, lines: &LineIndex, version: Version) -> Value {
    let (trigger, inner) = match &instruction.body {
        Body::Onbuild(inner) => (Some(inner.keyword.name().to_owned()), inner.as_ref()),
        _ => (None, instruction),
    };
    let run = (instruction.keyword == Keyword::Run).then_some(instruction);
    let unread = matches!(instruction.body, Body::OnbuildInvalid(_));
    let flags: Vec<String> = instruction
        .flags
        .iter()
        .map(|flag| match &flag.value {
            Some(value) => format!("--{}={}", flag.name.text, value.text),
            None => format!("--{}", flag.name.text),
        })
        .collect();
    let json = inner.json || version == Version::Before1_10 && inner.earlier != Earlier::Same;
    let heredocs: Vec<Value> = instruction
        .heredocs
        .iter()
        .map(|heredoc| {
            let body = heredoc.body.of(instruction.source);
            json!([heredoc.delimiter, heredoc.file_descriptor, body])
        })
        .collect();
    json!({
        "keyword": instruction.keyword.name(),
        "trigger": trigger,
        "json": (!unread).then_some(json),
        "flags": flags,
        "values": (!unread).then(|| values(inner, version)),
        "start": lines.line(item.start),
        "end": lines.line(instruction.span.end),
        "heredocs": heredocs,
        "earlier": instruction.earlier != Earlier::Same,
        "script": run.and_then(|run| run.script()).map(|script| {
            check_pieces(&script, run.map_or("", |run| run.source));
            script.text.into_owned()
        }),
    })
}

/// Each byte of the text is the one in the source that it is said to come from.
fn check_pieces(joined: &Joined, source: &str) {
    for (at, byte) in joined.text.bytes().enumerate() {
        assert_eq!(source.as_bytes()[joined.source_offset(at)], byte);
    }
}

fn values(instruction: &Instruction, version: Version) -> Vec<String> {
    let arguments = instruction.arguments.text.to_string();
    let texts = |pieces: &[Piece]| -> Vec<String> {
        pieces.iter().map(|piece| piece.text.to_string()).collect()
    };
    if let (Earlier::Exec(strings), Version::Before1_10) = (&instruction.earlier, version) {
        let kind = arguments.split_ascii_whitespace().next().unwrap().to_owned();
        let kind = (instruction.keyword == Keyword::Healthcheck).then_some(kind);
        return kind.into_iter().chain(texts(strings)).collect();
    }
    let pairs = |pairs: &[Pair]| pairs.iter().flat_map(both).collect();
    match &instruction.body {
        Body::From { image, name: None } => vec![image.text.to_string()],
        Body::From { image, name: Some(name) } => {
            let word = arguments.split_ascii_whitespace().nth(1).unwrap().to_owned();
            vec![image.text.to_string(), word, name.text.to_string()]
        }
        Body::Run(command) | Body::Cmd(command) | Body::Entrypoint(command) => match command {
            Command::Shell if arguments.is_empty() => Vec::new(),
            Command::Shell => vec![arguments],
            Command::Exec(strings) => texts(strings),
        },
        Body::Shell(strings) => texts(strings),
        Body::Healthcheck(command) => {
            let (kind, rest) =
                arguments.split_once(char::is_whitespace).unwrap_or((&arguments, ""));
            let mut values = vec![kind.to_owned()];
            match command {
                Some(Command::Exec(strings)) => values.extend(texts(strings)),
                Some(Command::Shell) => values.push(rest.trim_start().to_owned()),
                None => {}
            }
            values
        }
        Body::Copy { sources, destination, .. } => {
            let mut values = texts(sources);
            values.push(destination.text.to_string());
            values
        }
        Body::Env { pairs: list, .. } | Body::Label { pairs: list, .. } => pairs(list),
        Body::Arg(list) => list.iter().map(joined).collect(),
        Body::Expose(pieces) | Body::Volume(pieces) => texts(pieces),
        Body::User(piece)
        | Body::Workdir(piece)
        | Body::Stopsignal(piece)
        | Body::Maintainer(piece)
        | Body::OnbuildInvalid(piece) => vec![piece.text.to_string()],
        Body::Onbuild(_) => Vec::new(),
    }
}

fn both(pair: &Pair) -> [String; 2] {
    let value = pair.value.as_ref().map_or("", |value| value.text.as_ref());
    [pair.name.text.to_string(), value.to_owned()]
}

fn joined(pair: &Pair) -> String {
    match &pair.value {
        Some(value) => format!("{}={}", pair.name.text, value.text),
        None => pair.name.text.to_string(),
    }
}
