//! Reads any text as each kind of manifest: no panic, no hang, and nothing is named without a path.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run manifests fuzz/corpus/manifests`

#![no_main]

use jettison::project::manifests::{kind_of, read};
use libfuzzer_sys::fuzz_target;

const FILES: [&str; 24] = [
    "package.json",
    "pnpm-workspace.yaml",
    "go.mod",
    "go.work",
    "Cargo.toml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "MANIFEST.in",
    "requirements.txt",
    "Pipfile",
    "pom.xml",
    "build.gradle",
    "a.csproj",
    "a.sln",
    "a.slnx",
    "Gemfile",
    "a.gemspec",
    "composer.json",
    "mix.exs",
    "CMakeLists.txt",
    "Makefile",
    "package-lock.json",
    "yarn.lock",
];

// The first byte says which file it is, the rest is its text.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let name = FILES[usize::from(*first) % FILES.len()];
    let kind = kind_of(name).expect("a manifest");
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    match read(kind, text) {
        Ok(manifest) => {
            for named in manifest.named_files() {
                assert!(!named.path.is_empty());
                assert!((1..=lines).contains(&named.line));
            }
        }
        Err(unclear) => assert!((1..=lines).contains(&unclear.line), "{unclear}"),
    }
});
