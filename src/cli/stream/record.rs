//! One record of a stream: an object of JSON on one line.

use super::super::suggest::instead;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

const KEYS: &[&str] = &["id", "path", "content", "files", "texts"];

const IGNORE_FILE: &str = ".dockerignore";

/// A record that can be worked on.
#[derive(Debug)]
pub(super) struct Record<'l> {
    /// A string or a number, as it is written.
    pub(super) id: &'l str,
    pub(super) path: Cow<'l, str>,
    pub(super) content: Cow<'l, str>,
    files: Option<Vec<Cow<'l, str>>>,
    texts: Option<BTreeMap<Cow<'l, str>, Cow<'l, str>>>,
}

/// Why a record cannot be worked on, with as much of it as could be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) id: Option<String>,
    pub(super) path: String,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// What a file is called, with its text.
type Named<'r> = (&'r str, &'r str);

impl<'l> Record<'l> {
    pub(super) fn read(line: &'l [u8]) -> Result<Self, Mistake> {
        let text = std::str::from_utf8(line).map_err(|error| {
            let at = error.valid_up_to();
            let byte = line.get(at).copied().unwrap_or_default();
            let help = "NDJSON is UTF-8: write other characters as `\\u00e9`";
            Mistake::about_line(format!("not UTF-8: byte 0x{byte:02x} at column {}", at + 1), help)
        })?;
        let Object(entries) = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        let found = |key: &str| entries.iter().find(|(name, _)| name == key).map(|it| it.1);
        let (id, path) = (found("id").and_then(id), found("path").and_then(string));
        let read = || {
            known_keys(&entries)?;
            if found("id").is_some() && id.is_none() {
                return Err("`id` is neither a string nor a number".to_owned());
            }
            let id = id.ok_or("no `id`")?;
            let required = |key: &str| found(key).ok_or_else(|| format!("no `{key}`"));
            let path = typed(required("path")?, "path", "a string")?;
            let content = typed(required("content")?, "content", "a string")?;
            let files = found("files").map(|it| typed(it, "files", "a list of strings"));
            let texts = found("texts").map(|it| typed(it, "texts", "an object of strings"));
            let texts = texts.transpose()?.map(|Texts(texts)| texts);
            let files = files.transpose()?.map(|List(files)| files);
            let Text(path) = path;
            let Text(content) = content;
            let record = Self { id, path, content, files, texts };
            record.is_right().map(|()| record)
        };
        read().map_err(|message: String| Mistake {
            id: id.map(str::to_owned),
            path: path.map(Cow::into_owned).unwrap_or_default(),
            message,
            help: None,
        })
    }

    /// The files of the context, where all are known, and the texts that are.
    pub(super) fn context(&self) -> Option<(Option<Vec<&str>>, Vec<Named<'_>>)> {
        if self.files.is_none() && self.texts.is_none() {
            return None;
        }
        let files = self.files.as_ref().map(|files| files.iter().map(|it| &**it).collect());
        let texts = self.texts.iter().flatten().map(|(path, text)| (&**path, &**text));
        Some((files, texts.collect()))
    }

    fn is_right(&self) -> Result<(), String> {
        if self.path.is_empty() {
            return Err("`path` is empty".to_owned());
        }
        let texts = || self.texts.iter().flatten().map(|(path, _)| ("texts", path));
        let files = || self.files.iter().flatten().map(|path| ("files", path));
        for (key, path) in files().chain(texts()) {
            if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
                let form = "give it from the top of the build context, such as `src/main.js`";
                return Err(format!("`{key}`: `{path}` is no path of a file; {form}"));
            }
        }
        let is_ignore_file = |(_, path): (_, &Cow<'_, str>)| path == IGNORE_FILE;
        if files().any(is_ignore_file) && !texts().any(is_ignore_file) {
            return Err(format!(
                "`files` has `{IGNORE_FILE}`, which decides what a build gets: give its text in `texts`"
            ));
        }
        Ok(())
    }
}

impl Mistake {
    fn about_line(message: String, help: &str) -> Self {
        Self { id: None, path: String::new(), message, help: Some(help.to_owned()) }
    }

    pub(super) fn too_long(limit: usize) -> Self {
        let help = "raise the limit with `--max-record-size`";
        Self::about_line(format!("longer than {limit} bytes"), help)
    }
}

fn not_json(error: &serde_json::Error) -> Mistake {
    // A record has one line.
    let message = error.to_string().replace(" at line 1 column", " at column");
    match error.is_data() {
        true => Mistake::about_line(message, "give each record as an object"),
        false => {
            Mistake::about_line(format!("not JSON: {message}"), "give each record on one line")
        }
    }
}

