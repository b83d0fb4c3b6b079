//! Whether a change only turns a stage into a build stage with a run-time stage behind it: every old
//! instruction is still there, and the new stage has all of the old one's configuration that is not
//! declared to go.

use super::bases::Bases;
use super::{Operation, Work};
use crate::facts::{Facts, is_within};
use crate::images::runtime;
use crate::syntax::expand::Value;
use crate::syntax::{self, Body, Dockerfile, Instruction, Keyword};
use std::collections::BTreeSet;

/// What is declared of a stage that is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The `FROM` of the stage, as numbered before the change, like all that follow.
    pub from: usize,
    /// What the build stage is called now.
    pub name: String,
    /// Instructions that are added to the build stage, each before the one of that number.
    pub built: Vec<(usize, String)>,
    /// The first instruction that belongs to the run-time stage; the end of the file if none does.
    pub tail: usize,
    /// What the run-time stage is made of up to there, an instruction each.
    pub runtime: Vec<String>,
    /// Instructions behind it that read otherwise now.
    pub rewritten: Vec<(usize, String)>,
    /// The `HEALTHCHECK` whose command is another one now, and how it reads.
    pub health: Option<(usize, String)>,
    /// Variables that only the build needs.
    pub dropped: Vec<String>,
    /// Paths of the old image that the new one contains, with all that is below them.
    pub contains: Vec<String>,
    /// Those of them, or below them, that what is added to the build stage changes.
    pub changed: Vec<String>,
    /// What stays behind, for people.
    pub left: String,
    pub bases: Bases,
}

/// Variables that only tools of a build read.
const BUILD_VARIABLES: &[&str] = &[
    "CARGO_BUILD_JOBS",
    "CARGO_BUILD_TARGET",
    "CARGO_HOME",
    "CARGO_INCREMENTAL",
    "CARGO_NET_GIT_FETCH_WITH_CLI",
    "CARGO_NET_RETRY",
    "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
    "CARGO_TARGET_DIR",
    "CARGO_TERM_COLOR",
    "CGO_CFLAGS",
    "CGO_ENABLED",
    "CGO_LDFLAGS",
    "DEBIAN_FRONTEND",
    "GO111MODULE",
    "GOAMD64",
    "GOARCH",
    "GOBIN",
    "GOCACHE",
    "GOFLAGS",
    "GOINSECURE",
    "GOMODCACHE",
    "GONOSUMCHECK",
    "GONOSUMDB",
    "GOOS",
    "GOPATH",
    "GOPRIVATE",
    "GOPROXY",
    "GOROOT",
    "GOSUMDB",
    "GOTOOLCHAIN",
    "GRADLE_HOME",
    "GRADLE_OPTS",
    "GRADLE_USER_HOME",
    "MAVEN_CONFIG",
    "MAVEN_HOME",
    "MAVEN_OPTS",
    "PKG_CONFIG_ALLOW_CROSS",
    "PKG_CONFIG_PATH",
    "RUSTFLAGS",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SQLX_OFFLINE",
];

/// Folders with nothing but tools of a build, as a `PATH` may name them.
const BUILD_FOLDERS: &[&str] = &[
    "/go/bin",
    "/root/.cargo/bin",
    "/root/go/bin",
    "/usr/lib/go/bin",
    "/usr/local/cargo/bin",
    "/usr/local/go/bin",
];

/// The same below what a variable is, and what that is where the file does not say.
const BUILD_HOMES: &[(&str, &str, &str)] = &[
    ("CARGO_HOME", "/usr/local/cargo", "/bin"),
    ("GOPATH", "/go", "/bin"),
    ("GOROOT", "/usr/local/go", "/bin"),
    ("HOME", "/root", "/.cargo/bin"),
    ("HOME", "/root", "/go/bin"),
];

/// Whether a variable is read by tools of a build, and by no program that they make.
pub fn is_build_variable(name: &str) -> bool {
    BUILD_VARIABLES.contains(&name)
}

