//! The commands that `make` runs for a target, as far as the text of the makefile tells.

use super::Stop;
use super::case::Case;
use super::commands::{Step, Work, shortened};
use crate::facts::resolve;
use crate::shell::command::{Invocation, base};
use crate::shell::{self, Dialect};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What `make` reads, the first that is there.
const NAMES: &[&str] = &["GNUmakefile", "makefile", "Makefile"];

/// Options of `make` that change nothing of what it makes.
const PLAIN: &[&str] =
    &["--no-print-directory", "--quiet", "--silent", "-B", "-k", "-s", "-w", "VERBOSE=1"];

/// Targets that lead to one another, and variables in variables, to this depth.
const DEEPEST: usize = 8;

/// What is known of a makefile.
struct Makefile {
    variables: BTreeMap<String, String>,
    rules: Vec<Rule>,
}

struct Rule {
    targets: Vec<String>,
    needs: Vec<String>,
    commands: Vec<String>,
}

/// Whether a step starts `make`.
pub(super) fn is_make(step: &Step) -> bool {
    matches!(&step.work, Work::Program { name, .. } if matches!(base(name), "make" | "gmake"))
}

/// Whether a step starts `make`, which starts one of `tools`.
pub(super) fn starts(case: &Case, step: &Step, tools: &[&str]) -> bool {
    let is_tool = |command: &String| {
        let parsed = shell::parse(command, Dialect::Unknown);
        parsed.is_some_and(|parsed| {
            let commands = parsed.simple_commands().into_iter();
            let mut calls = commands.filter_map(|(_, simple, _)| parsed.invocation(simple));
            calls.any(|it| tools.contains(&base(it.program)))
        })
    };
    is_make(step) && called(case, step).is_ok_and(|(_, all)| all.iter().any(is_tool))
}

/// Shows each command that a step which starts `make` runs to `visit`, as a step of its own.
pub(super) fn each(
    case: &Case,
    step: &Step,
    visit: &mut dyn FnMut(&Step, &Invocation) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let stop = |reason: String| Stop { code: "unknown-command", at: step.at, reason };
    let (workdir, commands) = called(case, step)?;
    for command in commands {
        let Some(parsed) = shell::parse(&command, Dialect::Unknown) else {
            let reason = format!("`{}` runs `{command}`, which cannot be read", step.text);
            return Err(stop(reason));
        };
        for (own, simple, context) in parsed.simple_commands() {
            let Some(call) = parsed.invocation(simple) else { continue };
            let text = shortened(own.span.of(&parsed.text));
            let certain = context.always_runs() && own.redirects.is_empty();
            let workdir = Some(workdir.clone());
            visit(&Step { certain, text, workdir, ..step.clone() }, &call)?;
        }
    }
    Ok(())
}

/// The folder in which `make` works and the commands that it runs, or why that is not known.
fn called(case: &Case, step: &Step) -> Result<(String, Vec<String>), Stop> {
    let stop = |reason: String| Stop { code: "unknown-command", at: step.at, reason };
    let unknown = || stop(format!("what `{}` makes is not known", step.text));
    let Work::Program { words, .. } = &step.work else { return Err(unknown()) };
    let mut workdir = step.workdir.clone().filter(|_| step.certain).ok_or_else(unknown)?;
    let mut targets = Vec::new();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let word = word.ok_or_else(unknown)?;
        if word == "-C" {
            let folder = words.next().flatten().and_then(|it| resolve(Some(&workdir), it));
            workdir = folder.ok_or_else(unknown)?;
        } else if !PLAIN.contains(&word) && !word.starts_with("-j") {
            targets.push(word);
        }
    }
    if targets.iter().any(|it| it.starts_with('-') || it.contains('=')) {
        return Err(unknown());
    }
    let commands = text(case, &workdir)?.and_then(|text| commands(&text, &targets));
    let none = || format!("`{}`: there is no makefile that says what it does", step.text);
    Ok((workdir, commands.ok_or_else(|| stop(none()))?))
}

