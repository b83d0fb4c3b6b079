#![doc = include_str!("copy_manifests_first.md")]

mod layout;
mod node;
mod others;
mod python;

use crate::effect::later::{self, Later, Passed, Reading, Tool, Way};
use crate::effect::{Delta, Difference};
use crate::facts::Origin;
use crate::project::ignore_file::{Reach, reach};
use crate::syntax::{Body, Keyword};
use crate::transform::{Change, Context, Proposal, Propose, Safety, Stop, Transform};
use std::borrow::Cow;
use std::sync::Arc;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("copy-manifests-first"),
    summary: Cow::Borrowed("Install packages before the sources are copied"),
    guide: Cow::Borrowed(include_str!("copy_manifests_first.md")),
    rules: Cow::Borrowed(&[]),
    propose: Propose::BuiltIn(propose),
};

/// What a command reads of the build context.
#[derive(Default)]
struct Wanted {
    /// From the top of the context. One that ends in `/` is a folder with all that is in it, and in one that
    /// ends in `*` the star lets it be missing.
    files: Vec<String>,
    /// Why somebody has to agree.
    doubts: Vec<String>,
}

/// A command, and the build context that it sees.
struct Case<'c, 'a> {
    cx: &'c Context<'a>,
    reading: &'c Reading,
    files: &'c [Box<str>],
    instruction: usize,
    way: &'c Way,
}

fn propose(cx: &Context) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for stage in &cx.facts.stages {
        let mut all = stage.instructions.clone().filter(|at| is_copy(cx, *at));
        let found = all.find_map(|copy| {
            let way = later::way(cx.facts, copy)?;
            way.passed.iter().any(|it| !it.readings.is_empty()).then_some((copy, way))
        });
        let Some((copy, way)) = found else { continue };
        proposals.push(match change(cx, copy, &way) {
            Ok(change) => Proposal::Change(change),
            Err(stop) => stop.leaves(cx.file.instructions[copy].span),
        });
    }
    proposals
}

fn is_copy(cx: &Context, at: usize) -> bool {
    matches!(cx.file.instructions[at].keyword, Keyword::Copy | Keyword::Add)
}

fn change(cx: &Context, copy: usize, way: &Way) -> Result<Change, Stop> {
    let span = cx.file.instructions[copy].span;
    let is_project =
        |it: &[Box<str>]| it.iter().any(|it| !it.contains("ockerfile") && !it.starts_with('.'));
    let Some(listing) = cx.listing().filter(|it| is_project(it)) else {
        let reason = "it needs the build context: pass `--context DIR`".to_owned();
        return Err(Stop { code: "needs-context", at: span, reason });
    };
    let mut early = Early::default();
    let mut stopped = None;
    for passed in &way.passed {
        if let Err(stop) = early.take(cx, copy, way, passed, &listing) {
            stopped = Some(stop);
            break;
        }
    }
    let Some(last) = early.last.filter(|_| early.reads) else {
        let unknown =
            || Stop { code: "nothing", at: span, reason: "nothing reads manifests".to_owned() };
        return Err(stopped.unwrap_or_else(unknown));
    };
    let later = Later {
        copy,
        behind: last.instruction,
        cut: last.cut,
        manifests: early.instructions(cx, copy),
    };
    let Some((span, edits)) = layout::edits(cx, &later) else {
        let reason = "what stands around it would not read right".to_owned();
        return Err(Stop { code: "layout", at: span, reason });
    };
    // Whether a `.dockerignore` is there decides about doubts, and may be written in the same run: to ask in
    // each case gives the same answer before and after.
    let safety = Safety::Unsafe(match &early.doubts[..] {
        [] => "packages are installed before the sources are there".to_owned(),
        doubts => doubts.join("; "),
    });
    let notes = vec![
        "a change of the sources no longer installs the packages again: only one of these files does"
            .to_owned(),
        "the image has the same files; the layers of these few are in it twice".to_owned(),
    ];
    let delta = Delta { differences: vec![Difference::CopyLater(later)] };
    Ok(Change { span, safety, delta, notes, edits })
}

/// What is copied early, as far as the `COPY` of everything has moved.
#[derive(Default)]
struct Early<'w> {
    last: Option<&'w Passed>,
    reads: bool,
    /// Files, and the instruction before which they are copied.
    files: Vec<(usize, String)>,
    doubts: Vec<String>,
}

