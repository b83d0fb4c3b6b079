//! Programs of which it is known that they install no packages and read no package lists.
//!
//! A program that is not here may do anything; so may one that starts another (`find -exec`).

use super::read::is_python;
use crate::shell::command::base;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// Why a program leaves packages alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inert {
    /// It reads and writes files, prints, or asks.
    Files,
    /// It sets the system up without packages: users, locales, services, libraries.
    Setup,
}

/// Why `program` with `arguments` leaves packages alone; `None` if it may install, read package lists or
/// start a program that does.
pub fn inert(program: &str, arguments: &[Option<&str>]) -> Option<Inert> {
    let name = base(program);
    if starts_another(name, arguments) {
        return None;
    }
    if is_python(name) {
        let module = arguments.first().copied().flatten() == Some("-m");
        let inert =
            module && matches!(arguments.get(1), Some(Some("venv" | "virtualenv" | "compileall")));
        return inert.then_some(Inert::Setup);
    }
    static NAMES: LazyLock<FxHashMap<&str, Inert>> = LazyLock::new(|| {
        let setup = SETUP.iter().map(|name| (*name, Inert::Setup));
        setup.chain(FILES.iter().map(|name| (*name, Inert::Files))).collect()
    });
    NAMES.get(name).copied()
}

/// Whether a program switches between versions of other programs.
pub fn switches_versions(program: &str) -> bool {
    const MANAGERS: &[&str] = &[
        "asdf", "brew", "fnm", "n", "nodenv", "nvm", "pyenv", "rbenv", "rustup", "rvm", "sdk",
        "volta",
    ];
    MANAGERS.contains(&program)
}

/// Whether an option makes a program of the tables start another.
fn starts_another(name: &str, arguments: &[Option<&str>]) -> bool {
    let prefixed = |prefix: &str| arguments.iter().flatten().any(|word| word.starts_with(prefix));
    match name {
        "find" => find_starts_another(arguments),
        "command" => !matches!(arguments.first(), Some(Some("-v" | "-V"))),
        "tar" => {
            prefixed("--to-command")
                || prefixed("--checkpoint-action")
                || prefixed("--use-compress-program")
                || prefixed("-I")
        }
        "awk" | "gawk" | "mawk" => arguments.iter().flatten().any(|word| word.contains("system(")),
        "git" => prefixed("alias.") || arguments.contains(&Some("foreach")),
        "systemctl" => !arguments.iter().flatten().any(|word| SYSTEMCTL_FILES.contains(word)),
        _ => false,
    }
}

/// `-exec` with a program that is inert itself starts nothing else.
fn find_starts_another(arguments: &[Option<&str>]) -> bool {
    const STARTS: &[&str] = &["-exec", "-execdir", "-ok", "-okdir"];
    arguments.iter().enumerate().any(|(at, word)| {
        let starts = word.is_some_and(|word| STARTS.contains(&word));
        let program = arguments.get(at + 1).copied().flatten();
        starts && program.is_none_or(|it| it == "find" || inert(it, &[]).is_none())
    })
}

const SYSTEMCTL_FILES: &[&str] =
    &["enable", "disable", "mask", "unmask", "set-default", "preset", "daemon-reload"];

