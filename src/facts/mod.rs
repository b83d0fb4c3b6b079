//! What is known about a Dockerfile before anything is changed.
//!
//! Facts are computed once per parse and never change. `None` means "not known", never "no". This
//! module proposes nothing.

mod arrivals;
mod base_image;
mod bases;
mod circumstances;
mod environment;
mod expanded;
mod mounts;
mod needs;
mod paths;
mod places;
mod shells;
mod sources;
mod suppressions;
mod surroundings;
mod variables;

pub use arrivals::{Arrival, Origin};
pub use circumstances::{Circumstances, SEARCH_PATH};
pub use mounts::{Mount, MountKind};
pub use paths::{is_within, resolve};
pub use places::{Destination, Place, is_shared_folder, is_system_folder};
pub use shells::Shell;
pub use sources::{Source, SourceKind};
pub use suppressions::{Suppression, SuppressionScope, Tool, suppressions};
pub use surroundings::{Child, Part, Surroundings, Target, Use, Way};

use crate::images::Image;
use crate::shell::{self, Script};
use crate::syntax::expand;
use crate::syntax::{Body, Dockerfile, Instruction, ItemKind, Joined, Keyword, pragma};
use crate::text::Span;
use base_image::known_image;
use environment::Environment;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

#[derive(Debug)]
pub struct Facts<'a> {
    pub file: &'a Dockerfile<'a>,
    pub surroundings: &'a Surroundings,
    pub stages: Vec<Stage<'a>>,
    /// All `RUN`s of the file, in order.
    pub runs: Vec<Run<'a>>,
    pub suppressions: Vec<Suppression<'a>>,
    /// Instructions that read files of another stage, image or context, in order.
    pub readers: Vec<usize>,
    /// What stands before the first `FROM`.
    globals: Environment<'a>,
    /// Stages by their names in lower case, the last of each name.
    named: HashMap<String, usize>,
    /// Each directory in force with the first instruction that finds it, once somebody asks.
    workdirs: OnceCell<Vec<(usize, Option<Place>)>>,
}

/// A build stage: a `FROM` and everything up to the next one.
#[derive(Debug)]
pub struct Stage<'a> {
    /// Its `FROM` and what follows, by index in [`Dockerfile::instructions`].
    pub instructions: Range<usize>,
    pub name: Option<Cow<'a, str>>,
    pub base: Base,
    /// What is known of the image at the root of it, through the stages it is built from.
    pub image: Option<Arc<Image>>,
    /// Its layers reach an image that somebody runs.
    pub shipped: bool,
    environment: Environment<'a>,
    /// What each `ENV PATH` names, less what it takes over: the instruction and a folder.
    search_path: Vec<(usize, String)>,
    made_folders: OnceCell<HashSet<String>>,
    state: Arc<State<'a>>,
}

/// What a stage is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    Scratch,
    /// An earlier stage, by index.
    Stage(usize),
    /// An image reference with its variables replaced by their defaults.
    Image(String),
    /// It depends on a build argument without a default.
    Unknown,
}

/// What an instruction finds in force.
#[derive(Debug, Clone)]
struct State<'a> {
    shell: Shell<'a>,
    user: Option<Cow<'a, str>>,
    workdir: Option<Cow<'a, str>>,
}

/// A `RUN` instruction.
#[derive(Debug)]
pub struct Run<'a> {
    /// By index in [`Dockerfile::instructions`].
    pub instruction: usize,
    /// By index in [`Facts::stages`].
    pub stage: usize,
    /// `None` for exec form and for what we cannot read with certainty.
    pub script: Option<RunScript<'a>>,
    pub mounts: Vec<Mount<'a>>,
    state: Arc<State<'a>>,
}

#[derive(Debug)]
pub struct RunScript<'a> {
    pub parsed: Arc<Script>,
    /// The script's text and the way back to the source.
    pub joined: Joined<'a>,
    expanded: OnceCell<Option<Arc<Script>>>,
}

impl RunScript<'_> {
    /// The bytes of the source for a span of the script.
    pub fn source_span(&self, span: Span) -> Span {
        self.joined.source_span(span)
    }
}

impl Run<'_> {
    /// Its script with the variables in it that the file, or its base image, sets to something plain. The
    /// places in it are not those of the source.
    pub fn expanded(&self, facts: &Facts) -> Option<&Script> {
        let script = self.script.as_ref()?;
        let expanded = script.expanded.get_or_init(|| expanded::expanded(facts, self, script));
        Some(expanded.as_deref().unwrap_or(&script.parsed))
    }
}

