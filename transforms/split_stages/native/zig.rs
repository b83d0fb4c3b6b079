//! Zig: programs that `zig build` and `zig build-exe` make.

use super::super::libraries;
use super::super::options::value;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::shell::command::base;

pub(super) const STACK: Stack = Stack {
    name: "Zig",
    is: |case| super::builds(case, &ZIG),
    plan: |case, program| super::plan(case, program, &ZIG),
};

const ZIG: Language = Language {
    name: "Zig",
    tools: &["zig"],
    marks: &["zig-", "ziglang"],
    code: &[".zig", ".zon"],
    manifests: &["build.zig", "build.zig.zon"],
    writers: &["createFile", "deleteFile", "makeDir", "makePath", "setuid"],
    callers: &["ChildProcess", "execve", "process.Child"],
    loaders: &[("DynLib", ""), ("dlopen", "")],
    // What installs it out of PyPI comes along.
    packages: &["python3", "zig"],
    output,
    ..PLAIN
};

fn output(call: &Call) -> Result<Output, String> {
    let sources = call.files(|it| it.ends_with(".zig") || it.ends_with(".zon"))?;
    let programs = match call.verb() {
        "build" => packaged(call, &sources)?,
        "build-exe" => vec![compiled(call)?],
        _ => return Ok(Output::default()),
    };
    // What is in the library of Zig calls the system by itself.
    let uses_c = |text: &str| {
        [
            "@cImport",
            "addCSource",
            "c_allocator",
            "extern \"c\"",
            "linkLibC",
            "linkSystemLibrary",
            "link_libc",
            "linkLibrary",
            ".dependencies = .{ .",
            ".url = ",
        ]
        .iter()
        .any(|it| text.contains(it))
    };
    let is_musl = call.words.iter().any(|it| it.contains("-musl"));
    let links = linked(call, &sources);
    let is_static = is_musl || links.is_empty() && !sources.iter().any(|(_, text)| uses_c(text));
    let mut output = Output { programs, is_static, ..Output::default() };
    if !links.iter().all(|it| libraries::is_link(it)) {
        output.doubts.push("which libraries it is linked with".to_owned());
    }
    Ok(output)
}

/// The libraries that the command or `build.zig` names; an empty name for one that is not written there.
fn linked<'t>(call: &'t Call, sources: &'t [(String, std::sync::Arc<str>)]) -> Vec<&'t str> {
    const CALL: &str = "linkSystemLibrary";
    let behind =
        |it: &'t str| it.trim_start_matches(['2', '(']).strip_prefix('"')?.split('"').next();
    let texts = sources.iter().flat_map(|(_, text)| text.split(CALL).skip(1));
    let own = call.words.iter().filter_map(|it| it.strip_prefix("-l"));
    own.chain(texts.map(|it| behind(it).unwrap_or_default())).collect()
}

/// `zig build-exe main.zig`
fn compiled(call: &Call) -> Result<String, String> {
    let joined = call.words.iter().find_map(|it| it.strip_prefix("-femit-bin="));
    if let Some(path) = joined {
        return call.at(path);
    }
    let source = call.words.iter().find_map(|it| it.strip_suffix(".zig"));
    let name = value(&call.words, &["--name"]).or(source.map(base));
    call.at(name.ok_or("which source it compiles is not known")?)
}

/// Every name in `build.zig`.
fn packaged(call: &Call, sources: &[(String, std::sync::Arc<str>)]) -> Result<Vec<String>, String> {
    let own = format!("{}/build.zig", call.workdir.trim_end_matches('/'));
    let text = sources.iter().find(|it| it.0 == own).map(|it| &*it.1);
    let text = text.ok_or("its `build.zig` is not in the build context")?;
    let folder = value(&call.words, &["--prefix", "-p"]).unwrap_or("zig-out");
    let named = [".name = \"", "addExecutable(\""];
    let names =
        named.iter().flat_map(|it| text.split(it).skip(1)).filter_map(|it| it.split('"').next());
    names.map(|it| call.at(&format!("{folder}/bin/{it}"))).collect()
}
