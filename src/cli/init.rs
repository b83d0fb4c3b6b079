//! `jettison init`: a configuration with comments, from what is found.

use super::arguments::Arguments;
use super::batch::{self, Examined};
use super::configuration::FILE_NAME;
use super::configuration::files::Reader;
use super::discover::{self, Discovery, Found};
use super::ignore_files::{Member, Places};
use super::output::Output;
use super::repositories::Repositories;
use super::settings::{self, Resolver, shown_name};
use super::{Refusal, read, write};
use crate::facts::{Base, Facts};
use crate::report::error;
use crate::report::summary::{Summary, Total, Waiting};
use crate::report::text::{count, visible};
use crate::syntax;
use crate::syntax::image_reference::ImageReference;
use crate::transform::Transform;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Names that are listed at most.
const LISTED: usize = 10;

/// Writes a configuration into `folder`, where none may be, and returns the exit code.
pub(super) fn run(
    folder: Option<&Path>,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let folder = folder.unwrap_or(Path::new("."));
    let cannot = |error| format!("{}: {}", folder.display(), read::reason(&error));
    let target = folder.canonicalize().map_err(cannot)?;
    if !target.is_dir() {
        return Err(format!("{}: not a folder", folder.display()));
    }
    let file = target.join(FILE_NAME);
    if file.symlink_metadata().is_ok() {
        return Err(format!("{} is there already; it is left as it is", shown_name(&file)));
    }
    let arguments = Arguments::of_paths(&[folder.to_owned()]);
    let colour = batch::style(&arguments).colour;
    let resolver = Resolver::new(&arguments, transforms, colour)?;
    let found = discover::discover(&arguments, &resolver)?;
    for problem in &found.problems {
        output.error(&error::stray(problem, colour));
    }
    if !found.problems.is_empty() {
        return Err(format!("{} is not written", shown_name(&file)));
    }
    let above = target.ancestors().skip(1).map(|it| it.join(FILE_NAME)).find(|it| it.is_file());
    let seen = Seen::of(found, &arguments, &resolver);
    let text = seen.configuration(above.as_deref().map(|it| relative(&target, it)), transforms);
    write::create(&file, &text).map_err(|error| format!("{}: {error}", shown_name(&file)))?;
    // What we write has to be valid, also together with what it extends.
    Reader { transforms, colour }.load(&file).map_err(|mistake| {
        format!("{}: {}; this is a bug in jettison", mistake.place, mistake.message)
    })?;
    let (name, files) = (shown_name(&file), count(seen.files.len(), "Dockerfile"));
    output.show(format!("wrote {name}, from {files}\n").as_bytes());
    Ok(0)
}

/// `file`, which is in a folder above `folder`, as it is called from there.
fn relative(folder: &Path, file: &Path) -> String {
    let above = file.parent().unwrap_or(file);
    let below = folder.strip_prefix(above).unwrap_or(folder);
    format!("{}{FILE_NAME}", "../".repeat(below.components().count()))
}

/// What there is, and what would be done.
struct Seen {
    files: Vec<String>,
    unreadable: usize,
    /// Of base images, by registry and by repository.
    registries: BTreeMap<String, usize>,
    repositories: BTreeMap<String, usize>,
    applied: BTreeMap<String, Total>,
    waiting: BTreeMap<String, Waiting>,
}

impl Seen {
    fn of(found: Discovery, arguments: &Arguments, resolver: &Resolver<'_>) -> Self {
        let Discovery { files, seen, .. } = found;
        let here = settings::current_folder();
        let tops = files.iter().filter_map(|file| file.top.as_deref());
        let repositories = Repositories::read(tops, seen);
        let limit = arguments.selection.max_file_size;
        let places =
            Places { repositories: &repositories, resolver, here: &here, given: None, limit };
        let examine = |file: &Found| batch::examine(file, &places);
        let mut examined: Vec<Examined> = files.par_iter().map(examine).collect();
        let members: Vec<Member> = examined.iter_mut().filter_map(Examined::member).collect();
        let mut summary = Summary::default();
        let mut bases = Vec::new();
        let mut names = Vec::new();
        for examined in &examined {
            let Examined::Report(report, _) = examined else { continue };
            summary.add(report);
            names.push(report.name.clone());
            bases.extend(images(&report.source));
        }
        places.examine(members).iter().for_each(|it| summary.add(&it.report));
        let mut registries: BTreeMap<String, usize> = BTreeMap::new();
        let mut repositories: BTreeMap<String, usize> = BTreeMap::new();
        for name in bases {
            let registry = name.split('/').next().unwrap_or_default().to_owned();
            *registries.entry(registry).or_default() += 1;
            let short = name.strip_prefix("docker.io/").unwrap_or(&name);
            let short = short.strip_prefix("library/").unwrap_or(short).to_owned();
            *repositories.entry(short).or_default() += 1;
        }
        let unreadable = summary.unreadable + summary.unparsable;
        let Summary { applied, waiting, .. } = summary;
        Self { files: names, unreadable, registries, repositories, applied, waiting }
    }

