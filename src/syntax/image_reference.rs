//! The parts of an image reference, as written, variables and all. It looks nothing up.

use crate::text::Span;

/// `registry/repository:tag@digest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference<'t> {
    pub registry: Registry<'t>,
    /// Without the registry: `library/node`, `node`, `app/${NAME}`.
    pub repository: Part<'t>,
    pub tag: Option<Part<'t>>,
    /// With its algorithm: `sha256:…`.
    pub digest: Option<Part<'t>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'t> {
    /// In the text of the reference.
    pub span: Span,
    pub text: &'t str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registry<'t> {
    /// None is written: Docker Hub.
    Default,
    Named(Part<'t>),
    /// What stands before the first `/` has a variable: a registry, a namespace, both or nothing.
    Unknown(Part<'t>),
}

impl Part<'_> {
    pub fn has_variable(&self) -> bool {
        self.text.contains('$')
    }
}

impl<'t> ImageReference<'t> {
    /// Splits a reference. `None` for what cannot be one: no repository, blanks, an empty tag.
    pub fn parse(text: &'t str) -> Option<Self> {
        if text.is_empty() || text.contains(char::is_whitespace) {
            return None;
        }
        let part = |start, end| Part { span: Span::new(start, end), text: &text[start..end] };
        let at_sign = find(text, '@', 0);
        let named_end = at_sign.unwrap_or(text.len());
        let last_slash = find_last(&text[..named_end], '/');
        let colon = find(&text[..named_end], ':', last_slash.map_or(0, |slash| slash + 1));
        let repository_end = colon.unwrap_or(named_end);

        let first_slash = find(&text[..repository_end], '/', 0);
        let (registry, start) = match first_slash.map(|slash| part(0, slash)) {
            Some(first) if first.has_variable() => (Registry::Unknown(first), first.span.end + 1),
            Some(first) if is_registry(first.text) => (Registry::Named(first), first.span.end + 1),
            _ => (Registry::Default, 0),
        };
        let reference = Self {
            registry,
            repository: part(start, repository_end),
            tag: colon.map(|colon| part(colon + 1, named_end)),
            digest: at_sign.map(|at| part(at + 1, text.len())),
        };
        let parts = [Some(reference.repository), reference.tag, reference.digest];
        parts.iter().flatten().all(|part| !part.text.is_empty()).then_some(reference)
    }

    /// The repository with its registry as Docker spells it out: `docker.io/library/node`. `None`
    /// where a variable stands in it.
    pub fn full_name(&self) -> Option<String> {
        let registry = match self.registry {
            Registry::Default => "docker.io",
            Registry::Named(part) if part.text == "index.docker.io" => "docker.io",
            Registry::Named(part) => part.text,
            Registry::Unknown(_) => return None,
        };
        let repository = self.repository.text;
        if self.repository.has_variable() {
            return None;
        }
        Some(match registry == "docker.io" && !repository.contains('/') {
            true => format!("{registry}/library/{repository}"),
            false => format!("{registry}/{repository}"),
        })
    }

    /// The name that people use: `node`, `bitnami/node`, `ghcr.io/a/b`.
    pub fn short_name(&self) -> Option<String> {
        let name = self.full_name()?;
        let hub = name.strip_prefix("docker.io/");
        let name = hub.map_or(name.as_str(), |name| name.strip_prefix("library/").unwrap_or(name));
        Some(name.to_owned())
    }
}

/// Whether the first of several components is a host.
fn is_registry(component: &str) -> bool {
    component == "localhost"
        || component.contains(['.', ':'])
        || component.contains(|character: char| character.is_ascii_uppercase())
}

/// Positions outside `${…}`.
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut depth = 0_usize;
    let mut last = ' ';
    text.char_indices().filter(move |(_, character)| {
        match character {
            '{' if last == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        last = *character;
        depth == 0
    })
}

fn find(text: &str, wanted: char, from: usize) -> Option<usize> {
    outside(text).find(|(at, found)| *at >= from && *found == wanted).map(|(at, _)| at)
}

fn find_last(text: &str, wanted: char) -> Option<usize> {
    outside(text).filter(|(_, found)| *found == wanted).last().map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::ImageReference;

    #[test]
    fn splits() {
        let cases = [
            ("node", "docker.io/library/node", "node", None, None),
            ("node:18-slim", "docker.io/library/node", "node", Some("18-slim"), None),
            ("bitnami/node", "docker.io/bitnami/node", "bitnami/node", None, None),
            ("index.docker.io/a:1", "docker.io/library/a", "a", Some("1"), None),
            ("localhost/a", "localhost/a", "localhost/a", None, None),
            ("host:5000/a/b", "host:5000/a/b", "host:5000/a/b", None, None),
            ("ghcr.io/a/b:c@sha256:d", "ghcr.io/a/b", "ghcr.io/a/b", Some("c"), Some("sha256:d")),
            ("a@sha256:d", "docker.io/library/a", "a", None, Some("sha256:d")),
            ("node:${V:-18}-slim", "docker.io/library/node", "node", Some("${V:-18}-slim"), None),
            ("node:${V:-a/b:c@d}", "docker.io/library/node", "node", Some("${V:-a/b:c@d}"), None),
        ];
        for (text, full, short, tag, digest) in cases {
            let reference = ImageReference::parse(text).unwrap();
            assert_eq!(reference.full_name().as_deref(), Some(full), "{text}");
            assert_eq!(reference.short_name().as_deref(), Some(short), "{text}");
            assert_eq!(reference.tag.map(|part| part.text), tag, "{text}");
            assert_eq!(reference.digest.map(|part| part.text), digest, "{text}");
            let parts = [Some(reference.repository), reference.tag, reference.digest];
            for part in parts.into_iter().flatten() {
                assert_eq!(part.span.of(text), part.text, "{text}");
            }
        }
    }

    #[test]
    fn variables_leave_the_name_unknown() {
        for text in ["$BASE", "${A:-x}", "${REGISTRY}/node", "node$V", "${A}b/c:1", "a/${B}:1"] {
            assert_eq!(ImageReference::parse(text).unwrap().full_name(), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_reference() {
        for text in ["", "a b", ":1", "a:", "a@", "ghcr.io/"] {
            assert_eq!(ImageReference::parse(text), None, "{text}");
        }
    }
}
