//! Transforms for build contexts over generated projects: what a Dockerfile names stays, nothing is
//! proposed twice, and no proof fails.

#![allow(clippy::unwrap_used)]

use jettison::facts::Facts;
use jettison::pipeline::{Agreement, Request, Shared, run_for_context};
use jettison::project::Tree;
use jettison::project::ignore_file::IgnoreFile;
use jettison::syntax;
use jettison::transform::{Options, Sharer};
use jettison::transforms::PIPELINE;
use proptest::prelude::*;
use std::collections::BTreeMap;

const FILES: &[&str] = &[
    "package.json",
    "web/package.json",
    "api/go.mod",
    "api/main.go",
    "Cargo.toml",
    "src/lib.rs",
    "src/a.log",
    "web/dist/index.html",
    "dist/keep.txt",
    "README.md",
    "CHANGELOG.md",
    "docs/README.md",
    ".github/workflows/ci.yml",
    "compose.yaml",
    "Dockerfile",
    "web/Dockerfile",
    "\u{feff}Dockerfile",
    ".env",
    "config/.env",
    "server.pem",
    "setup.py",
    "main.py",
    "coverage/x",
    ".vscode/settings.json",
    "a b/c.log",
    "app/[slug]/.gitignore",
    "app/[slug]/page.log",
    "#x/Dockerfile",
];

const IGNORED: &[&str] = &[
    "node_modules",
    "/node_modules/",
    "*.log",
    "npm-debug\u{7}.log*",
    ".env",
    ".env*",
    "!.env.example",
    "dist",
    "target/",
    "__pycache__",
    "*.pem",
    "coverage",
    ".idea/",
    "**/.DS_Store",
    "*.tar.gz",
    "/web/dist",
    "src/*.log",
    "*.sqlite3",
    "[ab].log",
    "venv",
    "*~",
];

const TAKEN: &[&str] = &[
    ".",
    "./",
    "src",
    "src/",
    "web",
    "web/dist",
    "dist",
    "package*.json",
    "*.md",
    ".env",
    "*",
    "api/main.go",
    "node_modules",
    "$DIR/x",
    "config",
    "README.md",
    "a*",
    "**",
];

const RUNS: &[&str] = &[
    "npm ci",
    "npm run build",
    "cargo build --release",
    "go build ./...",
    "pip install .",
    "git describe",
    "make",
    "ls dist",
    "cp .env /x",
    "yarn install --frozen-lockfile",
];

const PATTERNS: &[&str] = &[
    "*",
    "!src",
    "!package.json",
    "node_modules",
    "**/*.log",
    "!a.log",
    "# note",
    "",
    ".git",
    "!**/README.md",
    "web",
    "!web/dist",
];

fn some(from: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(from), 0..=most)
}

fn dockerfile() -> impl Strategy<Value = String> {
    let stage = (some(TAKEN, 3), some(RUNS, 3), any::<bool>());
    prop::collection::vec(stage, 1..3).prop_map(|stages| {
        let mut text = String::new();
        for (number, (taken, runs, mounts)) in stages.iter().enumerate() {
            text.push_str(&format!("FROM node:22 AS s{number}\nARG DIR\nWORKDIR /app\n"));
            taken.iter().for_each(|path| text.push_str(&format!("COPY {path} ./in/\n")));
            let mount = if *mounts { "--mount=type=bind,target=/m " } else { "" };
            runs.iter().for_each(|run| text.push_str(&format!("RUN {mount}{run}\n")));
            if number > 0 {
                text.push_str("COPY --from=s0 /app/in/dist ./dist\n");
            }
        }
        text
    })
}

/// The tracked files that an ignore file lets through.
fn sent<'t>(tree: &'t Tree, ignore: &IgnoreFile) -> Vec<&'t str> {
    let sent = tree.files.iter().map(|file| &**file);
    sent.filter(|file| !ignore.walk_to(file).unwrap().excluded).collect()
}

