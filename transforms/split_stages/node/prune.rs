//! Packages that only developers need are taken out where that is sure to be right.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::emit;
use super::super::package_json::Manifest;
use super::super::plan::Plan;
use super::super::program::Program;
use super::files::Files;
use super::modules;
use super::sources::{Sources, is_in_words};
use super::steps::{installs, is_builder};
use crate::images::runtime;

/// Adds the command that removes them to the build stage.
pub(super) fn prune(
    case: &Case,
    manifest: &Manifest,
    sources: &Sources,
    files: &Files,
    program: &Program,
    plan: &mut Plan,
) -> Result<(), Stop> {
    if manifest.tools().next().is_none() || manifest.has_workspaces() {
        return Ok(());
    }
    let needed = manifest.tools().find_map(|tool| {
        let by = sources.names(tool).map(str::to_owned);
        let by = by.or_else(|| is_in_words(program, tool).then(|| "the command line".to_owned()));
        by.map(|by| format!("packages for developers stay, because `{by}` names `{tool}`"))
    });
    let needed = needed.or(compiled(case, manifest)?);
    if let Some(why) = needed {
        plan.notes.push(why);
        return Ok(());
    }
    let Some(command) = command(case, manifest)? else { return Ok(()) };
    let folder = format!("{}/node_modules", manifest.folder.trim_end_matches('/'));
    if !files.has(&folder) {
        return Ok(());
    }
    plan.built.push((emit::tail(case), format!("RUN {command}")));
    plan.changed.push(folder);
    plan.left.push("packages for developers".to_owned());
    Ok(())
}

