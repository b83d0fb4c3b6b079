//! Scripts that are files of their own, and scripts that run them.

use super::super::File;
use super::super::dotenv::Values;
use super::super::paths::join;
use super::{Source, State, Walk};
use crate::shell::command::{base, is_shell};
use crate::shell::{Simple, Word};
use std::path::{Path, PathBuf};

/// Scripts that run each other are followed so far.
const DEEPEST: usize = 3;

/// A script that is a file of its own.
pub(in super::super) fn of_file<'s>(
    file: &'s File<'s>,
    folder: PathBuf,
    mut variables: Values,
    depth: usize,
) -> Source<'s> {
    for name in ["0", "BASH_SOURCE"] {
        variables.insert(name.to_owned(), Some(file.path.display().to_string()));
    }
    Source {
        file,
        text: file.text.to_owned(),
        line: None,
        inside: String::new(),
        folder,
        variables,
        expressions: Vec::new(),
        depth,
    }
}

/// Whether a file is a shell script, by its name or its first line.
fn is_script(path: &Path, text: &str) -> bool {
    let named = path.extension().is_some_and(|it| it == "sh" || it == "bash");
    let first = text.lines().next().unwrap_or_default();
    let program = first.strip_prefix("#!").and_then(|line| line.split_whitespace().next_back());
    named || program.is_some_and(|program| is_shell(base(program)))
}

impl Walk<'_> {
    /// Reads a script of the project that is run here: by its path, or by a shell.
    pub(super) fn follow(&mut self, program: &str, simple: &Simple, state: &State) {
        let is_program =
            |word: &Word| base(&self.value(word, state).unwrap_or_default()) == program;
        let words = simple.words.iter().skip_while(|word| !is_program(word));
        let mut words = words.collect::<Vec<_>>().into_iter();
        if is_shell(program) {
            words.next();
        }
        let (Some(first), Ok(folder)) = (words.next(), &state.folder) else { return };
        let Ok(path) = self.value(first, state) else { return };
        let named = path.contains('/') || is_shell(program);
        if !named || path.starts_with('-') || self.source.depth >= DEEPEST || self.rounds == 0 {
            return;
        }
        self.rounds -= 1;
        let path = join(folder, &path);
        let file = self.source.file;
        let Some(text) = (file.other)(&path).filter(|text| is_script(&path, text)) else { return };
        // Of variables only the environment reaches it.
        let mut variables = self.source.variables.clone();
        variables.retain(|name, _| !name.starts_with(|first: char| first.is_ascii_digit()));
        for (number, word) in words.enumerate() {
            variables.insert((number + 1).to_string(), self.value(word, state).ok());
        }
        let file = File { path: &path, text: &text, ..*file };
        of_file(&file, folder.clone(), variables, self.source.depth + 1).read(self.builds);
    }
}
