//! Where Cargo puts the programs that it makes.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::options::{value, values};
use super::manifest::{self, Manifest};
use crate::facts::resolve;

/// Commands of Cargo that leave nothing that runs.
pub(super) const LEAVES: &[&str] = &[
    "add",
    "audit",
    "check",
    "chef",
    "clippy",
    "doc",
    "fetch",
    "fix",
    "fmt",
    "generate-lockfile",
    "init",
    "login",
    "metadata",
    "new",
    "search",
    "test",
    "tree",
    "uninstall",
    "update",
    "vendor",
    "version",
];

/// What a command makes.
pub(super) struct Output {
    pub(super) programs: Vec<String>,
    /// Its sources are not in the build context.
    pub(super) is_foreign: bool,
}

/// A `cargo build` with what it runs in.
pub(super) struct Call<'w> {
    pub(super) workdir: &'w str,
    pub(super) words: &'w [&'w str],
    pub(super) environment: &'w [(&'w str, Option<&'w str>)],
}

/// Options with a value behind them.
const VALUES: &[&str] = &[
    "--bench",
    "--bin",
    "--branch",
    "--color",
    "--config",
    "--example",
    "--exclude",
    "--features",
    "--git",
    "--index",
    "--jobs",
    "--lockfile-path",
    "--manifest-path",
    "--message-format",
    "--package",
    "--path",
    "--profile",
    "--registry",
    "--rev",
    "--root",
    "--tag",
    "--target",
    "--target-dir",
    "--test",
    "--vers",
    "--version",
    "-F",
    "-Z",
    "-j",
    "-p",
];

/// The first word behind `+nightly` and options.
pub(super) fn verb<'w>(words: &[Option<&'w str>]) -> Option<&'w str> {
    words.iter().flatten().copied().find(|it| !it.starts_with(['+', '-']))
}

/// Whether the word at `at` is the value of the option before it.
pub(super) fn takes_value(words: &[&str], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| VALUES.contains(&words[before]))
}

/// What a `cargo build` or `cargo install` of a `RUN` makes.
pub(super) fn of(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
    environment: &[(&str, Option<&str>)],
    manifests: &[Manifest],
) -> Result<Output, Stop> {
    let nothing = Output { programs: Vec::new(), is_foreign: false };
    // Another command has to make what counts.
    if !step.certain {
        return Ok(nothing);
    }
    let unclear = |why: String| {
        let reason = format!("`{}`: {why}", step.text);
        Stop { code: "unclear-output", at: step.at, reason }
    };
    let behind = words.iter().position(|it| *it == verb(words)).map_or(0, |at| at + 1);
    let known: Option<Vec<&str>> = words[behind..].iter().copied().collect();
    let Some(known) = known else { return Err(unclear("it depends on a variable".to_owned())) };
    let Some(workdir) = step.workdir.as_deref() else {
        return Err(unclear("where it runs is not known".to_owned()));
    };
    let call = Call { workdir, words: &known, environment };
    if verb(words) == Some("install") {
        return installed(case, &call, manifests).map_err(unclear);
    }
    if own_manifest(&call, manifests).is_none() {
        return Ok(Output { is_foreign: true, ..nothing });
    }
    Ok(Output { programs: compiled(case, &call, manifests).map_err(unclear)?, is_foreign: false })
}

fn own_manifest<'m>(call: &Call, manifests: &'m [Manifest]) -> Option<&'m Manifest> {
    let folder = match value(call.words, &["--manifest-path"]) {
        Some(path) => {
            let path = resolve(Some(call.workdir), path)?;
            path.strip_suffix("/Cargo.toml")?.to_owned()
        }
        None => call.workdir.to_owned(),
    };
    manifest::at(manifests, if folder.is_empty() { "/" } else { &folder })
}

/// The packages that a command builds.
fn packages<'m>(call: &Call, manifests: &'m [Manifest], own: &'m Manifest) -> Vec<&'m Manifest> {
    let root = manifest::root(manifests, own);
    let members =
        || manifests.iter().filter(|it| std::ptr::eq(manifest::root(manifests, it), root));
    let named = values(call.words, &["-p", "--package"]);
    let is_all = call.words.iter().any(|it| matches!(*it, "--all" | "--workspace"));
    match () {
        () if !named.is_empty() => members()
            .filter(|it| it.name.as_deref().is_some_and(|name| named.contains(&name)))
            .collect(),
        () if is_all || own.name.is_none() => members().collect(),
        () => vec![own],
    }
}

