//! Reads any text as codemods, and runs those that are read over a set of Dockerfiles: no panic, a mistake stands
//! inside of the text, what is written parses, and a second run proposes nothing.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run codemods fuzz/corpus/codemods examples/codemods`

#![no_main]

use jettison::codemod;
use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::project::ContextFiles;
use jettison::transform::{Options, Transform};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

const DOCKERFILES: [&str; 9] = [
    include_str!("../../tests/corpus/debian-tutorial.Dockerfile"),
    include_str!("../../tests/corpus/node-stages.Dockerfile"),
    include_str!("../../tests/corpus/heredocs.Dockerfile"),
    include_str!("../../tests/corpus/mounts.Dockerfile"),
    include_str!("../../tests/corpus/pragmas.Dockerfile"),
    include_str!("../../tests/corpus/windows.Dockerfile"),
    include_str!("../../tests/corpus/crlf-no-final-newline.Dockerfile"),
    include_str!("../../tests/corpus/volume-and-port.Dockerfile"),
    include_str!("../seeds/json-forms.Dockerfile"),
];

fuzz_target!(|text: &str| {
    let loaded = match codemod::load(text, |wrong, known| format!("{wrong} {known:?}")) {
        Ok(loaded) => loaded,
        Err(mistake) => {
            assert!(text.get(..mistake.at).is_some() && !mistake.message.is_empty());
            return;
        }
    };
    for codemod in loaded.iter().take(4) {
        for source in DOCKERFILES {
            check(&codemod.transform, source);
        }
        for test in codemod.tests.iter().take(4) {
            check(&codemod.transform, test.expected.before());
        }
    }
});

fn check(transform: &Transform, source: &str) {
    let Some(outcome) = run(transform, source) else { return };
    assert!(outcome.failures.iter().all(|it| it.transform.id == transform.id));
    let Some(after) = outcome.result() else { return };
    let again = run(transform, after).expect("the result parses");
    assert!(again.steps.is_empty(), "a second run changes\n{after}");
}

fn run<'t>(transform: &'t Transform, source: &str) -> Option<Outcome<'t>> {
    let agreed = Agreement::All;
    let request = Request { transforms: vec![transform], options: Options::default(), agreed };
    let files = ContextFiles::of_texts([("package.json", "{}")]).of_dockerfile("Dockerfile");
    pipeline::run_with_files(&Arc::default(), &files, source, &request).ok()
}
