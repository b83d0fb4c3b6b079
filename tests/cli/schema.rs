//! `docs/json.schema.json` describes the JSON exactly: no more keys, no fewer.

use crate::json_schema::mismatch;
use crate::support::{Folder, MERGEABLE};
use serde_json::Value;

#[test]
fn every_document_is_what_the_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/json.schema.json")).unwrap();
    let folder = Folder::with(MERGEABLE);
    folder.write("a/Dockerfile", "RUM\n");
    folder.write("b/Dockerfile", b"FROM a\xff\n");
    folder.write(
        "c/Dockerfile",
        "FROM a\nRUN a\nRUN [\"b\"]\n# jettison ignore=merge-runs: x\nCMD c\n",
    );
    folder.write("d/Dockerfile", "# jettison ignore-file: x\nFROM a\n");
    folder.write("e/Dockerfile", "x".repeat(5_000));
    folder.write("Dockerfile.j2", "");
    let limit = ["--max-file-size", "4000"];
    for arguments in [&["."][..], &["--fix"], &["nothing-here"], &["--check", ".", "nothing-here"]]
    {
        let arguments = [&["--format", "json"], &limit[..], arguments].concat();
        let out = folder.run(arguments).out;
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(mismatch(&document, &schema, &schema, "$"), None);
    }
}

#[test]
fn every_document_of_contexts_is_what_its_schema_says() {
    let schema = include_str!("../../docs/context.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write(
        "compose.yaml",
        "services:\n  a:\n    build: {context: ., dockerfile: a/Dockerfile, target: t}\n    image: a/b:$X\n  b:\n    \
         build: $DIR\n  c:\n    build: {context: a, target: $T}\n  d:\n    build: {dockerfile: gone}\n  e:\n    \
         build: {context: nowhere, dockerfile: ../b/Dockerfile}\n",
    );
    folder.write("Makefile", "x:\n\tdocker build -f e/Dockerfile - < x\n");
    folder.write("a/Dockerfile", "FROM a AS t\nFROM b AS u\nFROM c\n");
    folder.write("b/Dockerfile", "FROM a\n");
    folder.write("c/Dockerfile", "FROM a\nCOPY dist .\n");
    folder.write("d/Dockerfile", "FROM node\nCOPY . .\nRUN npm ci\n");
    folder.write("d/package.json", "{}");
    folder.write("d/.dockerignore", "/x/\n");
    folder.write("e/Dockerfile", "FROM a\n");
    folder.write("f/Dockerfile", "RUM a\n");
    folder.write("g/Dockerfile", b"FROM a\xff\n");
    folder.write("h/Dockerfile", "FROM a\n");
    folder.write("h/.dockerignore", "[\n");
    for arguments in [&[][..], &["--list"], &["--why", "x/y"], &["--why", "../.."], &["gone"]] {
        let arguments = [&["context", "--format", "json"], arguments].concat();
        let ran = folder.run(arguments);
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(mismatch(&document, &schema, &schema, "$"), None);
        assert_eq!((document["exit_code"].as_u64(), ran.err.as_str()), (Some(2), ""));
    }
}
