//! Languages that are compiled to a program of the machine: what their tools make is copied, with the libraries that it
//! is linked with, which the build stage gathers, and the files that its sources name.

use super::case::Case;
use super::commands::{Step, Work};
use super::evidence::outermost;
use super::install::{self, Made};
use super::linked;
use super::makefile;
use super::plan::{Copied, Ground, Kind, Package, Plan, SOURCES};
use super::program::Program;
use super::{Stack, Stop, libraries, needs};
use crate::facts::{is_within, resolve};
use crate::images::runtime::RuntimeImage;
use crate::images::{Family, Libc, runtime};
use crate::shell::command::base;

mod crystal;
mod d;
mod dart;
mod frozen;
mod haskell;
mod javascript;
mod made;
mod nim;
mod ocaml;
mod sources;
mod swift;
mod zig;

/// Python that is no longer started by Python.
pub(super) const FROZEN: &Stack = &frozen::STACK;

pub(super) const STACKS: &[&Stack] = &[
    &haskell::STACK,
    &swift::STACK,
    &crystal::STACK,
    &nim::STACK,
    &d::STACK,
    &zig::STACK,
    &ocaml::STACK,
    &dart::STACK,
    &javascript::DENO,
    &javascript::BUN,
];

type OwnImage = fn(&Case, &[Output], &mut Plan) -> Result<Option<RuntimeImage>, Stop>;

/// What is known of a language.
struct Language {
    name: &'static str,
    /// The images in which its tools are.
    images: &'static [&'static str],
    /// Its compilers, and what starts them.
    tools: &'static [&'static str],
    /// Parts of the names of what a build on a plain distribution fetches to have them.
    marks: &'static [&'static str],
    /// Folders in which its images look for programs.
    path: &'static [&'static str],
    /// Ends of the names of its sources.
    code: &'static [&'static str],
    /// Files that only its tools read.
    manifests: &'static [&'static str],
    /// What a source calls to write files, or to do what only root may.
    writers: &'static [&'static str],
    /// What a source calls to start programs.
    callers: &'static [&'static str],
    /// What a source calls to load libraries by their names, and the start of the name of their package, if that is known.
    loaders: &'static [(&'static str, &'static str)],
    /// Whether a source does so.
    loads: fn(&str, &str) -> bool,
    /// Packages of Debian that its packages bring along, of which the start is in `loaders`.
    depends: &'static [&'static str],
    /// Whether programs are linked with more than the C library even where no such package is installed.
    is_linked: bool,
    /// Whether programs carry the libraries that they are linked with, and unpack them where temporary files are.
    is_bundle: bool,
    /// What a call of one of its tools makes.
    output: fn(&Call) -> Result<Output, String>,
    /// The words of the program where a command line builds it, if it has changed since, and starts it.
    runs: fn(&Case, &[&str]) -> Option<Vec<String>>,
    /// Folders that its frameworks read by their names.
    conventions: &'static [&'static str],
    /// What is added to the build before it is looked for what runs.
    prepare: fn(&Case, &mut Program, &mut Made, &mut Plan) -> Result<(), Stop>,
    /// The C library that programs need at least, where that does not follow from the release of the distribution.
    glibc: fn(&Case) -> Option<(u32, u32)>,
    /// An image with libraries of the language that are nowhere else.
    image: OwnImage,
    /// Packages of distributions with the tools, or the starts of their names.
    packages: &'static [&'static str],
}

const PLAIN: Language = Language {
    name: "",
    images: &[],
    tools: &[],
    marks: &[],
    path: &[],
    code: &[],
    manifests: &[],
    writers: &[],
    callers: &[],
    loaders: &[],
    loads: |text, call| text.contains(call),
    depends: &[],
    is_linked: false,
    is_bundle: false,
    output: |_| Ok(Output::default()),
    runs: |_, _| None,
    conventions: &[],
    prepare: |_, _, _, _| Ok(()),
    glibc: |_| None,
    image: |_, _, _| Ok(None),
    packages: &[],
};

/// A command that one of the tools runs.
struct Call<'w, 'c, 'a> {
    case: &'w Case<'c, 'a>,
    tool: &'w str,
    /// Without the tool; `$` where a word is not known.
    words: Vec<&'w str>,
    workdir: &'w str,
}

/// What a command makes.
#[derive(Debug, Clone, Default)]
struct Output {
    /// Programs, by their absolute paths.
    programs: Vec<String>,
    /// They need no C library.
    is_static: bool,
    /// The libraries of the language are part of them.
    has_own: bool,
    /// What only a build tells of them.
    doubts: Vec<String>,
}

