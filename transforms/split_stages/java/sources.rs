//! What the sources of a program for the virtual machine say of its needs.

use super::super::Stop;
use super::super::case::Case;
use super::super::evidence::{self, literals};
use super::super::names::Names;
use super::super::needs;
use super::super::plan::{Copied, Plan};
use super::super::program::Program;
use super::launch::Launch;
use super::made::{Made, is_output, is_settings};
use crate::facts::{is_within, resolve};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The texts that were written for the program and its build, by their paths in the context.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) code: Vec<(String, Arc<str>)>,
    /// Settings that the program reads, out of the jar or beside it.
    pub(super) settings: Vec<(String, Arc<str>)>,
    /// What tells the tools how to build.
    pub(super) manifests: Vec<(String, Arc<str>)>,
}

const CODE: &[&str] = &[".clj", ".cljc", ".groovy", ".java", ".kt", ".scala"];

/// Endings of what the build turns into the program, or reads for it.
const BUILT: &[&str] = &[
    ".clj", ".cljc", ".cljs", ".class", ".gradle", ".groovy", ".iml", ".java", ".kt", ".kts",
    ".sbt", ".scala", ".sh", ".cmd", ".bat",
];

const MANIFESTS: &[&str] = &[
    "build.boot",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "build.sc",
    "build.xml",
    "deps.edn",
    "ivy.xml",
    "libs.versions.toml",
    "pom.xml",
    "project.clj",
    "settings.gradle",
    "settings.gradle.kts",
];

/// And what only the tools of a build read.
const OF_TOOLS: &[&str] = &[
    "build.properties",
    "gradle-wrapper.jar",
    "gradle-wrapper.properties",
    "gradle.properties",
    "gradlew",
    "maven-wrapper.jar",
    "maven-wrapper.properties",
    "mvnw",
    "Procfile",
    "settings.xml",
    "sbt",
];

const SETTINGS: &[&str] = &[".properties", ".yml", ".yaml", ".conf", ".xml", ".edn", ".json"];

/// Settings that frameworks look for where the program starts.
const BY_CONVENTION: &[&str] = &[
    ".env",
    "application.properties",
    "application.yaml",
    "application.yml",
    "bootstrap.yml",
    "config.edn",
    "hazelcast.xml",
    "log4j.properties",
    "log4j2.xml",
    "logback.xml",
];

/// What is called to write files; temporary ones are for everybody.
const WRITERS: &[&str] = &[
    "(spit ",
    ".appendText(",
    ".createNewFile(",
    ".mkdir(",
    ".mkdirs(",
    ".renameTo(",
    ".transferTo(",
    ".writeBytes(",
    ".writeText(",
    "FileAppender",
    "FileChannel.open(",
    "FileHandler",
    "FileOutputStream(",
    "FileUtils.",
    "FileWriter(",
    "Files.copy(",
    "Files.createDirector",
    "Files.createFile(",
    "Files.move(",
    "Files.newBufferedWriter(",
    "Files.newOutputStream(",
    "Files.write",
    "PrintWriter(\"",
    "RandomAccessFile(",
    "jdbc:derby:",
    "jdbc:h2:.",
    "jdbc:h2:/",
    "jdbc:h2:file",
    "jdbc:h2:~",
    "jdbc:hsqldb:file",
    "jdbc:sqlite:",
    "logging.file",
    "logging.path",
];

/// Libraries that keep files where the program starts.
const STORES: &[&str] = &[
    "activemq-broker",
    "atomikos",
    "derby",
    "h2-mvstore",
    "lucene-core",
    "mapdb",
    "neo4j-kernel",
    "rocksdb",
    "xodus",
    "act-starter-parent",
    "redkale",
    "chronicle",
];

/// What only the kit has, not the runtime.
const COMPILER: &[&str] = &[
    "com.sun.tools.",
    "getSystemJavaCompiler",
    "javax.tools.",
    "jdk.jshell",
    "sun.jvm.hotspot",
    "tools.jar",
];

/// What depends on the language of the locale.
const LOCALE: &[&str] = &["Locale.getDefault(", "getCurrencyInstance("];

/// What draws text, in sources and among libraries: it looks for fonts of the system.
const FONTS: &[&str] = &[
    "autoSizeColumn(",
    "drawString(",
    "flying-saucer",
    "java.awt.Font",
    "java.awt.*",
    "jasperreports",
    "javax.swing.",
    "jfreechart",
    "kaptcha",
    "org.xhtmlrenderer",
];

