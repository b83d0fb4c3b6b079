//! Where tools that make sites put them.

use super::super::Stop;
use super::super::case::Case;
use super::server::Site;
use crate::facts::{is_within, resolve};
use serde_json::Value;

/// What a script of `package.json` calls, and where that puts the site if nothing says otherwise.
const TOOLS: &[(&str, &str, &[&str])] = &[
    ("react-scripts build", "build", &["BUILD_PATH"]),
    ("vite build", "dist", &["outDir"]),
    ("vue-cli-service build", "dist", &["outputDir", "--dest"]),
    ("astro build", "dist", &["outDir"]),
    ("gatsby build", "public", &[]),
    ("docusaurus build", "build", &["--out-dir"]),
];

/// The folder that is served is in the context, or the build may make it.
pub(super) fn fits(case: &Case, site: &Site) -> Result<(), Stop> {
    let workdir = case.workdir()?;
    let is_all = site.root == workdir || is_within(workdir, &site.root);
    if is_all || case.source(&site.root)?.is_some() {
        return Ok(());
    }
    let stop = |reason: String| Err(case.stop("served-folder", reason));
    if case.steps().is_empty() {
        return stop(format!("`{}`, which is served, is not made by the build", site.root));
    }
    let manifest = resolve(Some(workdir), "package.json").unwrap_or_default();
    let Some(text) = case.source(&manifest)?.and_then(|it| case.text(&it)) else { return Ok(()) };
    let scripts = serde_json::from_str::<Value>(&text).ok();
    let build = scripts.as_ref().and_then(|it| it.get("scripts")?.get("build")?.as_str());
    let Some(build) = build else { return Ok(()) };
    let Some((tool, folder, words)) = TOOLS.iter().find(|it| build.contains(it.0)) else {
        return Ok(());
    };
    let expected = resolve(Some(workdir), folder).unwrap_or_default();
    let is_said = says(case, words)? || words.iter().any(|it| build.contains(it));
    if is_said || is_within(&site.root, &expected) {
        return Ok(());
    }
    stop(format!("`{tool}` makes `{expected}`, and not `{}`, which is served", site.root))
}

/// Whether a file of settings says another folder.
fn says(case: &Case, words: &[&str]) -> Result<bool, Stop> {
    let is_setting = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.contains(".config.") || name.starts_with(".env") || name == "package.json"
    };
    let settings =
        case.files()?.iter().filter(|it| is_setting(it) && !it.contains("node_modules/"));
    let has = |path: &str| {
        case.text(path).is_some_and(|text| words.iter().any(|word| text.contains(word)))
    };
    Ok(settings.into_iter().map(|it| &**it).any(has)
        || case.stage().instructions.clone().any(|at| {
            let text = case.span(at).of(case.cx.file.source);
            words.iter().any(|word| text.contains(word))
        }))
}
