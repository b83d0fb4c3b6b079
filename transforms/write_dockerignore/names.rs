//! Which files are of a kind that builds seldom need, by their names alone.

/// A group of patterns, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    VersionControl,
    Dependencies,
    Output,
    Caches,
    Environments,
    Logs,
    Reports,
    Databases,
    Archives,
    Credentials,
    Editors,
    System,
    Ci,
    Images,
    Documents,
}

impl Group {
    /// The comment above the patterns.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::VersionControl => "version control",
            Self::Dependencies => "dependencies that the build installs",
            Self::Output => "what the build makes",
            Self::Caches => "caches of tools",
            Self::Environments => "virtual environments",
            Self::Logs => "logs",
            Self::Reports => "reports of tests",
            Self::Databases => "local databases",
            Self::Archives => "archives and dumps",
            Self::Credentials => "credentials",
            Self::Editors => "editors",
            Self::System => "the operating system",
            Self::Ci => "configuration of CI",
            Self::Images => "how images are built",
            Self::Documents => "documents",
        }
    }

    /// Made anew wherever it is missing: it may go from folders that are copied by name, too.
    pub(super) fn is_made_anew(self) -> bool {
        matches!(
            self,
            Self::Dependencies | Self::Output | Self::Caches | Self::Editors | Self::System
        )
    }
}

/// The group of a name that git is told to ignore, a pattern maybe. What a build makes and installs is
/// decided elsewhere.
pub(super) fn ignored(name: &str) -> Option<Group> {
    let lower = name.to_ascii_lowercase();
    let is = |names: &[&str]| names.contains(&&*lower);
    let ends = |endings: &[&str]| endings.iter().any(|it| lower.ends_with(it));
    let starts = |starts: &[&str]| starts.iter().any(|it| lower.starts_with(it));
    // `*.rptproj.bak`: from a list of all that a tool can leave.
    let is_rare =
        lower.starts_with("*.") && lower.matches('.').count() > 1 && !lower.contains(".tar.");
    let group = if is_rare && !lower.contains(".tfstate") {
        return None;
    } else if is_credential(&lower) {
        Group::Credentials
    } else if is(SYSTEM) || lower.starts_with("._") {
        Group::System
    } else if is(EDITORS) || ends(&[".swp", ".swo", ".iml", ".suo", ".sublime-workspace"]) {
        Group::Editors
    } else if is(CACHES) || starts(&["*.py[", ".coverage."]) || ends(&[".pyc", ".pyo", ".egg-info"])
    {
        Group::Caches
    } else if is(ENVIRONMENTS) {
        Group::Environments
    } else if is(REPORTS) || ends(&[".lcov"]) || starts(&["junit"]) {
        Group::Reports
    } else if is(&["logs"])
        || ends(&[".log"])
        || lower.contains(".log.")
        || lower.ends_with(".log*")
    {
        Group::Logs
    } else if is(DATABASES) || ends(&[".sqlite", ".sqlite3", ".sqlite3-journal", ".db"]) {
        Group::Databases
    } else if ends(ARCHIVES) {
        Group::Archives
    } else {
        return None;
    };
    Some(group)
}

/// The group of a file or folder that lies about where nothing tells what is kept. Names that a project may
/// well need are not among them: databases, archives, certificates.
pub(super) fn left(name: &str) -> Option<Group> {
    ignored(name).filter(|group| match group {
        Group::Caches | Group::Environments | Group::Logs => true,
        Group::Reports | Group::Editors | Group::System => true,
        Group::Credentials => is_environment_file(name),
        _ => false,
    })
}

fn is_credential(name: &str) -> bool {
    const NAMES: &[&str] = &[
        ".aws",
        ".envrc",
        ".kube",
        ".netrc",
        ".pypirc",
        ".terraform",
        "credentials.json",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        "id_rsa",
        "kubeconfig",
        "secrets.json",
        "secrets.yaml",
        "secrets.yml",
        "service-account.json",
        "service_account.json",
        "serviceaccount.json",
        "serviceaccountkey.json",
    ];
    const ENDINGS: &[&str] = &[
        ".kubeconfig",
        ".key",
        ".p12",
        ".pem",
        ".pfx",
        ".tfstate",
        ".tfstate.*",
        ".tfstate.backup",
        ".tfvars",
    ];
    let is_example = ["example", "sample", "template", "dist"].iter().any(|it| name.ends_with(it));
    let is_environment = name == ".env" || name.starts_with(".env.") || name.starts_with(".env*");
    !is_example
        && (NAMES.contains(&name) || is_environment || ENDINGS.iter().any(|it| name.ends_with(it)))
}

