//! What a merge is worth.

use crate::effect::leftovers::only_removes_caches;
use crate::facts::{Run, is_within, resolve};
use crate::packages::{self, Kind};
use crate::transform::Context;

/// Programs that write nothing but what they name.
const NAMED: &[&str] = &[
    ":", "[", "addgroup", "adduser", "cd", "chgrp", "chmod", "chown", "cp", "echo", "export",
    "groupadd", "install", "ln", "mkdir", "mv", "printf", "rm", "rmdir", "sed", "set", "strip",
    "test", "touch", "true", "useradd", "usermod",
];

/// What is gained beyond a layer: a later `RUN` of the group removes or rewrites what an earlier one
/// may have written, or one downloads an index that a later one uses.
pub(super) fn gain(cx: &Context, group: &[&Run]) -> Option<&'static str> {
    const REMOVE: &[&str] = &["mv", "rm", "rmdir", "strip"];
    const REWRITE: &[&str] = &["chgrp", "chmod", "chown"];
    let mut earlier = Earlier { cx, runs: Vec::new(), updated: Vec::new(), filled: Vec::new() };
    for run in group {
        let Some(script) = &run.script else { continue };
        let (mut updated, mut filled) = (Vec::new(), Vec::new());
        for (command, simple, _) in script.parsed.simple_commands() {
            let Some(invocation) = script.parsed.invocation(simple) else { continue };
            let program = invocation.program;
            let arguments: Vec<Option<&str>> = invocation.literals().collect();
            let action = packages::read(program, &arguments);
            let kind = action.as_ref().map(|it| it.kind);
            let manager = action.as_ref().map_or("", |it| it.manager.name);
            if kind == Some(Kind::Update) {
                updated.push(manager);
            }
            if kind.is_some_and(fills) {
                filled.push(manager);
            }
            let words = || invocation.arguments.iter().map(|it| it.span.of(&script.parsed.text));
            // A script that cleans up after itself gains nothing by standing behind another.
            if !filled.is_empty()
                && (only_removes_caches(&script.parsed, command)
                    || program == "rm" && are_caches(cx, run, words()))
            {
                continue;
            }
            if matches!(kind, Some(Kind::Remove | Kind::Clean)) && earlier.filled.contains(&manager)
                || REMOVE.contains(&program) && words().any(|word| earlier.may_hold(run, word))
            {
                return Some("what a later command removes no longer ships in a layer before it");
            }
            if REWRITE.contains(&program)
                && !is_about_folders(cx, run, &arguments)
                && paths(words()).any(|word| earlier.may_hold(run, word))
            {
                return Some("files that a later command changes no longer ship twice");
            }
            let is_old = earlier.updated.contains(&manager) && !updated.contains(&manager);
            if is_old && kind == Some(Kind::Install) {
                return Some("packages are always installed from lists of the same day");
            }
        }
        earlier.runs.push(run);
        earlier.updated.extend(updated);
        earlier.filled.extend(filled);
    }
    None
}

/// The `RUN`s of the group so far.
struct Earlier<'c, 'a> {
    cx: &'c Context<'a>,
    runs: Vec<&'c Run<'a>>,
    /// Package managers that fetched their lists, and those that may have filled their caches.
    updated: Vec<&'static str>,
    filled: Vec<&'static str>,
}

impl Earlier<'_, '_> {
    /// Whether one of them may have written what `word` of a later `RUN` names.
    fn may_hold(&self, run: &Run, word: &str) -> bool {
        let word = word.trim_matches(['"', '\'']);
        if word.starts_with('-') {
            return false;
        }
        let is_cache =
            || packages::is_in_a_cache_with(word, |name| self.cx.facts.variable_of(run, name));
        // Packages bring files everywhere, but hardly where an application lies.
        let outside = || {
            let own = run.workdir().filter(|it| *it != "/");
            word.starts_with('/') && own.is_none_or(|own| !is_within(word, own))
        };
        let by_packages = || !self.filled.is_empty() && (is_cache() || outside());
        self.runs.iter().any(|it| names(it, word) || writes_around(it, run, word)) || by_packages()
    }
}

/// Behind options and the owner or mode.
fn paths<'w>(words: impl Iterator<Item = &'w str>) -> impl Iterator<Item = &'w str> {
    words.filter(|word| !word.starts_with('-')).skip(1)
}

