//! Commands whose effect a new shell sees and a running one does not, or that do not end with
//! their `RUN`: none of them may stand before another script in one shell.

use super::leftovers::{Obstacle, Standing, obstacle};
use super::program::pipelines;
use crate::facts::Circumstances;
use crate::packages::{self, Kind};
use crate::shell::command::Invocation;
use crate::shell::{Command, CommandKind, List, Pipeline, Script, Simple, Word};
use crate::text::Span;

/// What a word says, if that is known.
pub fn text_of(word: &Word) -> Option<&str> {
    word.literal.as_deref()
}

/// Refuses `command` where its effect outlasts it in another way than in a `RUN` of its own.
pub(super) fn lasting(
    script: &Script,
    command: &Command,
    cx: &Circumstances,
) -> Result<(), Obstacle> {
    let CommandKind::Simple(simple) = &command.kind else { return Ok(()) };
    let targets = command.redirects.iter().map(|redirect| &redirect.target);
    let words: Vec<&str> = simple.words.iter().chain(targets).filter_map(text_of).collect();
    let text = command.span.of(&script.text);
    let refuse = |code, why: &str| Err(obstacle(code, command.span, format!("`{text}` {why}")));
    let program = script.invocation(simple).map(|it| it.program);

    if matches!(program, Some("trap" | "alias" | "unalias")) {
        return refuse("shell-state", "would hold for the next command too");
    }
    if starts_service(program, &words) {
        return refuse("started-service", "may start a service that ends with its `RUN`");
    }
    if replaces_shell(program, &words, cx) {
        return refuse("shell-replaced", "may change the shell that the next `RUN` starts");
    }
    if changes_login(program, &words, command, cx) {
        return refuse("login-data", "may change the user or groups that the next `RUN` starts with");
    }
    if words.iter().any(|word| is_made_anew(word)) {
        return refuse("fresh-file", "uses a file that each `RUN` gets anew");
    }
    if removes_workdir(program, simple, script, cx) {
        return refuse("workdir-removed", "may remove the directory in which the next `RUN` starts");
    }
    Ok(())
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Programs that go to the background or are made to run for ever.
const SERVICES: &[&str] = &[
    "Xvfb", "cron", "crond", "daemonize", "dbus-daemon", "dbus-launch", "dockerd", "invoke-rc.d",
    "mysqld", "mysqld_safe", "nohup", "rsyslogd", "screen", "service", "setsid", "slapd",
    "ssh-agent", "sshd", "start-stop-daemon", "supervisord", "syslogd", "tmux", "uwsgi",
];

fn starts_service(program: Option<&str>, words: &[&str]) -> bool {
    let is_verb = |word: &&str| {
        matches!(*word, "start" | "restart" | "graceful" | "--now" | "-detached")
            || (word.starts_with('-') && word.contains("daemon"))
            || matches!(*word, "--fork" | "--detach")
    };
    let Some(program) = program else { return words.iter().any(is_verb) };
    let runs = |words: &[&str]| !words.iter().any(|it| ["-t", "-v", "-V", "--version"].contains(it));
    let named = SERVICES.contains(&program) || program.starts_with("start");
    let server = matches!(program, "nginx" | "redis-server" | "mongod" | "named" | "haproxy" | "httpd");
    named || (server && runs(words)) || words.iter().skip(1).any(is_verb)
}

/// Programs that only name a shell.
const NAME_A_SHELL: &[&str] = &[
    "[", "adduser", "bash", "chroot", "chsh", "command", "echo", "env", "exec", "grep", "ls", "printf",
    "runuser", "sh", "su", "sudo", "test", "type", "useradd", "usermod", "which", "xargs",
];

fn replaces_shell(program: Option<&str>, words: &[&str], cx: &Circumstances) -> bool {
    let is_shell = |name: &str| matches!(name, "sh" | "bash" | "dash" | "ash");
    let Some(program) = program else { return words.iter().skip(1).any(|it| is_shell(base(it))) };
    match program {
        "dpkg-reconfigure" => words.iter().any(|word| is_shell(word)),
        "cp" | "dpkg-divert" | "install" | "ln" | "mv" | "rm" | "update-alternatives" => {
            words.iter().skip(1).any(|word| is_shell(base(word)))
        }
        _ if NAME_A_SHELL.contains(&program) || is_shell(program) => false,
        _ => words.iter().skip(1).any(|word| {
            *word == cx.shell_program() || (word.starts_with('/') && is_shell(base(word)))
        }),
    }
}

fn changes_login(
    program: Option<&str>,
    words: &[&str],
    command: &Command,
    cx: &Circumstances,
) -> bool {
    const READERS: &[&str] = &["[", "awk", "cat", "cut", "getent", "grep", "ls", "stat", "test"];
    const ACCOUNTS: &[&str] = &["addgroup", "adduser", "gpasswd", "groupmod", "usermod"];
    let database = |word: &&str| matches!(*word, "/etc/passwd" | "/etc/group" | "/etc/nsswitch.conf");
    let reads = program.is_some_and(|it| READERS.contains(&it)) && command.redirects.is_empty();
    if words.iter().any(|word| database(&word)) && !reads {
        return true;
    }
    program.is_some_and(|it| ACCOUNTS.contains(&it))
        && match cx.user() {
            Some("0" | "root") => words.contains(&"root"),
            Some(user) => words.contains(&user),
            None => matches!(program, Some("usermod" | "gpasswd" | "groupmod")),
        }
}

/// BuildKit mounts these into each `RUN`; what is written there is gone after it.
fn is_made_anew(word: &str) -> bool {
    let within = |folder: &str| {
        word.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    matches!(word, "/etc/hosts" | "/etc/resolv.conf" | "/etc/hostname") || within("/dev/shm")
}

/// Folders that are no image's working directory.
const NEVER_WORKDIRS: &[&str] =
    &["/etc/", "/tmp/", "/usr/include/", "/usr/lib/", "/usr/share/", "/var/"];

fn removes_workdir(
    program: Option<&str>,
    simple: &Simple,
    script: &Script,
    cx: &Circumstances,
) -> bool {
    if !matches!(program, Some("rm" | "rmdir" | "mv")) || cx.workdir() == Some("/") {
        return false;
    }
    simple.words.iter().skip(1).any(|word| match text_of(word) {
        Some(path) => {
            let path = path.trim_end_matches('/');
            match (path.starts_with('/'), cx.workdir()) {
                (true, Some(workdir)) => {
                    workdir.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                }
                (true, None) => !NEVER_WORKDIRS.iter().any(|folder| path.starts_with(folder)),
                (false, _) => path.starts_with('.') && path.trim_matches(['.', '/']).is_empty(),
            }
        }
        None => {
            let text = word.span.of(&script.text).trim_matches(['"', '/']);
            let variable = text.trim_start_matches("${").trim_start_matches('$').trim_end_matches('}');
            let whole = text.starts_with('$') && variable.chars().all(|it| it == '_' || it.is_ascii_alphanumeric());
            whole && !script.text.contains(&format!("{variable}="))
        }
    })
}

/// Programs of which only a build from their own sources puts a second one on the search path.
const BASE_TOOLS: &[&str] = &[
    "a2dismod", "a2enmod", "add-apt-repository", "addgroup", "adduser", "alternatives", "apk", "apt",
    "apt-get", "apt-key", "apt-mark", "aptitude", "awk", "bash", "bzip2", "cat", "chgrp", "chmod", "chown",
    "cp", "curl", "cut", "debconf-set-selections", "diff", "dnf", "dpkg", "dpkg-divert", "dpkg-reconfigure",
    "env", "file", "find", "g++", "gcc", "git", "gpg", "grep", "groupadd", "gunzip", "gzip", "head",
    "hostname", "id", "install", "ldconfig", "ln", "locale-gen", "ls", "make", "md5sum", "microdnf", "mkdir",
    "mktemp", "mv", "openssl", "pacman", "patch", "rm", "rmdir", "rpm", "rsync", "sed", "sh", "sha256sum", "sleep",
    "sort", "strip", "su", "sudo", "svn", "tail", "tar", "tee", "touch", "tr", "uname", "unzip",
    "update-alternatives", "update-ca-certificates", "update-locale", "useradd", "usermod", "wc", "wget",
    "which", "xargs", "xz", "yum", "yum-config-manager", "zip", "zypper",
];

/// A running shell remembers where it found a program; a new one looks again. Refuses `later` where
/// it calls a program that an earlier script called, and that one of them may have installed anew.
pub fn same_programs(
    earlier: &[(&Script, Standing)],
    later: &Script,
    cx: &Circumstances,
) -> Result<(), Obstacle> {
    let mut remembered: Vec<&str> = Vec::new();
    for (script, standing) in earlier {
        // What a subshell finds, its parent does not remember.
        match (standing, script.body.statements.as_slice()) {
            (Standing::Isolated, _) => (),
            (Standing::TailIsolated(from), [statement]) => {
                let front = pipelines(statement).take(*from).filter(|it| it.commands.len() == 1);
                front.for_each(|pipeline| called_by(pipeline, &mut remembered));
            }
            _ => called(&script.body, &mut remembered),
        }
    }
    remembered.retain(|program| !is_builtin(program));
    if remembered.is_empty() {
        return Ok(());
    }
    // A subshell or a pipeline starts with what its parent remembers.
    let used = later.simple_commands().into_iter();
    let again = used.filter_map(|(_, simple, _)| simple.words.first().and_then(text_of));
    for program in again.filter(|program| remembered.contains(program)) {
        let mover = earlier.iter().find_map(|(script, _)| {
            let mut all = script.simple_commands().into_iter();
            let (command, ..) = all.find(|(command, simple, _)| may_move(script, command, simple, program, cx))?;
            Some(command.span.of(&script.text))
        });
        if let Some(text) = mover {
            let reason = format!(
                "`{text}` may install another `{program}`, and one shell goes on with the one that it found before"
            );
            return Err(obstacle("program-path", Span::new(0, later.text.len()), reason));
        }
    }
    Ok(())
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
            CommandKind::Function { .. } | CommandKind::Bash { .. } | CommandKind::Subshell(_) => (),
        }
    }
}

