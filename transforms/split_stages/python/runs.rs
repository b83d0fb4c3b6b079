//! What a container runs: Python itself, a program that a package brings, or a script around them.

use super::super::case::Case;
use super::super::health::Check;
use super::super::plan::Start;
use super::super::program::Program;
use super::super::{Stop, needs};
use super::built::Built;
use crate::facts::{is_within, resolve};
use crate::shell::command::{base, is_shell};
use crate::text::Span;

mod health;
pub(super) mod scripts;

/// How the program starts.
#[derive(Default)]
pub(super) struct Runs {
    pub(super) words: Vec<String>,
    pub(super) fixed: usize,
    /// The path of a program that a package brings, which is a script of Python.
    pub(super) script: Option<String>,
    /// `python -m` with it does the same.
    pub(super) module: Option<&'static str>,
    /// Why a shell is needed.
    pub(super) shell: Option<String>,
    /// Why more than Python is needed.
    pub(super) system: Option<String>,
    /// Packages of Debian with programs that it starts.
    pub(super) packages: Vec<(&'static str, String)>,
    /// What `ENTRYPOINT` and `CMD` are then; `None` where they stay.
    pub(super) start: Option<Start>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
    /// It is a file of the program, for the first Python that is found.
    pub(super) is_interpreted: bool,
    /// It is linked with the Python of the image.
    pub(super) is_linked: bool,
    /// What else runs in the image.
    pub(super) other: Option<String>,
    /// The health check, which Python can do itself where there is no shell.
    pub(super) check: Option<Check>,
}

/// Programs of packages, which are scripts of Python.
const SCRIPTS: &[&str] = &[
    "aerich",
    "alembic",
    "arq",
    "cadwyn",
    "celery",
    "chainlit",
    "daphne",
    "django-admin",
    "dramatiq",
    "fastapi",
    "faststream",
    "flask",
    "gunicorn",
    "hug",
    "huey_consumer",
    "huey_consumer.py",
    "hypercorn",
    "litestar",
    "locust",
    "mcp",
    "mkdocs",
    "mlflow",
    "opentelemetry-instrument",
    "ddtrace-run",
    "newrelic-admin",
    "prefect",
    "pserve",
    "rq",
    "sanic",
    "scrapy",
    "solara",
    "streamlit",
    "twistd",
    "uvicorn",
    "waitress-serve",
    "watchfiles",
];

/// Those that add the folder in which they start to the search path of modules, as `python -m` does, with
/// their modules.
const MODULES: &[(&str, &str)] = &[
    ("celery", "celery"),
    ("daphne", "daphne"),
    ("dramatiq", "dramatiq"),
    ("flask", "flask"),
    ("gunicorn", "gunicorn"),
    ("hypercorn", "hypercorn"),
    ("litestar", "litestar"),
    ("streamlit", "streamlit"),
    ("uvicorn", "uvicorn"),
    ("waitress-serve", "waitress"),
];

/// Programs of packages that are compiled.
const COMPILED: &[&str] = &["granian", "pyvoy", "robyn", "uwsgi"];

/// They test, look, or are for somebody who works in the container.
const FOR_PEOPLE: &[&str] = &[
    "behave",
    "black",
    "coverage",
    "flake8",
    "ipython",
    "jupyter",
    "jupyter-lab",
    "jupyter-notebook",
    "mypy",
    "nosetests",
    "nox",
    "pylint",
    "pytest",
    "py.test",
    "robot",
    "ruff",
    "tox",
];

/// Programs that start the words behind them.
const WRAPPERS: &[&str] = &["dumb-init", "tini"];

impl Runs {
    /// Whether another interpreter than that for which it was installed can start it.
    pub(super) fn is_module(&self, built: &Built) -> bool {
        let is_in = |path: &String| built.environments.iter().any(|it| is_within(path, it));
        self.script.as_ref().is_none_or(|it| self.module.is_some() || is_in(it))
    }
}

/// `check` is a health check that needs no shell.
pub(super) fn read(
    case: &Case,
    program: &Program,
    built: &Built,
    check: Option<Check>,
) -> Result<Runs, Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let mut runs =
        Runs { words: program.words.clone(), fixed: program.fixed, check, ..Runs::default() };
    if let (Some(why), Some(script)) = (&program.shell, program.words.get(2)) {
        runs.shell = Some(why.clone());
        scripts::read(case, script, &[], built, &mut runs, at, 0)?;
        health::read(case, built, &mut runs)?;
        return Ok(runs);
    }
    let is_wrapped = through_tools(case, program, built, &mut runs, at)?;
    let words = runs.words.clone();
    let first = words.iter().position(|it| !is_of_wrapper(it)).unwrap_or(0);
    for wrapper in &words[..first] {
        let package = needs::package_of(wrapper);
        runs.packages.extend(package.map(|it| (it, format!("`{wrapper}` starts the program"))));
    }
    started(case, &words[first..], built, &mut runs, at, 0)?;
    if first > 0 {
        runs.is_interpreted = false;
        runs.script = None;
        runs.system = Some(format!("`{}` starts the program", words[0]));
    }
    if runs.is_interpreted && first == 0 {
        runs.words.insert(0, "python".to_owned());
        runs.fixed += usize::from(runs.fixed > 0);
    }
    if program.changed || is_wrapped || runs.is_interpreted {
        let (fixed, command) = runs.words.split_at(runs.fixed.min(runs.words.len()));
        runs.start = Some(Start { entrypoint: fixed.to_vec(), command: command.to_vec() });
    }
    health::read(case, built, &mut runs)?;
    Ok(runs)
}

