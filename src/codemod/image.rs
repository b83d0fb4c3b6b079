//! Patterns over image references, and what a reference becomes.

use super::template::{Bindings, Bound, Piece, Template, Value, metavariables};
use crate::syntax::expand;
use crate::syntax::image_reference::{ImageReference, Part, Registry};

/// The parts of a reference that a pattern names; the others may be anything.
#[derive(Debug, Clone, Default)]
pub(super) struct ImagePattern {
    /// All of it, if that is one metavariable.
    pub(super) whole: Option<String>,
    pub(super) registry: Option<Template>,
    pub(super) repository: Option<Vec<Template>>,
    pub(super) tag: Option<Template>,
    pub(super) digest: Option<Template>,
}

/// Docker Hub, and the namespace of its official images.
const HUB: &str = "docker.io";
const OFFICIAL: &str = "library/";

/// A reference as it is written, with what each part of it stands for.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// The text in the file.
    pub(super) text: String,
    /// The same with the values of its variables.
    pub(super) value: String,
    registry: Bound,
    repository: Bound,
    tag: Option<Bound>,
    digest: Option<Bound>,
    /// The parts are those of the text, and not only of its value.
    pub(super) in_parts: bool,
    /// The registry and the namespace are written.
    explicit: bool,
}

impl Written {
    /// `None` for what is no reference, or has a value that is not known.
    pub(super) fn new(text: &str, value: &Value) -> Option<Self> {
        let whole = value(text)?;
        if whole.is_empty() || whole == "scratch" {
            return None;
        }
        let parsed = ImageReference::parse(&whole)?;
        let raw = ImageReference::parse(text).filter(|raw| is_split_alike(raw, &parsed, value));
        let in_parts = raw.is_some();
        let shown = raw.as_ref().unwrap_or(&parsed);
        let bound = |part: Part, of: Part| Bound {
            value: Some(of.text.to_owned()),
            ..Bound::plain(part.text)
        };
        let both = |part: Option<Part>, of: Option<Part>| Some(bound(part?, of?));
        let registry = match (named(shown.registry), named(parsed.registry)) {
            (Some(part), Some(of)) => bound(part, of),
            _ => Bound::plain(HUB),
        };
        let mut repository = bound(shown.repository, parsed.repository);
        let explicit = parsed.registry != Registry::Default;
        if registry.text == HUB && !parsed.repository.text.contains('/') {
            for text in [&mut repository.source, &mut repository.text] {
                text.insert_str(0, OFFICIAL);
            }
            repository.value = repository.value.map(|it| format!("{OFFICIAL}{it}"));
        }
        let digest = both(shown.digest, parsed.digest);
        let latest = || digest.is_none().then(|| Bound::plain("latest"));
        let tag = both(shown.tag, parsed.tag).or_else(latest);
        let text = text.to_owned();
        Some(Self { text, value: whole, registry, repository, tag, digest, in_parts, explicit })
    }
}

impl Written {
    /// A reference of which only the tag and the digest have variables without values. `None` where that is not so.
    pub(super) fn open(text: &str, value: &Value) -> Option<Self> {
        let parsed = ImageReference::parse(text)?;
        if text[..parsed.repository.span.end].contains('$') {
            return None;
        }
        let known = |part: Bound| Bound { value: value(&part.text), ..part };
        let written = Self::new(text, &|part| Some(part.to_owned()));
        written.map(|it| Self { tag: it.tag.map(known), digest: it.digest.map(known), ..it })
    }

    /// The parts that are written and of which no value is known.
    fn has_open_parts(&self) -> bool {
        [&self.tag, &self.digest].into_iter().flatten().any(|part| part.value.is_none())
    }
}

/// The registry that is written, other than Docker Hub by its old name.
fn named<'t>(registry: Registry<'t>) -> Option<Part<'t>> {
    match registry {
        Registry::Named(part) if part.text != "index.docker.io" => Some(part),
        _ => None,
    }
}

