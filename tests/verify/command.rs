//! `jettison verify` on the command line: what it prints, and how it ends.

use crate::json_schema::mismatch;
use crate::project::Project;
use regex::Regex;
use serde_json::Value;

pub(crate) const SAME: &str =
    "FROM debian:12\nRUN put /usr/bin/app print up\nRUN put /srv/a 1\nCMD [\"app\"]\n";
const DECLARED: &str =
    "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nUSER 1\nCMD [\"curl\"]\n";
const DIFFERS: &str = "FROM debian:12\nRUN put /srv/a 1\nRUN late /srv/b 3\nRUN noise /var/log/c\n";
const BROKEN: &str = "FROM debian:12\nRUN put /srv/a 1\nRUN alone\n";
const WAS_BROKEN: &str = "FROM debian:12\nRUN put /srv/a 1\nRUN fail because\n";
const SERVES: &str = "FROM debian:12 AS app\nRUN put /usr/bin/app serve 80 hi\nRUN put /srv/a 1\nEXPOSE 80\n\
                      ENTRYPOINT [\"app\"]\n";
const COMPOSE: &str = "services:\n  serves:\n    build: {context: serves, target: app, args: {A: x}}\n  nowhere:\n    \
                       build: {context: gone, dockerfile: ../nowhere/Dockerfile}\n  other:\n    build: {context: \
                       other, additional_contexts: {base: 'service:serves'}}\n";

/// One Dockerfile for each verdict.
pub(crate) fn all() -> Project {
    Project::with(&[
        ("broken/Dockerfile", BROKEN),
        ("declared/Dockerfile", DECLARED),
        ("differs/Dockerfile", DIFFERS),
        ("nothing/Dockerfile", "FROM debian:12\n"),
        ("nowhere/Dockerfile", SAME),
        ("other/Dockerfile", SAME),
        ("same/Dockerfile", SAME),
        ("serves/Dockerfile", SERVES),
        ("was-broken/Dockerfile", WAS_BROKEN),
        ("compose.yaml", COMPOSE),
    ])
}

/// How long something took, and where the test is, is another each time.
fn assert_snapshot(name: &str, project: &Project, text: &str) {
    let here = project.folder.path().canonicalize().unwrap();
    let text = text.replace(here.to_str().unwrap(), "HERE");
    let seconds = Regex::new(r"\d+\.\d s\b").unwrap().replace_all(&text, "0.0 s");
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, seconds) });
}

