//! Changes the ignore file of any build context: no panic, no failed proof, what is written reads, no
//! file comes back, and a second run proposes nothing.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run context fuzz/corpus/context fuzz/seeds/context`

#![no_main]

use jettison::facts::Facts;
use jettison::pipeline::{Agreement, Outcome, Request, Shared, run_for_context};
use jettison::project::Tree;
use jettison::project::ignore_file::IgnoreFile;
use jettison::syntax::{Dockerfile, parse};
use jettison::transform::{Options, Sharer};
use jettison::transforms::PIPELINE;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

// Files, each below a line `--- PATH`. All that are called `Dockerfile` share the context, and
// `.dockerignore` is what is changed.
fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut files = files(text);
    let ignore = files.remove(".dockerignore").unwrap_or_default();
    let dockerfiles = files.iter().filter(|(path, _)| path.ends_with("Dockerfile"));
    let dockerfiles: Vec<(&str, Dockerfile)> =
        dockerfiles.filter_map(|(path, text)| Some((*path, parse(text).ok()?))).collect();
    if dockerfiles.is_empty() {
        return;
    }
    let tree = Tree::of_texts(files.iter().map(|(path, text)| (*path, *text)));
    let facts: Vec<Facts> = dockerfiles.iter().map(|(_, file)| Facts::new(file)).collect();
    let sharers = dockerfiles.iter().zip(&facts);
    let sharers: Vec<Sharer> = sharers
        .map(|((name, file), facts)| Sharer { name: (*name).to_owned(), file, facts })
        .collect();
    let shared = Shared { tree: &tree, sharers: &sharers };
    for agreed in [Agreement::SafeOnly, Agreement::All] {
        check(shared, ignore, agreed);
    }
});

fn files(text: &str) -> BTreeMap<&str, &str> {
    let good = |path: &str| {
        let mut parts = path.split('/');
        parts.all(|part| !matches!(part, "" | "." | ".." | ".git")) && !path.contains(['\0', '\r'])
    };
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    for (path, text) in parts(text).into_iter().filter(|(path, _)| good(path)) {
        // No file is a folder.
        let is_folder = files.keys().any(|other| is_below(other, path) || is_below(path, other));
        if !is_folder {
            files.insert(path, text);
        }
    }
    files
}

fn parts(text: &str) -> Vec<(&str, &str)> {
    let parts = text.strip_prefix("--- ").unwrap_or_default().split("\n--- ");
    parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn check(shared: Shared, source: &str, agreed: Agreement) {
    let transforms = PIPELINE.to_vec();
    let request = Request { transforms, options: Options::default(), agreed };
    let run = |text: &str| -> Option<Outcome> { run_for_context(shared, text, &request).ok() };
    let Some(outcome) = run(source) else { return };
    let failures: Vec<&str> = outcome.failures.iter().map(|it| &*it.message).collect();
    assert!(failures.is_empty(), "{failures:?}");
    let Some(after) = outcome.result() else { return };
    let again = run(after).expect("the result reads");
    assert!(again.steps.is_empty(), "{after}\nthen\n{:?}", again.result());

    let old = IgnoreFile::parse(source).expect("it was read");
    let new = IgnoreFile::parse(after).expect("the result reads");
    let sent = |ignore: &IgnoreFile, path: &str| ignore.walk_to(path).is_ok_and(|it| !it.excluded);
    for path in &shared.tree.files {
        assert!(sent(&old, path) || !sent(&new, path), "`{path}` comes back:\n{after}");
    }
}
