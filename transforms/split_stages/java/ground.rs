//! Which image a program for the virtual machine runs on.

use super::super::Stop;
use super::super::base;
use super::super::case::Case;
use super::super::plan::{Kind, Plan};
use super::super::program::Program;
use super::carried;
use super::launch::Launch;
use super::sources::Sources;
use crate::images::Family;
use crate::images::runtime::{self, Jdk, RuntimeImage, RuntimeKind, User};
use crate::syntax::{Body, Command};
use crate::transform::RuntimePolicy;

/// The Java that images without a number have today.
const NEWEST: u32 = 25;

/// What is known of the Java of a stage.
struct Java {
    major: u32,
    /// It may be newer: the tag moves, or a build argument gives it.
    moves: bool,
    /// The JDK of the build stage, where its runtime can be carried.
    carried: Option<Jdk>,
    /// There is an image with the runtime of Eclipse Temurin, which does as well.
    has_temurin: bool,
}

pub(super) fn choose(
    case: &Case,
    program: &mut Program,
    launch: &Launch,
    sources: &Sources,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let mut java = java(case, launch, sources, plan)?;
    let tag = format!("{}-jre", java.major);
    java.has_temurin = !java.moves
        && plan.doubts.is_empty()
        && carried::is_as_published(case)
        && runtime::slim_of("eclipse-temurin", Some(&tag)).is_some();
    let (mut image, note) = match image(case, sources, plan, &java)? {
        Some(found) => found,
        None => vendors(case, sources, plan, &java)?,
    };
    // What it has as its entry point is what the old image has, or only runs the command.
    if image.reference.contains("temurin") {
        image.entrypoint = &[];
        let sets = |name: &str| case.variable(name).is_some();
        if sets("JAVA_HOME") && !case.repository().contains("temurin") {
            let home = "/opt/java/openjdk".to_owned();
            plan.environment.push(("JAVA_HOME".to_owned(), home));
        }
    }
    if launch.bash && image.reference.contains("alpine") {
        super::super::needs::add(case, "bash", "its script is for Bash".to_owned(), plan);
    }
    called(case, program, launch, &image, plan)?;
    plan.ground.kind = Kind::Chosen(Box::new(image), note);
    Ok(())
}

/// `java` by the path that it has in the image, where it is called by a path.
fn called(
    case: &Case,
    program: &mut Program,
    launch: &Launch,
    image: &RuntimeImage,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let mut words = program.words.clone();
    let sets_path = sets_path(case);
    let is_called = launch.path.is_some() || sets_path && words[0] == "java";
    // A shell that starts it does so where there is one, too.
    let mut changed = launch.is_other;
    changed |= program.changed && (!image.has_shell || !is_from_shell(case, program));
    if is_called && program.shell.is_none() {
        let path = image.interpreter.unwrap_or("java").to_owned();
        changed |= words[0] != path;
        words[0] = path;
    }
    if changed {
        program.words = words;
        program.changed = true;
        plan.start = Some(program.start(&program.words));
    } else {
        program.assigned.clear();
    }
    Ok(())
}

/// Whether the file sets the folders that are looked into: those of the image may be missing.
pub(super) fn sets_path(case: &Case) -> bool {
    case.stage().instructions.clone().any(|at| {
        matches!(&case.cx.file.instructions[at].body, Body::Env { pairs, .. }
            if pairs.iter().any(|it| it.name.text == "PATH"))
    })
}

/// Whether its instructions are as a shell reads them.
fn is_from_shell(case: &Case, program: &Program) -> bool {
    program.said.iter().any(|at| {
        let body = &case.cx.file.instructions[*at].body;
        let is_script =
            matches!(body, Body::Cmd(Command::Shell) | Body::Entrypoint(Command::Shell));
        is_script || program.changed
    })
}

/// A distroless image with its Java, or one to which the runtime is carried; `None` where neither will do.
fn image(
    case: &Case,
    sources: &Sources,
    plan: &mut Plan,
    java: &Java,
) -> Result<Option<(RuntimeImage, String)>, Stop> {
    use RuntimePolicy::{Alpine, Distroless, Slim, Smallest};
    let policy = case.cx.options.runtime;
    let wants = sources.distribution(case).filter(|_| !is_on_alpine(case));
    let wants_system = base::wants_system(&plan.ground) || wants.is_some() || is_on_alpine(case);
    let has_own = matches!(java.major, 17 | 21 | 25) && !java.moves;
    let carried = java.carried.filter(|_| !has_own || policy == Smallest);
    let of_temurin = java.has_temurin && !has_own && carried.is_none();
    let is_there = has_own || carried.is_some() || of_temurin;
    let asked = policy == Distroless;
    if !asked && (wants_system || matches!(policy, Slim | Alpine) || !is_there) {
        return Ok(None);
    }
    if let Some(why) = wants.filter(|_| asked) {
        let reason = format!("distroless images have neither locales nor other fonts, and {why}");
        return Err(case.stop("runtime", reason));
    }
    let kind = match carried.is_some() || of_temurin {
        true => RuntimeKind::JavaBase,
        false => RuntimeKind::Java { major: java.major },
    };
    let choice = base::distroless(case, kind, &plan.ground)?;
    // Where the user of the old image is not known, the one without rights does.
    let is_unknown = case.stage().user().is_none() && plan.ground.root.is_none();
    let nonroot = is_unknown.then(|| runtime::distroless(kind, User::Nonroot)).flatten();
    let image = nonroot.unwrap_or(choice.image);
    if of_temurin {
        carried::of_temurin(case, java.major, plan);
        let image = RuntimeImage { interpreter: Some(carried::JAVA_OF_TEMURIN), ..image };
        let note = format!("the runtime of Eclipse Temurin is put on it; {}", choice.note);
        return Ok(Some((image, note)));
    }
    let Some(jdk) = carried else {
        if java.carried.is_some() && policy != Distroless {
            let saves =
                "`--runtime smallest` carries the runtime of its own JDK: about 100 MB less";
            plan.notes.push(saves.to_owned());
        }
        return Ok(Some((image, choice.note)));
    };
    carried::carry(case, jdk, plan);
    let image = RuntimeImage { interpreter: Some(carried::JAVA), ..image };
    Ok(Some((image, format!("the runtime of its own JDK is carried; {}", choice.note))))
}

