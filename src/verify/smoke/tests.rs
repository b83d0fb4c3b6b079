//! Real images with a real engine: `JETTISON_TEST_ENGINE=docker cargo test --lib verify::smoke::tests`.
//!
//! The engine has to have `busybox` and `python:3-slim`, or to be able to get them.

use super::{
    Answer, Call, Evidence, Finding, HealthCheck, Observation, Patience, Plan, Ready, Subject,
    compare, compare_commands, observe, run_command,
};
use crate::verify::engine::{
    BuildFailure, BuildOrder, Cancel, Cause, Engine, EngineError, Health, LABEL, Run, StartOrder,
    find, sweep,
};
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// The engine to test with, or a note that there is none.
fn engine(cancel: &Cancel) -> Option<Box<dyn Engine>> {
    let Ok(name) = std::env::var("JETTISON_TEST_ENGINE") else {
        eprintln!("skipped: JETTISON_TEST_ENGINE names no engine");
        return None;
    };
    Some(find(Some(&name), cancel).unwrap())
}

/// What is built lies in a folder of its own.
struct Lab<'e> {
    folder: TempDir,
    run: Run<'e>,
}

impl<'e> Lab<'e> {
    fn new(engine: &'e dyn Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("context")).unwrap();
        let run = Run::begin(engine, folder.path()).unwrap();
        Self { folder, run }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, dockerfile: &str) -> Result<String, Box<BuildFailure>> {
        fs::write(self.path("Dockerfile"), dockerfile).unwrap();
        let order = BuildOrder {
            dockerfile: self.path("Dockerfile"),
            ignore_file: Some(self.path("Dockerfile.dockerignore")).filter(|it| it.exists()),
            context: self.path("context"),
            log: Some(self.path("log")),
            no_cache: true,
            timeout: SECONDS(300),
            ..BuildOrder::default()
        };
        self.run.build(&order, &mut |_| ()).map(|built| built.image)
    }

    fn observe(&self, dockerfile: &str, plan: &Plan) -> Observation {
        let image = self.build(dockerfile).unwrap();
        let patience =
            Patience { ready: SECONDS(12), ends: SECONDS(3), call: SECONDS(5), stop: SECONDS(3) };
        observe(&self.run, &image, plan, &patience).unwrap()
    }
}

fn starts() -> Plan {
    Plan { starts: true, ..Plan::default() }
}

fn serves() -> Plan {
    Plan { ports: vec![8000], ..starts() }
}

const SERVER: &str = "FROM python:3-slim\nWORKDIR /app\nRUN echo hello > index.html\nEXPOSE 8000\n";

#[test]
fn an_image_is_built_saved_and_removed() {
    let Some(engine) = engine(&Cancel::default()) else { return };
    let lab = Lab::new(&*engine);
    fs::write(lab.path("context/wanted"), "x").unwrap();
    fs::write(lab.path("context/ignored"), "x").unwrap();
    fs::write(lab.path("Dockerfile.dockerignore"), "ignored\n").unwrap();
    let image = lab
        .build("FROM busybox\nCOPY . /x\nRUN test -f /x/wanted && test ! -f /x/ignored\n")
        .unwrap();
    let mut saved = lab.run.save(&image, SECONDS(60)).unwrap();
    let mut archive = Vec::new();
    saved.read_to_end(&mut archive).unwrap();
    saved.finish().unwrap();
    assert_eq!(&archive[257..262], b"ustar");
    let gone = lab.run.save("jettison-verify:none", SECONDS(60)).unwrap().finish().unwrap_err();
    assert!(matches!(gone, EngineError::Failed { .. }), "{gone}");
    let label = lab.run.label();
    drop(lab);
    assert_eq!(left(&*engine, &label), "");
}

