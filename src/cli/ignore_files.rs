//! The ignore files of a run: once for each build context, after all Dockerfiles that share it.

mod members;

use super::context::LONGEST_IGNORE_FILE;
use super::discover::{self, Found};
use super::repositories::Repositories;
use super::settings::Resolver;
use super::template;
use super::{batch, read};
use crate::facts::{Facts, Surroundings};
use crate::pipeline::{self, DeclinedBy, Outcome, Request, Shared, Step};
use crate::project::builds::ContextSource;
use crate::project::files::{File, list};
use crate::project::ignore_file::{IgnoreFile, Reach, reach};
use crate::project::{self, Evidence, Project, Takes, Tree};
use crate::report::context::shown;
use crate::report::text::count;
use crate::report::{FileReport, Origin, Problem, Written};
use crate::syntax::{self, Dockerfile};
use crate::text::Span;
use crate::text::bytes;
use crate::transform::{Declined, Sharer, Transform};
pub(super) use members::Member;
use members::{After, Near, empty_project};
use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Contexts that are examined at the same time.
const CHUNK: usize = 128;

/// Of what is still sent, so many are told.
const LARGEST: usize = 10;

/// What the run knows of where files are.
pub(super) struct Places<'a> {
    pub(super) repositories: &'a Repositories,
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) here: &'a Path,
    /// `--context`, absolute.
    pub(super) given: Option<&'a Path>,
    /// Bytes of a Dockerfile.
    pub(super) limit: u64,
}

/// An ignore file that was examined.
pub(super) struct Examined {
    pub(super) path: PathBuf,
    /// Those of the run that share it, absolute.
    pub(super) dockerfiles: Vec<PathBuf>,
    pub(super) report: FileReport<'static>,
}

