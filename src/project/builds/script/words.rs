//! What the words of a script stand for, as far as that is known.

use super::super::command::Argument;
use super::super::paths::join;
use super::super::{Known, LONGEST, Unknown};
use super::{FIRST, State, Walk, known, starred};
use crate::shell::{self, CommandKind, Dialect, List, Part, Word};
use crate::text::Span;
use std::path::Path;

impl Walk<'_> {
    /// A word as the program gets it; one that is not quoted is split at blanks, if it is known.
    pub(super) fn arguments(&self, word: &Word, state: &State) -> Vec<Argument> {
        let raw = word.span.of(&self.script.text).to_owned();
        let value = self.value(word, state);
        let marked =
            word.literal.as_deref().is_some_and(|it| known(it, &self.source.expressions).is_err());
        let open = word.parts.iter().any(|part| match part {
            Part::Parameter { name, quoted, .. } => !quoted || &**name == "@",
            Part::Substitution { .. } | Part::Pattern(_) | Part::Brace(_) => !raw.starts_with('"'),
            _ => false,
        }) || raw.contains("[@]")
            || (marked && !raw.starts_with(['"', '\'']));
        match value {
            Ok(text) if open && raw.starts_with('$') => {
                let words = text.split_whitespace().map(str::to_owned);
                words
                    .map(|it| Argument { raw: it.clone(), value: Ok(it), ..Argument::default() })
                    .collect()
            }
            Ok(text) => vec![Argument { value: Ok(text), raw, ..Argument::default() }],
            Err(unknown) => {
                let pattern = self.expanded(word, state, Some("*")).ok();
                vec![Argument { several: open, value: Err(unknown), raw, pattern }]
            }
        }
    }

    /// What a word stands for after expansion of what is known.
    pub(super) fn value(&self, word: &Word, state: &State) -> Known<String> {
        self.expanded(word, state, None)
    }

    /// The same, with something in place of what is not known.
    fn expanded(&self, word: &Word, state: &State, unknown: Option<&str>) -> Known<String> {
        let finish = |text: &str| match unknown {
            Some(_) => Ok(starred(text)),
            None => known(text, &self.source.expressions),
        };
        if let Some(literal) = &word.literal {
            return finish(literal);
        }
        let raw = word.span.of(&self.script.text);
        let mut text = raw.to_owned();
        let mut values = Vec::new();
        // What is in braces is replaced with them.
        let is_inside = |part: &Part| {
            let span = part_span(part);
            let holds = |it: &Part| {
                part_span(it).zip(span).is_some_and(|(it, span)| it != span && it.contains(span))
            };
            word.parts.iter().any(holds)
        };
        for part in word.parts.iter().rev().filter(|it| !is_inside(it)) {
            let span = part_span(part).ok_or_else(|| Unknown::on(format!("`{raw}`")))?;
            let value = self.part(part, span, state);
            values.push(value.or_else(|it| unknown.map(str::to_owned).ok_or(it))?);
            let start = span.start - word.span.start;
            let stands_for = char::from_u32(FIRST as u32 + 0x1000 + values.len() as u32 - 1);
            let stands_for = stands_for.unwrap_or(FIRST).to_string();
            let range = start..start + (span.end - span.start);
            // Parts that lie in one another are not taken apart.
            text.get(range.clone()).ok_or_else(|| Unknown::on(format!("`{raw}`")))?;
            text.replace_range(range, &stands_for);
        }
        // Quotes are removed by the shell parser, which knows them.
        let parsed = shell::parse(&format!("x {text}"), Dialect::Bash);
        let literal = parsed.as_ref().and_then(|script| {
            let (_, simple, _) = *script.simple_commands().first()?;
            simple.words.get(1)?.literal.as_deref()
        });
        let mut value = literal.ok_or_else(|| Unknown::on(format!("`{raw}`")))?.to_owned();
        for (number, part) in values.iter().enumerate() {
            if let Some(char) = char::from_u32(FIRST as u32 + 0x1000 + number as u32) {
                value = value.replace(char, part);
            }
        }
        match value.len() > LONGEST {
            true => Err(Unknown::on("a value that is too long")),
            false => finish(&value),
        }
    }

    fn part(&self, part: &Part, span: Span, state: &State) -> Known<String> {
        let raw = span.of(&self.script.text);
        match part {
            Part::Parameter { name, words, .. } => self.parameter(name, words, raw, state),
            Part::Substitution { body, .. } => {
                self.printed(body, state).ok_or_else(|| Unknown::on(format!("`{raw}`")))
            }
            _ => Err(Unknown::on(format!("`{raw}`"))),
        }
    }

    fn parameter(&self, name: &str, words: &[Word], raw: &str, state: &State) -> Known<String> {
        let value = match (state.variables.get(name), name, &state.folder) {
            (None, "PWD", Ok(folder)) => Some(Some(folder.display().to_string())),
            (value, ..) => value.cloned(),
        };
        let unknown = || Err(Unknown::on(format!("`{raw}`")));
        let operator =
            raw.strip_prefix("${").and_then(|it| it.strip_prefix(name)?.strip_suffix('}'));
        match operator {
            None | Some("") => value.flatten().ok_or_else(|| Unknown::variable(name)),
            Some("[0]") if name == "BASH_SOURCE" => {
                value.flatten().ok_or_else(|| Unknown::variable(name))
            }
            Some("%/*" | "[0]%/*") => match value.flatten() {
                Some(path) => Ok(folder_of(&path)),
                None => unknown(),
            },
            // Whoever runs the script may set it; else it is this.
            Some(operator) if operator.starts_with([':', '-', '=']) => {
                let kind = operator.trim_start_matches(':');
                match (value, words) {
                    (Some(None), _) => unknown(),
                    (None, _) if state.sources => unknown(),
                    (Some(Some(value)), _) if !value.is_empty() => Ok(value),
                    (_, []) if matches!(kind, "-" | "=") => Ok(String::new()),
                    (_, [word]) if kind.starts_with(['-', '=']) => self.value(word, state),
                    _ => unknown(),
                }
            }
            Some(_) => unknown(),
        }
    }

    /// What a command substitution prints, for a few commands about paths.
    fn printed(&self, body: &List, state: &State) -> Option<String> {
        let mut commands = Vec::new();
        for statement in &body.statements {
            let pipelines = statement.rest.iter().map(|(_, pipeline)| pipeline);
            for pipeline in std::iter::once(&statement.first).chain(pipelines) {
                let [command] = &*pipeline.commands else { return None };
                let CommandKind::Simple(simple) = &command.kind else { return None };
                let values = simple.words.iter().map(|word| self.value(word, state).ok());
                commands.push(values.collect::<Option<Vec<String>>>()?);
            }
        }
        let words: Vec<Vec<&str>> =
            commands.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
        let folder = state.folder.as_ref().ok();
        let absolute = |path: &str| Some(join(folder?, path).display().to_string());
        match &*words.iter().map(Vec::as_slice).collect::<Vec<_>>() {
            [["pwd", ..]] => absolute("."),
            [["cd", .., path], ["pwd", ..]] if !path.starts_with('-') => absolute(path),
            [["dirname", .., path]] => Some(folder_of(path)),
            [["basename", path]] => Some(path.rsplit('/').next()?.to_owned()),
            [["realpath" | "readlink", .., path]] if !path.starts_with('-') => absolute(path),
            [["git", "rev-parse", "--show-toplevel"]] => {
                Some(self.source.file.root.display().to_string())
            }
            _ => None,
        }
    }
}

/// As `dirname` prints it.
fn folder_of(path: &str) -> String {
    let path = Path::new(path);
    let above = path.parent().map(|it| it.display().to_string()).filter(|it| !it.is_empty());
    above.unwrap_or_else(|| if path.is_absolute() { "/" } else { "." }.to_owned())
}

fn part_span(part: &Part) -> Option<Span> {
    match part {
        Part::Parameter { span, .. }
        | Part::Substitution { span, .. }
        | Part::Arithmetic { span, .. } => Some(*span),
        Part::Pattern(span) | Part::Brace(span) | Part::Tilde(span) => Some(*span),
    }
}
