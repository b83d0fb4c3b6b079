//! What holds for every codemod and every Dockerfile: nothing panics, what is written parses, a second run changes
//! nothing, and a change that fails a proof is dropped with a message that names the codemod.

#![allow(clippy::unwrap_used)]

use jettison::codemod;
use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::project::ContextFiles;
use jettison::transform::{Options, Transform};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::fs;
use std::sync::{Arc, LazyLock};

/// A key of `match`, with patterns for it and what they may become.
struct Kind {
    key: &'static str,
    patterns: &'static [&'static str],
    rewrites: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind {
        key: "from",
        patterns: &[
            "\"$NAME:$TAG\"",
            "\"docker.io/library/$NAME\"",
            "\"$$$PATH\"",
            "{ repository: \"$$$PATH\", tag: \"$TAG-$REST\" }",
            "{ registry: docker.io, digest: ~ }",
            "{ image: \"debian:$TAG\", as: \"$STAGE\" }",
            "{ repository: library/node, flags: { platform: \"$ARCH\" } }",
        ],
        rewrites: &[
            "from: \"mirror.example/$NAME:$TAG\"",
            "from: \"mirror.example/$$$PATH\"",
            "from: { tag: \"$TAG\" }",
            "from: { registry: mirror.example }",
            "from: { tag: \"22\", repository: library/debian }",
            "from: { digest: ~ }",
            "from: scratch",
        ],
    },
    Kind {
        key: "image",
        patterns: &["{ registry: docker.io, repository: \"$$$PATH\" }", "\"$NAME:$TAG\"", "alpine"],
        rewrites: &[
            "image: { registry: mirror.example }",
            "image: \"a/$NAME\"",
            "image: \"b:$TAG\"",
        ],
    },
    Kind {
        key: "run",
        patterns: &[
            "\"apt-get $$$BEFORE install $$$PACKAGES\"",
            "\"apt-get update\"",
            "\"$PROGRAM $$$ARGUMENTS\"",
            "\"$PROGRAM $FIRST $$$ARGUMENTS && $OTHER $$$MORE\"",
            "\"curl $$$ARGUMENTS | $PROGRAM $$$MORE\"",
            "\"rm -rf $PATH\"",
            "\"npm $$$ARGUMENTS\"",
            "\"cd $PATH\"",
            "\"echo $TEXT > $PATH\"",
            "{ command: \"apt-get install $$$PACKAGES\", options: [\"-y\"] }",
            "{ command: \"$PROGRAM $$$ARGUMENTS\", whole: true }",
            "{ command: \"pip install $$$PACKAGES\", form: shell }",
        ],
        rewrites: &[
            "run: \"$PROGRAM $$$ARGUMENTS --quiet\"",
            "run: \"$PROGRAM $$$ARGUMENTS\"",
            "run: \"apt-get install -y --no-install-recommends $$$PACKAGES\"",
            "run: \"true || $PROGRAM $$$ARGUMENTS\"",
            "run: \"mkdir -p $PATH && cd $PATH\"",
            "run: \"a | b\"",
            "run: \"$OTHER $$$MORE && $PROGRAM $FIRST\"",
            "wrap: \"retry $MATCH\"",
            "wrap: \"( $MATCH )\"",
            "append: \"rm -rf /tmp/x\"",
            "prepend: \"set -e\"",
            "flags: { mount: \"type=cache,target=/c\" }",
            "flags: { network: none, mount: ~ }",
        ],
    },
    Kind {
        key: "cmd",
        patterns: &[
            "\"$PROGRAM $$$ARGUMENTS\"",
            "{ command: \"$PROGRAM $$$ARGUMENTS\", form: exec }",
        ],
        rewrites: &[
            "cmd: \"tini $PROGRAM $$$ARGUMENTS\"",
            "cmd: \"$PROGRAM\"",
            "wrap: \"exec $MATCH\"",
        ],
    },
    Kind {
        key: "entrypoint",
        patterns: &["\"$PROGRAM $$$ARGUMENTS\""],
        rewrites: &["entrypoint: \"/init $PROGRAM $$$ARGUMENTS\""],
    },
    Kind {
        key: "copy",
        patterns: &["\"$$$SOURCES $TARGET\"", "\". $TARGET\"", "{ flags: { from: ~, chown: ~ } }"],
        rewrites: &[
            "copy: \"$$$SOURCES $TARGET/\"",
            "copy: \"package.json $TARGET\"",
            "flags: { link: true }",
            "flags: { chown: \"10001\", from: ~ }",
        ],
    },
    Kind {
        key: "env",
        patterns: &[
            "\"$NAME=$VALUE\"",
            "PATH",
            "\"DEBIAN_FRONTEND=$VALUE\"",
            "{ name: \"N$REST\" }",
        ],
        rewrites: &[
            "env: \"$NAME=x$VALUE\"",
            "env: \"X=1\"",
            "env: { value: \"a b\" }",
            "env: { name: A$NAME }",
        ],
    },
    Kind {
        key: "label",
        patterns: &["\"$NAME=$VALUE\"", "\"maintainer=$VALUE\"", "{ name: \"$NAME\" }"],
        rewrites: &[
            "label: \"a.$NAME=$VALUE\"",
            "label: { name: b }",
            "label: \"c=\\\"$VALUE\\\"\"",
        ],
    },
    Kind {
        key: "arg",
        patterns: &["\"$NAME=$VALUE\"", "\"$NAME\"", "{ name: \"$NAME\" }"],
        rewrites: &["arg: \"$NAME=1\"", "arg: { value: \"2\" }"],
    },
    Kind {
        key: "expose",
        patterns: &["\"$PORT\"", "\"80\""],
        rewrites: &["expose: \"$PORT/tcp\"", "expose: \"81\""],
    },
    Kind { key: "volume", patterns: &["\"$PATH\""], rewrites: &["volume: \"$PATH/data\""] },
    Kind {
        key: "user",
        patterns: &["\"$NAME\"", "root"],
        rewrites: &["user: \"10001\"", "user: \"$NAME:$NAME\""],
    },
    Kind {
        key: "workdir",
        patterns: &["\"$PATH\""],
        rewrites: &["workdir: \"/srv$PATH\"", "workdir: /srv"],
    },
    Kind { key: "maintainer", patterns: &["\"$$$WHO\""], rewrites: &["maintainer: \"me\""] },
    Kind {
        key: "shell",
        patterns: &["\"$PROGRAM $$$ARGUMENTS\""],
        rewrites: &["shell: \"/bin/sh -c\""],
    },
    Kind {
        key: "healthcheck",
        patterns: &["\"$$$ARGUMENTS\"", "none"],
        rewrites: &["flags: { timeout: 5s }"],
    },
    Kind {
        key: "instruction",
        patterns: &["\"$KEYWORD $$$REST\"", "\"ONBUILD $$$REST\""],
        rewrites: &[],
    },
    Kind { key: "stage", patterns: &["\"$$$NAME\"", "build"], rewrites: &[] },
    Kind { key: "file", patterns: &["\"$$$PATH\"", "Dockerfile"], rewrites: &[] },
];

