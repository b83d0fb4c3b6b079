//! What the sources of a program tell of what it does when it runs.

use super::super::Stop;
use super::super::case::Case;
use super::super::install::Made;
use super::super::names::Names;
use super::super::needs;
use super::super::package_json::Manifest;
use super::super::plan::{Package, Plan};
use super::super::program::Program;
use super::files::Files;
use super::ground;
use super::modules::{self, Need};
use std::sync::Arc;

/// The sources, as far as the build context has them.
pub(super) struct Sources {
    /// Paths of the context with their texts.
    files: Vec<(String, Arc<str>)>,
}

const CODE: &[&str] = &[
    ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx", ".vue", ".svelte", ".coffee",
    ".ejs",
];

/// Parts of paths of what does not run in the container.
const ELSEWHERE: &[&str] = &[
    "/node_modules/",
    "/test/",
    "/tests/",
    "/__tests__/",
    "/__mocks__/",
    "/spec/",
    "/e2e/",
    "/cypress/",
    "/.github/",
    "/.storybook/",
    "/docs/",
    "/examples/",
];

/// What a source calls to write files.
const WRITERS: &[&str] = &[
    "appendFile",
    "copyFile",
    "createWriteStream",
    "ensureDir",
    "FileStore(",
    "MultiFileAuthState",
    "fs.mkdir",
    "mkdirSync(",
    "mkdirp",
    "outputFile",
    "outputJson",
    "rmSync(",
    "fs.rm(",
    "renameSync(",
    "fs.rename(",
    "sqlite",
    "transports.File",
    "truncate(",
    "unlink(",
    "unlinkSync(",
    "writeFile",
    "writeJson",
    "Bun.write",
];

/// What a source names that belongs to root.
const OF_ROOT: &[&str] = &["docker.sock", "homedir()", "process.env.HOME", "setuid("];

/// Whether a file is a source that may be part of the program.
fn is_source(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_test = name.contains(".test.") || name.contains(".spec.");
    let is_code = CODE.iter().any(|end| path.ends_with(end)) && !path.ends_with(".min.js");
    let is_elsewhere = || {
        let with_slash = format!("/{path}");
        ELSEWHERE.iter().any(|it| with_slash.contains(it))
    };
    is_code && !is_test && !is_elsewhere()
}

impl Sources {
    pub(super) fn read(case: &Case, files: &Files) -> Result<Self, Stop> {
        let mut paths = Vec::new();
        for path in case.files()?.iter().map(|it| &**it).filter(|it| is_source(it)) {
            paths.extend(case.place(path)?.filter(|place| files.has(place)).map(|_| path));
        }
        case.read_ahead(&paths);
        let texts = paths.into_iter().map(|path| Some((path.to_owned(), case.text(path)?)));
        let all: Vec<_> = texts.flatten().collect();
        if all.is_empty() {
            let reason = "none of its sources is in the build context".to_owned();
            return Err(case.stop("sources", reason));
        }
        Ok(Self { files: all })
    }

    pub(super) fn text(&self) -> Vec<&str> {
        self.files.iter().map(|(_, text)| &**text).collect()
    }

    /// A source that reads what npm tells its scripts.
    pub(super) fn reads_npm(&self) -> Option<String> {
        const NAMES: &[&str] = &["npm_package_", "npm_lifecycle_", "npm_config_"];
        let names = Names::of(NAMES);
        let (path, _) = self.files.iter().find(|(_, text)| names.are_in(text))?;
        Some(format!("`{path}` reads variables that npm sets"))
    }

