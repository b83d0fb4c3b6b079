//! `jettison migrate` in real repositories of git: every example of its page, and what may go wrong.

#![expect(clippy::unwrap_used, reason = "everything here is a test")]

mod git;
mod landing;
mod page;
mod plans;
mod together;

#[path = "../cli/support.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use serde_json::Value;
use support::{Folder, MERGEABLE, Ran};

const AGREED: [&str; 2] = ["--only=write-dockerignore,merge-runs", "--allow=write-dockerignore"];

/// A repository with an owner for each of three folders.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.git(&["init", "-q", "-b", "main"]);
    folder.git(&["config", "user.name", "Ann"]);
    folder.git(&["config", "user.email", "ann@example.com"]);
    folder.write(".github/CODEOWNERS", "* @org/all\n/a/ @org/a\n/b/ @org/b\n");
    for name in ["a/Dockerfile", "b/Dockerfile", "c/d/Dockerfile"] {
        folder.write(name, MERGEABLE);
    }
    commit(&folder, "one");
    folder
}

fn commit(folder: &Folder, message: &str) {
    folder.git(&["add", "."]);
    folder.git(&["commit", "-qm", message]);
}

fn migrate(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.run([&["migrate"], arguments].concat())
}

/// Runs it, and it has to succeed.
fn done(folder: &Folder, arguments: &[&str]) -> String {
    let ran = migrate(folder, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
    ran.out
}

fn plan(folder: &Folder, arguments: &[&str]) -> Value {
    done(folder, &[&["plan", "--only=merge-runs"], arguments].concat());
    read_plan(folder)
}

fn read_plan(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read(".jettison-migrate/plan.json")).unwrap()
}

fn status(folder: &Folder) -> Value {
    serde_json::from_str(&done(folder, &["status", "--format=json"])).unwrap()
}

/// Of each part, what is done, open and failed.
fn numbers(folder: &Folder) -> Vec<(u64, u64, u64)> {
    let status = status(folder);
    let number = |part: &Value, key: &str| part[key].as_u64().unwrap();
    let parts = status["parts"].as_array().unwrap().iter();
    parts.map(|it| (number(it, "done"), number(it, "open"), number(it, "failed"))).collect()
}

fn parts(plan: &Value) -> Vec<String> {
    let parts = plan["parts"].as_array().unwrap().iter();
    let files = |part: &Value| {
        let files = part["files"].as_array().unwrap().iter();
        files.map(|it| it.as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    parts.map(|it| format!("{}: {}", it["name"].as_str().unwrap(), files(it))).collect()
}

/// What `jettison --fix` with the same flags makes of a copy.
fn fixed(folder: &Folder, flags: &[&str]) -> Folder {
    let copy = Folder::new();
    folder.other("cp", &["-R", ".", copy.path().to_str().unwrap()]);
    let ran = copy.run([&["--fix"], flags].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    copy
}
