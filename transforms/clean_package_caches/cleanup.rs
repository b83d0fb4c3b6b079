//! What cleans a cache that a `RUN` fills, and whether it can be put there.

use super::calls::Call;
use super::configured;
use super::end::end_is_open;
use super::mentions;
use super::needs::{Obstacle, needed_after, short};
use super::program::removes_programs;
use super::releases::{knows_flag, pins_old_release};
use super::scripts::Scripts;
use super::yarn;
use crate::facts::{Facts, MountKind, Run, RunScript, is_within};
use crate::images::Image;
use crate::packages::{Action, Cache, Cleanup, Flag, Kind, Need, PackageManager, Place};
use crate::rewrite::remove_operand;
use crate::syntax::expand::Value;
use crate::text::Span;

/// A cache that a `RUN` fills, and the commands that fill it.
pub(super) struct Filled<'a> {
    pub(super) manager: &'static PackageManager,
    pub(super) cache: &'static Cache,
    /// By index in the calls of the script, in order; never empty.
    pub(super) by: Vec<usize>,
    pub(super) run: &'a Run<'a>,
    pub(super) script: &'a RunScript<'a>,
    pub(super) calls: &'a [Call<'a>],
    /// Of the whole file.
    pub(super) scripts: &'a Scripts<'a>,
}

/// How one cache is cleaned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// These paths are removed at the end, with this prefix (`sudo `).
    Remove { prefix: String, paths: Vec<String> },
    /// This command runs at the end.
    Command(String),
    /// This flag goes after the verb of the commands that fill it.
    Flag(&'static str),
}