fn is_of_wrapper(word: &str) -> bool {
    WRAPPERS.contains(&base(word)) || matches!(word, "--" | "-g" | "-s" | "-v")
}

/// `poetry run x` is `x` where the packages are; gives whether it was so.
fn through_tools(
    case: &Case,
    program: &Program,
    built: &Built,
    runs: &mut Runs,
    at: Span,
) -> Result<bool, Stop> {
    let mut words = &program.words[..];
    if let [python, option, rest @ ..] = words {
        let is_module = base(python).starts_with("python") && option == "-m";
        if is_module && rest.first().is_some_and(|it| matches!(it.as_str(), "poetry" | "pipenv")) {
            words = rest;
        }
    }
    let [tool, verb, rest @ ..] = words else { return Ok(false) };
    if !matches!(base(tool), "pipenv" | "poetry" | "uv") || verb != "run" {
        return Ok(false);
    }
    let text = program.words.join(" ");
    let stop =
        |why: &str| Stop { code: "ambiguous-program", at, reason: format!("`{text}`: {why}") };
    let mut own: Vec<String> = rest.to_vec();
    while let Some(option) = own.first().filter(|it| it.starts_with('-')) {
        match option.as_str() {
            "--frozen" | "--locked" | "--no-cache" | "--no-dev" | "--no-sync" | "--offline"
            | "--quiet" | "-q" => {
                own.remove(0);
            }
            "-m" | "--module" if base(tool) == "uv" => {
                own[0] = "-m".to_owned();
                own.insert(0, "python".to_owned());
                break;
            }
            _ => return Err(stop("what the option does is not known")),
        }
    }
    let Some(first) = own.first().cloned() else {
        return Err(stop("it names no program"));
    };
    if base(tool) == "uv" && first.ends_with(".py") {
        own.insert(0, "python".to_owned());
    }
    let own_script = base(tool) != "uv" && is_alias(case, &first);
    if own_script {
        return Err(stop("it is a script of the project"));
    }
    let moved = program.words.len() - own.len();
    runs.fixed = match program.fixed {
        0 => 0,
        fixed if fixed >= moved => fixed - moved,
        _ => return Err(stop("`CMD` is given to the tool, not to the program")),
    };
    if !built.is_global && built.environments.is_empty() {
        return Err(stop("the packages are not installed by the build"));
    }
    runs.notes.push(format!("`{text}` is `{}`, where the packages are", own.join(" ")));
    runs.words = own;
    if let [environment] = &built.environments[..] {
        match case.sets("PATH") {
            true if !first.contains('/') => {
                runs.words[0] = format!("{environment}/bin/{}", runs.words[0]);
            }
            _ => {
                const PATH: &str = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";
                let path = format!("{environment}/bin:{PATH}");
                runs.environment.push(("VIRTUAL_ENV".to_owned(), environment.clone()));
                runs.environment.push(("PATH".to_owned(), path));
            }
        }
    }
    Ok(true)
}

