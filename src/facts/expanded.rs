//! Scripts with the values of variables that are known before the build.

use super::{Facts, Run, RunScript};
use crate::shell::{self, CommandKind, Part, Script, Word};
use crate::syntax::expand::Value;
use crate::text::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A script of `run` in which plain values stand for variables; `None` if there are none, or it then reads
/// otherwise.
pub(super) fn expanded(facts: &Facts, run: &Run, script: &RunScript) -> Option<Arc<Script>> {
    let parsed = &script.parsed;
    if !parsed.text.contains('$') {
        return None;
    }
    let assigned = assigned(parsed);
    let mut values: Vec<(Span, String)> = Vec::new();
    for (_, simple, _) in parsed.simple_commands() {
        let given = simple.assignments.iter().filter_map(|it| it.value.as_ref());
        for (span, name) in simple.words.iter().chain(given).flat_map(parameters) {
            let written = span.of(&parsed.text);
            let is_bare = written == format!("${name}") || written == format!("${{{name}}}");
            if !is_bare || assigned.contains(name) {
                continue;
            }
            match facts.variable_of(run, name) {
                Value::Set(value) if is_plain(&value) => values.push((span, value.into_owned())),
                _ => (),
            }
        }
    }
    values.sort_unstable_by_key(|(span, _)| span.start);
    values.dedup();
    let mut text = parsed.text.to_string();
    for (span, value) in values.iter().rev() {
        text.replace_range(span.start..span.end, value);
    }
    (!values.is_empty()).then(|| shell::parse(&text, parsed.dialect)).flatten()
}

fn parameters(word: &Word) -> impl Iterator<Item = (Span, &str)> {
    word.parts.iter().filter_map(|part| match part {
        Part::Parameter { span, name, words, .. } if words.is_empty() => Some((*span, &**name)),
        _ => None,
    })
}

/// What no shell splits, expands or quotes.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-./:,=+@".contains(&it))
}

/// Variables that the script itself gives a value.
fn assigned(script: &Script) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    script.visit(&mut |command, _| match &command.kind {
        CommandKind::Simple(simple) => {
            names.extend(simple.assignments.iter().map(|it| it.name.to_string()));
            let first = simple.words.first().and_then(|it| it.literal.as_deref());
            if matches!(first, Some("export" | "getopts" | "local" | "read" | "readonly" | "unset"))
            {
                let words = simple.words.iter().map(|it| it.span.of(&script.text));
                names.extend(words.filter_map(|it| it.split('=').next()).map(str::to_owned));
            }
        }
        CommandKind::For { variable, .. } => {
            names.insert(variable.to_string());
        }
        _ => (),
    });
    names
}