/// What stops a cleanup is the whole instruction, or a part of it.
pub(super) type Stop = (&'static str, Option<Span>, String);

impl<'a> Filled<'a> {
    pub(super) fn variable(&self, facts: &'a Facts<'a>, name: &str) -> Value<'a> {
        facts.variable_of(self.run, name)
    }

    /// Every spelling of the directories of the cache.
    pub(super) fn places(&self, facts: &'a Facts<'a>) -> Vec<String> {
        let home = match self.variable(facts, "HOME") {
            Value::Set(home) => Some(home.into_owned()),
            _ => None,
        };
        let spelled = |place: &Place| place.spelled(|name| self.variable(facts, name));
        let whole =
            |place: &Place| place.directory(home.as_deref(), |name| self.variable(facts, name));
        let mut places: Vec<String> =
            self.cache.places.iter().flat_map(|it| [spelled(it), whole(it)]).flatten().collect();
        places.dedup();
        places
    }

    /// Whether there is nothing to do: the author cleans, a variable turns the cache off, or what is
    /// written there is in no layer.
    pub(super) fn is_clean(&self, facts: &'a Facts<'a>) -> bool {
        let script = &self.script.parsed;
        let places = self.places(facts);
        let last = self.by.last().copied().unwrap_or_default();
        let mut later = self.calls.iter().skip(last + 1);
        later.any(|call| call.cleans(script, self.cache, &places))
            || self.cache.is_off(|name| self.variable(facts, name)) == Some(true)
            || self.calls.iter().any(|call| self.turns_off(call))
            || self.is_outside_of_layers(facts, &places)
            || self.is_unknown_to_old_go(facts)
    }

    /// Go before 1.10 has no build cache.
    fn is_unknown_to_old_go(&self, facts: &Facts) -> bool {
        let image = facts.stages[self.run.stage].image.as_deref();
        let runtime =
            image.and_then(|image| image.runtime.as_ref()).filter(|it| it.language == "go");
        let version = runtime.and_then(|it| it.version.as_deref()?.strip_prefix("1."));
        let minor = version.and_then(|it| it.split('.').next()?.parse::<u32>().ok());
        self.cache.what == "build cache" && minor.is_some_and(|minor| minor < 10)
    }

    /// `PIP_NO_CACHE_DIR=1 pip install …`, `export PIP_NO_CACHE_DIR=1`.
    fn turns_off(&self, call: &Call) -> bool {
        let names = call.simple.assignments.iter().map(|it| &*it.name);
        let exported =
            call.simple.words.iter().filter_map(|word| word.literal.as_deref()?.split_once('='));
        let mut names = names.chain(exported.map(|(name, _)| name));
        names.any(|name| self.cache.variables_off.contains(&name))
    }

    fn is_outside_of_layers(&self, facts: &Facts, places: &[String]) -> bool {
        let covers = |target: &str| {
            let target = target.trim_end_matches('/');
            places.iter().any(|place| {
                // Whose home it is may not be known: then any that ends like it counts.
                let home = place.strip_prefix("~/").is_some_and(|below| target.ends_with(below));
                home || is_within(place, target) || is_within(target, place)
            })
        };
        let volumes =
            facts.stages[self.run.stage].image.as_deref().map_or(&[][..], |image| image.volumes);
        let mut mounts = self.run.mounts.iter();
        volumes.iter().any(|volume| covers(volume))
            || mounts.any(|mount| match (&mount.kind, &mount.target) {
                (MountKind::Secret | MountKind::Ssh, _) => false,
                (MountKind::Bind, _) if !mount.writable => false,
                (_, Some(target)) if target.contains('$') => true,
                // `/etc/apk/cache` leads to it.
                (_, Some(target)) if self.manager.name == "apk" && target.contains("/apk") => true,
                (_, Some(target)) => covers(target),
                (_, None) => false,
            })
    }

    /// How it is cleaned, or what stops it.
    pub(super) fn way(&self, facts: &'a Facts<'a>) -> Result<Way, Stop> {
        let image = facts.stages[self.run.stage].image.as_deref();
        self.belongs_to(image)?;
        self.stays_in_layer()?;
        if self.is_linked_to(facts) {
            let reason = "packages are links into it".to_owned();
            return Err(("kept", None, reason));
        }
        let way = match self.cache.cleanup {
            Cleanup::Keep(reason) => return Err(("kept", None, reason.to_owned())),
            Cleanup::Flag(flag)
                if knows_flag(self.manager, image)
                    && !pins_old_release(self.scripts, self.run, self.manager)
                    && !self.calls.iter().any(is_elsewhere)
                    && self.updates_can_go(facts) =>
            {
                Way::Flag(flag)
            }
            Cleanup::Flag(_) if self.manager.name == "apk" => self.remove(facts, &["*"])?,
            Cleanup::Flag(_) => self.remove(facts, &[""])?,
            Cleanup::Remove(below) => self.remove(facts, below)?,
            Cleanup::Own(_) if self.manager.name == "yarn" && !yarn::is_one(facts, self) => {
                let reason = "`yarn` may be a version that caches in the project".to_owned();
                return Err(("yarn-version", None, reason));
            }
            Cleanup::Own(words) => Way::Command(self.own(words)?),
            Cleanup::Command(command) => self.command(command)?,
        };
        if !matches!(way, Way::Flag(_)) {
            self.can_append(facts, &way)?;
        }
        if matches!(way, Way::Remove { .. }) {
            configured::elsewhere(self)?;
            self.is_at_rest()?;
        }
        let places = self.places(facts);
        let by_flag = matches!(way, Way::Flag(_));
        if by_flag {
            self.is_used_within(&places)?;
        }
        let only_named =
            by_flag && self.cache.places.iter().any(|it| it.variables().next().is_some());
        if let Some(Obstacle { code, at, reason }) =
            needed_after(self.scripts, self.run, self.cache, &places, only_named)
        {
            return Err((code, Some(at), reason));
        }
        let own = |call: &&Call| !is_update(call);
        let what = match self.calls.iter().any(|call| own(&call)) {
            false => "`RUN`",
            true if makes_accounts(self.calls.iter().filter(own)) => "update",
            true => return Ok(way),
        };
        let reason = format!("nothing reads the {}: the {what} can go", self.cache.what);
        Err(("only-updates", None, reason))
    }

    /// With the flag nothing is there for what comes after in the same script.
    fn is_used_within(&self, places: &[String]) -> Result<(), Stop> {
        let first = self.by.first().copied().unwrap_or_default();
        let script = &self.script.parsed;
        let is_about = |it: &Action| it.manager == self.manager && it.is_offline();
        if let Some(call) = self.calls.iter().find(|it| it.action.as_ref().is_some_and(is_about)) {
            let text = short(call.span().of(&script.text));
            let reason = format!("`{text}` has nothing but the {}", self.cache.what);
            return Err(("used-later", Some(self.script.source_span(call.span())), reason));
        }
        let mut later = self.calls.iter().skip(first + 1);
        let paths = mentions::Paths::new(self.cache, places);
        let Some(call) = later.find(|it| mentions::uses(it, script, &paths)) else {
            return Ok(());
        };
        let text = short(call.span().of(&script.text));
        let reason = format!("`{text}` names where the {} are", self.cache.what);
        Err(("used-later", Some(self.script.source_span(call.span())), reason))
    }

    /// Whether a program after the first that fetches the index may read it.
    fn may_be_read_within(&self) -> bool {
        let first = self.by.first().copied().unwrap_or_default();
        self.calls.iter().skip(first + 1).any(|call| match &call.action {
            Some(action) => {
                matches!(action.kind, Kind::Run | Kind::Unknown)
                    && !call.leaves_lists_alone(&self.script.parsed)
            }
            None => !call.leaves_lists_alone(&self.script.parsed),
        })
    }

    /// Beside the flag, nothing else may want the index that an update of its own fetches.
    fn updates_can_go(&self, facts: &Facts) -> bool {
        let mut updates =
            self.by.iter().map(|index| &self.calls[*index]).filter(|call| is_update(call));
        let Some(first) = self.by.first().filter(|index| is_update(&self.calls[**index])) else {
            let own = |index: &usize| {
                let action = self.calls[*index].action.as_ref();
                action.is_some_and(|it| !it.has_flag(self.cache.flags_update))
            };
            let read = self.cache.need == Need::Index && self.may_be_read_within();
            return !updates.any(|_| true) && (!read || self.by.iter().all(own));
        };
        if self.cache.need == Need::Index && self.may_be_read_within() {
            return false;
        }
        let instruction = &facts.file.instructions[self.run.instruction];
        let removable = |call: &Call| {
            // `apk update name` and `apk update --allow-untrusted` do more than `apk add` does.
            const QUIET: &[&str] = &["-q", "--quiet", "-v", "--verbose", "--no-progress", "-U"];
            let plain = |it: &Flag| QUIET.contains(&it.name);
            call.action
                .as_ref()
                .is_some_and(|action| action.packages.is_empty() && action.flags.iter().all(plain))
                && remove_operand(self.script, call.command).is_some_and(|edit| {
                    !instruction.comments.iter().any(|comment| comment.overlaps(edit.span))
                })
        };
        let mut rest = self
            .calls
            .iter()
            .skip(first + 1)
            .filter_map(|call| Some((call, call.action.as_ref()?)));
        let mut of_manager = rest.by_ref().filter(|(_, action)| action.manager == self.manager);
        let kinds = [Kind::Install, Kind::Upgrade, Kind::Update, Kind::Remove, Kind::Configure];
        let fits =
            of_manager.all(|(call, action)| call.number.is_some() && kinds.contains(&action.kind));
        let installs = self.calls.iter().skip(first + 1).filter_map(|call| call.action.as_ref());
        let mut installs = installs.filter(|it| it.manager == self.manager);
        let unread = |call: &Call| call.invocation.is_none() && !call.simple.words.is_empty();
        fits && !self.calls.iter().any(unread)
            && installs.any(|it| matches!(it.kind, Kind::Install | Kind::Upgrade))
            && updates.all(removable)
    }

    fn belongs_to(&self, image: Option<&Image>) -> Result<(), Stop> {
        let own = image.and_then(Image::package_managers);
        match own {
            Some(own) if self.manager.is_of_distribution() && !own.contains(&self.manager.name) => {
                let reason =
                    format!("`{}` is not the package manager of the base image", self.manager);
                Err(("other-distribution", None, reason))
            }
            _ => Ok(()),
        }
    }

    /// `sudo ` where all commands that fill the cache run with it.
    fn prefix(&self) -> Result<String, Stop> {
        let text = &self.script.parsed.text;
        let mut found: Option<String> = None;
        for call in self.by.iter().map(|index| &self.calls[*index]) {
            let Some(invocation) = &call.invocation else { continue };
            let prefix = match invocation.privilege() {
                None => String::new(),
                Some(wrapper) => {
                    let words: Vec<&str> =
                        wrapper.words.iter().map(|it| it.span.of(text)).collect();
                    let plain = ["sudo", "-E", "-H", "-n"];
                    if !words.iter().all(|word| plain.contains(word)) {
                        let reason = "another user fills it, and may not be the one who can clean"
                            .to_owned();
                        return Err(("privilege", None, reason));
                    }
                    format!("{} ", words.join(" "))
                }
            };
            match &found {
                // For root it makes no difference.
                Some(other) if *other != prefix && self.is_root() => return Ok(String::new()),
                Some(other) if *other != prefix => {
                    return Err(("privilege", None, "several users fill it".to_owned()));
                }
                _ => found = Some(prefix),
            }
        }
        Ok(found.unwrap_or_default())
    }

    fn is_root(&self) -> bool {
        matches!(self.run.user(), Some("root" | "0"))
    }

    fn remove(&self, facts: &'a Facts<'a>, below: &[&str]) -> Result<Way, Stop> {
        let prefix = self.prefix()?;
        let mut paths = Vec::new();
        for place in self.cache.places {
            let Some(spelled) = place.spelled(|name| self.variable(facts, name)) else {
                let reason = format!("it is not known where the {} are", self.cache.what);
                return Err(("unknown-place", None, reason));
            };
            let same_home = self.is_root() && !facts.sets(self.run, "HOME");
            if spelled.starts_with('~') && !prefix.is_empty() && !same_home {
                let reason = "`sudo` may fill the cache of another user".to_owned();
                return Err(("privilege", None, reason));
            }
            paths.extend(below.iter().map(|it| match it.is_empty() {
                true => spelled.clone(),
                false => format!("{spelled}/{it}"),
            }));
        }
        Ok(Way::Remove { prefix, paths })
    }

    /// The program as the commands that fill the cache call it.
    fn own(&self, words: &str) -> Result<String, Stop> {
        let prefix = self.prefix()?;
        let last = self.by.last().and_then(|index| self.calls[*index].invocation.as_ref());
        let given = last.map_or(self.manager.name, |it| it.given);
        Ok(format!("{prefix}{given} {words}"))
    }

    fn command(&self, command: &str) -> Result<Way, Stop> {
        match self.prefix()?.is_empty() {
            true => Ok(Way::Command(command.to_owned())),
            false => {
                Err(("privilege", None, "`sudo` may fill the cache of another user".to_owned()))
            }
        }
    }

    /// Whether a command at the end of the script runs where it has to, and changes nothing else.
    fn can_append(&self, facts: &'a Facts<'a>, way: &Way) -> Result<(), Stop> {
        let script = &self.script.parsed;
        let image = facts.stages[self.run.stage].image.as_deref();
        let errexit =
            facts.circumstances(self.run).errexit() || self.calls.iter().any(sets_errexit);
        end_is_open(script, errexit)?;
        let first = self.by.first().copied().unwrap_or_default();
        let last = self.by.last().copied().unwrap_or_default();
        for (index, call) in self.calls.iter().enumerate() {
            let at = || Some(self.script.source_span(call.span()));
            let text = || short(call.span().of(&script.text));
            if call.context.background {
                return Err((
                    "background-job",
                    at(),
                    format!("`{}` runs in the background", text()),
                ));
            }
            let ends = matches!(call.program(), Some("exit" | "return"))
                || call
                    .invocation
                    .as_ref()
                    .is_some_and(|it| it.wrappers.iter().any(|it| it.program == "exec"));
            if ends && index > first && !call.is_conditional() && !call.context.subshell {
                return Err((
                    "ends-early",
                    at(),
                    format!("`{}` ends the script before it", text()),
                ));
            }
            let first_word = call.simple.words.first().and_then(|word| word.literal.as_deref());
            if first_word == Some("exec") && call.simple.words.len() == 1 {
                let reason = format!("`{}` redirects what a cleanup would print", text());
                return Err(("redirected", at(), reason));
            }
            if self.sets_place(call) {
                let reason = format!("`{}` may set where the {} are", text(), self.cache.what);
                return Err(("own-environment", at(), reason));
            }
            let mut words = call.simple.words.iter().filter_map(|word| word.literal.as_deref());
            if call.program() == Some("trap") && words.any(|word| word == "ERR") {
                let reason = format!("`{}` does not see a failure before `&&`", text());
                return Err(("errexit", at(), reason));
            }
            let mut words = call.simple.words.iter().filter_map(|word| word.literal.as_deref());
            let matching = call.program() == Some("shopt") && words.any(|it| it.contains("glob"));
            if matching || sets_option(call, 'f', "noglob") {
                return Err((
                    "noglob",
                    at(),
                    format!("`{}` changes what patterns stand for", text()),
                ));
            }
            if index > last
                && matches!(way, Way::Command(_))
                && removes_programs(call, self.manager, image)
            {
                let reason = format!("`{}` may remove what cleans the {}", text(), self.cache.what);
                return Err(("program-may-be-gone", at(), reason));
            }
        }
        if matches!(way, Way::Command(_)) {
            self.finds_the_same()?;
            self.is_certain(facts)?;
            self.has_directory()?;
        }
        self.program_stays(way)
    }

    pub(super) fn sets_place(&self, call: &Call) -> bool {
        let matters = |name: &str| {
            let variables = self.cache.places.iter().flat_map(|place| place.variables());
            variables.into_iter().any(|it| it == name)
        };
        let words =
            call.simple.words.iter().filter_map(|word| word.literal.as_deref()?.split_once('='));
        let assigned = call.simple.assignments.iter().map(|it| &*it.name);
        assigned.chain(words.map(|(name, _)| name)).any(matters)
    }
}

