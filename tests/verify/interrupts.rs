//! Ctrl-C: what runs is ended, nothing is left, and the exit code says so.

use crate::command::SAME;
use crate::project::{Project, Ran, ran};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Interrupts the command when `ready`, and what it says then.
fn interrupted(
    project: &Project,
    arguments: &[&str],
    signal: &str,
    ready: &dyn Fn() -> bool,
) -> Ran {
    let before = project.files();
    let child = project.command(arguments).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !ready() {
        assert!(Instant::now() < until, "it is not ready: {:?}", project.fake.calls("build"));
        sleep(Duration::from_millis(10));
    }
    let told = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(told.unwrap().success());
    let began = Instant::now();
    let ran = ran(child.wait_with_output().unwrap());
    assert!(began.elapsed() < Duration::from_secs(15), "it took {:?}", began.elapsed());
    project.is_as_before(&before);
    ran
}

#[test]
fn a_build_is_interrupted() {
    for signal in ["-INT", "-TERM"] {
        let text = SAME.replace("put /srv/a 1", "hang");
        let project = Project::with(&[("a/Dockerfile", &text), ("b/Dockerfile", SAME)]);
        let hangs = project.fake.place("hangs");
        let ran =
            interrupted(&project, &[], signal, &|| hangs.metadata().is_ok_and(|it| it.len() > 0));
        assert_eq!(ran.code, Some(130), "{}", ran.out);
        assert!(ran.out.contains("not verified: interrupted"), "{}", ran.out);
        assert_eq!(project.fake.calls("build").len(), 1);
        let pid = std::fs::read_to_string(hangs).unwrap();
        assert!(!std::fs::exists(format!("/proc/{pid}/fd/0")).unwrap());
    }
}

#[test]
fn a_program_that_runs_is_interrupted() {
    let text = SAME.replace("print up", "stubborn");
    let project = Project::with(&[("Dockerfile", &text)]);
    let ran = interrupted(&project, &[], "-INT", &|| !project.fake.calls("inspect").is_empty());
    assert_eq!(ran.code, Some(130), "{}", ran.out);
    assert_eq!(project.fake.calls("run").len(), 1);
}

#[test]
fn reading_an_image_is_interrupted() {
    let project = Project::with(&[("Dockerfile", SAME)]);
    project.fake.fails_by("save-hangs");
    let ran = interrupted(&project, &["--format=json"], "-INT", &|| {
        !project.fake.calls("save").is_empty()
    });
    assert_eq!(ran.code, Some(130), "{}", ran.out);
}

#[test]
fn the_test_of_the_user_is_interrupted() {
    let project = Project::with(&[("Dockerfile", SAME)]);
    let ready = project.fake.place("ready");
    let script = format!("touch {}; sleep 60", ready.display());
    let ran = interrupted(&project, &["--run", &script], "-INT", &|| ready.exists());
    assert_eq!(ran.code, Some(130), "{}", ran.out);
}

#[test]
fn the_document_of_what_was_interrupted_says_so() {
    let project = Project::with(&[("Dockerfile", SAME)]);
    project.fake.fails_by("save-hangs");
    let ready = || !project.fake.calls("save").is_empty();
    let ran = interrupted(&project, &["--format=json"], "-INT", &ready);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((document["exit_code"].as_i64(), ran.code), (Some(130), Some(130)));
}