const FILES: &[&str] = &[
    // The shell's own.
    "[",
    "[[",
    ":",
    "alias",
    "break",
    "cd",
    "continue",
    "declare",
    "dirs",
    "echo",
    "exit",
    "export",
    "false",
    "getopts",
    "hash",
    "let",
    "local",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "test",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
    // GNU coreutils, less those that start a program.
    // Compilers, and what belongs to them.
    "ar",
    "c++",
    "cc",
    "clang",
    "clang++",
    "g++",
    "gcc",
    "javac",
    "ld",
    "ranlib",
    "arch",
    "b2sum",
    "base32",
    "base64",
    "basename",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "cksum",
    "comm",
    "cp",
    "csplit",
    "cut",
    "date",
    "dd",
    "df",
    "dir",
    "dircolors",
    "dirname",
    "du",
    "expand",
    "expr",
    "factor",
    "fmt",
    "fold",
    "groups",
    "head",
    "hostid",
    "hostname",
    "id",
    "install",
    "join",
    "link",
    "ln",
    "logname",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mknod",
    "mktemp",
    "mv",
    "nl",
    "nproc",
    "numfmt",
    "od",
    "paste",
    "pathchk",
    "printenv",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "seq",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "shred",
    "shuf",
    "sleep",
    "sort",
    "split",
    "stat",
    "stty",
    "sum",
    "sync",
    "tac",
    "tail",
    "tee",
    "touch",
    "tr",
    "truncate",
    "tsort",
    "tty",
    "uname",
    "unexpand",
    "uniq",
    "unlink",
    "uptime",
    "users",
    "vdir",
    "wc",
    "who",
    "whoami",
    "yes",
    // Text and archives.
    "awk",
    "bunzip2",
    "bzip2",
    "cmp",
    "cpio",
    "dos2unix",
    "diff",
    "egrep",
    "envsubst",
    "fgrep",
    "file",
    "find",
    "gawk",
    "grep",
    "gunzip",
    "gzip",
    "jar",
    "jq",
    "less",
    "lz4",
    "mawk",
    "more",
    "patch",
    "pigz",
    "rename",
    "rsync",
    "sed",
    "strings",
    "strip",
    "tar",
    "tree",
    "unix2dos",
    "unxz",
    "unzip",
    "xmlstarlet",
    "xxd",
    "xz",
    "yq",
    "zcat",
    "zip",
    "zstd",
    "7z",
    "7za",
    // Downloads and signatures.
    "aria2c",
    "curl",
    "git",
    "gpg",
    "gpg2",
    "gpgconf",
    "openssl",
    "scp",
    "ssh-keygen",
    "ssh-keyscan",
    "svn",
    "wget",
    // What there is.
    "command",
    "dpkg-query",
    "free",
    "getconf",
    "getent",
    "javac",
    "ldd",
    "locale",
    "lsb_release",
    "ps",
    "pgrep",
    "rpm",
    "which",
    "whereis",
];

const SETUP: &[&str] = &[
    // Users.
    "addgroup",
    "adduser",
    "chage",
    "chpasswd",
    "chsh",
    "delgroup",
    "deluser",
    "gpasswd",
    "groupadd",
    "groupdel",
    "groupmod",
    "passwd",
    "useradd",
    "userdel",
    "usermod",
    "visudo",
    // Packages that are there already.
    "dpkg",
    "dpkg-architecture",
    "dpkg-deb",
    "dpkg-divert",
    "dpkg-reconfigure",
    "dpkg-statoverride",
    "debconf-set-selections",
    "rpmkeys",
    "pacman-key",
    "update-alternatives",
    "alternatives",
    "dpkg-split",
    // Libraries, certificates, locales, time zones, fonts.
    "ldconfig",
    "update-ca-certificates",
    "update-ca-trust",
    "keytool",
    "locale-gen",
    "localedef",
    "update-locale",
    "tzselect",
    "fc-cache",
    "depmod",
    "ldconfig.real",
    "setcap",
    "getcap",
    "chattr",
    "setfacl",
    "restorecon",
    "update-mime-database",
    "glib-compile-schemas",
    // Servers.
    "a2enmod",
    "a2dismod",
    "a2ensite",
    "a2dissite",
    "a2enconf",
    "a2disconf",
    "phpenmod",
    "phpdismod",
    "php5enmod",
    "lighttpd-enable-mod",
    "rc-update",
    "systemctl",
    "update-rc.d",
    "chkconfig",
    "crontab",
    "htpasswd",
    "docker-php-ext-configure",
    "docker-php-ext-enable",
    "docker-php-ext-install",
    "docker-php-source",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn inert_of(command: &'static str) -> Option<Inert> {
        let mut words = command.split(' ').map(Some);
        inert(words.next()??, &words.collect::<Vec<_>>())
    }

    #[test]
    fn programs_that_start_no_other() {
        for command in [
            "mkdir -p /a",
            "/bin/sed -i s/a/b/ f",
            "find / -name a -delete",
            "find / -name a -exec rm -rf {} +",
            "python3 -m venv /venv",
            "systemctl enable a",
            "git clone a",
            "command -v apt-get",
        ] {
            assert!(inert_of(command).is_some(), "{command}");
        }
    }

    #[test]
    fn programs_that_may_do_anything() {
        for command in [
            "make",
            "apt-get update",
            "sh -c a",
            "find / -exec apt-get install a ;",
            "python3 -m pip install a",
            "python3 a.py",
            "xargs apt-get install",
            "systemctl start a",
            "command apt-get install a",
            "env apt-get update",
            "timeout 5 apt-get update",
            "nice make",
            "chroot / apt-get update",
        ] {
            assert_eq!(inert_of(command), None, "{command}");
        }
    }
}
