//! Where files go: destinations of `COPY` and `ADD`, and the directory and user in force.

use super::{Base, Facts, resolve};
use crate::images::Family;
use crate::syntax::expand;
use crate::syntax::{Body, Keyword};
use std::collections::HashSet;

/// A path of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Absolute, without `.`, `..` and a `/` at the end.
    pub path: String,
    /// No build argument is part of it.
    pub fixed: bool,
}

/// Where a `COPY` or `ADD` puts what it brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub place: Place,
    /// It is a folder, whatever is copied: it ends in `/`, or there are several sources.
    pub folder: bool,
}

impl<'a> Facts<'a> {
    /// The directory in force just before `instruction`.
    pub fn workdir_at(&self, instruction: usize) -> Option<Place> {
        let workdirs = self.workdirs.get_or_init(|| self.all_workdirs());
        let next = workdirs.partition_point(|(from, _)| *from <= instruction);
        workdirs[..next].last()?.1.clone()
    }

    /// Each directory with the first instruction that finds it in force.
    fn all_workdirs(&self) -> Vec<(usize, Option<Place>)> {
        let mut all = Vec::new();
        let mut ends: Vec<Option<Place>> = Vec::new();
        let place = |path: &str| Some(Place { path: path.to_owned(), fixed: true });
        for stage in &self.stages {
            let start = stage.instructions.start;
            let mut at = match stage.base {
                Base::Stage(base) => ends[base].clone(),
                Base::Scratch => place("/"),
                _ => stage.image.as_ref().and_then(|image| image.workdir).and_then(place),
            };
            all.push((start, at.clone()));
            for index in stage.instructions.clone() {
                if let Body::Workdir(piece) = &self.file.instructions[index].body {
                    at = self.place_from(index, &piece.text, at.as_ref());
                    all.push((index + 1, at.clone()));
                }
            }
            ends.push(at);
        }
        all
    }

    /// The folders that the instructions of a stage make by name, as paths of the image.
    pub fn made_folders(&self, stage: usize) -> &HashSet<String> {
        self.stages[stage].made_folders.get_or_init(|| {
            let instructions = self.stages[stage].instructions.clone();
            instructions.flat_map(|at| self.folders_made_by(at)).collect()
        })
    }

    fn folders_made_by(&self, at: usize) -> Vec<String> {
        let place = |text: &str| self.place(at, text).map(|it| it.path);
        match &self.file.instructions[at].body {
            Body::Workdir(piece) => place(&piece.text).into_iter().collect(),
            Body::Volume(paths) => paths.iter().filter_map(|path| place(&path.text)).collect(),
            Body::Run(_) => {
                let Some(run) = self.run(at) else { return Vec::new() };
                let Some(script) = &run.script else { return Vec::new() };
                let commands = script.parsed.simple_commands();
                let calls =
                    commands.iter().filter_map(|(_, simple, _)| script.parsed.invocation(simple));
                let calls = calls.filter(|call| call.program == "mkdir");
                let named = calls.flat_map(|call| {
                    let words: Vec<&str> = call.literals().flatten().collect();
                    words.into_iter().filter_map(|word| resolve(run.workdir(), word))
                });
                named.collect()
            }
            _ => Vec::new(),
        }
    }

    /// The user in force just before `instruction`, without the group.
    pub fn user_at(&self, instruction: usize) -> Option<String> {
        let stage = &self.stages[self.stage_of(instruction)?];
        let range = stage.instructions.start..instruction;
        for index in range.rev() {
            if let Body::User(piece) = &self.file.instructions[index].body {
                let lookup = |name: &str| self.variable(index, name);
                let user = expand::expand(&piece.text, self.file.escape, lookup).ok()?;
                return user.split(':').next().map(str::to_owned);
            }
        }
        match stage.base {
            Base::Stage(base) => self.stages[base].user().map(str::to_owned),
            Base::Scratch => Some("root".to_owned()),
            _ => stage.image.as_ref().and_then(|image| image.user).map(str::to_owned),
        }
    }

    /// The path that `text` names in the arguments of `instruction`.
    pub fn place(&self, instruction: usize, text: &str) -> Option<Place> {
        if text.starts_with('/') {
            return self.place_from(instruction, text, None);
        }
        self.place_from(instruction, text, self.workdir_at(instruction).as_ref())
    }

    fn place_from(&self, instruction: usize, text: &str, from: Option<&Place>) -> Option<Place> {
        let lookup = |name: &str| self.variable(instruction, name);
        let expanded = expand::expand(text, self.file.escape, lookup).ok()?;
        let names = expand::variables(text, self.file.escape).ok()?;
        let fixed = names.iter().all(|used| self.is_fixed(instruction, &used.name));
        let absolute = expanded.starts_with('/');
        let path = resolve(from.map(|place| place.path.as_str()), &expanded)?;
        Some(Place { path, fixed: fixed && (absolute || from.is_some_and(|it| it.fixed)) })
    }

