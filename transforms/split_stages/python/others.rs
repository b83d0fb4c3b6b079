//! Commands that Compose files run in the place of the image's own: workers, and servers with other words.

use super::super::case::Case;
use super::super::{Stop, gates};
use super::built::Built;
use super::runs::{self, Runs};

/// Takes note of what each of them needs; whatever is not known to run in the new image keeps the old one.
pub(super) fn read(case: &Case, built: &Built, runs: &mut Runs) -> Result<(), Stop> {
    for (place, words) in gates::other_commands(case) {
        let own = of_command(case, words, built).map_err(|_| gates::other(case, place, words))?;
        let why = format!("{place} runs another command in it: `{}`", words.join(" "));
        if own.is_interpreted {
            runs.system.get_or_insert_with(|| why.clone());
        }
        runs.packages.extend(own.packages);
        runs.system = runs.system.take().or(own.system);
        runs.shell = runs.shell.take().or(own.shell);
        runs.is_linked |= own.is_linked;
        runs.other.get_or_insert(why);
    }
    Ok(())
}

fn of_command(case: &Case, words: &[String], built: &Built) -> Result<Runs, Stop> {
    let mut own = Runs::default();
    let at = case.from();
    match words {
        [shell, option, script @ ..]
            if option == "-c" && crate::shell::command::is_shell(shell) =>
        {
            own.shell = Some(format!("`{}` needs a shell", words.join(" ")));
            let script = script.join(" ");
            let script = script.trim_matches(['"', '\'']);
            runs::scripts::read(case, script, &[], built, &mut own, at, 0)?;
        }
        _ => runs::started(case, words, built, &mut own, at, 0)?,
    }
    Ok(own)
}
