//! The text of a split: the build stage with its name, and the run-time stage behind it.

use super::Stop;
use super::base::{self, Choice};
use super::case::Case;
use super::plan::{Copied, Plan, Start};
use super::program::Program;
use crate::effect::split::{Split, is_build_variable};
use crate::effect::{Delta, Difference};
use crate::facts::is_within;
use crate::images::Family;
use crate::images::runtime::{RuntimeImage, RuntimeKind};
use crate::rewrite::line_end;
use crate::syntax::{Body, Instruction, ItemKind, Keyword, expand};
use crate::text::{Edit, Span};
use crate::transform::{Change, Safety};
use std::collections::BTreeSet;

/// The change that makes `plan` of a stage.
pub(super) fn change(
    case: &Case,
    plan: &Plan,
    program: &Program,
    choice: &Choice,
) -> Result<Change, Stop> {
    let range = case.stage().instructions.clone();
    let tail = tail(case);
    let name = stage_name(case);
    let start = plan.start.as_ref();
    let header = Header { case, plan, program, choice, name: &name, tail, start };
    let (runtime, dropped) = header.instructions()?;
    let rewritten = start.map(|start| rewritten(case, program, start, tail)).unwrap_or_default();
    let split = Split {
        from: range.start,
        name,
        built: plan.built.clone(),
        tail,
        runtime,
        rewritten,
        dropped,
        contains: plan.before.iter().chain(&plan.copies).map(|it| it.to.clone()).collect(),
        changed: plan.changed.clone(),
        left: left(case, plan),
    };
    let edits = edits(case, &split)?;
    let first = &case.cx.file.instructions[range.start];
    let end =
        case.span(range.end - 1).end.max(edits.iter().map(|it| it.span.end).max().unwrap_or(0));
    Ok(Change {
        span: Span::new(first.span.start, end),
        safety: safety(plan),
        notes: notes(plan, program, choice),
        delta: Delta { differences: vec![Difference::Split(split)] },
        edits,
    })
}

fn safety(plan: &Plan) -> Safety {
    match plan.doubts.first() {
        Some(doubt) => Safety::Draft(format!("only a build tells: {doubt}")),
        None => Safety::Structural("the program runs on another base image".to_owned()),
    }
}

fn notes(plan: &Plan, program: &Program, choice: &Choice) -> Vec<String> {
    let mut notes = vec![format!("`{}`: {}", choice.image.reference, choice.note)];
    notes.extend(program.through.iter().cloned());
    notes.extend(plan.copies.iter().map(|it| format!("`{}`: {}", it.to, it.because)));
    notes.extend(plan.notes.iter().cloned());
    notes
}

fn left(case: &Case, plan: &Plan) -> String {
    let mut left = plan.left.clone();
    let packages = case.steps().iter().filter_map(|step| match &step.work {
        super::commands::Work::Packages(names) => Some(names.len()),
        _ => None,
    });
    match packages.sum::<usize>() {
        0 => (),
        1 => left.push("a package".to_owned()),
        count => left.push(format!("{count} packages")),
    }
    left.push(format!("and all else of `{}`", case.reference()));
    left.join(", ")
}

/// The name of the build stage: its own, unless somebody builds it by that.
fn stage_name(case: &Case) -> String {
    let targets = &case.cx.facts.surroundings.targets;
    match case.stage().name.as_deref() {
        Some(own) if !targets.iter().any(|it| it.eq_ignore_ascii_case(own)) => own.to_owned(),
        _ => case.free_name().to_owned(),
    }
}

/// Where what is about the image alone begins, so that it may stand behind the new `FROM` as it is.
pub(super) fn tail(case: &Case) -> usize {
    use Keyword::{
        Cmd, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Stopsignal, User, Volume,
        Workdir,
    };
    let range = case.stage().instructions.clone();
    let about_image = |at: &usize| {
        let keyword = case.cx.file.instructions[*at].keyword;
        let alone = matches!(keyword, Cmd | Entrypoint | Env | Expose | Healthcheck | Label);
        alone || matches!(keyword, Maintainer | Stopsignal | User | Volume | Workdir)
    };
    let mut tail = range.end;
    for at in (range.start + 1..range.end).rev().take_while(about_image) {
        tail = at;
    }
    tail
}

struct Header<'h, 'c, 'a> {
    case: &'h Case<'c, 'a>,
    plan: &'h Plan,
    program: &'h Program,
    choice: &'h Choice,
    name: &'h str,
    tail: usize,
    start: Option<&'h Start>,
}

