//! What reads a file during a build: sources that name it, and programs that look for it.

use super::commands::Ran;
use super::history;
use super::names::{Group, is_environment_file};
use super::takers::{Takers, place};
use super::{Candidate, Kept, Known};
use crate::packages::{self, Kind};
use crate::project::builds::reader_for;
use crate::project::ignore_file::{Reach, reach};
use crate::project::manifests;
use crate::project::{Tree, is_dockerfile_name};
use crate::syntax::Keyword;
use crate::text::LineIndex;
use crate::transform::{SharedContext, Sharer};
use aho_corasick::AhoCorasick;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Bytes of sources that are looked through.
pub(super) const MOST: usize = 64 << 20;

/// Where sources name what could be excluded.
pub(super) struct Mentioned {
    /// By name.
    places: HashMap<String, String>,
    /// Some sources were not looked through.
    is_partial: bool,
}

impl Mentioned {
    pub(super) fn check(&self, candidate: &Candidate) -> Result<(), Kept> {
        let pattern = &candidate.pattern;
        if let Some((name, place)) =
            candidate.mentions.iter().find_map(|name| Some((name, self.places.get(name)?)))
        {
            let reason = format!("{place} names `{name}`");
            return Err(Kept::new("named-in-a-source", pattern, reason));
        }
        if self.is_partial && !candidate.mentions.is_empty() {
            let reason = "there are too many sources to look through".to_owned();
            return Err(Kept::new("too-many-sources", pattern, reason));
        }
        Ok(())
    }
}

/// Looks for the names of `candidates` in all sources, and in the Dockerfiles.
pub(super) fn mentions(context: &SharedContext, candidates: &[Candidate]) -> Mentioned {
    let mut mentioned = Mentioned { places: HashMap::new(), is_partial: false };
    let mut names: Vec<(&str, Group)> = candidates
        .iter()
        .flat_map(|it| it.mentions.iter().map(|name| (name.as_str(), it.group)))
        .collect();
    names.sort_unstable();
    names.dedup();
    let Ok(finder) = AhoCorasick::new(names.iter().map(|(name, _)| name)) else {
        mentioned.is_partial = true;
        return mentioned;
    };
    let mut left = MOST;
    for file in context.tree.files.iter().filter(|file| is_source(file)) {
        let Some(text) = context.tree.text(file) else { continue };
        let Some(rest) = left.checked_sub(text.len()) else {
            mentioned.is_partial = true;
            break;
        };
        left = rest;
        if file.ends_with(".go") {
            embedded(file, &text, candidates, &mut mentioned.places);
        }
        for found in finder.find_overlapping_iter(&*text) {
            let (name, group) = names[found.pattern().as_usize()];
            let counts = group != Group::Images || is_program(file);
            if counts && is_whole_word(&text, found.start(), found.end()) {
                let line = || LineIndex::new(&text).line(found.start());
                mentioned
                    .places
                    .entry(name.to_owned())
                    .or_insert_with(|| format!("{file}:{}", line()));
            }
        }
    }
    for sharer in context.sharers {
        for (name, _) in &names {
            if let Some(place) = run_that_names(sharer, name) {
                mentioned.places.entry((*name).to_owned()).or_insert(place);
            }
        }
    }
    mentioned
}

/// Takes note of what a Go source takes into the program by a pattern: `//go:embed *`.
fn embedded(
    file: &str,
    text: &str,
    candidates: &[Candidate],
    places: &mut HashMap<String, String>,
) {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (line, number) in text.lines().zip(1..) {
        let Some(patterns) = line.strip_prefix("//go:embed ") else { continue };
        for pattern in patterns.split_whitespace() {
            let pattern = pattern.trim_matches(['"', '`']);
            let pattern = pattern.strip_prefix("all:").unwrap_or(pattern);
            let path = match (folder, pattern) {
                (folder, ".") => folder.to_owned(),
                ("", pattern) => pattern.to_owned(),
                (folder, pattern) => format!("{folder}/{pattern}"),
            };
            let takes =
                |it: &&Candidate| path.is_empty() || reach(&path, &it.pattern) == Reach::Itself;
            for name in candidates.iter().filter(takes).flat_map(|it| &it.mentions) {
                places.entry(name.clone()).or_insert_with(|| format!("{file}:{number}"));
            }
        }
    }
}