/// Whether each part of a text stands for the same part of its value.
fn is_split_alike(raw: &ImageReference, parsed: &ImageReference, value: &Value) -> bool {
    let same = |a: Option<Part>, b: Option<Part>| match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => value(a.text).as_deref() == Some(b.text),
        _ => false,
    };
    let registry = match (raw.registry, parsed.registry) {
        (Registry::Default, Registry::Default) => true,
        (Registry::Named(a), Registry::Named(b)) => a.text == b.text,
        _ => false,
    };
    registry
        && same(Some(raw.repository), Some(parsed.repository))
        && same(raw.tag, parsed.tag)
        && same(raw.digest, parsed.digest)
}

impl ImagePattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let template = Template::parse(text);
        if let Some(Piece::One(name) | Piece::Many(name)) = template.only() {
            return Ok(Self { whole: Some(name.clone()), ..Self::default() });
        }
        // Where a colon stands decides, and names of metavariables have none.
        let reference =
            ImageReference::parse(text).ok_or_else(|| format!("`{text}` is no image reference"))?;
        let registry = match reference.registry {
            Registry::Default => HUB,
            Registry::Named(part) | Registry::Unknown(part) => part.text,
        };
        let mut repository = reference.repository.text.to_owned();
        let official = registry == HUB && !repository.contains('/');
        if official && !matches!(&*metavariables(&repository), [(_, Piece::Many(_)), ..]) {
            repository.insert_str(0, OFFICIAL);
        }
        let part = |part: Option<Part>| part.map(|it| Template::parse(it.text));
        Ok(Self {
            whole: None,
            registry: Some(Template::parse(registry)),
            repository: Some(components(&repository)),
            tag: part(reference.tag),
            digest: part(reference.digest),
        })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let parts = [&self.registry, &self.tag, &self.digest].into_iter().flatten();
        let parts = parts.chain(self.repository.iter().flatten()).flat_map(Template::names);
        parts.chain(self.whole.as_deref())
    }

    /// Whether it may fit, once parts have values that are not known.
    pub(super) fn may_match(&self, image: &Written, value: &Value, bindings: &Bindings) -> bool {
        let is_open = |part: &Option<Bound>| part.as_ref().is_some_and(|it| it.value.is_none());
        let known = |pattern: &Option<Template>, part| pattern.clone().filter(|_| !is_open(part));
        let (tag, digest) = (known(&self.tag, &image.tag), known(&self.digest, &image.digest));
        let rest = Self { tag, digest, ..self.clone() };
        image.has_open_parts() && rest.matches(image, value, bindings).is_some()
    }

    pub(super) fn matches(
        &self,
        image: &Written,
        value: &Value,
        bindings: &Bindings,
    ) -> Option<Bindings> {
        let mut bindings = bindings.clone();
        if let Some(name) = &self.whole {
            let bound = Bound { value: Some(image.value.clone()), ..Bound::plain(&image.text) };
            return bindings.with(name, bound);
        }
        let parts = [
            (&self.registry, Some(&image.registry)),
            (&self.tag, image.tag.as_ref()),
            (&self.digest, image.digest.as_ref()),
        ];
        for (pattern, part) in parts {
            let Some(pattern) = pattern else { continue };
            bindings = pattern.matches(part?, value, &bindings)?;
        }
        match &self.repository {
            None => Some(bindings),
            Some(pattern) => match_components(pattern, &image.repository, value, &bindings),
        }
    }
}

pub(super) fn components(repository: &str) -> Vec<Template> {
    repository.split('/').map(Template::parse).collect()
}

fn match_components(
    patterns: &[Template],
    repository: &Bound,
    value: &Value,
    bindings: &Bindings,
) -> Option<Bindings> {
    let Some((first, rest)) = patterns.split_first() else {
        return repository.text.is_empty().then(|| bindings.clone());
    };
    let all: Vec<&str> = repository.text.split('/').filter(|it| !it.is_empty()).collect();
    let bound = |parts: &[&str]| {
        let text = parts.join("/");
        Bound { value: value(&text), ..Bound::plain(&text) }
    };
    if let Some(Piece::Many(name)) = first.only() {
        return (0..=all.len()).find_map(|count| {
            let bindings = bindings.clone().with(name, bound(&all[..count]))?;
            match_components(rest, &bound(&all[count..]), value, &bindings)
        });
    }
    let (component, left) = all.split_first()?;
    let bindings = first.matches(&bound(&[component]), value, bindings)?;
    match_components(rest, &bound(left), value, &bindings)
}

