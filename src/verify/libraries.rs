//! Whether programs find their interpreters and libraries, told from the files alone: nothing is started.
//!
//! What a program opens by itself at run time (`dlopen`) is not known. `/etc/ld.so.cache` is not read: the folders
//! that `ldconfig` puts into it count as searched.

use std::collections::BTreeSet;
use std::fmt;

use super::archive::paths::{join, name, parent};
use super::archive::{Configuration, Contents, Elf};
use super::tree::{Tree, absolute};

mod search;

use search::Loader;

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The path of the file that needs it; `None` where `ENTRYPOINT` or `CMD` names it.
    pub by: Option<String>,
    pub lack: Lack,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// A program that is to be started.
    Program(String),
    /// What loads an ELF file, or runs a script.
    Interpreter(String),
    /// A `NEEDED` library.
    Library(String),
}

/// What was found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Libraries {
    /// Without repetitions, in the order of their finding.
    pub missing: Vec<Missing>,
    /// Paths of the files that were looked at.
    pub reached: BTreeSet<String>,
    /// Those of them of which it is not known what they need.
    pub unknown: BTreeSet<String>,
}

/// Follows `ENTRYPOINT` and `CMD` to every interpreter and library.
///
/// The first word has to be a program; of the others, and of the text that a shell is given with `-c`, those are
/// followed that name one, because entry points start what they are given.
pub fn of_start(tree: &Tree, configuration: &Configuration) -> Libraries {
    let mut walk = Walk::new(tree, configuration);
    let words: Vec<&String> = configuration.entrypoint.iter().chain(&configuration.cmd).collect();
    let Some((first, rest)) = words.split_first() else { return walk.found };
    match walk.find(first) {
        Some(path) => walk.program(&path),
        None => walk.miss(None, Lack::Program((*first).clone())),
    }
    for word in
        rest.iter().flat_map(|it| it.split([' ', '\t', '\n', ';', '&', '|', '(', ')', '"', '\'']))
    {
        if let Some(path) = walk.find(word) {
            walk.program(&path);
        }
    }
    walk.found
}

/// Looks at every ELF file and script in a folder of `PATH`, and at every ELF file in a folder of libraries; of
/// each only what itself needs.
pub fn of_image(tree: &Tree, configuration: &Configuration) -> Libraries {
    let mut walk = Walk::new(tree, configuration);
    let programs = walk.path.clone();
    let libraries = Loader::standard(tree, configuration).folders();
    let folders: BTreeSet<String> = programs.into_iter().chain(libraries).collect();
    let real: BTreeSet<String> =
        folders.iter().filter_map(|it| tree.resolve(it)).map(|(path, _)| path).collect();
    for folder in real {
        for (path, place) in tree.below(&folder) {
            let executable = place.node.mode & 0o111 != 0;
            match place.node.file().map(|it| &it.contents) {
                _ if parent(path) != Some(&folder) => {}
                Some(Contents::Elf(elf)) => walk.single(path, elf),
                Some(Contents::UnknownElf) => {
                    walk.found.unknown.insert(path.to_string());
                }
                Some(Contents::Script(line)) if executable => drop(walk.script(path, line)),
                _ => {}
            }
        }
    }
    walk.found
}

/// What is missing after and was not before.
pub fn newly_missing(before: &Libraries, after: &Libraries) -> Vec<Missing> {
    after.missing.iter().filter(|it| !before.missing.contains(it)).cloned().collect()
}

struct Walk<'a> {
    tree: &'a Tree,
    configuration: &'a Configuration,
    /// Folders in which programs are looked for.
    path: Vec<String>,
    found: Libraries,
}

/// What engines set where an image sets no `PATH`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Scripts that run scripts; Linux stops after four.
const SCRIPTS: usize = 4;

impl<'a> Walk<'a> {
    fn new(tree: &'a Tree, configuration: &'a Configuration) -> Self {
        let path = configuration.variable("PATH").unwrap_or(PATH);
        let path = path.split(':').map(|it| absolute(folder(configuration), it)).collect();
        Self { tree, configuration, path, found: Libraries::default() }
    }

