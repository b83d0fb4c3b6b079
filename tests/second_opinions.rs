//! Compares the parser with the two crates that parse most real files, on what both accept: the
//! instructions in order, where each `RUN` starts, and the base images. The seeds of the fuzzer are
//! always compared, and the files of `JETTISON_CORPUS` if it is set.
//!
//! Where they differ BuildKit is on our side (`tests/oracle.rs`); each cause is a function below.

#![allow(clippy::unwrap_used)]

use jettison::syntax::{Body, Dockerfile, Instruction, Keyword, parse};
use std::path::{Path, PathBuf};

/// What all three can tell.
#[derive(Debug, PartialEq)]
struct Outline {
    keywords: Vec<String>,
    runs: Vec<usize>,
    images: Vec<String>,
}

fn ours(file: &Dockerfile) -> Outline {
    let keyword = |keyword: Keyword| keyword.name().to_owned();
    let runs = file.instructions.iter().filter(|it| it.keyword == Keyword::Run);
    let image = |body: &Body| match body {
        Body::From { image, .. } => Some(image.text.to_string()),
        _ => None,
    };
    Outline {
        keywords: file.instructions.iter().map(|it| keyword(it.keyword)).collect(),
        runs: runs.map(|it| it.keyword_span.start).collect(),
        images: file.instructions.iter().filter_map(|it| image(&it.body)).collect(),
    }
}

fn of_dockerfile_parser(source: &str) -> Option<Outline> {
    use dockerfile_parser::Instruction;
    let file = dockerfile_parser::Dockerfile::parse(source).ok()?;
    let keyword = |it: &Instruction| match it {
        Instruction::Misc(misc) => misc.instruction.content.to_uppercase(),
        other => variant(&format!("{other:?}")),
    };
    let run = |it: &Instruction| matches!(it, Instruction::Run(_)).then(|| it.span().start);
    let image = |it: &Instruction| match it {
        Instruction::From(from) => Some(from.image.content.clone()),
        _ => None,
    };
    Some(Outline {
        keywords: file.instructions.iter().map(keyword).collect(),
        runs: file.instructions.iter().filter_map(run).collect(),
        images: file.instructions.iter().filter_map(image).collect(),
    })
}

fn of_parse_dockerfile(source: &str) -> Option<Outline> {
    use parse_dockerfile::Instruction;
    let file = parse_dockerfile::parse(source).ok()?;
    // It does not count the byte order mark.
    let mark = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let run = |it: &Instruction| match it {
        Instruction::Run(run) => Some(run.run.span.start + mark),
        _ => None,
    };
    let image = |it: &Instruction| match it {
        Instruction::From(from) => Some(from.image.value.to_string()),
        _ => None,
    };
    Some(Outline {
        keywords: file.instructions.iter().map(|it| variant(&format!("{it:?}"))).collect(),
        runs: file.instructions.iter().filter_map(run).collect(),
        images: file.instructions.iter().filter_map(image).collect(),
    })
}

/// The keyword that a variant's debug output starts with.
fn variant(debug: &str) -> String {
    debug.split('(').next().unwrap().to_uppercase()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds"), &mut paths);
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"), &mut paths);
    if let Some(corpus) = std::env::var_os("JETTISON_CORPUS") {
        walk(Path::new(&corpus), &mut paths);
    }
    paths.sort();
    let read = |path: PathBuf| Some((path.clone(), std::fs::read_to_string(path).ok()?));
    paths.into_iter().filter_map(read).collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let files = entries.map(Result::unwrap).filter(|it| it.path().is_file());
    paths.extend(files.map(ignore::DirEntry::into_path));
}

fn compare(theirs: fn(&str) -> Option<Outline>, explained: fn(&Dockerfile) -> bool) {
    let mut compared = 0;
    let mut unexplained = Vec::new();
    for (path, source) in sources() {
        let (Ok(file), Some(theirs)) = (parse(&source), theirs(&source)) else { continue };
        compared += 1;
        let ours = ours(&file);
        if ours != theirs && !explained(&file) {
            unexplained.push(format!("{}:\n{ours:?}\n{theirs:?}", path.display()));
        }
    }
    assert!(compared > 15, "only {compared} files compared");
    unexplained.iter().take(8).for_each(|difference| eprintln!("{difference}"));
    assert_eq!(unexplained.len(), 0, "of {compared} files");
}

/// `dockerfile-parser` ends an instruction there, or reads on after it where BuildKit does not.
fn blank_line_inside(instruction: &Instruction) -> bool {
    let text = instruction.span.of(instruction.source);
    text.lines().any(|line| line.trim().is_empty())
}

/// `RUN # note`: `dockerfile-parser` takes the next line for the argument.
fn only_a_comment(instruction: &Instruction) -> bool {
    instruction.arguments.text.contains('#')
}

/// `FROM "a"`, `FROM <a>`: `dockerfile-parser` knows no such image.
fn is_odd(image: &str) -> bool {
    image.contains(['"', '<', '%'])
}

/// `a \\\\` at the end of a line does not continue it; both crates think it does.
fn doubled_escape(file: &Dockerfile) -> bool {
    let doubled = [file.escape, file.escape].iter().collect::<String>();
    file.source.lines().any(|line| line.trim_end().ends_with(&doubled))
}

/// `cat - <<EOF | tee y`: `parse-dockerfile` sees a heredoc only at the end of the line.
fn heredoc_inside_the_line(instruction: &Instruction) -> bool {
    instruction.heredocs.iter().any(|it| it.opener.end < instruction.arguments.span.end)
}

#[test]
fn dockerfile_parser_agrees() {
    compare(of_dockerfile_parser, |file| {
        let image =
            |it: &Instruction| matches!(&it.body, Body::From { image, .. } if is_odd(&image.text));
        file.instructions.iter().any(|it| {
            blank_line_inside(it) || only_a_comment(it) || image(it) || !it.heredocs.is_empty()
        }) || doubled_escape(file)
            // It does not know `# escape=`.
            || file.escape != '\\'
    });
}

#[test]
fn parse_dockerfile_agrees() {
    compare(of_parse_dockerfile, |file| {
        file.instructions.iter().any(heredoc_inside_the_line) || doubled_escape(file)
    });
}
