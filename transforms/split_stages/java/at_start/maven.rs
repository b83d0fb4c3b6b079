//! What Maven starts.

use super::super::super::case::Case;
use super::super::beside::between;
use super::super::sources::Sources;
use super::{Call, Made, NEEDS_SERVICES, beside, is_readable_in_jar, task, without_tools};
use crate::facts::resolve;
use crate::project::manifests::{self, Kind, Manifest, Role};

/// What `mvn` starts.
pub(super) fn of(case: &Case, call: &Call, sources: &Sources) -> Result<Made, String> {
    let (_, text) = beside(case, call, &["pom.xml"]).ok_or("its `pom.xml` is not there")?;
    let text = without_comments(&text);
    let manifest = manifests::read(Kind::Pom, &text).map_err(|it| it.reason)?;
    if manifest.named_as(Role::Package).next().is_some() {
        return Err("which of its modules runs is not known".to_owned());
    }
    let mut parents = manifest.named_as(Role::Manifest);
    let is_here = |path: &str| {
        resolve(Some(call.workdir), path)
            .is_some_and(|it| case.source(&it).ok().flatten().is_some())
    };
    if parents.any(|it| is_here(&it.path)) {
        return Err("the `pom.xml` of its parent may say how".to_owned());
    }
    if let Some(name) = NEEDS_SERVICES.iter().find(|it| text.contains(**it)) {
        return Err(format!("`{name}` may need services when it builds"));
    }
    let (goal, others) = call.goals.split_last().ok_or("its goal is not known")?;
    let is_phase = |it: &&str| {
        matches!(*it, "clean" | "compile" | "package" | "install" | "process-resources")
    };
    if !others.iter().all(is_phase) {
        return Err("it has several goals".to_owned());
    }
    match *goal {
        "spring-boot:run" => spring_boot(case, call, &manifest, &text, sources),
        "exec:java" => exec(case, call, &text),
        goal if goal.starts_with("jetty:") || goal.starts_with("tomcat") => Err(format!(
            "`{goal}` serves it inside of Maven: `mvn package` and an image of that server, or `jetty-runner`, would serve the war"
        )),
        goal => Err(format!("`{goal}` is for somebody who develops in it")),
    }
}

/// The settings of a plugin.
fn settings<'t>(text: &'t str, plugin: &str) -> impl Iterator<Item = &'t str> {
    let open = format!("<artifactId>{plugin}</artifactId>");
    let starts: Vec<usize> = text.match_indices(&open).map(|(at, _)| at).collect();
    starts
        .into_iter()
        .map(|at| &text[at..][..text[at..].find("</plugin>").unwrap_or(text.len() - at)])
}

/// Settings of Spring Boot's plugin that say how a program is started, or what is made.
const SAYS_HOW: &[&str] = &[
    "<addResources>",
    "<agents>",
    "<arguments>",
    "<classifier>",
    "<directories>",
    "<environmentVariables>",
    "<folders>",
    "<jvmArguments>",
    "<outputDirectory>",
    "<profiles>",
    "<skip>",
    "<systemPropertyVariables>",
    "<useTestClasspath>",
    "<workingDirectory>",
];

/// The only jar that a build leaves in a folder `target`.
pub(super) fn only_jar(case: &Case, folder: &str) -> Option<String> {
    const MORE: &[&str] =
        &["assembly", "classifier>", "javadoc", "maven-source", "shade", "test-jar"];
    let place = folder.strip_suffix("/target")?;
    let source = case.source(&resolve(Some(place), "pom.xml")?).ok()??;
    let text = without_comments(&case.text(&source)?);
    let manifest = manifests::read(Kind::Pom, &text).ok()?;
    let is_alone = manifest.named_as(Role::Package).next().is_none()
        && text.contains("spring-boot-starter-parent")
        && settings(&text, "spring-boot-maven-plugin").next().is_some();
    let name = archive(&manifest, &text).ok().filter(|it| it.ends_with(".jar"))?;
    (is_alone && !MORE.iter().any(|it| text.contains(it))).then_some(name)
}

