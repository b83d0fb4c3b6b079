//! Whether tree-sitter's grammar of bash sees the same commands in the same places.
//!
//! Two parsers that know nothing of each other have to agree before a script with any nesting counts
//! as understood. It says nothing about words: where they end, that grammar often gets wrong.

use super::{CommandKind, Script};
use std::cell::RefCell;
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

/// Simple commands without substitutions leave nothing to doubt: they are not asked about, since
/// an answer takes seven times as long as our own reading.
pub(super) fn agrees(script: &Script) -> bool {
    let mut nested = false;
    script.visit(&mut |command, context| {
        nested |= context.substitution || !matches!(command.kind, CommandKind::Simple(_));
    });
    if !nested {
        return true;
    }
    let tree = PARSER.with_borrow_mut(|parser| parser.as_mut()?.parse(&*script.text, None));
    tree.and_then(|tree| marks(&tree)).is_some_and(|theirs| theirs == own_marks(script))
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