/// The folders that a value of `PATH` adds, if they hold nothing but tools of a build.
pub fn build_folders(facts: &Facts, stage: usize, value: &str) -> Option<Vec<String>> {
    let (own, added): (Vec<&str>, Vec<&str>) = value
        .trim_matches(['"', '\''])
        .split(':')
        .partition(|it| matches!(*it, "$PATH" | "${PATH}"));
    let folder = |part: &&str| {
        if BUILD_FOLDERS.contains(part) {
            return Some((*part).to_owned());
        }
        let rest = part.strip_prefix('$')?;
        let (name, below) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?,
            None => rest.split_at(rest.find('/')?),
        };
        let (_, home, _) = BUILD_HOMES.iter().find(|it| it.0 == name && it.2 == below)?;
        match facts.variable_after(stage, name) {
            Value::Set(value) => Some(format!("{value}{below}")),
            _ => Some(format!("{home}{below}")),
        }
    };
    let folders: Vec<String> = added.iter().map(folder).collect::<Option<_>>()?;
    (own.len() == 1 && !folders.is_empty()).then_some(folders)
}

impl Split {
    /// Where instruction `index` is after it.
    pub(super) fn moved(&self, index: usize) -> usize {
        let built = self.built.iter().filter(|(before, _)| *before <= index).count();
        let runtime = if index >= self.tail { self.runtime.len() } else { 0 };
        index + built + runtime
    }

    pub(super) fn describe(&self) -> Vec<String> {
        let contains = match &self.contains[..] {
            [] => "nothing of it".to_owned(),
            paths => paths.join(", "),
        };
        let mut all = vec![
            format!("build stage `{}` keeps all", self.name),
            format!("the image now contains {contains}"),
            format!("left behind: {}", self.left),
        ];
        if let Some((_, text)) = &self.health {
            all.push(format!("the health check is now `{text}`"));
        }
        all
    }

    /// Checks what is declared against the facts of the old text alone.
    fn check(&self, facts: &Facts) -> Result<(), String> {
        let stage = facts.stage_of(self.from).ok_or("no stage is there")?;
        let range = facts.stages[stage].instructions.clone();
        let inside = range.start == self.from && (range.start + 1..=range.end).contains(&self.tail);
        if stage + 1 != facts.stages.len() || !inside {
            return Err("it is not the last stage".to_owned());
        }
        let is_build = |text: &String| text.starts_with("ENV ") || text.starts_with("RUN ");
        let early = |(before, text): &(usize, String)| {
            *before > self.from && *before <= self.tail && is_build(text)
        };
        if !self.built.iter().all(early) {
            return Err("what is added to the build stage is no `ENV` or `RUN`".to_owned());
        }
        let rewrites = |(at, _): &(usize, String)| {
            let keyword = facts.file.instructions.get(*at).map(|it| it.keyword);
            let is_program = matches!(keyword, Some(Keyword::Cmd | Keyword::Entrypoint));
            let is_health = self.health.as_ref().is_some_and(|it| it.0 == *at);
            *at >= self.tail && (is_program || is_health)
        };
        if !self.rewritten.iter().all(rewrites) {
            return Err("something other than the program reads otherwise".to_owned());
        }
        self.checks_as_often(facts)?;
        let text = self.runtime.join("\n");
        let new = syntax::parse(&text).map_err(|_| "the run-time stage does not parse")?;
        self.is_runtime_stage(&new)?;
        self.keeps_configuration(facts, &new)
    }

