//! The last stage of a file that has several, on a base image that has only what it needs.

use super::base::{self, Choice};
use super::case::Case;
use super::commands::Work;
use super::plan::{Kind, Plan};
use super::program::{self, Program};
use super::{Stop, emit, gates};
use crate::facts::{Arrival, Base, Origin, is_within, resolve};
use crate::images::runtime::{self};
use crate::images::{Family, Image, Libc};
use crate::transform::{Change, Context, Options, Proposal, RuntimePolicy};
use std::collections::BTreeSet;

mod emitted;
mod server;

use emitted::{emitted, written};

/// Names of stages for people who develop, and for what checks the sources.
const WORKSHOPS: &[&str] = &[
    "bench",
    "benchmark",
    "builder",
    "check",
    "checks",
    "ci",
    "coverage",
    "debug",
    "dev",
    "devel",
    "development",
    "e2e",
    "integration",
    "lint",
    "local",
    "sandbox",
    "test",
    "tester",
    "testing",
    "tests",
    "unittest",
    "validate",
    "watch",
];

/// Images with what compiles, by their names: also on Alpine they are not small.
const COMPILERS: &[&str] = &[
    "adoptopenjdk",
    "amazoncorretto",
    "buildpack-deps",
    "eclipse-temurin",
    "gcc",
    "golang",
    "gradle",
    "haskell",
    "ibm-semeru-runtimes",
    "ibmjava",
    "java",
    "jetty",
    "maven",
    "openjdk",
    "rust",
    "sapmachine",
    "swift",
    "tomcat",
];

/// Package managers of languages.
const INSTALLERS: &[&str] = &[
    "bundle", "composer", "npm", "pip", "pip3", "pipenv", "pnpm", "poetry", "python", "python3",
    "uv", "yarn",
];

/// What the change to the last stage is, if anything is to gain there.
pub(in super::super) fn propose(cx: &Context) -> Vec<Proposal> {
    let Some(last) = cx.facts.stages.len().checked_sub(1).filter(|last| *last > 0) else {
        return Vec::new();
    };
    let own = Case::new(cx, last);
    if !is_fat(&own) || is_workshop(&own) {
        return Vec::new();
    }
    match change(cx, last) {
        Ok(change) => vec![Proposal::Change(change)],
        // Nobody knows what is run there.
        Err(Stop { code: "no-program", .. }) => Vec::new(),
        Err(stop) => vec![stop.leaves(own.from())],
    }
}

/// Whether the base image of a stage has more than what runs a program.
fn is_fat(case: &Case) -> bool {
    let (Some(image), Base::Image(reference)) = (case.image(), &case.stage().base) else {
        return false;
    };
    const SMALL: &[&str] = &["slim", "jre", "runtime", "minimal", "micro", "headless"];
    let tag = tag_of(reference).unwrap_or_default();
    let repository = image.repository.as_str();
    let is_compiler = COMPILERS.contains(&repository) || repository.ends_with("/sdk");
    let family = image.distribution.as_ref().map(|it| it.family);
    let is_reduced = image.distribution.as_ref().is_some_and(|it| it.reduced);
    match family {
        Some(Family::Distroless | Family::BusyBox | Family::Windows) => false,
        Some(Family::Alpine) => is_compiler && !SMALL.iter().any(|it| tag.contains(it)),
        _ if is_reduced || SMALL.iter().any(|it| tag.contains(it)) => false,
        _ => {
            const READ: &[&str] = &["node", "python", "ruby", "perl"];
            is_compiler || case.is_plain_distribution() || READ.contains(&repository)
        }
    }
}

fn tag_of(reference: &str) -> Option<&str> {
    let name_end = reference.rfind('/').unwrap_or(0);
    reference[name_end..].split_once(':').map(|(_, tag)| tag)
}

/// Whether a stage is there to develop or to check in.
fn is_workshop(case: &Case) -> bool {
    let name = case.stage().name.as_deref().map(str::to_ascii_lowercase);
    name.is_some_and(|name| {
        WORKSHOPS.contains(&name.as_str())
            || name.split(['-', '_']).any(|it| WORKSHOPS.contains(&it))
    })
}

