//! The commands of a build, one by one.

use super::super::super::Stop;
use super::super::super::case::Case;
use super::super::super::commands::{Step, Work};
use super::super::super::plan::Copied;
use super::tools::{pipenv, poetry, uv};
use super::{Built, within};
use crate::facts::{is_system_folder, is_within};
use crate::syntax::Body;
use crate::syntax::expand::{self, Value};

/// They install nothing that is not said, and write below the folder in which they run.
const LOCAL: &[&str] = &[
    "alembic",
    "black",
    "compilemessages",
    "cython",
    "django-admin",
    "dos2unix",
    "flake8",
    "flask",
    "gzip",
    "gunzip",
    "isort",
    "mypy",
    "npm",
    "npx",
    "pnpm",
    "pybabel",
    "pytest",
    "ruff",
    "yarn",
];

/// They change who may do what, and make users.
const RIGHTS: &[&str] =
    &["addgroup", "adduser", "chgrp", "chmod", "chown", "groupadd", "useradd", "usermod"];

/// Takes note of what a command makes.
pub(super) fn read(case: &Case, step: &Step, built: &mut Built) -> Result<(), Stop> {
    let unknown = |reason: String| Err(Stop { code: "unknown-command", at: step.at, reason });
    let (name, words, environment) = match &step.work {
        Work::Nothing | Work::Packages(_) => return Ok(()),
        Work::Writes(path) => {
            if is_within(path, "/etc/apt") || is_within(path, "/usr/share/keyrings") {
                built.has_repository = true;
            } else if !built.is_covered(path) {
                built.others.push(Copied::file(path, format!("`{}` writes it", step.text)));
            }
            return Ok(());
        }
        Work::Takes(taken) => {
            if !built.is_covered(&taken.to) {
                built.others.push(Copied::folder(&taken.to, format!("`{}` brings it", step.text)));
            }
            return Ok(());
        }
        Work::Unknown => return unknown(format!("`{}` cannot be read", step.text)),
        Work::Program { name, words, environment } => (*name, words.as_slice(), environment),
    };
    let own = |variable: &str| environment.iter().find(|it| it.0 == variable).and_then(|it| it.1);
    match name {
        _ if is_pip(name) => pip(case, step, words, built),
        _ if name.starts_with("python") => python(case, step, words, built),
        "uv" => uv(case, step, words, own("UV_SYSTEM_PYTHON"), built),
        "virtualenv" => environment_at(case, step, words, built),
        "poetry" => {
            poetry(case, step, words, built);
            Ok(())
        }
        "pipenv" => {
            pipenv(case, step, words, built);
            Ok(())
        }
        "pip-compile" => Ok(()),
        "." | "source" if step.text.ends_with("/bin/activate") => Ok(()),
        "bash" | "sh"
            if words.iter().all(|it| it.is_some_and(|it| it.starts_with('-') && it != "-c")) =>
        {
            built.has_repository = true;
            Ok(())
        }
        "apt-key" | "add-apt-repository" | "gpg" => {
            built.has_repository = true;
            Ok(())
        }
        _ if RIGHTS.contains(&name) => Ok(()),
        _ if LOCAL.contains(&name) => match (words.contains(&Some("-g")), &step.workdir) {
            (false, Some(path)) if built.is_covered(path) => Ok(()),
            _ => unknown(format!("what `{}` makes is not known", step.text)),
        },
        _ => files(step, name, words, built),
    }
}

fn is_pip(name: &str) -> bool {
    name.strip_prefix("pip")
        .is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit() || it == b'.'))
}

