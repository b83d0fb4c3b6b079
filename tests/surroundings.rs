//! What the rest of a repository says about a Dockerfile changes what is done to it.

#![expect(clippy::unwrap_used, reason = "everything here is a test")]

use jettison::facts::{Child, Part, Surroundings, Target, Use, Way};
use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::project::ContextFiles;
use jettison::transform::Options;
use jettison::transforms::PIPELINE;
use std::sync::Arc;

fn run(source: &str, surroundings: Surroundings) -> Outcome<'static> {
    let transforms = PIPELINE.to_vec();
    let request = Request { transforms, options: Options::default(), agreed: Agreement::default() };
    pipeline::run_within(&Arc::new(surroundings), source, &request).unwrap()
}

fn result(source: &str, surroundings: Surroundings) -> String {
    run(source, surroundings).result().map_or(source, |text| text).to_owned()
}

fn targets(names: &[&str]) -> Surroundings {
    let targets = names.iter().map(|name| (*name).to_owned()).collect();
    Surroundings { targets, ..Surroundings::default() }
}

fn child(text: &str, target: Option<&str>) -> Surroundings {
    let target = target.map_or(Target::Last, |name| Target::Named(name.to_owned()));
    let child = Child {
        name: "api/Dockerfile".to_owned(),
        text: text.into(),
        part: Part::Stage(0),
        target,
        surroundings: Arc::default(),
    };
    Surroundings { children: vec![child], ..Surroundings::default() }
}

const STAGES: &str = "FROM debian:12 AS Test\nRUN a\nRUN b\nFROM debian:12\nRUN c\nRUN d\n";

#[test]
fn a_stage_that_somebody_builds_is_shipped() {
    let last = "FROM debian:12\nRUN c \\\n    && d\n";
    let first = "FROM debian:12 AS Test\nRUN a \\\n    && b\n";
    let unmerged = "FROM debian:12 AS Test\nRUN a\nRUN b\n";
    assert_eq!(result(STAGES, Surroundings::default()), format!("{unmerged}{last}"));
    assert_eq!(result(STAGES, targets(&["test"])), format!("{first}{last}"));
    assert_eq!(result(STAGES, targets(&["0", "1"])), format!("{first}{last}"));
    assert_eq!(result(STAGES, targets(&["gone", "7"])), format!("{unmerged}{last}"));
}

const LISTS: &str =
    "FROM debian:12 AS base\nRUN apt-get update && apt-get install -y curl\nFROM base\nRUN true\n";

#[test]
fn a_child_in_another_file_may_need_the_package_lists() {
    let cleaned = LISTS.replace("curl", "curl && rm -rf /var/lib/apt/lists/*");
    let needs = "FROM registry.example/base\nRUN apt-get install -y git\n";
    for target in [None, Some("base")] {
        assert_eq!(result(LISTS, child(needs, target)), LISTS);
        let outcome = run(LISTS, child(needs, target));
        let told = outcome.declined.iter().filter(|it| it.transform.id == "clean-package-caches");
        let reasons: Vec<&str> = told.map(|it| &*it.declined.reason).collect();
        assert_eq!(
            reasons,
            ["`api/Dockerfile` is built on it: `apt-get install -y git` in a later RUN needs the \
              package lists"]
        );
    }
    let updates = "FROM registry.example/base\nRUN apt-get update && apt-get install -y git\n";
    assert_eq!(result(LISTS, child(updates, None)), cleaned);
    assert_eq!(result(LISTS, child("FROM x\nRUNN", None)), LISTS);
}

#[test]
fn a_child_of_an_unknown_target_may_be_built_on_any_stage() {
    let needs = "FROM registry.example/base\nRUN apt-get install -y git\n";
    let mut surroundings = child(needs, None);
    surroundings.children[0].target = Target::Any;
    let two = LISTS.replace("FROM base", "FROM debian");
    assert_ne!(result(&two, Surroundings { any_target: true, ..targets(&["base"]) }), two);
    surroundings.targets = vec!["base".to_owned()];
    assert_eq!(result(&two, surroundings), two);
}

