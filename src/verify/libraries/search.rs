//! Where libraries are searched: the rules of glibc's `ld.so(8)` and of musl's `ldso/dynlink.c`.

use std::collections::{BTreeSet, HashSet, VecDeque};

use crate::verify::archive::paths::{join, name, parent};
use crate::verify::archive::{Configuration, Contents, Elf};
use crate::verify::tree::{Tree, absolute};

/// The loader of one program.
pub(super) struct Loader<'a> {
    tree: &'a Tree,
    musl: bool,
    /// `LD_LIBRARY_PATH` of the configuration.
    variable: Vec<String>,
    /// What is searched for every program at the end.
    standard: Vec<String>,
    working_dir: &'a str,
}

/// A program with its libraries.
#[derive(Default)]
pub(super) struct Loaded {
    /// The file that needs it, and the name of the library.
    pub(super) missing: Vec<(String, String)>,
    pub(super) found: BTreeSet<String>,
    pub(super) unknown: BTreeSet<String>,
}

/// A file that is loaded.
struct Object<'a> {
    path: String,
    elf: &'a Elf,
    /// The one that needed it first, as a place in the list of all.
    by: Option<usize>,
}

/// The triplets for which Debian has folders of libraries, by `e_machine`, class and byte order.
const TRIPLETS: [(u16, u8, &str); 9] = [
    (62, 64, "x86_64-linux-gnu"),
    (62, 32, "x86_64-linux-gnux32"),
    (3, 32, "i386-linux-gnu"),
    (183, 64, "aarch64-linux-gnu"),
    (40, 32, "arm-linux-gnueabihf"),
    (243, 64, "riscv64-linux-gnu"),
    (21, 64, "powerpc64le-linux-gnu"),
    (22, 64, "s390x-linux-gnu"),
    (258, 64, "loongarch64-linux-gnu"),
];
/// Libraries of one program; more is a circle of lies.
const LOADED: usize = 4096;

impl<'a> Loader<'a> {
    /// The loader that an ELF file asks for; a library is loaded by the one that the image has.
    pub(super) fn of(tree: &'a Tree, configuration: &'a Configuration, elf: &Elf) -> Self {
        let musl = match &elf.interpreter {
            Some(interpreter) => name(interpreter).starts_with("ld-musl-"),
            None => has_musl(tree),
        };
        let machine = TRIPLETS.iter().find(|it| (it.0, it.1) == (elf.machine.0, elf.class));
        let triplets: Vec<&str> = machine.iter().map(|it| it.2).collect();
        Self::new(tree, configuration, musl, &triplets)
    }

    /// The loader of the image, for whatever machine.
    pub(super) fn standard(tree: &'a Tree, configuration: &'a Configuration) -> Self {
        Self::new(tree, configuration, has_musl(tree), &TRIPLETS.map(|it| it.2))
    }

    fn new(
        tree: &'a Tree,
        configuration: &'a Configuration,
        musl: bool,
        triplets: &[&str],
    ) -> Self {
        let working_dir = match configuration.working_dir.as_str() {
            "" => "/",
            folder => folder,
        };
        let variable = configuration.variable("LD_LIBRARY_PATH").unwrap_or_default();
        let variable = if variable.is_empty() { Vec::new() } else { split(variable, working_dir) };
        let standard = if musl { musl_folders(tree) } else { glibc_folders(tree, triplets) };
        Self { tree, musl, variable, standard, working_dir }
    }

    /// All folders in which any program finds libraries.
    pub(super) fn folders(&self) -> Vec<String> {
        [&self.variable[..], &self.standard].concat()
    }

    /// Loads a file and, breadth first, all that is needed.
    pub(super) fn load(&self, path: &str, elf: &'a Elf) -> Loaded {
        let mut loaded = Loaded::default();
        let mut objects = vec![Object { path: path.to_owned(), elf, by: None }];
        // A library is loaded once, whoever needs it, and known by the name that was asked for and by its own.
        let mut names: HashSet<String> =
            elf.interpreter.iter().map(|it| name(it).to_owned()).collect();
        let mut queue = VecDeque::from([0]);
        while let Some(index) = queue.pop_front() {
            let needed: &'a [String] = &objects[index].elf.needed;
            for library in needed {
                if self.is_loader_itself(library) || !names.insert(library.clone()) {
                    continue;
                }
                let Some((path, elf)) = self.find(library, &objects, index) else {
                    loaded.missing.push((objects[index].path.clone(), library.clone()));
                    continue;
                };
                let real = self.tree.resolve(&path).map_or_else(|| path.clone(), |(real, _)| real);
                let Some(elf) = elf else {
                    loaded.unknown.insert(real);
                    continue;
                };
                names.extend(elf.soname.clone());
                if loaded.found.insert(real) && objects.len() < LOADED {
                    queue.push_back(objects.len());
                    objects.push(Object { path, elf, by: Some(index) });
                }
            }
        }
        loaded
    }

    /// The libraries that a file names itself and that are not found.
    pub(super) fn lacks(&self, path: &str, elf: &'a Elf) -> Vec<String> {
        let objects = [Object { path: path.to_owned(), elf, by: None }];
        let interpreter = elf.interpreter.as_deref().map(name);
        let needed = elf.needed.iter().filter(|it| {
            !self.is_loader_itself(it)
                && interpreter != Some(it.as_str())
                && self.find(it, &objects, 0).is_none()
        });
        needed.cloned().collect()
    }

    /// musl is its loader and all of the C library in one; `dynlink.c` knows these names.
    fn is_loader_itself(&self, library: &str) -> bool {
        let reserved = ["c", "pthread", "rt", "m", "dl", "util", "xnet"];
        let stem = library.strip_prefix("lib").and_then(|it| it.split_once(".so"));
        self.musl && stem.is_some_and(|(stem, _)| reserved.contains(&stem))
    }

