//! Sites that are built in an image of nginx, which serves them: the tools of the build stay behind.

use super::super::case::Case;
use super::super::commands::Work;
use super::super::plan::{Copied, Ground, Kind, Plan};
use super::super::program::{self, Program};
use super::super::{Stack, Stop, needs};
use super::is_root;
use crate::facts::{Origin, is_within, resolve};
use crate::images::runtime::{RuntimeImage, nginx, nginx_unprivileged};
use crate::shell::command::base;

pub(in super::super) const STACK: Stack = Stack { name: "the site", is, plan };

const SETTINGS: &str = "/etc/nginx";
const PAGES: &str = "/usr/share/nginx/html";
const SCRIPTS: &str = "/docker-entrypoint.d";

fn is(case: &Case) -> bool {
    let repository = case.repository();
    let starts = || {
        let program = program::program(case);
        program.is_ok_and(|it| it.shell.is_none() && base(&it.words[0]) == "nginx")
    };
    matches!(repository, "nginx" | "nginxinc/nginx-unprivileged") && builds(case) && starts()
}

/// What runs scripts that make pages: nginx itself runs none of them.
const INTERPRETERS: &[&str] = &["node", "pandoc", "perl", "python", "python3", "ruby"];

/// Whether something is there for the build alone.
fn builds(case: &Case) -> bool {
    case.steps().iter().any(|step| match &step.work {
        Work::Packages(names) => names.iter().any(|it| needs::is_builder(it) || is_generator(it)),
        Work::Program { name, .. } => {
            needs::is_builder(name) || is_generator(name) || INTERPRETERS.contains(name)
        }
        _ => false,
    })
}

fn is_generator(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "bower",
        "bun",
        "bundle",
        "gulp",
        "hexo",
        "hugo",
        "jekyll",
        "mdbook",
        "mkdocs",
        "nodejs",
        "npm",
        "npx",
        "pelican",
        "pip",
        "pip3",
        "pnpm",
        "sphinx-build",
        "yarn",
        "zola",
    ];
    NAMES.contains(&name)
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let image = image(case)?;
    nothing_goes(case)?;
    let mut plan = Plan::default();
    let brought = |folder: &str| {
        let own = case.arrivals.iter().filter_map(|it| it.to.as_deref());
        own.into_iter().any(|to| is_within(to, folder) || is_within(folder, to))
    };
    if brought(SCRIPTS) {
        let reason = "what scripts need that run before nginx is not known".to_owned();
        return Err(case.stop("script", reason));
    }
    let configured = brought(SETTINGS) || mentions(case, SETTINGS);
    if configured {
        plan.copies.push(Copied::folder(SETTINGS, "the settings of nginx"));
    }
    for (path, why) in served(case, configured)? {
        plan.copies.push(Copied::folder(&path, why));
    }
    let why = "the image that served it, without the tools of the build";
    let root = is_root(&image).then(|| "nginx starts as root, and serves as `nginx`".to_owned());
    plan.ground = Ground {
        kind: Kind::Chosen(Box::new(RuntimeImage { entrypoint: &[], ..image }), why.to_owned()),
        root,
        ..Ground::default()
    };
    plan.left.push("what the site is made of".to_owned());
    plan.notes.extend(program.through.iter().cloned());
    Ok(plan)
}

/// The image as the file names it.
fn image(case: &Case) -> Result<RuntimeImage, Stop> {
    let reference = case.reference();
    let (name, tag) = match reference.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (reference, None),
    };
    let found = match name {
        "nginx" => nginx(tag),
        "nginxinc/nginx-unprivileged" => nginx_unprivileged(tag),
        _ => None,
    };
    found.ok_or_else(|| {
        let reason = format!("whether `{reference}` is still published is not known");
        case.stop("runtime", reason)
    })
}

