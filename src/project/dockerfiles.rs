//! How Dockerfiles are called.

use std::path::Path;

/// Endings of what stands beside a Dockerfile and is none.
const NO_DOCKERFILE: &[&str] = &["bak", "containerignore", "dockerignore", "orig", "rej", "swp"];

/// `Dockerfile`, `Dockerfile.*`, `*.Dockerfile`, `*.dockerfile`, `Containerfile`,
/// `Containerfile.*`, but not the ignore files and backups beside them.
pub fn is_dockerfile_name(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let ending = name.rsplit('.').next().unwrap_or_default();
    if NO_DOCKERFILE.contains(&ending) || name.ends_with('~') {
        return false;
    }
    let is_or_starts = |base: &str| {
        name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    is_or_starts("Dockerfile")
        || is_or_starts("Containerfile")
        || name.ends_with(".Dockerfile")
        || name.ends_with(".dockerfile")
}

#[cfg(test)]
mod tests {
    use super::is_dockerfile_name;
    use std::path::Path;

    #[test]
    fn dockerfiles_are_known_by_their_names() {
        let is = |name: &str| is_dockerfile_name(Path::new(name));
        let yes = ["Dockerfile", "a/Dockerfile.web", "web.Dockerfile", "web.dockerfile"];
        assert!(yes.into_iter().chain(["Containerfile", "Containerfile.x"]).all(is));
        let no = ["dockerfile", "Dockerfiles", "Dockerfile.dockerignore", "Dockerfile~"];
        assert!(!no.into_iter().chain(["Dockerfile.orig", "myDockerfile"]).any(is));
    }
}
