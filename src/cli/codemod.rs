//! `jettison codemod`: tests, lists and begins codemods.

use super::arguments::Arguments;
use super::codemods::{Codemod, load_with_tests};
use super::output::Output;
use super::settings::{Resolver, current_folder, shown_name};
use super::subcommands::{CodemodAction, CodemodArguments, Own};
use super::{FAILED, Refusal, batch, write};
use crate::codemod;
use crate::pipeline::trial::{Failure, trial};
use crate::report::{diff, error};
use crate::transform::Transform;
use crate::yaml::form;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Some test failed.
const FOUND: u8 = 1;

pub(super) fn run(
    wanted: &CodemodArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    match &wanted.action {
        CodemodAction::New { id, file } => begin(id, file.as_deref(), transforms, output),
        CodemodAction::List { paths } => list(paths, transforms, output),
        CodemodAction::Test { paths } => test(paths, transforms, output),
    }
}

/// The transforms, and the codemods that are named or in the configuration of this folder. `None` if one has a
/// mistake, which is told.
pub(super) fn known(
    own: &Own,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<Option<Vec<&'static Transform>>, Refusal> {
    let arguments = Arguments::of_codemods(own);
    let colour = batch::style(&arguments).colour;
    let resolver = Resolver::new(&arguments, transforms, colour)?;
    let settings = resolver.settings(&current_folder());
    let problems = resolver.problems();
    problems.iter().for_each(|problem| output.error(&error::stray(problem, colour)));
    Ok(settings.filter(|_| problems.is_empty()).map(|settings| settings.known.clone()))
}

/// The codemods of `paths`, or those of the configuration of this folder.
fn codemods(
    paths: &[PathBuf],
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<Option<Vec<Codemod>>, Refusal> {
    let arguments = Arguments::default_selection();
    let colour = batch::style(&arguments).colour;
    let here = current_folder();
    let mut all: Vec<PathBuf> = paths.iter().map(|path| here.join(path)).collect();
    if all.is_empty() {
        let resolver = Resolver::new(&arguments, transforms, colour)?;
        resolver.settings(&here);
        let problems = resolver.problems();
        if !problems.is_empty() {
            problems.iter().for_each(|problem| output.error(&error::stray(problem, colour)));
            return Ok(None);
        }
        all = resolver.codemod_paths();
    }
    if all.is_empty() {
        let message = "no codemods: name a file or a folder, or `codemods:` in .jettison.yaml";
        return Err(message.to_owned());
    }
    match load_with_tests(&all, colour) {
        Ok(codemods) => {
            for codemod in &codemods {
                if transforms.iter().any(|it| it.id == codemod.transform.id) {
                    let (id, file) = (&codemod.transform.id, shown_name(&codemod.file));
                    return Err(format!(
                        "{file}: `{id}` is a built-in transform; choose another name"
                    ));
                }
            }
            Ok(Some(codemods))
        }
        Err(problem) => {
            output.error(&error::stray(&problem, colour));
            Ok(None)
        }
    }
}

fn list(
    paths: &[PathBuf],
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let Some(all) = codemods(paths, transforms, output)? else { return Ok(FAILED) };
    let width = all.iter().map(|it| it.transform.id.len()).max().unwrap_or(0);
    for codemod in &all {
        let (id, summary) = (&codemod.transform.id, &codemod.transform.summary);
        output
            .show(format!("{id:width$}  {summary}  ({})\n", shown_name(&codemod.file)).as_bytes());
    }
    Ok(0)
}

fn test(
    paths: &[PathBuf],
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let Some(all) = codemods(paths, transforms, output)? else { return Ok(FAILED) };
    let (mut passed, mut failed, mut without) = (0, 0, 0);
    for codemod in &all {
        without += usize::from(codemod.tests.is_empty());
        for test in &codemod.tests {
            let Err(failure) = trial(codemod.transform, test) else {
                passed += 1;
                continue;
            };
            failed += 1;
            let place = format!("{}:{}", shown_name(&codemod.file), test.line);
            let name = test.name.as_deref().map(|it| format!(" ({it})")).unwrap_or_default();
            let text = format!("{place}: {}{name}: {}\n", codemod.transform.id, told(&failure));
            output.show(text.as_bytes());
        }
    }
    let count =
        |number: usize, of: &str| format!("{number} {of}{}", if number == 1 { "" } else { "s" });
    let mut line = format!(
        "{}: {passed} of {} passed",
        count(all.len(), "codemod"),
        count(passed + failed, "test")
    );
    if without > 0 {
        let _ = write!(line, "; {} without a test", count(without, "codemod"));
    }
    output.show(format!("{line}\n").as_bytes());
    Ok(if failed > 0 { FOUND } else { 0 })
}

/// What is wrong, with the difference.
fn told(failure: &Failure) -> String {
    match failure {
        Failure::Unparsable(message) => format!("its Dockerfile does not parse: {message}"),
        Failure::NotProven(message) => format!("the change is dropped: {message}"),
        Failure::Differs { expected, found, declined } => {
            let mut text = "another result; `-` is expected, `+` is what it makes\n".to_owned();
            text.push_str(&diff::hunks(expected, found, 3));
            declined.iter().for_each(|it| text.push_str(&format!("  declined: {it}\n")));
            text.trim_end().to_owned()
        }
        Failure::NotDeclined { wanted, found } => {
            let wanted = wanted.as_ref().map(|it| format!(" as `{it}`")).unwrap_or_default();
            match &found[..] {
                [] => format!("it is not declined{wanted}: nothing fits"),
                all => format!("it is not declined{wanted}, but {}", all.join("; ")),
            }
        }
    }
}

/// The JSON Schema of codemods.
pub(super) fn schema() -> String {
    format!("{:#}\n", form::schema("A codemod of jettison", &codemod::form::CODEMOD))
}

/// Writes a codemod to begin with.
fn begin(
    id: &str,
    file: Option<&Path>,
    transforms: &[&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let letter = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if !id.starts_with(|it: char| it.is_ascii_lowercase())
        || !id.chars().all(letter)
        || id.len() > 60
    {
        return Err(format!("`{id}` is no name of small letters, digits and hyphens"));
    }
    if transforms.iter().any(|it| it.id == id) {
        return Err(format!("`{id}` is a built-in transform; choose another name"));
    }
    let path = file.map_or_else(|| PathBuf::from(format!("{id}.yaml")), Path::to_owned);
    write::create(&path, &beginning(id)).map_err(|error| format!("{}: {error}", path.display()))?;
    output.show(format!("wrote {}\n", path.display()).as_bytes());
    Ok(0)
}

fn beginning(id: &str) -> String {
    format!(
        "\
id: {id}
summary: Pull Node from the company mirror
# Why a person must agree. Delete it if every change means the same as before.
unsafe: another registry serves the image
match:
  from: \"docker.io/library/$NAME:$TAG\"
where:
  NAME: {{ one-of: [node] }}
rewrite:
  from: \"registry.corp.example/base/$NAME:$TAG\"
tests:
  - diff: |
      -FROM node:20
      +FROM registry.corp.example/base/node:20
  - unchanged: FROM scratch
"
    )
}
