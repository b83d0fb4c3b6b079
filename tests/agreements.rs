//! Runs the whole pipeline with each agreement that a user can give, and once more on what it wrote: no
//! proof fails, what is written parses, and the second run proposes nothing.

#![allow(clippy::unwrap_used)]

use jettison::pipeline::{self, Agreement, Outcome, Request, Step};
use jettison::project::ContextFiles;
use jettison::syntax;
use jettison::transform::{MergePolicy, Options, PortPolicy, Safety, Transform};
use jettison::transforms::PIPELINE;
use proptest::prelude::*;
use std::fs;
use std::sync::Arc;

/// Files of a build context, and their texts.
type Files = Vec<(String, String)>;

/// Nothing, each transform alone, everything, and everything of each transform that runs alone; with the
/// settings that propose more.
fn requests() -> Vec<Request<'static>> {
    let one = |id: &str| Agreement::Allowed(vec![id.to_owned()]);
    let all = || PIPELINE.to_vec();
    let mut requests: Vec<(Vec<&Transform>, Agreement)> =
        vec![(all(), Agreement::SafeOnly), (all(), Agreement::All)];
    for transform in PIPELINE.iter().copied() {
        requests.push((all(), one(&transform.id)));
        requests.push((vec![transform], Agreement::All));
    }
    let plain = Options::default();
    let open = Options { ports: PortPolicy::Docker, merge: MergePolicy::Pays, ..plain.clone() };
    let tried = Options { verified: true, ..plain.clone() };
    let requests = requests.into_iter().flat_map(|(transforms, agreed)| {
        [&plain, &open, &tried].map(|options| Request {
            transforms: transforms.clone(),
            options: options.clone(),
            agreed: agreed.clone(),
        })
    });
    requests.collect()
}

/// A request in words.
fn said(request: &Request) -> String {
    let ids: Vec<&str> = request.transforms.iter().map(|it| &*it.id).collect();
    format!("{} with {:?}, {:?}", ids.join(","), request.agreed, request.options)
}

/// How `source` comes out of a request, where that is as it has to be.
fn run(source: &str, files: &Files, request: &Request<'static>) -> Option<Outcome<'static>> {
    let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let files = ContextFiles::of_texts(texts);
    let outcome = pipeline::run_with_files(&Arc::default(), &files, source, request).ok()?;
    let failures: Vec<String> =
        outcome.failures.iter().map(|it| format!("{}: {}", it.transform.id, it.message)).collect();
    assert!(failures.is_empty(), "{}: {failures:?}\n{source}", said(request));
    let mut at = source;
    for step in &outcome.steps {
        assert_eq!(&*step.before, at, "a step starts where the one before it ended");
        at = &step.after;
    }
    if request.agreed == Agreement::All {
        // What changes much is agreed to by name.
        let is_plain =
            |it: &Step| it.changes.iter().any(|it| matches!(it.safety, Safety::Unsafe(_)));
        assert!(!outcome.waiting.iter().any(is_plain), "what was agreed to waits:\n{source}");
    }
    Some(outcome)
}

/// Runs every request on `source`, twice; says how many changed it.
fn check(source: &str, files: &Files) -> usize {
    let mut changed = 0;
    for request in requests() {
        let Some(outcome) = run(source, files, &request) else { return 0 };
        let Some(after) = outcome.result() else { continue };
        changed += 1;
        assert!(syntax::parse(after).is_ok(), "{} breaks\n{source}\nto\n{after}", said(&request));
        let again = run(after, files, &request).unwrap();
        let ids: Vec<&str> = again.steps.iter().map(|it| &*it.transform.id).collect();
        assert!(
            ids.is_empty(),
            "{}: a second run does {ids:?}\n{source}\nthen\n{after}\nthen\n{}",
            said(&request),
            again.result().unwrap()
        );
    }
    changed
}

fn texts_in(folder: &str) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter_map(|path| fs::read_to_string(path).ok()).collect()
}

#[test]
fn whole_files() {
    let texts = texts_in("tests/corpus").into_iter().chain(texts_in("fuzz/seeds"));
    let changed: usize = texts.map(|text| check(&text, &Files::new())).sum();
    assert!(changed > 100, "{changed}");
}

/// The examples of one transform go through all of them.
#[test]
fn examples_of_guides() {
    let mut changed = 0;
    for transform in PIPELINE.iter().filter(|it| !it.is_for_contexts()) {
        let mut files = Files::new();
        let mut lines = transform.guide.lines();
        while let Some(line) = lines.next() {
            let Some(language) = line.strip_prefix("```") else { continue };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let side = |sign: char| -> String {
                let lines = block.iter().filter(|line| line.starts_with([' ', sign]));
                lines.map(|line| format!("{}\n", &line[1..])).collect()
            };
            let whole: String = block.iter().map(|line| format!("{line}\n")).collect();
            match (language, language.strip_prefix("file ")) {
                (_, Some(path)) => files.push((path.to_owned(), whole)),
                ("diff", _) => changed += check(&side('-'), &std::mem::take(&mut files)),
                ("dockerfile", _) => changed += check(&whole, &std::mem::take(&mut files)),
                _ => (),
            }
        }
    }
    assert!(changed > 500, "{changed}");
}