/// The ends of names of tracked files without which a cache is none of this project; empty for others.
pub(super) fn belongs_to(name: &str) -> &'static [&'static str] {
    let lower = name.to_ascii_lowercase();
    match &*lower {
        ".sass-cache" => &[".scss", ".sass"],
        ".gradle" => &[".gradle", ".gradle.kts"],
        ".phpunit.cache" | ".phpunit.result.cache" => &[".php"],
        ".angular" | ".eslintcache" | ".npm" | ".nyc_output" | ".parcel-cache"
        | ".stylelintcache" | ".turbo" | "*.tsbuildinfo" => &["package.json"],
        "__pycache__" | ".coverage" | ".eggs" | ".hypothesis" | ".ipynb_checkpoints"
        | ".mypy_cache" | ".nox" | ".pytest_cache" | ".pytype" | ".ruff_cache" | ".tox" => {
            &[".py", ".ipynb"]
        }
        _ if lower.starts_with("*.py") || lower.ends_with(".egg-info") => &[".py"],
        _ if lower.starts_with(".coverage.")
            || lower.contains("env") && !lower.contains(".env") =>
        {
            &[".py"]
        }
        ".vs" => &["proj", ".sln"],
        _ => &[],
    }
}

/// Whether a name is that of a file with variables: `.env`, `.env.local`.
pub(super) fn is_environment_file(name: &str) -> bool {
    name.starts_with(".env") && !name.starts_with(".envrc")
}

const SYSTEM: &[&str] =
    &[".ds_store", ".ds_store?", "desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "thumbs.db"];

const EDITORS: &[&str] =
    &[".fleet", ".history", ".idea", ".nova", ".vs", ".vscode", ".zed", "*~", "nbproject"];

const CACHES: &[&str] = &[
    ".angular",
    ".cache",
    ".coverage",
    ".eggs",
    ".eslintcache",
    ".gradle",
    ".hypothesis",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".npm",
    ".nyc_output",
    ".parcel-cache",
    ".phpunit.cache",
    ".phpunit.result.cache",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".sass-cache",
    ".stylelintcache",
    ".tox",
    ".turbo",
    "*.tsbuildinfo",
    "__pycache__",
];

const ENVIRONMENTS: &[&str] =
    &[".venv", ".virtualenv", "env.bak", "venv", "venv.bak", "virtualenv"];

const REPORTS: &[&str] = &[
    "coverage",
    "coverage.xml",
    "cover.out",
    "coverage.out",
    "htmlcov",
    "lcov.info",
    "nosetests.xml",
    "playwright-report",
    "test-reports",
    "test-results",
];

const DATABASES: &[&str] = &["dump.rdb"];

const ARCHIVES: &[&str] = &[
    ".7z", ".bak", ".bz2", ".dmg", ".dmp", ".dump", ".gz", ".iso", ".rar", ".sql", ".tar", ".tgz",
    ".xz", ".zip",
];

/// The group of a tracked file or folder at the top of a context.
pub(super) fn tracked(name: &str) -> Option<Group> {
    const CI: &[&str] = &[
        ".appveyor.yml",
        ".buildkite",
        ".circleci",
        ".codecov.yml",
        ".drone.yml",
        ".github",
        ".gitlab",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
        ".travis.yml",
        ".woodpecker",
        ".woodpecker.yml",
        "Jenkinsfile",
        "appveyor.yml",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        "cloudbuild.yaml",
        "codecov.yml",
        "renovate.json",
    ];
    const DOCUMENTS: &[&str] = &[
        "changelog",
        "changes",
        "code_of_conduct",
        "codeowners",
        "contributing",
        "contributors",
        "readme",
        "security",
    ];
    if CI.contains(&name) {
        return Some(Group::Ci);
    }
    if matches!(name, ".devcontainer" | ".devcontainer.json" | ".idea" | ".vscode") {
        return Some(Group::Editors);
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let compose = ["docker-compose", "compose"].iter().any(|it| {
        stem == *it || stem.strip_prefix(it).is_some_and(|rest| rest.starts_with(['.', '-']))
    });
    let skaffold = stem == "skaffold" || name == "Tiltfile";
    if matches!(extension, "yml" | "yaml") && compose || stem == "docker-bake" || skaffold {
        return Some(Group::Images);
    }
    let is_text = matches!(extension, "" | "md" | "rst" | "adoc");
    let document = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    (is_text && DOCUMENTS.contains(&&*document)).then_some(Group::Documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_group() {
        let cases = [
            (".env", Some(Group::Credentials)),
            (".env*.local", Some(Group::Credentials)),
            (".env.example", None),
            ("npm-debug.log*", Some(Group::Logs)),
            ("*.log", Some(Group::Logs)),
            ("*.py[cod]", Some(Group::Caches)),
            ("__pycache__", Some(Group::Caches)),
            (".DS_Store", Some(Group::System)),
            ("coverage", Some(Group::Reports)),
            ("dist", None),
            ("*.jar", None),
            ("main.go", None),
        ];
        for (name, expected) in cases {
            assert_eq!(ignored(name), expected, "{name}");
        }
        assert_eq!(tracked("docker-compose.prod.yml"), Some(Group::Images));
        assert_eq!(tracked("skaffold.yaml"), Some(Group::Images));
        assert_eq!(tracked(".devcontainer"), Some(Group::Editors));
        assert_eq!(tracked("README.zh-CN.md"), Some(Group::Documents));
        assert_eq!((tracked("LICENSE"), tracked("compose.json")), (None, None));
    }
}
