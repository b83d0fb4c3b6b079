//! What readers make of small files, told as one line for each build.

mod bake;
mod called;
mod ci;
mod cloud_build;
mod command;
mod compose;
mod devcontainer;
mod makefile;
mod shell_script;
mod skaffold;
mod tilt;

use super::{Build, Builds, ContextSource, File, Target, reader_for};
use std::path::Path;

const ROOT: &str = "/p";

/// The builds of the first of `files`, as a line each.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let found = found(files);
    let builds = found.builds.iter().map(|build| (build.place.line, tell(build)));
    let unclear = found.unclear.iter().map(|unclear| {
        let mut told =
            format!("? {}:{}: {}", unclear.place.what, unclear.place.line, unclear.reason);
        if let Some(path) = &unclear.dockerfile {
            told.push_str(&format!(" (Dockerfile {})", short(path)));
        }
        if let Some(context) = &unclear.context {
            told.push_str(&format!(" (context {})", source(context)));
        }
        if let Target::Named(target) = &unclear.target {
            told.push_str(&format!(", target {target}"));
        }
        told.extend(perhaps(&unclear.names));
        told.push_str(if unclear.runs.is_workshop { ", to develop in" } else { "" });
        (unclear.place.line, told)
    });
    let mut lines: Vec<_> = builds.chain(unclear).collect();
    lines.sort_by_key(|(line, _)| *line);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The builds of the first of `files`; the others are there, too. Paths are below [`ROOT`].
fn found(files: &[(&str, &str)]) -> Builds {
    let (path, text) = files[0];
    let path = Path::new(ROOT).join(path);
    let other = |wanted: &Path| {
        let found = files.iter().find(|(path, _)| Path::new(ROOT).join(path) == wanted);
        found.map(|(_, text)| (*text).to_owned())
    };
    let read = reader_for(&path).unwrap();
    read(&File { path: &path, root: Path::new(ROOT), text, other: &other })
}

fn tell(build: &Build) -> String {
    let Build { place, target, arguments, contexts, images, names, platforms, .. } = build;
    let mut told = format!(
        "{}:{}: {} in {}",
        place.what,
        place.line,
        short(&build.dockerfile),
        source(&build.context)
    );
    told.extend(target.iter().map(|target| format!(", target {target}")));
    for (name, value) in arguments {
        told.push_str(&format!(
            ", {name}{}",
            value.as_ref().map_or("?".to_owned(), |it| format!("={it}"))
        ));
    }
    told.extend(contexts.iter().map(|(name, value)| format!(", context {name}={value}")));
    told.extend(images.iter().map(|image| format!(", as {image}")));
    told.extend(perhaps(names));
    told.extend(platforms.iter().map(|platform| format!(", for {platform}")));
    told.push_str(if build.runs.is_workshop { ", to develop in" } else { "" });
    told.extend(build.runs.as_root.iter().map(|how| format!(", as root with {how}")));
    told.extend(build.runs.volumes.iter().map(|path| format!(", a volume at {path}")));
    told.extend(build.runs.bound.iter().map(|path| format!(", the host at {path}")));
    told.extend(build.runs.synced.iter().map(|path| format!(", files copied to {path}")));
    told.extend(build.runs.command.iter().map(|it| format!(", command {}", it.join(" "))));
    told.extend(build.runs.health.iter().map(|it| format!(", health {}", it.join(" "))));
    told.extend(build.runs.ports.iter().map(|port| format!(", at port {port}")));
    told
}

/// Names of which a part is not known.
fn perhaps(names: &[String]) -> impl Iterator<Item = String> {
    names.iter().filter(|name| name.contains('*')).map(|name| format!(", perhaps as {name}"))
}

fn source(context: &ContextSource) -> String {
    match context {
        ContextSource::Folder(path) => short(path),
        ContextSource::Checkout(path) => format!("checkout {}", short(path)),
        ContextSource::Remote(text) => format!("remote {text}"),
    }
}

