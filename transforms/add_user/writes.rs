//! Where a program writes, as far as the file tells.

use super::copied::is_file;
use super::ground::chain;
use super::made::{is_removed, made, made_by_root, makes, run_fills, stays_empty};
use super::program::Program;
use super::{Stop, shortened};
use crate::facts::{Base, Use, Way, is_shared_folder, is_within, resolve};
use crate::shell::command::base;
use crate::syntax::{Body, Keyword};
use crate::text::Span;
use crate::transform::Context;

/// A folder that has to belong to the user.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: String,
    pub(super) because: String,
    /// It is not known to be there.
    pub(super) make: bool,
    /// The `VOLUME` that names it.
    pub(super) volume: Option<usize>,
    /// The `COPY`s that bring what is in it.
    pub(super) copies: Vec<usize>,
}

/// A place that the program is expected to write to.
struct Found {
    path: String,
    because: String,
    volume: Option<usize>,
    /// It is there for what the program keeps: files that root puts there are in its way.
    kept: bool,
}

impl Found {
    fn kept((path, because): (String, String)) -> Self {
        Self { path, because, volume: None, kept: true }
    }

    fn started_in(path: String, because: String) -> Self {
        Self { path, because, volume: None, kept: false }
    }
}

/// Folders that one command gives away.
const MOST: usize = 50;

/// Names of folders in which programs keep what they make.
const TELLING: &[&str] = &[
    "backup", "backups", "cache", "data", "database", "db", "instance", "log", "logs", "media",
    "output", "outputs", "pids", "run", "sessions", "state", "storage", "temp", "tmp", "upload",
    "uploads",
];

/// Whether a folder belongs to the system, or is open to all. What is mounted may be the program's alone.
fn is_shared(path: &str) -> bool {
    match path {
        "/media" | "/mnt" => false,
        "/srv" | "/usr/src" => true,
        _ => is_shared_folder(path),
    }
}

/// What files are called, and no folders.
const FILES: &[&str] = &[
    ".cfg",
    ".conf",
    ".db",
    ".env",
    ".ini",
    ".json",
    ".log",
    ".pid",
    ".properties",
    ".sock",
    ".sqlite",
    ".sqlite3",
    ".toml",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
];

const OPEN: &[&str] = &["/tmp", "/var/tmp", "/dev", "/proc", "/dev/shm"];

pub(super) fn folders(cx: &Context, stage: usize, program: &Program) -> Result<Vec<Folder>, Stop> {
    let here = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
    let at = program.at.unwrap_or(here);
    let mut merged: Vec<Found> = Vec::new();
    for it in found(cx, stage, program, at)? {
        match merged.iter_mut().find(|known| known.path == it.path) {
            Some(known) => {
                known.volume = known.volume.or(it.volume);
                known.kept &= it.kept;
            }
            None => merged.push(it),
        }
    }
    merged.retain(|it| !OPEN.iter().any(|open| is_within(&it.path, open)));
    if merged.len() > MOST {
        let reason =
            format!("it may write to {} folders, and only {MOST} are given away", merged.len());
        return Err(Stop { code: "many-folders", at, reason });
    }
    merged.into_iter().map(|it| folder(cx, stage, it, at)).collect()
}

/// All places to which the program may write.
fn found(cx: &Context, stage: usize, program: &Program, at: Span) -> Result<Vec<Found>, Stop> {
    let mut found: Vec<Found> = Vec::new();
    let workdir = cx.facts.stages[stage].workdir();
    let moved = match &program.goes_to {
        Some(folder) if folder.contains(['$', '~', '`', '*']) => None,
        Some(folder) => resolve(workdir, folder),
        None => workdir.map(str::to_owned),
    };
    let workdir = moved.as_deref();
    let asked = asked(cx, stage, program);
    if let Some(because) = &program.writes {
        let Some(workdir) = workdir else {
            let reason = "it is not known in which folder the program starts".to_owned();
            return Err(Stop { code: "workdir-unknown", at, reason });
        };
        if asked.is_empty() || !is_shared(workdir) {
            found.push(Found::started_in(workdir.to_owned(), because.clone()));
        }
        made_by_root(cx, stage, program)?;
    }
    found.extend(asked.into_iter().chain(program.named.iter().cloned()).map(Found::kept));
    found.extend(mounted(cx, stage));
    for target in &program.redirects {
        let folder = target.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let because = format!("`{}` is written there", shortened(target));
        match resolve(workdir, folder).filter(|_| !target.contains('$')) {
            Some(folder) => found.push(Found::started_in(folder, because)),
            None => {
                let reason = format!("it is not known where `{}` is written", shortened(target));
                return Err(Stop { code: "redirect-unknown", at, reason });
            }
        }
    }
    let told = program.commands.iter().flat_map(|words| told(words));
    let told = told.filter_map(|(path, because)| Some((resolve(workdir, &path)?, because)));
    found.extend(told.map(Found::kept));
    for index in cx.facts.stages[stage].instructions.clone() {
        named(cx, stage, index, workdir, &mut found);
    }
    Ok(found)
}

