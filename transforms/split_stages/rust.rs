//! Rust: programs that `cargo build`, `cargo install` and `cargo run` make.

use super::case::Case;
use super::commands::{Step, Work};
use super::install::{self, Made};
use super::plan::{Copied, Ground, Kind, Package, Plan, SOURCES};
use super::program::Program;
use super::{Stack, Stop, needs};
use crate::facts::is_within;
use crate::images::{Family, Libc, runtime};
use crate::shell::command::base;
use manifest::Manifest;

mod crates;
mod manifest;
mod output;
mod sources;

pub(super) const STACK: Stack = Stack { name: "Rust", is, plan };

/// Where `cargo install` puts programs, and where a shell looks for them.
const PATH: &[&str] = &["/usr/local/cargo/bin", "/root/.cargo/bin", "/usr/local/bin", "/usr/bin"];

/// Servers that compile when a source changes, and what runs tests.
const WATCHERS: &[&str] = &["bacon", "cargo-watch", "systemfd", "trunk", "watchexec"];

fn is(case: &Case) -> bool {
    let builds = |step: &Step| {
        matches!(&step.work, Work::Program { name: "cargo", words, .. }
            if matches!(output::verb(words), Some("b" | "build" | "install" | "r" | "run")))
    };
    base(case.repository()) == "rust" || case.steps().iter().any(builds)
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let name = base(&program.words[0]).to_owned();
    let verb = program.words.get(1).map(String::as_str);
    if WATCHERS.contains(&name.as_str()) {
        let reason = format!("`{name}` compiles the sources anew when they change");
        return Err(case.stop("development", reason));
    }
    if name == "cargo" && !matches!(verb, Some("r" | "run")) {
        let reason = format!("`{}` is for somebody who develops", program.words.join(" "));
        return Err(case.stop("development", reason));
    }
    has_only_rust(case)?;
    let manifests = manifest::all(case)?;
    let mut made = made(case, &manifests)?;
    let mut plan = Plan::default();
    if name == "cargo" {
        built_before(case, program, &manifests, &mut made, &mut plan)?;
    }
    let started = install::find(case, program, &made, PATH)?;
    plan.copies.extend(started.copies.iter().cloned());
    plan.start = started.start(program);
    plan.ground = Ground { kind: kind(case, &manifests)?, ..Ground::default() };
    started.shell(case, &mut plan);
    plan.copies.extend(made.others.iter().cloned());
    let sources = sources::read(case, &manifests)?;
    sources.files(case, program, &mut plan)?;
    sources.programs(case, &made, &mut plan)?;
    let texts = sources.texts();
    needs::packages(case, &texts, &mut plan)?;
    needs::health(case, &made, &mut plan)?;
    plan.ground.zones |=
        texts.iter().any(|it| it.contains("Local::now") || it.contains("zoneinfo"));
    plan.ground.temporary =
        texts.iter().any(|it| it.contains("temp_dir") || it.contains("tempfile"));
    plan.ground.root = sources.root(case).or_else(|| needs::made_folder(&plan));
    libraries(case, &manifests, &mut plan)?;
    plan.left.push(SOURCES.to_owned());
    Ok(plan)
}

/// An image of somebody else may have more than what compiles.
fn has_only_rust(case: &Case) -> Result<(), Stop> {
    let repository = case.repository();
    let is_known = case.is_plain_distribution() || matches!(repository, "rust" | "rustlang/rust");
    if is_known
        || case.image().is_none() && repository.is_empty() && case.reference().contains("rust")
    {
        return Ok(());
    }
    let reason = format!("`{}` may have more than what builds the program", case.reference());
    Err(case.stop("other-base", reason))
}

/// Everything that the `RUN`s make.
fn made(case: &Case, manifests: &[Manifest]) -> Result<Made, Stop> {
    let mut made = Made::default();
    for step in case.steps() {
        let Work::Program { name, words, environment } = &step.work else {
            if !matches!(&step.work, Work::Writes(path) if is_source(path)) {
                install::other(case, step, &mut made)?;
            }
            continue;
        };
        match (*name, output::verb(words)) {
            ("cargo", Some("clean")) => made.programs.retain(|it| !it.contains("/target/")),
            ("cargo", Some("b" | "build" | "rustc" | "install")) => {
                let output::Output { programs, is_foreign } =
                    output::of(case, step, words, environment, manifests)?;
                match is_foreign {
                    true => made.foreign.extend(programs.iter().cloned()),
                    false => made.foreign.retain(|it| !programs.contains(it)),
                }
                made.programs.extend(programs);
            }
            ("cargo", Some(verb)) if !output::LEAVES.contains(&verb) => {
                let reason = format!("what `{}` makes is not known", step.text);
                return Err(Stop { code: "unknown-command", at: step.at, reason });
            }
            ("cargo" | "git" | "rustup" | "rustc" | "touch", _) => (),
            ("sed", _) if words.last().is_some_and(|it| it.is_some_and(is_source)) => (),
            _ if installs_rust(case, step, name) => (),
            _ => install::other(case, step, &mut made)?,
        }
    }
    Ok(made)
}

fn is_source(path: &str) -> bool {
    path.ends_with(".rs") || path.ends_with("Cargo.toml")
}

/// Commands of the instruction that downloads and starts `rustup`.
fn installs_rust(case: &Case, step: &Step, name: &str) -> bool {
    let text = case.span(step.instruction).of(case.cx.file.source);
    let is_about = text.contains("rustup") || text.contains(".cargo/env");
    let is_part = matches!(base(name), "." | "source" | "curl" | "wget" | "sh" | "bash" | "chmod");
    is_about && (is_part || base(name).contains("rustup"))
}

