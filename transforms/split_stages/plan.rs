//! What a stack says of a stage: what its program needs when it runs.

use crate::images::runtime::RuntimeImage;

/// How [`Plan::left`] calls the sources; where it is known which files they are, these are counted instead.
pub(super) const SOURCES: &str = "the sources";

/// What becomes of a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// Instructions (`ENV` or `RUN`) that the build stage gets, each before the one of that number.
    pub(super) built: Vec<(usize, String)>,
    /// What the run-time stage copies out of the build stage.
    pub(super) copies: Vec<Copied>,
    /// What of it has to be there before packages are installed.
    pub(super) before: Vec<Copied>,
    /// Paths of the build stage that what is added to it changes, with all that is below them.
    pub(super) changed: Vec<String>,
    /// How the program starts there, in exec form; `None` where `ENTRYPOINT` and `CMD` stay as they are.
    pub(super) start: Option<Start>,
    /// The `HEALTHCHECK` and the words of its command there, where these are others.
    pub(super) health: Option<(usize, Vec<String>)>,
    pub(super) ground: Ground,
    /// Variables that the base image set and the program needs, or that say where things are now.
    pub(super) environment: Vec<(String, String)>,
    /// What it gains and what it costs: sentences without a full stop.
    pub(super) notes: Vec<String>,
    /// What only a build tells: then it is a draft.
    pub(super) doubts: Vec<String>,
    /// What stays behind, in words: `the Go toolchain`.
    pub(super) left: Vec<String>,
}

/// `COPY --from=build FROM TO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    /// Absolute, in the build stage.
    pub(super) from: String,
    /// Absolute.
    pub(super) to: String,
    pub(super) is_folder: bool,
    /// The published image that it is copied out of, instead of the build stage.
    pub(super) image: Option<String>,
    /// Whose it is, where the program writes there as this user: `node:node`. Without it a folder is of
    /// root, and what is in it has the owners that it had.
    pub(super) owner: Option<String>,
    /// Why it is needed: `` `main.go` names it ``.
    pub(super) because: String,
}

/// `ENTRYPOINT` and `CMD`; one of them may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) entrypoint: Vec<String>,
    pub(super) command: Vec<String>,
}

/// What the base of the run-time stage has to have.
#[derive(Debug, Clone, Default)]
pub(super) struct Ground {
    pub(super) kind: Kind,
    /// Why a shell is needed.
    pub(super) shell: Option<String>,
    /// Packages of the distribution, by what they are called there.
    pub(super) packages: Vec<Package>,
    /// What is carried of the build is of its release, and other programs of the image would find it, too.
    pub(super) is_of_build: bool,
    /// It looks up time zones.
    pub(super) zones: bool,
    /// It makes temporary files.
    pub(super) temporary: bool,
    /// Why the program cannot do without root, or without writing to folders of root.
    pub(super) root: Option<String>,
}

/// A package that the program needs when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    /// Empty where it is not known how it is called there.
    pub(super) debian: String,
    pub(super) alpine: String,
    pub(super) because: String,
}

/// What starts the program.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Kind {
    /// The kernel alone: it is linked statically.
    #[default]
    Static,
    /// The GNU C library, at least of this version.
    Glibc {
        at_least: (u32, u32),
        has_cpp: bool,
    },
    Musl,
    /// Something of its language: the stack has chosen the image, and says why that one.
    Chosen(Box<RuntimeImage>, String),
}

impl Ground {
    /// Adds a package, once.
    pub(super) fn install(&mut self, package: Package) {
        let is_it = |it: &Package| it.debian == package.debian && it.alpine == package.alpine;
        if !self.packages.iter().any(is_it) {
            self.packages.push(package);
        }
    }
}

impl Copied {
    /// Whether it is part of the base image of the build, such as the runtime of a language.
    pub(super) fn is_of_base(&self) -> bool {
        const PLACES: &[&str] =
            &["/usr/local/bin/node", "/usr/lib/", "/usr/local/lib/", "/opt/java"];
        PLACES.iter().any(|start| self.from.starts_with(start))
    }

    pub(super) fn file(path: &str, because: impl Into<String>) -> Self {
        let (from, to) = (path.to_owned(), path.to_owned());
        Self { from, to, is_folder: false, image: None, owner: None, because: because.into() }
    }

    pub(super) fn folder(path: &str, because: impl Into<String>) -> Self {
        Self { is_folder: true, ..Self::file(path, because) }
    }
}
