//! `docs/configuration.md` and the schema: every example is run, and every configuration is valid.

use crate::json_schema::mismatch;
use crate::support::Folder;
use jettison::yaml::{self, Node, Style, Value as Yaml};
use serde_json::{Map, Value};
use std::fs;

/// A block of a page: what is said of it, and its text.
type Block = (String, String);

/// The sections of a page, each with its blocks.
fn sections(page: &str) -> Vec<(String, Vec<Block>)> {
    let mut sections = vec![(String::new(), Vec::new())];
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match &mut open {
            Some(_) if line == "```" => sections.last_mut().unwrap().1.extend(open.take()),
            Some((_, text)) => *text += &format!("{line}\n"),
            None if line.starts_with("```") => open = Some((line[3..].to_owned(), String::new())),
            None if line.starts_with('#') => sections.push((line.to_owned(), Vec::new())),
            None => {}
        }
    }
    sections
}

/// What the lines with one of two marks say.
fn side(diff: &str, mark: char) -> String {
    let kept = diff.lines().filter(|line| line.starts_with([' ', mark]) || line.is_empty());
    kept.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
}

/// What `jettison` says to a command line of a shell.
fn said(folder: &Folder, command: &str) -> String {
    let program = format!("'{}'", env!("CARGO_BIN_EXE_jettison"));
    let script = match command.split_once("jettison ") {
        Some((before, after)) => format!("{before}{program} {after}"),
        None => program.to_string(),
    };
    let mut shell = std::process::Command::new("sh");
    let output = shell.args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert!(output.stderr.is_empty(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn examples_are_true() {
    let page = fs::read_to_string("docs/configuration.md").unwrap();
    let mut run = 0;
    for (heading, blocks) in sections(&page) {
        let mut folder = Folder::new();
        let mut used = false;
        for (kind, text) in blocks {
            // Another configuration of the same files, or other files.
            let is_given = kind == "yaml" || kind.starts_with("file ");
            if kind == "yaml" && used {
                let _ = fs::remove_file(folder.file("Dockerfile"));
                used = false;
            } else if is_given && used {
                (folder, used) = (Folder::new(), false);
            }
            used |= !is_given;
            run += usize::from(!is_given);
            let fixed = || {
                let ran = folder.run(["--fix", "Dockerfile"]);
                assert_eq!((ran.code, &*ran.err), (0, ""), "{heading}\n{}", ran.out);
                folder.read("Dockerfile")
            };
            match (&*kind, kind.strip_prefix("file ")) {
                (_, Some(name)) => folder.write(name, text),
                ("yaml", _) => folder.write(".jettison.yaml", text),
                ("diff", _) => {
                    folder.write("Dockerfile", side(&text, '-'));
                    assert_eq!(fixed(), side(&text, '+'), "{heading}");
                }
                ("dockerfile", _) => {
                    match folder.file("Dockerfile").exists() {
                        true => assert_eq!(folder.read("Dockerfile"), text, "{heading}"),
                        false => folder.write("Dockerfile", &text),
                    }
                    assert_eq!(fixed(), text, "{heading}");
                }
                ("console", _) => {
                    let (command, expected) = text.split_once('\n').unwrap();
                    let command = command.strip_prefix("$ ").unwrap();
                    let squeezed = |text: &str| -> Vec<String> {
                        text.lines().map(|line| line.trim_end().to_owned()).collect()
                    };
                    let said = said(&folder, command);
                    assert_eq!(squeezed(&said), squeezed(expected), "{heading}: {command}\n{said}");
                }
                _ => panic!("{heading}: what is a block `{kind}`?"),
            }
        }
    }
    assert!(run > 15, "{run} examples");
}

/// As JSON knows it.
pub(crate) fn json(node: &Node) -> Value {
    match &node.value {
        Yaml::Null => Value::Null,
        Yaml::Sequence(items) => items.iter().map(|item| json(item)).collect(),
        Yaml::Mapping(entries) => {
            let entry = |(key, value): &(std::rc::Rc<Node>, std::rc::Rc<Node>)| {
                (key.text().unwrap().to_owned(), json(value))
            };
            Value::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
        Yaml::Scalar { text, style: Style::Plain } => match &**text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => text.parse::<u64>().map_or_else(|_| text.into(), Value::from),
        },
        Yaml::Scalar { text, .. } => Value::from(&**text),
    }
}

fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string("schemas/configuration.json").unwrap()).unwrap()
}

/// What the schema has against a text.
fn against(schema: &Value, text: &str) -> Option<String> {
    let documents = yaml::parse(text).unwrap();
    mismatch(&json(documents.first().unwrap()), schema, schema, "")
}

#[test]
fn the_schema_is_the_one_that_is_printed() {
    let printed = Folder::new().run(["schema", "configuration"]).out;
    let shipped = fs::read_to_string("schemas/configuration.json").unwrap();
    let command = "jettison schema configuration > schemas/configuration.json";
    assert!(printed == shipped, "make it anew: {command}");
}

/// Right by the schema, and to the program.
const RIGHT: &[&str] = &[
    "merge: never\n",
    "transforms: { merge-runs: false, add-user: true, my-codemod: allowed }\n",
    "transforms: { merge-runs: { use: ask, merge: pays } }\n",
    "extends: a.yaml\n",
    "extends: [a.yaml, b.yaml]\n",
    "trusted-registries: [localhost:5000/a/b, docker.io]\n",
    "minimum-saving: 1GB\n",
    "caches: false\n",
    "overrides: [{ files: [a], caches: off, transforms: { add-user: ask } }]\n",
];

/// Wrong by both.
const WRONG: &[&str] = &[
    "exlude: [a]\n",
    "merge: pay\n",
    "- merge\n",
    "transforms: { merge-runs: alowed }\n",
    "transforms: { merge-runs: { runtime: slim } }\n",
    "transforms: { merge-runs: [on] }\n",
    "transforms: on\n",
    "include: a\n",
    "include: [[a]]\n",
    "extends: { a: b }\n",
    "trusted-registries: [https://docker.io]\n",
    "minimum-saving: much\n",
    "minimum-saving: 20\n",
    "overrides: { files: [a] }\n",
    "overrides: [{ merge: never }]\n",
    "overrides: [{ files: [a], include: [b] }]\n",
    "overrides: [{ files: [a], extends: b }]\n",
    "builder: jib\n",
    "caches: true\n",
];

#[test]
fn the_schema_and_the_program_agree() {
    let schema = schema();
    let pages = ["docs/configuration.md", "README.md"];
    let mut texts: Vec<String> = RIGHT.iter().map(|text| (*text).to_owned()).collect();
    for page in pages {
        let blocks = sections(&fs::read_to_string(page).unwrap()).into_iter().flat_map(|it| it.1);
        // What has an id is a codemod.
        let is_ours = |(kind, text): &Block| kind == "yaml" && !text.starts_with("id:");
        let blocks: Vec<Block> = blocks.filter(is_ours).collect();
        assert!(!blocks.is_empty(), "{page}");
        texts.extend(blocks.into_iter().map(|(_, text)| text));
    }
    let folder = Folder::new();
    folder.write("Dockerfile", "FROM debian\nRUN a\nRUN b\n");
    assert_eq!(folder.run(["init"]).code, 0);
    texts.push(folder.read(".jettison.yaml"));
    for text in &texts {
        assert_eq!(against(&schema, text), None, "{text}");
    }
    for name in ["a.yaml", "b.yaml"] {
        folder.write(name, "");
    }
    for text in RIGHT.iter().filter(|text| !text.contains("my-codemod")) {
        folder.write(".jettison.yaml", text);
        let ran = folder.run(["config"]);
        assert_eq!((ran.code, &*ran.err), (0, ""), "{text}");
    }
    for text in WRONG {
        assert!(against(&schema, text).is_some(), "{text}");
        folder.write(".jettison.yaml", text);
        let ran = folder.run(["config"]);
        assert_eq!(ran.code, 2, "{text}");
        assert!(ran.err.contains(".jettison.yaml:"), "{text}\n{}", ran.err);
    }
}
