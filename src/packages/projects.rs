//! Programs that build, set up or serve a project, and do not read the package lists of the distribution.
//!
//! They may put programs on the search path and keep caches of their own: [`super::inert`] is the
//! stricter question. As in it, what is not here may do anything.

use super::known::inert;
use super::read::is_python;
use super::tools::TOOLS;
use crate::shell::command::base;

/// Whether `given` (with its path, as it is called) leaves the packages of the distribution and their
/// lists alone. `configured`: the same script has just made its own build files.
pub fn leaves_lists_alone(given: &str, arguments: &[Option<&str>], configured: bool) -> bool {
    let name = base(given);
    let first = arguments.first().copied().flatten();
    if inert(given, arguments).is_some()
        || only_asks(arguments)
        || PROGRAMS.contains(&name)
        || TOOLS.binary_search(&name).is_ok()
    {
        return true;
    }
    if is_python(name) {
        return python(arguments);
    }
    match name {
        _ if given.starts_with("/etc/init.d/") => true,
        "install.sh" => given.ends_with("google-cloud-sdk/install.sh"),
        "." | "source" => first.is_some_and(is_settings),
        "make" | "gmake" | "ninja" => configured && arguments.iter().all(|it| is_usual_target(*it)),
        _ if name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.') == "php" => {
            php(arguments)
        }
        "node" | "nodejs" | "npm" | "perl" | "yarn" if arguments == [Some("-v")] => true,
        "perl" | "ruby" | "node" | "nodejs" | "R" | "Rscript" => code(name, arguments),
        "bash" | "sh" => first.is_some_and(|it| {
            is_self_contained(base(it))
                || matches!(base(it), "autogen.sh" | "buildconf" | "configure")
        }),
        "npm" | "yarn" | "pnpm" => {
            let script = arguments.get(1).copied().flatten().unwrap_or_default();
            let builds = ["build", "prod", "dev", "compile", "test", "lint", "start"];
            matches!(first, Some("run" | "run-script"))
                && builds.iter().any(|it| script.starts_with(it))
        }
        "rosdep" => matches!(first, Some("init" | "update")),
        // Without a verb it installs gems.
        "bundle" if first.is_some_and(|it| it.starts_with("--")) => true,
        "bundle" if first == Some("exec") => arguments
            .get(1)
            .copied()
            .flatten()
            .is_some_and(|program| leaves_lists_alone(program, &arguments[2..], false)),
        "rake" | "rails" => arguments
            .iter()
            .any(|it| it.is_some_and(|it| it.starts_with("assets:") || it.starts_with("db:"))),
        "xargs" => behind_xargs(arguments),
        _ => is_self_contained(name),
    }
}

/// Whether a program makes the build files that `make` and the like go by.
pub fn configures(given: &str, arguments: &[Option<&str>]) -> bool {
    let name = base(given);
    match name {
        "perl" => arguments.first() == Some(&Some("Makefile.PL")),
        "configure" | "config" | "Configure" => given.contains('/'),
        _ => matches!(name, "cmake" | "qmake" | "phpize" | "meson"),
    }
}

fn only_asks(arguments: &[Option<&str>]) -> bool {
    let asks = |it: &Option<&str>| matches!(it, Some("--version" | "-version" | "-V" | "--help"));
    !arguments.is_empty() && arguments.iter().all(asks)
}

/// Files that set variables, define functions, and do no more.
fn is_settings(path: &str) -> bool {
    const NAMES: &[&str] = &[
        ".bashrc",
        ".bash_profile",
        ".nvm/nvm.sh",
        ".profile",
        "/activate",
        "/etc/apache2/envvars",
        "/etc/lsb-release",
        "/etc/os-release",
        "/etc/profile",
        ".cargo/env",
        "/nvm.sh",
        "/sdkman-init.sh",
        "/virtualenvwrapper.sh",
    ];
    path == "activate" || NAMES.iter().any(|name| path.ends_with(name))
}

/// Targets that every build has. `make deps` may well install packages.
fn is_usual_target(word: Option<&str>) -> bool {
    // `-j$(nproc)`
    let Some(word) = word else { return true };
    let usual = [
        "all",
        "altinstall",
        "build",
        "check",
        "clean",
        "dist",
        "distclean",
        "install",
        "install-strip",
        "modules",
        "modules_install",
        "test",
    ];
    usual.contains(&word)
        || word.starts_with('-')
        || word.contains('=')
        || word.chars().all(|it| it.is_ascii_digit())
        || word.contains('/')
}

/// Code in a word that starts no other program.
fn is_calm(code: Option<&str>) -> bool {
    const STARTS: &[&str] = &[
        "system",
        "exec",
        "popen",
        "spawn",
        "subprocess",
        "`",
        "qx",
        "passthru",
        "eval",
        "source(",
    ];
    code.is_some_and(|code| !STARTS.iter().any(|it| code.contains(it)))
}

