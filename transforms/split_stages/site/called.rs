//! Which server is called in the end, through `npm start` and what is like it.

use super::super::case::Case;
use super::super::program::{self, Program};
use crate::facts::resolve;
use crate::shell::command::base;
use crate::shell::{self, Dialect};
use serde_json::Value;

/// Stands for `$PORT` where a shell puts it in.
pub(super) const PORT: &str = "__PORT__";

/// The words of a server.
pub(super) struct Called {
    pub(super) words: Vec<String>,
    /// What stands before them: `bundle exec`.
    pub(super) launcher: Vec<String>,
    /// What was followed to find them: sentences.
    pub(super) through: Vec<String>,
    /// Set for it alone.
    pub(super) assigned: Vec<(String, String)>,
    /// The port that it has where `PORT` is not set: `${PORT:-3000}`.
    pub(super) otherwise: Option<u32>,
}

/// What the program is, where that can be followed.
pub(super) fn called(case: &Case, program: &Program) -> Option<Called> {
    let mut called = Called {
        words: program.words.clone(),
        launcher: Vec::new(),
        through: Vec::new(),
        assigned: program.assigned.clone(),
        otherwise: None,
    };
    if program.shell.is_some() {
        called.read(program.words.get(2)?)?;
    }
    for _ in 0..3 {
        let Some((name, more)) = script_name(&called.words) else { break };
        let manifest = resolve(Some(case.stage().workdir()?), "package.json")?;
        let text = case.source(&manifest).ok()?.and_then(|it| case.text(&it));
        let scripts = text.and_then(|it| serde_json::from_str::<Value>(&it).ok());
        let of = |name: &str| {
            let scripts = scripts.as_ref()?.get("scripts")?;
            scripts.get(name)?.as_str().map(str::to_owned)
        };
        let Some(script) = of(&name) else {
            // `yarn serve` without such a script is the program `serve`.
            called.words = local_program(&called.words)?;
            break;
        };
        if of(&format!("pre{name}")).is_some() || of(&format!("post{name}")).is_some() {
            return None;
        }
        called.through.push(format!("`{}` is `{script}`", called.words.join(" ")));
        called.read(&script)?;
        called.words.extend(more);
    }
    let words = called.words.split_off(launcher(&called.words));
    called.launcher = std::mem::replace(&mut called.words, words);
    Some(called)
}

impl Called {
    /// A script of one command.
    fn read(&mut self, text: &str) -> Option<()> {
        let text = self.with_port(text);
        let parsed =
            shell::parse(&text, Dialect::Unknown).or_else(|| shell::parse(&text, Dialect::Bash));
        let (words, assigned) = program::plain(&*parsed?)?;
        self.words = words;
        self.assigned.extend(assigned);
        // A tool that does what the shell does everywhere.
        if self.words.first().is_some_and(|it| it == "cross-env") {
            self.words.remove(0);
            while let Some((name, value)) = self.words.first()?.split_once('=') {
                self.assigned.push((name.to_owned(), value.to_owned()));
                self.words.remove(0);
            }
        }
        Some(())
    }

    /// The text with a plain word in place of `$PORT`.
    fn with_port(&mut self, text: &str) -> String {
        let mut text = text.replace("${PORT}", PORT);
        if let Some(start) = text.find("${PORT:-") {
            let value = &text[start + "${PORT:-".len()..];
            if let Some((default, length)) =
                value.find('}').and_then(|end| Some((value[..end].parse().ok()?, end)))
            {
                self.otherwise = Some(default);
                text.replace_range(start..start + "${PORT:-".len() + length + 1, PORT);
            }
        }
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let is_whole = |at: &usize| !text[at + 5..].starts_with(is_name);
        if let Some(at) = text.find("$PORT").filter(is_whole) {
            text.replace_range(at..at + 5, PORT);
        }
        text
    }
}

/// The script of `package.json` that is run, and the words that it gets more.
fn script_name(words: &[String]) -> Option<(String, Vec<String>)> {
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let plain = |it: &str| !it.starts_with('-');
    let own = |more: &[&str]| {
        let more = more.strip_prefix(&["--"]).unwrap_or(more);
        more.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()
    };
    let is_silent = |it: &&str| matches!(*it, "-s" | "--silent");
    let rest: Vec<&str> = rest.iter().copied().skip_while(is_silent).collect();
    match (base(words.first()?), &rest[..]) {
        ("npm" | "pnpm" | "yarn" | "bun", ["start", more @ ..]) => {
            Some(("start".to_owned(), own(more)))
        }
        ("npm" | "pnpm" | "yarn" | "bun", ["run" | "run-script", more @ ..]) => {
            let skipped = more.iter().take_while(|it| is_silent(it)).count();
            let (name, more) = more[skipped..].split_first()?;
            plain(name).then(|| ((*name).to_owned(), own(more)))
        }
        ("yarn" | "pnpm", [name, more @ ..])
            if plain(name) && !matches!(*name, "exec" | "dlx" | "install" | "add") =>
        {
            Some(((*name).to_owned(), own(more)))
        }
        _ => None,
    }
}

/// The program in `yarn serve -s build`.
fn local_program(words: &[String]) -> Option<Vec<String>> {
    let is_package_manager = matches!(base(words.first()?), "yarn" | "pnpm");
    let rest = words.get(1..)?;
    let rest = if rest.first()? == "run" { &rest[1..] } else { rest };
    is_package_manager.then(|| rest.to_vec())
}

/// How many words there are before the program: `npx serve` is `serve`.
fn launcher(words: &[String]) -> usize {
    let text: Vec<&str> = words.iter().map(String::as_str).collect();
    let skipped = match &text[..] {
        ["npx" | "bunx", ..] => 1,
        ["npm" | "pnpm" | "yarn", "exec" | "dlx", ..] => 2,
        ["bundle", "exec", ..] | ["poetry" | "pipenv" | "uv", "run", ..] => 2,
        ["python" | "python3", "-m", "mkdocs", ..] => 2,
        _ => return 0,
    };
    let options = text[skipped..].iter().take_while(|it| matches!(**it, "-y" | "--yes" | "--"));
    skipped + options.count()
}
