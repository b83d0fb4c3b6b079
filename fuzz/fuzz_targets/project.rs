//! Reads any text as each file of a project: no panic, no hang.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run project fuzz/corpus/project`

#![no_main]

use jettison::project::builds::{File, reader_for};
use jettison::project::ignore_file::IgnoreFile;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

const FILES: [&str; 12] = [
    "compose.yaml",
    "docker-bake.hcl",
    "docker-bake.json",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "skaffold.yaml",
    "Tiltfile",
    "Makefile",
    ".dockerignore",
    "a/build.sh",
    "cloudbuild.yaml",
    ".devcontainer/devcontainer.json",
];

// The first byte says which file it is, the rest up to a NUL is its text; the paths follow.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let (text, paths) = rest.split_once('\0').unwrap_or((rest, "a/b\nc"));
    let root = Path::new("/project");
    let path = root.join(FILES[usize::from(*first) % FILES.len()]);
    match reader_for(&path) {
        Some(reader) => {
            let other = |_: &Path| Some(paths.to_owned());
            let builds = reader(&File { path: &path, root, text, other: &other }).builds;
            assert!(builds.iter().all(|build| build.dockerfile.is_absolute()));
        }
        None => {
            let Ok(ignore) = IgnoreFile::parse(text) else { return };
            for path in paths.lines() {
                let _ = (ignore.walk_to(path), ignore.matches_or_parent_matches(path));
            }
        }
    }
});
