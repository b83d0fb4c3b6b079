//! What the manifests of a program say: its name, what it needs, and above all which files they name.
//!
//! Each format has a reader, which gets a text and opens no file. What a reader does not understand it says to
//! be unclear, and never guesses.

mod cargo;
mod code;
mod composer;
mod data;
mod git;
mod go;
mod gradle;
mod javascript;
mod lock;
mod maven;
mod mix;
mod msbuild;
mod pip;
mod pyproject;
mod python_code;
mod ruby;
mod tree;
mod xml;

use std::fmt;

/// A larger manifest is written by a program; of a lock file only the beginning counts.
pub const LARGEST: usize = 1 << 20;

/// A format, by what reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    PackageJson,
    PnpmWorkspace,
    GoMod,
    GoWork,
    CargoToml,
    Pyproject,
    SetupPy,
    SetupCfg,
    /// `MANIFEST.in`
    ManifestIn,
    /// `requirements*.txt`, `constraints*.txt` and their `.in`.
    Requirements,
    Pipfile,
    Pom,
    /// `build.gradle`, `settings.gradle` and other scripts of it, in Groovy or Kotlin.
    Gradle,
    /// `*.csproj`, `*.fsproj`, `*.vbproj`, `*.props`, `*.targets`.
    MsBuild,
    /// `*.sln`, `*.slnx`
    Solution,
    Gemfile,
    Gemspec,
    ComposerJson,
    MixExs,
    CMake,
    Makefile,
    Lock(Manager),
}

/// Who writes a lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Manager {
    Npm,
    Yarn,
    Pnpm,
    Bun,
    Deno,
    Cargo,
    Go,
    Poetry,
    Uv,
    Pdm,
    Pipenv,
    Bundler,
    Composer,
    Mix,
    Gradle,
    NuGet,
}

/// What a manifest says, as it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub kind: Kind,
    pub name: Option<String>,
    pub version: Option<String>,
    pub runtimes: Vec<Runtime>,
    pub dependencies: Vec<Dependency>,
    pub scripts: Vec<Script>,
    /// Tools of the build that are no dependencies: Maven and Gradle plugins.
    pub plugins: Vec<Dependency>,
    /// `pnpm@9.1.0`
    pub package_manager: Option<String>,
    /// Of a lock file the version of its format, where it is easily told.
    pub lock_version: Option<String>,
    /// `hatchling.build`
    pub build_backend: Option<String>,
    /// What in it reads the history of the repository, or may.
    pub reads_git: Vec<ReadsGit>,
    pub outputs: Vec<Output>,
    named: Vec<Named>,
    /// What may name further files, and is not understood.
    pub unclear: Vec<Unclear>,
}

/// A version of a language or tool that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// `node`, `npm`, `go`, `rust`, `python`, `java`, `dotnet`, `ruby`, `php`, `elixir`, …
    pub name: String,
    /// `>=18 <21`
    pub wanted: String,
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    pub name: String,
    /// `None` if any will do, or if something else decides.
    pub wanted: Option<String>,
    pub group: Group,
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Normal,
    /// For developing and testing.
    Development,
    /// Extras, peers, optional ones.
    Optional,
    /// For building.
    Build,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub name: String,
    /// A command line.
    pub text: String,
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadsGit {
    /// The plugin, dependency or script.
    pub name: String,
    pub line: usize,
}

/// A folder that the tool fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// From the folder of the manifest, with `/`.
    pub path: String,
    pub holds: Holds,
    /// `None` if it is the tool's default.
    pub line: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Dependencies,
    Build,
}

/// A path that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// From the folder of the manifest, with `/`; a file, a folder with everything in it, or a pattern of
    /// the tool (`*`, `**`, `?`, `[…]`, `{a,b}`). It may lead out with `..`, and it need not exist. (`pip`
    /// takes `-e ./path` from the folder in which it runs.)
    pub path: String,
    pub role: Role,
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A readme or license: builds stop where one is missing.
    Document,
    /// Another manifest: `-r more.txt`, a parent, a script that is applied.
    Manifest,
    /// The folder or project file of another package: members, path dependencies.
    Package,
    /// Sources and data.
    Content,
    /// What is started or published: the build may make it.
    Entry,
}

