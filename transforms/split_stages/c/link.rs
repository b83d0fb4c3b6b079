//! Which libraries of the distribution a C program is linked with.

use super::super::Stop;
use super::super::base::wants_system;
use super::super::case::Case;
use super::super::commands::Work;
use super::super::libraries;
use super::super::linked;
use super::super::plan::{Copied, Kind, Package, Plan};
use super::build::{self, File};
use super::sources::Read;
use crate::images::runtime::{self, RuntimeKind, User};
use crate::images::{Distribution, Family};

/// Packages with headers of the C library and of C++ itself.
const OF_COMPILER: &[&str] = &["glibc-devel", "kernel-devel", "libstdc++-devel"];

/// What every `-dev` package that the file installs may be linked with is there when the program runs.
pub(super) fn libraries(
    case: &Case,
    files: &[File],
    sources: &Read,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let has_cpp = build::has_cpp(case)?;
    standard_library(case, has_cpp, plan)?;
    if plan.ground.kind == Kind::Static {
        return Ok(());
    }
    let distribution = case.image().and_then(|it| it.distribution.clone());
    let distribution = distribution.ok_or_else(|| unknown(case, case.reference()))?;
    let mut packages: Vec<Package> = Vec::new();
    if plan.ground.kind == Kind::Musl && has_cpp {
        let names = ["libgcc", "libstdc++"].map(str::to_owned);
        packages.extend(
            names.map(|it| package(&distribution, it, "programs of C++ are linked with it")),
        );
    }
    if build::has_openmp(case, files) {
        let name = if plan.ground.kind == Kind::Musl { "libgomp" } else { "libgomp1" };
        packages.push(package(&distribution, name.to_owned(), "`-fopenmp` links it"));
    }
    let is_full =
        matches!(case.repository(), "gcc" | "buildpack-deps") && !case.reference().contains("curl");
    let texts: Vec<&str> = files.iter().map(|it| &*it.text).chain(sources.texts()).collect();
    let mut unnamed = None;
    for step in case.steps() {
        match &step.work {
            Work::Packages(names) => {
                // What packages of Red Hat and SUSE are linked with, no table says.
                let is_other =
                    |it: &&String| it.ends_with("-devel") && !OF_COMPILER.contains(&it.as_str());
                if let Some(name) = names.iter().find(is_other) {
                    return Err(unknown(case, name));
                }
                for name in names.iter().filter(|it| it.ends_with("-dev")) {
                    let here = |it: &str| libraries::of_dev(it, &distribution);
                    let of = of_dev(case, name, &here, &texts).or_else(|stop| {
                        // What they are called in this release counts only where they are installed.
                        let of = of_dev(case, name, &libraries::of_dev_somewhere, &texts)?;
                        unnamed.get_or_insert(stop);
                        Ok(of)
                    })?;
                    let because = format!("`{name}` is there to be linked with it");
                    packages.extend(of.into_iter().map(|it| package(&distribution, it, &because)));
                }
            }
            Work::Program { name, words, .. } if is_full && build::is_compiler(name) => {
                let links = words.iter().flatten().filter_map(|it| it.strip_prefix("-l"));
                for link in links {
                    let of = of_link(case, link, &distribution, &mut unnamed)?;
                    let because = format!("`-l{link}` links it");
                    packages.extend(of.into_iter().map(|it| package(&distribution, it, &because)));
                }
                if words.contains(&None) {
                    return Err(unknown(case, "what it is linked with"));
                }
            }
            _ => (),
        }
    }
    if is_full {
        of_files(case, files, &distribution, &mut packages, &mut unnamed)?;
    }
    let has_cpp = has_cpp || build::has_openmp(case, files);
    let kind = if has_cpp { RuntimeKind::Cc } else { RuntimeKind::Base };
    let distroless = runtime::distroless(kind, User::Root);
    let is_there =
        |it: &Package| distroless.as_ref().is_some_and(|image| libraries::is_in(&it.debian, image));
    if !wants_system(&plan.ground) && unnamed.is_none() && packages.iter().all(is_there) {
        return Ok(());
    }
    if linked::carry(case, &packages, plan) {
        return Ok(());
    }
    if let Some(stop) = unnamed {
        return Err(stop);
    }
    for package in packages {
        let is_same = |it: &Package| it.debian == package.debian && it.alpine == package.alpine;
        if !plan.ground.packages.iter().any(is_same) {
            plan.ground.packages.push(package);
        }
    }
    Ok(())
}