impl Header<'_, '_, '_> {
    /// The instructions of the run-time stage before the tail, and the variables that it leaves out.
    fn instructions(&self) -> Result<(Vec<String>, Vec<String>), Stop> {
        let mut all = vec![self.from()];
        let (kept, dropped) = self.kept();
        let needed = |keyword| kept.iter().filter(move |it| it.keyword == keyword);
        all.extend(self.arguments(&kept)?);
        let dropped = self.unused(&kept, dropped);
        all.extend(self.inherited(&kept)?);
        all.extend(needed(Keyword::Label).map(|it| text_of(it)));
        all.extend(needed(Keyword::Env).filter_map(|it| variables(it, &dropped)));
        all.extend(self.environment());
        all.extend(copies(&self.plan.before, self.name));
        if !self.choice.packages.is_empty() {
            all.push(install(&self.choice.image, &self.choice.packages));
        }
        let workdir = self.case.cx.facts.workdir_at(self.tail).map(|it| it.path);
        let is_there = |it: &str| it == "/" && self.choice.image.workdir == "/";
        let workdir = workdir.filter(|it| !is_there(it));
        // What `WORKDIR` makes is of the user of the image, and what is there already keeps its owner.
        let is_roots = matches!(self.choice.image.user, "0" | "root");
        let copied = |path: &str| {
            let holds = |it: &Copied| it.is_folder && is_within(path, &it.to);
            self.plan.copies.iter().any(|it| holds(it) && (!is_roots || it.owner.is_some()))
        };
        let is_copied = workdir.as_deref().is_some_and(copied);
        let workdir = workdir.map(|it| format!("WORKDIR {it}"));
        all.extend(workdir.clone().filter(|_| !is_copied));
        all.extend(self.accounts());
        all.extend(copies(&self.plan.copies, self.name));
        all.extend(workdir.filter(|_| is_copied));
        all.extend(self.on_nothing());
        all.extend(self.user());
        for keyword in [Keyword::Expose, Keyword::Volume, Keyword::Stopsignal, Keyword::Healthcheck]
        {
            all.extend(needed(keyword).map(|it| text_of(it)));
        }
        all.extend(self.start());
        Ok((all, dropped))
    }

    fn from(&self) -> String {
        let targets = &self.case.cx.facts.surroundings.targets;
        let own = self.case.stage().name.as_deref();
        // Who builds the stage by its name gets what the file makes in the end.
        match own.filter(|own| targets.iter().any(|it| it.eq_ignore_ascii_case(own))) {
            Some(own) => format!("FROM {} AS {own}", self.choice.image.reference),
            None => format!("FROM {}", self.choice.image.reference),
        }
    }

    /// What the build stage says about the image, and the variables that only the build needs.
    fn kept(&self) -> (Vec<&Instruction<'_>>, Vec<String>) {
        let range = self.case.stage().instructions.start + 1..self.tail;
        let all: Vec<&Instruction> = self.case.cx.file.instructions[range].iter().collect();
        let names = all.iter().filter_map(|it| match &it.body {
            Body::Env { pairs, .. } => Some(pairs.iter().map(|it| it.name.text.to_string())),
            _ => None,
        });
        let dropped: BTreeSet<String> =
            names.flatten().filter(|it| is_build_variable(it)).collect();
        (all, dropped.into_iter().collect())
    }

    /// `ARG`s on which what is kept depends.
    fn arguments(&self, kept: &[&Instruction]) -> Result<Vec<String>, Stop> {
        let file = self.case.cx.file;
        let behind = file.instructions[self.tail..self.case.stage().instructions.end].iter();
        let about = kept.iter().copied().filter(|it| {
            !matches!(it.keyword, Keyword::Arg | Keyword::Run | Keyword::Copy | Keyword::Add)
        });
        let mut used = BTreeSet::new();
        for instruction in about.chain(behind) {
            let text = &instruction.arguments.text;
            if matches!(
                instruction.keyword,
                Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck
            ) {
                continue;
            }
            for variable in expand::variables(text, file.escape).unwrap_or_default() {
                used.insert(variable.name.to_string());
            }
        }
        let declared = kept.iter().filter(|it| match &it.body {
            Body::Arg(pairs) => pairs.iter().any(|pair| used.contains(&*pair.name.text)),
            _ => false,
        });
        Ok(declared.map(|it| text_of(it)).collect())
    }

    /// The variables that only the build needs, and nothing else that is kept names.
    fn unused(&self, kept: &[&Instruction], dropped: Vec<String>) -> Vec<String> {
        let file = self.case.cx.file;
        let behind = file.instructions[self.tail..self.case.stage().instructions.end].iter();
        let mut used = BTreeSet::new();
        for instruction in kept.iter().copied().chain(behind).filter(|it| is_configuration(it)) {
            let text = match &instruction.body {
                Body::Env { pairs, .. } => {
                    let is_kept = |name: &str| !dropped.iter().any(|it| it == name);
                    let values = pairs.iter().filter(|it| is_kept(&it.name.text));
                    values.filter_map(|it| it.value.as_ref()).map(|it| &*it.text).collect()
                }
                _ => instruction.arguments.text.to_string(),
            };
            let names = expand::variables(&text, file.escape).unwrap_or_default();
            used.extend(names.into_iter().map(|it| it.name.to_string()));
        }
        dropped.into_iter().filter(|name| !used.contains(name)).collect()
    }

    /// Variables of the old base image that are named in what is kept.
    fn inherited(&self, kept: &[&Instruction]) -> Result<Vec<String>, Stop> {
        let file = self.case.cx.file;
        let own = |name: &str| {
            file.instructions.iter().any(|it| match &it.body {
                Body::Env { pairs, .. } | Body::Arg(pairs) => {
                    pairs.iter().any(|it| it.name.text == name)
                }
                _ => false,
            })
        };
        let behind = file.instructions[self.tail..self.case.stage().instructions.end].iter();
        let mut lines = Vec::new();
        for instruction in kept.iter().copied().chain(behind).filter(|it| is_configuration(it)) {
            for used in
                expand::variables(&instruction.arguments.text, file.escape).unwrap_or_default()
            {
                if &*used.name == "PATH" || own(&used.name) {
                    continue;
                }
                let is_set = self.choice.image.environment.iter().any(|it| it.0 == used.name);
                if self.is_same_vendor() || self.case.is_unset(&used.name) && !is_set {
                    continue;
                }
                let Some(value) = self.case.variable(&used.name) else {
                    let reason = format!(
                        "`${}` is of the base image, and its value is not known",
                        used.name
                    );
                    return Err(Stop { code: "environment", at: instruction.span, reason });
                };
                let line = format!("ENV {}={}", used.name, quoted(&value));
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        Ok(lines)
    }

    /// Both images set the same variables.
    fn is_same_vendor(&self) -> bool {
        let name = self.choice.image.reference.split(':').next().unwrap_or_default();
        self.choice.image.kind == RuntimeKind::Vendor
            && name.rsplit('/').next() == Some(self.case.repository())
    }

    fn environment(&self) -> Vec<String> {
        let own = self.plan.environment.iter().chain(&self.program.assigned);
        own.map(|(name, value)| match value.strip_suffix(":$PATH").filter(|_| name == "PATH") {
            Some(first) => format!("ENV PATH={first}:$PATH"),
            None => format!("ENV {name}={}", quoted(value)),
        })
        .collect()
    }

    /// Users that the build made, where the program runs as one of them.
    fn accounts(&self) -> Option<String> {
        let user = self.case.stage().user()?;
        let is_name = !matches!(user, "root") && user.parse::<u32>().is_err();
        is_name.then(|| format!("COPY --from={} /etc/passwd /etc/group /etc/", self.name))
    }

    /// What `scratch` lacks of what programs expect everywhere: certificates, and a user without rights.
    fn on_nothing(&self) -> Vec<String> {
        if self.choice.image.kind != RuntimeKind::Scratch {
            return Vec::new();
        }
        let bundle = "/etc/ssl/certs/ca-certificates.crt";
        let mut lines = vec![format!("COPY --from={} {bundle} {bundle}", self.name)];
        let has_own = self.user().is_some();
        if !has_own && base::may_drop_root(self.case, &self.plan.ground) {
            lines.push("USER 65532:65532".to_owned());
        }
        lines
    }

    /// The user in force before the tail, where it is not that of the image.
    fn user(&self) -> Option<String> {
        let instructions = &self.case.cx.file.instructions;
        let range = self.case.stage().instructions.start..self.tail;
        let last = instructions[range].iter().rfind(|it| it.keyword == Keyword::User)?;
        Some(text_of(last))
    }

    /// `ENTRYPOINT` and `CMD`, where they do not stand in the tail.
    fn start(&self) -> Vec<String> {
        let instructions = &self.case.cx.file.instructions;
        let mut all = Vec::new();
        let is_entrypoint = |at: &usize| instructions[*at].keyword == Keyword::Entrypoint;
        if !self.choice.image.entrypoint.is_empty() && !self.program.said.iter().any(is_entrypoint)
        {
            all.push("ENTRYPOINT []".to_owned());
        }
        for keyword in [Keyword::Entrypoint, Keyword::Cmd] {
            let said = self.program.said.iter().copied();
            let at = said.filter(|at| instructions[*at].keyword == keyword).max();
            let is_behind = at.is_some_and(|at| at >= self.tail);
            let words = self.start.map(|start| match keyword {
                Keyword::Entrypoint => &start.entrypoint,
                _ => &start.command,
            });
            match (words, at) {
                _ if is_behind => (),
                (Some(words), _) if !words.is_empty() => all.push(exec(keyword, words)),
                (None, Some(at)) => all.push(text_of(&instructions[at])),
                _ => (),
            }
        }
        all
    }
}

/// `ENTRYPOINT` and `CMD` of the tail, in their new words.
fn rewritten(case: &Case, program: &Program, start: &Start, tail: usize) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for at in program.said.iter().copied().filter(|at| *at >= tail) {
        let instruction = &case.cx.file.instructions[at];
        let words = match instruction.keyword {
            Keyword::Entrypoint => &start.entrypoint,
            _ => &start.command,
        };
        let text = exec(instruction.keyword, words);
        if text != instruction.span.of(case.cx.file.source) {
            all.push((at, text));
        }
    }
    all
}

