//! Where the programs go that `go build` and `go install` make, and how they are called.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::Step;
use super::packages::{Roots, is_source, module};
use crate::facts::{is_within, resolve};
use crate::shell::command::base;
use std::collections::BTreeSet;

/// Options of `go build` with a value behind them.
pub(super) const VALUES: &[&str] = &[
    "-C",
    "-asmflags",
    "-buildmode",
    "-compiler",
    "-covermode",
    "-coverpkg",
    "-gccgoflags",
    "-gcflags",
    "-installsuffix",
    "-ldflags",
    "-mod",
    "-modfile",
    "-overlay",
    "-p",
    "-pgo",
    "-pkgdir",
    "-tags",
    "-toolexec",
];

/// The paths of the programs that a `go build` or `go install` makes.
pub(super) fn compiled(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
    environment: &[(&str, Option<&str>)],
    roots: &mut Roots,
) -> Result<Vec<String>, Stop> {
    let unclear = |why: &str| {
        let reason = format!("`{}`: {why}", step.text);
        Stop { code: "unclear-output", at: step.at, reason }
    };
    if !step.certain {
        return Err(unclear("it need not run"));
    }
    let installs = words[0] != Some("build");
    let mut output = None;
    let mut packages = Vec::new();
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match *word {
            Some("-o" | "--o") => {
                let path = rest.next().copied().flatten();
                output = Some(path.ok_or_else(|| unclear("its output depends on a variable"))?);
            }
            Some("-C" | "--C") => return Err(unclear("it changes the folder")),
            Some(option) if option.starts_with("-o=") => output = Some(&option[3..]),
            Some(option) if VALUES.contains(&option.trim_start_matches('-')) => {
                rest.next();
            }
            Some(option) if VALUES.contains(&option) => {
                rest.next();
            }
            Some(option) if option.starts_with('-') => (),
            Some(package) => packages.push(package),
            None => return Err(unclear("a variable stands among its packages")),
        }
    }
    // `go get -d` and `go get` of a module only download.
    let own = |name: &str| {
        let value = environment.iter().find(|(it, _)| *it == name).and_then(|it| it.1);
        value.map(str::to_owned).or_else(|| case.variable(name).map(|it| it.into_owned()))
    };
    if words.contains(&Some("-d")) {
        return Ok(Vec::new());
    }
    let is_remote = |it: &&str| !it.starts_with('.') && !it.ends_with(".go");
    let is_remote = !packages.is_empty() && packages.iter().all(is_remote);
    let workdir = step.workdir.as_deref().or(is_remote.then_some("/"));
    let workdir = workdir.ok_or_else(|| unclear("where it runs is not known"))?;
    roots.add(workdir, &packages);
    let names = names(case, workdir, &packages).map_err(|why| match (output, installs) {
        (Some(_), false) => None,
        _ => Some(unclear(&why)),
    });
    let names = match names {
        Ok(names) => names,
        Err(None) => Vec::new(),
        Err(Some(stop)) if installs && words[0] == Some("install") => return Err(stop),
        Err(Some(_)) if installs => Vec::new(),
        Err(Some(stop)) => return Err(stop),
    };
    if installs {
        let folder = own("GOBIN").or_else(|| {
            let path = own("GOPATH").unwrap_or_else(|| "/go".to_owned());
            Some(format!("{}/bin", path.split(':').next().unwrap_or("/go")))
        });
        let folder = folder.unwrap_or_default();
        return Ok(names.iter().map(|name| format!("{folder}/{name}")).collect());
    }
    let resolved = |path: &str| {
        resolve(Some(workdir), path).ok_or_else(|| unclear("where its output goes is not known"))
    };
    match output {
        Some(folder) if folder.ends_with('/') || packages.len() > 1 => {
            names.iter().map(|name| resolved(&format!("{folder}/{name}"))).collect()
        }
        Some(path) => Ok(vec![resolved(path)?]),
        // The results of several packages are thrown away.
        None if packages.iter().any(|it| it.ends_with("...")) && names.len() != 1 => Ok(Vec::new()),
        None if packages.len() > 1 && !packages[0].ends_with(".go") => Ok(Vec::new()),
        None => names.iter().map(|name| resolved(name)).collect(),
    }
}