    /// A source that names one of these packages.
    pub(super) fn names(&self, package: &str) -> Option<&str> {
        let is_named = |text: &str| {
            text.match_indices(package).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + package.len()..].chars().next();
                matches!(before, Some('"' | '\'' | '`'))
                    && matches!(after, Some('"' | '\'' | '`' | '/'))
            })
        };
        let found = self.files.iter().filter(|(path, _)| !is_of_build(path));
        found.clone().find(|(_, text)| is_named(text)).map(|(path, _)| path.as_str())
    }

    /// Whether a source outside of a folder mentions a path.
    pub(super) fn mentions(&self, path: &str, outside: &str) -> bool {
        let is_outside = |it: &str| outside.is_empty() || !it.starts_with(outside);
        self.files.iter().any(|(file, text)| is_outside(file) && text.contains(path))
    }

    /// Why it has to stay root.
    pub(super) fn root(&self, case: &Case, manifests: &[Manifest]) -> Option<String> {
        let module =
            manifests.iter().flat_map(modules::needs).find(|(_, need)| *need == Need::Writes);
        if let Some((name, _)) = module {
            return Some(format!("`{name}` may write files"));
        }
        let ours = || self.files.iter().filter(|(path, _)| !is_of_build(path));
        let (writers, of_root) = (Names::of(WRITERS), Names::of(OF_ROOT));
        let call = ours().find_map(|(path, text)| {
            let call = writers.first_in(text)?;
            Some(format!("`{path}` may write files (`{}`)", call.trim_end_matches('(')))
        });
        let named = || {
            ours().find_map(|(path, text)| {
                let name = of_root.first_in(text)?;
                Some(format!("`{path}` names `{name}`"))
            })
        };
        let port = || {
            let names = ["PORT", "APP_PORT", "HTTP_PORT", "NODE_PORT", "SERVER_PORT"];
            let is_low = |it: &&&str| {
                let value = case.variable(it).and_then(|it| it.parse::<u32>().ok());
                value.is_some_and(|it| (1..1024).contains(&it))
            };
            let name = names.iter().find(is_low)?;
            Some(format!("`ENV {name}` is a port below 1024"))
        };
        call.or_else(named)
            .or_else(port)
            .or_else(|| needs::low_port(case, &self.text()))
            .or_else(|| self.low_port())
    }

    /// `listen(80` and `PORT || 80`.
    fn low_port(&self) -> Option<String> {
        const PLACES: &[&str] =
            &["listen(", "PORT ||", "PORT ??", "port:", "port =", "PORT =", "port ||"];
        let places = Names::of(PLACES);
        self.files.iter().filter(|(_, text)| places.are_in(text)).find_map(|(path, text)| {
            let found = PLACES.iter().any(|place| {
                text.match_indices(place).any(|(at, _)| {
                    let rest = text[at + place.len()..].trim_start_matches([' ', '\'', '"']);
                    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    digits.parse::<u32>().is_ok_and(|it| (1..1024).contains(&it))
                })
            });
            found.then(|| format!("`{path}` names a port below 1024"))
        })
    }

    /// Whether something ends it on SIGTERM. The kernel does not, where it is the first process.
    pub(super) fn hears_signals(&self, manifest: Option<&Manifest>) -> bool {
        const MODULES: &[&str] = &[
            "@godaddy/terminus",
            "close-with-grace",
            "fastify-cli",
            "http-graceful-shutdown",
            "lightship",
            "next",
            "nuxt",
        ];
        // The hooks are those of Nest.
        let names = |(_, text): &(String, Arc<str>)| {
            text.contains("SIGTERM") || text.contains(".enableShutdownHooks(")
        };
        let depends = |name: &str| manifest.is_some_and(|it| it.depends_on(name));
        self.files.iter().any(names) || MODULES.iter().any(|it| depends(it))
    }

    /// Programs that it starts.
    pub(super) fn programs(&self, case: &Case, plan: &mut Plan) -> Result<bool, Stop> {
        const MODULES: &[&str] = &["child_process", "execa", "cross-spawn"];
        let mut by_name = false;
        let modules = Names::of(MODULES);
        for (path, text) in self.files.iter().filter(|(path, _)| !is_of_build(path)) {
            if !modules.are_in(text) {
                continue;
            }
            for (word, is_script) in calls(text) {
                if is_script {
                    ground::shell(&mut plan.ground, format!("`{path}` gives a shell commands"));
                }
                match word {
                    Some("node") => by_name = true,
                    Some("npm" | "npx") => {
                        ground::shell(&mut plan.ground, format!("`{path}` starts npm"));
                    }
                    Some(name) => needs::program(case, &Made::default(), name, path, plan)?,
                    None => plan
                        .doubts
                        .push(format!("`{path}` starts a program whose name is not written there")),
                }
            }
        }
        Ok(by_name)
    }

    /// What the packages of npm need.
    pub(super) fn modules(
        &self,
        case: &Case,
        manifests: &[Manifest],
        program: &Program,
        plan: &mut Plan,
    ) -> Result<(), Stop> {
        for (name, need) in manifests.iter().flat_map(modules::needs) {
            // What is installed and not used needs nothing.
            let is_used = || self.names(name).is_some() || is_in_words(program, name);
            if !name.contains("prisma") && !is_used() {
                continue;
            }
            match need {
                Need::Writes => (),
                Need::Shell => {
                    ground::shell(&mut plan.ground, format!("`{name}` gives a shell commands"));
                }
                Need::Package("openssl", _) if case.reference().contains("slim") => {
                    // It was chosen without the package, and has to be run without it.
                    ground::shell(
                        &mut plan.ground,
                        format!("`{name}` looks for OpenSSL by a shell"),
                    );
                }
                Need::Package(debian, alpine) => {
                    let because = format!("`{name}` needs it");
                    let (debian, alpine) = (debian.to_owned(), alpine.to_owned());
                    if !plan.ground.packages.iter().any(|it| it.debian == debian) {
                        plan.ground.packages.push(Package { debian, alpine, because });
                    }
                }
                Need::Much(why) => {
                    return Err(case.stop("module", format!("`{name}` {why}")));
                }
            }
        }
        Ok(())
    }
}

