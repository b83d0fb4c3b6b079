//! Whether a change only puts the last stage on another base image: all of its instructions are still there,
//! but for `RUN`s whose work the new image has done, and what they need of the old image is in the new one.

use super::bases::Bases;
use super::split::operation;
use super::{Operation, Work, leftovers};
use crate::facts::{Base, Facts, Run, is_within};
use crate::images::runtime::{self, RuntimeImage};
use crate::images::{Entrypoint, identify};
use crate::packages::{self, Kind};
use crate::shell::command::Invocation;
use crate::syntax::{Body, Command, Instruction, Keyword, expand};

/// What is declared of a stage that gets another base image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebase {
    /// Its `FROM`, as numbered before the change, like all that follow.
    pub from: usize,
    /// The new image.
    pub image: String,
    /// Instructions behind its `FROM`: what the old image set and the new one does not.
    pub added: Vec<String>,
    /// `RUN`s that have nothing left to do.
    pub dropped: Vec<usize>,
    /// `CMD` and `ENTRYPOINT` that read otherwise now.
    pub rewritten: Vec<(usize, String)>,
    /// What the stage puts into the image, with all that is below.
    pub contains: Vec<String>,
    /// What the old image had, for people.
    pub left: String,
    pub bases: Bases,
}

/// Packages whose files every run-time image of the table has where it says so.
const CERTIFICATES: &[&str] = &["ca-certificates", "ca-certificates-bundle"];
const ZONES: &str = "tzdata";

impl Rebase {
    /// Where instruction `index` is after it; `None` if it is gone.
    pub(super) fn moved(&self, index: usize) -> Option<usize> {
        if self.dropped.contains(&index) {
            return None;
        }
        let gone = self.dropped.iter().filter(|at| **at < index).count();
        let added = if index > self.from { self.added.len() } else { 0 };
        Some(index + added - gone)
    }

    pub(super) fn describe(&self) -> Vec<String> {
        let mut lines = vec![format!("the image is built on `{}`", self.image)];
        if !self.dropped.is_empty() {
            lines.push("drops a `RUN` whose work the image has done".to_owned());
        }
        lines.push(format!("left behind: {}", self.left));
        lines
    }

    /// Checks what is declared against the facts of the old text alone.
    pub fn check(&self, facts: &Facts) -> Result<(), String> {
        let stage = facts.stage_of(self.from).ok_or("no stage is there")?;
        let range = facts.stages[stage].instructions.clone();
        if range.start != self.from || stage + 1 != facts.stages.len() {
            return Err("it is not the last stage".to_owned());
        }
        if !matches!(facts.stages[stage].base, Base::Image(_)) {
            return Err("it is built on no image".to_owned());
        }
        let image = runtime::find(&self.image)
            .ok_or_else(|| format!("`{}` is not known to be published", self.image))?;
        let is_setting = |text: &String| {
            text.starts_with("ENV ")
                || text.starts_with("WORKDIR /")
                || text.starts_with("ENTRYPOINT [")
        };
        if !self.added.iter().all(is_setting) {
            return Err("what is added is more than the old image has set".to_owned());
        }
        for at in &self.dropped {
            let run = facts.run(*at).filter(|_| range.contains(at));
            if !run.is_some_and(|run| is_done_by(facts, run, &image)) {
                return Err("a `RUN` that is dropped does more than the image has done".to_owned());
            }
        }
        let rewrites = |(at, _): &(usize, String)| {
            let keyword = facts.file.instructions.get(*at).map(|it| it.keyword);
            range.contains(at) && matches!(keyword, Some(Keyword::Cmd | Keyword::Entrypoint))
        };
        if !self.rewritten.iter().all(rewrites) {
            return Err("something other than the program reads otherwise".to_owned());
        }
        self.finds_its_packages(facts, stage, &image)?;
        self.finds_its_way(facts, &image)?;
        self.finds_its_users(facts, &image)?;
        self.finds_a_shell(facts, &image)?;
        self.finds_its_variables(facts, &image)
    }

