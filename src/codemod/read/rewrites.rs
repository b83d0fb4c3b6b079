//! Reads `rewrite`.

use super::super::image::ImageRewrite;
use super::super::pattern::{Kind, Pattern};
use super::super::rewrite::{At, Delete, FlagRewrite, PartRewrite, Rewrite};
use super::super::template::Template;
use super::super::words::Masked;
use super::{Reader, joined_lines, text, texts, wrong};
use crate::syntax::{self, Keyword};
use crate::yaml::{Error, Node};

impl Reader {
    pub(super) fn rewrite(&self, node: &Node, patterns: &[Pattern]) -> Result<Rewrite, Error> {
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
}