fn change(cx: &Context, last: usize) -> Result<Change, Stop> {
    let own = Case::new(cx, last);
    gates::are_open(&own)?;
    let program = program::program(&own)?;
    if matches!(own.repository(), "jetty" | "tomcat") {
        return server::change(&own, &program);
    }
    let (asked, mut last_stop) = (cx.options, None);
    for options in policies(cx.options) {
        let cx = Context { options: &options, ..*cx };
        let case = Case::with(&cx, last, behind(&own, &program));
        let found = exchanged(&case);
        let found = match (found, split(&case)) {
            (Err(_), Some(found)) => found,
            (found, _) => found,
        };
        match found {
            Ok(change) if options == *asked => return Ok(change),
            Ok(change) => return Ok(unasked(change)),
            Err(stop) => last_stop = Some(stop),
        }
    }
    let none = || own.stop("no-gain", "no smaller image is known".to_owned());
    let stop = last_stop.unwrap_or_else(none);
    // With the sources something smaller may be found.
    if stop.code == "needs-context" {
        return Err(stop);
    }
    same_packages(&own, &program).ok_or(stop)
}

/// Nobody has asked for the image with a shell: what it needs did.
fn unasked(mut change: Change) -> Change {
    let needs = "it needs more than the images without a shell have, or has it elsewhere";
    for note in &mut change.notes {
        *note = note.replace("it was asked for", needs);
    }
    change
}

/// What was asked for, and where nothing was, an image with a shell, too.
fn policies(options: &Options) -> Vec<Options> {
    let mut all = vec![options.clone()];
    if options.runtime == RuntimePolicy::Auto {
        all.push(Options { runtime: RuntimePolicy::Slim, ..options.clone() });
    }
    all
}

/// The stages in which what a stage runs is made, in order.
fn behind(case: &Case, program: &Program) -> Vec<usize> {
    let facts = case.cx.facts;
    let workdir = case.stage().workdir();
    let words: Vec<String> = program.words.iter().filter_map(|it| resolve(workdir, it)).collect();
    let named = |name: &str| program.words.iter().any(|word| !word.contains('/') && word == name);
    let brings = |arrival: &&Arrival| {
        let Some(to) = arrival.to.as_deref() else { return false };
        let names = arrival.paths.iter().flatten();
        let mut names = names.map(|it| it.rsplit('/').next().unwrap_or(it));
        words.iter().any(|word| is_within(word, to) && to != "/")
            || names.any(named)
            || to == "/" && names.any(|name| words.contains(&format!("/{name}")))
    };
    let from = |arrival: &Arrival| match arrival.origin {
        Origin::Stage(stage) => Some(stage),
        _ => None,
    };
    let own: Vec<&Arrival> = case.arrivals.iter().filter(|it| from(it).is_some()).collect();
    // What names it most closely counts.
    let closest =
        own.iter().copied().filter(brings).max_by_key(|it| it.to.as_ref().map(String::len));
    // A stage that takes files of the build context has its program from there, and packages from another one
    // with the same language.
    let has_own = case.arrivals.iter().any(|it| it.origin == Origin::Context);
    let language = |stage: usize| {
        let image = facts.stages[stage].image.as_ref()?;
        Some(image.runtime.as_ref()?.language)
    };
    let is_alike = |it: &&Arrival| {
        language(case.stage).is_some() && from(it).and_then(language) == language(case.stage)
    };
    let any = || {
        let alike = own.iter().copied().find(is_alike);
        alike.or_else(|| own.first().copied().filter(|_| !has_own))
    };
    let Some(maker) = closest.or_else(any).and_then(from) else {
        return Vec::new();
    };
    let mut all = BTreeSet::from([maker]);
    let repository = |stage: usize| facts.stages[stage].image.as_ref().map(|it| &it.repository);
    let mut open = vec![maker];
    let arrivals = facts.arrivals();
    while let Some(stage) = open.pop() {
        let mut next = Vec::new();
        if let Base::Stage(base) = facts.stages[stage].base {
            next.push(base);
        }
        // What is made with another language is there to be shown, not to be run.
        let alike = arrivals.iter().filter(|it| it.stage == stage).filter_map(from);
        next.extend(alike.filter(|it| repository(*it) == repository(maker)));
        open.extend(next.into_iter().filter(|it| all.insert(*it)));
    }
    // The one that it is taken from counts for what made it.
    all.remove(&maker);
    all.into_iter().filter(|it| *it < maker).chain([maker]).collect()
}

