//! Programs that are read and not compiled, on the smaller image by those who publish the image of their
//! language: all of their files are copied, from where the build has them to the same place.

use super::Stop;
use super::base::has_certificates;
use super::case::Case;
use super::commands::{Step, Work, shortened};
use super::evidence::outermost;
use super::install::{self, Made};
use super::libraries;
use super::needs;
use super::plan::{Copied, Kind, Package, Plan};
use super::program::Program;
use crate::facts::{Arrival, Origin, is_shared_folder, is_within, resolve};
use crate::images::Family;
use crate::images::runtime::{self, RuntimeImage};
use crate::shell::command::{base, is_shell};
use crate::syntax::{Body, expand};

mod starts;

/// Folders of which nothing is needed later.
const THROWN: &[&str] =
    &["/root/.cache", "/root/.npm", "/tmp", "/var/cache", "/var/lib/apt", "/var/tmp"];

/// Commands that change files which they name.
const FILERS: &[&str] = &[
    "chgrp", "chmod", "chown", "cp", "install", "ln", "mkdir", "mv", "sed", "tar", "tee", "touch",
    "unzip",
];

/// Tools that may be copied out of other images for the build.
const TOOLS: &[&str] =
    &["composer", "composer.phar", "install-php-extensions", "node", "uv", "uvx", "yarn"];

/// What is known of a language.
pub(super) struct Language {
    /// Its name, as messages have it.
    pub(super) name: &'static str,
    /// Programs of it that the run-time image has, too, or that are copied with the program.
    pub(super) programs: &'static [&'static str],
    /// Programs that work on files of the folder that they are called in, and of nothing else.
    pub(super) builders: &'static [&'static str],
    /// Package managers, which put what they install in `folders`, wherever they are called.
    pub(super) installers: &'static [&'static str],
    /// Any program that is not known may be one that the language's package manager has installed.
    pub(super) brings_programs: bool,
    /// `-dev` packages whose libraries every image of the language has.
    pub(super) has: &'static [&'static str],
    /// Folders that are copied besides those of the program.
    pub(super) folders: Vec<String>,
}

/// The smaller image with the same version, in the words of the file.
pub(super) fn slim(case: &Case, language: &Language) -> Result<RuntimeImage, Stop> {
    slim_with(case, language.name)
}

/// The smaller image with the same version of what is called `language`.
pub(super) fn slim_with(case: &Case, language: &str) -> Result<RuntimeImage, Stop> {
    let from = &case.cx.file.instructions[case.stage().instructions.start];
    let written = match &from.body {
        Body::From { image, .. } => image.text.to_string(),
        _ => String::new(),
    };
    if written.contains('@') {
        let reason = "it is pinned by a digest, and that of a smaller image is not known";
        return Err(case.stop("pinned", reason.to_owned()));
    }
    let (repository, tag) = match written.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') && !repository.contains("${") => {
            (repository.to_owned(), Some(tag.to_owned()))
        }
        _ => (written.clone(), None),
    };
    let found = match &tag {
        Some(tag) if tag.contains('$') => {
            runtime::slim_of_written(&repository, tag, |text| expanded(case, text))
        }
        tag => runtime::slim_of(&repository, tag.as_deref()),
    };
    found.ok_or_else(|| {
        let reason = format!("no smaller image with the {language} of `{written}` is known");
        case.stop("runtime", reason)
    })
}

/// A text with the defaults of the variables that stand before the stage.
fn expanded(case: &Case, text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for variable in expand::variables(&text.clone(), case.cx.file.escape).ok()? {
        let before = &case.cx.file.instructions[..case.stage().instructions.start];
        let value = before.iter().rev().find_map(|it| match &it.body {
            Body::Arg(pairs) => {
                let pair = pairs.iter().find(|pair| pair.name.text == variable.name)?;
                Some(pair.value.as_ref()?.text.trim_matches(['"', '\'']).to_owned())
            }
            _ => None,
        })?;
        text = text.replace(&format!("${{{}}}", variable.name), &value);
        text = text.replace(&format!("${}", variable.name), &value);
    }
    (!text.contains('$')).then_some(text)
}