impl<'w> Early<'w> {
    fn take(
        &mut self,
        cx: &Context,
        copy: usize,
        way: &'w Way,
        passed: &'w Passed,
        listing: &[Box<str>],
    ) -> Result<(), Stop> {
        if passed.cut.is_some() {
            if passed.readings.is_empty() {
                return Err(nothing(cx, passed));
            }
            keeps_layers(cx, passed)?;
        }
        let mut wanted = Vec::new();
        for reading in &passed.readings {
            let instruction = passed.instruction;
            wanted.push(Case { cx, reading, files: listing, instruction, way }.wanted()?);
        }
        let instructions = &cx.file.instructions;
        let workdir = |at: &usize| instructions[*at].keyword == Keyword::Workdir;
        let before = (copy + 1..passed.instruction).find(workdir).unwrap_or(passed.instruction);
        for Wanted { files, doubts } in wanted {
            let is_new = |it: &String| !self.doubts.contains(it);
            let new: Vec<String> = doubts.into_iter().filter(is_new).collect();
            self.doubts.extend(new);
            for file in files {
                let is_there = self.files.iter().any(|(_, it)| *it == file);
                if !is_there && !is_copied_before(cx, copy, way, &file) {
                    self.files.push((before, file));
                }
            }
        }
        self.reads |= !passed.readings.is_empty();
        if passed.installs {
            self.last = Some(passed);
        }
        Ok(())
    }

    /// The instructions that copy the files: one for each folder.
    fn instructions(&self, cx: &Context, copy: usize) -> Vec<(usize, String)> {
        let own = &cx.file.instructions[copy];
        let Body::Copy { destination, .. } = &own.body else { return Vec::new() };
        let flags: String =
            own.flags.iter().map(|it| format!(" {}", it.span.of(cx.file.source))).collect();
        let is_small = own.keyword_span.of(cx.file.source).starts_with(char::is_lowercase);
        let keyword = if is_small { "copy" } else { "COPY" };
        let to = match &*destination.text {
            "." => "./".to_owned(),
            text if text.ends_with('/') => text.to_owned(),
            text => format!("{text}/"),
        };
        let mut groups: Vec<(usize, &str, Vec<&str>)> = Vec::new();
        for (before, file) in &self.files {
            let folder = match file.strip_suffix('/') {
                Some(folder) => folder,
                None => file.rsplit_once('/').map_or("", |(folder, _)| folder),
            };
            let mut known = groups.iter_mut();
            match known.find(|it| it.0 == *before && it.1 == folder && !file.ends_with('/')) {
                Some((.., files)) => files.push(file),
                None => groups.push((*before, folder, vec![file])),
            }
        }
        let text = |(before, folder, files): (usize, &str, Vec<&str>)| {
            let slash = if folder.is_empty() { "" } else { "/" };
            (before, format!("{keyword}{flags} {} {to}{folder}{slash}", files.join(" ")))
        };
        groups.into_iter().map(text).collect()
    }
}

/// Whether an earlier `COPY` of the stage brought a file to the same place.
fn is_copied_before(cx: &Context, copy: usize, way: &Way, file: &str) -> bool {
    let stage = cx.facts.stage_of(copy);
    let place = format!("{}/{}", way.to, file.trim_end_matches('*'));
    let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
    cx.facts.arrivals().iter().any(|it| {
        let name = file.trim_end_matches('*');
        let is_it = |path: &Option<Cow<str>>| {
            path.as_deref().is_some_and(|it| it == file || reach(it, name) == Reach::Itself)
        };
        let to = it.to.as_deref();
        Some(it.stage) == stage
            && it.instruction < copy
            && it.origin == Origin::Context
            && it.paths.iter().any(is_it)
            && (to == Some(folder) || to == Some(place.as_str()))
    })
}

/// Where a `RUN` becomes two, what the second removes stays in the layer of the first.
fn keeps_layers(cx: &Context, passed: &Passed) -> Result<(), Stop> {
    const REMOVE: &[&str] = &[
        "autoremove",
        "cache",
        "chmod",
        "chown",
        "clean",
        "dedupe",
        "del",
        "mv",
        "prune",
        "purge",
        "remove",
        "rm",
        "strip",
        "uninstall",
    ];
    let at = cx.file.instructions[passed.instruction].span;
    let stage = cx.facts.stage_of(passed.instruction);
    let text = at.of(cx.file.source);
    let first = passed.readings.last().map_or(0, |it| it.at.end.saturating_sub(at.start));
    let mut words = text.get(first..).unwrap_or(text).split_whitespace();
    let removes = words.any(|it| REMOVE.contains(&it));
    if stage.is_some_and(|it| cx.facts.may_be_shipped(it)) && removes {
        let reason =
            "the `RUN` that installs goes on, and later removes or changes what is in its layer"
                .to_owned();
        return Err(Stop { code: "removes-later", at, reason });
    }
    Ok(())
}