impl<'a> Facts<'a> {
    /// The facts about a file of whose surroundings nothing is known.
    pub fn new(file: &'a Dockerfile<'a>) -> Self {
        Self::within(&surroundings::NOTHING, file)
    }

    pub fn within(surroundings: &'a Surroundings, file: &'a Dockerfile<'a>) -> Self {
        let suppressions = suppressions(file);
        let globals = Environment::globals();
        let mut facts = Self {
            file,
            surroundings,
            stages: Vec::new(),
            runs: Vec::new(),
            suppressions,
            readers: Vec::new(),
            globals,
            named: HashMap::new(),
            workdirs: OnceCell::new(),
        };
        for (index, instruction) in file.instructions.iter().enumerate() {
            if reads_elsewhere(instruction) {
                facts.readers.push(index);
            }
            match &instruction.body {
                Body::From { .. } => facts.begin_stage(index, instruction),
                Body::Run(_) => facts.add_run(index, instruction),
                _ => facts.note(index, instruction),
            }
        }
        facts.runs.shrink_to_fit();
        facts.mark_shipped();
        facts
    }

    /// Whether the file is longer than what people write, over 32 KiB: then nothing is done that asks
    /// each of its instructions about all the others.
    pub fn is_long(&self) -> bool {
        self.file.source.len() > 32 << 10
    }