/// Whether a script says the last part of a path.
fn names(earlier: &Run, word: &str) -> bool {
    let known = word.split(['*', '?', '[']).next().unwrap_or_default().trim_end_matches('/');
    let last = known.rsplit('/').next().filter(|it| it.len() > 2).unwrap_or(known);
    let text = earlier.script.as_ref().map_or("", |script| &script.parsed.text);
    last.len() > 2 && text.contains(last)
}

/// Whether a script may write files that it does not name where `word` is.
fn writes_around(earlier: &Run, run: &Run, word: &str) -> bool {
    let Some(script) = earlier.script.as_ref().map(|it| &it.parsed) else { return true };
    let program = |simple| script.invocation(simple).map(|it| it.program);
    let open = |simple| program(simple).is_none_or(|it| !NAMED.contains(&it));
    if !script.simple_commands().iter().any(|(_, simple, _)| open(simple)) {
        return false;
    }
    let own = earlier.workdir().filter(|it| *it != "/");
    match (own, resolve(run.workdir(), word)) {
        (Some(own), Some(path)) => is_within(&path, own) || is_within(own, &path),
        _ => !word.starts_with('/'),
    }
}

/// A command that may leave something in the cache of a package manager.
fn fills(kind: Kind) -> bool {
    use Kind::{Build, Install, Query, Run, Update, Upgrade};
    matches!(kind, Build | Install | Query | Run | Update | Upgrade)
}

/// Whether all paths of an `rm` are caches in the environment of `run`.
fn are_caches<'w>(cx: &Context, run: &Run, words: impl Iterator<Item = &'w str>) -> bool {
    let mut paths = words.filter(|word| !word.starts_with('-'));
    paths.all(|it| packages::is_in_a_cache_with(it, |name| cx.facts.variable_of(run, name)))
}

/// Whether a `chown` changes folders alone, which are nothing but a name in a layer.
fn is_about_folders(cx: &Context, run: &Run, arguments: &[Option<&str>]) -> bool {
    let Some((Some(first), paths)) = arguments.split_first() else { return false };
    let made = cx.facts.made_folders(run.stage);
    let is_folder = |path: &Option<&str>| {
        let path = path.and_then(|path| resolve(run.workdir(), path));
        path.is_some_and(|path| made.contains(&path))
    };
    !first.starts_with('-') && !paths.is_empty() && paths.iter().all(is_folder)
}

#[cfg(test)]
mod tests {
    use super::gain;
    use crate::facts::{Facts, Run};
    use crate::project::ContextFiles;
    use crate::syntax::parse;
    use crate::transform::{Context, Options};

    fn told(lines: &str) -> Option<&'static str> {
        let source = format!("FROM debian:12\n{lines}");
        let file = parse(&source).unwrap();
        let facts = Facts::new(&file);
        let (options, files) = (Options::default(), ContextFiles::default());
        let cx = Context { file: &file, facts: &facts, options: &options, files: &files };
        gain(&cx, &facts.runs.iter().collect::<Vec<&Run>>())
    }

    #[test]
    fn only_what_an_earlier_run_may_have_written_is_a_gain() {
        for lines in [
            "RUN curl -o a.tgz x\nRUN rm a.tgz\n",
            "RUN apt-get install -y curl\nRUN rm -rf /var/lib/apt/lists/*\n",
            "RUN apt-get install -y curl\nRUN rm -rf /usr/share/doc\n",
            "RUN apt-get install -y gcc\nRUN apt-get purge -y gcc\n",
            "RUN apt-get update\nRUN apt-get install -y curl\n",
            "WORKDIR /app\nRUN make\nRUN rm -rf obj\n",
            "WORKDIR /app\nRUN npm ci\nRUN chown -R node /app\n",
            "RUN touch /srv/one\nRUN chown 5 /srv/one\n",
        ] {
            assert!(told(lines).is_some(), "{lines}");
        }
        for lines in [
            "RUN npm install -g pnpm\nRUN apt-get update && apt-get install -y curl\n",
            "RUN apt-get update\nRUN npm install -g pnpm\n",
            "RUN chown -R app ./public && chmod 755 ./public\nRUN chown -R app ./database\n",
            "RUN chmod -R go=u /app\nRUN chmod -R go=u /home/x\n",
            "RUN useradd app\nRUN rm -rf /usr/share/doc\n",
        ] {
            assert_eq!(told(lines), None, "{lines}");
        }
    }
}
