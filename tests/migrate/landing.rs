//! What is written, left, taken back, and found again.

use crate::support::{Folder, MERGEABLE, MERGED};
use crate::{done, fixed, migrate, numbers, parts, plan, read_plan, repository};
use std::process::Command;

#[test]
fn all_parts_together_write_what_fix_writes() {
    let flags = ["--allow=add-user"];
    for split in
        ["--split-by=team", "--split-by=transform", "--split-by=folder,transform", "--max-files=1"]
    {
        let folder = Folder::new();
        folder.git(&["init", "-q"]);
        folder.other("cp", &["-R", concat!(env!("CARGO_MANIFEST_DIR"), "/examples"), "."]);
        folder.write(
            "node/Dockerfile",
            "FROM node:22\r\nRUN apt-get update\r\nRUN apt-get install -y curl\r\nCMD [\"node\"]",
        );
        let fixed = fixed(&folder, &flags);
        let ran = migrate(&folder, &["plan", split, flags[0]]);
        assert!(ran.code == 0, "{}", ran.err);
        let numbers = read_plan(&folder)["parts"].as_array().unwrap().len();
        assert!(split == "--split-by=team" || numbers > 1, "{split}");
        for number in 1..=numbers {
            done(&folder, &["apply", &format!("--part={number}")]);
        }
        std::fs::remove_dir_all(folder.file(".jettison-migrate")).unwrap();
        let diff = Command::new("diff")
            .args(["-r", "-x", ".git"])
            .arg(folder.path())
            .arg(fixed.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(diff.stdout).unwrap(), "", "{split}");
    }
}