    /// The `RUN` at index `instruction` of [`Dockerfile::instructions`].
    pub fn run(&self, instruction: usize) -> Option<&Run<'a>> {
        let at = self.runs.binary_search_by_key(&instruction, |run| run.instruction).ok()?;
        self.runs.get(at)
    }

    /// Whether a comment right before an instruction is meant for a linter, BuildKit or us.
    pub fn pragma_on(&self, instruction: usize) -> bool {
        let start = self.file.instructions[instruction].span.start;
        let at = self.file.items.partition_point(|item| item.span.end <= start);
        let above = self.file.items[..at].iter().rev();
        let mut comments = above
            .take_while(|it| matches!(it.kind, ItemKind::Comment | ItemKind::Blank))
            .filter(|it| it.kind == ItemKind::Comment);
        comments.any(|it| {
            let comment = suppressions::comment_span(self.file.source, it.span);
            pragma::pragma(self.file.source, comment).is_some()
        })
    }

    pub fn circumstances(&'a self, run: &'a Run<'a>) -> Circumstances<'a> {
        Circumstances::new(self, run)
    }

    /// The `RUN`s of a stage.
    pub fn runs_of(&self, stage: usize) -> impl Iterator<Item = &Run<'a>> {
        self.runs.iter().filter(move |run| run.stage == stage)
    }

    /// Stages whose layers lie on those of `stage`, itself first, in order.
    pub fn stages_on(&self, stage: usize) -> Vec<usize> {
        let mut on = vec![stage];
        for (index, other) in self.stages.iter().enumerate().skip(stage + 1) {
            if matches!(other.base, Base::Stage(base) if on.contains(&base)) {
                on.push(index);
            }
        }
        on
    }

    /// Every `RUN` that executes on top of `run`'s layer: the rest of its own stage, then all of each
    /// stage that is built from it.
    pub fn runs_after(&self, run: &Run<'a>) -> Vec<&Run<'a>> {
        let stages = self.stages_on(run.stage);
        let later = self.runs.iter().filter(|it| it.instruction > run.instruction);
        later.filter(|it| stages.contains(&it.stage)).collect()
    }

    /// The stage that holds an instruction; `None` before the first `FROM`.
    pub fn stage_of(&self, instruction: usize) -> Option<usize> {
        self.stages.partition_point(|stage| stage.instructions.start <= instruction).checked_sub(1)
    }

    /// Whether an `ENV` of the file, in this stage or one below it, sets `name` for `run`.
    pub fn sets(&self, run: &Run, name: &str) -> bool {
        let (mut stage, mut end) = (run.stage, run.instruction);
        loop {
            if self.stages[stage].environment.find_set(end, name).is_some() {
                return true;
            }
            let Base::Stage(base) = self.stages[stage].base else { return false };
            (stage, end) = (base, self.stages[base].instructions.end);
        }
    }

    /// The folders that an `ENV PATH` of the file, in this stage or one below it, names for `run`.
    pub fn search_path(&self, run: &Run) -> impl Iterator<Item = &str> {
        let (mut next, mut end) = (Some(run.stage), run.instruction);
        let below = std::iter::from_fn(move || {
            let at = (next?, end);
            next = match self.stages[at.0].base {
                Base::Stage(base) => Some(base),
                _ => None,
            };
            end = usize::MAX;
            Some(at)
        });
        below.flat_map(|(stage, end)| {
            let folders = self.stages[stage].search_path.iter();
            folders.filter(move |(at, _)| *at < end).map(|(_, folder)| folder.as_str())
        })
    }

    fn begin_stage(&mut self, index: usize, from: &'a Instruction<'a>) {
        let Body::From { image, name } = &from.body else { return };
        let globals = &self.globals;
        let base = match expand::expand(&image.text, self.file.escape, |name| {
            globals.value(index, name)
        }) {
            Ok(reference) => self.base(&reference),
            Err(_) => Base::Unknown,
        };
        // A build argument without a default may be only the tag.
        let written = image.text.clone();
        let (known, state) = match &base {
            Base::Stage(stage) => {
                let stage = &self.stages[*stage];
                (stage.image.clone(), stage.state.clone())
            }
            Base::Image(reference) => known_image(reference),
            Base::Unknown => known_image(&written),
            Base::Scratch => (None, Arc::new(State::of(None))),
        };
        if let Some(name) = name {
            self.named.insert(name.text.to_ascii_lowercase(), self.stages.len());
        }
        self.stages.push(Stage {
            instructions: index..index + 1,
            name: name.as_ref().map(|name| name.text.clone()),
            base,
            image: known,
            shipped: false,
            environment: Environment::default(),
            search_path: Vec::new(),
            made_folders: OnceCell::new(),
            state,
        });
    }

    /// Stage names are compared without regard to case; a later stage of the same name wins.
    fn base(&self, reference: &str) -> Base {
        if let Some(stage) = self.named.get(&reference.to_ascii_lowercase()) {
            return Base::Stage(*stage);
        }
        match reference {
            "scratch" => Base::Scratch,
            "" => Base::Unknown,
            _ => Base::Image(reference.to_owned()),
        }
    }

    fn add_run(&mut self, index: usize, instruction: &'a Instruction<'a>) {
        let Some(stage) = self.stages.len().checked_sub(1) else { return };
        self.stages[stage].instructions.end = index + 1;
        let state = self.stages[stage].state.clone();
        let script = instruction.script().and_then(|joined| {
            let parsed = shell::parse(&joined.text, state.shell.dialect?)?;
            Some(RunScript { parsed, joined, expanded: OnceCell::new() })
        });
        let mounts = mounts::mounts(instruction);
        self.runs.push(Run { instruction: index, stage, script, mounts, state });
    }

    /// Everything that later instructions find in force.
    fn note(&mut self, index: usize, instruction: &'a Instruction<'a>) {
        let escape = self.file.escape;
        let Some(stage) = self.stages.len().checked_sub(1) else {
            if let Body::Arg(pairs) = &instruction.body {
                self.globals.declare(index, pairs, escape, &Environment::default());
            }
            return;
        };
        self.stages[stage].instructions.end = index + 1;
        let expanded = |facts: &Self, text: &'a str| {
            let lookup = |name: &str| facts.variable_in(stage, index, name);
            expand::expand(text, escape, lookup).ok().map(|it| Cow::Owned(it.into_owned()))
        };
        match &instruction.body {
            Body::Env { pairs, .. } => {
                let values: Vec<_> = pairs
                    .iter()
                    .filter_map(|pair| Some((&*pair.name.text, pair.value.as_ref()?)))
                    .map(|(name, value)| (name, expanded(self, &value.text)))
                    .collect();
                let folders = pairs.iter().filter(|pair| pair.name.text == "PATH");
                let folders = folders.flat_map(|pair| pair.value.iter()).flat_map(|value| {
                    let parts = value.text.split(':').map(|it| it.trim_matches(['"', '\'']));
                    parts.filter(|it| !matches!(*it, "" | "$PATH" | "${PATH}"))
                });
                let folders: Vec<String> =
                    folders.filter_map(|it| expanded(self, it).map(Cow::into_owned)).collect();
                for (name, value) in values {
                    self.stages[stage].environment.set(index, name, value);
                }
                let folders = folders.into_iter().map(|folder| (index, folder));
                self.stages[stage].search_path.extend(folders);
            }
            Body::Arg(pairs) => {
                let globals = &self.globals;
                self.stages[stage].environment.declare(index, pairs, escape, globals);
            }
            Body::User(user) => {
                let name = expanded(self, &user.text);
                let name = name
                    .map(|name: Cow<str>| name.split(':').next().unwrap_or_default().to_owned());
                Arc::make_mut(&mut self.stages[stage].state).user = name.map(Cow::Owned);
            }
            Body::Workdir(directory) => {
                let path = expanded(self, &directory.text);
                let state = Arc::make_mut(&mut self.stages[stage].state);
                state.workdir =
                    path.and_then(|path| resolve(state.workdir.as_deref(), &path)).map(Cow::Owned);
            }
            Body::Shell(words) => {
                let image = self.stages[stage].image.clone();
                let shell = Shell::of(words, image.as_deref());
                Arc::make_mut(&mut self.stages[stage].state).shell = shell;
            }
            _ => (),
        }
    }

    /// The last stage, those that somebody builds by their name, and those that these are built from.
    fn mark_shipped(&mut self) {
        let targets = self.surroundings.targets.iter().map(|target| self.target(Some(target)));
        let tops: Vec<Option<usize>> = targets.chain([self.target(None)]).collect();
        for top in tops {
            let mut at = top;
            while let Some(index) = at.filter(|index| !self.stages[*index].shipped) {
                self.stages[index].shipped = true;
                at = match self.stages[index].base {
                    Base::Stage(base) => Some(base),
                    _ => None,
                };
            }
        }
    }

    /// Whether a build with this target may make `stage`.
    pub fn may_make(&self, target: &Target, stage: usize) -> bool {
        match target {
            Target::Last => self.target(None) == Some(stage),
            Target::Named(name) => self.target(Some(name)) == Some(stage),
            Target::Any => true,
        }
    }

    /// How what a stage makes is run, for all that is known.
    pub fn uses(&self, stage: usize) -> impl Iterator<Item = &Use> {
        self.surroundings.uses.iter().filter(move |it| self.may_make(&it.target, stage))
    }

    /// Whether the layers of a stage reach an image that somebody runs, for all that is known.
    pub fn may_be_shipped(&self, stage: usize) -> bool {
        self.surroundings.any_target || self.stages[stage].shipped
    }

    /// The stage that a build with `--target name` makes, or one without a target.
    pub fn target(&self, name: Option<&str>) -> Option<usize> {
        let Some(name) = name else { return self.stages.len().checked_sub(1) };
        let numbered = || name.parse().ok().filter(|number| *number < self.stages.len());
        self.named.get(&name.to_ascii_lowercase()).copied().or_else(numbered)
    }
}

