//! Where the program and its files are: all of it is copied, because JavaScript may read any of it.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::evidence::outermost;
use super::super::install::{self, Made};
use super::super::package_json::Manifest;
use super::super::plan::{Copied, Plan};
use super::super::program::Program;
use super::steps::{installs, is_builder, is_global, is_modules, output_of, target_of};
use crate::facts::{Origin, is_shared_folder, is_within, resolve};
use crate::shell::command::base;
use crate::syntax::Body;
use std::collections::BTreeSet;

/// Programs that start another one, and are linked with the C library alone if with any.
pub(super) const STARTERS: &[&str] = &["dumb-init", "tini", "tini-static"];

/// What of the build stage the program is.
pub(super) struct Files {
    /// Folders that are copied with all that is in them.
    pub(super) roots: Vec<String>,
    /// What else is copied.
    pub(super) others: Vec<Copied>,
    /// A command of the build makes files.
    pub(super) builds: bool,
    /// Programs from elsewhere: nobody says what they are linked with.
    pub(super) fetched: Vec<String>,
}

impl Files {
    /// Whether a path is in what is copied.
    pub(super) fn has(&self, path: &str) -> bool {
        self.roots.iter().any(|it| is_within(path, it))
            || self.others.iter().any(|it| is_within(path, &it.to))
    }

    pub(super) fn find(case: &Case, program: &Program) -> Result<Self, Stop> {
        let workdir = case.workdir()?;
        let mut folders = BTreeSet::new();
        let mut others = Vec::new();
        if !is_shared_folder(workdir) {
            folders.insert(workdir.to_owned());
        }
        for arrival in &case.arrivals {
            arrive(case, arrival, &mut folders, &mut others)?;
        }
        for step in case.steps() {
            let Work::Program { name, .. } = &step.work else { continue };
            let Some(folder) = step.workdir.as_deref().filter(|_| is_builder(name)) else {
                continue;
            };
            if !is_shared_folder(folder) {
                folders.insert(folder.to_owned());
            }
        }
        let mut roots: Vec<String> = Vec::new();
        for folder in folders {
            if !roots.iter().any(|it| is_within(&folder, it)) {
                roots.push(folder);
            }
        }
        let mut files = Self { roots, others, builds: false, fetched: Vec::new() };
        files.made(case)?;
        if is_shared_folder(workdir) {
            files.scattered(case, program, workdir)?;
        }
        let roots = &files.roots;
        files.others.retain(|it| it.is_folder || !is_within(&it.to, "/tmp"));
        files.others.retain(|it| !roots.iter().any(|root| is_within(&it.to, root)));
        files.others = outermost(std::mem::take(&mut files.others));
        Ok(files)
    }

    /// What the commands of the build make.
    fn made(&mut self, case: &Case) -> Result<(), Stop> {
        let mut made = Made::default();
        for step in case.steps() {
            let inside = |path: Option<String>| {
                path.is_some_and(|it| self.roots.iter().any(|root| is_within(&it, root)))
            };
            match &step.work {
                Work::Program { name, words, .. } if is_builder(name) => {
                    let folder = step.workdir.as_deref();
                    if folder.is_none() && !is_global(words) {
                        let reason = format!("where `{}` works is not known", step.text);
                        return Err(Stop { code: "unknown-command", at: step.at, reason });
                    }
                    self.builds |= !installs(step);
                }
                Work::Program { name: "git", words, .. }
                    if matches!(words.first(), Some(Some("config"))) => {}
                Work::Program { name: "git", words, .. }
                    if matches!(words.first(), Some(Some("clone"))) =>
                {
                    let reason = format!("what `{}` brings is not in the build context", step.text);
                    return Err(Stop { code: "sources", at: step.at, reason });
                }
                Work::Program {
                    name: "chgrp" | "debconf-set-selections" | "deluser" | "delgroup",
                    ..
                } => {}
                Work::Program { name: "curl" | "wget", words, .. } => {
                    let target = output_of(words);
                    let place = target.and_then(|it| resolve(step.workdir.as_deref(), it));
                    if !inside(place.clone()) {
                        self.fetched(step, place)?;
                    }
                }
                // What they change or make is in a folder that is copied.
                Work::Program {
                    name:
                        name @ ("cp" | "git" | "install" | "ln" | "mkdir" | "mv" | "sed" | "tar"
                        | "touch" | "unzip"),
                    words,
                    ..
                } if inside(target_of(words, step)) => {
                    let source = words.iter().copied().flatten().find(|it| !it.starts_with('-'));
                    let source = source.and_then(|it| resolve(step.workdir.as_deref(), it));
                    if *name == "ln" && !inside(source) {
                        let reason = format!("what `{}` links to stays behind", step.text);
                        return Err(Stop { code: "unknown-command", at: step.at, reason });
                    }
                    self.builds |= !matches!(*name, "mkdir" | "touch");
                }
                Work::Program { name: "cp" | "mv", words, .. } if is_modules(words) => {
                    let to = target_of(words, step).unwrap_or_default();
                    self.others.push(Copied::folder(&to, format!("`{}` puts it there", step.text)));
                }
                Work::Program { name: "mkdir", words, .. } => {
                    self.folders(case, step, words, &mut made)?;
                }
                Work::Writes(path) if inside(Some(path.clone())) => {}
                _ => install::other(case, step, &mut made)?,
            }
        }
        self.others.extend(made.others);
        Ok(())
    }

