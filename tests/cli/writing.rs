//! What `--fix` does to files.

use crate::support::{Folder, MERGEABLE, MERGED, MERGING};
use std::fs;

#[test]
fn fix_says_what_it_did_and_leaves_nothing_behind() {
    let folder = Folder::with(MERGEABLE);
    let ran = folder.run([MERGING, "--fix"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.out, "fixed Dockerfile: merge-runs (1)\nfixed 1 of 1 file\n");
    assert_eq!(folder.read("Dockerfile"), MERGED);
    assert_eq!(folder.names(), ["Dockerfile"]);
    assert_eq!(folder.run([MERGING, "--fix"]).out, "nothing to change in 1 file\n");
}

#[test]
fn a_file_without_changes_is_not_touched() {
    let folder = Folder::with(MERGED);
    let modified = || fs::metadata(folder.file("Dockerfile")).unwrap().modified().unwrap();
    let before = modified();
    folder.run(["--fix"]);
    assert_eq!(modified(), before);
}

#[test]
fn line_ends_and_a_missing_final_newline_are_kept() {
    let folder = Folder::with("FROM debian\r\nRUN a\r\nRUN b");
    folder.run(["--fix"]);
    assert_eq!(folder.read("Dockerfile"), "FROM debian\r\nRUN a \\\r\n    && b");
}

#[test]
fn a_read_only_file_is_an_error_and_the_rest_goes_on() {
    let folder = Folder::with(MERGEABLE);
    folder.write("z/Dockerfile", MERGEABLE);
    let mut permissions = fs::metadata(folder.file("Dockerfile")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.file("Dockerfile"), permissions).unwrap();
    let ran = folder.run(["--fix"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: Dockerfile: it is read-only; make it writable first\n");
    assert_eq!(folder.read("Dockerfile"), MERGEABLE);
    assert_eq!(folder.read("z/Dockerfile"), MERGED);
    assert_eq!(folder.names(), ["Dockerfile", "z"]);
}

#[test]
fn leftovers_of_a_killed_run_are_removed_by_the_next() {
    let folder = Folder::with(MERGEABLE);
    folder.write(".jettison-abc123.tmp", "half");
    folder.write("sub/.jettison-abc123.tmp", "half");
    folder.run::<&str>([]);
    assert_eq!(folder.names().len(), 3, "a preview writes nothing");
    folder.run(["--fix"]);
    assert_eq!(folder.names(), ["Dockerfile", "sub"]);
    assert!(!folder.file("sub/.jettison-abc123.tmp").exists());

    folder.write(".jettison-abc123.tmp", "half");
    folder.run(["--fix", "Dockerfile"]);
    assert_eq!(folder.names(), ["Dockerfile", "sub"]);
}

#[test]
fn a_temporary_file_of_a_run_that_lives_is_not_removed() {
    let folder = Folder::with(MERGEABLE);
    folder.write(".jettison-abc123.tmp", "half");
    let held =
        fs::OpenOptions::new().write(true).open(folder.file(".jettison-abc123.tmp")).unwrap();
    held.lock().unwrap();
    folder.run(["--fix"]);
    assert_eq!(folder.names(), [".jettison-abc123.tmp", "Dockerfile"]);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use crate::support::is_root;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::process::{Command, Stdio};
    use std::time::Duration;

    #[test]
    fn the_mode_is_kept() {
        let folder = Folder::with(MERGEABLE);
        for mode in [0o600, 0o755, 0o664, 0o4711] {
            folder.write("Dockerfile", MERGEABLE);
            fs::set_permissions(folder.file("Dockerfile"), fs::Permissions::from_mode(mode))
                .unwrap();
            folder.run(["--fix"]);
            let now = fs::metadata(folder.file("Dockerfile")).unwrap().mode() & 0o7777;
            assert_eq!((now, folder.read("Dockerfile").as_str()), (mode, MERGED));
        }
    }

    #[test]
    fn the_owner_is_kept_or_the_file_is_left() {
        if !is_root() {
            return;
        }
        let folder = Folder::with(MERGEABLE);
        chown(folder.file("Dockerfile"), Some(12345), Some(54321)).unwrap();
        folder.run(["--fix"]);
        let now = fs::metadata(folder.file("Dockerfile")).unwrap();
        assert_eq!((now.uid(), now.gid()), (12345, 54321));
        assert_eq!(folder.read("Dockerfile"), MERGED);
    }

    #[test]
    fn a_link_stays_a_link_and_its_target_changes() {
        let folder = Folder::new();
        folder.write("real/prod", MERGEABLE);
        symlink("real/prod", folder.file("Dockerfile")).unwrap();
        folder.run(["--fix", "Dockerfile"]);
        assert!(folder.file("Dockerfile").is_symlink());
        assert_eq!(folder.read("real/prod"), MERGED);
        assert_eq!(fs::read_dir(folder.file("real")).unwrap().count(), 1);
    }

    #[test]
    fn other_hard_links_are_told() {
        let folder = Folder::with(MERGEABLE);
        fs::hard_link(folder.file("Dockerfile"), folder.file("other")).unwrap();
        let ran = folder.run(["--fix"]);
        assert_eq!(ran.code, 0);
        assert!(ran.err.contains("hard link"), "{}", ran.err);
        assert_eq!(folder.read("other"), MERGEABLE);
    }

    /// Killed at any moment, a file is either old or new.
    #[test]
    fn an_interrupted_run_leaves_each_file_old_or_new() {
        for (signal, leftovers) in [("KILL", true), ("INT", false), ("TERM", false)] {
            for pause in [1, 5, 20, 60] {
                let folder = Folder::new();
                let names: Vec<String> = (0..120).map(|it| format!("{it}/Dockerfile")).collect();
                names.iter().for_each(|name| folder.write(name, MERGEABLE));
                let mut child =
                    folder.command().arg("--fix").stdout(Stdio::null()).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(pause));
                let id = child.id().to_string();
                Command::new("kill").args(["-s", signal, &id]).output().unwrap();
                let status = child.wait().unwrap();
                if signal != "KILL" {
                    assert!(matches!(status.code(), None | Some(0 | 130)), "{status}");
                }
                let whole = |name: &String| [MERGEABLE, MERGED].contains(&&*folder.read(name));
                assert!(names.iter().all(whole));
                let strays = folder.other("find", &[".", "-name", ".jettison-*"]);
                assert!(leftovers || strays.is_empty(), "{signal} after {pause} ms: {strays}");
                assert_eq!(folder.run(["--fix"]).code, 0);
                assert_eq!(folder.other("find", &[".", "-name", ".jettison-*"]), "");
                assert!(names.iter().all(|name| folder.read(name) == MERGED));
            }
        }
    }
}
