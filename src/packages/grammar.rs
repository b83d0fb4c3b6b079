//! What the words of a command say by the grammar of its package manager.

use super::read::Words;
use super::{Flag, Grammar, Kind, PackageManager, Verb};

/// What the words say, before packages are read.
pub(super) struct Reading {
    pub(super) kind: Kind,
    pub(super) verb: Option<Verb>,
    /// How many of the operands belong to the verb.
    pub(super) operands: usize,
}

impl Reading {
    fn of(kind: Kind) -> Self {
        Self { kind, verb: None, operands: 0 }
    }
}

pub(super) fn reading(
    manager: &'static PackageManager,
    implied: Option<Kind>,
    words: &Words,
) -> Reading {
    let asks = |flag: &Flag| matches!(flag.name, "--help" | "--version" | "-V");
    if words.operands.is_empty() && words.flags.iter().any(asks) {
        return Reading::of(Kind::Configure);
    }
    if let Some(kind) = implied {
        return Reading::of(kind);
    }
    match manager.grammar {
        Grammar::Verb | Grammar::LongVerb => by_verb(manager, words),
        Grammar::Goals => by_goals(manager, words),
        Grammar::Pacman => by_pacman(words),
        Grammar::Operands => by_operands(manager, words),
        Grammar::R => by_code(words),
    }
}

fn by_verb(manager: &'static PackageManager, words: &Words) -> Reading {
    if words.operands.is_empty() {
        let kind = manager.verbs.iter().find(|(verb, _)| verb.is_empty());
        return Reading::of(kind.map_or(Kind::Configure, |it| it.1));
    }
    let Some((verb, kind, count)) = longest_verb(manager, &words.operands) else {
        return Reading::of(Kind::Unknown);
    };
    let verb = Verb { first: words.operands[0].0, last: words.operands[count - 1].0, name: verb };
    // `pip -- install x`: what the program takes for its verb then is its own affair.
    if words.end_of_options.is_some_and(|at| at < verb.last) {
        return Reading::of(Kind::Unknown);
    }
    Reading { kind, verb: Some(verb), operands: count }
}

/// The verb of the table that says most of what the first words say, and how many words it takes.
fn longest_verb(
    manager: &PackageManager,
    operands: &[(usize, Option<&str>)],
) -> Option<(&'static str, Kind, usize)> {
    let first = operands.first()?.1?;
    let matches = |verb: &str| {
        let rest = verb.strip_prefix(first)?;
        if rest.is_empty() {
            return Some(1);
        }
        let mut words = operands[1..].iter().map(|(_, word)| *word);
        let more = rest.strip_prefix(' ')?.split(' ');
        more.into_iter()
            .try_fold(1, |count, part| (words.next()? == Some(part)).then_some(count + 1))
    };
    let initial = *first.as_bytes().first()?;
    let verbs = manager.verbs.iter().filter(|(verb, _)| verb.as_bytes().first() == Some(&initial));
    let found = verbs.filter_map(|(verb, kind)| Some((*verb, *kind, matches(verb)?)));
    let (verb, kind, count) = found.reduce(|best, it| if it.2 > best.2 { it } else { best })?;
    // `npm cache $x`: the shorter verb is in the table for what follows in other cases.
    let open = operands.get(count).is_some_and(|it| it.1.is_none()) && has_longer(manager, verb);
    (!open).then_some((verb, kind, count))
}

fn has_longer(manager: &PackageManager, verb: &str) -> bool {
    manager.verbs.iter().any(|it| it.0.strip_prefix(verb).is_some_and(|rest| rest.starts_with(' ')))
}

/// The strongest of several goals counts: `mvn clean spring-boot:run` runs.
fn by_goals(manager: &'static PackageManager, words: &Words) -> Reading {
    let mut kind = Kind::Configure;
    for (_, word) in &words.operands {
        kind = match word.map(|goal| goal_kind(manager, goal)) {
            None => Kind::Unknown,
            Some(Kind::Run) => Kind::Run,
            Some(Kind::Configure) | Some(Kind::Clean) => kind,
            Some(it) if kind == Kind::Configure => it,
            Some(_) => kind,
        };
        if matches!(kind, Kind::Run | Kind::Unknown) {
            break;
        }
    }
    Reading::of(kind)
}

/// A goal of a plugin or a project (`group:artifact:version:goal`, `:app:build`) goes by its last part.
fn goal_kind(manager: &PackageManager, goal: &str) -> Kind {
    let last = goal.rsplit(':').next().unwrap_or(goal);
    let mut verbs = manager.verbs.iter();
    verbs.find(|(verb, _)| *verb == goal || *verb == last).map_or(Kind::Unknown, |it| it.1)
}

fn by_pacman(words: &Words) -> Reading {
    let has = |name: &str| words.flags.iter().filter(|flag| flag.name == name).count();
    let any = |short: &str, long: &str| has(short) + has(long) > 0;
    let kind = if words.operands.iter().any(|it| it.1.is_none()) && words.flags.is_empty() {
        Kind::Unknown
    } else if any("-S", "--sync") {
        match () {
            () if any("-c", "--clean") => Kind::Clean,
            () if any("-u", "--sysupgrade") => Kind::Upgrade,
            () if any("-s", "--search") || any("-i", "--info") || any("-l", "--list") => {
                Kind::Query
            }
            () if words.operands.is_empty() && any("-y", "--refresh") => Kind::Update,
            () => Kind::Install,
        }
    } else if any("-U", "--upgrade") {
        Kind::Install
    } else if any("-R", "--remove") {
        Kind::Remove
    } else if any("-Q", "--query") || any("-F", "--files") || any("-T", "--deptest") {
        Kind::Query
    } else if any("-D", "--database") {
        Kind::Configure
    } else {
        Kind::Unknown
    };
    Reading::of(kind)
}

fn by_operands(manager: &'static PackageManager, words: &Words) -> Reading {
    let named = words.flags.iter().find_map(|flag| {
        manager.verbs.iter().find(|(verb, _)| *verb == flag.name).map(|(_, kind)| *kind)
    });
    let kind = match named {
        Some(kind) => kind,
        None if words.operands.is_empty() => Kind::Unknown,
        None => Kind::Install,
    };
    Reading::of(kind)
}

/// Every piece of code has to be known: it installs, or it is not understood.
fn by_code(words: &Words) -> Reading {
    const INSTALLS: &[&str] =
        &["install.packages(", "install_", "BiocManager::install(", "biocLite("];
    let code = words.flags.iter().filter(|flag| flag.name == "-e").map(|flag| flag.value.flatten());
    let code: Option<Vec<&str>> = code.collect();
    let kind = match code {
        Some(code) if code.iter().any(|it| INSTALLS.iter().any(|call| it.contains(call))) => {
            Kind::Install
        }
        _ => match words.operands.first() {
            Some((_, Some("CMD"))) => by_r_command(words),
            _ => Kind::Run,
        },
    };
    Reading::of(kind)
}

fn by_r_command(words: &Words) -> Kind {
    match words.operands.get(1) {
        Some((_, Some("INSTALL"))) => Kind::Install,
        Some((_, Some("REMOVE"))) => Kind::Remove,
        Some((_, Some("javareconf" | "config"))) => Kind::Configure,
        _ => Kind::Unknown,
    }
}
