//! What the instructions of a stage, and of those that it is built from, say of an image.

use super::super::archive::Configuration;
use crate::facts::{Base, Facts, Stage};
use crate::syntax::expand::{self, Value};
use crate::syntax::{Body, Command, Instruction, Piece};
use std::collections::{BTreeMap, BTreeSet};

/// Each field as far as it is known: what the base image brings is not.
#[derive(Debug, Default)]
pub(super) struct Expected {
    env: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    exposed_ports: BTreeSet<String>,
    volumes: BTreeSet<String>,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    healthcheck: Option<Vec<String>>,
    shell: Option<Vec<String>>,
    stop_signal: Option<String>,
    user: Option<String>,
    working_dir: Option<String>,
    on_build: usize,
}

impl Expected {
    pub(super) fn of(facts: &Facts, stage: usize, configuration: &Configuration) -> Self {
        let mut stages = vec![stage];
        while let Base::Stage(base) = facts.stages[stages[stages.len() - 1]].base {
            stages.push(base);
        }
        let mut expected = Self::default();
        for stage in stages.iter().rev() {
            expected.add(facts, &facts.stages[*stage], configuration);
        }
        for at in stages.iter().flat_map(|it| facts.stages[*it].instructions.clone()) {
            let Body::Env { pairs, .. } = &facts.file.instructions[at].body else { continue };
            for pair in pairs {
                let name = &*pair.name.text;
                if let Value::Set(value) = facts.variable_after(stage, name) {
                    expected.env.insert(name.to_owned(), value.into_owned());
                }
            }
        }
        expected.user = facts.stages[stage].user().map(str::to_owned);
        expected.working_dir = facts.stages[stage].workdir().map(str::to_owned);
        expected
    }

    /// What a stage adds to what it is built on.
    fn add(&mut self, facts: &Facts, stage: &Stage, configuration: &Configuration) {
        let keeps_cmd = |it: &Instruction| matches!(it.body, Body::Cmd(_));
        let instructions = &facts.file.instructions[stage.instructions.clone()];
        // It runs the triggers of what it is built on.
        self.on_build = 0;
        for (instruction, at) in instructions.iter().zip(stage.instructions.clone()) {
            let text = |piece: &Piece| {
                let lookup = |name: &str| facts.variable(at, name);
                expand::expand(&piece.text, facts.file.escape, lookup)
                    .ok()
                    .map(|it| it.into_owned())
            };
            match &instruction.body {
                Body::Label { pairs, .. } => {
                    for pair in pairs {
                        let Some(name) = text(&pair.name) else { continue };
                        match pair.value.as_ref().map_or(Some(String::new()), text) {
                            Some(value) => self.labels.insert(name, value),
                            None => self.labels.remove(&name),
                        };
                    }
                }
                Body::Expose(ports) => {
                    let lookup = |name: &str| facts.variable(at, name);
                    let words = ports.iter().filter_map(|port| {
                        expand::expand_words(&port.text, facts.file.escape, lookup).ok()
                    });
                    self.exposed_ports.extend(words.flatten().filter_map(|it| port(&it.text)));
                }
                Body::Volume(folders) => self.volumes.extend(folders.iter().filter_map(text)),
                Body::Stopsignal(signal) => self.stop_signal = text(signal),
                Body::Shell(words) => {
                    self.shell = Some(words.iter().map(|it| it.text.to_string()).collect());
                }
                Body::Cmd(command) => self.cmd = self.command(instruction, command, configuration),
                Body::Entrypoint(command) => {
                    self.entrypoint = self.command(instruction, command, configuration);
                    if !instructions.iter().any(keeps_cmd) {
                        self.cmd = Some(Vec::new());
                    }
                }
                Body::Healthcheck(command) => {
                    self.healthcheck = match command {
                        None => Some(vec!["NONE".to_owned()]),
                        Some(Command::Exec(words)) => Some(words_of("CMD", words)),
                        Some(Command::Shell) => instruction
                            .script()
                            .map(|it| vec!["CMD-SHELL".to_owned(), it.text.trim().to_owned()]),
                    };
                }
                Body::Onbuild(_) | Body::OnbuildInvalid(_) => self.on_build += 1,
                _ => (),
            }
        }
    }

    /// The words with which the engine starts it; `None` if that is not known.
    fn command(
        &self,
        instruction: &Instruction,
        command: &Command,
        configuration: &Configuration,
    ) -> Option<Vec<String>> {
        if let Command::Exec(words) = command {
            return Some(words.iter().map(|it| it.text.to_string()).collect());
        }
        // Without a `SHELL` here, the one that the base image has.
        let mut words = match &self.shell {
            Some(shell) => shell.clone(),
            None if configuration.os == "windows" => return None,
            None if configuration.shell.is_empty() => vec!["/bin/sh".to_owned(), "-c".to_owned()],
            None => return None,
        };
        words.push(instruction.script()?.text.trim().to_owned());
        Some(words)
    }

    /// What of this is not so, in words.
    pub(super) fn mistakes(&self, found: &Configuration) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut value = |field: &str, expected: Option<String>, found: String| {
            if let Some(expected) = expected.filter(|it| *it != found) {
                wrong.push(format!("{field} is `{found}`, and jettison expects `{expected}`"));
            }
        };
        let user = found.user.split(':').next().unwrap_or_default();
        value("User", self.user.as_deref().map(root_or), root_or(user));
        let folder = folder(&found.working_dir);
        value("WorkingDir", self.working_dir.as_deref().map(self::folder), folder);
        value("StopSignal", self.stop_signal.clone(), found.stop_signal.clone());
        let test = found.healthcheck.as_ref().map(|it| it.test.clone()).unwrap_or_default();
        for (field, expected, found) in [
            ("Entrypoint", &self.entrypoint, &found.entrypoint),
            ("Cmd", &self.cmd, &found.cmd),
            ("Shell", &self.shell, &found.shell),
            ("Healthcheck", &self.healthcheck, &test),
        ] {
            value(field, expected.as_ref().map(|it| format!("{it:?}")), format!("{found:?}"));
        }
        value("OnBuild", Some(self.on_build.to_string()), found.on_build.len().to_string());
        let pair = |(name, value): (&String, &String)| format!("{name}={value}");
        let pairs = |pairs: &BTreeMap<String, String>| pairs.iter().map(pair).collect();
        let env: BTreeSet<String> = found.env.iter().cloned().collect();
        for (field, expected, found) in [
            ("Env", &pairs(&self.env), &env),
            ("Labels", &pairs(&self.labels), &pairs(&found.labels)),
            ("ExposedPorts", &self.exposed_ports, &found.exposed_ports),
            ("Volumes", &self.volumes, &found.volumes),
        ] {
            let expected: &BTreeSet<String> = expected;
            let lacks = expected.difference(found);
            wrong.extend(lacks.map(|it| format!("{field} lacks `{it}`, which jettison expects")));
        }
        wrong
    }
}

fn words_of(first: &str, words: &[Piece]) -> Vec<String> {
    let words = words.iter().map(|it| it.text.to_string());
    std::iter::once(first.to_owned()).chain(words).collect()
}

/// A single port with its protocol; `None` for a range, or what is no number.
fn port(text: &str) -> Option<String> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let is_plain = !number.starts_with('0') && number.parse::<u16>().is_ok();
    (is_plain && matches!(protocol, "tcp" | "udp" | "sctp")).then(|| format!("{number}/{protocol}"))
}

fn root_or(user: &str) -> String {
    if matches!(user, "" | "0") { "root".to_owned() } else { user.to_owned() }
}

fn folder(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    }
}
