//! Engines that are shell scripts: what they are told, and what they do wrong.

#![allow(clippy::unwrap_used)]

use super::find::find_in;
use super::{BuildOrder, Cancel, Cause, Engine, EngineError, Run, StartOrder, Swept, find, sweep};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// What answers to the questions that are asked first, and writes down what it is told.
const HEAD: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$1 $2" in
"--version "*) echo "${0##*/} version 28.0.0, build x"; exit 0 ;;
"version "*) echo "28.0.0 28.0.0"; exit 0 ;;
"buildx version"*) exit 0 ;;
"context inspect"*) echo unix:///var/run/docker.sock; exit 0 ;;
esac
"#;

struct Fake {
    folder: tempfile::TempDir,
    program: PathBuf,
    cancel: Cancel,
}

impl Fake {
    fn new(name: &str, script: &str) -> Self {
        let fake = Self::bare(name, &format!("{HEAD}{script}"));
        fs::write(fake.path("Dockerfile"), "FROM busybox\nRUN false\n").unwrap();
        fake
    }

    fn bare(name: &str, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(name);
        // Not by this process: a program that somebody has open for writing cannot be started, and
        // whatever another test starts at this moment has it open too.
        let mut cat = Command::new("sh")
            .args(["-c", "cat > \"$0\""])
            .arg(&program)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        cat.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(cat.wait().unwrap().success());
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, program, cancel: Cancel::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn engine(&self) -> Result<Box<dyn Engine>, EngineError> {
        find(self.program.to_str(), &self.cancel)
    }

    fn order(&self) -> BuildOrder {
        let log = Some(self.path("log"));
        let (dockerfile, context) = (self.path("Dockerfile"), self.folder.path().to_owned());
        BuildOrder { dockerfile, context, log, timeout: SECONDS(60), ..BuildOrder::default() }
    }

    /// The calls that begin with a word.
    fn calls(&self, word: &str) -> Vec<String> {
        let all = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let here = self.folder.path().to_str().unwrap();
        let told = all.lines().filter(|line| line.starts_with(word));
        told.map(|line| line.replace(here, "HERE")).collect()
    }
}

/// Whether the process whose number is in `file` ends: a killed one may take a moment.
fn ends(file: &Path) -> bool {
    let pid = fs::read_to_string(file).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    (0..500).any(|_| {
        let status = fs::read_to_string(&stat).unwrap_or_default();
        let ended = status.is_empty() || status.contains(") Z ");
        if !ended {
            std::thread::sleep(Duration::from_millis(10));
        }
        ended
    })
}

#[test]
fn a_missing_engine_is_told_what_to_install() {
    let cancel = Cancel::default();
    let none = find_in(None, "/nowhere".as_ref(), &cancel).unwrap_err();
    assert!(none.to_string().starts_with("no engine is on PATH: install Docker"));
    let gone = find_in(Some("podman"), "/nowhere".as_ref(), &cancel).unwrap_err();
    assert!(gone.to_string().starts_with("`podman` is not there"));
    let other = find_in(Some("kaniko"), "/nowhere".as_ref(), &cancel).unwrap_err();
    assert!(other.to_string().starts_with("no engine is called `kaniko`"));
}

#[test]
fn the_first_engine_on_the_path_is_taken() {
    let (podman, docker) = (Fake::new("podman", ""), Fake::new("docker", ""));
    let path = std::env::join_paths([podman.folder.path(), docker.folder.path()]).unwrap();
    let path = std::env::join_paths(
        std::env::split_paths(&path).chain(std::env::split_paths("/usr/bin:/bin")),
    );
    let found = find_in(None, &path.unwrap(), &Cancel::default()).unwrap();
    assert_eq!((found.client().name, found.client().version.as_str()), ("docker", "28.0.0"));
}

#[test]
fn a_stand_in_for_docker_is_podman() {
    let fake = Fake::bare("docker", "#!/bin/sh\necho podman version 4.3.1\n");
    assert_eq!(fake.engine().unwrap().client().name, "podman");
}

#[test]
fn a_daemon_that_is_not_there_is_said_within_seconds() {
    let script = "#!/bin/sh\n[ $1 = --version ] && exit\necho 'Cannot connect to the Docker daemon at unix:///x. \
                  Is the docker daemon running?' >&2\nexit 1\n";
    let error = Fake::bare("docker", script).engine().unwrap_err().to_string();
    assert!(error.contains("Cannot connect") && error.contains("DOCKER_HOST"), "{error}");
}

#[test]
fn a_docker_without_buildkit_cannot_be_used() {
    let script = "#!/bin/sh\ncase $1 in buildx) exit 1 ;; version) echo 28.0.0 28.0.0 ;; esac\n";
    let error = Fake::bare("docker", script).engine().unwrap_err().to_string();
    assert!(error.contains("buildx plugin"), "{error}");
}

#[test]
fn a_build_is_told_all_that_was_ordered() {
    for (name, ignore_file, words) in [
        ("docker", "Dockerfile.dockerignore", "build --progress=plain --load"),
        ("podman", "ignored", "build --format=docker --layers=true --force-rm"),
        ("buildah", "ignored", "build --format=docker --layers=true --force-rm"),
    ] {
        let fake =
            Fake::new(name, "env | grep -E '^(DOCKER|BUILD)' > \"$here/environment\"; exit 0");
        let engine = fake.engine().unwrap();
        let run = Run::begin(&*engine, fake.folder.path()).unwrap();
        let mut order = fake.order();
        let several = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        order.ignore_file = Some(fake.path(ignore_file));
        order.target = Some("app".to_owned());
        order.build_arguments = several(&["A=1 2", "B"]);
        order.platform = Some("linux/arm64".to_owned());
        order.secrets = several(&["id=s,src=t"]);
        order.ssh = several(&["default"]);
        order.named_contexts = several(&["x=../y"]);
        order.no_cache = true;
        let tag = run.build(&order, &mut |_| ()).unwrap().image;
        let label = run.label();
        let ignore = if name == "docker" { "" } else { " --ignorefile HERE/ignored" };
        let expected = format!(
            "{words} --file HERE/Dockerfile --tag {tag} --no-cache --target app --platform linux/arm64 --build-arg \
             A=1 2 --build-arg B --build-context x=../y --label {label} --secret id=s,src=t --ssh default{ignore} HERE"
        );
        assert_eq!(fake.calls("build "), [expected]);
        let environment = fs::read_to_string(fake.path("environment")).unwrap();
        assert_eq!(environment.contains("BUILDX_NO_DEFAULT_ATTESTATIONS=1"), name == "docker");
        drop(run);
        assert_eq!(fake.calls("rmi"), [format!("rmi --force {tag}")]);
    }
}

#[test]
fn docker_finds_ignore_patterns_only_beside_the_dockerfile() {
    let fake = Fake::new("docker", "exit 0");
    let engine = fake.engine().unwrap();
    let mut order = fake.order();
    order.ignore_file = Some(fake.path("ignored"));
    assert!(engine.build_command(&order).is_err());
}

const FAILS: &str = r##"[ "$1" = build ] || exit 0
echo '#5 [1/2] FROM busybox'; sleep 0.3
echo '#6 [2/2] RUN false' >&2; sleep 0.3
cat >&2 <<'END'
#6 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1
------
 > [2/2] RUN false:
------
Dockerfile:2
--------------------
   1 |     FROM busybox
   2 | >>> RUN false
   3 |     
--------------------
ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
END
exit 1"##;

#[test]
fn a_build_that_fails_tells_where() {
    let fake = Fake::new("docker", FAILS);
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    let mut steps = Vec::new();
    let failure = run.build(&fake.order(), &mut |step| steps.push(step.to_owned())).unwrap_err();
    assert_eq!(failure.cause, Cause::Dockerfile(1));
    assert_eq!(failure.lines, Some(2..=2));
    assert_eq!(failure.step.as_deref(), Some("[2/2] RUN false"));
    assert!(failure.tail.starts_with("#5 [1/2] FROM busybox\n#6 [2/2] RUN false\n"));
    assert_eq!(steps, ["[1/2] FROM busybox", "[2/2] RUN false"]);
    assert_eq!(fs::read_to_string(fake.path("log")).unwrap(), failure.tail);
}

#[test]
fn an_engine_that_fails_says_nothing_about_the_dockerfile() {
    for (script, says) in [
        ("kill -9 $$", "killed by signal 9"),
        (
            "echo 'ERROR: failed to solve: write /x: no space left on device'; exit 1",
            "no space left",
        ),
        ("echo 'error during connect: EOF'; exit 1", "error during connect"),
    ] {
        let fake = Fake::new("docker", &format!("[ $1 = build ] || exit 0\n{script}"));
        let engine = fake.engine().unwrap();
        let run = Run::begin(&*engine, fake.folder.path()).unwrap();
        let failure = run.build(&fake.order(), &mut |_| ()).unwrap_err();
        let Cause::Engine(error) = failure.cause else { panic!("{script}") };
        assert!(error.to_string().contains(says), "{error}");
        drop(run);
        assert_eq!(fake.calls("rmi").len(), 1);
    }
}

/// An image cannot be removed by its name, and once not by its number either.
const STUMBLES: &str = r#"case "$1 $3" in
"rmi number") [ -e "$here/tried" ] && : > "$here/gone" || { : > "$here/tried"; exit 1; } ;;
rmi*) exit 1 ;;
images*) [ -e "$here/gone" ] || echo number ;;
esac"#;

