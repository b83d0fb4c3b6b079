//! Node.js: programs in JavaScript and TypeScript, with their packages.

use super::case::Case;
use super::checks::{self, Asked, checks};
use super::health::{self, Check};
use super::install::{self, Made};
use super::package_json::Manifest;
use super::plan::{Kind, Plan};
use super::program::Program;
use super::{Stack, Stop, libraries, needs};
use crate::shell::command::base;
use crate::syntax::Keyword;
use files::{Files, STARTERS};
use ground::Asks;
use sources::Sources;
use start::{PM2, Reader, Start};

mod files;
mod ground;
mod modules;
mod prune;
mod script;
mod sources;
mod start;
mod steps;

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
    // Who says the command again says it in the same words.
    let is_called = called(case);
    let hears = sources.hears_signals(manifest) && !is_called;
    let reader = Reader { case, manifest, reads_npm: sources.reads_npm(), hears, at };
    let mut plan = Plan::default();
    let start = start(&reader, case, &files, program, &mut plan)?;
    files::copy(case, &files, &mut plan);
    let mut asks = Asks { builds: files.builds, ..Asks::default() };
    let known = match &start {
        Start::Node => Some(&*program),
        Start::Through(_, found) => Some(&**found),
        Start::Kept(_) => None,
    };
    let by_pm2 = known.is_some_and(|it| it.words.get(1).is_some_and(|it| it.starts_with(PM2)));
    match known {
        Some(_) if by_pm2 => pm2(&mut plan),
        Some(known) => is_there(case, known, &files, at)?,
        None => (),
    }
    if let Start::Kept(why) | Start::Through(why, _) = &start {
        asks.npm = true;
        ground::shell(&mut plan.ground, why.clone());
        if ground::is_alpine(case) && ground::installed(case).iter().any(|it| it == "bash") {
            needs::add(case, "bash", "a script may need it".to_owned(), &mut plan);
        }
    }
    asks.by_name = sources.programs(case, &mut plan)?;
    asks.by_name |= is_wrapped(program) || is_called;
    let check = health::single(case).filter(|it| health::by_node(it, "node").is_some());
    let others = |it: &checks::Check| check.is_none() || !it.is_of_file;
    asks.by_name |= by_health_check(case, others, &mut plan)?;
    sources.modules(case, &manifests, program, &mut plan)?;
    packages(case, &sources, check.as_ref(), &mut plan)?;
    plan.ground.root = sources.root(case, &manifests).or_else(|| volume(case));
    // What another stage installs is as its file wants it.
    if let (Some(manifest), Some(known), false) = (manifest, known, case.is_behind_others()) {
        prune::prune(case, manifest, &sources, &files, known, &mut plan)?;
        prune::fronts(case, &manifests, manifest, &sources, &mut plan);
    }
    installed_wrapper(case, &mut plan, asks.npm);
    if check.is_some() && !ground::may_be_distroless(case, &plan.ground, asks) {
        asks.by_name |= by_health_check(case, |it| it.is_of_file, &mut plan)?;
        certificates(case, &mut plan);
    }
    let node = ground::choose(case, &mut plan, asks, case.cx.options.runtime)?;
    if let Some(check) = check {
        checked(case, &check, node, &mut plan)?;
    }
    if matches!(start, Start::Node) {
        begin(program, node, &mut plan);
    }
    plan.left.push("npm and its cache".to_owned());
    Ok(plan)
}

