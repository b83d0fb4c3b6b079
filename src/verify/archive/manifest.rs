//! Which images an archive holds, and which of them is meant.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::blobs::{Blobs, blob_path};
use super::configuration::Configuration;
use super::error::Error;
use super::paths::normalise;
use super::{Image, Wanted};

/// An image of the archive, before its layers are looked for.
struct Candidate {
    names: Vec<String>,
    /// Paths in the archive.
    configuration: String,
    layers: Vec<String>,
}

/// An index within an index is real; more than a few of them are not.
const DEPTH: usize = 4;
/// Images that are looked at.
const IMAGES: usize = 1000;

/// The image that is wanted, with its layers checked against its configuration.
pub(super) fn choose(blobs: &Blobs, wanted: &Wanted<'_>) -> Result<Image, Error> {
    let mut candidates = Vec::new();
    // What Docker writes has both; its own manifest has the full names.
    if let Some(text) = blobs.document("/manifest.json") {
        saved(text?, &mut candidates)?;
    } else if let Some(text) = blobs.document("/index.json") {
        index(blobs, text?, None, DEPTH, &mut candidates)?;
    } else {
        return Err(Error::missing(
            "neither `manifest.json` nor `index.json` is in the archive; this is no saved image",
        ));
    }
    let mut images = Vec::new();
    for candidate in merge(candidates) {
        let text = blobs.document(&candidate.configuration).ok_or_else(|| {
            Error::missing(format!(
                "configuration `{}` is not in the archive",
                &candidate.configuration[1..]
            ))
        })??;
        let configuration = Configuration::read(text)?;
        if wanted.platform.is_none_or(|it| configuration.is_for(it)) {
            images.push((candidate, configuration));
        }
    }
    let (candidate, configuration) = select(images, wanted)?;
    finish(blobs, candidate, configuration)
}