#[test]
fn each_verdict_is_shown_as_a_table() {
    let project = all();
    let ran = project.run(&[]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert_snapshot("verify", &project, &ran.out);
}

#[test]
fn each_verdict_is_shown_as_the_body_of_a_comment() {
    let project = all();
    let ran = project.run(&["--format", "markdown", "--jobs", "3", "--no-run"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert_snapshot("verify-markdown", &project, &ran.out);
}

#[test]
fn the_log_of_a_build_is_code_in_a_comment() {
    let project = Project::with(&[("Dockerfile", BROKEN), ("b/Dockerfile", WAS_BROKEN)]);
    let ran = project.run(&["--format", "markdown", "--no-run"]);
    let mut is_code = false;
    for line in ran.out.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let log = line.contains("----") || line.contains("#2 ") || line.contains("#3 ");
        assert!(is_code || !log || line.starts_with('|'), "{line}\nin\n{}", ran.out);
    }
}

#[test]
fn each_verdict_is_shown_as_json() {
    let ran = all().run(&["--format", "json", "--no-run"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let builds = document["builds"].as_array().unwrap().iter();
    let verdicts: Vec<(&str, &str)> =
        builds.map(|it| (it["path"].as_str().unwrap(), it["verdict"].as_str().unwrap())).collect();
    let expected = [
        ("broken/Dockerfile", "broken"),
        ("declared/Dockerfile", "same except declared"),
        ("differs/Dockerfile", "differs"),
        ("nowhere/Dockerfile", "not verified"),
        ("other/Dockerfile", "not verified"),
        ("same/Dockerfile", "same"),
        ("serves/Dockerfile", "same"),
        ("was-broken/Dockerfile", "was broken"),
    ];
    assert_eq!(verdicts, expected);
    assert_eq!(document["exit_code"], 1);
}

/// `docs/verify.schema.json` describes the JSON exactly: no more keys, no fewer.
#[test]
fn every_document_is_what_its_schema_says() {
    let schema = include_str!("../../docs/verify.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let engine_fails = "FROM debian:12\nRUN full\nRUN x\n";
    for (project, arguments) in [
        (all(), &["--no-run", "--allow-unverified"][..]),
        (Project::with(&[("Dockerfile", SERVES)]), &["--cache"]),
        (Project::with(&[("Dockerfile", "FROM debian:12\n")]), &[]),
        (Project::with(&[("Dockerfile", engine_fails)]), &[]),
        (Project::with(&[("Dockerfile", SAME)]), &["--unsafe", "--run", "echo a; exit 3"]),
    ] {
        let ran = project.run(&[&["--format", "json"], arguments].concat());
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(mismatch(&document, &schema, &schema, "$"), None, "{}", ran.out);
        assert_eq!(document["exit_code"].as_i64(), ran.code.map(i64::from));
    }
}

#[test]
fn the_exit_code_of_the_document_is_that_of_the_command() {
    let project = Project::with(&[("a/Dockerfile", SAME), ("b/Dockerfile", "RUM\n")]);
    let ran = project.run(&["--format", "json", "--no-run"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["exit_code"].as_i64(), ran.code.map(i64::from));
}

#[test]
fn the_exit_code_is_that_of_the_worst_verdict() {
    let code = |text: &str, arguments: &[&str]| {
        let arguments = [&["--no-run"], arguments].concat();
        Project::with(&[("Dockerfile", text)]).run(&arguments).code
    };
    assert_eq!(code(SAME, &[]), Some(0));
    assert_eq!(code(DECLARED, &[]), Some(0));
    assert_eq!(code(DIFFERS, &["--allow-unverified"]), Some(1));
    assert_eq!(code(BROKEN, &["--allow-unverified"]), Some(1));
    assert_eq!(code(WAS_BROKEN, &[]), Some(1));
    assert_eq!(code(WAS_BROKEN, &["--allow-unverified"]), Some(0));
    assert_eq!(code("FROM debian:12\nRUN full\nRUN x\n", &["--allow-unverified"]), Some(2));
    assert_eq!(code("FROM debian:12\nRUN a\n", &[]), Some(0));
    assert_eq!(code("RUM a\n", &[]), Some(3));
}

#[test]
fn what_cannot_be_tried_says_why() {
    let files =
        [("nowhere/Dockerfile", SAME), ("other/Dockerfile", SAME), ("compose.yaml", COMPOSE)];
    let project = Project::with(&files);
    let ran = project.run(&[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("not verified: its build context `"), "{}", ran.out);
    assert!(ran.out.contains("gone` is no folder"), "{}", ran.out);
    let named = "not verified: its named context `service:serves` is built elsewhere";
    assert!(ran.out.contains(named), "{}", ran.out);
    assert_eq!(project.run(&["--allow-unverified"]).code, Some(0));
    assert_eq!(project.fake.calls("build"), [""; 0]);
}

#[test]
fn what_the_user_says_is_built() {
    let project = Project::with(&[("Dockerfile", SERVES)]);
    let ran = project.run(&[
        "--no-run",
        "--cache",
        "--target",
        "app",
        "--build-arg",
        "B=2",
        "--platform",
        "linux/amd64",
        "--secret",
        "id=x,src=y",
        "--ssh",
        "default",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let built = project.fake.calls("build");
    assert_eq!(built.len(), 2);
    for words in [
        "--target app --platform linux/amd64 --build-arg B=2 ",
        "--secret id=x,src=y --ssh default ",
    ] {
        assert!(
            built.iter().all(|it| it.contains(words) && !it.contains("--no-cache")),
            "{built:?}"
        );
    }
}

#[test]
fn the_last_word_about_the_cache_counts() {
    let project = Project::with(&[("Dockerfile", SAME)]);
    let built = |flags: [&str; 2]| {
        assert_eq!(project.run(&["--no-run", flags[0], flags[1]]).code, Some(0));
        let built = project.fake.calls("build");
        built.iter().filter(|it| it.contains("--no-cache")).count()
    };
    assert_eq!(built(["--cache", "--no-cache"]), 3);
    assert_eq!(built(["--no-cache", "--cache"]), 3);
}

#[test]
fn logs_are_kept_where_the_user_wants_them() {
    let project = Project::with(&[("Dockerfile", SAME)]);
    let logs = tempfile::tempdir().unwrap();
    let place = logs.path().join("new");
    let ran = project.run(&["--no-run", "--logs", place.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0));
    for name in ["1-before", "2-before-again", "3-after"] {
        let folder = place.join("1").join(name);
        let log = std::fs::read_to_string(folder.join("build.log")).unwrap();
        assert!(log.starts_with("#1 [1/"), "{log}");
        assert!(folder.join("Dockerfile").exists());
    }
}

#[test]
fn logs_that_cannot_be_kept_are_said_before_anything_is_built() {
    let project = Project::with(&[("Dockerfile", SAME), ("file", "")]);
    let ran = project.run(&["--no-run", "--logs", "file/logs"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("`--logs file/logs`: "), "{}", ran.err);
    assert!(project.fake.calls("build").is_empty());
}

#[test]
fn an_ignore_file_that_cannot_be_read_is_not_verified() {
    let project = Project::with(&[("Dockerfile", SAME)]);
    std::fs::write(project.folder.path().join(".dockerignore"), b"# caf\xe9\nsecret\n").unwrap();
    let ran = project.run(&["--no-run"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("not UTF-8: byte 0xe9"), "{}", ran.out);
    assert!(project.fake.calls("build").is_empty());
}

#[test]
fn logs_in_the_build_context_change_no_image() {
    let text = "FROM debian:12\nRUN put /a 1\nRUN put /b 2\nCOPY . /srv\n";
    let project = Project::with(&[("Dockerfile", text)]);
    let output = project.command(&["--no-run", "--logs", "logs"]).output().unwrap();
    let ran = crate::project::ran(output);
    assert_ne!(ran.code, Some(1), "{}", ran.out);
}

#[test]
fn an_engine_is_missed_only_where_something_is_to_be_built() {
    let project = Project::with(&[("Dockerfile", SAME)]);
    project.fake.fails_by("daemon-down");
    let ran = project.run(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("Cannot connect to the Docker daemon"), "{}", ran.err);
    std::fs::remove_file(project.fake.program()).unwrap();
    let ran = project.run(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("is not there: install it"), "{}", ran.err);
    let clean = Project::with(&[("Dockerfile", "FROM debian:12\n")]);
    std::fs::remove_file(clean.fake.program()).unwrap();
    assert_eq!(clean.run(&[]).code, Some(0));
}

#[test]
fn no_engine_is_needed_where_nothing_can_be_tried() {
    let files = [("nowhere/Dockerfile", SAME), ("compose.yaml", COMPOSE)];
    let project = Project::with(&files);
    std::fs::remove_file(project.fake.program()).unwrap();
    let ran = project.run(&[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
}