pub(super) fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let joins = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let is_open = text[..end].ends_with(['/', '"', '\'']);
    !before.is_some_and(joins) && (is_open || !after.is_some_and(joins))
}

/// Whether a file may say what is read. Documents, ignore files and what describes builds do not.
pub(super) fn is_source(file: &str) -> bool {
    const NONE: &[&str] = &[
        ".adoc",
        ".gif",
        ".gitattributes",
        ".jpg",
        ".lock",
        ".md",
        ".png",
        ".rst",
        ".snap",
        ".svg",
        "-lock.json",
        "-lock.yaml",
        "ignore",
    ];
    let name = file.rsplit('/').next().unwrap_or_default();
    let path = Path::new(file);
    // Of what describes builds, a recipe and a script may run in one as well.
    let may_run = name.contains("akefile") || [".bash", ".sh"].iter().any(|it| name.ends_with(it));
    let describes = reader_for(path).is_some() && !may_run;
    let hidden = [".github/", ".gitlab/", ".circleci/", ".buildkite/", ".vscode/", ".idea/"];
    let says_nothing = describes
        || is_dockerfile_name(path)
        || NONE.iter().any(|it| name.ends_with(it))
        || hidden.iter().any(|folder| file.starts_with(folder))
        || super::names::tracked(name).is_some();
    !says_nothing
}

/// Whether a file is the source of a program, by its name.
pub(super) fn is_program(file: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "c", "cc", "cjs", "clj", "cpp", "cs", "cts", "dart", "ex", "exs", "go", "gradle", "h",
        "hpp", "hs", "java", "js", "jsx", "kt", "kts", "lua", "mjs", "ml", "mts", "php", "pl",
        "py", "rb", "rs", "scala", "svelte", "swift", "ts", "tsx", "vue", "zig",
    ];
    file.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// The instruction, other than a `COPY`, in which `name` stands.
fn run_that_names(sharer: &Sharer, name: &str) -> Option<String> {
    let mut instructions = sharer.file.instructions.iter().enumerate();
    let (at, _) = instructions.find(|(_, it)| {
        let text = it.span.of(sharer.file.source);
        !matches!(it.keyword, Keyword::Copy | Keyword::Add | Keyword::Label)
            && text.match_indices(name).any(|(at, _)| is_whole_word(text, at, at + name.len()))
    })?;
    Some(place(sharer, at))
}

/// Whether nothing looks for what is excluded while an image is built.
pub(super) fn check(known: &Known, candidate: &Candidate, pattern: &str) -> Result<(), Kept> {
    let Known { context, takers, .. } = known;
    match candidate.group {
        Group::VersionControl => history::check(known, pattern),
        Group::Credentials => {
            named_in_a_run(context, candidate, pattern)?;
            let name = pattern.rsplit('/').next().unwrap_or_default();
            if matches!(name, ".npmrc" | ".yarnrc") {
                return registry_token(context, pattern);
            }
            match is_environment_file(name) {
                true => environment(context, takers, pattern),
                false => Ok(()),
            }
        }
        Group::Environments | Group::Databases | Group::Archives => {
            named_in_a_run(context, candidate, pattern)
        }
        _ => Ok(()),
    }
}

/// No `RUN`, `CMD` or the like names what git ignores.
fn named_in_a_run(
    context: &SharedContext,
    candidate: &Candidate,
    pattern: &str,
) -> Result<(), Kept> {
    let name = pattern.rsplit('/').next().unwrap_or_default();
    let name = name.rsplit(['*', ']']).next().unwrap_or_default();
    if name.is_empty() {
        return Ok(());
    }
    let creates =
        |sharer: &Sharer| Ran::all(sharer).iter().any(|it| it.always && creates_environment(it));
    for sharer in context.sharers {
        let Some(place) = run_that_names(sharer, name) else { continue };
        if candidate.group == Group::Environments && creates(sharer) {
            continue;
        }
        let reason = format!("{place} names `{name}`");
        return Err(Kept::new("named-in-a-run", pattern, reason));
    }
    Ok(())
}

