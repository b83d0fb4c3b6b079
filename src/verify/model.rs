//! Whether an image is what the facts of its Dockerfile say: each mistake is a bug of jettison.

mod expected;

use super::archive::Configuration;
use super::case::Build;
use crate::facts::Facts;
use crate::syntax::{self, Body, Dockerfile};
use expected::Expected;
use std::fmt::Write as _;

/// What the facts say of the stage that is built, and is not so, in words.
pub fn mistakes(dockerfile: &str, build: &Build, configuration: &Configuration) -> Vec<String> {
    let Ok(file) = syntax::parse(dockerfile) else {
        return vec!["it builds, and jettison takes it for no valid Dockerfile".to_owned()];
    };
    let Some(given) = with_arguments(&file, &build.arguments) else { return Vec::new() };
    let Ok(file) = syntax::parse(&given) else { return Vec::new() };
    let facts = Facts::new(&file);
    match facts.target(build.target.as_deref()).filter(|at| *at < facts.stages.len()) {
        Some(stage) => Expected::of(&facts, stage, configuration).mistakes(configuration),
        None => Vec::new(),
    }
}

/// The file with what a build gives its `ARG`s in the place of their defaults; `None` where that would
/// not be read as it is.
fn with_arguments(file: &Dockerfile, arguments: &[String]) -> Option<String> {
    let mut text = file.source.to_owned();
    for instruction in file.instructions.iter().rev() {
        let Body::Arg(pairs) = &instruction.body else { continue };
        for pair in pairs.iter().rev() {
            let value = arguments.iter().rev().find_map(|it| match it.split_once('=') {
                Some((name, value)) if name == pair.name.text => Some(value),
                _ => None,
            });
            let Some(value) = value else { continue };
            if value.contains(['\'', '"', '\\', '`', '$', '\n', '\r']) {
                return None;
            }
            let mut argument = String::new();
            let _ = write!(argument, "{}='{value}'", pair.name.text);
            text.replace_range(pair.span.range(), &argument);
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"ARG UID=7
FROM debian:12 AS a
ARG PORT=80
ENV PORT=$PORT A="x y" B=$UNKNOWN
LABEL org.example.port="$PORT" "plain"=""
SHELL ["/bin/bash", "-c"]
CMD ["a"]
USER app:app
WORKDIR /srv/
FROM a AS b
ARG UID
EXPOSE $PORT 53/udp 7000-7002
VOLUME ["/data", "/srv/$PORT"]
STOPSIGNAL SIGINT
ENTRYPOINT serve \
  --all
HEALTHCHECK CMD ["curl", "localhost"]
ONBUILD RUN true
USER $UID
"#;

    fn image() -> Configuration {
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        Configuration {
            env: words(&["PATH=/bin", "PORT=8080", "A=x y", "B="]),
            labels: [("org.example.port", "8080"), ("plain", ""), ("more", "x")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            shell: words(&["/bin/bash", "-c"]),
            entrypoint: words(&["/bin/bash", "-c", "serve   --all"]),
            user: "7".to_owned(),
            working_dir: "/srv".to_owned(),
            exposed_ports: words(&["8080/tcp", "53/udp", "7000/tcp"]).into_iter().collect(),
            volumes: words(&["/data", "/srv/8080"]).into_iter().collect(),
            stop_signal: "SIGINT".to_owned(),
            on_build: words(&["RUN true"]),
            healthcheck: Some(crate::verify::archive::Healthcheck {
                test: words(&["CMD", "curl", "localhost"]),
                ..Default::default()
            }),
            ..Configuration::default()
        }
    }

    fn told(target: &str, arguments: &[&str], image: &Configuration) -> Vec<String> {
        let build = Build {
            target: Some(target.to_owned()),
            arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
            ..Build::default()
        };
        mistakes(TEXT, &build, image)
    }

    #[test]
    fn what_is_as_expected_is_no_mistake() {
        assert_eq!(told("b", &["PORT=8080"], &image()), [""; 0]);
        assert_eq!(told("none", &[], &image()), [""; 0]);
        // What cannot be put into the file is not judged.
        assert_eq!(told("b", &["PORT=$x"], &image()), [""; 0]);
    }

    #[test]
    fn what_is_not_as_expected_is_told() {
        let first = |change: &dyn Fn(&mut Configuration)| {
            let mut image = image();
            change(&mut image);
            told("b", &["PORT=8080"], &image).join("; ")
        };
        type Change = dyn Fn(&mut Configuration);
        let cases: &[(&Change, &str)] = &[
            (&|it| it.user.clear(), "User is `root`, and jettison expects `7`"),
            (&|it| it.working_dir = "/".into(), "WorkingDir is `/`, and jettison expects `/srv`"),
            (&|it| it.env[2].clear(), "Env lacks `A=x y`, which jettison expects"),
            (
                &|it| it.labels.clear(),
                "Labels lacks `org.example.port=8080`, which jettison expects; \
                 Labels lacks `plain=`, which jettison expects",
            ),
            (&|it| it.stop_signal.clear(), "StopSignal is ``, and jettison expects `SIGINT`"),
            (
                &|it| it.entrypoint.clear(),
                "Entrypoint is `[]`, and jettison expects `[\"/bin/bash\", \"-c\", \"serve   --all\"]`",
            ),
            (&|it| it.cmd.push("a".into()), "Cmd is `[\"a\"]`, and jettison expects `[]`"),
            (
                &|it| it.shell.clear(),
                "Shell is `[]`, and jettison expects `[\"/bin/bash\", \"-c\"]`",
            ),
            (&|it| it.on_build.clear(), "OnBuild is `0`, and jettison expects `1`"),
            (
                &|it| it.healthcheck = None,
                "Healthcheck is `[]`, and jettison expects `[\"CMD\", \"curl\", \"localhost\"]`",
            ),
            (
                &|it| assert!(it.volumes.remove("/data")),
                "Volumes lacks `/data`, which jettison expects",
            ),
            (
                &|it| assert!(it.exposed_ports.remove("53/udp")),
                "ExposedPorts lacks `53/udp`, which jettison expects",
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(first(change), *expected);
        }
    }

    #[test]
    fn the_command_of_a_stage_is_that_of_the_image() {
        let mut image = image();
        image.user = "app".to_owned();
        image.cmd = vec!["b".to_owned()];
        let wrong = told("a", &["PORT=8080"], &image);
        assert_eq!(wrong[0], "Cmd is `[\"b\"]`, and jettison expects `[\"a\"]`");
    }
}
