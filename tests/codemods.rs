//! Codemods as their authors use them: the library of examples, each example of the guide, and what a mistake is told.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the command in `folder`.
fn jettison(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jettison"));
    command.current_dir(folder).args(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/codemods");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|it| it.extension() == Some("yaml".as_ref())).collect();
    files.sort();
    files
}

/// Runs the tests in `text`; what was printed if one of them fails or there is none.
fn failing(text: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("codemod.yaml"), text).unwrap();
    let ran = jettison(folder.path(), &["codemod", "test", "codemod.yaml"]);
    let printed = format!("{}{}", utf8(&ran.stdout), utf8(&ran.stderr));
    let tested = text.lines().filter(|line| is_test(line)).count();
    (!ran.status.success() || tested == 0).then_some(printed)
}

fn is_test(line: &str) -> bool {
    let key = line.trim_start().trim_start_matches("- ");
    ["diff:", "unchanged:", "declined:"].iter().any(|it| key.starts_with(it))
}

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The codemods of a file: each is whole, and has tests of its own.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        match line == "---" {
            true => documents.push(String::new()),
            false => documents.last_mut().unwrap().push_str(&format!("{line}\n")),
        }
    }
    documents
}

#[test]
fn examples_do_what_their_tests_say() {
    let files = examples();
    assert_eq!(files.len(), 15);
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        wrong.extend(failing(&text).map(|it| format!("{}\n{it}", file.display())));
        for document in documents(&text) {
            let id = document.lines().find_map(|it| it.strip_prefix("id: ")).unwrap();
            for kind in ["diff:", "unchanged:"] {
                let tests = document.lines().filter(|it| is_test(it) && it.contains(kind)).count();
                assert!(tests > 0 || has_no_other_side(id, kind), "{id} has no test with `{kind}`");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Renames of one name each share the file's tests of what is left alone.
fn has_no_other_side(id: &str, kind: &str) -> bool {
    kind == "unchanged:" && id.starts_with("rename-") && id.ends_with("-label")
}

#[test]
fn a_test_that_is_wrong_fails() {
    let text = fs::read_to_string(&examples()[0]).unwrap();
    let wrong = text.replacen("\n      +FROM ", "\n      +FROM x", 1);
    assert_ne!(text, wrong);
    let printed = failing(&wrong).expect("the test fails");
    assert!(printed.contains("-FROM x"), "{printed}");
}

#[test]
fn examples_are_listed_and_explained() {
    let readme = fs::read_to_string(examples()[0].with_file_name("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| [")).count();
    assert_eq!(rows, examples().len());
    for file in examples() {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("\n| [{name}]({name}) | ")), "{name}");
        let text = fs::read_to_string(&file).unwrap();
        let first = "# yaml-language-server: $schema=../../schemas/codemod.json\n";
        assert!(text.starts_with(first), "{name}: editors find the schema");
        assert!(text.contains("\nabout: |\n") && text.contains("**Adapt**"), "{name}");
    }
}

#[test]
fn codemods_of_the_guide_do_what_their_tests_say() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codemods.md");
    let guide = fs::read_to_string(guide).unwrap();
    let blocks: Vec<&str> = guide
        .split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|it| it.strip_prefix("yaml\n"))
        .collect();
    assert!(blocks.len() > 3);
    let wrong: Vec<String> = blocks.iter().filter_map(|it| failing(it)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A codemod without a mistake.
const RIGHT: &str = "\
id: use-base
summary: Use the base
unsafe: another image
match:
  from: \"docker.io/library/$NAME:$TAG\"
where:
  NAME: { one-of: [node] }
rewrite:
  from: \"registry.corp.example/$NAME:$TAG\"
tests:
  - unchanged: FROM scratch
";

/// What is written instead of what, and what is said: the message, the line and the column.
const MISTAKES: &[(&str, &str, &str, usize, usize)] = &[
    ("where:", "wher:", "unknown key `wher`; did you mean `where`?", 6, 1),
    ("match:\n  from", "matches:\n  from", "unknown key `matches`; did you mean `match`?", 4, 1),
    (
        "summary: Use the base\n",
        "",
        "`summary` is missing: what it does, in one line: the title of its diffs",
        1,
        1,
    ),
    ("summary: Use", "summary: a\nsummary: Use", "the key `summary` stands twice", 3, 1),
    (
        "unsafe: another image",
        "unsafe: true",
        "`unsafe` says why a person must agree, in words",
        3,
        9,
    ),
    ("from: \"docker", "frm: \"docker", "unknown key `frm`; did you mean `from`?", 5, 3),
    (
        "\"docker.io/library/$NAME:$TAG\"",
        "{ tagg: x }",
        "unknown key `tagg`; did you mean `tag`?",
        5,
        11,
    ),
    ("\"docker.io/library/$NAME:$TAG\"", "\"a b\"", "`a b` is no image reference", 5, 9),
    (
        "$TAG\"\nwhere",
        "$TAG\"\n  run: a\nwhere",
        "a pattern has one key, such as `from` or `run`",
        5,
        3,
    ),
    (
        "from: \"docker.io/library/$NAME:$TAG\"",
        "run: \"curl |\"",
        "no command to look for: it is no command that every shell reads in the same way",
        5,
        8,
    ),
    (
        "from: \"docker.io/library/$NAME:$TAG\"",
        "run: \"if a; then b; fi\"",
        "no command to look for: only simple commands can be looked for, no `if`, loop or group",
        5,
        8,
    ),
    ("NAME: {", "NAMES: {", "nothing binds `$NAMES`; did you mean `NAME`?", 7, 3),
    ("one-of: [node]", "regx: a", "unknown key `regx`; did you mean `regex`?", 7, 11),
    ("one-of: [node]", "regex: \"(\"", "no regular expression: unclosed group", 7, 18),
    ("one-of: [node]", "written: \"(\"", "no regular expression: unclosed group", 7, 20),
    (
        "one-of: [node]",
        "compare: \"~ 3\"",
        "`~ 3` is no operator with a number, such as `< 3.9`",
        7,
        20,
    ),
    (
        "NAME: { one-of: [node] }",
        "stage: shiped",
        "unknown value `shiped`; did you mean `shipped`?",
        7,
        10,
    ),
    (
        "NAME: { one-of: [node] }",
        "stage: { distribution: debain }",
        "unknown value `debain`; did you mean `debian`?",
        7,
        26,
    ),
    (
        "NAME: { one-of: [node] }",
        "position: frist",
        "unknown value `frist`; did you mean `first`?",
        7,
        13,
    ),
    (
        "corp.example/$NAME",
        "corp.example/$NAMES",
        "nothing binds `$NAMES`; did you mean `NAME`?",
        9,
        9,
    ),
    ("from: \"registry", "run: \"registry", "`run` is not what is matched", 9, 3),
    (
        "rewrite:\n",
        "rewrite:\n  delete: true\n",
        "what was matched cannot be replaced and deleted or wrapped",
        9,
        3,
    ),
    ("rewrite:\n", "rewrite:\n  prepend: a\n", "`prepend` goes with `match: run`", 9, 3),
    (
        "rewrite:\n",
        "rewrite:\n  wrap: a\n",
        "`wrap` needs `$MATCH`, which is what was matched",
        9,
        9,
    ),
    (
        "rewrite:\n",
        "rewrite:\n  insert: [{ at: after-frm, text: RUN a }]\n",
        "unknown value `after-frm`; did you mean `after-from`?",
        9,
        18,
    ),
    (
        "rewrite:\n",
        "rewrite:\n  before: RUUN a\n",
        "unknown instruction `RUUN`; did you mean `RUN`?",
        9,
        11,
    ),
    (
        "rewrite:\n",
        "rewrite:\n  declare: [RUN a]\n",
        "`declare` takes `ARG` and `ENV` instructions",
        9,
        13,
    ),
    (
        "unchanged: FROM scratch",
        "name: a",
        "a test has one of `diff`, `unchanged` and `declined`",
        11,
        5,
    ),
    (
        "unchanged: FROM scratch",
        "diff: FROM a",
        "a diff has lines that start with `-` or `+`",
        11,
        5,
    ),
    (
        "- unchanged: FROM scratch",
        "- declined: FROM a\n    becuase: x",
        "unknown key `becuase`; did you mean `because`?",
        12,
        5,
    ),
];

#[test]
fn a_mistake_is_told_with_its_place() {
    assert_eq!(failing(RIGHT), None);
    for (right, wrong, message, line, column) in MISTAKES {
        let text = RIGHT.replacen(right, wrong, 1);
        assert_ne!(text, RIGHT, "{right}");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("codemod.yaml"), text).unwrap();
        for arguments in [["codemod", "test", "codemod.yaml"], ["--codemod", "codemod.yaml", "."]] {
            let ran = jettison(folder.path(), &arguments);
            assert_eq!(ran.status.code(), Some(2), "{message}: {arguments:?}");
            let printed = utf8(&ran.stderr);
            let at = format!("--> codemod.yaml:{line}:{column}\n");
            let told = printed.contains(&format!("error: {message}\n")) && printed.contains(&at);
            assert!(told, "{message} at {line}:{column}: {printed}");
        }
    }
}

#[test]
fn a_comment_on_the_next_command_of_a_heredoc_stays() {
    let codemod = "id: drop-upgrade\nsummary: Keep packages as they are\nunsafe: older packages\n\
                   match: { run: \"apt-get upgrade $$$OPTIONS\" }\nrewrite: { delete: true }\ntests:\n  - diff: |\n      \
                   FROM debian:13\n      RUN <<EOF\n      apt-get update\n      -apt-get upgrade -y\n      \
                   # for downloads\n      apt-get install -y curl\n      EOF\n  - diff: |\n      FROM debian:13\n      \
                   RUN <<EOF\n      if true; then\n      -  apt-get upgrade\n      \u{20} # indented\n      \u{20} true\n      fi\n      EOF\n";
    assert_eq!(failing(codemod), None);
}