    fn instructions<'f>(
        &self,
        facts: &'f Facts,
    ) -> impl Iterator<Item = (usize, &'f Instruction<'f>)> {
        let all = facts.file.instructions.iter().enumerate().skip(self.from + 1);
        all.filter(|(at, _)| !self.dropped.contains(at))
    }

    fn sets(&self, start: &str) -> bool {
        self.added.iter().any(|it| it.starts_with(start))
    }

    /// Relative paths mean the same, and nothing else than the file says runs first.
    fn finds_its_way(&self, facts: &Facts, image: &RuntimeImage) -> Result<(), String> {
        let old = facts.workdir_at(self.from + 1).map(|it| it.path);
        let given = format!("WORKDIR {}", old.as_deref().unwrap_or("?"));
        let is_same = old.as_deref() == Some(image.workdir);
        let is_given = self.added.contains(&given);
        if !(is_same && !self.sets("WORKDIR") || is_given || is_led(facts, self.from)) {
            return Err("the working directory is another".to_owned());
        }
        let starts = |keyword: Keyword| self.instructions(facts).any(|it| it.1.keyword == keyword);
        let is_set = self.sets("ENTRYPOINT") || starts(Keyword::Entrypoint);
        match image.entrypoint.is_empty() || is_set || passes(&self.image) {
            true => Ok(()),
            false => Err("the entry point of the new image runs first".to_owned()),
        }
    }

    /// Users that are named are there.
    fn finds_its_users(&self, facts: &Facts, image: &RuntimeImage) -> Result<(), String> {
        let makes = self.instructions(facts).any(|(_, it)| it.keyword == Keyword::Run);
        for (_, instruction) in self.instructions(facts) {
            let named = match &instruction.body {
                Body::User(piece) => Some(piece.text.to_string()),
                _ => instruction.flag("chown").flatten().map(|it| it.text.to_string()),
            };
            let is_there = |part: &str| {
                part.parse::<u32>().is_ok()
                    || part == "root"
                    || part == image.user
                    || makes && image.has_shell
            };
            if let Some(named) = named.filter(|it| !it.split(':').all(is_there)) {
                return Err(format!("the user `{named}` may not be in the new image"));
            }
        }
        Ok(())
    }

    /// `RUN`s that stay find the same release of the same distribution.
    fn finds_its_packages(
        &self,
        facts: &Facts,
        stage: usize,
        image: &RuntimeImage,
    ) -> Result<(), String> {
        let stays = self.instructions(facts).any(|(_, it)| it.keyword == Keyword::Run);
        let old = facts.stages[stage].image.as_ref().and_then(|it| it.distribution.as_ref());
        let new = image.distribution.as_ref();
        let is_same = old
            .zip(new)
            .is_some_and(|(old, new)| old.family == new.family && old.release == new.release);
        match is_same || !stays {
            true => Ok(()),
            false => Err("a `RUN` would find another distribution".to_owned()),
        }
    }

    /// What a shell runs finds one.
    fn finds_a_shell(&self, facts: &Facts, image: &RuntimeImage) -> Result<(), String> {
        if image.has_shell {
            return Ok(());
        }
        for (at, instruction) in self.instructions(facts) {
            let is_rewritten = self.rewritten.iter().any(|(it, _)| *it == at);
            let by_shell = match &instruction.body {
                Body::Run(_) => true,
                Body::Cmd(command) | Body::Entrypoint(command) => {
                    matches!(command, Command::Shell) && !is_rewritten
                }
                Body::Healthcheck(Some(command)) => matches!(command, Command::Shell),
                _ => false,
            };
            if by_shell {
                let text = instruction.span.of(facts.file.source);
                let line = text.lines().next().unwrap_or_default();
                return Err(format!("`{line}` needs a shell, and the new image has none"));
            }
        }
        Ok(())
    }

    /// Variables that the old image set and the file uses are set.
    fn finds_its_variables(&self, facts: &Facts, image: &RuntimeImage) -> Result<(), String> {
        let declared = facts.file.instructions[self.from..].iter();
        let declared: Vec<&str> = declared
            .filter_map(|it| match &it.body {
                Body::Env { pairs, .. } | Body::Arg(pairs) => Some(pairs),
                _ => None,
            })
            .flatten()
            .map(|pair| &*pair.name.text)
            .collect();
        for (_, instruction) in self.instructions(facts) {
            let expands = instruction.keyword.expands();
            let names = expand::variables(&instruction.arguments.text, facts.file.escape);
            for used in names.unwrap_or_default().into_iter().filter(|_| expands) {
                let is_set = used.name == "PATH"
                    || declared.contains(&&*used.name)
                    || self.sets(&format!("ENV {}=", used.name))
                    || image.environment.iter().any(|it| it.0 == used.name);
                if !is_set && !is_unset(facts, self.from, &used.name) {
                    return Err(format!("`${}` may be of the old image", used.name));
                }
            }
        }
        Ok(())
    }

    /// Applies it to the operations of the old text.
    pub(super) fn give<'a>(
        &self,
        facts: &Facts,
        slots: &mut [Option<Operation<'a>>],
    ) -> Result<(), String> {
        self.check(facts)?;
        let Body::From { image, .. } = &facts.file.instructions[self.from].body else {
            return Err("no stage begins there".to_owned());
        };
        let from = slots.get_mut(self.from).and_then(Option::as_mut).ok_or("the stage is gone")?;
        let text = &facts.file.instructions[self.from].arguments.text;
        let rest = text.strip_prefix(&*image.text).ok_or("the stage has no image")?;
        let text = format!("{}{rest}", self.image);
        from.work = Work::Arguments { text: text.into(), json: false, heredocs: Vec::new() };
        for at in &self.dropped {
            slots.get_mut(*at).and_then(Option::take).ok_or("a `RUN` is gone already")?;
        }
        for (at, text) in &self.rewritten {
            *slots.get_mut(*at).ok_or("the program is gone")? = Some(operation(text)?);
        }
        Ok(())
    }

    /// The operations that come before instruction `index`.
    pub(super) fn operations<'a>(&self, index: usize) -> Result<Vec<Operation<'a>>, String> {
        let added = (index == self.from + 1).then_some(&self.added).into_iter().flatten();
        added.map(|text| operation(text)).collect()
    }
}

