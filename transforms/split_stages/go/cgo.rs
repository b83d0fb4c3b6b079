//! Whether a Go program needs a C library.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::{Step, Work};
use super::super::linked;
use super::super::plan::{Kind, Plan};
use super::packages::imports;
use super::sources::Read;
use super::{is_alpine, libc};
use crate::images::Libc;
use crate::images::runtime::RuntimeKind;

/// Modules that need C, and what of C their programs need when they run.
const MODULES: &[(&str, Needs)] = &[
    ("github.com/DataDog/go-libddwaf", Needs::C),
    ("github.com/bmatsuo/lmdb-go", Needs::C),
    ("github.com/chai2010/webp", Needs::C),
    ("github.com/confluentinc/confluent-kafka-go", Needs::C),
    ("github.com/davidbyttow/govips", Needs::Libraries),
    ("github.com/ethereum/go-ethereum", Needs::C),
    ("github.com/go-gl/", Needs::Libraries),
    ("github.com/go-skynet/", Needs::Libraries),
    ("github.com/google/gopacket", Needs::Libraries),
    ("github.com/gotk3/", Needs::Libraries),
    ("github.com/h2non/bimg", Needs::Libraries),
    ("github.com/karalabe/usb", Needs::Libraries),
    ("github.com/libgit2/git2go", Needs::Libraries),
    ("github.com/linxGnu/grocksdb", Needs::Libraries),
    ("github.com/marcboeker/go-duckdb", Needs::Cpp),
    ("github.com/mattn/go-oci8", Needs::Libraries),
    ("github.com/mattn/go-sqlite3", Needs::C),
    ("github.com/mutecomm/go-sqlcipher", Needs::C),
    ("github.com/otiai10/gosseract", Needs::Libraries),
    ("github.com/pebbe/zmq4", Needs::Libraries),
    ("github.com/rogchap/v8go", Needs::Cpp),
    ("github.com/shogo82148/go-mecab", Needs::Libraries),
    ("github.com/tecbot/gorocksdb", Needs::Libraries),
    ("github.com/tensorflow/tensorflow", Needs::Libraries),
    ("github.com/yuin/goldmark-c", Needs::C),
    ("gocv.io/x/gocv", Needs::Libraries),
    ("gopkg.in/confluentinc/confluent-kafka-go", Needs::C),
    ("gopkg.in/gographics/imagick", Needs::Libraries),
    ("gopkg.in/goracle", Needs::Libraries),
    ("github.com/godror/godror", Needs::Libraries),
    ("gorm.io/driver/sqlite", Needs::C),
    ("github.com/jinzhu/gorm/dialects/sqlite", Needs::C),
    ("rogchap.com/v8go", Needs::Cpp),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// The C library alone.
    C,
    Cpp,
    /// Libraries of the distribution.
    Libraries,
}

/// What the program has to find in the run-time stage. Where nothing needs C, the build is told to leave it out.
pub(super) fn kind(case: &Case, sources: &Read, plan: &mut Plan) -> Result<Kind, Stop> {
    let compiles: Vec<&Step> = case.steps().iter().filter(|step| compiles(step)).collect();
    let off = |step: &&&Step| {
        let Work::Program { environment, .. } = &step.work else { return false };
        let own = environment.iter().rev().find(|(name, _)| *name == "CGO_ENABLED");
        match own {
            Some((_, value)) => *value == Some("0"),
            None => case.variable("CGO_ENABLED").as_deref() == Some("0"),
        }
    };
    if !compiles.is_empty() && compiles.iter().all(|step| off(&step)) {
        return Ok(Kind::Static);
    }
    let is_on = |step: &&&Step| match &step.work {
        Work::Program { name: "make", .. } => {
            let text = case.text("Makefile").unwrap_or_default();
            ["CGO_ENABLED", "-race", "linkmode", "extldflags"].iter().any(|it| text.contains(it))
        }
        Work::Program { environment, words, .. } => {
            let set = environment.iter().any(|(name, _)| *name == "CGO_ENABLED");
            let asks = |word: &&str| {
                *word == "-race"
                    || word.contains("linkmode")
                    || word.contains("extldflags")
                    || word.contains("buildmode")
            };
            set || words.iter().flatten().any(asks)
        }
        _ => false,
    };
    let uses = uses(case, sources);
    let asked = compiles.iter().any(|step| is_on(&step))
        || matches!(case.variable("CGO_ENABLED").as_deref(), Some("1"));
    let first = compiles.first().map(|step| step.instruction);
    let first = first.or_else(|| plan.built.first().map(|(at, _)| *at));
    // What another stage makes stays as it is.
    let first = first.filter(|_| !case.is_behind_others());
    if let (Some(None), false, Some(at)) = (&uses, asked, first) {
        plan.built.insert(0, (at, "ENV CGO_ENABLED=0".to_owned()));
        plan.changed.extend(plan.copies.iter().map(|it| it.from.clone()));
        plan.notes.push(
            "`CGO_ENABLED=0`: nothing in it needs C, and names are looked up by Go itself"
                .to_owned(),
        );
        return Ok(Kind::Static);
    }
    let links = links(sources);
    let strange = match &links {
        // What its own sources are linked with is known.
        Some(_) => of_modules(case, sources),
        None => uses.clone(),
    };
    if let Some(Some((module, Needs::Libraries))) = &strange {
        let reason = format!("`{module}` needs libraries of the distribution when it runs");
        return Err(case.stop("libraries", reason));
    }
    let has_cpp = matches!(uses, Some(Some((_, Needs::Cpp))))
        || links.iter().flatten().any(|it| *it == "stdc++");
    plan.notes.push(match &uses {
        Some(Some((module, _))) => format!("`{module}` needs C, so the C library stays"),
        _ => "it may need C, so the C library stays".to_owned(),
    });
    match (is_alpine(case), libc(case)) {
        (true, _) => Ok(Kind::Musl),
        (_, Some(Libc::Glibc(version))) => {
            Ok(Kind::Glibc { at_least: version.unwrap_or((0, 0)), has_cpp })
        }
        _ => {
            let reason = format!("the C library of `{}` is not known", case.reference());
            Err(case.stop("libc", reason))
        }
    }
}