/// Commands that put files somewhere.
fn files(step: &Step, name: &str, words: &[Option<&str>], built: &mut Built) -> Result<(), Stop> {
    let unknown = || {
        let reason = format!("what `{}` makes is not known", step.text);
        Err(Stop { code: "unknown-command", at: step.at, reason })
    };
    if matches!(name, "cp" | "ln") && words.last() == Some(&Some("/etc/localtime")) {
        let because = format!("`{}` sets the time zone", step.text);
        built.others.push(Copied::file("/etc/localtime", because));
        return Ok(());
    }
    let Some(words) = words.iter().copied().collect::<Option<Vec<&str>>>() else {
        return unknown();
    };
    let plain = || words.iter().copied().filter(|it| !it.starts_with('-'));
    let behind = |options: &[&str]| {
        let at = words.iter().position(|it| options.contains(it))?;
        words.get(at + 1).copied()
    };
    let made: Vec<&str> = match name {
        "mkdir" | "touch" => {
            for path in plain().filter_map(|it| within(step, it)) {
                // A number behind `-m` is no path, and lies in the folder of the command.
                if !built.is_covered(&path) && is_within(&path, "/") && path != "/" {
                    let because = format!("`{}` makes it", step.text);
                    let is_folder = name == "mkdir";
                    let copied = Copied { is_folder, ..Copied::file(&path, because) };
                    if is_within(&path, "/etc/apt") || is_within(&path, "/root") {
                        continue;
                    }
                    built.others.push(copied);
                }
            }
            return Ok(());
        }
        "curl" => match behind(&["-o", "--output", "-sSLo", "-Lo", "-fsSLo"]) {
            Some(path) => vec![path],
            None if words.contains(&"-O") => vec!["."],
            // Its output goes to a pipe.
            None => Vec::new(),
        },
        "wget" => match behind(&["-O", "-P", "--output-document", "-qO"]) {
            Some("-") => Vec::new(),
            Some(path) => vec![path],
            None => vec!["."],
        },
        "git" => match words.first() {
            Some(&"clone") => {
                let operands: Vec<&str> = plain().skip(1).filter(|it| !is_number(it)).collect();
                let address = operands.iter().position(|it| it.contains("://") || it.contains('@'));
                match address.map(|at| (operands[at], operands.get(at + 1))) {
                    Some((_, Some(path))) => vec![*path],
                    Some((url, None)) => {
                        vec![
                            crate::shell::command::base(url.trim_end_matches('/'))
                                .trim_end_matches(".git"),
                        ]
                    }
                    None => return unknown(),
                }
            }
            _ => vec!["."],
        },
        "tar" => vec![behind(&["-C", "--directory"]).unwrap_or(".")],
        "unzip" => vec![behind(&["-d"]).unwrap_or(".")],
        "sed" => plain().skip(1).collect(),
        "cp" | "mv" | "ln" | "install" => {
            words.iter().copied().rfind(|it| !it.starts_with('-')).into_iter().collect()
        }
        "tee" => plain().collect(),
        _ => return unknown(),
    };
    for path in made {
        let Some(path) = within(step, path) else { return unknown() };
        if built.is_covered(&path) {
            continue;
        }
        if is_within(&path, "/etc/apt") || is_within(&path, "/usr/share/keyrings") {
            built.has_repository = true;
            continue;
        }
        if name == "git" && !is_system_folder(&path) {
            built.others.push(Copied::folder(&path, format!("`{}` makes it", step.text)));
            continue;
        }
        return unknown();
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}

/// `pip install`.
pub(super) fn pip(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
    built: &mut Built,
) -> Result<(), Stop> {
    let at = words.iter().position(|it| it.is_some_and(|it| !it.starts_with('-')));
    if at.and_then(|at| words[at]) != Some("install") {
        return Ok(());
    }
    if words[1..].iter().all(|it| it.is_some_and(|it| it.starts_with('-') || is_tool(it))) {
        return Ok(());
    }
    let mut place = Place::Global;
    let mut rest = words.iter().filter(|it| **it != Some("install"));
    while let Some(word) = rest.next() {
        let Some(word) = *word else { continue };
        let (option, joined) = match word.split_once('=').filter(|_| word.starts_with("--")) {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
        let mut value = || joined.or_else(|| rest.next().copied().flatten());
        match option {
            "-r" | "--requirement" => {
                if let Some(path) = value().and_then(|it| within(step, it)) {
                    listed(case, step, &path, built);
                }
            }
            "-c" | "--constraint" | "-i" | "--index-url" | "--extra-index-url"
            | "--trusted-host" | "--timeout" | "--default-timeout" | "--retries" | "-f"
            | "--find-links" | "--root-user-action" | "--only-binary" | "--no-binary"
            | "--progress-bar" | "--upgrade-strategy" | "--cache-dir" | "--python"
            | "--platform" | "--python-version" | "--config-settings" | "--global-option" => {
                value();
            }
            "-e" | "--editable" => project(case, step, value().unwrap_or("."), built),
            "--user" => place = Place::Home,
            "-t" | "--target" | "--prefix" => {
                place = value().map_or(Place::Unknown, |it| Place::Folder(it.to_owned()));
            }
            "--root" => place = Place::Unknown,
            _ if option.starts_with("-r") && !option.starts_with("--") => {
                if let Some(path) = within(step, &option[2..]) {
                    listed(case, step, &path, built);
                }
            }
            _ if option.starts_with('-') => (),
            _ => project(case, step, word, built),
        }
    }
    installed(case, step, place, built)
}

/// A file of requirements: of the image, or mounted for the command alone.
fn listed(case: &Case, step: &Step, path: &str, built: &mut Built) {
    let instruction = &case.cx.file.instructions[step.instruction];
    for flag in instruction.flags.iter().filter(|it| it.name.text == "mount") {
        let Some(value) = &flag.value else { continue };
        let field = |names: &[&str]| {
            let mut fields = value.text.split(',').filter_map(|it| it.split_once('='));
            fields.find(|(name, _)| names.contains(name)).map(|it| it.1)
        };
        let target = field(&["target", "dst", "destination"]).and_then(|it| within(step, it));
        let source = field(&["source", "src"]).filter(|_| target.as_deref() == Some(path));
        if let Some(source) = source.filter(|_| field(&["from"]).is_none()) {
            built.names.of_context(case, source.trim_start_matches("./"));
            return;
        }
    }
    built.names.file(case, path);
}

/// What installs packages, and is not needed again.
fn is_tool(word: &str) -> bool {
    const TOOLS: &[&str] = &[
        "install",
        "pip",
        "pip-tools",
        "pipenv",
        "poetry",
        "setuptools",
        "uv",
        "virtualenv",
        "wheel",
    ];
    let end = word.find(['=', '<', '>', '~', '!', '[']).unwrap_or(word.len());
    TOOLS.contains(&&word[..end])
}

enum Place {
    Global,
    Home,
    Folder(String),
    Unknown,
}

fn installed(case: &Case, step: &Step, place: Place, built: &mut Built) -> Result<(), Stop> {
    built.last = built.last.max(step.instruction);
    match place {
        // An environment on the search path is where it goes.
        Place::Global => {
            if active_environment(case, step, built).is_none() {
                built.is_global = true;
            }
            Ok(())
        }
        Place::Home => {
            let home = match case.cx.facts.user_at(step.instruction).as_deref() {
                Some("root" | "0") => "/root".to_owned(),
                Some(user) => format!("/home/{user}"),
                None => "/root".to_owned(),
            };
            built.is_apart = true;
            let because = "the packages that are installed";
            built.homes.push(Copied::folder(&format!("{home}/.local"), because));
            Ok(())
        }
        Place::Folder(path) => {
            let path = within(step, &path).unwrap_or_default();
            built.is_apart = true;
            match is_system_folder(&path) || path.is_empty() {
                true => built.is_global = true,
                false if built.is_covered(&path) => (),
                false => {
                    built.homes.push(Copied::folder(&path, "the packages that are installed"));
                }
            }
            Ok(())
        }
        Place::Unknown => {
            let reason = format!("where `{}` installs is not known", step.text);
            Err(Stop { code: "unclear-output", at: step.at, reason })
        }
    }
}

/// The environment whose programs are found first where a command runs.
pub(super) fn active_environment<'b>(
    case: &Case,
    step: &Step,
    built: &'b Built,
) -> Option<&'b String> {
    let run = case.cx.facts.run(step.instruction)?;
    let path = search_path(case, step);
    let virtual_env = match case.cx.facts.variable_of(run, "VIRTUAL_ENV") {
        Value::Set(path) => path.into_owned(),
        _ => String::new(),
    };
    built.environments.iter().find(|it| {
        let is_first = path.split(':').any(|part| is_within(part, it));
        let is_activated = case.steps().iter().any(|other| {
            other.instruction == step.instruction && other.text.contains(&format!("{it}/bin/"))
        });
        is_first || virtual_env == **it || is_activated || step.text.contains(it.as_str())
    })
}