/// Whether an instruction says something about the image in which variables count.
fn is_configuration(instruction: &Instruction) -> bool {
    use Keyword::{Env, Expose, Label, Stopsignal, User, Volume, Workdir};
    matches!(instruction.keyword, Env | Expose | Label | Stopsignal | User | Volume | Workdir)
}

/// An instruction as it is written; as one line where comments stand in it.
fn text_of(instruction: &Instruction) -> String {
    let whole = instruction.span.of(instruction.source);
    let one_line = || {
        let flags = instruction.flags.iter().map(|it| it.span.of(instruction.source));
        let mut text = instruction.keyword.name().to_owned();
        for part in flags.chain([instruction.arguments.text.trim()]) {
            text.push(' ');
            text.push_str(part);
        }
        text
    };
    let is_plain = instruction.comments.is_empty()
        && instruction.heredocs.is_empty()
        && whole.starts_with(instruction.keyword.name())
        && whole.lines().rev().skip(1).all(|line| line.trim_end().ends_with('\\'));
    if is_plain { whole.to_owned() } else { one_line() }
}

/// An `ENV` without the variables that are left out; `None` if nothing of it is left.
fn variables(instruction: &Instruction, dropped: &[String]) -> Option<String> {
    let Body::Env { pairs, legacy } = &instruction.body else { return None };
    let is_kept = |name: &str| !dropped.iter().any(|it| it == name);
    if pairs.iter().all(|it| is_kept(&it.name.text)) {
        return Some(text_of(instruction));
    }
    let kept = pairs.iter().filter(|it| is_kept(&it.name.text) && !legacy);
    let kept: Vec<String> = kept
        .map(|it| {
            let value = it.value.as_ref().map_or("", |value| &*value.text);
            format!("{}={value}", it.name.text)
        })
        .collect();
    (!kept.is_empty()).then(|| format!("ENV {}", kept.join(" ")))
}