/// `python -m venv`, `uv sync` and the like.
fn creates_environment(ran: &Ran) -> bool {
    match ran.program {
        Some("virtualenv" | "poetry" | "pipenv" | "pdm") => true,
        Some("uv") => ran.has("venv") || ran.has("sync"),
        Some(program) => {
            program.starts_with("python") && (ran.has("venv") || ran.has("virtualenv"))
        }
        None => false,
    }
}

/// Nothing installs with the token.
fn registry_token(context: &SharedContext, pattern: &str) -> Result<(), Kept> {
    for sharer in context.sharers {
        let installs =
            |ran: &&Ran| matches!(ran.action(), Some(("npm" | "yarn" | "pnpm" | "bun", _)));
        let Some(ran) = Ran::all(sharer).into_iter().find(|ran| installs(&ran)) else { continue };
        let place = place(sharer, ran.instruction);
        let reason = format!(
            "it holds a token, which gets into the image, and {place} needs it; give it to \
             that `RUN` with `--mount=type=secret`",
        );
        return Err(Kept::new("secret-is-copied", pattern, reason));
    }
    Ok(())
}

/// Nothing runs after the copy that may be a program of the project, which could read its variables.
fn environment(context: &SharedContext, takers: &Takers, pattern: &str) -> Result<(), Kept> {
    for taker in takers.of_pattern(pattern) {
        let ran = Ran::all(taker.sharer);
        let mut later = ran.iter().filter(|it| it.instruction >= taker.instruction);
        let Some(ran) = later.find(|it| !is_blind(context.tree, it)) else { continue };
        let place = place(taker.sharer, ran.instruction);
        let reason = format!(
            "{place} may read it; give what the build needs as build arguments or \
             secrets",
        );
        return Err(Kept::new("variables-at-build-time", pattern, reason));
    }
    Ok(())
}

/// Whether a command looks for no file with variables, nor starts what may.
fn is_blind(tree: &Tree, ran: &Ran) -> bool {
    const COMPILERS: &[&str] = &["c++", "cc", "clang", "clang++", "g++", "gcc", "javac", "tsc"];
    let Some(program) = ran.program else { return false };
    if packages::inert(program, &ran.arguments).is_some() || COMPILERS.contains(&program) {
        return true;
    }
    let tells = |reads: fn(&Tree, &str) -> bool| tree.files.iter().any(|file| reads(tree, file));
    let Some((manager, kind)) = ran.action() else { return false };
    match (manager, kind) {
        // Laravel and Symfony run their own programs behind it.
        ("composer", _) => ran.has("--no-scripts"),
        ("npm" | "yarn" | "pnpm" | "bun", Kind::Install) => {
            let hooked = ran.installs_project(&[manager]) && !ran.has("--ignore-scripts");
            !(hooked && tells(starts_with_an_installation))
        }
        ("cargo", Kind::Install | Kind::Build) => !ran.tests() && !tells(crate_reads),
        ("dotnet", Kind::Build) => !ran.tests() && !tells(project_starts_others),
        ("go", Kind::Build) => !ran.tests(),
        // Their goals are many, and plugins do anything.
        ("gradle", _) => false,
        ("maven", _) => {
            let mut goals = ran.operands().peekable();
            goals.peek().is_some() && goals.all(|goal| goal.starts_with("dependency:"))
        }
        _ => matches!(
            kind,
            Kind::Install
                | Kind::Update
                | Kind::Upgrade
                | Kind::Remove
                | Kind::Clean
                | Kind::Query
                | Kind::Configure
        ),
    }
}

/// Whether a file is a `package.json` with a script that an installation starts.
fn starts_with_an_installation(tree: &Tree, file: &str) -> bool {
    const HOOKS: &[&str] = &["install", "postinstall", "preinstall", "prepare"];
    let read = |text: Arc<str>| manifests::read(manifests::Kind::PackageJson, &text).ok();
    if file.rsplit('/').next() != Some("package.json") {
        return false;
    }
    let Some(manifest) = tree.text(file).and_then(read) else { return false };
    // It sets up git alone.
    let is_blind = |text: &str| text.starts_with("husky");
    manifest.scripts.iter().any(|it| HOOKS.contains(&&*it.name) && !is_blind(&it.text))
}

