//! Which image the run-time stage is built on: of what the evidence supports, the most secure.

use super::Stop;
use super::case::Case;
use super::plan::{Ground, Kind, Plan};
use crate::images::{Family, runtime};
use crate::transform::RuntimePolicy;

/// An image that has what a program needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) reference: String,
    pub(super) has_shell: bool,
    /// The user that it sets, where that is not root.
    pub(super) user: Option<&'static str>,
    /// It has an entry point of its own.
    pub(super) has_entrypoint: bool,
    /// Why it is this one.
    pub(super) note: String,
    /// What its package manager has to install.
    pub(super) packages: Vec<String>,
}

const STATIC: &str = "gcr.io/distroless/static-debian13";
const BASE: &str = "gcr.io/distroless/base-debian13";
const CC: &str = "gcr.io/distroless/cc-debian13";
const ALPINE: &str = "alpine:3.22";
const SLIM: &str = "debian:trixie-slim";

/// What distroless images of Debian 13 have.
const GLIBC: (u32, u32) = (2, 41);

pub(super) fn choose(case: &Case, plan: &Plan, policy: RuntimePolicy) -> Result<Choice, Stop> {
    let ground = &plan.ground;
    // A shell in the image is what distroless images are there to leave out.
    let wants_system = ground.shell.is_some() || !ground.packages.is_empty();
    let distroless = |name: &str| match wants_system {
        true => Err(case.stop("runtime", why_not_distroless(ground))),
        false => Ok(plain(case, name, ground)),
    };
    match (&ground.kind, policy) {
        (Kind::Static, RuntimePolicy::Smallest) if !wants_system => Ok(Choice {
            reference: "scratch".to_owned(),
            has_shell: false,
            has_entrypoint: false,
            user: None,
            note: "`scratch` has nothing at all: no shell, no certificates of its own".to_owned(),
            packages: Vec::new(),
        }),
        (Kind::Static, RuntimePolicy::Distroless) => distroless(STATIC),
        (Kind::Static, RuntimePolicy::Slim) => Ok(debian(ground, SLIM)),
        (Kind::Static, RuntimePolicy::Alpine) => Ok(alpine(ground)),
        (Kind::Static, _) if wants_system => Ok(alpine(ground)),
        (Kind::Static, _) => distroless(STATIC),
        (Kind::Glibc { at_least, has_cpp }, policy) => {
            if *at_least > GLIBC {
                let (major, minor) = at_least;
                let reason = format!(
                    "it is built with the GNU C library {major}.{minor}, and no run-time image has one as new"
                );
                return Err(case.stop("libc", reason));
            }
            let name = if *has_cpp { CC } else { BASE };
            match policy {
                RuntimePolicy::Alpine => {
                    let reason = "it is linked with the GNU C library, which Alpine does not have";
                    Err(case.stop("runtime", reason.to_owned()))
                }
                RuntimePolicy::Slim => Ok(debian(ground, SLIM)),
                RuntimePolicy::Distroless => distroless(name),
                _ if wants_system => Ok(debian(ground, SLIM)),
                _ => distroless(name),
            }
        }
        (Kind::Musl, RuntimePolicy::Distroless | RuntimePolicy::Slim) => {
            let reason = "it is linked with musl, which only Alpine has".to_owned();
            Err(case.stop("runtime", reason))
        }
        (Kind::Musl, _) => Ok(alpine(ground)),
        (Kind::Image(name), _) => Ok(image(name, ground)),
        (Kind::Slim, _) => slim(case, ground),
        (kind, _) => Err(case.stop("runtime", format!("{kind:?} is not known yet"))),
    }
}

fn why_not_distroless(ground: &Ground) -> String {
    let package =
        || ground.packages.first().map(|it| format!("it needs `{}`: {}", it.debian, it.because));
    let why = ground.shell.clone().or_else(package).unwrap_or_default();
    format!("distroless images have neither a shell nor packages, and {why}")
}

/// A distroless image; as its user without rights where the program needs none.
fn plain(case: &Case, name: &str, ground: &Ground) -> Choice {
    let runs_as_root = matches!(case.stage().user(), Some("root" | "0"));
    let nonroot = runs_as_root && ground.root.is_none();
    let why = match &ground.root {
        None => "no shell, no package manager: `docker debug`, or the tag `:debug`, instead of `docker exec`".to_owned(),
        Some(why) => format!("no shell, no package manager; it still runs as root, because {why}"),
    };
    Choice {
        reference: if nonroot { format!("{name}:nonroot") } else { name.to_owned() },
        has_shell: false,
        has_entrypoint: false,
        user: nonroot.then_some("nonroot"),
        note: why,
        packages: Vec::new(),
    }
}

fn alpine(ground: &Ground) -> Choice {
    let packages = ground.packages.iter().map(|it| it.alpine.to_owned());
    Choice {
        reference: ALPINE.to_owned(),
        has_shell: true,
        has_entrypoint: false,
        user: None,
        note: why_system(ground),
        packages: packages.collect(),
    }
}

fn debian(ground: &Ground, name: &str) -> Choice {
    let packages = ground.packages.iter().map(|it| it.debian.to_owned());
    Choice {
        reference: name.to_owned(),
        has_shell: true,
        has_entrypoint: false,
        user: None,
        note: why_system(ground),
        packages: packages.collect(),
    }
}

fn image(name: &str, ground: &Ground) -> Choice {
    Choice { note: why_system(ground), ..debian(ground, name) }
}

fn why_system(ground: &Ground) -> String {
    match (&ground.shell, ground.packages.first()) {
        (Some(why), _) => format!("no distroless image, because {why}"),
        (None, Some(it)) => format!("no distroless image, because {}", it.because),
        (None, None) => "a small image of the same kind".to_owned(),
    }
}

/// The smaller image of the same vendor.
fn slim(case: &Case, ground: &Ground) -> Result<Choice, Stop> {
    let reference = case.reference();
    let (repository, tag) = match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (reference, None),
    };
    let Some(found) = runtime::slim_of(repository, tag) else {
        let reason = format!("no smaller image is known that has what `{reference}` has");
        return Err(case.stop("runtime", reason));
    };
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    let packages = ground.packages.iter().map(|it| match family {
        Some(Family::Alpine) => it.alpine.to_owned(),
        _ => it.debian.to_owned(),
    });
    Ok(Choice {
        reference: found.reference.into_owned(),
        has_shell: true,
        has_entrypoint: false,
        user: None,
        note: why_system(ground),
        packages: packages.collect(),
    })
}