    fn configuration(&self, above: Option<String>, transforms: &[&'static Transform]) -> String {
        let mut text = String::from(
            "# What jettison does with the Dockerfiles in and below this folder.\n\
             # `jettison config` shows what applies, `jettison explain ID` what a transform does,\n\
             # and `jettison schema configuration` is for editors.\n\n",
        );
        self.tell_files(&mut text);
        // What is said above is not said again here, where it would win.
        let mark = if above.is_some() { "# " } else { "" };
        if let Some(above) = above {
            let _ =
                writeln!(text, "\n# The nearest configuration counts: this builds on that above.");
            let _ = writeln!(text, "extends: {}", quoted(&above));
        }
        text.push_str(
            "\n# on: what is safe is applied. allowed: the rest, too. ask: nothing without agreement. off\n",
        );
        let _ = writeln!(text, "{mark}transforms:");
        for transform in transforms {
            let id = &transform.id;
            let _ = writeln!(text, "  # {}: {}", transform.summary, self.would(id));
            let _ = writeln!(text, "{mark}  {id}: on");
        }
        text.push_str(SETTINGS);
        self.tell_registries(&mut text);
        text.push_str(FILES);
        text
    }

    fn tell_files(&self, text: &mut String) {
        let _ = writeln!(text, "# Found: {}", count(self.files.len(), "Dockerfile"));
        for name in self.files.iter().take(LISTED) {
            let _ = writeln!(text, "#   {}", one_line(name));
        }
        if self.files.len() > LISTED {
            let _ = writeln!(text, "#   and {} more", self.files.len() - LISTED);
        }
        if self.unreadable > 0 {
            let number = self.unreadable;
            let _ = writeln!(text, "# {number} of them cannot be read; `jettison` says why");
        }
        if !self.repositories.is_empty() {
            let _ = writeln!(text, "# Built on: {}", frequent(&self.repositories));
        }
    }

    /// What a transform would do.
    fn would(&self, id: &str) -> String {
        let told = |total: &Total| {
            let (changes, files) = (count(total.changes, "change"), count(total.files, "file"));
            format!("{changes} in {files}")
        };
        let waits = |it: &Waiting| {
            let why = it.reasons.iter().next().map(|why| format!(", because {}", one_line(why)));
            format!("{} after agreement{}", told(&it.total), why.unwrap_or_default())
        };
        let safe = self.applied.get(id).map(told);
        let parts = [safe, self.waiting.get(id).map(waits)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => "nothing to do here".to_owned(),
            false => parts.join(", and "),
        }
    }

    fn tell_registries(&self, text: &mut String) {
        let mut trusted: Vec<String> = self.registries.keys().map(|it| quoted(it)).collect();
        if trusted.is_empty() {
            trusted.push("docker.io".to_owned());
        } else {
            let found = frequent(&self.registries);
            let _ = writeln!(text, "# Images come from: {found}");
        }
        let _ = writeln!(text, "# trusted-registries: [{}]", trusted.join(", "));
    }
}

const SETTINGS: &str = "
# Below, what is commented out is what applies anyway, or an example.

# Which consecutive RUNs become one: shipped, pays, never
# merge: shipped

# What happens to package caches: clean, off
# caches: clean

# Who may listen on ports below 1024: root, docker
# ports: root

# Which images run-time stages are built on: auto, distroless, alpine, slim, smallest
# runtime: auto

# What builds the images: any, docker, buildkit, podman, buildah, kaniko, legacy
# builder: any

# What a change of a base image has to save
# minimum-saving: 0 B

# From which registries alone a change may bring an image
";

const FILES: &str = "
# Files to take also in vendored folders, and files and folders to leave out
# include: [images/*.docker]
# exclude: [legacy, /tmp]

# Settings for some files
# overrides:
#   - files: [legacy/**]
#     merge: never
";

/// The names of the images that the stages of a file are built on.
fn images(source: &str) -> Vec<String> {
    let Ok(file) = syntax::parse(source) else { return Vec::new() };
    let facts = Facts::new(&file);
    let name = |base: &Base| match base {
        Base::Image(image) => ImageReference::parse(image)?.full_name(),
        _ => None,
    };
    facts.stages.iter().filter_map(|stage| name(&stage.base)).collect()
}

/// The most frequent first.
fn frequent(counts: &BTreeMap<String, usize>) -> String {
    let mut all: Vec<(&String, &usize)> = counts.iter().collect();
    all.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
    let more = all.len().saturating_sub(LISTED);
    let all = all.iter().take(LISTED);
    let all: Vec<String> =
        all.map(|(name, count)| format!("{} ({count})", one_line(name))).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", all.join(", "))
}

/// Text of somebody else in a comment.
fn one_line(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

/// As a scalar of YAML.
fn quoted(text: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./:".contains(it);
    let is_name = text.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '.');
    match text.chars().all(is_plain) && is_name && !text.ends_with(':') {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_above_is_called_from_below() {
        let above = |folder, file| relative(Path::new(folder), Path::new(file));
        assert_eq!(above("/a/b/c", "/a/.jettison.yaml"), "../../.jettison.yaml");
    }

    #[test]
    fn names_are_yaml() {
        assert_eq!(quoted("registry.corp.example:5000"), "registry.corp.example:5000");
        assert_eq!(quoted("*x"), "'*x'");
    }
}
