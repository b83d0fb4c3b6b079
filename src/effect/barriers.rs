//! Commands whose effect a new shell sees and a running one does not, or that do not end with
//! their `RUN`: none of them may stand before another script in one shell.

use super::leftovers::{Obstacle, obstacle};
use crate::facts::{self, Circumstances};
use crate::shell::command::{Invocation, base, is_shell};
use crate::shell::{Command, CommandKind, Script, Simple, Word};
use rustc_hash::FxHashSet;
use std::sync::LazyLock;

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
    let whole = command.span;
    let text = command.span.of(&script.text);
    let refuse = |code, why: &str| Err(obstacle(code, command.span, format!("`{text}` {why}")));
    let invocation = script.invocation(simple);
    let program = invocation.as_ref().map(|it| it.program);

    if let Some(inner) = invocation.as_ref().and_then(Invocation::inner_script) {
        let Some(inner) = inner else {
            return refuse("unreadable", "runs a script that cannot be read");
        };
        for (command, _, context) in inner.simple_commands() {
            if context.background {
                return refuse("background-job", "leaves a job that ends with its `RUN`");
            }
            lasting(&inner, command, cx).map_err(|it| Obstacle { span: whole, ..it })?;
        }
    }
    if matches!(program, Some("trap" | "alias" | "unalias")) {
        return refuse("shell-state", "would hold for the next command too");
    }
    if starts_service(program, &words) || invocation.as_ref().is_some_and(is_server_script) {
        return refuse("started-service", "may start a service that ends with its `RUN`");
    }
    if replaces_shell(program, &words, cx) {
        return refuse("shell-replaced", "may change the shell that the next `RUN` starts");
    }
    if changes_login(script, program, &words, command, cx) {
        return refuse(
            "login-data",
            "may change the user or groups that the next `RUN` starts with",
        );
    }
    let arguments = || words.iter().skip(1);
    let mounts = matches!(program, Some("mount" | "umount" | "ip" | "sysctl" | "mknod"));
    if mounts || arguments().any(|word| is_made_anew(word)) || writes_device(program, &words) {
        return refuse("fresh-file", "uses what each `RUN` gets anew");
    }
    if super::workdir::may_remove(script, simple, cx) {
        return refuse(
            "workdir-removed",
            "may remove the directory in which the next `RUN` starts",
        );
    }
    Ok(())
}

/// Programs that go to the background or are made to run for ever.
const SERVICES: &[&str] = &[
    "Xvfb",
    "atd",
    "avahi-daemon",
    "chronyd",
    "cron",
    "crond",
    "cupsd",
    "daemonize",
    "dbus-daemon",
    "dbus-launch",
    "dirmngr",
    "dnsmasq",
    "dockerd",
    "dovecot",
    "epmd",
    "forever",
    "gpg-agent",
    "inetd",
    "invoke-rc.d",
    "lighttpd",
    "mariadbd",
    "mariadbd-safe",
    "monit",
    "mysqld",
    "mysqld_multi",
    "mysqld_safe",
    "nohup",
    "nscd",
    "ntpd",
    "opendkim",
    "pm2",
    "proftpd",
    "pulseaudio",
    "rpcbind",
    "rsyslogd",
    "screen",
    "service",
    "setsid",
    "slapd",
    "ssh-agent",
    "sshd",
    "start-stop-daemon",
    "supervisord",
    "syslogd",
    "tmux",
    "uwsgi",
    "vncserver",
    "Xtightvnc",
    "adb",
    "exim4",
    "memcached",
    "nmbd",
    "php-fpm",
    "postgres",
    "smbd",
    "snmpd",
    "spawn-fcgi",
    "squid",
    "stunnel4",
    "unbound",
    "varnishd",
    "vsftpd",
    "watchman",
    "xinetd",
    "zabbix_agentd",
    "zabbix_server",
];

fn is_service(program: &str) -> bool {
    static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| SERVICES.iter().copied().collect());
    NAMES.contains(program)
}

fn starts_service(program: Option<&str>, words: &[&str]) -> bool {
    let is_verb = |word: &&str| {
        matches!(*word, "start" | "onestart" | "restart" | "graceful" | "start-server")
            || (word.starts_with('-') && word.contains("daemon"))
            || matches!(*word, "--detach" | "-detached" | "--fork" | "--now" | "--start")
    };
    let Some(program) = program else { return words.iter().any(is_verb) };
    const ASK: &[&str] = &["-t", "-v", "-V", "-z", "--version", "--help"];
    let ends = |word: &&str| ASK.contains(word) || word.starts_with("--initialize");
    let runs = |words: &[&str]| !words.iter().any(ends);
    let named = is_service(program) || program.starts_with("start");
    let server =
        matches!(program, "nginx" | "redis-server" | "mongod" | "named" | "haproxy" | "httpd");
    let daemon = program == "elasticsearch" && words.contains(&"-d");
    (named && runs(words)) || daemon || (server && runs(words)) || words.iter().skip(1).any(is_verb)
}