/// The paths of the programs that a `cargo build` makes.
pub(super) fn compiled(
    case: &Case,
    call: &Call,
    manifests: &[Manifest],
) -> Result<Vec<String>, String> {
    let own =
        own_manifest(call, manifests).ok_or("its `Cargo.toml` is not in the build context")?;
    let folder = folder(case, call, manifests, own)?;
    let examples = values(call.words, &["--example"]);
    if !examples.is_empty() {
        return Ok(examples.iter().map(|it| format!("{folder}/examples/{it}")).collect());
    }
    let named = values(call.words, &["--bin"]);
    if !named.is_empty() {
        return Ok(named.iter().map(|it| format!("{folder}/{it}")).collect());
    }
    let packages = packages(call, manifests, own);
    Ok(packages.iter().flat_map(|it| &it.bins).map(|it| format!("{folder}/{it}")).collect())
}

/// Where programs go: `target/release`.
fn folder(
    case: &Case,
    call: &Call,
    manifests: &[Manifest],
    own: &Manifest,
) -> Result<String, String> {
    let root = manifest::root(manifests, own);
    let set = |name: &str| variable(case, call.environment, name);
    let unknown = || "where its output goes is not known".to_owned();
    let from_root = |path: &str| resolve(Some(&root.folder), path);
    let top = match value(call.words, &["--target-dir"]) {
        Some(path) => resolve(Some(call.workdir), path),
        None => match set("CARGO_TARGET_DIR").or_else(|| set("CARGO_BUILD_TARGET_DIR")) {
            Some(path) => resolve(Some(call.workdir), &path),
            None => match setting(case, root, "target-dir") {
                Some(path) => from_root(&path),
                None => from_root("target"),
            },
        },
    };
    let top = top.ok_or_else(unknown)?;
    let is_release = call.words.iter().any(|it| matches!(*it, "--release" | "-r"));
    let profile = match value(call.words, &["--profile"]) {
        Some("dev" | "test") => "debug",
        Some("bench") => "release",
        Some(name) => name,
        None if is_release => "release",
        None => "debug",
    };
    Ok(match target(case, call, root) {
        Some(target) if target.contains(['$', '/']) => return Err(unknown()),
        Some(target) => format!("{top}/{target}/{profile}"),
        None => format!("{top}/{profile}"),
    })
}

/// The system that it is built for, if that is said.
fn target(case: &Case, call: &Call, root: &Manifest) -> Option<String> {
    let named = value(call.words, &["--target"]).map(str::to_owned);
    let set = || variable(case, call.environment, "CARGO_BUILD_TARGET");
    named.or_else(set).or_else(|| setting(case, root, "target"))
}

fn variable(case: &Case, environment: &[(&str, Option<&str>)], name: &str) -> Option<String> {
    match environment.iter().rev().find(|(it, _)| *it == name) {
        Some((_, value)) => value.map(str::to_owned),
        None => case.variable(name).map(|it| it.into_owned()),
    }
}

/// The texts of `.cargo/config.toml` beside a manifest.
fn settings(case: &Case, root: &Manifest) -> Vec<std::sync::Arc<str>> {
    let inside = |name: &str| match root.source.as_str() {
        "" => format!(".cargo/{name}"),
        folder => format!("{folder}/.cargo/{name}"),
    };
    ["config.toml", "config"].iter().filter_map(|it| case.text(&inside(it))).collect()
}

/// What `[build]` of `.cargo/config.toml` says.
fn setting(case: &Case, root: &Manifest, key: &str) -> Option<String> {
    settings(case, root).iter().find_map(|text| {
        let mut inside = false;
        text.lines().map(str::trim).find_map(|line| {
            if line.starts_with('[') {
                inside = line == "[build]";
            }
            let (name, value) = line.split_once('=')?;
            let is_it = inside && name.trim() == key;
            is_it.then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        })
    })
}

