//! What a transform is, what it may look at, and what it proposes.

use crate::effect::Delta;
use crate::facts::Facts;
use crate::project::ignore_file::IgnoreFile;
use crate::project::{ContextFiles, Tree};
use crate::syntax::Dockerfile;
use crate::text::{Edit, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A named rewrite. It reads one Dockerfile and proposes changes to it.
#[derive(Debug)]
pub struct Transform {
    /// A verb phrase in kebab case. Users write it, so it never changes.
    pub id: Cow<'static, str>,
    /// What it does, in one line: the subject of the diff it produces.
    pub summary: Cow<'static, str>,
    /// The page beside the code. Its examples are run as tests.
    pub guide: Cow<'static, str>,
    /// Rules of other linters for the same thing (`DL3059`): where they are suppressed, so is this.
    pub rules: Cow<'static, [&'static str]>,
    pub propose: Propose,
}

#[derive(Debug)]
pub enum Propose {
    BuiltIn(fn(&Context) -> Vec<Proposal>),
    /// What a user has written.
    Codemod(Box<dyn Rule>),
    /// It changes the ignore file of a build context, once for all Dockerfiles that share it, after
    /// these are done.
    ForContext(fn(&SharedContext) -> Vec<Proposal>),
}

/// A transform that is made while the program runs.
pub trait Rule: std::fmt::Debug + Send + Sync {
    fn propose(&self, context: &Context) -> Vec<Proposal>;
}

impl Transform {
    pub fn propose(&self, context: &Context) -> Vec<Proposal> {
        match self.propose {
            Propose::BuiltIn(propose) => propose(context),
            Propose::Codemod(ref rule) => rule.propose(context),
            Propose::ForContext(_) => Vec::new(),
        }
    }

    pub fn propose_for_context(&self, context: &SharedContext) -> Vec<Proposal> {
        match self.propose {
            Propose::BuiltIn(_) | Propose::Codemod(_) => Vec::new(),
            Propose::ForContext(propose) => propose(context),
        }
    }

    /// Whether a user has written it.
    pub fn is_codemod(&self) -> bool {
        matches!(self.propose, Propose::Codemod(_))
    }

    /// Whether it changes ignore files, and no Dockerfile.
    pub fn is_for_contexts(&self) -> bool {
        matches!(self.propose, Propose::ForContext(_))
    }
}

/// All that a transform may look at.
#[derive(Debug)]
pub struct Context<'a> {
    pub file: &'a Dockerfile<'a>,
    pub facts: &'a Facts<'a>,
    pub options: &'a Options,
    /// Read only when asked for, and never by a proof.
    pub files: &'a ContextFiles<'a>,
}

impl Context<'_> {
    /// The path of the Dockerfile from the top of its repository or the folder at hand, with `/`, where it is known.
    pub fn path(&self) -> Option<&str> {
        self.files.path()
    }

    /// The text at `path` in the build context, from its top, where that is known.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.files.text(path, &|| self.facts.takes().0)
    }

    /// Reads texts of the build context that will be asked for, several at the same time.
    pub fn read_ahead(&self, paths: &[&str]) {
        self.files.read_ahead(paths, &|| self.facts.takes().0);
    }

    /// The files of the build context that are sent, sorted, from its top; `None` where it is not known
    /// which folder that is.
    pub fn listing(&self) -> Option<Cow<'_, [Box<str>]>> {
        self.files.listing(&|| self.facts.takes().0)
    }

    /// How many bytes the file at `path` in the build context has, where that is known.
    pub fn size(&self, path: &str) -> Option<u64> {
        self.files.size(path, &|| self.facts.takes().0)
    }

    /// Whether the text at `path` in the build context has been read.
    pub fn was_read(&self, path: &str) -> bool {
        self.files.was_read(path)
    }

    /// Whether the ignore file of the build context excludes what is at `path`, from its top.
    pub fn excludes(&self, path: &str) -> bool {
        self.files.excludes(path, &|| self.facts.takes().0)
    }

    /// Whether a file of the build context may be in the folder at `path`, from its top.
    pub fn may_hold(&self, path: &str) -> bool {
        self.files.may_hold(path, &|| self.facts.takes().0)
    }
}

/// An ignore file, existing or not, with all that is built with it.
#[derive(Debug)]
pub struct SharedContext<'a> {
    /// The text of the ignore file; empty where there is none.
    pub source: &'a str,
    pub ignore: &'a IgnoreFile,
    /// What version control keeps of the context.
    pub tree: &'a Tree,
    pub sharers: &'a [Sharer<'a>],
    pub options: &'a Options,
}

/// A Dockerfile that is built with a context.
#[derive(Debug)]
pub struct Sharer<'a> {
    /// Where it is: from the top of the context if it is in there, else as it is called in messages.
    pub name: String,
    pub file: &'a Dockerfile<'a>,
    pub facts: &'a Facts<'a>,
}