/// What an engine still has with a label.
fn left(engine: &dyn Engine, label: &str) -> String {
    let filter = format!("label={label}");
    let mut found = String::new();
    for words in [["images", "--quiet"].as_slice(), &["ps", "--all", "--quiet"]] {
        if words[0] == "ps" && !engine.runs_containers() {
            continue;
        }
        let mut command = std::process::Command::new(&engine.client().program);
        let output = command.args(words).args(["--filter", &filter]).output().unwrap();
        assert!(output.status.success());
        found.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    found
}

#[test]
fn a_build_that_fails_tells_the_lines() {
    let Some(engine) = engine(&Cancel::default()) else { return };
    let lab = Lab::new(&*engine);
    let head = "FROM busybox AS build\nRUN true\nFROM busybox\n";
    for (bad, lines) in [
        ("COPY nope /\n", 4..=4),
        ("RUN echo one \\\n && echo 'Dockerfile:1' && \\\n false\n", 4..=6),
        ("RUN true\nRUN exit 3\n", 5..=5),
    ] {
        let failure = lab.build(&format!("{head}{bad}CMD true\n")).unwrap_err();
        assert!(matches!(failure.cause, Cause::Dockerfile(1..)), "{failure:?}");
        assert_eq!(failure.lines, Some(lines), "{}", failure.tail);
    }
}

#[test]
fn an_interrupt_ends_a_build_at_once() {
    let cancel = Cancel::default();
    let Some(engine) = engine(&cancel) else { return };
    let lab = Lab::new(&*engine);
    let log = lab.path("log");
    let interrupt = std::thread::spawn(move || {
        let until = Instant::now() + SECONDS(60);
        while Instant::now() < until
            && !fs::read_to_string(&log).unwrap_or_default().contains("RUN sleep")
        {
            std::thread::sleep(SECONDS(1) / 20);
        }
        cancel.cancel();
        Instant::now()
    });
    let failure = lab.build("FROM busybox\nRUN sleep 98765\n").unwrap_err();
    let took = interrupt.join().unwrap().elapsed();
    assert_eq!(failure.cause, Cause::Engine(EngineError::Cancelled));
    assert!(took < SECONDS(10), "{took:?}");
    std::thread::sleep(SECONDS(1));
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let left = processes
        .filter_map(|it| fs::read_to_string(it.path().join("cmdline")).ok())
        .find(|line| line.contains("sleep\098765"));
    assert_eq!(left, None);
}

/// Tests of containers, where the engine can start any.
fn with_containers(test: impl FnOnce(&Lab<'_>)) {
    let Some(engine) = engine(&Cancel::default()) else { return };
    let lab = Lab::new(&*engine);
    if !engine.runs_containers() {
        assert!(lab.run.start(&StartOrder::default()).is_err());
        return;
    }
    let label = lab.run.label();
    test(&lab);
    drop(lab);
    assert_eq!(left(&*engine, &label), "");
}

#[test]
fn a_server_answers_and_stops() {
    with_containers(|lab| {
        let good = format!("{SERVER}CMD [\"python3\", \"-m\", \"http.server\"]\n");
        let first = lab.observe(&good, &serves());
        let second = lab.observe(&good, &serves());
        let Ready::Answers(Answer::Http(response)) = &first.ports[0].1 else { panic!("{first:?}") };
        assert_eq!((response.status, response.body.as_slice()), (200, b"hello\n".as_slice()));
        assert!(first.stop.is_some());
        let other = lab.observe(&good.replace("hello", "HELLO"), &serves());
        let port = &compare([&first, &second], &other)[0];
        let differs = Evidence::Differs {
            before: "`/` answers 200: `hello`".to_owned(),
            after: "`HELLO`".to_owned(),
        };
        assert_eq!((&port.subject, &port.evidence), (&Subject::Port(8000), &differs));
        let dead = lab.observe(&good.replace("http.server", "http.sever"), &serves());
        let findings = compare([&first, &second], &dead);
        let bad = |it: &&Finding| matches!(it.evidence, Evidence::Differs { .. });
        assert_eq!(findings.iter().filter(bad).count(), 2, "{findings:?}");
    });
}

#[test]
fn a_server_that_is_never_ready_is_silent() {
    with_containers(|lab| {
        let began = Instant::now();
        let seen = lab.observe("FROM busybox\nEXPOSE 8000\nCMD sleep 100\n", &serves());
        assert_eq!(seen.ports, [(8000, Ready::Silent)]);
        assert!(began.elapsed() < SECONDS(60));
        let findings = compare([&seen, &seen], &seen);
        assert_eq!(findings[0].evidence, Evidence::Unknown("neither answers".to_owned()));
    });
}

#[test]
fn a_health_check_is_waited_for() {
    with_containers(|lab| {
        let head = "FROM busybox\nHEALTHCHECK --interval=1s --retries=4 CMD test -f /ready\n";
        let check = HealthCheck { interval: SECONDS(1), longest: SECONDS(10) };
        let plan = Plan { health_check: Some(check), ..starts() };
        let good = lab.observe(&format!("{head}CMD sleep 2; touch /ready; sleep 100\n"), &plan);
        assert_eq!(good.health, Some(Health::Healthy));
        let bad = lab.observe(&format!("{head}CMD sleep 100\n"), &plan);
        assert_eq!(bad.health, Some(Health::Unhealthy));
        let findings = compare([&good, &good], &bad);
        assert!(matches!(findings[0].evidence, Evidence::Differs { .. }), "{findings:?}");
    });
}

#[test]
fn a_program_that_ends_says_how() {
    with_containers(|lab| {
        let dockerfile = "FROM busybox\nCMD echo one; hostname; echo two >&2; exit 7\n";
        let seen = lab.observe(dockerfile, &starts());
        let ended = seen.ended.clone().unwrap();
        assert_eq!((ended.exit_status, ended.output.stdout.as_str()), (7, "one\njettison\n"));
        assert_eq!(ended.output.stderr, "two\n");
        let same = Evidence::Same("it ends with 7 and prints the same".to_owned());
        assert_eq!(compare([&seen, &lab.observe(dockerfile, &starts())], &seen)[0].evidence, same);
        let noisy = "FROM busybox\nCMD cat /proc/sys/kernel/random/uuid\n";
        let [first, second, third] = [0; 3].map(|_| lab.observe(noisy, &starts()));
        let Evidence::Same(what) = &compare([&first, &second], &third)[0].evidence else {
            panic!()
        };
        assert!(what.contains("not compared"));
        let missing = lab.observe("FROM busybox\nCMD [\"/nope\"]\n", &starts());
        assert!(missing.refused.is_some());
        let findings = compare([&seen, &seen], &missing);
        assert_eq!(findings[0].subject, Subject::Starts);
    });
}

#[test]
fn a_program_that_ignores_sigterm_is_killed() {
    with_containers(|lab| {
        let deaf = "FROM busybox\nCMD trap '' TERM; while :; do sleep 1; done\n";
        let polite = "FROM busybox\nCMD trap 'exit 0' TERM; while :; do sleep 1; done\n";
        let [deaf, polite] = [deaf, polite].map(|it| lab.observe(it, &starts()));
        assert!(deaf.ended.is_none() && deaf.stop.unwrap().killed);
        assert_eq!(polite.stop.unwrap().exit_status, 0);
        let findings = compare([&polite, &polite], &deaf);
        assert!(matches!(
            &findings[0],
            Finding { subject: Subject::Stops, evidence: Evidence::Differs { .. } }
        ));
    });
}

#[test]
fn a_program_is_asked_for_its_version() {
    with_containers(|lab| {
        let plan = Plan { entrypoint: true, ..starts() };
        let seen = lab.observe("FROM python:3-slim\nENTRYPOINT [\"python3\"]\n", &plan);
        assert_eq!(seen.ended.as_ref().map(|it| it.exit_status), Some(0));
        let [version, help] = &seen.calls[..] else { panic!("{seen:?}") };
        let Call { argument: "--version", ended: Some(ended) } = version else {
            panic!("{seen:?}")
        };
        assert!(ended.output.stdout.starts_with("Python 3."));
        assert!(help.ended.as_ref().unwrap().output.stdout.contains("usage:"));
        assert_eq!(compare([&seen, &seen], &seen).len(), 3);
    });
}

#[test]
#[cfg(unix)]
fn the_users_command_gets_the_name_of_the_image() {
    let cancel = Cancel::default();
    let run = |script: &str, image: &str| run_command(script, image, SECONDS(20), &cancel).unwrap();
    let [first, second] = ["a:1", "a:2"].map(|image| run("echo $JETTISON_IMAGE; exit 3", image));
    assert_eq!(first.exit_status, Some(3));
    assert!(matches!(compare_commands([&first, &first], &second).evidence, Evidence::Same(_)));
    let other = run("echo other; exit 3", "a:2");
    assert!(matches!(
        compare_commands([&first, &first], &other).evidence,
        Evidence::Differs { .. }
    ));
    let slow = run_command("sleep 60", "x", SECONDS(1) / 5, &cancel).unwrap_err();
    assert!(matches!(slow, EngineError::TimedOut { .. }));
}

#[test]
fn what_a_killed_run_has_left_is_swept() {
    with_containers(|lab| {
        let image = lab.build("FROM busybox\nCMD sleep 100\n").unwrap();
        let (engine, id) = (lab.run.engine(), format!("{}-killed", std::process::id()));
        let label = format!("{LABEL}={id}");
        let tell = |words: &[&str]| {
            let output = std::process::Command::new(&engine.client().program).args(words).output();
            assert!(output.unwrap().status.success());
        };
        fs::write(lab.path("Killed"), format!("FROM {image}\n")).unwrap();
        let (file, context) = (lab.path("Killed"), lab.path("context"));
        let [file, context] = [&file, &context].map(|it| it.to_str().unwrap());
        tell(&[
            "build",
            "--file",
            file,
            "--label",
            &label,
            "--tag",
            &format!("jettison-verify:{id}"),
            context,
        ]);
        tell(&["run", "--detach", "--label", &label, &image]);
        let mine = fs::read_dir(lab.folder.path()).unwrap().flatten().map(|it| it.path());
        let mine =
            mine.into_iter().find(|it| it.extension().is_some_and(|it| it == "lock")).unwrap();
        let lock = lab.path(&format!("jettison-verify-{id}.lock"));
        fs::copy(mine, lock).unwrap();
        let swept = sweep(engine, lab.folder.path()).unwrap();
        assert_eq!((swept.images, swept.containers), (1, 1));
        assert_eq!(left(engine, &label), "");
        assert_ne!(left(engine, &lab.run.label()), "");
    });
}
