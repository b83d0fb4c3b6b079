//! Keeps the promises that the module docs make and the compiler cannot check.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in reading order, taken from `src/lib.rs` itself.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    let names = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// All Rust files below `folder`.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(path.to_str().unwrap()));
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// The module of `src/lib.rs` that a file belongs to.
fn module(path: &Path) -> String {
    let below = path.strip_prefix("src").unwrap_or(path);
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn a_module_uses_only_modules_declared_above_it() {
    let modules = modules();
    assert!(modules.len() > 10);
    for (path, source) in sources("src").into_iter().chain(sources("transforms")) {
        let Some(own) = modules.iter().position(|it| *it == module(&path)) else { continue };
        for below in &modules[own + 1..] {
            let uses = source.contains(&format!("crate::{below}::"))
                || source.contains(&format!("use crate::{below};"));
            assert!(!uses, "{} uses `{below}`, which is declared below it", path.display());
        }
    }
}

#[test]
fn transforms_do_not_know_each_other() {
    let list = fs::read_to_string("transforms/mod.rs").unwrap();
    let names: Vec<&str> =
        list.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    assert!(names.len() > 1);
    for (path, source) in
        sources("transforms").iter().filter(|(path, _)| !path.ends_with("transforms/mod.rs"))
    {
        for other in names.iter().filter(|other| !path.to_str().unwrap().contains(**other)) {
            // It asks of a stage what that asks, and the answers are in one folder.
            if path.ends_with("transforms/slim_final_stage.rs") && *other == "split_stages" {
                continue;
            }
            let id = other.replace('_', "-");
            let knows = source.contains(*other) || source.contains(&id);
            assert!(!knows, "{} mentions `{other}`", path.display());
        }
    }
}

#[test]
fn every_transform_is_in_the_pipeline_and_has_a_guide() {
    let list = fs::read_to_string("transforms/mod.rs").unwrap();
    for name in list.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
        assert!(list.contains(&format!("&{name}::TRANSFORM")), "`{name}` is not in PIPELINE");
        assert!(Path::new(&format!("transforms/{name}.md")).exists(), "`{name}` has no guide");
    }
}

#[test]
fn only_the_command_line_the_project_and_engines_touch_the_outside_world() {
    // Engines are programs, what they run answers on ports, and they are handed texts and copies in a
    // temporary folder.
    let outside = [
        "src/cli",
        "src/main.rs",
        "src/verify/engine",
        "src/verify/made.rs",
        "src/verify/proof.rs",
        "src/verify/smoke",
        "src/verify/touch.rs",
    ];
    for (path, source) in sources("src").into_iter().chain(sources("transforms")) {
        if outside.iter().any(|it| path.starts_with(it)) {
            continue;
        }
        let code = source.split("#[cfg(test)]").next().unwrap();
        // What is around a Dockerfile is read there, and nothing is written.
        let reads = path.starts_with("src/project");
        let files: &[&str] = if reads {
            &["fs::write", "fs::create", "fs::remove", "fs::rename", "File::create", "OpenOptions"]
        } else {
            &["std::fs"]
        };
        for outside in files.iter().chain(&["std::env", "std::process", "println!", "std::net"]) {
            assert!(!code.contains(outside), "{} uses `{outside}`", path.display());
        }
    }
}

#[test]
fn the_command_line_starts_git_alone() {
    for (path, source) in sources("src/cli") {
        let code = source.split("#[cfg(test)]").next().unwrap();
        let starts = code.contains("process::Command") || code.contains("process::{Command");
        let may = path.ends_with("git.rs");
        assert!(may || !starts, "{} starts a program", path.display());
    }
}

#[test]
fn nothing_is_left_to_do_in_the_code() {
    for folder in ["src", "transforms"] {
        for (path, source) in sources(folder) {
            for word in ["TODO", "FIXME", "XXX", "unimplemented!", "dbg!(", "todo!("] {
                assert!(!source.contains(word), "{} says {word}", path.display());
            }
        }
    }
}
