//! The same with a real engine: `JETTISON_TEST_ENGINE=docker cargo test --test verify real::`.
//!
//! It has to have `busybox`, or to be able to get it.

use crate::bench::{Bench, SETTINGS, prove_with};
use crate::elf;
use jettison::verify::case::{Declarations, Verdict};
use jettison::verify::engine::{Cancel, find};
use jettison::verify::proof::Prover;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

const BEFORE: &str = "\
FROM busybox
ENV MODE=fast
LABEL team=blue
WORKDIR /srv
EXPOSE 8080
VOLUME /data
STOPSIGNAL SIGINT
HEALTHCHECK CMD [\"true\"]
ONBUILD RUN true
RUN echo 1 > /srv/first
RUN echo 2 > /srv/second
RUN mkdir -p /usr/bin && printf '#!/bin/sh\\necho up\\n' > /usr/bin/app && chmod 755 /usr/bin/app
RUN ln -s first /srv/link
USER 1000
ENTRYPOINT [\"app\"]
CMD [\"go\"]
";

/// An engine to test with, or a note that there is none.
fn prove(bench: &mut Bench, work: impl FnOnce(&Bench, &mut Prover<'_>)) {
    let Ok(name) = std::env::var("JETTISON_TEST_ENGINE") else {
        eprintln!("skipped: JETTISON_TEST_ENGINE names no engine");
        return;
    };
    let seconds = Duration::from_secs;
    bench.options.timeout = seconds(300);
    bench.options.patience.ready = seconds(10);
    bench.options.patience.ends = seconds(2);
    bench.options.patience.call = seconds(2);
    let engine = find(Some(&name), &Cancel::default()).unwrap();
    let locks = bench.fake.path();
    let work = |prover: &mut Prover<'_>| work(bench, prover);
    let ((), label) = prove_with(&*engine, locks, &bench.options, work);
    for list in [["images", "-q"], ["ps", "-aq"]] {
        let mut command = Command::new(&engine.client().program);
        let listed = command.args(list).arg(format!("--filter=label={label}")).output();
        assert_eq!(String::from_utf8(listed.unwrap().stdout).unwrap(), "", "something is left");
    }
}

/// Each harm makes this one difference; the layer that is made of two makes none.
fn differ(harms: &[(&str, &str, &str)]) {
    prove(&mut Bench::new(), |bench, prover| {
        let original = prover.original(&bench.case(&[BEFORE])).unwrap();
        for (from, to, expected) in harms {
            let one = BEFORE.replace("first\nRUN echo", "first && echo");
            let two = one.replace(from, to);
            assert!(one != BEFORE && two != one, "{from}");
            let case = bench.case(&[BEFORE, &one, &two]);
            let judged = prover.judge(&case, &original, 1, false).unwrap();
            assert_eq!((&judged.differences[..], judged.broken), (&[][..], None));
            let judged = prover.judge(&case, &original, 2, false).unwrap();
            // Podman and Buildah make the folder of a `VOLUME`.
            let makes_volumes = std::env::var("JETTISON_TEST_ENGINE").unwrap() != "docker";
            let made = "`/data` went: a folder";
            let is_more = |it: &&String| *it == expected || !makes_volumes || **it != made;
            let differences: Vec<&String> = judged.differences.iter().filter(is_more).collect();
            assert_eq!(differences, [expected], "{from}");
            assert_eq!((judged.broken, judged.declared), (None, Declarations::default()));
            assert_eq!(judged.mistakes, [""; 0], "{from}");
        }
        prover.forget(original);
    });
}

#[test]
fn a_setting_that_goes_or_changes_is_a_difference() {
    let own = [
        ("USER 1000", "WORKDIR /\nUSER 1000", "WorkingDir changed: `/srv` is now `/`"),
        ("USER 1000\n", "", "User went: it was `1000`"),
    ];
    differ(&[SETTINGS, &own].concat());
}

#[test]
fn a_file_that_goes_comes_or_changes_is_a_difference() {
    differ(&[
        (" && echo 2 > /srv/second", "", "`/srv/second` went: a file of 2 bytes"),
        ("echo 2", "echo 12 > x && echo 2", "`/srv/x` came: a file of 3 bytes"),
        ("echo 2", "echo 3", "`/srv/second` changed: content"),
        ("echo 2", "echo 22", "`/srv/second` changed: size 2 to 3, content"),
        (
            "/srv/second\n",
            "second && chmod 4755 second\n",
            "`/srv/second` changed: mode 644 to 4755",
        ),
        (
            "/srv/second\n",
            "second && chown 1:2 second\n",
            "`/srv/second` changed: owner 0:0 to 1:2",
        ),
        ("-s first", "-s second", "`/srv/link` changed: target `first` to `second`"),
    ]);
}

/// Step two of three breaks it, for a reason that begins so.
fn broken(bench: &Bench, prover: &mut Prover<'_>, before: &str, from: &str, to: &str, why: &str) {
    let one = before.replace("\nCMD", "\n# one\nCMD");
    let two = one.replace(from, to);
    assert!(one != before && two != one, "{from}");
    let case = bench.case(&[before, &one, &two, &format!("{two}# three\n")]);
    match prover.verify(&case).verdict {
        Verdict::Broken { step, why: found } => {
            assert_eq!(step.as_deref(), Some(crate::bench::STEPS[1]), "{found}");
            assert!(found.starts_with(why), "{from}: {found}");
        }
        verdict => panic!("{from}: {verdict:?}"),
    }
}

#[test]
fn what_no_longer_builds_or_starts_is_broken() {
    let before = BEFORE.replace("EXPOSE 8080\n", "").replace("HEALTHCHECK CMD [\"true\"]\n", "");
    prove(&mut Bench::that_starts(), |bench, prover| {
        let mut breaks = |from, to, why| broken(bench, prover, &before, from, to, why);
        let fails = "it no longer builds: line 11 of the rewritten file fails, `RUN ls /nowhere`";
        breaks("RUN ln -s first /srv/link", "RUN ls /nowhere", fails);
        breaks("755", "644", "what it starts is not complete: program `app` is missing");
        let shell = "what it starts is not complete: interpreter `/bin/bash` is missing, which `/usr/bin/app` needs";
        breaks("#!/bin/sh", "#!/bin/bash", shell);
        breaks("echo up", "echo down", "end: it prints `up` before, it prints `down` after");
        breaks(
            "echo up",
            "echo up; exit 3",
            "end: it ends with 0 before, it ends with 3: `up` after",
        );
    });
}

#[test]
fn a_library_that_a_program_needs_is_missed() {
    let bench = &mut Bench::new();
    bench.write("app", elf::program(Some("/lib64/ld.so"), &["libyes.so"]));
    bench.write("lib", elf::program(None, &[]));
    fs::set_permissions(bench.context.path().join("app"), PermissionsExt::from_mode(0o755))
        .unwrap();
    let before = "FROM scratch\nCOPY app /usr/bin/app\nCOPY lib /lib64/ld.so\nCOPY lib /usr/lib/libyes.so\nCMD [\"app\"]\n";
    prove(bench, |bench, prover| {
        let why = "what it starts is not complete: library `libyes.so` is missing, which `/usr/bin/app` needs";
        broken(bench, prover, before, "COPY lib /usr/lib/libyes.so\n", "", why);
    });
}

const SERVES: &str = "\
FROM busybox
RUN mkdir /www && echo hi > /www/index.html
EXPOSE 80
CMD [\"httpd\", \"-f\", \"-p\", \"80\", \"-h\", \"/www\"]
";

#[test]
fn a_server_that_does_otherwise_is_broken() {
    prove(&mut Bench::that_starts(), |bench, prover| {
        stops(bench, prover);
        let original = prover.original(&bench.case(&[SERVES])).unwrap();
        for (from, to, why) in [
            ("echo hi", "echo ho", "port 80: `/` answers 200: `hi` before, `ho` after"),
            ("index.html", "other.html", "port 80: `/` answers 200 before, `/` answers 404 after"),
            ("\"80\"", "\"81\"", "port 80: `/` answers 200 before, nobody answers after"),
        ] {
            let case = bench.case(&[SERVES, &SERVES.replace(from, to)]);
            let judged = prover.judge(&case, &original, 1, false).unwrap();
            assert_eq!(judged.broken.as_deref(), Some(why), "{from}");
        }
        prover.forget(original);
    });
}

fn stops(bench: &Bench, prover: &mut Prover<'_>) {
    let before = "FROM busybox\nSTOPSIGNAL SIGTERM\nCMD [\"sh\", \"-c\", \"trap 'exit 0' TERM; while :; do sleep 0.1; done\"]\n";
    broken(bench, prover, before, "'exit 0'", "''", "stop: exit status 0 after ");
}