/// Programs that switch between versions of other programs.
const VERSION_MANAGERS: &[&str] =
    &["asdf", "brew", "fnm", "n", "nodenv", "nvm", "pyenv", "rbenv", "rustup", "rvm", "sdk", "volta"];

/// Programs that configure or build, and install nothing.
const BUILDERS: &[&str] = &["autoconf", "autogen.sh", "autoreconf", "cmake", "configure", "gcc", "g++"];

/// Whether `command` may put another `program` on the search path, or take it away.
fn may_move(
    script: &Script,
    command: &Command,
    simple: &Simple,
    program: &str,
    cx: &Circumstances,
) -> bool {
    let base_tool = BASE_TOOLS.contains(&program);
    let Some(invocation) = script.invocation(simple) else {
        return !simple.words.is_empty() && !base_tool;
    };
    let arguments: Vec<Option<&str>> = invocation.literals().collect();
    if let Some(action) = packages::read(invocation.program, &arguments) {
        return action_may_move(&action, program, cx);
    }
    if puts(&invocation, command, program, cx) {
        return true;
    }
    let inert = packages::inert(invocation.program, &arguments).is_some()
        || is_builtin(invocation.program)
        || BUILDERS.contains(&invocation.program);
    let itself = invocation.program == program && !VERSION_MANAGERS.contains(&program);
    if inert || itself {
        return false;
    }
    !base_tool || names_release(&script.text, program)
}

