//! Calls in sources that start other programs, in any language that writes `name(first, second)`.

use super::Stop;
use super::case::Case;
use super::install::Made;
use super::needs;
use super::plan::Plan;
use super::scripts::{self, Does};
use crate::facts::resolve;
use crate::shell::command::{base, is_shell};

/// A word that a call gives to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Whole(String),
    /// What comes behind it is not written there.
    Begins(String),
    Unknown,
}

/// A source that starts programs, by its path in the context.
pub(super) struct Caller<'c, 'b, 'a> {
    pub(super) case: &'c Case<'b, 'a>,
    pub(super) made: &'c Made,
    pub(super) path: &'c str,
}

impl Caller<'_, '_, '_> {
    /// A program and its words.
    pub(super) fn program(&self, words: &[Word], plan: &mut Plan) -> Result<(), Stop> {
        let name = match words.first() {
            None => return Ok(()),
            Some(Word::Whole(name)) => name,
            Some(_) => {
                self.doubts("a program whose name is not written there", plan);
                return Ok(());
            }
        };
        needs::program(self.case, self.made, name, self.path, plan)?;
        match is_shell(base(name)) {
            true => self.shell(&words[1..], plan),
            false => Ok(()),
        }
    }

    /// What a shell is told.
    fn shell(&self, words: &[Word], plan: &mut Plan) -> Result<(), Stop> {
        let is_option = |it: &&Word| matches!(it, Word::Whole(it) if it.starts_with('-'));
        let is_script =
            |it: &Word| matches!(it, Word::Whole(it) if it.trim_start_matches('-').contains('c'));
        let options = words.iter().take_while(is_option).count();
        let rest = &words[options..];
        match (words[..options].iter().any(is_script), rest.first()) {
            (true, Some(Word::Whole(text) | Word::Begins(text))) => self.script(text, plan),
            (false, Some(Word::Whole(file))) => {
                let place = resolve(Some(self.case.workdir()?), file).unwrap_or_default();
                let source = self.case.source(&place)?;
                match source.and_then(|it| self.case.text(&it)) {
                    Some(text) => self.script(&text, plan),
                    None => {
                        self.doubts("a script that is not read", plan);
                        Ok(())
                    }
                }
            }
            (false, None) => Ok(()),
            _ => {
                self.doubts("a script that is not written there", plan);
                Ok(())
            }
        }
    }

    /// The commands of a script.
    pub(super) fn script(&self, text: &str, plan: &mut Plan) -> Result<(), Stop> {
        let read = scripts::each(text, self.case.from(), &mut |_, does, _| match does {
            Does::Starts(call) if call.given.contains(['%', '{', '$']) => {
                self.doubts("a program whose name is not written there", plan);
                Ok(())
            }
            Does::Starts(call) => needs::program(self.case, self.made, call.given, self.path, plan),
            Does::Arguments => Ok(()),
        });
        match read {
            Err(stop) if stop.code == "script" => {
                self.doubts("a script that cannot be read", plan);
                Ok(())
            }
            read => read,
        }
    }

    pub(super) fn doubts(&self, what: &str, plan: &mut Plan) {
        plan.doubts.push(format!("`{}` starts {what}", self.path));
    }
}

/// The words of a call, from behind its parenthesis, and what comes behind the call.
pub(super) fn words(text: &str) -> (Vec<Word>, &str) {
    let (arguments, rest) = arguments(text);
    (arguments.into_iter().map(word).collect(), rest)
}

/// The words of a list of them: `["a", "b"]`, `&["a"]`, `vec!["a"]`.
pub(super) fn list(text: &str) -> Vec<Word> {
    let inside = text.trim_start().trim_start_matches('&').trim_start_matches("vec!");
    match inside.strip_prefix('[') {
        Some(inside) => words(inside).0,
        None => vec![Word::Unknown],
    }
}

/// What stands between commas, up to the bracket that ends the call.
fn arguments(text: &str) -> (Vec<&str>, &str) {
    let mut all = Vec::new();
    let (mut depth, mut start, mut at) = (0usize, 0, 0);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'`' => at = end_of_string(bytes, at),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b')' | b']' | b'}' => {
                all.push(&text[start..at]);
                all.retain(|it| !it.trim().is_empty());
                return (all, &text[at + 1..]);
            }
            b',' if depth == 0 => {
                all.push(&text[start..at]);
                start = at + 1;
            }
            _ => (),
        }
        at += 1;
    }
    (Vec::new(), "")
}

/// Where the string ends that begins at `at`.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'\\' if quote == b'"' => end += 1,
            byte if byte == quote => break,
            _ => (),
        }
        end += 1;
    }
    end
}

/// What one argument says.
fn word(text: &str) -> Word {
    const FORMATS: &[&str] = &["fmt.Sprintf(", "format!("];
    let text = text.trim().trim_start_matches('&');
    let (is_format, text) = match FORMATS.iter().find_map(|it| text.strip_prefix(it)) {
        Some(inside) => (true, inside.trim_start()),
        None => (false, text),
    };
    let text = text.strip_prefix('r').filter(|it| it.starts_with('"')).unwrap_or(text);
    if !text.starts_with(['"', '`']) {
        return Word::Unknown;
    }
    let end = end_of_string(text.as_bytes(), 0);
    let Some(inside) = text.get(1..end) else { return Word::Unknown };
    let said = inside.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
    match is_format || !text[end..].trim_start_matches(['"', '`']).trim().is_empty() {
        // Methods that only make a string of it.
        true if !is_format && is_conversion(&text[end + 1..]) => Word::Whole(said),
        true => Word::Begins(said),
        false => Word::Whole(said),
    }
}

fn is_conversion(text: &str) -> bool {
    matches!(text.trim(), ".to_string()" | ".to_owned()" | ".into()" | ".c_str()")
}

#[cfg(test)]
mod tests {
    use super::{Word, list, words};

    fn whole(text: &str) -> Word {
        Word::Whole(text.to_owned())
    }

    fn begins(text: &str) -> Word {
        Word::Begins(text.to_owned())
    }

    #[test]
    fn words_of_calls() {
        let (all, rest) = words("\"sh\", \"-c\", \"a, b) \\\"c\\\"\").Run()");
        assert_eq!(all, [whole("sh"), whole("-c"), whole("a, b) \"c\"")]);
        assert_eq!(rest, ".Run()");
        let (all, _) = words("name, list(a, b)..., `raw \"text\"`)");
        assert_eq!(all, [Word::Unknown, Word::Unknown, whole("raw \"text\"")]);
        let (all, _) = words("\n\t\"ls \" + folder,\n\tfmt.Sprintf(\"cp %s\", a),\n)");
        assert_eq!(all, [begins("ls "), begins("cp %s")]);
        assert_eq!(words("r\"x\".to_string())").0, [whole("x")]);
        assert_eq!(words("\"never ends"), (Vec::new(), ""));
    }

    #[test]
    fn words_of_lists() {
        assert_eq!(list("&[\"-c\", \"ls\"]"), [whole("-c"), whole("ls")]);
        assert_eq!(list("vec![\"a\", b]"), [whole("a"), Word::Unknown]);
        assert_eq!(list("more"), [Word::Unknown]);
    }
}
