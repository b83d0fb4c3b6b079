//! What the `RUN`s of a build for the virtual machine leave behind.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::install;
use super::super::plan::{Copied, Plan};
use super::{server, tool};
use crate::facts::{is_within, resolve};
use crate::shell::command::base;

/// What a build makes, as far as it is told.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The folders in which tools compile.
    pub(super) builds: Vec<String>,
    /// Where something was copied, moved or downloaded to.
    pub(super) places: Vec<String>,
    /// What may be needed besides the program.
    pub(super) others: Vec<Copied>,
    /// What the commands of the build say, a line each.
    pub(super) commands: Vec<String>,
    /// Why the locale matters.
    pub(super) locale: Option<String>,
}

impl Made {
    /// Whether the build makes, or may make, what is at a path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.builds.iter().any(|it| it != "/" && is_within(path, it))
            || self.builds.iter().any(|it| it == "/" && is_output(path))
            || self.places.iter().any(|it| is_within(path, it))
            || path.starts_with("/root/.m2/")
    }
}

/// Folders into which tools write, by their own names.
pub(super) fn is_output(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|it| matches!(it, "target" | "build" | "out" | "dist" | "bin" | "classes"))
}

/// Tools that change sources in place, install tools of the build, or make what a jar then has.
const BESIDE: &[&str] = &[
    "bower",
    "dos2unix",
    "git",
    "gpg",
    "gunzip",
    "md5sum",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "sync",
    "tee",
    "grunt",
    "gulp",
    "native-image",
    "npm",
    "npx",
    "pnpm",
    "sdk",
    "sed",
    "update-alternatives",
    "update-java-alternatives",
    "yarn",
    "javadoc",
    "stty",
];

/// Names of tools, in the addresses from which they are downloaded.
const DOWNLOADED_TOOLS: &[&str] = &[
    "ant",
    "boot-clj",
    "gradle",
    "kotlin",
    "lein",
    "leiningen",
    "maven",
    "nodesource",
    "nodejs",
    "nvm",
    "sbt",
    "scala",
    "sdkman",
    "tomcat",
];

pub(super) fn made(case: &Case, plan: &mut Plan) -> Result<Made, Stop> {
    let mut made = Made::default();
    for step in case.steps() {
        made.commands.push(step.text.clone());
        if tool(case, step).is_some() {
            made.builds.extend(step.workdir.clone());
            continue;
        }
        if let Work::Takes(taken) = &step.work {
            let name = base(taken.from.trim_end_matches('/'));
            made.places.extend(Some(taken.to.clone()).filter(|it| it != "/"));
            made.places.extend(resolve(Some(&taken.to), name));
            continue;
        }
        let Work::Program { name, words, .. } = &step.work else {
            outside(case, step, &mut made)?;
            continue;
        };
        match *name {
            "cp" | "mv" | "ln" | "install" => placed(case, step, words, &mut made)?,
            "mkdir" => folders(case, step, words, &mut made),
            "curl" | "wget" | "tar" | "unzip" | "bash" | "sh" | "apt-key" => {
                downloaded(case, step, name, words, &mut made)?;
            }
            "touch" => {
                let paths = words.iter().flatten().filter(|it| !it.starts_with('-'));
                let paths = paths.filter_map(|it| resolve(step.workdir.as_deref(), it));
                made.places.extend(paths);
            }
            "locale-gen" => made.locale = Some(format!("`{}` makes a locale", step.text)),
            "npm" | "yarn" | "pnpm" | "npx" => {
                let doubt = format!("what `{}` makes is part of the jar", step.text);
                if !plan.doubts.contains(&doubt) {
                    plan.doubts.push(doubt);
                }
            }
            "java" if server::jetty::is_called(case, words) => (),
            name if BESIDE.contains(&name) => (),
            _ => outside(case, step, &mut made)?,
        }
    }
    made.builds.retain(|it| !it.is_empty());
    Ok(made)
}

/// What is no matter of Java.
fn outside(case: &Case, step: &Step, made: &mut Made) -> Result<(), Stop> {
    let mut found = install::Made::default();
    install::other(case, step, &mut found)?;
    for copied in &found.others {
        made.places.push(copied.from.clone());
    }
    let is_own = |it: &Copied| !is_removed(case, step, &it.from) && !is_settings(&it.from);
    made.others.extend(found.others.into_iter().filter(is_own));
    Ok(())
}

