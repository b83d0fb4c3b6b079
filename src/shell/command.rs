//! What a simple command is: the program behind `sudo`, `env` and the like, and its arguments.
//!
//! It knows no package manager.

use super::{Dialect, Script, Simple, Word, parse};
use std::sync::Arc;

/// The last component of a path.
pub fn base(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    slash.map_or(path, |at| &path[at + 1..])
}

/// Whether a program, by its name, is a shell that reads scripts as we do.
pub fn is_shell(program: &str) -> bool {
    matches!(program, "ash" | "bash" | "dash" | "sh")
}

/// A program with its arguments, as it is run.
#[derive(Debug, Clone)]
pub struct Invocation<'script> {
    /// The last component of its path.
    pub program: &'script str,
    /// As it was given, with a path if there is one.
    pub given: &'script str,
    /// After the program.
    pub arguments: &'script [Word],
    /// What was peeled off, the outermost first.
    pub wrappers: Vec<Wrapper<'script>>,
    /// Set for this command only, in order; `None` is a value that expands to anything.
    pub environment: Vec<(&'script str, Option<&'script str>)>,
}

/// A program that runs another one: `sudo -E`, `timeout 5`.
#[derive(Debug, Clone, Copy)]
pub struct Wrapper<'script> {
    /// The last component of its path.
    pub program: &'script str,
    /// Itself with its options, up to the program that it runs.
    pub words: &'script [Word],
    /// It runs the program as another user; who that is, if it is said and known.
    pub privilege: Option<Option<&'script str>>,
}

impl<'script> Invocation<'script> {
    pub fn by_path(&self) -> bool {
        self.given.contains('/')
    }

    /// What each argument is, `None` where it expands.
    pub fn literals(&self) -> impl DoubleEndedIterator<Item = Option<&'script str>> + use<'script> {
        self.arguments.iter().map(|word| word.literal.as_deref())
    }

    /// The script in `sh -c SCRIPT`, `su USER -c SCRIPT` and `eval SCRIPT`; `Some(None)` if it is not
    /// known.
    pub fn inner_script(&self) -> Option<Option<Arc<Script>>> {
        let word = match self.program {
            "eval" => match self.arguments {
                [only] => only,
                [] => return None,
                _ => return Some(None),
            },
            "su" | "runuser" => self.behind_command_option()?,
            program if is_shell(program) => self.behind_command_option()?,
            _ => return None,
        };
        Some(word.literal.as_deref().and_then(|text| parse(text, Dialect::Unknown)))
    }

    fn behind_command_option(&self) -> Option<&'script Word> {
        let letters = |word: &str| word.strip_prefix('-').is_some_and(|it| !it.starts_with('-'));
        let is_it = |word: &str| word == "--command" || (letters(word) && word.ends_with('c'));
        let at = self.literals().position(|word| word.is_some_and(is_it))?;
        self.arguments.get(at + 1)
    }

    /// The wrapper that changes the user, if one does.
    pub fn privilege(&self) -> Option<&Wrapper<'script>> {
        self.wrappers.iter().find(|wrapper| wrapper.privilege.is_some())
    }
}

/// A wrapper and what it takes before the program.
struct Options {
    /// Letters without a value.
    flags: &'static str,
    /// Letters with a value, in the same word or the next.
    values: &'static str,
    /// Long options without a value.
    long_flags: &'static [&'static str],
    /// Long options with a value, after `=` or in the next word.
    long_values: &'static [&'static str],
    /// Words before the program that are no options.
    operands: usize,
    /// `NAME=value` before the program sets its environment.
    assigns: bool,
}

const PLAIN: Options = Options {
    flags: "",
    values: "",
    long_flags: &[],
    long_values: &[],
    operands: 0,
    assigns: false,
};

fn options(program: &str) -> Option<Options> {
    let known = match program {
        "sudo" => Options {
            flags: "AEHnPS",
            values: "ugprtCThDR",
            long_flags: &["preserve-env", "set-home", "non-interactive", "stdin"],
            long_values: &["user", "group", "prompt", "host", "chdir"],
            assigns: true,
            ..PLAIN
        },
        "doas" => Options { flags: "n", values: "uC", ..PLAIN },
        "gosu" | "su-exec" => Options { operands: 1, ..PLAIN },
        "env" => Options {
            flags: "iv0",
            values: "uC",
            long_flags: &["ignore-environment", "debug", "null"],
            long_values: &["unset", "chdir"],
            assigns: true,
            ..PLAIN
        },
        "time" => Options {
            flags: "pvaqV",
            values: "fo",
            long_flags: &["portability", "verbose", "append", "quiet"],
            long_values: &["format", "output"],
            ..PLAIN
        },
        "nice" => {
            Options { flags: "0123456789", values: "n", long_values: &["adjustment"], ..PLAIN }
        }
        "ionice" => Options {
            flags: "t",
            values: "cn",
            long_flags: &["ignore"],
            long_values: &["class", "classdata"],
            ..PLAIN
        },
        "stdbuf" => Options { values: "ioe", long_values: &["input", "output", "error"], ..PLAIN },
        "timeout" => Options {
            flags: "v",
            values: "ks",
            long_flags: &["foreground", "preserve-status", "verbose"],
            long_values: &["kill-after", "signal"],
            operands: 1,
            ..PLAIN
        },
        "exec" => Options { flags: "cl", values: "a", ..PLAIN },
        "command" => Options { flags: "p", ..PLAIN },
        "builtin" | "nohup" | "eatmydata" => PLAIN,
        _ => return None,
    };
    Some(known)
}

