//! Unsafe changes, and failed proofs, shown with transforms that were made for it.

use crate::support::{Folder, MERGEABLE, Ran, run_over};
use jettison::effect::Delta;
use jettison::text::Edit;
use jettison::transform::{Change, Context, Proposal, Safety, Transform};
use std::ffi::OsStr;

/// Adds a comment, which is harmless, and asks for agreement.
const ASKS: &Transform = &Transform {
    id: std::borrow::Cow::Borrowed("ask-first"),
    summary: std::borrow::Cow::Borrowed("Add a comment"),
    guide: std::borrow::Cow::Borrowed("# ask-first\n"),
    rules: std::borrow::Cow::Borrowed(&[]),
    propose: jettison::transform::Propose::BuiltIn(ask),
};

/// Replaces a base image and says that nothing changes.
const LIES: &Transform = &Transform {
    id: std::borrow::Cow::Borrowed("tell-a-lie"),
    summary: std::borrow::Cow::Borrowed("Lie"),
    guide: std::borrow::Cow::Borrowed("# tell-a-lie\n"),
    rules: std::borrow::Cow::Borrowed(&[]),
    propose: jettison::transform::Propose::BuiltIn(lie),
};

/// Crashes.
const CRASHES: &Transform = &Transform {
    id: std::borrow::Cow::Borrowed("crash"),
    summary: std::borrow::Cow::Borrowed("Crash"),
    guide: std::borrow::Cow::Borrowed("# crash\n"),
    rules: std::borrow::Cow::Borrowed(&[]),
    propose: jettison::transform::Propose::BuiltIn(|_| panic!("on purpose")),
};

/// The same, and agreeing to everything is not enough.
const SPLITS: &Transform = &Transform {
    id: std::borrow::Cow::Borrowed("take-apart"),
    summary: std::borrow::Cow::Borrowed("Add a comment"),
    guide: std::borrow::Cow::Borrowed("# take-apart\n"),
    rules: std::borrow::Cow::Borrowed(&[]),
    propose: jettison::transform::Propose::BuiltIn(|context| {
        commented(context, Safety::Structural("it is another program".to_owned()))
    }),
};

/// The same, and nobody knows before it is built.
const DRAFTS: &Transform = &Transform {
    id: std::borrow::Cow::Borrowed("try-it"),
    summary: std::borrow::Cow::Borrowed("Add a comment"),
    guide: std::borrow::Cow::Borrowed("# try-it\n"),
    rules: std::borrow::Cow::Borrowed(&[]),
    propose: jettison::transform::Propose::BuiltIn(|context| {
        commented(context, Safety::Draft("who knows".to_owned()))
    }),
};

fn ask(context: &Context) -> Vec<Proposal> {
    commented(context, Safety::Unsafe("somebody has to look at it".to_owned()))
}

fn commented(context: &Context, safety: Safety) -> Vec<Proposal> {
    let Some(first) = context.file.instructions.first() else { return Vec::new() };
    if context.file.source.contains("# asked") {
        return Vec::new();
    }
    vec![Proposal::Change(Change {
        span: first.span,
        safety,
        delta: Delta::default(),
        notes: Vec::new(),
        edits: vec![Edit::insert(first.span.end, "\n# asked")],
    })]
}

fn lie(context: &Context) -> Vec<Proposal> {
    let Some(first) = context.file.instructions.first() else { return Vec::new() };
    vec![Proposal::Change(Change {
        span: first.span,
        safety: Safety::Safe,
        delta: Delta::default(),
        notes: Vec::new(),
        edits: vec![Edit::insert(first.span.end, "x")],
    })]
}

const SOURCE: &str = "FROM debian\nRUN a\n";

fn run(transforms: &'static [&'static Transform], folder: &Folder, flags: &[&str]) -> Ran {
    let file = folder.file("Dockerfile");
    let flags = flags.iter().map(OsStr::new);
    run_over(transforms, &flags.chain([file.as_os_str()]).collect::<Vec<_>>())
}

