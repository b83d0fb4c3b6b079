//! The programs that a shell remembers, and what may put others in their place.

use super::barriers::{
    is_builtin, leaves_agent, may_leave_running, starts_any_service, takes_away, text_of,
};
use super::leftovers::{Obstacle, Standing, obstacle};
use super::program::pipelines;
use crate::facts::Circumstances;
use crate::packages::{self, Action, Kind};
use crate::shell::command::{Invocation, base};
use crate::shell::{Command, CommandKind, List, Pipeline, Script, Simple, Word};
use crate::text::Span;
use rustc_hash::FxHashMap;
use std::cell::OnceCell;

/// Programs of which only a build from their own sources puts a second one on the search path.
const BASE_TOOLS: &[&str] = &[
    "a2dismod",
    "a2enmod",
    "add-apt-repository",
    "addgroup",
    "adduser",
    "alternatives",
    "apk",
    "apt",
    "apt-get",
    "apt-key",
    "apt-mark",
    "aptitude",
    "awk",
    "bash",
    "bzip2",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "curl",
    "cut",
    "debconf-set-selections",
    "diff",
    "dnf",
    "dpkg",
    "dpkg-divert",
    "dpkg-reconfigure",
    "env",
    "file",
    "find",
    "g++",
    "gcc",
    "git",
    "gpg",
    "grep",
    "groupadd",
    "gunzip",
    "gzip",
    "head",
    "hostname",
    "id",
    "install",
    "ldconfig",
    "ln",
    "locale-gen",
    "ls",
    "make",
    "md5sum",
    "microdnf",
    "mkdir",
    "mktemp",
    "mv",
    "openssl",
    "pacman",
    "patch",
    "rm",
    "rmdir",
    "rpm",
    "rsync",
    "sed",
    "sh",
    "sha256sum",
    "sleep",
    "sort",
    "strip",
    "su",
    "sudo",
    "svn",
    "tail",
    "tar",
    "tee",
    "touch",
    "tr",
    "uname",
    "unzip",
    "update-alternatives",
    "update-ca-certificates",
    "update-locale",
    "useradd",
    "usermod",
    "wc",
    "wget",
    "which",
    "xargs",
    "xz",
    "yum",
    "yum-config-manager",
    "zip",
    "zypper",
];

/// What one shell remembers while it runs scripts one after the other. A new shell looks programs up
/// again, and may find others.
#[derive(Default)]
pub struct Memory<'a> {
    /// With the number of the script that found it first.
    remembered: FxHashMap<&'a str, usize>,
    scripts: Vec<Ran<'a>>,
    /// For a program, how many of the scripts are known not to move it.
    settled: FxHashMap<&'a str, usize>,
    /// How many of the scripts have been searched for what they leave running, and the first that was found.
    searched: usize,
    left: Option<&'a str>,
    agent: Option<Agent<'a>>,
}

/// A command that leaves an agent running, and the folders of this.
type Agent<'a> = (&'a str, &'static [&'static str]);

/// A script that has run.
struct Ran<'a> {
    script: &'a Script,
    /// Read when the first question is asked.
    calls: OnceCell<Vec<Call<'a>>>,
}

/// A simple command of it, and what that does.
struct Call<'a> {
    command: &'a Command,
    simple: &'a Simple,
    invocation: Option<Invocation<'a>>,
    action: OnceCell<Option<Action<'a>>>,
}

impl<'a> Ran<'a> {
    fn calls(&self) -> &[Call<'a>] {
        self.calls.get_or_init(|| {
            let commands = self.script.simple_commands().into_iter();
            let calls = commands.map(|(command, simple, _)| {
                let invocation = self.script.invocation(simple);
                Call { command, simple, invocation, action: OnceCell::new() }
            });
            calls.collect()
        })
    }