pub(super) fn read(case: &Case) -> Result<Sources, Stop> {
    Ok(sources_at(case, case.arriving(|path| Role::of(path).is_some())?))
}

/// Also those that other stages take.
pub(super) fn of_context(case: &Case) -> Result<Sources, Stop> {
    let paths = case.files()?.iter().map(|path| &**path);
    let paths: Vec<&str> = paths.filter(|path| Role::of(path).is_some()).collect();
    case.read_ahead(&paths);
    Ok(sources_at(case, paths))
}

fn sources_at(case: &Case, paths: Vec<&str>) -> Sources {
    let mut sources = Sources::default();
    for path in paths {
        let Some(text) = case.text(path) else { continue };
        let pair = (path.to_owned(), text);
        match Role::of(path) {
            Some(Role::Manifest) => sources.manifests.push(pair),
            Some(Role::Code) => sources.code.push(pair),
            _ if pair.1.len() < 64 << 10 => sources.settings.push(pair),
            _ => (),
        }
    }
    sources
}

/// What a file of the context is to the program.
enum Role {
    Manifest,
    Code,
    Setting,
}

impl Role {
    fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_test = path.split('/').any(|it| matches!(it, "test" | "tests" | "androidTest"));
        let is = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        let is_of_tools = || OF_TOOLS.contains(&name) || path.starts_with(".mvn/");
        match () {
            () if is_test => None,
            () if MANIFESTS.contains(&name) || is_jar_manifest(name) => Some(Self::Manifest),
            () if is(CODE) => Some(Self::Code),
            () => (is(SETTINGS) && !is_of_tools()).then_some(Self::Setting),
        }
    }
}

impl Sources {
    pub(super) fn texts(&self) -> Vec<&str> {
        self.code.iter().chain(&self.settings).map(|(_, text)| &**text).collect()
    }

    /// What tells the tools how to build has to be in the context.
    pub(super) fn are_there(&self, case: &Case) -> Result<(), Stop> {
        const ALONE: &[&str] = &["groovyc", "jar", "javac", "kotlinc", "scalac"];
        let needs = |step: &&super::Step| {
            super::tool(case, step).is_some_and(|name| !ALONE.contains(&name))
        };
        match case.steps().iter().find(needs) {
            Some(step) if self.manifests.is_empty() => {
                let reason = format!("what `{}` builds is not in the build context", step.text);
                Err(Stop { code: "sources-elsewhere", at: step.at, reason })
            }
            _ => Ok(()),
        }
    }

    /// The Java that the program is compiled for, as the manifests say.
    pub(super) fn release(&self) -> Option<(u32, &str)> {
        const KEYS: &[(&str, &str)] = &[
            ("<maven.compiler.release>", "<"),
            ("<java.version>", "<"),
            ("<maven.compiler.target>", "<"),
            ("<maven.compiler.source>", "<"),
            ("<release>", "<"),
            ("<target>", "<"),
            ("<source>", "<"),
            ("JavaLanguageVersion.of(", ")"),
            ("jvmToolchain(", ")"),
            ("JavaVersion.VERSION_", "\n"),
            ("sourceCompatibility =", "\n"),
            ("sourceCompatibility=", "\n"),
        ];
        for (path, text) in &self.manifests {
            for (open, close) in KEYS {
                let value = super::beside::between(text, open, close).map(str::trim);
                let value =
                    value.map(|it| it.trim_matches(['\'', '"', ' ', ')']).replace('_', "."));
                let number = value.as_deref().map(|it| it.strip_prefix("1.").unwrap_or(it));
                let number = number.and_then(|it| it.parse::<u32>().ok());
                if let Some(number) = number.filter(|it| (6..=30).contains(it)) {
                    return Some((number, path));
                }
            }
        }
        None
    }