#[test]
fn what_waits_is_announced_with_the_command_for_it() {
    let folder = Folder::with(SOURCE);
    let ran = run(&[ASKS], &folder, &["--check"]);
    assert_eq!(ran.code, 0, "nothing would be written");
    let path = folder.file("Dockerfile").display().to_string();
    let expected = format!(
        "nothing to change in 1 file\nask-first needs your agreement (1 change in 1 file)\n  why: \
         somebody has to look at it\n  see it: jettison --allow ask-first {path}\n"
    );
    assert_eq!(ran.out, expected);
    let ran = run(&[ASKS], &folder, &["--fix", "--only", "ask-first"]);
    let command = format!("jettison --fix --only ask-first --allow ask-first {path}");
    assert!(ran.out.contains(&format!("apply it: {command}\n")), "{}", ran.out);
    assert_eq!(folder.read("Dockerfile"), SOURCE);
}

#[test]
fn agreement_by_flag_or_configuration_applies_it() {
    let agreed = "FROM debian\n# asked\nRUN a\n";
    for flag in
        [&["--allow", "ask-first"][..], &["--unsafe"], &["--set", "transforms.ask-first=allowed"]]
    {
        let folder = Folder::with(SOURCE);
        assert_eq!(run(&[ASKS], &folder, &[&["--check"], flag].concat()).code, 1);
        let preview = run(&[ASKS], &folder, flag).out;
        assert!(preview.contains("needs your agreement: somebody has to look"), "{preview}");
        assert_eq!(run(&[ASKS], &folder, &[&["--fix"], flag].concat()).code, 0);
        assert_eq!(folder.read("Dockerfile"), agreed);
    }
    let folder = Folder::with(SOURCE);
    folder.write(".jettison.yaml", "transforms: { ask-first: allowed }\n");
    run(&[ASKS], &folder, &["--fix"]);
    assert_eq!(folder.read("Dockerfile"), agreed);
}

#[test]
fn what_changes_much_is_agreed_to_by_name() {
    let agreed = "FROM debian\n# asked\nRUN a\n";
    let after = |transforms: &'static [&'static Transform], flags: &[&str]| {
        let folder = Folder::with(SOURCE);
        let ran = run(transforms, &folder, &[&["--fix"], flags].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        (folder.read("Dockerfile"), ran.out)
    };
    let (text, out) = after(&[SPLITS], &["--unsafe"]);
    assert_eq!(text, SOURCE);
    assert!(out.contains("take-apart needs your agreement (1 change in 1 file)"), "{out}");
    assert!(out.contains("--unsafe --allow take-apart "), "{out}");
    assert_eq!(after(&[SPLITS], &["--allow", "take-apart"]).0, agreed);
    assert_eq!(after(&[SPLITS], &["--unsafe", "--allow", "take-apart"]).0, agreed);
}

#[test]
fn a_draft_is_shown_and_not_written() {
    for flags in [&["--unsafe"][..], &["--allow", "try-it"], &["--unsafe", "--allow", "try-it"]] {
        let folder = Folder::with(SOURCE);
        run(&[DRAFTS], &folder, &[&["--fix"], flags].concat());
        assert_eq!(folder.read("Dockerfile"), SOURCE, "{flags:?}");
        assert_eq!(run(&[DRAFTS], &folder, &[&["--check"], flags].concat()).code, 0);
        assert_eq!(run(&[DRAFTS], &folder, &[&["--diff"], flags].concat()).out, "");
    }
    let folder = Folder::with(SOURCE);
    let shown = run(&[DRAFTS], &folder, &["--allow", "try-it"]).out;
    assert!(shown.contains("draft, not written without `--verify`:\ntry-it: "), "{shown}");
    assert!(shown.contains("+# asked\n") && shown.contains("needs verify: who knows"), "{shown}");
    assert!(shown.contains("try-it needs verify (1 draft in 1 file)"), "{shown}");
    assert!(shown.contains("  build it: jettison verify --allow try-it "), "{shown}");
    let json = run(&[DRAFTS], &folder, &["--allow", "try-it", "--format", "json"]).out;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let draft = &document["files"][0]["drafts"][0]["changes"][0];
    assert_eq!((&draft["safety"], &draft["reason"]), (&"draft".into(), &"who knows".into()));
    assert_eq!(document["summary"]["drafts"][0]["changes"], 1);
    let waiting = run(&[DRAFTS], &folder, &[]).out;
    assert!(waiting.contains("  why: needs verify: who knows\n"), "{waiting}");
}

