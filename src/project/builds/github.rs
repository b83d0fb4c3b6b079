//! GitHub workflows: steps that use `docker/build-push-action`, and scripts that build images.
//!
//! Semantics: the action's own `action.yml` and `context.ts`, GitHub's documentation of workflow syntax. A
//! matrix that is written out is gone through; other expressions are not known. `docker/bake-action` builds
//! what a Bake file describes, which is read for itself.

mod called;
mod checkouts;
mod expressions;
mod matrix;

use super::dotenv::Values;
use super::paths::{is_remote, join};
use super::script::{Source, known, mark, starred};
use super::{Builds, Draft, File, Known, LONGEST, Place, Relative, assignment, documents};
use crate::yaml::{Node, Style, Value};
pub(super) use called::read_action;
use checkouts::Checkouts;
use matrix::{Combination, Matrix, matrix};
use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

pub(super) fn read(file: &File<'_>) -> Builds {
    let documents = match documents(file, "workflow") {
        Ok(documents) => documents,
        Err(refused) => return refused,
    };
    let mut builds = Builds::default();
    for workflow in &documents {
        let Some(jobs) = workflow.get("jobs") else { continue };
        for (name, job) in jobs.named() {
            let (inputs, calls) = (Values::new(), Cell::new(called::MOST));
            let (inputs, calls) = (&inputs, &calls);
            Job { file, workflow, name, job, inputs, calls, depth: 0 }.read(&mut builds);
        }
    }
    builds
}

struct Job<'j> {
    file: &'j File<'j>,
    workflow: &'j Node,
    name: &'j str,
    job: &'j Node,
    /// What a caller gives.
    inputs: &'j Values,
    /// How many calls are still followed.
    calls: &'j Cell<usize>,
    /// How many called each other to come here.
    depth: usize,
}

/// What expressions may stand for, where a step is.
struct Scope<'s> {
    matrix: &'s Combination,
    complete: bool,
    environment: Values,
    inputs: &'s Values,
    workspace: &'s Path,
}

