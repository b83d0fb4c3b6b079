//! The arguments of `jettison migrate`.

use super::super::arguments::Selection;
use crate::report::campaign::{By, Split};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ColorChoice, ValueEnum};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Where a campaign is kept unless it is said.
pub(super) const FOLDER: &str = ".jettison-migrate";

const EXAMPLES: &str = "\
Examples:
  jettison migrate plan --split-by team --max-files 50
                                       plan everything below this folder, and split it
  jettison migrate status              how far each part is
  jettison migrate apply --part 1      write the files of one part
  jettison migrate branches            a branch with commits for each part
  jettison migrate patches --output patches
                                       the same as series for `git am`
  jettison migrate body --part 1 | gh pr create --head jettison/org-api --body-file - --title ...
  jettison migrate update              after a rebase: skip what landed, plan anew what moved
  jettison migrate report --format html > report.html

Exit codes:
  0  done
  1  a file was left as it is, because it is not as it was planned; `status --check`: not all is done
  2  wrong usage, no such plan, or a file could not be read or written
  3  a file is not a valid Dockerfile; the others are planned
  4  a change was dropped because its proof failed (a bug in jettison, or in a codemod)
  130  interrupted; each file is either old or new, and the same command goes on

docs/migrate.md describes the plan and has recipes for tools that open pull requests.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(in super::super) struct MigrateArguments {
    #[command(subcommand)]
    pub(super) action: Action,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Plan changes, split them into parts, and write that down
    Plan(Box<PlanArguments>),
    /// Plan again what is not done yet: what landed is kept as done, what moved is found
    Update(UpdateArguments),
    /// Show how far each part is
    Status(StatusArguments),
    /// Write the files of parts, which have to be as they were planned
    Apply(PartArguments),
    /// Write a series of patches with title and body for each part
    Patches(PatchArguments),
    /// Make a branch of git for each part; working tree and index stay as they are
    Branches(BranchArguments),
    /// Print the body of the pull request for a part
    Body(BodyArguments),
    /// Report what is done, open, waiting for agreement, declined and failed
    Report(ReportArguments),
}

#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    pub(super) selection: Selection,

    /// Tell parts apart by the team that CODEOWNERS names, the folder, or the transform
    #[arg(long, value_name = "BY", value_delimiter = ',', help_heading = "Parts")]
    pub(super) split_by: Vec<SplitBy>,

    /// At most N files in a part; what belongs together stays together
    #[arg(long, value_name = "N", help_heading = "Parts")]
    pub(super) max_files: Option<NonZeroUsize>,

    /// How many folders below the top of its repository --split-by folder looks at
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Parts")]
    pub(super) folder_depth: NonZeroUsize,

    /// Take FILE for the CODEOWNERS of every repository
    #[arg(long, value_name = "FILE", help_heading = "Parts")]
    pub(super) codeowners: Option<PathBuf>,

    /// The title of the campaign
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "Make Docker images smaller and safer",
        help_heading = "Parts"
    )]
    pub(super) title: String,

    /// What the names of branches start with
    #[arg(long, value_name = "PREFIX", default_value = "jettison/", help_heading = "Parts")]
    pub(super) branch_prefix: String,

    /// The folder that keeps the plan and how far it is
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    pub(super) output: PathBuf,

    /// Forget a plan that is there
    #[arg(long)]
    pub(super) force: bool,

    /// The selection as it was written.
    #[arg(skip)]
    pub(super) words: Vec<String>,
}

/// What a plan is kept in.
#[derive(Debug, Args)]
pub(super) struct PlanFolder {
    /// The folder of the plan, or the file in it
    #[arg(value_name = "PLAN", default_value = FOLDER)]
    pub(super) plan: PathBuf,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(super) color: ColorChoice,
}

#[derive(Debug, Args)]
pub(super) struct UpdateArguments {
    #[command(flatten)]
    pub(super) plan: PlanFolder,
}

#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    #[command(flatten)]
    pub(super) plan: PlanFolder,

    /// Exit with 1 unless all is done
    #[arg(long)]
    pub(super) check: bool,

    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: StatusFormat,
}

#[derive(Debug, Args)]
pub(super) struct PartArguments {
    #[command(flatten)]
    pub(super) plan: PlanFolder,

    /// Only these parts [default: all]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(super) part: Vec<u32>,
}

#[derive(Debug, Args)]
pub(super) struct PatchArguments {
    #[command(flatten)]
    pub(super) parts: PartArguments,

    /// The folder for the patches: one folder for each part
    #[arg(long, value_name = "DIR")]
    pub(super) output: PathBuf,

    /// Who the patches are from: `Name <address>` [default: who git says]
    #[arg(long, value_name = "AUTHOR")]
    pub(super) author: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct BranchArguments {
    #[command(flatten)]
    pub(super) parts: PartArguments,

    /// The commit on which the branches stand, in each repository
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(super) base: String,
}

#[derive(Debug, Args)]
pub(super) struct BodyArguments {
    #[command(flatten)]
    pub(super) plan: PlanFolder,

    /// The part
    #[arg(long, value_name = "N")]
    pub(super) part: u32,
}

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    #[command(flatten)]
    pub(super) plan: PlanFolder,

    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    pub(super) format: ReportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SplitBy {
    Team,
    Folder,
    Transform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StatusFormat {
    /// A table
    Text,
    /// One document, described in docs/migrate.md
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    Markdown,
    /// One page that needs nothing else
    Html,
}

impl MigrateArguments {
    /// Takes from the parsed command line what of it says which files are planned with which transforms, so that
    /// an update can say the same.
    pub(in super::super) fn keep_selection(&mut self, matches: &ArgMatches) {
        let Action::Plan(wanted) = &mut self.action else { return };
        let plan = matches.subcommand().and_then(|(_, migrate)| migrate.subcommand());
        wanted.words = plan.map(|(_, plan)| words(plan)).unwrap_or_default();
    }
}

/// The flags and paths of a selection that were given, one word each.
fn words(matches: &ArgMatches) -> Vec<String> {
    let command = Selection::augment_args(clap::Command::new("jettison"));
    let (mut flags, mut paths) = (Vec::new(), Vec::new());
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if matches.value_source(id) != Some(ValueSource::CommandLine) || id == "color" {
            continue;
        }
        let values = matches.get_raw(id).into_iter().flatten().map(|it| it.to_string_lossy());
        match (argument.get_long(), argument.get_action().takes_values()) {
            (Some(long), true) => flags.extend(values.map(|value| format!("--{long}={value}"))),
            (Some(long), false) => flags.push(format!("--{long}")),
            (None, _) => paths.extend(values.map(std::borrow::Cow::into_owned)),
        }
    }
    if !paths.is_empty() {
        flags.push("--".to_owned());
    }
    flags.into_iter().chain(paths).collect()
}

impl PlanArguments {
    pub(super) fn split(&self) -> Split {
        let by = |it: &SplitBy| match it {
            SplitBy::Team => By::Team,
            SplitBy::Folder => By::Folder,
            SplitBy::Transform => By::Transform,
        };
        let mut by: Vec<By> = self.split_by.iter().map(by).collect();
        by.sort();
        by.dedup();
        Split {
            by,
            folder_depth: self.folder_depth.get(),
            max_files: self.max_files.map(NonZeroUsize::get),
            codeowners: self.codeowners.as_deref().map(|it| Path::display(it).to_string()),
            branch_prefix: self.branch_prefix.clone(),
        }
    }
}
