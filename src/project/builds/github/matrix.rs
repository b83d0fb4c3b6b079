//! `strategy.matrix`: the combinations of values with which a job runs.

use crate::yaml::Node;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Combinations of a matrix that are gone through; beyond them its values count as unknown.
const MOST: usize = 256;

/// A combination of the matrix, by the name of the variable.
pub(super) type Combination = BTreeMap<String, Rc<Node>>;

/// The combinations of a matrix.
pub(super) struct Matrix {
    pub(super) combinations: Vec<Combination>,
    /// It is written out: what is not in a combination is empty.
    pub(super) complete: bool,
}

/// The combinations of `strategy.matrix`; one without values if there is none, or it is not written out.
pub(super) fn matrix(job: &Node) -> Matrix {
    let none = |complete| Matrix { combinations: vec![Combination::new()], complete };
    let Some(matrix) = job.get("strategy").and_then(|strategy| strategy.get("matrix")) else {
        return none(true);
    };
    // An expression stands for a list, or for all of it.
    let complete =
        matrix.named().all(|(_, values)| values.text().is_none()) && matrix.text().is_none();
    let mut all = vec![Combination::new()];
    for (name, values) in matrix.named().filter(|(name, _)| !matches!(*name, "include" | "exclude"))
    {
        if values.items().is_empty() {
            continue;
        }
        let with = |before: &Combination| {
            let each = values.items().iter().map(|value| (name.to_owned(), Rc::clone(value)));
            let each = each.map(|pair| before.clone().into_iter().chain([pair]).collect());
            each.collect::<Vec<Combination>>()
        };
        if all.len() * values.items().len() > MOST {
            return none(false);
        }
        all = all.iter().flat_map(with).collect();
    }
    let same = |left: &Node, right: &Node| left.text().is_some() && left.text() == right.text();
    let excluded = matrix.get("exclude").map(|node| node.items()).unwrap_or_default();
    all.retain(|one| {
        !excluded.iter().any(|rule| {
            let mut wanted = rule.named();
            wanted.all(|(name, value)| one.get(name).is_some_and(|it| same(it, value)))
        })
    });
    // What only includes bring is no value of the matrix, to which later includes would have to fit.
    let original = all.clone();
    let had_values = original.iter().any(|one| !one.is_empty());
    let mut added = Vec::new();
    for include in matrix.get("include").map(|node| node.items()).unwrap_or_default() {
        let entries: Combination =
            include.named().map(|(name, value)| (name.to_owned(), Rc::clone(value))).collect();
        let fits = |one: &Combination| {
            entries.iter().all(|(name, value)| one.get(name).is_none_or(|it| same(it, value)))
        };
        let mut fitting = 0;
        for (one, before) in
            all.iter_mut().zip(&original).filter(|(_, before)| had_values && fits(before))
        {
            fitting += 1;
            let new = entries.iter().filter(|(name, _)| !before.contains_key(*name));
            one.extend(new.map(|(name, value)| (name.clone(), Rc::clone(value))));
        }
        if fitting == 0 {
            added.push(entries);
        }
    }
    if !had_values && !added.is_empty() {
        all.clear();
    }
    all.extend(added);
    match all.is_empty() || all.len() > MOST {
        true => none(false),
        false => Matrix { combinations: all, complete },
    }
}
