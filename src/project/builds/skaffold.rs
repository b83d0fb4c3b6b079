//! `skaffold.yaml`: `build.artifacts` that are built from a Dockerfile, also those of profiles.
//!
//! Semantics: Skaffold's schema and its `docker` package. The context is relative to the folder of the file.
//! The Dockerfile is relative to the context; if it is not there, to the folder in which Skaffold runs.

use super::paths::{folder, join};
use super::{Builds, Draft, File, Known, Place, Relative, Unknown, documents};
use crate::yaml::Node;

/// Builders that read no Dockerfile.
const OTHERS: [&str; 5] = ["bazel", "buildpacks", "custom", "jib", "ko"];

pub(super) fn read(file: &File<'_>) -> Builds {
    let documents = match documents(file, "skaffold file") {
        Ok(documents) => documents,
        Err(refused) => return refused,
    };
    let mut builds = Builds::default();
    for document in &documents {
        artifacts(file, document, "", &mut builds);
        for profile in document.get("profiles").map(|node| node.items()).unwrap_or_default() {
            let name = profile.get("name").and_then(|name| name.text()).unwrap_or_default();
            artifacts(file, profile, &format!(" in profile `{name}`"), &mut builds);
        }
    }
    builds
}

fn artifacts(file: &File<'_>, node: &Node, inside: &str, builds: &mut Builds) {
    let list = node.get("build").and_then(|build| build.get("artifacts"));
    for artifact in list.map(|list| list.items()).unwrap_or_default() {
        if OTHERS.iter().any(|other| artifact.get(other).is_some()) {
            continue;
        }
        let image = artifact.get("image").and_then(|image| image.text()).unwrap_or_default();
        let what = format!("artifact `{image}`{inside}");
        let place = Place { file: file.path.into(), line: artifact.line, what };
        let settings = artifact.get("docker").or(artifact.get("kaniko"));
        let setting = |name: &str| settings.and_then(|node| literal(node.get(name)?));
        let mut draft = Draft {
            context: artifact
                .get("context")
                .or(artifact.get("workspace"))
                .and_then(|it| literal(it)),
            dockerfile: setting("dockerfile"),
            target: setting("target"),
            images: Some(image.to_owned())
                .into_iter()
                .filter(|it| !it.contains("{{") && !it.is_empty())
                .collect(),
            ..Draft::default()
        };
        if let (None | Some(Ok(_)), Some(Ok(path))) = (&draft.context, &draft.dockerfile) {
            let context = draft.context.as_ref().and_then(|it| it.as_deref().ok()).unwrap_or(".");
            let below = join(&join(folder(file.path), context), path);
            let exists = |path: &std::path::Path| (file.other)(path).is_some();
            if !exists(&below) && exists(&join(folder(file.path), path)) {
                draft.relative = Relative::Folder;
            }
        }
        for (name, value) in
            settings.and_then(|it| it.get("buildArgs")).iter().flat_map(|it| it.named())
        {
            let value = literal(value).and_then(|value| value.ok());
            draft.arguments.insert(name.to_owned(), value);
        }
        let platforms = artifact.get("platforms").map(|list| list.items()).unwrap_or_default();
        draft.platforms = platforms.iter().filter_map(|it| Some(it.text()?.to_owned())).collect();
        builds.finish(place, folder(file.path), draft);
    }
}

/// A text without a template.
fn literal(node: &Node) -> Option<Known<String>> {
    let text = node.text()?;
    Some(match text.contains("{{") {
        true => Err(Unknown::on(format!("`{text}`"))),
        false => Ok(text.to_owned()),
    })
}
