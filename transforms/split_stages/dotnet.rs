//! .NET: what `dotnet publish` makes, on the image of the runtime that belongs to the SDK.

use super::case::Case;
use super::commands::{Step, Work};
use super::evidence::outermost;
use super::install::{self, Made, Started};
use super::plan::{Copied, Kind, Package, Plan, SOURCES};
use super::program::Program;
use super::{Stack, Stop, base, needs};
use crate::facts::{is_within, resolve};
use crate::images::Family;
use crate::images::runtime::{self, Dotnet, RuntimeImage, Variant};
use crate::shell::command::base as base_name;
use crate::syntax::Body;
use crate::transform::RuntimePolicy;
use sources::{Sources, element};

mod sources;

pub(super) const STACK: Stack = Stack { name: ".NET", is, plan };

fn is(case: &Case) -> bool {
    let builds = |step: &Step| {
        matches!(&step.work, Work::Program { name: "dotnet", words, .. }
            if matches!(words.first(), Some(Some("build" | "publish" | "restore"))))
    };
    case.repository().contains("dotnet/") && case.repository().ends_with("sdk")
        || case.steps().iter().any(builds)
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let mut plan = Plan::default();
    let mut made = made(case, &mut plan)?;
    let sources = sources::read(case)?;
    let workdir = case.workdir()?;
    if program.words.first().is_some_and(|it| base_name(it) == "dotnet")
        && program.words.get(1).is_some_and(|it| it == "run")
    {
        published_before(case, program, &sources, &mut made, &mut plan)?;
    }
    let launch = launch(case, program, &made)?;
    launch.started.shell(case, &mut plan);
    plan.copies.extend(launch.copies);
    plan.copies.push(Copied::folder(&launch.folder, "what was published"));
    plan.copies.extend(made.others.iter().cloned());
    plan.copies.extend(sources.files(case, program, &made, &launch.folder)?);
    sources.programs(case, &mut plan)?;
    needs::packages(case, &sources.texts(), &mut plan)?;
    let is_of_build = |it: &Package| {
        let name = if it.debian.is_empty() { &it.alpine } else { &it.debian };
        ["dotnet-", "nodejs", "npm", "yarn", "git"].iter().any(|part| name.starts_with(part))
    };
    plan.ground.packages.retain(|it| !is_of_build(it));
    needs::health(case, &install::Made::default(), &mut plan)?;
    plan.ground.root = sources.root(case, &plan);
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    if plan.copies.iter().any(|it| it.from == "/") {
        let reason = format!("the program may need all of `{workdir}`");
        return Err(case.stop("reads-all", reason));
    }
    let part = part(&launch.name, launch.by_host, &sources, &made);
    ground(case, part, &sources, &mut plan)?;
    if program.changed && !has_shell(&plan) || !plan.built.is_empty() {
        program.changed = true;
        plan.start = Started::default().start(program);
    }
    plan.left.push(SOURCES.to_owned());
    Ok(plan)
}

fn has_shell(plan: &Plan) -> bool {
    matches!(&plan.ground.kind, Kind::Chosen(image, _) if image.has_shell)
}

/// What the commands of the build make.
#[derive(Debug, Default)]
struct Published {
    /// The folders given to `dotnet publish -o`.
    folders: Vec<String>,
    /// The folders in which `dotnet` works.
    builds: Vec<String>,
    /// With the runtime in it, for certain.
    is_whole: bool,
    others: Vec<Copied>,
}