/// `COPY --from`, or a mount with `from=`.
fn reads_elsewhere(instruction: &Instruction) -> bool {
    instruction.flags.iter().any(|flag| match &*flag.name.text {
        "from" => true,
        "mount" => flag.value.as_ref().is_some_and(|value| value.text.contains("from=")),
        _ => false,
    })
}

impl<'a> State<'a> {
    fn of(image: Option<&Image>) -> Self {
        Self {
            shell: Shell::of_image(image),
            user: image.and_then(|image| image.user).map(Cow::Borrowed),
            workdir: image.and_then(|image| image.workdir).map(Cow::Borrowed),
        }
    }
}

impl<'a> Run<'a> {
    pub fn shell(&self) -> &Shell<'a> {
        &self.state.shell
    }

    /// The user it runs as, without the group, as written; `None` if it is not known.
    pub fn user(&self) -> Option<&str> {
        self.state.user.as_deref()
    }

    pub fn workdir(&self) -> Option<&str> {
        self.state.workdir.as_deref()
    }
}

impl Stage<'_> {
    /// The indices of its instructions with `keyword`.
    pub fn all(&self, file: &Dockerfile, keyword: Keyword) -> Vec<usize> {
        self.instructions.clone().filter(|at| file.instructions[*at].keyword == keyword).collect()
    }

    /// The shell in force at its end.
    pub fn shell(&self) -> &Shell<'_> {
        &self.state.shell
    }

    /// The user in force at its end.
    pub fn user(&self) -> Option<&str> {
        self.state.user.as_deref()
    }

    pub fn workdir(&self) -> Option<&str> {
        self.state.workdir.as_deref()
    }
}
