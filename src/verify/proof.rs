//! Builds a Dockerfile before and after, looks at both images, and judges.

use super::archive::{Configuration, Image, Reader, Wanted};
use super::case::{Build, Case, Measured, Texts, Verdict, Verification};
use super::declared::Declared;
use super::engine::{
    BuildFailure, BuildOrder, Cause, EngineError, LABEL, Run, Scanner, Vulnerabilities,
};
use super::judged::Judged;
use super::libraries::{self, Libraries};
use super::smoke::{self, CommandRun, HealthCheck, Observation, Patience, Plan};
use super::tree::Tree;
use super::{context, model, surface, touch};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Lines of a log that are shown.
const LINES: usize = 12;

/// What the user decided.
#[derive(Debug, Clone)]
pub struct Options {
    /// As they are after `--secret` and `--ssh`.
    pub secrets: Vec<String>,
    pub ssh: Vec<String>,
    /// Builds may take what the engine has cached. Noise is not measured then.
    pub cache: bool,
    /// Of one build.
    pub timeout: Duration,
    /// A test of the user's own, in place of starting the image.
    pub command: Option<String>,
    /// Whether images are started at all.
    pub starts: bool,
    pub patience: Patience,
    /// Whether images are scanned for known vulnerabilities.
    pub scan: bool,
}

/// Verifies cases with one engine.
pub struct Prover<'p> {
    run: &'p Run<'p>,
    pub(super) options: &'p Options,
    /// For texts and logs, outside of every context.
    folder: &'p Path,
    reader: Reader,
    /// Gets what is being done.
    pub(super) tell: &'p mut dyn FnMut(&str),
    builds: usize,
    /// The last lines of the log of an original that does not build.
    pub(super) log: Vec<String>,
}

/// The image before, and what is known of it.
pub struct Original {
    pub(super) first: Made,
    /// Another build of the same.
    pub(super) again: Option<Made>,
    plan: Plan,
    ran: Option<[Observation; 2]>,
    commands: Option<[CommandRun; 2]>,
    /// Why it was not started.
    pub(super) notes: Vec<String>,
}

/// An image that was built and read.
pub(super) struct Made {
    tag: String,
    took: Duration,
    /// Why its log is not complete.
    trouble: Option<String>,
    pub(super) configuration: Configuration,
    pub(super) tree: Tree,
    pub(super) started: Libraries,
    pub(super) whole: Libraries,
}

impl<'p> Prover<'p> {
    pub fn new(
        run: &'p Run<'p>,
        options: &'p Options,
        folder: &'p Path,
        tell: &'p mut dyn FnMut(&str),
    ) -> Self {
        Self { run, options, folder, reader: Reader::default(), tell, builds: 0, log: Vec::new() }
    }

    /// Verifies a case. If the whole does not hold, the first step that does not is looked for.
    pub fn verify(&mut self, case: &Case) -> Verification {
        let mut verification = Verification::new(case);
        if let Err(verdict) = self.fill(case, &mut verification) {
            verification.verdict = verdict;
        }
        verification
    }

    fn fill(&mut self, case: &Case, into: &mut Verification) -> Result<(), Verdict> {
        let original = self.original(case);
        into.log = std::mem::take(&mut self.log);
        let original = original?;
        let mut before = original.first.measured();
        before.vulnerabilities = self.scanned(&original.first.tag, &mut into.notes);
        into.before = Some(before);
        into.notes.extend(original.notes.iter().cloned());
        let judged = self.judge(case, &original, case.steps.len(), self.options.cache)?;
        let step = match judged.broken {
            Some(_) => self.first_broken(case, &original)?,
            None => None,
        };
        into.verdict = judged.verdict(step);
        into.take(judged);
        self.forget(original);
        if into.verdict.is_verified() {
            self.rebuild(case, into);
        }
        Ok(())
    }