/// What only the tools of a build read.
pub(super) fn is_settings(path: &str) -> bool {
    const STORES: &[&str] = &[
        "/etc/apt",
        "/home/gradle/.gradle",
        "/root/.gradle",
        "/root/.ivy2",
        "/root/.lein",
        "/root/.m2",
        "/root/.sbt",
        "/tmp",
        "/usr/share/maven",
        "/usr/share/keyrings",
        "/etc/profile.d",
        "/root/.bashrc",
        "/usr/local/bin/lein",
        "/usr/bin/lein",
    ];
    STORES.iter().any(|it| is_within(path, it)) || is_tool(path)
}

/// `/opt/gradle`, `/usr/share/apache-maven-3.9.6`
fn is_tool(path: &str) -> bool {
    const NAMES: &[&str] = &["apache-ant", "apache-maven", "ant", "gradle", "maven", "sbt"];
    let mut folders = ["/opt/", "/usr/lib/", "/usr/local/", "/usr/share/"].iter();
    let inside = folders.find_map(|it| path.strip_prefix(it)).and_then(|it| it.split('/').next());
    let is_it = |name: &str, it: &str| {
        let rest = name.strip_prefix(it);
        let version = rest.and_then(|it| it.strip_prefix('-'));
        rest == Some("") || version.is_some_and(|it| it.starts_with(char::is_numeric))
    };
    inside.is_some_and(|name| NAMES.iter().any(|it| is_it(name, it)))
}

/// `cp target/x.jar app.jar`.
fn placed(case: &Case, step: &Step, words: &[Option<&str>], made: &mut Made) -> Result<(), Stop> {
    let unclear = || {
        let reason = format!("where `{}` puts it is not known", step.text);
        Stop { code: "unknown-command", at: step.at, reason }
    };
    let is_option = |it: &&Option<&str>| it.is_some_and(|it| it.starts_with('-'));
    let operands: Vec<Option<&str>> = words.iter().filter(|it| !is_option(it)).copied().collect();
    let target = operands.last().copied().flatten().ok_or_else(unclear)?;
    let to = resolve(step.workdir.as_deref(), target).ok_or_else(unclear)?;
    if let "/etc/localtime" = to.as_str() {
        made.others.push(Copied::file(&to, format!("`{}` sets the time zone", step.text)));
        return Ok(());
    }
    // A file that goes into a folder keeps its name.
    let is_folder = target.ends_with(['/', '.']) || operands.len() > 2;
    let source = operands.first().copied().flatten().filter(|_| is_folder);
    let name = source.filter(|it| !it.contains('*')).map(|it| base(it.trim_end_matches('/')));
    let place = match name {
        Some(name) => format!("{}/{name}", to.trim_end_matches('/')),
        None => to.clone(),
    };
    let near =
        made.builds.iter().chain(case.stage().workdir().map(str::to_owned).iter()).any(|it| {
            let inside = it != "/" && is_within(&to, it);
            inside || is_within(it, &to)
        });
    // What is put apart from the build is there to be used; a single file elsewhere is the program.
    let wants = !near && !is_settings(&to) && !is_removed(case, step, &to) && to != "/";
    if wants && !place.ends_with(".jar") && !place.ends_with(".war") {
        made.others.push(Copied::folder(&to, format!("`{}` puts it there", step.text)));
    }
    made.places.push(place);
    if to != "/" {
        made.places.push(to);
    }
    Ok(())
}

/// Folders for what the program writes.
fn folders(case: &Case, step: &Step, words: &[Option<&str>], made: &mut Made) {
    let workdir = case.stage().workdir().unwrap_or("/");
    for word in words.iter().flatten().filter(|it| !it.starts_with('-')) {
        let Some(path) = resolve(step.workdir.as_deref(), word) else { continue };
        let holds_work = is_within(workdir, &path)
            || case.steps().iter().any(|it| {
                let dir = it.workdir.as_deref();
                tool(case, it).is_some() && dir.is_some_and(|it| is_within(it, &path))
            });
        let is_build = is_output(&path) && is_within(&path, workdir);
        if holds_work || is_build || is_settings(&path) || is_removed(case, step, &path) {
            continue;
        }
        made.others.push(Copied::folder(&path, format!("`{}` makes it", step.text)));
        made.places.push(path);
    }
}