impl Call<'_, '_, '_> {
    /// The file of the context beside which the command runs, and its text.
    fn beside(&self, name: &str) -> Result<Option<std::sync::Arc<str>>, String> {
        let place = resolve(Some(self.workdir), name).unwrap_or_default();
        let source = self.case.source(&place).map_err(|it| it.reason)?;
        Ok(source.and_then(|it| self.case.text(&it)))
    }

    /// Files of the context below the folder in which the command runs: places, with their texts.
    fn files(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, std::sync::Arc<str>)>, String> {
        let mut found = Vec::new();
        for path in self.case.files().map_err(|it| it.reason)? {
            if !is_wanted(base(path)) {
                continue;
            }
            let Some(place) = self.case.place(path).map_err(|it| it.reason)? else { continue };
            let is_below = is_within(&place, self.workdir);
            if let (true, Some(text)) = (is_below, self.case.text(path)) {
                found.push((place, text));
            }
        }
        Ok(found)
    }

    fn at(&self, path: &str) -> Result<String, String> {
        let known = resolve(Some(self.workdir), path).filter(|_| !path.contains('$'));
        known.ok_or_else(|| "where its output goes is not known".to_owned())
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    /// The first word that is no option.
    fn verb(&self) -> &str {
        self.words.iter().find(|it| !it.starts_with('-')).copied().unwrap_or_default()
    }
}

/// Whether a stage builds with the tools of a language.
fn builds(case: &Case, language: &Language) -> bool {
    let runs = |step: &Step| match &step.work {
        Work::Program { name, words, .. } => {
            language.tools.contains(&base(name)) && !words.contains(&Some("--version"))
        }
        _ => false,
    };
    let has_steps =
        || case.steps().iter().any(|it| runs(it) || makefile::starts(case, it, language.tools));
    // What such an image starts without a command of the build is not compiled by it.
    is_of(case, language) && has_steps() || case.is_plain_distribution() && has_steps()
}

fn is_of(case: &Case, language: &Language) -> bool {
    let reference =
        case.reference().trim_start_matches("docker.io/").trim_start_matches("library/");
    let name = reference.split([':', '@']).next().unwrap_or_default();
    language.images.contains(&name)
}

fn plan(case: &Case, program: &mut Program, language: &Language) -> Result<Plan, Stop> {
    without_launcher(case, program, language)?;
    let mut plan = Plan::default();
    let mut outputs = Vec::new();
    let mut made = made::made(case, language, &mut outputs)?;
    (language.prepare)(case, program, &mut made, &mut plan)?;
    let started = install::find(case, program, &made, language.path)?;
    plan.copies.extend(started.copies.iter().cloned());
    plan.start = started.start(program);
    let kind = kind(case, language, &outputs, &mut plan)?;
    plan.ground = Ground { kind, root: plan.ground.root.take(), ..Ground::default() };
    started.shell(case, &mut plan);
    // A folder is made for what is put there, which is known.
    let holds = |folder: &str| started.copies.iter().any(|it| is_within(&it.from, folder));
    let is_made = |it: &Copied| it.because.starts_with("`mkdir ") && holds(&it.from);
    plan.copies.extend(made.others.iter().filter(|it| !is_made(it)).cloned());
    let sources = sources::read(case, language)?;
    sources.files(case, program, &mut plan)?;
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    let texts = sources.texts();
    packages(case, language, &texts, &mut plan)?;
    sources.calls(case, &mut plan);
    needs::health(case, &made, &mut plan)?;
    const ZONES: &[&str] = &["Data.Time.Zones", "Location.load", "TimeZone", "zoneinfo"];
    plan.ground.zones = case.variable("TZ").is_some()
        || texts.iter().any(|text| ZONES.iter().any(|it| text.contains(it)));
    plan.ground.temporary =
        language.is_bundle || texts.iter().any(|it| it.contains("/tmp") || it.contains("empDir"));
    plan.ground.root = plan.ground.root.take().or_else(|| sources.root(case));
    if let Some(value) = case.variable("LANG").filter(|_| !case.sets("LANG")) {
        plan.environment.push(("LANG".to_owned(), value.into_owned()));
    }
    for doubt in outputs.iter().flat_map(|it| &it.doubts) {
        plan.doubts.push(doubt.clone());
    }
    let programs = started.copies.iter().filter(|it| it.because == "the program");
    let programs: Vec<String> = programs.map(|it| it.from.clone()).collect();
    linked(case, language, (&programs, &outputs), &mut plan)?;
    plan.left.push(SOURCES.to_owned());
    Ok(plan)
}

/// The packages that the program needs when it runs.
fn packages(case: &Case, language: &Language, texts: &[&str], plan: &mut Plan) -> Result<(), Stop> {
    needs::packages(case, texts, plan)?;
    let is_tool = |name: &str| language.packages.iter().any(|it| name.starts_with(it));
    plan.ground.packages.retain(|it| {
        let names = [&it.debian, &it.alpine];
        names.iter().any(|it| !it.is_empty()) && !names.iter().any(|it| is_tool(it))
            || it.debian.is_empty()
                && it.alpine.is_empty()
                && !is_tool(it.because.trim_start_matches('`'))
    });
    let is_carried = |it: &Package| language.is_bundle && linked::is_complete(&it.debian);
    plan.ground.packages.retain(|it| !is_carried(it));
    Ok(())
}

