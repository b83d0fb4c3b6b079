//! Examines all files of a campaign, with the texts of only a few in memory.

use super::super::arguments::Arguments;
use super::super::batch::{self, Examined};
use super::super::changed::Worktrees;
use super::super::discover::{self, Discovery, Found};
use super::super::ignore_files::{Member, Places};
use super::super::output::Output;
use super::super::repositories::Repositories;
use super::super::settings::{self, Resolver};
use super::super::{Refusal, context};
use super::store::name_of;
use crate::report::Colour;
use crate::report::campaign::File;
use crate::transform::Transform;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files in memory at the same time.
pub(super) const CHUNK: usize = 128;

/// What is known when all files were examined.
pub(super) struct Surveyed {
    /// What is wrong and belongs to no file.
    pub(super) problems: Vec<String>,
    /// Those that are built in, then the codemods, in the order in which they run.
    pub(super) transforms: Vec<&'static Transform>,
}

/// Plans every file that `arguments` ask for and hands it to `each`, Dockerfiles in their order before ignore
/// files.
pub(super) fn survey(
    arguments: &Arguments,
    transforms: &'static [&'static Transform],
    root: &Path,
    output: &mut Output<'_>,
    each: &mut dyn FnMut(File) -> Result<(), Refusal>,
) -> Result<Surveyed, Refusal> {
    let resolver = Resolver::new(arguments, transforms, Colour::Plain)?;
    let given = arguments.selection.context.as_deref().map(context::folder).transpose()?;
    let mut found = discover::discover(arguments, &resolver)?;
    if let Some(revision) = &arguments.selection.changed_since {
        batch::keep_changed(&mut found, arguments, revision)?;
    }
    resolver.unknown_id()?;
    let known = known(&found.files, transforms);
    let Discovery { mut files, problems, seen, .. } = found;
    let mut wrong: Vec<String> =
        problems.iter().map(|it| format!("{}: {}", it.place, it.message)).collect();
    batch::start_threads();
    let here = settings::current_folder();
    let repositories = Repositories::read(files.iter().filter_map(|it| it.top.as_deref()), seen);
    let limit = arguments.selection.max_file_size;
    let places = Places {
        repositories: &repositories,
        resolver: &resolver,
        here: &here,
        given: given.as_deref(),
        limit,
    };
    if let Some(shard) = arguments.selection.shard {
        shard.keep(&mut files, arguments, &places);
    }
    let mut tops = Tops { root, worktrees: Worktrees::default() };
    let mut members: Vec<Member> = Vec::new();
    output.start_progress(files.len());
    for chunk in files.chunks(CHUNK) {
        let named: Vec<Option<(String, String)>> =
            chunk.iter().map(|file| tops.names(&file.target)).collect();
        let work: Vec<(&Found, Option<(String, String)>)> = chunk.iter().zip(named).collect();
        let planned: Vec<(Option<File>, Option<Member>)> =
            work.par_iter().map(|(file, names)| planned(file, names.as_ref(), &places)).collect();
        for ((file, names), (planned, member)) in work.iter().zip(planned) {
            members.extend(member);
            if names.is_none() {
                wrong.push(tops.elsewhere(&file.target));
            }
            planned.map_or(Ok(()), &mut *each)?;
        }
        output.advance(chunk.len());
    }
    for examined in places.examine(members) {
        let Some((path, repository)) = tops.names(&examined.path) else {
            wrong.push(tops.elsewhere(&examined.path));
            continue;
        };
        let dockerfiles = examined.dockerfiles.iter().filter_map(|it| name_of(root, it));
        let file = File::planned(&examined.report, path, repository);
        each(File { dockerfiles: dockerfiles.collect(), ..file })?;
    }
    output.end_progress();
    Ok(Surveyed { problems: wrong, transforms: known })
}

/// All transforms that may run on one of the files.
fn known(files: &[Found], transforms: &[&'static Transform]) -> Vec<&'static Transform> {
    let mut known = transforms.to_vec();
    let mut seen = HashSet::new();
    for file in files.iter().filter(|file| seen.insert(Arc::as_ptr(&file.settings))) {
        for transform in &file.settings.known {
            if !known.iter().any(|it| it.id == transform.id) {
                known.push(transform);
            }
        }
    }
    known
}

fn planned(
    file: &Found,
    names: Option<&(String, String)>,
    places: &Places<'_>,
) -> (Option<File>, Option<Member>) {
    let Some((path, repository)) = names else { return (None, None) };
    let mut examined = batch::examine(file, places);
    let member = examined.member();
    match examined {
        Examined::Skipped(_) => (None, None),
        Examined::Report(report, _) => {
            (Some(File::planned(&report, path.clone(), repository.clone())), member)
        }
    }
}

/// Names files from the root, with their repositories.
struct Tops<'r> {
    root: &'r Path,
    worktrees: Worktrees,
}

impl Tops<'_> {
    fn names(&mut self, target: &Path) -> Option<(String, String)> {
        let path = name_of(self.root, target)?;
        let top: Option<PathBuf> = target.parent().and_then(|folder| self.worktrees.top(folder));
        let repository = top.and_then(|top| name_of(self.root, &top)).unwrap_or_default();
        Some((path, repository))
    }

    fn elsewhere(&self, target: &Path) -> String {
        let root = self.root.display();
        format!(
            "{}: not below `{root}`, or its name is not UTF-8; it is not planned",
            target.display()
        )
    }
}
