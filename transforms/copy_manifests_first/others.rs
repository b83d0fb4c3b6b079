//! What bundler and Go read of a project.

use super::{Case, Stop, Wanted};
use crate::project::manifests::{self, Kind};

/// What a `Gemfile` may read or load besides itself.
const LOADS: &[&str] = &[
    "File", "Dir.", "__dir__", "eval", "gemspec", "path:", ":path", "path \"", "path '", "require",
    "IO.",
];

pub(super) fn bundler(case: &Case) -> Result<Wanted, Stop> {
    let text = case.manifest("Gemfile")?;
    let code = || text.lines().filter(|it| !it.trim_start().starts_with('#'));
    let version = |line: &&str| line.trim_start().starts_with("ruby ");
    let loads =
        |line: &&str| LOADS.iter().any(|it| line.contains(it)) && !line.contains("require:");
    if let Some(line) = code().filter(|it| !version(it)).find(loads) {
        let reason = format!("`Gemfile` may read other files: `{}`", line.trim());
        return Err(case.stop("reads-more", reason));
    }
    for folder in [".bundle", "vendor/cache", "vendor/bundle"] {
        if case.holds(folder) {
            let reason = format!("`{folder}` of the build context changes what is installed");
            return Err(case.stop("settings", reason));
        }
    }
    let mut files = vec!["Gemfile".to_owned()];
    if let Some(line) = code().find(|it| version(it) && it.contains("file")) {
        let known = [".ruby-version", ".tool-versions"];
        let named = known.into_iter().find(|it| line.contains(it) && case.is_listed(it));
        let reason = || format!("`Gemfile` may read other files: `{}`", line.trim());
        files.push(named.ok_or_else(|| case.stop("reads-more", reason()))?.to_owned());
    }
    if case.is_listed("Gemfile.lock") {
        is_settled(case, &text)?;
    }
    files.extend(case.present(&["Gemfile.lock"]));
    Ok(Wanted { files, doubts: Vec::new() })
}

/// Whether bundler leaves the lock file as it is.
fn is_settled(case: &Case, gemfile: &str) -> Result<(), Stop> {
    let text = case.manifest("Gemfile.lock")?;
    let section = |name: &str| {
        let lines = text.lines().skip_while(move |it| *it != name).skip(1);
        lines.take_while(|it| it.starts_with(' ')).map(str::trim).collect::<Vec<_>>()
    };
    let platforms = section("PLATFORMS");
    let has = |name: &str| platforms.contains(&name);
    let all = has("ruby") || has("x86_64-linux") && (has("aarch64-linux") || has("arm64-linux"));
    let changes = |why: &str| {
        let reason =
            format!("bundler would change `Gemfile.lock`, {why}, and the copy put it back");
        Err(case.stop("changes-lock", reason))
    };
    if !all {
        return changes("which is not for every Linux");
    }
    let locked = section("DEPENDENCIES");
    let names = locked.iter().map(|it| it.split([' ', '!']).next().unwrap_or(it));
    let names: Vec<&str> = names.collect();
    let Ok(read) = manifests::read(Kind::Gemfile, gemfile) else {
        return Err(case.stop("unclear", "`Gemfile` cannot be read".to_owned()));
    };
    match read.dependencies.iter().find(|it| !names.contains(&it.name.as_str())) {
        Some(missing) => changes(&format!("in which `{}` is missing", missing.name)),
        None => Ok(()),
    }
}

pub(super) fn go(case: &Case) -> Result<Wanted, Stop> {
    let text = case.manifest("go.mod")?;
    let is_local = |line: &&str| {
        line.split_once("=>").is_some_and(|(_, to)| to.trim().starts_with(['.', '/']))
    };
    if let Some(line) = text.lines().find(is_local) {
        let reason = format!("`go.mod` names a folder: `{}`", line.trim());
        return Err(case.stop("local-package", reason));
    }
    if case.is_listed("go.work") {
        return Err(case.stop("workspace", "the project is a workspace".to_owned()));
    }
    let mut files = vec!["go.mod".to_owned()];
    files.extend(case.present(&["go.sum"]));
    Ok(Wanted { files, doubts: Vec::new() })
}
