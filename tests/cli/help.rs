//! Help, completions, the man page, and what there is to know about transforms.

use crate::support::Folder;

fn assert_snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn help_teaches() {
    let folder = Folder::new();
    let mut command = folder.command();
    let long = command.env("COLUMNS", "100").arg("--help").output().unwrap();
    assert_snapshot("help", &String::from_utf8(long.stdout).unwrap());
    let short = folder.run(["-h"]);
    assert_eq!(short.code, 0);
    for text in ["Examples:", "Exit codes:", "jettison --fix"] {
        assert!(short.out.contains(text), "{}", short.out);
    }
}

#[test]
fn list_and_explain_know_every_transform() {
    let folder = Folder::new();
    let list = folder.run(["list"]);
    assert_eq!(list.code, 0);
    for transform in jettison::transforms::PIPELINE {
        assert!(list.out.lines().any(|line| line.starts_with(&*transform.id)), "{}", list.out);
        let guide = folder.run(["explain", &transform.id]);
        assert_eq!((guide.code, guide.out.as_str()), (0, &*transform.guide));
    }
}

#[test]
fn completions_and_the_man_page_are_made() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.run(["completions", shell]);
        assert!(script.code == 0 && script.out.contains("why-not"), "{shell}");
    }
    let page = folder.run(["man"]);
    assert!(page.code == 0 && page.out.contains(".TH jettison 1"), "{}", page.out);
    assert!(page.out.contains(".nf\nExamples:\n"), "{}", page.out);
}

#[test]
fn the_version_is_printed() {
    let version = concat!("jettison ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(Folder::new().run(["--version"]).out, version);
}
