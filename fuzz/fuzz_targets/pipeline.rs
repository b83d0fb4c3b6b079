//! Runs the whole pipeline on any text: no panic, no failed proof, nothing more on a second run.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run pipeline fuzz/corpus/pipeline fuzz/seeds tests/corpus`

#![no_main]

use jettison::pipeline::{self, Agreement, Outcome, Request};
use jettison::syntax::decode;
use jettison::transform::Options;
use jettison::transforms::PIPELINE;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = decode(bytes) else { return };
    let Some(outcome) = run(source) else { return };
    let failures: Vec<&str> = outcome.failures.iter().map(|it| &*it.message).collect();
    assert!(failures.is_empty(), "{failures:?}");
    let Some(after) = outcome.result() else { return };
    let again = run(after).expect("the result parses");
    assert!(again.steps.is_empty(), "a second run changes something");
});

fn run(source: &str) -> Option<Outcome<'static>> {
    let transforms = PIPELINE.to_vec();
    let request = Request { transforms, options: Options::default(), agreed: Agreement::All };
    pipeline::run(source, &request).ok()
}
