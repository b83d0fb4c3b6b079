//! Compares the parser with BuildKit's own.
//!
//! `JETTISON_CORPUS` names a folder of Dockerfiles, `JETTISON_ORACLE_PYTHON` a Python that has the
//! package `dockerfile`; `JETTISON_ORACLE_BUILDKIT` names the program of `tests/oracle/buildkit`,
//! which also tells what the `instructions` package refuses. Without them nothing is compared here;
//! `tests/syntax.rs` has expected results for small files.

use jettison::syntax::{
    Body, Command, Earlier, ErrorKind, Instruction, Keyword, Pair, Piece, parse,
};
use jettison::text::{LineIndex, Span};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

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
    paths.retain(|path| std::fs::read_to_string(path).is_ok());
    assert!(!paths.is_empty(), "the corpus has no files");

    let mut oracle = oracle.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = oracle.stdin.take().unwrap();
    let list: Vec<u8> =
        paths.iter().flat_map(|path| format!("{}\n", path.display()).into_bytes()).collect();
    let writer = std::thread::spawn(move || input.write_all(&list).unwrap());
    let answers = BufReader::new(oracle.stdout.take().unwrap()).lines();

    let mut differences = 0;
    let mut count = 0;
    for (path, answer) in paths.iter().zip(answers) {
        count += 1;
        let theirs: Value = serde_json::from_str(&answer.unwrap()).unwrap();
        let source = std::fs::read_to_string(path).unwrap();
        if let Some(difference) = difference(&source, &theirs, version) {
            differences += 1;
            if differences <= 20 {
                eprintln!("{}: {difference}", path.display());
            }
        }
    }
    writer.join().unwrap();
    oracle.wait().unwrap();
    assert_eq!(count, paths.len(), "the oracle stopped early");
    assert_eq!(differences, 0, "of {count} files");
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, paths),
            false => paths.push(path),
        }
    }
}

fn difference(source: &str, theirs: &Value, version: Version) -> Option<String> {
    let file = match parse(source) {
        Ok(file) => file,
        Err(errors) => {
            let structure = errors.iter().any(|error| error.kind == ErrorKind::Structure);
            if structure == (theirs["accepted"] == false)
                && theirs.get("builds").is_none_or(|builds| builds == false)
            {
                return None;
            }
            return Some(format!("we refuse: {errors:?}; they: {theirs:?}"));
        }
    };
    if theirs["accepted"] == false || theirs.get("builds").is_some_and(|builds| builds == false) {
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
    if let Some((ours, theirs)) = ours.iter().zip(theirs).find(|(ours, theirs)| ours != theirs) {
        return Some(format!("\n ours   {ours}\n theirs {theirs}"));
    }
    (ours.len() != theirs.len()).then(|| "another number of instructions".to_owned())
}

fn dump(instruction: &Instruction, item: Span, lines: &LineIndex, version: Version) -> Value {
    let (trigger, inner) = match &instruction.body {
        Body::Onbuild(inner) => (Some(inner.keyword.name().to_owned()), inner.as_ref()),
        _ => (None, instruction),
    };
    let flags: Vec<String> = instruction
        .flags
        .iter()
        .map(|flag| match &flag.value {
            Some(value) => format!("--{}={}", flag.name.text, value.text),
            None => format!("--{}", flag.name.text),
        })
        .collect();
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
        "json": inner.json || version == Version::Before1_10 && inner.earlier != Earlier::Same,
        "flags": flags,
        "values": values(inner, version),
        "start": lines.line(item.start),
        "end": lines.line(instruction.span.end),
        "heredocs": heredocs,
    })
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