/// Why TypeScript is needed when it starts: <https://github.com/vercel/next.js/issues/81798>.
fn compiled(case: &Case, manifest: &Manifest) -> Result<Option<String>, Stop> {
    if !manifest.depends_on("next") {
        return Ok(None);
    }
    for name in ["next.config.ts", "next.config.mts"] {
        if manifest.has_file(case, name)? {
            let why = format!(
                "packages for developers stay, because `{name}` is compiled when Next.js starts"
            );
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// Removes the packages of front ends that the build has put together: they are read by nothing that runs.
pub(super) fn fronts(
    case: &Case,
    manifests: &[Manifest],
    main: &Manifest,
    sources: &Sources,
    plan: &mut Plan,
) {
    const BUNDLERS: &[&str] =
        &["@angular/cli", "@vue/cli-service", "parcel", "parcel-bundler", "react-scripts", "vite"];
    const SERVERS: &[&str] = &[
        "@nestjs/core",
        "@sveltejs/kit",
        "astro",
        "express",
        "fastify",
        "gatsby",
        "koa",
        "next",
        "nuxt",
        "@remix-run/node",
    ];
    let is_front = |it: &&Manifest| {
        let depends = |name: &str| it.depends_on(name);
        BUNDLERS.iter().any(|it| depends(it)) && !SERVERS.iter().any(|it| depends(it))
    };
    let here = case.cx.facts.workdir_at(emit::tail(case)).map(|it| it.path);
    if here.as_deref() != Some(main.folder.as_str()) || main.has_workspaces() {
        return;
    }
    let inside = format!("{}/", main.folder.trim_end_matches('/'));
    for front in manifests.iter().filter(is_front) {
        let Some(name) = front.folder.strip_prefix(&inside) else { continue };
        let builds = |step: &&Step| {
            let is_builder = matches!(&step.work, Work::Program { name, .. } if is_builder(name));
            step.workdir.as_deref() == Some(&front.folder) && is_builder && !installs(step)
        };
        let is_built = case.steps().iter().any(|step| builds(&step) && step.certain);
        let read = [format!("{name}/src"), format!("{name}/node_modules")];
        let is_read = read.iter().any(|it| sources.mentions(it, &front.beside("")));
        if is_built && !is_read && !name.contains([' ', '$']) {
            plan.built.push((emit::tail(case), format!("RUN rm -rf {name}/node_modules")));
            plan.changed.push(format!("{}/node_modules", front.folder));
            plan.left.push(format!("the packages of `{name}`"));
        }
    }
}

/// The command that removes them; `None` where they are not there, or it is not sure to work.
fn command(case: &Case, manifest: &Manifest) -> Result<Option<String>, Stop> {
    let here =
        |step: &&Step| step.workdir.as_deref() == Some(manifest.folder.as_str()) && installs(step);
    let found: Vec<&Step> = case.steps().iter().filter(here).collect();
    let is_install = |step: &&&Step| match &step.work {
        Work::Program { words, .. } => {
            let verb = words.iter().copied().flatten().find(|it| !it.starts_with('-'));
            !words.iter().flatten().any(|it| matches!(*it, "-g" | "--global" | "global"))
                && matches!(verb, None | Some("ci" | "clean-install" | "i" | "install"))
        }
        _ => false,
    };
    let mut all = found.iter().filter(is_install);
    let (Some(step), None) = (all.next(), all.next()) else { return Ok(None) };
    let Work::Program { name, words, environment } = &step.work else { return Ok(None) };
    let is_production = |it: &&str| {
        it.starts_with("--prod") || it.contains("omit") || it.starts_with("--only") || *it == "-P"
    };
    let of_step = environment.iter().find(|(name, _)| *name == "NODE_ENV").map(|it| it.1);
    let set = match case.cx.facts.variable(step.instruction, "NODE_ENV") {
        crate::syntax::expand::Value::Set(value) => Some(value.to_string()),
        _ => None,
    };
    let mode = of_step.map_or(set, |it| it.map(str::to_owned));
    let leaves_out = words.iter().any(|it| it.is_none_or(|it| is_production(&it)))
        || mode.as_deref() == Some("production");
    // It runs as the user who installed, at the place where the install was.
    let tail = emit::tail(case);
    let same_user = case.cx.facts.user_at(step.instruction)
        == case.cx.facts.user_at(tail.saturating_sub(1))
        && case.cx.facts.workdir_at(tail).map(|it| it.path).as_deref() == Some(&manifest.folder);
    let has_token = || {
        let text = case
            .text(&manifest.beside(".npmrc"))
            .or_else(|| case.text(&manifest.beside(".yarnrc.yml")));
        text.is_some_and(|it| it.contains("${") || it.contains("_auth"))
    };
    let mounts = case.cx.facts.run(step.instruction).is_some_and(|run| !run.mounts.is_empty());
    if leaves_out || !step.certain || !same_user || mounts || has_token() {
        return Ok(None);
    }
    match *name {
        "npm" => npm(case, manifest, words),
        "yarn" => yarn(case, manifest),
        _ => Ok(None),
    }
}

fn npm(case: &Case, manifest: &Manifest, words: &[Option<&str>]) -> Result<Option<String>, Stop> {
    let names = ["package-lock.json", "npm-shrinkwrap.json"];
    let mut found = None;
    for name in names {
        found = found.or(manifest.has_file(case, name)?.then_some(name));
    }
    // What installs without a lock file writes one.
    let no_lock = |it: &&str| it.contains("package-lock");
    let writes = !matches!(words.first(), Some(Some("ci"))) && !words.iter().flatten().any(no_lock);
    let settings = case.text(&manifest.beside(".npmrc"));
    let writes = writes && settings.is_none_or(|it| !it.contains("package-lock"));
    if found.is_none() && !writes {
        return Ok(None);
    }
    let lock = found.and_then(|it| case.text(&manifest.beside(it)));
    let is_first = lock.is_some_and(|it| it.contains("\"lockfileVersion\": 1"));
    let major = case.image().and_then(runtime::node_major);
    let is_old = major.is_some_and(|it| it < 16);
    // Newer versions of npm look up every package of an old lock file.
    if !is_old && is_first && words.first() == Some(&Some("ci")) {
        return Ok(None);
    }
    let keeps =
        words.iter().flatten().filter(|it| matches!(**it, "--force" | "-f" | "--legacy-peer-deps"));
    let mut command = vec!["npm", "prune"];
    command.push(if is_old { "--production" } else { "--omit=dev" });
    command.extend(keeps);
    Ok(Some(command.join(" ")))
}

fn yarn(case: &Case, manifest: &Manifest) -> Result<Option<String>, Stop> {
    let is_first = case.image().is_some_and(|it| it.has_yarn_1())
        && manifest.field("packageManager").is_none_or(|it| it.starts_with("yarn@1"))
        && !manifest.has_file(case, ".yarnrc.yml")?;
    let has_lock = manifest.has_file(case, "yarn.lock")?;
    // What was compiled when it was installed would have to be compiled again.
    const COMPILED: &[&str] = &[
        "argon2",
        "bcrypt",
        "bufferutil",
        "grpc",
        "node-sass",
        "sharp",
        "canvas",
        "utf-8-validate",
    ];
    let is_native = manifest
        .dependencies()
        .any(|it| COMPILED.contains(&it) || it.contains("sqlite") || it.contains("prisma"));
    let needs = modules::needs(manifest);
    let is_plain =
        is_first && has_lock && !is_native && needs.iter().all(|(name, _)| *name == "next");
    let command = "yarn install --production --ignore-scripts --prefer-offline";
    Ok(is_plain.then(|| command.to_owned()))
}
