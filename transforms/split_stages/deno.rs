//! Deno: programs that `deno run` and its like read when they start, with what the build has downloaded for them.

use super::case::Case;
use super::install;
use super::interpreted::{self, Language};
use super::plan::{Kind, Plan};
use super::program::{self, Program};
use super::{Stack, Stop, base, needs};
use crate::facts::resolve;
use crate::images::runtime::{self, RuntimeImage};
use crate::shell::{self, Dialect};
use crate::syntax::Body;
use crate::transform::RuntimePolicy;
use serde_json::Value;

pub(super) const STACK: Stack = Stack { name: "Deno", is, plan };

/// Commands that run a program.
const RUNS: &[&str] = &["run", "serve", "task"];

fn is(case: &Case) -> bool {
    case.repository() == "denoland/deno"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    runs(case, program, at)?;
    let mut plan = Plan::default();
    let store = case.variable("DENO_DIR").map_or("/deno-dir".to_owned(), |it| it.into_owned());
    let store = store.trim_end_matches('/').to_owned();
    let language = Language {
        name: "Deno",
        programs: &["deno"],
        builders: &[],
        installers: &["deno"],
        brings_programs: false,
        has: &[],
        folders: vec![store.clone()],
    };
    let image = image(case)?;
    interpreted::carried(case, program, &language, &mut plan)?;
    let texts = sources(case, at)?;
    let named: Vec<&str> = texts.iter().map(|it| &**it).collect();
    needs::packages(case, &named, &mut plan)?;
    if base::wants_system(&plan.ground) {
        let reason = format!(
            "the image of Deno is on a slim Debian already, and {}",
            base::why_system(&plan.ground)
        );
        return Err(case.stop("no-gain", reason));
    }
    // It adds to what it has compiled and looked up.
    let user = case.stage().user().filter(|it| !matches!(*it, "root" | "0"));
    for copied in plan.copies.iter_mut().filter(|it| it.from == store) {
        copied.because = "what Deno has downloaded and compiled".to_owned();
        copied.owner =
            user.map(|it| if it.contains(':') { it.to_owned() } else { format!("{it}:{it}") });
    }
    // Its caches are databases, of which no two builds write the same.
    plan.changed.push(store);
    starts(case, program, &mut plan);
    let why = "the same Deno without a shell: `docker debug` instead of `docker exec`";
    // Its entry point stands for that of before.
    let image = RuntimeImage { entrypoint: &[], ..image };
    plan.ground.kind = Kind::Chosen(Box::new(image), why.to_owned());
    plan.left.push("the shell and the packages of the distribution".to_owned());
    Ok(plan)
}

/// The program starts by a command of Deno that reads sources, with `deno` before it.
fn runs(case: &Case, program: &mut Program, at: crate::text::Span) -> Result<(), Stop> {
    let stop = |code, reason: String| Err(Stop { code, at, reason });
    let text = program.words.join(" ");
    if let Some(why) = &program.shell {
        return stop(
            "no-gain",
            format!("the image of Deno is on a slim Debian already, and {why}"),
        );
    }
    // What the entry point of the image does with a command of Deno.
    if program.fixed == 0 && RUNS.contains(&program.words[0].as_str()) {
        program.words.insert(0, "deno".to_owned());
    }
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    match words[..] {
        ["deno", verb, ..] if !RUNS.contains(&verb) => {
            return stop("unknown-program", format!("what `{text}` runs is not known"));
        }
        ["deno", _, ..] => (),
        _ => return stop("unknown-program", format!("`{text}` is not started by Deno")),
    }
    let is_watch = |it: &&str| it.starts_with("--watch") || *it == "--inspect-brk";
    if words.iter().any(is_watch) {
        return stop("development", format!("`{text}` is for those who develop"));
    }
    if words.iter().any(|it| it.starts_with("--allow-run")) {
        return stop("starts-programs", format!("`{text}` lets it start programs"));
    }
    // These have a word behind them.
    const VALUES: &[&str] =
        &["--config", "--ext", "--host", "--import-map", "--location", "--port", "-c", "-L"];
    let mut operands = (2..words.len())
        .filter(|at| !words[*at].starts_with('-') && !VALUES.contains(&words[at - 1]))
        .map(|at| words[at]);
    match (words[1], operands.next()) {
        ("task", Some(name)) => task(case, name, at),
        (_, Some(file))
            if file.contains("://") || file.starts_with("jsr:") || file.starts_with("npm:") =>
        {
            stop("sources-elsewhere", format!("`{file}` is not in the build context"))
        }
        (_, Some(file)) => {
            let place = resolve(case.stage().workdir(), file).unwrap_or_default();
            match case.source(&place)?.is_some() {
                true => Ok(()),
                false => stop("unknown-program", format!("`{file}` is not in the build context")),
            }
        }
        _ => stop("unknown-program", format!("what `{text}` runs is not known")),
    }
}

