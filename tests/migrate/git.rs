//! Branches and patches.

use crate::support::Folder;
use crate::{commit, done, fixed, migrate, numbers, plan, repository};

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