/// What becomes of the parts of a reference; a part that is not named stays.
#[derive(Debug, Clone, Default)]
pub(super) struct ImageRewrite {
    pub(super) whole: Option<Template>,
    pub(super) registry: Option<Template>,
    pub(super) repository: Option<Template>,
    pub(super) tag: Option<Template>,
    pub(super) digest: Option<Template>,
}

/// What stands in the way of a new reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    NoReference(String),
    /// The digest stays, and says another image than the new name.
    Pinned,
}

/// A new reference: the text that takes the place of the old one, and what it stands for, without variables of
/// the file where these are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewImage {
    pub(super) text: String,
}

impl ImageRewrite {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let parts = [&self.whole, &self.registry, &self.repository, &self.tag, &self.digest];
        parts.into_iter().flatten().flat_map(Template::names)
    }

    pub(super) fn apply(&self, image: &Written, bindings: &Bindings) -> Result<NewImage, Obstacle> {
        let fill = |template: &Template| template.fill(bindings).text;
        let (mut name, mut tag, mut digest) = (None, None, None);
        if let Some(whole) = &self.whole {
            let text = fill(whole);
            let Some(new) = ImageReference::parse(&text) else {
                return Err(Obstacle::NoReference(text));
            };
            let end = new.repository.span.end;
            name = Some(text[..end].to_owned());
            tag = new.tag.map(|it| it.text.to_owned());
            digest = new.digest.map(|it| it.text.to_owned());
        }
        tag = self.tag.as_ref().map(fill).or(tag);
        digest = self.digest.as_ref().map(fill).or(digest);
        if self.registry.is_some() || self.repository.is_some() {
            let registry = self.registry.as_ref().map_or_else(|| image.registry.text.clone(), fill);
            let repository =
                self.repository.as_ref().map_or_else(|| image.repository.text.clone(), fill);
            name = Some(match self.registry.is_none() && !image.explicit {
                true => repository.strip_prefix(OFFICIAL).unwrap_or(&repository).to_owned(),
                false => format!("{registry}/{repository}"),
            });
        }
        let moves =
            tag.is_some() && tag.as_deref() != image.tag.as_ref().map(|it| it.text.as_str());
        if image.digest.is_some() && digest.is_none() && moves {
            return Err(Obstacle::Pinned);
        }
        let text = self.joined(image, name, tag, digest);
        match ImageReference::parse(&text) {
            Some(_) => Ok(NewImage { text }),
            None => Err(Obstacle::NoReference(text)),
        }
    }

    fn joined(
        &self,
        image: &Written,
        name: Option<String>,
        tag: Option<String>,
        digest: Option<String>,
    ) -> String {
        let old = match image.in_parts {
            true => &image.text,
            false => &image.value,
        };
        let parsed = ImageReference::parse(old);
        let old_name = parsed.as_ref().map_or(old.as_str(), |it| &old[..it.repository.span.end]);
        let old_tag = parsed.as_ref().and_then(|it| it.tag).map(|it| it.text.to_owned());
        let old_digest = parsed.as_ref().and_then(|it| it.digest).map(|it| it.text.to_owned());
        let mut text = name.unwrap_or_else(|| old_name.to_owned());
        // `latest` is said only where it was, or where the rule says another tag.
        if let Some(tag) = tag.or(old_tag) {
            text.push_str(&format!(":{tag}"));
        }
        if let Some(digest) = digest.or(old_digest) {
            text.push_str(&format!("@{digest}"));
        }
        text
    }
}

