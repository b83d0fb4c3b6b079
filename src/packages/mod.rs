//! Which package manager a command is, what it does to packages, and what it leaves behind.
//!
//! Everything is read from one table, [`MANAGERS`]. A word that is not in the table makes an action
//! [`Kind::Unknown`]; nothing is guessed. This module knows no Dockerfile and no shell syntax: a
//! command is the name of its program and its words.

mod cache;
mod grammar;
mod known;
mod language;
mod needs;
mod projects;
mod read;
mod system;
mod tools;

pub use cache::{
    Cache, Cleanup, Need, Place, Root, is_a_cleanup, is_in_a_cache, is_in_a_cache_with,
    reads_variable,
};
pub use known::{Inert, inert, switches_versions};
pub use needs::{Needed, needed};
pub use projects::{Installer, configures, installer, leaves_lists_alone};
pub use read::{kind, may_be_called, read};

use std::fmt;

/// All package managers that are known, those of distributions first.
pub static MANAGERS: &[&PackageManager] = &[
    &system::APT,
    &system::APTITUDE,
    &system::APK,
    &system::DNF,
    &system::YUM,
    &system::MICRODNF,
    &system::TDNF,
    &system::ZYPPER,
    &system::PACMAN,
    &system::EMERGE,
    &system::CHOCO,
    &language::python::PIP,
    &language::python::PIPX,
    &language::python::UV,
    &language::python::POETRY,
    &language::python::PIPENV,
    &language::python::CONDA,
    &language::python::MICROMAMBA,
    &language::javascript::NPM,
    &language::javascript::YARN,
    &language::javascript::PNPM,
    &language::javascript::BUN,
    &language::javascript::COREPACK,
    &language::ruby::GEM,
    &language::ruby::BUNDLE,
    &language::php::COMPOSER,
    &language::php::PECL,
    &language::go::GO,
    &language::rust::CARGO,
    &language::java::MAVEN,
    &language::java::GRADLE,
    &language::r::LITTLER,
    &language::perl::CPAN,
    &language::r::R,
    &language::lua::LUAROCKS,
    &language::haskell::STACK,
    &language::haskell::CABAL,
    &language::elixir::MIX,
    &language::dotnet::DOTNET,
    &language::dotnet::NUGET,
    &language::ocaml::OPAM,
];

/// One package manager: how its command line is read, and which caches it fills.
#[derive(Debug)]
pub struct PackageManager {
    pub name: &'static str,
    pub(crate) programs: &'static [Program],
    pub(crate) grammar: Grammar,
    /// Options whose value is the next word, unless it is joined with `=`.
    pub(crate) valued: &'static [&'static str],
    /// One to three words after the options; aliases included.
    pub(crate) verbs: &'static [(&'static str, Kind)],
    /// What begins a version in the word for a package.
    pub(crate) version: &'static [&'static str],
    pub caches: &'static [Cache],
}

/// A name by which a package manager is called.
#[derive(Debug)]
pub(crate) enum Program {
    Named(&'static str),
    /// The name may end in a version: `pip3.11`.
    Versioned(&'static str),
    /// The name stands for a program and a verb: `npx` is `npm exec`.
    Implies(&'static str, Kind),
}

impl Program {
    fn name(&self) -> &'static str {
        match self {
            Self::Named(name) | Self::Versioned(name) | Self::Implies(name, _) => name,
        }
    }
}

/// How the words after the program are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Options, a verb, options and packages. Short options may be joined: `-qqy`.
    Verb,
    /// As [`Grammar::Verb`], but an option with one dash may have a long name: `-mod=vendor`.
    LongVerb,
    /// As [`Grammar::LongVerb`], with any number of verbs and no packages.
    Goals,
    /// The verb is an option: `-Syu`.
    Pacman,
    /// Verbs are options (`--sync`); without one, the operands are installed.
    Operands,
    /// R code behind `-e`.
    R,
}

/// What a command does to packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Downloads the index of what there is.
    Update,
    /// Installs packages, or downloads them.
    Install,
    Upgrade,
    Remove,
    /// Removes what is cached.
    Clean,
    /// Builds a project and downloads what it needs.
    Build,
    /// Runs a program of a package or of the project: it may do anything.
    Run,
    /// Reads the index or what is installed.
    Query,
    /// Neither reads an index nor fills a cache.
    Configure,
    /// Not in the table, or not known before the build.
    Unknown,
}

