//! OCaml: programs that Dune and its compilers make.

use super::super::case::Case;
use super::super::commands::Step;
use super::super::options::value;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::facts::resolve;

pub(super) const STACK: Stack = Stack {
    name: "OCaml",
    is: |case| super::builds(case, &OCAML),
    plan: |case, program| super::plan(case, program, &OCAML),
};

const OCAML: Language = Language {
    name: "OCaml",
    images: &["ocaml/opam", "ocaml/opam2"],
    tools: &["dune", "jbuilder", "ocamlfind", "ocamlopt", "opam"],
    code: &[".eml", ".ml", ".mli", ".mll", ".mly", ".opam", ".re", ".rei"],
    manifests: &["dune", "dune-project", "dune-workspace", "jbuild", "opam"],
    writers: &["O_CREAT", "Sys.remove", "Unix.mkdir", "Unix.setuid", "open_out", "with_file ~mode"],
    callers: &[
        "Lwt_process",
        "Sys.command",
        "Unix.create_process",
        "Unix.exec",
        "Unix.open_process",
    ],
    loaders: &[("Dynlink", ""), ("dlopen", "")],
    packages: &["bubblewrap", "dune", "m4", "ocaml", "opam"],
    is_linked: true,
    runs,
    output,
    ..PLAIN
};

fn output(call: &Call) -> Result<Output, String> {
    let words: Vec<&str> = match (call.tool, call.verb()) {
        // `opam exec -- dune build`
        ("opam", "exec") => {
            let at = call.words.iter().position(|it| *it == "--").map_or(1, |at| at + 1);
            call.words[at.min(call.words.len())..].to_vec()
        }
        ("opam", _) => return Ok(Output::default()),
        _ => std::iter::once(call.tool).chain(call.words.iter().copied()).collect(),
    };
    let programs = match &words[..] {
        ["dune" | "jbuilder", "build", ..] => built(call)?,
        ["dune", "install", rest @ ..] => installed(call, rest)?,
        ["ocamlfind", "ocamlopt", rest @ ..] | ["ocamlopt", rest @ ..] if !rest.contains(&"-c") => {
            vec![call.at(value(rest, &["-o"]).unwrap_or("a.out"))?]
        }
        _ => return Ok(Output::default()),
    };
    let dunes = call.files(|it| matches!(it, "dune" | "dune-workspace"))?;
    let is_static = dunes.iter().any(|(_, text)| text.contains("-static"));
    let mut output = Output { programs, is_static, ..Output::default() };
    let modes = ["byte_complete", "(modes byte", "bytecode"];
    if dunes.iter().any(|(_, text)| modes.iter().any(|it| text.contains(it))) {
        output.doubts.push("whether it is compiled for the machine".to_owned());
    }
    if dunes.iter().any(|(_, text)| text.contains("(sites ") || text.contains("dune-site")) {
        output.doubts.push("whether it looks for files where it was installed".to_owned());
    }
    Ok(output)
}

/// `dune exec` of what was built: `dune exec ./main.exe -- -p 80` is `_build/default/main.exe -p 80`.
fn runs(case: &Case, words: &[&str]) -> Option<Vec<String>> {
    let words = match *words {
        ["opam", "exec", "--", ref rest @ ..] => rest,
        _ => words,
    };
    let ["dune", "exec", rest @ ..] = words else { return None };
    let (own, more) = match rest.iter().position(|it| *it == "--") {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (&rest[..rest.len().min(1)], &rest[rest.len().min(1)..]),
    };
    let own: Vec<&str> = own.iter().copied().filter(|it| *it != "--release").collect();
    let [target] = own[..] else { return None };
    let builds = |step: &Step| step.certain && step.text.contains("dune build");
    let last = case.steps().iter().rfind(|it| builds(it))?;
    // What arrives later would be compiled.
    if target.starts_with('-') || case.arrivals.iter().any(|it| it.instruction > last.instruction) {
        return None;
    }
    let program = match target.trim_start_matches("./") {
        path if path.ends_with(".exe") => format!("_build/default/{path}"),
        name if !name.contains('/') => format!("_build/install/default/bin/{name}"),
        _ => return None,
    };
    let same = last.workdir.as_deref() == case.stage().workdir();
    let more = more.iter().map(|it| (*it).to_owned());
    same.then(|| std::iter::once(program).chain(more).collect())
}

/// `_build/default/bin/main.exe` for every source beside a `dune` file that names it.
fn built(call: &Call) -> Result<Vec<String>, String> {
    let dunes = call.files(|it| it == "dune" || it == "jbuild")?;
    let root = call.workdir.trim_end_matches('/');
    let mut all = Vec::new();
    for (place, text) in dunes.iter().filter(|(_, text)| text.contains("executable")) {
        let folder = place.rsplit_once('/').map_or("", |it| it.0);
        let below = folder.strip_prefix(root).unwrap_or_default();
        let names = words_behind(text, "(name ").chain(words_behind(text, "(names "));
        all.extend(names.map(|it| format!("{root}/_build/default{below}/{it}.exe")));
        let public =
            words_behind(text, "(public_name ").chain(words_behind(text, "(public_names "));
        all.extend(public.map(|it| format!("{root}/_build/install/default/bin/{it}")));
    }
    Ok(all)
}

/// `dune install --prefix /usr/local`
fn installed(call: &Call, rest: &[&str]) -> Result<Vec<String>, String> {
    let Some(folder) = value(rest, &["--prefix"]) else { return Ok(Vec::new()) };
    let dunes = call.files(|it| it == "dune")?;
    let names: Vec<&str> = dunes
        .iter()
        .filter(|(_, text)| text.contains("executable"))
        .flat_map(|(_, text)| {
            words_behind(text, "(public_name ").chain(words_behind(text, "(public_names "))
        })
        .collect();
    let folder = resolve(Some(call.workdir), folder).ok_or("where it installs is not known")?;
    Ok(names.iter().map(|it| format!("{folder}/bin/{it}")).collect())
}

fn words_behind<'t>(text: &'t str, start: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(start)
        .skip(1)
        .flat_map(|it| it.split(')').next().unwrap_or_default().split_whitespace())
}