    fn text(&self, command: &Command) -> &'a str {
        command.span.of(&self.script.text)
    }

    /// Its first command that may leave a service running.
    fn left(&self) -> Option<&'a str> {
        let mut calls = self.calls().iter();
        let leaves = |it: &&Call| may_leave_running(it.simple, it.invocation.as_ref());
        calls.find(leaves).map(|it| self.text(it.command))
    }

    /// Its first command that leaves an agent running.
    fn agent(&self) -> Option<Agent<'a>> {
        let mut calls = self.calls().iter();
        calls.find_map(|it| Some((self.text(it.command), leaves_agent(it.invocation.as_ref()?)?)))
    }
}

impl<'a> Call<'a> {
    fn action(&self) -> Option<&Action<'a>> {
        let read = |it: &Invocation<'a>| {
            packages::read(it.program, &it.literals().collect::<Vec<Option<&str>>>())
        };
        self.action.get_or_init(|| self.invocation.as_ref().and_then(read)).as_ref()
    }
}

impl<'a> Memory<'a> {
    /// The shell has run `script`, which stood as `standing` says.
    pub fn ran(&mut self, script: &'a Script, standing: Standing) {
        let mut found = Vec::new();
        // What a subshell finds, its parent does not remember.
        match (standing, script.body.statements.as_slice()) {
            (Standing::Isolated, _) => (),
            (Standing::TailIsolated(from), [statement]) => {
                let front = pipelines(statement).take(from).filter(|it| it.commands.len() == 1);
                front.for_each(|pipeline| called_by(pipeline, &mut found));
            }
            _ => called(&script.body, &mut found),
        }
        let number = self.scripts.len();
        for program in found.into_iter().filter(|program| !is_builtin(program)) {
            self.remembered.entry(program).or_insert(number);
        }
        self.scripts.push(Ran { script, calls: OnceCell::new() });
    }

    /// Refuses `next` where it calls a program that an earlier script called, and that one of them may
    /// have installed anew.
    pub fn allows(&mut self, next: &'a Script, cx: &Circumstances) -> Result<(), Obstacle> {
        self.leaves_in_peace(next)?;
        if self.remembered.is_empty() {
            return Ok(());
        }
        // A subshell or a pipeline starts with what its parent remembers.
        for (_, simple, _) in next.simple_commands() {
            let Some(program) = simple.words.first().and_then(text_of) else { continue };
            let Some((program, first)) = self.remembered.get_key_value(program) else { continue };
            let (program, first) = (*program, *first);
            if let Some(text) = self.mover(program, first, cx) {
                let reason = format!(
                    "`{text}` may install another `{program}`, and one shell goes on with the one that it found before"
                );
                return Err(obstacle("program-path", Span::new(0, next.text.len()), reason));
            }
        }
        Ok(())
    }

    /// Refuses `next` where something that an earlier script left running would get in its way.
    fn leaves_in_peace(&mut self, next: &Script) -> Result<(), Obstacle> {
        let whole = Span::new(0, next.text.len());
        self.search();
        if let Some(text) = self.left
            && starts_any_service(next)
        {
            let reason =
                format!("`{text}` may leave a service running, and another one is started");
            return Err(obstacle("started-service", whole, reason));
        }
        match self.agent {
            Some((text, folders)) if takes_away(next, folders) => {
                let reason =
                    format!("`{text}` leaves an agent running, which uses what is removed");
                Err(obstacle("started-service", whole, reason))
            }
            _ => Ok(()),
        }
    }

    /// Looks once through each script for what it leaves running.
    fn search(&mut self) {
        for ran in &self.scripts[self.searched..] {
            self.left = self.left.or_else(|| ran.left());
            self.agent = self.agent.or_else(|| ran.agent());
        }
        self.searched = self.scripts.len();
    }