/// What is copied, and what the image needs besides.
pub(super) fn carried(
    case: &Case,
    program: &mut Program,
    language: &Language,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let mut copies = brought(case)?;
    let because = format!("what {} installs is there", language.name);
    copies.extend(language.folders.iter().map(|it| Copied::folder(it, &*because)));
    let mut made = Made::default();
    for step in case.steps() {
        step_is_known(case, step, language, &copies, &mut made)?;
    }
    copies.extend(made.others.iter().cloned());
    plan.copies.extend(outermost(copies));
    starts::starts(case, program, language, plan)?;
    // A shell is there, and what it assigns stays where it is written.
    program.assigned.clear();
    needs::health(case, &made, plan)
}

/// Everything that `COPY` and `ADD` bring, and the folders in which the build works.
fn brought(case: &Case) -> Result<Vec<Copied>, Stop> {
    let workdir = case.workdir()?;
    let mut found = Vec::new();
    if !is_shared_folder(workdir) {
        found.push(Copied::folder(workdir, "the program and its files"));
    }
    for arrival in &case.arrivals {
        let at = case.span(arrival.instruction);
        let text = shortened(at.of(case.cx.file.source));
        let unclear =
            |why: &str| Stop { code: "unclear-copy", at, reason: format!("`{text}`: {why}") };
        let to = arrival.to.as_deref();
        let to = to.ok_or_else(|| unclear("where it puts its files is not known"))?;
        if is_within(to, workdir) && !is_shared_folder(workdir) || is_thrown(to) {
            continue;
        }
        match (arrival.origin == Origin::Context, is_tool(arrival)) {
            (true, _) => (),
            (false, true) => continue,
            (false, false) => return Err(unclear("what it brings is not known")),
        }
        let because = "the file puts it there";
        if !is_shared_folder(to.trim_end_matches('/')) && to != "/" {
            let first = arrival.paths.iter().flatten().next();
            let is_folder =
                case.cx.facts.destination(arrival.instruction).is_some_and(|it| it.folder)
                    || first.is_some_and(|it| case.below(it).is_ok_and(|all| !all.is_empty()));
            found.push(Copied { is_folder, ..Copied::file(to, because) });
            continue;
        }
        for path in &arrival.paths {
            let path = path.as_deref().ok_or_else(|| unclear("what it takes is not known"))?;
            let below = case.below(path)?;
            let names: Vec<String> = match (path.contains(['*', '?', '[']), below) {
                (true, _) => return Err(unclear("which files it takes is not known")),
                (false, []) => vec![base(path).to_owned()],
                (false, below) => {
                    let inside = |it: &str| it[path.len()..].trim_start_matches('/').to_owned();
                    below.iter().map(|it| inside(it)).collect()
                }
            };
            if names.len() > 20 {
                return Err(unclear("it puts its files among those of the image"));
            }
            let places = names.iter().filter_map(|name| resolve(Some(to), name));
            found.extend(places.map(|place| Copied::file(&place, because)));
        }
    }
    Ok(found)
}

/// What a `COPY` takes out of another image is for the build alone.
fn is_tool(arrival: &Arrival) -> bool {
    let is_it = |path: &str| TOOLS.contains(&base(path.trim_end_matches('/')));
    arrival.paths.iter().all(|it| it.as_deref().is_some_and(is_it))
}

fn is_thrown(path: &str) -> bool {
    THROWN.iter().any(|it| is_within(path, it))
}

/// Nothing that a command makes is needed and left behind.
fn step_is_known(
    case: &Case,
    step: &Step,
    language: &Language,
    copies: &[Copied],
    made: &mut Made,
) -> Result<(), Stop> {
    let is_kept = |path: &str| copies.iter().any(|it| is_within(path, &it.from)) || is_thrown(path);
    let (name, words) = match &step.work {
        Work::Writes(path) if is_kept(path) => return Ok(()),
        Work::Program { name, words, .. } => (*name, words),
        _ => return install::other(case, step, made),
    };
    let is_inside = step.workdir.as_deref().is_some_and(is_kept);
    let is_own = language.builders.contains(&name) || language.programs.contains(&name);
    if is_inside && is_own
        || language.installers.contains(&name)
        || language.programs.contains(&name) && has(step, "go-pear")
        || matches!(name, "npm" | "yarn" | "pnpm" | "node" | "npx" | "corepack" | "git" | "bower")
    {
        return Ok(());
    }
    let fetches = matches!(name, "curl" | "wget");
    if fetches || is_shell(name) || name == "gpg" {
        // What adds a repository, or only shows what it has got.
        let source = case.span(step.instruction).of(case.cx.file.source);
        let adds = [
            "nodesource.com",
            "yarnpkg.com",
            "postgresql.org",
            "apt-key",
            "getcomposer.org",
            "pear.php.net",
        ];
        let output = words.iter().flatten().any(|it| it.starts_with("-o") || it.starts_with("-O"));
        if adds.iter().any(|it| source.contains(it)) || fetches && is_inside && output {
            return Ok(());
        }
    }
    if !FILERS.contains(&name) {
        return install::other(case, step, made);
    }
    file_is_known(case, step, (name, words), &is_kept, made)
}

