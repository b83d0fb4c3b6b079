//! Programs by what is known of them.

/// They read, and write at most to their home and `/tmp`.
pub(super) const PLAIN: &[&str] = &[
    "celery",
    "daphne",
    "dotnet",
    "flask",
    "gunicorn",
    "http-server",
    "hypercorn",
    "java",
    "node",
    "nodejs",
    "perl",
    "pm2-runtime",
    "python",
    "python2",
    "python3",
    "ruby",
    "serve",
    "ts-node",
    "tsx",
    "uvicorn",
    "waitress-serve",
];

/// They write to the directory in which they are started, or run scripts that may.
pub(super) const WRITERS: &[&str] = &[
    "bundle",
    "next",
    "npm",
    "npx",
    "nodemon",
    "pipenv",
    "pnpm",
    "poetry",
    "puma",
    "rackup",
    "rails",
    "rake",
    "streamlit",
    "unicorn",
    "yarn",
];

/// What runs them runs what stands behind.
pub(super) const WRAPPERS: &[&str] =
    &["catchsegv", "dumb-init", "env", "exec", "nice", "time", "tini"];

/// Commands of a script that only look, or set what is theirs.
const HARMLESS: &[&str] = &[
    ":", "[", "awk", "basename", "cat", "cd", "clear", "cut", "date", "dirname", "echo",
    "envsubst", "exit", "export", "expr", "false", "getent", "grep", "head", "hostname", "id",
    "ip", "kill", "local", "ls", "nc", "nproc", "printf", "pwd", "read", "readlink", "realpath",
    "return", "sed", "seq", "set", "shift", "sleep", "stat", "test", "tr", "true", "ulimit",
    "umask", "uname", "unset", "wait", "wc", "which", "whoami",
];

/// Whether a command only looks, or sets what is its own.
pub(super) fn is_harmless(name: &str, rest: &[String]) -> bool {
    const CHANGES: &[&str] = &["add", "change", "del", "delete", "flush", "replace", "set"];
    let has_letter = |letter: char| {
        rest.iter().any(|it| it.starts_with('-') && !it.starts_with("--") && it.contains(letter))
    };
    let does_more = match name {
        "ip" => rest.iter().any(|it| CHANGES.contains(&it.as_str())),
        "nc" => has_letter('l') || rest.iter().any(|it| it == "--listen"),
        "sed" => has_letter('i') || rest.iter().any(|it| it.starts_with("--in-place")),
        _ => false,
    };
    HARMLESS.contains(&name) && !does_more
}

/// Programs that change the user themselves.
pub(super) const DROPPERS: &[&str] = &[
    "chpst",
    "chroot",
    "gosu",
    "runuser",
    "s6-setuidgid",
    "setpriv",
    "setuidgid",
    "su",
    "su-exec",
    "sudo",
];

/// Servers that can be told to change the user.
pub(super) const SWITCHERS: &[&str] =
    &["celery", "gunicorn", "hypercorn", "puma", "twistd", "unicorn", "uwsgi"];

/// Programs that do their work as root, with the reason.
pub(super) const DAEMONS: &[&str] = &[
    "apache2",
    "apache2-foreground",
    "apache2ctl",
    "apachectl",
    "cron",
    "crond",
    "dnsmasq",
    "dockerd",
    "dockerd-entrypoint.sh",
    "haproxy",
    "httpd",
    "httpd-foreground",
    "init",
    "keepalived",
    "monit",
    "my_init",
    "mysqld",
    "named",
    "nginx",
    "ntpd",
    "openvpn",
    "php-fpm",
    "postgres",
    "rsyslogd",
    "runsvdir",
    "s6-svscan",
    "service",
    "smbd",
    "sshd",
    "start-stop-daemon",
    "supervisord",
    "systemctl",
    "systemd",
    "vsftpd",
];
