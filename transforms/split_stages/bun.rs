//! Bun: programs that `bun` reads when they start, with their packages.

use super::case::Case;
use super::commands::Work;
use super::install;
use super::interpreted::{self, Language};
use super::needs;
use super::package_json::Manifest;
use super::plan::{Kind, Plan};
use super::program::{self, Program};
use super::{Stack, Stop, base};
use crate::facts::resolve;
use crate::images::Family;
use crate::images::runtime::{self, Flavour, RuntimeImage};
use crate::shell::{self, Dialect};
use crate::syntax::Body;
use crate::text::Span;
use crate::transform::RuntimePolicy;
use std::sync::Arc;

pub(super) const STACK: Stack = Stack { name: "Bun", is, plan };

const PROGRAMS: &[&str] = &["bun", "bunx", "node"];

/// Parts of the names of packages that are compiled, or that others need to be so.
const COMPILED: &[&str] = &[
    "\"bindings\"",
    "-gnu",
    "-linux-arm",
    "-linux-x64",
    "@prisma/",
    "better-sqlite3",
    "canvas",
    "napi",
    "node-addon-api",
    "node-gyp",
    "node-pre-gyp",
    "prebuild",
    "puppeteer",
    "playwright",
    "sharp",
];

fn is(case: &Case) -> bool {
    case.repository() == "oven/bun"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let workdir = case.workdir()?;
    let manifest = Manifest::read(case, workdir)?;
    let texts = sources(case)?;
    let hears = texts.iter().any(|it| it.contains("SIGTERM"));
    is_for_users(case, program, manifest.as_ref(), at)?;
    let mut plan = Plan::default();
    let language = Language {
        name: "Bun",
        programs: PROGRAMS,
        builders: &["tsc", "vite"],
        installers: &["bun", "bunx"],
        brings_programs: false,
        has: &[],
        folders: Vec::new(),
    };
    interpreted::carried(case, program, &language, &mut plan)?;
    let named: Vec<&str> = texts.iter().map(|it| &**it).collect();
    needs::packages(case, &named, &mut plan)?;
    compiles(case, &mut plan);
    let why_shell = wants_shell(case, program, manifest.as_ref(), hears, &named)?;
    let flavour = flavour(case, &plan, why_shell.as_deref())?;
    let image = image(case, flavour)?;
    if image.reference == case.reference() && !interpreted::leaves_tools(case) {
        let why = why_shell.unwrap_or_else(|| base::why_system(&plan.ground));
        let reason = format!("`{}` is small, and {why}", image.reference);
        return Err(case.stop("no-gain", reason));
    }
    let why = match flavour {
        Flavour::Distroless => {
            "the same Bun without a shell: `docker debug` instead of `docker exec`".to_owned()
        }
        _ => format!(
            "the same Bun, with a shell, because {}",
            why_shell.unwrap_or_else(|| "it was asked for".to_owned())
        ),
    };
    // The entry points of the others are the same as before.
    let entrypoint = if flavour == Flavour::Distroless { image.entrypoint } else { &[] };
    if flavour == Flavour::Distroless {
        plan.start = install::Started::default().start(program);
    }
    plan.ground.kind = Kind::Chosen(Box::new(RuntimeImage { entrypoint, ..image }), why);
    plan.left.push("what was installed for the build alone".to_owned());
    Ok(plan)
}

/// Bun compiles C when a program runs (`bun:ffi`), in packages, too, which are not there to be read.
fn compiles(case: &Case, plan: &mut Plan) {
    let packages = case.steps().iter().filter_map(|step| match &step.work {
        Work::Packages(names) => Some(names),
        _ => None,
    });
    if let Some(name) = packages.flatten().find(|it| needs::is_builder(it)) {
        plan.doubts
            .push(format!("whether `{name}` is for the build alone: Bun compiles C when it runs"));
    }
}

/// It is not there for those who write it.
fn is_for_users(
    case: &Case,
    program: &Program,
    manifest: Option<&Manifest>,
    at: Span,
) -> Result<(), Stop> {
    let stop = |code, reason: String| Err(Stop { code, at, reason });
    let text = program.words.join(" ");
    let script = manifest.and_then(|it| it.script(script_of(program)?)).unwrap_or_default();
    let is_watching = |text: &str| {
        text.split_whitespace().any(|it| matches!(it, "--hot" | "--watch" | "dev" | "nodemon"))
    };
    if is_watching(&text) || is_watching(script) || script.trim() == "vite" {
        return stop("development", format!("`{text}` is for those who develop"));
    }
    if program.shell.is_none()
        && !matches!(crate::shell::command::base(&program.words[0]), "bun" | "bunx")
    {
        // What the entry point of the image does with a file.
        let place = resolve(case.stage().workdir(), &program.words[0]).unwrap_or_default();
        if case.source(&place)?.is_none() {
            return stop("unknown-program", format!("`{text}` is not started by Bun"));
        }
    }
    Ok(())
}

/// The script of `package.json` that is run.
fn script_of(program: &Program) -> Option<&str> {
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    match words[..] {
        ["bun", "run", name, ..] | ["bun", name, ..] if !name.starts_with('-') && name != "run" => {
            Some(name)
        }
        _ => None,
    }
}

