//! What npm, Yarn and pnpm read of a project.

use super::python::changes_lock;
use super::{Case, Stop, Wanted};
use crate::effect::later::Tool;
use serde_json::Value;

/// Scripts of a project that run when its packages are installed.
const SCRIPTS: &[&str] = &[
    "dependencies",
    "install",
    "pnpm:devPreinstall",
    "postinstall",
    "postprepare",
    "preinstall",
    "prepare",
    "preprepare",
    "prepublish",
];

/// Packages that look at the project when they are installed, or write into it.
const LOOK_AROUND: &[&str] = &[
    "@prisma/client",
    "@redwoodjs/core",
    "@sveltejs/kit",
    "@zenstackhq/runtime",
    "blitz",
    "msw",
    "nx",
];

/// Packages whose own scripts are known to stay with themselves: they compile, download or thank.
const STAY: &[&str] = &[
    "@nestjs/core",
    "@parcel/watcher",
    "@scarf/scarf",
    "@swc/core",
    "argon2",
    "bcrypt",
    "better-sqlite3",
    "bufferutil",
    "canvas",
    "core-js",
    "core-js-pure",
    "cpu-features",
    "es5-ext",
    "esbuild",
    "fsevents",
    "msgpackr-extract",
    "protobufjs",
    "re2",
    "sharp",
    "sqlite3",
    "ssh2",
    "styled-components",
    "unrs-resolver",
    "utf-8-validate",
];

const DEPENDENCIES: &[&str] = &["dependencies", "devDependencies", "optionalDependencies"];

/// What leads into the project.
const LOCAL: &[&str] = &["file:", "link:", "patch:", "portal:", "workspace:", ".", "/", "~/"];

pub(super) fn wanted(case: &Case) -> Result<Wanted, Stop> {
    let text = case.manifest("package.json")?;
    let Ok(package) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return Err(case.stop("unclear", "`package.json` cannot be read".to_owned()));
    };
    is_alone(case, &package)?;
    let hooks = runs_nothing(case, &package)?;
    let inside = case.excluded("node_modules")?;
    let mut files = vec!["package.json".to_owned()];
    let (locks, more): (&[&str], &[&str]) = match case.reading.tool {
        Tool::Yarn => (&["yarn.lock"], &[".yarnrc", ".yarnrc.yml", ".npmrc"]),
        Tool::Pnpm => (&["pnpm-lock.yaml"], &[".npmrc", ".pnpmfile.cjs", "pnpm-workspace.yaml"]),
        _ => (&["package-lock.json", "npm-shrinkwrap.json"], &[".npmrc", "yarn.lock"]),
    };
    let locked = case.present(locks);
    let has_lock = locked.iter().any(|it| !it.ends_with('*'));
    match (locked.is_empty(), case.reading.tool) {
        // One that is made but not kept by version control is copied, too.
        (true, Tool::Npm) => files = vec!["package*.json".to_owned()],
        _ => files.extend(locked),
    }
    files.extend(case.present(more));
    files.extend(settings(case)?);
    let doubts = doubts(case, has_lock.then_some(locks[0]));
    Ok(Wanted { files, doubts: inside.into_iter().chain(hooks).chain(doubts).collect() })
}

/// Whether the project is none of several, and takes no package from a folder of its own.
fn is_alone(case: &Case, package: &Value) -> Result<(), Stop> {
    if package.get("workspaces").is_some() {
        return Err(case.stop("workspace", "the project is a workspace".to_owned()));
    }
    if case.reading.tool == Tool::Pnpm {
        let text = case.cx.text("pnpm-workspace.yaml").unwrap_or_else(|| "".into());
        if text.lines().any(|it| it.starts_with("packages:") || it.starts_with("patchedDep")) {
            return Err(case.stop("workspace", "the project is a workspace".to_owned()));
        }
    }
    let groups = DEPENDENCIES.iter().chain(&["overrides", "resolutions"]);
    let mut all: Vec<&Value> = groups.filter_map(|group| package.get(group)).collect();
    all.extend(package.pointer("/pnpm/overrides"));
    let patched = ["/pnpm/patchedDependencies", "/patchedDependencies"];
    if patched.iter().any(|it| package.pointer(it).is_some()) {
        return Err(case.stop("patches", "`package.json` names patches".to_owned()));
    }
    while let Some(value) = all.pop() {
        match value {
            Value::Object(inner) => all.extend(inner.values()),
            Value::String(to) if LOCAL.iter().any(|it| to.starts_with(it)) => {
                let reason = format!("`package.json` names `{to}`, which is in the project");
                return Err(case.stop("local-package", reason));
            }
            _ => (),
        }
    }
    Ok(())
}