/// `PATH` as the last `ENV` before a command has it.
fn search_path(case: &Case, step: &Step) -> String {
    let range = case.stage().instructions.start..step.instruction;
    let mut found = String::new();
    for at in range {
        let Body::Env { pairs, .. } = &case.cx.file.instructions[at].body else { continue };
        let Some(pair) = pairs.iter().find(|it| it.name.text == "PATH") else { continue };
        let text = pair.value.as_ref().map_or("", |it| &*it.text).trim_matches(['"', '\'']);
        let lookup = |name: &str| match name {
            "PATH" => Value::Set("".into()),
            name => case.cx.facts.variable(at, name),
        };
        if let Ok(text) = expand::expand(text, case.cx.file.escape, lookup) {
            found = format!("{text}:{found}");
        }
    }
    found
}

/// A package by its name, or the project in a folder.
fn project(case: &Case, step: &Step, word: &str, built: &mut Built) {
    let path = word.split('[').next().unwrap_or(word);
    let is_path = path.starts_with(['.', '/']) && !path.ends_with(".whl");
    match within(step, path).filter(|_| is_path) {
        Some(folder) => built.names.folder(case, &folder),
        None => built.names.add(word),
    }
}

/// `python -m venv`, `python manage.py collectstatic`.
fn python(case: &Case, step: &Step, words: &[Option<&str>], built: &mut Built) -> Result<(), Stop> {
    let unknown = || {
        let reason = format!("what `{}` makes is not known", step.text);
        Err(Stop { code: "unknown-command", at: step.at, reason })
    };
    let flags = words
        .iter()
        .take_while(|it| it.is_some_and(|it| it.starts_with('-') && !matches!(it, "-m" | "-c")));
    let words = &words[flags.count()..];
    match words {
        [Some("-m"), Some("pip"), rest @ ..] => pip(case, step, rest, built),
        [Some("-m"), Some("venv" | "virtualenv"), rest @ ..] => {
            environment_at(case, step, rest, built)
        }
        [Some("-m"), Some("ensurepip" | "compileall" | "pytest" | "unittest"), ..] => Ok(()),
        [Some("-m"), Some("grpc_tools.protoc"), rest @ ..] => match generates(step, rest, built) {
            true => Ok(()),
            false => unknown(),
        },
        [Some("-m"), Some("spacy"), Some("download"), ..] => {
            installed(case, step, Place::Global, built)
        }
        [Some("-m"), Some("poetry"), rest @ ..] => {
            poetry(case, step, rest, built);
            Ok(())
        }
        [Some("-m"), Some("pipenv"), rest @ ..] => {
            pipenv(case, step, rest, built);
            Ok(())
        }
        [Some("-m"), Some("uv"), rest @ ..] => uv(case, step, rest, None, built),
        [Some("-m"), Some("nltk.downloader"), rest @ ..] => {
            let at = rest.iter().position(|it| *it == Some("-d"));
            let path = at.and_then(|at| rest.get(at + 1).copied().flatten());
            corpora(case, step, path, built)
        }
        [Some("-c"), Some(code)] if code.contains("nltk.download(") && !code.contains("_dir") => {
            corpora(case, step, None, built)
        }
        [Some("-c"), Some(code)] => match code.contains('(') && !code.contains("print(") {
            true => unknown(),
            false => Ok(()),
        },
        [Some(script), rest @ ..] if script.ends_with("setup.py") => {
            if rest.first().is_some_and(|it| matches!(it, Some("install" | "develop"))) {
                project(case, step, ".", built);
                built.is_global = true;
            }
            Ok(())
        }
        // What it makes where it runs is not copied.
        [Some(script), ..]
            if script.ends_with(".py")
                && !step.workdir.as_deref().is_some_and(|it| built.is_covered(it)) =>
        {
            unknown()
        }
        [Some(script), ..] if script.ends_with(".py") => {
            let place = within(step, script).unwrap_or_default();
            let source = case.source(&place)?.and_then(|it| case.text(&it));
            const ELSEWHERE: &[&str] = &[
                "from_pretrained",
                "nltk",
                "snapshot_download",
                "expanduser",
                "Path.home",
                "\"/",
                "'/",
            ];
            let is_manage = script.ends_with("manage.py");
            match source {
                _ if is_manage => collected(case, step, built),
                Some(text) if !ELSEWHERE.iter().any(|it| text.contains(it)) => Ok(()),
                _ => unknown(),
            }
        }
        _ => unknown(),
    }
}