/// Whether a later command may take it away.
fn is_removed(case: &Case, made: &Step, path: &str) -> bool {
    let name = base(path);
    let later = case.steps().iter().filter(|it| it.at.start > made.at.start);
    let mut removes = later.filter(|it| {
        let text = it.text.trim_start();
        text.starts_with("rm ") || text.starts_with("mv ") || text.starts_with("rmdir ")
    });
    removes.any(|it| it.text.contains(name) || it.text.ends_with('…') || it.text.contains('*'))
}

/// Archives of tools, and what is named by its path.
fn downloaded(
    case: &Case,
    step: &Step,
    name: &str,
    words: &[Option<&str>],
    made: &mut Made,
) -> Result<(), Stop> {
    let text = described(case, step, name);
    let is_java = ["jdk", "jre", "graalvm", "openj9"].iter().any(|it| text.contains(it));
    if is_java {
        let reason = format!("which Java `{}` brings is not known", step.text);
        return Err(Stop { code: "unknown-java", at: step.at, reason });
    }
    let output = || {
        let at = words.iter().position(|it| {
            matches!(*it, Some("-o" | "-O" | "--output" | "-d" | "-C" | "--output-document"))
        })?;
        let path = words.get(at + 1).copied().flatten()?;
        resolve(step.workdir.as_deref(), path)
    };
    // Without an option it is called as in its address.
    let named = || {
        let address = words.iter().flatten().rfind(|it| it.contains("://"))?;
        let name = base(address.split(['?', '#']).next().unwrap_or(address));
        let keeps =
            name.ends_with(".jar") && (step.text.starts_with("wget") || step.text.contains(" -O"));
        keeps.then(|| resolve(step.workdir.as_deref(), name)).flatten()
    };
    let output = || output().filter(|it| !it.ends_with("://")).or_else(named);
    // An archive that the build has made.
    let is_own = |it: &str| resolve(step.workdir.as_deref(), it).is_some_and(|it| is_output(&it));
    let inside = step.workdir.as_deref().is_some_and(is_output);
    let inside = inside || words.iter().flatten().any(|it| is_own(it));
    if inside && matches!(name, "tar" | "unzip") {
        made.places.extend(output().or_else(|| step.workdir.clone()));
        return Ok(());
    }
    let is_jar = output().is_some_and(|it| it.ends_with(".jar"));
    let is_of_tool = DOWNLOADED_TOOLS.iter().any(|it| text.contains(it));
    if is_of_tool && !is_jar {
        return Ok(());
    }
    let Some(path) = output().filter(|_| matches!(name, "curl" | "wget")) else {
        let reason = format!("what `{}` makes is not known", step.text);
        return Err(Stop { code: "unknown-command", at: step.at, reason });
    };
    if !is_removed(case, step, &path) && !is_settings(&path) {
        made.others.push(Copied::file(&path, format!("`{}` downloads it", step.text)));
        made.places.push(path);
    }
    Ok(())
}

/// A command as it is written, with that whose output an archiver reads.
fn described(case: &Case, step: &Step, name: &str) -> String {
    let source = case.cx.file.source;
    let own = step.at.of(source).to_ascii_lowercase();
    let before = case.steps().iter().take_while(|it| it.at.start < step.at.start).last();
    let before = before.filter(|it| {
        let brings = matches!(&it.work, Work::Program { name: "curl" | "wget", .. });
        brings && it.instruction == step.instruction
    });
    let between = before.map(|it| (it, source[it.at.end..step.at.start].trim()));
    match between.filter(|(_, between)| name == "tar" && *between == "|") {
        Some((before, _)) => format!("{} | {own}", before.at.of(source).to_ascii_lowercase()),
        None => own,
    }
}

/// Packages of Java itself, and of tools that compile for it.
pub(super) fn is_java_package(debian: &str, alpine: &str) -> bool {
    let name = if debian.is_empty() { alpine } else { debian };
    const STARTS: &[&str] = &[
        "ant",
        "bash",
        "default-j",
        "findutils",
        "git",
        "gradle",
        "java-",
        "leiningen",
        "maven",
        "nodejs",
        "npm",
        "openjdk",
        "oracle-java",
        "sbt",
        "scala",
        "temurin",
        "clojure",
        "xargs",
        "java-common",
        "dos2unix",
        "ca-certificates-java",
    ];
    STARTS.iter().any(|it| name.starts_with(it))
}
