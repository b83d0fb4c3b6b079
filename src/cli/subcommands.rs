//! The arguments of subcommands, each with examples in its help.

use super::arguments::{Selection, size};
use clap::ValueEnum;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

/// Codemods beside the transforms.
#[derive(Debug, clap::Args)]
pub(super) struct Own {
    /// Codemods of this file, or of the files in this folder, beside those of the configuration
    #[arg(long, value_name = "FILE|DIR")]
    pub(super) codemod: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// Of .jettison.yaml
    Configuration,
    /// Of codemods
    Codemod,
}

const CODEMOD_EXAMPLES: &str = "\
Examples:
  jettison codemod new use-internal-base    write a codemod to begin with
  jettison codemod test codemods/           run the tests in the files
  jettison codemod list                     the codemods of the configuration
  jettison --codemod codemods/ --allow use-internal-base
                                            what it would change below this folder

Exit codes of `test`: 0 all passed, 1 some failed, 2 a file cannot be read";

#[derive(Debug, clap::Args)]
#[command(after_help = CODEMOD_EXAMPLES)]
pub(super) struct CodemodArguments {
    #[command(subcommand)]
    pub(super) action: CodemodAction,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum CodemodAction {
    /// Run the tests that codemods bring, and show differences as diffs
    Test {
        /// Files and folders [default: those of the configuration]
        #[arg(value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
    },
    /// List codemods with their summaries and files
    List {
        /// Files and folders [default: those of the configuration]
        #[arg(value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
    },
    /// Write a codemod to begin with
    New {
        /// Its name: small letters, digits and hyphens
        id: String,
        /// The file, which must not exist [default: ID.yaml]
        file: Option<PathBuf>,
    },
}

const CONFIG_EXAMPLES: &str = "\
Examples:
  jettison config                           what applies in this folder
  jettison config api/Dockerfile            and to one file, with its overrides
  JETTISON_MERGE=pays jettison config --set ports=docker
                                            with what the environment and flags say
  jettison config --format json             for programs";

#[derive(Debug, clap::Args)]
#[command(after_help = CONFIG_EXAMPLES)]
pub(super) struct ConfigArguments {
    #[command(flatten)]
    pub(super) selection: Selection,

    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: ConfigFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ConfigFormat {
    /// For people
    Text,
    /// One document, described in docs/configuration.md
    Json,
}

const CONTEXT_EXAMPLES: &str = "\
Examples:
  jettison context                          of every Dockerfile below this folder
  jettison context --list api/Dockerfile    the files that would be sent, the largest folder first
  jettison context --why src/app.js api/Dockerfile
                                            the pattern that excludes or includes a path";

#[derive(Debug, clap::Args)]
#[command(after_help = CONTEXT_EXAMPLES)]
pub(super) struct ContextArguments {
    /// Dockerfiles, and folders to search [default: .]
    #[arg(value_name = "DOCKERFILE")]
    pub(super) paths: Vec<PathBuf>,

    /// Take DIR for the build context
    #[arg(long, value_name = "DIR")]
    pub(super) context: Option<PathBuf>,

    /// List the files that would be sent, with their sizes
    #[arg(long)]
    pub(super) list: bool,

    /// Tell which pattern excludes or includes PATH, which is below the top of the context
    #[arg(long, value_name = "PATH")]
    pub(super) why: Option<String>,

    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: ContextFormat,
}

const STREAM_EXAMPLES: &str = "\
Examples:
  jettison stream < dockerfiles.ndjson > results.ndjson
                                            {\"id\": 1, \"path\": \"Dockerfile\", \"content\": \"FROM …\"} in,
                                            {\"id\": 1, \"status\": \"changed\", \"content\": …, \"diff\": …} out
  jettison stream --only merge-runs --jobs 1
                                            for one core of many, as Spark starts them

docs/stream.md describes the records.

Exit codes:
  0  every record was answered, also those that are wrong
  2  wrong usage or configuration, or input or output that fails";

#[derive(Debug, clap::Args)]
#[command(after_help = STREAM_EXAMPLES)]
#[command(
    mut_arg("paths", |it| it.hide(true)),
    mut_arg("include", |it| it.hide(true)),
    mut_arg("exclude", |it| it.hide(true)),
    mut_arg("changed_since", |it| it.hide(true)),
    mut_arg("context", |it| it.hide(true)),
    mut_arg("shard", |it| it.hide(true)),
)]
pub(super) struct StreamArguments {
    // What is about files of a tree is refused, and not shown.
    #[command(flatten)]
    pub(super) selection: Selection,