    /// Measures what a build costs after an edit, where there is something to edit.
    fn rebuild(&mut self, case: &Case, into: &mut Verification) {
        let copy = self.folder.join("context");
        let (context, texts) = (&case.build.context, &case.before);
        let edited = touch::touched(&texts.dockerfile, context, texts.ignore.as_deref(), &copy);
        match edited {
            Ok(file) => into.notes.push(format!("rebuild: after an edit of {file}")),
            Err(why) => return into.notes.push(format!("rebuild: not measured, {why}")),
        }
        let build = Build { context: copy.clone(), ..case.build.clone() };
        let sides = [(&case.before, &mut into.before), (case.after(), &mut into.after)];
        for (texts, measured) in sides {
            let Ok(order) = self.order("after an edit", texts, &build, true) else { continue };
            (self.tell)("building after an edit");
            if let (Ok(built), Some(measured)) = (self.run.build(&order, &mut |_| ()), measured) {
                measured.rebuild_seconds = Some(built.took);
                self.run.remove_image(&built.image);
            }
        }
        let _ = fs::remove_dir_all(copy);
    }

    /// Builds what was there before, twice, and sees what it does.
    /// If it does not build, `log` is the end of what the engine said.
    pub fn original(&mut self, case: &Case) -> Result<Original, Verdict> {
        let cached = self.options.cache;
        let first = self.make("before", &case.before, &case.build, cached);
        let first = first.map_err(|failed| self.was_broken(failed))?;
        let again = match cached {
            true => None,
            false => {
                let again = self.make("before again", &case.before, &case.build, false);
                Some(again.map_err(|failed| self.was_broken(failed))?)
            }
        };
        let plan = plan(&first.configuration);
        let mut original =
            Original { first, again, plan, ran: None, commands: None, notes: Vec::new() };
        original.notes.extend(original.first.trouble.clone());
        if let Some(script) = &self.options.command {
            let first = self.command(script, &original.first.tag)?;
            original.commands = Some([first, self.command(script, &original.first.tag)?]);
        } else if !self.run.engine().runs_containers() {
            original.notes.push("this engine starts no containers: nothing was run".to_owned());
        } else if self.options.starts {
            let first = self.observe("before", &original.first.tag, &original.plan)?;
            let second = self.observe("before", &original.first.tag, &original.plan)?;
            original.ran = Some([first, second]);
        }
        Ok(original)
    }

    /// What stops everything.
    fn was_broken(&mut self, failed: Failed) -> Verdict {
        match failed {
            Failed::Build(failure) => {
                self.log = tail(&failure);
                let place = failure.lines.as_ref().map(|lines| format!("line {}: ", lines.start()));
                let said = self.log.iter().rfind(|line| !line.trim().is_empty());
                let said = said.map(String::as_str).unwrap_or_default();
                Verdict::WasBroken(format!("{}{said}", place.unwrap_or_default()))
            }
            Failed::Engine(why) => Verdict::EngineFailed(why),
            Failed::Read(why) => Verdict::NotVerified(why),
        }
    }

    /// Builds what the first `steps` of a case make, and compares it with the original.
    pub fn judge(
        &mut self,
        case: &Case,
        original: &Original,
        steps: usize,
        cached: bool,
    ) -> Result<Judged, Verdict> {
        let done = &case.steps[..steps];
        let texts = done.last().map_or(&case.before, |step| &step.after);
        let mut judged = Judged::default();
        let after = match self.make("after", texts, &case.build, cached) {
            Ok(after) => after,
            Err(Failed::Build(failure)) => {
                judged.broken = Some(told(&failure, &texts.dockerfile));
                judged.log = tail(&failure);
                return Ok(judged);
            }
            Err(Failed::Engine(why)) => return Err(Verdict::EngineFailed(why)),
            Err(Failed::Read(why)) => return Err(Verdict::NotVerified(why)),
        };
        let mut declared = Declared::of(done.iter().flat_map(|step| &step.declares));
        if declared.excludes {
            declared.unsent = context::unsent(&case.build.context, &case.before, texts);
        }
        judged.compare(original, &after, &declared);
        judged.mistakes = model::mistakes(&texts.dockerfile, &case.build, &after.configuration);
        judged.measured = Some(after.measured());
        judged.notes.extend(after.trouble.clone());
        if let Some(measured) = &mut judged.measured {
            measured.vulnerabilities = self.scanned(&after.tag, &mut judged.notes);
        }
        if let Some([first, second]) = &original.commands {
            let script = self.options.command.as_deref().unwrap_or_default();
            let after = self.command(script, &after.tag)?;
            judged.findings.push(smoke::compare_commands([first, second], &after));
        }
        if let Some([first, second]) = &original.ran {
            let after = self.observe("after", &after.tag, &original.plan)?;
            judged.findings.extend(smoke::compare([first, second], &after));
        }
        judged.run();
        self.run.remove_image(&after.tag);
        Ok(judged)
    }