fn install(image: &RuntimeImage, packages: &[String]) -> String {
    // What Ubuntu asks about the time zone, nobody would answer.
    let asks = packages.iter().any(|it| it.starts_with("php") || it == "tzdata");
    let packages = packages.join(" ");
    let family = image.distribution.as_ref().map(|it| it.family);
    if asks && family == Some(Family::Ubuntu) {
        return format!(
            "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends {packages} && rm -rf /var/lib/apt/lists/*"
        );
    }
    match family == Some(Family::Alpine) {
        true => format!("RUN apk add --no-cache {packages}"),
        false => format!(
            "RUN apt-get update && apt-get install -y --no-install-recommends {packages} && rm -rf /var/lib/apt/lists/*"
        ),
    }
}

/// One `COPY` for each folder, and one for the files that go to the same folder under their own names.
fn copies(all: &[Copied], name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let split = |path: &str| {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        (format!("{folder}/"), file.to_owned())
    };
    for (at, one) in all.iter().enumerate() {
        if done.contains(&at) {
            continue;
        }
        if one.is_folder || one.owner.is_some() || split(&one.from).1 != split(&one.to).1 {
            let options = match &one.owner {
                Some(owner) => format!("{name} --chown={owner}"),
                None => name.to_owned(),
            };
            lines.push(copy(&options, &[one.from.as_str()], &one.to));
            continue;
        }
        let folder = split(&one.to).0;
        let same = all.iter().enumerate().skip(at).filter(|(_, it)| {
            !it.is_folder && split(&it.to).0 == folder && split(&it.from).1 == split(&it.to).1
        });
        let same: Vec<(usize, &Copied)> = same.collect();
        done.extend(same.iter().map(|(at, _)| *at));
        let sources: Vec<&str> = same.iter().map(|(_, it)| it.from.as_str()).collect();
        match &sources[..] {
            [only] => lines.push(copy(name, &[only], &one.to)),
            all => lines.push(copy(name, all, &folder)),
        }
    }
    lines
}

