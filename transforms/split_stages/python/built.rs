//! What the build makes: packages, environments, and files beside the program.

use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::plan::Copied;
use super::super::{Stop, emit};
use super::interpreter::Interpreter;
use super::requirements::Requirements;
use crate::facts::{Origin, is_system_folder, is_within, resolve};
use crate::shell::command::base;
use crate::syntax::Keyword;
use std::collections::BTreeSet;

mod steps;
mod tools;

/// What a stage has when it is built.
#[derive(Default)]
pub(super) struct Built {
    /// Folders and files of the program.
    pub(super) homes: Vec<Copied>,
    /// What commands make elsewhere.
    pub(super) others: Vec<Copied>,
    /// Virtual environments.
    pub(super) environments: Vec<String>,
    /// Packages are installed beside the interpreter.
    pub(super) is_global: bool,
    /// And files that are no packages.
    pub(super) has_data: bool,
    /// Instructions for the build stage.
    pub(super) added: Vec<(usize, String)>,
    pub(super) names: Requirements,
    /// Why the program needs the rights of root.
    pub(super) root: Option<String>,
    /// Why it needs more than Python.
    pub(super) system: Option<String>,
    /// Packages are in a folder of their own.
    pub(super) is_apart: bool,
    /// The last instruction that installs packages.
    last: usize,
    /// Packages of the distribution come from a source that the build adds.
    pub(super) has_repository: bool,
}

pub(super) fn read(case: &Case, python: &Interpreter) -> Result<Built, Stop> {
    let mut built = Built::default();
    homes(case, &mut built)?;
    for step in case.steps() {
        steps::read(case, step, &mut built)?;
    }
    built.has_data |= built.names.has_data;
    if let [first, ..] = &built.names.missing[..] {
        let is_made =
            case.steps().iter().any(|it| it.text.contains("export") || it.text.contains("compile"));
        if !is_made && !python.is_full {
            built.system = Some(format!("what `{first}` asks for is not known"));
        }
        if !is_made && python.is_full {
            let reason =
                format!("`{first}`, which says what is installed, is not in the build context");
            return Err(case.stop("requirements", reason));
        }
    }
    accounts(case, &mut built);
    let home = |it: &Copied| is_within(&it.from, "/root");
    if built.homes.iter().chain(&built.others).any(home) {
        built.root = Some("what it needs is in the home of root".to_owned());
    }
    // What is in a folder that is copied needs no copy of its own.
    let homes = built.homes.clone();
    let is_in = |path: &str| homes.iter().any(|it| it.is_folder && is_within(path, &it.from));
    built.others.retain(|it| !is_in(&it.from));
    if let Some(folder) = built.others.iter().find(|it| it.is_folder) {
        let path = &folder.from;
        built.root.get_or_insert_with(|| format!("`{path}` belongs to root"));
    }
    Ok(built)
}

impl Built {
    /// Whether a path of the image is copied, or nothing that the program needs.
    fn is_covered(&self, path: &str) -> bool {
        let all = self.homes.iter().chain(&self.others);
        is_within(path, "/tmp") || all.clone().any(|it| is_within(path, &it.from))
    }

    /// Before which instruction the build stage can do more as root, after all packages are there.
    pub(super) fn place_for_root(&self, case: &Case) -> Option<usize> {
        let is_root =
            |at: usize| matches!(case.cx.facts.user_at(at).as_deref(), Some("root" | "0"));
        let tail = emit::tail(case);
        if is_root(tail) {
            return Some(tail);
        }
        let users = case.stage().all(case.cx.file, Keyword::User);
        users.into_iter().find(|at| *at > self.last && is_root(*at))
    }

    pub(super) fn is_in_home(&self, path: &str) -> bool {
        self.homes.iter().any(|it| it.is_folder && is_within(path, &it.from))
    }
}

