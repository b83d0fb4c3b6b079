//! What the user does not want to be proposed, whichever transform it is.
//!
//! It compares the two texts, so that nothing depends on what a transform says of itself.

use super::proof::Known;
use crate::facts::Facts;
use crate::syntax::image_reference::ImageReference;
use crate::syntax::{self, Dockerfile, Keyword};
use crate::text::{self, bytes};
use crate::transform::{Builder, Change, Declined, Feature, Options};
use std::collections::BTreeSet;

/// What the options have against `change`.
pub(super) fn exceeded(options: &Options, change: &Change, known: Known) -> Option<Declined> {
    let (code, reason) = saving(options, change).or_else(|| brought(options, change, known))?;
    Some(Declined { span: change.span, at: change.span, code, reason })
}

type Reason = (&'static str, String);

fn saving(options: &Options, change: &Change) -> Option<Reason> {
    let least = options.minimum_saving;
    let saving = change.delta.saving().filter(|saving| *saving < least)?;
    let (saving, least) = (bytes(saving), bytes(least));
    Some(("small-saving", format!("it saves {saving} at most, and `minimum-saving` is {least}")))
}

/// What the new text has and the old one has not.
fn brought(options: &Options, change: &Change, known: Known) -> Option<Reason> {
    if options.registries.is_none() && options.builder == Builder::Any {
        return None;
    }
    // What cannot be applied or read fails its proof.
    let new = text::apply(known.file.source, &change.edits).ok()?;
    let file = syntax::parse(&new).ok()?;
    if let Some(trusted) = &options.registries {
        let old: BTreeSet<String> = images(known.facts).collect();
        let is_strange = |image: &String| !old.contains(image) && !is_trusted(image, trusted);
        if let Some(image) = images(&Facts::new(&file)).find(is_strange) {
            let reason = format!(
                "`{image}` is from no registry of `trusted-registries`; `runtime` chooses other images"
            );
            return Some(("untrusted-registry", reason));
        }
    }
    let (old, builder) = (features(known.file), options.builder);
    let is_new = |it: &Feature| !old.contains(it) && !builder.knows(*it);
    let feature = features(&file).into_iter().find(is_new)?;
    let reason = format!("not every version of {} knows {}", builder.name(), feature.name());
    Some(("builder", reason))
}

/// The images that are built on, copied from and mounted, and the frontend; with `*` for what is not known.
fn images(facts: &Facts) -> impl Iterator<Item = String> {
    let bases = (0..facts.stages.len()).flat_map(|stage| facts.base_images(stage, &|_| None));
    let read = facts.read_images().map(|(_, name)| name.to_owned());
    let frontend = syntax::frontend(facts.file.source).map(|it| it.image.into_owned());
    bases.chain(read.collect::<Vec<_>>()).chain(frontend)
}

/// Whether it is in one of these registries or folders of them.
fn is_trusted(image: &str, trusted: &[String]) -> bool {
    let name = ImageReference::parse(image).and_then(|it| it.full_name());
    name.filter(|name| !name.contains('*')).is_some_and(|name| {
        trusted.iter().any(|place| {
            let place = place.trim_end_matches('/');
            name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    })
}

fn features(file: &Dockerfile) -> BTreeSet<Feature> {
    let of = |instruction: &syntax::Instruction| {
        let is_copy = matches!(instruction.keyword, Keyword::Copy | Keyword::Add);
        let flags = instruction.flags.iter().filter_map(|flag| match &*flag.name.text {
            "mount" => Some(Feature::Mount),
            "chmod" if is_copy => Some(Feature::Chmod),
            "link" if is_copy => Some(Feature::Link),
            "parents" if is_copy => Some(Feature::Parents),
            "exclude" if is_copy => Some(Feature::Exclude),
            _ => None,
        });
        let heredoc = (!instruction.heredocs.is_empty()).then_some(Feature::Heredoc);
        flags.chain(heredoc).collect::<Vec<_>>()
    };
    file.instructions.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_ends_where_a_slash_is() {
        let trusted = ["docker.io/library".to_owned(), "registry.corp.example/base/".to_owned()];
        let is_trusted = |image| is_trusted(image, &trusted);
        assert!(is_trusted("node:20") && is_trusted("registry.corp.example/base/node:20"));
        assert!(is_trusted("docker.io/library/node@sha256:0"));
        assert!(!is_trusted("bitnami/node") && !is_trusted("docker.io/libraryx/node"));
        assert!(!is_trusted("registry.corp.example/node") && !is_trusted("*/node"));
        assert!(!is_trusted("gcr.io/distroless/cc"));
    }

    #[test]
    fn features_are_told_apart() {
        let file =
            "FROM a\nCOPY --chmod=1 a b\nRUN --mount=type=cache,target=/a b\nRUN <<E\na\nE\n";
        let file = syntax::parse(file).unwrap();
        let expected = [Feature::Heredoc, Feature::Chmod, Feature::Mount];
        assert_eq!(features(&file), BTreeSet::from(expected));
        assert!(expected.iter().all(|it| Builder::Buildkit.knows(*it)));
        assert!(!expected.iter().any(|it| Builder::Kaniko.knows(*it)));
    }
}
