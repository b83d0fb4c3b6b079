//! YAML as a tree that knows where each of its nodes stands. It knows no format written in YAML.
//!
//! Aliases share the node that they name, and merge keys (`<<`) are applied, as all programs whose files
//! we read do. A text that would grow beyond any use (nested aliases) or is nested too deeply is an error.

pub mod form;

use crate::text::Span;
use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span as Place};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// What aliases may make of a document, in nodes.
const LARGEST: usize = 2_000_000;

/// How deep nodes may be nested, aliases followed.
const DEEPEST: usize = 256;

#[derive(Debug)]
pub struct Node {
    /// Without anchor and tag; of a mapping or sequence, only where it starts.
    pub span: Span,
    /// 1-based; of a block scalar, that of its first line of text.
    pub line: usize,
    /// `!reset`, `tag:yaml.org,2002:str`.
    pub tag: Option<Box<str>>,
    pub value: Value,
}

#[derive(Debug)]
pub enum Value {
    /// `~`, `null` or nothing.
    Null,
    Scalar {
        text: Box<str>,
        style: Style,
    },
    Sequence(Vec<Rc<Node>>),
    /// In the order of the source, then what is merged into it. No key stands twice.
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: it may be a number, or `true`.
    Plain,
    Quoted,
    /// `|`: line by line as in the source.
    Literal,
    /// `>`: lines are joined.
    Folded,
}

/// Why a text is no YAML that we read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Lower case, no full stop.
    pub message: String,
    /// In bytes.
    pub at: usize,
}

/// The documents of a text.
pub fn parse(text: &str) -> Result<Vec<Rc<Node>>, Error> {
    let mut options = Options::default();
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST;
    let mut tree = Tree::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, place) = event.map_err(|error| refused(&error))?;
        tree.take(event, place)?;
    }
    Ok(tree.documents)
}

impl Node {
    /// The text of a scalar, however it is written.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// What stands under `key`, if this is a mapping.
    pub fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// Keys and values; none if this is no mapping.
    pub fn entries(&self) -> &[(Rc<Node>, Rc<Node>)] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The entries whose keys are scalars.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Rc<Node>)> {
        self.entries().iter().filter_map(|(key, value)| Some((key.text()?, value)))
    }

    /// None if this is no sequence.
    pub fn items(&self) -> &[Rc<Node>] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }
}

/// A node with what aliases to it cost.
#[derive(Clone)]
struct Sized {
    node: Rc<Node>,
    size: usize,
    depth: usize,
}

/// A mapping or sequence that is not closed yet.
struct Open {
    place: Place,
    anchor: usize,
    tag: Option<Box<str>>,
    mapping: bool,
    children: Vec<Sized>,
}