pub(super) fn is_update(call: &Call) -> bool {
    call.action.as_ref().is_some_and(|action| action.kind == Kind::Update)
}

/// It may need what the flag would no longer leave, or leave something in another place.
/// They make users and what is theirs, which needs nothing of a package manager.
fn makes_accounts<'c>(calls: impl Iterator<Item = &'c Call<'c>> + Clone) -> bool {
    const USERS: &[&str] = &["addgroup", "adduser", "chown", "groupadd", "useradd", "usermod"];
    let is = |call: &Call, names: &[&str]| call.program().is_some_and(|it| names.contains(&it));
    calls.clone().any(|call| is(call, USERS))
        && calls.clone().all(|call| is(call, USERS) || is(call, &["mkdir"]))
}

fn is_elsewhere(call: &Call) -> bool {
    call.action.as_ref().is_some_and(|action| action.is_elsewhere())
}

fn sets_errexit(call: &Call) -> bool {
    sets_option(call, 'e', "errexit") || matches!(call.program(), Some("." | "source" | "eval"))
}

pub(super) fn sets_option(call: &Call, letter: char, name: &str) -> bool {
    let mut words = call.simple.words.iter().map(|word| word.literal.as_deref());
    if words.next() != Some(Some("set")) {
        return false;
    }
    words.any(|word| {
        word.is_none_or(|word| {
            word == name
                || (word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
        })
    })
}
