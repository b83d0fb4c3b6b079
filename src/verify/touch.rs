//! A copy of a build context in which one source file has another text: what a build after an edit costs.

use crate::facts::Facts;
use crate::project::files::{File, list};
use crate::project::ignore_file::IgnoreFile;
use crate::syntax;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Bytes and files that are copied; a larger context is not.
const MOST_BYTES: u64 = 200 << 20;
const MOST_FILES: usize = 50_000;

/// What says which packages are installed is no source: an edit of it is another matter.
const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "Gemfile",
    "Makefile",
    "Pipfile",
    "build.gradle",
    "composer.json",
    "go.mod",
    "go.sum",
    "package.json",
    "pom.xml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
];

/// Ends of the names of texts that stay valid with an empty line more.
const SOURCES: &[&str] = &[
    ".c", ".cc", ".conf", ".cpp", ".cs", ".css", ".ex", ".go", ".h", ".html", ".java", ".jinja",
    ".js", ".jsx", ".kt", ".md", ".mjs", ".php", ".pl", ".py", ".rb", ".rs", ".scss", ".sh",
    ".sql", ".ts", ".tsx", ".txt", ".vue",
];

/// Copies what is sent of `context` to the folder `to`, which is not there yet, with an empty line more at the
/// end of one source file that the Dockerfile takes. Returns that file, or why nothing was done.
pub fn touched(
    dockerfile: &str,
    context: &Path,
    ignore: Option<&str>,
    to: &Path,
) -> Result<String, String> {
    let ignore = ignore.map(IgnoreFile::parse).transpose().map_err(|error| error.to_string())?;
    let listing = list(context, ignore.as_ref());
    let bytes: u64 = listing.files.iter().map(|file| file.size).sum();
    if listing.files.len() > MOST_FILES || bytes > MOST_BYTES {
        return Err("the build context is too large to be copied".to_owned());
    }
    // An edit of a link would be one of what it leads to.
    let is_file =
        |path: &str| context.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let source = source(dockerfile, &listing.files, &is_file).ok_or("it takes no source file")?;
    for file in &listing.files {
        copy(&context.join(&*file.path), &to.join(&*file.path))
            .map_err(|error| format!("{}: {error}", file.path))?;
    }
    append(&to.join(&source)).map_err(|error| format!("{source}: {error}"))?;
    Ok(source)
}

/// The first source file of what is taken last.
fn source(dockerfile: &str, files: &[File], is_file: &dyn Fn(&str) -> bool) -> Option<String> {
    let file = syntax::parse(dockerfile).ok()?;
    let facts = Facts::new(&file);
    let (takes, _) = facts.takes();
    let is_source = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_manifest = MANIFESTS.contains(&name) || name.starts_with("requirements");
        !is_manifest && SOURCES.iter().any(|end| name.ends_with(end))
    };
    let is_in = |path: &str, folder: &str| {
        folder.is_empty()
            || path.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    takes.paths.iter().rev().find_map(|taken| {
        let mut found = files.iter().map(|file| &*file.path);
        found.find(|path| is_in(path, taken) && is_source(path) && is_file(path)).map(str::to_owned)
    })
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let metadata = from.symlink_metadata()?;
    if metadata.is_symlink() {
        return link(&fs::read_link(from)?, to);
    }
    // Who opens a pipe waits for somebody at its other end.
    if !metadata.is_file() {
        return Ok(());
    }
    // The mode goes along, which is part of what builders compare.
    fs::copy(from, to).map(drop)
}

#[cfg(unix)]
fn link(target: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, to)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other("links are not copied here"))
}

fn append(path: &Path) -> std::io::Result<()> {
    fs::OpenOptions::new().append(true).open(path)?.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_of_the_last_copy_gets_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let context = folder.path().join("context");
        for (path, text) in [
            ("package.json", "{}"),
            ("src/a.js", "1"),
            ("src/b.png", "2"),
            ("x.log", "3"),
            ("z.js", "4"),
        ] {
            fs::create_dir_all(context.join(path).parent().unwrap()).unwrap();
            fs::write(context.join(path), text).unwrap();
        }
        let text = "FROM node:22\nCOPY package.json z.js ./\nRUN npm ci\nCOPY src ./src\n";
        let to = folder.path().join("copy");
        assert_eq!(touched(text, &context, Some("*.log\n"), &to).as_deref(), Ok("src/a.js"));
        assert_eq!(fs::read_to_string(to.join("src/a.js")).unwrap(), "1\n");
        assert_eq!(fs::read_to_string(context.join("src/a.js")).unwrap(), "1");
        assert!(!to.join("x.log").exists() && to.join("package.json").exists());
        let nothing = touched("FROM node:22\nCOPY package.json .\n", &context, None, &to);
        assert_eq!(nothing, Err("it takes no source file".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_edited_and_a_pipe_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (context, to) = (folder.path().join("context"), folder.path().join("copy"));
        fs::create_dir(&context).unwrap();
        fs::write(folder.path().join("real.py"), "1").unwrap();
        link(&folder.path().join("real.py"), &context.join("a.py")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(context.join("b.py")).status();
        assert!(made.unwrap().success());
        let text = "FROM a\nCOPY . .\n";
        let nothing = touched(text, &context, None, &to);
        assert_eq!(nothing, Err("it takes no source file".to_owned()));
        fs::write(context.join("c.py"), "2").unwrap();
        assert_eq!(touched(text, &context, None, &to).as_deref(), Ok("c.py"));
        assert_eq!(fs::read_to_string(folder.path().join("real.py")).unwrap(), "1");
        assert!(!to.join("b.py").exists());
    }
}
