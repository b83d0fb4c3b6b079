//! PHP: sources with what composer installs, and extensions that the build compiles.

use super::case::Case;
use super::commands::Work;
use super::interpreted::{self, Language};
use super::plan::{Kind, Plan};
use super::program::Program;
use super::{Stack, Stop, needs};
use crate::images::runtime::RuntimeImage;
use crate::shell::command::base;
use std::sync::Arc;

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

/// Extensions, or tools that fetch them, of which it is not known what they need.
const UNKNOWN: &[&str] =
    &["install-php-extensions", "ioncube", "newrelic", "oci8", "sqlsrv", "pdo_sqlsrv"];

fn is(case: &Case) -> bool {
    base(case.repository()) == "php"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let text = program.words.join(" ");
    if text.contains("artisan serve") || text.contains("server:run") {
        let reason = format!("`{text}` is for those who write the program");
        return Err(case.stop("development", reason));
    }
    let language = Language {
        name: "PHP",
        programs: PROGRAMS,
        builders: BUILDERS,
        installers: INSTALLERS,
        brings_programs: false,
        folders: folders(case)?,
    };
    let image = interpreted::slim(case, &language)?;
    if !interpreted::leaves_tools(case) {
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
    interpreted::libraries_of_installed(case, &image, &mut plan)?;
    interpreted::are_published(case, &plan)?;
    let why = "the same image, without what was installed for the build alone; extensions and sources are copied";
    // Its entry point and its command are those of the build stage.
    let image = RuntimeImage { entrypoint: &[], ..image };
    plan.ground.kind = Kind::Chosen(Box::new(image), why.to_owned());
    plan.left.push("headers".to_owned());
    Ok(plan)
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
        if base(name).starts_with("composer") && words.iter().flatten().any(|it| *it == "global") {
            let reason = "where `composer global` puts its programs is not known".to_owned();
            return Err(Stop { code: "unknown-command", at: step.at, reason });
        }
    }
    Ok(all)
}

/// Texts of the program's own sources.
fn sources(case: &Case) -> Vec<Arc<str>> {
    let Ok(files) = case.files() else { return Vec::new() };
    let is_source = |path: &&Box<str>| path.ends_with(".php") && !path.starts_with("vendor/");
    files.iter().filter(is_source).take(3000).filter_map(|path| case.text(path)).collect()
}