/// What any match may become.
const REWRITES: &[&str] = &[
    "delete: true",
    "delete: instruction",
    "before: USER root",
    "after: |\n    RUN echo \\\n      a\n    USER 1",
    "insert:\n    - { at: after-from, text: \"LABEL a=b\" }\n    - { at: end-of-stage, text: RUN true }",
    "insert: [{ at: before-cmd, text: \"EXPOSE 1\" }]",
    "insert: [{ at: start-of-file, text: \"ARG A=1\" }]",
    "declare: [\"ARG TOKEN\", \"ENV B=c\"]",
    "syntax: docker/dockerfile:1.7",
];

const CONDITIONS: &[&str] = &[
    "NAME: { regex: \"^[a-m]\" }",
    "TAG: { semver: \">=1, <20\" }",
    "TAG: { compare: \"< 12\" }",
    "PATH: { glob: \"/*\" }",
    "VALUE: { one-of: [a, noninteractive] }",
    "stage: shipped",
    "stage: { distribution: debian, user: root }",
    "stage: { package-manager: apk, shell: ash }",
    "stage: { base: \"docker.io/$$$ANY\" }",
    "position: first",
    "position: last-in-file",
    "before: { run: \"$ANY $$$ALL\" }",
    "after: { env: { name: \"$VARIABLE\" } }",
    "contains: { copy: \"$$$ANY\" }",
    "not: { contains: { run: \"apt-get $$$ANY\" } }",
    "any: [{ stage: first }, { path: \"**/x\" }]",
    "all: [{ not: { stage: last } }]",
    "context: { has: package.json }",
];