#[test]
fn whoever_copies_the_lists_out_of_the_image_needs_them() {
    let cleaned = LISTS.replace("curl", "curl && rm -rf /var/lib/apt/lists/*");
    let with = |text: &str, index| {
        let mut surroundings = child(text, None);
        surroundings.children[0].part = Part::Files(index);
        result(LISTS, surroundings)
    };
    let copies = "FROM debian\nCOPY --from=registry.example/base /var/lib/apt/lists /lists\n";
    assert_eq!(with(copies, 1), LISTS);
    assert_eq!(
        with("FROM debian\nCOPY --from=registry.example/base /usr/bin/curl /\n", 1),
        cleaned
    );
    let mounts = "FROM debian\nRUN --mount=from=registry.example/base,target=/x,source=/var/lib/apt/lists ls\n";
    assert_eq!(with(mounts, 1), LISTS);
    assert_eq!(with(copies, 7), cleaned);
}

#[test]
fn a_child_of_a_child_counts_as_well() {
    let needs = child("FROM registry.example/middle\nRUN apt-get install -y git\n", None);
    let mut between = child("FROM registry.example/base\nENV A=b\n", None);
    assert_ne!(result(LISTS, between.clone()), LISTS);
    between.children[0].surroundings = Arc::new(needs);
    assert_eq!(result(LISTS, between), LISTS);
}

#[test]
fn what_others_would_have_to_do_is_said() {
    let note = "an image built on this one has to update the package lists before it installs";
    for surroundings in [Surroundings::default(), child("FROM x\nRUN apt-get update\n", None)] {
        let outcome = run(LISTS, surroundings);
        assert!(outcome.steps[0].changes[0].notes.iter().any(|it| it == note));
    }
}

#[test]
fn an_image_to_develop_in_keeps_its_user() {
    let told = |target: Target| {
        let place = "devcontainer.json:3".to_owned();
        let uses = vec![Use { target, place, way: Way::Workshop }];
        let source = "FROM node:22 AS dev\nCMD [\"node\", \"a.js\"]\nFROM node:22\nCMD [\"node\", \"a.js\"]\n";
        let outcome = run(source, Surroundings { uses, ..Surroundings::default() });
        outcome.declined.iter().any(|it| it.declined.code == "devcontainer")
    };
    assert!(told(Target::Last) && told(Target::Any));
    assert!(!told(Target::Named("dev".to_owned())));
}

#[test]
fn a_script_that_another_stage_may_have_replaced_is_no_file_of_the_context() {
    let source = "FROM alpine:3.22 AS b\nFROM alpine:3.22\nCOPY start.sh /\nCOPY --from=b /x .\nCMD [\"/start.sh\"]\n";
    let outcome = run(source, Surroundings::default());
    let reasons: Vec<&str> = outcome.declined.iter().map(|it| &*it.declined.reason).collect();
    let told = "it is not known what `/start.sh` needs, which may come from another stage";
    assert!(reasons.contains(&told), "{reasons:?}");
}

const SINGLE: &str = "FROM golang:1.24 AS app\nWORKDIR /src\nCOPY main.go .\nRUN CGO_ENABLED=0 go build -o /hello main.go\n\
                      CMD [\"/hello\"]\n";

/// What becomes of a build in a single stage whose context is known.
fn split(surroundings: Surroundings) -> Outcome<'static> {
    let transforms = PIPELINE.iter().copied().filter(|it| it.id == "split-stages").collect();
    let agreed = Agreement::Allowed(vec!["split-stages".to_owned()]);
    let request = Request { transforms, options: Options::default(), agreed };
    let files = ContextFiles::of_texts([("main.go", "package main\nfunc main() {}\n")]);
    pipeline::run_with_files(&Arc::new(surroundings), &files, SINGLE, &request).unwrap()
}