/// `[scripts]` of a Pipfile are commands of their own.
fn is_alias(case: &Case, name: &str) -> bool {
    let Ok(workdir) = case.workdir() else { return false };
    let Some(place) = resolve(Some(workdir), "Pipfile") else { return false };
    let text = case.source(&place).ok().flatten().and_then(|it| case.text(&it));
    let Some(text) = text else { return false };
    let Some((_, scripts)) = text.split_once("[scripts]") else { return false };
    scripts.lines().any(|it| it.split('=').next().unwrap_or_default().trim() == name)
}

/// What the words start.
pub(super) fn started(
    case: &Case,
    words: &[String],
    built: &Built,
    runs: &mut Runs,
    at: Span,
    depth: usize,
) -> Result<(), Stop> {
    let Some(word) = words.first() else { return Ok(()) };
    let text = words.join(" ");
    let stop = |code, reason: String| Err(Stop { code, at, reason });
    let name = base(word);
    if FOR_PEOPLE.contains(&name) {
        return stop("development", format!("`{name}` is for those who develop"));
    }
    if let Some(word) = reloads(case, words) {
        let reason = format!("`{word}`: it starts anew when a source changes, as in development");
        return stop("development", reason);
    }
    if name.starts_with("python") {
        return python(words, runs, at);
    }
    if is_shell(name) {
        let Some(script) = words.get(1).filter(|it| !it.starts_with('-')) else {
            return stop("ambiguous-program", format!("what `{text}` does is not known"));
        };
        return script_of(case, script, name, &words[2..], built, runs, at, depth);
    }
    if matches!(name, "pip" | "pip3" | "npm" | "yarn") {
        return stop("installs", format!("`{text}` installs when the container starts"));
    }
    if SCRIPTS.contains(&name) || is_own(built, name) {
        let folder = match built.environments.last() {
            Some(environment) if !built.is_global => format!("{environment}/bin"),
            _ => "/usr/local/bin".to_owned(),
        };
        let path = match word.contains('/') {
            true => resolve(case.stage().workdir(), word).unwrap_or_default(),
            false => format!("{folder}/{name}"),
        };
        if built.is_global && !built.environments.is_empty() {
            runs.system = Some(format!("where `{name}` is installed is not known"));
        }
        runs.script = Some(path);
        runs.module = MODULES.iter().find(|it| it.0 == name).map(|it| it.1);
        nested(case, words, built, runs, at, depth)?;
        return Ok(());
    }
    if COMPILED.contains(&name) {
        runs.is_linked = true;
        return Ok(());
    }
    if word.contains('/') {
        return script_of(case, word, "", &words[1..], built, runs, at, depth);
    }
    if let Some(package) = needs::package_of(name) {
        runs.packages.push((package, format!("`{text}` is started")));
        runs.system = Some(format!("`{name}` is started"));
        return Ok(());
    }
    let reason = format!("`{name}` is not among what the build is known to install");
    stop("unknown-program", reason)
}

/// A program of a package with the name of the package, or of the project itself.
fn is_own(built: &Built, name: &str) -> bool {
    let normal = name.to_ascii_lowercase().replace('_', "-");
    built.names.has(&normal) || built.names.programs.iter().any(|it| it == name)
}

/// `opentelemetry-instrument gunicorn …` starts the words behind it.
fn nested(
    case: &Case,
    words: &[String],
    built: &Built,
    runs: &mut Runs,
    at: Span,
    depth: usize,
) -> Result<(), Stop> {
    let name = base(&words[0]);
    let rest = match name {
        "opentelemetry-instrument" | "ddtrace-run" => &words[1..],
        "newrelic-admin" => words.get(2..).unwrap_or_default(),
        _ => return Ok(()),
    };
    let own = runs.script.clone();
    runs.system = Some(format!("`{name}` starts another program"));
    let rest: Vec<String> = rest.iter().skip_while(|it| it.starts_with("--")).cloned().collect();
    started(case, &rest, built, runs, at, depth + 1)?;
    runs.script = own;
    Ok(())
}