/// Why it needs a shell, or more than the image without one has. Where a script starts Bun and nothing else,
/// it is started directly.
fn wants_shell(
    case: &Case,
    program: &mut Program,
    manifest: Option<&Manifest>,
    hears: bool,
    texts: &[&str],
) -> Result<Option<String>, Stop> {
    if let Some(why) = &program.shell {
        return Ok(Some(why.clone()));
    }
    let calls = [
        "Bun.$",
        "Bun.spawn",
        "bun:ffi",
        "child_process",
        "execa",
        "from \"bun\"",
        "worker_threads",
    ];
    if let Some(call) = calls.iter().find(|call| texts.iter().any(|it| it.contains(**call))) {
        return Ok(Some(format!("its sources name `{call}`")));
    }
    if let Some(why) = has_compiled(case, manifest)? {
        return Ok(Some(why));
    }
    let is_file = |word: &str| {
        [".ts", ".js", ".tsx", ".mjs", ".mts", ".jsx"].iter().any(|it| word.ends_with(it))
    };
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    let file = words[1.min(words.len())..].iter().find(|it| **it != "run" && !it.starts_with('-'));
    if words[0] == "bun" && file.is_some_and(|it| is_file(it)) {
        return Ok(None);
    }
    let script = manifest.and_then(|it| {
        let name = script_of(program)?;
        let around = [format!("pre{name}"), format!("post{name}")];
        if around.iter().any(|hook| it.script(hook).is_some()) {
            return None;
        }
        it.script(name)
    });
    let Some(script) = script else {
        return Ok(Some(format!("what `{}` starts is not known", words.join(" "))));
    };
    let parsed = shell::parse(script, Dialect::Unknown);
    let plain = parsed.as_deref().and_then(program::plain);
    let starts = |words: &[String]| {
        let file = words.iter().skip(1).find(|it| *it != "run" && !it.starts_with('-'));
        words[0] == "bun" && file.is_some_and(|it| is_file(it))
    };
    match plain {
        Some((found, assigned)) if starts(&found) && hears && script_is_last(program) => {
            program.through.push(format!("`{}` is `{script}`", program.words.join(" ")));
            program.fixed = if program.fixed == 0 { 0 } else { found.len() };
            program.words = found;
            program.assigned.extend(assigned);
            program.changed = true;
            Ok(None)
        }
        Some((found, _)) if starts(&found) => {
            Ok(Some("Bun ends it on `docker stop`, which it does not hear itself".to_owned()))
        }
        _ => Ok(Some(format!("a shell has to run `{script}`"))),
    }
}

fn script_is_last(program: &Program) -> bool {
    script_of(program).is_some_and(|name| program.words.last().is_some_and(|it| it == name))
}

/// Why packages may need libraries that the image without a shell does not have.
fn has_compiled(case: &Case, manifest: Option<&Manifest>) -> Result<Option<String>, Stop> {
    let Some(manifest) = manifest else { return Ok(None) };
    if manifest.dependencies().chain(manifest.tools()).next().is_none() {
        return Ok(None);
    }
    for name in ["bun.lock", "package-lock.json", "yarn.lock"] {
        if !manifest.has_file(case, name)? {
            continue;
        }
        let Some(text) = case.text(&manifest.beside(name)) else { continue };
        let found = COMPILED.iter().find(|it| text.contains(**it));
        return Ok(found.map(|it| format!("`{name}` names packages that are compiled (`{it}`)")));
    }
    Ok(Some("which of its packages are compiled is not known".to_owned()))
}

fn flavour(case: &Case, plan: &Plan, why_shell: Option<&str>) -> Result<Flavour, Stop> {
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let is_alpine = family == Some(Family::Alpine);
    let wants_system = why_shell.is_some() || base::wants_system(&plan.ground);
    match case.cx.options.runtime {
        RuntimePolicy::Distroless if wants_system => {
            let why = why_shell.map_or_else(|| base::why_system(&plan.ground), str::to_owned);
            Err(case.stop("runtime", format!("distroless images have no shell, and {why}")))
        }
        RuntimePolicy::Alpine if !is_alpine => {
            Err(case.stop("runtime", "its packages are built for the GNU C library".to_owned()))
        }
        _ if is_alpine => Ok(Flavour::Alpine),
        RuntimePolicy::Slim => Ok(Flavour::Slim),
        _ if wants_system => Ok(Flavour::Slim),
        _ => Ok(Flavour::Distroless),
    }
}

/// The image, in the words of the file.
fn image(case: &Case, flavour: Flavour) -> Result<RuntimeImage, Stop> {
    let from = &case.cx.file.instructions[case.stage().instructions.start];
    let written = match &from.body {
        Body::From { image, .. } => image.text.to_string(),
        _ => String::new(),
    };
    let of = |reference: &str| {
        let tag = reference.trim_start_matches("docker.io/").strip_prefix("oven/bun")?;
        runtime::bun(tag.strip_prefix(':'), flavour)
    };
    // A version of the file is checked as it is by default, and written as it stands there.
    let found = of(case.reference()).and_then(|_| of(&written));
    found.ok_or_else(|| {
        let reason = format!("no smaller image with the Bun of `{written}` is known");
        case.stop("runtime", reason)
    })
}

/// The texts of the sources.
fn sources(case: &Case) -> Result<Vec<Arc<str>>, Stop> {
    let is_wanted = |path: &str| {
        let is_code =
            [".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts"].iter().any(|it| path.ends_with(it));
        let is_test =
            path.contains(".test.") || path.contains(".spec.") || path.contains("node_modules/");
        is_code && !is_test
    };
    Ok(case.arriving(is_wanted)?.into_iter().filter_map(|path| case.text(path)).collect())
}