    /// The last `HEALTHCHECK` is still there, with its flags and another command.
    fn checks_as_often(&self, facts: &Facts) -> Result<(), String> {
        let Some((at, text)) = &self.health else { return Ok(()) };
        let lost = || "the health check is lost".to_owned();
        let old = facts.file.instructions.get(*at).ok_or_else(lost)?;
        let is_last = |it: &Instruction| it.keyword == Keyword::Healthcheck;
        let last = facts.file.instructions.iter().rposition(is_last);
        let is_said = match *at < self.tail {
            true => self.runtime.contains(text),
            false => self.rewritten.iter().any(|it| it.0 == *at && it.1 == *text),
        };
        let new = operation(text)?;
        let flags = old.flags.iter().map(|flag| {
            let value = flag.value.as_ref().map(|value| value.text.to_string());
            (flag.name.text.to_string(), value)
        });
        let is_same = flags.eq(new
            .flags
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_ref().map(|it| it.to_string()))));
        let is_check = new.keyword == Keyword::Healthcheck && old.keyword == new.keyword;
        (last == Some(*at) && is_said && is_same && is_check).then_some(()).ok_or_else(lost)
    }

    /// It is one stage on a known image, and takes files from the build stage and from such images alone.
    fn is_runtime_stage(&self, new: &Dockerfile) -> Result<(), String> {
        let (first, rest) = new.instructions.split_first().ok_or("there is no run-time stage")?;
        let Body::From { image, .. } = &first.body else { return Err("it has no base".to_owned()) };
        if !runtime::is_published(&image.text) {
            return Err(format!("`{}` is not known to be published", image.text));
        }
        for instruction in rest {
            let known = match &instruction.body {
                Body::Copy { sources, .. } => {
                    let from = instruction.flag("from").flatten().map(|it| &*it.text);
                    let is_known =
                        from == Some(&*self.name) || from.is_some_and(runtime::is_published);
                    is_known && sources.iter().all(|it| it.text.starts_with('/'))
                }
                Body::From { .. } | Body::Onbuild(_) | Body::OnbuildInvalid(_) => false,
                _ => true,
            };
            if !known {
                let text = instruction.span.of(new.source);
                return Err(format!("`{text}` does not belong into a run-time stage"));
            }
        }
        Ok(())
    }

    /// What the build stage says about the image is said again, in the same words.
    fn keeps_configuration(&self, facts: &Facts, new: &Dockerfile) -> Result<(), String> {
        let old = &facts.file.instructions[self.from + 1..self.tail];
        let tail = facts.file.instructions.get(self.tail..).unwrap_or_default();
        let said: BTreeSet<String> = new.instructions.iter().flat_map(words).collect();
        let dropped: BTreeSet<&str> = self.dropped.iter().map(String::as_str).collect();
        let health = self.health.as_ref().map(|(at, _)| *at);
        let is_another = |at: usize| Some(self.from + 1 + at) == health;
        let kept = old.iter().enumerate().filter(|(at, _)| !is_another(*at)).map(|it| it.1);
        for word in kept.flat_map(words) {
            let pair = word.strip_prefix("ENV ").and_then(|it| it.split_once('='));
            let gone = pair.is_some_and(|(name, value)| {
                let is_path = || name == "PATH" && finds_nothing(facts, new, value);
                dropped.contains(name) && (is_build_variable(name) || is_path())
            });
            if !gone && !said.contains(&word) {
                return Err(format!("`{word}` is lost"));
            }
        }
        let all = || new.instructions.iter().chain(tail);
        let last = |keyword| all().rfind(|it| it.keyword == keyword);
        let workdir = match last(Keyword::Workdir).map(|it| &it.body) {
            Some(Body::Workdir(path)) => Some(path.text.to_string()),
            _ => None,
        };
        let stage = &facts.stages[facts.stages.len() - 1];
        let is_same = match (workdir, stage.workdir()) {
            (None, old) => old == image_workdir(new),
            // What is written in the tail is as it was.
            (Some(_), _) if tail.iter().any(|it| it.keyword == Keyword::Workdir) => true,
            (Some(new), old) => old == Some(&new),
        };
        match is_same {
            true => Ok(()),
            false => Err("the working directory is another".to_owned()),
        }
    }

    /// Applies it to the operations of the old text.
    pub(super) fn give<'a>(
        &self,
        facts: &Facts,
        slots: &mut [Option<Operation<'a>>],
    ) -> Result<(), String> {
        self.check(facts)?;
        let Body::From { image, name } = &facts.file.instructions[self.from].body else {
            return Err("no stage begins there".to_owned());
        };
        let from = slots.get_mut(self.from).and_then(Option::as_mut).ok_or("the stage is gone")?;
        let text = &facts.file.instructions[self.from].arguments.text;
        let text = match name {
            None => format!("{} AS {}", image.text, self.name),
            Some(own) => {
                let before = text.strip_suffix(&*own.text).ok_or("the stage has no name")?;
                format!("{before}{}", self.name)
            }
        };
        from.work = Work::Arguments { text: text.into(), json: false, heredocs: Vec::new() };
        for (at, text) in &self.rewritten {
            *slots.get_mut(*at).ok_or("the program is gone")? = Some(operation(text)?);
        }
        Ok(())
    }

    /// The operations that come before instruction `index`.
    pub(super) fn operations<'a>(&self, index: usize) -> Result<Vec<Operation<'a>>, String> {
        let built = self.built.iter().filter(|(before, _)| *before == index).map(|(_, text)| text);
        let runtime = (index == self.tail).then_some(&self.runtime).into_iter().flatten();
        built.chain(runtime).map(|text| operation(text)).collect()
    }
}

