//! Which files of a project a command cannot do without.
//!
//! A `Makefile` is not among them: one may be anywhere, also beside a Dockerfile to start the build.

use super::read::{is_python, read};
use super::{Action, Kind};
use crate::shell::command::base;

/// A file that has to be there: at one of these paths, from where the command runs or from the top of the
/// file system. The last part may be a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Needed {
    pub any_of: Vec<String>,
    /// Any folder above will do as well.
    pub or_above: bool,
    /// A folder that has to be there, too; empty if it is no other.
    pub folder: String,
}

const PYPROJECT: &[&str] = &["pyproject.toml"];
/// `is_installable_dir` in <https://github.com/pypa/pip/blob/main/src/pip/_internal/utils/misc.py>, and
/// what <https://github.com/astral-sh/uv> says of a folder with neither.
const PYTHON_PROJECT: &[&str] = &["pyproject.toml", "setup.py"];
const GRADLE: &[&str] =
    &["build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"];
const MSBUILD: &[&str] = &["*.csproj", "*.fsproj", "*.vbproj", "*.sln", "*.slnx", "*.proj"];

/// What `program` with `arguments` needs of a project, as far as its words tell.
pub fn needed(program: &str, arguments: &[Option<&str>]) -> Vec<Needed> {
    let name = base(program);
    let script = arguments.first().copied().flatten().unwrap_or_default();
    match () {
        () if is_python(name) && matches!(base(script), "setup.py" | "manage.py") => {
            vec![Needed::file(script)]
        }
        () if is_python(name) && arguments.starts_with(&[Some("-m"), Some("build")]) => {
            vec![Needed::here(PYTHON_PROJECT)]
        }
        () if name == "cmake" => cmake(arguments).into_iter().collect(),
        () => match read(program, arguments) {
            Some(action) => of_manager(&action),
            None => of_tool(name, arguments).into_iter().collect(),
        },
    }
}

impl Needed {
    fn here(names: &[&str]) -> Self {
        Self {
            any_of: names.iter().map(|it| (*it).to_owned()).collect(),
            or_above: false,
            folder: String::new(),
        }
    }

    fn file(path: &str) -> Self {
        Self::here(&[path])
    }

    fn or_above(self) -> Self {
        Self { or_above: true, ..self }
    }

    /// The same from `folder`, if the command names one.
    fn from(self, folder: Option<&str>) -> Self {
        let Some(folder) = folder else { return self };
        let joined = |name: &String| format!("{}/{name}", folder.trim_end_matches('/'));
        Self { any_of: self.any_of.iter().map(joined).collect(), ..self }
    }
}

fn of_manager(action: &Action) -> Vec<Needed> {
    let one = |needed: Option<Needed>| needed.into_iter().collect();
    match action.manager.name {
        "npm" | "yarn" | "pnpm" | "bun" => one(javascript(action)),
        "pip" | "pipx" => pip(action),
        "uv" if action.verb.is_some_and(|verb| verb.name.starts_with("pip ")) => pip(action),
        "uv" | "poetry" => one(python_project(action)),
        "pipenv" => {
            let locked = ["install", "sync", "lock"].iter().any(|verb| action.is(verb));
            one(project(action, locked && action.packages.is_empty(), &["Pipfile"], &[]))
        }
        "conda" | "micromamba" => conda(action),
        "bundle" => {
            let verbs = ["install", "update", "cache", "package", "pack", "lock", "exec", "e"];
            let file = action.flag(&["--gemfile"]).and_then(|flag| flag.value);
            match file {
                Some(file) => one(file.map(Needed::file)),
                None => {
                    let wanted = verbs.iter().any(|verb| action.is(verb))
                        || action.verb.is_none() && action.kind == Kind::Install;
                    one(project(action, wanted, &["Gemfile"], &[]).map(Needed::or_above))
                }
            }
        }
        "composer" => {
            let verbs = ["install", "i", "update", "u", "upgrade", "dump-autoload", "dumpautoload"];
            let wanted = verbs.iter().any(|verb| action.is(verb));
            one(project(action, wanted, &["composer.json"], &["-d", "--working-dir"]))
        }
        "go" => one(go(action)),
        "cargo" => one(cargo(action)),
        "maven" => one(maven(action)),
        "gradle" => one(gradle(action)),
        "mix" => {
            let verbs = ["deps.get", "deps.update", "deps.compile", "compile", "release", "test"];
            let more = ["do", "phx.digest"];
            let wanted = verbs.iter().chain(&more).any(|verb| action.is(verb));
            one(project(action, wanted, &["mix.exs"], &[]))
        }
        "dotnet" => one(dotnet(action)),
        "stack" => {
            let wanted = action.packages.is_empty() && action.kind != Kind::Configure;
            one(project(action, wanted && action.verb.is_some(), &["stack.yaml"], &[]))
        }
        _ => Vec::new(),
    }
}

