//! Reads codemods from YAML. A mistake is told with its place.

mod conditions;
mod rewrites;

use super::command::CommandPattern;
use super::condition::Conditions;
use super::image::{ImagePattern, components};
use super::own_tests::{Expected, Test};
use super::pattern::{Commands, FlagPattern, Kind, Pattern};
use super::rewrite::Rewrite;
use super::template::Template;
use super::words::WordsPattern;
use super::{Codemod, form};
use crate::syntax::Keyword;
use crate::yaml::form::{Fits, Instead, check};
use crate::yaml::{self, Error, Node};
use regex::Regex;

/// How many documents one file may have.
const MOST: usize = 1000;

/// The codemods of a text.
pub(super) fn codemods(text: &str, instead: Instead) -> Result<Vec<Codemod>, Error> {
    let documents = yaml::parse(text)?;
    let documents: Vec<_> = documents.into_iter().filter(|it| !it.is_null()).collect();
    if documents.is_empty() {
        return Err(Error { message: "there is no codemod in it".to_owned(), at: 0 });
    }
    if let Some(node) = documents.get(MOST) {
        return Err(wrong(node, format!("more than {MOST} codemods in one file")));
    }
    let fits: Fits = |pattern, text| Regex::new(pattern).is_ok_and(|it| it.is_match(text));
    documents
        .iter()
        .map(|node| {
            check(node, &form::CODEMOD, fits, instead)?;
            Reader { instead }.codemod(node)
        })
        .collect()
}

fn wrong(node: &Node, message: impl Into<String>) -> Error {
    Error { message: message.into(), at: node.span.start }
}

fn text(node: &Node) -> &str {
    node.text().unwrap_or_default()
}

/// One text or several.
fn texts(node: &Node) -> Vec<&Node> {
    match node.items() {
        [] if node.text().is_none() => Vec::new(),
        [] => vec![node],
        items => items.iter().map(|it| &**it).collect(),
    }
}

fn strings(node: &Node) -> Vec<String> {
    texts(node).into_iter().map(|it| text(it).to_owned()).collect()
}

fn expression(node: &Node) -> Result<Regex, Error> {
    Regex::new(text(node)).map_err(|error| {
        let all = error.to_string();
        let last = all.lines().last().unwrap_or_default();
        wrong(node, format!("no regular expression: {}", last.trim_start_matches("error: ")))
    })
}

struct Reader {
    instead: Instead,
}

