//! "Did you mean …": the known name that is nearest to what was written.

/// Longer words are no slip of a known name.
const LONGEST: usize = 64;

/// The candidate that is at most a third of the longer word away; the first of equals.
pub(crate) fn nearest<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if written.len() > LONGEST {
        return None;
    }
    let written = written.to_lowercase();
    let limit = |candidate: &str| (written.chars().count().max(candidate.len()) / 3).max(1);
    let distance =
        |candidate: &str| strsim::damerau_levenshtein(&written, &candidate.to_lowercase());
    candidates
        .iter()
        .map(|candidate| (distance(candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= limit(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