/// Whether all that `protoc` makes lies in folders that are copied: `--python_out=.`.
fn generates(step: &Step, words: &[Option<&str>], built: &Built) -> bool {
    let outputs = words.iter().flatten().filter_map(|it| {
        let (option, value) = it.split_once('=')?;
        option.ends_with("_out").then(|| value.rsplit(':').next().unwrap_or(value))
    });
    let mut places = outputs.map(|it| within(step, it)).peekable();
    places.peek().is_some() && places.all(|it| it.is_some_and(|it| built.is_covered(&it)))
}

/// Django collects to the folder that its settings name.
fn collected(case: &Case, step: &Step, built: &mut Built) -> Result<(), Stop> {
    for path in case.files()?.iter().filter(|it| it.ends_with(".py") && it.contains("settings")) {
        let Some(text) = case.text(path) else { continue };
        for line in text.lines().filter(|it| it.trim_start().starts_with("STATIC_ROOT")) {
            let absolute =
                super::super::super::evidence::literals(line).find(|it| it.starts_with('/'));
            let Some(folder) = absolute.map(|it| it.trim_end_matches('/')) else { continue };
            // `os.path.join(BASE_DIR, "/static")`, too, is the folder at the top.
            if !built.is_covered(folder) && folder.len() > 1 {
                built.others.push(Copied::folder(folder, format!("`{}` fills it", step.text)));
            }
        }
    }
    Ok(())
}

