//! `jettison migrate` in real repositories of git: every example of its page, and what may go wrong.

#![expect(clippy::unwrap_used, reason = "everything here is a test")]

#[path = "cli/support.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use serde_json::Value;
use std::process::Command;
use support::{Folder, MERGEABLE, MERGED, Ran};

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

#[test]
fn the_examples_of_the_page_run_as_they_are_shown() {
    let page = std::fs::read_to_string("docs/migrate.md").unwrap();
    let folder = Folder::new();
    let binaries = std::path::Path::new(env!("CARGO_BIN_EXE_jettison")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder.path()).env("PATH", &path);
        let output = command.output().unwrap();
        let both = [output.stdout, output.stderr].concat();
        (String::from_utf8(both).unwrap(), output.status.code().unwrap())
    };
    let block =
        |start: &str| page.split_once(start).unwrap().1.split("```").next().unwrap().to_owned();
    let setup = format!("set -e\ngit init{}", block("```sh\ngit init"));
    assert_eq!(shell(&setup), (String::new(), 0));
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut count = 0;
    for example in blocks.flat_map(|block| block.split("$ ").skip(1)) {
        let (command, expected) = example.split_once('\n').unwrap();
        let (mut shown, code) = shell(command);
        if code != 0 {
            shown.push_str(&format!("[{code}]\n"));
        }
        assert_eq!(shown, expected, "$ {command}");
        count += 1;
    }
    assert!(count > 15, "{count}");
}

#[test]
fn parts_follow_owners_folders_and_numbers() {
    let folder = repository();
    assert_eq!(parts(&plan(&folder, &[])), [": a/Dockerfile b/Dockerfile c/d/Dockerfile"]);
    let team = parts(&plan(&folder, &["--split-by=team", "--force"]));
    assert_eq!(team, ["@org/a: a/Dockerfile", "@org/all: c/d/Dockerfile", "@org/b: b/Dockerfile"]);
    let deep = parts(&plan(&folder, &["--split-by=folder", "--folder-depth=2", "--force"]));
    assert_eq!(deep, ["a: a/Dockerfile", "b: b/Dockerfile", "c/d: c/d/Dockerfile"]);
    let two = parts(&plan(&folder, &["--max-files=2", "--force"]));
    assert_eq!(two, [": a/Dockerfile b/Dockerfile", "2: c/d/Dockerfile"]);
    folder.write("owners", "* @x\nb @y\n");
    let owned = parts(&plan(&folder, &["--split-by=team", "--codeowners=owners", "--force"]));
    assert_eq!(owned, ["@x: a/Dockerfile c/d/Dockerfile", "@y: b/Dockerfile"]);
}

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