fn text(case: &Case, workdir: &str) -> Result<Option<Arc<str>>, Stop> {
    for name in NAMES {
        let path = case.source(&format!("{}/{name}", workdir.trim_end_matches('/')))?;
        if let Some(text) = path.and_then(|it| case.text(&it)) {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The commands for `targets`, or for the first target, in the order in which they run, each a line for a shell.
/// A variable whose value is not known stays one. `None` if a target is not there.
fn commands(text: &str, targets: &[&str]) -> Option<Vec<String>> {
    let makefile = Makefile::parse(text);
    let first = makefile.rules.iter().flat_map(|it| &it.targets).find(|it| !it.starts_with('.'));
    let wanted = match targets {
        [] => vec![first?.as_str()],
        targets => targets.to_vec(),
    };
    let (mut found, mut done) = (Vec::new(), BTreeSet::new());
    for target in wanted {
        makefile.rule(target)?;
        makefile.collect(target, &mut found, &mut done, 0);
    }
    Some(found)
}

impl Makefile {
    fn parse(text: &str) -> Self {
        let mut makefile = Self { variables: BTreeMap::new(), rules: Vec::new() };
        let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
        for line in joined.lines() {
            if let Some(command) = line.strip_prefix('\t') {
                if let Some(rule) = makefile.rules.last_mut() {
                    rule.commands.push(command.trim().to_owned());
                }
                continue;
            }
            let line = line.split(" #").next().unwrap_or(line).trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            makefile.line(line);
        }
        makefile
    }

    fn line(&mut self, line: &str) {
        let assigned = ["::=", ":=", "?=", "+=", "="].iter().find_map(|operator| {
            let (name, value) = line.split_once(operator)?;
            let name = name.trim().trim_start_matches("export ").trim();
            let is_name = !name.is_empty() && !name.contains([' ', ':', '$', '\t']);
            is_name.then(|| (name.to_owned(), value.trim().to_owned()))
        });
        if let Some((name, value)) = assigned {
            self.variables.insert(name, value);
            return;
        }
        let Some((targets, needs)) = line.split_once(':') else { return };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (needs, command) = needs.split_once(';').unwrap_or((needs, ""));
        let commands = (!command.trim().is_empty()).then(|| command.trim().to_owned());
        let (targets, needs) = (self.expanded(targets, 0), self.expanded(needs, 0));
        let commands = commands.into_iter().collect();
        self.rules.push(Rule { targets: words(&targets), needs: words(&needs), commands });
    }

    fn rule(&self, target: &str) -> Option<&Rule> {
        let of_target = |it: &&Rule| it.targets.iter().any(|it| it == target);
        self.rules.iter().filter(of_target).max_by_key(|it| !it.commands.is_empty())
    }

    fn collect(
        &self,
        target: &str,
        found: &mut Vec<String>,
        done: &mut BTreeSet<String>,
        depth: usize,
    ) {
        let Some(rule) = self.rule(target).filter(|_| depth < DEEPEST) else { return };
        if !done.insert(target.to_owned()) {
            return;
        }
        let all = self.rules.iter().filter(|it| it.targets.iter().any(|it| it == target));
        for need in all.flat_map(|it| &it.needs) {
            self.collect(need, found, done, depth + 1);
        }
        let first = rule.needs.first().map_or("", String::as_str);
        found.extend(rule.commands.iter().map(|command| {
            let command = command.trim_start_matches(['@', '-', '+']);
            let command = command.replace("$@", target).replace("$<", first);
            self.expanded(&command, 0)
        }));
    }

    /// The text with the values of variables; what is not known becomes a variable of the shell.
    fn expanded(&self, text: &str, depth: usize) -> String {
        let mut whole = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            whole.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let close = match rest.chars().next() {
                Some('$') => {
                    whole.push('$');
                    rest = &rest[1..];
                    continue;
                }
                Some('(') => ')',
                Some('{') => '}',
                _ => {
                    whole.push_str("$unknown");
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
            };
            let end = end_of(rest, close);
            let name = rest.get(1..end).unwrap_or_default();
            rest = rest.get(end + 1..).unwrap_or_default();
            match self.variables.get(name).filter(|_| depth < DEEPEST) {
                Some(value) => whole.push_str(&self.expanded(value, depth + 1)),
                None => whole.push_str("$unknown"),
            }
        }
        whole + rest
    }
}

/// Where the bracket that `text` starts with is closed.
fn end_of(text: &str, close: char) -> usize {
    let open = if close == ')' { '(' } else { '{' };
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            it if it == open => depth += 1,
            it if it == close => depth -= 1,
            _ => (),
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::commands;

    const TEXT: &str = "BIN ?= server\nOUT := bin/$(BIN)\nVERSION = $(shell git describe)\n\n.PHONY: build\n\
        all: deps build # both\n\ndeps:\n\tgo mod download\n\nbuild: deps\n\t@echo building $@\n\
        \tgo build -ldflags \"-X main.v=$(VERSION)\" \\\n\t  -o $(OUT) ./cmd/${BIN}\n\nclean: ; rm -rf bin\n";

    #[test]
    fn what_a_target_runs() {
        let build = [
            "go mod download",
            "echo building build",
            "go build -ldflags \"-X main.v=$unknown\"  \t  -o bin/server ./cmd/server",
        ];
        assert_eq!(commands(TEXT, &["build"]).as_deref(), Some(&build.map(str::to_owned)[..]));
        assert_eq!(commands(TEXT, &[]).as_deref(), Some(&build.map(str::to_owned)[..]));
        assert_eq!(commands(TEXT, &["clean"]), Some(vec!["rm -rf bin".to_owned()]));
        assert_eq!(commands(TEXT, &["install"]), None);
        assert_eq!(commands("", &[]), None);
    }
}
