//! How the health of a container is asked for: by the file itself, and by a Compose file that runs it.

use super::case::Case;
use crate::facts::{Use, Way};
use crate::syntax::{Body, Command, Keyword};
use crate::text::Span;

/// A health check.
pub(super) struct Check {
    /// How messages call it.
    pub(super) said: String,
    pub(super) at: Span,
    /// It is the `HEALTHCHECK` of the file.
    pub(super) is_of_file: bool,
    pub(super) asked: Asked,
}

/// What a health check runs in the container.
pub(super) enum Asked {
    Words(Vec<String>),
    /// By a shell.
    Script(String),
}

/// The health check of the file, and those of Compose files.
pub(super) fn checks(case: &Case) -> Vec<Check> {
    let mut found: Vec<Check> = of_file(case).into_iter().collect();
    let at = case.from();
    for Use { place, way, .. } in case.cx.facts.uses(case.stage) {
        let Way::Health(words) = way else { continue };
        let said = format!("the health check at {place}");
        let asked = match &words[..] {
            [first, script] if first == "CMD-SHELL" => Asked::Script(script.clone()),
            [_, words @ ..] => Asked::Words(words.to_vec()),
            [] => continue,
        };
        found.push(Check { said, at, is_of_file: false, asked });
    }
    found
}

fn of_file(case: &Case) -> Option<Check> {
    let at = case.stage().all(case.cx.file, Keyword::Healthcheck).last().copied()?;
    let instruction = &case.cx.file.instructions[at];
    let Body::Healthcheck(Some(command)) = &instruction.body else { return None };
    let asked = match command {
        Command::Exec(words) => Asked::Words(words.iter().map(|it| it.text.to_string()).collect()),
        Command::Shell => {
            let text = instruction.arguments.text.trim();
            Asked::Script(text.strip_prefix("CMD").unwrap_or(text).to_owned())
        }
    };
    let said = "`HEALTHCHECK`".to_owned();
    Some(Check { said, at: instruction.span, is_of_file: true, asked })
}