    /// The command of an earlier script that may install another `program`.
    fn mover(&mut self, program: &'a str, first: usize, cx: &Circumstances) -> Option<&'a str> {
        let settled = self.settled.entry(program).or_insert(first);
        let base_tool = BASE_TOOLS.contains(&program);
        let cx = &if base_tool { cx.of_base_tool() } else { *cx };
        for ran in &self.scripts[*settled..] {
            let mut calls = ran.calls().iter();
            if let Some(call) =
                calls.find(|call| may_move(ran.script, call, program, base_tool, cx))
            {
                return Some(ran.text(call.command));
            }
            *settled += 1;
        }
        None
    }
}

/// The programs that the shell itself looks up: not in subshells, pipelines or by path.
fn called<'a>(list: &'a List, found: &mut Vec<&'a str>) {
    let all = list.statements.iter().flat_map(pipelines);
    for pipeline in all.filter(|pipeline| pipeline.commands.len() == 1) {
        called_by(pipeline, found);
    }
}

fn called_by<'a>(pipeline: &'a Pipeline, found: &mut Vec<&'a str>) {
    for command in &pipeline.commands {
        match &command.kind {
            CommandKind::Simple(simple) => {
                let program = simple.words.first().and_then(text_of);
                found.extend(program.filter(|program| !program.contains('/')));
            }
            CommandKind::Group(list) => called(list, found),
            CommandKind::If { arms, otherwise } => {
                arms.iter().for_each(|(condition, body)| {
                    called(condition, found);
                    called(body, found);
                });
                otherwise.iter().for_each(|list| called(list, found));
            }
            CommandKind::Loop { condition, body, .. } => {
                called(condition, found);
                called(body, found);
            }
            CommandKind::For { body, .. } => called(body, found),
            CommandKind::Case { arms, .. } => arms.iter().for_each(|arm| called(&arm.body, found)),
            CommandKind::Function { .. } | CommandKind::Bash { .. } | CommandKind::Subshell(_) => {}
        }
    }
}

/// Programs that install others, or run code, and never another copy of themselves.
const NEVER_THEMSELVES: &[&str] =
    &["brew", "elasticsearch-plugin", "gosu", "helm", "jupyter", "nodenv", "php", "pyenv", "rbenv"];

/// Programs that configure or build, and install nothing.
const BUILDERS: &[&str] = &["autoconf", "autogen.sh", "autoreconf", "cmake", "configure"];

/// Whether `command` may put another `program` on the search path, or take it away.
fn may_move(
    script: &Script,
    call: &Call,
    program: &str,
    base_tool: bool,
    cx: &Circumstances,
) -> bool {
    let Some(invocation) = &call.invocation else {
        return !call.simple.words.is_empty() && !base_tool;
    };
    let arguments: Vec<Option<&str>> = invocation.literals().collect();
    // It puts them beside itself.
    if invocation.program == "corepack" && matches!(program, "pnpm" | "pnpx" | "yarn" | "yarnpkg") {
        return !cx.keeps_path("yarn", "yarn");
    }
    if let Some(action) = call.action() {
        return action_may_move(action, program, cx);
    }
    if puts(script, call, invocation, program, cx) {
        return true;
    }
    // A virtual environment that the search path names holds programs from now on.
    let environment = arguments.iter().flatten().any(|word| matches!(*word, "venv" | "virtualenv"))
        || invocation.program == "virtualenv";
    if environment && cx.sets_search_path() {
        return true;
    }
    let asks = |word: &Option<&str>| {
        matches!(word, Some("--version" | "-version" | "-v" | "-V" | "--help"))
    };
    let inert = packages::inert(invocation.program, &arguments).is_some()
        || (!arguments.is_empty() && arguments.iter().all(asks))
        || is_builtin(invocation.program)
        || BUILDERS.contains(&invocation.program);
    let installs = arguments.iter().flatten().any(|word| word.contains("install"));
    let itself = invocation.program == program
        && (NEVER_THEMSELVES.contains(&program)
            || (!installs && !packages::switches_versions(program)));
    if inert || itself {
        return false;
    }
    !base_tool || names_release(&script.text, program)
}

