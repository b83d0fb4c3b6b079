//! D: programs that `dub` and the compilers make.

use super::super::options::value;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::shell::command::base;
use serde_json::Value;

pub(super) const STACK: Stack = Stack {
    name: "D",
    is: |case| super::builds(case, &D),
    plan: |case, program| super::plan(case, program, &D),
};

const D: Language = Language {
    name: "D",
    images: &["dlang2/dmd-ubuntu", "dlang2/ldc-ubuntu"],
    tools: &["dmd", "dub", "gdc", "ldc2", "rdmd"],
    marks: &["dlang.org", "ldc2-"],
    code: &[".d", ".di", ".dt"],
    manifests: &["dub.json", "dub.sdl", "dub.selections.json"],
    writers: &["\"w\"", "\"a\"", "mkdir", "rename(", "setuid", "std.file.write", "writeFile"],
    callers: &["executeShell", "pipeProcess", "pipeShell", "spawnProcess", "spawnShell"],
    loaders: &[
        ("derelict", ""),
        ("dlopen", ""),
        ("etc.c.curl", "libcurl"),
        ("loadSharedLibrary", ""),
        ("std.net.curl", "libcurl"),
    ],
    packages: &["dmd", "dub", "gdc", "ldc", "llvm"],
    is_linked: true,
    output,
    ..PLAIN
};

fn output(call: &Call) -> Result<Output, String> {
    match call.tool {
        "dub" => packaged(call),
        "rdmd" if !call.has("--build-only") => Ok(Output::default()),
        _ => compiled(call),
    }
}

/// `ldc2 -O2 -of=server app.d`
fn compiled(call: &Call) -> Result<Output, String> {
    if call.has("-c") || call.has("-lib") || call.has("-shared") {
        return Ok(Output::default());
    }
    let joined = call.words.iter().find_map(|it| it.strip_prefix("-of"));
    let joined = joined.map(|it| it.trim_start_matches('=')).filter(|it| !it.is_empty());
    let path = joined.or_else(|| value(&call.words, &["-of", "-o"]));
    let source = || call.words.iter().find_map(|it| it.strip_suffix(".d")).map(base);
    let is_gdc = call.tool.starts_with("gdc");
    let programs = match path.or_else(|| if is_gdc { Some("a.out") } else { source() }) {
        Some(path) => vec![call.at(path)?],
        None => return Ok(Output::default()),
    };
    let is_static = call.has("-static") || call.has("--static");
    Ok(Output { programs, is_static, ..Output::default() })
}

/// What `dub.json` or `dub.sdl` names.
fn packaged(call: &Call) -> Result<Output, String> {
    let is_build = call.verb() == "build" || call.verb().is_empty();
    if !is_build || call.words.iter().any(|it| it.starts_with(':')) {
        return Ok(Output::default());
    }
    if call.has("--root") || call.words.iter().any(|it| it.starts_with("--root=")) {
        return Err("it builds in another folder".to_owned());
    }
    let configuration = value(&call.words, &["-c", "--config"]);
    if let Some(text) = call.beside("dub.json")? {
        let parsed: Value = serde_json::from_str(&text).map_err(|_| "`dub.json` cannot be read")?;
        return of_json(call, &parsed, configuration);
    }
    let text = call.beside("dub.sdl")?.ok_or("its `dub.json` is not in the build context")?;
    if configuration.is_some() || text.lines().any(|it| it.starts_with("configuration")) {
        return Err("`dub.sdl` has several configurations".to_owned());
    }
    let field = |name: &str| {
        let mut lines = text.lines();
        lines.find_map(|it| it.strip_prefix(name)?.trim().strip_prefix('"')?.split('"').next())
    };
    if field("targetType").is_some_and(|it| !matches!(it, "executable" | "autodetect")) {
        return Ok(Output::default());
    }
    let name = field("targetName ").or_else(|| field("name ")).ok_or("`dub.sdl` has no name")?;
    let folder = field("targetPath ").unwrap_or(".");
    let programs = vec![call.at(&format!("{folder}/{name}"))?];
    Ok(Output { programs, is_static: text.contains("\"-static\""), ..Output::default() })
}

fn of_json(call: &Call, parsed: &Value, configuration: Option<&str>) -> Result<Output, String> {
    let configurations = parsed.get("configurations").and_then(Value::as_array);
    let chosen = match (configurations, configuration) {
        (Some(all), Some(name)) => {
            all.iter().find(|it| it.get("name").and_then(Value::as_str) == Some(name))
        }
        (Some(all), None) => {
            let is_library = |it: &&Value| {
                it.get("targetType").and_then(Value::as_str).is_some_and(|it| it.contains("ibrary"))
            };
            all.iter().find(|it| !is_library(it))
        }
        (None, _) => None,
    };
    let field = |name: &str| {
        let of = |it: &Value| it.get(name).and_then(Value::as_str).map(str::to_owned);
        chosen.and_then(of).or_else(|| of(parsed))
    };
    if field("targetType").is_some_and(|it| it.contains("ibrary")) {
        return Ok(Output::default());
    }
    let name = field("targetName").or_else(|| field("name")).ok_or("`dub.json` has no name")?;
    let folder = field("targetPath").unwrap_or_else(|| ".".to_owned());
    // `dflags-ldc2` is for that compiler alone.
    let says_static = |it: &Value| {
        let all = it.as_object().into_iter().flatten();
        let flags = all.filter(|it| it.0.starts_with("dflags") || it.0.starts_with("lflags"));
        let mut words = flags.filter_map(|it| it.1.as_array()).flatten();
        words.any(|it| it.as_str().is_some_and(|it| it.trim_start_matches("-L") == "-static"))
    };
    let is_static = says_static(parsed) || chosen.is_some_and(says_static);
    Ok(Output {
        programs: vec![call.at(&format!("{folder}/{name}"))?],
        is_static,
        ..Output::default()
    })
}