impl Job<'_> {
    fn read(&self, builds: &mut Builds) {
        let Some(steps) = self.job.get("steps") else { return self.called_workflow(builds) };
        let checkouts = Checkouts::of(steps.items(), self.file.root);
        let Matrix { combinations, complete } = matrix(self.job);
        for matrix in combinations {
            let scope = self.scope(&matrix, complete);
            for step in steps.items() {
                let mut found = Builds::default();
                let mut scope = Scope { environment: scope.environment.clone(), ..scope };
                scope.set(step.get("env"));
                self.step(step, &scope, &mut found);
                found.builds.retain_mut(|build| checkouts.place(build));
                builds.extend(found);
            }
        }
    }

    fn scope<'s>(&'s self, matrix: &'s Combination, complete: bool) -> Scope<'s> {
        let (environment, workspace) = (Values::new(), self.file.root);
        let inputs = self.inputs;
        let mut scope = Scope { matrix, complete, environment, inputs, workspace };
        for node in [self.workflow, self.job] {
            scope.set(node.get("env"));
        }
        scope
    }

    fn step(&self, step: &Node, scope: &Scope<'_>, builds: &mut Builds) {
        let uses = step.get("uses").and_then(|uses| uses.text()).unwrap_or_default();
        let (action, version) = uses.split_once('@').unwrap_or((uses, ""));
        let known = ["docker", "depot", "useblacksmith"];
        let publisher = action.strip_suffix("/build-push-action");
        if publisher.is_some_and(|publisher| known.contains(&publisher)) {
            let old = version == "v1" || version.starts_with("v1.");
            return self.action(step, scope, builds, old);
        }
        if action.starts_with("./") {
            return self.called_action(action, step, scope, builds);
        }
        if let Some(run) = step.get("run") {
            self.script(step, run, scope, builds);
        }
    }

    fn describe(&self, step: &Node) -> String {
        let name = step.get("name").or(step.get("id")).and_then(|name| name.text());
        match name {
            Some(name) => format!("step `{name}`"),
            None => format!("job `{}`", self.name),
        }
    }

    fn action(&self, step: &Node, scope: &Scope<'_>, builds: &mut Builds, old: bool) {
        let line = step.get("uses").map_or(step.line, |uses| uses.line);
        let place = Place { file: self.file.path.into(), line, what: self.describe(step) };
        let input = |name: &str| {
            let text = step.get("with")?.get(name)?.text()?;
            Some(scope.text(text))
                .filter(|text| text.as_deref().is_ok_and(|it| it.trim() != "") || text.is_err())
        };
        let list = |name: &str| scope.list(step.get("with").and_then(|with| with.get(name)), name);
        let folder = self.file.root;
        let mut draft =
            Draft { relative: Relative::Folder, target: input("target"), ..Draft::default() };
        if old {
            draft.context = input("path");
            draft.dockerfile = input("dockerfile");
            builds.finish(place, folder, draft);
            return;
        }
        draft.dockerfile = input("file");
        let written = step.get("with").and_then(|with| with.get("context")?.text());
        if written.is_some_and(is_remote) {
            return;
        }
        draft.context = input("context");
        // `{{defaultContext}}:folder` is the repository as GitHub has it, from that folder on.
        let default =
            draft.context.as_ref().map(|context| default_context(context.as_deref().ok()?));
        match default {
            None => draft.checkout = true,
            Some(Some(below)) => {
                draft.checkout = true;
                draft.context = Some(Ok(below));
            }
            Some(None) => {}
        }
        if draft.checkout {
            draft.relative = Relative::Context;
        }
        for item in list("build-args") {
            let (name, value) = assignment(&item.0);
            let value = value.filter(|_| item.1).map(str::to_owned);
            draft.arguments.insert(name.to_owned(), value);
        }
        for (item, _) in list("build-contexts") {
            if let Some((name, source)) = item.split_once('=') {
                draft.contexts.insert(name.to_owned(), source.to_owned());
            }
        }
        let sure = |name| list(name).into_iter().filter(|(_, known)| *known).map(|(item, _)| item);
        draft.images = sure("tags").collect();
        let unsure = list("tags").into_iter().filter(|(_, known)| !known);
        draft.names = unsure.map(|(item, _)| starred(&item)).collect();
        let tags = step.get("with").and_then(|with| with.get("tags")?.text()).unwrap_or_default();
        draft.names.extend(self.metadata_images(tags, scope));
        draft.platforms = sure("platforms").collect();
        builds.finish(place, folder, draft);
    }

    /// The names for which a `docker/metadata-action` makes the tags that `tags` takes from it.
    fn metadata_images(&self, tags: &str, scope: &Scope<'_>) -> Vec<String> {
        let steps = self.job.get("steps").map(|steps| steps.items()).unwrap_or_default();
        let makes_them = |step: &&Rc<Node>| {
            let uses = step.get("uses").and_then(|uses| uses.text()).unwrap_or_default();
            let id = step.get("id").and_then(|id| id.text());
            uses.starts_with("docker/metadata-action@")
                && id.is_some_and(|id| tags.contains(&format!("steps.{id}.outputs.")))
        };
        let images = steps.iter().filter(makes_them).flat_map(|step| {
            scope.list(step.get("with").and_then(|with| with.get("images")), "metadata-images")
        });
        images
            .map(|(item, _)| {
                // `name=ghcr.io/a/b,enable=true`
                let name = item.split(',').find_map(|part| part.trim().strip_prefix("name="));
                // The tag is not known.
                format!("{}:*", starred(name.unwrap_or(&item)))
            })
            .collect()
    }

    fn script(&self, step: &Node, run: &Node, scope: &Scope<'_>, builds: &mut Builds) {
        let Value::Scalar { text, style } = &run.value else { return };
        let mut expressions = Vec::new();
        let text = scope.marked(text, &mut expressions);
        let line = |at: usize| line_in(run.line, *style, &text, at);
        let places = [step.get("working-directory"), defaults(self.job), defaults(self.workflow)];
        let written = places.into_iter().flatten().next().and_then(|node| node.text());
        let folder = match written.map(|written| scope.text(written)) {
            None => Ok(self.file.root.to_path_buf()),
            Some(path) => path.map(|path| join(self.file.root, &path)),
        };
        let folder = match folder {
            Ok(folder) => folder,
            Err(unknown) => {
                if text.contains("docker build") || text.contains("buildx build") {
                    let place = Place {
                        file: self.file.path.into(),
                        line: run.line,
                        what: self.describe(step),
                    };
                    builds.unclear(place, format!("the working directory {unknown}"));
                }
                return;
            }
        };
        let mut variables = scope.environment.clone();
        variables
            .insert("GITHUB_WORKSPACE".to_owned(), Some(scope.workspace.display().to_string()));
        let inside = self.describe(step);
        let source = Source {
            file: self.file,
            text: text.clone(),
            line: Some(&line),
            inside,
            folder,
            variables,
            expressions,
            depth: 0,
        };
        source.read(builds);
    }
}