fn made(case: &Case, plan: &mut Plan) -> Result<Published, Stop> {
    let mut made = Published::default();
    let mut known = Made::default();
    for step in case.steps() {
        if let Work::Takes(taken) = &step.work {
            let is_built = made.builds.iter().any(|it| is_within(&taken.from, it));
            let is_default = is_built && taken.from.ends_with("/publish");
            if is_default || made.folders.contains(&taken.from) {
                made.folders.push(taken.to.trim_end_matches('/').to_owned());
            }
            continue;
        }
        let Work::Program { name, words, .. } = &step.work else {
            install::other(case, step, &mut known)?;
            continue;
        };
        let verb = words.first().copied().flatten();
        let Some(workdir) = step.workdir.as_deref() else {
            let reason = format!("where `{}` runs is not known", step.text);
            return Err(Stop { code: "unknown-command", at: step.at, reason });
        };
        match (*name, verb) {
            ("dotnet", Some("dev-certs")) => {
                let reason = format!("`{}` makes a certificate that servers look up", step.text);
                return Err(Stop { code: "unknown-command", at: step.at, reason });
            }
            ("dotnet", Some("publish" | "build")) => {
                made.builds.push(workdir.to_owned());
                made.is_whole |= words.contains(&Some("--self-contained"))
                    && !words.contains(&Some("false"))
                    || words.contains(&Some("--self-contained=true"));
                made.folders.extend(output(case, step, words, workdir)?);
            }
            ("dotnet", _) => made.builds.push(workdir.to_owned()),
            ("awk" | "cut" | "sort" | "tr", _) => (),
            ("npm" | "yarn" | "npx", _) => {
                plan.doubts.push(format!("what `{}` makes is published, too", step.text));
            }
            ("bash", _) | ("sed" | "git" | "curl" | "wget", _)
                if step.text.contains("nodesource") || matches!(*name, "sed" | "git" | "bash") => {}
            _ => install::other(case, step, &mut known)?,
        }
    }
    made.others = known.others;
    Ok(made)
}

/// Where `dotnet publish -o out` puts what it makes.
fn output(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
    workdir: &str,
) -> Result<Option<String>, Stop> {
    let unclear = || {
        let reason = format!("where `{}` puts what it makes is not known", step.text);
        Stop { code: "unclear-output", at: step.at, reason }
    };
    let mut folder = None;
    let mut project = None;
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match *word {
            Some("-o" | "--output") => {
                folder = Some(rest.next().copied().flatten().ok_or_else(unclear)?);
            }
            Some(option) if option.starts_with("--output=") => folder = Some(&option[9..]),
            Some(
                "-c" | "--configuration" | "-f" | "--framework" | "-r" | "--runtime" | "-v"
                | "--verbosity" | "--arch" | "-a" | "--os" | "--version-suffix" | "--source",
            ) => {
                rest.next();
            }
            Some(option) if option.starts_with(['-', '/']) && !option.contains("proj") => (),
            Some(path) => project = project.or(Some(path)),
            None => (),
        }
    }
    let Some(folder) = folder else { return Ok(None) };
    if folder.starts_with('/') {
        return Ok(Some(folder.trim_end_matches('/').to_owned()));
    }
    // Up to 2.2 it was relative to the project.
    let is_old =
        case.reference().contains("core/sdk:2.") || case.repository().starts_with("microsoft/");
    let start = match project.and_then(|it| it.rsplit_once('/')).filter(|_| is_old) {
        Some((below, _)) => resolve(Some(workdir), below).ok_or_else(unclear)?,
        None => workdir.to_owned(),
    };
    resolve(Some(&start), folder).map(Some).ok_or_else(unclear)
}

/// What the container starts.
#[derive(Debug)]
struct Launch {
    /// The published folder.
    folder: String,
    /// The name of the assembly.
    name: String,
    /// `dotnet` starts it.
    by_host: bool,
    /// By a shell or a script, if that starts it.
    started: Started,
    copies: Vec<Copied>,
}

fn launch(case: &Case, program: &Program, made: &Published) -> Result<Launch, Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let unknown = |reason: String| Stop { code: "unknown-program", at, reason };
    let mut started = Started::default();
    let mut copies = Vec::new();
    let mut words = program.words.clone();
    if program.shell.is_some() || base_name(&words[0]).ends_with("sh") {
        let known = Made { programs: vec!["/usr/bin/dotnet".to_owned()], ..Made::default() };
        started = install::find(case, program, &known, &[])?;
        copies = std::mem::take(&mut started.copies);
        copies.retain(|it| it.from != "/usr/bin/dotnet");
        let text = match &program.shell {
            Some(_) => program.words.get(2).cloned(),
            None => {
                let is_script = crate::shell::command::is_shell(base_name(&words[0]));
                let word = words.get(usize::from(is_script));
                let found = word.and_then(|it| install::script_of(case, it, is_script));
                found.and_then(|(_, it)| case.text(&it)).map(|it| it.to_string())
            }
        };
        words = started_by(&text.unwrap_or_default())
            .ok_or_else(|| unknown("what its script starts is not known".to_owned()))?;
    }
    let by_host = base_name(&words[0]) == "dotnet";
    let word = match by_host {
        true => words[1..].iter().find(|it| !it.starts_with('-')).or(words.get(2)),
        false => Some(&words[0]),
    };
    let word = word.filter(|it| !by_host || it.ends_with(".dll"));
    let text = words.join(" ");
    let word = word.ok_or_else(|| unknown(format!("which program `{text}` is, is not known")))?;
    let path = resolve(case.stage().workdir(), word).unwrap_or_default();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let published = made.folders.iter().find(|it| is_within(&folder, it));
    let is_default = folder.ends_with("/publish") && folder.contains("/bin/");
    // Since 3.0 what is built has its libraries beside it.
    let is_old =
        case.reference().contains("core/sdk:2.") || case.repository().starts_with("microsoft/");
    let is_built = !is_old && (folder.contains("/bin/Debug/") || folder.contains("/bin/Release/"));
    let inside = made.builds.iter().any(|it| is_within(&folder, it));
    let folder = match published {
        Some(folder) => folder.clone(),
        None if inside && (is_default || is_built) => folder,
        None => {
            let reason = format!("`{text}` is not among what the build is known to make");
            return Err(unknown(reason));
        }
    };
    let name = base_name(word).trim_end_matches(".dll").to_owned();
    Ok(Launch { folder, name, by_host, started, copies })
}