/// The folder in which the program starts, and all that arrives from the context.
fn homes(case: &Case, built: &mut Built) -> Result<(), Stop> {
    let workdir = case.workdir()?;
    if !is_system_folder(workdir) {
        built.homes.push(Copied::folder(workdir, "the program starts in it"));
    } else if workdir != "/" && workdir != "/tmp" {
        let reason = format!("the program starts in `{workdir}`, which has more than the program");
        return Err(case.stop("reads-all", reason));
    }
    for arrival in &case.arrivals {
        let at = case.span(arrival.instruction);
        let text = at.of(case.cx.file.source).lines().next().unwrap_or_default();
        if arrival.origin != Origin::Context {
            if is_uv(case, arrival.instruction) {
                continue;
            }
            let reason = format!("what `{text}` brings is not known");
            return Err(Stop { code: "copied-image", at, reason });
        }
        let unclear =
            |why: &str| Stop { code: "unclear-copy", at, reason: format!("`{text}`: {why}") };
        let Some(to) = arrival.to.as_deref() else {
            return Err(unclear("where it puts its files is not known"));
        };
        if is_within(to, "/tmp") || built.is_in_home(to) {
            continue;
        }
        if is_within(to, "/usr/local/share/ca-certificates") || is_within(to, "/etc/ssl") {
            return Err(unclear("it changes which certificates are trusted"));
        }
        if !is_system_folder(to) && is_folder(case, arrival.instruction, to)? {
            built.homes.push(Copied::folder(to, "the file puts it there"));
            continue;
        }
        if arrival.paths.is_empty() {
            return Err(unclear("it fills a folder that has more than the program"));
        }
        for path in &arrival.paths {
            let Some(path) = path.as_deref() else {
                return Err(unclear("what it takes depends on a variable"));
            };
            one(case, arrival.instruction, path, to, built)
                .ok_or_else(|| unclear("it fills a folder that has more than the program"))?;
        }
    }
    Ok(())
}

/// The destination is a folder that the instruction fills.
fn is_folder(case: &Case, instruction: usize, to: &str) -> Result<bool, Stop> {
    let arrival = case.arrivals.iter().find(|it| it.instruction == instruction);
    let paths = arrival.map(|it| it.paths.as_slice()).unwrap_or_default();
    let [Some(only)] = paths else { return Ok(true) };
    let is_file = case.files()?.binary_search_by(|it| (**it).cmp(only)).is_ok();
    let named = case.cx.facts.destination(instruction).is_some_and(|it| it.folder);
    Ok(!is_file || named && !is_system_folder(to))
}

/// One file that goes to a folder of the system, or is called as it is named.
fn one(case: &Case, instruction: usize, path: &str, to: &str, built: &mut Built) -> Option<()> {
    let files = case.files().ok()?;
    let is_file = files.binary_search_by(|it| (**it).cmp(path)).is_ok();
    if to == "/" && !is_file && !path.contains(['*', '?', '[']) {
        return at_the_top(case, path, built);
    }
    if is_system_folder(to) && !path.contains(['*', '?', '[']) {
        // Each file by itself: the folder has more.
        let below = case.below(path).ok()?;
        let is_few = !is_file && !path.is_empty() && (1..=12).contains(&below.len());
        for file in below.iter().filter(|_| is_few) {
            let rest = file[path.len()..].trim_start_matches('/');
            let place = format!("{}/{rest}", to.trim_end_matches('/'));
            built.homes.push(Copied::file(&place, "the file puts it there"));
        }
        if is_few {
            return Some(());
        }
    }
    let adds = case.cx.file.instructions[instruction].keyword == Keyword::Add;
    let is_archive = [".tar", ".gz", ".tgz", ".xz", ".bz2"].iter().any(|it| path.ends_with(it));
    if !is_file || path.contains(['*', '?', '[']) || adds && is_archive {
        return None;
    }
    let is_folder =
        is_system_folder(to) || case.cx.facts.destination(instruction).is_some_and(|it| it.folder);
    let place = match is_folder {
        true => format!("{}/{}", to.trim_end_matches('/'), base(path)),
        false => to.to_owned(),
    };
    let name = base(path);
    let is_list = name.starts_with("requirements") && name.ends_with(".txt");
    if !is_list && !matches!(name, "poetry.lock" | "Pipfile" | "Pipfile.lock" | "uv.lock") {
        built.homes.push(Copied::file(&place, "the file puts it there"));
    }
    Some(())
}

