//! Standard input to standard output, for editors.

use super::arguments::{Arguments, OutputFormat};
use super::discover::Seen;
use super::output::Output;
use super::repositories::{Repositories, context_folders};
use super::settings::{self, Resolver};
use super::{Refusal, batch, discover, read, suggest};
use crate::project::{self, ContextFiles, Takes};
use crate::report::summary::Summary;
use crate::report::{Action, FileReport, Origin, Problem, Written, error};
use crate::transform::Transform;
use std::path::{Path, PathBuf};

/// Rewrites standard input as the file that `--stdin-filename` names, which need not exist.
/// With `--check`, `--diff` or another format it is shown instead, as for a file.
pub(super) fn run(
    arguments: &Arguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    let name = arguments.stdin_filename.as_deref().unwrap_or(Path::new("Dockerfile"));
    let mut style = batch::style(arguments);
    let resolver = Resolver::new(arguments, transforms, style.colour)?;
    let target = absolute(name);
    let settings = resolver.settings(target.parent().unwrap_or(&target));
    let Some(settings) = settings else {
        let problems = resolver.problems();
        let told = problems.iter().map(|it| error::stray(it, style.colour));
        output.error(&told.collect::<String>());
        return Ok(super::FAILED);
    };
    resolver.unknown_id()?;
    let settings = resolver.settings_of(&settings, &target);
    let (source, result) =
        match read::stream(std::io::stdin().lock(), arguments.selection.max_file_size) {
            Ok(source) => {
                let folder = target.parent().unwrap_or(&target);
                let top = project::repository(folder);
                let repositories = Repositories::read(top.into_iter(), Seen::default());
                let limit = arguments.selection.max_file_size;
                let surroundings = repositories.surroundings(top, &target, limit);
                let here = settings::current_folder();
                let find = |takes: &Takes| {
                    let project = repositories.around(top, folder, &here);
                    context_folders(&project, &target, takes, None)
                };
                let path = discover::patch_name(&target, &here);
                let files =
                    ContextFiles::in_folders(&find).of_dockerfile(&String::from_utf8_lossy(&path));
                let result = batch::rewrite(&surroundings, &files, &source, &settings.request);
                (source, result)
            }
            Err((text, problem)) => (text, Err(problem)),
        };
    let warnings = suggest::comments(&source, &settings.known);
    let report = FileReport {
        name: name.display().to_string(),
        patch_name: discover::patch_name(&target, &settings::current_folder()),
        origin: Origin::Named,
        is_new: false,
        source: source.into(),
        result,
        written: Written::No,
        warnings,
    };
    let mut summary = Summary::default();
    summary.add(&report);
    let is_text = matches!(arguments.format, None | Some(OutputFormat::Text));
    if is_text && !arguments.diff && style.action == Action::Preview {
        output.error(&error::problems(&report, style.colour));
        show_result(&report, output);
    } else {
        style.action = Action::Check;
        let mut format = batch::format(arguments, &style);
        let piece = format.render(&report);
        output.error(&piece.problems);
        let shown = [format.add(piece), format.finish(&summary)].concat();
        output.show(&shown);
    }
    Ok(summary.exit_code(arguments.action()))
}

/// The whole text, changed or not; nothing if it is no Dockerfile.
fn show_result(report: &FileReport<'_>, output: &mut Output<'_>) {
    match &report.result {
        Ok(outcome) => {
            let text = outcome.result().map_or(&*report.source, |text| text);
            output.show(text.as_bytes());
        }
        Err(Problem::Unreadable(_) | Problem::Unparsable(_) | Problem::Bug(_)) => {}
    }
}

/// `name` with the links above it resolved, as far as its folders exist.
fn absolute(name: &Path) -> PathBuf {
    let mut real = name.ancestors().skip(1).filter_map(|above| {
        let folder = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        Some(folder.canonicalize().ok()?.join(name.strip_prefix(above).ok()?))
    });
    real.next().unwrap_or_else(|| settings::current_folder().join(name))
}
