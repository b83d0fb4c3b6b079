//! Which image the run-time stage is built on: of what the evidence supports, the most secure.

use super::Stop;
use super::case::Case;
use super::commands::{Step, Work};
use super::plan::{Ground, Kind, Package, Plan};
use super::{libraries, needs};
use crate::images::runtime::{self, RuntimeImage, RuntimeKind, User};
use crate::images::{Distribution, Family};
use crate::syntax::Keyword;
use crate::transform::RuntimePolicy;

/// An image that has what a program needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) image: RuntimeImage,
    /// Why it is this one, and what that costs.
    pub(super) note: String,
    /// What its package manager has to install.
    pub(super) packages: Vec<String>,
}

/// The release of Alpine for programs of a build that is none of Alpine.
const ALPINE: u32 = 22;
/// That for programs whose own Alpine is not known.
const NEWEST_ALPINE: u32 = 24;
/// For packages whose release is not known.
const NEWEST_UBUNTU: &str = "26.04";
const DEBIAN: &str = "trixie";

pub(super) fn choose(case: &Case, plan: &Plan, policy: RuntimePolicy) -> Result<Choice, Stop> {
    use RuntimePolicy::{Alpine, Distroless, Slim, Smallest};
    let ground = &plan.ground;
    let wants_system = wants_system(ground);
    match (&ground.kind, policy) {
        (Kind::Static, Smallest) if may_stand_alone(case, ground) => {
            let note = "`scratch` has nothing at all, not even `/tmp`".to_owned();
            Ok(Choice { image: runtime::scratch(), note, packages: Vec::new() })
        }
        (Kind::Static, Slim) => debian(case, ground),
        (Kind::Static, Alpine) => alpine(case, ground),
        (Kind::Static, policy) if wants_system && policy != Distroless => alpine(case, ground),
        (Kind::Static, _) => distroless(case, RuntimeKind::Static, ground),
        (Kind::Glibc { .. }, Alpine) => {
            let reason = "it is linked with the GNU C library, which Alpine does not have";
            Err(case.stop("runtime", reason.to_owned()))
        }
        (Kind::Glibc { at_least, .. }, policy)
            if policy == Slim
                || (wants_system || is_newer(case, *at_least)) && policy != Distroless =>
        {
            let choice = debian(case, ground)?;
            is_new_enough(case, *at_least, &choice.image)?;
            Ok(choice)
        }
        (Kind::Glibc { at_least, has_cpp }, _) => {
            let kind = if *has_cpp { RuntimeKind::Cc } else { RuntimeKind::Base };
            let choice = distroless(case, kind, ground)?;
            is_new_enough(case, *at_least, &choice.image)?;
            Ok(choice)
        }
        (Kind::Musl, Distroless | Slim) => {
            let reason = "it is linked with musl, which only Alpine has".to_owned();
            Err(case.stop("runtime", reason))
        }
        (Kind::Musl, _) => alpine(case, ground),
        (Kind::Chosen(image, note), _) => system(case, ground, (**image).clone(), note.clone()),
    }
}

/// Whether a program needs nothing but itself, and certificates, which the build stage has.
fn may_stand_alone(case: &Case, ground: &Ground) -> bool {
    let needs_nothing = !wants_system(ground) && !ground.zones && !ground.temporary;
    let has_bundle = |step: &Step| match &step.work {
        Work::Packages(names) => names.iter().any(|it| it == "ca-certificates"),
        _ => false,
    };
    let is_golang = case.repository() == "golang" || case.repository() == "alpine";
    needs_nothing && (is_golang || case.steps().iter().any(has_bundle))
}

/// Whether a shell or packages are needed: what distroless images are there to leave out.
pub(super) fn wants_system(ground: &Ground) -> bool {
    ground.shell.is_some() || !ground.packages.is_empty()
}

/// Why a distroless image does not do.
pub(super) fn why_system(ground: &Ground) -> String {
    let package = || ground.packages.first().map(|it| it.because.clone());
    match ground.shell.clone().or_else(package) {
        Some(why) => format!("it has a shell and packages, because {why}"),
        None => "it has a shell, packages and the C library that it needs".to_owned(),
    }
}

