//! Wars that Tomcat or Jetty serves: that of the base image, or a Tomcat that the build downloads.

use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::plan::{Copied, Kind, Plan};
use super::super::program::Program;
use super::super::{Stop, install};
use super::launch::Launch;
use super::made::Made;
use crate::facts::{Origin, is_within, resolve};
use crate::images::runtime;
use crate::shell::command;
use crate::transform::RuntimePolicy;

pub(super) mod jetty;

/// A server of wars.
pub(super) struct Server {
    /// As messages call it.
    name: &'static str,
    /// Where it is itself.
    folder: String,
    /// Where what it serves is, with nothing in it but what is copied.
    served: String,
    /// It is that of the base image.
    pub(super) is_of_image: bool,
    /// What starts it.
    starters: Vec<String>,
    /// Who has to own what it serves.
    owner: Option<&'static str>,
}

/// What starts Tomcat, in its folder `bin`.
const STARTERS: &[&str] = &["catalina.sh", "startup.sh"];

/// What puts files there, or changes them.
const WRITERS: &[&str] = &[
    "chmod", "cp", "curl", "dos2unix", "install", "jar", "javac", "mkdir", "mv", "sed", "touch",
    "unzip", "wget",
];

/// Variables that say which server, or which Java, is started.
const SAY_WHICH: &[&str] =
    &["CATALINA_BASE", "JAVA_HOME", "JETTY_BASE", "JETTY_HOME", "JETTY_START", "JRE_HOME"];

/// The server that the container starts, if it does.
pub(super) fn found(case: &Case, program: &Program) -> Option<Server> {
    tomcat(case, program).or_else(|| jetty::found(case, program))
}

fn tomcat(case: &Case, program: &Program) -> Option<Server> {
    let starts = |it: &str| STARTERS.contains(&command::base(it));
    let called = match &program.shell {
        Some(_) => program.words.get(2)?.split([' ', ';', '&', '(', '"']).find(|it| starts(it))?,
        None => program.words.iter().find(|it| starts(it))?,
    };
    let home = match called.rsplit_once("/bin/") {
        Some((home, _)) => resolve(case.stage().workdir(), home)?,
        None if called.contains('/') => {
            resolve(case.stage().workdir(), &format!("{called}/../.."))?
        }
        None => case.variable("CATALINA_HOME")?.into_owned(),
    };
    let is_of_image = case.repository() == "tomcat" && home == "/usr/local/tomcat";
    let is_apart = home.starts_with('/') && home.trim_end_matches('/').len() > 1;
    let is_known = is_of_image || downloads(case);
    let folder = home.trim_end_matches('/').to_owned();
    (is_apart && is_known).then(|| Server {
        name: "Tomcat",
        served: format!("{folder}/webapps"),
        is_of_image,
        starters: STARTERS.iter().map(|it| format!("{folder}/bin/{it}")).collect(),
        owner: None,
        folder,
    })
}

impl Server {
    fn has(&self, path: &str) -> bool {
        is_within(path, &self.folder) || is_within(path, &self.served)
    }
}

/// Whether the build brings one.
fn downloads(case: &Case) -> bool {
    case.steps().iter().any(|step| {
        let text = step.at.of(case.cx.file.source);
        matches!(&step.work, Work::Program { name: "tar" | "unzip" | "curl" | "wget", .. })
            && text.contains("tomcat")
    })
}

/// What starts it, and what is served.
pub(super) fn launch(case: &Case, program: &Program, server: &Server) -> Result<Launch, Stop> {
    let bin = format!("{}/bin", server.folder);
    let own = server.starters.iter().cloned();
    let programs = own.chain(["/usr/bin/java".to_owned()]).collect();
    let known = install::Made { programs, ..Default::default() };
    let mut program = program.clone();
    if server.name == jetty::NAME && jetty::is_given(&program) {
        program.words.insert(0, jetty::ENTRYPOINT.to_owned());
    }
    let started = install::find(case, &program, &known, &[&bin])?;
    let shell = started.shell.or_else(|| Some(format!("{} is started by a script", server.name)));
    let has_bash = |step: &Step| match &step.work {
        Work::Packages(names) => names.iter().any(|it| it == "bash"),
        _ => false,
    };
    // Its scripts are for every shell, and who installs that one may have changed them.
    let bash = started.bash.is_some() || case.steps().iter().any(has_bash);
    let mut launch = Launch { shell, bash, copies: started.copies, ..Launch::default() };
    launch.copies.retain(|it| !known.programs.contains(&it.from));
    if !server.is_of_image {
        launch.copies.push(Copied::folder(&server.folder, "Tomcat, with what it serves"));
        return Ok(launch);
    }
    says_no_other(case)?;
    let found: Vec<Copied> =
        brought(case, server)?.into_iter().chain(changed(case, server)?).collect();
    if server.name == jetty::NAME && !found.iter().any(|it| it.from == server.served) {
        let reason = format!(
            "nothing that is built goes to `{}`, where {} serves it",
            server.served, server.name
        );
        return Err(case.stop("unknown-program", reason));
    }
    for copied in found {
        if !launch.copies.iter().any(|it| is_within(&copied.from, &it.from)) {
            launch.copies.push(copied);
        }
    }
    Ok(launch)
}