/// Whether what a command compiles is of the build context.
pub(super) fn is_own(case: &Case, step: &Step, words: &[Option<&str>]) -> bool {
    let workdir = step.workdir.as_deref().unwrap_or("/");
    let is_address = |it: &&str| {
        it.split_once('/').is_some_and(|(host, _)| host.contains('.') && !host.starts_with('.'))
    };
    let mut packages = words[1..].iter().flatten().copied().filter(|it| !it.starts_with('-'));
    let is_module = |package: &str| {
        let path = case.source(&format!("{}/go.mod", workdir.trim_end_matches('/')));
        let text = path.ok().flatten().and_then(|path| case.text(&path));
        let module = text.as_deref().and_then(module);
        module.is_some_and(|module| is_within(package, module))
    };
    match packages.find(|it| is_address(it) && !it.ends_with(".go")) {
        Some(package) => {
            let package = package.split('@').next().unwrap_or(package).trim_end_matches("/...");
            let root = case.variable("GOPATH");
            let root = root.as_deref().unwrap_or("/go");
            is_module(package) || case.is_brought(&format!("{root}/src/{package}"))
        }
        None => {
            let paths = words[1..].iter().flatten().filter(|it| it.starts_with(['.', '/']));
            let mut folders: Vec<String> =
                paths.filter_map(|it| resolve(Some(workdir), it.trim_end_matches("..."))).collect();
            folders.push(workdir.to_owned());
            folders.iter().any(|it| case.is_brought(it))
        }
    }
}

/// How the programs of packages are called.
pub(super) fn names(case: &Case, workdir: &str, packages: &[&str]) -> Result<Vec<String>, String> {
    if packages.first().is_some_and(|it| it.ends_with(".go")) {
        let name = base(packages[0]).trim_end_matches(".go");
        if name.contains('*') {
            return Err("the name of its output depends on the files".to_owned());
        }
        return Ok(vec![name.to_owned()]);
    }
    let all = if packages.is_empty() { &["."][..] } else { packages };
    let mut names = Vec::new();
    for package in all {
        let package = package.split('@').next().unwrap_or(package);
        if let Some(folder) = package.strip_suffix("...") {
            names.extend(mains(case, workdir, folder.trim_end_matches('/'))?);
            continue;
        }
        let folder = resolve(Some(workdir), package).unwrap_or_default();
        let is_path = package.starts_with('.') || package.starts_with('/');
        names.push(match is_path {
            true => name_of(case, &folder)?,
            false => last_element(package).to_owned(),
        });
    }
    Ok(names)
}

/// How the program in a folder of the image is called: as its module, or as the folder.
fn name_of(case: &Case, folder: &str) -> Result<String, String> {
    let manifest = case.source(&format!("{}/go.mod", folder.trim_end_matches('/')));
    let unknown =
        || "how its output is called depends on `go.mod`: pass `--context DIR`".to_owned();
    if let Some(path) = manifest.map_err(|_| unknown())? {
        let text = case.text(&path).ok_or_else(|| format!("`{path}` cannot be read"))?;
        return module(&text)
            .map(|it| last_element(it).to_owned())
            .ok_or_else(|| format!("`{path}` names no module"));
    }
    match base(folder) {
        "" => Err("how its output is called is not known".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// `c` of `a/b/c` and of `a/b/c/v2`.
fn last_element(path: &str) -> &str {
    let is_version = |it: &str| {
        it.strip_prefix('v')
            .is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()) && !it.is_empty())
    };
    match path.rsplit_once('/') {
        Some((before, last)) if is_version(last) => base(before),
        Some((_, last)) => last,
        None => path,
    }
}

/// The programs in all folders of the image below one.
fn mains(case: &Case, workdir: &str, folder: &str) -> Result<Vec<String>, String> {
    let unknown = || "what it makes depends on the sources: pass `--context DIR`".to_owned();
    let top = resolve(Some(workdir), folder).unwrap_or_default();
    let mut folders = BTreeSet::new();
    for file in case.files().map_err(|_| unknown())? {
        if !is_source(file) {
            continue;
        }
        let place = case.place(file).map_err(|_| unknown())?;
        let Some(place) = place.filter(|it| is_within(it, &top)) else { continue };
        let is_main = case
            .text(file)
            .is_some_and(|text| text.lines().any(|line| line.trim_end() == "package main"));
        if is_main {
            folders.insert(place[..place.rfind('/').unwrap_or(0)].to_owned());
        }
    }
    folders.iter().map(|folder| name_of(case, folder)).collect()
}