    /// What the program reads when it runs.
    pub(super) fn files(
        &self,
        case: &Case,
        program: &Program,
        launch: &Launch,
        made: &Made,
    ) -> Result<Vec<Copied>, Stop> {
        let workdir = case.workdir()?;
        let manifests: Vec<&str> = MANIFESTS.iter().chain(OF_TOOLS).copied().collect();
        let embedded = BTreeSet::new();
        let sources =
            evidence::Sources { code: BUILT, manifests: &manifests, embedded: &embedded, workdir };
        let files: Vec<&str> = self.code.iter().map(|(path, _)| path.as_str()).collect();
        let mut words = needs::words(case, program);
        let own = launch.words.iter().flatten();
        words.extend(own.map(|it| (it.clone(), "the command line".to_owned())));
        for (path, text) in &self.settings {
            let ends = |it: char| it.is_whitespace() || "\"'<>;#".contains(it);
            let tokens = text.split(ends).filter(|it| it.len() > 2 && it.contains(['/', '.']));
            words.extend(tokens.take(2000).map(|it| (it.to_owned(), format!("`{path}`"))));
        }
        let mut found = sources.read(case, &files, &words)?;
        for name in BY_CONVENTION {
            let Some(place) = resolve(Some(workdir), name) else { continue };
            if case.source(&place)?.is_some() {
                found.push(Copied::file(&place, format!("`{name}` is looked for there")));
            }
        }
        let mut builds = made.builds.clone();
        builds.extend((workdir != "/").then(|| workdir.to_owned()));
        found.extend(needs::placed_elsewhere(case, &sources, &builds, "/root/.m2")?);
        found.retain(|it| !is_settings(&it.from) && !is_of_build(&it.from, workdir));
        Ok(found)
    }

    /// What words name of what the build makes: `-javaagent:target/agent.jar`, `--port 80 target/shop.war`.
    pub(super) fn named_by_words(&self, case: &Case, launch: &Launch, made: &Made) -> Vec<Copied> {
        let mut found = Vec::new();
        let Ok(workdir) = case.workdir() else { return found };
        let is_archive = |it: &str| [".ear", ".jar", ".war"].iter().any(|end| it.ends_with(end));
        for word in launch.words.iter().flatten() {
            let is_option = word.starts_with('-');
            let names = |it: &&str| is_option && it.contains('/') || is_archive(it);
            for part in word.split(['=', ':', ',']).filter(names) {
                let Some(path) = resolve(Some(workdir), part) else { continue };
                let is_made = is_output(&path) || made.places.contains(&path) || is_archive(&path);
                let is_new = !launch.copies.iter().any(|it| is_within(&path, &it.from));
                if made.has(&path) && is_made && is_new && !path.contains('*') {
                    let is_folder = !is_archive(&path);
                    let because = "the command line names it";
                    found.push(Copied { is_folder, ..Copied::file(&path, because) });
                }
            }
        }
        found
    }

    /// Programs that it starts by their names.
    pub(super) fn programs(&self, case: &Case, plan: &mut Plan) -> Result<(), Stop> {
        const CALLS: &[&str] = &["ProcessBuilder(", "getRuntime().exec("];
        let calls = Names::of(CALLS);
        for (path, text) in self.code.iter().filter(|(_, text)| calls.are_in(text)) {
            for call in CALLS {
                for (at, _) in text.match_indices(call) {
                    let rest = text[at + call.len()..].trim_start();
                    let rest =
                        rest.trim_start_matches("new String[]").trim_start_matches(['{', ' ']);
                    let word = rest.starts_with('"').then(|| literals(rest).next()).flatten();
                    match word.and_then(|it| it.split_whitespace().next()) {
                        Some(name) => needs::program(case, &Default::default(), name, path, plan)?,
                        None => plan.doubts.push(format!(
                            "`{path}` starts a program whose name is not written there"
                        )),
                    }
                }
            }
        }
        Ok(())
    }

