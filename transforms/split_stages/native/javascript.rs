//! Programs that `deno compile` and `bun build --compile` make: the interpreter with the sources in it.

use super::super::case::Case;
use super::super::options::value;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::images::Family;
use crate::shell::command::base;

pub(super) const DENO: Stack = Stack {
    name: "Deno",
    is: |case| compiles(case, &OF_DENO),
    plan: |case, program| super::plan(case, program, &OF_DENO),
};

pub(super) const BUN: Stack = Stack {
    name: "Bun",
    is: |case| compiles(case, &OF_BUN),
    plan: |case, program| super::plan(case, program, &OF_BUN),
};

const CODE: &[&str] = &[".cjs", ".cts", ".js", ".jsx", ".mjs", ".mts", ".ts", ".tsx"];
const MANIFESTS: &[&str] = &[
    "bun.lock",
    "bun.lockb",
    "bunfig.toml",
    "deno.json",
    "deno.jsonc",
    "deno.lock",
    "import_map.json",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
];

const OF_DENO: Language = Language {
    name: "Deno",
    images: &["denoland/deno"],
    tools: &["deno"],
    marks: &["deno.land/install.sh", "deno.land/x/install"],
    code: CODE,
    manifests: MANIFESTS,
    writers: &[
        "Deno.create",
        "Deno.mkdir",
        "Deno.openKv",
        "Deno.remove",
        "Deno.rename",
        "Deno.write",
        "node:fs",
        "write: true",
    ],
    callers: &["Deno.Command", "Deno.run", "child_process"],
    loaders: &[("Deno.dlopen", "")],
    output,
    // It is downloaded, and the same in every image: <https://docs.deno.com/runtime/getting_started/installation/>.
    glibc: |_| Some((2, 35)),
    ..PLAIN
};

const OF_BUN: Language = Language {
    name: "Bun",
    images: &["oven/bun"],
    tools: &["bun", "bunx"],
    marks: &["bun.sh/install", "bun.com/install"],
    code: CODE,
    manifests: MANIFESTS,
    writers: &[
        "Bun.write",
        "appendFile",
        "bun:sqlite",
        "createWriteStream",
        "mkdir",
        "rename",
        "unlink",
        "writeFile",
    ],
    callers: &["Bun.spawn", "Bun.$", "$`", "child_process"],
    loaders: &[("bun:ffi", ""), ("dlopen", "")],
    output,
    glibc: |case| is_glibc(case).then_some((2, 36)),
    ..PLAIN
};

fn is_glibc(case: &Case) -> bool {
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    distribution.is_some_and(|it| it.family != Family::Alpine)
}

/// Only what compiles is here.
fn compiles(case: &Case, language: &Language) -> bool {
    super::builds(case, language)
        && case.steps().iter().any(|step| {
            let text = step.text.trim();
            text.contains("deno compile")
                || text.contains("bun build") && text.contains("--compile")
        })
}

fn output(call: &Call) -> Result<Output, String> {
    let is_deno = call.tool == "deno" && call.verb() == "compile";
    let is_bun = call.tool == "bun" && call.verb() == "build" && call.has("--compile");
    if !is_deno && !is_bun {
        return Ok(Output::default());
    }
    let target = value(&call.words, &["--target"]);
    let is_other =
        |it: &str| ["darwin", "windows", "-musl", "$"].iter().any(|part| it.contains(part));
    if target.is_some_and(is_other) {
        return Err("it is built for another system".to_owned());
    }
    let path = match value(&call.words, &["-o", "--outfile", "--output"]) {
        Some(path) => path.to_owned(),
        None => {
            let is_source =
                |it: &&&str| CODE.iter().any(|end| it.ends_with(end)) && !it.starts_with('-');
            let source = call.words.iter().find(is_source);
            let source = source.ok_or("which source it compiles is not known")?;
            let stem = base(source).rsplit_once('.').map_or(*source, |it| it.0);
            if matches!(stem, "cli" | "index" | "main" | "mod") {
                return Err("how its output is called is not known".to_owned());
            }
            stem.to_owned()
        }
    };
    Ok(Output { programs: vec![call.at(&path)?], ..Output::default() })
}
