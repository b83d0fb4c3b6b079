//! How two configurations differ, field by field and key by key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::verify::archive::{Configuration, Healthcheck};

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub field: Field,
    /// Of a variable its name, of a label its key; `None` where the field is one value.
    pub key: Option<String>,
    /// `None` where it is not there.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The fields that are compared, as `docker inspect` calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Env,
    /// The same variables in another order.
    EnvOrder,
    Entrypoint,
    Cmd,
    User,
    WorkingDir,
    ExposedPorts,
    Volumes,
    Labels,
    StopSignal,
    Healthcheck,
    Shell,
    OnBuild,
    Architecture,
    Os,
}

/// What differs; empty where both are the same. Layers and history do not count.
pub fn compare(before: &Configuration, after: &Configuration) -> Vec<Difference> {
    let mut found = Vec::new();
    variables(before, after, &mut found);
    lists(Field::Entrypoint, &before.entrypoint, &after.entrypoint, &mut found);
    lists(Field::Cmd, &before.cmd, &after.cmd, &mut found);
    texts(Field::User, &before.user, &after.user, &mut found);
    texts(Field::WorkingDir, folder(&before.working_dir), folder(&after.working_dir), &mut found);
    sets(Field::ExposedPorts, &before.exposed_ports, &after.exposed_ports, &mut found);
    sets(Field::Volumes, &before.volumes, &after.volumes, &mut found);
    let labels = |labels: &BTreeMap<String, String>| {
        labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    keys(Field::Labels, &labels(&before.labels), &labels(&after.labels), &mut found);
    texts(Field::StopSignal, &before.stop_signal, &after.stop_signal, &mut found);
    let (old, new) =
        (before.healthcheck.as_ref().map(check), after.healthcheck.as_ref().map(check));
    single(Field::Healthcheck, old, new, &mut found);
    lists(Field::Shell, &before.shell, &after.shell, &mut found);
    lists(Field::OnBuild, &before.on_build, &after.on_build, &mut found);
    texts(Field::Architecture, &before.architecture, &after.architecture, &mut found);
    texts(Field::Os, &before.os, &after.os, &mut found);
    found
}

/// No working directory is the root.
fn folder(text: &str) -> &str {
    if text.is_empty() { "/" } else { text }
}

fn variables(before: &Configuration, after: &Configuration, found: &mut Vec<Difference>) {
    let pairs = |env: &[String]| -> Vec<(String, String)> {
        let split = env.iter().map(|it| it.split_once('=').unwrap_or((it, "")));
        split.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let (old, new) = (pairs(&before.env), pairs(&after.env));
    let count = found.len();
    keys(Field::Env, &old.iter().cloned().collect(), &new.iter().cloned().collect(), found);
    let names = |pairs: &[(String, String)]| {
        pairs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
    };
    // The order is seen by nobody but who prints it, and only worth a word where nothing else differs.
    if found.len() == count && old != new {
        single(Field::EnvOrder, Some(names(&old)), Some(names(&new)), found);
    }
}

fn keys(
    field: Field,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    found: &mut Vec<Difference>,
) {
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in all {
        let (old, new) = (before.get(key).cloned(), after.get(key).cloned());
        if old != new {
            found.push(Difference { field, key: Some(key.clone()), before: old, after: new });
        }
    }
}

fn sets(
    field: Field,
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
    found: &mut Vec<Difference>,
) {
    let keyed = |set: &BTreeSet<String>| set.iter().map(|it| (it.clone(), it.clone())).collect();
    keys(field, &keyed(before), &keyed(after), found);
}

fn lists(field: Field, before: &[String], after: &[String], found: &mut Vec<Difference>) {
    let shown = |list: &[String]| (!list.is_empty()).then(|| list_text(list));
    single(field, shown(before), shown(after), found);
}

fn texts(field: Field, before: &str, after: &str, found: &mut Vec<Difference>) {
    let shown = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    single(field, shown(before), shown(after), found);
}

fn single(
    field: Field,
    before: Option<String>,
    after: Option<String>,
    found: &mut Vec<Difference>,
) {
    if before != after {
        found.push(Difference { field, key: None, before, after });
    }
}

/// As in the exec form of an instruction.
fn list_text(list: &[String]) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

fn check(check: &Healthcheck) -> String {
    let Healthcheck { test, interval, timeout, start_period, start_interval, retries } = check;
    format!(
        "{} every {interval} within {timeout} after {start_period} then {start_interval} retries {retries}",
        list_text(test)
    )
}

impl Field {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Env => "Env",
            Self::EnvOrder => "order of Env",
            Self::Entrypoint => "Entrypoint",
            Self::Cmd => "Cmd",
            Self::User => "User",
            Self::WorkingDir => "WorkingDir",
            Self::ExposedPorts => "ExposedPorts",
            Self::Volumes => "Volumes",
            Self::Labels => "Labels",
            Self::StopSignal => "StopSignal",
            Self::Healthcheck => "Healthcheck",
            Self::Shell => "Shell",
            Self::OnBuild => "OnBuild",
            Self::Architecture => "Architecture",
            Self::Os => "Os",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.name())?;
        if let Some(key) = &self.key {
            write!(f, " `{}`", key.escape_debug())?;
        }
        match (&self.before, &self.after) {
            (Some(before), None) => write!(f, " went: it was `{}`", before.escape_debug()),
            (None, Some(after)) => write!(f, " came: `{}`", after.escape_debug()),
            (before, after) => {
                let shown = |it: &Option<String>| {
                    it.as_deref().unwrap_or_default().escape_debug().to_string()
                };
                write!(f, " changed: `{}` is now `{}`", shown(before), shown(after))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Configuration, Healthcheck, compare};

    fn shown(change: impl FnOnce(&mut Configuration)) -> Vec<String> {
        let before = Configuration {
            env: vec!["PATH=/bin".to_owned(), "A=1".to_owned()],
            cmd: vec!["run".to_owned()],
            user: "app".to_owned(),
            exposed_ports: ["80/tcp".to_owned()].into(),
            labels: [("k".to_owned(), "v".to_owned())].into(),
            healthcheck: Some(Healthcheck {
                test: vec!["NONE".to_owned()],
                ..Healthcheck::default()
            }),
            ..Configuration::default()
        };
        let mut after = before.clone();
        change(&mut after);
        compare(&before, &after).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_field_is_compared_by_its_keys() {
        assert!(shown(|_| {}).is_empty());
        assert_eq!(shown(|it| it.env[1] = "A=2".to_owned()), ["Env `A` changed: `1` is now `2`"]);
        assert_eq!(shown(|it| drop(it.env.pop())), ["Env `A` went: it was `1`"]);
        assert_eq!(shown(|it| it.env.push("B=".to_owned())), ["Env `B` came: ``"]);
        assert_eq!(
            shown(|it| it.env.swap(0, 1)),
            ["order of Env changed: `PATH A` is now `A PATH`"]
        );
        assert_eq!(shown(|it| it.cmd.clear()), ["Cmd went: it was `[\\\"run\\\"]`"]);
        assert_eq!(shown(|it| it.user = "root".to_owned()), ["User changed: `app` is now `root`"]);
        assert_eq!(shown(|it| it.working_dir = "/".to_owned()), [""; 0]);
        assert_eq!(
            shown(|it| it.working_dir = "/w".to_owned()),
            ["WorkingDir changed: `/` is now `/w`"]
        );
        assert_eq!(
            shown(|it| it.exposed_ports = ["81/tcp".to_owned()].into()),
            ["ExposedPorts `80/tcp` went: it was `80/tcp`", "ExposedPorts `81/tcp` came: `81/tcp`"]
        );
        assert_eq!(shown(|it| it.labels.clear()), ["Labels `k` went: it was `v`"]);
        assert_eq!(shown(|it| it.healthcheck = None).len(), 1);
        assert_eq!(shown(|it| it.on_build.push("RUN x".to_owned())).len(), 1);
        assert_eq!(shown(|it| it.history.clear()), [""; 0]);
    }
}