/// Lets the run-time stage have the libraries that the program's own sources name.
pub(super) fn libraries(case: &Case, sources: &Read, plan: &mut Plan) -> Result<(), Stop> {
    let mut packages = Vec::new();
    if plan.ground.kind == Kind::Static {
        return Ok(());
    }
    for link in links(sources).into_iter().flatten() {
        packages.extend(linked::of_link(case, link, &format!("`-l{link}` links it"))?);
    }
    let has_cpp = matches!(plan.ground.kind, Kind::Glibc { has_cpp: true, .. });
    let kind = if has_cpp { RuntimeKind::Cc } else { RuntimeKind::Base };
    linked::provide(case, packages, kind, plan);
    Ok(())
}

/// What the comments of sources for Linux name behind `-l`; `None` if they say it in another way.
fn links(sources: &Read) -> Option<Vec<&str>> {
    const OTHERS: &[&str] = &["darwin", "freebsd", "netbsd", "openbsd", "windows"];
    let mut found = Vec::new();
    for line in sources.files.iter().flat_map(|(_, text)| text.lines()) {
        let Some((_, line)) = line.split_once("#cgo ") else { continue };
        let (head, flags) = line.split_once(':')?;
        let mut words = head.split([' ', ',']).filter(|it| !it.is_empty());
        if words.clone().any(|it| OTHERS.contains(&it)) && !words.clone().any(|it| it == "linux") {
            continue;
        }
        match words.next_back()? {
            "LDFLAGS" => {
                found.extend(flags.split_whitespace().filter_map(|it| it.strip_prefix("-l")))
            }
            "pkg-config" => return None,
            _ => (),
        }
    }
    Some(found).filter(|it| !it.is_empty())
}

fn compiles(step: &Step) -> bool {
    match &step.work {
        Work::Program { name: "go", words, .. } => {
            matches!(words.first(), Some(Some("build" | "install" | "get")))
        }
        Work::Program { name: "make", .. } => true,
        _ => false,
    }
}

/// What needs C, if anything does; `None` where that is not known.
fn uses(case: &Case, sources: &Read) -> Option<Option<(String, Needs)>> {
    if sources.files.is_empty() {
        return None;
    }
    let imports_c = |(path, text): &(String, std::sync::Arc<str>)| {
        text.contains("import \"C\"").then(|| (path.clone(), Needs::Libraries))
    };
    if let Some((path, _)) = sources.files.iter().find_map(imports_c) {
        // What it is linked with, comments say.
        let links = sources.files.iter().any(|(_, text)| {
            text.lines()
                .any(|it| it.contains("#cgo") && (it.contains("-l") || it.contains("pkg-config")))
        });
        return Some(Some((path, if links { Needs::Libraries } else { Needs::C })));
    }
    of_modules(case, sources)
}

/// What of the modules needs C, in the same way.
fn of_modules(case: &Case, sources: &Read) -> Option<Option<(String, Needs)>> {
    let mut lists = Vec::new();
    let mut is_module = false;
    for path in case.files().ok()? {
        let name = path.rsplit('/').next().unwrap_or(path);
        if matches!(name, "go.mod" | "go.sum") || path.ends_with("vendor/modules.txt") {
            is_module |= name == "go.mod";
            lists.push(case.text(path)?);
        }
    }
    let named = |text: &str| MODULES.iter().find(|(module, _)| text.contains(module)).copied();
    // The lists of modules have all of them, and without them only the imports tell.
    let own = sources.files.iter().map(|(_, text)| text).filter(|_| !is_module);
    let texts = lists.iter().chain(own);
    if let Some((module, needs)) = texts.into_iter().find_map(|text| named(text)) {
        return Some(Some((module.to_owned(), needs)));
    }
    // Without modules only the imports of the sources tell, and what those import in turn nobody does.
    let all_standard = || sources.files.iter().all(|(_, text)| imports(text).all(is_standard));
    (is_module || all_standard()).then_some(None)
}

/// A package of Go itself: its first element has no dot.
fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or_default().contains('.')
}