/// The words of the only `dotnet` in a script.
fn started_by(text: &str) -> Option<Vec<String>> {
    use crate::shell::{self, Dialect};
    let parsed =
        shell::parse(text, Dialect::Unknown).or_else(|| shell::parse(text, Dialect::Bash))?;
    let mut found = Vec::new();
    for (_, simple, _) in parsed.simple_commands().iter() {
        let Some(call) = parsed.invocation(simple) else { continue };
        if call.program == "cd" {
            return None;
        }
        if call.program == "dotnet" {
            let rest = call.literals().map(|it| it.unwrap_or("-").to_owned());
            found.push(std::iter::once("dotnet".to_owned()).chain(rest).collect::<Vec<_>>());
        }
    }
    (found.len() == 1).then(|| found.pop()).flatten()
}

/// What `dotnet run` builds each time is published once, by the build stage.
fn published_before(
    case: &Case,
    program: &mut Program,
    sources: &Sources,
    made: &mut Published,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let unclear = |why: &str| {
        let reason = format!("`{}`: {why}", program.words.join(" "));
        Stop { code: "compiles-at-start", at, reason }
    };
    if program.shell.is_some() {
        return Err(unclear("a shell starts it"));
    }
    let workdir = case.workdir()?;
    let mut configuration = "Debug".to_owned();
    let mut rest = program.words[2..].iter();
    let mut behind = Vec::new();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-c" | "--configuration" => {
                let value = rest.next().ok_or_else(|| unclear("its words are not known"))?;
                configuration.clone_from(value);
            }
            "--no-launch-profile" | "--no-build" | "--no-restore" => (),
            "--" => behind.extend(rest.by_ref().cloned()),
            "-p" | "--project" => return Err(unclear("it names a project")),
            word if word.starts_with("--") && word.len() > 2 => behind.push(word.to_owned()),
            _ => return Err(unclear("its words are not known")),
        }
    }
    let mut own = Vec::new();
    for (path, text) in &sources.projects {
        let place = case.place(path)?;
        let folder = place.as_deref().and_then(|it| it.rsplit_once('/')).map(|(folder, _)| folder);
        if folder.is_some_and(|it| it == workdir || it.is_empty() && workdir == "/") {
            own.push((path, text));
        }
    }
    let [(path, text)] = &own[..] else {
        return Err(unclear("there is not one project where it starts"));
    };
    let name = element(text, "AssemblyName");
    let stem = base_name(path).rsplit_once('.').map_or("", |(stem, _)| stem);
    let name = name.filter(|it| !it.contains('$')).unwrap_or(stem).to_owned();
    if text.contains("<TargetFrameworks>") {
        return Err(unclear("the project is for several frameworks"));
    }
    let profile = |it: &str| it.ends_with("Properties/launchSettings.json");
    let has_profile = case.files()?.iter().any(|it| profile(it));
    if has_profile && !program.words.iter().any(|it| it == "--no-launch-profile") {
        let doubt = "`dotnet run` reads `launchSettings.json`, and the published program does not";
        plan.doubts.push(doubt.to_owned());
    }
    let folder = "/published";
    let line = format!("RUN dotnet publish -c {configuration} -o {folder}");
    plan.built.push((super::emit::tail(case), line));
    made.folders.push(folder.to_owned());
    let said = format!(
        "`{}` is published once, and no longer built at each start",
        program.words.join(" ")
    );
    let dll = format!("{folder}/{name}.dll");
    let words = ["dotnet".to_owned(), dll].into_iter().chain(behind).collect();
    *program = Program { words, fixed: program.fixed.min(2), changed: true, ..program.clone() };
    program.through.push(said);
    Ok(())
}