/// Whether a word of a command contains a text.
fn has(step: &Step, part: &str) -> bool {
    step.text.contains(part)
}

/// What a command that changes files leaves is copied, or needed by the build alone.
fn file_is_known(
    case: &Case,
    step: &Step,
    (name, words): (&str, &[Option<&str>]),
    is_kept: &dyn Fn(&str) -> bool,
    made: &mut Made,
) -> Result<(), Stop> {
    let place = |word: &str| resolve(step.workdir.as_deref(), word);
    let operands: Option<Vec<String>> = words
        .iter()
        .filter(|word| !word.is_some_and(|it| it.starts_with('-')))
        .map(|word| (*word).map(str::to_owned))
        .collect();
    let targets = match (name, operands) {
        (_, None) => None,
        ("cp" | "mv" | "ln" | "install", Some(all)) => {
            Some(all.last().cloned().into_iter().collect())
        }
        ("chmod" | "chown" | "chgrp" | "sed", Some(all)) => Some(all[1.min(all.len())..].to_vec()),
        ("tar" | "unzip", Some(_)) => Some(vec![".".to_owned()]),
        (_, Some(all)) => Some(all),
    };
    let targets: Option<Vec<String>> =
        targets.map(|all| all.iter().filter_map(|it| place(it)).collect());
    let is_tool = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or_default();
        TOOLS.contains(&name)
    };
    match targets {
        Some(all) if all.iter().all(|it| is_kept(it) || is_tool(it)) => Ok(()),
        Some(all) if name == "mkdir" => {
            let because = format!("`{}` makes it", step.text);
            let new = all.iter().filter(|it| !is_kept(it));
            made.others.extend(new.map(|it| Copied::folder(it, &*because)));
            Ok(())
        }
        _ => install::other(case, step, made),
    }
}

/// The libraries that what was built with `-dev` packages of the file needs.
pub(super) fn libraries_of_installed(
    case: &Case,
    language: &Language,
    image: &RuntimeImage,
    plan: &mut Plan,
) -> Result<(), Stop> {
    for step in case.steps() {
        let Work::Packages(names) = &step.work else { continue };
        let is_open = |it: &&String| it.ends_with("-dev") && !language.has.contains(&it.as_str());
        for name in names.iter().filter(is_open) {
            library(case, name, image, format!("it is built with `{name}`"), plan)?;
        }
    }
    Ok(())
}

/// The libraries of what a manifest names: pairs of that and of the `-dev` packages with which it is built.
pub(super) fn libraries_of_named(
    case: &Case,
    known: &[(&str, &[&str])],
    is_named: impl Fn(&str) -> bool,
    what: &str,
    image: &RuntimeImage,
    plan: &mut Plan,
) -> Result<(), Stop> {
    for (name, packages) in known.iter().filter(|(name, _)| is_named(name)) {
        for package in *packages {
            library(case, package, image, format!("{what} `{name}` needs it"), plan)?;
        }
    }
    Ok(())
}

/// Certificates where the build stage has them, and the image has none.
pub(super) fn certificates(case: &Case, image: &mut RuntimeImage, plan: &mut Plan) {
    if !image.certificates && has_certificates(case) {
        let bundle = "/etc/ssl/certs/ca-certificates.crt";
        plan.copies.push(Copied::file(bundle, "the certificates of the build stage"));
        image.certificates = true;
    }
}

/// The image on which it is, whose entry point is that of the build stage, or none as there.
pub(super) fn on(image: RuntimeImage, why: &str, plan: &mut Plan) {
    let image = RuntimeImage { entrypoint: &[], ..image };
    plan.ground.kind = Kind::Chosen(Box::new(image), why.to_owned());
    plan.left.push("compilers and headers".to_owned());
}

