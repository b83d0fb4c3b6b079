//! What asks for the history of the repository during a build.

use super::commands::Ran;
use super::reads::{MOST, is_program, is_source, is_whole_word};
use super::takers::place;
use super::{Kept, Known};
use crate::packages::{self, Kind};
use crate::syntax::{Instruction, Keyword};
use crate::text::LineIndex;
use crate::transform::Sharer;
use aho_corasick::AhoCorasick;
use std::collections::HashSet;

/// The code of the reason that a build asks git.
pub(super) const VERSION_CONTROL: &str = "reads-version-control";

/// What makes tools read the history.
const READERS: &[&str] = &[
    "GitVersion",
    "MinVer",
    "Nerdbank.GitVersioning",
    "axion-release",
    "buildnumber-maven",
    "dunamai",
    "enableGitInfo",
    "flit_scm",
    "git describe",
    "git log",
    "git ls-files",
    "git rev-list",
    "git rev-parse",
    "git show",
    "git-commit-id",
    "git-properties",
    "git-rev-sync",
    "git-revision",
    "git-version",
    "git2::",
    "gitVersion",
    "githash",
    "gitrev",
    "grgit",
    "hatch-vcs",
    "isomorphic-git",
    "jgit",
    "lastUpdated",
    "last_updated_by_git",
    "nebula.release",
    "nodegit",
    "poetry-dynamic",
    "setuptools-git",
    "setuptools_git",
    "setuptools_scm",
    "setuptools-scm",
    "shadow-rs",
    "showLastUpdate",
    "simple-git",
    "vergen",
    "versioneer",
    "versioningit",
    "\"git\"",
    "'git'",
    "find_package(Git",
];

/// Whether no build asks for the history.
pub(super) fn check(known: &Known, pattern: &str) -> Result<(), Kept> {
    let kept = |reason: String| Err(Kept::new(VERSION_CONTROL, pattern, reason));
    let mut started = Started::of(known);
    for taker in known.takers.of_pattern(pattern) {
        let ran = Ran::all(taker.sharer);
        for it in ran.iter().filter(|it| it.instruction >= taker.instruction) {
            started.see(it);
            if let Some(hint) = stamps(taker.sharer, it) {
                return kept(format!("{} reads it{hint}", place(taker.sharer, it.instruction)));
            }
        }
    }
    known.manifests.follow(&mut started);
    if let Some((place, reader)) = known.manifests.reads_git(&started) {
        return kept(format!("{place} asks for `{reader}`, which reads it"));
    }
    match source_that_asks(known, &started) {
        Some(reason) => kept(reason),
        None => Ok(()),
    }
}

/// What the builds of a context start.
#[derive(Debug, Default)]
pub(super) struct Started {
    /// A script of the project may run.
    scripts: bool,
    /// A recipe of a Makefile may.
    pub(super) recipes: bool,
    /// A program that is not read may start any script of a `package.json`.
    any_package_script: bool,
    /// The words of what Dockerfiles run, and of the scripts that they start.
    words: HashSet<String>,
}

impl Started {
    fn of(known: &Known) -> Self {
        let mut started = Self::default();
        for sharer in known.context.sharers {
            let may_start = |it: &&Instruction| {
                matches!(it.keyword, Keyword::Arg | Keyword::Env | Keyword::Run)
            };
            let told = sharer.file.instructions.iter().filter(may_start);
            told.for_each(|it| started.say(it.span.of(sharer.file.source)));
        }
        started
    }

    /// Takes note of a command.
    fn see(&mut self, ran: &Ran) {
        self.recipes |=
            ran.program.is_none_or(|it| matches!(it, "gmake" | "just" | "make" | "task"));
        let is_unread = ran.program.is_none_or(|program| {
            packages::inert(program, &ran.arguments).is_none() && ran.action().is_none()
        });
        self.scripts |= is_unread;
        self.any_package_script |= match ran.action() {
            // `npm run "$SCRIPT"`
            Some(("npm" | "yarn" | "pnpm" | "bun", kind)) => {
                kind != Kind::Install && ran.arguments.contains(&None)
            }
            // By a plugin, or a script of its own.
            Some((_, kind)) => matches!(kind, Kind::Build | Kind::Run),
            None => false,
        };
    }

    /// Takes note of the words of a text that is run.
    pub(super) fn say(&mut self, text: &str) {
        let parts = |it: char| it.is_whitespace() || "\"'`;&|()=,[]".contains(it);
        let words = text.split(parts).map(|it| it.strip_prefix("npm:").unwrap_or(it));
        self.words.extend(words.map(str::to_owned));
    }