/// How much of .NET the program needs.
fn part(name: &str, by_host: bool, sources: &Sources, made: &Published) -> Dotnet {
    if !by_host && (made.is_whole || sources.says("<PublishAot>true")) {
        return Dotnet::Dependencies;
    }
    let is_own = |path: &str, text: &str| {
        let stem = base_name(path).rsplit_once('.').map_or("", |(stem, _)| stem);
        stem == name || element(text, "AssemblyName") == Some(name)
    };
    let own = sources.projects.iter().any(|(path, text)| is_own(path, text));
    match own && !sources.says("AspNetCore") && !sources.says("Microsoft.NET.Sdk.Web") {
        true => Dotnet::Runtime,
        false => Dotnet::Aspnet,
    }
}

fn ground(case: &Case, part: Dotnet, sources: &Sources, plan: &mut Plan) -> Result<(), Stop> {
    let reference = case.reference();
    let unknown = || {
        let reason = format!("which image of the runtime belongs to `{reference}` is not known");
        case.stop("runtime", reason)
    };
    let (repository, tag) = reference.rsplit_once(':').ok_or_else(unknown)?;
    let from = &case.cx.file.instructions[case.stage().instructions.start].body;
    if matches!(from, Body::From { image, .. } if image.text.contains('$')) {
        plan.doubts.push("which version it is depends on a build argument".to_owned());
    }
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let invariant = sources.says("<InvariantGlobalization>true");
    if family == Some(Family::Alpine) && !invariant {
        // The SDK's image has them and the others do not.
        for name in ["icu-data-full", "icu-libs"] {
            let because = "texts are compared as the SDK's image does".to_owned();
            plan.ground.packages.push(Package {
                debian: String::new(),
                alpine: name.to_owned(),
                because,
            });
        }
        let name = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT".to_owned();
        plan.environment.push((name, "false".to_owned()));
    }
    let policy = case.cx.options.runtime;
    let wants_system = base::wants_system(&plan.ground);
    let is_small = !wants_system && plan.ground.root.is_none() && policy != RuntimePolicy::Slim;
    let chiseled = || runtime::dotnet(repository, tag, part, Variant::ChiseledExtra);
    let small = is_small.then(chiseled).flatten();
    let is_chiseled = small.is_some();
    let image = small.or_else(|| runtime::dotnet(repository, tag, part, Variant::Full));
    let image = image.ok_or_else(unknown)?;
    match (policy, family) {
        (RuntimePolicy::Distroless, _) if !is_chiseled => {
            let reason =
                "the runtime's images without a shell are of another distribution, or it needs one";
            return Err(case.stop("runtime", reason.to_owned()));
        }
        (RuntimePolicy::Alpine, family) if family != Some(Family::Alpine) => {
            return Err(case.stop("runtime", "it is built on another distribution".to_owned()));
        }
        _ => (),
    }
    if part != Dotnet::Runtime {
        listens_as_before(case, &image, plan);
    }
    let note = match is_chiseled {
        true => "no shell and no package manager, as a user without rights",
        false => "the runtime without the SDK",
    };
    plan.ground.kind = Kind::Chosen(Box::new(image), note.to_owned());
    Ok(())
}

/// The SDK's image unsets where a server listens, which those of the runtime set.
fn listens_as_before(case: &Case, image: &RuntimeImage, plan: &mut Plan) {
    for name in ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS"] {
        let is_set = image.environment.iter().any(|(it, value)| *it == name && value.is_some());
        let own = case.stage().instructions.clone().any(|at| {
            matches!(&case.cx.file.instructions[at].body, Body::Env { pairs, .. }
                if pairs.iter().any(|it| it.name.text == name || it.name.text == "ASPNETCORE_URLS"))
        });
        if is_set && !own {
            plan.environment.push((name.to_owned(), String::new()));
            let note = format!("`{name}` is empty, as the image of the SDK has it");
            plan.notes.push(note);
        }
    }
}
