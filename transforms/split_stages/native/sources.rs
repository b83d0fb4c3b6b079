//! What the sources of a compiled program say of the files, programs and ports that it uses.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::Work;
use super::super::evidence::Sources;
use super::super::names::Names;
use super::super::plan::{Copied, Plan};
use super::super::program::Program;
use super::super::{libraries, needs};
use super::Language;
use crate::facts::resolve;
use crate::images::Family;
use crate::shell::command::base;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The sources of the program.
pub(super) struct Read<'l> {
    language: &'l Language,
    /// Paths of the context with their texts.
    files: Vec<(String, Arc<str>)>,
}

pub(super) fn read<'l>(case: &Case, language: &'l Language) -> Result<Read<'l>, Stop> {
    let mut files = Vec::new();
    for path in case.arriving(|path| language.code.iter().any(|it| path.ends_with(it)))? {
        let Some(text) = case.text(path) else {
            let reason = format!("`{path}` cannot be read");
            return Err(case.stop("unreadable-source", reason));
        };
        files.push((path.to_owned(), text));
    }
    if files.is_empty() {
        let reason = "the sources of the program are not in the build context".to_owned();
        return Err(case.stop("sources-elsewhere", reason));
    }
    Ok(Read { language, files })
}

/// The packages of the distribution that the build installs.
fn packages<'r>(case: &'r Case) -> impl Iterator<Item = &'r str> {
    let installed = case.steps().iter().filter_map(|step| match &step.work {
        Work::Packages(names) => Some(names.iter().map(String::as_str)),
        _ => None,
    });
    installed.flatten()
}

impl Read<'_> {
    pub(super) fn texts(&self) -> Vec<&str> {
        self.files.iter().map(|(_, text)| &**text).collect()
    }

    /// What the program reads when it runs.
    pub(super) fn files(
        &self,
        case: &Case,
        program: &Program,
        plan: &mut Plan,
    ) -> Result<(), Stop> {
        let workdir = case.workdir()?;
        let embedded = BTreeSet::new();
        let (code, manifests) = (self.language.code, self.language.manifests);
        let sources = Sources { code, manifests, embedded: &embedded, workdir };
        let files: Vec<&str> = self.files.iter().map(|(path, _)| path.as_str()).collect();
        let words = needs::words(case, program);
        plan.copies.extend(sources.read(case, &files, &words)?);
        let name = program.words.first().map(|it| base(it)).unwrap_or_default();
        plan.copies.extend(needs::called_as(case, name)?);
        for name in self.language.conventions {
            let place = resolve(Some(workdir), name).unwrap_or_default();
            if case.source(&place)?.is_some_and(|it| case.below(&it).is_ok_and(|it| !it.is_empty()))
            {
                let because = format!("programs read `{name}` when they run");
                plan.copies.push(Copied::folder(&place, because));
            }
        }
        plan.copies.extend(needs::placed_beside(case, &sources, &files)?);
        Ok(())
    }

    /// Programs and libraries that it asks for by names which are not read.
    pub(super) fn calls(&self, case: &Case, plan: &mut Plan) {
        if let Some((path, call)) = self.first(self.language.callers) {
            plan.doubts.push(format!("which programs `{path}` starts (`{call}`) is not known"));
        }
        for (call, package) in self.language.loaders {
            let is_there = |name: &str| !package.is_empty() && name.starts_with(package);
            let mut installed = plan.ground.packages.iter();
            if installed.any(|it| is_there(&it.debian) || is_there(&it.alpine)) {
                continue;
            }
            let loads = |it: &&(String, Arc<str>)| (self.language.loads)(&it.1, call);
            let Some((path, _)) = self.files.iter().find(loads) else { continue };
            let names = Some(package).filter(|it| !it.is_empty());
            let Some(names) = names.and_then(|it| self.brought(case, it)) else {
                let call = call.trim_end_matches(['(', '.']);
                plan.doubts.push(format!("which libraries `{path}` loads (`{call}`) is not known"));
                continue;
            };
            for name in names {
                needs::add(case, &name, format!("`{path}` loads `{name}`"), plan);
            }
        }
    }

    /// The packages with libraries of a name that come along with what is installed.
    fn brought(&self, case: &Case, start: &str) -> Option<Vec<String>> {
        let names: Vec<&str> = packages(case).collect();
        let distribution = case.image()?.distribution.as_ref()?;
        let is_dev = |it: &&&str| it.starts_with(start) && it.ends_with("-dev");
        if let Some(name) = names.iter().find(is_dev) {
            return libraries::of_dev(name, distribution);
        }
        let comes = self.language.depends.iter().find(|it| it.starts_with(start))?;
        let is_tool = |it: &&str| self.language.packages.contains(it);
        let is_debian = matches!(distribution.family, Family::Debian | Family::Ubuntu);
        (is_debian && names.iter().any(is_tool)).then(|| vec![(*comes).to_owned()])
    }

    /// Why it has to stay root.
    pub(super) fn root(&self, case: &Case) -> Option<String> {
        let writes = self.first(self.language.writers);
        let writes = writes.map(|(path, call)| format!("`{path}` may need it (`{call}`)"));
        let embedded = || {
            let mut files = case.files().ok()?.iter();
            let found = files.find(|it| {
                let is_manifest = self.language.manifests.contains(&base(it));
                let text = || case.text(it).unwrap_or_default();
                (is_manifest || it.ends_with(".cabal")) && text().contains("sqlite")
            });
            found.map(|it| format!("`{it}` names SQLite, which writes to its file"))
        };
        let installed = || {
            let found = packages(case).find(|it| it.contains("sqlite"));
            found.map(|it| format!("`{it}` is SQLite, which writes to its file"))
        };
        writes.or_else(embedded).or_else(installed).or_else(|| needs::low_port(case, &self.texts()))
    }

    /// The first source that has one of some words, with that.
    fn first(&self, words: &'static [&'static str]) -> Option<(&str, &'static str)> {
        let words = Names::of(words);
        self.files.iter().find_map(|(path, text)| {
            let word = words.first_in(text)?;
            Some((path.as_str(), word.trim_end_matches(['(', '.'])))
        })
    }
}
