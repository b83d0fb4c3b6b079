//! Whether tree-sitter's grammar of bash sees the same commands in the same places: a parser that
//! knows nothing of ours. It says nothing about words: where they end, that grammar often gets wrong.

use jettison::shell::{self, CommandKind, Dialect, Script};
use jettison::syntax;
use std::cell::RefCell;
use std::path::PathBuf;
use tree_sitter::{Parser, Tree, TreeCursor};

thread_local! {
    static PARSER: RefCell<Option<Parser>> = RefCell::new(bash());
}

fn bash() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    Some(parser)
}

/// A node that both parsers have, by the letter of its kind.
type Mark = (usize, char);

/// Whether both see the same commands in the same places; `None` for simple commands without
/// substitutions, which leave nothing to doubt.
fn agrees(script: &Script) -> Option<bool> {
    let mut nested = false;
    script.visit(&mut |command, context| {
        nested |= context.substitution || !matches!(command.kind, CommandKind::Simple(_));
    });
    if !nested {
        return None;
    }
    let tree = PARSER.with_borrow_mut(|parser| parser.as_mut()?.parse(&*script.text, None));
    Some(tree.and_then(|tree| marks(&tree)).is_some_and(|theirs| theirs == own_marks(script)))
}

/// Scripts with something inside something.
const NESTED: &[&str] = &[
    "if [ -f /a ]; then rm /a; else touch /b; fi",
    "for file in /a /b; do gzip \"$file\"; done && rm -rf /tmp/*",
    "while read -r line; do echo \"$line\"; done < /etc/hosts",
    "case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) exit 1 ;; esac",
    "{ make || make V=1; } > /log 2>&1",
    "(cd /src && make install) && rm -rf /src",
    "set -ex; apt-get update; version=$(apt-cache policy curl | sed -n 's/ *Candidate: //p')",
    "until curl -f http://localhost; do sleep 1; done",
    "install() { apt-get install -y \"$@\"; }; install curl git",
    "echo \"$(date +%s) $(id -u)\" | tee /stamp",
    "test -n \"${A:-$(hostname)}\" && touch /a",
    "if ! id app; then useradd app; fi; chown -R app /srv",
];

#[test]
fn tree_sitter_sees_the_same_commands() {
    let (mut same, mut other) = (0, Vec::new());
    for text in NESTED {
        let script = shell::parse(text, Dialect::Bash).unwrap();
        assert_eq!(agrees(&script), Some(true), "{text}");
        same += 1;
    }
    for source in dockerfiles() {
        let Ok(file) = syntax::parse(&source) else { continue };
        for instruction in &file.instructions {
            let Some(text) = instruction.script() else { continue };
            let Some(script) = shell::parse(&text.text, Dialect::Bash) else { continue };
            match agrees(&script) {
                Some(true) => same += 1,
                Some(false) => other.push(text.text.to_string()),
                None => (),
            }
        }
    }
    assert!(same > 10, "only {same} scripts were compared");
    // In 22 of 1,937 scripts of a corpus that have something nested the grammar errs, at `PATH=$PATH:$(pwd)/bin`,
    // a comment in backticks, `{-a,-b}` after a word, or `! if …`; bash prints back what we read.
    let share = other.len() as f64 / (same + other.len()) as f64;
    assert!(
        share < 0.02,
        "{} of {} differ: {:#?}",
        other.len(),
        same,
        &other[..other.len().min(9)]
    );
}

/// Those of this project, and of the folder that `JETTISON_CORPUS` names.
fn dockerfiles() -> Vec<String> {
    let mut folders: Vec<PathBuf> = vec!["tests/corpus".into(), "fuzz/seeds".into()];
    if let Some(corpus) = std::env::var_os("JETTISON_CORPUS") {
        let entries = std::fs::read_dir(corpus).unwrap();
        folders.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
    }
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    files.filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok()).collect()
}

fn own_marks(script: &Script) -> Vec<Mark> {
    let mut marks = Vec::new();
    script.visit(&mut |command, _| {
        let kind = match &command.kind {
            CommandKind::Simple(simple) => {
                marks.extend(simple.words.first().map(|program| (program.span.start, 'c')));
                return;
            }
            CommandKind::Group(_) => 'g',
            CommandKind::Subshell(_) => 's',
            CommandKind::If { .. } => 'i',
            CommandKind::Loop { .. } => 'w',
            CommandKind::For { .. } => 'f',
            CommandKind::Case { .. } => 'e',
            CommandKind::Function { .. } => 'n',
            CommandKind::Bash { .. } => 'c',
        };
        marks.push((command.span.start, kind));
    });
    marks.sort_unstable();
    marks
}

fn marks(tree: &Tree) -> Option<Vec<Mark>> {
    if tree.root_node().has_error() {
        return None;
    }
    let mut marks = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let kind = match node.kind() {
            "command_name"
            | "declaration_command"
            | "unset_command"
            | "test_command"
            | "c_style_for_statement" => Some('c'),
            "compound_statement" if starts_with_brace(&mut cursor) => Some('g'),
            "compound_statement" => Some('c'),
            "subshell" => Some('s'),
            "if_statement" => Some('i'),
            "while_statement" => Some('w'),
            "for_statement" => Some('f'),
            "case_statement" => Some('e'),
            "function_definition" => Some('n'),
            _ => None,
        };
        marks.extend(kind.map(|kind| (node.start_byte(), kind)));
        if !advance(&mut cursor) {
            break;
        }
    }
    marks.sort_unstable();
    Some(marks)
}

/// `{ … }`, and not `(( … ))`.
fn starts_with_brace(cursor: &mut TreeCursor<'_>) -> bool {
    let braced = cursor.goto_first_child() && cursor.node().kind() == "{";
    cursor.goto_parent();
    braced
}

/// Steps to the next node in the order of the source.
fn advance(cursor: &mut TreeCursor<'_>) -> bool {
    if cursor.goto_first_child() {
        return true;
    }
    loop {
        if cursor.goto_next_sibling() {
            return true;
        }
        if !cursor.goto_parent() {
            return false;
        }
    }
}
