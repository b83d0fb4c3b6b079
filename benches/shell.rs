//! How fast scripts are read.

use divan::Bencher;
use divan::counter::BytesCount;
use jettison::shell::{Dialect, parse};

const PLAIN: &str = "apt-get update && apt-get install -y --no-install-recommends ca-certificates \
                     curl git && rm -rf /var/lib/apt/lists/*";
const NESTED: &str = "set -eux; if [ \"$(uname -m)\" = x86_64 ]; then curl -fsSL \"$URL\" | tar xz; \
                      else for file in a b; do cat \"$file\" > \"/usr/$file\"; done; fi";

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Each script is new: none is taken from memory.
#[divan::bench(args = [PLAIN, NESTED])]
fn new_script(bencher: Bencher<'_, '_>, script: &str) {
    let mut count = 0_u64;
    bencher
        .counter(BytesCount::of_str(script))
        .with_inputs(|| {
            count += 1;
            format!("{script} # {count}")
        })
        .bench_local_refs(|text| parse(text, Dialect::Dash));
}

#[divan::bench(args = [PLAIN, NESTED])]
fn known_script(bencher: Bencher<'_, '_>, script: &str) {
    bencher.counter(BytesCount::of_str(script)).bench_local(|| parse(script, Dialect::Dash));
}

#[divan::bench]
fn twenty_thousand_statements(bencher: Bencher<'_, '_>) {
    let script = "a b;\n".repeat(20_000);
    bencher.counter(BytesCount::of_str(&script)).bench_local(|| parse(&script, Dialect::Dash));
}
