//! Whether the script may end in a directory that it has removed: most programs do not start there.

use super::calls::Call;
use super::cleanup::Filled;
use crate::facts::{is_within, resolve};
use crate::shell::command::base;
use crate::shell::{Script, Word};

/// The command that may remove the directory in which the script ends.
pub(super) fn removed_directory<'a>(filled: &Filled<'a>) -> Option<&'a Call<'a>> {
    let script = &filled.script.parsed;
    let goes = |call: &&Call| {
        let program = call.simple.words.first().and_then(|word| word.literal.as_deref());
        matches!(program, Some("cd" | "chdir" | "pushd" | "popd")) && !call.context.subshell
    };
    let mut directory = filled.run.workdir().map(str::to_owned);
    // As it was written, where it is not known what it stands for.
    let mut written = "";
    for call in filled.calls.iter().filter(goes) {
        let target = call.simple.words.get(1);
        let known = target.and_then(|word| word.literal.as_deref()).filter(|it| *it != "-");
        directory = known.and_then(|target| resolve(directory.as_deref(), target));
        written = target.map_or("", |word| raw(script, word));
    }
    let from = filled.calls.iter().rposition(|call| goes(&call)).map_or(0, |at| at + 1);
    filled.calls[from..].iter().find(|call| {
        let removed = removed(call);
        removed.iter().any(|word| may_hold(script, word, directory.as_deref(), written))
    })
}

/// What `rm -r`, `rmdir` and `mv` take away.
fn removed<'a>(call: &'a Call) -> Vec<&'a Word> {
    let Some(invocation) = &call.invocation else { return Vec::new() };
    let literal = |word: &'a Word| word.literal.as_deref();
    let is_option = |word: &&Word| literal_starts(word, '-');
    let recursive = invocation.arguments.iter().filter_map(literal).any(|word| {
        word == "--recursive"
            || (word.starts_with('-') && !word.starts_with("--") && word.contains(['r', 'R']))
    });
    let mut paths: Vec<&Word> = invocation.arguments.iter().filter(|it| !is_option(it)).collect();
    match invocation.program {
        "rm" if recursive => paths,
        "rmdir" => paths,
        // What has an ending is a file.
        "mv" => {
            paths.pop();
            paths.retain(|word| {
                let name = word.literal.as_deref().map(base);
                !name.is_some_and(|it| it.trim_matches('.').contains('.'))
            });
            paths
        }
        _ => Vec::new(),
    }
}

fn literal_starts(word: &Word, first: char) -> bool {
    word.literal.as_deref().is_some_and(|text| text.starts_with(first))
}

/// Whether the directory, or one around it, may be what `word` names.
fn may_hold(script: &Script, word: &Word, directory: Option<&str>, written: &str) -> bool {
    /// Nobody works in these.
    const ELSEWHERE: &[&str] =
        &["/var/lib/apt", "/var/cache", "/root/.", "~/.", "$HOME/.", "${HOME}/."];
    let raw = raw(script, word);
    if ELSEWHERE.iter().any(|folder| raw.starts_with(folder)) {
        return false;
    }
    if !written.is_empty() && is_within(written, raw) {
        return true;
    }
    let fixed = raw.find(['$', '*', '?', '[', '{', '`']).unwrap_or(raw.len());
    let open = fixed < raw.len();
    // What a pattern stands for lies in the folder before it.
    let folder = if open { &raw[..raw[..fixed].rfind('/').map_or(0, |at| at + 1)] } else { raw };
    if open && folder.is_empty() {
        // `*` and `name-*` lie below the directory, a variable may name anything.
        return raw.starts_with(['$', '`']);
    }
    let Some(directory) = directory else {
        // No image starts in these.
        const NEVER: &[&str] = &[
            "/etc",
            "/tmp",
            "/usr/include",
            "/usr/lib",
            "/usr/local/lib",
            "/usr/share",
            "/var/lib",
            "/var/log",
            "/var/tmp",
        ];
        let never = written.is_empty() && NEVER.iter().any(|folder| is_within(raw, folder));
        let climbs = raw.split('/').any(|part| matches!(part, "." | ".."));
        return (raw.starts_with(['/', '~']) && !never) || climbs;
    };
    match resolve(Some(directory), folder) {
        Some(path) if open => {
            let start = format!("{}/{}", path.trim_end_matches('/'), &raw[folder.len()..fixed]);
            directory != path && directory.starts_with(&start)
        }
        Some(path) => is_within(directory, &path),
        None => true,
    }
}

fn raw<'a>(script: &'a Script, word: &Word) -> &'a str {
    word.span.of(&script.text).trim_matches(['"', '\''])
}