/// Neither another server nor another Java than that of the image is started.
fn says_no_other(case: &Case) -> Result<(), Stop> {
    use crate::syntax::Body;
    let of_file = case.stage().instructions.clone();
    for at in of_file {
        let Body::Env { pairs, .. } = &case.cx.file.instructions[at].body else { continue };
        if let Some(pair) = pairs.iter().find(|it| SAY_WHICH.contains(&&*it.name.text)) {
            let reason = format!("`{}` says which Java or which server is started", pair.name.text);
            return Err(Stop { code: "unknown-java", at: case.span(at), reason });
        }
    }
    Ok(())
}

/// What of the build context goes into its folder.
fn brought(case: &Case, server: &Server) -> Result<Vec<Copied>, Stop> {
    let mut found = Vec::new();
    for arrival in &case.arrivals {
        let at = case.span(arrival.instruction);
        let Some(to) = arrival.to.as_deref() else { continue };
        if !server.has(to) {
            continue;
        }
        let text = at.of(case.cx.file.source);
        if to == server.folder || arrival.origin != Origin::Context {
            let reason = format!("`{text}` brings files to where {} itself is", server.name);
            return Err(Stop { code: "built-inside", at, reason });
        }
        for path in arrival.paths.iter().flatten() {
            let is_folder = !case.below(path)?.is_empty();
            let place = match case.goes_into_folder(arrival) && !is_folder {
                true => format!("{}/{}", to.trim_end_matches('/'), command::base(path)),
                false => to.to_owned(),
            };
            found.push(inside(server, &place, is_folder, "the file puts it there"));
        }
    }
    Ok(found)
}

/// What commands of the build put into its folder, or change there.
fn changed(case: &Case, server: &Server) -> Result<Vec<Copied>, Stop> {
    let mut found = Vec::new();
    for step in case.steps() {
        let because = format!("`{}` puts it there", step.text);
        let own = |path: &String| server.has(path);
        let stop = || {
            let reason =
                format!("what `{}` changes in `{}` is not known", step.text, server.folder);
            Err(Stop { code: "unknown-command", at: step.at, reason })
        };
        if super::tool(case, step).is_some() && step.workdir.as_ref().is_some_and(own) {
            let reason = format!("`{}` works where {} itself is", step.text, server.name);
            return Err(Stop { code: "built-inside", at: step.at, reason });
        }
        match &step.work {
            Work::Writes(path) if own(path) => found.push(inside(server, path, false, &because)),
            Work::Nothing if step.text.starts_with("rm") => removes(case, step)?,
            Work::Program { name: "java", words, .. } if server.name == jetty::NAME => {
                jetty::configured(case, step, words)?;
                found.push(inside(server, &server.served, true, &because));
            }
            Work::Program { name, words, .. } => {
                for path in places(step, name, words).into_iter().filter(own) {
                    let is_served = is_within(path.trim_end_matches('/'), &server.served);
                    let is_whole = path == server.folder || !is_served && path.ends_with('/');
                    if is_whole || !WRITERS.contains(name) {
                        return stop();
                    }
                    found.push(inside(server, &path, *name == "mkdir", &because));
                }
            }
            _ => (),
        }
    }
    Ok(found)
}

