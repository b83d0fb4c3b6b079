//! What a build makes itself: dependencies that it installs, output that it builds.

use super::commands::{Ran, family};
use super::names::Group;
use super::takers::{Taker, place};
use super::{Candidate, Kept, Known};
use crate::facts::{Origin, is_within};
use crate::project::Tree;
use crate::syntax::Keyword;
use std::collections::BTreeSet;

/// The tools of a language, and what they leave beside its manifest.
#[derive(Debug)]
pub(super) struct Ecosystem {
    /// Names of files; one that starts with `.` is the end of a name.
    manifests: &'static [&'static str],
    /// Names in the table of package managers.
    managers: &'static [&'static str],
    pub(super) dependencies: &'static [&'static str],
    pub(super) outputs: &'static [&'static str],
    /// Programs that run what is installed or built.
    programs: &'static [&'static str],
    /// A verb that makes the output, with the program.
    builds: &'static [(&'static str, &'static [&'static str])],
    /// Output that has this name whatever the project says.
    certain: &'static [&'static str],
}

pub(super) const ECOSYSTEMS: &[Ecosystem] = &[
    Ecosystem {
        manifests: &["package.json"],
        managers: &["npm", "yarn", "pnpm", "bun"],
        dependencies: &["node_modules"],
        outputs: &[
            ".next",
            ".nuxt",
            ".output",
            ".svelte-kit",
            "build",
            "dist",
            "out",
            "storybook-static",
        ],
        programs: &[
            "bun", "bunx", "next", "node", "npm", "npx", "nuxt", "pm2", "pnpm", "pnpx", "ts-node",
            "tsx", "turbo", "vite", "yarn",
        ],
        builds: &[
            ("npm", &["run", "run-script"]),
            ("pnpm", &[]),
            ("yarn", &[]),
            ("bun", &["run", "build"]),
            ("npx", &[]),
            ("tsc", &[]),
            ("vite", &[]),
            ("next", &[]),
        ],
        certain: &[".next", ".nuxt", ".output", ".svelte-kit"],
    },
    Ecosystem {
        manifests: &["composer.json"],
        managers: &["composer"],
        dependencies: &["vendor"],
        outputs: &[],
        programs: &["composer", "php", "php-fpm"],
        builds: &[],
        certain: &[],
    },
    Ecosystem {
        manifests: &["Gemfile"],
        managers: &["bundle"],
        dependencies: &["vendor/bundle", ".bundle"],
        outputs: &[],
        programs: &["bundle", "rackup", "rails", "rake", "ruby"],
        builds: &[],
        certain: &[],
    },
    Ecosystem {
        manifests: &["mix.exs"],
        managers: &["mix"],
        dependencies: &["deps"],
        outputs: &["_build"],
        programs: &["elixir", "iex", "mix"],
        builds: &[("mix", &["compile", "release", "do"])],
        certain: &["_build"],
    },
    Ecosystem {
        manifests: &["Cargo.toml"],
        managers: &["cargo"],
        dependencies: &[],
        outputs: &["target"],
        programs: &["cargo"],
        builds: &[("cargo", &["build", "install", "rustc", "b", "zigbuild"])],
        certain: &["target"],
    },
    Ecosystem {
        manifests: &["pom.xml"],
        managers: &["maven"],
        dependencies: &[],
        outputs: &["target"],
        programs: &["java", "mvn", "mvnw"],
        builds: &[
            ("mvn", &["package", "install", "verify", "deploy", "compile"]),
            ("mvnw", &["package", "install", "verify", "deploy", "compile"]),
        ],
        certain: &["target"],
    },
    Ecosystem {
        manifests: &["build.gradle", "build.gradle.kts"],
        managers: &["gradle"],
        dependencies: &[],
        outputs: &["build"],
        programs: &["gradle", "gradlew", "java"],
        builds: &[
            ("gradle", &["assemble", "bootJar", "build", "installDist", "jar", "shadowJar"]),
            ("gradlew", &["assemble", "bootJar", "build", "installDist", "jar", "shadowJar"]),
        ],
        certain: &["build"],
    },
    Ecosystem {
        manifests: &[".csproj", ".fsproj", ".vbproj"],
        managers: &["dotnet"],
        dependencies: &[],
        outputs: &["bin", "obj"],
        programs: &["dotnet"],
        builds: &[("dotnet", &["build", "publish", "pack"])],
        certain: &["bin", "obj"],
    },
];

impl Ecosystem {
    /// The folders with a manifest, the top as `""`.
    pub(super) fn folders(&self, tree: &Tree) -> Vec<String> {
        let manifests = tree.files.iter().filter(|file| self.is_manifest(file));
        let folders = manifests.map(|file| file.rsplit_once('/').map_or("", |(folder, _)| folder));
        folders.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The manifest in `folder`.
    pub(super) fn manifest(&self, tree: &Tree, folder: &str) -> String {
        let inside = |file: &&str| file.rsplit_once('/').map_or("", |(it, _)| it) == folder;
        let mut here = tree.below(folder).filter(inside);
        here.find(|file| self.is_manifest(file)).unwrap_or_default().to_owned()
    }

    fn is_manifest(&self, file: &str) -> bool {
        let name = file.rsplit('/').next().unwrap_or_default();
        self.manifests.iter().any(|it| match it.starts_with('.') {
            true => name.ends_with(it),
            false => name == *it,
        })
    }

    fn builds(&self, ran: &Ran) -> bool {
        let Some(program) = ran.program.filter(|_| ran.always) else { return false };
        let mut builds = self.builds.iter().filter(|(name, _)| *name == program);
        builds.any(|(_, verbs)| verbs.is_empty() || verbs.iter().any(|verb| ran.has(verb)))
    }
}

/// The package without which nothing makes a folder of that name, where there is one.
pub(super) fn owner(name: &str) -> Option<&'static str> {
    Some(match name {
        ".next" => "next",
        ".nuxt" | ".output" => "nuxt",
        ".svelte-kit" => "@sveltejs/kit",
        "storybook-static" => "@storybook/",
        _ => return None,
    })
}

