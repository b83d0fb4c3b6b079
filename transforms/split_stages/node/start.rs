//! What runs: `npm start` and the like followed to the program, where that is equal.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::shortened;
use super::super::program::{self, Program};
use super::super::scripts::EVERYWHERE;
use super::manifest::Manifest;
use super::modules;
use crate::facts::resolve;
use crate::shell::command::{base, is_shell};
use crate::shell::{self, CommandKind, Dialect};
use crate::text::Span;
use std::collections::BTreeSet;

/// How the program starts in the run-time stage.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Start {
    /// As `node` with its words.
    Node,
    /// As it is written, because of this: npm and a shell have to be there.
    Kept(String),
}

/// What looks at the command line of one project.
pub(super) struct Reader<'r, 'c, 'a> {
    pub(super) case: &'r Case<'c, 'a>,
    pub(super) manifest: Option<&'r Manifest>,
    /// A source reads variables that npm sets.
    pub(super) reads_npm: Option<String>,
    pub(super) at: Span,
}

/// How often one script may lead to the next.
const DEPTH: usize = 8;

/// Programs that compile when the program starts, and may need all that the build has.
const COMPILERS: &[&str] = &[
    "babel-node",
    "coffee",
    "esno",
    "esr",
    "nest",
    "strapi",
    "sucrase-node",
    "swc-node",
    "ts-node",
    "ts-node-esm",
    "tsx",
    "vite",
];

/// Servers of static files.
const STATIC: &[&str] = &["http-server", "lite-server", "nginx", "serve", "sirv", "ws"];

/// Programs for those who develop, whatever their words are.
const WATCHERS: &[&str] = &[
    "browser-sync",
    "concurrently",
    "forever",
    "gulp",
    "live-server",
    "netlify",
    "node-dev",
    "nodemon",
    "parcel",
    "snowpack",
    "storybook",
    "start-storybook",
    "supervisor",
    "ts-node-dev",
    "tsnd",
    "tsup",
    "webpack-dev-server",
];

/// Programs for those who develop with these words.
const DEVELOPING: &[(&str, &[&str])] = &[
    ("astro", &["dev", "preview"]),
    ("craco", &["start"]),
    ("docusaurus", &["start", "serve"]),
    ("expo", &["start"]),
    ("gatsby", &["develop", "serve"]),
    ("ionic", &["serve"]),
    ("jest", &[]),
    ("mocha", &[]),
    ("nest", &["--watch", "-w", "--debug"]),
    ("next", &["dev"]),
    ("ng", &["serve", "s"]),
    ("node", &["--watch", "--inspect-brk"]),
    ("nuxt", &["dev", "preview"]),
    ("nuxi", &["dev", "preview"]),
    ("react-app-rewired", &["start"]),
    ("react-scripts", &["start", "test"]),
    ("remix", &["dev"]),
    ("strapi", &["develop", "dev"]),
    ("tsc", &["-w", "--watch"]),
    ("tsx", &["watch", "--watch"]),
    ("umi", &["dev"]),
    ("vite", &[]),
    ("vitepress", &["dev"]),
    ("vue-cli-service", &["serve"]),
    ("vuepress", &["dev"]),
    ("webpack", &["serve", "--watch", "-w"]),
];