/// The text in the place of an image, and the defaults that its variables get: a part that is a variable and has to
/// change changes in its default. The error is a variable for which that cannot be.
pub(super) fn redirected(
    old: &str,
    new: &str,
    in_parts: bool,
) -> Result<(String, Vec<(String, String)>), String> {
    let mut defaults = Vec::new();
    if !in_parts {
        let kept = part_redirected(old, new, &mut defaults)?;
        return Ok((kept, defaults));
    }
    let parts = |text: &str| {
        let reference = ImageReference::parse(text)?;
        let part = |it: Option<Part>| it.map(|it| it.text.to_owned());
        let name = text[..reference.repository.span.end].to_owned();
        Some((name, part(reference.tag), part(reference.digest)))
    };
    let (Some(was), Some(is)) = (parts(old), parts(new)) else {
        return Ok((new.to_owned(), defaults));
    };
    let mut text = part_redirected(&was.0, &is.0, &mut defaults)?;
    for (mark, was, is) in [(':', was.1, is.1), ('@', was.2, is.2)] {
        let Some(is) = is else { continue };
        let kept = match was {
            Some(was) => part_redirected(&was, &is, &mut defaults)?,
            None => is,
        };
        text.push(mark);
        text.push_str(&kept);
    }
    Ok((text, defaults))
}

fn part_redirected(
    old: &str,
    new: &str,
    defaults: &mut Vec<(String, String)>,
) -> Result<String, String> {
    let uses = expand::variables(old, '\\').map_err(|_| old.to_owned())?;
    if uses.iter().all(|it| new.contains(it.span.of(old))) {
        return Ok(new.to_owned());
    }
    let [only] = &uses[..] else {
        return Err(uses.first().map_or_else(|| old.to_owned(), |it| it.name.clone()));
    };
    let written = only.span.of(old);
    let bare = written == format!("${}", only.name) || written == format!("${{{}}}", only.name);
    let (head, tail) = (&old[..only.span.start], &old[only.span.end..]);
    let middle = new.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail));
    match middle.filter(|it| bare && !it.is_empty() && !it.contains('$')) {
        Some(middle) => {
            defaults.push((only.name.clone(), middle.to_owned()));
            Ok(old.to_owned())
        }
        None => Err(only.name.clone()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rewritten(pattern: &str, rewrite: &str, image: &str) -> Option<String> {
        let value = |text: &str| Some(text.replace("${V}", "20").replace("${B}", "node:18"));
        let written = Written::new(image, &value)?;
        let bindings = ImagePattern::parse(pattern).unwrap().matches(
            &written,
            &value,
            &Bindings::default(),
        )?;
        let whole = Some(Template::parse(rewrite));
        let new = ImageRewrite { whole, ..ImageRewrite::default() }.apply(&written, &bindings);
        Some(new.map_or_else(|it| format!("{it:?}"), |it| it.text))
    }

    #[test]
    fn images_are_compared_by_their_full_names() {
        let to = "mirror.example/$NAME:$TAG";
        let moved = |image: &str| rewritten("docker.io/library/$NAME:$TAG", to, image);
        assert_eq!(moved("node:20").as_deref(), Some("mirror.example/node:20"));
        assert_eq!(moved("docker.io/library/node").as_deref(), Some("mirror.example/node:latest"));
        assert_eq!(moved("node:${V}-slim").as_deref(), Some("mirror.example/node:${V}-slim"));
        assert_eq!(moved("${B}").as_deref(), Some("mirror.example/node:18"));
        assert_eq!(moved("bitnami/node:20"), None);
        assert_eq!(moved("ghcr.io/library/node:20"), None);
        assert_eq!(moved("node@sha256:1"), None);
        assert_eq!(moved("scratch"), None);
    }

    #[test]
    fn a_part_that_is_not_named_stays() {
        let moved = |image: &str| rewritten("docker.io/$$$PATH", "mirror.example/$$$PATH", image);
        assert_eq!(moved("node").as_deref(), Some("mirror.example/library/node"));
        assert_eq!(moved("a/b:1@sha256:2").as_deref(), Some("mirror.example/a/b:1@sha256:2"));
        let pinned = rewritten("node:$TAG", "node:22", "node:20@sha256:1");
        assert_eq!(pinned.as_deref(), Some("Pinned"));
    }
}
