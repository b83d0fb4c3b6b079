//! GitLab CI: the scripts of jobs, as far as they build images.
//!
//! Semantics: GitLab's documentation of `.gitlab-ci.yml`: `script` goes on in the shell of `before_script`,
//! `after_script` has a shell of its own; `extends` and `!reference` take what stands in the same file.

use super::dotenv::{Values, interpolate};
use super::github::line_in;
use super::script::Source;
use super::{Budget, Builds, File, LONGEST, documents};
use crate::shell::{self, Dialect};
use crate::yaml::{Node, Value};
use std::rc::Rc;

/// How deep `extends`, `!reference` and lists in lists may lead.
const DEEPEST: usize = 11;

/// Keys of the file that are no jobs.
const RESERVED: [&str; 12] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "pages_deploy",
    "services",
    "spec",
    "stages",
    "variables",
    "workflow",
];

pub(super) fn read(file: &File<'_>) -> Builds {
    let documents = match documents(file, "pipeline") {
        Ok(documents) => documents,
        Err(refused) => return refused,
    };
    let mut builds = Builds::default();
    for root in &documents {
        let pipeline = Pipeline { file, root, budget: Budget::default() };
        for (name, job) in root.named().filter(|(name, _)| !RESERVED.contains(name)) {
            // A template runs in the jobs that extend it, with their variables.
            if name.starts_with('.') && pipeline.is_extended(name) {
                continue;
            }
            pipeline.job(name, job, &mut builds);
        }
    }
    builds
}

struct Pipeline<'p> {
    file: &'p File<'p>,
    root: &'p Node,
    budget: Budget,
}

/// The lines of a script, and where each item of it stands.
#[derive(Default)]
struct Lines {
    text: String,
    /// Where an item starts in the text, with its node.
    items: Vec<(usize, Rc<Node>)>,
}

impl Pipeline<'_> {
    fn is_extended(&self, name: &str) -> bool {
        let extends = |job: &Node| {
            let extends = job.get("extends")?;
            let listed = extends.items().iter().any(|item| item.text() == Some(name));
            Some(listed || extends.text() == Some(name))
        };
        self.root.named().any(|(_, job)| extends(job) == Some(true))
    }

    /// A key of a job, or of what it extends; the last one that is extended wins.
    fn key(&self, job: &Rc<Node>, key: &str, depth: usize) -> Option<Rc<Node>> {
        if let Some(own) = job.get(key) {
            return Some(Rc::clone(own));
        }
        let extends = job.get("extends").filter(|_| depth < DEEPEST && self.budget.step())?;
        let one = extends.text().into_iter();
        let names: Vec<_> =
            one.chain(extends.items().iter().filter_map(|item| item.text())).collect();
        names.into_iter().rev().find_map(|name| self.key(self.root.get(name)?, key, depth + 1))
    }

    /// A key of a job, of `default:`, or of the file.
    fn key_or_default(&self, job: &Rc<Node>, key: &str) -> Option<Rc<Node>> {
        self.key(job, key, 0)
            .or_else(|| self.root.get("default")?.get(key).cloned())
            .or_else(|| self.root.get(key).cloned())
    }

    fn variables(&self, job: &Rc<Node>, depth: usize, values: &mut Values) {
        if let Some(extends) = job.get("extends").filter(|_| depth < DEEPEST && self.budget.step())
        {
            let names =
                extends.text().into_iter().chain(extends.items().iter().filter_map(|it| it.text()));
            for base in names.filter_map(|name| self.root.get(name)) {
                self.variables(base, depth + 1, values);
            }
        }
        self.set(job.get("variables"), values);
    }

    fn set(&self, node: Option<&Rc<Node>>, values: &mut Values) {
        for (name, value) in node.into_iter().flat_map(|node| node.named()) {
            let text = value.text().or_else(|| value.get("value")?.text());
            let value = text.and_then(|text| interpolate(text, values).ok());
            values.insert(name.to_owned(), value);
        }
    }

    fn job(&self, name: &str, job: &Rc<Node>, builds: &mut Builds) {
        let mut variables = Values::new();
        let root = self.file.root.display().to_string();
        variables.insert("CI_PROJECT_DIR".to_owned(), Some(root));
        self.set(self.root.get("variables"), &mut variables);
        self.variables(job, 0, &mut variables);
        let own = |key: &str| self.key(job, key, 0);
        if own("script").is_none() && own("run").is_none() {
            return;
        }
        let mut main = Lines::default();
        for node in [self.key_or_default(job, "before_script"), own("script")].iter().flatten() {
            self.add(node, &mut main, 0);
        }
        let mut after = Lines::default();
        if let Some(node) = self.key_or_default(job, "after_script") {
            self.add(&node, &mut after, 0);
        }
        for lines in [main, after] {
            // One line in a language that is not ours shall not hide the others, as long as no line can
            // change the folder of the next.
            let whole = shell::parse(&lines.text, Dialect::Bash).is_some();
            let parts = match whole || lines.text.contains("cd ") || lines.text.contains("pushd ") {
                true => vec![lines],
                false => lines.each(),
            };
            for part in parts {
                let line = |at: usize| part.line(at);
                let source = Source {
                    file: self.file,
                    text: part.text.clone(),
                    line: Some(&line),
                    inside: format!("job `{name}`"),
                    folder: self.file.root.to_path_buf(),
                    variables: variables.clone(),
                    expressions: Vec::new(),
                    depth: 0,
                };
                source.read(builds);
            }
        }
    }

    /// Adds the lines of a string, a list, lists in it, and of what is referred to.
    fn add(&self, node: &Rc<Node>, lines: &mut Lines, depth: usize) {
        if depth > DEEPEST || lines.text.len() > LONGEST * 16 || !self.budget.step() {
            return;
        }
        if node.tag.as_deref() == Some("!reference") {
            let mut names = node.items().iter().map(|name| name.text());
            let first = names.next().flatten().and_then(|name| self.root.get(name).cloned());
            let target = names.fold(first, |target, name| target?.get(name?).cloned());
            if let Some(target) = target {
                self.add(&target, lines, depth + 1);
            }
            return;
        }
        if let Some(text) = node.text() {
            lines.items.push((lines.text.len(), Rc::clone(node)));
            lines.text.push_str(text);
            lines.text.push('\n');
        }
        node.items().iter().for_each(|item| self.add(item, lines, depth + 1));
    }
}

impl Lines {
    /// One for each item.
    fn each(&self) -> Vec<Self> {
        let one = |(_, node): &(usize, Rc<Node>)| Self {
            text: node.text().unwrap_or_default().to_owned(),
            items: vec![(0, Rc::clone(node))],
        };
        self.items.iter().map(one).collect()
    }

    fn line(&self, at: usize) -> usize {
        let item = self.items.iter().rfind(|(start, _)| *start <= at);
        item.map_or(1, |(start, node)| match &node.value {
            Value::Scalar { text, style } => line_in(node.line, *style, text, at - start),
            _ => node.line,
        })
    }
}
