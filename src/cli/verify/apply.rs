//! Writes what passed.

use super::super::batch;
use super::super::ignore_files::{self, Places};
use super::Done;
use super::subjects::Subject;
use crate::pipeline;
use crate::report::{FileReport, Written};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What was written, and why something was not.
#[derive(Default)]
pub(super) struct Applied {
    pub(super) written: Vec<String>,
    pub(super) problems: Vec<String>,
}

impl Applied {
    fn write(&mut self, target: &Path, report: &mut FileReport<'_>) {
        batch::write(target, report);
        match &report.written {
            Written::Yes => self.written.push(report.name.clone()),
            Written::Failed(why) => self.problems.push(format!("{}: {why}", report.name)),
            Written::No => (),
        }
    }
}

/// Writes what passed. An ignore file is written only if it passed with every Dockerfile that has it.
pub(super) fn apply(
    subjects: &[Subject<'_>],
    done: &[Done],
    ignore_files: Vec<ignore_files::Examined>,
    places: &Places<'_>,
    applied: &mut Applied,
) {
    let keeps = |kept: &[String], steps: &[pipeline::Step<'_>]| {
        steps.iter().all(|step| kept.iter().any(|id| *id == step.transform.id))
    };
    let pairs = || subjects.iter().zip(done);
    let mut refused = HashSet::new();
    for (subject, (_, kept)) in pairs() {
        let ignores = subject.ignores.iter().filter(|(_, steps)| !keeps(kept, steps));
        refused.extend(ignores.map(|(path, _)| path.clone()));
    }
    for (subject, (_, kept)) in pairs() {
        let stays =
            |(path, steps): &&(PathBuf, Vec<_>)| keeps(kept, steps) && refused.contains(path);
        if let Some((path, _)) = subject.ignores.iter().find(stays) {
            let (name, path) = (&subject.report.name, path.display());
            applied.problems.push(format!(
                "{name}: it passed together with a change of {path} that did not pass with another \
                 Dockerfile; verify it alone with `--skip`"
            ));
        } else if !kept.is_empty() {
            match subject.examined(kept, places).filter(|it| it.source == subject.report.source) {
                Some(mut report) => applied.write(&subject.file.target, &mut report),
                None => {
                    let name = &subject.report.name;
                    applied.problems.push(format!("{name}: it has changed since it was built"));
                }
            }
        }
    }
    let passed = |path: &Path| {
        let mut having = pairs().filter(|(it, _)| it.ignores.iter().any(|(own, _)| own == path));
        !refused.contains(path) && having.next().is_some()
    };
    for mut ignore in ignore_files.into_iter().filter(|it| passed(&it.path)) {
        applied.write(&ignore.path, &mut ignore.report);
    }
}
