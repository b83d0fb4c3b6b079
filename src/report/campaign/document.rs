//! A plan as one JSON document with one file to a line, written and read file by file.

use super::{File, Head, Known, Part, Split, VERSION};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::json;
use std::fmt;
use std::io::{self, Read, Write};

/// All of a plan but its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub head: Head,
    pub parts: Vec<Part>,
    /// The transforms of its steps, in the order in which they run.
    pub transforms: Vec<Known>,
    /// What could not be searched or understood, and belongs to no file.
    pub problems: Vec<String>,
}

/// What stands before the files.
pub fn opening(head: &Head) -> String {
    let tool = json!({ "name": "jettison", "version": head.tool });
    let (title, folder) = (json!(head.title), json!(head.folder));
    let (arguments, split) = (json!(head.arguments), json!(head.split));
    format!(
        "{{\"version\":{VERSION},\"tool\":{tool},\"title\":{title},\"folder\":{folder},\n\
         \"arguments\":{arguments},\n\"split\":{split},\n\"files\":["
    )
}

/// One file or part in its list, which is empty so far if it `is_first`.
pub fn element(value: &impl Serialize, is_first: bool) -> io::Result<Vec<u8>> {
    let mut line = if is_first { b"\n".to_vec() } else { b",\n".to_vec() };
    serde_json::to_writer(&mut line, value)?;
    Ok(line)
}

/// What stands after the files.
pub fn closing(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    out.write_all(b"\n],\"parts\":[")?;
    for (index, part) in plan.parts.iter().enumerate() {
        out.write_all(&element(part, index == 0)?)?;
    }
    out.write_all(b"\n],\"transforms\":[")?;
    for (index, transform) in plan.transforms.iter().enumerate() {
        out.write_all(&element(transform, index == 0)?)?;
    }
    writeln!(out, "\n],\"problems\":{}}}", json!(plan.problems))
}

/// Reads a plan and hands each file to `each`.
pub fn read(input: impl Read, each: &mut dyn FnMut(File)) -> Result<Plan, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_reader(input);
    let plan = reader.deserialize_map(Document { each })?;
    reader.end()?;
    Ok(plan)
}

const KEYS: &[&str] = &[
    "version",
    "tool",
    "title",
    "folder",
    "arguments",
    "split",
    "files",
    "parts",
    "transforms",
    "problems",
];

struct Document<'f> {
    each: &'f mut dyn FnMut(File),
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Plan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plan of `jettison migrate`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Plan, M::Error> {
        let mut plan = Plan::default();
        let mut met: Vec<String> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if met.is_empty() && key != "version" {
                return Err(M::Error::custom(
                    "no plan of `jettison migrate`: it starts with its `version`",
                ));
            }
            match key.as_str() {
                "version" => version(map.next_value()?).map_err(M::Error::custom)?,
                "tool" => plan.head.tool = map.next_value::<Tool>()?.version,
                "title" => plan.head.title = map.next_value()?,
                "folder" => {
                    plan.head.folder = folder(map.next_value()?).map_err(M::Error::custom)?
                }
                "arguments" => plan.head.arguments = map.next_value()?,
                "split" => plan.head.split = map.next_value::<Split>()?,
                "files" => map.next_value_seed(Files { each: &mut *self.each })?,
                "parts" => plan.parts = map.next_value()?,
                "transforms" => plan.transforms = map.next_value()?,
                "problems" => plan.problems = map.next_value()?,
                other => {
                    let _: IgnoredAny = map.next_value()?;
                    return Err(M::Error::unknown_field(other, KEYS));
                }
            }
            if met.contains(&key) {
                return Err(M::Error::custom(format!("`{key}` is there twice")));
            }
            met.push(key);
        }
        match KEYS.iter().find(|key| !met.iter().any(|it| it == *key)) {
            Some(missing) => {
                Err(M::Error::custom(format!("no `{missing}`: the plan is not whole")))
            }
            None => Ok(plan),
        }
    }
}

#[derive(serde::Deserialize)]
struct Tool {
    version: String,
}

