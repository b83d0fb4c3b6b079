//! Paths as they are written: nothing here looks at a file system.

/// Bytes of the longest path that Linux takes, `PATH_MAX` without the zero at its end.
const LONGEST: usize = 4095;

/// Where `WORKDIR path` leads from `current`. `None` if that is not known, or is nowhere.
pub fn resolve(current: Option<&str>, path: &str) -> Option<String> {
    let below = if path.starts_with('/') { "" } else { current? };
    let mut whole = String::with_capacity(below.len() + path.len() + 2);
    for part in below.split('/').chain(path.split('/')) {
        match part {
            "" | "." => (),
            ".." => whole.truncate(whole.rfind('/').unwrap_or_default()),
            _ => {
                whole.push('/');
                whole.push_str(part);
            }
        }
    }
    if whole.is_empty() {
        whole.push('/');
    }
    (whole.len() <= LONGEST).then_some(whole)
}

/// Whether `path` is `folder` or lies in it.
pub fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