/// The folders that it serves, and why they are known.
fn served(case: &Case, configured: bool) -> Result<Vec<(String, String)>, Stop> {
    let is_settings = |path: &str| is_within(path, SETTINGS) && path.ends_with(".conf");
    let mut found = Vec::new();
    let mut replaced = false;
    for file in case.files()? {
        let Some(place) = case.place(file)?.filter(|it| is_settings(it)) else { continue };
        let Some(text) = case.text(file) else { continue };
        replaced |=
            matches!(place.as_str(), "/etc/nginx/nginx.conf" | "/etc/nginx/conf.d/default.conf");
        for (key, path) in named(&text) {
            let is_plain = path.starts_with('/') && !path.contains('$');
            if key == "include" && (path.contains("mime.types") || is_within(&path, SETTINGS)) {
                continue;
            }
            if !is_plain {
                let reason = format!("which folder `{key} {path}` of `{file}` means is not known");
                return Err(case.stop("served-folder", reason));
            }
            if is_within(&path, SETTINGS) || !is_made(case, &path)? {
                continue;
            }
            found.push((path.trim_end_matches('/').to_owned(), format!("`{file}` names it")));
        }
    }
    let writes = configured
        && !case
            .arrivals
            .iter()
            .any(|it| it.to.as_deref().is_some_and(|it| is_within(it, SETTINGS)));
    if writes {
        return Err(case.stop(
            "served-folder",
            "what a `RUN` writes to the settings of nginx is not known".to_owned(),
        ));
    }
    if !replaced && is_made(case, PAGES)? {
        found.push((PAGES.to_owned(), "nginx serves it".to_owned()));
    }
    found.dedup_by(|a, b| a.0 == b.0);
    match found.is_empty() {
        true => Err(case.stop("served-folder", "which folder it serves is not known".to_owned())),
        false => Ok(found),
    }
}

/// Paths that directives name.
fn named(text: &str) -> Vec<(String, String)> {
    const KEYS: &[&str] = &[
        "alias",
        "auth_basic_user_file",
        "include",
        "root",
        "ssl_certificate",
        "ssl_certificate_key",
        "ssl_dhparam",
    ];
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let statements = lines.flat_map(|line| line.split([';', '{', '}']));
    let words = statements.filter_map(|it| {
        let mut words = it.split_whitespace();
        let (key, path) = (words.next()?, words.next()?);
        KEYS.contains(&key).then(|| (key.to_owned(), path.trim_matches(['"', '\'']).to_owned()))
    });
    words.collect()
}

/// Whether the build brings something there: the context, or a command that names it or works above it.
fn is_made(case: &Case, path: &str) -> Result<bool, Stop> {
    if case.source(path)?.is_some() || mentions(case, path) {
        return Ok(true);
    }
    let arrives = |to: &str| is_within(to, path) || is_within(path, to);
    let own = case.arrivals.iter().filter(|it| it.origin == Origin::Context);
    Ok(own.filter_map(|it| it.to.as_deref()).any(arrives))
}

/// Whether a command names a path, or one that is in it.
fn mentions(case: &Case, path: &str) -> bool {
    case.steps().iter().any(|step| match &step.work {
        Work::Program { words, .. } => words.iter().flatten().any(|word| {
            let word = word.split('*').next().unwrap_or_default();
            resolve(step.workdir.as_deref(), word).is_some_and(|it| is_within(&it, path))
        }),
        Work::Writes(to) => is_within(to, path),
        _ => false,
    })
}

/// What the image brings and the build removes would be there again.
fn nothing_goes(case: &Case) -> Result<(), Stop> {
    let removes = case.cx.facts.runs_of(case.stage).find_map(|run| {
        let script = run.script.as_ref()?;
        script.parsed.simple_commands().into_iter().find_map(|(_, simple, _)| {
            let call = script.parsed.invocation(simple)?;
            let names = call.literals().flatten().any(|it| it.starts_with(SETTINGS));
            (matches!(call.program, "rm" | "mv" | "unlink") && names).then_some(run.instruction)
        })
    });
    match removes {
        None => Ok(()),
        Some(at) => {
            let reason = "it removes settings that the image of nginx has".to_owned();
            Err(Stop { code: "removes", at: case.span(at), reason })
        }
    }
}
