//! Whether root runs the program itself while the image is built.

use super::ground::chain;
use super::known::{PLAIN, WRITERS};
use super::program::Program;
use super::{Stop, shortened};
use crate::facts::{Run, resolve};
use crate::shell::command::base;
use crate::syntax::{Body, Command};
use crate::text::Span;
use crate::transform::Context;

/// What a program only answers, or makes for others.
const ASKS: &[&str] = &[
    "--check",
    "--dry-run",
    "--help",
    "--list",
    "--validate",
    "--version",
    "-V",
    "-h",
    "-v",
    "-version",
    "check",
    "completion",
    "help",
    "validate",
    "version",
];

/// Options with which Java looks into the program, and does not start it.
const UNPACKS: &[&str] = &["-Djarmode", "-XX:ArchiveClassesAtExit", "-Xshare:dump"];

/// A command of a `RUN`.
struct Call {
    at: Span,
    text: String,
    /// One that is not known is empty.
    words: Vec<String>,
}

/// Refuses a program that root calls for something else before: what it makes then is root's.
pub(super) fn is_called_once(cx: &Context, stage: usize, program: &Program) -> Result<(), Stop> {
    let workdir = cx.facts.stages[stage].workdir();
    for run in chain(cx, stage).into_iter().flat_map(|it| cx.facts.runs_of(it)) {
        let calls = calls(cx, run);
        let is_it = |call: &&Call| {
            let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
            !asks(&words)
                && program.commands.iter().any(|own| {
                    let own: Vec<&str> = own.iter().map(String::as_str).collect();
                    is_same((&own, workdir), (&words, run.workdir()))
                })
        };
        if let Some(Call { at, text, .. }) = calls.iter().find(is_it) {
            let text = shortened(text);
            let reason = format!("`{text}` makes files as root that the program changes later");
            return Err(Stop { code: "made-by-root", at: *at, reason });
        }
    }
    Ok(())
}

fn calls(cx: &Context, run: &Run) -> Vec<Call> {
    let instruction = &cx.file.instructions[run.instruction];
    if let Body::Run(Command::Exec(words)) = &instruction.body {
        let words: Vec<String> = words.iter().map(|it| it.text.to_string()).collect();
        return vec![Call { at: instruction.span, text: words.join(" "), words }];
    }
    let Some(script) = &run.script else { return Vec::new() };
    let commands = script.parsed.simple_commands().into_iter();
    let calls = commands.filter_map(|(command, simple, _)| {
        let call = script.parsed.invocation(simple)?;
        let arguments = call.literals().map(Option::unwrap_or_default);
        let words = std::iter::once(call.given).chain(arguments).map(str::to_owned).collect();
        let text = command.span.of(&script.parsed.text).to_owned();
        Some(Call { at: script.source_span(command.span), text, words })
    });
    calls.collect()
}

/// Whether a program is only asked: by what stands first behind it, or by an option at the end.
fn asks(words: &[&str]) -> bool {
    let runs = match words.first() {
        Some(name) if is_interpreter(base(name)) => subject(words),
        name => name.copied(),
    };
    let mut arguments = words.iter().skip_while(|it| Some(**it) != runs).skip(1);
    let unpacks = |it: &&str| UNPACKS.iter().any(|option| it.starts_with(option));
    arguments.next().is_some_and(|it| ASKS.contains(it))
        || matches!(words.last(), Some(&("--help" | "--version")))
        || words.iter().any(unpacks)
}

/// Whether two commands, each with the folder in which it starts, run the same program.
fn is_same(own: (&[&str], Option<&str>), other: (&[&str], Option<&str>)) -> bool {
    let (Some(first), Some(second)) = (own.0.first(), other.0.first()) else { return false };
    let name = base(first);
    if name.is_empty() || WRITERS.contains(&name) {
        return false;
    }
    match is_interpreter(name) {
        true => {
            let subjects = (subject(own.0), subject(other.0));
            let (Some(first), Some(second)) = subjects else { return false };
            is_interpreter(base(other.0[0])) && is_file((first, own.1), (second, other.1))
        }
        false => is_file((first, own.1), (second, other.1)),
    }
}

/// One that runs the program which stands behind it.
fn is_interpreter(name: &str) -> bool {
    const SERVERS: &[&str] = &["celery", "flask", "http-server", "serve"];
    (PLAIN.contains(&name) || name.starts_with("python")) && !SERVERS.contains(&name)
}

/// What an interpreter runs: a file, or a module.
fn subject<'w>(words: &[&'w str]) -> Option<&'w str> {
    let rest = words.get(1..)?;
    let named = rest.iter().position(|it| matches!(*it, "-m" | "-jar"));
    match named {
        Some(at) => rest.get(at + 1).copied(),
        None => rest.iter().find(|it| !it.starts_with('-')).copied(),
    }
}

/// Whether two names, each within its folder, are of one file; one without a folder is found on the search path.
fn is_file(own: (&str, Option<&str>), other: (&str, Option<&str>)) -> bool {
    let is_path = own.0.contains('/') && other.0.contains('/');
    match is_path {
        true => resolve(own.1, own.0).is_some_and(|it| Some(it) == resolve(other.1, other.0)),
        false => base(own.0) == base(other.0),
    }
}

#[cfg(test)]
mod tests {
    use super::{asks, is_same};

    fn words(text: &str) -> Vec<&str> {
        text.split(' ').collect()
    }

    #[test]
    fn a_program_is_the_same_with_other_arguments() {
        for (own, other) in [
            ("/bin/app", "app init"),
            ("./app", "/srv/app init"),
            ("python app.py", "python3 /srv/app.py --prepare"),
            ("python -m app", "python -m app init"),
            ("java -jar app.jar", "java -jar app.jar --init"),
            ("flask run", "flask init-db"),
        ] {
            let (own, other) = (words(own), words(other));
            assert!(is_same((&own, Some("/srv")), (&other, Some("/srv"))), "{own:?} {other:?}");
        }
        for (own, other) in [
            ("./app", "/opt/app init"),
            ("python app.py", "python -m venv"),
            ("node server.js", "node build.js"),
            ("node server.js", "cat server.js"),
            ("npm start", "npm install"),
        ] {
            let (own, other) = (words(own), words(other));
            assert!(!is_same((&own, Some("/srv")), (&other, Some("/srv"))), "{own:?} {other:?}");
        }
    }

    #[test]
    fn a_program_that_is_asked_makes_nothing() {
        for text in [
            "app version",
            "app -v",
            "app init --help",
            "app --check pattern.txt",
            "python app.py --version",
            "java -Djarmode=tools -jar app.jar extract",
        ] {
            assert!(asks(&words(text)), "{text}");
        }
        for text in ["app", "app init -v", "python -v app.py init", "app init check"] {
            assert!(!asks(&words(text)), "{text}");
        }
    }
}
