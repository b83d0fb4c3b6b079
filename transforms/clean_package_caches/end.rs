//! Whether a command can be added at the end of a script.

use super::cleanup::Stop;
use crate::effect::program::pipelines;
use crate::shell::{Command, CommandKind, ConnectorKind, Script, TerminatorKind};

/// Whether `&& command` after the script's last statement runs after all of it, and leaves its exit status.
pub(super) fn end_is_open(script: &Script, errexit: bool) -> Result<(), Stop> {
    let Some(last) = script.body.statements.last() else {
        return Err(("empty", None, "it runs no command".to_owned()));
    };
    if last.terminator.is_some_and(|it| it.kind == TerminatorKind::Background) {
        return Err(("background-job", None, "its last command runs in the background".to_owned()));
    }
    for command in pipelines(last).flat_map(|pipeline| &pipeline.commands) {
        if command.redirects.iter().any(|it| it.heredoc.is_some()) {
            return Err(("heredoc", None, "its last command ends in a heredoc".to_owned()));
        }
        if errexit && !is_flat(command) {
            let reason =
                "before `&&` a failure inside its last command would not end it".to_owned();
            return Err(("errexit", None, reason));
        }
    }
    Ok(())
}

/// A failure inside is its own failure, whether errexit is in force or not.
fn is_flat(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Simple(_) => true,
        CommandKind::Group(list) | CommandKind::Subshell(list) => {
            match list.statements.as_slice() {
                [only] => {
                    let joined = only.rest.iter().all(|(it, _)| it.kind == ConnectorKind::And);
                    let simple = |it: &Command| matches!(it.kind, CommandKind::Simple(_));
                    joined && pipelines(only).all(|pipeline| pipeline.commands.iter().all(simple))
                }
                _ => false,
            }
        }
        _ => false,
    }
}
