//! Replaces a file as a whole or not at all.
//!
//! The new text is written beside the file and moved over it, so that at any moment the file is
//! either old or new.

use super::read;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use tempfile::NamedTempFile;

const PREFIX: &str = ".jettison-";
const SUFFIX: &str = ".tmp";

/// Held for reading while a file is replaced, so that an interrupt waits for it.
static WRITING: RwLock<()> = RwLock::new(());

/// The exit code of a run that was interrupted: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// Lets an interrupt end the program only between two files.
pub(super) fn end_cleanly_when_interrupted() {
    // Without a handler an interrupt may leave a temporary file, which the next run removes.
    let _ = ctrlc::set_handler(|| {
        let _no_file_is_open = WRITING.write().unwrap_or_else(PoisonError::into_inner);
        std::process::exit(INTERRUPTED);
    });
}

/// Puts `after` into the file `target` (absolute, no symbolic link), whose text has to be `before`
/// still. Returns warnings, or why it was not done.
pub(super) fn replace(target: &Path, before: &str, after: &str) -> Result<Vec<String>, String> {
    let _guard = WRITING.read().unwrap_or_else(PoisonError::into_inner);
    let metadata = writable(target)?;
    let folder = target.parent().ok_or("it has no folder")?;
    let mut warnings = Vec::new();
    if links(&metadata) > 1 {
        let others = links(&metadata) - 1;
        warnings
            .push(format!("it had {others} more name(s) by hard links; they keep the old text"));
    }
    let cannot = |what: &str, error: &io::Error| format!("{what}: {}", read::reason(error));
    let mut temporary = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(folder)
        .map_err(|error| cannot("cannot write beside it", &error))?;
    // It tells other runs that this file is not a leftover. Not every file system can lock.
    let _ = temporary.as_file().try_lock();
    temporary
        .write_all(after.as_bytes())
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(|error| cannot("cannot write the new text", &error))?;
    keep_owner(temporary.as_file(), &metadata)?;
    temporary
        .as_file()
        .set_permissions(metadata.permissions())
        .map_err(|error| cannot("cannot keep its mode", &error))?;
    match fs::read(target) {
        Ok(now) if now == before.as_bytes() => {}
        _ => return Err("it changed since it was read; it is left as it is, run again".to_owned()),
    }
    temporary.persist(target).map_err(|error| cannot("cannot be replaced", &error.error))?;
    // The file is complete either way; this only makes the new name last through a power cut.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(warnings)
}

/// Writes a new file, complete or not at all. Returns why it was not done.
pub(super) fn create(target: &Path, text: &str) -> Result<(), String> {
    let _guard = WRITING.read().unwrap_or_else(PoisonError::into_inner);
    let folder = target.parent().ok_or("it has no folder")?;
    let cannot = |what: &str, error: &io::Error| format!("{what}: {}", read::reason(error));
    let mut temporary = new_file();
    let mut temporary = temporary
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(folder)
        .map_err(|error| cannot("cannot be created", &error))?;
    let _ = temporary.as_file().try_lock();
    temporary
        .write_all(text.as_bytes())
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(|error| cannot("cannot be written", &error))?;
    temporary
        .persist_noclobber(target)
        .map_err(|error| cannot("it was not there when it was looked for", &error.error))?;
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Writes a file of our own, complete or not at all, over what is there. Returns why it was not done.
pub(super) fn put(target: &Path, bytes: &[u8]) -> Result<(), String> {
    let _guard = WRITING.read().unwrap_or_else(PoisonError::into_inner);
    let folder = target.parent().ok_or("it has no folder")?;
    let cannot = |error: &io::Error| format!("cannot be written: {}", read::reason(error));
    let mut temporary = begin(folder)?;
    let _ = temporary.as_file().try_lock();
    temporary
        .write_all(bytes)
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(|error| cannot(&error))?;
    persist(temporary, target)
}

/// Moves a temporary file of ours, whole and in the same folder, to where it belongs.
pub(super) fn persist(temporary: NamedTempFile, target: &Path) -> Result<(), String> {
    let cannot = |error: &io::Error| format!("cannot be written: {}", read::reason(error));
    temporary.persist(target).map_err(|error| cannot(&error.error))?;
    // The file is complete either way; this only makes the new name last through a power cut.
    let _ = target.parent().map(|folder| File::open(folder).and_then(|folder| folder.sync_all()));
    Ok(())
}

/// A temporary file that becomes one of ours in `folder`.
pub(super) fn begin(folder: &Path) -> Result<NamedTempFile, String> {
    let mut temporary = new_file();
    let temporary = temporary.prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder);
    temporary.map_err(|error| format!("cannot be written: {}", read::reason(&error)))
}

/// A temporary file with the mode that the user's new files have.
#[cfg(unix)]
fn new_file() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn new_file() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

fn writable(target: &Path) -> Result<Metadata, String> {
    let metadata = fs::symlink_metadata(target);
    let metadata =
        metadata.map_err(|error| format!("cannot be written: {}", read::reason(&error)))?;
    if !metadata.is_file() {
        return Err("it is no longer a regular file; it is left as it is".to_owned());
    }
    if metadata.permissions().readonly() {
        return Err("it is read-only; make it writable first".to_owned());
    }
    let open = OpenOptions::new().write(true).open(target);
    open.map_err(|error| format!("cannot be written: {}", read::reason(&error)))?;
    Ok(metadata)
}

#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn keep_owner(temporary: &File, wanted: &Metadata) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (user, group) = (wanted.uid(), wanted.gid());
    let has = temporary.metadata().map(|has| (has.uid(), has.gid()));
    if has.is_ok_and(|has| has == (user, group)) {
        return Ok(());
    }
    fchown(temporary, Some(user), Some(group)).map_err(|error| {
        let reason = read::reason(&error);
        format!("cannot keep its owner {user}:{group} ({reason}); it is left as it is")
    })
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> Result<(), String> {
    Ok(())
}

/// Whether this is the name of a temporary file of ours.
pub(super) fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// Removes the temporary file of a run that was killed, unless a run still holds it.
pub(super) fn remove_leftover(path: &Path) {
    let stale = OpenOptions::new().write(true).open(path).is_ok_and(|file| file.try_lock().is_ok());
    if stale {
        // If it cannot be removed, the next run tries again.
        let _ = fs::remove_file(path);
    }
}

/// Removes the leftovers in one folder.
pub(super) fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().map(|entry| entry.path()).filter(|path| is_leftover(path)) {
        remove_leftover(&entry);
    }
}

#[cfg(test)]
mod tests {
    use super::replace;
    use std::fs;

    #[test]
    fn a_file_that_changed_since_it_was_read_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Dockerfile");
        fs::write(&file, "now").unwrap();
        assert!(replace(&file, "before", "after").unwrap_err().contains("changed since"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "now");
        assert_eq!(replace(&file, "now", "after"), Ok(Vec::new()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "after");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