    /// Takes note of a script of a manifest that runs.
    pub(super) fn run(&mut self, text: &str) {
        let starts = |word: &str| {
            matches!(word, "bash" | "just" | "make" | "sh" | "task") || word.ends_with(".sh")
        };
        let mut words = text.split(|it: char| it.is_whitespace() || ";&|(\"'".contains(it));
        let starts = words.any(starts);
        self.scripts |= starts;
        self.recipes |= starts;
        self.say(text);
    }

    /// Whether a script of a `package.json` may be started.
    pub(super) fn may_start(&self, script: &str) -> bool {
        // npm and others start these by themselves.
        const HOOKS: &[&str] =
            &["dependencies", "install", "postinstall", "preinstall", "prepare", "prepublish"];
        // These start the scripts of all packages as their own files say.
        const ORCHESTRATORS: &[&str] = &["lage", "lerna", "nx", "rush", "turbo", "wireit"];
        let is_named = |name: &str| self.words.contains(name);
        let by_pattern = |word: &String| {
            word.split_once('*').is_some_and(|(start, _)| {
                !start.is_empty() && !start.contains(['.', '/']) && script.starts_with(start)
            })
        };
        let around = ["pre", "post"].iter().filter_map(|it| script.strip_prefix(it));
        self.scripts
            || self.recipes
            || self.any_package_script
            || HOOKS.contains(&script)
            || is_named(script)
            || around.into_iter().any(is_named)
            || ORCHESTRATORS.iter().any(|it| is_named(it))
            || self.words.iter().any(by_pattern)
    }
}

/// Whether a command asks for the history, with what there is to say about it.
fn stamps(sharer: &Sharer, ran: &Ran) -> Option<&'static str> {
    const GO: &str =
        ", which writes the revision into the program; `-buildvcs=false` keeps it from that";
    match ran.program? {
        "git" if !matches!(ran.verb(), Some("clone" | "config" | "init" | "lfs")) => Some(""),
        "go" if stamps_go(sharer, ran) => Some(GO),
        "dotnet" if ["build", "pack", "publish"].iter().any(|it| ran.has(it)) => Some(""),
        _ => None,
    }
}

/// The source that asks for the history, and runs while an image is built.
fn source_that_asks(known: &Known, started: &Started) -> Option<String> {
    let tree = known.context.tree;
    let finder = AhoCorasick::new(READERS).ok()?;
    let mut left = MOST;
    for file in tree.files.iter().filter(|file| is_source(file)) {
        // What only a person or CI starts.
        let runs = if file.ends_with("akefile") { started.recipes } else { started.scripts };
        // PHP is not compiled: nothing else runs it.
        let is_built = is_program(file) && !file.ends_with(".php");
        if !is_built && !is_build_file(file) && !runs {
            continue;
        }
        let Some(text) = tree.text(file) else { continue };
        let Some(rest) = left.checked_sub(text.len()) else {
            return Some("there are too many sources to look through".to_owned());
        };
        left = rest;
        let asks = |it: &aho_corasick::Match| {
            let word = READERS[it.pattern().as_usize()];
            is_whole_word(&text, it.start(), it.end()) && means_history(file, &text, it, word)
        };
        if let Some(found) = finder.find_iter(&*text).find(asks) {
            let line = LineIndex::new(&text).line(found.start());
            let word = READERS[found.pattern().as_usize()];
            return Some(format!("{file}:{line} says `{word}`"));
        }
    }
    None
}

/// Whether a word that many programs use for other things means the history here.
fn means_history(file: &str, text: &str, found: &aho_corasick::Match, word: &str) -> bool {
    match word {
        // Only to a generator of pages.
        _ if word.starts_with("lastUpdated") => {
            file.contains("vitepress") || file.contains("docusaurus.config")
        }
        "\"git\"" | "'git'" => asks_git(&text[found.end()..]) || starts_git(&text[..found.start()]),
        _ => true,
    }
}

/// Whether what follows the text `git` is something to ask it: `"git", "describe"`, `'git', ['-C', …]`.
fn asks_git(after: &str) -> bool {
    const VERBS: &[&str] = &[
        "--git-dir",
        "--no-pager",
        "-C",
        "-c",
        "branch",
        "cat-file",
        "config",
        "describe",
        "diff",
        "for-each-ref",
        "log",
        "ls-files",
        "ls-tree",
        "name-rev",
        "remote",
        "rev-list",
        "rev-parse",
        "shortlog",
        "show",
        "show-ref",
        "status",
        "submodule",
        "symbolic-ref",
        "tag",
    ];
    let blank = |it: char| it.is_whitespace() || it == ',' || it == '[';
    let Some(word) = after.trim_start_matches(blank).strip_prefix(['"', '\'']) else {
        return false;
    };
    let end = word.find(['"', '\'', ' ']).unwrap_or(word.len());
    VERBS.contains(&&word[..end])
}

