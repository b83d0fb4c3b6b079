//! What a command sees of the files that a `COPY` of everything brings: nothing, the manifests of a package
//! manager, or whatever it likes.

use super::Tool;
use crate::effect::barriers::text_of;
use crate::facts::{is_within, resolve};
use crate::packages::{self, Action, Kind};
use crate::shell::command::Invocation;
use crate::shell::{Command, CommandKind, Script};

/// What one command sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    Nothing,
    /// Nothing: it installs packages.
    Packages,
    /// The manifests of a package manager, and files that it names, by their places in the image.
    Manifests(Tool, Vec<String>),
    Anything,
}

/// Where a command runs, and where the files are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) workdir: Option<&'a str>,
    pub(super) to: &'a str,
}

impl Scene<'_> {
    /// Whether a path has nothing to do with the files.
    fn is_elsewhere(&self, path: &str) -> bool {
        let path = resolve(self.workdir, path);
        path.is_some_and(|it| !is_within(&it, self.to) && !is_within(self.to, &it))
    }
}

/// What a command without subshells and the like sees.
pub(super) fn sight(script: &Script, command: &Command, scene: Scene) -> Sight {
    let CommandKind::Simple(simple) = &command.kind else { return Sight::Anything };
    let to_nowhere = command.redirects.iter().all(|it| {
        let target = it.target.literal.as_deref();
        target == Some("/dev/null") || it.operator == ">&" && matches!(target, Some("1" | "2"))
    });
    let Some(call) = script.invocation(simple).filter(|_| to_nowhere) else {
        return Sight::Anything;
    };
    let is_plain = call.wrappers.is_empty() && !call.by_path();
    if !is_plain || call.environment.iter().any(|(_, value)| value.is_none()) {
        return Sight::Anything;
    }
    // A pattern is in the folder that its text is in.
    let plain = |text: &&str| !text.contains(['$', '`', '"', '\'', '{']);
    let text = |word| text_of(word).or(Some(word.span.of(&script.text)).filter(plain));
    let words: Option<Vec<&str>> = call.arguments.iter().map(text).collect();
    if words.is_some_and(|words| is_blind(call.program, &words, scene)) {
        return Sight::Nothing;
    }
    of_package_manager(&call, scene)
}

/// Programs that look at nothing but the paths that they are given.
fn is_blind(program: &str, words: &[&str], scene: Scene) -> bool {
    let mut operands = words.iter().filter(|it| !it.starts_with('-'));
    let is_account = |it: &&&str| !it.starts_with('/') || scene.is_elsewhere(it);
    match program {
        ":" | "true" | "echo" | "printf" => true,
        "mkdir" | "rm" => operands.all(|it| scene.is_elsewhere(it)),
        "addgroup" | "groupadd" | "adduser" | "useradd" => {
            operands.all(|it| is_account(&it)) && !is_within(scene.to, "/home")
        }
        "corepack" => match words {
            ["enable" | "disable", ..] => true,
            ["prepare" | "install", rest @ ..] => rest.iter().any(|it| it.contains('@')),
            _ => false,
        },
        _ => false,
    }
}

fn of_package_manager(call: &Invocation, scene: Scene) -> Sight {
    let words: Option<Vec<Option<&str>>> = call.literals().map(|it| it.map(Some)).collect();
    let Some(action) = words.as_deref().and_then(|it| packages::read(call.program, it)) else {
        return other_installer(call);
    };
    if action.manager.is_of_distribution() {
        return of_distribution(&action);
    }
    let nothing = |is_blind: bool| match (is_blind, action.kind) {
        (true, Kind::Install | Kind::Upgrade) => Sight::Packages,
        (true, _) => Sight::Nothing,
        (false, _) => Sight::Anything,
    };
    let global = action.has_flag(&["-g", "--global", "--location"]);
    match (action.manager.name, action.kind) {
        ("pip", Kind::Install) if action.is("install") => pip(&action, Tool::Pip, scene),
        ("uv", Kind::Install) if action.is("pip install") => pip(&action, Tool::UvPip, scene),
        ("pip", Kind::Query | Kind::Clean | Kind::Configure) => Sight::Nothing,
        ("npm", Kind::Install | Kind::Upgrade) if global => nothing(names_packages(&action)),
        ("npm" | "yarn" | "pnpm", Kind::Clean) => Sight::Nothing,
        ("npm" | "pnpm", Kind::Configure) if action.is("config") || action.is("config set") => {
            nothing(!action.has_flag(&["--location", "-L"]))
        }
        ("npm" | "yarn" | "pnpm" | "bundle" | "poetry" | "pipenv" | "uv", Kind::Install) => {
            in_project(&action, scene)
        }
        ("gem", Kind::Install) => nothing(names_packages(&action)),
        ("bundle" | "poetry", Kind::Configure)
            if action.is("config") || action.is("config set") =>
        {
            nothing(!action.has_flag(&["--local"]))
        }
        ("go", Kind::Install) if action.is("mod download") => in_project(&action, scene),
        ("go", Kind::Install) if action.is("install") => {
            nothing(action.packages.iter().all(|it| it.version.is_some()))
        }
        ("go", Kind::Configure) => nothing(action.is("env") || action.is("version")),
        ("composer" | "cargo" | "mix" | "dotnet" | "maven", _) => other_installer(call),
        _ => Sight::Anything,
    }
}