#[test]
fn an_image_that_cannot_be_removed_is_tried_again() {
    let fake = Fake::new("podman", STUMBLES);
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    run.build(&fake.order(), &mut |_| ()).unwrap();
    drop(run);
    assert!(fake.path("gone").exists());
    assert_eq!(fake.calls("rmi").len(), 3);
}

/// Neither the engine nor its child cares for SIGTERM.
const HANGS: &str = r#"[ "$1" = build ] || exit 0
trap '' TERM
sh -c 'trap "" TERM; echo $$ > '"$here"'/child; while :; do sleep 1; done' &
while [ ! -s "$here/child" ]; do sleep 0.01; done
echo ready > "$here/ready"
wait"#;

#[test]
fn an_engine_that_hangs_is_ended_with_its_children() {
    let fake = Fake::new("docker", HANGS);
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    let mut order = fake.order();
    order.timeout = SECONDS(1);
    let failure = run.build(&order, &mut |_| ()).unwrap_err();
    assert!(matches!(failure.cause, Cause::Engine(EngineError::TimedOut { .. })));
    assert!(ends(&fake.path("child")));
}

#[test]
fn an_interrupt_ends_a_build_and_what_was_made_is_removed_all_the_same() {
    let fake = Fake::new("docker", HANGS);
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    let (cancel, ready) = (fake.cancel.clone(), fake.path("ready"));
    let interrupt = std::thread::spawn(move || {
        while !ready.exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        cancel.cancel();
    });
    let failure = run.build(&fake.order(), &mut |_| ()).unwrap_err();
    interrupt.join().unwrap();
    assert_eq!(failure.cause, Cause::Engine(EngineError::Cancelled));
    assert!(ends(&fake.path("child")));
    let again = run.build(&fake.order(), &mut |_| ()).unwrap_err();
    assert_eq!(again.cause, Cause::Engine(EngineError::Cancelled));
    assert_eq!(fake.calls("build ").len(), 1);
    drop(run);
    assert_eq!(fake.calls("rmi").len(), 2);
}