fn version(found: serde_json::Value) -> Result<(), String> {
    match found == json!(VERSION) {
        true => Ok(()),
        false => Err(format!(
            "it is a plan of version {found}, and this jettison reads version {VERSION}; plan again"
        )),
    }
}

fn folder(found: String) -> Result<String, String> {
    match found.is_empty() || is_below(&found) {
        true => Ok(found),
        false => Err(format!("`{found}` is no path below the root of the campaign")),
    }
}

struct Files<'f> {
    each: &'f mut dyn FnMut(File),
}

impl<'de> DeserializeSeed<'de> for Files<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Files<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of files")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut files: S) -> Result<(), S::Error> {
        while let Some(file) = files.next_element::<File>()? {
            check(&file).map_err(S::Error::custom)?;
            (self.each)(file);
        }
        Ok(())
    }
}

/// Whether a plan may name this path: below the root, and nothing of version control.
fn check(file: &File) -> Result<(), String> {
    let paths = [&file.path].into_iter().chain(&file.dockerfiles).chain(&file.moved_from);
    for path in paths {
        if !is_below(path) {
            return Err(format!("`{path}` is no path below the root of the campaign"));
        }
    }
    if !file.repository.is_empty() && !is_below(&file.repository) {
        return Err(format!("`{}` is no path below the root of the campaign", file.repository));
    }
    Ok(())
}

/// Whether `path` leads to a place below the one that it starts from, by its names alone.
pub fn is_below(path: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "." | ".." | ".git");
    let is_odd = |character| character == '\\' || character == ':';
    path.split('/').all(is_name)
        && !(cfg!(windows) && path.contains(is_odd))
        && !path.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::super::{File, Head, Known, Part};
    use super::{Plan, closing, element, is_below, opening, read};

    fn document(files: &[File], plan: &Plan) -> Vec<u8> {
        let mut text = opening(&plan.head).into_bytes();
        for (index, file) in files.iter().enumerate() {
            text.extend(element(file, index == 0).unwrap());
        }
        closing(&mut text, plan).unwrap();
        text
    }

    #[test]
    fn what_is_written_is_read_again() {
        let file = |path: &str| File { path: path.to_owned(), ..File::default() };
        let head = Head { tool: "1".to_owned(), title: "x".to_owned(), ..Head::default() };
        let part = Part { number: 1, ..Part::default() };
        let transforms = vec![Known { id: "a".to_owned(), ..Known::default() }];
        let plan = Plan { head, parts: vec![part], transforms, problems: vec!["a".to_owned()] };
        for files in [vec![], vec![file("a/b"), file("c")]] {
            let mut found = Vec::new();
            let text = document(&files, &plan);
            let again = read(&*text, &mut |file| found.push(file)).unwrap();
            assert_eq!((again, found), (plan.clone(), files));
            for end in 0..text.len() - 1 {
                assert!(read(&text[..end], &mut |_| ()).is_err(), "{end}");
            }
        }
    }

    #[test]
    fn what_is_no_plan_says_so() {
        let told = |text: &str| read(text.as_bytes(), &mut |_| ()).unwrap_err().to_string();
        assert!(told("{\"version\":7}").contains("version 7, and this jettison reads version 1"));
        assert!(told("{\"files\":[]}").contains("starts with its `version`"));
        assert!(told("[]").contains("a plan of `jettison migrate`"));
        assert!(told("{\"version\":1,\"tols\":1}").contains("unknown field `tols`"));
        let evil = "{\"version\":1,\"files\":[{\"path\":\"../x\",\"sha256\":null}]}";
        assert!(told(evil).contains("`../x` is no path below"), "{}", told(evil));
    }

    #[test]
    fn paths_stay_below_the_root() {
        assert!(is_below("a") && is_below("a/b c/d") && is_below("a/..b"));
        for path in ["", "/a", "../a", "a/../b", "a//b", "./a", "a/", ".git/config", "a\0"] {
            assert!(!is_below(path), "{path}");
        }
    }
}
