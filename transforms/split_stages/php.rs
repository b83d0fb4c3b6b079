//! PHP: sources with what composer installs, and extensions that the build compiles.

use super::case::Case;
use super::commands::Work;
use super::interpreted::{self, Language};
use super::plan::Plan;
use super::program::Program;
use super::{Stack, Stop, needs};
use crate::shell::command::base;
use std::sync::Arc;

mod packaged;

pub(super) const PACKAGED: Stack = packaged::STACK;

pub(super) const STACK: Stack = Stack { name: "PHP extensions", is, plan };

const PROGRAMS: &[&str] =
    &["apache2-foreground", "apache2ctl", "docker-php-entrypoint", "php", "php-fpm"];
const BUILDERS: &[&str] = &["artisan", "bower", "composer", "composer.phar", "grunt", "gulp"];
const INSTALLERS: &[&str] = &[
    "a2dismod",
    "a2dissite",
    "a2enconf",
    "a2enmod",
    "a2ensite",
    "docker-php-ext-configure",
    "docker-php-ext-enable",
    "docker-php-ext-install",
    "docker-php-source",
    "pear",
    "pecl",
    "phpize",
];

/// What PHP itself is built with: <https://github.com/docker-library/php/blob/master/Dockerfile-linux.template>.
const HAS: &[&str] = &[
    "libargon2-dev",
    "libcurl4-gnutls-dev",
    "libcurl4-openssl-dev",
    "libonig-dev",
    "libreadline-dev",
    "libsodium-dev",
    "libsqlite3-dev",
    "libssl-dev",
    "libxml2-dev",
    "libz-dev",
    "zlib1g-dev",
];

/// Plugins of composer, which only it uses.
const PLUGINS: &[&str] = &["fxp/composer-asset-plugin", "hirak/prestissimo"];

/// Extensions, or tools that fetch them, of which it is not known what they need.
const UNKNOWN: &[&str] =
    &["install-php-extensions", "ioncube", "newrelic", "oci8", "sqlsrv", "pdo_sqlsrv"];

fn is(case: &Case) -> bool {
    base(case.repository()) == "php"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    is_for_users(case, program)?;
    let language = Language {
        name: "PHP",
        programs: PROGRAMS,
        builders: BUILDERS,
        installers: INSTALLERS,
        brings_programs: false,
        has: HAS,
        folders: folders(case)?,
    };
    let image = interpreted::slim(case, &language)?;
    if !interpreted::leaves_tools(case) || !uses_tools(case) {
        let reason = format!(
            "`{}` has all its tools, and the file adds none for the build alone",
            image.reference
        );
        return Err(case.stop("no-gain", reason));
    }
    let mut plan = Plan::default();
    interpreted::carried(case, program, &language, &mut plan)?;
    let texts = sources(case);
    let mut named: Vec<&str> = texts.iter().map(|it| &**it).collect();
    named.push(
        "\"convert\" \"ffmpeg\" \"gs\" \"pdftotext\" \"psql\" \"sqlite3\" \"tini\" \"dumb-init\"",
    );
    needs::packages(case, &named, &mut plan)?;
    interpreted::libraries_of_installed(case, &language, &image, &mut plan)?;
    interpreted::without_node(&mut plan);
    interpreted::are_published(case, &plan)?;
    let why = "the same image, without what was installed for the build alone; extensions and sources are copied";
    interpreted::on(image, why, &mut plan);
    Ok(plan)
}

/// It is no server for those who write the program.
fn is_for_users(case: &Case, program: &Program) -> Result<(), Stop> {
    let text = program.words.join(" ");
    match text.contains("artisan serve") || text.contains("server:run") {
        false => Ok(()),
        true => {
            let reason = format!("`{text}` is for those who write the program");
            Err(case.stop("development", reason))
        }
    }
}

/// More than headers is there for the build alone.
fn uses_tools(case: &Case) -> bool {
    const TOOLS: &[&str] =
        &["g++", "gcc", "git", "make", "nodejs", "npm", "subversion", "unzip", "yarn"];
    case.steps().iter().any(|step| match &step.work {
        Work::Packages(names) => {
            names.iter().any(|it| TOOLS.contains(&it.as_str()) || it.starts_with("build-"))
        }
        Work::Program { name, .. } => {
            base(name).starts_with("composer") || matches!(*name, "npm" | "yarn" | "pnpm")
        }
        _ => false,
    })
}

/// Where extensions and settings are.
fn folders(case: &Case) -> Result<Vec<String>, Stop> {
    let mut all = vec!["/usr/local/etc".to_owned(), "/usr/local/lib/php".to_owned()];
    for at in case.stage().instructions.clone() {
        let text = case.span(at).of(case.cx.file.source);
        if let Some(name) = UNKNOWN.iter().find(|it| text.contains(**it)) {
            let reason = format!("what `{name}` needs when it runs is not known");
            return Err(Stop { code: "extension", at: case.span(at), reason });
        }
    }
    let changes_apache = case.stage().instructions.clone().any(|at| {
        let text = case.span(at).of(case.cx.file.source);
        text.contains("/etc/apache2") || INSTALLERS[..5].iter().any(|it| text.contains(it))
    });
    if changes_apache {
        all.push("/etc/apache2".to_owned());
    }
    for step in case.steps() {
        let Work::Program { name, words, .. } = &step.work else { continue };
        let has = |known: &[&str]| {
            words.iter().flatten().any(|it| known.iter().any(|name| it.starts_with(name)))
        };
        if base(name).starts_with("composer") && has(&["global"]) && !has(PLUGINS) {
            let reason = "where `composer global` puts its programs is not known".to_owned();
            return Err(Stop { code: "unknown-command", at: step.at, reason });
        }
    }
    Ok(all)
}

/// Texts of the program's own sources.
fn sources(case: &Case) -> Vec<Arc<str>> {
    let is_source = |path: &str| path.ends_with(".php") && !path.starts_with("vendor/");
    case.texts(is_source)
}