/// What the user decided, by configuration or on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    pub merge: MergePolicy,
    pub caches: CachePolicy,
    pub ports: PortPolicy,
    pub runtime: RuntimePolicy,
    pub builder: Builder,
    /// Registries, and folders of them, from which new images may come; `None`: from all.
    pub registries: Option<Vec<String>>,
    /// Bytes that a change has to save at least, where that is known.
    pub minimum_saving: u64,
    /// Ids of transforms of which also what is safe needs agreement.
    pub asked: Vec<String>,
    /// What differs for the transforms with these ids.
    pub own: BTreeMap<String, Options>,
    /// What is applied is built before and after, and compared: also drafts may be tried.
    pub verified: bool,
}

impl Options {
    /// Those for the transform with this id.
    pub fn of(&self, id: &str) -> &Self {
        self.own.get(id).unwrap_or(self)
    }
}

/// What builds the images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Builder {
    /// Any of these.
    #[default]
    Any,
    /// Also that of Docker.
    Buildkit,
    /// Also that of Podman.
    Buildah,
    Kaniko,
    /// That of Docker without BuildKit.
    Legacy,
}

/// What not every builder knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    Heredoc,
    /// `COPY --chmod`
    Chmod,
    /// `COPY --link`
    Link,
    /// `COPY --parents`
    Parents,
    /// `COPY --exclude`
    Exclude,
    /// `RUN --mount`
    Mount,
}

impl Feature {
    /// As an author writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heredoc => "a heredoc",
            Self::Chmod => "`COPY --chmod`",
            Self::Link => "`COPY --link`",
            Self::Parents => "`COPY --parents`",
            Self::Exclude => "`COPY --exclude`",
            Self::Mount => "`RUN --mount`",
        }
    }
}

impl Builder {
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any builder",
            Self::Buildkit => "BuildKit",
            Self::Buildah => "Buildah",
            Self::Kaniko => "kaniko",
            Self::Legacy => "the builder of Docker without BuildKit",
        }
    }

    /// Whether every version in use knows it; of [`Builder::Any`] what at least one builder knows.
    pub fn knows(self, feature: Feature) -> bool {
        match self {
            Self::Any | Self::Buildkit => true,
            // Heredocs came in 1.33, `--link` in 1.41; distributions have older ones.
            Self::Buildah => matches!(feature, Feature::Chmod | Feature::Mount),
            // Newer versions of kaniko know some, and leave out mounts without a word.
            Self::Kaniko | Self::Legacy => false,
        }
    }
}

/// Which consecutive `RUN`s become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MergePolicy {
    /// Every consecutive group of a shipped stage.
    #[default]
    Shipped,
    /// Only groups in which a later `RUN` removes or rewrites what an earlier one wrote.
    Pays,
    Never,
}

/// Who may listen on ports below 1024.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PortPolicy {
    /// Root alone, as on Linux by default.
    #[default]
    Root,
    /// Everybody: Docker has allowed it in its networks since 20.10.
    Docker,
}

/// Which images a run-time stage may be built on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RuntimePolicy {
    /// The most secure one that the evidence supports.
    #[default]
    Auto,
    /// Distroless images or nothing.
    Distroless,
    /// Alpine or nothing.
    Alpine,
    /// Images of a distribution with a shell.
    Slim,
    /// The one with the fewest bytes: `scratch` too.
    Smallest,
}

/// What happens to package caches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CachePolicy {
    #[default]
    Clean,
    Off,
}

#[derive(Debug, Clone)]
pub enum Proposal {
    Change(Change),
    Declined(Declined),
}

/// The smallest unit a reviewer accepts or rejects. Its edits stand or fall together.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The instructions it is about. Every edit lies inside.
    pub span: Span,
    pub safety: Safety,
    pub delta: Delta,
    /// What it gains and what it costs, a sentence each without a full stop.
    pub notes: Vec<String>,
    pub edits: Vec<Edit>,
}

/// How sure we are that a change keeps the build and the image working. No default: an unsafe
/// change cannot be written without its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Safety {
    /// The same programs run with the same effect, and the image keeps its configuration and every
    /// file except those that the guide says it removes.
    Safe,
    /// A person must agree first, for the reason given.
    Unsafe(String),
    /// The same, and it changes so much that agreeing to everything unsafe is not enough: the transform has to
    /// be named, or what it makes to be verified.
    Structural(String),
    /// For the reason given only a build tells whether it is right: it is applied only where what it makes is
    /// verified.
    Draft(String),
}

/// What a transform would have done, and what stopped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    /// The instruction that it leaves alone.
    pub span: Span,
    /// The instruction or command that stopped it; often the same.
    pub at: Span,
    /// Kebab-case name of the reason, the same for every file: what totals are counted by.
    pub code: &'static str,
    /// Lower case, no full stop, user text in backticks.
    pub reason: String,
}

/// What stops a transform on its way to a change: what a [`Declined`] says, before it is known of which
/// instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    pub code: &'static str,
    pub at: Span,
    pub reason: String,
}

impl Stop {
    /// It leaves the instruction at `span` alone.
    pub fn leaves(self, span: Span) -> Proposal {
        let Self { code, at, reason } = self;
        Proposal::Declined(Declined { span, at, code, reason })
    }
}