/// Whether a file of a Rust project tells that its build reads files with variables, or starts programs.
fn crate_reads(tree: &Tree, file: &str) -> bool {
    let says = |words: &[&str]| {
        tree.text(file).is_none_or(|text| words.iter().any(|word| text.contains(word)))
    };
    match file.rsplit('/').next() {
        // A build script of another name is not looked for.
        Some("Cargo.toml") => says(&["sqlx", "dotenv", ".env", "build = \""]),
        Some("build.rs") => says(&["Command", "dotenv", ".env"]),
        _ => false,
    }
}

/// Whether a file of a .NET project tells that its build starts other programs.
fn project_starts_others(tree: &Tree, file: &str) -> bool {
    const WORDS: &[&str] = &["<Exec", "JavaScript", "Node", "Npm", "Yarn", "npm"];
    let kind = file.rsplit('/').next().and_then(manifests::kind_of);
    let says = || tree.text(file).is_none_or(|text| WORDS.iter().any(|word| text.contains(word)));
    file.ends_with(".esproj") || kind == Some(manifests::Kind::MsBuild) && says()
}

/// What makes a tracked file a secret, if it is one.
pub(super) fn secret_in(tree: &Tree, file: &str, name: &str) -> Option<String> {
    let is_key = [".pem", ".key"].iter().any(|it| name.ends_with(it)) || name.starts_with("id_");
    if is_key {
        let text = tree.text(file)?;
        return text.contains("PRIVATE KEY").then(|| "it holds a private key".to_owned());
    }
    if matches!(name, ".npmrc" | ".yarnrc") {
        let text = tree.text(file)?;
        let token = text.lines().find(|line| {
            let value = line.split_once("_authToken=").map(|(_, value)| value.trim());
            value.is_some_and(|it| !it.is_empty() && !it.starts_with('$'))
        });
        return token.map(|_| "it holds a token".to_owned());
    }
    let is_state = name.ends_with(".tfstate");
    (is_state || matches!(name, ".netrc" | ".pypirc")).then(|| "it holds credentials".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_blind_in(tree: &Tree, command: &'static str) -> bool {
        let mut words = command.split(' ');
        let program = words.next();
        let arguments = words.map(Some).collect();
        is_blind(tree, &Ran { instruction: 0, stage: 0, program, arguments, always: true })
    }

    #[test]
    fn what_may_start_a_program_may_read_variables() {
        let tree = Tree::of_texts([
            ("Cargo.toml", "[package]\nname = \"a\"\n"),
            ("package.json", "{\"scripts\":{\"build\":\"x\",\"prepare\":\"husky\"}}"),
            ("a.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\" />"),
        ]);
        for command in [
            "cargo build --release",
            "npm ci",
            "npm install -g pnpm",
            "dotnet publish -c Release",
            "dotnet restore",
            "go build ./...",
            "go mod download",
            "gcc a.c",
            "mvn -B dependency:go-offline",
            "pip install -r requirements.txt",
            "composer install --no-scripts",
        ] {
            assert!(is_blind_in(&tree, command), "{command}");
        }
        for command in [
            "make",
            "cmake --build .",
            "ninja",
            "mvn -B package",
            "mvn clean package",
            "./gradlew clean build",
            "gradle build",
            "go generate ./...",
            "go run .",
            "go test ./...",
            "cargo run",
            "cargo test",
            "cargo xtask dist",
            "dotnet test",
            "composer install",
            "npm run build",
            "yarn build",
            "just",
            "sh build.sh",
        ] {
            assert!(!is_blind_in(&tree, command), "{command}");
        }
    }

    #[test]
    fn a_project_may_start_programs_of_its_own() {
        let tree = Tree::of_texts([
            ("build.rs", "Command::new(\"npm\")"),
            ("web/package.json", "{\"scripts\":{\"postinstall\":\"next build\"}}"),
            ("a.csproj", "<Target><Exec Command=\"x\" /></Target>"),
        ]);
        for command in ["cargo build", "npm ci", "yarn", "dotnet build"] {
            assert!(!is_blind_in(&tree, command), "{command}");
        }
        for command in ["npm ci --ignore-scripts", "npm install -g pnpm"] {
            assert!(is_blind_in(&tree, command), "{command}");
        }
    }
}
