//! Which steps of a rewrite may be applied: those with which a Dockerfile, in every way in which it is
//! built, is as before except for what is declared.

use super::case::{Case, Verdict, Verification};
use super::judged::Judged;
use super::proof::{Original, Prover};

/// What may be applied, and what was found.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// The transforms that passed, together.
    pub kept: Vec<String>,
    /// One for each case, of the transforms that are kept, or of all if none is.
    pub verifications: Vec<Verification>,
}

/// Verifies all that `transforms` do, and, if it does not hold, adds them one at a time. `cases` gives
/// the cases of a Dockerfile, always in the same order and with the same builds, for a set of transforms;
/// none has a step where these change nothing.
pub fn settle(
    prover: &mut Prover<'_>,
    transforms: &[String],
    cases: &dyn Fn(&[String]) -> Vec<Case>,
) -> Settled {
    let all = cases(transforms);
    let mut verifications: Vec<Verification> = all.iter().map(Verification::new).collect();
    let mut originals = Vec::new();
    for (case, verification) in all.iter().zip(&mut verifications) {
        match prover.original(case) {
            Ok(original) => {
                verification.before = Some(original.first.measured());
                verification.notes.extend(original.notes.iter().cloned());
                originals.push(original);
            }
            Err(verdict) => {
                verification.verdict = verdict;
                verification.log = std::mem::take(&mut prover.log);
            }
        }
    }
    let mut settled = Settled { kept: Vec::new(), verifications };
    if originals.len() == all.len() {
        choose(prover, transforms, cases, &originals, &mut settled);
    }
    originals.into_iter().for_each(|original| prover.forget(original));
    settled
}

fn choose(
    prover: &mut Prover<'_>,
    transforms: &[String],
    cases: &dyn Fn(&[String]) -> Vec<Case>,
    originals: &[Original],
    settled: &mut Settled,
) {
    let fresh = settled.verifications.clone();
    let whole = judged(prover, &cases(transforms), originals, prover.options.cache);
    if record(whole, settled) {
        settled.kept = transforms.to_vec();
        return;
    }
    let failed = settled.clone();
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for transform in transforms {
        // What was interrupted says nothing of a step.
        if prover.is_cancelled() {
            return;
        }
        let tried = [&kept[..], std::slice::from_ref(transform)].concat();
        (prover.tell)(&format!("adding {transform}"));
        match why_not(judged(prover, &cases(&tried), originals, true)) {
            None => kept = tried,
            Some(why) => dropped.push((transform.clone(), why)),
        }
    }
    // What was built with a cached prefix is built once more as a whole.
    let again = match kept.is_empty() {
        true => false,
        false => {
            let last = judged(prover, &cases(&kept), originals, prover.options.cache);
            settled.verifications = fresh;
            record(last, settled)
        }
    };
    match again {
        true => settled.kept = kept,
        false => *settled = failed,
    }
    for verification in &mut settled.verifications {
        verification.dropped.clone_from(&dropped);
        if again {
            verification.steps.retain(|step| settled.kept.contains(step));
        }
    }
}

/// What each case gives, in order, up to the first that fails.
fn judged(
    prover: &mut Prover<'_>,
    cases: &[Case],
    originals: &[Original],
    cached: bool,
) -> Vec<Result<Judged, Verdict>> {
    let mut found = Vec::new();
    for (case, original) in cases.iter().zip(originals) {
        found.push(prover.judge(case, original, case.steps.len(), cached));
        if why_not_one(found.last()).is_some() {
            break;
        }
    }
    found
}

/// Writes down what was found; whether all of it holds.
fn record(found: Vec<Result<Judged, Verdict>>, settled: &mut Settled) -> bool {
    let mut holds = found.len() == settled.verifications.len();
    for (result, verification) in found.into_iter().zip(&mut settled.verifications) {
        verification.verdict = match result {
            Ok(judged) => {
                let verdict = judged.verdict(None);
                verification.take(judged);
                verdict
            }
            Err(verdict) => verdict,
        };
        holds &= verification.verdict.is_verified();
    }
    holds
}

fn why_not(found: Vec<Result<Judged, Verdict>>) -> Option<String> {
    found.iter().find_map(|result| why_not_one(Some(result)))
}

fn why_not_one(result: Option<&Result<Judged, Verdict>>) -> Option<String> {
    match result? {
        Ok(Judged { broken: Some(why), .. }) => Some(why.clone()),
        Ok(judged) => judged.differences.first().cloned(),
        Err(Verdict::EngineFailed(why) | Verdict::NotVerified(why) | Verdict::WasBroken(why)) => {
            Some(why.clone())
        }
        Err(verdict) => Some(verdict.name().to_owned()),
    }
}
