//! The arguments, and a help that teaches them.

use super::migrate::arguments::MigrateArguments;
use super::shard::Shard;
use super::subcommands::{
    CodemodArguments, ConfigArguments, ContextArguments, Own, SchemaOf, StreamArguments,
    VerifyArguments,
};
use crate::report::Action;
use clap::{ColorChoice, CommandFactory, Parser, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  jettison                             preview what would change below this folder
  jettison api/Dockerfile              preview one file
  jettison --fix                       apply it
  jettison --check                     exit 1 if anything would change (continuous integration)
  jettison --diff | git apply          the same as --fix, as a patch
  jettison --only merge-runs           one transform alone
  jettison --why-not api/Dockerfile    what was left alone, and why
  jettison verify api/Dockerfile       build it before and after, and compare the images
  jettison --fix --verify              apply only what passes that
  jettison migrate plan --split-by team
                                       many files: plan, split, roll out in parts
  jettison explain merge-runs          what a transform does, with examples
  jettison --changed-since origin/main --format markdown > body.md
                                       the body of a pull request
  jettison --set merge=pays            a policy, as in .jettison.yaml
  jettison init                        write a .jettison.yaml with what is found
  jettison --add-ignore                keep away what is proposed today
  jettison --stdin-filename Dockerfile < Dockerfile
                                       for editors

Exit codes:
  0  nothing to do, or applied
  1  --check found something
  2  wrong usage, or a file could not be read or written
  3  a file is not a valid Dockerfile
  4  a change was dropped because its proof failed (a bug in jettison, or in a codemod)
  If several apply, the first of 2, 4, 3, 1 wins. The other files are always done.
  An interrupted run ends with 130; each file is then either old or new.

Suppress in a Dockerfile, for the next instruction, its build stage or the whole file:
  # jettison ignore=merge-runs: these two change on different days
  # jettison ignore-stage=merge-runs,add-user: nobody runs it
  # jettison ignore-file=add-user: it has to be root
  # jettison ignore-file: generated";

/// What `--max-file-size` is without being given.
pub(super) const DEFAULT_SIZE: u64 = 1 << 20;

/// Rewrite Dockerfiles so that their images get smaller and safer
///
/// Without --fix nothing is written: changes are shown as diffs, each with its reason. Folders are
/// searched for Dockerfile, Dockerfile.*, *.Dockerfile, *.dockerfile, Containerfile and
/// Containerfile.*, except where git ignores them, in vendored folders, and for templates.
#[derive(Debug, Parser)]
#[command(name = "jettison", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) subcommand: Option<Subcommand>,

    #[command(flatten)]
    pub(super) selection: Selection,

    /// Write the changes
    ///
    /// A file with uncommitted changes is written too, with a warning.
    #[arg(long, conflicts_with_all = ["check", "diff"])]
    pub(super) fix: bool,

    /// With --fix, write only what passes `jettison verify`, which has flags for the builds
    #[arg(long, requires = "fix", conflicts_with_all = ["format", "stdin_filename", "max_files", "statistics", "why_not"])]
    pub(super) verify: bool,

    /// Exit with 1 if --fix with the same flags would write anything
    #[arg(long)]
    pub(super) check: bool,

    /// Print a patch for `git apply` or `patch -p1`
    #[arg(long, conflicts_with = "format")]
    pub(super) diff: bool,

    /// Write comments that keep away all that is proposed, instead of the changes; with --diff, show them
    ///
    /// A baseline for old repositories: what is new is still proposed.
    #[arg(long, conflicts_with_all = ["fix", "check", "stdin_filename", "max_files"])]
    pub(super) add_ignore: bool,

    /// The reason that --add-ignore writes
    #[arg(long, value_name = "TEXT", default_value = "baseline", requires = "add_ignore")]
    #[arg(value_parser = one_line)]
    pub(super) reason: String,

    /// Read standard input, write the result to standard output; NAME finds the configuration
    #[arg(long, value_name = "NAME", help_heading = "Files")]
    #[arg(conflicts_with_all = ["paths", "fix", "changed_since", "max_files", "context", "shard"])]
    pub(super) stdin_filename: Option<PathBuf>,

    /// Stop after N changed files
    #[arg(long, value_name = "N", help_heading = "Files")]
    pub(super) max_files: Option<NonZeroUsize>,

    /// How to show results
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub(super) format: Option<OutputFormat>,

    /// Show what was declined, and the instruction that stopped it
    #[arg(long, help_heading = "Output")]
    pub(super) why_not: bool,

    /// Show totals only, in full
    #[arg(long, help_heading = "Output")]
    pub(super) statistics: bool,

    /// Show problems only
    #[arg(long, short, help_heading = "Output")]
    pub(super) quiet: bool,
}

