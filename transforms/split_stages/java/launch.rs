//! How the virtual machine is started, and with what.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::shortened;
use super::super::install::{self, Started};
use super::super::plan::Copied;
use super::super::program::Program;
use super::made::Made;
use crate::facts::resolve;
use crate::shell::command::{base, is_shell};
use crate::shell::{self, Dialect};
use crate::text::Span;

/// What the container starts.
#[derive(Debug, Default)]
pub(super) struct Launch {
    /// The words behind `java`; `None` where a shell tells.
    pub(super) words: Vec<Option<String>>,
    /// The program itself.
    pub(super) copies: Vec<Copied>,
    /// The jar that is started, absolute.
    pub(super) jar: Option<String>,
    /// Why a shell is needed.
    pub(super) shell: Option<String>,
    /// Why it has to be Bash.
    pub(super) bash: bool,
    /// `java` is called by its path, which is not the same in every image.
    pub(super) path: Option<String>,
    /// The file starts it in another way.
    pub(super) is_other: bool,
}

/// Options with a value in the word behind them.
const VALUES: &[&str] = &[
    "--add-exports",
    "--add-modules",
    "--add-opens",
    "--add-reads",
    "--class-path",
    "--enable-native-access",
    "--limit-modules",
    "--module-path",
    "--patch-module",
    "--upgrade-module-path",
    "-classpath",
    "-cp",
    "-p",
];

pub(super) fn launch(case: &Case, program: &mut Program, made: &Made) -> Result<Launch, Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let name = base(&program.words[0]);
    if name == "java" && program.shell.is_none() {
        let words = program.words[1..].iter().cloned().map(Some).collect();
        let path = program.words[0].contains('/').then(|| program.words[0].clone());
        return of_java(case, made, words, Launch { path, ..Launch::default() }, at);
    }
    if super::TOOLS.contains(&name) {
        let reason = format!("`{name}` compiles each time that a container starts");
        return Err(Stop { code: "compiles-at-start", at, reason });
    }
    if let Some(folder) = installed(case, program, made) {
        let shell = Some(format!("`{}` is a shell script that the build makes", program.words[0]));
        let copies = vec![Copied::folder(&folder, "the program, with its libraries")];
        return Ok(Launch { copies, shell, bash: true, ..Launch::default() });
    }
    let known = install::Made { programs: vec!["/usr/bin/java".to_owned()], ..Default::default() };
    let started = install::find(case, program, &known, &[])?;
    of_script(case, program, made, started, at)
}

/// The folder of an application whose start script the build makes: `build/install/x/bin/x`.
fn installed(case: &Case, program: &Program, made: &Made) -> Option<String> {
    if program.shell.is_some() {
        return None;
    }
    let is_script = is_shell(base(&program.words[0]));
    let word = program.words.get(usize::from(is_script))?;
    let path = resolve(case.stage().workdir(), word)?;
    if case.source(&path).ok().flatten().is_some() || !made.has(&path) {
        return None;
    }
    let (folder, _) = path.rsplit_once("/bin/")?;
    let of_tool = ["/install/", "/universal/stage", "/appassembler", "/target/pack", "/dist/"];
    of_tool.iter().any(|it| format!("{folder}/").contains(it)).then(|| folder.to_owned())
}

/// A shell, or a script of the context, that starts `java`.
fn of_script(
    case: &Case,
    program: &Program,
    made: &Made,
    started: Started,
    at: Span,
) -> Result<Launch, Stop> {
    let bash = started.bash.is_some();
    let mut launch = Launch { shell: started.shell, bash, ..Launch::default() };
    launch.copies = started.copies;
    launch.copies.retain(|it| it.from != "/usr/bin/java");
    // `["/entrypoint.sh", "java", "-jar", "x.jar"]`
    let at_java = program.words.iter().skip(1).position(|it| base(it) == "java");
    if let Some(at_java) = at_java.filter(|_| program.shell.is_none()) {
        let words = program.words[at_java + 2..].iter().cloned().map(Some).collect();
        return of_java(case, made, words, launch, at);
    }
    let text = match &program.shell {
        Some(_) => program.words.get(2).cloned(),
        None => {
            let is_script = is_shell(base(&program.words[0]));
            let word = program.words.get(usize::from(is_script));
            let found = word.and_then(|it| install::script_of(case, it, is_script));
            found.and_then(|(_, it)| case.text(&it)).map(|it| it.to_string())
        }
    };
    let stop = |reason: String| Stop { code: "script", at, reason };
    let text = text.ok_or_else(|| stop("what starts `java` cannot be read".to_owned()))?;
    let parsed = shell::parse(&text, Dialect::Unknown)
        .or_else(|| shell::parse(&text, Dialect::Bash))
        .ok_or_else(|| stop(format!("`{}` cannot be read", shortened(&text))))?;
    let mut found = Vec::new();
    for (_, simple, _) in parsed.simple_commands() {
        let Some(call) = parsed.invocation(simple) else { continue };
        if call.program == "cd" {
            let reason = "the directory from which it starts `java` is another".to_owned();
            return Err(Stop { code: "script", at, reason });
        }
        if call.program == "java" {
            let words = call.arguments.iter().map(|word| {
                let literal = word.literal.as_deref().map(str::to_owned);
                literal.or_else(|| known(case, word.span.of(&parsed.text)))
            });
            found.push((words.collect::<Vec<_>>(), call.given.contains('/')));
        }
    }
    match found.pop() {
        Some((words, false)) if found.is_empty() => of_java(case, made, words, launch, at),
        Some((_, true)) => Err(stop("it starts `java` by its path".to_owned())),
        _ => Err(stop("which `java` it starts is not known".to_owned())),
    }
}