/// It is not there for those who write it: none of these is started.
pub(super) fn is_for_users(case: &Case, program: &Program, tools: &[&str]) -> Result<(), Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let text = program.words.join(" ");
    match text.split_whitespace().find(|it| tools.contains(&base(it))) {
        Some(word) => {
            let reason = format!("`{word}` is for those who write the program");
            Err(Stop { code: "development", at, reason })
        }
        None => Ok(()),
    }
}

/// The libraries of a `-dev` package, where the image does not have them.
pub(super) fn library(
    case: &Case,
    dev: &str,
    image: &RuntimeImage,
    because: String,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    let found = distribution.and_then(|it| libraries::of_dev(dev, it));
    let Some(names) = found else {
        let reason =
            format!("which libraries of `{dev}` a program needs when it runs is not known");
        return Err(case.stop("package", reason));
    };
    let is_alpine = distribution.is_some_and(|it| it.family == Family::Alpine);
    // Where the release is not known, the name of before stands for both: Debian 13 provides it.
    let is_open = distribution.is_none_or(|it| it.release.is_none());
    let spelled = |name: String| match name.strip_suffix("t64") {
        Some(stem) if is_open => stem.to_owned(),
        _ => name,
    };
    for name in names.into_iter().filter(|it| !libraries::is_in(it, image)).map(spelled) {
        let (debian, alpine) = match is_alpine {
            true => (String::new(), name),
            false => (name, String::new()),
        };
        let is_same = |it: &Package| it.debian == debian && it.alpine == alpine;
        if !plan.ground.packages.iter().any(is_same) {
            plan.ground.packages.push(Package { debian, alpine, because: because.clone() });
        }
    }
    Ok(())
}

/// Whether packages come from elsewhere than the distribution: then their names are not those of its own.
pub(super) fn has_repositories(case: &Case) -> bool {
    case.stage().instructions.clone().any(|at| {
        let text = case.span(at).of(case.cx.file.source);
        let words = [
            "sources.list",
            "add-apt-repository",
            "nodesource",
            "extrepo",
            "/etc/apk/repositories",
        ];
        words.iter().any(|it| text.contains(it))
    })
}

/// Tools for sources of the browser, which the build alone needs where nothing is known to start them.
pub(super) fn without_node(plan: &mut Plan) {
    const NAMES: &[&str] = &["inotify-tools", "nodejs", "npm", "yarn", "yarnpkg"];
    plan.ground.packages.retain(|it| {
        let is_named = NAMES.iter().any(|name| it.debian == *name || it.alpine == *name);
        !is_named || it.because.contains(" starts ")
    });
}

/// Whether the file itself installs packages of the distribution.
pub(super) fn installs_packages(case: &Case) -> bool {
    case.steps().iter().any(|step| matches!(&step.work, Work::Packages(_)))
}

/// Whether an image is the base image already; then something of the build has to be in it.
pub(super) fn is_same(case: &Case, image: &RuntimeImage) -> Result<bool, Stop> {
    let is_same = image.reference == case.reference();
    if is_same && !leaves_tools(case) {
        let reason =
            format!("`{}` is small, and nothing is there for the build alone", image.reference);
        return Err(case.stop("no-gain", reason));
    }
    Ok(is_same)
}

/// Packages that only the build needs, and that are still there when it ends.
pub(super) fn leaves_tools(case: &Case) -> bool {
    let removes = case.stage().instructions.clone().any(|at| {
        let text = case.span(at).of(case.cx.file.source);
        ["apk del", "purge", "autoremove", "apt-get remove"].iter().any(|it| text.contains(it))
    });
    let is_tool =
        |name: &String| name.ends_with("-dev") || needs::is_builder(name) || name == "git";
    !removes
        && case
            .steps()
            .iter()
            .any(|step| matches!(&step.work, Work::Packages(names) if names.iter().any(is_tool)))
}

/// Packages that the file takes from elsewhere are not in the distribution.
pub(super) fn are_published(case: &Case, plan: &Plan) -> Result<(), Stop> {
    if !has_repositories(case) {
        return Ok(());
    }
    let is_own = |name: &str| {
        !name.starts_with("postgresql-")
            && !name.starts_with("mysql-")
            && !matches!(name, "nodejs" | "yarn" | "google-chrome-stable")
    };
    match plan.ground.packages.iter().find(|it| !is_own(&it.debian)) {
        Some(it) => {
            let reason = format!("`{}` does not come from the distribution", it.debian);
            Err(case.stop("package", reason))
        }
        None => Ok(()),
    }
}