/// A task that starts nothing but Deno.
fn task(case: &Case, name: &str, at: crate::text::Span) -> Result<(), Stop> {
    let stop = |code, reason: String| Err(Stop { code, at, reason });
    for file in ["deno.json", "deno.jsonc"] {
        let place = resolve(case.stage().workdir(), file).unwrap_or_default();
        let Some(text) = case.source(&place)?.and_then(|it| case.text(&it)) else { continue };
        let parsed: Option<Value> = serde_json::from_str(&text).ok();
        let script = parsed.as_ref().and_then(|it| it.get("tasks")?.get(name)?.as_str());
        let Some(script) = script else { break };
        let parsed = shell::parse(script, Dialect::Unknown);
        let Some((words, _)) = parsed.as_deref().and_then(program::plain) else { break };
        if words.iter().any(|it| it.starts_with("--watch")) {
            return stop("development", format!("`{script}` is for those who develop"));
        }
        let runs = words[0] == "deno"
            && words.get(1).is_some_and(|it| *it != "task" && RUNS.contains(&it.as_str()));
        if runs {
            return Ok(());
        }
    }
    stop("unknown-program", format!("what the task `{name}` starts is not known"))
}

/// The image without a shell, in the words of the file.
fn image(case: &Case) -> Result<RuntimeImage, Stop> {
    if matches!(case.cx.options.runtime, RuntimePolicy::Alpine | RuntimePolicy::Slim) {
        let reason = format!("`{}` is what was asked for already", case.reference());
        return Err(case.stop("no-gain", reason));
    }
    let from = &case.cx.file.instructions[case.stage().instructions.start];
    let written = match &from.body {
        Body::From { image, .. } => image.text.to_string(),
        _ => String::new(),
    };
    let of = |reference: &str| {
        let name = reference.trim_start_matches("docker.io/");
        runtime::deno(name.strip_prefix("denoland/deno")?.strip_prefix(':'))
    };
    // A version of the file is checked as it is by default, and written as it stands there.
    let found = of(case.reference()).and_then(|_| of(&written));
    found.ok_or_else(|| {
        let reason = format!("no smaller image with the Deno of `{written}` is known");
        case.stop("runtime", reason)
    })
}

/// The texts of the sources, which start no other program.
fn sources(case: &Case, at: crate::text::Span) -> Result<Vec<std::sync::Arc<str>>, Stop> {
    const CALLS: &[&str] = &[
        "Deno.Command",
        "Deno.dlopen",
        "Deno.run(",
        "child_process",
        "npm:puppeteer",
        "npm:sharp",
    ];
    let mut all = Vec::new();
    let is_wanted = |path: &str| {
        let is_code =
            [".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts"].iter().any(|it| path.ends_with(it));
        let is_test = path.contains("_test.") || path.contains(".test.");
        is_code && !is_test
    };
    for path in case.arriving(is_wanted)? {
        let Some(text) = case.text(path) else { continue };
        if let Some(call) = CALLS.iter().find(|it| text.contains(**it)) {
            let reason = format!("`{path}` starts programs or loads libraries (`{call}`)");
            return Err(Stop { code: "starts-programs", at, reason });
        }
        all.push(text);
    }
    Ok(all)
}

/// The entry point of the image without a shell has `deno` in it.
fn starts(case: &Case, program: &mut Program, plan: &mut Plan) {
    if program.fixed == 0 {
        program.words.remove(0);
        let said = program.said.last().map(|at| &case.cx.file.instructions[*at].body);
        let same = match said {
            Some(Body::Cmd(crate::syntax::Command::Exec(words))) => {
                words.iter().map(|it| &*it.text).eq(program.words.iter().map(String::as_str))
            }
            _ => false,
        };
        program.changed |= !same;
    }
    plan.start = install::Started::default().start(program);
}