/// Whether no script runs that sees the sources, as far as `package.json` tells.
fn runs_nothing(case: &Case, package: &Value) -> Result<Option<String>, Stop> {
    if case.says("--ignore-scripts") {
        return Ok(None);
    }
    if case.is_listed("binding.gyp") {
        let reason = "the project is an add-on, which the install compiles".to_owned();
        return Err(case.stop("script", reason));
    }
    let text = |name: &str| package.get("scripts")?.get(name)?.as_str().map(str::trim);
    // It sets hooks of a repository up, and does nothing where there is none.
    let is_husky = |text: &str| matches!(text, "husky" | "husky install" | "husky || true");
    // It only looks at who calls it.
    let is_guard =
        |text: &str| text.starts_with("npx only-allow ") && !text.contains(['&', ';', '|']);
    let is_idle = |text: &str| is_guard(text) || is_husky(text);
    let mut found = SCRIPTS.iter().filter_map(|name| Some((*name, text(name)?)));
    if let Some((name, text)) = found.find(|(_, text)| !text.is_empty() && !is_idle(text)) {
        let reason = format!("`package.json` runs `{text}` as `{name}` with the install");
        return Err(case.stop("script", reason));
    }
    let depends =
        |name: &&&str| DEPENDENCIES.iter().any(|group| package[*group].get(**name).is_some());
    if let Some(name) = LOOK_AROUND.iter().find(depends) {
        let reason = format!("`{name}` looks at the project when it is installed");
        return Err(case.stop("package-script", reason));
    }
    let configured =
        |it: &&str| it.starts_with(".puppeteerrc") || it.starts_with("puppeteer.config");
    if let Some(file) = case.files.iter().map(|it| &**it).find(configured) {
        let reason = format!("`{file}` is read when packages are installed");
        return Err(case.stop("package-script", reason));
    }
    let hooks = SCRIPTS.iter().any(|name| text(name).is_some_and(is_husky));
    let hooks = hooks && !case.cx.excludes(".git");
    let doubt = "if `.git` is in the build context, husky no longer sets up hooks in it".to_owned();
    Ok(hooks.then_some(doubt))
}

/// Folders that Yarn keeps in the project.
fn settings(case: &Case) -> Result<Vec<String>, Stop> {
    if case.reading.tool != Tool::Yarn {
        return Ok(Vec::new());
    }
    if let Some(text) = case.cx.text(".yarnrc.yml") {
        let squeezed = |it: &str| it.split_whitespace().collect::<String>();
        if !text.lines().any(|it| squeezed(it) == "nodeLinker:node-modules") {
            let reason = "Yarn keeps the packages in files of the project (Plug'n'Play)".to_owned();
            return Err(case.stop("plug-and-play", reason));
        }
    }
    if !case.holds(".yarn") {
        return Ok(Vec::new());
    }
    match case.holds(".yarn/cache") || case.holds(".yarn/unplugged") {
        true => {
            Err(case.stop("yarn-cache", "the project has packages in `.yarn/cache`".to_owned()))
        }
        false => Ok(vec![".yarn/".to_owned()]),
    }
}

/// Why somebody has to agree, if scripts of packages or the lock file are not known to be of no account.
fn doubts(case: &Case, lock: Option<&str>) -> Vec<String> {
    let silent =
        case.says("--ignore-scripts") || case.reading.tool == Tool::Npm && scripts_stay(case);
    let scripts = "scripts that packages run when they are installed no longer see the sources";
    let keeps = ["ci", "clean-install", "--frozen-lockfile", "--immutable", "--pure-lockfile"];
    let keeps = keeps.iter().any(|it| case.says(it));
    let changes = lock.filter(|_| !keeps).map(|lock| changes_lock(case, lock));
    (!silent).then(|| scripts.to_owned()).into_iter().chain(changes).collect()
}

/// Whether npm's lock file tells that no package runs a script which is not known.
fn scripts_stay(case: &Case) -> bool {
    let Some(text) = case.cx.text("package-lock.json") else { return false };
    let Ok(lock) = serde_json::from_str::<Value>(&text) else { return false };
    let Some(Value::Object(packages)) = lock.get("packages") else { return false };
    packages.iter().all(|(path, it)| {
        let name = path.rsplit("node_modules/").next().unwrap_or(path);
        let runs = it.get("hasInstallScript").is_some_and(|it| *it == Value::Bool(true));
        path.is_empty() || !runs || STAY.contains(&name)
    })
}