/// What `cargo install` makes, and where.
fn installed(case: &Case, call: &Call, manifests: &[Manifest]) -> Result<Output, String> {
    let set = |name: &str| variable(case, call.environment, name);
    let resolved = |path: &str| resolve(Some(call.workdir), path);
    let home = || set("CARGO_HOME").unwrap_or_else(|| "/root/.cargo".to_owned());
    let top = match value(call.words, &["--root"]) {
        Some(path) => resolved(path),
        None => set("CARGO_INSTALL_ROOT").or_else(|| Some(home())),
    };
    let top = top.ok_or("where it installs is not known")?;
    let paths = |names: &[String]| -> Vec<String> {
        names.iter().map(|it| format!("{}/bin/{it}", top.trim_end_matches('/'))).collect()
    };
    let operands = (0..call.words.len())
        .filter(|at| !call.words[*at].starts_with('-') && !takes_value(call.words, *at))
        .map(|at| call.words[at].split('@').next().unwrap_or_default().to_owned());
    let operands: Vec<String> = operands.collect();
    let bins: Vec<String> =
        values(call.words, &["--bin"]).iter().map(|it| (*it).to_owned()).collect();
    let own = match value(call.words, &["--path"]) {
        Some(path) => resolved(path.trim_end_matches("Cargo.toml")),
        None if value(call.words, &["--git"]).is_none() && operands.is_empty() => {
            Some(call.workdir.to_owned())
        }
        None => {
            let names = if bins.is_empty() { &operands } else { &bins };
            return Ok(Output { programs: paths(names), is_foreign: true });
        }
    };
    let own = own.ok_or("where its sources are is not known")?;
    let Some(own) = manifests.iter().find(|it| it.folder == own) else {
        return Ok(Output { programs: paths(&bins), is_foreign: true });
    };
    let names = if bins.is_empty() { own.bins.clone() } else { bins };
    Ok(Output { programs: paths(&names), is_foreign: false })
}

/// A command with its words, and what is set for it alone.
type Compiling<'c> = (&'c Step<'c>, Vec<&'c str>, &'c [(&'c str, Option<&'c str>)]);

/// Every command that compiles for good.
fn calls<'c>(case: &'c Case) -> impl Iterator<Item = Compiling<'c>> {
    case.steps().iter().filter(|it| it.certain).filter_map(|step| {
        let Work::Program { name, words, environment } = &step.work else { return None };
        let compiles = *name == "cargo"
            && matches!(verb(words), Some("b" | "build" | "rustc" | "install"))
            && !is_of_registry(words);
        compiles.then(|| (step, words.iter().flatten().copied().collect(), &environment[..]))
    })
}

/// Tools that are installed from elsewhere are not what runs.
fn is_of_registry(words: &[Option<&str>]) -> bool {
    let known: Vec<&str> = words.iter().flatten().copied().collect();
    verb(words) == Some("install") && value(&known, &["--path"]).is_none() && known.len() > 1
}

/// The systems that the programs are built for; `None` is that of the compiler.
pub(super) fn targets(case: &Case, manifests: &[Manifest]) -> Result<Vec<Option<String>>, Stop> {
    let mut all = Vec::new();
    for (step, words, environment) in calls(case) {
        let workdir = step.workdir.as_deref().unwrap_or("/");
        let call = Call { workdir, words: &words, environment };
        let Some(own) = own_manifest(&call, manifests) else { continue };
        all.push(target(case, &call, manifest::root(manifests, own)));
    }
    if all.is_empty() {
        all.push(case.variable("CARGO_BUILD_TARGET").map(|it| it.into_owned()));
    }
    Ok(all)
}

/// All that is said to the compiler about how to link.
pub(super) fn flags(case: &Case, manifests: &[Manifest]) -> String {
    let mut flags = case.variable("RUSTFLAGS").map(|it| it.into_owned()).unwrap_or_default();
    for (_, words, environment) in calls(case) {
        let own = environment.iter().filter(|it| it.0 == "RUSTFLAGS").filter_map(|it| it.1);
        for text in own.chain(words) {
            flags.push(' ');
            flags.push_str(text);
        }
    }
    for manifest in manifests {
        for text in settings(case, manifest) {
            flags.push(' ');
            flags.push_str(&text);
        }
    }
    flags
}

/// Whether the programs are made with the settings of releases, in which files are embedded.
pub(super) fn is_release(case: &Case) -> bool {
    let is = |words: &[&str]| {
        words.iter().any(|it| matches!(*it, "--release" | "-r" | "install"))
            && !words.contains(&"--debug")
    };
    let mut all = calls(case).map(|(_, words, _)| is(&words)).peekable();
    all.peek().is_some() && all.all(|it| it)
}