/// What starts it, followed as far as that is equal.
fn start(
    reader: &Reader,
    case: &Case,
    files: &Files,
    program: &mut Program,
    plan: &mut Plan,
) -> Result<Start, Stop> {
    let wrapper = program.words.first().map(|it| base(it).to_owned()).unwrap_or_default();
    if program.shell.is_some() || !STARTERS.contains(&wrapper.as_str()) {
        return reader.follow(program);
    }
    let is_option = |it: &&String| it.starts_with('-');
    let count = 1 + program.words.iter().skip(1).take_while(is_option).count();
    let mut rest = Program {
        words: program.words[count..].to_vec(),
        fixed: program.fixed.saturating_sub(count),
        ..Program::default()
    };
    if rest.words.is_empty() {
        let reason = format!("`{wrapper}` is given no program to start");
        return Err(case.stop("no-program", reason));
    }
    // What is told to end it hands that on.
    let reader = Reader {
        manifest: reader.manifest,
        reads_npm: reader.reads_npm.clone(),
        hears: true,
        ..*reader
    };
    let start = reader.follow(&mut rest)?;
    let own = files.others.iter().any(|it| it.to == program.words[0]);
    if own && matches!(start, Start::Kept(_)) {
        return Ok(start);
    }
    let is_installed = own || ground::installed(case).contains(&wrapper);
    if !matches!(start, Start::Node) || !is_installed || ground::is_alpine(case) {
        needs::add(case, &wrapper, format!("it is started by `{wrapper}`"), plan);
        return Ok(Start::Kept(format!("`{wrapper}` starts it")));
    }
    // It is linked with the C library alone.
    if !own {
        let path = format!("/usr/bin/{wrapper}");
        plan.copies.push(super::plan::Copied::file(&path, "it starts the program"));
    }
    program.assigned.extend(rest.assigned);
    program.through.extend(rest.through);
    program.changed |= rest.changed;
    program.words.truncate(count);
    program.words.extend(rest.words);
    Ok(Start::Node)
}

/// Where packages are installed anyway, so is what starts the program.
fn installed_wrapper(case: &Case, plan: &mut Plan, is_system: bool) {
    if !is_system && !super::base::wants_system(&plan.ground) {
        return;
    }
    let is_wrapper = |it: &super::plan::Copied| it.from.starts_with("/usr/bin/");
    let found = plan.copies.iter().find(|it| is_wrapper(it)).map(|it| base(&it.from).to_owned());
    if let Some(name) = found {
        plan.copies.retain(|it| !is_wrapper(it));
        needs::add(case, &name, "it starts the program".to_owned(), plan);
    }
}

/// Whether something else starts Node.js.
fn is_wrapped(program: &Program) -> bool {
    program.words.first().is_some_and(|it| STARTERS.contains(&base(it)))
}

