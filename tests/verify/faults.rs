//! An engine, a program or a disk that fails: a clear reason, and nothing is left.

use crate::bench::{Bench, options};
use crate::fake::Fake;
use jettison::verify::case::{Verdict, Verification};
use jettison::verify::engine::{Cancel, Run, find};
use jettison::verify::proof::Prover;
use std::fs;
use std::time::{Duration, Instant};

const BEFORE: &str = "FROM debian:12\nRUN put /a 1\nRUN put /b 2\nCMD [\"sh\"]\n";
const AFTER: &str = "FROM debian:12\nRUN put /a 1 && put /b 2\nCMD [\"sh\"]\n";

fn engine_failed(found: Verification) -> String {
    let Verdict::EngineFailed(why) = found.verdict else { panic!("{found:?}") };
    why
}

#[test]
fn an_engine_that_fails_in_a_build_says_nothing_about_the_dockerfile() {
    for (command, why) in [
        ("die", "`docker build --progress=plain` failed: killed by signal 9"),
        ("full", "no space left on device"),
    ] {
        let bench = Bench::new();
        let broken = AFTER.replace("put /b 2", command);
        let said = engine_failed(bench.verify(&bench.case(&[BEFORE, &broken])));
        assert!(said.contains(why), "{said}");
        let said = engine_failed(bench.verify(&bench.case(&[&broken, AFTER])));
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn an_archive_that_is_cut_off_is_no_image() {
    for (fault, why) in
        [("save-dies", "`docker save jettison-verify:"), ("save-fails", "no space left on device")]
    {
        let bench = Bench::new();
        bench.fake.fails_by(fault);
        let said = engine_failed(bench.verify(&bench.case(&[BEFORE, AFTER])));
        assert!(said.contains(why), "{said}");
    }
    let bench = Bench::new();
    bench.fake.fails_by("save-stops");
    let found = bench.verify(&bench.case(&[BEFORE, AFTER]));
    let Verdict::NotVerified(why) = found.verdict else { panic!("{found:?}") };
    assert!(why.starts_with("the image cannot be read: "), "{why}");
}

#[test]
fn an_engine_that_hangs_is_ended() {
    for (fault, text) in
        [("", BEFORE.replace("put /b 2", "hang")), ("save-hangs", BEFORE.to_owned())]
    {
        let mut bench = Bench::new();
        bench.options.timeout = Duration::from_millis(700);
        bench.fake.fails_by(fault);
        let began = Instant::now();
        let found = bench.verify(&bench.case(&[&text, AFTER]));
        // How long a build may take is the user's limit.
        let said = match found.verdict {
            Verdict::NotVerified(why) if fault.is_empty() => why,
            _ => engine_failed(found),
        };
        assert!(said.contains("took longer than 0.7 s and was ended"), "{said}");
        assert!(began.elapsed() < Duration::from_secs(10));
        if fault.is_empty() {
            let pid = fs::read_to_string(bench.fake.place("hangs")).unwrap();
            assert!(!fs::exists(format!("/proc/{pid}/fd/0")).unwrap());
        }
    }
}

#[test]
fn a_server_that_never_gets_ready_is_waited_for_no_longer_than_patience() {
    let bench = Bench::that_starts();
    let before = BEFORE
        .replace("/a 1", "/usr/bin/app wait")
        .replace("CMD [\"sh\"]", "EXPOSE 80\nCMD [\"app\"]");
    let began = Instant::now();
    let found =
        bench.verify(&bench.case(&[&before, &before.replace("\nRUN put /b", " && put /b")]));
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
    let shown = format!("{:?}", found.findings);
    assert!(shown.contains("Unknown"), "{shown}");
}

#[test]
fn a_long_log_is_read_to_its_end() {
    let bench = Bench::new();
    let flood = AFTER.replace("put /b 2", "flood 10 && fail at last");
    let found = bench.verify(&bench.case(&[BEFORE, &flood]));
    let Verdict::Broken { why, .. } = &found.verdict else { panic!("{found:?}") };
    assert!(why.starts_with("it no longer builds: line 2 of the rewritten file fails"), "{why}");
    assert!(found.log.len() <= 12 && found.log.last().unwrap().contains("exit code: 1"));
}

/// What verifying gives in a folder for texts and logs that is prepared before.
fn verified_in(prepare: impl FnOnce(&std::path::Path)) -> Verification {
    let (bench, work) = (Bench::new(), tempfile::tempdir().unwrap());
    prepare(work.path());
    let (cancel, options) = (Cancel::default(), options(false));
    let engine = find(bench.fake.program().to_str(), &cancel).unwrap();
    let run = Run::begin(&*engine, bench.fake.path()).unwrap();
    let mut tell = |_: &str| ();
    Prover::new(&run, &options, work.path(), &mut tell).verify(&bench.case(&[BEFORE, AFTER]))
}

/// A disk on which there is no room for a log.
#[cfg(target_os = "linux")]
fn full(work: &std::path::Path) {
    let folder = work.join("3-after");
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.join("build.log")).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_that_cannot_be_written_changes_no_verdict() {
    assert_eq!(verified_in(full).verdict, Verdict::Same);
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_that_cannot_be_written_is_said() {
    let found = verified_in(full);
    assert!(found.notes.iter().any(|it| it.contains("No space left on device")), "{found:?}");
}

#[test]
fn texts_that_cannot_be_written_are_said() {
    let found = verified_in(|work| fs::write(work.join("1-before"), "").unwrap());
    let Verdict::NotVerified(why) = found.verdict else { panic!("{found:?}") };
    assert!(why.starts_with("its texts cannot be written for the engine: "), "{why}");
}

#[test]
fn a_test_of_the_user_that_does_not_end_is_ended() {
    let mut bench = Bench::new();
    bench.options.timeout = Duration::from_secs(2);
    bench.options.command = Some("sleep 60".to_owned());
    let found = bench.verify(&bench.case(&[BEFORE, AFTER]));
    let Verdict::NotVerified(why) = found.verdict else { panic!("{found:?}") };
    assert_eq!(why, "`sleep 60`: `sh -c sleep 60` took longer than 2 s and was ended");
}

#[test]
fn what_another_run_has_left_is_not_taken_for_its_own() {
    let fake = Fake::new();
    let cancel = Cancel::default();
    let engine = find(fake.program().to_str(), &cancel).unwrap();
    let [first, second] = [(); 2].map(|()| Run::begin(&*engine, fake.path()).unwrap());
    assert_ne!(first.label(), second.label());
}