/// The stage on the image that its program needs.
fn exchanged(case: &Case) -> Result<Change, Stop> {
    let mut program = program::program(case)?;
    let (mut plan, stack) = super::planned(case, &mut program)?;
    is_all_known(case, &mut plan)?;
    needs_nothing_else(case, &plan)?;
    if matches!(plan.ground.kind, Kind::Musl) && has_glibc(case.stage().image.as_deref()) {
        // What runs there needs no other C library.
        plan.ground.kind = Kind::Static;
    }
    let choice = base::choose(case, &plan, case.cx.options.runtime)?;
    let choice = has_its_packages(case, choice)?;
    if choice.image.has_shell {
        runs_anywhere(case)?;
    }
    let start = match choice.image.has_shell && !matches!(plan.ground.kind, Kind::Chosen(..)) {
        true => None,
        false => plan.start.clone(),
    };
    plan.left.insert(0, format!("what `{}` has besides", written(case)));
    let _ = stack;
    emitted(case, &program, &plan, choice, start)
}

/// The stage becomes a build stage itself, where it installs what its program needs. `None` where it does not.
fn split(case: &Case) -> Option<Result<Change, Stop>> {
    let installs = |step: &super::Step| {
        let is_own = case.stage().instructions.contains(&step.instruction);
        is_own && matches!(&step.work, Work::Program { name, .. } if INSTALLERS.contains(name))
    };
    let is_one = case.is_laid_over() || !case.is_behind_others();
    (is_one && case.steps().iter().any(installs)).then(|| {
        let mut program = program::program(case)?;
        let (mut plan, stack) = super::planned(case, &mut program)?;
        is_all_known(case, &mut plan)?;
        is_all_there(case, &plan)?;
        is_all_copied(case, &plan)?;
        plan.left.insert(0, format!("the tools of {stack}"));
        let choice = base::choose(case, &plan, case.cx.options.runtime)?;
        emit::change(case, &plan, &program, &choice)
    })
}

/// What is copied is in the stage, and not only in one behind it.
fn is_all_there(case: &Case, plan: &Plan) -> Result<(), Stop> {
    let facts = case.cx.facts;
    let own: Vec<String> = facts
        .arrivals()
        .into_iter()
        .filter(|it| it.stage == case.stage)
        .filter_map(|it| it.to)
        .collect();
    let own = own.iter().map(String::as_str).chain(case.stage().workdir().filter(|it| *it != "/"));
    let own: Vec<&str> = own.collect();
    let made = facts.made_folders(case.stage);
    let is_there = |path: &str| {
        let near = |it: &&str| is_within(path, it) || is_within(it, path);
        own.iter().any(near)
            || made.contains(path)
            || ["/usr/local/", "/usr/lib/", "/root/.local", "/opt/venv"]
                .iter()
                .any(|it| path.starts_with(it))
    };
    match plan.copies.iter().chain(&plan.before).find(|it| !is_there(&it.from)) {
        Some(copied) => {
            let reason = format!("`{}` is in a stage behind it alone", copied.from);
            Err(case.stop("behind", reason))
        }
        None => Ok(()),
    }
}

/// What the stage takes out of others goes along.
fn is_all_copied(case: &Case, plan: &Plan) -> Result<(), Stop> {
    let goes = |path: &str| plan.copies.iter().any(|it| is_within(path, &it.from));
    match case.takes().find(|it| !goes(&it.to)) {
        Some(taken) => {
            let reason = format!("what it takes to `{}` may be needed when it runs", taken.to);
            Err(Stop { code: "copied-besides", at: case.span(taken.instruction), reason })
        }
        None => Ok(()),
    }
}

/// What does not come out of the stage in which the program is made needs nothing that is not known.
fn is_all_known(case: &Case, plan: &mut Plan) -> Result<(), Stop> {
    let own = case.arrivals.iter().filter(|it| it.stage == case.stage);
    for arrival in own.filter(|it| it.origin != Origin::Context) {
        let at = case.span(arrival.instruction);
        let text = super::commands::shortened(at.of(case.cx.file.source));
        let is_program = arrival.to.as_deref().is_none_or(|to| to.contains("/bin"));
        match is_program {
            true => {
                let reason = format!("what `{text}` brings, and what that needs, is not known");
                return Err(Stop { code: "copied-program", at, reason });
            }
            false => plan.doubts.push(format!("what `{text}` brings was not read")),
        }
    }
    Ok(())
}

/// All that the program needs is in the stage, or in images of its kind.
fn needs_nothing_else(case: &Case, plan: &Plan) -> Result<(), Stop> {
    if let Some((_, text)) = plan.built.first() {
        let line = text.lines().next().unwrap_or_default();
        let reason = format!("`{line}` would have to run in another stage");
        return Err(case.stop("builds", reason));
    }
    // The smaller image of the same vendor has them.
    if case.cx.options.runtime == RuntimePolicy::Slim {
        return Ok(());
    }
    let is_own = |path: &str| {
        let all = case.cx.facts.arrivals();
        all.iter().any(|it| {
            it.stage == case.stage && it.to.as_deref().is_some_and(|to| is_within(path, to))
        })
    };
    let carried =
        plan.copies.iter().chain(&plan.before).find(|it| it.is_of_base() && !is_own(&it.from));
    match carried {
        Some(copied) => {
            let reason = format!("`{}` would have to be carried along", copied.from);
            Err(case.stop("carried", reason))
        }
        None => Ok(()),
    }
}