    /// The first step with which it does not build or run.
    fn first_broken(
        &mut self,
        case: &Case,
        original: &Original,
    ) -> Result<Option<String>, Verdict> {
        if let [only] = &case.steps[..] {
            return Ok(Some(only.transform.clone()));
        }
        for steps in 1..case.steps.len() {
            (self.tell)(&format!("looking for the step: {}", case.steps[steps - 1].transform));
            if self.judge(case, original, steps, true)?.broken.is_some() {
                return Ok(Some(case.steps[steps - 1].transform.clone()));
            }
        }
        Ok(case.steps.last().map(|step| step.transform.clone()))
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.run.engine().client().cancel.is_cancelled()
    }

    /// Removes the images of an original.
    pub fn forget(&self, original: Original) {
        let made = [Some(original.first), original.again];
        made.into_iter().flatten().for_each(|made| self.run.remove_image(&made.tag));
    }

    fn make(
        &mut self,
        what: &str,
        texts: &Texts,
        build: &Build,
        cached: bool,
    ) -> Result<Made, Failed> {
        let order = self.order(what, texts, build, cached).map_err(|error| {
            Failed::Read(format!("its texts cannot be written for the engine: {error}"))
        })?;
        (self.tell)(&format!("building {what}"));
        let tell = &mut *self.tell;
        let built = self.run.build(&order, &mut |step| tell(&format!("building {what}: {step}")));
        let built = match built {
            Ok(built) => built,
            Err(failure) => {
                return Err(match &failure.cause {
                    Cause::Engine(error) => Failed::Engine(error.to_string()),
                    Cause::Dockerfile(_) => Failed::Build(failure),
                });
            }
        };
        (self.tell)(&format!("reading {what}"));
        let image = self.read(&built.image)?;
        let tree = Tree::merge(&image.layers).map_err(|error| Failed::Read(error.to_string()))?;
        let mut configuration = image.configuration;
        configuration.labels.remove(LABEL);
        let trouble = built.log_trouble.map(|why| format!("the log is not complete: {why}"));
        let started = libraries::of_start(&tree, &configuration);
        let whole = libraries::of_image(&tree, &configuration);
        Ok(Made {
            tag: built.image,
            took: built.took,
            trouble,
            configuration,
            tree,
            started,
            whole,
        })
    }

    fn read(&mut self, tag: &str) -> Result<Image, Failed> {
        let engine = |error: EngineError| Failed::Engine(error.to_string());
        let mut saved = self.run.save(tag, self.options.timeout).map_err(engine)?;
        let wanted = Wanted { name: Some(tag), platform: None };
        let image = self.reader.read(&mut saved, &wanted);
        // An engine that died is the reason why an archive is cut off.
        saved.finish().map_err(engine)?;
        image.map_err(|error| Failed::Read(format!("the image cannot be read: {error}")))
    }

    /// Writes the texts of a build, beside which docker finds the ignore file by its name.
    fn order(
        &mut self,
        what: &str,
        texts: &Texts,
        build: &Build,
        cached: bool,
    ) -> std::io::Result<BuildOrder> {
        self.builds += 1;
        let folder = self.folder.join(format!("{}-{}", self.builds, what.replace(' ', "-")));
        fs::create_dir_all(&folder)?;
        let dockerfile = folder.join("Dockerfile");
        fs::write(&dockerfile, &*texts.dockerfile)?;
        let ignore_file = folder.join("Dockerfile.dockerignore");
        if let Some(ignore) = &texts.ignore {
            fs::write(&ignore_file, &**ignore)?;
        }
        let options = self.options;
        Ok(BuildOrder {
            dockerfile,
            ignore_file: texts.ignore.is_some().then_some(ignore_file),
            context: build.context.clone(),
            target: build.target.clone(),
            build_arguments: build.arguments.clone(),
            platform: build.platform.clone(),
            secrets: options.secrets.clone(),
            ssh: options.ssh.clone(),
            named_contexts: build.contexts.clone(),
            no_cache: !cached,
            timeout: options.timeout,
            log: Some(folder.join("build.log")),
            ..BuildOrder::default()
        })
    }

