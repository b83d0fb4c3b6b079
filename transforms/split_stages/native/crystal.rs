//! Crystal: programs that `crystal build` and `shards build` make.

use super::super::case::Case;
use super::super::options::value;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::shell::command::base;

pub(super) const STACK: Stack = Stack {
    name: "Crystal",
    is: |case| super::builds(case, &CRYSTAL),
    plan: |case, program| super::plan(case, program, &CRYSTAL),
};

const CRYSTAL: Language = Language {
    name: "Crystal",
    images: &["crystallang/crystal"],
    tools: &["crystal", "shards"],
    marks: &["crystal-lang", "crystallang"],
    code: &[".cr", ".ecr", ".slang"],
    manifests: &[".ameba.yml", "shard.lock", "shard.yml"],
    writers: &[
        "Dir.mkdir",
        "File.delete",
        "File.open",
        "File.rename",
        "File.write",
        "FileUtils",
        "sqlite3:",
    ],
    callers: &["Process.exec", "Process.new", "Process.run", "system("],
    loaders: &[("LibDL", ""), ("dlopen", "")],
    packages: &["crystal", "llvm", "shards"],
    is_linked: true,
    output,
    glibc,
    ..PLAIN
};

fn output(call: &Call) -> Result<Output, String> {
    let programs = match (call.tool, call.verb()) {
        ("crystal", "build" | "compile") => vec![compiled(call)?],
        ("shards", "build") => targets(call)?,
        _ => return Ok(Output::default()),
    };
    let is_static = call.has("--static") || call.words.iter().any(|it| it.contains("-static"));
    Ok(Output { programs, is_static, ..Output::default() })
}

fn compiled(call: &Call) -> Result<String, String> {
    if let Some(path) = value(&call.words, &["-o", "--output"]) {
        return call.at(path);
    }
    let source = call.words.iter().find_map(|it| it.strip_suffix(".cr"));
    call.at(base(source.ok_or("which source it compiles is not known")?))
}

/// All of `targets:` in `shard.yml`, or those that are named.
fn targets(call: &Call) -> Result<Vec<String>, String> {
    let text = call.beside("shard.yml")?.ok_or("its `shard.yml` is not in the build context")?;
    let mut all = Vec::new();
    let mut inside = false;
    let mut depth = None;
    for line in text.lines().filter(|it| !it.trim().is_empty() && !it.trim().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        if indent == 0 {
            inside = line.starts_with("targets:");
            continue;
        }
        if inside && *depth.get_or_insert(indent) == indent {
            all.push(line.trim().split(':').next().unwrap_or_default().to_owned());
        }
    }
    all.iter().map(|it| call.at(&format!("bin/{it}"))).collect()
}

/// Ubuntu 24.04 at most, where the release is not known.
fn glibc(case: &Case) -> Option<(u32, u32)> {
    let image = case.image()?;
    let is_open = image.distribution.as_ref()?.release.is_none();
    let version = image.runtime.as_ref()?.version.clone()?;
    let is_old = version.starts_with("0.") || matches!(&*version, "1.8" | "1.12");
    (is_open && is_old && !case.reference().contains("alpine")).then_some((2, 39))
}
