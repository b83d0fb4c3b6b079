//! `docker-bake.hcl` and `docker-bake.json`: targets of `docker buildx bake`.
//!
//! Semantics: the Bake file reference, and buildx's `bake` package. Paths are relative to the folder in
//! which Bake runs: that of the file, or one above it where only that has the Dockerfile. The Dockerfile is
//! relative to the context.

use super::hcl::{Function, Scope, Source, Value};
use super::paths::{folder, is_remote, join, nearest};
use super::{Build, Builds, ContextSource, Draft, File, Known, Place, Relative, Unclear, Unknown};
use crate::text::LineIndex;
use crate::yaml::{self, Node};
use hcl_edit::Span;
use hcl_edit::structure::{Body, Structure};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

/// Combinations of a matrix that are gone through.
const MOST: usize = 256;

/// `inherits` that lead to others.
const DEEPEST: usize = 16;

pub(super) fn read_hcl(file: &File<'_>) -> Builds {
    match hcl_edit::parser::parse_body(file.text) {
        Ok(body) => {
            let lines = LineIndex::new(file.text);
            let mut bake = Bake::default();
            bake.read_hcl(&body, &lines);
            with_base(file, bake)
        }
        Err(error) => {
            Builds::refused(file, "Bake file", error.location().offset(), error.message())
        }
    }
}

pub(super) fn read_json(file: &File<'_>) -> Builds {
    // JSON is YAML, and so has lines.
    match yaml::parse(file.text) {
        Ok(documents) => {
            let mut bake = Bake::default();
            documents.iter().for_each(|document| bake.read_json(document));
            with_base(file, bake)
        }
        Err(error) => Builds::refused(file, "Bake file", error.at, &error.message),
    }
}

/// An override is put over the main file of its folder, which Bake reads first.
fn with_base(file: &File<'_>, mut bake: Bake<'_>) -> Builds {
    let stem = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    bake.targets.iter_mut().for_each(|target| target.described = true);
    if !stem.ends_with(".override") {
        return bake.builds(file);
    }
    let text = |name: &str| (file.other)(&join(folder(file.path), name)).unwrap_or_default();
    let (json, hcl) = (text("docker-bake.json"), text("docker-bake.hcl"));
    let documents = yaml::parse(&json).unwrap_or_default();
    let body = hcl_edit::parser::parse_body(&hcl).unwrap_or_default();
    let mut base = Bake::default();
    documents.iter().for_each(|document| base.read_json(document));
    base.read_hcl(&body, &LineIndex::new(&hcl));
    base.put(bake);
    base.builds(file)
}

/// A target as it is written. Targets of the same name are one, later ones over earlier ones.
struct Target<'f> {
    name: String,
    line: usize,
    /// The file that is read says something of it.
    described: bool,
    attributes: BTreeMap<String, Source<'f>>,
}

#[derive(Default)]
struct Bake<'f> {
    targets: Vec<Target<'f>>,
    /// Names in groups.
    grouped: Vec<Source<'f>>,
    scope: Scope<'f>,
}

