//! What commands of a build do: which install packages, which build, and what they write.

use super::super::case::Case;
use super::super::commands::{Step, Work};
use crate::facts::resolve;
use crate::shell::command::base;

/// Programs that install packages, or build, in the folder in which they run.
const BUILDERS: &[&str] = &[
    "babel",
    "bower",
    "browserify",
    "bun",
    "corepack",
    "esbuild",
    "eslint",
    "gatsby",
    "grunt",
    "gulp",
    "jest",
    "lerna",
    "mocha",
    "nest",
    "next",
    "ng",
    "node",
    "node-gyp",
    "nodejs",
    "npm",
    "npx",
    "nuxt",
    "nx",
    "parcel",
    "pnpm",
    "pnpx",
    "prisma",
    "rimraf",
    "rollup",
    "tsc",
    "turbo",
    "vite",
    "webpack",
    "yarn",
    "yarnpkg",
];

/// Whether a command installs packages or builds.
pub(super) fn is_builder(name: &str) -> bool {
    BUILDERS.contains(&name)
}

/// Whether packages are only installed by it.
pub(super) fn installs(step: &Step) -> bool {
    let Work::Program { name: "npm" | "yarn" | "pnpm" | "bun" | "corepack", words, .. } =
        &step.work
    else {
        return false;
    };
    const VERBS: &[&str] = &[
        "add",
        "audit",
        "cache",
        "ci",
        "clean-install",
        "config",
        "dedupe",
        "enable",
        "fetch",
        "i",
        "in",
        "install",
        "prepare",
        "prune",
        "rebuild",
        "set",
        "update",
        "upgrade",
        "version",
    ];
    let verb = words.iter().copied().flatten().find(|it| !it.starts_with('-'));
    verb.is_none_or(|it| VERBS.contains(&it))
}

/// `node_modules` as what is copied or moved as a whole.
pub(super) fn is_modules(words: &[Option<&str>]) -> bool {
    let operands: Vec<&str> =
        words.iter().copied().flatten().filter(|it| !it.starts_with('-')).collect();
    let [from, to] = operands[..] else { return false };
    base(from.trim_end_matches('/')) == "node_modules" && base(to) == "node_modules"
}

pub(super) fn is_global(words: &[Option<&str>]) -> bool {
    words
        .iter()
        .flatten()
        .any(|it| matches!(*it, "-g" | "--global" | "global" | "--location=global"))
}

/// What the build installs for all: packages of npm outside of the project.
pub(super) fn global_packages(case: &Case) -> Vec<String> {
    let mut all = Vec::new();
    for step in case.steps() {
        let Work::Program { name: "npm" | "yarn", words, .. } = &step.work else { continue };
        if !is_global(words) {
            continue;
        }
        let named = words.iter().flatten().filter(|it| !it.starts_with('-'));
        all.extend(named.map(|it| match it[1..].find('@') {
            Some(at) => it[..=at].to_owned(),
            None => (*it).to_owned(),
        }));
    }
    all
}

/// Where a download goes.
pub(super) fn output_of<'w>(words: &[Option<&'w str>]) -> Option<&'w str> {
    const OPTIONS: &[&str] = &["-o", "-O", "--output", "--output-document"];
    let at = words.iter().position(|it| {
        it.is_some_and(|it| {
            OPTIONS.contains(&it)
                || it.ends_with('o') && is_letters(it)
                || it.ends_with('O') && is_letters(it)
        })
    });
    if let Some(at) = at {
        return words.get(at + 1).copied().flatten();
    }
    let joined = |it: &&'w str| it.strip_prefix("-qO").or_else(|| it.strip_prefix("-O"));
    words.iter().flatten().find_map(joined).filter(|it| it.starts_with('/'))
}

fn is_letters(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|it| it.bytes().all(|it| it.is_ascii_alphabetic()))
}

/// What a command that copies or makes files writes to.
pub(super) fn target_of(words: &[Option<&str>], step: &Step) -> Option<String> {
    let name = match &step.work {
        Work::Program { name, .. } => *name,
        _ => "",
    };
    if matches!(name, "tar" | "unzip" | "git") {
        return step.workdir.clone();
    }
    let last = words.last().copied().flatten()?;
    resolve(step.workdir.as_deref(), last)
}