fn of_distribution(action: &Action) -> Sight {
    const ARCHIVES: &[&str] = &[".deb", ".rpm", ".apk", ".zst", ".xz"];
    let known = !matches!(action.kind, Kind::Unknown | Kind::Run | Kind::Build);
    let is_name = |it: &packages::Package| {
        it.name.is_some_and(|name| {
            !name.contains('/') && name != "." && !ARCHIVES.iter().any(|end| name.ends_with(end))
        })
    };
    let configured =
        action.has_flag(&["-c", "--config-file", "--root", "--installroot", "--rootdir"]);
    match known && !configured && action.packages.iter().all(is_name) {
        true if action.kind == Kind::Install => Sight::Packages,
        true => Sight::Nothing,
        false => Sight::Anything,
    }
}

/// Whether all operands are names of packages, and no paths.
fn names_packages(action: &Action) -> bool {
    let is_name = |it: &packages::Package| {
        it.name.is_some_and(|name| {
            let scoped = name.strip_prefix('@').is_some_and(|it| it.matches('/').count() == 1);
            (scoped || !name.contains('/')) && !name.starts_with('.') && !name.ends_with(".gem")
        })
    };
    !action.packages.is_empty() && action.packages.iter().all(is_name)
}

/// An install of a project: without operands, in the folder of its manifests.
fn in_project(action: &Action, scene: Scene) -> Sight {
    /// Options that lead elsewhere, or leave something in the project that is not known.
    const ELSEWHERE: &[&str] = &[
        "--binstubs",
        "--cwd",
        "--deployment",
        "--dir",
        "--directory",
        "--filter",
        "--gemfile",
        "--global",
        "--install-links",
        "--link",
        "--lockfile",
        "--lockfile-dir",
        "--modules-folder",
        "--package",
        "--path",
        "--prefix",
        "--project",
        "--recursive",
        "--save",
        "--skip-lock",
        "--standalone",
        "--use-yarnrc",
        "--workspace",
        "--workspaces",
        "-C",
        "-F",
        "-e",
        "-g",
        "-r",
        "-w",
    ];
    let tool = match (action.manager.name, action.verb.map_or("", |it| it.name)) {
        ("npm", "install" | "i" | "ci" | "clean-install" | "install-clean") => Tool::Npm,
        ("yarn", "" | "install") => Tool::Yarn,
        ("pnpm", "install" | "i") => Tool::Pnpm,
        ("bundle", "" | "install") => Tool::Bundler,
        ("poetry", "install" | "sync") => Tool::Poetry,
        ("pipenv", "install" | "sync") => Tool::Pipenv,
        ("uv", "sync") => Tool::Uv,
        ("go", "mod download") => Tool::Go,
        _ => return Sight::Anything,
    };
    // `--without development test`
    let is_bare = action.packages.is_empty() || tool == Tool::Bundler;
    let is_here = scene.workdir == Some(scene.to) && is_bare;
    match is_here && !action.has_flag(ELSEWHERE) {
        true => Sight::Manifests(tool, Vec::new()),
        false => Sight::Anything,
    }
}

/// `pip install`: what it names are files of requirements, packages and addresses.
fn pip(action: &Action, tool: Tool, scene: Scene) -> Sight {
    const PATHS: &[&str] = &[
        "-b",
        "--build",
        "-e",
        "--editable",
        "--log",
        "--prefix",
        "--python",
        "--root",
        "--src",
        "-t",
        "--target",
    ];
    const LINKS: &[&str] = &["-f", "--find-links", "-i", "--index-url", "--extra-index-url"];
    const FILES: &[&str] =
        &["-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints"];
    if action.has_flag(PATHS) {
        return Sight::Anything;
    }
    let mut files = Vec::new();
    for flag in &action.flags {
        let value = flag.value.flatten();
        if LINKS.contains(&flag.name) && !value.is_some_and(|it| it.starts_with("http")) {
            return Sight::Anything;
        }
        if !FILES.contains(&flag.name) {
            continue;
        }
        let Some(path) = value.and_then(|it| resolve(scene.workdir, it)) else {
            return Sight::Anything;
        };
        if is_within(&path, scene.to) {
            files.push(path);
        }
    }
    let mut operands = action.packages.iter();
    if !operands.all(|it| it.name.is_some_and(is_requirement)) {
        return Sight::Anything;
    }
    match files.is_empty() {
        true => Sight::Packages,
        false => Sight::Manifests(tool, files),
    }
}

/// A name with what is asked of it, or an address; no file and no folder.
fn is_requirement(word: &str) -> bool {
    const ARCHIVES: &[&str] = &[".whl", ".zip", ".gz", ".bz2"];
    let is_address = ["http://", "https://", "git+http"].iter().any(|it| word.starts_with(it));
    let is_name = word.starts_with(|it: char| it.is_ascii_alphanumeric()) && !word.contains('/');
    is_address || is_name && !ARCHIVES.iter().any(|end| word.ends_with(end))
}

/// Installers of whose reading it is known that it goes beyond manifests.
fn other_installer(call: &Invocation) -> Sight {
    let Some(words) = call.literals().collect::<Option<Vec<_>>>() else { return Sight::Anything };
    let first = words.iter().find(|it| !it.starts_with('-')).copied().unwrap_or_default();
    let is_goal = |it: &&str| it.starts_with("dependency:");
    let known = match call.program {
        "composer" => first == "install",
        "cargo" => first == "fetch",
        "mix" => first == "deps.get",
        "dotnet" => first == "restore",
        "mvn" | "mvnw" => {
            !words.is_empty() && words.iter().all(|it| it.starts_with('-') || is_goal(it))
        }
        _ => false,
    };
    match known {
        true => Sight::Manifests(Tool::Other, Vec::new()),
        false => Sight::Anything,
    }
}