    /// Folders that are there for the program: `install` leaves out those for temporary files.
    fn folders(
        &mut self,
        case: &Case,
        step: &Step,
        words: &[Option<&str>],
        made: &mut Made,
    ) -> Result<(), Stop> {
        let named = words.iter().copied().flatten().filter(|it| !it.starts_with('-'));
        let temporary = |path: &String| path.starts_with("/tmp/");
        let is_removed = |path: &str| {
            let removes = |it: &&Step| it.text.starts_with("rm ") && it.text.contains(path);
            case.steps().iter().any(|it| removes(&it))
        };
        for path in named.filter_map(|it| resolve(step.workdir.as_deref(), it)).filter(temporary) {
            if !is_removed(&path) {
                self.others.push(Copied::folder(&path, format!("`{}` makes it", step.text)));
            }
        }
        install::other(case, step, made)
    }

    /// A program that is fetched to somewhere else.
    fn fetched(&mut self, step: &Step, place: Option<String>) -> Result<(), Stop> {
        match place.filter(|it| !is_shared_folder(it.as_str()) && !it.contains('$')) {
            Some(place) if is_within(&place, "/tmp") => Ok(()),
            Some(place) => {
                self.others.push(Copied::file(&place, format!("`{}` fetches it", step.text)));
                if !STARTERS.contains(&base(&place)) {
                    self.fetched.push(place);
                }
                Ok(())
            }
            None => {
                let reason = format!("what `{}` makes is not known", step.text);
                Err(Stop { code: "unknown-command", at: step.at, reason })
            }
        }
    }

    /// Files that lie in a folder of the system are copied one by one.
    fn scattered(&mut self, case: &Case, program: &Program, workdir: &str) -> Result<(), Stop> {
        let place = |name: &str| resolve(Some(workdir), name).unwrap_or_default();
        let at = |step: &&Step| step.workdir.as_deref() == Some(workdir);
        let runs =
            |step: &&Step| matches!(&step.work, Work::Program { name, .. } if is_builder(name));
        if case.steps().iter().any(|step| at(&step) && runs(&step)) {
            self.others.push(Copied::folder(&place("node_modules"), "its packages"));
        }
        if !self.builds {
            return Ok(());
        }
        // Builds put what they make beside the sources.
        let made = program.words.iter().skip(1).find(|it| !it.starts_with('-'));
        let top = made.and_then(|it| it.trim_start_matches("./").split('/').next());
        match top.filter(|it| !it.is_empty() && !it.contains('.')) {
            Some(top) => {
                self.others.push(Copied::folder(&place(top), "the build makes it"));
                Ok(())
            }
            None => {
                let reason = format!("what the build makes in `{workdir}` is not known");
                Err(case.stop("system-folder", reason))
            }
        }
    }
}