/// Whether a file operation has `program` on the search path as its target.
fn puts(
    script: &Script,
    call: &Call,
    invocation: &Invocation,
    program: &str,
    cx: &Circumstances,
) -> bool {
    let at =
        |word: &Word| text_of(word).is_some_and(|text| base(text) == program && text != program);
    if call.command.redirects.iter().any(|redirect| at(&redirect.target)) {
        return true;
    }
    let words = invocation.arguments;
    let raw = |word: &Word| word.span.of(&script.text).trim_matches(['"', '\'']);
    let operands = || words.iter().filter(|word| !raw(word).starts_with('-'));
    let into_folder =
        words.iter().any(|word| raw(word).starts_with("-t") || raw(word).starts_with("--target"));
    let touches = |word: &Word| may_be(raw(word), text_of(word).is_none(), script, program, cx);
    match invocation.program {
        "cd" | "find" | "grep" | "ls" | "mkdir" | "test" | "[" | "echo" => false,
        "rm" | "chmod" | "chown" | "chgrp" => operands().any(touches),
        "cp" | "install" | "ln" | "mv" if into_folder => words.iter().any(touches),
        "cp" | "install" | "ln" | "mv" => {
            let Some(target) = operands().next_back() else { return false };
            let mut sources = operands().take(operands().count() - 1);
            let moved_away = invocation.program == "mv" && sources.any(touches);
            moved_away
                || match raw(target) {
                    // A folder, or the program itself, that only the build knows.
                    open if open.starts_with(['$', '`']) && !BASE_TOOLS.contains(&program) => {
                        sources_named(operands().map(raw), program)
                    }
                    known if cx.holds_path(known) => sources_named(operands().map(raw), program),
                    _ => touches(target),
                }
        }
        // No archive brings a second `rm`, except that of the program itself.
        "tar" | "unzip" if BASE_TOOLS.contains(&program) => {
            words.iter().any(at) || names_release(&script.text, program)
        }
        _ => words
            .iter()
            .any(|word| at(word) || text_of(word).is_some_and(|text| cx.holds_path(text))),
    }
}

/// Whether one of the words is named as the program, or may be.
fn sources_named<'w>(mut words: impl Iterator<Item = &'w str>, program: &str) -> bool {
    words.any(|word| base(word) == program || base(word).contains(['*', '?', '$', '[', '{']))
}

/// Whether a path may be `program` in a folder of the search path, or such a folder.
fn may_be(raw: &str, open: bool, script: &Script, program: &str, cx: &Circumstances) -> bool {
    let known = raw.find(['$', '*', '?', '[', '{', '`']).filter(|_| open).unwrap_or(raw.len());
    let folder = raw[..known].rfind('/').map_or("", |at| &raw[..at + 1]);
    if !raw.starts_with('/') {
        // A relative path is on the search path only if the script, or the stage, went there.
        let there = script.simple_commands().iter().any(|(_, simple, _)| {
            let goes =
                matches!(simple.words.first().and_then(text_of), Some("cd" | "chdir" | "pushd"));
            goes && simple
                .words
                .get(1)
                .is_none_or(|word| text_of(word).is_none_or(|it| cx.is_on_path(it)))
        });
        let unknown = raw.starts_with(['$', '`']) && !raw.contains('/');
        let here = cx.workdir().is_some_and(|folder| cx.is_on_path(folder) && folder != "/");
        let named = base(raw) == program;
        let fits = open && could_be(base(raw), program);
        return (unknown && named) || ((there || here) && (fits || named));
    }
    match open {
        false => (base(raw) == program && cx.is_on_path(raw)) || cx.holds_path(raw),
        true => cx.is_on_path(folder) || (folder == "/" && known == 1),
    }
}

/// Whether the last part of a path can stand for `program`: up to its first unknown part it has to be
/// the start of the name, and what is behind a last `*` its end.
fn could_be(last: &str, program: &str) -> bool {
    let first = last.find(['$', '*', '?', '[', '{', '`']).unwrap_or(last.len());
    let end = match last.rfind('*') {
        Some(at) if !last[at..].contains(['$', '?', '[', ']', '{', '}', '`', '\\', '"']) => {
            &last[at + 1..]
        }
        _ => "",
    };
    program.starts_with(&last[..first]) && program.ends_with(end)
}

