//! The mounts of a `RUN`: `--mount=type=…,target=…`.

use crate::syntax::Instruction;
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount<'a> {
    pub kind: MountKind,
    /// As it is written; `None` if it is left out.
    pub target: Option<Cow<'a, str>>,
    /// Writes are possible; those to a bind mount are lost after the `RUN`.
    pub writable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    Bind,
    Cache,
    Tmpfs,
    Secret,
    Ssh,
}

pub(super) fn mounts<'a>(run: &'a Instruction<'a>) -> Vec<Mount<'a>> {
    let flags = run.flags.iter().filter(|flag| flag.name.text == "mount");
    flags.filter_map(|flag| Some(mount(&flag.value.as_ref()?.text))).collect()
}

pub(super) fn mount(text: &str) -> Mount<'_> {
    let mut mount = Mount { kind: MountKind::Bind, target: None, writable: false };
    let mut read_only = None;
    for field in text.split(',') {
        let field = field.trim_matches('"');
        let (key, value) = field.split_once('=').unwrap_or((field, ""));
        match key.to_ascii_lowercase().as_str() {
            "type" => {
                mount.kind = match value.to_ascii_lowercase().as_str() {
                    "cache" => MountKind::Cache,
                    "tmpfs" => MountKind::Tmpfs,
                    "secret" => MountKind::Secret,
                    "ssh" => MountKind::Ssh,
                    // It may be of any type; nothing is as short-lived as a tmpfs.
                    other if other.contains('$') => MountKind::Tmpfs,
                    _ => MountKind::Bind,
                }
            }
            "target" | "dst" | "destination" => mount.target = Some(Cow::Borrowed(value)),
            "rw" | "readwrite" => read_only = Some(is_false(value)),
            "ro" | "readonly" => read_only = Some(!is_false(value) && !value.contains('$')),
            _ => (),
        }
    }
    let usual = !matches!(mount.kind, MountKind::Cache | MountKind::Tmpfs);
    mount.writable = !read_only.unwrap_or(usual);
    mount
}

/// As Go's `strconv.ParseBool` reads it; BuildKit refuses what is neither true nor false.
fn is_false(value: &str) -> bool {
    matches!(value, "0" | "f" | "F" | "false" | "False" | "FALSE")
}