/// Whether every build that takes what `candidate` is for makes it itself.
pub(super) fn check(known: &Known, candidate: &Candidate, pattern: &str) -> Result<(), Kept> {
    let tree = known.context.tree;
    if !matches!(candidate.group, Group::Dependencies | Group::Output) {
        return Ok(());
    }
    let name = pattern.rsplit("**/").next().unwrap_or(pattern);
    let fills = |it: &&Ecosystem| {
        let names = it.dependencies.iter().chain(it.outputs);
        let here = |made: &&'static str| name == *made || name.ends_with(&format!("/{made}"));
        names.into_iter().any(here) && !it.folders(tree).is_empty()
    };
    let ecosystems: Vec<&Ecosystem> = ECOSYSTEMS.iter().filter(fills).collect();
    let mut made_by_any = false;
    for taker in known.takers.of_pattern(pattern) {
        let made = ecosystems.iter().any(|it| is_made(known, taker, it, candidate));
        if !made && ecosystems.iter().any(|it| is_used(taker, it, name)) {
            let place = place(taker.sharer, taker.instruction);
            let verb = if candidate.group == Group::Output { "build" } else { "install" };
            let reason = format!(
                "{place} takes it, and no `RUN` that can be read is certain to {verb} it there"
            );
            return Err(Kept::new("not-made-by-the-build", pattern, reason));
        }
        made_by_any |= made;
    }
    match made_by_any {
        true => Ok(()),
        false => {
            let reason = "no build is known to make it".to_owned();
            Err(Kept::new("not-made-by-the-build", pattern, reason))
        }
    }
}

/// Whether the stage of `taker` gets it without the context.
fn is_made(known: &Known, taker: &Taker, ecosystem: &Ecosystem, candidate: &Candidate) -> bool {
    let path = candidate.sample.trim_end_matches("/x");
    let base = path.rsplit('/').next().unwrap_or(path);
    let family = family(taker.sharer, taker.stage);
    let ran = Ran::all(taker.sharer);
    let mut here = ran.iter().filter(|it| family.contains(&it.stage));
    let names = |path: &str| path.split('/').any(|part| part == base);
    let arrivals = taker.sharer.facts.arrivals();
    if candidate.group == Group::Dependencies {
        let mut copied = arrivals.iter().filter(|it| family.contains(&it.stage));
        let from_stage = |path: &Option<std::borrow::Cow<str>>| path.as_deref().is_some_and(names);
        return here.any(|it| it.always && it.installs_project(ecosystem.managers))
            || copied.any(|it| it.origin != Origin::Context && it.paths.iter().any(from_stage));
    }
    // Where it is in the stage, if the stage makes it beside what was copied.
    let made_at = arrivals.iter().find(|it| it.instruction == taker.instruction).and_then(|it| {
        let inside = path.strip_prefix(taker.path.as_str())?.trim_start_matches('/');
        Some(format!("{}/{inside}", it.to.as_deref()?.trim_end_matches('/')))
    });
    let is_fetched = arrivals.iter().any(|it| {
        let from_here = matches!(it.origin, Origin::Stage(stage) if family.contains(&stage));
        let is_it = |path: &str| {
            made_at.as_deref().is_some_and(|at| is_within(path, at.trim_start_matches('/')))
        };
        from_here && it.paths.iter().flatten().any(|path| is_it(path))
    });
    let is_filled = || {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        known.manifests.fills(folder, base)
    };
    let is_started = || {
        let stages = family.iter().map(|stage| &taker.sharer.facts.stages[*stage]);
        let mut instructions = stages.flat_map(|stage| stage.instructions.clone());
        instructions.any(|at| {
            let instruction = &taker.sharer.file.instructions[at];
            let text = instruction.span.of(taker.sharer.file.source);
            matches!(instruction.keyword, Keyword::Cmd | Keyword::Entrypoint)
                && text
                    .split(|it: char| it.is_whitespace() || "/\"',[]".contains(it))
                    .any(|it| it == base)
        })
    };
    here.any(|it| ecosystem.builds(it))
        && (is_fetched || ecosystem.certain.contains(&base) || is_filled() || is_started())
}

/// Whether the stage of `taker` may use it: it runs programs of the ecosystem, or names it.
fn is_used(taker: &Taker, ecosystem: &Ecosystem, name: &str) -> bool {
    let family = family(taker.sharer, taker.stage);
    let base = name.rsplit('/').next().unwrap_or(name);
    let words = |text: &str| {
        let mut words = text.split(|it: char| !(it.is_alphanumeric() || "._-".contains(it)));
        words.any(|word| word == base || ecosystem.programs.contains(&word))
    };
    let stages = family.iter().map(|stage| &taker.sharer.facts.stages[*stage]);
    let mut instructions =
        stages.flat_map(|stage| stage.instructions.clone()).filter(|at| *at != taker.instruction);
    instructions.any(|at| {
        let instruction = &taker.sharer.file.instructions[at];
        words(instruction.span.of(taker.sharer.file.source))
    })
}
