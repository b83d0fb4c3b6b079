//! `--add-ignore`: a baseline for old repositories.

use crate::support::{CLEAN, Folder, MERGEABLE, MERGED};

/// Nothing is proposed in this folder, and another run writes nothing.
fn is_quiet(folder: &Folder, arguments: &[&str]) {
    let ran = folder.run([&["--check"], arguments].concat());
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    assert!(!ran.out.contains("agreement") && !ran.out.contains("draft"), "{}", ran.out);
    let again = folder.run([&["--add-ignore"], arguments].concat());
    assert_eq!((again.code, &*again.err), (0, ""));
    assert!(again.out.starts_with("nothing to change"), "{}", again.out);
}

#[test]
fn all_that_is_proposed_is_kept_away() {
    let folder = Folder::new();
    let old = "FROM node:20 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n\
        FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\nCOPY --from=build /app/dist /srv\n\
        RUN chown -R www-data:www-data /srv\nCMD [\"curl\"]\n";
    folder.write("package.json", "{ \"scripts\": { \"build\": \"tsc\" } }\n");
    folder.write("Dockerfile", old);
    folder.write("api/Dockerfile", MERGEABLE);
    folder.write("clean/Dockerfile", CLEAN.replace("RUN a", "USER 1"));
    folder.git(&["init", "-q"]);
    folder.git(&["add", "."]);
    folder.git(&["commit", "-qm", "a"]);
    let before = folder.run(["--check"]);
    assert_eq!(before.code, 1);
    assert!(before.out.contains("needs your agreement"), "{}", before.out);
    let ran = folder.run(["--add-ignore", "--reason", "old"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    is_quiet(&folder, &[]);
    let new = folder.read("Dockerfile");
    let kept: Vec<&str> = new.lines().filter(|line| !line.starts_with("# jettison")).collect();
    assert_eq!(kept, old.lines().collect::<Vec<_>>());
    let comments = new.lines().filter(|line| line.starts_with("# jettison"));
    assert!(comments.clone().all(|it| it.ends_with(": old") && !it.contains("-file")), "{new}");
    assert!(new.contains("# jettison ignore=merge-runs"), "{new}");
    assert!(comments.count() > 1, "{new}");
    let diff = folder.git(&["diff", "--numstat"]);
    assert!(diff.lines().all(|line| line.split('\t').nth(1) == Some("0")), "{diff}");
    let new = format!("{}RUN c\nRUN d\n", folder.read("api/Dockerfile"));
    folder.write("api/Dockerfile", new);
    assert_eq!(folder.run(["--check", "api"]).code, 1, "what is new is proposed");
}

#[test]
fn no_comment_is_written_that_is_not_needed() {
    // The comment for caches keeps the two from being merged, too.
    let run = "RUN apt-get update && apt-get install -y curl\n";
    let folder = Folder::with(&format!("FROM debian:12\nUSER 0\nRUN a\n{run}{run}"));
    assert_eq!(folder.run(["--add-ignore"]).code, 0);
    is_quiet(&folder, &[]);
}

#[test]
fn only_the_transforms_that_run_are_kept_away() {
    let folder = Folder::with(&format!(
        "{MERGEABLE}USER 0\nRUN apt-get update && apt-get install -y curl\n"
    ));
    assert_eq!(folder.run(["--add-ignore", "--only=merge-runs"]).code, 0);
    is_quiet(&folder, &["--only=merge-runs"]);
    assert_eq!(folder.run(["--check", "--only=clean-package-caches"]).code, 1);
}

#[test]
fn a_patch_shows_what_would_be_written() {
    let folder = Folder::with(MERGEABLE);
    let ran = folder.run(["--add-ignore", "--diff"]);
    assert!(ran.out.contains("+# jettison ignore=merge-runs: baseline\n"), "{}", ran.out);
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    folder.run(["--fix"]);
    assert_eq!(folder.read("Dockerfile"), MERGED);
}

#[test]
fn ignore_files_get_a_comment_of_their_own() {
    let folder = Folder::with("FROM debian:12\nCOPY . /app\nUSER 1000\n");
    folder.write("node_modules/a.js", "a");
    folder.write("compose.yaml", "services: { a: { build: . } }\n");
    folder.git(&["init", "-q"]);
    folder.git(&["add", "Dockerfile"]);
    let before = folder.run(["--check", "--unsafe", "--skip=split-stages"]);
    assert!(before.out.contains("write-dockerignore"), "{}", before.out);
    let ran = folder.run(["--add-ignore"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(folder.read(".dockerignore"), "# jettison ignore=write-dockerignore: baseline\n");
    is_quiet(&folder, &[]);
}

#[test]
fn mistakes_are_told_and_nothing_is_written() {
    let folder = Folder::with("FROM a\nNONSENSE\n");
    assert_eq!(folder.run(["--add-ignore"]).code, 3);
    folder.write("Dockerfile", MERGEABLE);
    assert_eq!(folder.run(["--add-ignore", "--reason", "a\nb"]).code, 2);
    assert_eq!(folder.run(["--add-ignore", "--fix"]).code, 2);
    assert_eq!(folder.run(["--reason", "a"]).code, 2);
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
}
