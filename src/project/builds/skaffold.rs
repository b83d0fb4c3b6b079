//! `skaffold.yaml`: `build.artifacts` that are built from a Dockerfile, also those of profiles and of files
//! that it requires.
//!
//! Semantics: Skaffold's schema and its `docker` package. The context is relative to the folder of the file.
//! The Dockerfile is relative to the context; if it is not there, to the folder in which Skaffold runs.

use super::paths::{folder, join};
use super::{Builds, Draft, File, Known, Place, Relative, Unknown, documents};
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// Builders that read no Dockerfile.
const OTHERS: [&str; 5] = ["bazel", "buildpacks", "custom", "jib", "ko"];

/// Files that one file may lead to.
const DEEPEST: usize = 16;

pub(super) fn read(file: &File<'_>) -> Builds {
    read_so_deep(file, 0)
}

fn read_so_deep(file: &File<'_>, depth: usize) -> Builds {
    let documents = match documents(file, "skaffold file") {
        Ok(documents) => documents,
        Err(refused) => return refused,
    };
    let mut builds = Builds::default();
    for document in &documents {
        required(file, document, depth, &mut builds);
        let list = artifacts(document);
        list.iter().for_each(|it| artifact(file, it, "", &Patched::default(), &mut builds));
        for profile in document.get("profiles").map(|node| node.items()).unwrap_or_default() {
            let name = profile.get("name").and_then(|name| name.text()).unwrap_or_default();
            let inside = format!(" in profile `{name}`");
            let own = artifacts(profile).iter();
            own.for_each(|it| artifact(file, it, &inside, &Patched::default(), &mut builds));
            patches(file, list, profile, &inside, &mut builds);
        }
    }
    builds
}

fn artifacts(node: &Node) -> &[Rc<Node>] {
    let list = node.get("build").and_then(|build| build.get("artifacts"));
    list.map(|list| list.items()).unwrap_or_default()
}

/// Files with another name than is read for itself. Those of another repository build nothing of this one.
fn required(file: &File<'_>, document: &Node, depth: usize, builds: &mut Builds) {
    for item in document.get("requires").map(|node| node.items()).unwrap_or_default() {
        let Some(path) = item.get("path").and_then(|path| literal(path)) else { continue };
        let place = || {
            let what = "a file that it requires".to_owned();
            Place { file: file.path.into(), line: item.line, what }
        };
        let path = match path {
            Ok(path) => join(folder(file.path), &path),
            Err(unknown) => {
                builds.unclear(place(), format!("its path {unknown}"));
                continue;
            }
        };
        if super::reader_for(&path).is_some() {
            continue;
        }
        match (file.other)(&path) {
            Some(text) if depth < DEEPEST => {
                let required = File { path: &path, text: &text, ..*file };
                builds.extend(read_so_deep(&required, depth + 1));
            }
            // A folder has a file that is read for itself.
            _ => (),
        }
    }
}

/// What a profile puts in the place of what an artifact says.
#[derive(Debug, Default)]
struct Patched<'n> {
    context: Option<&'n Node>,
    dockerfile: Option<&'n Node>,
    target: Option<&'n Node>,
}

/// The patches (JSON Patch) of a profile that have a say about which Dockerfile is built how.
fn patches(file: &File<'_>, list: &[Rc<Node>], profile: &Node, inside: &str, builds: &mut Builds) {
    let mut patched: BTreeMap<usize, Patched<'_>> = BTreeMap::new();
    for patch in profile.get("patches").map(|node| node.items()).unwrap_or_default() {
        let text = |key: &str| patch.get(key).and_then(|node| node.text());
        let pointer = text("path").unwrap_or_default();
        let parts: Vec<&str> = pointer.split('/').skip(1).collect();
        let ["build", "artifacts", rest @ ..] = &parts[..] else { continue };
        let is_set = matches!(text("op"), None | Some("add" | "replace"));
        let value = patch.get("value").filter(|_| is_set);
        let number = rest.first().and_then(|number| number.parse::<usize>().ok());
        if let (Some(number), [_, key, more @ ..], Some(value)) = (number, rest, value)
            && patched.entry(number).or_default().set(key, more, value)
        {
            continue;
        }
        let own = match (rest, value) {
            ([], Some(list)) => list.items(),
            ([_], Some(whole)) => std::slice::from_ref(whole),
            // One build less.
            ([] | [_], None) => &[],
            ([_, "docker" | "kaniko", key, ..], _) if !matches!(*key, "dockerfile" | "target") => {
                &[]
            }
            ([_, key, ..], _) if !matches!(*key, "docker" | "kaniko" | "context" | "workspace") => {
                &[]
            }
            _ => {
                let what = format!("a patch{inside}");
                let place = Place { file: file.path.into(), line: patch.line, what };
                builds.unclear(place, format!("it changes `{pointer}`"));
                &[]
            }
        };
        own.iter().for_each(|it| artifact(file, it, inside, &Patched::default(), builds));
    }
    for (number, patched) in patched {
        let says = [patched.context, patched.dockerfile, patched.target];
        let of = list.get(number).filter(|_| says.iter().any(Option::is_some));
        of.into_iter().for_each(|it| artifact(file, it, inside, &patched, builds));
    }
}

