//! What a container runs: `ENTRYPOINT` and `CMD`, as far as they can be told without running them.

use super::Stop;
use super::case::Case;
use super::commands::shortened;
use super::plan::Start;
use crate::facts::Origin;
use crate::images::Entrypoint;
use crate::shell::command::{base, is_shell};
use crate::shell::{self, CommandKind, Dialect, Script};
use crate::syntax::{Body, Command, Keyword};

/// The program of a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    /// Its words, those of `ENTRYPOINT` before those of `CMD`: the first is the program.
    pub(super) words: Vec<String>,
    /// How many of them are of `ENTRYPOINT`.
    pub(super) fixed: usize,
    /// Variables that it gets from the shell or script that starts it.
    pub(super) assigned: Vec<(String, String)>,
    /// How it was found, where that is more than reading `ENTRYPOINT` and `CMD`: a sentence each.
    pub(super) through: Vec<String>,
    /// Why a shell has to start it; then `words` are those of the shell.
    pub(super) shell: Option<String>,
    /// The instructions that say it.
    pub(super) said: Vec<usize>,
    /// It has to be written anew.
    pub(super) changed: bool,
}

impl Program {
    /// `words` as `ENTRYPOINT` and `CMD`, parted where they were.
    pub(super) fn start(&self, words: &[String]) -> Start {
        let (entrypoint, command) = words.split_at(self.fixed.min(words.len()));
        Start { entrypoint: entrypoint.to_vec(), command: command.to_vec() }
    }
}

/// What one instruction says.
enum Said {
    Words(Vec<String>),
    Script(String),
}

/// What a container of the stage runs.
pub(super) fn program(case: &Case) -> Result<Program, Stop> {
    let last = |keyword| case.stage().all(case.cx.file, keyword).last().copied();
    let (entrypoint, command) = (last(Keyword::Entrypoint), last(Keyword::Cmd));
    let said = [entrypoint, command].into_iter().flatten().collect::<Vec<_>>();
    let Some(first) = said.first() else {
        if let Some(words) = of_image(case) {
            let words = words.iter().map(|it| (*it).to_owned()).collect();
            return Ok(Program { words, ..Program::default() });
        }
        let reason =
            "it names no program: its base image starts one, or other images are built on it"
                .to_owned();
        return Err(case.stop("no-program", reason));
    };
    if entrypoint.is_none() {
        passes(case)?;
    }
    let read = |at: Option<usize>| at.map_or(Ok(Said::Words(Vec::new())), |at| said_by(case, at));
    // Docker forgets the command of the base image where an entry point is given.
    let mut found = match (read(entrypoint)?, read(command)?) {
        // The shell form of an entry point ignores the command.
        (Said::Script(script), _) => of_script(&script, true),
        (Said::Words(words), Said::Script(script)) if words.is_empty() => of_script(&script, false),
        (Said::Words(_), Said::Script(_)) => {
            let reason = "`CMD` in shell form gives a shell to the program as its words".to_owned();
            return Err(Stop { code: "ambiguous-program", at: case.span(*first), reason });
        }
        (Said::Words(words), Said::Words(more)) => {
            let fixed = words.len();
            let words: Vec<String> = words.into_iter().chain(more).collect();
            of_words(words, fixed)
        }
    };
    if found.words.is_empty() {
        let reason = "it is given no program to start".to_owned();
        return Err(Stop { code: "no-program", at: case.span(*first), reason });
    }
    let name = base(&found.words[0]);
    if found.words.len() == 1 && (is_shell(name) || is_prompt(name)) {
        let reason = format!("`{name}` alone is for somebody who works in it");
        return Err(Stop { code: "interactive", at: case.span(*first), reason });
    }
    let shell = case.stage().all(case.cx.file, Keyword::Shell);
    if let (Some(at), true) = (shell.last(), found.shell.is_some()) {
        let reason = "`SHELL` says what runs the program, and may not be in the run-time image";
        return Err(Stop { code: "shell", at: case.span(*at), reason: reason.to_owned() });
    }
    found.said = said;
    Ok(found)
}

/// The server that an image starts by itself, where the run-time image is one of the same kind.
fn of_image(case: &Case) -> Option<&'static [&'static str]> {
    let tag = case.reference().rsplit(':').next().unwrap_or_default();
    let has = |variant: &str| tag.split('-').any(|it| it == variant);
    // What has no files of the context is there for others to build on, or to work in.
    let is_whole = case.arrivals.iter().any(|it| it.origin == Origin::Context);
    let takes_any = is_whole || !case.arrivals.is_empty() || case.takes().next().is_some();
    match case.repository() {
        "tomcat" if takes_any => Some(&["catalina.sh", "run"]),
        "jetty" if takes_any => Some(&["java", "-jar", "/usr/local/jetty/start.jar"]),
        _ if !is_whole => None,
        "php" if has("apache") => Some(&["apache2-foreground"]),
        "php" if has("fpm") => Some(&["php-fpm"]),
        "nginx" | "nginxinc/nginx-unprivileged" => Some(&["nginx"]),
        _ => None,
    }
}

/// Interpreters that wait for input when they get no program.
fn is_prompt(name: &str) -> bool {
    name.starts_with("python")
        || matches!(name, "node" | "irb" | "ghci" | "R" | "jshell" | "iex" | "php" | "psql" | "zsh")
}

