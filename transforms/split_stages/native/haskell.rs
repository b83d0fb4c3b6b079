//! Haskell: programs that Stack, Cabal and GHC make.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::emit;
use super::super::install::Made;
use super::super::options::value;
use super::super::plan::Plan;
use super::super::program::Program;
use super::{Call, Language, Output, PLAIN, Stack};
use crate::facts::resolve;
use crate::shell::command::base;

pub(super) const STACK: Stack = Stack {
    name: "Haskell",
    is: |case| super::builds(case, &HASKELL),
    plan: |case, program| super::plan(case, program, &HASKELL),
};

const HASKELL: Language = Language {
    name: "Haskell",
    images: &["haskell", "fpco/stack-build", "fpco/stack-build-small"],
    tools: &["cabal", "ghc", "ghcup", "stack"],
    marks: &["get.haskellstack.org", "ghcup", "haskellstack", "stack-"],
    path: &["/root/.local/bin", "/root/.cabal/bin"],
    code: &[".hs", ".lhs", ".hsc", ".chs", ".cabal", ".hamlet", ".julius", ".cassius", ".lucius"],
    manifests: &[
        "cabal.project",
        "cabal.project.freeze",
        "cabal.project.local",
        "hie.yaml",
        "package.yaml",
        "stack.yaml",
        "stack.yaml.lock",
    ],
    writers: &[
        "appendFile",
        "createDirectory",
        "openFile",
        "removeFile",
        "runSqlite",
        "setUserID",
        "withSqlite",
        "writeFile",
    ],
    callers: &["System.Process", "Turtle", "Shelly"],
    loaders: &[("System.Plugins", ""), ("dlopen", "")],
    packages: &["alex", "cabal", "ghc", "happy", "haskell", "libghc-", "stack"],
    is_linked: true,
    output,
    runs,
    prepare,
    ..PLAIN
};

fn output(call: &Call) -> Result<Output, String> {
    let programs = match (call.tool, call.verb()) {
        ("ghc", _) => compiled(call)?,
        ("stack", "install") => installed(call, &["--local-bin-path"], "/root/.local/bin")?,
        ("stack", "build") if call.has("--copy-bins") => {
            installed(call, &["--local-bin-path"], "/root/.local/bin")?
        }
        ("cabal", "install" | "new-install" | "v2-install" | "v1-install") => {
            if call.has("--only-dependencies") || call.has("--lib") {
                return Ok(Output::default());
            }
            let before = ["/root/.cabal/bin", "/root/.local/bin"];
            let mut all = installed(call, &["--installdir", "--bindir"], before[0])?;
            if value(&call.words, &["--installdir", "--bindir"]).is_none() {
                all.extend(installed(call, &[], before[1])?);
            }
            all
        }
        _ => Vec::new(),
    };
    let text: String = call.words.join(" ");
    let mut output = Output { programs, ..Output::default() };
    if output.programs.is_empty() {
        return Ok(output);
    }
    let says = |text: &str| {
        ["-optl-static", "optl=-static", "--enable-executable-static", "-static -optl"]
            .iter()
            .any(|it| text.contains(it))
    };
    let manifests = manifests(call)?;
    output.is_static = says(&text) || manifests.iter().any(|(_, it)| says(it));
    output.doubts.extend(data_files(&manifests));
    Ok(output)
}

type Manifests = Vec<(String, std::sync::Arc<str>)>;

fn manifests(call: &Call) -> Result<Manifests, String> {
    call.files(|it| it.ends_with(".cabal") || it == "package.yaml")
}

/// Files that a package looks for where it was installed.
fn data_files(manifests: &Manifests) -> Option<String> {
    let has = |text: &str| {
        let mut lines = text.lines().map(str::trim);
        lines.any(|it| {
            let rest = it.strip_prefix("data-files:").map(str::trim);
            rest.is_some_and(|it| it != "[]" && !it.starts_with("--"))
        })
    };
    let found = manifests.iter().find(|(_, text)| has(text))?;
    Some(format!("whether it looks for the `data-files` of `{}`", base(&found.0)))
}

/// What is put into a folder for programs.
fn installed(call: &Call, names: &[&str], otherwise: &str) -> Result<Vec<String>, String> {
    let folder = match value(&call.words, names) {
        Some(folder) => call.at(folder)?,
        None => otherwise.to_owned(),
    };
    let all = executables(&manifests(call)?);
    Ok(all.iter().map(|name| format!("{}/{name}", folder.trim_end_matches('/'))).collect())
}

/// `ghc -O2 Main.hs -o server`
fn compiled(call: &Call) -> Result<Vec<String>, String> {
    if let Some(path) = value(&call.words, &["-o"]) {
        return Ok(vec![call.at(path)?]);
    }
    let source = call.words.iter().find_map(|it| it.strip_suffix(".hs"));
    source.map_or(Ok(Vec::new()), |it| Ok(vec![call.at(it)?]))
}