#[test]
fn a_file_that_changed_is_told_and_left_and_planned_anew() {
    let folder = repository();
    plan(&folder, &["--split-by=team"]);
    let other = "FROM alpine\nRUN a\nRUN b\n";
    folder.write("a/Dockerfile", other);
    let ran = migrate(&folder, &["apply"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.err,
        "left: a/Dockerfile: it changed since it was planned; `jettison migrate update` plans it anew\n"
    );
    assert_eq!(
        (folder.read("a/Dockerfile"), folder.read("b/Dockerfile")),
        (other.to_owned(), MERGED.to_owned())
    );
    assert_eq!(numbers(&folder), [(0, 0, 1), (1, 0, 0), (1, 0, 0)]);
    assert_eq!(migrate(&folder, &["status", "--check"]).code, 1);
    let told = done(&folder, &["update"]);
    assert!(told.contains("2 done, 0 moved, 1 changed and planned anew, 0 gone"), "{told}");
    assert_eq!(numbers(&folder), [(0, 1, 0), (1, 0, 0), (1, 0, 0)]);
    done(&folder, &["apply"]);
    assert_eq!(numbers(&folder), [(1, 0, 0), (1, 0, 0), (1, 0, 0)]);
    assert_eq!(migrate(&folder, &["status", "--check"]).code, 0);
}

#[test]
fn what_landed_otherwise_is_done_and_what_is_refused_is_not() {
    let folder = repository();
    plan(&folder, &[]);
    folder.write("a/Dockerfile", "FROM debian\nRUN a && b\n");
    folder.write("b/Dockerfile", "FROM debian\nRUN a\n# jettison ignore=merge-runs: no\nRUN b\n");
    folder.write("c/d/Dockerfile", "# jettison ignore-file: no\nFROM debian\nRUN a\nRUN b\n");
    let ran = migrate(&folder, &["apply"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (1, "part 1: 0 files written, 1 done before, 2 left\n")
    );
    done(&folder, &["update"]);
    assert_eq!(numbers(&folder), [(1, 0, 0)]);
    // It stays done whatever becomes of it, as long as nothing is proposed.
    folder.write("a/Dockerfile", "FROM debian:13\nRUN a && b && c\n");
    assert_eq!(numbers(&folder), [(1, 0, 0)]);
}

#[test]
fn files_that_moved_and_went_away_are_found() {
    let folder = repository();
    plan(&folder, &["--split-by=team"]);
    folder.git(&["mv", "a/Dockerfile", "a/Dockerfile.api"]);
    std::fs::remove_file(folder.file("b/Dockerfile")).unwrap();
    let ran = migrate(&folder, &["apply"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.err.matches("it is not there any more").count(), 2, "{}", ran.err);
    let told = done(&folder, &["update"]);
    assert!(told.contains("1 done, 1 moved, 0 changed and planned anew, 1 gone"), "{told}");
    let plan = read_plan(&folder);
    assert_eq!(parts(&plan), ["@org/a: a/Dockerfile.api", "@org/all: c/d/Dockerfile", "@org/b: "]);
    assert_eq!(plan["files"][0]["moved_from"], "a/Dockerfile");
    done(&folder, &["apply"]);
    assert_eq!(folder.read("a/Dockerfile.api"), MERGED);
    // What was done is found where it went, too.
    folder.git(&["add", "."]);
    folder.git(&["mv", "c/d/Dockerfile", "c/Dockerfile"]);
    let told = done(&folder, &["update"]);
    assert!(told.contains("2 done, 1 moved, 0 changed"), "{told}");
    assert_eq!(numbers(&folder), [(1, 0, 0), (1, 0, 0), (0, 0, 0)]);
}

#[test]
fn new_files_come_into_new_parts() {
    let folder = repository();
    plan(&folder, &["--split-by=team"]);
    done(&folder, &["apply", "--part=1"]);
    folder.write("a/new/Dockerfile", MERGEABLE);
    done(&folder, &["update"]);
    let plan = read_plan(&folder);
    let expected = [
        "@org/a: a/Dockerfile",
        "@org/all: c/d/Dockerfile",
        "@org/b: b/Dockerfile",
        "@org/a: a/new/Dockerfile",
    ];
    assert_eq!(parts(&plan), expected);
    assert_eq!(plan["parts"][3]["branch"], "jettison/org-a-2");
}

#[test]
fn what_is_around_a_file_changes_what_becomes_of_it() {
    let folder = repository();
    plan(&folder, &[]);
    folder.write(".jettison.yaml", "merge: never\n");
    let ran = migrate(&folder, &["apply"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.err.matches("something else would become of it").count(), 3, "{}", ran.err);
    assert_eq!(folder.read("a/Dockerfile"), MERGEABLE);
    assert_eq!(numbers(&folder), [(0, 0, 3)]);
}

#[cfg(unix)]
#[test]
fn a_run_that_was_killed_goes_on() {
    let folder = Folder::new();
    for number in 0..400 {
        folder.write(&format!("{number}/Dockerfile"), MERGEABLE);
    }
    plan(&folder, &["--max-files=100"]);
    let mut child = folder
        .command()
        .args(["migrate", "apply"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let last = folder.file("150/Dockerfile");
    while std::fs::read_to_string(&last).unwrap() != MERGED {
        assert!(child.try_wait().unwrap().is_none(), "it was too fast");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let texts: Vec<String> =
        (0..400).map(|number| folder.read(&format!("{number}/Dockerfile"))).collect();
    assert!(texts.iter().all(|text| *text == MERGED || *text == MERGEABLE));
    assert!(texts.iter().any(|text| *text == MERGEABLE), "it was too fast");
    let left =
        (0..400).map(|number| std::fs::read_dir(folder.file(&number.to_string())).unwrap().count());
    assert!(left.sum::<usize>() <= 401);
    done(&folder, &["status"]);
    done(&folder, &["apply"]);
    let all = |number| folder.read(&format!("{number}/Dockerfile")) == MERGED;
    assert!((0..400).all(all));
    assert_eq!(numbers(&folder), [(100, 0, 0); 4]);
    let left =
        (0..400).map(|number| std::fs::read_dir(folder.file(&number.to_string())).unwrap().count());
    assert_eq!(left.sum::<usize>(), 400);
}

#[cfg(unix)]
#[test]
fn links_that_lead_away_are_not_followed() {
    let (folder, elsewhere) = (repository(), Folder::new());
    plan(&folder, &[]);
    elsewhere.write("Dockerfile", MERGEABLE);
    std::fs::remove_dir_all(folder.file("a")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.file("a")).unwrap();
    std::fs::remove_file(folder.file("b/Dockerfile")).unwrap();
    std::os::unix::fs::symlink(elsewhere.file("Dockerfile"), folder.file("b/Dockerfile")).unwrap();
    let ran = migrate(&folder, &["apply"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("a/Dockerfile: a symbolic link is on the way to it"), "{}", ran.err);
    assert!(ran.err.contains("b/Dockerfile: no regular file any more"), "{}", ran.err);
    assert_eq!(elsewhere.read("Dockerfile"), MERGEABLE);
    assert_eq!(folder.read("c/d/Dockerfile"), MERGED);
}
