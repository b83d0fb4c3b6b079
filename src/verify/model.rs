//! Whether an image is what the facts of its Dockerfile say: each mistake is a bug of jettison.

use super::archive::Configuration;
use crate::facts::Facts;
use crate::syntax;

/// What the facts say of the stage that is built, and is not so, in words.
pub fn mistakes(
    dockerfile: &str,
    target: Option<&str>,
    configuration: &Configuration,
) -> Vec<String> {
    let Ok(file) = syntax::parse(dockerfile) else {
        return vec!["it builds, and jettison takes it for no valid Dockerfile".to_owned()];
    };
    let facts = Facts::new(&file);
    let Some(stage) = facts.target(target).and_then(|at| facts.stages.get(at)) else {
        return Vec::new();
    };
    let user = configuration.user.split(':').next().unwrap_or_default();
    let root_or =
        |user: &str| if matches!(user, "" | "0") { "root".to_owned() } else { user.to_owned() };
    let folder = |path: &str| match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    };
    let known = [
        ("User", stage.user().map(root_or), root_or(user)),
        ("WorkingDir", stage.workdir().map(folder), folder(&configuration.working_dir)),
    ];
    let wrong = known.into_iter().filter_map(|(field, expected, found)| {
        let expected = expected.filter(|it| *it != found && !it.contains('$'))?;
        Some(format!("{field} is `{found}`, and jettison expects `{expected}`"))
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_expected_is_told() {
        let text = "FROM debian:12 AS a\nUSER app:app\nWORKDIR /srv/\nFROM a\n";
        let image = |user: &str, folder: &str| Configuration {
            user: user.to_owned(),
            working_dir: folder.to_owned(),
            ..Configuration::default()
        };
        assert_eq!(mistakes(text, None, &image("app:app", "/srv")), [""; 0]);
        let wrong = mistakes(text, Some("a"), &image("", "/"));
        let expected = [
            "User is `root`, and jettison expects `app`",
            "WorkingDir is `/`, and jettison expects `/srv`",
        ];
        assert_eq!(wrong, expected);
        assert_eq!(mistakes(text, Some("none"), &image("x", "/x")), [""; 0]);
    }
}
