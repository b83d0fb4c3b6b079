//! `jettison migrate apply`: writes the files of parts.

use super::super::write;
use super::store::{Left, Why};
use super::work::Ready;

/// Writes files that stand or fall together: all of them, or none.
pub(super) fn write_all(files: &[Ready]) -> Result<(), Vec<Left>> {
    for (index, file) in files.iter().enumerate() {
        let written = match file.is_new {
            true => write::create(&file.target, file.after()),
            false => write::replace(&file.target, &file.before, file.after()).map(drop),
        };
        let Err(message) = written else { continue };
        let mut left = vec![Left::new(&file.path, Why::Failed, message)];
        for other in files.iter().filter(|other| other.path != file.path) {
            let message = format!("it goes with `{}`, which could not be written", file.path);
            left.push(Left::new(&other.path, Why::Together, message));
        }
        left.extend(files[..index].iter().filter_map(take_back));
        return Err(left);
    }
    Ok(())
}

/// Gives a file back the text that it had. Returns why that was not possible.
fn take_back(file: &Ready) -> Option<Left> {
    let taken = match file.is_new {
        true => std::fs::remove_file(&file.target).map_err(|error| error.to_string()),
        false => write::replace(&file.target, file.after(), &file.before).map(drop),
    };
    let message = taken.err()?;
    Some(Left::new(
        &file.path,
        Why::Failed,
        format!("it was written and could not be taken back: {message}"),
    ))
}