/// Packages lie in `node_modules`, where the program finds them without a package manager.
fn has_modules(case: &Case, manifest: Option<&Manifest>) -> Result<(), Stop> {
    let elsewhere = |it: &str| it.split(':').any(|it| it.starts_with("/usr"));
    if case.variable("NODE_PATH").is_some_and(|it| elsewhere(&it)) {
        let reason = "`NODE_PATH` names packages that are installed for all".to_owned();
        return Err(case.stop("global-packages", reason));
    }
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

/// What looks after the program asks the system for processes.
fn pm2(plan: &mut Plan) {
    plan.copies.push(super::plan::Copied::folder(PM2, "it looks after the program"));
    ground::shell(&mut plan.ground, "pm2 starts programs by a shell".to_owned());
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
    let before = program.words.iter().take_while(|it| base(it) != "node").count();
    let mut words = program.words.iter().skip(before + 1);
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
    if !program.changed && (program.words[0] == node || is_wrapped(program)) {
        return;
    }
    if !is_wrapped(program) {
        program.words[0] = node.to_owned();
    }
    // As the entry point of the official image does, that of distroless images gives words to Node.js.
    if node != "node" && program.fixed == 0 {
        program.fixed = 1;
    }
    program.changed = true;
    plan.start = install::Started::default().start(program);
}

/// Lets Node.js do what a shell does for the health check, where there is no shell.
fn checked(case: &Case, check: &Check, node: &str, plan: &mut Plan) -> Result<(), Stop> {
    if matches!(&plan.ground.kind, Kind::Chosen(image, _) if image.has_shell) {
        by_health_check(case, |it| it.is_of_file, plan)?;
        certificates(case, plan);
    }
    plan.health = health::by_node(check, node).map(|words| (check.at, words));
    Ok(())
}

/// Whether one of these health checks starts `node` by its name.
fn by_health_check(
    case: &Case,
    counts: impl Fn(&checks::Check) -> bool,
    plan: &mut Plan,
) -> Result<bool, Stop> {
    let path = |name: &str| format!("/usr/local/bin/{name}");
    let programs: Vec<String> = ["node", "npm", "npx"].map(path).to_vec();
    let made = Made { programs: programs.clone(), ..Made::default() };
    let checks: Vec<checks::Check> = checks(case).into_iter().filter(counts).collect();
    for check in &checks {
        needs::asked(case, &made, check, plan)?;
    }
    let count = plan.copies.len();
    plan.copies.retain(|it| !programs.contains(&it.from));
    let is_exec = checks.iter().any(|check| matches!(check.asked, Asked::Words(_)));
    Ok(is_exec && plan.copies.len() < count)
}

/// Packages of the distribution that it needs when it runs.
fn packages(
    case: &Case,
    sources: &Sources,
    check: Option<&Check>,
    plan: &mut Plan,
) -> Result<(), Stop> {
    libraries(case, plan)?;
    let texts = sources.text();
    needs::packages(case, &texts, plan)?;
    on_purpose(case, check, plan);
    // They are there to compile add-ons.
    let compiles = |name: &str| {
        ["python", "py3-", "py-"].iter().any(|it| name.starts_with(it))
            && !texts.iter().any(|it| it.contains("python"))
    };
    plan.ground.packages.retain(|it| !compiles(&it.debian) && !compiles(&it.alpine));
    certificates(case, plan);
    Ok(())
}

/// What programs of the distribution ask others with.
fn certificates(case: &Case, plan: &mut Plan) {
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
}

/// Programs that are installed and that no command of the build uses are there for the container: the health check
/// of a Compose file, or a package of npm.
fn on_purpose(case: &Case, check: Option<&Check>, plan: &mut Plan) {
    const PROGRAMS: &[&str] = &[
        "bash",
        "curl",
        "ffmpeg",
        "ghostscript",
        "graphicsmagick",
        "graphviz",
        "imagemagick",
        "iproute2",
        "iputils-ping",
        "jq",
        "mysql-client",
        "netcat",
        "netcat-openbsd",
        "netcat-traditional",
        "poppler-utils",
        "postgresql-client",
        "procps",
        "rsync",
        "sqlite",
        "sqlite3",
        "tesseract-ocr",
        "wget",
    ];
    let is_used = |name: &str| {
        let checks = check.is_some_and(|it| base(&it.words[0]) == name);
        let uses = |step: &super::commands::Step| {
            matches!(&step.work, super::commands::Work::Program { name: it, .. } if *it == name)
                || step.text.starts_with(&format!("{name} "))
        };
        checks || case.steps().iter().any(uses)
    };
    for name in ground::installed(case) {
        if PROGRAMS.contains(&name.as_str()) && !is_used(&name) {
            needs::add(case, &name, format!("`{name}` is installed, and no command uses it"), plan);
        }
    }
}

/// Libraries that add-ons may be linked with: those stay with which they are compiled.
fn libraries(case: &Case, plan: &mut Plan) -> Result<(), Stop> {
    const OF_COMPILERS: &[&str] = &[
        "libc-dev",
        "libc6-compat",
        "libc6-dev",
        "libstdc++",
        "libstdc++-dev",
        "libgcc",
        "libtool",
        "linux-headers",
        "musl-dev",
        "python-dev",
        "python3-dev",
    ];
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    for step in case.steps() {
        let super::commands::Work::Packages(names) = &step.work else { continue };
        for name in names {
            let is_dev = name.ends_with("-dev") && !OF_COMPILERS.contains(&name.as_str());
            if !is_dev {
                continue;
            }
            let found = distribution.and_then(|it| libraries::of_dev(name, it));
            let Some(found) = found else {
                let reason = format!("`{name}` may be what an add-on is linked with");
                return Err(Stop { code: "libraries", at: step.at, reason });
            };
            for package in found {
                let because = format!("an add-on may be linked with what is in `{name}`");
                needs::add(case, &package, because, plan);
            }
        }
    }
    Ok(())
}

/// Whether somebody runs it by a command of theirs.
fn called(case: &Case) -> bool {
    use crate::facts::{Use, Way};
    let is_command = |it: &Use| matches!(it.way, Way::Command(_));
    case.cx.facts.uses(case.stage).any(is_command)
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
