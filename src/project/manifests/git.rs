//! Which tools read the history of the repository that they build.

use crate::shell::{self, Dialect};

/// Tools that do, without `git` as a word of their names. Lower case, `-` for `_`.
const TOOLS: [&str; 33] = [
    "axion-release",
    "buildnumber-maven-plugin",
    "built",
    "dunamai",
    "flit-scm",
    "gitinfo",
    "gitpython",
    "gitversion",
    "gitversiontask",
    "go-version-maven-plugin",
    "jgitver",
    "jgitver-maven-plugin",
    "lerna",
    "minver",
    "miniver",
    "nbgv",
    "nebula.release",
    "nx-release",
    "pbr",
    "pdm-scm",
    "poetry-dynamic-versioning",
    "pygit2",
    "reckon",
    "semantic-release",
    "setuptools-scm",
    "shadow-rs",
    "standard-version",
    "uv-dynamic-versioning",
    "vcs-versioning",
    "vergen",
    "versioneer",
    "versioneer-518",
    "versioningit",
];

/// Words of which one in a name is enough. A tool that has it and reads nothing only keeps `.git` in the
/// context.
const WORDS: [&str; 10] =
    ["git", "git2", "gitcl", "gitrevision", "gix", "grgit", "jgit", "scm", "sourcelink", "vcs"];

/// Tools with such a word that only work on texts.
const HARMLESS: [&str; 5] =
    ["git-up", "git-url-parse", "hosted-git-info", "is-git-url", "parse-git-config"];

/// Whether a dependency or plugin reads the history, or may.
pub(super) fn reads(name: &str) -> bool {
    if name.starts_with("@types/") || HARMLESS.contains(&name) {
        return false;
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    // `group:name`, `com.example.name`
    let ends = |tool: &str| {
        name.strip_suffix(tool).is_some_and(|it| it.is_empty() || it.ends_with(['.', ':', '/']))
    };
    if TOOLS.into_iter().any(ends) {
        return true;
    }
    let mut words = name.split(['-', '.', '/', ':', '@']);
    words.any(|word| WORDS.contains(&word) || TOOLS.contains(&word) || word.starts_with("gitver"))
}

/// Whether a command line runs git.
pub(super) fn script_reads(text: &str) -> bool {
    if !text.contains("git") {
        return false;
    }
    let Some(script) = shell::parse(text, Dialect::Bash) else { return true };
    let commands = script.simple_commands();
    let mut programs = commands.iter().map(|(_, simple, _)| {
        let invocation = script.invocation(simple)?;
        let words = invocation.literals().flatten();
        // Wrappers such as `cross-env A=b git …`, and words that are scripts themselves.
        Some(
            invocation.program == "git"
                || words.into_iter().any(|it| it == "git" || it.starts_with("git ")),
        )
    });
    programs.any(|reads| reads != Some(false))
}

#[cfg(test)]
mod tests {
    use super::{reads, script_reads};

    #[test]
    fn tools_that_read_the_history_are_known() {
        let known = [
            "setuptools_scm",
            "setuptools-scm",
            "hatch-vcs",
            "versioneer",
            "poetry-dynamic-versioning",
            "pbr",
            "vergen",
            "vergen-gitcl",
            "git-version",
            "io.github.git-commit-id:git-commit-id-maven-plugin",
            "pl.project13.maven:git-commit-id-plugin",
            "GitVersion.MsBuild",
            "MinVer",
            "Nerdbank.GitVersioning",
            "com.palantir.git-version",
            "com.gorylenko.gradle-git-properties",
            "pl.allegro.tech.build.axion-release",
            "git-revision-webpack-plugin",
            "Microsoft.SourceLink.GitHub",
            "fr.brouillard.oss.gradle.jgitver",
            "setuptools-git-versioning",
            "GitInfo",
        ];
        for name in known {
            assert!(reads(name), "{name}");
        }
        for name in [
            "digit",
            "git-url-parse",
            "@types/git-rev-sync",
            "github-slugger",
            "express",
            "@octokit/rest",
            "gitlab",
            "builtin",
            "scmi",
        ] {
            assert!(!reads(name), "{name}");
        }
    }

    #[test]
    fn scripts_that_run_git_are_known() {
        for text in [
            "git describe",
            "A=$(git rev-parse HEAD) npm run x",
            "cross-env A=b git log",
            "sh -c 'git x'",
        ] {
            assert!(script_reads(text), "{text}");
        }
        for text in ["tsc", "node digit.js", "echo github"] {
            assert!(!script_reads(text), "{text}");
        }
    }
}