fn finish(
    blobs: &Blobs,
    candidate: Candidate,
    configuration: Configuration,
) -> Result<Image, Error> {
    let layers: Vec<_> =
        candidate.layers.iter().map(|it| blobs.layer(it)).collect::<Result<_, _>>()?;
    if layers.len() != configuration.diff_ids.len() {
        return Err(Error::broken(format!(
            "{} layers, where the configuration names {}",
            layers.len(),
            configuration.diff_ids.len()
        )));
    }
    for ((layer, path), stated) in layers.iter().zip(&candidate.layers).zip(&configuration.diff_ids)
    {
        if stated.strip_prefix("sha256:") != Some(&layer.diff_id.to_string()) {
            return Err(Error::broken(format!(
                "layer `{}` is damaged: its digest is sha256:{}, the configuration says {stated}",
                &path[1..],
                layer.diff_id
            )));
        }
    }
    Ok(Image { names: candidate.names, configuration, layers })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

/// Docker's own `manifest.json`.
fn saved(text: &[u8], found: &mut Vec<Candidate>) -> Result<(), Error> {
    let path = |text: &str| {
        normalise(text.as_bytes())
            .ok_or_else(|| Error::broken("`manifest.json` names a path outside of the archive"))
    };
    for image in json::<Vec<Saved>>(text, "manifest.json")?.into_iter().take(IMAGES) {
        found.push(Candidate {
            names: image.repo_tags.unwrap_or_default(),
            configuration: path(&image.config)?,
            layers: image
                .layers
                .unwrap_or_default()
                .iter()
                .map(|it| path(it))
                .collect::<Result<_, _>>()?,
        });
    }
    Ok(())
}

#[derive(Deserialize)]
struct Manifest {
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
    annotations: Option<std::collections::BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Platform {
    os: Option<String>,
    architecture: Option<String>,
}

/// An index or a manifest of an OCI image layout. `name` is what the indexes above call it.
fn index(
    blobs: &Blobs,
    text: &[u8],
    name: Option<String>,
    depth: usize,
    found: &mut Vec<Candidate>,
) -> Result<(), Error> {
    let manifest: Manifest = json(text, "an image manifest")?;
    if let (Some(config), Some(layers)) = (&manifest.config, &manifest.layers) {
        let layers: Vec<String> = layers.iter().map(path_of).collect::<Result<_, _>>()?;
        found.push(Candidate {
            names: name.into_iter().collect(),
            configuration: path_of(config)?,
            layers,
        });
        return Ok(());
    }
    for descriptor in manifest.manifests.unwrap_or_default() {
        if descriptor.is_no_image() {
            continue;
        }
        // Of an index of many platforms an engine may hold, and save, only its own.
        let Some(text) = blobs.document(&path_of(&descriptor)?) else { continue };
        let Some(depth) = depth.checked_sub(1).filter(|_| found.len() < IMAGES) else {
            return Err(Error::too_large("more indexes and manifests than an image has"));
        };
        index(blobs, text?, descriptor.name().or_else(|| name.clone()), depth, found)?;
    }
    Ok(())
}

impl Descriptor {
    /// Whether this is what BuildKit writes about an image: provenance, a list of its packages.
    fn is_no_image(&self) -> bool {
        let annotated =
            self.annotations.iter().any(|it| it.contains_key("vnd.docker.reference.type"));
        let unknown = |text: &Option<String>| text.as_deref() == Some("unknown");
        annotated || self.platform.iter().any(|it| unknown(&it.os) || unknown(&it.architecture))
    }

    fn name(&self) -> Option<String> {
        let annotations = self.annotations.as_ref()?;
        let keys = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        keys.iter().find_map(|key| annotations.get(*key)).cloned()
    }
}

fn path_of(descriptor: &Descriptor) -> Result<String, Error> {
    let wrong = || Error::broken(format!("`{}` is no digest", descriptor.digest.escape_debug()));
    blob_path(&descriptor.digest).ok_or_else(wrong)
}

/// The same image under several names is one image.
fn merge(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut merged: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let same = |it: &&mut Candidate| {
            it.configuration == candidate.configuration && it.layers == candidate.layers
        };
        match merged.iter_mut().find(same) {
            Some(known) => known.names.extend(candidate.names),
            None => merged.push(candidate),
        }
    }
    merged
}

fn select(
    mut images: Vec<(Candidate, Configuration)>,
    wanted: &Wanted<'_>,
) -> Result<(Candidate, Configuration), Error> {
    let list = |images: &[(Candidate, Configuration)]| {
        let names = images
            .iter()
            .flat_map(|(it, _)| &it.names)
            .map(|it| format!("`{}`", it.escape_debug()));
        names.take(10).collect::<Vec<_>>().join(", ")
    };
    let there = list(&images);
    if let Some(name) = wanted.name {
        // What is written without a name can only be what was asked for.
        let nameless = images.len() == 1 && images[0].0.names.is_empty();
        if !nameless {
            images.retain(|(it, _)| it.names.iter().any(|own| is_same_name(own, name)));
        }
    }
    match (images.pop(), images.len()) {
        (Some(image), 0) => Ok(image),
        (None, _) if there.is_empty() => Err(Error::choice("the image is not in the archive")),
        (None, _) => {
            Err(Error::choice(format!("the image is not in the archive, which has {there}")))
        }
        (Some(_), more) => Err(Error::choice(format!(
            "the archive has {} images; choose one by its name: {there}",
            more + 1
        ))),
    }
}

/// Whether two references name the same image: `node`, `node:latest` and `docker.io/library/node:latest` do, and
/// so does the tag alone, which image layouts have.
fn is_same_name(own: &str, wanted: &str) -> bool {
    let full = full_name(wanted);
    own == wanted
        || full_name(own) == full
        || !own.contains(['/', ':']) && full.rsplit_once(':').is_some_and(|(_, tag)| tag == own)
}

fn full_name(name: &str) -> String {
    let hosts = ["docker.io/library/", "docker.io/", "localhost/", "library/"];
    let short = hosts.iter().find_map(|host| name.strip_prefix(host)).unwrap_or(name);
    let last = short.rsplit('/').next().unwrap_or(short);
    if last.contains([':', '@']) { short.to_owned() } else { format!("{short}:latest") }
}

pub(super) fn json<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, Error> {
    serde_json::from_slice(text)
        .map_err(|error| Error::broken(format!("{what} does not read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::is_same_name;

    #[test]
    fn names_of_one_image() {
        for (own, wanted) in [
            ("node:22", "node:22"),
            ("docker.io/library/node:22", "node:22"),
            ("node:latest", "node"),
            ("localhost/jettison:a", "jettison:a"),
            ("22", "node:22"),
            ("ghcr.io:443/x/y:1", "ghcr.io:443/x/y:1"),
        ] {
            assert!(is_same_name(own, wanted), "{own} {wanted}");
        }
        for (own, wanted) in [("node:22", "node:2"), ("x/node:22", "node:22"), ("22", "node:21")] {
            assert!(!is_same_name(own, wanted), "{own} {wanted}");
        }
    }
}