#[test]
fn who_builds_a_single_stage_by_its_name_gets_the_run_time_stage() {
    let text = |outcome: Outcome| outcome.result().unwrap().to_string();
    let plain = text(split(Surroundings::default()));
    assert!(plain.starts_with("FROM golang:1.24 AS app\n"), "{plain}");
    assert!(plain.contains("\nFROM gcr.io/distroless/static-debian13:nonroot\n"), "{plain}");
    let named = text(split(targets(&["App"])));
    assert!(named.starts_with("FROM golang:1.24 AS build\n"), "{named}");
    assert!(named.contains("static-debian13:nonroot AS app\n"), "{named}");
    assert!(named.contains("COPY --from=build /hello /hello\n"), "{named}");
}

#[test]
fn what_asks_a_container_for_its_health_has_to_be_in_it() {
    let of = |words: &[&str]| {
        let way = Way::Health(words.iter().map(|it| (*it).to_owned()).collect());
        let uses = vec![Use { target: Target::Last, place: "compose.yaml:2".to_owned(), way }];
        split(Surroundings { uses, ..Surroundings::default() })
    };
    let text = of(&["CMD-SHELL", "curl -f localhost || exit 1"]).result().unwrap().to_string();
    assert!(text.contains("\nRUN apk add --no-cache curl\n"), "{text}");
    let own = of(&["CMD", "/hello", "check"]).result().unwrap().to_string();
    assert!(own.contains("\nFROM gcr.io/distroless/static-debian13:nonroot\n"), "{own}");
    let other = of(&["CMD", "grpc_health_probe"]);
    assert_eq!(other.declined[0].declined.code, "healthcheck");
}

#[test]
fn other_commands_of_python_run_where_all_that_they_need_is_known() {
    let source = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n\
                  CMD [\"uvicorn\", \"app:app\"]\n";
    let files =
        ContextFiles::of_texts([("app.py", "app = None\n"), ("requirements.txt", "celery\n")]);
    let of = |command: &str| {
        let words = command.split(' ').map(str::to_owned).collect();
        let place = "compose.yaml:2".to_owned();
        let uses = vec![Use { target: Target::Last, place, way: Way::Command(words) }];
        let surroundings = Surroundings { uses, ..Surroundings::default() };
        let transforms = PIPELINE.iter().copied().filter(|it| it.id == "split-stages").collect();
        let agreed = Agreement::Allowed(vec!["split-stages".to_owned()]);
        let request = Request { transforms, options: Options::default(), agreed };
        pipeline::run_with_files(&Arc::new(surroundings), &files, source, &request).unwrap()
    };
    let worker = of("celery -A app worker").result().unwrap().to_string();
    assert!(worker.contains("\nFROM gcr.io/distroless/cc-debian13\n"), "{worker}");
    let shell = of("sh -c \"celery -A app worker\"").result().unwrap().to_string();
    assert!(shell.contains("\nFROM python:3.12-slim\n"), "{shell}");
    for command in ["uvicorn app:app --reload", "pytest", "make run"] {
        assert_eq!(of(command).declined[0].declined.code, "other-command", "{command}");
    }
}

#[test]
fn an_image_that_is_used_otherwise_is_not_split() {
    let of = |way| {
        let place = "compose.yaml:2".to_owned();
        let uses = vec![Use { target: Target::Last, place, way }];
        let outcome = split(Surroundings { uses, ..Surroundings::default() });
        outcome.declined.first().map(|it| it.declined.code)
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    assert_eq!(of(Way::Workshop), Some("development"));
    assert_eq!(of(Way::Bound("/src".to_owned())), Some("development"));
    assert_eq!(of(Way::Bound("/src/cmd".to_owned())), Some("development"));
    assert_eq!(of(Way::Bound("/src/data".to_owned())), None);
    assert_eq!(of(Way::Synced("/src".to_owned())), Some("development"));
    assert_eq!(of(Way::Command(words("go test ./..."))), Some("other-command"));
    assert_eq!(of(Way::Command(words("/hello"))), None);
    assert_eq!(of(Way::Volume("/data".to_owned())), None);
    let built = split(child("FROM registry.example/base\nRUN a\n", None));
    assert_eq!(built.declined[0].declined.code, "built-on");
}