/// Whether the entry point of an image does nothing but run the command.
fn passes(reference: &str) -> bool {
    let name_end = reference.rfind('/').unwrap_or(0);
    let (repository, tag) = match reference[name_end..].split_once(':') {
        Some((name, tag)) => (&reference[..name_end + name.len()], Some(tag)),
        None => (reference, None),
    };
    let image = identify(repository, tag, None);
    matches!(image.and_then(|it| it.entrypoint), Some(Entrypoint::None | Entrypoint::Passes))
}

/// Whether an absolute `WORKDIR` comes before everything that asks for one.
pub fn is_led(facts: &Facts, from: usize) -> bool {
    use Keyword::{Add, Cmd, Copy, Entrypoint, Healthcheck, Run, Workdir};
    let behind = facts.file.instructions[from + 1..].iter();
    let mut asks = behind.filter(|it| {
        matches!(it.keyword, Add | Cmd | Copy | Entrypoint | Healthcheck | Run | Workdir)
    });
    asks.next().is_some_and(|it| match &it.body {
        Body::Workdir(path) => path.text.starts_with('/'),
        _ => false,
    })
}

fn is_unset(facts: &Facts, from: usize, name: &str) -> bool {
    matches!(facts.variable(from + 1, name), expand::Value::Unset)
}

/// Whether all that a `RUN` does is in an image already, or made by what comes behind it.
pub fn is_done_by(facts: &Facts, run: &Run, image: &RuntimeImage) -> bool {
    let Some(script) = &run.script else { return false };
    let script = &script.parsed;
    let commands = script.simple_commands();
    let plain = run.mounts.is_empty() && !commands.is_empty();
    plain
        && commands.iter().all(|(command, simple, _)| {
            let call = script.invocation(simple).filter(|_| command.redirects.is_empty());
            leftovers::only_removes_caches(script, command)
                || call.is_some_and(|call| is_done(facts, run, &call, image))
        })
}

fn is_done(facts: &Facts, run: &Run, call: &Invocation, image: &RuntimeImage) -> bool {
    let words: Vec<Option<&str>> = call.literals().collect();
    let brings = |at: usize| {
        let own = "/usr/local/share/ca-certificates";
        let near = |to: &str| is_within(to, own) || to != "/" && is_within(own, to);
        facts.destination(at).is_none_or(|it| near(&it.place.path))
    };
    let has_own = || facts.copies(run.stage).any(brings);
    if let Some(action) = packages::read(call.program, &words) {
        let is_there = |name: Option<&str>| match name {
            Some(ZONES) => image.zones,
            Some(name) => CERTIFICATES.contains(&name) && image.certificates && !has_own(),
            None => false,
        };
        return match action.kind {
            Kind::Install => {
                action.manager.is_of_distribution()
                    && action.packages.iter().all(|it| is_there(it.name))
            }
            kind => action.manager.is_of_distribution() && is_idle(kind),
        };
    }
    match call.program {
        "update-ca-certificates" => image.certificates && !has_own(),
        "mkdir" => words.iter().all(|word| match word {
            Some(word) if word.starts_with('-') => matches!(*word, "-p" | "-pv" | "-vp" | "-v"),
            Some(word) => crate::facts::resolve(run.workdir(), word)
                .is_some_and(|path| is_made_later(facts, run, &path)),
            None => false,
        }),
        ":" | "true" | "set" | "echo" => call.inner_script().is_none(),
        _ => false,
    }
}

