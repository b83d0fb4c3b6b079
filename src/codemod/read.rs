//! Reads codemods from YAML. A mistake is told with its place.

use super::command::CommandPattern;
use super::condition::{Condition, Conditions, Glob, Position, StageTest, Test as Check};
use super::image::{ImagePattern, ImageRewrite, components};
use super::own_tests::{Expected, Test};
use super::pattern::{Commands, FlagPattern, Kind, Pattern};
use super::rewrite::{At, Delete, FlagRewrite, PartRewrite, Rewrite};
use super::template::Template;
use super::version::Compare;
use super::words::{Masked, WordsPattern};
use super::{Codemod, form};
use crate::syntax::{self, Keyword};
use crate::yaml::form::{Fits, Instead, check};
use crate::yaml::{self, Error, Node};
use globset::{GlobBuilder, GlobSetBuilder};
use regex::Regex;
use semver::VersionReq;

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

    fn glob(&self, node: &Node) -> Result<Glob, Error> {
        let written = text(node);
        let build = |glob: &str| GlobBuilder::new(glob).literal_separator(true).build();
        let set = build(written).and_then(|glob| GlobSetBuilder::new().add(glob).build());
        let set =
            set.map_err(|error| wrong(node, format!("glob `{written}`: {}", error.kind())))?;
        Ok(Glob(set))
    }

    fn position(&self, node: &Node) -> Option<Position> {
        Some(match text(node.get("position")?) {
            "first" => Position::First,
            "last" => Position::Last,
            "first-in-file" => Position::FirstInFile,
            _ => Position::LastInFile,
        })
    }

    fn conditions(&self, node: &Node, top: bool) -> Result<Conditions, Error> {
        let mut all = Vec::new();
        for (key, value) in node.entries() {
            let inner = |node: &Node| self.conditions(node, false);
            let several =
                || value.items().iter().map(|it| inner(it)).collect::<Result<Vec<_>, _>>();
            let pattern = || self.pattern(value).map(Box::new);
            let condition = match text(key) {
                "position" if top => continue,
                "position" => {
                    return Err(wrong(key, "`position` stands at the top of `where` only"));
                }
                "stage" => Condition::Stage(self.stage_tests(value)?),
                "context" => {
                    let globs = |key: &str| -> Result<Vec<Glob>, Error> {
                        let nodes = value.get(key).map_or(Vec::new(), |it| texts(it));
                        nodes.into_iter().map(|it| self.glob(it)).collect()
                    };
                    let (has, lacks) = (globs("has")?, globs("lacks")?);
                    if !lacks.is_empty() {
                        all.push(Condition::Lacks(lacks));
                    }
                    match has.is_empty() {
                        true => continue,
                        false => Condition::Has(has),
                    }
                }
                "path" => Condition::Path(self.glob(value)?),
                "before" => Condition::Before(pattern()?),
                "after" => Condition::After(pattern()?),
                "contains" => Condition::Contains(pattern()?),
                "not" => Condition::Not(inner(value)?),
                "any" => Condition::Any(several()?),
                "all" => Condition::All(several()?),
                name => Condition::Variable { name: name.to_owned(), tests: self.checks(value)? },
            };
            all.push(condition);
        }
        Ok(Conditions(all))
    }

    fn checks(&self, node: &Node) -> Result<Vec<Check>, Error> {
        let mut tests = Vec::new();
        for (key, value) in node.entries() {
            let written = text(value);
            tests.push(match text(key) {
                "regex" => Check::Regex(expression(value)?),
                "written" => Check::Written(expression(value)?),
                "glob" => Check::Glob(self.glob(value)?),
                "equals" => Check::Equals(written.to_owned()),
                "one-of" => Check::OneOf(strings(value)),
                "semver" => Check::Semver(VersionReq::parse(written).map_err(|error| {
                    wrong(
                        value,
                        format!("`{written}` is no range of versions such as `>=18, <20`: {error}"),
                    )
                })?),
                _ => Check::Compare(Compare::parse(written).ok_or_else(|| {
                    wrong(
                        value,
                        format!("`{written}` is no operator with a number, such as `< 3.9`"),
                    )
                })?),
            });
        }
        Ok(tests)
    }

    fn stage_tests(&self, node: &Node) -> Result<Vec<StageTest>, Error> {
        if let Some(name) = node.text() {
            return Ok(vec![match name {
                "shipped" => StageTest::Shipped(true),
                "build" => StageTest::Shipped(false),
                "first" => StageTest::First,
                _ => StageTest::Last,
            }]);
        }
        let mut tests = Vec::new();
        for (key, value) in node.entries() {
            let all = || strings(value);
            tests.push(match text(key) {
                "name" => StageTest::Name(self.glob(value)?),
                "shipped" => StageTest::Shipped(text(value) == "true"),
                "base" => {
                    let kind = self.image(value, false)?;
                    StageTest::Base(Box::new(Pattern { kind, flags: Vec::new() }))
                }
                "distribution" => StageTest::Distribution(all()),
                "release" => StageTest::Release(all()),
                "package-manager" => StageTest::PackageManager(all()),
                "shell" => StageTest::Shell(all()),
                "libc" => StageTest::Libc(all()),
                _ => StageTest::User(all()),
            });
        }
        Ok(tests)
    }

    fn rewrite(&self, node: &Node, patterns: &[Pattern]) -> Result<Rewrite, Error> {
        let mut rewrite = Rewrite::default();
        if node.entries().is_empty() {
            return Err(wrong(node, "nothing is to be done"));
        }
        for (key, value) in node.entries() {
            let written = || Template::parse(text(value).trim());
            let command = || self.command_text(value);
            match text(key) {
                "delete" => rewrite.delete = self.delete(value),
                "flags" => rewrite.flags = self.flag_rewrites(value),
                "before" => rewrite.before = self.instructions(value)?,
                "after" => rewrite.after = self.instructions(value)?,
                "declare" => rewrite.declare = self.declarations(value)?,
                "insert" => rewrite.insert = self.inserts(value)?,
                "prepend" => rewrite.prepend = Some(command()?),
                "append" => rewrite.append = Some(command()?),
                "wrap" => {
                    if !text(value).contains("$MATCH") {
                        return Err(wrong(
                            value,
                            "`wrap` needs `$MATCH`, which is what was matched",
                        ));
                    }
                    rewrite.wrap = Some(command()?);
                }
                "syntax" => rewrite.syntax = Some(text(value).trim().to_owned()),
                "instruction" => {
                    rewrite.part = Some(PartRewrite::Instruction(self.instruction(value)?));
                }
                name => {
                    if rewrite.part.is_some() {
                        return Err(wrong(key, "what was matched is replaced twice"));
                    }
                    self.check_kind(key, name, patterns)?;
                    rewrite.part = Some(match name {
                        "from" | "image" => self.image_rewrite(value)?,
                        "env" | "label" | "arg" => {
                            let (name, value) = self.pair(value)?;
                            PartRewrite::Pair { name, value }
                        }
                        "run" | "cmd" | "entrypoint" | "healthcheck" => {
                            let value = value.get("command").unwrap_or(value);
                            PartRewrite::Text(self.command_text(value)?)
                        }
                        "copy" | "add" => {
                            let value = value.get("arguments").unwrap_or(value);
                            PartRewrite::Text(Template::parse(text(value).trim()))
                        }
                        _ => PartRewrite::Text(written()),
                    });
                }
            }
        }
        let whole = rewrite.part.is_some() && (rewrite.delete.is_some() || rewrite.wrap.is_some());
        match whole {
            true => Err(wrong(node, "what was matched cannot be replaced and deleted or wrapped")),
            false => Ok(rewrite),
        }
    }

    /// The part that is replaced has to be that which is matched.
    fn check_kind(&self, key: &Node, name: &str, patterns: &[Pattern]) -> Result<(), Error> {
        let fits = patterns.iter().all(|pattern| match (&pattern.kind, name) {
            (Kind::Image { everywhere, .. }, name) => {
                name == if *everywhere { "image" } else { "from" }
            }
            (_, name) => pattern.keyword().is_some() && pattern.keyword() == Keyword::of(name),
        });
        match fits {
            true => Ok(()),
            false => Err(wrong(key, format!("`{name}` is not what is matched"))),
        }
    }

    fn delete(&self, node: &Node) -> Option<Delete> {
        match text(node) {
            "true" => Some(Delete::Matched),
            "instruction" => Some(Delete::Instruction),
            _ => None,
        }
    }

    fn flag_rewrites(&self, node: &Node) -> Vec<(String, FlagRewrite)> {
        let rewrite = |value: &Node| match value.text() {
            None | Some("false") => FlagRewrite::Removed,
            Some("true") => FlagRewrite::Bare,
            Some(text) => FlagRewrite::Value(Template::parse(text)),
        };
        node.named().map(|(name, value)| (name.to_owned(), rewrite(value))).collect()
    }

    fn image_rewrite(&self, node: &Node) -> Result<PartRewrite, Error> {
        let part = |key: &str| node.get(key).map(|it| Template::parse(text(it).trim()));
        let whole = match node.text() {
            Some(text) => Some(Template::parse(text.trim())),
            None => part("image"),
        };
        let (registry, repository) = (part("registry"), part("repository"));
        let (tag, digest) = (part("tag"), part("digest"));
        let image = ImageRewrite { whole, registry, repository, tag, digest };
        Ok(PartRewrite::Image { image: Box::new(image), stage: part("as") })
    }

    /// Commands to be written: lines are joined.
    fn command_text(&self, node: &Node) -> Result<Template, Error> {
        let written = joined_lines(text(node));
        let masked = Masked::new(&written);
        match crate::shell::parse(&masked.text, crate::shell::Dialect::Unknown) {
            Some(script) if !script.body.statements.is_empty() => Ok(Template::parse(&written)),
            _ => Err(wrong(node, "no commands that every shell reads in the same way")),
        }
    }

    fn instructions(&self, node: &Node) -> Result<Vec<Template>, Error> {
        texts(node).into_iter().map(|it| self.instruction(it)).collect()
    }

    /// An instruction to be written: one, other than `FROM`.
    fn instruction(&self, node: &Node) -> Result<Template, Error> {
        let written = text(node).trim();
        let first = written.split_whitespace().next().unwrap_or_default();
        let known: Vec<&str> = Keyword::ALL.iter().map(|it| it.name()).collect();
        match Keyword::of(first) {
            None => {
                let hint = (self.instead)(&first.to_ascii_uppercase(), &known);
                return Err(wrong(node, format!("unknown instruction `{first}`; {hint}")));
            }
            Some(Keyword::From) => {
                return Err(wrong(node, "a stage cannot be added"));
            }
            Some(_) => (),
        }
        let alone = format!("FROM scratch\n{}\n", Masked::new(written).text);
        match syntax::parse(&alone) {
            Ok(file) if file.instructions.len() == 2 => Ok(Template::parse(written)),
            Ok(_) => Err(wrong(node, "one instruction is expected here, and there are more")),
            Err(errors) => {
                let message = errors.first().map_or("", |it| &it.message);
                Err(wrong(
                    node,
                    format!("`{}`: {message}", written.lines().next().unwrap_or_default()),
                ))
            }
        }
    }

    fn declarations(&self, node: &Node) -> Result<Vec<Template>, Error> {
        for it in texts(node) {
            let first = text(it).split_whitespace().next().unwrap_or_default();
            if !matches!(Keyword::of(first), Some(Keyword::Arg | Keyword::Env)) {
                return Err(wrong(it, "`declare` takes `ARG` and `ENV` instructions"));
            }
        }
        self.instructions(node)
    }

    fn inserts(&self, node: &Node) -> Result<Vec<(At, Template)>, Error> {
        let one = |node: &Node| {
            let at = match node.get("at").map_or("", |it| text(it)) {
                "after-from" => At::AfterFrom,
                "before-cmd" => At::BeforeCmd,
                "end-of-stage" => At::EndOfStage,
                _ => At::StartOfFile,
            };
            let instruction = node.get("text").map_or(node, |it| it);
            if at == At::StartOfFile
                && !text(instruction).trim_start().to_ascii_uppercase().starts_with("ARG")
            {
                return Err(wrong(instruction, "only `ARG` may stand before the first `FROM`"));
            }
            Ok((at, self.instruction(instruction)?))
        };
        node.items().iter().map(|it| one(it)).collect()
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
