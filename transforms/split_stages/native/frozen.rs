//! PyInstaller: Python programs that are bundled with their interpreter, and what `staticx` makes of such a bundle.

use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::install::Made;
use super::super::plan::{Copied, Plan};
use super::super::program::{self, Program};
use super::super::{Stop, options};
use super::{Call, Language, Output, PLAIN, Stack};
use crate::facts::{is_within, resolve};
use crate::shell::command::base;

pub(super) const STACK: Stack = Stack {
    name: "PyInstaller",
    is,
    plan: |case, program| super::plan(case, program, &PYINSTALLER),
};

/// A bundle has the interpreter, its modules and all that these are linked with, but for the C library; the program
/// that unpacks it is linked with `libc`, `libdl`, `libpthread` and `libz`
/// (PyInstaller 6.22: `depend/dylib.py`, `readelf -d bootloader/Linux-64bit-intel/run`).
const PYINSTALLER: Language = Language {
    name: "PyInstaller",
    tools: TOOLS,
    code: &[".py", ".pyi"],
    manifests: &["Pipfile", "poetry.lock", "pyproject.toml", "requirements.txt", "setup.py"],
    writers: &["mkdir(", "makedirs(", "os.setuid", "sqlite3", "\"w\"", "'w'", "\"a\"", "'a'"],
    callers: &["create_subprocess", "os.exec", "os.popen", "os.system(", "subprocess"],
    loaders: &[("cdll.LoadLibrary", ""), ("ctypes.CDLL", ""), ("find_library(", "")],
    is_bundle: true,
    output,
    conventions: &["static", "templates"],
    prepare,
    packages: &["binutils", "libpython3", "patchelf", "py3-", "python3", "upx"],
    ..PLAIN
};

/// What installs packages, and what makes a bundle of them.
const TOOLS: &[&str] = &[
    ".",
    "pip",
    "pip3",
    "pipenv",
    "pipx",
    "poetry",
    "pyinstaller",
    "python",
    "python3",
    "source",
    "staticx",
    "uv",
    "uvx",
    "virtualenv",
];

/// Options of PyInstaller that stand by themselves; all others have a value.
const FLAGS: &[&str] = &[
    "--ascii",
    "--clean",
    "--console",
    "--disable-windowed-traceback",
    "--noconfirm",
    "--noconsole",
    "--noupx",
    "--nowindowed",
    "--onedir",
    "--onefile",
    "--strip",
    "--windowed",
    "-D",
    "-F",
    "-a",
    "-c",
    "-s",
    "-w",
    "-y",
];

/// A program that is made of a Python program.
struct Bundle {
    program: String,
    /// What has to be beside it.
    folder: Option<String>,
}

/// Whether a bundle is made, and something else than Python is started.
fn is(case: &Case) -> bool {
    let freezes = |step: &Step| match &step.work {
        Work::Program { name, words, .. } => {
            let words: Vec<&str> = words.iter().flatten().copied().collect();
            bundled(base(name), &words).is_some()
        }
        _ => false,
    };
    let is_python =
        |it: &Program| it.words.first().is_some_and(|it| base(it).starts_with("python"));
    case.steps().iter().any(freezes) && program::program(case).is_ok_and(|it| !is_python(&it))
}