fn spring_boot(
    case: &Case,
    call: &Call,
    manifest: &Manifest,
    text: &str,
    sources: &Sources,
) -> Result<Made, String> {
    const PLUGIN: &str = "spring-boot-maven-plugin";
    let is_made =
        text.contains("spring-boot-starter-parent") || text.contains("<goal>repackage</goal>");
    if settings(text, PLUGIN).next().is_none() || !is_made {
        return Err("its `pom.xml` does not say that a jar is made to run alone".to_owned());
    }
    if let Some(it) =
        SAYS_HOW.iter().find(|it| settings(text, PLUGIN).any(|own| own.contains(**it)))
    {
        return Err(format!("`{it}` in its `pom.xml` says how it is started"));
    }
    let webapp = resolve(Some(call.workdir), "src/main/webapp").unwrap_or_default();
    if text.contains("<scope>system</scope>") || case.source(&webapp).ok().flatten().is_some() {
        return Err("a jar would not have all of it".to_owned());
    }
    is_readable_in_jar(sources)?;
    let has_tools = text.contains("spring-boot-devtools");
    let mut words = vec!["java".to_owned()];
    let mut arguments = Vec::new();
    for (name, value) in &call.properties {
        match *name {
            "spring-boot.run.jvmArguments" => {
                words.extend(value.split_whitespace().map(str::to_owned));
            }
            "spring-boot.run.profiles" => {
                arguments.push(format!("--spring.profiles.active={value}"));
            }
            "spring-boot.run.arguments" if !value.contains(',') => {
                arguments.extend(value.split_whitespace().map(str::to_owned));
            }
            name => return Err(format!("whether the program reads `{name}` is not known")),
        }
    }
    let jar = format!("target/{}", archive(manifest, text)?);
    words.extend(["-jar".to_owned(), jar]);
    words.extend(arguments);
    let task = task(call, &["-DskipTests", "package"]);
    Ok(Made { task, words, doubt: has_tools.then(without_tools) })
}

/// The file that a `pom.xml` makes.
fn archive(manifest: &Manifest, text: &str) -> Result<String, String> {
    let unknown = || "how the jar is called is not known".to_owned();
    let own = text.split_once("</parent>").map_or(text, |(_, rest)| rest);
    let packaging = between(own, "<packaging>", "</packaging>").map_or("jar", str::trim);
    let (name, version) =
        (manifest.name.as_deref().ok_or_else(unknown)?, manifest.version.as_deref());
    let is_of_plugin = own.find("<finalName>").is_some_and(|at| {
        own[..at].matches("<plugin>").count() != own[..at].matches("</plugin>").count()
    });
    let is_of_profile = own.split("<profiles>").skip(1).any(|it| it.contains("<finalName>"));
    if is_of_plugin || is_of_profile || own.matches("<finalName>").count() > 1 {
        return Err(unknown());
    }
    let named = between(own, "<finalName>", "</finalName>").map(|it| {
        let it = it.trim().replace("${project.artifactId}", name).replace("${artifactId}", name);
        it.replace("${project.version}", version.unwrap_or("$"))
    });
    let stem = match named {
        Some(named) => named,
        None => format!("{name}-{}", version.ok_or_else(unknown)?),
    };
    let moves = text.contains("<directory>${") || own.contains("<directory>target/");
    match matches!(packaging, "jar" | "war") && !stem.contains('$') && !moves {
        true => Ok(format!("{stem}.{packaging}")),
        false => Err(unknown()),
    }
}

fn exec(case: &Case, call: &Call, text: &str) -> Result<Made, String> {
    const PLUGIN: &str = "exec-maven-plugin";
    const OPEN: &[&str] =
        &["<additional", "<arguments>", "<classpathScope>", "<executable", "<systemPropert", "${"];
    if let Some(it) = OPEN.iter().find(|it| settings(text, PLUGIN).any(|own| own.contains(**it))) {
        return Err(format!("`{it}` in its `pom.xml` says how it is started"));
    }
    if case.variable("MAVEN_OPTS").is_some() {
        return Err("`MAVEN_OPTS` may say how it is started".to_owned());
    }
    let mut main = settings(text, PLUGIN).find_map(|it| between(it, "<mainClass>", "</mainClass>"));
    let mut arguments = Vec::new();
    for (name, value) in &call.properties {
        match *name {
            "exec.mainClass" => main = Some(value),
            "exec.args" if !value.contains(['"', '\'', '\\']) => {
                arguments = value.split_whitespace().map(str::to_owned).collect();
            }
            name => return Err(format!("whether the program reads `{name}` is not known")),
        }
    }
    let main = main.map(str::trim).filter(|it| !it.contains('$'));
    let main = main.ok_or("its main class is not known")?;
    let words = ["java", "-cp", "target/classes:target/dependency/*", main].map(str::to_owned);
    let goals = [
        "compile",
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        "&&",
        "mkdir",
        "-p",
        "target/dependency",
    ];
    let words = words.into_iter().chain(arguments).collect();
    Ok(Made { task: task(call, &goals), words, doubt: None })
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once("-->").map_or("", |(_, rest)| rest))
}
