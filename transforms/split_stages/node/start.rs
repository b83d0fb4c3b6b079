//! What runs: `npm start` and the like followed to the program, where that is equal.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::shortened;
use super::super::package_json::Manifest;
use super::super::program::{self, Program};
use super::modules;
use crate::facts::resolve;
use crate::shell::command::base;
use crate::shell::{self, Dialect};
use crate::text::Span;
use crate::transform::RuntimePolicy;

/// How the program starts in the run-time stage.
#[derive(Debug, Clone)]
pub(super) enum Start {
    /// As `node` with its words.
    Node,
    /// As it is written, because of this, although the program behind it is known.
    Through(String, Box<Program>),
    /// As it is written, because of this: npm and a shell have to be there.
    Kept(String),
}

/// What looks at the command line of one project.
pub(super) struct Reader<'r, 'c, 'a> {
    pub(super) case: &'r Case<'c, 'a>,
    pub(super) manifest: Option<&'r Manifest>,
    /// A source reads variables that npm sets.
    pub(super) reads_npm: Option<String>,
    /// It ends when it is told to, also as the first process of the container.
    pub(super) hears: bool,
    pub(super) at: Span,
}

/// Where npm installs pm2 for all.
pub(super) const PM2: &str = "/usr/local/lib/node_modules/pm2";

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
            self.script(&script, DEPTH, false)?;
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
                let manager = base(&program.words[0]);
                let is_managed = matches!(manager, "npm" | "npx" | "yarn");
                found.through.extend(through);
                if is_managed
                    && !self.hears
                    && !self.wants_least()
                    && self.has_manager(manager).is_ok()
                {
                    let why = format!(
                        "`{manager}` ends it on `docker stop`, which it does not hear itself"
                    );
                    return Ok(Start::Through(why, Box::new(found)));
                }
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

    /// A small image was asked for.
    fn wants_least(&self) -> bool {
        let policy = self.case.cx.options.runtime;
        matches!(policy, RuntimePolicy::Distroless | RuntimePolicy::Smallest)
    }

    fn kept(&self, program: &Program, why: String) -> Result<Start, Stop> {
        let name = base(&program.words[0]);
        if matches!(name, "cat" | "sleep" | "tail" | "true" | "watch") {
            let reason = format!("`{name}` only keeps the container there for somebody");
            return Err(Stop { code: "interactive", at: self.at, reason });
        }
        let line = program.words.iter().map(|it| shell::quoted(it)).collect::<Vec<_>>().join(" ");
        self.script(&line, DEPTH, false)?;
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
            ("pm2" | "pm2-docker" | "pm2-runtime", _) if self.is_global("pm2") => self.pm2(&plain),
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

    fn is_global(&self, package: &str) -> bool {
        super::steps::global_packages(self.case).iter().any(|it| it == package)
    }

    /// What looks after a program, installed for all.
    fn pm2(&self, words: &[&str]) -> Result<Next, Stop> {
        let is_daemon = base(words[0]) == "pm2" && !words.contains(&"--no-daemon");
        if is_daemon || words.contains(&"--watch") {
            return self.unclear(format!("`{}` ends, or watches the sources", words.join(" ")));
        }
        let path = format!("{PM2}/bin/{}", base(words[0]));
        Ok(Next::words([&["node", &*path], &words[1..]].concat(), "pm2 by its path"))
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
        if name == "nuxt" {
            return Ok(Next::Kept("`nuxt` starts the server as a program of its own".to_owned()));
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

    pub(super) fn has_tool(&self, name: &str) -> bool {
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

    pub(super) fn unclear<T>(&self, reason: String) -> Result<T, Stop> {
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
    pub(super) fn is_for_people(&self, words: &[String]) -> Result<(), Stop> {
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
        let is_server = |it: &String| {
            let file = base(it);
            ["dev-server", "devServer", "devserver", "server.dev", "server-dev"]
                .iter()
                .any(|part| file.starts_with(part))
        };
        let serves = name == "node" && words.iter().skip(1).any(is_server);
        // Without words, these serve for those who develop.
        let bare = matches!(name, "next" | "nuxt") && words.len() == 1;
        if WATCHERS.contains(&name) || DEVELOPING.iter().any(asks) || bare || serves {
            let line = shortened(&words.join(" "));
            return stop("development", format!("`{line}` is for those who develop"));
        }
        Ok(())
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
pub(super) fn run_script<'w>(words: &[&'w str]) -> Option<(&'w str, Vec<&'w str>)> {
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