#[derive(Default)]
struct Tree {
    documents: Vec<Rc<Node>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Sized>,
    /// How many entries merge keys have brought.
    merged: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Error> {
        let mapping = matches!(event, Event::MappingStart(..));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| tag.to_string().into_boxed_str());
                let value = scalar(&text, style, tag.as_deref());
                let node =
                    Rc::new(Node { span: span(place), line: place.start.line(), tag, value });
                self.add(Sized { node, size: 1, depth: 1 }, anchor, place)
            }
            Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag) => {
                let tag = tag.map(|tag| tag.to_string().into_boxed_str());
                self.open.push(Open { place, anchor, tag, mapping, children: Vec::new() });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                Some(target) => self.add(target, 0, place),
                None => Err(error("an alias inside of what it names", place)),
            },
            _ => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let place = open.place;
        let size = open.children.iter().fold(1usize, |sum, child| sum.saturating_add(child.size));
        let depth = 1 + open.children.iter().map(|child| child.depth).max().unwrap_or(0);
        let nodes = open.children.into_iter().map(|child| child.node);
        let (value, more) = match open.mapping {
            true => self.mapping(nodes)?,
            false => (Value::Sequence(nodes.collect()), 0),
        };
        let span = Span::new(span(place).start, span(place).start);
        let node = Rc::new(Node { span, line: place.start.line(), tag: open.tag, value });
        self.add(Sized { node, size: size.saturating_add(more), depth }, open.anchor, place)
    }

    /// The entries, and how many nodes merge keys may have brought at most.
    fn mapping(&mut self, nodes: impl Iterator<Item = Rc<Node>>) -> Result<(Value, usize), Error> {
        let mut entries: Vec<(Rc<Node>, Rc<Node>)> = Vec::new();
        let mut merges = Vec::new();
        let mut seen = HashSet::new();
        let mut nodes = nodes;
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            if let Value::Scalar { text, style: Style::Plain } = &key.value
                && &**text == "<<"
            {
                merges.push(value);
                continue;
            }
            if let Some(text) = key.text()
                && !seen.insert(text.to_owned())
            {
                return Err(at(format!("the key `{text}` stands twice"), &key));
            }
            entries.push((key, value));
        }
        let own = entries.len();
        // Two merge keys are an error to most, and to Ruby the second one wins.
        for source in merges.iter().rev() {
            self.merge(source, &mut entries, &mut seen)?;
        }
        let more = entries.len() - own;
        Ok((Value::Mapping(entries), more))
    }

    /// What stands in the mapping itself wins, then what is merged first.
    fn merge(
        &mut self,
        source: &Node,
        entries: &mut Vec<(Rc<Node>, Rc<Node>)>,
        seen: &mut HashSet<String>,
    ) -> Result<(), Error> {
        let sources = match &source.value {
            Value::Sequence(items) => items.iter().map(|item| &**item).collect(),
            _ => vec![source],
        };
        for source in sources {
            self.merged += 1 + source.entries().len();
            if self.merged > LARGEST {
                return Err(at("merge keys bring too much".to_owned(), source));
            }
            for (key, value) in source.entries() {
                let Some(name) = key.text() else { continue };
                if seen.insert(name.to_owned()) {
                    entries.push((Rc::clone(key), Rc::clone(value)));
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, sized: Sized, anchor: usize, place: Place) -> Result<(), Error> {
        if sized.size > LARGEST {
            return Err(error("aliases make the document too large", place));
        }
        if sized.depth > DEEPEST {
            return Err(error("the document is nested too deeply", place));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, sized.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(sized),
            None => self.documents.push(sized.node),
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>) -> Value {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
        _ => Style::Quoted,
    };
    let null = matches!(text, "" | "~" | "null" | "Null" | "NULL") && style == Style::Plain;
    match null && !tag.is_some_and(|tag| tag.ends_with(":str")) {
        true => Value::Null,
        false => Value::Scalar { text: text.into(), style },
    }
}

fn span(place: Place) -> Span {
    let range = place.byte_range().unwrap_or(0..0);
    Span::new(range.start, range.end.max(range.start))
}

fn refused(error: &ScanError) -> Error {
    Error { message: error.info(), at: error.marker().byte_offset().unwrap_or(0) }
}

fn error(message: &str, place: Place) -> Error {
    Error { message: message.to_owned(), at: span(place).start }
}

fn at(message: String, node: &Node) -> Error {
    Error { message, at: node.span.start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::LineIndex;

    fn one(text: &str) -> Rc<Node> {
        parse(text).unwrap().remove(0)
    }

    #[test]
    fn nodes_know_where_they_stand() {
        let root = one("a: 1\nb:\n  - |\n    run\n  - 'x'\n");
        let items = root.get("b").unwrap().items();
        assert_eq!((items[0].line, items[0].text()), (4, Some("run\n")));
        assert_eq!((items[1].line, items[1].span), (5, Span::new(26, 29)));
        assert_eq!(root.get("a").unwrap().text(), Some("1"));
    }

    #[test]
    fn merge_keys_give_way_to_what_is_written() {
        let root = one("x: &x { a: 1, b: 1 }\ny: &y { a: 2, c: 2 }\nz:\n  <<: [*x, *y]\n  b: 3\n");
        let z = root.get("z").unwrap();
        let found: Vec<_> = z.named().map(|(key, value)| (key, value.text().unwrap())).collect();
        assert_eq!(found, [("b", "3"), ("a", "1"), ("c", "2")]);
        let root = one("x: &x { a: 1 }\ny: &y { a: 2 }\nz:\n  <<: *x\n  <<: *y\n");
        assert_eq!(root.get("z").unwrap().get("a").unwrap().text(), Some("2"));
    }

    #[test]
    fn tags_and_nothing_are_kept_apart() {
        let root = one("a: !reset null\nb: !reference [x, y]\nc:\nd: !!str null\ne: ''\n");
        assert_eq!(root.get("a").unwrap().tag.as_deref(), Some("!reset"));
        assert_eq!(root.get("b").unwrap().tag.as_deref(), Some("!reference"));
        assert!(root.get("c").unwrap().is_null());
        assert_eq!(root.get("d").unwrap().text(), Some("null"));
        assert_eq!(root.get("e").unwrap().text(), Some(""));
        assert_eq!(parse("a: 1\n---\nb: 2\n").unwrap().len(), 2);
        assert_eq!(parse("").unwrap().len(), 0);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_its_place() {
        let cases = [
            ("a: 1\na: 2\n", 2, "the key `a` stands twice"),
            ("a: &x [*x]\n", 1, "an alias inside of what it names"),
            ("a: [1,\n", 1, "unclosed bracket"),
            ("a: *nobody\n", 1, "anchor"),
        ];
        for (text, line, message) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {error:?}");
            let found = LineIndex::new(text).position(error.at).line;
            assert_eq!(found, line, "{text}: {error:?}");
        }
    }

    #[test]
    fn hostile_texts_are_errors_at_once() {
        let mut laughs = "a0: &a0 [x]\n".to_owned();
        let mut chain = laughs.clone();
        let mut merges = "a0: &a0 { x0: 1 }\n".to_owned();
        for number in 1..20_000 {
            let before = number - 1;
            let nine = format!("*a{before},").repeat(9);
            laughs.push_str(&format!("a{number}: &a{number} [{nine}]\n"));
            chain.push_str(&format!("a{number}: &a{number} [*a{before}]\n"));
            merges.push_str(&format!("a{number}: &a{number} {{ <<: *a{before}, x{number}: 1 }}\n"));
        }
        for open in ["[", "{a: ", "- ", "? ", "!a ", "&a "] {
            assert!(parse(&open.repeat(100_000)).is_err(), "{open}");
        }
        for text in [laughs, chain, merges] {
            assert!(parse(&text).is_err());
        }
    }
}