/// Whether `text` speaks of a release of `program`: `git-2.9.tar.gz`.
fn names_release(text: &str, program: &str) -> bool {
    text.match_indices(program).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + program.len()..].chars();
        let starts = before.is_none_or(|it| !it.is_ascii_alphanumeric() && !"_.".contains(it));
        let next = after.next();
        // `git-2.9`, `git-$VERSION`, `git-v2`, `git-master`; `yum-config-manager` is another program.
        let release = next.is_some_and(|it| "-_.".contains(it)) && is_release(after.as_str());
        let installer = before == Some('-') && next.is_none_or(|it| !it.is_ascii_alphanumeric());
        starts && (release || (installer && text[..at].ends_with("install-")))
    })
}

fn is_release(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "archive", "latest", "main", "master", "release", "snapshot", "source", "src", "stable",
        "tar", "tgz", "zip",
    ];
    let number = text.strip_prefix('v').unwrap_or(text);
    let lower = text.get(..8.min(text.len())).unwrap_or_default().to_lowercase();
    number.starts_with(|it: char| it.is_ascii_digit() || it == '$' || it == '{')
        || WORDS.iter().any(|word| lower.starts_with(word))
}

fn action_may_move(action: &packages::Action, program: &str, cx: &Circumstances) -> bool {
    match action.kind {
        Kind::Update | Kind::Clean | Kind::Query | Kind::Configure => return false,
        Kind::Run | Kind::Build | Kind::Unknown => {
            return !BASE_TOOLS.contains(&program) && !action.manager.is_called(program);
        }
        Kind::Install | Kind::Remove | Kind::Upgrade => (),
    }
    let manager = action.manager.name;
    let own = action.manager.is_called(program);
    // `go install host/path/program@version`
    let last = |name: &'_ str| match manager {
        "go" => base(name).split('@').next().unwrap_or_default().to_owned(),
        _ => name.to_owned(),
    };
    let mut names = action.packages.iter().filter_map(|package| package.name).map(last);
    // What `go` installs is called as it is named; `godoc` is not `go`.
    let named = names.any(|name| match manager {
        "go" => name == program,
        _ => program.starts_with(&*name) || name.starts_with(program),
    });
    // Conda itself stays in the environment that it runs from.
    let elsewhere = ["-n", "--name", "-p", "--prefix"];
    let base = action.flag(&elsewhere[..2]).is_some_and(|it| it.value == Some(Some("base")));
    if manager == "conda"
        && own
        && (base || !(action.has_flag(&elsewhere) && cx.sets_search_path()))
    {
        return false;
    }
    if action.manager.is_of_distribution() {
        let moves = action.kind == Kind::Remove || !cx.has_one_bin_folder();
        return named && (moves || cx.sets_search_path()) && !own;
    }
    let elsewhere = action.has_flag(&["--user", "--prefix", "--target", "-t", "--root"]);
    if !named && (own || BASE_TOOLS.contains(&program)) && manager != "conda" {
        // A list that is not known may name `pip` itself.
        let unknown = manager == "pip" && own && is_open_list(action);
        return unknown && !cx.keeps_path(manager, program);
    }
    // `node_modules/.bin` may be on the search path, too.
    let is_local = matches!(manager, "npm" | "yarn" | "pnpm" | "composer")
        && !cx.sets_search_path()
        && !action.has_flag(&["-g", "--global"])
        && !action.is("global");
    (named || is_open_list(action)) && !is_local && (elsewhere || !cx.keeps_path(manager, program))
}

/// Whether it installs more than the packages that its words name.
fn is_open_list(action: &packages::Action) -> bool {
    let unknown = action.packages.iter().any(|package| package.name.is_none());
    unknown || action.packages.is_empty() || action.has_flag(&["-r", "--requirement"])
}