fn corpora(case: &Case, step: &Step, path: Option<&str>, built: &mut Built) -> Result<(), Stop> {
    let user = case.cx.facts.user_at(step.instruction);
    let place = match (path, user.as_deref()) {
        (Some(path), _) => within(step, path),
        (None, Some("root" | "0")) => Some("/root/nltk_data".to_owned()),
        _ => None,
    };
    let Some(place) = place else {
        let reason = format!("where `{}` puts its data is not known", step.text);
        return Err(Stop { code: "unclear-output", at: step.at, reason });
    };
    if !built.is_covered(&place) {
        built.others.push(Copied::folder(&place, format!("`{}` fills it", step.text)));
    }
    Ok(())
}

/// The operand of `python -m venv`.
fn environment_at(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
    built: &mut Built,
) -> Result<(), Stop> {
    let known: Option<Vec<&str>> = words.iter().copied().collect();
    let path = known.and_then(|all| all.into_iter().rfind(|it| !it.starts_with('-')));
    let by_variable = || {
        let word = step.text.split_whitespace().next_back()?.trim_matches('"');
        let name = word.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}');
        variable_at(case, step, name)
    };
    let path = path.map(str::to_owned).or_else(by_variable);
    match path.and_then(|it| within(step, &it)) {
        Some(path) => {
            add_environment(step, path, built);
            Ok(())
        }
        None => {
            let reason = format!("where `{}` makes its environment is not known", step.text);
            Err(Stop { code: "unclear-output", at: step.at, reason })
        }
    }
}

pub(super) fn add_environment(step: &Step, path: String, built: &mut Built) {
    built.last = built.last.max(step.instruction);
    if !built.environments.contains(&path) {
        built.environments.push(path);
    }
}

/// A variable where a command runs.
pub(super) fn variable_at(case: &Case, step: &Step, name: &str) -> Option<String> {
    let run = case.cx.facts.run(step.instruction)?;
    match case.cx.facts.variable_of(run, name) {
        Value::Set(value) => Some(value.into_owned()),
        _ => None,
    }
}