fn check(files: &[&str], ignored: &[&str], dockerfiles: &[String], patterns: &[&str]) {
    let mut texts: BTreeMap<&str, String> =
        files.iter().map(|path| (*path, format!("{path}\n"))).collect();
    texts.insert("package.json", "{\"name\":\"x\"}".to_owned());
    texts.insert(".gitignore", ignored.join("\n"));
    let tree = Tree::of_texts(texts.iter().map(|(path, text)| (*path, text.as_str())));
    let parsed: Vec<_> = dockerfiles.iter().map(|text| syntax::parse(text).unwrap()).collect();
    let facts: Vec<Facts> = parsed.iter().map(Facts::new).collect();
    let sharers = parsed.iter().zip(&facts).enumerate();
    let sharers: Vec<Sharer> = sharers
        .map(|(number, (file, facts))| Sharer { name: format!("Dockerfile.{number}"), file, facts })
        .collect();
    let shared = Shared { tree: &tree, sharers: &sharers };
    let source: String = patterns.iter().map(|pattern| format!("{pattern}\n")).collect();
    let one = Agreement::Allowed(vec!["write-dockerignore".to_owned()]);
    for agreed in [Agreement::SafeOnly, one, Agreement::All] {
        let transforms = PIPELINE.to_vec();
        let request = Request { transforms, options: Options::default(), agreed };
        check_request(shared, &source, &request);
    }
}

fn check_request(shared: Shared, source: &str, request: &Request<'static>) {
    let tree = shared.tree;
    let outcome = run_for_context(shared, source, request).unwrap();
    let failures: Vec<&str> = outcome.failures.iter().map(|it| &*it.message).collect();
    assert!(failures.is_empty(), "{failures:?}");
    let after = outcome.result().map_or(source.to_owned(), |after| after.to_string());
    let again = run_for_context(shared, &after, request).unwrap();
    assert!(again.steps.is_empty(), "{after}\nthen\n{}", again.result().unwrap());

    let (old, new) = (IgnoreFile::parse(source).unwrap(), IgnoreFile::parse(&after).unwrap());
    let (before, now) = (sent(tree, &old), sent(tree, &new));
    assert!(now.iter().all(|file| before.contains(file)), "a file comes back: {after}");
    for path in shared.sharers.iter().flat_map(|it| it.facts.sources()).filter_map(|it| it.path) {
        let path = path.trim_end_matches('/').to_owned();
        if path.is_empty() || path.contains('*') {
            continue;
        }
        let named = |file: &&&str| **file == path || file.starts_with(&format!("{path}/"));
        let (was, is): (Vec<_>, Vec<_>) =
            (before.iter().filter(named).collect(), now.iter().filter(named).collect());
        assert_eq!(was, is, "`COPY {path}` loses a file by\n{after}");
        let excluded = |ignore: &IgnoreFile| ignore.walk_to(&path).unwrap().excluded;
        assert_eq!(excluded(&old), excluded(&new), "`COPY {path}` is excluded by\n{after}");
    }
}

/// No build can be made with it, which is no fault of a change.
#[test]
fn a_file_that_fails_every_build_is_an_error() {
    let tree = Tree::of_texts([("main.py", ""), ("Dockerfile", "")]);
    let parsed = syntax::parse("FROM python:3.13\nCOPY . /app\n").unwrap();
    let facts = Facts::new(&parsed);
    let sharers = [Sharer { name: "Dockerfile".to_owned(), file: &parsed, facts: &facts }];
    let shared = Shared { tree: &tree, sharers: &sharers };
    let transforms = PIPELINE.to_vec();
    let request = Request { transforms, options: Options::default(), agreed: Agreement::All };
    let error = run_for_context(shared, "a\n*.log\t# logs\n", &request).unwrap_err();
    assert_eq!(error.position.line, 2);
    assert!(error.message.contains("control character"), "{error}");
}

/// A byte order mark in front of a name belongs to the name.
#[test]
fn a_name_with_a_mark_is_no_pattern() {
    let name = "\u{feff}Dockerfile";
    let text = "FROM python:3.13\nWORKDIR /app\nCOPY . ./\nCMD [\"python\", \"main.py\"]\n";
    let tree = Tree::of_texts([(name, text), ("main.py", ""), ("data/example.csv", "")]);
    let parsed = syntax::parse(text).unwrap();
    let facts = Facts::new(&parsed);
    let sharers = [Sharer { name: name.to_owned(), file: &parsed, facts: &facts }];
    let shared = Shared { tree: &tree, sharers: &sharers };
    for source in ["", "data\n!data/example.csv\n", "!data/example.csv\n"] {
        let transforms = PIPELINE.to_vec();
        let request = Request { transforms, options: Options::default(), agreed: Agreement::All };
        check_request(shared, source, &request);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_named_stays_and_nothing_is_proposed_twice(
        files in some(FILES, 16),
        ignored in some(IGNORED, 8),
        dockerfiles in prop::collection::vec(dockerfile(), 1..3),
        patterns in some(PATTERNS, 5),
    ) {
        check(&files, &ignored, &dockerfiles, &patterns);
    }
}
