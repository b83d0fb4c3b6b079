//! Python: programs that run from their sources, with the packages that pip and its like install.

use super::case::Case;
use super::evidence::outermost;
use super::health::{self, Check};
use super::plan::{Copied, Ground, Kind, Plan, Start};
use super::program::Program;
use super::{Stack, Stop, base, linked, needs};
use crate::images::runtime::{self, RuntimeKind, User};
use crate::transform::RuntimePolicy;
use built::Built;
use interpreter::Interpreter;
use runs::Runs;
use sources::Sources;

mod arguments;
mod built;
mod interpreter;
mod libraries;
mod others;
mod requirements;
mod runs;
mod sources;

pub(super) const STACK: Stack = Stack { name: "Python", is, plan };

/// Where the official images have what pip installs, and where Debian's Python looks for it.
const SITE: &str = "/usr/local/lib/python3.13/site-packages";
const DEBIAN_SITE: &str = "/usr/local/lib/python3.13/dist-packages";

fn is(case: &Case) -> bool {
    interpreter::is_conda(case) || interpreter::is_known(case)
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    if interpreter::is_conda(case) {
        let reason = "conda puts libraries of its own beside Python, all in one folder".to_owned();
        return Err(case.stop("conda", reason));
    }
    let elsewhere = ["PIP_PREFIX", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONUSERBASE"];
    if let Some(name) = elsewhere.into_iter().find(|it| case.sets(it)) {
        let reason = format!("`{name}` says where packages are, and what that makes is not known");
        return Err(case.stop("unclear-output", reason));
    }
    let python = interpreter::read(case);
    let built = built::read(case, &python)?;
    let sources = sources::read(case)?;
    let policy = case.cx.options.runtime;
    let is_3 = python.minor.is_some_and(|it| it.0 == 3) && policy != RuntimePolicy::Slim;
    let check = health::single(case).filter(|it| is_3 && health::by_python(it).is_some());
    let has_check = check.is_some();
    let mut needed = Needed::read(case, program, &python, &built, &sources, check)?;
    // The health check stays as it is where something else asks for a shell, which is the reason that counts.
    if let Some(why) = needed.why_not.take_if(|_| has_check) {
        needed = Needed::read(case, program, &python, &built, &sources, None)?;
        needed.why_not = Some(why);
    }
    let Needed { runs, mut plan, dropped, why_not } = needed;
    match (&why_not, policy) {
        (Some(why), RuntimePolicy::Distroless) => {
            return Err(case.stop("runtime", format!("distroless images will not do: {why}")));
        }
        (_, RuntimePolicy::Alpine) if !python.is_alpine => {
            let reason = "its packages are installed for the GNU C library, which Alpine lacks";
            return Err(case.stop("runtime", reason.to_owned()));
        }
        (None, RuntimePolicy::Slim) => {
            on_slim(case, &python, &built, "it was asked for", &dropped, &mut plan)?;
        }
        (None, _) => {
            plan.ground.root =
                why_root(case, program, &built, &sources).or_else(|| runs.other.clone());
            // Debian's Python is the same only where the file leaves the patch release open.
            let is_debians = python.minor == Some((3, 13)) && python.floats;
            let is_plain = plan.ground.packages.is_empty() && !runs.is_linked;
            let is_plain = is_plain && runs.other.is_none();
            let is_plain = is_plain && !built.has_data && !built.is_apart;
            let may_link = built.environments.is_empty() || built.place_for_root(case).is_some();
            let is_plain = is_plain && may_link;
            match is_debians && is_plain && runs.is_module(&built) {
                true => on_distroless(case, &built, &runs, &mut plan)?,
                false => carried(case, &built, &mut plan)?,
            }
        }
        (Some(why), _) => on_slim(case, &python, &built, why, &dropped, &mut plan)?,
    }
    if plan.start.is_none() {
        plan.start = runs.start.clone();
    }
    let check = runs.check.as_ref().map(|it| (it.at, health::by_python(it)));
    plan.health = check.and_then(|(at, words)| Some((at, words?)));
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    for copied in plan.copies.iter_mut().filter(|it| it.is_folder && it.owner.is_none()) {
        copied.owner = case.owner(&copied.from);
    }
    plan.notes.extend(runs.notes.iter().cloned());
    plan.environment.extend(runs.environment.iter().cloned());
    Ok(plan)
}

/// What is needed besides Python.
struct Needed {
    runs: Runs,
    plan: Plan,
    /// Packages that only the build needs.
    dropped: Vec<String>,
    /// Why a distroless image will not do.
    why_not: Option<String>,
}

impl Needed {
    /// `check` is a health check that Python does where there is no shell.
    fn read(
        case: &Case,
        program: &Program,
        python: &Interpreter,
        built: &Built,
        sources: &Sources,
        check: Option<Check>,
    ) -> Result<Self, Stop> {
        let mut runs = runs::read(case, program, built, check)?;
        others::read(case, built, &mut runs)?;
        let mut plan = Plan { built: built.added.clone(), ..Plan::default() };
        plan.copies = built.homes.iter().cloned().chain(built.others.iter().cloned()).collect();
        plan.ground = Ground { shell: runs.shell.clone(), ..Ground::default() };
        let dropped = libraries::packages(case, python, built, &runs, sources, &mut plan)?;
        let why_not = why_not_distroless(case, python, built, &runs, sources, &plan);
        Ok(Self { runs, plan, dropped, why_not })
    }
}

/// What a distroless image does not have, and the program needs or may need.
fn why_not_distroless(
    case: &Case,
    python: &Interpreter,
    built: &Built,
    runs: &Runs,
    sources: &Sources,
    plan: &Plan,
) -> Option<String> {
    if python.is_alpine {
        return Some("its packages are installed for musl".to_owned());
    }
    let distribution = case.image().and_then(|it| it.distribution.as_ref());
    if distribution.and_then(runtime::glibc_at_most).is_none_or(|it| it > (2, 41)) && !python.is_uv
    {
        return Some("its C library may be newer than that of distroless images".to_owned());
    }
    let package = || {
        let mut all = plan.ground.packages.iter();
        all.find(|it| !libraries::is_linked(&it.debian)).map(|it| it.because.clone())
    };
    let variables = || {
        let set = ["LD_LIBRARY_PATH", "LD_PRELOAD"].into_iter().find(|it| case.sets(it))?;
        Some(format!("the file says where libraries are (`{set}`)"))
    };
    let records = || {
        let why = "another shell is set, or what tells of packages is removed";
        (!linked::may_gather(case)).then(|| why.to_owned())
    };
    plan.ground
        .shell
        .clone()
        .or_else(records)
        .or_else(package)
        .or_else(|| runs.system.clone())
        .or_else(|| built.system.clone())
        .or_else(|| sources.system.clone())
        .or_else(|| libraries::why_system(&built.names))
        .or_else(variables)
}

/// The same Python in the image without compilers.
fn on_slim(
    case: &Case,
    python: &Interpreter,
    built: &Built,
    why: &str,
    dropped: &[String],
    plan: &mut Plan,
) -> Result<(), Stop> {
    if !python.is_full && dropped.is_empty() {
        let reason = format!(
            "`{}` is small, nothing is installed that only the build needs, and {why}",
            case.reference()
        );
        return Err(case.stop("no-gain", reason));
    }
    let Some(slim) = &python.slim else {
        let reason = format!(
            "no smaller image is known that has the Python of `{}`, and {why}",
            case.reference()
        );
        return Err(case.stop("runtime", reason));
    };
    if let Some(package) = plan.ground.packages.first().filter(|_| python.is_archived) {
        let reason =
            format!("`{}` can no longer be installed: {}", package.debian, package.because);
        return Err(case.stop("package", reason));
    }
    if built.is_global {
        match python.minor.filter(|_| !built.has_data) {
            Some((major, minor)) => {
                let site = format!("/usr/local/lib/python{major}.{minor}/site-packages");
                plan.copies.push(Copied::folder(&site, "the packages that are installed"));
                plan.copies.push(Copied::folder("/usr/local/bin", "the programs of packages"));
            }
            // Which folder it is depends on the version.
            None => {
                let because = "the packages that are installed, and their programs";
                plan.copies.push(Copied::folder("/usr/local", because));
            }
        }
    }
    for path in &built.environments {
        plan.copies.push(Copied::folder(path, "the environment with the packages"));
    }
    let note = format!("the same Python without compilers; {why}");
    plan.ground.kind = Kind::Chosen(Box::new(slim.clone()), note);
    plan.left.extend(dropped.first().map(|_| "compilers and headers".to_owned()));
    Ok(())
}

/// Debian's own Python 3.13, and nothing else.
fn on_distroless(case: &Case, built: &Built, runs: &Runs, plan: &mut Plan) -> Result<(), Stop> {
    if built.is_global {
        let because = "the packages that are installed, where this Python looks for them";
        let site = Copied { to: DEBIAN_SITE.to_owned(), ..Copied::folder(SITE, because) };
        plan.changed.push(site.to.clone());
        plan.copies.push(site);
    }
    for path in &built.environments {
        plan.copies.push(Copied::folder(path, "the environment with the packages"));
        let links = format!(
            "RUN for name in python python3 python3.13; do ln -sf /usr/bin/python3.13 {path}/bin/$name; done \\\n    && sed -i 's|^home = .*|home = /usr/bin|' {path}/pyvenv.cfg"
        );
        plan.built.push((built.place_for_root(case).unwrap_or_default(), links));
        let names = ["python", "python3", "python3.13"];
        plan.changed.extend(names.iter().map(|name| format!("{path}/bin/{name}")));
        plan.changed.push(format!("{path}/pyvenv.cfg"));
    }
    let why = "Debian's Python of the same version";
    as_distroless(case, RuntimeKind::Python { version: (3, 13) }, why, plan)?;
    if runs.module.is_some() && built.environments.is_empty() {
        plan.start = Some(as_module(runs));
    }
    Ok(())
}

/// The Python of the build stage with the libraries that it and its packages are linked with.
fn carried(case: &Case, built: &Built, plan: &mut Plan) -> Result<(), Stop> {
    for path in &built.environments {
        plan.copies.push(Copied::folder(path, "the environment with the packages"));
    }
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    let mut folders = vec!["/usr/local"];
    folders.extend(plan.copies.iter().filter(|it| it.is_folder).map(|it| it.from.as_str()));
    let lists = format!(
        "find {} -type f \\( -name '*.so*' -o -perm -u+x \\) -exec ldd {{}} + 2>/dev/null",
        folders.join(" ")
    );
    linked::gather(case, &lists, built.place_for_root(case), plan);
    let because = "Python itself, and its packages";
    plan.copies.push(Copied::folder("/usr/local", because));
    plan.ground.packages.clear();
    if !case.sets("LANG") {
        plan.environment.push(("LANG".to_owned(), "C.UTF-8".to_owned()));
    }
    plan.environment.push(("LD_LIBRARY_PATH".to_owned(), "/usr/local/lib".to_owned()));
    as_distroless(case, RuntimeKind::Cc, "the Python of the build stage", plan)
}

fn as_distroless(case: &Case, kind: RuntimeKind, why: &str, plan: &mut Plan) -> Result<(), Stop> {
    let may_drop = base::may_drop_root(case, &plan.ground);
    let user = if may_drop { User::Nonroot } else { User::Root };
    let Some(image) = runtime::distroless(kind, user) else {
        return Err(case.stop("runtime", "no distroless image has this Python".to_owned()));
    };
    let root = match &plan.ground.root {
        Some(why) => format!("; it runs as the user that it had, because {why}"),
        None => String::new(),
    };
    let note = format!(
        "{why}, without shell and package manager: `docker debug` instead of `docker exec`{root}"
    );
    plan.ground.kind = Kind::Chosen(Box::new(image), note);
    Ok(())
}

/// The first line of a program that pip installs names an interpreter that is not there.
fn as_module(runs: &Runs) -> Start {
    let module = runs.module.unwrap_or_default();
    let own = ["python", "-m", module].map(str::to_owned);
    let swap = |words: &[String]| -> Vec<String> {
        own.iter().cloned().chain(words.iter().skip(1).cloned()).collect()
    };
    match runs.words.split_at(runs.fixed.min(runs.words.len())) {
        ([], command) => Start { entrypoint: Vec::new(), command: swap(command) },
        (fixed, command) => Start { entrypoint: swap(fixed), command: command.to_vec() },
    }
}

/// Why the user without rights that distroless images have may not do.
fn why_root(case: &Case, program: &Program, built: &Built, sources: &Sources) -> Option<String> {
    built
        .root
        .clone()
        .or_else(|| sources.writes.clone())
        .or_else(|| arguments::why_root(case, &program.words))
        .or_else(|| libraries::why_root(&built.names))
        .or_else(|| needs::low_port(case, &sources.texts()))
}