/// What `cargo run` compiles each time is compiled once, by the build stage.
fn built_before(
    case: &Case,
    program: &mut Program,
    manifests: &[Manifest],
    made: &mut Made,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let text = program.words.join(" ");
    let unclear = |why: &str| {
        let reason = format!("`{text}`: {why}");
        Err(Stop { code: "unclear-output", at, reason })
    };
    let own = program.words.iter().position(|it| it == "--").unwrap_or(program.words.len());
    let rest = program.words.get(own + 1..).unwrap_or_default().to_vec();
    let mut words: Vec<&str> = program.words[2..own].iter().map(String::as_str).collect();
    let is_quiet = |it: &&str| !matches!(*it, "-q" | "--quiet" | "-v" | "--verbose");
    words.retain(is_quiet);
    if words
        .iter()
        .enumerate()
        .any(|(at, it)| !it.starts_with('-') && !output::takes_value(&words, at))
    {
        return unclear("what it gives to the program is not known");
    }
    let step = output::Call { workdir: case.workdir()?, words: &words, environment: &[] };
    let paths = output::compiled(case, &step, manifests).map_err(|why| {
        let reason = format!("`{text}`: {why}");
        Stop { code: "unclear-output", at, reason }
    })?;
    let path = match &paths[..] {
        [path] => path.clone(),
        paths => {
            let all = manifests.iter().filter_map(|it| it.default_run.as_deref());
            let defaults: Vec<&str> = all.collect();
            match paths.iter().find(|it| defaults.contains(&base(it))) {
                Some(path) => path.clone(),
                None => return unclear("it may mean several programs"),
            }
        }
    };
    if !made.programs.contains(&path) {
        let assigned = std::mem::take(&mut program.assigned);
        let (build, kept): (Vec<_>, Vec<_>) = assigned
            .into_iter()
            .partition(|(name, _)| crate::effect::split::is_build_variable(name));
        let mut command: Vec<String> =
            build.iter().map(|(name, value)| format!("{name}={value}")).collect();
        command.extend(["cargo", "build"].map(str::to_owned));
        command.extend(words.iter().map(|it| (*it).to_owned()));
        plan.built.push((super::emit::tail(case), format!("RUN {}", command.join(" "))));
        plan.changed.push(path.clone());
        program.assigned = kept;
    }
    program.words = std::iter::once(path.clone()).chain(rest).collect();
    program.fixed = program.fixed.min(1);
    program.changed = true;
    program.through.push(format!("`{text}` is compiled once, and no longer at each start"));
    made.programs.push(path);
    Ok(())
}

/// What the program has to find in the run-time stage.
fn kind(case: &Case, manifests: &[Manifest]) -> Result<Kind, Stop> {
    let flags = output::flags(case, manifests);
    if flags.contains("prefer-dynamic") {
        let reason = "`prefer-dynamic` makes it need libraries of the compiler".to_owned();
        return Err(case.stop("libraries", reason));
    }
    let mut targets = output::targets(case, manifests)?;
    targets.dedup();
    let is_dynamic = flags.contains("-crt-static");
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    let is_alpine = distribution.is_some_and(|it| it.family == Family::Alpine);
    let is_musl = |it: &Option<String>| match it {
        Some(target) => target.contains("-musl"),
        None => is_alpine,
    };
    match (targets.iter().all(is_musl), targets.iter().any(is_musl)) {
        // The packages of Alpine make dynamic programs by default, those of Rust itself static ones.
        (true, _) if is_dynamic || is_alpine && case.repository() == "alpine" => Ok(Kind::Musl),
        (true, _) => Ok(Kind::Static),
        (false, true) => {
            let reason = "it is built for several systems".to_owned();
            Err(case.stop("libc", reason))
        }
        (false, false) => match (case.image().and_then(|it| it.libc()), distribution) {
            (Some(Libc::Glibc(version)), Some(distribution)) => {
                let known = super::base::distribution(case);
                let known = known.as_ref().unwrap_or(distribution);
                let at_most = || runtime::glibc_at_most(known);
                let Some(at_least) = version.or_else(at_most) else { return Err(no_libc(case)) };
                Ok(Kind::Glibc { at_least, has_cpp: true })
            }
            _ => Err(no_libc(case)),
        },
    }
}

fn no_libc(case: &Case) -> Stop {
    case.stop("libc", format!("the C library of `{}` is not known", case.reference()))
}

/// Libraries of the distribution, where it is not linked statically.
fn libraries(case: &Case, manifests: &[Manifest], plan: &mut Plan) -> Result<(), Stop> {
    if plan.ground.kind == Kind::Static {
        return Ok(());
    }
    if plan.ground.kind == Kind::Musl {
        let because = "programs of Rust are linked with it".to_owned();
        let package = Package { debian: String::new(), alpine: "libgcc".to_owned(), because };
        plan.ground.packages.push(package);
    }
    let Some(first) = manifests.first() else { return Ok(()) };
    let near = manifest::at(manifests, case.workdir()?).unwrap_or(first);
    let root = manifest::root(manifests, near);
    let own: Vec<Manifest> =
        manifests.iter().filter(|it| is_within(&it.folder, &root.folder)).cloned().collect();
    let crates = crates::used(case, root, &own);
    crates::link(case, &crates, &own, plan)
}

/// A file that is read by its own name, if the image has it.
fn by_convention(case: &Case, path: &str, because: &str) -> Result<Option<Copied>, Stop> {
    Ok(case.source(path)?.map(|_| Copied::file(path, because)))
}