fn nothing(cx: &Context, passed: &Passed) -> Stop {
    let at = cx.file.instructions[passed.instruction].span;
    Stop { code: "nothing", at, reason: "nothing reads manifests".to_owned() }
}

impl Case<'_, '_> {
    fn wanted(&self) -> Result<Wanted, Stop> {
        let mut wanted = match self.reading.tool {
            Tool::Npm | Tool::Yarn | Tool::Pnpm => node::wanted(self),
            Tool::Pip | Tool::UvPip => python::requirements(self),
            Tool::Uv => python::uv(self),
            Tool::Poetry => python::poetry(self),
            Tool::Pipenv => python::pipenv(self),
            Tool::Bundler => others::bundler(self),
            Tool::Go => others::go(self),
            Tool::Other => Err(self.stop(
                "reads-more",
                format!(
                    "`{}` reads more of the project than manifests that are known",
                    self.reading.words
                ),
            )),
        }?;
        wanted.doubts.extend(self.environment_is_excluded()?);
        let mut seen = std::collections::HashSet::new();
        wanted.files.retain(|it| seen.insert(it.clone()));
        let odd = |it: &&String| it.contains([' ', '\t', '$', '[', '?', '\\', '"', '\'', '#']);
        if let Some(file) = wanted.files.iter().find(odd) {
            return Err(self.stop("name", format!("`{file}` is no plain name")));
        }
        Ok(wanted)
    }

    fn stop(&self, code: &'static str, reason: String) -> Stop {
        Stop { code, at: self.reading.at, reason }
    }

    fn is_listed(&self, path: &str) -> bool {
        self.files.binary_search_by(|it| (**it).cmp(path)).is_ok()
    }

    /// Whether a file is in the folder at `path` of the context.
    fn holds(&self, path: &str) -> bool {
        self.files.iter().any(|it| it.strip_prefix(path).is_some_and(|it| it.starts_with('/')))
    }

    /// The text of a manifest without which there is nothing to install.
    fn manifest(&self, path: &str) -> Result<Arc<str>, Stop> {
        let missing = || self.stop("no-manifest", format!("`{path}` is not in the build context"));
        let text = self.is_listed(path).then(|| self.cx.text(path)).flatten();
        text.ok_or_else(missing)
    }

    /// Those of some files that are there, or may be though version control ignores them.
    fn present(&self, names: &[&str]) -> Vec<String> {
        let ignored = self.cx.text(".gitignore").unwrap_or_else(|| Arc::from(""));
        let is_ignored = |name: &str| {
            let mut lines = ignored.lines().map(|it| it.trim().trim_start_matches('/'));
            lines.any(|it| it == name) && !self.cx.excludes(name)
        };
        let found = names.iter().filter_map(|name| match self.is_listed(name) {
            true => Some((*name).to_owned()),
            false if is_ignored(name) => Some(format!("{name}*")),
            false => None,
        });
        found.collect()
    }

    /// Whether the command has an option.
    fn says(&self, option: &str) -> bool {
        self.reading.words.split_whitespace().any(|it| it == option)
    }

    /// What of the context would come over what was installed should be excluded: why somebody has to agree.
    fn excluded(&self, folder: &str) -> Result<Option<String>, Stop> {
        if self.holds(folder) {
            let reason =
                format!("`{folder}` of the build context would come over the installed one");
            return Err(self.stop("not-excluded", reason));
        }
        let reason = format!(
            "if there is a `{folder}` in the build context, it now comes over the installed one: exclude it in \
             `.dockerignore`"
        );
        Ok((!self.cx.excludes(folder)).then_some(reason))
    }

    /// Programs that are found in a folder of the project belong to an environment that lies in there.
    fn environment_is_excluded(&self) -> Result<Vec<String>, Stop> {
        let Some(run) = self.cx.facts.run(self.instruction) else { return Ok(Vec::new()) };
        let inside = |folder: &str| {
            let rest = folder.strip_prefix(&self.way.to)?.strip_prefix('/')?;
            rest.split('/').next().filter(|it| !it.is_empty()).map(str::to_owned)
        };
        let tops = self.cx.facts.search_path(run).filter_map(inside);
        tops.filter_map(|top| self.excluded(&top).transpose()).collect()
    }
}
