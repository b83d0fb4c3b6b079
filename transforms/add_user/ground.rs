//! What a stage does that only root could use, or that another user would not find.

use super::copied::{package, sources};
use super::program::Program;
use super::source;
use super::{Stop, shortened};
use crate::facts::{Base, Run, Use, Way, is_within, resolve};
use crate::shell::Script;
use crate::shell::command::base;
use crate::syntax::expand::{self, Value};
use crate::syntax::{Body, Keyword};
use crate::text::Span;
use crate::transform::{Context, PortPolicy};
use std::sync::Arc;

const ROOT_HOME: &str = "/root";

/// Installers that put programs into the home of whoever runs them.
const TO_HOME: &[&str] = &[
    "bun.sh",
    "deno.land",
    "get.sdkman.io",
    "install.python-poetry.org",
    "nvm-sh/nvm",
    "pyenv",
    "sh.rustup.rs",
    "astral.sh/uv",
];

/// What puts files into the home of whoever runs it, and the variables that tell it another place.
const DOWNLOADS: &[(&str, &[&str])] = &[
    ("SentenceTransformer(", HUGGING_FACE),
    ("cypress install", &["CYPRESS_CACHE_FOLDER"]),
    ("easyocr.Reader(", &["EASYOCR_MODULE_PATH"]),
    ("from_pretrained(", HUGGING_FACE),
    ("gensim.downloader", &["GENSIM_DATA_DIR"]),
    ("hf download", HUGGING_FACE),
    ("hf_hub_download(", HUGGING_FACE),
    ("huggingface-cli download", HUGGING_FACE),
    ("nltk.download", &["NLTK_DATA"]),
    ("playwright install", &["PLAYWRIGHT_BROWSERS_PATH"]),
    ("puppeteer browsers install", &["PUPPETEER_CACHE_DIR"]),
    ("snapshot_download(", HUGGING_FACE),
    ("stanza.download(", &["STANZA_RESOURCES_DIR"]),
    ("torch.hub", &["TORCH_HOME"]),
    ("whisper.load_model(", &["XDG_CACHE_HOME"]),
];

const HUGGING_FACE: &[&str] = &[
    "HF_HOME",
    "HF_HUB_CACHE",
    "TRANSFORMERS_CACHE",
    "SENTENCE_TRANSFORMERS_HOME",
    "XDG_CACHE_HOME",
];

/// Arguments that tell another place.
const ELSEWHERE: &[&str] = &[
    "cache_dir",
    "cache_folder",
    "download_dir",
    "download_root",
    "local-dir",
    "local_dir",
    "model_dir",
    " -d ",
];

/// Programs that change who there is.
const ACCOUNTS: &[&str] = &[
    "addgroup", "delgroup", "deluser", "groupadd", "groupdel", "groupmod", "newusers", "userdel",
    "usermod",
];

/// Where it says who there is.
const LISTS: &[&str] = &["/etc/passwd", "/etc/group"];

/// Files in the home of root that are there for whoever works in a container.
const OF_SHELLS: &[&str] =
    &[".bash_aliases", ".bash_profile", ".bashrc", ".inputrc", ".profile", ".vimrc", ".zshrc"];

/// The stage and those that it is built from, itself first.
pub(super) fn chain(cx: &Context, stage: usize) -> Vec<usize> {
    let next = |at: &usize| match cx.facts.stages[*at].base {
        Base::Stage(base) => Some(base),
        _ => None,
    };
    std::iter::successors(Some(stage), next).collect()
}

/// Refuses what a user other than root could not reach, and images that are not made to run a program.
pub(super) fn is_open(cx: &Context, stage: usize) -> Result<(), Stop> {
    for at in chain(cx, stage).into_iter().flat_map(|it| cx.facts.stages[it].instructions.clone()) {
        let instruction = &cx.file.instructions[at];
        let stop = |code, reason: String| Err(Stop { code, at: instruction.span, reason });
        let home = "`/root` is closed to every other user";
        match &instruction.body {
            Body::Onbuild(_) | Body::OnbuildInvalid(_) => {
                return stop("triggers", "other images are built on this one, as root".to_owned());
            }
            Body::Workdir(piece) => {
                let place = cx.facts.place(at, &piece.text);
                if place.is_some_and(|it| is_within(&it.path, ROOT_HOME)) {
                    return stop("home-of-root", format!("{home}, and it works there"));
                }
            }
            Body::Copy { .. } => {
                let place = cx.facts.destination(at).map(|it| it.place.path);
                if place.is_some_and(|path| is_within(&path, ROOT_HOME)) {
                    return stop("home-of-root", format!("{home}, and files are copied there"));
                }
                let mode = instruction.flag("chmod").flatten().map(|value| &*value.text);
                if mode.is_some_and(is_private) {
                    return stop("private-files", "only root may read what it copies".to_owned());
                }
            }
            Body::Env { pairs, .. } => {
                let values = pairs.iter().filter_map(|pair| pair.value.as_ref());
                if values.into_iter().any(|value| names_home(&value.text)) {
                    return stop("home-of-root", format!("{home}, and a variable points there"));
                }
            }
            Body::Run(_) => {
                if let Some(run) = cx.facts.run(at) {
                    run_is_open(cx, run)?;
                    brings_no_browser(cx, stage, run)?;
                }
            }
            _ => (),
        }
    }
    Ok(())
}

