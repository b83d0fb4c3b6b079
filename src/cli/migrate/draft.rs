//! Makes a plan out of files as they are examined: on the disk, for there may be many.

use super::super::{Refusal, read, write};
use super::store::Store;
use super::survey::Surveyed;
use crate::project::owners::Owners;
use crate::report::campaign::body::why;
use crate::report::campaign::document::{Plan, closing, element, opening};
use crate::report::campaign::parts::{Open, Parted, Parting};
use crate::report::campaign::{By, File, Head, Kind, Known, Landed, Part, Waiting, sha256};
use crate::transform::Transform;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// A plan that is being made.
pub(super) struct Draft<'d> {
    root: &'d Path,
    head: &'d Head,
    earlier: Option<Earlier>,
    spool: BufWriter<NamedTempFile>,
    /// For each line of the spool, whether it is about an open file.
    lines: Vec<bool>,
    open: Vec<Open>,
    by_path: FxHashMap<Arc<str>, usize>,
    together: Vec<(usize, usize)>,
    owners: HashMap<String, Option<Owners>>,
    names: FxHashSet<Arc<str>>,
    pub(super) counts: Counts,
    pub(super) warnings: Vec<String>,
}

/// What a plan comes to.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) examined: usize,
    pub(super) changed: usize,
    pub(super) declined: usize,
    pub(super) waiting: BTreeMap<String, usize>,
    pub(super) unread: usize,
    pub(super) unparsable: usize,
    pub(super) bugs: usize,
    /// Since an earlier plan.
    pub(super) landed: usize,
    pub(super) moved: usize,
    pub(super) replanned: usize,
    pub(super) gone: usize,
}

/// The plan that this one follows.
#[derive(Default)]
pub(super) struct Earlier {
    pub(super) parts: Vec<Part>,
    files: FxHashMap<String, File>,
    by_hash: FxHashMap<String, Vec<String>>,
}

impl Earlier {
    /// Keeps what of a file is of use.
    pub(super) fn add(&mut self, file: File) {
        if file.steps.is_empty() && file.landed.is_empty() {
            return;
        }
        let hashes = file.sha256.iter().chain(file.steps.iter().map(|step| &step.result));
        for hash in hashes {
            self.by_hash.entry(hash.clone()).or_default().push(file.path.clone());
        }
        let file = File { waiting: Vec::<Waiting>::new(), declined: Vec::new(), ..file };
        self.files.insert(file.path.clone(), file);
    }

    /// What was planned for a file, where it was then; one that moved holds what was planned or made.
    fn take(&mut self, file: &File, root: &Path) -> Option<File> {
        if let Some(same) = self.files.remove(&file.path) {
            return Some(same);
        }
        let paths = self.by_hash.get(file.sha256.as_ref()?)?;
        let is_moved =
            |path: &&String| self.files.contains_key(*path) && !root.join(path.as_str()).exists();
        let moved = paths.iter().find(is_moved)?.clone();
        self.files.remove(&moved)
    }
}

impl<'d> Draft<'d> {
    pub(super) fn new(
        store: &Store,
        root: &'d Path,
        head: &'d Head,
        earlier: Option<Earlier>,
    ) -> Result<Self, Refusal> {
        let spool =
            write::begin(&store.folder).map_err(|it| format!("`{}`: {it}", store.shown()))?;
        Ok(Self {
            root,
            head,
            earlier,
            spool: BufWriter::new(spool),
            lines: Vec::new(),
            open: Vec::new(),
            by_path: FxHashMap::default(),
            together: Vec::new(),
            owners: HashMap::new(),
            names: FxHashSet::default(),
            counts: Counts::default(),
            warnings: Vec::new(),
        })
    }

    /// Takes one file; an ignore file after its Dockerfiles.
    pub(super) fn add(&mut self, mut file: File) -> Result<(), Refusal> {
        let earlier = self.earlier.as_mut().and_then(|earlier| earlier.take(&file, self.root));
        let before = match earlier {
            Some(earlier) => self.follow(&mut file, earlier),
            None => vec![None; file.steps.len()],
        };
        self.count(&file);
        self.push(&file, before)
    }

    fn push(&mut self, file: &File, before: Vec<Option<u32>>) -> Result<(), Refusal> {
        let is_open = !file.steps.is_empty();
        if is_open {
            let index = self.open.len();
            let open = self.opened(file, before)?;
            self.by_path.insert(open.path.clone(), index);
            self.open.push(open);
            let dockerfiles = file.dockerfiles.iter();
            let others = dockerfiles.filter_map(|path| self.by_path.get(path.as_str()));
            self.together.extend(others.map(|other| (*other, index)));
        }
        self.lines.push(is_open);
        serde_json::to_writer(&mut self.spool, file).map_err(io::Error::from).map_err(full)?;
        self.spool.write_all(b"\n").map_err(full)
    }