    /// Where a library is that an object needs; `None` in the place of its contents if they are not known.
    fn find(
        &self,
        library: &str,
        objects: &[Object<'a>],
        index: usize,
    ) -> Option<(String, Option<&'a Elf>)> {
        let wanted = objects[0].elf;
        let fits = |path: String| match &self.tree.resolve(&path)?.1.file()?.contents {
            Contents::Elf(elf) if (elf.class, elf.machine) == (wanted.class, wanted.machine) => {
                Some((path, Some(&**elf)))
            }
            Contents::UnknownElf => Some((path, None)),
            _ => None,
        };
        if library.contains('/') {
            let path = expand(library, &objects[index].path).into_iter().next()?;
            return fits(absolute(self.working_dir, &path));
        }
        let folders = self.searched(objects, index);
        folders.iter().find_map(|folder| fits(join(folder, library)))
    }

    /// The folders in which an object's libraries are looked for, in their order.
    fn searched(&self, objects: &[Object<'a>], index: usize) -> Vec<String> {
        let own = |object: &Object<'a>, text: &Option<String>| -> Vec<String> {
            let texts = text.iter().flat_map(|it| expand(it, &object.path));
            texts.flat_map(|it| split(&it, self.working_dir)).collect()
        };
        let above = std::iter::successors(Some(index), |it| objects[*it].by).map(|it| &objects[it]);
        let mut folders = Vec::new();
        if self.musl {
            folders.extend(self.variable.iter().cloned());
            for object in above {
                let text = object.elf.runpath.as_ref().or(object.elf.rpath.as_ref()).cloned();
                folders.extend(own(object, &text));
            }
        } else {
            // A RUNPATH switches the old RPATH off: of the object that has it its own, and of the object that
            // needs the library everybody's.
            let object = &objects[index];
            if object.elf.runpath.is_none() {
                for object in above.filter(|it| it.elf.runpath.is_none()) {
                    folders.extend(own(object, &object.elf.rpath));
                }
            }
            folders.extend(self.variable.iter().cloned());
            folders.extend(own(object, &object.elf.runpath));
        }
        folders.extend(self.standard.iter().cloned());
        folders
    }
}

fn has_musl(tree: &Tree) -> bool {
    let musl = |folder: &str| {
        tree.below(folder)
            .any(|(path, _)| parent(path) == Some(folder) && name(path).starts_with("ld-musl-"))
    };
    musl("/lib") || musl("/usr/lib")
}

/// `LD_LIBRARY_PATH` and its like: colons or semicolons, and nothing means here.
fn split(text: &str, working_dir: &str) -> Vec<String> {
    text.split([':', ';']).map(|it| absolute(working_dir, it)).collect()
}

/// `$ORIGIN` is the folder of the file that says it; `$LIB` is one thing in Debian and another in Fedora.
fn expand(text: &str, path: &str) -> Vec<String> {
    let origin = parent(path).unwrap_or("/");
    let text = text.replace("${ORIGIN}", origin).replace("$ORIGIN", origin);
    if !text.contains("$LIB") && !text.contains("${LIB}") {
        return vec![text];
    }
    let mut libraries = vec!["lib64".to_owned(), "lib".to_owned()];
    libraries.extend(TRIPLETS.iter().map(|it| format!("lib/{}", it.2)));
    libraries.iter().map(|it| text.replace("${LIB}", it).replace("$LIB", it)).collect()
}

/// `/etc/ld-musl-ARCH.path`, with lines or colons, or what musl was built with.
fn musl_folders(tree: &Tree) -> Vec<String> {
    let file = tree.below("/etc").find(|(path, _)| {
        path.strip_prefix("/etc/ld-musl-").is_some_and(|it| it.ends_with(".path"))
    });
    let text = match file.and_then(|(_, place)| place.node.file()).map(|it| &it.contents) {
        Some(Contents::Text(text)) => text.as_str(),
        _ => "/lib:/usr/local/lib:/usr/lib",
    };
    text.split([':', '\n'])
        .map(str::trim)
        .filter(|it| it.starts_with('/'))
        .map(|it| absolute("/", it))
        .collect()
}

fn glibc_folders(tree: &Tree, triplets: &[&str]) -> Vec<String> {
    let mut folders = Vec::new();
    configured(tree, "/etc/ld.so.conf", &mut folders, 4);
    for triplet in triplets {
        folders.extend([format!("/lib/{triplet}"), format!("/usr/lib/{triplet}")]);
    }
    folders.extend(
        ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32"].map(str::to_owned),
    );
    folders
}

/// The folders of an `ld.so.conf` and of the files that it includes.
fn configured(tree: &Tree, path: &str, folders: &mut Vec<String>, depth: usize) {
    let Some((_, node)) = tree.resolve(path) else { return };
    let Some(Contents::Text(text)) = node.file().map(|it| &it.contents) else { return };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(pattern) = line.strip_prefix("include").filter(|it| it.starts_with([' ', '\t']))
        {
            let pattern = absolute(parent(path).unwrap_or("/"), pattern.trim());
            let (folder, ending) = pattern.split_once('*').unwrap_or((&pattern, ""));
            let folder = folder.trim_end_matches('/').to_owned();
            let included = tree.below(&folder).filter(|(path, _)| path.ends_with(ending));
            let included: Vec<String> = included.map(|(path, _)| path.to_string()).collect();
            if let Some(depth) = depth.checked_sub(1) {
                included.iter().for_each(|path| configured(tree, path, folders, depth));
            }
        } else if line.starts_with('/') {
            let folder = line.split(['=', ' ', '\t']).next().unwrap_or_default();
            folders.push(absolute("/", folder));
        }
    }
}