/// A manifest that a command needs if it is `wanted`, in the folder that one of `flags` may name.
fn project(action: &Action, wanted: bool, names: &[&str], flags: &[&str]) -> Option<Needed> {
    let needed = wanted.then(|| Needed::here(names))?;
    match action.flag(flags).and_then(|flag| flag.value) {
        // Which folder is not known.
        Some(None) => None,
        folder => Some(needed.from(folder.flatten())),
    }
}

fn javascript(action: &Action) -> Option<Needed> {
    let is_global = action.has_flag(&["-g", "--global", "--location"]);
    let wanted = match action.kind {
        Kind::Install => action.packages.is_empty() && !is_global,
        Kind::Run => ["run", "run-script", "test", "start"].iter().any(|verb| action.is(verb)),
        _ => false,
    };
    let names = if action.manager.name == "pnpm" && action.is("fetch") {
        &["pnpm-lock.yaml"]
    } else {
        &["package.json"]
    };
    // A script of Bun may be a file.
    let wanted = wanted && !(action.manager.name == "bun" && action.kind == Kind::Run);
    let flags: &[&str] = match action.manager.name {
        "npm" => &["--prefix", "-C"],
        "pnpm" => &["-C", "--dir"],
        _ => &["--cwd"],
    };
    project(action, wanted, names, flags).map(Needed::or_above)
}

/// Lists of packages, and the folders of projects to install.
fn pip(action: &Action) -> Vec<Needed> {
    let lists = ["-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints"];
    if action.kind != Kind::Install {
        return Vec::new();
    }
    let value = |names: &[&str]| {
        let flags = action.flags.iter().filter(|flag| names.contains(&flag.name));
        flags.filter_map(|flag| flag.value.flatten()).collect::<Vec<_>>()
    };
    let is_file = |path: &&str| !path.contains("://") && !path.is_empty() && *path != "-";
    let operands = action.packages.iter().filter_map(|package| package.name);
    let (synced, operands): (Vec<&str>, Vec<&str>) = match action.is("pip sync") {
        true => (operands.collect(), Vec::new()),
        false => (Vec::new(), operands.filter(|it| it.starts_with(['.', '/'])).collect()),
    };
    let files = value(&lists).into_iter().chain(synced).filter(is_file).map(Needed::file);
    let editable = value(&["-e", "--editable"]).into_iter().filter(is_file);
    let folders = editable.chain(operands).map(|path| path.split('[').next().unwrap_or(path));
    // An archive is rather something that the build has made.
    let is_archive = |path: &str| {
        [".whl", ".gz", ".zip", ".bz2"].iter().any(|it| path.ends_with(it)) || path.contains('*')
    };
    // `-e git+https://…`, `name @ …`
    let is_folder = |path: &&str| !is_archive(path) && !path.contains([':', '@', '+', ' ']);
    let folders = folders.filter(is_folder);
    files.chain(folders.map(|it| Needed::here(PYTHON_PROJECT).from(Some(it)))).collect()
}