#[test]
fn a_failed_proof_is_told_as_a_bug_and_nothing_is_written() {
    let folder = Folder::with(SOURCE);
    let ran = run(&[LIES], &folder, &["--fix"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("Dockerfile:1: tell-a-lie: a change was dropped: "), "{}", ran.err);
    assert!(ran.err.contains("this is a bug in jettison"), "{}", ran.err);
    assert_eq!(folder.read("Dockerfile"), SOURCE);
    folder.write("Dockerfile.bad", "RUM\n");
    let bad = folder.file("Dockerfile.bad");
    let code = |more: &OsStr| {
        let file = folder.file("Dockerfile");
        run_over(&[LIES], &[file.as_os_str(), bad.as_os_str(), more]).code
    };
    assert_eq!(code(bad.as_os_str()), 4, "before 3");
    assert_eq!(code(OsStr::new("nothing-here")), 2, "after 2");
}

#[test]
fn a_crash_is_one_files_error() {
    let folder = Folder::with(SOURCE);
    let ran = run(&[CRASHES], &folder, &["--fix"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("Dockerfile: the rewrite crashed; this is a bug"), "{}", ran.err);
}

#[test]
fn other_formats_tell_it_too() {
    let folder = Folder::with(SOURCE);
    let json = run(&[ASKS, LIES], &folder, &["--format", "json"]).out;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let file = &document["files"][0];
    assert_eq!(file["waiting"][0]["changes"][0]["reason"], "somebody has to look at it");
    assert_eq!(file["failures"][0]["transform"], "tell-a-lie");
    let github = run(&[ASKS, LIES], &folder, &["--format", "github"]).out;
    assert!(github.contains("::notice file=") && github.contains("bug in tell-a-lie"), "{github}");
    let markdown = run(&[ASKS, LIES], &folder, &["--format", "markdown"]).out;
    assert!(markdown.contains("- `ask-first` needs your agreement in 1 file"), "{markdown}");
    assert!(markdown.contains("bug in `tell-a-lie` at line 1"), "{markdown}");
}

#[test]
fn what_a_split_gains_is_announced_before_anybody_agrees() {
    let folder = Folder::with(
        "FROM golang:1.24\nRUN apt-get update && apt-get install -y protobuf-compiler\nWORKDIR /src\nCOPY . .\n\
         RUN go build -o /app .\nCMD [\"/app\"]\n",
    );
    folder.write("go.mod", "module example.com/app\ngo 1.24\n");
    folder.write("main.go", "package main\nfunc main() {}\n");
    let gain = "base image: `golang:1.24` (about 850 MB) → \
                `gcr.io/distroless/static-debian13:nonroot` (about 2 MB)";
    let ran = folder.run::<&str>([]);
    assert!(
        ran.out.contains(&format!("  gain: {gain}\n  see it: jettison --allow split-stages\n")),
        "{}",
        ran.out
    );
    let ran = folder.run(["--format", "markdown"]);
    assert!(ran.out.contains(&format!("; gain: {gain} (")), "{}", ran.out);
    let ran = folder.run(["--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let steps = told["files"][0]["waiting"].as_array().unwrap();
    let step = steps.iter().find(|it| it["transform"] == "split-stages").unwrap();
    assert_eq!(step["worth"], serde_json::json!([gain]));
    let left = "left behind: the tools of Go, 3 files of the build context (193 B), \
                the packages that line 2 installs, and all else of `golang:1.24`";
    let delta = step["changes"][0]["delta"].as_array().unwrap();
    assert!(delta.iter().any(|it| it == left), "{delta:?}");
    let ran = folder.run(["--allow", "split-stages"]);
    assert!(
        ran.out.contains(&format!("\n  {gain}\n  line 1: needs your agreement")),
        "{}",
        ran.out
    );
}

#[test]
fn the_command_that_is_told_has_every_flag_that_matters() {
    let folder = Folder::with(MERGEABLE);
    let flags = ["--runtime=slim", "--set=merge=shipped", "--skip=add-user", "--max-file-size=2M"];
    let out = folder.run(flags).out;
    let told = out.lines().find_map(|line| line.split_once("apply with: jettison ")).unwrap().1;
    for flag in ["--fix", "--runtime slim", "--set merge=shipped", "--skip add-user"] {
        assert!(told.contains(flag), "{flag}: {told}");
    }
}