/// What one command does to packages. Numbers are indices of the words after the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Action<'a> {
    pub manager: &'static PackageManager,
    pub kind: Kind,
    /// The word or words of the verb, if there are any.
    pub verb: Option<Verb>,
    pub flags: Vec<Flag<'a>>,
    pub packages: Vec<Package<'a>>,
}

/// From the first to the last word of a verb; options may stand between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    pub first: usize,
    pub last: usize,
    /// As it is written in the table.
    pub name: &'static str,
}

/// An option. Joined short options (`-qqy`) are several flags of one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag<'a> {
    pub argument: usize,
    /// With its dashes.
    pub name: &'a str,
    /// `Some(None)` if there is a value that is not known before the build.
    pub value: Option<Option<&'a str>>,
}

/// An operand after the verb: a package, a file, a directory, a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package<'a> {
    pub argument: usize,
    /// Without version and architecture; `None` if it is not known before the build.
    pub name: Option<&'a str>,
    pub version: Option<&'a str>,
    /// It is removed in a command that installs: `apt-get install name-`.
    pub removed: bool,
}

impl PackageManager {
    /// Whether it installs where the distribution has its programs.
    pub fn is_of_distribution(&self) -> bool {
        const NAMES: &[&str] = &[
            "apk", "apt", "aptitude", "choco", "dnf", "emerge", "microdnf", "pacman", "tdnf",
            "yum", "zypper",
        ];
        NAMES.contains(&self.name)
    }

    /// Whether `program` is a name of it: `pip3.11` of pip.
    pub fn is_called(&self, program: &str) -> bool {
        read::find(program).is_some_and(|(manager, _)| manager == self)
    }
}

impl PartialEq for PackageManager {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for PackageManager {}

impl fmt::Display for PackageManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<'a> Action<'a> {
    /// Whether one of the flags `names` is there, in any form.
    pub fn has_flag(&self, names: &[&str]) -> bool {
        self.flag(names).is_some()
    }

    /// The last of the flags `names`.
    pub fn flag(&self, names: &[&str]) -> Option<Flag<'a>> {
        self.flags.iter().rev().find(|flag| names.contains(&flag.name)).copied()
    }

    /// Whether it may not use the network, and so needs what is cached.
    pub fn is_offline(&self) -> bool {
        const OFFLINE: &[&str] = &["--offline", "--cacheonly", "--no-refresh", "--no-network"];
        let short = match self.manager.name {
            "dnf" | "yum" => "-C",
            "maven" => "-o",
            _ => "--offline",
        };
        self.has_flag(OFFLINE) || self.has_flag(&[short])
    }

    /// Whether it fetches the index that is missing or old by itself, in releases that do so: apk since
    /// 2.10, for what opens its database to write.
    /// <https://gitlab.alpinelinux.org/alpine/apk-tools/-/commit/8a28c6d0d4f81406c67e76b2bcdbe491aa734717>
    pub fn fetches_index(&self) -> bool {
        let writes = ["add", "fix", "upgrade"].iter().any(|verb| self.is(verb));
        self.manager.name == "apk" && writes && !self.is_offline() && !self.is_elsewhere()
    }

    /// Whether options of `apk` name another root or cache.
    pub fn is_elsewhere(&self) -> bool {
        const ELSEWHERE: &[&str] = &["-p", "--root", "--cache-dir", "--cache-max-age"];
        self.manager.name == "apk" && self.has_flag(ELSEWHERE)
    }

    /// Whether the command is `verb`, as it is written in the table.
    pub fn is(&self, verb: &str) -> bool {
        self.verb.is_some_and(|it| it.name == verb)
    }
}

/// The package manager called `name`: `apt`, `dnf`, `pip`, …
pub fn manager(name: &str) -> Option<&'static PackageManager> {
    MANAGERS.iter().copied().find(|manager| manager.name == name)
}
