//! Which image runs it: with the same version of Node.js.

use super::super::base::{distroless, wants_system, why_system};
use super::super::case::Case;
use super::super::plan::{Copied, Ground, Kind, Plan};
use super::super::{Stop, needs};
use crate::images::runtime::{self, RuntimeImage, RuntimeKind};
use crate::images::{Family, Libc};
use crate::syntax::expand;
use crate::transform::RuntimePolicy;

/// Where the official images have the program.
const NODE: &str = "/usr/local/bin/node";

/// Since then it is linked with `libatomic`, which images without a compiler need not have:
/// <https://github.com/nodejs/node/blob/v25.2.0/BUILDING.md#official-binary-platforms-and-toolchains>.
const WITH_LIBATOMIC: u32 = 25;

const LIBATOMIC: &str = "/usr/lib/*-linux-gnu/libatomic.so.1";

/// What a program asks of Node.js.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asks {
    /// It is started by npm.
    pub(super) npm: bool,
    /// Something starts `node` by its name.
    pub(super) by_name: bool,
    /// More was built than packages installed.
    pub(super) builds: bool,
}

/// Whether nothing that is known yet asks for an image with a shell.
pub(super) fn may_be_distroless(case: &Case, ground: &Ground, asks: Asks) -> bool {
    let is_other = matches!(case.cx.options.runtime, RuntimePolicy::Slim | RuntimePolicy::Alpine);
    !is_other && !is_alpine(case) && !asks.npm && !wants_system(ground)
}

/// The image, and what `node` is called there.
pub(super) fn choose(
    case: &Case,
    plan: &mut Plan,
    asks: Asks,
    policy: RuntimePolicy,
) -> Result<&'static str, Stop> {
    let stop = |reason: String| Err(case.stop("runtime", reason));
    if is_alpine(case) {
        return match policy {
            RuntimePolicy::Distroless | RuntimePolicy::Slim => {
                stop("it is linked with musl, which only Alpine has".to_owned())
            }
            _ => same_vendor(case, plan, asks),
        };
    }
    if policy == RuntimePolicy::Alpine {
        return stop(
            "its packages are for the GNU C library, which Alpine does not have".to_owned(),
        );
    }
    if policy == RuntimePolicy::Slim || asks.npm || wants_system(&plan.ground) {
        if policy == RuntimePolicy::Distroless {
            return stop(format!("distroless images have no shell: {}", why_system(&plan.ground)));
        }
        return same_vendor(case, plan, asks);
    }
    let newest = case.image().and_then(|it| it.distribution.as_ref());
    let newest = newest.and_then(runtime::glibc_at_most);
    let ground = plan.ground.clone();
    let own = floating(case).filter(|_| !asks.by_name);
    if let Some(major) = own {
        let choice = distroless(case, RuntimeKind::Node { major }, &ground)?;
        // Its entry point is written again, with the words behind it.
        let image = RuntimeImage { entrypoint: &[], ..choice.image };
        return chosen(plan, image, choice.note, "/nodejs/bin/node");
    }
    let choice = distroless(case, RuntimeKind::Cc, &ground)?;
    let fits = newest.is_some_and(|it| choice.image.glibc().is_some_and(|own| it <= own));
    let major = case.image().and_then(runtime::node_major);
    if !fits || major.is_some_and(|it| it < 4) {
        return same_vendor(case, plan, asks);
    }
    plan.copies.insert(0, Copied::file(NODE, "Node.js itself, in the same version"));
    let is_open = written(case).is_some_and(|it| it.contains('$'));
    if is_open || major.is_none_or(|it| it >= WITH_LIBATOMIC) {
        // A pattern may match nothing: older versions do without it.
        let mut copied = Copied::file(LIBATOMIC, "Node.js is linked with it since version 25");
        copied.to = "/usr/lib/libatomic.so.1".to_owned();
        plan.copies.insert(1, copied);
    }
    chosen(plan, choice.image, choice.note, "node")
}

/// The major release whose newest image the file asks for, if distroless images follow it, too.
fn floating(case: &Case) -> Option<u32> {
    let written = written(case)?;
    let (_, tag) = written.rsplit_once(':')?;
    let mut parts = tag.split('-');
    let major = parts.next()?.parse().ok()?;
    let plain = parts.all(|it| matches!(it, "slim" | "bookworm" | "trixie" | "bullseye"));
    let is_there = matches!(major, 22 | 24 | 26) && plain && !written.contains('@');
    is_there.then_some(major)
}

/// The base image in the words of the file.
fn written(case: &Case) -> Option<String> {
    let from = &case.cx.file.instructions[case.stage().instructions.start];
    match &from.body {
        crate::syntax::Body::From { image, .. } => Some(image.text.to_string()),
        _ => None,
    }
}