fn python_project(action: &Action) -> Option<Needed> {
    let (verbs, flags): (&[&str], &[&str]) = match action.manager.name {
        "uv" => (&["sync", "lock", "export", "tree"], &["--directory", "--project"]),
        _ => (
            &["install", "sync", "update", "lock", "build", "run", "export", "check"],
            &["-C", "--directory", "-P", "--project"],
        ),
    };
    if action.is("build") && action.manager.name == "uv" {
        let source = action.packages.first();
        let folder = source.map(|it| it.name.ok_or(())).transpose().ok()?;
        return Some(Needed::here(PYTHON_PROJECT).from(folder));
    }
    let wanted = verbs.iter().any(|verb| action.is(verb));
    project(action, wanted, PYPROJECT, flags).map(Needed::or_above)
}

fn conda(action: &Action) -> Vec<Needed> {
    let lists = action.flags.iter().filter(|flag| matches!(flag.name, "-f" | "--file"));
    let mut named = lists.filter_map(|flag| flag.value).peekable();
    let is_environment = action.is("env create") || action.is("env update");
    if named.peek().is_none() && is_environment && action.packages.is_empty() {
        return vec![Needed::here(&["environment.yml", "environment.yaml"])];
    }
    let is_file = |path: &&str| !path.contains("://");
    named.flatten().filter(is_file).map(Needed::file).collect()
}

fn go(action: &Action) -> Option<Needed> {
    let names = action.packages.iter().map(|package| package.name);
    let are_own = action.packages.is_empty() || { names }
        .all(|name| name.is_some_and(|name| name.starts_with('.')));
    let wanted = match action.kind {
        // A package of the same module may be named.
        Kind::Build => true,
        Kind::Install if action.is("mod download") => action.packages.is_empty(),
        Kind::Install => are_own,
        Kind::Run => action.is("generate"),
        _ => false,
    };
    project(action, wanted, &["go.mod"], &["-C"]).map(Needed::or_above)
}

fn cargo(action: &Action) -> Option<Needed> {
    if action.is("install") {
        let path = action.flag(&["--path"]).and_then(|flag| flag.value.flatten())?;
        return Some(Needed::here(&["Cargo.toml"]).from(Some(path)));
    }
    // What `cargo chef cook` goes by is made by `cargo chef prepare`.
    let wanted = match action.kind {
        Kind::Install => !action.is("binstall"),
        Kind::Build => !action.is("chef cook"),
        Kind::Run | Kind::Update => true,
        _ => action.is("chef prepare"),
    };
    let wanted = wanted && action.verb.is_some();
    match action.flag(&["--manifest-path"]).filter(|_| wanted) {
        Some(flag) => flag.value.flatten().map(Needed::file),
        None => project(action, wanted, &["Cargo.toml"], &["-C"]).map(Needed::or_above),
    }
}

fn maven(action: &Action) -> Option<Needed> {
    let goals: Option<Vec<&str>> = action.packages.iter().map(|package| package.name).collect();
    let goals = goals?;
    let free = ["archetype", "dependency:get", "help:", "wrapper:", "release-plugin"];
    let is_free = |goal: &&str| free.iter().any(|it| goal.contains(it));
    if goals.is_empty() || goals.iter().any(is_free) {
        return None;
    }
    match action.flag(&["-f", "--file"]).map(|flag| flag.value.flatten()) {
        None => Some(Needed::here(&["pom.xml"])),
        Some(file) => {
            let file = file?;
            let is_file = file.ends_with(".xml");
            let folder = || Needed::here(&["pom.xml"]).from(Some(file));
            Some(if is_file { Needed::file(file) } else { folder() })
        }
    }
}

fn gradle(action: &Action) -> Option<Needed> {
    let tasks: Option<Vec<&str>> = action.packages.iter().map(|package| package.name).collect();
    let tasks = tasks?;
    let free = |task: &&str| matches!(*task, "init" | "wrapper" | "help");
    let wanted = !tasks.is_empty() && !tasks.iter().any(free);
    let wanted = wanted && !action.has_flag(&["-b", "--build-file", "-c", "--settings-file"]);
    project(action, wanted, GRADLE, &["-p", "--project-dir"]).map(Needed::or_above)
}

