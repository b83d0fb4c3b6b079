//! Languages that are compiled to a program of the machine: what their tools make is copied, with the libraries that it
//! is linked with, which the build stage gathers, and the files that its sources name.

use super::case::Case;
use super::commands::{Step, Work};
use super::evidence::outermost;
use super::install::{self, Made};
use super::linked;
use super::plan::{Copied, Ground, Kind, Package, Plan};
use super::program::Program;
use super::{Stack, Stop, libraries, needs};
use crate::facts::{SEARCH_PATH, is_within, resolve};
use crate::images::runtime::RuntimeImage;
use crate::images::{Family, Libc, runtime};
use crate::shell::command::base;

mod crystal;
mod d;
mod dart;
mod haskell;
mod javascript;
mod nim;
mod ocaml;
mod sources;
mod swift;
mod zig;

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
    /// Whether programs are linked with more than the C library even where no such package is installed.
    is_linked: bool,
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
    is_linked: false,
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
    let has_steps = || case.steps().iter().any(runs);
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
    let mut made = made(case, language, &mut outputs)?;
    (language.prepare)(case, program, &mut made, &mut plan)?;
    let started = install::find(case, program, &made, language.path)?;
    plan.copies.extend(started.copies.iter().cloned());
    plan.start = started.start(program);
    let kind = kind(case, language, &outputs, &mut plan)?;
    plan.ground = Ground { kind, ..Ground::default() };
    started.shell(case, &mut plan);
    // A folder is made for what is put there, which is known.
    let holds = |folder: &str| started.copies.iter().any(|it| is_within(&it.from, folder));
    let is_made = |it: &Copied| it.because.starts_with("`mkdir ") && holds(&it.from);
    plan.copies.extend(made.others.iter().filter(|it| !is_made(it)).cloned());
    let sources = sources::read(case, language)?;
    sources.files(case, program, &mut plan)?;
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    let texts = sources.texts();
    needs::packages(case, &texts, &mut plan)?;
    let is_tool = |name: &str| language.packages.iter().any(|it| name.starts_with(it));
    plan.ground.packages.retain(|it| {
        let names = [&it.debian, &it.alpine];
        names.iter().any(|it| !it.is_empty()) && !names.iter().any(|it| is_tool(it))
            || it.debian.is_empty()
                && it.alpine.is_empty()
                && !is_tool(it.because.trim_start_matches('`'))
    });
    sources.calls(&mut plan);
    needs::health(case, &made, &mut plan)?;
    const ZONES: &[&str] = &["Data.Time.Zones", "Location.load", "TimeZone", "zoneinfo"];
    plan.ground.zones = case.variable("TZ").is_some()
        || texts.iter().any(|text| ZONES.iter().any(|it| text.contains(it)));
    plan.ground.temporary = texts.iter().any(|it| it.contains("/tmp") || it.contains("empDir"));
    plan.ground.root = sources.root(case);
    if let Some(value) = case.variable("LANG").filter(|_| !case.sets("LANG")) {
        plan.environment.push(("LANG".to_owned(), value.into_owned()));
    }
    for doubt in outputs.iter().flat_map(|it| &it.doubts) {
        plan.doubts.push(doubt.clone());
    }
    let programs = started.copies.iter().filter(|it| it.because == "the program");
    let programs: Vec<String> = programs.map(|it| it.from.clone()).collect();
    linked(case, language, (&programs, &outputs), &mut plan)?;
    plan.left.push("the sources".to_owned());
    Ok(plan)
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

/// Everything that the `RUN`s make.
fn made(case: &Case, language: &Language, outputs: &mut Vec<Output>) -> Result<Made, Stop> {
    let mut made = Made::default();
    for step in case.steps() {
        let Work::Program { name, words, .. } = &step.work else {
            let is_source = |path: &str| is_of_build(language, path);
            if !matches!(&step.work, Work::Writes(path) if is_source(path)) {
                install::other(case, step, &mut made)?;
            }
            continue;
        };
        let unclear = |why: String| {
            let reason = format!("`{}`: {why}", step.text);
            Stop { code: "unclear-output", at: step.at, reason }
        };
        if language.tools.contains(&base(name)) {
            let workdir = step.workdir.as_deref();
            let workdir =
                workdir.ok_or_else(|| unclear("where it runs is not known".to_owned()))?;
            let words = words.iter().map(|it| it.unwrap_or("$")).collect();
            let call = Call { case, tool: base(name), words, workdir };
            let output = (language.output)(&call).map_err(unclear)?;
            if step.certain && !output.programs.is_empty() {
                made.programs.extend(output.programs.iter().cloned());
                outputs.push(output);
            }
            continue;
        }
        let is_edit = *name == "sed"
            && words.last().copied().flatten().is_some_and(|it| is_of_build(language, it));
        if is_edit || brings_tools(case, language, step, name) {
            continue;
        }
        match (asked(case, language, step, words), moved(case, step, words, outputs)) {
            (Some(path), _) => made.programs.push(path),
            (None, all) if !all.is_empty() => made.programs.extend(all),
            _ => install::other(case, step, &mut made)?,
        }
    }
    Ok(made)
}

