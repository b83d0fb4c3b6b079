//! Elixir: releases that `mix release` makes, and programs that `mix` starts.

use super::case::Case;
use super::commands::{Step, Work};
use super::interpreted::{self, Language};
use super::plan::{Copied, Package, Plan};
use super::program::Program;
use super::{Stack, Stop, libraries, needs};
use crate::facts::resolve;
use crate::images::runtime::{self, RuntimeImage};
use crate::shell::command::base;

pub(super) const STACK: Stack = Stack { name: "Elixir", is, plan };

const PROGRAMS: &[&str] = &["elixir", "epmd", "erl", "escript", "iex", "mix"];

fn is(case: &Case) -> bool {
    base(case.repository()) == "elixir"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let made = releases(case);
    let release = started(case, program, &made);
    let makes_releases = !made.is_empty();
    if release.is_none() && !makes_releases {
        is_compiled(case, program)?;
    }
    let mut language = Language {
        name: "Elixir",
        programs: PROGRAMS,
        builders: &["make"],
        installers: &["elixir", "mix", "rebar3"],
        brings_programs: false,
        has: &["libssl-dev", "libz-dev", "zlib1g-dev"],
        folders: made,
    };
    if release.is_none() && !makes_releases {
        language.folders = homes(case);
    }
    let stands_alone = release.is_some() && brings_erlang(case)?;
    let below = if stands_alone { distribution(case) } else { None };
    let mut plan = Plan::default();
    let mut image = match &below {
        Some(image) => image.clone(),
        None => interpreted::slim(case, &language)?,
    };
    if release.is_none() {
        interpreted::is_same(case, &image)?;
    }
    interpreted::carried(case, program, &language, &mut plan)?;
    if let Some(release) = release {
        // A release has all that it reads; what lies apart from the sources was put there for it.
        let workdir = case.workdir()?;
        plan.copies.retain(|it| it.from != workdir && it.from != release);
        plan.copies.push(Copied::folder(&release, "the release"));
    } else if !makes_releases {
        plan.doubts.push("whether `mix` compiles nothing more when it starts".to_owned());
    }
    needs::packages(case, &[], &mut plan)?;
    interpreted::libraries_of_installed(case, &language, &image, &mut plan)?;
    interpreted::without_node(&mut plan);
    interpreted::are_published(case, &plan)?;
    interpreted::certificates(case, &mut image, &mut plan);
    let why = match &below {
        Some(_) => erlang(case, &image, &mut plan),
        None => "the same Erlang on the same distribution, without compilers and headers",
    };
    interpreted::on(image, why, &mut plan);
    Ok(plan)
}

/// The folders of the releases that the build makes elsewhere than in the working directory.
fn releases(case: &Case) -> Vec<String> {
    let path = |step: &Step| {
        let Work::Program { name: "mix", words, .. } = &step.work else { return None };
        let words: Vec<&str> = words.iter().flatten().copied().collect();
        let at = words.iter().position(|it| *it == "--path")?;
        words.contains(&"release").then(|| resolve(step.workdir.as_deref(), words.get(at + 1)?))?
    };
    case.steps().iter().filter_map(path).collect()
}

/// The folder of the release whose start script the container runs.
fn started(case: &Case, program: &Program, made: &[String]) -> Option<String> {
    let makes = case.steps().iter().any(|step| {
        matches!(&step.work, Work::Program { name: "mix", words, .. }
            if words.iter().flatten().any(|it| it.trim_end_matches(',') == "release"))
    });
    let place = resolve(case.stage().workdir(), program.words.first()?)?;
    let (folder, _) = place.rsplit_once("/bin/")?;
    let is_release = folder.contains("/rel/") || made.iter().any(|it| it == folder);
    (makes && program.shell.is_none() && is_release).then(|| folder.to_owned())
}

/// Whether releases have an Erlang of their own, and no part of it that needs more than OpenSSL.
fn brings_erlang(case: &Case) -> Result<bool, Stop> {
    const OTHERS: &[&str] = &["include_erts", ":gen_sctp", ":odbc", ":wx"];
    for path in case.files()? {
        let is_code = [".ex", ".exs", ".erl"].iter().any(|it| path.ends_with(it));
        let Some(text) = case.text(path).filter(|_| is_code) else { continue };
        if OTHERS.iter().any(|it| text.contains(it)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The image of the distribution that the image of Elixir is on.
fn distribution(case: &Case) -> Option<RuntimeImage> {
    let name_end = case.reference().rfind('/').unwrap_or(0);
    let tag = case.reference()[name_end..].split_once(':').map(|(_, tag)| tag);
    runtime::beneath_elixir(case.repository(), tag)
}

/// What the Erlang of a release needs of Debian.
fn erlang(case: &Case, image: &RuntimeImage, plan: &mut Plan) -> &'static str {
    if !libraries::is_in("libssl3", image) {
        let because = "Erlang is linked with it".to_owned();
        let (debian, alpine) = ("libssl3".to_owned(), String::new());
        plan.ground.install(Package { debian, alpine, because });
    }
    if !case.sets("LANG") {
        plan.environment.push(("LANG".to_owned(), "C.UTF-8".to_owned()));
    }
    "the release has its own Erlang, and needs the distribution alone"
}

/// What `mix` starts was compiled by the build, for use and not for those who write it.
fn is_compiled(case: &Case, program: &Program) -> Result<(), Stop> {
    let text = program.words.join(" ");
    let is_production = case.variable("MIX_ENV").is_some_and(|it| it == "prod")
        || program.assigned.iter().any(|it| it.0 == "MIX_ENV" && it.1 == "prod");
    if text.contains("mix test") || text.contains("phx.server") && !is_production {
        let reason =
            format!("`{text}` is for those who write the program: `MIX_ENV` is not `prod`");
        return Err(case.stop("development", reason));
    }
    let compiles = case.steps().iter().any(|step| {
        matches!(&step.work, Work::Program { name: "mix", words, .. }
            if words.iter().flatten().any(|it| it.contains("compile") || it.contains("release")))
    });
    match compiles {
        true => Ok(()),
        false => {
            let reason = format!("`{text}` compiles the program when it starts");
            Err(case.stop("compiles-at-start", reason))
        }
    }
}

/// Where `mix` keeps what it was given.
fn homes(case: &Case) -> Vec<String> {
    let installs = case.steps().iter().any(|step| {
        matches!(&step.work, Work::Program { name: "mix", words, .. }
            if words.iter().flatten().any(|it| it.starts_with("local.")))
    });
    let home = case.variable("MIX_HOME").map_or("/root/.mix".to_owned(), |it| it.into_owned());
    installs.then_some(home).into_iter().collect()
}
