//! What the health checks of a program need.

use super::super::super::Stop;
use super::super::super::case::Case;
use super::super::super::checks::{Asked, checks};
use super::super::super::scripts::EVERYWHERE;
use super::super::built::Built;
use super::{Runs, scripts, started};

/// The programs of health checks have to be there too.
pub(super) fn read(case: &Case, built: &Built, runs: &mut Runs) -> Result<(), Stop> {
    for check in checks(case) {
        let said = &check.said;
        let mut own = Runs::default();
        match &check.asked {
            // Every image with a shell has it.
            Asked::Words(words) if words.first().is_some_and(|it| is_everywhere(it)) => {
                runs.system.get_or_insert_with(|| format!("{said} starts `{}`", words[0]));
            }
            Asked::Words(words) => {
                started(case, words, built, &mut own, check.at, 0)?;
                if own.script.is_some() {
                    runs.system = Some(format!("{said} starts a program of a package"));
                }
                runs.system = runs.system.take().or(own.system);
                runs.shell = runs.shell.take().or(own.shell);
            }
            Asked::Script(_) if check.is_of_file && runs.check.is_some() => (),
            Asked::Script(text) => {
                scripts::read(case, text, &[], built, &mut own, check.at, 0)?;
                runs.shell.get_or_insert_with(|| format!("{said} runs a shell"));
            }
        }
        runs.packages.extend(own.packages);
    }
    Ok(())
}

fn is_everywhere(word: &str) -> bool {
    EVERYWHERE.contains(&word)
}