/// Folders where somebody mounts a volume, which gets its owner from the image; what a package manager fills is
/// mounted there to be kept as it is.
fn mounted(cx: &Context, stage: usize) -> Vec<Found> {
    const FILLED: &[&str] = &[".next", ".venv", "bundle", "node_modules", "vendor", "venv"];
    let places = cx.facts.uses(stage).filter_map(|Use { place, way, .. }| {
        let Way::Volume(path) = way else { return None };
        let path = resolve(None, path).filter(|it| !FILLED.contains(&base(it)))?;
        Some(Found::kept((path, format!("{place} mounts a volume there"))))
    });
    places.collect()
}

/// Folders of files that variables name for which the source of the program asks: databases, logs, and
/// whatever is in a volume.
fn asked(cx: &Context, stage: usize, program: &Program) -> Vec<(String, String)> {
    const KEPT: &[&str] = &[".db", ".log", ".sqlite", ".sqlite3"];
    let Some((source, text)) = &program.source else { return Vec::new() };
    let part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let asks = |name: &str| text.split(|it| !part(it)).any(|word| word == name);
    let stages = chain(cx, stage).into_iter();
    let instructions: Vec<usize> =
        stages.flat_map(|it| cx.facts.stages[it].instructions.clone()).collect();
    let in_volume = |path: &str| {
        instructions.iter().any(|at| match &cx.file.instructions[*at].body {
            Body::Volume(paths) => paths.iter().any(|volume| {
                let place = cx.facts.place(*at, &volume.text);
                place.is_some_and(|it| it.path != "/" && is_within(path, &it.path))
            }),
            _ => false,
        })
    };
    let mut found = Vec::new();
    for at in &instructions {
        let Body::Env { pairs, .. } = &cx.file.instructions[*at].body else { continue };
        for pair in pairs.iter().filter(|pair| asks(&pair.name.text)) {
            let Some(value) = &pair.value else { continue };
            let path = value.text.trim_matches('"');
            let kept = KEPT.iter().any(|end| path.ends_with(end));
            let plain = path.starts_with('/') && !path.contains(['$', ':']);
            let Some(path) = resolve(None, path).filter(|_| plain) else { continue };
            if !kept && !in_volume(&path) {
                continue;
            }
            let file = base(&path).contains('.').then(|| path.rsplit_once('/'));
            let folder = file.flatten().map_or(path.as_str(), |(folder, _)| folder);
            let folder = if folder.is_empty() { "/" } else { folder };
            let because = format!("`{}` names it, for which `{source}` asks", pair.name.text);
            found.push((folder.to_owned(), because));
        }
    }
    found
}

/// Folders that options of a command name for what it keeps: `--data-dir /data`, `-log=/x/y.log`.
fn told(words: &[String]) -> Vec<(String, String)> {
    const KEEPS: &[&str] = &[
        "cache", "data", "db", "home", "log", "output", "state", "storage", "store", "tmp",
        "upload",
    ];
    let option = |word: &str| {
        let name = word.starts_with('-').then(|| word.to_ascii_lowercase())?;
        KEEPS.iter().any(|it| name.contains(it)).then_some(())
    };
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate().skip(1) {
        let before = &words[at - 1];
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, value),
            None => (before.as_str(), word.as_str()),
        };
        if option(name).is_none() || !value.starts_with('/') || value.contains('$') {
            continue;
        }
        let because = match word.contains('=') {
            true => format!("`{word}` names it"),
            false => format!("`{before} {word}` names it"),
        };
        let file = base(value).contains('.');
        let folder = value.rsplit_once('/').filter(|_| file).map_or(value, |(folder, _)| folder);
        found.push((folder.to_owned(), because));
    }
    found
}