    /// Why it has to stay root.
    pub(super) fn root(&self, case: &Case, launch: &Launch, plan: &Plan) -> Option<String> {
        let all = self.code.iter().chain(&self.settings);
        let writers = Names::of(WRITERS);
        let writes = all.clone().find_map(|(path, text)| {
            let call = writers.first_in(text);
            let is_log = text.contains("\nlogging:") && text.contains("\n  file");
            let call = call.or(is_log.then_some("logging:"))?;
            Some(format!("`{path}` may write files (`{}`)", call.trim_matches(['(', ' ', '"'])))
        });
        let store = || {
            let has = |name: &&&str| self.manifests.iter().any(|(_, text)| text.contains(**name));
            let name = STORES.iter().find(has)?;
            Some(format!("`{name}` may write files"))
        };
        let told = || {
            let writes = |it: &&String| {
                ["file=", "-Xloggc", "HeapDumpPath", "logging."]
                    .iter()
                    .any(|part| it.contains(part))
            };
            let word = launch.words.iter().flatten().find(writes)?;
            Some(format!("`{word}` names a file to write"))
        };
        // It makes `target/tomcat.8080` where it starts: <https://github.com/heroku/webapp-runner>
        let runner = || {
            let jar = launch.jar.as_ref().filter(|it| it.contains("webapp-runner"))?;
            Some(format!("`{}` makes files where it starts", crate::shell::command::base(jar)))
        };
        let made = || needs::made_folder(plan);
        let volume = || {
            use crate::syntax::Keyword;
            let all = case.stage().all(case.cx.file, Keyword::Volume);
            let text = all.last().map(|at| &*case.cx.file.instructions[*at].arguments.text)?;
            (text.trim() != "/tmp" && text.trim() != "[\"/tmp\"]")
                .then(|| format!("it may write to `{}`", text.trim()))
        };
        let port = || {
            let texts: Vec<&str> = self.code.iter().map(|(_, text)| &**text).collect();
            needs::low_port(case, &texts)
        };
        writes
            .or_else(store)
            .or_else(told)
            .or_else(runner)
            .or_else(made)
            .or_else(volume)
            .or_else(port)
    }

    /// A program that compiles needs the kit.
    pub(super) fn compiler(&self, case: &Case, launch: &Launch) -> Result<(), Stop> {
        let compiler = Names::of(COMPILER);
        let found =
            self.code.iter().find_map(|(path, text)| compiler.first_in(text).map(|it| (path, it)));
        if let Some((path, what)) = found {
            let reason = format!("`{path}` needs the development kit (`{what}`)");
            return Err(case.stop("kit", reason));
        }
        let words = || launch.words.iter().flatten();
        let kit = words().find(|it| it.contains("jdk.") && it.contains("modules"));
        if let Some(word) = kit.or_else(|| words().find(|it| it.contains("jdwp"))) {
            let reason = format!("`{word}` is for somebody who develops in it");
            return Err(case.stop("development", reason));
        }
        Ok(())
    }

    /// Why it needs more of a distribution than distroless images have: its locale, or its fonts.
    pub(super) fn distribution(&self, case: &Case) -> Option<String> {
        let locale = |(path, text): &(String, Arc<str>)| {
            let call = LOCALE.iter().find(|it| text.contains(**it))?;
            Some(format!("`{path}` depends on the locale (`{}`)", call.trim_end_matches('(')))
        };
        let drawing = Names::of(FONTS);
        let fonts = |(path, text): &(String, Arc<str>)| {
            if !drawing.are_in(text) {
                return None;
            }
            // All of it may be imported for a color.
            let is_drawn = |it: &&&str| **it != "java.awt.*" || text.contains("Font");
            let call = FONTS.iter().filter(is_drawn).find(|it| text.contains(**it))?;
            Some(format!("`{path}` may look for fonts (`{}`)", call.trim_end_matches('(')))
        };
        let texts = || self.code.iter().chain(&self.manifests);
        let by_locale = || self.code.iter().find_map(locale).filter(|_| !has_neutral_locale(case));
        by_locale().or_else(|| texts().find_map(fonts))
    }
}

/// Whether the locale is `C.UTF-8`, as in distroless images: <https://github.com/docker-library/openjdk>.
fn has_neutral_locale(case: &Case) -> bool {
    let tag = case.reference().rsplit(':').next().unwrap_or_default();
    let is_openjdk = tag.contains("jdk-") && !tag.contains("adopt");
    match case.repository() {
        "clojure" => !tag.contains("temurin"),
        "java" | "openjdk" => true,
        "maven" => is_openjdk,
        _ => false,
    }
}

/// `MANIFEST.MF`, `manifest.txt`
fn is_jar_manifest(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("manifest") && (name.ends_with(".mf") || name.ends_with(".txt"))
}

/// What the build makes and its tools read, of what a literal names by chance.
fn is_of_build(path: &str, workdir: &str) -> bool {
    let rest = path.strip_prefix(workdir).map(|it| it.trim_start_matches('/'));
    matches!(
        rest,
        Some(
            "src/main/java"
                | "src/main/kotlin"
                | "src/main/scala"
                | "target"
                | "build"
                | "gradle"
                | "project"
        )
    )
}
