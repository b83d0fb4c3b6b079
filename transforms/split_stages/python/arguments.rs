//! What the words of a command line, and what is known of who runs it, say about its rights.

use super::super::case::Case;
use crate::facts::{Use, Way};
use crate::shell::command::base;
use crate::syntax::{Body, Keyword};

/// Options behind which a file is written; `-` is a stream.
const FILES: &[&str] = &[
    "--access-logfile",
    "--accesslog",
    "--daemonize",
    "--error-logfile",
    "--log-file",
    "--logfile",
    "--logto",
    "--pid",
    "--pidfile",
    "--schedule",
    "--unix-socket",
];

/// Programs that write to the folder in which they start.
const WRITERS: &[&str] = &["alembic", "chainlit", "jupyter", "mlflow", "scrapy", "streamlit"];

/// Why the program may need the rights of root.
pub(super) fn why_root(case: &Case, words: &[String]) -> Option<String> {
    let stage = case.stage();
    if !stage.all(case.cx.file, Keyword::Volume).is_empty() {
        return Some("its volumes belong to root".to_owned());
    }
    for Use { place, way, .. } in case.cx.facts.uses(case.stage) {
        match way {
            Way::AsRoot(_) => return Some(format!("{place} runs it as root")),
            Way::Volume(path) => return Some(format!("{place} has a volume at `{path}`")),
            _ => (),
        }
    }
    if let Some(name) = words.iter().map(|it| base(it)).find(|it| WRITERS.contains(it)) {
        return Some(format!("`{name}` may write to the folder in which it starts"));
    }
    if words.iter().any(|it| it == "beat" || it == "-B") {
        return Some("it writes a schedule to the folder in which it starts".to_owned());
    }
    for (at, word) in words.iter().enumerate() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word.as_str(), words.get(at + 1).map(String::as_str)),
        };
        if FILES.contains(&option) && value.is_none_or(|it| !matches!(it, "-" | "/dev/stdout")) {
            return Some(format!("`{option}` writes a file"));
        }
        if is_low_port(words, at) {
            return Some(format!("`{word}` may name a port below 1024"));
        }
    }
    variables(case)
}

/// `0.0.0.0:80`, or a number behind an option for ports.
fn is_low_port(words: &[String], at: usize) -> bool {
    let word = &words[at];
    let last = word.rsplit([':', '=']).next().unwrap_or_default();
    let is_low = last.parse::<u16>().is_ok_and(|it| (1..1024).contains(&it));
    let behind = at.checked_sub(1).and_then(|before| words.get(before));
    let is_option = |it: &str| it.contains("port") || it == "-p";
    is_low && (word.contains(':') || is_option(word) || behind.is_some_and(|it| is_option(it)))
}

fn variables(case: &Case) -> Option<String> {
    for at in case.stage().instructions.clone() {
        let Body::Env { pairs, .. } = &case.cx.file.instructions[at].body else { continue };
        for pair in pairs {
            let Some(value) = &pair.value else { continue };
            let name = &*pair.name.text;
            let value = value.text.trim_matches(['"', '\'']);
            let is_low = value.parse::<u16>().is_ok_and(|it| (1..1024).contains(&it));
            if name.contains("PORT") && is_low || value.contains("sqlite") {
                return Some(format!("of `ENV {name}`"));
            }
        }
    }
    None
}