/// Whether a value of `PATH` adds nothing in which the run-time stage has anything.
fn finds_nothing(facts: &Facts, new: &Dockerfile, value: &str) -> bool {
    let folders = build_folders(facts, facts.stages.len() - 1, value);
    let has = |folder: &String| {
        new.instructions.iter().any(|it| match &it.body {
            Body::Copy { destination, .. } => {
                let place = destination.text.trim_end_matches('/');
                !place.starts_with('/') || is_within(place, folder) || is_within(folder, place)
            }
            _ => false,
        })
    };
    folders.is_some_and(|all| !all.iter().any(has))
}

/// The working directory that the base of a run-time stage sets.
fn image_workdir(new: &Dockerfile) -> Option<&'static str> {
    match &new.instructions.first()?.body {
        Body::From { image, .. } => Some(runtime::find(&image.text)?.workdir),
        _ => None,
    }
}

/// What an instruction says about the image, a word for each thing.
fn words(instruction: &Instruction) -> Vec<String> {
    let pairs = |keyword: &str, pairs: &[syntax::Pair]| {
        let value = |pair: &syntax::Pair| pair.value.as_ref().map(|it| it.text.to_string());
        let word = |it: &syntax::Pair| {
            format!("{keyword} {}={}", it.name.text, value(it).unwrap_or_default())
        };
        pairs.iter().map(word).collect()
    };
    match &instruction.body {
        Body::Env { pairs: all, .. } => pairs("ENV", all),
        Body::Label { pairs: all, .. } => pairs("LABEL", all),
        Body::Expose(ports) => ports.iter().map(|it| format!("EXPOSE {}", it.text)).collect(),
        Body::Volume(paths) => paths.iter().map(|it| format!("VOLUME {}", it.text)).collect(),
        Body::Stopsignal(signal) => vec![format!("STOPSIGNAL {}", signal.text)],
        Body::Healthcheck(_) => vec![format!("HEALTHCHECK {}", instruction.arguments.text)],
        _ => Vec::new(),
    }
}