    fn observe(&mut self, what: &str, tag: &str, plan: &Plan) -> Result<Observation, Verdict> {
        (self.tell)(&format!("running {what}"));
        smoke::observe(self.run, tag, plan, &self.options.patience)
            .map_err(|error| Verdict::EngineFailed(error.to_string()))
    }

    /// What a scanner says of an image, if that is wanted and there is one.
    fn scanned(&mut self, image: &str, notes: &mut Vec<String>) -> Option<Vulnerabilities> {
        let engine = self.run.engine();
        if !self.options.scan {
            return None;
        }
        (self.tell)("scanning");
        let scanner = Scanner::find(engine).ok_or_else(|| {
            "not scanned: neither trivy nor grype nor docker scout is on PATH".to_owned()
        });
        let scan = |it: Scanner| {
            it.scan(engine, image, self.options.timeout)
                .map_err(|why| format!("not scanned: {why}"))
        };
        match scanner.and_then(scan) {
            Ok(found) => Some(found),
            Err(why) => {
                notes.push(why);
                None
            }
        }
    }

    fn command(&mut self, script: &str, tag: &str) -> Result<CommandRun, Verdict> {
        (self.tell)(&format!("running `{script}`"));
        let cancel = &self.run.engine().client().cancel;
        smoke::run_command(script, tag, self.options.timeout, cancel).map_err(|error| match error {
            EngineError::Cancelled => Verdict::EngineFailed(error.to_string()),
            error => Verdict::NotVerified(format!("`{script}`: {error}")),
        })
    }
}

/// Why there is no image to look at.
enum Failed {
    Build(Box<BuildFailure>),
    Engine(String),
    /// It was built, and cannot be read.
    Read(String),
}

fn tail(failure: &BuildFailure) -> Vec<String> {
    let lines: Vec<&str> = failure.tail.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| (*line).to_owned()).collect()
}

/// Where a build failed, in words.
fn told(failure: &BuildFailure, dockerfile: &str) -> String {
    let Some(lines) = &failure.lines else {
        let step = failure.step.as_deref().map(|step| format!(" at `{step}`"));
        return format!("it no longer builds{}", step.unwrap_or_default());
    };
    let text = dockerfile.lines().nth(lines.start() - 1).unwrap_or_default().trim();
    format!("it no longer builds: line {} of the rewritten file fails, `{text}`", lines.start())
}

fn plan(configuration: &Configuration) -> Plan {
    let tcp = |port: &String| {
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        number.parse().ok().filter(|_| protocol == "tcp")
    };
    let check = configuration.healthcheck.as_ref();
    let check = check.filter(|it| it.test.first().is_some_and(|word| word != "NONE"));
    let nanoseconds = |given: i64, default: u64| match u64::try_from(given) {
        Ok(given) if given > 0 => Duration::from_nanos(given),
        _ => Duration::from_secs(default),
    };
    let health_check = check.map(|it| {
        let interval = nanoseconds(it.interval, 30);
        let tries = u32::try_from(it.retries).ok().filter(|it| *it > 0).unwrap_or(3);
        let all = (interval + nanoseconds(it.timeout, 30)) * tries.min(10);
        HealthCheck { interval, longest: nanoseconds(it.start_period, 0) + all }
    });
    Plan {
        ports: configuration.exposed_ports.iter().filter_map(tcp).collect(),
        health_check,
        entrypoint: !configuration.entrypoint.is_empty(),
        starts: !configuration.entrypoint.is_empty() || !configuration.cmd.is_empty(),
    }
}

impl Made {
    pub(super) fn measured(&self) -> Measured {
        let surface = surface::measure(&self.tree, &self.configuration);
        let user = match self.configuration.user.as_str() {
            "" => "root".to_owned(),
            user => user.to_owned(),
        };
        let size = self.tree.size();
        Measured {
            layers: size.layers.clone(),
            wasted: size.wasted,
            efficiency: size.dive.efficiency,
            files: surface.files,
            packages: surface.package_count(),
            set_uid: surface.set_uid.len() + surface.set_gid.len(),
            shells: surface.shells.len(),
            package_managers: surface.managers.len(),
            user,
            vulnerabilities: None,
            build_seconds: self.took,
            rebuild_seconds: None,
        }
    }
}
