//! Which ignore file belongs to a Dockerfile. It asks for names and never for what a file says.

/// Who builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Docker, Buildx, Compose, Bake.
    BuildKit,
    /// Podman and Buildah.
    Podman,
}

/// The folder in which an ignore file is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    BesideDockerfile,
    ContextFolder,
}

/// A file that would apply if it existed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub place: Place,
    pub name: String,
}

/// What is found under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Missing,
    /// A file of no bytes.
    Empty,
    Text,
}

/// The file that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applies {
    /// Everything is sent.
    None,
    One(Candidate),
    /// `<Dockerfile>.dockerignore` is empty. BuildKit's own frontend takes it, and sends everything. One
    /// from an image (`# syntax=`) gets the same answer as for a missing file, and reads this one.
    Unclear(Candidate),
}

/// The names that are looked for, best first.
///
/// BuildKit (`dockerui.Client`): the name of the Dockerfile with `.dockerignore` beside it, then
/// `.dockerignore` in the context. Podman (Buildah's `ContainerIgnoreFile`): the name of the Dockerfile
/// with `.dockerignore` beside it, before the one with `.containerignore`; then `.containerignore`, then
/// `.dockerignore` in the context.
pub fn candidates(engine: Engine, dockerfile_name: &str) -> Vec<Candidate> {
    let beside = |ending: &str| {
        let name = format!("{dockerfile_name}{ending}");
        Candidate { place: Place::BesideDockerfile, name }
    };
    let context = |name: &str| Candidate { place: Place::ContextFolder, name: name.to_owned() };
    match engine {
        Engine::BuildKit => vec![beside(".dockerignore"), context(".dockerignore")],
        Engine::Podman => vec![
            beside(".dockerignore"),
            beside(".containerignore"),
            context(".containerignore"),
            context(".dockerignore"),
        ],
    }
}

/// The ignore file that applies, by what is found under each candidate's name.
pub fn applies(
    engine: Engine,
    dockerfile_name: &str,
    found: impl Fn(&Candidate) -> Content,
) -> Applies {
    let mut candidates = candidates(engine, dockerfile_name).into_iter().map(|it| (found(&it), it));
    let Some((content, first)) = candidates.find(|(content, _)| *content != Content::Missing)
    else {
        return Applies::None;
    };
    let unclear = engine == Engine::BuildKit && content == Content::Empty;
    match candidates.find(|(content, _)| *content == Content::Text) {
        Some((_, second)) if unclear => Applies::Unclear(second),
        _ => Applies::One(first),
    }
}

#[cfg(test)]
mod tests {
    use super::{Applies, Candidate, Content, Engine, Place, applies};

    fn applying(engine: Engine, files: &[(&str, Content)]) -> Applies {
        applies(engine, "app.Dockerfile", |candidate| {
            let known = files.iter().find(|(name, _)| *name == candidate.name);
            known.map_or(Content::Missing, |(_, content)| *content)
        })
    }

    fn one(place: Place, name: &str) -> Applies {
        Applies::One(Candidate { place, name: name.to_owned() })
    }

    #[test]
    fn the_file_of_the_dockerfile_goes_before_that_of_the_context() {
        let own = ("app.Dockerfile.dockerignore", Content::Text);
        let common = (".dockerignore", Content::Text);
        for engine in [Engine::BuildKit, Engine::Podman] {
            let both = applying(engine, &[own, common]);
            assert_eq!(both, one(Place::BesideDockerfile, "app.Dockerfile.dockerignore"));
            assert_eq!(applying(engine, &[common]), one(Place::ContextFolder, ".dockerignore"));
            assert_eq!(applying(engine, &[]), Applies::None);
        }
    }

    #[test]
    fn only_podman_reads_containerignore() {
        let files = [(".containerignore", Content::Text), (".dockerignore", Content::Text)];
        let podman = applying(Engine::Podman, &files);
        assert_eq!(podman, one(Place::ContextFolder, ".containerignore"));
        assert_eq!(applying(Engine::BuildKit, &files), one(Place::ContextFolder, ".dockerignore"));
        assert_eq!(applying(Engine::BuildKit, &files[..1]), Applies::None);
    }

    #[test]
    fn an_empty_file_of_the_dockerfile_depends_on_the_frontend() {
        let own = ("app.Dockerfile.dockerignore", Content::Empty);
        let common = Candidate { place: Place::ContextFolder, name: ".dockerignore".to_owned() };
        let both = applying(Engine::BuildKit, &[own, (".dockerignore", Content::Text)]);
        assert_eq!(both, Applies::Unclear(common));
        let alone = applying(Engine::BuildKit, &[own]);
        assert_eq!(alone, one(Place::BesideDockerfile, "app.Dockerfile.dockerignore"));
    }
}