    /// Whether a variable is set by an `ENV` that no build argument can change.
    fn is_fixed(&self, instruction: usize, name: &str) -> bool {
        let Some(mut stage) = self.stage_of(instruction) else { return false };
        let mut end = instruction;
        loop {
            for index in (self.stages[stage].instructions.start..end).rev() {
                let Body::Env { pairs, .. } = &self.file.instructions[index].body else { continue };
                if let Some(pair) = pairs.iter().find(|pair| pair.name.text == name) {
                    return pair.value.as_ref().is_some_and(|value| !value.text.contains('$'));
                }
            }
            let Base::Stage(base) = self.stages[stage].base else { return false };
            (stage, end) = (base, self.stages[base].instructions.end);
        }
    }

    /// Where a `COPY` or `ADD` puts what it brings; `None` where that is not known.
    pub fn destination(&self, instruction: usize) -> Option<Destination> {
        let Body::Copy { sources, destination, .. } = &self.file.instructions[instruction].body
        else {
            return None;
        };
        let text = &destination.text;
        let folder = sources.len() > 1 || text.ends_with('/') || text.ends_with('.');
        Some(Destination { place: self.place(instruction, text)?, folder })
    }

    /// The `COPY` and `ADD` instructions of a stage.
    pub fn copies(&self, stage: usize) -> impl Iterator<Item = usize> {
        let is_copy = |at: &usize| {
            matches!(self.file.instructions[*at].keyword, Keyword::Copy | Keyword::Add)
        };
        self.stages[stage].instructions.clone().filter(is_copy)
    }

    /// Whether the base image of `stage` is known to have the folder `path`.
    pub fn image_has_folder(&self, stage: usize, path: &str) -> bool {
        let image = self.stages[stage].image.as_deref();
        let family = image.and_then(|it| it.distribution.as_ref()).map(|it| it.family);
        let full = family.is_some_and(|family| {
            !matches!(family, Family::BusyBox | Family::Distroless | Family::Windows)
        });
        full && (path == "/" || SYSTEM_FOLDERS.contains(&path))
    }
}

/// Folders of every distribution, <https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html>.
const SYSTEM_FOLDERS: &[&str] = &[
    "/bin",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/spool",
    "/var/tmp",
];

/// Folders that some distributions and official images have besides.
const MORE_SYSTEM_FOLDERS: &[&str] = &[
    "/",
    "/boot",
    "/lib64",
    "/usr/games",
    "/usr/include",
    "/usr/libexec",
    "/usr/local/etc",
    "/usr/local/include",
    "/usr/local/man",
    "/usr/local/sbin",
    "/usr/local/src",
    "/var/lock",
    "/var/spool",
];

/// Folders of [`SYSTEM_FOLDERS`] that are there for what is not of the distribution.
const LOCAL_FOLDERS: &[&str] = &["/home", "/media", "/mnt", "/opt", "/root", "/srv"];

/// Whether a folder holds what the distribution put there, or everybody puts there.
pub fn is_system_folder(path: &str) -> bool {
    let is_known = SYSTEM_FOLDERS.contains(&path) || MORE_SYSTEM_FOLDERS.contains(&path);
    is_known && !LOCAL_FOLDERS.contains(&path)
}

/// Whether a folder holds more than one program's files: of the system, or where people put what is theirs.
pub fn is_shared_folder(path: &str) -> bool {
    is_system_folder(path) || path != "/srv" && LOCAL_FOLDERS.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[test]
    fn where_files_go() {
        let file = parse(
            "FROM debian AS base\nENV APP=/srv/app\nARG DIR=/x\nWORKDIR $APP\nCOPY . .\n\
             FROM base\nCOPY a b $APP/bin\nARG DIR=/y\nCOPY a $DIR\nWORKDIR bin\nUSER app:app\n\
             COPY a $UNKNOWN\nCOPY . .\n",
        )
        .unwrap();
        let facts = Facts::new(&file);
        let shown = |at| {
            let it = facts.destination(at)?;
            Some((it.place.path, it.place.fixed, it.folder))
        };
        assert_eq!(shown(4), Some(("/srv/app".to_owned(), true, true)));
        assert_eq!(shown(6), Some(("/srv/app/bin".to_owned(), true, true)));
        assert_eq!(shown(8), Some(("/y".to_owned(), false, false)));
        assert_eq!(shown(11), None);
        assert_eq!(shown(12), Some(("/srv/app/bin".to_owned(), true, true)));
        assert_eq!(
            (facts.user_at(6), facts.user_at(12)),
            (Some("root".into()), Some("app".into()))
        );
    }

    #[test]
    fn a_stage_starts_in_the_directory_in_which_its_base_ended() {
        let file =
            parse("FROM a AS x\nWORKDIR /a\nFROM b\nWORKDIR /b\nFROM x\nCOPY . c\n").unwrap();
        let facts = Facts::new(&file);
        let workdir = |at| facts.workdir_at(at).map(|it| it.path);
        assert_eq!(workdir(2), None);
        assert_eq!([4, 5].map(workdir).map(Option::unwrap), ["/a", "/a"]);
        assert_eq!(facts.destination(5).unwrap().place.path, "/a/c");
    }
}