/// Kinds of images for run-time stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Runtime {
    Auto,
    Distroless,
    Alpine,
    Slim,
    Smallest,
}

/// Which files are examined by which transforms, and what the user agrees to.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Selection {
    /// Files, which are always taken, and folders to search [default: .]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Run only these transforms; it is no agreement to unsafe ones
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Transforms")]
    pub(super) only: Vec<String>,

    /// Do not run these transforms
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Transforms")]
    pub(super) skip: Vec<String>,

    /// Agree to the unsafe changes of these transforms
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Transforms")]
    pub(super) allow: Vec<String>,

    /// Agree to all unsafe changes
    #[arg(long = "unsafe", help_heading = "Transforms")]
    pub(super) all_unsafe: bool,

    /// Which images split-stages builds run-time stages on [default: auto, the most secure that does]
    #[arg(long, value_name = "KIND", help_heading = "Transforms")]
    pub(super) runtime: Option<Runtime>,

    /// Set what .jettison.yaml can set: merge=shipped|pays|never, caches=clean|off,
    /// ports=root|docker, runtime=auto|distroless|alpine|slim|smallest, transforms.ID=on|off|allowed|ask,
    /// and what docs/configuration.md has besides
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Transforms")]
    pub(super) set: Vec<String>,

    /// Run the codemods of this file, or of the files in this folder, after the transforms
    #[arg(long, value_name = "FILE|DIR", help_heading = "Transforms")]
    pub(super) codemod: Vec<PathBuf>,

    /// Take files that match, also in vendored folders, and templates
    ///
    /// A glob without a slash matches in every folder. One that names a folder, or whose last part
    /// is only *, takes what is named like a Dockerfile there.
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    pub(super) include: Vec<String>,

    /// Leave out files and folders that match
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    pub(super) exclude: Vec<String>,

    /// Take only files that differ from where this branch left REV, uncommitted changes included
    #[arg(long, value_name = "REV", help_heading = "Files")]
    pub(super) changed_since: Option<String>,

    /// Take DIR for the build context of the Dockerfiles, whatever the repository says
    #[arg(long, value_name = "DIR", help_heading = "Files")]
    pub(super) context: Option<PathBuf>,

    /// Take only part K of N, so that N machines share the work: each Dockerfile is in one part
    ///
    /// Parts do not depend on the machine, and stay as they are when files are added. Dockerfiles with the
    /// same build context are in the same part.
    #[arg(long, value_name = "K/N", help_heading = "Files")]
    pub(super) shard: Option<Shard>,

    /// Refuse larger files; K and M are understood
    #[arg(long, value_name = "SIZE", default_value = "1M", help_heading = "Files")]
    #[arg(value_parser = size)]
    pub(super) max_file_size: u64,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(super) color: ColorChoice,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Subcommand {
    /// Print the guide of a transform
    Explain {
        id: String,
        #[command(flatten)]
        own: Own,
    },
    /// List all transforms in the order in which they run
    List(Own),
    /// Show each setting that applies to a Dockerfile, and where it comes from
    Config(ConfigArguments),
    /// Write a configuration with comments, from what is found below a folder
    Init {
        /// The folder [default: .]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Test, list or begin transforms of your own
    Codemod(CodemodArguments),
    /// Print a JSON Schema, for editors
    Schema { of: SchemaOf },
    /// Show with which build context a Dockerfile is built, and what of it is sent
    Context(ContextArguments),
    /// Build Dockerfiles as they are and as they would be rewritten, and compare the images
    Verify(Box<VerifyArguments>),
    /// Rewrite records from standard input, NDJSON in and out, for engines that run many processes
    Stream(Box<StreamArguments>),
    /// Plan changes to many files, and roll them out in parts
    Migrate(Box<MigrateArguments>),
    /// Print completions for a shell: jettison completions bash > jettison.bash
    Completions { shell: clap_complete::Shell },
    /// Print the manual page: jettison man | man -l -
    Man,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Diffs and a summary for people
    Text,
    /// One document, described in docs/json.md
    Json,
    /// The body of a pull request
    Markdown,
    /// Annotations of a GitHub workflow
    Github,
}

impl Arguments {
    /// Those of a command line with nothing but `paths`.
    pub(super) fn of_paths(paths: &[PathBuf]) -> Self {
        let mut arguments = Self::parse_from(["jettison"]);
        arguments.selection.paths = paths.to_vec();
        arguments
    }

    /// Those of a command line with nothing but a selection.
    pub(super) fn previewing(selection: &Selection) -> Self {
        Self { selection: selection.clone(), ..Self::parse_from(["jettison"]) }
    }

    /// Those of a command line with nothing but the flags and paths of a selection.
    pub(super) fn of_words(words: &[String]) -> Result<Self, clap::Error> {
        #[derive(Parser)]
        struct Plain {
            #[command(flatten)]
            selection: Selection,
        }
        let name = ["jettison"].map(str::to_owned);
        let selection = Plain::try_parse_from(name.iter().chain(words))?.selection;
        Ok(Self { selection, ..Self::parse_from(["jettison"]) })
    }

    /// Those of a command line with nothing but a selection, of which all is verified.
    pub(super) fn of_selection(selection: &Selection) -> Self {
        let selection = selection.clone();
        Self { selection, verify: true, ..Self::parse_from(["jettison"]) }
    }

    /// What a call without arguments would get.
    pub(super) fn default_selection() -> Self {
        Self::parse_from(["jettison"])
    }

    /// What a call with nothing but these codemods would get.
    pub(super) fn of_codemods(own: &Own) -> Self {
        let mut arguments = Self::default_selection();
        arguments.selection.codemod.clone_from(&own.codemod);
        arguments
    }

    /// What `jettison verify --fix` would get.
    pub(super) fn verifying(&self) -> Option<VerifyArguments> {
        #[derive(Parser)]
        struct Plain {
            #[command(flatten)]
            verify: VerifyArguments,
        }
        let plain = || Plain::parse_from(["jettison"]).verify;
        let selection = self.selection.clone();
        self.verify.then(|| VerifyArguments { selection, fix: true, ..plain() })
    }

    pub(super) fn action(&self) -> Action {
        match (self.fix || self.add_ignore && !self.diff, self.check) {
            (true, _) => Action::Fix,
            (false, true) => Action::Check,
            (false, false) => Action::Preview,
        }
    }
}

/// The command with nothing else to add: what completions and the man page are made from.
pub(super) fn command() -> clap::Command {
    Arguments::command()
}

fn one_line(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.is_empty() || text.contains(char::is_control) {
        true => Err("expected a text of one line".to_owned()),
        false => Ok(text.to_owned()),
    }
}

pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        _ => return Err("expected a number of bytes, such as 500000, 512K or 4M".to_owned()),
    };
    let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    number.ok_or_else(|| "expected a number of bytes, such as 500000, 512K or 4M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Arguments, size};
    use clap::CommandFactory;

    #[test]
    fn the_command_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("10"), Ok(10));
        assert_eq!(size("2k"), Ok(2048));
        assert_eq!(size("4MiB"), Ok(4 << 20));
        assert!(size("4G").is_err() && size("").is_err() && size("M").is_err());
    }
}
