//! What a jar needs beside it.

use super::super::Stop;
use super::super::case::Case;
use super::super::plan::Copied;
use super::launch::Launch;
use super::made::Made;
use super::sources::Sources;
use crate::facts::resolve;
use crate::shell::command::base;

/// What makes a jar that has everything.
const WHOLE: &[&str] = &[
    "assembly",
    "capsule",
    "com.github.johnrengel",
    "fatJar",
    "fat-jar",
    "jar-with-dependencies",
    "ktor",
    "maven-shade-plugin",
    "onejar",
    "org.springframework.boot",
    "shadow",
    "spring-boot-maven-plugin",
    "uberjar",
    "uberJar",
    "uber-jar",
    "zipTree",
];

pub(super) fn of(
    case: &Case,
    launch: &Launch,
    made: &Made,
    sources: &Sources,
    doubts: &mut Vec<String>,
) -> Result<Vec<Copied>, Stop> {
    let Some(jar) = &launch.jar else { return Ok(Vec::new()) };
    let Some((folder, name)) = jar.rsplit_once('/') else { return Ok(Vec::new()) };
    let manifests = || sources.manifests.iter().map(|(_, text)| &**text);
    let says = |what: &str| manifests().any(|it| it.contains(what));
    if name == "quarkus-run.jar" {
        return Ok(vec![Copied::folder(folder, "Quarkus starts it with the folders beside it")]);
    }
    let said = |what: &str| made.commands.iter().any(|it| it.contains(what));
    if name.contains("-runner") && says("quarkus") {
        let is_whole = says("uber-jar") || says("uberJar") || said("uber-jar");
        let is_whole = is_whole || sources.settings.iter().any(|it| it.1.contains("uber-jar"));
        let lib = Copied::folder(&format!("{folder}/lib"), "Quarkus starts it with the jars in it");
        return Ok(if is_whole { Vec::new() } else { vec![lib] });
    }
    let because = "the manifest of the jar names what is in it";
    let copied = manifests().filter_map(dependencies);
    let copied: Vec<Copied> =
        copied.map(|it| Copied::folder(&format!("{folder}/{it}"), because)).collect();
    let is_whole = WHOLE.iter().any(|it| says(it) || name.contains(it)) || said("assembly");
    if is_whole || !copied.is_empty() {
        return Ok(copied);
    }
    if says("io.helidon.applications") {
        return Ok(vec![Copied::folder(&format!("{folder}/libs"), because)]);
    }
    let adds = |text: &&str| text.contains("<addClasspath>true");
    if let Some(text) = manifests().find(adds) {
        let prefix = between(text, "<classpathPrefix>", "</classpathPrefix>").unwrap_or("");
        let prefix = prefix.trim().trim_start_matches("./").trim_end_matches('/');
        if prefix.contains('$') || prefix.starts_with("..") {
            let reason = "where the libraries of the jar are, depends on its manifest".to_owned();
            return Err(case.stop("class-path", reason));
        }
        return Ok(vec![match prefix {
            "" => jars(folder, because),
            prefix if prefix.starts_with('/') => Copied::folder(prefix, because),
            prefix => Copied::folder(&format!("{folder}/{prefix}"), because),
        }]);
    }
    let named: Vec<&str> = manifests().flat_map(class_path).collect();
    if !named.is_empty() {
        let place = |it: &&str| resolve(Some(folder), it);
        let all = named.iter().filter_map(place);
        return Ok(all.map(|it| Copied::folder(&it, "the manifest of the jar names it")).collect());
    }
    if says("Class-Path") {
        return match base(folder) {
            "libs" | "dist" | "target" | "out" => {
                let because = "the manifest of the jar may name what is beside it";
                Ok(vec![Copied::folder(folder, because)])
            }
            _ => {
                let reason =
                    "where the libraries of the jar are, depends on its manifest".to_owned();
                Err(case.stop("class-path", reason))
            }
        };
    }
    let is_known = says("<packaging>") || !sources.manifests.is_empty() || said("javac");
    if !is_known {
        doubts.push(format!("whether `{name}` has everything that it needs"));
    }
    Ok(Vec::new())
}

/// The folder beside the jar that a build with Maven copies the libraries to, where the manifest names it.
fn dependencies(text: &str) -> Option<&str> {
    let adds = text.contains("<addClasspath>true") && text.contains("copy-dependencies");
    let prefix = between(text, "<classpathPrefix>", "</classpathPrefix>").filter(|_| adds)?;
    let prefix = prefix.trim().trim_start_matches("./").trim_end_matches('/');
    let copies = text.contains(&format!("/{prefix}</outputDirectory>"));
    (copies && !prefix.is_empty() && !text.contains("<profile>")).then_some(prefix)
}

/// Jars and folders that a manifest names, or the task that writes it.
fn class_path(text: &str) -> impl Iterator<Item = &str> {
    let rest = text.split_once("Class-Path").map_or("", |(_, rest)| rest);
    // Lines that go on begin with a blank.
    let end = rest.match_indices('\n').find(|(at, _)| !rest[at + 1..].starts_with(' '));
    let line = &rest[..end.map_or(rest.len(), |(at, _)| at)];
    let words = line.split(|it: char| it.is_whitespace() || "\"'<>:,=()".contains(it));
    words.filter(|it| {
        (it.ends_with(".jar") || it.ends_with('/') && it.len() > 1) && !it.contains('$')
    })
}

/// All jars of a folder.
fn jars(folder: &str, because: &str) -> Copied {
    let mut copied = Copied::folder(&format!("{folder}/*.jar"), because);
    copied.to = format!("{folder}/");
    copied
}

pub(super) fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let rest = &text[text.find(open)? + open.len()..];
    Some(&rest[..rest.find(close)?])
}