impl<'n> Patched<'n> {
    /// Takes a value, if it is one that it knows.
    fn set(&mut self, key: &str, more: &[&str], value: &'n Node) -> bool {
        let place = match (key, more) {
            ("context" | "workspace", []) => &mut self.context,
            ("docker" | "kaniko", ["dockerfile"]) => &mut self.dockerfile,
            ("docker" | "kaniko", ["target"]) => &mut self.target,
            _ => return false,
        };
        *place = Some(value);
        true
    }
}

fn artifact(
    file: &File<'_>,
    artifact: &Node,
    inside: &str,
    patched: &Patched<'_>,
    builds: &mut Builds,
) {
    if OTHERS.iter().any(|other| artifact.get(other).is_some()) {
        return;
    }
    let image = artifact.get("image").and_then(|image| image.text()).unwrap_or_default();
    let what = format!("artifact `{image}`{inside}");
    let place = Place { file: file.path.into(), line: artifact.line, what };
    let settings = artifact.get("docker").or(artifact.get("kaniko"));
    let setting = |name: &str, patched: Option<&Node>| {
        literal(patched.or_else(|| Some(settings?.get(name)?))?)
    };
    let context = artifact.get("context").or(artifact.get("workspace"));
    let context = patched.context.or(context.map(|node| &**node));
    let mut draft = Draft {
        context: context.and_then(literal),
        dockerfile: setting("dockerfile", patched.dockerfile),
        target: setting("target", patched.target),
        images: Some(image.to_owned())
            .into_iter()
            .filter(|it| !it.contains("{{") && !it.is_empty())
            .collect(),
        ..Draft::default()
    };
    if let (None | Some(Ok(_)), Some(Ok(path))) = (&draft.context, &draft.dockerfile) {
        let context = draft.context.as_ref().and_then(|it| it.as_deref().ok()).unwrap_or(".");
        let below = join(&join(folder(file.path), context), path);
        let exists = |path: &Path| (file.other)(path).is_some();
        if !exists(&below) && exists(&join(folder(file.path), path)) {
            draft.relative = Relative::Folder;
        }
    }
    let arguments = settings.and_then(|it| it.get("buildArgs"));
    for (name, value) in arguments.iter().flat_map(|it| it.named()) {
        let value = literal(value).and_then(|value| value.ok());
        draft.arguments.insert(name.to_owned(), value);
    }
    // Images of other artifacts are given as build arguments.
    for required in artifact.get("requires").map(|list| list.items()).unwrap_or_default() {
        let text = |key: &str| required.get(key).and_then(|it| it.text());
        if let (Some(image), alias) = (text("image"), text("alias")) {
            let alias = alias.unwrap_or(image);
            draft.arguments.insert(alias.to_owned(), Some(image.to_owned()));
        }
    }
    let platforms = artifact.get("platforms").map(|list| list.items()).unwrap_or_default();
    draft.platforms = platforms.iter().filter_map(|it| Some(it.text()?.to_owned())).collect();
    builds.finish(place, folder(file.path), draft);
}

/// A text without a template.
fn literal(node: &Node) -> Option<Known<String>> {
    let text = node.text()?;
    Some(match text.contains("{{") {
        true => Err(Unknown::on(format!("`{text}`"))),
        false => Ok(text.to_owned()),
    })
}