impl Places<'_> {
    /// The repository around a file of the run, or what stands for one.
    pub(super) fn around(&self, file: &Found) -> Arc<Project> {
        let own = file.target.parent().unwrap_or(&file.target);
        self.repositories.around(file.top.as_deref(), own, self.here)
    }

    /// The ignore files of the contexts that a file is known to have, as it is now, sorted.
    pub(super) fn ignore_files_of(&self, file: &Found) -> Vec<PathBuf> {
        let Ok(text) = read::file(&file.target, self.limit) else { return Vec::new() };
        if !file.included && template::looks_like_one(&text) {
            return Vec::new();
        }
        let Ok(parsed) = syntax::parse(&text) else { return Vec::new() };
        let (takes, _) = Facts::new(&parsed).takes();
        if takes.paths.is_empty() {
            return Vec::new();
        }
        let (folders, _) = folders(&self.around(file), &file.target, &takes, self.given);
        let paths = folders.iter().map(|folder| ignore_path(&file.target, folder));
        paths.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Which contexts a Dockerfile has. That nothing tells is added to what was declined.
    pub(super) fn member<'p>(
        &self,
        file: &Found,
        outcome: &mut Outcome<'static>,
        project: &dyn Fn() -> &'p Arc<Project>,
    ) -> Option<Member> {
        let takes = outcome.takes.take()?;
        if takes.paths.is_empty() {
            return None;
        }
        let project = project().clone();
        let (folders, is_guess) = folders(&project, &file.target, &takes, self.given);
        if let (true, Some(line)) = (is_guess, outcome.takes_all) {
            outcome.declined.extend(for_contexts(&file.settings.request).map(|transform| {
                let span = Span::new(0, 0);
                let reason =
                    "nothing tells with which folder it is built; say it with `--context DIR`";
                let (code, reason) = ("context-unknown", reason.to_owned());
                let declined = Declined { span, at: span, code, reason };
                DeclinedBy { transform, declined, line, stopped_by_line: line }
            }));
        }
        let after = outcome.result().cloned().map_or(After::OnDisk, After::Text);
        let (dockerfile, top) = (file.target.clone(), file.top.clone());
        let origin = Some(file.origin);
        let project = Some(project).filter(|it| !it.is_empty());
        Some(Member { dockerfile, top, origin, after, folders, is_guess, project })
    }

    /// Examines the ignore file of each context of `members`.
    pub(super) fn examine(&self, members: Vec<Member>) -> Vec<Examined> {
        let mut examined = Vec::new();
        self.examine_each(members, &mut |it| examined.push(it));
        examined
    }

    /// The same, one after the other.
    pub(super) fn examine_each(&self, mut members: Vec<Member>, take: &mut dyn FnMut(Examined)) {
        let mut groups: BTreeMap<(PathBuf, PathBuf), Vec<Origin>> = BTreeMap::new();
        for member in &members {
            for folder in &member.folders {
                let path = ignore_path(&member.dockerfile, folder);
                let origins = groups.entry((path, folder.clone())).or_default();
                origins.extend(member.origin);
            }
        }
        if groups.is_empty() {
            return;
        }
        let folders: HashSet<&Path> = groups.keys().map(|(_, folder)| folder.as_path()).collect();
        members.extend(self.others(&members, &folders));
        let near = Near::new(&members);
        let mut contexts: HashMap<&Path, usize> = HashMap::new();
        groups.keys().for_each(|(path, _)| *contexts.entry(path).or_default() += 1);
        let groups: Vec<_> = groups.iter().collect();
        for chunk in groups.chunks(CHUNK) {
            let examined = chunk.par_iter().map(|((path, folder), origins)| {
                let shares = |it: &&Member| ignore_path(&it.dockerfile, folder) == *path;
                let members: Vec<&Member> = near.to(folder).into_iter().filter(shares).collect();
                let (is_named, others) = (origins.contains(&Origin::Named), contexts[&**path] - 1);
                Group { path, folder, members: &members, is_named, others, places: self }.examine()
            });
            examined.collect::<Vec<_>>().into_iter().flatten().for_each(&mut *take);
        }
    }

    /// The Dockerfiles that the repositories of `members` hold or build besides, and that may share the
    /// ignore file of one of `contexts`.
    fn others(&self, members: &[Member], contexts: &HashSet<&Path>) -> Vec<Member> {
        let ours: HashSet<&Path> = members.iter().map(|it| it.dockerfile.as_path()).collect();
        let mut seen: HashSet<PathBuf> = HashSet::new();
        let mut roots = HashSet::new();
        let mut others: Vec<(PathBuf, &Member)> = Vec::new();
        for member in members.iter().filter(|it| roots.insert(it.project_root())) {
            let empty = Project::empty(PathBuf::new());
            let (project, root) =
                (member.project.as_deref().unwrap_or(&empty), member.project_root());
            let is_near = || root.ancestors().any(|above| contexts.contains(above));
            let beside = match project.dockerfiles.is_empty() && is_near() {
                // No repository, whose Dockerfiles would be known.
                true => project::dockerfiles_in(root),
                false => Vec::new(),
            };
            let built = project.builds.iter().map(|build| (&build.dockerfile, true));
            let found = project.dockerfiles.iter().chain(&beside).map(|it| (it, false));
            let all = built.chain(found).filter(|(it, _)| !ours.contains(it.as_path()));
            let more = all.filter(|(it, is_built)| {
                let is_other = seen.insert((*it).clone()) && it.is_file();
                is_other && (*is_built || !self.is_template(it, root))
            });
            others.extend(more.map(|(dockerfile, _)| (dockerfile.clone(), member)));
        }
        let other = |(dockerfile, neighbour): (PathBuf, &Member)| {
            let text = read::file(&dockerfile, self.limit).unwrap_or_default();
            let takes = syntax::parse(&text).map(|file| Facts::new(&file).takes().0);
            let takes = takes.unwrap_or_default();
            let project = neighbour.project.clone();
            let known = project.clone();
            let known = known.unwrap_or_else(|| empty_project(neighbour.own_folder()));
            // `--context` is about the Dockerfiles of the run.
            let (folders, is_guess) = folders(&known, &dockerfile, &takes, None);
            let (top, after) = (neighbour.top.clone(), After::OnDisk);
            Member { dockerfile, top, origin: None, after, folders, is_guess, project }
        };
        others.into_par_iter().map(other).collect()
    }

    /// Whether a file only has the name of a Dockerfile: a program makes one of it, and nothing builds it as it is.
    fn is_template(&self, dockerfile: &Path, root: &Path) -> bool {
        let below = dockerfile.strip_prefix(root).unwrap_or(dockerfile);
        template::is_named_like_one(below)
            || read::file(dockerfile, self.limit).is_ok_and(|it| template::looks_like_one(&it))
    }
}

