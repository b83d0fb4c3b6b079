//! Files and parts that depend on one another.

use crate::support::Folder;
use crate::{AGREED, commit, done, fixed, migrate, numbers, parts, read_plan};
use serde_json::Value;

#[test]
fn parts_of_transforms_come_one_after_the_other() {
    let folder = Folder::with("FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n");
    folder.git(&["init", "-q"]);
    commit(&folder, "one");
    done(&folder, &["plan", "--split-by=transform"]);
    let ran = migrate(&folder, &["apply", "--part=2"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, "left: Dockerfile: part 1 has to be there first\n")
    );
    done(&folder, &["apply", "--part=1"]);
    assert_eq!(numbers(&folder), [(1, 0, 0), (0, 1, 0)]);
    done(&folder, &["update"]);
    assert_eq!(numbers(&folder), [(1, 0, 0), (0, 1, 0)]);
    done(&folder, &["apply", "--part=2"]);
    assert_eq!(numbers(&folder), [(1, 0, 0), (1, 0, 0)]);
    assert!(folder.read("Dockerfile").contains("rm -rf /var/lib/apt/lists/*"));
}

/// An ignore file, and two Dockerfiles of which one changes.
fn shared() -> Folder {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write("compose.yaml", "services:\n  a:\n    build: {context: ., dockerfile: a/Dockerfile}\n  b:\n    build: {context: ., dockerfile: b/Dockerfile}\n");
    let text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\n";
    folder.write("a/Dockerfile", format!("{text}RUN npm run x\n"));
    folder.write("b/Dockerfile", text);
    folder.write("package.json", "{}\n");
    folder.write(".gitignore", "node_modules\n*.log\n");
    folder.write(".github/CODEOWNERS", "* @all\n/a/ @a\n/b/ @b\n");
    folder.git(&["config", "user.name", "Ann"]);
    folder.git(&["config", "user.email", "ann@example.com"]);
    commit(&folder, "one");
    folder
}

#[test]
fn an_ignore_file_and_its_dockerfiles_stand_or_fall_together() {
    let folder = shared();
    let fixed = fixed(&folder, &AGREED);
    done(&folder, &[&["plan", "--split-by=team", "--max-files=1"], &AGREED[..]].concat());
    let plan = read_plan(&folder);
    assert_eq!(parts(&plan), ["@all: a/Dockerfile .dockerignore"]);
    let ignore = plan["files"].as_array().unwrap().last().unwrap();
    assert_eq!(ignore["dockerfiles"], serde_json::json!(["a/Dockerfile", "b/Dockerfile"]));
    assert_eq!(ignore["sha256"], Value::Null);
    let before = folder.read("a/Dockerfile");
    folder.write("a/Dockerfile", format!("{before}RUN y\n"));
    let ran = migrate(&folder, &["apply"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("left: a/Dockerfile: it changed"), "{}", ran.err);
    assert!(!folder.file(".dockerignore").exists());
    folder.write("a/Dockerfile", &before);
    done(&folder, &["branches"]);
    let names = folder.git(&["show", "--stat", "--format=%s", "jettison/all"]);
    assert!(names.contains("write-dockerignore: ") && names.contains(".dockerignore"), "{names}");
    done(&folder, &["apply"]);
    for name in ["a/Dockerfile", "b/Dockerfile", ".dockerignore"] {
        assert_eq!(folder.read(name), fixed.read(name), "{name}");
    }
    assert_eq!(numbers(&folder), [(2, 0, 0)]);
    done(&folder, &["update"]);
    assert_eq!(numbers(&folder), [(2, 0, 0)]);
}

#[test]
fn an_ignore_file_comes_after_the_transforms_of_its_dockerfiles() {
    let folder = shared();
    let fixed = fixed(&folder, &AGREED);
    done(&folder, &[&["plan", "--split-by=transform"], &AGREED[..]].concat());
    assert_eq!(
        parts(&read_plan(&folder)),
        ["merge-runs: a/Dockerfile", "write-dockerignore: .dockerignore"]
    );
    let ran = migrate(&folder, &["apply", "--part=2"]);
    let told = "left: .dockerignore: part 1 has to be there first\n";
    assert_eq!((ran.code, ran.err.as_str()), (1, told));
    done(&folder, &["apply"]);
    assert_eq!(numbers(&folder), [(1, 0, 0), (1, 0, 0)]);
    for name in ["a/Dockerfile", "b/Dockerfile", ".dockerignore"] {
        assert_eq!(folder.read(name), fixed.read(name), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_unit_of_which_one_file_cannot_be_written_is_taken_back() {
    use std::os::unix::fs::PermissionsExt;
    let folder = shared();
    done(&folder, &[&["plan"], &AGREED[..]].concat());
    let before = folder.read("a/Dockerfile");
    let read_only = std::fs::Permissions::from_mode(0o444);
    std::fs::set_permissions(folder.file("a/Dockerfile"), read_only).unwrap();
    let ran = migrate(&folder, &["apply"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.err.contains("left: a/Dockerfile: it is read-only; make it writable first"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("left: .dockerignore: it goes with `a/Dockerfile`"), "{}", ran.err);
    assert!(!folder.file(".dockerignore").exists() && folder.read("a/Dockerfile") == before);
    assert_eq!(numbers(&folder), [(0, 1, 1)]);
}
