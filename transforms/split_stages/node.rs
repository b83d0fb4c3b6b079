//! Node.js: programs in JavaScript and TypeScript, with their packages.

use super::case::Case;
use super::install::{self, Made};
use super::plan::Plan;
use super::program::Program;
use super::{Stack, Stop, needs};
use crate::shell::command::base;
use crate::syntax::{Body, Command, Keyword};
use files::Files;
use ground::Asks;
use manifest::Manifest;
use sources::Sources;
use start::{Reader, Start};

mod files;
mod ground;
mod manifest;
mod modules;
mod prune;
mod sources;
mod start;

pub(super) const STACK: Stack = Stack { name: "Node.js", is, plan };

fn is(case: &Case) -> bool {
    case.repository() == "node"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let workdir = case.workdir()?;
    let files = Files::find(case, program)?;
    let manifests = files::manifests(case)?;
    let manifest = manifests.iter().find(|it| it.folder == workdir);
    has_modules(case, manifest)?;
    let sources = Sources::read(case, &files)?;
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let reader = Reader { case, manifest, reads_npm: sources.reads_npm(), at };
    let mut plan = Plan::default();
    let start = start(&reader, case, program, &mut plan)?;
    files::copy(case, &files, &mut plan);
    let mut asks = Asks { builds: files.builds, ..Asks::default() };
    match &start {
        Start::Node => is_there(case, program, &files, at)?,
        Start::Kept(why) => {
            asks.npm = true;
            ground::shell(&mut plan.ground, why.clone());
        }
    }
    asks.by_name = sources.programs(case, &mut plan)?;
    asks.by_name |= health(case, &mut plan)?;
    sources.modules(case, &manifests, program, &mut plan)?;
    packages(case, &sources, &mut plan)?;
    plan.ground.root = sources.root(case, &manifests).or_else(|| volume(case));
    if let (Some(manifest), Start::Node) = (manifest, &start) {
        prune::prune(case, manifest, &sources, &files, program, &mut plan)?;
    }
    let node = ground::choose(case, &mut plan, asks, case.cx.options.runtime)?;
    if start == Start::Node {
        begin(program, node, &mut plan);
    }
    plan.left.push("npm and its cache".to_owned());
    Ok(plan)
}

/// What starts it, followed as far as that is equal.
fn start(
    reader: &Reader,
    case: &Case,
    program: &mut Program,
    plan: &mut Plan,
) -> Result<Start, Stop> {
    // `tini` and the like are linked with the C library alone.
    let wrapper = program.words.first().map(|it| base(it).to_owned()).unwrap_or_default();
    if program.shell.is_none() && matches!(wrapper.as_str(), "dumb-init" | "tini") {
        needs::add(case, &wrapper, format!("it is started by `{wrapper}`"), plan);
        let rest = program.words.iter().skip(1).filter(|it| *it != "--");
        let line = rest.cloned().collect::<Vec<_>>().join(" ");
        reader.script(&line, 8)?;
        return Ok(Start::Kept(format!("`{wrapper}` starts it")));
    }
    reader.follow(program)
}

/// Packages lie in `node_modules`, where the program finds them without a package manager.
fn has_modules(case: &Case, manifest: Option<&Manifest>) -> Result<(), Stop> {
    let Some(manifest) = manifest else { return Ok(()) };
    let settings = case.text(&manifest.beside(".yarnrc.yml"));
    let is_berry = manifest
        .field("packageManager")
        .is_some_and(|it| it.starts_with("yarn@") && !it.starts_with("yarn@1"));
    let linked = settings.as_deref().is_some_and(|it| it.contains("nodeLinker: node-modules"));
    if (is_berry || settings.is_some()) && !linked {
        let reason = "Yarn keeps its packages in archives, which only Yarn reads".to_owned();
        return Err(case.stop("yarn-pnp", reason));
    }
    Ok(())
}