/// What a `COPY` brings.
fn arrive(
    case: &Case,
    arrival: &crate::facts::Arrival,
    folders: &mut BTreeSet<String>,
    others: &mut Vec<Copied>,
) -> Result<(), Stop> {
    let at = case.span(arrival.instruction);
    let text = at.of(case.cx.file.source);
    let Some(to) = arrival.to.as_deref() else {
        let reason = format!("where `{text}` puts its files is not known");
        return Err(Stop { code: "unclear-copy", at, reason });
    };
    if arrival.origin != Origin::Context {
        let reason = format!("what `{text}` brings is not known");
        return Err(Stop { code: "copied-image", at, reason });
    }
    let named = match &case.cx.file.instructions[arrival.instruction].body {
        Body::Copy { sources, .. } => sources.len(),
        _ => 0,
    };
    if named != arrival.paths.len() {
        let is_program = to.rsplit('/').next().is_some_and(|it| STARTERS.contains(&it));
        match is_program && named == 1 {
            true => others.push(Copied::file(to, "it starts the program")),
            false => {
                let reason = format!("what `{text}` fetches is not known");
                return Err(Stop { code: "unclear-copy", at, reason });
            }
        }
    }
    let into_folder = case.goes_into_folder(arrival);
    for path in &arrival.paths {
        let Some(path) = path.as_deref() else {
            let reason = format!("what `{text}` brings is not known");
            return Err(Stop { code: "unclear-copy", at, reason });
        };
        let matched: Vec<String> = match path.contains(['*', '?', '[']) {
            true => case.matching(path)?,
            false => vec![path.to_owned()],
        };
        for path in matched {
            lands(case, &path, to, into_folder, folders, others)?;
        }
    }
    Ok(())
}

/// Where one file or folder lands: in a folder that is copied as a whole, or alone.
fn lands(
    case: &Case,
    path: &str,
    to: &str,
    into_folder: bool,
    folders: &mut BTreeSet<String>,
    others: &mut Vec<Copied>,
) -> Result<(), Stop> {
    let below = case.below(path)?;
    let is_folder = !below.is_empty();
    let folder = match (is_folder, into_folder) {
        (true, _) | (false, true) => to,
        (false, false) => {
            to.rsplit_once('/').map_or("/", |(it, _)| if it.is_empty() { "/" } else { it })
        }
    };
    if !is_shared_folder(folder) {
        folders.insert(folder.trim_end_matches('/').to_owned());
        return Ok(());
    }
    let because = "the file puts it there";
    let inside = |name: &str| format!("{}/{name}", folder.trim_end_matches('/'));
    match (is_folder, into_folder) {
        (true, _) => {
            let skip = if path.is_empty() { 0 } else { path.len() + 1 };
            for (name, is_folder) in tops(below, skip) {
                others.push(Copied { is_folder, ..Copied::file(&inside(name), because) });
            }
        }
        (false, true) => others.push(Copied::file(&inside(base(path)), because)),
        (false, false) => others.push(Copied::file(to, because)),
    }
    Ok(())
}

/// The names in a folder, each with whether it is a folder.
fn tops(below: &[Box<str>], skip: usize) -> BTreeSet<(&str, bool)> {
    const NOT_READ: &[&str] = &[".dockerignore", ".git", ".github", ".gitignore", "Dockerfile"];
    let names = below.iter().map(|file| match file[skip..].split_once('/') {
        Some((name, _)) => (name, true),
        None => (&file[skip..], false),
    });
    let is_read = |name: &str| {
        let lower = name.to_ascii_lowercase();
        !NOT_READ.contains(&name) && !lower.contains("dockerfile") && !lower.ends_with(".md")
    };
    names.filter(|(name, _)| is_read(name)).collect()
}

/// The packages of the project: those in which a command of the build installs, and that of the program.
pub(super) fn manifests(case: &Case) -> Result<Vec<Manifest>, Stop> {
    let mut folders: BTreeSet<String> = BTreeSet::new();
    folders.insert(case.workdir()?.to_owned());
    let builds = case
        .steps()
        .iter()
        .filter(|step| matches!(&step.work, Work::Program { name, .. } if is_builder(name)));
    folders.extend(builds.filter_map(|step| step.workdir.clone()));
    let mut all = Vec::new();
    for folder in folders {
        all.extend(Manifest::read(case, &folder)?);
    }
    Ok(all)
}

/// Adds what is copied to the plan.
pub(super) fn copy(case: &Case, files: &Files, plan: &mut Plan) {
    let folders = files.roots.iter().map(|it| {
        Copied::folder(it, "the program with its packages and the files that it may read")
    });
    plan.copies.extend(folders);
    plan.copies.extend(files.others.iter().cloned());
    for copied in plan.copies.iter_mut().filter(|it| it.is_folder) {
        copied.owner = case.owner(&copied.from);
    }
    let fetched = files.fetched.iter();
    plan.doubts.extend(fetched.map(|it| format!("what `{it}` needs when it runs is not known")));
}
