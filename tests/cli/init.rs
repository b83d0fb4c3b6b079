//! `jettison init`.

use crate::support::{Folder, MERGEABLE};

#[test]
fn a_configuration_says_what_was_found_and_changes_nothing() {
    let folder = Folder::with(MERGEABLE);
    folder.write("api/Dockerfile", "FROM registry.corp.example/base/node:20\nCMD [\"a\"]\n");
    let before = folder.run(["--check", "--format=json"]).out;
    let ran = folder.run(["init"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(ran.out, "wrote .jettison.yaml, from 2 Dockerfiles\n");
    let text = folder.read(".jettison.yaml");
    for part in [
        "# Found: 2 Dockerfiles",
        "#   api/Dockerfile",
        "# Built on: debian (1), registry.corp.example/base/node (1)",
        "into one layer: 1 change in 1 file\n  merge-runs: on\n",
        "# trusted-registries: [docker.io, registry.corp.example]",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(folder.run(["--check", "--format=json"]).out, before);
    // What is commented out is valid, too.
    let all: Vec<&str> = text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
    let from = all.iter().position(|line| line.starts_with("merge: ")).unwrap();
    let settings = all[from..].iter().filter(|line| {
        let line = line.trim_start_matches(['-', ' ']);
        line.split(':').next().is_some_and(|key| {
            !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
    });
    let settings: Vec<&str> = settings.copied().collect();
    assert_eq!(settings.len(), 12, "{settings:?}");
    folder.write(".jettison.yaml", settings.join("\n"));
    let ran = folder.run(["config"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{settings:?}");
}

#[test]
fn what_is_there_is_left_alone() {
    let folder = Folder::with(MERGEABLE);
    folder.write(".jettison.yaml", "merge: never\n");
    let ran = folder.run(["init"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(".jettison.yaml is there already"), "{}", ran.err);
    assert_eq!(folder.read(".jettison.yaml"), "merge: never\n");
    assert_eq!(folder.run(["init", "nowhere"]).code, 2);
    assert_eq!(folder.run(["init", "Dockerfile"]).code, 2);
}

#[test]
fn what_applies_from_above_still_applies() {
    let folder = Folder::new();
    folder.write("api/Dockerfile", MERGEABLE);
    folder.write(".jettison.yaml", "transforms: { merge-runs: off }\nports: docker\n");
    assert_eq!(folder.run(["init", "api"]).code, 0);
    assert!(folder.read("api/.jettison.yaml").contains("\nextends: ../.jettison.yaml\n"));
    let out = folder.run(["config", "api"]).out;
    assert!(out.contains("off      .jettison.yaml:1"), "{out}");
    assert_eq!(folder.run(["--check"]).code, 0);
}
