//! Records in, records out. `docs/stream.md` is the specification.

use crate::json_schema::mismatch;
use crate::support::{Folder, MERGEABLE, MERGED, MERGING};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const DOCS: &str = include_str!("../../docs/stream.md");

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/stream.schema.json")).unwrap()
}

/// The answers to `input`, one for each line.
fn answers(folder: &Folder, input: &[u8], flags: &[&str]) -> Vec<Value> {
    let ran = folder.run_with_input(input, &[&["stream"], flags].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.is_empty() || ran.out.ends_with('\n'));
    let schema = schema();
    let read = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert_eq!(mismatch(&answer, &schema["$defs"]["answer"], &schema, "$"), None);
        answer
    };
    ran.out.lines().map(read).collect()
}

fn record(id: impl Into<Value>, content: &str) -> String {
    json!({ "id": id.into(), "path": "a/Dockerfile", "content": content }).to_string() + "\n"
}

fn spawned(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Blocks of the documentation that begin with `opening`: what stands in that line, and what follows.
fn blocks(opening: &str) -> Vec<(&str, &str)> {
    let blocks = DOCS.split("```").skip(1).step_by(2);
    let blocks = blocks.filter_map(|block| block.strip_prefix(opening)?.split_once('\n'));
    blocks.collect()
}

#[test]
fn the_examples_of_the_documentation_are_true() {
    let (given, wanted) = (blocks("json in"), blocks("json out"));
    assert_eq!((given.len(), wanted.len()), (2, 2));
    for ((flags, input), (_, output)) in given.into_iter().zip(wanted) {
        let flags: Vec<&str> = flags.split_whitespace().collect();
        let answers = answers(&Folder::new(), input.as_bytes(), &flags);
        let output: Vec<Value> =
            output.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        assert_eq!(answers.len(), output.len());
        for (answer, wanted) in answers.iter().zip(output) {
            for (key, value) in wanted.as_object().unwrap() {
                assert_eq!(answer.get(key), Some(value), "{key} of {answer}");
            }
        }
    }
}

#[test]
fn records_are_what_the_schema_says() {
    let schema = schema();
    let wrong = [7, 8];
    for line in blocks("json in").iter().flat_map(|(_, text)| text.lines()) {
        let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
        let found = mismatch(&record, &schema["$defs"]["record"], &schema, "$");
        let is_wrong = record["id"].as_u64().is_some_and(|id| wrong.contains(&id));
        assert_eq!(found.is_some(), is_wrong, "{line}: {found:?}");
    }
    let report: Value = serde_json::from_str(include_str!("../../docs/json.schema.json")).unwrap();
    for name in ["step", "change", "edit", "span"] {
        assert_eq!(schema["$defs"][name], report["$defs"][name], "`{name}` is not the same twice");
    }
}

#[test]
fn an_answer_is_the_report_of_a_file() {
    let content = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\nCMD [\"a\"]\n";
    let folder = Folder::new();
    folder.write("a/Dockerfile", content);
    let ran = folder.run(["--format", "json", "a/Dockerfile"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let mut wanted = document["files"][0].clone();
    let mut answer = answers(&folder, record("x", content).as_bytes(), &[]).remove(0);
    let result = folder.run_with_input(content.as_bytes(), &["--stdin-filename", "b"]).out;
    assert_eq!((answer["id"].as_str(), answer["content"].as_str()), (Some("x"), Some(&*result)));
    for key in ["id", "content"] {
        answer.as_object_mut().unwrap().remove(key);
        wanted.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(answer, wanted);
    assert_ne!(answer["steps"], json!([]));
}

#[test]
fn order_is_kept_whatever_takes_how_long() {
    let long = format!("FROM debian\n{}", "RUN a && b | c; d\n".repeat(3_000));
    let mut input = String::new();
    for number in 0..200 {
        input += &record(number, if number % 50 == 0 { &long } else { MERGEABLE });
    }
    let found = answers(&Folder::new(), input.as_bytes(), &["--jobs", "8", MERGING]);
    let ids: Vec<u64> = found.iter().map(|it| it["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (0..200).collect::<Vec<u64>>());
    assert_eq!(found[1]["content"], MERGED);
}

#[test]
fn nothing_stops_it() {
    let mut input = Vec::new();
    let bad: &[&[u8]] = &[
        b"",
        b"{",
        b"[]",
        b"null",
        b"\"x\"",
        b"{}",
        b"\xff\xfe",
        b"{\"id\": 1, \"path\": \"D\", \"content\": \"FROM a\\ud800\"}",
        b"{\"id\": 1, \"path\": \"D\", \"content\": \"FROM \xff\"}",
        b"{\"id\": 1, \"path\": \"D\", \"content\": \"\"}",
        b"{\"id\": {}, \"path\": \"D\", \"content\": \"\"}",
        b"{\"id\": 1, \"path\": \"\", \"content\": \"FROM a\"}",
        b"{\"id\": 1, \"path\": \"D\", \"content\": \"FROM a\", \"files\": [\"../a\"]}",
        b"{\"id\": 1, \"path\": \"D\", \"content\": \"FROM a\", \"files\": [\".dockerignore\"]}",
        b"{\"id\": 1, \"path\": \"D\", \"content\": \"FROM a\\u0000b\\nRUN (((\"}",
    ];
    for line in bad {
        input.extend_from_slice(line);
        input.extend_from_slice(b"\n");
        input.extend_from_slice(record("good", MERGEABLE).as_bytes());
    }
    input.extend_from_slice(&b"x".repeat(3 << 20));
    input.push(b'\n');
    input.extend_from_slice(record(2, &"#".repeat(1 << 21)).as_bytes());
    let nested = format!("{{\"id\": 3, \"path\": \"D\", \"content\": {}", "[".repeat(1 << 20));
    input.extend_from_slice(nested.as_bytes());
    input.extend_from_slice(format!("\n{}", record("last", MERGEABLE).trim_end()).as_bytes());
    let found = answers(&Folder::new(), &input, &["--max-record-size", "2100K", MERGING]);
    let (pairs, rest) = found.split_at(2 * bad.len());
    for (line, pair) in bad.iter().zip(pairs.chunks(2)) {
        let line = String::from_utf8_lossy(line);
        let may_parse = line.contains("RUN (((");
        assert!(may_parse || pair[0]["status"] == "error", "{line}: {}", pair[0]);
        assert_eq!((&pair[1]["id"], &pair[1]["content"]), (&json!("good"), &json!(MERGED)));
    }
    let kinds: Vec<_> = rest.iter().map(|it| (&it["id"], &it["errors"][0]["kind"])).collect();
    let null = Value::Null;
    let wanted = [
        (&null, &json!("record")),
        (&json!(2), &json!("read")),
        (&null, &json!("record")),
        (&json!("last"), &null),
    ];
    assert_eq!(kinds, wanted);
}

#[test]
fn what_is_told_of_the_context_counts() {
    let content =
        "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"server.js\"]\n";
    let told = |more: Value| {
        let mut record = json!({ "id": 1, "path": "Dockerfile", "content": content });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let flags = ["--only", "split-stages,copy-manifests-first", "--unsafe"];
        answers(&Folder::new(), (record.to_string() + "\n").as_bytes(), &flags).remove(0)
    };
    let manifest = r#"{"name": "a", "dependencies": {"express": "4"}}"#;
    let texts = json!({ "package.json": manifest, "package-lock.json": "{}", "server.js": "1" });
    let known = told(
        json!({ "files": ["package.json", "package-lock.json", "server.js"], "texts": texts }),
    );
    let unknown = told(json!({}));
    assert_ne!(known["steps"], unknown["steps"]);
}

#[test]
fn templates_are_left_alone_as_in_a_search() {
    let folder = Folder::new();
    let input = record(1, "FROM {{ image }}\nRUN a\nRUN b\n");
    let named = record(2, MERGEABLE).replace("a/Dockerfile", "a/Dockerfile.j2");
    for answer in answers(&folder, (input + &named).as_bytes(), &[]) {
        assert_eq!((&answer["status"], &answer["steps"]), (&json!("unchanged"), &json!([])));
        assert!(answer["left_alone"].as_str().unwrap().contains("template"));
    }
}

#[test]
fn flags_and_the_configuration_of_the_folder_count() {
    let folder = Folder::new();
    let input = record(1, MERGEABLE);
    let content = |flags: &[&str]| answers(&folder, input.as_bytes(), flags)[0]["content"].clone();
    assert_eq!(content(&[]), MERGED);
    assert_eq!(content(&["--skip", "merge-runs"]), Value::Null);
    assert_eq!(content(&["--set", "merge=never"]), Value::Null);
    folder.write(".jettison.yaml", "merge: never\n");
    assert_eq!(content(&[]), Value::Null);
    assert_eq!(content(&["--set", "merge=shipped"]), MERGED);
    folder.write("a/.jettison.yaml", "nonsense: 1\n");
    assert_eq!(content(&["--set", "merge=shipped"]), MERGED);
    folder.write(".jettison.yaml", "marge: never\n");
    let ran = folder.run_with_input(b"", &["stream"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("did you mean `merge`?"), "{}", ran.err);
}

#[test]
fn what_is_about_files_is_refused() {
    let folder = Folder::new();
    for (flags, named) in [
        (&["."][..], "a PATH"),
        (&["--include", "x"], "`--include`"),
        (&["--shard", "1/2"], "`--shard`"),
        (&["--only", "write-dockerignore"], "`write-dockerignore`"),
        (&["--only", "merge-run"], "did you mean `merge-runs`?"),
        (&["--fix"], "--fix"),
    ] {
        let ran = folder.run([&["stream"], flags].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{flags:?}");
        assert!(ran.err.contains(named), "{}", ran.err);
    }
}

#[test]
fn input_that_cannot_be_read_is_an_error() {
    let folder = Folder::new();
    let stdin = std::fs::File::open(folder.path()).unwrap();
    let output = folder.command().arg("stream").stdin(stdin).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: standard input: "));
}

/// Who waits for each answer before the next record gets it, also where half a record is on its way.
#[test]
fn a_conversation_does_not_stall() {
    let folder = Folder::new();
    let mut child = spawned(folder.command().args(["stream", MERGING]));
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (heard, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(stdout).lines().for_each(|line| heard.send(line.unwrap()).unwrap());
    });
    let answer = |wanted: u64| {
        let line = hear.recv_timeout(Duration::from_secs(60)).expect("no answer");
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], wanted);
    };
    for number in 0..20 {
        stdin.write_all(record(number, MERGEABLE).as_bytes()).unwrap();
        answer(number);
    }
    let next = record(21, MERGEABLE);
    let (half, rest) = next.split_at(20);
    stdin.write_all((record(20, MERGEABLE) + half).as_bytes()).unwrap();
    answer(20);
    stdin.write_all(rest.as_bytes()).unwrap();
    answer(21);
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// The reader goes away while the input stays open.
#[test]
fn a_closed_output_ends_it() {
    let folder = Folder::new();
    let mut child = spawned(folder.command().args(["stream", MERGING]));
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    drop(stdout);
    stdin.write_all(record(1, MERGEABLE).as_bytes()).unwrap();
    let status = child.wait().unwrap();
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((status.code(), told.as_str()), (Some(0), ""));
    drop(stdin);
}

/// A tree with nothing but Dockerfiles tells no more than records do.
#[test]
fn the_diffs_are_the_patch_of_a_tree() {
    let folder = Folder::new();
    let mut names: Vec<_> =
        std::fs::read_dir("tests/corpus").unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    let mut input = String::new();
    for name in &names {
        let name = name.to_str().unwrap();
        let content = std::fs::read_to_string(format!("tests/corpus/{name}")).unwrap();
        folder.write(&format!("{name}.d/Dockerfile"), &content);
        let path = format!("{name}.d/Dockerfile");
        input += &(json!({ "id": name, "path": path, "content": content }).to_string() + "\n");
    }
    let patch = folder.run(["--diff", "--skip", "write-dockerignore"]).out;
    let answers = answers(&Folder::new(), input.as_bytes(), &[]);
    let diffs: String = answers.iter().filter_map(|it| it["diff"].as_str()).collect();
    assert!(patch.len() > 1_000);
    assert_eq!(diffs, patch);
}

/// The more records, the more time, and no more memory.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_number_of_records() {
    let folder = Folder::new();
    let mut child = spawned(folder.command().args(["stream", "--jobs", "2", MERGING]));
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = BufReader::new(stdout).lines();
    let status = format!("/proc/{}/status", child.id());
    let content = format!("FROM debian\n{}", "# some words that take room\n".repeat(2_000));
    let input = record(1, &content);
    let mut most = Vec::new();
    for _ in 0..2 {
        for _ in 0..300 {
            stdin.write_all(input.as_bytes()).unwrap();
            answers.next().unwrap().unwrap();
        }
        let told = std::fs::read_to_string(&status).unwrap();
        let line = told.lines().find(|it| it.starts_with("VmHWM:")).unwrap();
        most.push(line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap());
    }
    // 300 records are 17 MB.
    assert!(most[1] < most[0] + 6_000, "{most:?} kB");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
