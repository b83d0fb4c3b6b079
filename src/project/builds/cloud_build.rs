//! Google Cloud Build: steps that run Docker or kaniko, and scripts in them.
//!
//! Semantics: Google's build configuration reference. The folder that is sent is that of the file or one above,
//! whichever has the Dockerfile; `dir` is below it. Substitutions that the file gives are known.

use super::command::{self, Argument, Meaning};
use super::dotenv::{Values, interpolate, pattern};
use super::github::line_in;
use super::paths::join;
use super::script::Source;
use super::shell_script::by_folder;
use super::{Builds, File, Place, documents};
use crate::shell::command::{base, is_shell};
use crate::yaml::{Node, Value};
use std::path::Path;

/// Whether a file is one by its name without `.yaml`.
pub(super) fn is_stem(stem: &str) -> bool {
    stem == "cloudbuild"
        || stem.starts_with("cloudbuild-")
        || stem.starts_with("cloudbuild.")
        || stem.ends_with(".cloudbuild")
        || stem.ends_with("-cloudbuild")
}

pub(super) fn read(file: &File<'_>) -> Builds {
    let documents = match documents(file, "Cloud Build file") {
        Ok(documents) => documents,
        Err(refused) => return refused,
    };
    let from = |folder: &Path| {
        let mut builds = Builds::default();
        for document in &documents {
            let values = values(document);
            let steps = document.get("steps").map(|steps| steps.items()).unwrap_or_default();
            for (number, step) in steps.iter().enumerate() {
                let id = step.get("id").and_then(|id| id.text()).map(|id| format!("step `{id}`"));
                let inside = id.unwrap_or_else(|| format!("step {}", number + 1));
                Step { file, step, values: &values, folder, inside }.read(&mut builds);
            }
        }
        builds
    };
    by_folder(file, &from)
}

/// `$$` is no substitution; what the service itself knows is not known here.
fn values(document: &Node) -> Values {
    let given = document.get("substitutions");
    let given = given.into_iter().flat_map(|given| given.named());
    given.map(|(name, value)| (name.to_owned(), value.text().map(str::to_owned))).collect()
}

struct Step<'s> {
    file: &'s File<'s>,
    step: &'s Node,
    values: &'s Values,
    folder: &'s Path,
    inside: String,
}

impl Step<'_> {
    fn read(&self, builds: &mut Builds) {
        let text = |key: &str| self.step.get(key).and_then(|node| node.text());
        let name = text("name").unwrap_or_default();
        let image = name.split([':', '@']).next().unwrap_or(name);
        let program = base(text("entrypoint").unwrap_or(match base(image) {
            "executor" if image.contains("kaniko") => "executor",
            "docker" => "docker",
            _ => "",
        }));
        let dir = text("dir").unwrap_or(".");
        let Ok(dir) = interpolate(dir, self.values) else {
            return;
        };
        let folder = join(self.folder, &dir);
        if let Some(script) = self.step.get("script") {
            return self.script(script, &folder, builds);
        }
        let arguments = self.step.get("args").map(|args| args.items()).unwrap_or_default();
        if is_shell(program) {
            let script =
                arguments.iter().skip_while(|it| it.text().is_some_and(|it| it.starts_with('-')));
            script.take(1).for_each(|script| self.script(script, &folder, builds));
            return;
        }
        let words: Vec<Argument> =
            arguments.iter().filter_map(|it| self.argument(it.text()?)).collect();
        let named = command::name(program, image, &words).unwrap_or_default();
        let line = self.step.get("args").map_or(self.step.line, |args| args.line);
        let what = format!("`{named}` in {}", self.inside);
        let place = Place { file: self.file.path.into(), line, what };
        match command::read(program, image, &words) {
            Meaning::Other => {}
            Meaning::Unclear(reason) => builds.unclear(place, reason),
            Meaning::Build(mut parsed) => {
                parsed.settle(&folder, |path| (self.file.other)(path).is_some());
                builds.finish(place, &folder, parsed.draft);
            }
        }
    }

    fn argument(&self, text: &str) -> Option<Argument> {
        let value = interpolate(text, self.values);
        let pattern = value.is_err().then(|| pattern(text, self.values));
        Some(Argument { value, raw: text.to_owned(), pattern, ..Argument::default() })
    }

    fn script(&self, node: &Node, folder: &Path, builds: &mut Builds) {
        let Value::Scalar { text, style } = &node.value else { return };
        let text = text.replace("$$", "$");
        let line = |at: usize| line_in(node.line, *style, &text, at);
        let source = Source {
            file: self.file,
            text: text.clone(),
            line: Some(&line),
            inside: self.inside.clone(),
            folder: folder.to_path_buf(),
            variables: self.values.clone(),
            expressions: Vec::new(),
            depth: 0,
        };
        source.read(builds);
    }
}