/// `defaults.run.working-directory`
fn defaults(node: &Node) -> Option<&Rc<Node>> {
    node.get("defaults")?.get("run")?.get("working-directory")
}

/// The line of an offset in the text of a scalar. Only `|` keeps the lines of the file.
pub(super) fn line_in(start: usize, style: Style, text: &str, at: usize) -> usize {
    match style {
        Style::Literal => start + text[..at.min(text.len())].matches('\n').count(),
        _ => start,
    }
}

/// The folder of `{{defaultContext}}` and `{{defaultContext}}:folder`.
fn default_context(context: &str) -> Option<String> {
    let inside = context.trim().strip_prefix("{{")?;
    let (name, rest) = inside.split_once("}}")?;
    let folder = rest.strip_prefix(':').unwrap_or(rest);
    (name.trim() == "defaultContext")
        .then(|| if folder.is_empty() { "." } else { folder }.to_owned())
}

impl Scope<'_> {
    fn set(&mut self, node: Option<&Rc<Node>>) {
        for (name, value) in node.into_iter().flat_map(|node| node.named()) {
            let value = value.text().and_then(|text| self.text(text).ok());
            let value = value.filter(|value| value.len() <= LONGEST);
            self.environment.insert(name.to_owned(), value);
        }
    }

    /// The text with its `${{ … }}` replaced.
    fn text(&self, text: &str) -> Known<String> {
        let mut expressions = Vec::new();
        known(&self.marked(text, &mut expressions), &expressions)
    }

    fn marked(&self, text: &str, expressions: &mut Vec<String>) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${{").filter(|_| result.len() <= 16 * LONGEST) {
            result.push_str(&rest[..at]);
            let Some(length) = rest[at..].find("}}") else { break };
            let whole = &rest[at..at + length + 2];
            match self.expression(whole[3..whole.len() - 2].trim()) {
                Some(value) => result.push_str(&value),
                None => result.push(mark(expressions, whole)),
            }
            rest = &rest[at + length + 2..];
        }
        result.push_str(rest);
        result
    }

    /// The items of a list input, and whether each is known. Commas part them, too, in most inputs.
    fn list(&self, node: Option<&Rc<Node>>, name: &str) -> Vec<(String, bool)> {
        let text = node.and_then(|node| node.text()).unwrap_or_default();
        let mut expressions = Vec::new();
        let marked = self.marked(text, &mut expressions);
        let commas = !matches!(name, "build-args" | "build-contexts" | "metadata-images");
        let items = marked.split(|char| char == '\n' || (commas && char == ','));
        let items = items.map(str::trim).filter(|item| !item.is_empty() && !item.starts_with('#'));
        let plain = |item: &str| (item.to_owned(), known(item, &expressions).is_ok());
        items.map(plain).collect()
    }
}