/// Refuses images in which others than those of the base image may be known by their names.
pub(super) fn users_are_known(cx: &Context, stage: usize) -> Result<(), Stop> {
    for at in chain(cx, stage).into_iter().flat_map(|it| cx.facts.stages[it].instructions.clone()) {
        let instruction = &cx.file.instructions[at];
        let stop =
            |reason: String| Err(Stop { code: "changes-users", at: instruction.span, reason });
        match &instruction.body {
            Body::Copy { sources, .. } => {
                let place = cx.facts.destination(at).map(|it| it.place.path);
                let is_list = |text: &str| LISTS.iter().any(|list| base(list) == base(text));
                let lists = sources.iter().any(|it| is_list(&it.text));
                if lists && place.is_some_and(|it| is_within(&it, "/etc")) {
                    return stop("it replaces the users of the image".to_owned());
                }
            }
            Body::Run(_) => {
                let text = instruction.span.of(cx.file.source);
                let word =
                    |it: char| !(it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.'));
                let program = text.split(word).find(|it| ACCOUNTS.contains(it));
                if let Some(it) = program.or(LISTS.iter().copied().find(|it| text.contains(it))) {
                    return stop(format!("`{it}` changes users, and it is not known what for"));
                }
            }
            _ => (),
        }
    }
    let from = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
    for list in LISTS {
        let copied = sources(cx, stage, list).filter(|it| !it.from_stage);
        let mut paths = copied.into_iter().flat_map(|it| it.paths);
        if let Some(path) = paths.find(|path| cx.text(path).is_some()) {
            let reason = format!("`{path}` of the build context replaces the users of the image");
            return Err(Stop { code: "changes-users", at: from, reason });
        }
    }
    Ok(())
}

/// Refuses a program that is told of files in the home of root.
pub(super) fn is_reached(cx: &Context, stage: usize, program: &Program) -> Result<(), Stop> {
    let workdir = cx.facts.stages[stage].workdir();
    let closed = |word: &String| {
        let path = resolve(workdir, word).unwrap_or_default();
        names_home(word) || (word.contains('/') && is_within(&path, ROOT_HOME))
    };
    match program.commands.iter().flatten().chain(&program.goes_to).find(|word| closed(word)) {
        Some(word) => {
            let at = program
                .at
                .unwrap_or(cx.file.instructions[cx.facts.stages[stage].instructions.start].span);
            let reason =
                format!("`{}` is in `/root`, which is closed to every other user", shortened(word));
            Err(Stop { code: "home-of-root", at, reason })
        }
        None => Ok(()),
    }
}

fn is_private(mode: &str) -> bool {
    let digits = mode.trim_start_matches('0');
    digits.len() == 3 && digits.ends_with("00")
}

fn names_home(text: &str) -> bool {
    text.split([':', '=', ' ', '"', '\'', ',']).any(|part| {
        is_within(part, ROOT_HOME)
            || part.starts_with("~/")
            || part.starts_with("$HOME/")
            || part.starts_with("${HOME}/")
    })
}

fn run_is_open(cx: &Context, run: &Run) -> Result<(), Stop> {
    let span = cx.file.instructions[run.instruction].span;
    let raw = span.of(cx.file.source);
    let stop = |code, at, reason: String| Err(Stop { code, at, reason });
    if let Some(name) = TO_HOME.iter().find(|it| raw.contains(**it)) {
        let reason = format!("what comes from `{name}` is installed in `/root`, which is closed");
        return stop("home-of-root", span, reason);
    }
    let is_set = |name: &&str| {
        raw.contains(*name) || matches!(cx.facts.variable(run.instruction, name), Value::Set(_))
    };
    let downloads = DOWNLOADS.iter().find(|(word, variables)| {
        let elsewhere = ELSEWHERE.iter().any(|it| raw.contains(it)) || variables.iter().any(is_set);
        raw.contains(word) && !elsewhere
    });
    if let Some((word, variables)) = downloads {
        let reason = format!(
            "what `{}` gets lies below `/root`, which is closed; `{}` tells it another folder",
            word.trim_end_matches('('),
            variables[0]
        );
        return stop("home-of-root", span, reason);
    }
    let Some(script) = &run.script else {
        return match names_home(raw) || raw.contains("useradd") || raw.contains("adduser") {
            true => stop("unreadable", span, "it cannot be read with certainty".to_owned()),
            false => Ok(()),
        };
    };
    let parsed: &Script = &script.parsed;
    for (command, simple, _) in parsed.simple_commands() {
        let at = script.source_span(command.span);
        let text = shortened(command.span.of(&parsed.text));
        let mut targets = command.redirects.iter().filter(|it| it.operator.contains('>'));
        let kept = targets.find(|it| {
            let target = it.target.span.of(&parsed.text);
            names_home(target) && !OF_SHELLS.contains(&base(target.trim_matches('"')))
        });
        if kept.is_some() {
            let reason = format!("`{text}` writes to `/root`, which is closed to every other user");
            return stop("home-of-root", at, reason);
        }
        let Some(call) = parsed.invocation(simple) else { continue };
        let words = || call.literals().flatten();
        match call.program {
            "useradd" | "adduser" => {
                let reason = format!("`{text}` makes a user, and it is not known what for");
                return stop("makes-user", at, reason);
            }
            "chmod" if words().next().is_some_and(is_private) => {
                return stop("private-files", at, format!("`{text}` lets only root in"));
            }
            "umask" => return stop("private-files", at, format!("`{text}` lets only some in")),
            "rm" | "find" | "echo" | "git" | "cd" | "export" => continue,
            _ => (),
        }
        let own = words().any(|word| word == "--user") && call.program.starts_with("pip");
        let raw = simple.words.iter().map(|word| word.span.of(&parsed.text));
        if own || raw.into_iter().any(names_home) {
            let reason = format!("`{text}` is about `/root`, which is closed to every other user");
            return stop("home-of-root", at, reason);
        }
    }
    Ok(())
}

/// Refuses an installation of Puppeteer, which since its version 19 brings a browser into the home of whoever
/// installs it.
fn brings_no_browser(cx: &Context, stage: usize, run: &Run) -> Result<(), Stop> {
    const TOLD: &[&str] = &[
        "PUPPETEER_CACHE_DIR",
        "PUPPETEER_EXECUTABLE_PATH",
        "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD",
        "PUPPETEER_SKIP_DOWNLOAD",
    ];
    let Some(script) = &run.script else { return Ok(()) };
    let installs = script.parsed.simple_commands().iter().any(|(_, simple, _)| {
        let call = script.parsed.invocation(simple);
        call.is_some_and(|call| matches!(call.program, "npm" | "pnpm" | "yarn"))
    });
    let is_set = |name: &&str| matches!(cx.facts.variable(run.instruction, name), Value::Set(_));
    if !installs || TOLD.iter().any(is_set) {
        return Ok(());
    }
    let Some(package) = package(cx, stage) else { return Ok(()) };
    let version = package.get("dependencies").and_then(|it| it.get("puppeteer")?.text());
    let major = |text: &str| {
        let digits = text.trim_start_matches(|it: char| !it.is_ascii_digit());
        digits.split('.').next().and_then(|it| it.parse::<u32>().ok())
    };
    match version.is_some_and(|it| major(it).is_none_or(|it| it >= 19)) {
        true => {
            let at = cx.file.instructions[run.instruction].span;
            let reason = "`puppeteer` brings a browser into `/root`, which is closed; \
                          `PUPPETEER_CACHE_DIR` tells it another folder";
            Err(Stop { code: "home-of-root", at, reason: reason.to_owned() })
        }
        false => Ok(()),
    }
}

/// Refuses ports that only root may open, unless the engine lets everybody.
pub(super) fn ports_are_high(cx: &Context, stage: usize, program: &Program) -> Result<(), Stop> {
    let commands = &program.commands;
    if cx.options.ports == PortPolicy::Docker {
        return Ok(());
    }
    let stop = |at, port: u32| {
        let reason = format!(
            "only root may listen on port {port}, unless the engine allows it; if it does, as Docker \
             since 20.10, set `ports: docker`"
        );
        Err(Stop { code: "low-port", at, reason })
    };
    for at in chain(cx, stage).into_iter().flat_map(|it| cx.facts.stages[it].instructions.clone()) {
        let instruction = &cx.file.instructions[at];
        let values: Vec<String> = match &instruction.body {
            Body::Expose(ports) => {
                let lookup = |name: &str| -> Value { cx.facts.variable(at, name) };
                let one =
                    |text| Some(expand::expand(text, cx.file.escape, lookup).ok()?.into_owned());
                ports.iter().filter_map(|port| one(&*port.text)).collect()
            }
            Body::Env { pairs, .. } => {
                let ports = pairs.iter().filter(|pair| {
                    pair.name.text == "PORT"
                        || pair.name.text.ends_with("_PORT")
                        || pair.name.text == "ASPNETCORE_URLS"
                });
                let text = |it: &&str| it.rsplit(':').next().unwrap_or_default().to_owned();
                let values = ports.filter_map(|pair| pair.value.as_ref());
                values
                    .flat_map(|it| it.text.split(';').map(|it| text(&it)).collect::<Vec<_>>())
                    .collect()
            }
            _ => Vec::new(),
        };
        if let Some(port) = values.iter().find_map(|text| low(text)) {
            return stop(instruction.span, port);
        }
    }
    let at = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
    let last = [Keyword::Cmd, Keyword::Entrypoint]
        .into_iter()
        .find_map(|keyword| cx.facts.stages[stage].all(cx.file, keyword).last().copied());
    let at = last.map_or(at, |last| cx.file.instructions[last].span);
    for words in commands {
        for (index, word) in words.iter().enumerate() {
            let option = index.checked_sub(1).map(|before| words[before].as_str());
            let named = matches!(option, Some("-p" | "--port" | "-P" | "http.server"))
                && !words[0].ends_with("java");
            let attached =
                word.strip_prefix("--port=").or_else(|| word.strip_prefix("--server.port="));
            let address = word.rsplit_once(':').map(|(_, port)| port);
            let address = address.filter(|_| !word.contains("://") && !word.contains('/'));
            let candidates = [attached, address, named.then_some(word.as_str())];
            if let Some(port) = candidates.into_iter().flatten().find_map(low) {
                return stop(at, port);
            }
        }
    }
    if let Some(port) = listened_to(cx, last.unwrap_or_default(), &program.texts) {
        return stop(at, port);
    }
    is_not_published(cx, stage, at)?;
    aspnet(cx, stage, commands, at)
}

/// A port below 1024 on which a source listens, unless an `ENV` may say another.
fn listened_to(cx: &Context, at: usize, texts: &[Arc<str>]) -> Option<u32> {
    let is_set = |name: &str| matches!(cx.facts.variable(at, name), Value::Set(_));
    let mut listeners = source::listeners(texts).into_iter();
    listeners.find_map(|it| low(&it.port).filter(|_| !it.variables.iter().any(|it| is_set(it))))
}

/// Refuses what somebody reaches at a port that only root may open.
fn is_not_published(cx: &Context, stage: usize, at: Span) -> Result<(), Stop> {
    for Use { place, way, .. } in cx.facts.uses(stage) {
        if let Way::Port(port @ 1..1024) = way {
            let reason = format!(
                "{place} says that it listens on port {port}, as only root may, unless the engine \
                 allows it; if it does, as Docker since 20.10, set `ports: docker`"
            );
            return Err(Stop { code: "low-port", at, reason });
        }
    }
    Ok(())
}

/// Before .NET 8 its web servers listen on port 80 unless they are told another.
fn aspnet(cx: &Context, stage: usize, commands: &[Vec<String>], at: Span) -> Result<(), Stop> {
    let image = cx.facts.stages[stage].image.as_deref();
    let is_dotnet = commands.iter().any(|words| words[0] == "dotnet");
    let version = image
        .and_then(|it| it.runtime.as_ref()?.version.as_deref()?.split('.').next()?.parse().ok());
    let told = cx.file.source.contains("ASPNETCORE_URLS") || cx.file.source.contains("HTTP_PORTS");
    match is_dotnet && !told && version.is_none_or(|it: u32| it < 8) {
        true => {
            let reason = "before .NET 8 it listens on port 80, which only root may; say `ENV \
                          ASPNETCORE_URLS=http://+:8080`, or set `ports: docker`";
            Err(Stop { code: "low-port", at, reason: reason.to_owned() })
        }
        false => Ok(()),
    }
}

fn low(text: &str) -> Option<u32> {
    let number = text.split(['/', '-']).next()?.trim_matches('"');
    number.parse().ok().filter(|port| (1..1024).contains(port))
}
