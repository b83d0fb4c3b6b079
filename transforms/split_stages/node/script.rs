//! What scripts start when the container starts: all of it has to be in the run-time image.

use super::super::Stop;
use super::super::commands::shortened;
use super::super::scripts::{EVERYWHERE, has_all_words, starts_words};
use super::ground;
use super::start::{Reader, run_script};
use crate::facts::resolve;
use crate::shell::command::{base, is_shell};
use crate::shell::{self, CommandKind, Dialect};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Reader<'_, '_, '_> {
    /// Every program that a script starts is in the image of Node.js, or in `node_modules`, where programs are
    /// found by their names if npm runs the script.
    pub(super) fn script(&self, text: &str, depth: usize, by_npm: bool) -> Result<(), Stop> {
        let stop = |code, reason| Err(Stop { code, at: self.at, reason });
        let parsed =
            shell::parse(text, Dialect::Unknown).or_else(|| shell::parse(text, Dialect::Bash));
        let Some(parsed) = parsed.filter(|_| depth > 0) else {
            return stop("script", format!("`{}` cannot be read", shortened(text)));
        };
        let mut functions = BTreeSet::new();
        parsed.visit(&mut |command, _| {
            if let CommandKind::Function { name, .. } = &command.kind {
                functions.insert(name.to_string());
            }
        });
        for (command, simple, _) in parsed.simple_commands() {
            let Some(first) = simple.words.first() else { continue };
            let line = shortened(command.span.of(&parsed.text));
            if has_all_words(first.span.of(&parsed.text)) {
                continue;
            }
            let Some(call) = parsed.invocation(simple) else {
                let rest = simple.words.get(1).map(|it| it.span.of(&parsed.text));
                if first.literal.as_deref() == Some("exec") && rest.is_none_or(has_all_words) {
                    continue;
                }
                return stop("script", format!("what `{line}` starts is not known"));
            };
            if functions.contains(call.given) || EVERYWHERE.contains(&call.given) {
                continue;
            }
            // What is not known stands for something that means nothing here.
            let words: Vec<&str> = call.literals().map(|it| it.unwrap_or("$")).collect();
            self.command(call.given, &words, &line, depth, by_npm)?;
        }
        Ok(())
    }

    fn command(
        &self,
        given: &str,
        words: &[&str],
        line: &str,
        depth: usize,
        by_npm: bool,
    ) -> Result<(), Stop> {
        let stop = |code, reason| Err(Stop { code, at: self.at, reason });
        let name = base(given);
        let all: Vec<&str> = [&[name], words].concat();
        let owned: Vec<String> = all.iter().map(|it| (*it).to_owned()).collect();
        self.is_for_people(&owned)?;
        if let Some((script, _)) = run_script(&all) {
            self.has_manager(name)?;
            let Some(manifest) = self.manifest else {
                return self.unclear(format!("`{line}` finds no `package.json` that can be read"));
            };
            let own = manifest.script(script);
            if own.is_none() && !(script == "start" && name == "npm") {
                return self.unclear(format!("`package.json` has no script `{script}`"));
            }
            let around = [format!("pre{script}"), script.to_owned(), format!("post{script}")];
            for text in around.iter().filter_map(|it| manifest.script(it)) {
                self.script(text, depth - 1, true)?;
            }
            return Ok(());
        }
        const INSTALLS: &[&str] = &["add", "ci", "i", "install", "update", "upgrade"];
        match (name, words) {
            ("npm" | "yarn" | "pnpm", words)
                if words.is_empty() || words.iter().any(|it| INSTALLS.contains(it)) =>
            {
                stop("installs", format!("`{line}` installs packages when the container starts"))
            }
            ("node", _) => Ok(()),
            ("npx", [tool, rest @ ..]) if !tool.starts_with('-') && self.has_tool(tool) => {
                let all: Vec<String> =
                    [&[*tool], rest].concat().iter().map(|it| (*it).to_owned()).collect();
                self.is_for_people(&all)
            }
            (shell, [file, rest @ ..]) if is_shell(shell) && !file.starts_with('-') => {
                self.file(file, line, depth, by_npm)?;
                self.handed_on(file, rest, line, depth, by_npm)
            }
            _ if !given.contains('/') && self.has_tool(name) && (by_npm || self.looks_there()) => {
                Ok(())
            }
            _ if given.contains("node_modules/.bin/") && self.has_tool(name) => Ok(()),
            _ if given.contains('/') => {
                self.file(given, line, depth, by_npm)?;
                self.handed_on(given, words, line, depth, by_npm)
            }
            _ => {
                let reason =
                    format!("`{name}`, which `{line}` starts, may not be in the run-time image");
                stop("script", reason)
            }
        }
    }

    /// What a script starts that it is given as its words: `exec "$@"`.
    fn handed_on(
        &self,
        path: &str,
        words: &[&str],
        line: &str,
        depth: usize,
        by_npm: bool,
    ) -> Result<(), Stop> {
        let [first, rest @ ..] = words else { return Ok(()) };
        let Some(text) = self.text(path)?.filter(|_| depth > 0) else { return Ok(()) };
        // An option, or a word that the script itself asks for, is no program.
        let is_asked_for = first.starts_with('-') || text.contains(first);
        match starts_words(&text) && !is_asked_for {
            true => self.command(first, rest, line, depth - 1, by_npm),
            false => Ok(()),
        }
    }

    /// The text of a file of the build context, by its place in the image.
    fn text(&self, path: &str) -> Result<Option<Arc<str>>, Stop> {
        let place = resolve(self.case.stage().workdir(), path);
        let source = match place {
            Some(place) => self.case.source(&place)?,
            None => None,
        };
        Ok(source.and_then(|it| self.case.text(&it)))
    }

    /// A script of the build context.
    fn file(&self, path: &str, line: &str, depth: usize, by_npm: bool) -> Result<(), Stop> {
        let text = self.text(path)?.filter(|it| {
            let first = it.lines().next().unwrap_or_default();
            first.starts_with("#!") && (first.contains("sh") || first.contains("node"))
        });
        match text {
            Some(text) if text.lines().next().is_some_and(|it| it.contains("node")) => Ok(()),
            Some(text)
                if text.lines().next().is_some_and(|it| it.contains("bash"))
                    && self.is_alpine()
                    && !ground::installed(self.case).iter().any(|it| it == "bash") =>
            {
                let reason = format!("`{line}` needs bash");
                Err(Stop { code: "script", at: self.at, reason })
            }
            Some(text) => self.script(&text, depth - 1, by_npm),
            None => self.unclear(format!("what `{line}` starts is not known")),
        }
    }

    /// Whether the file says that programs are in `node_modules`.
    fn looks_there(&self) -> bool {
        self.case.variable("PATH").is_some_and(|it| it.contains("node_modules/.bin"))
    }

    fn is_alpine(&self) -> bool {
        ground::is_alpine(self.case)
    }

    /// Whether the image of Node.js has a package manager.
    pub(super) fn has_manager(&self, name: &str) -> Result<(), Stop> {
        let is_there = match name {
            "npm" => true,
            "yarn" => {
                let own = self.manifest.and_then(|it| it.field("packageManager"));
                own.is_none_or(|it| it.starts_with("yarn@1"))
                    && self.case.image().is_some_and(|it| it.has_yarn_1())
            }
            _ => false,
        };
        match is_there {
            true => Ok(()),
            false => {
                let reason = format!("`{name}` is not part of the smaller image of Node.js");
                Err(Stop { code: "package-manager", at: self.at, reason })
            }
        }
    }
}