/// The words behind `pyinstaller`, however that is started.
fn bundled<'w>(tool: &str, words: &'w [&'w str]) -> Option<&'w [&'w str]> {
    match (tool, words) {
        ("pyinstaller", words) => Some(words),
        ("python" | "python3", ["-m", "PyInstaller" | "PyInstaller.__main__", words @ ..])
        | ("uvx" | "pipx", ["pyinstaller", words @ ..])
        | ("poetry" | "pipenv" | "uv", ["run", "pyinstaller", words @ ..]) => Some(words),
        _ => None,
    }
}

fn output(call: &Call) -> Result<Output, String> {
    if let Some(words) = bundled(call.tool, &call.words) {
        let bundles = bundles(call, words)?;
        let programs: Vec<String> = bundles.into_iter().map(|it| it.program).collect();
        let is_static = programs.iter().all(|it| is_made_static(call.case, it));
        return Ok(Output { programs, is_static, ..Output::default() });
    }
    match (call.tool, &call.words[..]) {
        ("staticx", words) => match words {
            [.., made] if !made.starts_with('-') => {
                Ok(Output { programs: vec![call.at(made)?], is_static: true, ..Output::default() })
            }
            _ => Err("what it makes is not known".to_owned()),
        },
        ("python" | "python3", ["-m", "compileall" | "ensurepip" | "pip" | "venv", ..]) => {
            Ok(Output::default())
        }
        ("python" | "python3", _) | ("poetry" | "pipenv" | "uv", ["run", ..]) => {
            Err("what it makes is not known".to_owned())
        }
        _ => Ok(Output::default()),
    }
}

/// Whether `staticx` makes another program of it, and it is that one which is started.
fn is_made_static(case: &Case, path: &str) -> bool {
    let mut calls = case.steps().iter().filter_map(|step| match &step.work {
        Work::Program { name, words, .. } if base(name) == "staticx" => {
            let at = |word: Option<&str>| resolve(step.workdir.as_deref(), word?);
            let [.., bundle, made] = &words[..] else { return None };
            Some((at(*bundle)?, at(*made)?))
        }
        _ => None,
    });
    let started = || {
        let word = program::program(case).ok()?.words.into_iter().next()?;
        resolve(case.stage().workdir(), &word)
    };
    calls.any(|(bundle, made)| {
        bundle == path && (made == path || started().as_deref() != Some(path))
    })
}

/// What a call of PyInstaller makes: of its sources, or as a file of settings says.
fn bundles(call: &Call, words: &[&str]) -> Result<Vec<Bundle>, String> {
    let folder = options::value(words, &["--distpath"]).unwrap_or("dist");
    let mut operands = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.starts_with('-') {
            false => operands.push(*word),
            true if word.contains('=') || FLAGS.contains(word) => (),
            true => {
                rest.next();
            }
        }
    }
    let Some(first) = operands.first().filter(|it| !it.contains('$')) else {
        return Err("which program it bundles is not known".to_owned());
    };
    if first.ends_with(".spec") {
        let text = call.beside(first)?;
        let text = text.ok_or_else(|| format!("`{first}` is not in the build context"))?;
        return described(call, &text, folder);
    }
    let source = base(first);
    let name = options::value(words, &["--name", "-n"]);
    let name = name.unwrap_or(source.rsplit_once('.').map_or(source, |it| it.0));
    let is_single = words.iter().any(|it| matches!(*it, "--onefile" | "-F"));
    Ok(vec![bundle(call, folder, (!is_single).then_some(name), name)?])
}

fn bundle(call: &Call, dist: &str, folder: Option<&str>, name: &str) -> Result<Bundle, String> {
    let folder = folder.map(|it| call.at(&format!("{dist}/{it}"))).transpose()?;
    let program = match &folder {
        Some(folder) => format!("{folder}/{name}"),
        None => call.at(&format!("{dist}/{name}"))?,
    };
    if program.contains('$') {
        return Err("how the program is called is not known".to_owned());
    }
    Ok(Bundle { program, folder })
}

/// `EXE(…, name='server')`, in a folder where there is a `COLLECT(…, name='server')`.
fn described(call: &Call, text: &str, dist: &str) -> Result<Vec<Bundle>, String> {
    let unknown = || "how the program is called is not known".to_owned();
    let name = |part: &str| {
        let value =
            part.split("name=").nth(1).or_else(|| part.split("name =").nth(1))?.trim_start();
        let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        value[1..].split(quote).next().map(str::to_owned)
    };
    let parts: Vec<&str> = text.split("EXE(").skip(1).collect();
    let [part] = parts[..] else { return Err(unknown()) };
    let (program, folder) = match part.split_once("COLLECT(") {
        Some((program, folder)) => (program, Some(name(folder).ok_or_else(unknown)?)),
        None => (part, None),
    };
    let program = name(program).ok_or_else(unknown)?;
    Ok(vec![bundle(call, dist, folder.as_deref(), &program)?])
}

/// What lies beside the program, and the settings that are looked for where it starts.
fn prepare(
    case: &Case,
    program: &mut Program,
    made: &mut Made,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let started = program.words.first().and_then(|it| made.program(case, it, &[])).cloned();
    for step in case.steps() {
        let Work::Program { name, words, .. } = &step.work else { continue };
        let words: Vec<&str> = words.iter().map(|it| it.unwrap_or("$")).collect();
        let Some(words) = bundled(base(name), &words) else { continue };
        let Some(workdir) = step.workdir.as_deref() else { continue };
        let call = Call { case, tool: base(name), words: words.to_vec(), workdir };
        let folders = bundles(&call, words).unwrap_or_default();
        for folder in folders.into_iter().filter_map(|it| it.folder) {
            if started.as_ref().is_none_or(|it| is_within(it, &folder)) {
                made.others
                    .push(Copied::folder(&folder, "the program with what it is bundled with"));
            }
        }
    }
    if let Some(place) = resolve(case.stage().workdir(), ".env")
        && case.source(&place)?.is_some()
    {
        made.others.push(Copied::file(&place, "settings are read from `.env`"));
    }
    // It reads itself, and is written as a temporary file is.
    if case
        .steps()
        .iter()
        .any(|it| matches!(&it.work, Work::Program { name, .. } if base(name) == "staticx"))
    {
        plan.ground.root = Some("only its owner may read what `staticx` makes".to_owned());
    }
    // The official images of Python say so, and it reads and prints accordingly.
    if case.reference().contains("python") && !case.sets("LANG") {
        plan.environment.push(("LANG".to_owned(), "C.UTF-8".to_owned()));
    }
    Ok(())
}
