//! PHP as the packages of a distribution have it, or those of a repository that the file adds.

use super::super::case::Case;
use super::super::commands::Work;
use super::super::interpreted::{self, Language};
use super::super::needs;
use super::super::plan::{Copied, Plan};
use super::super::program::{self, Program};
use super::super::{Stack, Stop};
use super::{is_for_users, sources};
use crate::images::Family;

pub(in super::super) const STACK: Stack = Stack { name: "PHP extensions", is, plan };

const PROGRAMS: &[&str] = &[
    "php",
    "php-fpm7.4",
    "php-fpm8.0",
    "php-fpm8.1",
    "php-fpm8.2",
    "php-fpm8.3",
    "php-fpm8.4",
    "php-fpm8.5",
    "php7.4",
    "php8.0",
    "php8.1",
    "php8.2",
    "php8.3",
    "php8.4",
    "php8.5",
    "service",
];

fn is(case: &Case) -> bool {
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let is_debian = matches!(family, Some(Family::Debian | Family::Ubuntu));
    let runs = || {
        let words = program::program(case).map(|it| it.words.join(" "));
        words.is_ok_and(|it| it.contains("php"))
    };
    is_debian && case.is_plain_distribution() && installed(case).any(|it| is_php(it)) && runs()
}

fn installed<'s>(case: &'s Case) -> impl Iterator<Item = &'s String> {
    case.steps().iter().flat_map(|step| match &step.work {
        Work::Packages(names) => names.as_slice(),
        _ => &[],
    })
}

/// `php`, `php8.5-cli`
fn is_php(name: &str) -> bool {
    name.strip_prefix("php").is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(|it: char| it.is_ascii_digit() || it == '-')
    })
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    is_for_users(case, program)?;
    let language = Language {
        name: "PHP",
        programs: PROGRAMS,
        builders: super::BUILDERS,
        installers: &["add-apt-repository", "pear", "pecl", "phpenmod", "phpdismod"],
        brings_programs: false,
        has: &[],
        folders: vec!["/etc/php".to_owned()],
    };
    let image = interpreted::slim(case, &language)?;
    if !interpreted::leaves_tools(case) {
        let reason = format!("the file adds nothing to `{}` for the build alone", image.reference);
        return Err(case.stop("no-gain", reason));
    }
    let mut plan = Plan::default();
    let doubt = "whether the packages of PHP do the same where they are installed again";
    plan.doubts.push(doubt.to_owned());
    interpreted::carried(case, program, &language, &mut plan)?;
    if compiles(case) {
        plan.copies.push(Copied::folder("/usr/lib/php", "extensions that the build has"));
    }
    let texts = sources(case);
    let named: Vec<&str> = texts.iter().map(|it| &**it).collect();
    needs::packages(case, &named, &mut plan)?;
    plan.ground.packages.retain(|it| !matches!(it.debian.as_str(), "php-pear" | "composer"));
    for name in installed(case).filter(|it| it.ends_with("-dev") && !is_php(it)) {
        interpreted::library(case, name, &image, format!("it is built with `{name}`"), &mut plan)?;
    }
    interpreted::without_node(&mut plan);
    if interpreted::has_repositories(case) {
        repositories(case, &mut plan);
    }
    let why = "the same distribution, with the packages that the program needs alone";
    interpreted::on(image, why, &mut plan);
    Ok(plan)
}

/// Whether extensions are there which no package brings that is installed anew.
fn compiles(case: &Case) -> bool {
    let brings = |name: &String| {
        matches!(name.as_str(), "composer" | "php-pear") || is_php(name) && name.ends_with("-dev")
    };
    let is_brought = installed(case).any(brings);
    is_brought
        || case.steps().iter().any(|step| {
            matches!(&step.work, Work::Program { name: "pecl", words, .. }
            if words.first() == Some(&Some("install")))
        })
}

/// The packages come from where the build stage has them from.
fn repositories(case: &Case, plan: &mut Plan) {
    plan.before.push(Copied::folder("/etc/apt", "repositories of packages"));
    let keys = "/usr/share/keyrings";
    if has(case, &[keys]) {
        plan.before.push(Copied::folder(keys, "keys of repositories"));
    }
    let adds = ["add-apt-repository", "ca-certificates"];
    if has(case, &adds) {
        let bundle = "/etc/ssl/certs/ca-certificates.crt";
        plan.before.push(Copied::file(bundle, "repositories are asked through TLS"));
    }
}

fn has(case: &Case, words: &[&str]) -> bool {
    case.stage().instructions.clone().any(|at| {
        let text = case.span(at).of(case.cx.file.source);
        words.iter().any(|it| text.contains(it))
    })
}
