//! What could be excluded, from what version control keeps and from what it is told to ignore.

use super::made::{self, ECOSYSTEMS, Ecosystem};
use super::manifests::Manifests;
use super::names::{self, Group};
use super::{Candidate, Evidence, reads};
use crate::project::{IgnoredLine, LEFTOVERS, Tree, VENDORED, is_dockerfile_name};
use crate::transform::SharedContext;
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn all(context: &SharedContext, manifests: &Manifests) -> Vec<Candidate> {
    let tree = context.tree;
    let mut found: Vec<Candidate> = version_control(tree).into_iter().collect();
    for ecosystem in ECOSYSTEMS {
        found.extend(made(tree, ecosystem, manifests));
    }
    found.extend(tree.ignored.iter().filter_map(|line| ignored(tree, line)));
    found.extend(bytecode(tree));
    found.extend(variables(tree));
    if !tree.is_versioned {
        found.extend(by_name(tree));
    }
    found.extend(tracked(context));
    found.extend(tracked_credentials(tree));
    // A name that would be read as a pattern, or as a comment, is not written; a control character
    // fails the build.
    let is_plain = |text: &str| {
        let odd = |it: char| matches!(it, '\\' | '!' | '#' | '\u{feff}') || it.is_control();
        !text.contains(odd) && text.trim() == text && !text.is_empty()
    };
    found.retain(|it| {
        is_plain(&it.pattern)
            && (matches!(it.evidence, Evidence::Ignored(_))
                || !it.pattern.trim_start_matches("**/").contains(['*', '?', '[', ']']))
    });
    found.sort_by_key(|candidate| candidate.group);
    let mut seen = BTreeSet::new();
    found.retain(|candidate| seen.insert(candidate.pattern.clone()));
    found
}

fn version_control(tree: &Tree) -> Option<Candidate> {
    let name = tree.version_control?;
    Some(Candidate {
        group: Group::VersionControl,
        pattern: name.to_owned(),
        at_top: None,
        sample: format!("{name}/x"),
        evidence: Evidence::Said("the context is the top of a repository".to_owned()),
        mentions: Vec::new(),
        is_tracked: false,
    })
}

/// The folders that the tools of an ecosystem fill.
fn made(tree: &Tree, ecosystem: &Ecosystem, manifests: &Manifests) -> Vec<Candidate> {
    let folders = ecosystem.folders(tree);
    let Some(first) = folders.first() else { return Vec::new() };
    let dependencies = ecosystem.dependencies.iter().map(|name| (Group::Dependencies, *name));
    let outputs = ecosystem.outputs.iter().map(|name| (Group::Output, *name));
    let mut found = Vec::new();
    for (group, name) in dependencies.chain(outputs) {
        let below = |folder: &String| match folder.as_str() {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        };
        // What git keeps, or was not told to ignore, is no leftover of a tool, unless its name says so.
        let left = LEFTOVERS.contains(&name);
        let fits = |folder: &&String| {
            let owner = made::owner(name);
            (left || tree.is_ignored_folder(&below(folder)))
                && owner.is_none_or(|package| manifests.needs(folder, package))
        };
        let ignored = folders.iter().find(|folder| tree.is_ignored_folder(&below(folder)));
        let Some(folder) = ignored.filter(fits).or_else(|| folders.iter().find(fits)) else {
            continue;
        };
        let manifest = ecosystem.manifest(tree, folder);
        let evidence = Evidence::Said(match tree.is_ignored_folder(&below(folder)) {
            true => format!("git ignores it beside {manifest}, and a build makes it"),
            false => format!("a build installs there what {manifest} lists"),
        });
        let (pattern, at_top) = match &folders[..] {
            [_] => (below(first), None),
            _ => (format!("**/{name}"), first.is_empty().then(|| name.to_owned())),
        };
        let sample = format!("{}/x", below(folder));
        let mentions = Vec::new();
        let is_tracked = false;
        found.push(Candidate { group, pattern, at_top, sample, evidence, mentions, is_tracked });
    }
    found
}

/// What Python writes beside sources when it runs them.
fn bytecode(tree: &Tree) -> Option<Candidate> {
    const NAME: &str = "__pycache__";
    let sources = || tree.files.iter().filter(|file| file.ends_with(".py"));
    let first = sources().next().filter(|_| !tree.is_ignored_folder(NAME))?;
    let is_deep = sources().any(|file| file.contains('/'));
    Some(Candidate {
        group: Group::Caches,
        pattern: if is_deep { format!("**/{NAME}") } else { NAME.to_owned() },
        at_top: is_deep.then(|| NAME.to_owned()),
        sample: format!("{NAME}/x"),
        evidence: Evidence::Said(format!("Python makes it beside sources such as {first}")),
        mentions: Vec::new(),
        is_tracked: false,
    })
}

