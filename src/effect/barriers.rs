//! Commands whose effect a new shell sees and a running one does not, or that do not end with
//! their `RUN`: none of them may stand before another script in one shell.

use super::leftovers::{Obstacle, obstacle};
use crate::facts::Circumstances;
use crate::shell::{self, Command, CommandKind, Dialect, Script, Simple, Word};
use std::sync::Arc;

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
    let program = script.invocation(simple).map(|it| it.program);

    if let Some(inner) = inner_script(script, simple) {
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
    if starts_service(program, &words) {
        return refuse("started-service", "may start a service that ends with its `RUN`");
    }
    if replaces_shell(program, &words, cx) {
        return refuse("shell-replaced", "may change the shell that the next `RUN` starts");
    }
    if changes_login(program, &words, command, cx) {
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

pub(super) fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The script in `sh -c SCRIPT`, `su USER -c SCRIPT` and `eval SCRIPT`; `Some(None)` if it is not known.
fn inner_script(script: &Script, simple: &Simple) -> Option<Option<Arc<Script>>> {
    let invocation = script.invocation(simple)?;
    let word = match invocation.program {
        "eval" => match invocation.arguments {
            [only] => only,
            [] => return None,
            _ => return Some(None),
        },
        "sh" | "bash" | "dash" | "ash" | "su" | "runuser" => {
            let is_option = |word: &Word| {
                text_of(word).is_some_and(|it| {
                    it == "--command"
                        || (it.starts_with('-') && !it.starts_with("--") && it.ends_with('c'))
                })
            };
            let at = invocation.arguments.iter().position(is_option)?;
            invocation.arguments.get(at + 1)?
        }
        _ => return None,
    };
    Some(text_of(word).and_then(|text| shell::parse(text, Dialect::Unknown)))
}

/// Programs that go to the background or are made to run for ever.
const SERVICES: &[&str] = &[
    "Xvfb",
    "cron",
    "crond",
    "daemonize",
    "dbus-daemon",
    "dbus-launch",
    "dockerd",
    "invoke-rc.d",
    "mysqld",
    "mysqld_safe",
    "nohup",
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
];

fn starts_service(program: Option<&str>, words: &[&str]) -> bool {
    let is_verb = |word: &&str| {
        matches!(*word, "start" | "restart" | "graceful" | "--now" | "-detached")
            || (word.starts_with('-') && word.contains("daemon"))
            || matches!(*word, "--fork" | "--detach" | "start-server")
    };
    let Some(program) = program else { return words.iter().any(is_verb) };
    let runs =
        |words: &[&str]| !words.iter().any(|it| ["-t", "-v", "-V", "--version"].contains(it));
    let named = SERVICES.contains(&program) || program.starts_with("start");
    let server =
        matches!(program, "nginx" | "redis-server" | "mongod" | "named" | "haproxy" | "httpd");
    let demon = program == "elasticsearch" && words.contains(&"-d");
    (named && runs(words)) || demon || (server && runs(words)) || words.iter().skip(1).any(is_verb)
}

/// Programs that only name a shell.
const NAME_A_SHELL: &[&str] = &[
    "[", "adduser", "bash", "chroot", "chsh", "command", "echo", "env", "exec", "grep", "ls",
    "printf", "runuser", "sh", "su", "sudo", "test", "type", "useradd", "usermod", "which",
    "xargs",
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
    let database =
        |word: &&str| matches!(*word, "/etc/passwd" | "/etc/group" | "/etc/nsswitch.conf");
    let reads = program.is_some_and(|it| READERS.contains(&it)) && command.redirects.is_empty();
    if words.iter().any(database) && !reads {
        return true;
    }
    let unknown = matches!(&command.kind, CommandKind::Simple(it) if it.words.iter().any(|word| text_of(word).is_none()));
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
