//! A deliberate wrong step for each class of damage, between two harmless ones: it is seen, and named.

use crate::bench::{Bench, SETTINGS, STEPS};
use crate::elf;
use jettison::verify::case::{Case, Declarations, Verdict};

/// The first of the steps makes one layer of two, the last adds a comment.
const BEFORE: &str = "\
FROM debian:12
ENV MODE=fast
LABEL team=blue
WORKDIR /srv
EXPOSE 8080
VOLUME /data
STOPSIGNAL SIGINT
SHELL [\"/bin/sh\", \"-c\"]
HEALTHCHECK CMD [\"check\"]
ONBUILD RUN true
RUN put /srv/first 1
RUN put /srv/second 2
RUN put /usr/bin/app print up
RUN link /srv/link first
USER app
ENTRYPOINT [\"app\"]
CMD [\"go\"]
";

/// The texts of a case whose second step alone does harm.
pub(crate) fn series(before: &str, from: &str, to: &str) -> [String; 4] {
    let one = before.replace("1\nRUN put /srv/second", "1 && put /srv/second");
    assert_ne!(one, before);
    let two = one.replace(from, to);
    assert_ne!(two, one, "{from}");
    let three = format!("{two}# the end\n");
    [before.to_owned(), one, two, three]
}

fn case(bench: &Bench, before: &str, from: &str, to: &str) -> Case {
    let texts = series(before, from, to);
    bench.case(&texts.each_ref().map(String::as_str))
}

/// Each harm is a difference, and these are all that are shown.
fn differ(harms: &[(&str, &str, &str)]) {
    let bench = Bench::new();
    bench.prove(|prover| {
        let original = prover.original(&bench.case(&[BEFORE])).unwrap();
        let (from, to, _) = harms[0];
        let judged = prover.judge(&case(&bench, BEFORE, from, to), &original, 1, false).unwrap();
        assert_eq!((&judged.differences[..], judged.noise), (&[][..], Some(Vec::new())));
        for (from, to, expected) in harms {
            let case = case(&bench, BEFORE, from, to);
            let judged = prover.judge(&case, &original, 3, false).unwrap();
            assert_eq!(
                (&judged.differences[..], judged.broken),
                (&[(*expected).to_owned()][..], None)
            );
            assert_eq!(judged.declared, Declarations::default());
        }
        prover.forget(original);
    });
}

#[test]
fn a_setting_that_goes_or_changes_is_a_difference() {
    differ(SETTINGS);
    differ(&[
        ("WORKDIR /srv", "WORKDIR /opt", "WorkingDir changed: `/srv` is now `/opt`"),
        ("USER app\n", "", "User went: it was `app`"),
        ("SHELL [\"/bin/sh\", \"-c\"]\n", "", r#"Shell went: it was `[\"/bin/sh\",\"-c\"]`"#),
        (
            "HEALTHCHECK CMD [\"check\"]\n",
            "",
            r#"Healthcheck went: it was `[\"CMD\",\"check\"] every 1000000000 within 0 after 0 then 0 retries 0`"#,
        ),
    ]);
}

#[test]
fn a_file_that_goes_comes_or_changes_is_a_difference() {
    let more = |command: &str| format!("second 2 && {command}");
    let [mode, owner] = ["chmod 4755 /srv/second", "chown 1:2 /srv/second"].map(more);
    let came = more("put /srv/x 12");
    let folder = "/srv/link first && rm -rf /srv/second && mkdir /srv/second";
    differ(&[
        (" && put /srv/second 2", "", "`/srv/second` went: a file of 1 byte"),
        ("second 2", &came, "`/srv/x` came: a file of 2 bytes"),
        ("second 2", "second 3", "`/srv/second` changed: content"),
        ("second 2", "second 22", "`/srv/second` changed: size 1 to 2, content"),
        ("second 2", &mode, "`/srv/second` changed: mode 644 to 4755"),
        ("second 2", &owner, "`/srv/second` changed: owner 0:0 to 1:2"),
        ("link first", "link second", "`/srv/link` changed: target `first` to `second`"),
        (
            "/srv/link first",
            folder,
            "`/srv/second` changed: from a file to a folder, mode 644 to 755",
        ),
    ]);
}

/// It is broken by the second of three steps.
fn broken(bench: &Bench, before: &str, from: &str, to: &str, expected: &str) {
    let found = bench.verify(&case(bench, before, from, to));
    let Verdict::Broken { step, why } = &found.verdict else { panic!("{from}: {found:?}") };
    assert_eq!((step.as_deref(), why.as_str()), (Some(STEPS[1]), expected), "{from}");
}

#[test]
fn a_build_that_fails_is_broken() {
    let bench = Bench::that_caches();
    let why = "it no longer builds: line 13 of the rewritten file fails, `RUN fail because`";
    broken(&bench, BEFORE, "RUN link /srv/link first", "RUN fail because", why);
    let found = bench.verify(&case(&bench, BEFORE, "RUN link", "RUN fail because\nRUN link"));
    assert!(found.log.iter().any(|it| it.contains("fail because")), "{:?}", found.log);
    assert!(found.after.is_none() && found.before.is_some());
}

#[test]
fn a_library_that_a_program_needs_is_missed() {
    let bench = Bench::that_caches();
    bench.write("app", elf::program(Some("/lib64/ld.so"), &["libyes.so"]));
    bench.write("lib", elf::program(None, &[]));
    let before = "FROM scratch\nRUN put /srv/first 1\nRUN put /srv/second 2\nCOPY app /usr/bin/app\n\
                  COPY lib /lib64/ld.so\nCOPY lib /usr/lib/libyes.so\nRUN chmod 755 /usr/bin/app\nCMD [\"app\"]\n";
    let missing =
        |what: &str| format!("what it starts is not complete: {what}, which `/usr/bin/app` needs");
    let library = missing("library `libyes.so` is missing");
    broken(&bench, before, "COPY lib /usr/lib/libyes.so\n", "", &library);
    let interpreter = missing("interpreter `/lib64/ld.so` is missing");
    broken(&bench, before, "COPY lib /lib64/ld.so\n", "", &interpreter);
}

#[test]
fn a_path_that_is_to_be_started_is_missed() {
    let bench = Bench::that_caches();
    let gone =
        "what it starts is not complete: program `app` is missing, which the image is to start";
    broken(&bench, BEFORE, "/usr/bin/app", "/usr/bin/apps", gone);
    broken(&bench, BEFORE, "print up", "print up && chmod 644 /usr/bin/app", gone);
    let script = BEFORE.replace("print up", "#!/bin/sh\\nx").replace("\"app\"", "\"/usr/bin/app\"");
    let gone = "what it starts is not complete: interpreter `/bin/bash` is missing, which `/usr/bin/app` needs";
    broken(&bench, &script, "#!/bin/sh", "#!/bin/bash", gone);
}

const RUNS: &str = "FROM debian:12\nRUN put /srv/first 1\nRUN put /srv/second 2\nRUN put /usr/bin/app PROGRAM\n\
                    CMD [\"app\"]\n";

/// Each harm breaks it, for this reason; `…` is how long something took. Which step does it is not asked.
fn break_it(before: &str, harms: &[(&str, &str, &str)]) {
    let bench = Bench::that_starts();
    bench.prove(|prover| {
        let original = prover.original(&bench.case(&[before])).unwrap();
        for (from, to, expected) in harms {
            let case = case(&bench, before, from, to);
            let judged = prover.judge(&case, &original, 3, false).unwrap();
            let why = judged.broken.unwrap_or_default();
            let fits = match expected.split_once('…') {
                Some((start, end)) => why.starts_with(start) && why.ends_with(end),
                None => why == *expected,
            };
            assert!(fits, "{from}: {why}");
        }
        prover.forget(original);
    });
}

#[test]
fn a_program_that_ends_otherwise_is_broken() {
    let before = RUNS.replace("PROGRAM", "print up\\nexit 2");
    let prints = "end: it prints `up` before, it prints `down` after";
    break_it(
        &before.replace("exit 2", "exit 0"),
        &[
            ("print up", "print down", prints),
            ("exit 0", "wait", "end: it ends with 0 before, it keeps running after"),
        ],
    );
    // Which step it is is found also where all of them build.
    let why = "end: it ends with 2: `up` before, it ends with 3: `up` after";
    broken(&Bench::that_starts(), &before, "exit 2", "exit 3", why);
}

#[test]
fn an_argument_that_is_answered_otherwise_is_broken() {
    let before = RUNS.replace("PROGRAM", "arguments").replace("CMD", "ENTRYPOINT");
    // Without an argument it prints the same.
    let why = "`--version`: it prints `--version` before, it prints `` after";
    break_it(&before, &[("arguments", "print", why)]);
}

#[test]
fn a_server_that_answers_otherwise_is_broken() {
    let before = RUNS.replace("PROGRAM", "serve 80 hi").replace("CMD", "EXPOSE 80\nCMD");
    let silent = "port 80: `/` answers 200 before, nobody answers after";
    break_it(
        &before,
        &[
            ("80 hi", "80 ho", "port 80: `/` answers 200: `hi` before, `ho` after"),
            (
                "80 hi",
                "80 hi\\nstatus 404",
                "port 80: `/` answers 200 before, `/` answers 404 after",
            ),
            ("serve 80 hi", "wait", silent),
            ("serve 80 hi", "exit 1", silent),
        ],
    );
}

#[test]
fn a_health_check_that_fails_is_broken() {
    let check = "RUN put /bin/check healthy\nHEALTHCHECK CMD [\"check\"]\nCMD";
    let before = RUNS.replace("PROGRAM", "wait").replace("CMD", check);
    let waits = "health check: healthy before, still starting when time was up after";
    break_it(
        &before,
        &[
            ("check healthy", "check unhealthy", "health check: healthy before, unhealthy after"),
            ("check healthy", "check starting", waits),
        ],
    );
}

#[test]
fn a_program_that_does_not_end_when_it_is_told_is_broken() {
    let before = RUNS.replace("PROGRAM", "wait\\non-term 0");
    break_it(
        &before,
        &[
            ("wait\\non-term 0", "stubborn", "stop: exit status 0 after… s, killed after"),
            ("on-term 0", "on-term 3", "stop: exit status 0 after… s after"),
        ],
    );
}

#[test]
fn the_test_of_the_user_is_compared() {
    let mut bench = Bench::new();
    // Prints what the image prints, under a name that is free again after it.
    bench.options.command = Some(format!(
        "{0} run --name own $JETTISON_IMAGE > /dev/null && {0} logs own; {0} rm --force own",
        bench.fake.program().display()
    ));
    let before = RUNS.replace("PROGRAM", "print up");
    let why = "own test: it prints `up` before, it prints `down` after";
    broken(&bench, &before, "print up", "print down", why);
}