fn python(arguments: &[Option<&str>]) -> bool {
    const MODULES: &[&str] =
        &["compileall", "ensurepip", "nltk.downloader", "py_compile", "spacy", "unittest", "venv"];
    let Some(Some(first)) = arguments.first() else { return false };
    match *first {
        "-c" => is_calm(arguments.get(1).copied().flatten()),
        "-m" => arguments.get(1).copied().flatten().is_some_and(|it| MODULES.contains(&it)),
        // As `pip install .` runs it.
        script => matches!(
            base(script),
            "setup.py" | "ez_setup.py" | "manage.py" | "get-pip.py" | "get-poetry.py"
        ),
    }
}

fn php(arguments: &[Option<&str>]) -> bool {
    let mut words = arguments.iter().copied();
    while let Some(Some(word)) = words.next() {
        match word {
            "-d" => drop(words.next()),
            "-r" => return is_calm(words.next().flatten()),
            "-v" | "-m" | "-i" => return true,
            _ if word.starts_with("-d") => (),
            _ => {
                let name = base(word);
                return matches!(name, "artisan" | "console") || name.starts_with("composer");
            }
        }
    }
    false
}

/// Perl, Ruby, Node.js and R with their code in a word, or one of their own tools.
fn code(name: &str, arguments: &[Option<&str>]) -> bool {
    let first = arguments.first().copied().flatten().unwrap_or_default();
    if name == "perl" && matches!(first, "Makefile.PL" | "Build.PL") {
        return true;
    }
    if name.starts_with("node") && first.contains("node_modules/") {
        return true;
    }
    let takes_code = |it: &Option<&str>| {
        it.is_some_and(|it| it.starts_with('-') && !it.starts_with("--") && it.ends_with('e'))
    };
    let at = arguments.iter().position(takes_code);
    at.is_some_and(|at| is_calm(arguments.get(at + 1).copied().flatten()))
}

/// Installers that bring all they need.
fn is_self_contained(name: &str) -> bool {
    let lower = name.to_lowercase();
    let starts = ["miniconda", "anaconda", "miniforge", "mambaforge", "cmake-", "bazel-", "rustup"];
    lower.ends_with(".sh") && starts.iter().any(|it| lower.starts_with(it))
}

fn behind_xargs(arguments: &[Option<&str>]) -> bool {
    let mut words = arguments.iter().enumerate();
    while let Some((at, word)) = words.next() {
        match word {
            Some("-n" | "-P" | "-I" | "-L" | "-d" | "-a") => drop(words.next()),
            Some(word) if word.starts_with('-') => (),
            Some(program) => return inert(program, &arguments[at + 1..]).is_some(),
            None => return false,
        }
    }
    true
}

const PROGRAMS: &[&str] = &[
    // Build files, and what makes them. `make` alone may follow any file.
    "aclocal",
    "autoconf",
    "autogen.sh",
    "autoheader",
    "automake",
    "autopoint",
    "autoreconf",
    "bazel",
    "buildconf",
    "cmake",
    "config",
    "configure",
    "ctest",
    "glibtoolize",
    "libtoolize",
    "meson",
    "phpize",
    "qmake",
    "scons",
    // Java, Android, and other languages.
    "android",
    "ant",
    "avdmanager",
    "easy_install",
    "java",
    "lein",
    "nvm",
    "pyenv",
    "rbenv",
    "rustup",
    "sbt",
    "sdk",
    "sdkmanager",
    "virtualenv",
    // Node.js.
    "bower",
    "grunt",
    "gulp",
    "ng",
    "tsc",
    "webpack",
    // Servers and their clients.
    "apache2ctl",
    "apachectl",
    "createdb",
    "createuser",
    "initdb",
    "mongo",
    "mysql",
    "mysql_install_db",
    "mysqladmin",
    "mysqld",
    "mysqld_safe",
    "newaliases",
    "nginx",
    "pg_createcluster",
    "pg_ctl",
    "pg_ctlcluster",
    "pg_dropcluster",
    "postalias",
    "postconf",
    "postmap",
    "psql",
    "rabbitmq-plugins",
    "redis-cli",
    "redis-server",
    "service",
    // Others.
    "aws",
    "clinfo",
    "docker",
    "docker-compose",
    "dockerize",
    "download-mibs",
    "gcloud",
    "helm",
    "install-tl",
    "ipython",
    "jupyter",
    "kubectl",
    "nvim",
    "terraform",
    "tic",
    "tlmgr",
    "update_rubygems",
    "vim",
    "vncpasswd",
];

/// What the script behind an address does to the packages of the distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    /// It installs none.
    LeavesAlone,
    /// It runs `apt-get update` before it installs any.
    Updates,
}

