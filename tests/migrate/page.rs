//! The page is true, and the help complete.

use crate::support::Folder;
use crate::{done, migrate, repository};
use std::process::Command;

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
fn the_help_names_every_command() {
    let help = done(&Folder::new(), &["--help"]);
    let commands = ["plan", "update", "status", "apply", "patches", "branches", "body", "report"];
    for text in commands.iter().chain(&["Examples:", "Exit codes:"]) {
        assert!(help.contains(text), "{text}: {help}");
    }
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
