//! Shell scripts in the files of a project: in which folder, and with which variables, they build images.

mod follow;
mod words;

use super::command::{self, Argument, Input, Meaning};
use super::dotenv::Values;
use super::paths::join;
use super::{Builds, File, Known, Place, Unclear, Unknown};
use crate::shell::{self, CommandKind, Dialect, List, Part, Pipeline, Simple, Word};
use crate::text::Span;
pub(super) use follow::of_file;
use std::path::PathBuf;

/// The first of the characters that stand for expressions of a file's own language whose values are not
/// known. They are private to Unicode's users, so no script has them.
const FIRST: char = '\u{e000}';

/// A script of a project file, and what is known where it starts.
pub(super) struct Source<'s> {
    pub(super) file: &'s File<'s>,
    pub(super) text: String,
    /// From an offset in the text to a line of the file; `None` if the text is all of it.
    pub(super) line: Option<&'s dyn Fn(usize) -> usize>,
    /// ``job `build` ``
    pub(super) inside: String,
    pub(super) folder: PathBuf,
    pub(super) variables: Values,
    /// Expressions that the characters from [`FIRST`] on stand for.
    pub(super) expressions: Vec<String>,
    /// How many scripts ran each other to come here.
    pub(super) depth: usize,
}

/// The arguments of a script or function are others from here on.
fn forget_arguments(state: &mut State) {
    for name in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "@", "*"] {
        state.variables.insert(name.to_owned(), None);
    }
}

/// The character that stands for an expression in the text of a script.
pub(super) fn mark(expressions: &mut Vec<String>, expression: &str) -> char {
    let number = expressions.iter().position(|it| it == expression).unwrap_or_else(|| {
        expressions.push(expression.to_owned());
        expressions.len() - 1
    });
    u32::try_from(number).ok().and_then(|it| char::from_u32(FIRST as u32 + it)).unwrap_or(FIRST)
}

/// The text, unless an expression in it is not known.
pub(super) fn known(text: &str, expressions: &[String]) -> Known<String> {
    let marked = text.chars().find(|char| ('\u{e000}'..'\u{f8ff}').contains(char));
    match marked {
        Some(char) => {
            let number = char as usize - FIRST as usize;
            let what = expressions.get(number).map_or("an expression", String::as_str);
            Err(Unknown::on(format!("`{what}`")))
        }
        None => Ok(text.to_owned()),
    }
}

/// The text with `*` for each expression in it.
pub(super) fn starred(text: &str) -> String {
    let marked = |char: char| ('\u{e000}'..'\u{f8ff}').contains(&char);
    text.replace(marked, "*")
}

impl Source<'_> {
    pub(super) fn read(&self, builds: &mut Builds) {
        let Some(script) = shell::parse(&self.text, Dialect::Bash) else {
            return self.not_understood(builds);
        };
        let state = State {
            folder: Ok(self.folder.clone()),
            before: Vec::new(),
            variables: self.variables.clone(),
            sources: false,
        };
        let moves = script.simple_commands().iter().any(|(_, simple, _)| {
            let first = simple.words.first().and_then(|word| word.literal.as_deref());
            matches!(first, Some("cd" | "pushd" | "popd"))
        });
        let mut walk = Walk {
            source: self,
            script: &script,
            line: None,
            moves,
            depth: 0,
            rounds: 512,
            builds,
        };
        walk.list(&script.body, &mut { state });
    }

    fn line_of(&self, at: usize) -> usize {
        let before = || self.text.as_bytes()[..at.min(self.text.len())].iter();
        match self.line {
            Some(line) => line(at),
            None => 1 + before().filter(|byte| **byte == b'\n').count(),
        }
    }

    /// One script that the shell parser does not read hides at most what it names.
    fn not_understood(&self, builds: &mut Builds) {
        let tools = [
            "docker build",
            "docker buildx build",
            "docker image build",
            "podman build",
            "buildah bud",
            "buildah build",
            "nerdctl build",
            "/kaniko/executor",
        ];
        let mut at = 0;
        let first = self.text.split_inclusive('\n').find_map(|line| {
            let start = at;
            at += line.len();
            let comment = line.trim_start().starts_with('#');
            let found = tools.iter().filter_map(|tool| line.find(tool)).min();
            found.filter(|_| !comment).map(|found| start + found)
        });
        let Some(at) = first else { return };
        let line = self.line_of(at);
        let what = match &*self.inside {
            "" => "a script".to_owned(),
            inside => inside.to_owned(),
        };
        let place = Place { file: self.file.path.into(), line, what };
        builds.unclear(place, "the script is not understood");
    }
}