/// The entry point of the base image does nothing but run the command.
fn passes(case: &Case) -> Result<(), Stop> {
    match case.image().map(|image| image.entrypoint) {
        Some(Some(Entrypoint::None | Entrypoint::Passes)) => Ok(()),
        None if matches!(case.repository(), "") => Ok(()),
        _ => {
            let reason = format!("the entry point of `{}` is not known", case.reference());
            Err(case.stop("image-entrypoint", reason))
        }
    }
}

fn said_by(case: &Case, at: usize) -> Result<Said, Stop> {
    let instruction = &case.cx.file.instructions[at];
    match &instruction.body {
        Body::Cmd(Command::Exec(words)) | Body::Entrypoint(Command::Exec(words)) => {
            Ok(Said::Words(words.iter().map(|word| word.text.to_string()).collect()))
        }
        _ => match instruction.script() {
            Some(script) => Ok(Said::Script(with_place(case, script.text.trim()))),
            None => {
                let reason = "what it runs depends on the builder".to_owned();
                Err(Stop { code: "unreadable", at: instruction.span, reason })
            }
        },
    }
}

/// A script with the place of its program written out, where variables that the file sets say it:
/// `$APP_HOME/bin/server`. What is given to it may be set anew for each container, and stays.
fn with_place(case: &Case, script: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-".contains(it);
    let start = if script.starts_with("exec ") { "exec ".len() } else { 0 };
    let length = script[start..].find(char::is_whitespace).unwrap_or(script.len() - start);
    let word = &script[start..start + length];
    let expanded = || {
        let mut found = String::new();
        let mut rest = word;
        while let Some(at) = rest.find('$') {
            found.push_str(&rest[..at]);
            let behind = &rest[at + 1..];
            let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
            let (name, behind) = match behind.strip_prefix('{') {
                Some(inside) => inside.split_once('}')?,
                None => behind.split_at(behind.find(|it| !is_name(it)).unwrap_or(behind.len())),
            };
            let value = case.variable(name).filter(|_| case.sets(name))?;
            found.push_str(Some(&*value).filter(|it| it.chars().all(is_plain))?);
            rest = behind;
        }
        found.push_str(rest);
        let is_path = found.starts_with('/') && found.chars().all(is_plain);
        is_path.then_some(found)
    };
    match expanded().filter(|_| word.contains('$')) {
        Some(place) => format!("{}{place}{}", &script[..start], &script[start + length..]),
        None => script.to_owned(),
    }
}

/// `["sh", "-c", "…"]` is a script, and everything else is what it is.
fn of_words(words: Vec<String>, fixed: usize) -> Program {
    let found = script_of(&words).map(|script| of_script(script, fixed > 0));
    match found {
        // It is run by the shell that it names.
        Some(found) if found.shell.is_some() => {
            Program { shell: found.shell, words, fixed, ..Program::default() }
        }
        Some(found) => Program { changed: true, ..found },
        None => Program { words, fixed, ..Program::default() },
    }
}

fn script_of(words: &[String]) -> Option<&str> {
    match words {
        [shell, option, script] if is_shell(base(shell)) && option == "-c" => Some(script),
        _ => None,
    }
}

/// A script that starts one program with known words is that program.
fn of_script(text: &str, fixed: bool) -> Program {
    let parsed = shell::parse(text, Dialect::Unknown).or_else(|| shell::parse(text, Dialect::Bash));
    let plain = parsed.as_deref().and_then(plain);
    let (words, assigned, shell) = match plain {
        Some((words, assigned)) => match script_of(&words) {
            Some(script) if assigned.is_empty() => return of_script(script, fixed),
            _ => (words, assigned, None),
        },
        None => {
            let words = ["/bin/sh", "-c", text].map(str::to_owned).to_vec();
            (words, Vec::new(), Some(format!("a shell has to run `{}`", shortened(text))))
        }
    };
    let fixed = if fixed { words.len() } else { 0 };
    let changed = shell.is_none();
    Program { words, fixed, assigned, shell, changed, ..Program::default() }
}

/// The words and assignments of a command.
type Plain = (Vec<String>, Vec<(String, String)>);

/// The words and assignments of a script's only command, where a shell adds nothing to them.
pub(super) fn plain(script: &Script) -> Option<Plain> {
    let [statement] = &*script.body.statements else { return None };
    let [command] = &*statement.first.commands else { return None };
    let CommandKind::Simple(simple) = &command.kind else { return None };
    let is_plain = statement.rest.is_empty()
        && !statement.first.negated
        && statement.terminator.is_none_or(|it| it.kind == shell::TerminatorKind::Semicolon)
        && command.redirects.is_empty();
    let assigned = simple.assignments.iter().map(|it| {
        let value = it.value.as_ref()?.literal.as_ref()?;
        (!it.append).then(|| (it.name.to_string(), value.to_string()))
    });
    let assigned = assigned.collect::<Option<Vec<_>>>()?;
    let words = simple.words.iter().map(|word| word.literal.as_ref().map(ToString::to_string));
    let mut words = words.collect::<Option<Vec<_>>>()?;
    if words.first().is_some_and(|it| it == "exec") {
        words.remove(0);
    }
    const BUILTINS: &[&str] = &[
        ".", ":", "alias", "cd", "command", "eval", "exit", "export", "read", "set", "source",
        "test", "time", "trap", "ulimit", "umask", "wait",
    ];
    let first = words.first()?;
    let is_program = !first.starts_with('-') && !BUILTINS.contains(&first.as_str());
    (is_plain && is_program).then_some((words, assigned))
}
