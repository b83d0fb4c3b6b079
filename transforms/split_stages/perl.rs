//! Perl: programs with the modules that `cpanm`, `cpan`, `cpm` or Carton install.

use super::case::Case;
use super::interpreted::{self, Language};
use super::needs;
use super::plan::Plan;
use super::program::Program;
use super::{Stack, Stop};
use crate::facts::resolve;
use crate::images::runtime::RuntimeImage;
use crate::shell::command::base;
use crate::syntax::Keyword;
use std::sync::Arc;

pub(super) const STACK: Stack = Stack { name: "Perl modules", is, plan };

const PROGRAMS: &[&str] = &["carton", "perl", "perldoc", "prove"];

/// Modules, or the starts of their names, and the packages of Debian with whose libraries they are built.
const MODULES: &[(&str, &[&str])] = &[
    ("Alien::", &[]),
    ("Crypt::OpenSSL::", &["libssl-dev"]),
    ("Crypt::SSLeay", &["libssl-dev"]),
    ("DBD::MariaDB", &["libmariadb-dev"]),
    ("DBD::Pg", &["libpq-dev"]),
    ("DBD::mysql", &["default-libmysqlclient-dev"]),
    ("Dancer2::Plugin::Database", &[]),
    ("Git::Raw", &["libgit2-dev"]),
    ("Math::BigInt::GMP", &["libgmp-dev"]),
    ("Math::GMP", &["libgmp-dev"]),
    ("Mojo::Pg", &["libpq-dev"]),
    ("Mojo::mysql", &["default-libmysqlclient-dev"]),
    ("Net::LibIDN", &["libidn-dev"]),
    ("Net::SSLeay", &["libssl-dev"]),
    ("Text::Hunspell", &["libhunspell-dev"]),
    ("XML::LibXML", &["libxml2-dev"]),
    ("XML::LibXSLT", &["libxslt1-dev"]),
    ("XML::Parser", &["libexpat1-dev"]),
    ("XML::Twig", &["libexpat1-dev"]),
    ("YAML::LibYAML", &[]),
    ("ZMQ::", &["libzmq3-dev"]),
];

/// Modules that need what is not known, or a browser or a desktop.
const UNKNOWN: &[&str] = &[
    "DBD::ODBC",
    "DBD::Oracle",
    "GD",
    "Graphics::Magick",
    "Gtk",
    "Image::Magick",
    "Imager",
    "Inline::C",
    "Prima",
    "SDL",
    "Selenium",
    "Tk",
    "WWW::Mechanize::Chrome",
    "Wx",
];

/// Programs for those who write it.
const TOOLS: &[&str] = &["--reload", "-R", "morbo", "perltidy", "prove"];

fn is(case: &Case) -> bool {
    base(case.repository()) == "perl"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    interpreted::is_for_users(case, program, TOOLS)?;
    let language = Language {
        name: "Perl",
        programs: PROGRAMS,
        builders: &["make"],
        installers: &["carton", "cpan", "cpanm", "cpm", "perl"],
        brings_programs: true,
        has: &["libssl-dev", "zlib1g-dev"],
        folders: vec!["/usr/local/bin".to_owned(), "/usr/local/lib/perl5/site_perl".to_owned()],
    };
    let mut image = interpreted::slim(case, &language)?;
    interpreted::is_same(case, &image)?;
    let mut plan = Plan::default();
    interpreted::carried(case, program, &language, &mut plan)?;
    if !installs_for_all(case) {
        plan.copies.retain(|it| !language.folders.contains(&it.from));
    }
    let texts = texts(case)?;
    let named: Vec<&str> = texts.iter().map(|it| &**it).collect();
    needs::packages(case, &named, &mut plan)?;
    modules(case, &texts, &image, &mut plan)?;
    interpreted::libraries_of_installed(case, &language, &image, &mut plan)?;
    interpreted::are_published(case, &plan)?;
    interpreted::certificates(case, &mut image, &mut plan);
    let why = "the same Perl on the same distribution, without compilers and headers; modules and sources are copied";
    interpreted::on(image, why, &mut plan);
    Ok(plan)
}

/// Whether modules are installed where all programs of the image find them.
fn installs_for_all(case: &Case) -> bool {
    case.steps().iter().any(|step| {
        ["cpanm", "cpan ", "cpm install -g", "perl Makefile.PL"]
            .iter()
            .any(|it| step.text.contains(it))
    })
}

/// What says which modules there are: manifests, the file itself and the sources.
fn texts(case: &Case) -> Result<Vec<Arc<str>>, Stop> {
    let mut all: Vec<Arc<str>> = Vec::new();
    let is_wanted = |path: &str| {
        let name = base(path);
        let is_code = [".pl", ".pm", ".psgi", ".t", ".cgi"].iter().any(|it| name.ends_with(it));
        let is_manifest = name.starts_with("cpanfile")
            || matches!(name, "Build.PL" | "META.json" | "META.yml" | "Makefile.PL" | "dist.ini");
        is_code || is_manifest
    };
    all.extend(case.arriving(is_wanted)?.into_iter().filter_map(|path| case.text(path)));
    let runs = case.stage().all(case.cx.file, Keyword::Run);
    all.extend(runs.iter().map(|at| Arc::from(case.span(*at).of(case.cx.file.source))));
    let workdir = case.workdir()?;
    let script = resolve(Some(workdir), "script").unwrap_or_default();
    if let Some(source) = case.source(&script)? {
        for path in case.below(&source)? {
            all.extend(case.text(path));
        }
    }
    Ok(all)
}

/// The libraries that modules are linked with.
fn modules(
    case: &Case,
    texts: &[Arc<str>],
    image: &RuntimeImage,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let names = |name: &str| texts.iter().any(|text| has_module(text, name));
    if let Some(name) = UNKNOWN.iter().find(|it| names(it)) {
        plan.doubts.push(format!("which libraries `{name}` needs when it runs is not known"));
    }
    interpreted::libraries_of_named(case, MODULES, names, "the module", image, plan)
}

/// Whether a text has the name of a module as a word, or the start of it.
fn has_module(text: &str, name: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == ':';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part)
            && (name.ends_with("::")
                || !after.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_'))
    })
}