impl<'f> Bake<'f> {
    fn read_hcl(&mut self, body: &'f Body, lines: &LineIndex<'_>) {
        for structure in body {
            let block = match structure {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.to_string();
                    self.scope.variables.insert(name, Some(Source::Hcl(&attribute.value)));
                    continue;
                }
                Structure::Block(block) => block,
            };
            let label =
                block.labels.first().map(|label| label.as_str().to_owned()).unwrap_or_default();
            let attributes = block.body.attributes();
            let attributes: BTreeMap<_, _> =
                attributes.map(|it| (it.key.to_string(), Source::Hcl(&it.value))).collect();
            let line = block.span().map_or(1, |span| lines.line(span.start));
            self.add(block.ident.as_str(), label, line, attributes);
        }
    }

    fn read_json(&mut self, root: &'f Node) {
        for (kind, blocks) in root.named() {
            if !matches!(kind, "target" | "group" | "variable" | "function") {
                self.scope.variables.insert(kind.to_owned(), Some(Source::Json(blocks)));
                continue;
            }
            for (key, block) in blocks.entries() {
                let attributes =
                    block.named().map(|(name, node)| (name.to_owned(), Source::Json(node)));
                let label = key.text().unwrap_or_default().to_owned();
                self.add(kind, label, key.line, attributes.collect());
            }
        }
    }

    fn add(
        &mut self,
        kind: &str,
        name: String,
        line: usize,
        attributes: BTreeMap<String, Source<'f>>,
    ) {
        match kind {
            "target" => {
                let target = Target { name, line, described: false, attributes };
                self.targets.push(target);
                self.join();
            }
            "group" => self.grouped.extend(attributes.get("targets")),
            "variable" => {
                self.scope.variables.insert(name, attributes.get("default").copied());
            }
            "function" => {
                let parameters =
                    attributes.get("params").copied().map(parameters).unwrap_or_default();
                if let Some(result) = attributes.get("result").copied() {
                    self.scope.functions.insert(name, Function { parameters, result });
                }
            }
            _ => {}
        }
    }

    /// Puts the last target over an earlier one of its name.
    fn join(&mut self) {
        let Some(last) = self.targets.pop() else { return };
        match self.targets.iter_mut().find(|target| target.name == last.name) {
            Some(target) => {
                target.attributes.extend(last.attributes);
                if last.described {
                    (target.line, target.described) = (last.line, true);
                }
            }
            None => self.targets.push(last),
        }
    }

    fn put(&mut self, over: Self) {
        for target in over.targets {
            self.targets.push(target);
            self.join();
        }
        self.grouped.extend(over.grouped);
        self.scope.variables.extend(over.scope.variables);
        self.scope.functions.extend(over.scope.functions);
    }

    fn builds(&self, file: &File<'_>) -> Builds {
        let mut builds = Builds::default();
        let grouped: Vec<String> = self
            .grouped
            .iter()
            .filter_map(|it| Some(self.scope.value(*it).ok()?.texts()))
            .flatten()
            .collect();
        let inherited: Vec<String> = self.targets.iter().flat_map(|it| self.inherits(it)).collect();
        for target in self.targets.iter().filter(|target| target.described) {
            let named = target.name == "default" || grouped.contains(&target.name);
            // A target that only gives others what they inherit is no build.
            let says = ["context", "dockerfile", "dockerfile-inline", "target", "inherits"];
            let says = says.iter().any(|key| target.attributes.contains_key(*key));
            if !named && (inherited.contains(&target.name) && !says || target.name.starts_with('_'))
            {
                continue;
            }
            let place = Place {
                file: file.path.into(),
                line: target.line,
                what: format!("target `{}`", target.name),
            };
            match self.scopes(target) {
                Ok(scopes) => {
                    for scope in scopes {
                        self.build(target, &scope, place.clone(), file, &mut builds);
                    }
                }
                Err(unknown) => builds.unclear(place, format!("the matrix {unknown}")),
            }
        }
        builds
    }

    fn inherits(&self, target: &Target<'f>) -> Vec<String> {
        let names = target.attributes.get("inherits").and_then(|it| self.scope.value(*it).ok());
        names.map(|names| names.texts()).unwrap_or_default()
    }

    /// One scope for each combination of the matrix.
    fn scopes(&self, target: &Target<'f>) -> Known<Vec<Scope<'f>>> {
        let mut scopes = vec![self.scope.clone()];
        let Some(matrix) = target.attributes.get("matrix") else { return Ok(scopes) };
        let Value::Map(entries) = self.scope.value(*matrix)? else {
            return Err(Unknown::on("its form"));
        };
        for (name, values) in entries {
            let Value::List(values) = values? else { return Err(Unknown::on("its form")) };
            let with = |scope: &Scope<'f>| {
                let each = values.iter().map(|value| {
                    let mut scope = scope.clone();
                    scope.locals.insert(name.clone(), value.clone());
                    scope
                });
                each.collect::<Vec<_>>()
            };
            scopes = scopes.iter().flat_map(with).collect();
            if scopes.len() > MOST {
                return Err(Unknown::on("more values than we go through"));
            }
        }
        Ok(scopes)
    }

    fn build(
        &self,
        target: &Target<'f>,
        scope: &Scope<'f>,
        mut place: Place,
        file: &File<'_>,
        builds: &mut Builds,
    ) {
        let mut merged = Merged::default();
        let sure = self.merge(target, scope, &mut merged, 0);
        if let Some(Ok(Value::Text(name))) =
            target.attributes.get("name").map(|it| scope.value(*it))
        {
            place.what = format!("target `{name}`");
        }
        if let Err(unknown) = sure {
            return builds.unclear(place, format!("what it inherits {unknown}"));
        }
        let here = |text: Known<String>| {
            text.map(|text| text.strip_prefix("cwd://").unwrap_or(&text).to_owned())
        };
        let context = merged.texts.remove("context").map(here);
        let base = folder(file.path).to_path_buf();
        if let Some(text) = merged.texts.remove("dockerfile-inline") {
            let local = context.clone().unwrap_or(Ok(".".to_owned())).ok();
            let local = local.filter(|it| !is_remote(it));
            let context = local.map(|it| ContextSource::Folder(join(&base, &it)));
            let reason = "its Dockerfile is written in the Bake file".to_owned();
            if let Ok(text) = text {
                let (arguments, contexts) = (merged.arguments, merged.contexts);
                builds.push_inline(&place, text, Draft { arguments, contexts, ..Draft::default() });
            }
            return builds.push_unclear(Unclear { context, ..Unclear::new(place, reason) });
        }
        let dockerfile = merged.texts.remove("dockerfile");
        let from_folder = matches!(&dockerfile, Some(Ok(path)) if path.starts_with("cwd://"));
        let dockerfile = dockerfile.map(here).filter(|it| it.as_deref() != Ok(""));
        let base =
            ran_in(file, base, context.as_ref().filter(|_| !from_folder), dockerfile.as_ref());
        let mut names = merged.names;
        names.push(Build::own_name(file.path, &format!("target:{}", target.name)));
        let draft = Draft {
            context,
            dockerfile,
            relative: if from_folder { Relative::Folder } else { Relative::Context },
            target: merged.texts.remove("target").filter(|it| it.as_deref() != Ok("")),
            arguments: merged.arguments,
            contexts: merged.contexts,
            images: merged.tags,
            names,
            platforms: merged.platforms,
            ..Draft::default()
        };
        builds.finish(place, &base, draft);
    }

    /// What a target inherits, the last name over those before it, and over that what it says itself.
    fn merge(
        &self,
        target: &Target<'f>,
        scope: &Scope<'f>,
        merged: &mut Merged,
        depth: usize,
    ) -> Known<()> {
        scope.step()?;
        if let Some(inherits) = target.attributes.get("inherits").filter(|_| depth < DEEPEST) {
            let Value::List(names) = scope.value(*inherits)? else { return Ok(()) };
            for name in names {
                let Some(name) = name?.text() else { continue };
                let base = self.targets.iter().find(|target| target.name == name);
                let base = base.ok_or_else(|| Unknown::on(format!("the target `{name}`")))?;
                self.merge(base, &self.scope, merged, depth + 1)?;
            }
        }
        for (name, source) in &target.attributes {
            merged.set(name, scope.value(*source));
            if name == "tags" {
                let names = scope.starred().value(*source).map(|it| it.texts()).unwrap_or_default();
                merged.names = names.into_iter().filter(|name| name.contains('*')).collect();
            }
        }
        Ok(())
    }
}

