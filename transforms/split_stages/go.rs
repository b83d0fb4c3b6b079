//! Go: programs that `go build`, `go install` and `go run` make.

use super::case::Case;
use super::commands::{Step, Work};
use super::evidence::outermost;
use super::install::{self, Made};
use super::plan::{Ground, Plan, SOURCES};
use super::program::Program;
use super::{Stack, Stop, makefile, needs};
use crate::images::{Family, Libc};
use crate::shell::command::base;
use output::{compiled, is_own};
use packages::Roots;

mod cgo;
mod output;
mod packages;
mod run;
mod sources;

pub(super) const STACK: Stack = Stack { name: "Go", is, plan };

/// Where `go install` puts programs, and where a shell looks for them.
const PATH: &[&str] = &["/go/bin", "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin"];

/// Tools that write sources, or look at them.
const GENERATORS: &[&str] = &[
    "buf",
    "dep",
    "easyjson",
    "ent",
    "gen",
    "glide",
    "go-bindata",
    "gofmt",
    "golangci-lint",
    "golint",
    "govendor",
    "gox",
    "gqlgen",
    "mockgen",
    "oapi-codegen",
    "packr",
    "packr2",
    "pkger",
    "protoc",
    "qtc",
    "rice",
    "sqlc",
    "statik",
    "stringer",
    "swag",
    "templ",
    "wire",
];

/// Servers that compile when a source changes.
const WATCHERS: &[&str] =
    &["CompileDaemon", "air", "dlv", "fresh", "gin", "modd", "nodemon", "realize", "reflex"];

fn is(case: &Case) -> bool {
    let builds = |step: &Step| {
        matches!(&step.work, Work::Program { name: "go", words, .. }
            if matches!(words.first(), Some(Some("build" | "install" | "get"))))
    };
    let repository = case.repository();
    repository == "golang" || repository.ends_with("/golang") || case.steps().iter().any(builds)
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let name = base(&program.words[0]);
    if WATCHERS.contains(&name) {
        let reason = format!("`{name}` compiles the sources anew when they change");
        return Err(case.stop("development", reason));
    }
    let repository = case.repository();
    if !case.is_plain_distribution() && case.image().is_some() && base(repository) != "golang" {
        let reason = format!("`{}` may have more than what builds the program", case.reference());
        return Err(case.stop("other-base", reason));
    }
    let mut roots = Roots::default();
    let mut made = made(case, &mut roots)?;
    let mut plan = Plan::default();
    if let ("go", Some("run")) = (name, program.words.get(1).map(String::as_str)) {
        run::built_before(case, program, &mut made, &mut roots, &mut plan)?;
    }
    let sources = sources::read(case, &roots)?;
    let started = install::find(case, program, &made, PATH)?;
    plan.copies.extend(started.copies.iter().cloned());
    plan.start = started.start(program);
    plan.ground = Ground { kind: cgo::kind(case, &sources, &mut plan)?, ..Ground::default() };
    started.shell(case, &mut plan);
    plan.copies.extend(made.others.iter().cloned());
    let workdir = case.workdir()?;
    plan.copies.extend(sources.files(case, program, workdir, &made)?);
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    sources.programs(case, &made, &mut plan)?;
    needs::packages(case, &sources.text(), &mut plan)?;
    needs::health(case, &made, &mut plan)?;
    needs::zones(&sources.text(), &mut plan);
    cgo::libraries(case, &sources, &mut plan)?;
    plan.ground.temporary = sources.text().iter().any(|it| {
        it.contains("os.CreateTemp") || it.contains("TempDir") || it.contains("TempFile")
    });
    plan.ground.root = sources.root(case).or_else(|| needs::made_folder(&plan));
    if sources.only_code {
        plan.ground.root = Some("its sources were not read".to_owned());
        plan.doubts.push("its sources were not read: pass `--context DIR`".to_owned());
    }
    plan.left.push(SOURCES.to_owned());
    Ok(plan)
}

/// Everything that the `RUN`s make.
fn made(case: &Case, roots: &mut Roots) -> Result<Made, Stop> {
    let mut made = Made::default();
    for step in case.steps() {
        let Work::Program { name, words, environment } = &step.work else {
            install::other(case, step, &mut made)?;
            continue;
        };
        let verb = words.first().copied().flatten();
        match (*name, verb) {
            ("go", Some("build" | "install" | "get")) => {
                let programs = compiled(case, step, words, environment, roots)?;
                if !is_own(case, step, words) {
                    made.foreign.extend(programs.iter().cloned());
                }
                made.programs.extend(programs);
            }
            ("go", Some("generate")) => roots.are_generated(),
            ("go", _) | ("git", _) => (),
            ("make", _) => by_make(case, step, &mut made, roots)?,
            (tool, _) if GENERATORS.contains(&tool) => roots.are_generated(),
            _ => install::other(case, step, &mut made)?,
        }
    }
    Ok(made)
}

/// What a makefile of the context builds.
fn by_make(case: &Case, step: &Step, made: &mut Made, roots: &mut Roots) -> Result<(), Stop> {
    makefile::each(case, step, &mut |step, call| {
        let words: Vec<Option<&str>> = call.literals().collect();
        match (call.program, words.first().copied().flatten()) {
            ("go", Some("build" | "install")) => {
                let programs = compiled(case, step, &words, &call.environment, roots)?;
                made.programs.extend(programs);
            }
            ("go", Some("generate")) => roots.are_generated(),
            ("go" | "git" | "echo" | "rm" | "mkdir" | "printf" | "test" | "[", _) => (),
            (tool, _) if GENERATORS.contains(&tool) => roots.are_generated(),
            _ => {
                let reason = format!("what `{}` of the makefile makes is not known", step.text);
                return Err(Stop { code: "unknown-command", at: step.at, reason });
            }
        }
        Ok(())
    })
}

/// The C library of the base image.
fn libc(case: &Case) -> Option<Libc> {
    case.image().and_then(|image| image.libc())
}

fn is_alpine(case: &Case) -> bool {
    let distribution = case.image().and_then(|image| image.distribution.as_ref());
    distribution.is_some_and(|it| it.family == Family::Alpine)
}