#[test]
fn branches_leave_the_working_tree_alone_and_are_the_same_again() {
    let folder = repository();
    folder.git(&["update-index", "--chmod=+x", "a/Dockerfile"]);
    folder.other("chmod", &["+x", "a/Dockerfile"]);
    folder.write("a/crlf.Dockerfile", "FROM debian\r\nRUN a\r\nRUN b\r\n");
    folder.write(".gitattributes", "crlf.Dockerfile text eol=crlf\n");
    commit(&folder, "two");
    folder.write("c/d/Dockerfile", "FROM busy\nRUN a\nRUN b\n");
    plan(&folder, &["--split-by=team"]);
    folder.write("staged", "x");
    folder.git(&["add", "staged"]);
    let before = folder.git(&["status", "--porcelain=v2"]);
    let ran = migrate(&folder, &["branches"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(ran.err, "left: c/d/Dockerfile: in `HEAD` it is not what is in the working tree\n");
    assert_eq!(folder.git(&["status", "--porcelain=v2"]), before);
    let shown =
        folder.git(&["show", "--format=%an %s", "--summary", "--numstat", "jettison/org-a"]);
    assert_eq!(
        shown,
        "Ann merge-runs: Merge consecutive RUN instructions into one layer\n\n2\t2\ta/Dockerfile\n2\t2\ta/crlf.Dockerfile\n"
    );
    let again = migrate(&folder, &["branches", "--part=1"]);
    assert!(again.out.ends_with(", there already\n"), "{}", again.out);
    // It is moved as long as nobody else did something with it.
    commit(&folder, "three");
    assert!(!done(&folder, &["branches", "--part=1"]).contains("there already"));
    folder.git(&["branch", "-qf", "jettison/org-a", "main"]);
    let ran = migrate(&folder, &["branches", "--part=1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the branch `jettison/org-a` is there already"), "{}", ran.err);
    // What is merged is done.
    folder.git(&["merge", "-q", "jettison/org-b"]);
    assert_eq!(numbers(&folder)[2], (1, 0, 0));
    assert!(done(&folder, &["branches", "--part=3"]).contains("0 files committed, 1 done before"));
}

#[test]
fn branches_by_transforms_stand_on_one_another() {
    let folder = Folder::with("FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n");
    folder.git(&["init", "-q", "-b", "main"]);
    folder.git(&["config", "user.name", "Ann"]);
    folder.git(&["config", "user.email", "ann@example.com"]);
    commit(&folder, "one");
    let fixed = fixed(&folder, &[]);
    done(&folder, &["plan", "--split-by=transform"]);
    done(&folder, &["branches"]);
    let last = "jettison/clean-package-caches";
    assert_eq!(folder.git(&["rev-list", "--count", &format!("main..{last}")]), "2\n");
    assert_eq!(folder.git(&["show", &format!("{last}:Dockerfile")]), fixed.read("Dockerfile"));
}

#[test]
fn patches_are_taken_by_git_and_have_a_title_and_a_body() {
    let folder = repository();
    folder.write("a/my file.Dockerfile", "FROM debian\nRUN a\nRUN b");
    folder.write("c/ü.Dockerfile", "FROM debian\r\nRUN a\r\nRUN b\r\n");
    commit(&folder, "two");
    let fixed = fixed(&folder, &["--only=merge-runs"]);
    plan(&folder, &["--split-by=team", "--title=Über <all>"]);
    done(&folder, &["patches", "--output=out", "--author=B <b@c>"]);
    assert_eq!(folder.read("out/001-jettison-org-a/title.txt"), "Über <all>: @org/a\n");
    let body = folder.read("out/001-jettison-org-a/body.md");
    assert!(
        body.contains("of the campaign *Über &lt;all&gt;*")
            && body.contains("- `a/my file.Dockerfile` (+2 −2): `merge-runs`"),
        "{body}"
    );
    assert_eq!(body, done(&folder, &["body", "--part=1"]));
    folder.other("sh", &["-c", "git am -q --keep-cr out/*/*.patch"]);
    assert_eq!(
        folder.git(&["log", "-1", "--format=%an <%ae> %s"]),
        "B <b@c> merge-runs: Merge consecutive RUN instructions into one layer\n"
    );
    for name in
        ["a/Dockerfile", "a/my file.Dockerfile", "b/Dockerfile", "c/ü.Dockerfile", "c/d/Dockerfile"]
    {
        assert_eq!(folder.read(name), fixed.read(name), "{name}");
    }
    // What landed has no patch any more.
    done(&folder, &["patches", "--output=out"]);
    assert!(!folder.file("out/001-jettison-org-a/0001-merge-runs.patch").exists());
}

#[test]
fn one_plan_covers_many_repositories() {
    let root = Folder::new();
    for name in ["x", "y"] {
        root.write(&format!("{name}/Dockerfile"), MERGEABLE);
        root.write(&format!("{name}/CODEOWNERS"), format!("* @{name}\n"));
        let top = root.file(name);
        for arguments in [
            &["init", "-q", "-b", "main"][..],
            &["config", "user.name", "A"],
            &["config", "user.email", "a@b"],
            &["add", "."],
            &["commit", "-qm", "one"],
        ] {
            assert!(
                Command::new("git").arg("-C").arg(&top).args(arguments).status().unwrap().success()
            );
        }
    }
    let plan = plan(&root, &["--split-by=team"]);
    assert_eq!(parts(&plan), ["x, @x: x/Dockerfile", "y, @y: y/Dockerfile"]);
    done(&root, &["branches"]);
    let log = Command::new("git")
        .arg("-C")
        .arg(root.file("y"))
        .args(["show", "--format=", "--name-only", "jettison/y-y"])
        .output()
        .unwrap();
    assert_eq!(log.stdout, b"Dockerfile\n");
    done(&root, &["apply"]);
    assert_eq!(root.read("y/Dockerfile"), MERGED);
}

#[test]
fn a_report_tells_everything_in_both_formats() {
    let folder = repository();
    folder.write("bad/Dockerfile", "nonsense\n");
    folder.write("user/Dockerfile", "FROM node:22\nCMD [\"node\", \"x\"]\n");
    let ran = migrate(&folder, &["plan", "--split-by=team"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (3, "error: bad/Dockerfile: line 1: unknown instruction `nonsense`\n")
    );
    done(&folder, &["apply", "--part=1"]);
    folder.write("b/Dockerfile", "FROM z\nRUN a\nRUN b\n");
    let markdown = done(&folder, &["report"]);
    for text in [
        "5 files examined; of what is planned 1 done, 1 open, 1 failed.",
        "| 1 | @org/a | `jettison/org-a` | 1 | 0 | 0 |",
        "- `add-user`: ",
        "- `b/Dockerfile` (part 3): it changed since it was planned",
        "- `bad/Dockerfile`: is no valid Dockerfile: line 1: unknown instruction `nonsense`",
    ] {
        assert!(markdown.contains(text), "{text}: {markdown}");
    }
    let page = done(&folder, &["report", "--format=html"]);
    for text in [
        "<!doctype html>",
        "1 done",
        "<h2>Waiting for agreement</h2>",
        "<h2>Failed</h2>",
        "<td>bad/Dockerfile<td><td>is no valid",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn plans_that_are_wrong_are_refused_and_nothing_is_written() {
    let folder = repository();
    plan(&folder, &[]);
    let right = folder.read(".jettison-migrate/plan.json");
    let cases = [
        (String::new(), "plan.json:1:0: EOF"),
        (
            right.replacen("\"version\":1", "\"version\":9", 1),
            "it is a plan of version 9, and this jettison reads version 1",
        ),
        (
            right.replacen("\"a/Dockerfile\"", "\"../x/Dockerfile\"", 1),
            "`../x/Dockerfile` is no path below the root",
        ),
        (
            right.replacen("\"a/Dockerfile\"", "\"/etc/passwd\"", 1),
            "`/etc/passwd` is no path below the root",
        ),
        (right.replacen("\"sha256\"", "\"sha265\"", 1), "unknown field `sha265`"),
        (
            right.replacen("--only=merge-runs", "--fix", 1),
            "the plan has arguments that are not understood",
        ),
        (right.replacen("--only=merge-runs", "--only=merge-run", 1), "did you mean `merge-runs`?"),
        (right[..right.len() / 2].to_owned(), "plan.json:"),
        (
            right.replacen("\"folder\":\"\"", "\"folder\":\"gone\"", 1),
            "the plan was made in `gone`",
        ),
    ];
    for (text, expected) in cases {
        assert_ne!(text, right);
        folder.write(".jettison-migrate/plan.json", &text);
        let ran = migrate(&folder, &["apply"]);
        assert!(ran.code == 2 && ran.err.contains(expected), "{expected}: {}", ran.err);
        assert_eq!((ran.err.lines().count(), folder.read("a/Dockerfile").as_str()), (1, MERGEABLE));
    }
    // A result that nobody would get is never written.
    let other = right.replace("\"result\":\"", "\"result\":\"0");
    folder.write(".jettison-migrate/plan.json", other);
    assert_eq!(migrate(&folder, &["apply"]).code, 1);
    assert_eq!(folder.read("a/Dockerfile"), MERGEABLE);
    let ran = migrate(&folder, &["status", "elsewhere"]);
    assert!(
        ran.code == 2 && ran.err.contains("make it with `jettison migrate plan`"),
        "{}",
        ran.err
    );
    let ran = migrate(&folder, &["plan"]);
    assert!(
        ran.code == 2 && ran.err.contains("bring it up to date with `jettison migrate update`"),
        "{}",
        ran.err
    );
    folder.write(".jettison-migrate/plan.json", right);
    let ran = migrate(&folder, &["apply", "--part=7"]);
    assert!(ran.code == 2 && ran.err.contains("there is no part 7"), "{}", ran.err);
    folder.write(".jettison-migrate/state/part-0001.json", "{");
    let ran = migrate(&folder, &["apply"]);
    assert!(
        ran.code == 2 && ran.err.contains("part-0001.json`: ") && ran.err.contains("remove it"),
        "{}",
        ran.err
    );
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

#[test]
fn a_plan_made_below_the_top_means_the_same_from_there() {
    let folder = repository();
    let inside = |arguments: &[&str]| {
        let mut command = folder.command();
        let output = command.current_dir(folder.file("c")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    inside(&["migrate", "plan", "--only=merge-runs", "--output=../campaign", "d"]);
    let plan: Value = serde_json::from_str(&folder.read("campaign/plan.json")).unwrap();
    assert_eq!(parts(&plan), [": c/d/Dockerfile"]);
    assert_eq!(
        (&plan["folder"], &plan["arguments"]),
        (&"c".into(), &serde_json::json!(["--only=merge-runs", "--", "d"]))
    );
    let told = done(&folder, &["update", "campaign"]);
    assert!(told.starts_with("1 of 1 file would change, in 1 part\n"), "{told}");
    done(&folder, &["apply", "campaign/plan.json"]);
    assert_eq!(
        (folder.read("c/d/Dockerfile").as_str(), folder.read("a/Dockerfile").as_str()),
        (MERGED, MERGEABLE)
    );
}

#[test]
fn unreadable_owners_and_odd_prefixes_are_errors() {
    let folder = repository();
    folder.write(".github/CODEOWNERS", [0xff, b'\n']);
    let ran = migrate(&folder, &["plan", "--split-by=team"]);
    assert!(ran.code == 2 && ran.err.contains("`.github/CODEOWNERS`: not UTF-8"), "{}", ran.err);
    assert!(!folder.file(".jettison-migrate/plan.json").exists());
    let ran = migrate(&folder, &["plan", "--split-by=team", "--codeowners=none"]);
    assert!(ran.code == 2 && ran.err.contains("`none`: cannot be read"), "{}", ran.err);
    for prefix in ["a b", "../x", "-x", "a//b"] {
        let ran = migrate(&folder, &["plan", &format!("--branch-prefix={prefix}")]);
        assert!(
            ran.code == 2 && ran.err.contains("git takes no such name"),
            "{prefix}: {}",
            ran.err
        );
    }
}
