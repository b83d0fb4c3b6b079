//! Ruby: gems that bundler or `gem` installs, with the program beside them.

use super::case::Case;
use super::commands::Work;
use super::interpreted::{self, Language};
use super::names::Names;
use super::plan::Plan;
use super::program::Program;
use super::{Stack, Stop, needs};
use crate::facts::resolve;
use crate::images::runtime::RuntimeImage;
use crate::shell::command::base;
use std::sync::Arc;

pub(super) const STACK: Stack = Stack { name: "Ruby gems", is, plan };

const PROGRAMS: &[&str] =
    &["bundle", "bundler", "erb", "gem", "irb", "rackup", "rails", "rake", "ruby"];
const BUILDERS: &[&str] =
    &["assets:precompile", "foreman", "hanami", "jekyll", "middleman", "nanoc"];

/// Gems, and the packages of Debian with whose libraries they are built or which they load.
const GEMS: &[(&str, &[&str])] = &[
    ("charlock_holmes", &["libicu-dev"]),
    ("cocoapods", &["libcurl4-openssl-dev"]),
    ("curb", &["libcurl4-openssl-dev"]),
    ("do_mysql", &["default-libmysqlclient-dev"]),
    ("do_postgres", &["libpq-dev"]),
    ("ethon", &["libcurl4-openssl-dev"]),
    ("libxml-ruby", &["libxml2-dev"]),
    ("mysql2", &["default-libmysqlclient-dev"]),
    ("pg", &["libpq-dev"]),
    ("rmagick", &["libmagickwand-dev"]),
    ("sequel_pg", &["libpq-dev"]),
    ("sqlite3", &["libsqlite3-dev"]),
    ("typhoeus", &["libcurl4-openssl-dev"]),
];

/// Gems that start programs, with their packages.
const CALLERS: &[(&str, &str)] = &[
    ("cocoapods", "git"),
    ("danger", "git"),
    ("gollum", "git"),
    ("kt-paperclip", "imagemagick"),
    ("mini_magick", "imagemagick"),
    ("paperclip", "imagemagick"),
    ("pronto", "git"),
    ("streamio-ffmpeg", "ffmpeg"),
];

/// Gems that need what is not known, or a browser.
const UNKNOWN: &[&str] = &[
    "gpgme",
    "grover",
    "imgkit",
    "libvirt",
    "passenger",
    "phantomjs",
    "puppeteer-ruby",
    "rbczmq",
    "ruby-filemagic",
    "ruby-libvirt",
    "ruby-oci8",
    "rugged",
    "tiny_tds",
    "wkhtmltopdf-binary",
    "zookeeper",
];

/// Tests, and tools of those who write it.
const TOOLS: &[&str] = &["cucumber", "guard", "minitest", "rspec", "rubocop", "spring", "test"];

fn is(case: &Case) -> bool {
    base(case.repository()) == "ruby"
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    interpreted::is_for_users(case, program, TOOLS)?;
    let mut language = Language {
        name: "Ruby",
        programs: PROGRAMS,
        builders: BUILDERS,
        installers: &["bundle", "bundler", "gem"],
        brings_programs: true,
        has: &["libffi-dev", "libgmp-dev", "libssl-dev", "libyaml-dev", "libz-dev", "zlib1g-dev"],
        folders: vec!["/usr/local/bundle".to_owned()],
    };
    language.folders.extend(folders(case)?);
    let image = interpreted::slim(case, &language)?;
    let is_same = interpreted::is_same(case, &image)?;
    let mut plan = Plan::default();
    interpreted::carried(case, program, &language, &mut plan)?;
    let gems = Gems::read(case)?;
    let texts = sources(case);
    let mut named: Vec<&str> = texts.iter().map(|it| &**it).collect();
    // Clients of databases and tools for media: gems start them.
    named.push("\"convert\" \"ffmpeg\" \"gs\" \"pdftotext\" \"pg_dump\" \"sqlite3\" \"tesseract\" \"tini\" \"dumb-init\"");
    needs::packages(case, &named, &mut plan)?;
    gems.packages(case, &image, is_same, &mut plan)?;
    interpreted::libraries_of_installed(case, &language, &image, &mut plan)?;
    called(case, &texts, is_same, &mut plan);
    interpreted::are_published(case, &plan)?;
    if is_old(&image) && !interpreted::installs_packages(case) && !plan.ground.packages.is_empty() {
        let doubt = "whether the packages of so old a distribution can still be had";
        plan.doubts.push(doubt.to_owned());
    }
    let why = "the same Ruby on the same distribution, without compilers and headers; gems and sources are copied";
    interpreted::on(image, why, &mut plan);
    Ok(plan)
}

/// Its last builds were on a release of Debian that has moved to the archive.
fn is_old(image: &RuntimeImage) -> bool {
    let tag = image.reference.rsplit(':').next().unwrap_or_default();
    let version = tag.split('-').next().unwrap_or_default();
    let mut numbers = version.split('.').map(|it| it.parse::<u32>().unwrap_or(u32::MAX));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(u32::MAX));
    let is_suite = |name: &&str| tag.contains(*name);
    !tag.contains("alpine")
        && (major < 2
            || major == 2 && minor < 6
            || ["jessie", "stretch", "buster"].iter().any(is_suite))
}

