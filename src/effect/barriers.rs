//! Commands whose effect a new shell sees and a running one does not, or that do not end with
//! their `RUN`: none of them may stand before another script in one shell.

use super::leftovers::{Obstacle, obstacle};
use crate::facts::Circumstances;
use crate::shell::{Command, CommandKind, Script, Simple, Word};

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
        return refuse(
            "login-data",
            "may change the user or groups that the next `RUN` starts with",
        );
    }
    if words.iter().any(|word| is_made_anew(word)) {
        return refuse("fresh-file", "uses a file that each `RUN` gets anew");
    }
    if removes_workdir(program, simple, script, cx) {
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
];

fn starts_service(program: Option<&str>, words: &[&str]) -> bool {
    let is_verb = |word: &&str| {
        matches!(*word, "start" | "restart" | "graceful" | "--now" | "-detached")
            || (word.starts_with('-') && word.contains("daemon"))
            || matches!(*word, "--fork" | "--detach")
    };
    let Some(program) = program else { return words.iter().any(is_verb) };
    let runs =
        |words: &[&str]| !words.iter().any(|it| ["-t", "-v", "-V", "--version"].contains(it));
    let named = SERVICES.contains(&program) || program.starts_with("start");
    let server =
        matches!(program, "nginx" | "redis-server" | "mongod" | "named" | "haproxy" | "httpd");
    named || (server && runs(words)) || words.iter().skip(1).any(is_verb)
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
                (true, Some(workdir)) => workdir
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
                (true, None) => !NEVER_WORKDIRS.iter().any(|folder| path.starts_with(folder)),
                (false, _) => path.starts_with('.') && path.trim_matches(['.', '/']).is_empty(),
            }
        }
        None => {
            let text = word.span.of(&script.text).trim_matches(['"', '/']);
            let variable =
                text.trim_start_matches("${").trim_start_matches('$').trim_end_matches('}');
            let whole = text.starts_with('$')
                && variable.chars().all(|it| it == '_' || it.is_ascii_alphanumeric());
            whole && !script.text.contains(&format!("{variable}="))
        }
    })
}

pub(super) fn is_builtin(name: &str) -> bool {
    const BUILTINS: &[&str] = &[
        ":", ".", "[", "cd", "command", "echo", "eval", "exit", "export", "false", "hash",
        "printf", "pwd", "read", "set", "shift", "source", "test", "true", "type", "ulimit",
        "umask", "unset", "wait",
    ];
    BUILTINS.contains(&name)
}