    /// What of an earlier plan is still true, and the part in which each step was.
    fn follow(&mut self, file: &mut File, earlier: File) -> Vec<Option<u32>> {
        if earlier.path != file.path {
            self.counts.moved += 1;
            file.moved_from = Some(earlier.path.clone());
        } else {
            file.moved_from.clone_from(&earlier.moved_from);
        }
        let done = match earlier.position(file.sha256.as_deref()) {
            Some(done) => done,
            None if !is_settled(file, &earlier) => {
                self.counts.replanned += usize::from(!file.steps.is_empty());
                0
            }
            None => earlier.steps.len(),
        };
        let landed = earlier.steps[..done].iter();
        let landed = landed.map(|it| Landed { part: it.part, transform: it.transform.clone() });
        file.landed = earlier.landed.iter().cloned().chain(landed).collect();
        self.counts.landed += usize::from(!file.landed.is_empty() && file.steps.is_empty());
        let mut left: Vec<_> = earlier.steps[done..].iter().collect();
        let part_of = |transform: &str| {
            let at = left.iter().position(|it| it.transform == transform)?;
            Some(left.remove(at).part)
        };
        file.steps.iter().map(|it| &*it.transform).map(part_of).collect()
    }

    fn count(&mut self, file: &File) {
        let counts = &mut self.counts;
        counts.examined += 1;
        counts.changed += usize::from(!file.steps.is_empty());
        counts.declined += file.declined.len();
        for waiting in &file.waiting {
            *counts.waiting.entry(waiting.transform.clone()).or_default() += 1;
        }
        for error in &file.errors {
            match error.kind {
                Kind::Read => counts.unread += 1,
                Kind::Syntax => counts.unparsable += 1,
                Kind::Bug => counts.bugs += 1,
            }
            self.warnings.push(format!("error: {}: {}", file.path, error.message));
        }
    }

    fn opened(&mut self, file: &File, before: Vec<Option<u32>>) -> Result<Open, Refusal> {
        let below = match file.repository.as_str() {
            "" => file.path.as_str(),
            top => file.path.strip_prefix(top).map_or(&*file.path, |it| it.trim_start_matches('/')),
        };
        let team = match self.head.split.by.contains(&By::Team) {
            true => self.team(&file.repository, below)?,
            false => String::new(),
        };
        let folders: Vec<&str> = below.split('/').collect();
        let depth = self.head.split.folder_depth.min(folders.len() - 1);
        let folder = folders[..depth].join("/");
        Ok(Open {
            path: Arc::from(file.path.as_str()),
            repository: self.name(&file.repository),
            team: self.name(&team),
            folder: self.name(&folder),
            transforms: file.steps.iter().map(|step| self.name(&step.transform)).collect(),
            before,
        })
    }