impl Script {
    /// The program that `simple` runs in the end. `None` where there is none, or it is not known.
    ///
    /// `xargs` is not looked behind, and what asks instead of running (`command -v`) is the
    /// program itself.
    pub fn invocation<'script>(
        &'script self,
        simple: &'script Simple,
    ) -> Option<Invocation<'script>> {
        let mut words = &*simple.words;
        let mut wrappers = Vec::new();
        let assigned = simple.assignments.iter().map(|assignment| {
            let value = assignment.value.as_ref().and_then(|value| value.literal.as_deref());
            (&*assignment.name, value.filter(|_| !assignment.append))
        });
        let mut environment: Vec<_> = assigned.collect();
        loop {
            let given = words.first()?.literal.as_deref()?;
            let program = base(given);
            let peeled = match options(program) {
                Some(options) => peel(&self.text, words, &options, &mut environment),
                None => Peeled::Itself,
            };
            match peeled {
                Peeled::Unknown => return None,
                Peeled::Itself => {
                    let arguments = &words[1..];
                    return Some(Invocation { program, given, arguments, wrappers, environment });
                }
                Peeled::Runs { at, user } => {
                    let privilege =
                        matches!(program, "sudo" | "doas" | "gosu" | "su-exec").then_some(user);
                    wrappers.push(Wrapper { program, words: &words[..at], privilege });
                    words = &words[at..];
                }
            }
        }
    }
}

/// What is behind a wrapper.
enum Peeled<'script> {
    /// Nothing: it is the program.
    Itself,
    Unknown,
    /// The index of the program; `-u user` or the user operand.
    Runs {
        at: usize,
        user: Option<&'script str>,
    },
}

fn peel<'script>(
    text: &'script str,
    words: &'script [Word],
    options: &Options,
    environment: &mut Vec<(&'script str, Option<&'script str>)>,
) -> Peeled<'script> {
    let mut at = 1;
    let mut user = None;
    while let Some(word) = words.get(at) {
        let Some(literal) = word.literal.as_deref() else { break };
        if literal == "--" {
            at += 1;
            break;
        }
        if !literal.starts_with('-') {
            break;
        }
        let Some((option, taken)) = options.option(literal) else {
            let asks = options.flags == "p" && matches!(literal, "-v" | "-V" | "-pv" | "-pV");
            return if asks { Peeled::Itself } else { Peeled::Unknown };
        };
        if matches!(option, "u" | "user") {
            let attached = literal.strip_prefix("--user=").or(literal.strip_prefix("-u"));
            let next = words.get(at + 1).and_then(|next| next.literal.as_deref());
            user = if taken == 2 { next } else { attached };
        }
        at += taken;
    }

    for _ in 0..options.operands {
        user = words.get(at).and_then(|word| word.literal.as_deref());
        at += 1;
    }
    while options.assigns
        && let Some((name, value)) = words.get(at).and_then(|word| assignment(text, word))
    {
        environment.push((name, value));
        at += 1;
    }
    match words.len().cmp(&at) {
        std::cmp::Ordering::Greater => Peeled::Runs { at, user },
        std::cmp::Ordering::Equal => Peeled::Itself,
        std::cmp::Ordering::Less => Peeled::Unknown,
    }
}

impl Options {
    /// The last option that `word` holds, and how many words it takes; `None` if it is not known.
    fn option<'word>(&self, word: &'word str) -> Option<(&'word str, usize)> {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            };
            if self.long_flags.contains(&name) {
                return Some((name, 1));
            }
            let known = self.long_values.contains(&name);
            return known.then_some((name, if value.is_some() { 1 } else { 2 }));
        }

        let letters = word.strip_prefix('-')?;
        if letters.is_empty() {
            // `env -` is `env -i`.
            return self.flags.contains('i').then_some(("", 1));
        }
        for (at, letter) in letters.char_indices() {
            let end = at + letter.len_utf8();
            if self.values.contains(letter) {
                return Some((&letters[at..end], if end == letters.len() { 2 } else { 1 }));
            }
            if !self.flags.contains(letter) {
                return None;
            }
        }
        Some((letters, 1))
    }
}

/// `NAME=value` as a word.
fn assignment<'script>(
    text: &'script str,
    word: &'script Word,
) -> Option<(&'script str, Option<&'script str>)> {
    let literal = word.literal.as_deref();
    let raw = word.span.of(text);
    let written = literal.unwrap_or(raw.strip_prefix('"').unwrap_or(raw));
    let (name, _) = written.split_once('=')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    let value = literal.and_then(|literal| literal.split_once('=')).map(|(_, value)| value);
    Some((name, value))
}
