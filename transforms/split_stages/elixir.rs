//! Elixir: releases that `mix release` makes, and programs that `mix` starts.

use super::case::Case;
use super::commands::Work;
use super::interpreted::{self, Language};
use super::plan::{Copied, Kind, Plan};
use super::program::Program;
use super::{Stack, Stop, needs};
use crate::facts::resolve;
use crate::images::runtime::RuntimeImage;
use crate::shell::command::base;

pub(super) const STACK: Stack = Stack { name: "Elixir", is, plan };

const PROGRAMS: &[&str] = &["elixir", "epmd", "erl", "escript", "iex", "mix"];

fn is(case: &Case) -> bool {
    base(case.repository()) == "elixir"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let release = release(case, program);
    if release.is_none() {
        is_compiled(case, program)?;
    }
    let language = Language {
        name: "Elixir",
        programs: PROGRAMS,
        builders: &["make"],
        installers: &["elixir", "mix", "rebar3"],
        brings_programs: false,
        has: &["libssl-dev", "libz-dev", "zlib1g-dev"],
        folders: if release.is_some() { Vec::new() } else { homes(case) },
    };
    let image = interpreted::slim(case, &language)?;
    let _is_same = match release {
        Some(_) => image.reference == case.reference(),
        None => interpreted::is_same(case, &image)?,
    };
    let mut plan = Plan::default();
    interpreted::carried(case, program, &language, &mut plan)?;
    if let Some(release) = release {
        // A release has all that it reads; what lies apart from the sources was put there for it.
        let workdir = case.workdir()?;
        plan.copies.retain(|it| it.from != workdir);
        plan.copies.push(Copied::folder(&release, "the release"));
    } else {
        plan.doubts.push("whether `mix` compiles nothing more when it starts".to_owned());
    }
    needs::packages(case, &[], &mut plan)?;
    interpreted::libraries_of_installed(case, &language, &image, &mut plan)?;
    interpreted::without_node(&mut plan);
    interpreted::are_published(case, &plan)?;
    if !image.certificates {
        let bundle = "/etc/ssl/certs/ca-certificates.crt";
        plan.copies.push(Copied::file(bundle, "the certificates of the build stage"));
    }
    let why = "the same Erlang on the same distribution, without compilers and headers";
    let image = RuntimeImage { entrypoint: &[], ..image };
    plan.ground.kind = Kind::Chosen(Box::new(image), why.to_owned());
    plan.left.push("compilers and headers".to_owned());
    Ok(plan)
}

/// The folder of the release whose start script the container runs.
fn release(case: &Case, program: &Program) -> Option<String> {
    let makes = case.steps().iter().any(|step| {
        matches!(&step.work, Work::Program { name: "mix", words, .. }
            if words.iter().flatten().any(|it| it.trim_end_matches(',') == "release"))
    });
    let place = resolve(case.stage().workdir(), program.words.first()?)?;
    let (folder, _) = place.rsplit_once("/bin/")?;
    (makes && program.shell.is_none() && folder.contains("/rel/")).then(|| folder.to_owned())
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
