//! What a wrong command or a broken file gets: one clear error, and the rest is done.

use crate::support::{CLEAN, Folder, MERGEABLE, MERGED, MERGING};

#[test]
fn a_path_that_does_not_exist_is_one_error_that_names_it() {
    let ran = Folder::new().run(["nothing-here"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: nothing-here: no such file or directory\n");
}

#[test]
fn a_missing_path_does_not_stop_the_others() {
    let folder = Folder::with(MERGEABLE);
    let ran = folder.run(["--fix", "nothing-here", "Dockerfile"]);
    assert_eq!(ran.code, 2);
    assert_eq!(folder.read("Dockerfile"), MERGED);
}

#[test]
fn a_folder_without_dockerfiles_is_no_error() {
    let folder = Folder::new();
    folder.write("empty/readme.txt", "x");
    let ran = folder.run(["empty"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "no Dockerfiles in `empty`\n"));
}

#[test]
fn an_error_on_line_7_has_a_caret_and_the_file_stays() {
    let broken = "FROM debian\nRUN a\nRUN b\n\n\n\nRUM c\n";
    let folder = Folder::with(broken);
    let ran = folder.run(["--fix"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("--> Dockerfile:7:1"), "{}", ran.err);
    assert!(ran.err.contains("7 | RUM c\n  | ^^^"), "{}", ran.err);
    assert!(ran.err.contains("did you mean `RUN`?"), "{}", ran.err);
    assert_eq!(folder.read("Dockerfile"), broken);
}

#[test]
fn one_broken_file_does_not_stop_the_others() {
    let folder = Folder::with("RUM\n");
    folder.write("z/Dockerfile", MERGEABLE);
    assert_eq!(folder.run(["--fix"]).code, 3);
    assert_eq!(folder.read("z/Dockerfile"), MERGED);
}

#[test]
fn two_paths_of_one_file_are_one_file() {
    let folder = Folder::with(MERGEABLE);
    let ran = folder.run([MERGING, "--fix", "Dockerfile", "./Dockerfile", "."]);
    assert_eq!(ran.out, "fixed Dockerfile: merge-runs (1)\nfixed 1 of 1 file\n");
}

#[test]
fn an_unknown_transform_is_met_with_the_one_that_was_meant() {
    let folder = Folder::with(CLEAN);
    for flag in ["--only", "--skip", "--allow"] {
        let ran = folder.run([flag, "merge-rnus"]);
        assert_eq!(ran.code, 2);
        let expected = "error: unknown transform `merge-rnus`; did you mean `merge-runs`?\n";
        assert_eq!(ran.err, expected);
    }
    let ran = folder.run(["--only", "nonsense"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean"), "{}", ran.err);
    assert_eq!(folder.run(["explain", "merge-rnus"]).code, 2);
}

#[test]
fn a_path_that_was_meant_as_a_command_is_met_with_it() {
    let ran = Folder::new().run(["explian", "merge-runs"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("explian: no such file or directory; did you mean the command `explain`?")
    );
}

#[test]
fn a_wrong_flag_is_met_with_the_one_that_was_meant() {
    let ran = Folder::new().run(["--chekc"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("'--check'"), "{}", ran.err);
}

#[test]
fn bytes_that_are_not_utf8_are_told_with_line_and_column() {
    let folder = Folder::new();
    folder.write("Dockerfile", b"FROM debian\nRUN a\xff\n");
    let ran = folder.run(["--fix"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("not UTF-8: byte 0xff"), "{}", ran.err);
    assert!(ran.err.contains("Dockerfile:2:6"), "{}", ran.err);
}

#[test]
fn utf_16_is_recognized() {
    let folder = Folder::new();
    let text: Vec<u8> = "\u{feff}FROM a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("Dockerfile", text);
    let ran = folder.run::<&str>([]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("iconv -f UTF-16 -t UTF-8"), "{}", ran.err);
}

#[test]
fn garbage_is_an_error_and_never_a_crash() {
    let folder = Folder::new();
    let inputs: [&[u8]; 6] =
        [b"", b"\0", b"FROM a\0\nRUN b\n", b"\rFROM a\r", b"FROM a\rRUN b\r", b"\x1b\x1b\x1b"];
    for input in inputs {
        folder.write("Dockerfile", input);
        let ran = folder.run(["--fix"]);
        assert!([0, 3].contains(&ran.code), "{input:?}: {} {}", ran.code, ran.err);
        assert_eq!(folder.read("Dockerfile").as_bytes(), input);
    }
}

#[test]
fn an_enormous_line_is_cut_around_its_error() {
    let folder = Folder::with(&format!("FROM debian\nRUM {}\n", "x".repeat(500_000)));
    let ran = folder.run::<&str>([]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.len() < 2_000, "{}", ran.err.len());
}

#[test]
fn a_large_file_is_an_error_that_names_the_flag() {
    let folder = Folder::with(&format!("FROM debian\n{}RUN a\nRUN b\n", "# x\n".repeat(1 << 18)));
    let ran = folder.run::<&str>([]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`--max-file-size`"), "{}", ran.err);
    assert_eq!(folder.run(["--check", "--max-file-size", "2M"]).code, 1);
    assert_eq!(folder.run(["--check", "--max-file-size", "10"]).code, 2);
    assert_eq!(folder.run(["--max-file-size", "many"]).code, 2);
}

#[test]
fn the_most_serious_exit_code_wins() {
    let folder = Folder::with(MERGEABLE);
    assert_eq!(folder.run(["--check"]).code, 1);
    folder.write("Dockerfile.bad", "RUM\n");
    assert_eq!(folder.run(["--check"]).code, 3);
    assert_eq!(folder.run(["--check", ".", "nothing-here"]).code, 2);
}

#[test]
fn a_dash_points_to_the_flag_for_standard_input() {
    let ran = Folder::new().run(["-"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`--stdin-filename NAME`"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_refused_at_once() {
    let folder = Folder::new();
    folder.other("mkfifo", &["Dockerfile"]);
    let ran = folder.run(["Dockerfile"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: Dockerfile: neither a file nor a folder\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_an_error_and_a_closed_pipe_is_none() {
    let folder = Folder::with(MERGEABLE);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = folder.command().stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = folder.command().stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