/// What a folder of the context puts at the top of the image: each folder and each file by its name.
fn at_the_top(case: &Case, path: &str, built: &mut Built) -> Option<()> {
    const MOST: usize = 40;
    // What describes the project and the image is not there for the program.
    const ASIDE: &[&str] =
        &[".dockerignore", ".git", ".gitattributes", ".github", ".gitignore", "Dockerfile"];
    let mut names = BTreeSet::new();
    for file in case.below(path).ok()? {
        let rest = file[path.len()..].trim_start_matches('/');
        let (name, is_folder) = match rest.split_once('/') {
            Some((name, _)) => (name, true),
            None => (rest, false),
        };
        names.insert((name, is_folder));
    }
    let arriving = names.into_iter().filter(|(name, _)| !ASIDE.contains(name));
    let arriving: Vec<_> =
        arriving.map(|(name, is_folder)| (format!("/{name}"), is_folder)).collect();
    let is_own = |it: &(String, bool)| !is_system_folder(&it.0);
    if arriving.is_empty() || arriving.len() > MOST || !arriving.iter().all(is_own) {
        return None;
    }
    let because = "the file puts it there";
    built.homes.extend(
        arriving
            .into_iter()
            .map(|(place, is_folder)| Copied { is_folder, ..Copied::file(&place, because) }),
    );
    Some(())
}

/// uv, which installs and is not needed again.
fn is_uv(case: &Case, instruction: usize) -> bool {
    let from = case.cx.file.instructions[instruction].flag("from").flatten();
    from.is_some_and(|it| it.text.starts_with("ghcr.io/astral-sh/uv"))
}

/// The home of the user that the program runs as, where the build makes it.
fn accounts(case: &Case, built: &mut Built) {
    let Some(user) = case.stage().user().filter(|it| !matches!(*it, "root" | "0")) else { return };
    let user = user.split(':').next().unwrap_or(user);
    let makes = |step: &Step| {
        let Work::Program { name, words, .. } = &step.work else { return false };
        let has = |word: &str| words.contains(&Some(word));
        let is_user = words.last() == Some(&Some(user)) || has(user);
        let makes_home = match *name {
            "useradd" => {
                has("-m") || has("--create-home") || has("-ms") || has("-mr") || has("-rm")
            }
            "adduser" => !has("--no-create-home") && !has("--system") && !has("-S") && !has("-H"),
            _ => false,
        };
        is_user && makes_home
    };
    if case.steps().iter().any(makes) {
        let home = format!("/home/{user}");
        let is_default = |step: &&Step| step.text.contains("--home") || step.text.contains("-d ");
        if !case.steps().iter().any(|it| is_default(&it)) && !built.is_covered(&home) {
            let owner = Some(user.to_owned());
            let because = "the home of its user";
            built.homes.push(Copied { owner, ..Copied::folder(&home, because) });
        }
    }
}

/// What `WORKDIR` says where a command runs.
fn within(step: &Step, path: &str) -> Option<String> {
    resolve(step.workdir.as_deref(), path)
}

/// Adds a variable to the build stage before the command.
fn with_variable(case: &Case, step: &Step, variable: &str, built: &mut Built) {
    let text = format!("ENV {variable}");
    if !built.added.iter().any(|it| it.1 == text) && step.instruction <= emit::tail(case) {
        built.added.push((step.instruction, text));
    }
}
