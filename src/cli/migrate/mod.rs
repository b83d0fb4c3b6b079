//! `jettison migrate`: plans changes to many files, and rolls them out in parts.
//!
//! `docs/migrate.md` describes it.

mod apply;
pub(super) mod arguments;
mod branches;
mod draft;
mod patches;
mod plan;
mod status;
mod store;
mod survey;
mod work;

use super::output::Output;
use super::{FAILED, Refusal, settings, write};
use crate::report::campaign::document::Plan;
use crate::report::campaign::{File, Part};
use crate::report::text::{count, visible};
use crate::transform::Transform;
use arguments::{
    Action, BranchArguments, MigrateArguments, PartArguments, PatchArguments, PlanFolder,
};
use branches::{Branches, Made};
use patches::Patches;
use std::collections::HashMap;
use std::path::PathBuf;
use store::{Left, State, Store, Why};
use work::{Base, Ready, Worked};

/// A file was left as it is.
const LEFT: u8 = 1;

pub(super) fn run(
    wanted: &MigrateArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    match &wanted.action {
        Action::Plan(wanted) => plan::plan(wanted, transforms, output),
        Action::Update(wanted) => plan::update(wanted, transforms, output),
        Action::Status(wanted) => status::status(wanted, output),
        Action::Report(wanted) => status::report(wanted, output),
        Action::Body(wanted) => status::body(wanted, output),
        Action::Apply(wanted) => apply(wanted, transforms, output),
        Action::Patches(wanted) => patches(wanted, transforms, output),
        Action::Branches(wanted) => branches(wanted, transforms, output),
    }
}

/// A plan that was read, with the files that have something to do.
struct Campaign {
    store: Store,
    root: PathBuf,
    plan: Plan,
    digest: String,
    files: HashMap<String, File>,
}

impl Campaign {
    /// Reads the plan and goes to where it was made, so that its paths mean what they meant.
    fn open(folder: &PlanFolder) -> Result<Self, Refusal> {
        let store = Store::at(&folder.plan);
        let mut files = HashMap::new();
        let mut keep = |mut file: File| {
            if !file.steps.is_empty() {
                file.landed.clear();
                files.insert(file.path.clone(), file);
            }
        };
        let plan = store.read(&mut keep)?;
        let digest = store.digest()?;
        let root = store::root();
        go_to(&root, &plan)?;
        Ok(Self { store, root, plan, digest, files })
    }

    /// The parts that are asked for, in their order.
    fn parts(&self, numbers: &[u32]) -> Result<Vec<Part>, Refusal> {
        for number in numbers {
            if !self.plan.parts.iter().any(|part| part.number == *number) {
                let all = count(self.plan.parts.len(), "part");
                return Err(format!("there is no part {number}; the plan has {all}"));
            }
        }
        let is_wanted = |part: &&Part| numbers.is_empty() || numbers.contains(&part.number);
        Ok(self.plan.parts.iter().filter(is_wanted).cloned().collect())
    }

    /// Tells what was left, keeps that with the part, and says what exit code follows.
    fn keep(
        &self,
        mut state: State,
        worked: &Worked,
        output: &mut Output<'_>,
    ) -> Result<u8, Refusal> {
        let told: String = worked.left.iter().map(left).collect();
        output.error(&told);
        state.left.clone_from(&worked.left);
        self.store.keep(&state)?;
        Ok(code(&worked.left))
    }
}

/// Goes to the folder in which a plan was made.
fn go_to(root: &std::path::Path, plan: &Plan) -> Result<(), Refusal> {
    let folder = root.join(&plan.head.folder);
    let told = |_| {
        let (folder, root) = (&plan.head.folder, root.display());
        format!(
            "the plan was made in `{folder}` below the top of a repository, and `{root}` has no such folder"
        )
    };
    std::env::set_current_dir(&folder).map_err(told)
}

fn left(left: &Left) -> String {
    format!("left: {}: {}\n", visible(&left.path), visible(&left.message))
}

fn code(left: &[Left]) -> u8 {
    match left.iter().any(|it| it.why == Why::Failed) {
        true => FAILED,
        false if left.is_empty() => 0,
        false => LEFT,
    }
}

/// `part 2 (@org/web)`
fn named(part: &Part) -> String {
    match part.name.as_str() {
        "" => format!("part {}", part.number),
        name => format!("part {} ({})", part.number, visible(name)),
    }
}