fn copy(name: &str, sources: &[&str], to: &str) -> String {
    let mut words: Vec<&str> = sources.to_vec();
    words.push(to);
    match words.iter().any(|it| it.contains([' ', '"', '\'', '\\', '$', '['])) {
        true => format!("COPY --from={name} {}", json(&words)),
        false => format!("COPY --from={name} {}", words.join(" ")),
    }
}

fn exec(keyword: Keyword, words: &[String]) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    format!("{} {}", keyword.name(), json(&words))
}

fn json(words: &[&str]) -> String {
    let words: Vec<String> =
        words.iter().map(|it| serde_json::Value::from(*it).to_string()).collect();
    format!("[{}]", words.join(", "))
}

fn quoted(value: &str) -> String {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"_-./:,=@%+".contains(&it);
    match !value.is_empty() && value.bytes().all(is_plain) {
        true => value.to_owned(),
        false => {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
        }
    }
}

fn edits(case: &Case, split: &Split) -> Result<Vec<Edit>, Stop> {
    let file = case.cx.file;
    let Body::From { image, name } = &file.instructions[split.from].body else {
        return Err(case.stop("unreadable", "the stage has no `FROM`".to_owned()));
    };
    let newline = line_end(file.source, image.span.end.saturating_sub(1));
    let mut edits = Vec::new();
    match name {
        None => edits.push(Edit::insert(image.span.end, format!(" AS {}", split.name))),
        Some(own) if own.text != split.name => {
            edits.push(Edit::replace(own.span, split.name.clone()));
        }
        Some(_) => (),
    }
    let mut places: Vec<usize> = split.built.iter().map(|(before, _)| *before).collect();
    places.push(split.tail);
    places.dedup();
    for place in places {
        let mut lines: Vec<&str> =
            split.built.iter().filter(|it| it.0 == place).map(|it| it.1.as_str()).collect();
        let (at, at_end) = insertion(case, place);
        if place == split.tail {
            // A blank line before the stage, and where one was there, also where it was.
            let was_blank = is_blank_above(case, at);
            if !was_blank || !lines.is_empty() {
                lines.push("");
            }
            lines.extend(split.runtime.iter().map(String::as_str));
            lines.extend(was_blank.then_some(""));
        }
        let text = lines.iter().map(|line| ended(line, newline)).collect::<String>();
        let text = match at_end {
            // The file has no line end at its end, and keeps none.
            true => format!("{newline}{}", text.trim_end_matches(['\r', '\n'])),
            false => text,
        };
        edits.push(Edit::insert(at, text));
    }
    for (at, text) in &split.rewritten {
        edits.push(Edit::replace(case.span(*at), text.clone()));
    }
    Ok(edits)
}

/// An instruction, which may have several lines, with the line ends of the file.
fn ended(instruction: &str, newline: &str) -> String {
    let lines = instruction.replace("\r\n", "\n");
    format!("{}{newline}", lines.replace('\n', newline))
}

/// Where lines before an instruction go: above the comments that belong to it. Whether that is the end of a
/// file whose last line has no end.
fn insertion(case: &Case, before: usize) -> (usize, bool) {
    let file = case.cx.file;
    let item = |instruction: usize| {
        let is_it = |kind| kind == ItemKind::Instruction(instruction);
        file.items.iter().position(|item| is_it(item.kind))
    };
    if before < case.stage().instructions.end {
        let found = item(before).unwrap_or_default();
        let above = file.items[..found].iter().rev();
        let comments = above.take_while(|item| item.kind == ItemKind::Comment).count();
        return (file.items[found - comments].span.start, false);
    }
    let end = item(before - 1).map_or(0, |at| file.items[at].span.end);
    (end, !file.source[..end].ends_with('\n'))
}

fn is_blank_above(case: &Case, at: usize) -> bool {
    let items = &case.cx.file.items;
    let above = items.partition_point(|item| item.span.end <= at).checked_sub(1);
    above.is_some_and(|above| items[above].kind == ItemKind::Blank)
}