fn known_keys(entries: &[(String, &RawValue)]) -> Result<(), String> {
    for (index, (key, _)) in entries.iter().enumerate() {
        if !KEYS.contains(&&**key) {
            return Err(format!("unknown key `{key}`; {}", instead(key, KEYS)));
        }
        if entries[..index].iter().any(|(other, _)| other == key) {
            return Err(format!("two keys `{key}`"));
        }
    }
    Ok(())
}

fn typed<'l, T: Deserialize<'l>>(value: &'l RawValue, key: &str, form: &str) -> Result<T, String> {
    serde_json::from_str(value.get()).map_err(|error| {
        let text = error.to_string();
        match text.rfind(" at line ") {
            // What is wrong within a string has no better words than the parser's.
            Some(end) if !error.is_data() => format!("`{key}`: {}", &text[..end]),
            _ => format!("`{key}` is not {form}"),
        }
    })
}

fn id(value: &RawValue) -> Option<&str> {
    let is_number = || value.get().starts_with(|it: char| it == '-' || it.is_ascii_digit());
    (is_number() || string(value).is_some()).then(|| value.get())
}

fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str(value.get()).ok().map(|Text(text)| text)
}

/// Borrowed where nothing is escaped.
#[derive(Deserialize)]
struct Text<'l>(#[serde(borrow)] Cow<'l, str>);

#[derive(Deserialize)]
struct List<'l>(#[serde(borrow)] Vec<Cow<'l, str>>);

#[derive(Deserialize)]
struct Texts<'l>(#[serde(borrow)] BTreeMap<Cow<'l, str>, Cow<'l, str>>);

/// The entries of an object as they are written, so that one wrong value leaves the others readable.
struct Object<'l>(Vec<(String, &'l RawValue)>);

impl<'l> Deserialize<'l> for Object<'l> {
    fn deserialize<D: Deserializer<'l>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'l> Visitor<'l> for Entries {
            type Value = Object<'l>;

            fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
                text.write_str("an object")
            }

            fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::Record;

    fn mistake(line: &str) -> (Option<String>, String) {
        let mistake = Record::read(line.as_bytes()).unwrap_err();
        (mistake.id, mistake.message)
    }

    #[test]
    fn what_is_wrong_is_named_and_the_id_kept() {
        let rest = r#""path": "D", "content": """#;
        let cases = [
            ("{}".to_owned(), None, "no `id`"),
            (format!("{{{rest}}}"), None, "no `id`"),
            (r#"{"id": 5, "content": ""}"#.to_owned(), Some("5"), "no `path`"),
            (r#"{"id": "a\"b", "path": "D"}"#.to_owned(), Some(r#""a\"b""#), "no `content`"),
            (format!("{{\"id\": [1], {rest}}}"), None, "`id` is neither a string nor a number"),
            (r#"{"id":1,"path":2,"content":""}"#.to_owned(), Some("1"), "`path` is not a string"),
            (format!("{{\"id\": 1, \"id\": 2, {rest}}}"), Some("1"), "two keys `id`"),
            (
                format!("{{\"id\": 1, {rest}, \"files\": {{}}}}"),
                Some("1"),
                "`files` is not a list of strings",
            ),
        ];
        for (line, id, message) in cases {
            assert_eq!(mistake(&line), (id.map(str::to_owned), message.to_owned()), "{line}");
        }
        assert!(mistake(r#"{"id":1,"path":"D","content":"\ud800"}"#).1.starts_with("`content`: "));
        assert!(mistake("[]").1.contains("expected an object"));
        assert!(mistake("").1.starts_with("not JSON: "));
    }

    #[test]
    fn numbers_come_back_as_they_were() {
        let line = br#"{"id": 123456789012345678901234567890.50, "path": "D", "content": "a"}"#;
        assert_eq!(Record::read(line).unwrap().id, "123456789012345678901234567890.50");
    }

    #[test]
    fn paths_of_a_context_are_below_its_top() {
        let line = |files: &str| {
            format!(r#"{{"id": 1, "path": "D", "content": "", "files": ["{files}"]}}"#)
        };
        for wrong in ["/a", "../a", "a//b", "./a", "", "a/"] {
            assert!(mistake(&line(wrong)).1.contains("is no path of a file"), "{wrong}");
        }
        assert!(Record::read(line("a/b").as_bytes()).is_ok());
        assert!(mistake(&line(".dockerignore")).1.contains("give its text in `texts`"));
    }
}