/// What only those who build run: settings of tools, and scripts for them.
fn is_of_build(path: &str) -> bool {
    const FOLDERS: &[&str] = &["build", "scripts", "tools", "webpack"];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_setting = name.contains(".config.") && !name.starts_with("next.")
        || name.starts_with("webpack")
        || name.starts_with("gulpfile")
        || name.starts_with("gruntfile")
        || name.starts_with('.');
    is_setting || path.split('/').rev().skip(1).any(|it| FOLDERS.contains(&it))
}

/// The programs that a source starts, each with whether a shell reads its words; `None` is one that is
/// not written there.
fn calls(text: &str) -> Vec<(Option<&str>, bool)> {
    const CALLS: &[(&str, bool)] = &[
        ("exec(", true),
        ("execSync(", true),
        ("execFile(", false),
        ("execFileSync(", false),
        ("spawn(", false),
        ("spawnSync(", false),
        ("execa(", false),
    ];
    let mut all = Vec::new();
    for (call, is_script) in CALLS {
        for (at, _) in text.match_indices(call) {
            let before = text[..at].chars().next_back();
            let is_method = before == Some('.');
            let owner = text[..at].trim_end_matches('.');
            let of_module = ["child_process", "cp", "childProcess", "child", "execa", ")"];
            // `exec` is also what regular expressions do.
            if is_method && *call == "exec(" && !of_module.iter().any(|it| owner.ends_with(it)) {
                continue;
            }
            if before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '$') {
                continue;
            }
            let line = text[..at].rsplit('\n').next().unwrap_or_default();
            if line.contains("function") || line.trim_start().starts_with("//") {
                continue;
            }
            let rest = text[at + call.len()..].trim_start();
            let own = ["process.execPath", "process.argv[0]", "process.argv0"];
            if own.iter().any(|it| rest.starts_with(it)) {
                continue;
            }
            let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\'' | '`'));
            let word = quote.and_then(|_| rest[1..].split([' ', '"', '\'', '`', '\n']).next());
            all.push((word.filter(|it| !it.is_empty() && !it.contains('$')), *is_script));
        }
    }
    all
}

/// Variables and words of the command line that name a package for developers.
pub(super) fn is_in_words(program: &Program, package: &str) -> bool {
    program.words.iter().any(|it| {
        let rest = it.strip_prefix(package);
        rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
    })
}