#[test]
fn a_log_of_hundreds_of_megabytes_is_read_to_its_end() {
    let script = "[ $1 = build ] || exit 0\nyes '#7 1.0 a line of a log' | head -c 300000000; echo '#8 [2/2] RUN x'; \
                  exit 3";
    let fake = Fake::new("docker", script);
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    let failure = run.build(&fake.order(), &mut |_| ()).unwrap_err();
    assert_eq!(failure.cause, Cause::Dockerfile(3));
    assert!(failure.tail.len() < 100_000 && failure.tail.ends_with("#8 [2/2] RUN x\n"));
    assert!(fs::metadata(fake.path("log")).unwrap().len() < 70 << 20);
}

#[test]
fn an_archive_is_complete_only_if_the_engine_says_so() {
    let script = "[ $1 = save ] || exit 0\nhead -c 1000000 /dev/zero\ncase $2 in bad) echo 'no such image' >&2; exit 1 ;; \
                  slow) sleep 60 ;; esac";
    let fake = Fake::new("docker", script);
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    let mut saved = run.save("good", SECONDS(60)).unwrap();
    let mut bytes = Vec::new();
    saved.read_to_end(&mut bytes).unwrap();
    assert_eq!((bytes.len(), saved.finish()), (1_000_000, Ok(())));
    let error = run.save("bad", SECONDS(60)).unwrap().finish().unwrap_err();
    assert!(error.to_string().ends_with("no such image"));
    let began = Instant::now();
    let error = run.save("slow", SECONDS(1)).unwrap().finish().unwrap_err();
    assert!(matches!(error, EngineError::TimedOut { .. }));
    drop(run.save("slow", SECONDS(60)).unwrap());
    assert!(began.elapsed() < SECONDS(30));
}

