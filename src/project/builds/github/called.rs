//! Workflows and composite actions of the same repository, with what those that call them give.

use super::super::dotenv::Values;
use super::super::paths::{folder, join};
use super::super::{Builds, Draft, File, Place, documents};
use super::matrix::{Combination, Matrix, matrix};
use super::{Job, Scope};
use crate::yaml::Node;
use std::path::PathBuf;

/// Workflows that call workflows that call actions.
const DEEPEST: usize = 4;

/// Calls that one job may lead to.
pub(super) const MOST: usize = 512;

/// Reads an action that runs in a container of its own: GitHub builds its image from the folder of the file.
pub(in super::super) fn read_action(file: &File<'_>) -> Builds {
    let documents = match documents(file, "action") {
        Ok(documents) => documents,
        Err(refused) => return refused,
    };
    let mut builds = Builds::default();
    for action in &documents {
        let Some(runs) = action.get("runs") else { continue };
        let using = runs.get("using").and_then(|using| using.text());
        let Some(image) = runs.get("image").filter(|_| using == Some("docker")) else { continue };
        let Some(path) = image.text().filter(|path| !path.starts_with("docker://")) else {
            continue;
        };
        let place =
            Place { file: file.path.into(), line: image.line, what: "an action".to_owned() };
        let draft = Draft { dockerfile: Some(Ok(path.to_owned())), ..Draft::default() };
        builds.finish(place, folder(file.path), draft);
    }
    builds
}

impl Job<'_> {
    /// `jobs.NAME.uses: ./.github/workflows/other.yml`
    pub(super) fn called_workflow(&self, builds: &mut Builds) {
        let uses = self.job.get("uses").and_then(|uses| uses.text()).unwrap_or_default();
        let Some(path) = self.called(uses, &[""]) else { return };
        let Some(text) = (self.file.other)(&path) else { return };
        let file = File { path: &path, text: &text, ..*self.file };
        let workflows = documents(&file, "workflow").unwrap_or_default();
        let Matrix { combinations, complete } = matrix(self.job);
        for matrix in combinations {
            let scope = self.scope(&matrix, complete);
            for workflow in &workflows {
                let defaults = workflow
                    .get("on")
                    .and_then(|on| on.get("workflow_call")?.get("inputs").cloned());
                let inputs = inputs(defaults.as_deref(), self.job, &scope);
                for (name, job) in workflow.get("jobs").into_iter().flat_map(|jobs| jobs.named()) {
                    let left = self.calls.get();
                    if left == 0 {
                        return;
                    }
                    self.calls.set(left - 1);
                    let (file, inputs, depth) = (&file, &inputs, self.depth + 1);
                    Job { file, workflow, name, job, inputs, calls: self.calls, depth }
                        .read(builds);
                }
            }
        }
    }

    /// A step that `uses: ./.github/actions/name`.
    pub(super) fn called_action(
        &self,
        uses: &str,
        step: &Node,
        scope: &Scope<'_>,
        builds: &mut Builds,
    ) {
        let Some(path) = self.called(uses, &["action.yml", "action.yaml"]) else { return };
        let Some(text) = (self.file.other)(&path) else { return };
        let file = File { path: &path, text: &text, ..*self.file };
        for action in &documents(&file, "action").unwrap_or_default() {
            let Some(runs) = action.get("runs") else { continue };
            let inputs = inputs(action.get("inputs").map(|it| &**it), step, scope);
            let job = Job {
                file: &file,
                workflow: action,
                name: self.name,
                job: runs,
                inputs: &inputs,
                calls: self.calls,
                depth: self.depth + 1,
            };
            let nothing = Combination::new();
            let mut inner = job.scope(&nothing, false);
            inner.environment = scope.environment.clone();
            for step in runs.get("steps").map(|steps| steps.items()).unwrap_or_default() {
                let mut inner = Scope { environment: inner.environment.clone(), ..inner };
                inner.set(step.get("env"));
                job.step(step, &inner, builds);
            }
        }
    }

    /// The file that is called: the path itself, or the first of `names` in it that is there.
    fn called(&self, uses: &str, names: &[&str]) -> Option<PathBuf> {
        let path = uses.strip_prefix("./").filter(|_| self.depth < DEEPEST)?;
        let left = self.calls.get().checked_sub(1)?;
        self.calls.set(left);
        let path = join(self.file.root, path);
        let mut paths = names.iter().map(|name| match *name {
            "" => path.clone(),
            name => path.join(name),
        });
        paths.find(|path| path != self.file.path && (self.file.other)(path).is_some())
    }
}

/// What is given under `with`, and the defaults of what is not. `None` is not known.
fn inputs(defaults: Option<&Node>, call: &Node, scope: &Scope<'_>) -> Values {
    let mut inputs = Values::new();
    for (name, input) in defaults.into_iter().flat_map(Node::named) {
        let default = input.get("default").and_then(|it| it.text()).unwrap_or_default();
        inputs.insert(name.to_owned(), Some(default.to_owned()).filter(|it| !it.contains("${{")));
    }
    for (name, value) in call.get("with").into_iter().flat_map(|with| with.named()) {
        inputs.insert(name.to_owned(), value.text().and_then(|text| scope.text(text).ok()));
    }
    inputs
}
