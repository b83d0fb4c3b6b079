//! The instructions of a run-time stage that do not stand in the file as they are.

use super::super::Stop;
use super::super::base::{self, Choice};
use super::super::case::Case;
use super::super::plan::{Copied, Plan, Start};
use super::super::program::Program;
use super::text::{copies, exec, health, install, quoted, text_of, variables};
use crate::effect::split::{build_folders, is_build_variable};
use crate::facts::is_within;
use crate::images::runtime::RuntimeKind;
use crate::syntax::{Body, Instruction, Keyword, Pair, expand};
use std::collections::BTreeSet;

/// What the instructions of a run-time stage depend on.
pub(super) struct Header<'h, 'c, 'a> {
    pub(super) case: &'h Case<'c, 'a>,
    pub(super) plan: &'h Plan,
    pub(super) program: &'h Program,
    pub(super) choice: &'h Choice,
    pub(super) name: &'h str,
    pub(super) tail: usize,
    pub(super) start: Option<&'h Start>,
}

impl Header<'_, '_, '_> {
    /// The instructions of the run-time stage before the tail, and the variables that it leaves out.
    pub(super) fn instructions(&self) -> Result<(Vec<String>, Vec<String>), Stop> {
        let mut all = vec![self.from()];
        let (kept, dropped) = self.kept();
        let needed = |keyword| kept.iter().filter(move |it| it.keyword == keyword);
        all.extend(self.arguments(&kept)?);
        let dropped = self.unused(&kept, dropped);
        all.extend(self.inherited(&kept, &dropped)?);
        all.extend(needed(Keyword::Label).map(|it| text_of(it)));
        all.extend(needed(Keyword::Env).filter_map(|it| variables(it, &dropped)));
        all.extend(self.environment());
        all.extend(copies(&self.plan.before, self.name));
        if !self.choice.packages.is_empty() {
            all.push(install(&self.choice.image, &self.choice.packages));
        }
        let workdir = self.case.cx.facts.workdir_at(self.tail).map(|it| it.path);
        let is_there = |it: &str| it == "/" && self.choice.image.workdir == "/";
        let workdir = workdir.filter(|it| !is_there(it) && !self.goes_elsewhere());
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
            all.extend(needed(keyword).map(|it| self.checked(it)));
        }
        all.extend(self.start());
        Ok((all, dropped))
    }

    /// Whether the tail names a whole other directory before anything in it goes by the one in force.
    fn goes_elsewhere(&self) -> bool {
        let behind = &self.case.cx.file.instructions[self.tail..self.case.stage().instructions.end];
        let mut before = behind.iter().take_while(|it| is_configuration(it));
        before.any(|it| it.keyword == Keyword::Workdir && it.arguments.text.trim().starts_with('/'))
    }

    /// An instruction about the image, a health check with the command that it has there.
    fn checked(&self, instruction: &Instruction) -> String {
        match self.plan.health.as_ref().filter(|_| !self.choice.image.has_shell) {
            Some((at, words)) if self.case.cx.file.instructions[*at].span == instruction.span => {
                health(instruction, words)
            }
            _ => text_of(instruction),
        }
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
        let pairs = || {
            let pairs = all.iter().filter_map(|it| match &it.body {
                Body::Env { pairs, .. } => Some(pairs),
                _ => None,
            });
            pairs.flatten()
        };
        let is_path = |it: &&Pair| it.name.text == "PATH";
        let finds_nothing = pairs().filter(is_path).all(|it| self.finds_nothing(it));
        let names = pairs().map(|it| it.name.text.to_string());
        let dropped: BTreeSet<String> =
            names.filter(|it| is_build_variable(it) || it == "PATH" && finds_nothing).collect();
        (all, dropped.into_iter().collect())
    }

    /// Whether a `PATH` adds only folders with tools of the build, where the image has nothing.
    fn finds_nothing(&self, pair: &Pair) -> bool {
        let value = pair.value.as_ref().map_or("", |it| &*it.text);
        let folders = build_folders(self.case.cx.facts, self.case.stage, value);
        let has = |folder: &String| {
            let is_at = |it: &Copied| is_within(&it.to, folder) || is_within(folder, &it.to);
            self.plan.copies.iter().chain(&self.plan.before).any(is_at)
        };
        folders.is_some_and(|all| !all.iter().any(has))
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
            let text = said(instruction, &dropped);
            let names = expand::variables(&text, file.escape).unwrap_or_default();
            used.extend(names.into_iter().map(|it| it.name.to_string()));
        }
        dropped.into_iter().filter(|name| !used.contains(name)).collect()
    }

    /// Variables of the old base image that are named in what is kept.
    fn inherited(&self, kept: &[&Instruction], dropped: &[String]) -> Result<Vec<String>, Stop> {
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
            let text = said(instruction, dropped);
            for used in expand::variables(&text, file.escape).unwrap_or_default() {
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
        let is_there = user == "root" || user == self.choice.image.user;
        let is_name = !is_there && user.parse::<u32>().is_err();
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
        let behind = &instructions[self.tail..self.case.stage().instructions.end];
        let next = behind.iter().find(|it| it.keyword == Keyword::User);
        // The image has the user that is given next.
        if next.is_some_and(|it| it.arguments.text.trim() == self.choice.image.user) {
            return None;
        }
        let range = self.case.stage().instructions.start..self.tail;
        let last = instructions[range].iter().rfind(|it| it.keyword == Keyword::User);
        last.map(|it| text_of(it)).or_else(|| self.user_of_image())
    }

    /// The user of the old base image, where the new one has root and the file names none.
    fn user_of_image(&self) -> Option<String> {
        let user = self.case.image()?.user.filter(|it| !matches!(*it, "root" | "0"))?;
        let names_none = self.case.stage().all(self.case.cx.file, Keyword::User).is_empty();
        let is_root = matches!(self.choice.image.user, "root" | "0");
        (names_none && is_root).then(|| format!("USER {user}"))
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

/// Whether an instruction says something about the image in which variables count.
fn is_configuration(instruction: &Instruction) -> bool {
    use Keyword::{Env, Expose, Label, Stopsignal, User, Volume, Workdir};
    matches!(instruction.keyword, Env | Expose | Label | Stopsignal | User | Volume | Workdir)
}

/// What an instruction says, without the variables that are left out.
fn said(instruction: &Instruction, dropped: &[String]) -> String {
    let Body::Env { pairs, .. } = &instruction.body else {
        return instruction.arguments.text.to_string();
    };
    let kept = pairs.iter().filter(|it| !dropped.iter().any(|name| *name == it.name.text));
    let values: Vec<&str> = kept.filter_map(|it| it.value.as_ref()).map(|it| &*it.text).collect();
    values.join(" ")
}
