//! Lock files: who wrote one, and in which version of its format. Nothing else of them is read.

use super::{Manager, Manifest};

/// So much of a lock file is looked at.
const HEAD: usize = 4096;

/// The manager to which a file of this name belongs.
pub(super) fn manager(file_name: &str) -> Option<Manager> {
    Some(match file_name {
        "package-lock.json" | "npm-shrinkwrap.json" => Manager::Npm,
        "yarn.lock" => Manager::Yarn,
        "pnpm-lock.yaml" => Manager::Pnpm,
        "bun.lock" | "bun.lockb" => Manager::Bun,
        "deno.lock" => Manager::Deno,
        "Cargo.lock" => Manager::Cargo,
        "go.sum" | "go.work.sum" => Manager::Go,
        "poetry.lock" => Manager::Poetry,
        "uv.lock" => Manager::Uv,
        "pdm.lock" => Manager::Pdm,
        "Pipfile.lock" => Manager::Pipenv,
        "Gemfile.lock" | "gems.locked" => Manager::Bundler,
        "composer.lock" => Manager::Composer,
        "mix.lock" => Manager::Mix,
        "gradle.lockfile" | "buildscript-gradle.lockfile" => Manager::Gradle,
        "packages.lock.json" => Manager::NuGet,
        _ => return None,
    })
}

/// The version stands in one of the first lines, on a line of its own, as the managers write it.
pub(super) fn read(manager: Manager, text: &str, manifest: &mut Manifest) {
    let head = text.char_indices().nth(HEAD).map_or(text, |(at, _)| &text[..at]);
    let key = match manager {
        Manager::Npm | Manager::Pnpm | Manager::Bun => "lockfileVersion",
        Manager::Cargo | Manager::Uv | Manager::NuGet | Manager::Deno => "version",
        Manager::Yarn => {
            // Yarn 1 says it in a comment, later ones in `__metadata:`.
            if head.lines().any(|line| line.trim() == "# yarn lockfile v1") {
                manifest.lock_version = Some("1".to_owned());
                return;
            }
            "version"
        }
        _ => return,
    };
    let value = head.lines().find_map(|line| {
        let line = line.trim().trim_end_matches(',');
        let (name, value) = line.split_once([':', '='])?;
        (name.trim().trim_matches('"') == key)
            .then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    manifest.lock_version =
        value.filter(|value| value.bytes().all(|it| it.is_ascii_digit() || it == b'.'));
}