#[test]
fn what_was_made_is_removed_also_after_a_panic() {
    let fake = Fake::new("docker", "exit 0");
    let panics = std::panic::catch_unwind(|| {
        let engine = fake.engine().unwrap();
        let run = Run::begin(&*engine, fake.folder.path()).unwrap();
        run.build(&fake.order(), &mut |_| ()).unwrap();
        let order = StartOrder { image: "x", ports: &[80], arguments: &["--version"] };
        let _container = run.start(&order).unwrap();
        panic!("on purpose");
    });
    assert!(panics.is_err());
    let started = &fake.calls("run ")[0];
    assert!(started.contains("--publish=127.0.0.1::80 x --version"), "{started}");
    assert_eq!((fake.calls("rm ").len(), fake.calls("rmi ").len()), (1, 1));
    assert!(
        fs::read_dir(fake.folder.path())
            .unwrap()
            .flatten()
            .all(|it| { !it.file_name().to_string_lossy().ends_with(".lock") })
    );
}

#[test]
fn buildah_says_that_it_cannot_start_containers() {
    let fake = Fake::new("buildah", "exit 0");
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    let error = run.start(&StartOrder::default()).unwrap_err();
    assert_eq!(error.to_string(), "starting a container is not possible with buildah");
    assert!(fake.calls("run").is_empty() && fake.calls("rm").is_empty());
}

#[test]
fn only_what_dead_runs_have_left_is_swept() {
    let script = "case $1 in ps|images) case \"$*\" in *=1-dead) echo $1-1; echo $1-2 ;; *) echo alive ;; esac ;; esac";
    let fake = Fake::new("docker", script);
    let engine = fake.engine().unwrap();
    let run = Run::begin(&*engine, fake.folder.path()).unwrap();
    let locks = fake.folder.path();
    fs::write(locks.join("jettison-verify-1-dead.lock"), engine.client().place()).unwrap();
    fs::write(locks.join("jettison-verify-2-other.lock"), "podman \n").unwrap();
    fs::create_dir(locks.join("jettison-verify-1-dead")).unwrap();
    fs::create_dir(locks.join("jettison-verify-2-other")).unwrap();
    assert_eq!(sweep(&*engine, locks), Ok(Swept { images: 2, containers: 2 }));
    assert!(!locks.join("jettison-verify-1-dead").exists());
    assert!(locks.join("jettison-verify-2-other").exists());
    assert_eq!(fake.calls("rmi"), ["rmi --force images-1", "rmi --force images-2"]);
    assert_eq!(fake.calls("rm "), ["rm --volumes --force ps-1", "rm --volumes --force ps-2"]);
    assert_eq!(sweep(&*engine, locks), Ok(Swept::default()));
    assert!(locks.join("jettison-verify-2-other.lock").exists());
    drop(run);
}