/// The images of the compiler have a newer library of C++ than distributions from version 15 on.
fn standard_library(case: &Case, has_cpp: bool, plan: &mut Plan) -> Result<(), Stop> {
    if case.repository() != "gcc" || !has_cpp || plan.ground.kind == Kind::Static {
        return Ok(());
    }
    let version = case.image().and_then(|it| it.runtime.as_ref()?.version.clone());
    let major = version.and_then(|it| it.split('.').next().and_then(|it| it.parse::<u32>().ok()));
    if major.is_some_and(|it| it <= 14) {
        return Ok(());
    }
    let path = "/usr/local/lib64/libstdc++.so.6";
    plan.copies.push(Copied::file(path, "it is newer than that of distributions"));
    if case.variable("LD_LIBRARY_PATH").is_some() {
        let reason = "`LD_LIBRARY_PATH` says where its libraries are".to_owned();
        return Err(case.stop("libraries", reason));
    }
    plan.environment.push(("LD_LIBRARY_PATH".to_owned(), "/usr/local/lib64".to_owned()));
    Ok(())
}

/// Where they have another name in each release, and that is not known, they cannot be installed: then `unnamed` says so.
fn of_link(
    case: &Case,
    name: &str,
    distribution: &Distribution,
    unnamed: &mut Option<Stop>,
) -> Result<Vec<String>, Stop> {
    if let Some(of) = libraries::of_link(name, distribution) {
        return Ok(of);
    }
    let stop = unknown(case, &format!("-l{name}"));
    match libraries::of_link_somewhere(name) {
        Some(of) => {
            unnamed.get_or_insert(stop);
            Ok(of)
        }
        None => Err(stop),
    }
}

/// What is linked with a `-dev` package, as `lookup` knows it; of one that stands for many, what `texts` use.
fn of_dev(
    case: &Case,
    name: &str,
    lookup: &dyn Fn(&str) -> Option<Vec<String>>,
    texts: &[&str],
) -> Result<Vec<String>, Stop> {
    if name != "libboost-all-dev" {
        return lookup(name).ok_or_else(|| unknown(case, name));
    }
    let mut all = Vec::new();
    let uses = |part: &str| {
        let alone = part.replace('-', "_");
        texts.iter().any(|it| {
            it.contains(&format!("boost_{alone}"))
                || it.contains("Boost")
                    && (build::names(it, &alone) || it.contains(&format!("Boost::{alone}")))
        })
    };
    const PARTS: &[&str] = &[
        "chrono",
        "context",
        "coroutine",
        "date-time",
        "filesystem",
        "iostreams",
        "json",
        "locale",
        "log",
        "program-options",
        "random",
        "regex",
        "serialization",
        "system",
        "thread",
        "url",
    ];
    for part in PARTS.iter().filter(|part| uses(part)) {
        all.extend(lookup(&format!("libboost-{part}-dev")).ok_or_else(|| unknown(case, name))?);
    }
    Ok(all)
}

/// What the files of the build name where every library may be there.
fn of_files(
    case: &Case,
    files: &[File],
    distribution: &Distribution,
    packages: &mut Vec<Package>,
    unnamed: &mut Option<Stop>,
) -> Result<(), Stop> {
    for file in files {
        let asks =
            ["find_package", "pkg_check_modules", "pkg-config", "dependency(", "PKG_CHECK_MODULES"];
        let mut lines = file.text.lines().filter(|line| asks.iter().any(|it| line.contains(it)));
        if let Some(line) = lines.find(|it| !it.contains("Threads")) {
            return Err(unknown(case, &format!("{}: {}", file.source, line.trim())));
        }
        let links = file.text.split_whitespace().filter_map(|it| it.strip_prefix("-l"));
        for link in links.chain(linked_by_cmake(&file.text)) {
            let name = link.trim_end_matches(['"', '\'', ')']);
            let of = of_link(case, name, distribution, unnamed)?;
            let because = format!("`{}` links it", file.source);
            packages.extend(of.into_iter().map(|it| package(distribution, it, &because)));
        }
    }
    Ok(())
}

/// The libraries that `target_link_libraries` names, but for targets, which the build makes itself.
fn linked_by_cmake(text: &str) -> impl Iterator<Item = &str> {
    const WORDS: &[&str] = &["INTERFACE", "PRIVATE", "PUBLIC", "debug", "general", "optimized"];
    let calls = text.split("target_link_libraries(").skip(1);
    let words =
        calls.flat_map(|it| it.split(')').next().unwrap_or_default().split_whitespace().skip(1));
    let is_target = |name: &str| {
        let made =
            ["add_library(", "add_executable("].iter().flat_map(|it| text.split(*it).skip(1));
        made.filter_map(|it| it.split([' ', '\n', ')']).find(|it| !it.is_empty()))
            .any(|it| it == name)
    };
    words.filter(move |it| {
        let is_plain = it.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-_.".contains(&it));
        is_plain && !it.starts_with('-') && !WORDS.contains(it) && !is_target(it)
    })
}

fn package(distribution: &Distribution, name: String, because: &str) -> Package {
    let because = because.to_owned();
    match distribution.family {
        Family::Alpine => Package { debian: String::new(), alpine: name, because },
        _ => Package { debian: name, alpine: String::new(), because },
    }
}

fn unknown(case: &Case, what: &str) -> Stop {
    case.stop("libraries", format!("which libraries it needs when it runs is not known: `{what}`"))
}
