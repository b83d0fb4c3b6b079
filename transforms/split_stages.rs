#![doc = include_str!("split_stages.md")]

mod base;
mod bun;
mod calls;
mod c;
mod case;
mod checks;
mod commands;
mod deno;
mod dotnet;
mod elixir;
mod emit;
mod evidence;
mod gates;
mod go;
mod health;
mod install;
mod interpreted;
mod java;
pub(super) mod last;
mod libraries;
mod linked;
mod makefile;
mod names;
mod native;
mod needs;
mod node;
mod options;
mod package_json;
mod perl;
mod php;
mod plan;
mod program;
mod python;
mod ruby;
mod rust;
mod routes;
mod scripts;
mod site;

use crate::facts::Origin;
use crate::transform::{Change, Context, Proposal, Propose, Stop, Transform};
use case::Case;
use commands::Step;
use plan::Plan;
use program::Program;
use std::borrow::Cow;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("split-stages"),
    summary: Cow::Borrowed("Build in one stage and run in a small one"),
    guide: Cow::Borrowed(concat!(
        include_str!("split_stages.md"),
        include_str!("split_stages/go.md"),
        include_str!("split_stages/node.md"),
        include_str!("split_stages/java.md"),
        include_str!("split_stages/dotnet.md"),
        include_str!("split_stages/python.md"),
        include_str!("split_stages/site.md"),
        include_str!("split_stages/ruby.md"),
        include_str!("split_stages/php.md"),
        include_str!("split_stages/elixir.md"),
        include_str!("split_stages/perl.md"),
        include_str!("split_stages/rust.md"),
        include_str!("split_stages/c.md"),
        include_str!("split_stages/native.md"),
        include_str!("split_stages/deno.md"),
        include_str!("split_stages/bun.md"),
    )),
    rules: Cow::Borrowed(&[]),
    propose: Propose::BuiltIn(propose),
};

/// What is known of one language or tool: how its builds are told, and what their programs need.
struct Stack {
    /// As messages call it.
    name: &'static str,
    /// Whether the stage builds with it.
    is: fn(&Case) -> bool,
    /// It may find that another program runs, and says so.
    plan: fn(&Case, &mut Program) -> Result<Plan, Stop>,
}

/// The first that fits counts.
const STACKS: &[&[&Stack]] = &[
    &[
        &site::STACK,
        &site::BY_NGINX,
        &java::STACK,
        &dotnet::STACK,
        &php::STACK,
        &ruby::STACK,
        &elixir::STACK,
        &perl::STACK,
        &php::PACKAGED,
        native::FROZEN,
        &python::STACK,
        &node::STACK,
        &go::STACK,
        &rust::STACK,
    ],
    native::STACKS,
    &[&deno::STACK, &bun::STACK],
    &[&c::STACK],
];

fn propose(cx: &Context) -> Vec<Proposal> {
    // What has several stages has been split by somebody.
    if cx.facts.stages.len() != 1 {
        return Vec::new();
    }
    let case = Case::new(cx, 0);
    match change(&case) {
        Ok(change) => vec![Proposal::Change(change)],
        // Nothing would have been done: there is nothing to leave behind, or no program of the context.
        Err(Stop { code: "no-build", .. }) => Vec::new(),
        Err(Stop { code: "no-program", .. }) if !builds(&case) => Vec::new(),
        Err(stop) => vec![stop.leaves(case.from())],
    }
}

/// Whether something is built out of the build context.
fn builds(case: &Case) -> bool {
    case.arrivals.iter().any(|it| it.origin == Origin::Context)
        && unknown_stack(case).code != "no-build"
}

fn change(case: &Case) -> Result<Change, Stop> {
    gates::are_open(case)?;
    let mut program = program::program(case)?;
    let (mut plan, stack) = planned(case, &mut program)?;
    plan.left.insert(0, format!("the tools of {stack}"));
    if case.image().is_none() {
        plan.doubts.push(format!("what `{}` sets is not known", case.reference()));
    }
    let choice = base::choose(case, &plan, case.cx.options.runtime)?;
    emit::change(case, &plan, &program, &choice)
}

/// What the program of a stage needs, and what it is built with.
fn planned(case: &Case, program: &mut Program) -> Result<(Plan, &'static str), Stop> {
    let mut stacks = STACKS.iter().copied().flatten();
    let Some(stack) = stacks.find(|stack| (stack.is)(case)) else {
        return Err(unknown_stack(case));
    };
    if stack.name != python::STACK.name {
        gates::only_its_command_runs(case)?;
    }
    gates::sources_are_here(case)?;
    let mut plan = (stack.plan)(case, program)?;
    if let (Err(stop), []) = (case.files(), &plan.doubts[..]) {
        return Err(stop);
    }
    plan.doubts.extend(gates::cloned(case));
    belongs_to_user(case, &mut plan);
    Ok((plan, stack.name))
}

/// Folders that the user of the program may write to are his there, too.
fn belongs_to_user(case: &Case, plan: &mut Plan) {
    let alone = plan.copies.iter_mut().filter(|it| it.is_folder && it.image.is_none());
    for copied in alone.filter(|it| it.owner.is_none()) {
        copied.owner = case.owner(&copied.from);
    }
}

/// Whether something is built that nobody here knows, or nothing at all.
fn unknown_stack(case: &Case) -> Stop {
    const BUILDERS: &[&str] = &[
        "./configure",
        "ant",
        "bazel",
        "cabal",
        "cargo",
        "cmake",
        "composer",
        "dotnet",
        "g++",
        "gcc",
        "go",
        "gradle",
        "gradlew",
        "lein",
        "make",
        "mix",
        "mvn",
        "mvnw",
        "ninja",
        "npm",
        "npx",
        "pip",
        "pip3",
        "pnpm",
        "poetry",
        "rustc",
        "sbt",
        "stack",
        "uv",
        "yarn",
        "bun",
        "carton",
        "cpanm",
        "crystal",
        "dart",
        "deno",
        "dub",
        "dune",
        "julia",
        "ldc2",
        "luarocks",
        "nim",
        "nimble",
        "opam",
        "shards",
        "swift",
        "zig",
    ];
    let builder = case.steps().iter().find(|step| match &step.work {
        commands::Work::Program { name, .. } => BUILDERS.contains(name),
        _ => false,
    });
    match builder {
        Some(step) => {
            let reason = format!("what `{}` builds, and what that needs, is not known", step.text);
            Stop { code: "unknown-stack", at: step.at, reason }
        }
        None => {
            let reason = "nothing in it is known to be there for the build alone".to_owned();
            case.stop("no-build", reason)
        }
    }
}
