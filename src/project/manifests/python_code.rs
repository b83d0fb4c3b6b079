//! `setup.py`, as far as it is literal.

use super::code::{self, PYTHON, Token};
use super::pip::requirement;
use super::{Group, Manifest};

/// Arguments of `setup()` that are lists of requirements.
const LISTS: [(&str, Group); 3] = [
    ("install_requires", Group::Normal),
    ("setup_requires", Group::Build),
    ("tests_require", Group::Development),
];

/// Tokens of one list.
const LONGEST: usize = 2048;

pub(super) fn setup_py(text: &str, manifest: &mut Manifest) {
    let tokens = code::tokens(text, PYTHON);
    for (at, token) in tokens.iter().enumerate() {
        let Some(word) = token.word() else { continue };
        if super::git::reads(word) || word == "use_scm_version" {
            manifest.git(word, token.line);
        }
        let Some(value) = tokens.get(at + 1).filter(|it| it.is('=')).and(tokens.get(at + 2)) else {
            continue;
        };
        let said = value.text().map(str::to_owned);
        match word {
            "name" => manifest.name = manifest.name.take().or(said),
            "version" => manifest.version = manifest.version.take().or(said),
            "python_requires" => {
                said.iter().for_each(|text| manifest.wants("python", text, value.line))
            }
            _ => {
                let Some((_, group)) = LISTS.iter().find(|(name, _)| *name == word) else {
                    continue;
                };
                let list = value.is('[').then(|| listed(&tokens[at + 3..]));
                for item in list.into_iter().flatten() {
                    let text = item.text().unwrap_or_default();
                    requirement(text, *group, item.line, manifest);
                }
            }
        }
    }
    code::literals(&tokens, manifest);
}

/// The texts up to the next `]`.
fn listed<'a, 't>(tokens: &'a [Token<'t>]) -> impl Iterator<Item = &'a Token<'t>> {
    tokens
        .iter()
        .take(LONGEST)
        .take_while(|token| !token.is(']'))
        .filter(|token| token.text().is_some())
}
