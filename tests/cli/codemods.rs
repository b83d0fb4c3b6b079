//! Codemods on the command line: they are tested, listed, explained, begun, and run like transforms.

use crate::configuration_page::json;
use crate::json_schema::mismatch;
use crate::support::Folder;
use jettison::yaml;
use serde_json::Value;
use std::fs;

const MIRROR: &str = "\
id: use-mirror
summary: Pull base images from the mirror
unsafe: another registry serves the image
match: { from: \"docker.io/$$$PATH\" }
rewrite: { from: \"mirror.example/$$$PATH\" }
tests:
  - diff: |
      -FROM node:20
      +FROM mirror.example/library/node:20
";

fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string("schemas/codemod.json").unwrap()).unwrap()
}

/// What the schema has against the codemods of a text.
fn against(text: &str) -> Option<String> {
    let schema = schema();
    let documents = yaml::parse(text).unwrap();
    documents.iter().find_map(|it| mismatch(&json(it), &schema, &schema, ""))
}

#[test]
fn the_schema_is_the_one_that_is_printed() {
    let printed = Folder::new().run(["schema", "codemod"]).out;
    let shipped = fs::read_to_string("schemas/codemod.json").unwrap();
    let command = "jettison schema codemod > schemas/codemod.json";
    assert!(printed == shipped, "make it anew: {command}");
}

#[test]
fn the_examples_are_right_by_the_schema() {
    let files = fs::read_dir("examples/codemods").unwrap().map(|it| it.unwrap().path());
    let mut count = 0;
    for file in files.filter(|it| it.extension() == Some("yaml".as_ref())) {
        assert_eq!(against(&fs::read_to_string(&file).unwrap()), None, "{}", file.display());
        count += 1;
    }
    assert!(count >= 15, "{count}");
    assert_eq!(against(MIRROR), None);
}

#[test]
fn mistakes_are_wrong_by_the_schema_and_to_the_program() {
    for (right, wrong) in [
        ("summary:", "sumary:"),
        ("match: { from:", "match: { form:"),
        ("rewrite: { from: \"mirror.example/$$$PATH\" }", "rewrite: { delete: some }"),
        ("  - diff: |", "  - dif: |"),
        ("id: use-mirror", "id: Use Mirror"),
    ] {
        let text = MIRROR.replace(right, wrong);
        assert_ne!(text, MIRROR, "{right}");
        assert!(against(&text).is_some(), "{wrong}");
        let folder = Folder::new();
        folder.write("wrong.yaml", &text);
        let ran = folder.run(["codemod", "test", "wrong.yaml"]);
        assert_eq!(ran.code, 2, "{wrong}: {}", ran.out);
        assert!(ran.err.contains("--> wrong.yaml:"), "{wrong}: {}", ran.err);
    }
}

#[test]
fn a_codemod_is_agreed_to_and_suppressed_like_a_transform() {
    let folder =
        Folder::with("FROM node:20\n# jettison ignore=use-mirror: pinned\nFROM python:3.12\n");
    folder.write("mirror.yaml", MIRROR);
    let ran = folder.run(["--codemod", "mirror.yaml"]);
    assert!(ran.out.contains("another registry serves the image"), "{}{}", ran.out, ran.err);
    let ran = folder.run(["--codemod", "mirror.yaml", "--allow", "use-mirror", "--fix"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let expected = "FROM mirror.example/library/node:20\n# jettison ignore=use-mirror: pinned\nFROM python:3.12\n";
    assert_eq!(folder.read("Dockerfile"), expected);
}

#[test]
fn the_configuration_names_codemods() {
    let folder = Folder::with("FROM node:20\n");
    folder.write("rules/mirror.yaml", MIRROR);
    folder.write(".jettison.yaml", "codemods: [rules]\ntransforms: { use-mirror: allowed }\n");
    assert_eq!(folder.run(["--fix"]).code, 0);
    assert_eq!(folder.read("Dockerfile"), "FROM mirror.example/library/node:20\n");
    assert!(folder.run(["codemod", "list"]).out.contains("use-mirror"));
    assert!(folder.run(["list"]).out.contains("use-mirror"));
    let explained = folder.run(["explain", "use-mirror"]).out;
    assert!(explained.contains("Needs agreement: another registry"), "{explained}");
    let tested = folder.run(["codemod", "test"]);
    assert_eq!((tested.code, &*tested.out), (0, "1 codemod: 1 of 1 test passed\n"));
}

#[test]
fn a_test_that_fails_is_shown_as_a_diff() {
    let folder = Folder::new();
    folder.write("mirror.yaml", MIRROR.replace("+FROM mirror.example", "+FROM other.example"));
    let ran = folder.run(["codemod", "test", "mirror.yaml"]);
    assert_eq!(ran.code, 1);
    let lines = ["-FROM other.example/library/node:20", "+FROM mirror.example/library/node:20"];
    assert!(lines.iter().all(|line| ran.out.contains(line)), "{}", ran.out);
}

#[test]
fn what_is_begun_passes_its_own_tests_and_is_never_overwritten() {
    let folder = Folder::new();
    assert_eq!(folder.run(["codemod", "new", "use-base"]).code, 0);
    assert_eq!(folder.run(["codemod", "test", "use-base.yaml"]).code, 0);
    let before = folder.read("use-base.yaml");
    let again = folder.run(["codemod", "new", "use-base"]);
    assert_eq!(again.code, 2, "{}", again.out);
    assert_eq!(folder.read("use-base.yaml"), before);
    assert_eq!(folder.run(["codemod", "new", "merge-runs"]).code, 2);
    assert_eq!(folder.run(["codemod", "new", "Use Base"]).code, 2);
}

#[test]
fn without_agreement_only_what_means_the_same_is_written() {
    let folder = Folder::with("FROM node:20\nEXPOSE 80/tcp 443\n");
    folder.write(
        "names.yaml",
        "id: full-names\nsummary: Say the registry\nmatch: { from: \"docker.io/$$$PATH\" }\n\
         rewrite: { from: \"docker.io/$$$PATH\" }\n---\nid: plain-ports\nsummary: Say no protocol\n\
         match: { expose: \"$PORT/tcp\" }\nrewrite: { expose: \"$PORT\" }\n---\nid: other\n\
         summary: Another tag\nmatch: { from: { tag: \"20\" } }\nrewrite: { from: { tag: \"22\" } }\n",
    );
    let ran = folder.run(["--codemod", "names.yaml", "--fix", "--why-not"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(folder.read("Dockerfile"), "FROM docker.io/library/node:20\nEXPOSE 80 443\n");
    let shown = format!("{}{}", ran.out, ran.err);
    assert!(shown.contains("has no `unsafe`"), "{shown}");
}

#[test]
fn a_frontend_comes_from_a_trusted_registry_too() {
    let folder = Folder::with("# syntax=docker/dockerfile:1\nFROM scratch\n");
    folder.write(
        "frontend.yaml",
        "id: move-frontend\nsummary: Another frontend\nunsafe: another registry serves it\n\
         match: { file: \"$$$PATH\" }\nrewrite: { syntax: \"other.example/docker/dockerfile:1\" }\n",
    );
    let run = |registry: &str| {
        let trusted = format!("trusted-registries=[{registry}]");
        folder
            .run(["--codemod=frontend.yaml", "--allow=move-frontend", "--check", "--set", &trusted])
            .code
    };
    assert_eq!((run("docker.io"), run("other.example")), (0, 1));
}
