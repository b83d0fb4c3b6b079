//! `jettison migrate status`, `report` and `body`: how far a campaign is, by what the files hold now.

use super::super::output::Output;
use super::super::{Refusal, read};
use super::LEFT;
use super::arguments::{
    BodyArguments, PlanFolder, ReportArguments, ReportFormat, StatusArguments, StatusFormat,
};
use super::store::{self, Store, Why};
use crate::report::campaign::body::Body;
use crate::report::campaign::standing::{Standing, Stands};
use crate::report::campaign::{File, sha256};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

pub(super) fn status(wanted: &StatusArguments, output: &mut Output<'_>) -> Result<u8, Refusal> {
    let standing = standing(&wanted.plan)?;
    let text = match wanted.format {
        StatusFormat::Text => standing.text(),
        StatusFormat::Json => standing.json(),
    };
    output.show(text.as_bytes());
    Ok(if wanted.check && !standing.is_done() { LEFT } else { 0 })
}

pub(super) fn report(wanted: &ReportArguments, output: &mut Output<'_>) -> Result<u8, Refusal> {
    let standing = standing(&wanted.plan)?;
    let text = match wanted.format {
        ReportFormat::Markdown => standing.markdown(),
        ReportFormat::Html => standing.html(),
    };
    output.show(text.as_bytes());
    Ok(0)
}

pub(super) fn body(wanted: &BodyArguments, output: &mut Output<'_>) -> Result<u8, Refusal> {
    let store = Store::at(&wanted.plan.plan);
    let mut files = Vec::new();
    let is_of_part = |file: &File| file.steps.iter().any(|step| step.part == wanted.part);
    let plan = store.read(&mut |file| files.extend(is_of_part(&file).then_some(file)))?;
    let part = plan.parts.iter().find(|part| part.number == wanted.part);
    let part = part.ok_or_else(|| format!("there is no part {}", wanted.part))?;
    let mut body = Body::new(&plan.transforms);
    files.iter().for_each(|file| body.add(part, file));
    let text = body.markdown(&plan.head, part);
    output.show(text.as_bytes());
    Ok(0)
}

/// How far it is: the files themselves tell, and what was left the last time.
fn standing(folder: &PlanFolder) -> Result<Standing, Refusal> {
    let store = Store::at(&folder.plan);
    let root = store::root();
    let digest = store.digest().unwrap_or_default();
    let mut places: Vec<(u32, String, Stands)> = Vec::new();
    let mut rest = Standing::default();
    let plan = store.read(&mut |file| {
        rest.add(&file);
        places.extend(
            stands(&root, &file).into_iter().map(|(part, it)| (part, file.path.clone(), it)),
        );
    })?;
    let mut standing = Standing::new(&plan.head.title, &plan.parts).with(rest);
    standing.problems = plan.problems;
    let mut left: HashMap<(u32, String), String> = HashMap::new();
    for part in &plan.parts {
        for it in store.state(part.number, &digest)?.left {
            if matches!(it.why, Why::Around | Why::Failed) {
                left.insert((part.number, it.path), it.message);
            }
        }
    }
    for (part, path, stands) in places {
        let key = (part, path);
        let stands = match left.remove(&key) {
            Some(message) if stands == Stands::Open => Stands::Failed(message),
            _ => stands,
        };
        standing.stands(part, &key.1, stands);
    }
    Ok(standing)
}

/// Where a file is in each of its parts.
fn stands(root: &Path, file: &File) -> Vec<(u32, Stands)> {
    let open: BTreeSet<u32> = file.steps.iter().map(|step| step.part).collect();
    let done = file.landed.iter().map(|landed| landed.part).collect::<BTreeSet<u32>>();
    let done = done.difference(&open).map(|part| (*part, Stands::Done));
    let mut all: Vec<(u32, Stands)> = done.collect();
    if open.is_empty() {
        return all;
    }
    let path = root.join(&file.path);
    let now = match path.exists() {
        true => read::file(&path, u64::MAX >> 1).ok().map(|text| sha256(&text)),
        false => None,
    };
    let position = file.position(now.as_deref());
    all.extend(open.into_iter().map(|part| {
        let stands = match position {
            Some(done) if done >= file.steps_of(part).end => Stands::Done,
            Some(_) => Stands::Open,
            None if now.is_none() => Stands::Failed("it is not there any more".to_owned()),
            None => Stands::Failed("it changed since it was planned".to_owned()),
        };
        (part, stands)
    }));
    all
}
