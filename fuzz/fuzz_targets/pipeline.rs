//! Runs the whole pipeline on any text: no panic, no failed proof, what is written parses, and a second
//! run proposes nothing.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run pipeline fuzz/corpus/pipeline fuzz/seeds tests/corpus`

#![no_main]

use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::project::ContextFiles;
use jettison::syntax::{decode, parse};
use jettison::transform::{MergePolicy, Options, PortPolicy};
use jettison::transforms::PIPELINE;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// What programs of the build context are known to do.
const FILES: [(&str, &str); 4] = [
    ("entrypoint.sh", "#!/bin/sh\nset -e\ncd /data\necho up > log/start\nexec \"$@\"\n"),
    ("package.json", "{\"scripts\": {\"start\": \"node server.js\"}}"),
    ("run.sh", "#!/bin/sh\nexec gosu app \"$@\"\n"),
    ("server.py", "import os\nos.makedirs('notes')\n"),
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = decode(bytes) else { return };
    for request in requests(bytes.len()) {
        let Some(outcome) = run(source, &request) else { return };
        let failures: Vec<&str> = outcome.failures.iter().map(|it| &*it.message).collect();
        assert!(failures.is_empty(), "{:?}: {failures:?}", request.agreed);
        let Some(after) = outcome.result() else { continue };
        assert!(parse(after).is_ok(), "{:?}: it no longer parses:\n{after}", request.agreed);
        let again = run(after, &request).expect("the result parses");
        let ids: Vec<&str> = again.steps.iter().map(|it| &*it.transform.id).collect();
        assert!(
            ids.is_empty(),
            "{:?}, {:?}: a second run does {ids:?} to\n{after}",
            request.agreed,
            request.options
        );
    }
});

/// Everything, and what the length of the text says: nothing, or one transform alone.
fn requests(length: usize) -> [Request<'static>; 2] {
    let one = length.checked_rem(PIPELINE.len() + 1).and_then(|at| PIPELINE.get(at));
    let agreed = one.map_or(Agreement::SafeOnly, |it| Agreement::Allowed(vec![it.id.to_string()]));
    let open = length.is_multiple_of(2);
    let ports = if open { PortPolicy::Docker } else { PortPolicy::Root };
    let merge = if length.is_multiple_of(3) { MergePolicy::Pays } else { MergePolicy::Shipped };
    let options = Options { ports, merge, ..Options::default() };
    let transforms = PIPELINE.to_vec();
    let all = Agreement::All;
    [
        Request { transforms: transforms.clone(), options: Options::default(), agreed: all },
        Request { transforms, options, agreed },
    ]
}

fn run(source: &str, request: &Request<'static>) -> Option<Outcome<'static>> {
    let files = ContextFiles::of_texts(FILES);
    pipeline::run_with_files(&Arc::default(), &files, source, request).ok()
}
