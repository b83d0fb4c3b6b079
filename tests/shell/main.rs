//! Compares our reading of scripts with that of the shells themselves, where they are installed.

#![allow(clippy::unwrap_used)]

mod random;
mod render;
mod second_opinion;

use jettison::shell::{CommandKind, Dialect, Script, parse};
use random::Random;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

struct Shell {
    command: &'static [&'static str],
}

const DASH: Shell = Shell { command: &["dash"] };
const ASH: Shell = Shell { command: &["busybox", "ash"] };
const BASH: Shell = Shell { command: &["bash"] };

impl Shell {
    /// What it does with `input`, in an empty directory and without programs; `None` if it is not
    /// installed.
    fn run(&self, arguments: &[&str], input: &str) -> Option<Output> {
        let directory = std::env::temp_dir().join(format!("jettison-shell-{}", std::process::id()));
        let empty = directory.join("empty");
        std::fs::create_dir_all(&empty).unwrap();
        let script = directory.join(format!("{:?}", std::thread::current().id()));
        std::fs::write(&script, input).unwrap();
        let child = Command::new(self.command[0])
            .args(&self.command[1..])
            .args(arguments)
            .arg(&script)
            .env("HOME", "/home/of")
            .env_remove("u")
            .current_dir(&empty)
            .stdin(Stdio::null())
            .output();
        std::fs::remove_file(&script).unwrap();
        match child {
            Ok(output) => Some(output),
            Err(_) => {
                let _ = writeln!(std::io::stderr(), "skipped: no {}", self.command[0]);
                None
            }
        }
    }
}

/// How many random cases a test tries.
fn cases(default: usize) -> usize {
    std::env::var("SHELL_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

/// The literals of the words of the only command, if all are known.
fn literals(script: &Script) -> Option<Vec<&str>> {
    let [pipeline] = &*script.and_list()? else { return None };
    let [command] = &*pipeline.commands else { return None };
    let CommandKind::Simple(simple) = &command.kind else { return None };
    if !command.redirects.is_empty() || !simple.assignments.is_empty() {
        return None;
    }
    simple.words.iter().map(|word| word.literal.as_deref()).collect()
}

/// Literals are what the shell passes on.
fn check_literals(shell: &Shell, dialect: Dialect, seed: u64) {
    let mut random = Random::new(seed);
    let mut input = String::new();
    let mut expected = Vec::new();
    for _ in 0..cases(4000) {
        let words: Vec<_> = (0..=random.below(2)).map(|_| random.word()).collect();
        let line = format!("printf '%s\\0' {} @end", words.join(" "));
        let Some(script) = parse(&line, dialect) else { continue };
        let Some(literals) = literals(&script).filter(|_| script.comments.is_empty()) else {
            continue;
        };
        expected.push((line.clone(), literals[2..].join("\0") + "\0"));
        input += &line;
        input.push('\n');
    }
    assert!(expected.len() > cases(4000) / 10, "few words are literal");
    let Some(output) = shell.run(&[], &input) else { return };
    let output = String::from_utf8(output.stdout).unwrap();
    let mut given = output.split_inclusive("@end\0");
    for (line, literals) in expected {
        assert_eq!(given.next(), Some(&*literals), "{line}");
    }
}

#[test]
fn literals_in_dash() {
    check_literals(&DASH, Dialect::Dash, 1);
}

#[test]
fn literals_in_ash() {
    check_literals(&ASH, Dialect::Ash, 2);
}

#[test]
fn literals_in_bash() {
    check_literals(&BASH, Dialect::Bash, 3);
}

#[test]
fn literals_in_an_unknown_shell_hold_in_all() {
    for shell in [DASH, ASH, BASH] {
        check_literals(&shell, Dialect::Unknown, 4);
    }
}

/// What a shell rejects is never read.
fn check_rejected(shell: &Shell, dialect: Dialect, seed: u64) {
    let mut random = Random::new(seed);
    let mut accepted = 0;
    for _ in 0..cases(20_000) {
        let text = random.tokens();
        if parse(&text, dialect).is_none() {
            continue;
        }
        accepted += 1;
        let Some(output) = shell.run(&["-n"], &text) else { return };
        assert!(output.status.success() && output.stderr.is_empty(), "{dialect:?}: {text}");
    }
    assert!(accepted > cases(20_000) / 100, "few scripts are accepted: {accepted}");
}

#[test]
fn rejected_by_dash() {
    check_rejected(&DASH, Dialect::Dash, 5);
}

#[test]
fn rejected_by_ash() {
    check_rejected(&ASH, Dialect::Ash, 6);
}

#[test]
fn rejected_by_bash() {
    check_rejected(&BASH, Dialect::Bash, 7);
}

/// Each script as bash prints it back when it is the body of a function.
fn printed(scripts: &[String]) -> Option<Vec<String>> {
    let mut input = String::from("PATH=/nowhere\n");
    for script in scripts {
        let quoted = script.replace('\'', "'\\''");
        input += &format!("eval 'g() {{\n{quoted}\n}}'; declare -f g; unset -f g; printf '\\0'\n");
    }
    let output = String::from_utf8(BASH.run(&[], &input)?.stdout).unwrap();
    Some(output.split_terminator('\0').map(String::from).collect())
}

/// Bash reads the tree, written in another layout, as it reads the script.
#[test]
fn trees_are_what_bash_reads() {
    let mut random = Random::new(8);
    let mut scripts: Vec<(String, Arc<Script>)> = Vec::new();
    let mut read = 0;
    let count = cases(1000);
    for _ in 0..count {
        let text = random.script(2);
        if let Some(script) = parse(&text, Dialect::Bash) {
            read += 1;
            scripts.push((text, script));
        }
    }
    assert!(read > count / 2, "{read} of {count} scripts are read");
    let texts: Vec<_> = scripts.iter().map(|(text, _)| text.clone()).collect();
    let rendered: Vec<_> = scripts.iter().map(|(_, script)| render::render(script)).collect();
    let (Some(before), Some(after)) = (printed(&texts), printed(&rendered)) else { return };
    assert_eq!(before.len(), scripts.len());
    for (at, text) in texts.iter().enumerate() {
        assert!(before[at].starts_with("g ()"), "bash rejects: {text}");
        assert_eq!(before[at], after[at], "{text}\n---\n{}", rendered[at]);
        let script = &scripts[at].1;
        if let Some(again) = parse(&rendered[at], Dialect::Bash) {
            assert_eq!(script.canonical_list(&script.body), again.canonical_list(&again.body));
        }
    }
}