    /// The same text once in memory.
    fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let name: Arc<str> = Arc::from(text);
        self.names.insert(name.clone());
        name
    }

    fn team(&mut self, repository: &str, path: &str) -> Result<String, Refusal> {
        if !self.owners.contains_key(repository) {
            let top = self.root.join(repository);
            let found = match &self.head.split.codeowners {
                Some(file) => Owners::read(&PathBuf::from(file), file, None).map(Some),
                None => Owners::of_repository(&top),
            };
            let found = found.map_err(|(name, message)| {
                let name =
                    if repository.is_empty() { name } else { format!("{repository}/{name}") };
                format!("`{name}`: {message}")
            })?;
            for (line, message) in found.iter().flat_map(|owners| &owners.warnings) {
                let file = found.as_ref().map_or("", |owners| &owners.file);
                self.warnings.push(format!("warning: {file}:{line}: {message}"));
            }
            self.owners.insert(repository.to_owned(), found);
        }
        let owners = self.owners.get(repository).and_then(Option::as_ref);
        Ok(owners.map(|owners| owners.of(path).join(" ")).unwrap_or_default())
    }

    /// What the search did not meet again: it is done, or gone.
    fn finish_earlier(&mut self) -> Result<Vec<Part>, Refusal> {
        let Some(mut earlier) = self.earlier.take() else { return Ok(Vec::new()) };
        let mut left: Vec<File> = std::mem::take(&mut earlier.files).into_values().collect();
        left.sort_by(|a, b| a.path.cmp(&b.path));
        for mut file in left {
            let Ok(text) = read::file(&self.root.join(&file.path), u64::MAX) else {
                self.counts.gone += 1;
                continue;
            };
            let mut now = File {
                path: file.path.clone(),
                repository: file.repository.clone(),
                sha256: Some(sha256(&text)),
                ..File::default()
            };
            if file.position(now.sha256.as_deref()).is_none() {
                self.counts.gone += 1;
                file.steps.clear();
            }
            self.follow(&mut now, file);
            if !now.landed.is_empty() {
                self.push(&now, Vec::new())?;
            }
        }
        Ok(earlier.parts)
    }

    /// What is told of the transforms of the plan.
    fn known(&self, transforms: &[&'static Transform]) -> Vec<Known> {
        let is_used = |it: &&&'static Transform| self.names.contains(&*it.id);
        let known = |it: &&'static Transform| Known {
            id: it.id.to_string(),
            summary: it.summary.to_string(),
            why: why(&it.guide),
        };
        transforms.iter().filter(is_used).map(known).collect()
    }

    /// Writes the plan.
    pub(super) fn finish(
        mut self,
        store: &Store,
        surveyed: Surveyed,
    ) -> Result<(Plan, Counts, Vec<String>), Refusal> {
        let Surveyed { problems, transforms } = surveyed;
        let order: Vec<&str> = transforms.iter().map(|it| &*it.id).collect();
        let earlier = self.finish_earlier()?;
        let parting =
            Parting { split: &self.head.split, title: &self.head.title, order: &order, earlier };
        let Parted { mut parts, steps } = parting.part(&self.open, &self.together);
        let known = self.known(&transforms);
        let mut spool = self.spool.into_inner().map_err(|error| full(error.into_error()))?;
        spool.rewind().map_err(full)?;
        let written =
            write::begin(&store.folder).map_err(|it| format!("`{}`: {it}", store.shown()))?;
        let mut out = BufWriter::with_capacity(1 << 16, written);
        let at: HashMap<u32, usize> =
            parts.iter().enumerate().map(|(index, part)| (part.number, index)).collect();
        let whole = || -> io::Result<Plan> {
            out.write_all(opening(self.head).as_bytes())?;
            let mut open = 0;
            for (index, line) in BufReader::with_capacity(1 << 16, &mut spool).lines().enumerate() {
                let (line, is_open) = (line?, self.lines.get(index) == Some(&true));
                let is_done = line.contains("\"landed\":");
                if !is_open && !is_done {
                    out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
                    out.write_all(line.as_bytes())?;
                    continue;
                }
                let mut file: File = serde_json::from_str(&line)?;
                if is_open {
                    let numbers = steps.get(open).into_iter().flatten();
                    file.steps.iter_mut().zip(numbers).for_each(|(step, part)| step.part = *part);
                    open += 1;
                }
                add_landed(&file, &mut parts, &at);
                out.write_all(&element(&file, index == 0)?)?;
            }
            let (head, parts) = (self.head.clone(), std::mem::take(&mut parts));
            let plan = Plan { head, parts, transforms: known, problems };
            closing(&mut out, &plan)?;
            out.flush()?;
            Ok(plan)
        };
        let plan = whole().map_err(full)?;
        let written = out.into_inner().map_err(|error| full(error.into_error()))?;
        written.as_file().sync_all().map_err(full)?;
        write::persist(written, &store.plan())
            .map_err(|it| format!("`{}`: {it}", store.shown()))?;
        Ok((plan, self.counts, self.warnings))
    }
}

/// A part names what landed in it, too.
fn add_landed(file: &File, parts: &mut [Part], at: &HashMap<u32, usize>) {
    let is_open = |part: u32| file.steps.iter().any(|step| step.part == part);
    let numbers: BTreeSet<u32> = file.landed.iter().map(|landed| landed.part).collect();
    for index in numbers.iter().filter(|part| !is_open(**part)).filter_map(|part| at.get(part)) {
        parts[*index].files.push(file.path.clone());
    }
}

/// Whether nothing is left to do in a file that was changed otherwise: nothing is proposed, and nothing that was
/// planned is refused.
pub(super) fn is_settled(now: &File, planned: &File) -> bool {
    let is_refused = |step: &crate::report::campaign::Step| {
        now.declined.iter().any(|it| it.transform == step.transform)
            || now.waiting.iter().any(|it| it.transform == step.transform)
    };
    now.steps.is_empty()
        && now.errors.is_empty()
        && now.left_alone.is_none()
        && !planned.steps.iter().any(is_refused)
}

fn full(error: io::Error) -> Refusal {
    format!("the plan cannot be written: {}", read::reason(&error))
}