/// The folder in which Bake is run, as far as the files that are there tell.
fn ran_in(
    file: &File<'_>,
    folder: PathBuf,
    context: Option<&Known<String>>,
    dockerfile: Option<&Known<String>>,
) -> PathBuf {
    let told = |it: Option<&Known<String>>, default: &str| match it {
        None => Some(default.to_owned()),
        Some(known) => {
            known.as_ref().ok().filter(|it| !is_remote(it) && !it.starts_with('/')).cloned()
        }
    };
    match (told(context, "."), told(dockerfile, "Dockerfile")) {
        (Some(context), Some(name)) => nearest(file, folder, &context, &name),
        _ => folder,
    }
}

/// The names of a function's parameters, which are written without quotes.
fn parameters(source: Source<'_>) -> Vec<String> {
    match source {
        Source::Hcl(expression) => {
            let items = expression.as_array().into_iter().flatten();
            let name = |item: &hcl_edit::expr::Expression| Some(item.as_variable()?.to_string());
            items.filter_map(name).collect()
        }
        Source::Json(node) => node
            .items()
            .iter()
            .filter_map(|item: &Rc<Node>| Some(item.text()?.to_owned()))
            .collect(),
    }
}

/// A target with all that it inherits.
#[derive(Default)]
struct Merged {
    /// `context`, `dockerfile`, `dockerfile-inline`, `target`
    texts: BTreeMap<String, Known<String>>,
    arguments: BTreeMap<String, Option<String>>,
    contexts: BTreeMap<String, String>,
    tags: Vec<String>,
    /// Tags with a part that is not known.
    names: Vec<String>,
    platforms: Vec<String>,
}

impl Merged {
    fn set(&mut self, name: &str, value: Known<Value>) {
        match (name, value) {
            (_, Ok(Value::Null)) => {}
            ("context" | "dockerfile" | "dockerfile-inline" | "target", value) => {
                let text = value
                    .and_then(|it| it.text().ok_or_else(|| Unknown::on("a value that is no text")));
                self.texts.insert(name.to_owned(), text);
            }
            ("args", Ok(Value::Map(entries))) => {
                for (name, value) in entries {
                    if value != Ok(Value::Null) {
                        self.arguments.insert(name, value.ok().and_then(|value| value.text()));
                    }
                }
            }
            ("contexts", Ok(Value::Map(entries))) => {
                let known = entries
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value.ok()?.text()?)));
                self.contexts.extend(known.filter(|(_, text)| !text.is_empty()));
            }
            ("tags", Ok(value)) => self.tags = value.texts(),
            ("platforms", Ok(value)) => self.platforms = value.texts(),
            _ => {}
        }
    }
}