/// Volumes, folders with telling names, variables that name some, and an empty one to start in.
fn named(cx: &Context, stage: usize, index: usize, workdir: Option<&str>, found: &mut Vec<Found>) {
    match &cx.file.instructions[index].body {
        Body::Copy { sources, .. } => {
            let Some(to) = cx.facts.destination(index).map(|it| it.place.path) else { return };
            let because = "Next.js renews pages and pictures there".to_owned();
            let sources = sources.iter().map(|it| &*it.text);
            let next = folder_of_next(&to, sources);
            found.extend(next.map(|it| Found::started_in(it, because)));
        }
        Body::Volume(paths) => {
            let places = paths.iter().filter_map(|path| cx.facts.place(index, &path.text));
            let because = "it is a volume".to_owned();
            let volume = Some(index);
            found.extend(
                places.map(|it| Found { volume, ..Found::kept((it.path, because.clone())) }),
            );
        }
        Body::Env { pairs, .. } => {
            for pair in pairs {
                let Some(value) = &pair.value else { continue };
                let text = value.text.trim_matches('"');
                let because = format!("`{}` names it", pair.name.text);
                if let Some(file) = text.strip_prefix("sqlite:///") {
                    let folder = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
                    let folder = if folder.is_empty() { "/" } else { folder };
                    found.extend(resolve(workdir, folder).map(|it| Found::kept((it, because))));
                } else if text.starts_with('/') && !text.contains(['$', ':']) {
                    let folder = pair.name.text.ends_with("_DIR") && TELLING.contains(&base(text));
                    if folder {
                        found.extend(resolve(None, text).map(|it| Found::kept((it, because))));
                    }
                }
            }
        }
        Body::Run(_) => {
            let Some(run) = cx.facts.run(index) else { return };
            let Some(script) = &run.script else { return };
            for (command, path) in made(run) {
                let for_it = TELLING.contains(&base(&path)) || stays_empty(cx, stage, &path);
                if for_it && is_own(&path) && !is_removed(cx, stage, &path) {
                    let text = shortened(command.span.of(&script.parsed.text));
                    let because = format!("`{text}` makes it, for what the program keeps");
                    found.push(Found::kept((path, because)));
                }
            }
        }
        Body::Workdir(piece) => {
            let last = cx.facts.stages[stage].all(cx.file, Keyword::Workdir).last() == Some(&index);
            let place = cx.facts.place(index, &piece.text).filter(|_| last);
            let empty = |path: &str| {
                is_own(path) && stays_empty(cx, stage, path) && !may_be_brought(cx, stage, path)
            };
            if let Some(path) = place.map(|it| it.path).filter(|it| empty(it)) {
                let because = "the program starts there, and nothing else is in it".to_owned();
                found.push(Found::started_in(path, because));
            }
        }
        _ => (),
    }
}

/// Whether a `COPY` to a folder around `path` may bring it.
fn may_be_brought(cx: &Context, stage: usize, path: &str) -> bool {
    cx.facts.copies(stage).any(|at| {
        let Body::Copy { sources, .. } = &cx.file.instructions[at].body else { return false };
        // What goes to the top is a file, as a rule.
        let whole = || sources.iter().any(|it| it.text.ends_with(['.', '/']));
        let around = |to: &str| is_within(path, to) && (to != "/" || whole());
        cx.facts.destination(at).is_none_or(|it| around(&it.place.path))
    })
}

/// Whether a folder is none of the system.
fn is_own(path: &str) -> bool {
    const OF_SYSTEM: &[&str] = &["/etc", "/root", "/usr", "/var/cache"];
    let inside = OF_SYSTEM.iter().any(|it| is_within(path, it));
    // Images of languages have their application below `/usr/src`.
    !is_shared(path) && (!inside || is_within(path, "/usr/src"))
}

/// The folder in which a `COPY` to `to` brings what `next build` made.
fn folder_of_next<'s>(to: &str, mut sources: impl Iterator<Item = &'s str>) -> Option<String> {
    match to.split_once("/.next") {
        Some((before, "")) => Some(format!("{before}/.next")),
        Some((before, rest)) if rest.starts_with('/') => Some(format!("{before}/.next")),
        _ if sources.any(|it| it.contains("/.next/standalone")) => {
            Some(format!("{}/.next", to.trim_end_matches('/')))
        }
        _ => None,
    }
}