/// `.env` where a file beside it shows what belongs into it.
fn variables(tree: &Tree) -> Vec<Candidate> {
    const EXAMPLES: &[&str] = &[".env.dist", ".env.example", ".env.sample", ".env.template"];
    let mut found = Vec::new();
    for file in &tree.files {
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        if !EXAMPLES.contains(&name) {
            continue;
        }
        let pattern = if folder.is_empty() { ".env".to_owned() } else { format!("{folder}/.env") };
        found.push(Candidate {
            group: Group::Credentials,
            sample: pattern.clone(),
            is_tracked: tree.has(&pattern),
            pattern,
            at_top: None,
            evidence: Evidence::Said(format!("`{file}` shows what belongs into it")),
            mentions: Vec::new(),
        });
    }
    found
}

/// Where there is no version control: what by its name is made where the project is worked on. Only at the
/// top, and nothing that may be a source of the same name.
fn by_name(tree: &Tree) -> Vec<Candidate> {
    let tops = tree.files.iter().map(|file| file.split('/').next().unwrap_or_default());
    let tops: BTreeSet<&str> = tops.collect();
    let known = tops.into_iter().filter_map(|name| Some((name, names::left(name)?)));
    let left = known.filter(|(name, group)| is_left(tree, name, *group));
    let candidates = left.map(|(name, group)| Candidate {
        group,
        pattern: name.to_owned(),
        at_top: None,
        sample: format!("{name}/x"),
        evidence: Evidence::Said("it is made where the project is worked on".to_owned()),
        mentions: vec![name.to_owned()],
        is_tracked: true,
    });
    candidates.collect()
}

/// Whether a file or folder with the name of a leftover holds what one does.
fn is_left(tree: &Tree, name: &str, group: Group) -> bool {
    /// What a report of coverage has beside its pages.
    const REPORTS: &[&str] = &[
        "clover.xml",
        "cobertura-coverage.xml",
        "coverage-final.json",
        "lcov.info",
        "status.json",
    ];
    let holds = |file: &str| tree.has(&format!("{name}/{file}"));
    let is_log = |file: &str| {
        let last = file.rsplit('/').next().unwrap_or_default();
        names::ignored(last) == Some(Group::Logs)
            || [".gz", ".txt"].iter().any(|it| last.ends_with(it))
    };
    match group {
        _ if tree.has(name) => !reads::is_program(name),
        Group::Environments => holds("pyvenv.cfg"),
        Group::Reports => REPORTS.iter().any(|report| holds(report)),
        Group::Logs => tree.below(name).all(is_log),
        _ => name.starts_with('.') || !tree.below(name).any(reads::is_program),
    }
}

/// A line of a `.gitignore` for files that builds seldom need.
fn ignored(tree: &Tree, line: &IgnoredLine) -> Option<Candidate> {
    let is_vendored = |part: &str| VENDORED.contains(&part);
    if line.folder.as_deref().is_some_and(|folder| folder.split('/').any(is_vendored)) {
        return None;
    }
    let text = line.text.trim_end_matches('/');
    if text.starts_with('!') || text.contains(['\\', '!']) {
        return None;
    }
    let text = text.strip_prefix("**/").unwrap_or(text);
    let anchored = text.contains('/');
    let text = text.trim_start_matches('/');
    let name = text.rsplit('/').next()?;
    let group = names::ignored(name)?;
    let owners = names::belongs_to(name);
    let owned = |file: &str| owners.iter().any(|end| file.ends_with(end));
    if !owners.is_empty() && !tree.files.iter().any(|file| owned(file)) {
        return None;
    }
    let folder = line.folder.as_deref().unwrap_or_default();
    if folder.contains(['*', '?', '[', ']']) {
        return None;
    }
    if anchored && line.folder.is_none() || text.contains("**") {
        return None;
    }
    let joined = |folder: &str, text: &str| match folder {
        "" => text.to_owned(),
        folder => format!("{folder}/{text}"),
    };
    let at_top = joined(folder, text);
    let has_folders = tree.below(folder).any(|file| {
        file.get(folder.len() + usize::from(!folder.is_empty())..)
            .is_some_and(|it| it.contains('/'))
    });
    let (pattern, at_top) = match !anchored && has_folders {
        true => (joined(folder, &format!("**/{text}")), Some(at_top)),
        false => (at_top, None),
    };
    Some(Candidate {
        group,
        sample: sample(&joined(folder, text)),
        pattern,
        at_top,
        evidence: Evidence::Ignored(format!("{}:{}", line.file, line.line)),
        mentions: Vec::new(),
        is_tracked: false,
    })
}