/// What is left with one stage is split at once, and not by a second run.
#[test]
fn a_stage_that_nobody_needs_before_one_that_can_be_split() {
    let source = "FROM alpine:3.20 AS tools\nRUN apk add --no-cache git\n\nFROM golang:1.24\n\
                  WORKDIR /src\nCOPY . .\nRUN go build -o /server .\nCMD [\"/server\"]\n";
    let files = [
        ("go.mod", "module example.com/x\ngo 1.24\n"),
        ("main.go", "package main\nfunc main() {}\n"),
    ];
    let files: Files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec();
    assert!(check(source, &files) > 1);
    let both = requests()
        .into_iter()
        .find(|it| it.options.verified && it.agreed == Agreement::All)
        .unwrap();
    let outcome = run(source, &files, &both).unwrap();
    let ids: Vec<&str> = outcome.steps.iter().map(|it| &*it.transform.id).collect();
    assert!(ids.starts_with(&["drop-unused-stages", "split-stages"]), "{ids:?}");
}

const IMAGES: &[&str] = &[
    "alpine:3.20",
    "busybox",
    "debian:12",
    "gcr.io/distroless/static-debian12",
    "node:22",
    "node:22-alpine",
    "python:3.12-slim",
    "ruby:3.4",
    "scratch",
    "ubuntu:24.04",
];

const LINES: &[&str] = &[
    "# a comment",
    "# hadolint ignore=DL3008,DL3059",
    "# jettison ignore=merge-runs",
    "ARG VERSION=1",
    "ENV PORT=8080 APP_HOME=/app",
    "ENV DATA_DIR=/data",
    "EXPOSE 80",
    "EXPOSE 8080",
    "VOLUME /data",
    "VOLUME [\"/app/uploads\", \"/var/lib/x\"]",
    "WORKDIR /app",
    "WORKDIR src",
    "COPY . .",
    "COPY package*.json ./",
    "COPY --chown=1000:1000 . /app",
    "COPY --link --chmod=755 entrypoint.sh /",
    "COPY --from=0 /out/app /usr/local/bin/",
    "ADD rootfs.tar.gz /data",
    "COPY <<EOF /app/.env\nA=$VERSION\nEOF",
    "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
    "USER root",
    "USER 1000",
    "HEALTHCHECK CMD curl -f http://localhost:8080/",
    "ONBUILD RUN make",
    "RUN apt-get update",
    "RUN apt-get update && apt-get install -y curl",
    "RUN apt-get update \\\n    && apt-get install -y \\\n        git \\\n        make",
    "RUN apk add curl",
    "RUN apk add --no-cache git && adduser -D -u 1000 app",
    "RUN useradd --create-home app",
    "RUN bundle",
    "RUN gem install rails",
    "RUN npm ci",
    "RUN npm ci && npm run build || true",
    "RUN pip install -r requirements.txt",
    "RUN mkdir -p /data /app/uploads",
    "RUN chown -R 1000:1000 /app",
    "RUN chown -R 1000 /app /data && chmod -R 755 /app",
    "RUN chmod +x /entrypoint.sh # it runs",
    "RUN rm -rf /var/lib/apt/lists/*",
    "RUN cd /app; make",
    "RUN conda update --all -y",
    "RUN set -e; for x in a b; do echo \"$x\"; done",
    "RUN echo start &",
    "RUN exit 0",
    "RUN --mount=type=cache,target=/root/.npm npm ci",
    "RUN <<EOF\napt-get update\napt-get install -y curl\nEOF",
    "RUN [\"make\", \"install\"]",
];

const PROGRAMS: &[&str] = &[
    "",
    "CMD [\"node\", \"server.js\"]",
    "CMD node server.js",
    "CMD npm start",
    "CMD [\"npm\", \"start\"]",
    "CMD python manage.py runserver 0.0.0.0:8000",
    "ENTRYPOINT [\"/usr/local/bin/app\", \"--data-dir\", \"/data\"]",
    "ENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"node\", \"server.js\"]",
    "ENTRYPOINT [\"app\"]",
    "CMD exec gosu app node server.js",
];

const ENTRYPOINTS: &[&str] = &[
    "#!/bin/sh\nset -e\nexec \"$@\"\n",
    "#!/bin/sh\ngosu app \"$@\"\n",
    "#!/bin/sh\nnode a.js > /data/log\n",
];

fn dockerfile() -> impl Strategy<Value = String> {
    let image = prop::sample::select(IMAGES);
    let lines = prop::collection::vec(prop::sample::select(LINES), 0..9);
    let stage = (image, lines, prop::sample::select(PROGRAMS));
    let ends = (any::<bool>(), prop::sample::select(&["\n", "\r\n"][..]));
    (prop::collection::vec(stage, 1..3), ends).prop_map(|(stages, (ended, newline))| {
        let stages = stages.iter().map(|(image, lines, program)| {
            let lines = lines.iter().chain([program]).filter(|line| !line.is_empty());
            let lines: Vec<String> = lines.map(|line| (*line).to_owned()).collect();
            format!("FROM {image}\n{}", lines.join("\n"))
        });
        let mut text = stages.collect::<Vec<_>>().join("\n\n");
        if ended {
            text.push('\n');
        }
        text.replace('\n', newline)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_files(text in dockerfile(), entrypoint in prop::sample::select(ENTRYPOINTS)) {
        check(&text, &vec![("entrypoint.sh".to_owned(), entrypoint.to_owned())]);
    }
}