/// The worse of two exit codes.
fn worse(one: u8, other: u8) -> u8 {
    let rank = |code: u8| [0, 1, 3, 4, 2].iter().position(|it| *it == code);
    if rank(one) >= rank(other) { one } else { other }
}

fn apply(
    wanted: &PartArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let campaign = Campaign::open(&wanted.plan)?;
    let parts = campaign.parts(&wanted.part)?;
    write::end_cleanly_when_interrupted();
    for folder in folders(&campaign, &parts) {
        write::remove_leftovers(&folder);
    }
    let words = &campaign.plan.head.arguments;
    work::with(&campaign.root, words, transforms, &campaign.files, &parts, |work| {
        let mut worst = 0;
        for part in &parts {
            let mut act = |files: Vec<Ready>| apply::write_all(&files);
            let worked = work.part(part, Base::Files, &mut act);
            let state = campaign.store.state(part.number, &campaign.digest)?;
            let told = told(part, &worked, "written");
            output.show(told.as_bytes());
            worst = worse(worst, campaign.keep(state, &worked, output)?);
        }
        Ok(worst)
    })
}

/// The folders of the files of parts.
fn folders(campaign: &Campaign, parts: &[Part]) -> std::collections::BTreeSet<PathBuf> {
    let files = parts.iter().flat_map(|part| &part.files);
    let folder = |path: &String| Some(campaign.root.join(path).parent()?.to_owned());
    files.filter_map(folder).collect()
}

/// `part 1 (@org/api): 2 files written, 1 done before, 1 left`
fn told(part: &Part, worked: &Worked, what: &str) -> String {
    let mut text = format!("{}: {} {what}", named(part), count(worked.acted, "file"));
    if worked.done > 0 {
        text.push_str(&format!(", {} done before", worked.done));
    }
    if !worked.left.is_empty() {
        text.push_str(&format!(", {} left", worked.left.len()));
    }
    text.push('\n');
    text
}

fn patches(
    wanted: &PatchArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let folder = settings::current_folder().join(&wanted.output);
    let campaign = Campaign::open(&wanted.parts.plan)?;
    let parts = campaign.parts(&wanted.parts.part)?;
    let author = wanted.author.clone();
    let (root, head) = (&campaign.root, &campaign.plan.head);
    let patches = Patches { root, output: folder, author, plan: &campaign.plan };
    work::with(root, &head.arguments, transforms, &campaign.files, &parts, |work| {
        let mut worst = 0;
        for part in &parts {
            let (worked, name) = patches.write(part, &campaign.files, work)?;
            let mut told = told(part, &worked, "in patches");
            if let Some(name) = name {
                told.insert_str(
                    told.len() - 1,
                    &format!(": {}", wanted.output.join(name).display()),
                );
            }
            output.show(told.as_bytes());
            let state = campaign.store.state(part.number, &campaign.digest)?;
            worst = worse(worst, campaign.keep(state, &worked, output)?);
        }
        Ok(worst)
    })
}

fn branches(
    wanted: &BranchArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let campaign = Campaign::open(&wanted.parts.plan)?;
    let parts = campaign.parts(&wanted.parts.part)?;
    let (root, head) = (&campaign.root, &campaign.plan.head);
    let branches = Branches { root, base: &wanted.base, transforms: &campaign.plan.transforms };
    work::with(root, &head.arguments, transforms, &campaign.files, &parts, |work| {
        let mut worst = 0;
        for part in &parts {
            let mut state = campaign.store.state(part.number, &campaign.digest)?;
            let on = campaign.plan.parts.iter().find(|it| Some(it.number) == part.after);
            let (worked, made) =
                branches.make(part, on, state.branch.as_ref(), &campaign.files, work)?;
            let mut told = told(part, &worked, "committed");
            let branch = match made {
                Made::Nothing => None,
                Made::Same(branch) => Some((branch, ", there already")),
                Made::New(branch) => Some((branch, "")),
            };
            if let Some((branch, note)) = branch {
                let commit = branch.commit.get(..12).unwrap_or(&branch.commit);
                told.insert_str(told.len() - 1, &format!(": {} at {commit}{note}", branch.name));
                state.branch = Some(branch);
            }
            output.show(told.as_bytes());
            worst = worse(worst, campaign.keep(state, &worked, output)?);
        }
        Ok(worst)
    })
}