fn is_on_alpine(case: &Case) -> bool {
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    distribution.is_some_and(|it| it.family == Family::Alpine)
}

/// A distribution with a shell, to which a runtime is carried whose version no image is known to have.
fn on_debian(
    case: &Case,
    sources: &Sources,
    plan: &mut Plan,
    java: &Java,
) -> Option<(RuntimeImage, String)> {
    let is_open = java.moves && case.cx.options.runtime != RuntimePolicy::Alpine;
    let wants_more = !plan.ground.packages.is_empty() || sources.distribution(case).is_some();
    let jdk = java.carried.filter(|_| is_open && !wants_more)?;
    let image = runtime::debian_slim("trixie")?;
    let note = format!("the runtime of its own JDK is carried; {}", base::why_system(&plan.ground));
    carried::carry(case, jdk, plan);
    // The virtual machine has its own.
    Some((RuntimeImage { interpreter: Some(carried::JAVA), certificates: true, ..image }, note))
}

/// The image of a vendor with the runtime of its Java.
fn vendors(
    case: &Case,
    sources: &Sources,
    plan: &mut Plan,
    java: &Java,
) -> Result<(RuntimeImage, String), Stop> {
    let policy = case.cx.options.runtime;
    let is_alpine = is_on_alpine(case);
    let major = java.major;
    let why = match sources.distribution(case).filter(|_| !is_alpine) {
        Some(why) => why,
        None if base::wants_system(&plan.ground) => base::why_system(&plan.ground),
        None if is_alpine => "it runs on the distribution that it was built on".to_owned(),
        None if matches!(policy, RuntimePolicy::Slim | RuntimePolicy::Alpine) => {
            "it was asked for".to_owned()
        }
        None => format!("there is no distroless image with Java {major}"),
    };
    if let Some(found) = on_debian(case, sources, plan, java) {
        return Ok(found);
    }
    if java.moves {
        plan.doubts.push(format!("which Java `{}` has when it is built", case.reference()));
    }
    let note = format!("the runtime of Java {major}, without compiler and tools; {why}");
    let on_alpine = is_alpine || policy == RuntimePolicy::Alpine;
    let own = (on_alpine == is_alpine).then(|| smaller(case, plan)).flatten();
    let temurin = || {
        let tag = format!("{major}-jre{}", if on_alpine { "-alpine" } else { "" });
        runtime::slim_of("eclipse-temurin", Some(&tag))
    };
    let none = || {
        let reason = format!("no image with the runtime of Java {major} alone is known");
        case.stop("runtime", reason)
    };
    let image = own.or_else(temurin).ok_or_else(none)?;
    Ok((image, note))
}

/// The smaller image of the same vendor and version.
fn smaller(case: &Case, plan: &Plan) -> Option<RuntimeImage> {
    let reference = case.reference();
    let at = reference.rfind(':').filter(|at| !reference[*at..].contains('/'))?;
    let found = runtime::slim_of(&reference[..at], Some(&reference[at + 1..]))?;
    let family = found.distribution.as_ref().map(|it| it.family);
    let has_apt = matches!(
        family,
        Some(Family::Debian | Family::Ubuntu | Family::DebianOrUbuntu | Family::Alpine)
    );
    let is_java = found.reference.contains("jre") || found.reference.contains("headless");
    (is_java && (has_apt || plan.ground.packages.is_empty())).then_some(found)
}