fn dotnet(action: &Action) -> Option<Needed> {
    let verbs = ["restore", "build", "publish", "pack", "test"];
    if !verbs.iter().any(|verb| action.is(verb)) {
        return None;
    }
    match action.packages.first().map(|package| package.name) {
        None => Some(Needed::here(MSBUILD)),
        Some(None) => None,
        Some(Some(path)) => {
            let path = path.replace('\\', "/");
            // `-p:Name=Value` and other ways to set properties.
            if path.starts_with('/') && path.contains(':') || path.contains('=') {
                return None;
            }
            let is_file = [".csproj", ".fsproj", ".vbproj", ".proj", ".sln", ".slnx", ".slnf"]
                .iter()
                .any(|ending| path.ends_with(ending));
            let is_made = path.ends_with(".dll");
            let folder = || Needed::here(MSBUILD).from(Some(&path));
            (!is_made).then(|| if is_file { Needed::file(&path) } else { folder() })
        }
    }
}

/// `cmake [-S] SOURCE`; with `--build` and the like it goes by what it made before.
fn cmake(arguments: &[Option<&str>]) -> Option<Needed> {
    const LIST: &[&str] = &["CMakeLists.txt"];
    let mut words = arguments.iter().copied();
    let mut source = None;
    while let Some(word) = words.next() {
        match word? {
            "--build" | "--install" | "--open" | "-E" | "-P" | "--version" | "--help" => {
                return None;
            }
            "-S" => source = Some(words.next()??),
            "-B" | "-D" | "-G" | "-A" | "-T" | "-C" | "-U" | "--preset" | "--toolchain" => {
                words.next()?;
            }
            flag if flag.starts_with("-S") || flag.starts_with("-H") => source = flag.get(2..),
            flag if flag.starts_with('-') => (),
            operand => source = source.or(Some(operand)),
        }
    }
    Some(Needed::here(LIST).from(source))
}