/// The operation of one instruction that is declared.
pub(super) fn operation<'a>(text: &str) -> Result<Operation<'a>, String> {
    let alone = format!("FROM scratch\n{text}\n");
    let source = if text.starts_with("FROM ") { text } else { &alone };
    let file = syntax::parse(source).map_err(|_| format!("`{text}` does not parse"))?;
    let instruction = file.instructions.last().ok_or("nothing is declared")?;
    let flags = instruction.flags.iter().map(|flag| {
        let value = flag.value.as_ref().map(|value| value.text.to_string().into());
        (flag.name.text.to_string().into(), value)
    });
    let work = match instruction.keyword {
        Keyword::Run => {
            Work::Added(instruction.script().map(|it| it.text.to_string()).unwrap_or_default())
        }
        _ => Work::Arguments {
            text: instruction.arguments.text.to_string().into(),
            json: super::is_json(instruction),
            heredocs: Vec::new(),
        },
    };
    Ok(Operation { keyword: instruction.keyword, flags: flags.collect(), work })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Difference, testing};
    use super::Split;

    const BEFORE: &str = "FROM golang:1.24\nENV MODE=fast CGO_ENABLED=0\nWORKDIR /src\nCOPY . .\n\
                          RUN go build -o /app .\nEXPOSE 80\nCMD [\"/app\"]\n";

    const AFTER: &str = "FROM golang:1.24 AS build\nENV MODE=fast CGO_ENABLED=0\nWORKDIR /src\nCOPY . .\n\
                         RUN go build -o /app .\nFROM gcr.io/distroless/static-debian13\nENV MODE=fast\n\
                         WORKDIR /src\nCOPY --from=build /app /app\nEXPOSE 80\nCMD [\"/app\"]\n";

    fn split() -> Split {
        let runtime = [
            "FROM gcr.io/distroless/static-debian13",
            "ENV MODE=fast",
            "WORKDIR /src",
            "COPY --from=build /app /app",
        ];
        Split {
            from: 0,
            name: "build".to_owned(),
            built: Vec::new(),
            tail: 5,
            runtime: runtime.map(str::to_owned).to_vec(),
            rewritten: Vec::new(),
            health: None,
            dropped: vec!["CGO_ENABLED".to_owned()],
            contains: vec!["/app".to_owned()],
            changed: Vec::new(),
            left: String::new(),
            bases: Default::default(),
        }
    }

    fn checked(split: Split, before: &str, after: &str) -> Result<(), String> {
        testing::checked(Difference::Split(split), before, after)
    }

    #[track_caller]
    fn refused(split: Split, after: &str, words: &str) {
        let error = checked(split, BEFORE, after).unwrap_err();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn what_is_declared_is_what_is_there() {
        assert_eq!(checked(split(), BEFORE, AFTER), Ok(()));
        let more = AFTER.replace("EXPOSE 80", "EXPOSE 81");
        refused(split(), &more, "the arguments are not the same");
        let gone = AFTER.replace("RUN go build -o /app .\n", "");
        refused(split(), &gone, "instructions expected");
    }

    #[test]
    fn what_the_file_says_about_the_image_is_not_lost() {
        let without = |line: &str| {
            let mut split = split();
            split.runtime.retain(|it| it != line);
            (split, AFTER.replace(&format!("{line}\n"), ""))
        };
        let (lost, after) = without("ENV MODE=fast");
        refused(lost, &after, "`ENV MODE=fast` is lost");
        let mut dropped = split();
        dropped.dropped.push("MODE".to_owned());
        dropped.runtime.retain(|it| it != "ENV MODE=fast");
        refused(dropped, &AFTER.replace("ENV MODE=fast\n", ""), "`ENV MODE=fast` is lost");
        let mut elsewhere = split();
        elsewhere.runtime[2] = "WORKDIR /".to_owned();
        refused(elsewhere, AFTER, "the working directory is another");
    }

    #[test]
    fn a_path_to_tools_of_the_build_may_go() {
        let with = |path: &str, copied: &str| {
            let mut split = split();
            split.dropped.push("PATH".to_owned());
            split.runtime[3] = format!("COPY --from=build {copied} {copied}");
            split.contains = vec![copied.to_owned()];
            let before = BEFORE.replace("WORKDIR /src", &format!("ENV PATH={path}\nWORKDIR /src"));
            let after =
                AFTER.replacen("WORKDIR /src", &format!("ENV PATH={path}\nWORKDIR /src"), 1);
            let after = after.replace("COPY --from=build /app /app", &split.runtime[3]);
            split.tail += 1;
            checked(split, &before, &after)
        };
        for path in ["$PATH:/usr/local/go/bin", "${GOPATH}/bin:$PATH", "\"$HOME/.cargo/bin:$PATH\""]
        {
            assert_eq!(with(path, "/app"), Ok(()), "{path}");
        }
        for (path, copied) in [
            ("$PATH:/opt/tools", "/app"),
            ("/usr/local/go/bin:/bin", "/app"),
            ("$PATH:/go/bin", "/go/bin/app"),
            ("$PATH:/go/bin", "/go"),
        ] {
            let error = with(path, copied).unwrap_err();
            assert!(error.contains("is lost"), "{path}: {error}");
        }
    }

    #[test]
    fn a_run_time_stage_is_on_a_known_image_and_takes_from_its_build_stage() {
        let mut unknown = split();
        unknown.runtime[0] = "FROM gcr.io/distroless/python3-debian12".to_owned();
        refused(unknown, AFTER, "is not known to be published");
        let mut context = split();
        context.runtime[3] = "COPY app /app".to_owned();
        refused(context, AFTER, "does not belong into a run-time stage");
        let mut built = split();
        built.built.push((4, "COPY . /more".to_owned()));
        refused(built, AFTER, "is no `ENV` or `RUN`");
    }
}