fn folder(cx: &Context, stage: usize, found: Found, at: Span) -> Result<Folder, Stop> {
    let Found { path, because, volume, kept } = found;
    can_be_given(&path, &because, volume, at)?;
    let mut copies = Vec::new();
    let made_here =
        cx.facts.runs_of(stage).any(|run| makes(run, &path)) && !is_removed(cx, stage, &path);
    let mut make = !made_here;
    for at in cx.facts.stages[stage].instructions.clone() {
        let instruction = &cx.file.instructions[at];
        let stop = |code, reason: String| Err(Stop { code, at: instruction.span, reason });
        match &instruction.body {
            Body::Workdir(piece) => {
                make &= cx.facts.place(at, &piece.text).is_none_or(|it| it.path != path);
            }
            Body::Copy { sources, .. } => {
                let Some(destination) = cx.facts.destination(at) else {
                    return stop(
                        "destination-unknown",
                        "it is not known where it copies to".to_owned(),
                    );
                };
                let to = &destination.place.path;
                // Of another stage it is not known what it has. What a `mkdir -p` makes may have come
                // from the build context before.
                let may_bring = match instruction.flag("from") {
                    Some(_) => !made_here,
                    None => may_be_copied(cx, at, to, &path),
                };
                let around = to != "/" && is_within(&path, to) && may_bring;
                if !is_within(to, &path) && !around {
                    continue;
                }
                let archive = [".gz", ".tar", ".tgz", ".xz", ".bz2", ".zst"];
                let unpacks = |text: &str| archive.iter().any(|end| text.ends_with(end));
                if instruction.keyword == Keyword::Add && sources.iter().any(|it| unpacks(&it.text))
                {
                    let reason = "what it unpacks has owners of its own".to_owned();
                    return stop("archive", reason);
                }
                if instruction.flag("chown").is_none() {
                    copies.push(at);
                }
            }
            Body::Run(_) if kept => run_fills(cx, at, &path)?,
            _ => (),
        }
    }
    if !(made_here && is_new_here(cx, stage, &path))
        && matches!(cx.facts.stages[stage].base, Base::Stage(_))
    {
        let from = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
        let reason = format!("`{path}` may come from the stage below, where it belongs to root");
        return Err(Stop { code: "stage-below", at: from, reason });
    }
    Ok(Folder { path, because, make, volume, copies })
}

/// Whether a `COPY` from the build context to a folder around this one brings files of it.
fn may_be_copied(cx: &Context, at: usize, to: &str, path: &str) -> bool {
    let instruction = &cx.file.instructions[at];
    let Body::Copy { sources, .. } = &instruction.body else { return false };
    let Some(rest) = path.strip_prefix(to).map(|it| it.trim_start_matches('/')) else {
        return false;
    };
    let holds = |source: &str| {
        let source = resolve(Some("/"), source).unwrap_or_default();
        cx.may_hold(format!("{source}/{rest}").trim_start_matches('/'))
    };
    sources.iter().any(|it| !is_file(&it.text) && holds(&it.text))
}

/// Refuses what is not the program's to have.
fn can_be_given(path: &str, because: &str, volume: Option<usize>, at: Span) -> Result<(), Stop> {
    let stop = |code, reason: String| Err(Stop { code, at, reason });
    if is_within(path, "/root") {
        let reason = format!("`/root` is closed to every other user, and `{path}` is in there");
        return stop("home-of-root", reason);
    }
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '/' | '.' | '_' | '-');
    if !path.chars().all(plain) {
        let reason = format!("it would have to give away `{}`: {because}", shortened(path));
        return stop("odd-path", reason);
    }
    if volume.is_some() && FILES.iter().any(|end| path.ends_with(end)) {
        let reason =
            format!("the volume `{path}` is named like a file, and belongs to who mounts it");
        return stop("file-volume", reason);
    }
    if is_shared(path) || is_within(path, "/sys") {
        return stop("system-folder", format!("it would have to write in `{path}`: {because}"));
    }
    Ok(())
}

/// Whether no stage below says anything of a folder of that name.
fn is_new_here(cx: &Context, stage: usize, path: &str) -> bool {
    let mut at = stage;
    while let Base::Stage(below) = cx.facts.stages[at].base {
        let mut instructions = cx.facts.stages[below].instructions.clone();
        let says =
            |at: usize| cx.file.instructions[at].span.of(cx.file.source).contains(base(path));
        if instructions.any(says) {
            return false;
        }
        at = below;
    }
    true
}