/// Other build tools that go by one file of where they run.
fn of_tool(name: &str, arguments: &[Option<&str>]) -> Option<Needed> {
    let names: &[&str] = match name {
        "ant" => &["build.xml"],
        "bazel" | "bazelisk" => &["MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel"],
        "flit" | "hatch" | "pdm" | "rye" => PYPROJECT,
        "flutter" | "dart" => &["pubspec.yaml"],
        "grunt" => &["Gruntfile.*"],
        "gulp" => &["gulpfile.*"],
        "lein" => &["project.clj"],
        "ng" => &["angular.json"],
        "rake" => &["Rakefile", "rakefile", "Rakefile.rb"],
        "sbt" => &["build.sbt", "project/build.properties"],
        "swift" => &["Package.swift"],
        _ => return None,
    };
    const ELSEWHERE: &[&str] =
        &["-f", "--file", "-file", "--gulpfile", "--gruntfile", "--package-path", "--project"];
    const FREE: &[&str] = &[
        "about", "config", "create", "doctor", "global", "help", "init", "install", "new",
        "precache", "self", "upgrade", "version",
    ];
    let words = || arguments.iter().flatten().copied();
    let verb = words().find(|word| !word.starts_with('-'));
    let is_free = match verb {
        None => !arguments.is_empty(),
        // `pdm install` is about the project.
        Some("install") => !matches!(name, "flit" | "pdm"),
        Some(verb) => FREE.contains(&verb),
    };
    (!is_free && !words().any(|word| ELSEWHERE.contains(&word))).then(|| Needed::here(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `?` stands for a word that is not known before the build; `↑` for what may be above.
    fn shown(command: &'static str) -> String {
        let mut words = command.split(' ').map(|word| (word != "?").then_some(word));
        let Some(Some(program)) = words.next() else { return String::new() };
        let needed = needed(program, &words.collect::<Vec<_>>());
        let one = |it: &Needed| {
            let above = if it.or_above { "↑" } else { "" };
            format!("{above}{}", it.any_of.join("|"))
        };
        needed.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn python() {
        for (command, expected) in [
            ("pip install --no-cache-dir .", "./pyproject.toml|./setup.py"),
            ("pip3 install -e .[dev,test]", "./pyproject.toml|./setup.py"),
            (
                "python -m pip install ./lib -r a.txt -c b.txt",
                "a.txt b.txt ./lib/pyproject.toml|./lib/setup.py",
            ),
            ("pip install -e /app flask", "/app/pyproject.toml|/app/setup.py"),
            ("pip install -r https://example.com/a.txt -r ?", ""),
            ("pip install -e git+https://example.com/a#egg=a ./dist/*.whl a.whl flask", ""),
            ("pip install flask", ""),
            ("uv pip install --system -e .", "./pyproject.toml|./setup.py"),
            ("uv pip sync requirements.txt", "requirements.txt"),
            ("uv sync --frozen", "↑pyproject.toml"),
            ("uv sync --project api", "↑api/pyproject.toml"),
            ("uv build", "pyproject.toml|setup.py"),
            ("uv tool install ruff", ""),
            ("poetry install --no-root", "↑pyproject.toml"),
            ("poetry -C ? install", ""),
            ("poetry config virtualenvs.create false", ""),
            ("python -m build --wheel", "pyproject.toml|setup.py"),
            ("python setup.py install", "setup.py"),
            ("python3 web/manage.py collectstatic", "web/manage.py"),
            ("pipenv install --system --deploy", "Pipfile"),
            ("pipenv install flask", ""),
            ("conda env create -f env.yml", "env.yml"),
            ("conda env update", "environment.yml|environment.yaml"),
            ("pdm install --prod", "pyproject.toml"),
            ("hatch --version", ""),
        ] {
            assert_eq!(shown(command), expected, "{command}");
        }
    }

    #[test]
    fn others() {
        const GRADLE: &str = "build.gradle|build.gradle.kts|settings.gradle|settings.gradle.kts";
        let gradle = format!("↑{GRADLE}");
        for (command, expected) in [
            ("npm ci", "↑package.json"),
            ("npm --prefix web ci", "↑web/package.json"),
            ("npm install -g yarn", ""),
            ("npm run build", "↑package.json"),
            ("npx tsc", ""),
            ("yarn", "↑package.json"),
            ("yarn --cwd web install", "↑web/package.json"),
            ("pnpm fetch", "↑pnpm-lock.yaml"),
            ("bun run index.ts", ""),
            ("go build -o /app ./cmd/app", "↑go.mod"),
            ("go install ./...", "↑go.mod"),
            ("go install example.org/tool@latest", ""),
            ("go mod download", "↑go.mod"),
            ("cargo build --release", "↑Cargo.toml"),
            ("cargo install --path app", "app/Cargo.toml"),
            ("cargo install ripgrep", ""),
            ("cargo chef cook --release", ""),
            ("cargo build --manifest-path app/Cargo.toml", "app/Cargo.toml"),
            ("mvn -B package -DskipTests", "pom.xml"),
            ("mvn -f app clean package", "app/pom.xml"),
            ("mvn -f app/pom.xml package", "app/pom.xml"),
            ("mvn dependency:get -Dartifact=a:b:1", ""),
            ("mvn --version", ""),
            ("./gradlew bootJar --no-daemon", &gradle),
            ("gradle wrapper", ""),
            ("bundle install --jobs 4", "↑Gemfile"),
            ("bundle exec rake assets:precompile", "↑Gemfile"),
            ("bundle config set without test", ""),
            ("composer install --no-dev", "composer.json"),
            ("composer create-project a/b", ""),
            ("composer global require a/b", ""),
            ("mix deps.get --only prod", "mix.exs"),
            ("mix local.hex --force", ""),
            ("dotnet publish App/App.csproj -c Release -o /out", "App/App.csproj"),
            ("dotnet publish -c Release", "*.csproj|*.fsproj|*.vbproj|*.sln|*.slnx|*.proj"),
            ("dotnet tool install -g x", ""),
            ("cmake -S src -B build -DX=Y", "src/CMakeLists.txt"),
            ("cmake -G Ninja ..", "../CMakeLists.txt"),
            ("cmake --build build", ""),
            ("cmake ?", ""),
            ("make", ""),
            ("ant", "build.xml"),
            ("ant -version", ""),
            ("sbt assembly", "build.sbt|project/build.properties"),
            ("ng new app", ""),
            ("stack build", "stack.yaml"),
        ] {
            assert_eq!(shown(command), expected, "{command}");
        }
    }
}