/// Where gems and settings are besides the usual place.
fn folders(case: &Case) -> Result<Vec<String>, Stop> {
    let mut all = Vec::new();
    for step in case.steps() {
        let Work::Program { name, words, .. } = &step.work else { continue };
        let has = |word: &str| words.iter().flatten().any(|it| *it == word);
        if *name == "gem" && has("--system") {
            all.push("/usr/local/lib/ruby".to_owned());
        }
        if *name == "bundle" && has("config") && has("--global") {
            all.push("/root/.bundle".to_owned());
        }
    }
    for name in ["BUNDLE_PATH", "GEM_HOME", "BUNDLE_APP_CONFIG"] {
        let Some(value) = case.variable(name).filter(|_| case.sets(name)) else { continue };
        let place = resolve(Some(case.workdir()?), &value);
        let place = place.filter(|it| it.matches('/').count() > 1 || it.len() > 5);
        let Some(place) = place.filter(|_| !value.contains('$')) else {
            return Err(case.stop("environment", format!("what `{name}` means is not known")));
        };
        all.push(place);
    }
    Ok(all)
}

/// What is known of the gems.
struct Gems {
    names: Vec<String>,
    /// Every gem is named, also those that others need.
    is_all: bool,
    text: String,
}

impl Gems {
    fn read(case: &Case) -> Result<Self, Stop> {
        let mut names = Vec::new();
        let mut installs = false;
        for step in case.steps() {
            let Work::Program { name: "gem", words, .. } = &step.work else { continue };
            let words: Vec<&str> = words.iter().flatten().copied().collect();
            if words.first().is_some_and(|it| matches!(*it, "install" | "i")) {
                let own = words[1..].iter().filter(|it| !it.starts_with('-'));
                let own: Vec<String> =
                    own.map(|it| it.split(':').next().unwrap_or(it).to_owned()).collect();
                installs |= own.iter().any(|it| it != "bundler" && it != "foreman");
                names.extend(own);
            }
        }
        if case.arrivals.is_empty() {
            return Ok(Self { names, is_all: !installs, text: String::new() });
        }
        let own = |name: &str| {
            let is_it = |it: &&str| base(it) == name && !it.contains("vendor/");
            Ok::<_, Stop>(
                case.files()?.iter().map(|it| &**it).find(is_it).and_then(|it| case.text(it)),
            )
        };
        let lock = own("Gemfile.lock")?;
        let manifest = own("Gemfile")?;
        if let Some(lock) = &lock {
            let gem = |line: &str| {
                line.strip_prefix("    ").and_then(|it| it.split(' ').next()).map(str::to_owned)
            };
            names.extend(lock.lines().filter_map(gem).filter(|it| !it.is_empty()));
        }
        let text = manifest.as_deref().unwrap_or_default();
        let quoted = |line: &str| {
            let rest = line.trim().strip_prefix("gem ")?.trim_start().get(1..)?;
            Some(rest.split(['"', '\'']).next()?.to_owned())
        };
        names.extend(text.lines().filter_map(quoted));
        Ok(Self { names, is_all: !installs || lock.is_some(), text: text.to_owned() })
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|it| it == name)
    }

    fn packages(
        &self,
        case: &Case,
        image: &RuntimeImage,
        is_same: bool,
        plan: &mut Plan,
    ) -> Result<(), Stop> {
        if let Some(name) = UNKNOWN.iter().find(|it| self.has(it)) {
            let reason = format!("what the gem `{name}` needs when it runs is not known");
            return Err(case.stop("gem", reason));
        }
        // Only runtimes for JavaScript that the image has are found by this gem.
        if self.has("execjs") && !self.has("mini_racer") && !self.has("therubyracer") {
            let is_node = |it: &str| it == "nodejs" || it == "node";
            let installed = case.steps().iter().any(|step| {
                matches!(&step.work, Work::Packages(names) if names.iter().any(|it| is_node(it)))
            });
            if installed && interpreted::has_repositories(case) {
                let reason =
                    "the gem `execjs` needs Node.js, which does not come from the distribution";
                return Err(case.stop("package", reason.to_owned()));
            }
        } else {
            interpreted::without_node(plan);
        }
        if is_same {
            // Everything that the gems need is installed by the file.
            return Ok(());
        }
        interpreted::libraries_of_named(case, GEMS, |it| self.has(it), "the gem", image, plan)?;
        for (gem, package) in CALLERS.iter().filter(|it| self.has(it.0)) {
            needs::add(case, package, format!("the gem `{gem}` starts it"), plan);
        }
        if self.text.contains("gemspec") {
            needs::add(
                case,
                "git",
                "`Gemfile` reads a `gemspec`, which may start `git`".to_owned(),
                plan,
            );
        }
        if !self.is_all {
            let doubt = "which libraries the gems need that `gem install` brings";
            plan.doubts.push(doubt.to_owned());
        }
        Ok(())
    }
}

/// Texts of the program's own sources.
fn sources(case: &Case) -> Vec<Arc<str>> {
    let is_source = |path: &str| {
        let is_test =
            path.starts_with("spec/") || path.starts_with("test/") || path.starts_with("vendor/");
        !is_test && [".rb", ".ru", ".rake"].iter().any(|end| path.ends_with(end))
    };
    case.texts(is_source)
}

/// Programs of the full image that the sources start.
fn called(case: &Case, texts: &[Arc<str>], is_same: bool, plan: &mut Plan) {
    if is_same {
        return;
    }
    for program in ["convert", "curl", "git", "identify", "ssh", "svn", "unzip", "wget"] {
        let starts = [
            format!("`{program} "),
            format!("system(\"{program} "),
            format!("system('{program} "),
            format!("%x({program} "),
        ];
        let starts = starts.each_ref().map(String::as_str);
        let names = Names::of(&starts);
        let starts = |text: &Arc<str>| names.are_in(text);
        if let (true, Some(package)) = (texts.iter().any(starts), needs::package_of(program)) {
            needs::add(case, package, format!("the sources start `{program}`"), plan);
        }
    }
}