    /// Work on so many records at the same time [default: the number of cores]
    #[arg(long, value_name = "N", help_heading = "Records")]
    pub(super) jobs: Option<NonZeroUsize>,

    /// Refuse larger records; K and M are understood
    #[arg(long, value_name = "SIZE", default_value = "16M", help_heading = "Records")]
    #[arg(value_parser = size)]
    pub(super) max_record_size: u64,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  jettison verify                           every Dockerfile below this folder that would change
  jettison verify --only merge-runs api/Dockerfile
                                            one transform on one file
  jettison verify --unsafe --run './smoke.sh' api/Dockerfile
                                            with a test of your own: $JETTISON_IMAGE is the image
  jettison verify --format markdown > body.md
                                            the body of a comment

Exit codes:
  0  the images are the same, except for what the rewrite declares
  1  one differs or breaks, or could not be verified
  2  wrong usage, no engine, or an engine that fails
  3  a file is not a valid Dockerfile; the others are verified
  130  interrupted; images and containers are removed";

#[derive(Debug, clap::Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(super) struct VerifyArguments {
    #[command(flatten)]
    pub(super) selection: Selection,

    /// Write what passed: the whole series, or else those steps that pass one by one
    #[arg(long)]
    pub(super) fix: bool,

    /// Build with docker, podman or buildah [default: the first that is on PATH]
    #[arg(long, value_name = "NAME", help_heading = "Builds")]
    pub(super) engine: Option<String>,

    /// Build this stage, whatever the repository says
    #[arg(long, value_name = "STAGE", help_heading = "Builds")]
    pub(super) target: Option<String>,

    /// Give a build argument, over what the repository says
    #[arg(long, value_name = "NAME[=VALUE]", help_heading = "Builds")]
    pub(super) build_arg: Vec<String>,

    /// Build for this platform, such as linux/amd64
    #[arg(long, value_name = "PLATFORM", help_heading = "Builds")]
    pub(super) platform: Option<String>,

    /// Give a secret to the builds, as docker build takes it: id=token,src=token.txt
    #[arg(long, value_name = "SECRET", help_heading = "Builds")]
    pub(super) secret: Vec<String>,

    /// Give an SSH agent or key to the builds, as docker build takes it: default
    #[arg(long, value_name = "SSH", help_heading = "Builds")]
    pub(super) ssh: Vec<String>,

    /// Let builds take what the engine has cached: faster, and noise is not measured
    #[arg(long, overrides_with = "no_cache", help_heading = "Builds")]
    pub(super) cache: bool,

    /// Let builds take nothing that the engine has cached: the default
    #[arg(long, overrides_with = "cache", help_heading = "Builds")]
    pub(super) no_cache: bool,

    /// End a build, or a test, after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "1800", help_heading = "Builds")]
    pub(super) timeout: NonZeroU32,

    /// Verify so many Dockerfiles at the same time
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Builds")]
    pub(super) jobs: NonZeroUsize,

    /// Keep what was built, and the log of each build, in DIR
    #[arg(long, value_name = "DIR", help_heading = "Builds")]
    pub(super) logs: Option<PathBuf>,

    /// Test each image with this command instead of starting it; $JETTISON_IMAGE is its name
    #[arg(long, value_name = "CMD", help_heading = "Tests")]
    pub(super) run: Option<String>,

    /// Start no image
    #[arg(long, conflicts_with = "run", help_heading = "Tests")]
    pub(super) no_run: bool,

    /// Count known vulnerabilities with trivy, grype or docker scout, the first that is there
    #[arg(long, help_heading = "Tests")]
    pub(super) scan: bool,

    /// Exit with 0 where something could not be verified
    #[arg(long, help_heading = "Tests")]
    pub(super) allow_unverified: bool,

    /// How to show results
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) format: VerifyFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VerifyFormat {
    /// A table for each build
    Text,
    /// One document, described in docs/verify.md
    Json,
    /// The body of a comment on a pull request
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ContextFormat {
    /// For people
    Text,
    /// One document, described in docs/context.md
    Json,
}
