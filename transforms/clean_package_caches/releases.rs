//! What an image brings: a program, and a release of it that knows a flag.

use super::scripts::Scripts;
use crate::facts::Run;
use crate::images::{Distribution, Family, Image};
use crate::packages::{Action, PackageManager};

/// Whether the flag that turns the cache off is there in the release that the base image has: pip has it
/// since 6.0, apk since Alpine 3.3.
pub(super) fn knows_flag(manager: &PackageManager, image: Option<&Image>) -> bool {
    if !matches!(manager.name, "pip" | "apk") {
        return true;
    }
    let Some(image) = image else { return false };
    let official = !image.repository.contains('/');
    if manager.name == "pip"
        && let Some(runtime) = image.runtime.as_ref().filter(|it| it.language == "python")
    {
        return runtime.version.as_deref().is_none_or(|version| brings_pip_6(image, version));
    }
    let Some(Distribution { family, release, .. }) = &image.distribution else { return false };
    // A pinned old tag of another image may be on a release whose own pip is older.
    let current = matches!(image.repository.as_str(), "debian" | "ubuntu" | "fedora" | "centos");
    let Some(release) = release else {
        return official && (manager.name == "apk" || current || *family == Family::Alpine);
    };
    let mut numbers = release.split('.').map(|it| it.parse::<u32>().unwrap_or_default());
    let release = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    match family {
        Family::Debian => release >= (9, 0),
        Family::Ubuntu => release >= (16, 4),
        Family::Alpine => release >= (3, 3),
        Family::RedHat => release >= (6, 0),
        Family::Fedora => release >= (22, 0),
        _ => true,
    }
}

/// Whether a command fetches the index of packages that is missing or old by itself, in the release that
/// the base image has: so it fills the cache, and needs nothing in it.
pub(super) fn fetches_index(action: &Action, image: Option<&Image>) -> bool {
    action.fetches_index() && refreshes(image)
}

/// Whether that is so for all that installs with the package manager of the base image.
pub(super) fn refreshes(image: Option<&Image>) -> bool {
    image.and_then(|image| image.alpine).is_some_and(|release| release >= 8)
}

/// Whether the stage may install a release of pip that has no such flag: `pip==1.5.6`, `"pip<6"`.
pub(super) fn pins_old_release(scripts: &Scripts, run: &Run, manager: &PackageManager) -> bool {
    manager.name == "pip" && !scripts.below(run, scripts.pinning_pip()).is_empty()
}

pub(super) fn names_old_pip(text: &str) -> bool {
    text.match_indices("pip").any(|(at, name)| {
        let rest = text[at + name.len()..].trim_start();
        let version = rest.trim_start_matches(['=', '<', '~']).trim_start();
        let digits = version.bytes().take_while(u8::is_ascii_digit).count();
        // A variable may stand for any release.
        let old = digits == 1 && version.as_bytes()[0] < b'6' || version.starts_with('$');
        let up_to_6 = rest.starts_with('<') && !rest.starts_with("<=") && version.starts_with('6');
        version.len() < rest.len() && (old || (up_to_6 && digits == 1))
    })
}

/// Whether the program is in the image from the start.
pub(super) fn brings(image: &Image, manager: &PackageManager) -> bool {
    let language = image.runtime.as_ref().map(|it| it.language);
    match manager.name {
        "npm" => image.repository == "node",
        "yarn" => image.has_yarn_1(),
        "conda" => image.repository.contains("conda"),
        "composer" => image.repository == "composer",
        "gem" => language == Some("ruby"),
        "dotnet" => language == Some("dotnet"),
        "dnf" => image.repository == "fedora",
        "yum" => image.repository == "centos",
        "zypper" => image.repository.contains("opensuse"),
        _ => false,
    }
}

/// Images of Python have it since 2.7.9 and 3.4.2, those of conda since their fourth release.
fn brings_pip_6(image: &Image, version: &str) -> bool {
    let mut numbers = version.split('.').map(|it| it.parse::<u32>().ok());
    let mut next = || numbers.next().unwrap_or(Some(u32::MAX)).unwrap_or_default();
    let version = (next(), next(), next());
    match version.0 {
        _ if image.repository.contains("conda") => version.0 >= 4,
        // The version of another image is its own.
        _ if image.repository != "python" => true,
        2 => version > (2, 7, 8),
        _ => version > (3, 4, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::names_old_pip;

    #[test]
    fn an_old_release_of_pip_is_known_by_its_requirement() {
        let old = ["pip==1.5.6", "'pip<6'", "pip <= 1.4", "easy_install pip==5", "pip==$VERSION"];
        assert!(old.into_iter().all(names_old_pip));
        let new = ["pip==19.3", "pip>=1.5", "'pip<10'", "pip install x==1.0", "pip", "pip<=6.1"];
        assert!(!new.into_iter().any(names_old_pip));
    }
}