/// A path that a pattern without `**` matches.
fn sample(pattern: &str) -> String {
    let mut sample = String::new();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        match character {
            '*' | '?' => sample.push('x'),
            '[' => {
                let class: String = rest.by_ref().take_while(|it| *it != ']').collect();
                sample.extend(class.chars().next());
            }
            character => sample.push(character),
        }
    }
    sample
}

/// Files and folders at the top that say how the project is built, tested or edited.
fn tracked(context: &SharedContext) -> Vec<Candidate> {
    let tree = context.tree;
    let tops: BTreeSet<&str> =
        tree.files.iter().map(|file| file.split('/').next().unwrap_or_default()).collect();
    let known = tops.iter().filter_map(|name| {
        let is_dockerfile = tree.has(name) && is_dockerfile_name(Path::new(name));
        if is_folder_of_documents(tree, name) {
            return Some((Group::Documents, (*name).to_owned()));
        }
        let group = if is_dockerfile { Group::Images } else { names::tracked(name)? };
        Some((group, (*name).to_owned()))
    });
    let mut found: BTreeSet<(Group, String)> = known.collect();
    let sharers = context.sharers.iter().map(|it| it.name.clone());
    found.extend(sharers.filter(|name| tree.has(name)).map(|name| (Group::Images, name)));
    // A file that does not exist yet excludes itself, too.
    found.insert((Group::Images, ".dockerignore".to_owned()));
    let candidates = found.into_iter().map(|(group, name)| {
        let base = name.rsplit('/').next().unwrap_or_default();
        let is_folder = !tree.has(&name) && tree.below(&name).next().is_some();
        let mentions = match group {
            Group::Documents if is_folder => {
                let ends = ["/", "\"", "'"].map(|end| format!("{name}{end}"));
                ends.into_iter().chain(BOOKS.iter().map(|it| (*it).to_owned())).collect()
            }
            Group::Documents => {
                let stem = base.split('.').next().unwrap_or_default();
                let names = [stem].into_iter().chain(PAGES.iter().copied());
                names.map(str::to_owned).collect()
            }
            _ => vec![base.to_owned()],
        };
        let sample = if is_folder { format!("{name}/x") } else { name.clone() };
        let evidence = Evidence::Tracked;
        let at_top = None;
        Candidate { group, pattern: name, at_top, sample, evidence, mentions, is_tracked: true }
    });
    candidates.collect()
}

/// What makes pages of every document that it finds, or looks for all of them.
const PAGES: &[&str] = &[
    ".md'",
    ".md\"",
    ".md`",
    "11ty",
    "astro",
    "docsify",
    "docusaurus",
    "eleventy",
    "gatsby",
    "gitbook",
    "hexo",
    "honkit",
    "hugo",
    "jekyll",
    "mdbook",
    "mkdocs",
    "sphinx",
    "vitepress",
    "vuepress",
    "zola",
];

/// Of those what looks in such a folder if nothing else is said.
const BOOKS: &[&str] =
    &["docsify", "docusaurus", "mkdocs", "sphinx-build", "vitepress", "vuepress", "zensical"];

/// Whether a folder at the top is there for readers alone: nothing in it is built into pages.
fn is_folder_of_documents(tree: &Tree, name: &str) -> bool {
    const ENDINGS: &[&str] = &[
        ".adoc", ".gif", ".jpeg", ".jpg", ".md", ".pdf", ".png", ".puml", ".rst", ".svg", ".webp",
    ];
    matches!(name, "doc" | "docs" | "documentation")
        && tree.below(name).next().is_some()
        && tree.below(name).all(|file| ENDINGS.iter().any(|ending| file.ends_with(ending)))
}

/// Private keys and tokens that are in the repository.
fn tracked_credentials(tree: &Tree) -> Vec<Candidate> {
    let mut found = Vec::new();
    // Deeper ones are mostly there for tests.
    for file in tree.files.iter().filter(|file| !file.contains('/')) {
        let name: &str = file;
        let Some(evidence) = reads::secret_in(tree, file, name) else { continue };
        found.push(Candidate {
            group: Group::Credentials,
            pattern: file.to_string(),
            at_top: None,
            sample: file.to_string(),
            evidence: Evidence::Said(evidence),
            mentions: vec![name.to_owned()],
            is_tracked: true,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::sample;

    #[test]
    fn a_sample_is_matched() {
        assert_eq!(sample("*.py[cod]"), "x.pyc");
        assert_eq!(sample("npm-debug.log*"), "npm-debug.logx");
    }
}