/// Something that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// 1-based.
    pub line: usize,
    /// Lower case, no full stop.
    pub reason: String,
}

impl fmt::Display for Unclear {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.reason)
    }
}

/// The format of a file, by its name alone.
pub fn kind_of(file_name: &str) -> Option<Kind> {
    let (stem, extension) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
    Some(match file_name {
        "package.json" => Kind::PackageJson,
        "pnpm-workspace.yaml" => Kind::PnpmWorkspace,
        "go.mod" => Kind::GoMod,
        "go.work" => Kind::GoWork,
        "Cargo.toml" => Kind::CargoToml,
        "pyproject.toml" => Kind::Pyproject,
        "setup.py" => Kind::SetupPy,
        "setup.cfg" => Kind::SetupCfg,
        "MANIFEST.in" => Kind::ManifestIn,
        "Pipfile" => Kind::Pipfile,
        "Gemfile" | "gems.rb" => Kind::Gemfile,
        "composer.json" => Kind::ComposerJson,
        "mix.exs" => Kind::MixExs,
        "CMakeLists.txt" => Kind::CMake,
        "Makefile" | "makefile" | "GNUmakefile" => Kind::Makefile,
        _ if stem == "pom" && extension == "xml" => Kind::Pom,
        _ if file_name.ends_with(".gradle") || file_name.ends_with(".gradle.kts") => Kind::Gradle,
        _ if matches!(extension, "csproj" | "fsproj" | "vbproj" | "props" | "targets") => {
            Kind::MsBuild
        }
        _ if matches!(extension, "sln" | "slnx") => Kind::Solution,
        _ if extension == "gemspec" => Kind::Gemspec,
        _ if is_requirements(stem, extension) => Kind::Requirements,
        _ => Kind::Lock(lock::manager(file_name)?),
    })
}

/// `requirements.txt`, `requirements-dev.in`, `dev-requirements.txt`, `constraints.txt`.
fn is_requirements(stem: &str, extension: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    let called = ["requirements", "constraints"].iter().any(|word| stem.contains(word));
    matches!(extension, "txt" | "in" | "pip") && (called || stem == "reqs")
}

/// Reads a manifest of a kind. An error is a text that its tool would not read, or of which we read nothing.
pub fn read(kind: Kind, text: &str) -> Result<Manifest, Unclear> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut manifest = Manifest::new(kind);
    if let Kind::Lock(manager) = kind {
        lock::read(manager, text, &mut manifest);
        return Ok(manifest);
    }
    if text.len() > LARGEST {
        return Err(Unclear { line: 1, reason: format!("it is larger than {LARGEST} bytes") });
    }
    match kind {
        Kind::PackageJson => javascript::package_json(text, &mut manifest)?,
        Kind::PnpmWorkspace => javascript::pnpm_workspace(text, &mut manifest)?,
        Kind::GoMod | Kind::GoWork => go::read(text, &mut manifest)?,
        Kind::CargoToml => cargo::read(text, &mut manifest)?,
        Kind::Pyproject => pyproject::read(text, &mut manifest)?,
        Kind::Pipfile => pyproject::pipfile(text, &mut manifest)?,
        Kind::SetupPy => python_code::setup_py(text, &mut manifest),
        Kind::SetupCfg => pip::setup_cfg(text, &mut manifest),
        Kind::ManifestIn => pip::manifest_in(text, &mut manifest),
        Kind::Requirements => pip::requirements(text, &mut manifest),
        Kind::Pom => maven::read(text, &mut manifest)?,
        Kind::Gradle => gradle::read(text, &mut manifest),
        Kind::MsBuild => msbuild::project(text, &mut manifest)?,
        Kind::Solution => msbuild::solution(text, &mut manifest)?,
        Kind::Gemfile | Kind::Gemspec => ruby::read(text, &mut manifest),
        Kind::ComposerJson => composer::read(text, &mut manifest)?,
        Kind::MixExs => mix::read(text, &mut manifest),
        Kind::CMake | Kind::Makefile => code::mentions_git(text, &mut manifest),
        Kind::Lock(_) => {}
    }
    Ok(manifest)
}