/// Whether a file operation has `program` on the search path as its target.
fn puts(invocation: &Invocation, command: &Command, program: &str, cx: &Circumstances) -> bool {
    let targets = command.redirects.iter().map(|redirect| &redirect.target);
    let mut words = invocation.arguments.iter().chain(targets);
    let at = |word: &Word| text_of(word).is_some_and(|text| base(text) == program && text != program);
    match invocation.program {
        "cd" | "chgrp" | "chmod" | "chown" | "find" | "grep" | "ls" | "mkdir" | "test" | "[" | "echo" => {
            command.redirects.iter().any(|redirect| at(&redirect.target))
        }
        "cp" | "install" | "ln" | "mv" | "rm" => {
            words.any(|word| text_of(word).is_none_or(|text| base(text) == program))
        }
        _ => words.any(|word| at(word) || text_of(word).is_some_and(|text| cx.holds_path(text))),
    }
}

/// Whether `text` speaks of a release of `program`: `git-2.9.tar.gz`.
fn names_release(text: &str, program: &str) -> bool {
    text.match_indices(program).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + program.len()..].chars();
        let starts = before.is_none_or(|it| !it.is_ascii_alphanumeric() && !"-_.".contains(it));
        starts
            && after.next().is_some_and(|it| "-_".contains(it))
            && after.next().is_some_and(|it| it.is_ascii_digit() || "v$".contains(it))
    })
}

/// They install where the distribution has its programs.
const OF_DISTRIBUTIONS: &[&str] = &[
    "apt", "aptitude", "apk", "dnf", "yum", "microdnf", "tdnf", "zypper", "pacman", "emerge", "opkg",
];

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
    let mut names = action.packages.iter().filter_map(|package| package.name);
    let named = names.any(|name| program.starts_with(name) || name.starts_with(program));
    if OF_DISTRIBUTIONS.contains(&manager) {
        let moves = action.kind == Kind::Remove || !cx.has_one_bin_folder();
        return named && moves && !own;
    }
    if !named && (own || BASE_TOOLS.contains(&program)) {
        let replaces_itself = matches!(manager, "pip" | "conda") && is_open_list(action);
        return replaces_itself && own && !cx.keeps_path(manager, program);
    }
    let is_local = matches!(manager, "npm" | "yarn" | "pnpm" | "composer")
        && !action.has_flag(&["-g", "--global"])
        && !action.is("global");
    (named || is_open_list(action)) && !is_local && !cx.keeps_path(manager, program)
}

/// Whether it installs more than the packages that its words name.
fn is_open_list(action: &packages::Action) -> bool {
    let unknown = action.packages.iter().any(|package| package.name.is_none());
    unknown || action.packages.is_empty() || action.has_flag(&["-r", "--requirement"])
}

fn is_builtin(name: &str) -> bool {
    const BUILTINS: &[&str] = &[
        ":", ".", "[", "cd", "command", "echo", "eval", "exit", "export", "false", "hash", "printf", "pwd", "read",
        "set", "shift", "source", "test", "true", "type", "ulimit", "umask", "unset", "wait",
    ];
    BUILTINS.contains(&name)
}