fn is_new_enough(case: &Case, at_least: (u32, u32), image: &RuntimeImage) -> Result<(), Stop> {
    match image.glibc() {
        Some(version) if version >= at_least => Ok(()),
        _ => {
            let (major, minor) = at_least;
            let reason = format!(
                "it is built with the GNU C library {major}.{minor}, and `{}` has an older one",
                image.reference
            );
            Err(case.stop("libc", reason))
        }
    }
}

/// Whether the program may run as the user without rights that distroless images have.
pub(super) fn may_drop_root(case: &Case, ground: &Ground) -> bool {
    // A file that names root means it.
    let is_said = !case.stage().all(case.cx.file, Keyword::User).is_empty();
    matches!(case.stage().user(), Some("root" | "0")) && ground.root.is_none() && !is_said
}

/// A distroless image; as its user without rights where the program needs none.
pub(super) fn distroless(case: &Case, kind: RuntimeKind, ground: &Ground) -> Result<Choice, Stop> {
    if wants_system(ground) {
        let package = || {
            ground.packages.first().map(|it| format!("it needs `{}`: {}", it.debian, it.because))
        };
        let why = ground.shell.clone().or_else(package).unwrap_or_default();
        let reason = format!("distroless images have neither a shell nor packages, and {why}");
        return Err(case.stop("runtime", reason));
    }
    let user = if may_drop_root(case, ground) { User::Nonroot } else { User::Root };
    let Some(image) = runtime::distroless(kind, user) else {
        return Err(case.stop("runtime", format!("there is no distroless image for {kind:?}")));
    };
    let root = match &ground.root {
        Some(why) => format!("; it runs as the user that it had, because {why}"),
        None => String::new(),
    };
    let note = format!(
        "no shell and no package manager: `docker debug`, or the tag `:debug`, instead of `docker exec`{root}"
    );
    Ok(Choice { image, note, packages: Vec::new() })
}

fn alpine(case: &Case, ground: &Ground) -> Result<Choice, Stop> {
    let minor = match ground.kind {
        Kind::Musl => own_alpine(case).unwrap_or(NEWEST_ALPINE),
        _ => ALPINE,
    };
    let image = runtime::alpine(minor).ok_or_else(|| unpublished(case))?;
    system(case, ground, image, why_system(ground))
}

/// The release of Alpine that the build is made in, whose libraries the program is linked with.
fn own_alpine(case: &Case) -> Option<u32> {
    let distribution = case.image()?.distribution.as_ref()?;
    distribution.release.as_deref()?.strip_prefix("3.")?.split('.').next()?.parse().ok()
}

/// Whether a program is built with a newer C library than Distroless images have, and that of its own distribution is there.
fn is_newer(case: &Case, at_least: (u32, u32)) -> bool {
    let there = runtime::debian_slim(DEBIAN).and_then(|it| it.glibc());
    there.is_some_and(|there| at_least > there) && own_release(case).is_some()
}

/// Debian, and for packages the release whose names they have: that of the build.
fn debian(case: &Case, ground: &Ground) -> Result<Choice, Stop> {
    let needs_own = |ground: &Ground| match ground.kind {
        _ if ground.is_of_build || !ground.packages.is_empty() => true,
        Kind::Glibc { at_least, .. } => is_newer(case, at_least),
        _ => false,
    };
    let own = own_release(case).filter(|_| needs_own(ground));
    if own.is_none() {
        are_everywhere(case, ground)?;
    }
    let image = own.or_else(|| runtime::debian_slim(DEBIAN)).ok_or_else(|| unpublished(case))?;
    system(case, ground, image, why_system(ground))
}

/// Packages that are called as in another release have to be there under that name.
fn are_everywhere(case: &Case, ground: &Ground) -> Result<(), Stop> {
    let release = distribution(case).and_then(|it| it.release);
    for Package { debian, because, .. } in &ground.packages {
        // The version of a library is in its name.
        let has_version =
            debian.starts_with("lib") && debian.contains(|it: char| it.is_ascii_digit());
        let is_stable = needs::is_program(debian) || libraries::is_in_debian_13(debian);
        if !is_stable && (release.is_some() || has_version) && !debian.is_empty() {
            let reason = format!("whether Debian has `{debian}` today is not known: {because}");
            return Err(case.stop("package", reason));
        }
    }
    Ok(())
}

