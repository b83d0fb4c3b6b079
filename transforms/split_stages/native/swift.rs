//! Swift: programs that the Swift Package Manager makes.

use super::super::Stop;
use super::super::case::Case;
use super::super::interpreted;
use super::super::options::value;
use super::super::plan::Plan;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::images::Family;
use crate::images::runtime::RuntimeImage;

pub(super) const STACK: Stack = Stack {
    name: "Swift",
    is: |case| super::builds(case, &SWIFT),
    plan: |case, program| super::plan(case, program, &SWIFT),
};

const SWIFT: Language = Language {
    name: "Swift",
    images: &["swift"],
    tools: &["swift", "swiftc"],
    code: &[".swift"],
    manifests: &[".swift-version", "Package.resolved", "Package.swift"],
    writers: &[
        "FileHandle(forUpdating",
        "FileHandle(forWriting",
        "FileManager",
        "NIOFileHandle",
        ".sqlite(",
        "fopen(",
        "write(to:",
        "write(toFile",
    ],
    callers: &["Process()", "Process.run", "posix_spawn", "popen("],
    loaders: &[("dlopen", "")],
    // Vapor.
    conventions: &["Public", "Resources"],
    is_linked: true,
    output,
    glibc,
    image,
    ..PLAIN
};

fn output(call: &Call) -> Result<Output, String> {
    if call.tool == "swiftc" {
        let source = || call.words.iter().find_map(|it| it.strip_suffix(".swift"));
        let path = value(&call.words, &["-o"]).or_else(source).unwrap_or("main");
        let programs = vec![call.at(path)?];
        let has_own = call.has("-static-stdlib");
        return Ok(Output {
            programs,
            has_own,
            is_static: call.has("-static-executable"),
            ..Output::default()
        });
    }
    if call.verb() != "build" || call.has("--show-bin-path") {
        return Ok(Output::default());
    }
    let root = match value(&call.words, &["--package-path"]) {
        Some(path) => call.at(path)?,
        None => call.workdir.to_owned(),
    };
    let inside = Call { case: call.case, tool: call.tool, words: Vec::new(), workdir: &root };
    let text =
        inside.beside("Package.swift")?.ok_or("its `Package.swift` is not in the build context")?;
    let folder = match value(&call.words, &["--scratch-path", "--build-path"]) {
        Some(path) => call.at(path)?,
        None => inside.at(".build")?,
    };
    let mode = value(&call.words, &["-c", "--configuration"]).unwrap_or("debug");
    let starts = [".executableTarget(", ".executable(", ".target("];
    let named = starts.iter().flat_map(|it| text.split(it).skip(1)).filter_map(|rest| {
        let rest = rest.trim_start().strip_prefix("name:")?.trim_start();
        rest.strip_prefix('"')?.split('"').next()
    });
    let mut programs: Vec<String> = named.map(|it| format!("{folder}/{mode}/{it}")).collect();
    programs.sort();
    programs.dedup();
    let joined = call.words.join(" ");
    let mut output = Output {
        programs,
        is_static: call.has("-static-executable")
            || joined.contains("--swift-sdk") && joined.contains("musl"),
        has_own: call.has("--static-swift-stdlib") || joined.contains("-static-stdlib"),
        doubts: Vec::new(),
    };
    if ["resources:", ".process(", ".copy("].iter().any(|it| text.contains(it)) {
        let doubt = "which files `Bundle.module` looks for beside the program";
        output.doubts.push(doubt.to_owned());
    }
    if text.contains(".systemLibrary") {
        output.doubts.push("which libraries of the system it is linked with".to_owned());
    }
    Ok(output)
}

/// The small image of the same Swift on the same release, unless the program has its libraries in it.
fn image(case: &Case, outputs: &[Output], plan: &mut Plan) -> Result<Option<RuntimeImage>, Stop> {
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let is_debian = matches!(family, Some(Family::Debian | Family::Ubuntu));
    if case.repository() != "swift" {
        let reason = format!("which libraries of Swift `{}` has is not known", case.reference());
        return Err(case.stop("other-base", reason));
    }
    let has_own = !outputs.is_empty() && outputs.iter().all(|it| it.has_own);
    // That links libraries of the distribution, which are gathered.
    if has_own && is_debian && case.cx.options.runtime != crate::transform::RuntimePolicy::Slim {
        return Ok(None);
    }
    match interpreted::slim_with(case, "Swift") {
        Ok(image) => Ok(Some(image)),
        Err(stop) if stop.code == "runtime" && is_debian => {
            plan.doubts.push("whether Swift needs more than its libraries when it runs".to_owned());
            Ok(None)
        }
        Err(stop) => Err(stop),
    }
}

/// Ubuntu 24.04 at most, where the tag names no release.
fn glibc(case: &Case) -> Option<(u32, u32)> {
    let image = case.image()?;
    let is_open = image.distribution.as_ref()?.release.is_none();
    (is_open && image.runtime.as_ref()?.version.is_some()).then_some((2, 39))
}