fn has_glibc(image: Option<&Image>) -> bool {
    matches!(image.and_then(Image::libc), Some(Libc::Glibc(_)))
}

/// Whether what the stage does itself is done on any image of its distribution.
fn runs_anywhere(case: &Case) -> Result<(), Stop> {
    const EVERYWHERE: &[&str] = &[
        "addgroup",
        "adduser",
        "chgrp",
        "chmod",
        "chown",
        "cp",
        "groupadd",
        "install",
        "ldconfig",
        "ln",
        "mkdir",
        "mv",
        "rm",
        "sed",
        "touch",
        "update-ca-certificates",
        "useradd",
        "usermod",
    ];
    let own =
        case.steps().iter().filter(|step| case.stage().instructions.contains(&step.instruction));
    let mut unknown = own.filter(|step| match &step.work {
        Work::Program { name, .. } => !EVERYWHERE.contains(name),
        Work::Unknown => true,
        Work::Nothing | Work::Packages(_) | Work::Takes(_) | Work::Writes(_) => false,
    });
    match unknown.next() {
        Some(step) => {
            let reason = format!("`{}` may need what the smaller image does not have", step.text);
            Err(Stop { code: "builds", at: step.at, reason })
        }
        None => Ok(()),
    }
}

/// Packages that the program needs are those that the stage installs.
fn has_its_packages(case: &Case, choice: Choice) -> Result<Choice, Stop> {
    let installs = |name: &String| {
        case.steps().iter().any(|step| match &step.work {
            Work::Packages(names) => names.contains(name),
            _ => false,
        })
    };
    // The old image may have had no certificates either.
    let missing = choice.packages.iter().find(|it| *it != "ca-certificates" && !installs(it));
    match missing {
        Some(name) => {
            let reason = format!("it needs `{name}`, which the smaller image does not have");
            Err(case.stop("package", reason))
        }
        None => Ok(Choice { packages: Vec::new(), ..choice }),
    }
}

/// Debian without what people read: the packages are the same, whatever the program needs of them.
fn same_packages(case: &Case, program: &Program) -> Option<Change> {
    let policy = case.cx.options.runtime;
    let may = matches!(policy, RuntimePolicy::Auto | RuntimePolicy::Slim | RuntimePolicy::Smallest);
    if case.repository() != "debian" || !may || reads_papers(case) {
        return None;
    }
    let reference = written(case);
    let (name, tag) = match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), Some(tag.to_owned())),
        _ => (reference.clone(), None),
    };
    let image = runtime::slim_of(&name, tag.as_deref()).filter(|it| it.reference != reference)?;
    let note = "it has the same packages, without documents and translations".to_owned();
    let choice = Choice { image, note, packages: Vec::new() };
    let plan = Plan {
        left: vec!["documents, manuals and translations of packages".to_owned()],
        ..Plan::default()
    };
    emitted(case, program, &plan, choice, None).ok()
}

/// Whether something in the stage asks for documents, manuals or translations of packages, which images without
/// them leave out of what is installed, too.
fn reads_papers(case: &Case) -> bool {
    const PAPERS: &[&str] = &[
        "/usr/share/doc",
        "/usr/share/man",
        "/usr/share/info",
        "/usr/share/locale",
        "LC_",
        "LANGUAGE",
    ];
    // Their installation links manuals into folders that are not there.
    const MANUALS: &[&str] = &["man", "manpages", "manpages-dev"];
    const LINKS: &[&str] = &["default-j", "openjdk", "postgresql", "man-db", "groff", "info"];
    let instructions = &case.cx.file.instructions[case.stage().instructions.clone()];
    let names =
        |part: &str| instructions.iter().any(|it| it.span.of(case.cx.file.source).contains(part));
    let installs = |step: &super::Step| match &step.work {
        Work::Packages(names) => names.iter().any(|name| {
            MANUALS.contains(&name.as_str()) || LINKS.iter().any(|it| name.starts_with(it))
        }),
        Work::Unknown => true,
        _ => false,
    };
    PAPERS.iter().any(|it| names(it)) || case.steps().iter().any(installs)
}