/// The small image of the release that the build is made in, if packages can still be installed there.
fn own_release(case: &Case) -> Option<RuntimeImage> {
    let distribution = distribution(case)?;
    let release = match (distribution.family, distribution.release.as_deref()) {
        // What floats is not newer than that.
        (Family::Ubuntu, None) => NEWEST_UBUNTU,
        (_, release) => release?,
    };
    match (distribution.family, release) {
        (Family::Debian, "11") => runtime::debian_slim("bullseye"),
        (Family::Debian, "12") => runtime::debian_slim("bookworm"),
        (Family::Debian, "13") => runtime::debian_slim("trixie"),
        (Family::Ubuntu, release) => runtime::ubuntu(release),
        _ => None,
    }
}

/// The distribution that the build is made in; its release also where the version of the compiler tells.
pub(super) fn distribution(case: &Case) -> Option<Distribution> {
    let named = case.image()?.distribution.clone()?;
    let is_open = named.release.is_none() && named.family == Family::Debian;
    let compiler = || {
        let name_end = case.reference().rfind('/').unwrap_or(0);
        let tag = case.reference()[name_end..].split_once(':').map(|(_, tag)| tag);
        let image = runtime::slim_of(case.repository(), tag)?;
        image.distribution.filter(|it| it.family == Family::Debian)
    };
    let is_compiler = matches!(case.repository(), "golang" | "rust");
    Some(if is_open && is_compiler { compiler().unwrap_or(named) } else { named })
}

/// Whether the build stage has certificates of authorities.
pub(super) fn has_certificates(case: &Case) -> bool {
    // They recommend them.
    const BRING: &[&str] = &["curl", "git", "wget"];
    let brings = |step: &Step| match &step.work {
        Work::Packages(names) => {
            let text = case.span(step.instruction).of(case.cx.file.source);
            let is_whole = !text.contains("--no-install-recommends");
            let is_one =
                |it: &String| it == "ca-certificates" || is_whole && BRING.contains(&it.as_str());
            names.iter().any(is_one)
        }
        _ => false,
    };
    let is_bare = matches!(case.repository(), "debian" | "ubuntu")
        || runtime::find(case.reference()).is_some_and(|it| !it.certificates);
    !is_bare || case.steps().iter().any(brings)
}

fn unpublished(case: &Case) -> Stop {
    case.stop("runtime", "no image is known that it could run on".to_owned())
}

/// An image with the packages that its package manager has to add.
fn system(case: &Case, ground: &Ground, image: RuntimeImage, note: String) -> Result<Choice, Stop> {
    let family = image.distribution.as_ref().map(|it| it.family);
    let name = |it: &Package| match family {
        Some(Family::Alpine) => it.alpine.clone(),
        _ => it.debian.clone(),
    };
    let mut packages: Vec<String> = ground.packages.iter().map(name).collect();
    if let Some(at) = packages.iter().position(String::is_empty) {
        let reason = format!(
            "how the package for this is called in `{}` is not known: {}",
            image.reference, ground.packages[at].because
        );
        return Err(case.stop("package", reason));
    }
    if family != Some(Family::Alpine) {
        // It is essential there: every image has it.
        packages.retain(|it| it != "bash");
    }
    if ground.zones && !image.zones {
        packages.push("tzdata".to_owned());
    }
    if !image.certificates && image.kind == RuntimeKind::Slim && has_certificates(case) {
        packages.push("ca-certificates".to_owned());
        packages.dedup();
    }
    if !packages.is_empty() && !image.has_shell {
        let reason = format!("`{}` has no package manager", image.reference);
        return Err(case.stop("runtime", reason));
    }
    if !packages.is_empty() && is_archived(&image) && !installs(case) {
        let reason = format!(
            "`{}` would have to install packages, and its distribution has moved them to an archive",
            image.reference
        );
        return Err(case.stop("archived", reason));
    }
    Ok(Choice { image, note, packages })
}

/// Whether packages of a release are no longer where its images look for them:
/// <https://www.debian.org/distrib/archive>.
fn is_archived(image: &RuntimeImage) -> bool {
    let Some(distribution) = &image.distribution else { return false };
    let release = distribution.release.as_deref().and_then(|it| it.parse::<u32>().ok());
    distribution.family == Family::Debian && release.is_some_and(|it| it < 11)
}

/// Whether the file installs packages of its distribution by itself: then it has a way to them.
fn installs(case: &Case) -> bool {
    case.steps().iter().any(|step| matches!(step.work, Work::Packages(_)))
}