fn short(path: &Path) -> String {
    match path.strip_prefix(ROOT) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => below.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

#[test]
fn project_files_are_known_by_their_paths() {
    let known = [
        "compose.yaml",
        "compose.yml",
        "docker-compose.yml",
        "a/docker-compose.prod.yml",
        "compose.dev.yaml",
        "docker-compose-test.yaml",
        "docker-bake.hcl",
        "docker-bake.override.json",
        ".github/workflows/ci.yml",
        "a/.github/workflows/ci.yaml",
        ".gitlab-ci.yml",
        "Makefile",
        "GNUmakefile",
        "skaffold.yaml",
        "Tiltfile",
        "build.sh",
    ];
    let others = [
        "composer.yaml",
        "composition.yml",
        "compose.json",
        "docker-bake.yaml",
        "workflows/ci.yml",
        "a.yml",
        ".github/workflows/notes.txt",
        ".github/dependabot.yml",
        "Dockerfile",
        "makefile.py",
    ];
    for path in known {
        assert!(reader_for(&Path::new(ROOT).join(path)).is_some(), "{path}");
    }
    for path in others {
        assert!(reader_for(&Path::new(ROOT).join(path)).is_none(), "{path}");
    }
}

#[test]
fn what_cannot_be_read_is_unclear_and_says_where() {
    let cases = [
        ("compose.yaml", "services:\n  a: [\n", "? Compose file:2: column 6: "),
        ("compose.yaml", "a: 1\na: 2\n", "? Compose file:2: column 1: the key `a` stands twice"),
        (".github/workflows/a.yml", "a: 'x\n", "? workflow:1: column "),
        (".gitlab-ci.yml", "{", "? pipeline:1: column "),
        ("skaffold.yaml", "\ta: b\n- c", "? skaffold file:2: column 1: "),
        ("docker-bake.hcl", "target \"a\" {\n  context = \n}\n", "? Bake file:2: column "),
        ("docker-bake.json", "{\"target\": ", "? Bake file:1: column "),
    ];
    for (path, text, expected) in cases {
        let told = told(&[(path, text)]);
        assert_eq!(told.len(), 1, "{path}: {told:?}");
        assert!(told[0].starts_with(expected), "{path}: {told:?}");
    }
}

#[test]
fn any_text_is_read_without_a_panic_and_at_once() {
    let files = [
        "compose.yaml",
        "docker-bake.hcl",
        "docker-bake.json",
        ".github/workflows/a.yml",
        ".gitlab-ci.yml",
        "Makefile",
        "skaffold.yaml",
        "Tiltfile",
        "a/b/c/build.sh",
        "cloudbuild.yaml",
    ];
    let seeds = [
        "",
        "\u{feff}",
        "\0",
        "é",
        "services: x",
        "services:\n  a: b\n",
        "services: [1]",
        "jobs:\n  a:\n    steps: x\n",
        "target \"a\" { inherits = [\"a\"] }",
        "variable \"A\" { default = A }\ntarget \"b\" { context = A }",
        "a: &a [*a]",
        "A = $(A)\nx:\n\tdocker build $(A)\n",
        "docker_build(",
        "docker_build('a', [[[[",
        "a:\n  extends: a\n  script: x\n",
        "services:\n  a:\n    extends: a\n    build: .\n",
        "build: {artifacts: [{image: 1, docker: 2}]}",
        "docker_build('é\\",
        "x:\n\tdocker build -",
        "x:\n\tdocker build \\",
    ];
    let long: Vec<String> = [
        "[",
        "{",
        "(",
        "docker_build(",
        "${",
        "$(",
        "\"",
        "a:\n",
        "- ",
        "\tdocker build . \\\n",
        "target \"a\" {\n",
    ]
    .iter()
    .map(|piece| piece.repeat(20_000))
    .collect();
    let chained = |line: &dyn Fn(usize) -> String| (1..40).map(line).collect::<String>();
    let variables =
        chained(&|n| format!("A{n} = $(A{0})$(A{0})\n", n + 1)) + "x:\n\tdocker build $(A1)\n";
    let script = "x:\n\tA=xx".to_owned() + &"; A=$$A$$A".repeat(60) + "; docker build $$A\n";
    let words = "a ".repeat(30);
    let loops = format!(
        "x:\n\t{} docker build . {}\n",
        format!("for i in {words}; do bash -c 'true';").repeat(8),
        "; done".repeat(8)
    );
    let bake = chained(&|n| format!("A{n} = \"${{A{0}}}${{A{0}}}\"\n", n + 1))
        + "target \"a\" { context = A1 }\n";
    let inherits =
        chained(&|n| format!("target \"a{n}\" {{ inherits = [\"a{0}\",\"a{0}\"] }}\n", n + 1));
    let jobs = chained(&|n| {
        format!("j{n}:\n  extends: [j{0}, j{0}, j{0}]\n  script: !reference [j{0}, x]\n", n + 1)
    });
    let services = chained(&|n| {
        format!("  a{n}:\n    extends: {{ file: compose.yaml, service: a{} }}\n", n + 1)
    });
    let services = format!("services:\n{services}");
    let long = long
        .into_iter()
        .chain([variables, script, loops, bake, inherits, jobs, services])
        .collect::<Vec<_>>();
    for text in seeds.into_iter().chain(long.iter().map(String::as_str)) {
        for path in files {
            let start = std::time::Instant::now();
            told(&[(path, text)]);
            assert!(start.elapsed().as_secs() < 10, "{path}: {:?}", text.get(..20));
        }
    }
}
