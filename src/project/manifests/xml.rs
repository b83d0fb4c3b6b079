//! XML as a tree that knows the lines, for the formats written in it.

use super::Unclear;
use roxmltree::{Document, Node, ParsingOptions};

/// Elements, texts and comments of one document.
const LARGEST: u32 = 200_000;

/// Reads a text. One with a document type is refused: it may define entities, and no manifest needs it.
pub(super) fn parse(text: &str) -> Result<Document<'_>, Unclear> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: LARGEST, ..Default::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        let line = error.pos().row as usize;
        let message = error.to_string();
        let message = message.split(" at ").next().unwrap_or(&message);
        Unclear { line: line.max(1), reason: message.to_lowercase() }
    })
}

/// The line of a node, 1-based.
pub(super) fn line(node: Node<'_, '_>) -> usize {
    node.document().text_pos_at(node.range().start).row as usize
}

/// The elements of that name right in a node, whatever their namespaces.
pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    let name = name.to_owned();
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// The first of them.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The text of the first of them.
pub(super) fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    Some(child(node, name)?.text()?.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn entities_and_depth_do_no_harm() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"xx\"><!ENTITY c \"&b;&b;\">]>\n<a>&c;</a>";
        assert!(parse(bomb).unwrap_err().reason.contains("dtd"));
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(parse(&deep).is_ok());
        assert!(parse(&"<a>".repeat(300_000)).is_err());
        assert_eq!(parse("<a>\n<b>\n</a>").unwrap_err().line, 3);
    }
}