/// The folders that are known to be contexts of a Dockerfile, and whether one is only guessed, and left out.
fn folders(
    project: &Project,
    dockerfile: &Path,
    takes: &Takes,
    given: Option<&Path>,
) -> (Vec<PathBuf>, bool) {
    let contexts = project.contexts(dockerfile, takes, given);
    let is_guess = |evidence: &Evidence| matches!(evidence, Evidence::Guess { .. });
    let guessed = contexts.folders.iter().any(|it| is_guess(&it.evidence));
    let known = contexts.folders.into_iter().filter(|it| !is_guess(&it.evidence));
    let known = known.filter(|it| !it.checkout && it.folder.is_dir());
    (known.map(|it| it.folder).collect(), guessed)
}

fn for_contexts(request: &Request<'static>) -> impl Iterator<Item = &'static Transform> {
    request.transforms.iter().copied().filter(|it| it.is_for_contexts())
}

/// The ignore file that applies, or the one that would.
pub(super) fn ignore_path(dockerfile: &Path, folder: &Path) -> PathBuf {
    let applied = project::applied_ignore_file(dockerfile, folder);
    applied.unwrap_or_else(|| folder.join(".dockerignore"))
}

/// A context, and the Dockerfiles that share its ignore file.
struct Group<'g> {
    path: &'g Path,
    folder: &'g Path,
    members: &'g [&'g Member],
    /// The user named one of them.
    is_named: bool,
    /// How many other contexts the ignore file belongs to.
    others: usize,
    places: &'g Places<'g>,
}

/// A Dockerfile that shares a context.
struct Text {
    name: String,
    text: Arc<str>,
    surroundings: Arc<Surroundings>,
}

