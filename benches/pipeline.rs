//! The whole pipeline, proofs and diff included: `cargo bench --bench pipeline`.
//!
//! `JETTISON_CORPUS` names a folder of Dockerfiles; without it the files of `tests/corpus` are used.

use divan::Bencher;
use divan::counter::ItemsCount;
use jettison::pipeline::{self, Agreement, Request};
use jettison::report::diff;
use jettison::transform::Options;
use jettison::transforms::PIPELINE;
use std::path::PathBuf;

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn files() -> Vec<String> {
    let folder = std::env::var_os("JETTISON_CORPUS").map_or("tests/corpus".into(), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let whole = |path: PathBuf| if path.is_dir() { path.join("Dockerfile") } else { path };
    paths
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(whole(path)).ok())
        .take(2000)
        .collect()
}

#[divan::bench(sample_count = 10)]
fn rewrite_and_diff(bencher: Bencher) {
    let files = files();
    let transforms = PIPELINE.to_vec();
    let request = Request { transforms, options: Options::default(), agreed: Agreement::SafeOnly };
    bencher.counter(ItemsCount::new(files.len())).bench(|| {
        let run = |source: &String| {
            let outcome = pipeline::run(source, &request).ok()?;
            Some(diff::hunks(source, outcome.result()?, 3).len())
        };
        files.iter().filter_map(run).sum::<usize>()
    });
}