impl Reader<'_, '_, '_> {
    /// Makes `program` what Node.js runs, if it is sure to be the same.
    pub(super) fn follow(&self, program: &mut Program) -> Result<Start, Stop> {
        if program.shell.is_some() {
            let script = program.words.get(2).cloned().unwrap_or_default();
            self.script(&script, DEPTH)?;
            return Ok(Start::Kept(format!("a shell has to run `{}`", shortened(&script))));
        }
        let is_whole = program.fixed == 0 || program.fixed == program.words.len();
        let mut found = program.clone();
        let mut through = Vec::new();
        for _ in 0..DEPTH {
            let words = found.words.clone();
            self.is_for_people(&words)?;
            let name = base(&words[0]);
            if matches!(name, "node" | "nodejs") {
                if let Some(why) = self.compiles(&words) {
                    return Ok(Start::Kept(why));
                }
                found.changed |= name != "node" || !through.is_empty();
                found.words[0] = "node".to_owned();
                found.through.extend(through);
                *program = found;
                return Ok(Start::Node);
            }
            if !is_whole {
                return self.kept(program, format!("`{name}` is the entry point"));
            }
            match self.next(&words, !through.is_empty())? {
                Next::Words(words, assigned, said) => {
                    found.fixed = if program.fixed == 0 { 0 } else { words.len() };
                    found.words = words;
                    found.assigned.extend(assigned);
                    found.changed = true;
                    through.push(said);
                }
                Next::Kept(why) => return self.kept(program, why),
            }
        }
        self.kept(program, "its scripts call each other".to_owned())
    }

    fn kept(&self, program: &Program, why: String) -> Result<Start, Stop> {
        let line = program.words.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(" ");
        self.script(&line, DEPTH)?;
        Ok(Start::Kept(why))
    }

    /// What the first word of a command line leads to.
    fn next(&self, words: &[String], in_script: bool) -> Result<Next, Stop> {
        let rest = || words[1..].to_vec();
        let name = base(&words[0]);
        let plain: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some((script, arguments)) = run_script(&plain) {
            return self.of_script(name, script, &arguments);
        }
        match (name, &plain[1..]) {
            ("npx", [tool, ..]) if !tool.starts_with('-') => self.tool(tool, &plain[2..]),
            ("yarn" | "pnpm", ["exec" | "node", tool, ..]) => match plain[1] {
                "node" => Ok(Next::words([&["node"], &plain[2..]].concat(), "yarn")),
                _ => self.tool(tool, &plain[3..]),
            },
            ("cross-env" | "cross-env-shell", arguments) => {
                let count = arguments.iter().take_while(|it| is_assignment(it)).count();
                let assigned = arguments[..count].iter().filter_map(|it| it.split_once('='));
                let assigned = assigned.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
                match arguments.get(count) {
                    Some(_) => {
                        let words = arguments[count..].iter().map(|it| (*it).to_owned()).collect();
                        Ok(Next::Words(words, assigned, "`cross-env` only sets variables".into()))
                    }
                    None => Ok(Next::Kept("`cross-env` starts nothing".to_owned())),
                }
            }
            _ if words[0].contains("node_modules/.bin/") => self.tool(name, &plain[1..]),
            _ if in_script && !words[0].contains('/') && self.has_tool(name) => {
                self.tool(name, &plain[1..])
            }
            // What the entry point of the official image does with a file that is no program.
            _ if self.is_javascript(&words[0])? => {
                let all = [vec!["node".to_owned(), words[0].clone()], rest()].concat();
                Ok(Next::Words(
                    all,
                    Vec::new(),
                    "the entry point of the image gives it to `node`".into(),
                ))
            }
            _ => Ok(Next::Kept(format!("it starts by `{name}`"))),
        }
    }

    /// A program of `node_modules/.bin`, as the script that it is.
    fn tool(&self, name: &str, rest: &[&str]) -> Result<Next, Stop> {
        let all: Vec<String> = [&[name], rest].concat().iter().map(|it| (*it).to_owned()).collect();
        self.is_for_people(&all)?;
        let has_scripts = match self.manifest {
            Some(manifest) => !manifest.has_file(self.case, "pnpm-lock.yaml")?,
            None => false,
        };
        if COMPILERS.contains(&name) {
            return Ok(Next::Kept(format!("`{name}` compiles when it starts")));
        }
        // With pnpm they are scripts of a shell.
        let path = match name {
            "next" => "node_modules/next/dist/bin/next".to_owned(),
            _ if has_scripts && self.has_tool(name) => format!("node_modules/.bin/{name}"),
            _ => return Ok(Next::Kept(format!("it starts by `{name}`"))),
        };
        let mut words = vec!["node", &path];
        words.extend(rest);
        Ok(Next::words(words, &format!("`{name}` of `node_modules`")))
    }

    fn has_tool(&self, name: &str) -> bool {
        self.manifest.is_some_and(|it| modules::package_of(it, name).is_some())
    }

    fn is_javascript(&self, word: &str) -> Result<bool, Stop> {
        let is_script = [".js", ".cjs", ".mjs"].iter().any(|end| word.ends_with(end));
        let place = resolve(self.case.stage().workdir(), word).filter(|_| is_script);
        match place {
            Some(place) if self.case.repository() == "node" => {
                Ok(self.case.source(&place)?.is_some())
            }
            _ => Ok(false),
        }
    }

    /// A script of `package.json`.
    fn of_script(&self, manager: &str, name: &str, more: &[&str]) -> Result<Next, Stop> {
        let Some(manifest) = self.manifest else {
            return self.unclear(format!("`{manager}` finds no `package.json` that can be read"));
        };
        if let Some(why) = &self.reads_npm {
            return Ok(Next::Kept(why.clone()));
        }
        let around = [format!("pre{name}"), format!("post{name}")];
        if let Some(hook) = around.iter().find(|it| manifest.script(it).is_some()) {
            return Ok(Next::Kept(format!("`{hook}` runs with `{name}`")));
        }
        let text = match manifest.script(name) {
            Some(text) => text,
            None if name == "start" && manager == "npm" => "node server.js",
            None => return self.unclear(format!("`package.json` has no script `{name}`")),
        };
        let said = format!("`{manager}` runs `{}`", shortened(text));
        let parsed = shell::parse(text, Dialect::Unknown);
        match parsed.as_deref().and_then(program::plain) {
            Some((mut words, assigned)) => {
                words.extend(more.iter().map(|it| (*it).to_owned()));
                Ok(Next::Words(words, assigned, said))
            }
            None => Ok(Next::Kept(format!("a shell has to run `{}`", shortened(text)))),
        }
    }

    fn unclear<T>(&self, reason: String) -> Result<T, Stop> {
        Err(Stop { code: "unknown-program", at: self.at, reason })
    }

    /// Why a command line of `node` compiles before it runs.
    fn compiles(&self, words: &[String]) -> Option<String> {
        const LOADERS: &[&str] = &[
            "ts-node",
            "tsx",
            "@babel/register",
            "babel-register",
            "esbuild-register",
            "@swc-node",
        ];
        let options = words.iter().skip(1);
        let found = options
            .filter(|it| {
                LOADERS.iter().any(|loader| it.trim_start_matches("--import=").starts_with(loader))
            })
            .chain(words.iter().skip(1).filter(|it| it.ends_with(".ts")));
        found.map(|it| format!("`{it}` compiles when it starts")).next()
    }

    /// Servers that watch their sources, and those of static files, are not for here.
    fn is_for_people(&self, words: &[String]) -> Result<(), Stop> {
        let name = base(&words[0]);
        let stop = |code, reason| Err(Stop { code, at: self.at, reason });
        if STATIC.contains(&name) {
            let reason = format!("`{name}` serves files, and nothing else of Node.js runs");
            return stop("static-server", reason);
        }
        let asks = |(tool, words_of): &(&str, &[&str])| {
            let has = || words.iter().skip(1).any(|it| words_of.contains(&it.as_str()));
            *tool == name
                && (words_of.is_empty() || has())
                && !words.iter().any(|it| it == "build")
                && !(*tool == "vite" && words.iter().any(|it| it == "preview"))
        };
        // Without words, these serve for those who develop.
        let bare = matches!(name, "next" | "nuxt") && words.len() == 1;
        if WATCHERS.contains(&name) || DEVELOPING.iter().any(asks) || bare {
            let line = shortened(&words.join(" "));
            return stop("development", format!("`{line}` is for those who develop"));
        }
        Ok(())
    }

    /// Every program that a script starts is in the image of Node.js, or in `node_modules`.
    pub(super) fn script(&self, text: &str, depth: usize) -> Result<(), Stop> {
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
            if first.span.of(&parsed.text).contains("$@") {
                continue;
            }
            let Some(call) = parsed.invocation(simple) else {
                let rest = simple.words.get(1).map(|it| it.span.of(&parsed.text));
                if first.literal.as_deref() == Some("exec")
                    && rest.is_none_or(|it| it.contains("$@"))
                {
                    continue;
                }
                return stop("script", format!("what `{line}` starts is not known"));
            };
            if functions.contains(call.given) || EVERYWHERE.contains(&call.given) {
                continue;
            }
            let words: Vec<&str> = call.literals().map(Option::unwrap_or_default).collect();
            self.command(call.given, &words, &line, depth)?;
        }
        Ok(())
    }

    fn command(&self, given: &str, words: &[&str], line: &str, depth: usize) -> Result<(), Stop> {
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
                self.script(text, depth - 1)?;
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
            (shell, [file, ..]) if is_shell(shell) && !file.starts_with('-') => {
                self.file(file, line, depth)
            }
            _ if !given.contains('/') && self.has_tool(name) => Ok(()),
            _ if given.contains("node_modules/.bin/") && self.has_tool(name) => Ok(()),
            _ if given.contains('/') => self.file(given, line, depth),
            _ => {
                let reason =
                    format!("`{name}`, which `{line}` starts, may not be in the run-time image");
                stop("script", reason)
            }
        }
    }

    /// A script of the build context.
    fn file(&self, path: &str, line: &str, depth: usize) -> Result<(), Stop> {
        let place = resolve(self.case.stage().workdir(), path);
        let source = match place {
            Some(place) => self.case.source(&place)?,
            None => None,
        };
        let text = source.and_then(|it| self.case.text(&it));
        let text = text.filter(|it| {
            let first = it.lines().next().unwrap_or_default();
            first.starts_with("#!") && (first.contains("sh") || first.contains("node"))
        });
        match text {
            Some(text) if text.lines().next().is_some_and(|it| it.contains("node")) => Ok(()),
            Some(text)
                if text.lines().next().is_some_and(|it| it.contains("bash"))
                    && self.is_alpine() =>
            {
                let reason = format!("`{line}` needs bash");
                Err(Stop { code: "script", at: self.at, reason })
            }
            Some(text) => self.script(&text, depth - 1),
            None => self.unclear(format!("what `{line}` starts is not known")),
        }
    }

    fn is_alpine(&self) -> bool {
        super::ground::is_alpine(self.case)
    }

    /// Whether the image of Node.js has a package manager.
    fn has_manager(&self, name: &str) -> Result<(), Stop> {
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

enum Next {
    Words(Vec<String>, Vec<(String, String)>, String),
    Kept(String),
}

impl Next {
    fn words(words: Vec<&str>, said: &str) -> Self {
        let words = words.into_iter().map(str::to_owned).collect();
        Self::Words(words, Vec::new(), format!("it starts {said}"))
    }
}

/// The script that `npm start`, `npm run X`, `yarn X` and `pnpm X` run, with the words for it.
fn run_script<'w>(words: &[&'w str]) -> Option<(&'w str, Vec<&'w str>)> {
    const QUIET: &[&str] = &["--silent", "-s", "--quiet", "-q", "--loglevel=error"];
    const OWN: &[&str] = &[
        "add",
        "cache",
        "ci",
        "create",
        "dlx",
        "exec",
        "global",
        "i",
        "info",
        "init",
        "install",
        "node",
        "up",
        "why",
        "workspace",
        "workspaces",
    ];
    let manager = *words.first()?;
    if !matches!(manager, "npm" | "yarn" | "pnpm") {
        return None;
    }
    let mut rest: Vec<&str> =
        words[1..].iter().copied().skip_while(|it| QUIET.contains(it)).collect();
    let verb = *rest.first()?;
    rest.remove(0);
    let script = match verb {
        "run" | "run-script" => {
            rest = rest.into_iter().skip_while(|it| QUIET.contains(it)).collect();
            if rest.is_empty() {
                return None;
            }
            rest.remove(0)
        }
        "start" | "test" => verb,
        _ if manager == "npm" || OWN.contains(&verb) => return None,
        _ => verb,
    };
    if script.starts_with('-') {
        return None;
    }
    let separator = rest.iter().position(|it| *it == "--");
    match (manager, separator) {
        // npm keeps options before `--` for itself.
        ("npm", None) if rest.iter().any(|it| it.starts_with('-')) => {
            rest.iter().all(|it| QUIET.contains(it)).then(|| (script, Vec::new()))
        }
        ("npm", Some(at)) if rest[..at].iter().all(|it| QUIET.contains(it)) => {
            Some((script, rest[at + 1..].to_vec()))
        }
        ("npm", Some(_)) => None,
        ("yarn", Some(0)) => Some((script, rest[1..].to_vec())),
        _ => Some((script, rest)),
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, value)| {
        let is_name = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
        !name.is_empty() && name.bytes().all(is_name) && !value.contains('$')
    })
}

fn quoted(word: &str) -> String {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"_-./:,=@%+".contains(&it);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