fn python(words: &[String], runs: &mut Runs, at: Span) -> Result<(), Stop> {
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-m" => {
                let module = rest.next().map(String::as_str).unwrap_or_default();
                if FOR_PEOPLE.contains(&module) || matches!(module, "unittest" | "pdb" | "debugpy")
                {
                    let reason = format!("`-m {module}` is for those who develop");
                    return Err(Stop { code: "development", at, reason });
                }
                if matches!(module, "pip" | "venv" | "poetry" | "pipenv") {
                    let reason = format!("`-m {module}` installs when the container starts");
                    return Err(Stop { code: "installs", at, reason });
                }
                break;
            }
            "-X" | "-W" => {
                rest.next();
            }
            _ if word.starts_with('-') && word != "-c" => (),
            _ => break,
        }
    }
    if words[0].contains('/')
        && !matches!(words[0].as_str(), "/usr/bin/python3" | "/usr/bin/python3.13")
    {
        runs.system = Some(format!("`{}` is named by its path", words[0]));
    }
    if words[0].starts_with("/usr/bin/") {
        let reason = format!("`{}` is the Python of the distribution", words[0]);
        return Err(Stop { code: "other-python", at, reason });
    }
    Ok(())
}

/// The word by which a server starts anew when a source changes.
fn reloads(case: &Case, words: &[String]) -> Option<String> {
    const WORDS: &[&str] = &[
        "--auto-reload",
        "--autoreload",
        "--debug",
        "--dev",
        "--reload",
        "watchfiles",
        "watchmedo",
    ];
    let found = words.iter().find(|it| WORDS.contains(&it.as_str()));
    if let Some(found) = found {
        return Some(found.clone());
    }
    let name = base(&words[0]);
    let has = |word: &str| words.iter().any(|it| it == word);
    if name == "fastapi" && has("dev") {
        return Some("fastapi dev".to_owned());
    }
    let is_on = |name: &str, value: &str| case.variable(name).is_some_and(|it| it == value);
    let is_flask = name == "flask" || name.starts_with("python") && has("flask");
    if is_flask && (is_on("FLASK_ENV", "development") || is_on("FLASK_DEBUG", "1")) {
        return Some("flask run".to_owned());
    }
    None
}

/// A script of the context that is started by its path.
#[allow(clippy::too_many_arguments)]
fn script_of(
    case: &Case,
    word: &str,
    shell: &str,
    rest: &[String],
    built: &Built,
    runs: &mut Runs,
    at: Span,
    depth: usize,
) -> Result<(), Stop> {
    let unknown = |reason: String| Err(Stop { code: "unknown-program", at, reason });
    let place = resolve(case.stage().workdir(), word);
    // `CMD ["entrypoint.sh"]` is looked for where programs are.
    let places = [place, Some(format!("/usr/local/bin/{word}"))];
    for place in places.into_iter().flatten() {
        let Some(source) = case.source(&place)? else { continue };
        let Some(text) = case.text(&source) else { continue };
        let first = text.lines().next().unwrap_or_default();
        let is_python = first.starts_with("#!") && first.contains("python");
        if is_python && shell.is_empty() {
            match depth == 0 && first.contains("env python") && word.contains('/') {
                true => runs.is_interpreted = true,
                false => {
                    runs.system = Some(format!("`{source}` names the Python that runs it"));
                }
            }
            return Ok(());
        }
        let interpreter = match shell {
            "" => first.strip_prefix("#!").unwrap_or_default(),
            shell => shell,
        };
        let is_script = is_shell(base(interpreter.split_whitespace().last().unwrap_or_default()))
            || is_shell(base(interpreter.split_whitespace().next().unwrap_or_default()));
        if !is_script {
            return unknown(format!("what `{source}` is, which it starts, is not known"));
        }
        if text.contains('\r')
            && !case
                .steps()
                .iter()
                .any(|it| it.text.contains("sed") || it.text.contains("dos2unix"))
        {
            return unknown(format!("`{source}` has line ends of Windows"));
        }
        runs.shell = Some(format!("`{source}` is a shell script"));
        return scripts::read(case, &text, rest, built, runs, at, depth + 1);
    }
    unknown(format!("`{word}` is not among what the build is known to make"))
}
