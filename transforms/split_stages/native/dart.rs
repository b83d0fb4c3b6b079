//! Dart: programs that `dart compile exe` makes.

use super::super::options::value;
use super::{Call, Language, Output, PLAIN, Stack};

pub(super) const STACK: Stack = Stack {
    name: "Dart",
    is: |case| super::builds(case, &DART),
    plan: |case, program| super::plan(case, program, &DART),
};

const DART: Language = Language {
    name: "Dart",
    images: &["dart", "google/dart"],
    tools: &["dart", "dart2native", "dart_frog", "pub"],
    path: &["/root/.pub-cache/bin"],
    code: &[".dart"],
    manifests: &["analysis_options.yaml", "build.yaml", "pubspec.lock", "pubspec.yaml"],
    writers: &[
        "createSync",
        ".create(",
        "FileMode",
        "openWrite",
        "sqlite",
        "writeAsBytes",
        "writeAsString",
    ],
    callers: &["Process.run", "Process.start"],
    loaders: &[("DynamicLibrary", "")],
    packages: &["dart"],
    output,
    ..PLAIN
};

/// It needs the C library alone: what the folder `/runtime` of its image has.
fn output(call: &Call) -> Result<Output, String> {
    let is_compile = call.tool == "dart" && matches!(call.words[..], ["compile", "exe", ..]);
    if !is_compile && call.tool != "dart2native" {
        return Ok(Output::default());
    }
    let source = || {
        let found = call.words.iter().find(|it| it.ends_with(".dart"));
        found.map(|it| format!("{}.exe", it.trim_end_matches(".dart")))
    };
    let path = value(&call.words, &["-o", "--output"]).map(str::to_owned).or_else(source);
    let path = path.ok_or("which source it compiles is not known")?;
    Ok(Output { programs: vec![call.at(&path)?], ..Output::default() })
}