/// A codemod. Some name a metavariable that nothing binds, or a key that does not go with the match: those are refused.
fn codemod() -> impl Strategy<Value = String> {
    let kind = (0..KINDS.len()).prop_flat_map(|at| {
        let kind = &KINDS[at];
        let own = match kind.rewrites {
            [] => select(REWRITES.to_vec()).boxed(),
            own => prop_oneof![3 => select(own.to_vec()), 1 => select(REWRITES.to_vec())].boxed(),
        };
        (Just(kind.key), select(kind.patterns.to_vec()), own)
    });
    let conditions =
        prop_oneof![3 => Just(Vec::new()), 1 => subsequence(CONDITIONS.to_vec(), 1..3)];
    let unsafe_line = prop_oneof![3 => Just("unsafe: for a test\n"), 1 => Just("")];
    (kind, conditions, unsafe_line).prop_map(
        |((key, pattern, rewrite), conditions, unsafe_line)| {
            let mut text = format!(
                "id: random\nsummary: Do something\n{unsafe_line}match:\n  {key}: {pattern}\n"
            );
            if !conditions.is_empty() {
                text.push_str(&format!("where:\n  {}\n", conditions.join("\n  ")));
            }
            text.push_str(&format!("rewrite:\n  {rewrite}\n"));
            text
        },
    )
}

fn dockerfiles() -> &'static [String] {
    static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        for folder in ["tests/corpus", "examples", "fuzz/seeds"] {
            let entries = fs::read_dir(root.join(folder)).unwrap();
            let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            files.sort();
            let files = files.iter().filter(|it| it.extension() == Some("Dockerfile".as_ref()));
            texts.extend(files.filter_map(|it| fs::read_to_string(it).ok()));
        }
        assert!(texts.len() > 50);
        texts
    });
    &TEXTS
}

fn run<'t>(source: &str, transform: &'t Transform) -> Option<Outcome<'t>> {
    let agreed = Agreement::All;
    let request = Request { transforms: vec![transform], options: Options::default(), agreed };
    let files = ContextFiles::of_texts([("package.json", "{}")]).of_dockerfile("Dockerfile");
    pipeline::run_with_files(&Arc::default(), &files, source, &request).ok()
}

/// `true` if something was changed.
fn check(text: &str, transform: &Transform, source: &str) -> bool {
    let Some(outcome) = run(source, transform) else { return false };
    for failure in &outcome.failures {
        assert_eq!(failure.transform.id, transform.id);
        assert!(!failure.message.is_empty());
    }
    let Some(after) = outcome.result() else { return false };
    let again = run(after, transform);
    let again = again.unwrap_or_else(|| panic!("it no longer parses:\n{text}\n{source}\n{after}"));
    assert!(again.steps.is_empty(), "a second run changes it:\n{text}\n{source}\n{after}");
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_codemods_keep_what_is_promised(text in codemod()) {
        let Ok(loaded) = codemod::load(&text, |_, _| String::new()) else { return Ok(()) };
        for source in dockerfiles() {
            check(&text, &loaded[0].transform, source);
        }
    }
}

#[test]
fn most_random_codemods_are_read_and_many_change_something() {
    let mut runner = TestRunner::deterministic();
    let (mut read, mut changed, mut all) = (0, 0, 0);
    for _ in 0..150 {
        let text = codemod().new_tree(&mut runner).unwrap().current();
        all += 1;
        let Ok(loaded) = codemod::load(&text, |_, _| String::new()) else { continue };
        read += 1;
        let transform = &loaded[0].transform;
        changed += usize::from(dockerfiles().iter().any(|source| check(&text, transform, source)));
    }
    assert!(
        read * 2 > all && changed * 4 > all,
        "{read} read, {changed} change something, of {all}"
    );
}
