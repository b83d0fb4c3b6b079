//! How fast a large context is compared with a long ignore file.

use divan::Bencher;
use divan::counter::ItemsCount;
use jettison::project::ignore_file::{IgnoreFile, Visit};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

const ENDINGS: [&str; 10] = ["ts", "js", "py", "go", "rs", "java", "md", "json", "css", "png"];

/// 500 lines in the proportions of real files; the last of them are looked for in each path.
fn long_ignore_file() -> String {
    let mut lines = Vec::new();
    for at in 0..50 {
        lines.push(format!("**/generated-{at}"));
        lines.push(format!("**/*.tmp{at}"));
        lines.push(format!("packages/app-{at}/dist"));
        lines.push(format!("packages/app-{at}/coverage/**"));
        lines.push(format!("/local-{at}/"));
        lines.push(format!("*.bak{at}"));
        lines.push(format!("services/*/cache-{at}"));
        lines.push(format!("docs/**/draft-{at}-*.md"));
        lines.push(format!("**/test-{at}-*.[jt]s"));
        lines.push(format!("!**/keep-{at}.*"));
    }
    lines.join("\n")
}

/// 200,000 files, each with its folder: 400 folders of 500 files.
fn large_context() -> Vec<(String, Vec<String>)> {
    let folder = |at: usize| format!("packages/app-{}/src/components/part-{at}", at % 40);
    let file = |folder: &str, at: usize| {
        format!("{folder}/component-{at}.{}", ENDINGS[at % ENDINGS.len()])
    };
    let files = |folder: &str| (0..500).map(|at| file(folder, at)).collect();
    (0..400).map(folder).map(|folder| (folder.clone(), files(&folder))).collect()
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn two_hundred_thousand_files(bencher: Bencher<'_, '_>) {
    let text = long_ignore_file();
    let context = large_context();
    bencher.counter(ItemsCount::new(200_000_usize)).bench_local(|| {
        let Ok(file) = IgnoreFile::parse(&text) else { return 0 };
        let mut sent = 0;
        for (folder, files) in &context {
            let mut above = Visit::context();
            let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
            for end in ends {
                let Ok(visit) = file.visit(&above, &folder[..end]) else { return 0 };
                above = visit;
            }
            let visits = files.iter().filter_map(|path| file.visit(&above, path).ok());
            sent += visits.filter(|visit| !visit.decision.excluded).count();
        }
        sent
    });
}

#[divan::bench]
fn five_hundred_lines(bencher: Bencher<'_, '_>) {
    let text = long_ignore_file();
    bencher.bench_local(|| IgnoreFile::parse(&text).is_ok());
}
