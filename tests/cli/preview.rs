//! What a person sees without `--fix`.

use crate::support::{CLEAN, Folder, MERGEABLE, MERGED, MERGING};

#[test]
fn a_preview_shows_a_titled_diff_with_reasons_and_writes_nothing() {
    let folder = Folder::with(MERGEABLE);
    let ran = folder.run::<&str>([]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("preview", ran.out) });
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
}

#[test]
fn check_exits_with_1_where_fix_would_write() {
    let folder = Folder::with(MERGEABLE);
    assert_eq!(folder.run(["--check"]).code, 1);
    assert_eq!(folder.run(["--check", "--quiet"]).out, "");
    folder.run(["--fix"]);
    assert_eq!(folder.read("Dockerfile"), MERGED);
    assert_eq!(folder.run(["--check"]).code, 0);
}

#[test]
fn with_more_than_ten_changed_files_each_gets_a_line() {
    let folder = Folder::new();
    (0..11).for_each(|number| folder.write(&format!("{number:02}/Dockerfile"), MERGEABLE));
    let ran = folder.run::<&str>([]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "00/Dockerfile: merge-runs (1)");
    assert_eq!(lines[10], "10/Dockerfile: merge-runs (1)");
    assert_eq!(lines[11], "11 of 11 files would change; apply with: jettison --fix");
    assert_eq!(lines[12].split_whitespace().next(), Some("merge-runs"));
    assert!(!ran.out.contains("@@"), "{}", ran.out);
}

#[test]
fn named_files_are_shown_in_full_however_many_there_are() {
    let folder = Folder::new();
    let names: Vec<String> = (0..11).map(|number| format!("Dockerfile.{number:02}")).collect();
    names.iter().for_each(|name| folder.write(name, MERGEABLE));
    assert_eq!(folder.run(&names).out.matches("@@ -1").count(), 11);
}

#[test]
fn statistics_are_totals_alone() {
    let folder = Folder::with(MERGEABLE);
    let ran = folder.run(["--statistics"]);
    assert!(ran.out.starts_with("1 of 1 file would change"), "{}", ran.out);
    assert!(ran.out.contains("1 change in 1 file"), "{}", ran.out);
}

#[test]
fn what_was_declined_is_counted_and_shown_on_demand() {
    let folder = Folder::with("FROM debian\nRUN a\nRUN [\"b\"]\n");
    let ran = folder.run([MERGING]);
    assert!(ran.out.contains("declined: 1 change (shown by `--why-not`)"), "{}", ran.out);
    let ran = folder.run(["--why-not"]);
    assert!(ran.out.contains("Dockerfile:"), "{}", ran.out);
    assert!(ran.out.contains("merge-runs declined (exec-form): "), "{}", ran.out);
}

#[test]
fn a_file_left_alone_as_a_whole_says_why() {
    let folder = Folder::with("# jettison ignore-file: generated\nFROM debian\nRUN a\nRUN b\n");
    let ran = folder.run(["--check", "Dockerfile"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("Dockerfile: left alone: "), "{}", ran.out);
}

#[test]
fn a_suppression_that_suppresses_nothing_is_reported() {
    let folder = Folder::with("FROM debian\n# jettison ignore=merge-runs: why\nRUN a\n");
    let ran = folder.run::<&str>([]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.starts_with("warning: Dockerfile:2: "), "{}", ran.err);
}

#[test]
fn a_suppression_of_what_does_not_exist_is_reported() {
    let text =
        "FROM debian\n# jettison ignore=merge-run: why\nRUN a\n# jettison ignor-file\nRUN b\n";
    let ran = Folder::with(text).run::<&str>([]);
    assert_eq!(ran.code, 0);
    let first =
        "warning: Dockerfile: line 2: unknown transform `merge-run`; did you mean `merge-runs`?";
    assert!(ran.err.contains(first), "{}", ran.err);
    assert!(ran.err.contains("line 4: `# jettison ignor-file` says nothing; "), "{}", ran.err);
}

#[test]
fn colours_follow_the_flag_and_the_environment() {
    let folder = Folder::with(MERGEABLE);
    assert!(!folder.run::<&str>([]).out.contains('\x1b'), "not a terminal");
    assert!(folder.run(["--color", "always"]).out.contains("\x1b[31m"));
    let forced = |name: &str, value: &str| {
        let mut command = folder.command();
        String::from_utf8(command.env(name, value).output().unwrap().stdout).unwrap()
    };
    assert!(forced("CLICOLOR_FORCE", "1").contains('\x1b'));
    assert!(!forced("NO_COLOR", "1").contains('\x1b'));
}

#[test]
fn control_characters_of_a_file_never_reach_the_terminal() {
    let folder = Folder::with("FROM debian\n# \x1b[2J\u{202e}\nRUN a\nRUN b\r\n");
    for arguments in [&["--color", "never"][..], &["--why-not", "--color", "never"]] {
        let out = folder.run(arguments).out;
        assert!(!out.contains(['\x1b', '\u{202e}']), "{out}");
        assert!(out.contains("\\u{1b}[2J\\u{202e}"), "{out}");
    }
    folder.write("Dockerfile", "FROM debian\nRUM \x1b[2J\n");
    let ran = folder.run::<&str>([]);
    assert!(!ran.err.contains('\x1b'), "{}", ran.err);
}

#[test]
fn quiet_shows_problems_only() {
    let folder = Folder::with(MERGEABLE);
    folder.write("Dockerfile.bad", "FRM a\n");
    let ran = folder.run(["--quiet"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("Dockerfile.bad:1:1"), "{}", ran.err);
}

#[test]
fn nothing_to_do_is_said() {
    let ran = Folder::with(CLEAN).run([MERGING]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "nothing to change in 1 file\n"));
}