/// The small image by the same vendor.
fn same_vendor(case: &Case, plan: &mut Plan, asks: Asks) -> Result<&'static str, Stop> {
    let unknown = || {
        let reason =
            format!("no smaller image with the Node.js of `{}` is known", case.reference());
        case.stop("runtime", reason)
    };
    let written = written(case).ok_or_else(unknown)?;
    let (repository, tag) = match written.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => {
            (repository.to_owned(), Some(tag.to_owned()))
        }
        _ => (written.clone(), None),
    };
    let expand = |text: &str| {
        (!text.contains('$')).then(|| text.to_owned()).or_else(|| default_of(case, text))
    };
    let found = match &tag {
        Some(tag) if tag.contains('$') => runtime::slim_of_written(&repository, tag, expand),
        tag => runtime::slim_of(&repository, tag.as_deref()),
    };
    let image = found.ok_or_else(unknown)?;
    is_served(case, plan)?;
    let is_same = image.reference == written;
    if is_same {
        let installed = installed(case);
        plan.ground
            .packages
            .retain(|it| installed.iter().any(|name| *name == it.debian || *name == it.alpine));
        if !asks.builds && !gains(case, plan) {
            let reason = format!("`{written}` is small, and nothing is there for the build alone");
            return Err(case.stop("no-gain", reason));
        }
    }
    let note = match wants_system(&plan.ground) {
        true => why_system(&plan.ground),
        false => "it has what the program was installed with".to_owned(),
    };
    // Its entry point is that of the build stage.
    chosen(plan, RuntimeImage { entrypoint: &[], ..image }, note, "node")
}

/// Packages of releases that have ended are no longer where their images look for them.
fn is_served(case: &Case, plan: &Plan) -> Result<(), Stop> {
    let major = case.image().and_then(runtime::node_major);
    let release = case.image().and_then(|it| it.distribution.as_ref()?.release.clone());
    let release = release.and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    let has_ended = match release {
        Some(release) => release < 11,
        None => major.is_some_and(|it| it < 16),
    };
    let asks = !plan.ground.packages.is_empty() && installed(case).is_empty();
    if has_ended && asks && !is_alpine(case) {
        let name = &plan.ground.packages[0].debian;
        let reason = format!(
            "the small image needs `{name}`, and packages for `{}` are no longer published",
            case.reference()
        );
        return Err(case.stop("runtime", reason));
    }
    Ok(())
}

fn default_of(case: &Case, text: &str) -> Option<String> {
    let mut known = true;
    let global = |name: &str| {
        let found = case.cx.file.instructions.iter().find_map(|it| match &it.body {
            crate::syntax::Body::Arg(pairs) => pairs.iter().find(|pair| pair.name.text == name),
            _ => None,
        });
        found.and_then(|pair| Some(pair.value.as_ref()?.text.to_string()))
    };
    let mut all = text.to_owned();
    for variable in expand::variables(text, case.cx.file.escape).ok()? {
        match global(&variable.name) {
            Some(value) => {
                all = all
                    .replace(&format!("${{{}}}", variable.name), &value)
                    .replace(&format!("${}", variable.name), &value);
            }
            None => known = false,
        }
    }
    (known && !all.contains('$')).then_some(all)
}

/// Packages of the distribution that the file installs.
pub(super) fn installed(case: &Case) -> Vec<String> {
    use super::super::commands::Work;
    let all = case.steps().iter().filter_map(|step| match &step.work {
        Work::Packages(names) => Some(names.clone()),
        _ => None,
    });
    all.flatten().collect()
}

/// Whether something stays behind although the image is the same.
fn gains(case: &Case, plan: &Plan) -> bool {
    let packages = installed(case);
    let kept = |name: &String| {
        needs::PRESENT.contains(&name.as_str())
            || plan.ground.packages.iter().any(|it| it.debian == *name || it.alpine == *name)
    };
    let global = super::steps::global_packages(case);
    !plan.built.is_empty() || !global.is_empty() || packages.iter().any(|it| !kept(it))
}

fn chosen(
    plan: &mut Plan,
    image: RuntimeImage,
    note: String,
    node: &'static str,
) -> Result<&'static str, Stop> {
    plan.ground.kind = Kind::Chosen(Box::new(image), note);
    Ok(node)
}

pub(super) fn is_alpine(case: &Case) -> bool {
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    family == Some(Family::Alpine)
        || matches!(case.image().and_then(|it| it.libc()), Some(Libc::Musl(_)))
}

/// What is asked of the image besides Node.js.
pub(super) fn shell(ground: &mut Ground, why: String) {
    ground.shell.get_or_insert(why);
}