/// Whether what stands before the text `git` starts a program of that name: `spawn(`, `cmd = [`.
fn starts_git(before: &str) -> bool {
    /// Parts of names of what does.
    const PARTS: &[&str] = &[
        "capture", "cmd", "command", "exec", "find_", "git", "output", "popen", "process", "shell",
        "spawn", "system", "which",
    ];
    const NAMES: &[&str] = &["aslist", "call", "listof", "new", "run", "runsync", "sh", "start"];
    /// Characters between a function and one of its arguments.
    const FAR: usize = 200;
    let is_told = |text: &str| {
        let text = text.to_lowercase();
        PARTS.iter().any(|it| text.contains(it))
    };
    let mut depth = 0;
    for (at, character) in before.char_indices().rev().take(FAR) {
        match character {
            ')' => depth += 1,
            '(' if depth > 0 => depth -= 1,
            '(' => {
                let is_name = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
                let name = before[..at].trim_end_matches('!').rsplit(|it| !is_name(it)).next();
                let name = name.unwrap_or_default().to_lowercase();
                return NAMES.contains(&&*name) || is_told(&name);
            }
            // There the statement starts.
            ';' => return is_told(&before[at..]),
            '\n' if before[at..].contains('=') => return is_told(&before[at..]),
            _ => (),
        }
    }
    is_told(before.rsplit('\n').next().unwrap_or_default())
}

/// Whether a file tells a build tool what to do.
fn is_build_file(file: &str) -> bool {
    const NAMES: &[&str] = &[
        "CMakeLists.txt",
        "Cargo.toml",
        "Rakefile",
        "build.sbt",
        "composer.json",
        "conf.py",
        "meson.build",
        "plugins.sbt",
        "pom.xml",
        "pyproject.toml",
        "setup.cfg",
    ];
    const ENDINGS: &[&str] =
        &[".cmake", ".csproj", ".fsproj", ".gemspec", ".props", ".targets", ".cabal"];
    let name = file.rsplit('/').next().unwrap_or_default();
    NAMES.contains(&name) || ENDINGS.iter().any(|it| name.ends_with(it))
}

/// `go build` writes the revision into the program where `git` is there to ask.
fn stamps_go(sharer: &Sharer, ran: &Ran) -> bool {
    let builds = matches!(ran.verb(), Some("build" | "install" | "run"));
    let off = ran.arguments.iter().flatten().any(|it| it.contains("-buildvcs=false"))
        || sharer.file.source.contains("-buildvcs=false");
    let stage = &sharer.facts.stages[ran.stage];
    let alpine = stage.image.as_ref().is_some_and(|image| image.alpine.is_some());
    let has_git = sharer.facts.runs.iter().any(|run| {
        let text = sharer.file.instructions[run.instruction].span.of(sharer.file.source);
        text.match_indices("git").any(|(at, _)| is_whole_word(text, at, at + 3))
    });
    builds && !off && (!alpine || has_git)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the text `git` in quotes is one that is run.
    fn runs(text: &str) -> bool {
        let at = text.find("'git'").unwrap();
        starts_git(&text[..at]) || asks_git(&text[at + 5..])
    }

    #[test]
    fn git_that_is_run_is_told_from_the_word() {
        for text in [
            "spawnSync('git', args)",
            "execa('git', ['x'])",
            "subprocess.check_output(['git', 'x'])",
            "subprocess.run(\n    [\n        'git',\n        'x'])",
            "Command::new('git')",
            "exec.CommandContext(context(), 'git', x)",
            "commandLine 'git', 'x'",
            "cmd = ['git', 'x']",
            "a = ['git', 'rev-parse', 'HEAD']",
            "x = 1\ncmd = [\n  'git',\n]",
            "const git = 'git'",
            "which.sync('x', which('git'))",
        ] {
            assert!(runs(text), "{text}");
        }
        for text in [
            "const tools = ['git', 'curl']",
            "{ type: 'git', url: x }",
            "run(x); const tools = ['git']",
            "names.includes('git')",
            "case 'git': return 1",
            "run(x)\nconst tools = [\n  'curl',\n  'git',\n]",
            "describe('x', () => { const tools = ['git'] })",
        ] {
            assert!(!runs(text), "{text}");
        }
    }

    #[test]
    fn scripts_that_may_be_started_are_known() {
        let mut started = Started::default();
        started.say("RUN npm ci && npm run build");
        started.run("run-p build:* \"npm:lint\"");
        for script in ["build", "prebuild", "build:css", "lint", "prepare"] {
            assert!(started.may_start(script), "{script}");
        }
        assert!(!started.may_start("precommit") && !started.may_start("release"));
        started.run("./build.sh");
        assert!(started.may_start("release"));
    }
}
