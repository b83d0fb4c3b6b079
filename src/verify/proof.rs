//! Builds a Dockerfile before and after, looks at both images, and judges.

use super::archive::{Configuration, Reader};
use super::case::{Build, Case, Verdict, Verification};
use super::declared::Declared;
use super::engine::{EngineError, Run, Scanner, Vulnerabilities};
use super::judged::Judged;
use super::made::{Failed, Made, tail, told};
use super::smoke::{self, CommandRun, Finding, HealthCheck, Observation, Patience, Plan};
use super::{context, model, touch};
use std::fs;
use std::path::Path;
use std::time::Duration;

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
    pub(super) run: &'p Run<'p>,
    pub(super) options: &'p Options,
    /// For texts and logs, outside of every context.
    pub(super) folder: &'p Path,
    pub(super) reader: Reader,
    /// Gets what is being done.
    pub(super) tell: &'p mut dyn FnMut(&str),
    pub(super) builds: usize,
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
        // What a build makes anew each time, such as an id, differs between two builds.
        let other = original.again.as_ref().unwrap_or(&original.first).tag.clone();
        if let Some(script) = &self.options.command {
            let first = self.command(script, &original.first.tag)?;
            original.commands = Some([first, self.command(script, &other)?]);
        } else if !self.run.engine().runs_containers() {
            original.notes.push("this engine starts no containers: nothing was run".to_owned());
        } else if self.options.starts {
            let first = self.observe("before", &original.first.tag, &original.plan)?;
            let second = self.observe("before", &other, &original.plan)?;
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
        judged.findings = self.findings(original, &after.tag, &after.configuration, &declared)?;
        judged.run();
        self.run.remove_image(&after.tag);
        Ok(judged)
    }

    /// What an image does, compared with what the original did. A difference counts if it is there again when
    /// both are looked at once more: also the time may make one.
    fn findings(
        &mut self,
        original: &Original,
        after: &str,
        configuration: &Configuration,
        declared: &Declared<'_>,
    ) -> Result<Vec<Finding>, Verdict> {
        let mut findings = Vec::new();
        if let Some([first, second]) = &original.commands {
            let script = self.options.command.as_deref().unwrap_or_default();
            let found = smoke::compare_commands([first, second], &self.command(script, after)?);
            findings.push(match found.differs() {
                false => found,
                true => {
                    let before = self.command(script, &original.first.tag)?;
                    smoke::compare_commands([first, &before], &self.command(script, after)?)
                }
            });
        }
        if let Some([first, second]) = &original.ran {
            let plan = &original.plan;
            // Words for an entry point that only the base image had are for nobody.
            let has_entrypoint = plan.entrypoint && !configuration.entrypoint.is_empty();
            let own = Plan { entrypoint: has_entrypoint, ..plan.clone() };
            let seen = self.observe("after", after, &own)?;
            let mut found = smoke::compare([first, second], &seen);
            if declared.starts_otherwise() {
                smoke::allow_own_stop(&mut found, &seen);
            }
            let again = match found.iter().any(Finding::differs) {
                false => Vec::new(),
                true => {
                    let before = self.observe("before", &original.first.tag, plan)?;
                    smoke::compare([first, &before], &self.observe("after", after, &own)?)
                }
            };
            findings.extend(found.into_iter().map(|it| {
                let repeated = again.iter().find(|other| other.subject == it.subject);
                repeated.filter(|_| it.differs()).cloned().unwrap_or(it)
            }));
        }
        Ok(findings)
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