    /// The path of the program that a word names.
    fn find(&self, word: &str) -> Option<String> {
        if word.is_empty() || word.starts_with('-') {
            return None;
        }
        if word.contains('/') {
            let path = absolute(folder(self.configuration), word);
            return self.is_program(&path).then_some(path);
        }
        let paths = self.path.iter().map(|folder| join(folder, word));
        paths.into_iter().find(|it| self.is_program(it))
    }

    fn is_program(&self, path: &str) -> bool {
        let found = self.tree.resolve(path);
        found.is_some_and(|(_, node)| node.file().is_some() && node.mode & 0o111 != 0)
    }

    fn miss(&mut self, by: Option<&str>, lack: Lack) {
        let missing = Missing { by: by.map(str::to_owned), lack };
        if !self.found.missing.contains(&missing) {
            self.found.missing.push(missing);
        }
    }

    /// A program with all that it needs.
    fn program(&mut self, path: &str) {
        let mut next = vec![path.to_owned()];
        for _ in 0..SCRIPTS {
            for path in std::mem::take(&mut next) {
                let Some((real, node)) = self.tree.resolve(&path) else { continue };
                if !self.found.reached.insert(real.clone()) {
                    continue;
                }
                match node.file().map(|it| &it.contents) {
                    Some(Contents::Elf(elf)) => self.loaded(&real, elf),
                    Some(Contents::UnknownElf) => drop(self.found.unknown.insert(real)),
                    Some(Contents::Script(line)) => next.extend(self.script(&real, line)),
                    _ => {}
                }
            }
        }
    }

    /// The programs that run a script with this first line.
    fn script(&mut self, path: &str, line: &str) -> Vec<String> {
        let mut words = line.split_ascii_whitespace();
        let Some(interpreter) = words.next() else { return Vec::new() };
        let program = absolute(folder(self.configuration), interpreter);
        if !self.is_program(&program) {
            self.miss(Some(path), Lack::Interpreter(interpreter.to_owned()));
            return Vec::new();
        }
        let mut programs = vec![program];
        if name(interpreter) == "env" {
            let word = words.find(|it| !it.starts_with('-') && !it.contains('='));
            match word.map(|it| (it, self.find(it))) {
                Some((_, Some(program))) => programs.push(program),
                Some((word, None)) => self.miss(Some(path), Lack::Interpreter(word.to_owned())),
                None => {}
            }
        }
        programs
    }

    /// An ELF file with its interpreter and all libraries, as they are loaded.
    fn loaded(&mut self, path: &str, elf: &Elf) {
        self.interpreter(path, elf);
        let loader = Loader::of(self.tree, self.configuration, elf);
        let loaded = loader.load(path, elf);
        for (by, library) in loaded.missing {
            self.miss(Some(&by), Lack::Library(library));
        }
        self.found.reached.extend(loaded.found);
        self.found.unknown.extend(loaded.unknown);
    }

    /// An ELF file with its interpreter and the libraries that it names itself.
    fn single(&mut self, path: &str, elf: &Elf) {
        self.found.reached.insert(path.to_owned());
        self.interpreter(path, elf);
        let loader = Loader::of(self.tree, self.configuration, elf);
        for library in loader.lacks(path, elf) {
            self.miss(Some(path), Lack::Library(library));
        }
    }

    fn interpreter(&mut self, path: &str, elf: &Elf) {
        let Some(interpreter) = &elf.interpreter else { return };
        match self.tree.resolve(&absolute(folder(self.configuration), interpreter)) {
            Some((real, node)) if node.file().is_some() => drop(self.found.reached.insert(real)),
            _ => self.miss(Some(path), Lack::Interpreter(interpreter.clone())),
        }
    }
}

/// Where programs start.
fn folder(configuration: &Configuration) -> &str {
    if configuration.working_dir.is_empty() { "/" } else { &configuration.working_dir }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.lack {
            Lack::Program(name) => write!(f, "program `{}` is missing", name.escape_debug())?,
            Lack::Interpreter(name) => write!(f, "interpreter `{name}` is missing")?,
            Lack::Library(name) => write!(f, "library `{name}` is missing")?,
        }
        match &self.by {
            Some(by) => write!(f, ", which `{by}` needs"),
            None => f.write_str(", which the image is to start"),
        }
    }
}

#[cfg(test)]
mod tests;
