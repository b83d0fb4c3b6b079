//! Which files are examined, and in which order.

use crate::support::{Folder, MERGEABLE};

/// The files that would change, in the order in which they are shown.
fn changed<const N: usize>(folder: &Folder, arguments: [&str; N]) -> Vec<String> {
    let diff = folder.run(["--diff"].into_iter().chain(arguments)).out;
    let names = diff.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    names.map(str::to_owned).collect()
}

#[test]
fn dockerfiles_are_found_by_name_in_sorted_order() {
    let folder = Folder::new();
    let yes = [
        ".devcontainer/Dockerfile",
        "Containerfile",
        "Dockerfile",
        "Dockerfile.web",
        "a/b/Containerfile.x",
        "a/x.Dockerfile",
        "a/x.dockerfile",
    ];
    let no = ["Dockerfile.dockerignore", "Dockerfile.orig", "dockerfile.txt", "a/Makefile"];
    yes.iter().chain(&no).for_each(|name| folder.write(name, MERGEABLE));
    assert_eq!(changed(&folder, []), yes);
    assert_eq!(
        changed(&folder, ["a", "Dockerfile"]),
        ["a/b/Containerfile.x", "a/x.Dockerfile", "a/x.dockerfile", "Dockerfile"]
    );
}

#[test]
fn what_git_ignores_is_left_out() {
    let folder = Folder::with(MERGEABLE);
    folder.git(&["init", "-q"]);
    folder.write(".gitignore", "build/\n");
    folder.write("build/Dockerfile", MERGEABLE);
    assert_eq!(changed(&folder, []), ["Dockerfile"]);
    assert_eq!(changed(&folder, ["build/Dockerfile"]), ["build/Dockerfile"]);
}

#[test]
fn vendored_folders_and_templates_are_skipped_and_counted() {
    let folder = Folder::with(MERGEABLE);
    folder.write("vendor/x/Dockerfile", MERGEABLE);
    folder.write("node_modules/y/Dockerfile", MERGEABLE);
    folder.write("Dockerfile.j2", MERGEABLE);
    folder.write("{{cookiecutter.name}}/Dockerfile", MERGEABLE);
    let out = folder.run(["--statistics"]).out;
    assert!(out.contains("skipped: 2 templates, 2 vendored folders"), "{out}");
    assert_eq!(changed(&folder, []), ["Dockerfile"]);
    assert_eq!(changed(&folder, ["vendor/x/Dockerfile"]), ["vendor/x/Dockerfile"]);
    let included = changed(&folder, ["--include", "vendor/**/Dockerfile", "--include", "*.j2"]);
    assert_eq!(included, ["Dockerfile", "Dockerfile.j2", "vendor/x/Dockerfile"]);
    folder.write("vendor/README", "x");
    assert_eq!(changed(&folder, ["--include", "vendor"]), ["Dockerfile", "vendor/x/Dockerfile"]);
    assert_eq!(changed(&folder, ["--include", "vendor/**"]), ["Dockerfile", "vendor/x/Dockerfile"]);
}

#[test]
fn templates_are_known_by_marks_outside_shell_strings() {
    let folder = Folder::new();
    let templates = [
        "FROM {{ image }}\nRUN a\nRUN b\n",
        "FROM debian:@VERSION@\nRUN a\nRUN b\n",
        "FROM debian\n{% if x %}\nRUN a\n{% endif %}\nRUN b\n",
        "FROM debian\n<% if x %>\nRUN a\nRUN b\n",
        "FROM debian\nRUN install {{ packages }}\nRUN b\n",
        "FROM debian\nLABEL version=\"{{ version }}\"\nRUN a\nRUN b\n",
        "FROM debian\nRUN apt-get install <%= packages %>\nRUN b\n",
    ];
    for text in templates {
        folder.write("Dockerfile", text);
        let out = folder.run::<&str>([]).out;
        assert!(out.contains("skipped: 1 template"), "{text}\n{out}");
        assert!(!folder.run(["Dockerfile"]).out.contains("skipped"), "{text}");
    }
    let plain = [
        "FROM debian\nRUN docker inspect -f '{{.Id}}' x\nRUN b\n",
        "FROM debian\nENV FORMAT=\"{{.Name}}\"\nRUN a\nRUN b\n",
        "FROM debian\nRUN go list -f {{.Dir}} x\nRUN b\n",
        "FROM debian\nRUN sed -i 's/@NAME@/x/' f && sed -i s/{{x}}/1/ g\nRUN b\n",
        "FROM debian\nRUN rm -rf /usr/{{lib,share}/locale,{a,b}/gconv}\nRUN b\n",
        "FROM debian\nRUN npm i @scope/a@1 git@example.com:x/y\nRUN b\n",
        "FROM debian\nCOPY <<EOF /x\n{{ name }}\nEOF\nRUN a\nRUN b\n",
    ];
    for text in plain {
        folder.write("Dockerfile", text);
        let out = folder.run::<&str>([]).out;
        assert!(!out.contains("skipped"), "{text}\n{out}");
    }
}

#[test]
fn globs_leave_out_files_and_folders() {
    let folder = Folder::with(MERGEABLE);
    folder.write("old/a/Dockerfile", MERGEABLE);
    folder.write("new/Dockerfile.test", MERGEABLE);
    assert_eq!(changed(&folder, ["--exclude", "old"]), ["Dockerfile", "new/Dockerfile.test"]);
    assert_eq!(changed(&folder, ["--exclude", "*.test"]), ["Dockerfile", "old/a/Dockerfile"]);
    assert_eq!(folder.run(["--exclude", "[a"]).code, 2);
}

#[test]
fn max_files_stops_after_that_many_changed_files() {
    let folder = Folder::new();
    (0..200).for_each(|number| folder.write(&format!("{number:03}/Dockerfile"), MERGEABLE));
    let ran = folder.run(["--fix", "--max-files", "70"]);
    assert!(ran.out.contains("fixed 70 of 70 files"), "{}", ran.out);
    assert!(ran.out.contains("stopped by `--max-files`"), "{}", ran.out);
    assert_ne!(folder.read("069/Dockerfile"), MERGEABLE);
    assert_eq!(folder.read("070/Dockerfile"), MERGEABLE);
    assert_eq!(folder.run(["--max-files", "0"]).code, 2);
}

#[test]
fn the_same_run_prints_the_same() {
    let folder = Folder::new();
    (0..150)
        .for_each(|number| folder.write(&format!("{}/{number}/Dockerfile", number % 7), MERGEABLE));
    let first = folder.run(["--format", "json"]).out;
    assert!((0..3).all(|_| folder.run(["--format", "json"]).out == first));
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_files_inside_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.write("in/docker/prod", MERGEABLE);
    folder.write("in/real/Dockerfile", MERGEABLE);
    folder.write("outside", MERGEABLE);
    symlink("docker/prod", folder.file("in/Dockerfile")).unwrap();
    symlink("real/Dockerfile", folder.file("in/Dockerfile.again")).unwrap();
    symlink("../outside", folder.file("in/Dockerfile.out")).unwrap();
    symlink("loop", folder.file("in/loop")).unwrap();
    let ran = folder.run(["--fix", "in"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("fixed 2 of 2 files"), "{}", ran.out);
    assert!(ran.out.contains("1 symbolic link that leads outside"), "{}", ran.out);
    assert!(ran.out.contains("fixed in/Dockerfile: ") && ran.out.contains("in/real/Dockerfile: "));
    assert_eq!(folder.read("outside"), MERGEABLE);
}