/// A script of which nothing but its name is known: called by a path, or given to a shell.
fn opaque_script<'a>(invocation: &Invocation<'a>) -> Option<&'a str> {
    const SYSTEM: &[&str] = &["/bin/", "/sbin/", "/usr/"];
    if is_shell(invocation.program) {
        let first = invocation.literals().flatten().find(|word| !word.starts_with('-'));
        let read =
            invocation.literals().flatten().any(|it| it.starts_with('-') && it.ends_with('c'));
        return first.filter(|_| !read);
    }
    let system = SYSTEM.iter().any(|folder| invocation.given.starts_with(folder));
    let own = (invocation.by_path() && !system) || has_script_ending(invocation.given);
    own.then_some(invocation.given)
}

fn has_script_ending(name: &str) -> bool {
    [".sh", ".bash", ".py", ".pl", ".rb"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a script is named for a server that it runs, or for a database that it sets up, which it
/// can only do by running one. Others, such as `./configure`, are taken to leave nothing running.
fn is_server_script(invocation: &Invocation) -> bool {
    const RUN: &[&str] = &["daemon", "firstrun", "launch", "run", "serve", "server", "standalone"];
    const SERVERS: &[&str] =
        &["entrypoint", "mariadb", "mongo", "mysql", "pgsql", "postgres", "rabbitmq", "redis"];
    let Some(path) = opaque_script(invocation) else { return false };
    if path.contains("/init.d/") {
        return !invocation.literals().any(|it| matches!(it, Some("stop" | "status")));
    }
    let name = base(path).to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    if ["build", "download", "get", "install"].iter().any(|verb| stem.starts_with(verb)) {
        return false;
    }
    RUN.contains(&stem)
        || stem.starts_with("start")
        || (has_script_ending(&name) && SERVERS.iter().any(|it| stem.contains(it)))
}

/// Whether a command may have left anything running: it calls a script, or it is not known what it calls.
pub(super) fn may_leave_running(simple: &Simple, invocation: Option<&Invocation>) -> bool {
    const BUILD: &[&str] = &["autogen.sh", "configure", "gradlew", "mvnw"];
    match invocation {
        Some(it) => opaque_script(it)
            .is_some_and(|path| !BUILD.contains(&base(path)) && !path.contains("/init.d/")),
        None => !simple.words.is_empty(),
    }
}

/// Whether a command of `script` starts a service.
pub(super) fn starts_any_service(script: &Script) -> bool {
    let mut words: Vec<&str> = Vec::new();
    script.simple_commands().into_iter().any(|(_, simple, _)| {
        words.clear();
        words.extend(simple.words.iter().filter_map(text_of));
        let program = script.invocation(simple).map(|it| it.program);
        program.is_some() && starts_service(program, &words)
    })
}

/// Programs that leave an agent running, and what is in the name of the folder where it keeps files.
const AGENTS: &[(&str, &[&str])] = &[
    ("gpg", &["gnupg", "GNUPGHOME"]),
    ("gpg2", &["gnupg", "GNUPGHOME"]),
    ("gradle", &[".gradle"]),
    ("gradlew", &[".gradle"]),
];

/// The folders of the agent that a program leaves running, if it does.
pub fn leaves_agent(invocation: &Invocation) -> Option<&'static [&'static str]> {
    let (_, folders) = AGENTS.iter().find(|(name, _)| *name == invocation.program)?;
    let ends = |word| matches!(word, Some("--no-daemon" | "-Dorg.gradle.daemon=false"));
    (!invocation.literals().any(ends)).then_some(*folders)
}

/// Whether `script` removes, or moves, what may be in the folder of an agent.
pub(super) fn takes_away(script: &Script, folders: &[&str]) -> bool {
    // A folder of its own has an agent of its own.
    let own = |folder: &&&str| !script.text.contains(&format!("{folder}="));
    let folders: Vec<&&str> = folders.iter().filter(own).collect();
    script.simple_commands().into_iter().any(|(_, simple, _)| {
        let program = script.invocation(simple).map(|it| it.program);
        matches!(program, Some("find" | "mv" | "rm"))
            && simple.words.iter().any(|word| {
                let text = word.span.of(&script.text);
                folders.iter().any(|folder| text.contains(**folder))
            })
    })
}

/// Programs that only name a shell.
const NAME_A_SHELL: &[&str] = &[
    "[", "adduser", "bash", "chroot", "chsh", "command", "echo", "env", "exec", "grep", "ls",
    "printf", "runuser", "sh", "su", "sudo", "test", "type", "useradd", "usermod", "which",
    "xargs",
];

fn replaces_shell(program: Option<&str>, words: &[&str], cx: &Circumstances) -> bool {
    let Some(program) = program else { return words.iter().skip(1).any(|it| is_shell(base(it))) };
    match program {
        // Alpine's packages that bring the link `/bin/sh`.
        "apk" => words.iter().any(|word| word.ends_with("-binsh")),
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
    script: &Script,
    program: Option<&str>,
    words: &[&str],
    command: &Command,
    cx: &Circumstances,
) -> bool {
    const READERS: &[&str] = &["[", "awk", "cat", "cut", "getent", "grep", "ls", "stat", "test"];
    const ACCOUNTS: &[&str] = &["addgroup", "adduser", "gpasswd", "groupmod", "usermod"];
    let reads = program.is_some_and(|it| READERS.contains(&it)) && command.redirects.is_empty();
    if words.iter().skip(1).any(|word| is_login_database(word, script, words, cx)) && !reads {
        return true;
    }
    let open = |it: &Simple| it.words.iter().any(|word| text_of(word).is_none());
    let unknown = matches!(&command.kind, CommandKind::Simple(it) if open(it));
    program.is_some_and(|it| ACCOUNTS.contains(&it))
        && match cx.user() {
            // Whatever is made is not `root`, which is there already.
            Some("0" | "root") if creates(program, &words[1..]) => false,
            _ if unknown => true,
            Some("0" | "root") => words.contains(&"root"),
            Some(user) => words.contains(&user),
            None => matches!(program, Some("usermod" | "gpasswd" | "groupmod")),
        }
}

/// Whether `word` may name a file in `/etc` from which a new `RUN` takes its user and groups.
fn is_login_database(word: &str, script: &Script, words: &[&str], cx: &Circumstances) -> bool {
    if !matches!(base(word), "group" | "nsswitch.conf" | "passwd") {
        return false;
    }
    let is_etc = |path: &str| facts::resolve(cx.workdir(), path).as_deref() == Some("/etc");
    let folder = &word[..word.len() - base(word).len()];
    let goes_there = || {
        script.simple_commands().iter().any(|(_, simple, _)| {
            let mut words = simple.words.iter().map(text_of);
            matches!(words.next(), Some(Some("cd" | "chdir" | "pushd")))
                && words.next().is_none_or(|it| it.is_none_or(is_etc))
        })
    };
    match folder {
        "" | "./" => {
            cx.workdir() == Some("/etc") || words.iter().any(|it| is_etc(it)) || goes_there()
        }
        _ => is_etc(folder) || words.iter().skip(1).any(|it| is_etc(it)),
    }
}

/// Whether options say that `adduser` or `addgroup` makes a new user or group. Without them two words add
/// a user that is there to a group; BusyBox and Debian refuse the one with options of the other.
fn creates(program: Option<&str>, words: &[&str]) -> bool {
    const LONG: &[&str] = &[
        "--disabled-login",
        "--disabled-password",
        "--gecos",
        "--gid",
        "--home",
        "--ingroup",
        "--shell",
        "--system",
        "--uid",
    ];
    let short = match program {
        Some("adduser") => "DHShu",
        Some("addgroup") => "Sg",
        _ => return false,
    };
    words.iter().any(|word| match word.strip_prefix('-') {
        Some(long) if long.starts_with('-') => {
            LONG.contains(&word.split('=').next().unwrap_or(word))
        }
        Some(letters) => letters.chars().any(|letter| short.contains(letter)),
        None => false,
    })
}

/// BuildKit mounts these into each `RUN`; what is written there is gone after it.
fn is_made_anew(word: &str) -> bool {
    const STREAMS: &[&str] = &[
        "/dev/fd",
        "/dev/full",
        "/dev/null",
        "/dev/random",
        "/dev/stderr",
        "/dev/stdin",
        "/dev/stdout",
        "/dev/tty",
        "/dev/urandom",
        "/dev/zero",
    ];
    let device = word.starts_with("/dev/") && !word.starts_with("/dev/fd/");
    matches!(word, "/etc/hosts" | "/etc/resolv.conf" | "/etc/hostname" | "/dev")
        || (device && !STREAMS.contains(&word))
}

/// `ln -s /dev/urandom /dev/random`: a device as the target.
fn writes_device(program: Option<&str>, words: &[&str]) -> bool {
    const CHANGE: &[&str] = &["chgrp", "chmod", "chown", "cp", "install", "ln", "mv", "rm"];
    program.is_some_and(|program| CHANGE.contains(&program))
        && words.last().is_some_and(|word| word.starts_with("/dev/"))
}

pub(super) fn is_builtin(name: &str) -> bool {
    const BUILTINS: &[&str] = &[
        ":", ".", "[", "cd", "command", "echo", "eval", "exit", "export", "false", "hash",
        "printf", "pwd", "read", "set", "shift", "source", "test", "true", "type", "ulimit",
        "umask", "unset", "wait",
    ];
    BUILTINS.contains(&name)
}