/// The programs of all packages.
fn executables(manifests: &Manifests) -> Vec<String> {
    let mut all = Vec::new();
    for (place, text) in manifests {
        match place.ends_with(".cabal") {
            true => all.extend(text.lines().filter_map(|line| {
                let (word, name) = line.split_once(char::is_whitespace)?;
                let is_it = word.eq_ignore_ascii_case("executable");
                is_it.then(|| name.trim().to_owned())
            })),
            false => all.extend(of_hpack(text)),
        }
    }
    all
}

/// `executables:` of `package.yaml`.
fn of_hpack(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut depth = None;
    let mut inside = false;
    for line in text.lines().filter(|it| !it.trim().is_empty() && !it.trim().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        if indent == 0 {
            inside = line.starts_with("executables:");
            depth = None;
            let name = || text.lines().find_map(|it| it.strip_prefix("name:"));
            if line.starts_with("executable:") {
                all.extend(name().map(|it| it.trim().trim_matches(['"', '\'']).to_owned()));
            }
            continue;
        }
        if inside && *depth.get_or_insert(indent) == indent {
            let name = line.trim().trim_end_matches(':').trim_matches(['"', '\'']);
            all.push(name.to_owned());
        }
    }
    all
}

/// `stack run` and `cabal run` of what was built: `stack run server -- -p 80` is `server -p 80`.
fn runs(case: &Case, words: &[&str]) -> Option<Vec<String>> {
    let (tool, rest) = match *words {
        [tool @ ("stack" | "cabal"), "run" | "new-run" | "v2-run", ref rest @ ..] => (tool, rest),
        _ => return None,
    };
    let builds = |step: &Step| match &step.work {
        Work::Program { name, words, .. } => {
            let verb = words.iter().flatten().find(|it| !it.starts_with('-'));
            *name == tool
                && step.certain
                && verb.is_some_and(|it| it.ends_with("build") || *it == "install")
                && !step.text.contains("only-dependencies")
        }
        _ => false,
    };
    // What arrives later would be compiled.
    let last = case.steps().iter().rfind(|it| builds(it))?;
    if case.arrivals.iter().any(|it| it.instruction > last.instruction) {
        return None;
    }
    let workdir = last.workdir.as_deref()?;
    let call = Call { case, tool, words: Vec::new(), workdir };
    let known = executables(&manifests(&call).ok()?);
    let (own, more) = match rest.iter().position(|it| *it == "--") {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &rest[rest.len()..]),
    };
    let name = match *own {
        [name] => name.trim_start_matches("exe:").to_owned(),
        [] if known.len() == 1 => known[0].clone(),
        _ => return None,
    };
    let more = more.iter().map(|it| (*it).to_owned());
    known.contains(&name).then(|| std::iter::once(name).chain(more).collect())
}

/// What the tools keep in folders of their own is asked for and put where programs are looked for.
fn prepare(
    case: &Case,
    program: &mut Program,
    made: &mut Made,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let name = program.words[0].clone();
    if program.shell.is_some() || made.program(case, &name, HASKELL.path).is_some() {
        return Ok(());
    }
    let built = |tool: &str| {
        let is_it = |step: &&Step| match &step.work {
            Work::Program { name, words, .. } => {
                let verb = words.iter().flatten().find(|it| !it.starts_with('-'));
                base(name) == tool
                    && step.certain
                    && verb.is_some_and(|it| it.ends_with("build") || *it == "install")
                    && !step.text.contains("only-dependencies")
            }
            _ => false,
        };
        case.steps().iter().rfind(is_it)
    };
    // A path into such a folder has the versions of all tools in it.
    let is_inside = ["/.stack-work/", "/dist-newstyle/"];
    let place = resolve(case.stage().workdir(), &name).unwrap_or_default();
    let is_path = name.contains('/');
    if is_path && !is_inside.iter().any(|it| place.contains(it)) {
        return Ok(());
    }
    let short = base(&name).to_owned();
    let (step, question) = match (built("stack"), built("cabal")) {
        (Some(step), None) => (step, "$(stack path --local-install-root)/bin/".to_owned() + &short),
        (None, Some(step)) => (step, format!("$(cabal list-bin {short})")),
        _ => return Ok(()),
    };
    let Some(workdir) = step.workdir.as_deref() else { return Ok(()) };
    let call = Call { case, tool: "stack", words: Vec::new(), workdir };
    let known = manifests(&call).unwrap_or_default();
    if !executables(&known).contains(&short) {
        return Ok(());
    }
    if is_path {
        made.programs.push(place);
    } else {
        let path = format!("/usr/local/bin/{short}");
        let here = case.cx.facts.workdir_at(emit::tail(case)).map(|it| it.path);
        let goes = if here.as_deref() == Some(workdir) {
            String::new()
        } else {
            format!("cd {workdir} && ")
        };
        plan.built.push((emit::tail(case), format!("RUN {goes}cp \"{question}\" {path}")));
        plan.changed.push(path.clone());
        made.programs.push(path);
    }
    plan.doubts.extend(data_files(&known));
    Ok(())
}
