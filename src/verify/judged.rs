//! Compares an image with the original, and says what that means.

use super::case::{Case, Declarations, Measured, Verdict, Verification};
use super::compare::noise::{self, Label};
use super::compare::{config, files};
use super::declared::Declared;
use super::libraries::{self, Missing};
use super::made::Made;
use super::proof::Original;
use super::smoke::{Evidence, Finding};

/// Paths that are named.
const PATHS: usize = 12;

/// What came of comparing an image with the original.
#[derive(Debug, Default)]
pub struct Judged {
    pub measured: Option<Measured>,
    pub differences: Vec<String>,
    pub declared: Declarations,
    pub noise: Option<Vec<(String, Label)>>,
    pub findings: Vec<Finding>,
    pub mistakes: Vec<String>,
    /// Why it does not build or run as before.
    pub broken: Option<String>,
    pub notes: Vec<String>,
    /// The last lines of the log of a build that failed.
    pub log: Vec<String>,
}

impl Judged {
    pub(super) fn compare(&mut self, original: &Original, after: &Made, declared: &Declared<'_>) {
        let before = &original.first;
        for difference in config::compare(&before.configuration, &after.configuration) {
            match declared.is_configured(&difference) {
                true => self.declared.settings.push(difference.to_string()),
                false => self.differences.push(difference.to_string()),
            }
        }
        let real = match &original.again {
            None => files::compare(&before.tree, &after.tree),
            Some(again) => {
                let floor = files::compare(&before.tree, &again.tree).into_iter();
                let floor = floor.map(|it| (it.to_string(), Label::of(&it.path)));
                self.noise = Some(floor.collect());
                noise::judge(&before.tree, &again.tree, &after.tree).real
            }
        };
        let (known, other) = declared.sort(real, &before.configuration, &after.tree);
        self.declared.count(&known);
        self.differences.extend(other.iter().map(ToString::to_string));
        let missing = libraries::newly_missing(&before.started, &after.started);
        let elsewhere = libraries::newly_missing(&before.whole, &after.whole);
        if let Some(first) = missing.first() {
            self.broken = Some(format!("what it starts is not complete: {first}"));
        }
        let is_new = |it: &&Missing| !missing.contains(it) && !declared.is_of_new_base(it);
        let elsewhere = elsewhere.iter().filter(is_new);
        self.differences.extend(elsewhere.map(ToString::to_string));
    }

    /// Takes what containers did into account.
    pub(super) fn run(&mut self) {
        let differs = self.findings.iter().find_map(|finding| match &finding.evidence {
            Evidence::Differs { before, after } => {
                Some(format!("{}: {before} before, {after} after", finding.subject))
            }
            _ => None,
        });
        if self.broken.is_none() {
            self.broken = differs;
        }
    }

    /// What breaks is the work of `step`, if it is known.
    pub(super) fn verdict(&self, step: Option<String>) -> Verdict {
        match (&self.broken, self.differences.is_empty()) {
            (Some(why), _) => Verdict::Broken { step, why: why.clone() },
            (None, false) => Verdict::Differs,
            (None, true) if self.declared == Declarations::default() => Verdict::Same,
            (None, true) => Verdict::SameExceptDeclared,
        }
    }
}

impl Declarations {
    fn count(&mut self, known: &[files::Difference]) {
        for difference in known {
            match &difference.change {
                files::Change::Went(what) => {
                    self.gone += 1;
                    self.freed += what.size;
                }
                files::Change::Came(_) => self.come += 1,
                files::Change::Changed(_) => self.changed += 1,
            }
        }
        self.paths = known.iter().take(PATHS).map(|it| it.path.clone()).collect();
    }
}

impl Verification {
    /// One of which nothing is known yet.
    pub fn new(case: &Case) -> Self {
        Self {
            name: case.name.clone(),
            build: case.build.clone(),
            steps: case.steps.iter().map(|step| step.transform.clone()).collect(),
            verdict: Verdict::NotVerified("it was not built".to_owned()),
            before: None,
            after: None,
            differences: Vec::new(),
            declared: Declarations::default(),
            noise: None,
            dropped: Vec::new(),
            findings: Vec::new(),
            mistakes: Vec::new(),
            notes: Vec::new(),
            log: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, judged: Judged) {
        self.after = judged.measured;
        self.differences = judged.differences;
        self.declared = judged.declared;
        self.noise = judged.noise;
        self.findings = judged.findings;
        self.mistakes = judged.mistakes;
        self.log = judged.log;
        for note in judged.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}