/// The paths that a command names: those into which it puts something end with a slash, unless it is known
/// what that is called.
fn places(step: &Step, name: &str, words: &[Option<&str>]) -> Vec<String> {
    let at = |word: &str| resolve(step.workdir.as_deref(), word);
    // The compiler only reads what else it names.
    if let ("javac", Some(flag)) = (name, words.iter().position(|it| *it == Some("-d"))) {
        let folder = words.get(flag + 1).copied().flatten();
        return folder.and_then(at).into_iter().collect();
    }
    let is_option = |it: &&Option<&str>| it.is_some_and(|it| it.starts_with('-'));
    let operands: Vec<Option<&str>> = words.iter().filter(|it| !is_option(it)).copied().collect();
    let named = operands.iter().flatten().filter(|_| name != "cp");
    let mut found: Vec<String> = named.filter_map(|it| at(it)).collect();
    // They unpack into the folder in which they run.
    found.extend(step.workdir.clone().filter(|_| matches!(name, "jar" | "unzip")));
    let ("cp" | "install" | "ln" | "mv", [sources @ .., Some(target)]) = (name, &operands[..])
    else {
        return found;
    };
    let is_file = |word: &str| command::base(word).contains('.') && !word.ends_with(['/', '.']);
    for source in sources {
        let name = source.map(|it| command::base(it.trim_end_matches('/')));
        let place = match name.filter(|it| !it.contains('*')) {
            _ if sources.len() == 1 && is_file(target) => at(target),
            Some(name) => at(&format!("{target}/{name}")),
            None => at(target).map(|it| format!("{it}/")),
        };
        found.extend(place);
    }
    found
}

/// What is there: of what it serves the whole folder, whose content is that of the file alone.
fn inside(server: &Server, path: &str, is_folder: bool, because: &str) -> Copied {
    match is_within(path.trim_end_matches('/'), &server.served) {
        true => Copied {
            owner: server.owner.map(str::to_owned),
            ..Copied::folder(&server.served, format!("what {} serves", server.name))
        },
        false => Copied { is_folder, ..Copied::file(path, because) },
    }
}

/// Applications that come with the image would be there again.
fn removes(case: &Case, step: &Step) -> Result<(), Stop> {
    let text = step.at.of(case.cx.file.source);
    let is_own = text.contains("webapps") && runtime::tomcat_has_applications(case.reference());
    if !is_own {
        return Ok(());
    }
    let reason = format!("what `{}` removes would be there again: name a newer Tomcat", step.text);
    Err(Stop { code: "removed", at: step.at, reason })
}

/// The image of the same server, without a compiler where its Java is certain.
pub(super) fn choose(case: &Case, server: &Server, plan: &mut Plan) -> Result<(), Stop> {
    let policy = case.cx.options.runtime;
    if policy == RuntimePolicy::Distroless {
        let reason = format!(
            "there is no distroless image with {}, which a shell script starts",
            server.name
        );
        return Err(case.stop("runtime", reason));
    }
    let reference = case.reference();
    let at = reference.rfind(':').filter(|at| !reference[*at..].contains('/'));
    let (name, tag) =
        at.map_or((reference, None), |at| (&reference[..at], Some(&reference[at + 1..])));
    let java = runtime::server_java(reference);
    let smaller = runtime::slim_of(name, tag).filter(|_| java.is_some_and(|it| !it.moves));
    let is_smaller = smaller.as_ref().is_some_and(|it| it.reference != reference);
    let unknown = || case.stop("runtime", format!("what `{reference}` has is not known"));
    let image = smaller.or_else(|| runtime::find(reference)).ok_or_else(unknown)?;
    let name = server.name;
    let note = match (is_smaller, java) {
        (true, Some(java)) => {
            format!("the same {name} on the runtime of Java {}, without a compiler", java.major)
        }
        (false, Some(java)) if java.moves => format!(
            "the same {name}; with a Java in its tag, such as `-jdk{}`, it would be one without a compiler",
            java.major
        ),
        _ => format!("the same {name}, without what builds the program"),
    };
    if let Some(package) = plan.ground.packages.first().filter(|_| image.user != "root") {
        let reason = format!(
            "`{}` is installed by root, and the image of {name} has another user",
            package.debian
        );
        return Err(case.stop("package", reason));
    }
    plan.ground.kind = Kind::Chosen(Box::new(image), note);
    Ok(())
}

/// What the build puts into the folder of the image is told apart.
pub(super) fn without_its_own(server: &Server, made: &mut Made) {
    let is_its_own = |it: &Copied| server.is_of_image && server.has(&it.from);
    made.others.retain(|it| !is_its_own(it));
}