impl Reader {
    fn codemod(&self, node: &Node) -> Result<Codemod, Error> {
        let get = |key: &str| node.get(key).map(|it| text(it).trim().to_owned());
        let id = get("id").unwrap_or_default();
        if let Some(at) = node.get("id").filter(|_| id.len() > 60) {
            return Err(wrong(at, "the name is longer than 60 characters"));
        }
        let patterns = match node.get("match") {
            Some(it) if it.items().is_empty() => vec![self.pattern(it)?],
            Some(it) => it.items().iter().map(|it| self.pattern(it)).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        let (conditions, position) = match node.get("where") {
            Some(it) => (self.conditions(it, true)?, self.position(it)),
            None => (Conditions::default(), None),
        };
        let rewrite = match node.get("rewrite") {
            Some(it) => self.rewrite(it, &patterns)?,
            None => Rewrite::default(),
        };
        let runs = |it: &Pattern| it.keyword() == Some(Keyword::Run) || it.keyword().is_none();
        if !patterns.iter().all(runs) {
            let chained = node.get("rewrite").into_iter().flat_map(|it| it.entries());
            let mut chained = chained.filter(|(key, _)| matches!(text(key), "prepend" | "append"));
            if let Some((key, _)) = chained.next() {
                return Err(wrong(key, format!("`{}` goes with `match: run`", text(key))));
            }
        }
        if let Some(reason) = node.get("unsafe")
            && matches!(text(reason).trim(), "" | "true" | "false" | "yes" | "no")
        {
            return Err(wrong(reason, "`unsafe` says why a person must agree, in words"));
        }
        let tests = node.get("tests").map_or(&[][..], |it| it.items());
        let tests = tests.iter().map(|it| self.test(it)).collect::<Result<_, _>>()?;
        let summary = get("summary").unwrap_or_default();
        if summary.is_empty() || summary.contains('\n') {
            let at = node.get("summary").map_or(node, |it| it);
            return Err(wrong(at, "the summary has to be one line"));
        }
        let codemod = Codemod {
            id,
            summary,
            about: get("about"),
            agreement: get("unsafe"),
            patterns,
            conditions,
            position,
            rewrite,
            tests,
        };
        self.check_names(node, &codemod)?;
        Ok(codemod)
    }

    /// Every metavariable that is asked about or written has to be bound by each pattern.
    fn check_names(&self, node: &Node, codemod: &Codemod) -> Result<(), Error> {
        let (mut asked, mut bound) = (Vec::new(), Vec::new());
        codemod.conditions.names(&mut asked, &mut bound);
        for pattern in &codemod.patterns {
            let mut known = pattern.names();
            known.extend(&bound);
            let place = |key: &str| node.get(key).map_or(node, |it| &**it);
            for name in &asked {
                if !known.contains(name) {
                    let key =
                        place("where").entries().iter().find(|(key, _)| key.text() == Some(name));
                    return Err(self.unbound(
                        key.map_or(place("where"), |(key, _)| &**key),
                        name,
                        &known,
                    ));
                }
            }
            known.push("MATCH");
            for name in codemod.rewrite.names() {
                if !known.contains(&name) {
                    let at = mentioned(place("rewrite"), name).unwrap_or(place("rewrite"));
                    return Err(self.unbound(at, name, &known));
                }
            }
        }
        Ok(())
    }

    fn unbound(&self, node: &Node, name: &str, known: &[&str]) -> Error {
        let known: Vec<&str> = known.iter().copied().filter(|it| *it != "MATCH").collect();
        let hint = match known.is_empty() {
            true => "the pattern has no metavariables".to_owned(),
            false => (self.instead)(name, &known),
        };
        wrong(node, format!("nothing binds `${name}`; {hint}"))
    }

    fn pattern(&self, node: &Node) -> Result<Pattern, Error> {
        let [(key, value)] = node.entries() else {
            return Err(wrong(node, "a pattern has one key, such as `from` or `run`"));
        };
        let name = text(key);
        let flags = value.get("flags").map_or(Ok(Vec::new()), |it| self.flag_patterns(it))?;
        let template = || Template::parse(text(value).trim());
        let keyword = Keyword::of(name);
        let kind = match (name, keyword) {
            ("from", _) => self.image(value, false)?,
            ("image", _) => self.image(value, true)?,
            ("healthcheck", _) if text(value).trim().eq_ignore_ascii_case("none") => {
                Kind::NoHealthcheck
            }
            ("run" | "cmd" | "entrypoint" | "healthcheck", Some(keyword)) => {
                Kind::Commands { keyword, commands: self.commands(value)? }
            }
            ("copy" | "add", Some(keyword)) => {
                let arguments = match value.text() {
                    Some(_) => Some(&**value),
                    None => value.get("arguments").map(|it| &**it),
                };
                let arguments = arguments.map(|it| self.words(it)).transpose()?;
                Kind::Copy { keyword, arguments }
            }
            ("env" | "label" | "arg", Some(keyword)) => {
                let (name, value) = self.pair(value)?;
                Kind::Pair { keyword, name, value }
            }
            ("expose" | "volume", Some(keyword)) => Kind::Word { keyword, word: template() },
            ("shell", _) => Kind::Shell(self.words(value)?),
            ("instruction", _) => Kind::Any(self.words(value)?),
            ("stage", _) => Kind::Stage(template()),
            ("file", _) => Kind::File(template()),
            (_, Some(keyword)) => Kind::Argument { keyword, argument: template() },
            (_, None) => return Err(wrong(key, format!("unknown key `{name}`"))),
        };
        Ok(Pattern { kind, flags })
    }

    fn words(&self, node: &Node) -> Result<WordsPattern, Error> {
        let pattern = WordsPattern::parse(text(node));
        match pattern.lists() > super::words::MOST_LISTS || pattern.0.is_empty() {
            true => Err(wrong(node, "expected words, and at most four metavariables for several")),
            false => Ok(pattern),
        }
    }

    fn image(&self, node: &Node, everywhere: bool) -> Result<Kind, Error> {
        let parse = |node: &Node| {
            ImagePattern::parse(text(node).trim()).map_err(|message| wrong(node, message))
        };
        let part = |key: &str| node.get(key).map(|it| Template::parse(text(it).trim()));
        let image = match (node.text(), node.get("image")) {
            (Some(_), _) => parse(node)?,
            (None, Some(image)) => parse(image)?,
            (None, None) => ImagePattern::default(),
        };
        let image = ImagePattern {
            whole: image.whole,
            registry: part("registry").or(image.registry),
            repository: node
                .get("repository")
                .map(|it| components(text(it).trim()))
                .or(image.repository),
            tag: part("tag").or(image.tag),
            digest: part("digest").or(image.digest),
        };
        Ok(Kind::Image { image, stage: part("as"), everywhere })
    }

    fn commands(&self, node: &Node) -> Result<Option<Commands>, Error> {
        let command = match (node.text(), node.get("command")) {
            (Some(_), _) => node,
            (None, Some(command)) => command,
            (None, None) => {
                match node.entries().iter().find(|(key, _)| key.text() != Some("flags")) {
                    Some((key, _)) => return Err(wrong(key, "this needs a `command`")),
                    None => return Ok(None),
                }
            }
        };
        let written = joined_lines(text(command));
        let pattern = CommandPattern::parse(&written)
            .map_err(|message| wrong(command, format!("no command to look for: {message}")))?;
        let options = node.get("options").map_or(&[][..], |it| it.items());
        let options = options.iter().map(|it| self.words(it)).collect::<Result<_, _>>()?;
        Ok(Some(Commands {
            words: single_words(&written),
            command: pattern,
            options,
            exec: node.get("form").map(|it| text(it) == "exec"),
            whole: node.get("whole").is_some_and(|it| text(it) == "true"),
        }))
    }

    /// The name and the value that a pattern of a pair names.
    fn pair(&self, node: &Node) -> Result<(Option<Template>, Option<Template>), Error> {
        let part = |key: &str| node.get(key).map(|it| Template::parse(text(it).trim()));
        let Some(written) = node.text() else { return Ok((part("name"), part("value"))) };
        Ok(match written.trim().split_once('=') {
            Some((name, value)) => (Some(Template::parse(name)), Some(Template::parse(value))),
            None => (Some(Template::parse(written.trim())), None),
        })
    }

    fn flag_patterns(&self, node: &Node) -> Result<Vec<(String, FlagPattern)>, Error> {
        let pattern = |value: &Node| match value.text() {
            None => FlagPattern::Absent,
            Some("true") => FlagPattern::Present,
            Some(text) => FlagPattern::Is(Template::parse(text)),
        };
        Ok(node.named().map(|(name, value)| (name.to_owned(), pattern(value))).collect())
    }

    fn test(&self, node: &Node) -> Result<Test, Error> {
        let get = |key: &str| node.get(key).map(|it| text(it).to_owned());
        let kinds = ["diff", "unchanged", "declined"];
        let given: Vec<&str> = kinds.into_iter().filter(|it| node.get(it).is_some()).collect();
        let [kind] = given[..] else {
            return Err(wrong(node, "a test has one of `diff`, `unchanged` and `declined`"));
        };
        let written = get(kind).unwrap_or_default();
        let expected = match kind {
            "diff" => Expected::diff(&written).map_err(|message| wrong(node, message))?,
            "unchanged" => Expected::Unchanged(written),
            _ => Expected::Declined { text: written, because: get("because") },
        };
        let files = node.get("files").map_or(Vec::new(), |it| strings(it));
        let line = node.line;
        Ok(Test { name: get("name"), path: get("path"), files, expected, line })
    }
}

/// The node in which a metavariable stands.
fn mentioned<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let names = |text: &str| Template::parse(text).names().any(|it| it == name);
    if node.text().is_some_and(names) {
        return Some(node);
    }
    let items = node.items().iter();
    let values = node.entries().iter().map(|(_, value)| value);
    items.chain(values).find_map(|it| mentioned(it, name))
}

/// The words of a pattern that is one command, for the exec form.
fn single_words(written: &str) -> Option<WordsPattern> {
    let plain = !written.contains(['|', '&', ';', '<', '>', '\'', '"', '(']);
    plain.then(|| WordsPattern::parse(written))
}

/// Lines of commands as one.
fn joined_lines(text: &str) -> String {
    let lines = text.trim().lines().map(|line| line.trim().trim_end_matches('\\').trim_end());
    lines.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}