/// `stack exec server -- -p 80` is `server -p 80`. What compiles when it starts is left alone.
fn without_launcher(case: &Case, program: &mut Program, language: &Language) -> Result<(), Stop> {
    if program.shell.is_some() || !language.tools.contains(&base(&program.words[0])) {
        return Ok(());
    }
    let text = program.words.join(" ");
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    let only = (language.runs)(case, &words);
    let rest: Vec<&str> = match (base(words[0]), &words[1..]) {
        _ if only.is_some() => only.iter().flatten().map(String::as_str).collect(),
        ("stack" | "cabal" | "opam", ["exec", rest @ ..]) => {
            let rest = rest.strip_prefix(&["--"]).unwrap_or(rest);
            let at = rest.iter().position(|it| *it == "--");
            rest.iter().enumerate().filter(|it| Some(it.0) != at).map(|it| *it.1).collect()
        }
        _ => Vec::new(),
    };
    if rest.first().is_none_or(|it| it.starts_with('-')) {
        let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
        let reason = format!("`{text}` compiles the program, or reads its sources, when it starts");
        return Err(Stop { code: "compiles-at-start", at, reason });
    }
    let is_whole = program.fixed == 0 || program.fixed == program.words.len();
    let launcher = program.words.len() - rest.len();
    program.fixed = match is_whole {
        true if program.fixed == 0 => 0,
        true => rest.len(),
        false => program.fixed.saturating_sub(launcher),
    };
    program.words = rest.into_iter().map(str::to_owned).collect::<Vec<_>>();
    program.changed = true;
    program.through.push(format!("`{text}` starts what the build has made"));
    Ok(())
}

/// What the program has to find in the run-time stage.
fn kind(
    case: &Case,
    language: &Language,
    outputs: &[Output],
    plan: &mut Plan,
) -> Result<Kind, Stop> {
    if !outputs.is_empty() && outputs.iter().all(|it| it.is_static) {
        return Ok(Kind::Static);
    }
    if let Some(image) = (language.image)(case, outputs, plan)? {
        let why =
            format!("it has the libraries of {} that the program is linked with", language.name);
        return Ok(Kind::Chosen(Box::new(image), why));
    }
    let no_libc =
        || case.stop("libc", format!("the C library of `{}` is not known", case.reference()));
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    if let Some(at_least) = (language.glibc)(case) {
        return Ok(Kind::Glibc { at_least, has_cpp: true });
    }
    match (case.image().and_then(|it| it.libc()), distribution) {
        (Some(Libc::Glibc(version)), Some(distribution)) => {
            let at_most = || runtime::glibc_at_most(distribution);
            let at_least = version.or_else(at_most).ok_or_else(no_libc)?;
            Ok(Kind::Glibc { at_least, has_cpp: !language.is_bundle })
        }
        (_, Some(distribution)) if distribution.family == Family::Alpine => Ok(Kind::Musl),
        _ => Err(no_libc()),
    }
}

/// Libraries that it is linked with are gathered by the build stage.
fn linked(
    case: &Case,
    language: &Language,
    (programs, outputs): (&[String], &[Output]),
    plan: &mut Plan,
) -> Result<(), Stop> {
    let is_chosen = matches!(plan.ground.kind, Kind::Chosen(..));
    if plan.ground.kind == Kind::Static || language.is_bundle {
        return Ok(());
    }
    let installed = case.steps().iter().filter_map(|step| match &step.work {
        Work::Packages(names) => Some(names.iter().map(String::as_str)),
        _ => None,
    });
    // Libraries of the language itself become part of the program.
    let is_own = |it: &str| {
        it.ends_with("-ocaml-dev") || language.packages.iter().any(|start| it.starts_with(start))
    };
    let is_dev = |it: &&str| (it.ends_with("-dev") || it.ends_with("-devel")) && !is_own(it);
    let named: Vec<&str> = installed.flatten().filter(is_dev).collect();
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    let mut is_linked = language.is_linked && !is_chosen;
    for name in &named {
        let of = distribution.and_then(|it| libraries::of_dev(name, it));
        let is_complete = |it: &String| linked::is_complete(it);
        let is_installed = |it: &String| plan.ground.packages.iter().any(|own| own.debian == *it);
        match of {
            // It is loaded by its name.
            Some(packages) if packages.iter().all(is_installed) => (),
            Some(packages) if packages.iter().all(is_complete) => {
                is_linked |= !packages.is_empty();
            }
            _ => {
                is_linked = true;
                let doubt =
                    format!("whether what is linked with `{name}` needs more than its libraries");
                plan.doubts.push(doubt);
            }
        }
    }
    if language.name == "Haskell" && super::base::wants_system(&plan.ground) {
        let because = "the names of protocols are looked up".to_owned();
        let (debian, alpine) = ("netbase".to_owned(), String::new());
        if plan.ground.kind != Kind::Musl {
            plan.ground.packages.push(Package { debian, alpine, because });
        }
    }
    match is_linked {
        true => {
            let own = language.name == "Swift" && !outputs.iter().all(|it| it.has_own);
            linked::gather_all(case, programs, own, plan)
        }
        false => Ok(()),
    }
}