impl Group<'_> {
    fn examine(&self) -> Option<Examined> {
        let settings = self.places.resolver.settings(self.folder)?;
        let settings = self.places.resolver.settings_of(&settings, self.path);
        let request = &settings.request;
        for_contexts(request).next()?;
        let (source, texts) = match self.texts() {
            Ok(read) => read,
            Err((code, reason)) => return Some(self.declined(request, code, reason, 1)),
        };
        // What the builder refuses only when it is sent.
        let ignore = IgnoreFile::parse(&source).ok();
        if let Some(broken) = ignore.and_then(|ignore| ignore.unsendable()) {
            let reason = broken.reason.to_owned();
            return Some(self.declined(request, "broken-ignore-file", reason, broken.line));
        }
        let parsed: Vec<Dockerfile> = match texts.iter().map(|it| syntax::parse(&it.text)).collect()
        {
            Ok(parsed) => parsed,
            Err(_) => {
                let reason = "a Dockerfile that is built with it is not valid".to_owned();
                return Some(self.declined(request, "broken-dockerfile", reason, 1));
            }
        };
        let facts = texts.iter().zip(&parsed);
        let facts: Vec<Facts> =
            facts.map(|(it, file)| Facts::within(&it.surroundings, file)).collect();
        let sharers = texts.iter().zip(&parsed).zip(&facts);
        let sharers = sharers
            .map(|((text, file), facts)| Sharer { name: text.name.clone(), file, facts })
            .collect::<Vec<_>>();
        let top = self.members.iter().find_map(|it| it.top.as_deref()).unwrap_or(self.folder);
        let tree = Tree::read(self.folder, top);
        let shared = Shared { tree: &tree, sharers: &sharers };
        let result = match pipeline::run_for_context(shared, &source, request) {
            Ok(mut outcome) => {
                self.measure(&mut outcome, &sharers);
                outcome
            }
            Err(error) => {
                let (reason, line) = (error.message, error.position.line);
                return Some(self.declined(request, "broken-ignore-file", reason, line));
            }
        };
        let silent = result.steps.is_empty()
            && result.waiting.is_empty()
            && result.declined.is_empty()
            && result.failures.is_empty();
        (!silent).then(|| self.report(source, Ok(result)))
    }

    /// The ignore file, and all Dockerfiles that it has to be right for; else why it is left alone.
    fn texts(&self) -> Result<(String, Vec<Text>), (&'static str, String)> {
        if self.others > 0 {
            let reason = "several contexts share this ignore file".to_owned();
            return Err(("several-contexts", reason));
        }
        if self.folder.join(".containerignore").exists() {
            let reason =
                "Podman reads `.containerignore` here, and no other engine does".to_owned();
            return Err(("podman-ignore-file", reason));
        }
        let source = match self.path.exists() {
            true => read::file(self.path, LONGEST_IGNORE_FILE).map_err(|_| {
                ("unreadable", "the ignore file cannot be read as UTF-8".to_owned())
            })?,
            false => String::new(),
        };
        let texts = self.members.iter().map(|member| self.text(member));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        for project in self.projects() {
            self.named_contexts(&project)?;
            if let Some(submodule) = project.missing_submodule_in(self.folder) {
                let name = shown(submodule, self.places.here);
                let reason = format!(
                    "the submodule `{name}` is not checked out, and what builds need of it is not known"
                );
                return Err(("submodule-missing", reason));
            }
            let unclear = |it: &&project::builds::Unclear| {
                let here = it.context == Some(ContextSource::Folder(self.folder.to_owned()));
                here && it.dockerfile.is_none()
            };
            if let Some(unclear) = project.unclear.iter().find(unclear) {
                let place = format!(
                    "{}:{}",
                    shown(&unclear.place.file, self.places.here),
                    unclear.place.line
                );
                let reason =
                    format!("{place} builds with it, and it is not clear what: {}", unclear.reason);
                return Err(("unclear-build", reason));
            }
        }
        Ok((source, texts))
    }

    fn projects(&self) -> impl Iterator<Item = Arc<Project>> {
        let mut roots = BTreeSet::new();
        let first = self.members.iter().filter(move |member| roots.insert(member.project_root()));
        first.map(|member| {
            member.project.clone().unwrap_or_else(|| empty_project(member.own_folder()))
        })
    }

    /// What all steps make of a Dockerfile whose text was not kept, unless that is what is on the disk.
    fn made_again(&self, member: &Member) -> Option<Arc<str>> {
        let settings = self.places.resolver.settings(member.own_folder())?;
        let settings = self.places.resolver.settings_of(&settings, &member.dockerfile);
        let (path, target) = (member.dockerfile.clone(), member.dockerfile.clone());
        let (top, origin) = (member.top.clone(), Origin::Found);
        let found = Found { path, target, top, origin, included: true, settings };
        match batch::examine(&found, self.places) {
            batch::Examined::Report(report, _) => report.change().map(|(_, after)| after.into()),
            batch::Examined::Skipped(_) => None,
        }
    }

    fn text(&self, member: &Member) -> Result<Text, (&'static str, String)> {
        let dockerfile = &member.dockerfile;
        let name = match dockerfile.strip_prefix(self.folder) {
            Ok(below) => below.display().to_string(),
            Err(_) => shown(dockerfile, self.places.here),
        };
        let limit = self.places.limit;
        let made = match &member.after {
            After::OnDisk => None,
            After::Text(text) => Some(text.clone()),
            After::Again => self.made_again(member),
        };
        let text = match made {
            Some(text) => text,
            None => read::file(dockerfile, limit)
                .map(Arc::from)
                .map_err(|_| ("broken-dockerfile", format!("{name} cannot be read")))?,
        };
        let top = member.top.as_deref();
        let surroundings = self.places.repositories.surroundings(top, dockerfile, limit);
        Ok(Text { name, text, surroundings })
    }

    /// A folder that other builds take as a named context has one ignore file for both.
    fn named_contexts(&self, project: &Project) -> Result<(), (&'static str, String)> {
        for build in &project.builds {
            let bases = [build.place.file.parent(), Some(project.root.as_path())];
            let is_this = |value: &&String| {
                bases.iter().flatten().any(|base| {
                    base.join(value).canonicalize().is_ok_and(|folder| folder == self.folder)
                })
            };
            if let Some((name, _)) = build.contexts.iter().find(|(_, value)| is_this(value)) {
                let place =
                    format!("{}:{}", shown(&build.place.file, self.places.here), build.place.line);
                let reason = format!("{place} takes this folder as the context `{name}`");
                return Err(("named-context", reason));
            }
        }
        Ok(())
    }

    fn shown(&self) -> String {
        shown(self.path, self.places.here)
    }

    /// All of it is left alone; `line` is the one of the ignore file that stops it, else the first.
    fn declined(
        &self,
        request: &Request<'static>,
        code: &'static str,
        reason: String,
        line: usize,
    ) -> Examined {
        let mut outcome = Outcome::empty();
        let span = Span::new(0, 0);
        outcome.declined.extend(for_contexts(request).map(|transform| {
            let declined = Declined { span, at: span, code, reason: reason.clone() };
            DeclinedBy { transform, declined, line, stopped_by_line: line }
        }));
        self.report(String::new(), Ok(outcome))
    }

    fn report(&self, source: String, result: Result<Outcome<'static>, Problem>) -> Examined {
        let report = FileReport {
            name: self.shown(),
            patch_name: discover::patch_name(self.path, self.places.here),
            origin: if self.is_named { Origin::Named } else { Origin::Found },
            is_new: !self.path.exists(),
            source: source.into(),
            result,
            written: Written::No,
            warnings: Vec::new(),
        };
        let of_run = self.members.iter().filter(|member| member.origin.is_some());
        let dockerfiles = of_run.map(|member| member.dockerfile.clone()).collect();
        Examined { path: self.path.to_owned(), dockerfiles, report }
    }

    /// Tells what each step is worth here: what is on the disk of this machine.
    fn measure(&self, outcome: &mut Outcome<'static>, sharers: &[Sharer]) {
        let taken: Vec<String> = sharers
            .iter()
            .flat_map(|sharer| sharer.facts.sources())
            .filter_map(|source| source.path.map(std::borrow::Cow::into_owned))
            .collect();
        let steps = outcome.steps.iter_mut().chain(&mut outcome.waiting);
        steps.for_each(|step| step.worth = self.worth(step, &taken));
    }

    fn worth(&self, step: &Step<'_>, taken: &[String]) -> Vec<String> {
        let sent = |text: &str| {
            let ignore = IgnoreFile::parse(text).ok();
            let mut files = list(self.folder, ignore.as_ref()).files;
            // What nothing takes is not sent.
            files.retain(|file| {
                taken.iter().any(|path| reach(path, &file.path) == Reach::Itself || path.is_empty())
            });
            files
        };
        let (before, after) = (sent(&step.before), sent(&step.after));
        let size = |files: &[File]| files.iter().map(|file| file.size).sum::<u64>();
        let (old, new) = (size(&before), size(&after));
        let share = if old == 0 { 0.0 } else { 100.0 * (old - new.min(old)) as f64 / old as f64 };
        let mut worth = vec![format!(
            "the context here: {} → {} (−{share:.1} %), {} → {}",
            bytes(old),
            bytes(new),
            before.len(),
            count(after.len(), "file"),
        )];
        let largest = largest(&after);
        if !largest.is_empty() {
            worth.push(format!("the largest that is left: {}", largest.join(", ")));
        }
        worth
    }
}

/// The largest files and folders at the top, with their sizes.
fn largest(files: &[File]) -> Vec<String> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for file in files {
        let name = match file.path.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => file.path.to_string(),
        };
        *sizes.entry(name).or_default() += file.size;
    }
    let mut sizes: Vec<(String, u64)> = sizes.into_iter().filter(|(_, size)| *size > 0).collect();
    sizes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sizes
        .into_iter()
        .take(LARGEST)
        .map(|(name, size)| format!("`{name}` {}", bytes(size)))
        .collect()
}