/// What package managers do besides installing, and leaves nothing of use.
fn is_idle(kind: Kind) -> bool {
    matches!(kind, Kind::Clean | Kind::Query | Kind::Update | Kind::Upgrade)
}

/// Whether a `WORKDIR` or a `COPY` of the stage makes a folder, too.
fn is_made_later(facts: &Facts, run: &Run, path: &str) -> bool {
    let range = facts.stages[run.stage].instructions.clone();
    range.into_iter().any(|at| match &facts.file.instructions[at].body {
        Body::Workdir(to) => facts.place(at, &to.text).is_some_and(|it| is_within(&it.path, path)),
        Body::Copy { .. } => facts.destination(at).is_some_and(|it| {
            is_within(&it.place.path, path) && (it.folder || it.place.path != path)
        }),
        _ => false,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Difference, testing};
    use super::Rebase;

    const IMAGE: &str = "gcr.io/distroless/static-debian13:nonroot";

    const BEFORE: &str = "FROM golang:1.24 AS build\nRUN CGO_ENABLED=0 go build -o /app .\nFROM debian:trixie\n\
                          WORKDIR /srv\nRUN mkdir -p /srv/x\nCOPY --from=build /app /srv/x/app\nCMD x/app\n";

    fn rebase() -> Rebase {
        Rebase {
            from: 2,
            image: IMAGE.to_owned(),
            added: Vec::new(),
            dropped: vec![4],
            rewritten: vec![(6, "CMD [\"x/app\"]".to_owned())],
            contains: vec!["/srv/x/app".to_owned()],
            left: String::new(),
            bases: Default::default(),
        }
    }

    fn after() -> String {
        let text = BEFORE.replace("debian:trixie", IMAGE).replace("RUN mkdir -p /srv/x\n", "");
        text.replace("CMD x/app", "CMD [\"x/app\"]")
    }

    fn checked(rebase: Rebase, before: &str, after: &str) -> Result<(), String> {
        testing::checked(Difference::Rebase(rebase), before, after)
    }

    #[track_caller]
    fn refused(rebase: Rebase, before: &str, after: &str, words: &str) {
        let error = checked(rebase, before, after).unwrap_err();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn what_is_declared_is_what_is_there() {
        assert_eq!(checked(rebase(), BEFORE, &after()), Ok(()));
        let other = after().replace("/srv/x/app", "/srv/y/app");
        assert!(checked(rebase(), BEFORE, &other).is_err());
        let first = Rebase { from: 0, dropped: Vec::new(), rewritten: Vec::new(), ..rebase() };
        refused(first, BEFORE, &after(), "it is not the last stage");
        let unknown = Rebase { image: "gcr.io/distroless/none".to_owned(), ..rebase() };
        refused(unknown, BEFORE, &after(), "is not known to be published");
    }

    #[test]
    fn what_needs_the_old_image_is_refused() {
        let shell = Rebase { rewritten: Vec::new(), ..rebase() };
        refused(shell, BEFORE, &after(), "needs a shell");
        let kept = Rebase { dropped: Vec::new(), ..rebase() };
        refused(kept, BEFORE, &after(), "would find another distribution");
        let works = BEFORE.replace("mkdir -p /srv/x", "apt-get install -y curl");
        refused(rebase(), &works, &after(), "does more than the image has done");
        let user = BEFORE.replace("CMD", "USER www-data\nCMD");
        let rewritten = vec![(7, "CMD [\"x/app\"]".to_owned())];
        refused(Rebase { rewritten, ..rebase() }, &user, &after(), "may not be in the new image");
        let added = vec!["COPY --from=build /bin/sh /bin/sh".to_owned()];
        refused(Rebase { added, ..rebase() }, BEFORE, &after(), "more than the old image has set");
    }
}
