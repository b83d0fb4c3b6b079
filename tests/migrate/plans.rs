//! What is planned, in which parts, and plans that are refused.

use crate::support::{Folder, MERGEABLE, MERGED};
use crate::{commit, done, fixed, migrate, parts, plan, read_plan, repository};
use serde_json::Value;
use std::process::Command;

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
fn codemods_are_planned_and_named_as_transforms_are() {
    let folder = repository();
    let codemod = "id: use-mirror\nsummary: Pull from the mirror\nunsafe: another registry serves it\n\
                   match:\n  from: \"debian\"\nrewrite:\n  from: \"registry.corp.example/debian\"\n";
    folder.write("rules/mirror.yaml", codemod);
    folder.write("d/Dockerfile", MERGEABLE);
    commit(&folder, "two");
    let flags = ["--codemod=rules", "--allow=use-mirror", "--only=use-mirror,merge-runs"];
    done(&folder, &[&["plan", "--split-by=transform"], &flags[..]].concat());
    let plan = read_plan(&folder);
    let ids: Vec<&str> = plan["transforms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["merge-runs", "use-mirror"]);
    assert_eq!(plan["files"][0]["steps"][1]["safety"], "unsafe");
    let body = done(&folder, &["body", "--part=2"]);
    assert!(body.contains("| `use-mirror` | Pull from the mirror | 4 |"), "{body}");
    let fixed = fixed(&folder, &flags);
    done(&folder, &["branches"]);
    let branch = folder.git(&["show", "jettison/use-mirror:d/Dockerfile"]);
    assert_eq!(branch, fixed.read("d/Dockerfile"));
    // Another rule makes something else.
    folder.write("rules/mirror.yaml", codemod.replace("corp", "other"));
    assert_eq!(migrate(&folder, &["apply", "--part=1"]).code, 0);
    let ran = migrate(&folder, &["apply", "--part=2"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.err.matches("something else would become of it").count(), 4, "{}", ran.err);
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