/// Whether only the tools read a file.
fn is_of_build(language: &Language, path: &str) -> bool {
    language.manifests.contains(&base(path)) || language.code.iter().any(|it| path.ends_with(it))
}

/// Commands that fetch the tools, or set them up.
fn brings_tools(case: &Case, language: &Language, step: &Step, name: &str) -> bool {
    const PARTS: &[&str] =
        &[".", "bash", "chmod", "curl", "gpg", "ln", "mv", "sh", "source", "tar", "unzip", "wget"];
    let text = case.span(step.instruction).of(case.cx.file.source);
    let sets_up = name == "eval" && language.tools.iter().any(|it| text.contains(it));
    let is_about = language.marks.iter().any(|it| text.contains(it));
    sets_up
        || is_about && PARTS.contains(&base(name))
        || matches!(name, "git" | "touch" | "locale-gen")
}

/// Where a program goes whose place the tool was asked for: `cp $(cabal list-bin server) /usr/local/bin/server`.
fn asked(case: &Case, language: &Language, step: &Step, words: &[Option<&str>]) -> Option<String> {
    const QUESTIONS: &[&str] =
        &["exec which", "list-bin", "path --dist-dir", "path --local-", "show-bin-path"];
    let Work::Program { name: "cp" | "install" | "mv", .. } = &step.work else { return None };
    let text = step.at.of(case.cx.file.source);
    // The answer may be a folder.
    let is_all = text.contains("--show-bin-path") && !text.contains(")/") && !text.contains("`/");
    let asks = !is_all
        && QUESTIONS.iter().any(|it| text.contains(it))
        && language.tools.iter().any(|it| text.contains(it));
    let sources = words.iter().filter(|it| it.is_none_or(|it| !it.starts_with('-'))).count();
    let target = words.last().copied().flatten().filter(|_| asks && sources == 2)?;
    // A folder gets the name that the tool answers with.
    let is_folder = target.ends_with(['/', '.']) || SEARCH_PATH.contains(&target);
    let named = || {
        let inside = text.split("$(").nth(1)?.split(')');
        let after = text.rsplit(')').next().unwrap_or_default();
        let below = after.split(['"', ' ']).next().filter(|it| it.starts_with('/'));
        let asked = inside.into_iter().next()?.split_whitespace().next_back();
        let name = base(below.or(asked)?).trim_start_matches("exe:").to_owned();
        (!name.is_empty() && !name.starts_with('-') && !name.contains(['$', '*'])).then_some(name)
    };
    let target = match is_folder {
        true => format!("{}/{}", target.trim_end_matches('/'), named()?),
        false => target.to_owned(),
    };
    resolve(step.workdir.as_deref(), &target)
}

/// Where all programs go with their folder: ``mv `swift build -c release --show-bin-path` /app/bin``.
fn moved(case: &Case, step: &Step, words: &[Option<&str>], outputs: &[Output]) -> Vec<String> {
    let Work::Program { name: "cp" | "mv", .. } = &step.work else { return Vec::new() };
    let target = words.last().copied().flatten();
    let target = target.and_then(|it| resolve(step.workdir.as_deref(), it));
    let (true, Some(target)) = (step.text.contains("--show-bin-path"), target) else {
        return Vec::new();
    };
    let is_there = case.steps().iter().take_while(|it| it.at != step.at).any(|it| match &it.work {
        Work::Program { name: "mkdir", words, .. } => words
            .iter()
            .flatten()
            .any(|word| resolve(it.workdir.as_deref(), word).as_deref() == Some(&target)),
        _ => false,
    });
    let programs = outputs.last().map(|it| &it.programs[..]).unwrap_or_default();
    let inside = programs.iter().filter_map(|it| it.rsplit_once('/'));
    inside
        .map(|(folder, name)| match is_there {
            true => format!("{target}/{}/{name}", base(folder)),
            false => format!("{target}/{name}"),
        })
        .collect()
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
            Ok(Kind::Glibc { at_least, has_cpp: true })
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
    if plan.ground.kind == Kind::Static {
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
        match of {
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