/// The Java that the program is built with.
fn java(case: &Case, launch: &Launch, sources: &Sources, plan: &mut Plan) -> Result<Java, Stop> {
    let reference = case.reference();
    let written = match &case.cx.file.instructions[case.stage().instructions.start].body {
        Body::From { image, .. } => image.text.to_string(),
        _ => String::new(),
    };
    if ["graalvm", "semeru", "openj9", "ibmjava"].iter().any(|it| reference.contains(it)) {
        plan.doubts.push(format!("whether the program needs the virtual machine of `{reference}`"));
    }
    let is_open = written.contains('$');
    if let Some(major) = installed(case)? {
        if is_open {
            plan.doubts.push(format!("which Java it is depends on `{written}`"));
        }
        return Ok(Java { major, moves: false, carried: None, has_temurin: false });
    }
    let known = runtime::jdk(reference, case.image());
    // What is linked out of the JDK is of whatever version that has, but for the first ones.
    let carried = carried::found(case, launch).filter(|it| !is_open || it.major >= 11);
    if let Some(jdk) = known {
        let moves = jdk.moves || is_open;
        return Ok(Java { major: jdk.major, moves, carried, has_temurin: false });
    }
    if let Some(major) = case.image().and_then(runtime::java_major).or_else(|| named(reference)) {
        // `1.8` was called so.
        let major = if major == 1 { 8 } else { major };
        return Ok(Java { major, moves: is_open, carried: None, has_temurin: false });
    }
    let repository = case.repository();
    let floats =
        matches!(repository, "maven" | "gradle" | "clojure" | "openjdk" | "eclipse-temurin");
    let (major, why) = match sources.release() {
        Some((release, path)) if !floats => {
            (release.max(8), format!("`{path}` asks for Java {release}"))
        }
        _ if floats => (NEWEST, format!("{NEWEST} is the newest with long support")),
        _ => {
            let reason = format!("which Java `{reference}` has is not known");
            return Err(case.stop("unknown-java", reason));
        }
    };
    plan.doubts.push(format!("which Java `{reference}` has is not known, and {why}"));
    Ok(Java { major, moves: false, carried: None, has_temurin: false })
}

/// The release in a name: `adoptopenjdk/openjdk11`, `azul/zulu-openjdk:17`, `clojure:temurin-21-lein`.
fn named(reference: &str) -> Option<u32> {
    // Up to 2018 the images of Leiningen had Java 8.
    if reference.contains("clojure:lein-2.8") || reference.contains("clojure:lein-2.7") {
        return Some(8);
    }
    const WORDS: &[&str] =
        &["temurin", "openjdk", "jdk", "zulu", "liberica", "corretto", "java", "jre"];
    let mut best = None;
    for word in WORDS {
        for (at, _) in reference.match_indices(word) {
            let rest = &reference[at + word.len()..];
            let rest = rest.trim_start_matches("-jammy").trim_start_matches("-focal");
            let rest = rest.trim_start_matches("-noble").trim_start_matches("-openjdk");
            let rest = rest.trim_start_matches("-debian").trim_start_matches("-alpine");
            let rest = rest.trim_start_matches(['-', ':', '_']);
            let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
            let number = rest[..end].parse::<u32>().ok().filter(|it| (6..=30).contains(it));
            best = best.or(number);
        }
    }
    best
}

/// The release that the packages of the distribution bring.
fn installed(case: &Case) -> Result<Option<u32>, Stop> {
    use super::super::commands::Work;
    let names = case.steps().iter().filter_map(|step| match &step.work {
        Work::Packages(names) => Some(names),
        _ => None,
    });
    let names: Vec<&String> = names.flatten().collect();
    let mut found: Vec<u32> = names.iter().filter_map(|it| of_package(it)).collect();
    if names.iter().any(|it| it.starts_with("oracle-java") || it.starts_with("java-1.")) {
        return Err(
            case.stop("unknown-java", "which Java the packages bring is not known".to_owned())
        );
    }
    // Maven and the default package bring that of the release of the distribution.
    let brings = |it: &&&String| {
        it.starts_with("default-j")
            || matches!(it.as_str(), "maven" | "gradle" | "ant" | "leiningen")
    };
    let has_java =
        case.image().is_some_and(|it| it.runtime.as_ref().is_some_and(|it| it.language == "java"));
    if names.iter().any(|it| brings(&it)) && !has_java {
        match default(case) {
            Some(major) => found.push(major),
            None if found.is_empty() => {
                return Err(case.stop(
                    "unknown-java",
                    format!("which Java the packages of `{}` bring is not known", case.reference()),
                ));
            }
            None => (),
        }
    }
    // Of several the newest is the one that is called.
    Ok(found.into_iter().max())
}

fn of_package(name: &str) -> Option<u32> {
    let rest = name.strip_prefix("openjdk-").or_else(|| name.strip_prefix("openjdk"))?;
    let rest = rest.strip_prefix("temurin-").unwrap_or(rest);
    let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// <https://packages.debian.org/default-jdk>, <https://packages.ubuntu.com/default-jdk>
fn default(case: &Case) -> Option<u32> {
    let distribution = case.image()?.distribution.as_ref()?;
    let release = distribution.release.as_deref()?;
    match (distribution.family, release) {
        (Family::Debian, "9") => Some(8),
        (Family::Debian, "10" | "11") => Some(11),
        (Family::Debian, "12") => Some(17),
        (Family::Debian, "13") => Some(21),
        (Family::Ubuntu, "16.04") => Some(8),
        (Family::Ubuntu, "18.04" | "20.04" | "22.04") => Some(11),
        (Family::Ubuntu, "24.04") => Some(21),
        _ => None,
    }
}
