//! Parts of a run: together they are the whole.

use crate::support::{Folder, MERGEABLE};
use std::collections::BTreeSet;

const TAKING: &str = "FROM node:22\nCOPY package.json ./\nCOPY . .\nRUN a\nRUN b\n";

/// A repository with Dockerfiles that stand alone, and two that share a context without an ignore file.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    for number in 0..40 {
        folder.write(&format!("services/s{number}/Dockerfile"), MERGEABLE);
    }
    for name in ["shop/web.Dockerfile", "shop/deep/er/api.Dockerfile", "shop/more.Dockerfile"] {
        folder.write(name, TAKING);
    }
    folder.write("shop/package.json", "{}");
    folder.write("shop/docs/about.md", "x\n");
    folder
}

fn names(diff: &str) -> Vec<String> {
    let names = diff.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    names.map(str::to_owned).collect()
}

fn parts(folder: &Folder, number: usize, flags: &[&str]) -> Vec<String> {
    let part = |part: usize| {
        let shard = format!("{part}/{number}");
        let ran = folder.run([&["--shard", &shard], flags].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        ran.out
    };
    (1..=number).map(part).collect()
}

#[test]
fn parts_are_the_whole_and_no_file_is_in_two() {
    let folder = repository();
    for flags in [&["--diff"][..], &["--diff", "--unsafe"]] {
        let whole = names(&folder.run(flags).out);
        assert!(whole.len() > 42, "{whole:?}");
        for number in [1, 2, 3, 8] {
            let found: Vec<String> =
                parts(&folder, number, flags).iter().flat_map(|it| names(it)).collect();
            let (found, number_found) = (found.iter().collect::<BTreeSet<_>>(), found.len());
            assert_eq!((found.len(), found), (number_found, whole.iter().collect()));
        }
    }
}

#[test]
fn the_patches_of_all_parts_are_what_fix_writes() {
    let (split, fixed) = (repository(), repository());
    for patch in parts(&split, 3, &["--diff", "--unsafe"]) {
        if !patch.is_empty() {
            split.write("part.patch", &patch);
            split.git(&["apply", "part.patch"]);
        }
    }
    fixed.run(["--fix", "--unsafe"]);
    for name in ["services/s7/Dockerfile", "shop/web.Dockerfile", "shop/.dockerignore"] {
        assert_eq!(split.read(name), fixed.read(name), "{name}");
    }
}

#[test]
fn what_shares_a_context_is_in_one_part() {
    let folder = repository();
    let found = parts(&folder, 8, &["--diff", "--unsafe"]);
    let in_shop = |diff: &&String| diff.contains("b/shop/");
    let [part] = found.iter().filter(in_shop).collect::<Vec<_>>()[..] else { panic!("{found:?}") };
    let in_part: Vec<String> =
        names(part).into_iter().filter(|it| it.starts_with("shop")).collect();
    let all = ["shop/deep/er/api.Dockerfile", "shop/more.Dockerfile", "shop/web.Dockerfile"];
    assert_eq!(in_part, [&all[..], &["shop/.dockerignore"]].concat());
}

#[test]
fn a_new_file_moves_no_other() {
    let folder = repository();
    let before: Vec<Vec<String>> =
        parts(&folder, 4, &["--diff"]).iter().map(|it| names(it)).collect();
    for name in ["a/Dockerfile", "services/s0/b/Dockerfile", "zzz.Dockerfile"] {
        folder.write(name, MERGEABLE);
    }
    folder.write("shop/fourth.Dockerfile", TAKING);
    let after: Vec<Vec<String>> =
        parts(&folder, 4, &["--diff"]).iter().map(|it| names(it)).collect();
    for (before, after) in before.iter().zip(&after) {
        assert!(before.iter().all(|name| after.contains(name)), "{before:?} {after:?}");
    }
    assert_eq!(after.iter().flatten().count(), before.iter().flatten().count() + 4);
}

#[test]
fn it_does_not_matter_where_the_checkout_is() {
    let (here, there) = (repository(), Folder::new());
    there.git(&["clone", "-q", "--no-local", here.path().to_str().unwrap(), "."]);
    here.git(&["add", "-A"]);
    here.git(&["commit", "-qm", "all"]);
    there.git(&["pull", "-q"]);
    let path = there.path().to_str().unwrap();
    let outside = |shard| {
        let ran = Folder::new().run(["--diff", "--shard", shard, path]);
        let names = names(&ran.out).into_iter();
        let below = names.map(|it| it[it.find("s").unwrap_or(0)..].to_owned());
        below.filter_map(|it| Some(it.split_once("services/")?.1.to_owned())).collect::<Vec<_>>()
    };
    for (part, shard) in parts(&here, 2, &["--diff"]).iter().zip(["1/2", "2/2"]) {
        let own = names(part).into_iter();
        let own: Vec<String> =
            own.filter_map(|it| Some(it.strip_prefix("services/")?.to_owned())).collect();
        assert_eq!(own, outside(shard));
    }
}

/// The recipe that `docs/shards.md` gives.
#[test]
fn the_part_is_what_the_documentation_says() {
    let folder = Folder::new();
    folder.write("api/Dockerfile", MERGEABLE);
    let docs = include_str!("../../docs/shards.md");
    let (_, recipe) = docs.split_once("```sh\nprintf %s api/Dockerfile | sha256sum").unwrap();
    assert!(recipe.contains("% 4 + 1"));
    let digest = folder.other("sh", &["-c", "printf %s api/Dockerfile | sha256sum"]);
    let part = u64::from_str_radix(&digest[..16], 16).unwrap() % 4 + 1;
    for (number, diff) in (1..).zip(parts(&folder, 4, &["--diff"])) {
        assert_eq!(names(&diff).len(), usize::from(number == part), "{number} {part}");
    }
}

#[test]
fn an_empty_part_is_no_error_and_says_so() {
    let folder = Folder::with(MERGEABLE);
    let outs: Vec<String> = parts(&folder, 3, &[]);
    let empty: Vec<&String> = outs.iter().filter(|it| it.contains("no Dockerfiles")).collect();
    assert_eq!(empty.len(), 2, "{outs:?}");
    assert!(empty.iter().any(|it| it.starts_with("no Dockerfiles in `.` in part ")), "{empty:?}");
    let full = outs.iter().find(|it| !empty.contains(it)).unwrap();
    assert!(full.contains("jettison --fix --shard "), "{full}");
}

#[test]
fn wrong_parts_are_errors() {
    let folder = Folder::with(MERGEABLE);
    for (value, reason) in [
        ("0/4", "parts are counted from 1: the first is 1/4"),
        ("5/4", "there are 4 parts: the last is 4/4"),
        ("1/0", "there is no part of 0 parts"),
        ("1", "expected K/N"),
        ("one/two", "expected K/N"),
    ] {
        let ran = folder.run(["--fix", "--shard", value]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(reason), "{}", ran.err);
    }
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    let ran = folder.run(["--stdin-filename", "Dockerfile", "--shard", "1/2"]);
    assert_eq!(ran.code, 2);
}
