//! The shell that shell form uses: `SHELL`, or the base image's `/bin/sh`.

use crate::images::Image;
use crate::shell::Dialect;
use crate::shell::command::base;
use crate::syntax::Piece;
use std::borrow::Cow;

/// The shell in force, and what its options mean for a script.
#[derive(Debug, Clone)]
pub struct Shell<'a> {
    pub program: Cow<'a, str>,
    /// `None`: no shell that we can read (PowerShell, `cmd`, `conda run`).
    pub dialect: Option<Dialect>,
    /// `-e` is in force, or may be.
    pub errexit: bool,
    /// `-l` or `-i`: it reads start-up files.
    pub reads_start_files: bool,
}

impl<'a> Shell<'a> {
    /// An image that is not known may bring any `SHELL`; `/bin/sh` is by far the most likely, but its
    /// options are not known.
    pub(super) fn of_image(image: Option<&Image>) -> Self {
        let program = Cow::Borrowed("/bin/sh");
        let dialect = shell_of(image);
        // Only official images are known to leave `SHELL` alone.
        let official = image.is_some_and(|image| !image.repository.contains('/'));
        Self { program, dialect, errexit: !official, reads_start_files: false }
    }

    pub(super) fn of(words: &'a [Piece<'a>], image: Option<&Image>) -> Self {
        let mut shell = Self {
            program: words.first().map_or(Cow::Borrowed(""), |word| word.text.clone()),
            dialect: None,
            errexit: false,
            reads_start_files: false,
        };
        let dialect = match base(&shell.program) {
            "bash" => Some(Dialect::Bash),
            "ash" => Some(Dialect::Ash),
            "dash" => Some(Dialect::Dash),
            "sh" => shell_of(image),
            _ => None,
        };
        if shell.read_options(&words[1.min(words.len())..]).is_some() {
            shell.dialect = dialect;
        }
        shell
    }

    /// `None` if an option is not known, or the last word does not end in `c`.
    fn read_options(&mut self, words: &[Piece]) -> Option<()> {
        let mut words = words.iter().map(|word| &*word.text);
        let mut takes_command = false;
        while let Some(word) = words.next() {
            takes_command = false;
            match word {
                "--login" => self.reads_start_files = true,
                "--norc" | "--noprofile" => (),
                _ => {
                    for letter in word.strip_prefix('-').filter(|it| !it.is_empty())?.chars() {
                        match letter {
                            'c' => takes_command = true,
                            'e' => self.errexit = true,
                            'i' | 'l' => self.reads_start_files = true,
                            'u' | 'x' => (),
                            'o' => match words.next()? {
                                "errexit" => self.errexit = true,
                                "pipefail" | "nounset" | "xtrace" => (),
                                _ => return None,
                            },
                            _ => return None,
                        }
                    }
                }
            }
        }
        takes_command.then_some(())
    }
}

/// `None` where the image is known to have no shell that we can read.
fn shell_of(image: Option<&Image>) -> Option<Dialect> {
    // Its `SHELL` is a script that activates an environment.
    if image.is_some_and(|image| image.repository.ends_with("micromamba")) {
        return None;
    }
    match image.and_then(|image| image.distribution.as_ref()) {
        Some(distribution) => distribution.family.shell(),
        None => Some(Dialect::Unknown),
    }
}