/// What is known at one point of a script.
#[derive(Clone, PartialEq)]
struct State {
    folder: Known<PathBuf>,
    /// Where `popd` goes back to.
    before: Vec<Known<PathBuf>>,
    variables: Values,
    /// Another script, which is not read here, may have set any variable.
    sources: bool,
}

impl State {
    /// What is known when one of two ways was taken.
    fn or(&mut self, other: Self) {
        if self.folder != other.folder {
            self.folder = Err(Unknown::on("where the script is then"));
        }
        for name in other.variables.keys() {
            self.variables.entry(name.clone()).or_insert(None);
        }
        for (name, value) in &mut self.variables {
            if other.variables.get(name) != Some(value) {
                *value = None;
            }
        }
        self.sources |= other.sources;
        self.before.truncate(0);
    }
}

struct Walk<'w> {
    source: &'w Source<'w>,
    script: &'w shell::Script,
    /// The line of the command whose argument this script is.
    line: Option<usize>,
    /// The script changes its folder somewhere.
    moves: bool,
    depth: usize,
    /// Of loops that may still be gone through.
    rounds: usize,
    builds: &'w mut Builds,
}

impl Walk<'_> {
    fn list(&mut self, list: &List, state: &mut State) {
        for statement in &list.statements {
            self.pipeline(&statement.first, state);
            for (_, pipeline) in &statement.rest {
                self.pipeline(pipeline, state);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, state: &mut State) {
        match &*pipeline.commands {
            [only] => self.command(only, state, false),
            several => several.iter().for_each(|it| self.command(it, &mut state.clone(), true)),
        }
    }

    fn command(&mut self, command: &shell::Command, state: &mut State, piped: bool) {
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(command, simple, state, piped),
            CommandKind::Group(body) => self.list(body, state),
            CommandKind::Subshell(body) => self.list(body, &mut state.clone()),
            CommandKind::If { arms, otherwise } => {
                let mut after = Vec::new();
                for (condition, body) in arms {
                    self.list(condition, state);
                    after.push(self.branch(body, state));
                }
                after.extend(otherwise.iter().map(|body| self.branch(body, state)));
                after.into_iter().for_each(|other| state.or(other));
            }
            CommandKind::Loop { condition, body, .. } => {
                self.list(condition, state);
                let after = self.branch(body, state);
                state.or(after);
            }
            CommandKind::For { variable, words, body } => {
                self.each(variable, words.as_deref().unwrap_or_default(), body, state);
            }
            CommandKind::Case { arms, .. } => {
                let after: Vec<_> = arms.iter().map(|arm| self.branch(&arm.body, state)).collect();
                after.into_iter().for_each(|other| state.or(other));
            }
            CommandKind::Function { body, .. } => {
                let mut inside = state.clone();
                forget_arguments(&mut inside);
                if self.moves {
                    inside.folder = Err(Unknown::on("where the function is called"));
                }
                self.command(body, &mut inside, false);
            }
            CommandKind::Bash { bodies, .. } => {
                for body in bodies {
                    let after = self.branch(body, state);
                    state.or(after);
                }
            }
        }
    }

    fn branch(&mut self, body: &List, state: &State) -> State {
        let mut after = state.clone();
        self.list(body, &mut after);
        after
    }

    /// A `for` over words that are known runs once for each.
    fn each(&mut self, variable: &str, words: &[Word], body: &List, state: &mut State) {
        let literals: Option<Vec<&str>> =
            words.iter().map(|word| word.literal.as_deref()).collect();
        let before = state.clone();
        match literals.filter(|words| !words.is_empty() && words.len() <= self.rounds) {
            Some(words) => {
                self.rounds -= words.len();
                for word in words {
                    let mut inside = before.clone();
                    inside.variables.insert(variable.to_owned(), Some(word.to_owned()));
                    let after = self.branch(body, &inside);
                    state.or(after);
                }
            }
            None => {
                let mut inside = before;
                inside.variables.insert(variable.to_owned(), None);
                let after = self.branch(body, &inside);
                state.or(after);
            }
        }
        state.variables.insert(variable.to_owned(), None);
    }

    fn simple(
        &mut self,
        command: &shell::Command,
        simple: &Simple,
        state: &mut State,
        piped: bool,
    ) {
        self.substitutions(simple, state);
        for assignment in simple.assignments.iter().filter(|_| simple.words.is_empty()) {
            let value = assignment.value.as_ref().and_then(|value| self.value(value, state).ok());
            state
                .variables
                .insert(assignment.name.to_string(), value.filter(|_| !assignment.append));
        }
        let marked = |word: &&str| known(word, &self.source.expressions).is_err();
        let invocation = self.script.invocation(simple);
        let Some(invocation) = invocation.filter(|it| !marked(&it.given)) else {
            return self.unknown_program(simple, state);
        };
        match invocation.program {
            "cd" | "pushd" | "popd" => self.moved(invocation.program, invocation.arguments, state),
            "export" | "local" | "declare" | "readonly" | "typeset" => {
                invocation.arguments.iter().for_each(|word| self.declared(word, state));
            }
            "unset" | "read" | "mapfile" | "getopts" => {
                let names = invocation.literals().flatten();
                names.for_each(|name| drop(state.variables.insert(name.to_owned(), None)));
            }
            // It may set anything, and go anywhere.
            "source" | "." | "eval" => {
                let own = ["0", "BASH_SOURCE"];
                state.variables.retain(|name, _| own.contains(&name.as_str()));
                state.sources = true;
            }
            "shift" | "set" => forget_arguments(state),
            program => {
                let arguments: Vec<_> =
                    invocation.arguments.iter().flat_map(|it| self.arguments(it, state)).collect();
                self.build(command, program, invocation.given, &arguments, state, piped);
                self.follow(program, simple, state);
            }
        }
        if let Some(Some(inner)) = invocation.inner_script()
            && self.depth < 4
        {
            let line = Some(self.line_at(command.span));
            let depth = self.depth + 1;
            let mut walk = Walk {
                script: &inner,
                line,
                depth,
                rounds: self.rounds,
                source: self.source,
                moves: self.moves,
                builds: self.builds,
            };
            walk.list(&inner.body, &mut state.clone());
            self.rounds = walk.rounds;
        }
    }

    /// `NAME=value` after `export` and the like.
    fn declared(&self, word: &Word, state: &mut State) {
        let text = word.span.of(&self.script.text);
        let Some((name, _)) = text.split_once('=') else { return };
        let value = self.value(word, state).ok();
        let value = value.and_then(|it| Some(it.split_once('=')?.1.to_owned()));
        state.variables.insert(name.to_owned(), value);
    }

    fn substitutions(&mut self, simple: &Simple, state: &State) {
        let assigned = simple.assignments.iter().flat_map(|it| it.value.iter().chain(&it.elements));
        let parts = assigned.chain(&simple.words).flat_map(|word| &word.parts);
        for part in parts {
            if let Part::Substitution { body, .. } = part {
                self.list(body, &mut state.clone());
            }
        }
    }

    fn moved(&self, program: &str, arguments: &[Word], state: &mut State) {
        if program == "popd" {
            state.folder = state.before.pop().unwrap_or(Err(Unknown::on("`popd`")));
            return;
        }
        let mut operands = arguments
            .iter()
            .filter(|word| !matches!(word.literal.as_deref(), Some("-P" | "-L" | "--" | "-e")));
        let folder = match operands.next().map(|word| self.value(word, state)) {
            None => Err(Unknown::on("the home folder")),
            Some(Ok(path)) if path == "-" || path.starts_with('+') => Err(Unknown::on("`cd -`")),
            Some(Ok(path)) if path.starts_with('~') => Err(Unknown::on("the home folder")),
            Some(Ok(path)) if path.starts_with('/') => Ok(join(&self.source.folder, &path)),
            Some(Ok(path)) => state.folder.clone().map(|folder| join(&folder, &path)),
            Some(Err(unknown)) => Err(unknown),
        };
        let before = std::mem::replace(&mut state.folder, folder);
        if program == "pushd" {
            state.before.push(before);
        }
    }

    /// `$DOCKER build …`
    fn unknown_program(&mut self, simple: &Simple, state: &State) {
        let Some(first) = simple.words.first() else { return };
        let value = self.value(first, state);
        let raw = first.span.of(&self.script.text);
        let raw =
            value.as_ref().map_or_else(ToString::to_string, |_| raw.to_owned()).to_lowercase();
        let builds = simple
            .words
            .iter()
            .any(|word| matches!(word.literal.as_deref(), Some("build" | "bud")));
        let tools = ["docker", "podman", "buildah", "nerdctl", "container"];
        if !builds || !tools.iter().any(|tool| raw.contains(tool)) {
            return;
        }
        let words: Vec<_> = simple.words.iter().flat_map(|it| self.arguments(it, state)).collect();
        let [program, arguments @ ..] = &*words else { return };
        let place = self.place(first.span, "an image build".to_owned());
        match &program.value {
            Ok(given) => {
                let command = shell::Command {
                    span: first.span,
                    kind: CommandKind::Simple(Simple {
                        assignments: Vec::new(),
                        words: Vec::new(),
                    }),
                    redirects: Vec::new(),
                };
                self.build(&command, shell::command::base(given), given, arguments, state, false);
            }
            Err(unknown) => self.builds.unclear(place, format!("the program {unknown}")),
        }
    }

    fn build(
        &mut self,
        command: &shell::Command,
        program: &str,
        given: &str,
        arguments: &[Argument],
        state: &State,
        piped: bool,
    ) {
        let name = command::name(program, given, arguments).unwrap_or_default();
        let place = self.place(command.span, format!("`{name}`"));
        let mut parsed = match command::read(program, given, arguments) {
            Meaning::Other => return,
            Meaning::Unclear(reason) => return self.builds.unclear(place, reason),
            Meaning::Build(parsed) => parsed,
        };
        let folder = match &state.folder {
            Ok(folder) => folder.clone(),
            Err(unknown) => {
                return self.builds.unclear(place, format!("the folder of the command {unknown}"));
            }
        };
        if let Some(input) = parsed.standard_input {
            let redirect = command.redirects.iter().rfind(|it| it.operator == "<");
            let path = redirect.filter(|_| !piped).map(|it| self.value(&it.target, state));
            match (path, input) {
                (Some(path), _) => parsed.draft.dockerfile = Some(path),
                (None, Input::Dockerfile) => {
                    let context = match parsed.draft.context {
                        Some(Ok(path)) if !super::is_remote(&path) => Some(join(&folder, &path)),
                        _ => None,
                    };
                    let context = context.map(super::ContextSource::Folder);
                    let reason = "its Dockerfile comes from standard input".to_owned();
                    return self
                        .builds
                        .push_unclear(Unclear { context, ..Unclear::new(place, reason) });
                }
                (None, Input::Context) => {
                    let reason = "its context comes from standard input";
                    return self.builds.unclear(place, reason);
                }
            }
        }
        parsed.settle(&folder, |path| (self.source.file.other)(path).is_some());
        let Some(reason) = parsed.unsure else {
            return self.builds.finish(place, &folder, parsed.draft);
        };
        let mut likely = Builds::default();
        likely.finish(place, &folder, parsed.draft);
        self.builds.extend(likely.doubted(&reason));
    }

    fn place(&self, span: Span, what: String) -> Place {
        let what = match &*self.source.inside {
            "" => what,
            inside => format!("{what} in {inside}"),
        };
        Place { file: self.source.file.path.into(), line: self.line_at(span), what }
    }

    fn line_at(&self, span: Span) -> usize {
        self.line.unwrap_or_else(|| self.source.line_of(span.start))
    }
}