/// A word with variables that the file sets, or with a pattern for names of files.
fn known(case: &Case, raw: &str) -> Option<String> {
    let raw = raw.trim_matches('"');
    if !raw.contains('$') {
        return Some(raw.to_owned()).filter(|it| !it.contains('`'));
    }
    let name = raw.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}');
    let is_name =
        !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    let value = is_name.then(|| case.variable(name)).flatten()?;
    (!value.contains(' ') && !value.is_empty()).then(|| value.into_owned())
}

/// What `java` with these words needs.
fn of_java(
    case: &Case,
    made: &Made,
    words: Vec<Option<String>>,
    mut launch: Launch,
    at: Span,
) -> Result<Launch, Stop> {
    let unclear = |reason: String| Stop { code: "unclear-program", at, reason };
    let mut class_path = None;
    let mut is_jar = false;
    let mut main = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(word) = word.as_deref() else { continue };
        if let Some(value) = word.strip_prefix("--class-path=") {
            class_path = Some(value.to_owned());
        } else if let Some(value) = word.strip_prefix("--module-path=") {
            class_path = Some(value.to_owned());
        } else if matches!(word, "-m" | "--module") {
            main = rest.next().cloned().flatten();
            break;
        } else if VALUES.contains(&word) {
            let value = rest.next().cloned().flatten();
            if matches!(word, "-cp" | "-classpath" | "--class-path" | "-p" | "--module-path") {
                let unknown = || unclear("its class path depends on a variable".to_owned());
                class_path = Some(value.ok_or_else(unknown)?);
            }
        } else if word == "-jar" {
            is_jar = true;
        } else if word.starts_with('@') {
            return Err(unclear(format!("`{word}` names a file with further words")));
        } else if word == "-version" || word == "--version" {
            return Err(Stop {
                code: "interactive",
                at,
                reason: "it only says its version".to_owned(),
            });
        } else if !word.starts_with('-') {
            main = Some(word.to_owned());
            break;
        }
    }
    let Some(main) = main else {
        return Err(unclear("which program `java` starts is not known".to_owned()));
    };
    let workdir = case.workdir()?;
    if is_jar {
        let copied = jar(case, made, &main, workdir, launch.shell.is_some()).map_err(unclear)?;
        launch.jar = Some(copied.from.clone());
        launch.copies.push(copied);
    } else {
        if main.ends_with(".java") {
            let reason = format!("`{main}` is compiled each time that a container starts");
            return Err(Stop { code: "compiles-at-start", at, reason });
        }
        let own = class_path.or_else(|| case.variable("CLASSPATH").map(|it| it.into_owned()));
        let class_path = own.unwrap_or_else(|| ".".to_owned());
        for entry in class_path.split(':') {
            launch.copies.push(on_class_path(case, made, entry, workdir).map_err(unclear)?);
        }
    }
    launch.words = words;
    Ok(launch)
}

/// The jar that is started.
fn jar(
    case: &Case,
    made: &Made,
    word: &str,
    workdir: &str,
    expands: bool,
) -> Result<Copied, String> {
    let path = resolve(Some(workdir), word).ok_or("where its jar is, is not known")?;
    if path.contains(['*', '?', '[']) {
        let (folder, _) = path.rsplit_once('/').unwrap_or(("", &path));
        if !expands || folder.contains(['*', '?', '[']) || !made.has(&path) {
            return Err(format!("which jar `{word}` is, is not known"));
        }
        let mut copied = Copied::folder(&path, "the program");
        copied.to = format!("{folder}/");
        return Ok(copied);
    }
    let from_context = case.source(&path).ok().flatten().is_some();
    if !from_context && !made.has(&path) {
        return Err(format!("`{word}` is not among what the build is known to make"));
    }
    Ok(Copied::file(&path, "the program"))
}

/// A jar, a folder of classes or a folder of jars.
fn on_class_path(case: &Case, made: &Made, entry: &str, workdir: &str) -> Result<Copied, String> {
    let folder = match entry {
        "" => ".",
        "*" => ".",
        entry => entry.strip_suffix("/*").unwrap_or(entry),
    };
    let unknown = || format!("where `{entry}` of its class path is, is not known");
    let path = resolve(Some(workdir), folder).ok_or_else(unknown)?;
    if path.contains(['*', '$']) {
        return Err(unknown());
    }
    let from_context = case.source(&path).ok().flatten().is_some();
    if !from_context && !made.has(&path) && path != workdir {
        return Err(format!(
            "`{entry}` of its class path is not among what the build is known to make"
        ));
    }
    let because = "its class path names it";
    Ok(match path.ends_with(".jar") {
        true => Copied::file(&path, because),
        false => Copied::folder(&path, because),
    })
}