impl Manifest {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            name: None,
            version: None,
            runtimes: Vec::new(),
            dependencies: Vec::new(),
            scripts: Vec::new(),
            plugins: Vec::new(),
            package_manager: None,
            lock_version: None,
            build_backend: None,
            reads_git: Vec::new(),
            outputs: Vec::new(),
            named: Vec::new(),
            unclear: Vec::new(),
        }
    }

    /// Every path that it names, in the order of the file; a path may be named twice. If `unclear` is not
    /// empty there may be more.
    pub fn named_files(&self) -> impl Iterator<Item = &Named> {
        self.named.iter()
    }

    /// The paths that it names in one role.
    pub fn named_as(&self, role: Role) -> impl Iterator<Item = &Named> {
        self.named.iter().filter(move |named| named.role == role)
    }

    /// A path as it is written; URLs and empty texts are none.
    fn names(&mut self, role: Role, path: &str, line: usize) {
        let path = path.trim();
        let path = path.strip_prefix("file:").unwrap_or(path);
        let mut path = path.strip_prefix("//").unwrap_or(path);
        while let Some(rest) = path.strip_prefix("./") {
            path = rest.trim_start_matches('/');
        }
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        if path.is_empty() || path.contains("://") || path.contains(['\n', '\0']) {
            return;
        }
        let same = |it: &Named| it.role == role && it.line == line && it.path == path;
        if !self.named.last().is_some_and(same) {
            self.named.push(Named { path: path.to_owned(), role, line });
        }
    }

    /// A path in a value of which we know only that it may be one.
    fn may_name(&mut self, role: Role, text: &str, line: usize) {
        if data::looks_like_path(text) {
            self.names(role, text, line);
        }
    }

    fn depends(&mut self, group: Group, name: &str, wanted: Option<&str>, line: usize) {
        // What Go links into a program runs in no build.
        if self.kind != Kind::GoMod && git::reads(name) {
            self.git(name, line);
        }
        let wanted = wanted.map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
        self.dependencies.push(Dependency { name: name.to_owned(), wanted, group, line });
    }

    fn plugin(&mut self, name: &str, wanted: Option<&str>, line: usize) {
        if git::reads(name) {
            self.git(name, line);
        }
        let (name, wanted) = (name.to_owned(), wanted.map(str::to_owned));
        self.plugins.push(Dependency { name, wanted, group: Group::Build, line });
    }

    fn script(&mut self, name: &str, text: &str, line: usize) {
        if git::script_reads(text) {
            self.git(name, line);
        }
        self.scripts.push(Script { name: name.to_owned(), text: text.to_owned(), line });
    }

    fn wants(&mut self, name: &str, wanted: &str, line: usize) {
        let (name, wanted) = (name.to_owned(), wanted.trim().to_owned());
        if !self.runtimes.iter().rev().take(16).any(|it| it.name == name && it.wanted == wanted) {
            self.runtimes.push(Runtime { name, wanted, line });
        }
    }

    fn git(&mut self, name: &str, line: usize) {
        self.reads_git.push(ReadsGit { name: name.to_owned(), line });
    }

    fn fills(&mut self, holds: Holds, path: &str, line: Option<usize>) {
        let path = path.trim().trim_start_matches("./").trim_end_matches('/').to_owned();
        if !path.is_empty() {
            self.outputs.push(Output { path, holds, line });
        }
    }

    fn unclear(&mut self, line: usize, reason: impl Into<String>) {
        self.unclear.push(Unclear { line, reason: reason.into() });
    }
}

#[cfg(test)]
mod tests;
