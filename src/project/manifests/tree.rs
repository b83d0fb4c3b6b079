//! JSON and TOML as one kind of tree that knows the lines. It knows no format written in them.

use super::Unclear;
use crate::text::LineIndex;
use serde::Deserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// How deep values are read; manifests have five levels.
const DEEPEST: usize = 24;

#[derive(Debug)]
pub(super) struct Node {
    /// 1-based: where the value starts.
    pub(super) line: usize,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Text(String),
    Yes,
    /// A number, `false`, `null`, or too deep.
    Other,
    List(Vec<Node>),
    /// In the order of the source; of a key that stands twice, both.
    Table(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self.value, Value::Yes)
    }

    /// What stands under a key; of two the last, as JavaScript takes it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rfind(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// What stands under the keys one after the other.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text under the keys, with its line.
    pub(super) fn said(&self, keys: &[&str]) -> Option<(&str, usize)> {
        let node = self.at(keys)?;
        Some((node.text()?, node.line))
    }

    pub(super) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The entries under the keys; none if there is no table.
    pub(super) fn entries_at(&self, keys: &[&str]) -> &[(String, Node)] {
        self.at(keys).map(Node::entries).unwrap_or_default()
    }

    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// A text, or the texts of a list, under the keys.
    pub(super) fn texts_at(&self, keys: &[&str]) -> impl Iterator<Item = (&str, usize)> {
        self.at(keys).into_iter().flat_map(Node::texts)
    }

    /// A text, or the texts of a list.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, usize)> {
        let own = std::iter::once(self).chain(self.items());
        own.filter_map(|node| Some((node.text()?, node.line)))
    }

    /// Every text in it, with the key that it stands under.
    pub(super) fn all_texts(&self) -> Vec<(&str, &str, usize)> {
        let mut found = Vec::new();
        self.collect("", &mut found);
        found
    }

    fn collect<'n>(&'n self, key: &'n str, found: &mut Vec<(&'n str, &'n str, usize)>) {
        match &self.value {
            Value::Text(text) => found.push((key, text, self.line)),
            Value::List(items) => items.iter().for_each(|item| item.collect(key, found)),
            Value::Table(entries) => {
                entries.iter().for_each(|(key, node)| node.collect(key, found))
            }
            Value::Yes | Value::Other => {}
        }
    }
}

/// Reads a JSON text.
pub(super) fn json(text: &str) -> Result<Node, Unclear> {
    let raw: &RawValue = serde_json::from_str(text)
        .map_err(|error| Unclear { line: error.line().max(1), reason: said(&error) })?;
    Json { text, lines: LineIndex::new(text) }.node(raw, 0)
}

/// The message without the place.
fn said(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or(&message).to_owned()
}

struct Json<'t> {
    text: &'t str,
    lines: LineIndex<'t>,
}

impl<'t> Json<'t> {
    fn node(&self, raw: &'t RawValue, depth: usize) -> Result<Node, Unclear> {
        let piece = raw.get();
        // A raw value is a part of the text.
        let at = (piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = self.lines.line(at.min(self.text.len()));
        let refused = |error: serde_json::Error| Unclear { line, reason: said(&error) };
        let mut pieces = serde_json::Deserializer::from_str(piece);
        let value = match piece.as_bytes().first() {
            Some(b'{') if depth < DEEPEST => {
                let members = pieces.deserialize_map(Members).map_err(refused)?;
                let node = |(key, raw)| Ok((key, self.node(raw, depth + 1)?));
                Value::Table(members.into_iter().map(node).collect::<Result<_, _>>()?)
            }
            Some(b'[') if depth < DEEPEST => {
                let items = pieces.deserialize_seq(Items).map_err(refused)?;
                let node = |raw| self.node(raw, depth + 1);
                Value::List(items.into_iter().map(node).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Value::Text(serde_json::from_str(piece).map_err(refused)?),
            Some(b't') => Value::Yes,
            _ => Value::Other,
        };
        Ok(Node { line, value })
    }
}

struct Members;

impl<'t> Visitor<'t> for Members {
    type Value = Vec<(String, &'t RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

struct Items;

impl<'t> Visitor<'t> for Items {
    type Value = Vec<&'t RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}

/// Reads a TOML text.
pub(super) fn toml(text: &str) -> Result<Node, Unclear> {
    let lines = LineIndex::new(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        Unclear { line: lines.line(at), reason: error.message().to_lowercase() }
    })?;
    Ok(Node { line: 1, value: Toml { lines: &lines }.table(table.get_ref(), 0) })
}

struct Toml<'t> {
    lines: &'t LineIndex<'t>,
}

impl Toml<'_> {
    fn table(&self, table: &DeTable<'_>, depth: usize) -> Value {
        let mut entries: Vec<(usize, (String, Node))> = Vec::new();
        for (key, value) in table {
            // A table that is written in pieces starts where its key does.
            let at = key.span().start;
            let node = self.node(value.get_ref(), value.span(), at, depth + 1);
            entries.push((at, (key.get_ref().to_string(), node)));
        }
        entries.sort_by_key(|(at, _)| *at);
        Value::Table(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    fn node(&self, value: &DeValue<'_>, span: Range<usize>, key: usize, depth: usize) -> Node {
        let (value, at) = match value {
            DeValue::String(text) => (Value::Text(text.to_string()), span.start),
            DeValue::Boolean(true) => (Value::Yes, span.start),
            DeValue::Array(items) if depth < DEEPEST => {
                let node = |item: &toml::Spanned<DeValue<'_>>| {
                    self.node(item.get_ref(), item.span(), item.span().start, depth + 1)
                };
                (Value::List(items.iter().map(node).collect()), span.start)
            }
            DeValue::Table(table) if depth < DEEPEST => (self.table(table, depth), key),
            _ => (Value::Other, span.start),
        };
        Node { line: self.lines.line(at), value }
    }
}

#[cfg(test)]
mod tests {
    use super::{json, toml};

    #[test]
    fn values_know_their_lines() {
        let node =
            json("{\n \"a\": {\n  \"b\": [\"x\",\n \"y\"] },\n \"a\": \"\\u00e9\" }").unwrap();
        assert_eq!(node.said(&["a"]), Some(("é", 5)));
        let both: Vec<_> = node.all_texts();
        assert_eq!(both, [("b", "x", 3), ("b", "y", 4), ("a", "é", 5)]);
        let node =
            toml("x = true\r\n[a.b]\r\nc = [\r\n 'd',\r\n \"e\"]\r\n[[f]]\ng = 'h'\n[[f]]\ng = 1")
                .unwrap();
        assert!(node.at(&["x"]).unwrap().is_true());
        assert_eq!(node.texts_at(&["a", "b", "c"]).collect::<Vec<_>>(), [("d", 4), ("e", 5)]);
        assert_eq!(node.get("f").unwrap().items().len(), 2);
    }

    #[test]
    fn broken_and_deep_texts_are_errors_or_cut_off() {
        assert_eq!(json("{\n\"a\": }").unwrap_err().line, 2);
        assert_eq!(json("{\"a\": \"\\ud800\"}").unwrap_err().line, 1);
        assert_eq!(toml("a = 1\na = 2").unwrap_err().line, 2);
        assert!(json(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))).is_ok());
        for open in ["[", "{\"a\":", "[{\"a\":"] {
            assert!(json(&open.repeat(100_000)).is_err(), "{open}");
        }
        for open in ["a=[", "[", "a.", "a={a=", "[["] {
            assert!(toml(&open.repeat(50_000)).is_err(), "{open}");
        }
        let _ = toml(&format!("{}a = 1", "a.".repeat(50_000)));
    }
}
