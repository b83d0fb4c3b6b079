//! How fast a large build context is listed.

use divan::Bencher;
use jettison::project::files::list;
use jettison::project::ignore_file::IgnoreFile;
use std::fmt::Write;
use std::fs;

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// 200,000 files in 2,000 folders, and an ignore file of 500 patterns that brings some back.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn two_hundred_thousand_files(bencher: Bencher) {
    let top = tempfile::tempdir().expect("a folder");
    for folder in 0..2_000 {
        let path = top.path().join(format!("part-{}/folder-{folder}", folder % 20));
        fs::create_dir_all(&path).expect("a folder");
        for file in 0..100 {
            fs::write(path.join(format!("file-{file}.txt")), "").expect("a file");
        }
    }
    let mut patterns = String::new();
    for number in 0..125 {
        let _ = writeln!(patterns, "**/*.ext{number}\n**/build-{number}\ndocs/{number}/*.md");
        let _ = writeln!(patterns, "!part-{number}/folder-{number}/file-1.txt");
    }
    let ignore = IgnoreFile::parse(&patterns).expect("an ignore file");
    assert_eq!(ignore.patterns.len(), 500);
    bencher.bench(|| {
        let listing = list(top.path(), Some(&ignore));
        assert_eq!(listing.files.len(), 200_000);
    });
}