/// What the script at `address` does, if it is a well-known one.
pub fn installer(address: &str) -> Option<Installer> {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let is_at = |table: &[&str]| table.iter().any(|it| address.starts_with(it));
    if is_at(UPDATING) {
        return Some(Installer::Updates);
    }
    is_at(LEAVING_ALONE).then_some(Installer::LeavesAlone)
}

const UPDATING: &[&str] =
    &["deb.nodesource.com/setup", "get.docker.com", "packagecloud.io/install/repositories/"];

const LEAVING_ALONE: &[&str] = &[
    "bootstrap.pypa.io/",
    "bun.sh/install",
    "cli-assets.heroku.com/install.sh",
    "cpanmin.us",
    "deno.land/install.sh",
    "deno.land/x/install/",
    "get.pnpm.io/",
    "get.sdkman.io",
    "getcomposer.org/installer",
    "git.io/get_helm.sh",
    "git.io/n-install",
    "glide.sh/get",
    "install.goreleaser.com/",
    "install.meteor.com",
    "install.perlbrew.pl",
    "install.python-poetry.org",
    "npmjs.com/install.sh",
    "npmjs.org/install.sh",
    "pyenv.run",
    "raw.github.com/robbyrussell/oh-my-zsh/",
    "raw.githubusercontent.com/creationix/nvm/",
    "raw.githubusercontent.com/golang/dep/",
    "raw.githubusercontent.com/golangci/golangci-lint/",
    "raw.githubusercontent.com/helm/helm/",
    "raw.githubusercontent.com/kubernetes/helm/",
    "raw.githubusercontent.com/nvm-sh/nvm/",
    "raw.githubusercontent.com/ohmyzsh/ohmyzsh/",
    "raw.githubusercontent.com/pyenv/pyenv-installer/",
    "raw.githubusercontent.com/python-poetry/poetry/",
    "raw.githubusercontent.com/robbyrussell/oh-my-zsh/",
    "raw.githubusercontent.com/sdispater/poetry/",
    "raw.githubusercontent.com/yyuu/pyenv-installer/",
    "sdk.cloud.google.com",
    "sh.rustup.rs",
    "static.rust-lang.org/rustup",
    "toolbelt.heroku.com/install.sh",
    "www.npmjs.com/install.sh",
    "yarnpkg.com/install.sh",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(command: &'static str) -> bool {
        let mut words = command.split(' ').map(Some);
        let Some(Some(program)) = words.next() else { return false };
        leaves_lists_alone(program, &words.collect::<Vec<_>>(), false)
    }

    #[test]
    fn builds_and_servers_do_not_read_the_lists() {
        for command in [
            "./configure --prefix=/usr",
            "cmake ..",
            "python setup.py install",
            "python3 -c print(1)",
            "php -d memory_limit=-1 composer.phar install",
            "php artisan key:generate",
            "npm run build:prod",
            "bundle exec rake assets:precompile",
            "/etc/init.d/postgresql start",
            ". /etc/os-release",
            "source activate env",
            "perl -pi -e s/a/b/ file",
            "xargs -n 1 sed -i s/a/b/",
            "bash /tmp/Miniconda3-latest-Linux-x86_64.sh -b",
            "./tool --version",
            "node -v",
            "sh ./configure",
            "sh rustup-init.sh -y",
            "php5.6 /usr/local/bin/composer install",
            "pylint Source/a.py",
            "rosdep update",
            "bash ~/miniconda.sh -b -p /opt/conda",
        ] {
            assert!(leaves(command), "{command}");
        }
    }

    #[test]
    fn what_may_read_them() {
        for command in [
            "make",
            "make deps",
            "bash setup.sh",
            "./install.sh",
            "python install.py",
            "python -c subprocess.call('apt-get')",
            "npm run setup",
            "bundle exec rake bootstrap",
            ". ./setup.sh",
            "perl -e system('apt-get')",
            "xargs apt-get install",
            "julia -e 1",
            "ansible-playbook a.yml",
            "rosdep install --from-paths src",
        ] {
            assert!(!leaves(command), "{command}");
        }
        assert!(leaves_lists_alone("make", &[Some("-j4"), Some("install")], true));
        assert!(!leaves_lists_alone("make", &[Some("install-deps")], true));
    }

    #[test]
    fn tools_are_in_order() {
        assert!(TOOLS.is_sorted());
    }

    #[test]
    fn well_known_installers() {
        assert_eq!(installer("https://getcomposer.org/installer"), Some(Installer::LeavesAlone));
        assert_eq!(installer("https://deb.nodesource.com/setup_18.x"), Some(Installer::Updates));
        assert_eq!(installer("https://example.com/install.sh"), None);
    }
}
