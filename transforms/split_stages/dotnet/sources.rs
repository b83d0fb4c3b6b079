//! What the sources of a .NET program say of its needs.

use super::super::case::Case;
use super::super::evidence::{self, literals};
use super::super::install::Made;
use super::super::names::Names;
use super::super::plan::{Copied, Plan};
use super::super::program::Program;
use super::super::{Stop, needs};
use super::{Published, base_name};
use crate::facts::{Origin, is_within, resolve};
use crate::syntax::Keyword;
use crate::transform::PortPolicy;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The texts of a solution.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) code: Vec<(String, Arc<str>)>,
    pub(super) projects: Vec<(String, Arc<str>)>,
    pub(super) settings: Vec<(String, Arc<str>)>,
}

const CODE: &[&str] = &[
    ".cs",
    ".csproj",
    ".cshtml",
    ".fs",
    ".fsproj",
    ".props",
    ".razor",
    ".resx",
    ".sln",
    ".slnx",
    ".targets",
    ".vb",
    ".vbproj",
    ".user",
    ".DotSettings",
    ".sh",
    ".ps1",
    ".bat",
    ".cmd",
];
const MANIFESTS: &[&str] = &[
    "NuGet.config",
    "NuGet.Config",
    "global.json",
    "launchSettings.json",
    "libman.json",
    "nuget.config",
    "package-lock.json",
    "package.json",
    "packages.lock.json",
    "bundleconfig.json",
];

/// What is called to write files; temporary ones are for everybody.
const WRITERS: &[&str] = &[
    "CreateDirectory(",
    "Data Source=",
    "DataSource=",
    "File.Append",
    "File.Copy(",
    "File.Create",
    "File.Move(",
    "File.OpenWrite(",
    "File.Write",
    "FileMode.",
    "LiteDatabase(",
    "PersistKeysToFileSystem(",
    "StreamWriter(\"",
    "UseSqlite(",
    "WriteTo.File(",
    "AddFile(",
];

pub(super) fn read(case: &Case) -> Result<Sources, Stop> {
    let mut sources = Sources::default();
    let ends = |path: &str, ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    let is_project =
        |path: &str| ends(path, &[".csproj", ".fsproj", ".vbproj", "Directory.Build.props"]);
    let is_code = |path: &str| ends(path, &[".cs", ".fs", ".vb", ".cshtml", ".razor"]);
    let is_setting =
        |path: &str| path.ends_with(".json") && base_name(path).starts_with("appsettings");
    let is_wanted = |path: &str| is_project(path) || is_code(path) || is_setting(path);
    for path in case.arriving(is_wanted)? {
        let Some(text) = case.text(path) else { continue };
        let pair = (path.to_owned(), text);
        match (is_project(path), is_code(path)) {
            (true, _) => sources.projects.push(pair),
            (_, true) => sources.code.push(pair),
            _ => sources.settings.push(pair),
        }
    }
    if sources.projects.is_empty() {
        let reason = "the project that is built is not in the build context".to_owned();
        return Err(case.stop("sources-elsewhere", reason));
    }
    Ok(sources)
}

pub(super) fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = &text[text.find(&format!("<{name}>"))? + name.len() + 2..];
    Some(rest[..rest.find('<')?].trim())
}

impl Sources {
    pub(super) fn texts(&self) -> Vec<&str> {
        self.code.iter().chain(&self.settings).map(|(_, text)| &**text).collect()
    }

    pub(super) fn says(&self, what: &str) -> bool {
        self.projects.iter().chain(&self.code).any(|(_, text)| text.contains(what))
    }

    /// What the program reads besides what is published with it.
    pub(super) fn files(
        &self,
        case: &Case,
        program: &Program,
        made: &Published,
        published: &str,
    ) -> Result<Vec<Copied>, Stop> {
        let workdir = case.workdir()?;
        let embedded = BTreeSet::new();
        let sources =
            evidence::Sources { code: CODE, manifests: MANIFESTS, embedded: &embedded, workdir };
        let mut found = Vec::new();
        if workdir != published && workdir != "/" {
            let files: Vec<&str> = self.code.iter().map(|(path, _)| path.as_str()).collect();
            found.extend(sources.read(case, &files, &needs::words(case, program))?);
            // A web application looks for them where it starts.
            let mut names = vec!["wwwroot".to_owned()];
            if self.says("RuntimeCompilation") {
                names.extend(["Views", "Pages", "Areas"].map(str::to_owned));
            }
            for (path, _) in &self.settings {
                names.push(base_name(path).to_owned());
            }
            names.dedup();
            for name in names {
                let Some(place) = resolve(Some(workdir), &name) else { continue };
                let Some(source) = case.source(&place)? else { continue };
                let is_folder = !case.below(&source)?.is_empty();
                let because = "it is looked for where the program starts";
                found.push(Copied { is_folder, ..Copied::file(&place, because) });
            }
        }
        let foreign = case.arrivals.iter().filter(|it| it.origin != Origin::Context);
        let mut outside = foreign
            .clone()
            .filter(|it| !it.to.as_deref().is_some_and(|it| is_within(it, published)));
        // What other images bring into the published folder is copied with it.
        if foreign.clone().next().is_none() || outside.next().is_some() {
            let mut builds = made.builds.clone();
            builds.push(published.to_owned());
            found.extend(needs::placed_elsewhere(case, &sources, &builds, "/root/.nuget")?);
        }
        Ok(found)
    }

    pub(super) fn programs(&self, case: &Case, plan: &mut Plan) -> Result<(), Stop> {
        for (path, text) in &self.code {
            for (at, call) in text.match_indices("Process.Start(") {
                let rest = text[at + call.len()..].trim_start();
                let word = rest.starts_with('"').then(|| literals(rest).next()).flatten();
                match word.and_then(|it| it.split_whitespace().next()) {
                    Some(name) => needs::program(case, &Made::default(), name, path, plan)?,
                    None => plan
                        .doubts
                        .push(format!("`{path}` starts a program whose name is not written there")),
                }
            }
        }
        Ok(())
    }

    /// Why it has to stay root.
    pub(super) fn root(&self, case: &Case, plan: &Plan) -> Option<String> {
        let writers = Names::of(WRITERS);
        let writes = self.code.iter().chain(&self.settings).find_map(|(path, text)| {
            let call = writers.first_in(text)?;
            Some(format!("`{path}` may write files (`{}`)", call.trim_end_matches(['(', '"'])))
        });
        let made = || needs::made_folder(plan);
        let volume = || {
            let at = case.stage().all(case.cx.file, Keyword::Volume).last().copied()?;
            let text = &case.cx.file.instructions[at].arguments.text;
            Some(format!("it may write to `{}`", text.trim()))
        };
        let texts: Vec<&str> = self.code.iter().map(|(_, text)| &**text).collect();
        let port = || needs::low_port(case, &texts).or_else(|| low_port(case));
        writes.or_else(made).or_else(volume).or_else(port)
    }
}

/// A port below 1024 in a variable that the server reads.
fn low_port(case: &Case) -> Option<String> {
    if case.cx.options.ports == PortPolicy::Docker {
        return None;
    }
    ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_URLS", "URLS"].iter().find_map(|name| {
        let value = case.variable(name)?;
        let numbers = value.split(|it: char| !it.is_ascii_digit());
        let mut ports = numbers.filter_map(|it| it.parse::<u32>().ok());
        let low = ports.find(|it| (1..1024).contains(it));
        let plain = value.contains("://")
            && !value.trim_start_matches("http").contains(|it: char| it.is_ascii_digit());
        (low.is_some() || plain).then(|| format!("`{name}` names a port below 1024"))
    })
}