/// The file that Node.js starts is among what is copied.
fn is_there(
    case: &Case,
    program: &Program,
    files: &Files,
    at: crate::text::Span,
) -> Result<(), Stop> {
    let stop = |reason: String| Err(Stop { code: "unknown-program", at, reason });
    // These have a word behind them.
    const VALUES: &[&str] =
        &["-r", "--require", "--import", "--loader", "--experimental-loader", "-C"];
    let mut words = program.words.iter().skip(1);
    let file = loop {
        match words.next() {
            Some(option) if VALUES.contains(&option.as_str()) => {
                words.next();
            }
            Some(option) if option.starts_with('-') && option.len() > 1 => {
                if matches!(option.as_str(), "-e" | "--eval" | "-p" | "--print" | "-i") {
                    return stop(format!("`node {option}` runs no file"));
                }
            }
            Some(file) => break file,
            None => return stop("`node` is given no file".to_owned()),
        }
    };
    let Some(place) = crate::facts::resolve(case.stage().workdir(), file) else {
        return stop(format!("where `{file}` is is not known"));
    };
    let mut known = place.contains("/node_modules/");
    for end in ["", ".js", ".cjs", ".mjs", "/index.js"] {
        known |= case.source(&format!("{place}{end}"))?.is_some();
    }
    match (known || files.builds, files.has(&place) || files.has(&format!("{place}.js"))) {
        (true, true) => Ok(()),
        (false, _) => {
            stop(format!("`{file}` is neither in the build context nor made by the build"))
        }
        (_, false) => stop(format!("`{file}` is not among what the program is known to be")),
    }
}

/// The words that start it in the run-time stage, where they are others.
fn begin(program: &mut Program, node: &str, plan: &mut Plan) {
    let keeps = plan.ground.shell.is_some() && !program.changed && program.words[0] == node;
    if keeps || program.words[0] == node && !program.changed {
        return;
    }
    program.words[0] = node.to_owned();
    program.changed = true;
    plan.start = install::Started::default().start(program);
}

/// Whether the health check starts `node` by its name.
fn health(case: &Case, plan: &mut Plan) -> Result<bool, Stop> {
    let path = |name: &str| format!("/usr/local/bin/{name}");
    let programs: Vec<String> = ["node", "npm", "npx"].map(path).to_vec();
    let made = Made { programs: programs.clone(), ..Made::default() };
    needs::health(case, &made, plan)?;
    let count = plan.copies.len();
    plan.copies.retain(|it| !programs.contains(&it.from));
    let last = case.stage().all(case.cx.file, Keyword::Healthcheck).last().copied();
    let is_exec = last.is_some_and(|at| {
        let body = &case.cx.file.instructions[at].body;
        matches!(body, Body::Healthcheck(Some(Command::Exec(_))))
    });
    Ok(is_exec && plan.copies.len() < count)
}

/// Packages of the distribution that it needs when it runs.
fn packages(case: &Case, sources: &Sources, plan: &mut Plan) -> Result<(), Stop> {
    libraries(case)?;
    let texts = sources.text();
    needs::packages(case, &texts, plan)?;
    // They are there to compile add-ons.
    let compiles = |name: &str| {
        ["python", "py3-", "py-"].iter().any(|it| name.starts_with(it))
            && !texts.iter().any(|it| it.contains("python"))
    };
    plan.ground.packages.retain(|it| !compiles(&it.debian) && !compiles(&it.alpine));
    let brings = |name: &str| matches!(name, "curl" | "git" | "openssl" | "wget");
    if plan.ground.packages.iter().any(|it| brings(&it.debian)) && !ground::is_alpine(case) {
        let because = "programs of the distribution look for certificates there".to_owned();
        let name = "ca-certificates".to_owned();
        plan.ground.packages.push(super::plan::Package {
            debian: name.clone(),
            alpine: name,
            because,
        });
    }
    Ok(())
}

/// Libraries for add-ons that are compiled: which of them stay is not known.
fn libraries(case: &Case) -> Result<(), Stop> {
    const OF_COMPILERS: &[&str] = &[
        "libc-dev",
        "libc6-dev",
        "libstdc++-dev",
        "linux-headers",
        "musl-dev",
        "python3-dev",
        "python-dev",
    ];
    for step in case.steps() {
        let super::commands::Work::Packages(names) = &step.work else { continue };
        let is_library = |name: &&String| {
            (name.ends_with("-dev") || name.starts_with("lib") && *name != "libc6-compat")
                && !OF_COMPILERS.contains(&name.as_str())
        };
        if let Some(name) = names.iter().find(is_library) {
            let reason = format!("`{name}` may be what an add-on is linked with");
            return Err(Stop { code: "libraries", at: step.at, reason });
        }
    }
    Ok(())
}

/// A volume gets its owner from the image.
fn volume(case: &Case) -> Option<String> {
    use crate::facts::{Use, Way};
    let said = case.stage().all(case.cx.file, Keyword::Volume);
    let used = case.cx.facts.uses(case.stage).find_map(|Use { place, way, .. }| match way {
        Way::Volume(path) => Some(format!("{place} keeps files in `{path}`")),
        Way::AsRoot(why) => Some(format!("{place} runs it as root ({why})")),
        _ => None,
    });
    used.or_else(|| (!said.is_empty()).then(|| "it keeps files in a volume".to_owned()))
}
